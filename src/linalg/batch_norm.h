/* SPDX-License-Identifier: MIT
 *
 * batch_norm.h: batch norm of the channels of images (Ioffe and Szegedy 2015), shared among the
 * context's threads; every sum runs in an order that does not depend on their number.
 *
 * With m and v of a channel, s = 1/sqrt(v + epsilon), n its values in the batch:
 *   y = weight s (x - m) + bias
 *   d_bias = sum dy;  d_weight = s sum dy (x - m)
 *   dx = weight s (dy - d_bias/n - s (x - m) d_weight/n) where m and v are the batch's,
 *   dx = weight s dy where they are given.
 */
#ifndef NC__BATCH_NORM_H
#define NC__BATCH_NORM_H

#include "linalg/tensor.h"

typedef struct nc__batch_norm nc__batch_norm;

/* For up to `rows` images of `pixels` times `channels`; NULL if the arena fails. */
nc__batch_norm *nc__batch_norm_create(nc__arena *arena, int64_t rows, int64_t pixels,
                                      int64_t channels, int32_t scalar);

/* The mean and the variance (divided by n) of each channel of x become m and v. */
void nc__batch_norm_measure(nc__batch_norm *b, const nc__tensor *x);
/* Those of rows (1 x channels) become m and v. */
void nc__batch_norm_set(nc__batch_norm *b, const nc__tensor *mean, const nc__tensor *variance);
/* mean += share (m - mean), variance += share (v n/(n-1) - variance), n those of `rows` images. */
void nc__batch_norm_average(const nc__batch_norm *b, int64_t rows, double share, nc__tensor *mean,
                            nc__tensor *variance);

/* y, then max(0, y) if relu. */
void nc__batch_norm_forward(nc__batch_norm *b, const nc__tensor *weight, const nc__tensor *bias,
                            const nc__tensor *x, bool relu, nc__tensor *y);
/* After forward. Sets d_weight and d_bias, or adds to them where `adds_weights`; likewise dx,
 * unless it is NULL. */
void nc__batch_norm_backward(nc__batch_norm *b, const nc__tensor *weight, const nc__tensor *x,
                             const nc__tensor *dy, bool adds_weights, nc__tensor *d_weight,
                             nc__tensor *d_bias, bool adds_dx, nc__tensor *dx);

#endif
