/* SPDX-License-Identifier: MIT
 *
 * test_repeats.c: oversampling by repeated indices: the order of an epoch, full batches and
 * minibatches against training in plain loops and against data that are really repeated, class
 * weights, feature decay, the exact reduction; error codes.
 */
#include "data/dataset_internal.h"
#include "support/naive_training.h"

#include <libnc/blas.h>

enum { K = 3, IDENTITY = LIBNC_ACTIVATION_IDENTITY, RELU = LIBNC_ACTIVATION_RELU };

static const int64_t counts[K] = {7, 4, 2}, repeats[K] = {1, 2, 5};
enum { N = 13, ENTRIES = 7 + 8 + 10 };

static const naive_loss losses[] = {
    {LIBNC_LOSS_MSE, 0, 0, NULL},
    {LIBNC_LOSS_CROSS_ENTROPY, 0.1, 0, NULL},
    {LIBNC_LOSS_FOCAL, 0, 2, NULL},
};

/* ---- models and data: 0 one layer, 1 deep (steps in chain order), 2 deep and narrow (layer by
 * layer), 3 and 4 a backbone ---- */

enum { MODELS = 5, FREE_MODELS = 3 };

static libnc_model *model_of(int kind, int32_t scalar)
{
    static const int64_t widths[MODELS][2] = {{5}, {5, 6}, {6, 2}, {5, 4}, {4}};
    static const int64_t outputs[2] = {6, 5};
    static const int32_t activations[2] = {RELU, IDENTITY};
    const int32_t depth = kind == 0 || kind == 4 ? 1 : 2;
    if (kind < FREE_MODELS)
        return free_model(scalar, counts, K, depth, widths[kind], kind != 2);
    return model_on(backbone_of(4, kind == 3 ? 2 : 0, outputs, activations), scalar, K, depth,
                    widths[kind], 1);
}

/* Samples in no order of classes; each `times` its class in a row. */
static libnc_dataset *data_of(const int64_t *times)
{
    static const int32_t labels[N] = {0, 2, 0, 1, 1, 0, 0, 1, 0, 2, 0, 1, 0};
    double *inputs = random_values(N * 4, 1, 21), *all = malloc(ENTRIES * 4 * sizeof *all);
    int32_t every[ENTRIES];
    int64_t rows = 0;
    for (int64_t i = 0; i < N; i++)
        for (int64_t r = 0; r < (times ? times[labels[i]] : 1); r++, rows++) {
            memcpy(all + rows * 4, inputs + i * 4, 4 * sizeof *all);
            every[rows] = labels[i];
        }
    libnc_dataset *dataset;
    must(libnc_dataset_from_memory(&dataset, context, LIBNC_FLOAT64, all, every, rows, 4));
    free(inputs);
    free(all);
    return dataset;
}

static run run_on(int kind, int32_t scalar, const naive_loss *loss, int32_t optimizer,
                  libnc_dataset *dataset)
{
    libnc_model *model = model_of(kind, scalar);
    randomise(model, 0.6, 17);
    run r = make_run(model, loss->kind, optimizer, dataset);
    apply_naive_loss(loss, K, r.loss);
    set_decays(&r, 0.05);
    if (optimizer != LIBNC_OPTIMIZER_LBFGS)
        set_rate(&r, 0.05);
    return r;
}

static run run_of(int kind, int32_t scalar, const naive_loss *loss, int32_t optimizer)
{
    run r = run_on(kind, scalar, loss, optimizer, kind < FREE_MODELS ? NULL : data_of(NULL));
    must(libnc_trainer_set_repeats(r.trainer, repeats, K));
    return r;
}

static const int32_t *labels_of(const run *r)
{
    return r->dataset ? libnc_dataset_labels(r->dataset) : libnc_model_labels(r->model);
}

/* The samples of an epoch, in order, repeated. */
static void list_entries(const int32_t *labels, int64_t *rows)
{
    for (int64_t i = 0; i < N; i++)
        for (int64_t r = 0; r < repeats[labels[i]]; r++)
            *rows++ = i;
}

/* Adam divides by the gradient's own size, which makes rounding relative to the smallest. */
static double tolerance_of(int32_t scalar, int32_t optimizer)
{
    const double exact = optimizer >= LIBNC_OPTIMIZER_ADAM ? 1e-9 : 1e-12;
    return scalar == LIBNC_FLOAT64 ? exact : optimizer >= LIBNC_OPTIMIZER_ADAM ? 5e-3 : 1e-5;
}

