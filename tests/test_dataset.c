/* SPDX-License-Identifier: MIT
 *
 * test_dataset.c: datasets in memory, synthetic clusters, selections, splits, orders.
 */
#include "support/context_fixture.h"

#include <float.h>
#include <libnc/dataset.h>
#include <math.h>
#include <stdio.h>

static libnc_classes *make_classes(const int64_t *n, int64_t count)
{
    libnc_classes *classes = NULL;
    ck_assert_int_eq(libnc_classes_from_counts(&classes, context, n, count), LIBNC_OK);
    return classes;
}

/* 12 samples of 3 classes, 5, 4 and 3, mixed; input i is (i, -i). */
enum { N = 12 };
static const int32_t some_labels[N] = {0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 0};

static libnc_dataset *make_dataset(int32_t scalar)
{
    double wide[2 * N];
    float narrow[2 * N];
    for (int i = 0; i < N; i++) {
        wide[2 * i] = i;
        wide[2 * i + 1] = -i;
    }
    for (int i = 0; i < 2 * N; i++)
        narrow[i] = (float)wide[i];
    libnc_dataset *dataset = NULL;
    ck_assert_int_eq(
        libnc_dataset_from_memory(&dataset, context, scalar,
                                  scalar == LIBNC_FLOAT64 ? (void *)wide : (void *)narrow,
                                  some_labels, N, 2),
        LIBNC_OK);
    return dataset;
}

static double input(const libnc_dataset *dataset, int64_t row, int64_t column)
{
    int64_t at = row * libnc_dataset_width(dataset) + column;
    return libnc_dataset_scalar(dataset) == LIBNC_FLOAT64
               ? ((const double *)libnc_dataset_inputs(dataset))[at]
               : (double)((const float *)libnc_dataset_inputs(dataset))[at];
}

/* Every row of `part` is a row of make_dataset() with its label, in class order; marks which. */
static void assert_rows(const libnc_dataset *part, int used[N])
{
    const int32_t *labels = libnc_dataset_labels(part);
    for (int64_t i = 0; i < libnc_dataset_count(part); i++) {
        int original = (int)input(part, i, 0);
        ck_assert_double_eq(input(part, i, 1), -original);
        ck_assert_int_eq(labels[i], some_labels[original]);
        ck_assert(i == 0 || labels[i - 1] <= labels[i]);
        used[original]++;
    }
}

/* ---- from memory ---- */

START_TEST(from_memory)
{
    for (int32_t scalar = LIBNC_FLOAT64; scalar <= LIBNC_FLOAT32; scalar++) {
        const int64_t expected[] = {5, 4, 3};
        libnc_dataset *dataset = make_dataset(scalar);
        ck_assert_int_eq(libnc_dataset_count(dataset), N);
        ck_assert_int_eq(libnc_dataset_width(dataset), 2);
        ck_assert_int_eq(libnc_dataset_scalar(dataset), scalar);
        ck_assert_mem_eq(libnc_dataset_labels(dataset), some_labels, sizeof some_labels);
        for (int i = 0; i < N; i++)
            ck_assert(input(dataset, i, 0) == i && input(dataset, i, 1) == -i);
        const libnc_classes *classes = libnc_dataset_classes(dataset);
        ck_assert_int_eq(libnc_classes_count(classes), 3);
        ck_assert_mem_eq(libnc_classes_counts(classes), expected, sizeof expected);
        libnc_dataset_destroy(dataset);
    }
}
END_TEST

START_TEST(one_sample_one_value)
{
    double value = -DBL_MAX;
    int32_t label = 0;
    libnc_dataset *dataset = NULL;
    ck_assert_int_eq(
        libnc_dataset_from_memory(&dataset, context, LIBNC_FLOAT64, &value, &label, 1, 1),
        LIBNC_OK);
    ck_assert_double_eq(input(dataset, 0, 0), -DBL_MAX);
    int64_t order = 7;
    ck_assert_int_eq(libnc_dataset_order(dataset, 1, 1, &order, 1), LIBNC_OK);
    ck_assert_int_eq(order, 0);
    libnc_dataset_destroy(dataset);
}
END_TEST

