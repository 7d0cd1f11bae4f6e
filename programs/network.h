/* SPDX-License-Identifier: MIT
 *
 * network.h: a real network on images below the linear head of M layers: ReLU layers, or a
 * convolutional network by its name.
 *
 * As in Dang et al. (2023), section 5, one more affine layer comes before the features H (--affine
 * no leaves it out: then H >= 0, which no simplex ETF around zero can meet), the decays act on H
 * and the head, and the backbone has none unless asked.
 */
#ifndef PROGRAMS_NETWORK_H
#define PROGRAMS_NETWORK_H

#include "experiment.h"

enum {
    KEY_IMAGES = 300,
    KEY_LABELS,
    KEY_BACKBONE,
    KEY_AFFINE,
    KEY_FEATURE_SCALE,
    KEY_BATCH_SIZE,
    KEY_BACKBONE_DECAY,
    KEY_TEST_IMAGES,
    KEY_TEST_LABELS,
    KEY_BASE_WIDTH,
    KEY_EPOCHS,
    KEY_WARM_UP_EPOCHS,
    KEY_PERIOD_EPOCHS,
    KEY_BIAS_DECAY,
    KEY_OVERSAMPLING,
    KEY_REPEAT_DECAY,
    KEY_CROP_PADDING,
    KEY_FLIP,
    KEY_STANDARDISE,
    KEY_MINORITY,
    KEY_TEST_OTHERS,
    KEY_MEASURE_EVERY,
    KEY_LAST /* no option */
};

enum { MAX_EPOCHS = 1000000 };

enum { NETWORK_FREE, NETWORK_MLP, NETWORK_CONVOLUTIONAL };

/* clang-format off */
#define NETWORK_OPTIONS                                                                           \
    {KEY_IMAGES, "images", "FILE", "networks: images, IDX, CIFAR or an array (synthetic)"},    \
    {KEY_LABELS, "labels", "FILE", "networks: their labels; free: labels to count"},        \
    {KEY_TEST_IMAGES, "test-images", "FILE", "networks: images to test on"},          \
    {KEY_TEST_LABELS, "test-labels", "FILE", "networks: their labels"},               \
    {KEY_BACKBONE, "backbone", "w1,..,wL", "mlp: widths of the ReLU layers (256,256)"},           \
    {KEY_BASE_WIDTH, "base-width", "w", "vgg, resnet: channels of the first stage (8)"},          \
    {KEY_AFFINE, "affine", "yes|no", "networks: an affine layer before the head (yes)"},          \
    {KEY_FEATURE_SCALE, "feature-scale", "s", "networks: factor on the first features' size"},    \
    {KEY_BACKBONE_DECAY, "backbone-decay", "l", "networks: decay of the backbone's weights (0)"}, \
    {KEY_BATCH_SIZE, "batch-size", "B", "networks: samples per step; 0: all of them"},            \
    {KEY_EPOCHS, "epochs", "E", "networks: steps as passes over the samples, not --iterations"},  \
    {KEY_WARM_UP_EPOCHS, "warm-up-epochs", "e", "networks: --warm-up in passes (vgg, resnet: 1)"},                 \
    {KEY_PERIOD_EPOCHS, "period-epochs", "e", "networks: --period in passes"},                    \
    {KEY_BIAS_DECAY, "bias-decay", "l", "networks: decay of biases, scales and shifts (0)"},      \
    {KEY_OVERSAMPLING, "oversampling", "w1,..,wK", "networks: visits to a sample of each class"}, \
    {KEY_REPEAT_DECAY, "repeat-decay", "sample|visit", "what the feature decay counts (sample)"}, \
    {KEY_CROP_PADDING, "crop-padding", "p", "networks: zeros around images that are cropped (0)"},\
    {KEY_FLIP, "flip", NULL, "networks: mirror half of the images"},                              \
    {KEY_STANDARDISE, "standardise", "yes|no", "networks: pixels of mean 0 and variance 1"}, \
    {KEY_MINORITY, "minority", "k", "networks: the last k classes, told apart from the others"}, \
    {KEY_TEST_OTHERS, "test-others", NULL, "networks: test on the images that were not chosen"}, \
    {KEY_MEASURE_EVERY, "measure-every", "E", "networks: passes between measurements"}
/* clang-format on */

typedef struct network {
    const char *name;            /* of a convolutional network; NULL: ReLU layers */
    const char *images, *labels; /* NULL: synthetic */
    const char *test_images, *test_labels;
    int64_t base_width;
    int64_t epochs, warm_up_epochs, period_epochs; /* negative: not given */
    int64_t *backbone;                             /* widths, allocated */
    int64_t backbone_layers;
    int64_t measure_epochs; /* 0: measurements at log-spaced steps */
    bool has_repeat_decay, test_others;
    int affine, standardise;
    double feature_scale, backbone_decay, bias_decay;
} network;

/* Two ReLU layers of 256, or a convolutional network, and one affine layer. */
network network_default(const program *self, const char *name);

void network_release(network *net);

/* Adam at its usual rate; with beta2 = 0.95 it forgets the large gradients of the start within the
 * run, which lets the lengths settle. */
training network_training(const char *name);

/* Handles an option of the network; false if it is none. */
bool network_option(const option_spec *option, network *net, experiment *e);

/* What can be said only when all options are known; gives the head its default width. */
void network_check(const program *self, const network *net, problem *task, const training *how);

/* The images for training and test with their classes (those of the files unless counts were
 * given), the prediction, the model and its penalty. */
void network_model(experiment *e, const network *net, bool has_counts);

#endif
