/* SPDX-License-Identifier: MIT
 *
 * test_reduction.c: the exact reduction of full-batch MSE training is exact: a run on K + d columns
 * and a run on all N samples have the same parameters, losses and metrics, whatever is read,
 * written or switched between the steps. And it is used where it is valid, and only there.
 */
#include "support/training_fixture.h"
#include "train/trainer_internal.h"

/* The same problem twice: reduced, and not. */
typedef struct twins {
    run reduced, full;
} twins;

static run make_one(int32_t scalar, const int64_t *counts, int64_t K, int32_t depth, int64_t width,
                    int32_t bias, int32_t optimizer)
{
    int64_t widths[16];
    for (int32_t j = 0; j < depth; j++)
        widths[j] = width;
    libnc_model *model = free_model(scalar, counts, K, depth, widths, bias);
    must(libnc_model_initialise(model, LIBNC_INITIALISE_GAUSSIAN, 0.1, 2));
    run r = make_run(model, LIBNC_LOSS_MSE, optimizer, NULL);
    const double decay = 5e-4;
    must(libnc_penalty_set_weight_decay(r.penalty, &decay, 1));
    must(libnc_penalty_set_feature_decay(r.penalty, decay));
    return r;
}

static twins make_twins(int32_t scalar, const int64_t *counts, int64_t K, int32_t depth,
                        int64_t width, int32_t bias, int32_t optimizer)
{
    twins t = {make_one(scalar, counts, K, depth, width, bias, optimizer),
               make_one(scalar, counts, K, depth, width, bias, optimizer)};
    set_integer(&t.full, LIBNC_TRAINER_OPTION_REDUCTION, 0);
    return t;
}

static void end_twins(twins *t)
{
    end_run(&t->reduced);
    end_run(&t->full);
}

static void step_both(twins *t, int64_t count)
{
    must(libnc_trainer_step(t->reduced.trainer, count, NULL));
    must(libnc_trainer_step(t->full.trainer, count, NULL));
    ck_assert_int_eq(libnc_trainer_is_reduced(t->reduced.trainer), 1);
    ck_assert_int_eq(libnc_trainer_is_reduced(t->full.trainer), 0);
}

static void check_metrics(libnc_model *a, libnc_model *b, double tolerance)
{
    libnc_report *x, *y;
    int32_t compared = 0;
    must(libnc_report_create(&x, context));
    must(libnc_report_create(&y, context));
    must(libnc_report_measure(x, a, NULL));
    must(libnc_report_measure(y, b, NULL));
    for (int32_t metric = 1; metric <= libnc_metric_count(); metric++)
        for (int32_t layer = 1; layer <= libnc_model_depth(a); layer++) {
            double u, v;
            if (libnc_report_value(x, metric, layer, &u) || isnan(u))
                continue; /* those of a comparison with a prediction */
            must(libnc_report_value(y, metric, layer, &v));
            if (!(fabs(u - v) <= tolerance * fmax(1, fabs(u))))
                ck_abort_msg("%s of layer %d: %.15g and %.15g", libnc_metric_name(metric), layer, u,
                             v);
            compared++;
        }
    ck_assert_int_ge(compared, 10);
    libnc_report_destroy(x);
    libnc_report_destroy(y);
}

static void check_twins(twins *t, double tolerance)
{
    double a[3], b[3];
    must(libnc_trainer_evaluate(t->reduced.trainer, &a[0], &a[1], &a[2]));
    must(libnc_trainer_evaluate(t->full.trainer, &b[0], &b[1], &b[2]));
    ck_assert_double_le(fabs(a[0] - b[0]), tolerance * b[0]);
    ck_assert_double_le(fabs(a[1] - b[1]), tolerance * b[0]);
    ck_assert_double_le(fabs(a[2] - b[2]), tolerance * fmax(1, b[2]));
    for (int32_t i = 0; i < libnc_model_parameter_count(t->full.model); i++) {
        const double distance = parameter_distance(t->full.model, t->reduced.model, i);
        ck_assert_msg(distance <= tolerance, "parameter %d: distance %g", i, distance);
    }
}

/* ---- agreement (theory.md, section 3) ---- */

typedef struct scene {
    int64_t counts[4];
    int32_t depth, bias, optimizer;
} scene;

enum {
    DESCENT = LIBNC_OPTIMIZER_GRADIENT_DESCENT,
    MOMENTUM = LIBNC_OPTIMIZER_MOMENTUM,
    NESTEROV = LIBNC_OPTIMIZER_NESTEROV
};

