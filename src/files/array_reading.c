/* SPDX-License-Identifier: MIT
 *
 * array_reading.c: rows of an opened file, converted to what the caller wants.
 *
 * Elements are fetched in chunks, put in this machine's byte order, decoded to double or int64, and
 * stored. Chunks run along rows, or along columns where the file is in Fortran order.
 */
#include "files/array_reading.h"

#include "base/file.h"
#include "files/array_internal.h"
#include "files/array_members.h"
#include "linalg/linalg.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Doubles from here on round to infinity as float32: half a unit above the largest. */
#define FLOAT32_LIMIT 0x1.ffffffp127

/* ---- checksums ---- */

libnc_status nc__selection_check(const libnc_array *array, nc__selection *selection, int64_t at,
                                 const void *bytes, int64_t count)
{
    const nc__member *member = selection->member;
    const int64_t known = selection->checked - at; /* of these bytes */
    if (!selection->checks || known < 0 || (known >= count && selection->checked < member->size))
        return LIBNC_OK;
    const unsigned char *next = (const unsigned char *)bytes + (known < count ? known : count);
    for (int64_t left = count - known, n; left > 0; left -= n, next += n) {
        n = left < 1 << 30 ? left : 1 << 30;
        selection->crc = (uint32_t)crc32(selection->crc, next, (uInt)n);
        selection->checked += n;
    }
    if (selection->checked < member->size || selection->crc == member->crc)
        return LIBNC_OK;
    return nc__source_fail(&array->source, LIBNC_ERROR_FORMAT, member->size,
                           "the content has the checksum %08" PRIx32 ": must be %08" PRIx32,
                           selection->crc, member->crc);
}

/* ---- fetching ---- */

static libnc_status fail_short(const libnc_array *array, const nc__selection *selection)
{
    const nc__layout *layout = &selection->layout;
    return nc__source_fail(&array->source, LIBNC_ERROR_FORMAT, selection->content.offset,
                           "the content ends too early: the header announces %" PRId64 " x %" PRId64
                           " elements of %d bytes",
                           layout->rows, layout->cols, (int)layout->size);
}

/* The next bytes of the content, exactly; counted in the checksum. */
static libnc_status advance(const libnc_array *array, nc__selection *selection, void *bytes,
                            size_t count)
{
    size_t got;
    nc__content *content = &selection->content;
    const int64_t at = content->offset;
    libnc_status status = nc__content_read(content, bytes, count, &got);
    if (!status && got < count)
        status = fail_short(array, selection);
    if (!status)
        status = nc__selection_check(array, selection, at, bytes, (int64_t)count);
    return status;
}

/* Content is read forward; going back starts again. The raw half of array->work is free. */
static libnc_status seek(const libnc_array *array, nc__selection *selection, int64_t offset)
{
    nc__content *content = &selection->content;
    unsigned char *scratch = (unsigned char *)array->work;
    const int64_t most = (int64_t)sizeof(double) * array->chunk;
    if (offset < content->offset)
        nc__content_rewind(content);
    while (content->offset < offset) {
        const int64_t left = offset - content->offset;
        libnc_status status =
            advance(array, selection, scratch, (size_t)(left < most ? left : most));
        if (status)
            return status;
    }
    return LIBNC_OK;
}

/* After the last element nothing may follow. */
static libnc_status finish(nc__selection *selection)
{
    char what[96];
    const nc__layout *layout = &selection->layout;
    if (selection->finished ||
        selection->content.offset < selection->begin + selection->layout.bytes)
        return LIBNC_OK;
    snprintf(what, sizeof what,
             "the header announces %" PRId64 " x %" PRId64 " elements of %d bytes", layout->rows,
             layout->cols, (int)layout->size);
    libnc_status status = nc__content_finish(&selection->content, what);
    selection->finished = !status;
    return status;
}

/* Bytes of elements at an offset among all elements, wherever they are; array_reading.c. */
static libnc_status selection_fetch(const libnc_array *array, nc__selection *selection, int64_t at,
                                    void *bytes, size_t count)
{
    libnc_status status;
    const int64_t offset = selection->begin + at;
    if (selection->spool.file >= 0)
        return nc__source_read(&selection->spool, at, bytes, count);
    if (selection->streams) {
        status = seek(array, selection, offset);
        if (!status)
            status = advance(array, selection, bytes, count);
        return status ? status : finish(selection);
    }
    status = nc__source_read(&array->source, offset, bytes, count);
    if (!status && !selection->layout.fortran)
        status =
            nc__selection_check(array, selection, selection->header + at, bytes, (int64_t)count);
    return status;
}

