/* SPDX-License-Identifier: MIT
 *
 * node_kinds.c: the kinds of nodes by their numbers.
 */
#include "layers/node_kinds.h"

static const nc__node_kind *const kinds[] = {
    [NC__NODE_PADDING] = &nc__padding_node,
    [NC__NODE_CONVOLUTION] = &nc__convolution_node,
    [NC__NODE_NORMALISATION] = &nc__normalisation_node,
    [NC__NODE_ACTIVATION] = &nc__activation_node,
    [NC__NODE_POOLING] = &nc__pooling_node,
    [NC__NODE_AFFINE] = &nc__affine_node,
    [NC__NODE_SUM] = &nc__sum_node,
};
_Static_assert(sizeof kinds / sizeof *kinds == NC__NODE_KINDS, "every kind has its functions");

const nc__node_kind *nc__node_kind_of(int32_t number)
{
    return kinds[number];
}

int32_t nc__node_parameters(const nc__node *node)
{
    const nc__node_kind *kind = kinds[node->kind];
    return kind && kind->parameters ? kind->parameters(node) : 0;
}
