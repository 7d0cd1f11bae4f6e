/* SPDX-License-Identifier: MIT
 *
 * test_network.c: networks as a model has them and a trainer trains them: names and shapes, the
 * gradient of the objective, batches, running statistics, threads, and files that do not fit. What
 * nodes compute is in test_layers.c; checkpoints are in test_checkpoint.c.
 */
#include "support/training_fixture.h"

#include <libnc/array.h>

#include <unistd.h>

enum { N = 17, K = 3, SIDE = 6, INPUTS = SIDE * SIDE, FEATURES = 5 };

/* Batch norm, a shortcut, pooling and an affine layer. */
static libnc_network *small_network(void)
{
    libnc_network *network;
    must(libnc_network_create(&network, context, 1, SIDE, SIDE));
    must(libnc_network_convolution(network, 4, 3, 1, 1, 0));
    must(libnc_network_normalisation(network));
    must(libnc_network_activation(network, LIBNC_ACTIVATION_RELU));
    must(libnc_network_convolution(network, 4, 3, 1, 1, 1));
    must(libnc_network_add(network, 3));
    must(libnc_network_pooling(network, LIBNC_POOLING_MAX, 2, 2, 0));
    must(libnc_network_normalisation(network));
    must(libnc_network_affine(network, FEATURES));
    return network;
}

static libnc_model *model_of(libnc_network *network, int32_t scalar)
{
    const int64_t widths[] = {libnc_network_outputs(network), FEATURES};
    libnc_model *model;
    must(libnc_model_create_network(&model, network, scalar, K, 2, widths, 1));
    must(libnc_model_initialise(model, LIBNC_INITIALISE_KAIMING, 1, 3));
    libnc_network_destroy(network);
    return model;
}

static run small_run(int32_t optimizer, int64_t samples, int64_t classes)
{
    libnc_dataset *data = random_dataset(LIBNC_FLOAT64, samples, INPUTS, classes, 7);
    run r = make_run(model_of(small_network(), LIBNC_FLOAT64), LIBNC_LOSS_CROSS_ENTROPY, optimizer,
                     data);
    set_decays(&r, 1e-2);
    set_rate(&r, 0.05);
    return r;
}

static double *state_of(libnc_model *model, int32_t index)
{
    void *data;
    must(libnc_model_state_view(model, index, &data));
    return data;
}

/* ---- names and shapes ---- */

static void assert_parameter(const libnc_model *model, const char *name, int64_t rows, int64_t cols)
{
    int64_t r, c;
    must(libnc_model_parameter_info(model, index_of(model, name), NULL, &r, &c));
    ck_assert_msg(r == rows && c == cols, "%s is %d x %d", name, (int)r, (int)c);
}

static libnc_model *named_model(const char *name, int64_t channels, int64_t side, int64_t width)
{
    libnc_network *network;
    must(libnc_network_create_named(&network, context, name, channels, side, side, width));
    return model_of(network, LIBNC_FLOAT32);
}

START_TEST(names_of_torchvision)
{
    libnc_model *vgg = named_model("vgg16", 3, 32, 2), *resnet = named_model("resnet18", 1, 28, 2);
    libnc_model *mlp = named_model("mlp", 3, 4, 7);
    assert_parameter(vgg, "features.0.weight", 2, 27);
    assert_parameter(vgg, "features.1.bias", 1, 2);
    assert_parameter(vgg, "features.40.weight", 16, 9 * 16);
    assert_parameter(vgg, "features.41.weight", 1, 16);
    ck_assert_int_eq(libnc_model_state_count(vgg), 2 * 13);
    assert_parameter(resnet, "conv1.weight", 2, 9);
    assert_parameter(resnet, "layer1.1.bn2.weight", 1, 2);
    assert_parameter(resnet, "layer4.0.downsample.0.weight", 16, 8);
    assert_parameter(resnet, "head.1.weight", FEATURES, 16);
    ck_assert_int_eq(libnc_model_state_count(resnet), 2 * 20);
    assert_parameter(mlp, "backbone.1.weight", 7, 48);
    assert_parameter(mlp, "backbone.3.bias", 1, 7);
    ck_assert_int_eq(libnc_model_state_count(mlp), 0);
    libnc_model_destroy(mlp);
    libnc_model_destroy(resnet);
    libnc_model_destroy(vgg);
}
END_TEST

