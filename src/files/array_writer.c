/* SPDX-License-Identifier: MIT
 *
 * array_writer.c: files of numbers written row by row, under a temporary name until they are whole.
 */
#include "files/array_internal.h"
#include "files/array_members.h"
#include "files/array_output.h"
#include "files/array_writing.h"
#include "files/idx.h"
#include "files/json.h"
#include "files/npy.h"
#include "files/safetensors.h"
#include "files/zip.h"
#include "linalg/linalg.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_ARRAYS = 4 }; /* room for arrays at first; it doubles */

static const char *const orders[] = {"c", "fortran"};
static const char *const byte_orders[] = {"little", "big"};

static const nc__option_spec specs[] = {
    {LIBNC_ARRAY_WRITER_OPTION_ORDER, LIBNC_OPTION_CHOICE, "order", LIBNC_ARRAY_ORDER_C,
     LIBNC_ARRAY_ORDER_FORTRAN, LIBNC_ARRAY_ORDER_C, orders,
     "c: rows one after the other; fortran: columns; NumPy formats"},
    {LIBNC_ARRAY_WRITER_OPTION_BYTE_ORDER, LIBNC_OPTION_CHOICE, "byte_order",
     LIBNC_ARRAY_BYTE_ORDER_LITTLE, LIBNC_ARRAY_BYTE_ORDER_BIG, LIBNC_ARRAY_BYTE_ORDER_LITTLE,
     byte_orders, "of the elements; NumPy formats"},
    {LIBNC_ARRAY_WRITER_OPTION_COMPRESSION, LIBNC_OPTION_INT64, "compression", 0, 9, 0, NULL,
     "0: stored; 1 to 9: level of deflate; npz"},
};
NC__OPTIONS_FIT(specs);

/* ---- bytes ---- */

static nc__written *current(const libnc_array_writer *writer)
{
    return &writer->arrays[writer->count - 1];
}

/* What the deflater has; all of it at the end. */
static libnc_status put_deflated(libnc_array_writer *writer, int flush)
{
    unsigned char *out = (unsigned char *)(writer->work + 2 * NC__ARRAY_CHUNK);
    const uInt capacity = sizeof(double) * NC__ARRAY_CHUNK;
    z_stream *z = &writer->deflater;
    do {
        z->next_out = out;
        z->avail_out = capacity;
        int result = deflate(z, flush);
        assert(result != Z_STREAM_ERROR);
        (void)result;
        libnc_status status = nc__writer_put(writer, writer->at, out, capacity - z->avail_out);
        if (status)
            return status;
        writer->at += capacity - z->avail_out;
    } while (z->avail_out == 0);
    return LIBNC_OK;
}

/* The next bytes of elements. */
static libnc_status put_elements(libnc_array_writer *writer, unsigned char *bytes, size_t count)
{
    nc__written *array = current(writer);
    if (writer->format == LIBNC_ARRAY_NPZ)
        array->crc = (uint32_t)crc32(array->crc, bytes, (uInt)count);
    if (array->level) {
        writer->deflater.next_in = bytes;
        writer->deflater.avail_in = (uInt)count;
        return put_deflated(writer, Z_NO_FLUSH);
    }
    libnc_status status = nc__writer_put(writer, writer->at, bytes, count);
    writer->at += (int64_t)count;
    return status;
}

/* ---- the file ---- */

static libnc_status check_create(libnc_array_writer **writer, libnc_context *context,
                                 const char *path, int32_t format)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (!writer)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "writer = NULL: must be given");
    if (!path || !*path)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "path = %s: must be a file name",
                        path ? "\"\"" : "NULL");
    if (format < LIBNC_ARRAY_NPY || format > LIBNC_ARRAY_IDX)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "format = %" PRId32 ": must be LIBNC_ARRAY_NPY, NPZ, SAFETENSORS or IDX",
                        format);
    return LIBNC_OK;
}

