/* SPDX-License-Identifier: MIT
 *
 * class_neighbours.h: each class against all others: variability over distances, and the nearest
 * one.
 */
#ifndef NC__CLASS_NEIGHBOURS_H
#define NC__CLASS_NEIGHBOURS_H

#include "metrics/measured_layer.h"

/* LIBNC_CLASS_CDNV, _NEAREST or _NEAREST_COSINE: K values, NaN where unknown. LIBNC_OK or
 * LIBNC_ERROR_MEMORY. */
libnc_status nc__class_neighbours(const nc__layer *layer, int32_t vector, double *values);

#endif
