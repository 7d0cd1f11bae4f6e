/* SPDX-License-Identifier: MIT
 *
 * test_faults.c: the allocations of every public function failed in turn, once and from then on.
 *
 * A failed call returns LIBNC_ERROR_MEMORY, leaks nothing, leaves its outputs untouched and every
 * handle as it was; the same call then succeeds and gives the bits that it gives in a twin world
 * that never saw a fault. What cannot allocate is called while nothing can be allocated. The last
 * test asks that every function of the headers is in one of the two groups.
 */
#include "support/interface.h"
#include "support/suite.h"
#include "support/world.h"

#include <unistd.h>
#include <zlib.h>

/* What calls make. */
typedef struct outputs {
    libnc_random *random;
    libnc_classes *classes;
    libnc_dataset *first, *second;
    libnc_model *model;
    libnc_loss *loss;
    libnc_penalty *penalty;
    libnc_optimizer *optimizer;
    libnc_trainer *trainer;
    libnc_geometry *geometry;
    libnc_curvature *curvature;
    libnc_report *report;
    libnc_minority *minority;
    libnc_accumulator *accumulator;
    libnc_array *array;
    libnc_array_writer *writer;
    double values[512];
} outputs;

static outputs made;

typedef struct fault_case {
    const char *function, *variant;
    libnc_status (*call)(world *w);
    void (*prepare)(world *w);           /* what comes before the call; NULL for nothing */
    void (*follow)(world *w, record *r); /* what must go on working; NULL for nothing */
    int32_t scalar, loss, optimizer;     /* 0: float64, MSE, momentum */
    bool keeps; /* room for the history may stay, unseen, until the handle goes */
} fault_case;

static void record_outputs(record *r)
{
    record_classes(r, made.classes);
    if (made.first)
        record_dataset(r, made.first);
    if (made.second)
        record_dataset(r, made.second);
    record_model(r, made.model);
    record_options(r, libnc_loss_options(made.loss));
    record_options(r, libnc_optimizer_options(made.optimizer));
    record_trainer(r, made.trainer);
    record_geometry(r, made.geometry);
    record_minority(r, made.minority);
    record_accumulator(r, made.accumulator);
    record_bytes(r, made.values, sizeof made.values);
}

static void clear_outputs(void)
{
    libnc_array_writer_destroy(made.writer);
    libnc_array_destroy(made.array);
    libnc_accumulator_destroy(made.accumulator);
    libnc_minority_destroy(made.minority);
    libnc_report_destroy(made.report);
    libnc_geometry_destroy(made.geometry);
    libnc_curvature_destroy(made.curvature);
    libnc_trainer_destroy(made.trainer);
    libnc_optimizer_destroy(made.optimizer);
    libnc_penalty_destroy(made.penalty);
    libnc_loss_destroy(made.loss);
    libnc_model_destroy(made.model);
    libnc_dataset_destroy(made.second);
    libnc_dataset_destroy(made.first);
    libnc_classes_destroy(made.classes);
    libnc_random_destroy(made.random);
    memset(&made, 0, sizeof made);
}

static void begin(world *w, const fault_case *c)
{
    memset(&made, 0, sizeof made);
    world_create(w, c->scalar ? c->scalar : LIBNC_FLOAT64, c->loss ? c->loss : LIBNC_LOSS_MSE,
                 c->optimizer ? c->optimizer : LIBNC_OPTIMIZER_MOMENTUM);
    if (c->prepare)
        c->prepare(w);
}

/* The world and the outputs after the call, and after what follows. */
static void finish(world *w, const fault_case *c, record *r)
{
    world_record(w, r);
    record_outputs(r);
    if (c->follow)
        c->follow(w, r);
    clear_outputs();
    world_destroy(w);
}

static void fail_one(const fault_case *c, int64_t n, int from_then_on, const record *before,
                     const record *after)
{
    static record seen;
    static const outputs none;
    char what[160];
    world w;
    snprintf(what, sizeof what, "%s (%s), allocation %lld %s", c->function, c->variant,
             (long long)n, from_then_on ? "and all later ones" : "alone");
    begin(&w, c);
    const int64_t live = w.memory.live, live_bytes = w.memory.live_bytes;
    w.memory.fail_at = w.memory.calls + n;
    w.memory.from_then_on = from_then_on;
    libnc_status status = c->call(&w);
    w.memory.fail_at = 0;
    ck_assert_msg(w.memory.failed > 0, "%s: not reached", what);
    ck_assert_msg(status == LIBNC_ERROR_MEMORY, "%s: status %d", what, (int)status);
    ck_assert_msg(strstr(libnc_context_error(w.context), "memory") != NULL, "%s: \"%s\"", what,
                  libnc_context_error(w.context));
    ck_assert_msg(c->keeps ? w.memory.live - live <= 1
                           : w.memory.live == live && w.memory.live_bytes == live_bytes,
                  "%s: %lld blocks and %lld bytes leaked", what, (long long)(w.memory.live - live),
                  (long long)(w.memory.live_bytes - live_bytes));
    ck_assert_msg(memcmp(&made, &none, sizeof made) == 0, "%s: an output was written", what);
    world_record(&w, &seen);
    ck_assert_same_record(&seen, before, what);
    status = c->call(&w);
    ck_assert_msg(status >= 0, "%s, and again without faults: status %d, %s", what, (int)status,
                  libnc_context_error(w.context));
    finish(&w, c, &seen);
    ck_assert_same_record(&seen, after, what);
}

/* Every allocation up to EACH, then ever fewer, and the last: calls that iterate repeat their
 * allocations, and each failure costs a whole call. */
static int64_t next_failure(int64_t n, int64_t count)
{
    enum { EACH = 256 };
    const int64_t next = n < EACH ? n + 1 : n + 1 + n / 8;
    return n < count && next > count ? count : next;
}

static void check_case(const fault_case *c)
{
    static record before, after;
    world w;
    begin(&w, c);
    world_record(&w, &before);
    const int64_t calls = w.memory.calls;
    libnc_status status = c->call(&w);
    ck_assert_msg(status >= 0, "%s (%s): status %d, %s", c->function, c->variant, (int)status,
                  libnc_context_error(w.context));
    const int64_t count = w.memory.calls - calls;
    finish(&w, c, &after);
    ck_assert_msg(count > 0, "%s (%s) allocates nothing", c->function, c->variant);
    for (int64_t n = 1; n <= count; n = next_failure(n, count)) {
        fail_one(c, n, 0, &before, &after);
        fail_one(c, n, 1, &before, &after);
    }
}

/* ---- base and data ---- */

static libnc_status call_threads(world *w)
{
    return libnc_context_set_threads(w->context, 3);
}

static void prepare_two_threads(world *w)
{
    must(libnc_context_set_threads(w->context, 2));
}

static libnc_status call_random_create(world *w)
{
    return libnc_random_create(&made.random, w->context, 5);
}

static libnc_status call_random_split(world *w)
{
    return libnc_random_split(&made.random, w->random, 5);
}

/* The numbers of the child, and of a parent that did not move. */
static void follow_random(world *w, record *r)
{
    uint64_t words[4];
    must(libnc_random_words(made.random, words, 4));
    record_bytes(r, words, sizeof words);
    must(libnc_random_words(w->random, words, 4));
    record_bytes(r, words, sizeof words);
}

static libnc_status call_from_counts(world *w)
{
    return libnc_classes_from_counts(&made.classes, w->context, world_counts, WORLD_CLASSES);
}

static libnc_status call_from_labels(world *w)
{
    const int32_t labels[4] = {1, 0, 2, 1};
    return libnc_classes_from_labels(&made.classes, w->context, labels, 4);
}

static libnc_status call_balanced(world *w)
{
    return libnc_classes_balanced(&made.classes, w->context, 4, 5);
}

static libnc_status call_classes_step(world *w)
{
    return libnc_classes_step(&made.classes, w->context, 4, 2, 10, 1);
}

static libnc_status call_long_tailed(world *w)
{
    return libnc_classes_long_tailed(&made.classes, w->context, 4, 100, 10);
}

static libnc_status call_from_memory(world *w)
{
    return libnc_dataset_from_memory(&made.first, w->context, LIBNC_FLOAT64,
                                     libnc_dataset_inputs(w->dataset),
                                     libnc_dataset_labels(w->dataset), WORLD_SAMPLES, WORLD_INPUTS);
}

static libnc_status call_gaussian(world *w)
{
    return libnc_dataset_gaussian(&made.first, w->classes, LIBNC_FLOAT32, 6, 1, 0.1, 9);
}

static libnc_status call_select(world *w)
{
    return libnc_dataset_select(&made.first, w->dataset, w->scratch, 4);
}

static void prepare_fewer(world *w)
{
    libnc_classes *fewer;
    must(libnc_classes_balanced(&fewer, w->context, WORLD_CLASSES, 2));
    w->scratch = fewer;
}

static void follow_fewer(world *w, record *r)
{
    (void)r;
    libnc_classes_destroy(w->scratch);
}

static libnc_status call_split(world *w)
{
    return libnc_dataset_split(&made.first, &made.second, w->dataset, 0.4, 4);
}

/* 3 samples of 2 unsigned bytes, 2 classes. */
static const unsigned char idx_inputs[] = {0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 2, 9, 8, 7, 6, 5, 4};
static const unsigned char idx_labels[] = {0, 0, 8, 1, 0, 0, 0, 3, 1, 0, 1};
static char idx_paths[2][64];

static void write_idx(const char *mode)
{
    const unsigned char *contents[2] = {idx_inputs, idx_labels};
    const unsigned sizes[2] = {sizeof idx_inputs, sizeof idx_labels};
    for (int i = 0; i < 2; i++) {
        strcpy(idx_paths[i], "/tmp/libnc_faults_XXXXXX");
        int file = mkstemp(idx_paths[i]);
        ck_assert_int_ge(file, 0);
        close(file);
        gzFile out = gzopen(idx_paths[i], mode);
        ck_assert_ptr_nonnull(out);
        ck_assert_int_eq(gzwrite(out, contents[i], sizes[i]), (int)sizes[i]);
        ck_assert_int_eq(gzclose(out), Z_OK);
    }
}

static void prepare_idx(world *w)
{
    (void)w;
    write_idx("wbT"); /* without compression or header */
}

static void prepare_idx_gzip(world *w)
{
    (void)w;
    write_idx("wb9");
}

static libnc_status call_from_idx(world *w)
{
    return libnc_dataset_from_idx(&made.first, w->context, LIBNC_FLOAT32, idx_paths[0],
                                  idx_paths[1]);
}

static void follow_idx(world *w, record *r)
{
    (void)w;
    (void)r;
    ck_assert_int_eq(remove(idx_paths[0]), 0);
    ck_assert_int_eq(remove(idx_paths[1]), 0);
}

/* ---- models ---- */

static libnc_status call_create_free(world *w)
{
    return libnc_model_create_free(&made.model, w->context, LIBNC_FLOAT32, w->classes, WORLD_DEPTH,
                                   world_widths, 1);
}

static libnc_status call_create_backbone(world *w)
{
    const int64_t layers[2] = {3, 4};
    const int32_t activations[2] = {LIBNC_ACTIVATION_RELU, LIBNC_ACTIVATION_IDENTITY};
    return libnc_model_create_backbone(&made.model, w->context, LIBNC_FLOAT64, 7, 2, layers,
                                       activations, 5, WORLD_DEPTH, world_widths, 1);
}

