/* SPDX-License-Identifier: MIT
 *
 * margin_path.h: solutions of one problem at many prices, each started from the last, and what they
 * give the classes at their own means.
 */
#ifndef NC__MARGIN_PATH_H
#define NC__MARGIN_PATH_H

#include "geometry/margins.h"
#include "minority/merging.h"

typedef struct nc__path {
    const nc__imbalance *imbalance;
    nc__convex *solver;
    nc__arena arena;
    double *left, *right;    /* G x G: directions, one a row */
    double *shared;          /* G x G */
    double *logit_gap;       /* G: own logit over that of another class of the group */
    nc__decision *decisions; /* G: at the last solution */
    bool is_warm;            /* there is one */
    double price;            /* c, or the multiplier of the energies */
    double value, gap, norm; /* of the objective; ||Z D||_* */
} nc__path;

/* The imbalance stays the caller's. */
libnc_status nc__path_create(nc__path **path, const nc__imbalance *imbalance);
void nc__path_destroy(nc__path *path); /* NULL is fine */

/* Solves at a price, or under a bound on the norm; for weights, sizes and prices as they are now.
 */
libnc_status nc__path_solve_price(nc__path *path, double price);
libnc_status nc__path_solve_bound(nc__path *path, double bound);

/* By how much the margin of a group's classes exceeds `margin` > 0, beyond what rounding may do; at
 * 0 that towards the classes of other groups. */
double nc__path_excess(const nc__path *path, int64_t group, double margin);

/* The same of margins of all kinds, continuous in whatever changes: of merged classes it says how
 * far the slope of their group is below the price. */
double nc__path_reserve(const nc__path *path, int64_t group, double margin);

/* The first term of the objective at the last solution, for the weights that the imbalance has now.
 */
double nc__path_loss(const nc__path *path);

/* A class's own probability less that of the best class of another group, and the largest error
 * that a difference of two of its probabilities may have. */
double nc__path_lead(const nc__path *path, int64_t group);
double nc__path_doubt(const nc__path *path, int64_t group);

#endif
