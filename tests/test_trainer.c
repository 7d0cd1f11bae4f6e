/* SPDX-License-Identifier: MIT
 *
 * test_trainer.c: steps: every optimizer, loss, order of the head and scalar type against training
 * in plain loops; minibatches; settings that change on the way; no allocation per step; the same
 * bits every time. Calls, stop rules and observers are in test_trainer_calls.c.
 */
#include "data/dataset_internal.h"
#include "support/naive_training.h"

#include <libnc/blas.h>

enum { IDENTITY = LIBNC_ACTIVATION_IDENTITY, RELU = LIBNC_ACTIVATION_RELU };

typedef struct setting {
    int64_t K, n; /* classes, samples of each */
    int64_t inputs;
    int32_t layers;
    int64_t outputs[2];
    int32_t activations[2];
    int32_t depth;
    int64_t widths[4];
    int32_t bias;
} setting;

static const setting settings[] = {
    {3, 9, 0, 0, {0}, {0}, 1, {5}, 1},        {3, 9, 0, 0, {0}, {0}, 2, {5, 6}, 0},
    {3, 9, 0, 0, {0}, {0}, 3, {5, 6, 4}, 1},  {2, 7, 0, 0, {0}, {0}, 4, {5, 6, 4, 7}, 1},
    {20, 3, 0, 0, {0}, {0}, 2, {25, 30}, 1}, /* beyond the register kernels */
    {8, 4, 0, 0, {0}, {0}, 2, {6, 2}, 1},    /* layer by layer */
    {19, 2, 0, 0, {0}, {0}, 3, {6, 2, 2}, 0}, {3, 4, 4, 2, {6, 5}, {RELU, IDENTITY}, 2, {5, 4}, 1},
    {8, 2, 4, 1, {5}, {RELU}, 2, {5, 2}, 1},  {3, 4, 4, 0, {0}, {0}, 1, {4}, 1},
};

enum { SETTINGS = sizeof settings / sizeof settings[0] };

static const naive_loss losses[] = {
    {LIBNC_LOSS_MSE, 0, 0, NULL},
    {LIBNC_LOSS_CROSS_ENTROPY, 0.1, 0, NULL},
    {LIBNC_LOSS_FOCAL, 0, 2, NULL},
};

static libnc_model *model_of(const setting *s, int32_t scalar)
{
    int64_t counts[20];
    for (int64_t k = 0; k < s->K; k++)
        counts[k] = s->n + (s->inputs ? 0 : k % 2);
    if (s->inputs == 0)
        return free_model(scalar, counts, s->K, s->depth, s->widths, s->bias);
    return model_on(backbone_of(s->inputs, s->layers, s->outputs, s->activations), scalar, s->K,
                    s->depth, s->widths, s->bias);
}

static run run_of(const setting *s, int32_t scalar, const naive_loss *loss, int32_t optimizer)
{
    libnc_model *model = model_of(s, scalar);
    libnc_dataset *dataset =
        s->inputs ? random_dataset(LIBNC_FLOAT32, s->n * s->K, s->inputs, s->K, 3) : NULL;
    randomise(model, 0.6, 17);
    run r = make_run(model, loss->kind, optimizer, dataset);
    apply_naive_loss(loss, s->K, r.loss);
    set_decays(&r, 0.05);
    set_rate(&r, 0.05);
    return r;
}

static int64_t samples_of(const run *r)
{
    return r->dataset ? libnc_dataset_count(r->dataset) : libnc_model_samples(r->model);
}

/* 0, 1, .. N - 1, freed by the caller */
static int64_t *all_rows(int64_t n)
{
    int64_t *rows = malloc((size_t)n * sizeof *rows);
    for (int64_t i = 0; i < n; i++)
        rows[i] = i;
    return rows;
}

static naive_run follow(run *r, const setting *s, const naive_loss *loss)
{
    return naive_begin(r, model_of(s, LIBNC_FLOAT64), loss, s->layers, s->activations);
}

static void check_followed(const naive_run *n, double tolerance, const char *what)
{
    for (int32_t i = 0; i < libnc_model_parameter_count(n->model); i++) {
        const double distance = parameter_distance(n->model, n->like->model, i);
        ck_assert_msg(distance <= tolerance, "%s, step %d, parameter %d: distance %g", what,
                      n->steps, i, distance);
    }
}

