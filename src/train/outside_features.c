/* SPDX-License-Identifier: MIT
 *
 * outside_features.c: steps of a head on features that a caller's network gives (libnc/trainer.h).
 */
#include "data/labels.h"
#include "train/plan.h"
#include "train/steps.h"

static libnc_status check_labels(const libnc_trainer *trainer, const nc__labels *labels)
{
    const int64_t classes = trainer->model->classes;
    for (int64_t i = 0; i < labels->count; i++) {
        const int64_t label = nc__label(labels, i);
        if (label < 0 || label >= classes)
            return nc__fail(trainer->context, LIBNC_ERROR_ARGUMENT,
                            "labels[%lld] = %lld: must be from 0 to %lld", (long long)i,
                            (long long)label, (long long)classes - 1);
        if (trainer->counts[label] == 0)
            return nc__fail(trainer->context, LIBNC_ERROR_ARGUMENT,
                            "labels[%lld] = %lld: a class without samples", (long long)i,
                            (long long)label);
    }
    return LIBNC_OK;
}

static libnc_status check(const libnc_trainer *trainer, const void *features,
                          const nc__labels *labels)
{
    libnc_context *context = trainer->context;
    if (!trainer->is_fed)
        return nc__fail(context, LIBNC_ERROR_STATE,
                        "trainer: has features of its own: make one by "
                        "libnc_trainer_create_head()");
    libnc_status status = nc__check_given(context, "features", features);
    if (status == LIBNC_OK)
        status = nc__check_dimension(context, "count", labels->count);
    if (status == LIBNC_OK)
        status = nc__labels_check(labels, context);
    return status == LIBNC_OK ? check_labels(trainer, labels) : status;
}

/* More space for labels, not yet the trainer's; *grown stays NULL where there is enough. */
static libnc_status grow_labels(const libnc_trainer *trainer, const nc__labels *labels,
                                int32_t **grown)
{
    if (labels->type == LIBNC_LABEL_INT32 || labels->count <= trainer->label_capacity)
        return LIBNC_OK;
    *grown = nc__alloc(trainer->context, (size_t)labels->count, sizeof **grown);
    return *grown ? LIBNC_OK : LIBNC_ERROR_MEMORY;
}

/* A failure leaves the trainer as it was. */
static libnc_status prepare(libnc_trainer *trainer, const nc__labels *labels)
{
    int32_t *grown = NULL;
    libnc_status status = grow_labels(trainer, labels, &grown);
    if (status == LIBNC_OK)
        status = nc__trainer_plan(trainer, false);
    if (status != LIBNC_OK) {
        nc__free(trainer->context, grown);
        return status;
    }
    if (grown) {
        nc__free(trainer->context, trainer->labels);
        trainer->labels = grown;
        trainer->label_capacity = labels->count;
    }
    return LIBNC_OK;
}

/* As int32: the caller's, or converted. */
static const int32_t *convert(libnc_trainer *trainer, const nc__labels *labels)
{
    if (labels->type == LIBNC_LABEL_INT32)
        return labels->data;
    for (int64_t i = 0; i < labels->count; i++)
        trainer->labels[i] = (int32_t)nc__label(labels, i);
    return trainer->labels;
}

libnc_status libnc_trainer_step_features(libnc_trainer *trainer, const void *features,
                                         const void *labels, int32_t label_type, int64_t count,
                                         void *d_features, double *loss, double *feature_penalty)
{
    if (!trainer)
        return LIBNC_ERROR_ARGUMENT;
    const nc__labels given = {labels, label_type, count};
    libnc_status status = check(trainer, features, &given);
    if (status == LIBNC_OK)
        status = prepare(trainer, &given);
    if (status != LIBNC_OK)
        return status;
    const int32_t scalar = trainer->model->scalar;
    const int64_t width = trainer->model->widths[0];
    nc__training_problem *problem = &trainer->plan.problem;
    problem->inputs = nc__tensor_of((void *)(uintptr_t)features, scalar, count, width); /* read */
    problem->labels = convert(trainer, &given);
    nc__tensor out = nc__tensor_of(d_features, scalar, count, width);
    const nc__batch batch = {
        .visits = true, .count = count, .d_features = d_features ? &out : NULL};
    double data = 0, penalty = 0;
    const double start = nc__seconds();
    status = nc__trainer_dense_step(trainer, &batch, &data, &penalty);
    trainer->seconds += nc__seconds() - start;
    if (loss)
        *loss = data;
    if (feature_penalty)
        *feature_penalty = penalty;
    return status;
}
