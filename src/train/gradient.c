/* SPDX-License-Identifier: MIT
 *
 * gradient.c: the objective's value and dense gradient (gradient.h), block by block of samples.
 */
#include "train/gradient.h"

#include <math.h>

/* Rows of free features at a time: products at full speed. */
enum { BLOCK_ROWS = 1024 };

/* Of a batch in the running statistics: PyTorch's. */
static const double RUNNING_SHARE = 0.1;

nc__tensor nc__training_parameter(const nc__training_problem *problem, int32_t index)
{
    if (nc__model_is_free(problem->model) && index == 0)
        return problem->features;
    return problem->model->parameters[index].value;
}

double nc__training_decay(const nc__training_problem *problem, int32_t index)
{
    return problem->penalty->decay[index];
}

/* sum_i decay_i/2 ||parameter_i||^2 */
static double training_penalty(const nc__training_problem *problem)
{
    double sum = 0;
    for (int32_t i = 0; i < problem->model->parameter_count; i++) {
        const double decay = nc__training_decay(problem, i);
        if (decay == 0)
            continue;
        nc__tensor value = nc__training_parameter(problem, i);
        sum += decay / 2 * nc__sum_squares(&value);
    }
    return sum;
}

/* ---- workspace ---- */

static void allocate_blocks(nc__gradient *gradient, nc__arena *arena, bool gathers)
{
    const libnc_model *model = gradient->problem->model;
    const bool free_features = nc__model_is_free(model);
    const int32_t scalar = model->scalar;
    const int64_t block = gradient->block;
    gradient->labels = nc__arena_alloc(arena, (size_t)gradient->block, sizeof(int32_t));
    gradient->logits = nc__arena_tensor(arena, scalar, block, model->classes);
    if (gathers || !free_features)
        gradient->d_features = nc__arena_tensor(arena, scalar, block, model->widths[0]);
    if (gathers && free_features)
        gradient->features = nc__arena_tensor(arena, scalar, block, model->widths[0]);
    if (!free_features)
        gradient->inputs = nc__arena_tensor(arena, scalar, block, model->inputs);
}

static void allocate_values(nc__gradient *gradient, nc__arena *arena)
{
    const nc__training_problem *problem = gradient->problem;
    libnc_model *model = problem->model;
    const size_t count = (size_t)model->parameter_count, depth = (size_t)model->depth;
    gradient->values = nc__arena_alloc(arena, count, sizeof *gradient->values);
    gradient->head_values = nc__arena_alloc(arena, depth, sizeof *gradient->head_values);
    for (int32_t i = 0; i < model->parameter_count && !arena->failed; i++) {
        nc__tensor value = nc__training_parameter(problem, i);
        gradient->values[i] = nc__arena_tensor(arena, model->scalar, value.rows, value.cols);
    }
    for (int32_t j = 0; j < model->depth && !arena->failed; j++)
        gradient->head_values[j] = &gradient->values[nc__model_head_index(model, j + 1)];
}

/* Statistics of a batch need all of it at once; a last batch of one joins the one before. */
static int64_t block_rows(const libnc_model *model, int64_t used, bool gathers)
{
    if (nc__model_has_normalisation(model))
        return gathers ? used + 1 : used;
    const int64_t most = model->network ? nc__graph_block(model->network) : BLOCK_ROWS;
    return used < most ? used : most;
}

libnc_status nc__gradient_create(nc__gradient *gradient, const nc__training_problem *problem,
                                 int64_t batch)
{
    libnc_model *model = problem->model;
    const bool free_features = nc__model_is_free(model);
    const int64_t rows = free_features ? problem->features.rows : problem->samples;
    const bool gathers = batch < problem->entries;
    const int64_t used = gathers ? batch : rows;
    *gradient = (nc__gradient){.arena = {.context = model->context}, .problem = problem};
    nc__arena *arena = &gradient->arena;
    gradient->block = block_rows(model, used, gathers);
    libnc_status status =
        nc__linear_head_create(&gradient->head, arena, model, gradient->block, used);
    if (status == LIBNC_OK && !free_features)
        status = nc__model_graph_create(&gradient->graph, arena, model, gradient->block, true);
    if (status == LIBNC_OK) {
        allocate_blocks(gradient, arena, gathers);
        allocate_values(gradient, arena);
        status = nc__arena_status(arena);
    }
    if (status != LIBNC_OK)
        nc__gradient_destroy(gradient);
    return status;
}

void nc__gradient_destroy(nc__gradient *gradient)
{
    nc__arena_release(&gradient->arena);
    *gradient = (nc__gradient){0};
}

/* ---- a block of samples ---- */

