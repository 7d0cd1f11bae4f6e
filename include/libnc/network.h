/* SPDX-License-Identifier: MIT */
/**
 * @file network.h
 * @brief The shape of a network between inputs and features: convolutions, batch norm, pooling and
 * shortcuts. A model is made from it (libnc_model_create_network()), as many models as wanted, and
 * has the parameters.
 *
 * A network is a list of nodes. Node 0 is the input, an image of channels x height x width, stored
 * channel by channel as a dataset has it (dataset.h); a plain vector is an image of p x 1 x 1. Each
 * call below adds a node, which takes its input from the node before it, or from the one chosen
 * with libnc_network_from(). The values of the last node, flattened channel by channel, are the
 * features. A call that fails adds nothing.
 *
 * The parameters of a node are those of the PyTorch module that does the same, in its shapes:
 *
 * - pad: nn.ZeroPad2d;
 * - convolution: nn.Conv2d, weight outputs x (inputs kernel kernel), bias 1 x outputs;
 * - normalisation: nn.BatchNorm2d, weight and bias 1 x channels, and the states running_mean and
 *   running_var;
 * - activation: nn.ReLU;
 * - pooling: nn.MaxPool2d and nn.AvgPool2d;
 * - affine: nn.Flatten and nn.Linear, weight outputs x inputs, bias 1 x outputs.
 *
 * Their names are that of the node (libnc_network_name()) with ".weight" or ".bias" behind it.
 * Nodes without a name are "backbone.1", "backbone.2", ..., counting those that have parameters.
 */
#ifndef LIBNC_NETWORK_H
#define LIBNC_NETWORK_H

#include <libnc/backbone.h>
#include <libnc/context.h>

LIBNC_BEGIN

/** @brief The nodes between inputs and features. @since 0.3 */
typedef struct libnc_network libnc_network;

/** @brief What a window becomes. Append-only. @since 0.3 */
enum libnc_pooling {
    LIBNC_POOLING_MAX = 1, /**< Its largest value; zeros of the padding do not count. */
    LIBNC_POOLING_MEAN = 2 /**< Its mean. */
};

/**
 * @brief Creates a network of the input alone.
 * @param[out] network the new handle; the caller destroys it.
 * @param[in] context the context.
 * @param[in] channels,height,width of an input, each >= 1; their product at most 2^31 - 1.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_MEMORY (2^31 values and more included).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_network_create(libnc_network **network, libnc_context *context,
                                                int64_t channels, int64_t height, int64_t width);

/**
 * @brief Creates a network of the literature.
 *
 * With w the base width:
 * - "mlp": three affine layers of w values with ReLU; w features;
 * - "vgg11", "vgg13", "vgg16": convolutions 3x3 of w to 8w channels with batch norm and ReLU, five
 *   times max pooling by 2, then the mean (Simonyan and Zisserman 2015, configurations A, B, D); 8w
 *   features;
 * - "resnet18": a convolution 3x3 of w channels, four stages of two residual blocks with w, 2w, 4w
 *   and 8w channels, then the mean (He et al. 2016); 8w features;
 * - "resnet18_7x7": the same behind a convolution 7x7 by 2 and max pooling 3x3 by 2, as for
 *   ImageNet.
 *
 * Base width 64 gives those of the papers. Images below 32 x 32 get a border of zeros for VGG,
 * whose five poolings need that size. Nodes have the names of torchvision's vgg11_bn, vgg13_bn,
 * vgg16_bn and resnet18 ("features.0", "layer1.0.conv1"); those of an mlp have none.
 * @param[out] network the new handle; the caller destroys it, and may add nodes first.
 * @param[in] context the context.
 * @param[in] name one of these.
 * @param[in] channels,height,width as in libnc_network_create().
 * @param[in] base_width w, >= 1.
 * @return as libnc_network_create(), and LIBNC_ERROR_ARGUMENT for another name.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_network_create_named(libnc_network **network,
                                                      libnc_context *context, const char *name,
                                                      int64_t channels, int64_t height,
                                                      int64_t width, int64_t base_width);

/** @brief Destroys a network, not the models made from it; NULL is fine. @since 0.3 */
LIBNC_API void libnc_network_destroy(libnc_network *network);

