/* SPDX-License-Identifier: MIT
 *
 * test_threshold.c: where minority collapse begins (libnc/threshold.h, doc/minority_collapse.md).
 *
 * Every threshold is compared with solutions of the problem on both sides of it, which know nothing
 * of thresholds, and with known answers; the equation for R_0 also with a K x K certificate that is
 * formed here from its definition.
 */
#include "support/brute.h"
#include "support/minority_fixture.h"

/* ---- R_0 and R_1: known answers ---- */

static double merge_ratio(int64_t classes, int64_t majority, double e_w, double e_h)
{
    double ratio = -1;
    libnc_context *context = NULL;
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    ck_assert_int_eq(libnc_threshold_peeled_merged(context, classes, majority, e_w, e_h, &ratio),
                     LIBNC_OK);
    libnc_context_destroy(context);
    return ratio;
}

static double vanish_ratio(int64_t classes, int64_t majority, double e_w, double e_h)
{
    double ratio = -1;
    libnc_context *context = NULL;
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    ck_assert_int_eq(libnc_threshold_peeled_lost(context, classes, majority, e_w, e_h, &ratio),
                     LIBNC_OK);
    libnc_context_destroy(context);
    return ratio;
}

/* The table of doc/minority_collapse.md: K = 10, E_W = 1, E_H = 5. */
static const double RATIOS[][2] = {
    {1495086692.35, INFINITY},      {11942.5908461, INFINITY},      {245.496930598, INFINITY},
    {36.4465775588, INFINITY},      {12.1924470803, INFINITY},      {6.19679443667, 14.1437894556},
    {4.00046671014, 5.70533017102}, {2.98223282387, 3.52358428290},
};

START_TEST(known_ratios)
{
    const double vanish = vanish_ratio(10, _i + 1, 1, 5);
    assert_relative(merge_ratio(10, _i + 1, 1, 5), RATIOS[_i][0], 5e-12);
    if (isinf(RATIOS[_i][1]))
        ck_assert(vanish == INFINITY);
    else
        assert_relative(vanish, RATIOS[_i][1], 5e-12);
}
END_TEST

START_TEST(one_minority_class_can_vanish)
{
    assert_relative(vanish_ratio(10, 9, 1, 5), 2.59005587701, 5e-12);
}
END_TEST

/* Only the product of the energies matters. */
START_TEST(ratios_see_the_product)
{
    for (int64_t majority = 1; majority <= 8; majority++) {
        const double merge = merge_ratio(10, majority, 1, 5);
        assert_relative(merge_ratio(10, majority, 5, 1), merge, 1e-13);
        assert_relative(merge_ratio(10, majority, 1e-80, 5e80), merge, 1e-13);
        const double vanish = vanish_ratio(10, majority, 1, 5);
        ck_assert(vanish > merge);
        if (isfinite(vanish))
            assert_relative(vanish_ratio(10, majority, 1e-80, 5e80), vanish, 1e-12);
    }
}
END_TEST

/* R_0 falls with K_A, grows with the energies, and goes to 1 with them. */
START_TEST(ratios_are_monotone)
{
    for (double rho = 1e-3; rho < 4; rho *= 2)
        for (int64_t majority = 1; majority <= 10; majority++) {
            const double ratio = merge_ratio(12, majority, rho, rho);
            ck_assert(ratio > 1);
            ck_assert(merge_ratio(12, majority, 1.01 * rho, rho) > ratio);
            if (majority > 1)
                ck_assert(merge_ratio(12, majority - 1, rho, rho) > ratio);
        }
    ck_assert(fabs(merge_ratio(100000, 500, 1e-300, 1e-300) - 1) < 1e-12);
    ck_assert(fabs(vanish_ratio(100000, 500, 1e-300, 1e-300) - 1) < 1e-12);
}
END_TEST

/* ---- R_0 against the solver, K_A from 1 to K - 2 ---- */

static double multiplier_over_slope(const imbalance *p)
{
    fixture f = solve_imbalance(p);
    double sum = 0;
    for (int64_t k = 0; k < p->classes; k++)
        sum += p->weights[k];
    const double value = price_of(f.geometry) * sum / p->weights[p->classes - 1];
    release(&f);
    return value;
}

static double minority_distance(const imbalance *p)
{
    fixture f = solve_imbalance(p);
    const double distance = row_distance(f.geometry, p->classes - 1, p->classes - 2);
    release(&f);
    return distance;
}

/* At R_0 the multiplier is the minority's slope. Before it the rows differ, beyond it they do not.
 */
START_TEST(merge_ratio_agrees_with_solutions)
{
    static const int64_t sizes[] = {3, 4, 7, 10, 16};
    static const double rhos[] = {.3, 1, 1.7, 2.23606797749979};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int64_t majority = 1; majority <= sizes[i] - 2; majority++) {
            const double rho = rhos[_i];
            const double ratio = merge_ratio(sizes[i], majority, rho, rho);
            if (ratio > 1e6)
                continue;
            imbalance p = peeled_problem(sizes[i], majority, ratio, rho);
            const double at = multiplier_over_slope(&p);
            ck_assert_msg(fabs(at - 1) < 1e-9, "K = %lld, K_A = %lld: mu / slope = 1 %+.3g",
                          (long long)sizes[i], (long long)majority, at - 1);
            p = peeled_problem(sizes[i], majority, ratio * (1 - 1e-4), rho);
            ck_assert(multiplier_over_slope(&p) < 1);
            ck_assert(minority_distance(&p) > 1e-5);
            p = peeled_problem(sizes[i], majority, ratio * (1 + 1e-6), rho);
            ck_assert(multiplier_over_slope(&p) > 1);
            ck_assert(minority_distance(&p) < 1e-7);
        }
}
END_TEST

