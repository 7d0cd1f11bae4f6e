/* SPDX-License-Identifier: MIT
 *
 * nearest_mean.h: decisions by largest logit and by nearest class mean, for NC4 and accuracy.
 * Ties go to the lowest class.
 */
#ifndef NC__NEAREST_MEAN_H
#define NC__NEAREST_MEAN_H

#include "accumulator/bounded_scores.h"
#include "accumulator/sample_block.h"

/* decision[i] = argmax of row i of the logits (count x K) plus bias (K values, or NULL). */
void nc__largest_logit(const double *logits, const double *bias, int64_t count, int64_t classes,
                       int32_t *decision);

/* A search among the class means of statistics that stay as they are. Classes without samples are
 * no one's nearest. */
typedef struct nc__nearest {
    const nc__statistics *statistics;
    double *centred;         /* K x d: c_k = h_k - h_G */
    double *reach;           /* K: at most min ||h_j - h_k||^2 over j != k, at least 0 */
    nc__bounded_scores list; /* a_k = c_k, t_k = -||c_k||^2/2 */
} nc__nearest;

/* For rows of the block's type; works in its products. O(min(N, K) K d). */
libnc_status nc__nearest_create(nc__nearest *search, nc__arena *arena, nc__sample_block *block);

/* decision[i] = argmin over k of ||h - h_k|| for the rows h of the block. */
void nc__nearest_find(const nc__nearest *search, nc__sample_block *block, int32_t *decision);

#endif
