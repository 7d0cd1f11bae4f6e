/* SPDX-License-Identifier: MIT
 *
 * problem.h: the training problem of the programs, its options and its predicted geometry.
 *
 *     loss(W_M ... W_1 H + b 1^T) + sum_j lw_j/2 ||W_j||_F^2 + lh/2 ||H||_F^2
 *
 * with K classes of n_k samples, N = sum n_k, M linear layers and features H (doc/theory.md).
 */
#ifndef PROGRAMS_PROBLEM_H
#define PROGRAMS_PROBLEM_H

#include "counts.h"
#include "json.h"

enum {
    KEY_DEPTH = 100,
    KEY_WIDTH,
    KEY_WEIGHT_DECAY,
    KEY_FEATURE_DECAY,
    KEY_BIAS,
    KEY_LOSS,
    KEY_LABEL_SMOOTHING,
    KEY_FOCAL_GAMMA
};

/* clang-format off */
#define PROBLEM_OPTIONS                                                                           \
    COUNT_OPTIONS,                                                                                \
    {KEY_DEPTH, "depth", "M", "linear layers in the head (1)"},                                   \
    {KEY_WIDTH, "width", "d", "width of the head's layers and features"},                         \
    {KEY_WEIGHT_DECAY, "weight-decay", "l|l1,..,lM", "decay of W_1 .. W_M (5e-4)"},               \
    {KEY_FEATURE_DECAY, "feature-decay", "l", "decay of the features (5e-4)"},                    \
    {KEY_BIAS, "bias", NULL, "a bias in the last layer"},                                         \
    {KEY_LOSS, "loss", "mse|ce|focal", "the loss (mse)"},                                         \
    {KEY_LABEL_SMOOTHING, "label-smoothing", "s", "in [0, 1), with --loss ce (0)"},               \
    {KEY_FOCAL_GAMMA, "focal-gamma", "g", "in [0, 100], with --loss focal (2)"}
/* clang-format on */

enum { MAX_DEPTH = 1000 };

#define MAX_WIDTH INT32_MAX

/* What the library takes at most: decays, and energies and class weights. */
#define LARGEST_DECAY  1e300
#define LARGEST_FACTOR 1e100

typedef struct problem {
    class_counts counts;
    double *weight_decay; /* 1 or M of them, allocated */
    int64_t weight_decay_count;
    double feature_decay;
    int32_t depth;
    int64_t width; /* 0: no bottleneck */
    int32_t bias;
    int loss;
    double label_smoothing, focal_gamma; /* negative: not given */
    double energies[2];                  /* E_W, E_H of the layer-peeled model; 0: decays */
    double *class_weights;               /* K of them, allocated; NULL: 1 */
    int64_t class_weight_count;
    const char *weights_option; /* by which class_weights were given */
    bool oversampled;           /* the weights repeat samples: the loss is divided by their sum */
    int64_t *repeats; /* visits to a sample by its class, in training; allocated; NULL: 1 */
    int64_t repeat_count;
    bool decays_visits; /* the feature decay counts visits, not samples */
    bool thresholds;    /* of the classes asked for are wanted */
    int remedy;         /* remedies.h: wanted for them */
    double margin;      /* that it is to bring */
    int64_t *asked;     /* allocated; NULL: every class */
    int64_t asked_count;
    int64_t starts; /* of the search, cross-entropy with two and more layers */
} problem;

/* The settings of section 5 of Dang et al. (2023). */
problem problem_default(const program *self, const int64_t *counts, int64_t class_count,
                        int64_t width);

problem problem_copy(const program *self, const problem *p);

void problem_release(problem *p);

/* Handles an option of the problem; false if it is none. */
bool problem_option(const program *self, const option_spec *option, problem *p);

/* What can be said only when all options are known. */
void problem_check(const program *self, const problem *p);

bool problem_balanced(const problem *p);

/* The frame that is predicted, or the nearest that has a name where nothing is. */
const char *problem_frame(const problem *p);

const char *status_words(int32_t status);

/* "MSE, counts 200,100,50,50, M = 3, bias" in at most `size` bytes; short enough for a title. */
void problem_words(const problem *p, char *text, size_t size);

/* Everything that decides the result, in one line: "ce, counts 3*500,7*50, depth 1, ...". */
void problem_write(const program *self, const problem *p, FILE *file);

/* The same as self->description, which every file of --out then says. */
void problem_describe(program *self, const problem *p);

/* The keys "version", "command" and "problem". */
void problem_json(const program *self, const problem *p, json_writer *json);

/* The geometry as it is set, not solved. */
libnc_geometry *problem_geometry(const program *self, const problem *p,
                                 const libnc_classes *classes);

/* The solved geometry, or NULL where the library has no prediction; its words are then the
 * context's error text. */
libnc_geometry *problem_solve(const program *self, const problem *p, const libnc_classes *classes);

/* The same without progress and without ending the program; a geometry only on success. */
libnc_status problem_try(const program *self, const problem *p, const libnc_classes *classes,
                         libnc_geometry **geometry);

/* A curve over class counts, and axes of them, reach so many times beyond the classes. */
#define CURVE_REACH 1.5

/* Predicted squared lengths over class counts n, `size` values each; false where there is no such
 * curve. */
bool problem_curve(const program *self, const problem *p, int64_t size, double *n,
                   double *classifier, double *features);

#endif
