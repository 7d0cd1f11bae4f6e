/* SPDX-License-Identifier: MIT
 *
 * dataset_files.c: a dataset from arrays in files. Memory grows with the rows that arrive, so that
 * a compressed file that lies about its size costs nothing.
 */
#include "data/classes_internal.h"
#include "data/dataset_internal.h"
#include "files/array_internal.h"
#include "linalg/finite.h"

#include <inttypes.h>
#include <string.h>

enum { FIRST_BYTES = 1 << 16 }; /* allocated at first; it doubles */

/* One block of rows of an array, as it grows. */
typedef struct growing {
    libnc_array *array;
    double unit;    /* values are divided by it */
    int32_t scalar; /* libnc_scalar; 0 for int32 */
    size_t row;     /* bytes */
    void *data;
    int64_t count, capacity;
} growing;

static libnc_status make_room(growing *g, libnc_context *context, int64_t total)
{
    int64_t wanted = g->capacity ? 2 * g->capacity : (int64_t)(FIRST_BYTES / g->row) + 1;
    wanted = wanted < total ? wanted : total;
    void *data = nc__alloc(context, (size_t)wanted, g->row);
    if (!data)
        return LIBNC_ERROR_MEMORY;
    if (g->data)
        memcpy(data, g->data, (size_t)g->count * g->row);
    nc__free(context, g->data);
    g->data = data;
    g->capacity = wanted;
    return LIBNC_OK;
}

/* In place. */
static void divide(void *values, int32_t scalar, int64_t count, double unit)
{
    for (int64_t i = 0; i < count && unit != 1; i++)
        if (scalar == LIBNC_FLOAT64)
            ((double *)values)[i] /= unit;
        else
            ((float *)values)[i] = (float)(((float *)values)[i] / unit);
}

/* All rows; what it got stays in g on failure. */
static libnc_status load(growing *g, libnc_context *context)
{
    const int64_t rows = libnc_array_rows(g->array), cols = libnc_array_cols(g->array);
    while (g->count < rows) {
        libnc_status status = make_room(g, context, rows);
        if (status)
            return status;
        const int64_t n = g->capacity - g->count;
        char *place = (char *)g->data + (size_t)g->count * g->row;
        status = g->scalar
                     ? libnc_array_read(g->array, g->count, n, g->scalar, place, (size_t)(n * cols))
                     : libnc_array_read_integers(g->array, g->count, n, LIBNC_ELEMENT_INT32, place,
                                                 (size_t)(n * cols));
        if (status)
            return status;
        int64_t bad = g->scalar ? nc__first_not_finite(place, g->scalar, n * cols) : -1;
        if (bad >= 0)
            return nc__fail(context, LIBNC_ERROR_NOT_FINITE,
                            "inputs: row %" PRId64 ", column %" PRId64 " of \"%s\": must be finite",
                            g->count + bad / cols, bad % cols, g->array->path);
        if (g->scalar)
            divide(place, g->scalar, n * cols, g->unit);
        g->count += n;
    }
    return LIBNC_OK;
}

static libnc_status check_array(libnc_context *context, const char *name, const libnc_array *array)
{
    if (!array)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = NULL: must be an array", name);
    if (array->context != context)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s: must be of the same context", name);
    if (!array->chosen)
        return nc__fail(context, LIBNC_ERROR_STATE, "%s: no member of \"%s\" is chosen", name,
                        array->path);
    return LIBNC_OK;
}

static libnc_status check_shapes(libnc_context *context, const libnc_array *inputs,
                                 const libnc_array *labels)
{
    const int64_t rows = libnc_array_rows(inputs), cols = libnc_array_cols(inputs);
    if (rows < 1 || rows > INT32_MAX || cols < 1 || cols > INT32_MAX)
        return nc__fail(context, LIBNC_ERROR_DIMENSION,
                        "inputs: %" PRId64 " x %" PRId64 ": both must be from 1 to %" PRId32, rows,
                        cols, INT32_MAX);
    if (libnc_array_rows(labels) != rows || libnc_array_cols(labels) != 1)
        return nc__fail(
            context, LIBNC_ERROR_DIMENSION,
            "labels: %" PRId64 " x %" PRId64 ": must be %" PRId64 " x 1, the rows of inputs%s",
            libnc_array_rows(labels), libnc_array_cols(labels), rows,
            libnc_array_rows(labels) == rows ? "; of one-hot labels save the argmax" : "");
    return LIBNC_OK;
}

static libnc_status check_output(libnc_dataset **dataset, libnc_context *context, int32_t scalar)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (!dataset)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "dataset = NULL: must be given");
    return nc__check_scalar(context, scalar);
}

