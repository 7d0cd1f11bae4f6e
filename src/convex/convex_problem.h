/* SPDX-License-Identifier: MIT
 *
 * convex_problem.h: cross-entropy with M = 1 as a convex problem, solved to a certified gap.
 *
 * Over K x K logits Z (column = class) and a free bias b,
 *
 *     decay form   min  sum_k a_k CE(z_k + b, t_k) + c ||Z D||_*,
 *     energy form  min  sum_k a_k CE(z_k + b, t_k)   subject to   ||Z D||_* <= tau,
 *
 * with weights a_k > 0, D = diag(d_k) and smoothed targets t_k = (1 - delta) e_k + delta/K
 * (doc/theory.md, "Certified convex solutions"). Classes with equal (a_k, d_k) form a group g of
 * m_g classes. By convexity and symmetry some minimiser has
 *
 *     Z D = (+)_g x_g (I - J/m_g)  +  sum_gh B_gh 1_g 1_h^T / sqrt(m_g m_h),    x_g >= 0,
 *     ||Z D||_* = sum_g (m_g - 1) x_g + ||B||_*,
 *
 * so that everything below costs as if there were G classes. With m_g = 1 for all it is the general
 * problem.
 */
#ifndef NC__CONVEX_PROBLEM_H
#define NC__CONVEX_PROBLEM_H

#include "base/base.h"

typedef struct nc__convex_problem {
    int64_t groups;             /* G >= 1 */
    const double *multiplicity; /* m_g >= 1, whole numbers */
    const double *weight;       /* a_g > 0, of each class of the group */
    const double *scale;        /* d_g > 0; NULL for 1 */
    double smoothing;           /* delta in [0, 1) */
    bool bias;
    bool ball;          /* the energy form */
    double bound;       /* c > 0, or tau > 0 */
    double tolerance;   /* wanted gap, relative to the value */
    int64_t iterations; /* limit of trial points over all rounds */
    bool warm;          /* start from this solver's last result: same groups wanted */
} nc__convex_problem;

/* Arrays belong to the solver and hold until its next call. */
typedef struct nc__convex_result {
    double value;      /* of the objective */
    double gap;        /* the minimum is in [value - gap, value], rounding included */
    double multiplier; /* c, or mu >= 0: the derivative of the minimum by -tau */
    double nuclear;    /* ||Z D||_* */
    bool unique;       /* false where the ball does not bind */
    bool vanished;     /* the value is too small for a double to carry derivatives: not solved */
    int64_t rank;      /* of B */
    double *values;    /* rank: singular values of B, descending */
    double *left; /* rank x G: row i is the i-th left singular vector, in the basis 1_g/sqrt(m_g) */
    double *right;  /* rank x G */
    double *within; /* G: x_g; 0 where m_g = 1 */
    double *bias;   /* G: b of each class of the group; sums to zero over classes; 0 without */
    /* Derivatives of the first term at the solution: ||gradient||_2 <= multiplier and
     * |within_gradient| <= multiplier to the precision reached. */
    double *gradient;        /* G x G: by B */
    double *within_gradient; /* G: by x_g, over m_g - 1; defined for m_g = 1 too */
    int64_t iterations;
} nc__convex_result;

typedef struct nc__convex nc__convex;

#endif