libnc_status libnc_array_writer_create(libnc_array_writer **writer, libnc_context *context,
                                       const char *path, int32_t format)
{
    libnc_status status = check_create(writer, context, path, format);
    if (status)
        return status;
    libnc_array_writer *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = context;
    created->format = format;
    created->at = format == LIBNC_ARRAY_SAFETENSORS ? NC__SAFETENSORS_ROOM : 0;
    nc__options_init(&created->options, context, specs, sizeof specs / sizeof *specs);
    created->work = nc__alloc(context, 3 * NC__ARRAY_CHUNK, sizeof *created->work);
    status = created->work ? nc__output_open(&created->output, context, path) : LIBNC_ERROR_MEMORY;
    if (status)
        libnc_array_writer_destroy(created);
    else
        *writer = created;
    return status;
}

void libnc_array_writer_destroy(libnc_array_writer *writer)
{
    if (!writer)
        return;
    nc__output_close(&writer->output);
    if (writer->deflates)
        deflateEnd(&writer->deflater);
    for (int64_t i = 0; i < writer->count; i++)
        nc__free(writer->context, writer->arrays[i].name);
    nc__free(writer->context, writer->arrays);
    nc__free(writer->context, writer->work);
    nc__free(writer->context, writer);
}

libnc_options *libnc_array_writer_options(libnc_array_writer *writer)
{
    return writer ? &writer->options : NULL;
}

/* ---- an array ends ---- */

static libnc_status put_npy_header(libnc_array_writer *writer, const nc__written *array)
{
    char *header = (char *)writer->work;
    nc__npy_header(&array->layout, array->big, header, array->header);
    return nc__writer_put(writer, array->place, header, (size_t)array->header);
}

static libnc_status end_array(libnc_array_writer *writer)
{
    if (!writer->open)
        return LIBNC_OK;
    nc__written *array = current(writer);
    if (array->rows_wanted >= 0 && array->layout.rows < array->rows_wanted)
        return nc__fail(writer->context, LIBNC_ERROR_DIMENSION,
                        "shape[0] = %" PRId64 ": only %" PRId64 " rows were appended",
                        array->rows_wanted, array->layout.rows);
    if (writer->format == LIBNC_ARRAY_IDX && array->layout.rows == 0)
        return nc__fail(writer->context, LIBNC_ERROR_DIMENSION,
                        "shape[0] = 0 rows: an IDX file has at least 1");
    libnc_status status = array->level ? put_deflated(writer, Z_FINISH) : LIBNC_OK;
    if (status)
        return status;
    array->end = writer->at;
    writer->open = false;
    switch (writer->format) {
    case LIBNC_ARRAY_NPY: return put_npy_header(writer, array);
    case LIBNC_ARRAY_NPZ: return nc__zip_end(writer, array);
    case LIBNC_ARRAY_IDX: return nc__idx_put_header(writer, array);
    default: return LIBNC_OK;
    }
}

/* ---- an array begins ---- */

static libnc_status check_state(const libnc_array_writer *writer)
{
    if (writer->finished || writer->broken)
        return nc__fail(writer->context, LIBNC_ERROR_STATE, "writer: \"%s\" %s",
                        writer->output.path,
                        writer->finished ? "is finished" : "could not be written");
    if (!nc__process_is_this(&writer->output.process))
        return nc__fail(writer->context, LIBNC_ERROR_STATE,
                        "writer: \"%s\" belongs to the process that this one is a copy of, by "
                        "fork()",
                        writer->output.path);
    return LIBNC_OK;
}

static libnc_status check_name(const libnc_array_writer *writer, const char *name)
{
    libnc_context *context = writer->context;
    const bool named =
        writer->format == LIBNC_ARRAY_NPZ || writer->format == LIBNC_ARRAY_SAFETENSORS;
    if (!named)
        return name ? nc__fail(context, LIBNC_ERROR_ARGUMENT,
                               "name = \"%.64s\": must be NULL in a file of one array", name)
                    : LIBNC_OK;
    const size_t size = name ? strlen(name) : 0;
    if (size == 0 || size > NC__LONGEST_NAME)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "name = %s of %zu bytes: must have from 1 to %d", name ? "a text" : "NULL",
                        size, NC__LONGEST_NAME);
    if (!nc__is_utf8((const unsigned char *)name, size))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "name: must be UTF-8");
    if (writer->format == LIBNC_ARRAY_SAFETENSORS && strcmp(name, "__metadata__") == 0)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "name = \"%s\": is kept by the format",
                        name);
    for (int64_t i = 0; i < writer->count; i++)
        if (strcmp(writer->arrays[i].name, name) == 0)
            return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                            "name = \"%.64s\": array %" PRId64 " has it already", name, i);
    return LIBNC_OK;
}

