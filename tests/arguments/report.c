/* SPDX-License-Identifier: MIT
 *
 * report.c: what the functions of libnc/report.h and metric.h refuse.
 */
#include "arguments/tables.h"

static void report_create(void)
{
    NO_CONTEXT("context", libnc_report_create(&out.report, NULL));
    WRONG("report", libnc_report_create(NULL, w->context));
}

static void report_measure(void)
{
    NO_CONTEXT("report", libnc_report_measure(NULL, w->model, NULL));
    WRONG("model", libnc_report_measure(w->report, NULL, NULL));
    WRONG("model", libnc_report_measure(w->report, abroad.model, NULL));
    WRONG("dataset", libnc_report_measure(w->report, w->model, w->dataset));
    WRONG("dataset", libnc_report_measure(w->report, w->backbone, NULL));
    WRONG("dataset", libnc_report_measure(w->report, w->backbone, abroad.dataset));
}

static void report_compare(void)
{
    libnc_geometry *other;
    must(libnc_geometry_create(&other, w->classes, WORLD_DEPTH + 1));
    NO_CONTEXT("report", libnc_report_compare(NULL, w->geometry, 1));
    WRONG("geometry", libnc_report_compare(w->report, NULL, 1));
    WRONG("geometry", libnc_report_compare(w->report, abroad.geometry, 1));
    REFUSED(LIBNC_ERROR_STATE, "geometry", libnc_report_compare(w->report, other, 1));
    must(libnc_geometry_solve(other));
    MISFIT("geometry", libnc_report_compare(w->report, other, 1));
    WRONG("objective", libnc_report_compare(w->report, w->geometry, INFINITY));
    WRONG("objective", libnc_report_compare(w->report, w->geometry, -INFINITY));
    ACCEPTED("objective", libnc_report_compare(w->report, w->geometry, NAN));
    libnc_geometry_destroy(other);
}

static void report_value(void)
{
    static const int32_t wrong[] = {0, -1, 1000, INT32_MIN, INT32_MAX};
    NO_CONTEXT("report", libnc_report_value(NULL, 1, 1, out.values));
    EACH(i, wrong)
    WRONG("metric", libnc_report_value(w->report, wrong[i], 1, out.values));
    EACH(i, not_layer)
    WRONG("layer", libnc_report_value(w->report, 1, not_layer[i], out.values));
    WRONG("value", libnc_report_value(w->report, 1, 1, NULL));
}

static void report_error(void)
{
    static const int32_t wrong[] = {0, -1, 1000, INT32_MIN, INT32_MAX};
    NO_CONTEXT("report", libnc_report_error(NULL, 1, 1, out.values));
    EACH(i, wrong)
    WRONG("metric", libnc_report_error(w->report, wrong[i], 1, out.values));
    EACH(i, not_layer)
    WRONG("layer", libnc_report_error(w->report, 1, not_layer[i], out.values));
    WRONG("value", libnc_report_error(w->report, 1, 1, NULL));
}

static void report_frequency(void)
{
    double pearson, spearman;
    static const int32_t wrong[] = {0, 17, -1, INT32_MIN, INT32_MAX};
    NO_CONTEXT("report", libnc_report_frequency(NULL, 1, 1, &pearson, &spearman));
    EACH(i, wrong)
    WRONG("vector", libnc_report_frequency(w->report, wrong[i], 1, &pearson, &spearman));
    EACH(i, not_layer)
    WRONG("layer", libnc_report_frequency(w->report, 1, not_layer[i], &pearson, &spearman));
    WRONG("pearson", libnc_report_frequency(w->report, 1, 1, NULL, &spearman));
    WRONG("spearman", libnc_report_frequency(w->report, 1, 1, &pearson, NULL));
}

