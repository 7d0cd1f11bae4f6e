/* SPDX-License-Identifier: MIT
 *
 * measurement.h: what a report holds: the layers of one model, or of one set of features, at one
 * time, and their metrics. A new measurement is made aside and put in place when it is complete.
 */
#ifndef NC__MEASUREMENT_H
#define NC__MEASUREMENT_H

#include "metrics/layer_metrics.h"
#include "metrics/metric_table.h"

#include <libnc/metric.h>

enum { NC__CLASS_VECTORS = 16, NC__CLASS_MATRICES = 4 };

typedef struct nc__measurement {
    libnc_context *context;
    nc__arena arena;
    int32_t depth;                /* M */
    int64_t classes;              /* K */
    double riesz;                 /* s, or 0 for the usual */
    bool has_centre[NC__CENTRES]; /* metrics about that centre are there */
    double *metrics[NC__CENTRES]; /* M x NC__METRICS each; those of a comparison in the first */
    double *errors[NC__CENTRES];  /* the standard errors of these; NULL where they are not known */
    nc__findings *findings;       /* M */
    nc__layer *layers;            /* M; to be created in the arena */
} nc__measurement;

libnc_status nc__measurement_create(nc__measurement **measurement, libnc_context *context,
                                    int32_t depth, int64_t classes, double riesz);
void nc__measurement_destroy(nc__measurement *measurement); /* NULL is fine */

nc__layer *nc__measurement_layer(const nc__measurement *measurement, int32_t layer);

/* A number by the public enumerator and j = 1 .. M. */
double *nc__measurement_metric(const nc__measurement *measurement, int32_t centre, int32_t metric,
                               int32_t layer);

/* Makes room for standard errors, NaN. */
libnc_status nc__measurement_expect_errors(nc__measurement *measurement);

/* Metrics about a centre, those about h_G first; does nothing where they are there. */
libnc_status nc__measurement_evaluate(nc__measurement *measurement, int32_t centre);

#endif
