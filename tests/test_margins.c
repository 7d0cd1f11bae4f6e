/* SPDX-License-Identifier: MIT
 *
 * test_margins.c: margins and probabilities of classes at their own means, predicted and measured.
 *
 * Compared with those read from the K x K logits and the bias, and with closed forms.
 */
#include "support/minority_fixture.h"

/* From all logits, K x K, and the bias. */
static void read_margins(const double *logits, const double *bias, int64_t K, double *margins,
                         double *probabilities)
{
    for (int64_t k = 0; k < K; k++) {
        const double own = logits[k * K + k] + bias[k];
        double sum = 0;
        margins[k] = INFINITY;
        for (int64_t j = 0; j < K; j++) {
            const double other = logits[j * K + k] + bias[j];
            sum += exp(other - own);
            if (j != k)
                margins[k] = fmin(margins[k], own - other);
        }
        probabilities[k] = 1 / sum;
    }
}

static void read_geometry(const libnc_geometry *geometry, int64_t K, double *margins,
                          double *probabilities)
{
    double logits[MOST_CLASSES * MOST_CLASSES], bias[MOST_CLASSES];
    ck_assert_int_eq(libnc_geometry_logits(geometry, logits, (size_t)(K * K)), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_bias(geometry, bias, (size_t)K), LIBNC_OK);
    read_margins(logits, bias, K, margins, probabilities);
}

static void expect_read(const libnc_geometry *geometry)
{
    const int64_t K = libnc_classes_count(libnc_geometry_classes(geometry));
    double margins[MOST_CLASSES], probabilities[MOST_CLASSES];
    double expected[MOST_CLASSES], shares[MOST_CLASSES];
    int32_t predicted[MOST_CLASSES];
    read_geometry(geometry, K, expected, shares);
    ck_assert_int_eq(libnc_geometry_margins(geometry, margins, (size_t)K), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_probabilities(geometry, probabilities, (size_t)K), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_predicted(geometry, predicted, (size_t)K), LIBNC_OK);
    for (int64_t k = 0; k < K; k++) {
        ck_assert_msg(fabs(margins[k] - expected[k]) <= 1e-12 * (1 + fabs(expected[k])),
                      "class %lld: %.17g, not %.17g", (long long)k, margins[k], expected[k]);
        ck_assert(fabs(probabilities[k] - shares[k]) <= 1e-12);
        ck_assert_int_eq(predicted[k], margins[k] > 1e-6);
    }
}

/* ---- predictions ---- */

static const int64_t mixed[] = {9, 30, 4, 9, 30, 4, 4, 2};
static const int64_t equal[] = {7, 7, 7, 7, 7};

/* Some with a bottleneck through a group, lost classes, ties, or every class lost. */
static const setting settings[] = {
    {.counts = mixed, .classes = 8, .depth = 1, .decay = 5e-3, .feature_decay = 5e-3},
    {.counts = mixed, .classes = 8, .depth = 1, .decay = 3e-2, .feature_decay = 3e-2},
    {.counts = mixed, .classes = 8, .depth = 1, .decay = 5e-3, .feature_decay = 5e-3, .bias = 1},
    {.counts = mixed, .classes = 8, .depth = 3, .decay = 5e-3, .feature_decay = 5e-3, .bias = 1},
    {.counts = mixed, .classes = 8, .depth = 2, .decay = 5e-3, .feature_decay = 5e-3, .width = 6},
    {.counts = mixed, .classes = 8, .depth = 2, .decay = 5e-3, .bias = 1, .width = 5},
    {.counts = mixed, .classes = 8, .depth = 1, .decay = 10, .feature_decay = 10},
    {.counts = mixed, .classes = 8, .depth = 1, .decay = 10, .feature_decay = 10, .bias = 1},
    {.counts = equal, .classes = 5, .depth = 2, .decay = 1e-3, .bias = 1, .width = 2},
    {.counts = equal, .classes = 5, .depth = 2, .decay = 1e-3, .bias = 1},
    {.counts = equal, .classes = 5, .depth = 1, .decay = 1e-3, .loss = CE},
    {.counts = equal, .classes = 5, .depth = 3, .decay = 1e-3, .loss = CE},
    {.counts = equal, .classes = 5, .depth = 1, .decay = 1e-3, .loss = FOCAL},
    {.counts = mixed, .classes = 8, .depth = 1, .decay = 1e-3, .loss = CE, .bias = 1},
    {.counts = mixed, .classes = 8, .depth = 1, .decay = 2e-2, .loss = CE, .smoothing = .1},
    {.counts = mixed, .classes = 8, .depth = 1, .decay = 9, .feature_decay = 9, .loss = CE},
    {.counts = mixed,
     .classes = 8,
     .depth = 1,
     .decay = 9,
     .feature_decay = 9,
     .loss = CE,
     .bias = 1},
};
enum { SETTINGS = sizeof settings / sizeof *settings };

