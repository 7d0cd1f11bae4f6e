/* SPDX-License-Identifier: MIT
 *
 * plan.c: how a training run takes its steps: fused or dense, reduced or not, in which batches.
 */
#include "train/plan.h"

#include "data/dataset_internal.h"
#include "train/gradient.h"
#include "train/trainer_internal.h"

/* Where lengths up to the root of K times an energy, and values a thousand times smaller, are
 * normal numbers of float32 (1e-38 .. 3e38). */
static const double LEAST_SINGLE_ENERGY = 1e-60, LARGEST_SINGLE_ENERGY = 1e60;

enum { FIND = -1 }; /* a reduction from the features */

/* ---- deciding ---- */

static bool is_rotation_invariant(const libnc_trainer *trainer)
{
    const int32_t kind = libnc_optimizer_kind(trainer->optimizer);
    return libnc_loss_kind(trainer->loss) == LIBNC_LOSS_MSE &&
           !nc__loss_has_weights(trainer->loss) && !trainer->repeats &&
           !nc__penalty_has_energies(trainer->penalty) &&
           (kind == LIBNC_OPTIMIZER_GRADIENT_DESCENT || kind == LIBNC_OPTIMIZER_MOMENTUM ||
            kind == LIBNC_OPTIMIZER_NESTEROV || kind == LIBNC_OPTIMIZER_LBFGS);
}

static nc__plan_key wanted_key(const libnc_trainer *trainer)
{
    const int64_t batch = nc__option_int(&trainer->options, LIBNC_TRAINER_OPTION_BATCH_SIZE);
    nc__plan_key key = {.batch = batch > 0 && batch < trainer->entries ? batch : trainer->entries,
                        .features_revision = trainer->model->features_revision,
                        .repeats_revision = trainer->repeats_revision,
                        .threads = trainer->context->threads,
                        .constrains = nc__penalty_has_energies(trainer->penalty)};
    key.reduces = nc__option_int(&trainer->options, LIBNC_TRAINER_OPTION_REDUCTION) ==
                      LIBNC_TRAINER_REDUCTION_AUTO &&
                  nc__model_is_free(trainer->model) && key.batch == trainer->entries &&
                  is_rotation_invariant(trainer);
    if (libnc_optimizer_kind(trainer->optimizer) == LIBNC_OPTIMIZER_LBFGS)
        key.pairs =
            (int32_t)nc__option_int(&trainer->optimizer->options, LIBNC_OPTIMIZER_OPTION_HISTORY);
    return key;
}

static bool is_same_key(const nc__plan_key *a, const nc__plan_key *b)
{
    return a->batch == b->batch && a->features_revision == b->features_revision &&
           a->repeats_revision == b->repeats_revision && a->threads == b->threads &&
           a->pairs == b->pairs && a->reduces == b->reduces && a->constrains == b->constrains;
}

static nc__plan_kind kind_of(const libnc_trainer *trainer, const nc__plan *plan)
{
    if (libnc_optimizer_kind(trainer->optimizer) == LIBNC_OPTIMIZER_LBFGS)
        return NC__PLAN_LBFGS;
    const bool full_batch = plan->key.batch == trainer->entries;
    return nc__model_is_free(trainer->model) && full_batch && !plan->key.constrains &&
                   nc__linear_head_prefers_chain(trainer->model, plan->problem.features.rows)
               ? NC__PLAN_FUSED
               : NC__PLAN_DENSE;
}

/* ---- making ---- */

const int32_t *nc__trainer_labels(const libnc_trainer *trainer)
{
    return trainer->dataset ? trainer->dataset->labels : trainer->model->labels;
}

bool nc__trainer_decays_visits(const libnc_trainer *trainer)
{
    return nc__option_int(&trainer->options, LIBNC_TRAINER_OPTION_REPEAT_DECAY) ==
           LIBNC_REPEAT_DECAY_VISIT;
}