static void check_followed(const naive_run *n, double tolerance)
{
    const double distance = model_distance(n->model, n->like->model);
    ck_assert_msg(distance <= tolerance, "step %d: distance %g", n->steps, distance);
}

/* ---- the order of an epoch ---- */

START_TEST(order_repeats_every_sample)
{
    libnc_dataset *dataset = data_of(NULL);
    int64_t order[ENTRIES], seen[N] = {0};
    must(libnc_dataset_order_repeated(dataset, repeats, K, 5, 2, order, ENTRIES));
    for (int e = 0; e < ENTRIES; e++) {
        ck_assert(order[e] >= 0 && order[e] < N);
        seen[order[e]]++;
    }
    for (int i = 0; i < N; i++)
        ck_assert_int_eq(seen[i], repeats[libnc_dataset_labels(dataset)[i]]);
    libnc_dataset_destroy(dataset);
}
END_TEST

/* The order of the data in which samples really stand several times, so that it is random in the
 * same way; and of the data themselves for repeats of 1. */
START_TEST(order_is_that_of_repeated_data)
{
    static const int64_t ones[K] = {1, 1, 1};
    libnc_dataset *dataset = data_of(NULL), *large = data_of(repeats);
    int64_t order[ENTRIES], other[ENTRIES], sample[ENTRIES];
    list_entries(libnc_dataset_labels(dataset), sample);
    for (uint64_t seed = 0; seed < 3; seed++)
        for (uint64_t epoch = 0; epoch < 3; epoch++) {
            must(libnc_dataset_order_repeated(dataset, repeats, K, seed, epoch, order, ENTRIES));
            must(libnc_dataset_order(large, seed, epoch, other, ENTRIES));
            for (int e = 0; e < ENTRIES; e++)
                ck_assert_int_eq(order[e], sample[other[e]]);
            must(libnc_dataset_order_repeated(dataset, ones, K, seed, epoch, order, N));
            must(libnc_dataset_order(dataset, seed, epoch, other, N));
            ck_assert_mem_eq(order, other, N * sizeof *order);
        }
    libnc_dataset_destroy(dataset);
    libnc_dataset_destroy(large);
}
END_TEST

START_TEST(order_refuses)
{
    const libnc_status argument = LIBNC_ERROR_ARGUMENT, dimension = LIBNC_ERROR_DIMENSION;
    libnc_dataset *data = data_of(NULL);
    const int64_t none[K] = {1, 0, 1}, huge[K] = {INT64_C(1) << 53, 1, 1};
    int64_t order[ENTRIES];
    ck_assert_int_eq(libnc_dataset_order_repeated(NULL, repeats, K, 0, 0, order, ENTRIES),
                     argument);
    FAILS(libnc_dataset_order_repeated(data, NULL, K, 0, 0, order, ENTRIES), argument, "repeats");
    FAILS(libnc_dataset_order_repeated(data, repeats, K, 0, 0, NULL, ENTRIES), argument, "order");
    FAILS(libnc_dataset_order_repeated(data, repeats, 2, 0, 0, order, ENTRIES), dimension,
          "class_count = 2");
    FAILS(libnc_dataset_order_repeated(data, none, K, 0, 0, order, ENTRIES), argument,
          "repeats[1] = 0");
    FAILS(libnc_dataset_order_repeated(data, huge, K, 0, 0, order, ENTRIES), argument, "2^53");
    FAILS(libnc_dataset_order_repeated(data, repeats, K, 0, 0, order, N), dimension, "25");
    libnc_dataset_destroy(data);
}
END_TEST

/* ---- against plain loops ---- */

/* Full batch: a step on the list of all entries. */
static void check_full_batch(int kind, int32_t scalar, const naive_loss *loss, int32_t optimizer)
{
    run r = run_of(kind, scalar, loss, optimizer);
    naive_run n = naive_begin(&r, model_of(kind, LIBNC_FLOAT64), loss, kind == 3 ? 2 : 0,
                              (int32_t[]){RELU, IDENTITY});
    int64_t rows[ENTRIES];
    n.repeats = repeats;
    list_entries(labels_of(&r), rows);
    for (int t = 0; t < 5; t++) {
        must(libnc_trainer_step(r.trainer, 1, NULL));
        naive_step(&n, optimizer, 0.05, rows, ENTRIES);
        check_followed(&n, tolerance_of(scalar, optimizer));
    }
    naive_end(&n);
    end_run(&r);
}

