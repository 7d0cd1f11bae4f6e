/* SPDX-License-Identifier: MIT
 *
 * head_products.c: the linear head of a model as doubles. P_M = W_M, P_j = P_{j+1} W_j.
 */
#include "report/head_products.h"

#include "linalg/finite.h"

#include <stdio.h>

static int64_t weight_begin(const nc__classifiers *head, int32_t layer)
{
    int64_t begin = 0;
    for (int32_t j = 1; j < layer; j++)
        begin += head->widths[j - 1] * head->widths[j];
    return begin;
}

static int64_t product_begin(const nc__classifiers *head, int32_t layer)
{
    int64_t begin = 0;
    for (int32_t j = 1; j < layer; j++)
        begin += head->widths[j - 1];
    return begin * head->widths[head->depth];
}

nc__tensor nc__classifiers_weight(const nc__classifiers *head, int32_t layer)
{
    return nc__tensor_f64(head->weights + weight_begin(head, layer), head->widths[layer],
                          head->widths[layer - 1]);
}

nc__tensor nc__classifiers_product(const nc__classifiers *head, int32_t layer)
{
    return nc__tensor_f64(head->products + product_begin(head, layer), head->widths[head->depth],
                          head->widths[layer - 1]);
}

/* A parameter by name, checked to be finite. */
static libnc_status read_parameter(libnc_context *context, libnc_model *model, const char *name,
                                   const nc__tensor *values)
{
    int32_t index;
    libnc_status status = libnc_model_parameter_index(model, name, &index);
    if (status == LIBNC_OK)
        status = libnc_model_get_parameter(model, index, values->data,
                                           (size_t)(values->rows * values->cols));
    if (status != LIBNC_OK)
        return status;
    return nc__check_rows_finite(context, name, values);
}

static libnc_status read_weights(const nc__classifiers *head, libnc_context *context,
                                 libnc_model *model)
{
    for (int32_t j = 1; j <= head->depth; j++) {
        char name[32];
        snprintf(name, sizeof name, "head.%d.weight", j);
        nc__tensor weight = nc__classifiers_weight(head, j);
        libnc_status status = read_parameter(context, model, name, &weight);
        if (status != LIBNC_OK)
            return status;
    }
    if (!head->bias)
        return LIBNC_OK;
    nc__tensor bias = nc__tensor_f64(head->bias, 1, head->widths[head->depth]);
    return read_parameter(context, model, "head.bias", &bias);
}

static void multiply_weights(const nc__classifiers *head, libnc_context *context)
{
    nc__tensor above = nc__classifiers_weight(head, head->depth);
    nc__tensor product = nc__classifiers_product(head, head->depth);
    nc__copy(&above, &product);
    for (int32_t j = head->depth - 1; j >= 1; j--) {
        above = product;
        product = nc__classifiers_product(head, j);
        nc__tensor weight = nc__classifiers_weight(head, j);
        nc__gemm(context, false, false, 1, &above, &weight, 0, &product);
    }
}

static libnc_status allocate(nc__classifiers *head, nc__arena *arena, libnc_model *model)
{
    head->widths = nc__arena_alloc(arena, (size_t)head->depth + 1, sizeof(int64_t));
    if (!head->widths)
        return LIBNC_ERROR_MEMORY;
    for (int32_t j = 1; j <= head->depth + 1; j++)
        head->widths[j - 1] = libnc_model_width(model, j);
    size_t K = (size_t)head->widths[head->depth], columns = 0;
    for (int32_t j = 1; j <= head->depth; j++)
        columns += (size_t)head->widths[j - 1];
    /* The model holds the weights already: their number does not overflow. */
    size_t weights = (size_t)weight_begin(head, head->depth + 1);
    head->weights = nc__arena_alloc(arena, weights, sizeof(double));
    head->products = nc__arena_alloc(arena, columns, K * sizeof(double));
    if (libnc_model_has_bias(model))
        head->bias = nc__arena_alloc(arena, K, sizeof(double));
    return nc__arena_status(arena);
}

libnc_status nc__classifiers_create(nc__classifiers *head, nc__arena *arena, libnc_model *model)
{
    head->depth = libnc_model_depth(model);
    libnc_status status = allocate(head, arena, model);
    if (status == LIBNC_OK)
        status = read_weights(head, arena->context, model);
    if (status == LIBNC_OK)
        multiply_weights(head, arena->context);
    return status;
}
