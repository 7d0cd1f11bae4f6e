/* SPDX-License-Identifier: MIT
 *
 * nearest_mean.h: decisions by largest logit and by nearest class mean, for NC4 and accuracy.
 * Ties go to the lowest class.
 */
#ifndef NC__NEAREST_MEAN_H
#define NC__NEAREST_MEAN_H

#include "accumulator/bounded_scores.h"
#include "accumulator/class_statistics.h"

/* decision[i] = argmax of row i of the logits (count x K) plus bias (K values, or NULL). */
void nc__largest_logit(const double *logits, const double *bias, int64_t count, int64_t classes,
                       int32_t *decision);

/* A search among the class means of statistics that stay as they are. Classes without samples are
 * no one's nearest. */
typedef struct nc__nearest {
    libnc_context *context;
    const nc__statistics *statistics;
    double *centred;          /* K x d: c_k = h_k - h_G */
    double *reach;            /* K: at most min ||h_j - h_k||^2 over j != k, at least 0 */
    nc__bounded_scores *list; /* a_k = c_k, t_k = -||c_k||^2/2 */
    int64_t capacity;         /* rows of one call */
    nc__tensor deviations;    /* capacity x d: h - h_k of the rows of the last call */
    nc__tensor pending;       /* capacity x d: h - h_G of those that need a look */
    nc__tensor products;      /* capacity x K */
    double *squares;          /* capacity: ||h - h_k||^2 */
    double *lengths;          /* capacity: ||h - h_G|| of the pending */
    int64_t *index;           /* capacity: which rows are pending */
} nc__nearest;

/* For rows of this scalar type. O(min(N, K) K d) time, (K + 3 capacity) d + capacity K memory. */
libnc_status nc__nearest_create(nc__nearest **search, libnc_context *context,
                                const nc__statistics *statistics, int32_t scalar);
void nc__nearest_destroy(nc__nearest *search); /* NULL is fine */

/* decision[i] = argmin over k of ||h - h_k|| for the rows h (at most capacity x d, finite, labels
 * of classes with samples); leaves their deviations behind. */
void nc__nearest_find(nc__nearest *search, const nc__tensor *rows, const int32_t *labels,
                      int32_t *decision);

#endif
