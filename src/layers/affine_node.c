/* SPDX-License-Identifier: MIT
 *
 * affine_node.c: affine layers, Y = X W^T + 1 b^T.
 *
 * Columns of W are in the order of PyTorch, channel by channel; images of several pixels are not,
 * and then a copy of W in their order does the work.
 */
#include "layers/node.h"
#include "linalg/dense.h"
#include "linalg/images.h"

typedef struct workspace {
    nc__tensor weight, d_weight; /* NULL data where W is in order */
    nc__walk to_pixels, to_channels;
} workspace;

static libnc_status find_shape(libnc_context *context, nc__node *node, const nc__image_shape *in,
                               const nc__image_shape *with)
{
    (void)in;
    (void)with;
    node->shape = (nc__image_shape){node->outputs, 1, 1};
    return nc__check_dimension(context, "outputs", node->outputs);
}

static int32_t parameters(const nc__node *node)
{
    (void)node;
    return 2;
}

static nc__parameter_shape parameter(const nc__node *node, const nc__image_shape *in, int32_t index)
{
    return index == 0
               ? (nc__parameter_shape){node->outputs, nc__image_values(in), NC__ROLE_WEIGHT, 2}
               : (nc__parameter_shape){1, node->outputs, NC__ROLE_BIAS, 1};
}

static void create(nc__node_run *run, nc__arena *arena)
{
    const nc__tensor *weight = &run->parameters[0];
    const int64_t channels = run->in.channels, pixels = nc__image_pixels(&run->in);
    workspace *w = nc__arena_alloc(arena, 1, sizeof *w);
    run->workspace = w;
    if (!w || channels == 1 || pixels == 1)
        return;
    w->to_pixels = (nc__walk){{1, channels, pixels}, {0, pixels, 1}, {0, 1, channels}};
    w->to_channels = (nc__walk){{1, channels, pixels}, {0, 1, channels}, {0, pixels, 1}};
    w->weight = nc__arena_tensor(arena, weight->scalar, weight->rows, weight->cols);
    if (run->backward)
        w->d_weight = nc__arena_tensor(arena, weight->scalar, weight->rows, weight->cols);
}

static const nc__tensor *weight_of(const nc__node_run *run)
{
    const workspace *w = run->workspace;
    return w->weight.data ? &w->weight : &run->parameters[0];
}

static void forward(nc__node_run *run)
{
    workspace *w = run->workspace;
    if (w->weight.data)
        nc__images_copy(run->context, &w->to_pixels, false, &run->parameters[0], 0, &w->weight, 0);
    nc__gemm(run->context, false, true, 1, &run->x, weight_of(run), 0, &run->y);
    nc__images_add_bias(run->context, &run->parameters[1], run->relu, &run->y);
}

/* dW = dY^T X; db = dY^T 1; dX = dY W */
static void backward(nc__node_run *run, bool first)
{
    workspace *w = run->workspace;
    if (run->relu)
        nc__images_relu_backward(run->context, &run->y, &run->dy);
    if (w->weight.data) {
        nc__gemm(run->context, true, false, 1, &run->dy, &run->x, 0, &w->d_weight);
        nc__images_copy(run->context, &w->to_channels, !first, &w->d_weight, 0, &run->gradients[0],
                        0);
    } else {
        nc__gemm(run->context, true, false, 1, &run->dy, &run->x, first ? 0 : 1,
                 &run->gradients[0]);
    }
    if (first)
        nc__fill(&run->gradients[1], 0);
    nc__add_column_sums(&run->dy, NULL, &run->gradients[1]);
    if (run->wants_dx)
        nc__gemm(run->context, false, false, 1, &run->dy, weight_of(run), run->adds_dx ? 1 : 0,
                 &run->dx);
}

const nc__node_kind nc__affine_node = {.activates = true,
                                       .shape = find_shape,
                                       .parameters = parameters,
                                       .parameter = parameter,
                                       .create = create,
                                       .forward = forward,
                                       .backward = backward};
