/* SPDX-License-Identifier: MIT
 *
 * test_relu_features.c: cross-entropy on non-negative features: known answers, 60 random problems
 * against the lowest value that L-BFGS finds (brute.h, H = V * V), identities that every minimiser
 * obeys, invariances, thresholds and the ends of the ranges.
 */
#include "support/brute.h"
#include "support/context_fixture.h"
#include "support/geometry_fixture.h"

#include <float.h>
#include <stdbool.h>

enum { MAX_CLASSES = 16, PROBLEMS = 60, STARTS = 30 };

typedef struct solution {
    double loss, scales[MAX_CLASSES], lengths[MAX_CLASSES], gram[MAX_CLASSES * MAX_CLASSES];
    int32_t lost[MAX_CLASSES];
} solution;

static libnc_classes *classes_of(const int64_t *counts, int64_t count)
{
    libnc_classes *classes;
    ck_assert_int_eq(libnc_classes_from_counts(&classes, context, counts, count), LIBNC_OK);
    return classes;
}

static libnc_relu_features *features_of(const int64_t *counts, int64_t count, double weight_decay,
                                        double feature_decay)
{
    libnc_classes *classes = classes_of(counts, count);
    libnc_relu_features *features;
    ck_assert_int_eq(libnc_relu_features_create(&features, classes, weight_decay, feature_decay, 0),
                     LIBNC_OK);
    libnc_classes_destroy(classes);
    return features;
}

static double threshold_of(const int64_t *counts, int64_t count, double weight_decay,
                           double feature_decay)
{
    double threshold;
    libnc_relu_features *f = features_of(counts, count, weight_decay, feature_decay);
    ck_assert_int_eq(libnc_relu_features_threshold(f, &threshold), LIBNC_OK);
    libnc_relu_features_destroy(f);
    return threshold;
}

static solution solve_counts(const int64_t *counts, int64_t count, double weight_decay,
                             double feature_decay)
{
    solution s;
    const size_t size = (size_t)count;
    libnc_relu_features *f = features_of(counts, count, weight_decay, feature_decay);
    ck_assert_int_eq(libnc_relu_features_classes(f), count);
    ck_assert_int_eq(libnc_relu_features_loss(f, &s.loss), LIBNC_OK);
    ck_assert_int_eq(libnc_relu_features_scales(f, s.scales, size), LIBNC_OK);
    ck_assert_int_eq(libnc_relu_features_lengths(f, s.lengths, size), LIBNC_OK);
    ck_assert_int_eq(libnc_relu_features_lost_classes(f, s.lost, size), LIBNC_OK);
    ck_assert_int_eq(libnc_relu_features_classifier_gram(f, s.gram, size * size), LIBNC_OK);
    libnc_relu_features_destroy(f);
    return s;
}

/* ---- known answers ---- */

START_TEST(known_answer)
{
    const solution s = solve_counts((const int64_t[]){20, 10, 5}, 3, 0.01, 0.001);
    const double scales[] = {4.574446, 4.219293, 3.860459};
    for (int k = 0; k < 3; k++) {
        ck_assert_double_eq_tol(s.scales[k], scales[k], 5e-7);
        ck_assert_int_eq(s.lost[k], 0);
    }
    ck_assert_double_eq_tol(s.loss, 0.1354024980, 5e-11);
}
END_TEST

typedef struct known {
    int64_t counts[4], classes;
    double weight_decay, feature_decay, loss, scales[4], lengths[4], rows[4];
} known;

/* The other lines of the table in doc/relu_features.md, from the paper's form of the formulas. */
static const known TABLE[] = {
    {{20, 10, 5},
     3,
     .01,
     .001,
     .1354024980,
     {4.574446324, 4.219293288, 3.860459484},
     {2.641057816, 3.445038544, 4.457674644},
     {4.467056399, 3.548517855, 2.940417244}},
    {{60, 30, 1},
     3,
     .001,
     .1,
     .4261591151,
     {2.936522589, 2.545006063, 0},
     {.03095366594, .03793871040, 0},
     {142.7840190, 106.8310867, 49.92302114}},
    {{100, 100, 100, 100},
     4,
     5e-4,
     5e-4,
     .1064477834,
     {5.137004067, 5.137004067, 5.137004067, 5.137004067},
     {.4448776022, .4448776022, .4448776022, .4448776022},
     {44.48776022, 44.48776022, 44.48776022, 44.48776022}},
    {{200, 100, 50, 50},
     4,
     5e-4,
     5e-4,
     .1018753050,
     {5.488726854, 5.137004067, 4.783102852, 4.783102852},
     {.3361145032, .4448776022, .5858080687, .5858080687},
     {59.00622274, 43.84946246, 33.71789127, 33.71789127}},
};

