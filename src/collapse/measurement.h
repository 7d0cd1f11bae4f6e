/* SPDX-License-Identifier: MIT
 *
 * measurement.h: what a report holds: metrics, vectors and matrices of every head layer of one
 * model at one time. A new measurement is made aside and put in place when it is complete.
 */
#ifndef NC__MEASUREMENT_H
#define NC__MEASUREMENT_H

#include "base/base.h"

#include <libnc/report.h>

enum { NC__METRICS = 25, NC__CLASS_VECTORS = 6, NC__CLASS_MATRICES = 4 };

typedef struct nc__measurement {
    libnc_context *context;
    int32_t depth;    /* M */
    int64_t classes;  /* K */
    bool is_compared; /* the comparison metrics are there */
    int64_t *counts;  /* K */
    double *metrics;  /* M x NC__METRICS */
    double *vectors;  /* M x NC__CLASS_VECTORS x K */
    double *matrices; /* M x NC__CLASS_MATRICES x K x K */
} nc__measurement;

/* Numbers all 0. */
libnc_status nc__measurement_create(nc__measurement **measurement, libnc_context *context,
                                    int32_t depth, int64_t classes);
void nc__measurement_destroy(nc__measurement *measurement); /* NULL is fine */

/* A number, K numbers, K x K numbers, by the public enumerators and j = 1 .. M. */
double *nc__measurement_metric(const nc__measurement *measurement, int32_t metric, int32_t layer);
double *nc__measurement_vector(const nc__measurement *measurement, int32_t vector, int32_t layer);
double *nc__measurement_matrix(const nc__measurement *measurement, int32_t matrix, int32_t layer);

/* Measures a model (measure.c). The arguments are validated: labels (N) are 0 .. K-1 and every
 * class occurs; dataset is NULL for free features. */
libnc_status nc__measure(nc__measurement **measurement, libnc_context *context, libnc_model *model,
                         const libnc_dataset *dataset, const int32_t *labels, int64_t samples);

/* Adds the comparison with a solved geometry of the same counts and depth (comparison.c). */
libnc_status nc__compare(nc__measurement *measurement, const libnc_geometry *geometry,
                         double objective);

/* Whether a metric needs nc__compare(). */
bool nc__metric_is_comparison(int32_t metric);

#endif