/* Adam divides by the gradient's own size, which makes rounding relative to the smallest. */
static double tolerance_of(int32_t scalar, int32_t optimizer)
{
    const double exact = optimizer >= LIBNC_OPTIMIZER_ADAM ? 1e-10 : 1e-13;
    return scalar == LIBNC_FLOAT64 ? exact : optimizer >= LIBNC_OPTIMIZER_ADAM ? 5e-3 : 1e-5;
}

/* ---- full batch ---- */

static void check_steps(const setting *s, int32_t scalar, const naive_loss *loss, int32_t optimizer,
                        bool reduces)
{
    char what[96];
    run r = run_of(s, scalar, loss, optimizer);
    set_integer(&r, LIBNC_TRAINER_OPTION_REDUCTION, reduces);
    snprintf(what, sizeof what, "setting %d, loss %d, optimizer %d, type %d", (int)(s - settings),
             loss->kind, optimizer, scalar);
    naive_run n = follow(&r, s, loss);
    int64_t *rows = all_rows(samples_of(&r));
    for (int t = 1; t <= 6; t++) {
        must(libnc_trainer_step(r.trainer, 1, NULL));
        naive_step(&n, optimizer, 0.05, rows, samples_of(&r)); /* update.h numbers them alike */
        check_followed(&n, tolerance_of(scalar, optimizer), what);
        ck_assert_int_eq(libnc_trainer_iterations(r.trainer), t);
    }
    free(rows);
    naive_end(&n);
    end_run(&r);
}

START_TEST(steps_follow_the_formulas)
{
    for (int32_t optimizer = LIBNC_OPTIMIZER_GRADIENT_DESCENT; optimizer <= LIBNC_OPTIMIZER_ADAMW;
         optimizer++)
        for (int l = 0; l < 3; l++)
            for (int32_t scalar = LIBNC_FLOAT64; scalar <= LIBNC_FLOAT32; scalar++)
                for (int reduces = 0; reduces <= (l == 0); reduces++)
                    check_steps(&settings[_i], scalar, &losses[l], optimizer, reduces);
}
END_TEST

/* Rows beyond one block, shared between two threads. */
START_TEST(many_samples_follow_the_formulas)
{
    static const setting large = {4, 1000, 0, 0, {0}, {0}, 2, {20, 12}, 1};
    must(libnc_context_set_threads(context, 1 + _i % 2));
    for (int32_t optimizer = LIBNC_OPTIMIZER_MOMENTUM; optimizer <= LIBNC_OPTIMIZER_ADAM;
         optimizer += 2) {
        run r = run_of(&large, LIBNC_FLOAT64, &losses[_i / 2], optimizer);
        set_integer(&r, LIBNC_TRAINER_OPTION_REDUCTION, 0);
        naive_run n = follow(&r, &large, &losses[_i / 2]);
        int64_t *rows = all_rows(4002);
        ck_assert_int_eq(samples_of(&r), 4002);
        for (int t = 0; t < 3; t++) {
            must(libnc_trainer_step(r.trainer, 1, NULL));
            naive_step(&n, optimizer, 0.05, rows, 4002);
        }
        check_followed(&n, optimizer == LIBNC_OPTIMIZER_ADAM ? 1e-6 : 1e-12, "large");
        free(rows);
        naive_end(&n);
        end_run(&r);
    }
}
END_TEST

/* ---- schedules ---- */