static libnc_status call_create_bare(world *w)
{
    return libnc_model_create_backbone(&made.model, w->context, LIBNC_FLOAT64, 4, 0, NULL, NULL, 5,
                                       WORLD_DEPTH, world_widths, 0);
}

static libnc_status call_gaussian_free(world *w)
{
    return libnc_model_initialise(w->model, LIBNC_INITIALISE_GAUSSIAN, 0.25, 11);
}

static libnc_status call_orthogonal_free(world *w)
{
    return libnc_model_initialise(w->model, LIBNC_INITIALISE_ORTHOGONAL, 2, 11);
}

static libnc_status call_orthogonal_backbone(world *w)
{
    return libnc_model_initialise(w->backbone, LIBNC_INITIALISE_ORTHOGONAL, 2, 11);
}

static libnc_status call_kaiming_backbone(world *w)
{
    return libnc_model_initialise(w->backbone, LIBNC_INITIALISE_KAIMING, 2, 11);
}

static libnc_status call_evaluate_free(world *w)
{
    return libnc_model_evaluate(w->model, NULL, WORLD_DEPTH + 1, made.values,
                                WORLD_SAMPLES * WORLD_CLASSES);
}

static libnc_status call_evaluate_backbone(world *w)
{
    return libnc_model_evaluate(w->backbone, w->dataset, 2, made.values,
                                (size_t)(WORLD_SAMPLES * world_widths[1]));
}

/* ---- loss, penalty, optimizer ---- */

static const double class_weights[WORLD_CLASSES] = {1, 2, 0.5};

static libnc_status call_loss_create(world *w)
{
    return libnc_loss_create(&made.loss, w->context, LIBNC_LOSS_FOCAL);
}

static libnc_status call_weights(world *w)
{
    return libnc_loss_set_class_weights(w->loss, class_weights, WORLD_CLASSES);
}

static void prepare_other_weights(world *w)
{
    const double other[2] = {3, 4};
    must(libnc_loss_set_class_weights(w->loss, other, 2));
}

static const double logits[6] = {0.5, -1, 2, 0, 1, 0.25};
static const int32_t two_labels[2] = {2, 0};

/* The weights that a loss has show in its values. */
static void follow_weights(world *w, record *r)
{
    double value = 0, gradient[6] = {0};
    record_double(r, libnc_loss_evaluate(w->loss, logits, two_labels, 2, 3, &value, gradient));
    record_double(r, value);
    record_bytes(r, gradient, sizeof gradient);
}

static libnc_status call_loss_value(world *w)
{
    return libnc_loss_evaluate(w->loss, logits, two_labels, 2, 3, made.values, NULL);
}

static libnc_status call_penalty_create(world *w)
{
    return libnc_penalty_create(&made.penalty, w->backbone);
}

static libnc_status call_optimizer_create(world *w)
{
    return libnc_optimizer_create(&made.optimizer, w->context, LIBNC_OPTIMIZER_ADAMW);
}

/* ---- trainers: every way in which steps are taken ---- */

static libnc_status call_trainer_create(world *w)
{
    return libnc_trainer_create(&made.trainer, w->backbone, w->loss, w->backbone_penalty,
                                w->optimizer, w->dataset);
}

static libnc_status call_step(world *w)
{
    return libnc_trainer_step(w->trainer, 2, NULL);
}

static libnc_status call_run(world *w)
{
    int32_t reason = -1;
    const libnc_status status = libnc_trainer_run(w->trainer, &reason);
    ck_assert_int_eq(reason, status == LIBNC_OK ? LIBNC_STOP_ITERATIONS : -1);
    return status;
}

static libnc_status call_trainer_geometry(world *w)
{
    return libnc_trainer_geometry(&made.geometry, w->trainer);
}

static libnc_status call_evaluate(world *w)
{
    return libnc_trainer_evaluate(w->trainer, &made.values[0], &made.values[1], &made.values[2]);
}

static libnc_status call_gradient(world *w)
{
    return libnc_trainer_gradient(w->trainer, 0, made.values,
                                  (size_t)(WORLD_SAMPLES * world_widths[0]));
}

/* Steps show the state that cannot be asked for: velocities, pairs of L-BFGS, minibatch order. */
static void follow_training(world *w, record *r)
{
    double evaluated[3];
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(libnc_trainer_step(w->trainer, 2, NULL), LIBNC_OK);
        must(libnc_trainer_evaluate(w->trainer, &evaluated[0], &evaluated[1], &evaluated[2]));
        record_bytes(r, evaluated, sizeof evaluated);
    }
    record_trainer(r, w->trainer);
    record_model(r, libnc_trainer_model(w->trainer));
}

static void set_whole(world *w, int32_t key, int64_t value)
{
    must(libnc_options_set_int64(libnc_trainer_options(w->trainer), key, value));
}

static void prepare_trainer(world *w)
{
    world_train(w);
}

static void prepare_unreduced(world *w)
{
    world_train(w);
    set_whole(w, LIBNC_TRAINER_OPTION_REDUCTION, 0);
}

static void prepare_unreduced_threads(world *w)
{
    prepare_two_threads(w);
    prepare_unreduced(w);
}

static void prepare_minibatch(world *w)
{
    world_train(w);
    set_whole(w, LIBNC_TRAINER_OPTION_BATCH_SIZE, 5);
}

static void prepare_backbone(world *w)
{
    must(libnc_trainer_create(&w->trainer, w->backbone, w->loss, w->backbone_penalty, w->optimizer,
                              w->dataset));
}

static void prepare_backbone_minibatch(world *w)
{
    prepare_backbone(w);
    set_whole(w, LIBNC_TRAINER_OPTION_BATCH_SIZE, 5);
}

/* A layer of the head far narrower than K, and few samples: the dense gradient is cheaper than the
 * chain. */
static void prepare_layered(world *w)
{
    const int64_t counts[12] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, widths[3] = {1, 1, 1};
    libnc_model_destroy(w->model);
    libnc_penalty_destroy(w->penalty);
    libnc_classes_destroy(w->classes);
    must(libnc_classes_from_counts(&w->classes, w->context, counts, 12));
    must(libnc_model_create_free(&w->model, w->context, LIBNC_FLOAT64, w->classes, 3, widths, 1));
    must(libnc_model_initialise(w->model, LIBNC_INITIALISE_GAUSSIAN, 0.5, 7));
    must(libnc_penalty_create(&w->penalty, w->model));
    world_train(w);
}

/* ---- oversampling and energies ---- */

static const int64_t three_repeats[WORLD_CLASSES] = {1, 2, 3};

static libnc_status call_repeats(world *w)
{
    return libnc_trainer_set_repeats(w->trainer, three_repeats, WORLD_CLASSES);
}

static void prepare_other_repeats(world *w)
{
    prepare_minibatch(w);
    must(libnc_trainer_set_repeats(w->trainer, (int64_t[]){3, 1, 1}, WORLD_CLASSES));
    ck_assert_int_eq(libnc_trainer_step(w->trainer, 3, NULL), LIBNC_OK);
}

static void prepare_repeats(world *w)
{
    prepare_other_repeats(w);
    must(call_repeats(w));
}

/* One layer, energies for decays. */
static void prepare_energies(world *w)
{
    libnc_model_destroy(w->model);
    libnc_penalty_destroy(w->penalty);
    must(libnc_model_create_free(&w->model, w->context, LIBNC_FLOAT64, w->classes, 1, world_widths,
                                 1));
    must(libnc_model_initialise(w->model, LIBNC_INITIALISE_GAUSSIAN, 0.5, 7));
    must(libnc_penalty_create(&w->penalty, w->model));
    must(libnc_penalty_set_energies(w->penalty, 0.5, 2));
    world_train(w);
}

static void prepare_energies_later(world *w)
{
    prepare_energies(w);
    must(libnc_penalty_set_energies(w->penalty, 0, 0));
    ck_assert_int_eq(libnc_trainer_step(w->trainer, 3, NULL), LIBNC_OK);
    must(libnc_penalty_set_energies(w->penalty, 0.5, 2));
}

static void steps(world *w, int64_t count)
{
    ck_assert_int_eq(libnc_trainer_step(w->trainer, count, NULL), LIBNC_OK);
}

/* Plans that have to be left for another: see what changed in the name. */
static void prepare_reduction_off(world *w)
{
    world_train(w);
    steps(w, 3);
    ck_assert_int_eq(libnc_trainer_is_reduced(w->trainer), 1);
    set_whole(w, LIBNC_TRAINER_OPTION_REDUCTION, 0);
}

static void prepare_reduction_on(world *w)
{
    prepare_unreduced(w);
    steps(w, 3);
    set_whole(w, LIBNC_TRAINER_OPTION_REDUCTION, 1);
}

static void prepare_smaller_batch(world *w)
{
    world_train(w);
    steps(w, 3);
    set_whole(w, LIBNC_TRAINER_OPTION_BATCH_SIZE, 4);
}

static void prepare_other_batch(world *w)
{
    prepare_minibatch(w);
    steps(w, 4);
    set_whole(w, LIBNC_TRAINER_OPTION_BATCH_SIZE, 4);
}

static void prepare_other_threads(world *w)
{
    prepare_unreduced(w);
    steps(w, 3);
    prepare_two_threads(w);
}

static void prepare_weights_later(world *w)
{
    world_train(w);
    steps(w, 3);
    must(libnc_loss_set_class_weights(w->loss, class_weights, WORLD_CLASSES));
}

static void prepare_features_written(world *w)
{
    double values[256];
    const size_t size = (size_t)(WORLD_SAMPLES * world_widths[0]);
    world_train(w);
    steps(w, 3);
    must(libnc_model_get_parameter(w->model, 0, values, size));
    for (size_t i = 0; i < size; i++)
        values[i] = -values[i] + 0.01 * (double)i;
    must(libnc_model_set_parameter(w->model, 0, values, size));
}

static void prepare_steps_done(world *w)
{
    world_train(w);
    steps(w, 3);
}

/* 64 rows: the next one needs room. */
static void prepare_full_history(world *w)
{
    world_train(w);
    set_whole(w, LIBNC_TRAINER_OPTION_CHECK_EVERY, 1);
    set_whole(w, LIBNC_TRAINER_OPTION_ITERATIONS, 63);
    must(libnc_trainer_run(w->trainer, NULL));
    ck_assert_int_eq(libnc_trainer_history_rows(w->trainer), 64);
    set_whole(w, LIBNC_TRAINER_OPTION_ITERATIONS, 5);
}

/* ---- geometry and reports ---- */

static libnc_status call_geometry_create(world *w)
{
    return libnc_geometry_create(&made.geometry, w->classes, 3);
}

static libnc_status call_solve(world *w)
{
    return libnc_geometry_solve(w->geometry);
}

/* ---- deep cross-entropy ---- */

/* Two classes' worth of directions is all that this takes: the fewest starts. */
static void prepare_search(world *w)
{
    libnc_options *options = libnc_geometry_options(w->geometry);
    must(libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_LOSS, LIBNC_LOSS_CROSS_ENTROPY));
    must(libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_WIDTH, 1));
    must(libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_STARTS, 1));
}

static void prepare_searched(world *w)
{
    prepare_search(w);
    must(libnc_geometry_solve(w->geometry));
}

static libnc_status call_curvature_create(world *w)
{
    return libnc_curvature_create(&made.curvature, w->geometry, LIBNC_CURVATURE_SOLUTION);
}

