/* SPDX-License-Identifier: MIT
 *
 * model_graph.c: the backbone of a model at work (model_graph.h).
 */
#include "model/model_graph.h"

libnc_status nc__model_graph_create(nc__graph *graph, nc__arena *arena, libnc_model *model,
                                    int64_t rows, bool training)
{
    const int32_t count = model->parameter_count + model->state_count;
    nc__tensor *values = nc__arena_alloc(arena, (size_t)count, sizeof *values);
    if (!values)
        return LIBNC_ERROR_MEMORY;
    for (int32_t i = 0; i < count; i++)
        values[i] = model->parameters[i].value;
    return nc__graph_create(graph, arena, model->network, values, values + model->parameter_count,
                            model->scalar, rows, training);
}
