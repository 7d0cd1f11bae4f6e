/* SPDX-License-Identifier: MIT
 *
 * mean_square_falls.h: decays, counts and depths at which classes fall under mean squared error.
 */
#ifndef NC__MEAN_SQUARE_FALLS_H
#define NC__MEAN_SQUARE_FALLS_H

#include "base/base.h"

#include <libnc/geometry.h>

/* As in libnc/threshold.h, for a geometry of that loss: K decays and widths (or NULL), the count of
 * one class, K depths. LIBNC_ERROR_UNSUPPORTED for settings that do not go with it. */
libnc_status nc__mean_square_decays(const libnc_geometry *geometry, double *decays, double *widths);
libnc_status nc__mean_square_count(const libnc_geometry *geometry, int64_t class_index,
                                   double *count);
libnc_status nc__mean_square_depths(const libnc_geometry *geometry, int32_t *depths);

#endif