static const scene scenes[] = {
    {{100, 100, 100, 100}, 1, 0, DESCENT},      {{100, 100, 100, 100}, 1, 1, MOMENTUM},
    {{200, 100, 50, 50}, 1, 1, NESTEROV},       {{200, 100, 50, 50}, 3, 1, DESCENT},
    {{100, 100, 100, 100}, 3, 0, MOMENTUM},     {{200, 100, 50, 50}, 3, 0, NESTEROV},
    {{1000, 1000, 1000, 1000}, 1, 0, MOMENTUM}, {{2000, 1000, 500, 500}, 1, 1, NESTEROV},
    {{2000, 1000, 500, 500}, 3, 1, MOMENTUM},   {{1000, 1000, 1000, 1000}, 3, 0, NESTEROV},
    {{397, 1, 1, 1}, 3, 1, MOMENTUM},
};

enum { SCENES = sizeof scenes / sizeof scenes[0] };

/* Sanitizers slow the unreduced runs down tenfold; what they look for shows in few steps. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { LONG_RUN = 150, SHORT_RUN = 50 };
#else
enum { LONG_RUN = 3000, SHORT_RUN = 300 };
#endif

START_TEST(agrees_after_3000_steps)
{
    const scene *s = &scenes[_i];
    twins t = make_twins(LIBNC_FLOAT64, s->counts, 4, s->depth, 64, s->bias, s->optimizer);
    step_both(&t, LONG_RUN);
    check_twins(&t, 1e-12);
    check_metrics(t.full.model, t.reduced.model, 1e-12);
    end_twins(&t);
}
END_TEST

START_TEST(agrees_in_float32)
{
    const scene *s = &scenes[_i];
    twins t = make_twins(LIBNC_FLOAT32, s->counts, 4, s->depth, 64, s->bias, s->optimizer);
    step_both(&t, SHORT_RUN);
    check_twins(&t, 1e-4);
    end_twins(&t);
}
END_TEST

/* Samples of one class keep their differences: the reduction holds more than means. */
START_TEST(scatter_is_kept)
{
    static const int64_t counts[3] = {30, 20, 10};
    twins t = make_twins(LIBNC_FLOAT64, counts, 3, 2, 5, 1, MOMENTUM);
    for (int k = 0; k < 5; k++) {
        step_both(&t, 20);
        check_twins(&t, 1e-12);
        double *h = parameter(t.reduced.model, 0), *g = parameter(t.full.model, 0), scatter = 0;
        for (int64_t i = 1; i < 30; i++)
            for (int64_t j = 0; j < 5; j++) {
                scatter = fmax(scatter, fabs(h[i * 5 + j] - h[j]));
                ck_assert_double_le(fabs((h[i * 5 + j] - h[j]) - (g[i * 5 + j] - g[j])), 1e-13);
            }
        ck_assert_double_gt(scatter, 0.01);
        free(h);
        free(g);
    }
    end_twins(&t);
}
END_TEST

/* Features without scatter, or with little rank: the basis has directions of no meaning. */
START_TEST(degenerate_features)
{
    static const int64_t counts[4] = {30, 1, 17, 2};
    for (int kind = 0; kind < 5; kind++) {
        twins t = make_twins(LIBNC_FLOAT64, counts, 4, 2, 6, 1, MOMENTUM);
        double *h = parameter(t.full.model, 0);
        const int32_t *labels = libnc_model_labels(t.full.model);
        for (int64_t i = 0; i < 50; i++)
            for (int64_t j = 0; j < 6; j++) {
                const double own = h[i * 6 + j], of_class = cos(labels[i] + 3.0 * (double)j);
                const double values[5] = {0, of_class, of_class * (1 + 1e-15 * own),
                                          of_class + (j == 2 ? own : 0), i == 49 ? 1e8 : own};
                h[i * 6 + j] = values[kind];
            }
        must(libnc_model_set_parameter(t.full.model, 0, h, 300));
        must(libnc_model_set_parameter(t.reduced.model, 0, h, 300));
        free(h);
        set_rate(&t.full, kind == 4 ? 1e-20 : 0.1);
        set_rate(&t.reduced, kind == 4 ? 1e-20 : 0.1);
        for (int k = 0; k < 4; k++) {
            step_both(&t, 50);
            check_twins(&t, 1e-12);
            double *middle = parameter(t.reduced.model, 0); /* written: the velocity is rotated */
            must(libnc_model_set_parameter(t.reduced.model, 0, middle, 300));
            free(middle);
        }
        end_twins(&t);
    }
}
END_TEST

/* ---- whatever happens between the steps ---- */

