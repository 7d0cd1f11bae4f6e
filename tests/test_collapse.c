/* SPDX-License-Identifier: MIT
 *
 * test_collapse.c: statistics and metrics on arrays, each trap of doc/metrics.md included. Oracles:
 * two passes in long double, brute force, a dense pseudo-inverse, closed forms, invariances.
 */
#include "collapse/metrics.h"
#include "collapse/nearest.h"
#include "collapse/statistics.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static libnc_context *context;

static void setup(void)
{
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
}

static void teardown(void)
{
    libnc_context_destroy(context);
}

/* SplitMix64 (Steele, Lea, Flood 2014), uniform on (-1, 1). */
static double uniform(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return ((double)(z >> 11) + 0.5) * 0x1p-52 - 1;
}

/* Samples of K classes: row = centre_k + spread * noise. */
typedef struct sample {
    int64_t classes, width, count;
    double *rows;
    int32_t *labels;
} sample;

static sample sample_create(int64_t classes, int64_t width, const int64_t *counts)
{
    sample s = {classes, width, 0, NULL, NULL};
    for (int64_t k = 0; k < classes; k++)
        s.count += counts[k];
    s.rows = malloc((size_t)(s.count * width) * sizeof(double));
    s.labels = malloc((size_t)s.count * sizeof(int32_t));
    int64_t i = 0;
    for (int64_t k = 0; k < classes; k++)
        for (int64_t n = 0; n < counts[k]; n++)
            s.labels[i++] = (int32_t)k;
    return s;
}

static void sample_clear(sample *s)
{
    free(s->rows);
    free(s->labels);
}

static void fill_clusters(sample *s, const double *centres, double spread, uint64_t seed)
{
    for (int64_t i = 0; i < s->count; i++)
        for (int64_t c = 0; c < s->width; c++)
            s->rows[i * s->width + c] =
                centres[s->labels[i] * s->width + c] + spread * uniform(&seed);
}

static double *random_values(int64_t count, uint64_t seed)
{
    double *values = malloc((size_t)count * sizeof *values);
    for (int64_t i = 0; i < count; i++)
        values[i] = uniform(&seed);
    return values;
}

/* Random order of the samples. */
static void shuffle(sample *s, uint64_t seed)
{
    for (int64_t i = s->count - 1; i > 0; i--) {
        int64_t j = (int64_t)((uniform(&seed) + 1) / 2 * (double)(i + 1));
        int32_t label = s->labels[i];
        s->labels[i] = s->labels[j];
        s->labels[j] = label;
        for (int64_t c = 0; c < s->width; c++) {
            double value = s->rows[i * s->width + c];
            s->rows[i * s->width + c] = s->rows[j * s->width + c];
            s->rows[j * s->width + c] = value;
        }
    }
}

/* ---- statistics ---- */

/* The two-pass definition, in long double. */
typedef struct reference {
    long double *means, *energies, *scatter;
    int64_t *counts;
} reference;

static reference reference_of(const sample *s)
{
    int64_t K = s->classes, d = s->width;
    reference r = {
        calloc((size_t)(K * d), sizeof(long double)), calloc((size_t)K, sizeof(long double)),
        calloc((size_t)(d * d), sizeof(long double)), calloc((size_t)K, sizeof(int64_t))};
    for (int64_t i = 0; i < s->count; i++) {
        r.counts[s->labels[i]]++;
        for (int64_t c = 0; c < d; c++)
            r.means[s->labels[i] * d + c] += (long double)s->rows[i * d + c];
    }
    for (int64_t k = 0; k < K; k++)
        for (int64_t c = 0; c < d; c++)
            r.means[k * d + c] /= r.counts[k] > 0 ? r.counts[k] : 1;
    for (int64_t i = 0; i < s->count; i++) {
        const double *x = s->rows + i * d;
        const long double *mean = r.means + s->labels[i] * d;
        for (int64_t a = 0; a < d; a++) {
            r.energies[s->labels[i]] += (x[a] - mean[a]) * (x[a] - mean[a]);
            for (int64_t b = 0; b < d; b++)
                r.scatter[a * d + b] += (x[a] - mean[a]) * (x[b] - mean[b]);
        }
    }
    return r;
}

static void reference_clear(reference *r)
{
    free(r->means);
    free(r->energies);
    free(r->scatter);
    free(r->counts);
}

static nc__statistics *statistics_of(const sample *s, int64_t batch, bool scatter)
{
    nc__statistics *statistics;
    ck_assert_int_eq(nc__statistics_create(&statistics, context, s->classes, s->width, scatter),
                     LIBNC_OK);
    for (int64_t begin = 0; begin < s->count; begin += batch) {
        int64_t count = s->count - begin < batch ? s->count - begin : batch;
        ck_assert_int_eq(
            nc__statistics_update(statistics, s->rows + begin * s->width, count, s->labels + begin),
            LIBNC_OK);
    }
    return statistics;
}

