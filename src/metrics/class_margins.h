/* SPDX-License-Identifier: MIT
 *
 * class_margins.h: what a measured layer gives each class at its own mean.
 */
#ifndef NC__CLASS_MARGINS_H
#define NC__CLASS_MARGINS_H

#include "metrics/measured_layer.h"

/* LIBNC_CLASS_MARGIN or LIBNC_CLASS_PROBABILITY: K values, NaN where unknown. LIBNC_OK or
 * LIBNC_ERROR_MEMORY. */
libnc_status nc__class_margins(const nc__layer *layer, int32_t vector, double *values);

#endif
