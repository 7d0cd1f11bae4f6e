/* SPDX-License-Identifier: MIT
 *
 * loss.c: the loss handle: kind, settings and class weights, and evaluation on given logits. The
 * formulas stand in include/libnc/loss.h, the arithmetic in linalg/softmax.c.
 */
#include "loss/loss_internal.h"

#include "linalg/softmax.h"
#include "linalg/tables.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

#define LARGEST_BELOW_ONE (1 - DBL_EPSILON / 2)

enum { SCRATCH = 8192 }; /* logits per block when no gradient is wanted */

static const nc__option_spec cross_entropy_options[] = {
    {LIBNC_LOSS_OPTION_LABEL_SMOOTHING, LIBNC_OPTION_DOUBLE, "label_smoothing", 0,
     LARGEST_BELOW_ONE, 0, NULL, "share of the target that is spread over all classes"},
};
NC__OPTIONS_FIT(cross_entropy_options);
static const nc__option_spec focal_options[] = {
    {LIBNC_LOSS_OPTION_FOCAL_GAMMA, LIBNC_OPTION_DOUBLE, "focal_gamma", 0, 100, 2, NULL,
     "exponent of the focal loss"},
};
NC__OPTIONS_FIT(focal_options);

libnc_status libnc_loss_create(libnc_loss **loss, libnc_context *context, int32_t kind)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (!loss)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "loss = NULL: must be given");
    if (kind < LIBNC_LOSS_MSE || kind > LIBNC_LOSS_FOCAL)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "kind = %d: must be from %d to %d", kind,
                        LIBNC_LOSS_MSE, LIBNC_LOSS_FOCAL);
    libnc_loss *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = context;
    created->kind = kind;
    const bool is_focal = kind == LIBNC_LOSS_FOCAL;
    nc__options_init(&created->options, context, is_focal ? focal_options : cross_entropy_options,
                     kind == LIBNC_LOSS_MSE ? 0 : 1);
    *loss = created;
    return LIBNC_OK;
}

void libnc_loss_destroy(libnc_loss *loss)
{
    if (!loss)
        return;
    nc__free(loss->context, loss->weights);
    nc__free(loss->context, loss);
}

libnc_options *libnc_loss_options(libnc_loss *loss)
{
    return loss ? &loss->options : NULL;
}

int32_t libnc_loss_kind(const libnc_loss *loss)
{
    return loss ? loss->kind : 0;
}

libnc_status libnc_loss_set_class_weights(libnc_loss *loss, const double *weights,
                                          int64_t class_count)
{
    if (!loss)
        return LIBNC_ERROR_ARGUMENT;
    if (class_count < 0 || class_count > INT32_MAX || !weights != !class_count)
        return nc__fail(loss->context, LIBNC_ERROR_ARGUMENT,
                        "class_count = %lld: must be from 1 to %d, or 0 with weights = NULL",
                        (long long)class_count, INT32_MAX);
    for (int64_t k = 0; k < class_count; k++)
        if (!(weights[k] >= 0) || !isfinite(weights[k]))
            return nc__fail(loss->context, LIBNC_ERROR_ARGUMENT,
                            "weights[%lld] = %g: must be finite and >= 0", (long long)k,
                            weights[k]);
    double *copy = NULL;
    if (weights) {
        copy = nc__alloc(loss->context, (size_t)class_count, sizeof *copy);
        if (!copy)
            return LIBNC_ERROR_MEMORY;
        memcpy(copy, weights, (size_t)class_count * sizeof *copy);
    }
    nc__free(loss->context, loss->weights);
    loss->weights = copy;
    loss->class_count = class_count;
    loss->revision++;
    return LIBNC_OK;
}

libnc_status libnc_loss_class_weights(const libnc_loss *loss, double *weights, int64_t class_count)
{
    if (!loss)
        return LIBNC_ERROR_ARGUMENT;
    if (!weights)
        return nc__fail(loss->context, LIBNC_ERROR_ARGUMENT, "weights = NULL: must be given");
    if (class_count < 1 || class_count > INT32_MAX)
        return nc__fail(loss->context, LIBNC_ERROR_ARGUMENT,
                        "class_count = %lld: must be from 1 to %d", (long long)class_count,
                        INT32_MAX);
    if (loss->weights && class_count != loss->class_count)
        return nc__fail(loss->context, LIBNC_ERROR_DIMENSION, "class_count = %lld: must be %lld",
                        (long long)class_count, (long long)loss->class_count);
    for (int64_t k = 0; k < class_count; k++)
        weights[k] = loss->weights ? loss->weights[k] : 1;
    return LIBNC_OK;
}

bool nc__loss_has_weights(const libnc_loss *loss)
{
    return loss->weights != NULL;
}

