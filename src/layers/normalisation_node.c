/* SPDX-License-Identifier: MIT
 *
 * normalisation_node.c: batch norm (libnc/network.h, linalg/batch_norm.h).
 */
#include "layers/node.h"
#include "linalg/batch_norm.h"
#include "linalg/images.h"

static libnc_status find_shape(libnc_context *context, nc__node *node, const nc__image_shape *in,
                               const nc__image_shape *with)
{
    (void)context;
    (void)with;
    node->shape = *in;
    return LIBNC_OK;
}

static int32_t parameters(const nc__node *node)
{
    (void)node;
    return 2;
}

static nc__parameter_shape parameter(const nc__node *node, const nc__image_shape *in, int32_t index)
{
    (void)node;
    return (nc__parameter_shape){1, in->channels, index == 0 ? NC__ROLE_SCALE : NC__ROLE_BIAS, 1};
}

static void create(nc__node_run *run, nc__arena *arena)
{
    run->workspace = nc__batch_norm_create(arena, run->rows, nc__image_pixels(&run->in),
                                           run->in.channels, run->scalar);
}

static void forward(nc__node_run *run)
{
    nc__batch_norm *b = run->workspace;
    if (run->training) {
        nc__batch_norm_measure(b, &run->x);
        nc__batch_norm_average(b, run->x.rows, run->share, &run->states[0], &run->states[1]);
    } else {
        nc__batch_norm_set(b, &run->states[0], &run->states[1]);
    }
    nc__batch_norm_forward(b, &run->parameters[0], &run->parameters[1], &run->x, run->relu,
                           &run->y);
}

static void backward(nc__node_run *run, bool first)
{
    if (run->relu)
        nc__images_relu_backward(run->context, &run->y, &run->dy);
    nc__batch_norm_backward(run->workspace, &run->parameters[0], &run->x, &run->dy, !first,
                            &run->gradients[0], &run->gradients[1], run->adds_dx,
                            run->wants_dx ? &run->dx : NULL);
}

const nc__node_kind nc__normalisation_node = {.states = 2,
                                              .activates = true,
                                              .shape = find_shape,
                                              .parameters = parameters,
                                              .parameter = parameter,
                                              .create = create,
                                              .forward = forward,
                                              .backward = backward};
