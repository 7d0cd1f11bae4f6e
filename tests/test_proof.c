/* SPDX-License-Identifier: MIT
 *
 * test_proof.c: what is called proven. A wrong value in any closed form is an internal error; gaps
 * hold against the same minima in long double; no NaN comes with LIBNC_OK, whatever the input.
 */
#include "geometry/planted.h"
#include "support/geometry_fixture.h"
#include "support/secular_oracle.h"

#include <stdio.h>
#include <string.h>

/* ---- wrong values ---- */

static const int64_t EQUAL[] = {10, 10, 10, 10}, THREE[] = {200, 100, 50, 50};

/* The text of the last failure. */
static char text[NC__ERROR_LENGTH];

static libnc_status told(libnc_context *context, libnc_status status)
{
    snprintf(text, sizeof text, "%s", libnc_context_error(context));
    return status;
}

static libnc_status solve_setting(const setting *s, bool energy, bool etf)
{
    fixture f = prepare(s);
    double loss, scale;
    if (energy)
        set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_FORM, 1);
    const libnc_status status =
        etf ? libnc_geometry_etf(f.geometry, &loss, &scale) : libnc_geometry_solve(f.geometry);
    (void)told(f.context, status);
    release(&f);
    return status;
}

static libnc_status solve_squares(int32_t depth, int64_t bias, int64_t width)
{
    const setting s = {.counts = THREE,
                       .classes = 4,
                       .depth = depth,
                       .bias = bias,
                       .width = width,
                       .decay = 1e-3,
                       .feature_decay = 1e-3};
    return solve_setting(&s, false, false);
}

static libnc_status solve_entropy(int32_t depth, int64_t loss, double smoothing, bool energy,
                                  bool etf)
{
    const setting s = {.counts = EQUAL,
                       .classes = 4,
                       .depth = depth,
                       .loss = loss,
                       .decay = 1e-3,
                       .feature_decay = 1e-3,
                       .smoothing = smoothing,
                       .gamma = loss == FOCAL ? 2 : 0};
    return solve_setting(&s, energy, etf);
}

static libnc_status squares_with_bias(libnc_context *c)
{
    (void)c;
    return solve_squares(1, 1, 0);
}
static libnc_status squares(libnc_context *c)
{
    (void)c;
    return solve_squares(1, 0, 0);
}
static libnc_status deep_squares(libnc_context *c)
{
    (void)c;
    return solve_squares(3, 0, 0);
}
static libnc_status narrow_squares(libnc_context *c)
{
    (void)c;
    return solve_squares(2, 1, 2);
}
static libnc_status balanced_entropy(libnc_context *c)
{
    (void)c;
    return solve_entropy(1, CE, 0, false, false);
}
static libnc_status balanced_smoothing(libnc_context *c)
{
    (void)c;
    return solve_entropy(1, CE, 0.1, false, false);
}
static libnc_status balanced_energy(libnc_context *c)
{
    (void)c;
    return solve_entropy(1, CE, 0, true, false);
}
static libnc_status slack_energy(libnc_context *c)
{
    (void)c;
    return solve_entropy(1, CE, 0.9, true, false);
}
static libnc_status deep_etf(libnc_context *c)
{
    (void)c;
    return solve_entropy(2, CE, 0, false, false);
}
static libnc_status deep_etf_alone(libnc_context *c)
{
    (void)c;
    return solve_entropy(3, CE, 0.1, false, true);
}
static libnc_status focal(libnc_context *c)
{
    (void)c;
    return solve_entropy(1, FOCAL, 0, false, false);
}

