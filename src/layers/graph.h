/* SPDX-License-Identifier: MIT
 *
 * graph.h: a network at work on blocks of images, forward and backward.
 *
 * Values of every node, and their gradients, are allocated once; steps allocate nothing. Blocks are
 * rows as a dataset has them, channel by channel, and so are features.
 */
#ifndef NC__GRAPH_H
#define NC__GRAPH_H

#include "layers/network_internal.h"

typedef struct nc__graph {
    const libnc_network *network;
    nc__node_run *runs;    /* of every node; the input's holds its values alone */
    int32_t *first;        /* parameter of each node */
    int64_t *source;       /* node that holds the values of each: another where a ReLU was joined */
    nc__tensor *gradients; /* of each node's values; NULL data where nobody asks */
    nc__tensor *values;
    nc__tensor features; /* channel by channel; NULL data where they are in order */
} nc__graph;

/* What batch norm uses, and how much of a batch its running statistics take. */
typedef struct nc__pass {
    bool training; /* the batch's statistics */
    double share;
} nc__pass;

/* Images at a time that suit a network, where batch norm does not ask for all. */
int64_t nc__graph_block(const libnc_network *network);

/* For blocks of at most `rows`; parameters and states in the order of the nodes. The network must
 * outlive the graph. */
libnc_status nc__graph_create(nc__graph *graph, nc__arena *arena, const libnc_network *network,
                              const nc__tensor *parameters, const nc__tensor *states,
                              int32_t scalar, int64_t rows, bool training);

/* The features of a block (a view into the workspace, or the inputs themselves). */
nc__tensor nc__graph_forward(nc__graph *graph, nc__pass pass, const nc__tensor *inputs);

/* After forward: the parameters' gradients from d_features, which is overwritten; set for the
 * `first` block, added to later. */
void nc__graph_backward(nc__graph *graph, bool first, nc__tensor *d_features,
                        nc__tensor *gradients);

#endif
