/* SPDX-License-Identifier: MIT
 *
 * test_features.c: reports on accumulators. Oracles: the definitions in long double, models that
 * hold the same features, closed forms.
 */
#include "support/report_fixture.h"

#include <stdbool.h>

#include <float.h>

/* ---- samples ---- */

typedef struct sample {
    int64_t classes, width, count;
    double *rows;
    int32_t *labels;
} sample;

/* Rows offset + separation a_k + spread noise. */
static sample clusters(int64_t K, int64_t d, const int64_t *counts, double offset,
                       double separation, double spread, uint64_t seed)
{
    sample s = {K, d, 0, NULL, NULL};
    for (int64_t k = 0; k < K; k++)
        s.count += counts[k];
    double *centres = random_values(K * d, 1, seed);
    s.rows = malloc((size_t)(s.count * d) * sizeof(double));
    s.labels = malloc((size_t)s.count * sizeof(int32_t));
    uint64_t state = seed + 1;
    int64_t i = 0;
    for (int64_t k = 0; k < K; k++)
        for (int64_t n = 0; n < counts[k]; n++, i++) {
            s.labels[i] = (int32_t)k;
            for (int64_t c = 0; c < d; c++)
                s.rows[i * d + c] =
                    offset + separation * centres[k * d + c] + spread * uniform(&state);
        }
    free(centres);
    return s;
}

static void sample_clear(sample *s)
{
    free(s->rows);
    free(s->labels);
}

static void show(libnc_accumulator *a, const sample *s)
{
    must(libnc_accumulator_update(a, s->rows, LIBNC_FLOAT64, s->count, s->width, s->labels,
                                  LIBNC_LABEL_INT32));
}

static libnc_accumulator *accumulated(const sample *s, const char *scatter, const double *weights,
                                      const double *bias)
{
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, context, s->classes, s->width));
    must(libnc_options_set_text(libnc_accumulator_options(a), "scatter", scatter));
    show(a, s);
    must(libnc_accumulator_begin_second_pass(a, weights, bias, LIBNC_FLOAT64));
    show(a, s);
    return a;
}

static libnc_report *report_of(const libnc_accumulator *a, const double *weights,
                               const double *bias)
{
    libnc_report *report;
    const libnc_accumulator *accumulators[1] = {a};
    const double *classifiers[1] = {weights};
    must(libnc_report_create(&report, context));
    must(libnc_report_measure_features(report, accumulators, classifiers, bias, 1));
    return report;
}

static libnc_report *report_of_sample(const sample *s, const char *scatter, const double *weights,
                                      const double *bias)
{
    libnc_accumulator *a = accumulated(s, scatter, weights, bias);
    libnc_report *report = report_of(a, weights, bias);
    libnc_accumulator_destroy(a);
    return report;
}

/* ---- the definitions in long double ---- */

typedef long double real;

typedef struct truth {
    int64_t present;
    real *means, *centred, *v, *scatter; /* K' x d, K' x d, K', d x d */
    real nc1, cdnv, within, between;
} truth;

/* Solves A X = B (n x n, n x m) by elimination with pivots; B becomes X. */
static void solve(real *a, real *b, int64_t n, int64_t m)
{
    for (int64_t p = 0; p < n; p++) {
        int64_t best = p;
        for (int64_t i = p + 1; i < n; i++)
            if (fabsl(a[i * n + p]) > fabsl(a[best * n + p]))
                best = i;
        for (int64_t c = 0; c < n; c++) {
            real t = a[p * n + c];
            a[p * n + c] = a[best * n + c], a[best * n + c] = t;
        }
        for (int64_t c = 0; c < m; c++) {
            real t = b[p * m + c];
            b[p * m + c] = b[best * m + c], b[best * m + c] = t;
        }
        for (int64_t i = 0; i < n; i++) {
            real factor = i == p ? 0 : a[i * n + p] / a[p * n + p];
            for (int64_t c = 0; c < n; c++)
                a[i * n + c] -= factor * a[p * n + c];
            for (int64_t c = 0; c < m; c++)
                b[i * m + c] -= factor * b[p * m + c];
        }
    }
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 0; c < m; c++)
            b[i * m + c] /= a[i * n + i];
}

/* out (n x m) = A (n x k) B (k x m), B transposed where said. */
static real *product(const real *a, const real *b, int64_t n, int64_t k, int64_t m, int transpose)
{
    real *out = calloc((size_t)(n * m), sizeof(real));
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < m; j++)
            for (int64_t l = 0; l < k; l++)
                out[i * m + j] += a[i * k + l] * (transpose ? b[j * k + l] : b[l * m + j]);
    return out;
}

/* tr(S_W/N Sigma_B^+)/K'. With A the rows h_k - h_last (rank r = K' - 1 <= d) and C = L A:
 * Sigma_B^+ = K A^+ (L^T L)^-1 A^+^T, A^+ = A^T (A A^T)^-1. With K' - 1 > d the inverse itself. */
