/* SPDX-License-Identifier: MIT
 *
 * test_trainer_calls.c: the trainer's calls: stop rules, observers and history of a run, every way
 * in which a call can be wrong, and divergence.
 */
#include "support/training_fixture.h"

static const int64_t counts[3] = {9, 6, 5}, widths[2] = {4, 5};

static run small_run(int32_t loss, int32_t optimizer)
{
    libnc_model *model = free_model(LIBNC_FLOAT64, counts, 3, 2, widths, 1);
    must(libnc_model_initialise(model, LIBNC_INITIALISE_GAUSSIAN, 0.3, 4));
    run r = make_run(model, loss, optimizer, NULL);
    set_decays(&r, 0.01);
    return r;
}

static run backbone_run(int32_t optimizer)
{
    static const int64_t head[2] = {5, 4};
    static const int32_t relu = LIBNC_ACTIVATION_RELU;
    libnc_model *model = model_on(backbone_of(3, 1, head, &relu), LIBNC_FLOAT64, 4, 2, head, 1);
    must(libnc_model_initialise(model, LIBNC_INITIALISE_KAIMING, 1, 4));
    return make_run(model, LIBNC_LOSS_MSE, optimizer, random_dataset(LIBNC_FLOAT64, 30, 3, 3, 1));
}

static void set_real(run *r, int32_t key, double value)
{
    must(libnc_options_set_double(libnc_trainer_options(r->trainer), key, value));
}

static double *column(const run *r, int32_t which)
{
    const size_t rows = (size_t)libnc_trainer_history_rows(r->trainer);
    double *values = random_values(rows, 1, 1);
    must(libnc_trainer_history(r->trainer, which, values, rows));
    return values;
}

/* ---- stop rules ---- */

START_TEST(stops_at_the_iteration_limit)
{
    run r = small_run(LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM);
    ck_assert_int_eq(libnc_trainer_iterations(r.trainer), 0);
    ck_assert_double_eq(libnc_trainer_seconds(r.trainer), 0);
    set_integer(&r, LIBNC_TRAINER_OPTION_ITERATIONS, 0);
    ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_ITERATIONS);
    ck_assert_int_eq(libnc_trainer_iterations(r.trainer), 0);
    set_integer(&r, LIBNC_TRAINER_OPTION_ITERATIONS, 37);
    ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_ITERATIONS);
    ck_assert_int_eq(libnc_trainer_iterations(r.trainer), 37);
    ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_ITERATIONS); /* of one run */
    ck_assert_int_eq(libnc_trainer_iterations(r.trainer), 74);
    must(libnc_trainer_step(r.trainer, 0, NULL));
    must(libnc_trainer_step(r.trainer, 6, NULL));
    ck_assert_int_eq(libnc_trainer_iterations(r.trainer), 80);
    ck_assert_double_gt(libnc_trainer_seconds(r.trainer), 0);
    end_run(&r);
}
END_TEST

START_TEST(stops_at_the_gradient_tolerance)
{
    run r = small_run(LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM);
    double norm;
    set_real(&r, LIBNC_TRAINER_OPTION_GRADIENT_TOLERANCE, 1e-6);
    set_integer(&r, LIBNC_TRAINER_OPTION_CHECK_EVERY, 10);
    ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_GRADIENT);
    const int64_t done = libnc_trainer_iterations(r.trainer);
    ck_assert_int_eq(done % 10, 0);
    must(libnc_trainer_evaluate(r.trainer, NULL, NULL, &norm));
    ck_assert(norm <= 1e-6);
    double *norms = column(&r, LIBNC_HISTORY_GRADIENT_NORM);
    const int64_t rows = libnc_trainer_history_rows(r.trainer);
    for (int64_t i = 0; i + 1 < rows; i++)
        ck_assert(norms[i] > 1e-6);
    ck_assert(norms[rows - 1] <= 1e-6);
    free(norms);
    ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_GRADIENT); /* before the first step */
    ck_assert_int_eq(libnc_trainer_iterations(r.trainer), done);
    end_run(&r);
}
END_TEST

