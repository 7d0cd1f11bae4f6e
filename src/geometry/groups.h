/* SPDX-License-Identifier: MIT
 *
 * groups.h: classes of equal count and weight as groups.
 *
 * Groups are g = 0 .. G-1, largest count n_g first, of m_g classes each.
 */
#ifndef NC__GROUPS_H
#define NC__GROUPS_H

#include "base/base.h"

#include <libnc/classes.h>

typedef struct nc__groups {
    nc__arena arena;
    int64_t classes;      /* K */
    int64_t count;        /* G */
    double samples;       /* N */
    double *size;         /* n_g, descending */
    double *multiplicity; /* m_g */
    double *weight;       /* w_g, the class weight; 1 without weights */
    int64_t *start;       /* G + 1 */
    int64_t *order;       /* classes of group g: order[start[g]] .. order[start[g + 1] - 1] */
} nc__groups;

/* weights: of each class, or NULL for 1; apart: every class is its own group. */
libnc_status nc__groups_create(nc__groups *groups, libnc_context *context,
                               const libnc_classes *classes, const double *weights, bool apart);
void nc__groups_destroy(nc__groups *groups);

#endif
