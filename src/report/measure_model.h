/* SPDX-License-Identifier: MIT
 *
 * measure_model.h: measures every head layer of a model.
 */
#ifndef NC__MEASURE_MODEL_H
#define NC__MEASURE_MODEL_H

#include "report/measurement.h"

#include <libnc/dataset.h>
#include <libnc/model.h>

/* Measures a model (measure_model.c). The arguments are validated: labels (N) are 0 .. K-1 and
 * every class occurs; dataset is NULL for free features. Ranks of W_j are taken up to this limit of
 * its smaller side. */
libnc_status nc__measure(nc__measurement **measurement, libnc_context *context, libnc_model *model,
                         const libnc_dataset *dataset, const int32_t *labels, int64_t samples,
                         double riesz, int64_t rank_limit);

#endif
