/* SPDX-License-Identifier: MIT
 *
 * trainer.c: the trainer handle, its stop rules, observers and history.
 */
#include "train/trainer_internal.h"

#include "data/dataset_internal.h"
#include "train/gradient.h"
#include "train/plan.h"
#include "train/steps.h"

#include <limits.h>
#include <math.h>
#include <string.h>

static const char *const reduction_names[] = {"off", "auto", NULL};
static const char *const repeat_decay_names[] = {"sample", "visit", NULL};

static const nc__option_spec specs[] = {
    {LIBNC_TRAINER_OPTION_BATCH_SIZE, LIBNC_OPTION_INT64, "batch_size", 0, INT_MAX, 0, NULL,
     "samples per step; 0: all"},
    {LIBNC_TRAINER_OPTION_SEED, LIBNC_OPTION_INT64, "seed", 0, 9007199254740992.0, 0, NULL,
     "seed of the minibatch order"},
    {LIBNC_TRAINER_OPTION_REDUCTION, LIBNC_OPTION_CHOICE, "reduction", LIBNC_TRAINER_REDUCTION_OFF,
     LIBNC_TRAINER_REDUCTION_AUTO, LIBNC_TRAINER_REDUCTION_AUTO, reduction_names,
     "exact reduction of full-batch MSE on free features"},
    {LIBNC_TRAINER_OPTION_ITERATIONS, LIBNC_OPTION_INT64, "iterations", 0, 9007199254740992.0,
     30000, NULL, "most steps of one run"},
    {LIBNC_TRAINER_OPTION_TIME_LIMIT, LIBNC_OPTION_DOUBLE, "time_limit", 0, INFINITY, INFINITY,
     NULL, "most seconds of one run"},
    {LIBNC_TRAINER_OPTION_GRADIENT_TOLERANCE, LIBNC_OPTION_DOUBLE, "gradient_tolerance", 0, 1e300,
     0, NULL, "stop when the gradient's norm is at or below; 0: never"},
    {LIBNC_TRAINER_OPTION_PREDICTED_LOSS, LIBNC_OPTION_DOUBLE, "predicted_loss", 0, 1e300, 0, NULL,
     "optimal objective, for the gap"},
    {LIBNC_TRAINER_OPTION_GAP_TOLERANCE, LIBNC_OPTION_DOUBLE, "gap_tolerance", 0, 1e300, 0, NULL,
     "stop when (objective - predicted) / predicted is at or below; 0: never"},
    {LIBNC_TRAINER_OPTION_CHECK_EVERY, LIBNC_OPTION_INT64, "check_every", 1, 9007199254740992.0,
     100, NULL, "steps between evaluations of the whole objective"},
    {LIBNC_TRAINER_OPTION_OBSERVE_EVERY, LIBNC_OPTION_INT64, "observe_every", 1, 9007199254740992.0,
     100, NULL, "steps between calls of the observer"},
    {LIBNC_TRAINER_OPTION_REPEAT_DECAY, LIBNC_OPTION_CHOICE, "repeat_decay",
     LIBNC_REPEAT_DECAY_SAMPLE, LIBNC_REPEAT_DECAY_VISIT, LIBNC_REPEAT_DECAY_SAMPLE,
     repeat_decay_names, "what the feature decay counts under oversampling"},
    {LIBNC_TRAINER_OPTION_CROP_PADDING, LIBNC_OPTION_INT64, "crop_padding", 0, 32768, 0, NULL,
     "zeros around an image, of which minibatches show a random crop"},
    {LIBNC_TRAINER_OPTION_FLIP, LIBNC_OPTION_INT64, "flip", 0, 1, 0, NULL,
     "whether minibatches show half of the images mirrored"},
};
NC__OPTIONS_FIT(specs);

/* ---- create ---- */

static libnc_status check_penalty(libnc_context *context, const libnc_penalty *penalty,
                                  const libnc_model *model)
{
    bool fits = penalty->count == model->parameter_count;
    for (int32_t i = 0; fits && i < model->parameter_count; i++)
        fits = penalty->rows[i] == model->parameters[i].value.rows &&
               penalty->cols[i] == model->parameters[i].value.cols &&
               strcmp(penalty->names[i], model->parameters[i].name) == 0;
    return fits ? LIBNC_OK
                : nc__fail(context, LIBNC_ERROR_DIMENSION,
                           "penalty: made for a model of other shapes");
}

