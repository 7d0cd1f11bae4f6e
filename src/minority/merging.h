/* SPDX-License-Identifier: MIT
 *
 * merging.h: a cross-entropy problem with M = 1 as the groups that its thresholds depend on.
 *
 * A group g is m_g classes of n_g samples and weight w_g each. Its loss coefficient is
 *
 *     a_g = n_g w_g f_g / divisor,   divisor = N, or sum_g m_g n_g w_g f_g,
 *
 * f_g a common factor on the chosen classes and 1 on the others, or powers of a factor. Its scale
 * d_g is sqrt(n_g) in decay form and 1 in energy form, its slope (1 - delta) a_g / d_g. Where some
 * classes of a group of the geometry are chosen and some are not, they are two groups here.
 */
#ifndef NC__MERGING_H
#define NC__MERGING_H

#include "convex/convex.h"
#include "geometry/problem.h"

/* Rounding of a slope over a price: a logarithm, an exponential and a few products. */
#define NC__SLOPE_ROUNDING (64 * DBL_EPSILON)

typedef struct nc__imbalance {
    nc__arena arena;
    nc__problem *problem; /* owned; its groups are those of the geometry */
    int64_t count;        /* groups */
    double samples;       /* N */
    int64_t *group;       /* K: of each class */
    double *multiplicity; /* m_g */
    double *size;         /* n_g */
    double *weight;       /* w_g, without the factor */
    double *chosen;       /* the power of the factor that applies: 1 if chosen, else 0 */
    double *loss;         /* a_g at the factor */
    double *scale;        /* d_g */
} nc__imbalance;

/* From the settings of a geometry, at factor 1. classes: `chosen` classes, all different (checked),
 * or NULL. LIBNC_ERROR_UNSUPPORTED unless it is cross-entropy with depth 1. */
libnc_status nc__imbalance_create(nc__imbalance **imbalance, const libnc_geometry *geometry,
                                  const int64_t *classes, int64_t chosen);
void nc__imbalance_destroy(nc__imbalance *imbalance); /* NULL is fine */

/* Sets marks (K = `total` zeros) to 1 for `chosen` classes of the argument `name`.
 * LIBNC_ERROR_ARGUMENT unless all are classes and different. */
libnc_status nc__imbalance_mark(libnc_context *context, const char *name, int64_t total,
                                const int64_t *classes, int64_t chosen, int64_t *marks);

/* Sets a_g for a factor. */
void nc__imbalance_weigh(nc__imbalance *imbalance, double factor);

/* (1 - delta) a_g / d_g */
double nc__imbalance_slope(const nc__imbalance *imbalance, int64_t group);

/* LIBNC_ERROR_ARGUMENT unless it is a class or LIBNC_THRESHOLD_ALL_GROUPS. */
libnc_status nc__imbalance_class(const nc__imbalance *imbalance, int64_t class_index);

/* Group of a class that has an equal, or LIBNC_THRESHOLD_ALL_GROUPS itself. LIBNC_ERROR_ARGUMENT
 * for no such class, or one that is alone in its group. */
libnc_status nc__imbalance_target(const nc__imbalance *imbalance, int64_t class_index,
                                  int64_t *group);

/* Returns true if a group is requested: it is the target, or any is and it has two classes or more.
 */
bool nc__imbalance_is_target(const nc__imbalance *imbalance, int64_t group, int64_t target);

/* Which groups nc__imbalance_weakest() looks at. */
enum { NC__IMBALANCE_ANY = -1, NC__IMBALANCE_UNCHOSEN = 0, NC__IMBALANCE_CHOSEN = 1 };

/* Of the requested groups the first to merge, the smallest slope; -1 if there is
 * none. */
int64_t nc__imbalance_weakest(const nc__imbalance *imbalance, int64_t target, int32_t which);

/* The convex problem at the present factor, in the geometry's own form. */
nc__convex_problem nc__imbalance_problem(const nc__imbalance *imbalance);

/* LIBNC_ERROR_NUMERICAL unless the result is a solution. */
libnc_status nc__imbalance_solve(const nc__imbalance *imbalance, nc__convex *solver,
                                 const nc__convex_problem *problem, nc__convex_result *result);

#endif
