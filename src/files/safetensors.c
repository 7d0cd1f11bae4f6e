/* SPDX-License-Identifier: MIT
 *
 * safetensors.c: the safetensors format (github.com/huggingface/safetensors, "Format").
 *
 * 8 bytes: N, little-endian; N bytes of JSON that begin with '{' and may end in spaces; the
 * tensors. The header maps each name to its dtype, shape and data_offsets [begin, end), counted
 * from the end of the header, and "__metadata__" to a map from strings to strings. Tensors lie
 * without holes or overlaps from the first byte after the header to the end of the file; values are
 * little-endian, row-major.
 */
#include "files/safetensors.h"

#include "base/sort.h"
#include "files/array_internal.h"
#include "files/array_members.h"
#include "files/array_output.h"
#include "files/array_writing.h"
#include "files/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LONGEST_HEADER INT64_C(100000000) /* bytes: the format's own bound */

enum { LENGTH = 8 }; /* bytes of N */

typedef struct dtype {
    const char *name;
    int32_t element;
} dtype;

static const dtype dtypes[] = {
    {"BOOL", LIBNC_ELEMENT_BOOL},
    {"U8", LIBNC_ELEMENT_UINT8},
    {"I8", LIBNC_ELEMENT_INT8},
    {"F8_E5M2", LIBNC_ELEMENT_FLOAT8_E5M2},
    {"F8_E4M3", LIBNC_ELEMENT_FLOAT8_E4M3},
    {"I16", LIBNC_ELEMENT_INT16},
    {"U16", LIBNC_ELEMENT_UINT16},
    {"F16", LIBNC_ELEMENT_FLOAT16},
    {"BF16", LIBNC_ELEMENT_BFLOAT16},
    {"I32", LIBNC_ELEMENT_INT32},
    {"U32", LIBNC_ELEMENT_UINT32},
    {"F32", LIBNC_ELEMENT_FLOAT32},
    {"F64", LIBNC_ELEMENT_FLOAT64},
    {"I64", LIBNC_ELEMENT_INT64},
    {"U64", LIBNC_ELEMENT_UINT64},
};

enum { DTYPES = sizeof dtypes / sizeof *dtypes };

/* ---- one tensor's object ---- */

typedef struct tensor {
    nc__layout layout;
    int64_t begin, end;
    char dtype[NC__JSON_SHORT];
    int seen;
} tensor;

enum { DTYPE = 1, SHAPE = 2, OFFSETS = 4 };

/* A type that is not read leaves element and size 0. */
static libnc_status parse_dtype(nc__json *json, tensor *t)
{
    char *name = t->dtype;
    libnc_status status = nc__json_string(json, &name, "a dtype, a string");
    if (status)
        return status;
    for (int i = 0; i < DTYPES; i++)
        if (strcmp(dtypes[i].name, name) == 0)
            t->layout.element = dtypes[i].element;
    t->layout.size = libnc_element_size(t->layout.element);
    return LIBNC_OK;
}

static libnc_status parse_shape(nc__json *json, tensor *t)
{
    if (!nc__json_accept(json, '['))
        return nc__json_refuse(json, "'[', the start of the shape");
    if (nc__json_accept(json, ']'))
        return LIBNC_OK;
    do {
        int64_t size;
        libnc_status status = nc__json_whole(json, &size, "a size of the shape, a number >= 0");
        if (status)
            return status;
        if (t->layout.dimensions == LIBNC_ARRAY_DIMENSIONS)
            return nc__source_fail(json->source, LIBNC_ERROR_UNSUPPORTED, json->base + json->at,
                                   "the shape has more than %d dimensions", LIBNC_ARRAY_DIMENSIONS);
        t->layout.shape[t->layout.dimensions++] = size;
    } while (nc__json_accept(json, ','));
    return nc__json_accept(json, ']') ? LIBNC_OK : nc__json_refuse(json, "',' or ']' in the shape");
}

static libnc_status parse_offsets(nc__json *json, tensor *t)
{
    const char *const expected = "data_offsets, [begin, end]";
    if (!nc__json_accept(json, '['))
        return nc__json_refuse(json, expected);
    libnc_status status = nc__json_whole(json, &t->begin, expected);
    if (!status && !nc__json_accept(json, ','))
        status = nc__json_refuse(json, expected);
    if (!status)
        status = nc__json_whole(json, &t->end, expected);
    if (!status && !nc__json_accept(json, ']'))
        status = nc__json_refuse(json, expected);
    return status;
}

