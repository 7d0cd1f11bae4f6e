/* SPDX-License-Identifier: MIT
 *
 * node_kinds.h: the kinds of nodes by their numbers.
 */
#ifndef NC__NODE_KINDS_H
#define NC__NODE_KINDS_H

#include "layers/node.h"

/* NULL for the input. */
const nc__node_kind *nc__node_kind_of(int32_t number);
int32_t nc__node_parameters(const nc__node *node);

#endif