static libnc_status with_classes(libnc_context *c, int which)
{
    libnc_classes *classes;
    double values[16];
    libnc_relu_features *features = NULL;
    libnc_status status;
    ck_assert_int_eq(libnc_classes_from_counts(&classes, c, THREE, 4), LIBNC_OK);
    if (which == 0)
        status = libnc_relu_features_create(&features, classes, 1e-3, 1e-3, 0);
    else if (which == 1)
        status = libnc_seli_singular_values(classes, values, 4);
    else
        status = libnc_seli_lengths(classes, values, NULL, 4);
    (void)told(c, status);
    libnc_relu_features_destroy(features);
    libnc_classes_destroy(classes);
    return status;
}
static libnc_status relu(libnc_context *c)
{
    return with_classes(c, 0);
}
static libnc_status seli(libnc_context *c)
{
    return with_classes(c, 1);
}
static libnc_status seli_lengths(libnc_context *c)
{
    return with_classes(c, 2);
}

static const double COVARIANCE[] = {2, 0.3, 0.1, 0.3, 1, 0.2, 0.1, 0.2, 0.5};

static libnc_status regression(libnc_context *c)
{
    libnc_regression *r = NULL;
    const libnc_status status =
        told(c, libnc_regression_create(&r, c, COVARIANCE, 3, 1e-2, 1e-2, 0));
    libnc_regression_destroy(r);
    return status;
}

static libnc_status merge_counts(libnc_context *c)
{
    double lower, upper;
    return told(c, libnc_threshold_merge_counts(c, 3, 50, 1e-2, 0.1, &lower, &upper));
}
static libnc_status merge_ratios(libnc_context *c)
{
    double lower, upper;
    return told(c, libnc_threshold_merge_ratios(c, 10, 5, 100, 6e-3, 0, &lower, &upper));
}
static libnc_status peeled_merge(libnc_context *c)
{
    double ratio;
    return told(c, libnc_threshold_peeled_merged(c, 10, 5, 1, 1, &ratio));
}
static libnc_status peeled_vanish(libnc_context *c)
{
    double ratio;
    return told(c, libnc_threshold_peeled_lost(c, 10, 5, 0.1, 0.1, &ratio));
}

static libnc_status with_thresholds(bool energy)
{
    const setting s = {
        .counts = (const int64_t[]){100, 100, 10, 10}, .classes = 4, .depth = 1, .loss = CE};
    fixture f = prepare(&s);
    double value;
    if (energy)
        set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_FORM, 1);
    const libnc_status status = energy ? libnc_threshold_merge_energy(f.geometry, 3, &value, NULL)
                                       : libnc_threshold_total_decay(f.geometry, &value);
    (void)told(f.context, status);
    release(&f);
    return status;
}
static libnc_status total_decay(libnc_context *c)
{
    (void)c;
    return with_thresholds(false);
}
static libnc_status merge_energy(libnc_context *c)
{
    (void)c;
    return with_thresholds(true);
}

static libnc_status subspace(libnc_context *c)
{
    static const double target[] = {1, 0.2, 0.1, 0.4, 0.3, 0.7, 0.1, 0.9, 0.2, 0.5, 0.6, 0.8};
    double basis[36];
    int64_t dimension;
    return told(c, libnc_parsimony_subspace(c, target, target, 2, 6, 1e-10, basis, &dimension));
}

typedef struct planted {
    const char *name;
    libnc_status (*run)(libnc_context *context);
    int32_t site;
} planted;

