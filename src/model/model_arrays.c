/* SPDX-License-Identifier: MIT
 *
 * model_arrays.c: parameters and states as files of arrays, with the names of PyTorch
 * (libnc/model.h).
 *
 * An nn.Sequential numbers its modules from 0, those without parameters too: node i of a backbone
 * whose nodes have no names is module i - 1.
 */
#include "model/model_internal.h"

#include <libnc/array.h>

#include <stdio.h>
#include <string.h>

/* ---- names and shapes ---- */

/* "weight" of "backbone.3.weight" */
static const char *part_of(const nc__parameter *p)
{
    return strrchr(p->name, '.') + 1;
}

static void name_of(const libnc_model *model, int32_t index, char *name)
{
    const nc__parameter *p = &model->parameters[index];
    const int32_t head = nc__model_head_index(model, 1);
    if (p->node > 0 && !model->network->nodes[p->node].name[0])
        snprintf(name, NC__NAME_LENGTH, "backbone.%d.%.12s", (int)p->node - 1, part_of(p));
    else if (p->node > 0 || index < head)
        snprintf(name, NC__NAME_LENGTH, "%s", p->name);
    else if (index == nc__model_bias_index(model))
        snprintf(name, NC__NAME_LENGTH, "head.%d.bias", model->depth - 1);
    else
        snprintf(name, NC__NAME_LENGTH, "head.%d.weight", index - head);
}

enum { MOST_DIMENSIONS = 4 };

static void shape_of(const libnc_model *model, int32_t index, int64_t shape[MOST_DIMENSIONS])
{
    const nc__parameter *p = &model->parameters[index];
    const int64_t side = p->dimensions == 4 ? model->network->nodes[p->node].size : 1;
    shape[0] = p->dimensions == 1 ? p->value.cols : p->value.rows;
    shape[1] = p->value.cols / (side * side);
    shape[2] = shape[3] = side;
}

static int32_t count_of(const libnc_model *model)
{
    return model->parameter_count + model->state_count;
}

/* ---- export ---- */

static libnc_status put_parameter(libnc_array_writer *writer, const libnc_model *model,
                                  int32_t index)
{
    char name[NC__NAME_LENGTH];
    int64_t shape[MOST_DIMENSIONS];
    const nc__parameter *p = &model->parameters[index];
    const int32_t element =
        model->scalar == LIBNC_FLOAT32 ? LIBNC_ELEMENT_FLOAT32 : LIBNC_ELEMENT_FLOAT64;
    name_of(model, index, name);
    shape_of(model, index, shape);
    libnc_status status = libnc_array_writer_begin(writer, name, element, p->dimensions, shape);
    if (status != LIBNC_OK)
        return status;
    return libnc_array_writer_append(writer, element, p->value.data, shape[0],
                                     (size_t)p->value.rows * (size_t)p->value.cols);
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
    for (int32_t i = 0; i < count_of(model) && status == LIBNC_OK; i++)
        status = put_parameter(writer, model, i);
    if (status == LIBNC_OK)
        status = libnc_array_writer_finish(writer);
    libnc_array_writer_destroy(writer);
    return status;
}

/* ---- import ---- */

static void print_shape(int32_t dimensions, const int64_t *shape, char *text, size_t size)
{
    size_t at = 0;
    text[0] = 0;
    for (int32_t i = 0; i < dimensions && at < size; i++)
        at += (size_t)snprintf(text + at, size - at, i == 0 ? "%lld" : " x %lld",
                               (long long)shape[i]);
}

static libnc_status check_member(const libnc_model *model, int32_t index, const libnc_array *array,
                                 const char *path)
{
    enum { ROOM = 100 };
    const int32_t dimensions = libnc_array_dimensions(array);
    const int32_t wanted = model->parameters[index].dimensions;
    int64_t shape[MOST_DIMENSIONS], found[MOST_DIMENSIONS];
    char is[ROOM], must[ROOM];
    bool fits = dimensions == wanted;
    shape_of(model, index, shape);
    for (int32_t i = 0; i < dimensions && i < MOST_DIMENSIONS; i++) {
        found[i] = libnc_array_dimension(array, i);
        fits = fits && found[i] == shape[i];
    }
    if (fits)
        return LIBNC_OK;
    print_shape(dimensions < MOST_DIMENSIONS ? dimensions : MOST_DIMENSIONS, found, is, sizeof is);
    print_shape(wanted, shape, must, sizeof must);
    return nc__fail(model->context, LIBNC_ERROR_DIMENSION,
                    "path = \"%s\": %s is %s, of %d dimensions: must be %s", path,
                    libnc_array_name(array), is, dimensions, must);
}

/* A variance is none below 0. */
static libnc_status check_state(const libnc_model *model, int32_t index, const char *name,
                                const double *values, size_t size)
{
    const int32_t state = index - model->parameter_count;
    for (size_t i = 0; i < size && state >= 0 && state % 2 == 1; i++)
        if (values[i] < 0)
            return nc__fail(model->context, LIBNC_ERROR_ARGUMENT,
                            "%s[%zu] = %g: must be at least 0", name, i, values[i]);
    return LIBNC_OK;
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
    if (status == LIBNC_OK)
        status = nc__model_check_finite(model, name, values, size);
    return status == LIBNC_OK ? check_state(model, index, name, values, size) : status;
}

/* The sum of the parameters' sizes is that of memory that the model has. */
static double *allocate_values(const libnc_model *model)
{
    size_t size = 0;
    for (int32_t i = 0; i < count_of(model); i++)
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
    for (int32_t i = 0; i < model->state_count && status == LIBNC_OK; i++) {
        nc__from_double(values, &model->states[i].value);
        values += model->states[i].value.cols;
    }
    return status;
}

static libnc_status read_parameters(libnc_model *model, libnc_array *array, const char *path)
{
    double *const values = allocate_values(model), *next = values;
    if (!values)
        return LIBNC_ERROR_MEMORY;
    libnc_status status = LIBNC_OK;
    for (int32_t i = 0; i < count_of(model) && status == LIBNC_OK; i++) {
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
