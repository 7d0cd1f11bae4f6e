/* SPDX-License-Identifier: MIT
 *
 * test_frequency.c: values of each class against all others, and their correlation with counts,
 * against plain loops over pairs and ranks by counting.
 */
#include "support/context_fixture.h"
#include "support/random_values.h"
#include "support/suite.h"

#include <libnc/libnc.h>

#include <math.h>
#include <string.h>

typedef struct scene {
    int64_t classes, width, samples;
    double *features;
    int32_t *labels;
    libnc_report *report;
} scene;

/* Class k has 1 + k % most samples about a mean of its own, one of 7 none. */
static scene make_scene(int64_t classes, int64_t width, int64_t most, double spread)
{
    scene s = {.classes = classes, .width = width};
    for (int64_t k = 0; k < classes; k++)
        s.samples += k % 7 == 3 ? 0 : 1 + k % most;
    double *means = random_values(classes * width, 1, 11);
    s.features = random_values(s.samples * width, spread, 12);
    s.labels = malloc((size_t)s.samples * sizeof *s.labels);
    for (int64_t k = 0, i = 0; k < classes; k++)
        for (int64_t n = k % 7 == 3 ? 0 : 1 + k % most; n > 0; n--, i++) {
            s.labels[i] = (int32_t)k;
            for (int64_t j = 0; j < width; j++)
                s.features[i * width + j] += means[k * width + j];
        }
    free(means);
    must(libnc_report_create(&s.report, context));
    must(libnc_report_measure_arrays(s.report, s.features, s.labels, LIBNC_LABEL_INT32, s.samples,
                                     width, classes, LIBNC_FLOAT64, NULL, NULL));
    return s;
}

static void end_scene(scene *s)
{
    free(s->features);
    free(s->labels);
    libnc_report_destroy(s->report);
}

static double *vector(const scene *s, int32_t which)
{
    double *values = random_values(s->classes, 1, 1);
    must(libnc_report_vector(s->report, which, 1, values, (size_t)s->classes));
    return values;
}

static double inner(const double *a, const double *b, int64_t width)
{
    long double sum = 0;
    for (int64_t j = 0; j < width; j++)
        sum += (long double)a[j] * b[j];
    return (double)sum;
}

/* Centred class means, K x d. */
static double *centred_means(const scene *s, const double *counts)
{
    double *means = calloc((size_t)(s->classes * s->width), sizeof *means);
    double *all = calloc((size_t)s->width, sizeof *all);
    for (int64_t i = 0; i < s->samples; i++)
        for (int64_t j = 0; j < s->width; j++) {
            means[s->labels[i] * s->width + j] +=
                s->features[i * s->width + j] / counts[s->labels[i]];
            all[j] += s->features[i * s->width + j] / (double)s->samples;
        }
    for (int64_t i = 0; i < s->classes * s->width; i++)
        means[i] -= all[i % s->width];
    free(all);
    return means;
}

static const struct {
    int64_t classes, width, most;
} sizes[] = {{5, 3, 4}, {200, 6, 9}, {1300, 4, 3}};

START_TEST(pairs_by_class)
{
    scene s = make_scene(sizes[_i].classes, sizes[_i].width, sizes[_i].most, 0.2);
    double *counts = vector(&s, LIBNC_CLASS_COUNT), *v = vector(&s, LIBNC_CLASS_VARIABILITY);
    double *cdnv = vector(&s, LIBNC_CLASS_CDNV), *nearest = vector(&s, LIBNC_CLASS_NEAREST);
    double *cosine = vector(&s, LIBNC_CLASS_NEAREST_COSINE), *c = centred_means(&s, counts);
    double average = 0, present = 0, whole;
    for (int64_t k = 0; k < s.classes; k++)
        present += counts[k] > 0;
    for (int64_t k = 0; k < s.classes; k++) {
        const double *own = c + k * s.width;
        double sum = 0, best = -2;
        if (counts[k] == 0) {
            ck_assert(isnan(cdnv[k]) && isnan(nearest[k]) && isnan(cosine[k]));
            continue;
        }
        for (int64_t j = 0; j < s.classes; j++) {
            const double *other = c + j * s.width;
            if (j == k || counts[j] == 0)
                continue;
            const double angle = inner(own, other, s.width) / sqrt(inner(own, own, s.width)) /
                                 sqrt(inner(other, other, s.width));
            best = fmax(best, angle);
            double square = 0;
            for (int64_t i = 0; i < s.width; i++)
                square += (own[i] - other[i]) * (own[i] - other[i]);
            sum += (v[k] + v[j]) / (2 * square);
            if (j == (int64_t)nearest[k])
                ck_assert_double_eq_tol(angle, cosine[k], 1e-12);
        }
        ck_assert_double_eq_tol(cosine[k], best, 1e-12);
        ck_assert_double_eq_tol(cdnv[k], sum / (present - 1), 1e-9 * cdnv[k]);
        average += cdnv[k] / present;
    }
    must(libnc_report_value(s.report, LIBNC_METRIC_CDNV, 1, &whole));
    ck_assert_double_eq_tol(whole, average, 1e-10 * whole);
    free(counts), free(v), free(cdnv), free(nearest), free(cosine), free(c);
    end_scene(&s);
}
END_TEST