static real nc1_of(const truth *t, int64_t d, int64_t N)
{
    const int64_t K = t->present, r = K - 1;
    real sum = 0;
    if (r >= d) {
        real *between = calloc((size_t)(d * d), sizeof(real));
        real *copy = malloc((size_t)(d * d) * sizeof(real));
        for (int64_t k = 0; k < K; k++)
            for (int64_t i = 0; i < d * d; i++)
                between[i] += t->centred[k * d + i / d] * t->centred[k * d + i % d];
        memcpy(copy, t->scatter, (size_t)(d * d) * sizeof(real));
        solve(between, copy, d, d);
        for (int64_t i = 0; i < d; i++)
            sum += copy[i * d + i];
        free(copy);
        free(between);
        return sum / N;
    }
    real *a = malloc((size_t)(r * d) * sizeof(real));
    for (int64_t i = 0; i < r * d; i++)
        a[i] = t->means[i] - t->means[r * d + i % d];
    /* L = C A^+, from C A^T = L (A A^T) */
    real *gram = product(a, a, r, d, r, 1), *gram_copy = malloc((size_t)(r * r) * sizeof(real));
    real *mixed = product(a, t->centred, r, d, K, 1); /* A C^T = (A A^T) L^T */
    memcpy(gram_copy, gram, (size_t)(r * r) * sizeof(real));
    solve(gram_copy, mixed, r, K);
    real *middle = product(mixed, mixed, r, K, r, 1); /* L^T L */
    real *half = product(a, t->scatter, r, d, d, 0), *inside = product(half, a, r, d, r, 1);
    memcpy(gram_copy, gram, (size_t)(r * r) * sizeof(real));
    solve(gram_copy, inside, r, r); /* (A A^T)^-1 A S A^T */
    for (int64_t i = 0; i < r; i++)
        for (int64_t j = 0; j < i; j++) {
            real x = inside[i * r + j];
            inside[i * r + j] = inside[j * r + i], inside[j * r + i] = x;
        }
    solve(gram, inside, r, r); /* transposed: (A A^T)^-1 A S A^T (A A^T)^-1 */
    solve(middle, inside, r, r);
    for (int64_t i = 0; i < r; i++)
        sum += inside[i * r + i];
    free(inside);
    free(half);
    free(middle);
    free(mixed);
    free(gram_copy);
    free(gram);
    free(a);
    return sum / N;
}

static void fill_pairs(truth *t, int64_t d)
{
    const int64_t K = t->present;
    t->cdnv = 0;
    for (int64_t i = 0; i < K; i++)
        for (int64_t j = 0; j < i; j++) {
            real square = 0;
            for (int64_t c = 0; c < d; c++)
                square += powl(t->means[i * d + c] - t->means[j * d + c], 2);
            t->cdnv += (t->v[i] + t->v[j]) / (2 * square) * 2 / ((real)K * (K - 1));
        }
}

static truth truth_of(const sample *s)
{
    const int64_t d = s->width, N = s->count;
    int64_t *row = malloc((size_t)s->classes * sizeof *row), *n = calloc((size_t)s->classes, 8);
    truth t = {0};
    for (int64_t i = 0; i < N; i++)
        n[s->labels[i]]++;
    for (int64_t k = 0; k < s->classes; k++)
        row[k] = n[k] > 0 ? t.present++ : -1;
    t.means = calloc((size_t)(t.present * d), sizeof(real));
    t.centred = calloc((size_t)(t.present * d), sizeof(real));
    t.v = calloc((size_t)t.present, sizeof(real));
    t.scatter = calloc((size_t)(d * d), sizeof(real));
    real *mean = calloc((size_t)d, sizeof(real)), *first = calloc((size_t)d, sizeof(real));
    for (int64_t c = 0; c < d; c++) /* sums of differences from one row keep their digits */
        first[c] = s->rows[c];
    for (int64_t i = 0; i < N * d; i++) {
        const int64_t k = s->labels[i / d];
        t.means[row[k] * d + i % d] += (s->rows[i] - first[i % d]) / n[k];
        mean[i % d] += (s->rows[i] - first[i % d]) / N;
    }
    for (int64_t i = 0; i < N; i++) {
        const int64_t k = row[s->labels[i]];
        for (int64_t a = 0; a < d; a++) {
            real x = s->rows[i * d + a] - first[a] - t.means[k * d + a];
            t.v[k] += x * x / n[s->labels[i]];
            t.within += x * x / N;
            for (int64_t b = 0; b < d; b++)
                t.scatter[a * d + b] += x * (s->rows[i * d + b] - first[b] - t.means[k * d + b]);
        }
    }
    for (int64_t i = 0; i < t.present * d; i++) {
        t.centred[i] = t.means[i] - mean[i % d];
        t.between += t.centred[i] * t.centred[i] / t.present;
    }
    t.nc1 = nc1_of(&t, d, N);
    fill_pairs(&t, d);
    free(first);
    free(mean);
    free(n);
    free(row);
    return t;
}

static void truth_clear(truth *t)
{
    free(t->means);
    free(t->centred);
    free(t->v);
    free(t->scatter);
}

static void assert_relative(double actual, real expected, double tolerance, const char *what, int i)
{
    ck_assert_msg(fabsl(actual - expected) <= tolerance * fabsl(expected),
                  "case %d: %s = %.17g, not %.17g", i, what, actual, (double)expected);
}

static void check_centred_gram(const libnc_report *report, const truth *t, int64_t K, int64_t d,
                               double tolerance)
{
    double *gram = malloc((size_t)(K * K) * sizeof *gram);
    real largest = 0;
    must(libnc_report_matrix(report, LIBNC_GRAM_CENTRED, 1, gram, (size_t)(K * K)));
    real *expected = product(t->centred, t->centred, K, d, K, 1);
    for (int64_t i = 0; i < K * K; i++)
        largest = fmaxl(largest, fabsl(expected[i]));
    for (int64_t i = 0; i < K * K; i++)
        ck_assert_double_le(fabs((double)(gram[i] - expected[i])), tolerance * (double)largest);
    free(expected);
    free(gram);
}

/* ---- accuracy ---- */

static const struct {
    int64_t classes, width, counts[9];
    double offset, separation, spread, tolerance;
} adversarial[] = {
    {5, 8, {30, 20, 10, 5, 1}, 0, 1, 1e-3, 1e-10},
    {5, 8, {30, 20, 10, 5, 1}, 0, 1, 1e-6, 1e-10},
    {5, 8, {30, 20, 10, 5, 1}, 0, 1, 1e-9, 1e-6}, /* the data themselves have seven digits */
    {5, 8, {30, 20, 10, 5, 1}, 1e6, 1e6, 1, 1e-10},
    {5, 8, {30, 20, 10, 5, 1}, 1, 1e-6, 1e-9, 1e-10},
    {5, 8, {30, 20, 10, 5, 1}, 0, 1e-6, 1e-12, 1e-10},
    {9, 4, {9, 8, 7, 6, 5, 4, 3, 2, 1}, 3, 1, 1e-6, 1e-10}, /* K > d */
    {5, 4, {12, 9, 6, 3, 2}, 3, 1, 1e-6, 1e-10},            /* K - 1 = d */
    {3, 6, {10000, 1, 7}, 0.5, 1, 1e-6, 1e-10},
    {9, 2, {3, 3, 3, 3, 3, 3, 3, 3, 3}, 3, 1, 1e-6, 1e-10}, /* K > 2 d + 1 */
};

