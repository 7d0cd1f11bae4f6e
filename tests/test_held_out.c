/* SPDX-License-Identifier: MIT
 *
 * test_held_out.c: held-out samples about training means, against plain loops over samples, and
 * against a report of the training samples themselves.
 */
#include "support/context_fixture.h"
#include "support/random_values.h"
#include "support/suite.h"

#include <libnc/libnc.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { K = 5, D = 2 };

typedef struct sample_set {
    int64_t count;
    double *rows;
    int32_t *labels;
} sample_set;

/* Class k has so many samples. */
static sample_set make_set(const int64_t *counts, double spread, uint64_t seed)
{
    static const double means[K][D] = {{2, 0}, {0, 2.5}, {-2, 0.3}, {0.1, -2}, {1.5, 1.6}};
    sample_set s = {0};
    for (int k = 0; k < K; k++)
        s.count += counts[k];
    s.rows = random_values(s.count * D, spread, seed);
    s.labels = calloc((size_t)s.count + 1, sizeof *s.labels);
    for (int64_t k = 0, i = 0; k < K; k++)
        for (int64_t n = 0; n < counts[k]; n++, i++) {
            s.labels[i] = (int32_t)k;
            for (int c = 0; c < D; c++)
                s.rows[i * D + c] += means[k][c];
        }
    return s;
}

static void free_set(sample_set *s)
{
    free(s->rows);
    free(s->labels);
}

static libnc_accumulator *accumulate(const sample_set *s)
{
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, context, K, D));
    must(libnc_accumulator_update(a, s->rows, LIBNC_FLOAT64, s->count, D, s->labels,
                                  LIBNC_LABEL_INT32));
    return a;
}

static const double classifier[K][D] = {{1, 0}, {0.2, 1}, {-1, 0.1}, {0, -1.3}, {0.9, 0.7}};
static const double bias[K] = {0.1, 0, 0.3, 0, -0.2};

static libnc_report *about_training(const sample_set *training, const sample_set *others)
{
    libnc_report *report;
    libnc_held_out *held_out;
    libnc_accumulator *a = accumulate(training);
    must(libnc_held_out_create(&held_out, a, classifier, bias, LIBNC_FLOAT64));
    libnc_accumulator_destroy(a);
    must(libnc_held_out_update(held_out, others->rows, LIBNC_FLOAT64, others->count, D,
                               others->labels, LIBNC_LABEL_INT32));
    ck_assert_int_eq(libnc_held_out_samples(held_out), others->count);
    must(libnc_report_create(&report, context));
    must(libnc_report_measure_held_out(report, held_out));
    libnc_held_out_destroy(held_out);
    return report;
}

static double value(const libnc_report *report, int32_t metric)
{
    double v;
    must(libnc_report_value(report, metric, 1, &v));
    return v;
}

/* ---- plain loops ---- */

typedef struct plain {
    double counts[K], seen[K], means[K][D], v[K];
    double within[D][D], between[D][D]; /* Sigma_W, Sigma_B */
    double own, right, agreed;          /* shares */
    double cdnv, present;
} plain;

static void add_means(plain *p, const sample_set *training, const sample_set *others)
{
    double all[D] = {0}, N = 0;
    for (int64_t i = 0; i < others->count; i++)
        p->seen[others->labels[i]]++;
    for (int64_t i = 0; i < training->count; i++)
        p->counts[training->labels[i]]++;
    for (int64_t i = 0; i < training->count; i++)
        for (int c = 0; c < D; c++)
            p->means[training->labels[i]][c] +=
                training->rows[i * D + c] / p->counts[training->labels[i]];
    for (int k = 0; k < K; k++)
        for (int c = 0; c < D && p->seen[k] > 0; c++)
            all[c] += p->counts[k] * p->means[k][c];
    for (int k = 0; k < K; k++)
        if (p->seen[k] > 0) {
            N += p->counts[k];
            p->present++;
        }
    for (int k = 0; k < K; k++)
        for (int a = 0; a < D && p->seen[k] > 0; a++)
            for (int b = 0; b < D; b++)
                p->between[a][b] +=
                    (p->means[k][a] - all[a] / N) * (p->means[k][b] - all[b] / N) / p->present;
}