static libnc_status parse_field(nc__json *json, tensor *t)
{
    static const char *const keys[] = {"dtype", "shape", "data_offsets"};
    static libnc_status (*const parse[])(nc__json *, tensor *) = {parse_dtype, parse_shape,
                                                                  parse_offsets};
    char text[NC__JSON_SHORT], *key = text;
    nc__json_skip_spaces(json);
    const int64_t offset = json->base + json->at;
    libnc_status status = nc__json_string(json, &key, "a key, dtype, shape or data_offsets");
    if (status)
        return status;
    for (int i = 0; i < 3; i++) {
        if (strcmp(key, keys[i]) != 0)
            continue;
        if (t->seen & 1 << i)
            return nc__source_fail(json->source, LIBNC_ERROR_FORMAT, offset,
                                   "the key \"%s\" occurs twice", key);
        t->seen |= 1 << i;
        return nc__json_accept(json, ':') ? parse[i](json, t)
                                          : nc__json_refuse(json, "':' after the key");
    }
    return nc__source_fail(json->source, LIBNC_ERROR_FORMAT, offset,
                           "the key \"%.32s\": must be dtype, shape or data_offsets", key);
}

/* The fields of a tensor, and that they fit together; `offset` is that of the object. */
static libnc_status parse_tensor(nc__json *json, tensor *t)
{
    nc__json_skip_spaces(json);
    const int64_t offset = json->base + json->at;
    *t = (tensor){.layout = {.element = 0}};
    t->layout.swap = !nc__is_little_endian();
    if (!nc__json_accept(json, '{'))
        return nc__json_refuse(json, "'{', the start of a tensor's description");
    do {
        libnc_status status = parse_field(json, t);
        if (status)
            return status;
    } while (nc__json_accept(json, ','));
    if (!nc__json_accept(json, '}'))
        return nc__json_refuse(json, "',' or '}' in a tensor's description");
    if (t->seen != (DTYPE | SHAPE | OFFSETS))
        return nc__source_fail(json->source, LIBNC_ERROR_FORMAT, offset, "the tensor has no %s",
                               !(t->seen & DTYPE)   ? "dtype"
                               : !(t->seen & SHAPE) ? "shape"
                                                    : "data_offsets");
    libnc_status status = LIBNC_OK;
    if (t->begin > t->end)
        status = nc__source_fail(json->source, LIBNC_ERROR_FORMAT, offset,
                                 "data_offsets [%" PRId64 ", %" PRId64 "]: begin is above end",
                                 t->begin, t->end);
    if (status || t->layout.element == 0)
        return status;
    status = nc__layout_measure(&t->layout, json->source, offset);
    if (!status && t->end - t->begin != t->layout.bytes)
        status = nc__source_fail(json->source, LIBNC_ERROR_FORMAT, offset,
                                 "data_offsets [%" PRId64 ", %" PRId64 "] hold %" PRId64
                                 " bytes: shape and dtype take %" PRId64,
                                 t->begin, t->end, t->end - t->begin, t->layout.bytes);
    return status;
}

/* ---- the header ---- */

static libnc_status parse_metadata(nc__json *json)
{
    char *text = NULL;
    if (!nc__json_accept(json, '{'))
        return nc__json_refuse(json, "'{', the start of __metadata__");
    if (nc__json_accept(json, '}'))
        return LIBNC_OK;
    do {
        text = NULL;
        libnc_status status = nc__json_string(json, &text, "a key of __metadata__, a string");
        if (!status && !nc__json_accept(json, ':'))
            status = nc__json_refuse(json, "':' after the key");
        text = NULL;
        if (!status)
            status = nc__json_string(json, &text, "a string: __metadata__ has nothing else");
        if (status)
            return status;
    } while (nc__json_accept(json, ','));
    return nc__json_accept(json, '}') ? LIBNC_OK
                                      : nc__json_refuse(json, "',' or '}' in __metadata__");
}

static libnc_status parse_entry(libnc_array *array, nc__json *json, bool *has_metadata)
{
    char *name = NULL;
    tensor t;
    nc__json_skip_spaces(json);
    const int64_t offset = json->base + json->at;
    libnc_status status = nc__json_string(json, &name, "a tensor's name, a string");
    if (!status && !nc__json_accept(json, ':'))
        status = nc__json_refuse(json, "':' after the name");
    if (status)
        return status;
    if (strcmp(name, "__metadata__") == 0) {
        if (*has_metadata)
            return nc__source_fail(json->source, LIBNC_ERROR_FORMAT, offset,
                                   "__metadata__ occurs twice");
        *has_metadata = true;
        return parse_metadata(json);
    }
    const int64_t object = json->at;
    array->source.member = name;
    status = parse_tensor(json, &t);
    array->source.member = NULL;
    if (status)
        return status;
    nc__member *member = nc__array_add_member(array);
    if (!member)
        return LIBNC_ERROR_MEMORY;
    *member = (nc__member){
        .name = name, .begin = t.begin, .end = t.end, .header = object, .size = t.layout.bytes};
    return LIBNC_OK;
}

