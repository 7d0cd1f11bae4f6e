/* SPDX-License-Identifier: MIT
 *
 * test_classes.c: class distributions.
 */
#include "support/context_fixture.h"

#include <libnc/classes.h>
#include <math.h>

static const int64_t two53 = (int64_t)1 << 53;

/* Counts as expected; destroys. */
static void assert_counts(libnc_classes *classes, const int64_t *expected, int64_t count)
{
    int64_t sum = 0, equal = 1;
    ck_assert_int_eq(libnc_classes_count(classes), count);
    for (int64_t k = 0; k < count; k++) {
        ck_assert_int_eq(libnc_classes_counts(classes)[k], expected[k]);
        sum += expected[k];
        equal = equal && expected[k] == expected[0];
    }
    ck_assert_int_eq(libnc_classes_samples(classes), sum);
    ck_assert_int_eq(libnc_classes_is_balanced(classes), equal);
    libnc_classes_destroy(classes);
}

static void assert_refused(libnc_status status, const libnc_classes *classes, const char *text)
{
    ck_assert_int_eq(status, LIBNC_ERROR_ARGUMENT);
    ck_assert_str_eq(libnc_context_error(context), text);
    ck_assert_ptr_null(classes);
    ck_assert_int_eq(memory.live, 1);
}

START_TEST(from_counts)
{
    int64_t given[] = {200, 100, 50, 50};
    const int64_t expected[] = {200, 100, 50, 50};
    libnc_classes *classes = NULL;
    ck_assert_int_eq(libnc_classes_from_counts(&classes, context, given, 4), LIBNC_OK);
    given[0] = 1; /* they were copied */
    assert_counts(classes, expected, 4);
    ck_assert_int_eq(libnc_classes_from_counts(&classes, context, &two53, 1), LIBNC_OK);
    assert_counts(classes, &two53, 1);
}
END_TEST

START_TEST(from_counts_refused)
{
    libnc_classes *classes = NULL;
    int64_t bad[] = {3, 0, 2}, huge[] = {two53, 1}, larger[] = {two53 + 1};
    ck_assert_int_eq(libnc_classes_from_counts(&classes, NULL, bad, 3), LIBNC_ERROR_ARGUMENT);
    assert_refused(libnc_classes_from_counts(NULL, context, bad, 3), classes,
                   "classes = NULL: must be given");
    assert_refused(libnc_classes_from_counts(&classes, context, NULL, 3), classes,
                   "counts = NULL: must be an array of 3 values");
    assert_refused(libnc_classes_from_counts(&classes, context, bad, 0), classes,
                   "class_count = 0: must be from 1 to 2147483647");
    assert_refused(libnc_classes_from_counts(&classes, context, bad, INT64_MIN), classes,
                   "class_count = -9223372036854775808: must be from 1 to 2147483647");
    assert_refused(libnc_classes_from_counts(&classes, context, bad, (int64_t)1 << 31), classes,
                   "class_count = 2147483648: must be from 1 to 2147483647");
    assert_refused(libnc_classes_from_counts(&classes, context, bad, 3), classes,
                   "counts[1] = 0: must be from 1 to 2^53");
    bad[1] = -4;
    assert_refused(libnc_classes_from_counts(&classes, context, bad, 3), classes,
                   "counts[1] = -4: must be from 1 to 2^53");
    assert_refused(libnc_classes_from_counts(&classes, context, larger, 1), classes,
                   "counts[0] = 9007199254740993: must be from 1 to 2^53");
    assert_refused(libnc_classes_from_counts(&classes, context, huge, 2), classes,
                   "counts: the sum over classes 0 to 1 is 9007199254740993: must be at most 2^53");
}
END_TEST

START_TEST(from_labels)
{
    const int32_t labels[] = {2, 0, 1, 2, 2, 0};
    const int64_t expected[] = {2, 1, 3}, one = 1;
    libnc_classes *classes = NULL;
    ck_assert_int_eq(libnc_classes_from_labels(&classes, context, labels, 6), LIBNC_OK);
    assert_counts(classes, expected, 3);
    ck_assert_int_eq(libnc_classes_from_labels(&classes, context, labels + 1, 1), LIBNC_OK);
    assert_counts(classes, &one, 1);
}
END_TEST