static libnc_status check_bindings(libnc_model *model, const libnc_loss *loss,
                                   const libnc_penalty *penalty, const libnc_optimizer *optimizer)
{
    libnc_context *context = model->context;
    if (!loss || !penalty || !optimizer)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = NULL: must be given",
                        !loss      ? "loss"
                        : !penalty ? "penalty"
                                   : "optimizer");
    if (loss->context != context || penalty->context != context || optimizer->context != context)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "loss, penalty or optimizer: made from another context than the model");
    libnc_status status;
    if ((status = check_penalty(context, penalty, model)) != LIBNC_OK ||
        (status = nc__loss_check(loss, context, model->classes)) != LIBNC_OK)
        return status;
    if (model->sync)
        return nc__fail(context, LIBNC_ERROR_STATE,
                        "model: another trainer is training it; destroy that one first");
    return LIBNC_OK;
}

static libnc_status check_dataset(const libnc_model *model, const libnc_dataset *dataset)
{
    const libnc_status status = nc__model_check_dataset(model, dataset);
    const int64_t classes = status == LIBNC_OK && dataset ? dataset->classes->count : 0;
    if (classes > model->classes)
        return nc__fail(model->context, LIBNC_ERROR_DIMENSION,
                        "classes of dataset = %lld: must be at most %lld, those of the model",
                        (long long)classes, (long long)model->classes);
    return status;
}

/* Everything after validation. The classes' counts, of which there may be fewer than K, or those of
 * the free features. */
static libnc_status create(libnc_trainer **trainer, const libnc_trainer *prototype,
                           const libnc_classes *classes)
{
    libnc_model *model = prototype->model;
    libnc_context *context = model->context;
    libnc_trainer *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    *created = *prototype;
    created->context = context;
    created->counts = nc__alloc(context, (size_t)model->classes, sizeof *created->counts);
    if (!created->counts) {
        nc__free(context, created);
        return LIBNC_ERROR_MEMORY;
    }
    if (classes)
        memcpy(created->counts, classes->counts, (size_t)classes->count * sizeof *created->counts);
    for (int64_t i = 0; i < model->samples; i++)
        created->counts[model->labels[i]]++;
    created->samples = classes ? classes->samples : model->samples;
    created->entries = created->samples;
    nc__options_init(&created->options, context, specs, (int32_t)(sizeof specs / sizeof specs[0]));
    model->sync = nc__trainer_sync;
    model->sync_user = created;
    *trainer = created;
    return LIBNC_OK;
}

libnc_status libnc_trainer_create(libnc_trainer **trainer, libnc_model *model,
                                  const libnc_loss *loss, const libnc_penalty *penalty,
                                  const libnc_optimizer *optimizer, const libnc_dataset *dataset)
{
    if (!model)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status;
    if ((status = nc__check_given(model->context, "trainer", trainer)) != LIBNC_OK ||
        (status = check_bindings(model, loss, penalty, optimizer)) != LIBNC_OK ||
        (status = check_dataset(model, dataset)) != LIBNC_OK)
        return status;
    const libnc_trainer prototype = {.model = model,
                                     .loss = loss,
                                     .penalty = penalty,
                                     .optimizer = optimizer,
                                     .dataset = dataset};
    return create(trainer, &prototype, dataset ? dataset->classes : NULL);
}

static libnc_status check_head(const libnc_model *model, const libnc_classes *classes)
{
    libnc_context *context = model->context;
    if (nc__model_is_free(model) || libnc_network_nodes(model->network) > 0)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "model: has features of its own: must be a head alone");
    const libnc_status status = nc__check_given(context, "classes", classes);
    if (status != LIBNC_OK)
        return status;
    if (classes->context != context)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "classes: made from another context");
    if (classes->count != model->classes)
        return nc__fail(context, LIBNC_ERROR_DIMENSION,
                        "classes: %lld of them: must be %lld, those of the model",
                        (long long)classes->count, (long long)model->classes);
    return LIBNC_OK;
}

libnc_status libnc_trainer_create_head(libnc_trainer **trainer, libnc_model *model,
                                       const libnc_loss *loss, const libnc_penalty *penalty,
                                       const libnc_optimizer *optimizer,
                                       const libnc_classes *classes)
{
    if (!model)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status;
    if ((status = nc__check_given(model->context, "trainer", trainer)) != LIBNC_OK ||
        (status = check_bindings(model, loss, penalty, optimizer)) != LIBNC_OK ||
        (status = check_head(model, classes)) != LIBNC_OK)
        return status;
    const libnc_trainer prototype = {
        .model = model, .loss = loss, .penalty = penalty, .optimizer = optimizer, .is_fed = true};
    return create(trainer, &prototype, classes);
}