static libnc_status check_element(const libnc_array_writer *writer, int32_t element)
{
    const bool fits = writer->format == LIBNC_ARRAY_SAFETENSORS ? nc__is_element(element)
                      : writer->format == LIBNC_ARRAY_IDX       ? nc__idx_has(element)
                                                                : nc__npy_has(element);
    if (element != 0 && fits)
        return LIBNC_OK;
    return nc__fail(writer->context, LIBNC_ERROR_ARGUMENT,
                    "element = %" PRId32 ": must be an element type that the format has", element);
}

/* Sets the layout for a shape; shape[0] = -1 counts as no rows. */
static libnc_status check_shape(const libnc_array_writer *writer, int32_t element,
                                int32_t dimensions, const int64_t *shape, nc__layout *layout)
{
    libnc_context *context = writer->context;
    const bool idx = writer->format == LIBNC_ARRAY_IDX;
    if (dimensions < 1 || dimensions > LIBNC_ARRAY_DIMENSIONS)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "dimensions = %" PRId32 ": must be from 1 to %d", dimensions,
                        LIBNC_ARRAY_DIMENSIONS);
    if (!shape)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "shape = NULL: must be given");
    *layout = (nc__layout){
        .element = element, .size = libnc_element_size(element), .dimensions = dimensions};
    int64_t bytes = layout->size;
    for (int32_t i = 0; i < dimensions; i++) {
        const bool open = i == 0 && shape[0] == -1;
        const int64_t factor = open || shape[i] == 0 ? 1 : shape[i];
        if (!open && (shape[i] < idx || (idx && shape[i] > INT32_MAX)))
            return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                            "shape[%" PRId32 "] = %" PRId64 ": must be %s", i, shape[i],
                            idx ? "from 1 to 2^31 - 1" : "at least 0");
        if (bytes > INT64_MAX / 2 / factor)
            return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                            "shape: the product is above 2^62 bytes");
        bytes *= factor;
        layout->shape[i] = i == 0 ? 0 : shape[i];
    }
    layout->cols = 1;
    for (int32_t i = 1; i < dimensions; i++)
        layout->cols *= shape[i];
    return LIBNC_OK;
}

static voidpf deflater_allocate(voidpf user, uInt items, uInt size)
{
    return nc__alloc(user, items, size);
}

static void deflater_release(voidpf user, voidpf block)
{
    nc__free(user, block);
}

static libnc_status start_deflater(libnc_array_writer *writer)
{
    enum { WINDOW = -15, MEMORY = 8 }; /* zlib: largest window without a wrapper, its default */
    z_stream *z = &writer->deflater;
    if (writer->deflates)
        return LIBNC_OK;
    z->zalloc = deflater_allocate;
    z->zfree = deflater_release;
    z->opaque = writer->context;
    int result = deflateInit2(z, 1, Z_DEFLATED, WINDOW, MEMORY, Z_DEFAULT_STRATEGY);
    if (result == Z_MEM_ERROR)
        return LIBNC_ERROR_MEMORY; /* the allocator wrote the text */
    if (result != Z_OK)
        return nc__fail(writer->context, LIBNC_ERROR_UNSUPPORTED,
                        "compression: deflateInit2 of this zlib gives %d", result);
    writer->deflates = true;
    return LIBNC_OK;
}

static libnc_status make_room(libnc_array_writer *writer)
{
    if (writer->count < writer->capacity)
        return LIBNC_OK;
    const int64_t capacity = writer->capacity ? 2 * writer->capacity : FIRST_ARRAYS;
    nc__written *arrays = nc__alloc(writer->context, (size_t)capacity, sizeof *arrays);
    if (!arrays)
        return LIBNC_ERROR_MEMORY;
    if (writer->count > 0)
        memcpy(arrays, writer->arrays, (size_t)writer->count * sizeof *arrays);
    nc__free(writer->context, writer->arrays);
    writer->arrays = arrays;
    writer->capacity = capacity;
    return LIBNC_OK;
}

/* All memory that one more array needs: a copy of its name, room, and a deflater if it is the first
 * to want one. */
