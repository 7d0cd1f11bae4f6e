/* SPDX-License-Identifier: MIT
 *
 * report_fixture.h: models, parameters and reports in one call, for the suites of reports.
 */
#ifndef REPORT_FIXTURE_H
#define REPORT_FIXTURE_H

#include "support/models.h"

#include <libnc/libnc.h>

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* N = 20 samples of a head of three layers. */
static const int64_t deep_counts[3] = {11, 6, 3}, deep_widths[3] = {7, 5, 4};

/* features[i] = means[label i] + spread * noise */
static inline void set_features(libnc_model *model, const double *means, double spread,
                                uint64_t seed)
{
    int64_t N = libnc_model_samples(model), d = libnc_model_width(model, 1);
    const int32_t *labels = libnc_model_labels(model);
    double *features = malloc((size_t)(N * d) * sizeof *features);
    for (int64_t i = 0; i < N * d; i++)
        features[i] = means[labels[i / d] * d + i % d] + spread * uniform(&seed);
    set(model, "features", features);
    free(features);
}

static inline libnc_report *measured(libnc_model *model, const libnc_dataset *dataset)
{
    libnc_report *report;
    ck_assert_int_eq(libnc_report_create(&report, context), LIBNC_OK);
    ck_assert_msg(libnc_report_measure(report, model, dataset) == LIBNC_OK, "%s",
                  libnc_context_error(context));
    return report;
}

static inline double value(const libnc_report *report, int32_t metric, int32_t layer)
{
    double result = -12345;
    ck_assert_int_eq(libnc_report_value(report, metric, layer, &result), LIBNC_OK);
    return result;
}

static inline int is_comparison(int32_t metric)
{
    return metric >= LIBNC_METRIC_NC2_PREDICTED_FEATURES && metric <= LIBNC_METRIC_LOSS_GAP;
}

static inline void assert_near(double actual, double expected, double tolerance, const char *what)
{
    if (isnan(expected))
        ck_assert_msg(isnan(actual), "%s = %g, not NaN", what, actual);
    else
        ck_assert_msg(fabs(actual - expected) <= tolerance * fmax(1, fabs(expected)),
                      "%s = %.17g, not %.17g", what, actual, expected);
}

/* Metrics that change with the scale of the features. */
static inline int is_a_size(int32_t metric)
{
    return metric == LIBNC_METRIC_TR_SIGMA_W || metric == LIBNC_METRIC_TR_SIGMA_B ||
           metric == LIBNC_METRIC_TR_SIGMA_B_WEIGHTED || metric == LIBNC_METRIC_GLOBAL_MEAN_NORM;
}

/* Metrics that change with the order of classes, or where every sample comes twice. */
static inline int is_of_order_or_number(int32_t metric)
{
    return metric == LIBNC_METRIC_NC2_EQUINORM_FEATURES_SIGNED ||
           metric == LIBNC_METRIC_CDNV_UNBIASED || metric == LIBNC_METRIC_NC1_CORRECTED;
}

/* Every metric of one layer equals that of another report. */
static inline void assert_same(const libnc_report *a, int32_t layer_a, const libnc_report *b,
                               int32_t layer_b, double tolerance)
{
    for (int32_t metric = 1; metric <= libnc_metric_count(); metric++)
        if (!is_comparison(metric) && !is_a_size(metric))
            assert_near(value(a, metric, layer_a), value(b, metric, layer_b), tolerance,
                        libnc_metric_name(metric));
}

static inline libnc_geometry *solved(const int64_t *counts, int64_t K, int32_t depth, double decay,
                                     int64_t width)
{
    libnc_classes *classes;
    libnc_geometry *geometry;
    ck_assert_int_eq(libnc_classes_from_counts(&classes, context, counts, K), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_create(&geometry, classes, depth), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_set_weight_decay(geometry, &decay, 1), LIBNC_OK);
    libnc_options *options = libnc_geometry_options(geometry);
    ck_assert_int_eq(libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, decay),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_WIDTH, width),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_solve(geometry), LIBNC_OK);
    libnc_classes_destroy(classes);
    return geometry;
}

#endif
