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
#include "layers/node_kinds.h"
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
    WORD_NODES,
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
    header[WORD_NODES] = model->network ? (uint64_t)model->network->count : 0;
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
        {WORD_NODES, !is_free, is_free ? 0 : NC__MAX_NODES + 1,
         "1 to 10001 nodes of a backbone, or none"},
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

enum { NODE_NUMBERS = 8, NODE_WORDS = NODE_NUMBERS + NC__NODE_NAME / NC__WORD };

typedef struct shapes {
    int64_t *widths;        /* M */
    int64_t *counts;        /* of the K classes of free features; NULL without */
    libnc_network *network; /* of a backbone */
    bool is_read;           /* network is its own */
} shapes;

static libnc_status create_shapes(libnc_context *context, const uint64_t *header, shapes *shape)
{
    const size_t depth = header[WORD_DEPTH];
    const size_t classes = header[WORD_SAMPLES] > 0 ? header[WORD_CLASSES] : 0;
    int64_t *block = nc__alloc(context, depth + classes, sizeof *block);
    if (!block)
        return LIBNC_ERROR_MEMORY;
    *shape = (shapes){.widths = block, .counts = classes > 0 ? block + depth : NULL};
    return LIBNC_OK;
}

static void destroy_shapes(libnc_context *context, shapes *shape)
{
    if (shape->is_read)
        libnc_network_destroy(shape->network);
    nc__free(context, shape->widths);
}

static void fill_shapes(libnc_model *model, shapes *shape)
{
    memcpy(shape->widths, model->widths, (size_t)model->depth * sizeof *shape->widths);
    for (int64_t i = 0; i < model->samples; i++)
        shape->counts[model->labels[i]]++;
    shape->network = model->network;
}

/* The numbers of a node, then its name, filled up with zeros. The input has its shape. */
static libnc_status pass_node(nc__state_stream *s, nc__node *node)
{
    const bool is_input = node->kind == NC__NODE_INPUT;
    int64_t numbers[NODE_NUMBERS] = {node->kind,
                                     node->option,
                                     node->from,
                                     node->with,
                                     is_input ? node->shape.channels : node->outputs,
                                     is_input ? node->shape.height : node->size,
                                     is_input ? node->shape.width : node->stride,
                                     node->padding};
    libnc_status status =
        nc__state_wholes(s, numbers, NODE_NUMBERS, 0, INT32_MAX, "a number of a node");
    for (size_t i = 0; i < NC__NODE_NAME && status == LIBNC_OK; i += NC__WORD) {
        unsigned char *name = (unsigned char *)node->name + i;
        uint64_t word = nc__little_endian(name, NC__WORD);
        status = nc__state_transfer(s, &word);
        nc__put_little_endian(name, word, NC__WORD);
    }
    node->kind = (int32_t)numbers[0];
    node->option = (int32_t)numbers[1];
    node->from = numbers[2];
    node->with = numbers[3];
    node->outputs = numbers[4];
    node->size = numbers[5];
    node->stride = numbers[6];
    node->padding = numbers[7];
    return status;
}

/* By the calls that made it: they check what it says. */
static libnc_status add_node(libnc_network *network, const nc__node *n)
{
    const libnc_status status = libnc_network_from(network, n->from);
    if (status)
        return status;
    switch (n->kind) {
    case NC__NODE_PADDING: return libnc_network_pad(network, n->padding);
    case NC__NODE_CONVOLUTION:
        return libnc_network_convolution(network, n->outputs, n->size, n->stride, n->padding,
                                         n->option);
    case NC__NODE_NORMALISATION: return libnc_network_normalisation(network);
    case NC__NODE_ACTIVATION: return libnc_network_activation(network, LIBNC_ACTIVATION_RELU);
    case NC__NODE_POOLING:
        return libnc_network_pooling(network, n->option, n->size, n->stride, n->padding);
    case NC__NODE_AFFINE: return libnc_network_affine(network, n->outputs);
    case NC__NODE_SUM: return libnc_network_add(network, n->with);
    default: return LIBNC_ERROR_FORMAT;
    }
}

static bool is_same_node(const nc__node *a, const nc__node *b)
{
    return a->option == b->option && a->from == b->from && a->with == b->with &&
           a->outputs == b->outputs && a->size == b->size && a->stride == b->stride &&
           a->padding == b->padding;
}

/* Nothing stands behind a name. */
static bool is_filled_up(const char *name)
{
    size_t at = 0;
    while (at < NC__NODE_NAME && name[at] != 0)
        at++;
    const size_t length = at;
    while (at < NC__NODE_NAME && name[at] == 0)
        at++;
    return length < NC__NODE_NAME && at == NC__NODE_NAME;
}

