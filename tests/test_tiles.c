/* SPDX-License-Identifier: MIT
 *
 * test_tiles.c: statistics over pairs of classes, tile by tile. Oracles: every pair in long double,
 * closed forms. Sizes are on both sides of the edges of tiles.
 */
#include "support/collapse_fixture.h"

#include "metrics/class_pairs.h"

typedef struct expected {
    long double angle, angle_maximum, cosine, cosine_square, coherence, log, log_square, riesz,
        cdnv;
} expected;

static long double dot_long(const double *a, const double *b, int64_t count)
{
    long double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (long double)a[i] * b[i];
    return sum;
}

/* ||a x - b y||^2 */
static long double square_long(long double a, const double *x, long double b, const double *y,
                               int64_t count)
{
    long double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (a * x[i] - b * y[i]) * (a * x[i] - b * y[i]);
    return sum;
}

static void add_pair(expected *e, const nc__pairs_of *of, int64_t i, int64_t j)
{
    const int64_t d = of->width;
    const double *x = of->rows + i * d, *y = of->rows + j * d;
    long double length_x = sqrtl(dot_long(x, x, d)), length_y = sqrtl(dot_long(y, y, d));
    long double cosine = dot_long(x, y, d) / length_x / length_y;
    long double angle = fabsl(cosine + 1 / (long double)(of->count - 1));
    long double log_distance = -logl(square_long(1 / length_x, x, 1 / length_y, y, d)) / 2;
    e->angle += angle;
    e->angle_maximum = fmaxl(e->angle_maximum, angle);
    e->cosine += cosine;
    e->cosine_square += cosine * cosine;
    e->coherence = fmaxl(e->coherence, fabsl(cosine));
    e->log += log_distance;
    e->log_square += log_distance * log_distance;
    e->riesz += expl(of->riesz * log_distance);
    e->cdnv += (of->variability[i] + of->variability[j]) / (2 * square_long(1, x, 1, y, d));
}

static void check(double actual, long double value, double tolerance, const char *what)
{
    ck_assert_msg(fabsl(actual - value) <= tolerance * (1e-3 + fabsl(value)),
                  "%s = %.17g, not %.17g", what, actual, (double)value);
}

static void check_pairs(const nc__pairs_of *of, double tolerance)
{
    expected e = {0};
    nc__pairs pairs;
    for (int64_t i = 0; i < of->count; i++)
        for (int64_t j = 0; j < i; j++)
            add_pair(&e, of, i, j);
    const long double n = (long double)of->count * (of->count - 1) / 2;
    ck_assert_int_eq(nc__pairs_measure(&pairs, context, of), LIBNC_OK);
    check(pairs.angle_mean, e.angle / n, tolerance, "angle_mean");
    check(pairs.angle_maximum, e.angle_maximum, tolerance, "angle_maximum");
    check(pairs.cosine_mean, e.cosine / n, tolerance, "cosine_mean");
    check(pairs.cosine_std, sqrtl(fmaxl(e.cosine_square / n - e.cosine / n * e.cosine / n, 0)),
          tolerance, "cosine_std");
    check(pairs.coherence, e.coherence, tolerance, "coherence");
    check(pairs.log_mean, e.log / n, tolerance, "log_mean");
    check(pairs.log_variance, fmaxl(e.log_square / n - e.log / n * e.log / n, 0), tolerance,
          "log_variance");
    check(pairs.riesz, logl(e.riesz / n), tolerance, "riesz");
    check(pairs.cdnv, e.cdnv / n, tolerance, "cdnv");
    ck_assert_int_eq(pairs.equal, 0);
}

static double *lengths_of(const double *rows, int64_t count, int64_t width)
{
    double *lengths = malloc((size_t)count * sizeof *lengths);
    for (int64_t i = 0; i < count; i++)
        lengths[i] = (double)sqrtl(dot_long(rows + i * width, rows + i * width, width));
    return lengths;
}