START_TEST(schedules_are_honoured)
{
    const setting *s = &settings[2 + 5 * (_i % 2)];
    const double pi = 3.14159265358979323846, factor = 0.25, eta = 0.2;
    run r = run_of(s, LIBNC_FLOAT64, &losses[0], LIBNC_OPTIMIZER_MOMENTUM);
    libnc_options *options = libnc_optimizer_options(r.optimizer);
    set_rate(&r, eta);
    must(libnc_options_set_int64(options, LIBNC_OPTIMIZER_OPTION_SCHEDULE,
                                 _i / 2 ? LIBNC_SCHEDULE_STEP : LIBNC_SCHEDULE_COSINE));
    must(libnc_options_set_int64(options, LIBNC_OPTIMIZER_OPTION_PERIOD, 5));
    must(libnc_options_set_double(options, LIBNC_OPTIMIZER_OPTION_FACTOR, factor));
    naive_run n = follow(&r, s, &losses[0]);
    int64_t *rows = all_rows(samples_of(&r));
    for (int t = 0; t < 12; t++) {
        double rate = eta * pow(factor, t / 5);
        if (_i / 2 == 0)
            rate =
                t >= 5 ? eta * factor : eta * (factor + (1 - factor) * (1 + cos(pi * t / 5)) / 2);
        must(libnc_trainer_step(r.trainer, 1, NULL));
        naive_step(&n, NC__UPDATE_MOMENTUM, rate, rows, samples_of(&r));
        check_followed(&n, 1e-12, "schedule");
    }
    free(rows);
    naive_end(&n);
    end_run(&r);
}
END_TEST

/* ---- minibatches ---- */

/* Where in which epoch the naive run is. */
typedef struct reader {
    uint64_t seed, epoch;
    int64_t position, samples;
    int64_t *order;
} reader;

/* The next batch: each epoch is the permutation of (seed, epoch), the last batch what is left. */
static int64_t next_batch(reader *at, int64_t size, const int64_t **rows)
{
    if (at->position == at->samples) {
        at->position = 0;
        at->epoch++;
    }
    nc__sample_order(at->seed, at->epoch, at->order, (size_t)at->samples);
    const int64_t left = at->samples - at->position, count = left < size ? left : size;
    *rows = at->order + at->position;
    at->position += count;
    return count;
}

static void check_minibatches(const setting *s, int32_t scalar, const naive_loss *loss,
                              int32_t optimizer)
{
    run r = run_of(s, scalar, loss, optimizer);
    naive_run n = follow(&r, s, loss);
    reader at = {99, 0, 0, samples_of(&r), all_rows(samples_of(&r))};
    const int64_t sizes[4] = {5, 5, 3, samples_of(&r) - 1}; /* changes within an epoch, too */
    set_integer(&r, LIBNC_TRAINER_OPTION_SEED, 99);
    for (int t = 0; t < 24; t++) {
        const int64_t *rows, size = sizes[t / 4 % 4];
        set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, size);
        if (t == 10)
            must(libnc_context_set_threads(context, 2));
        must(libnc_trainer_step(r.trainer, 1, NULL));
        const int64_t count = next_batch(&at, size, &rows);
        naive_step(&n, optimizer, 0.05, rows, count);
        check_followed(&n, 10 * tolerance_of(scalar, optimizer), "minibatch");
    }
    ck_assert_uint_ge(at.epoch, 2);
    must(libnc_context_set_threads(context, 1));
    free(at.order);
    naive_end(&n);
    end_run(&r);
}

START_TEST(minibatches_follow_the_formulas)
{
    for (int l = 0; l < 3; l++) {
        check_minibatches(&settings[_i], LIBNC_FLOAT64, &losses[l], LIBNC_OPTIMIZER_MOMENTUM);
        check_minibatches(&settings[_i], LIBNC_FLOAT64, &losses[l], LIBNC_OPTIMIZER_ADAMW);
        check_minibatches(&settings[_i], LIBNC_FLOAT32, &losses[l], LIBNC_OPTIMIZER_NESTEROV);
    }
}
END_TEST

START_TEST(a_batch_of_all_is_the_full_batch)
{
    const setting *s = &settings[_i];
    run a = run_of(s, LIBNC_FLOAT64, &losses[1], LIBNC_OPTIMIZER_MOMENTUM);
    run b = run_of(s, LIBNC_FLOAT64, &losses[1], LIBNC_OPTIMIZER_MOMENTUM);
    set_integer(&b, LIBNC_TRAINER_OPTION_BATCH_SIZE, samples_of(&b));
    must(libnc_trainer_step(a.trainer, 10, NULL));
    must(libnc_trainer_step(b.trainer, 10, NULL));
    ck_assert(model_distance(a.model, b.model) == 0);
    set_integer(&b, LIBNC_TRAINER_OPTION_BATCH_SIZE, INT32_MAX);
    must(libnc_trainer_step(a.trainer, 10, NULL));
    must(libnc_trainer_step(b.trainer, 10, NULL));
    ck_assert(model_distance(a.model, b.model) == 0);
    end_run(&a);
    end_run(&b);
}
END_TEST