/* Everything relative to its own size; deviations of the means relative to the spread. */
static void assert_statistics(const nc__statistics *statistics, const sample *s, double spread,
                              double tolerance)
{
    reference r = reference_of(s);
    int64_t d = s->width;
    long double norm = 0, error = 0;
    double *means = malloc((size_t)(s->classes * d) * sizeof *means);
    nc__statistics_means(statistics, means);
    ck_assert_int_eq(statistics->samples, s->count);
    for (int64_t k = 0; k < s->classes; k++) {
        ck_assert_int_eq(statistics->counts[k], r.counts[k]);
        ck_assert_double_le(fabsl(statistics->energies[k] - r.energies[k]),
                            tolerance * (double)r.energies[k]);
        for (int64_t c = k * d; c < (k + 1) * d; c++) {
            long double mean =
                (long double)statistics->references[c] + (long double)statistics->offsets[c];
            ck_assert_double_le(fabsl(mean - r.means[c]), tolerance * spread);
            ck_assert_double_le(fabsl(means[c] - r.means[c]), 2 * DBL_EPSILON * fabsl(r.means[c]));
        }
    }
    for (int64_t c = 0; statistics->scatter && c < d * d; c++) {
        norm += r.scatter[c] * r.scatter[c];
        error += (statistics->scatter[c] - r.scatter[c]) * (statistics->scatter[c] - r.scatter[c]);
    }
    ck_assert_double_le(sqrtl(error), tolerance * sqrtl(norm));
    free(means);
    reference_clear(&r);
}

enum { K_NEAR = 4, D_NEAR = 6 };

/* Near collapse: spread 1e-6 of the mean. */
static sample near_collapse(double spread)
{
    static const int64_t counts[K_NEAR] = {300, 1, 257, 20};
    sample s = sample_create(K_NEAR, D_NEAR, counts);
    double *centres = random_values(K_NEAR * D_NEAR, 1);
    for (int64_t i = 0; i < K_NEAR * D_NEAR; i++)
        centres[i] += 2;
    fill_clusters(&s, centres, spread, 2);
    free(centres);
    return s;
}

/* A wrong one: E[x^2] - mean^2 loses 12 of 16 digits here, as the last lines show. */
START_TEST(statistics_near_collapse)
{
    sample s = near_collapse(1e-6);
    static const int64_t batches[] = {1, 7, 255, 256, 257, 100000};
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        nc__statistics *statistics = statistics_of(&s, batches[i], true);
        assert_statistics(statistics, &s, 1e-6, 1e-12);
        nc__statistics_destroy(statistics);
    }
    double sum = 0, squares = 0, energy = 0;
    for (int64_t i = 0; i < 300; i++) {
        sum += s.rows[i * D_NEAR];
        squares += s.rows[i * D_NEAR] * s.rows[i * D_NEAR];
    }
    for (int64_t i = 0; i < 300; i++)
        energy += pow(s.rows[i * D_NEAR] - sum / 300, 2);
    ck_assert_double_gt(fabs(squares - sum * sum / 300 - energy), 1e-6 * energy);
    sample_clear(&s);
}
END_TEST

START_TEST(statistics_any_order)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        sample s = near_collapse(1e-6);
        shuffle(&s, seed);
        nc__statistics *statistics = statistics_of(&s, 13 * (int64_t)seed, true);
        assert_statistics(statistics, &s, 1e-6, 1e-12);
        nc__statistics_destroy(statistics);
        sample_clear(&s);
    }
}
END_TEST

/* A wrong one: shifting by the first sample and correcting once at the end cancels when that sample
 * lies 1e4 spreads from the rest. */
START_TEST(statistics_first_sample_is_an_outlier)
{
    static const int64_t counts[2] = {2000, 2000};
    sample s = sample_create(2, 3, counts);
    const double centres[6] = {1, 2, 3, -1, 5, 2};
    fill_clusters(&s, centres, 1e-6, 3);
    s.rows[0] += 0.01;
    nc__statistics *statistics = statistics_of(&s, 100, true);
    reference r = reference_of(&s);
    assert_statistics(statistics, &s, 1e-6, 1e-11);
    /* coordinates that the outlier does not touch keep all their digits */
    for (int64_t c = 4; c < 9; c++)
        if (c != 6)
            ck_assert_double_le(fabsl(statistics->scatter[c] - r.scatter[c]),
                                1e-11 * (double)r.scatter[4]);
    reference_clear(&r);
    nc__statistics_destroy(statistics);
    sample_clear(&s);
}
END_TEST

/* A wrong one: merging rounded means, whose difference of 1e-7 has an error of 1e-16. */
START_TEST(statistics_merge_any_parts)
{
    sample s = near_collapse(1e-6);
    for (uint64_t seed = 0; seed < 4; seed++) {
        if (seed > 0)
            shuffle(&s, seed); /* first without: parts with classes missing */
        const int64_t ends[] = {0, 5, 299, 301, 500, s.count};
        nc__statistics *all;
        ck_assert_int_eq(nc__statistics_create(&all, context, K_NEAR, D_NEAR, true), LIBNC_OK);
        for (int i = 0; i < 5; i++) {
            sample part = {K_NEAR, D_NEAR, ends[i + 1] - ends[i], s.rows + ends[i] * D_NEAR,
                           s.labels + ends[i]};
            nc__statistics *statistics = statistics_of(&part, 50, true);
            nc__statistics_merge(all, statistics);
            nc__statistics_destroy(statistics);
        }
        assert_statistics(all, &s, 1e-6, 1e-12);
        nc__statistics_destroy(all);
    }
    sample_clear(&s);
}
END_TEST

