/* SPDX-License-Identifier: MIT
 *
 * network.c: the shape of a network, a list of nodes (libnc/network.h).
 */
#include "layers/network_internal.h"

#include "layers/node_kinds.h"

#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

enum { FIRST_ROOM = 64 };

/* ---- create ---- */

/* All dimensions are >= 1. */
static libnc_status check_values(libnc_context *context, const nc__image_shape *shape)
{
    const bool fits = shape->channels <= INT_MAX && shape->height <= INT_MAX &&
                      shape->width <= INT_MAX && nc__image_pixels(shape) <= INT_MAX &&
                      nc__image_values(shape) <= INT_MAX;
    return fits ? LIBNC_OK
                : nc__fail(context, LIBNC_ERROR_MEMORY,
                           "a node of %" PRId64 " x %" PRId64 " x %" PRId64
                           " values: must be at most %d",
                           shape->channels, shape->height, shape->width, INT_MAX);
}

libnc_status nc__network_reserve(libnc_network *network, int64_t count)
{
    if (count <= network->room)
        return LIBNC_OK;
    nc__node *nodes = nc__alloc(network->context, (size_t)count, sizeof *nodes);
    if (!nodes)
        return LIBNC_ERROR_MEMORY;
    if (network->nodes)
        memcpy(nodes, network->nodes, (size_t)network->count * sizeof *nodes);
    nc__free(network->context, network->nodes);
    network->nodes = nodes;
    network->room = count;
    return LIBNC_OK;
}

static libnc_status make_room(libnc_network *network)
{
    const int64_t more = network->room > 0 ? 2 * network->room : FIRST_ROOM;
    return nc__network_reserve(network, network->count < network->room ? network->room : more);
}

/* Without a node. */
static libnc_status create_empty(libnc_network **network, libnc_context *context)
{
    libnc_network *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = context;
    const libnc_status status = make_room(created);
    if (status)
        libnc_network_destroy(created);
    else
        *network = created;
    return status;
}

libnc_status libnc_network_create(libnc_network **network, libnc_context *context, int64_t channels,
                                  int64_t height, int64_t width)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    const nc__image_shape shape = {channels, height, width};
    libnc_status status = nc__check_given(context, "network", network);
    if (!status)
        status = nc__check_dimension(context, "channels", channels);
    if (!status)
        status = nc__check_dimension(context, "height", height);
    if (!status)
        status = nc__check_dimension(context, "width", width);
    if (!status)
        status = check_values(context, &shape);
    libnc_network *created = NULL;
    if (!status)
        status = create_empty(&created, context);
    if (status)
        return status;
    created->nodes[created->count++].shape = shape;
    *network = created;
    return LIBNC_OK;
}

