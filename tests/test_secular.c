/* SPDX-License-Identifier: MIT
 *
 * test_secular.c: the roots that couple groups, against a solver of their own in 113 bits.
 *
 * SECULAR_PROBLEMS=1000000 build/tests/test_secular takes that many problems instead of a sample
 * and prints the worst errors and the times.
 */
#include "support/geometry_fixture.h"
#include "support/secular_oracle.h"

#include "base/base.h"
#include "geometry/planted.h"

#include <stdio.h>
#include <string.h>

enum { SAMPLE = 6000 };

#define WORST_ERROR 1e-13

static int64_t problem_count(void)
{
    const char *text = getenv("SECULAR_PROBLEMS");
    return text ? strtoll(text, NULL, 10) : SAMPLE;
}

START_TEST(roots_agree_with_113_bits)
{
    libnc_context *context;
    secular_errors worst = {0, 0, 0};
    uint64_t state = 8;
    int64_t roots_seen = 0, in_middle = 0;
    double own = 0, oracle = 0, nearest = 1;
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    for (int64_t i = 0; i < problem_count(); i++) {
        secular_problem p = {.weight = 0};
        nc__root roots[SECULAR_GROUPS];
        secular_draw(&p, i, &state);
        const double start = nc__seconds();
        const libnc_status status = nc__coupled_roots(context, &p.groups, p.weight, roots);
        const double middle = nc__seconds();
        ck_assert_msg(status == LIBNC_OK, "problem %lld: %s", (long long)i,
                      libnc_context_error(context));
        secular_errors errors = {0, 0, 0};
        secular_compare(&p, roots, &errors);
        for (int64_t k = 0; k + 1 < p.groups.count; k++) {
            in_middle += fabs(roots[k].offset) == 0.5 * (p.size[k] - p.size[k + 1]);
            nearest = fmin(nearest, fabs(roots[k].offset) / p.size[roots[k].pole]);
        }
        own += middle - start;
        oracle += nc__seconds() - middle;
        roots_seen += p.groups.count - 1;
        ck_assert_msg(errors.offset < WORST_ERROR && errors.square < WORST_ERROR &&
                          errors.scale < WORST_ERROR,
                      "problem %lld: errors %g of the distance, %g of the root, %g of the vector",
                      (long long)i, errors.offset, errors.square, errors.scale);
        worst.offset = fmax(worst.offset, errors.offset);
        worst.square = fmax(worst.square, errors.square);
        worst.scale = fmax(worst.scale, errors.scale);
    }
    ck_assert_int_gt(in_middle, problem_count() / 20); /* what the problems are there for */
    ck_assert_double_lt(nearest, 1e-15);
    if (getenv("SECULAR_PROBLEMS"))
        printf(
            "%lld problems, %lld roots: worst error %.3g of the distance from a pole, %.3g of "
            "the root, %.3g of the vector; %lld in the middle, one at %.3g of a pole; %.3g s, 113 "
            "bits %.3g s\n",
            (long long)problem_count(), (long long)roots_seen, worst.offset, worst.square,
            worst.scale, (long long)in_middle, nearest, own, oracle);
    libnc_context_destroy(context);
}
END_TEST

/* What the check of the roots must see: each root of each problem off by `error`. */
START_TEST(wrong_roots_are_refused)
{
    static const double errors[] = {1e-11, -1e-11, 1e-6, 0.3, -0.5, -1, -1.5, 1e9, NAN};
    libnc_context *context;
    uint64_t state = 3;
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    for (int64_t i = 0; i < 2000; i++) {
        secular_problem p = {.weight = 0};
        nc__root roots[SECULAR_GROUPS];
        secular_draw(&p, i, &state);
        if (p.groups.count < 2)
            continue;
        nc__planted_site = NC__PLANTED_SECULAR_ROOT;
        nc__planted_error = errors[i % 9];
        const libnc_status status = nc__coupled_roots(context, &p.groups, p.weight, roots);
        nc__planted_site = NC__PLANTED_NOWHERE;
        ck_assert_msg(status == LIBNC_ERROR_INTERNAL, "problem %lld, error %g: status %d",
                      (long long)i, errors[i % 9], (int)status);
        ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "self-check"));
    }
    libnc_context_destroy(context);
}
END_TEST

/* Half of the classes have a samples and half b: y^2 = (a + b)/2, the very middle. */
START_TEST(middle_of_simplex_encoded_labels)
{
    libnc_context *context;
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    for (int64_t a = 2; a <= 400; a += 7)
        for (int64_t b = 1; b < a; b++) {
            const int64_t counts[4] = {a, a, b, b};
            libnc_classes *classes;
            double values[4];
            ck_assert_int_eq(libnc_classes_from_counts(&classes, context, counts, 4), LIBNC_OK);
            ck_assert_int_eq(libnc_seli_singular_values(classes, values, 4), LIBNC_OK);
            assert_relative(values[1], sqrt((double)(a + b) / 2), 4 * DBL_EPSILON);
            libnc_classes_destroy(classes);
        }
    libnc_context_destroy(context);
}
END_TEST

/* One class of m b samples and m of b: y^2 = b, m - 1 times, and (m b + b)/2. */
START_TEST(middle_of_squared_error)
{
    for (int64_t m = 2; m <= 20; m++)
        for (int64_t b = 1; b <= 300; b += 13) {
            int64_t counts[21] = {m * b};
            for (int64_t k = 1; k <= m; k++)
                counts[k] = b;
            const setting s = {.counts = counts,
                               .classes = m + 1,
                               .depth = 1,
                               .bias = 1,
                               .decay = 1e-4,
                               .feature_decay = 1e-4};
            const double samples = 2.0 * (double)(m * b),
                         squares[] = {(double)b, (double)(m * b + b) / 2};
            double expected = 0;
            for (int i = 0; i < 2; i++) {
                const double y = sqrt(squares[i]), value = fmax(0, y - samples * 1e-4);
                expected += (i == 0 ? (double)m - 1 : 1) *
                            ((y - value) * (y - value) / (2 * samples) + 1e-4 * value);
            }
            assert_relative(solved_loss(&s), expected, 1e-13);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("secular");
    TCase *tests = add_case(suite, "secular", getenv("SECULAR_PROBLEMS") ? 0 : 120);
    tcase_add_test(tests, roots_agree_with_113_bits);
    tcase_add_test(tests, wrong_roots_are_refused);
    tcase_add_test(tests, middle_of_simplex_encoded_labels);
    tcase_add_test(tests, middle_of_squared_error);
    return run_suite(suite);
}