static libnc_status reserve(libnc_array_writer *writer, const char *name, nc__written *array)
{
    array->name = nc__alloc(writer->context, name ? strlen(name) + 1 : 1, 1);
    if (!array->name)
        return LIBNC_ERROR_MEMORY;
    if (name)
        strcpy(array->name, name);
    libnc_status status = make_room(writer);
    if (!status && array->level > 0)
        status = start_deflater(writer);
    return status;
}

/* Keeps the place of what stands before the first element. */
static libnc_status start_array(libnc_array_writer *writer, nc__written *array)
{
    array->place = writer->at;
    if (array->level) {
        deflateReset(&writer->deflater);
        deflateParams(&writer->deflater, array->level, Z_DEFAULT_STRATEGY);
    }
    switch (writer->format) {
    case LIBNC_ARRAY_NPZ: return nc__zip_begin(writer, array);
    case LIBNC_ARRAY_NPY:
        array->header = nc__npy_header_size(&array->layout);
        writer->at += array->header;
        break;
    case LIBNC_ARRAY_IDX: writer->at += 4 + 4 * array->layout.dimensions; break;
    default: break;
    }
    array->begin = writer->at;
    return LIBNC_OK;
}

libnc_status libnc_array_writer_begin(libnc_array_writer *writer, const char *name, int32_t element,
                                      int32_t dimensions, const int64_t *shape)
{
    if (!writer)
        return LIBNC_ERROR_ARGUMENT;
    nc__written array = {.name = NULL};
    libnc_status status = check_name(writer, name);
    if (!status)
        status = check_element(writer, element);
    if (!status)
        status = check_shape(writer, element, dimensions, shape, &array.layout);
    if (!status)
        status = check_state(writer);
    const bool single = writer->format == LIBNC_ARRAY_NPY || writer->format == LIBNC_ARRAY_IDX;
    if (!status && single && writer->count > 0)
        status =
            nc__fail(writer->context, LIBNC_ERROR_STATE,
                     "writer: \"%s\" has its array: the format holds one", writer->output.path);
    if (status)
        return status;
    const bool numpy = writer->format == LIBNC_ARRAY_NPY || writer->format == LIBNC_ARRAY_NPZ;
    if (writer->format == LIBNC_ARRAY_NPZ)
        array.level =
            (int32_t)nc__option_int(&writer->options, LIBNC_ARRAY_WRITER_OPTION_COMPRESSION);
    array.big = numpy ? nc__option_int(&writer->options, LIBNC_ARRAY_WRITER_OPTION_BYTE_ORDER) ==
                            LIBNC_ARRAY_BYTE_ORDER_BIG
                      : writer->format == LIBNC_ARRAY_IDX;
    array.layout.swap = array.layout.size > 1 && array.big == nc__is_little_endian();
    array.layout.fortran =
        numpy && nc__option_int(&writer->options, LIBNC_ARRAY_WRITER_OPTION_ORDER) ==
                     LIBNC_ARRAY_ORDER_FORTRAN;
    array.rows_wanted = shape[0];
    status = reserve(writer, name, &array);
    if (!status)
        status = end_array(writer);
    if (!status)
        status = start_array(writer, &array);
    if (status) {
        nc__free(writer->context, array.name);
        return status;
    }
    writer->arrays[writer->count++] = array;
    writer->open = true;
    return LIBNC_OK;
}

/* ---- rows ---- */

typedef struct rows {
    int32_t element; /* in memory */
    const void *values;
    int64_t count, cols;
} rows;

/* Encodes n values from `first` on, `step` apart; returns the first that does not fit, or -1. */
static int64_t encode(const libnc_array_writer *writer, const rows *r, int64_t first, int64_t n,
                      int64_t step, unsigned char *bytes)
{
    const int32_t to = current(writer)->layout.element;
    double *values = writer->work;
    int64_t *whole = (int64_t *)writer->work;
    if (r->element == LIBNC_ELEMENT_FLOAT64 || r->element == LIBNC_ELEMENT_FLOAT32) {
        const int32_t scalar = r->element == LIBNC_ELEMENT_FLOAT64 ? LIBNC_FLOAT64 : LIBNC_FLOAT32;
        nc__tensor from = {(char *)r->values + (size_t)first * nc__scalar_size(scalar), scalar, n,
                           1, step};
        if (step == 1)
            from = nc__tensor_of(from.data, scalar, 1, n);
        nc__to_double(&from, values);
        return nc__encode(values, n, to, bytes);
    }
    for (int64_t i = 0; i < n; i++)
        whole[i] = r->element == LIBNC_ELEMENT_INT64
                       ? ((const int64_t *)r->values)[first + i * step]
                       : ((const int32_t *)r->values)[first + i * step];
    return nc__encode_integers(whole, n, to, bytes);
}

