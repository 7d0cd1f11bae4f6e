/* SPDX-License-Identifier: MIT
 *
 * convolution.h: convolutions of images and their gradients, shared among the context's threads.
 *
 * A tensor of images has one row for each; pixels follow each other, a pixel is its channels.
 * Weights are outputs x (inputs kernel kernel), the kernel's columns fastest, as PyTorch has them.
 *   forward   y[o, p, q] = b_o + sum over i, r, s of W[o, i, r, s] x[i, S p + r - P, S q + s - P]
 *   data      dx = sum over the o, r, s that met x of W[o, i, r, s] dy
 *   weights   dW[o, i, r, s] = sum over images and pixels of dy[o, p, q] x[i, S p + r - P, ...]
 * Every sum runs in an order that does not depend on the number of threads.
 */
#ifndef NC__CONVOLUTION_H
#define NC__CONVOLUTION_H

#include "linalg/tensor.h"

typedef struct nc__convolution_shape {
    int64_t inputs, height, width;
    int64_t outputs, out_height, out_width;
    int64_t kernel, stride, padding;
} nc__convolution_shape;

typedef struct nc__convolution nc__convolution;

/* Workspace, with that of the gradients where `training`; NULL if the arena fails. The weights'
 * layout for the kernels is made anew by each forward and by nc__convolve_data(). */
nc__convolution *nc__convolution_create(nc__arena *arena, const nc__convolution_shape *shape,
                                        int32_t scalar, bool training);

/* A bias of NULL data is zero. */
void nc__convolve(nc__convolution *c, const nc__tensor *weight, const nc__tensor *bias,
                  const nc__tensor *x, nc__tensor *y);
/* Sets dx, or adds to it. */
void nc__convolve_data(nc__convolution *c, const nc__tensor *weight, const nc__tensor *dy, bool add,
                       nc__tensor *dx);
/* Sets d_weight, or adds to it. */
void nc__convolve_weights(nc__convolution *c, const nc__tensor *x, const nc__tensor *dy, bool add,
                          nc__tensor *d_weight);

#endif
