/* SPDX-License-Identifier: MIT
 *
 * test_geometry_brute.c: predicted losses against the lowest value that L-BFGS finds from many
 * random starts on the full problem, every sample's features and every layer free (brute.h).
 */
#include "support/brute.h"
#include "support/suite.h"

#include <libnc/libnc.h>

#include <check.h>

/* Both sides: a prediction above what was found is not a minimum, one below is no value at all. */
#define TOLERANCE 1e-9

enum { MAX_CLASSES = 4, STARTS = 80, PER_DEPTH = 20 };

typedef struct tally {
    int problems, bias, unequal, bottleneck, lost, window;
} tally;

static double predict(const brute *p, int width, int32_t *status, int *lost)
{
    libnc_context *context;
    libnc_classes *classes;
    libnc_geometry *geometry;
    int32_t flags[MAX_CLASSES];
    double loss, gap;
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    ck_assert_int_eq(libnc_classes_from_counts(&classes, context, p->counts, p->classes), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_create(&geometry, classes, p->depth), LIBNC_OK);
    libnc_options *options = libnc_geometry_options(geometry);
    ck_assert_int_eq(libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_LOSS, p->loss),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_BIAS, p->bias),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_WIDTH, width),
                     LIBNC_OK);
    ck_assert_int_eq(
        libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, p->feature_decay),
        LIBNC_OK);
    ck_assert_int_eq(
        libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_LABEL_SMOOTHING, p->smoothing),
        LIBNC_OK);
    ck_assert_int_eq(libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_FOCAL_GAMMA, p->gamma),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_set_weight_decay(geometry, p->decays, p->depth), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_solve(geometry), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_loss(geometry, &loss, &gap), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_lost_classes(geometry, flags, (size_t)p->classes), LIBNC_OK);
    *status = libnc_geometry_status(geometry);
    if (*status == LIBNC_GEOMETRY_PROVEN)
        ck_assert(gap > 0 && gap <= 1e-12 * loss);
    *lost = 0;
    for (int k = 0; k < p->classes; k++)
        *lost += flags[k];
    libnc_geometry_destroy(geometry);
    libnc_classes_destroy(classes);
    libnc_context_destroy(context);
    return loss;
}

static void check_prediction(const brute *p, int width, int *lost, uint64_t *state)
{
    int32_t status;
    const double predicted = predict(p, width, &status, lost);
    const double found = brute_minimum(p, STARTS, state);
    ck_assert_int_eq(status, LIBNC_GEOMETRY_PROVEN);
    ck_assert_msg(fabs(predicted - found) <= TOLERANCE * found,
                  "K %d N %d M %d bias %d width %d: predicted %.15g, found %.15g", p->classes,
                  brute_samples(p), p->depth, p->bias, p->width, predicted, found);
}

/* Decays whose product puts class `k` at the given beta, shared out unevenly if asked. */
static void set_decays(brute *p, int k, double beta, int uneven, uint64_t *state)
{
    const double m = p->depth, n = brute_samples(p);
    const double product = pow(beta * (double)p->counts[k] / (m * n), m) / n;
    double used = 1;
    for (int j = 0; j < p->depth; j++) {
        const double factor = uneven ? exp(1.5 * (brute_uniform(state) - 0.5)) : 1;
        p->decays[j] = factor * pow(product, 1 / (m + 1));
        used *= p->decays[j];
    }
    p->feature_decay = product / used;
}

/* How many classes lie where the positive point is a local minimum only. */
static int in_window(const brute *p)
{
    double threshold, existence, product = p->feature_decay;
    const double m = p->depth, n = brute_samples(p);
    int count = 0;
    ck_assert_int_eq(libnc_geometry_thresholds(p->depth, &threshold, &existence), LIBNC_OK);
    for (int j = 0; j < p->depth; j++)
        product *= p->decays[j];
    for (int k = 0; k < p->classes; k++) {
        const double beta = m * n * pow(n * product, 1 / m) / (double)p->counts[k];
        count += beta > threshold && beta < existence;
    }
    return count;
}

static void random_mean_square(int depth, int index, uint64_t *state, tally *seen)
{
    int64_t counts[MAX_CLASSES];
    brute p = {.depth = depth, .loss = BRUTE_MSE, .counts = counts, .gamma = 2};
    p.classes = 2 + (int)(3 * brute_uniform(state));
    for (int k = 0; k < p.classes; k++)
        counts[k] = 1 + (int64_t)(5 * brute_uniform(state));
    p.bias = index % 2;
    const int bottleneck = index % 4 >= 2 && p.classes > 2;
    p.width = bottleneck ? 1 + (int)((p.classes - 1) * brute_uniform(state)) : p.classes;
    double threshold, existence;
    ck_assert_int_eq(libnc_geometry_thresholds(depth, &threshold, &existence), LIBNC_OK);
    const int class_index = (int)(p.classes * brute_uniform(state));
    double beta = threshold * exp(-3.5 * brute_uniform(state));
    if (index % 5 == 0) /* between beta* and beta_ex; beyond 1 for M = 1 */
        beta = depth == 1
                   ? 1.2
                   : threshold + (existence - threshold) * (0.1 + 0.8 * brute_uniform(state));
    const int uneven = index % 3 != 0;
    set_decays(&p, class_index, beta, uneven, state);
    int lost;
    check_prediction(&p, bottleneck ? p.width : 0, &lost, state);
    seen->problems++;
    seen->bias += p.bias;
    seen->unequal += uneven && depth > 1;
    seen->bottleneck += bottleneck;
    seen->lost += lost > 0;
    seen->window += in_window(&p) > 0;
}

