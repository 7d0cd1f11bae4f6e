/* SPDX-License-Identifier: MIT
 *
 * test_head.c: a head on features from outside: against a trainer that has the same rows as its
 * data, against finite differences, and a network of the caller's own that reaches the prediction.
 */
#include "support/training_fixture.h"

#include <unistd.h>

enum { K = 3, WIDTH = 4 };

static const int64_t counts[K] = {9, 6, 5}, repeats[K] = {1, 2, 4}, widths[2] = {WIDTH, 5};
enum { N = 20, ENTRIES = 9 + 12 + 20 };

static run head_run(int32_t scalar, int32_t loss, int32_t optimizer, const int64_t *n,
                    int32_t depth)
{
    libnc_classes *classes;
    run r = {0};
    must(libnc_model_create_head(&r.model, context, scalar, K, depth, widths, 1));
    must(libnc_model_initialise(r.model, LIBNC_INITIALISE_GAUSSIAN, 0.3, 4));
    must(libnc_loss_create(&r.loss, context, loss));
    must(libnc_penalty_create(&r.penalty, r.model));
    must(libnc_optimizer_create(&r.optimizer, context, optimizer));
    must(libnc_classes_from_counts(&classes, context, n, K));
    must(libnc_trainer_create_head(&r.trainer, r.model, r.loss, r.penalty, r.optimizer, classes));
    libnc_classes_destroy(classes); /* nothing of it is needed */
    set_decays(&r, 0.01);
    set_rate(&r, 0.1);
    return r;
}

/* Features of the N samples in class order, of which a batch takes rows. */
static void fill_labels(int32_t *labels, const int64_t *n)
{
    for (int32_t k = 0, i = 0; k < K; k++)
        for (int64_t j = 0; j < n[k]; j++)
            labels[i++] = k;
}

static void decay_visits(run *r, bool visits)
{
    set_integer(r, LIBNC_TRAINER_OPTION_REPEAT_DECAY,
                visits ? LIBNC_REPEAT_DECAY_VISIT : LIBNC_REPEAT_DECAY_SAMPLE);
}

/* ---- against a trainer that has the data ---- */

static const struct {
    int32_t scalar, optimizer;
    bool repeats, visits;
} pushes[] = {{LIBNC_FLOAT64, LIBNC_OPTIMIZER_MOMENTUM, false, false},
              {LIBNC_FLOAT32, LIBNC_OPTIMIZER_ADAM, true, false},
              {LIBNC_FLOAT64, LIBNC_OPTIMIZER_ADAMW, true, true},
              {LIBNC_FLOAT32, LIBNC_OPTIMIZER_GRADIENT_DESCENT, false, true}};

/* Rows of a batch in the scalar type of the dataset, with their labels. */
static void take(const libnc_dataset *data, const int64_t *order, int64_t count, void *rows,
                 int64_t *labels)
{
    const size_t size = libnc_dataset_scalar(data) == LIBNC_FLOAT64 ? 8 : 4;
    for (int64_t i = 0; i < count; i++) {
        memcpy((char *)rows + (size_t)i * WIDTH * size,
               (const char *)libnc_dataset_inputs(data) + (size_t)order[i] * WIDTH * size,
               WIDTH * size);
        labels[i] = libnc_dataset_labels(data)[order[i]];
    }
}

