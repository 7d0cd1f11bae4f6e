/* SPDX-License-Identifier: MIT
 *
 * graph.c: forward and backward of a network (graph.h). Backward stands under forward.
 *
 * A ReLU behind a node that can do it itself, and whose values nobody else takes, costs nothing of
 * its own: both nodes have one tensor of values and one of gradients.
 */
#include "layers/graph.h"

#include "layers/node_kinds.h"
#include "linalg/images.h"

/* Of images of one pixel: products at full speed, activations that stay in the second-level cache;
 * of others a few. */
enum { FLAT_ROWS = 1024, IMAGE_ROWS = 128 };

int64_t nc__graph_block(const libnc_network *network)
{
    return nc__network_is_flat(network) ? FLAT_ROWS : IMAGE_ROWS;
}

/* ---- create ---- */

static bool is_sum(const nc__node *node)
{
    return node->kind == NC__NODE_SUM;
}

static int64_t takers_of(const libnc_network *network, int64_t node)
{
    int64_t count = 0;
    for (int64_t i = 1; i < network->count; i++)
        count += (network->nodes[i].from == node) +
                 (is_sum(&network->nodes[i]) && network->nodes[i].with == node);
    return count;
}

/* The node does the ReLU that takes its values, alone. */
static void join_activations(nc__graph *graph)
{
    const libnc_network *network = graph->network;
    for (int64_t i = 0; i < network->count; i++) {
        const nc__node *node = &network->nodes[i];
        const nc__node_kind *before = nc__node_kind_of(network->nodes[node->from].kind);
        graph->source[i] = i;
        if (node->kind != NC__NODE_ACTIVATION || !before || !before->activates ||
            takers_of(network, node->from) > 1)
            continue;
        graph->source[i] = node->from;
        graph->runs[node->from].relu = true;
    }
}

static bool is_joined(const nc__graph *graph, int64_t node)
{
    return graph->source[node] != node;
}

/* Images in another order than the dataset's. */
static bool is_reordered(const nc__image_shape *shape)
{
    return shape->channels > 1 && nc__image_pixels(shape) > 1;
}

static int64_t last_of(const nc__graph *graph)
{
    return graph->network->count - 1;
}

/* The last gradient is the caller's where its images are in order. */
static void create_values(nc__graph *graph, nc__arena *arena, int32_t scalar, int64_t rows,
                          bool training)
{
    const libnc_network *network = graph->network;
    const int64_t last = last_of(graph);
    const bool reorders = last > 0 && is_reordered(&network->nodes[last].shape);
    for (int64_t i = 0; i <= last && !arena->failed; i++) {
        const int64_t width = nc__image_values(&network->nodes[i].shape);
        if (is_joined(graph, i) || (i == 0 && !is_reordered(&network->nodes[0].shape)))
            continue;
        graph->values[i] = nc__arena_tensor(arena, scalar, rows, width);
        if (training && i > 0 && (i != graph->source[last] || reorders))
            graph->gradients[i] = nc__arena_tensor(arena, scalar, rows, width);
    }
    if (reorders && !arena->failed)
        graph->features =
            nc__arena_tensor(arena, scalar, rows, nc__image_values(&network->nodes[last].shape));
}

/* Gradients are needed above the lowest nodes with parameters. */
static void find_needed(const libnc_network *network, bool *needed)
{
    for (int64_t i = 1; i < network->count; i++) {
        const nc__node *node = &network->nodes[i];
        needed[i] = nc__node_parameters(node) > 0 || needed[node->from] ||
                    (is_sum(node) && needed[node->with]);
    }
}

/* Who comes first on the way back sets a gradient, the others add to it. */
static void order_gradients(nc__graph *graph, const bool *needed, bool *written)
{
    for (int64_t i = last_of(graph); i > 0; i--) {
        const nc__node *node = &graph->network->nodes[i];
        nc__node_run *run = &graph->runs[i];
        const int64_t from = graph->source[node->from], with = graph->source[node->with];
        if (is_joined(graph, i))
            continue;
        run->wants_dx = needed[from];
        run->adds_dx = written[from];
        written[from] = written[from] || needed[from];
        if (!is_sum(node) || !needed[with])
            continue;
        run->wants_d_with = true;
        run->adds_d_with = written[with];
        written[with] = true;
    }
}

static void create_run(nc__graph *graph, nc__arena *arena, int64_t i, const nc__tensor *parameters,
                       const nc__tensor *states)
{
    const nc__node *node = &graph->network->nodes[i];
    const nc__node_kind *kind = nc__node_kind_of(node->kind);
    nc__node_run *run = &graph->runs[i];
    for (int32_t p = 0; p < nc__node_parameters(node); p++)
        run->parameters[p] = parameters[graph->first[i] + p];
    for (int32_t p = 0; p < kind->states; p++)
        run->states[p] = states[p];
    if (kind->create && !is_joined(graph, i) && !arena->failed)
        kind->create(run, arena);
}

static void create_runs(nc__graph *graph, nc__arena *arena, const nc__tensor *parameters,
                        const nc__tensor *states, int32_t scalar, int64_t rows, bool training)
{
    int32_t parameter = 0;
    for (int64_t i = 1; i <= last_of(graph); i++) {
        const nc__node *node = &graph->network->nodes[i];
        nc__node_run *run = &graph->runs[i];
        run->context = arena->context;
        run->node = node;
        run->in = graph->network->nodes[node->from].shape;
        run->rows = rows;
        run->scalar = scalar;
        run->backward = training;
        graph->first[i] = parameter;
        create_run(graph, arena, i, parameters, states);
        parameter += nc__node_parameters(node);
        states += nc__node_kind_of(node->kind)->states;
    }
}