static libnc_status call_structure(world *w)
{
    int32_t kind;
    const libnc_status status = libnc_geometry_structure(w->geometry, &kind);
    if (status == LIBNC_OK)
        made.values[0] = kind;
    return status;
}

static libnc_status call_class_sets(world *w)
{
    int32_t sets[WORLD_CLASSES];
    const libnc_status status =
        libnc_geometry_class_sets(w->geometry, sets, NULL, NULL, WORLD_CLASSES);
    for (int k = 0; k < WORLD_CLASSES && status == LIBNC_OK; k++)
        made.values[k] = sets[k];
    return status;
}

static libnc_status call_multiplicities(world *w)
{
    int64_t values[WORLD_CLASSES];
    const libnc_status status = libnc_geometry_multiplicities(w->geometry, values, WORLD_CLASSES);
    for (int k = 0; k < WORLD_CLASSES && status == LIBNC_OK; k++)
        made.values[k] = (double)values[k];
    return status;
}

static void prepare_bias(world *w)
{
    must(libnc_options_set_int64(libnc_geometry_options(w->geometry), LIBNC_GEOMETRY_OPTION_BIAS,
                                 1));
}

static void prepare_bias_solved(world *w)
{
    prepare_bias(w);
    must(libnc_geometry_solve(w->geometry));
}

enum { SQUARE = WORLD_CLASSES * WORLD_CLASSES };

static libnc_status call_classifier_gram(world *w)
{
    return libnc_geometry_classifier_gram(w->geometry, 1, made.values, SQUARE);
}

static libnc_status call_feature_gram(world *w)
{
    return libnc_geometry_feature_gram(w->geometry, 2, made.values, SQUARE);
}

static libnc_status call_logits(world *w)
{
    return libnc_geometry_logits(w->geometry, made.values, SQUARE);
}

/* ---- closed forms ---- */

static libnc_status call_seli_values(world *w)
{
    return libnc_seli_singular_values(w->classes, made.values, WORLD_CLASSES);
}

static libnc_status call_seli_lengths(world *w)
{
    return libnc_seli_lengths(w->classes, made.values, made.values + WORLD_CLASSES, WORLD_CLASSES);
}

static libnc_status call_seli_grams(world *w)
{
    return libnc_seli_grams(w->classes, 1, made.values, made.values + SQUARE, SQUARE);
}

static const double regression_targets[6] = {1, 2, 4, 3, 0, 1};
static const double covariance_of_two[4] = {2, 1, 1, 2};

static libnc_status call_moments(world *w)
{
    return libnc_regression_moments(w->context, regression_targets, 3, 2, made.values,
                                    made.values + 2);
}

static libnc_status call_regression(world *w)
{
    return libnc_regression_solve(w->context, covariance_of_two, 2, 0.1, 0.2, 0, made.values,
                                  made.values + 1, NULL, NULL);
}

static libnc_status call_regression_matrices(world *w)
{
    return libnc_regression_matrices(w->context, covariance_of_two, 2, 0.1, 0.2, 0, made.values,
                                     made.values + 4, made.values + 8, made.values + 12);
}

static libnc_status call_parsimony(world *w)
{
    const double ones[2] = {1, 1};
    return libnc_parsimony_run(w->context, 2, ones, ones, 0.1, 1, 4, 2, made.values, 6);
}

static libnc_status call_parsimony_subspace(world *w)
{
    int64_t dimension;
    return libnc_parsimony_subspace(w->context, regression_targets, regression_targets, 2, 3, 1e-10,
                                    made.values, 9, &dimension);
}

/* ---- cross-entropy with one layer ---- */

static void prepare_shallow(world *w)
{
    libnc_geometry_destroy(w->geometry);
    must(libnc_geometry_create(&w->geometry, w->classes, 1));
    must(libnc_options_set_int64(libnc_geometry_options(w->geometry), LIBNC_GEOMETRY_OPTION_LOSS,
                                 LIBNC_LOSS_CROSS_ENTROPY));
}

static void prepare_shallow_solved(world *w)
{
    prepare_shallow(w);
    prepare_bias(w);
    must(libnc_geometry_solve(w->geometry));
}

static void prepare_shallow_weights(world *w)
{
    prepare_shallow_solved(w);
    must(libnc_geometry_set_class_weights(w->geometry, (double[]){1, 2, 1}, 3));
}

static void prepare_shallow_energy(world *w)
{
    prepare_shallow(w);
    must(libnc_options_set_int64(libnc_geometry_options(w->geometry), LIBNC_GEOMETRY_OPTION_FORM,
                                 1));
    must(libnc_options_set_int64(libnc_geometry_options(w->geometry),
                                 LIBNC_GEOMETRY_OPTION_SYMMETRY, 0));
}

static void prepare_shallow_balanced(world *w)
{
    prepare_shallow(w);
    must(libnc_geometry_set_class_weights(w->geometry, (double[]){1. / 7, 1. / 4, 1. / 3}, 3));
}

static libnc_status call_set_class_weights(world *w)
{
    return libnc_geometry_set_class_weights(w->geometry, (double[]){3, 2, 1}, 3);
}

static void follow_solve(world *w, record *r)
{
    double values[SQUARE];
    must(libnc_geometry_solve(w->geometry));
    must(libnc_geometry_logits(w->geometry, values, SQUARE));
    record_bytes(r, values, sizeof values);
}

/* ---- thresholds, remedies and minority reports ---- */

/* Cross-entropy with one layer, counts 7, 2, 2. */
static void prepare_imbalanced(world *w)
{
    libnc_classes *classes;
    libnc_geometry_destroy(w->geometry);
    must(libnc_classes_from_counts(&classes, w->context, (int64_t[]){7, 2, 2}, 3));
    must(libnc_geometry_create(&w->geometry, classes, 1));
    libnc_classes_destroy(classes);
    must(libnc_options_set_int64(libnc_geometry_options(w->geometry), LIBNC_GEOMETRY_OPTION_LOSS,
                                 LIBNC_LOSS_CROSS_ENTROPY));
    must(libnc_options_set_int64(libnc_geometry_options(w->geometry), LIBNC_GEOMETRY_OPTION_BIAS,
                                 1));
}

static void prepare_imbalanced_energy(world *w)
{
    prepare_imbalanced(w);
    must(libnc_options_set_int64(libnc_geometry_options(w->geometry), LIBNC_GEOMETRY_OPTION_FORM,
                                 1));
}

static void prepare_etf(world *w)
{
    libnc_classes *classes;
    libnc_geometry_destroy(w->geometry);
    must(libnc_classes_balanced(&classes, w->context, 3, 2));
    must(libnc_geometry_create(&w->geometry, classes, 2));
    libnc_classes_destroy(classes);
    must(libnc_options_set_int64(libnc_geometry_options(w->geometry), LIBNC_GEOMETRY_OPTION_LOSS,
                                 LIBNC_LOSS_CROSS_ENTROPY));
}

static libnc_status call_etf(world *w)
{
    return libnc_geometry_etf(w->geometry, made.values, made.values + 1);
}

static libnc_status call_merge_decay(world *w)
{
    return libnc_threshold_merge_decay(w->geometry, 1, made.values);
}

static libnc_status call_total_decay(world *w)
{
    return libnc_threshold_total_decay(w->geometry, made.values);
}

static libnc_status call_merge_energy(world *w)
{
    return libnc_threshold_merge_energy(w->geometry, 1, made.values, made.values + 1);
}

static libnc_status call_side(world *w)
{
    int32_t side = 0, method = 0;
    const libnc_status status = libnc_threshold_locate(
        w->geometry, LIBNC_THRESHOLD_KIND_MERGED, 1, &side, made.values, made.values + 1, &method);
    made.values[2] = side;
    made.values[3] = method;
    return status;
}

static const int64_t minority_classes[] = {1, 2};

static libnc_status call_remedy_weight(world *w)
{
    int64_t repeats = 0;
    const libnc_status status =
        libnc_remedy_weight(w->geometry, minority_classes, 2, LIBNC_THRESHOLD_ALL_GROUPS, 0,
                            made.values, made.values + 1, &repeats);
    made.values[2] = (double)repeats;
    return status;
}

static libnc_status call_remedy_decay(world *w)
{
    return libnc_remedy_decay(w->geometry, 1, 0.5, made.values);
}

static libnc_status call_remedy_energy(world *w)
{
    return libnc_remedy_energy(w->geometry, 1, 0.5, made.values);
}

static libnc_status call_remedy_apply_weight(world *w)
{
    return libnc_remedy_apply_weight(&made.geometry, w->geometry, minority_classes, 2, 3);
}

static libnc_status call_minority_create(world *w)
{
    return libnc_minority_create(&made.minority, w->context);
}

static libnc_status call_set_groups(world *w)
{
    return libnc_minority_set_groups(w->minority, (int64_t[]){1, 0, 1}, 3);
}

static libnc_status call_minority_geometry(world *w)
{
    return libnc_minority_from_geometry(w->minority, w->geometry, 1);
}

static libnc_status call_minority_report(world *w)
{
    return libnc_minority_from_report(w->minority, w->report, 2);
}

/* Only some directions of the world's classes fit: through K x K matrices. */
static void prepare_narrow(world *w)
{
    prepare_bias(w);
    must(libnc_options_set_int64(libnc_geometry_options(w->geometry), LIBNC_GEOMETRY_OPTION_WIDTH,
                                 1));
    must(libnc_geometry_solve(w->geometry));
}

static void prepare_narrow_equal(world *w)
{
    libnc_classes *classes;
    libnc_geometry_destroy(w->geometry);
    must(libnc_classes_balanced(&classes, w->context, 3, 2));
    must(libnc_geometry_create(&w->geometry, classes, 1));
    libnc_classes_destroy(classes);
    prepare_narrow(w);
}

static libnc_status call_report_create(world *w)
{
    return libnc_report_create(&made.report, w->context);
}

static libnc_status call_measure(world *w)
{
    return libnc_report_measure(w->report, w->model, NULL);
}

static libnc_status call_measure_backbone(world *w)
{
    return libnc_report_measure(w->report, w->backbone, w->dataset);
}

static void prepare_other_values(world *w)
{
    must(libnc_model_initialise(w->model, LIBNC_INITIALISE_GAUSSIAN, 1, 12));
}

/* Against another prediction than that which the report was compared with. */
static libnc_status call_compare(world *w)
{
    return libnc_report_compare(w->report, w->geometry, 0.25);
}

static libnc_status call_measure_features(world *w)
{
    const libnc_accumulator *accumulators[1] = {w->accumulator};
    double weights[WORLD_CLASSES * WORLD_INPUTS];
    for (int i = 0; i < WORLD_CLASSES * WORLD_INPUTS; i++)
        weights[i] = (i * 7) % 5 - 1.5;
    const double *classifiers[1] = {weights}, bias[WORLD_CLASSES] = {0.5, 0, -1};
    return libnc_report_measure_features(w->report, accumulators, classifiers, bias, 1);
}

static libnc_status call_measure_arrays(world *w)
{
    double weights[WORLD_CLASSES * WORLD_INPUTS], bias[WORLD_CLASSES] = {0.5, 0, -1};
    for (int i = 0; i < WORLD_CLASSES * WORLD_INPUTS; i++)
        weights[i] = (i * 7) % 5 - 1.5;
    return libnc_report_measure_arrays(
        w->report, libnc_dataset_inputs(w->dataset), libnc_dataset_labels(w->dataset),
        LIBNC_LABEL_INT32, WORLD_SAMPLES, WORLD_INPUTS, 0, LIBNC_FLOAT64, weights, bias);
}

