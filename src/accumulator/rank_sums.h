/* SPDX-License-Identifier: MIT
 *
 * rank_sums.h: statistics of all ranks from those of each, summed in place, piece by piece.
 */
#ifndef NC__RANK_SUMS_H
#define NC__RANK_SUMS_H

#include "accumulator/class_statistics.h"
#include "base/communicator_internal.h"

/* Room for the pieces. */
typedef struct nc__rank_sums {
    libnc_communicator *communicator;
    int64_t rows;               /* classes of a piece */
    int64_t width;              /* d */
    double *piece, *deviations; /* rows x d each */
    int64_t *counts, *own;      /* K: n_k of all ranks, of this one */
    int64_t *order;             /* K: size - the first rank with samples of class k; 0: none */
} nc__rank_sums;

libnc_status nc__rank_sums_create(nc__rank_sums *sums, nc__arena *arena,
                                  libnc_communicator *communicator, int64_t classes, int64_t width);

/* The statistics become those of all ranks. LIBNC_ERROR_COMMUNICATION leaves them undefined. */
libnc_status nc__rank_sums_statistics(nc__rank_sums *sums, nc__statistics *statistics);

/* The upper triangle of values (n x n, n <= d) is summed; the lower one is left. */
libnc_status nc__rank_sums_triangle(nc__rank_sums *sums, double *values, int64_t n);

#endif
