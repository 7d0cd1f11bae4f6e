/* SPDX-License-Identifier: MIT
 *
 * npy.c: the NumPy format, versions 1 to 3 (NumPy Enhancement Proposal 1 and numpy.lib.format).
 *
 * "\x93NUMPY", two bytes of version, the header's length (2 bytes little-endian in version 1, 4
 * later), and the header: a Python dictionary with exactly the keys descr, fortran_order and shape,
 * padded with spaces and ended by a newline. Version 3 differs in the header's encoding (UTF-8),
 * which numbers have no use for.
 */
#include "files/npy.h"

#include "files/array_internal.h"
#include "files/array_members.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    MAGIC = 8,                 /* bytes of magic and version */
    LONGEST_HEADER = 1 << 16,  /* version 1 can have no more, and numbers need a few hundred */
    LONGEST_DESCRIPTION = 256, /* characters of a type, for error texts */
    ALIGNMENT = 64             /* of the first element in files that are written */
};

/* ---- the dictionary ---- */

typedef struct parser {
    const nc__source *source;
    const char *text;
    int64_t size, at, base; /* base: offset of text[0] in the content */
} parser;

static libnc_status refuse(const parser *p, const char *expected)
{
    const nc__source *source = p->source;
    const int64_t offset = p->base + p->at;
    if (p->at >= p->size)
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, offset, "the header ends: expected %s",
                               expected);
    unsigned char c = (unsigned char)p->text[p->at];
    if (c < ' ' || c > '~')
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, offset, "byte 0x%02x: expected %s", c,
                               expected);
    return nc__source_fail(source, LIBNC_ERROR_FORMAT, offset, "'%c': expected %s", c, expected);
}

static void skip_spaces(parser *p)
{
    while (p->at < p->size && (p->text[p->at] == ' ' || p->text[p->at] == '\t'))
        p->at++;
}

static bool accept(parser *p, char c)
{
    skip_spaces(p);
    if (p->at >= p->size || p->text[p->at] != c)
        return false;
    p->at++;
    return true;
}

/* A string without escapes, in either kind of quotes. */
static libnc_status parse_string(parser *p, char *string, size_t capacity, const char *expected)
{
    skip_spaces(p);
    char quote = p->at < p->size ? p->text[p->at] : 0;
    if (quote != '\'' && quote != '"')
        return refuse(p, expected);
    int64_t begin = ++p->at;
    while (p->at < p->size && p->text[p->at] != quote && p->text[p->at] != '\\' &&
           p->text[p->at] >= ' ' && p->text[p->at] <= '~')
        p->at++;
    if (p->at >= p->size || p->text[p->at] != quote)
        return refuse(p, "a string of ASCII characters without escapes, and its closing quote");
    size_t length = (size_t)(p->at++ - begin);
    length = length < capacity ? length : capacity - 1;
    memcpy(string, p->text + begin, length);
    string[length] = '\0';
    return LIBNC_OK;
}

static bool accept_word(parser *p, const char *word)
{
    int64_t length = (int64_t)strlen(word);
    skip_spaces(p);
    if (p->size - p->at < length || memcmp(p->text + p->at, word, (size_t)length) != 0)
        return false;
    p->at += length;
    return true;
}

/* A size of the shape; Python 2 wrote 3 as 3L. */
static libnc_status parse_size(parser *p, int64_t *size)
{
    skip_spaces(p);
    int64_t begin = p->at, value = 0;
    for (; p->at < p->size && p->text[p->at] >= '0' && p->text[p->at] <= '9'; p->at++) {
        int digit = p->text[p->at] - '0';
        if (value > (INT64_MAX - digit) / 10)
            return nc__source_fail(p->source, LIBNC_ERROR_FORMAT, p->base + begin,
                                   "a size of the shape is above 2^63 - 1");
        value = 10 * value + digit;
    }
    if (p->at == begin)
        return refuse(p, "a size of the shape, a number >= 0, or ')'");
    if (p->at - begin > 1 && p->text[begin] == '0')
        return nc__source_fail(p->source, LIBNC_ERROR_FORMAT, p->base + begin,
                               "a size of the shape begins with 0");
    if (p->at < p->size && p->text[p->at] == 'L')
        p->at++;
    *size = value;
    return LIBNC_OK;
}