static void assert_node(const libnc_network *network, int64_t node, int64_t channels,
                        int64_t height, int64_t width)
{
    int64_t c, h, w;
    must(libnc_network_shape(network, node, &c, &h, &w));
    ck_assert_msg(c == channels && h == height && w == width, "node %d: %d x %d x %d", (int)node,
                  (int)c, (int)h, (int)w);
}

START_TEST(shapes)
{
    libnc_network *network;
    must(libnc_network_create_named(&network, context, "resnet18_7x7", 3, 224, 224, 64));
    ck_assert_int_eq(libnc_network_outputs(network), 512);
    assert_node(network, 0, 3, 224, 224);
    assert_node(network, 1, 64, 112, 112);
    assert_node(network, 4, 64, 56, 56);
    assert_node(network, libnc_network_nodes(network) - 1, 512, 7, 7);
    libnc_network_destroy(network);
    must(libnc_network_create_named(&network, context, "vgg11", 1, 28, 28, 8));
    assert_node(network, 1, 1, 32, 32);
    FAILS(libnc_network_pooling(network, LIBNC_POOLING_MAX, 2, 2, 0), LIBNC_ERROR_DIMENSION,
          "size = 2: must be at most 1, the input being 1 x 1");
    FAILS(libnc_network_add(network, 1), LIBNC_ERROR_DIMENSION,
          "gives 1 x 32 x 32: must be 64 x 1 x 1");
    libnc_network_destroy(network);
}
END_TEST

/* ---- the objective ---- */

static double difference(run *r, int32_t index, double *values, size_t i, size_t size)
{
    const double step = 1e-6, old = values[i];
    double slope = 0;
    for (int side = 1; side >= -1; side -= 2) {
        values[i] = old + side * step;
        must(libnc_model_set_parameter(r->model, index, values, size));
        slope += side * objective_of(r) / (2 * step);
    }
    values[i] = old;
    must(libnc_model_set_parameter(r->model, index, values, size));
    return slope;
}

/* Of the objective with running statistics. */
START_TEST(gradient_of_the_objective)
{
    run r = small_run(LIBNC_OPTIMIZER_MOMENTUM, N, K);
    stop_of_step(r.trainer, 3);
    for (int32_t i = 0; i < libnc_model_parameter_count(r.model); i++) {
        const size_t size = parameter_size(r.model, i);
        double *values = parameter(r.model, i), *gradient = malloc(size * sizeof *gradient);
        must(libnc_trainer_gradient(r.trainer, i, gradient, size));
        for (size_t j = 0; j < size; j += 1 + size / 10)
            ck_assert_double_eq_tol(gradient[j], difference(&r, i, values, j, size), 1e-7);
        free(gradient);
        free(values);
    }
    end_run(&r);
}
END_TEST

/* ---- batches ---- */

/* The dataset that has entries begin .. begin + count - 1 of the first epoch. One class, since a
 * dataset has samples of every class that it knows. */
static libnc_dataset *batch_of(const libnc_dataset *data, int64_t begin, int64_t count)
{
    int64_t order[N];
    double *inputs = inputs_of(data), picked[N * INPUTS];
    int32_t labels[N];
    libnc_dataset *batch;
    must(libnc_dataset_order(data, 0, 0, order, N));
    for (int64_t i = 0; i < count; i++) {
        memcpy(picked + i * INPUTS, inputs + order[begin + i] * INPUTS, INPUTS * sizeof *inputs);
        labels[i] = libnc_dataset_labels(data)[order[begin + i]];
    }
    free(inputs);
    must(libnc_dataset_from_memory(&batch, context, LIBNC_FLOAT64, picked, labels, count, INPUTS));
    return batch;
}

/* 17 samples in batches of 4: the last one of 1 joins the one before, and nothing is left out. A
 * step is that of a full batch of its own. */
START_TEST(a_last_batch_of_one)
{
    run r = small_run(LIBNC_OPTIMIZER_GRADIENT_DESCENT, N, 1);
    libnc_model *twin = model_of(small_network(), LIBNC_FLOAT64);
    set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, 4);
    must(libnc_penalty_set_feature_decay(r.penalty, 0));
    stop_of_step(r.trainer, 4);
    for (int64_t b = 0; b < 4; b++) {
        run one = {.loss = r.loss, .penalty = r.penalty, .optimizer = r.optimizer};
        one.dataset = batch_of(r.dataset, 4 * b, b < 3 ? 4 : 5);
        must(libnc_trainer_create(&one.trainer, twin, one.loss, one.penalty, one.optimizer,
                                  one.dataset));
        stop_of_step(one.trainer, 1);
        libnc_trainer_destroy(one.trainer);
        libnc_dataset_destroy(one.dataset);
    }
    ck_assert_double_lt(model_distance(r.model, twin), 1e-12);
    for (int i = 0; i < 4; i++)
        ck_assert_double_eq_tol(state_of(r.model, 1)[i], state_of(twin, 1)[i], 1e-13);
    libnc_model_destroy(twin);
    end_run(&r);
}
END_TEST