START_TEST(margins_are_those_of_the_logits)
{
    fixture f = prepare(&settings[_i]);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    expect_read(f.geometry);
    release(&f);
}
END_TEST

START_TEST(margins_of_random_problems)
{
    uint64_t state = (uint64_t)_i + 5;
    imbalance p = {.classes = whole(&state, 2, 9), .energy = whole(&state, 0, 1)};
    for (int64_t k = 0; k < p.classes; k++) {
        p.counts[k] = whole(&state, 1, 6) * whole(&state, 1, 6);
        p.weights[k] = whole(&state, 1, 2) / 2.;
    }
    p.bias = whole(&state, 0, 1);
    p.price = p.energy ? .2 + 2 * uniform(&state) : pow(10, -3 + 2 * uniform(&state));
    fixture f = solve_imbalance(&p);
    expect_read(f.geometry);
    release(&f);
}
END_TEST

START_TEST(margins_of_a_search)
{
    static const setting deep = {
        .counts = mixed, .classes = 8, .depth = 2, .decay = 5e-3, .loss = CE, .bias = 1};
    fixture f = prepare(&deep);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_STARTS, 2);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    expect_read(f.geometry);
    release(&f);
}
END_TEST

/* No digit of doubt about classes whose columns are one and the same. */
START_TEST(merged_classes_have_no_margin)
{
    imbalance p = {.classes = 6, .counts = {100, 90, 90, 4, 4, 4}, .price = .01};
    double margins[6];
    p.bias = _i;
    fixture f = solve_imbalance(&p);
    ck_assert_int_eq(libnc_geometry_margins(f.geometry, margins, 6), LIBNC_OK);
    ck_assert(margins[0] > 0 && margins[1] > 0 && margins[2] > 0);
    for (int k = 3; k < 6; k++)
        ck_assert(margins[k] <= 0);
    release(&f);
}
END_TEST

/* CIFAR100-LT: no class is lost, but 39 of 100 are decided wrongly. */
START_TEST(long_tailed_classes_are_not_predicted)
{
    int64_t counts[100];
    int32_t predicted[100], lost[100];
    for (int k = 0; k < 100; k++)
        counts[k] = (int64_t)(500 * pow(.01, k / 99.));
    const setting s = {.counts = counts, .classes = 100, .depth = 1, .decay = 5e-4, .loss = CE};
    fixture f = prepare(&s);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_predicted(f.geometry, predicted, 100), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_lost_classes(f.geometry, lost, 100), LIBNC_OK);
    for (int k = 0; k < 100; k++) {
        ck_assert_int_eq(predicted[k], counts[k] > 29);
        ck_assert_int_eq(lost[k], 0);
    }
    release(&f);
}
END_TEST

