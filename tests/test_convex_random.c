/* SPDX-License-Identifier: MIT
 *
 * test_convex_random.c: 200 random problems of cross-entropy with one layer, each solved as groups
 * and in general, its factors put into the objective by hand, and compared with a long brute-force
 * minimisation. Among them are total collapse, lost directions, and problems at a threshold or
 * within 1e-9 of one.
 */
#include "linalg/linalg.h"
#include "support/brute_convex.h"
#include "support/geometry_fixture.h"

#include <stdio.h>

/* A problem as both sides need it. */
typedef struct problem {
    brute_convex brute;
    int64_t counts[BRUTE_CLASSES];
    double class_weights[BRUTE_CLASSES];
    int weighted, normalised;
} problem;

enum { LOOPS = 10, PER_LOOP = 20, ITERATIONS = 3000 };

/* Rounding of the brute-force value, which subtracts logits: absolute, and relative of its sums. */
#define BRUTE_NOISE 4e-15

static int below(uint64_t *state, int n)
{
    return (int)(brute_uniform(state) * n);
}

static double log_uniform(uint64_t *state, double low, double high)
{
    return exp(log(low) + brute_uniform(state) * log(high / low));
}

/* One, two, three or many different counts. */
static void choose_counts(problem *p, uint64_t *state)
{
    const int kinds = 1 + below(state, 4);
    int64_t sizes[3];
    for (int i = 0; i < 3; i++)
        sizes[i] = (int64_t)log_uniform(state, 1, 1000);
    for (int k = 0; k < p->brute.classes; k++) {
        p->counts[k] =
            kinds == 4 ? (int64_t)log_uniform(state, 1, 1000) : sizes[below(state, kinds)];
        p->brute.count[k] = (double)p->counts[k];
    }
}

static void choose_weights(problem *p, uint64_t *state)
{
    const double sizes[2] = {log_uniform(state, 0.1, 10), log_uniform(state, 0.1, 10)};
    double divisor = 0;
    p->weighted = below(state, 3) == 0;
    p->normalised = below(state, 2);
    for (int k = 0; k < p->brute.classes; k++) {
        p->class_weights[k] = p->weighted ? sizes[below(state, 2)] : 1;
        p->brute.weight[k] = p->class_weights[k] * p->brute.count[k];
        divisor += p->normalised ? p->brute.weight[k] : p->brute.count[k];
    }
    for (int k = 0; k < p->brute.classes; k++)
        p->brute.weight[k] /= divisor;
}

/* ||G D^{-1}||_2 at Z = 0, where a bias gives the mean of the targets: Z = 0 iff it is at most c.
 */
static double collapse_threshold(libnc_context *context, const brute_convex *p)
{
    const int K = p->classes;
    double matrix[BRUTE_CLASSES * BRUTE_CLASSES], values[BRUTE_CLASSES], sum = 0;
    for (int k = 0; k < K; k++)
        sum += p->weight[k];
    for (int j = 0; j < K; j++)
        for (int k = 0; k < K; k++) {
            const double target = (1 - p->smoothing) * (j == k) + p->smoothing / K;
            const double mean = (1 - p->smoothing) * p->weight[j] / sum + p->smoothing / K;
            const double probability = p->bias ? mean : 1. / K;
            matrix[j * K + k] = p->weight[k] * (probability - target) / sqrt(p->count[k]);
        }
    ck_assert_int_eq(nc__svd(context, matrix, K, K, values, NULL, NULL), LIBNC_OK);
    return values[0];
}

/* At, just below or just above a threshold, or anywhere. */
static double near(uint64_t *state, double threshold, double low, double high)
{
    switch (below(state, 6)) {
    case 0: return threshold;
    case 1: return threshold * (1 + 1e-9);
    case 2: return threshold * (1 - 1e-9);
    default: return threshold * log_uniform(state, low, high);
    }
}