libnc_status nc__graph_create(nc__graph *graph, nc__arena *arena, const libnc_network *network,
                              const nc__tensor *parameters, const nc__tensor *states,
                              int32_t scalar, int64_t rows, bool training)
{
    const size_t count = (size_t)network->count;
    *graph = (nc__graph){.network = network};
    graph->runs = nc__arena_alloc(arena, count, sizeof *graph->runs);
    graph->first = nc__arena_alloc(arena, count, sizeof *graph->first);
    graph->source = nc__arena_alloc(arena, count, sizeof *graph->source);
    graph->values = nc__arena_alloc(arena, count, sizeof *graph->values);
    graph->gradients = nc__arena_alloc(arena, count, sizeof *graph->gradients);
    bool *needed = nc__arena_alloc(arena, count, 2 * sizeof *needed);
    if (arena->failed)
        return LIBNC_ERROR_MEMORY;
    join_activations(graph);
    create_values(graph, arena, scalar, rows, training);
    find_needed(network, needed);
    order_gradients(graph, needed, needed + count);
    create_runs(graph, arena, parameters, states, scalar, rows, training);
    return nc__arena_status(arena);
}

/* ---- forward ---- */

/* From channel by channel to pixel by pixel, or back. */
static nc__walk order_of(const nc__image_shape *shape, bool to_pixels)
{
    const int64_t pixels = nc__image_pixels(shape), channels = shape->channels;
    const nc__walk to = {{1, pixels, channels}, {0, 1, pixels}, {0, channels, 1}};
    const nc__walk from = {{1, channels, pixels}, {0, 1, channels}, {0, pixels, 1}};
    return to_pixels ? to : from;
}

static nc__tensor rows_of(const nc__tensor *tensor, int64_t rows)
{
    return tensor->data ? nc__tensor_rows(tensor, 0, rows) : *tensor;
}

static nc__tensor take_inputs(nc__graph *graph, const nc__tensor *inputs)
{
    if (!graph->values[0].data)
        return *inputs;
    const nc__walk walk = order_of(&graph->network->nodes[0].shape, true);
    nc__tensor images = rows_of(&graph->values[0], inputs->rows);
    nc__images_copy(graph->runs[last_of(graph)].context, &walk, false, inputs, 0, &images, 0);
    return images;
}

static nc__tensor values_of(const nc__graph *graph, int64_t node, const nc__tensor *images)
{
    return node == 0 ? *images : rows_of(&graph->values[graph->source[node]], images->rows);
}

static void run_forward(nc__graph *graph, int64_t i, nc__pass pass, const nc__tensor *images)
{
    const nc__node *node = &graph->network->nodes[i];
    nc__node_run *run = &graph->runs[i];
    run->training = pass.training;
    run->share = pass.share;
    run->x = values_of(graph, node->from, images);
    run->with = values_of(graph, node->with, images);
    run->y = values_of(graph, i, images);
    nc__node_kind_of(node->kind)->forward(run);
}

nc__tensor nc__graph_forward(nc__graph *graph, nc__pass pass, const nc__tensor *inputs)
{
    const int64_t last = last_of(graph);
    if (last == 0)
        return *inputs;
    const nc__tensor images = take_inputs(graph, inputs);
    for (int64_t i = 1; i <= last; i++)
        if (!is_joined(graph, i))
            run_forward(graph, i, pass, &images);
    const nc__tensor y = values_of(graph, last, &images);
    if (!graph->features.data)
        return y;
    const nc__walk walk = order_of(&graph->network->nodes[last].shape, false);
    nc__tensor features = rows_of(&graph->features, inputs->rows);
    nc__images_copy(graph->runs[last].context, &walk, false, &y, 0, &features, 0);
    return features;
}

/* ---- backward ---- */

static void take_gradient(nc__graph *graph, nc__tensor *d_features)
{
    const int64_t last = last_of(graph), source = graph->source[last];
    if (!graph->features.data) {
        graph->gradients[source] = *d_features;
        return;
    }
    const nc__walk walk = order_of(&graph->network->nodes[last].shape, true);
    nc__tensor dy = rows_of(&graph->gradients[source], d_features->rows);
    nc__images_copy(graph->runs[last].context, &walk, false, d_features, 0, &dy, 0);
}

static void run_backward(nc__graph *graph, int64_t i, bool first, int64_t rows,
                         nc__tensor *gradients)
{
    const nc__node *node = &graph->network->nodes[i];
    nc__node_run *run = &graph->runs[i];
    run->dy = rows_of(&graph->gradients[i], rows);
    run->dx = rows_of(&graph->gradients[graph->source[node->from]], rows);
    run->d_with = rows_of(&graph->gradients[graph->source[node->with]], rows);
    run->gradients = gradients + graph->first[i];
    nc__node_kind_of(node->kind)->backward(run, first);
}

void nc__graph_backward(nc__graph *graph, bool first, nc__tensor *d_features, nc__tensor *gradients)
{
    if (last_of(graph) == 0)
        return;
    take_gradient(graph, d_features);
    for (int64_t i = last_of(graph); i > 0; i--)
        if (!is_joined(graph, i))
            run_backward(graph, i, first, d_features->rows, gradients);
}