START_TEST(stops_at_the_gap)
{
    run r = small_run(LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM);
    const double start = objective_of(&r), predicted = 0.2 * start;
    set_real(&r, LIBNC_TRAINER_OPTION_PREDICTED_LOSS, predicted);
    set_real(&r, LIBNC_TRAINER_OPTION_GAP_TOLERANCE, 3);
    set_integer(&r, LIBNC_TRAINER_OPTION_CHECK_EVERY, 1);
    ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_GAP);
    const double end = objective_of(&r);
    ck_assert(end - predicted <= 3 * predicted);
    double *objectives = column(&r, LIBNC_HISTORY_OBJECTIVE);
    const int64_t rows = libnc_trainer_history_rows(r.trainer);
    ck_assert_int_ge(rows, 2);
    ck_assert(objectives[rows - 2] - predicted > 3 * predicted);
    ck_assert(objectives[rows - 1] == end);
    free(objectives);
    end_run(&r);
}
END_TEST

START_TEST(stops_at_the_time_limit)
{
    run r = small_run(LIBNC_LOSS_CROSS_ENTROPY, LIBNC_OPTIMIZER_ADAM);
    set_integer(&r, LIBNC_TRAINER_OPTION_ITERATIONS, INT64_C(1) << 40);
    set_real(&r, LIBNC_TRAINER_OPTION_TIME_LIMIT, 0.02);
    ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_TIME);
    ck_assert(libnc_trainer_seconds(r.trainer) >= 0.02);
    ck_assert(libnc_trainer_seconds(r.trainer) < 5);
    end_run(&r);
}
END_TEST

/* ---- observers and history ---- */

typedef struct watch {
    int64_t calls, iterations[64];
    int64_t stop_at; /* call that returns non-zero */
    libnc_status step, run;
    bool nests;
} watch;

static int32_t look(libnc_trainer *trainer, void *user)
{
    watch *w = user;
    ck_assert_int_lt(w->calls, 64);
    w->iterations[w->calls++] = libnc_trainer_iterations(trainer);
    if (w->nests) {
        w->step = libnc_trainer_step(trainer, 1, NULL);
        w->run = libnc_trainer_run(trainer, NULL);
    }
    return w->calls == w->stop_at ? -5 : 0;
}

START_TEST(observer_is_called)
{
    run r = small_run(LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM);
    watch w = {0};
    must(libnc_trainer_set_observer(r.trainer, look, &w));
    set_integer(&r, LIBNC_TRAINER_OPTION_OBSERVE_EVERY, 4);
    set_integer(&r, LIBNC_TRAINER_OPTION_ITERATIONS, 10);
    ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_ITERATIONS);
    static const int64_t expected[4] = {0, 4, 8, 10};
    ck_assert_int_eq(w.calls, 4);
    ck_assert_mem_eq(w.iterations, expected, sizeof expected);
    must(libnc_trainer_step(r.trainer, 20, NULL)); /* never by step */
    ck_assert_int_eq(w.calls, 4);
    set_integer(&r, LIBNC_TRAINER_OPTION_ITERATIONS, 0); /* start and end are one */
    ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_ITERATIONS);
    ck_assert_int_eq(w.calls, 5);
    must(libnc_trainer_set_observer(r.trainer, NULL, NULL));
    ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_ITERATIONS);
    ck_assert_int_eq(w.calls, 5);
    end_run(&r);
}
END_TEST

/* The end is observed for every reason to stop. */
START_TEST(observer_sees_the_end)
{
    run r = small_run(LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM);
    watch w = {0};
    must(libnc_trainer_set_observer(r.trainer, look, &w));
    set_integer(&r, LIBNC_TRAINER_OPTION_OBSERVE_EVERY, 1000000);
    set_integer(&r, LIBNC_TRAINER_OPTION_CHECK_EVERY, 10);
    set_real(&r, LIBNC_TRAINER_OPTION_GRADIENT_TOLERANCE, 1e-3);
    ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_GRADIENT);
    ck_assert_int_eq(w.calls, 2);
    ck_assert_int_eq(w.iterations[1], libnc_trainer_iterations(r.trainer));
    end_run(&r);
    r = small_run(LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_LBFGS);
    w = (watch){0};
    must(libnc_trainer_set_observer(r.trainer, look, &w));
    set_integer(&r, LIBNC_TRAINER_OPTION_OBSERVE_EVERY, 1000000);
    ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_PRECISION);
    ck_assert_int_eq(w.calls, 2);
    end_run(&r);
}
END_TEST