static void assert_refused(libnc_status status, libnc_status code, const libnc_dataset *dataset,
                           const char *text)
{
    ck_assert_int_eq(status, code);
    ck_assert_str_eq(libnc_context_error(context), text);
    ck_assert_ptr_null(dataset);
}

START_TEST(from_memory_refused)
{
    const double x[4] = {1, 2, 3, 4};
    const int32_t labels[2] = {0, 1}, gap[2] = {0, 2}, negative[2] = {-7, 0};
    const libnc_status argument = LIBNC_ERROR_ARGUMENT;
    libnc_dataset *d = NULL;
    ck_assert_int_eq(libnc_dataset_from_memory(&d, NULL, LIBNC_FLOAT64, x, labels, 2, 2), argument);
    assert_refused(libnc_dataset_from_memory(NULL, context, LIBNC_FLOAT64, x, labels, 2, 2),
                   argument, d, "dataset = NULL: must be given");
    assert_refused(libnc_dataset_from_memory(&d, context, 0, x, labels, 2, 2), argument, d,
                   "scalar = 0: must be LIBNC_FLOAT64 or LIBNC_FLOAT32");
    assert_refused(libnc_dataset_from_memory(&d, context, 3, x, labels, 2, 2), argument, d,
                   "scalar = 3: must be LIBNC_FLOAT64 or LIBNC_FLOAT32");
    assert_refused(libnc_dataset_from_memory(&d, context, LIBNC_FLOAT64, NULL, labels, 2, 2),
                   argument, d, "inputs = NULL: must be given");
    assert_refused(libnc_dataset_from_memory(&d, context, LIBNC_FLOAT64, x, NULL, 2, 2), argument,
                   d, "labels = NULL: must be given");
    assert_refused(libnc_dataset_from_memory(&d, context, LIBNC_FLOAT64, x, labels, 0, 2), argument,
                   d, "count = 0: must be from 1 to 2147483647");
    assert_refused(libnc_dataset_from_memory(&d, context, LIBNC_FLOAT64, x, labels, INT64_MAX, 2),
                   argument, d, "count = 9223372036854775807: must be from 1 to 2147483647");
    assert_refused(libnc_dataset_from_memory(&d, context, LIBNC_FLOAT64, x, labels, 2, -1),
                   argument, d, "width = -1: must be from 1 to 2147483647");
    assert_refused(libnc_dataset_from_memory(&d, context, LIBNC_FLOAT64, x, gap, 2, 2), argument, d,
                   "labels: class 1 has no sample: every class up to the largest label, 2, must "
                   "occur; number labels with gaps anew");
    assert_refused(libnc_dataset_from_memory(&d, context, LIBNC_FLOAT64, x, negative, 2, 2),
                   argument, d, "labels[0] = -7: must be from 0 to 2147483646");
}
END_TEST

START_TEST(from_memory_not_finite)
{
    const int32_t labels[3] = {0, 0, 0};
    const double bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 9; i++) {
        double wide[9] = {0};
        float narrow[9] = {0};
        char text[64];
        libnc_dataset *d = NULL;
        wide[i] = bad[i % 3];
        narrow[i] = (float)bad[i % 3];
        snprintf(text, sizeof text, "inputs: row %d, column %d: must be finite", i / 3, i % 3);
        assert_refused(libnc_dataset_from_memory(&d, context, LIBNC_FLOAT64, wide, labels, 3, 3),
                       LIBNC_ERROR_NOT_FINITE, d, text);
        assert_refused(libnc_dataset_from_memory(&d, context, LIBNC_FLOAT32, narrow, labels, 3, 3),
                       LIBNC_ERROR_NOT_FINITE, d, text);
    }
}
END_TEST

