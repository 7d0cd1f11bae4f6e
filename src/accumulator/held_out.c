/* SPDX-License-Identifier: MIT
 *
 * held_out.c: held-out samples about training means: a second pass over other samples than the
 * first one's.
 */
#include "accumulator/held_out_internal.h"

#include <string.h>

struct libnc_held_out {
    libnc_accumulator *about;
};

static libnc_status check_arguments(libnc_held_out **held_out, const libnc_accumulator *training)
{
    libnc_status status = nc__check_given(training->context, "held_out", held_out);
    if (status == LIBNC_OK && libnc_accumulator_samples(training) == 0)
        return nc__fail(training->context, LIBNC_ERROR_STATE, "training: holds no sample");
    return status;
}

/* Counts, means and squares; the scatter of the training samples is not needed. */
static void copy_statistics(const nc__statistics *from, nc__statistics *to)
{
    const size_t K = (size_t)from->classes, values = K * (size_t)from->width;
    memcpy(to->counts, from->counts, K * sizeof *to->counts);
    memcpy(to->references, from->references, values * sizeof *to->references);
    memcpy(to->offsets, from->offsets, values * sizeof *to->offsets);
    memcpy(to->squares, from->squares, K * sizeof *to->squares);
    to->samples = from->samples;
}

static libnc_status copy_training(libnc_accumulator *about, const libnc_accumulator *training)
{
    libnc_status status =
        libnc_options_set_int64(libnc_accumulator_options(about), LIBNC_ACCUMULATOR_OPTION_SCATTER,
                                LIBNC_SCATTER_PROJECTED);
    if (status == LIBNC_OK)
        status = nc__accumulator_begin(about);
    if (status != LIBNC_OK)
        return status;
    copy_statistics(nc__accumulator_statistics(training), about->statistics);
    about->has_float32 = training->has_float32;
    about->has_float64 = true; /* what held-out features may come in */
    about->takes_others = true;
    return LIBNC_OK;
}

static libnc_status begin_pass(libnc_accumulator *about, const libnc_accumulator *training,
                               const void *classifier, const void *bias, int32_t scalar)
{
    const double *own_bias, *own = nc__accumulator_classifier(training, &own_bias);
    libnc_status status =
        classifier || bias || !own
            ? libnc_accumulator_begin_second_pass(about, classifier, bias, scalar)
            : libnc_accumulator_begin_second_pass(about, own, own_bias, LIBNC_FLOAT64);
    if (status != LIBNC_OK)
        return status;
    nc__second_pass *second = about->second;
    second->squares =
        nc__arena_alloc(&second->arena, (size_t)about->classes, sizeof *second->squares);
    return nc__arena_status(&second->arena);
}

libnc_status libnc_held_out_create(libnc_held_out **held_out, const libnc_accumulator *training,
                                   const void *classifier, const void *bias, int32_t scalar)
{
    if (!training)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = training->context;
    libnc_status status = check_arguments(held_out, training);
    if (status != LIBNC_OK)
        return status;
    libnc_held_out *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    status = libnc_accumulator_create(&created->about, context, training->classes, training->width);
    if (status == LIBNC_OK)
        status = copy_training(created->about, training);
    if (status == LIBNC_OK)
        status = begin_pass(created->about, training, classifier, bias, scalar);
    if (status != LIBNC_OK) {
        libnc_accumulator_destroy(created->about);
        nc__free(context, created);
        return status;
    }
    *held_out = created;
    return LIBNC_OK;
}

void libnc_held_out_destroy(libnc_held_out *held_out)
{
    if (!held_out)
        return;
    libnc_context *context = held_out->about->context;
    libnc_accumulator_destroy(held_out->about);
    nc__free(context, held_out);
}

int64_t libnc_held_out_samples(const libnc_held_out *held_out)
{
    return held_out ? libnc_accumulator_second_samples(held_out->about) : 0;
}

libnc_status libnc_held_out_update(libnc_held_out *held_out, const void *features, int32_t scalar,
                                   int64_t count, int64_t stride, const void *labels,
                                   int32_t label_type)
{
    return held_out ? libnc_accumulator_update(held_out->about, features, scalar, count, stride,
                                               labels, label_type)
                    : LIBNC_ERROR_ARGUMENT;
}

const libnc_accumulator *nc__held_out_accumulator(const libnc_held_out *held_out)
{
    return held_out->about;
}

const int64_t *nc__held_out_counts(const libnc_held_out *held_out)
{
    return held_out->about->second->tally.nearest_known;
}

const double *nc__held_out_squares(const libnc_held_out *held_out)
{
    return held_out->about->second->squares;
}