START_TEST(steps_allocate_nothing)
{
    run r = small_run(LIBNC_OPTIMIZER_ADAM, N, K);
    must(libnc_dataset_set_shape(r.dataset, 1, SIDE, SIDE));
    set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, 4);
    set_integer(&r, LIBNC_TRAINER_OPTION_CROP_PADDING, 1);
    set_integer(&r, LIBNC_TRAINER_OPTION_FLIP, 1);
    stop_of_step(r.trainer, 1);
    const int64_t calls = memory.calls;
    stop_of_step(r.trainer, 3 * N);
    ck_assert_int_eq(memory.calls, calls);
    end_run(&r);
}
END_TEST

START_TEST(what_batch_norm_cannot)
{
    run r = small_run(LIBNC_OPTIMIZER_MOMENTUM, N, K);
    set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, 1);
    FAILS(libnc_trainer_step(r.trainer, 1, NULL), LIBNC_ERROR_UNSUPPORTED,
          "batch_size = 1: must be at least 2 for batch norm");
    set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, 2);
    stop_of_step(r.trainer, N);
    end_run(&r);
    r = small_run(LIBNC_OPTIMIZER_MOMENTUM, 1, 1);
    FAILS(libnc_trainer_step(r.trainer, 1, NULL), LIBNC_ERROR_UNSUPPORTED, "batch norm");
    end_run(&r);
    r = small_run(LIBNC_OPTIMIZER_LBFGS, N, K);
    FAILS(libnc_trainer_run(r.trainer, NULL), LIBNC_ERROR_UNSUPPORTED,
          "L-BFGS does not train batch norm");
    end_run(&r);
}
END_TEST

/* Without batch norm a network trains like any other. */
START_TEST(lbfgs_trains_convolutions)
{
    libnc_network *network;
    must(libnc_network_create(&network, context, 1, SIDE, SIDE));
    must(libnc_network_convolution(network, 4, 3, 2, 1, 1));
    must(libnc_network_activation(network, LIBNC_ACTIVATION_RELU));
    must(libnc_network_convolution(network, FEATURES, 3, 1, 0, 1));
    run r = make_run(model_of(network, LIBNC_FLOAT64), LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_LBFGS,
                     random_dataset(LIBNC_FLOAT64, N, INPUTS, K, 7));
    const double before = objective_of(&r);
    stop_of_step(r.trainer, 60);
    ck_assert_double_lt(objective_of(&r), 0.2 * before);
    end_run(&r);
}
END_TEST

/* ---- running statistics ---- */

START_TEST(settles_on_the_data)
{
    libnc_network *network;
    must(libnc_network_create(&network, context, 1, SIDE, SIDE));
    must(libnc_network_normalisation(network));
    libnc_dataset *data = random_dataset(LIBNC_FLOAT64, N, INPUTS, K, 9);
    libnc_model *model = model_of(network, LIBNC_FLOAT64);
    double *inputs = inputs_of(data), mean = 0, square = 0;
    for (int i = 0; i < N * INPUTS; i++)
        mean += inputs[i] / (N * INPUTS);
    for (int i = 0; i < N * INPUTS; i++)
        square += (inputs[i] - mean) * (inputs[i] - mean) / (N * INPUTS - 1);
    ck_assert(state_of(model, 0)[0] == 0 && state_of(model, 1)[0] == 1);
    for (int64_t batch = 2; batch <= N; batch += 5) {
        must(libnc_model_settle(model, data, batch));
        ck_assert_double_eq_tol(state_of(model, 0)[0], mean, 1e-14);
        ck_assert_double_eq_tol(state_of(model, 1)[0], square, batch == N ? 1e-14 : 0.02);
    }
    must(libnc_model_initialise(model, LIBNC_INITIALISE_KAIMING, 1, 3));
    ck_assert(state_of(model, 0)[0] == 0 && state_of(model, 1)[0] == 1);
    free(inputs);
    libnc_dataset_destroy(data);
    libnc_model_destroy(model);
}
END_TEST

