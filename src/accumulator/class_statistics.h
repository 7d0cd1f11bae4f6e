/* SPDX-License-Identifier: MIT
 *
 * class_statistics.h: what collapse metrics need to know of labelled features, in one pass,
 * mergeable (doc/metrics.md, "Statistics").
 *
 * K classes, features of d values as rows; n_k samples of class k with mean h_k;
 *   squares[k]  = sum_i ||h_{k,i} - h_k||^2
 *   scatter     = S_W = sum_k sum_i (h_{k,i} - h_k)(h_{k,i} - h_k)^T          (d x d, if wanted)
 * A mean is kept as a reference plus an offset from it: near collapse the offset is tiny and keeps
 * all its digits, where the sum would round at the size of the mean. Nothing is ever computed as
 * E[x^2] - mean^2.
 *
 * Rows of either scalar type may come in turn. The products of float32 rows are formed in float32
 * and summed in float64 (doc/metrics.md gives the error), all else is float64.
 */
#ifndef NC__CLASS_STATISTICS_H
#define NC__CLASS_STATISTICS_H

#include "accumulator/scatter.h"
#include "linalg/linalg.h"

typedef struct nc__statistics {
    libnc_context *context;
    nc__arena arena;
    int64_t classes, width; /* K, d */
    int64_t samples;        /* N */
    int64_t *counts;        /* K: n_k */
    double *references;     /* K x d */
    double *offsets;        /* K x d: h_k = reference + offset */
    double *squares;        /* K */
    nc__scatter *scatter;   /* d x d, or NULL; read it through nc__statistics_scatter() */
    /* work */
    int64_t capacity;       /* rows of the block */
    int32_t scalar;         /* type of the rows that wait in the block */
    int64_t waiting;        /* rows in the block that are not yet in the scatter */
    double waiting_squares; /* sum of their squares */
    void *block;            /* capacity x d of either type */
    double *row_squares;    /* parts x capacity */
    int32_t parts;          /* threads that row_squares has room for */
    int64_t *order;         /* capacity: rows of one call by class */
    int64_t *slot_count;    /* capacity */
    int64_t *slot_class;    /* capacity: classes that occur in the call */
    int32_t *class_slot;    /* K: 1 + the slot; 0 where the class does not occur */
} nc__statistics;

/* Empty statistics; 1 <= classes, width. The scatter costs d^2 memory and N d^2 time. */
libnc_status nc__statistics_create(nc__statistics **statistics, libnc_context *context,
                                   int64_t classes, int64_t width, bool with_scatter);
/* The same with a block of no more than so many rows. */
libnc_status nc__statistics_create_for(nc__statistics **statistics, libnc_context *context,
                                       int64_t classes, int64_t width, bool with_scatter,
                                       int64_t rows);
void nc__statistics_destroy(nc__statistics *statistics); /* NULL is fine */

/* Makes what adding rows of this type needs beyond what create made: float32 products, and room for
 * the context's threads. */
libnc_status nc__statistics_prepare(nc__statistics *statistics, int32_t scalar);

/* Adds rows (n x d, prepared type, any stride) that are finite, with n labels 0 .. K-1. Allocates
 * nothing. The result has the same bits however the rows are split into calls. */
void nc__statistics_add(nc__statistics *statistics, const nc__tensor *rows, const int32_t *labels);

/* Checks float64 rows and labels, then adds them. NOT_FINITE names the row, ARGUMENT the label; the
 * statistics are then as they were. */
libnc_status nc__statistics_update(nc__statistics *statistics, const double *rows, int64_t count,
                                   const int32_t *labels);

/* Adds what `other` holds: same K, d and kind, another object. Allocates nothing. */
void nc__statistics_merge(nc__statistics *into, nc__statistics *other);

/* The mean of class k becomes its reference, and what rounding leaves of it the offset. */
void nc__statistics_rebase(nc__statistics *statistics, int64_t k);

/* S_W (d x d, both triangles) of all rows so far, or NULL where it is not kept. */
const double *nc__statistics_scatter(nc__statistics *statistics);

/* out (K x d) = h_k; zero rows for empty classes. */
void nc__statistics_means(const nc__statistics *statistics, double *out);

/* The length of the longest mean. */
double nc__statistics_longest(const nc__statistics *statistics);

/* out (K x d) = h_k - h_G, h_G = sum n_k h_k / N the sample mean; zero rows for empty classes.
 * Close means are subtracted before they are rounded. */
void nc__statistics_centred_means(const nc__statistics *statistics, double *out);

#endif
