/* SPDX-License-Identifier: MIT
 *
 * idx.c: IDX files, the format of MNIST, plain or gzip.
 *
 * An IDX file is: two zero bytes, a type byte, a dimension count n, n big-endian 32-bit sizes, and
 * the elements, big-endian, last dimension fastest. The reader believes nothing: memory grows with
 * the content that arrives, and an error names the file, the offset and what was expected. Offsets
 * are those of the uncompressed content unless the text says "compressed".
 */
#include "files/idx.h"

#include "files/array_internal.h"
#include "files/array_members.h"
#include "files/array_output.h"
#include "files/array_writing.h"
#include "files/foreign.h"

#include <inttypes.h>
#include <string.h>

enum {
    MOST_DIMENSIONS = 255,
    MOST_INFLATION = 1032 /* bytes of content for one of deflate, at most */
};

/* ---- header ---- */

enum element_type {
    TYPE_UINT8 = 0x08,
    TYPE_INT8 = 0x09,
    TYPE_INT16 = 0x0B,
    TYPE_INT32 = 0x0C,
    TYPE_FLOAT32 = 0x0D,
    TYPE_FLOAT64 = 0x0E
};

typedef struct header {
    int type, dimensions;
    size_t element;       /* bytes */
    int64_t count, width; /* the first dimension, and the product of the others */
    int64_t shape[MOST_DIMENSIONS];
} header;

static const struct {
    int type;
    int32_t element;
} types[] = {
    {TYPE_UINT8, LIBNC_ELEMENT_UINT8},     {TYPE_INT8, LIBNC_ELEMENT_INT8},
    {TYPE_INT16, LIBNC_ELEMENT_INT16},     {TYPE_INT32, LIBNC_ELEMENT_INT32},
    {TYPE_FLOAT32, LIBNC_ELEMENT_FLOAT32}, {TYPE_FLOAT64, LIBNC_ELEMENT_FLOAT64},
};

enum { TYPES = sizeof types / sizeof *types };

/* libnc_element of a type byte; 0 for none. */
static int32_t element_of(int type)
{
    for (int i = 0; i < TYPES; i++)
        if (types[i].type == type)
            return types[i].element;
    return 0;
}

static int type_of(int32_t element)
{
    for (int i = 0; i < TYPES; i++)
        if (types[i].element == element)
            return types[i].type;
    return 0;
}

/* Four bytes of the header. */
static libnc_status read_word(nc__content *s, unsigned char word[4], const char *what)
{
    size_t got;
    int64_t offset = s->offset;
    libnc_status status = nc__content_read(s, word, 4, &got);
    if (!status && got < 4)
        status = nc__source_fail(s->source, LIBNC_ERROR_FORMAT, offset + (int64_t)got,
                                 "the content ends within %s", what);
    return status;
}

static libnc_status read_dimension(nc__content *s, int index, int64_t *size)
{
    unsigned char word[4];
    int64_t offset = s->offset;
    libnc_status status = read_word(s, word, "the dimensions");
    if (status)
        return status;
    *size = (int64_t)nc__big_endian(word, 4);
    if (*size < 1 || *size > INT32_MAX)
        return nc__source_fail(s->source, LIBNC_ERROR_FORMAT, offset,
                               "dimension %d = %" PRId64 ": must be from 1 to %" PRId32, index,
                               *size, INT32_MAX);
    return LIBNC_OK;
}

/* The content is no IDX: what it is, if that can be told. */
static libnc_status refuse_magic(nc__content *s, const unsigned char magic[4])
{
    unsigned char bytes[NC__FOREIGN_BYTES];
    size_t got;
    memcpy(bytes, magic, 4);
    libnc_status status = nc__content_read(s, bytes + 4, sizeof bytes - 4, &got);
    if (status)
        return status;
    const char *kind = nc__foreign_kind(bytes, 4 + got);
    if (!kind && s->form == NC__CONTENT_GZIP && 4 + got > 8 && bytes[8] == '{')
        kind = "a safetensors file";
    if (kind)
        return nc__source_fail(s->source, LIBNC_ERROR_FORMAT, 0, "%s%s: must be IDX%s",
                               s->form == NC__CONTENT_GZIP ? "gzip of " : "", kind,
                               s->form == NC__CONTENT_GZIP ? "; unpack it with gunzip first" : "");
    return nc__source_fail(s->source, LIBNC_ERROR_FORMAT, 0,
                           "%smagic number %02x%02x%02x%02x: must be 0000, a "
                           "type of 08, 09, 0b, 0c, 0d, 0e, and at least 01 dimensions",
                           s->form == NC__CONTENT_GZIP ? "gzip of something that is no IDX: " : "",
                           magic[0], magic[1], magic[2], magic[3]);
}