/* c near total collapse, or near sqrt(n_k) a_k/n_k (1 - delta), where class k's group collapses. */
static void choose_decays(problem *p, libnc_context *context, uint64_t *state)
{
    brute_convex *b = &p->brute;
    const int k = below(state, b->classes);
    const double within = b->weight[k] / sqrt(b->count[k]) * (1 - b->smoothing);
    const double threshold = below(state, 2) ? within : collapse_threshold(context, b);
    const double c = near(state, threshold, 1e-4, 1.3), ratio = log_uniform(state, 0.1, 10);
    b->classifier = c * ratio;
    b->features = c / ratio;
}

/* rho near what meets smoothed targets exactly, or anywhere: small ones lose classes. */
static void choose_energies(problem *p, uint64_t *state)
{
    brute_convex *b = &p->brute;
    const double K = b->classes;
    double rho = log_uniform(state, 0.01, 6);
    if (b->smoothing > 0) {
        const double meets = log(1 + K * (1 - b->smoothing) / b->smoothing) * (K - 1) / K;
        rho = near(state, meets, 0.1, 2);
    }
    const double ratio = log_uniform(state, 0.1, 10);
    b->classifier = rho * ratio;
    b->features = rho / ratio;
}

static void choose(problem *p, libnc_context *context, uint64_t *state)
{
    memset(p, 0, sizeof *p);
    p->brute.classes = p->brute.width = 2 + below(state, BRUTE_CLASSES - 1);
    p->brute.bias = below(state, 2);
    p->brute.energy = below(state, 2);
    p->brute.smoothing = below(state, 3) == 0 ? log_uniform(state, 1e-3, 0.5) : 0;
    choose_counts(p, state);
    choose_weights(p, state);
    if (p->brute.energy)
        choose_energies(p, state);
    else
        choose_decays(p, context, state);
}

static fixture prepare_problem(const problem *p, int64_t symmetry)
{
    const brute_convex *b = &p->brute;
    const setting plain = {.counts = p->counts,
                           .classes = b->classes,
                           .depth = 1,
                           .loss = CE,
                           .bias = b->bias,
                           .smoothing = b->smoothing,
                           .feature_decay = b->energy ? 0 : b->features,
                           .decay = b->energy ? 0 : b->classifier};
    fixture f = prepare(&plain);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_FORM, b->energy);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_SYMMETRY, symmetry);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_NORMALISE_WEIGHTS, p->normalised);
    if (b->energy) {
        set_number(f.geometry, LIBNC_GEOMETRY_OPTION_CLASSIFIER_ENERGY, b->classifier);
        set_number(f.geometry, LIBNC_GEOMETRY_OPTION_FEATURE_ENERGY, b->features);
    }
    if (p->weighted)
        ck_assert_int_eq(libnc_geometry_set_class_weights(f.geometry, p->class_weights, b->classes),
                         LIBNC_OK);
    return f;
}

static fixture solve_problem(const problem *p, int64_t symmetry)
{
    fixture f = prepare_problem(p, symmetry);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    return f;
}

/* The objective at the factors that the geometry gives, by hand; the energies are met. */
static double value_of_factors(const problem *p, const fixture *f)
{
    const brute_convex *b = &p->brute;
    const int K = b->classes, d = b->width, n = K * d;
    double w[BRUTE_CLASSES * BRUTE_CLASSES], h[BRUTE_CLASSES * BRUTE_CLASSES], bias[BRUTE_CLASSES];
    double unused[3][BRUTE_CLASSES * BRUTE_CLASSES] = {{0}};
    ck_assert_int_eq(libnc_geometry_factors(f->geometry, d, w, h, (size_t)n), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_bias(f->geometry, bias, (size_t)K), LIBNC_OK);
    double value = brute_cross_entropy(b, w, h, bias, unused[0], unused[1], unused[2]);
    if (b->energy) {
        ck_assert_double_le(brute_dot(w, w, n), K * b->classifier * (1 + 1e-12));
        ck_assert_double_le(brute_dot(h, h, n), K * b->features * (1 + 1e-12));
        return value;
    }
    value += 0.5 * b->classifier * brute_dot(w, w, n);
    for (int k = 0; k < K; k++)
        value += 0.5 * b->features * b->count[k] * brute_dot(h + k * d, h + k * d, d);
    return value;
}

