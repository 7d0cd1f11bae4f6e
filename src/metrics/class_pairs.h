/* SPDX-License-Identifier: MIT
 *
 * class_pairs.h: statistics over all pairs of K vectors, in O(tile) memory (doc/metrics.md, "Pairs
 * of classes").
 *
 * x_i are the rows (K x d), u_i = x_i/||x_i||, cos_ij = u_i . u_j, v_i the class variabilities.
 */
#ifndef NC__CLASS_PAIRS_H
#define NC__CLASS_PAIRS_H

#include "base/communicator_internal.h"
#include "linalg/linalg.h"

typedef struct nc__pairs {
    double angle_mean, angle_maximum; /* of |cos_ij + 1/(K-1)| */
    double cosine_mean, cosine_std;   /* divisor: the number of pairs */
    double coherence;                 /* max |cos_ij| */
    double log_mean, log_variance;    /* of log(1/||u_i - u_j||), infinite if directions coincide */
    double riesz;                     /* log of the mean of ||u_i - u_j||^-s */
    double cdnv;                      /* mean of (v_i + v_j)/(2 ||x_i - x_j||^2) */
    double cdnv_unbiased;             /* the same of the unbiased v_k */
    int64_t equal;                    /* pairs no further apart than noise */
} nc__pairs;

typedef struct nc__pairs_of {
    const double *rows;               /* K x d */
    const double *lengths;            /* K */
    const double *variability;        /* K, or NULL: no CDNV, no equal pairs */
    int64_t count, width;             /* K, d */
    double riesz;                     /* s > 0 */
    double noise;                     /* lengths up to this have no direction */
    const double *unbiased;           /* K: v_k of cdnv_unbiased, or NULL: none; with variability */
    libnc_communicator *communicator; /* ranks that measure them together, or NULL */
} nc__pairs_of;

/* Statistics over i < j. Those that are undefined are NaN: all of them for K = 1, those of angles
 * where a length is no more than noise, the CDNV where two rows are equal. With a communicator the
 * rows of tiles are dealt to the ranks, and an error of one is that of all; the result has the same
 * bits for any number of them. */
libnc_status nc__pairs_measure(nc__pairs *pairs, libnc_context *context, const nc__pairs_of *of);

/* Sum over i != j of (a_i . b_j)^2, a and b K x d; they may be one array. */
libnc_status nc__off_diagonal_squares(double *squares, libnc_context *context, const double *a,
                                      const double *b, int64_t count, int64_t width);

/* counts[b] = pairs i < j with cos in bin b of `bins` equal ones from -1 to 1; none where a length
 * is no more than noise. */
libnc_status nc__pairs_histogram(int64_t *counts, int64_t bins, libnc_context *context,
                                 const nc__pairs_of *of);

/* ||a x - b y||^2 by its differences. */
double nc__squared_distance(double a, const double *x, double b, const double *y, int64_t width);

#endif
