/* SPDX-License-Identifier: MIT
 *
 * activation_node.c: ReLU, where the node before does not do it itself.
 */
#include "layers/node.h"
#include "linalg/images.h"

static libnc_status find_shape(libnc_context *context, nc__node *node, const nc__image_shape *in,
                               const nc__image_shape *with)
{
    (void)context;
    (void)with;
    node->shape = *in;
    return LIBNC_OK;
}

static void forward(nc__node_run *run)
{
    nc__images_relu(run->context, &run->x, &run->y);
}

static void backward(nc__node_run *run, bool first)
{
    (void)first;
    nc__images_relu_backward(run->context, &run->y, &run->dy);
    if (run->wants_dx && run->adds_dx)
        nc__images_add(run->context, &run->dx, &run->dy, false, &run->dx);
    else if (run->wants_dx)
        nc__copy(&run->dy, &run->dx);
}

const nc__node_kind nc__activation_node = {
    .shape = find_shape, .forward = forward, .backward = backward};