START_TEST(adversarial_data_against_long_double)
{
    static const char *const kinds[] = {"full", "projected"};
    for (int i = 0; i < (int)(sizeof adversarial / sizeof *adversarial); i++) {
        const int64_t K = adversarial[i].classes, d = adversarial[i].width;
        const double tolerance = adversarial[i].tolerance;
        sample s = clusters(K, d, adversarial[i].counts, adversarial[i].offset,
                            adversarial[i].separation, adversarial[i].spread, 900 + (uint64_t)i);
        truth t = truth_of(&s);
        for (int kind = 0; kind < 2; kind++) {
            libnc_report *report = report_of_sample(&s, kinds[kind], NULL, NULL);
            assert_relative(value(report, LIBNC_METRIC_NC1, 1), t.nc1, tolerance, "nc1", i);
            assert_relative(value(report, LIBNC_METRIC_CDNV, 1), t.cdnv, tolerance, "cdnv", i);
            assert_relative(value(report, LIBNC_METRIC_TR_SIGMA_W, 1), t.within, tolerance,
                            "within", i);
            assert_relative(value(report, LIBNC_METRIC_NC1_QUOTIENT, 1), t.within / t.between,
                            tolerance, "quotient", i);
            check_centred_gram(report, &t, K, d, tolerance);
            libnc_report_destroy(report);
        }
        truth_clear(&t);
        sample_clear(&s);
    }
}
END_TEST

/* float32 features at spread 1e-4 of the mean: right to 1e-3 for the values as they were before
 * rounding, and never negative. */
START_TEST(float32_near_collapse)
{
    static const int64_t counts[4] = {100, 50, 20, 5};
    for (uint64_t seed = 0; seed < 10; seed++) {
        sample s = clusters(4, 6, counts, 0, 1, 1e-4, 950 + seed);
        truth t = truth_of(&s);
        float *floats = malloc((size_t)(s.count * 6) * sizeof *floats);
        for (int64_t i = 0; i < s.count * 6; i++)
            floats[i] = (float)s.rows[i];
        libnc_accumulator *a;
        must(libnc_accumulator_create(&a, context, 4, 6));
        must(libnc_accumulator_update(a, floats, LIBNC_FLOAT32, s.count, 6, s.labels,
                                      LIBNC_LABEL_INT32));
        libnc_report *report = report_of(a, NULL, NULL);
        double nc1 = value(report, LIBNC_METRIC_NC1, 1);
        ck_assert_double_ge(nc1, 0);
        assert_relative(nc1, t.nc1, 1e-3, "nc1", (int)seed);
        assert_relative(value(report, LIBNC_METRIC_CDNV, 1), t.cdnv, 1e-3, "cdnv", (int)seed);
        libnc_report_destroy(report);
        libnc_accumulator_destroy(a);
        free(floats);
        truth_clear(&t);
        sample_clear(&s);
    }
}
END_TEST

/* ---- one engine for models and accumulators ---- */

/* Every layer of a deep head: accumulators of what evaluate gives, products as classifiers. */
START_TEST(accumulators_agree_with_a_model)
{
    libnc_model *model = free_model(LIBNC_FLOAT64, deep_counts, 3, 3, deep_widths, 1);
    randomise(model, 1, 1000);
    libnc_report *expected = measured(model, NULL), *report;
    libnc_accumulator *accumulators[3];
    double *w[3] = {get(model, "head.1.weight"), get(model, "head.2.weight"),
                    get(model, "head.3.weight")};
    double *bias = get(model, "head.bias");
    double p2[3 * 5] = {0}, p1[3 * 7] = {0};
    for (int i = 0; i < 15; i++)
        for (int l = 0; l < 4; l++)
            p2[i] += w[2][i / 5 * 4 + l] * w[1][l * 5 + i % 5];
    for (int i = 0; i < 21; i++)
        for (int l = 0; l < 5; l++)
            p1[i] += p2[i / 7 * 5 + l] * w[0][l * 7 + i % 7];
    const double *classifiers[3] = {p1, p2, w[2]};
    for (int32_t j = 1; j <= 3; j++) {
        const int64_t d = deep_widths[j - 1];
        sample s = {3, d, 20, malloc((size_t)(20 * d) * sizeof(double)), NULL};
        must(libnc_model_evaluate(model, NULL, j, s.rows, (size_t)(20 * d)));
        s.labels = (int32_t *)libnc_model_labels(model);
        accumulators[j - 1] = accumulated(&s, "projected", classifiers[j - 1], bias);
        free(s.rows);
    }
    must(libnc_report_create(&report, context));
    must(libnc_report_measure_features(report, (const libnc_accumulator *const *)accumulators,
                                       classifiers, bias, 3));
    ck_assert_int_eq(libnc_report_depth(report), 3);
    for (int32_t j = 1; j <= 3; j++) {
        ck_assert_int_eq(libnc_report_width(report, j), deep_widths[j - 1]);
        for (int32_t metric = 1; metric <= libnc_metric_count(); metric++)
            if (!is_comparison(metric) && metric != LIBNC_METRIC_RANK_LAYER &&
                metric != LIBNC_METRIC_STABLE_RANK_LAYER)
                assert_near(value(report, metric, j), value(expected, metric, j), 1e-10,
                            libnc_metric_name(metric));
        for (int32_t vector = 1; vector <= LIBNC_CLASS_CROSS_ENTROPY; vector++) {
            double a[3], b[3];
            must(libnc_report_vector(report, vector, j, a, 3));
            must(libnc_report_vector(expected, vector, j, b, 3));
            for (int k = 0; k < 3; k++)
                assert_near(a[k], b[k], 1e-11, "vector");
        }
    }
    for (int j = 0; j < 3; j++) {
        libnc_accumulator_destroy(accumulators[j]);
        free(w[j]);
    }
    free(bias);
    libnc_report_destroy(report);
    libnc_report_destroy(expected);
    libnc_model_destroy(model);
}
END_TEST

