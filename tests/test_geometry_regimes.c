/* SPDX-License-Identifier: MIT
 *
 * test_geometry_regimes.c: thresholds, invariances, special shapes and extremes of the geometry.
 *
 * Oracles: scans of the scalar problem, the closed forms of doc/theory.md, and symmetries of the
 * objective. Notation as in libnc/geometry.h.
 */
#include "support/geometry_fixture.h"

#include "geometry/scalar_minimum.h"
#include "minimise/scalar_root.h"

static const int64_t IMBALANCED[] = {200, 100, 50, 50};
static const int64_t SMALL[] = {8, 4, 2};

/* ---- thresholds ---- */

START_TEST(known_threshold)
{
    const struct {
        int32_t depth;
        double threshold, existence;
    } known[] = {{1, 1, 1},
                 {2, 0.5, 0.6495190528},
                 {3, 0.5291336840, 0.8399473666},
                 {4, 0.5698767642, 1.0652056561},
                 {6, 0.6372704094, 1.5424513510},
                 {9, 0.7055115787, 2.2780081077}};
    for (int i = 0; i < 6; i++) {
        double threshold, existence;
        ck_assert_int_eq(libnc_geometry_thresholds(known[i].depth, &threshold, &existence),
                         LIBNC_OK);
        assert_relative(threshold, known[i].threshold, 1e-10);
        assert_relative(existence, known[i].existence, 1e-10);
    }
}
END_TEST

/* lh for which class `count` has the given beta, with all lw = decay. */
static double feature_decay_for(double beta, double count, double samples, int depth, double decay)
{
    return pow(beta * count / (depth * samples), depth) / (samples * pow(decay, depth));
}

/* Two classes; the second at factor x its threshold. */
static fixture at_threshold(int32_t depth, double factor)
{
    static const int64_t counts[] = {12, 4};
    double threshold;
    ck_assert_int_eq(libnc_geometry_thresholds(depth, &threshold, NULL), LIBNC_OK);
    const setting s = {.counts = counts,
                       .classes = 2,
                       .depth = depth,
                       .decay = 0.1,
                       .feature_decay = feature_decay_for(threshold * factor, 4, 16, depth, 0.1)};
    return solve(&s);
}

START_TEST(classes_are_lost_beyond_the_threshold)
{
    for (int32_t depth = 1; depth <= 9; depth++) {
        const double factors[] = {1 - 1e-9, 1, 1 + 1e-9, 1.1};
        double logit[4][2];
        for (int i = 0; i < 4; i++) {
            fixture f = at_threshold(depth, factors[i]);
            int32_t lost[2];
            ck_assert_int_eq(libnc_geometry_lost_classes(f.geometry, lost, 2), LIBNC_OK);
            ck_assert_int_eq(libnc_geometry_class_logits(f.geometry, logit[i], 2), LIBNC_OK);
            ck_assert_int_eq(lost[0], 0);
            ck_assert_int_eq(lost[1], depth == 1 ? logit[i][1] == 0 : i > 1);
            ck_assert_int_eq(is_unique(&f), depth == 1 || i != 1);
            release(&f);
        }
        /* the jump: s/y = x^M/(1 + x^M) = (M-1)/M at the tie; continuous for M = 1 */
        ck_assert_double_eq_tol(logit[0][1], (depth - 1.0) / depth, 1e-7);
        if (depth > 1)
            assert_relative(logit[1][1], (depth - 1.0) / depth, 1e-11);
        ck_assert(logit[2][1] == 0 && logit[3][1] == 0);
        ck_assert_double_gt(logit[2][0], 0.4);
    }
}
END_TEST

