/* SPDX-License-Identifier: MIT
 *
 * test_errors.c: standard errors from groups of samples, against plain loops and against how far
 * numbers do scatter; NC1 without its bias, against the distribution that samples come from.
 */
#include "support/context_fixture.h"
#include "support/random_values.h"
#include "support/suite.h"

#include <libnc/libnc.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { K = 4, MOST_WIDTH = 24, MOST_SAMPLES = 400, GROUPS = 32 };

/* Of the two-sided 95 % interval for 31 degrees of freedom. */
static const double QUANTILE = 2.0395;

/* Normal features of standard deviations 1 .. 2 about means of length `apart`. */
typedef struct scene {
    int64_t width, count[K], samples;
    double means[K * MOST_WIDTH], rows[MOST_SAMPLES * MOST_WIDTH];
    int32_t labels[MOST_SAMPLES];
    uint64_t state;
} scene;

static double deviation(const scene *s, int64_t c)
{
    return 1 + (double)c / (double)s->width;
}

/* Box and Muller, of SplitMix64. */
static double normal(uint64_t *state)
{
    const double u = (uniform(state) + 1) / 2, v = uniform(state);
    return sqrt(-2 * log(u)) * cos(3.141592653589793 * v);
}

static void draw(scene *s)
{
    int64_t i = 0;
    for (int64_t k = 0; k < K; k++)
        for (int64_t n = 0; n < s->count[k]; n++, i++) {
            s->labels[i] = (int32_t)k;
            for (int64_t c = 0; c < s->width; c++)
                s->rows[i * s->width + c] =
                    s->means[k * s->width + c] + deviation(s, c) * normal(&s->state);
        }
    s->samples = i;
}

static scene *scene_of(int64_t width, double apart, const int64_t *count)
{
    scene *s = calloc(1, sizeof *s);
    s->width = width;
    s->state = 5;
    memcpy(s->count, count, sizeof s->count);
    for (int64_t k = 0; k < K; k++) {
        double square = 0;
        for (int64_t c = 0; c < width; c++)
            square += pow(s->means[k * width + c] = normal(&s->state), 2);
        for (int64_t c = 0; c < width; c++)
            s->means[k * width + c] *= apart / sqrt(square);
    }
    draw(s);
    return s;
}

static libnc_accumulator *empty(const scene *s, int64_t groups)
{
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, context, K, s->width));
    must(libnc_options_set_int64(libnc_accumulator_options(a), LIBNC_ACCUMULATOR_OPTION_GROUPS,
                                 groups));
    return a;
}

static void feed(libnc_accumulator *a, const scene *s, int64_t begin, int64_t end, int64_t batch)
{
    for (; begin < end; begin += batch)
        must(libnc_accumulator_update(a, s->rows + begin * s->width, LIBNC_FLOAT64,
                                      end - begin < batch ? end - begin : batch, s->width,
                                      s->labels + begin, LIBNC_LABEL_INT32));
}

static libnc_report *report_of(const libnc_accumulator *a)
{
    libnc_report *report;
    must(libnc_report_create(&report, context));
    must(libnc_report_measure_features(report, &a, NULL, NULL, 1));
    return report;
}

static double value(const libnc_report *report, int32_t metric)
{
    double found;
    must(libnc_report_value(report, metric, 1, &found));
    return found;
}

static double error(const libnc_report *report, int32_t metric)
{
    double found;
    must(libnc_report_error(report, metric, 1, &found));
    return found;
}

static libnc_report *measured(const scene *s, int64_t groups)
{
    libnc_accumulator *a = empty(s, groups);
    feed(a, s, 0, s->samples, 50);
    libnc_report *report = report_of(a);
    libnc_accumulator_destroy(a);
    return report;
}

static const int64_t forty[K] = {40, 40, 40, 40}, five[K] = {5, 5, 5, 5},
                     unequal[K] = {40, 10, 1, 5}, mixed[K] = {40, 30, 20, 20};

/* ---- against loops ---- */