START_TEST(observer_stops)
{
    for (int64_t at = 1; at <= 3; at++) {
        run r = small_run(LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM);
        watch w = {.stop_at = at};
        must(libnc_trainer_set_observer(r.trainer, look, &w));
        set_integer(&r, LIBNC_TRAINER_OPTION_OBSERVE_EVERY, 7);
        ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_OBSERVER);
        ck_assert_int_eq(libnc_trainer_iterations(r.trainer), 7 * (at - 1));
        ck_assert_int_eq(w.calls, at);
        end_run(&r);
    }
}
END_TEST

START_TEST(observer_must_not_step)
{
    run r = small_run(LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM);
    watch w = {.nests = true};
    must(libnc_trainer_set_observer(r.trainer, look, &w));
    set_integer(&r, LIBNC_TRAINER_OPTION_ITERATIONS, 3);
    ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_ITERATIONS);
    ck_assert_int_eq(w.step, LIBNC_ERROR_STATE);
    ck_assert_int_eq(w.run, LIBNC_ERROR_STATE);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "observer"));
    ck_assert_int_eq(libnc_trainer_iterations(r.trainer), 3);
    must(libnc_trainer_step(r.trainer, 1, NULL)); /* after the run it may */
    end_run(&r);
}
END_TEST

/* An observer that reads everything does not change the run. */
static int32_t read_all(libnc_trainer *trainer, void *user)
{
    libnc_model *model = libnc_trainer_model(trainer);
    double objective;
    ck_assert_ptr_eq(model, user);
    for (int32_t i = 0; i < libnc_model_parameter_count(model); i++) {
        const size_t size = parameter_size(model, i);
        double *values = parameter(model, i);
        must(libnc_trainer_gradient(trainer, i, values, size));
        free(values);
    }
    must(libnc_trainer_evaluate(trainer, &objective, NULL, NULL));
    return 0;
}

START_TEST(reading_does_not_disturb)
{
    for (int32_t kind = LIBNC_OPTIMIZER_GRADIENT_DESCENT; kind <= LIBNC_OPTIMIZER_LBFGS; kind++) {
        run a = small_run(LIBNC_LOSS_MSE, kind), b = small_run(LIBNC_LOSS_MSE, kind);
        must(libnc_trainer_set_observer(b.trainer, read_all, b.model));
        set_integer(&b, LIBNC_TRAINER_OPTION_OBSERVE_EVERY, 3);
        set_integer(&a, LIBNC_TRAINER_OPTION_ITERATIONS, 40);
        set_integer(&b, LIBNC_TRAINER_OPTION_ITERATIONS, 40);
        ck_assert_int_eq(stop_of_run(a.trainer), LIBNC_STOP_ITERATIONS);
        ck_assert_int_eq(stop_of_run(b.trainer), LIBNC_STOP_ITERATIONS);
        ck_assert(model_distance(a.model, b.model) == 0);
        end_run(&a);
        end_run(&b);
    }
}
END_TEST

