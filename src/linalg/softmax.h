/* SPDX-License-Identifier: MIT
 *
 * softmax.h: fused loss kernels: logits become gradients in place and the losses are summed.
 *
 * softmax.c is compiled once per scalar type and instruction set; tables.c picks the best set that
 * the processor has. The formulas stand in include/libnc/loss.h and above each kernel.
 */
#ifndef NC__SOFTMAX_H
#define NC__SOFTMAX_H

#include <stdint.h>

/* A block of rows. Labels are in 0 .. classes - 1; nothing is checked here. */
typedef struct nc__loss_block {
    void *logits; /* rows x classes, row stride `stride`; overwritten by scale d(sum)/d(logits) */
    int64_t rows, classes, stride;
    const int32_t *labels;
    const double *weights;      /* one per class, or NULL for 1 */
    const double *sample_scale; /* mse: the target of row n is sample_scale[n] e_y; NULL for 1 */
    double scale;               /* multiplies the gradient, not the result */
    double smoothing;           /* cross_entropy: delta */
    double gamma;               /* focal */
} nc__loss_block;

/* Each returns the sum of the rows' weighted losses. A NaN among the logits gives a NaN. */
typedef struct nc__loss_kernels {
    double (*mse)(const nc__loss_block *block);
    double (*cross_entropy)(const nc__loss_block *block);
    double (*focal)(const nc__loss_block *block);
} nc__loss_kernels;

#endif
