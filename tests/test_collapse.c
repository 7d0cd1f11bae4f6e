/* SPDX-License-Identifier: MIT
 *
 * test_collapse.c: metrics of frames and decisions on arrays, the traps of doc/metrics.md included.
 * Oracles: closed forms, brute force in long double.
 */
#include "accumulator/nearest_mean.h"
#include "linalg/rank.h"
#include "metrics/class_pairs.h"
#include "metrics/metric_formulas.h"
#include "support/collapse_fixture.h"

/* ---- frames ---- */

enum { K_FRAME = 6 };

/* Distances of a K x K matrix itself: the basis is that of the classes. */
static double frame_distance(const double *a, int64_t K, double share)
{
    double ones[16];
    ck_assert_int_le(K, 16);
    for (int64_t k = 0; k < K; k++)
        ones[k] = 1 / sqrt((double)K);
    return nc__metric_frame_distance(a, K, ones, K, share);
}

static double etf_distance(const double *a, int64_t K)
{
    return frame_distance(a, K, 1);
}

static double of_distance(const double *a, int64_t K)
{
    return frame_distance(a, K, 0);
}

static double *lengths_of(const double *rows, int64_t count, int64_t width, double *lengths)
{
    for (int64_t i = 0; i < count; i++) {
        lengths[i] = 0;
        for (int64_t c = 0; c < width; c++)
            lengths[i] += rows[i * width + c] * rows[i * width + c];
        lengths[i] = sqrt(lengths[i]);
    }
    return lengths;
}

static nc__pairs pairs_of(const double *rows, const double *variability, int64_t count,
                          int64_t width, double noise)
{
    double lengths[64];
    ck_assert_int_le(count, 64);
    const nc__pairs_of of = {
        rows, lengths_of(rows, count, width, lengths), variability, count, width, 1, noise, NULL,
        NULL};
    nc__pairs pairs;
    ck_assert_int_eq(nc__pairs_measure(&pairs, context, &of), LIBNC_OK);
    return pairs;
}

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
        ck_assert_double_le(etf_distance(a, K), 1e-15);
        nc__pairs pairs = pairs_of(a, NULL, K, K, 0); /* I - J/K is its own Gram matrix */
        double lengths[K_FRAME];
        ck_assert_double_le(nc__metric_equinorm(lengths_of(a, K, K, lengths), K, 0), 1e-15);
        ck_assert_double_le(pairs.angle_mean, 1e-15);
        ck_assert_double_le(pairs.cosine_std, 1e-15);
        etf(a, K, -1); /* opposite logits are as far as can be: distance 2 */
        ck_assert_double_eq_tol(etf_distance(a, K), 2, 1e-15);
    }
    for (int64_t k = 0; k < K_FRAME; k++)
        b[k * K_FRAME + k] = 0.25;
    ck_assert_double_le(of_distance(b, K_FRAME), 1e-15);
    /* <nz(I), nz(I - J/K)> = sqrt((K-1)/K): the frames are sqrt(2 - 2 sqrt(5/6)) apart */
    ck_assert_double_eq_tol(etf_distance(b, K_FRAME), sqrt(2 - 2 * sqrt(5.0 / 6)), 1e-15);
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
/* Squares of these entries are beyond a double, or vanish. */
START_TEST(distances_do_not_depend_on_scale)
{
    static const double scales[] = {1e300, 1e160, 1e-160, 1e-300};
    enum { SIZE = K_FRAME * K_FRAME };
    double a[SIZE], target[SIZE], scaled[SIZE], scaled_target[SIZE];
    for (int64_t i = 0; i < SIZE; i++) {
        a[i] = (i % (K_FRAME + 1) == 0) + 0.01 * (double)(i % 5);
        target[i] = i % (K_FRAME + 1) == 0;
    }
    for (int s = 0; s < 4; s++) {
        for (int64_t i = 0; i < SIZE; i++) {
            scaled[i] = scales[s] * a[i];
            scaled_target[i] = scales[s] * target[i];
        }
        ck_assert_double_eq_tol(of_distance(scaled, K_FRAME), of_distance(a, K_FRAME), 1e-14);
        ck_assert_double_eq_tol(etf_distance(scaled, K_FRAME), etf_distance(a, K_FRAME), 1e-14);
        ck_assert_double_eq_tol(nc__metric_distance(scaled, target, SIZE),
                                nc__metric_distance(a, target, SIZE), 1e-14);
        ck_assert_double_eq_tol(nc__metric_relative_error(scaled, scaled_target, SIZE),
                                nc__metric_relative_error(a, target, SIZE), 1e-14);
    }
}
END_TEST