START_TEST(features_are_read_midway)
{
    twins t = make_twins(LIBNC_FLOAT64, scenes[_i].counts, 4, scenes[_i].depth, 16, scenes[_i].bias,
                         scenes[_i].optimizer);
    for (int k = 0; k < 30; k++) {
        step_both(&t, k);
        ck_assert_double_le(parameter_distance(t.full.model, t.reduced.model, 0), 1e-12);
        double *logits = malloc(4 * 4000 * sizeof *logits), *same = malloc(4 * 4000 * sizeof *same);
        const size_t size = (size_t)(4 * libnc_model_samples(t.full.model));
        const int32_t last = scenes[_i].depth + 1;
        must(libnc_model_evaluate(t.reduced.model, NULL, last, logits, size));
        must(libnc_model_evaluate(t.full.model, NULL, last, same, size));
        for (size_t i = 0; i < size; i++)
            if (!(fabs(logits[i] - same[i]) <= 1e-12))
                ck_abort_msg("logit %zu: %g and %g", i, logits[i], same[i]);
        free(logits);
        free(same);
        check_twins(&t, 1e-12);
    }
    end_twins(&t);
}
END_TEST

/* Adds to some features of a model, by set_parameter or through a view. */
static void disturb(libnc_model *model, bool through_view, uint64_t seed)
{
    const size_t size = parameter_size(model, 0);
    double *values = parameter(model, 0), *noise = random_values(size, 0.05, seed);
    void *view;
    if (through_view)
        must(libnc_model_parameter_view(model, 0, &view));
    for (size_t i = 0; i < size; i += 3)
        values[i] += noise[i];
    if (through_view)
        memcpy(view, values, size * sizeof *values);
    else
        must(libnc_model_set_parameter(model, 0, values, size));
    free(values);
    free(noise);
}

START_TEST(features_are_written_midway)
{
    twins t = make_twins(LIBNC_FLOAT64, scenes[_i].counts, 4, scenes[_i].depth, 16, scenes[_i].bias,
                         scenes[_i].optimizer);
    for (int k = 0; k < 12; k++) {
        step_both(&t, 40 + k);
        check_twins(&t, 1e-12);
        disturb(t.reduced.model, k % 2, (uint64_t)k);
        disturb(t.full.model, k % 3, (uint64_t)k);
        ck_assert_double_le(parameter_distance(t.full.model, t.reduced.model, 0), 1e-12);
        if (k % 4 == 3) /* evaluated before the next step */
            check_twins(&t, 1e-12);
    }
    step_both(&t, 300);
    check_twins(&t, 1e-12);
    end_twins(&t);
}
END_TEST

/* The other parameters stand in the model all the time. */
START_TEST(weights_are_written_midway)
{
    twins t = make_twins(LIBNC_FLOAT64, scenes[_i].counts, 4, scenes[_i].depth, 16, scenes[_i].bias,
                         scenes[_i].optimizer);
    for (int k = 0; k < 6; k++) {
        step_both(&t, 50);
        for (int32_t i = 1; i < libnc_model_parameter_count(t.full.model); i++) {
            const size_t size = parameter_size(t.full.model, i);
            double *values = random_values(size, 0.2, (uint64_t)(10 * k + i));
            must(libnc_model_set_parameter(t.full.model, i, values, size));
            must(libnc_model_set_parameter(t.reduced.model, i, values, size));
            free(values);
        }
        check_twins(&t, 1e-12);
    }
    if (_i % 2) {
        must(libnc_model_initialise(t.full.model, LIBNC_INITIALISE_ORTHOGONAL, 0.5, 3));
        must(libnc_model_initialise(t.reduced.model, LIBNC_INITIALISE_ORTHOGONAL, 0.5, 3));
    }
    step_both(&t, 200);
    check_twins(&t, 1e-12);
    end_twins(&t);
}
END_TEST

/* Off and on again, other thread counts, other rates: the velocity comes along. */
START_TEST(switched_midway)
{
    const scene *s = &scenes[_i];
    twins t = make_twins(LIBNC_FLOAT64, s->counts, 4, s->depth, 16, s->bias, s->optimizer);
    for (int k = 0; k < 8; k++) {
        set_integer(&t.reduced, LIBNC_TRAINER_OPTION_REDUCTION, k % 2 == 0);
        must(libnc_context_set_threads(context, 1 + k / 2 % 2));
        set_rate(&t.reduced, 0.1 / (1 + k));
        set_rate(&t.full, 0.1 / (1 + k));
        must(libnc_trainer_step(t.reduced.trainer, 70, NULL));
        must(libnc_trainer_step(t.full.trainer, 70, NULL));
        ck_assert_int_eq(libnc_trainer_is_reduced(t.reduced.trainer), k % 2 == 0);
        check_twins(&t, 1e-12);
    }
    end_twins(&t);
}
END_TEST

