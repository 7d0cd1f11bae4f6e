/* SPDX-License-Identifier: MIT
 *
 * test_layers.c: nodes of networks, forward against the formulas value by value
 * (naive_network.h), backward against central differences; small networks of each kind and whole
 * VGG and ResNet; both scalar types, and the same bits for one and two threads.
 */
#include "support/context_fixture.h"
#include "support/naive_network.h"
#include "support/random_values.h"

#include "layers/graph.h"
#include "layers/node_kinds.h"
#include "linalg/tables.h"

#include <math.h>
#include <string.h>

/* A network with parameters, inputs and weights of the features, of which the sum is the value. */
typedef struct scene {
    libnc_network *network;
    int64_t rows, width, features;
    int32_t parameters, states;
    nc__arena arena;
    nc__tensor values[200], gradients[200], running[100];
    double *inputs, *weights;
    nc__tensor in;
} scene;

enum { MOST_CHECKED = 25 }; /* values of a parameter that differences are taken of */

static const double STEP = 3e-7, TOLERANCE = 1e-6;

/* ---- networks ---- */

static libnc_network *start(int64_t channels, int64_t height, int64_t width)
{
    libnc_network *network;
    must(libnc_network_create(&network, context, channels, height, width));
    return network;
}

static void convolve(libnc_network *n, int64_t outputs, int64_t kernel, int64_t stride,
                     int64_t padding, int32_t bias)
{
    must(libnc_network_convolution(n, outputs, kernel, stride, padding, bias));
}

/* Two, so that data gradients matter. */
static libnc_network *convolutions(int which)
{
    static const struct {
        int64_t channels, height, width, middle, outputs, kernel, stride, padding;
    } cases[] = {
        {1, 9, 9, 3, 5, 3, 1, 1},  {3, 16, 15, 8, 16, 3, 1, 1}, {2, 8, 8, 8, 20, 3, 2, 1},
        {4, 9, 8, 33, 8, 3, 2, 0}, {2, 17, 17, 4, 6, 5, 3, 2},  {3, 6, 6, 16, 9, 1, 2, 0},
        {1, 4, 4, 5, 40, 2, 1, 0}, {2, 20, 20, 8, 4, 7, 2, 3},  {1, 3, 3, 70, 2, 3, 1, 2},
        {2, 5, 9, 3, 3, 4, 1, 3},
    };
    libnc_network *n = start(cases[which].channels, cases[which].height, cases[which].width);
    convolve(n, cases[which].middle, cases[which].kernel, cases[which].stride, cases[which].padding,
             1);
    must(libnc_network_activation(n, LIBNC_ACTIVATION_RELU));
    convolve(n, cases[which].outputs, cases[which].kernel, cases[which].stride,
             cases[which].padding, 0);
    return n;
}

enum { CONVOLUTIONS = 10 };

static libnc_network *normalised(void)
{
    libnc_network *n = start(3, 5, 4);
    convolve(n, 6, 3, 1, 1, 0);
    must(libnc_network_normalisation(n));
    must(libnc_network_activation(n, LIBNC_ACTIVATION_RELU));
    convolve(n, 17, 3, 2, 1, 1);
    must(libnc_network_normalisation(n));
    return n;
}

static libnc_network *pooled(int32_t kind)
{
    libnc_network *n = start(2, 9, 10);
    convolve(n, 5, 3, 1, 1, 0);
    must(libnc_network_pooling(n, kind, 3, 2, kind == LIBNC_POOLING_MAX ? 1 : 0));
    convolve(n, 7, 2, 1, 0, 0);
    must(libnc_network_pooling(n, kind, 0, 0, 0));
    return n;
}

/* A border, an affine layer of images, one of vectors, and features of several pixels. */
static libnc_network *affine(void)
{
    libnc_network *n = start(2, 3, 4);
    convolve(n, 3, 2, 1, 0, 1);
    must(libnc_network_pad(n, 2));
    must(libnc_network_affine(n, 6));
    must(libnc_network_activation(n, LIBNC_ACTIVATION_RELU));
    must(libnc_network_affine(n, 4));
    return n;
}

