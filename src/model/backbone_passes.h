/* SPDX-License-Identifier: MIT
 *
 * backbone_passes.h: affine layers with ReLU or nothing between data and features.
 *
 * Layer l: A_l = act(A_{l-1} W_l^T + 1 b_l^T), A_0 the inputs (rows x p), W_l out x in.
 */
#ifndef NC__BACKBONE_PASSES_H
#define NC__BACKBONE_PASSES_H

#include "model/model_internal.h"

typedef struct nc__backbone_passes {
    libnc_model *model;
    int64_t block;
    nc__tensor *outputs; /* A_1 .. A_layers, block rows each */
    nc__tensor *back;    /* gradients of A_1 .. A_{layers - 1}; NULL without training */
} nc__backbone_passes;

libnc_status nc__backbone_passes_create(nc__backbone_passes *backbone, nc__arena *arena,
                                        libnc_model *model, int64_t block, bool training);

/* The features of a block of inputs (a view into the workspace, or the inputs themselves). */
nc__tensor nc__backbone_forward(nc__backbone_passes *backbone, const nc__tensor *inputs);

/* After forward: the parameters' gradients (weight, bias, weight, ... as in the model) from
 * d_features, which is overwritten; set for the `first` block, added to later. */
void nc__backbone_backward(nc__backbone_passes *backbone, bool first, const nc__tensor *inputs,
                           nc__tensor *d_features, nc__tensor *gradients);

#endif