/* Fang et al.'s settings, as near as 1e-6. */
START_TEST(merge_ratio_is_sharp)
{
    static const int64_t majorities[] = {3, 5, 7};
    const int64_t majority = majorities[_i];
    const double rho = sqrt(5), ratio = merge_ratio(10, majority, 1, 5);
    imbalance p = peeled_problem(10, majority, ratio * (1 - 1e-6), rho);
    ck_assert(multiplier_over_slope(&p) < 1);
    p = peeled_problem(10, majority, ratio * (1 + 1e-6), rho);
    ck_assert(multiplier_over_slope(&p) > 1);
    ck_assert(minority_distance(&p) < 1e-7);
}
END_TEST

/* ---- R_0 against its definition: the K x K certificate at the merged solution ----
 *
 * The best logits of the merged form for a given R, by plain descent in two unknowns, then the
 * spectral norm of the K x K gradient by power iteration. */

enum { PEELED = 10 };

typedef struct merged {
    int64_t majority;
    double ratio, norm;
} merged;

/* Z = a (I - J/K_A) + s u v^T, v = (cos phi, -sin phi) */
static void merged_logits(const merged *p, double s, double phi, double z[PEELED][PEELED])
{
    const double k = PEELED, ka = (double)p->majority, kb = k - ka;
    const double a = (p->norm - s) / (ka - 1);
    for (int64_t i = 0; i < PEELED; i++)
        for (int64_t j = 0; j < PEELED; j++) {
            const double u = i < p->majority ? sqrt(kb / k / ka) : -sqrt(ka / k / kb);
            const double v = j < p->majority ? cos(phi) / sqrt(ka) : -sin(phi) / sqrt(kb);
            z[i][j] = s * u * v;
            if (i < p->majority && j < p->majority)
                z[i][j] += a * ((i == j) - 1 / ka);
        }
}

/* Sum of weight times cross-entropy; gradient by column. */
static double weighted_loss(const merged *p, double z[PEELED][PEELED], double g[PEELED][PEELED])
{
    double loss = 0;
    for (int64_t j = 0; j < PEELED; j++) {
        const double weight = j < p->majority ? p->ratio : 1;
        double sum = 0;
        for (int64_t i = 0; i < PEELED; i++)
            sum += exp(z[i][j] - z[j][j]);
        loss += weight * log(sum);
        for (int64_t i = 0; i < PEELED; i++)
            g[i][j] = weight * (exp(z[i][j] - z[j][j]) / sum - (i == j));
    }
    return loss;
}

static double merged_loss(const merged *p, double s, double phi)
{
    double z[PEELED][PEELED], g[PEELED][PEELED];
    merged_logits(p, s, phi, z);
    return weighted_loss(p, z, g);
}

/* Golden section over one unknown at a time, shrinking: slow and plain. */
static double line_minimum(const merged *p, double other, bool over_phi, double low, double high)
{
    const double part = (sqrt(5) - 1) / 2;
    for (int i = 0; i < 90; i++) {
        const double x = high - part * (high - low), y = low + part * (high - low);
        const double fx = over_phi ? merged_loss(p, other, x) : merged_loss(p, x, other);
        const double fy = over_phi ? merged_loss(p, other, y) : merged_loss(p, y, other);
        if (fx < fy)
            high = y;
        else
            low = x;
    }
    return (low + high) / 2;
}

static double spectral_norm(double g[PEELED][PEELED])
{
    double v[PEELED], w[PEELED], norm = 0;
    for (int i = 0; i < PEELED; i++)
        v[i] = 1 + .37 * i * i - .1 * i;
    for (int step = 0; step < 20000; step++) {
        double square = 0;
        for (int i = 0; i < PEELED; i++) {
            w[i] = 0;
            for (int j = 0; j < PEELED; j++)
                w[i] += g[i][j] * v[j];
        }
        for (int j = 0; j < PEELED; j++) {
            v[j] = 0;
            for (int i = 0; i < PEELED; i++)
                v[j] += g[i][j] * w[i];
            square += v[j] * v[j];
        }
        norm = sqrt(square);
        for (int j = 0; j < PEELED; j++)
            v[j] /= norm;
    }
    return sqrt(norm);
}

/* ||G||_2 over the complementary slope -<G, Z>/||Z||_*: 1 where the merged solution is optimal,
 * above where it is not. */