static libnc_status check_arrays(libnc_context *context, const libnc_array *inputs,
                                 const libnc_array *labels)
{
    libnc_status status = check_array(context, "inputs", inputs);
    if (!status)
        status = check_array(context, "labels", labels);
    if (!status && inputs == labels)
        status = nc__fail(context, LIBNC_ERROR_ARGUMENT, "labels = inputs: must be two arrays");
    return status ? status : check_shapes(context, inputs, labels);
}

/* N x height x width is of one channel, N x channels x height x width of all; others are rows. */
static void take_shape(libnc_dataset *dataset, const libnc_array *inputs)
{
    const int32_t dimensions = libnc_array_dimensions(inputs);
    dataset->shape[0] = dataset->width;
    dataset->shape[1] = dataset->shape[2] = 1;
    if (dimensions != 3 && dimensions != 4)
        return;
    dataset->shape[0] = dimensions == 4 ? libnc_array_dimension(inputs, 1) : 1;
    dataset->shape[1] = libnc_array_dimension(inputs, dimensions - 2);
    dataset->shape[2] = libnc_array_dimension(inputs, dimensions - 1);
}

/* Of arrays whose shapes fit together; inputs are divided by `unit`. */
static libnc_status create(libnc_dataset **dataset, libnc_context *context, int32_t scalar,
                           libnc_array *inputs, libnc_array *labels, double unit)
{
    growing x = {.array = inputs,
                 .unit = unit,
                 .scalar = scalar,
                 .row = (size_t)libnc_array_cols(inputs) * nc__scalar_size(scalar)};
    growing y = {.array = labels, .row = sizeof(int32_t)};
    libnc_dataset *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = context;
    created->scalar = scalar;
    libnc_status status = load(&y, context);
    if (!status)
        status = nc__classes_from_labels(&created->classes, context, labels->path,
                                         LIBNC_ERROR_FORMAT, y.data, y.count);
    if (!status)
        status = load(&x, context);
    created->inputs = x.data;
    created->labels = y.data;
    if (status) {
        libnc_dataset_destroy(created);
        return status;
    }
    created->count = x.count;
    created->width = libnc_array_cols(inputs);
    take_shape(created, inputs);
    *dataset = created;
    return LIBNC_OK;
}

libnc_status libnc_dataset_from_arrays(libnc_dataset **dataset, libnc_context *context,
                                       int32_t scalar, libnc_array *inputs, libnc_array *labels)
{
    libnc_status status = check_output(dataset, context, scalar);
    if (!status)
        status = check_arrays(context, inputs, labels);
    return status ? status : create(dataset, context, scalar, inputs, labels, 1);
}

/* ---- a pair of IDX files ---- */

/* The offsets are those of the type and of the first size in the header. */
static libnc_status check_idx_labels(const libnc_array *inputs, const libnc_array *labels)
{
    const int32_t element = libnc_array_element(labels),
                  dimensions = libnc_array_dimensions(labels);
    if (dimensions != 1 || (element != LIBNC_ELEMENT_UINT8 && element != LIBNC_ELEMENT_INT32))
        return nc__source_fail(&labels->source, LIBNC_ERROR_FORMAT, 2,
                               "%s in %" PRId32 " dimensions: labels must be uint8 or int32 in 1 "
                               "dimension",
                               libnc_element_name(element), dimensions);
    if (libnc_array_rows(labels) != libnc_array_rows(inputs))
        return nc__source_fail(&labels->source, LIBNC_ERROR_FORMAT, 4,
                               "%" PRId64 " labels: the inputs file has %" PRId64 " samples",
                               libnc_array_rows(labels), libnc_array_rows(inputs));
    return LIBNC_OK;
}

libnc_status libnc_dataset_from_idx(libnc_dataset **dataset, libnc_context *context, int32_t scalar,
                                    const char *inputs_path, const char *labels_path)
{
    libnc_array *inputs = NULL, *labels = NULL;
    libnc_status status = check_output(dataset, context, scalar);
    if (!status && inputs_path && !labels_path)
        status = nc__fail(context, LIBNC_ERROR_ARGUMENT, "labels_path = NULL: must be a file name");
    if (!status)
        status =
            nc__array_open(&inputs, context, "inputs_path", inputs_path, LIBNC_ARRAY_IDX, NULL);
    if (!status)
        status =
            nc__array_open(&labels, context, "labels_path", labels_path, LIBNC_ARRAY_IDX, NULL);
    if (!status)
        status = check_idx_labels(inputs, labels);
    if (!status)
        status = create(dataset, context, scalar, inputs, labels,
                        libnc_array_element(inputs) == LIBNC_ELEMENT_UINT8 ? 255 : 1);
    libnc_array_destroy(labels);
    libnc_array_destroy(inputs);
    return status;
}
