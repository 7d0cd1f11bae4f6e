/* SPDX-License-Identifier: MIT
 *
 * steps.c: the steps of a plan: fused, dense, or by L-BFGS.
 */
#include "train/steps.h"

#include "data/dataset_internal.h"
#include "train/plan.h"

#include <math.h>
#include <string.h>

typedef struct dense_work {
    const nc__update *rule;
    const nc__tensor *gradient;
    nc__tensor *value, *m, *v;
} dense_work;

static void update_part(void *argument, int32_t part, int32_t parts)
{
    const dense_work *work = argument;
    int64_t begin, end;
    nc__share(work->value->rows, 1, part, parts, &begin, &end);
    if (begin == end)
        return;
    nc__tensor g = nc__tensor_rows(work->gradient, begin, end - begin);
    nc__tensor x = nc__tensor_rows(work->value, begin, end - begin);
    nc__tensor m = work->m->data ? nc__tensor_rows(work->m, begin, end - begin) : *work->m;
    nc__tensor v = work->v->data ? nc__tensor_rows(work->v, begin, end - begin) : *work->v;
    nc__dense_update(work->rule, &g, &x, &m, &v);
}

void nc__trainer_order_epoch(libnc_trainer *trainer)
{
    nc__plan *plan = &trainer->plan;
    const size_t n = (size_t)trainer->entries;
    if (trainer->repeats)
        nc__sample_order_repeated(plan->seed, plan->epoch, nc__trainer_labels(trainer),
                                  trainer->repeats, plan->order, n);
    else
        nc__sample_order(plan->seed, plan->epoch, plan->order, n);
    plan->ordered = true;
}

/* NULL where images are taken as they are. */
static const nc__augmentation *augmentation_of(libnc_trainer *trainer)
{
    nc__plan *plan = &trainer->plan;
    nc__augmentation *a = &plan->augmentation;
    a->padding = nc__option_int(&trainer->options, LIBNC_TRAINER_OPTION_CROP_PADDING);
    a->flips = nc__option_int(&trainer->options, LIBNC_TRAINER_OPTION_FLIP) != 0;
    if (a->padding == 0 && !a->flips)
        return NULL;
    memcpy(a->shape, trainer->dataset->shape, sizeof a->shape);
    a->seed = plan->seed;
    a->epoch = plan->epoch;
    return a;
}

static nc__batch next_batch(libnc_trainer *trainer)
{
    nc__plan *plan = &trainer->plan;
    const int64_t n = trainer->entries;
    if (!plan->order)
        return (nc__batch){0};
    if (plan->position >= n) {
        plan->position = 0;
        plan->epoch++;
    }
    if (!plan->ordered || plan->position == 0) {
        plan->seed = (uint64_t)nc__option_int(&trainer->options, LIBNC_TRAINER_OPTION_SEED);
        nc__trainer_order_epoch(trainer);
    }
    const int64_t left = n - plan->position;
    const bool joins = left == plan->key.batch + 1 && nc__model_has_normalisation(trainer->model);
    const nc__batch batch = {.visits = true,
                             .rows = plan->order + plan->position,
                             .entry = plan->position,
                             .augmentation = augmentation_of(trainer),
                             .count = left < plan->key.batch || joins ? left : plan->key.batch};
    plan->position += batch.count;
    return batch;
}

/* Moves the parameters along their gradient. */
static void update(libnc_trainer *trainer, const nc__update *rule)
{
    nc__plan *plan = &trainer->plan;
    if (plan->key.constrains)
        nc__energies_precondition(&plan->energies, plan->gradient.values);
    for (int32_t i = 0; i < trainer->model->parameter_count; i++) {
        nc__update own = *rule;
        own.decay = nc__training_decay(&plan->problem, i);
        nc__tensor value = nc__training_parameter(&plan->problem, i);
        dense_work work = {&own, &plan->gradient.values[i], &value, &trainer->moments.m[i],
                           &trainer->moments.v[i]};
        if (trainer->context->threads > 1 && value.rows * value.cols >= NC__SHARED_VALUES)
            nc__parallel(trainer->context, update_part, &work);
        else
            update_part(&work, 0, 1);
    }
    if (plan->key.constrains)
        nc__energies_project(&plan->energies);
}

static libnc_status evaluate_for_lbfgs(void *user, double *value)
{
    nc__plan *plan = &((libnc_trainer *)user)->plan;
    double loss;
    if (plan->key.constrains)
        nc__energies_place(&plan->energies);
    nc__gradient_objective(&plan->gradient, value, &loss);
    if (plan->key.constrains)
        nc__energies_pull_back(&plan->energies, plan->gradient.values);
    return LIBNC_OK;
}

static libnc_status lbfgs_step(libnc_trainer *trainer, int32_t *reason)
{
    nc__plan *plan = &trainer->plan;
    double value, norm;
    libnc_status status = nc__lbfgs_step(plan->lbfgs, evaluate_for_lbfgs, trainer, &value, &norm);
    if (plan->key.constrains)
        nc__energies_place(&plan->energies); /* what was accepted, not what was tried last */
    if (status < 0)
        return status;
    plan->stale = plan->reduced.data != NULL;
    if (status == NC__LBFGS_STUCK)
        *reason = LIBNC_STOP_PRECISION;
    else
        trainer->iterations++;
    return LIBNC_OK;
}

/* A step by `rule` is done: a loss that is not finite ends the training. */
static libnc_status count_step(libnc_trainer *trainer, const nc__update *rule, double value)
{
    trainer->plan.stale = trainer->plan.reduced.data != NULL;
    trainer->iterations++;
    if (isfinite(value))
        return LIBNC_OK;
    return nc__fail(trainer->context, LIBNC_ERROR_NOT_FINITE,
                    "training diverged: loss = %g at step %lld with learning rate %g: lower it",
                    value, (long long)trainer->iterations, rule->rate);
}

libnc_status nc__trainer_dense_step(libnc_trainer *trainer, const nc__batch *batch, double *loss,
                                    double *feature_penalty)
{
    nc__update rule;
    nc__optimizer_rule(trainer->optimizer, trainer->iterations, 0, &rule);
    nc__gradient_loss(&trainer->plan.gradient, batch, loss, feature_penalty);
    update(trainer, &rule);
    return count_step(trainer, &rule, *loss + *feature_penalty);
}

static libnc_status fused_step(libnc_trainer *trainer)
{
    nc__update rule;
    nc__optimizer_rule(trainer->optimizer, trainer->iterations, 0, &rule);
    return count_step(trainer, &rule, nc__fused_step_take(&trainer->plan.fused, &rule));
}

libnc_status nc__trainer_take_step(libnc_trainer *trainer, int32_t *reason)
{
    nc__plan *plan = &trainer->plan;
    if (plan->kind == NC__PLAN_LBFGS)
        return lbfgs_step(trainer, reason);
    if (plan->kind == NC__PLAN_FUSED)
        return fused_step(trainer);
    double loss, feature_penalty;
    const nc__batch batch = next_batch(trainer);
    return nc__trainer_dense_step(trainer, &batch, &loss, &feature_penalty);
}