static nc__training_problem full_problem(const libnc_trainer *trainer)
{
    nc__training_problem problem = {.context = trainer->context,
                                    .model = trainer->model,
                                    .loss = trainer->loss,
                                    .penalty = trainer->penalty,
                                    .samples = trainer->samples,
                                    .entries = trainer->entries};
    if (nc__model_is_free(trainer->model))
        problem.features = *nc__model_features(trainer->model);
    else if (trainer->dataset)
        problem.inputs = nc__tensor_inputs(trainer->dataset);
    problem.labels = nc__trainer_labels(trainer);
    return problem;
}

/* Room for the rotated features, on which the steps then work. */
static libnc_status hold_reduced(nc__plan *plan)
{
    const libnc_model *model = plan->problem.model;
    const int64_t rows = model->classes + plan->reduction.extra;
    plan->reduced = nc__arena_tensor(&plan->arena, model->scalar, rows, plan->reduction.width);
    if (!plan->reduced.data)
        return LIBNC_ERROR_MEMORY;
    plan->problem.features = plan->reduced;
    plan->problem.labels = plan->reduction.labels;
    plan->problem.sample_scale = plan->reduction.sample_scale;
    return LIBNC_OK;
}

/* Rotates the features, and their velocity where training has begun: both into fresh tensors, so
 * that a failure changes nothing. */
static libnc_status make_reduction(libnc_trainer *trainer, nc__plan *plan, nc__tensor *velocity)
{
    libnc_model *model = trainer->model;
    const nc__tensor *features = nc__model_features(model);
    const nc__tensor none = {0}, *state = trainer->moments.m ? &trainer->moments.m[0] : &none;
    const bool moves = state->data && nc__sum_squares(state) > 0;
    if (!nc__reduction_pays(model->samples, model->classes, features->cols, moves))
        return LIBNC_OK;
    libnc_status status = nc__reduction_create(&plan->reduction, &plan->arena, model->labels,
                                               model->classes, features, moves ? state : &none);
    if (status == LIBNC_OK)
        status = hold_reduced(plan);
    if (status != LIBNC_OK)
        return status;
    if (state->data)
        *velocity =
            nc__tensor_alloc(trainer->context, model->scalar, plan->reduced.rows, features->cols);
    if (state->data && !velocity->data)
        return LIBNC_ERROR_MEMORY;
    nc__reduction_apply(&plan->reduction, features, &plan->reduced);
    if (moves)
        nc__reduction_apply(&plan->reduction, state, velocity);
    return LIBNC_OK;
}

/* Of zeros, with `extra` columns beside the classes'; none for 0. */
static libnc_status make_blank_reduction(libnc_trainer *trainer, nc__plan *plan, int64_t extra)
{
    libnc_model *model = trainer->model;
    if (extra == 0)
        return LIBNC_OK;
    const libnc_status status =
        nc__reduction_create_blank(&plan->reduction, &plan->arena, model->labels, model->classes,
                                   model->samples, model->widths[0], extra);
    return status == LIBNC_OK ? hold_reduced(plan) : status;
}

static void free_moments(libnc_context *context, nc__moments *moments, int32_t count)
{
    for (int32_t i = 0; moments->m && moments->v && i < count; i++) {
        nc__free(context, moments->m[i].data);
        nc__free(context, moments->v[i].data);
    }
    nc__free(context, moments->m);
    nc__free(context, moments->v);
    *moments = (nc__moments){0};
}

