/* SPDX-License-Identifier: MIT
 *
 * layer_metrics.h: the metrics of one layer, about either global mean.
 */
#ifndef NC__LAYER_METRICS_H
#define NC__LAYER_METRICS_H

#include "metrics/measured_layer.h"

/* What class means are centred on: h_G, the mean of all samples, or the mean of the class means. */
enum nc__centre { NC__CENTRE_SAMPLES = 0, NC__CENTRE_CLASSES = 1, NC__CENTRES = 2 };

/* What diagnostics count while metrics are formed. */
typedef struct nc__findings {
    int64_t zero_means, zero_rows, equal_means;
} nc__findings;

/* metrics (one for each of enum libnc_metric, from 1 on); those of a comparison are NaN. riesz: s,
 * or 0 for max(d - 2, 1). `findings` may be NULL. About the mean of class means, metrics that do
 * not depend on the centre are taken from `samples`, those about h_G. */
libnc_status nc__layer_evaluate(const nc__layer *layer, int32_t centre, double riesz,
                                const double *samples, double *metrics, nc__findings *findings);

/* Pairs of classes by the cosine of their rows of P or C: see nc__pairs_histogram(). Nothing is
 * written on failure. */
libnc_status nc__layer_histogram(const nc__layer *layer, bool of_classifier, int64_t *counts,
                                 int64_t bins);

#endif
