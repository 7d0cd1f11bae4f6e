/* SPDX-License-Identifier: MIT
 *
 * test_extremes.c: predictions at the ends of what counts, decays, energies, weights and ratios may
 * be. A call gives finite numbers, or says why not; no NaN comes with LIBNC_OK, and nothing here is
 * a defect of libnc by its own account.
 */
#include "support/context_fixture.h"
#include "support/geometry_fixture.h"

#include <float.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { CLASSES = 10 };

/* What the call at hand was asked, for messages. */
static char asked[400];

/* Whether there are numbers; an internal error is a failure. */
static bool answered(libnc_status status)
{
    ck_assert_msg(status != LIBNC_ERROR_INTERNAL, "%s: %s", asked, libnc_context_error(context));
    return status == LIBNC_OK;
}

static void check_values(const char *what, libnc_status status, const double *values, int64_t count)
{
    if (!answered(status))
        return;
    for (int64_t i = 0; i < count; i++)
        ck_assert_msg(isfinite(values[i]), "%s: %s[%lld] = %g", asked, what, (long long)i,
                      values[i]);
}

static void check_matrices(const libnc_geometry *g, int64_t K, int32_t layer)
{
    double a[CLASSES * CLASSES] = {0}, b[CLASSES * CLASSES] = {0};
    const size_t k = (size_t)K;
    check_values("layer's singular values", libnc_geometry_layer_singular_values(g, layer, a, k), a,
                 K);
    if (layer == 0)
        return;
    check_values("classifier's lengths", libnc_geometry_lengths(g, layer, a, b, k), a, K);
    check_values("features' lengths", LIBNC_OK, b, K);
    check_values("classifier's Gram", libnc_geometry_classifier_gram(g, layer, a, k * k), a, K * K);
    check_values("features' Gram", libnc_geometry_feature_gram(g, layer, a, k * k), a, K * K);
}

static void check_solution(const libnc_geometry *g, int64_t K)
{
    double values[CLASSES * CLASSES] = {0}, others[CLASSES * CLASSES] = {0}, loss, gap;
    int64_t rank;
    const size_t k = (size_t)K;
    const int32_t status = libnc_geometry_status(g), depth = libnc_geometry_depth(g);
    check_values("loss", libnc_geometry_loss(g, &loss, &gap), &loss, 1);
    if (status == LIBNC_GEOMETRY_PROVEN || status == LIBNC_GEOMETRY_STALLED)
        ck_assert_msg(gap >= 0 && isfinite(gap), "%s: gap %g", asked, gap);
    check_values("multiplier", libnc_geometry_multiplier(g, values), values, 1);
    check_values("singular values", libnc_geometry_singular_values(g, values, k), values, K);
    check_values("class logits", libnc_geometry_class_logits(g, values, k), values, K);
    check_values("bias", libnc_geometry_bias(g, values, k), values, K);
    check_values("logits", libnc_geometry_logits(g, values, k * k), values, K * K);
    ck_assert_int_eq(libnc_geometry_rank(g, &rank), LIBNC_OK);
    check_values("factor P", libnc_geometry_factors(g, K, values, others, k * k), values, K * K);
    check_values("factor H", LIBNC_OK, others, K * K);
    check_matrices(g, K, 0);
    check_matrices(g, K, 1);
    check_matrices(g, K, (depth + 1) / 2);
    check_matrices(g, K, depth);
}

/* Ten classes, or fewer. */
static const struct counts {
    int64_t classes, count[CLASSES];
} COUNTS[] = {
    {1, {1}},
    {1, {900000000000000}},
    {2, {1, 1}},
    {10,
     {500000000000000, 500000000000000, 500000000000000, 500000000000000, 500000000000000,
      500000000000000, 500000000000000, 500000000000000, 500000000000000, 500000000000000}},
    {3, {900000000000000, 1, 1}},
    {4, {1000000000000000, 999999999999999, 2, 1}},
    {4, {60, 12, 12, 12}},
};

static const double DECAYS[] = {DBL_MIN, 1e-300, 1e-160, 1e-20, 1e-3, 1, 1e20, 1e160, 1e300};

enum { COUNT_KINDS = sizeof COUNTS / sizeof *COUNTS, DECAY_KINDS = sizeof DECAYS / sizeof *DECAYS };