/* From beta* to beta_ex a positive stationary point exists and is not the minimum. */
START_TEST(between_the_thresholds_zero_is_better)
{
    for (int32_t depth = 2; depth <= 9; depth++) {
        double threshold, existence;
        ck_assert_int_eq(libnc_geometry_thresholds(depth, &threshold, &existence), LIBNC_OK);
        for (int i = 1; i < 10; i++) {
            const double beta = threshold + 0.1 * i * (existence - threshold);
            double best = 1;
            for (double x = 1e-3; x < 4; x += 1e-3)
                best = fmin(best, 1 / (pow(x, depth) + 1) + beta * x);
            ck_assert(best == 1);
            ck_assert(nc__minimise_scalar(depth, log(beta)).share == 0);
        }
    }
}
END_TEST

/* n = (12, 4), M = 2: the second class is lost, and its whole y^2/(2N) = 1/8 is paid. */
START_TEST(window_example)
{
    const int64_t counts[] = {12, 4};
    const setting s = {
        .counts = counts, .classes = 2, .depth = 2, .decay = .09, .feature_decay = .04};
    fixture f = solve(&s);
    int32_t lost[2];
    double classifier[2], features[2], values[2];
    ck_assert_int_eq(libnc_geometry_lost_classes(f.geometry, lost, 2), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_lengths(f.geometry, 1, classifier, features, 2), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_singular_values(f.geometry, values, 2), LIBNC_OK);
    ck_assert(lost[0] == 0 && lost[1] == 1);
    ck_assert(classifier[0] > 0 && features[0] > 0 && values[0] > 0);
    ck_assert(classifier[1] == 0 && features[1] == 0 && values[1] == 0);
    release(&f);
}
END_TEST

/* The scalar minimum against a scan of min 1/(x^M + 1) + beta x, and its own stationarity. */
START_TEST(scalar_minimum_scan)
{
    const int32_t depth = _i;
    for (int i = 0; i < 40; i++) {
        const double beta = 1e-3 * pow(1.2, i);
        const nc__scalar_minimum minimum = nc__minimise_scalar(depth, log(beta));
        double best = 1;
        for (double log_x = -8; log_x < 8; log_x += 1e-3)
            best = fmin(best, 1 / (exp(depth * log_x) + 1) + beta * exp(log_x));
        ck_assert_double_le(minimum.value, best + 1e-15);
        ck_assert_double_ge(minimum.value, best - 3e-6 * depth);
        if (minimum.share == 0)
            continue;
        const double q = minimum.share / (1 - minimum.share), x = pow(q, 1.0 / depth);
        assert_relative(depth * q / x, beta * (1 + q) * (1 + q), 1e-11);
        assert_relative(exp(minimum.log_rest), minimum.share * (1 - minimum.share), 1e-11);
    }
}
END_TEST

static double cubic(double x, const void *argument)
{
    return x * x * x - *(const double *)argument;
}

START_TEST(root_finder)
{
    const double targets[] = {1e-300, 1e-30, 0.3, 1, 1e10, 1e300};
    double root;
    for (int i = 0; i < 6; i++) {
        ck_assert(nc__find_root(&root, cubic, &targets[i], 0, 1e101));
        assert_relative(root, cbrt(targets[i]), 1e-15);
    }
    const double zero = 0, one = 1;
    ck_assert(nc__find_root(&root, cubic, &zero, 0, 1) && root == 0);
    ck_assert(nc__find_root(&root, cubic, &one, 0, 1) && root == 1);
}
END_TEST

static double undefined_inside(double x, const void *argument)
{
    (void)argument;
    return x > -1 && x < 1 ? (double)NAN : x;
}

/* No change of sign is no root, whichever sign there is, and NaN is none. */
START_TEST(root_finder_refuses)
{
    const double below = -1, beyond = 9, missing = NAN;
    double root = 7;
    ck_assert(!nc__find_root(&root, cubic, &below, 0, 2));
    ck_assert(!nc__find_root(&root, cubic, &beyond, 0, 2));
    ck_assert(!nc__find_root(&root, cubic, &missing, 0, 2));
    ck_assert(!nc__find_root(&root, undefined_inside, NULL, -2, 2));
    const nc__bracket bracket = {0, 2, -1, NAN};
    ck_assert(!nc__find_root_between(&root, cubic, &beyond, &bracket));
    ck_assert(root == 7);
}
END_TEST

