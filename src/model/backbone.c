/* SPDX-License-Identifier: MIT
 *
 * backbone.c: the shape of a backbone: a network that is a list of affine layers
 * (libnc/backbone.h).
 */
#include "model/backbone_internal.h"

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
    status = libnc_network_create(&created->network, context, inputs, 1, 1);
    if (status == LIBNC_OK)
        *backbone = created;
    else
        libnc_backbone_destroy(created);
    return status;
}

void libnc_backbone_destroy(libnc_backbone *backbone)
{
    if (!backbone)
        return;
    libnc_network_destroy(backbone->network);
    nc__free(backbone->context, backbone);
}

/* The layer, or nothing. */
static libnc_status add_layer(libnc_network *network, int64_t outputs, int32_t activation)
{
    const int64_t count = network->count, from = network->from;
    libnc_status status = libnc_network_affine(network, outputs);
    if (status == LIBNC_OK && activation != LIBNC_ACTIVATION_IDENTITY)
        status = libnc_network_activation(network, activation);
    if (status != LIBNC_OK) {
        network->count = count;
        network->from = from;
    }
    return status;
}

libnc_status libnc_backbone_add_affine(libnc_backbone *backbone, int64_t outputs,
                                       int32_t activation)
{
    if (!backbone)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = backbone->context;
    libnc_status status = nc__check_dimension(context, "outputs", outputs);
    if (status != LIBNC_OK)
        return status;
    if (activation != LIBNC_ACTIVATION_IDENTITY && activation != LIBNC_ACTIVATION_RELU)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "activation = %d: must be %d or %d",
                        activation, LIBNC_ACTIVATION_IDENTITY, LIBNC_ACTIVATION_RELU);
    if (backbone->layers == NC__MAX_LAYERS)
        return nc__fail(context, LIBNC_ERROR_UNSUPPORTED,
                        "backbone: has %d layers, and can have no more", NC__MAX_LAYERS);
    status = add_layer(backbone->network, outputs, activation);
    backbone->layers += status == LIBNC_OK;
    return status;
}

int32_t libnc_backbone_layers(const libnc_backbone *backbone)
{
    return backbone ? backbone->layers : 0;
}

int64_t libnc_backbone_outputs(const libnc_backbone *backbone)
{
    return backbone ? libnc_network_outputs(backbone->network) : 0;
}