void libnc_trainer_destroy(libnc_trainer *trainer)
{
    if (!trainer)
        return;
    nc__trainer_drop_plan(trainer);
    trainer->model->sync = NULL;
    trainer->model->sync_user = NULL;
    nc__free(trainer->context, trainer->counts);
    nc__free(trainer->context, trainer->labels);
    nc__free(trainer->context, trainer->weights);
    nc__free(trainer->context, trainer->repeats);
    nc__free(trainer->context, trainer->history);
    nc__free(trainer->context, trainer->attachment);
    nc__free(trainer->context, trainer);
}

libnc_options *libnc_trainer_options(libnc_trainer *trainer)
{
    return trainer ? &trainer->options : NULL;
}

libnc_model *libnc_trainer_model(libnc_trainer *trainer)
{
    return trainer ? trainer->model : NULL;
}

libnc_status libnc_trainer_set_observer(libnc_trainer *trainer, libnc_observer_fn observer,
                                        void *user)
{
    if (!trainer)
        return LIBNC_ERROR_ARGUMENT;
    trainer->observer = observer;
    trainer->observer_user = user;
    return LIBNC_OK;
}

int32_t libnc_trainer_reason(const libnc_trainer *trainer)
{
    return trainer && trainer->running ? trainer->run.reason : LIBNC_STOP_NONE;
}

int64_t libnc_trainer_iterations(const libnc_trainer *trainer)
{
    return trainer ? trainer->iterations : 0;
}

double libnc_trainer_seconds(const libnc_trainer *trainer)
{
    return trainer ? trainer->seconds : 0;
}

int32_t libnc_trainer_is_reduced(const libnc_trainer *trainer)
{
    return trainer && trainer->plan.reduced.data ? 1 : 0;
}

libnc_status libnc_trainer_sync(libnc_trainer *trainer)
{
    if (!trainer)
        return LIBNC_ERROR_ARGUMENT;
    nc__trainer_sync(trainer);
    return LIBNC_OK;
}

/* ---- oversampling ---- */

static libnc_status check_repeats(const libnc_trainer *trainer, const int64_t *repeats,
                                  int64_t class_count, int64_t *entries)
{
    libnc_context *context = trainer->context;
    const int64_t classes = trainer->model->classes;
    if (!repeats)
        return class_count == 0 ? LIBNC_OK
                                : nc__fail(context, LIBNC_ERROR_ARGUMENT,
                                           "repeats = NULL: must be given, or class_count be 0");
    if (class_count != classes)
        return nc__fail(context, LIBNC_ERROR_DIMENSION,
                        "class_count = %lld: must be %lld, that of the model",
                        (long long)class_count, (long long)classes);
    *entries = nc__repeated_count(context, trainer->counts, repeats, classes);
    return *entries > 0 ? LIBNC_OK : LIBNC_ERROR_ARGUMENT;
}

libnc_status libnc_trainer_set_repeats(libnc_trainer *trainer, const int64_t *repeats,
                                       int64_t class_count)
{
    if (!trainer)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = trainer->context;
    const size_t count = (size_t)trainer->model->classes;
    int64_t entries = trainer->samples, *copy = NULL;
    double *weights = NULL;
    libnc_status status = check_repeats(trainer, repeats, class_count, &entries);
    if (status != LIBNC_OK)
        return status;
    if (repeats && (!(copy = nc__alloc(context, count, sizeof *copy)) ||
                    !(weights = nc__alloc(context, count, sizeof *weights)))) {
        nc__free(context, copy);
        return LIBNC_ERROR_MEMORY;
    }
    if (repeats)
        memcpy(copy, repeats, count * sizeof *copy);
    nc__free(context, trainer->repeats);
    nc__free(context, trainer->weights);
    trainer->repeats = copy;
    trainer->weights = weights;
    trainer->entries = entries;
    trainer->repeats_revision++;
    return LIBNC_OK;
}

/* ---- evaluate ---- */

static libnc_status check_data(const libnc_trainer *trainer)
{
    return trainer->is_fed ? nc__fail(trainer->context, LIBNC_ERROR_STATE,
                                      "trainer: has no data, its features come from outside by "
                                      "libnc_trainer_step_features()")
                           : LIBNC_OK;
}

/* The objective and, in the gradient's workspace, its gradient. L-BFGS keeps a copy of its own, so
 * that its count of steps without progress goes on. */
