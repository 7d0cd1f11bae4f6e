/* SPDX-License-Identifier: MIT
 *
 * node.h: one node of a network: what it is, and what its kind can do.
 *
 * Values of a node are a tensor with one row for each image, pixels one after the other, a pixel
 * its channels.
 */
#ifndef NC__NODE_H
#define NC__NODE_H

#include "linalg/tensor.h"

enum nc__node_number {
    NC__NODE_INPUT,
    NC__NODE_PADDING,
    NC__NODE_CONVOLUTION,
    NC__NODE_NORMALISATION,
    NC__NODE_ACTIVATION,
    NC__NODE_POOLING,
    NC__NODE_AFFINE,
    NC__NODE_SUM,
    NC__NODE_KINDS
};

enum {
    NC__NODE_NAME = 32,
    NC__NODE_PARAMETERS = 2, /* weight and bias, and as many states, at most */
    NC__NODE_SIDE = 1 << 15, /* most pixels of a window, a stride or a border */
    NC__NODE_KERNEL = 64
};

typedef struct nc__image_shape {
    int64_t channels, height, width;
} nc__image_shape;

typedef struct nc__node {
    int32_t kind;       /* nc__node_number */
    int32_t option;     /* bias, or which pooling */
    int64_t from, with; /* nodes that it takes its input from; with: of a sum, else 0 */
    int64_t outputs;    /* of a convolution or an affine layer, else 0 */
    int64_t size, stride, padding;
    char name[NC__NODE_NAME]; /* "" for none */
    nc__image_shape shape;    /* of its values */
} nc__node;

static inline int64_t nc__image_pixels(const nc__image_shape *shape)
{
    return shape->height * shape->width;
}

static inline int64_t nc__image_values(const nc__image_shape *shape)
{
    return shape->channels * nc__image_pixels(shape);
}

/* What a parameter is, for its first values. */
typedef enum nc__role { NC__ROLE_WEIGHT, NC__ROLE_BIAS, NC__ROLE_SCALE } nc__role;

typedef struct nc__parameter_shape {
    int64_t rows, cols;
    nc__role role;
    int32_t dimensions; /* of PyTorch's: 1, 2 or 4 */
} nc__parameter_shape;

/* A node at work on a block of images. */
typedef struct nc__node_run {
    libnc_context *context;
    const nc__node *node;
    nc__image_shape in;
    int64_t rows;   /* images at most */
    int32_t scalar; /* libnc_scalar */
    bool relu;      /* an activation behind it that it does itself */
    bool backward;  /* will be called */
    bool wants_dx, adds_dx, wants_d_with, adds_d_with;
    bool training; /* statistics of the batch */
    double share;  /* that running ones take of them */
    nc__tensor parameters[NC__NODE_PARAMETERS], states[NC__NODE_PARAMETERS];
    void *workspace;

    /* the images in use */
    nc__tensor x, with, y, dx, d_with, dy;
    nc__tensor *gradients; /* of the parameters */
} nc__node_run;

typedef struct nc__node_kind {
    int32_t states;
    bool activates; /* can do a ReLU behind it */
    /* The shape of its values, checked; `with` is that of the second input of a sum. */
    libnc_status (*shape)(libnc_context *context, nc__node *node, const nc__image_shape *in,
                          const nc__image_shape *with);
    int32_t (*parameters)(const nc__node *node); /* NULL for none */
    nc__parameter_shape (*parameter)(const nc__node *node, const nc__image_shape *in,
                                     int32_t index);
    void (*create)(nc__node_run *run, nc__arena *arena); /* workspace; NULL for none */
    void (*forward)(nc__node_run *run);
    /* Gradients of parameters are set for the `first` block and added to later; those of inputs as
     * the run says. dy may be changed. */
    void (*backward)(nc__node_run *run, bool first);
} nc__node_kind;

/* Each in its own source. */
extern const nc__node_kind nc__padding_node, nc__convolution_node, nc__normalisation_node,
    nc__activation_node, nc__pooling_node, nc__affine_node, nc__sum_node;

#endif