/* More classes than rows in a block, one sample each: S_W = 0, merged with itself stays 0. */
START_TEST(statistics_many_classes)
{
    enum { K = 600 };
    int64_t counts[K];
    for (int k = 0; k < K; k++)
        counts[k] = 1;
    sample s = sample_create(K, 2, counts);
    double *centres = random_values(2 * K, 5);
    fill_clusters(&s, centres, 0, 1);
    nc__statistics *a = statistics_of(&s, 10000, true), *b = statistics_of(&s, 3, true);
    nc__statistics_merge(a, b);
    ck_assert_int_eq(a->samples, 2 * K);
    for (int64_t c = 0; c < 4; c++)
        ck_assert_double_eq(a->scatter[c], 0);
    for (int64_t k = 0; k < K; k++) {
        ck_assert_int_eq(a->counts[k], 2);
        ck_assert_double_eq(a->energies[k], 0);
    }
    nc__statistics_destroy(a);
    nc__statistics_destroy(b);
    free(centres);
    sample_clear(&s);
}
END_TEST

START_TEST(statistics_errors_change_nothing)
{
    sample s = near_collapse(1e-6);
    nc__statistics *statistics = statistics_of(&s, 100, true);
    double rows[2 * D_NEAR] = {1, 2, 3, 4, 5, 6, 7, 8, NAN, 10, 11, 12};
    int32_t labels[2] = {0, 1};
    ck_assert_int_eq(nc__statistics_update(statistics, rows, 2, labels), LIBNC_ERROR_NOT_FINITE);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "row 1"));
    rows[8] = 9;
    labels[0] = K_NEAR;
    ck_assert_int_eq(nc__statistics_update(statistics, rows, 2, labels), LIBNC_ERROR_ARGUMENT);
    labels[0] = -1;
    ck_assert_int_eq(nc__statistics_update(statistics, rows, 2, labels), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(nc__statistics_update(statistics, NULL, 0, NULL), LIBNC_OK);
    assert_statistics(statistics, &s, 1e-6, 1e-12);
    nc__statistics_clear(statistics);
    sample first = {K_NEAR, D_NEAR, 310, s.rows, s.labels}; /* classes 2 and 3 stay empty */
    ck_assert_int_eq(nc__statistics_update(statistics, s.rows, 310, s.labels), LIBNC_OK);
    assert_statistics(statistics, &first, 1e-6, 1e-12);
    nc__statistics_destroy(statistics);
    nc__statistics_destroy(NULL);
    sample_clear(&s);
}
END_TEST

/* Centred means keep their digits when all means are 1e-8 apart: h_k - h_G from rounded means would
 * be wrong in the eighth digit. The sample mean, not the mean of means, is subtracted. */
START_TEST(statistics_centred_means)
{
    static const int64_t counts[3] = {6, 3, 1};
    sample s = sample_create(3, 2, counts);
    const double centres[6] = {1 + 1e-8, 3, 1, 3 + 2e-8, 1 - 3e-8, 3};
    fill_clusters(&s, centres, 1e-9, 7);
    nc__statistics *statistics = statistics_of(&s, 4, false);
    reference r = reference_of(&s);
    double centred[6];
    nc__statistics_centred_means(statistics, centred);
    for (int64_t c = 0; c < 2; c++) {
        long double global = (6 * r.means[c] + 3 * r.means[2 + c] + r.means[4 + c]) / 10;
        for (int64_t k = 0; k < 3; k++)
            ck_assert_double_le(fabsl(centred[2 * k + c] - (r.means[2 * k + c] - global)),
                                1e-10 * 1e-8);
        ck_assert_double_le(fabs(6 * centred[c] + 3 * centred[2 + c] + centred[4 + c]), 1e-21);
    }
    reference_clear(&r);
    nc__statistics_destroy(statistics);
    sample_clear(&s);
}
END_TEST

/* ---- NC1 ---- */

/* As an accumulator does it: S_W in full, then its part in the span of the centred means. */
static double nc1_of(const sample *s, int64_t *rank)
{
    int64_t K = s->classes, d = s->width, least = K < d ? K : d;
    nc__statistics *statistics = statistics_of(s, 64, true);
    double *centred = malloc((size_t)(K * d) * sizeof(double));
    double *singular = malloc((size_t)least * sizeof(double));
    double *basis = malloc((size_t)(least * d) * sizeof(double));
    double *half = malloc((size_t)(least * d) * sizeof(double));
    double *inside = malloc((size_t)(least * least) * sizeof(double));
    nc__statistics_centred_means(statistics, centred);
    ck_assert_int_eq(nc__svd(context, centred, K, d, singular, NULL, basis), LIBNC_OK);
    double size = 0;
    for (int64_t i = 0; i < K * d; i++)
        size += pow(statistics->references[i] + statistics->offsets[i], 2);
    *rank = nc__metric_rank(singular, K, d, nc__metric_noise(DBL_EPSILON, sqrt(size)));
    nc__tensor v = nc__tensor_f64(basis, *rank, d), h = nc__tensor_f64(half, *rank, d);
    nc__tensor scatter = nc__tensor_f64(statistics->scatter, d, d);
    nc__tensor small = nc__tensor_f64(inside, *rank, *rank);
    if (*rank > 0) {
        nc__gemm(context, false, false, 1, &v, &scatter, 0, &h);
        nc__gemm(context, false, true, 1, &h, &v, 0, &small);
    }
    double nc1 = nc__metric_nc1(inside, singular, *rank, s->count);
    free(inside);
    free(half);
    free(basis);
    free(singular);
    free(centred);
    nc__statistics_destroy(statistics);
    return nc1;
}

/* tr(Sigma_W Sigma_B^+)/K from d x d matrices and all eigenvectors of Sigma_B, from the long double
 * reference. Sigma_W = S_W/N; a wrong one divides by K N. */