static double certificate(int64_t majority, double ratio)
{
    const merged p = {majority, ratio, PEELED * sqrt(5)};
    double z[PEELED][PEELED], g[PEELED][PEELED], product = 0;
    double s = .1 * p.norm, phi = .5;
    for (int round = 0; round < 60; round++) {
        phi = line_minimum(&p, s, true, 0, 1.5707963267948966);
        s = line_minimum(&p, phi, false, 0, p.norm);
    }
    merged_logits(&p, s, phi, z);
    (void)weighted_loss(&p, z, g);
    for (int i = 0; i < PEELED; i++)
        for (int j = 0; j < PEELED; j++)
            product -= g[i][j] * z[i][j];
    return spectral_norm(g) * p.norm / product;
}

START_TEST(merge_ratio_is_certified)
{
    static const int64_t majorities[] = {3, 5, 7};
    const double ratio = merge_ratio(10, majorities[_i], 1, 5);
    ck_assert(fabs(certificate(majorities[_i], ratio * 1.001) - 1) < 1e-6);
    ck_assert(certificate(majorities[_i], ratio * .999) > 1 + 1e-4);
}
END_TEST

/* ---- R_1 ---- */

START_TEST(vanish_ratio_agrees_with_solutions)
{
    static const double rhos[] = {.2, .5, 1, 1.5};
    int found = 0;
    for (int64_t classes = 3; classes <= 12; classes += 3)
        for (int64_t majority = 2; majority < classes; majority++) {
            const double rho = rhos[_i], ratio = vanish_ratio(classes, majority, rho, rho);
            for (int beyond = 0; beyond <= 1 && ratio < 1e4; beyond++) {
                double norms[MOST_CLASSES], means[MOST_CLASSES];
                imbalance p =
                    peeled_problem(classes, majority, ratio * (beyond ? 1 + 1e-6 : 1 - 1e-3), rho);
                fixture f = solve_imbalance(&p);
                ck_assert_int_eq(
                    libnc_geometry_lengths(f.geometry, 1, norms, means, (size_t)classes), LIBNC_OK);
                if (beyond)
                    ck_assert(norms[classes - 1] < 1e-12 && means[classes - 1] < 1e-12);
                else
                    ck_assert(norms[classes - 1] > 1e-9 && means[classes - 1] > 1e-9);
                found++;
                release(&f);
            }
        }
    ck_assert_int_gt(found, 4);
}
END_TEST

/* ---- decay form: critical products ---- */

static double merge_decay(const imbalance *p, int64_t class_index)
{
    fixture f = pose(p);
    double decay = -1;
    ck_assert_int_eq(libnc_threshold_merge_decay(f.geometry, class_index, &decay), LIBNC_OK);
    release(&f);
    return decay;
}

static double total_decay(const imbalance *p)
{
    fixture f = pose(p);
    double decay = -1;
    ck_assert_int_eq(libnc_threshold_total_decay(f.geometry, &decay), LIBNC_OK);
    release(&f);
    return decay;
}

START_TEST(decay_has_a_formula)
{
    imbalance p = {.classes = 4, .counts = {200, 100, 50, 50}, .price = 5e-4};
    assert_relative(merge_decay(&p, 3), sqrt(50) / 400, 1e-15);
    assert_relative(merge_decay(&p, LIBNC_THRESHOLD_ALL_GROUPS), sqrt(50) / 400, 1e-15);
    p.smoothing = .1;
    assert_relative(merge_decay(&p, 2), .9 * sqrt(50) / 400, 1e-15);
    for (int k = 0; k < 4; k++)
        p.weights[k] = k < 2 ? 1 : 3;
    assert_relative(merge_decay(&p, 2), .9 * 3 * sqrt(50) / 400, 1e-15);
    p.normalised = 1;
    assert_relative(merge_decay(&p, 2), .9 * 3 * sqrt(50) / 600, 1e-15);
    imbalance apart = {.classes = 3, .counts = {3, 2, 1}, .price = 1};
    ck_assert(merge_decay(&apart, LIBNC_THRESHOLD_ALL_GROUPS) == INFINITY);
}
END_TEST

/* Groups of random sizes, with everything that may change the threshold. */
static imbalance random_problem(uint64_t *state, int64_t energy)
{
    imbalance p = {.energy = energy, .price = 1};
    const int64_t groups = whole(state, 2, 3);
    for (int64_t g = 0; g < groups; g++) {
        const int64_t count = whole(state, 1, 30), classes = whole(state, 2, 4);
        const double weight = .5 + 2 * uniform(state);
        for (int64_t i = 0; i < classes; i++) {
            p.counts[p.classes] = count;
            p.weights[p.classes++] = weight;
        }
    }
    p.bias = whole(state, 0, 1);
    p.normalised = whole(state, 0, 1);
    p.smoothing = whole(state, 0, 1) ? .2 * uniform(state) : 0;
    return p;
}

/* The last group is apart just below its critical product and merged just above, while it is not so
 * large that all is zero. */
START_TEST(decay_agrees_with_solutions)
{
    uint64_t state = (uint64_t)_i + 1;
    int tried = 0;
    for (int i = 0; i < 10; i++) {
        imbalance p = random_problem(&state, 0);
        const double critical = merge_decay(&p, p.classes - 1);
        if (critical >= .999 * total_decay(&p))
            continue;
        p.price = critical * (1 - 1e-6);
        ck_assert(minority_distance(&p) > 1e-7);
        p.price = critical * (1 + 1e-6);
        ck_assert(minority_distance(&p) < 1e-7);
        tried++;
    }
    ck_assert_int_gt(tried, 1);
}
END_TEST