static const planted PLANTED[] = {
    {"squares", squares, NC__PLANTED_SINGULAR_VALUE},
    {"squares, loss", squares, NC__PLANTED_LOSS},
    {"squares with a bias", squares_with_bias, NC__PLANTED_SINGULAR_VALUE},
    {"squares with a bias, root", squares_with_bias, NC__PLANTED_SECULAR_ROOT},
    {"deep squares", deep_squares, NC__PLANTED_SINGULAR_VALUE},
    {"deep squares, loss", deep_squares, NC__PLANTED_LOSS},
    {"narrow squares", narrow_squares, NC__PLANTED_SINGULAR_VALUE},
    {"narrow squares, root", narrow_squares, NC__PLANTED_SECULAR_ROOT},
    {"balanced cross-entropy", balanced_entropy, NC__PLANTED_BALANCED_SCALE},
    {"with label smoothing", balanced_smoothing, NC__PLANTED_BALANCED_SCALE},
    {"with energies", balanced_energy, NC__PLANTED_BALANCED_SCALE},
    {"with energies to spare", slack_energy, NC__PLANTED_BALANCED_SCALE},
    {"deep ETF", deep_etf, NC__PLANTED_ETF_SCALE},
    {"deep ETF alone", deep_etf_alone, NC__PLANTED_ETF_SCALE},
    {"focal", focal, NC__PLANTED_FOCAL_SCALE},
    {"ReLU features", relu, NC__PLANTED_RELU_SCALE},
    {"SELI", seli, NC__PLANTED_SECULAR_ROOT},
    {"SELI's lengths", seli_lengths, NC__PLANTED_SECULAR_ROOT},
    {"regression, variance", regression, NC__PLANTED_VARIANCE},
    {"regression, direction", regression, NC__PLANTED_DIRECTION},
    {"regression, value", regression, NC__PLANTED_FITTED_VALUE},
    {"merge counts", merge_counts, NC__PLANTED_QUADRATIC_ROOT},
    {"merge ratios", merge_ratios, NC__PLANTED_QUADRATIC_ROOT},
    {"merge ratio R_0", peeled_merge, NC__PLANTED_MERGE_RATIO},
    {"vanish ratio R_1", peeled_vanish, NC__PLANTED_VANISH_RATIO},
    {"total decay", total_decay, NC__PLANTED_TOTAL_SLOPE},
    {"merge energy", merge_energy, NC__PLANTED_CRITICAL_NORM},
    {"idle directions", subspace, NC__PLANTED_IDLE_DIRECTION},
};

START_TEST(wrong_values_are_refused)
{
    static const double errors[] = {1e-7, -1e-7, 0.1, -0.5};
    const planted *p = &PLANTED[_i];
    libnc_context *context;
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    libnc_status status = p->run(context);
    ck_assert_msg(status == LIBNC_OK, "%s: %d %s", p->name, (int)status, text);
    for (int i = 0; i < 4; i++) {
        nc__planted_site = p->site;
        nc__planted_error = errors[i];
        status = p->run(context);
        nc__planted_site = NC__PLANTED_NOWHERE;
        ck_assert_msg(status == LIBNC_ERROR_INTERNAL && strstr(text, "self-check"),
                      "%s off by %g: status %d, %s", p->name, errors[i], (int)status, text);
    }
    libnc_context_destroy(context);
}
END_TEST

/* ---- gaps hold ---- */

/* From 1e-`digits` to 1, uniform in the logarithm. */
static double draw_small(uint64_t *state, double digits)
{
    return pow(10, -digits * secular_uniform(state));
}

/* min over s of (s - y)^2/(2N) + (M+1)/2 c s^{2/(M+1)}: u = log(s/(y - s)) by bisection where the
 * slope of the logarithms falls, from u = log(M - 1), at which zero is as good. */
static long double exact_scalar(int32_t depth, long double samples, long double log_cost,
                                long double square)
{
    const long double M = depth, unit = square / (2 * samples);
    /* log beta, beta = M (N c)^{(M+1)/M} y^{-2} */
    const long double log_beta = logl(M) + (M + 1) / M * (log_cost + logl(samples)) - logl(square);
    if (depth == 1) {
        const long double y = sqrtl(square), cost = expl(log_cost);
        const long double s = y > samples * cost ? y - samples * cost : 0;
        return s > 0 ? samples * cost * cost / 2 + cost * s : unit;
    }
    long double low = logl(M - 1), high = 3000;
    if (logl(M) - (1 + 1 / M) * low - 2 * log1pl(expl(-low)) < log_beta)
        return unit;
    for (int i = 0; i < 120; i++) {
        const long double u = (low + high) / 2;
        if (logl(M) - (1 + 1 / M) * u - 2 * log1pl(expl(-u)) > log_beta)
            low = u;
        else
            high = u;
    }
    const long double rest = expl(-low) / (1 + expl(-low)), share = 1 - rest;
    return unit * rest * (rest + (M + 1) * share);
}

