/* SPDX-License-Identifier: MIT
 *
 * test_class_losses.c: mean cross-entropy by class, of logits and of a classifier, against plain
 * loops; merged, saved, and by several threads.
 */
#include "support/context_fixture.h"
#include "support/random_values.h"
#include "support/suite.h"

#include <libnc/libnc.h>

#include <math.h>
#include <string.h>
#include <unistd.h>

enum { K = 6, D = 4, N = 900 };

static double rows[N * D], weights[K * D], bias[K], logits[N * K];
static float narrow_rows[N * D], narrow_logits[N * K];
static int32_t labels[N];

static void setup_scene(void)
{
    uint64_t state = 5;
    setup();
    for (int i = 0; i < K * D; i++)
        weights[i] = 3 * uniform(&state);
    for (int i = 0; i < K; i++)
        bias[i] = uniform(&state);
    for (int i = 0; i < N; i++) {
        labels[i] = i % 11 == 0 ? 4 : i % 4; /* none of class 5 */
        for (int c = 0; c < D; c++)
            narrow_rows[i * D + c] = (float)(rows[i * D + c] = 2 * uniform(&state));
        for (int k = 0; k < K; k++) {
            double z = bias[k];
            for (int c = 0; c < D; c++)
                z += weights[k * D + c] * rows[i * D + c];
            narrow_logits[i * K + k] = (float)(logits[i * K + k] = z);
        }
    }
}

static void plain_losses(double *losses)
{
    double counts[K] = {0};
    memset(losses, 0, K * sizeof *losses);
    for (int i = 0; i < N; i++) {
        long double sum = 0;
        for (int k = 0; k < K; k++)
            sum += expl(logits[i * K + k]);
        losses[labels[i]] += (double)(logl(sum) - logits[i * K + labels[i]]);
        counts[labels[i]]++;
    }
    for (int k = 0; k < K; k++)
        losses[k] /= counts[k];
}

static libnc_accumulator *start(void)
{
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, context, K, D));
    must(libnc_options_set_text(libnc_accumulator_options(a), "cross_entropy", "1"));
    return a;
}

static void add(libnc_accumulator *a, int begin, int end, int32_t scalar, int with_logits)
{
    const void *x = scalar == LIBNC_FLOAT32 ? (const void *)(narrow_rows + begin * D)
                                            : (const void *)(rows + begin * D);
    const void *z = scalar == LIBNC_FLOAT32 ? (const void *)(narrow_logits + begin * K)
                                            : (const void *)(logits + begin * K);
    must(libnc_accumulator_update_logits(a, x, scalar, end - begin, D, labels + begin,
                                         LIBNC_LABEL_INT32, with_logits ? z : NULL, scalar, K));
}

static void losses_of(const libnc_accumulator *a, double *losses)
{
    libnc_report *report;
    must(libnc_report_create(&report, context));
    must(libnc_report_measure_features(report, &a, NULL, NULL, 1));
    must(libnc_report_vector(report, LIBNC_CLASS_CROSS_ENTROPY, 1, losses, K));
    libnc_report_destroy(report);
}

static void expect(const libnc_accumulator *a, double tolerance)
{
    double losses[K], known[K];
    losses_of(a, losses);
    plain_losses(known);
    for (int k = 0; k < K - 1; k++)
        ck_assert_double_eq_tol(losses[k], known[k], tolerance * known[k]);
    ck_assert(isnan(losses[K - 1]));
}

/* What decides: the first pass's logits, the second's, or a classifier. */
START_TEST(every_way)
{
    const int32_t scalar = _i % 2 ? LIBNC_FLOAT32 : LIBNC_FLOAT64;
    const int way = _i / 2;
    libnc_accumulator *a = start();
    add(a, 0, 400, scalar, way == 0);
    add(a, 400, N, scalar, way == 0);
    if (way == 1)
        must(libnc_accumulator_begin_second_pass(a, NULL, NULL, 0));
    else if (way == 2)
        must(libnc_accumulator_begin_second_pass(a, weights, bias, LIBNC_FLOAT64));
    if (way > 0) {
        add(a, 0, 333, scalar, way == 1);
        add(a, 333, N, scalar, way == 1);
    }
    expect(a, scalar == LIBNC_FLOAT32 ? 1e-5 : 1e-13);
    libnc_accumulator_destroy(a);
}
END_TEST

