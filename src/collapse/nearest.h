/* SPDX-License-Identifier: MIT
 *
 * nearest.h: decisions by largest logit and by nearest class mean, for NC4 and accuracy.
 * Ties go to the lowest class.
 */
#ifndef NC__NEAREST_H
#define NC__NEAREST_H

#include <stdint.h>

/* decision[i] = argmax of row i of the logits (count x K) plus bias (K values, or NULL). */
void nc__largest_logit(const double *logits, const double *bias, int64_t count, int64_t classes,
                       int32_t *decision);

/* What nearest means are searched in: coordinates relative to the class's own mean, so that a
 * common offset of all features plays no part. */
typedef struct nc__nearest {
    int64_t classes, width;
    const double *centred; /* K x d: c_k = h_k - h_G */
    const double *gram;    /* K x K: c_j . c_k */
    const double *lengths; /* K: ||c_k|| */
} nc__nearest;

/* decision[i] = argmin over k of ||h - h_k||, for h = h_own + y: own = labels[i], y = row i of
 * deviations (count x d), products[i, k] = y . c_k (count x K). */
void nc__nearest_mean(const nc__nearest *search, const double *deviations, const double *products,
                      const int32_t *labels, int64_t count, int32_t *decision);

#endif