START_TEST(planted_perturbations_have_the_first_order_distance)
{
    enum { SIZE = K_FRAME * K_FRAME };
    double a[SIZE], t[SIZE], *e = random_values(SIZE, 1, 80);
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
            double frame = of ? of_distance(a, K_FRAME) : etf_distance(a, K_FRAME);
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
    double rows[18] = {0}, lengths[6];
    for (int64_t i = 0; i < 6; i++)
        rows[i * 3 + i / 2] = i % 2 == 0 ? 2 : -2;
    nc__pairs pairs = pairs_of(rows, NULL, 6, 3, 0);
    double expected = (3 * 0.8 + 12 * 0.2) / 15;
    ck_assert_double_eq_tol(pairs.angle_mean, expected, 1e-15);
    ck_assert_double_eq_tol(pairs.angle_maximum, 0.8, 1e-15);
    ck_assert_double_eq_tol(pairs.cosine_mean, -0.2, 1e-15);
    ck_assert_double_eq_tol(pairs.cosine_std, sqrt(3 * 0.64 + 12 * 0.04) / sqrt(15), 1e-15);
    ck_assert_double_eq_tol(pairs.coherence, 1, 1e-15);
    ck_assert_double_le(nc__metric_equinorm(lengths_of(rows, 6, 3, lengths), 6, 0), 1e-15);
}
END_TEST

/* Lengths 1, 2, 3, 6: mean 3, std sqrt(14/4). A wrong one (divisor K - 1) gives sqrt(14/3)/3, or
 * depends on the order (successive differences). */
START_TEST(equinorm_does_not_depend_on_order)
{
    static const double lengths[3][4] = {{1, 2, 3, 6}, {6, 1, 3, 2}, {3, 6, 2, 1}};
    for (int i = 0; i < 3; i++) {
        ck_assert_double_eq_tol(nc__metric_equinorm(lengths[i], 4, 0), sqrt(3.5) / 3, 1e-15);
        ck_assert_double_eq_tol(nc__metric_equinorm(lengths[i], 4, 1), sqrt(14.0 / 3) / 3, 1e-15);
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
        ck_assert_double_eq_tol(pairs_of(centred, v, 2, 2, 0).cdnv, 0.125, 1e-15);
    }
    /* three classes at the corners of a right triangle with sides 1, 1, sqrt 2 and v = 1, 2, 3 */
    const double corners[6] = {0, 0, 1, 0, 0, 1}, v[3] = {1, 2, 3};
    ck_assert_double_eq_tol(pairs_of(corners, v, 3, 2, 0).cdnv, (1.5 + 2 + 1.25) / 3, 1e-15);
}
END_TEST

START_TEST(undefined_metrics_are_nan)
{
    double zero[9] = {0}, one[9] = {1}, unit[1] = {2};
    ck_assert_double_nan(nc__metric_equinorm(zero, 3, 0));
    ck_assert_double_nan(nc__metric_equinorm(one, 1, 1));
    ck_assert_double_nan(pairs_of(zero, NULL, 3, 3, 0).angle_mean);
    ck_assert_double_nan(pairs_of(one, NULL, 3, 3, 0).angle_mean); /* two rows vanish */
    ck_assert_double_nan(pairs_of(one, NULL, 3, 3, 0).log_mean);
    ck_assert_double_nan(pairs_of(unit, NULL, 1, 1, 0).angle_mean);
    ck_assert_double_nan(etf_distance(zero, 3));
    ck_assert_double_nan(etf_distance(unit, 1));
    ck_assert_double_nan(of_distance(zero, 3));
    ck_assert_double_eq(of_distance(unit, 1), 0);
    ck_assert_double_nan(nc__metric_distance(zero, one, 9));
    ck_assert_double_nan(nc__metric_distance(one, zero, 9));
    ck_assert_double_nan(nc__metric_relative_error(one, zero, 9));
    ck_assert_double_eq(nc__metric_relative_error(zero, one, 9), 1);
    ck_assert_double_nan(nc__metric_duality(one, zero, 3, 3));
    ck_assert_double_nan(pairs_of(unit, unit, 1, 1, 0).cdnv);
    ck_assert_double_nan(pairs_of(zero, one, 3, 3, 0).cdnv); /* equal means */
    ck_assert_int_eq(pairs_of(zero, one, 3, 3, 0).equal, 3);
}
END_TEST