static double dense_nc1(const sample *s, double cut)
{
    int64_t K = s->classes, d = s->width;
    reference r = reference_of(s);
    double *sigma_b = calloc((size_t)(d * d), sizeof(double));
    double *values = malloc((size_t)d * sizeof(double));
    for (int64_t a = 0; a < d; a++)
        for (int64_t b = 0; b < d; b++) {
            long double sum = 0, mean_a = 0, mean_b = 0;
            for (int64_t k = 0; k < K; k++) {
                mean_a += r.counts[k] * r.means[k * d + a] / s->count;
                mean_b += r.counts[k] * r.means[k * d + b] / s->count;
            }
            for (int64_t k = 0; k < K; k++)
                sum += (r.means[k * d + a] - mean_a) * (r.means[k * d + b] - mean_b);
            sigma_b[a * d + b] = (double)(sum / K);
        }
    ck_assert_int_eq(nc__symmetric_eigen(context, sigma_b, d, values), LIBNC_OK);
    long double trace = 0;
    for (int64_t i = 0; i < d; i++) {
        if (values[i] <= cut * values[d - 1])
            continue;
        long double quadratic = 0;
        for (int64_t a = 0; a < d; a++)
            for (int64_t b = 0; b < d; b++)
                quadratic += sigma_b[i * d + a] * r.scatter[a * d + b] * sigma_b[i * d + b];
        trace += quadratic / s->count / values[i];
    }
    free(values);
    free(sigma_b);
    reference_clear(&r);
    return (double)(trace / K);
}

/* d > K, d = K - 1, d < K - 1; K = 2; balanced or not. */
START_TEST(nc1_against_pseudo_inverse)
{
    static const struct {
        int64_t classes, width, counts[7], rank;
    } cases[] = {{4, 9, {20, 10, 5, 5}, 3},   {4, 9, {10, 10, 10, 10}, 3},
                 {5, 4, {10, 3, 2, 1, 1}, 4}, {7, 3, {5, 6, 7, 8, 9, 10, 11}, 3},
                 {2, 6, {30, 4}, 1},          {3, 1, {4, 5, 6}, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t K = cases[i].classes, d = cases[i].width, rank;
        sample s = sample_create(K, d, cases[i].counts);
        double *centres = random_values(K * d, 10 + i);
        fill_clusters(&s, centres, 0.2, 20 + i);
        double expected = dense_nc1(&s, 1e-9);
        ck_assert_double_eq_tol(nc1_of(&s, &rank), expected, 1e-9 * expected);
        ck_assert_int_eq(rank, cases[i].rank);
        free(centres);
        sample_clear(&s);
    }
}
END_TEST

/* Hand-made: classes at +-1 on a line, samples +-0.1 beside: Sigma_W = 0.01, Sigma_B = 1, K = 2, so
 * that NC1 = 0.005. A wrong one that divides S_W by K N gives 0.0025. */
START_TEST(nc1_by_hand)
{
    double rows[4] = {0.9, 1.1, -0.9, -1.1};
    int32_t labels[4] = {0, 0, 1, 1};
    sample s = {2, 1, 4, rows, labels};
    int64_t rank;
    ck_assert_double_eq_tol(nc1_of(&s, &rank), 0.005, 1e-15);
}
END_TEST

/* Five imbalanced classes whose means lie in a plane. A wrong rank (K - 1 = 4 by assumption)
 * divides by rounding errors; a fixed cut-off drops everything when features are scaled by 1e-9, or
 * takes in noise when they are scaled by 1e9. */
START_TEST(nc1_rank_comes_from_the_data)
{
    static const int64_t counts[5] = {40, 20, 10, 5, 3};
    sample s = sample_create(5, 8, counts);
    double *plane = random_values(16, 30), centres[40];
    for (int64_t k = 0; k < 5; k++)
        for (int64_t c = 0; c < 8; c++)
            centres[8 * k + c] = cos((double)k) * plane[c] + sin(2.0 * (double)k) * plane[8 + c];
    fill_clusters(&s, centres, 0.3, 31);
    /* put the class means exactly on the centres, up to rounding */
    reference r = reference_of(&s);
    for (int64_t i = 0; i < s.count * 8; i++)
        s.rows[i] +=
            (double)(centres[s.labels[i / 8] * 8 + i % 8] - r.means[s.labels[i / 8] * 8 + i % 8]);
    reference_clear(&r);
    double expected = dense_nc1(&s, 1e-9);
    static const double scales[] = {1, 1e-9, 1e9, 1e-100, 1e100};
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
        sample scaled = sample_create(5, 8, counts);
        for (int64_t j = 0; j < s.count * 8; j++)
            scaled.rows[j] = scales[i] * s.rows[j];
        int64_t rank;
        ck_assert_double_eq_tol(nc1_of(&scaled, &rank), expected, 1e-9 * expected);
        ck_assert_int_eq(rank, 2);
        sample_clear(&scaled);
    }
    free(plane);
    sample_clear(&s);
}
END_TEST

/* Imbalance does not raise the rank of Sigma_B above K - 1: sum_k n_k (h_k - h_G) = 0. The
 * direction that is left is rounding noise; a wrong one that takes it in gives a huge NC1. */
