/* SPDX-License-Identifier: MIT
 *
 * test_checkpoint.c: a training that was saved and loaded goes on to the same bits as the one that
 * was not interrupted: every optimizer, schedule, kind of batch and scalar type, with and without
 * the reduction; networks, energies, repeats; what a trainer with other settings is told; runs and
 * attachments. What files may look like is the subject of test_checkpoint_file.c.
 */
#include "support/checkpoint_fixture.h"

#include "train/trainer_internal.h"

enum { STEPS = 20, SAVES = 5 };

/* ---- the same bits ---- */

static void compare_values(const char *what, const double *a, const double *b, size_t count)
{
    ck_assert_msg(memcmp(a, b, count * sizeof *a) == 0, "%s differs", what);
}

static void compare_models(libnc_model *a, libnc_model *b)
{
    for (int32_t i = 0; i < libnc_model_parameter_count(a); i++) {
        double *x = parameter(a, i), *y = parameter(b, i);
        compare_values("a parameter", x, y, parameter_size(a, i));
        free(x);
        free(y);
    }
}

static void compare_tensors(const char *what, const nc__tensor *a, const nc__tensor *b)
{
    ck_assert_msg(!a->data == !b->data, "%s is there once", what);
    if (!a->data)
        return;
    ck_assert_msg(a->rows == b->rows && a->cols == b->cols, "%s has another shape", what);
    for (int64_t i = 0; i < a->rows; i++) {
        const nc__tensor x = nc__tensor_rows(a, i, 1), y = nc__tensor_rows(b, i, 1);
        ck_assert_msg(memcmp(x.data, y.data, (size_t)a->cols * nc__scalar_size(a->scalar)) == 0,
                      "%s differs in row %d", what, (int)i);
    }
}

/* All but seconds. */
static void compare_history(const libnc_trainer *a, const libnc_trainer *b)
{
    double x[64], y[64];
    const size_t rows = (size_t)libnc_trainer_history_rows(a);
    ck_assert_uint_le(rows, 64);
    ck_assert_int_eq(libnc_trainer_history_rows(b), (int64_t)rows);
    for (int32_t column = LIBNC_HISTORY_ITERATION; column < LIBNC_HISTORY_SECONDS; column++) {
        must(libnc_trainer_history(a, column, x, rows));
        must(libnc_trainer_history(b, column, y, rows));
        compare_values("a column of history", x, y, rows);
    }
}

static void compare(run *a, run *b)
{
    const libnc_trainer *x = a->trainer, *y = b->trainer;
    ck_assert_int_eq(x->iterations, y->iterations);
    ck_assert_int_eq(libnc_trainer_is_reduced(x), libnc_trainer_is_reduced(y));
    for (int32_t i = 0; i < libnc_model_parameter_count(a->model); i++) {
        compare_tensors("a velocity", &x->moments.m[i], &y->moments.m[i]);
        compare_tensors("a second moment", &x->moments.v[i], &y->moments.v[i]);
    }
    compare_tensors("the rotated features", &x->plan.reduced, &y->plan.reduced);
    compare_history(x, y);
    compare_models(a->model, b->model);
}

/* ---- an observer that saves ---- */

typedef struct saver {
    int64_t steps[SAVES]; /* after which it saves, ascending */
    int saved;
} saver;

static const char *save_path(int save)
{
    static char name[80];
    snprintf(name, sizeof name, "%s/%d.ncm", folder, save);
    return name;
}

static int32_t observe(libnc_trainer *trainer, void *user)
{
    saver *s = user;
    while (s->saved < SAVES && libnc_trainer_iterations(trainer) == s->steps[s->saved])
        must(libnc_trainer_save(trainer, save_path(s->saved++)));
    return 0;
}

