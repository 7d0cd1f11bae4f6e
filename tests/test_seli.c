/* SPDX-License-Identifier: MIT
 *
 * test_seli.c: the geometry of simplex-encoded labels: known answers, the definition (squares and
 * pseudo-inverses of the two Gram matrices, LAPACK's singular values), the certificate of the
 * max-margin problem, and the minimisers of cross-entropy as the decay goes to zero (brute.h).
 */
#include "support/brute.h"
#include "support/context_fixture.h"
#include "support/geometry_fixture.h"

#include "linalg/linalg.h"

enum { MOST = 40 };

typedef struct solution {
    int64_t classes;
    double values[MOST], rows[MOST], means[MOST];
    double classifier[MOST * MOST], features[MOST * MOST]; /* Gram matrices */
    double row_cosines[MOST * MOST], mean_cosines[MOST * MOST], logits[MOST * MOST];
} solution;

static solution s;

static void solve_counts(const int64_t *counts, int64_t count)
{
    libnc_classes *classes;
    const size_t k = (size_t)count;
    s.classes = count;
    ck_assert_int_eq(libnc_classes_from_counts(&classes, context, counts, count), LIBNC_OK);
    ck_assert_int_eq(libnc_seli_singular_values(classes, s.values, k), LIBNC_OK);
    ck_assert_int_eq(libnc_seli_lengths(classes, s.rows, s.means, k), LIBNC_OK);
    ck_assert_int_eq(libnc_seli_grams(classes, 0, s.classifier, s.features, k * k), LIBNC_OK);
    ck_assert_int_eq(libnc_seli_grams(classes, 1, s.row_cosines, s.mean_cosines, k * k), LIBNC_OK);
    ck_assert_int_eq(libnc_seli_logits(classes, s.logits, k * k), LIBNC_OK);
    libnc_classes_destroy(classes);
}

/* ---- known answers ---- */

/* Half the classes ten times larger, K = 10; only ratios of counts matter. */
START_TEST(known_answer)
{
    int64_t counts[10];
    for (int k = 0; k < 10; k++)
        counts[k] = (k < 5 ? 10 : 1) * (_i ? 37 : 1);
    solve_counts(counts, 10);
    ck_assert_double_eq_tol(s.rows[0] / s.rows[9], 2.67209992, 5e-9);
    ck_assert_double_eq_tol(s.row_cosines[98], .03336887, 5e-9);
    ck_assert_double_eq_tol(s.row_cosines[1], -.14395274, 5e-9);
    ck_assert_double_eq_tol(s.row_cosines[9], -.13868062, 5e-9);
    ck_assert_double_eq_tol(s.means[0] / s.means[9], .35082871, 5e-9);
    ck_assert_double_eq_tol(s.mean_cosines[98], -.18674621, 5e-9);
    ck_assert_double_eq_tol(s.mean_cosines[1], -.06970180, 5e-9);
    ck_assert_double_eq_tol(s.mean_cosines[9], -.08543365, 5e-9);
}
END_TEST

/* K classes, of which the first `large` are `ratio` times larger: ratio of squared lengths, cosines
 * of two small, two large and one of each; of rows, then of means. */
static const struct {
    int classes, large, ratio;
    double rows[4], means[4];
} TABLE[] = {
    {10,
     5,
     100,
     {5.76621226, .33802608, -.14802212, -.19590308},
     {.11555729, -.22839265, -.06301612, -.05085022}},
    {10,
     5,
     1000,
     {9.06609257, .67074783, -.14844050, -.24463614},
     {.03700340, -.24305459, -.06230335, -.02888466}},
    {10,
     3,
     10,
     {2.81479532, -.02781633, -.15469874, -.16552116},
     {.34040934, -.14546882, -.06409844, -.07266430}},
    {10,
     7,
     10,
     {2.50379235, .10353482, -.13223120, -.10897707},
     {.37226342, -.26908241, -.07805139, -.10813438}},
    {4,
     2,
     10,
     {1.99524705, .07944565, -.45899148, -.38209596},
     {.43638985, -.64853183, -.19460050, -.26602269}},
};

