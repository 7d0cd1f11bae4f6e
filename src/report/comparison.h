/* SPDX-License-Identifier: MIT
 *
 * comparison.h: measured matrices as comparisons and fits with a prediction need them.
 */
#ifndef NC__COMPARISON_H
#define NC__COMPARISON_H

#include "report/measurement.h"
#include "geometry/geometry_internal.h"

/* Classes up to which K x K matrices are formed for a comparison: 128 MB each. */
enum { NC__DENSE_CLASSES = 4096 };

/* The diagonal (K' values) of one of enum libnc_class_matrix, and the sum of the squares off it. */
libnc_status nc__diagonal_of(const nc__layer *layer, int32_t matrix, double *diagonal,
                             double *squares);

/* ||nz(X) - nz(T)||_F and ||X - T||_F / ||T||_F for X with this diagonal and these squares off it,
 * and T diagonal; NaN for a zero norm. */
double nc__diagonal_distance(const double *diagonal, double squares, const double *target,
                             int64_t count);
double nc__diagonal_error(const double *diagonal, double squares, const double *target,
                          int64_t count);

/* nc2_predicted_classifier and nc2_predicted_features of layer 1, each to the nearest of tied
 * minimisers, for at most NC__DENSE_CLASSES classes. */
libnc_status nc__compare_shapes(const nc__measurement *measurement, const libnc_geometry *geometry,
                                double *classifier, double *features);

/* The decay product at which what was measured would be stationary in its scale; NaN where there is
 * none, or no formula (stationary.c). */
libnc_status nc__stationary_product(const nc__layer *layer, const libnc_geometry *geometry,
                                    double *product);

/* The K' singular values of Z D = P Hbar D, largest first; D = diag(sqrt(n_k)), or I where not
 * weighted. */
libnc_status nc__logit_singular_values(const nc__layer *layer, bool weighted, double *values);

#endif
