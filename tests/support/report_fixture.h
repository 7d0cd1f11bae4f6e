/* SPDX-License-Identifier: MIT
 *
 * report_fixture.h: models, parameters and reports in one call, for the suites of reports.
 */
#ifndef REPORT_FIXTURE_H
#define REPORT_FIXTURE_H

#include "support/faults.h"

#include <libnc/libnc.h>

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static libnc_context *context;
static faults memory;

/* N = 20 samples of a head of three layers. */
static const int64_t deep_counts[3] = {11, 6, 3}, deep_widths[3] = {7, 5, 4};

static inline void setup(void)
{
    memory = (faults){0};
    ck_assert_int_eq(
        libnc_context_create_with_allocator(&context, faults_allocate, faults_release, &memory),
        LIBNC_OK);
}

static inline void teardown(void)
{
    libnc_context_destroy(context);
    ck_assert_int_eq(memory.live, 0);
}

/* SplitMix64, uniform on (-1, 1). */
static inline double uniform(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return ((double)(z >> 11) + 0.5) * 0x1p-52 - 1;
}

static inline double *random_values(int64_t count, double scale, uint64_t seed)
{
    double *values = malloc((size_t)count * sizeof *values);
    for (int64_t i = 0; i < count; i++)
        values[i] = scale * uniform(&seed);
    return values;
}

static inline libnc_model *free_model(int32_t scalar, const int64_t *counts, int64_t K,
                                      int32_t depth, const int64_t *widths, int32_t bias)
{
    libnc_classes *classes;
    libnc_model *model;
    ck_assert_int_eq(libnc_classes_from_counts(&classes, context, counts, K), LIBNC_OK);
    ck_assert_int_eq(libnc_model_create_free(&model, context, scalar, classes, depth, widths, bias),
                     LIBNC_OK);
    libnc_classes_destroy(classes);
    return model;
}

static inline size_t parameter_size(const libnc_model *model, const char *name, int32_t *index)
{
    int64_t rows, cols;
    ck_assert_int_eq(libnc_model_parameter_index(model, name, index), LIBNC_OK);
    ck_assert_int_eq(libnc_model_parameter_info(model, *index, NULL, &rows, &cols), LIBNC_OK);
    return (size_t)(rows * cols);
}

static inline void set(libnc_model *model, const char *name, const double *values)
{
    int32_t index;
    size_t size = parameter_size(model, name, &index);
    ck_assert_int_eq(libnc_model_set_parameter(model, index, values, size), LIBNC_OK);
}

static inline double *get(libnc_model *model, const char *name)
{
    int32_t index;
    size_t size = parameter_size(model, name, &index);
    double *values = malloc(size * sizeof *values);
    ck_assert_int_eq(libnc_model_get_parameter(model, index, values, size), LIBNC_OK);
    return values;
}

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

static inline void set_random(libnc_model *model, uint64_t seed)
{
    for (int32_t i = 0; i < libnc_model_parameter_count(model); i++) {
        int64_t rows, cols;
        const char *name;
        ck_assert_int_eq(libnc_model_parameter_info(model, i, &name, &rows, &cols), LIBNC_OK);
        double *values = random_values(rows * cols, 1, seed + (uint64_t)i);
        set(model, name, values);
        free(values);
    }
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
           metric == LIBNC_METRIC_CDNV_UNBIASED;
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

/* A tcase with the fixture around every test. */
static inline void add_tests(Suite *suite, const char *name, const TTest *const *tests,
                             size_t count)
{
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failures = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failures != 0;
}

#endif
