/* SPDX-License-Identifier: MIT
 *
 * fit_decay.h: the decay product whose prediction is nearest to what was measured.
 */
#ifndef NC__FIT_DECAY_H
#define NC__FIT_DECAY_H

#include "report/measurement.h"

#include <libnc/geometry.h>

/* The decay product of the nearest prediction (fit_decay.c). */
libnc_status nc__fit_decay(const nc__measurement *measurement, libnc_geometry *geometry,
                           double *product, double *distance);

#endif
