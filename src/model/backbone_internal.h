/* SPDX-License-Identifier: MIT
 *
 * backbone_internal.h: what the shape of a backbone is made of.
 */
#ifndef NC__BACKBONE_INTERNAL_H
#define NC__BACKBONE_INTERNAL_H

#include "base/base.h"

#include <libnc/backbone.h>

enum { NC__MAX_LAYERS = 1000 };

/* Room for all layers from the start, 12 KB: adding one cannot fail for memory. */
struct libnc_backbone {
    libnc_context *context;
    int64_t inputs; /* p */
    int32_t layers;
    int64_t outputs[NC__MAX_LAYERS];
    int32_t activations[NC__MAX_LAYERS];
};

#endif