static libnc_status fail_value(const libnc_array_writer *writer, const rows *r, int64_t index)
{
    char number[48];
    const nc__layout *layout = &current(writer)->layout;
    switch (r->element) {
    case LIBNC_ELEMENT_INT64:
        snprintf(number, sizeof number, "%" PRId64, ((const int64_t *)r->values)[index]);
        break;
    case LIBNC_ELEMENT_INT32:
        snprintf(number, sizeof number, "%" PRId32, ((const int32_t *)r->values)[index]);
        break;
    default:
        snprintf(number, sizeof number, "%.17g",
                 r->element == LIBNC_ELEMENT_FLOAT64 ? ((const double *)r->values)[index]
                                                     : (double)((const float *)r->values)[index]);
    }
    return nc__fail(writer->context, LIBNC_ERROR_ARGUMENT,
                    "values: row %" PRId64 ", column %" PRId64 " = %s: does not fit %s",
                    index / r->cols, index % r->cols, number, libnc_element_name(layout->element));
}

/* All values in the order of the file: a first pass finds those that do not fit, a second writes.
 */
static libnc_status put_run(libnc_array_writer *writer, const rows *r, int64_t first, int64_t total,
                            int64_t step, bool write)
{
    const nc__layout *layout = &current(writer)->layout;
    unsigned char *bytes = (unsigned char *)(writer->work + NC__ARRAY_CHUNK);
    for (int64_t at = 0, n; at < total; at += n) {
        n = total - at < NC__ARRAY_CHUNK ? total - at : NC__ARRAY_CHUNK;
        int64_t bad = encode(writer, r, first + at * step, n, step, bytes);
        if (bad >= 0)
            return fail_value(writer, r, first + (at + bad) * step);
        if (!write)
            continue;
        if (layout->swap)
            nc__swap_bytes(bytes, n, layout->size);
        libnc_status status = put_elements(writer, bytes, (size_t)(n * layout->size));
        if (status)
            return status;
    }
    return LIBNC_OK;
}

static libnc_status put_rows(libnc_array_writer *writer, const rows *r, bool write)
{
    if (!current(writer)->layout.fortran)
        return put_run(writer, r, 0, r->count * r->cols, 1, write);
    for (int64_t place = 0; place < r->cols; place++) {
        const int64_t col = nc__layout_column(&current(writer)->layout, place);
        libnc_status status = put_run(writer, r, col, r->count, r->cols, write);
        if (status)
            return status;
    }
    return LIBNC_OK;
}

/* No value can fail: the second pass alone will do. */
static bool always_fits(int32_t from, int32_t to)
{
    const bool is_real = from == LIBNC_ELEMENT_FLOAT32 || from == LIBNC_ELEMENT_FLOAT64;
    return from == to || to == LIBNC_ELEMENT_FLOAT64 ||
           (!is_real && (to == LIBNC_ELEMENT_FLOAT32 || to == LIBNC_ELEMENT_INT64));
}

static bool is_memory_type(int32_t element)
{
    return element == LIBNC_ELEMENT_FLOAT64 || element == LIBNC_ELEMENT_FLOAT32 ||
           element == LIBNC_ELEMENT_INT64 || element == LIBNC_ELEMENT_INT32;
}