/* ---- Fortran order in zip archives: rows are scattered over the whole member ---- */

static libnc_status write_spool(const nc__source *spool, int64_t offset, const char *bytes,
                                size_t count)
{
    int number = nc__file_put(spool->file, offset, bytes, count);
    return number == 0 ? LIBNC_OK
                       : nc__source_fail_file(spool, "no room for a temporary file to unpack it to",
                                              number);
}

/* An unnamed temporary file. */
static libnc_status open_spool(const libnc_array *array, nc__source *spool)
{
    FILE *file = tmpfile();
    const int number = errno;
    *spool = array->source;
    spool->file = file ? fcntl(fileno(file), F_DUPFD_CLOEXEC, 0) : -1;
    if (file)
        fclose(file);
    if (spool->file >= 0)
        return LIBNC_OK;
    return nc__source_fail_file(&array->source, "no temporary file to unpack it to",
                                file ? EMFILE : number);
}

/* All elements once through the checksum, and into the spool if there is one. */
static libnc_status pass(const libnc_array *array, nc__selection *selection,
                         const nc__source *spool)
{
    char *chunk = (char *)(array->work + array->chunk);
    const int64_t most = (int64_t)sizeof(double) * array->chunk, total = selection->layout.bytes;
    for (int64_t at = 0, n; at < total; at += n) {
        n = total - at < most ? total - at : most;
        libnc_status status = selection_fetch(array, selection, at, chunk, (size_t)n);
        if (!status && spool)
            status = write_spool(spool, at, chunk, (size_t)n);
        else if (!status)
            status = nc__selection_check(array, selection, selection->header + at, chunk, n);
        if (status)
            return status;
    }
    return LIBNC_OK;
}

/* What the first read needs, once. */
static libnc_status prepare(const libnc_array *array, nc__selection *selection)
{
    nc__source spool;
    if (!selection->layout.fortran || selection->spool.file >= 0)
        return LIBNC_OK;
    if (!selection->streams)
        return selection->checks && selection->checked < selection->member->size
                   ? pass(array, selection, NULL)
                   : LIBNC_OK;
    libnc_status status = open_spool(array, &spool);
    if (status)
        return status;
    status = pass(array, selection, &spool);
    if (status) {
        nc__source_close(&spool);
        return status;
    }
    spool.size = selection->layout.bytes;
    selection->spool = spool;
    return LIBNC_OK;
}

/* ---- what the caller wants ---- */

typedef struct target {
    int32_t scalar;  /* libnc_scalar; 0 for integers */
    int32_t element; /* of integers */
    void *values;
    int64_t begin; /* the row that comes first in it */
} target;

static libnc_status fail_value(const libnc_array *array, int64_t element, libnc_status code,
                               const unsigned char *bytes, const char *expected)
{
    double value;
    const nc__layout *layout = &array->chosen->layout;
    nc__decode(bytes, 1, layout->element, &value);
    return nc__fail(array->context, code,
                    "%s = \"%s\": %s%s%srow %" PRId64 ", column %" PRId64 ": %s value %.17g: %s",
                    array->source.name, array->path, array->source.member ? "member \"" : "",
                    array->source.member ? array->source.member : "",
                    array->source.member ? "\": " : "", element / layout->cols,
                    element % layout->cols, libnc_element_name(layout->element), value, expected);
}

/* n elements of which the first has index `first` and the others follow at `step`. */
static libnc_status store_floats(const libnc_array *array, const target *t, unsigned char *bytes,
                                 int64_t n, int64_t first, int64_t step)
{
    const nc__layout *layout = &array->chosen->layout;
    double *decoded = array->work;
    int64_t bad = nc__decode(bytes, n, layout->element, decoded);
    if (bad >= 0)
        return fail_value(array, first + bad * step, LIBNC_ERROR_FORMAT, bytes + bad,
                          "must be 0 or 1");
    if (t->scalar == LIBNC_FLOAT32 && layout->element == LIBNC_ELEMENT_FLOAT64)
        for (int64_t i = 0; i < n; i++)
            if (fabs(decoded[i]) >= FLOAT32_LIMIT && isfinite(decoded[i]))
                return fail_value(array, first + i * step, LIBNC_ERROR_NOT_FINITE,
                                  bytes + i * layout->size, "must be finite as float32");
    const size_t place = (size_t)(first - t->begin * layout->cols) * nc__scalar_size(t->scalar);
    nc__tensor to = {(char *)t->values + place, t->scalar, n, 1, step};
    if (step == 1)
        to = nc__tensor_of(to.data, t->scalar, 1, n);
    nc__from_double(decoded, &to);
    return LIBNC_OK;
}

