/* SPDX-License-Identifier: MIT
 *
 * backbone_internal.h: what the shape of a backbone is made of.
 */
#ifndef NC__BACKBONE_INTERNAL_H
#define NC__BACKBONE_INTERNAL_H

#include "layers/network_internal.h"

#include <libnc/backbone.h>

enum { NC__MAX_LAYERS = 1000 };

/* A network of affine layers and activations. */
struct libnc_backbone {
    libnc_context *context;
    int32_t layers;
    libnc_network *network;
};

#endif