static void describe(const problem *p, int number, char *text, size_t size)
{
    const brute_convex *b = &p->brute;
    int used = snprintf(
        text, size, "problem %d: K %d, bias %d, energy %d, smoothing %g, %.17g %.17g, counts",
        number, b->classes, b->bias, b->energy, b->smoothing, b->classifier, b->features);
    for (int k = 0; k < b->classes; k++)
        used += snprintf(text + used, size - (size_t)used, " %lld (%g)", (long long)p->counts[k],
                         p->class_weights[k]);
}

START_TEST(against_brute_force)
{
    libnc_context *context;
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    uint64_t state = 1000 + (uint64_t)_i;
    for (int i = 0; i < PER_LOOP; i++) {
        problem p;
        char text[1024];
        choose(&p, context, &state);
        describe(&p, i, text, sizeof text);
        const double lowest = brute_convex_minimum(&p.brute, ITERATIONS, &state);
        for (int64_t symmetry = 0; symmetry < 2; symmetry++) {
            fixture f = solve_problem(&p, symmetry);
            double loss, gap;
            ck_assert_int_eq(libnc_geometry_loss(f.geometry, &loss, &gap), LIBNC_OK);
            ck_assert_int_eq(libnc_geometry_status(f.geometry), LIBNC_GEOMETRY_PROVEN);
            ck_assert_msg(gap >= 0 && gap <= 1e-10 * loss, "%s: gap %g of %.15g", text, gap, loss);
            ck_assert_msg(lowest >= loss - gap - BRUTE_NOISE * (1 + loss),
                          "%s: %.17g is below %.17g - %g", text, lowest, loss, gap);
            ck_assert_msg(lowest <= loss * (1 + 1e-8),
                          "%s: brute force stopped at %.17g, not %.17g", text, lowest, loss);
            const double value = value_of_factors(&p, &f);
            ck_assert_msg(fabs(value - loss) <= BRUTE_NOISE + 1e-12 * loss,
                          "%s: factors give %.17g, not %.17g", text, value, loss);
            release(&f);
        }
    }
    libnc_context_destroy(context);
}
END_TEST

/* Points after a few steps, far from the minimum: the gap must hold all the same. */
START_TEST(gaps_of_bad_points)
{
    libnc_context *context;
    int bad = 0;
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    uint64_t state = 5000 + (uint64_t)_i;
    for (int i = 0; i < PER_LOOP; i++) {
        problem p;
        char text[1024];
        choose(&p, context, &state);
        describe(&p, i, text, sizeof text);
        fixture f = prepare_problem(&p, _i & 1);
        ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
        const double exact = loss_of(&f);
        for (int64_t steps = 1; steps <= 4; steps++) {
            double loss, gap;
            set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_MAX_ITERATIONS, steps);
            ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
            ck_assert_int_eq(libnc_geometry_loss(f.geometry, &loss, &gap), LIBNC_OK);
            ck_assert_msg(loss - gap <= exact * (1 + 1e-14), "%s: %g - %g is above %g", text, loss,
                          gap, exact);
            ck_assert_msg(loss >= exact * (1 - 1e-10), "%s: %g is below %g", text, loss, exact);
            bad += gap > 1e-4 * loss;
        }
        release(&f);
    }
    ck_assert_int_gt(bad, 0);
    libnc_context_destroy(context);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("convex_random");
    TCase *tests = add_case(suite, "convex_random", 120);
    tcase_add_loop_test(tests, against_brute_force, 0, LOOPS);
    tcase_add_loop_test(tests, gaps_of_bad_points, 0, LOOPS);
    return run_suite(suite);
}
