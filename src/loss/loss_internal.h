/* SPDX-License-Identifier: MIT
 *
 * loss_internal.h: a loss as the trainer uses it, on blocks of logits.
 */
#ifndef NC__LOSS_INTERNAL_H
#define NC__LOSS_INTERNAL_H

#include "linalg/linalg.h"

#include <libnc/loss.h>

struct libnc_loss {
    libnc_context *context;
    int32_t kind;
    libnc_options options;
    double *weights; /* one per class, or NULL for 1 */
    int64_t class_count;
    int64_t revision; /* grows with every change of the weights */
};

/* Turns logits (rows x K) into scale times the gradient of the sum of the rows' losses, and returns
 * that sum, unscaled. Weights: one per class, the loss's own or what stands in for them; NULL
 * for 1. The target of row n is sample_scale[n] e_y (mean squared error only; NULL for 1). Labels
 * are in 0 .. K - 1. Allocates nothing. */
double nc__loss_apply(const libnc_loss *loss, const double *weights, nc__tensor *logits,
                      const int32_t *labels, const double *sample_scale, double scale);

bool nc__loss_has_weights(const libnc_loss *loss);

/* LIBNC_ERROR_DIMENSION, with the text in `context`, if class weights are for another K. */
libnc_status nc__loss_check(const libnc_loss *loss, libnc_context *context, int64_t class_count);

#endif