/* penalty.h: a batch of B samples adds (N/B) decay/2 ||H_batch||^2. With a loss of 0 a step of
 * gradient descent moves by rate times that gradient; averaged over an epoch, a sample counting as
 * a sample, it is the gradient of the whole penalty, whatever the batch size. */
START_TEST(feature_decay_does_not_depend_on_the_batch_size)
{
    static const double nothing[3] = {0, 0, 0};
    const setting *s = &settings[7];
    const naive_loss none = {LIBNC_LOSS_MSE, 0, 0, nothing};
    run r = run_of(s, LIBNC_FLOAT64, &none, LIBNC_OPTIMIZER_GRADIENT_DESCENT);
    const int64_t n = samples_of(&r), batch = 1 + 2 * _i;
    const double zero = 0;
    const int32_t index = index_of(r.model, "backbone.1.weight");
    const size_t size = parameter_size(r.model, index);
    must(libnc_penalty_set_weight_decay(r.penalty, &zero, 1));
    double *whole = random_values(size, 1, 1), *mean = calloc(size, sizeof *mean);
    double *start = parameter(r.model, index);
    libnc_model *kept = model_of(s, LIBNC_FLOAT64);
    copy_parameters(r.model, kept);
    must(libnc_trainer_gradient(r.trainer, index, whole, size));
    set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, batch);
    for (int64_t done = 0; done < n; done += batch) {
        const int64_t count = n - done < batch ? n - done : batch;
        must(libnc_trainer_step(r.trainer, 1, NULL));
        double *moved = parameter(r.model, index);
        for (size_t i = 0; i < size; i++)
            mean[i] += (start[i] - moved[i]) / 0.05 * (double)count / (double)n;
        free(moved);
        copy_parameters(kept, r.model);
    }
    for (size_t i = 0; i < size; i++)
        ck_assert_double_eq_tol(mean[i], whole[i], 1e-13);
    ck_assert_double_gt((double)naive_squares(whole, size), 1e-6);
    free(whole);
    free(mean);
    free(start);
    libnc_model_destroy(kept);
    end_run(&r);
}
END_TEST

/* ---- settings that change on the way ---- */

START_TEST(threads_change_nothing)
{
    static const setting large = {4, 900, 0, 0, {0}, {0}, 3, {64, 300, 300}, 1};
    for (int reduces = 0; reduces <= 1; reduces++) {
        run a = run_of(&large, LIBNC_FLOAT64, &losses[_i], LIBNC_OPTIMIZER_NESTEROV);
        run b = run_of(&large, LIBNC_FLOAT64, &losses[_i], LIBNC_OPTIMIZER_NESTEROV);
        set_integer(&a, LIBNC_TRAINER_OPTION_REDUCTION, reduces);
        set_integer(&b, LIBNC_TRAINER_OPTION_REDUCTION, reduces);
        set_rate(&a, 0.001);
        set_rate(&b, 0.001);
        for (int32_t k = 0; k < 4; k++) {
            must(libnc_context_set_threads(context, 1));
            must(libnc_trainer_step(a.trainer, 5, NULL));
            must(libnc_context_set_threads(context, 1 + (k + 1) % 3));
            must(libnc_trainer_step(b.trainer, 5, NULL));
        }
        ck_assert_double_le(model_distance(a.model, b.model), 1e-11);
        end_run(&a);
        end_run(&b);
    }
}
END_TEST

