/* SPDX-License-Identifier: MIT
 *
 * update.h: one optimizer step as numbers: what the fused update kernels need to know.
 *
 * With g the loss gradient of a value x, decay its lambda, eta the rate:
 *   DESCENT  x -= eta (g + decay x)
 *   MOMENTUM m = mu m + g + decay x;  x -= eta m
 *   NESTEROV m = mu m + g + decay x;  x -= eta (g + decay x + mu m)
 *   ADAM     g += decay x;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
 *            x -= eta c1 m / (sqrt(c2 v) + epsilon),  c1 = 1/(1 - b1^t), c2 = 1/(1 - b2^t)
 *   ADAMW    the same with g left alone and x -= eta decay x first
 */
#ifndef NC__UPDATE_H
#define NC__UPDATE_H

#include <stdint.h>

enum nc__update_kind {
    NC__UPDATE_DESCENT = 1,
    NC__UPDATE_MOMENTUM,
    NC__UPDATE_NESTEROV,
    NC__UPDATE_ADAM,
    NC__UPDATE_ADAMW
};

typedef struct nc__update {
    int32_t kind;
    double rate, decay;
    double momentum;                      /* MOMENTUM, NESTEROV */
    double beta1, beta2, epsilon, c1, c2; /* ADAM, ADAMW */
} nc__update;

/* C of a gradient C B (linalg/thin.h): element (i, k) is data[i by_row + k by_class]. */
typedef struct nc__coefficients {
    void *data;
    int64_t by_row, by_class;
} nc__coefficients;

#endif