START_TEST(null_dataset)
{
    int64_t order[1];
    libnc_dataset *a = NULL, *b = NULL;
    libnc_classes *one = make_classes((const int64_t[]){1}, 1);
    libnc_dataset_destroy(NULL);
    ck_assert_int_eq(libnc_dataset_count(NULL), 0);
    ck_assert_int_eq(libnc_dataset_width(NULL), 0);
    ck_assert_int_eq(libnc_dataset_scalar(NULL), 0);
    ck_assert_ptr_null(libnc_dataset_inputs(NULL));
    ck_assert_ptr_null(libnc_dataset_labels(NULL));
    ck_assert_ptr_null(libnc_dataset_classes(NULL));
    ck_assert_int_eq(libnc_dataset_select(&a, NULL, one, 1), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_dataset_split(&a, &b, NULL, 0.5, 1), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_dataset_order(NULL, 1, 1, order, 1), LIBNC_ERROR_ARGUMENT);
    libnc_classes_destroy(one);
}
END_TEST

/* ---- synthetic clusters ---- */

/* Class means and within-class variances against separation u_k + noise N(0, I), |u_k| = 1. */
static void check_clusters(int32_t scalar)
{
    enum { K = 3, P = 20 };
    const int64_t n[K] = {4000, 1000, 2000};
    const double separation = 3, noise = 0.5;
    libnc_classes *classes = make_classes(n, K);
    libnc_dataset *d = NULL;
    ck_assert_int_eq(libnc_dataset_gaussian(&d, classes, scalar, P, separation, noise, 5),
                     LIBNC_OK);
    libnc_classes_destroy(classes); /* the dataset has its own */
    ck_assert_int_eq(libnc_dataset_count(d), 7000);
    ck_assert_int_eq(libnc_dataset_scalar(d), scalar);
    ck_assert_mem_eq(libnc_classes_counts(libnc_dataset_classes(d)), n, sizeof n);
    double means[K][P] = {{0}};
    int64_t row = 0;
    for (int k = 0; k < K; k++) {
        int64_t first = row;
        double square = 0, spread = 0;
        for (; row < first + n[k]; row++) {
            ck_assert_int_eq(libnc_dataset_labels(d)[row], k);
            for (int j = 0; j < P; j++)
                means[k][j] += input(d, row, j) / (double)n[k];
        }
        for (int j = 0; j < P; j++)
            square += means[k][j] * means[k][j];
        for (int64_t i = first; i < row; i++)
            for (int j = 0; j < P; j++)
                spread += pow(input(d, i, j) - means[k][j], 2) / (double)((n[k] - 1) * P);
        /* |mean|^2 = separation^2 + 2 separation e + .., e of standard deviation noise/sqrt n */
        double error = noise / sqrt((double)n[k]);
        ck_assert_double_eq_tol(sqrt(square), separation, 5 * error);
        ck_assert_double_eq_tol(spread, noise * noise,
                                5 * noise * noise * sqrt(2.0 / (double)(n[k] * P)));
    }
    for (int k = 1; k < K; k++) { /* directions differ: |cos| is about 1/sqrt P */
        double product = 0;
        for (int j = 0; j < P; j++)
            product += means[k][j] * means[k - 1][j];
        ck_assert_double_lt(fabs(product), 0.8 * separation * separation);
    }
    libnc_dataset_destroy(d);
}

START_TEST(gaussian_clusters)
{
    check_clusters(LIBNC_FLOAT64);
    check_clusters(LIBNC_FLOAT32);
}
END_TEST