START_TEST(nc1_null_direction_is_left_out)
{
    for (uint64_t seed = 0; seed < 200; seed++) {
        static const int64_t counts[3] = {50, 7, 3};
        sample s = sample_create(3, 3, counts);
        double *centres = random_values(9, 100 + seed);
        fill_clusters(&s, centres, 0.1, 300 + seed);
        int64_t rank;
        double expected = dense_nc1(&s, 1e-12);
        ck_assert_double_eq_tol(nc1_of(&s, &rank), expected, 1e-8 * expected);
        ck_assert_int_le(rank, 2);
        free(centres);
        sample_clear(&s);
    }
}
END_TEST

/* float32 features at spread/mean = 1e-4: their rounding is data, so that the reference works on
 * the rounded values too; then 1e-3 relative, and never negative. A wrong one that accumulates in
 * float32, or uses E[x^2] - mean^2, gives noise of either sign. */
START_TEST(nc1_of_float32_near_collapse)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        static const int64_t counts[4] = {100, 50, 20, 5};
        sample s = sample_create(4, 6, counts);
        double *centres = random_values(24, 40 + seed);
        fill_clusters(&s, centres, 1e-4, 60 + seed);
        double exact = dense_nc1(&s, 1e-9);
        for (int64_t i = 0; i < s.count * 6; i++)
            s.rows[i] = (float)s.rows[i];
        int64_t rank;
        double nc1 = nc1_of(&s, &rank);
        ck_assert_double_eq_tol(nc1, dense_nc1(&s, 1e-9), 1e-9 * exact);
        ck_assert_double_eq_tol(nc1, exact, 1e-3 * exact);
        ck_assert_double_ge(nc1, 0);
        free(centres);
        sample_clear(&s);
    }
}
END_TEST

START_TEST(nc1_invariances)
{
    static const int64_t counts[3] = {12, 6, 3}, twice[3] = {24, 12, 6};
    sample s = sample_create(3, 4, counts), doubled = sample_create(3, 4, twice);
    double *centres = random_values(12, 70);
    fill_clusters(&s, centres, 0.3, 71);
    int64_t rank;
    double expected = nc1_of(&s, &rank);
    /* every sample twice: nothing but N changes */
    memcpy(doubled.rows, s.rows, 84 * sizeof(double));
    memcpy(doubled.rows + 84, s.rows, 84 * sizeof(double));
    memcpy(doubled.labels, s.labels, 21 * sizeof(int32_t));
    memcpy(doubled.labels + 21, s.labels, 21 * sizeof(int32_t));
    ck_assert_double_eq_tol(nc1_of(&doubled, &rank), expected, 1e-12 * expected);
    /* an invertible linear map leaves tr(Sigma_W Sigma_B^+) alone only if it is a similarity:
     * x -> 3 (x0 - x1, x0 + x1, x3, -x2) + offset */
    for (int64_t i = 0; i < 21; i++) {
        double *x = s.rows + 4 * i,
               y[4] = {x[0] - x[1], x[0] + x[1], sqrt(2) * x[3], -sqrt(2) * x[2]};
        for (int64_t c = 0; c < 4; c++)
            x[c] = 3 * y[c] + 100;
    }
    ck_assert_double_eq_tol(nc1_of(&s, &rank), expected, 1e-11 * expected);
    /* classes renamed */
    for (int64_t i = 0; i < 21; i++)
        s.labels[i] = (s.labels[i] + 1) % 3;
    ck_assert_double_eq_tol(nc1_of(&s, &rank), expected, 1e-11 * expected);
    free(centres);
    sample_clear(&s);
    sample_clear(&doubled);
}
END_TEST

START_TEST(nc1_undefined_and_zero)
{
    double rows[4] = {1, 2, 1, 2};
    int32_t same[2] = {0, 0}, labels[2] = {0, 1};
    int64_t rank;
    sample one_class = {1, 2, 2, rows, same}, equal_means = {2, 2, 2, rows, labels};
    ck_assert_double_nan(nc1_of(&one_class, &rank));
    ck_assert_int_eq(rank, 0);
    ck_assert_double_nan(nc1_of(&equal_means, &rank));
    rows[3] = 5; /* one sample per class: no scatter */
    ck_assert_double_eq(nc1_of(&equal_means, &rank), 0);
    ck_assert_int_eq(rank, 1);
}
END_TEST

/* ---- frames ---- */

enum { K_FRAME = 6 };

static void etf(double *a, int64_t K, double scale)
{
    for (int64_t i = 0; i < K * K; i++)
        a[i] = scale * ((i / K == i % K) - 1 / (double)K);
}

START_TEST(planted_frames_have_distance_zero)
{
    double a[K_FRAME * K_FRAME], b[K_FRAME * K_FRAME] = {0};
    for (int64_t K = 2; K <= K_FRAME; K++) {
        etf(a, K, 7.5);
        ck_assert_double_le(nc__metric_etf_distance(a, K), 1e-15);
        ck_assert_double_le(nc__metric_equinorm(a, K), 1e-15);
        ck_assert_double_le(nc__metric_equiangular(a, K, 0), 1e-15);
        etf(a, K, -1); /* opposite logits are as far as can be: distance 2 */
        ck_assert_double_eq_tol(nc__metric_etf_distance(a, K), 2, 1e-15);
    }
    for (int64_t k = 0; k < K_FRAME; k++)
        b[k * K_FRAME + k] = 0.25;
    ck_assert_double_le(nc__metric_of_distance(b, K_FRAME), 1e-15);
    /* <nz(I), nz(I - J/K)> = sqrt((K-1)/K): the frames are sqrt(2 - 2 sqrt(5/6)) apart */
    ck_assert_double_eq_tol(nc__metric_etf_distance(b, K_FRAME), sqrt(2 - 2 * sqrt(5.0 / 6)),
                            1e-15);
    double target[K_FRAME * K_FRAME] = {0};
    for (int64_t k = 0; k < K_FRAME; k++) {
        target[k * K_FRAME + k] = 1 + (double)k;
        b[k * K_FRAME + k] = 3 * (1 + (double)k);
    }
    ck_assert_double_le(nc__metric_distance(b, target, K_FRAME * K_FRAME), 1e-15);
    ck_assert_double_eq_tol(nc__metric_relative_error(b, target, K_FRAME * K_FRAME), 2, 1e-14);
}
END_TEST