libnc_status nc__network_copy(libnc_network **copy, const libnc_network *network)
{
    libnc_network *created = nc__alloc(network->context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    *created = *network;
    created->nodes = nc__alloc(network->context, (size_t)network->room, sizeof *created->nodes);
    if (!created->nodes) {
        libnc_network_destroy(created);
        return LIBNC_ERROR_MEMORY;
    }
    memcpy(created->nodes, network->nodes, (size_t)network->count * sizeof *network->nodes);
    *copy = created;
    return LIBNC_OK;
}

void libnc_network_destroy(libnc_network *network)
{
    if (!network)
        return;
    nc__free(network->context, network->nodes);
    nc__free(network->context, network);
}

/* ---- nodes ---- */

libnc_status nc__network_add_node(libnc_network *network, const nc__node *node)
{
    if (network->count > NC__MAX_NODES)
        return nc__fail(network->context, LIBNC_ERROR_UNSUPPORTED,
                        "network: has %d nodes, and can have no more", NC__MAX_NODES);
    nc__node added = *node;
    libnc_status status = nc__node_kind_of(node->kind)
                              ->shape(network->context, &added, &network->nodes[node->from].shape,
                                      &network->nodes[node->with].shape);
    if (!status)
        status = check_values(network->context, &added.shape);
    if (!status)
        status = make_room(network);
    if (status)
        return status;
    network->from = network->count;
    network->nodes[network->count++] = added;
    return LIBNC_OK;
}

libnc_status libnc_network_pad(libnc_network *network, int64_t border)
{
    if (!network)
        return LIBNC_ERROR_ARGUMENT;
    return nc__network_add_node(
        network, &(nc__node){.kind = NC__NODE_PADDING, .from = network->from, .padding = border});
}

libnc_status libnc_network_convolution(libnc_network *network, int64_t outputs, int64_t kernel,
                                       int64_t stride, int64_t padding, int32_t bias)
{
    if (!network)
        return LIBNC_ERROR_ARGUMENT;
    return nc__network_add_node(network, &(nc__node){.kind = NC__NODE_CONVOLUTION,
                                                     .option = bias,
                                                     .from = network->from,
                                                     .outputs = outputs,
                                                     .size = kernel,
                                                     .stride = stride,
                                                     .padding = padding});
}

libnc_status libnc_network_normalisation(libnc_network *network)
{
    if (!network)
        return LIBNC_ERROR_ARGUMENT;
    return nc__network_add_node(network,
                                &(nc__node){.kind = NC__NODE_NORMALISATION, .from = network->from});
}

libnc_status libnc_network_activation(libnc_network *network, int32_t activation)
{
    if (!network)
        return LIBNC_ERROR_ARGUMENT;
    if (activation != LIBNC_ACTIVATION_RELU)
        return nc__fail(network->context, LIBNC_ERROR_ARGUMENT, "activation = %d: must be %d",
                        activation, LIBNC_ACTIVATION_RELU);
    return nc__network_add_node(network,
                                &(nc__node){.kind = NC__NODE_ACTIVATION, .from = network->from});
}

libnc_status libnc_network_pooling(libnc_network *network, int32_t kind, int64_t size,
                                   int64_t stride, int64_t padding)
{
    if (!network)
        return LIBNC_ERROR_ARGUMENT;
    return nc__network_add_node(network, &(nc__node){.kind = NC__NODE_POOLING,
                                                     .option = kind,
                                                     .from = network->from,
                                                     .size = size,
                                                     .stride = stride,
                                                     .padding = padding});
}

libnc_status libnc_network_affine(libnc_network *network, int64_t outputs)
{
    if (!network)
        return LIBNC_ERROR_ARGUMENT;
    return nc__network_add_node(
        network, &(nc__node){.kind = NC__NODE_AFFINE, .from = network->from, .outputs = outputs});
}

static libnc_status check_node(const libnc_network *network, int64_t node)
{
    return nc__check_bounds(network->context, "node", node, 0, network->count - 1);
}

libnc_status libnc_network_add(libnc_network *network, int64_t node)
{
    if (!network)
        return LIBNC_ERROR_ARGUMENT;
    const libnc_status status = check_node(network, node);
    return status ? status
                  : nc__network_add_node(
                        network,
                        &(nc__node){.kind = NC__NODE_SUM, .from = network->from, .with = node});
}

libnc_status libnc_network_from(libnc_network *network, int64_t node)
{
    if (!network)
        return LIBNC_ERROR_ARGUMENT;
    const libnc_status status = check_node(network, node);
    if (!status)
        network->from = node;
    return status;
}

/* ---- names ---- */

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool is_name(const char *name)
{
    size_t length = 0;
    for (; name[length]; length++)
        if (length == NC__NODE_NAME - 1 ||
            (!isalnum((unsigned char)name[length]) && name[length] != '.' && name[length] != '_'))
            return false;
    return length > 0 && !begins_with(name, "head.") && !begins_with(name, "backbone.");
}

libnc_status libnc_network_name(libnc_network *network, const char *name)
{
    if (!network)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = network->context;
    const libnc_status status = nc__check_given(context, "name", name);
    if (status)
        return status;
    if (!is_name(name))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "name = \"%.64s\": must be 1 to %d letters, digits, dots and underscores, "
                        "and not begin with head. or backbone.",
                        name, NC__NODE_NAME - 1);
    if (network->count == 1)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "name = \"%s\": there is no node to name",
                        name);
    for (int64_t i = 1; i < network->count - 1; i++)
        if (strcmp(network->nodes[i].name, name) == 0)
            return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                            "name = \"%s\": must not be that of node %" PRId64, name, i);
    memcpy(network->nodes[network->count - 1].name, name, strlen(name) + 1);
    return LIBNC_OK;
}

/* ---- getters ---- */

int64_t libnc_network_nodes(const libnc_network *network)
{
    return network ? network->count - 1 : 0;
}

int64_t libnc_network_outputs(const libnc_network *network)
{
    return network ? nc__image_values(&network->nodes[network->count - 1].shape) : 0;
}

libnc_status libnc_network_shape(const libnc_network *network, int64_t node, int64_t *channels,
                                 int64_t *height, int64_t *width)
{
    if (!network)
        return LIBNC_ERROR_ARGUMENT;
    const libnc_status status = check_node(network, node);
    if (status)
        return status;
    const nc__image_shape *shape = &network->nodes[node].shape;
    if (channels)
        *channels = shape->channels;
    if (height)
        *height = shape->height;
    if (width)
        *width = shape->width;
    return LIBNC_OK;
}

/* ---- for models ---- */

libnc_status nc__network_check_whole(const libnc_network *network)
{
    for (int64_t i = 0; i + 1 < network->count; i++) {
        bool taken = false;
        for (int64_t j = i + 1; j < network->count && !taken; j++)
            taken = network->nodes[j].from == i ||
                    (network->nodes[j].kind == NC__NODE_SUM && network->nodes[j].with == i);
        if (!taken)
            return nc__fail(network->context, LIBNC_ERROR_ARGUMENT,
                            "network: node %" PRId64 " must be the input of another", i);
    }
    return LIBNC_OK;
}

int32_t nc__network_parameters(const libnc_network *network)
{
    int32_t count = 0;
    for (int64_t i = 0; i < network->count; i++)
        count += nc__node_parameters(&network->nodes[i]);
    return count;
}

int32_t nc__network_states(const libnc_network *network)
{
    int32_t count = 0;
    for (int64_t i = 1; i < network->count; i++)
        count += nc__node_kind_of(network->nodes[i].kind)->states;
    return count;
}

bool nc__network_has_normalisation(const libnc_network *network)
{
    return nc__network_states(network) > 0;
}

bool nc__network_is_flat(const libnc_network *network)
{
    bool flat = true;
    for (int64_t i = 1; i < network->count && flat; i++)
        flat = nc__image_pixels(&network->nodes[i].shape) == 1;
    return flat;
}