START_TEST(one_class_has_no_rival)
{
    const setting s = {.counts = equal, .classes = 1, .depth = 1, .decay = 1e-3};
    double margin, probability;
    int32_t predicted;
    fixture f = prepare(&s);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_margins(f.geometry, &margin, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_probabilities(f.geometry, &probability, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_predicted(f.geometry, &predicted, 1), LIBNC_OK);
    ck_assert(margin == INFINITY && probability == 1 && predicted == 1);
    release(&f);
}
END_TEST

/* ---- reports ---- */

enum { SAMPLES = 400, WIDTH = 3, LABELS = 131 };

/* Class 3 does not occur: no mean, and no rival of the others. More classes than a block has. */
START_TEST(measured_margins)
{
    uint64_t state = 3;
    double features[SAMPLES * WIDTH], classifier[LABELS * WIDTH], bias[LABELS];
    int32_t labels[SAMPLES];
    for (int i = 0; i < SAMPLES; i++)
        labels[i] = i % LABELS == 3 ? 1 : i % LABELS;
    for (int i = 0; i < SAMPLES * WIDTH; i++)
        features[i] = uniform(&state) + labels[i / WIDTH] % 7 * (i % WIDTH);
    for (int i = 0; i < LABELS * WIDTH; i++)
        classifier[i] = uniform(&state) - .5;
    for (int k = 0; k < LABELS; k++)
        bias[k] = uniform(&state);
    libnc_context *context;
    libnc_report *report;
    libnc_minority *minority;
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    ck_assert_int_eq(libnc_report_create(&report, context), LIBNC_OK);
    ck_assert_int_eq(libnc_minority_create(&minority, context), LIBNC_OK);
    ck_assert_int_eq(libnc_report_measure_arrays(report, features, labels, LIBNC_LABEL_INT32,
                                                 SAMPLES, WIDTH, LABELS, LIBNC_FLOAT64, classifier,
                                                 _i ? bias : NULL),
                     LIBNC_OK);
    double logits[LABELS * LABELS], margins[LABELS], probabilities[LABELS];
    double expected[LABELS], shares[LABELS], b[LABELS] = {0};
    ck_assert_int_eq(libnc_report_matrix(report, LIBNC_GRAM_PRODUCT, 1, logits, LABELS * LABELS),
                     LIBNC_OK);
    for (int i = 0; i < LABELS * LABELS; i++)
        if (isnan(logits[i]))
            logits[i] = -1000;
    for (int k = 0; k < LABELS && _i; k++)
        b[k] = bias[k];
    read_margins(logits, b, LABELS, expected, shares);
    ck_assert_int_eq(libnc_report_vector(report, LIBNC_CLASS_MARGIN, 1, margins, LABELS), LIBNC_OK);
    ck_assert_int_eq(libnc_report_vector(report, LIBNC_CLASS_PROBABILITY, 1, probabilities, LABELS),
                     LIBNC_OK);
    for (int k = 0; k < LABELS; k++) {
        ck_assert(k == 3 ? isnan(margins[k]) : fabs(margins[k] - expected[k]) < 1e-13);
        ck_assert(k == 3 ? isnan(probabilities[k]) : fabs(probabilities[k] - shares[k]) < 1e-13);
    }
    double again[2 * LABELS];
    ck_assert_int_eq(libnc_minority_from_report(minority, report, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_minority_margins(minority, again, again + LABELS, LABELS), LIBNC_OK);
    ck_assert(memcmp(again, margins, sizeof margins) == 0);
    ck_assert(memcmp(again + LABELS, probabilities, sizeof probabilities) == 0);
    libnc_minority_destroy(minority);
    libnc_report_destroy(report);
    libnc_context_destroy(context);
}
END_TEST

START_TEST(described_margins)
{
    fixture f = prepare(&settings[3]);
    libnc_minority *minority;
    double margins[8], probabilities[8], again[8];
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    ck_assert_int_eq(libnc_minority_create(&minority, f.context), LIBNC_OK);
    expect(f.context, libnc_minority_margins(minority, margins, NULL, 8), LIBNC_ERROR_STATE,
           "described");
    for (int32_t layer = 1; layer <= 3; layer++) {
        ck_assert_int_eq(libnc_minority_from_geometry(minority, f.geometry, layer), LIBNC_OK);
        ck_assert_int_eq(libnc_minority_margins(minority, margins, probabilities, 8), LIBNC_OK);
        ck_assert_int_eq(libnc_geometry_margins(f.geometry, again, 8), LIBNC_OK);
        ck_assert(memcmp(margins, again, sizeof again) == 0);
        ck_assert_int_eq(libnc_geometry_probabilities(f.geometry, again, 8), LIBNC_OK);
        ck_assert(memcmp(probabilities, again, sizeof again) == 0);
    }
    libnc_minority_destroy(minority);
    release(&f);
}
END_TEST

START_TEST(getters_need_a_solution)
{
    fixture f = prepare(&settings[0]);
    double values[8];
    int32_t flags[8];
    expect(f.context, libnc_geometry_margins(f.geometry, values, 8), LIBNC_ERROR_STATE, "solved");
    expect(f.context, libnc_geometry_probabilities(f.geometry, values, 8), LIBNC_ERROR_STATE,
           "solved");
    expect(f.context, libnc_geometry_predicted(f.geometry, flags, 8), LIBNC_ERROR_STATE, "solved");
    release(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("margins");
    TCase *tests = add_case(suite, "margins", 60);
    tcase_add_loop_test(tests, margins_are_those_of_the_logits, 0, SETTINGS);
    tcase_add_loop_test(tests, margins_of_random_problems, 0, 40);
    tcase_add_test(tests, margins_of_a_search);
    tcase_add_loop_test(tests, merged_classes_have_no_margin, 0, 2);
    tcase_add_test(tests, long_tailed_classes_are_not_predicted);
    tcase_add_test(tests, one_class_has_no_rival);
    tcase_add_loop_test(tests, measured_margins, 0, 2);
    tcase_add_test(tests, described_margins);
    tcase_add_test(tests, getters_need_a_solution);
    return run_suite(suite);
}