START_TEST(known_table)
{
    const int k = TABLE[_i].classes, corner = k * k - 2;
    int64_t counts[10];
    for (int i = 0; i < k; i++)
        counts[i] = i < TABLE[_i].large ? TABLE[_i].ratio : 1;
    solve_counts(counts, k);
    const double rows[] = {s.rows[0] / s.rows[k - 1], s.row_cosines[corner], s.row_cosines[1],
                           s.row_cosines[k - 1]};
    const double means[] = {s.means[0] / s.means[k - 1], s.mean_cosines[corner], s.mean_cosines[1],
                            s.mean_cosines[k - 1]};
    for (int i = 0; i < 4; i++) {
        ck_assert_double_eq_tol(rows[i], TABLE[_i].rows[i], 6e-9);
        ck_assert_double_eq_tol(means[i], TABLE[_i].means[i], 6e-9);
    }
}
END_TEST

/* Two sizes, 4 classes of 18 and 2 of 3: mu = (2 18 + 4 3)/6 = 8, and the rest by hand. */
START_TEST(two_sizes)
{
    solve_counts((const int64_t[]){18, 18, 3, 18, 3, 18}, 6);
    const double root[] = {sqrt(18), sqrt(3), sqrt(8)};
    assert_relative(s.rows[0], root[0] * .75 + root[2] * 2 / 24, 1e-14);
    assert_relative(s.rows[2], root[1] * .5 + root[2] * 4 / 12, 1e-14);
    assert_relative(s.classifier[1], -root[0] / 4 + root[2] * 2 / 24, 1e-14);
    assert_relative(s.classifier[2], -root[2] / 6, 1e-14);
    assert_relative(s.means[0], .75 / root[0] + 1 / root[2] * 2 / 24, 1e-14);
    assert_relative(s.features[2 * 6 + 4], -.5 / root[1] + 1 / root[2] * 4 / 12, 1e-14);
    assert_relative(s.features[2], -1 / root[2] / 6, 1e-14);
}
END_TEST

/* Equal counts: the simplex ETF, sqrt(n) and 1/sqrt(n) times I - J/K. */
START_TEST(balanced)
{
    const int64_t counts[] = {9, 9, 9, 9, 9};
    solve_counts(counts, 5);
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 5; j++) {
            const double etf = (i == j) - 0.2;
            ck_assert_double_eq_tol(s.classifier[i * 5 + j], 3 * etf, 1e-15);
            ck_assert_double_eq_tol(s.features[i * 5 + j], etf / 3, 1e-15);
            ck_assert_double_eq_tol(s.row_cosines[i * 5 + j], i == j ? 1 : -0.25, 1e-15);
        }
    for (int i = 0; i < 5; i++)
        ck_assert_double_eq_tol(s.values[i], i < 4 ? 3 : 0, 1e-15);
}
END_TEST

/* K = 2: one direction, (1, -1)/sqrt(2), with s^2 = (n_1 + n_2)/2. */
START_TEST(two_classes)
{
    solve_counts((const int64_t[]){7, 1}, 2);
    for (int i = 0; i < 4; i++) {
        const double sign = i == 0 || i == 3 ? 1 : -1;
        assert_relative(s.classifier[i], sign, 1e-15); /* sqrt(4)/2 */
        assert_relative(s.features[i], sign / 4, 1e-15);
        assert_relative(s.row_cosines[i], sign, 1e-15);
        assert_relative(s.mean_cosines[i], sign, 1e-15);
        assert_relative(s.logits[i], sign / 2, 1e-15);
    }
    assert_relative(s.values[0], 2, 1e-15);
    ck_assert(s.values[1] == 0);
}
END_TEST