static libnc_status evaluate(libnc_trainer *trainer, double *objective, double *loss)
{
    libnc_status status = check_data(trainer);
    if (status == LIBNC_OK)
        status = nc__trainer_plan(trainer, true);
    if (status != LIBNC_OK)
        return status;
    nc__plan *plan = &trainer->plan;
    nc__gradient_objective(&plan->gradient, objective, loss);
    if (plan->key.constrains)
        nc__energies_project_gradient(&plan->energies, plan->gradient.values);
    return LIBNC_OK;
}

libnc_status libnc_trainer_evaluate(libnc_trainer *trainer, double *objective, double *loss,
                                    double *gradient_norm)
{
    if (!trainer)
        return LIBNC_ERROR_ARGUMENT;
    double whole, part;
    libnc_status status = evaluate(trainer, &whole, &part);
    if (status != LIBNC_OK)
        return status;
    if (!isfinite(whole))
        return nc__fail(trainer->context, LIBNC_ERROR_NOT_FINITE,
                        "%sobjective = %g after step %lld",
                        trainer->iterations > 0 ? "training diverged: " : "", whole,
                        (long long)trainer->iterations);
    const double norm = gradient_norm ? nc__gradient_norm(&trainer->plan.gradient) : 0;
    if (!isfinite(norm))
        return nc__fail(trainer->context, LIBNC_ERROR_NOT_FINITE,
                        "gradient_norm = %g after step %lld", norm, (long long)trainer->iterations);
    if (objective)
        *objective = whole;
    if (loss)
        *loss = part;
    if (gradient_norm)
        *gradient_norm = norm;
    return LIBNC_OK;
}

libnc_status libnc_trainer_gradient(libnc_trainer *trainer, int32_t index, double *values,
                                    size_t size)
{
    if (!trainer)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = trainer->context;
    libnc_model *model = trainer->model;
    if (index < 0 || index >= model->parameter_count)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "index = %d: must be from 0 to %d", index,
                        model->parameter_count - 1);
    if (!values)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "values = NULL: must be given");
    const nc__tensor *parameter = &model->parameters[index].value;
    const size_t wanted = (size_t)parameter->rows * (size_t)parameter->cols;
    if (size != wanted)
        return nc__fail(context, LIBNC_ERROR_DIMENSION, "size = %zu: must be %zu (%s)", size,
                        wanted, model->parameters[index].name);
    double objective, loss;
    libnc_status status = evaluate(trainer, &objective, &loss);
    if (status != LIBNC_OK)
        return status;
    const nc__tensor *gradient = &trainer->plan.gradient.values[index];
    if (!nc__all_finite(gradient))
        return nc__fail(context, LIBNC_ERROR_NOT_FINITE,
                        "values: the gradient of %s is not finite after step %lld",
                        model->parameters[index].name, (long long)trainer->iterations);
    if (index == 0 && trainer->plan.reduced.data) {
        nc__tensor full = nc__tensor_f64(values, parameter->rows, parameter->cols);
        nc__reduction_expand(&trainer->plan.reduction, gradient, &full);
    } else {
        nc__to_double(gradient, values);
    }
    return LIBNC_OK;
}

/* ---- history ---- */

static libnc_status grow_history(libnc_trainer *trainer)
{
    if (trainer->history_rows < trainer->history_capacity)
        return LIBNC_OK;
    const int64_t capacity = trainer->history_capacity ? 2 * trainer->history_capacity : 64;
    double *grown =
        nc__alloc(trainer->context, (size_t)capacity, NC__HISTORY_COLUMNS * sizeof *grown);
    if (!grown)
        return LIBNC_ERROR_MEMORY;
    if (trainer->history_rows > 0)
        memcpy(grown, trainer->history,
               (size_t)trainer->history_rows * NC__HISTORY_COLUMNS * sizeof *grown);
    nc__free(trainer->context, trainer->history);
    trainer->history = grown;
    trainer->history_capacity = capacity;
    return LIBNC_OK;
}

int64_t libnc_trainer_history_rows(const libnc_trainer *trainer)
{
    return trainer ? trainer->history_rows : 0;
}

libnc_status libnc_trainer_history(const libnc_trainer *trainer, int32_t column, double *values,
                                   size_t size)
{
    if (!trainer)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = trainer->context;
    libnc_status status =
        nc__check_bounds(context, "column", column, LIBNC_HISTORY_ITERATION, LIBNC_HISTORY_SECONDS);
    if (status == LIBNC_OK)
        status = nc__check_given(context, "values", values);
    if (status == LIBNC_OK)
        status = nc__check_size(context, size, trainer->history_rows);
    for (size_t i = 0; i < size && status == LIBNC_OK; i++)
        values[i] = trainer->history[i * NC__HISTORY_COLUMNS + (size_t)column - 1];
    return status;
}