START_TEST(gaussian_edges)
{
    libnc_classes *classes = make_classes((const int64_t[]){2, 1}, 2);
    libnc_dataset *d = NULL, *narrow = NULL, *again = NULL, *other = NULL;
    ck_assert_int_eq(libnc_dataset_gaussian(&d, classes, LIBNC_FLOAT64, 4, 1, 0, 9), LIBNC_OK);
    for (int i = 0; i < 3; i++) { /* no noise: the centres, of length 1 */
        double square = 0;
        for (int j = 0; j < 4; j++) {
            square += input(d, i, j) * input(d, i, j);
            ck_assert(i == 2 || input(d, i, j) == input(d, 0, j));
        }
        ck_assert_double_eq_tol(square, 1, 1e-15);
    }
    libnc_dataset_destroy(d);
    ck_assert_int_eq(libnc_dataset_gaussian(&d, classes, LIBNC_FLOAT64, 4, 2, 1, 9), LIBNC_OK);
    ck_assert_int_eq(libnc_dataset_gaussian(&again, classes, LIBNC_FLOAT64, 4, 2, 1, 9), LIBNC_OK);
    ck_assert_int_eq(libnc_dataset_gaussian(&other, classes, LIBNC_FLOAT64, 4, 2, 1, 10), LIBNC_OK);
    ck_assert_int_eq(libnc_dataset_gaussian(&narrow, classes, LIBNC_FLOAT32, 4, 2, 1, 9), LIBNC_OK);
    ck_assert_mem_eq(libnc_dataset_inputs(d), libnc_dataset_inputs(again), 12 * sizeof(double));
    ck_assert_mem_ne(libnc_dataset_inputs(d), libnc_dataset_inputs(other), 12 * sizeof(double));
    for (int i = 0; i < 12; i++)
        ck_assert_double_eq(input(narrow, i / 4, i % 4), (float)input(d, i / 4, i % 4));
    libnc_dataset_destroy(d);
    libnc_dataset_destroy(again);
    libnc_dataset_destroy(other);
    libnc_dataset_destroy(narrow);
    ck_assert_int_eq(libnc_dataset_gaussian(&d, classes, LIBNC_FLOAT32, 1, 0, 0, 9), LIBNC_OK);
    ck_assert_double_eq(input(d, 2, 0), 0);
    libnc_dataset_destroy(d);
    libnc_classes_destroy(classes);
}
END_TEST

START_TEST(gaussian_refused)
{
    const libnc_status argument = LIBNC_ERROR_ARGUMENT;
    libnc_classes *classes = make_classes((const int64_t[]){2, 1}, 2);
    libnc_classes *many = make_classes((const int64_t[]){(int64_t)1 << 31}, 1);
    libnc_dataset *d = NULL;
    ck_assert_int_eq(libnc_dataset_gaussian(&d, NULL, LIBNC_FLOAT64, 4, 1, 1, 9), argument);
    assert_refused(libnc_dataset_gaussian(NULL, classes, LIBNC_FLOAT64, 4, 1, 1, 9), argument, d,
                   "dataset = NULL: must be given");
    assert_refused(libnc_dataset_gaussian(&d, classes, -1, 4, 1, 1, 9), argument, d,
                   "scalar = -1: must be LIBNC_FLOAT64 or LIBNC_FLOAT32");
    assert_refused(libnc_dataset_gaussian(&d, classes, LIBNC_FLOAT64, 0, 1, 1, 9), argument, d,
                   "width = 0: must be from 1 to 2147483647");
    assert_refused(libnc_dataset_gaussian(&d, many, LIBNC_FLOAT64, 4, 1, 1, 9), argument, d,
                   "samples of classes = 2147483648: must be from 1 to 2147483647");
    assert_refused(libnc_dataset_gaussian(&d, classes, LIBNC_FLOAT64, 4, -1, 1, 9), argument, d,
                   "separation = -1: must be at least 0 and finite");
    assert_refused(libnc_dataset_gaussian(&d, classes, LIBNC_FLOAT64, 4, INFINITY, 1, 9), argument,
                   d, "separation = inf: must be at least 0 and finite");
    ck_assert_int_eq(libnc_dataset_gaussian(&d, classes, LIBNC_FLOAT64, 4, NAN, 1, 9), argument);
    assert_refused(libnc_dataset_gaussian(&d, classes, LIBNC_FLOAT64, 4, 1, -2, 9), argument, d,
                   "noise = -2: must be at least 0 and finite");
    ck_assert_int_eq(libnc_dataset_gaussian(&d, classes, LIBNC_FLOAT64, 4, 1, NAN, 9), argument);
    assert_refused(libnc_dataset_gaussian(&d, classes, LIBNC_FLOAT32, 4, 1e39, 1, 9), argument, d,
                   "separation = 1e+39, noise = 1: inputs must fit the scalar type");
    assert_refused(libnc_dataset_gaussian(&d, classes, LIBNC_FLOAT64, 4, 1, 1e308, 9), argument, d,
                   "separation = 1, noise = 1e+308: inputs must fit the scalar type");
    libnc_classes_destroy(classes);
    libnc_classes_destroy(many);
}
END_TEST

