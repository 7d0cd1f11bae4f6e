/* SPDX-License-Identifier: MIT
 *
 * sum_node.c: residual sums.
 */
#include "layers/node.h"
#include "linalg/images.h"

#include <inttypes.h>

static libnc_status find_shape(libnc_context *context, nc__node *node, const nc__image_shape *in,
                               const nc__image_shape *with)
{
    node->shape = *in;
    if (in->channels == with->channels && in->height == with->height && in->width == with->width)
        return LIBNC_OK;
    return nc__fail(context, LIBNC_ERROR_DIMENSION,
                    "node = %" PRId64 ": gives %" PRId64 " x %" PRId64 " x %" PRId64
                    ": must be %" PRId64 " x %" PRId64 " x %" PRId64 ", as what it is added to",
                    node->with, with->channels, with->height, with->width, in->channels, in->height,
                    in->width);
}

static void forward(nc__node_run *run)
{
    nc__images_add(run->context, &run->x, &run->with, run->relu, &run->y);
}

static void pass_on(nc__node_run *run, bool add, nc__tensor *gradient)
{
    if (add)
        nc__images_add(run->context, gradient, &run->dy, false, gradient);
    else
        nc__copy(&run->dy, gradient);
}

static void backward(nc__node_run *run, bool first)
{
    (void)first;
    if (run->relu)
        nc__images_relu_backward(run->context, &run->y, &run->dy);
    if (run->wants_dx)
        pass_on(run, run->adds_dx, &run->dx);
    if (run->wants_d_with)
        pass_on(run, run->adds_d_with, &run->d_with);
}

const nc__node_kind nc__sum_node = {
    .activates = true, .shape = find_shape, .forward = forward, .backward = backward};