/* State of the first-order rules, zero at first. */
static libnc_status make_moments(libnc_trainer *trainer, const nc__plan *plan, nc__moments *moments)
{
    libnc_model *model = trainer->model;
    const int32_t kind = libnc_optimizer_kind(trainer->optimizer);
    const bool second = kind == LIBNC_OPTIMIZER_ADAM || kind == LIBNC_OPTIMIZER_ADAMW;
    const bool first = kind != LIBNC_OPTIMIZER_GRADIENT_DESCENT && kind != LIBNC_OPTIMIZER_LBFGS;
    const size_t count = (size_t)model->parameter_count;
    if (!(moments->m = nc__alloc(trainer->context, count, sizeof *moments->m)) ||
        !(moments->v = nc__alloc(trainer->context, count, sizeof *moments->v)))
        return LIBNC_ERROR_MEMORY;
    for (int32_t i = 0; first && i < model->parameter_count; i++) {
        nc__tensor value = nc__training_parameter(&plan->problem, i);
        moments->m[i] = nc__tensor_alloc(trainer->context, model->scalar, value.rows, value.cols);
        if (!moments->m[i].data)
            return LIBNC_ERROR_MEMORY;
        if (!second)
            continue;
        moments->v[i] = nc__tensor_alloc(trainer->context, model->scalar, value.rows, value.cols);
        if (!moments->v[i].data)
            return LIBNC_ERROR_MEMORY;
    }
    return LIBNC_OK;
}

/* What L-BFGS works on: the parameters, or coordinates in place of those with an energy. */
static int32_t list_variables(const nc__plan *plan, nc__tensor *variables, nc__tensor *gradients)
{
    int32_t count = plan->problem.model->parameter_count;
    for (int32_t i = 0; i < count; i++) {
        variables[i] = nc__training_parameter(&plan->problem, i);
        gradients[i] = plan->gradient.values[i];
    }
    for (int b = 0; b < NC__BALLS && plan->key.constrains; b++, count++) {
        const nc__ball *ball = &plan->energies.balls[b];
        variables[ball->parameter] = ball->u;
        variables[count] = ball->s;
        gradients[count] = ball->d_s;
    }
    return count;
}

static libnc_status make_lbfgs(libnc_trainer *trainer, nc__plan *plan)
{
    libnc_context *context = trainer->context;
    libnc_status status = nc__gradient_create(&plan->gradient, &plan->problem, plan->key.batch);
    if (status != LIBNC_OK)
        return status;
    const int32_t most = trainer->model->parameter_count + NC__BALLS;
    nc__tensor *variables = nc__alloc(context, 2 * (size_t)most, sizeof *variables);
    if (!variables)
        return LIBNC_ERROR_MEMORY;
    nc__tensor *gradients = variables + most;
    const int32_t count = list_variables(plan, variables, gradients);
    status = nc__lbfgs_create(&plan->lbfgs, context, variables, gradients, count, plan->key.pairs);
    nc__free(context, variables);
    return status;
}

/* What the kind of step needs besides the features and moments. */
static libnc_status make_workspace(libnc_trainer *trainer, nc__plan *plan)
{
    if (plan->key.constrains) {
        const bool coordinates = plan->kind == NC__PLAN_LBFGS;
        libnc_status status =
            nc__energies_create(&plan->energies, &plan->arena, &plan->problem, coordinates);
        if (status != LIBNC_OK)
            return status;
    }
    if (plan->kind == NC__PLAN_FUSED)
        return nc__fused_step_create(&plan->fused, &plan->arena, &plan->problem, &trainer->moments);
    if (plan->kind == NC__PLAN_LBFGS)
        return make_lbfgs(trainer, plan);
    if (plan->key.batch < trainer->entries && !trainer->is_fed) {
        plan->order = nc__arena_alloc(&plan->arena, (size_t)trainer->entries, sizeof *plan->order);
        if (!plan->order)
            return LIBNC_ERROR_MEMORY;
    }
    return nc__gradient_create(&plan->gradient, &plan->problem, plan->key.batch);
}

static void free_plan(nc__plan *plan)
{
    nc__lbfgs_destroy(plan->lbfgs);
    nc__gradient_destroy(&plan->gradient);
    nc__arena_release(&plan->arena);
    *plan = (nc__plan){0};
}

static void log_choice(const libnc_trainer *trainer, const nc__plan *plan)
{
    if (plan->reduced.data)
        nc__log(trainer->context, LIBNC_LOG_INFO,
                "exact reduction: %lld rows of features for %lld samples",
                (long long)plan->reduced.rows, (long long)trainer->samples);
}