/* A node with three takers, one a sum with itself, and a ReLU that others look behind. */
static libnc_network *shortcuts(void)
{
    libnc_network *n = start(2, 6, 6);
    convolve(n, 4, 3, 1, 1, 0);
    must(libnc_network_normalisation(n));
    const int64_t fork = libnc_network_nodes(n);
    must(libnc_network_activation(n, LIBNC_ACTIVATION_RELU));
    convolve(n, 4, 3, 1, 1, 0);
    must(libnc_network_add(n, fork));
    must(libnc_network_activation(n, LIBNC_ACTIVATION_RELU));
    must(libnc_network_add(n, libnc_network_nodes(n)));
    must(libnc_network_add(n, fork));
    must(libnc_network_activation(n, LIBNC_ACTIVATION_RELU));
    return n;
}

static libnc_network *named(const char *name, int64_t channels, int64_t side)
{
    libnc_network *network;
    must(libnc_network_create_named(&network, context, name, channels, side, side, 2));
    return network;
}

/* ---- scenes ---- */

static void draw(nc__tensor *tensor, double centre, double scale, uint64_t seed)
{
    double *values = random_values(tensor->rows * tensor->cols, scale, seed);
    for (int64_t i = 0; i < tensor->rows * tensor->cols; i++)
        values[i] += centre;
    nc__from_double(values, tensor);
    free(values);
}

static void add_parameter(scene *s, const nc__node *node, int32_t index, int32_t scalar)
{
    const nc__image_shape *in = &s->network->nodes[node->from].shape;
    const nc__parameter_shape shape = nc__node_kind_of(node->kind)->parameter(node, in, index);
    const int32_t i = s->parameters++;
    s->values[i] = nc__arena_tensor(&s->arena, scalar, shape.rows, shape.cols);
    s->gradients[i] = nc__arena_tensor(&s->arena, scalar, shape.rows, shape.cols);
    draw(&s->values[i], shape.role == NC__ROLE_SCALE ? 1 : 0,
         shape.role == NC__ROLE_WEIGHT ? sqrt(6 / (double)shape.cols) : .3, 1000 + (uint64_t)i);
    draw(&s->gradients[i], 0, 1, 7); /* overwritten by the first block */
}

static void add_states(scene *s, const nc__node *node, int32_t scalar)
{
    for (int32_t j = 0; j < nc__node_kind_of(node->kind)->states; j++) {
        nc__tensor *state = &s->running[s->states++];
        *state = nc__arena_tensor(&s->arena, scalar, 1, node->shape.channels);
        draw(state, j, .4, 500 + (uint64_t)s->states);
    }
}

static void begin(scene *s, libnc_network *network, int64_t rows, int32_t scalar)
{
    *s = (scene){.network = network, .rows = rows, .arena = {.context = context}};
    s->width = nc__image_values(&network->nodes[0].shape);
    s->features = libnc_network_outputs(network);
    s->inputs = random_values(rows * s->width, 1, 1);
    s->weights = random_values(rows * s->features, 1, 2);
    for (int64_t i = 1; i < network->count; i++) {
        for (int32_t j = 0; j < nc__node_parameters(&network->nodes[i]); j++)
            add_parameter(s, &network->nodes[i], j, scalar);
        add_states(s, &network->nodes[i], scalar);
    }
    s->in = nc__arena_tensor(&s->arena, scalar, rows, s->width);
    nc__from_double(s->inputs, &s->in);
    must(nc__network_check_whole(network));
}

static void end(scene *s)
{
    free(s->inputs);
    free(s->weights);
    nc__arena_release(&s->arena);
    libnc_network_destroy(s->network);
}

static nc__graph graph_of(scene *s, bool training)
{
    nc__graph graph;
    must(nc__graph_create(&graph, &s->arena, s->network, s->values, s->running, s->in.scalar,
                          s->rows, training));
    return graph;
}

/* ---- forward ---- */

static double **doubles_of(const nc__tensor *tensors, int32_t count)
{
    double **copies = malloc(((size_t)count + 1) * sizeof *copies);
    for (int32_t i = 0; i < count; i++) {
        copies[i] = malloc((size_t)(tensors[i].rows * tensors[i].cols) * sizeof(double));
        nc__to_double(&tensors[i], copies[i]);
    }
    return copies;
}

static void free_doubles(double **copies, int32_t count)
{
    for (int32_t i = 0; i < count; i++)
        free(copies[i]);
    free(copies);
}

