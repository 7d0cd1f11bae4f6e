/* SPDX-License-Identifier: MIT
 *
 * deep_curvature.h: the smallest eigenvalue of the Hessian at a point of the deep cross-entropy
 * problem, rotations between layers left out.
 *
 * Factors A_j R and R^T A_{j-1}, R orthogonal, have the same product and length: M r (r-1)/2
 * directions along which nothing changes, as nothing does when a number is added to all of b.
 */
#ifndef NC__DEEP_CURVATURE_H
#define NC__DEEP_CURVATURE_H

#include "deep/deep_point.h"

typedef struct nc__deep_curvature {
    int64_t rank;      /* of the factors that were looked at */
    int64_t size;      /* nc__deep_size at that rank */
    double eigenvalue; /* of the Hessian in the factors A_j and b */
    double largest;    /* the largest eigenvalue found: what rounding is measured by */
    double residual;   /* ||H v - eigenvalue v|| */
    bool saddle;       /* the eigenvalue is negative beyond rounding */
    double *factors;   /* the point: variables of deep_objective.h */
    double *direction; /* v, of length 1 */
} nc__deep_curvature;

/* Arrays are NULL after a failure. For M >= 2 wider layers have no other eigenvalue but 0, c and
 * 2c, so the rank of the point (at least 1) is the width looked at; for M = 1 it is `width` >=
 * rank. */
libnc_status nc__deep_curvature_create(nc__deep_curvature *curvature, libnc_context *context,
                                       const nc__deep_problem *problem, const nc__deep_point *point,
                                       int64_t width);
void nc__deep_curvature_destroy(nc__deep_curvature *curvature, libnc_context *context);

#endif