/* ---- brute force: W and H minimised from random numbers, without libnc ---- */

/* ||w_k - w_l|| of the last two classes over the longest row; the length of the longest row. */
static double brute_distance(const brute *p, uint64_t *state, double *longest)
{
    const int size = brute_size(p), d = p->width, last = p->classes - 1;
    double *x = calloc((size_t)size, sizeof *x), square = 0;
    for (int i = 0; i < size; i++)
        x[i] = brute_uniform(state) - .5;
    (void)brute_descend(p, x, 20000, 1e-11);
    *longest = 0;
    for (int k = 0; k < p->classes; k++) {
        double length = 0;
        for (int i = 0; i < d; i++)
            length += x[k * d + i] * x[k * d + i];
        *longest = fmax(*longest, sqrt(length));
    }
    for (int i = 0; i < d; i++)
        square += pow(x[last * d + i] - x[(last - 1) * d + i], 2);
    free(x);
    return sqrt(square) / fmax(*longest, 1e-3);
}

START_TEST(decay_agrees_with_brute_force)
{
    uint64_t state = (uint64_t)_i + 701;
    imbalance p = {.classes = whole(&state, 3, 5), .price = 1};
    for (int64_t k = 0; k < p.classes; k++)
        p.counts[k] = k < p.classes - 2 ? whole(&state, 5, 9) : 2;
    p.bias = _i % 2;
    p.smoothing = _i % 3 ? 0 : .1;
    const double critical = merge_decay(&p, p.classes - 1), total = total_decay(&p);
    brute b = {.classes = (int)p.classes,
               .width = (int)p.classes,
               .depth = 1,
               .bias = (int)p.bias,
               .loss = BRUTE_CE,
               .counts = p.counts,
               .smoothing = p.smoothing};
    double longest;
    ck_assert(critical < .95 * total);
    for (int beyond = 0; beyond <= 1; beyond++) {
        const double c = critical * (beyond ? 1.02 : .98);
        b.decays[0] = 2 * c;
        b.feature_decay = c / 2;
        const double distance = brute_distance(&b, &state, &longest);
        ck_assert_msg(beyond ? distance < 1e-4 : distance > 1e-2, "distance %g at c*%g", distance,
                      c / critical);
    }
    b.decays[0] = b.feature_decay = total * 1.02;
    (void)brute_distance(&b, &state, &longest);
    ck_assert_msg(longest < 1e-4, "row of length %g beyond total collapse", longest);
    b.decays[0] = b.feature_decay = total * .98;
    (void)brute_distance(&b, &state, &longest);
    ck_assert_msg(longest > 1e-2, "rows of length %g before total collapse", longest);
}
END_TEST

static double largest_value(const imbalance *p)
{
    fixture f = solve_imbalance(p);
    double values[MOST_CLASSES];
    ck_assert_int_eq(libnc_geometry_singular_values(f.geometry, values, (size_t)p->classes),
                     LIBNC_OK);
    release(&f);
    return values[0];
}

START_TEST(total_collapse_agrees_with_solutions)
{
    uint64_t state = (uint64_t)_i + 101;
    for (int i = 0; i < 10; i++) {
        imbalance p = random_problem(&state, 0);
        const double critical = total_decay(&p);
        p.price = critical * (1 - 1e-6);
        ck_assert(largest_value(&p) > 1e-9);
        p.price = critical * (1 + 1e-6);
        ck_assert(largest_value(&p) < 1e-12);
    }
}
END_TEST

/* ||(I - p 1^T) diag(a/d)||_2 by power iteration on the K x K matrix. */
START_TEST(total_collapse_is_a_norm)
{
    uint64_t state = (uint64_t)_i + 201;
    imbalance p = random_problem(&state, 0);
    const int64_t n = p.classes;
    double a[MOST_CLASSES], v[MOST_CLASSES], w[MOST_CLASSES], sum = 0, samples = 0, norm = 0;
    for (int64_t k = 0; k < n; k++) {
        a[k] = (double)p.counts[k] * p.weights[k];
        sum += a[k];
        samples += (double)p.counts[k];
        v[k] = 1 + uniform(&state);
    }
    for (int step = 0; step < 200000; step++) {
        double total = 0, mixed = 0, square = 0;
        for (int64_t k = 0; k < n; k++) {
            w[k] = a[k] / sqrt((double)p.counts[k]) * v[k];
            total += w[k];
        }
        for (int64_t k = 0; k < n; k++) {
            const double share = p.bias ? a[k] / sum : 1 / (double)n;
            w[k] -= share * total;
            mixed += share * w[k];
        }
        for (int64_t k = 0; k < n; k++) {
            w[k] = a[k] / sqrt((double)p.counts[k]) * (w[k] - mixed);
            square += w[k] * w[k];
        }
        norm = sqrt(square);
        for (int64_t k = 0; k < n; k++)
            v[k] = w[k] / norm;
    }
    const double divisor = p.normalised ? sum : samples;
    assert_relative(total_decay(&p), (1 - p.smoothing) * sqrt(norm) / divisor, 1e-9);
}
END_TEST