START_TEST(from_labels_refused)
{
    libnc_classes *classes = NULL;
    const int32_t gap[] = {0, 3, 1, 3}, negative[] = {0, -1}, largest[] = {0, INT32_MAX};
    const int32_t large[] = {0, INT32_MAX - 1};
    ck_assert_int_eq(libnc_classes_from_labels(&classes, NULL, gap, 4), LIBNC_ERROR_ARGUMENT);
    assert_refused(libnc_classes_from_labels(NULL, context, gap, 4), classes,
                   "classes = NULL: must be given");
    assert_refused(libnc_classes_from_labels(&classes, context, NULL, 4), classes,
                   "labels = NULL: must be an array of 4 values");
    assert_refused(libnc_classes_from_labels(&classes, context, gap, 0), classes,
                   "count = 0: must be from 1 to 2^53");
    assert_refused(libnc_classes_from_labels(&classes, context, gap, -1), classes,
                   "count = -1: must be from 1 to 2^53");
    assert_refused(libnc_classes_from_labels(&classes, context, gap, INT64_MAX), classes,
                   "count = 9223372036854775807: must be from 1 to 2^53");
    assert_refused(libnc_classes_from_labels(&classes, context, gap, 4), classes,
                   "labels: class 2 has no sample: every class up to the largest label, 3, must "
                   "occur; number labels with gaps anew");
    assert_refused(libnc_classes_from_labels(&classes, context, negative, 2), classes,
                   "labels[1] = -1: must be from 0 to 2147483646");
    assert_refused(libnc_classes_from_labels(&classes, context, largest, 2), classes,
                   "labels[1] = 2147483647: must be from 0 to 2147483646");
    memory.largest = 0;
    assert_refused(libnc_classes_from_labels(&classes, context, large, 2), classes,
                   "labels: class 1 has no sample: every class up to the largest label, "
                   "2147483646, must occur; number labels with gaps anew");
    ck_assert_int_lt(memory.largest, 1000); /* a large label costs no memory */
}
END_TEST

