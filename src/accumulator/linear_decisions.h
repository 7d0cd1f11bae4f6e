/* SPDX-License-Identifier: MIT
 *
 * linear_decisions.h: decisions argmax_k w_k . h + b_k of a linear classifier, for NC4 and
 * accuracy.
 */
#ifndef NC__LINEAR_DECISIONS_H
#define NC__LINEAR_DECISIONS_H

#include "accumulator/bounded_scores.h"
#include "accumulator/sample_block.h"

typedef struct nc__linear_decisions {
    const nc__statistics *statistics;
    double *weights;         /* K x d, then K of bias */
    nc__bounded_scores list; /* a_k = w_k, t_k = b_k */
    int32_t *at_mean;        /* K: the decision at the class mean */
    double *radius;          /* K: the decision is that for ||h - h_k|| below this, >= 0 */
} nc__linear_decisions;

/* From weights (K x d and K, copied) in float64, for rows of the block's type; works in its
 * vectors, lengths and products. O(min(N, K) K d). */
libnc_status nc__linear_decisions_create(nc__linear_decisions *linear, nc__arena *arena,
                                         nc__sample_block *block, const double *weights);

/* decision[i] = argmax_k w_k . h + b_k, the lowest k of equals, of the rows h of the block. */
void nc__linear_decisions_find(const nc__linear_decisions *linear, nc__sample_block *block,
                               int32_t *decision);

#endif