/* Updates of large parameters are shared by rows; of two rows, one of three threads gets none. */
START_TEST(threads_share_dense_updates)
{
    static const setting wide = {2, 5, 2, 1, {20000}, {RELU}, 1, {20000}, 1};
    const int32_t optimizers[] = {LIBNC_OPTIMIZER_GRADIENT_DESCENT, LIBNC_OPTIMIZER_MOMENTUM,
                                  LIBNC_OPTIMIZER_ADAM};
    run a = run_of(&wide, LIBNC_FLOAT64, &losses[0], optimizers[_i]);
    run b = run_of(&wide, LIBNC_FLOAT64, &losses[0], optimizers[_i]);
    libnc_model *start = model_of(&wide, LIBNC_FLOAT64);
    copy_parameters(a.model, start);
    set_integer(&a, LIBNC_TRAINER_OPTION_BATCH_SIZE, 3);
    set_integer(&b, LIBNC_TRAINER_OPTION_BATCH_SIZE, 3);
    set_rate(&a, 1e-6);
    set_rate(&b, 1e-6);
    must(libnc_trainer_step(a.trainer, 4, NULL));
    must(libnc_context_set_threads(context, 3));
    must(libnc_trainer_step(b.trainer, 4, NULL));
    must(libnc_context_set_threads(context, 1));
    ck_assert_double_gt(model_distance(start, a.model), 1e-6);
    ck_assert_double_le(model_distance(a.model, b.model), 1e-12);
    libnc_model_destroy(start);
    end_run(&a);
    end_run(&b);
}
END_TEST

/* The learning rate and decays are read at every step, for reduced runs as for others. */
START_TEST(settings_are_read_at_every_step)
{
    const setting *s = &settings[_i];
    run r = run_of(s, LIBNC_FLOAT64, &losses[0], LIBNC_OPTIMIZER_MOMENTUM);
    naive_run n = follow(&r, s, &losses[0]);
    int64_t *rows = all_rows(samples_of(&r));
    for (int t = 0; t < 8; t++) {
        const double rate = 0.02 * (1 + t % 3);
        set_rate(&r, rate);
        set_decays(&r, 0.01 * t);
        set_integer(&r, LIBNC_TRAINER_OPTION_REDUCTION, t / 3 % 2);
        must(libnc_trainer_step(r.trainer, 1, NULL));
        naive_step(&n, NC__UPDATE_MOMENTUM, rate, rows, samples_of(&r));
        check_followed(&n, 1e-12, "settings");
    }
    free(rows);
    naive_end(&n);
    end_run(&r);
}
END_TEST

/* Steps one by one, together, or by run: the same bits; evaluation between them changes nothing. */
START_TEST(steps_and_runs_are_alike)
{
    for (int32_t optimizer = LIBNC_OPTIMIZER_GRADIENT_DESCENT; optimizer <= LIBNC_OPTIMIZER_ADAMW;
         optimizer++) {
        run a = run_of(&settings[_i], LIBNC_FLOAT64, &losses[0], optimizer);
        run b = run_of(&settings[_i], LIBNC_FLOAT64, &losses[0], optimizer);
        run c = run_of(&settings[_i], LIBNC_FLOAT64, &losses[0], optimizer);
        must(libnc_trainer_step(a.trainer, 30, NULL));
        for (int t = 0; t < 30; t++) {
            must(libnc_trainer_step(b.trainer, 1, NULL));
            ck_assert(isfinite(objective_of(&b)));
        }
        set_integer(&c, LIBNC_TRAINER_OPTION_ITERATIONS, 30);
        set_integer(&c, LIBNC_TRAINER_OPTION_CHECK_EVERY, 7);
        ck_assert_int_eq(stop_of_run(c.trainer), LIBNC_STOP_ITERATIONS);
        ck_assert(model_distance(a.model, b.model) == 0);
        ck_assert(model_distance(a.model, c.model) == 0);
        end_run(&a);
        end_run(&b);
        end_run(&c);
    }
}
END_TEST

/* Neither asking for the objective nor for a gradient makes L-BFGS forget its point. */
START_TEST(lbfgs_is_not_disturbed_by_evaluation)
{
    run a = run_of(&settings[_i], LIBNC_FLOAT64, &losses[_i % 2], LIBNC_OPTIMIZER_LBFGS);
    run b = run_of(&settings[_i], LIBNC_FLOAT64, &losses[_i % 2], LIBNC_OPTIMIZER_LBFGS);
    for (int t = 0; t < 8; t++) {
        double gradient[8];
        must(libnc_trainer_step(a.trainer, 1, NULL));
        must(libnc_trainer_step(b.trainer, 1, NULL));
        const int32_t last = libnc_model_parameter_count(b.model) - 1;
        const size_t size = parameter_size(b.model, last);
        if (size <= 8)
            must(libnc_trainer_gradient(b.trainer, last, gradient, size));
        ck_assert(isfinite(objective_of(&b)));
        ck_assert(model_distance(a.model, b.model) == 0);
    }
    end_run(&a);
    end_run(&b);
}
END_TEST

