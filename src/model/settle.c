/* SPDX-License-Identifier: MIT
 *
 * settle.c: running statistics of batch norm from the data (libnc/model.h).
 *
 * Batches pass one after the other as in training, in a random order, since a dataset may be sorted
 * by class; batch i of n_i samples takes the share n_i/(n_1 + ... + n_i), so that the running
 * statistics end as means over all samples.
 */
#include "data/dataset_internal.h"
#include "model/model_graph.h"

enum { SEED = 0 }; /* of the order: any fixed one */

static libnc_status check_batch(const libnc_model *model, const libnc_dataset *dataset,
                                int64_t batch)
{
    libnc_context *context = model->context;
    if (nc__model_is_free(model))
        return nc__fail(context, LIBNC_ERROR_UNSUPPORTED,
                        "model: has free features, and no running statistics");
    const libnc_status status = nc__model_check_dataset(model, dataset);
    if (status)
        return status;
    if (dataset->count < 2)
        return nc__fail(context, LIBNC_ERROR_UNSUPPORTED,
                        "dataset: has %lld sample: batch norm needs at least 2",
                        (long long)dataset->count);
    return nc__check_bounds(context, "batch", batch, 2, INT32_MAX);
}

static void gather(const nc__tensor *all, const int64_t *rows, nc__tensor *to)
{
    for (int64_t i = 0; i < to->rows; i++) {
        const nc__tensor from = nc__tensor_rows(all, rows[i], 1);
        nc__tensor row = nc__tensor_rows(to, i, 1);
        nc__convert(&from, &row);
    }
}

/* Batches of almost the same size, of which none is of one sample. */
static void pass_batches(nc__graph *graph, const libnc_dataset *dataset, int64_t batches,
                         int64_t *order, nc__tensor *inputs)
{
    const nc__tensor all = nc__tensor_inputs(dataset);
    nc__sample_order(SEED, 0, order, (size_t)all.rows);
    for (int64_t i = 0; i < batches; i++) {
        const int64_t begin = all.rows * i / batches, end = all.rows * (i + 1) / batches;
        nc__tensor to = nc__tensor_rows(inputs, 0, end - begin);
        gather(&all, order + begin, &to);
        const nc__pass pass = {true, (double)to.rows / (double)end};
        nc__graph_forward(graph, pass, &to);
    }
}

static int64_t batches_of(int64_t samples, int64_t batch)
{
    const int64_t batches = (samples + batch - 1) / batch;
    return batches > samples / 2 ? samples / 2 : batches;
}

libnc_status libnc_model_settle(libnc_model *model, const libnc_dataset *dataset, int64_t batch)
{
    if (!model)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = check_batch(model, dataset, batch);
    if (status || model->state_count == 0)
        return status;
    const int64_t batches = batches_of(dataset->count, batch);
    const int64_t most = (dataset->count + batches - 1) / batches;
    nc__arena arena = {.context = model->context};
    nc__graph graph;
    int64_t *order = nc__arena_alloc(&arena, (size_t)dataset->count, sizeof *order);
    nc__tensor inputs = nc__arena_tensor(&arena, model->scalar, most, model->inputs);
    status = nc__arena_status(&arena);
    if (!status)
        status = nc__model_graph_create(&graph, &arena, model, most, false);
    if (!status)
        pass_batches(&graph, dataset, batches, order, &inputs);
    nc__arena_release(&arena);
    return status;
}