/* ---- attachment ---- */

libnc_status libnc_trainer_set_attachment(libnc_trainer *trainer, const void *bytes, size_t size)
{
    if (!trainer)
        return LIBNC_ERROR_ARGUMENT;
    if (!bytes && size > 0)
        return nc__fail(trainer->context, LIBNC_ERROR_ARGUMENT,
                        "bytes = NULL: must be given, or size be 0");
    unsigned char *copy = size > 0 ? nc__alloc(trainer->context, size, 1) : NULL;
    if (size > 0 && !copy)
        return LIBNC_ERROR_MEMORY;
    if (size > 0)
        memcpy(copy, bytes, size);
    nc__free(trainer->context, trainer->attachment);
    trainer->attachment = copy;
    trainer->attachment_size = size;
    return LIBNC_OK;
}

size_t libnc_trainer_attachment_size(const libnc_trainer *trainer)
{
    return trainer ? trainer->attachment_size : 0;
}

libnc_status libnc_trainer_attachment(const libnc_trainer *trainer, void *bytes, size_t size)
{
    if (!trainer)
        return LIBNC_ERROR_ARGUMENT;
    if (!bytes)
        return nc__fail(trainer->context, LIBNC_ERROR_ARGUMENT, "bytes = NULL: must be given");
    if (size != trainer->attachment_size)
        return nc__fail(trainer->context, LIBNC_ERROR_DIMENSION, "size = %zu: must be %zu", size,
                        trainer->attachment_size);
    if (size > 0)
        memcpy(bytes, trainer->attachment, size);
    return LIBNC_OK;
}

/* ---- step and run ---- */

/* What can fail for lack of memory comes before the first step, but for a longer history. */
static libnc_status begin_steps(libnc_trainer *trainer, bool runs)
{
    if (trainer->running)
        return nc__fail(trainer->context, LIBNC_ERROR_STATE,
                        "an observer must not call step or run of its own trainer");
    libnc_status status = check_data(trainer);
    if (status == LIBNC_OK && runs)
        status = grow_history(trainer);
    if (status == LIBNC_OK)
        status = nc__trainer_plan(trainer, runs);
    if (status == LIBNC_OK)
        nc__trainer_refresh(trainer);
    return status;
}

libnc_status libnc_trainer_step(libnc_trainer *trainer, int64_t count, int32_t *reason)
{
    if (!trainer)
        return LIBNC_ERROR_ARGUMENT;
    if (count < 0)
        return nc__fail(trainer->context, LIBNC_ERROR_ARGUMENT, "count = %lld: must be at least 0",
                        (long long)count);
    int32_t found = LIBNC_STOP_NONE;
    libnc_status status = begin_steps(trainer, false);
    const double start = nc__seconds();
    for (int64_t i = 0; i < count && status == LIBNC_OK && found == LIBNC_STOP_NONE; i++)
        status = nc__trainer_take_step(trainer, &found);
    trainer->seconds += nc__seconds() - start;
    if (status == LIBNC_OK && reason)
        *reason = found;
    return status;
}

/* Evaluates the objective, records it and applies the stop rules that need it. */
static libnc_status check(libnc_trainer *trainer, int32_t *reason)
{
    double objective, norm, rate = 0;
    libnc_status status = libnc_trainer_evaluate(trainer, &objective, NULL, &norm);
    if (status != LIBNC_OK || (status = grow_history(trainer)) != LIBNC_OK)
        return status;
    if ((status = libnc_optimizer_rate(trainer->optimizer, trainer->iterations, &rate)) != LIBNC_OK)
        return status;
    const double row[NC__HISTORY_COLUMNS] = {(double)trainer->iterations, objective, norm, rate,
                                             trainer->seconds};
    memcpy(trainer->history + trainer->history_rows++ * NC__HISTORY_COLUMNS, row, sizeof row);
    const double tolerance = nc__option(&trainer->options, LIBNC_TRAINER_OPTION_GRADIENT_TOLERANCE);
    const double predicted = nc__option(&trainer->options, LIBNC_TRAINER_OPTION_PREDICTED_LOSS);
    const double gap = nc__option(&trainer->options, LIBNC_TRAINER_OPTION_GAP_TOLERANCE);
    if (tolerance > 0 && norm <= tolerance)
        *reason = LIBNC_STOP_GRADIENT;
    else if (gap > 0 && objective - predicted <= gap * predicted)
        *reason = LIBNC_STOP_GAP;
    return LIBNC_OK;
}