/* A trainer that has begun takes a new number of pairs as one that begins. */
START_TEST(lbfgs_reads_its_history)
{
    run r[3];
    for (int k = 0; k < 3; k++) {
        r[k] = run_of(&settings[_i], LIBNC_FLOAT64, &losses[1], LIBNC_OPTIMIZER_LBFGS);
        libnc_options *options = libnc_optimizer_options(r[k].optimizer);
        must(libnc_options_set_int64(options, LIBNC_OPTIMIZER_OPTION_HISTORY, k == 0 ? 9 : 1));
        ck_assert(isfinite(objective_of(&r[k])));
        must(libnc_options_set_int64(options, LIBNC_OPTIMIZER_OPTION_HISTORY, k == 2 ? 1 : 9));
        must(libnc_trainer_step(r[k].trainer, 12, NULL));
    }
    ck_assert(model_distance(r[0].model, r[1].model) == 0);
    ck_assert(model_distance(r[0].model, r[2].model) > 0);
    for (int k = 0; k < 3; k++)
        end_run(&r[k]);
}
END_TEST

/* At the end of its precision L-BFGS stops, however often the objective is looked at. */
START_TEST(lbfgs_ends_by_itself)
{
    run r = run_of(&settings[0], _i % 2 ? LIBNC_FLOAT32 : LIBNC_FLOAT64, &losses[_i / 2],
                   LIBNC_OPTIMIZER_LBFGS);
    set_integer(&r, LIBNC_TRAINER_OPTION_CHECK_EVERY, 3);
    ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_PRECISION);
    ck_assert_int_lt(libnc_trainer_iterations(r.trainer), 3000);
    end_run(&r);
}
END_TEST

/* Also where it is called one step at a time: what it counts goes on, until something changes. */
START_TEST(lbfgs_ends_by_itself_in_single_steps)
{
    run r = run_of(&settings[0], _i % 2 ? LIBNC_FLOAT32 : LIBNC_FLOAT64, &losses[_i / 2],
                   LIBNC_OPTIMIZER_LBFGS);
    run once = run_of(&settings[0], _i % 2 ? LIBNC_FLOAT32 : LIBNC_FLOAT64, &losses[_i / 2],
                      LIBNC_OPTIMIZER_LBFGS);
    int32_t reason = LIBNC_STOP_NONE;
    for (int t = 0; t < 3000 && reason == LIBNC_STOP_NONE; t++)
        reason = stop_of_step(r.trainer, 1);
    ck_assert_int_eq(reason, LIBNC_STOP_PRECISION);
    ck_assert_int_eq(stop_of_step(once.trainer, 3000), LIBNC_STOP_PRECISION);
    ck_assert_int_eq(libnc_trainer_iterations(r.trainer), libnc_trainer_iterations(once.trainer));
    ck_assert(model_distance(r.model, once.model) == 0);
    ck_assert_int_eq(stop_of_step(r.trainer, 1), LIBNC_STOP_PRECISION);
    must(libnc_loss_set_class_weights(r.loss, (double[]){1, 2, 3}, 3));
    must(libnc_trainer_step(r.trainer, 1, NULL));
    end_run(&r);
    end_run(&once);
}
END_TEST

/* ---- allocation and determinism ---- */

START_TEST(steps_allocate_nothing)
{
    for (int32_t optimizer = LIBNC_OPTIMIZER_GRADIENT_DESCENT; optimizer <= LIBNC_OPTIMIZER_LBFGS;
         optimizer++)
        for (int l = 0; l < 3; l++)
            for (int batch = 0; batch <= (optimizer != LIBNC_OPTIMIZER_LBFGS); batch++) {
                run r = run_of(&settings[_i], LIBNC_FLOAT64, &losses[l], optimizer);
                set_rate(&r, 1e-3);
                set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, 5 * batch);
                must(libnc_trainer_step(r.trainer, 1, NULL));
                const int64_t calls = memory.calls, live = memory.live;
                const int32_t reason = stop_of_step(r.trainer, 1000);
                ck_assert(reason == LIBNC_STOP_NONE ||
                          (reason == LIBNC_STOP_PRECISION && optimizer == LIBNC_OPTIMIZER_LBFGS));
                ck_assert_int_eq(memory.calls, calls);
                ck_assert_int_eq(memory.live, live);
                end_run(&r);
            }
}
END_TEST