/* The rows of `dataset` once more, for a projected scatter. */
static void prepare_seen_twice(world *w)
{
    libnc_accumulator_clear(w->accumulator);
    must(libnc_options_set_text(libnc_accumulator_options(w->accumulator), "scatter", "projected"));
    for (int pass = 1; pass <= 2; pass++) {
        if (pass == 2)
            must(libnc_accumulator_begin_second_pass(w->accumulator, NULL, NULL, LIBNC_FLOAT64));
        must(libnc_accumulator_update(w->accumulator, libnc_dataset_inputs(w->dataset),
                                      LIBNC_FLOAT64, WORLD_SAMPLES, WORLD_INPUTS,
                                      libnc_dataset_labels(w->dataset), LIBNC_LABEL_INT32));
    }
}

/* More classes than twice the width and one: sums over classes in a reduced basis. */
enum { MANY_CLASSES = 11, MANY_WIDTH = 2 };

static void prepare_many_classes(world *w)
{
    libnc_accumulator *many;
    double rows[2 * MANY_CLASSES * MANY_WIDTH];
    int32_t labels[2 * MANY_CLASSES];
    for (int i = 0; i < 2 * MANY_CLASSES; i++) {
        labels[i] = i < MANY_CLASSES ? i : i % 3;
        rows[2 * i] = cos(i) * (1 + i % 3);
        rows[2 * i + 1] = sin(i * 1.3);
    }
    must(libnc_accumulator_create(&many, w->context, MANY_CLASSES, MANY_WIDTH));
    must(libnc_accumulator_update(many, rows, LIBNC_FLOAT64, 2 * MANY_CLASSES, MANY_WIDTH, labels,
                                  LIBNC_LABEL_INT32));
    w->scratch = many;
}

static libnc_status call_measure_many(world *w)
{
    const libnc_accumulator *accumulators[1] = {w->scratch};
    double weights[MANY_CLASSES * MANY_WIDTH];
    for (int i = 0; i < MANY_CLASSES * MANY_WIDTH; i++)
        weights[i] = (i * 7) % 5 - 1.5;
    const double *classifiers[1] = {weights};
    return libnc_report_measure_features(w->report, accumulators, classifiers, NULL, 1);
}

static void follow_many_classes(world *w, record *r)
{
    record_accumulator(r, w->scratch);
    libnc_accumulator_destroy(w->scratch);
}

static libnc_status call_set_convention(world *w)
{
    return libnc_report_set_convention(w->report, LIBNC_CONVENTION_PAPYAN2020);
}

static libnc_status call_matrix(world *w)
{
    return libnc_report_matrix(w->report, LIBNC_GRAM_PRODUCT, 1, made.values,
                               WORLD_CLASSES * WORLD_CLASSES);
}

static libnc_status call_histogram(world *w)
{
    int64_t counts[4] = {0};
    libnc_status status = libnc_report_cosine_histogram(w->report, 0, 1, counts, 4);
    for (int b = 0; b < 4; b++)
        made.values[b] = (double)counts[b];
    return status;
}

static libnc_status call_fit(world *w)
{
    return libnc_report_fit_decay(w->report, w->geometry, &made.values[0], &made.values[1]);
}

static libnc_status call_regression_collapse(world *w)
{
    const double h[15] = {1, 2, 0.5, -1, 0.3, 2, 1, 1, -2, 0.7, 0.1, 3, -1, 2, 0.2};
    const double y[10] = {1, 0, -1, 2, 0.5, 0.5, 1, -1, 2, 1}, v[6] = {1, 0, 2, 0, 1, -1};
    return libnc_regression_collapse(w->context, h, y, v, 5, 3, 2, NAN, made.values);
}

/* ---- accumulators ---- */

static libnc_status call_spectrum(world *w)
{
    return libnc_accumulator_spectrum(w->accumulator, made.values, WORLD_INPUTS);
}

static libnc_status call_accumulator_create(world *w)
{
    return libnc_accumulator_create(&made.accumulator, w->context, 3, 4);
}

static libnc_status update_accumulator(world *w, libnc_accumulator *a, int32_t scalar)
{
    float floats[WORLD_SAMPLES * WORLD_INPUTS];
    const double *rows = libnc_dataset_inputs(w->dataset);
    for (int i = 0; i < WORLD_SAMPLES * WORLD_INPUTS; i++)
        floats[i] = (float)rows[i];
    return libnc_accumulator_update(a, scalar == LIBNC_FLOAT32 ? (const void *)floats : rows,
                                    scalar, WORLD_SAMPLES, WORLD_INPUTS,
                                    libnc_dataset_labels(w->dataset), LIBNC_LABEL_INT32);
}

static libnc_status call_update_first(world *w)
{
    return update_accumulator(w, w->accumulator, LIBNC_FLOAT64);
}

static libnc_status call_update_float32(world *w)
{
    return update_accumulator(w, w->accumulator, LIBNC_FLOAT32);
}

static libnc_status call_update_logits(world *w)
{
    static const double zeros[WORLD_SAMPLES * WORLD_CLASSES];
    return libnc_accumulator_update_logits(w->accumulator, libnc_dataset_inputs(w->dataset),
                                           LIBNC_FLOAT64, WORLD_SAMPLES, WORLD_INPUTS,
                                           libnc_dataset_labels(w->dataset), LIBNC_LABEL_INT32,
                                           zeros, LIBNC_FLOAT64, WORLD_CLASSES);
}

static void prepare_empty(world *w)
{
    libnc_accumulator_clear(w->accumulator);
}

static void prepare_wide(world *w)
{
    prepare_empty(w);
    must(libnc_options_set_text(libnc_accumulator_options(w->accumulator), "precision", "float64"));
}

static void prepare_projected(world *w)
{
    prepare_empty(w);
    must(libnc_options_set_text(libnc_accumulator_options(w->accumulator), "scatter", "projected"));
    must(call_update_first(w));
}

static void prepare_projected_float32(world *w)
{
    prepare_empty(w);
    must(libnc_options_set_text(libnc_accumulator_options(w->accumulator), "scatter", "projected"));
    must(call_update_float32(w));
}

static libnc_status call_second_pass(world *w)
{
    double weights[WORLD_CLASSES * WORLD_INPUTS] = {1, 2}, bias[WORLD_CLASSES] = {3};
    return libnc_accumulator_begin_second_pass(w->accumulator, weights, bias, LIBNC_FLOAT64);
}

/* The pass goes on, and its outcome is seen in the file. */
static void follow_second(world *w, record *r)
{
    char path[] = "/tmp/libnc_faults_XXXXXX", content[8192];
    int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
    must(call_update_float32(w));
    must(libnc_accumulator_save(w->accumulator, path));
    FILE *in = fopen(path, "rb");
    ck_assert_ptr_nonnull(in);
    record_bytes(r, content, fread(content, 1, sizeof content, in));
    fclose(in);
    unlink(path);
}

static void prepare_other_accumulator(world *w)
{
    libnc_accumulator *other;
    must(libnc_accumulator_create(&other, w->context, WORLD_CLASSES, WORLD_INPUTS));
    must(update_accumulator(w, other, LIBNC_FLOAT32));
    w->scratch = other;
    prepare_empty(w);
}

static libnc_status call_merge(world *w)
{
    return libnc_accumulator_merge(w->accumulator, w->scratch);
}

static void follow_other_accumulator(world *w, record *r)
{
    record_accumulator(r, w->accumulator);
    libnc_accumulator_destroy(w->scratch);
}

static char state_path[64];

static void prepare_state(world *w)
{
    (void)w;
    strcpy(state_path, "/tmp/libnc_faults_XXXXXX");
    int file = mkstemp(state_path);
    ck_assert_int_ge(file, 0);
    close(file);
}

static void prepare_saved(world *w)
{
    prepare_state(w);
    prepare_projected_float32(w);
    must(call_second_pass(w));
    must(call_update_float32(w));
    must(libnc_accumulator_save(w->accumulator, state_path));
}

static libnc_status call_save(world *w)
{
    return libnc_accumulator_save(w->accumulator, state_path);
}

static libnc_status call_load(world *w)
{
    return libnc_accumulator_load(&made.accumulator, w->context, state_path);
}

static void follow_state(world *w, record *r)
{
    (void)w;
    (void)r;
    unlink(state_path);
}

/* ---- arrays ---- */

static char array_path[64];
static libnc_array *opened[2];
static libnc_array_writer *writer;

static void array_begin(world *w, int32_t format, int64_t compression, int64_t order)
{
    strcpy(array_path, "/tmp/libnc_faults_XXXXXX");
    int file = mkstemp(array_path);
    ck_assert_int_ge(file, 0);
    close(file);
    must(libnc_array_writer_create(&writer, w->context, array_path, format));
    libnc_options *options = libnc_array_writer_options(writer);
    must(libnc_options_set_int64(options, LIBNC_ARRAY_WRITER_OPTION_COMPRESSION, compression));
    must(libnc_options_set_int64(options, LIBNC_ARRAY_WRITER_OPTION_ORDER, order));
}

/* 9 arrays, or one; the first is 3 x 2, and labels otherwise. */
static void array_file(world *w, int32_t format, int64_t compression, int64_t order)
{
    const double values[6] = {1, 2, 3, 4, 5, 6};
    const int32_t labels[3] = {1, 0, 1};
    const bool named = format == LIBNC_ARRAY_NPZ || format == LIBNC_ARRAY_SAFETENSORS;
    char name[2] = "a";
    array_begin(w, format, compression, order);
    must(libnc_array_writer_begin(writer, named ? name : NULL, LIBNC_ELEMENT_FLOAT32, 2,
                                  (int64_t[]){3, 2}));
    must(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, values, 3, 6));
    for (name[0] = 'b'; named && name[0] < 'j'; name[0]++) {
        must(libnc_array_writer_begin(writer, name, LIBNC_ELEMENT_INT64, 1, (int64_t[]){3}));
        must(libnc_array_writer_append(writer, LIBNC_ELEMENT_INT32, labels, 3, 3));
    }
    must(libnc_array_writer_finish(writer));
    libnc_array_writer_destroy(writer);
    writer = NULL;
}

static void prepare_npy_file(world *w)
{
    array_file(w, LIBNC_ARRAY_NPY, 0, 0);
}

static void prepare_npz_file(world *w)
{
    array_file(w, LIBNC_ARRAY_NPZ, 9, 0);
}

static void prepare_safetensors_file(world *w)
{
    array_file(w, LIBNC_ARRAY_SAFETENSORS, 0, 0);
}

static void prepare_idx_file(world *w)
{
    (void)w;
    write_idx("wb9");
    strcpy(array_path, idx_paths[0]);
    remove(idx_paths[1]);
}

static void prepare_cifar_file(world *w)
{
    (void)w;
    strcpy(array_path, "/tmp/libnc_faults_XXXXXX");
    int file = mkstemp(array_path);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(ftruncate(file, 2 * 3073), 0);
    close(file);
}

static libnc_status call_array_open(world *w)
{
    return libnc_array_open(&made.array, w->context, array_path, NULL);
}

static libnc_status call_array_open_member(world *w)
{
    return libnc_array_open(&made.array, w->context, array_path, "b");
}