/* ---- invariances ---- */

static const double DECAYS[] = {0.004, 0.02, 0.011};

START_TEST(loss_sees_only_the_product_of_decays)
{
    const double swapped[] = {0.02, 0.011, 0.004}, scaled[] = {0.004, 0.06, 0.011 / 12};
    for (int bias = 0; bias <= 1; bias++) {
        setting s = {.counts = SMALL,
                     .classes = 3,
                     .depth = 3,
                     .bias = bias,
                     .decays = DECAYS,
                     .feature_decay = 0.007};
        const double loss = solved_loss(&s);
        s.decays = swapped;
        assert_relative(solved_loss(&s), loss, 1e-14);
        s.decays = scaled;
        s.feature_decay *= 4;
        assert_relative(solved_loss(&s), loss, 1e-14);
    }
}
END_TEST

/* Every sample r times with lh / r: same loss, logits, bias and classifier. */
START_TEST(duplicated_samples)
{
    const int64_t tripled[] = {24, 12, 6};
    for (int bias = 0; bias <= 1; bias++) {
        setting s = {.counts = SMALL,
                     .classes = 3,
                     .depth = 3,
                     .bias = bias,
                     .decays = DECAYS,
                     .feature_decay = 0.006};
        fixture once = solve(&s);
        s.counts = tripled;
        s.feature_decay = 0.002;
        fixture thrice = solve(&s);
        double a[9], b[9];
        assert_relative(loss_of(&thrice), loss_of(&once), 1e-13);
        ck_assert_int_eq(libnc_geometry_logits(once.geometry, a, 9), LIBNC_OK);
        ck_assert_int_eq(libnc_geometry_logits(thrice.geometry, b, 9), LIBNC_OK);
        for (int i = 0; i < 9; i++)
            ck_assert_double_eq_tol(a[i], b[i], 1e-13);
        ck_assert_int_eq(libnc_geometry_classifier_gram(once.geometry, 2, a, 9), LIBNC_OK);
        ck_assert_int_eq(libnc_geometry_classifier_gram(thrice.geometry, 2, b, 9), LIBNC_OK);
        for (int i = 0; i < 9; i++)
            ck_assert_double_eq_tol(a[i], b[i], 1e-12);
        release(&once);
        release(&thrice);
    }
}
END_TEST

START_TEST(permuted_classes)
{
    const int64_t counts[] = {5, 2, 9, 2, 5, 3}, permuted[] = {2, 9, 5, 3, 5, 2};
    const int from[] = {1, 2, 0, 5, 4, 3};
    for (int bias = 0; bias <= 1; bias++) {
        setting s = {.counts = counts,
                     .classes = 6,
                     .depth = 2,
                     .bias = bias,
                     .decay = 0.004,
                     .feature_decay = 0.003};
        fixture f = solve(&s);
        s.counts = permuted;
        fixture g = solve(&s);
        double a[36], b[36];
        ck_assert_int_eq(libnc_geometry_feature_gram(f.geometry, 2, a, 36), LIBNC_OK);
        ck_assert_int_eq(libnc_geometry_feature_gram(g.geometry, 2, b, 36), LIBNC_OK);
        for (int i = 0; i < 36; i++)
            ck_assert_double_eq_tol(b[i], a[from[i / 6] * 6 + from[i % 6]], 1e-15);
        release(&f);
        release(&g);
    }
}
END_TEST

/* ---- special shapes and extremes ---- */

/* Decays to zero: Z D becomes the target (I - n 1^T/N) D, whatever the counts. */
static void check_interpolation(const int64_t *counts, int64_t classes, double tolerance)
{
    const setting s = {.counts = counts,
                       .classes = classes,
                       .depth = 1,
                       .bias = 1,
                       .decay = 1e-40,
                       .feature_decay = 1e-40};
    fixture f = solve(&s);
    double *logits = malloc(sizeof(double) * (size_t)(classes * classes)), samples = 0;
    for (int64_t k = 0; k < classes; k++)
        samples += (double)counts[k];
    ck_assert_int_eq(libnc_geometry_logits(f.geometry, logits, (size_t)(classes * classes)),
                     LIBNC_OK);
    for (int64_t k = 0; k < classes; k++)
        for (int64_t l = 0; l < classes; l++)
            ck_assert_double_eq_tol(logits[k * classes + l], (k == l) - (double)counts[k] / samples,
                                    tolerance);
    free(logits);
    release(&f);
}

