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

static void create_chain(nc__linear_head *head, nc__arena *arena)
{
    libnc_model *model = head->model;
    const int64_t K = model->classes;
    for (int32_t j = 0; j < model->depth && !arena->failed; j++) {
        const int64_t width = model->widths[j];
        head->products[j] = j == model->depth - 1
                                ? *nc__model_head(model, model->depth)
                                : nc__arena_tensor(arena, model->scalar, K, width);
        head->collected[j] = nc__arena_tensor(arena, model->scalar, K, width);
    }
}

static void create_layered(nc__linear_head *head, nc__arena *arena)
{
    libnc_model *model = head->model;
    int64_t widest = 0;
    for (int32_t j = 1; j < model->depth && !arena->failed; j++) {
        const int64_t width = model->widths[j];
        widest = width > widest ? width : widest;
        head->hidden[j] = nc__arena_tensor(arena, model->scalar, head->block, width);
    }
    for (int i = 0; i < 2 && widest > 0; i++)
        head->back[i] = nc__arena_tensor(arena, model->scalar, head->block, widest);
}

libnc_status nc__linear_head_create(nc__linear_head *head, nc__arena *arena, libnc_model *model,
                                    int64_t block, int64_t samples)
{
    const size_t depth = (size_t)model->depth;
    *head = (nc__linear_head){.model = model,
                              .block = block,
                              .chain = nc__linear_head_prefers_chain(model, samples),
                              .products = nc__arena_alloc(arena, depth, sizeof *head->products),
                              .collected = nc__arena_alloc(arena, depth, sizeof *head->collected),
                              .hidden = nc__arena_alloc(arena, depth, sizeof *head->hidden)};
    if (head->chain)
        create_chain(head, arena);
    else
        create_layered(head, arena);
    return nc__arena_status(arena);
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
