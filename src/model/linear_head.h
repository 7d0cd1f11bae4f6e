/* SPDX-License-Identifier: MIT
 *
 * linear_head.h: the linear head z = W_M ... W_1 h + b and its gradient, in chain order or layer by
 * layer.
 *
 * With E = d loss / d logits (rows x K, one row per sample):
 *   chain order (doc/theory.md): P_j = W_M ... W_j (K x d_j); B_1 = E^T H, B_{j+1} = B_j W_j^T;
 *       dW_j = P_{j+1}^T B_j, dH = E P_1: O(M K d^2 + K d N).
 *   layer by layer: H_{j+1} = H_j W_j^T; G_M = E, G_{j-1} = G_j W_j; dW_j = G_j^T H_j: O(M d^2 N).
 * The order is chosen from the shapes.
 */
#ifndef NC__LINEAR_HEAD_H
#define NC__LINEAR_HEAD_H

#include "model/model_internal.h"

typedef struct nc__linear_head {
    libnc_model *model;
    int64_t block;         /* rows of samples at a time */
    bool chain;            /* chain order */
    nc__tensor *products;  /* chain: P_1 .. P_M, with P_M a view of W_M; index j - 1 */
    nc__tensor *collected; /* chain: B_1 .. B_M */
    nc__tensor *hidden;    /* layer by layer: H_2 .. H_M, then G like the widest */
    nc__tensor back[2];
} nc__linear_head;

/* True where the chain order takes fewer operations for `samples` rows. */
bool nc__linear_head_prefers_chain(const libnc_model *model, int64_t samples);

/* Workspace for blocks of at most `block` of `samples` rows. */
libnc_status nc__linear_head_create(nc__linear_head *head, nc__arena *arena, libnc_model *model,
                                    int64_t block, int64_t samples);

/* Once per evaluation, after the weights changed: the products P_j. */
void nc__linear_head_prepare(nc__linear_head *head);
/* logits = head of features (rows x d_1), without bias. */
void nc__linear_head_forward(nc__linear_head *head, const nc__tensor *features, nc__tensor *logits);
/* Per block, after forward: sets the weights' gradients (index j - 1) or B_1 for the `first` block,
 * adds to them later, and sets d_features (unless NULL) from E. */
void nc__linear_head_backward(nc__linear_head *head, bool first, const nc__tensor *features,
                              const nc__tensor *e, nc__tensor *const *gradients,
                              nc__tensor *d_features);
/* After the last block: chain order only now writes the weights' gradients. */
void nc__linear_head_finish(nc__linear_head *head, nc__tensor *const *gradients);

#endif