/* Rank by counting: those below, and half of the others that are the same. */
static double plain_rank(const double *values, int64_t count, int64_t at)
{
    double rank = 0;
    for (int64_t i = 0; i < count; i++)
        rank += values[i] < values[at] ? 1 : i != at && values[i] == values[at] ? 0.5 : 0;
    return rank;
}

static double plain_correlation(const double *x, const double *y, int64_t count)
{
    long double sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
    for (int64_t i = 0; i < count; i++) {
        sx += x[i];
        sy += y[i];
        sxx += (long double)x[i] * x[i];
        syy += (long double)y[i] * y[i];
        sxy += (long double)x[i] * y[i];
    }
    return (double)((count * sxy - sx * sy) /
                    sqrtl((count * sxx - sx * sx) * (count * syy - sy * sy)));
}

START_TEST(correlations)
{
    scene s = make_scene(60, 5, 8, 0.3);
    double *counts = vector(&s, LIBNC_CLASS_COUNT), x[60], y[60], rx[60], ry[60];
    const int32_t which[] = {LIBNC_CLASS_COUNT, LIBNC_CLASS_MEAN_NORM, LIBNC_CLASS_VARIABILITY,
                             LIBNC_CLASS_CDNV, LIBNC_CLASS_NEAREST_ACCURACY};
    double *values = vector(&s, which[_i]), pearson, spearman;
    int64_t kept = 0;
    for (int64_t k = 0; k < s.classes; k++)
        if (counts[k] > 0 && isfinite(values[k])) {
            x[kept] = log(counts[k]);
            y[kept++] = values[k];
        }
    for (int64_t i = 0; i < kept; i++) {
        rx[i] = plain_rank(x, kept, i);
        ry[i] = plain_rank(y, kept, i);
    }
    must(libnc_report_frequency(s.report, which[_i], 1, &pearson, &spearman));
    ck_assert_double_eq_tol(pearson, plain_correlation(x, y, kept), 1e-12);
    ck_assert_double_eq_tol(spearman, plain_correlation(rx, ry, kept), 1e-12);
    free(counts), free(values);
    end_scene(&s);
}
END_TEST

START_TEST(nothing_to_correlate)
{
    const double equal[] = {0, 1, 2, 3}, pair[] = {0, 1, 2};
    const int32_t labels[] = {0, 1, 2, 3}, two[] = {0, 1, 1};
    double pearson = 0, spearman = 0;
    libnc_report *report;
    must(libnc_report_create(&report, context));
    must(libnc_report_measure_arrays(report, equal, labels, LIBNC_LABEL_INT32, 4, 1, 0,
                                     LIBNC_FLOAT64, NULL, NULL));
    must(libnc_report_frequency(report, LIBNC_CLASS_MEAN_NORM, 1, &pearson, &spearman));
    ck_assert(isnan(pearson) && isnan(spearman));
    must(libnc_report_measure_arrays(report, pair, two, LIBNC_LABEL_INT32, 3, 1, 0, LIBNC_FLOAT64,
                                     NULL, NULL));
    must(libnc_report_frequency(report, LIBNC_CLASS_MEAN_NORM, 1, &pearson, &spearman));
    ck_assert(isnan(pearson) && isnan(spearman));
    must(libnc_report_frequency(report, LIBNC_CLASS_CLASSIFIER_NORM, 1, &pearson, &spearman));
    ck_assert(isnan(pearson) && isnan(spearman));
    libnc_report_destroy(report);
}
END_TEST

START_TEST(equal_means)
{
    const double rows[] = {1, 0, 3, 0, 2, 0, 2, 0, 0, 9};
    const int32_t labels[] = {0, 0, 1, 1, 2};
    double values[3];
    libnc_report *report;
    must(libnc_report_create(&report, context));
    must(libnc_report_measure_arrays(report, rows, labels, LIBNC_LABEL_INT32, 5, 2, 0,
                                     LIBNC_FLOAT64, NULL, NULL));
    must(libnc_report_vector(report, LIBNC_CLASS_CDNV, 1, values, 3));
    ck_assert(isnan(values[0]) && isnan(values[1]) && isfinite(values[2]));
    libnc_report_destroy(report);
}
END_TEST

START_TEST(threads_give_the_same_bits)
{
    double *values[2][3];
    for (int t = 0; t < 2; t++) {
        must(libnc_context_set_threads(context, 1));
        scene s = make_scene(700, 9, 3, 0.2);
        must(libnc_context_set_threads(context, t + 1));
        for (int32_t v = 0; v < 3; v++)
            values[t][v] = vector(&s, LIBNC_CLASS_CDNV + v);
        end_scene(&s);
    }
    for (int v = 0; v < 3; v++) {
        ck_assert(memcmp(values[0][v], values[1][v], 700 * sizeof(double)) == 0);
        free(values[0][v]);
        free(values[1][v]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("frequency");
    TCase *tests = add_case(suite, "by class and by count", 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, pairs_by_class, 0, (int)(sizeof sizes / sizeof *sizes));
    tcase_add_loop_test(tests, correlations, 0, 5);
    tcase_add_test(tests, nothing_to_correlate);
    tcase_add_test(tests, equal_means);
    tcase_add_test(tests, threads_give_the_same_bits);
    return run_suite(suite);
}