START_TEST(known_table)
{
    const known *line = &TABLE[_i];
    const solution s =
        solve_counts(line->counts, line->classes, line->weight_decay, line->feature_decay);
    assert_relative(s.loss, line->loss, 1e-9);
    for (int k = 0; k < line->classes; k++) {
        assert_relative(s.scales[k], line->scales[k], 1e-9);
        assert_relative(s.lengths[k], line->lengths[k], 1e-9);
        assert_relative(s.gram[k * line->classes + k], line->rows[k], 1e-9);
        ck_assert_int_eq(s.lost[k], line->scales[k] == 0);
    }
}
END_TEST

/* K = 2, n = (8, 2), lw lh = 5e-3: e^M = sqrt(n)/(N sqrt(lw lh/2)) - 1 = 2 sqrt(2)/0.5 - 1, and
 * sqrt(2)/0.5 - 1, by hand; ||h||^2 = M sqrt(lw/(2 lh n)), g = M sqrt(2 lh n/lw). */
START_TEST(two_classes)
{
    const solution s = solve_counts((const int64_t[]){8, 2}, 2, 0.05, 0.1);
    const double scales[] = {log(4 * sqrt(2) - 1), log(2 * sqrt(2) - 1)};
    const double g[] = {scales[0] * sqrt(32), scales[1] * sqrt(8)};
    for (int k = 0; k < 2; k++) {
        assert_relative(s.scales[k], scales[k], 1e-14);
        assert_relative(s.lengths[k], scales[k] * (k ? sqrt(0.125) : sqrt(0.03125)), 1e-14);
    }
    for (int i = 0; i < 4; i++)
        assert_relative(s.gram[i], (i == 0 || i == 3 ? 0.25 : -0.25) * (g[0] + g[1]), 1e-14);
}
END_TEST

/* ---- identities ---- */

/* -log of the softmax of scale (e_k - 1/K) at k, the long way. */
static double class_loss(int64_t classes, double scale)
{
    double sum = 0;
    for (int64_t j = 0; j < classes; j++)
        sum += exp((j == 0) * scale - scale);
    return log(sum);
}

/* The value is that of the objective at the point that the outputs describe, which exists:
 * W = sum_k z_k e_k^T/||h_k||, so that W W^T = sum_k z_k z_k^T/||h_k||^2. */
static void check_identities(const int64_t *counts, int64_t count, double weight_decay,
                             double feature_decay)
{
    const solution s = solve_counts(counts, count, weight_decay, feature_decay);
    double samples = 0, value = 0, largest = 0;
    for (int64_t k = 0; k < count; k++) {
        samples += (double)counts[k];
        largest = fmax(largest, s.gram[k * count + k]);
    }
    for (int64_t k = 0; k < count; k++) {
        const double n = (double)counts[k];
        value += n / samples * class_loss(count, s.scales[k]);
        value += weight_decay / 2 * s.gram[k * count + k] + feature_decay / 2 * n * s.lengths[k];
        ck_assert_int_eq(s.lost[k], s.scales[k] == 0);
        ck_assert_int_eq(s.lost[k], s.lengths[k] == 0);
    }
    assert_relative(s.loss, value, 1e-13);
    for (int64_t i = 0; i < count; i++)
        for (int64_t j = 0; j < count; j++) {
            double sum = 0;
            for (int64_t k = 0; k < count; k++)
                if (s.lengths[k] > 0)
                    sum += s.scales[k] * s.scales[k] / s.lengths[k] *
                           ((i == k) - 1 / (double)count) * ((j == k) - 1 / (double)count);
            ck_assert_double_eq_tol(s.gram[i * count + j], sum, 1e-13 * largest);
        }
}

