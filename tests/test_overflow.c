/* SPDX-License-Identifier: MIT
 *
 * test_overflow.c: numbers near the ends of a double. What a call returns with LIBNC_OK is finite,
 * or NaN or infinite where its header says so; where something overflowed it has a status, and the
 * output is as it was.
 */
#include "support/report_fixture.h"

#include <float.h>
#include <stdbool.h>

enum { N = 12, K = 3, D = 4, UNTOUCHED = -12345 };

static const char *const scatters[] = {"none", "full", "projected"};
enum { SCATTERS = sizeof scatters / sizeof *scatters };

static const int32_t labels[N] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2};

/* N x D features of classes that overlap, and a K x D classifier. */
static double *features_at(double scale)
{
    double *means = random_values(K * D, scale, 5), *rows = random_values(N * D, scale, 6);
    for (int64_t i = 0; i < N * D; i++)
        rows[i] = 0.5 * means[labels[i / D] * D + i % D] + 0.5 * rows[i];
    free(means);
    return rows;
}

static libnc_accumulator *accumulator_of(const double *rows, const char *scatter)
{
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, context, K, D));
    must(libnc_options_set_text(libnc_accumulator_options(a), "scatter", scatter));
    must(libnc_accumulator_update(a, rows, LIBNC_FLOAT64, N, D, labels, LIBNC_LABEL_INT32));
    return a;
}

/* Either finite numbers and LIBNC_OK, or a status and the output as it was. */
static void assert_finite_or_refused(libnc_status status, const double *values, int size,
                                     const char *what, int exponent)
{
    for (int i = 0; i < size; i++)
        ck_assert_msg(status == LIBNC_OK ? isfinite(values[i]) : values[i] == UNTOUCHED,
                      "%s, 1e%d: %g with status %d", what, exponent, values[i], status);
    ck_assert_msg(status == LIBNC_OK || status == LIBNC_ERROR_NOT_FINITE ||
                      status == LIBNC_ERROR_STATE,
                  "%s, 1e%d: status %d", what, exponent, status);
}

typedef libnc_status getter(const libnc_accumulator *a, double *values, size_t size);

static const struct {
    const char *name;
    getter *get;
    int size;
    int finite_to; /* the power of ten at which these features are sure not to overflow */
} getters[] = {
    {"means", libnc_accumulator_means, K *D, 306},
    {"centred means", libnc_accumulator_centred_means, K *D, 306},
    {"squares", libnc_accumulator_within_squares, K, 153},
    {"scatter", libnc_accumulator_scatter, D *D, 153},
    {"spectrum", libnc_accumulator_spectrum, D, 153},
};
enum { GETTERS = sizeof getters / sizeof *getters };

START_TEST(accumulator_getters)
{
    for (int exponent = 100; exponent <= 308; exponent += exponent < 150 ? 10 : 1) {
        double *rows = features_at(pow(10, exponent)), values[K * D + D * D];
        libnc_accumulator *a = accumulator_of(rows, scatters[_i]);
        for (int g = 0; g < GETTERS; g++) {
            for (int i = 0; i < getters[g].size; i++)
                values[i] = UNTOUCHED;
            libnc_status status = getters[g].get(a, values, (size_t)getters[g].size);
            assert_finite_or_refused(status, values, getters[g].size, getters[g].name, exponent);
            if (exponent <= getters[g].finite_to)
                ck_assert_int_ne(status, LIBNC_ERROR_NOT_FINITE);
            if (exponent > 160 && getters[g].finite_to < 160)
                ck_assert_int_ne(status, LIBNC_OK);
        }
        libnc_accumulator_destroy(a);
        free(rows);
    }
}
END_TEST

/* Means at both ends of a double are 2e308 apart. */
START_TEST(means_at_both_ends)
{
    const double rows[4] = {DBL_MAX, -DBL_MAX, DBL_MAX, DBL_MAX};
    const int32_t two[4] = {0, 0, 1, 1};
    double values[2] = {UNTOUCHED, UNTOUCHED};
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, context, 2, 1));
    must(libnc_accumulator_update(a, rows, LIBNC_FLOAT64, 4, 1, two, LIBNC_LABEL_INT32));
    for (int g = 0; g < 2; g++)
        assert_finite_or_refused(getters[g].get(a, values, 2), values, 2, getters[g].name, 308);
    ck_assert_int_eq(libnc_accumulator_centred_means(a, values, 2), LIBNC_ERROR_NOT_FINITE);
    libnc_accumulator_destroy(a);
}
END_TEST

static bool may_be_infinite(int32_t metric)
{
    return metric >= LIBNC_METRIC_UNIFORMITY_FEATURES && metric <= LIBNC_METRIC_RIESZ_CLASSIFIER;
}