/**
 * @brief Adds a border of zeros.
 * @param[in] network the handle.
 * @param[in] border pixels on each of the four sides, 1 .. 2^15.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_MEMORY (also 2^31 values and more);
 *         LIBNC_ERROR_UNSUPPORTED (more than 10000 nodes).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_network_pad(libnc_network *network, int64_t border);

/**
 * @brief Adds a convolution: out[o, y, x] = b_o + sum over i, r, s of
 * W[o, i, r, s] in[i, stride y + r - padding, stride x + s - padding].
 *
 * A side of n pixels becomes floor((n + 2 padding - kernel) / stride) + 1.
 * @param[in] network the handle.
 * @param[in] outputs channels that it gives, >= 1.
 * @param[in] kernel side of the kernel, 1 .. 64.
 * @param[in] stride 1 .. 64.
 * @param[in] padding zeros around the input, 0 .. kernel - 1.
 * @param[in] bias 1 for b, 0 for none.
 * @return as libnc_network_pad(), and LIBNC_ERROR_DIMENSION (the kernel is larger than the padded
 *         input).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_network_convolution(libnc_network *network, int64_t outputs,
                                                     int64_t kernel, int64_t stride,
                                                     int64_t padding, int32_t bias);

/**
 * @brief Adds batch norm (Ioffe and Szegedy 2015): y = weight (x - m) / sqrt(v + 1e-5) + bias for
 * each channel, m and v its mean and variance over the batch in training, and its running ones when
 * a model is evaluated.
 *
 * Each training step moves the running ones by a tenth towards the batch's, the variance divided by
 * one less than the number of values, as PyTorch does; libnc_model_settle() sets them from the
 * data.
 * @return as libnc_network_pad().
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_network_normalisation(libnc_network *network);

/**
 * @brief Adds an activation.
 * @param[in] network the handle.
 * @param[in] activation LIBNC_ACTIVATION_RELU.
 * @return as libnc_network_pad().
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_network_activation(libnc_network *network, int32_t activation);

/**
 * @brief Adds pooling over square windows.
 * @param[in] network the handle.
 * @param[in] kind @ref libnc_pooling.
 * @param[in] size side of a window, 1 .. 2^15; 0 for the whole image, and then the other two are 0.
 * @param[in] stride between windows, 1 .. 2^15; sizes are those of libnc_network_convolution().
 * @param[in] padding 0 .. size / 2 for the largest, 0 for the mean.
 * @return as libnc_network_pad(), and LIBNC_ERROR_DIMENSION (the window is larger than the padded
 *         input, such as an image that earlier poolings made 1 x 1).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_network_pooling(libnc_network *network, int32_t kind, int64_t size,
                                                 int64_t stride, int64_t padding);

/**
 * @brief Adds an affine layer W a + b of all values a of its input, flattened channel by channel.
 * @param[in] network the handle.
 * @param[in] outputs values that it gives, >= 1: channels of an image of 1 x 1.
 * @return as libnc_network_pad().
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_network_affine(libnc_network *network, int64_t outputs);

/**
 * @brief Adds the residual sum of the last node, or that of libnc_network_from(), and an earlier
 * one.
 * @param[in] network the handle.
 * @param[in] node 0 .. libnc_network_nodes().
 * @return as libnc_network_pad(), and LIBNC_ERROR_DIMENSION (their shapes differ).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_network_add(libnc_network *network, int64_t node);

/**
 * @brief Lets the next node take its input from an earlier node: for shortcuts.
 *
 * Every node but the last must be taken up by another; a model is refused otherwise.
 * @param[in] network the handle.
 * @param[in] node 0 .. libnc_network_nodes().
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_network_from(libnc_network *network, int64_t node);

/**
 * @brief Names the last node, for its parameters.
 * @param[in] network the handle.
 * @param[in] name copied; 1 .. 31 letters, digits, dots and underscores, that no other node has.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT (also a name that begins with "head." or "backbone.", and
 *         a network of the input alone).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_network_name(libnc_network *network, const char *name);

/** @brief The number of the last node, 0 for the input alone or NULL. @since 0.3 */
LIBNC_API int64_t libnc_network_nodes(const libnc_network *network);

/** @brief Values of a feature, those of the last node; 0 for NULL. @since 0.3 */
LIBNC_API int64_t libnc_network_outputs(const libnc_network *network);

/**
 * @brief The shape of a node's values; any output may be NULL.
 * @param[in] network the handle.
 * @param[in] node 0 .. libnc_network_nodes().
 * @param[out] channels,height,width of an image that it gives.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_network_shape(const libnc_network *network, int64_t node,
                                               int64_t *channels, int64_t *height, int64_t *width);

LIBNC_END

#endif