static void solve_one(const struct counts *c, int32_t depth, int64_t loss, int64_t bias,
                      double decay, double feature_decay, double smoothing, int64_t width)
{
    const setting s = {.counts = c->count,
                       .classes = c->classes,
                       .depth = depth,
                       .loss = loss,
                       .bias = bias,
                       .width = width,
                       .smoothing = smoothing,
                       .decay = decay,
                       .feature_decay = feature_decay};
    fixture f = prepare(&s);
    libnc_context *own = context;
    double value[2];
    context = f.context;
    snprintf(asked, sizeof asked,
             "%d classes of %.15g, %.15g; depth %d, loss %d, bias %d, width %d, decays %g and %g, "
             "smoothing %g",
             (int)c->classes, (double)c->count[0], (double)c->count[1], depth, (int)loss, (int)bias,
             (int)width, decay, feature_decay, smoothing);
    if (answered(libnc_geometry_solve(f.geometry)))
        check_solution(f.geometry, c->classes);
    if (loss != MSE)
        check_values("ETF", libnc_geometry_etf(f.geometry, &value[0], &value[1]), value, 2);
    release(&f);
    context = own;
}

START_TEST(geometries)
{
    static const int32_t depths[] = {1, 2, 3, 30, 1000};
    const struct counts *c = &COUNTS[_i];
    for (int d = 0; d < 5; d++)
        for (int64_t loss = MSE; loss <= FOCAL; loss++)
            for (int64_t bias = 0; bias < 2; bias++)
                for (int i = 0; i < DECAY_KINDS; i++)
                    for (int j = 0; j < DECAY_KINDS; j++) {
                        const bool convex = loss == CE && depths[d] == 1;
                        if (convex && (i + j) % 3 != 0)
                            continue;
                        solve_one(c, depths[d], loss, bias, DECAYS[i], DECAYS[j],
                                  loss == CE && i % 2 ? 0.1 : 0, loss == MSE && j % 2 ? 1 : 0);
                    }
}
END_TEST

/* Weights and energies from 1e-100 to 1e100, one layer. */
START_TEST(weighted_geometries)
{
    static const double factors[] = {1e-100, 1e-30, 1, 1e30, 1e100};
    const struct counts *c = &COUNTS[_i];
    for (int form = 0; form < 2; form++)
        for (int i = 0; i < 5; i++)
            for (int j = 0; j < 5; j++)
                for (int k = 0; k < 5; k++) {
                    const setting s = {.counts = c->count,
                                       .classes = c->classes,
                                       .depth = 1,
                                       .loss = CE,
                                       .bias = (i + j) % 2,
                                       .smoothing = k % 2 ? 0.1 : 0,
                                       .decay = form ? 0 : DECAYS[2 * i],
                                       .feature_decay = DECAYS[2 * j]};
                    fixture f = prepare(&s);
                    libnc_context *own = context;
                    double weights[CLASSES], value;
                    context = f.context;
                    for (int q = 0; q < CLASSES; q++)
                        weights[q] = factors[(k + q * (i % 2)) % 5];
                    snprintf(asked, sizeof asked, "counts %d, form %d, %d %d %d", _i, form, i, j,
                             k);
                    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_FORM, form);
                    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_CLASSIFIER_ENERGY, factors[i]);
                    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_FEATURE_ENERGY, factors[j]);
                    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_NORMALISE_WEIGHTS, j % 2);
                    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_MAX_ITERATIONS, 30);
                    ck_assert_int_eq(
                        libnc_geometry_set_class_weights(f.geometry, weights, c->classes),
                        LIBNC_OK);
                    if (answered(libnc_geometry_solve(f.geometry)))
                        check_solution(f.geometry, c->classes);
                    if (form == 0)
                        check_values("total decay", libnc_threshold_total_decay(f.geometry, &value),
                                     &value, 1);
                    release(&f);
                    context = own;
                }
}
END_TEST

static const double POSITIVE[] = {4.9e-324, DBL_MIN, 1e-300, 1e-160, 1e-8,
                                  1,        1e9,     1e160,  1e300,  DBL_MAX};

