/* SPDX-License-Identifier: MIT
 *
 * linear_head.c: forward and backward of the linear head (linear_head.h). Backward stands under
 * forward.
 */
#include "model/linear_head.h"

/* Multiply-adds of one gradient, N rows. */
static double chain_cost(const libnc_model *model, double samples)
{
    const double k = (double)model->classes, d = (double)model->widths[0];
    double cost = 3 * k * d * samples; /* logits, B_1, dH */
    for (int32_t j = 0; j + 1 < model->depth; j++)
        cost += 3 * k * (double)model->widths[j] * (double)model->widths[j + 1];
    return cost;
}

static double layered_cost(const libnc_model *model, double samples)
{
    double cost = 0;
    for (int32_t j = 0; j < model->depth; j++)
        cost += 3 * (double)model->widths[j] * (double)model->widths[j + 1] * samples;
    return cost;
}

bool nc__linear_head_prefers_chain(const libnc_model *model, int64_t samples)
{
    return chain_cost(model, (double)samples) <= layered_cost(model, (double)samples);
}

static libnc_status allocate(libnc_context *context, int32_t scalar, int64_t rows, int64_t cols,
                             nc__tensor *tensor)
{
    *tensor = nc__tensor_alloc(context, scalar, rows, cols);
    return tensor->data ? LIBNC_OK : LIBNC_ERROR_MEMORY;
}

static libnc_status create_chain(nc__linear_head *head)
{
    libnc_model *model = head->model;
    const int32_t depth = model->depth;
    libnc_status status = LIBNC_OK;
    for (int32_t j = 0; j < depth && status == LIBNC_OK; j++) {
        const int64_t width = model->widths[j];
        if (j == depth - 1)
            head->products[j] = *nc__model_head(model, depth);
        else
            status =
                allocate(model->context, model->scalar, model->classes, width, &head->products[j]);
        if (status == LIBNC_OK)
            status =
                allocate(model->context, model->scalar, model->classes, width, &head->collected[j]);
    }
    return status;
}

static libnc_status create_layered(nc__linear_head *head)
{
    libnc_model *model = head->model;
    int64_t widest = 0;
    libnc_status status = LIBNC_OK;
    for (int32_t j = 1; j < model->depth && status == LIBNC_OK; j++) {
        const int64_t width = model->widths[j];
        widest = width > widest ? width : widest;
        status = allocate(model->context, model->scalar, head->block, width, &head->hidden[j]);
    }
    for (int i = 0; i < 2 && status == LIBNC_OK && widest > 0; i++)
        status = allocate(model->context, model->scalar, head->block, widest, &head->back[i]);
    return status;
}

libnc_status nc__linear_head_create(nc__linear_head *head, libnc_model *model, int64_t block,
                                    int64_t samples)
{
    libnc_context *context = model->context;
    const size_t depth = (size_t)model->depth;
    *head = (nc__linear_head){.model = model, .block = block};
    head->chain = nc__linear_head_prefers_chain(model, samples);
    libnc_status status = LIBNC_ERROR_MEMORY;
    if ((head->products = nc__alloc(context, depth, sizeof *head->products)) &&
        (head->collected = nc__alloc(context, depth, sizeof *head->collected)) &&
        (head->hidden = nc__alloc(context, depth, sizeof *head->hidden)))
        status = head->chain ? create_chain(head) : create_layered(head);
    if (status != LIBNC_OK)
        nc__linear_head_destroy(head);
    return status;
}

void nc__linear_head_destroy(nc__linear_head *head)
{
    if (!head->model)
        return;
    libnc_context *context = head->model->context;
    for (int32_t j = 0; j < head->model->depth; j++) {
        if (head->products && j + 1 < head->model->depth)
            nc__free(context, head->products[j].data);
        if (head->collected)
            nc__free(context, head->collected[j].data);
        if (head->hidden)
            nc__free(context, head->hidden[j].data);
    }
    nc__free(context, head->back[0].data);
    nc__free(context, head->back[1].data);
    nc__free(context, head->hidden);
    nc__free(context, head->collected);
    nc__free(context, head->products);
    *head = (nc__linear_head){0};
}

/* P_j = P_{j+1} W_j */
void nc__linear_head_prepare(nc__linear_head *head)
{
    if (!head->chain)
        return;
    libnc_model *model = head->model;
    for (int32_t j = model->depth - 1; j >= 1; j--)
        nc__gemm(model->context, false, false, 1, &head->products[j], nc__model_head(model, j), 0,
                 &head->products[j - 1]);
}

/* Z = H P_1^T, or H_{j+1} = H_j W_j^T up to Z */
void nc__linear_head_forward(nc__linear_head *head, const nc__tensor *features, nc__tensor *logits)
{
    libnc_model *model = head->model;
    if (head->chain) {
        nc__gemm(model->context, false, true, 1, features, &head->products[0], 0, logits);
        return;
    }
    nc__tensor in = *features;
    for (int32_t j = 1; j <= model->depth; j++) {
        nc__tensor out =
            j == model->depth ? *logits : nc__tensor_rows(&head->hidden[j], 0, features->rows);
        nc__gemm(model->context, false, true, 1, &in, nc__model_head(model, j), 0, &out);
        in = out;
    }
}

static void backward_layered(nc__linear_head *head, bool first, const nc__tensor *features,
                             const nc__tensor *e, nc__tensor *const *gradients,
                             nc__tensor *d_features)
{
    libnc_model *model = head->model;
    nc__tensor g = *e;
    for (int32_t j = model->depth; j >= 1; j--) {
        nc__tensor in =
            j == 1 ? *features : nc__tensor_rows(&head->hidden[j - 1], 0, features->rows);
        nc__gemm(model->context, true, false, 1, &g, &in, first ? 0 : 1, gradients[j - 1]);
        if (j == 1 && !d_features)
            return;
        nc__tensor below;
        if (j == 1) {
            below = *d_features;
        } else {
            below = nc__tensor_rows(&head->back[j % 2], 0, e->rows);
            below.cols = below.stride = model->widths[j - 1];
        }
        nc__gemm(model->context, false, false, 1, &g, nc__model_head(model, j), 0, &below);
        g = below;
    }
}

/* B_1 += E^T H and dH = E P_1, or dW_j += G_j^T H_j and G_{j-1} = G_j W_j */
void nc__linear_head_backward(nc__linear_head *head, bool first, const nc__tensor *features,
                              const nc__tensor *e, nc__tensor *const *gradients,
                              nc__tensor *d_features)
{
    if (!head->chain) {
        backward_layered(head, first, features, e, gradients, d_features);
        return;
    }
    libnc_context *context = head->model->context;
    nc__gemm(context, true, false, 1, e, features, first ? 0 : 1, &head->collected[0]);
    if (d_features)
        nc__gemm(context, false, false, 1, e, &head->products[0], 0, d_features);
}

/* B_{j+1} = B_j W_j^T, dW_j = P_{j+1}^T B_j, dW_M = B_M */
void nc__linear_head_finish(nc__linear_head *head, nc__tensor *const *gradients)
{
    if (!head->chain)
        return;
    libnc_model *model = head->model;
    const int32_t depth = model->depth;
    for (int32_t j = 1; j < depth; j++) {
        nc__gemm(model->context, false, true, 1, &head->collected[j - 1], nc__model_head(model, j),
                 0, &head->collected[j]);
        nc__gemm(model->context, true, false, 1, &head->products[j], &head->collected[j - 1], 0,
                 gradients[j - 1]);
    }
    nc__copy(&head->collected[depth - 1], gradients[depth - 1]);
}