/* K > 2 d + 1: sums in the reduced basis against K x K matrices. */
START_TEST(reduced_basis_against_matrices)
{
    enum { K = 40, D = 3 };
    int64_t counts[K];
    double p[K * D], v[K * K], ones = 1.0 / K;
    for (int64_t k = 0; k < K; k++)
        counts[k] = 1 + k % 5;
    sample s = clusters(K, D, counts, 0.3, 1, 0.2, 1100);
    double *noise = random_values(K * D, 1, 1101);
    memcpy(p, noise, sizeof p);
    libnc_report *report = report_of_sample(&s, "full", p, NULL);
    static const struct {
        int32_t matrix, metric;
        double share;
    } frames[] = {{LIBNC_GRAM_CENTRED, LIBNC_METRIC_NC2_ETF_FEATURES, 1},
                  {LIBNC_GRAM_CLASSIFIER, LIBNC_METRIC_NC2_ETF_CLASSIFIER, 1},
                  {LIBNC_GRAM_FEATURES, LIBNC_METRIC_NC2_OF_FEATURES, 0},
                  {LIBNC_GRAM_CLASSIFIER, LIBNC_METRIC_NC2_OF_CLASSIFIER, 0},
                  {LIBNC_GRAM_PRODUCT, LIBNC_METRIC_NC3_OF, 0}};
    for (size_t f = 0; f < sizeof frames / sizeof *frames; f++) {
        real norm = 0, sum = 0;
        must(libnc_report_matrix(report, frames[f].matrix, 1, v, K * K));
        for (int64_t i = 0; i < K * K; i++)
            norm += (real)v[i] * v[i];
        for (int64_t i = 0; i < K * K; i++) {
            real target = ((i / K == i % K) - frames[f].share * ones) / sqrtl(K - frames[f].share);
            sum += powl(v[i] / sqrtl(norm) - target, 2);
        }
        assert_near(value(report, frames[f].metric, 1), (double)sqrtl(sum), 1e-13,
                    libnc_metric_name(frames[f].metric));
    }
    ck_assert_double_eq(value(report, LIBNC_METRIC_RANK_FEATURES, 1), D);
    ck_assert_double_eq(value(report, LIBNC_METRIC_RANK_CLASSIFIER, 1), D);
    libnc_report_destroy(report);
    free(noise);
    sample_clear(&s);
}
END_TEST

/* 1e-9 from a frame, K > 2 d + 1 impossible for an ETF; a planted OF of the product is possible in
 * no reduced basis either. What can be near is rank d: T itself is then sqrt(2 - 2 sqrt(d/K)) away,
 * and a change e of the means moves that by what matrices say. Here: the tight frame of K = 12 unit
 * vectors in the plane, whose distance is known. */
START_TEST(tight_frame_in_the_plane)
{
    enum { K = 12 };
    double rows[K * 2];
    sample s = {K, 2, K, rows, NULL};
    int32_t labels[K];
    for (int k = 0; k < K; k++) {
        labels[k] = k;
        rows[2 * k] = cos(2 * acos(-1) * k / K);
        rows[2 * k + 1] = sin(2 * acos(-1) * k / K);
    }
    s.labels = labels;
    libnc_report *report = report_of_sample(&s, "full", rows, NULL);
    /* <nz(G), nz(T)> = tr(G)/(||G|| ||T||), G = (K/2) times a projector of rank 2 that 1 is not in
     */
    double etf = sqrt(2 - 2 * sqrt(2.0 / (K - 1))), of = sqrt(2 - 2 * sqrt(2.0 / K));
    assert_near(value(report, LIBNC_METRIC_NC2_ETF_FEATURES, 1), etf, 1e-15, "etf");
    assert_near(value(report, LIBNC_METRIC_NC3_ETF, 1), etf, 1e-15, "etf product");
    assert_near(value(report, LIBNC_METRIC_NC2_OF_FEATURES, 1), of, 1e-15, "of");
    assert_near(value(report, LIBNC_METRIC_NC2_OF_CLASSIFIER, 1), of, 1e-15, "of classifier");
    assert_near(value(report, LIBNC_METRIC_NC3_DUALITY, 1), 0, 1e-15, "duality");
    assert_near(value(report, LIBNC_METRIC_NC3_DUALITY_COSINE, 1), 0, 1e-30, "duality cosine");
    assert_near(value(report, LIBNC_METRIC_STABLE_RANK_FEATURES, 1), 2, 1e-14, "stable rank");
    assert_near(value(report, LIBNC_METRIC_CONDITION_FEATURES, 1), 1, 1e-14, "condition");
    assert_near(value(report, LIBNC_METRIC_NC1, 1), 0, 0, "nc1");
    double spectrum[3];
    must(libnc_report_spectrum(report, 1, spectrum, 3));
    assert_near(spectrum[0], 0.5, 1e-14, "spectrum"); /* Sigma_B = I/2 */
    assert_near(spectrum[1], 0.5, 1e-14, "spectrum");
    assert_near(spectrum[2], 0, 0, "spectrum");
    int64_t bins[4];
    must(libnc_report_cosine_histogram(report, 0, 1, bins, 4));
    ck_assert_int_eq(bins[0] + bins[1] + bins[2] + bins[3], K * (K - 1) / 2);
    libnc_report_destroy(report);
}
END_TEST

/* ---- classes that do not occur ---- */

