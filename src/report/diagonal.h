/* SPDX-License-Identifier: MIT
 *
 * diagonal.h: measured matrices against diagonal predictions, and singular values of logits, in
 * O(K d) memory.
 */
#ifndef NC__DIAGONAL_H
#define NC__DIAGONAL_H

#include "metrics/measured_layer.h"
#include <libnc/metric.h>

/* The diagonal (K' values) of one of enum libnc_class_matrix, and the sum of the squares off it. */
libnc_status nc__diagonal_of(const nc__layer *layer, int32_t matrix, double *diagonal,
                             double *squares);

/* ||nz(X) - nz(T)||_F and ||X - T||_F / ||T||_F for X with this diagonal and these squares off it,
 * and T diagonal; NaN for a zero norm. */
double nc__diagonal_distance(const double *diagonal, double squares, const double *target,
                             int64_t count);
double nc__diagonal_error(const double *diagonal, double squares, const double *target,
                          int64_t count);

/* The K' singular values of Z D = P Hbar D, largest first; D = diag(sqrt(n_k)), or I where not
 * weighted. */
libnc_status nc__logit_singular_values(const nc__layer *layer, bool weighted, double *values);

#endif