/* A report on features and a classifier of any sizes, or NULL where it is refused. */
static libnc_report *report_at(double scale, double weight, double bias, const char *scatter)
{
    double *rows = features_at(scale), *w = random_values(K * D, weight, 7);
    double *b = random_values(K, bias, 8);
    const double *classifiers[1] = {w};
    libnc_accumulator *a = accumulator_of(rows, scatter);
    const libnc_accumulator *accumulators[1] = {a};
    libnc_report *report = NULL;
    libnc_status status = libnc_accumulator_begin_second_pass(a, w, b, LIBNC_FLOAT64);
    if (status == LIBNC_OK) {
        must(libnc_accumulator_update(a, rows, LIBNC_FLOAT64, N, D, labels, LIBNC_LABEL_INT32));
        must(libnc_report_create(&report, context));
        status = libnc_report_measure_features(report, accumulators, classifiers, b, 1);
    }
    if (status != LIBNC_OK) {
        ck_assert_int_eq(status, LIBNC_ERROR_NOT_FINITE);
        libnc_report_destroy(report);
        report = NULL;
    }
    libnc_accumulator_destroy(a);
    free(b);
    free(w);
    free(rows);
    return report;
}

/* Where lengths or distances vanish these do not exist. */
static bool needs_distance(int32_t vector)
{
    return vector == LIBNC_CLASS_COSINE || vector >= LIBNC_CLASS_CDNV;
}

static void assert_report(const libnc_report *report, const char *what)
{
    double values[K * K + D];
    for (int32_t metric = 1; metric <= libnc_metric_count(); metric++)
        if (!is_comparison(metric) && !may_be_infinite(metric))
            ck_assert_msg(!isinf(value(report, metric, 1)), "%s: %s", what,
                          libnc_metric_name(metric));
    for (int32_t vector = LIBNC_CLASS_COUNT; vector <= LIBNC_CLASS_CROSS_ENTROPY; vector++) {
        must(libnc_report_vector(report, vector, 1, values, K));
        for (int k = 0; k < K; k++)
            ck_assert_msg(isfinite(values[k]) || (isnan(values[k]) && needs_distance(vector)),
                          "%s: vector %d", what, vector);
    }
    for (int32_t matrix = LIBNC_GRAM_CLASSIFIER; matrix <= LIBNC_GRAM_PRODUCT; matrix++) {
        must(libnc_report_matrix(report, matrix, 1, values, K * K));
        for (int i = 0; i < K * K; i++)
            ck_assert_msg(isfinite(values[i]), "%s: matrix %d", what, matrix);
    }
    must(libnc_report_spectrum(report, 1, values, D));
    for (int i = 0; i < D; i++)
        ck_assert_msg(isfinite(values[i]), "%s: spectrum", what);
}

static const int ends[] = {-307, -200, -160, -155, -100, 0, 100, 150, 153, 154, 155, 160, 200, 307};
enum { ENDS = sizeof ends / sizeof *ends };

/* Features, weights and biases of all sizes at once: refused, or finite wherever it may not be. */
START_TEST(reports_at_the_ends)
{
    int measured = 0;
    for (int i = 0; i < ENDS * ENDS; i++) {
        const int h = ends[i / ENDS], w = ends[i % ENDS], b = ends[(i * 5) % ENDS];
        char what[80];
        snprintf(what, sizeof what, "features 1e%d, weights 1e%d, bias 1e%d", h, w, b);
        libnc_report *report = report_at(pow(10, h), pow(10, w), pow(10, b), scatters[_i]);
        if (!report)
            continue;
        assert_report(report, what);
        libnc_report_destroy(report);
        measured++;
    }
    ck_assert_int_gt(measured, ENDS);
}
END_TEST

/* Means 1e-160 apart, spread over 1e100 beside that: ratios of the two are beyond a double. */
START_TEST(ratios_beyond_a_double)
{
    static const int32_t ratios[] = {LIBNC_METRIC_CDNV, LIBNC_METRIC_CDNV_UNBIASED,
                                     LIBNC_METRIC_NC1_QUOTIENT, LIBNC_METRIC_NC1_QUOTIENT_BALANCED};
    const double rows[8] = {1e100, 0, -1e100, 0, 1e100, 1e-160, -1e100, 1e-160};
    const int32_t two[4] = {0, 0, 1, 1};
    libnc_accumulator *a;
    libnc_report *report;
    must(libnc_accumulator_create(&a, context, 2, 2));
    must(libnc_accumulator_update(a, rows, LIBNC_FLOAT64, 4, 2, two, LIBNC_LABEL_INT32));
    const libnc_accumulator *accumulators[1] = {a};
    must(libnc_report_create(&report, context));
    must(libnc_report_measure_features(report, accumulators, NULL, NULL, 1));
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_TR_SIGMA_W, 1), 1e200, 1e185);
    for (int32_t c = 1; c <= libnc_convention_count(); c++) {
        must(libnc_report_set_convention(report, c));
        for (size_t i = 0; i < sizeof ratios / sizeof *ratios; i++)
            ck_assert_double_nan(value(report, ratios[i], 1));
    }
    libnc_report_destroy(report);
    libnc_accumulator_destroy(a);
}
END_TEST