START_TEST(balanced)
{
    const int64_t expected[] = {7, 7, 7};
    libnc_classes *classes = NULL;
    ck_assert_int_eq(libnc_classes_balanced(&classes, context, 3, 7), LIBNC_OK);
    assert_counts(classes, expected, 3);
    ck_assert_int_eq(libnc_classes_balanced(&classes, NULL, 3, 7), LIBNC_ERROR_ARGUMENT);
    classes = NULL;
    assert_refused(libnc_classes_balanced(NULL, context, 3, 7), classes,
                   "classes = NULL: must be given");
    assert_refused(libnc_classes_balanced(&classes, context, 0, 7), classes,
                   "class_count = 0: must be from 1 to 2147483647");
    assert_refused(libnc_classes_balanced(&classes, context, 3, 0), classes,
                   "n = 0: must be from 1 to 2^53");
    assert_refused(libnc_classes_balanced(&classes, context, 3, INT64_MAX), classes,
                   "n = 9223372036854775807: must be from 1 to 2^53");
    assert_refused(libnc_classes_balanced(&classes, context, 3, two53 / 2), classes,
                   "class_count = 3: the sum of the counts must be at most 2^53");
    memory.largest = 0; /* and no memory is asked for */
    ck_assert_int_eq(libnc_classes_balanced(&classes, context, INT32_MAX, two53),
                     LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(memory.largest, 0);
}
END_TEST

START_TEST(step)
{
    const int64_t expected[] = {9, 9, 2, 2, 2}, all[] = {9, 9}, none[] = {2, 2};
    libnc_classes *classes = NULL;
    ck_assert_int_eq(libnc_classes_step(&classes, context, 5, 2, 9, 2), LIBNC_OK);
    assert_counts(classes, expected, 5);
    ck_assert_int_eq(libnc_classes_step(&classes, context, 2, 2, 9, 2), LIBNC_OK);
    assert_counts(classes, all, 2);
    ck_assert_int_eq(libnc_classes_step(&classes, context, 2, 0, 9, 2), LIBNC_OK);
    assert_counts(classes, none, 2);
    classes = NULL;
    ck_assert_int_eq(libnc_classes_step(&classes, NULL, 5, 2, 9, 2), LIBNC_ERROR_ARGUMENT);
    assert_refused(libnc_classes_step(NULL, context, 5, 2, 9, 2), classes,
                   "classes = NULL: must be given");
    assert_refused(libnc_classes_step(&classes, context, -1, 2, 9, 2), classes,
                   "class_count = -1: must be from 1 to 2147483647");
    assert_refused(libnc_classes_step(&classes, context, 5, 6, 9, 2), classes,
                   "majority_classes = 6: must be from 0 to 5");
    assert_refused(libnc_classes_step(&classes, context, 5, -1, 9, 2), classes,
                   "majority_classes = -1: must be from 0 to 5");
    assert_refused(libnc_classes_step(&classes, context, 5, 2, 0, 2), classes,
                   "majority_count = 0: must be from 1 to 2^53");
    assert_refused(libnc_classes_step(&classes, context, 5, 2, 9, -2), classes,
                   "minority_count = -2: must be from 1 to 2^53");
    assert_refused(libnc_classes_step(&classes, context, 5, 2, two53 / 2 - 1, 1), classes,
                   "class_count = 5: the sum of the counts must be at most 2^53");
    assert_refused(libnc_classes_step(&classes, context, 5, 2, 1, two53 / 2), classes,
                   "class_count = 5: the sum of the counts must be at most 2^53");
    const int64_t largest[] = {two53 / 2 - 1, two53 / 2 - 1, 2};
    ck_assert_int_eq(libnc_classes_step(&classes, context, 3, 2, two53 / 2 - 1, 2), LIBNC_OK);
    assert_counts(classes, largest, 3);
}
END_TEST

/* Geometric sequences of whole numbers come out whole although pow() is inexact. */
START_TEST(long_tailed)
{
    static const struct {
        int64_t largest;
        double ratio;
        int64_t count, expected[5];
    } cases[] = {
        {1000, 1000, 4, {1000, 100, 10, 1}},
        {5000, 100, 3, {5000, 500, 50}},
        {81, 81, 5, {81, 27, 9, 3, 1}},
        {625, 625, 5, {625, 125, 25, 5, 1}},
        {4900, 49, 3, {4900, 700, 100}},
        {10, 3, 2, {10, 3}},
        {5, 1e300, 3, {5, 1, 1}},
        {6, 1, 3, {6, 6, 6}},
        {8, 100, 1, {8}},
        {1, 1, 1, {1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        libnc_classes *classes = NULL;
        ck_assert_int_eq(libnc_classes_long_tailed(&classes, context, cases[i].count,
                                                   cases[i].largest, cases[i].ratio),
                         LIBNC_OK);
        assert_counts(classes, cases[i].expected, cases[i].count);
    }
    libnc_classes *classes = NULL; /* every n is the floor of its formula, in long double */
    ck_assert_int_eq(libnc_classes_long_tailed(&classes, context, 100, 500, 37.5), LIBNC_OK);
    for (int k = 0; k < 100; k++)
        ck_assert_int_eq(libnc_classes_counts(classes)[k],
                         (int64_t)floorl(500 * powl(37.5L, -k / 99.0L)));
    libnc_classes_destroy(classes);
}
END_TEST

START_TEST(long_tailed_refused)
{
    libnc_classes *classes = NULL;
    ck_assert_int_eq(libnc_classes_long_tailed(&classes, NULL, 3, 9, 2), LIBNC_ERROR_ARGUMENT);
    assert_refused(libnc_classes_long_tailed(NULL, context, 3, 9, 2), classes,
                   "classes = NULL: must be given");
    assert_refused(libnc_classes_long_tailed(&classes, context, 0, 9, 2), classes,
                   "class_count = 0: must be from 1 to 2147483647");
    assert_refused(libnc_classes_long_tailed(&classes, context, 3, 0, 2), classes,
                   "largest = 0: must be from 1 to 2^53");
    assert_refused(libnc_classes_long_tailed(&classes, context, 3, 9, 0.5), classes,
                   "ratio = 0.5: must be at least 1 and finite");
    assert_refused(libnc_classes_long_tailed(&classes, context, 3, 9, INFINITY), classes,
                   "ratio = inf: must be at least 1 and finite");
    ck_assert_int_eq(libnc_classes_long_tailed(&classes, context, 3, 9, NAN), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_classes_long_tailed(&classes, context, 3, two53, 1),
                     LIBNC_ERROR_ARGUMENT); /* the sum */
    ck_assert_ptr_null(classes);
}
END_TEST

START_TEST(labels)
{
    const int64_t given[] = {2, 1, 3};
    const int32_t expected[] = {0, 0, 1, 2, 2, 2};
    int32_t written[6] = {9, 9, 9, 9, 9, 9};
    libnc_classes *classes = NULL;
    ck_assert_int_eq(libnc_classes_from_counts(&classes, context, given, 3), LIBNC_OK);
    ck_assert_int_eq(libnc_classes_labels(NULL, written, 6), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_classes_labels(classes, NULL, 6), LIBNC_ERROR_ARGUMENT);
    const size_t wrong[] = {0, 5, 7, SIZE_MAX};
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(libnc_classes_labels(classes, written, wrong[i]), LIBNC_ERROR_DIMENSION);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "must be the number of samples, 6"));
    ck_assert_int_eq(written[0], 9);
    ck_assert_int_eq(libnc_classes_labels(classes, written, 6), LIBNC_OK);
    ck_assert_mem_eq(written, expected, sizeof expected);
    libnc_classes_destroy(classes);
}
END_TEST

START_TEST(null_handle)
{
    libnc_classes_destroy(NULL);
    ck_assert_int_eq(libnc_classes_count(NULL), 0);
    ck_assert_int_eq(libnc_classes_samples(NULL), 0);
    ck_assert_ptr_null(libnc_classes_counts(NULL));
    ck_assert_int_eq(libnc_classes_is_balanced(NULL), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("classes");
    TCase *tests = add_case(suite, "classes", 20);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, from_counts);
    tcase_add_test(tests, from_counts_refused);
    tcase_add_test(tests, from_labels);
    tcase_add_test(tests, from_labels_refused);
    tcase_add_test(tests, balanced);
    tcase_add_test(tests, step);
    tcase_add_test(tests, long_tailed);
    tcase_add_test(tests, long_tailed_refused);
    tcase_add_test(tests, labels);
    tcase_add_test(tests, null_handle);
    return run_suite(suite);
}
