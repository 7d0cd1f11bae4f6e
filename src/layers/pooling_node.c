/* SPDX-License-Identifier: MIT
 *
 * pooling_node.c: the largest value or the mean of windows.
 */
#include "layers/node.h"
#include "linalg/images.h"

#include <libnc/network.h>

#include <inttypes.h>

typedef struct workspace {
    nc__windows windows;
    nc__tensor scratch; /* channels values for each thread */
} workspace;

static libnc_status check_whole(libnc_context *context, const nc__node *node)
{
    const libnc_status status = nc__check_bounds(context, "stride", node->stride, 0, 0);
    return status ? status : nc__check_bounds(context, "padding", node->padding, 0, 0);
}

static libnc_status check_sizes(libnc_context *context, const nc__node *node)
{
    libnc_status status =
        nc__check_bounds(context, "kind", node->option, LIBNC_POOLING_MAX, LIBNC_POOLING_MEAN);
    if (!status)
        status = nc__check_bounds(context, "size", node->size, 0, NC__NODE_SIDE);
    if (status || node->size == 0)
        return status ? status : check_whole(context, node);
    const int64_t most = node->option == LIBNC_POOLING_MAX ? node->size / 2 : 0;
    status = nc__check_bounds(context, "stride", node->stride, 1, NC__NODE_SIDE);
    return status ? status : nc__check_bounds(context, "padding", node->padding, 0, most);
}

static libnc_status find_shape(libnc_context *context, nc__node *node, const nc__image_shape *in,
                               const nc__image_shape *with)
{
    (void)with;
    const libnc_status status = check_sizes(context, node);
    node->shape = (nc__image_shape){in->channels, 1, 1};
    if (status || node->size == 0)
        return status;
    const int64_t height = in->height + 2 * node->padding, width = in->width + 2 * node->padding;
    if (node->size > height || node->size > width)
        return nc__fail(context, LIBNC_ERROR_DIMENSION,
                        "size = %" PRId64 ": must be at most %" PRId64 ", the input being %" PRId64
                        " x %" PRId64 " with padding %" PRId64,
                        node->size, height < width ? height : width, in->height, in->width,
                        node->padding);
    node->shape.height = (height - node->size) / node->stride + 1;
    node->shape.width = (width - node->size) / node->stride + 1;
    return LIBNC_OK;
}

static void create(nc__node_run *run, nc__arena *arena)
{
    const nc__node *node = run->node;
    const bool whole = node->size == 0;
    workspace *w = nc__arena_alloc(arena, 1, sizeof *w);
    run->workspace = w;
    if (!w)
        return;
    w->windows = (nc__windows){.channels = run->in.channels,
                               .height = run->in.height,
                               .width = run->in.width,
                               .out_height = node->shape.height,
                               .out_width = node->shape.width,
                               .rows = whole ? run->in.height : node->size,
                               .cols = whole ? run->in.width : node->size,
                               .stride = node->stride,
                               .padding = node->padding};
    if (run->backward)
        w->scratch = nc__arena_tensor(arena, run->scalar, run->context->threads, run->in.channels);
}

static void forward(nc__node_run *run)
{
    const workspace *w = run->workspace;
    nc__images_pool(run->context, &w->windows, run->node->option == LIBNC_POOLING_MAX, &run->x,
                    &run->y);
}

static void backward(nc__node_run *run, bool first)
{
    (void)first;
    const workspace *w = run->workspace;
    if (!run->wants_dx)
        return;
    if (!run->adds_dx)
        nc__fill(&run->dx, 0);
    nc__images_pool_backward(run->context, &w->windows, run->node->option == LIBNC_POOLING_MAX,
                             &run->x, &run->y, &run->dy, &w->scratch, &run->dx);
}

const nc__node_kind nc__pooling_node = {
    .shape = find_shape, .create = create, .forward = forward, .backward = backward};
