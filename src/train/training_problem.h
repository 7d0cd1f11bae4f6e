/* SPDX-License-Identifier: MIT
 *
 * training_problem.h: the training problem as the steps see it: which features, labels and decays.
 *
 * objective = 1/n sum of losses over the entries in use + sum_i decay_i/2 ||parameter_i||^2
 *             + (N'/n) feature_decay/2 sum over the entries of ||h||^2/repeats for features that
 * are no parameters; without the division where the decay counts visits.
 *
 * The N' entries are the samples, each repeated as its class is; all in order are taken as N
 * samples with repeats for weights.
 */
#ifndef NC__TRAINING_PROBLEM_H
#define NC__TRAINING_PROBLEM_H

#include "loss/loss_internal.h"
#include "model/model_internal.h"
#include "train/penalty_internal.h"

typedef struct nc__training_problem {
    libnc_context *context;
    libnc_model *model;
    const libnc_loss *loss;
    const libnc_penalty *penalty;
    int64_t samples;        /* N */
    int64_t entries;        /* N', the divisor of a full batch */
    const int64_t *repeats; /* per class; NULL for 1, and then N' = N */
    bool decays_visits;     /* the feature decay counts N' visits, not N samples */
    const double *weights;  /* per class, of the loss of a full batch; NULL for 1 */

    nc__tensor inputs; /* of a backbone: N x p; to a head alone: the features of a batch */
    /* free features: the model's own, or rotated ones under the exact reduction */
    nc__tensor features;
    const int32_t *labels;      /* of the inputs or free features */
    const double *sample_scale; /* NULL for 1 */
} nc__training_problem;

#endif
