/* SPDX-License-Identifier: MIT
 *
 * fused_step.c: the step of fused_step.h, rows or columns shared among the context's threads where
 * that pays.
 */
#include "train/fused_step.h"

#include "train/gradient.h"

enum {
    BLOCK_BYTES = 1 << 14, /* of features at a time: they and their state fit the nearest cache */
    LEAST_BLOCK = 8,
    SHARED_VALUES = 1 << 16 /* values of a matrix from which a second thread gains */
};

static bool is_shared(const nc__fused_step *fused, const nc__tensor *tensor)
{
    return fused->part_count > 1 && tensor->rows * tensor->cols >= SHARED_VALUES;
}

static void run(nc__fused_step *fused, const nc__tensor *tensor, nc__work_fn work)
{
    if (is_shared(fused, tensor))
        nc__parallel(fused->problem->context, work, fused);
    else
        work(fused, 0, 1);
}

/* ---- workspace ---- */

static int64_t block_rows(const nc__tensor *features)
{
    int64_t rows = BLOCK_BYTES / (features->cols * (int64_t)nc__scalar_size(features->scalar));
    rows = rows / LEAST_BLOCK * LEAST_BLOCK;
    if (rows < LEAST_BLOCK)
        rows = LEAST_BLOCK;
    return rows < features->rows ? rows : features->rows;
}

static void create_part(const nc__fused_step *fused, nc__arena *arena, nc__fused_part *part,
                        int64_t widest)
{
    const libnc_model *model = fused->problem->model;
    part->logits = nc__arena_tensor(arena, model->scalar, fused->block, model->classes);
    part->collected = nc__arena_tensor(arena, model->scalar, model->classes, model->widths[0]);
    part->bias = nc__arena_tensor(arena, model->scalar, 1, model->classes);
    if (model->classes > NC__THIN_LIMIT)
        part->scratch = nc__arena_tensor(arena, model->scalar, NC__THIN_CHUNK, widest);
}

static void create_chain(nc__fused_step *fused, nc__arena *arena)
{
    libnc_model *model = fused->problem->model;
    const int64_t K = model->classes, *widths = model->widths;
    for (int32_t j = 0; j + 1 < model->depth; j++) {
        fused->products[j] = nc__arena_tensor(arena, model->scalar, K, widths[j]);
        fused->collected[j + 1] = nc__arena_tensor(arena, model->scalar, K, widths[j + 1]);
    }
    fused->products[model->depth - 1] = *nc__model_head(model, model->depth);
    fused->collected[0] = fused->parts[0].collected;
}

libnc_status nc__fused_step_create(nc__fused_step *fused, nc__arena *arena,
                                   const nc__training_problem *problem, const nc__moments *moments)
{
    libnc_model *model = problem->model;
    const size_t depth = (size_t)model->depth;
    int64_t widest = 0;
    *fused = (nc__fused_step){.problem = problem,
                              .moments = moments,
                              .block = block_rows(&problem->features),
                              .part_count = problem->context->threads};
    for (int32_t j = 0; j < model->depth; j++)
        widest = model->widths[j] > widest ? model->widths[j] : widest;
    fused->parts = nc__arena_alloc(arena, (size_t)fused->part_count, sizeof *fused->parts);
    fused->products = nc__arena_alloc(arena, depth, sizeof *fused->products);
    fused->collected = nc__arena_alloc(arena, depth, sizeof *fused->collected);
    for (int32_t i = 0; i < fused->part_count && !arena->failed; i++)
        create_part(fused, arena, &fused->parts[i], widest);
    if (!arena->failed)
        create_chain(fused, arena);
    return nc__arena_status(arena);
}

/* ---- P_j = P_{j+1} W_j, columns shared ---- */

static void multiply_columns(void *argument, int32_t part, int32_t parts)
{
    nc__fused_step *fused = argument;
    const int32_t j = fused->layer;
    const nc__tensor *weight = nc__model_head(fused->problem->model, j);
    int64_t begin, end;
    nc__share(weight->cols, NC__ALIGNMENT, part, parts, &begin, &end);
    nc__tensor columns = nc__tensor_cols(weight, begin, end - begin);
    nc__tensor product = nc__tensor_cols(&fused->products[j - 1], begin, end - begin);
    nc__fill(&product, 0);
    nc__thin_collect(&fused->products[j], true, &columns, &product);
}

/* ---- the samples: logits, loss, B_1 and the step of H, rows shared ---- */

static nc__tensor state_rows(const nc__tensor *state, int64_t begin, int64_t count)
{
    return state->data ? nc__tensor_rows(state, begin, count) : *state;
}

static nc__tensor scratch_of(const nc__fused_part *part, int64_t cols)
{
    return nc__tensor_of(part->scratch.data, part->collected.scalar, NC__THIN_CHUNK, cols);
}

