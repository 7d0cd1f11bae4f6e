/* SPDX-License-Identifier: MIT
 *
 * model_file.c: models written to and read from files (doc/formats.md, "Models and checkpoints").
 *
 * Header and shapes have a checksum each, so that the reader knows what they say to be meant before
 * it asks for memory; and then the file must be long enough for it.
 */
#include "model/model_file.h"

#include "base/byte_order.h"
#include "data/classes_internal.h"
#include "linalg/tensor_state.h"

#include <inttypes.h>
#include <string.h>

/* 0x89 N C M, then line ends that a transfer as text would change (as PNG's signature has). */
static const unsigned char magic[8] = {0x89, 'N', 'C', 'M', '\r', '\n', 0x1a, '\n'};

#define SIGNATURE "the signature of a model or checkpoint"

enum { VERSION = 1 };

enum header_word {
    WORD_MAGIC,
    WORD_VERSION,
    WORD_BYTES,
    WORD_CONTENT,
    WORD_SCALAR,
    WORD_CLASSES,
    WORD_SAMPLES,
    WORD_INPUTS,
    WORD_LAYERS,
    WORD_DEPTH,
    WORD_BIAS,
    HEADER_WORDS /* and their checksum */
};

/* ---- header ---- */

static void fill_header(const nc__state_stream *s, const libnc_model *model, int64_t content,
                        uint64_t *header)
{
    header[WORD_MAGIC] = nc__little_endian(magic, NC__WORD);
    header[WORD_VERSION] = VERSION;
    header[WORD_BYTES] = (uint64_t)s->bytes;
    header[WORD_CONTENT] = (uint64_t)content;
    header[WORD_SCALAR] = (uint64_t)model->scalar;
    header[WORD_CLASSES] = (uint64_t)model->classes;
    header[WORD_SAMPLES] = (uint64_t)model->samples;
    header[WORD_INPUTS] = (uint64_t)model->inputs;
    header[WORD_LAYERS] = (uint64_t)model->layers;
    header[WORD_DEPTH] = (uint64_t)model->depth;
    header[WORD_BIAS] = model->bias;
}

static libnc_status check_limits(const nc__state_stream *s, const uint64_t *header)
{
    const bool is_free = header[WORD_SAMPLES] > 0;
    const nc__state_limit limits[] = {
        {WORD_CONTENT, NC__CONTENT_MODEL, NC__CONTENT_CHECKPOINT, "a model or a checkpoint"},
        {WORD_SCALAR, LIBNC_FLOAT64, LIBNC_FLOAT32, "a scalar type from 1 to 2"},
        {WORD_CLASSES, 1, INT32_MAX, "1 to 2^31 - 1 classes"},
        {WORD_SAMPLES, 0, INT32_MAX, "0 to 2^31 - 1 samples"},
        {WORD_INPUTS, !is_free, is_free ? 0 : INT32_MAX, "inputs if there are no samples"},
        {WORD_LAYERS, 0, is_free ? 0 : NC__MAX_DEPTH, "0 to 1000 layers of a backbone"},
        {WORD_DEPTH, 1, NC__MAX_DEPTH, "1 to 1000 layers of a head"},
        {WORD_BIAS, 0, 1, "a bias or none"},
    };
    return nc__state_check_header(s, header, VERSION, limits, sizeof limits / sizeof *limits);
}

static libnc_status check_header(const nc__state_stream *s, const uint64_t *header, int64_t least)
{
    const libnc_status status = check_limits(s, header);
    if (status == LIBNC_OK && header[WORD_BYTES] != (uint64_t)s->bytes)
        return nc__fail(s->context, LIBNC_ERROR_FORMAT,
                        "path = \"%s\": offset %" PRId64 ": expected the end at %" PRIu64, s->path,
                        s->bytes, header[WORD_BYTES]);
    if (status == LIBNC_OK && header[WORD_CONTENT] < (uint64_t)least)
        return nc__state_fail(s, (int64_t)WORD_CONTENT * NC__WORD,
                              "a checkpoint: it is a model alone");
    return status;
}

/* ---- shapes ---- */

/* In one block. */
typedef struct shapes {
    int64_t *widths;      /* M */
    int64_t *outputs;     /* of the L layers of a backbone */
    int64_t *activations; /* L */
    int64_t *counts;      /* of the K classes of free features; NULL without */
} shapes;

static libnc_status create_shapes(libnc_context *context, const uint64_t *header, shapes *shape)
{
    const size_t depth = header[WORD_DEPTH], layers = header[WORD_LAYERS];
    const size_t classes = header[WORD_SAMPLES] > 0 ? header[WORD_CLASSES] : 0;
    int64_t *block = nc__alloc(context, depth + 2 * layers + classes, sizeof *block);
    if (!block)
        return LIBNC_ERROR_MEMORY;
    shape->widths = block;
    shape->outputs = block + depth;
    shape->activations = shape->outputs + layers;
    shape->counts = classes > 0 ? shape->activations + layers : NULL;
    return LIBNC_OK;
}