static libnc_status store_integers(const libnc_array *array, const target *t, unsigned char *bytes,
                                   int64_t n, int64_t first, int64_t step)
{
    const nc__layout *layout = &array->chosen->layout;
    int64_t *decoded = (int64_t *)array->work;
    int64_t bad = nc__decode_integers(bytes, n, layout->element, decoded);
    if (t->element == LIBNC_ELEMENT_INT32)
        for (int64_t i = 0; i < (bad < 0 ? n : bad); i++)
            if (decoded[i] < INT32_MIN || decoded[i] > INT32_MAX)
                bad = i;
    if (bad >= 0)
        return fail_value(array, first + bad * step, LIBNC_ERROR_FORMAT, bytes + bad * layout->size,
                          layout->element == LIBNC_ELEMENT_BOOL ? "must be 0 or 1"
                          : t->element == LIBNC_ELEMENT_INT32   ? "must be whole and fit int32"
                                                                : "must be whole and fit int64");
    const int64_t place = first - t->begin * layout->cols;
    for (int64_t i = 0; i < n; i++)
        if (t->element == LIBNC_ELEMENT_INT32)
            ((int32_t *)t->values)[place + i * step] = (int32_t)decoded[i];
        else
            ((int64_t *)t->values)[place + i * step] = decoded[i];
    return LIBNC_OK;
}

static libnc_status store(const libnc_array *array, const target *t, unsigned char *bytes,
                          int64_t n, int64_t first, int64_t step)
{
    const nc__layout *layout = &array->chosen->layout;
    if (layout->swap)
        nc__swap_bytes(bytes, n, layout->size);
    return t->scalar ? store_floats(array, t, bytes, n, first, step)
                     : store_integers(array, t, bytes, n, first, step);
}

/* ---- the ways through the file ---- */

static libnc_status read_contiguous(libnc_array *array, const target *t, int64_t count)
{
    nc__selection *s = array->chosen;
    unsigned char *bytes = (unsigned char *)(array->work + array->chunk);
    const int64_t begin = t->begin * s->layout.cols, end = begin + count * s->layout.cols;
    for (int64_t at = begin, n; at < end; at += n) {
        n = end - at < array->chunk ? end - at : array->chunk;
        libnc_status status =
            selection_fetch(array, s, at * s->layout.size, bytes, (size_t)(n * s->layout.size));
        if (!status)
            status = store(array, t, bytes, n, at, 1);
        if (status)
            return status;
    }
    return LIBNC_OK;
}

/* Records of which only a part is wanted: many at a time, moved together. */
static libnc_status read_records(libnc_array *array, const target *t, int64_t count)
{
    nc__selection *s = array->chosen;
    unsigned char *bytes = (unsigned char *)(array->work + array->chunk);
    const int64_t width = s->layout.cols * s->layout.size, cols = s->layout.cols;
    int64_t most = array->chunk / s->stride; /* elements are bytes */
    for (int64_t row = 0, n; row < count; row += n) {
        n = count - row < most ? count - row : most;
        libnc_status status = selection_fetch(array, s, (t->begin + row) * s->stride, bytes,
                                              (size_t)((n - 1) * s->stride + width));
        for (int64_t i = 1; i < n; i++)
            memmove(bytes + i * width, bytes + i * s->stride, (size_t)width);
        if (!status)
            status = store(array, t, bytes, n * cols, (t->begin + row) * cols, 1);
        if (status)
            return status;
    }
    return LIBNC_OK;
}

static libnc_status read_columns(libnc_array *array, const target *t, int64_t count)
{
    nc__selection *s = array->chosen;
    unsigned char *bytes = (unsigned char *)(array->work + array->chunk);
    const nc__layout *layout = &s->layout;
    for (int64_t place = 0; place < layout->cols; place++) {
        const int64_t col = nc__layout_column(layout, place), end = t->begin + count;
        for (int64_t row = t->begin, n; row < end; row += n) {
            n = end - row < array->chunk ? end - row : array->chunk;
            libnc_status status =
                selection_fetch(array, s, (place * layout->rows + row) * layout->size, bytes,
                                (size_t)(n * layout->size));
            if (!status)
                status = store(array, t, bytes, n, row * layout->cols + col, layout->cols);
            if (status)
                return status;
        }
    }
    return LIBNC_OK;
}