START_TEST(one_class)
{
    solve_counts((const int64_t[]){7}, 1);
    ck_assert(s.values[0] == 0 && s.rows[0] == 0 && s.means[0] == 0 && s.classifier[0] == 0);
    ck_assert(s.features[0] == 0 && s.logits[0] == 0);
    ck_assert(isnan(s.row_cosines[0]) && isnan(s.mean_cosines[0]));
}
END_TEST

/* ---- the definition ---- */

static void multiply(const double *a, const double *b, double *c)
{
    const int64_t n = s.classes;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            c[i * n + j] = 0;
            for (int64_t k = 0; k < n; k++)
                c[i * n + j] += a[i * n + k] * b[k * n + j];
        }
}

static void assert_close(const double *a, const double *b, double tolerance, const char *what)
{
    double norm = 0, distance = 0;
    for (int64_t i = 0; i < s.classes * s.classes; i++) {
        norm += b[i] * b[i];
        distance += (a[i] - b[i]) * (a[i] - b[i]);
    }
    ck_assert_msg(sqrt(distance) <= tolerance * sqrt(norm), "%s: off by %g of %g", what,
                  sqrt(distance), sqrt(norm));
}

/* Zhat Zhat^T = C D^2 C, entry by entry. */
static void fill_square(const int64_t *counts, double *square)
{
    const int64_t n = s.classes;
    double samples = 0;
    for (int64_t k = 0; k < n; k++)
        samples += (double)counts[k];
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            square[i * n + j] =
                (i == j ? (double)counts[i] : 0) -
                ((double)counts[i] + (double)counts[j] - samples / (double)n) / (double)n;
}

/* LAPACK on the K x K matrix C D. */
static void check_singular_values(const int64_t *counts)
{
    const int64_t n = s.classes;
    double matrix[MOST * MOST], values[MOST];
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            matrix[i * n + j] = ((i == j) - 1 / (double)n) * sqrt((double)counts[j]);
    ck_assert_int_eq(nc__svd(context, matrix, n, n, values, NULL, NULL), LIBNC_OK);
    for (int64_t i = 0; i < n; i++)
        ck_assert_double_eq_tol(s.values[i], values[i], 1e-13 * values[0]);
}

static void check_definition(const int64_t *counts, int64_t count)
{
    double product[MOST * MOST], square[MOST * MOST], trace[2] = {0, 0}, sum = 0;
    solve_counts(counts, count);
    check_singular_values(counts);
    fill_square(counts, square);
    multiply(s.classifier, s.classifier, product);
    assert_close(product, square, 1e-13, "(W W^T)^2 = Zhat Zhat^T");
    multiply(s.classifier, s.features, product);
    assert_close(product, s.logits, 1e-12, "W W^T Hbar^T Hbar = I - J/K");
    for (int64_t k = 0; k < count; k++) {
        assert_relative(s.rows[k], s.classifier[k * count + k], 1e-14);
        assert_relative(s.means[k], s.features[k * count + k], 1e-14);
        trace[0] += s.rows[k];
        trace[1] += (double)counts[k] * s.means[k];
        sum += s.values[k];
    }
    assert_relative(trace[0], sum, 1e-13);
    assert_relative(trace[1], sum, 1e-13);
    for (int64_t i = 0; i < count; i++)
        for (int64_t j = 0; j < count; j++) {
            const double row = sqrt(s.rows[i]) * sqrt(s.rows[j]);
            const double mean = sqrt(s.means[i]) * sqrt(s.means[j]);
            const double tolerance = 1e-13;
            ck_assert_double_eq_tol(s.row_cosines[i * count + j] * row, s.classifier[i * count + j],
                                    tolerance * row);
            ck_assert_double_eq_tol(s.mean_cosines[i * count + j] * mean, s.features[i * count + j],
                                    tolerance * mean);
            ck_assert(s.classifier[i * count + j] == s.classifier[j * count + i]);
        }
}

