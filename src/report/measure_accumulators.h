/* SPDX-License-Identifier: MIT
 *
 * measure_accumulators.h: measures what accumulators hold.
 */
#ifndef NC__MEASURE_ACCUMULATORS_H
#define NC__MEASURE_ACCUMULATORS_H

#include "report/measurement.h"

#include <libnc/accumulator.h>

/* Measures accumulators; the arguments are validated. With a communicator all ranks do, which hold
 * the same: pairs of classes are dealt to them, and will be again until the layers are told
 * otherwise. */
libnc_status nc__measure_features(nc__measurement **measurement, libnc_context *context,
                                  const libnc_accumulator *const *accumulators,
                                  const double *const *classifiers, const double *bias,
                                  int32_t layers, double riesz, libnc_communicator *communicator);

#endif