START_TEST(full_batches_follow_the_formulas)
{
    for (int l = 0; l < 3; l++)
        for (int32_t optimizer = LIBNC_OPTIMIZER_GRADIENT_DESCENT;
             optimizer <= LIBNC_OPTIMIZER_ADAMW; optimizer++) {
            check_full_batch(_i, LIBNC_FLOAT64, &losses[l], optimizer);
            check_full_batch(_i, LIBNC_FLOAT32, &losses[l], optimizer);
        }
}
END_TEST

/* Batches, some larger than the data, with samples that stand in them more than once. */
static void check_minibatches(int kind, int32_t scalar, const naive_loss *loss, int32_t optimizer)
{
    static const int64_t sizes[] = {4, 4, 20, ENTRIES - 1, N};
    run r = run_of(kind, scalar, loss, optimizer);
    naive_run n = naive_begin(&r, model_of(kind, LIBNC_FLOAT64), loss, kind == 3 ? 2 : 0,
                              (int32_t[]){RELU, IDENTITY});
    int64_t order[ENTRIES], position = 0;
    uint64_t epoch = 0;
    n.repeats = repeats;
    set_integer(&r, LIBNC_TRAINER_OPTION_SEED, 99);
    for (int t = 0; t < 20; t++) {
        const int64_t size = sizes[t / 4], left = ENTRIES - position;
        set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, size);
        must(libnc_trainer_step(r.trainer, 1, NULL));
        nc__sample_order_repeated(99, epoch, labels_of(&r), repeats, order, ENTRIES);
        const int64_t count = size < left ? size : left;
        naive_step(&n, optimizer, 0.05, order + position, count);
        check_followed(&n, 10 * tolerance_of(scalar, optimizer));
        position = (position + count) % ENTRIES;
        epoch += position == 0;
    }
    ck_assert_uint_ge(epoch, 2);
    naive_end(&n);
    end_run(&r);
}

START_TEST(minibatches_follow_the_formulas)
{
    for (int l = 0; l < 3; l++) {
        check_minibatches(_i, LIBNC_FLOAT64, &losses[l], LIBNC_OPTIMIZER_MOMENTUM);
        check_minibatches(_i, LIBNC_FLOAT64, &losses[l], LIBNC_OPTIMIZER_ADAMW);
        check_minibatches(_i, LIBNC_FLOAT32, &losses[l], LIBNC_OPTIMIZER_NESTEROV);
    }
}
END_TEST

/* The objective is 1/N' sum of repeats times loss + the penalty of the N samples. */
START_TEST(objective_is_the_formula)
{
    for (int l = 0; l < 3; l++) {
        double weights[K], value, mean, norm, expected_mean, squares = 0;
        run r = run_of(_i, LIBNC_FLOAT64, &losses[l], LIBNC_OPTIMIZER_GRADIENT_DESCENT);
        naive_loss weighted = losses[l];
        for (int k = 0; k < K; k++)
            weights[k] = (double)repeats[k] * N / ENTRIES;
        weighted.weights = weights;
        const double expected = naive_objective(&r, &weighted, _i == 3 ? 2 : 0,
                                                (int32_t[]){RELU, IDENTITY}, &expected_mean);
        must(libnc_trainer_evaluate(r.trainer, &value, &mean, &norm));
        ck_assert_double_eq_tol(value, expected, 1e-13 * expected);
        ck_assert_double_eq_tol(mean, expected_mean, 1e-13 * expected);
        for (int32_t i = 0; i < libnc_model_parameter_count(r.model); i++) {
            const size_t size = parameter_size(r.model, i);
            double *gradient = random_values(size, 1, 1);
            must(libnc_trainer_gradient(r.trainer, i, gradient, size));
            squares += (double)naive_squares(gradient, size);
            free(gradient);
        }
        ck_assert_double_eq_tol(norm, sqrt(squares), 1e-13 * norm);
        end_run(&r);
    }
}
END_TEST

/* ---- against repeated data ---- */