/* What was opened can be read. */
static void follow_array(world *w, record *r)
{
    double values[64] = {0};
    int64_t count = libnc_array_rows(made.array) * libnc_array_cols(made.array);
    if (made.array && count > 0 && count <= 64)
        must(libnc_array_read(made.array, 0, libnc_array_rows(made.array), LIBNC_FLOAT64, values,
                              (size_t)count));
    record_bytes(r, values, sizeof values);
    for (int i = 0; i < 2; i++) {
        libnc_array_destroy(opened[i]);
        opened[i] = NULL;
    }
    libnc_array_writer_destroy(writer);
    writer = NULL;
    remove(array_path);
}

static void prepare_opened(world *w)
{
    prepare_npz_file(w);
    must(libnc_array_open(&opened[0], w->context, array_path, "a"));
    must(libnc_array_open(&opened[1], w->context, array_path, "b"));
}

static libnc_status call_array_select(world *w)
{
    (void)w;
    return libnc_array_select(opened[0], "c");
}

static void follow_select(world *w, record *r)
{
    double labels[3];
    must(libnc_array_read(opened[0], 0, 3, LIBNC_FLOAT64, labels, 3));
    record_bytes(r, labels, sizeof labels);
    follow_array(w, r);
}

static libnc_status call_from_arrays(world *w)
{
    return libnc_dataset_from_arrays(&made.first, w->context, LIBNC_FLOAT64, opened[0], opened[1]);
}

static void prepare_path(world *w)
{
    prepare_cifar_file(w);
}

static libnc_status call_writer_create(world *w)
{
    return libnc_array_writer_create(&made.writer, w->context, array_path, LIBNC_ARRAY_NPZ);
}

static void prepare_writer(world *w)
{
    array_begin(w, LIBNC_ARRAY_NPZ, 6, 0);
}

static const double array_values[6] = {1, 2, 3, 4, 5, 6};

static void prepare_writer_begun(world *w)
{
    array_begin(w, LIBNC_ARRAY_SAFETENSORS, 0, 0);
    must(libnc_array_writer_begin(writer, "x", LIBNC_ELEMENT_BFLOAT16, 2, (int64_t[]){-1, 2}));
    must(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, array_values, 3, 6));
}

static libnc_status call_writer_begin(world *w)
{
    (void)w;
    return libnc_array_writer_begin(writer, "x", LIBNC_ELEMENT_FLOAT16, 2, (int64_t[]){3, 2});
}

static libnc_status call_writer_finish(world *w)
{
    (void)w;
    return libnc_array_writer_finish(writer);
}

static void record_file(record *r)
{
    char bytes[8192];
    FILE *file = fopen(array_path, "rb");
    ck_assert_ptr_nonnull(file);
    record_bytes(r, bytes, fread(bytes, 1, sizeof bytes, file));
    fclose(file);
}

static void follow_writer(world *w, record *r)
{
    must(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, array_values, 3, 6));
    must(libnc_array_writer_finish(writer));
    record_file(r);
    follow_array(w, r);
}

static void follow_file(world *w, record *r)
{
    record_file(r);
    follow_array(w, r);
}

static libnc_status call_write_npy(world *w)
{
    return libnc_array_write_npy(w->context, array_path, LIBNC_ELEMENT_FLOAT64, array_values, 3, 2);
}

static libnc_status call_file_write(world *w)
{
    return libnc_file_write(w->context, array_path, array_values, sizeof array_values);
}

