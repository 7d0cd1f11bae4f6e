/* SPDX-License-Identifier: MIT
 *
 * test_accumulator_exact.c: accumulators and reports on adversarial data against arithmetic of 33
 * digits: tiny spreads, means far apart and close together, empty classes and classes of one
 * sample, more classes than features, strong imbalance; either scalar type, full and projected
 * scatter, splits, orders and merges.
 */
#include "support/accumulator_fixture.h"
#include "support/adversaries.h"
#include "support/exact_reference.h"

#include <libnc/report.h>

/* What is measured; the Gram matrix of the classes that have samples. */
typedef struct numbers {
    double nc1, cdnv, gram[MOST_CLASSES * MOST_CLASSES];
} numbers;

static numbers measure(const libnc_accumulator *a)
{
    numbers n;
    libnc_report *report;
    must(libnc_report_create(&report, context));
    must(libnc_report_measure_features(report, &a, NULL, NULL, 1));
    must(libnc_report_value(report, LIBNC_METRIC_NC1, 1, &n.nc1));
    must(libnc_report_value(report, LIBNC_METRIC_CDNV, 1, &n.cdnv));
    const int64_t K = libnc_report_classes(report);
    const int64_t *counts = nc__accumulator_statistics(a)->counts;
    double all[MOST_CLASSES * MOST_CLASSES];
    size_t kept = 0;
    must(libnc_report_matrix(report, LIBNC_GRAM_CENTRED, 1, all, (size_t)(K * K)));
    for (int64_t i = 0; i < K * K; i++)
        if (counts[i / K] > 0 && counts[i % K] > 0)
            n.gram[kept++] = all[i];
    libnc_report_destroy(report);
    return n;
}

static double relative_error(double value, exact right)
{
    return (double)(exact_magnitude((exact)value - right) / exact_magnitude(right));
}

static void assert_close(const char *name, const numbers *n, const exact_reference *r,
                         double tolerance)
{
    const int64_t K = r->classes;
    exact *gram = exact_gram(r), error = 0, norm = 0;
    for (int64_t i = 0; i < K * K; i++) {
        exact difference = (exact)n->gram[i] - gram[i];
        error += difference * difference;
        norm += gram[i] * gram[i];
    }
    free(gram);
    double nc1 = relative_error(n->nc1, exact_nc1(r));
    double cdnv = relative_error(n->cdnv, exact_cdnv(r)), grams = sqrt((double)(error / norm));
    ck_assert_msg(nc1 <= tolerance, "%s: NC1 is %.17g, in error by %g", name, n->nc1, nc1);
    ck_assert_msg(cdnv <= tolerance, "%s: CDNV is %.17g, in error by %g", name, n->cdnv, cdnv);
    ck_assert_msg(grams <= tolerance, "%s: the Gram matrix is in error by %g", name, grams);
}

/* The first pass, and the second where the kind asks for it. */
static libnc_accumulator *run(const sample *s, const char *kind, const char *precision,
                              bool is_float32, int64_t batch)
{
    libnc_accumulator *a = accumulator_of(s, kind, precision);
    for (int pass = 1; pass <= 2; pass++) {
        if (is_float32)
            feed_float32(a, s, batch);
        else
            feed(a, s, 0, s->count, batch);
        if (strcmp(kind, "full") == 0)
            break;
        if (pass == 1)
            must(libnc_accumulator_begin_second_pass(a, NULL, NULL, 0));
    }
    return a;
}

static const char *const kinds[] = {"full", "projected"};

START_TEST(float64_to_ten_digits)
{
    const adversary *it = &adversaries[_i];
    sample s = sample_of(it);
    exact_reference r = exact_reference_of(&s);
    for (int kind = 0; kind < 2; kind++) {
        libnc_accumulator *a = run(&s, kinds[kind], NULL, false, 100);
        numbers n = measure(a);
        assert_close(it->name, &n, &r, 1e-10);
        libnc_accumulator_destroy(a);
    }
    exact_reference_clear(&r);
    sample_clear(&s);
}
END_TEST

/* The values that float32 holds are the data; to 1e-3 where the spread is 1e-4 of the mean and the
 * products are float32, and to ten digits in float64. */
