/* SPDX-License-Identifier: MIT
 *
 * scalar_root.h: a bracketing root finder.
 */
#ifndef NC__SCALAR_ROOT_H
#define NC__SCALAR_ROOT_H

#include <stdbool.h>

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
