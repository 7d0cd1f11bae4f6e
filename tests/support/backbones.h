/* SPDX-License-Identifier: MIT
 *
 * backbones.h: backbones and the models on them in one call, in the context of the fixture.
 */
#ifndef BACKBONES_H
#define BACKBONES_H

#include "support/context_fixture.h"

#include <libnc/model.h>

static inline libnc_backbone *backbone_of(int64_t inputs, int32_t layers, const int64_t *outputs,
                                          const int32_t *activations)
{
    libnc_backbone *backbone;
    must(libnc_backbone_create(&backbone, context, inputs));
    for (int32_t l = 0; l < layers; l++)
        must(libnc_backbone_add_affine(backbone, outputs[l], activations[l]));
    return backbone;
}

/* Which takes the backbone along. */
static inline libnc_model *model_on(libnc_backbone *backbone, int32_t scalar, int64_t class_count,
                                    int32_t depth, const int64_t *widths, int32_t bias)
{
    libnc_model *model;
    must(libnc_model_create_backbone(&model, backbone, scalar, class_count, depth, widths, bias));
    libnc_backbone_destroy(backbone);
    return model;
}

#endif