/* Empty classes: the metrics of the problem without them, in every convention. */
START_TEST(empty_classes_are_left_out)
{
    static const int64_t counts[6] = {0, 9, 4, 0, 6, 0}, fewer[3] = {9, 4, 6};
    double p[6 * 4], q[3 * 4], bias[6] = {9, 1, 2, 9, 3, 9}, left[3] = {1, 2, 3};
    sample s = clusters(6, 4, counts, 0.2, 1, 0.3, 1200), t = s;
    double *noise = random_values(24, 1, 1201);
    memcpy(p, noise, sizeof p);
    static const int kept[3] = {1, 2, 4};
    for (int k = 0; k < 3; k++)
        memcpy(q + 4 * k, p + 4 * kept[k], 4 * sizeof *p);
    t.classes = 3;
    t.labels = malloc((size_t)t.count * sizeof *t.labels);
    for (int64_t i = 0; i < t.count; i++)
        t.labels[i] = s.labels[i] == 4 ? 2 : s.labels[i] - 1;
    libnc_accumulator *a = accumulated(&s, "full", NULL, NULL);
    libnc_accumulator *b = accumulated(&t, "full", NULL, NULL);
    libnc_report *with = report_of(a, p, bias), *without = report_of(b, q, left);
    for (int32_t convention = libnc_convention_count(); convention >= 1; convention--) {
        must(libnc_report_set_convention(with, convention));
        must(libnc_report_set_convention(without, convention));
        for (int32_t metric = 1; metric <= libnc_metric_count(); metric++)
            if (!is_comparison(metric))
                assert_near(value(with, metric, 1), value(without, metric, 1), 1e-13,
                            libnc_metric_name(metric));
    }
    int64_t flags;
    char text[256];
    must(libnc_report_diagnostics(with, 1, &flags));
    ck_assert_int_ne(flags & LIBNC_DIAGNOSTIC_EMPTY_CLASSES, 0);
    must(libnc_report_diagnostic_text(with, 1, LIBNC_DIAGNOSTIC_EMPTY_CLASSES, text, sizeof text));
    ck_assert_msg(strstr(text, "3 of 6") != NULL, "%s", text);
    must(libnc_report_diagnostics(without, 1, &flags));
    ck_assert_int_eq(flags & LIBNC_DIAGNOSTIC_EMPTY_CLASSES, 0);
    must(libnc_report_diagnostic_text(without, 1, LIBNC_DIAGNOSTIC_EMPTY_CLASSES, text,
                                      sizeof text));
    ck_assert_str_eq(text, "");
    ck_assert_int_eq(libnc_report_classes(with), 6);
    double vector[6], gram[36], small[9];
    must(libnc_report_vector(with, LIBNC_CLASS_COUNT, 1, vector, 6));
    ck_assert_double_eq(vector[0], 0);
    ck_assert_double_eq(vector[4], 6);
    must(libnc_report_vector(with, LIBNC_CLASS_MEAN_NORM, 1, vector, 6));
    ck_assert_double_nan(vector[3]);
    must(libnc_report_matrix(with, LIBNC_GRAM_PRODUCT, 1, gram, 36));
    must(libnc_report_matrix(without, LIBNC_GRAM_PRODUCT, 1, small, 9));
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) {
            int row = i == 1 ? 0 : i == 2 ? 1 : i == 4 ? 2 : -1;
            int col = j == 1 ? 0 : j == 2 ? 1 : j == 4 ? 2 : -1;
            assert_near(gram[6 * i + j], row < 0 || col < 0 ? NAN : small[3 * row + col], 1e-13,
                        "product");
        }
    /* a prediction for the classes that occur */
    libnc_geometry *geometry = solved(fewer, 3, 1, 1e-3, 0);
    must(libnc_report_compare(with, geometry, NAN));
    must(libnc_report_compare(without, geometry, NAN));
    assert_near(value(with, LIBNC_METRIC_NC3_PREDICTED, 1),
                value(without, LIBNC_METRIC_NC3_PREDICTED, 1), 1e-13, "predicted");
    libnc_geometry_destroy(geometry);
    libnc_report_destroy(with);
    libnc_report_destroy(without);
    libnc_accumulator_destroy(a);
    libnc_accumulator_destroy(b);
    free(noise);
    free(t.labels);
    sample_clear(&s);
}
END_TEST

/* cos(p_k, c_k) of each class, written out; none where the row vanishes or the class is empty. */
START_TEST(cosines_of_classes)
{
    enum { K = 5, d = 7, ZERO_ROW = 3, EMPTY = 1 };
    static const int64_t counts[K] = {9, 0, 4, 6, 2};
    sample s = clusters(K, d, counts, 2, 1, 0.1, 77);
    double *weights = random_values(K * d, 1, 78), values[K];
    memset(weights + ZERO_ROW * d, 0, d * sizeof(double));
    libnc_report *report = report_of_sample(&s, "full", weights, NULL);
    truth t = truth_of(&s);
    must(libnc_report_vector(report, LIBNC_CLASS_COSINE, 1, values, K));
    for (int k = 0, present = 0; k < K; k++) {
        const real *c = t.centred + present * d;
        real inner = 0, row = 0, mean = 0;
        if (k == EMPTY) {
            ck_assert_double_nan(values[k]);
            continue;
        }
        present++;
        for (int i = 0; i < d; i++) {
            inner += weights[k * d + i] * c[i];
            row += (real)weights[k * d + i] * weights[k * d + i];
            mean += c[i] * c[i];
        }
        if (k == ZERO_ROW)
            ck_assert_double_nan(values[k]);
        else
            assert_relative(values[k], inner / sqrtl(row * mean), 1e-12, "cosine", k);
    }
    libnc_report_destroy(report);
    truth_clear(&t);
    free(weights);
    sample_clear(&s);
}
END_TEST

/* ---- one call ---- */