/* As many sizes as classes: no bias, the largest eigenvalue of T^2 - t t^T/K by its secular
 * equation. */
START_TEST(total_collapse_of_many_sizes)
{
    enum { SIZES = 20000 };
    int64_t *counts = calloc(SIZES, sizeof *counts);
    double samples = 0, decay;
    fixture f;
    for (int64_t k = 0; k < SIZES; k++)
        samples += (double)(counts[k] = k + 1);
    ck_assert_int_eq(libnc_context_create(&f.context), LIBNC_OK);
    ck_assert_int_eq(libnc_classes_from_counts(&f.classes, f.context, counts, SIZES), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_create(&f.geometry, f.classes, 1), LIBNC_OK);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_LOSS, CE);
    ck_assert_int_eq(libnc_threshold_total_decay(f.geometry, &decay), LIBNC_OK);
    const double square = decay * samples * decay * samples; /* t_k^2 = n_k in these units */
    double sum = 0;
    for (int64_t k = 0; k < SIZES; k++)
        sum += (double)counts[k] / ((double)counts[k] - square) / SIZES;
    ck_assert(square > SIZES - 1 && square < SIZES);
    ck_assert_msg(fabs(sum - 1) < 1e-6, "secular equation: %g instead of 1", sum);
    release(&f);
    free(counts);
}
END_TEST

START_TEST(balanced_total_collapse)
{
    for (int64_t classes = 2; classes <= 6; classes++)
        for (int64_t bias = 0; bias <= 1; bias++) {
            imbalance p = {.classes = classes, .bias = bias, .price = 1};
            for (int64_t k = 0; k < classes; k++)
                p.counts[k] = 7;
            const double expected = sqrt(7) / (7 * (double)classes);
            assert_relative(total_decay(&p), expected, 1e-14);
            assert_relative(merge_decay(&p, 0), expected, 1e-14);
        }
    const imbalance one = {.classes = 1, .counts = {5}, .price = 1};
    ck_assert(total_decay(&one) == 0);
}
END_TEST

/* ---- counts and ratios ---- */

START_TEST(counts_enclose_what_is_apart)
{
    libnc_context *context = NULL;
    double lower, upper;
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    for (double rest = 0; rest <= 300; rest += 100)
        for (double smoothing = 0; smoothing < 1; smoothing += .3) {
            const double c = .01;
            ck_assert_int_eq(
                libnc_threshold_merge_counts(context, 3, rest, c, smoothing, &lower, &upper),
                LIBNC_OK);
            for (double n = .5; n < 4000; n *= 1.3) {
                const bool apart = sqrt(n) * (1 - smoothing) > c * (rest + 3 * n);
                ck_assert(apart == (n > lower && n < upper));
            }
        }
    ck_assert_int_eq(libnc_threshold_merge_counts(context, 3, 1e6, 1, 0, &lower, &upper), LIBNC_OK);
    ck_assert(lower == INFINITY && upper == 0);
    ck_assert_int_eq(libnc_threshold_merge_counts(context, 3, 1e6, 1, 0, NULL, NULL), LIBNC_OK);
    libnc_context_destroy(context);
}
END_TEST

START_TEST(ratios_enclose_what_is_apart)
{
    libnc_context *context = NULL;
    double lower, upper;
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    for (int64_t majority = 1; majority <= 8; majority++)
        for (double c = 1e-4; c < 1; c *= 10) {
            ck_assert_int_eq(
                libnc_threshold_merge_ratios(context, 10, majority, 100, c, .1, &lower, &upper),
                LIBNC_OK);
            for (double ratio = 1e-3; ratio < 1e8; ratio *= 1.7) {
                const double n = 100 / ratio, rest = 100 * (double)majority;
                const bool apart = sqrt(n) * .9 > c * (rest + (10 - (double)majority) * n);
                ck_assert(apart == (ratio > lower && ratio < upper));
            }
        }
    ck_assert(lower == INFINITY && upper == 0);
    ck_assert_int_eq(libnc_threshold_merge_ratios(context, 10, 5, 100, 1e-3, 0, NULL, NULL),
                     LIBNC_OK);
    libnc_context_destroy(context);
}
END_TEST

/* ---- energy form: critical energies ---- */

static double merge_energy(const imbalance *p, int64_t class_index, double *width)
{
    fixture f = pose(p);
    double energy = -1;
    ck_assert_int_eq(libnc_threshold_merge_energy(f.geometry, class_index, &energy, width),
                     LIBNC_OK);
    release(&f);
    return energy;
}

/* rho* inverts R_0; with a bias of no use (one more group, the same problem) it is found by
 * solution. */
START_TEST(energy_inverts_the_ratio)
{
    for (int64_t majority = 1; majority <= 8; majority++)
        for (double rho = .05; rho < 3; rho *= 2) {
            const double ratio = merge_ratio(10, majority, rho, rho);
            if (ratio > 1e8)
                continue;
            imbalance p = peeled_problem(10, majority, ratio, 1);
            double width = -1;
            assert_relative(merge_energy(&p, 9, &width), rho, 1e-10);
            ck_assert(width >= 0 && width < 1e-12);
            ck_assert(majority == 1 || merge_energy(&p, 0, &width) == 0);
        }
}
END_TEST