static libnc_status check_append(const libnc_array_writer *writer, const rows *r, size_t size)
{
    libnc_context *context = writer->context;
    if (!is_memory_type(r->element))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "element = %" PRId32 ": must be LIBNC_ELEMENT_FLOAT64, FLOAT32, INT64 or "
                        "INT32",
                        r->element);
    if (!r->values)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "values = NULL: must be given");
    if (r->count < 0)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "count = %" PRId64 ": must be at least 0",
                        r->count);
    libnc_status status = check_state(writer);
    if (!status && !writer->open)
        status = nc__fail(context, LIBNC_ERROR_STATE,
                          "writer: no array was begun: call libnc_array_writer_begin()");
    if (status)
        return status;
    const nc__written *array = current(writer);
    const int64_t cols = array->layout.cols, rows_now = array->layout.rows;
    const int64_t most = INT64_MAX / 2 / array->layout.size / (cols > 0 ? cols : 1);
    const int64_t limit = array->rows_wanted >= 0             ? array->rows_wanted
                          : writer->format == LIBNC_ARRAY_IDX ? INT32_MAX
                                                              : most;
    if (r->count > limit - rows_now)
        return nc__fail(context, LIBNC_ERROR_DIMENSION,
                        "count = %" PRId64 ": %" PRId64 " rows are there already, and shape[0] = "
                        "%" PRId64,
                        r->count, rows_now, array->rows_wanted);
    if ((uint64_t)(r->count * cols) != size)
        return nc__fail(context, LIBNC_ERROR_DIMENSION,
                        "size = %zu: must be %" PRId64 " x %" PRId64, size, r->count, cols);
    if (array->layout.fortran && r->count > 0 &&
        (rows_now > 0 || (array->rows_wanted >= 0 && r->count < array->rows_wanted)))
        return nc__fail(context, LIBNC_ERROR_DIMENSION,
                        "count = %" PRId64 ": in Fortran order all rows must come in one call",
                        r->count);
    return LIBNC_OK;
}

libnc_status libnc_array_writer_append(libnc_array_writer *writer, int32_t element,
                                       const void *values, int64_t count, size_t size)
{
    if (!writer)
        return LIBNC_ERROR_ARGUMENT;
    rows r = {.element = element, .values = values, .count = count};
    libnc_status status = check_append(writer, &r, size);
    if (status)
        return status;
    nc__layout *layout = &current(writer)->layout;
    r.cols = layout->cols;
    if (!always_fits(element, layout->element))
        status = put_rows(writer, &r, false);
    if (!status)
        status = put_rows(writer, &r, true);
    if (status)
        return status;
    layout->rows += count;
    layout->shape[0] = layout->rows;
    layout->bytes = layout->rows * layout->cols * layout->size;
    return LIBNC_OK;
}

/* ---- the end ---- */

libnc_status libnc_array_writer_finish(libnc_array_writer *writer)
{
    if (!writer)
        return LIBNC_ERROR_ARGUMENT;
    const bool single = writer->format == LIBNC_ARRAY_NPY || writer->format == LIBNC_ARRAY_IDX;
    libnc_status status = check_state(writer);
    if (!status && single && writer->count == 0)
        status = nc__fail(writer->context, LIBNC_ERROR_STATE,
                          "writer: \"%s\" has no array: call libnc_array_writer_begin()",
                          writer->output.path);
    if (!status)
        status = end_array(writer);
    if (!status && writer->format == LIBNC_ARRAY_NPZ)
        status = nc__zip_finish(writer);
    if (!status && writer->format == LIBNC_ARRAY_SAFETENSORS)
        status = nc__safetensors_finish(writer);
    if (status)
        return status;
    status = nc__output_finish(&writer->output);
    writer->finished = !status;
    writer->broken = status;
    return status;
}

libnc_status libnc_array_write_npy(libnc_context *context, const char *path, int32_t element,
                                   const void *values, int64_t rows_count, int64_t cols)
{
    libnc_array_writer *writer = NULL;
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (!values)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "values = NULL: must be given");
    if (!is_memory_type(element))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "element = %" PRId32 ": must be LIBNC_ELEMENT_FLOAT64, FLOAT32, INT64 or "
                        "INT32",
                        element);
    if (rows_count < 0 || cols < 0)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = %" PRId64 ": must be at least 0",
                        rows_count < 0 ? "rows" : "cols", rows_count < 0 ? rows_count : cols);
    libnc_status status = libnc_array_writer_create(&writer, context, path, LIBNC_ARRAY_NPY);
    if (!status)
        status = libnc_array_writer_begin(writer, NULL, element, 2, (int64_t[]){rows_count, cols});
    if (!status)
        status = libnc_array_writer_append(writer, element, values, rows_count,
                                           (size_t)rows_count * (size_t)cols);
    if (!status)
        status = libnc_array_writer_finish(writer);
    libnc_array_writer_destroy(writer);
    return status;
}
