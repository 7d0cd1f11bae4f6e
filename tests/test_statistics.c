/* SPDX-License-Identifier: MIT
 *
 * test_statistics.c: class statistics and NC1 on arrays, near collapse above all. Oracles: two
 * passes in long double, a dense pseudo-inverse, invariances.
 */
#include "linalg/rank.h"
#include "metrics/metric_formulas.h"
#include "support/collapse_fixture.h"

/* Everything relative to its own size; deviations of the means relative to the spread. */
static void assert_statistics(nc__statistics *statistics, const sample *s, double spread,
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
        ck_assert_double_le(fabsl(statistics->squares[k] - r.energies[k]),
                            tolerance * (double)r.energies[k]);
        for (int64_t c = k * d; c < (k + 1) * d; c++) {
            long double mean =
                (long double)statistics->references[c] + (long double)statistics->offsets[c];
            ck_assert_double_le(fabsl(mean - r.means[c]), tolerance * spread);
            ck_assert_double_le(fabsl(means[c] - r.means[c]), 2 * DBL_EPSILON * fabsl(r.means[c]));
        }
    }
    const double *scatter = nc__statistics_scatter(statistics);
    for (int64_t c = 0; scatter && c < d * d; c++) {
        norm += r.scatter[c] * r.scatter[c];
        error += (scatter[c] - r.scatter[c]) * (scatter[c] - r.scatter[c]);
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
    double *centres = random_values(K_NEAR * D_NEAR, 1, 1);
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
            ck_assert_double_le(fabsl(nc__statistics_scatter(statistics)[c] - r.scatter[c]),
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
    double *centres = random_values(2 * K, 1, 5);
    fill_clusters(&s, centres, 0, 1);
    nc__statistics *a = statistics_of(&s, 10000, true), *b = statistics_of(&s, 3, true);
    nc__statistics_merge(a, b);
    ck_assert_int_eq(a->samples, 2 * K);
    for (int64_t c = 0; c < 4; c++)
        ck_assert_double_eq(nc__statistics_scatter(a)[c], 0);
    for (int64_t k = 0; k < K; k++) {
        ck_assert_int_eq(a->counts[k], 2);
        ck_assert_double_eq(a->squares[k], 0);
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
    nc__statistics_destroy(statistics);
    ck_assert_int_eq(nc__statistics_create(&statistics, context, K_NEAR, D_NEAR, true), LIBNC_OK);
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
    *rank = nc__rank_of_values(singular, K, d, nc__rank_threshold(DBL_EPSILON, sqrt(size)));
    nc__tensor v = nc__tensor_f64(basis, *rank, d), h = nc__tensor_f64(half, *rank, d);
    nc__tensor scatter = nc__tensor_f64(nc__statistics_scatter(statistics), d, d);
    nc__tensor small = nc__tensor_f64(inside, *rank, *rank);
    if (*rank > 0) {
        nc__gemm(context, false, false, 1, &v, &scatter, 0, &h);
        nc__gemm(context, false, true, 1, &h, &v, 0, &small);
    }
    for (int64_t i = 1; i < *rank; i++)
        inside[i] = inside[i * (*rank + 1)];
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
        double *centres = random_values(K * d, 1, 10 + i);
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
    double *plane = random_values(16, 1, 30), centres[40];
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
        double *centres = random_values(9, 1, 100 + seed);
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
        double *centres = random_values(24, 1, 40 + seed);
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
    double *centres = random_values(12, 1, 70);
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

int main(void)
{
    const TTest *const tests[] = {statistics_near_collapse,
                                  statistics_any_order,
                                  statistics_first_sample_is_an_outlier,
                                  statistics_merge_any_parts,
                                  statistics_many_classes,
                                  statistics_errors_change_nothing,
                                  statistics_centred_means,
                                  nc1_against_pseudo_inverse,
                                  nc1_by_hand,
                                  nc1_rank_comes_from_the_data,
                                  nc1_null_direction_is_left_out,
                                  nc1_of_float32_near_collapse,
                                  nc1_invariances,
                                  nc1_undefined_and_zero};
    Suite *suite = suite_create("statistics");
    add_tests(suite, "statistics", tests, sizeof tests / sizeof *tests);
    return run_suite(suite);
}