/* The dense gradient's workspace, for evaluation. */
static libnc_status need_gradient(nc__plan *plan)
{
    if (plan->gradient.problem)
        return LIBNC_OK;
    return nc__gradient_create(&plan->gradient, &plan->problem, plan->key.batch);
}

/* The plan lives in the trainer while it is made, since its parts point to each other. `blank` is
 * the extra columns of a reduction that a checkpoint will fill; FIND for one of the features. */
static libnc_status make_plan(libnc_trainer *trainer, nc__plan_key key, bool evaluates,
                              int64_t blank)
{
    libnc_context *context = trainer->context;
    nc__plan *plan = &trainer->plan;
    nc__tensor velocity = {0};
    const bool fresh = trainer->moments.m == NULL;
    libnc_status status = LIBNC_OK;
    *plan = (nc__plan){.arena = {.context = context}, .key = key, .problem = full_problem(trainer)};
    if (blank != FIND)
        status = make_blank_reduction(trainer, plan, blank);
    else if (key.reduces)
        status = make_reduction(trainer, plan, &velocity);
    if (status == LIBNC_OK && fresh)
        status = make_moments(trainer, plan, &trainer->moments);
    if (status == LIBNC_OK) {
        plan->kind = kind_of(trainer, plan);
        status = make_workspace(trainer, plan);
    }
    if (status == LIBNC_OK && evaluates)
        status = need_gradient(plan);
    if (status != LIBNC_OK) {
        nc__free(context, velocity.data);
        if (fresh)
            free_moments(context, &trainer->moments, trainer->model->parameter_count);
        free_plan(plan);
        return status;
    }
    if (velocity.data) {
        nc__free(context, trainer->moments.m[0].data);
        trainer->moments.m[0] = velocity;
    }
    log_choice(trainer, plan);
    return LIBNC_OK;
}

/* ---- leaving ---- */

void nc__trainer_sync(void *user)
{
    libnc_trainer *trainer = user;
    nc__plan *plan = &trainer->plan;
    if (!plan->stale)
        return;
    nc__reduction_expand(&plan->reduction, &plan->reduced, nc__model_features(trainer->model));
    plan->stale = false;
}

void nc__trainer_drop_plan(libnc_trainer *trainer)
{
    nc__trainer_sync(trainer);
    free_plan(&trainer->plan);
    free_moments(trainer->context, &trainer->moments, trainer->model->parameter_count);
}

/* The features' velocity with one row per sample, where it is reduced now. */
static libnc_status full_velocity(libnc_trainer *trainer, nc__tensor *full)
{
    if (!trainer->plan.reduced.data || !trainer->moments.m[0].data)
        return LIBNC_OK;
    const nc__tensor *features = nc__model_features(trainer->model);
    *full = nc__tensor_alloc(trainer->context, features->scalar, features->rows, features->cols);
    if (!full->data)
        return LIBNC_ERROR_MEMORY;
    nc__reduction_expand(&trainer->plan.reduction, &trainer->moments.m[0], full);
    return LIBNC_OK;
}

/* The old plan is freed only when the new one stands: a failure leaves the run as it was. */
static libnc_status change_plan(libnc_trainer *trainer, nc__plan_key key, bool evaluates)
{
    nc__tensor full = {0}, velocity = trainer->moments.m[0];
    libnc_status status = full_velocity(trainer, &full);
    if (status != LIBNC_OK)
        return status;
    nc__trainer_sync(trainer);
    nc__plan old = trainer->plan;
    if (full.data)
        trainer->moments.m[0] = full;
    status = make_plan(trainer, key, evaluates, FIND);
    if (status != LIBNC_OK) {
        nc__free(trainer->context, full.data);
        trainer->moments.m[0] = velocity;
        trainer->plan = old;
        return status;
    }
    if (full.data)
        nc__free(trainer->context, velocity.data);
    trainer->plan.epoch = old.epoch;
    trainer->plan.position = old.position;
    free_plan(&old);
    return LIBNC_OK;
}