static const fault_case cases[] = {
    {"libnc_context_set_threads", "the first pool", call_threads, NULL, NULL, 0, 0, 0, false},
    {"libnc_context_set_threads", "another pool", call_threads, prepare_two_threads, NULL, 0, 0, 0,
     false},
    {"libnc_random_create", "", call_random_create, NULL, follow_random, 0, 0, 0, false},
    {"libnc_random_split", "", call_random_split, NULL, follow_random, 0, 0, 0, false},
    {"libnc_classes_from_counts", "", call_from_counts, NULL, NULL, 0, 0, 0, false},
    {"libnc_classes_from_labels", "", call_from_labels, NULL, NULL, 0, 0, 0, false},
    {"libnc_classes_balanced", "", call_balanced, NULL, NULL, 0, 0, 0, false},
    {"libnc_classes_step", "", call_classes_step, NULL, NULL, 0, 0, 0, false},
    {"libnc_classes_long_tailed", "", call_long_tailed, NULL, NULL, 0, 0, 0, false},
    {"libnc_dataset_from_memory", "", call_from_memory, NULL, NULL, 0, 0, 0, false},
    {"libnc_dataset_gaussian", "", call_gaussian, NULL, NULL, 0, 0, 0, false},
    {"libnc_dataset_select", "", call_select, prepare_fewer, follow_fewer, 0, 0, 0, false},
    {"libnc_dataset_split", "", call_split, NULL, NULL, 0, 0, 0, false},
    {"libnc_dataset_from_idx", "plain", call_from_idx, prepare_idx, follow_idx, 0, 0, 0, false},
    {"libnc_dataset_from_idx", "gzip", call_from_idx, prepare_idx_gzip, follow_idx, 0, 0, 0, false},
    {"libnc_model_create_free", "", call_create_free, NULL, NULL, 0, 0, 0, false},
    {"libnc_model_create_backbone", "two layers", call_create_backbone, NULL, NULL, 0, 0, 0, false},
    {"libnc_model_create_backbone", "no layer", call_create_bare, NULL, NULL, 0, 0, 0, false},
    {"libnc_model_initialise", "Gaussian", call_gaussian_free, NULL, NULL, 0, 0, 0, false},
    {"libnc_model_initialise", "orthogonal", call_orthogonal_free, NULL, NULL, 0, 0, 0, false},
    {"libnc_model_initialise", "float32", call_orthogonal_backbone, NULL, NULL, LIBNC_FLOAT32, 0, 0,
     false},
    {"libnc_model_initialise", "Kaiming", call_kaiming_backbone, NULL, NULL, 0, 0, 0, false},
    {"libnc_model_initialise", "in training", call_gaussian_free, prepare_steps_done,
     follow_training, 0, 0, 0, false},
    {"libnc_model_evaluate", "free", call_evaluate_free, NULL, NULL, 0, 0, 0, false},
    {"libnc_model_evaluate", "reduced", call_evaluate_free, prepare_steps_done, follow_training, 0,
     0, 0, false},
    {"libnc_model_evaluate", "backbone", call_evaluate_backbone, NULL, NULL, LIBNC_FLOAT32, 0, 0,
     false},
    {"libnc_loss_create", "", call_loss_create, NULL, NULL, 0, 0, 0, false},
    {"libnc_loss_set_class_weights", "first", call_weights, NULL, follow_weights, 0, 0, 0, false},
    {"libnc_loss_set_class_weights", "other", call_weights, prepare_other_weights, follow_weights,
     0, LIBNC_LOSS_CROSS_ENTROPY, 0, false},
    {"libnc_loss_evaluate", "value alone", call_loss_value, NULL, NULL, 0, LIBNC_LOSS_FOCAL, 0,
     false},
    {"libnc_penalty_create", "", call_penalty_create, NULL, NULL, 0, 0, 0, false},
    {"libnc_optimizer_create", "", call_optimizer_create, NULL, NULL, 0, 0, 0, false},
    {"libnc_trainer_create", "", call_trainer_create, NULL, NULL, 0, 0, 0, false},

    {"libnc_trainer_step", "reduced, momentum", call_step, prepare_trainer, follow_training, 0, 0,
     0, false},
    {"libnc_trainer_step", "reduced, descent, float32", call_step, prepare_trainer, follow_training,
     LIBNC_FLOAT32, 0, LIBNC_OPTIMIZER_GRADIENT_DESCENT, false},
    {"libnc_trainer_step", "fused", call_step, prepare_unreduced, follow_training, 0, 0, 0, false},
    {"libnc_trainer_step", "fused, two threads", call_step, prepare_unreduced_threads,
     follow_training, 0, LIBNC_LOSS_CROSS_ENTROPY, LIBNC_OPTIMIZER_NESTEROV, false},
    {"libnc_trainer_step", "fused, Adam", call_step, prepare_trainer, follow_training, 0,
     LIBNC_LOSS_FOCAL, LIBNC_OPTIMIZER_ADAM, false},
    {"libnc_trainer_step", "layered", call_step, prepare_layered, follow_training, 0, 0,
     LIBNC_OPTIMIZER_ADAMW, false},
    {"libnc_trainer_step", "reduced L-BFGS", call_step, prepare_trainer, follow_training, 0, 0,
     LIBNC_OPTIMIZER_LBFGS, false},
    {"libnc_trainer_step", "L-BFGS", call_step, prepare_trainer, follow_training, 0,
     LIBNC_LOSS_CROSS_ENTROPY, LIBNC_OPTIMIZER_LBFGS, false},
    {"libnc_trainer_step", "minibatch", call_step, prepare_minibatch, follow_training, 0, 0, 0,
     false},
    {"libnc_trainer_step", "backbone", call_step, prepare_backbone, follow_training, 0,
     LIBNC_LOSS_CROSS_ENTROPY, 0, false},
    {"libnc_trainer_step", "backbone, L-BFGS", call_step, prepare_backbone, follow_training, 0, 0,
     LIBNC_OPTIMIZER_LBFGS, false},
    {"libnc_trainer_step", "backbone, minibatch", call_step, prepare_backbone_minibatch,
     follow_training, LIBNC_FLOAT32, LIBNC_LOSS_CROSS_ENTROPY, LIBNC_OPTIMIZER_ADAM, false},

    {"libnc_trainer_step", "reduction off", call_step, prepare_reduction_off, follow_training, 0, 0,
     0, false},
    {"libnc_trainer_step", "reduction off, L-BFGS", call_step, prepare_reduction_off,
     follow_training, 0, 0, LIBNC_OPTIMIZER_LBFGS, false},
    {"libnc_trainer_step", "reduction on", call_step, prepare_reduction_on, follow_training, 0, 0,
     LIBNC_OPTIMIZER_NESTEROV, false},
    {"libnc_trainer_step", "smaller batch", call_step, prepare_smaller_batch, follow_training, 0, 0,
     0, false},
    {"libnc_trainer_step", "other batch", call_step, prepare_other_batch, follow_training, 0, 0, 0,
     false},
    {"libnc_trainer_step", "other threads", call_step, prepare_other_threads, follow_training, 0, 0,
     0, false},
    {"libnc_trainer_step", "weights later", call_step, prepare_weights_later, follow_training, 0, 0,
     0, false},
    {"libnc_trainer_step", "features written", call_step, prepare_features_written, follow_training,
     0, 0, 0, false},
    {"libnc_trainer_step", "features written, L-BFGS", call_step, prepare_features_written,
     follow_training, 0, 0, LIBNC_OPTIMIZER_LBFGS, false},

    {"libnc_trainer_set_repeats", "first", call_repeats, prepare_trainer, follow_training, 0, 0, 0,
     false},
    {"libnc_trainer_set_repeats", "other", call_repeats, prepare_other_repeats, follow_training, 0,
     LIBNC_LOSS_CROSS_ENTROPY, 0, false},
    {"libnc_trainer_step", "repeats later", call_step, prepare_repeats, follow_training, 0, 0, 0,
     false},
    {"libnc_trainer_step", "energies", call_step, prepare_energies, follow_training, 0, 0, 0,
     false},
    {"libnc_trainer_step", "energies, L-BFGS", call_step, prepare_energies, follow_training, 0,
     LIBNC_LOSS_CROSS_ENTROPY, LIBNC_OPTIMIZER_LBFGS, false},
    {"libnc_trainer_step", "energies later", call_step, prepare_energies_later, follow_training, 0,
     0, 0, false},
    {"libnc_trainer_step", "energies later, L-BFGS", call_step, prepare_energies_later,
     follow_training, 0, LIBNC_LOSS_CROSS_ENTROPY, LIBNC_OPTIMIZER_LBFGS, false},
    {"libnc_trainer_evaluate", "energies", call_evaluate, prepare_energies, follow_training, 0, 0,
     0, false},

    {"libnc_trainer_run", "from the start", call_run, prepare_trainer, follow_training, 0, 0, 0,
     true},
    {"libnc_trainer_run", "full history", call_run, prepare_full_history, follow_training, 0, 0, 0,
     true},
    {"libnc_trainer_run", "reduction off", call_run, prepare_reduction_off, follow_training, 0, 0,
     0, true},
    {"libnc_trainer_geometry", "", call_trainer_geometry, prepare_trainer, follow_training, 0, 0, 0,
     false},
    {"libnc_trainer_geometry", "repeats", call_trainer_geometry, prepare_repeats, follow_training,
     0, 0, 0, false},
    {"libnc_trainer_evaluate", "from the start", call_evaluate, prepare_trainer, follow_training, 0,
     0, 0, false},
    {"libnc_trainer_evaluate", "after steps", call_evaluate, prepare_steps_done, follow_training, 0,
     0, 0, false},
    {"libnc_trainer_evaluate", "reduction off", call_evaluate, prepare_reduction_off,
     follow_training, 0, 0, 0, false},
    {"libnc_trainer_gradient", "from the start", call_gradient, prepare_trainer, follow_training, 0,
     0, LIBNC_OPTIMIZER_LBFGS, false},
    {"libnc_trainer_gradient", "after steps", call_gradient, prepare_steps_done, follow_training, 0,
     0, 0, false},

    {"libnc_geometry_create", "", call_geometry_create, NULL, NULL, 0, 0, 0, false},
    {"libnc_geometry_solve", "no bias", call_solve, NULL, NULL, 0, 0, 0, false},
    {"libnc_geometry_solve", "search", call_solve, prepare_search, NULL, 0, 0, 0, false},
    {"libnc_curvature_create", "", call_curvature_create, prepare_searched, NULL, 0, 0, 0, false},
    {"libnc_geometry_structure", "", call_structure, prepare_searched, NULL, 0, 0, 0, false},
    {"libnc_geometry_class_sets", "", call_class_sets, prepare_searched, NULL, 0, 0, 0, false},
    {"libnc_geometry_multiplicities", "", call_multiplicities, NULL, NULL, 0, 0, 0, false},
    {"libnc_geometry_solve", "bias", call_solve, prepare_bias, NULL, 0, 0, 0, false},
    {"libnc_geometry_solve", "ce", call_solve, prepare_shallow, NULL, 0, 0, 0, false},
    {"libnc_geometry_solve", "ce, weights", call_solve, prepare_shallow_weights, NULL, 0, 0, 0,
     false},
    {"libnc_geometry_solve", "ce, balanced", call_solve, prepare_shallow_balanced, NULL, 0, 0, 0,
     false},
    {"libnc_geometry_solve", "energy", call_solve, prepare_shallow_energy, NULL, 0, 0, 0, false},
    {"libnc_geometry_logits", "ce", call_logits, prepare_shallow_solved, NULL, 0, 0, 0, false},
    {"libnc_geometry_set_class_weights", "", call_set_class_weights, prepare_shallow_solved,
     follow_solve, 0, 0, 0, false},
    {"libnc_geometry_classifier_gram", "", call_classifier_gram, prepare_bias_solved, NULL, 0, 0, 0,
     false},
    {"libnc_geometry_feature_gram", "", call_feature_gram, prepare_bias_solved, NULL, 0, 0, 0,
     false},
    {"libnc_geometry_logits", "", call_logits, prepare_bias_solved, NULL, 0, 0, 0, false},
    {"libnc_seli_singular_values", "", call_seli_values, NULL, NULL, 0, 0, 0, false},
    {"libnc_seli_lengths", "", call_seli_lengths, NULL, NULL, 0, 0, 0, false},
    {"libnc_seli_grams", "", call_seli_grams, NULL, NULL, 0, 0, 0, false},
    {"libnc_regression_moments", "", call_moments, NULL, NULL, 0, 0, 0, false},
    {"libnc_regression_solve", "", call_regression, NULL, NULL, 0, 0, 0, false},
    {"libnc_regression_matrices", "", call_regression_matrices, NULL, NULL, 0, 0, 0, false},
    {"libnc_parsimony_run", "", call_parsimony, NULL, NULL, 0, 0, 0, false},
    {"libnc_parsimony_subspace", "", call_parsimony_subspace, NULL, NULL, 0, 0, 0, false},
    {"libnc_geometry_etf", "", call_etf, prepare_etf, NULL, 0, 0, 0, false},
    {"libnc_threshold_merge_decay", "", call_merge_decay, prepare_imbalanced, NULL, 0, 0, 0, false},
    {"libnc_threshold_total_decay", "", call_total_decay, prepare_imbalanced, NULL, 0, 0, 0, false},
    {"libnc_threshold_merge_energy", "", call_merge_energy, prepare_imbalanced_energy, NULL, 0, 0,
     0, false},
    {"libnc_threshold_locate", "decay", call_side, prepare_imbalanced, NULL, 0, 0, 0, false},
    {"libnc_threshold_locate", "energy", call_side, prepare_imbalanced_energy, NULL, 0, 0, 0,
     false},
    {"libnc_remedy_weight", "decay", call_remedy_weight, prepare_imbalanced, NULL, 0, 0, 0, false},
    {"libnc_remedy_weight", "energy", call_remedy_weight, prepare_imbalanced_energy, NULL, 0, 0, 0,
     false},
    {"libnc_remedy_decay", "", call_remedy_decay, prepare_imbalanced, NULL, 0, 0, 0, false},
    {"libnc_remedy_energy", "", call_remedy_energy, prepare_imbalanced_energy, NULL, 0, 0, 0,
     false},
    {"libnc_remedy_apply_weight", "", call_remedy_apply_weight, prepare_imbalanced, NULL, 0, 0, 0,
     false},
    {"libnc_minority_create", "", call_minority_create, NULL, NULL, 0, 0, 0, false},
    {"libnc_minority_set_groups", "", call_set_groups, NULL, NULL, 0, 0, 0, false},
    {"libnc_minority_from_geometry", "groups", call_minority_geometry, NULL, NULL, 0, 0, 0, false},
    {"libnc_minority_from_geometry", "tie", call_minority_geometry, prepare_narrow_equal, NULL, 0,
     0, 0, false},
    {"libnc_minority_from_report", "", call_minority_report, NULL, NULL, 0, 0, 0, false},
    {"libnc_report_create", "", call_report_create, NULL, NULL, 0, 0, 0, false},
    {"libnc_report_measure", "free", call_measure, prepare_other_values, NULL, 0, 0, 0, false},
    {"libnc_report_measure", "reduced", call_measure, prepare_steps_done, follow_training, 0, 0, 0,
     false},
    {"libnc_report_measure", "backbone", call_measure_backbone, NULL, NULL, LIBNC_FLOAT32, 0, 0,
     false},
    {"libnc_report_compare", "", call_compare, prepare_bias_solved, NULL, 0, 0, 0, false},
    {"libnc_report_measure_arrays", "", call_measure_arrays, NULL, NULL, 0, 0, 0, false},
    {"libnc_report_measure_features", "full", call_measure_features, NULL, NULL, 0, 0, 0, false},
    {"libnc_report_measure_features", "projected", call_measure_features, prepare_seen_twice, NULL,
     0, 0, 0, false},
    {"libnc_report_measure_features", "many classes", call_measure_many, prepare_many_classes,
     follow_many_classes, 0, 0, 0, false},
    {"libnc_report_set_convention", "", call_set_convention, NULL, NULL, 0, 0, 0, false},
    {"libnc_report_matrix", "product", call_matrix, NULL, NULL, 0, 0, 0, false},
    {"libnc_report_cosine_histogram", "", call_histogram, NULL, NULL, 0, 0, 0, false},
    {"libnc_report_fit_decay", "", call_fit, NULL, NULL, 0, 0, 0, false},
    {"libnc_regression_collapse", "", call_regression_collapse, NULL, NULL, 0, 0, 0, false},

    {"libnc_accumulator_create", "", call_accumulator_create, NULL, NULL, 0, 0, 0, false},
    {"libnc_accumulator_update", "first batch", call_update_first, prepare_empty, NULL, 0, 0, 0,
     false},
    {"libnc_accumulator_update", "first batch, float32", call_update_float32, prepare_empty, NULL,
     0, 0, 0, false},
    {"libnc_accumulator_update", "float32 later", call_update_float32, NULL, NULL, 0, 0, 0, false},
    {"libnc_accumulator_update", "float32 widened", call_update_float32, prepare_wide, NULL, 0, 0,
     0, false},
    {"libnc_accumulator_update_logits", "first batch", call_update_logits, prepare_empty, NULL, 0,
     0, 0, false},
    {"libnc_accumulator_begin_second_pass", "full", call_second_pass, NULL, NULL, 0, 0, 0, false},
    {"libnc_accumulator_begin_second_pass", "projected", call_second_pass, prepare_projected, NULL,
     0, 0, 0, false},
    {"libnc_accumulator_begin_second_pass", "projected, float32", call_second_pass,
     prepare_projected_float32, follow_second, 0, 0, 0, false},
    {"libnc_accumulator_merge", "into an empty one", call_merge, prepare_other_accumulator,
     follow_other_accumulator, 0, 0, 0, false},
    {"libnc_accumulator_spectrum", "", call_spectrum, NULL, NULL, 0, 0, 0, false},
    {"libnc_accumulator_save", "", call_save, prepare_state, follow_state, 0, 0, 0, false},
    {"libnc_accumulator_load", "second pass", call_load, prepare_saved, follow_state, 0, 0, 0,
     false},
    {"libnc_array_open", "npy", call_array_open, prepare_npy_file, follow_array, 0, 0, 0, false},
    {"libnc_array_open", "npz", call_array_open_member, prepare_npz_file, follow_array, 0, 0, 0,
     false},
    {"libnc_array_open", "safetensors", call_array_open_member, prepare_safetensors_file,
     follow_array, 0, 0, 0, false},
    {"libnc_array_open", "idx", call_array_open, prepare_idx_file, follow_array, 0, 0, 0, false},
    {"libnc_array_open", "cifar", call_array_open, prepare_cifar_file, follow_array, 0, 0, 0,
     false},
    {"libnc_array_select", "", call_array_select, prepare_opened, follow_select, 0, 0, 0, false},
    {"libnc_dataset_from_arrays", "", call_from_arrays, prepare_opened, follow_array, 0, 0, 0,
     false},
    {"libnc_array_writer_create", "", call_writer_create, prepare_path, follow_array, 0, 0, 0,
     false},
    {"libnc_array_writer_begin", "", call_writer_begin, prepare_writer, follow_writer, 0, 0, 0,
     true},
    {"libnc_array_writer_finish", "", call_writer_finish, prepare_writer_begun, follow_file, 0, 0,
     0, false},
    {"libnc_array_write_npy", "", call_write_npy, prepare_path, follow_file, 0, 0, 0, false},
    {"libnc_file_write", "", call_file_write, prepare_path, follow_file, 0, 0, 0, false},
};

