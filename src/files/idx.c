/* SPDX-License-Identifier: MIT
 *
 * idx.c: IDX files, the format of MNIST, plain or gzip, as datasets and as arrays.
 *
 * An IDX file is: two zero bytes, a type byte, a dimension count n, n big-endian 32-bit sizes, and
 * the elements, big-endian, last dimension fastest. The reader believes nothing: memory grows with
 * the content that arrives, and an error names the file, the offset and what was expected. Offsets
 * are those of the uncompressed content unless the text says "compressed".
 */
#include "files/idx.h"

#include "data/classes_internal.h"
#include "data/dataset_internal.h"
#include "files/array_internal.h"
#include "files/array_members.h"
#include "files/array_output.h"
#include "files/array_writing.h"
#include "files/foreign.h"
#include "linalg/finite.h"

#include <inttypes.h>
#include <string.h>

enum {
    CHUNK_VALUES = 1 << 13, /* decoded at a time */
    MOST_DIMENSIONS = 255
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

/* ---- elements ---- */

/* Values of one scalar type whose memory doubles as they arrive, up to the total announced. */
typedef struct growing {
    libnc_context *context;
    int32_t scalar;
    void *data;
    int64_t count, capacity, total;
} growing;

static char *place(const growing *values, int64_t index)
{
    return (char *)values->data + (size_t)index * nc__scalar_size(values->scalar);
}

static libnc_status make_room(growing *values, int64_t extra)
{
    if (extra <= values->capacity - values->count)
        return LIBNC_OK;
    int64_t wanted = 2 * values->capacity;
    if (wanted < CHUNK_VALUES)
        wanted = CHUNK_VALUES;
    if (wanted > values->total)
        wanted = values->total;
    void *data = nc__alloc(values->context, (size_t)wanted, nc__scalar_size(values->scalar));
    if (!data)
        return LIBNC_ERROR_MEMORY;
    if (values->data)
        memcpy(data, values->data, (size_t)values->count * nc__scalar_size(values->scalar));
    nc__free(values->context, values->data);
    values->data = data;
    values->capacity = wanted;
    return LIBNC_OK;
}

/* Decodes and appends `count` elements; unsigned bytes are divided by `unit`. */
static libnc_status append(growing *values, const nc__content *s, const header *h,
                           unsigned char *bytes, int64_t count, double unit, double *decoded)
{
    libnc_status status = make_room(values, count);
    if (status)
        return status;
    if (h->element > 1 && nc__is_little_endian())
        nc__swap_bytes(bytes, count, (int32_t)h->element);
    nc__decode(bytes, count, element_of(h->type), decoded);
    for (int64_t i = 0; i < count && h->type == TYPE_UINT8; i++)
        decoded[i] /= unit;
    nc__tensor target = nc__tensor_of(place(values, values->count), values->scalar, 1, count);
    nc__from_double(decoded, &target);
    int64_t bad = nc__first_not_finite(target.data, values->scalar, count);
    if (bad >= 0)
        return nc__source_fail(
            s->source, LIBNC_ERROR_NOT_FINITE, s->offset - (count - bad) * (int64_t)h->element,
            "row %" PRId64 ": must be finite in the scalar type", (values->count + bad) / h->width);
    values->count += count;
    return LIBNC_OK;
}

static libnc_status fail_length(const nc__content *s, const header *h, const char *what)
{
    return nc__source_fail(s->source, LIBNC_ERROR_FORMAT, s->offset,
                           "%s: the header announces %" PRId64 " x %" PRId64
                           " elements of %zu bytes",
                           what, h->count, h->width, h->element);
}

/* All elements, then the end of the content. `work` holds one chunk of doubles and its bytes. */
static libnc_status read_elements(growing *values, nc__content *s, const header *h, double unit,
                                  double *work)
{
    unsigned char *bytes = (unsigned char *)(work + CHUNK_VALUES);
    size_t got;
    while (values->count < values->total) {
        int64_t n = values->total - values->count;
        n = n < CHUNK_VALUES ? n : CHUNK_VALUES;
        libnc_status status = nc__content_read(s, bytes, (size_t)n * h->element, &got);
        if (!status && got < (size_t)n * h->element)
            status = fail_length(s, h, "the content ends too early");
        if (!status)
            status = append(values, s, h, bytes, n, unit, work);
        if (status)
            return status;
    }
    libnc_status status = nc__content_read(s, bytes, 1, &got);
    if (!status && got > 0) {
        s->offset--;
        status = fail_length(s, h, "more content follows");
    }
    return status;
}

/* All elements of a file in one new array of N x p. */
static libnc_status load(void **data, nc__content *s, const header *h, int32_t scalar, double unit)
{
    double *work = nc__alloc(s->source->context, CHUNK_VALUES, sizeof *work + NC__WIDEST_ELEMENT);
    if (!work)
        return LIBNC_ERROR_MEMORY;
    growing values = {
        .context = s->source->context, .scalar = scalar, .total = h->count * h->width};
    libnc_status status = read_elements(&values, s, h, unit, work);
    nc__free(s->source->context, work);
    if (status)
        nc__free(s->source->context, values.data);
    else
        *data = values.data;
    return status;
}

/* ---- the pair of files ---- */

static libnc_status check_label_header(const nc__content *s, const header *h, const header *inputs)
{
    if (h->dimensions != 1 || (h->type != TYPE_UINT8 && h->type != TYPE_INT32))
        return nc__source_fail(s->source, LIBNC_ERROR_FORMAT, 2,
                               "type %02x in %d dimensions: labels must be of type "
                               "08 or 0c in 1 dimension",
                               (unsigned)h->type, h->dimensions);
    if (h->count != inputs->count)
        return nc__source_fail(s->source, LIBNC_ERROR_FORMAT, 4,
                               "%" PRId64 " labels: the inputs file has %" PRId64 " samples",
                               h->count, inputs->count);
    return LIBNC_OK;
}

static libnc_status load_labels(int32_t **labels, nc__content *s, const header *h)
{
    void *data = NULL;
    libnc_status status = load(&data, s, h, LIBNC_FLOAT64, 1);
    if (status)
        return status;
    int32_t *created = nc__alloc(s->source->context, (size_t)h->count, sizeof *created);
    if (!created) {
        nc__free(s->source->context, data);
        return LIBNC_ERROR_MEMORY;
    }
    const double *values = data;
    for (int64_t i = 0; i < h->count && !status; i++) {
        created[i] = (int32_t)values[i];
        if (created[i] < 0)
            status = nc__source_fail(s->source, LIBNC_ERROR_FORMAT, 8 + i * (int64_t)h->element,
                                     "label %" PRId32 ": must be >= 0", created[i]);
    }
    nc__free(s->source->context, data);
    if (status)
        nc__free(s->source->context, created);
    else
        *labels = created;
    return status;
}

/* Fills the dataset in; what it got stays its own on failure. */
static libnc_status load_pair(libnc_dataset *dataset, nc__content *inputs, nc__content *labels)
{
    header shape, label_shape;
    libnc_status status = read_header(inputs, &shape);
    if (!status)
        status = read_header(labels, &label_shape);
    if (!status)
        status = check_label_header(labels, &label_shape, &shape);
    if (!status)
        status = load_labels(&dataset->labels, labels, &label_shape);
    if (!status)
        status = nc__classes_from_labels(&dataset->classes, dataset->context, labels->source->path,
                                         LIBNC_ERROR_FORMAT, dataset->labels, label_shape.count);
    if (!status)
        status = load(&dataset->inputs, inputs, &shape, dataset->scalar, 255);
    if (!status) {
        dataset->count = shape.count;
        dataset->width = shape.width;
    }
    return status;
}

static libnc_status check_arguments(libnc_dataset **dataset, libnc_context *context, int32_t scalar,
                                    const char *inputs_path, const char *labels_path)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (!dataset)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "dataset = NULL: must be a pointer");
    libnc_status status = nc__check_scalar(context, scalar);
    if (!status && (!inputs_path || !labels_path))
        status = nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = NULL: must be a file name",
                          inputs_path ? "labels_path" : "inputs_path");
    return status;
}

