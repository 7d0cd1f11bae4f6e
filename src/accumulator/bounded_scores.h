/* SPDX-License-Identifier: MIT
 *
 * bounded_scores.h: which of K rows a_k has the largest score v . a_k + t_k, from products that may
 * be rounded in float32. A score is known up to an error of |error_k| + ||v|| slope_k; every k that
 * may be the best within it is on the shortlist, for its owner to decide in float64.
 */
#ifndef NC__BOUNDED_SCORES_H
#define NC__BOUNDED_SCORES_H

#include "linalg/linalg.h"

typedef struct nc__bounded_scores {
    nc__tensor rows;             /* K x d: a_k in the type of the products */
    nc__tensor low, high, slope; /* 1 x K: t_k - error_k, t_k + error_k */
    double longest;              /* max ||a_k|| */
} nc__bounded_scores;

/* From a_k (count x width) and t_k in float64; t_k = -INFINITY takes k out. */
libnc_status nc__bounded_scores_create(nc__bounded_scores *list, nc__arena *arena, int32_t scalar,
                                       const double *rows, const double *addends, int64_t count,
                                       int64_t width);

/* For one v of this length, products p_k = v . a_k (1 x K): what the best score is at least. */
double nc__bounded_scores_bound(const nc__bounded_scores *list, const nc__tensor *products,
                                double length);
/* What the best score is at most; only where nothing overflows (nc__bounded_scores_is_safe). */
double nc__bounded_scores_ceiling(const nc__bounded_scores *list, const nc__tensor *products,
                                  double length);
/* The first k >= begin that may be the best; K if there is none. */
int64_t nc__bounded_scores_next(const nc__bounded_scores *list, int64_t begin,
                                const nc__tensor *products, double length, double bound);

/* Whether products with vectors up to this length stay well within the scalar type. */
bool nc__bounded_scores_is_safe(const nc__bounded_scores *list, double length);

#endif