typedef struct squares_problem {
    secular_problem targets;
    int32_t depth;
    int64_t bias, width;
    double decays[6], feature_decay;
} squares_problem;

static long double exact_squares(const squares_problem *p)
{
    const secular_problem *t = &p->targets;
    long double samples = 0, log_cost = logl(p->feature_decay), sum = 0;
    for (int64_t g = 0; g < t->groups.count; g++)
        samples += (long double)t->size[g] * t->multiplicity[g];
    for (int32_t j = 0; j < p->depth; j++)
        log_cost += logl(p->decays[j]);
    log_cost /= p->depth + 1;
    int64_t room = p->width > 0 ? p->width : INT64_MAX;
    for (int64_t f = 0; f < (p->bias ? 2 * t->groups.count - 1 : t->groups.count); f++) {
        const int64_t g = p->bias ? f / 2 : f;
        int64_t pole, count = f % 2 && p->bias ? 1 : (int64_t)t->multiplicity[g] - p->bias;
        long double square = t->size[g];
        if (f % 2 && p->bias) {
            const quad offset = secular_root(t, g, &pole);
            square = (long double)((quad)t->size[pole] + offset);
        }
        for (; count > 0; count--, room--)
            sum += room > 0 ? exact_scalar(p->depth, samples, log_cost, square)
                            : square / (2 * samples);
    }
    return sum;
}

/* At most 12 classes of up to 5 sizes; decays that keep some directions. */
static void draw_squares(squares_problem *p, int64_t index, uint64_t *state)
{
    do
        secular_draw(&p->targets, index, state);
    while (p->targets.groups.count > 5);
    p->targets.weight = NC__WEIGHT_SAMPLES;
    for (int64_t g = 0; g < p->targets.groups.count; g++)
        p->targets.multiplicity[g] = fmin(p->targets.multiplicity[g], 1 + (double)(index % 3));
    p->bias = secular_uniform(state) < 0.5;
    p->width = secular_uniform(state) < 0.3 ? 1 + (int64_t)(3 * secular_uniform(state)) : 0;
    p->depth = 1 + (int32_t)(5 * secular_uniform(state));
    const double digits = index % 2 ? 6 : 150, range = sqrt(p->targets.size[0]);
    p->feature_decay = draw_small(state, digits) / range;
    for (int32_t j = 0; j < p->depth; j++)
        p->decays[j] = draw_small(state, digits) / (j == 0 ? range : 1);
}

static int64_t fill_counts(const secular_problem *t, int64_t *counts)
{
    int64_t classes = 0;
    for (int64_t g = 0; g < t->groups.count; g++)
        for (int64_t i = 0; i < (int64_t)t->multiplicity[g]; i++)
            counts[classes++] = (int64_t)t->size[g];
    return classes;
}

static void assert_enclosed(const fixture *f, long double exact, const char *what, int64_t index)
{
    double loss, gap;
    ck_assert_int_eq(libnc_geometry_loss(f->geometry, &loss, &gap), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_status(f->geometry), LIBNC_GEOMETRY_PROVEN);
    ck_assert_msg(exact >= (long double)loss - gap && exact <= (long double)loss + gap,
                  "%s %lld: %.20Lg is not within %.3g of %.17g", what, (long long)index, exact, gap,
                  loss);
    ck_assert_msg(gap > 0 && gap <= 1e-12 * loss, "%s %lld: a gap of %g of %g", what,
                  (long long)index, gap, loss);
}

START_TEST(gaps_of_squares_hold)
{
    uint64_t state = 17;
    for (int64_t i = 0; i < 4000; i++) {
        squares_problem p = {.depth = 0};
        int64_t counts[16];
        draw_squares(&p, i, &state);
        const setting s = {.counts = counts,
                           .classes = fill_counts(&p.targets, counts),
                           .depth = p.depth,
                           .bias = p.bias,
                           .width = p.width,
                           .decays = p.decays,
                           .feature_decay = p.feature_decay};
        if (s.classes == 1 && p.bias)
            continue; /* the loss is 0, exactly */
        fixture f = solve(&s);
        assert_enclosed(&f, exact_squares(&p), "squares", i);
        release(&f);
    }
}
END_TEST

