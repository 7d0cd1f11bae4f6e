/* SPDX-License-Identifier: MIT
 *
 * shared_roots.h: sign changes of several functions that are expensive and are evaluated together.
 *
 * Every evaluation is kept for all functions, so that the search for the root of one brings those
 * of the others nearer.
 */
#ifndef NC__SHARED_ROOTS_H
#define NC__SHARED_ROOTS_H

#include "base/base.h"

/* values: one of each function at x. */
typedef libnc_status (*nc__evaluate_fn)(void *user, double x, double *values);

typedef struct nc__samples {
    libnc_context *context;
    int64_t functions;
    nc__evaluate_fn evaluate;
    void *user;
    int64_t count, capacity;
    double *x;      /* ascending */
    double *values; /* count x functions */
} nc__samples;

libnc_status nc__samples_create(nc__samples *samples, libnc_context *context, int64_t functions,
                                nc__evaluate_fn evaluate, void *user);
void nc__samples_destroy(nc__samples *samples);

/* Evaluates at x, unless that is there. */
libnc_status nc__samples_add(nc__samples *samples, double x);

/* The first i for which the function is positive at x_i and not at x_{i+1}; -1 if there is none. */
int64_t nc__samples_fall(const nc__samples *samples, int64_t function);

/* Narrows the first fall of a function, which must have one, to a width of 2 `tolerance`. *root is
 * in the middle. */
libnc_status nc__samples_refine(nc__samples *samples, int64_t function, double tolerance,
                                double *root);

#endif