/* ---- selections ---- */

START_TEST(select_samples)
{
    for (int32_t scalar = LIBNC_FLOAT64; scalar <= LIBNC_FLOAT32; scalar++) {
        libnc_dataset *dataset = make_dataset(scalar), *part = NULL;
        const int64_t n[] = {2, 4};
        libnc_classes *wanted = make_classes(n, 2);
        int used[N] = {0};
        int64_t channels, height, width;
        must(libnc_dataset_shape(dataset, &channels, &height, &width));
        ck_assert(channels == 2 && height == 1 && width == 1);
        must(libnc_dataset_set_shape(dataset, 1, 1, 2));
        ck_assert_int_eq(libnc_dataset_select(&part, dataset, wanted, 3), LIBNC_OK);
        libnc_classes_destroy(wanted);
        libnc_dataset_destroy(dataset); /* selections are copies */
        ck_assert_int_eq(libnc_dataset_count(part), 6);
        ck_assert_int_eq(libnc_dataset_width(part), 2);
        must(libnc_dataset_shape(part, &channels, &height, &width));
        ck_assert(channels == 1 && height == 1 && width == 2);
        ck_assert_int_eq(libnc_dataset_scalar(part), scalar);
        ck_assert_int_eq(libnc_classes_count(libnc_dataset_classes(part)), 2);
        ck_assert_mem_eq(libnc_classes_counts(libnc_dataset_classes(part)), n, sizeof n);
        assert_rows(part, used);
        for (int i = 0; i < N; i++) {
            ck_assert_int_le(used[i], 1); /* without replacement */
            ck_assert(some_labels[i] != 1 || used[i] == 1);
        }
        libnc_dataset_destroy(part);
    }
}
END_TEST

START_TEST(selections_are_random_and_nested)
{
    libnc_dataset *dataset = make_dataset(LIBNC_FLOAT64);
    libnc_classes *two = make_classes((const int64_t[]){2, 1, 1}, 3);
    libnc_classes *three = make_classes((const int64_t[]){3, 1, 2}, 3);
    int chosen[N] = {0};
    for (uint64_t seed = 0; seed < 600; seed++) {
        libnc_dataset *small = NULL, *large = NULL;
        int used[N] = {0};
        ck_assert_int_eq(libnc_dataset_select(&small, dataset, two, seed), LIBNC_OK);
        ck_assert_int_eq(libnc_dataset_select(&large, dataset, three, seed), LIBNC_OK);
        assert_rows(small, chosen);
        assert_rows(large, used);
        for (int64_t i = 0; i < libnc_dataset_count(small); i++)
            ck_assert_int_eq(used[(int)input(small, i, 0)], 1);
        libnc_dataset_destroy(small);
        libnc_dataset_destroy(large);
    }
    const double share[3] = {2 / 5.0, 1 / 4.0, 1 / 3.0};
    for (int i = 0; i < N; i++) { /* binomial counts, within four standard deviations */
        double p = share[some_labels[i]];
        ck_assert_double_eq_tol(chosen[i], 600 * p, 4 * sqrt(600 * p * (1 - p)));
    }
    libnc_classes_destroy(two);
    libnc_classes_destroy(three);
    libnc_dataset_destroy(dataset);
}
END_TEST