static void check_repeated_data(int kind, const naive_loss *loss, int32_t optimizer, int64_t batch)
{
    run few = run_of(kind, LIBNC_FLOAT64, loss, optimizer);
    run many = run_on(kind, LIBNC_FLOAT64, loss, optimizer, data_of(repeats));
    run *both[2] = {&few, &many};
    for (int i = 0; i < 2; i++) {
        /* the decay of repeated features is that of more features */
        must(libnc_penalty_set_feature_decay(both[i]->penalty, 0));
        set_integer(both[i], LIBNC_TRAINER_OPTION_SEED, 7);
        set_integer(both[i], LIBNC_TRAINER_OPTION_BATCH_SIZE, batch);
    }
    ck_assert_double_eq_tol(objective_of(&few), objective_of(&many), 1e-13);
    must(libnc_trainer_step(few.trainer, 15, NULL));
    must(libnc_trainer_step(many.trainer, 15, NULL));
    ck_assert(model_distance(few.model, many.model) <= tolerance_of(LIBNC_FLOAT64, optimizer));
    end_run(&few);
    end_run(&many);
}

START_TEST(repeats_train_as_repeated_data)
{
    for (int kind = FREE_MODELS; kind < MODELS; kind++)
        for (int l = 0; l < 3; l++) {
            for (int64_t batch = 0; batch <= 16; batch += 4) {
                check_repeated_data(kind, &losses[l], LIBNC_OPTIMIZER_NESTEROV, batch);
                check_repeated_data(kind, &losses[l], LIBNC_OPTIMIZER_ADAM, batch);
            }
            check_repeated_data(kind, &losses[l], LIBNC_OPTIMIZER_GRADIENT_DESCENT, ENTRIES);
        }
}
END_TEST

/* ---- against class weights ---- */

static run weighted_run(int kind, const naive_loss *loss, int32_t optimizer, double factor,
                        double decay_factor)
{
    double weights[K];
    run r = run_on(kind, LIBNC_FLOAT64, loss, optimizer, kind < FREE_MODELS ? NULL : data_of(NULL));
    for (int k = 0; k < K; k++)
        weights[k] = factor * (double)repeats[k];
    must(libnc_loss_set_class_weights(r.loss, weights, K));
    set_decays(&r, 0.05 * decay_factor);
    return r;
}

/* Repeats are class weights with the divisor N' in place of N: the same objective for the weights
 * times N/N', and N'/N times it for decays N'/N times as large. */
START_TEST(repeats_train_as_class_weights)
{
    const double ratio = (double)ENTRIES / N;
    for (int32_t optimizer = LIBNC_OPTIMIZER_MOMENTUM; optimizer <= LIBNC_OPTIMIZER_LBFGS;
         optimizer += LIBNC_OPTIMIZER_LBFGS - LIBNC_OPTIMIZER_MOMENTUM)
        for (int l = 0; l < 3; l++) {
            const double tolerance = optimizer == LIBNC_OPTIMIZER_LBFGS ? 1e-7 : 1e-12;
            run few = run_of(_i, LIBNC_FLOAT64, &losses[l], optimizer);
            run same = weighted_run(_i, &losses[l], optimizer, 1 / ratio, 1);
            run scaled = weighted_run(_i, &losses[l], optimizer, 1, ratio);
            ck_assert_double_eq_tol(objective_of(&same), objective_of(&few), 1e-13);
            ck_assert_double_eq_tol(objective_of(&scaled), objective_of(&few) * ratio, 1e-13);
            if (optimizer != LIBNC_OPTIMIZER_LBFGS)
                set_rate(&scaled, 0.05 / ratio);
            must(libnc_trainer_step(few.trainer, 8, NULL));
            must(libnc_trainer_step(same.trainer, 8, NULL));
            must(libnc_trainer_step(scaled.trainer, 8, NULL));
            ck_assert(model_distance(few.model, same.model) <= tolerance);
            if (optimizer != LIBNC_OPTIMIZER_LBFGS) /* its first step depends on the scale */
                ck_assert(model_distance(few.model, scaled.model) <= tolerance);
            end_run(&few);
            end_run(&same);
            end_run(&scaled);
        }
}
END_TEST