static void assert_same_numbers(const libnc_report *a, const libnc_report *b, int64_t K)
{
    ck_assert_int_eq(libnc_report_classes(a), K);
    for (int32_t metric = 1; metric <= libnc_metric_count(); metric++) {
        const double x = value(a, metric, 1), y = value(b, metric, 1);
        ck_assert_msg(x == y || (isnan(x) && isnan(y)), "%s: %a and %a", libnc_metric_name(metric),
                      x, y);
    }
    double *x = malloc((size_t)K * sizeof *x), *y = malloc((size_t)K * sizeof *y);
    for (int32_t vector = 1; vector <= LIBNC_CLASS_CROSS_ENTROPY; vector++) {
        must(libnc_report_vector(a, vector, 1, x, (size_t)K));
        must(libnc_report_vector(b, vector, 1, y, (size_t)K));
        for (int64_t k = 0; k < K; k++)
            ck_assert(x[k] == y[k] || (isnan(x[k]) && isnan(y[k])));
    }
    free(x);
    free(y);
}

/* libnc_report_measure_arrays() against an accumulator, whose first pass takes any batches and
 * whose second takes all rows at once: all bits. */
START_TEST(one_call_is_both_passes)
{
    enum { K = 4, d = 5, EMPTY = 1 };
    static const int64_t counts[K] = {30, 0, 50, 20};
    const bool narrow = _i & 1, wide_labels = _i & 2, has_classifier = _i & 4, has_bias = _i & 8;
    if (has_bias && !has_classifier)
        return;
    sample s = clusters(K, d, counts, 1, 1, 0.4, 900);
    double *weights = random_values(K * d, 1, 901), *bias = random_values(K, 0.5, 902);
    float *rows_32 = malloc((size_t)(s.count * d) * sizeof(float)), weights_32[K * d], bias_32[K];
    int64_t *labels_64 = malloc((size_t)s.count * sizeof(int64_t));
    for (int64_t i = 0; i < s.count * d; i++)
        rows_32[i] = (float)s.rows[i];
    for (int64_t i = 0; i < s.count; i++)
        labels_64[i] = s.labels[i];
    for (int i = 0; i < K * d; i++)
        weights_32[i] = (float)weights[i];
    for (int k = 0; k < K; k++)
        bias_32[k] = (float)bias[k];
    const int32_t scalar = narrow ? LIBNC_FLOAT32 : LIBNC_FLOAT64;
    const int32_t type = wide_labels ? LIBNC_LABEL_INT64 : LIBNC_LABEL_INT32;
    const void *rows = narrow ? (const void *)rows_32 : s.rows;
    const void *labels = wide_labels ? (const void *)labels_64 : s.labels;
    const void *w = !has_classifier ? NULL : narrow ? (const void *)weights_32 : weights;
    const void *b = !has_bias ? NULL : narrow ? (const void *)bias_32 : bias;
    libnc_report *one, *two;
    must(libnc_report_create(&one, context));
    must(libnc_report_create(&two, context));
    must(libnc_report_measure_arrays(one, rows, labels, type, s.count, d, 0, scalar, w, b));
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, context, K, d));
    must(libnc_options_set_text(libnc_accumulator_options(a), "scatter", "projected"));
    for (int pass = 1; pass <= 2; pass++) {
        const int64_t batch = pass == 1 ? 7 : s.count;
        for (int64_t i = 0; i < s.count; i += batch)
            must(libnc_accumulator_update(
                a, narrow ? (const void *)(rows_32 + i * d) : s.rows + i * d, scalar,
                s.count - i < batch ? s.count - i : batch, d, s.labels + i, LIBNC_LABEL_INT32));
        if (pass == 1)
            must(libnc_accumulator_begin_second_pass(a, w, b, scalar));
    }
    const libnc_accumulator *accumulators[1] = {a};
    must(libnc_report_measure_features(two, accumulators, NULL, NULL, 1));
    assert_same_numbers(one, two, K);
    ck_assert(isnan(value(one, LIBNC_METRIC_NC4, 1)) == !has_classifier);
    ck_assert(isnan(value(one, LIBNC_METRIC_NC3_ETF, 1)) == !has_classifier);
    if (!narrow) { /* the classifier given once more */
        const double *classifiers[1] = {w};
        must(libnc_report_measure_features(two, accumulators, classifiers, b, 1));
        assert_same_numbers(one, two, K);
    }
    libnc_accumulator_destroy(a);
    libnc_report_destroy(two);
    libnc_report_destroy(one);
    free(labels_64);
    free(rows_32);
    free(bias);
    free(weights);
    sample_clear(&s);
}
END_TEST

/* What decided in the second pass is what a report may be given, but for float32 rounding. */
START_TEST(classifiers_must_agree)
{
    enum { K = 3, d = 4 };
    static const int64_t counts[K] = {6, 4, 3};
    sample s = clusters(K, d, counts, 1, 1, 0.2, 950);
    double *weights = random_values(K * d, 1, 951), bias[K] = {0.25, 0, -1}, zeros[K] = {0};
    libnc_accumulator *a = accumulated(&s, "projected", weights, bias);
    libnc_report *report = report_of(a, weights, bias);
    const double known = value(report, LIBNC_METRIC_NC4_BIAS, 1);
    const libnc_accumulator *accumulators[1] = {a};
    const double *classifiers[1] = {weights};
    must(libnc_report_measure_features(report, accumulators, classifiers, NULL, 1));
    ck_assert_double_eq(value(report, LIBNC_METRIC_NC4_BIAS, 1), known);
    must(libnc_report_measure_features(report, accumulators, NULL, bias, 1));
    ck_assert_double_eq(value(report, LIBNC_METRIC_NC4_BIAS, 1), known);
    ck_assert_int_eq(libnc_report_measure_features(report, accumulators, NULL, zeros, 1),
                     LIBNC_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "bias of layer 1, row 0: 0, but "));
    weights[d + 1] = (double)(float)weights[d + 1];
    must(libnc_report_measure_features(report, accumulators, classifiers, bias, 1));
    weights[d + 1] += 1e-6 * fabs(weights[d + 1]);
    ck_assert_int_eq(libnc_report_measure_features(report, accumulators, classifiers, bias, 1),
                     LIBNC_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "classifier of layer 1, row 1: "));
    libnc_report_destroy(report);
    libnc_accumulator_destroy(a);
    free(weights);
    sample_clear(&s);
}
END_TEST