START_TEST(merged_and_saved)
{
    char path[] = "/tmp/libnc_losses_XXXXXX";
    libnc_accumulator *a = start(), *b = start(), *other;
    const int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
    add(a, 0, 300, LIBNC_FLOAT64, 1);
    add(b, 300, N, LIBNC_FLOAT64, 1);
    must(libnc_accumulator_save(b, path));
    must(libnc_accumulator_load(&other, context, path));
    must(libnc_accumulator_merge(a, other));
    expect(a, 1e-13);
    libnc_accumulator_destroy(other);
    must(libnc_accumulator_begin_second_pass(a, weights, bias, LIBNC_FLOAT64));
    must(libnc_accumulator_save(a, path));
    must(libnc_accumulator_load(&other, context, path));
    add(a, 0, 500, LIBNC_FLOAT64, 0);
    add(other, 500, N, LIBNC_FLOAT64, 0);
    must(libnc_accumulator_save(other, path));
    libnc_accumulator_destroy(other);
    must(libnc_accumulator_load(&other, context, path));
    must(libnc_accumulator_merge(a, other));
    expect(a, 1e-13);
    libnc_accumulator_clear(other);
    must(libnc_options_set_text(libnc_accumulator_options(other), "cross_entropy", "0"));
    add(other, 0, 10, LIBNC_FLOAT64, 0);
    ck_assert_int_eq(libnc_accumulator_merge(b, other), LIBNC_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "cross_entropy"));
    libnc_accumulator_destroy(other);
    libnc_accumulator_destroy(a);
    libnc_accumulator_destroy(b);
    unlink(path);
}
END_TEST

START_TEST(threads_and_batches_give_the_same_bits)
{
    double losses[2][K];
    for (int t = 0; t < 2; t++) {
        libnc_accumulator *a = start();
        must(libnc_context_set_threads(context, t + 1));
        add(a, 0, t == 0 ? 1 : 700, LIBNC_FLOAT64, 1);
        add(a, t == 0 ? 1 : 700, N, LIBNC_FLOAT64, 1);
        losses_of(a, losses[t]);
        libnc_accumulator_destroy(a);
    }
    ck_assert(memcmp(losses[0], losses[1], (K - 1) * sizeof(double)) == 0);
}
END_TEST

/* Nobody asked for it: NaN. A class that is left out, of -infinity, adds nothing to the others. */
START_TEST(unasked_and_left_out)
{
    const double x[2] = {1, 2}, z[4] = {0.5, -INFINITY, 0.5, -INFINITY};
    const int32_t y[2] = {0, 0};
    double losses[K];
    libnc_accumulator *a = start();
    must(libnc_options_set_text(libnc_accumulator_options(a), "cross_entropy", "0"));
    add(a, 0, N, LIBNC_FLOAT64, 1);
    losses_of(a, losses);
    for (int k = 0; k < K; k++)
        ck_assert(isnan(losses[k]));
    libnc_accumulator_destroy(a);
    must(libnc_accumulator_create(&a, context, 2, 1));
    must(libnc_options_set_text(libnc_accumulator_options(a), "cross_entropy", "1"));
    must(libnc_accumulator_update_logits(a, x, LIBNC_FLOAT64, 2, 1, y, LIBNC_LABEL_INT32, z,
                                         LIBNC_FLOAT64, 2));
    libnc_report *report;
    const libnc_accumulator *only = a;
    must(libnc_report_create(&report, context));
    must(libnc_report_measure_features(report, &only, NULL, NULL, 1));
    must(libnc_report_vector(report, LIBNC_CLASS_CROSS_ENTROPY, 1, losses, 2));
    ck_assert(losses[0] == 0 && isnan(losses[1]));
    libnc_report_destroy(report);
    libnc_accumulator_destroy(a);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("class_losses");
    TCase *tests = add_case(suite, "cross-entropy by class", 60);
    tcase_add_checked_fixture(tests, setup_scene, teardown);
    tcase_add_loop_test(tests, every_way, 0, 6);
    tcase_add_test(tests, merged_and_saved);
    tcase_add_test(tests, threads_and_batches_give_the_same_bits);
    tcase_add_test(tests, unasked_and_left_out);
    return run_suite(suite);
}
