/* SPDX-License-Identifier: MIT
 *
 * trust_region.h: minimisation of a smooth function of doubles by a trust-region Newton method
 * whose steps come from truncated conjugate gradients (Steihaug, SIAM J. Numer. Anal. 20, 1983), so
 * that directions of negative curvature are followed. Points may be of a manifold, with steps in
 * coordinates of their own (Absil, Mahony, Sepulchre, Optimization Algorithms on Matrix Manifolds,
 * 2008, chapter 7).
 */
#ifndef NC__TRUST_REGION_H
#define NC__TRUST_REGION_H

#include "base/base.h"

/* The function. Gradients, steps and what they are multiplied by have `size` values. */
typedef struct nc__trust_problem {
    void *user;
    int64_t size;
    int64_t point_size; /* values of x; 0: `size` */
    /* The value at x. Not finite means "too far": the step is shortened. */
    double (*value)(void *user, const double *x);
    /* The gradient at x, which always is the point of the last call of value. It may write x in
     * another way, as the same point. */
    void (*gradient)(void *user, double *x, double *gradient);
    /* product = Hessian times v, at the point of the last call of gradient. */
    void (*hessian)(void *user, const double *v, double *product);
    /* scaled = D^{-1} residual for a symmetric positive D that resembles the Hessian there; NULL
     * for 1. It may be zero for directions that steps are not to take. */
    void (*precondition)(void *user, const double *residual, double *scaled);
    /* trial = the point to which a step leads from x, x + step to first order; NULL for that sum.
     * x is the point of the last call of gradient. */
    void (*retract)(void *user, const double *x, const double *step, double *trial);
} nc__trust_problem;

enum nc__trust_end {
    NC__TRUST_CONVERGED = 1,  /* ||gradient|| <= tolerance */
    NC__TRUST_PRECISION = 2,  /* no further progress at this precision */
    NC__TRUST_ITERATIONS = 3, /* a limit was reached */
    NC__TRUST_NOT_FINITE = 4  /* the value or gradient at the start is not finite */
};

/* Settings, then results. */
typedef struct nc__trust_run {
    double tolerance;     /* of the Euclidean length of the gradient */
    int64_t iterations;   /* limit of trial points */
    int64_t products;     /* limit of Hessian products; 0: none */
    double radius;        /* of the first step, in the norm of D; 0: that of x; updated */
    double value;         /* at x */
    double gradient_norm; /* at x */
    int64_t iterations_used, products_used;
} nc__trust_run;

typedef struct nc__trust_region nc__trust_region;

/* Room for steps and points of up to these sizes. LIBNC_OK or LIBNC_ERROR_MEMORY. */
libnc_status nc__trust_region_create(nc__trust_region **region, libnc_context *context,
                                     int64_t size, int64_t point_size);
void nc__trust_region_destroy(nc__trust_region *region);

/* Minimises from x in place; x ends at the best point accepted. Returns an nc__trust_end; allocates
 * nothing. The last call of gradient was for the x that is returned. */
int32_t nc__trust_region_minimise(nc__trust_region *region, const nc__trust_problem *problem,
                                  nc__trust_run *run, double *x);

#endif