/* (), (3,), (3, 4), (3, 4,) */
static libnc_status parse_shape(parser *p, nc__layout *layout)
{
    bool comma = false;
    if (!accept(p, '('))
        return refuse(p, "the shape, a tuple in parentheses");
    layout->dimensions = 0;
    while (!accept(p, ')')) {
        int64_t size = 0;
        if (layout->dimensions > 0 && !comma)
            return refuse(p, layout->dimensions == 1 ? "',' after the only size of a tuple"
                                                     : "',' or ')'");
        libnc_status status = parse_size(p, &size);
        if (status)
            return status;
        if (layout->dimensions == LIBNC_ARRAY_DIMENSIONS)
            return nc__source_fail(p->source, LIBNC_ERROR_UNSUPPORTED, p->base + p->at,
                                   "the shape has more than %d dimensions", LIBNC_ARRAY_DIMENSIONS);
        layout->shape[layout->dimensions++] = size;
        comma = accept(p, ',');
        if (layout->dimensions == 1 && !comma)
            return refuse(p, "',' after the first size of a tuple");
    }
    return LIBNC_OK;
}

static libnc_status parse_order(parser *p, nc__layout *layout)
{
    layout->fortran = accept_word(p, "True");
    if (!layout->fortran && !accept_word(p, "False"))
        return refuse(p, "fortran_order, True or False");
    return LIBNC_OK;
}

/* ---- types ---- */

typedef struct description {
    const char *code; /* after the byte order */
    int32_t element, size;
} description;

static const description descriptions[] = {
    {"b1", LIBNC_ELEMENT_BOOL, 1},
    {"i1", LIBNC_ELEMENT_INT8, 1},
    {"i2", LIBNC_ELEMENT_INT16, 2},
    {"i4", LIBNC_ELEMENT_INT32, 4},
    {"i8", LIBNC_ELEMENT_INT64, 8},
    {"u1", LIBNC_ELEMENT_UINT8, 1},
    {"u2", LIBNC_ELEMENT_UINT16, 2},
    {"u4", LIBNC_ELEMENT_UINT32, 4},
    {"u8", LIBNC_ELEMENT_UINT64, 8},
    {"f2", LIBNC_ELEMENT_FLOAT16, 2},
    {"f4", LIBNC_ELEMENT_FLOAT32, 4},
    {"f8", LIBNC_ELEMENT_FLOAT64, 8},
    {"f1", 0, 1},
    {"V1", 0, 1}, /* what extensions of NumPy save float8 and */
    {"V2", 0, 2}, /* bfloat16 as */
};

enum { DESCRIPTIONS = sizeof descriptions / sizeof *descriptions };

/* Types of NumPy whose codes begin with these are well-formed, but no numbers that we read. */
static bool is_other_type(const char *code)
{
    return strchr("cfSaUVOMmtg", code[0]) != NULL;
}

static libnc_status set_type(const parser *p, int64_t offset, const char *text, nc__layout *layout)
{
    const char order = text[0];
    const description *d = NULL;
    if (order == '\0' || !strchr("<>|=", order))
        return nc__source_fail(p->source, LIBNC_ERROR_FORMAT, offset,
                               "descr '%s': must begin with a byte order, <, >, | or =", text);
    for (int i = 0; i < DESCRIPTIONS && !d; i++)
        if (strcmp(descriptions[i].code, text + 1) == 0)
            d = &descriptions[i];
    if (!d && text[1] == 'O')
        return nc__source_fail(p->source, LIBNC_ERROR_UNSUPPORTED, offset,
                               "descr '%s': Python objects are not read", text);
    if (!d)
        return nc__source_fail(p->source,
                               text[1] && is_other_type(text + 1) ? LIBNC_ERROR_UNSUPPORTED
                                                                  : LIBNC_ERROR_FORMAT,
                               offset,
                               "descr '%s': must be b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4, "
                               "f8, f1, V1 or V2",
                               text);
    if (order == '|' && d->size > 1 && d->code[0] != 'V')
        return nc__source_fail(p->source, LIBNC_ERROR_FORMAT, offset,
                               "descr '%s': elements of %d bytes have a byte order, < or >", text,
                               (int)d->size);
    layout->element = d->element;
    layout->size = d->size;
    bool little = order == '<' || (order != '>' && nc__is_little_endian());
    layout->swap = d->size > 1 && little != nc__is_little_endian();
    return LIBNC_OK;
}

