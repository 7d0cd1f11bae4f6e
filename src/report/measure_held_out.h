/* SPDX-License-Identifier: MIT
 *
 * measure_held_out.h: measures held-out samples about training means.
 */
#ifndef NC__MEASURE_HELD_OUT_H
#define NC__MEASURE_HELD_OUT_H

#include "report/measurement.h"

#include <libnc/held_out.h>

/* There is at least one sample. */
libnc_status nc__measure_held_out(nc__measurement **measurement, libnc_context *context,
                                  const libnc_held_out *held_out, double riesz);

#endif