START_TEST(every_pair_in_long_double)
{
    static const int64_t counts[] = {2, 3, 255, 256, 257, 511, 513, 770}, widths[] = {2, 3, 7, 40};
    for (int threads = 1; threads <= 3; threads += 2) {
        ck_assert_int_eq(libnc_context_set_threads(context, threads), LIBNC_OK);
        for (int i = 0; i < 8; i++) {
            const int64_t K = counts[i], d = widths[i % 4];
            double *rows = random_values(K * d, 1, 300 + (uint64_t)i);
            double *v = random_values(K, 1, 400 + (uint64_t)i);
            for (int64_t k = 0; k < K; k++)
                v[k] += 1.5;
            double *lengths = lengths_of(rows, K, d);
            const nc__pairs_of of = {rows, lengths, v, K, d, 2.5, 0, NULL, NULL};
            check_pairs(&of, 1e-11);
            free(lengths);
            free(v);
            free(rows);
        }
    }
}
END_TEST

/* Pairs of rows 1e-9 of their length apart: ||x||^2 + ||y||^2 - 2 x.y has no digit of the squared
 * distance 1e-18. A wrong one is off by any factor, or negative. */
START_TEST(near_pairs_do_not_cancel)
{
    enum { K = 300, D = 24 };
    double *rows = random_values(K * D, 1, 500), *noise = random_values(K * D, 1, 501);
    double *v = random_values(K, 1, 502);
    for (int64_t k = 0; k < K; k++)
        v[k] = 1e-20 * (1.5 + v[k]);
    for (int64_t i = 0; i < K / 2 * D; i++)
        rows[K / 2 * D + i] = rows[i] + 1e-9 * noise[i];
    double *lengths = lengths_of(rows, K, D);
    const nc__pairs_of of = {rows, lengths, v, K, D, 3, 0, NULL, NULL};
    expected e = {0};
    nc__pairs pairs;
    for (int64_t i = 0; i < K; i++)
        for (int64_t j = 0; j < i; j++)
            add_pair(&e, &of, i, j);
    const long double n = (long double)K * (K - 1) / 2;
    ck_assert_int_eq(nc__pairs_measure(&pairs, context, &of), LIBNC_OK);
    ck_assert_double_eq_tol(pairs.cdnv, (double)(e.cdnv / n), 1e-10 * (double)(e.cdnv / n));
    /* unit vectors are rounded at 1e-16, their difference is 1e-9 */
    ck_assert_double_eq_tol(pairs.log_mean, (double)(e.log / n), 1e-7);
    ck_assert_double_eq_tol(pairs.riesz, (double)logl(e.riesz / n), 1e-6);
    free(lengths);
    free(v);
    free(noise);
    free(rows);
}
END_TEST

/* A simplex in K - 1 dimensions: every distance of directions is sqrt(2 K/(K-1)). */
START_TEST(simplex_is_uniform)
{
    enum { K = 9 };
    double rows[K * K], v[K];
    for (int64_t i = 0; i < K * K; i++)
        rows[i] = 3 * ((i / K == i % K) - 1.0 / K);
    for (int64_t k = 0; k < K; k++)
        v[k] = 2;
    double *lengths = lengths_of(rows, K, K), distance = sqrt(2.0 * K / (K - 1));
    const nc__pairs_of of = {rows, lengths, v, K, K, 5, 0, NULL, NULL};
    nc__pairs pairs;
    ck_assert_int_eq(nc__pairs_measure(&pairs, context, &of), LIBNC_OK);
    ck_assert_double_eq_tol(pairs.log_mean, -log(distance), 1e-15);
    ck_assert_double_le(pairs.log_variance, 1e-30);
    ck_assert_double_eq_tol(pairs.riesz, -5 * log(distance), 1e-14);
    ck_assert_double_eq_tol(pairs.coherence, 1.0 / (K - 1), 1e-15);
    ck_assert_double_eq_tol(pairs.cdnv, 2 / 18.0, 1e-15); /* ||x_i - x_j||^2 = 2 3^2 */
    free(lengths);
}
END_TEST

/* s = 4000: ||u_i - u_j||^-s is 1e-1204 or so; a wrong one that is not in logarithms underflows. */
START_TEST(riesz_energy_in_logarithms)
{
    enum { K = 5, S = 4000 };
    double rows[K * 3];
    for (int64_t i = 0; i < K; i++) {
        rows[3 * i] = cos(2 * acos(-1) * (double)i / K);
        rows[3 * i + 1] = sin(2 * acos(-1) * (double)i / K);
        rows[3 * i + 2] = 0;
    }
    double *lengths = lengths_of(rows, K, 3);
    const nc__pairs_of of = {rows, lengths, NULL, K, 3, S, 0, NULL, NULL};
    nc__pairs pairs;
    ck_assert_int_eq(nc__pairs_measure(&pairs, context, &of), LIBNC_OK);
    /* half the pairs are 2 sin(pi/5) apart; the others, 2 sin(2 pi/5), do not show beside them */
    double energy = -S * log(2 * sin(acos(-1) / 5)) + log(0.5);
    ck_assert_double_eq_tol(pairs.riesz, energy, 1e-10 * fabs(energy));
    ck_assert_double_nan(pairs.cdnv);
    free(lengths);
}
END_TEST