START_TEST(history_has_a_row_per_check)
{
    run r = small_run(LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM);
    libnc_options *options = libnc_optimizer_options(r.optimizer);
    must(libnc_options_set_int64(options, LIBNC_OPTIMIZER_OPTION_SCHEDULE, LIBNC_SCHEDULE_STEP));
    must(libnc_options_set_int64(options, LIBNC_OPTIMIZER_OPTION_PERIOD, 150));
    ck_assert_int_eq(libnc_trainer_history_rows(r.trainer), 0);
    const double start = objective_of(&r);
    set_integer(&r, LIBNC_TRAINER_OPTION_CHECK_EVERY, 3);
    set_integer(&r, LIBNC_TRAINER_OPTION_ITERATIONS, 301);
    ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_ITERATIONS);
    const int64_t rows = libnc_trainer_history_rows(r.trainer);
    ck_assert_int_eq(rows, 102); /* 0, 3, .. 300, and the end */
    double *columns[5];
    for (int32_t c = 0; c < 5; c++)
        columns[c] = column(&r, LIBNC_HISTORY_ITERATION + c);
    for (int64_t i = 0; i < rows; i++) {
        const double done = i < 101 ? 3.0 * (double)i : 301;
        ck_assert_double_eq(columns[0][i], done);
        ck_assert_double_eq_tol(columns[3][i], 0.1 * pow(0.1, floor(done / 150)), 1e-15);
        ck_assert(i == 0 || columns[4][i] >= columns[4][i - 1]);
    }
    double norm;
    must(libnc_trainer_evaluate(r.trainer, NULL, NULL, &norm));
    ck_assert_double_eq(columns[1][0], start);
    ck_assert_double_eq(columns[1][rows - 1], objective_of(&r));
    ck_assert_double_eq(columns[2][rows - 1], norm);
    ck_assert_double_eq(columns[4][rows - 1], libnc_trainer_seconds(r.trainer));
    for (int32_t c = 0; c < 5; c++)
        free(columns[c]);
    set_integer(&r, LIBNC_TRAINER_OPTION_ITERATIONS, 3); /* a second run adds its rows */
    ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_ITERATIONS);
    ck_assert_int_eq(libnc_trainer_history_rows(r.trainer), rows + 2);
    end_run(&r);
}
END_TEST

/* ---- wrong calls ---- */

START_TEST(create_refuses)
{
    run r = small_run(LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM), b = backbone_run(1);
    libnc_trainer *const untouched = (libnc_trainer *)&r, *trainer = untouched;
    ck_assert_int_eq(libnc_trainer_create(&trainer, NULL, r.loss, r.penalty, r.optimizer, NULL),
                     LIBNC_ERROR_ARGUMENT);
    FAILS(libnc_trainer_create(NULL, r.model, r.loss, r.penalty, r.optimizer, NULL),
          LIBNC_ERROR_ARGUMENT, "trainer = NULL");
    FAILS(libnc_trainer_create(&trainer, r.model, r.loss, r.penalty, r.optimizer, NULL),
          LIBNC_ERROR_STATE, "another trainer");
    libnc_trainer_destroy(r.trainer);
    libnc_trainer_destroy(b.trainer);
    r.trainer = b.trainer = NULL;
#define REFUSES(code, text, m, l, p, o, d)                                                         \
    FAILS(libnc_trainer_create(&trainer, m, l, p, o, d), code, text)
    REFUSES(LIBNC_ERROR_ARGUMENT, "loss = NULL", r.model, NULL, r.penalty, r.optimizer, NULL);
    REFUSES(LIBNC_ERROR_ARGUMENT, "penalty = NULL", r.model, r.loss, NULL, r.optimizer, NULL);
    REFUSES(LIBNC_ERROR_ARGUMENT, "optimizer = NULL", r.model, r.loss, r.penalty, NULL, NULL);
    REFUSES(LIBNC_ERROR_ARGUMENT, "dataset", r.model, r.loss, r.penalty, r.optimizer, b.dataset);
    REFUSES(LIBNC_ERROR_ARGUMENT, "dataset = NULL", b.model, b.loss, b.penalty, b.optimizer, NULL);
    REFUSES(LIBNC_ERROR_DIMENSION, "penalty", r.model, r.loss, b.penalty, r.optimizer, NULL);
    libnc_dataset *wide = random_dataset(LIBNC_FLOAT64, 30, 4, 3, 1);
    libnc_dataset *classes = random_dataset(LIBNC_FLOAT64, 30, 3, 5, 1);
    REFUSES(LIBNC_ERROR_DIMENSION, "width", b.model, b.loss, b.penalty, b.optimizer, wide);
    REFUSES(LIBNC_ERROR_DIMENSION, "classes", b.model, b.loss, b.penalty, b.optimizer, classes);
    const double weights[5] = {1, 1, 1, 1, 1};
    must(libnc_loss_set_class_weights(r.loss, weights, 5));
    REFUSES(LIBNC_ERROR_DIMENSION, "weights", r.model, r.loss, r.penalty, r.optimizer, NULL);
    must(libnc_loss_set_class_weights(r.loss, NULL, 0));
    libnc_context *own = context, *other;
    must(libnc_context_create(&other));
    context = other;
    run foreign = small_run(LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM);
    context = own;
    REFUSES(LIBNC_ERROR_ARGUMENT, "context", r.model, foreign.loss, r.penalty, r.optimizer, NULL);
    REFUSES(LIBNC_ERROR_ARGUMENT, "context", r.model, r.loss, foreign.penalty, r.optimizer, NULL);
    REFUSES(LIBNC_ERROR_ARGUMENT, "context", r.model, r.loss, r.penalty, foreign.optimizer, NULL);
    end_run(&foreign);
    libnc_context_destroy(other);
    ck_assert_ptr_eq(trainer, untouched);
    must(libnc_trainer_create(&r.trainer, r.model, r.loss, r.penalty, r.optimizer, NULL));
    must(libnc_trainer_create(&b.trainer, b.model, b.loss, b.penalty, b.optimizer, b.dataset));
    libnc_dataset_destroy(wide);
    libnc_dataset_destroy(classes);
    end_run(&r);
    end_run(&b);
}
END_TEST

