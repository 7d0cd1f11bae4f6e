/* SPDX-License-Identifier: MIT
 *
 * backbone.c: the shape of a backbone, a list of layers (libnc/backbone.h).
 */
#include "model/backbone_internal.h"

#include "linalg/tensor.h"

libnc_status libnc_backbone_create(libnc_backbone **backbone, libnc_context *context,
                                   int64_t inputs)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = nc__check_given(context, "backbone", backbone);
    if (status == LIBNC_OK)
        status = nc__check_dimension(context, "inputs", inputs);
    if (status != LIBNC_OK)
        return status;
    libnc_backbone *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = context;
    created->inputs = inputs;
    *backbone = created;
    return LIBNC_OK;
}

void libnc_backbone_destroy(libnc_backbone *backbone)
{
    if (backbone)
        nc__free(backbone->context, backbone);
}

libnc_status libnc_backbone_add_affine(libnc_backbone *backbone, int64_t outputs,
                                       int32_t activation)
{
    if (!backbone)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = backbone->context;
    const libnc_status status = nc__check_dimension(context, "outputs", outputs);
    if (status != LIBNC_OK)
        return status;
    if (activation != LIBNC_ACTIVATION_IDENTITY && activation != LIBNC_ACTIVATION_RELU)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "activation = %d: must be %d or %d",
                        activation, LIBNC_ACTIVATION_IDENTITY, LIBNC_ACTIVATION_RELU);
    if (backbone->layers == NC__MAX_LAYERS)
        return nc__fail(context, LIBNC_ERROR_UNSUPPORTED,
                        "backbone: has %d layers, and can have no more", NC__MAX_LAYERS);
    backbone->outputs[backbone->layers] = outputs;
    backbone->activations[backbone->layers++] = activation;
    return LIBNC_OK;
}

int32_t libnc_backbone_layers(const libnc_backbone *backbone)
{
    return backbone ? backbone->layers : 0;
}

int64_t libnc_backbone_outputs(const libnc_backbone *backbone)
{
    if (!backbone)
        return 0;
    return backbone->layers > 0 ? backbone->outputs[backbone->layers - 1] : backbone->inputs;
}
