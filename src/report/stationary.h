/* SPDX-License-Identifier: MIT
 *
 * stationary.h: the decay product that measured logits themselves tell.
 */
#ifndef NC__STATIONARY_H
#define NC__STATIONARY_H

#include "metrics/measured_layer.h"
#include <libnc/geometry.h>

/* The decay product at which what was measured would be stationary in its scale; NaN where there is
 * none, or no formula (stationary.c). */
libnc_status nc__stationary_product(const nc__layer *layer, const libnc_geometry *geometry,
                                    double *product);

#endif
