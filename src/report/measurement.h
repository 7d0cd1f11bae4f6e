/* SPDX-License-Identifier: MIT
 *
 * measurement.h: what a report holds: the layers of one model, or of one set of features, at one
 * time, and their metrics. A new measurement is made aside and put in place when it is complete.
 */
#ifndef NC__MEASUREMENT_H
#define NC__MEASUREMENT_H

#include "metrics/layer_metrics.h"

#include <libnc/report.h>

enum { NC__METRICS = 67, NC__CLASS_VECTORS = 10, NC__CLASS_MATRICES = 4 };

typedef struct nc__measurement {
    libnc_context *context;
    int32_t depth;                /* M */
    int64_t classes;              /* K */
    double riesz;                 /* s, or 0 for the usual */
    bool is_compared;             /* the comparison metrics are there */
    bool has_centre[NC__CENTRES]; /* metrics about that centre are there */
    double *metrics[NC__CENTRES]; /* M x NC__METRICS each; those of a comparison in the first */
    nc__findings *findings;       /* M */
    nc__layer **layers;           /* M */
} nc__measurement;

/* Layers NULL, metrics NaN. */
libnc_status nc__measurement_create(nc__measurement **measurement, libnc_context *context,
                                    int32_t depth, int64_t classes, double riesz);
void nc__measurement_destroy(nc__measurement *measurement); /* NULL is fine */

nc__layer *nc__measurement_layer(const nc__measurement *measurement, int32_t layer);

/* A number by the public enumerator and j = 1 .. M. */
double *nc__measurement_metric(const nc__measurement *measurement, int32_t centre, int32_t metric,
                               int32_t layer);

/* Metrics about a centre, those about h_G first; does nothing where they are there. */
libnc_status nc__measurement_evaluate(nc__measurement *measurement, int32_t centre);

/* Measures a model (measure.c). The arguments are validated: labels (N) are 0 .. K-1 and every
 * class occurs; dataset is NULL for free features. Ranks of W_j are taken up to this limit of its
 * smaller side. */
libnc_status nc__measure(nc__measurement **measurement, libnc_context *context, libnc_model *model,
                         const libnc_dataset *dataset, const int32_t *labels, int64_t samples,
                         double riesz, int64_t rank_limit);

/* Measures accumulators (features.c); the arguments are validated. */
libnc_status nc__measure_features(nc__measurement **measurement, libnc_context *context,
                                  const libnc_accumulator *const *accumulators,
                                  const double *const *classifiers, const double *bias,
                                  int32_t layers, double riesz);

/* Adds the comparison with a solved geometry of the same counts and depth (comparison.c). */
libnc_status nc__compare(nc__measurement *measurement, const libnc_geometry *geometry,
                         double objective);

/* The decay product of the nearest prediction (fit.c). */
libnc_status nc__fit_decay(const nc__measurement *measurement, libnc_geometry *geometry,
                           double *product, double *distance);

/* Whether a metric needs nc__compare(). */
bool nc__metric_is_comparison(int32_t metric);

/* A metric in a convention, from what is measured (convention.c); the centre that it needs. */
double nc__convention_value(const nc__measurement *measurement, int32_t convention, int32_t metric,
                            int32_t layer);
int32_t nc__convention_centre(int32_t convention);

/* Bits of enum libnc_diagnostic, and one of them in words (diagnostics.c). */
int64_t nc__diagnose(const nc__measurement *measurement, int32_t layer);
void nc__diagnose_text(const nc__measurement *measurement, int32_t layer, int64_t diagnostic,
                       char *text, size_t size);

#endif
