/* SPDX-License-Identifier: MIT
 *
 * evaluate.c: the public forward pass, in blocks of rows.
 */
#include "data/dataset_internal.h"
#include "model/model_graph.h"
#include "model/model_internal.h"

/* Rows of free features at a time: enough for full speed of the products, little memory. */
enum { BLOCK_ROWS = 1024 };

typedef struct forward_pass {
    nc__arena arena;
    libnc_model *model;
    nc__graph graph;
    int64_t block;
    nc__tensor inputs;    /* a block in the model's scalar type */
    nc__tensor hidden[2]; /* head layers alternate */
} forward_pass;

static libnc_status begin_pass(forward_pass *pass, libnc_model *model, int64_t rows)
{
    const int64_t most = model->network ? nc__graph_block(model->network) : BLOCK_ROWS;
    const int64_t block = rows < most ? rows : most;
    int64_t widest = model->classes;
    for (int32_t j = 0; j < model->depth; j++)
        widest = model->widths[j] > widest ? model->widths[j] : widest;
    *pass = (forward_pass){.arena = {.context = model->context}, .model = model, .block = block};
    for (int i = 0; i < 2; i++)
        pass->hidden[i] = nc__arena_tensor(&pass->arena, model->scalar, block, widest);
    if (!nc__model_is_free(model))
        pass->inputs = nc__arena_tensor(&pass->arena, model->scalar, block, model->inputs);
    if (pass->arena.failed || nc__model_is_free(model))
        return nc__arena_status(&pass->arena);
    return nc__model_graph_create(&pass->graph, &pass->arena, model, block, false);
}

static nc__tensor features_of(forward_pass *pass, const libnc_dataset *dataset, int64_t begin,
                              int64_t rows)
{
    if (nc__model_is_free(pass->model))
        return nc__tensor_rows(nc__model_features(pass->model), begin, rows);
    nc__tensor all = nc__tensor_inputs(dataset);
    nc__tensor from = nc__tensor_rows(&all, begin, rows);
    nc__tensor to = nc__tensor_rows(&pass->inputs, 0, rows);
    nc__convert(&from, &to);
    return nc__graph_forward(&pass->graph, (nc__pass){.training = false}, &to);
}

/* Head layers below `layer`, and the bias where that is beyond the last. */
static void evaluate_block(forward_pass *pass, nc__tensor in, int32_t layer, double *out)
{
    libnc_model *model = pass->model;
    for (int32_t j = 1; j < layer; j++) {
        nc__tensor next = nc__tensor_rows(&pass->hidden[j % 2], 0, in.rows);
        next.cols = next.stride = model->widths[j];
        nc__gemm(model->context, false, true, 1, &in, nc__model_head(model, j), 0, &next);
        in = next;
    }
    if (layer == model->depth + 1) {
        nc__tensor bias = nc__model_bias(model);
        nc__add_bias(&bias, false, &in);
    }
    nc__to_double(&in, out);
}

libnc_status libnc_model_evaluate(libnc_model *model, const libnc_dataset *dataset, int32_t layer,
                                  double *out, size_t size)
{
    if (!model)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = model->context;
    if (layer < 1 || layer > model->depth + 1)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "layer = %d: must be from 1 to %d", layer,
                        model->depth + 1);
    if (!out)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "out = NULL: must be given");
    libnc_status status = nc__model_check_dataset(model, dataset);
    if (status != LIBNC_OK)
        return status;
    const int64_t rows = nc__model_is_free(model) ? model->samples : libnc_dataset_count(dataset);
    const int64_t width = model->widths[layer - 1];
    if (size / (size_t)width != (size_t)rows || size % (size_t)width != 0)
        return nc__fail(context, LIBNC_ERROR_DIMENSION, "size = %zu: must be %lld x %lld", size,
                        (long long)rows, (long long)width);
    if (model->sync)
        model->sync(model->sync_user);
    forward_pass pass;
    status = begin_pass(&pass, model, rows);
    for (int64_t begin = 0; begin < rows && status == LIBNC_OK; begin += pass.block) {
        const int64_t count = rows - begin < pass.block ? rows - begin : pass.block;
        nc__tensor features = features_of(&pass, dataset, begin, count);
        evaluate_block(&pass, features, layer, out + begin * width);
    }
    nc__arena_release(&pass.arena);
    return status;
}