static void fill_random(int64_t *counts, int64_t count, int kinds, uint64_t *state)
{
    int64_t sizes[MOST];
    for (int i = 0; i < kinds; i++)
        sizes[i] = 1 + (int64_t)exp(7 * brute_uniform(state));
    for (int64_t k = 0; k < count; k++)
        counts[k] = sizes[(int)(kinds * brute_uniform(state))];
}

/* One class of each size, far apart: with two of them every cosine is -1 and W W^T is its length
 * times [[1, -1], [-1, 1]]; with more the diagonals still are the lengths. */
START_TEST(sizes_far_apart)
{
    static const int64_t sizes[][3] = {{1, 1000000000000}, {1000000000000, 999999999999, 1}};
    const int count = 2 + _i;
    solve_counts(sizes[_i], count);
    for (int k = 0; k < count; k++) {
        assert_relative(s.classifier[k * (count + 1)], s.rows[k], 1e-15);
        assert_relative(s.features[k * (count + 1)], s.means[k], 1e-15);
    }
    if (count == 2) {
        assert_relative(s.row_cosines[1], -1, 1e-15);
        assert_relative(s.mean_cosines[1], -1, 1e-15);
    }
}
END_TEST

START_TEST(definition)
{
    int64_t counts[MOST];
    uint64_t state = 41;
    check_definition((const int64_t[]){5, 4, 3, 2, 1}, 5);
    check_definition((const int64_t[]){1000000, 1000001, 999999}, 3);
    check_definition((const int64_t[]){100000, 100, 100, 1}, 4);
    for (int i = 0; i < 40; i++) {
        const int64_t count = 2 + (int64_t)((MOST - 2) * brute_uniform(&state));
        fill_random(counts, count, i % 4 == 0 ? MOST : 1 + i % 4, &state);
        check_definition(counts, count);
    }
}
END_TEST

/* ---- optimality ---- */

/* The dual point of the max-margin problem, V U^T, has column of class k equal to that of
 * Hbar^T Hbar: a certificate if entries off the diagonal are negative, and then unique. */
START_TEST(certificate)
{
    int64_t counts[MOST];
    uint64_t state = 43;
    for (int i = 0; i < 60; i++) {
        const int64_t count = 2 + (int64_t)(20 * brute_uniform(&state));
        fill_random(counts, count, 1 + i % 5, &state);
        solve_counts(counts, count);
        for (int64_t k = 0; k < count; k++)
            for (int64_t l = 0; l < count; l++)
                ck_assert(k == l || s.features[k * count + l] < 0);
    }
}
END_TEST

/* How far cosines of rows and means of the cross-entropy minimiser are from those of SELI. */
static double distance_from_seli(const brute *p, uint64_t *state)
{
    const int d = p->width, samples = brute_samples(p), n = brute_size(p);
    double *x = calloc((size_t)n, sizeof *x), largest = 0;
    for (int i = 0; i < n; i++)
        x[i] = brute_normal(state);
    brute_descend(p, x, 60000, 1e-14);
    const double *h = x + p->classes * d;
    double w_gram[9], h_gram[9];
    const int first[] = {0, (int)p->counts[0], (int)(p->counts[0] + p->counts[1])};
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            w_gram[i * 3 + j] = brute_dot(x + i * d, x + j * d, d);
            h_gram[i * 3 + j] = 0;
            for (int a = 0; a < d; a++)
                h_gram[i * 3 + j] += h[a * samples + first[i]] * h[a * samples + first[j]];
        }
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            const double w = w_gram[i * 3 + j] / sqrt(w_gram[i * 4] * w_gram[j * 4]);
            const double m = h_gram[i * 3 + j] / sqrt(h_gram[i * 4] * h_gram[j * 4]);
            largest = fmax(largest, fabs(w - s.row_cosines[i * 3 + j]));
            largest = fmax(largest, fabs(m - s.mean_cosines[i * 3 + j]));
        }
    free(x);
    return largest;
}