static libnc_status parse_header(libnc_array *array, nc__json *json)
{
    bool has_metadata = false;
    if (!nc__json_accept(json, '{'))
        return nc__json_refuse(json, "'{', the start of the header");
    if (!nc__json_accept(json, '}')) {
        do {
            libnc_status status = parse_entry(array, json, &has_metadata);
            if (status)
                return status;
        } while (nc__json_accept(json, ','));
        if (!nc__json_accept(json, '}'))
            return nc__json_refuse(json, "',' or '}' in the header");
    }
    nc__json_skip_spaces(json);
    return json->at == json->size ? LIBNC_OK
                                  : nc__json_refuse(json, "nothing but spaces after the header");
}

static int compare_begins(const void *user, int64_t a, int64_t b)
{
    const nc__member *members = user;
    const nc__member *x = &members[a], *y = &members[b];
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

/* No holes, no overlaps, and the file ends where the last tensor does. */
static libnc_status check_tiling(const libnc_array *array, int64_t base, const int64_t *order)
{
    const nc__source *source = &array->source;
    const int64_t size = source->size - base;
    int64_t end = 0; /* <= size: whatever the header says, base + end is in the file */
    for (int64_t i = 0; i < array->count; i++) {
        const nc__member *m = &array->members[order[i]];
        if (m->begin != end)
            return nc__source_fail(source, LIBNC_ERROR_FORMAT, base + end,
                                   "tensor \"%.64s\" has data_offsets [%" PRId64 ", %" PRId64
                                   "]: %s: the tensors before it end at %" PRId64,
                                   m->name, m->begin, m->end,
                                   m->begin > end ? "a hole" : "an overlap", end);
        if (m->end > size)
            return nc__source_fail(source, LIBNC_ERROR_FORMAT, base + size,
                                   "the file ends too early: tensor \"%.64s\" ends at %" PRId64
                                   ", and %" PRId64 " bytes follow the header",
                                   m->name, m->end, size);
        end = m->end;
    }
    if (end < size)
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, base + end,
                               "more bytes follow: the tensors take %" PRId64 " bytes, and %" PRId64
                               " follow the header",
                               end, size);
    return LIBNC_OK;
}

static libnc_status check_places(libnc_array *array, int64_t base)
{
    int64_t *order = nc__alloc(array->context, (size_t)array->count, sizeof *order);
    if (!order)
        return LIBNC_ERROR_MEMORY;
    for (int64_t i = 0; i < array->count; i++)
        order[i] = i;
    nc__sort_indices(order, array->count, compare_begins, array->members);
    libnc_status status = check_tiling(array, base, order);
    nc__free(array->context, order);
    for (int64_t i = 0; i < array->count && !status; i++) { /* from here on in the file */
        array->members[i].begin += base;
        array->members[i].end += base;
    }
    return status;
}

libnc_status nc__safetensors_open(libnc_array *array)
{
    unsigned char bytes[LENGTH];
    const nc__source *source = &array->source;
    libnc_status status = nc__source_read(source, 0, bytes, LENGTH);
    if (status)
        return status;
    const uint64_t length = nc__little_endian(bytes, LENGTH);
    if (length > (uint64_t)LONGEST_HEADER)
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, 0,
                               "a header of %" PRIu64 " bytes: must be at most %" PRId64, length,
                               LONGEST_HEADER);
    if ((int64_t)length > source->size - LENGTH)
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, 0,
                               "a header of %" PRIu64 " bytes: the file has %" PRId64 " more",
                               length, source->size - LENGTH);
    status = nc__array_read_text(array, LENGTH, (int64_t)length);
    if (status)
        return status;
    nc__json json = {
        .source = source, .text = array->text, .size = (int64_t)length, .base = LENGTH};
    status = parse_header(array, &json);
    if (!status)
        status = nc__array_check_names(array);
    return status ? status : check_places(array, LENGTH + (int64_t)length);
}