enum { CASES = sizeof cases / sizeof *cases };

START_TEST(each_allocation_fails)
{
    check_case(&cases[_i]);
}
END_TEST

START_TEST(context_without_memory)
{
    faults f = {.fail_at = 1};
    libnc_context *context = NULL;
    ck_assert_int_eq(
        libnc_context_create_with_allocator(&context, faults_allocate, faults_release, &f),
        LIBNC_ERROR_MEMORY);
    ck_assert_ptr_null(context);
    ck_assert_int_eq(f.live, 0);
    ck_assert_int_eq(
        libnc_context_create_with_allocator(&context, faults_allocate, faults_release, &f),
        LIBNC_OK);
    ck_assert_int_eq(f.calls, 2);
    libnc_context_destroy(context);
    ck_assert_int_eq(f.live, 0);
}
END_TEST

/* When there is no room for one more row in the middle of a run, the steps and rows until then
 * stay, and the next run goes on from there. */
START_TEST(history_ends_in_the_middle_of_a_run)
{
    static record faulty, twin;
    world w;
    for (int fails = 0; fails <= 1; fails++) {
        world_create(&w, LIBNC_FLOAT64, LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM);
        world_train(&w);
        set_whole(&w, LIBNC_TRAINER_OPTION_CHECK_EVERY, 1);
        if (fails) {
            set_whole(&w, LIBNC_TRAINER_OPTION_ITERATIONS, 10);
            ck_assert_int_eq(libnc_trainer_run(w.trainer, NULL), LIBNC_OK);
            ck_assert_int_eq(libnc_trainer_history_rows(w.trainer), 11);
            set_whole(&w, LIBNC_TRAINER_OPTION_ITERATIONS, 100);
            w.memory.fail_at = w.memory.calls + 1;
            ck_assert_int_eq(libnc_trainer_run(w.trainer, NULL), LIBNC_ERROR_MEMORY);
            w.memory.fail_at = 0;
            ck_assert_int_eq(libnc_trainer_history_rows(w.trainer), 64);
            ck_assert_int_eq(libnc_trainer_iterations(w.trainer), 63);
        } else {
            steps(&w, 63);
        }
        record *r = fails ? &faulty : &twin;
        r->size = 0;
        steps(&w, 7);
        record_model(r, w.model);
        world_destroy(&w);
    }
    ck_assert_same_record(&faulty, &twin, "a run whose history could not grow");
}
END_TEST

/* Handles go while nothing can be allocated, and the model keeps what it learnt. */
START_TEST(destroying_needs_no_memory)
{
    static record seen[2];
    for (int fails = 0; fails <= 1; fails++) {
        world w;
        world_create(&w, LIBNC_FLOAT64, LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM);
        world_train(&w);
        steps(&w, 5);
        ck_assert_int_eq(libnc_trainer_is_reduced(w.trainer), 1);
        const int64_t calls = w.memory.calls;
        w.memory.fail_at = fails ? calls + 1 : 0;
        w.memory.from_then_on = 1;
        libnc_trainer_destroy(w.trainer);
        w.trainer = NULL;
        record_model(&seen[fails], w.model);
        ck_assert_int_eq(w.memory.calls, calls);
        world_destroy(&w);
        ck_assert_int_eq(w.memory.calls, calls);
    }
    ck_assert_same_record(&seen[1], &seen[0], "features after the end of training");
}
END_TEST

/* ---- what cannot fail so ---- */

static char steady[MOST_FUNCTIONS][LONGEST_NAME];
static int steady_count;

/* The name of the function that is called goes on the list. */
static void note(const char *call)
{
    size_t length = strcspn(call, "(");
    ck_assert_uint_lt(length, LONGEST_NAME);
    ck_assert_int_lt(steady_count, MOST_FUNCTIONS);
    memcpy(steady[steady_count], call, length);
    steady[steady_count++][length] = '\0';
}