/* Inputs of the batch from place `begin` on, as the augmentation shows them. */
static void gather_augmented(const nc__batch *batch, int64_t begin, const nc__tensor *from,
                             nc__tensor *to)
{
    for (int64_t i = 0; i < to->rows; i++) {
        const nc__tensor source = nc__tensor_rows(from, batch->rows[begin + i], 1);
        nc__tensor target = nc__tensor_rows(to, i, 1);
        nc__augment(batch->augmentation, batch->entry + begin + i, &source, &target);
    }
}

static void gather(const nc__tensor *from, const int64_t *rows, nc__tensor *to)
{
    for (int64_t i = 0; i < to->rows; i++) {
        nc__tensor source = nc__tensor_rows(from, rows[i], 1), target = nc__tensor_rows(to, i, 1);
        nc__convert(&source, &target);
    }
}

/* Rows begin .. of `all`: a view where nothing has to move, else copied into `space`. */
static nc__tensor block_of(const nc__tensor *all, const int64_t *rows, int64_t begin, int64_t count,
                           const nc__tensor *space)
{
    if (!rows && (!space->data || all->scalar == space->scalar))
        return nc__tensor_rows(all, begin, count);
    nc__tensor to = nc__tensor_rows(space, 0, count);
    if (rows) {
        gather(all, rows + begin, &to);
    } else {
        nc__tensor from = nc__tensor_rows(all, begin, count);
        nc__convert(&from, &to);
    }
    return to;
}

static const int32_t *labels_of(nc__gradient *gradient, const int64_t *rows, int64_t begin,
                                int64_t count)
{
    const int32_t *all = gradient->problem->labels;
    if (!rows)
        return all + begin;
    for (int64_t i = 0; i < count; i++)
        gradient->labels[i] = all[rows[begin + i]];
    return gradient->labels;
}

/* Logits of a block become scale times d loss / d logits; returns the sum of the losses. */
static double apply_loss(nc__gradient *gradient, const nc__batch *batch, int64_t begin,
                         const nc__tensor *features, double scale, nc__tensor *e)
{
    const nc__training_problem *problem = gradient->problem;
    const double *sample_scale = problem->sample_scale ? problem->sample_scale + begin : NULL;
    nc__tensor bias = nc__model_bias(problem->model);
    nc__linear_head_forward(&gradient->head, features, e);
    if (bias.data && sample_scale)
        nc__add_weighted_bias(&bias, sample_scale, e);
    else
        nc__add_bias(&bias, false, e);
    const int32_t *labels = labels_of(gradient, batch->rows, begin, e->rows);
    const double *weights = batch->visits ? problem->loss->weights : problem->weights;
    double sum = nc__loss_apply(problem->loss, weights, e, labels, sample_scale, scale);
    if (bias.data)
        nc__add_column_sums(e, sample_scale,
                            &gradient->values[nc__model_bias_index(problem->model)]);
    return sum;
}

/* Adds: a batch may hold a sample several times. */
static void scatter(const nc__tensor *from, const int64_t *rows, nc__tensor *to)
{
    for (int64_t i = 0; i < from->rows; i++) {
        nc__tensor source = nc__tensor_rows(from, i, 1), target = nc__tensor_rows(to, rows[i], 1);
        nc__axpy(1, &source, &target);
    }
}

static double free_block(nc__gradient *gradient, const nc__batch *batch, int64_t begin,
                         int64_t count, double scale)
{
    const int64_t *rows = batch->rows;
    const nc__tensor *all = &gradient->problem->features;
    nc__tensor features = block_of(all, rows, begin, count, &gradient->features);
    nc__tensor e = nc__tensor_rows(&gradient->logits, 0, count);
    double sum = apply_loss(gradient, batch, begin, &features, scale, &e);
    nc__tensor d_features = rows ? nc__tensor_rows(&gradient->d_features, 0, count)
                                 : nc__tensor_rows(&gradient->values[0], begin, count);
    nc__linear_head_backward(&gradient->head, begin == 0, &features, &e, gradient->head_values,
                             &d_features);
    if (rows)
        scatter(&d_features, rows + begin, &gradient->values[0]);
    return sum;
}

/* decay/2 ||h||^2 of a block of features that are no parameters; adds the gradient to d_features.
 * Repeats divide it where a sample that is decayed once is visited as often, and multiply it where
 * all visits of a sample are decayed at once. */
static double decay_features(nc__gradient *gradient, const nc__batch *batch, int64_t begin,
                             double decay, const nc__tensor *features, nc__tensor *d_features)
{
    const nc__training_problem *problem = gradient->problem;
    if (!problem->repeats || batch->visits == problem->decays_visits) {
        nc__axpy(decay, features, d_features);
        return decay / 2 * nc__sum_squares(features);
    }
    const int32_t *labels = labels_of(gradient, batch->rows, begin, features->rows);
    double sum = 0;
    for (int64_t i = 0; i < features->rows; i++) {
        const double times = (double)problem->repeats[labels[i]];
        const double own = batch->visits ? decay / times : decay * times;
        nc__tensor h = nc__tensor_rows(features, i, 1), d_h = nc__tensor_rows(d_features, i, 1);
        nc__axpy(own, &h, &d_h);
        sum += own / 2 * nc__sum_squares(&h);
    }
    return sum;
}