static bool is_due(int64_t done, int64_t every, bool last)
{
    return last || done % every == 0;
}

/* What happens between steps; `last` is why there will be no more, if it is known already. An
 * observer sees a run that ends, and ends one that goes on. */
static libnc_status pause(libnc_trainer *trainer, int32_t last, int32_t *reason)
{
    const int64_t check_every = nc__option_int(&trainer->options, LIBNC_TRAINER_OPTION_CHECK_EVERY);
    const int64_t observe_every =
        nc__option_int(&trainer->options, LIBNC_TRAINER_OPTION_OBSERVE_EVERY);
    nc__run *run = &trainer->run;
    libnc_status status = LIBNC_OK;
    if (is_due(run->done, check_every, last != LIBNC_STOP_NONE))
        status = check(trainer, reason);
    if (status != LIBNC_OK)
        return status;
    run->reason = *reason != LIBNC_STOP_NONE ? *reason : last;
    if (trainer->observer && is_due(run->done, observe_every, run->reason != LIBNC_STOP_NONE) &&
        trainer->observer(trainer, trainer->observer_user) && *reason == LIBNC_STOP_NONE)
        *reason = LIBNC_STOP_OBSERVER;
    else
        *reason = run->reason;
    return LIBNC_OK;
}

static libnc_status timed_step(libnc_trainer *trainer, int32_t *reason)
{
    const double start = nc__seconds();
    /* an observer may have changed settings */
    libnc_status status = nc__trainer_plan(trainer, false);
    if (status == LIBNC_OK)
        nc__trainer_refresh(trainer);
    if (status == LIBNC_OK)
        status = nc__trainer_take_step(trainer, reason);
    trainer->seconds += nc__seconds() - start;
    return status;
}

static int32_t limit_reached(const libnc_trainer *trainer)
{
    const nc__run *run = &trainer->run;
    return run->done >= run->limit        ? LIBNC_STOP_ITERATIONS
           : trainer->seconds >= run->end ? LIBNC_STOP_TIME
                                          : LIBNC_STOP_NONE;
}

/* A step with the pause behind it. */
static libnc_status advance(libnc_trainer *trainer, int32_t *reason)
{
    int32_t last = LIBNC_STOP_NONE;
    libnc_status status = timed_step(trainer, &last);
    trainer->run.done++;
    if (last == LIBNC_STOP_NONE)
        last = limit_reached(trainer);
    return status == LIBNC_OK ? pause(trainer, last, reason) : status;
}

/* A run that was loaded goes on from the pause that it was saved in, where it may have been at its
 * end: at a limit only if that is the present one. */
static libnc_status begin_run(libnc_trainer *trainer, int32_t *reason)
{
    nc__run *run = &trainer->run;
    const bool is_loaded = run->is_open;
    if (!is_loaded)
        *run = (nc__run){.is_open = true, .start = trainer->seconds};
    run->limit = nc__option_int(&trainer->options, LIBNC_TRAINER_OPTION_ITERATIONS);
    run->end = run->start + nc__option(&trainer->options, LIBNC_TRAINER_OPTION_TIME_LIMIT);
    if (!is_loaded)
        return pause(trainer, run->limit == 0 ? LIBNC_STOP_ITERATIONS : LIBNC_STOP_NONE, reason);
    const bool is_limit = run->reason == LIBNC_STOP_ITERATIONS || run->reason == LIBNC_STOP_TIME;
    *reason = run->reason == LIBNC_STOP_NONE || is_limit ? limit_reached(trainer) : run->reason;
    return LIBNC_OK;
}

static libnc_status run(libnc_trainer *trainer, int32_t *reason)
{
    libnc_status status = begin_run(trainer, reason);
    while (status == LIBNC_OK && *reason == LIBNC_STOP_NONE)
        status = advance(trainer, reason);
    trainer->run = (nc__run){0};
    return status;
}

libnc_status libnc_trainer_run(libnc_trainer *trainer, int32_t *reason)
{
    if (!trainer)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = begin_steps(trainer, true);
    if (status != LIBNC_OK)
        return status;
    int32_t found = LIBNC_STOP_NONE;
    trainer->running = true;
    status = run(trainer, &found);
    trainer->running = false;
    if (status == LIBNC_OK && reason)
        *reason = found;
    return status;
}
