/* SPDX-License-Identifier: MIT
 *
 * test_training_optimum.c: trained models end at the certified optimum of cross-entropy with one
 * layer: unequal classes, with decays and with energies, plain, oversampled and with class weights;
 * by every optimizer that is made for it.
 *
 * What is asked for is a loss within 1e-6 of the optimum, relative, and cosines between minority
 * rows within 1e-3; runs end well below.
 */
#include "support/training_fixture.h"

#include <libnc/blas.h>

static const double LOSS_GAP = 1e-6, COSINE = 1e-3;
enum { WEIGHT = 1, MOST = 10 };

typedef struct problem {
    int K;
    int64_t counts[MOST];
    int64_t repeats[MOST]; /* of classes; 0 for 1 */
    bool as_weights;       /* class weights instead, with the divisor N */
    double weight_decay, feature_decay, energies[2];
    double smoothing;
    int bias;
    double rate;
} problem;

/* Oversampled by 1 there is nothing to do. */
static int64_t times(const problem *p, int k)
{
    return p->repeats[k] > 0 ? p->repeats[k] : 1;
}

static libnc_geometry *certified(const problem *p)
{
    libnc_classes *classes;
    libnc_geometry *geometry;
    double weights[MOST];
    must(libnc_classes_from_counts(&classes, context, p->counts, p->K));
    must(libnc_geometry_create(&geometry, classes, 1));
    libnc_classes_destroy(classes);
    for (int k = 0; k < p->K; k++)
        weights[k] = (double)times(p, k);
    libnc_options *options = libnc_geometry_options(geometry);
    must(libnc_options_set_text(options, "loss", "ce"));
    must(libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_BIAS, p->bias));
    must(libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_LABEL_SMOOTHING, p->smoothing));
    must(libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_NORMALISE_WEIGHTS, !p->as_weights));
    must(libnc_geometry_set_class_weights(geometry, weights, p->K));
    if (p->energies[0] > 0) {
        must(libnc_options_set_text(options, "form", "energy"));
        must(libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_CLASSIFIER_ENERGY,
                                      p->energies[0]));
        must(libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_FEATURE_ENERGY,
                                      p->energies[1]));
    } else {
        must(libnc_geometry_set_weight_decay(geometry, &p->weight_decay, 1));
        must(libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY,
                                      p->feature_decay));
    }
    must(libnc_geometry_solve(geometry));
    ck_assert_int_eq(libnc_geometry_status(geometry), LIBNC_GEOMETRY_PROVEN);
    return geometry;
}

static run run_of(const problem *p, int32_t scalar, int32_t optimizer)
{
    const int64_t width = p->K;
    int64_t repeats[MOST];
    double weights[MOST];
    libnc_model *model = free_model(scalar, p->counts, p->K, 1, &width, p->bias);
    must(libnc_model_initialise(model, LIBNC_INITIALISE_GAUSSIAN, 0.3, 3));
    run r = make_run(model, LIBNC_LOSS_CROSS_ENTROPY, optimizer, NULL);
    must(libnc_options_set_double(libnc_loss_options(r.loss), LIBNC_LOSS_OPTION_LABEL_SMOOTHING,
                                  p->smoothing));
    for (int k = 0; k < p->K; k++)
        weights[k] = (double)(repeats[k] = times(p, k));
    if (p->as_weights)
        must(libnc_loss_set_class_weights(r.loss, weights, p->K));
    else
        must(libnc_trainer_set_repeats(r.trainer, repeats, p->K));
    must(libnc_penalty_set_weight_decay(r.penalty, &p->weight_decay, 1));
    must(libnc_penalty_set_feature_decay(r.penalty, p->feature_decay));
    must(libnc_penalty_set_energies(r.penalty, p->energies[0], p->energies[1]));
    if (optimizer != LIBNC_OPTIMIZER_LBFGS)
        set_rate(&r, p->rate);
    return r;
}

/* Cosines between the classifier's rows, and lengths against the largest, as the geometry has them;
 * the cosine of a row that vanishes is not looked at. */
static void check_rows(run *r, const libnc_geometry *geometry, double tolerance)
{
    const int K = (int)libnc_model_classes(r->model);
    double gram[MOST * MOST], *w = parameter(r->model, WEIGHT), found[MOST * MOST] = {0}, top = 0;
    must(libnc_geometry_classifier_gram(geometry, 1, gram, (size_t)(K * K)));
    for (int a = 0; a < K; a++)
        for (int b = 0; b < K; b++)
            for (int j = 0; j < K; j++)
                found[a * K + b] += w[a * K + j] * w[b * K + j];
    for (int a = 0; a < K; a++)
        top = fmax(top, gram[a * K + a]);
    for (int a = 0; a < K; a++) {
        ck_assert_double_eq_tol(sqrt(found[a * K + a] / top), sqrt(fmax(0, gram[a * K + a]) / top),
                                tolerance);
        for (int b = 0; b < a; b++) {
            const double lengths = sqrt(gram[a * K + a] * gram[b * K + b]);
            if (lengths > 1e-6 * top)
                ck_assert_double_eq_tol(found[a * K + b] /
                                            sqrt(found[a * K + a] * found[b * K + b]),
                                        gram[a * K + b] / lengths, tolerance);
        }
    }
    free(w);
}