/* Room for all, so that no later node fails for memory but for what it says. */
static libnc_status take_input(nc__state_stream *s, const nc__node *node, int64_t count,
                               libnc_network **network)
{
    const bool is_input = node->kind == NC__NODE_INPUT && node->option == 0 && node->from == 0 &&
                          node->with == 0 && node->padding == 0 && node->name[0] == 0;
    const bool fits = is_input && node->outputs > 0 && node->size > 0 && node->stride > 0 &&
                      node->size <= INT32_MAX / node->outputs &&
                      node->stride <= INT32_MAX / (node->outputs * node->size);
    if (!fits || !is_filled_up(node->name))
        return nc__state_fail(s, s->offset - NODE_WORDS * NC__WORD, "an image");
    const libnc_status status =
        libnc_network_create(network, s->context, node->outputs, node->size, node->stride);
    return status ? status : nc__network_reserve(*network, count);
}

static libnc_status take_node(nc__state_stream *s, const nc__node *node, libnc_network *network)
{
    const bool fits = add_node(network, node) == LIBNC_OK && is_filled_up(node->name) &&
                      is_same_node(node, &network->nodes[network->count - 1]) &&
                      (!node->name[0] || libnc_network_name(network, node->name) == LIBNC_OK);
    return fits ? LIBNC_OK
                : nc__state_fail(s, s->offset - NODE_WORDS * NC__WORD, "a node of a backbone");
}

static libnc_status pass_network(nc__state_stream *s, const uint64_t *header, shapes *shape)
{
    libnc_status status = LIBNC_OK;
    for (uint64_t i = 0; i < header[WORD_NODES] && status == LIBNC_OK; i++) {
        nc__node node = {0};
        if (!s->is_reading)
            node = shape->network->nodes[i];
        status = pass_node(s, &node);
        shape->is_read = s->is_reading;
        if (status == LIBNC_OK && s->is_reading)
            status = i == 0 ? take_input(s, &node, (int64_t)header[WORD_NODES], &shape->network)
                            : take_node(s, &node, shape->network);
    }
    return status;
}

static libnc_status pass_shapes(nc__state_stream *s, const uint64_t *header, shapes *shape)
{
    libnc_status status = nc__state_wholes(s, shape->widths, (int64_t)header[WORD_DEPTH], 1,
                                           INT32_MAX, "a width from 1 to 2^31 - 1");
    if (status == LIBNC_OK)
        status = pass_network(s, header, shape);
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

static void add_network_words(uint64_t *words, const libnc_network *network)
{
    for (int64_t i = 1; i < network->count; i++) {
        const nc__node *node = &network->nodes[i];
        const nc__node_kind *kind = nc__node_kind_of(node->kind);
        for (int32_t j = 0; j < nc__node_parameters(node); j++) {
            const nc__parameter_shape p =
                kind->parameter(node, &network->nodes[node->from].shape, j);
            add_words(words, (uint64_t)p.rows, (uint64_t)p.cols);
        }
        add_words(words, (uint64_t)kind->states, (uint64_t)node->shape.channels);
    }
}

static uint64_t value_words(const uint64_t *header, const shapes *shape)
{
    const uint64_t depth = header[WORD_DEPTH];
    uint64_t words = header[WORD_BIAS] * header[WORD_CLASSES];
    add_words(&words, (uint64_t)shape->widths[0], header[WORD_SAMPLES]);
    if (shape->network)
        add_network_words(&words, shape->network);
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
    const libnc_network *network = shape->network;
    const uint64_t left = (uint64_t)nc__state_words_left(s);
    const int64_t offset = (HEADER_WORDS + 1) * NC__WORD;
    if (shape->counts && !is_sum(shape->counts, header[WORD_CLASSES], header[WORD_SAMPLES]))
        return nc__state_fail(s, offset, "counts that sum up to the samples");
    if (network && nc__image_values(&network->nodes[0].shape) != (int64_t)header[WORD_INPUTS])
        return nc__state_fail(s, offset, "an image of as many inputs as the header says");
    if (network && nc__network_check_whole(network) != LIBNC_OK)
        return nc__state_fail(s, offset, "nodes of which each is the input of another");
    if (network && shape->widths[0] != libnc_network_outputs(network))
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
    const int32_t count = model->parameter_count + model->state_count;
    for (int32_t i = 0; i < count && status == LIBNC_OK; i++)
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
    destroy_shapes(model->context, &shape);
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

/* An empty model of the shapes that were read. */
static libnc_status create_model(libnc_model **model, libnc_context *context,
                                 const uint64_t *header, const shapes *shape)
{
    return shape->counts
               ? create_free(model, context, header, shape)
               : libnc_model_create_network(model, shape->network, (int32_t)header[WORD_SCALAR],
                                            (int64_t)header[WORD_CLASSES],
                                            (int32_t)header[WORD_DEPTH], shape->widths,
                                            (int32_t)header[WORD_BIAS]);
}

static libnc_status read_shapes(nc__state_stream *s, const uint64_t *header, libnc_model **model)
{
    shapes shape;
    if (header[WORD_DEPTH] + NODE_WORDS * header[WORD_NODES] +
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
        status = create_model(model, s->context, header, &shape);
    destroy_shapes(s->context, &shape);
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
