/* SPDX-License-Identifier: MIT
 *
 * convex_objective.h: value, gradient and Hessian products of the convex problem.
 */
#ifndef NC__CONVEX_OBJECTIVE_H
#define NC__CONVEX_OBJECTIVE_H

#include "convex/convex_internal.h"

/* C = alpha op(A) op(B) + beta C for small row-major matrices; op(A) is m x k. */
void nc__convex_multiply(nc__convex *s, bool transpose_a, bool transpose_b, int64_t m, int64_t n,
                         int64_t k, const double *a, const double *b, double beta, double *c);

/* The first term at s->effective and s->within. */
double nc__convex_loss(nc__convex *s);
/* Probabilities there, then s->gradient and s->within_gradient. */
void nc__convex_gradient(nc__convex *s);
/* Derivatives by B and x from residuals. */
void nc__convex_gather(const nc__convex *s, const nc__columns *residual, double *gradient,
                       double *within);
/* p - t of the last gradient */
void nc__convex_residual(const nc__convex *s, nc__columns *residual);
/* Sets s->effective and s->within from a point. */
void nc__convex_place(nc__convex *s, const nc__convex_point *point);
/* The problem over the variables; the functions of trust_region.h. */
void nc__convex_describe(nc__convex *s, nc__trust_problem *problem);
/* Takes out of variables, or a change of them, what no minimiser has. */
void nc__convex_project(nc__convex *s, double *v);

#endif