/* The same batches, from outside and from a dataset: the same bits of the head. */
START_TEST(batches_from_outside)
{
    enum { BATCH = 7, EPOCHS = 3 };
    int64_t order[ENTRIES], batch_labels[BATCH];
    double rows[BATCH * WIDTH], *inputs = random_values(N * WIDTH, 1, 3);
    float narrow[N * WIDTH];
    int32_t labels[N];
    libnc_dataset *data;
    for (int i = 0; i < N * WIDTH; i++)
        narrow[i] = (float)inputs[i];
    fill_labels(labels, counts);
    must(libnc_dataset_from_memory(
        &data, context, pushes[_i].scalar,
        pushes[_i].scalar == LIBNC_FLOAT64 ? (const void *)inputs : narrow, labels, N, WIDTH));
    run fed =
        head_run(pushes[_i].scalar, LIBNC_LOSS_CROSS_ENTROPY, pushes[_i].optimizer, counts, 2);
    run own =
        make_run(model_on(backbone_of(WIDTH, 0, NULL, NULL), pushes[_i].scalar, K, 2, widths, 1),
                 LIBNC_LOSS_CROSS_ENTROPY, pushes[_i].optimizer, data);
    copy_parameters(fed.model, own.model);
    set_decays(&own, 0.01);
    set_rate(&own, 0.1);
    set_integer(&own, LIBNC_TRAINER_OPTION_BATCH_SIZE, BATCH);
    decay_visits(&own, pushes[_i].visits);
    decay_visits(&fed, pushes[_i].visits);
    const int64_t entries = pushes[_i].repeats ? ENTRIES : N;
    if (pushes[_i].repeats) {
        must(libnc_trainer_set_repeats(own.trainer, repeats, K));
        must(libnc_trainer_set_repeats(fed.trainer, repeats, K));
    }
    for (uint64_t epoch = 0; epoch < EPOCHS; epoch++) {
        must(pushes[_i].repeats
                 ? libnc_dataset_order_repeated(data, repeats, K, 0, epoch, order, ENTRIES)
                 : libnc_dataset_order(data, 0, epoch, order, N));
        for (int64_t begin = 0; begin < entries; begin += BATCH) {
            const int64_t count = entries - begin < BATCH ? entries - begin : BATCH;
            take(data, order + begin, count, rows, batch_labels);
            must(libnc_trainer_step(own.trainer, 1, NULL));
            must(libnc_trainer_step_features(fed.trainer, rows, batch_labels, LIBNC_LABEL_INT64,
                                             count, rows, NULL, NULL));
            ck_assert(model_distance(own.model, fed.model) == 0);
        }
    }
    ck_assert_int_eq(libnc_trainer_iterations(fed.trainer), libnc_trainer_iterations(own.trainer));
    free(inputs);
    end_run(&own);
    end_run(&fed);
}
END_TEST

/* ---- the gradient that goes on ---- */

static const struct {
    int32_t loss, depth;
    bool weights, repeats, visits;
} slopes[] = {{LIBNC_LOSS_MSE, 1, false, false, false},
              {LIBNC_LOSS_CROSS_ENTROPY, 2, true, false, false},
              {LIBNC_LOSS_CROSS_ENTROPY, 1, false, true, false},
              {LIBNC_LOSS_FOCAL, 2, false, true, true}};

/* The batch's objective at a head that never moves. */
static double value_at(run *r, const double *features, const int32_t *labels, int64_t count,
                       double *gradient)
{
    double loss, penalty;
    const libnc_status status = libnc_trainer_step_features(
        r->trainer, features, labels, LIBNC_LABEL_INT32, count, gradient, &loss, &penalty);
    ck_assert_int_eq(status, LIBNC_OK);
    return loss + penalty;
}

START_TEST(gradient_by_features)
{
    enum { COUNT = 5 };
    const int32_t labels[COUNT] = {2, 0, 1, 2, 2};
    const double class_weights[K] = {1, 3, 0.5};
    double *h = random_values(COUNT * WIDTH, 1, 8), gradient[COUNT * WIDTH];
    run r = head_run(LIBNC_FLOAT64, slopes[_i].loss, LIBNC_OPTIMIZER_GRADIENT_DESCENT, counts,
                     slopes[_i].depth);
    set_rate(&r, 1e-300);
    decay_visits(&r, slopes[_i].visits);
    if (slopes[_i].weights)
        must(libnc_loss_set_class_weights(r.loss, class_weights, K));
    if (slopes[_i].repeats)
        must(libnc_trainer_set_repeats(r.trainer, repeats, K));
    value_at(&r, h, labels, COUNT, gradient);
    for (int i = 0; i < COUNT * WIDTH; i++) {
        const double at = h[i], step = 1e-5;
        h[i] = at + step;
        const double above = value_at(&r, h, labels, COUNT, NULL);
        h[i] = at - step;
        const double below = value_at(&r, h, labels, COUNT, NULL);
        h[i] = at;
        ck_assert_double_eq_tol(gradient[i], (above - below) / (2 * step), 1e-9);
    }
    free(h);
    end_run(&r);
}
END_TEST

