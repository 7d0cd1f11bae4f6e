/* SPDX-License-Identifier: MIT
 *
 * idx.c: datasets from IDX files, the format of MNIST, plain or gzip.
 *
 * An IDX file is: two zero bytes, a type byte, a dimension count n, n big-endian 32-bit sizes, and
 * the elements, big-endian, last dimension fastest. The reader believes nothing: memory grows with
 * the content that arrives, and an error names the file, the offset and what was expected. Offsets
 * are those of the uncompressed content unless the text says "compressed".
 */
#include "data/dataset_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

enum {
    INPUT_BYTES = 1 << 16,  /* read from the file at a time */
    CHUNK_VALUES = 1 << 13, /* decoded at a time */
    WIDEST_ELEMENT = 8,     /* bytes of a double */
    GZIP_WINDOW = 15 + 16   /* zlib: largest window, gzip wrapper only */
};

/* ---- content: the bytes of a file, inflated if it is gzip ---- */

typedef struct source {
    libnc_context *context;
    const char *name, *path; /* argument name and its value, for error texts */
    FILE *file;
    bool is_gzip, ends; /* ends: at the end of a gzip member */
    z_stream inflater;
    int64_t read;   /* bytes taken from the file */
    int64_t offset; /* bytes of content handed out */
    unsigned char *input;
} source;

static voidpf inflater_allocate(voidpf user, uInt items, uInt size)
{
    return nc__alloc(((source *)user)->context, items, size);
}

static void inflater_release(voidpf user, voidpf block)
{
    nc__free(((source *)user)->context, block);
}

static libnc_status fail_file(const source *s, const char *what, int number)
{
    char reason[128];
    if (strerror_r(number, reason, sizeof reason) != 0)
        snprintf(reason, sizeof reason, "error %d", number);
    return nc__fail(s->context, LIBNC_ERROR_FILE, "%s = \"%s\": %s: %s", s->name, s->path, what,
                    reason);
}

/* Refills the inflater's input; none left is not an error here. */
static libnc_status refill(source *s)
{
    errno = 0;
    size_t count = fread(s->input, 1, INPUT_BYTES, s->file);
    if (count < INPUT_BYTES && ferror(s->file))
        return fail_file(s, "can not be read", errno);
    s->inflater.next_in = s->input;
    s->inflater.avail_in = (uInt)count;
    s->read += (int64_t)count;
    return LIBNC_OK;
}

static libnc_status open_source(source *s, libnc_context *context, const char *name,
                                const char *path)
{
    s->context = context;
    s->name = name;
    s->path = path;
    s->input = nc__alloc(context, INPUT_BYTES, 1);
    if (!s->input)
        return LIBNC_ERROR_MEMORY;
    errno = 0;
    s->file = fopen(path, "rb");
    if (!s->file)
        return fail_file(s, "can not be opened", errno);
    libnc_status status = refill(s);
    if (status)
        return status;
    if (s->inflater.avail_in < 2 || s->input[0] != 0x1f || s->input[1] != 0x8b)
        return LIBNC_OK;
    s->inflater.zalloc = inflater_allocate;
    s->inflater.zfree = inflater_release;
    s->inflater.opaque = s;
    int result = inflateInit2(&s->inflater, GZIP_WINDOW);
    if (result == Z_MEM_ERROR)
        return LIBNC_ERROR_MEMORY; /* the allocator wrote the text */
    if (result != Z_OK)
        return nc__fail(context, LIBNC_ERROR_UNSUPPORTED,
                        "%s = \"%s\": this zlib can not read gzip: inflateInit2 gives %d", name,
                        path, result);
    s->is_gzip = true;
    return LIBNC_OK;
}

static void close_source(source *s)
{
    if (s->is_gzip)
        inflateEnd(&s->inflater);
    if (s->file)
        fclose(s->file);
    if (s->context)
        nc__free(s->context, s->input);
}

static libnc_status fail_gzip(const source *s, const char *what)
{
    return nc__fail(s->context, LIBNC_ERROR_FORMAT,
                    "%s = \"%s\": compressed offset %" PRId64 ": %s", s->name, s->path,
                    s->read - (int64_t)s->inflater.avail_in, what);
}

/* One call of inflate. A gzip file may have several members, one after the other. */
static libnc_status inflate_some(source *s)
{
    if (s->ends) {
        inflateReset(&s->inflater);
        s->ends = false;
    }
    int result = inflate(&s->inflater, Z_NO_FLUSH);
    if (result == Z_STREAM_END)
        s->ends = true;
    else if (result == Z_MEM_ERROR)
        return LIBNC_ERROR_MEMORY; /* the allocator wrote the text */
    else if (result != Z_OK && result != Z_BUF_ERROR)
        return fail_gzip(s, s->inflater.msg ? s->inflater.msg : "corrupt gzip data");
    return LIBNC_OK;
}