START_TEST(mean_square_random)
{
    const int depth = _i;
    uint64_t state = 100 + (uint64_t)depth;
    tally seen = {0};
    for (int index = 0; index < PER_DEPTH; index++)
        random_mean_square(depth, index, &state, &seen);
    ck_assert_int_eq(seen.problems, PER_DEPTH);
    ck_assert_int_ge(seen.bias, 5);
    ck_assert_int_ge(seen.bottleneck, 3);
    ck_assert_int_ge(seen.lost, 4);
    if (depth > 1) {
        ck_assert_int_ge(seen.unequal, 5);
        ck_assert_int_ge(seen.window, 4);
    }
}
END_TEST

/* n = (12, 4): the second class has a positive local minimum, and zero is better. */
START_TEST(mean_square_window)
{
    const int64_t counts[] = {12, 4};
    const brute p = {.classes = 2,
                     .width = 2,
                     .depth = 2,
                     .counts = counts,
                     .loss = BRUTE_MSE,
                     .gamma = 2,
                     .feature_decay = 0.04,
                     .decays = {0.09, 0.09}};
    uint64_t state = 7;
    int lost;
    ck_assert_int_eq(in_window(&p), 1);
    check_prediction(&p, 0, &lost, &state);
    ck_assert_int_eq(lost, 1);
}
END_TEST

/* Balanced cross-entropy and focal, M = 1: status proven, so the same test applies. */
static void random_balanced(int loss, int index, uint64_t *state)
{
    int64_t counts[MAX_CLASSES];
    brute p = {.depth = 1, .loss = loss, .counts = counts};
    p.classes = 2 + (int)(3 * brute_uniform(state));
    const int64_t n = 1 + (int64_t)(3 * brute_uniform(state));
    for (int k = 0; k < p.classes; k++)
        counts[k] = n;
    p.bias = index % 2;
    p.gamma = loss == BRUTE_FOCAL ? 4 * brute_uniform(state) + 1 : 2;
    p.smoothing = loss == BRUTE_CE && index % 4 >= 2 ? 0.3 * brute_uniform(state) : 0;
    const int narrow = index % 3 == 0;
    p.width = narrow ? p.classes - 1 : p.classes;
    /* K sqrt(n lw lh) from 0.02 to 1.2: beyond 1 the minimiser is zero */
    const double cost = exp(log(0.02) + log(60) * brute_uniform(state)) / p.classes;
    const double ratio = exp(2 * brute_uniform(state) - 1);
    p.decays[0] = cost * ratio / sqrt((double)n);
    p.feature_decay = cost / ratio / sqrt((double)n);
    int lost;
    check_prediction(&p, narrow ? p.width : 0, &lost, state);
}

START_TEST(cross_entropy_random)
{
    uint64_t state = 11;
    for (int index = 0; index < 16; index++)
        random_balanced(BRUTE_CE, index, &state);
}
END_TEST

START_TEST(focal_random)
{
    uint64_t state = 12;
    for (int index = 0; index < 12; index++)
        random_balanced(BRUTE_FOCAL, index, &state);
}
END_TEST

/* Where the ETF is called a critical point only, the search may come below it, and does (K = 4,
 * M = 3), but the prediction must never be below what is found. */
START_TEST(deep_cross_entropy_is_no_minimum)
{
    const int64_t counts[] = {1, 1, 1, 1};
    const brute p = {.classes = 4,
                     .width = 4,
                     .depth = 3,
                     .counts = counts,
                     .loss = BRUTE_CE,
                     .gamma = 2,
                     .feature_decay = 5e-3,
                     .decays = {5e-3, 5e-3, 5e-3}};
    uint64_t state = 13;
    int32_t status;
    int lost;
    const double predicted = predict(&p, 0, &status, &lost);
    ck_assert_int_eq(status, LIBNC_GEOMETRY_CRITICAL_POINT);
    const double found = brute_minimum(&p, 2 * STARTS, &state);
    ck_assert_double_lt(found, predicted);
    ck_assert_double_eq_tol(found, 0.074161023, 1e-9);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("geometry against brute force");
    TCase *tests = add_case(suite, "brute", 120);
    tcase_add_test(tests, mean_square_window);
    tcase_add_test(tests, cross_entropy_random);
    tcase_add_test(tests, focal_random);
    tcase_add_test(tests, deep_cross_entropy_is_no_minimum);
    TCase *slow = add_numeric_case(suite, "random problems", 120);
    tcase_add_loop_test(slow, mean_square_random, 1, 5);
    return run_suite(suite);
}
