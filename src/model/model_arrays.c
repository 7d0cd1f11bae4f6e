/* SPDX-License-Identifier: MIT
 *
 * model_arrays.c: parameters as files of arrays, with the names of PyTorch (libnc/model.h).
 *
 * An nn.Sequential numbers its modules from 0, those without parameters too.
 */
#include "model/model_internal.h"

#include <libnc/array.h>

#include <stdio.h>
#include <string.h>

/* ---- names ---- */

static void name_of(const libnc_model *model, int32_t index, char *name)
{
    const bool is_free = nc__model_is_free(model);
    const int32_t head = nc__model_head_index(model, 1), layer = index / 2;
    int32_t module = layer;
    for (int32_t l = 0; l < layer && l < model->layers; l++)
        module += model->activations[l] == LIBNC_ACTIVATION_RELU;
    if (is_free && index == 0)
        snprintf(name, NC__NAME_LENGTH, "features");
    else if (index < head)
        snprintf(name, NC__NAME_LENGTH, "backbone.%d.%s", module, index % 2 ? "bias" : "weight");
    else if (index == nc__model_bias_index(model))
        snprintf(name, NC__NAME_LENGTH, "head.%d.bias", model->depth - 1);
    else
        snprintf(name, NC__NAME_LENGTH, "head.%d.weight", index - head);
}

static bool is_bias(const libnc_model *model, int32_t index)
{
    return index == nc__model_bias_index(model) ||
           (index < nc__model_head_index(model, 1) && !nc__model_is_free(model) && index % 2 == 1);
}

/* ---- export ---- */

static libnc_status put_parameter(libnc_array_writer *writer, const libnc_model *model,
                                  int32_t index)
{
    char name[NC__NAME_LENGTH];
    const nc__tensor *value = &model->parameters[index].value;
    const bool bias = is_bias(model, index);
    const int64_t shape[] = {bias ? value->cols : value->rows, value->cols};
    const int32_t element =
        model->scalar == LIBNC_FLOAT32 ? LIBNC_ELEMENT_FLOAT32 : LIBNC_ELEMENT_FLOAT64;
    name_of(model, index, name);
    libnc_status status = libnc_array_writer_begin(writer, name, element, bias ? 1 : 2, shape);
    if (status != LIBNC_OK)
        return status;
    return libnc_array_writer_append(writer, element, value->data, shape[0],
                                     (size_t)value->rows * (size_t)value->cols);
}

libnc_status libnc_model_export(libnc_model *model, const char *path, int32_t format)
{
    if (!model)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = model->context;
    if (!path)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "path = NULL: must be given");
    if (format != LIBNC_ARRAY_SAFETENSORS && format != LIBNC_ARRAY_NPZ)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "format = %d: must be %d or %d", format,
                        LIBNC_ARRAY_NPZ, LIBNC_ARRAY_SAFETENSORS);
    libnc_array_writer *writer = NULL;
    libnc_status status = libnc_array_writer_create(&writer, context, path, format);
    if (model->sync)
        model->sync(model->sync_user);
    for (int32_t i = 0; i < model->parameter_count && status == LIBNC_OK; i++)
        status = put_parameter(writer, model, i);
    if (status == LIBNC_OK)
        status = libnc_array_writer_finish(writer);
    libnc_array_writer_destroy(writer);
    return status;
}

/* ---- import ---- */

static libnc_status check_member(const libnc_model *model, int32_t index, const libnc_array *array,
                                 const char *path)
{
    const nc__tensor *value = &model->parameters[index].value;
    const bool bias = is_bias(model, index);
    const int64_t rows = bias ? value->cols : value->rows, cols = bias ? 1 : value->cols;
    if (libnc_array_dimensions(array) == (bias ? 1 : 2) && libnc_array_rows(array) == rows &&
        libnc_array_cols(array) == cols)
        return LIBNC_OK;
    return nc__fail(
        model->context, LIBNC_ERROR_DIMENSION,
        "path = \"%s\": %s is %lld x %lld, of %d dimensions: must be %lld x %lld, of %d", path,
        libnc_array_name(array), (long long)libnc_array_rows(array),
        (long long)libnc_array_cols(array), libnc_array_dimensions(array), (long long)rows,
        (long long)cols, bias ? 1 : 2);
}

static libnc_status get_parameter(libnc_array *array, const libnc_model *model, int32_t index,
                                  const char *path, double *values)
{
    char name[NC__NAME_LENGTH];
    const nc__tensor *value = &model->parameters[index].value;
    const size_t size = (size_t)value->rows * (size_t)value->cols;
    name_of(model, index, name);
    libnc_status status = libnc_array_select(array, name);
    if (status == LIBNC_OK)
        status = check_member(model, index, array, path);
    if (status == LIBNC_OK)
        status = libnc_array_read(array, 0, libnc_array_rows(array), LIBNC_FLOAT64, values, size);
    return status == LIBNC_OK ? nc__model_check_finite(model, name, values, size) : status;
}

/* The sum of the parameters' sizes is that of memory that the model has. */
static double *allocate_values(const libnc_model *model)
{
    size_t size = 0;
    for (int32_t i = 0; i < model->parameter_count; i++)
        size += (size_t)model->parameters[i].value.rows * (size_t)model->parameters[i].value.cols;
    return nc__alloc(model->context, size, sizeof(double));
}

/* They are finite, so that none is refused. */
static libnc_status set_parameters(libnc_model *model, const double *values)
{
    libnc_status status = LIBNC_OK;
    for (int32_t i = 0; i < model->parameter_count && status == LIBNC_OK; i++) {
        const nc__tensor *value = &model->parameters[i].value;
        const size_t size = (size_t)value->rows * (size_t)value->cols;
        status = libnc_model_set_parameter(model, i, values, size);
        values += size;
    }
    return status;
}

static libnc_status read_parameters(libnc_model *model, libnc_array *array, const char *path)
{
    double *const values = allocate_values(model), *next = values;
    if (!values)
        return LIBNC_ERROR_MEMORY;
    libnc_status status = LIBNC_OK;
    for (int32_t i = 0; i < model->parameter_count && status == LIBNC_OK; i++) {
        const nc__tensor *value = &model->parameters[i].value;
        status = get_parameter(array, model, i, path, next);
        next += value->rows * value->cols;
    }
    if (status == LIBNC_OK)
        status = set_parameters(model, values);
    nc__free(model->context, values);
    return status;
}

libnc_status libnc_model_import(libnc_model *model, const char *path)
{
    if (!model)
        return LIBNC_ERROR_ARGUMENT;
    if (!path)
        return nc__fail(model->context, LIBNC_ERROR_ARGUMENT, "path = NULL: must be given");
    libnc_array *array = NULL;
    libnc_status status = libnc_array_open(&array, model->context, path, NULL);
    if (status == LIBNC_OK)
        status = read_parameters(model, array, path);
    libnc_array_destroy(array);
    return status;
}
