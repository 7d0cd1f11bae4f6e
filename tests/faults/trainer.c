/* SPDX-License-Identifier: MIT
 *
 * trainer.c: the allocations of the functions of libnc/trainer.h.
 */
#include "faults/scenes.h"
#include "faults/tables.h"

static const double class_weights[WORLD_CLASSES] = {1, 2, 0.5};
static const int64_t three_repeats[WORLD_CLASSES] = {1, 2, 3};

static libnc_status call_trainer_create(world *w)
{
    return libnc_trainer_create(&made.trainer, w->backbone, w->loss, w->backbone_penalty,
                                w->optimizer, w->dataset);
}

/* A head in the place of the model with a backbone. */
static void prepare_head_model(world *w)
{
    libnc_penalty_destroy(w->backbone_penalty);
    libnc_model_destroy(w->backbone);
    must(libnc_model_create_head(&w->backbone, w->context, LIBNC_FLOAT64, WORLD_CLASSES,
                                 WORLD_DEPTH, world_widths, 1));
    must(libnc_model_initialise(w->backbone, LIBNC_INITIALISE_GAUSSIAN, 0.5, 7));
    must(libnc_penalty_create(&w->backbone_penalty, w->backbone));
    must(libnc_penalty_set_feature_decay(w->backbone_penalty, 1e-3));
}

static libnc_status create_head(world *w, libnc_trainer **trainer)
{
    return libnc_trainer_create_head(trainer, w->backbone, w->loss, w->backbone_penalty,
                                     w->optimizer, w->classes);
}

static libnc_status call_create_head(world *w)
{
    return create_head(w, &made.trainer);
}

static void prepare_head(world *w)
{
    prepare_head_model(w);
    must(create_head(w, &w->trainer));
}

static libnc_status call_step_features(world *w)
{
    const int64_t labels[2] = {0, 2};
    double h[2 * 4] = {1, 2, 3, 4, 5, 6, 7, 8};
    return libnc_trainer_step_features(w->trainer, h, labels, LIBNC_LABEL_INT64, 2, made.values,
                                       NULL, NULL);
}