static void fill_shapes(libnc_model *model, shapes *shape)
{
    memcpy(shape->widths, model->widths, (size_t)model->depth * sizeof *shape->widths);
    for (int32_t l = 0; l < model->layers; l++) {
        shape->outputs[l] = nc__model_backbone_width(model, l + 2);
        shape->activations[l] = model->activations[l];
    }
    for (int64_t i = 0; i < model->samples; i++)
        shape->counts[model->labels[i]]++;
}

static libnc_status pass_shapes(nc__state_stream *s, const uint64_t *header, shapes *shape)
{
    const int64_t layers = (int64_t)header[WORD_LAYERS];
    libnc_status status = nc__state_wholes(s, shape->widths, (int64_t)header[WORD_DEPTH], 1,
                                           INT32_MAX, "a width from 1 to 2^31 - 1");
    if (status == LIBNC_OK)
        status =
            nc__state_wholes(s, shape->outputs, layers, 1, INT32_MAX, "a width from 1 to 2^31 - 1");
    if (status == LIBNC_OK)
        status = nc__state_wholes(s, shape->activations, layers, LIBNC_ACTIVATION_IDENTITY,
                                  LIBNC_ACTIVATION_RELU, "an activation from 0 to 1");
    if (status == LIBNC_OK && shape->counts)
        status = nc__state_wholes(s, shape->counts, (int64_t)header[WORD_CLASSES], 1,
                                  (int64_t)header[WORD_SAMPLES], "a count of a class");
    return status == LIBNC_OK ? nc__state_transfer_checksum(s) : status;
}

/* words += a b, or as many as there can be. */
static void add_words(uint64_t *words, uint64_t a, uint64_t b)
{
    const uint64_t most = INT64_MAX / NC__WORD;
    *words = (b != 0 && a > most / b) || *words + a * b > most ? most : *words + a * b;
}

static uint64_t value_words(const uint64_t *header, const shapes *shape)
{
    const uint64_t depth = header[WORD_DEPTH];
    uint64_t words = header[WORD_BIAS] * header[WORD_CLASSES], inputs = header[WORD_INPUTS];
    add_words(&words, (uint64_t)shape->widths[0], header[WORD_SAMPLES]);
    for (uint64_t l = 0; l < header[WORD_LAYERS]; l++) {
        const uint64_t outputs = (uint64_t)shape->outputs[l];
        add_words(&words, outputs, inputs + 1);
        inputs = outputs;
    }
    for (uint64_t j = 0; j < depth; j++)
        add_words(&words, (uint64_t)shape->widths[j],
                  j + 1 < depth ? (uint64_t)shape->widths[j + 1] : header[WORD_CLASSES]);
    return words;
}

static bool is_sum(const int64_t *counts, uint64_t count, uint64_t sum)
{
    for (uint64_t k = 0; k < count; k++) {
        if ((uint64_t)counts[k] > sum)
            return false;
        sum -= (uint64_t)counts[k];
    }
    return sum == 0;
}

static libnc_status check_shapes(const nc__state_stream *s, const uint64_t *header,
                                 const shapes *shape)
{
    const uint64_t layers = header[WORD_LAYERS], left = (uint64_t)nc__state_words_left(s);
    const int64_t features = layers > 0 ? shape->outputs[layers - 1] : (int64_t)header[WORD_INPUTS];
    const int64_t offset = (HEADER_WORDS + 1) * NC__WORD;
    if (shape->counts && !is_sum(shape->counts, header[WORD_CLASSES], header[WORD_SAMPLES]))
        return nc__state_fail(s, offset, "counts that sum up to the samples");
    if (!shape->counts && shape->widths[0] != features)
        return nc__state_fail(s, offset, "the width that the backbone has at its end");
    const uint64_t needed = value_words(header, shape) + 1; /* and the last checksum */
    if (header[WORD_CONTENT] == NC__CONTENT_MODEL ? left != needed : left <= needed)
        return nc__fail(s->context, LIBNC_ERROR_FORMAT,
                        "path = \"%s\": offset %" PRId64 ": expected %" PRIu64
                        " more words: there are %" PRIu64,
                        s->path, s->offset, needed, left);
    return LIBNC_OK;
}

/* ---- writing ---- */

static libnc_status pass_values(nc__state_stream *s, const libnc_model *model)
{
    libnc_status status = LIBNC_OK;
    for (int32_t i = 0; i < model->parameter_count && status == LIBNC_OK; i++)
        status = nc__tensor_pass(s, &model->parameters[i].value);
    return status;
}

