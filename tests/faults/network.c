/* SPDX-License-Identifier: MIT
 *
 * network.c: the allocations of the functions of libnc/network.h.
 */
#include "faults/tables.h"

static libnc_status call_network_create(world *w)
{
    return libnc_network_create(&made.network, w->context, 3, 8, 8);
}

static libnc_status call_network_create_named(world *w)
{
    return libnc_network_create_named(&made.network, w->context, "resnet18", 3, 8, 8, 2);
}

/* One node more than there is room for. */
static libnc_network *full;

static void fill_network(world *w)
{
    must(libnc_network_create(&full, w->context, 1, 1, 1));
    while (libnc_network_nodes(full) < 63)
        must(libnc_network_normalisation(full));
}

static libnc_status call_network_normalisation(world *w)
{
    (void)w;
    const libnc_status status = libnc_network_normalisation(full);
    if (status == LIBNC_OK)
        made.network = full;
    return status;
}

static const fault_case cases[] = {
    {"libnc_network_create", .call = call_network_create},
    {"libnc_network_create_named", .call = call_network_create_named},
    {"libnc_network_normalisation", .call = call_network_normalisation, .prepare = fill_network},
};

static libnc_network *network;

static void before_steady(world *w)
{
    must(libnc_network_create(&network, w->context, 3, 9, 9));
}

static void after_steady(world *w)
{
    (void)w;
    libnc_network_destroy(network);
}

/* There is room for as many nodes from the start. */
static void steady(world *w)
{
    int64_t channels, height, width;
    STEADY(libnc_network_pad(network, 1));
    STEADY(libnc_network_convolution(network, 4, 3, 1, 1, 1));
    STEADY(libnc_network_name(network, "conv1"));
    STEADY(libnc_network_activation(network, LIBNC_ACTIVATION_RELU));
    STEADY(libnc_network_from(network, 2));
    STEADY(libnc_network_add(network, 3));
    STEADY(libnc_network_pooling(network, LIBNC_POOLING_MAX, 2, 2, 0));
    STEADY(libnc_network_affine(network, 4));
    STEADY(libnc_network_shape(network, 2, &channels, &height, &width));
    GETTER(libnc_network_nodes(network));
    GETTER(libnc_network_outputs(network));
}

const fault_table network_faults = {"network",
                                    .cases = cases,
                                    .count = FAULT_CASES(cases),
                                    .steady = steady,
                                    .before_steady = before_steady,
                                    .after_steady = after_steady};