static libnc_status read_header(nc__content *s, header *h)
{
    unsigned char magic[4];
    libnc_status status = read_word(s, magic, "the magic number");
    if (status)
        return status;
    h->type = magic[2];
    h->dimensions = magic[3];
    h->element = (size_t)libnc_element_size(element_of(h->type));
    if (magic[0] != 0 || magic[1] != 0 || h->element == 0 || h->dimensions == 0)
        return refuse_magic(s, magic);
    h->width = 1;
    for (int i = 0; i < h->dimensions; i++) {
        int64_t size;
        status = read_dimension(s, i, &size);
        if (status)
            return status;
        h->shape[i] = size;
        if (i == 0)
            h->count = size;
        else
            h->width *= size; /* both below 2^31 */
        if (h->width > INT32_MAX)
            return nc__source_fail(s->source, LIBNC_ERROR_FORMAT, s->offset - 4,
                                   "dimensions 1 to %d have the product "
                                   "%" PRId64 ": must be at most %" PRId32,
                                   i, h->width, INT32_MAX);
    }
    return LIBNC_OK;
}

/* ---- reading ---- */

static libnc_status fail_length(const nc__content *s, const header *h, const char *what)
{
    return nc__source_fail(s->source, LIBNC_ERROR_FORMAT, s->offset,
                           "%s: the header announces %" PRId64 " x %" PRId64
                           " elements of %zu bytes",
                           what, h->count, h->width, h->element);
}

/* Header and exact size of an uncompressed file, from its first bytes. */
int64_t nc__idx_size(const unsigned char *bytes, int64_t count)
{
    const int dimensions = count >= 4 ? bytes[3] : 0;
    if (dimensions == 0 || bytes[0] != 0 || bytes[1] != 0 || element_of(bytes[2]) == 0)
        return -1;
    int64_t size = libnc_element_size(element_of(bytes[2]));
    for (int i = 0; i < dimensions && 8 + 4 * i <= count; i++) {
        const int64_t factor = (int64_t)nc__big_endian(bytes + 4 + 4 * i, 4);
        size = factor > 0 && size > INT64_MAX / 2 / factor ? INT64_MAX / 2 : size * factor;
    }
    return size + 4 + 4 * dimensions;
}

libnc_status nc__idx_open(libnc_array *array)
{
    nc__member *member = nc__array_add_member(array);
    if (!member)
        return LIBNC_ERROR_MEMORY;
    *member = (nc__member){.name = "", .end = array->source.size};
    return LIBNC_OK;
}

static libnc_status set_layout(const nc__content *s, const header *h, nc__layout *layout)
{
    if (h->dimensions > LIBNC_ARRAY_DIMENSIONS)
        return nc__source_fail(s->source, LIBNC_ERROR_UNSUPPORTED, 3,
                               "%d dimensions: at most %d are read", h->dimensions,
                               LIBNC_ARRAY_DIMENSIONS);
    *layout = (nc__layout){.element = element_of(h->type),
                           .size = (int32_t)h->element,
                           .swap = h->element > 1 && nc__is_little_endian(),
                           .dimensions = h->dimensions};
    memcpy(layout->shape, h->shape, (size_t)h->dimensions * sizeof *h->shape);
    return nc__layout_measure(layout, s->source, 4);
}

/* The length of compressed content shows when it is read; what no such file can hold is refused
 * before memory is allocated for it. */
libnc_status nc__idx_select(const libnc_array *array, nc__selection *selection)
{
    header h;
    nc__content *s = &selection->content;
    libnc_status status = nc__content_open(s, &array->source, NC__CONTENT_ANY, 0, -1);
    if (!status)
        status = read_header(s, &h);
    if (!status)
        status = set_layout(s, &h, &selection->layout);
    if (status)
        return status;
    selection->begin = s->offset;
    selection->streams = s->form == NC__CONTENT_GZIP;
    if (selection->streams && selection->layout.bytes / MOST_INFLATION > array->source.size)
        return fail_length(s, &h, "the content ends too early");
    const int64_t bytes = array->source.size - s->offset;
    if (!selection->streams && selection->layout.bytes != bytes) {
        s->offset += bytes < selection->layout.bytes ? bytes : selection->layout.bytes;
        status = fail_length(s, &h,
                             bytes < selection->layout.bytes ? "the content ends too early"
                                                             : "more content follows");
    }
    return status;
}

/* ---- writing ---- */

bool nc__idx_has(int32_t element)
{
    return type_of(element) != 0;
}

libnc_status nc__idx_put_header(libnc_array_writer *writer, nc__written *array)
{
    unsigned char bytes[4 + 4 * LIBNC_ARRAY_DIMENSIONS] = {0};
    const nc__layout *layout = &array->layout;
    bytes[2] = (unsigned char)type_of(layout->element);
    bytes[3] = (unsigned char)layout->dimensions;
    for (int32_t i = 0; i < layout->dimensions; i++)
        nc__put_big_endian(bytes + 4 + 4 * i, (uint64_t)layout->shape[i], 4);
    return nc__writer_put(writer, 0, bytes, 4 + 4 * (size_t)layout->dimensions);
}
