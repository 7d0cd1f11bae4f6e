/* SPDX-License-Identifier: MIT
 *
 * sample_groups.h: the first pass once more by groups of samples, for the standard errors of a
 * jackknife (doc/metrics.md, "Standard errors"): the samples of each class are dealt out in turn to
 * G groups, of which each has statistics of its own.
 */
#ifndef NC__SAMPLE_GROUPS_H
#define NC__SAMPLE_GROUPS_H

#include "accumulator/class_statistics.h"

enum { NC__FEWEST_GROUPS = 2, NC__MOST_GROUPS = 1000 };

typedef struct nc__sample_groups {
    libnc_context *context;
    int32_t count;          /* G */
    nc__statistics **parts; /* G */
    int32_t *next;          /* K: the group of the class's next sample */
    /* one block */
    int64_t capacity; /* rows */
    int32_t *group;   /* capacity: of each row */
    int32_t *labels;  /* capacity: of the rows of one group */
    void *rows;       /* capacity x d of either type */
} nc__sample_groups;

libnc_status nc__sample_groups_create(nc__sample_groups **groups, libnc_context *context,
                                      int32_t count, int64_t classes, int64_t width,
                                      bool with_scatter);
void nc__sample_groups_destroy(nc__sample_groups *groups); /* NULL is fine */

/* Makes what adding rows of this type needs. */
libnc_status nc__sample_groups_prepare(nc__sample_groups *groups, int32_t scalar);

/* Adds rows as nc__statistics_add() does. */
void nc__sample_groups_add(nc__sample_groups *groups, const nc__tensor *rows,
                           const int32_t *labels);

/* Adds what others hold, group by group. */
void nc__sample_groups_merge(nc__sample_groups *into, const nc__sample_groups *other);

/* The next samples follow these n_k. */
void nc__sample_groups_follow(nc__sample_groups *groups, const int64_t *counts);

#endif