/* Beyond the critical energy the group is apart, below it is merged. The multiplier tells earlier.
 */
START_TEST(energy_agrees_with_solutions)
{
    uint64_t state = (uint64_t)_i + 301;
    for (int i = 0; i < 6; i++) {
        imbalance p = random_problem(&state, 1);
        double width = -1;
        const double critical = merge_energy(&p, p.classes - 1, &width);
        ck_assert(width >= 0 && width <= 1e-5 * fmax(critical, .1));
        if (critical < 1e-3)
            continue;
        p.price = critical * (1 + 1e-4);
        ck_assert(minority_distance(&p) > 1e-6);
        p.price = critical * (1 - 1e-6);
        ck_assert(minority_distance(&p) < 1e-7);
    }
}
END_TEST

/* The order of classes, a common factor on the weights (normalised), and how the energies share
 * their product do not matter. */
START_TEST(thresholds_are_invariant)
{
    uint64_t state = (uint64_t)_i + 401;
    imbalance p = random_problem(&state, _i % 2), q;
    p.normalised = 1;
    q = p;
    for (int64_t k = 0; k < p.classes; k++) {
        q.counts[k] = p.counts[p.classes - 1 - k];
        q.weights[k] = 7 * p.weights[p.classes - 1 - k];
    }
    for (int64_t k = 0; k < p.classes; k++) {
        const int64_t l = p.classes - 1 - k;
        if (p.energy) {
            const double first = merge_energy(&p, k, NULL), second = merge_energy(&q, l, NULL);
            ck_assert(fabs(first - second) <= 1e-9 * fmax(first, 1e-3));
        } else {
            assert_relative(merge_decay(&p, k), merge_decay(&q, l), 1e-14);
            assert_relative(total_decay(&p), total_decay(&q), 1e-14);
        }
    }
}
END_TEST

/* ---- sides ---- */

typedef struct answer {
    int32_t side, method;
    double margin, width;
} answer;

static answer side_of(const imbalance *p, int32_t kind, int64_t class_index)
{
    answer a = {0};
    fixture f = pose(p);
    ck_assert_int_eq(libnc_threshold_locate(f.geometry, kind, class_index, &a.side, &a.margin,
                                            &a.width, &a.method),
                     LIBNC_OK);
    release(&f);
    return a;
}

static void check_sides(imbalance *p, int32_t kind, int64_t class_index, double critical,
                        double out_sign, double distance)
{
    for (int out = 0; out <= 1; out++) {
        const double sign = out ? out_sign : -out_sign;
        p->price = critical * (1 + sign * distance);
        const answer a = side_of(p, kind, class_index);
        ck_assert_int_eq(a.side, out ? LIBNC_THRESHOLD_SIDE_BEFORE : LIBNC_THRESHOLD_SIDE_BEYOND);
        const double margin = out_sign > 0 ? p->price / critical - 1 : critical / p->price - 1;
        ck_assert_msg(fabs(a.margin - margin) <= a.width + 1e-9, "margin %g, expected %g", a.margin,
                      margin);
        ck_assert(a.width < distance);
    }
}

START_TEST(sides_in_decay_form)
{
    uint64_t state = (uint64_t)_i + 501;
    imbalance p = random_problem(&state, 0);
    check_sides(&p, LIBNC_THRESHOLD_KIND_MERGED, p.classes - 1, merge_decay(&p, p.classes - 1), -1,
                1e-9);
    check_sides(&p, LIBNC_THRESHOLD_KIND_ALL_LOST, 0, total_decay(&p), -1, 1e-9);
    ck_assert_int_eq(side_of(&p, LIBNC_THRESHOLD_KIND_MERGED, 0).method,
                     LIBNC_THRESHOLD_METHOD_FORMULA);
}
END_TEST

START_TEST(sides_in_energy_form)
{
    uint64_t state = (uint64_t)_i + 601;
    imbalance p = random_problem(&state, 1);
    const double critical = merge_energy(&p, p.classes - 1, NULL);
    if (critical > 1e-3)
        check_sides(&p, LIBNC_THRESHOLD_KIND_MERGED, p.classes - 1, critical, 1, 1e-4);
    p.price = 1;
    const answer total = side_of(&p, LIBNC_THRESHOLD_KIND_ALL_LOST, -1000);
    ck_assert(total.side == LIBNC_THRESHOLD_SIDE_BEFORE && total.margin == INFINITY &&
              total.width == 0);
}
END_TEST

