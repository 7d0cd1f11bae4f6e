/* SPDX-License-Identifier: MIT
 *
 * test_remedy_training.c: what a remedy promises holds in training (libnc/remedy.h). Free features
 * are trained to the optimum by L-BFGS: with the weights, repeats or decay of the remedy every
 * class asked for is predicted at its own mean, and just before them one is not.
 */
#include "support/training_fixture.h"

#include <libnc/remedy.h>

enum { MOST = 30, WEIGHT = 1 };

/* How far from a limit is trained: nearer, the singular values that tell are as slow as they are
 * small. */
#define NEAR 0.01

/* Of a margin that is zero at the optimum. */
#define ROUNDING 1e-6

typedef struct problem {
    int K, bias;
    int64_t counts[MOST];
    double decay; /* of W and H */
} problem;

static problem long_tailed(int K, double largest, double ratio, double decay, int bias)
{
    problem p = {.K = K, .bias = bias, .decay = decay};
    for (int k = 0; k < K; k++)
        p.counts[k] = (int64_t)(largest * pow(ratio, -(double)k / (K - 1)));
    return p;
}

static libnc_geometry *pose(const problem *p, bool repeated)
{
    libnc_classes *classes;
    libnc_geometry *geometry;
    must(libnc_classes_from_counts(&classes, context, p->counts, p->K));
    must(libnc_geometry_create(&geometry, classes, 1));
    libnc_classes_destroy(classes);
    libnc_options *options = libnc_geometry_options(geometry);
    must(libnc_options_set_text(options, "loss", "ce"));
    must(libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_BIAS, p->bias));
    must(libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_NORMALISE_WEIGHTS, repeated));
    must(libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, p->decay));
    must(libnc_geometry_set_weight_decay(geometry, &p->decay, 1));
    return geometry;
}

/* Logits of the class means, bias included: row = class mean. */
static void find_logits(const run *r, const problem *p, double *logits)
{
    double *h = parameter(r->model, 0), *w = parameter(r->model, WEIGHT);
    double *b = p->bias ? parameter(r->model, WEIGHT + 1) : NULL;
    const double *row = h;
    for (int k = 0; k < p->K; k++)
        for (int j = 0; j < p->K; j++)
            logits[k * p->K + j] = b ? b[j] : 0;
    for (int k = 0; k < p->K; k++)
        for (int64_t i = 0; i < p->counts[k]; i++, row += p->K)
            for (int j = 0; j < p->K; j++)
                for (int d = 0; d < p->K; d++)
                    logits[k * p->K + j] += row[d] * w[j * p->K + d] / (double)p->counts[k];
    free(b);
    free(w);
    free(h);
}

/* The smallest margin of classes first .. K-1 at the optimum that training finds. */
static double trained_margin(const problem *p, const double *weights, const int64_t *repeats,
                             int first)
{
    const int64_t width = p->K;
    double logits[MOST * MOST], least = INFINITY;
    libnc_model *model = free_model(LIBNC_FLOAT64, p->counts, p->K, 1, &width, p->bias);
    must(libnc_model_initialise(model, LIBNC_INITIALISE_GAUSSIAN, 0.3, 3));
    run r = make_run(model, LIBNC_LOSS_CROSS_ENTROPY, LIBNC_OPTIMIZER_LBFGS, NULL);
    if (weights)
        must(libnc_loss_set_class_weights(r.loss, weights, p->K));
    if (repeats)
        must(libnc_trainer_set_repeats(r.trainer, repeats, p->K));
    must(libnc_penalty_set_weight_decay(r.penalty, &p->decay, 1));
    must(libnc_penalty_set_feature_decay(r.penalty, p->decay));
    set_integer(&r, LIBNC_TRAINER_OPTION_ITERATIONS, 30000);
    must(libnc_options_set_double(libnc_trainer_options(r.trainer),
                                  LIBNC_TRAINER_OPTION_GRADIENT_TOLERANCE, 1e-9));
    ck_assert_int_ne(stop_of_run(r.trainer), LIBNC_STOP_ITERATIONS);
    find_logits(&r, p, logits);
    for (int k = first; k < p->K; k++)
        for (int j = 0; j < p->K; j++)
            if (j != k)
                least = fmin(least, logits[k * p->K + k] - logits[k * p->K + j]);
    end_run(&r);
    return least;
}

