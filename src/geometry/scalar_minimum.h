/* SPDX-License-Identifier: MIT
 *
 * scalar_minimum.h: the scalar problems that the geometries come down to.
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

/* log beta*_M, beyond which s = 0. */
double nc__log_threshold(int32_t depth);

#if defined(__GNUC__)
#define NC__CHECKED __attribute__((warn_unused_result))
#else
#define NC__CHECKED
#endif

typedef double (*nc__scalar_fn)(double x, const void *argument);

/* An interval and what the function is at its ends. */
typedef struct nc__bracket {
    double low, high;
    double at_low, at_high;
} nc__bracket;

/* A sign change of a continuous function in [low, high], to the last bits (Chandrupatla 1997). It
 * must have opposite signs at the ends, or be zero at one: false, and *root untouched, if it has
 * not, or is NaN somewhere. No caller may go on then. */
NC__CHECKED bool nc__find_root(double *root, nc__scalar_fn function, const void *argument,
                               double low, double high);
/* The same, where the values at the ends are known better than the function gives them. */
NC__CHECKED bool nc__find_root_between(double *root, nc__scalar_fn function, const void *argument,
                                       const nc__bracket *bracket);

#endif