/* Class weights and repeats multiply, and weights that change between calls are seen. */
START_TEST(class_weights_and_repeats_multiply)
{
    static const double own[K] = {0.5, 3, 1.25};
    double both[K];
    for (int k = 0; k < K; k++)
        both[k] = own[k] * (double)repeats[k] * N / ENTRIES;
    for (int32_t optimizer = LIBNC_OPTIMIZER_MOMENTUM; optimizer <= LIBNC_OPTIMIZER_LBFGS;
         optimizer += LIBNC_OPTIMIZER_LBFGS - LIBNC_OPTIMIZER_MOMENTUM) {
        const double tolerance = optimizer == LIBNC_OPTIMIZER_LBFGS ? 1e-7 : 1e-12;
        run a = run_of(_i, LIBNC_FLOAT64, &losses[1], optimizer);
        run b = weighted_run(_i, &losses[1], optimizer, (double)N / ENTRIES, 1);
        must(libnc_trainer_step(a.trainer, 3, NULL));
        must(libnc_trainer_step(b.trainer, 3, NULL));
        must(libnc_loss_set_class_weights(a.loss, own, K));
        must(libnc_loss_set_class_weights(b.loss, both, K));
        ck_assert_double_eq_tol(objective_of(&a), objective_of(&b), 1e-12);
        must(libnc_trainer_step(a.trainer, 3, NULL));
        must(libnc_trainer_step(b.trainer, 3, NULL));
        ck_assert(model_distance(a.model, b.model) <= tolerance);
        end_run(&a);
        end_run(&b);
    }
}
END_TEST

/* ---- an epoch of small steps ---- */

/* From one point, the moves of gradient descent over an epoch's batches, an entry counting as an
 * entry, add up to the gradient of the whole objective: nothing is biased, feature decay included.
 */
START_TEST(an_epoch_of_batches_is_the_full_batch)
{
    const int64_t batch = 1 + 5 * (_i / MODELS);
    run r = run_of(_i % MODELS, LIBNC_FLOAT64, &losses[1], LIBNC_OPTIMIZER_GRADIENT_DESCENT);
    libnc_model *start = model_of(_i % MODELS, LIBNC_FLOAT64);
    double *whole[16], *mean[16];
    const int32_t parameters = libnc_model_parameter_count(r.model);
    copy_parameters(r.model, start);
    for (int32_t i = 0; i < parameters; i++) {
        whole[i] = random_values(parameter_size(r.model, i), 1, 1);
        mean[i] = calloc(parameter_size(r.model, i), sizeof(double));
        must(libnc_trainer_gradient(r.trainer, i, whole[i], parameter_size(r.model, i)));
    }
    set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, batch);
    for (int64_t done = 0; done < ENTRIES; done += batch) {
        const double share =
            (double)(ENTRIES - done < batch ? ENTRIES - done : batch) / (double)ENTRIES;
        must(libnc_trainer_step(r.trainer, 1, NULL));
        for (int32_t i = 0; i < parameters; i++) {
            double *before = parameter(start, i), *after = parameter(r.model, i);
            for (size_t a = 0; a < parameter_size(r.model, i); a++)
                mean[i][a] += share * (before[a] - after[a]) / 0.05;
            free(before);
            free(after);
        }
        copy_parameters(start, r.model);
    }
    for (int32_t i = 0; i < parameters; i++) {
        for (size_t a = 0; a < parameter_size(r.model, i); a++)
            ck_assert_double_eq_tol(mean[i][a], whole[i][a], 1e-13);
        free(whole[i]);
        free(mean[i]);
    }
    libnc_model_destroy(start);
    end_run(&r);
}
END_TEST

/* ---- settings ---- */

/* MSE with repeats does not commute with the rotations; without them the reduction is back. */
START_TEST(reduction_is_off_with_repeats)
{
    static const int64_t large[K] = {40, 30, 20}, width = 4;
    libnc_model *models[2];
    run r[2];
    for (int i = 0; i < 2; i++) {
        models[i] = free_model(LIBNC_FLOAT64, large, K, 1, &width, 1);
        randomise(models[i], 0.5, 3);
        r[i] = make_run(models[i], LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM, NULL);
        set_decays(&r[i], 0.01);
        set_integer(&r[i], LIBNC_TRAINER_OPTION_REDUCTION, i);
    }
    for (int t = 0; t < 3; t++) {
        for (int i = 0; i < 2; i++) {
            must(libnc_trainer_set_repeats(r[i].trainer, t == 1 ? repeats : NULL, t == 1 ? K : 0));
            must(libnc_trainer_step(r[i].trainer, 20, NULL));
        }
        ck_assert_int_eq(libnc_trainer_is_reduced(r[1].trainer), t != 1);
        ck_assert_double_eq_tol(objective_of(&r[0]), objective_of(&r[1]), 1e-12);
        ck_assert(model_distance(models[0], models[1]) <= 1e-11);
    }
    end_run(&r[0]);
    end_run(&r[1]);
}
END_TEST