START_TEST(float32_to_three_digits)
{
    static const adversary near[] = {
        {"float32, spread 1e-4", 5, 9, {300, 1, 0, 213, 60}, 1, 1, 1e-4},
        {"float32, many rows", 3, 20, {5000, 3000, 2000}, 1, 1, 1e-4},
        {"float32, means 1e6 apart", 4, 7, {90, 40, 2, 30}, 1e6, 1, 1e-4},
        {"float32, means 1e-6 apart", 4, 7, {90, 40, 2, 30}, 1e-6, 1, 1e-4},
        {"float32, imbalance 1 : 10000", 3, 4, {10000, 1, 10}, 1, 1, 1e-4},
        {"float32, more classes", 12, 4, {9, 8, 7, 6, 5, 4, 3, 2, 1, 10, 11, 12}, 1, 1, 1e-4},
    };
    for (size_t i = 0; i < sizeof near / sizeof *near; i++) {
        sample s = sample_of(&near[i]);
        exact_reference before = exact_reference_of(&s);
        round_to_float32(&s);
        exact_reference r = exact_reference_of(&s);
        for (int kind = 0; kind < 2; kind++) {
            libnc_accumulator *a = run(&s, kinds[kind], NULL, true, 100);
            numbers n = measure(a);
            assert_close(near[i].name, &n, &r, 1e-5);
            assert_close(near[i].name, &n, &before, 1e-3);
            ck_assert_double_ge(n.nc1, 0);
            libnc_accumulator_destroy(a);
            a = run(&s, kinds[kind], "float64", true, 100);
            n = measure(a);
            assert_close(near[i].name, &n, &r, 1e-10);
            libnc_accumulator_destroy(a);
        }
        exact_reference_clear(&r);
        exact_reference_clear(&before);
        sample_clear(&s);
    }
}
END_TEST

/* Any split, order and merge, to ten digits of the same numbers. */
START_TEST(splits_orders_and_merges)
{
    const adversary *it = &adversaries[_i];
    static const int64_t batches[] = {1, 13, 100000};
    sample s = sample_of(it);
    exact_reference r = exact_reference_of(&s);
    for (size_t i = 0; i < 3; i++) {
        shuffle(&s, 10 + i);
        libnc_accumulator *whole = run(&s, "full", NULL, false, batches[i]);
        libnc_accumulator *merged = accumulator_of(&s, "full", NULL);
        for (int64_t begin = 0, part = 0; begin < s.count; part++) {
            int64_t end = begin + 1 + part * part * 7;
            libnc_accumulator *other = accumulator_of(&s, "full", NULL);
            end = end < s.count ? end : s.count;
            feed(other, &s, begin, end, batches[i]);
            must(libnc_accumulator_merge(merged, other));
            libnc_accumulator_destroy(other);
            begin = end;
        }
        numbers a = measure(whole), b = measure(merged);
        assert_close(it->name, &a, &r, 1e-10);
        assert_close(it->name, &b, &r, 1e-10);
        libnc_accumulator_destroy(merged);
        libnc_accumulator_destroy(whole);
    }
    exact_reference_clear(&r);
    sample_clear(&s);
}
END_TEST

/* The reference itself: hand-made numbers, and 33 digits where the compiler has them. */
START_TEST(the_reference_is_right)
{
    double rows[4] = {0.9, 1.1, -0.9, -1.1};
    int32_t labels[4] = {0, 0, 1, 1};
    sample line = {2, 1, 4, rows, labels};
    exact_reference r = exact_reference_of(&line);
    ck_assert_double_eq_tol((double)exact_nc1(&r), 0.005, 1e-17);
    ck_assert_double_eq_tol((double)exact_cdnv(&r), 0.0025, 1e-17);
    exact_reference_clear(&r);
    exact third = (exact)1 / 3, rest = 1 - 3 * third;
    ck_assert(exact_magnitude(rest) < (EXACT_DIGITS > 20 ? (exact)1e-33L : (exact)1e-18L));
    ck_assert(exact_magnitude(third - (exact)0.333333333333333333L) > 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("accumulator_exact");
    TCase *tests = add_case(suite, "exact", 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_reference_is_right);
    tcase_add_loop_test(tests, float64_to_ten_digits, 0, ADVERSARIES);
    tcase_add_test(tests, float32_to_three_digits);
    tcase_add_loop_test(tests, splits_orders_and_merges, 0, ADVERSARIES);
    return run_suite(suite);
}