/* tr Sigma_B of the samples that are not in group g; samples of a class take turns. */
static double trace_without(const scene *s, int64_t groups, int64_t g)
{
    double sums[K * MOST_WIDTH] = {0}, count[K] = {0}, centre[MOST_WIDTH] = {0}, trace = 0;
    int64_t seen[K] = {0};
    for (int64_t i = 0; i < s->samples; i++) {
        const int64_t k = s->labels[i];
        const double turn = (double)k * 0.6180339887498949;
        const int64_t first = (int64_t)((turn - floor(turn)) * (double)groups);
        if ((first + seen[k]++) % groups == g)
            continue;
        count[k]++;
        for (int64_t c = 0; c < s->width; c++)
            sums[k * s->width + c] += s->rows[i * s->width + c];
    }
    for (int64_t i = 0; i < K * s->width; i++)
        centre[i % s->width] += (sums[i] /= count[i / s->width]) / K;
    for (int64_t i = 0; i < K * s->width; i++)
        trace += pow(sums[i] - centre[i % s->width], 2) / K;
    return trace;
}

/* Classes of 40 samples in 8 groups of 5 each: nothing is scaled. */
START_TEST(groups_are_left_out)
{
    enum { G = 8 };
    scene *s = scene_of(6, 5, forty);
    double traces[G], mean = 0, squares = 0;
    for (int64_t g = 0; g < G; g++)
        mean += (traces[g] = trace_without(s, G, g)) / G;
    for (int64_t g = 0; g < G; g++)
        squares += pow(traces[g] - mean, 2);
    libnc_report *report = measured(s, G);
    const double expected = sqrt((G - 1.0) / G * squares),
                 found = error(report, LIBNC_METRIC_TR_SIGMA_B);
    ck_assert_double_eq_tol(found / expected, 1, 1e-10);
    libnc_report_destroy(report);
    free(s);
}
END_TEST

/* ---- against scatter ---- */

typedef struct tally {
    double sum, squares, errors, covered;
} tally;

static void add(tally *t, double x, double e, double truth)
{
    t->sum += x;
    t->squares += x * x;
    t->errors += e * e;
    t->covered += fabs(log(x / truth)) < QUANTILE * e / x;
}

static double mean_of(const tally *t, int sets)
{
    return t->sum / sets;
}

static double deviation_of(const tally *t, int sets)
{
    return sqrt(t->squares / sets - pow(mean_of(t, sets), 2));
}

/* NC1 of the distribution: tr(Sigma (C^T C)^+), from means that are known without noise. Its
 * Sigma is diagonal; two samples about each mean, one deviation to each side along each axis. */
static double true_nc1(const scene *s)
{
    scene *exact = calloc(1, sizeof *exact);
    exact->width = s->width;
    memcpy(exact->means, s->means, sizeof s->means);
    for (int64_t k = 0; k < K; k++)
        for (int64_t i = 0; i < 2 * s->width; i++, exact->samples++) {
            double *row = exact->rows + exact->samples * s->width;
            memcpy(row, s->means + k * s->width, (size_t)s->width * sizeof *row);
            row[i / 2] += (i % 2 ? 1 : -1) * sqrt((double)s->width) * deviation(s, i / 2);
            exact->labels[exact->samples] = (int32_t)k;
        }
    libnc_report *report = measured(exact, 0);
    const double found = value(report, LIBNC_METRIC_NC1);
    libnc_report_destroy(report);
    free(exact);
    return found;
}

/* Width above K - 1 and below it: what is left of the bias is within what 3000 averages tell, where
 * N/(N - K) NC1 is off. */
START_TEST(corrected_nc1_is_that_of_the_distribution)
{
    enum { SETS = 3000 };
    static const struct {
        int64_t width, count;
        double apart;
    } cases[] = {{24, 10, 12}, {2, 20, 9}};
    const int64_t n = cases[_i].count, counts[K] = {n, n, n, n};
    scene *s = scene_of(cases[_i].width, cases[_i].apart, counts);
    const double truth = true_nc1(s);
    tally corrected = {0}, plain = {0};
    for (int i = 0; i < SETS; i++) {
        draw(s);
        libnc_report *report = measured(s, 0);
        add(&corrected, value(report, LIBNC_METRIC_NC1_CORRECTED), 0, truth);
        add(&plain, value(report, LIBNC_METRIC_NC1) * (double)n / (double)(n - 1), 0, truth);
        libnc_report_destroy(report);
    }
    const double known = deviation_of(&corrected, SETS) / sqrt(SETS);
    ck_assert_msg(fabs(mean_of(&corrected, SETS) - truth) < 3.5 * known,
                  "truth %g: corrected %g, plain %g, +- %g", truth, mean_of(&corrected, SETS),
                  mean_of(&plain, SETS), known);
    ck_assert_msg(fabs(mean_of(&plain, SETS) - truth) > 5 * known,
                  "truth %g: corrected %g, plain %g, +- %g", truth, mean_of(&corrected, SETS),
                  mean_of(&plain, SETS), known);
    free(s);
}
END_TEST