/* Repeats of 1 are none, to the bit; so is taking them back. */
START_TEST(repeats_of_one_change_nothing)
{
    static const int64_t ones[K] = {1, 1, 1};
    for (int64_t batch = 0; batch <= 5; batch += 5) {
        run r[3];
        for (int i = 0; i < 3; i++) {
            r[i] = run_of(_i, LIBNC_FLOAT32, &losses[1], LIBNC_OPTIMIZER_MOMENTUM);
            set_integer(&r[i], LIBNC_TRAINER_OPTION_BATCH_SIZE, batch);
        }
        must(libnc_trainer_set_repeats(r[0].trainer, NULL, 0));
        must(libnc_trainer_set_repeats(r[1].trainer, ones, K));
        ck_assert(isfinite(objective_of(&r[2])));
        must(libnc_trainer_set_repeats(r[2].trainer, NULL, 0));
        for (int i = 0; i < 3; i++)
            must(libnc_trainer_step(r[i].trainer, 9, NULL));
        ck_assert(model_distance(r[0].model, r[1].model) == 0);
        ck_assert(model_distance(r[0].model, r[2].model) == 0);
        for (int i = 0; i < 3; i++)
            end_run(&r[i]);
    }
}
END_TEST

/* A full batch of entries is asked for by 0, by N', and by anything above; not by N. */
START_TEST(full_batch_means_all_entries)
{
    static const int64_t sizes[4] = {0, ENTRIES, INT32_MAX, N};
    run r[4];
    for (int i = 0; i < 4; i++) {
        r[i] = run_of(_i, LIBNC_FLOAT64, &losses[1], LIBNC_OPTIMIZER_MOMENTUM);
        set_integer(&r[i], LIBNC_TRAINER_OPTION_BATCH_SIZE, sizes[i]);
        must(libnc_trainer_step(r[i].trainer, 4, NULL));
    }
    ck_assert(model_distance(r[0].model, r[1].model) == 0);
    ck_assert(model_distance(r[0].model, r[2].model) == 0);
    ck_assert(model_distance(r[0].model, r[3].model) > 1e-6);
    for (int i = 0; i < 4; i++)
        end_run(&r[i]);
}
END_TEST

/* Other repeats in the middle of an epoch: the same entry of the new order comes next, or the next
 * epoch where there is none. */
START_TEST(repeats_may_change_within_an_epoch)
{
    static const int64_t others[K] = {2, 1, 3};
    const int64_t first = _i < MODELS ? 8 : 24; /* entries before the change; 24 = 14 + 4 + 6 */
    const int kind = _i % MODELS;
    run r = run_of(kind, LIBNC_FLOAT64, &losses[1], LIBNC_OPTIMIZER_MOMENTUM);
    naive_run n = naive_begin(&r, model_of(kind, LIBNC_FLOAT64), &losses[1], kind == 3 ? 2 : 0,
                              (int32_t[]){RELU, IDENTITY});
    int64_t order[ENTRIES];
    set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, 4);
    n.repeats = repeats;
    nc__sample_order_repeated(0, 0, labels_of(&r), repeats, order, ENTRIES);
    for (int64_t done = 0; done < first; done += 4)
        naive_step(&n, LIBNC_OPTIMIZER_MOMENTUM, 0.05, order + done, 4);
    must(libnc_trainer_step(r.trainer, first / 4, NULL));
    must(libnc_trainer_set_repeats(r.trainer, others, K));
    n.repeats = others;
    nc__sample_order_repeated(0, first == 24, labels_of(&r), others, order, 24);
    naive_step(&n, LIBNC_OPTIMIZER_MOMENTUM, 0.05, order + first % 24, 4);
    must(libnc_trainer_step(r.trainer, 1, NULL));
    check_followed(&n, 1e-11);
    naive_end(&n);
    end_run(&r);
}
END_TEST