static void check_reaches(const problem *p, int32_t scalar, int32_t optimizer)
{
    const bool exact = scalar == LIBNC_FLOAT64;
    libnc_geometry *geometry = certified(p);
    run r = run_of(p, scalar, optimizer);
    double predicted, gap, own;
    must(libnc_geometry_loss(geometry, &predicted, &gap));
    ck_assert_double_le(gap, LOSS_GAP * predicted);
    set_integer(&r, LIBNC_TRAINER_OPTION_ITERATIONS, 30000);
    must(libnc_options_set_double(libnc_trainer_options(r.trainer),
                                  LIBNC_TRAINER_OPTION_GRADIENT_TOLERANCE, exact ? 1e-9 : 3e-6));
    const int32_t status = stop_of_run(r.trainer);
    must(libnc_trainer_evaluate(r.trainer, &own, NULL, NULL));
    ck_assert_msg(status > 0 && (!exact || status != LIBNC_STOP_ITERATIONS),
                  "optimizer %d: status %d after %lld steps", optimizer, status,
                  (long long)libnc_trainer_iterations(r.trainer));
    ck_assert_msg(own >= predicted - gap - (exact ? 1e-13 : LOSS_GAP) * predicted,
                  "optimizer %d: %.15g is below the certified %.15g", optimizer, own, predicted);
    ck_assert_msg(own - predicted < (exact ? 1e-3 : 1) * LOSS_GAP * predicted,
                  "optimizer %d: gap %g", optimizer, (own - predicted) / predicted);
    int32_t unique;
    must(libnc_geometry_unique(geometry, &unique));
    if (unique) /* not where energies are more than enough */
        check_rows(&r, geometry, exact ? COSINE / 10 : 10 * COSINE);
    else
        ck_assert(p->energies[0] > 0 && p->smoothing > 0);
    end_run(&r);
    libnc_geometry_destroy(geometry);
}

static void check_all_ways(const problem *p)
{
    check_reaches(p, LIBNC_FLOAT64, LIBNC_OPTIMIZER_LBFGS);
    check_reaches(p, LIBNC_FLOAT64, LIBNC_OPTIMIZER_MOMENTUM);
    check_reaches(p, LIBNC_FLOAT64, LIBNC_OPTIMIZER_NESTEROV);
    check_reaches(p, LIBNC_FLOAT32, LIBNC_OPTIMIZER_LBFGS);
}

/* Plain, the minority oversampled three times, and with class weights of 3. */
static problem remedied(problem p, int majority, int remedy)
{
    for (int k = majority; k < p.K && remedy > 0; k++)
        p.repeats[k] = 3;
    p.as_weights = remedy == 2;
    return p;
}

/* ---- energies ---- */

/* Figure 3 of Fang et al. (2021): ten classes, below, between and beyond the thresholds. */
static problem peeled(int majority, int64_t ratio)
{
    problem p = {.K = 10, .energies = {1, 5}, .rate = 1};
    for (int k = 0; k < 10; k++)
        p.counts[k] = k < majority ? ratio : 1;
    return p;
}

static const struct {
    int majority;
    int64_t ratio;
} peeled_cases[] = {{3, 10}, {3, 60}, {5, 6}, {5, 20}, {7, 3}, {7, 5}, {7, 30}};
enum { PEELED = sizeof peeled_cases / sizeof *peeled_cases };

START_TEST(energies_plain)
{
    const problem p = peeled(peeled_cases[_i].majority, peeled_cases[_i].ratio);
    check_all_ways(&p);
}
END_TEST

START_TEST(energies_with_remedies)
{
    const int majority = peeled_cases[_i / 2].majority;
    const problem p = remedied(peeled(majority, peeled_cases[_i / 2].ratio), majority, 1 + _i % 2);
    check_reaches(&p, LIBNC_FLOAT64, LIBNC_OPTIMIZER_LBFGS);
    check_reaches(&p, LIBNC_FLOAT64, LIBNC_OPTIMIZER_MOMENTUM);
}
END_TEST