START_TEST(coinciding_directions_are_infinitely_crowded)
{
    const double rows[6] = {1, 0, 2, 0, 0, 3}, lengths[3] = {1, 2, 3}, v[3] = {1, 1, 1};
    const double other[3] = {2, 0, NAN};
    nc__pairs_of of = {rows, lengths, v, 3, 2, 1, 0, NULL, NULL};
    nc__pairs pairs;
    ck_assert_int_eq(nc__pairs_measure(&pairs, context, &of), LIBNC_OK);
    ck_assert_double_nan(pairs.cdnv_unbiased);
    of.unbiased = other;
    ck_assert_int_eq(nc__pairs_measure(&pairs, context, &of), LIBNC_OK);
    ck_assert_double_nan(pairs.cdnv_unbiased);
    of.count = 2;
    ck_assert_int_eq(nc__pairs_measure(&pairs, context, &of), LIBNC_OK);
    ck_assert_double_eq_tol(pairs.cdnv_unbiased, 1, 1e-15); /* (2 + 0)/(2 1^2) */
    of.count = 3;
    ck_assert_int_eq(nc__pairs_measure(&pairs, context, &of), LIBNC_OK);
    ck_assert_double_infinite(pairs.log_mean);
    ck_assert_double_infinite(pairs.riesz);
    ck_assert_double_nan(pairs.log_variance);
    ck_assert_double_eq_tol(pairs.cdnv, (1 + 0.1 + 1.0 / 13) / 3, 1e-15);
    ck_assert_double_eq_tol(pairs.coherence, 1, 1e-15);
}
END_TEST

/* The result does not depend on the threads at all, and on the order of classes by rounding. */
START_TEST(threads_and_order_do_not_show)
{
    enum { K = 700, D = 12 };
    double *rows = random_values(K * D, 1, 600), *v = random_values(K, 1, 601);
    double *turned = malloc(K * D * sizeof *turned), *turned_v = malloc(K * sizeof *turned_v);
    for (int64_t k = 0; k < K; k++) {
        v[k] += 2;
        turned_v[K - 1 - k] = v[k];
        memcpy(turned + (K - 1 - k) * D, rows + k * D, D * sizeof *rows);
    }
    double *lengths = lengths_of(rows, K, D), *turned_lengths = lengths_of(turned, K, D);
    const nc__pairs_of of = {rows, lengths, v, K, D, 10, 0, NULL, NULL};
    const nc__pairs_of turned_of = {turned, turned_lengths, turned_v, K, D, 10, 0, NULL, NULL};
    nc__pairs one, two, other;
    ck_assert_int_eq(nc__pairs_measure(&one, context, &of), LIBNC_OK);
    ck_assert_int_eq(nc__pairs_measure(&other, context, &turned_of), LIBNC_OK);
    ck_assert_int_eq(libnc_context_set_threads(context, 2), LIBNC_OK);
    ck_assert_int_eq(nc__pairs_measure(&two, context, &of), LIBNC_OK);
    const double *a = &one.angle_mean, *b = &two.angle_mean, *c = &other.angle_mean;
    for (int i = 0; i < 9; i++) {
        ck_assert_double_eq_tol(a[i], b[i], 1e-13 * fabs(a[i]));
        ck_assert_double_eq_tol(a[i], c[i], 1e-12 * fabs(a[i]));
    }
    free(turned_lengths);
    free(lengths);
    free(turned_v);
    free(turned);
    free(v);
    free(rows);
}
END_TEST