/* Metrics do not depend on the unit of the features, in either scalar type. */
START_TEST(decisions_do_not_overflow)
{
    static const int32_t metrics[] = {LIBNC_METRIC_NC1,      LIBNC_METRIC_CDNV,
                                      LIBNC_METRIC_NC4,      LIBNC_METRIC_NEAREST_ACCURACY,
                                      LIBNC_METRIC_ACCURACY, LIBNC_METRIC_NC3_ETF};
    enum { METRICS = sizeof metrics / sizeof *metrics };
    static const int exponents[] = {0, -30, -15, 15, 18, 20, 25, 36};
    double expected[METRICS];
    for (size_t e = 0; e < sizeof exponents / sizeof *exponents; e++) {
        const double scale = pow(10, exponents[e]);
        float rows[N * D], w[K * D];
        double *values = features_at(1), *weights = random_values(K * D, 1, 7), wide[K * D];
        for (int i = 0; i < N * D; i++)
            rows[i] = (float)((float)values[i] * scale);
        for (int i = 0; i < K * D; i++)
            wide[i] = w[i] = (float)weights[i];
        libnc_accumulator *a;
        libnc_report *report;
        const double *classifiers[1] = {wide};
        must(libnc_accumulator_create(&a, context, K, D));
        must(libnc_options_set_text(libnc_accumulator_options(a), "scatter", scatters[_i]));
        must(libnc_accumulator_update(a, rows, LIBNC_FLOAT32, N, D, labels, LIBNC_LABEL_INT32));
        must(libnc_accumulator_begin_second_pass(a, w, NULL, LIBNC_FLOAT32));
        must(libnc_accumulator_update(a, rows, LIBNC_FLOAT32, N, D, labels, LIBNC_LABEL_INT32));
        const libnc_accumulator *accumulators[1] = {a};
        must(libnc_report_create(&report, context));
        must(libnc_report_measure_features(report, accumulators, classifiers, NULL, 1));
        for (int m = 0; m < METRICS; m++) {
            const double actual = value(report, metrics[m], 1);
            if (e == 0)
                expected[m] = actual;
            char what[60];
            snprintf(what, sizeof what, "1e%d: %s", exponents[e], libnc_metric_name(metrics[m]));
            assert_near(actual, expected[m], 1e-5, what);
        }
        libnc_report_destroy(report);
        libnc_accumulator_destroy(a);
        free(weights);
        free(values);
    }
}
END_TEST

/* A gradient that is not finite has a status, and its norm too where only that overflows. */
START_TEST(gradients_that_overflow)
{
    static const int64_t counts[K] = {4, 4, 4}, widths[1] = {D};
    double values[N * D], norm = UNTOUCHED, objective = UNTOUCHED;
    int refused = 0;
    for (int exponent = 100; exponent <= 300; exponent += 10) {
        libnc_model *model = free_model(LIBNC_FLOAT64, counts, K, 1, widths, 0);
        double *h = random_values(N * D, pow(10, exponent / 4), 9);
        double *w = random_values(K * D, pow(10, exponent - exponent / 4), 10);
        set(model, "features", h);
        set(model, "head.1.weight", w);
        libnc_loss *loss;
        libnc_penalty *penalty;
        libnc_optimizer *optimizer;
        libnc_trainer *trainer;
        must(libnc_loss_create(&loss, context, LIBNC_LOSS_CROSS_ENTROPY));
        must(libnc_penalty_create(&penalty, model));
        must(libnc_optimizer_create(&optimizer, context, LIBNC_OPTIMIZER_MOMENTUM));
        must(libnc_trainer_create(&trainer, model, loss, penalty, optimizer, NULL));
        for (int i = 0; i < N * D; i++)
            values[i] = UNTOUCHED;
        libnc_status status = libnc_trainer_gradient(trainer, 0, values, N * D);
        assert_finite_or_refused(status, values, N * D, "gradient", exponent);
        objective = norm = UNTOUCHED;
        status = libnc_trainer_evaluate(trainer, &objective, NULL, &norm);
        assert_finite_or_refused(status, &norm, 1, "norm", exponent);
        assert_finite_or_refused(status, &objective, 1, "objective", exponent);
        refused += status != LIBNC_OK;
        libnc_trainer_destroy(trainer);
        libnc_optimizer_destroy(optimizer);
        libnc_penalty_destroy(penalty);
        libnc_loss_destroy(loss);
        libnc_model_destroy(model);
        free(w);
        free(h);
    }
    ck_assert_int_gt(refused, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("overflow");
    const TTest *const tests[] = {means_at_both_ends, ratios_beyond_a_double,
                                  gradients_that_overflow};
    add_tests(suite, "overflow", tests, sizeof tests / sizeof *tests);
    TCase *kinds = add_case(suite, "kinds of scatter", 4);
    tcase_add_checked_fixture(kinds, setup, teardown);
    tcase_add_loop_test(kinds, accumulator_getters, 0, SCATTERS);
    tcase_add_loop_test(kinds, reports_at_the_ends, 0, SCATTERS);
    tcase_add_loop_test(kinds, decisions_do_not_overflow, 0, SCATTERS);
    return run_suite(suite);
}
