/* SPDX-License-Identifier: MIT
 *
 * fused_step.h: one full-batch first-order step on free features in chain order, without forming a
 * gradient.
 *
 * Every gradient is a product of K rows (linear_head.h), so each parameter is read once with its
 * optimizer state, and written once:
 *   P_j = P_{j+1} W_j                                   j = M-1 .. 1
 *   for blocks of rows of H: Z = H P_1^T + 1 b^T, E = loss'(Z); B_1 += E^T H; step H by E P_1
 *   for j = 1 .. M: B_{j+1} = B_j W_j^T, step W_j by P_{j+1}^T B_j; step b by E^T 1
 */
#ifndef NC__FUSED_STEP_H
#define NC__FUSED_STEP_H

#include "linalg/update.h"
#include "train/training_problem.h"

/* Optimizer state: m and v per parameter, NULL data where the rule has none. */
typedef struct nc__moments {
    nc__tensor *m, *v;
} nc__moments;

/* What one thread works with. */
typedef struct nc__fused_part {
    nc__tensor logits;    /* block x K */
    nc__tensor collected; /* K x d_1: its share of B_1 */
    nc__tensor bias;      /* 1 x K: its share of E^T 1 */
    nc__tensor scratch;   /* NC__THIN_CHUNK x widest, above NC__THIN_LIMIT classes */
    double loss;
} nc__fused_part;

typedef struct nc__fused_step {
    const nc__training_problem *problem;
    const nc__moments *moments;
    int64_t block;
    int32_t part_count;
    nc__fused_part *parts;
    nc__tensor *products;  /* P_1 .. P_{M-1}; P_M is W_M; index j - 1 */
    nc__tensor *collected; /* B_1 .. B_M; B_1 is parts[0].collected */
    nc__update rule;       /* of this step */
    int32_t layer;         /* work in progress */
} nc__fused_step;

libnc_status nc__fused_step_create(nc__fused_step *fused, nc__arena *arena,
                                   const nc__training_problem *problem, const nc__moments *moments);
/* Takes one step; returns the loss (without penalty) before it. The rule's decay is set here. */
double nc__fused_step_take(nc__fused_step *fused, const nc__update *rule);

#endif