/* By hand: N'/B lh/2 sum ||h||^2 / r. */
START_TEST(feature_penalties)
{
    const int32_t labels[2] = {0, 2};
    const double h[2 * WIDTH] = {1, 0, 0, 2, 0, 3, 0, 0};
    for (int visits = 0; visits < 2; visits++) {
        double penalty;
        run r =
            head_run(LIBNC_FLOAT64, LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_GRADIENT_DESCENT, counts, 1);
        decay_visits(&r, visits);
        must(libnc_trainer_set_repeats(r.trainer, repeats, K));
        must(libnc_trainer_step_features(r.trainer, h, labels, LIBNC_LABEL_INT32, 2, NULL, NULL,
                                         &penalty));
        ck_assert_double_eq_tol(penalty, ENTRIES / 2. * 0.006 / 2 * (5 + 9. / (visits ? 1 : 4)),
                                1e-15);
        end_run(&r);
    }
}
END_TEST

/* ---- decay of visits: as if the samples were copied ---- */

START_TEST(visits_are_copies)
{
    int32_t labels[ENTRIES];
    int64_t all[K];
    double *few = random_values(N * WIDTH, 1, 5), many[ENTRIES * WIDTH];
    libnc_dataset *once, *copied;
    fill_labels(labels, counts);
    must(libnc_dataset_from_memory(&once, context, LIBNC_FLOAT64, few, labels, N, WIDTH));
    for (int i = 0, to = 0; i < N; i++)
        for (int64_t copy = 0; copy < repeats[labels[i]]; copy++, to++)
            memcpy(many + to * WIDTH, few + i * WIDTH, WIDTH * sizeof *few);
    for (int k = 0; k < K; k++)
        all[k] = counts[k] * repeats[k];
    fill_labels(labels, all);
    must(libnc_dataset_from_memory(&copied, context, LIBNC_FLOAT64, many, labels, ENTRIES, WIDTH));
    const int64_t hidden[1] = {WIDTH};
    const int32_t relu = LIBNC_ACTIVATION_RELU;
    run a = make_run(model_on(backbone_of(WIDTH, 1, hidden, &relu), LIBNC_FLOAT64, K, 2, widths, 1),
                     LIBNC_LOSS_CROSS_ENTROPY, LIBNC_OPTIMIZER_LBFGS, once);
    run b = make_run(model_on(backbone_of(WIDTH, 1, hidden, &relu), LIBNC_FLOAT64, K, 2, widths, 1),
                     LIBNC_LOSS_CROSS_ENTROPY, LIBNC_OPTIMIZER_LBFGS, copied);
    must(libnc_model_initialise(a.model, LIBNC_INITIALISE_KAIMING, 1, 9));
    copy_parameters(a.model, b.model);
    set_decays(&a, 0.02);
    set_decays(&b, 0.02);
    must(libnc_trainer_set_repeats(a.trainer, repeats, K));
    ck_assert(fabs(objective_of(&a) - objective_of(&b)) > 1e-3);
    decay_visits(&a, true);
    ck_assert_double_eq_tol(objective_of(&a), objective_of(&b), 1e-14);
    for (int32_t i = 0; i < libnc_model_parameter_count(a.model); i++) {
        const size_t size = parameter_size(a.model, i);
        double x[32], y[32];
        must(libnc_trainer_gradient(a.trainer, i, x, size));
        must(libnc_trainer_gradient(b.trainer, i, y, size));
        for (size_t j = 0; j < size; j++)
            ck_assert_double_eq_tol(x[j], y[j], 1e-14);
    }
    free(few);
    end_run(&a);
    end_run(&b);
}
END_TEST

/* ---- a network of one's own ---- */

/* The freest one: a table of features, trained by plain gradient descent on what comes back.
 * Returns the final objective with all that was visited at once. */
static double train_table(run *r, double *h, const int32_t *visited, const int32_t *labels,
                          int64_t count, int steps, double rate)
{
    double *rows = random_values(count * WIDTH, 1, 1), *d = random_values(count * WIDTH, 1, 1);
    double value = 0;
    for (int step = 0; step < steps; step++) {
        for (int64_t i = 0; i < count; i++)
            memcpy(rows + i * WIDTH, h + visited[i] * WIDTH, WIDTH * sizeof *h);
        value = value_at(r, rows, labels, count, d);
        for (int64_t i = 0; i < count * WIDTH; i++)
            h[visited[i / WIDTH] * WIDTH + i % WIDTH] -= rate * d[i];
    }
    free(rows);
    free(d);
    double head = 0;
    for (int32_t j = 0; j < libnc_model_depth(r->model); j++) {
        double decay, *w = parameter(r->model, j);
        const char *name;
        must(libnc_model_parameter_info(r->model, j, &name, NULL, NULL));
        must(libnc_penalty_get_decay(r->penalty, name, &decay));
        for (size_t i = 0; i < parameter_size(r->model, j); i++)
            head += decay / 2 * w[i] * w[i];
        free(w);
    }
    return value + head;
}

