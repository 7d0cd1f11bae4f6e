/* SPDX-License-Identifier: MIT
 *
 * deep_point.h: points of the deep cross-entropy problem as singular vectors, and the way from one
 * to the nearest local minimum.
 *
 * P = Z D = sum_i s_i u_i v_i^T; its balanced factors are A_M = U S^e, A_j = S^e, A_0 = S^e V^T
 * with e = 1/(M+1) (deep_objective.h), whose penalty is the least that any factors of P have.
 */
#ifndef NC__DEEP_POINT_H
#define NC__DEEP_POINT_H

#include "base/stream.h"
#include "deep/deep_objective.h"
#include "minimise/trust_region.h"

typedef struct nc__deep_point {
    libnc_context *context;
    int64_t classes, rank;
    double value;    /* f + (M+1)/2 c sum_i s_i^{2/(M+1)} */
    double residual; /* length of the gradient in the factors, where the last minimisation ended */
    double *left;    /* K x K: row i = u_i; zero beyond the rank, as all that follows */
    double *right;   /* K x K: row i = v_i */
    double *values;  /* K: s_i, descending */
    double *bias;    /* K */
} nc__deep_point;

/* A point at zero. The arrays are NULL after a failure. */
libnc_status nc__deep_point_create(nc__deep_point *point, libnc_context *context, int64_t classes);
void nc__deep_point_destroy(nc__deep_point *point);
void nc__deep_point_copy(const nc__deep_point *from, nc__deep_point *to);

/* P, K x K. */
void nc__deep_point_product(const nc__deep_point *point, double *product);
/* The balanced factors and the bias as variables at rank point->rank. */
void nc__deep_point_factors(const nc__deep_problem *problem, const nc__deep_point *point,
                            double *x);
/* The lowest point with Z = 0: with a bias that of the class frequencies. */
void nc__deep_point_zero(const nc__deep_problem *problem, nc__deep_point *point, double *work);

/* Rooms for minimisations of one problem at ranks up to `most`. */
typedef struct nc__deep_solver {
    libnc_context *context;
    const nc__deep_problem *problem;
    int64_t most;
    nc__trust_region *region;
    double *x;    /* variables at the highest rank */
    double *work; /* 3 K K + 2 K */
} nc__deep_solver;

libnc_status nc__deep_solver_create(nc__deep_solver *solver, libnc_context *context,
                                    const nc__deep_problem *problem, int64_t most);
void nc__deep_solver_destroy(nc__deep_solver *solver);

/* The start of a code (row k = c_k, K x K): Z = a (I - J/K) C C^T, and b_k = -a ||c_k||^2/2 with a
 * bias, at the best of some scales a, cut to the highest rank allowed. */
libnc_status nc__deep_solver_start(nc__deep_solver *solver, const double *code,
                                   nc__deep_point *point);

/* Singular vectors of any P (K x K), cut to the highest rank allowed and where s is negligible; the
 * bias stays. Sets the value. */
libnc_status nc__deep_solver_decompose(nc__deep_solver *solver, const double *product,
                                       nc__deep_point *point);

/* From the point, its factors disturbed by `noise` (relative; 0: not at all), to a local minimum:
 * gradient at most `tolerance` c. */
libnc_status nc__deep_solver_minimise(nc__deep_solver *solver, nc__stream *stream, double noise,
                                      double tolerance, nc__deep_point *point);
/* The same from variables x at a rank (not disturbed); x is overwritten. */
libnc_status nc__deep_solver_descend(nc__deep_solver *solver, int64_t rank, double *x,
                                     double tolerance, nc__deep_point *point);

#endif