/* ---- what goes together ---- */

static libnc_status check_energy(const libnc_trainer *trainer, const char *name, double energy)
{
    return energy >= LEAST_SINGLE_ENERGY && energy <= LARGEST_SINGLE_ENERGY
               ? LIBNC_OK
               : nc__fail(trainer->context, LIBNC_ERROR_UNSUPPORTED,
                          "%s = %g: must be from %g to %g for a model in float32", name, energy,
                          LEAST_SINGLE_ENERGY, LARGEST_SINGLE_ENERGY);
}

static libnc_status check_energies(const libnc_trainer *trainer)
{
    const libnc_penalty *penalty = trainer->penalty;
    if (trainer->model->scalar != LIBNC_FLOAT32 || !nc__penalty_has_energies(penalty))
        return LIBNC_OK;
    const libnc_status status =
        check_energy(trainer, "classifier_energy", penalty->classifier_energy);
    return status == LIBNC_OK ? check_energy(trainer, "feature_energy", penalty->feature_energy)
                              : status;
}

static libnc_status check_normalisation(const libnc_trainer *trainer, int64_t batch)
{
    if (!nc__model_has_normalisation(trainer->model))
        return LIBNC_OK;
    if (libnc_optimizer_kind(trainer->optimizer) == LIBNC_OPTIMIZER_LBFGS)
        return nc__fail(trainer->context, LIBNC_ERROR_UNSUPPORTED,
                        "optimizer: L-BFGS does not train batch norm, whose running statistics "
                        "change with every evaluation: use another");
    return batch > 1
               ? LIBNC_OK
               : nc__fail(trainer->context, LIBNC_ERROR_UNSUPPORTED,
                          "batch_size = %lld: must be at least 2 for batch norm", (long long)batch);
}

static libnc_status check_augmentation(const libnc_trainer *trainer, int64_t batch)
{
    const int64_t padding = nc__option_int(&trainer->options, LIBNC_TRAINER_OPTION_CROP_PADDING);
    const int64_t flip = nc__option_int(&trainer->options, LIBNC_TRAINER_OPTION_FLIP);
    if (padding == 0 && flip == 0)
        return LIBNC_OK;
    if (!trainer->dataset || batch == trainer->entries)
        return nc__fail(trainer->context, LIBNC_ERROR_UNSUPPORTED,
                        "crop_padding = %lld, flip = %lld: must be 0 without minibatches of a "
                        "dataset",
                        (long long)padding, (long long)flip);
    const int64_t *shape = trainer->dataset->shape;
    return padding < shape[1] && padding < shape[2]
               ? LIBNC_OK
               : nc__fail(trainer->context, LIBNC_ERROR_DIMENSION,
                          "crop_padding = %lld: must be below height and width of the images, "
                          "%lld and %lld",
                          (long long)padding, (long long)shape[1], (long long)shape[2]);
}

static libnc_status check_settings(const libnc_trainer *trainer, int64_t batch)
{
    const int32_t kind = libnc_optimizer_kind(trainer->optimizer);
    const libnc_status augmentation = check_augmentation(trainer, batch);
    if (augmentation != LIBNC_OK)
        return augmentation;
    const libnc_status normalisation = check_normalisation(trainer, batch);
    if (normalisation != LIBNC_OK)
        return normalisation;
    if (kind == LIBNC_OPTIMIZER_LBFGS && batch < trainer->entries)
        return nc__fail(trainer->context, LIBNC_ERROR_UNSUPPORTED,
                        "batch_size = %lld: L-BFGS needs the full batch", (long long)batch);
    if ((kind == LIBNC_OPTIMIZER_ADAM || kind == LIBNC_OPTIMIZER_ADAMW) &&
        nc__penalty_has_energies(trainer->penalty))
        return nc__fail(trainer->context, LIBNC_ERROR_UNSUPPORTED,
                        "optimizer: Adam and AdamW do not keep to energies: use another");
    if (trainer->is_fed && kind == LIBNC_OPTIMIZER_LBFGS)
        return nc__fail(trainer->context, LIBNC_ERROR_UNSUPPORTED,
                        "optimizer: L-BFGS needs the full batch, not features from outside");
    if (nc__model_is_free(trainer->model) && nc__trainer_decays_visits(trainer))
        return nc__fail(trainer->context, LIBNC_ERROR_UNSUPPORTED,
                        "repeat_decay = visit: free features are parameters with a decay of their "
                        "own: give counts n_k times the repeats in place of repeats");
    const libnc_status energies = check_energies(trainer);
    if (energies != LIBNC_OK)
        return energies;
    return nc__loss_check(trainer->loss, trainer->context, trainer->model->classes);
}