/* ---- what is not available ---- */

START_TEST(without_classifier_scatter_or_second_pass)
{
    static const int64_t counts[3] = {6, 4, 3};
    sample s = clusters(3, 4, counts, 0, 1, 0.2, 1300);
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, context, 3, 4));
    must(libnc_options_set_text(libnc_accumulator_options(a), "scatter", "none"));
    show(a, &s);
    libnc_report *report = report_of(a, NULL, NULL);
    int64_t flags;
    must(libnc_report_diagnostics(report, 1, &flags));
    ck_assert_int_eq(flags, LIBNC_DIAGNOSTIC_IMBALANCED | LIBNC_DIAGNOSTIC_NO_SCATTER |
                                LIBNC_DIAGNOSTIC_NO_CLASSIFIER | LIBNC_DIAGNOSTIC_NO_DECISIONS);
    static const int32_t missing[] = {
        LIBNC_METRIC_NC1,      LIBNC_METRIC_NC1_UNDIVIDED,   LIBNC_METRIC_NC2_EQUINORM_CLASSIFIER,
        LIBNC_METRIC_NC3_ETF,  LIBNC_METRIC_NC3_DUALITY,     LIBNC_METRIC_NC4,
        LIBNC_METRIC_ACCURACY, LIBNC_METRIC_RANK_CLASSIFIER, LIBNC_METRIC_NC4_BIAS};
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
        ck_assert_double_nan(value(report, missing[i], 1));
    static const int32_t there[] = {LIBNC_METRIC_CDNV, LIBNC_METRIC_NC1_QUOTIENT,
                                    LIBNC_METRIC_NC2_ETF_FEATURES,
                                    LIBNC_METRIC_UNIFORMITY_FEATURES};
    for (size_t i = 0; i < sizeof there / sizeof *there; i++)
        ck_assert(isfinite(value(report, there[i], 1)));
    double gram[9], product_value, distance;
    must(libnc_report_matrix(report, LIBNC_GRAM_PRODUCT, 1, gram, 9));
    ck_assert_double_nan(gram[0]);
    ck_assert_int_eq(libnc_report_matrix(report, LIBNC_GRAM_FEATURES, 1, gram, 9), LIBNC_OK);
    int64_t bins[2];
    ck_assert_int_eq(libnc_report_cosine_histogram(report, 1, 1, bins, 2), LIBNC_ERROR_STATE);
    libnc_geometry *geometry = solved(counts, 3, 1, 1e-3, 0);
    must(libnc_report_compare(report, geometry, NAN));
    ck_assert(isfinite(value(report, LIBNC_METRIC_NC2_PREDICTED_FEATURES, 1)));
    ck_assert_double_nan(value(report, LIBNC_METRIC_NC2_PREDICTED_CLASSIFIER, 1));
    ck_assert_double_nan(value(report, LIBNC_METRIC_SINGULAR_VALUES_ERROR, 1));
    ck_assert_int_eq(libnc_report_fit_decay(report, geometry, &product_value, &distance),
                     LIBNC_ERROR_STATE);
    libnc_geometry_destroy(geometry);
    /* a second pass that has not seen everything */
    libnc_accumulator *b;
    must(libnc_accumulator_create(&b, context, 3, 4));
    must(libnc_options_set_text(libnc_accumulator_options(b), "scatter", "projected"));
    show(b, &s);
    must(libnc_accumulator_begin_second_pass(b, NULL, NULL, LIBNC_FLOAT64));
    must(libnc_accumulator_update(b, s.rows, LIBNC_FLOAT64, 5, 4, s.labels, LIBNC_LABEL_INT32));
    const libnc_accumulator *one[1] = {b};
    must(libnc_report_measure_features(report, one, NULL, NULL, 1));
    ck_assert_double_nan(value(report, LIBNC_METRIC_NC1, 1));
    must(libnc_report_diagnostics(report, 1, &flags));
    ck_assert_int_ne(flags & LIBNC_DIAGNOSTIC_NO_SCATTER, 0);
    libnc_accumulator_destroy(b);
    libnc_report_destroy(report);
    libnc_accumulator_destroy(a);
    sample_clear(&s);
}
END_TEST

/* ---- diagnostics ---- */

static int64_t flags_of(const sample *s, const double *weights)
{
    int64_t flags;
    libnc_report *report = report_of_sample(s, "full", weights, NULL);
    must(libnc_report_diagnostics(report, 1, &flags));
    for (int64_t bit = 1; bit <= LIBNC_DIAGNOSTIC_SCATTER_ROUNDING; bit *= 2) {
        char text[256], little[8];
        must(libnc_report_diagnostic_text(report, 1, bit, text, sizeof text));
        ck_assert_msg((text[0] != '\0') == ((flags & bit) != 0), "bit %lld: \"%s\"", (long long)bit,
                      text);
        must(libnc_report_diagnostic_text(report, 1, bit, little, sizeof little));
        ck_assert_int_eq(strncmp(little, text, sizeof little - 1), 0);
    }
    libnc_report_destroy(report);
    return flags;
}