START_TEST(interpolation)
{
    int64_t counts[40];
    for (int k = 0; k < 40; k++)
        counts[k] = 1 + (k * k * 7) % 61;
    check_interpolation(counts, 40, 1e-13);
    for (int k = 0; k < 40; k++)
        counts[k] = 3 + k;
    check_interpolation(counts, 40, 1e-13);
    const int64_t extreme[] = {1000000000, 999999999, 5, 4, 4, 1};
    check_interpolation(extreme, 6, 1e-12);
}
END_TEST

START_TEST(one_class)
{
    const int64_t counts[] = {5};
    setting s = {.counts = counts, .classes = 1, .depth = 2, .bias = 1};
    fixture f = solve(&s);
    double value = -1, bias = -1;
    int32_t lost = -1;
    ck_assert_int_eq(libnc_geometry_singular_values(f.geometry, &value, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_bias(f.geometry, &bias, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_lost_classes(f.geometry, &lost, 1), LIBNC_OK);
    ck_assert(value == 0 && bias == 1 && lost == 1 && loss_of(&f) == 0);
    release(&f);
    s.bias = 0; /* b = 2 5 (5 lh lw^2)^{1/2}; the x-problem solved on the spot */
    f = solve(&s);
    const double beta = 2 * 5 * sqrt(5 * pow(5e-4, 3)) / 5;
    double x = 10;
    for (int i = 0; i < 200; i++)
        x = cbrt(2 / beta - 1 / x - 2 * x); /* 2 x = beta (x^2 + 1)^2 */
    assert_relative(loss_of(&f), 0.5 * (1 / (x * x + 1) + beta * x), 1e-10);
    release(&f);
    for (s.loss = CE; s.loss <= FOCAL; s.loss++) {
        s.depth = s.loss == CE ? 2 : 1;
        f = solve(&s);
        ck_assert(loss_of(&f) == 0);
        ck_assert_int_eq(libnc_geometry_status(f.geometry), LIBNC_GEOMETRY_PROVEN);
        release(&f);
    }
}
END_TEST

/* Balanced with a bias: a simplex ETF in every layer, (K-1)/K of the unbiased loss, b = 1/K; also
 * for two classes, and with one sample each. */
START_TEST(balanced_bias_is_the_etf)
{
    for (int classes = 2; classes <= 5; classes++) {
        const int64_t ones[] = {1, 1, 1, 1, 1};
        setting s = {
            .counts = ones, .classes = classes, .depth = 3, .decay = .01, .feature_decay = .02};
        const double unbiased = solved_loss(&s);
        s.bias = 1;
        fixture f = solve(&s);
        assert_relative(loss_of(&f), unbiased * (classes - 1) / classes, 1e-14);
        const size_t size = (size_t)(classes * classes);
        for (int layer = 1; layer <= 3; layer++)
            for (int which = 0; which < 3; which++) {
                double gram[25];
                ck_assert_int_eq(
                    which == 0   ? libnc_geometry_logits(f.geometry, gram, size)
                    : which == 1 ? libnc_geometry_feature_gram(f.geometry, layer, gram, size)
                                 : libnc_geometry_classifier_gram(f.geometry, layer, gram, size),
                    LIBNC_OK);
                for (int i = 0; i < classes * classes; i++)
                    ck_assert_double_eq_tol(gram[i] / gram[0] * (classes - 1),
                                            i % (classes + 1) == 0 ? classes - 1 : -1, 1e-13);
            }
        release(&f);
    }
}
END_TEST

static void check_finite(const fixture *f, int32_t depth)
{
    double values[4], classifier[4], features[4];
    ck_assert(isfinite(loss_of(f)) && loss_of(f) >= 0);
    for (int32_t layer = 0; layer <= depth; layer++) {
        ck_assert_int_eq(libnc_geometry_layer_singular_values(f->geometry, layer, values, 4),
                         LIBNC_OK);
        if (layer > 0)
            ck_assert_int_eq(libnc_geometry_lengths(f->geometry, layer, classifier, features, 4),
                             LIBNC_OK);
        for (int k = 0; k < 4; k++) {
            ck_assert(isfinite(values[k]));
            ck_assert(layer == 0 || (isfinite(classifier[k]) && isfinite(features[k])));
        }
    }
}

START_TEST(extreme_parameters)
{
    const int32_t depths[] = {1, 2, 7, 1000};
    const double decays[] = {1e-300, 1e-100, 1e-20, 1e-6, 1, 1e20, 1e100};
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 7; j++)
            for (int bias = 0; bias <= 1; bias++) {
                const setting s = {.counts = IMBALANCED,
                                   .classes = 4,
                                   .depth = depths[i],
                                   .bias = bias,
                                   .decay = decays[j],
                                   .feature_decay = decays[j]};
                fixture f = solve(&s);
                check_finite(&f, depths[i]);
                if (decays[j] >= 1) /* everything lost: 1/2 or the variance of the labels */
                    assert_relative(loss_of(&f), bias ? 0.5 * (1 - 55000.0 / 160000) : 0.5, 1e-12);
                release(&f);
            }
}
END_TEST

/* M = 1000: every layer's e = y^2 t (1 - t)/N and their product s, from the x-problem. */
START_TEST(depth_thousand)
{
    const int64_t counts[] = {3, 2};
    const setting s = {
        .counts = counts, .classes = 2, .depth = 1000, .decay = 1e-4, .feature_decay = 2e-4};
    fixture f = solve(&s);
    double values[2], layer[2], features[2], logits[2], classifier[2], means[2];
    ck_assert_int_eq(libnc_geometry_singular_values(f.geometry, values, 2), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_layer_singular_values(f.geometry, 500, layer, 2), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_layer_singular_values(f.geometry, 0, features, 2), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_class_logits(f.geometry, logits, 2), LIBNC_OK);
    for (int k = 0; k < 2; k++) {
        assert_relative(1e-4 * layer[k] * layer[k], 2e-4 * features[k] * features[k], 1e-13);
        assert_relative(1000 * log(layer[k]) + log(features[k]), log(values[k]), 1e-10);
        assert_relative(values[k], logits[k] * sqrt((double)counts[k]), 1e-13);
    }
    for (int32_t j = 1; j <= 1000; j++) {
        ck_assert_int_eq(libnc_geometry_lengths(f.geometry, j, classifier, means, 2), LIBNC_OK);
        assert_relative(classifier[1] * means[1], logits[1] * logits[1], 1e-11);
    }
    release(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("geometry regimes");
    TCase *regimes = add_case(suite, "regimes", 30);
    tcase_add_test(regimes, known_threshold);
    tcase_add_test(regimes, classes_are_lost_beyond_the_threshold);
    tcase_add_test(regimes, between_the_thresholds_zero_is_better);
    tcase_add_test(regimes, window_example);
    tcase_add_loop_test(regimes, scalar_minimum_scan, 1, 10);
    tcase_add_test(regimes, root_finder);
    tcase_add_test(regimes, root_finder_refuses);
    tcase_add_test(regimes, loss_sees_only_the_product_of_decays);
    tcase_add_test(regimes, duplicated_samples);
    tcase_add_test(regimes, permuted_classes);
    tcase_add_test(regimes, interpolation);
    tcase_add_test(regimes, one_class);
    tcase_add_test(regimes, balanced_bias_is_the_etf);
    tcase_add_test(regimes, extreme_parameters);
    tcase_add_test(regimes, depth_thousand);
    return run_suite(suite);
}