/* Batches of 200 x 300 inputs, two threads. */
START_TEST(threads_change_nothing)
{
    libnc_model *models[2];
    for (int threads = 1; threads <= 2; threads++) {
        static const int64_t head = 300;
        must(libnc_context_set_threads(context, threads));
        libnc_model *model =
            model_on(backbone_of(300, 0, NULL, NULL), LIBNC_FLOAT32, K, 1, &head, 1);
        must(libnc_model_initialise(model, LIBNC_INITIALISE_KAIMING, 1, 5));
        run r = make_run(model, LIBNC_LOSS_CROSS_ENTROPY, LIBNC_OPTIMIZER_MOMENTUM,
                         random_dataset(LIBNC_FLOAT64, 300, 300, K, 4));
        set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, 200);
        must(libnc_trainer_set_repeats(r.trainer, repeats, K));
        must(libnc_trainer_step(r.trainer, 7, NULL));
        libnc_trainer_destroy(r.trainer);
        r.trainer = NULL;
        models[threads - 1] = model;
        r.model = NULL;
        end_run(&r);
    }
    ck_assert(model_distance(models[0], models[1]) == 0);
    libnc_model_destroy(models[0]);
    libnc_model_destroy(models[1]);
}
END_TEST

START_TEST(steps_allocate_nothing)
{
    for (int64_t batch = 0; batch <= 5; batch += 5) {
        run r = run_of(_i, LIBNC_FLOAT64, &losses[1], LIBNC_OPTIMIZER_MOMENTUM);
        set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, batch);
        must(libnc_trainer_step(r.trainer, 1, NULL));
        const int64_t calls = memory.calls;
        must(libnc_trainer_step(r.trainer, 100, NULL));
        ck_assert_int_eq(memory.calls, calls);
        end_run(&r);
    }
}
END_TEST

START_TEST(refuses)
{
    const libnc_status argument = LIBNC_ERROR_ARGUMENT, dimension = LIBNC_ERROR_DIMENSION;
    const int64_t none[K] = {1, 1, 0}, huge[K] = {INT64_C(1) << 51, 1, 1};
    run r = run_of(_i, LIBNC_FLOAT64, &losses[0], LIBNC_OPTIMIZER_MOMENTUM);
    const double before = objective_of(&r);
    ck_assert_int_eq(libnc_trainer_set_repeats(NULL, repeats, K), argument);
    FAILS(libnc_trainer_set_repeats(r.trainer, NULL, K), argument, "repeats = NULL");
    FAILS(libnc_trainer_set_repeats(r.trainer, repeats, 0), dimension, "class_count = 0");
    FAILS(libnc_trainer_set_repeats(r.trainer, repeats, K + 1), dimension, "must be 3");
    FAILS(libnc_trainer_set_repeats(r.trainer, none, K), argument, "repeats[2] = 0");
    FAILS(libnc_trainer_set_repeats(r.trainer, huge, K), argument, "2^53");
    ck_assert(objective_of(&r) == before);
    end_run(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("repeats");
    TCase *tests = add_case(suite, "repeats", 60);
    tcase_add_checked_fixture(tests, setup_alone, teardown);
    tcase_add_test(tests, order_repeats_every_sample);
    tcase_add_test(tests, order_is_that_of_repeated_data);
    tcase_add_test(tests, order_refuses);
    tcase_add_loop_test(tests, full_batches_follow_the_formulas, 0, MODELS);
    tcase_add_loop_test(tests, minibatches_follow_the_formulas, 0, MODELS);
    tcase_add_loop_test(tests, objective_is_the_formula, 0, MODELS);
    tcase_add_test(tests, repeats_train_as_repeated_data);
    tcase_add_loop_test(tests, repeats_train_as_class_weights, 0, MODELS);
    tcase_add_loop_test(tests, class_weights_and_repeats_multiply, 0, MODELS);
    tcase_add_loop_test(tests, an_epoch_of_batches_is_the_full_batch, 0, 3 * MODELS);
    tcase_add_test(tests, reduction_is_off_with_repeats);
    tcase_add_loop_test(tests, repeats_of_one_change_nothing, 0, MODELS);
    tcase_add_loop_test(tests, full_batch_means_all_entries, 0, MODELS);
    tcase_add_loop_test(tests, repeats_may_change_within_an_epoch, 0, 2 * MODELS);
    tcase_add_test(tests, threads_change_nothing);
    tcase_add_loop_test(tests, steps_allocate_nothing, 0, MODELS);
    tcase_add_loop_test(tests, refuses, 0, MODELS);
    return run_suite(suite);
}
