/* SPDX-License-Identifier: MIT
 *
 * deep_search.h: the lowest value that many starts find of the deep cross-entropy problem.
 */
#ifndef NC__DEEP_SEARCH_H
#define NC__DEEP_SEARCH_H

#include "deep/deep_point.h"

typedef struct nc__deep_search {
    int64_t width;  /* highest rank: smallest of the widths; 0: no limit */
    int64_t starts; /* random starts, after the structured ones */
    uint64_t seed;
    int64_t started, hits; /* results: minimisations made, and how many reached the lowest value */
} nc__deep_search;

/* Leaves the lowest point found in `best` (created by the caller). Zero and the simplex are always
 * among the starts. LIBNC_OK, LIBNC_ERROR_MEMORY or LIBNC_ERROR_NUMERICAL. */
libnc_status nc__deep_search_run(nc__deep_search *search, libnc_context *context,
                                 const nc__deep_problem *problem, nc__deep_point *best);

#endif