#define STEADY(call)                                                                               \
    do {                                                                                           \
        const int64_t calls = w->memory.calls;                                                     \
        libnc_status status = (call);                                                              \
        ck_assert_msg(status == LIBNC_OK, "%s: %d, %s", #call, (int)status,                        \
                      libnc_context_error(w->context));                                            \
        ck_assert_msg(w->memory.calls == calls, "%s allocates", #call);                            \
        note(#call);                                                                               \
    } while (0)

#define GETTER(call)                                                                               \
    do {                                                                                           \
        const int64_t calls = w->memory.calls;                                                     \
        (void)(call);                                                                              \
        ck_assert_msg(w->memory.calls == calls, "%s allocates", #call);                            \
        note(#call);                                                                               \
    } while (0)

static int32_t never(libnc_trainer *trainer, void *user)
{
    (void)trainer;
    (void)user;
    return 0;
}

static void base_and_data(world *w)
{
    uint64_t words[8];
    double values[64];
    int64_t order[WORLD_SAMPLES];
    int32_t labels[WORLD_SAMPLES];
    GETTER(libnc_version());
    GETTER(libnc_version_number());
    GETTER(libnc_status_name(LIBNC_OK));
    GETTER(libnc_blas_provider());
    GETTER(libnc_blas_core());
    GETTER(libnc_blas_kernels());
    STEADY(libnc_blas_set_threads(w->context, 1));
    GETTER(libnc_context_error(w->context));
    GETTER(libnc_context_threads(w->context));
    STEADY(libnc_context_set_log(w->context, NULL, NULL, LIBNC_LOG_INFO));
    STEADY(libnc_random_words(w->random, words, 8));
    STEADY(libnc_random_uniform(w->random, values, 64));
    STEADY(libnc_random_normal(w->random, values, 64));
    STEADY(libnc_random_permutation(w->random, order, WORLD_SAMPLES));
    STEADY(libnc_classes_labels(w->classes, labels, WORLD_SAMPLES));
    GETTER(libnc_classes_count(w->classes));
    GETTER(libnc_classes_samples(w->classes));
    GETTER(libnc_classes_counts(w->classes));
    GETTER(libnc_classes_is_balanced(w->classes));
    STEADY(libnc_dataset_order(w->dataset, 1, 2, order, WORLD_SAMPLES));
    int64_t entries[24];
    STEADY(
        libnc_dataset_order_repeated(w->dataset, three_repeats, WORLD_CLASSES, 1, 2, entries, 24));
    GETTER(libnc_dataset_count(w->dataset));
    GETTER(libnc_dataset_width(w->dataset));
    GETTER(libnc_dataset_scalar(w->dataset));
    GETTER(libnc_dataset_inputs(w->dataset));
    GETTER(libnc_dataset_labels(w->dataset));
    GETTER(libnc_dataset_classes(w->dataset));
}

static void models(world *w)
{
    double values[WORLD_SAMPLES * 4];
    int32_t index;
    void *data;
    STEADY(libnc_model_parameter_info(w->model, 0, NULL, NULL, NULL));
    STEADY(libnc_model_parameter_index(w->model, "features", &index));
    STEADY(libnc_model_get_parameter(w->model, 0, values, WORLD_SAMPLES * 4));
    STEADY(libnc_model_set_parameter(w->model, 0, values, WORLD_SAMPLES * 4));
    STEADY(libnc_model_parameter_view(w->model, 0, &data));
    GETTER(libnc_model_classes(w->model));
    GETTER(libnc_model_depth(w->model));
    GETTER(libnc_model_width(w->model, 1));
    GETTER(libnc_model_samples(w->model));
    GETTER(libnc_model_inputs(w->model));
    GETTER(libnc_model_has_bias(w->model));
    GETTER(libnc_model_scalar(w->model));
    GETTER(libnc_model_labels(w->model));
    GETTER(libnc_model_parameter_count(w->model));
}

static void settings(world *w)
{
    libnc_options *options = libnc_optimizer_options(w->optimizer);
    double value;
    int64_t whole;
    GETTER(libnc_loss_options(w->loss));
    GETTER(libnc_loss_kind(w->loss));
    STEADY(libnc_penalty_set_weight_decay(w->penalty, &(double){1e-3}, 1));
    STEADY(libnc_penalty_set_feature_decay(w->penalty, 1e-3));
    STEADY(libnc_penalty_set_decay(w->penalty, "head.bias", 1e-3));
    STEADY(libnc_penalty_get_decay(w->penalty, "head.bias", &value));
    STEADY(libnc_penalty_set_energies(w->penalty, 0, 0));
    STEADY(libnc_penalty_get_energies(w->penalty, &value, NULL));
    GETTER(libnc_optimizer_kind(w->optimizer));
    STEADY(libnc_optimizer_rate(w->optimizer, 3, &value));
    GETTER(libnc_optimizer_options(w->optimizer));
    STEADY(libnc_options_set_int64(options, LIBNC_OPTIMIZER_OPTION_HISTORY, 3));
    STEADY(libnc_options_set_double(options, LIBNC_OPTIMIZER_OPTION_LEARNING_RATE, 0.2));
    STEADY(libnc_options_set_text(options, "schedule", "cosine"));
    STEADY(libnc_options_get_int64(options, LIBNC_OPTIMIZER_OPTION_HISTORY, &whole));
    STEADY(libnc_options_get_double(options, LIBNC_OPTIMIZER_OPTION_LEARNING_RATE, &value));
    STEADY(libnc_options_describe(options, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL));
    GETTER(libnc_options_count(options));
    GETTER(libnc_options_choice(options, LIBNC_OPTIMIZER_OPTION_SCHEDULE, 1));
}

static void trainers(world *w)
{
    double column[8];
    STEADY(libnc_trainer_set_observer(w->trainer, never, NULL));
    STEADY(libnc_trainer_sync(w->trainer));
    STEADY(libnc_trainer_history(w->trainer, 1, column, 2));
    GETTER(libnc_trainer_history_rows(w->trainer));
    GETTER(libnc_trainer_options(w->trainer));
    GETTER(libnc_trainer_model(w->trainer));
    GETTER(libnc_trainer_iterations(w->trainer));
    GETTER(libnc_trainer_seconds(w->trainer));
    GETTER(libnc_trainer_is_reduced(w->trainer));
    /* "After create no step allocates": all plans were made before. */
    STEADY(libnc_trainer_step(w->trainer, 3, NULL));
}

/* Handles that the world does not have. */
typedef struct deep_handles {
    libnc_classes *classes;
    libnc_geometry *balanced;
    libnc_curvature *curvature;
} deep_handles;

static void deep_open(deep_handles *d, world *w)
{
    must(libnc_classes_balanced(&d->classes, w->context, 3, 2));
    must(libnc_geometry_create(&d->balanced, d->classes, 2));
    must(libnc_options_set_int64(libnc_geometry_options(d->balanced), LIBNC_GEOMETRY_OPTION_LOSS,
                                 LIBNC_LOSS_CROSS_ENTROPY));
    must(libnc_curvature_create(&d->curvature, d->balanced, LIBNC_CURVATURE_ETF));
}

static void deep_close(deep_handles *d)
{
    libnc_curvature_destroy(d->curvature);
    libnc_geometry_destroy(d->balanced);
    libnc_classes_destroy(d->classes);
}

static void deep_cross_entropy(world *w, const deep_handles *d)
{
    double values[SQUARE];
    int64_t starts;
    GETTER(libnc_geometry_kind_name(1));
    STEADY(libnc_geometry_search(w->geometry, &starts, NULL));
    STEADY(libnc_curvature_eigenvalue(d->curvature, values, NULL, NULL));
    STEADY(libnc_curvature_logits(d->curvature, values, NULL, SQUARE));
    STEADY(libnc_curvature_layer(d->curvature, 1, WORLD_CLASSES, WORLD_CLASSES, values, NULL));
    STEADY(libnc_curvature_bias(d->curvature, values, NULL, WORLD_CLASSES));
    GETTER(libnc_curvature_rank(d->curvature));
}

static void geometries(world *w)
{
    double values[SQUARE], gap;
    int32_t whole[WORLD_CLASSES];
    int64_t rank;
    GETTER(libnc_geometry_options(w->geometry));
    GETTER(libnc_geometry_classes(w->geometry));
    GETTER(libnc_geometry_depth(w->geometry));
    GETTER(libnc_geometry_status(w->geometry));
    STEADY(libnc_geometry_loss(w->geometry, values, &gap));
    STEADY(libnc_geometry_unique(w->geometry, whole));
    STEADY(libnc_geometry_singular_values(w->geometry, values, WORLD_CLASSES));
    STEADY(libnc_geometry_layer_singular_values(w->geometry, 1, values, WORLD_CLASSES));
    STEADY(libnc_geometry_lengths(w->geometry, 1, values, NULL, WORLD_CLASSES));
    STEADY(libnc_geometry_class_logits(w->geometry, values, WORLD_CLASSES));
    STEADY(libnc_geometry_bias(w->geometry, values, WORLD_CLASSES));
    STEADY(libnc_geometry_class_weights(w->geometry, values, WORLD_CLASSES));
    STEADY(libnc_geometry_weight_decays(w->geometry, values, WORLD_DEPTH));
    STEADY(libnc_loss_class_weights(w->loss, values, WORLD_CLASSES));
    STEADY(libnc_geometry_lost_classes(w->geometry, whole, WORLD_CLASSES));
    STEADY(libnc_geometry_thresholds(2, values, &gap));
    STEADY(libnc_geometry_multiplier(w->geometry, values));
    STEADY(libnc_geometry_rank(w->geometry, &rank));
    STEADY(libnc_geometry_groups(w->geometry, &rank, whole, WORLD_CLASSES));
    STEADY(libnc_geometry_factors(w->geometry, WORLD_CLASSES, values, NULL, SQUARE));
    STEADY(libnc_geometry_set_weight_decay(w->geometry, values, 1));
}

static void closed_forms(world *w)
{
    double values[SQUARE];
    STEADY(libnc_relu_features_solve(w->classes, 1e-3, 1e-3, 0, values, NULL, NULL, NULL,
                                     WORLD_CLASSES));
    STEADY(libnc_relu_features_classifier_gram(w->classes, 1e-3, 1e-3, values, SQUARE));
    STEADY(libnc_relu_features_threshold(w->classes, 1e-3, 1e-3, values));
    STEADY(libnc_seli_logits(w->classes, values, SQUARE));
}

static void reports(world *w)
{
    double values[SQUARE];
    STEADY(libnc_report_value(w->report, LIBNC_METRIC_NC1, 1, values));
    STEADY(libnc_report_vector(w->report, LIBNC_CLASS_COUNT, 1, values, WORLD_CLASSES));
    STEADY(libnc_report_matrix(w->report, LIBNC_GRAM_CENTRED, 1, values, SQUARE));
    GETTER(libnc_metric_name(1));
    GETTER(libnc_metric_count());
    GETTER(libnc_metric_index("nc4"));
    GETTER(libnc_metric_formula(1));
    GETTER(libnc_report_depth(w->report));
    GETTER(libnc_report_classes(w->report));
    int64_t flags;
    char text[256];
    STEADY(libnc_report_diagnostics(w->report, 1, &flags));
    STEADY(
        libnc_report_diagnostic_text(w->report, 1, LIBNC_DIAGNOSTIC_IMBALANCED, text, sizeof text));
    STEADY(libnc_report_spectrum(w->report, 1, values, WORLD_CLASSES));
    GETTER(libnc_report_options(w->report));
    GETTER(libnc_report_convention(w->report));
    GETTER(libnc_report_width(w->report, 1));
    GETTER(libnc_convention_count());
    GETTER(libnc_convention_name(2));
    GETTER(libnc_convention_index("dang2023"));
    GETTER(libnc_convention_source(2));
    GETTER(libnc_convention_formula(2, 1));
}

static void accumulators(world *w)
{
    enum { K = WORLD_CLASSES, D = WORLD_INPUTS };
    double values[D * D + K * D];
    int64_t counts[K];
    STEADY(libnc_accumulator_update(w->accumulator, libnc_dataset_inputs(w->dataset), LIBNC_FLOAT64,
                                    3, D, libnc_dataset_labels(w->dataset), LIBNC_LABEL_INT32));
    STEADY(libnc_accumulator_counts(w->accumulator, counts, K));
    STEADY(libnc_accumulator_means(w->accumulator, values, K * D));
    STEADY(libnc_accumulator_centred_means(w->accumulator, values, K * D));
    STEADY(libnc_accumulator_within_squares(w->accumulator, values, K));
    STEADY(libnc_accumulator_scatter(w->accumulator, values, D * D));
    GETTER(libnc_accumulator_options(w->accumulator));
    GETTER(libnc_accumulator_classes(w->accumulator));
    GETTER(libnc_accumulator_width(w->accumulator));
    GETTER(libnc_accumulator_samples(w->accumulator));
    GETTER(libnc_accumulator_second_samples(w->accumulator));
    GETTER(libnc_accumulator_pass(w->accumulator));
    GETTER(libnc_accumulator_clear(w->accumulator));
}

static void arrays(world *w)
{
    double values[6];
    int64_t whole[3];
    GETTER(libnc_element_name(1));
    GETTER(libnc_element_size(1));
    STEADY(libnc_array_read(opened[0], 0, 3, LIBNC_FLOAT64, values, 6));
    STEADY(libnc_array_read_integers(opened[1], 0, 3, LIBNC_ELEMENT_INT64, whole, 3));
    STEADY(libnc_array_set_element(opened[0], LIBNC_ELEMENT_UINT32));
    GETTER(libnc_array_member_count(opened[0]));
    GETTER(libnc_array_member_name(opened[0], 0));
    GETTER(libnc_array_format(opened[0]));
    GETTER(libnc_array_name(opened[0]));
    GETTER(libnc_array_rows(opened[0]));
    GETTER(libnc_array_cols(opened[0]));
    GETTER(libnc_array_dimensions(opened[0]));
    GETTER(libnc_array_dimension(opened[0], 0));
    GETTER(libnc_array_element(opened[0]));
    GETTER(libnc_array_view(opened[0]));
    GETTER(libnc_array_writer_options(writer));
    STEADY(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, values, 3, 6));
}

static void minorities(world *w)
{
    double low, high;
    int32_t state;
    int64_t numbers[WORLD_CLASSES];
    STEADY(libnc_threshold_merge_counts(w->context, 2, 5, 1e-3, 0, &low, &high));
    STEADY(libnc_threshold_merge_ratios(w->context, 10, 5, 5, 1e-3, 0, &low, &high));
    STEADY(libnc_threshold_peeled_merged(w->context, 10, 3, 1, 5, &low));
    STEADY(libnc_threshold_peeled_lost(w->context, 10, 3, 1, 5, &low));
    GETTER(libnc_minority_options(w->minority));
    GETTER(libnc_minority_groups(w->minority));
    GETTER(libnc_minority_classes(w->minority));
    STEADY(libnc_minority_group(w->minority, 0, numbers, numbers + 1, numbers + 2));
    STEADY(libnc_minority_group_of(w->minority, numbers, WORLD_CLASSES));
    STEADY(libnc_minority_state(w->minority, 1, 0, &state));
    STEADY(libnc_minority_cosine(w->minority, 2, 0, 1, 1, &low));
    STEADY(libnc_minority_norm(w->minority, 3, 0, 1, &low));
    STEADY(libnc_minority_distinct(w->minority, -1, numbers, numbers + 1));
}

static void call_everything_steady(world *w)
{
    deep_handles deep;
    world_create(w, LIBNC_FLOAT64, LIBNC_LOSS_CROSS_ENTROPY, LIBNC_OPTIMIZER_MOMENTUM);
    world_train(w);
    set_whole(w, LIBNC_TRAINER_OPTION_CHECK_EVERY, 3);
    must(libnc_trainer_run(w->trainer, NULL));
    prepare_bias_solved(w);
    prepare_opened(w);
    char path[64];
    strcpy(path, array_path);
    prepare_writer(w);
    must(call_writer_begin(w));
    deep_open(&deep, w);
    w->memory.fail_at = w->memory.calls + 1;
    w->memory.from_then_on = 1;
    base_and_data(w);
    trainers(w);
    models(w);
    settings(w);
    deep_cross_entropy(w, &deep);
    geometries(w);
    closed_forms(w);
    reports(w);
    minorities(w);
    accumulators(w);
    arrays(w);
    ck_assert_int_eq(w->memory.failed, 0);
    static record unused;
    unused.size = 0;
    w->memory.fail_at = 0;
    follow_array(w, &unused);
    remove(path);
    deep_close(&deep);
    world_destroy(w);
}

START_TEST(others_need_no_memory)
{
    world w;
    call_everything_steady(&w);
}
END_TEST

/* ---- completeness ---- */

static bool is_covered(const char *name)
{
    /* context_without_memory; the first is the second with malloc for an allocator. */
    static const char *const own_test[] = {"libnc_context_create",
                                           "libnc_context_create_with_allocator"};
    static const char destroy[] = "_destroy"; /* destroying_needs_no_memory */
    size_t length = strlen(name), end = sizeof destroy - 1;
    if (length > end && strcmp(name + length - end, destroy) == 0)
        return true;
    for (int i = 0; i < CASES; i++)
        if (strcmp(cases[i].function, name) == 0)
            return true;
    for (int i = 0; i < steady_count; i++)
        if (strcmp(steady[i], name) == 0)
            return true;
    for (size_t i = 0; i < sizeof own_test / sizeof *own_test; i++)
        if (strcmp(own_test[i], name) == 0)
            return true;
    return false;
}

START_TEST(every_function_is_covered)
{
    world w;
    interface_read();
    call_everything_steady(&w);
    for (int i = 0; i < CASES; i++)
        ck_assert_msg(interface_find(cases[i].function) != NULL, "%s is not declared",
                      cases[i].function);
    for (int i = 0; i < function_count; i++)
        ck_assert_msg(is_covered(functions[i].name), "%s: no allocation of it was failed here",
                      functions[i].name);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("faults");
    TCase *tests = add_case(suite, "faults", 60);
    tcase_add_loop_test(tests, each_allocation_fails, 0, CASES);
    tcase_add_test(tests, context_without_memory);
    tcase_add_test(tests, history_ends_in_the_middle_of_a_run);
    tcase_add_test(tests, destroying_needs_no_memory);
    tcase_add_test(tests, others_need_no_memory);
    tcase_add_test(tests, every_function_is_covered);
    return run_suite(suite);
}
