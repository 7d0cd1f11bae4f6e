/* SPDX-License-Identifier: MIT
 *
 * images.h: what is done with tensors of images (convolution.h) value by value, pixel by pixel or
 * window by window, shared among the context's threads.
 */
#ifndef NC__IMAGES_H
#define NC__IMAGES_H

#include "linalg/layer_kernels.h"
#include "linalg/tensor.h"

/* z = x + y, then max(0, z) if relu. */
void nc__images_add(libnc_context *context, const nc__tensor *x, const nc__tensor *y, bool relu,
                    nc__tensor *z);
/* y = max(0, x); gradient = 0 where the output is 0. */
void nc__images_relu(libnc_context *context, const nc__tensor *x, nc__tensor *y);
void nc__images_relu_backward(libnc_context *context, const nc__tensor *output,
                              nc__tensor *gradient);
/* x += 1 bias, then max(0, x) if relu. A bias of NULL data is zero. */
void nc__images_add_bias(libnc_context *context, const nc__tensor *bias, bool relu, nc__tensor *x);
/* Block by block of values, the same in every row: to = from, or to += from. The places are those
 * of the first values. */
void nc__images_copy(libnc_context *context, const nc__walk *walk, bool add, const nc__tensor *from,
                     int64_t from_place, nc__tensor *to, int64_t to_place);

/* The largest value, or the mean, of each window. */
void nc__images_pool(libnc_context *context, const nc__windows *windows, bool largest,
                     const nc__tensor *x, nc__tensor *y);
/* dx += ...; scratch: `channels` values for each thread. */
void nc__images_pool_backward(libnc_context *context, const nc__windows *windows, bool largest,
                              const nc__tensor *x, const nc__tensor *y, const nc__tensor *dy,
                              const nc__tensor *scratch, nc__tensor *dx);
/* Values of a pattern of so many channels (layer_kernels.h). */
int64_t nc__images_period(int64_t channels);
/* sums (1 x channels) = those of all pixels, or added to it; in order. scratch: 1 x period; row:
 * channels. */
void nc__images_channel_sums(const nc__tensor *x, const nc__tensor *scratch, double *row, bool add,
                             nc__tensor *sums);

#endif