/* Up to `wanted` bytes of content; fewer only at its end. */
static libnc_status read_content(source *s, unsigned char *bytes, size_t wanted, size_t *got)
{
    size_t done = 0;
    while (done < wanted) {
        if (s->inflater.avail_in == 0) {
            libnc_status status = refill(s);
            if (status)
                return status;
            if (s->inflater.avail_in == 0 && (!s->is_gzip || s->ends))
                break;
            if (s->inflater.avail_in == 0)
                return fail_gzip(s, "the gzip data end too early");
        }
        size_t left = wanted - done;
        if (s->is_gzip) {
            s->inflater.next_out = bytes + done;
            s->inflater.avail_out = (uInt)left;
            libnc_status status = inflate_some(s);
            if (status)
                return status;
            done += left - s->inflater.avail_out;
        } else {
            size_t n = left < s->inflater.avail_in ? left : s->inflater.avail_in;
            memcpy(bytes + done, s->inflater.next_in, n);
            s->inflater.next_in += n;
            s->inflater.avail_in -= (uInt)n;
            done += n;
        }
    }
    s->offset += (int64_t)done;
    *got = done;
    return LIBNC_OK;
}

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
} header;

static size_t element_size(int type)
{
    switch (type) {
    case TYPE_UINT8:
    case TYPE_INT8: return 1;
    case TYPE_INT16: return 2;
    case TYPE_INT32:
    case TYPE_FLOAT32: return 4;
    case TYPE_FLOAT64: return 8;
    default: return 0;
    }
}