START_TEST(point_exists)
{
    check_identities((const int64_t[]){20, 10, 5}, 3, 0.01, 0.001);
    check_identities((const int64_t[]){1, 1}, 2, 1e-6, 1e-3);
    check_identities((const int64_t[]){1000, 300, 100, 30, 10, 3, 1, 1}, 8, 1e-3, 1e-4);
    check_identities((const int64_t[]){7, 7, 7, 7, 7}, 5, 5e-3, 5e-4);
}
END_TEST

/* ---- brute force ---- */

typedef struct tally {
    int lost, kept_all, balanced;
} tally;

static double search(const brute *problem, double *best_x, uint64_t *state)
{
    const int n = brute_size(problem);
    double best = INFINITY, *x = calloc((size_t)n, sizeof *x);
    for (int start = 0; start < STARTS; start++) {
        const double scale = 0.3 + 1.5 * brute_uniform(state);
        for (int i = 0; i < n; i++)
            x[i] = scale * brute_normal(state);
        const double value = brute_descend(problem, x, 2000, 1e-10);
        if (value < best) {
            best = value;
            memcpy(best_x, x, (size_t)n * sizeof *x);
        }
    }
    free(x);
    return best;
}

static void check_rows(const brute *p, const double *x, const solution *s)
{
    double largest = 0;
    for (int k = 0; k < p->classes; k++)
        largest = fmax(largest, s->gram[k * p->classes + k]);
    for (int i = 0; i < p->classes; i++)
        for (int j = 0; j < p->classes; j++)
            ck_assert_double_eq_tol(brute_dot(x + i * p->width, x + j * p->width, p->width),
                                    s->gram[i * p->classes + j], 1e-4 * fmax(largest, 1e-2));
}

static void check_random(int index, uint64_t *state, tally *seen)
{
    int64_t counts[MAX_CLASSES];
    brute p = {.depth = 1, .loss = BRUTE_CE, .counts = counts, .gamma = 2, .squared_features = 1};
    p.classes = 2 + (int)(3 * brute_uniform(state));
    p.width = p.classes + index % 2;
    for (int k = 0; k < p.classes; k++)
        counts[k] = index % 5 == 0 ? 2 : 1 + (int64_t)(6 * brute_uniform(state));
    /* v = N sqrt(lw lh K/((K-1) n)) of the first class from 0.03 to 1.1 */
    const double v = 0.03 * pow(1.1 / 0.03, brute_uniform(state)),
                 ratio = exp(2 * brute_uniform(state) - 1);
    const double root =
        v / brute_samples(&p) * sqrt((double)counts[0] * (p.classes - 1) / p.classes);
    p.decays[0] = root * ratio;
    p.feature_decay = root / ratio;
    const solution s = solve_counts(counts, p.classes, p.decays[0], p.feature_decay);
    double *x = calloc((size_t)brute_size(&p), sizeof *x);
    const double found = search(&p, x, state);
    ck_assert_msg(fabs(s.loss - found) <= 1e-9 * found, "%d: predicted %.15g, found %.15g", index,
                  s.loss, found);
    check_rows(&p, x, &s);
    free(x);
    int lost = 0;
    for (int k = 0; k < p.classes; k++)
        lost += s.lost[k];
    seen->lost += lost > 0;
    seen->kept_all += lost == 0;
    seen->balanced += index % 5 == 0;
}

START_TEST(random_problems)
{
    uint64_t state = 31 + (uint64_t)_i;
    tally seen = {0};
    for (int index = 0; index < PROBLEMS / 2; index++)
        check_random(index, &state, &seen);
    ck_assert_int_ge(seen.lost, 3);
    ck_assert_int_ge(seen.kept_all, 5);
    ck_assert_int_ge(seen.balanced, 3);
}
END_TEST

/* ---- invariances ---- */

START_TEST(order_does_not_matter)
{
    const solution a = solve_counts((const int64_t[]){20, 3, 7, 1}, 4, 0.01, 0.002);
    const solution b = solve_counts((const int64_t[]){1, 7, 20, 3}, 4, 0.01, 0.002);
    const int to[] = {2, 3, 1, 0};
    assert_relative(a.loss, b.loss, 1e-15);
    for (int i = 0; i < 4; i++) {
        ck_assert(a.scales[i] == b.scales[to[i]]);
        for (int j = 0; j < 4; j++)
            assert_relative(a.gram[i * 4 + j], b.gram[to[i] * 4 + to[j]], 1e-14);
    }
}
END_TEST