/* A row of rounding noise has no direction: a wrong one gives the cosine of noise. */
START_TEST(equiangular_of_noise_is_nan)
{
    const double rows[6] = {1, 0, -0.5, 0.8, 3e-17, -1e-17};
    double noise = nc__rank_threshold(DBL_EPSILON, 1);
    ck_assert_double_nan(pairs_of(rows, NULL, 3, 2, noise).angle_mean);
    ck_assert(isfinite(pairs_of(rows, NULL, 3, 2, 0).angle_mean));
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

static void find_nearest(const sample *s, const nc__statistics *statistics, int32_t scalar,
                         int32_t *nearest)
{
    nc__arena arena = {.context = context};
    nc__sample_block block;
    nc__nearest search;
    nc__tensor exact = nc__tensor_f64(s->rows, s->count, s->width);
    nc__tensor rows = nc__tensor_alloc(context, scalar, s->count, s->width);
    ck_assert_int_eq(nc__sample_block_create(&block, &arena, statistics, scalar), LIBNC_OK);
    ck_assert_int_eq(nc__nearest_create(&search, &arena, &block), LIBNC_OK);
    ck_assert_int_ge(block.capacity, s->count);
    nc__convert(&exact, &rows);
    nc__sample_block_fill(&block, &rows, s->labels);
    nc__nearest_find(&search, &block, nearest);
    nc__arena_release(&arena);
    nc__free(context, rows.data);
}

/* Nearest means by the library, with products in float64 or float32, against brute force in long
 * double. Gives the number of samples for which the textbook form ||x||^2 + ||m||^2 - 2 x.m decides
 * otherwise. */
static int64_t check_nearest_in(const sample *s, int32_t scalar)
{
    int64_t K = s->classes, d = s->width, naive_errors = 0;
    nc__statistics *statistics = statistics_of(s, 100, false);
    double *means = malloc((size_t)(K * d) * sizeof(double));
    int32_t *nearest = malloc((size_t)s->count * sizeof(int32_t));
    nc__statistics_means(statistics, means);
    find_nearest(s, statistics, scalar, nearest);
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
    free(means);
    nc__statistics_destroy(statistics);
    return naive_errors;
}

static int64_t check_nearest(const sample *s)
{
    int64_t errors = check_nearest_in(s, LIBNC_FLOAT64);
    for (int64_t i = 0; i < s->count * s->width; i++)
        s->rows[i] = (float)s->rows[i];
    check_nearest_in(s, LIBNC_FLOAT32);
    return errors;
}

START_TEST(nearest_mean_against_brute_force)
{
    static const int64_t counts[5] = {80, 60, 40, 20, 10};
    static const double spreads[] = {1e-9, 0.1, 1, 3};
    for (size_t i = 0; i < 4; i++) {
        sample s = sample_create(5, 7, counts);
        double *centres = random_values(35, 1, 90 + i);
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
    double *centres = random_values(12, 1, 110);
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
    double *centres = random_values(12, 1, 120);
    for (int64_t i = 9; i < 12; i++)
        centres[i] = centres[i - 3] + 1e-9;
    fill_clusters(&s, centres, 1e-9, 121);
    ck_assert_int_gt(check_nearest(&s), 20);
    free(centres);
    sample_clear(&s);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        planted_frames_have_distance_zero, planted_perturbations_have_the_first_order_distance,
        distances_do_not_depend_on_scale,  equiangular_takes_the_absolute_value,
        equinorm_does_not_depend_on_order, duality_compares_equal_classes,
        cdnv_does_not_depend_on_scale,     undefined_metrics_are_nan,
        equiangular_of_noise_is_nan,       decisions_respect_the_bias,
        nearest_mean_against_brute_force,  nearest_mean_does_not_cancel,
        nearest_mean_of_close_pair};
    Suite *suite = suite_create("collapse");
    add_tests(suite, "collapse", tests, sizeof tests / sizeof *tests);
    return run_suite(suite);
}
