/* SPDX-License-Identifier: MIT
 *
 * convex_private.h: what the files of the convex solver share.
 *
 * Inside, weights sum to one over the classes and the largest d_g is one. B is G x G, row = logit,
 * column = class mean. A bias b enters as B + beta e^T with beta_g = sqrt(m_g) b_g and e_h =
 * sqrt(m_h) d_h: "effective" B below. Residuals and probabilities of a class of group h have one
 * number for its own logit and one for each group, that of its own group meaning the m_h - 1 other
 * classes of it.
 */
#ifndef NC__CONVEX_PRIVATE_H
#define NC__CONVEX_PRIVATE_H

#include "convex/convex.h"
#include "minimise/trust_region.h"

/* One number per (logit group g, class group h) and one per class group's own logit. */
typedef struct nc__columns {
    double *other; /* G x G */
    double *own;   /* G */
} nc__columns;

/* Z D in the form of convex.h. */
typedef struct nc__convex_point {
    int64_t rank;
    double *values, *left, *right; /* G, G x G, G x G; the first `rank` of each */
    double *within, *beta;         /* G */
    double value, gap, multiplier, nuclear;
} nc__convex_point;

struct nc__convex {
    libnc_context *context;
    int64_t capacity;
    /* the problem, in units */
    int64_t groups;
    double classes;   /* K */
    double smoothing; /* delta */
    bool bias, ball;
    double bound;                      /* c or tau, in units */
    double unit_weight, unit_scale;    /* sum of a_k, largest d_g */
    double *multiplicity, *root;       /* m_g, sqrt(m_g) */
    double *weight, *scale, *constant; /* a_g, d_g, e_g */
    /* the last evaluation */
    double *effective;           /* B + beta e^T */
    double *within;              /* x_g */
    nc__columns logits;          /* `other`: relative to own; `own`: the shift M >= 0 */
    double *exponential;         /* G x G: exp(logit - M) */
    double *normaliser, *missed; /* G: sum of them; 1 - p_own times it */
    /* the last gradient */
    nc__columns probability;
    double *gradient, *within_gradient; /* by B, and by x_g over m_g - 1 */
    double *miss;                       /* 1 - p_own */
    /* the variables of the trust region: P, Q (G x width), t, beta */
    int64_t width;
    const double *point_variables; /* at the last gradient */
    double multiplier;             /* estimate at the last gradient */
    double *variables, *change;    /* change: G x G */
    nc__columns moved;
    double *moved_within;
    double *share; /* G: scratch */
    nc__trust_region *region;
    /* certificate and driver */
    double *singular, *left, *right_t; /* of the gradient at the point last certified */
    double *dual;                      /* G x G */
    double *dual_within;
    nc__columns shift; /* change of the probabilities */
    nc__convex_point now, best;
};

/* How many logits of column h the number of pair (g, h) stands for. */
static inline double nc__convex_copies(const nc__convex *s, int64_t g, int64_t h)
{
    return s->multiplicity[g] - (g == h ? 1 : 0);
}

/* C = alpha op(A) op(B) + beta C for small row-major matrices; op(A) is m x k. */
void nc__convex_multiply(nc__convex *s, bool transpose_a, bool transpose_b, int64_t m, int64_t n,
                         int64_t k, const double *a, const double *b, double beta, double *c);

/* ---- convex_problem.c ---- */

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
int64_t nc__convex_variables(const nc__convex *s, int64_t width, int64_t *sphere);

/* ---- convex_room.c ---- */

/* ||Z D||_* of a point */
double nc__convex_nuclear(const nc__convex *s, const nc__convex_point *point);
/* b moves freely along 1: sums to zero over classes. */
void nc__convex_centre_bias(const nc__convex *s, nc__convex_point *point);
void nc__convex_scale(const nc__convex *s, nc__convex_point *point, double factor);
void nc__convex_copy(const nc__convex *s, const nc__convex_point *from, nc__convex_point *to);
/* s->variables from a point, in the energy form on the sphere. Returns the sum of squares of what
 * is decayed. */
double nc__convex_pack(nc__convex *s, const nc__convex_point *point);
/* A point from s->variables, without what vanished. */
libnc_status nc__convex_unpack(nc__convex *s, nc__convex_point *point);

/* ---- convex_start.c ---- */

/* Z = 0 and the best bias. */
void nc__convex_place_zero(nc__convex *s, nc__convex_point *point);
/* The largest singular value of the gradient last certified, where that can be used. */
double nc__convex_largest_slope(const nc__convex *s);
/* The start, from the certificate of Z = 0; the multiplier is an estimate. */
void nc__convex_start(nc__convex *s, nc__convex_point *point);
/* Energy form with label smoothing: whether tau is at least `share` of what meets all targets, the
 * alpha of Z = alpha (I - J/K) that does, and that point. */
bool nc__convex_is_near_targets(const nc__convex *s, double share);
double nc__convex_target_scale(const nc__convex *s);
void nc__convex_place_targets(const nc__convex *s, double alpha, nc__convex_point *point);
/* Directions in which the gradient at s->now, just certified, exceeds the multiplier and of which
 * the point has nothing: how many, and to give it some. */
int64_t nc__convex_count_missing(const nc__convex *s);
void nc__convex_add_missing(nc__convex *s);

/* ---- certificate.c ---- */

/* Fills the point's value, gap, multiplier and nuclear; the gradient's singular vectors stay in
 * s->singular, s->left (columns) and s->right_t (rows). */
libnc_status nc__convex_certify(nc__convex *s, nc__convex_point *point);

#endif