/* ---- threads ---- */

static libnc_model *trained(const char *name, int32_t threads)
{
    must(libnc_context_set_threads(context, threads));
    libnc_model *model = named_model(name, 1, 12, 4);
    run r = make_run(model, LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_ADAM,
                     random_dataset(LIBNC_FLOAT32, 60, 144, K, 4));
    set_decays(&r, 1e-3);
    set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, 24);
    stop_of_step(r.trainer, 5);
    r.model = NULL;
    end_run(&r);
    return model;
}

START_TEST(threads_train_the_same_bits)
{
    static const char *const names[] = {"vgg11", "resnet18"};
    libnc_model *one = trained(names[_i % 2], 1), *two = trained(names[_i % 2], 2);
    ck_assert(model_distance(one, two) == 0);
    libnc_model_destroy(one);
    libnc_model_destroy(two);
}
END_TEST

/* ---- files ---- */

START_TEST(images_of_another_shape)
{
    libnc_model *model = named_model("resnet18", 1, 6, 1);
    libnc_dataset *data = random_dataset(LIBNC_FLOAT32, N, INPUTS, K, 4);
    double values[N * 8];
    must(libnc_model_evaluate(model, data, 1, values, N * 8)); /* vectors fit */
    must(libnc_dataset_set_shape(data, 1, SIDE, SIDE));
    must(libnc_model_evaluate(model, data, 1, values, N * 8));
    must(libnc_dataset_set_shape(data, 1, 4, 9));
    FAILS(libnc_model_evaluate(model, data, 1, values, N * 8), LIBNC_ERROR_DIMENSION,
          "images of 1 x 4 x 9: must be 1 x 6 x 6");
    libnc_dataset_destroy(data);
    libnc_model_destroy(model);
}
END_TEST

/* A convolution without a name alone. */
static libnc_model *one_convolution(int64_t kernel, bool normalises)
{
    libnc_network *network;
    must(libnc_network_create(&network, context, 1, SIDE, SIDE));
    must(libnc_network_convolution(network, 2, kernel, 1, 0, 0));
    if (normalises)
        must(libnc_network_normalisation(network));
    return model_of(network, LIBNC_FLOAT64);
}

START_TEST(files_that_do_not_fit)
{
    char path[64];
    snprintf(path, sizeof path, "/tmp/libnc_network_%ld.npz", (long)getpid());
    libnc_model *wide = one_convolution(3, false), *narrow = one_convolution(2, false);
    libnc_model *normalised = one_convolution(3, true);
    must(libnc_model_export(wide, path, LIBNC_ARRAY_NPZ));
    FAILS(libnc_model_import(narrow, path), LIBNC_ERROR_DIMENSION,
          "backbone.0.weight is 2 x 1 x 3 x 3, of 4 dimensions: must be 2 x 1 x 2 x 2");
    FAILS(libnc_model_import(normalised, path), LIBNC_ERROR_ARGUMENT, "backbone.1.weight");
    state_of(normalised, 1)[1] = -0.5;
    must(libnc_model_export(normalised, path, LIBNC_ARRAY_NPZ));
    FAILS(libnc_model_import(normalised, path), LIBNC_ERROR_ARGUMENT,
          "backbone.1.running_var[1] = -0.5: must be at least 0");
    unlink(path);
    libnc_model_destroy(normalised);
    libnc_model_destroy(narrow);
    libnc_model_destroy(wide);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network");
    TCase *cases = add_case(suite, "network", 60);
    tcase_add_checked_fixture(cases, setup_alone, teardown);
    tcase_add_test(cases, names_of_torchvision);
    tcase_add_test(cases, shapes);
    tcase_add_test(cases, gradient_of_the_objective);
    tcase_add_test(cases, a_last_batch_of_one);
    tcase_add_test(cases, steps_allocate_nothing);
    tcase_add_test(cases, what_batch_norm_cannot);
    tcase_add_test(cases, lbfgs_trains_convolutions);
    tcase_add_test(cases, settles_on_the_data);
    tcase_add_loop_test(cases, threads_train_the_same_bits, 0, 20);
    tcase_add_test(cases, files_that_do_not_fit);
    tcase_add_test(cases, images_of_another_shape);
    return run_suite(suite);
}