static int by_size(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static saver random_saver(uint64_t seed)
{
    saver s = {.saved = 0};
    for (int i = 0; i < SAVES; i++)
        s.steps[i] = (int64_t)((uniform(&seed) + 1) / 2 * (STEPS + 1));
    qsort(s.steps, SAVES, sizeof *s.steps, by_size);
    return s;
}

/* A run alone, one that saves, and each save gone on with, in a trainer that has been elsewhere. */
static void check_resumed(const kind *k, uint64_t seed)
{
    saver s = random_saver(seed);
    run alone = begin(k, 1), saving = begin(k, 1);
    set_integer(&alone, LIBNC_TRAINER_OPTION_ITERATIONS, STEPS);
    set_integer(&saving, LIBNC_TRAINER_OPTION_ITERATIONS, STEPS);
    must(libnc_trainer_set_observer(saving.trainer, observe, &s));
    const int32_t reason = stop_of_run(alone.trainer);
    ck_assert_int_eq(stop_of_run(saving.trainer), reason);
    compare(&alone, &saving);
    for (int i = 0; i < s.saved; i++) {
        run resumed = begin(k, 2);
        set_integer(&resumed, LIBNC_TRAINER_OPTION_ITERATIONS, STEPS);
        stop_of_step(resumed.trainer, i);
        must(libnc_trainer_load(resumed.trainer, save_path(i)));
        ck_assert_int_eq(libnc_trainer_iterations(resumed.trainer), s.steps[i]);
        ck_assert_int_eq(stop_of_run(resumed.trainer), reason);
        compare(&alone, &resumed);
        stop_of_step(resumed.trainer, 3);
        stop_of_step(alone.trainer, 3);
        compare(&alone, &resumed);
        end_run(&resumed);
        unlink(save_path(i));
        if (i + 1 < s.saved) { /* three steps behind again */
            end_run(&alone);
            alone = begin(k, 1);
            set_integer(&alone, LIBNC_TRAINER_OPTION_ITERATIONS, STEPS);
            ck_assert_int_eq(stop_of_run(alone.trainer), reason);
        }
    }
    end_run(&saving);
    end_run(&alone);
}

enum { OPTIMIZERS = 6, SCHEDULES = 3, MATRIX = OPTIMIZERS * SCHEDULES * 2 * 2 * 2 };

START_TEST(resumed_runs_have_the_same_bits)
{
    const kind k = {.optimizer = 1 + _i % OPTIMIZERS,
                    .schedule = _i / OPTIMIZERS % SCHEDULES,
                    .scalar = 1 + _i / (OPTIMIZERS * SCHEDULES) % 2,
                    .batches = _i / (OPTIMIZERS * SCHEDULES * 2) % 2 == 1,
                    .reduces = _i / (OPTIMIZERS * SCHEDULES * 4) == 1};
    if (k.optimizer == LIBNC_OPTIMIZER_LBFGS && k.batches)
        return; /* there is no such training */
    check_resumed(&k, 100 + (uint64_t)_i);
}
END_TEST

static const kind others[] = {
    {LIBNC_OPTIMIZER_ADAM, .scalar = LIBNC_FLOAT32, .backbone = true, .batches = true},
    {LIBNC_OPTIMIZER_ADAM, .scalar = LIBNC_FLOAT32, .network = true, .batches = true},
    {LIBNC_OPTIMIZER_MOMENTUM, .scalar = LIBNC_FLOAT64, .network = true, .batches = true,
     .augments = true},
    {LIBNC_OPTIMIZER_MOMENTUM, .scalar = LIBNC_FLOAT64, .network = true},
    {LIBNC_OPTIMIZER_MOMENTUM, .scalar = LIBNC_FLOAT64, .backbone = true, .loss = 2},
    {LIBNC_OPTIMIZER_LBFGS, .scalar = LIBNC_FLOAT64, .backbone = true, .loss = 2},
    {LIBNC_OPTIMIZER_GRADIENT_DESCENT, .scalar = LIBNC_FLOAT32, .energies = true, .loss = 2},
    {LIBNC_OPTIMIZER_MOMENTUM, .scalar = LIBNC_FLOAT64, .energies = true, .batches = true},
    {LIBNC_OPTIMIZER_NESTEROV, .scalar = LIBNC_FLOAT64, .energies = true, .loss = 3},
    {LIBNC_OPTIMIZER_LBFGS, .scalar = LIBNC_FLOAT64, .energies = true, .loss = 2},
    {LIBNC_OPTIMIZER_LBFGS, .scalar = LIBNC_FLOAT32, .energies = true, .loss = 2},
    {LIBNC_OPTIMIZER_MOMENTUM, .scalar = LIBNC_FLOAT64, .repeats = true, .batches = true},
    {LIBNC_OPTIMIZER_ADAMW, .scalar = LIBNC_FLOAT64, .repeats = true, .weights = true, .loss = 2},
    {LIBNC_OPTIMIZER_ADAM, .scalar = LIBNC_FLOAT64, .weights = true, .batches = true, .loss = 3},
};

START_TEST(other_trainings_too)
{
    check_resumed(&others[_i], 300 + (uint64_t)_i);
}
END_TEST

/* Threads share the rows of a large problem. */
START_TEST(threads_too)
{
    const kind k = {LIBNC_OPTIMIZER_MOMENTUM, .scalar = LIBNC_FLOAT64, .reduces = true};
    must(libnc_context_set_threads(context, 2));
    check_resumed(&k, 400);
}
END_TEST

/* ---- what was changed on the way ---- */

static void write_features(run *r, uint64_t seed)
{
    double *values = random_values((int64_t)parameter_size(r->model, 0), 0.3, seed);
    must(libnc_model_set_parameter(r->model, 0, values, parameter_size(r->model, 0)));
    free(values);
}

/* A reduction in the middle of a training has directions for the velocity too; and what was written
 * but not yet trained goes into the file. */
START_TEST(features_written_on_the_way)
{
    const kind k = {_i ? LIBNC_OPTIMIZER_LBFGS : LIBNC_OPTIMIZER_NESTEROV, .scalar = LIBNC_FLOAT64,
                    .reduces = true};
    run alone = begin(&k, 1), saved = begin(&k, 1), resumed = begin(&k, 2);
    run *both[] = {&alone, &saved};
    for (int i = 0; i < 2; i++) {
        stop_of_step(both[i]->trainer, 4);
        write_features(both[i], 8);
    }
    must(libnc_trainer_save(saved.trainer, path));
    must(libnc_trainer_load(resumed.trainer, path));
    must(libnc_trainer_save(resumed.trainer, other_path));
    const content first = read_file(path), second = read_file(other_path);
    ck_assert(is_same_content(&first, &second));
    run *all[] = {&alone, &saved, &resumed};
    for (int i = 0; i < 3; i++)
        stop_of_step(all[i]->trainer, 6);
    compare(&alone, &saved);
    compare(&alone, &resumed);
    for (int i = 0; i < 3; i++) {
        write_features(all[i], 9);
        stop_of_step(all[i]->trainer, 3);
    }
    compare(&alone, &resumed);
    for (int i = 0; i < 3; i++)
        end_run(all[i]);
}
END_TEST

/* The order of an epoch is that of its first step, whatever the seed is now. */
START_TEST(a_seed_changed_in_an_epoch)
{
    const kind k = {LIBNC_OPTIMIZER_ADAM, .scalar = LIBNC_FLOAT64, .batches = true};
    run alone = begin(&k, 1), resumed = begin(&k, 2);
    stop_of_step(alone.trainer, 7);
    set_integer(&alone, LIBNC_TRAINER_OPTION_SEED, 22);
    set_integer(&resumed, LIBNC_TRAINER_OPTION_SEED, 22);
    must(libnc_trainer_save(alone.trainer, path));
    must(libnc_trainer_load(resumed.trainer, path));
    stop_of_step(alone.trainer, 9);
    stop_of_step(resumed.trainer, 9);
    compare(&alone, &resumed);
    end_run(&resumed);
    end_run(&alone);
}
END_TEST

/* Before the first step, too; and settings may be changed after loading. */
START_TEST(at_the_beginning)
{
    const kind k = {LIBNC_OPTIMIZER_MOMENTUM, .scalar = LIBNC_FLOAT32, .reduces = true};
    run alone = begin(&k, 1), resumed = begin(&k, 2);
    must(libnc_trainer_save(alone.trainer, path));
    must(libnc_trainer_load(resumed.trainer, path));
    set_rate(&alone, 0.05);
    set_rate(&resumed, 0.05);
    stop_of_step(alone.trainer, 5);
    stop_of_step(resumed.trainer, 5);
    compare(&alone, &resumed);
    end_run(&resumed);
    end_run(&alone);
}
END_TEST

/* ---- runs ---- */

static int32_t stop_at_seven(libnc_trainer *trainer, void *user)
{
    const int64_t done = libnc_trainer_iterations(trainer);
    must(libnc_trainer_save(trainer, path));
    ck_assert_int_eq(libnc_trainer_reason(trainer),
                     done == 11 ? LIBNC_STOP_ITERATIONS : LIBNC_STOP_NONE);
    ck_assert_int_eq(libnc_trainer_load(trainer, path), LIBNC_ERROR_STATE);
    (void)user;
    return done == 7;
}

/* A run that an observer ended goes on as if it had not; one that ended by itself ends again, and
 * goes on to a higher limit. */
START_TEST(runs_go_on)
{
    const kind k = {LIBNC_OPTIMIZER_MOMENTUM, .scalar = LIBNC_FLOAT64};
    run alone = begin(&k, 1), ended = begin(&k, 1), resumed = begin(&k, 2);
    run *all[] = {&alone, &ended, &resumed};
    for (int i = 0; i < 3; i++)
        set_integer(all[i], LIBNC_TRAINER_OPTION_ITERATIONS, 11);
    must(libnc_trainer_set_observer(ended.trainer, stop_at_seven, NULL));
    ck_assert_int_eq(stop_of_run(ended.trainer), LIBNC_STOP_OBSERVER);
    ck_assert_int_eq(libnc_trainer_reason(ended.trainer), LIBNC_STOP_NONE);
    ck_assert_int_eq(stop_of_run(alone.trainer), LIBNC_STOP_ITERATIONS);
    must(libnc_trainer_load(resumed.trainer, path));
    must(libnc_trainer_set_observer(resumed.trainer, stop_at_seven, NULL));
    ck_assert_int_eq(stop_of_run(resumed.trainer), LIBNC_STOP_ITERATIONS);
    compare(&alone, &resumed);
    must(libnc_trainer_load(ended.trainer, path)); /* its last pause */
    ck_assert_int_eq(stop_of_run(ended.trainer), LIBNC_STOP_ITERATIONS);
    compare(&alone, &ended);
    must(libnc_trainer_load(ended.trainer, path));
    set_integer(&ended, LIBNC_TRAINER_OPTION_ITERATIONS, 12);
    must(libnc_trainer_set_observer(ended.trainer, NULL, NULL));
    ck_assert_int_eq(stop_of_run(ended.trainer), LIBNC_STOP_ITERATIONS);
    ck_assert_int_eq(libnc_trainer_iterations(ended.trainer), 12);
    for (int i = 0; i < 3; i++)
        end_run(all[i]);
}
END_TEST

/* Between runs there is none to go on with: the next one starts with a check. */
START_TEST(saved_between_runs)
{
    const kind k = {LIBNC_OPTIMIZER_NESTEROV, .scalar = LIBNC_FLOAT64, .reduces = true};
    run alone = begin(&k, 1), resumed = begin(&k, 2);
    set_integer(&alone, LIBNC_TRAINER_OPTION_ITERATIONS, 5);
    set_integer(&resumed, LIBNC_TRAINER_OPTION_ITERATIONS, 5);
    stop_of_run(alone.trainer);
    must(libnc_trainer_save(alone.trainer, path));
    must(libnc_trainer_load(resumed.trainer, path));
    stop_of_run(alone.trainer);
    stop_of_run(resumed.trainer);
    ck_assert_int_eq(libnc_trainer_iterations(alone.trainer), 10);
    compare(&alone, &resumed);
    end_run(&resumed);
    end_run(&alone);
}
END_TEST

/* A run that its gradient ended. */
START_TEST(a_run_at_its_end)
{
    const kind k = {LIBNC_OPTIMIZER_LBFGS, .scalar = LIBNC_FLOAT64, .reduces = true};
    saver s = {.steps = {-1, -1, -1, -1, -1}};
    run alone = begin(&k, 1), resumed = begin(&k, 2);
    must(libnc_options_set_double(libnc_trainer_options(alone.trainer),
                                  LIBNC_TRAINER_OPTION_GRADIENT_TOLERANCE, 1e300));
    s.steps[0] = 0;
    must(libnc_trainer_set_observer(alone.trainer, observe, &s));
    ck_assert_int_eq(stop_of_run(alone.trainer), LIBNC_STOP_GRADIENT);
    must(libnc_trainer_load(resumed.trainer, save_path(0)));
    ck_assert_int_eq(stop_of_run(resumed.trainer), LIBNC_STOP_GRADIENT);
    compare(&alone, &resumed);
    unlink(save_path(0));
    end_run(&resumed);
    end_run(&alone);
}
END_TEST

/* ---- attachments ---- */

START_TEST(attachments)
{
    const kind k = {LIBNC_OPTIMIZER_ADAM, .scalar = LIBNC_FLOAT64};
    run saved = begin(&k, 1), loaded = begin(&k, 2);
    char bytes[16] = "";
    ck_assert_uint_eq(libnc_trainer_attachment_size(NULL), 0);
    for (size_t size = 0; size <= 9; size++) {
        must(libnc_trainer_set_attachment(saved.trainer, "a\0bcdefgh", size));
        must(libnc_trainer_set_attachment(loaded.trainer, "old", 3));
        must(libnc_trainer_save(saved.trainer, path));
        must(libnc_trainer_load(loaded.trainer, path));
        ck_assert_uint_eq(libnc_trainer_attachment_size(loaded.trainer), size);
        must(libnc_trainer_attachment(loaded.trainer, bytes, size));
        ck_assert_mem_eq(bytes, "a\0bcdefgh", size);
    }
    must(libnc_trainer_set_attachment(saved.trainer, NULL, 0));
    ck_assert_uint_eq(libnc_trainer_attachment_size(saved.trainer), 0);
    FAILS(libnc_trainer_set_attachment(saved.trainer, NULL, 1), LIBNC_ERROR_ARGUMENT, "bytes");
    FAILS(libnc_trainer_attachment(loaded.trainer, bytes, 8), LIBNC_ERROR_DIMENSION, "size = 8");
    end_run(&loaded);
    end_run(&saved);
}
END_TEST

/* ---- other settings ---- */

typedef struct other {
    kind k;
    void (*change)(run *r); /* NULL for none */
    libnc_status code;
    const char *text;
} other;

static void other_batch(run *r)
{
    set_integer(r, LIBNC_TRAINER_OPTION_BATCH_SIZE, 5);
}

static void other_seed(run *r)
{
    set_integer(r, LIBNC_TRAINER_OPTION_SEED, 4503599627370497);
}

static void other_rate(run *r)
{
    set_rate(r, 0.1 * (1 + 1e-15));
}

static void other_decay(run *r)
{
    must(libnc_penalty_set_decay(r->penalty, "head.2.weight", 0.25));
}

static void with_energies(run *r)
{
    must(libnc_penalty_set_energies(r->penalty, 1, 1));
}

static void with_weights(run *r)
{
    const double weights[K] = {1, 2, 3};
    must(libnc_loss_set_class_weights(r->loss, weights, K));
}

static void with_repeats(run *r)
{
    const int64_t repeats[K] = {1, 2, 3};
    must(libnc_trainer_set_repeats(r->trainer, repeats, K));
}

#define SGD LIBNC_OPTIMIZER_MOMENTUM, LIBNC_SCHEDULE_STEP

static const other differences[] = {
    {{LIBNC_OPTIMIZER_ADAM, LIBNC_SCHEDULE_STEP, .scalar = LIBNC_FLOAT64},
     NULL,
     LIBNC_ERROR_ARGUMENT,
     "optimizer = momentum: must be adam"},
    {{LIBNC_OPTIMIZER_MOMENTUM, LIBNC_SCHEDULE_COSINE, .scalar = LIBNC_FLOAT64},
     NULL,
     LIBNC_ERROR_ARGUMENT,
     "schedule of the optimizer = step: must be cosine"},
    {{SGD, .scalar = LIBNC_FLOAT32},
     NULL,
     LIBNC_ERROR_ARGUMENT,
     "scalar = float64: must be float32"},
    {{SGD, .scalar = LIBNC_FLOAT64, .reduces = true},
     NULL,
     LIBNC_ERROR_ARGUMENT,
     "reduction of the trainer = off: must be auto"},
    {{SGD, .scalar = LIBNC_FLOAT64, .loss = 2},
     NULL,
     LIBNC_ERROR_ARGUMENT,
     "loss = mse: must be ce"},
    {{SGD, .scalar = LIBNC_FLOAT64, .energies = true},
     NULL,
     LIBNC_ERROR_DIMENSION,
     "depth = 2: must be 1"},
    {{SGD, .scalar = LIBNC_FLOAT64, .backbone = true},
     NULL,
     LIBNC_ERROR_DIMENSION,
     "samples of free features = 17: must be 0"},
    {{SGD, .scalar = LIBNC_FLOAT64},
     other_batch,
     LIBNC_ERROR_ARGUMENT,
     "batch_size of the trainer = 0"},
    {{SGD, .scalar = LIBNC_FLOAT64},
     other_seed,
     LIBNC_ERROR_ARGUMENT,
     "seed of the trainer = 21: must be 4.5036e+15"},
    {{SGD, .scalar = LIBNC_FLOAT64},
     other_rate,
     LIBNC_ERROR_ARGUMENT,
     "learning_rate of the optimizer = 0.10000000000000001: must be 0.1000000000000001"},
    {{SGD, .scalar = LIBNC_FLOAT64},
     other_decay,
     LIBNC_ERROR_ARGUMENT,
     "decay of head.2.weight = 0.015: must be 0.25, as in this trainer"},
    {{SGD, .scalar = LIBNC_FLOAT64},
     with_weights,
     LIBNC_ERROR_ARGUMENT,
     "number of class weights = 0: must be 3"},
    {{SGD, .scalar = LIBNC_FLOAT64},
     with_repeats,
     LIBNC_ERROR_ARGUMENT,
     "number of repeats = 0: must be 3"},
};

/* Says which setting differs, and changes nothing. */
START_TEST(other_settings_are_named)
{
    const kind k = {SGD, .scalar = LIBNC_FLOAT64};
    const other *o = &differences[_i];
    run saved = begin(&k, 1), twin = begin(&o->k, 3), kept = begin(&o->k, 3);
    stop_of_step(saved.trainer, 5);
    must(libnc_trainer_save(saved.trainer, path));
    run *both[] = {&twin, &kept};
    for (int i = 0; i < 2; i++) {
        if (o->change)
            o->change(both[i]);
        stop_of_step(both[i]->trainer, 4);
    }
    FAILS(libnc_trainer_load(kept.trainer, path), o->code, o->text);
    for (int i = 0; i < 2; i++)
        stop_of_step(both[i]->trainer, 4);
    compare(&twin, &kept);
    end_run(&kept);
    end_run(&twin);
    end_run(&saved);
}
END_TEST

/* Energies in place of decays, in a model of one layer. */
START_TEST(energies_are_named)
{
    const kind k = {LIBNC_OPTIMIZER_MOMENTUM, .scalar = LIBNC_FLOAT64, .energies = true};
    run saved = begin(&k, 1), kept = begin(&k, 2);
    with_energies(&saved);
    must(libnc_trainer_save(saved.trainer, path));
    FAILS(libnc_trainer_load(kept.trainer, path), LIBNC_ERROR_ARGUMENT,
          "classifier_energy = 1: must be 0.8");
    end_run(&kept);
    end_run(&saved);
}
END_TEST

/* One pixel, or one label, of other data. */
START_TEST(other_data_is_seen)
{
    const kind k = {LIBNC_OPTIMIZER_ADAM, .scalar = LIBNC_FLOAT32, .backbone = true};
    run saved = begin(&k, 1), kept = begin(&k, 2);
    stop_of_step(saved.trainer, 2);
    must(libnc_trainer_save(saved.trainer, path));
    libnc_dataset *data = random_dataset(k.scalar, 17, INPUTS, K, 6);
    run r = make_run(model_of(&k), LIBNC_LOSS_MSE, k.optimizer, data);
    set_optimizer(&r, &k);
    set_decays(&r, 1e-2);
    FAILS(libnc_trainer_load(r.trainer, path), LIBNC_ERROR_ARGUMENT, "fingerprint of the dataset");
    must(libnc_trainer_load(kept.trainer, path));
    end_run(&r);
    end_run(&kept);
    end_run(&saved);
}
END_TEST

/* ---- training that diverged ---- */

START_TEST(a_diverged_training_leaves_the_file)
{
    const kind k = {LIBNC_OPTIMIZER_MOMENTUM, .scalar = LIBNC_FLOAT32};
    run r = begin(&k, 1), fresh = begin(&k, 2);
    must(libnc_trainer_save(r.trainer, path));
    const content before = read_file(path);
    set_rate(&r, 1e30);
    ck_assert_int_eq(libnc_trainer_step(r.trainer, 100, NULL), LIBNC_ERROR_NOT_FINITE);
    FAILS(libnc_trainer_save(r.trainer, path), LIBNC_ERROR_NOT_FINITE, "diverged");
    const content after = read_file(path);
    ck_assert(is_same_content(&before, &after));
    set_rate(&r, 0.1);
    must(libnc_trainer_load(r.trainer, path)); /* and brings it back */
    must(libnc_trainer_load(fresh.trainer, path));
    stop_of_step(r.trainer, 3);
    stop_of_step(fresh.trainer, 3);
    compare(&r, &fresh);
    end_run(&fresh);
    end_run(&r);
}
END_TEST

/* The model alone, out of a checkpoint. */
START_TEST(a_model_out_of_a_checkpoint)
{
    const kind k = {LIBNC_OPTIMIZER_LBFGS, .scalar = LIBNC_FLOAT32, .reduces = true};
    run r = begin(&k, 1);
    libnc_model *model;
    stop_of_step(r.trainer, 5);
    must(libnc_trainer_save(r.trainer, path));
    must(libnc_model_load(&model, context, path));
    compare_models(model, r.model);
    must(libnc_model_save(model, other_path));
    FAILS(libnc_trainer_load(r.trainer, other_path), LIBNC_ERROR_FORMAT, "a model alone");
    libnc_model_destroy(model);
    end_run(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("checkpoint");
    TCase *tests = add_case(suite, "checkpoint", 60);
    tcase_add_checked_fixture(tests, setup_folder, teardown_folder);
    tcase_add_loop_test(tests, resumed_runs_have_the_same_bits, 0, MATRIX);
    tcase_add_loop_test(tests, other_trainings_too, 0, sizeof others / sizeof *others);
    tcase_add_test(tests, threads_too);
    tcase_add_loop_test(tests, features_written_on_the_way, 0, 2);
    tcase_add_test(tests, a_seed_changed_in_an_epoch);
    tcase_add_test(tests, at_the_beginning);
    tcase_add_test(tests, runs_go_on);
    tcase_add_test(tests, saved_between_runs);
    tcase_add_test(tests, a_run_at_its_end);
    tcase_add_test(tests, attachments);
    tcase_add_loop_test(tests, other_settings_are_named, 0,
                        sizeof differences / sizeof *differences);
    tcase_add_test(tests, energies_are_named);
    tcase_add_test(tests, other_data_is_seen);
    tcase_add_test(tests, a_diverged_training_leaves_the_file);
    tcase_add_test(tests, a_model_out_of_a_checkpoint);
    return run_suite(suite);
}