static const int64_t SIZES[] = {3, 4, 5, 1000, 1000000, INT32_MAX};

/* NaN is none of the answers; infinity is one where the page says so. */
static void check_not_nan(libnc_status status, const double *values, int count)
{
    for (int i = 0; answered(status) && i < count; i++)
        ck_assert_msg(!isnan(values[i]), "%s: value %d is NaN", asked, i);
}

START_TEST(thresholds)
{
    static const double smoothing[] = {0, 0.5, 1 - 1e-16};
    for (int i = 0; i < 6; i++)
        for (int x = 0; x < 10; x++)
            for (int y = 0; y < 10; y++)
                for (int z = 0; z < 3; z++) {
                    const int64_t K = SIZES[i], A = z == 0 ? 1 : z == 1 ? K / 2 : K - 2;
                    double v[2];
                    snprintf(asked, sizeof asked, "K %lld, K_A %lld, %g, %g", (long long)K,
                             (long long)A, POSITIVE[x], POSITIVE[y]);
                    for (int d = 0; d < 3; d++) {
                        check_not_nan(libnc_threshold_merge_ratios(context, K, A, POSITIVE[x],
                                                                   POSITIVE[y], smoothing[d], &v[0],
                                                                   &v[1]),
                                      v, 2);
                        check_not_nan(libnc_threshold_merge_counts(context, K, POSITIVE[x],
                                                                   POSITIVE[y], smoothing[d], &v[0],
                                                                   &v[1]),
                                      v, 2);
                        check_not_nan(libnc_threshold_merge_counts(context, K, 0, POSITIVE[y],
                                                                   smoothing[d], &v[0], &v[1]),
                                      v, 2);
                    }
                    check_not_nan(
                        libnc_threshold_peeled_merged(context, K, A, POSITIVE[x], POSITIVE[y], v),
                        v, 1);
                    check_not_nan(
                        libnc_threshold_peeled_lost(context, K, A, POSITIVE[x], POSITIVE[y], v), v,
                        1);
                }
}
END_TEST

/* R_0 and R_1 over all norms, to find where a condition that is checked might not be met. */
START_TEST(peeled_ratios)
{
    for (int i = 0; i < 6; i++)
        for (int z = 0; z < 5; z++)
            for (double digits = -60; digits <= 20; digits += 0.37) {
                const int64_t K = SIZES[i], most = K - 2;
                const int64_t A = z == 0   ? 1
                                  : z == 1 ? 2
                                  : z == 2 ? K / 2
                                  : z == 3 ? most - 1
                                           : most;
                double v;
                if (A < 1 || A > most)
                    continue;
                snprintf(asked, sizeof asked, "K %lld, K_A %lld, energy 10^%g", (long long)K,
                         (long long)A, digits);
                check_not_nan(libnc_threshold_peeled_merged(context, K, A, pow(10, digits), 1, &v),
                              &v, 1);
                check_not_nan(libnc_threshold_peeled_lost(context, K, A, pow(10, digits), 1, &v),
                              &v, 1);
            }
}
END_TEST

START_TEST(merge_energies)
{
    static const double weights[] = {1e-100, 1e-20, 1e-3, 1, 1e3, 1e20, 1e100};
    for (int i = 0; i < 7; i++)
        for (int bias = 0; bias < 2; bias++) {
            const setting s = {.counts = (const int64_t[]){100, 100, 10, 10},
                               .classes = 4,
                               .depth = 1,
                               .loss = CE,
                               .bias = bias};
            const double weight[4] = {weights[i], weights[i], 1, 1};
            fixture f = prepare(&s);
            libnc_context *own = context;
            double v[2];
            context = f.context;
            snprintf(asked, sizeof asked, "weight %g, bias %d", weights[i], bias);
            set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_FORM, LIBNC_GEOMETRY_FORM_ENERGY);
            ck_assert_int_eq(libnc_geometry_set_class_weights(f.geometry, weight, 4), LIBNC_OK);
            check_not_nan(libnc_threshold_merge_energy(f.geometry, 3, &v[0], &v[1]), v, 2);
            check_not_nan(libnc_threshold_merge_energy(f.geometry, 0, &v[0], &v[1]), v, 2);
            release(&f);
            context = own;
        }
}
END_TEST