static double squared_distance(const double *x, const double *y)
{
    return (x[0] - y[0]) * (x[0] - y[0]) + (x[1] - y[1]) * (x[1] - y[1]);
}

static void add_sample(plain *p, const double *x, int k, double share)
{
    int nearest = -1, decision = 0;
    for (int j = 0; j < K; j++) {
        if (nearest < 0 ||
            squared_distance(x, p->means[j]) < squared_distance(x, p->means[nearest]))
            nearest = j;
        if (classifier[j][0] * x[0] + classifier[j][1] * x[1] + bias[j] >
            classifier[decision][0] * x[0] + classifier[decision][1] * x[1] + bias[decision])
            decision = j;
    }
    p->own += share * (nearest == k);
    p->right += share * (decision == k);
    p->agreed += share * (decision == nearest);
    p->v[k] += squared_distance(x, p->means[k]) / p->seen[k];
    for (int a = 0; a < D; a++)
        for (int b = 0; b < D; b++)
            p->within[a][b] += share * (x[a] - p->means[k][a]) * (x[b] - p->means[k][b]);
}

static plain measure_plainly(const sample_set *training, const sample_set *others)
{
    plain p = {0};
    add_means(&p, training, others);
    for (int64_t i = 0; i < others->count; i++)
        add_sample(&p, others->rows + i * D, others->labels[i], 1 / (double)others->count);
    for (int i = 0; i < K; i++)
        for (int j = 0; j < K; j++)
            if (i != j && p.seen[i] > 0 && p.seen[j] > 0)
                p.cdnv += (p.v[i] + p.v[j]) / 2 / squared_distance(p.means[i], p.means[j]) /
                          (p.present * (p.present - 1));
    return p;
}

/* tr(A B^-1)/K of 2 x 2 matrices */
static double plain_nc1(const plain *p)
{
    const double(*a)[D] = p->within, (*b)[D] = p->between;
    const double determinant = b[0][0] * b[1][1] - b[0][1] * b[1][0];
    return (a[0][0] * b[1][1] - a[0][1] * b[1][0] - a[1][0] * b[0][1] + a[1][1] * b[0][0]) /
           determinant / p->present;
}

static const int64_t training_counts[][K] = {
    {9, 9, 9, 9, 9}, {30, 12, 5, 7, 1}, {20, 20, 4, 4, 4}, {8, 8, 8, 8, 8}};
static const int64_t other_counts[][K] = {
    {5, 5, 5, 5, 5}, {3, 9, 20, 1, 2}, {6, 6, 0, 6, 6}, {0, 3, 2, 0, 7}};
enum { CASES = sizeof other_counts / sizeof *other_counts };

START_TEST(against_loops)
{
    sample_set training = make_set(training_counts[_i], 0.6, 3);
    sample_set others = make_set(other_counts[_i], 1.5, 4);
    libnc_report *report = about_training(&training, &others);
    const plain p = measure_plainly(&training, &others);
    double v[K];
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_NC1), plain_nc1(&p), 1e-12);
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_CDNV), p.cdnv, 1e-12);
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_CDNV_UNBIASED), p.cdnv, 1e-12);
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_TR_SIGMA_W), p.within[0][0] + p.within[1][1],
                            1e-12);
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_TR_SIGMA_B),
                            p.between[0][0] + p.between[1][1], 1e-12);
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_NC4), p.agreed, 1e-12);
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_ACCURACY), p.right, 1e-12);
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_NEAREST_ACCURACY), p.own, 1e-12);
    must(libnc_report_vector(report, LIBNC_CLASS_VARIABILITY, 1, v, K));
    for (int k = 0; k < K; k++)
        if (p.seen[k] > 0)
            ck_assert_double_eq_tol(v[k], p.v[k], 1e-12);
        else
            ck_assert(isnan(v[k]));
    must(libnc_report_vector(report, LIBNC_CLASS_COUNT, 1, v, K));
    for (int k = 0; k < K; k++)
        ck_assert(v[k] == p.seen[k]);
    libnc_report_destroy(report);
    free_set(&training), free_set(&others);
}
END_TEST

