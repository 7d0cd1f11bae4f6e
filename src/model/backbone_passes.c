/* SPDX-License-Identifier: MIT
 *
 * backbone_passes.c: forward and backward of the backbone (backbone_passes.h). Backward stands
 * under forward.
 */
#include "model/backbone_passes.h"

static nc__tensor *weight_of(libnc_model *model, int32_t layer)
{
    return &model->parameters[nc__model_backbone_index(model, layer)].value;
}

static nc__tensor *bias_of(libnc_model *model, int32_t layer)
{
    return &model->parameters[nc__model_backbone_index(model, layer) + 1].value;
}

libnc_status nc__backbone_passes_create(nc__backbone_passes *backbone, nc__arena *arena,
                                        libnc_model *model, int64_t block, bool training)
{
    const size_t layers = (size_t)model->layers;
    *backbone = (nc__backbone_passes){.model = model, .block = block};
    backbone->outputs = nc__arena_alloc(arena, layers, sizeof *backbone->outputs);
    if (training)
        backbone->back = nc__arena_alloc(arena, layers, sizeof *backbone->back);
    for (int32_t l = 0; l < model->layers && !arena->failed; l++) {
        const int64_t width = nc__model_backbone_width(model, l + 2);
        backbone->outputs[l] = nc__arena_tensor(arena, model->scalar, block, width);
        if (training && l + 1 < model->layers)
            backbone->back[l] = nc__arena_tensor(arena, model->scalar, block, width);
    }
    return nc__arena_status(arena);
}

typedef struct layer_work {
    const nc__tensor *bias;
    bool relu;
    nc__tensor *x;
    const nc__tensor *output; /* backward: x is the gradient */
} layer_work;

static void share_rows(libnc_context *context, nc__work_fn work, layer_work *argument)
{
    if (context->threads > 1 && argument->x->rows * argument->x->cols >= NC__SHARED_VALUES)
        nc__parallel(context, work, argument);
    else
        work(argument, 0, 1);
}

static void activate_part(void *argument, int32_t part, int32_t parts)
{
    const layer_work *work = argument;
    int64_t begin, end;
    nc__share(work->x->rows, 1, part, parts, &begin, &end);
    nc__tensor x = nc__tensor_rows(work->x, begin, end - begin);
    nc__add_bias(work->bias, work->relu, &x);
}

/* A_l = act(A_{l-1} W_l^T + 1 b_l^T) */
nc__tensor nc__backbone_forward(nc__backbone_passes *backbone, const nc__tensor *inputs)
{
    libnc_model *model = backbone->model;
    nc__tensor in = *inputs;
    for (int32_t l = 1; l <= model->layers; l++) {
        nc__tensor out = nc__tensor_rows(&backbone->outputs[l - 1], 0, inputs->rows);
        nc__gemm(model->context, false, true, 1, &in, weight_of(model, l), 0, &out);
        layer_work work = {bias_of(model, l), model->activations[l - 1] == LIBNC_ACTIVATION_RELU,
                           &out, NULL};
        share_rows(model->context, activate_part, &work);
        in = out;
    }
    return in;
}

static void deactivate_part(void *argument, int32_t part, int32_t parts)
{
    const layer_work *work = argument;
    int64_t begin, end;
    nc__share(work->x->rows, 1, part, parts, &begin, &end);
    nc__tensor x = nc__tensor_rows(work->x, begin, end - begin);
    nc__tensor output = nc__tensor_rows(work->output, begin, end - begin);
    nc__relu_backward(&output, &x);
}

/* G_l = act'(A_l) dA_l; dW_l += G_l^T A_{l-1}; db_l += 1^T G_l; dA_{l-1} = G_l W_l */
void nc__backbone_backward(nc__backbone_passes *backbone, bool first, const nc__tensor *inputs,
                           nc__tensor *d_features, nc__tensor *gradients)
{
    libnc_model *model = backbone->model;
    nc__tensor g = *d_features;
    for (int32_t l = model->layers; l >= 1; l--) {
        nc__tensor out = nc__tensor_rows(&backbone->outputs[l - 1], 0, inputs->rows);
        if (model->activations[l - 1] == LIBNC_ACTIVATION_RELU) {
            layer_work work = {NULL, false, &g, &out};
            share_rows(model->context, deactivate_part, &work);
        }
        nc__tensor in =
            l == 1 ? *inputs : nc__tensor_rows(&backbone->outputs[l - 2], 0, inputs->rows);
        nc__gemm(model->context, true, false, 1, &g, &in, first ? 0 : 1, &gradients[2 * (l - 1)]);
        if (first)
            nc__fill(&gradients[2 * (l - 1) + 1], 0);
        nc__add_column_sums(&g, NULL, &gradients[2 * (l - 1) + 1]);
        if (l == 1)
            return;
        nc__tensor below = nc__tensor_rows(&backbone->back[l - 2], 0, inputs->rows);
        nc__gemm(model->context, false, false, 1, &g, weight_of(model, l), 0, &below);
        g = below;
    }
}
