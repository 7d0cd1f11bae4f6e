/* SPDX-License-Identifier: MIT
 *
 * problem.h: the training problem as the steps see it: which features, labels and decays.
 *
 * objective = 1/n sum of losses over the samples in use + sum_i decay_i/2 ||parameter_i||^2
 *             + (N/n) feature_decay/2 ||H in use||^2 for a backbone's output.
 */
#ifndef NC__PROBLEM_H
#define NC__PROBLEM_H

#include "loss/loss_internal.h"
#include "train/penalty_internal.h"
#include "model/model_internal.h"

#include <libnc/dataset.h>

typedef struct nc__problem {
    libnc_context *context;
    libnc_model *model;
    const libnc_loss *loss;
    const libnc_penalty *penalty;
    const libnc_dataset *dataset; /* NULL for free features */
    int64_t samples;              /* N, the divisor of a full batch */

    /* free features: the model's own, or rotated ones under the exact reduction */
    nc__tensor features;
    const int32_t *labels;
    const double *sample_scale; /* NULL for 1 */
} nc__problem;

/* Parameter i as it is trained: the features may stand elsewhere. */
nc__tensor nc__problem_parameter(const nc__problem *problem, int32_t index);
double nc__problem_decay(const nc__problem *problem, int32_t index);
/* sum_i decay_i/2 ||parameter_i||^2 */
double nc__problem_penalty(const nc__problem *problem);

#endif