static void report_vector(void)
{
    static const int32_t wrong[] = {0, -1, 17, INT32_MIN, INT32_MAX};
    NO_CONTEXT("report", libnc_report_vector(NULL, 1, 1, out.values, K));
    EACH(i, wrong)
    WRONG("vector", libnc_report_vector(w->report, wrong[i], 1, out.values, K));
    EACH(i, not_layer)
    WRONG("layer", libnc_report_vector(w->report, 1, not_layer[i], out.values, K));
    WRONG("values", libnc_report_vector(w->report, 1, 1, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_report_vector(w->report, 1, 1, out.values, not_classes[i]));
}

static void report_matrix(void)
{
    static const int32_t wrong[] = {0, -1, 5, INT32_MIN, INT32_MAX};
    NO_CONTEXT("report", libnc_report_matrix(NULL, 1, 1, out.values, SQUARE));
    EACH(i, wrong)
    WRONG("matrix", libnc_report_matrix(w->report, wrong[i], 1, out.values, SQUARE));
    EACH(i, not_layer)
    WRONG("layer", libnc_report_matrix(w->report, 1, not_layer[i], out.values, SQUARE));
    WRONG("values", libnc_report_matrix(w->report, 1, 1, NULL, SQUARE));
    EACH(i, not_square)
    MISFIT("size", libnc_report_matrix(w->report, 1, 1, out.values, not_square[i]));
}

static void report_measure_arrays(void)
{
    enum { N = WORLD_SAMPLES, D = WORLD_INPUTS, KIND = LIBNC_LABEL_INT32, F = LIBNC_FLOAT64 };
    static const int64_t bad_counts[] = {0, -1, INT64_MIN}, bad_classes[] = {-1, 1, INT64_MAX};
    static const int64_t bad_widths[] = {0, -1, INT64_MAX};
    static const int32_t not_type[] = {0, 3, -1, INT32_MAX};
    const double *x = features_of_world();
    const int32_t *y = libnc_dataset_labels(w->dataset);
    double weights[K * D] = {0}, bias[K] = {0}, bad[N * D];
    int32_t bad_labels[N] = {0};
    memcpy(bad, x, sizeof bad);
    bad[3 * D] = NAN;
    bad_labels[5] = -4;
    NO_CONTEXT("report", libnc_report_measure_arrays(NULL, x, y, KIND, N, D, K, F, weights, bias));
    WRONG("features",
          libnc_report_measure_arrays(w->report, NULL, y, KIND, N, D, K, F, weights, bias));
    WRONG("labels",
          libnc_report_measure_arrays(w->report, x, NULL, KIND, N, D, K, F, weights, bias));
    EACH(i, not_type)
    {
        WRONG("label_type",
              libnc_report_measure_arrays(w->report, x, y, not_type[i], N, D, 0, F, weights, bias));
        WRONG("scalar", libnc_report_measure_arrays(w->report, x, y, KIND, N, D, 0, not_type[i],
                                                    weights, bias));
    }
    EACH(i, bad_counts)
    WRONG("count", libnc_report_measure_arrays(w->report, x, y, KIND, bad_counts[i], D, K, F,
                                               weights, bias));
    EACH(i, bad_widths)
    WRONG("width", libnc_report_measure_arrays(w->report, x, y, KIND, N, bad_widths[i], K, F,
                                               weights, bias));
    EACH(i, bad_classes)
    WRONG(
        bad_classes[i] == 1 ? "labels" : "classes",
        libnc_report_measure_arrays(w->report, x, y, KIND, N, D, bad_classes[i], F, weights, bias));
    WRONG("labels: row 5",
          libnc_report_measure_arrays(w->report, x, bad_labels, KIND, N, D, 0, F, NULL, NULL));
    bad_labels[5] = INT32_MAX;
    WRONG("labels",
          libnc_report_measure_arrays(w->report, x, bad_labels, KIND, N, D, 0, F, NULL, NULL));
    WRONG("bias", libnc_report_measure_arrays(w->report, x, y, KIND, N, D, K, F, NULL, bias));
    REFUSED(LIBNC_ERROR_NOT_FINITE, "features: row 3",
            libnc_report_measure_arrays(w->report, bad, y, KIND, N, D, K, F, weights, bias));
    weights[D] = INFINITY;
    REFUSED(LIBNC_ERROR_NOT_FINITE, "classifier: row 1",
            libnc_report_measure_arrays(w->report, x, y, KIND, N, D, K, F, weights, bias));
    weights[D] = 0;
    bias[2] = NAN;
    REFUSED(LIBNC_ERROR_NOT_FINITE, "bias: row 2",
            libnc_report_measure_arrays(w->report, x, y, KIND, N, D, K, F, weights, bias));
    ACCEPTED("classifier",
             libnc_report_measure_arrays(w->report, x, y, KIND, N, D, K, F, NULL, NULL));
}

static void report_measure_features(void)
{
    const libnc_accumulator *one[2] = {w->accumulator, NULL}, *far[1] = {abroad.accumulator};
    double weights[K * WORLD_INPUTS] = {0}, bias[K] = {0};
    const double *classifiers[1] = {weights}, *none[1] = {NULL};
    static const int32_t not_layers[] = {0, -1, 1001, INT32_MIN, INT32_MAX};
    libnc_accumulator *empty, *more;
    must(libnc_accumulator_create(&empty, w->context, K, WORLD_INPUTS));
    must(libnc_accumulator_create(&more, w->context, K + 1, WORLD_INPUTS));
    NO_CONTEXT("report", libnc_report_measure_features(NULL, one, NULL, NULL, 1));
    WRONG("accumulators", libnc_report_measure_features(w->report, NULL, NULL, NULL, 1));
    WRONG("accumulators", libnc_report_measure_features(w->report, one, NULL, NULL, 2));
    WRONG("accumulators", libnc_report_measure_features(w->report, far, NULL, NULL, 1));
    one[1] = empty;
    REFUSED(LIBNC_ERROR_STATE, "accumulators",
            libnc_report_measure_features(w->report, one, NULL, NULL, 2));
    must(libnc_accumulator_update(empty, features_of_world(), LIBNC_FLOAT64, 3, WORLD_INPUTS,
                                  libnc_dataset_labels(w->dataset), LIBNC_LABEL_INT32));
    MISFIT("accumulators", libnc_report_measure_features(w->report, one, NULL, NULL, 2));
    must(libnc_accumulator_update(more, features_of_world(), LIBNC_FLOAT64, 3, WORLD_INPUTS,
                                  libnc_dataset_labels(w->dataset), LIBNC_LABEL_INT32));
    one[1] = more;
    MISFIT("accumulators", libnc_report_measure_features(w->report, one, NULL, NULL, 2));
    EACH(i, not_layers)
    WRONG("layers", libnc_report_measure_features(w->report, one, NULL, NULL, not_layers[i]));
    WRONG("bias", libnc_report_measure_features(w->report, one, NULL, bias, 1));
    WRONG("bias", libnc_report_measure_features(w->report, one, none, bias, 1));
    bias[1] = NAN;
    REFUSED(LIBNC_ERROR_NOT_FINITE, "bias",
            libnc_report_measure_features(w->report, one, classifiers, bias, 1));
    bias[1] = 0;
    weights[WORLD_INPUTS] = INFINITY;
    REFUSED(LIBNC_ERROR_NOT_FINITE, "classifier",
            libnc_report_measure_features(w->report, one, classifiers, bias, 1));
    weights[WORLD_INPUTS] = 1e200;
    REFUSED(LIBNC_ERROR_NOT_FINITE, "overflow",
            libnc_report_measure_features(w->report, one, classifiers, bias, 1));
    ACCEPTED("classifiers", libnc_report_measure_features(w->report, one, NULL, NULL, 1));
    libnc_accumulator_destroy(more);
    libnc_accumulator_destroy(empty);
}

static void report_set_convention(void)
{
    static const int32_t wrong[] = {0, -1, 1000, INT32_MIN, INT32_MAX};
    NO_CONTEXT("report", libnc_report_set_convention(NULL, 1));
    EACH(i, wrong)
    WRONG("convention", libnc_report_set_convention(w->report, wrong[i]));
}

static void report_diagnostics(void)
{
    int64_t flags = 0;
    NO_CONTEXT("report", libnc_report_diagnostics(NULL, 1, &flags));
    EACH(i, not_layer)
    WRONG("layer", libnc_report_diagnostics(w->report, not_layer[i], &flags));
    WRONG("flags", libnc_report_diagnostics(w->report, 1, NULL));
}

static void report_diagnostic_text(void)
{
    static const int64_t wrong[] = {0, -1, 3, 0x10000, INT64_MIN, INT64_MAX};
    char text[256];
    NO_CONTEXT("report", libnc_report_diagnostic_text(NULL, 1, 1, text, sizeof text));
    EACH(i, not_layer)
    WRONG("layer", libnc_report_diagnostic_text(w->report, not_layer[i], 1, text, sizeof text));
    EACH(i, wrong)
    WRONG("diagnostic", libnc_report_diagnostic_text(w->report, 1, wrong[i], text, sizeof text));
    WRONG("text", libnc_report_diagnostic_text(w->report, 1, 1, NULL, sizeof text));
    WRONG("size", libnc_report_diagnostic_text(w->report, 1, 1, text, 0));
}

static void report_spectrum(void)
{
    NO_CONTEXT("report", libnc_report_spectrum(NULL, 1, out.values, K));
    EACH(i, not_layer)
    WRONG("layer", libnc_report_spectrum(w->report, not_layer[i], out.values, K));
    WRONG("values", libnc_report_spectrum(w->report, 1, NULL, K));
    WRONG("size", libnc_report_spectrum(w->report, 1, out.values, 0));
}

static void report_cosine_histogram(void)
{
    static const int32_t not_flag[] = {-1, 2, INT32_MIN, INT32_MAX};
    int64_t counts[4];
    NO_CONTEXT("report", libnc_report_cosine_histogram(NULL, 0, 1, counts, 4));
    EACH(i, not_flag)
    WRONG("of_classifier", libnc_report_cosine_histogram(w->report, not_flag[i], 1, counts, 4));
    EACH(i, not_layer)
    WRONG("layer", libnc_report_cosine_histogram(w->report, 0, not_layer[i], counts, 4));
    WRONG("counts", libnc_report_cosine_histogram(w->report, 0, 1, NULL, 4));
    WRONG("bins", libnc_report_cosine_histogram(w->report, 0, 1, counts, 0));
    WRONG("bins", libnc_report_cosine_histogram(w->report, 0, 1, counts, SIZE_MAX));
}

static void report_fit_decay(void)
{
    double product = 0;
    libnc_geometry *other;
    must(libnc_geometry_create(&other, w->classes, WORLD_DEPTH + 1));
    NO_CONTEXT("report", libnc_report_fit_decay(NULL, w->geometry, &product, NULL));
    WRONG("geometry", libnc_report_fit_decay(w->report, NULL, &product, NULL));
    WRONG("geometry", libnc_report_fit_decay(w->report, abroad.geometry, &product, NULL));
    MISFIT("geometry", libnc_report_fit_decay(w->report, other, &product, NULL));
    WRONG("product", libnc_report_fit_decay(w->report, w->geometry, NULL, NULL));
    ACCEPTED("distance", libnc_report_fit_decay(w->report, w->geometry, &product, NULL));
    libnc_geometry_destroy(other);
}

static void report_set_communicator(void)
{
    libnc_communicator *other;
    must(libnc_communicator_create_serial(&other, abroad.context));
    NO_CONTEXT("report", libnc_report_set_communicator(NULL, NULL));
    WRONG("communicator", libnc_report_set_communicator(w->report, other));
    ACCEPTED("communicator", libnc_report_set_communicator(w->report, NULL));
    libnc_communicator_destroy(other);
}

static void without_status(void)
{
    DONE(libnc_report_destroy(NULL));
    ZERO(libnc_report_depth(NULL));
    ZERO(libnc_report_classes(NULL));
    NONE(libnc_report_options(NULL));
    ZERO(libnc_report_convention(NULL));
    ZERO(libnc_report_width(NULL, 1));
    ZERO(libnc_metric_index(NULL));
    ZERO(libnc_metric_index("nc"));
    ZERO(libnc_convention_index(NULL));
    ZERO(libnc_convention_index("papyan"));
    EACH(i, not_there)
    {
        NONE(libnc_metric_name(not_there[i]));
        NONE(libnc_metric_formula(not_there[i]));
        ZERO(libnc_report_width(w->report, not_there[i]));
        NONE(libnc_convention_name(not_there[i]));
        NONE(libnc_convention_source(not_there[i]));
        NONE(libnc_convention_formula(not_there[i], 1));
        NONE(libnc_convention_formula(2, not_there[i]));
    }
    ck_assert_int_gt(libnc_metric_count(), 0);
    DONE(libnc_metric_count());
    DONE(libnc_convention_count());
}

static void report_measure_held_out(void)
{
    libnc_held_out *h, *foreign;
    must(libnc_held_out_create(&h, w->accumulator, NULL, NULL, 0));
    ck_assert_int_eq(libnc_held_out_create(&foreign, abroad.accumulator, NULL, NULL, 0), LIBNC_OK);
    NO_CONTEXT("report", libnc_report_measure_held_out(NULL, h));
    WRONG("held_out", libnc_report_measure_held_out(w->report, NULL));
    WRONG("held_out", libnc_report_measure_held_out(w->report, foreign));
    REFUSED(LIBNC_ERROR_STATE, "held_out", libnc_report_measure_held_out(w->report, h));
    libnc_held_out_destroy(foreign);
    libnc_held_out_destroy(h);
}

static const argument_check checks[] = {
    CHECKS(report_measure_held_out),
    CHECKS(report_create),
    CHECKS(report_measure),
    CHECKS(report_compare),
    CHECKS(report_value),
    CHECKS(report_error),
    CHECKS(report_frequency),
    CHECKS(report_vector),
    CHECKS(report_matrix),
    CHECKS(report_measure_arrays),
    CHECKS(report_measure_features),
    CHECKS(report_set_convention),
    CHECKS(report_diagnostics),
    CHECKS(report_diagnostic_text),
    CHECKS(report_spectrum),
    CHECKS(report_cosine_histogram),
    CHECKS(report_set_communicator),
    CHECKS(report_fit_decay),
};

const argument_table report_arguments = ARGUMENT_TABLE("report", checks, without_status);
