/* SPDX-License-Identifier: MIT
 *
 * scalar_minimum.h: the scalar problem that MSE geometries come down to.
 */
#ifndef NC__SCALAR_MINIMUM_H
#define NC__SCALAR_MINIMUM_H

#include <stdbool.h>
#include <stdint.h>

/* A minimiser of (s - y)^2/(2N) + (M+1)/2 c s^{2/(M+1)} over s >= 0, in units of y. */
typedef struct nc__scalar_minimum {
    double share;    /* s/y, 0 if the direction is lost */
    double value;    /* minimum / (y^2/(2N)), in (0, 1] */
    double log_rest; /* log of (s/y)(1 - s/y); only where share > 0 */
    bool tie;        /* s = 0 has the same value, within the tolerance */
} nc__scalar_minimum;

/* log_beta = log(M N (N Lam)^{1/M} / y^2). At a tie the positive minimiser is returned. */
nc__scalar_minimum nc__minimise_scalar(int32_t depth, double log_beta);

/* beta*_M, beyond which s = 0. */
double nc__threshold(int32_t depth);

#endif