/* The model keeps what it learnt. */
START_TEST(destroyed_trainer_leaves_the_features)
{
    twins t = make_twins(LIBNC_FLOAT64, scenes[0].counts, 4, 1, 16, 1, MOMENTUM);
    step_both(&t, 100);
    libnc_trainer_destroy(t.reduced.trainer);
    t.reduced.trainer = NULL;
    ck_assert_double_le(model_distance(t.full.model, t.reduced.model), 1e-12);
    must(libnc_trainer_create(&t.reduced.trainer, t.reduced.model, t.reduced.loss,
                              t.reduced.penalty, t.reduced.optimizer, NULL));
    end_twins(&t);
}
END_TEST

/* ---- L-BFGS ---- */

START_TEST(lbfgs_reaches_the_same_optimum)
{
    /* the minima of doc/theory.md's table for lw = lh = 5e-4, N = 400 */
    static const struct {
        int64_t counts[4];
        int32_t depth, bias;
        double minimum;
    } known[3] = {{{100, 100, 100, 100}, 1, 0, 0.0198},
                  {{200, 100, 50, 50}, 1, 0, 0.0189421356237},
                  {{100, 100, 100, 100}, 3, 1, 0.75 * 0.0126290469918}};
    twins t = make_twins(LIBNC_FLOAT64, known[_i].counts, 4, known[_i].depth, 16, known[_i].bias,
                         LIBNC_OPTIMIZER_LBFGS);
    run *both[2] = {&t.reduced, &t.full};
    for (int k = 0; k < 2; k++) {
        must(libnc_options_set_double(libnc_trainer_options(both[k]->trainer),
                                      LIBNC_TRAINER_OPTION_GRADIENT_TOLERANCE, 1e-10));
        set_integer(both[k], LIBNC_TRAINER_OPTION_ITERATIONS, 5000);
        const int32_t status = stop_of_run(both[k]->trainer);
        ck_assert_msg(status == LIBNC_STOP_GRADIENT || status == LIBNC_STOP_PRECISION, "%s",
                      libnc_status_name(status));
        ck_assert_int_eq(libnc_trainer_is_reduced(both[k]->trainer), k == 0);
        ck_assert_double_le(fabs(objective_of(both[k]) / known[_i].minimum - 1), 1e-10);
    }
    end_twins(&t);
}
END_TEST

/* ---- where it is used ---- */

static int32_t reduces(run *r)
{
    must(libnc_trainer_step(r->trainer, 1, NULL));
    return libnc_trainer_is_reduced(r->trainer);
}

START_TEST(used_where_valid)
{
    static const int64_t counts[4] = {20, 20, 20, 20}, widths[2] = {6, 6};
    for (int32_t loss = LIBNC_LOSS_MSE; loss <= LIBNC_LOSS_FOCAL; loss++)
        for (int32_t kind = LIBNC_OPTIMIZER_GRADIENT_DESCENT; kind <= LIBNC_OPTIMIZER_LBFGS;
             kind++) {
            libnc_model *model = free_model(LIBNC_FLOAT64, counts, 4, 2, widths, 1);
            must(libnc_model_initialise(model, LIBNC_INITIALISE_GAUSSIAN, 0.3, 1));
            run r = make_run(model, loss, kind, NULL);
            const int32_t valid = loss == LIBNC_LOSS_MSE && kind != LIBNC_OPTIMIZER_ADAM &&
                                  kind != LIBNC_OPTIMIZER_ADAMW;
            ck_assert_int_eq(libnc_trainer_is_reduced(r.trainer), 0);
            ck_assert_int_eq(reduces(&r), valid);
            const double weights[4] = {1, 2, 1, 1};
            must(libnc_loss_set_class_weights(r.loss, weights, 4));
            ck_assert_int_eq(reduces(&r), 0);
            must(libnc_loss_set_class_weights(r.loss, NULL, 0));
            ck_assert_int_eq(reduces(&r), valid);
            if (kind != LIBNC_OPTIMIZER_LBFGS) {
                set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, 79);
                ck_assert_int_eq(reduces(&r), 0);
                set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, 80);
                ck_assert_int_eq(reduces(&r), valid);
            }
            end_run(&r);
        }
    ck_assert_int_eq(libnc_trainer_is_reduced(NULL), 0);
}
END_TEST