libnc_status nc__safetensors_select(const libnc_array *array, nc__selection *selection)
{
    tensor t;
    nc__json json = {.source = &array->source,
                     .text = array->text,
                     .size = array->text_size,
                     .at = selection->member->header,
                     .base = LENGTH};
    libnc_status status = parse_tensor(&json, &t);
    if (!status && t.layout.element == 0)
        status = nc__source_fail(&array->source, LIBNC_ERROR_UNSUPPORTED, LENGTH + json.at,
                                 "dtype \"%s\": must be BOOL, U8, I8, F8_E5M2, F8_E4M3, I16, U16, "
                                 "F16, BF16, I32, U32, F32, F64, I64 or U64",
                                 t.dtype);
    if (status)
        return status;
    selection->layout = t.layout;
    selection->begin = selection->member->begin;
    return LIBNC_OK;
}

/* ---- writing ---- */

/* Text that is counted, and kept where it has room. */
typedef struct text {
    char *to;
    size_t size, used;
} text;

static void put_text(text *t, const char *from, size_t n)
{
    for (size_t i = 0; i < n; i++, t->used++)
        if (t->used < t->size)
            t->to[t->used] = from[i];
}

static void put_literal(text *t, const char *literal)
{
    put_text(t, literal, strlen(literal));
}

static void put_string(text *t, const char *string)
{
    char code[8];
    put_literal(t, "\"");
    for (const char *c = string; *c; c++) {
        if (*c == '"' || *c == '\\')
            put_literal(t, "\\");
        if ((unsigned char)*c < 0x20)
            put_text(t, code, (size_t)snprintf(code, sizeof code, "\\u%04x", (unsigned)*c & 0xffu));
        else
            put_text(t, c, 1);
    }
    put_literal(t, "\"");
}

static void put_tensor(text *t, const nc__written *array)
{
    char number[64];
    const nc__layout *layout = &array->layout;
    put_string(t, array->name);
    put_literal(t, ":{\"dtype\":");
    for (int i = 0; i < DTYPES; i++)
        if (dtypes[i].element == layout->element)
            put_string(t, dtypes[i].name);
    put_literal(t, ",\"shape\":[");
    for (int32_t i = 0; i < layout->dimensions; i++)
        put_text(
            t, number,
            (size_t)snprintf(number, sizeof number, "%s%" PRId64, i ? "," : "", layout->shape[i]));
    put_text(
        t, number,
        (size_t)snprintf(number, sizeof number, "],\"data_offsets\":[%" PRId64 ",%" PRId64 "]}",
                         array->begin - NC__SAFETENSORS_ROOM, array->end - NC__SAFETENSORS_ROOM));
}

static void put_header(text *t, const libnc_array_writer *writer)
{
    t->used = 0;
    put_literal(t, "{");
    for (int64_t i = 0; i < writer->count; i++) {
        put_literal(t, i > 0 ? "," : "");
        put_tensor(t, &writer->arrays[i]);
    }
    put_literal(t, "}");
}

/* Moves the tensors up by `distance`, the last bytes first. */
static libnc_status move_up(libnc_array_writer *writer, int64_t distance)
{
    unsigned char *block = (unsigned char *)writer->work;
    const int64_t most = (int64_t)sizeof(double) * NC__ARRAY_CHUNK;
    const nc__source source = {.context = writer->context,
                               .name = "path",
                               .path = writer->output.path,
                               .file = writer->output.file};
    for (int64_t end = writer->at; end > NC__SAFETENSORS_ROOM;) {
        int64_t n = end - NC__SAFETENSORS_ROOM < most ? end - NC__SAFETENSORS_ROOM : most;
        end -= n;
        libnc_status status = nc__source_read(&source, end, block, (size_t)n);
        if (!status)
            status = nc__writer_put(writer, end + distance, block, (size_t)n);
        if (status)
            return status;
    }
    return LIBNC_OK;
}

libnc_status nc__safetensors_finish(libnc_array_writer *writer)
{
    text t = {.to = NULL};
    put_header(&t, writer);
    /* spaces at the end fill the room that was kept, and align the first tensor */
    size_t size = LENGTH + t.used;
    size = size <= NC__SAFETENSORS_ROOM ? NC__SAFETENSORS_ROOM : (size + 63) / 64 * 64;
    t.to = nc__alloc(writer->context, size, 1);
    if (!t.to)
        return LIBNC_ERROR_MEMORY;
    memset(t.to, ' ', size);
    nc__put_little_endian((unsigned char *)t.to, size - LENGTH, LENGTH);
    text body = {.to = t.to + LENGTH, .size = size - LENGTH};
    put_header(&body, writer);
    libnc_status status = LIBNC_OK;
    if (size > NC__SAFETENSORS_ROOM)
        status = move_up(writer, (int64_t)size - NC__SAFETENSORS_ROOM);
    if (!status)
        status = nc__writer_put(writer, 0, t.to, size);
    nc__free(writer->context, t.to);
    return status;
}
