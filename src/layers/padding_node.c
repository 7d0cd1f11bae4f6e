/* SPDX-License-Identifier: MIT
 *
 * padding_node.c: a border of zeros.
 */
#include "layers/node.h"
#include "linalg/images.h"

static libnc_status find_shape(libnc_context *context, nc__node *node, const nc__image_shape *in,
                               const nc__image_shape *with)
{
    (void)with;
    const libnc_status status =
        nc__check_bounds(context, "border", node->padding, 1, NC__NODE_SIDE);
    if (status)
        return status;
    node->shape = *in;
    node->shape.height += 2 * node->padding;
    node->shape.width += 2 * node->padding;
    return LIBNC_OK;
}

/* Rows of pixels, from the inside of the border or into it. */
static nc__walk rows_of(const nc__node_run *run, bool inwards)
{
    const int64_t row = run->in.width * run->in.channels,
                  full = run->node->shape.width * run->in.channels;
    return (nc__walk){
        {1, run->in.height, row}, {0, inwards ? row : full, 1}, {0, inwards ? full : row, 1}};
}

static int64_t first_of(const nc__node_run *run)
{
    const int64_t border = run->node->padding;
    return (border * run->node->shape.width + border) * run->in.channels;
}

/* The border stays as it was allocated. */
static void forward(nc__node_run *run)
{
    const nc__walk walk = rows_of(run, true);
    nc__images_copy(run->context, &walk, false, &run->x, 0, &run->y, first_of(run));
}

static void backward(nc__node_run *run, bool first)
{
    (void)first;
    const nc__walk walk = rows_of(run, false);
    if (run->wants_dx)
        nc__images_copy(run->context, &walk, run->adds_dx, &run->dy, first_of(run), &run->dx, 0);
}

const nc__node_kind nc__padding_node = {
    .shape = find_shape, .forward = forward, .backward = backward};