/* The parameters after a short run of a problem that is large enough to be shared. */
static libnc_model *trained(int32_t scalar, int kind, uint64_t seed)
{
    static const setting large[3] = {{4, 300, 0, 0, {0}, {0}, 2, {64, 260}, 1},
                                     {4, 60, 30, 2, {200, 64}, {RELU, RELU}, 2, {64, 20}, 1},
                                     {18, 20, 0, 0, {0}, {0}, 2, {200, 200}, 0}};
    run r = run_of(&large[kind], scalar, &losses[kind], LIBNC_OPTIMIZER_MOMENTUM);
    must(libnc_model_initialise(r.model, LIBNC_INITIALISE_KAIMING, 1, seed));
    set_integer(&r, LIBNC_TRAINER_OPTION_SEED, (int64_t)seed);
    set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, kind == 1 ? 64 : 0);
    set_integer(&r, LIBNC_TRAINER_OPTION_REDUCTION, 0);
    set_rate(&r, 1e-3);
    must(libnc_trainer_step(r.trainer, 8, NULL));
    libnc_trainer_destroy(r.trainer);
    libnc_optimizer_destroy(r.optimizer);
    libnc_penalty_destroy(r.penalty);
    libnc_loss_destroy(r.loss);
    libnc_dataset_destroy(r.dataset);
    return r.model;
}

START_TEST(twenty_runs_give_the_same_bits)
{
    const int32_t scalar = _i % 2 ? LIBNC_FLOAT32 : LIBNC_FLOAT64;
    must(libnc_context_set_threads(context, 1 + _i / 2 % 2));
    libnc_model *first = trained(scalar, _i / 4, 5);
    for (int k = 1; k < 20; k++) {
        void *block = malloc((size_t)(1000 * k)); /* other addresses */
        libnc_model *again = trained(scalar, _i / 4, 5);
        ck_assert(model_distance(first, again) == 0);
        libnc_model_destroy(again);
        free(block);
    }
    libnc_model *other = trained(scalar, _i / 4, 6);
    ck_assert(model_distance(first, other) > 0.01);
    libnc_model_destroy(first);
    libnc_model_destroy(other);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trainer");
    TCase *tests = add_case(suite, "trainer", 60);
    tcase_add_checked_fixture(tests, setup_alone, teardown);
    tcase_add_loop_test(tests, steps_follow_the_formulas, 0, SETTINGS);
    tcase_add_loop_test(tests, many_samples_follow_the_formulas, 0, 6);
    tcase_add_loop_test(tests, schedules_are_honoured, 0, 4);
    tcase_add_loop_test(tests, minibatches_follow_the_formulas, 0, SETTINGS);
    tcase_add_loop_test(tests, a_batch_of_all_is_the_full_batch, 0, SETTINGS);
    tcase_add_loop_test(tests, feature_decay_does_not_depend_on_the_batch_size, 0, 6);
    tcase_add_loop_test(tests, threads_change_nothing, 0, 3);
    tcase_add_loop_test(tests, threads_share_dense_updates, 0, 3);
    tcase_add_loop_test(tests, settings_are_read_at_every_step, 0, SETTINGS);
    tcase_add_loop_test(tests, steps_and_runs_are_alike, 0, SETTINGS);
    tcase_add_loop_test(tests, lbfgs_is_not_disturbed_by_evaluation, 0, SETTINGS);
    tcase_add_loop_test(tests, lbfgs_reads_its_history, 0, SETTINGS);
    tcase_add_loop_test(tests, lbfgs_ends_by_itself, 0, 6);
    tcase_add_loop_test(tests, lbfgs_ends_by_itself_in_single_steps, 0, 6);
    tcase_add_loop_test(tests, steps_allocate_nothing, 0, SETTINGS);
    tcase_add_loop_test(tests, twenty_runs_give_the_same_bits, 0, 12);
    return run_suite(suite);
}