START_TEST(null_trainers)
{
    double value = 7;
    libnc_trainer_destroy(NULL);
    ck_assert_ptr_null(libnc_trainer_options(NULL));
    ck_assert_ptr_null(libnc_trainer_model(NULL));
    ck_assert_int_eq(libnc_trainer_set_observer(NULL, look, NULL), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_trainer_step(NULL, 1, NULL), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_trainer_run(NULL, NULL), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_trainer_iterations(NULL), 0);
    ck_assert_double_eq(libnc_trainer_seconds(NULL), 0);
    ck_assert_int_eq(libnc_trainer_is_reduced(NULL), 0);
    ck_assert_int_eq(libnc_trainer_evaluate(NULL, &value, &value, &value), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_trainer_gradient(NULL, 0, &value, 1), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_trainer_history_rows(NULL), 0);
    ck_assert_int_eq(libnc_trainer_history(NULL, 1, &value, 1), LIBNC_ERROR_ARGUMENT);
    ck_assert_double_eq(value, 7);
}
END_TEST

START_TEST(calls_refuse)
{
    run r = small_run(LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM);
    double values[80];
    for (int i = 0; i < 80; i++)
        values[i] = 7;
    FAILS(libnc_trainer_step(r.trainer, -1, NULL), LIBNC_ERROR_ARGUMENT, "count = -1");
    FAILS(libnc_trainer_step(r.trainer, INT64_MIN, NULL), LIBNC_ERROR_ARGUMENT, "count = ");
    FAILS(libnc_trainer_gradient(r.trainer, -1, values, 80), LIBNC_ERROR_ARGUMENT, "index = -1");
    FAILS(libnc_trainer_gradient(r.trainer, 4, values, 80), LIBNC_ERROR_ARGUMENT, "index = 4");
    FAILS(libnc_trainer_gradient(r.trainer, 0, NULL, 80), LIBNC_ERROR_ARGUMENT, "values = NULL");
    FAILS(libnc_trainer_gradient(r.trainer, 0, values, 79), LIBNC_ERROR_DIMENSION, "must be 80");
    FAILS(libnc_trainer_gradient(r.trainer, 0, values, SIZE_MAX), LIBNC_ERROR_DIMENSION, "80");
    set_integer(&r, LIBNC_TRAINER_OPTION_ITERATIONS, 1);
    ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_ITERATIONS);
    FAILS(libnc_trainer_history(r.trainer, 0, values, 2), LIBNC_ERROR_ARGUMENT, "column = 0");
    FAILS(libnc_trainer_history(r.trainer, 6, values, 2), LIBNC_ERROR_ARGUMENT, "column = 6");
    FAILS(libnc_trainer_history(r.trainer, 1, NULL, 2), LIBNC_ERROR_ARGUMENT, "values = NULL");
    FAILS(libnc_trainer_history(r.trainer, 1, values, 1), LIBNC_ERROR_DIMENSION, "must be 2");
    FAILS(libnc_trainer_history(r.trainer, 1, values, 3), LIBNC_ERROR_DIMENSION, "must be 2");
    for (int i = 0; i < 80; i++)
        ck_assert_double_eq(values[i], 7);
    must(libnc_trainer_evaluate(r.trainer, NULL, NULL, NULL));
    ck_assert_ptr_eq(libnc_trainer_model(r.trainer), r.model);
    end_run(&r);
}
END_TEST