static void compare_forward(scene *s, bool training, double tolerance)
{
    double **parameters = doubles_of(s->values, s->parameters);
    double **states = doubles_of(s->running, s->states);
    double *wanted =
        naive_forward(s->network, s->inputs, s->rows, (const double *const *)parameters,
                      training ? NULL : (const double *const *)states);
    nc__graph graph = graph_of(s, training);
    const nc__pass pass = {training, 0};
    const nc__tensor features = nc__graph_forward(&graph, pass, &s->in);
    double *found = malloc((size_t)(s->rows * s->features) * sizeof *found);
    nc__to_double(&features, found);
    for (int64_t i = 0; i < s->rows * s->features; i++)
        ck_assert_msg(fabs(found[i] - wanted[i]) <= tolerance * (1 + fabs(wanted[i])),
                      "feature %d: %.17g, wanted %.17g", (int)i, found[i], wanted[i]);
    free(found);
    free(wanted);
    free_doubles(states, s->states);
    free_doubles(parameters, s->parameters);
}

static void check_forward(libnc_network *network, int64_t rows, int32_t scalar)
{
    const double tolerance = scalar == LIBNC_FLOAT64 ? 1e-12 : 2e-5;
    scene s;
    begin(&s, network, rows, scalar);
    compare_forward(&s, false, tolerance);
    compare_forward(&s, true, tolerance);
    end(&s);
}

START_TEST(convolves)
{
    for (int32_t scalar = LIBNC_FLOAT64; scalar <= LIBNC_FLOAT32; scalar++)
        check_forward(convolutions(_i), 17, scalar);
}
END_TEST

START_TEST(forward)
{
    for (int32_t scalar = LIBNC_FLOAT64; scalar <= LIBNC_FLOAT32; scalar++) {
        check_forward(normalised(), 7, scalar);
        check_forward(pooled(LIBNC_POOLING_MAX), 3, scalar);
        check_forward(pooled(LIBNC_POOLING_MEAN), 3, scalar);
        check_forward(affine(), 5, scalar);
        check_forward(shortcuts(), 5, scalar);
    }
}
END_TEST

START_TEST(whole_networks_forward)
{
    check_forward(named("vgg11", 1, 28), 6, LIBNC_FLOAT64);
    check_forward(named("vgg13", 3, 32), 6, LIBNC_FLOAT64);
    check_forward(named("resnet18", 3, 16), 6, LIBNC_FLOAT64);
    check_forward(named("resnet18_7x7", 1, 40), 6, LIBNC_FLOAT64);
    check_forward(named("mlp", 3, 5), 6, LIBNC_FLOAT64);
}
END_TEST

/* ---- backward ---- */

static double value_of(scene *s, nc__graph *graph, bool training)
{
    const nc__tensor features = nc__graph_forward(graph, (nc__pass){training, 0}, &s->in);
    double *found = malloc((size_t)(s->rows * s->features) * sizeof *found), sum = 0;
    nc__to_double(&features, found);
    for (int64_t i = 0; i < s->rows * s->features; i++)
        sum += s->weights[i] * found[i];
    free(found);
    return sum;
}

static void find_gradient(scene *s, nc__graph *graph, bool training, bool first)
{
    nc__tensor d_features = nc__arena_tensor(&s->arena, s->in.scalar, s->rows, s->features);
    nc__graph_forward(graph, (nc__pass){training, 0}, &s->in);
    nc__from_double(s->weights, &d_features);
    nc__graph_backward(graph, first, &d_features, s->gradients);
}

/* By central differences of two steps, extrapolated. */
static double difference(scene *s, nc__graph *graph, bool training, double *x)
{
    const double old = *x;
    double slope[2];
    for (int i = 0; i < 2; i++) {
        const double step = STEP * (i + 1);
        *x = old + step;
        slope[i] = value_of(s, graph, training);
        *x = old - step;
        slope[i] = (slope[i] - value_of(s, graph, training)) / (2 * step);
        *x = old;
    }
    return (4 * slope[0] - slope[1]) / 3;
}

static double size_of(const nc__tensor *t)
{
    return sqrt(nc__sum_squares(t) / (double)(t->rows * t->cols));
}

static void check_parameter(scene *s, nc__graph *graph, bool training, int32_t index, int times)
{
    const nc__tensor *value = &s->values[index], *gradient = &s->gradients[index];
    const int64_t count = value->rows * value->cols;
    const int64_t every = count < MOST_CHECKED ? 1 : count / MOST_CHECKED;
    for (int64_t i = 0; i < count; i += every) {
        const double wanted = times * difference(s, graph, training, (double *)value->data + i);
        const double found = ((double *)gradient->data)[i];
        ck_assert_msg(fabs(found - wanted) <= TOLERANCE * (1 + size_of(gradient)),
                      "parameter %d, value %d: %.17g, wanted %.17g", (int)index, (int)i, found,
                      wanted);
    }
}