static nc__tensor inputs_of(nc__gradient *gradient, const nc__batch *batch, int64_t begin,
                            int64_t count)
{
    const nc__tensor *all = &gradient->problem->inputs;
    if (!batch->augmentation)
        return block_of(all, batch->rows, begin, count, &gradient->inputs);
    nc__tensor inputs = nc__tensor_rows(&gradient->inputs, 0, count);
    gather_augmented(batch, begin, all, &inputs);
    return inputs;
}

static double backbone_block(nc__gradient *gradient, const nc__batch *batch, int64_t begin,
                             int64_t count, double scale, double decay, double *penalty)
{
    nc__tensor inputs = inputs_of(gradient, batch, begin, count);
    nc__tensor features = nc__graph_forward(&gradient->graph, gradient->pass, &inputs);
    nc__tensor e = nc__tensor_rows(&gradient->logits, 0, count);
    double sum = apply_loss(gradient, batch, begin, &features, scale, &e);
    nc__tensor d_features = nc__tensor_rows(&gradient->d_features, 0, count);
    nc__linear_head_backward(&gradient->head, begin == 0, &features, &e, gradient->head_values,
                             &d_features);
    if (decay != 0)
        *penalty += decay_features(gradient, batch, begin, decay, &features, &d_features);
    nc__graph_backward(&gradient->graph, begin == 0, &d_features, gradient->values);
    if (batch->d_features) {
        nc__tensor out = nc__tensor_rows(batch->d_features, begin, count);
        nc__copy(&d_features, &out);
    }
    return sum;
}

/* ---- the objective ---- */

/* What blocks only ever add to; everything else is set by the first block. */
static void clear_sums(nc__gradient *gradient, bool scatters)
{
    const libnc_model *model = gradient->problem->model;
    if (model->bias)
        nc__fill(&gradient->values[nc__model_bias_index(model)], 0);
    if (nc__model_is_free(model) && scatters)
        nc__fill(&gradient->values[0], 0);
}

static void add_blocks(nc__gradient *gradient, const nc__batch *batch, double *loss,
                       double *feature_penalty)
{
    const nc__training_problem *problem = gradient->problem;
    const bool free_features = nc__model_is_free(problem->model);
    const nc__tensor *all = free_features ? &problem->features : &problem->inputs;
    const int64_t total = batch->rows ? batch->count : all->rows;
    const double divisor = (double)(batch->visits ? batch->count : problem->entries);
    const double decay = nc__penalty_feature_decay(problem->penalty) * (double)problem->entries /
                         divisor; /* penalty.h */
    double sum = 0;
    *feature_penalty = 0;
    clear_sums(gradient, batch->rows != NULL);
    nc__linear_head_prepare(&gradient->head);
    for (int64_t begin = 0; begin < total; begin += gradient->block) {
        int64_t n = total - begin < gradient->block ? total - begin : gradient->block;
        sum += free_features
                   ? free_block(gradient, batch, begin, n, 1 / divisor)
                   : backbone_block(gradient, batch, begin, n, 1 / divisor, decay, feature_penalty);
    }
    nc__linear_head_finish(&gradient->head, gradient->head_values);
    *loss = sum / divisor;
}

void nc__gradient_loss(nc__gradient *gradient, const nc__batch *batch, double *loss,
                       double *feature_penalty)
{
    gradient->pass = (nc__pass){.training = true, .share = RUNNING_SHARE};
    add_blocks(gradient, batch, loss, feature_penalty);
}

/* Adds the parameters' decays to the gradient. */
static void gradient_add_decay(nc__gradient *gradient)
{
    const nc__training_problem *problem = gradient->problem;
    for (int32_t i = 0; i < problem->model->parameter_count; i++) {
        const double decay = nc__training_decay(problem, i);
        nc__tensor value = nc__training_parameter(problem, i);
        if (decay != 0)
            nc__axpy(decay, &value, &gradient->values[i]);
    }
}

void nc__gradient_objective(nc__gradient *gradient, double *objective, double *loss)
{
    double feature_penalty;
    gradient->pass = (nc__pass){.training = false};
    add_blocks(gradient, &(nc__batch){0}, loss, &feature_penalty);
    gradient_add_decay(gradient);
    *objective = *loss + feature_penalty + training_penalty(gradient->problem);
}

double nc__gradient_norm(const nc__gradient *gradient)
{
    double sum = 0;
    for (int32_t i = 0; i < gradient->problem->model->parameter_count; i++)
        sum += nc__sum_squares(&gradient->values[i]);
    return sqrt(sum);
}