/* Intervals cover the mean in 95 % of 400 sets, to three deviations of that share; and errors are
 * right by themselves. tests/bench/coverage.py has 2,000 sets of each size. */
START_TEST(intervals_cover)
{
    enum { SETS = 400, METRICS = 3 };
    static const int32_t metrics[METRICS] = {LIBNC_METRIC_NC1, LIBNC_METRIC_CDNV,
                                             LIBNC_METRIC_NC2_EQUINORM_FEATURES};
    static const int64_t *const counts[] = {five, forty, mixed};
    scene *s = scene_of(6, 12, counts[_i]);
    s->means[0] += 8; /* lengths differ */
    tally t[METRICS] = {{0}};
    for (int pass = 1; pass <= 2; pass++) {
        double truths[METRICS];
        s->state = 77;
        for (int m = 0; m < METRICS; m++) {
            truths[m] = mean_of(&t[m], SETS);
            t[m] = (tally){0};
        }
        for (int i = 0; i < SETS; i++) {
            draw(s);
            libnc_report *report = measured(s, pass == 1 ? 0 : GROUPS);
            for (int m = 0; m < METRICS; m++)
                add(&t[m], value(report, metrics[m]), error(report, metrics[m]), truths[m]);
            libnc_report_destroy(report);
        }
    }
    for (int m = 0; m < METRICS; m++) {
        const double share = t[m].covered / SETS;
        const double ratio = sqrt(t[m].errors / SETS) / deviation_of(&t[m], SETS);
        ck_assert_msg(share > 0.915 && share < 0.985, "%s: %g covered",
                      libnc_metric_name(metrics[m]), share);
        ck_assert_msg(ratio > 0.85 && ratio < 1.2, "%s: errors are %g times the deviation",
                      libnc_metric_name(metrics[m]), ratio);
    }
    free(s);
}
END_TEST

/* p (1 - p)/(n - 1) for each class. */
START_TEST(accuracy_has_the_error_of_shares)
{
    scene *s = scene_of(2, 1, five);
    libnc_accumulator *a = empty(s, 4);
    double logits[20 * K] = {0};
    for (int64_t i = 0; i < 20; i++) /* 2, 3, 4 and 5 of 5 are right */
        logits[i * K + (i % 5 < 2 + i / 5 ? i / 5 : (i / 5 + 1) % K)] = 1;
    must(libnc_accumulator_update_logits(a, s->rows, LIBNC_FLOAT64, 20, 2, s->labels,
                                         LIBNC_LABEL_INT32, logits, LIBNC_FLOAT64, K));
    libnc_report *report = report_of(a);
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_ACCURACY), 0.7, 1e-15);
    ck_assert_double_eq_tol(error(report, LIBNC_METRIC_ACCURACY),
                            sqrt((0.24 + 0.24 + 0.16) / 4) / 4, 1e-15);
    libnc_report_destroy(report);
    libnc_accumulator_destroy(a);
    free(s);
}
END_TEST

/* ---- the option ---- */

static void assert_same_errors(const libnc_report *a, const libnc_report *b, double tolerance)
{
    for (int32_t metric = 1; metric <= libnc_metric_count(); metric++) {
        const double x = error(a, metric), y = error(b, metric);
        ck_assert_msg(isnan(x) ? isnan(y) : fabs(x - y) <= tolerance * fabs(x), "%s: %g, not %g",
                      libnc_metric_name(metric), y, x);
    }
}