START_TEST(options_have_bounds)
{
    run r = small_run(LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM);
    libnc_options *options = libnc_trainer_options(r.trainer);
    static const struct {
        const char *name, *bad;
    } wrong[] = {{"batch_size", "-1"},
                 {"seed", "-1"},
                 {"reduction", "on"},
                 {"iterations", "-1"},
                 {"time_limit", "-1"},
                 {"gradient_tolerance", "-1e-9"},
                 {"predicted_loss", "-1"},
                 {"gap_tolerance", "nan"},
                 {"check_every", "0"},
                 {"observe_every", "0"},
                 {"repeat_decay", "both"},
                 {"crop_padding", "-1"},
                 {"flip", "2"}};
    ck_assert_int_eq(libnc_options_count(options), 13);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        FAILS(libnc_options_set_text(options, wrong[i].name, wrong[i].bad), LIBNC_ERROR_ARGUMENT,
              wrong[i].name);
    must(libnc_options_set_text(options, "reduction", "off"));
    must(libnc_options_set_text(options, "time_limit", "0.5"));
    must(libnc_options_set_text(options, "batch-size", "7"));
    int64_t value;
    must(libnc_options_get_int64(options, LIBNC_TRAINER_OPTION_BATCH_SIZE, &value));
    ck_assert_int_eq(value, 7);
    must(libnc_options_get_int64(options, LIBNC_TRAINER_OPTION_ITERATIONS, &value));
    ck_assert_int_eq(value, 30000);
    end_run(&r);
}
END_TEST

START_TEST(lbfgs_needs_the_full_batch)
{
    run r = small_run(LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_LBFGS);
    libnc_model *kept = free_model(LIBNC_FLOAT64, counts, 3, 2, widths, 1);
    copy_parameters(r.model, kept);
    set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, 19);
    FAILS(libnc_trainer_step(r.trainer, 1, NULL), LIBNC_ERROR_UNSUPPORTED, "batch_size = 19");
    FAILS(libnc_trainer_run(r.trainer, NULL), LIBNC_ERROR_UNSUPPORTED, "batch_size = 19");
    ck_assert_int_eq(libnc_trainer_iterations(r.trainer), 0);
    ck_assert(model_distance(kept, r.model) == 0);
    set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, 20);
    must(libnc_trainer_step(r.trainer, 1, NULL));
    ck_assert(model_distance(kept, r.model) > 0);
    libnc_model_destroy(kept);
    end_run(&r);
}
END_TEST

/* Class weights of a wrong K that were set after create. */
START_TEST(class_weights_must_fit)
{
    run r = small_run(LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM);
    const double weights[4] = {1, 1, 1, 1};
    must(libnc_trainer_step(r.trainer, 5, NULL));
    double *before = parameter(r.model, 0);
    must(libnc_loss_set_class_weights(r.loss, weights, 4));
    FAILS(libnc_trainer_step(r.trainer, 1, NULL), LIBNC_ERROR_DIMENSION, "weights");
    FAILS(libnc_trainer_evaluate(r.trainer, NULL, NULL, NULL), LIBNC_ERROR_DIMENSION, "weights");
    FAILS(libnc_trainer_run(r.trainer, NULL), LIBNC_ERROR_DIMENSION, "weights");
    double *after = parameter(r.model, 0);
    ck_assert_mem_eq(before, after, parameter_size(r.model, 0) * sizeof *before);
    ck_assert_int_eq(libnc_trainer_iterations(r.trainer), 5);
    free(before);
    free(after);
    end_run(&r);
}
END_TEST

