/* SPDX-License-Identifier: MIT
 *
 * named_networks.c: networks of the literature, with the names that torchvision gives their
 * modules.
 *
 * VGG: Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition,
 * 2015, Table 1. ResNet: He, Zhang, Ren and Sun, Deep Residual Learning for Image Recognition,
 * 2016, Table 1.
 */
#include "layers/network_internal.h"

#include <stdio.h>
#include <string.h>

typedef libnc_status (*build_fn)(libnc_network *network, int64_t width, const char *plan);

static libnc_status name_node(libnc_network *network, const char *prefix, const char *name)
{
    char whole[2 * NC__NODE_NAME];
    snprintf(whole, sizeof whole, "%s%s", prefix, name);
    return libnc_network_name(network, whole);
}

/* ---- mlp ---- */

static libnc_status build_mlp(libnc_network *network, int64_t width, const char *plan)
{
    (void)plan;
    libnc_status status = LIBNC_OK;
    for (int i = 0; i < 3 && !status; i++) {
        status = libnc_network_affine(network, width);
        if (!status)
            status = libnc_network_activation(network, LIBNC_ACTIVATION_RELU);
    }
    return status;
}

/* ---- VGG ---- */

enum { VGG_SIDE = 32 };

/* Images too small for five poolings get a border. */
static libnc_status frame_image(libnc_network *network)
{
    const nc__image_shape *shape = &network->nodes[0].shape;
    const int64_t side = shape->height < shape->width ? shape->height : shape->width;
    return side < VGG_SIDE ? libnc_network_pad(network, (VGG_SIDE - side + 1) / 2) : LIBNC_OK;
}

static libnc_status name_module(libnc_network *network, int module)
{
    char name[NC__NODE_NAME];
    snprintf(name, sizeof name, "features.%d", module);
    return libnc_network_name(network, name);
}

/* Convolution, batch norm and ReLU: three modules of features. */
static libnc_status add_vgg_layer(libnc_network *network, int64_t channels, int module)
{
    libnc_status status = libnc_network_convolution(network, channels, 3, 1, 1, 1);
    if (!status)
        status = name_module(network, module);
    if (!status)
        status = libnc_network_normalisation(network);
    if (!status)
        status = name_module(network, module + 1);
    return status ? status : libnc_network_activation(network, LIBNC_ACTIVATION_RELU);
}

/* plan: a digit for a convolution with so many times the width, M for pooling. */
static libnc_status build_vgg(libnc_network *network, int64_t width, const char *plan)
{
    int module = 0;
    libnc_status status = frame_image(network);
    for (; *plan && !status; plan++)
        if (*plan == 'M') {
            status = libnc_network_pooling(network, LIBNC_POOLING_MAX, 2, 2, 0);
            module++;
        } else {
            status = add_vgg_layer(network, (*plan - '0') * width, module);
            module += 3;
        }
    return status ? status : libnc_network_pooling(network, LIBNC_POOLING_MEAN, 0, 0, 0);
}

/* ---- ResNet ---- */

/* A convolution without bias and its batch norm: "conv1" and "bn1". */
static libnc_status add_pair(libnc_network *network, const char *prefix, int64_t channels,
                             int64_t kernel, int64_t stride, const char *convolution,
                             const char *normalisation)
{
    libnc_status status =
        libnc_network_convolution(network, channels, kernel, stride, kernel / 2, 0);
    if (!status)
        status = name_node(network, prefix, convolution);
    if (!status)
        status = libnc_network_normalisation(network);
    return status ? status : name_node(network, prefix, normalisation);
}

/* The shortcut of a block that changes the shape: a convolution 1x1. Afterwards both ends are
 * *main, the last node before, and the last node. */
static libnc_status add_shortcut(libnc_network *network, const char *prefix, int64_t input,
                                 int64_t channels, int64_t stride)
{
    const int64_t main_end = libnc_network_nodes(network);
    libnc_status status = libnc_network_from(network, input);
    if (!status)
        status = add_pair(network, prefix, channels, 1, stride, "downsample.0", "downsample.1");
    const int64_t shortcut = libnc_network_nodes(network);
    if (!status)
        status = libnc_network_from(network, main_end);
    return status ? status : libnc_network_add(network, shortcut);
}