/* A bias, smoothed labels, three sizes; and energies that are not used up. */
static const problem energy_cases[] = {
    {.K = 4, .counts = {12, 6, 3, 3}, .energies = {2, 3}, .bias = 1, .rate = 0.5},
    {.K = 4, .counts = {12, 6, 3, 3}, .energies = {2, 3}, .smoothing = 0.1, .rate = 0.5},
    {.K = 3, .counts = {9, 2, 1}, .energies = {0.5, 0.25}, .bias = 1, .smoothing = 0.2, .rate = 1},
    {.K = 2, .counts = {5, 1}, .energies = {3, 0.4}, .rate = 0.5},
};
enum { ENERGY_CASES = sizeof energy_cases / sizeof *energy_cases };

START_TEST(energies_of_other_problems)
{
    const problem p = remedied(energy_cases[_i / 3], 2, _i % 3);
    check_all_ways(&p);
}
END_TEST

/* ---- decays ---- */

static const problem decay_cases[] = {
    {.K = 4, .counts = {12, 6, 3, 3}, .weight_decay = 1e-2, .feature_decay = 2e-3, .rate = 1},
    {.K = 4,
     .counts = {12, 6, 3, 3},
     .weight_decay = 1e-2,
     .feature_decay = 2e-3,
     .bias = 1,
     .rate = 1},
    {.K = 5, /* collapsed: sqrt(n)/N <= sqrt(lw lh) */
     .counts = {20, 20, 1, 1, 1},
     .weight_decay = 2e-2,
     .feature_decay = 5e-2,
     .rate = 1},
    {.K = 3,
     .counts = {8, 4, 2},
     .weight_decay = 1e-2,
     .feature_decay = 5e-3,
     .smoothing = 0.1,
     .rate = 1},
};
enum { DECAY_CASES = sizeof decay_cases / sizeof *decay_cases };

START_TEST(decays)
{
    const problem p = remedied(decay_cases[_i / 3], 2, _i % 3);
    check_all_ways(&p);
}
END_TEST

/* ---- random problems ---- */

/* Log-uniform between the two. */
static double between(double low, double high, uint64_t *state)
{
    return low * pow(high / low, (uniform(state) + 1) / 2);
}

static problem random_problem(uint64_t state)
{
    problem p = {.K = (int)between(2, 7, &state), .rate = 1};
    for (int k = 0; k < p.K; k++) {
        p.counts[k] = (int64_t)between(1, 40, &state);
        p.repeats[k] = uniform(&state) > 0 ? (int64_t)between(1, 8, &state) : 1;
    }
    p.as_weights = uniform(&state) > 0;
    p.bias = uniform(&state) > 0;
    p.smoothing = uniform(&state) > 0.3 ? between(0.01, 0.4, &state) : 0;
    if (uniform(&state) > 0) {
        p.energies[0] = between(0.1, 4, &state);
        p.energies[1] = between(0.1, 4, &state);
    } else {
        p.weight_decay = between(1e-3, 1e-1, &state);
        p.feature_decay = between(1e-4, 1e-2, &state);
    }
    return p;
}

START_TEST(random_problems)
{
    const problem p = random_problem(1000 + (uint64_t)_i);
    check_reaches(&p, LIBNC_FLOAT64, LIBNC_OPTIMIZER_LBFGS);
}
END_TEST

/* ---- the geometry that the trainer itself describes ---- */

START_TEST(own_geometry_is_reached)
{
    const problem p = random_problem(5000 + (uint64_t)_i);
    libnc_geometry *own, *other = certified(&p);
    double loss[2], gap[2];
    run r = run_of(&p, LIBNC_FLOAT64, LIBNC_OPTIMIZER_LBFGS);
    must(libnc_trainer_geometry(&own, r.trainer));
    must(libnc_geometry_solve(own));
    must(libnc_geometry_loss(own, &loss[0], &gap[0]));
    must(libnc_geometry_loss(other, &loss[1], &gap[1]));
    ck_assert_double_le(fabs(loss[0] - loss[1]), gap[0] + gap[1]);
    set_integer(&r, LIBNC_TRAINER_OPTION_ITERATIONS, 30000);
    ck_assert_int_ne(stop_of_run(r.trainer), LIBNC_STOP_ITERATIONS);
    ck_assert_double_le(fabs(objective_of(&r) - loss[0]), gap[0] + 1e-3 * LOSS_GAP * loss[0]);
    libnc_geometry_destroy(other);
    libnc_geometry_destroy(own);
    end_run(&r);
}
END_TEST