static void step_block(const nc__fused_step *fused, nc__fused_part *own, int64_t begin,
                       int64_t count)
{
    const nc__training_problem *problem = fused->problem;
    const double *scale = problem->sample_scale ? problem->sample_scale + begin : NULL;
    nc__tensor h = nc__tensor_rows(&problem->features, begin, count);
    nc__tensor e = nc__tensor_rows(&own->logits, 0, count);
    nc__tensor bias = nc__model_bias(problem->model);
    nc__update rule = fused->rule;
    rule.decay = nc__training_decay(problem, 0);

    nc__thin_project(&h, &fused->products[0], &e, false);
    if (bias.data && scale)
        nc__add_weighted_bias(&bias, scale, &e);
    else
        nc__add_bias(&bias, false, &e);
    own->loss += nc__loss_apply(problem->loss, problem->weights, &e, problem->labels + begin, scale,
                                1 / (double)problem->entries);
    nc__thin_collect(&e, false, &h, &own->collected);
    if (bias.data)
        nc__add_column_sums(&e, scale, &own->bias);
    nc__tensor m = state_rows(&fused->moments->m[0], begin, count);
    nc__tensor v = state_rows(&fused->moments->v[0], begin, count);
    nc__tensor scratch = scratch_of(own, h.cols);
    nc__thin_update(&rule, &e, false, &fused->products[0], &h, &m, &v, &scratch);
}

static void step_samples(void *argument, int32_t part, int32_t parts)
{
    nc__fused_step *fused = argument;
    nc__fused_part *own = &fused->parts[part];
    int64_t begin, end;
    nc__share(fused->problem->features.rows, fused->block, part, parts, &begin, &end);
    nc__fill(&own->collected, 0);
    nc__fill(&own->bias, 0);
    own->loss = 0;
    for (int64_t i = begin; i < end; i += fused->block)
        step_block(fused, own, i, end - i < fused->block ? end - i : fused->block);
}

/* Sums the threads' shares, in their order. */
static double merge_parts(nc__fused_step *fused)
{
    nc__fused_part *first = &fused->parts[0];
    if (!is_shared(fused, &fused->problem->features))
        return first->loss;
    for (int32_t i = 1; i < fused->part_count; i++) {
        nc__axpy(1, &fused->parts[i].collected, &first->collected);
        nc__axpy(1, &fused->parts[i].bias, &first->bias);
        first->loss += fused->parts[i].loss;
    }
    return first->loss;
}

/* ---- the weights: B_{j+1} = B_j W_j^T and the step of W_j by P_{j+1}^T B_j, rows shared ---- */

static void step_rows(void *argument, int32_t part, int32_t parts)
{
    nc__fused_step *fused = argument;
    libnc_model *model = fused->problem->model;
    const int32_t j = fused->layer, index = nc__model_head_index(model, j);
    nc__tensor *weight = nc__model_head(model, j);
    nc__update rule = fused->rule;
    rule.decay = nc__training_decay(fused->problem, index);
    int64_t begin, end;
    nc__share(weight->rows, LEAST_BLOCK, part, parts, &begin, &end);
    const int64_t block = weight->cols * weight->rows < SHARED_VALUES ? end - begin : LEAST_BLOCK;
    for (int64_t i = begin; i < end; i += block) {
        const int64_t n = end - i < block ? end - i : block;
        nc__tensor w = nc__tensor_rows(weight, i, n);
        nc__tensor next = nc__tensor_cols(&fused->collected[j], i, n);
        nc__tensor above = nc__tensor_cols(&fused->products[j], i, n);
        nc__tensor m = state_rows(&fused->moments->m[index], i, n);
        nc__tensor v = state_rows(&fused->moments->v[index], i, n);
        nc__tensor scratch = scratch_of(&fused->parts[part], w.cols);
        nc__thin_project(&w, &fused->collected[j - 1], &next, true);
        nc__thin_update(&rule, &above, true, &fused->collected[j - 1], &w, &m, &v, &scratch);
    }
}

/* dW_M = B_M, db = E^T 1 */
static void step_dense(nc__fused_step *fused, int32_t index, const nc__tensor *gradient)
{
    nc__update rule = fused->rule;
    rule.decay = nc__training_decay(fused->problem, index);
    nc__dense_update(&rule, gradient, &fused->problem->model->parameters[index].value,
                     &fused->moments->m[index], &fused->moments->v[index]);
}

double nc__fused_step_take(nc__fused_step *fused, const nc__update *rule)
{
    libnc_model *model = fused->problem->model;
    const int32_t depth = model->depth;
    fused->rule = *rule;
    for (fused->layer = depth - 1; fused->layer >= 1; fused->layer--)
        run(fused, nc__model_head(model, fused->layer), multiply_columns);
    run(fused, &fused->problem->features, step_samples);
    const double loss = merge_parts(fused) / (double)fused->problem->entries;
    for (fused->layer = 1; fused->layer < depth; fused->layer++)
        run(fused, nc__model_head(model, fused->layer), step_rows);
    step_dense(fused, nc__model_head_index(model, depth), &fused->collected[depth - 1]);
    if (model->bias)
        step_dense(fused, nc__model_bias_index(model), &fused->parts[0].bias);
    return loss;
}