START_TEST(doubtful_numbers_are_flagged)
{
    static const int64_t fine[3] = {9, 9, 9}, single[3] = {9, 9, 1}, two[2] = {9, 9};
    static const int64_t many[5] = {4, 4, 4, 4, 4}, few[3] = {2, 2, 2};
    double p[20], zero_row[20] = {1, 2, 3, 4};
    double *noise = random_values(20, 1, 1400);
    memcpy(p, noise, sizeof p);
    sample s = clusters(3, 4, fine, 0, 1, 0.2, 1401);
    ck_assert_int_eq(flags_of(&s, p), 0);
    ck_assert_int_eq(flags_of(&s, zero_row), LIBNC_DIAGNOSTIC_ZERO_ROWS);
    sample_clear(&s);
    s = clusters(3, 4, single, 0, 1, 0.2, 1402);
    ck_assert_int_eq(flags_of(&s, p),
                     LIBNC_DIAGNOSTIC_SINGLE_SAMPLES | LIBNC_DIAGNOSTIC_IMBALANCED);
    sample_clear(&s);
    s = clusters(2, 4, two, 0, 1, 0.2, 1403);
    ck_assert_int_eq(flags_of(&s, p), LIBNC_DIAGNOSTIC_TWO_CLASSES);
    sample_clear(&s);
    s = clusters(5, 3, many, 0, 1, 0.2, 1404);
    ck_assert_int_eq(flags_of(&s, p), LIBNC_DIAGNOSTIC_MORE_CLASSES);
    sample_clear(&s);
    s = clusters(3, 4, few, 0, 1, 0.2, 1405);
    ck_assert_int_eq(flags_of(&s, p), LIBNC_DIAGNOSTIC_FEW_SAMPLES);
    /* two classes with one mean */
    memcpy(s.rows + 8, s.rows, 8 * sizeof *s.rows);
    ck_assert_int_eq(flags_of(&s, p), LIBNC_DIAGNOSTIC_FEW_SAMPLES | LIBNC_DIAGNOSTIC_RANK |
                                          LIBNC_DIAGNOSTIC_EQUAL_MEANS);
    sample_clear(&s);
    /* one class at the mean of all: -1, 0, 1 */
    double line[6] = {-1, -1, 0, 0, 1, 1};
    int32_t labels[6] = {0, 0, 1, 1, 2, 2};
    sample centred = {3, 1, 6, line, labels};
    ck_assert_int_eq(flags_of(&centred, p) & LIBNC_DIAGNOSTIC_ZERO_MEANS,
                     LIBNC_DIAGNOSTIC_ZERO_MEANS);
    /* means that barely leave a line */
    double flat[12] = {0, 1e-8, 0.1, 1e-8, 1, 0, 1.1, 0, 2, 0, 2.1, 0};
    sample thin = {3, 2, 6, flat, labels};
    ck_assert_int_eq(flags_of(&thin, p) & LIBNC_DIAGNOSTIC_CONDITION, LIBNC_DIAGNOSTIC_CONDITION);
    /* scatter of 1 across the span of the means, 1e-9 inside */
    double across[12] = {0, 1, 1e-9, -1, 1, 1, 1 + 1e-9, -1, 2, 1, 2 + 1e-9, -1};
    sample wide = {3, 2, 6, across, labels};
    ck_assert_int_eq(flags_of(&wide, p) & LIBNC_DIAGNOSTIC_SCATTER_ROUNDING,
                     LIBNC_DIAGNOSTIC_SCATTER_ROUNDING);
    libnc_accumulator *a = accumulated(&wide, "projected", NULL, NULL);
    libnc_report *report = report_of(a, NULL, NULL);
    int64_t flags;
    must(libnc_report_diagnostics(report, 1, &flags));
    ck_assert_int_eq(flags & LIBNC_DIAGNOSTIC_PROJECTED_SCATTER,
                     LIBNC_DIAGNOSTIC_PROJECTED_SCATTER);
    ck_assert_int_eq(flags & LIBNC_DIAGNOSTIC_SCATTER_ROUNDING, 0);
    libnc_report_destroy(report);
    libnc_accumulator_destroy(a);
    free(noise);
}
END_TEST

/* ---- options ---- */

START_TEST(riesz_exponent_is_an_option)
{
    static const int64_t counts[4] = {3, 3, 3, 3};
    sample s = clusters(4, 9, counts, 0, 1, 0.1, 1500);
    libnc_accumulator *a = accumulated(&s, "full", NULL, NULL);
    libnc_report *report = report_of(a, NULL, NULL);
    const libnc_accumulator *one[1] = {a};
    double usual = value(report, LIBNC_METRIC_RIESZ_FEATURES, 1);
    libnc_options *options = libnc_report_options(report);
    must(libnc_options_set_double(options, LIBNC_REPORT_OPTION_RIESZ_EXPONENT, 7)); /* d - 2 */
    must(libnc_report_measure_features(report, one, NULL, NULL, 1));
    ck_assert_double_eq(value(report, LIBNC_METRIC_RIESZ_FEATURES, 1), usual);
    must(libnc_options_set_double(options, LIBNC_REPORT_OPTION_RIESZ_EXPONENT, 1e-6));
    must(libnc_report_measure_features(report, one, NULL, NULL, 1));
    /* log mean exp(s x) = s mean x + O(s^2) */
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_RIESZ_FEATURES, 1),
                            1e-6 * value(report, LIBNC_METRIC_UNIFORMITY_FEATURES, 1), 1e-11);
    libnc_report_destroy(report);
    libnc_accumulator_destroy(a);
    sample_clear(&s);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {adversarial_data_against_long_double,
                                  float32_near_collapse,
                                  accumulators_agree_with_a_model,
                                  reduced_basis_against_matrices,
                                  tight_frame_in_the_plane,
                                  empty_classes_are_left_out,
                                  cosines_of_classes,
                                  without_classifier_scatter_or_second_pass,
                                  doubtful_numbers_are_flagged,
                                  riesz_exponent_is_an_option};
    Suite *suite = suite_create("features");
    add_tests(suite, "features", tests, sizeof tests / sizeof *tests);
    TCase *calls = add_case(suite, "one call", 4);
    tcase_add_checked_fixture(calls, setup, teardown);
    tcase_add_loop_test(calls, one_call_is_both_passes, 0, 16);
    tcase_add_test(calls, classifiers_must_agree);
    return run_suite(suite);
}
