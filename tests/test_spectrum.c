/* SPDX-License-Identifier: MIT
 *
 * test_spectrum.c: the eigenvalues of Sigma_W.
 */
#include "support/suite.h"

#include <check.h>
#include <libnc/libnc.h>
#include <math.h>
#include <stdlib.h>

enum { CLASSES = 2, WIDTH = 3, SAMPLES = 8 };

/* Around the means (100, 0, 0) and (0, 100, 0): deviations +-3 along (1, 1, 0)/sqrt(2), +-2 along
 * (1, -1, 0)/sqrt(2), none along (0, 0, 1), so that Sigma_W has the eigenvalues 9/2, 4/2, 0. */
static void fill(double rows[SAMPLES][WIDTH], int32_t labels[SAMPLES])
{
    static const double steps[4][2] = {{3, 0}, {-3, 0}, {0, 2}, {0, -2}};
    for (int i = 0; i < SAMPLES; i++) {
        const int k = i / 4;
        const double along = steps[i % 4][0] / sqrt(2), across = steps[i % 4][1] / sqrt(2);
        labels[i] = k;
        rows[i][0] = (k == 0 ? 100 : 0) + along + across;
        rows[i][1] = (k == 1 ? 100 : 0) + along - across;
        rows[i][2] = 0;
    }
}

START_TEST(known_eigenvalues)
{
    libnc_context *context;
    libnc_accumulator *accumulator;
    double rows[SAMPLES][WIDTH], values[WIDTH];
    int32_t labels[SAMPLES];
    fill(rows, labels);
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    ck_assert_int_eq(libnc_accumulator_create(&accumulator, context, CLASSES, WIDTH), LIBNC_OK);
    ck_assert_int_eq(libnc_accumulator_update(accumulator, rows, LIBNC_FLOAT64, SAMPLES, WIDTH,
                                              labels, LIBNC_LABEL_INT32),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_accumulator_spectrum(accumulator, values, WIDTH), LIBNC_OK);
    ck_assert_double_eq_tol(values[0], 4.5, 1e-12);
    ck_assert_double_eq_tol(values[1], 2, 1e-12);
    ck_assert_double_ge(values[2], 0);
    ck_assert_double_le(values[2], 1e-14);
    libnc_accumulator_destroy(accumulator);
    libnc_context_destroy(context);
}
END_TEST

START_TEST(needs_the_full_scatter)
{
    libnc_context *context;
    libnc_accumulator *accumulator;
    double rows[SAMPLES][WIDTH], values[WIDTH];
    int32_t labels[SAMPLES];
    fill(rows, labels);
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    ck_assert_int_eq(libnc_accumulator_create(&accumulator, context, CLASSES, WIDTH), LIBNC_OK);
    ck_assert_int_eq(
        libnc_options_set_text(libnc_accumulator_options(accumulator), "scatter", "none"),
        LIBNC_OK);
    ck_assert_int_eq(libnc_accumulator_update(accumulator, rows, LIBNC_FLOAT64, SAMPLES, WIDTH,
                                              labels, LIBNC_LABEL_INT32),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_accumulator_spectrum(accumulator, values, WIDTH), LIBNC_ERROR_STATE);
    libnc_accumulator_destroy(accumulator);
    libnc_context_destroy(context);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spectrum");
    TCase *tests = add_case(suite, "spectrum", 4);
    tcase_add_test(tests, known_eigenvalues);
    tcase_add_test(tests, needs_the_full_scatter);
    return run_suite(suite);
}
