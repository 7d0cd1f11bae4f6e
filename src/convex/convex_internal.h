/* SPDX-License-Identifier: MIT
 *
 * convex_internal.h: what the files of the convex solver share.
 *
 * Inside, weights sum to one over the classes and the largest d_g is one. B is G x G, row = logit,
 * column = class mean. A bias b enters as B + beta e^T with beta_g = sqrt(m_g) b_g and e_h =
 * sqrt(m_h) d_h: "effective" B below. Residuals and probabilities of a class of group h have one
 * number for its own logit and one for each group, that of its own group meaning the m_h - 1 other
 * classes of it.
 */
#ifndef NC__CONVEX_INTERNAL_H
#define NC__CONVEX_INTERNAL_H

#include "convex/convex_problem.h"
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
    nc__arena arena;
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
    double value;                /* of the factored problem */
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

#endif