START_TEST(select_refused)
{
    libnc_dataset *dataset = make_dataset(LIBNC_FLOAT64), *part = NULL;
    libnc_classes *fits = make_classes((const int64_t[]){5, 4, 3}, 3);
    libnc_classes *over = make_classes((const int64_t[]){5, 4, 4}, 3);
    libnc_classes *more = make_classes((const int64_t[]){1, 1, 1, 1}, 4), *foreign = NULL;
    libnc_context *elsewhere = NULL;
    ck_assert_int_eq(libnc_context_create(&elsewhere), LIBNC_OK);
    ck_assert_int_eq(libnc_classes_balanced(&foreign, elsewhere, 2, 1), LIBNC_OK);
    const libnc_status argument = LIBNC_ERROR_ARGUMENT;
    assert_refused(libnc_dataset_select(NULL, dataset, fits, 1), argument, part,
                   "selection = NULL: must be given");
    assert_refused(libnc_dataset_select(&part, dataset, NULL, 1), argument, part,
                   "counts = NULL: must be given");
    assert_refused(libnc_dataset_select(&part, dataset, over, 1), argument, part,
                   "counts[2] = 4: class 2 has only 3 samples");
    assert_refused(libnc_dataset_select(&part, dataset, more, 1), argument, part,
                   "counts: 4 classes: must be at most 3, those of the dataset");
    assert_refused(libnc_dataset_select(&part, dataset, foreign, 1), argument, part,
                   "counts: must be of the same context as the dataset");
    ck_assert_int_eq(libnc_dataset_select(&part, dataset, fits, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_dataset_count(part), N);
    libnc_classes_destroy(foreign);
    libnc_context_destroy(elsewhere);
    libnc_classes_destroy(fits);
    libnc_classes_destroy(over);
    libnc_classes_destroy(more);
    libnc_dataset_destroy(dataset);
    libnc_dataset_destroy(part);
}
END_TEST

/* ---- splits ---- */

START_TEST(split_parts)
{
    static const struct {
        double share;
        int64_t test[3];
    } cases[] = {{0.5, {3, 2, 2}},  {1e-9, {1, 1, 1}}, {0.999, {4, 3, 2}},
                 {0.25, {1, 1, 1}}, {0.4, {2, 2, 1}},  {0.7, {4, 3, 2}}};
    libnc_dataset *dataset = make_dataset(LIBNC_FLOAT32);
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        libnc_dataset *train = NULL, *test = NULL;
        int used[N] = {0};
        ck_assert_int_eq(libnc_dataset_split(&train, &test, dataset, cases[c].share, c), LIBNC_OK);
        assert_rows(train, used);
        assert_rows(test, used);
        for (int i = 0; i < N; i++)
            ck_assert_int_eq(used[i], 1);
        const libnc_classes *a = libnc_dataset_classes(test), *b = libnc_dataset_classes(train);
        ck_assert_mem_eq(libnc_classes_counts(a), cases[c].test, sizeof cases[c].test);
        ck_assert_int_eq(libnc_classes_samples(a), libnc_dataset_count(test));
        ck_assert_int_eq(libnc_classes_samples(b), libnc_dataset_count(train));
        ck_assert_int_eq(libnc_dataset_count(test) + libnc_dataset_count(train), N);
        ck_assert_int_eq(libnc_classes_counts(b)[0], 5 - cases[c].test[0]);
        libnc_dataset_destroy(train);
        libnc_dataset_destroy(test);
    }
    libnc_dataset_destroy(dataset);
}
END_TEST

START_TEST(split_refused)
{
    libnc_dataset *dataset = make_dataset(LIBNC_FLOAT64), *a = NULL, *b = NULL, *single = NULL;
    const libnc_status argument = LIBNC_ERROR_ARGUMENT;
    assert_refused(libnc_dataset_split(NULL, &b, dataset, 0.5, 1), argument, b,
                   "train = NULL: must be given");
    assert_refused(libnc_dataset_split(&a, NULL, dataset, 0.5, 1), argument, a,
                   "test = NULL: must be given");
    assert_refused(libnc_dataset_split(&a, &a, dataset, 0.5, 1), argument, a,
                   "train = test: must be two pointers");
    assert_refused(libnc_dataset_split(&a, &b, dataset, 0, 1), argument, a,
                   "test_share = 0: must be above 0 and below 1");
    assert_refused(libnc_dataset_split(&a, &b, dataset, 1, 1), argument, b,
                   "test_share = 1: must be above 0 and below 1");
    ck_assert_int_eq(libnc_dataset_split(&a, &b, dataset, NAN, 1), argument);
    ck_assert_int_eq(libnc_dataset_split(&a, &b, dataset, -INFINITY, 1), argument);
    const double x[3] = {1, 2, 3};
    const int32_t labels[3] = {0, 1, 0};
    ck_assert_int_eq(libnc_dataset_from_memory(&single, context, LIBNC_FLOAT64, x, labels, 3, 1),
                     LIBNC_OK);
    assert_refused(libnc_dataset_split(&a, &b, single, 0.5, 1), argument, a,
                   "dataset: class 1 has one sample: a split needs two");
    ck_assert_ptr_null(b);
    libnc_dataset_destroy(single);
    libnc_dataset_destroy(dataset);
}
END_TEST