libnc_status nc__model_write(nc__state_stream *s, libnc_model *model, int64_t content)
{
    uint64_t header[HEADER_WORDS];
    shapes shape;
    fill_header(s, model, content, header);
    libnc_status status = create_shapes(model->context, header, &shape);
    if (status != LIBNC_OK)
        return status;
    fill_shapes(model, &shape);
    status = nc__state_header(s, header, HEADER_WORDS, magic, SIGNATURE);
    if (status == LIBNC_OK)
        status = pass_shapes(s, header, &shape);
    if (status == LIBNC_OK)
        status = pass_values(s, model);
    nc__free(model->context, shape.widths);
    return status;
}

static libnc_status write_model(nc__state_stream *s, void *model)
{
    libnc_status status = nc__model_write(s, model, NC__CONTENT_MODEL);
    return status == LIBNC_OK ? nc__state_transfer_checksum(s) : status;
}

libnc_status libnc_model_save(libnc_model *model, const char *path)
{
    if (!model)
        return LIBNC_ERROR_ARGUMENT;
    if (!path)
        return nc__fail(model->context, LIBNC_ERROR_ARGUMENT, "path = NULL: must be given");
    if (model->sync)
        model->sync(model->sync_user);
    return nc__state_write(model->context, path, "model: has a value that cannot be saved",
                           write_model, model);
}

/* ---- reading ---- */

static libnc_status create_free(libnc_model **model, libnc_context *context, const uint64_t *header,
                                const shapes *shape)
{
    libnc_classes *classes = NULL;
    libnc_status status =
        libnc_classes_from_counts(&classes, context, shape->counts, (int64_t)header[WORD_CLASSES]);
    if (status == LIBNC_OK)
        status = libnc_model_create_free(model, context, (int32_t)header[WORD_SCALAR], classes,
                                         (int32_t)header[WORD_DEPTH], shape->widths,
                                         (int32_t)header[WORD_BIAS]);
    libnc_classes_destroy(classes);
    return status;
}

static libnc_status create_backbone(libnc_model **model, libnc_context *context,
                                    const uint64_t *header, const shapes *shape)
{
    libnc_backbone *backbone = NULL;
    libnc_status status = libnc_backbone_create(&backbone, context, (int64_t)header[WORD_INPUTS]);
    for (size_t l = 0; l < header[WORD_LAYERS] && status == LIBNC_OK; l++)
        status =
            libnc_backbone_add_affine(backbone, shape->outputs[l], (int32_t)shape->activations[l]);
    if (status == LIBNC_OK)
        status = libnc_model_create_backbone(
            model, backbone, (int32_t)header[WORD_SCALAR], (int64_t)header[WORD_CLASSES],
            (int32_t)header[WORD_DEPTH], shape->widths, (int32_t)header[WORD_BIAS]);
    libnc_backbone_destroy(backbone);
    return status;
}

/* An empty model of the shapes that the file has. */
static libnc_status read_shapes(nc__state_stream *s, const uint64_t *header, libnc_model **model)
{
    shapes shape;
    if (header[WORD_DEPTH] + 2 * header[WORD_LAYERS] +
            (header[WORD_SAMPLES] > 0 ? header[WORD_CLASSES] : 0) >
        (uint64_t)nc__state_words_left(s))
        return nc__state_fail(s, s->offset, "as many shapes as the header says");
    libnc_status status = create_shapes(s->context, header, &shape);
    if (status != LIBNC_OK)
        return status;
    status = pass_shapes(s, header, &shape);
    if (status == LIBNC_OK)
        status = check_shapes(s, header, &shape);
    if (status == LIBNC_OK)
        status = (shape.counts ? create_free : create_backbone)(model, s->context, header, &shape);
    nc__free(s->context, shape.widths);
    return status;
}

libnc_status nc__model_read(nc__state_stream *s, libnc_model **model, int64_t least)
{
    uint64_t header[HEADER_WORDS];
    libnc_model *created = NULL;
    libnc_status status = nc__state_header(s, header, HEADER_WORDS, magic, SIGNATURE);
    if (status == LIBNC_OK)
        status = check_header(s, header, least);
    if (status == LIBNC_OK)
        status = read_shapes(s, header, &created);
    if (status == LIBNC_OK)
        status = pass_values(s, created);
    if (status == LIBNC_OK)
        *model = created;
    else
        libnc_model_destroy(created);
    return status;
}

/* The state of training behind a model is passed over. */
static libnc_status read_model(nc__state_stream *s, void *model)
{
    libnc_model *created = NULL;
    uint64_t word;
    libnc_status status = nc__model_read(s, &created, NC__CONTENT_MODEL);
    while (status == LIBNC_OK && nc__state_words_left(s) > 1)
        status = nc__state_transfer(s, &word);
    if (status == LIBNC_OK)
        status = nc__state_transfer_checksum(s);
    if (status == LIBNC_OK)
        *(libnc_model **)model = created;
    else
        libnc_model_destroy(created);
    return status;
}

libnc_status libnc_model_load(libnc_model **model, libnc_context *context, const char *path)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (!model || !path)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = NULL: must be given",
                        model ? "path" : "model");
    return nc__state_read(context, path, read_model, model);
}