static libnc_status add_block(libnc_network *network, const char *prefix, int64_t channels,
                              int64_t stride)
{
    const int64_t input = libnc_network_nodes(network);
    const bool keeps = stride == 1 && network->nodes[input].shape.channels == channels;
    libnc_status status = add_pair(network, prefix, channels, 3, stride, "conv1", "bn1");
    if (!status)
        status = libnc_network_activation(network, LIBNC_ACTIVATION_RELU);
    if (!status)
        status = add_pair(network, prefix, channels, 3, 1, "conv2", "bn2");
    if (!status)
        status = keeps ? libnc_network_add(network, input)
                       : add_shortcut(network, prefix, input, channels, stride);
    return status ? status : libnc_network_activation(network, LIBNC_ACTIVATION_RELU);
}

/* plan: "7" for the stem of ImageNet. */
static libnc_status add_stem(libnc_network *network, int64_t width, const char *plan)
{
    const bool large = plan[0] == '7';
    libnc_status status =
        add_pair(network, "", width, large ? 7 : 3, large ? 2 : 1, "conv1", "bn1");
    if (!status)
        status = libnc_network_activation(network, LIBNC_ACTIVATION_RELU);
    return status || !large ? status : libnc_network_pooling(network, LIBNC_POOLING_MAX, 3, 2, 1);
}

static libnc_status build_resnet(libnc_network *network, int64_t width, const char *plan)
{
    libnc_status status = add_stem(network, width, plan);
    for (int stage = 0; stage < 4; stage++)
        for (int block = 0; block < 2 && !status; block++) {
            char prefix[NC__NODE_NAME];
            snprintf(prefix, sizeof prefix, "layer%d.%d.", stage + 1, block);
            status = add_block(network, prefix, width << stage, stage > 0 && block == 0 ? 2 : 1);
        }
    return status ? status : libnc_network_pooling(network, LIBNC_POOLING_MEAN, 0, 0, 0);
}

/* ---- by name ---- */

static const struct {
    const char *name;
    build_fn build;
    const char *plan;
} networks[] = {
    {"mlp", build_mlp, ""},
    {"vgg11", build_vgg, "1M2M44M88M88M"},
    {"vgg13", build_vgg, "11M22M44M88M88M"},
    {"vgg16", build_vgg, "11M22M444M888M888M"},
    {"resnet18", build_resnet, "3"},
    {"resnet18_7x7", build_resnet, "7"},
};

enum { NETWORKS = sizeof networks / sizeof networks[0] };

static int find(const char *name)
{
    int i = 0;
    while (i < NETWORKS && strcmp(networks[i].name, name) != 0)
        i++;
    return i;
}

static libnc_status check_name(libnc_context *context, const char *name, int64_t base_width)
{
    enum { WIDEST = 1 << 24 };
    const libnc_status status = nc__check_given(context, "name", name);
    if (status)
        return status;
    if (find(name) == NETWORKS)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "name = \"%.64s\": must be mlp, vgg11, vgg13, vgg16, resnet18 or "
                        "resnet18_7x7",
                        name);
    return nc__check_bounds(context, "base_width", base_width, 1, WIDEST);
}

libnc_status libnc_network_create_named(libnc_network **network, libnc_context *context,
                                        const char *name, int64_t channels, int64_t height,
                                        int64_t width, int64_t base_width)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    libnc_network *created = NULL;
    libnc_status status = nc__check_given(context, "network", network);
    if (!status)
        status = check_name(context, name, base_width);
    if (!status)
        status = libnc_network_create(&created, context, channels, height, width);
    if (!status)
        status = networks[find(name)].build(created, base_width, networks[find(name)].plan);
    if (status)
        libnc_network_destroy(created);
    else
        *network = created;
    return status;
}