/* Every sample twice and half the feature decay: the same classifier and means. */
START_TEST(duplication_does_not_matter)
{
    const solution a = solve_counts((const int64_t[]){20, 3, 7, 1}, 4, 0.01, 0.002);
    const solution b = solve_counts((const int64_t[]){40, 6, 14, 2}, 4, 0.01, 0.001);
    assert_relative(a.loss, b.loss, 1e-14);
    for (int i = 0; i < 4; i++) {
        ck_assert_double_eq_tol(a.scales[i], b.scales[i], 1e-13);
        ck_assert_double_eq_tol(a.lengths[i], b.lengths[i], 1e-13);
    }
    for (int i = 0; i < 16; i++)
        ck_assert_double_eq_tol(a.gram[i], b.gram[i], 1e-13);
}
END_TEST

/* Only the product of the decays moves the logits. */
START_TEST(decays_trade)
{
    const solution a = solve_counts((const int64_t[]){20, 3, 7}, 3, 0.01, 0.002);
    const solution b = solve_counts((const int64_t[]){20, 3, 7}, 3, 0.002, 0.01);
    assert_relative(a.loss, b.loss, 1e-14);
    for (int k = 0; k < 3; k++) {
        assert_relative(a.scales[k], b.scales[k], 1e-14);
        assert_relative(5 * b.lengths[k], a.lengths[k], 1e-14);
        assert_relative(5 * a.gram[4 * k], b.gram[4 * k], 1e-14);
    }
}
END_TEST

/* ---- thresholds ---- */

START_TEST(threshold)
{
    const int64_t counts[] = {60, 30, 10};
    /* lw lh of which exactly 30 is the threshold: 30 = 10^4 p 3/2 */
    assert_relative(threshold_of(counts, 3, 2e-3, 1), 30, 1e-14);
    const solution above = solve_counts(counts, 3, 2e-3, 1 - 1e-9);
    const solution below = solve_counts(counts, 3, 2e-3, 1 + 1e-9);
    ck_assert_int_eq(above.lost[1], 0);
    ck_assert_int_eq(below.lost[1], 1);
    /* M = log(1 + K (1 - v)/v), v = 1 - 5e-10 */
    assert_relative(above.scales[1], 1.5e-9, 5e-7);
    ck_assert_double_eq_tol(above.loss, below.loss, 1e-9);
    ck_assert_int_eq(below.lost[0], 0);
    ck_assert_int_eq(below.lost[2], 1);
}
END_TEST

START_TEST(all_lost)
{
    const solution s = solve_counts((const int64_t[]){4, 2, 2}, 3, 1, 1);
    assert_relative(s.loss, log(3), 1e-15);
    for (int k = 0; k < 3; k++)
        ck_assert(s.lost[k] == 1 && s.scales[k] == 0 && s.lengths[k] == 0);
    for (int i = 0; i < 9; i++)
        ck_assert(s.gram[i] == 0);
}
END_TEST

START_TEST(one_class)
{
    const solution s = solve_counts((const int64_t[]){5}, 1, 1e-3, 1e-3);
    ck_assert(s.loss == 0 && s.scales[0] == 0 && s.lengths[0] == 0 && s.gram[0] == 0);
    ck_assert_int_eq(s.lost[0], 1);
    for (int i = 0; i < 2; i++) { /* N^2 lw lh may be 0 in a double */
        const double decay = i ? DBL_MIN : 1;
        ck_assert(isinf(threshold_of((const int64_t[]){5}, 1, decay, decay)));
    }
}
END_TEST

/* ---- ends of the ranges ---- */

START_TEST(extreme_decays)
{
    const int64_t counts[] = {(int64_t)1 << 51, 3, 1};
    const solution tiny = solve_counts(counts, 3, DBL_MIN, DBL_MIN);
    const solution huge = solve_counts(counts, 3, 1e300, 1e300);
    for (int k = 0; k < 3; k++) {
        /* M = log(K-1) - log q, q = N sqrt(lw lh (K-1)/(K n)) far below rounding */
        const double log_q =
            log((double)counts[0]) + log(DBL_MIN) + 0.5 * log(2.0 / 3 / (double)counts[k]);
        assert_relative(tiny.scales[k], log(2) - log_q, 1e-14);
        ck_assert(huge.lost[k] == 1);
    }
    ck_assert(tiny.loss >= 0 && tiny.loss < 1e-280);
    assert_relative(huge.loss, log(3), 1e-14);
}
END_TEST