/* A = T + e E: nz(A) - nz(T) = e (E - <E, nz(T)> nz(T)) / ||T|| + O(e^2). A wrong one that computes
 * sqrt(2 - 2 <nz(A), nz(T)>) is lost in rounding at e = 1e-9. */
START_TEST(planted_perturbations_have_the_first_order_distance)
{
    enum { SIZE = K_FRAME * K_FRAME };
    double a[SIZE], t[SIZE], *e = random_values(SIZE, 80);
    for (int of = 0; of <= 1; of++) {
        etf(t, K_FRAME, 1);
        for (int64_t i = 0; of && i < SIZE; i++)
            t[i] = i / K_FRAME == i % K_FRAME;
        double norm = 0, inner = 0, squares = 0;
        for (int64_t i = 0; i < SIZE; i++) {
            norm += t[i] * t[i];
            inner += t[i] * e[i];
            squares += e[i] * e[i];
        }
        double slope = sqrt((squares - inner * inner / norm) / norm);
        static const double steps[] = {1e-5, 1e-7, 1e-9};
        for (int s = 0; s < 3; s++) {
            for (int64_t i = 0; i < SIZE; i++)
                a[i] = t[i] + steps[s] * e[i];
            double expected = steps[s] * slope;
            double tolerance = expected * (20 * steps[s] + 1e-15 / steps[s]);
            ck_assert_double_eq_tol(nc__metric_distance(a, t, SIZE), expected, tolerance);
            double frame =
                of ? nc__metric_of_distance(a, K_FRAME) : nc__metric_etf_distance(a, K_FRAME);
            ck_assert_double_eq_tol(frame, expected, tolerance);
            ck_assert_double_eq_tol(nc__metric_relative_error(a, t, SIZE),
                                    steps[s] * sqrt(squares / norm), steps[s] * (1e-14 / steps[s]));
        }
    }
    free(e);
}
END_TEST

/* +-e_1, +-e_2, +-e_3: centred and equinorm, but no ETF. cos is -1 for 3 of the 15 pairs and 0 for
 * 12; the mean of cos + 1/5 is 0, so a wrong one without the absolute value sees a perfect ETF. */
START_TEST(equiangular_takes_the_absolute_value)
{
    double gram[36] = {0};
    for (int64_t i = 0; i < 6; i++) {
        gram[i * 6 + i] = 4;
        gram[i * 6 + (i ^ 1)] = -4;
    }
    double expected = (3 * 0.8 + 12 * 0.2) / 15;
    ck_assert_double_eq_tol(nc__metric_equiangular(gram, 6, 0), expected, 1e-15);
    ck_assert_double_le(nc__metric_equinorm(gram, 6), 1e-15);
}
END_TEST

/* Lengths 1, 2, 3, 6: mean 3, std sqrt(14/4). A wrong one (divisor K - 1) gives sqrt(14/3)/3, or
 * depends on the order (successive differences). */
START_TEST(equinorm_does_not_depend_on_order)
{
    static const double lengths[3][4] = {{1, 2, 3, 6}, {6, 1, 3, 2}, {3, 6, 2, 1}};
    for (int i = 0; i < 3; i++) {
        double gram[16];
        for (int64_t j = 0; j < 16; j++)
            gram[j] = 0.1 + (j / 4 == j % 4 ? lengths[i][j / 4] * lengths[i][j / 4] - 0.1 : 0);
        ck_assert_double_eq_tol(nc__metric_equinorm(gram, 4), sqrt(3.5) / 3, 1e-15);
    }
}
END_TEST

/* W = 5 C is dual to the means. With its rows shifted by one class it is not, although the two sets
 * of vectors are the same: a wrong one that compares Gram matrices, or off-diagonal pairs, sees no
 * difference. For rows e_k the distance of shifted rows is sqrt(2). */
