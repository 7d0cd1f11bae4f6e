/* SPDX-License-Identifier: MIT
 *
 * jackknife.h: standard errors of the metrics of one layer, from the groups of samples that an
 * accumulator has kept (doc/metrics.md, "Standard errors").
 */
#ifndef NC__JACKKNIFE_H
#define NC__JACKKNIFE_H

#include "accumulator/accumulator_internal.h"
#include "report/measurement.h"

/* What the layer is measured with, beside the samples. */
typedef struct nc__jackknife {
    const libnc_accumulator *accumulator; /* with groups */
    const double *classifier, *bias;      /* K x d and K, or NULL */
    double riesz;
} nc__jackknife;

/* errors[c] (NC__METRICS each) = standard errors of the metrics about centre c; NaN where a metric
 * takes more than means and scatter, other than accuracy. */
libnc_status nc__jackknife_errors(const nc__jackknife *of, double *const errors[NC__CENTRES]);

#endif