/* Once as the first block, and added to once more. */
static void check_backward(libnc_network *network, int64_t rows, bool training)
{
    scene s;
    begin(&s, network, rows, LIBNC_FLOAT64);
    nc__graph graph = graph_of(&s, true);
    find_gradient(&s, &graph, training, true);
    for (int32_t i = 0; i < s.parameters; i++)
        check_parameter(&s, &graph, training, i, 1);
    find_gradient(&s, &graph, training, true);
    find_gradient(&s, &graph, training, false);
    for (int32_t i = 0; i < s.parameters && i < 4; i++)
        check_parameter(&s, &graph, training, i, 2);
    end(&s);
}

START_TEST(convolutions_back)
{
    check_backward(convolutions(_i), 15, true);
}
END_TEST

START_TEST(backward)
{
    for (int training = 0; training < 2; training++) {
        check_backward(normalised(), 7, training);
        check_backward(pooled(LIBNC_POOLING_MAX), 3, training);
        check_backward(pooled(LIBNC_POOLING_MEAN), 3, training);
        check_backward(affine(), 5, training);
        check_backward(shortcuts(), 5, training);
    }
}
END_TEST

START_TEST(whole_networks_back)
{
    static const char *const names[] = {"vgg11", "vgg13", "vgg16", "resnet18", "resnet18_7x7"};
    check_backward(named(names[_i], 1 + _i % 2 * 2, 12), 9, true);
    check_backward(named(names[_i], 1 + _i % 2 * 2, 12), 9, false);
}
END_TEST

/* ---- every instruction set ---- */

enum { SEGMENTS = 2, LENGTH = 19, STEP_IN = 3, ROWS = 2, STRIDE = 48, MOST_PIXELS = 30 };

static const int64_t offsets[SEGMENTS] = {1, 70};

static nc__correlation correlation_of(int64_t pixels, int64_t channels)
{
    return (nc__correlation){.count = {1, ROWS, pixels},
                             .in_step = {0, 40, STEP_IN},
                             .out_step = {0, MOST_PIXELS * channels, channels},
                             .segments = SEGMENTS,
                             .length = LENGTH,
                             .offsets = offsets,
                             .channels = channels,
                             .stride = STRIDE};
}

static nc__tensor random_tensor(nc__arena *arena, int32_t scalar, int64_t count, uint64_t seed)
{
    nc__tensor tensor = nc__arena_tensor(arena, scalar, 1, count);
    draw(&tensor, 0, 1, seed);
    return tensor;
}

static double at(const nc__tensor *tensor, int64_t i)
{
    return tensor->scalar == LIBNC_FLOAT64 ? ((const double *)tensor->data)[i]
                                           : (double)((const float *)tensor->data)[i];
}

static void assert_near(double found, double wanted, int32_t scalar, const char *what)
{
    const double tolerance = scalar == LIBNC_FLOAT64 ? 1e-12 : 1e-4;
    ck_assert_msg(fabs(found - wanted) <= tolerance, "%s: %.17g, wanted %.17g", what, found,
                  wanted);
}

/* Forward: nothing but the channels of the pixels is written. */
static void check_correlate(const nc__layer_kernels *kernels, nc__arena *arena, int32_t scalar,
                            const nc__correlation *c, bool add)
{
    const int64_t pixels = c->count[2], n = c->channels;
    const nc__tensor in = random_tensor(arena, scalar, 400, 1);
    const nc__tensor w = random_tensor(arena, scalar, SEGMENTS * LENGTH * STRIDE, 2);
    const nc__tensor bias = random_tensor(arena, scalar, STRIDE, 3);
    const nc__tensor before = random_tensor(arena, scalar, ROWS * MOST_PIXELS * n, 4);
    nc__tensor out = random_tensor(arena, scalar, ROWS * MOST_PIXELS * n, 4);
    kernels->correlate(c, in.data, w.data, add ? NULL : bias.data, add, out.data);
    for (int64_t row = 0; row < ROWS; row++)
        for (int64_t p = 0; p < MOST_PIXELS; p++)
            for (int64_t o = 0; o < n; o++) {
                const int64_t place = (row * MOST_PIXELS + p) * n + o;
                double sum = add || p >= pixels ? at(&before, place) : at(&bias, o);
                for (int64_t i = 0; i < SEGMENTS * LENGTH && p < pixels; i++)
                    sum += at(&in, row * 40 + p * STEP_IN + offsets[i / LENGTH] + i % LENGTH) *
                           at(&w, i * STRIDE + o);
                assert_near(at(&out, place), sum, scalar, "correlate");
            }
}