/* Mean squared error of two layers of different decays, a bottleneck, and a bias or none. */
START_TEST(own_geometry_of_two_layers_is_reached)
{
    const int64_t counts[] = {7, 4, 4, 2}, widths[] = {6, _i / 2 ? 3 : 5};
    const double own_decays[] = {4e-3, 9e-3};
    libnc_geometry *own;
    double loss, gap;
    libnc_model *model = free_model(LIBNC_FLOAT64, counts, 4, 2, widths, _i % 2);
    must(libnc_model_initialise(model, LIBNC_INITIALISE_GAUSSIAN, 0.5, 3));
    run r = make_run(model, LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_LBFGS, NULL);
    must(libnc_penalty_set_weight_decay(r.penalty, own_decays, 2));
    must(libnc_penalty_set_feature_decay(r.penalty, 2e-3));
    must(libnc_trainer_geometry(&own, r.trainer));
    must(libnc_geometry_solve(own));
    must(libnc_geometry_loss(own, &loss, &gap));
    set_integer(&r, LIBNC_TRAINER_OPTION_ITERATIONS, 30000);
    ck_assert_int_ne(stop_of_run(r.trainer), LIBNC_STOP_ITERATIONS);
    ck_assert_double_eq_tol(objective_of(&r), loss, 1e-9 * loss);
    libnc_geometry_destroy(own);
    own = NULL;
    if (_i % 2) {
        must(libnc_penalty_set_decay(r.penalty, "head.bias", 1e-3));
        FAILS(libnc_trainer_geometry(&own, r.trainer), LIBNC_ERROR_UNSUPPORTED, "bias = 0.001");
    }
    must(libnc_penalty_set_weight_decay(r.penalty, (double[]){1e-3, 0}, 2));
    FAILS(libnc_trainer_geometry(&own, r.trainer), LIBNC_ERROR_UNSUPPORTED, "must be");
    ck_assert_ptr_null(own);
    end_run(&r);
}
END_TEST

/* ---- the same geometry, and the stop rule ---- */

/* Certified optima of repeats and of class weights: with energies one classifier, with decays one
 * if these are N'/N times as large. */
START_TEST(oversampling_and_class_weights_have_one_geometry)
{
    problem p = _i ? energy_cases[0] : decay_cases[0];
    double gram[2][16], loss[2], gap[2];
    int64_t samples = 0, entries = 0;
    p = remedied(p, 1, 1);
    for (int k = 0; k < p.K; k++) {
        samples += p.counts[k];
        entries += p.counts[k] * times(&p, k);
    }
    const double ratio = (double)entries / (double)samples;
    for (int i = 0; i < 2; i++) {
        p.as_weights = i == 1;
        p.weight_decay *= i == 1 ? ratio : 1;
        p.feature_decay *= i == 1 ? ratio : 1;
        libnc_geometry *geometry = certified(&p);
        must(libnc_geometry_classifier_gram(geometry, 1, gram[i], 16));
        must(libnc_geometry_loss(geometry, &loss[i], &gap[i]));
        libnc_geometry_destroy(geometry);
        check_reaches(&p, LIBNC_FLOAT64, LIBNC_OPTIMIZER_LBFGS);
    }
    ck_assert_double_eq_tol(loss[1], ratio * loss[0], 1e-9);
    for (int i = 0; i < 16; i++)
        ck_assert_double_eq_tol(gram[0][i], gram[1][i], 1e-4);
}
END_TEST

START_TEST(runs_stop_at_the_gap)
{
    const problem *p = _i ? &energy_cases[0] : &decay_cases[1];
    libnc_geometry *geometry = certified(p);
    run r = run_of(p, LIBNC_FLOAT64, LIBNC_OPTIMIZER_MOMENTUM);
    libnc_options *options = libnc_trainer_options(r.trainer);
    double predicted, gap;
    must(libnc_geometry_loss(geometry, &predicted, &gap));
    must(libnc_options_set_double(options, LIBNC_TRAINER_OPTION_PREDICTED_LOSS, predicted));
    must(libnc_options_set_double(options, LIBNC_TRAINER_OPTION_GAP_TOLERANCE, LOSS_GAP));
    ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_GAP);
    ck_assert_double_le(objective_of(&r), predicted * (1 + LOSS_GAP));
    check_rows(&r, geometry, 10 * COSINE);
    end_run(&r);
    libnc_geometry_destroy(geometry);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("training_optimum");
    TCase *tests = add_case(suite, "training_optimum", 60);
    tcase_add_checked_fixture(tests, setup_alone, teardown);
    tcase_add_loop_test(tests, energies_plain, 0, PEELED);
    tcase_add_loop_test(tests, energies_with_remedies, 0, 2 * PEELED);
    tcase_add_loop_test(tests, energies_of_other_problems, 0, 3 * ENERGY_CASES);
    tcase_add_loop_test(tests, decays, 0, 3 * DECAY_CASES);
    tcase_add_loop_test(tests, random_problems, 0, 120);
    tcase_add_loop_test(tests, own_geometry_is_reached, 0, 30);
    tcase_add_loop_test(tests, own_geometry_of_two_layers_is_reached, 0, 4);
    tcase_add_loop_test(tests, oversampling_and_class_weights_have_one_geometry, 0, 2);
    tcase_add_loop_test(tests, runs_stop_at_the_gap, 0, 2);
    return run_suite(suite);
}