/* Only where K + d < N; a velocity that was already there may double d. */
START_TEST(used_where_it_pays)
{
    for (int64_t n = 6; n <= 20; n++) {
        const int64_t counts[2] = {n - 2, 2};
        run r = make_one(LIBNC_FLOAT64, counts, 2, 2, 7, 1, MOMENTUM);
        run other = make_one(LIBNC_FLOAT64, counts, 2, 2, 7, 1, MOMENTUM);
        set_integer(&other, LIBNC_TRAINER_OPTION_REDUCTION, 0);
        ck_assert_int_eq(reduces(&r), 2 + 7 < n);
        disturb(r.model, false, 1);
        must(libnc_trainer_step(other.trainer, 1, NULL));
        disturb(other.model, false, 1);
        ck_assert_int_eq(reduces(&r), 2 + 14 < n);
        must(libnc_trainer_step(other.trainer, 1, NULL));
        ck_assert_double_le(model_distance(other.model, r.model), 1e-13);
        end_run(&r);
        end_run(&other);
    }
}
END_TEST

/* Features written before the first step move with no velocity: K + d rows are enough. */
START_TEST(rest_needs_no_room)
{
    const int64_t counts[] = {40, 30, 30}, width = 5;
    run r = make_one(LIBNC_FLOAT64, counts, 3, 1, width, 0, LIBNC_OPTIMIZER_MOMENTUM);
    double objective;
    must(libnc_trainer_evaluate(r.trainer, &objective, NULL, NULL));
    double *values = random_values(100 * 5, 0.1, 3);
    must(libnc_model_set_parameter(r.model, 0, values, 100 * 5));
    must(libnc_trainer_step(r.trainer, 1, NULL));
    ck_assert_int_eq(r.trainer->plan.reduced.rows, 3 + width);
    must(libnc_model_set_parameter(r.model, 0, values, 100 * 5));
    must(libnc_trainer_step(r.trainer, 1, NULL));
    ck_assert_int_eq(r.trainer->plan.reduced.rows, 3 + 2 * width); /* now they have one */
    free(values);
    end_run(&r);
}
END_TEST

START_TEST(not_for_a_backbone)
{
    const int64_t width = 3;
    libnc_model *model = model_on(backbone_of(3, 0, NULL, NULL), LIBNC_FLOAT64, 2, 1, &width, 1);
    must(libnc_model_initialise(model, LIBNC_INITIALISE_GAUSSIAN, 0.3, 1));
    run r = make_run(model, LIBNC_LOSS_MSE, MOMENTUM, random_dataset(LIBNC_FLOAT64, 50, 3, 2, 1));
    ck_assert_int_eq(reduces(&r), 0);
    end_run(&r);
}
END_TEST

/* An address shows the features of the last sync. */
START_TEST(sync_updates_views)
{
    const int64_t counts[] = {30, 30, 30}, width = 4;
    libnc_model *model = free_model(LIBNC_FLOAT64, counts, 3, 1, &width, 0);
    randomise(model, 0.5, 5);
    run r = make_run(model, LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_GRADIENT_DESCENT, NULL);
    void *view;
    must(libnc_model_parameter_view(model, 0, &view));
    const size_t bytes = parameter_size(model, 0) * sizeof(double);
    double *before = malloc(bytes);
    memcpy(before, view, bytes);
    must(libnc_trainer_step(r.trainer, 5, NULL));
    ck_assert_int_eq(libnc_trainer_is_reduced(r.trainer), 1);
    ck_assert_mem_eq(view, before, bytes); /* stale */
    must(libnc_trainer_sync(r.trainer));
    ck_assert_mem_ne(view, before, bytes);
    double *now = parameter(model, 0);
    ck_assert_mem_eq(view, now, bytes);
    free(now);
    free(before);
    end_run(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reduction");
    TCase *tests = add_case(suite, "reduction", 120);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, agrees_after_3000_steps, 0, SCENES);
    tcase_add_loop_test(tests, agrees_in_float32, 0, SCENES);
    tcase_add_test(tests, scatter_is_kept);
    tcase_add_test(tests, degenerate_features);
    tcase_add_loop_test(tests, features_are_read_midway, 0, SCENES);
    tcase_add_loop_test(tests, features_are_written_midway, 0, 6);
    tcase_add_loop_test(tests, weights_are_written_midway, 0, 6);
    tcase_add_loop_test(tests, switched_midway, 0, SCENES);
    tcase_add_test(tests, destroyed_trainer_leaves_the_features);
    tcase_add_loop_test(tests, lbfgs_reaches_the_same_optimum, 0, 3);
    tcase_add_test(tests, used_where_valid);
    tcase_add_test(tests, used_where_it_pays);
    tcase_add_test(tests, rest_needs_no_room);
    tcase_add_test(tests, not_for_a_backbone);
    tcase_add_test(tests, sync_updates_views);
    return run_suite(suite);
}