START_TEST(duality_compares_equal_classes)
{
    double means[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, dual[9], shifted[9];
    for (int64_t i = 0; i < 9; i++) {
        dual[i] = 5 * means[i];
        shifted[i] = means[(i + 3) % 9];
    }
    ck_assert_double_le(nc__metric_duality(dual, means, 3, 3), 1e-15);
    ck_assert_double_eq_tol(nc__metric_duality(shifted, means, 3, 3), sqrt(2), 1e-15);
    dual[1] += 5e-8; /* first order: 1e-8 / sqrt(3) */
    ck_assert_double_eq_tol(nc__metric_duality(dual, means, 3, 3), 1e-8 / sqrt(3), 1e-15);
}
END_TEST

/* Two classes 4 apart with v = 1 and 3: (1 + 3)/(2 16) = 1/8 at every scale; a wrong one that uses
 * the distance instead of its square, or its square twice, changes with the scale. */
START_TEST(cdnv_does_not_depend_on_scale)
{
    static const double scales[] = {1, 1e-3, 1e5};
    for (int i = 0; i < 3; i++) {
        double s = scales[i], centred[4] = {-s, 0, 3 * s, 0}, v[2] = {s * s, 3 * s * s};
        ck_assert_double_eq_tol(nc__metric_cdnv(v, centred, 2, 2), 0.125, 1e-15);
    }
    /* three classes at the corners of a right triangle with sides 1, 1, sqrt 2 and v = 1, 2, 3 */
    const double corners[6] = {0, 0, 1, 0, 0, 1}, v[3] = {1, 2, 3};
    ck_assert_double_eq_tol(nc__metric_cdnv(v, corners, 3, 2), (1.5 + 2 + 1.25) / 3, 1e-15);
}
END_TEST

START_TEST(undefined_metrics_are_nan)
{
    double zero[9] = {0}, one[9] = {1}, unit[1] = {2};
    ck_assert_double_nan(nc__metric_equinorm(zero, 3));
    ck_assert_double_nan(nc__metric_equiangular(zero, 3, 0));
    ck_assert_double_nan(nc__metric_equiangular(one, 3, 0)); /* two rows vanish */
    ck_assert_double_nan(nc__metric_equiangular(unit, 1, 0));
    ck_assert_double_nan(nc__metric_etf_distance(zero, 3));
    ck_assert_double_nan(nc__metric_etf_distance(unit, 1));
    ck_assert_double_nan(nc__metric_of_distance(zero, 3));
    ck_assert_double_eq(nc__metric_of_distance(unit, 1), 0);
    ck_assert_double_nan(nc__metric_distance(zero, one, 9));
    ck_assert_double_nan(nc__metric_distance(one, zero, 9));
    ck_assert_double_nan(nc__metric_relative_error(one, zero, 9));
    ck_assert_double_eq(nc__metric_relative_error(zero, one, 9), 1);
    ck_assert_double_nan(nc__metric_duality(one, zero, 3, 3));
    ck_assert_double_nan(nc__metric_cdnv(unit, unit, 1, 1));
    ck_assert_double_nan(nc__metric_cdnv(one, zero, 3, 3)); /* equal means */
}
END_TEST

/* A row of rounding noise has no direction: a wrong one gives the cosine of noise. */
START_TEST(equiangular_of_noise_is_nan)
{
    const double rows[6] = {1, 0, -0.5, 0.8, 3e-17, -1e-17};
    double gram[9];
    for (int i = 0; i < 9; i++)
        gram[i] = rows[i / 3 * 2] * rows[i % 3 * 2] + rows[i / 3 * 2 + 1] * rows[i % 3 * 2 + 1];
    ck_assert_double_nan(nc__metric_equiangular(gram, 3, nc__metric_noise(DBL_EPSILON, 1)));
    ck_assert(isfinite(nc__metric_equiangular(gram, 3, 0)));
}
END_TEST

/* ---- decisions ---- */

/* A wrong one without the bias decides 0, 1, 0. */
START_TEST(decisions_respect_the_bias)
{
    const double logits[9] = {3, 2, 1, 0, 5, 1, 1, 1, 0.5}, bias[3] = {0, 0, 2.5};
    int32_t decisions[3];
    nc__largest_logit(logits, NULL, 3, 3, decisions);
    ck_assert_int_eq(decisions[0], 0);
    ck_assert_int_eq(decisions[1], 1);
    ck_assert_int_eq(decisions[2], 0); /* a tie goes to the lowest class */
    nc__largest_logit(logits, bias, 3, 3, decisions);
    ck_assert_int_eq(decisions[0], 2);
    ck_assert_int_eq(decisions[1], 1);
    ck_assert_int_eq(decisions[2], 2);
}
END_TEST

/* Nearest means by the library, the way measure.c calls it, against brute force in long double.
 * Gives the number of samples for which the textbook form ||x||^2 + ||m||^2 - 2 x.m decides
 * otherwise. */
static int64_t check_nearest(const sample *s)
{
    int64_t K = s->classes, d = s->width, naive_errors = 0;
    nc__statistics *statistics = statistics_of(s, 100, false);
    double *centred = malloc((size_t)(K * d) * sizeof(double));
    double *means = malloc((size_t)(K * d) * sizeof(double));
    double *gram = malloc((size_t)(K * K) * sizeof(double));
    double *lengths = malloc((size_t)K * sizeof(double));
    double *deviations = malloc((size_t)(s->count * d) * sizeof(double));
    double *products = malloc((size_t)(s->count * K) * sizeof(double));
    int32_t *nearest = malloc((size_t)s->count * sizeof(int32_t));
    nc__statistics_means(statistics, means);
    nc__statistics_centred_means(statistics, centred);
    nc__statistics_deviations(statistics, s->rows, s->count, s->labels, deviations);
    nc__tensor c = nc__tensor_f64(centred, K, d), g = nc__tensor_f64(gram, K, K);
    nc__tensor y = nc__tensor_f64(deviations, s->count, d);
    nc__tensor p = nc__tensor_f64(products, s->count, K);
    nc__gemm(context, false, true, 1, &c, &c, 0, &g);
    nc__gemm(context, false, true, 1, &y, &c, 0, &p);
    for (int64_t k = 0; k < K; k++)
        lengths[k] = sqrt(gram[k * K + k]);
    const nc__nearest search = {K, d, centred, gram, lengths};
    nc__nearest_mean(&search, deviations, products, s->labels, s->count, nearest);
    reference r = reference_of(s);
    for (int64_t i = 0; i < s->count; i++) {
        long double best = INFINITY;
        double naive_best = INFINITY;
        int64_t expected = -1, naive = -1;
        for (int64_t k = 0; k < K; k++) {
            long double distance = 0;
            double xx = 0, mm = 0, xm = 0;
            for (int64_t j = 0; j < d; j++) {
                double x = s->rows[i * d + j], m = means[k * d + j];
                distance += (x - r.means[k * d + j]) * (x - r.means[k * d + j]);
                xx += x * x, mm += m * m, xm += x * m;
            }
            if (distance < best)
                best = distance, expected = k;
            if (xx + mm - 2 * xm < naive_best)
                naive_best = xx + mm - 2 * xm, naive = k;
        }
        ck_assert_int_eq(nearest[i], expected);
        naive_errors += naive != expected;
    }
    reference_clear(&r);
    free(nearest);
    free(products);
    free(deviations);
    free(lengths);
    free(gram);
    free(means);
    free(centred);
    nc__statistics_destroy(statistics);
    return naive_errors;
}

START_TEST(nearest_mean_against_brute_force)
{
    static const int64_t counts[5] = {80, 60, 40, 20, 10};
    static const double spreads[] = {1e-9, 0.1, 1, 3};
    for (size_t i = 0; i < 4; i++) {
        sample s = sample_create(5, 7, counts);
        double *centres = random_values(35, 90 + i);
        fill_clusters(&s, centres, spreads[i], 95 + i);
        ck_assert_int_eq(check_nearest(&s), 0);
        free(centres);
        sample_clear(&s);
    }
}
END_TEST

/* Means 1e-5 apart, a thousand away from the origin, and two of them only 1e-9 apart. The textbook
 * form rounds at 1e-10, the distances are below that. */
START_TEST(nearest_mean_does_not_cancel)
{
    static const int64_t counts[4] = {50, 50, 50, 50};
    sample s = sample_create(4, 3, counts);
    double *centres = random_values(12, 110);
    for (int64_t i = 0; i < 12; i++)
        centres[i] = 1000 + 1e-5 * centres[i];
    for (int64_t i = 9; i < 12; i++)
        centres[i] = centres[i - 3] + 1e-9;
    fill_clusters(&s, centres, 5e-6, 111);
    ck_assert_int_gt(check_nearest(&s), 20);
    free(centres);
    sample_clear(&s);
}
END_TEST

/* Two means only 1e-9 apart at distance 1 from the others: ||c_j||^2 + ||c_k||^2 - 2 c_j.c_k rounds
 * at 1e-16, the squared distances are 1e-18, even in coordinates about the global mean. */
START_TEST(nearest_mean_of_close_pair)
{
    static const int64_t counts[4] = {50, 50, 50, 50};
    sample s = sample_create(4, 3, counts);
    double *centres = random_values(12, 120);
    for (int64_t i = 9; i < 12; i++)
        centres[i] = centres[i - 3] + 1e-9;
    fill_clusters(&s, centres, 1e-9, 121);
    ck_assert_int_gt(check_nearest(&s), 20);
    free(centres);
    sample_clear(&s);
}
END_TEST

START_TEST(agreement_is_a_share)
{
    const int32_t a[4] = {0, 1, 2, 3}, b[4] = {0, 1, 0, 3};
    ck_assert_double_eq(nc__metric_agreement(a, b, 4), 0.75);
    ck_assert_double_eq(nc__metric_agreement(a, a, 4), 1);
    ck_assert_double_eq(nc__metric_agreement(a, b + 2, 1), 1);
}
END_TEST

static void add(Suite *suite, const char *name, const TTest *const *tests, size_t count)
{
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    const TTest *const statistics[] = {
        statistics_near_collapse,   statistics_any_order,    statistics_first_sample_is_an_outlier,
        statistics_merge_any_parts, statistics_many_classes, statistics_errors_change_nothing,
        statistics_centred_means};
    const TTest *const nc1[] = {nc1_against_pseudo_inverse,   nc1_by_hand,
                                nc1_rank_comes_from_the_data, nc1_null_direction_is_left_out,
                                nc1_of_float32_near_collapse, nc1_invariances,
                                nc1_undefined_and_zero};
    const TTest *const frames[] = {planted_frames_have_distance_zero,
                                   planted_perturbations_have_the_first_order_distance,
                                   equiangular_takes_the_absolute_value,
                                   equinorm_does_not_depend_on_order,
                                   duality_compares_equal_classes,
                                   cdnv_does_not_depend_on_scale,
                                   undefined_metrics_are_nan,
                                   equiangular_of_noise_is_nan};
    const TTest *const decisions[] = {decisions_respect_the_bias, nearest_mean_against_brute_force,
                                      nearest_mean_does_not_cancel, nearest_mean_of_close_pair,
                                      agreement_is_a_share};
    Suite *suite = suite_create("collapse");
    add(suite, "statistics", statistics, sizeof statistics / sizeof *statistics);
    add(suite, "nc1", nc1, sizeof nc1 / sizeof *nc1);
    add(suite, "frames", frames, sizeof frames / sizeof *frames);
    add(suite, "decisions", decisions, sizeof decisions / sizeof *decisions);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failures = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failures != 0;
}
