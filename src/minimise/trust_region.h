/* SPDX-License-Identifier: MIT
 *
 * trust_region.h: minimisation of a smooth function of doubles by a trust-region Newton method
 * whose steps come from truncated conjugate gradients (Steihaug, SIAM J. Numer. Anal. 20, 1983), so
 * that directions of negative curvature are followed. Optionally the first variables stay on a
 * sphere (Absil, Mahony, Sepulchre, Optimization Algorithms on Matrix Manifolds, 2008, chapter 7).
 */
#ifndef NC__TRUST_REGION_H
#define NC__TRUST_REGION_H

#include "base/base.h"

/* The function. x has `size` values. */
typedef struct nc__trust_problem {
    void *user;
    int64_t size;
    /* The first `sphere` variables keep the Euclidean length they have at the start, which must not
     * be zero; 0: no constraint. */
    int64_t sphere;
    /* The value at x. Not finite means "too far": the step is shortened. */
    double (*value)(void *user, const double *x);
    /* The gradient at x, which always is the point of the last call of value. */
    void (*gradient)(void *user, const double *x, double *gradient);
    /* product = Hessian of the function (without the constraint) times v, at the point of the last
     * call of gradient. */
    void (*hessian)(void *user, const double *v, double *product);
    /* Positive numbers that resemble the diagonal of the Hessian at that point; NULL for 1. */
    void (*diagonal)(void *user, double *diagonal);
    /* Projects v onto a linear subspace that steps are to stay in, and the start must be in; NULL
     * for all space. */
    void (*project)(void *user, double *v);
    /* The function does not change along curves through every point, as a function of P Q^T does
     * not when P and Q are rotated. Straight along their tangents there is curvature of up to
     * |g|/|x|, of either sign; such directions are then not followed, as steps near a minimiser
     * would lead far away along them, unless a step without them does not halve the gradient. */
    bool has_flat_curves;
} nc__trust_problem;

enum nc__trust_end {
    NC__TRUST_CONVERGED = 1,  /* ||gradient|| <= tolerance */
    NC__TRUST_PRECISION = 2,  /* no further progress at this precision */
    NC__TRUST_ITERATIONS = 3, /* a limit was reached */
    NC__TRUST_NOT_FINITE = 4  /* the value or gradient at the start is not finite */
};

/* Settings, then results. */
typedef struct nc__trust_run {
    double tolerance;     /* of the Euclidean length of the (projected) gradient */
    int64_t iterations;   /* limit of trial points */
    int64_t products;     /* limit of Hessian products; 0: none */
    double radius;        /* of the first step, in the norm of the diagonal; 0: chosen; updated */
    double value;         /* at x */
    double gradient_norm; /* at x, projected */
    double multiplier;    /* mu = -x.g/||x||^2 on the sphere: g + mu x = 0 at a solution; else 0 */
    int64_t iterations_used, products_used;
} nc__trust_run;

typedef struct nc__trust_region nc__trust_region;

/* Room for problems of up to `size` variables. LIBNC_OK or LIBNC_ERROR_MEMORY. */
libnc_status nc__trust_region_create(nc__trust_region **region, libnc_context *context,
                                     int64_t size);
void nc__trust_region_destroy(nc__trust_region *region);

/* Minimises from x in place; x ends at the best point accepted. Returns an nc__trust_end; allocates
 * nothing. The last call of gradient was for the x that is returned. */
int32_t nc__trust_region_minimise(nc__trust_region *region, const nc__trust_problem *problem,
                                  nc__trust_run *run, double *x);

#endif