static const struct {
    int32_t loss;
    bool repeats, visits;
} tables[] = {{LIBNC_LOSS_MSE, false, false},
              {LIBNC_LOSS_CROSS_ENTROPY, false, false},
              {LIBNC_LOSS_CROSS_ENTROPY, true, false},
              {LIBNC_LOSS_CROSS_ENTROPY, true, true}};

START_TEST(own_network_reaches_the_prediction)
{
    int32_t visited[ENTRIES], labels[ENTRIES], own[N];
    int64_t count = 0;
    run r = head_run(LIBNC_FLOAT64, tables[_i].loss, LIBNC_OPTIMIZER_GRADIENT_DESCENT, counts, 1);
    set_rate(&r, 0.3);
    decay_visits(&r, tables[_i].visits);
    if (tables[_i].repeats)
        must(libnc_trainer_set_repeats(r.trainer, repeats, K));
    fill_labels(own, counts);
    for (int i = 0; i < N; i++)
        for (int64_t copy = 0; copy < (tables[_i].repeats ? repeats[own[i]] : 1); copy++, count++) {
            visited[count] = i;
            labels[count] = own[i];
        }
    double *h = random_values(N * WIDTH, 0.5, 6);
    const double value = train_table(&r, h, visited, labels, count, 40000, 0.5);
    libnc_geometry *geometry;
    double predicted;
    must(libnc_trainer_geometry(&geometry, r.trainer));
    must(libnc_geometry_solve(geometry));
    must(libnc_geometry_loss(geometry, &predicted, NULL));
    ck_assert_double_eq_tol(value, predicted, 1e-9 * predicted);
    libnc_geometry_destroy(geometry);
    free(h);
    end_run(&r);
}
END_TEST

/* ---- the same bits ---- */

static void push(run *r, uint64_t seed)
{
    const int32_t labels[6] = {0, 1, 2, 2, 1, 0};
    double *h = random_values(6 * WIDTH, 1, seed);
    value_at(r, h, labels, 6, NULL);
    free(h);
}

START_TEST(resumes)
{
    char path[] = "/tmp/libnc-head-XXXXXX";
    const int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
    run a = head_run(LIBNC_FLOAT64, LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_ADAM, counts, 2);
    run b = head_run(LIBNC_FLOAT64, LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_ADAM, counts, 2);
    for (uint64_t i = 0; i < 5; i++)
        push(&a, i);
    must(libnc_trainer_save(a.trainer, path));
    must(libnc_trainer_load(b.trainer, path));
    for (uint64_t i = 5; i < 9; i++) {
        push(&a, i);
        push(&b, i);
    }
    ck_assert(model_distance(a.model, b.model) == 0);
    const int64_t others[K] = {9, 6, 4};
    run c = head_run(LIBNC_FLOAT64, LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_ADAM, others, 2);
    FAILS(libnc_trainer_load(c.trainer, path), LIBNC_ERROR_DIMENSION, "count of class 2 = 5");
    decay_visits(&b, true);
    FAILS(libnc_trainer_load(b.trainer, path), LIBNC_ERROR_ARGUMENT, "repeat_decay");
    unlink(path);
    end_run(&a);
    end_run(&b);
    end_run(&c);
}
END_TEST

