/* SPDX-License-Identifier: MIT
 *
 * class_losses.h: cross-entropy of samples, summed by class.
 */
#ifndef NC__CLASS_LOSSES_H
#define NC__CLASS_LOSSES_H

#include "linalg/tensor.h"

/* Numbers that a block of sums has: the sums of K classes, then workspace for so many rows. */
size_t nc__class_losses_size(int64_t classes, int64_t rows);

/* sums (K) += log sum_j exp z_j - z_y of the rows z of `logits` plus `bias` (K; NULL for zeros),
 * each to the class y of its label. The same bits for any number of threads. */
void nc__class_losses_add(libnc_context *context, const nc__tensor *logits, const double *bias,
                          const int32_t *labels, double *sums);

#endif
