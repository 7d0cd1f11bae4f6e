/* SPDX-License-Identifier: MIT
 *
 * convolution_node.c: convolutions (libnc/network.h, linalg/convolution.h).
 */
#include "layers/node.h"
#include "linalg/convolution.h"
#include "linalg/images.h"

#include <inttypes.h>

typedef struct workspace {
    nc__convolution *convolution;
    nc__tensor scratch; /* for the bias */
    double *row;
} workspace;

static libnc_status check_sizes(libnc_context *context, const nc__node *node)
{
    libnc_status status = nc__check_dimension(context, "outputs", node->outputs);
    if (!status)
        status = nc__check_bounds(context, "kernel", node->size, 1, NC__NODE_KERNEL);
    if (!status)
        status = nc__check_bounds(context, "stride", node->stride, 1, NC__NODE_KERNEL);
    if (!status)
        status = nc__check_bounds(context, "padding", node->padding, 0, node->size - 1);
    return status ? status : nc__check_bounds(context, "bias", node->option, 0, 1);
}

static libnc_status find_shape(libnc_context *context, nc__node *node, const nc__image_shape *in,
                               const nc__image_shape *with)
{
    (void)with;
    const libnc_status status = check_sizes(context, node);
    if (status)
        return status;
    const int64_t height = in->height + 2 * node->padding, width = in->width + 2 * node->padding;
    if (node->size > height || node->size > width)
        return nc__fail(context, LIBNC_ERROR_DIMENSION,
                        "kernel = %" PRId64 ": must be at most %" PRId64
                        ", the input being %" PRId64 " x %" PRId64 " with padding %" PRId64,
                        node->size, height < width ? height : width, in->height, in->width,
                        node->padding);
    node->shape = (nc__image_shape){node->outputs, (height - node->size) / node->stride + 1,
                                    (width - node->size) / node->stride + 1};
    return LIBNC_OK;
}

static int32_t parameters(const nc__node *node)
{
    return 1 + node->option;
}

static nc__parameter_shape parameter(const nc__node *node, const nc__image_shape *in, int32_t index)
{
    return index == 0 ? (nc__parameter_shape){node->outputs, in->channels * node->size * node->size,
                                              NC__ROLE_WEIGHT, 4}
                      : (nc__parameter_shape){1, node->outputs, NC__ROLE_BIAS, 1};
}

static void create(nc__node_run *run, nc__arena *arena)
{
    const nc__node *node = run->node;
    const nc__convolution_shape shape = {run->in.channels, run->in.height,     run->in.width,
                                         node->outputs,    node->shape.height, node->shape.width,
                                         node->size,       node->stride,       node->padding};
    workspace *w = nc__arena_alloc(arena, 1, sizeof *w);
    run->workspace = w;
    if (!w)
        return;
    w->convolution = nc__convolution_create(arena, &shape, run->scalar, run->backward);
    if (!run->backward || node->option == 0)
        return;
    w->scratch = nc__arena_tensor(arena, run->scalar, 1, nc__images_period(node->outputs));
    w->row = nc__arena_alloc(arena, (size_t)node->outputs, sizeof *w->row);
}

static void forward(nc__node_run *run)
{
    const workspace *w = run->workspace;
    nc__convolve(w->convolution, &run->parameters[0], &run->parameters[1], &run->x, &run->y);
}

static void backward(nc__node_run *run, bool first)
{
    const workspace *w = run->workspace;
    nc__convolve_weights(w->convolution, &run->x, &run->dy, !first, &run->gradients[0]);
    if (run->node->option == 1)
        nc__images_channel_sums(&run->dy, &w->scratch, w->row, !first, &run->gradients[1]);
    if (run->wants_dx)
        nc__convolve_data(w->convolution, &run->parameters[0], &run->dy, run->adds_dx, &run->dx);
}

const nc__node_kind nc__convolution_node = {.shape = find_shape,
                                            .parameters = parameters,
                                            .parameter = parameter,
                                            .create = create,
                                            .forward = forward,
                                            .backward = backward};