static const struct {
    int K;
    double largest, ratio, decay;
    int bias;
} cases[] = {{10, 100, 20, 1e-2, 0}, {10, 100, 20, 9e-3, 1}, {30, 60, 20, 5e-3, 0}};
enum { CASES = sizeof cases / sizeof *cases };

static problem take_case(int i)
{
    return long_tailed(cases[i].K, cases[i].largest, cases[i].ratio, cases[i].decay, cases[i].bias);
}

START_TEST(decays)
{
    problem p = take_case(_i);
    double decay;
    ck_assert(trained_margin(&p, NULL, NULL, 0) < ROUNDING);
    libnc_geometry *geometry = pose(&p, false);
    must(libnc_remedy_margin_decay(geometry, NULL, 0, 0, &decay, NULL));
    libnc_geometry_destroy(geometry);
    p.decay = decay * (1 - NEAR);
    ck_assert(trained_margin(&p, NULL, NULL, 0) > ROUNDING);
    p.decay = decay * (1 + NEAR);
    ck_assert(trained_margin(&p, NULL, NULL, 0) < ROUNDING);
}
END_TEST

/* (n_max/n_k)^gamma */
static double margin_at_power(const problem *p, double gamma)
{
    double weights[MOST];
    for (int k = 0; k < p->K; k++)
        weights[k] = pow((double)p->counts[0] / (double)p->counts[k], gamma);
    return trained_margin(p, weights, NULL, 0);
}

START_TEST(weights)
{
    const problem p = take_case(_i);
    double gamma;
    libnc_geometry *geometry = pose(&p, false);
    must(libnc_remedy_margin_exponent(geometry, NULL, 0, 0, &gamma, NULL, 0, NULL));
    libnc_geometry_destroy(geometry);
    ck_assert(gamma > 0 && isfinite(gamma));
    ck_assert(margin_at_power(&p, gamma * (1 + NEAR)) > ROUNDING);
    ck_assert(margin_at_power(&p, gamma * (1 - NEAR)) < ROUNDING);
}
END_TEST

/* Of each class its own number. */
START_TEST(repeats)
{
    const problem p = take_case(_i);
    double gamma;
    int64_t times[MOST];
    libnc_geometry *geometry = pose(&p, true);
    must(libnc_remedy_margin_exponent(geometry, NULL, 0, 0, &gamma, times, (size_t)p.K, NULL));
    libnc_geometry_destroy(geometry);
    ck_assert_int_gt(times[p.K - 1], 1);
    ck_assert(trained_margin(&p, NULL, times, 0) > ROUNDING);
}
END_TEST

/* One number for the tail: it serves these classes, one less does not. */
START_TEST(repeats_of_the_tail)
{
    const problem p = take_case(_i);
    const int first = 4 * p.K / 5;
    int64_t tail[MOST], times[MOST], found = 0;
    double factor;
    for (int k = 0; k < p.K; k++) {
        tail[k] = first + k;
        times[k] = 1;
    }
    libnc_geometry *geometry = pose(&p, true);
    must(libnc_remedy_margin_weight(geometry, tail, p.K - first, tail, p.K - first, 0, &factor,
                                    &found, NULL));
    libnc_geometry_destroy(geometry);
    ck_assert_int_gt(found, 1);
    for (int less = 0; less < 2; less++) {
        for (int k = first; k < p.K; k++)
            times[k] = found - less;
        ck_assert_int_eq(trained_margin(&p, NULL, times, first) > ROUNDING, !less);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("remedy_training");
    TCase *tests = add_case(suite, "remedy_training", 120);
    tcase_add_checked_fixture(tests, setup_alone, teardown);
    tcase_add_loop_test(tests, decays, 0, CASES);
    tcase_add_loop_test(tests, weights, 0, CASES);
    tcase_add_loop_test(tests, repeats, 0, CASES);
    tcase_add_loop_test(tests, repeats_of_the_tail, 0, CASES);
    return run_suite(suite);
}
