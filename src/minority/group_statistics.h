/* SPDX-License-Identifier: MIT
 *
 * group_statistics.h: what a minority-collapse report holds, computed from blocks (class_blocks.h).
 */
#ifndef NC__GROUP_STATISTICS_H
#define NC__GROUP_STATISTICS_H

#include "minority/class_blocks.h"

enum { NC__DESCRIPTION_STATISTICS = 4 };

typedef struct nc__description {
    libnc_context *context;
    nc__arena arena;
    int64_t classes, groups; /* K, G */
    bool has_classifier;     /* rows and predictions are known */
    int64_t *group_of;       /* K */
    int64_t *size;           /* G: classes */
    int64_t *samples;        /* G */
    int64_t *first;          /* G: first class, -1 if it has none */
    int32_t *state;          /* families x G */
    double *cosine;          /* families x G x G x statistics */
    double *norm;            /* families x G x statistics */
    int64_t *predictions;    /* G + 1, the last of all classes */
    int64_t *rows;           /* G + 1 */
} nc__description;

/* tolerance, vanishing: the options of libnc/minority.h. */
libnc_status nc__describe(nc__description **description, const nc__class_blocks *blocks,
                          double tolerance, double vanishing);
void nc__description_destroy(nc__description *description); /* NULL is fine */

#endif
