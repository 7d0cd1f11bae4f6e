/* SPDX-License-Identifier: MIT
 *
 * initialise.c: random parameters: Gaussian, orthogonal (Mezzadri 2007: QR of a Gaussian matrix
 * with the signs of R's diagonal taken out), and Kaiming (He et al. 2015).
 */
#include "model/model_internal.h"

#include "base/stream.h"

#include <math.h>

/* What is drawn for one parameter. */
typedef enum draw { DRAW_CONSTANT, DRAW_GAUSSIAN, DRAW_ORTHOGONAL } draw;

typedef struct recipe {
    draw kind;
    double scale;
} recipe;

/* A ReLU takes the values of this node, directly or behind batch norm and sums. */
static bool meets_relu(const libnc_network *network, int64_t node)
{
    for (int64_t i = node + 1; i < network->count; i++) {
        const nc__node *taker = &network->nodes[i];
        const bool sums = taker->kind == NC__NODE_SUM;
        if (taker->from != node && !(sums && taker->with == node))
            continue;
        if (taker->kind == NC__NODE_ACTIVATION)
            return true;
        if (sums || taker->kind == NC__NODE_NORMALISATION)
            return meets_relu(network, i);
    }
    return false;
}

/* Gain of He et al.: 2 where a ReLU follows, which halves the second moment. */
static double kaiming_scale(const libnc_model *model, int32_t index, double scale)
{
    const nc__parameter *parameter = &model->parameters[index];
    if (nc__model_is_free(model) && index == 0)
        return scale;
    const bool relu = parameter->node > 0 && meets_relu(model->network, parameter->node);
    return scale * sqrt((relu ? 2.0 : 1.0) / (double)parameter->value.cols);
}

static recipe recipe_of(const libnc_model *model, int32_t scheme, int32_t index, double scale)
{
    if (model->parameters[index].role != NC__ROLE_WEIGHT)
        return (recipe){DRAW_CONSTANT, model->parameters[index].role == NC__ROLE_SCALE};
    if (scheme == LIBNC_INITIALISE_ORTHOGONAL)
        return (recipe){DRAW_ORTHOGONAL, scale};
    if (scheme == LIBNC_INITIALISE_KAIMING)
        return (recipe){DRAW_GAUSSIAN, kaiming_scale(model, index, scale)};
    return (recipe){DRAW_GAUSSIAN, scale};
}

static libnc_status draw_gaussian(libnc_context *context, nc__stream *stream, double scale,
                                  nc__tensor *value)
{
    double *row = nc__alloc(context, (size_t)value->cols, sizeof *row);
    if (!row)
        return LIBNC_ERROR_MEMORY;
    for (int64_t i = 0; i < value->rows; i++) {
        nc__stream_normal(stream, row, (size_t)value->cols);
        for (int64_t j = 0; j < value->cols; j++)
            row[j] *= scale;
        nc__tensor target = nc__tensor_rows(value, i, 1);
        nc__from_double(row, &target);
    }
    nc__free(context, row);
    return LIBNC_OK;
}

/* long x short with orthonormal columns, transposed into place where value is wide. */
static libnc_status draw_orthogonal(libnc_context *context, nc__stream *stream, double scale,
                                    nc__tensor *value)
{
    const bool wide = value->rows < value->cols;
    const int64_t tall = wide ? value->cols : value->rows, thin = wide ? value->rows : value->cols;
    nc__arena arena = {.context = context};
    double *q = nc__arena_tensor(&arena, LIBNC_FLOAT64, tall, thin).data;
    double *diagonal = nc__arena_alloc(&arena, (size_t)thin, sizeof *diagonal);
    double *row = nc__arena_alloc(&arena, (size_t)value->cols, sizeof *row);
    libnc_status status = nc__arena_status(&arena);
    if (status != LIBNC_OK)
        goto out;
    nc__stream_normal(stream, q, (size_t)(tall * thin));
    if ((status = nc__orthonormalise(context, q, tall, thin, diagonal)) != LIBNC_OK)
        goto out;
    for (int64_t i = 0; i < value->rows; i++) {
        for (int64_t j = 0; j < value->cols; j++) {
            int64_t column = wide ? i : j;
            double sign = diagonal[column] < 0 ? -scale : scale;
            row[j] = sign * (wide ? q[j * thin + i] : q[i * thin + j]);
        }
        nc__tensor target = nc__tensor_rows(value, i, 1);
        nc__from_double(row, &target);
    }
out:
    nc__arena_release(&arena);
    return status;
}

static libnc_status draw_parameter(libnc_context *context, nc__stream *stream, recipe r,
                                   nc__tensor *value)
{
    switch (r.kind) {
    case DRAW_GAUSSIAN: return draw_gaussian(context, stream, r.scale, value);
    case DRAW_ORTHOGONAL: return draw_orthogonal(context, stream, r.scale, value);
    default: nc__fill(value, r.scale); return LIBNC_OK;
    }
}

/* One parameter, drawn into fresh storage, so that a failure changes nothing. */
static libnc_status draw_copy(libnc_model *model, int32_t index, int32_t scheme, double scale,
                              uint64_t seed, nc__arena *arena, nc__tensor *drawn)
{
    const nc__tensor *value = &model->parameters[index].value;
    nc__stream stream = nc__stream_child(nc__stream_of(seed), (uint64_t)index);
    *drawn = nc__arena_tensor(arena, model->scalar, value->rows, value->cols);
    if (!drawn->data)
        return LIBNC_ERROR_MEMORY;
    const recipe r = recipe_of(model, scheme, index, scale);
    libnc_status status = draw_parameter(model->context, &stream, r, drawn);
    if (status == LIBNC_OK && !nc__all_finite(drawn))
        status = nc__fail(model->context, LIBNC_ERROR_ARGUMENT,
                          "scale = %g: too large for the model's scalar type", scale);
    return status;
}

libnc_status libnc_model_initialise(libnc_model *model, int32_t scheme, double scale, uint64_t seed)
{
    if (!model)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = model->context;
    if (scheme < LIBNC_INITIALISE_GAUSSIAN || scheme > LIBNC_INITIALISE_KAIMING)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "scheme = %d: must be from %d to %d", scheme,
                        LIBNC_INITIALISE_GAUSSIAN, LIBNC_INITIALISE_KAIMING);
    if (!(scale > 0) || !isfinite(scale))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "scale = %g: must be positive and finite",
                        scale);
    nc__arena arena = {.context = context};
    const int32_t count = model->parameter_count;
    nc__tensor *drawn = nc__arena_alloc(&arena, (size_t)count, sizeof *drawn);
    libnc_status status = nc__arena_status(&arena);
    for (int32_t i = 0; i < count && status == LIBNC_OK; i++)
        status = draw_copy(model, i, scheme, scale, seed, &arena, &drawn[i]);
    if (status == LIBNC_OK) {
        if (model->sync)
            model->sync(model->sync_user); /* the trainer lets go of the features it holds */
        for (int32_t i = 0; i < count; i++)
            nc__copy(&drawn[i], &model->parameters[i].value);
        for (int32_t i = 0; i < model->state_count; i++)
            nc__fill(&model->states[i].value, i % 2); /* means 0, variances 1 */
        model->revision++;
        model->features_revision++;
    }
    nc__arena_release(&arena);
    return status;
}