static void check_relu_features(const libnc_classes *classes, double weight_decay,
                                double feature_decay)
{
    const int64_t K = libnc_classes_count(classes);
    const size_t k = (size_t)K;
    double a[CLASSES * CLASSES];
    libnc_relu_features *f = NULL;
    const libnc_status status =
        libnc_relu_features_create(&f, classes, weight_decay, feature_decay, 0);
    check_values("ReLU features", status, a, 0);
    if (status != LIBNC_OK)
        return;
    check_values("ReLU loss", libnc_relu_features_loss(f, a), a, 1);
    check_values("ReLU scales", libnc_relu_features_scales(f, a, k), a, K);
    check_values("ReLU lengths", libnc_relu_features_lengths(f, a, k), a, K);
    check_values("ReLU Gram", libnc_relu_features_classifier_gram(f, a, k * k), a, K * K);
    check_not_nan(libnc_relu_features_threshold(f, a), a, 1);
    libnc_relu_features_destroy(f);
}

START_TEST(classes_alone)
{
    for (int c = 0; c < COUNT_KINDS; c++)
        for (int i = 0; i < DECAY_KINDS; i++)
            for (int j = 0; j < DECAY_KINDS; j++) {
                const int64_t K = COUNTS[c].classes;
                const size_t k = (size_t)K;
                double a[CLASSES * CLASSES], b[CLASSES * CLASSES];
                libnc_classes *classes;
                ck_assert_int_eq(libnc_classes_from_counts(&classes, context, COUNTS[c].count, K),
                                 LIBNC_OK);
                snprintf(asked, sizeof asked, "counts %d, decays %g and %g", c, DECAYS[i],
                         DECAYS[j]);
                check_relu_features(classes, DECAYS[i], DECAYS[j]);
                check_values("SELI values", libnc_seli_singular_values(classes, a, k), a, K);
                check_values("SELI lengths", libnc_seli_lengths(classes, a, b, k), a, K);
                check_values("SELI features", LIBNC_OK, b, K);
                check_values("SELI Gram", libnc_seli_grams(classes, 0, a, b, k * k), a, K * K);
                libnc_classes_destroy(classes);
            }
}
END_TEST

static void check_regression(const double *covariance, double weight_decay, double feature_decay)
{
    double loss, values[9];
    libnc_regression *r = NULL;
    const libnc_status status =
        libnc_regression_create(&r, context, covariance, 3, weight_decay, feature_decay, 0);
    if (status != LIBNC_OK) {
        check_values("regression", status, values, 0);
        return;
    }
    check_values("loss", libnc_regression_loss(r, &loss), &loss, 1);
    check_values("values", libnc_regression_singular_values(r, values, 3), values, 3);
    for (int32_t m = LIBNC_REGRESSION_MATRIX_CLASSIFIER; m <= LIBNC_REGRESSION_MATRIX_DIRECTIONS;
         m++)
        check_values("matrix", libnc_regression_matrix(r, m, values, 9), values, 9);
    libnc_regression_destroy(r);
}

START_TEST(regressions)
{
    static const double scales[] = {0, 4.9e-324, 1e-300, 1e-150, 1, 1e150, 1e307};
    for (int x = 0; x < 7; x++)
        for (int i = 0; i < DECAY_KINDS; i++)
            for (int j = 0; j < DECAY_KINDS; j++) {
                const double e = scales[x];
                const double covariance[] = {2 * e, 0.5 * e, 0, 0.5 * e, e, 0, 0, 0, 1e-20 * e};
                snprintf(asked, sizeof asked, "covariance %g, decays %g and %g", e, DECAYS[i],
                         DECAYS[j]);
                check_regression(covariance, DECAYS[i], DECAYS[j]);
            }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("extremes");
    TCase *tests = add_case(suite, "extremes", 120);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, geometries, 0, COUNT_KINDS);
    tcase_add_loop_test(tests, weighted_geometries, 0, COUNT_KINDS);
    tcase_add_test(tests, thresholds);
    tcase_add_test(tests, peeled_ratios);
    tcase_add_test(tests, merge_energies);
    tcase_add_test(tests, classes_alone);
    tcase_add_test(tests, regressions);
    return run_suite(suite);
}
