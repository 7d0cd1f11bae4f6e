/* SPDX-License-Identifier: MIT
 *
 * comparison.h: measured matrices as comparisons and fits with a prediction need them.
 */
#ifndef NC__COMPARISON_H
#define NC__COMPARISON_H

#include "report/measurement.h"

#include <libnc/geometry.h>

/* Classes up to which K x K matrices are formed for a comparison: 128 MB each. */
enum { NC__DENSE_CLASSES = 4096 };

/* nc2_predicted_classifier and nc2_predicted_features of layer 1, each to the nearest of tied
 * minimisers, for at most NC__DENSE_CLASSES classes. */
libnc_status nc__compare_shapes(const nc__measurement *measurement, const libnc_geometry *geometry,
                                double *classifier, double *features);

/* Adds the comparison with a solved geometry of the same counts and depth (comparison.c). */
libnc_status nc__compare(nc__measurement *measurement, const libnc_geometry *geometry,
                         double objective);

#endif
