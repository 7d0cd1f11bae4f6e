/* SPDX-License-Identifier: MIT
 *
 * energies.h: the two constraints of the layer-peeled model (penalty.h, trainer.h):
 *   ||W||_F^2 <= K E_W,   sum_k 1/n_k ||H_k||_F^2 <= K E_H,   H_k the n_k rows of class k.
 *
 * Both say that a parameter, its blocks of rows X_k over the square root of a measure c_k (n_k for
 * features, 1 for W), is in a ball of radius R: sum_k ||X_k||^2/c_k <= R^2. "Scaled" below means
 * X_k/sqrt(c_k).
 */
#ifndef NC__ENERGIES_H
#define NC__ENERGIES_H

#include "base/state_stream.h"
#include "train/training_problem.h"

typedef struct nc__ball {
    int32_t parameter;     /* of the model */
    int64_t blocks, *rows; /* rows of each block */
    bool measured;         /* c_k = rows[k]; else 1 */
    nc__tensor u, s, d_s;  /* coordinates for L-BFGS: like the parameter, 1 x 1, and d value/ds */
} nc__ball;

enum { NC__BALLS = 2 };

typedef struct nc__energies {
    const nc__training_problem *problem; /* NULL while there are none */
    nc__ball balls[NC__BALLS];           /* of W and of H */
} nc__energies;

/* With coordinates for L-BFGS, which are lifted, where `coordinates`. */
libnc_status nc__energies_create(nc__energies *energies, nc__arena *arena,
                                 const nc__training_problem *problem, bool coordinates);

/* Scales down what is outside its ball. */
void nc__energies_project(nc__energies *energies);
/* A gradient becomes the step of the parameters that a step along the scaled gradient makes. */
void nc__energies_precondition(const nc__energies *energies, nc__tensor *gradients);
/* A gradient becomes the projected one (trainer.h). */
void nc__energies_project_gradient(const nc__energies *energies, nc__tensor *gradients);

/* Coordinates: scaled parameter = R u/||(u, s)||. */

/* From the parameters. */
void nc__energies_lift(nc__energies *energies);
/* To the parameters. */
void nc__energies_place(nc__energies *energies);
/* A gradient becomes that with respect to u, and d_s is set. */
void nc__energies_pull_back(nc__energies *energies, nc__tensor *gradients);

/* The coordinates, where there are any. */
libnc_status nc__energies_pass(nc__state_stream *s, nc__energies *energies);

#endif