/* What is given is finite; else it is refused. Returns how many parameters' are refused. */
static int refused_gradients(const run *r)
{
    int refused = 0;
    for (int32_t i = 0; i < libnc_model_parameter_count(r->model); i++) {
        const size_t size = parameter_size(r->model, i);
        double *values = malloc(size * sizeof *values);
        ck_assert_ptr_nonnull(values);
        for (size_t j = 0; j < size; j++)
            values[j] = 7;
        const libnc_status status = libnc_trainer_gradient(r->trainer, i, values, size);
        ck_assert(status == LIBNC_OK || status == LIBNC_ERROR_NOT_FINITE);
        for (size_t j = 0; j < size; j++)
            ck_assert(status == LIBNC_OK ? isfinite(values[j]) : values[j] == 7);
        refused += status != LIBNC_OK;
        free(values);
    }
    return refused;
}

/* The text names the step; the run ends with the error. */
START_TEST(divergence_is_an_error)
{
    int refused = 0;
    for (int32_t kind = LIBNC_OPTIMIZER_GRADIENT_DESCENT; kind <= LIBNC_OPTIMIZER_NESTEROV; kind++)
        for (int which = 0; which < 4; which++) {
            run r = which == 3 ? backbone_run(kind) : small_run(LIBNC_LOSS_MSE, kind);
            char step[32];
            set_rate(&r, 1e6);
            set_integer(&r, LIBNC_TRAINER_OPTION_REDUCTION, which == 0);
            set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, which == 2 ? 6 : 0);
            ck_assert_int_eq(libnc_trainer_step(r.trainer, 1000, NULL), LIBNC_ERROR_NOT_FINITE);
            snprintf(step, sizeof step, "step %lld",
                     (long long)libnc_trainer_iterations(r.trainer));
            ck_assert_int_lt(libnc_trainer_iterations(r.trainer), 1000);
            ck_assert_ptr_nonnull(strstr(libnc_context_error(context), step));
            double objective = 7;
            FAILS(libnc_trainer_evaluate(r.trainer, &objective, NULL, NULL), LIBNC_ERROR_NOT_FINITE,
                  "objective");
            ck_assert_double_eq(objective, 7);
            ck_assert_int_eq(libnc_trainer_run(r.trainer, NULL), LIBNC_ERROR_NOT_FINITE);
            refused += refused_gradients(&r);
            end_run(&r);
        }
    ck_assert_int_gt(refused, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trainer_calls");
    TCase *tests = add_case(suite, "trainer_calls", 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, stops_at_the_iteration_limit);
    tcase_add_test(tests, stops_at_the_gradient_tolerance);
    tcase_add_test(tests, stops_at_the_gap);
    tcase_add_test(tests, stops_at_the_time_limit);
    tcase_add_test(tests, observer_is_called);
    tcase_add_test(tests, observer_sees_the_end);
    tcase_add_test(tests, observer_stops);
    tcase_add_test(tests, observer_must_not_step);
    tcase_add_test(tests, reading_does_not_disturb);
    tcase_add_test(tests, history_has_a_row_per_check);
    tcase_add_test(tests, create_refuses);
    tcase_add_test(tests, null_trainers);
    tcase_add_test(tests, calls_refuse);
    tcase_add_test(tests, options_have_bounds);
    tcase_add_test(tests, lbfgs_needs_the_full_batch);
    tcase_add_test(tests, class_weights_must_fit);
    tcase_add_test(tests, divergence_is_an_error);
    return run_suite(suite);
}