static libnc_status parse_description(parser *p, nc__layout *layout)
{
    char text[LONGEST_DESCRIPTION];
    skip_spaces(p);
    int64_t offset = p->base + p->at;
    if (p->at < p->size && (p->text[p->at] == '[' || p->text[p->at] == '('))
        return nc__source_fail(p->source, LIBNC_ERROR_UNSUPPORTED, offset,
                               "descr: structured types are not read");
    libnc_status status = parse_string(p, text, sizeof text, "descr, a string");
    return status ? status : set_type(p, offset, text, layout);
}

/* ---- the header ---- */

enum { DESCR = 1, ORDER = 2, SHAPE = 4 };

static libnc_status parse_entry(parser *p, nc__layout *layout, int *seen)
{
    static const char *const keys[] = {"descr", "fortran_order", "shape"};
    static libnc_status (*const parse[])(parser *, nc__layout *) = {parse_description, parse_order,
                                                                    parse_shape};
    char key[LONGEST_DESCRIPTION];
    skip_spaces(p);
    int64_t offset = p->base + p->at;
    libnc_status status = parse_string(p, key, sizeof key, "a key, or '}'");
    if (status)
        return status;
    for (int i = 0; i < 3; i++) {
        if (strcmp(key, keys[i]) != 0)
            continue;
        if (*seen & 1 << i)
            return nc__source_fail(p->source, LIBNC_ERROR_FORMAT, offset,
                                   "the key '%s' occurs twice", key);
        *seen |= 1 << i;
        return accept(p, ':') ? parse[i](p, layout) : refuse(p, "':' after the key");
    }
    return nc__source_fail(p->source, LIBNC_ERROR_FORMAT, offset,
                           "the key '%s': must be descr, fortran_order or shape", key);
}

static libnc_status parse_header(parser *p, nc__layout *layout)
{
    int seen = 0;
    if (!accept(p, '{'))
        return refuse(p, "'{', the start of the header's dictionary");
    while (!accept(p, '}')) {
        libnc_status status = parse_entry(p, layout, &seen);
        if (status)
            return status;
        skip_spaces(p);
        if (!accept(p, ',') && (p->at >= p->size || p->text[p->at] != '}'))
            return refuse(p, "',' or '}'");
    }
    if (seen != (DESCR | ORDER | SHAPE))
        return nc__source_fail(p->source, LIBNC_ERROR_FORMAT, p->base + p->at,
                               "the header has no %s",
                               !(seen & DESCR)   ? "descr"
                               : !(seen & ORDER) ? "fortran_order"
                                                 : "shape");
    skip_spaces(p);
    if (p->at != p->size - 1 || p->text[p->at] != '\n')
        return refuse(p, "spaces and a newline at the header's very end");
    return LIBNC_OK;
}

static libnc_status read_exactly(nc__content *content, void *bytes, size_t count, const char *what)
{
    size_t got;
    int64_t offset = content->offset;
    libnc_status status = nc__content_read(content, bytes, count, &got);
    if (!status && got < count)
        status = nc__source_fail(content->source, LIBNC_ERROR_FORMAT, offset + (int64_t)got,
                                 "the content ends within %s", what);
    return status;
}

/* Magic, version and the header's length. */
static libnc_status read_prefix(nc__content *content, int64_t *length)
{
    unsigned char bytes[MAGIC];
    const nc__source *source = content->source;
    int64_t base = content->offset;
    libnc_status status = read_exactly(content, bytes, MAGIC, "the magic number and version");
    if (status)
        return status;
    if (memcmp(bytes, "\x93NUMPY", 6) != 0)
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, base,
                               "%02x%02x%02x%02x%02x%02x: must be the magic number of npy, "
                               "934e554d5059",
                               bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]);
    if (bytes[6] < 1 || bytes[6] > 3 || bytes[7] != 0)
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, base + 6,
                               "version %d.%d: must be 1.0, 2.0 or 3.0", bytes[6], bytes[7]);
    size_t width = bytes[6] == 1 ? 2 : 4;
    status = read_exactly(content, bytes, width, "the header's length");
    if (status)
        return status;
    *length = (int64_t)nc__little_endian(bytes, width);
    if (*length > LONGEST_HEADER)
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, base + MAGIC,
                               "a header of %" PRId64 " bytes: must be at most %d", *length,
                               LONGEST_HEADER);
    return LIBNC_OK;
}

