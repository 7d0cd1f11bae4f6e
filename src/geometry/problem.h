/* SPDX-License-Identifier: MIT
 *
 * problem.h: what is to be solved: the settings of a geometry as one struct of plain facts.
 *
 * It is filled once, by problem.c. Solvers, solutions and getters read it and know no options.
 */
#ifndef NC__PROBLEM_H
#define NC__PROBLEM_H

#include "geometry/groups.h"

#include <libnc/geometry.h>

#include <float.h>

/* Decays outside would need numbers that a double cannot hold. */
#define NC__SMALLEST_DECAY DBL_MIN
#define NC__LARGEST_DECAY  1e300

/* Which solver a problem needs. */
enum nc__method {
    NC__METHOD_MEAN_SQUARE = 1, /* any counts, in closed form */
    NC__METHOD_BALANCED = 2,    /* the simplex ETF: the focal loss, or cross-entropy with M >= 2 */
    NC__METHOD_ONE_LAYER = 3,   /* cross-entropy with M = 1: closed form or convex */
    NC__METHOD_SEARCH = 4       /* cross-entropy with M >= 2, where a search is requested */
};

/* Which classes form a group. */
enum nc__grouping {
    NC__GROUPING_COUNTS = 1,  /* those of equal count */
    NC__GROUPING_WEIGHTS = 2, /* those of equal count and weight */
    NC__GROUPING_APART = 3    /* every class is its own */
};

typedef struct nc__problem {
    libnc_context *context;
    nc__arena arena;
    int32_t method; /* nc__method */
    int32_t loss;   /* libnc_loss_function */
    int32_t depth;
    bool energy;              /* bounds on lengths instead of decays */
    bool bias, has_weights;   /* of classes */
    bool normalised;          /* divided by the sum of the samples' weights */
    const nc__groups *groups; /* the geometry's, or `own` */
    nc__groups own;
    int64_t width; /* the highest rank that K and the widths allow */
    double smoothing, gamma;
    /* M + 1: log lh, log lw_1 .. log lw_M; in the energy form, of what gives the same factors,
     * sqrt(E_H/E_W) for W and its inverse for the features, with e = s (partial_products.c). */
    double *log_decay;
    double log_product; /* of all decays: their sum */
    double log_sizes;   /* the sum of their absolute values, for bounds on rounding */
    double bound;       /* c, c^{M+1} = lh lw_1 .. lw_M; in the energy form tau = K sqrt(E_W E_H) */
    double divisor;     /* of the weighted loss */
    double *weight;     /* a_g = n_g w_g / divisor */
    double *scale;      /* d_g = sqrt(n_g), 1 in the energy form: Z D has the singular values */
    double tolerance;   /* wanted gap, relative to the loss */
    int64_t iterations, starts;
    uint64_t seed;
} nc__problem;

/* The solver that the settings ask for, nc__method, and the groups that it wants. */
int32_t nc__problem_method(const libnc_geometry *geometry);
int32_t nc__problem_grouping(const libnc_geometry *geometry);

/* Reads the settings; holds as long as the geometry. LIBNC_OK or LIBNC_ERROR_MEMORY. */
libnc_status nc__problem_create(nc__problem **problem, const libnc_geometry *geometry,
                                int32_t grouping);
void nc__problem_destroy(nc__problem *problem); /* NULL is fine */

#endif
