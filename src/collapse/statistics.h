/* SPDX-License-Identifier: MIT
 *
 * statistics.h: what collapse metrics need to know of labelled features, in one pass, mergeable
 * (doc/metrics.md, "Statistics").
 *
 * K classes, features of d values as rows; n_k samples of class k with mean h_k;
 *   energies[k] = sum_i ||h_{k,i} - h_k||^2
 *   scatter     = S_W = sum_k sum_i (h_{k,i} - h_k)(h_{k,i} - h_k)^T          (d x d, if wanted)
 * A mean is kept as a reference (the first sample of the class) plus an offset from it: near
 * collapse the offset is tiny and keeps all its digits, where the sum would round at the size of
 * the mean. Nothing is ever computed as E[x^2] - mean^2.
 */
#ifndef NC__STATISTICS_H
#define NC__STATISTICS_H

#include "linalg/linalg.h"

typedef struct nc__statistics {
    libnc_context *context;
    int64_t classes, width; /* K, d */
    int64_t samples;        /* N */
    int64_t *counts;        /* K: n_k */
    double *references;     /* K x d */
    double *offsets;        /* K x d: h_k = reference + offset */
    double *energies;       /* K */
    double *scatter;        /* d x d, or NULL */
    /* work of one block of rows */
    double *block;       /* 2 B x d: deviations, then the moves of the means */
    double *block_means; /* B x d, one row per slot: a class that occurs in the block */
    int64_t *slot_count; /* B */
    int64_t *slot_class; /* B */
    int64_t *class_slot; /* K: -1 when the class is not in the block */
} nc__statistics;

/* Empty statistics; 1 <= classes, width. The scatter costs d^2 memory and N d^2 time. */
libnc_status nc__statistics_create(nc__statistics **statistics, libnc_context *context,
                                   int64_t classes, int64_t width, bool with_scatter);
void nc__statistics_destroy(nc__statistics *statistics); /* NULL is fine */
void nc__statistics_clear(nc__statistics *statistics);

/* Adds `count` rows with labels 0 .. K-1. NOT_FINITE names the row, ARGUMENT the label; the
 * statistics are then as they were. Allocates nothing. */
libnc_status nc__statistics_update(nc__statistics *statistics, const double *rows, int64_t count,
                                   const int32_t *labels);

/* Adds what `other` holds: same K, d and kind, another object. Allocates nothing. */
void nc__statistics_merge(nc__statistics *into, const nc__statistics *other);

/* out (K x d) = h_k; zero rows for empty classes. */
void nc__statistics_means(const nc__statistics *statistics, double *out);

/* out (K x d) = h_k - h_G, h_G = sum n_k h_k / N the sample mean; zero rows for empty classes.
 * Close means are subtracted before they are rounded. */
void nc__statistics_centred_means(const nc__statistics *statistics, double *out);

/* out (count x d) = h - h_k for rows of classes that are not empty. */
void nc__statistics_deviations(const nc__statistics *statistics, const double *rows, int64_t count,
                               const int32_t *labels, double *out);

#endif
