/* SPDX-License-Identifier: MIT
 *
 * test_depth.c: NC1 of kernels against features and known answers, and the law of data separation.
 */
#include "support/context_fixture.h"
#include "support/random_values.h"
#include "support/suite.h"

#include <libnc/libnc.h>

#include <math.h>

/* ---- kernels ---- */

static const double five[] = {1, .2, -.3, .8, .5, .1, 1.3, -.4, .6, -.5, 1, .4, -.2, .7, -.9};
static const int32_t five_labels[] = {0, 0, 0, 1, 1};

/* Traces from numpy, and from explicit features where there are some; w = 2, b = 0. */
static const struct {
    int32_t kernel, hidden;
    double within, between, quotient;
} known[] = {
    {LIBNC_KERNEL_LINEAR, 0, .3776666667, .6819944444, .5537679518},
    {LIBNC_KERNEL_NNGP, 1, .1007266610, .1334898810, .7545640183},
    {LIBNC_KERNEL_NNGP, 2, .0837557419, .0921097549, .9093037100},
    {LIBNC_KERNEL_NNGP, 3, .0715435683, .0683181578, 1.0472116129},
    {LIBNC_KERNEL_NTK, 1, .5369927135, .6022272135, .8916779272},
    {LIBNC_KERNEL_NTK, 2, .8473108189, .7438530119, 1.1390836702},
    {LIBNC_KERNEL_NTK, 3, 1.1763410005, .8767607956, 1.3416897818},
};

START_TEST(kernels_of_five_samples)
{
    double within, between;
    must(libnc_kernel_collapse(context, known[_i].kernel, known[_i].hidden, 2, 0, five, five_labels,
                               5, 3, 2, &within, &between));
    ck_assert_double_eq_tol(within, known[_i].within, 5e-11);
    ck_assert_double_eq_tol(between, known[_i].between, 5e-11);
    ck_assert_double_eq_tol(within / between, known[_i].quotient, 5e-11);
}
END_TEST

/* More samples than a tile has rows or columns, a class without one, and threads: the linear kernel
 * has the numbers of the features. */
START_TEST(linear_kernel_is_the_features)
{
    enum { N = 1200, D = 5, K = 7 };
    double *rows = random_values(N * D, 1, 3), within, between, trace;
    int32_t *labels = malloc(N * sizeof *labels);
    libnc_report *report;
    for (int64_t i = 0; i < N; i++) {
        labels[i] = (int32_t)((i * i + i / 300) % 11 % K);
        labels[i] += labels[i] == 4;
        rows[i * D + labels[i] % D] += 2;
    }
    must(libnc_context_set_threads(context, 1 + _i));
    must(libnc_kernel_collapse(context, LIBNC_KERNEL_LINEAR, 0, 0, 0, rows, labels, N, D, K + 1,
                               &within, &between));
    must(libnc_report_create(&report, context));
    must(libnc_report_measure_arrays(report, rows, labels, LIBNC_LABEL_INT32, N, D, K + 1,
                                     LIBNC_FLOAT64, NULL, NULL));
    must(libnc_report_value(report, LIBNC_METRIC_TR_SIGMA_W, 1, &trace));
    ck_assert_double_eq_tol(within / trace, 1, 1e-12);
    must(libnc_report_value(report, LIBNC_METRIC_TR_SIGMA_B, 1, &trace));
    ck_assert_double_eq_tol(between / trace, 1, 1e-12);
    libnc_report_destroy(report);
    free(labels);
    free(rows);
}
END_TEST

/* A bias adds to every pair alike; a label beyond the classes is named. */
START_TEST(kernels_refuse)
{
    double within, between;
    ck_assert_int_eq(libnc_kernel_collapse(context, LIBNC_KERNEL_NTK, 2, 2, .1, five, five_labels,
                                           5, 3, 1, &within, &between),
                     LIBNC_ERROR_ARGUMENT);
    ck_assert_str_eq(libnc_context_error(context), "labels: row 3 has 1: must be from 0 to 0");
}
END_TEST

/* ---- the law of data separation ---- */

START_TEST(exact_law)
{
    double d[8], rho, correlation;
    for (int l = 0; l < 8; l++)
        d[l] = 3 * pow(.6, l);
    d[3] = 0; /* left out, as is what is no number */
    d[5] = NAN;
    must(libnc_separation_law(context, d, 8, &rho, &correlation));
    ck_assert_double_eq_tol(rho, .6, 1e-14);
    ck_assert_double_eq_tol(correlation, -1, 1e-14);
}
END_TEST

/* Slope and correlation by hand: log D = 0, -1, -3. */
START_TEST(fitted_law)
{
    const double d[] = {1, exp(-1), exp(-3)}, ones[] = {1, 1, 1};
    double rho, correlation;
    must(libnc_separation_law(context, d, 3, &rho, &correlation));
    ck_assert_double_eq_tol(rho, exp(-1.5), 1e-14);
    ck_assert_double_eq_tol(correlation, -3 / sqrt(2 * 14 / 3.0), 1e-14);
    must(libnc_separation_law(context, d, 1, &rho, &correlation));
    ck_assert_double_nan(rho);
    must(libnc_separation_law(context, ones, 3, &rho, &correlation));
    ck_assert_double_eq(rho, 1);
    ck_assert_double_nan(correlation);
}
END_TEST

/* D of six samples of three classes (numpy: .1998608408). */
START_TEST(separation_is_a_metric)
{
    static const double six[] = {1,   .2, -.3, .8,  .5, .1,  1.3, -.4,  .6,
                                 -.5, 1,  .4,  -.2, .7, -.9, .1,  -1.2, .3};
    static const int32_t labels[] = {0, 0, 0, 1, 1, 2};
    libnc_report *report;
    double value;
    must(libnc_report_create(&report, context));
    must(libnc_report_measure_arrays(report, six, labels, LIBNC_LABEL_INT32, 6, 3, 3, LIBNC_FLOAT64,
                                     NULL, NULL));
    must(libnc_report_value(report, LIBNC_METRIC_NC1_WEIGHTED, 1, &value));
    ck_assert_double_eq_tol(3 * value, .1998608408, 5e-11);
    libnc_report_destroy(report);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("depth");
    TCase *tests = add_case(suite, "through the layers", 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, kernels_of_five_samples, 0, (int)(sizeof known / sizeof *known));
    tcase_add_loop_test(tests, linear_kernel_is_the_features, 0, 3);
    tcase_add_test(tests, kernels_refuse);
    tcase_add_test(tests, exact_law);
    tcase_add_test(tests, fitted_law);
    tcase_add_test(tests, separation_is_a_metric);
    return run_suite(suite);
}