START_TEST(limit_of_small_decay)
{
    const int64_t counts[] = {4, 2, 1};
    double last = INFINITY;
    uint64_t state = 44;
    solve_counts(counts, 3);
    for (int i = 0; i < 4; i++) {
        const double decay = pow(10, -3 - 2 * i);
        const brute p = {.classes = 3,
                         .width = 3,
                         .depth = 1,
                         .counts = counts,
                         .loss = BRUTE_CE,
                         .gamma = 2,
                         .feature_decay = decay,
                         .decays = {decay}};
        const double distance = distance_from_seli(&p, &state);
        ck_assert_msg(distance < 0.8 * last, "decay %g: distance %g after %g", decay, distance,
                      last);
        last = distance;
    }
    ck_assert_double_lt(last, 0.025);
}
END_TEST

/* ---- sizes ---- */

/* Nothing grows with N, and values and lengths not with K^2. */
START_TEST(large)
{
    enum { K = 200000 };
    libnc_classes *classes;
    int64_t *counts = calloc(K, sizeof *counts);
    double *values = calloc(K, sizeof *values), *rows = calloc(K, sizeof *rows);
    for (int k = 0; k < K; k++)
        counts[k] = k % 3 == 0 ? (int64_t)1 << 34 : k % 3 == 1 ? 1000000 : 1;
    ck_assert_int_eq(libnc_classes_from_counts(&classes, context, counts, K), LIBNC_OK);
    ck_assert_int_eq(libnc_seli_singular_values(classes, values, K), LIBNC_OK);
    ck_assert_int_eq(libnc_seli_lengths(classes, rows, NULL, K), LIBNC_OK);
    double sum = 0, trace = 0, squares = 0, expected = 0;
    for (int k = 0; k < K; k++) {
        sum += values[k];
        trace += rows[k];
        squares += values[k] * values[k];
        expected += (double)counts[k] * (1 - 1.0 / K); /* ||Zhat||^2 */
    }
    assert_relative(trace, sum, 1e-11); /* of 200,000 roundings */
    assert_relative(squares, expected, 1e-11);
    ck_assert(values[0] == (double)(1 << 17) && values[K - 1] == 0);
    libnc_classes_destroy(classes);
    free(rows);
    free(values);
    free(counts);
}
END_TEST

START_TEST(single_outputs)
{
    libnc_classes *classes;
    double rows[3], gram[9];
    const int64_t counts[] = {4, 2, 1};
    solve_counts(counts, 3);
    ck_assert_int_eq(libnc_classes_from_counts(&classes, context, counts, 3), LIBNC_OK);
    ck_assert_int_eq(libnc_seli_lengths(classes, NULL, rows, 3), LIBNC_OK);
    ck_assert_int_eq(memcmp(rows, s.means, sizeof rows), 0);
    ck_assert_int_eq(libnc_seli_grams(classes, 0, NULL, gram, 9), LIBNC_OK);
    ck_assert_int_eq(memcmp(gram, s.features, sizeof gram), 0);
    ck_assert_int_eq(libnc_seli_grams(classes, 1, gram, NULL, 9), LIBNC_OK);
    ck_assert_int_eq(memcmp(gram, s.row_cosines, sizeof gram), 0);
    libnc_classes_destroy(classes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("SELI");
    TCase *tests = add_case(suite, "seli", 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, known_answer, 0, 2);
    tcase_add_loop_test(tests, known_table, 0, (int)(sizeof TABLE / sizeof *TABLE));
    tcase_add_test(tests, two_sizes);
    tcase_add_test(tests, balanced);
    tcase_add_test(tests, two_classes);
    tcase_add_test(tests, one_class);
    tcase_add_loop_test(tests, sizes_far_apart, 0, 2);
    tcase_add_test(tests, definition);
    tcase_add_test(tests, certificate);
    tcase_add_test(tests, limit_of_small_decay);
    tcase_add_test(tests, large);
    tcase_add_test(tests, single_outputs);
    return run_suite(suite);
}