static uint64_t big_endian(const unsigned char *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* Four bytes of the header. */
static libnc_status read_word(source *s, unsigned char word[4], const char *what)
{
    size_t got;
    int64_t offset = s->offset;
    libnc_status status = read_content(s, word, 4, &got);
    if (!status && got < 4)
        status = nc__fail(s->context, LIBNC_ERROR_FORMAT,
                          "%s = \"%s\": offset %" PRId64 ": the content ends within %s", s->name,
                          s->path, offset + (int64_t)got, what);
    return status;
}

static libnc_status read_dimension(source *s, int index, int64_t *size)
{
    unsigned char word[4];
    int64_t offset = s->offset;
    libnc_status status = read_word(s, word, "the dimensions");
    if (status)
        return status;
    *size = (int64_t)big_endian(word, 4);
    if (*size < 1 || *size > INT32_MAX)
        return nc__fail(s->context, LIBNC_ERROR_FORMAT,
                        "%s = \"%s\": offset %" PRId64 ": dimension %d = %" PRId64
                        ": must be from 1 to %" PRId32,
                        s->name, s->path, offset, index, *size, INT32_MAX);
    return LIBNC_OK;
}

static libnc_status read_header(source *s, header *h)
{
    unsigned char magic[4];
    libnc_status status = read_word(s, magic, "the magic number");
    if (status)
        return status;
    h->type = magic[2];
    h->dimensions = magic[3];
    h->element = element_size(h->type);
    if (magic[0] != 0 || magic[1] != 0 || h->element == 0 || h->dimensions == 0)
        return nc__fail(s->context, LIBNC_ERROR_FORMAT,
                        "%s = \"%s\": offset 0: magic number %02x%02x%02x%02x: must be 0000, a "
                        "type of 08, 09, 0b, 0c, 0d, 0e, and at least 01 dimensions",
                        s->name, s->path, magic[0], magic[1], magic[2], magic[3]);
    h->width = 1;
    for (int i = 0; i < h->dimensions; i++) {
        int64_t size;
        status = read_dimension(s, i, &size);
        if (status)
            return status;
        if (i == 0)
            h->count = size;
        else
            h->width *= size; /* both below 2^31 */
        if (h->width > INT32_MAX)
            return nc__fail(s->context, LIBNC_ERROR_FORMAT,
                            "%s = \"%s\": offset %" PRId64 ": dimensions 1 to %d have the product "
                            "%" PRId64 ": must be at most %" PRId32,
                            s->name, s->path, s->offset - 4, i, h->width, INT32_MAX);
    }
    return LIBNC_OK;
}

/* ---- elements ---- */

/* Unsigned bytes are divided by `unit`, everything else is taken as it is. */
static double decode(const unsigned char *bytes, int type, double unit)
{
    uint64_t bits = big_endian(bytes, element_size(type));
    switch (type) {
    case TYPE_UINT8: return (double)bits / unit;
    case TYPE_INT8: return (double)bits - (bits >> 7 ? 0x1p8 : 0);
    case TYPE_INT16: return (double)bits - (bits >> 15 ? 0x1p16 : 0);
    case TYPE_INT32: return (double)bits - (bits >> 31 ? 0x1p32 : 0);
    case TYPE_FLOAT32: {
        uint32_t half = (uint32_t)bits;
        float value;
        memcpy(&value, &half, sizeof value);
        return value;
    }
    default: {
        double value;
        memcpy(&value, &bits, sizeof value);
        return value;
    }
    }
}

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

/* Decodes and appends `count` elements that begin at content offset `offset`. */
static libnc_status append(growing *values, const source *s, const header *h,
                           const unsigned char *bytes, int64_t count, double unit, double *decoded)
{
    libnc_status status = make_room(values, count);
    if (status)
        return status;
    for (int64_t i = 0; i < count; i++)
        decoded[i] = decode(bytes + (size_t)i * h->element, h->type, unit);
    nc__tensor target = nc__tensor_of(place(values, values->count), values->scalar, 1, count);
    nc__from_double(decoded, &target);
    int64_t bad = nc__first_not_finite(target.data, values->scalar, count);
    if (bad >= 0)
        return nc__fail(s->context, LIBNC_ERROR_NOT_FINITE,
                        "%s = \"%s\": offset %" PRId64 ": row %" PRId64
                        ": must be finite in the scalar type",
                        s->name, s->path, s->offset - (count - bad) * (int64_t)h->element,
                        (values->count + bad) / h->width);
    values->count += count;
    return LIBNC_OK;
}

static libnc_status fail_length(const source *s, const header *h, const char *what)
{
    return nc__fail(s->context, LIBNC_ERROR_FORMAT,
                    "%s = \"%s\": offset %" PRId64 ": %s: the header announces %" PRId64
                    " x %" PRId64 " elements of %zu bytes",
                    s->name, s->path, s->offset, what, h->count, h->width, h->element);
}

/* All elements, then the end of the content. `work` holds one chunk of doubles and its bytes. */
static libnc_status read_elements(growing *values, source *s, const header *h, double unit,
                                  double *work)
{
    unsigned char *bytes = (unsigned char *)(work + CHUNK_VALUES);
    size_t got;
    while (values->count < values->total) {
        int64_t n = values->total - values->count;
        n = n < CHUNK_VALUES ? n : CHUNK_VALUES;
        libnc_status status = read_content(s, bytes, (size_t)n * h->element, &got);
        if (!status && got < (size_t)n * h->element)
            status = fail_length(s, h, "the content ends too early");
        if (!status)
            status = append(values, s, h, bytes, n, unit, work);
        if (status)
            return status;
    }
    libnc_status status = read_content(s, bytes, 1, &got);
    if (!status && got > 0) {
        s->offset--;
        status = fail_length(s, h, "more content follows");
    }
    return status;
}

/* All elements of a file in one new array of N x p. */
static libnc_status load(void **data, source *s, const header *h, int32_t scalar, double unit)
{
    double *work = nc__alloc(s->context, CHUNK_VALUES, sizeof *work + WIDEST_ELEMENT);
    if (!work)
        return LIBNC_ERROR_MEMORY;
    growing values = {.context = s->context, .scalar = scalar, .total = h->count * h->width};
    libnc_status status = read_elements(&values, s, h, unit, work);
    nc__free(s->context, work);
    if (status)
        nc__free(s->context, values.data);
    else
        *data = values.data;
    return status;
}

/* ---- the pair of files ---- */

static libnc_status check_label_header(const source *s, const header *h, const header *inputs)
{
    if (h->dimensions != 1 || (h->type != TYPE_UINT8 && h->type != TYPE_INT32))
        return nc__fail(s->context, LIBNC_ERROR_FORMAT,
                        "%s = \"%s\": offset 2: type %02x in %d dimensions: labels must be of type "
                        "08 or 0c in 1 dimension",
                        s->name, s->path, (unsigned)h->type, h->dimensions);
    if (h->count != inputs->count)
        return nc__fail(s->context, LIBNC_ERROR_FORMAT,
                        "%s = \"%s\": offset 4: %" PRId64 " labels: the inputs file has %" PRId64
                        " samples",
                        s->name, s->path, h->count, inputs->count);
    return LIBNC_OK;
}

static libnc_status load_labels(int32_t **labels, source *s, const header *h)
{
    void *data = NULL;
    libnc_status status = load(&data, s, h, LIBNC_FLOAT64, 1);
    if (status)
        return status;
    int32_t *created = nc__alloc(s->context, (size_t)h->count, sizeof *created);
    if (!created) {
        nc__free(s->context, data);
        return LIBNC_ERROR_MEMORY;
    }
    const double *values = data;
    for (int64_t i = 0; i < h->count && !status; i++) {
        created[i] = (int32_t)values[i];
        if (created[i] < 0)
            status = nc__fail(s->context, LIBNC_ERROR_FORMAT,
                              "%s = \"%s\": offset %" PRId64 ": label %" PRId32 ": must be >= 0",
                              s->name, s->path, 8 + i * (int64_t)h->element, created[i]);
    }
    nc__free(s->context, data);
    if (status)
        nc__free(s->context, created);
    else
        *labels = created;
    return status;
}

/* Fills the dataset in; what it got stays its own on failure. */
static libnc_status load_pair(libnc_dataset *dataset, source *inputs, source *labels)
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
        status = nc__classes_from_labels(&dataset->classes, dataset->context, labels->path,
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
    source inputs = {.file = NULL}, labels = {.file = NULL};
    status = open_source(&inputs, context, "inputs_path", inputs_path);
    if (!status)
        status = open_source(&labels, context, "labels_path", labels_path);
    if (!status)
        status = load_pair(created, &inputs, &labels);
    close_source(&labels);
    close_source(&inputs);
    if (status) {
        libnc_dataset_destroy(created);
        return status;
    }
    *dataset = created;
    return LIBNC_OK;
}