/* ---- orders ---- */

START_TEST(orders)
{
    libnc_dataset *dataset = make_dataset(LIBNC_FLOAT64);
    int64_t order[N], again[N], last[N] = {0};
    int first[N] = {0};
    for (uint64_t epoch = 0; epoch < 1200; epoch++) {
        int used[N] = {0};
        ck_assert_int_eq(libnc_dataset_order(dataset, 4, epoch, order, N), LIBNC_OK);
        ck_assert_int_eq(libnc_dataset_order(dataset, 4, epoch, again, N), LIBNC_OK);
        ck_assert_mem_eq(order, again, sizeof order);
        ck_assert_mem_ne(order, last, sizeof order); /* chance 1/12! */
        for (int i = 0; i < N; i++) {
            ck_assert(order[i] >= 0 && order[i] < N);
            ck_assert_int_eq(used[order[i]]++, 0);
        }
        first[order[0]]++;
        memcpy(last, order, sizeof last);
    }
    double sum = 0;
    for (int i = 0; i < N; i++)
        sum += (first[i] - 100.0) * (first[i] - 100.0) / 100.0;
    ck_assert_double_lt(sum, 31.3); /* chi-square of 11 degrees, 0.1 % */
    ck_assert_int_eq(libnc_dataset_order(dataset, 5, 0, order, N), LIBNC_OK);
    ck_assert_int_eq(libnc_dataset_order(dataset, 4, 0, again, N), LIBNC_OK);
    ck_assert_mem_ne(order, again, sizeof order);
    libnc_dataset_destroy(dataset);
}
END_TEST

START_TEST(orders_refused)
{
    libnc_dataset *dataset = make_dataset(LIBNC_FLOAT64);
    int64_t order[N] = {-1};
    ck_assert_int_eq(libnc_dataset_order(dataset, 1, 1, NULL, N), LIBNC_ERROR_ARGUMENT);
    const size_t wrong[] = {0, N - 1, N + 1, SIZE_MAX};
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(libnc_dataset_order(dataset, 1, 1, order, wrong[i]),
                         LIBNC_ERROR_DIMENSION);
    ck_assert_ptr_nonnull(
        strstr(libnc_context_error(context), "must be the number of samples, 12"));
    ck_assert_int_eq(order[0], -1);
    libnc_dataset_destroy(dataset);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dataset");
    TCase *tests = add_case(suite, "dataset", 30);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, from_memory);
    tcase_add_test(tests, one_sample_one_value);
    tcase_add_test(tests, from_memory_refused);
    tcase_add_test(tests, from_memory_not_finite);
    tcase_add_test(tests, null_dataset);
    tcase_add_test(tests, gaussian_clusters);
    tcase_add_test(tests, gaussian_edges);
    tcase_add_test(tests, gaussian_refused);
    tcase_add_test(tests, select_samples);
    tcase_add_test(tests, selections_are_random_and_nested);
    tcase_add_test(tests, select_refused);
    tcase_add_test(tests, split_parts);
    tcase_add_test(tests, split_refused);
    tcase_add_test(tests, orders);
    tcase_add_test(tests, orders_refused);
    return run_suite(suite);
}