static void follow_head(world *w, record *r)
{
    for (int i = 0; i < 3; i++)
        must(call_step_features(w));
    record_trainer(r, w->trainer);
    record_model(r, w->backbone);
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

static void prepare_full_batch(world *w)
{
    prepare_minibatch(w);
    steps(w, 4);
    set_whole(w, LIBNC_TRAINER_OPTION_BATCH_SIZE, 0);
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

static libnc_status call_trainer_save(world *w)
{
    return libnc_trainer_save(w->trainer, state_path);
}

/* Three steps in the file, four in the trainer. */
static void save_on_the_way(world *w)
{
    steps(w, 3);
    must(libnc_trainer_set_attachment(w->trainer, "some bytes", 10));
    must(call_trainer_save(w));
    steps(w, 4);
}

static void prepare_to_save(world *w)
{
    prepare_state(w);
    world_train(w);
    steps(w, 3);
}

static void prepare_reduced_file(world *w)
{
    prepare_state(w);
    world_train(w);
    save_on_the_way(w);
}

static void prepare_minibatch_file(world *w)
{
    prepare_state(w);
    prepare_minibatch(w);
    save_on_the_way(w);
}

static void prepare_backbone_file(world *w)
{
    prepare_state(w);
    prepare_backbone(w);
    must(libnc_trainer_run(w->trainer, NULL));
    save_on_the_way(w);
}

static void prepare_energies_file(world *w)
{
    prepare_state(w);
    prepare_energies(w);
    save_on_the_way(w);
}

static libnc_status call_trainer_load(world *w)
{
    return libnc_trainer_load(w->trainer, state_path);
}

static libnc_status call_set_attachment(world *w)
{
    return libnc_trainer_set_attachment(w->trainer, "abc", 3);
}

static void follow_file(world *w, record *r)
{
    follow_training(w, r);
    unlink(state_path);
}

static const fault_case cases[] = {
    {"libnc_trainer_create", .call = call_trainer_create},
    {"libnc_trainer_create_head", .call = call_create_head, .prepare = prepare_head_model},
    {"libnc_trainer_step_features", .call = call_step_features, .prepare = prepare_head,
     .follow = follow_head},
    {"libnc_trainer_step", "reduced, momentum", .call = call_step, .prepare = prepare_trainer,
     .follow = follow_training},
    {"libnc_trainer_step", "reduced, descent, float32", .call = call_step,
     .prepare = prepare_trainer, .follow = follow_training, .scalar = LIBNC_FLOAT32,
     .optimizer = LIBNC_OPTIMIZER_GRADIENT_DESCENT},
    {"libnc_trainer_step", "fused", .call = call_step, .prepare = prepare_unreduced,
     .follow = follow_training},
    {"libnc_trainer_step", "fused, two threads", .call = call_step,
     .prepare = prepare_unreduced_threads, .follow = follow_training,
     .loss = LIBNC_LOSS_CROSS_ENTROPY, .optimizer = LIBNC_OPTIMIZER_NESTEROV},
    {"libnc_trainer_step", "fused, Adam", .call = call_step, .prepare = prepare_trainer,
     .follow = follow_training, .loss = LIBNC_LOSS_FOCAL, .optimizer = LIBNC_OPTIMIZER_ADAM},
    {"libnc_trainer_step", "layered", .call = call_step, .prepare = prepare_layered,
     .follow = follow_training, .optimizer = LIBNC_OPTIMIZER_ADAMW},
    {"libnc_trainer_step", "reduced L-BFGS", .call = call_step, .prepare = prepare_trainer,
     .follow = follow_training, .optimizer = LIBNC_OPTIMIZER_LBFGS},
    {"libnc_trainer_step", "L-BFGS", .call = call_step, .prepare = prepare_trainer,
     .follow = follow_training, .loss = LIBNC_LOSS_CROSS_ENTROPY,
     .optimizer = LIBNC_OPTIMIZER_LBFGS},
    {"libnc_trainer_step", "minibatch", .call = call_step, .prepare = prepare_minibatch,
     .follow = follow_training},
    {"libnc_trainer_step", "backbone", .call = call_step, .prepare = prepare_backbone,
     .follow = follow_training, .loss = LIBNC_LOSS_CROSS_ENTROPY},
    {"libnc_trainer_step", "backbone, L-BFGS", .call = call_step, .prepare = prepare_backbone,
     .follow = follow_training, .optimizer = LIBNC_OPTIMIZER_LBFGS},
    {"libnc_trainer_step", "backbone, minibatch", .call = call_step,
     .prepare = prepare_backbone_minibatch, .follow = follow_training, .scalar = LIBNC_FLOAT32,
     .loss = LIBNC_LOSS_CROSS_ENTROPY, .optimizer = LIBNC_OPTIMIZER_ADAM},
    {"libnc_trainer_step", "reduction off", .call = call_step, .prepare = prepare_reduction_off,
     .follow = follow_training},
    {"libnc_trainer_step", "reduction off, L-BFGS", .call = call_step,
     .prepare = prepare_reduction_off, .follow = follow_training,
     .optimizer = LIBNC_OPTIMIZER_LBFGS},
    {"libnc_trainer_step", "reduction on", .call = call_step, .prepare = prepare_reduction_on,
     .follow = follow_training, .optimizer = LIBNC_OPTIMIZER_NESTEROV},
    {"libnc_trainer_step", "smaller batch", .call = call_step, .prepare = prepare_smaller_batch,
     .follow = follow_training},
    {"libnc_trainer_step", "other batch", .call = call_step, .prepare = prepare_other_batch,
     .follow = follow_training},
    {"libnc_trainer_step", "full batch", .call = call_step, .prepare = prepare_full_batch,
     .follow = follow_training},
    {"libnc_trainer_step", "other threads", .call = call_step, .prepare = prepare_other_threads,
     .follow = follow_training},
    {"libnc_trainer_step", "weights later", .call = call_step, .prepare = prepare_weights_later,
     .follow = follow_training},
    {"libnc_trainer_step", "features written", .call = call_step,
     .prepare = prepare_features_written, .follow = follow_training},
    {"libnc_trainer_step", "features written, L-BFGS", .call = call_step,
     .prepare = prepare_features_written, .follow = follow_training,
     .optimizer = LIBNC_OPTIMIZER_LBFGS},
    {"libnc_trainer_set_repeats", "first", .call = call_repeats, .prepare = prepare_trainer,
     .follow = follow_training},
    {"libnc_trainer_set_repeats", "other", .call = call_repeats, .prepare = prepare_other_repeats,
     .follow = follow_training, .loss = LIBNC_LOSS_CROSS_ENTROPY},
    {"libnc_trainer_step", "repeats later", .call = call_step, .prepare = prepare_repeats,
     .follow = follow_training},
    {"libnc_trainer_step", "energies", .call = call_step, .prepare = prepare_energies,
     .follow = follow_training},
    {"libnc_trainer_step", "energies, L-BFGS", .call = call_step, .prepare = prepare_energies,
     .follow = follow_training, .loss = LIBNC_LOSS_CROSS_ENTROPY,
     .optimizer = LIBNC_OPTIMIZER_LBFGS},
    {"libnc_trainer_step", "energies later", .call = call_step, .prepare = prepare_energies_later,
     .follow = follow_training},
    {"libnc_trainer_step", "energies later, L-BFGS", .call = call_step,
     .prepare = prepare_energies_later, .follow = follow_training, .loss = LIBNC_LOSS_CROSS_ENTROPY,
     .optimizer = LIBNC_OPTIMIZER_LBFGS},
    {"libnc_trainer_evaluate", "energies", .call = call_evaluate, .prepare = prepare_energies,
     .follow = follow_training},
    {"libnc_trainer_run", "from the start", .call = call_run, .prepare = prepare_trainer,
     .follow = follow_training, .keeps = true},
    {"libnc_trainer_run", "full history", .call = call_run, .prepare = prepare_full_history,
     .follow = follow_training, .keeps = true},
    {"libnc_trainer_run", "reduction off", .call = call_run, .prepare = prepare_reduction_off,
     .follow = follow_training, .keeps = true},
    {"libnc_trainer_geometry", .call = call_trainer_geometry, .prepare = prepare_trainer,
     .follow = follow_training},
    {"libnc_trainer_geometry", "repeats", .call = call_trainer_geometry, .prepare = prepare_repeats,
     .follow = follow_training},
    {"libnc_trainer_evaluate", "from the start", .call = call_evaluate, .prepare = prepare_trainer,
     .follow = follow_training},
    {"libnc_trainer_evaluate", "after steps", .call = call_evaluate, .prepare = prepare_steps_done,
     .follow = follow_training},
    {"libnc_trainer_evaluate", "reduction off", .call = call_evaluate,
     .prepare = prepare_reduction_off, .follow = follow_training},
    {"libnc_trainer_evaluate", "reduction on", .call = call_evaluate,
     .prepare = prepare_reduction_on, .follow = follow_training},
    {"libnc_trainer_evaluate", "smaller batch", .call = call_evaluate,
     .prepare = prepare_smaller_batch, .follow = follow_training},
    {"libnc_trainer_evaluate", "full batch", .call = call_evaluate, .prepare = prepare_full_batch,
     .follow = follow_training},
    {"libnc_trainer_evaluate", "features written", .call = call_evaluate,
     .prepare = prepare_features_written, .follow = follow_training,
     .optimizer = LIBNC_OPTIMIZER_NESTEROV},
    {"libnc_trainer_gradient", "from the start", .call = call_gradient, .prepare = prepare_trainer,
     .follow = follow_training, .optimizer = LIBNC_OPTIMIZER_LBFGS},
    {"libnc_trainer_gradient", "after steps", .call = call_gradient, .prepare = prepare_steps_done,
     .follow = follow_training},
    {"libnc_trainer_save", "reduced", .call = call_trainer_save, .prepare = prepare_to_save,
     .follow = follow_file},
    {"libnc_trainer_save", "backbone", .call = call_trainer_save, .prepare = prepare_backbone_file,
     .follow = follow_file},
    {"libnc_trainer_load", "reduced", .call = call_trainer_load, .prepare = prepare_reduced_file,
     .follow = follow_file},
    {"libnc_trainer_load", "reduced L-BFGS", .call = call_trainer_load,
     .prepare = prepare_reduced_file, .follow = follow_file, .optimizer = LIBNC_OPTIMIZER_LBFGS},
    {"libnc_trainer_load", "minibatch", .call = call_trainer_load,
     .prepare = prepare_minibatch_file, .follow = follow_file, .scalar = LIBNC_FLOAT32,
     .optimizer = LIBNC_OPTIMIZER_ADAM},
    {"libnc_trainer_load", "backbone", .call = call_trainer_load, .prepare = prepare_backbone_file,
     .follow = follow_file},
    {"libnc_trainer_load", "energies, L-BFGS", .call = call_trainer_load,
     .prepare = prepare_energies_file, .follow = follow_file, .loss = LIBNC_LOSS_CROSS_ENTROPY,
     .optimizer = LIBNC_OPTIMIZER_LBFGS},
    {"libnc_trainer_set_attachment", .call = call_set_attachment, .prepare = prepare_trainer},
};

static int32_t never(libnc_trainer *trainer, void *user)
{
    (void)trainer;
    (void)user;
    return 0;
}

static void steady(world *w)
{
    double column[8];
    STEADY(libnc_trainer_set_observer(w->trainer, never, NULL));
    STEADY(libnc_trainer_sync(w->trainer));
    STEADY(libnc_trainer_history(w->trainer, 1, column, 2));
    STEADY(libnc_trainer_attachment(w->trainer, column, 0));
    GETTER(libnc_trainer_attachment_size(w->trainer));
    GETTER(libnc_trainer_history_rows(w->trainer));
    GETTER(libnc_trainer_options(w->trainer));
    GETTER(libnc_trainer_model(w->trainer));
    GETTER(libnc_trainer_reason(w->trainer));
    GETTER(libnc_trainer_iterations(w->trainer));
    GETTER(libnc_trainer_seconds(w->trainer));
    GETTER(libnc_trainer_is_reduced(w->trainer));
    STEADY(libnc_trainer_step(w->trainer, 3, NULL));
}

const fault_table trainer_faults = {"trainer", .cases = cases, .count = FAULT_CASES(cases),
                                    .steady = steady};