/* The same type, in place already: nothing is converted. */
static bool is_verbatim(const nc__selection *s, const target *t)
{
    const int32_t wanted = t->scalar == LIBNC_FLOAT32   ? LIBNC_ELEMENT_FLOAT32
                           : t->scalar == LIBNC_FLOAT64 ? LIBNC_ELEMENT_FLOAT64
                                                        : t->element;
    return s->layout.element == wanted && !s->layout.swap && !s->layout.fortran &&
           s->stride == s->layout.cols * s->layout.size;
}

static libnc_status read_rows(libnc_array *array, const target *t, int64_t count)
{
    nc__selection *s = array->chosen;
    const int64_t width = s->layout.cols * s->layout.size;
    libnc_status status = prepare(array, s);
    if (!status && s->streams && s->layout.bytes == 0)
        status = finish(s);
    if (status || count == 0 || s->layout.cols == 0)
        return status;
    if (is_verbatim(s, t))
        return selection_fetch(array, s, t->begin * width, t->values, (size_t)(count * width));
    if (s->layout.fortran)
        return read_columns(array, t, count);
    return s->stride == width ? read_contiguous(array, t, count) : read_records(array, t, count);
}

/* ---- public ---- */

static libnc_status check_rows(const libnc_array *array, int64_t begin, int64_t count,
                               const void *values, size_t size)
{
    libnc_context *context = array->context;
    if (!array->chosen)
        return nc__fail(context, LIBNC_ERROR_STATE,
                        "array: no member of \"%s\" is chosen: call libnc_array_select()",
                        array->path);
    const nc__layout *layout = &array->chosen->layout;
    if (begin < 0 || begin > layout->rows)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "begin = %" PRId64 ": must be from 0 to the number of rows, %" PRId64,
                        begin, layout->rows);
    if (count < 0 || count > layout->rows - begin)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "count = %" PRId64 ": must be from 0 to %" PRId64 ", the rows from %" PRId64
                        " on",
                        count, layout->rows - begin, begin);
    if (!values)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "values = NULL: must be given");
    if (layout->cols > 0 && count > 0 && (uint64_t)count * (uint64_t)layout->cols != size)
        return nc__fail(context, LIBNC_ERROR_DIMENSION,
                        "size = %zu: must be %" PRId64 " x %" PRId64, size, count, layout->cols);
    if ((layout->cols == 0 || count == 0) && size != 0)
        return nc__fail(context, LIBNC_ERROR_DIMENSION, "size = %zu: must be 0", size);
    if (layout->element == 0)
        return nc__fail(context, LIBNC_ERROR_STATE,
                        "array: \"%s\" has elements of %" PRId32
                        " bytes and does not tell what they mean: call libnc_array_set_element()",
                        array->path, layout->size);
    return LIBNC_OK;
}

libnc_status libnc_array_read(libnc_array *array, int64_t begin, int64_t count, int32_t scalar,
                              void *values, size_t size)
{
    if (!array)
        return LIBNC_ERROR_ARGUMENT;
    if (scalar != LIBNC_FLOAT64 && scalar != LIBNC_FLOAT32)
        return nc__fail(array->context, LIBNC_ERROR_ARGUMENT,
                        "scalar = %" PRId32 ": must be LIBNC_FLOAT64 or LIBNC_FLOAT32", scalar);
    libnc_status status = check_rows(array, begin, count, values, size);
    if (status)
        return status;
    return read_rows(array, &(target){.scalar = scalar, .values = values, .begin = begin}, count);
}

libnc_status libnc_array_read_integers(libnc_array *array, int64_t begin, int64_t count,
                                       int32_t element, void *values, size_t size)
{
    if (!array)
        return LIBNC_ERROR_ARGUMENT;
    if (element != LIBNC_ELEMENT_INT32 && element != LIBNC_ELEMENT_INT64)
        return nc__fail(array->context, LIBNC_ERROR_ARGUMENT,
                        "element = %" PRId32 ": must be LIBNC_ELEMENT_INT32 or LIBNC_ELEMENT_INT64",
                        element);
    libnc_status status = check_rows(array, begin, count, values, size);
    if (status)
        return status;
    return read_rows(array, &(target){.element = element, .values = values, .begin = begin}, count);
}