/* e^a + K - 1 = K/v, v = K c sqrt(n) w^{-1} + delta */
static long double exact_entropy(long double K, long double n, long double cost, long double delta)
{
    const long double v = K * cost * sqrtl(n) + delta;
    if (v >= 1)
        return logl(K);
    const long double a = log1pl(K * (1 - v) / v);
    return log1pl((K - 1) * expl(-a)) + (K - 1) / K * v * a;
}

START_TEST(gaps_of_entropy_hold)
{
    uint64_t state = 4;
    for (int64_t i = 0; i < 4000; i++) {
        int64_t counts[20];
        const int64_t K = 2 + i % 19, n = (int64_t)secular_whole(&state, i % 2 ? 1e4 : 1e14);
        for (int64_t k = 0; k < K; k++)
            counts[k] = n;
        const setting s = {.counts = counts,
                           .classes = K,
                           .depth = 1,
                           .loss = CE,
                           .bias = i % 2,
                           .smoothing = i % 3 ? 0 : draw_small(&state, 10),
                           .decay = draw_small(&state, i % 5 ? 6 : 300),
                           .feature_decay = draw_small(&state, i % 5 ? 6 : 300)};
        if (s.smoothing >= 1)
            continue;
        fixture f = solve(&s);
        const long double cost = sqrtl(s.decay) * sqrtl(s.feature_decay);
        assert_enclosed(&f, exact_entropy(K, n, cost, s.smoothing), "entropy", i);
        release(&f);
    }
}
END_TEST

/* (1-p)^gamma (-log p) + (K-1) c sqrt(n) a */
static long double focal_at(long double a, long double K, long double gamma, long double cost)
{
    const long double others = (K - 1) * expl(-a);
    return powl(others / (1 + others), gamma) * log1pl(others) + (K - 1) * cost * a;
}

START_TEST(gaps_of_focal_hold)
{
    uint64_t state = 6;
    int proven = 0;
    for (int64_t i = 0; i < 1000; i++) {
        const int64_t counts[] = {10, 10, 10, 10, 10}, K = 2 + i % 4;
        const double golden = 0.6180339887498949;
        const setting s = {.counts = counts,
                           .classes = K,
                           .depth = 1,
                           .loss = FOCAL,
                           .gamma = 5 * secular_uniform(&state) + 1e-3,
                           .decay = draw_small(&state, 12),
                           .feature_decay = draw_small(&state, 12)};
        const long double cost = sqrtl(s.decay) * sqrtl(s.feature_decay) * sqrtl(10);
        fixture f = solve(&s);
        if (libnc_geometry_status(f.geometry) == LIBNC_GEOMETRY_PROVEN) {
            double loss, scale;
            ck_assert_int_eq(libnc_geometry_etf(f.geometry, &loss, &scale), LIBNC_OK);
            long double low = scale / 1.01, high = scale * 1.01;
            for (int step = 0; step < 60; step++) {
                const long double a = high - golden * (high - low), b = low + golden * (high - low);
                if (focal_at(a, K, s.gamma, cost) < focal_at(b, K, s.gamma, cost))
                    high = b;
                else
                    low = a;
            }
            assert_enclosed(&f, focal_at((low + high) / 2, K, s.gamma, cost), "focal", i);
            proven++;
        }
        release(&f);
    }
    ck_assert_int_gt(proven, 500);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("proof");
    TCase *tests = add_case(suite, "proof", 120);
    tcase_add_loop_test(tests, wrong_values_are_refused, 0,
                        (int)(sizeof PLANTED / sizeof *PLANTED));
    tcase_add_test(tests, gaps_of_squares_hold);
    tcase_add_test(tests, gaps_of_entropy_hold);
    tcase_add_test(tests, gaps_of_focal_hold);
    return run_suite(suite);
}