libnc_status nc__npy_read_header(nc__content *content, nc__layout *layout)
{
    int64_t length = 0;
    libnc_status status = read_prefix(content, &length);
    if (status)
        return status;
    const int64_t base = content->offset;
    char *text = nc__alloc(content->source->context, (size_t)length, 1);
    if (!text)
        return LIBNC_ERROR_MEMORY;
    parser p = {.source = content->source, .text = text, .size = length, .base = base};
    *layout = (nc__layout){.element = 0};
    status = read_exactly(content, text, (size_t)length, "the header");
    if (!status)
        status = parse_header(&p, layout);
    if (!status)
        status = nc__layout_measure(layout, content->source, base);
    nc__free(content->source->context, text);
    return status;
}

/* ---- a file ---- */

libnc_status nc__npy_open(libnc_array *array)
{
    nc__member *member = nc__array_add_member(array);
    if (!member)
        return LIBNC_ERROR_MEMORY;
    *member = (nc__member){.name = "", .end = array->source.size, .size = array->source.size};
    return LIBNC_OK;
}

libnc_status nc__npy_select(const libnc_array *array, nc__selection *selection)
{
    nc__content *content = &selection->content;
    const nc__member *member = selection->member;
    libnc_status status =
        nc__content_open(content, &array->source, NC__CONTENT_PLAIN, member->begin, member->end);
    if (!status)
        status = nc__npy_read_header(content, &selection->layout);
    if (status)
        return status;
    const nc__layout *layout = &selection->layout;
    selection->begin = content->offset;
    if (layout->bytes != array->source.size - selection->begin)
        return nc__source_fail(&array->source, LIBNC_ERROR_FORMAT, selection->begin,
                               "%" PRId64 " bytes follow the header: %" PRId64 " x %" PRId64
                               " elements of %d bytes take %" PRId64,
                               array->source.size - selection->begin, layout->rows, layout->cols,
                               (int)layout->size, layout->bytes);
    return LIBNC_OK;
}

/* ---- writing ---- */

static const char *code_of(int32_t element)
{
    for (int i = 0; i < DESCRIPTIONS; i++)
        if (descriptions[i].element == element)
            return descriptions[i].code;
    return NULL;
}

bool nc__npy_has(int32_t element)
{
    return code_of(element) != NULL;
}

int64_t nc__npy_header_size(const nc__layout *layout)
{
    enum { DIGITS = 21, REST = 80 }; /* a size with its ", "; everything else */
    int64_t most = MAGIC + 2 + REST + (int64_t)DIGITS * layout->dimensions;
    return (most + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

void nc__npy_header(const nc__layout *layout, bool big, char *header, int64_t size)
{
    const char order = layout->size == 1 ? '|' : big ? '>' : '<';
    memset(header, ' ', (size_t)size);
    memcpy(header, "\x93NUMPY\1\0", MAGIC);
    nc__put_little_endian((unsigned char *)header + MAGIC, (uint64_t)(size - MAGIC - 2), 2);
    int64_t at = MAGIC + 2;
    at += snprintf(header + at, (size_t)(size - at),
                   "{'descr': '%c%s', 'fortran_order': %s, 'shape': (", order,
                   code_of(layout->element), layout->fortran ? "True" : "False");
    for (int32_t i = 0; i < layout->dimensions; i++)
        at += snprintf(header + at, (size_t)(size - at),
                       i == 0 && layout->dimensions > 1 ? "%" PRId64
                       : i == 0                         ? "%" PRId64 ","
                                                        : ", %" PRId64,
                       layout->shape[i]);
    at += snprintf(header + at, (size_t)(size - at), "), }");
    header[at] = ' '; /* instead of the terminator */
    header[size - 1] = '\n';
}