/* Values have the same bits with groups and without; batches and files change no error. */
START_TEST(groups_change_nothing_else)
{
    char path[] = "/tmp/libnc_errors_XXXXXX";
    ck_assert_int_eq(close(mkstemp(path)), 0);
    scene *s = scene_of(5, 4, unequal);
    libnc_accumulator *a = empty(s, 7), *b = empty(s, 7), *loaded;
    feed(a, s, 0, s->samples, 9);
    feed(b, s, 0, 20, 20);
    must(libnc_accumulator_save(b, path));
    must(libnc_accumulator_load(&loaded, context, path));
    feed(loaded, s, 20, s->samples, 3);
    libnc_report *first = report_of(a), *second = report_of(loaded), *without = measured(s, 0);
    assert_same_errors(first, second, 1e-12);
    for (int32_t metric = 1; metric <= libnc_metric_count(); metric++) {
        const double x = value(first, metric), y = value(without, metric);
        ck_assert(isnan(x) ? isnan(y) : x == y);
        ck_assert_double_nan(error(without, metric));
    }
    libnc_report_destroy(without);
    libnc_report_destroy(second);
    libnc_report_destroy(first);
    libnc_accumulator_destroy(loaded);
    libnc_accumulator_destroy(b);
    libnc_accumulator_destroy(a);
    unlink(path);
    free(s);
}
END_TEST

/* Groups of shards meet: other samples of a class are in each, the errors much the same. */
START_TEST(shards_merge)
{
    scene *s = scene_of(6, 6, forty);
    libnc_accumulator *a = empty(s, 16), *b = empty(s, 16), *none = empty(s, 0);
    feed(a, s, 0, 70, 70);
    feed(b, s, 70, s->samples, 90);
    must(libnc_accumulator_merge(a, b));
    libnc_report *merged = report_of(a), *all = measured(s, 16);
    ck_assert_double_eq_tol(value(merged, LIBNC_METRIC_NC1) / value(all, LIBNC_METRIC_NC1), 1,
                            1e-12);
    ck_assert_double_eq_tol(error(merged, LIBNC_METRIC_NC1) / error(all, LIBNC_METRIC_NC1), 1, 0.5);
    feed(none, s, 0, 10, 10);
    ck_assert_int_eq(libnc_accumulator_merge(a, none), LIBNC_ERROR_ARGUMENT);
    ck_assert_str_eq(libnc_context_error(context), "other: has groups = 0, not 16");
    libnc_report_destroy(all);
    libnc_report_destroy(merged);
    libnc_accumulator_destroy(none);
    libnc_accumulator_destroy(b);
    libnc_accumulator_destroy(a);
    free(s);
}
END_TEST

START_TEST(one_group_is_none)
{
    scene *s = scene_of(2, 3, five);
    libnc_accumulator *a = empty(s, 1);
    ck_assert_int_eq(
        libnc_accumulator_update(a, s->rows, LIBNC_FLOAT64, 3, 2, s->labels, LIBNC_LABEL_INT32),
        LIBNC_ERROR_ARGUMENT);
    ck_assert_str_eq(libnc_context_error(context), "groups = 1: must be 0 or 2 to 1000");
    ck_assert_int_eq(libnc_accumulator_samples(a), 0);
    libnc_accumulator_destroy(a);
    free(s);
}
END_TEST

/* Conventions read the errors of what they read. */
START_TEST(conventions_have_errors)
{
    scene *s = scene_of(6, 6, unequal);
    libnc_report *report = measured(s, 10);
    const double cdnv = error(report, LIBNC_METRIC_CDNV);
    must(libnc_report_set_convention(report, LIBNC_CONVENTION_GALANTI2022));
    ck_assert_double_eq(error(report, LIBNC_METRIC_NC1), cdnv);
    must(libnc_report_set_convention(report, LIBNC_CONVENTION_PAPYAN2020));
    ck_assert_double_gt(error(report, LIBNC_METRIC_NC1), 0);
    libnc_report_destroy(report);
    free(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("errors");
    TCase *tests = add_case(suite, "standard errors", 300);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, groups_are_left_out);
    tcase_add_loop_test(tests, corrected_nc1_is_that_of_the_distribution, 0, 2);
    tcase_add_loop_test(tests, intervals_cover, 0, 3);
    tcase_add_test(tests, accuracy_has_the_error_of_shares);
    tcase_add_test(tests, groups_change_nothing_else);
    tcase_add_test(tests, shards_merge);
    tcase_add_test(tests, one_group_is_none);
    tcase_add_test(tests, conventions_have_errors);
    return run_suite(suite);
}