/* A row's length is about M sqrt(n lh/lw); for it to overflow, M must be large while n is, which
 * takes many classes. The loss and the means stay in range. */
/* As many classes as half of the samples: K/v leaves the range where v does not. */
START_TEST(many_classes_of_tiny_decay)
{
    enum { CLASSES = 1000 };
    static int64_t counts[CLASSES];
    static double scales[CLASSES];
    for (int k = 0; k < CLASSES; k++)
        counts[k] = k == 0 ? CLASSES : 1;
    libnc_relu_features *f = features_of(counts, CLASSES, DBL_MIN, DBL_MIN);
    ck_assert_int_eq(libnc_relu_features_scales(f, scales, CLASSES), LIBNC_OK);
    /* v = 1999 DBL_MIN/sqrt(999 n/1000), and M = log(K/v) */
    const double log_v = log(1999) + log(DBL_MIN) - log(.999) / 2;
    assert_relative(scales[0], log(1000) - log_v + log(1000) / 2, 1e-14);
    assert_relative(scales[1], log(1000) - log_v, 1e-14);
    libnc_relu_features_destroy(f);
}
END_TEST

START_TEST(out_of_range)
{
    int64_t counts[MAX_CLASSES] = {9000000};
    double loss, lengths[MAX_CLASSES], gram[MAX_CLASSES * MAX_CLASSES] = {7};
    for (int k = 1; k < MAX_CLASSES; k++)
        counts[k] = 1;
    for (int swap = 0; swap < 2; swap++) {
        libnc_relu_features *f =
            features_of(counts, MAX_CLASSES, swap ? 1e300 : DBL_MIN, swap ? DBL_MIN : 1e300);
        ck_assert_int_eq(libnc_relu_features_classifier_gram(f, gram, MAX_CLASSES * MAX_CLASSES),
                         swap ? LIBNC_OK : LIBNC_ERROR_NUMERICAL);
        ck_assert(swap || gram[0] == 7);
        ck_assert_int_eq(libnc_relu_features_loss(f, &loss), LIBNC_OK);
        ck_assert_int_eq(libnc_relu_features_lengths(f, lengths, MAX_CLASSES), LIBNC_OK);
        ck_assert(loss > 0 && loss < log(MAX_CLASSES));
        ck_assert(lengths[0] > 0 && isfinite(lengths[0]));
        libnc_relu_features_destroy(f);
    }
}
END_TEST

/* Two of three classes are kept: two units are enough, one is not. */
START_TEST(width)
{
    libnc_classes *classes = classes_of((const int64_t[]){60, 30, 1}, 3);
    libnc_relu_features *f = NULL;
    ck_assert_int_eq(libnc_relu_features_create(&f, classes, 1e-3, 1e-1, 1),
                     LIBNC_ERROR_UNSUPPORTED);
    ck_assert_ptr_null(f);
    ck_assert_int_eq(libnc_relu_features_create(&f, classes, 1e-3, 1e-1, 2), LIBNC_OK);
    double loss;
    ck_assert_int_eq(libnc_relu_features_loss(f, &loss), LIBNC_OK);
    ck_assert(loss == solve_counts((const int64_t[]){60, 30, 1}, 3, 1e-3, 1e-1).loss);
    libnc_relu_features_destroy(f);
    libnc_classes_destroy(classes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ReLU features");
    TCase *tests = add_case(suite, "relu_features", 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, known_answer);
    tcase_add_loop_test(tests, known_table, 0, (int)(sizeof TABLE / sizeof *TABLE));
    tcase_add_test(tests, two_classes);
    tcase_add_test(tests, point_exists);
    tcase_add_loop_test(tests, random_problems, 0, 2);
    tcase_add_test(tests, order_does_not_matter);
    tcase_add_test(tests, duplication_does_not_matter);
    tcase_add_test(tests, decays_trade);
    tcase_add_test(tests, threshold);
    tcase_add_test(tests, all_lost);
    tcase_add_test(tests, one_class);
    tcase_add_test(tests, extreme_decays);
    tcase_add_test(tests, many_classes_of_tiny_decay);
    tcase_add_test(tests, out_of_range);
    tcase_add_test(tests, width);
    return run_suite(suite);
}