static void check_weights(const nc__layer_kernels *kernels, nc__arena *arena, int32_t scalar,
                          const nc__correlation *c)
{
    const int64_t pixels = c->count[2], n = c->channels, tiles = kernels->weight_tiles(c);
    const nc__tensor in = random_tensor(arena, scalar, 400, 1);
    const nc__tensor g = random_tensor(arena, scalar, ROWS * MOST_PIXELS * n, 2);
    nc__tensor w = random_tensor(arena, scalar, SEGMENTS * LENGTH * STRIDE, 3);
    const nc__tensor before = random_tensor(arena, scalar, SEGMENTS * LENGTH * STRIDE, 3);
    kernels->correlate_weights(c, 0, tiles / 2, in.data, g.data, w.data);
    kernels->correlate_weights(c, tiles / 2, tiles, in.data, g.data, w.data);
    for (int64_t i = 0; i < SEGMENTS * LENGTH; i++)
        for (int64_t o = 0; o < n; o++) {
            double sum = at(&before, i * STRIDE + o);
            for (int64_t row = 0; row < ROWS; row++)
                for (int64_t p = 0; p < pixels; p++)
                    sum += at(&in, row * 40 + p * STEP_IN + offsets[i / LENGTH] + i % LENGTH) *
                           at(&g, (row * MOST_PIXELS + p) * n + o);
            assert_near(at(&w, i * STRIDE + o), sum, scalar, "correlate_weights");
        }
}

START_TEST(every_instruction_set)
{
    static const int64_t channels[] = {1, 3, 4, 8, 12, 16, 17, 24, 31, 32, 40, 48};
    const int32_t scalar = _i % 2 ? LIBNC_FLOAT32 : LIBNC_FLOAT64;
    const nc__layer_kernels *kernels = nc__layer_kernels_variant(scalar, _i / 2, NULL);
    for (size_t k = 0; k < sizeof channels / sizeof *channels && kernels; k++)
        for (int64_t pixels = 1; pixels <= MOST_PIXELS; pixels += 1 + pixels / 9) {
            nc__arena arena = {.context = context};
            const nc__correlation c = correlation_of(pixels, channels[k]);
            check_correlate(kernels, &arena, scalar, &c, false);
            check_correlate(kernels, &arena, scalar, &c, true);
            check_weights(kernels, &arena, scalar, &c);
            nc__arena_release(&arena);
        }
}
END_TEST

/* ---- threads ---- */

static void copy_gradients(scene *s, int32_t threads, nc__tensor *copies)
{
    must(libnc_context_set_threads(context, threads));
    nc__graph graph = graph_of(s, true);
    find_gradient(s, &graph, true, true);
    for (int32_t i = 0; i < s->parameters; i++) {
        copies[i] =
            nc__arena_tensor(&s->arena, s->in.scalar, s->gradients[i].rows, s->gradients[i].cols);
        nc__copy(&s->gradients[i], &copies[i]);
    }
}

START_TEST(threads_give_the_same_bits)
{
    static nc__tensor one[200], more[200];
    scene s;
    begin(&s, _i ? named("resnet18", 1, 28) : named("vgg11", 1, 28), 37, LIBNC_FLOAT32);
    copy_gradients(&s, 1, one);
    for (int32_t threads = 2; threads <= 3; threads++) {
        copy_gradients(&s, threads, more);
        for (int32_t i = 0; i < s.parameters; i++)
            ck_assert(memcmp(one[i].data, more[i].data,
                             (size_t)(one[i].rows * one[i].cols) * sizeof(float)) == 0);
    }
    end(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("layers");
    TCase *cases = add_case(suite, "layers", 60);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, convolves, 0, CONVOLUTIONS);
    tcase_add_test(cases, forward);
    tcase_add_test(cases, whole_networks_forward);
    tcase_add_loop_test(cases, convolutions_back, 0, CONVOLUTIONS);
    tcase_add_test(cases, backward);
    tcase_add_loop_test(cases, every_instruction_set, 0, 6);
    tcase_add_loop_test(cases, threads_give_the_same_bits, 0, 2);
    TCase *whole = add_numeric_case(suite, "whole networks", 60);
    tcase_add_checked_fixture(whole, setup, teardown);
    tcase_add_loop_test(whole, whole_networks_back, 0, 5);
    return run_suite(suite);
}