/* More rows than a block has: the average of batches of one. */
START_TEST(large_batch)
{
    enum { MANY = 3000 };
    double *h = random_values(MANY * WIDTH, 1, 2), *d = random_values(MANY * WIDTH, 1, 1);
    double sum = 0, alone[WIDTH];
    const int64_t many[K] = {1000, 1000, 1000};
    run r = head_run(LIBNC_FLOAT64, LIBNC_LOSS_CROSS_ENTROPY, LIBNC_OPTIMIZER_GRADIENT_DESCENT,
                     many, 1);
    int32_t labels[MANY];
    for (int i = 0; i < MANY; i++)
        labels[i] = i % K;
    set_rate(&r, 1e-300);
    const double whole = value_at(&r, h, labels, MANY, d);
    for (int i = 0; i < MANY; i++) {
        sum += value_at(&r, h + i * WIDTH, labels + i, 1, alone);
        for (int j = 0; j < WIDTH; j++)
            ck_assert_double_eq_tol(alone[j], MANY * d[i * WIDTH + j], 1e-12);
    }
    ck_assert_double_eq_tol(whole, sum / MANY, 1e-11);
    free(h);
    free(d);
    end_run(&r);
}
END_TEST

/* ---- what is refused ---- */

START_TEST(refusals)
{
    const double h[WIDTH] = {1, 2, 3, 4};
    const int32_t label = 3;
    const int64_t wide = (int64_t)1 << 32; /* 0 in 32 bits */
    run r = head_run(LIBNC_FLOAT64, LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_GRADIENT_DESCENT, counts, 1);
    double *before = parameter(r.model, 0);
    FAILS(libnc_trainer_step_features(r.trainer, h, &label, LIBNC_LABEL_INT32, 1, NULL, NULL, NULL),
          LIBNC_ERROR_ARGUMENT, "labels[0] = 3: must be from 0 to 2");
    FAILS(libnc_trainer_step_features(r.trainer, h, &wide, LIBNC_LABEL_INT64, 1, NULL, NULL, NULL),
          LIBNC_ERROR_ARGUMENT, "labels[0] = 4294967296");
    double *after = parameter(r.model, 0);
    ck_assert(memcmp(before, after, parameter_size(r.model, 0) * sizeof *after) == 0);
    ck_assert_int_eq(libnc_trainer_iterations(r.trainer), 0);
    free(before);
    free(after);
    double value, gradient[K * WIDTH];
    FAILS(libnc_trainer_step(r.trainer, 1, NULL), LIBNC_ERROR_STATE, "from outside");
    FAILS(libnc_trainer_run(r.trainer, NULL), LIBNC_ERROR_STATE, "from outside");
    FAILS(libnc_trainer_evaluate(r.trainer, &value, NULL, NULL), LIBNC_ERROR_STATE, "from outside");
    FAILS(libnc_trainer_gradient(r.trainer, 0, gradient, K * WIDTH), LIBNC_ERROR_STATE,
          "from outside");
    end_run(&r);
    r = head_run(LIBNC_FLOAT64, LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_LBFGS, counts, 1);
    const int32_t zero = 0;
    FAILS(libnc_trainer_step_features(r.trainer, h, &zero, LIBNC_LABEL_INT32, 1, NULL, NULL, NULL),
          LIBNC_ERROR_UNSUPPORTED, "L-BFGS");
    end_run(&r);
    r = make_run(free_model(LIBNC_FLOAT64, counts, K, 1, widths, 0), LIBNC_LOSS_MSE,
                 LIBNC_OPTIMIZER_GRADIENT_DESCENT, NULL);
    FAILS(libnc_trainer_step_features(r.trainer, h, &zero, LIBNC_LABEL_INT32, 1, NULL, NULL, NULL),
          LIBNC_ERROR_STATE, "libnc_trainer_create_head");
    decay_visits(&r, true);
    FAILS(libnc_trainer_step(r.trainer, 1, NULL), LIBNC_ERROR_UNSUPPORTED, "repeat_decay = visit");
    end_run(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("head");
    TCase *tests = add_case(suite, "features from outside", 60);
    tcase_add_checked_fixture(tests, setup_alone, teardown);
    tcase_add_loop_test(tests, batches_from_outside, 0, (int)(sizeof pushes / sizeof *pushes));
    tcase_add_loop_test(tests, gradient_by_features, 0, (int)(sizeof slopes / sizeof *slopes));
    tcase_add_test(tests, feature_penalties);
    tcase_add_test(tests, visits_are_copies);
    tcase_add_loop_test(tests, own_network_reaches_the_prediction, 0,
                        (int)(sizeof tables / sizeof *tables));
    tcase_add_test(tests, resumes);
    tcase_add_test(tests, large_batch);
    tcase_add_test(tests, refusals);
    return run_suite(suite);
}
