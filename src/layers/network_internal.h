/* SPDX-License-Identifier: MIT
 *
 * network_internal.h: what a network is made of, for the modules layers and model.
 */
#ifndef NC__NETWORK_INTERNAL_H
#define NC__NETWORK_INTERNAL_H

#include "layers/node.h"

#include <libnc/network.h>

enum { NC__MAX_NODES = 10000 };

struct libnc_network {
    libnc_context *context;
    int64_t count; /* nodes with the input, which is nodes[0] */
    int64_t room;  /* of nodes */
    int64_t from;  /* that the next node takes its input from */
    nc__node *nodes;
};

/* A copy in the same context. */
libnc_status nc__network_copy(libnc_network **copy, const libnc_network *network);
/* Room for so many nodes with the input. */
libnc_status nc__network_reserve(libnc_network *network, int64_t count);
/* Adds a node as it is described, but for its shape, which follows; checks all of it. */
libnc_status nc__network_add_node(libnc_network *network, const nc__node *node);
/* LIBNC_ERROR_ARGUMENT where a node but the last is not taken up. */
libnc_status nc__network_check_whole(const libnc_network *network);

/* Parameters of all nodes, and states. */
int32_t nc__network_parameters(const libnc_network *network);
int32_t nc__network_states(const libnc_network *network);
bool nc__network_has_normalisation(const libnc_network *network);
/* Every node gives an image of 1 x 1, as in an MLP. */
bool nc__network_is_flat(const libnc_network *network);

#endif