static libnc_status open_content(nc__content *content, nc__source *file, libnc_context *context,
                                 const char *name, const char *path)
{
    libnc_status status = nc__source_open(file, context, name, path);
    return status ? status : nc__content_open(content, file, NC__CONTENT_ANY, 0, -1);
}

libnc_status libnc_dataset_from_idx(libnc_dataset **dataset, libnc_context *context, int32_t scalar,
                                    const char *inputs_path, const char *labels_path)
{
    libnc_status status = check_arguments(dataset, context, scalar, inputs_path, labels_path);
    if (status)
        return status;
    libnc_dataset *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = context;
    created->scalar = scalar;
    nc__source files[2] = {NC__SOURCE_CLOSED, NC__SOURCE_CLOSED};
    nc__content inputs = {.source = NULL}, labels = {.source = NULL};
    status = open_content(&inputs, &files[0], context, "inputs_path", inputs_path);
    if (!status)
        status = open_content(&labels, &files[1], context, "labels_path", labels_path);
    if (!status)
        status = load_pair(created, &inputs, &labels);
    nc__content_close(&labels);
    nc__content_close(&inputs);
    nc__source_close(&files[1]);
    nc__source_close(&files[0]);
    if (status) {
        libnc_dataset_destroy(created);
        return status;
    }
    *dataset = created;
    return LIBNC_OK;
}

/* ---- one file as an array ---- */

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

/* The length of compressed content shows when it is read. */
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
