/* SPDX-License-Identifier: MIT
 *
 * fall.h: the prices at which classes fall: where their margin goes down to a given one.
 *
 * Cross-entropy with M = 1 at a price of the nuclear norm: c = sqrt(lw lh), or the multiplier of
 * the energies. Groups of classes may be taken together: they fall where the first of them does.
 */
#ifndef NC__FALL_H
#define NC__FALL_H

#include "minimise/shared_roots.h"
#include "minority/margin_path.h"

typedef struct nc__fall {
    nc__arena arena;
    const nc__imbalance *imbalance;
    nc__path *path;
    nc__samples samples; /* of log price */
    double margin;
    double total;     /* the price of total collapse */
    int64_t sets;     /* of groups */
    int64_t *set;     /* G: of each group, -1 for none */
    double *least;    /* sets: below this price the margin is larger: proven at margin 0 */
    double *slope;    /* sets: the smallest of their groups */
    double *merged;   /* sets: the price at which classes of a group merge, +infinity for none */
    double *excesses; /* sets: scratch */
} nc__fall;

/* set: of each group, 0 .. sets - 1 or -1, copied; NULL for each group its own. */
libnc_status nc__fall_create(nc__fall **fall, const nc__imbalance *imbalance, double margin,
                             const int64_t *set, int64_t sets);
void nc__fall_destroy(nc__fall *fall); /* NULL is fine */

/* The smallest price, as far as a grid shows, at which the margin of a set is no larger; +infinity
 * if it always is, 0 if it never is. */
libnc_status nc__fall_price(nc__fall *fall, int64_t set, double *price);

#endif