libnc_status nc__loss_check(const libnc_loss *loss, libnc_context *context, int64_t class_count)
{
    if (loss->weights && loss->class_count != class_count)
        return nc__fail(context, LIBNC_ERROR_DIMENSION,
                        "class_count = %lld: the loss has weights for %lld classes",
                        (long long)class_count, (long long)loss->class_count);
    return LIBNC_OK;
}

double nc__loss_apply(const libnc_loss *loss, const double *weights, nc__tensor *logits,
                      const int32_t *labels, const double *sample_scale, double scale)
{
    assert(!sample_scale || loss->kind == LIBNC_LOSS_MSE);
    assert(!loss->weights || loss->class_count == logits->cols);
    nc__loss_block block = {
        .logits = logits->data,
        .rows = logits->rows,
        .classes = logits->cols,
        .stride = logits->stride,
        .labels = labels,
        .weights = weights,
        .sample_scale = sample_scale,
        .scale = scale,
    };
    const nc__loss_kernels *kernels = nc__loss_kernels_of(logits->scalar);
    switch (loss->kind) {
    case LIBNC_LOSS_CROSS_ENTROPY:
        block.smoothing = nc__option(&loss->options, LIBNC_LOSS_OPTION_LABEL_SMOOTHING);
        return kernels->cross_entropy(&block);
    case LIBNC_LOSS_FOCAL:
        block.gamma = nc__option(&loss->options, LIBNC_LOSS_OPTION_FOCAL_GAMMA);
        return kernels->focal(&block);
    default: return kernels->mse(&block);
    }
}

static libnc_status check_evaluate(const libnc_loss *loss, const double *logits,
                                   const int32_t *labels, int64_t count, int64_t class_count)
{
    libnc_context *context = loss->context;
    if (!logits || !labels)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = NULL: must be given",
                        logits ? "labels" : "logits");
    if (count < 1 || class_count < 1 || class_count > INT32_MAX)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "count = %lld, class_count = %lld: must be >= 1, classes <= %d",
                        (long long)count, (long long)class_count, INT32_MAX);
    libnc_status status = nc__loss_check(loss, context, class_count);
    if (status)
        return status;
    if (count > (int64_t)(PTRDIFF_MAX / sizeof *logits) / class_count)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "count = %lld: too many for %lld classes to be in memory", (long long)count,
                        (long long)class_count);
    for (int64_t n = 0; n < count; n++)
        if (labels[n] < 0 || labels[n] >= class_count)
            return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                            "labels[%lld] = %d: must be from 0 to %lld", (long long)n, labels[n],
                            (long long)class_count - 1);
    for (int64_t i = 0; i < count * class_count; i++)
        if (!isfinite(logits[i]))
            return nc__fail(context, LIBNC_ERROR_NOT_FINITE, "logits[%lld] = %g: must be finite",
                            (long long)i, logits[i]);
    return LIBNC_OK;
}

/* The sum of losses alone, through blocks of rows. */
static libnc_status sum_by_blocks(const libnc_loss *loss, const double *logits,
                                  const int32_t *labels, int64_t count, int64_t class_count,
                                  double *sum)
{
    const int64_t rows = class_count < SCRATCH ? SCRATCH / class_count : 1;
    const int64_t block = rows < count ? rows : count;
    double *scratch = nc__alloc(loss->context, (size_t)(block * class_count), sizeof *scratch);
    if (!scratch)
        return LIBNC_ERROR_MEMORY;
    *sum = 0;
    for (int64_t begin = 0; begin < count; begin += block) {
        const int64_t size = count - begin < block ? count - begin : block;
        memcpy(scratch, logits + begin * class_count,
               (size_t)(size * class_count) * sizeof *scratch);
        nc__tensor part = nc__tensor_of(scratch, LIBNC_FLOAT64, size, class_count);
        *sum += nc__loss_apply(loss, loss->weights, &part, labels + begin, NULL, 1);
    }
    nc__free(loss->context, scratch);
    return LIBNC_OK;
}

libnc_status libnc_loss_evaluate(const libnc_loss *loss, const double *logits,
                                 const int32_t *labels, int64_t count, int64_t class_count,
                                 double *value, double *gradient)
{
    if (!loss)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = check_evaluate(loss, logits, labels, count, class_count);
    double sum = 0;
    /* The value first: finite logits can still overflow, and then nothing may be written. */
    if (!status && (value || gradient))
        status = sum_by_blocks(loss, logits, labels, count, class_count, &sum);
    if (status)
        return status;
    if (!isfinite(sum))
        return nc__fail(loss->context, LIBNC_ERROR_NOT_FINITE,
                        "logits: finite, but so large that the loss is %g", sum);
    if (gradient) {
        memmove(gradient, logits, (size_t)(count * class_count) * sizeof *gradient);
        nc__tensor all = nc__tensor_of(gradient, LIBNC_FLOAT64, count, class_count);
        nc__loss_apply(loss, loss->weights, &all, labels, NULL, 1 / (double)count);
    }
    if (value)
        *value = sum / (double)count;
    return LIBNC_OK;
}