/* ---- the plan that fits ---- */

static libnc_status fit_plan(libnc_trainer *trainer, bool evaluates)
{
    const nc__plan_key key = wanted_key(trainer);
    const libnc_status status = check_settings(trainer, key.batch);
    if (status != LIBNC_OK)
        return status;
    if (trainer->plan.kind == NC__PLAN_NONE)
        return make_plan(trainer, key, evaluates, FIND);
    if (!is_same_key(&key, &trainer->plan.key))
        return change_plan(trainer, key, evaluates);
    return evaluates ? need_gradient(&trainer->plan) : LIBNC_OK;
}

/* The weights of classes in the loss of a full batch: class weights times repeats. */
static const double *full_weights(libnc_trainer *trainer)
{
    const double *own = trainer->loss->weights;
    if (!trainer->repeats)
        return own;
    for (int64_t k = 0; k < trainer->model->classes; k++)
        trainer->weights[k] = (double)trainer->repeats[k] * (own ? own[k] : 1);
    return trainer->weights;
}

libnc_status nc__trainer_plan(libnc_trainer *trainer, bool evaluates)
{
    const libnc_status status = fit_plan(trainer, evaluates);
    if (status != LIBNC_OK)
        return status;
    trainer->plan.problem.repeats = trainer->repeats;
    trainer->plan.problem.decays_visits = nc__trainer_decays_visits(trainer);
    trainer->plan.problem.weights = full_weights(trainer);
    return LIBNC_OK;
}

static nc__revisions revisions_of(const libnc_trainer *trainer)
{
    return (nc__revisions){trainer->model->revision, trainer->loss->revision,
                           trainer->loss->options.revision, trainer->penalty->revision};
}

void nc__trainer_refresh(libnc_trainer *trainer)
{
    nc__plan *plan = &trainer->plan;
    const nc__revisions seen = trainer->seen, now = revisions_of(trainer);
    const bool penalty = now.penalty != seen.penalty;
    const bool loss = now.loss != seen.loss || now.loss_options != seen.loss_options;
    const bool place = now.model != seen.model || (penalty && plan->key.constrains);
    trainer->seen = now;
    if (place && plan->key.constrains)
        nc__energies_project(&plan->energies);
    if (place && plan->key.constrains && plan->lbfgs)
        nc__energies_lift(&plan->energies);
    if (place && plan->lbfgs)
        nc__lbfgs_reset(plan->lbfgs);
    else if ((loss || penalty) && plan->lbfgs)
        nc__lbfgs_invalidate(plan->lbfgs);
}

/* ---- the plan of a checkpoint ---- */

bool nc__trainer_can_reduce(const libnc_trainer *trainer, int64_t extra)
{
    const int64_t width = trainer->model->widths[0];
    return extra == 0 ||
           (wanted_key(trainer).reduces && (extra == width || extra == 2 * width) &&
            nc__reduction_pays(trainer->samples, trainer->model->classes, width, extra > width));
}

libnc_status nc__trainer_plan_blank(libnc_trainer *trainer, int64_t extra)
{
    const nc__plan_key key = wanted_key(trainer);
    const libnc_status status = check_settings(trainer, key.batch);
    if (status != LIBNC_OK)
        return status;
    trainer->seen = revisions_of(trainer);
    return make_plan(trainer, key, false, extra);
}