START_TEST(off_diagonal_squares_of_products)
{
    static const int64_t counts[] = {1, 2, 256, 300, 800};
    for (int i = 0; i < 5; i++) {
        const int64_t K = counts[i], d = 5;
        double *a = random_values(K * d, 1, 700), *b = random_values(K * d, 1, 701), found;
        for (int symmetric = 0; symmetric <= 1; symmetric++) {
            const double *right = symmetric ? a : b;
            long double sum = 0;
            for (int64_t j = 0; j < K * K; j++)
                if (j / K != j % K)
                    sum += powl(dot_long(a + j / K * d, right + j % K * d, d), 2);
            ck_assert_int_eq(nc__off_diagonal_squares(&found, context, a, right, K, d), LIBNC_OK);
            ck_assert_double_eq_tol(found, (double)sum, 1e-12 * (double)sum + 1e-300);
        }
        free(b);
        free(a);
    }
}
END_TEST

static size_t largest_block;

static void *allocate_and_note(size_t size, void *user)
{
    (void)user;
    largest_block = size > largest_block ? size : largest_block;
    return malloc(size);
}

static void release_block(void *block, void *user)
{
    (void)user;
    free(block);
}

/* Many bins take a row of them for each thread, not for each row of a tile. */
START_TEST(histogram_of_many_bins)
{
    enum { K = 300, D = 4, BINS = 1 << 20 };
    double *rows = random_values(K * D, 1, 810), *lengths = lengths_of(rows, K, D);
    const nc__pairs_of of = {rows, lengths, NULL, K, D, 1, 0, NULL, NULL};
    int64_t *counts = calloc(BINS, sizeof *counts), pairs = 0;
    libnc_context *noting;
    ck_assert_int_eq(
        libnc_context_create_with_allocator(&noting, allocate_and_note, release_block, NULL),
        LIBNC_OK);
    ck_assert_int_eq(libnc_context_set_threads(noting, 2), LIBNC_OK);
    ck_assert_int_eq(nc__pairs_histogram(counts, BINS, noting, &of), LIBNC_OK);
    for (int64_t b = 0; b < BINS; b++)
        pairs += counts[b];
    ck_assert_int_eq(pairs, K * (K - 1) / 2);
    ck_assert_uint_lt(largest_block, 3 * BINS * sizeof *counts);
    libnc_context_destroy(noting);
    free(counts);
    free(lengths);
    free(rows);
}
END_TEST

START_TEST(histogram_counts_every_pair)
{
    enum { K = 600, D = 4, BINS = 7 };
    double *rows = random_values(K * D, 1, 800), *lengths = lengths_of(rows, K, D);
    const nc__pairs_of of = {rows, lengths, NULL, K, D, 1, 0, NULL, NULL};
    int64_t counts[BINS], expected_counts[BINS] = {0}, edges[2];
    for (int64_t i = 0; i < K; i++)
        for (int64_t j = 0; j < i; j++) {
            long double cosine =
                dot_long(rows + i * D, rows + j * D, D) / (lengths[i] * (long double)lengths[j]);
            expected_counts[(int)floorl((cosine + 1) / 2 * BINS)]++;
        }
    ck_assert_int_eq(nc__pairs_histogram(counts, BINS, context, &of), LIBNC_OK);
    for (int b = 0; b < BINS; b++)
        ck_assert_int_eq(counts[b], expected_counts[b]);
    /* cosines of 1 and -1, which rounding may carry over the edge */
    const double line[3] = {0.1, 0.3, -0.7}, line_lengths[3] = {0.1, 0.3, 0.7};
    const nc__pairs_of of_line = {line, line_lengths, NULL, 3, 1, 1, 0, NULL, NULL};
    ck_assert_int_eq(nc__pairs_histogram(edges, 2, context, &of_line), LIBNC_OK);
    ck_assert_int_eq(edges[0], 2);
    ck_assert_int_eq(edges[1], 1);
    const nc__pairs_of of_noise = {line, line_lengths, NULL, 3, 1, 1, 0.2, NULL, NULL};
    ck_assert_int_eq(nc__pairs_histogram(edges, 2, context, &of_noise), LIBNC_OK);
    ck_assert_int_eq(edges[0] + edges[1], 0);
    free(lengths);
    free(rows);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {every_pair_in_long_double,
                                  near_pairs_do_not_cancel,
                                  simplex_is_uniform,
                                  riesz_energy_in_logarithms,
                                  coinciding_directions_are_infinitely_crowded,
                                  threads_and_order_do_not_show,
                                  off_diagonal_squares_of_products,
                                  histogram_counts_every_pair,
                                  histogram_of_many_bins};
    Suite *suite = suite_create("tiles");
    add_tests(suite, "tiles", tests, sizeof tests / sizeof *tests);
    return run_suite(suite);
}