START_TEST(sides_of_two_sizes)
{
    static const int64_t majorities[] = {3, 5, 7};
    const int64_t majority = majorities[_i];
    const double rho = sqrt(5), ratio = merge_ratio(10, majority, 1, 5);
    for (int beyond = 0; beyond <= 1; beyond++) {
        imbalance p = peeled_problem(10, majority, ratio * (beyond ? 1 + 1e-9 : 1 - 1e-9), rho);
        const answer a = side_of(&p, LIBNC_THRESHOLD_KIND_MERGED, 9);
        ck_assert_int_eq(a.side,
                         beyond ? LIBNC_THRESHOLD_SIDE_BEYOND : LIBNC_THRESHOLD_SIDE_BEFORE);
        ck_assert_int_eq(a.method, LIBNC_THRESHOLD_METHOD_FORMULA);
        ck_assert(fabs(a.margin) > 1e-11 && fabs(a.margin) < 1e-8);
        ck_assert_int_eq(side_of(&p, LIBNC_THRESHOLD_KIND_MERGED, LIBNC_THRESHOLD_ALL_GROUPS).side,
                         a.side);
        ck_assert_int_eq(side_of(&p, LIBNC_THRESHOLD_KIND_MERGED, 0).side,
                         LIBNC_THRESHOLD_SIDE_BEFORE);
    }
}
END_TEST

START_TEST(sides_of_vanishing)
{
    const double rho = sqrt(5), ratio = vanish_ratio(10, 7, 1, 5);
    for (int beyond = 0; beyond <= 1; beyond++) {
        imbalance p = peeled_problem(10, 7, ratio * (beyond ? 1 + 1e-9 : 1 - 1e-9), rho);
        const int32_t side = beyond ? LIBNC_THRESHOLD_SIDE_BEYOND : LIBNC_THRESHOLD_SIDE_BEFORE;
        ck_assert_int_eq(side_of(&p, LIBNC_THRESHOLD_KIND_LOST, 9).side, side);
        ck_assert_int_eq(side_of(&p, LIBNC_THRESHOLD_KIND_LOST, LIBNC_THRESHOLD_ALL_GROUPS).side,
                         side);
        ck_assert_int_eq(side_of(&p, LIBNC_THRESHOLD_KIND_LOST, 0).side,
                         LIBNC_THRESHOLD_SIDE_BEFORE);
    }
    imbalance never = peeled_problem(10, 3, 1e6, rho);
    const answer a = side_of(&never, LIBNC_THRESHOLD_KIND_LOST, 9);
    ck_assert(a.side == LIBNC_THRESHOLD_SIDE_BEFORE && a.margin == INFINITY && a.width == 0);
    imbalance balanced = peeled_problem(6, 3, 1, rho);
    ck_assert(side_of(&balanced, LIBNC_THRESHOLD_KIND_LOST, 0).margin == INFINITY);
    ck_assert(side_of(&balanced, LIBNC_THRESHOLD_KIND_MERGED, 0).margin == INFINITY);
}
END_TEST

/* One class: nothing can merge, and all is zero. */
START_TEST(one_class)
{
    for (int64_t energy = 0; energy <= 1; energy++) {
        const imbalance p = {.classes = 1, .counts = {3}, .energy = energy, .price = 1};
        ck_assert_int_eq(side_of(&p, LIBNC_THRESHOLD_KIND_ALL_LOST, 0).side,
                         LIBNC_THRESHOLD_SIDE_BEYOND);
        const answer a = side_of(&p, LIBNC_THRESHOLD_KIND_MERGED, LIBNC_THRESHOLD_ALL_GROUPS);
        ck_assert(a.side == LIBNC_THRESHOLD_SIDE_BEFORE && a.margin == INFINITY);
    }
}
END_TEST

/* ---- errors ---- */

START_TEST(clear_errors_of_ratios)
{
    libnc_context *c = NULL;
    double r = 17;
    ck_assert_int_eq(libnc_context_create(&c), LIBNC_OK);
    expect(c, libnc_threshold_peeled_merged(c, 10, 9, 1, 5, &r), LIBNC_ERROR_ARGUMENT, "itself");
    expect(c, libnc_threshold_peeled_merged(c, 10, 0, 1, 5, &r), LIBNC_ERROR_ARGUMENT, "from 1");
    expect(c, libnc_threshold_peeled_merged(c, 10, 10, 1, 5, &r), LIBNC_ERROR_ARGUMENT,
           "majority_classes = 10");
    expect(c, libnc_threshold_peeled_merged(c, 2, 1, 1, 5, &r), LIBNC_ERROR_ARGUMENT,
           "class_count");
    expect(c, libnc_threshold_peeled_merged(c, 10, 3, NAN, 5, &r), LIBNC_ERROR_ARGUMENT,
           "classifier_energy");
    expect(c, libnc_threshold_peeled_merged(c, 10, 3, 1, -5, &r), LIBNC_ERROR_ARGUMENT,
           "feature_energy = -5");
    expect(c, libnc_threshold_peeled_merged(c, 10, 3, 1, INFINITY, &r), LIBNC_ERROR_ARGUMENT,
           "finite");
    expect(c, libnc_threshold_peeled_merged(c, 10, 3, 1e6, 1e6, &r), LIBNC_ERROR_NUMERICAL,
           "beyond a double");
    expect(c, libnc_threshold_peeled_merged(c, 10, 3, 1.7e308, 1.7e308, &r), LIBNC_ERROR_NUMERICAL,
           "beyond a double");
    expect(c, libnc_threshold_peeled_lost(c, 10, 10, 1, 5, &r), LIBNC_ERROR_ARGUMENT,
           "majority_classes");
    expect(c, libnc_threshold_merge_counts(c, 1, 5, 1, 0, &r, NULL), LIBNC_ERROR_ARGUMENT,
           "itself");
    expect(c, libnc_threshold_merge_counts(c, 2, NAN, 1, 0, &r, NULL), LIBNC_ERROR_ARGUMENT,
           "rest");
    expect(c, libnc_threshold_merge_ratios(c, 5, 4, 5, 1, 0, &r, NULL), LIBNC_ERROR_ARGUMENT,
           "itself");
    expect(c, libnc_threshold_merge_ratios(c, 5, 2, 5, 1, 1, &r, NULL), LIBNC_ERROR_ARGUMENT,
           "smoothing = 1");
    ck_assert(r == 17);
    libnc_context_destroy(c);
}
END_TEST