/* The training samples as held-out ones: a report of them, but that nothing is biased, and that
 * NC1 of balanced covariances needs equal counts. */
START_TEST(of_the_training_samples)
{
    sample_set training = make_set(training_counts[_i], 0.6, 3);
    libnc_report *own, *about = about_training(&training, &training);
    const bool is_balanced = training_counts[_i][0] == training_counts[_i][4];
    must(libnc_report_create(&own, context));
    must(libnc_report_measure_arrays(own, training.rows, training.labels, LIBNC_LABEL_INT32,
                                     training.count, D, K, LIBNC_FLOAT64, classifier, bias));
    for (int32_t metric = 1; metric <= libnc_metric_count(); metric++) {
        const double x = value(own, metric), y = value(about, metric);
        if (metric == LIBNC_METRIC_CDNV_UNBIASED)
            ck_assert(y == value(about, LIBNC_METRIC_CDNV));
        else if (metric == LIBNC_METRIC_NC1_CORRECTED) /* its means come from its own samples */
            ck_assert_double_nan(y);
        else if (metric == LIBNC_METRIC_NC1_BALANCED && !is_balanced)
            ck_assert(isnan(y));
        else if (isnan(x))
            ck_assert(isnan(y));
        else
            ck_assert_double_eq_tol(x, y, 1e-12 * (1 + fabs(x)));
    }
    libnc_report_destroy(own);
    libnc_report_destroy(about);
    free_set(&training);
}
END_TEST

/* Batches, types and threads; a training accumulator in its second pass brings its classifier. */
START_TEST(batches_and_types)
{
    sample_set training = make_set(training_counts[1], 0.6, 3);
    sample_set others = make_set(other_counts[1], 1.5, 4);
    const int64_t n = others.count;
    float *floats = malloc((size_t)(n * D) * sizeof *floats);
    int64_t *labels = malloc((size_t)n * sizeof *labels);
    for (int64_t i = 0; i < n * D; i++)
        others.rows[i] = floats[i] = (float)others.rows[i];
    for (int64_t i = 0; i < n; i++)
        labels[i] = others.labels[i];
    libnc_report *whole = about_training(&training, &others), *parts;
    libnc_accumulator *a = accumulate(&training);
    libnc_held_out *held_out;
    must(libnc_accumulator_begin_second_pass(a, classifier, bias, LIBNC_FLOAT64));
    must(libnc_context_set_threads(context, 2));
    must(libnc_held_out_create(&held_out, a, NULL, NULL, 0));
    libnc_accumulator_destroy(a);
    must(libnc_held_out_update(held_out, floats, LIBNC_FLOAT32, 11, D, labels, LIBNC_LABEL_INT64));
    must(libnc_held_out_update(held_out, others.rows + 11 * D, LIBNC_FLOAT64, n - 11, D,
                               others.labels + 11, LIBNC_LABEL_INT32));
    must(libnc_report_create(&parts, context));
    must(libnc_report_measure_held_out(parts, held_out));
    for (int32_t metric = 1; metric <= libnc_metric_count(); metric++) {
        const double x = value(whole, metric), y = value(parts, metric);
        ck_assert(isnan(x) ? isnan(y) : fabs(x - y) <= 1e-13 * (1 + fabs(x)));
    }
    libnc_held_out_destroy(held_out);
    libnc_report_destroy(whole);
    libnc_report_destroy(parts);
    free(floats), free(labels);
    free_set(&training), free_set(&others);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("held_out");
    TCase *tests = add_case(suite, "about training means", 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, against_loops, 0, CASES);
    tcase_add_loop_test(tests, of_the_training_samples, 0, CASES);
    tcase_add_test(tests, batches_and_types);
    return run_suite(suite);
}