START_TEST(clear_errors_of_problems)
{
    imbalance p = {.classes = 4, .counts = {200, 100, 50, 50}, .price = 1};
    fixture f = pose(&p);
    double value = 17;
    int32_t side = 17;
    expect(f.context, libnc_threshold_merge_decay(f.geometry, 0, &value), LIBNC_ERROR_ARGUMENT,
           "class_index = 0");
    expect(f.context, libnc_threshold_merge_decay(f.geometry, 4, &value), LIBNC_ERROR_ARGUMENT,
           "from 0 to 3");
    expect(f.context, libnc_threshold_merge_energy(f.geometry, 3, &value, NULL),
           LIBNC_ERROR_UNSUPPORTED, "form");
    expect(f.context, libnc_threshold_locate(f.geometry, 4, 3, &side, NULL, NULL, NULL),
           LIBNC_ERROR_ARGUMENT, "kind = 4");
    expect(
        f.context,
        libnc_threshold_locate(f.geometry, LIBNC_THRESHOLD_KIND_LOST, 3, &side, NULL, NULL, NULL),
        LIBNC_ERROR_UNSUPPORTED, "kind");
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_FORM, 1);
    expect(f.context, libnc_threshold_merge_decay(f.geometry, 3, &value), LIBNC_ERROR_UNSUPPORTED,
           "form");
    expect(f.context, libnc_threshold_total_decay(f.geometry, &value), LIBNC_ERROR_UNSUPPORTED,
           "form");
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_LOSS, MSE);
    expect(f.context, libnc_threshold_merge_decay(f.geometry, 3, &value), LIBNC_ERROR_UNSUPPORTED,
           "ce only");
    release(&f);
    ck_assert_int_eq(libnc_context_create(&f.context), LIBNC_OK);
    ck_assert_int_eq(libnc_classes_from_counts(&f.classes, f.context, p.counts, p.classes),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_create(&f.geometry, f.classes, 2), LIBNC_OK);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_LOSS, CE);
    expect(f.context, libnc_threshold_merge_decay(f.geometry, 3, &value), LIBNC_ERROR_UNSUPPORTED,
           "depth = 2");
    release(&f);
    ck_assert(value == 17 && side == 17);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("threshold");
    TCase *tests = add_case(suite, "threshold", 60);
    tcase_add_loop_test(tests, known_ratios, 0, 8);
    tcase_add_test(tests, one_minority_class_can_vanish);
    tcase_add_test(tests, ratios_see_the_product);
    tcase_add_test(tests, ratios_are_monotone);
    tcase_add_loop_test(tests, merge_ratio_agrees_with_solutions, 0, 4);
    tcase_add_loop_test(tests, merge_ratio_is_sharp, 0, 3);
    tcase_add_loop_test(tests, merge_ratio_is_certified, 0, 3);
    tcase_add_loop_test(tests, vanish_ratio_agrees_with_solutions, 0, 4);
    tcase_add_test(tests, decay_has_a_formula);
    tcase_add_loop_test(tests, decay_agrees_with_solutions, 0, 4);
    tcase_add_loop_test(tests, decay_agrees_with_brute_force, 0, 12);
    tcase_add_loop_test(tests, total_collapse_agrees_with_solutions, 0, 4);
    tcase_add_loop_test(tests, total_collapse_is_a_norm, 0, 10);
    tcase_add_test(tests, total_collapse_of_many_sizes);
    tcase_add_test(tests, balanced_total_collapse);
    tcase_add_test(tests, counts_enclose_what_is_apart);
    tcase_add_test(tests, ratios_enclose_what_is_apart);
    tcase_add_test(tests, energy_inverts_the_ratio);
    tcase_add_loop_test(tests, energy_agrees_with_solutions, 0, 4);
    tcase_add_loop_test(tests, thresholds_are_invariant, 0, 10);
    tcase_add_loop_test(tests, sides_in_decay_form, 0, 5);
    tcase_add_loop_test(tests, sides_in_energy_form, 0, 8);
    tcase_add_loop_test(tests, sides_of_two_sizes, 0, 3);
    tcase_add_test(tests, sides_of_vanishing);
    tcase_add_test(tests, one_class);
    tcase_add_test(tests, clear_errors_of_ratios);
    tcase_add_test(tests, clear_errors_of_problems);
    return run_suite(suite);
}
