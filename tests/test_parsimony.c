/* SPDX-License-Identifier: MIT
 *
 * test_parsimony.c: the recursion of the law of parsimony against gradient descent on deep linear
 * networks, in plain loops: on the idle directions every layer is a multiple of what it was, and
 * the multiple is what the recursion says, to 1e-12. Then closed cases, and arguments at their
 * ends.
 */
#include "support/backbones.h"
#include "support/brute.h"
#include "support/geometry_fixture.h"

#include "linalg/linalg.h"

#include <float.h>
#include <stdio.h>

enum { MOST_LAYERS = 4, MOST_WIDTH = 16, SQUARE = MOST_WIDTH * MOST_WIDTH };

/* Runs a recursion and writes its rows at t = 0, every, 2 every, .. <= steps. */
static void trace_of(int32_t depth, const double *initial, const double *decays, double rate,
                     double gain, int64_t steps, int64_t every, double *trace)
{
    libnc_parsimony *p;
    ck_assert_int_eq(libnc_parsimony_create(&p, context, depth, initial, decays, rate, gain),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_parsimony_depth(p), depth);
    for (int64_t t = 0; t <= steps; t += every, trace += depth) {
        ck_assert_int_eq(libnc_parsimony_step(p, t > 0 ? every : 0), LIBNC_OK);
        ck_assert_int_eq(libnc_parsimony_steps(p), t);
        ck_assert_int_eq(libnc_parsimony_multiples(p, trace, (size_t)depth), LIBNC_OK);
    }
    libnc_parsimony_destroy(p);
}

/* ---- gradient descent, plain loops ---- */

/* 1/(2N) ||W_M .. W_1 X - Y||^2 + sum lambda_l/2 ||W_l||^2. W_1 .. W_{M-1} are d x d, W_M is K x d.
 */
typedef struct network {
    int depth, width, outputs, samples;
    double rate, decays[MOST_LAYERS];
    double weights[MOST_LAYERS][SQUARE];
    double inputs[MOST_WIDTH * 64], targets[MOST_WIDTH * 64]; /* d x N, K x N */
} network;

static int rows_of(const network *n, int layer)
{
    return layer == n->depth - 1 ? n->outputs : n->width;
}

/* c (m x n) = op(a) op(b), k the inner size */
static void product(int m, int n, int k, const double *a, int transpose_a, const double *b,
                    int transpose_b, double *c)
{
    memset(c, 0, sizeof(double) * (size_t)(m * n));
    brute_product(m, n, k, a, transpose_a ? 1 : k, transpose_a ? m : 1, b, transpose_b ? 1 : n,
                  transpose_b ? k : 1, c);
}

static void take_step(network *n)
{
    const int d = n->width, samples = n->samples;
    static double forward[MOST_LAYERS + 1][MOST_WIDTH * 64], back[MOST_WIDTH * 64],
        next[MOST_WIDTH * 64], gradient[MOST_LAYERS][SQUARE];
    memcpy(forward[0], n->inputs, sizeof(double) * (size_t)(d * samples));
    for (int l = 0; l < n->depth; l++)
        product(rows_of(n, l), samples, d, n->weights[l], 0, forward[l], 0, forward[l + 1]);
    for (int i = 0; i < n->outputs * samples; i++)
        back[i] = (forward[n->depth][i] - n->targets[i]) / samples;
    for (int l = n->depth - 1; l >= 0; l--) {
        product(rows_of(n, l), d, samples, back, 0, forward[l], 1, gradient[l]);
        product(d, samples, rows_of(n, l), n->weights[l], 1, back, 0, next);
        memcpy(back, next, sizeof back);
    }
    for (int l = 0; l < n->depth; l++)
        for (int i = 0; i < rows_of(n, l) * d; i++)
            n->weights[l][i] -= n->rate * (gradient[l][i] + n->decays[l] * n->weights[l][i]);
}

/* rows orthonormal rows of length d: Gram-Schmidt, twice */
static void fill_orthogonal(double *q, int rows, int d, uint64_t *state)
{
    for (int i = 0; i < rows * d; i++)
        q[i] = brute_normal(state);
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < i; j++) {
                const double along = brute_dot(q + i * d, q + j * d, d);
                for (int a = 0; a < d; a++)
                    q[i * d + a] -= along * q[j * d + a];
            }
            const double length = sqrt(brute_dot(q + i * d, q + i * d, d));
            for (int a = 0; a < d; a++)
                q[i * d + a] /= length;
        }
}

/* X X^T = N gain I; Y of rank r. */
static void fill_network(network *n, int rank, double gain, const double *scales, uint64_t *state)
{
    const int d = n->width, samples = n->samples;
    static double left[SQUARE], right[MOST_WIDTH * 64];
    fill_orthogonal(n->inputs, d, samples, state);
    for (int i = 0; i < d * samples; i++)
        n->inputs[i] *= sqrt(gain * samples);
    for (int i = 0; i < n->outputs * rank; i++)
        left[i] = brute_normal(state);
    for (int i = 0; i < rank * samples; i++)
        right[i] = brute_normal(state);
    product(n->outputs, samples, rank, left, 0, right, 0, n->targets);
    for (int l = 0; l < n->depth; l++) {
        fill_orthogonal(n->weights[l], rows_of(n, l), d, state);
        for (int i = 0; i < rows_of(n, l) * d; i++)
            n->weights[l][i] *= scales[l];
    }
}

/* ---- the law ---- */

static int64_t find_subspace(const network *n, double *basis)
{
    const int d = n->width, k = n->outputs;
    static double target[SQUARE], map[SQUARE], next[SQUARE];
    int64_t dimension;
    product(k, d, n->samples, n->targets, 0, n->inputs, 1, target);
    for (int i = 0; i < k * d; i++)
        target[i] /= n->samples;
    memcpy(map, n->weights[0], sizeof map);
    for (int l = 1; l < n->depth; l++) {
        product(rows_of(n, l), d, d, n->weights[l], 0, map, 0, next);
        memcpy(map, next, sizeof map);
    }
    ck_assert_int_eq(libnc_parsimony_subspace(context, target, map, k, d, 1e-10, basis, &dimension),
                     LIBNC_OK);
    return dimension;
}

static void assert_orthonormal(const double *basis, int d)
{
    for (int i = 0; i < d; i++)
        for (int j = 0; j < d; j++)
            ck_assert_double_eq_tol(brute_dot(basis + i * d, basis + j * d, d), i == j, 1e-13);
}

/* frames[l]: what the layers before l make of the idle directions, unit rows, from the start. */
static void carry(const network *n, const double *idle, int count, double frames[][SQUARE])
{
    const int d = n->width;
    memcpy(frames[0], idle, sizeof(double) * (size_t)(count * d));
    for (int l = 0; l < n->depth; l++)
        for (int i = 0; i < count; i++) {
            double *to = frames[l + 1] + i * rows_of(n, l);
            product(rows_of(n, l), 1, d, n->weights[l], 0, frames[l] + i * d, 0, to);
            const double length = sqrt(brute_dot(to, to, rows_of(n, l)));
            for (int a = 0; a < rows_of(n, l) && length > 1e-8; a++)
                to[a] /= length;
        }
}

/* W_l x = rho_l y and W_l^T y = rho_l x for the pairs x, y that the start paired. */
static void check_pairs(const network *n, int count, double frames[][SQUARE], const double *rho)
{
    const int d = n->width;
    double image[MOST_WIDTH];
    for (int l = 0; l < n->depth; l++)
        for (int i = 0; i < count; i++) {
            const double *x = frames[l] + i * d, *y = frames[l + 1] + i * rows_of(n, l);
            product(rows_of(n, l), 1, d, n->weights[l], 0, x, 0, image);
            for (int a = 0; a < rows_of(n, l); a++)
                ck_assert_double_eq_tol(image[a], rho[l] * y[a], 1e-12);
            if (rows_of(n, l) < d)
                continue;
            product(d, 1, d, n->weights[l], 1, y, 0, image);
            for (int a = 0; a < d; a++)
                ck_assert_double_eq_tol(image[a], rho[l] * x[a], 1e-12);
        }
}

/* How far the rest moved: the layers must learn there, or the test says nothing. */
static double touched_change(const network *n, const double *basis, int dimension, double start)
{
    double image[MOST_WIDTH], change = 0;
    for (int i = 0; i < dimension; i++) {
        product(n->width, 1, n->width, n->weights[0], 0, basis + i * n->width, 0, image);
        change = fmax(change, fabs(sqrt(brute_dot(image, image, n->width)) - start));
    }
    return change;
}

typedef struct law {
    int depth, width, outputs, samples, rank, dimension;
    double rate, gain, scales[MOST_LAYERS], decays[MOST_LAYERS];
} law;

static const law LAWS[] = {
    {3, 12, 12, 20, 2, 4, .05, 1, {.7, .7, .7}, {.01, .01, .01}},
    {2, 10, 10, 10, 1, 2, .1, .5, {.4, .4}, {0, 0}},
    {4, 14, 14, 30, 3, 6, .02, 1.5, {.9, .5, .8, .6}, {.01, 0, .1, .02}},
    {3, 12, 12, 16, 6, 12, .05, 1, {.5, .5, .5}, {.01, .01, .01}}, /* nothing is idle */
    {3, 12, 3, 24, 3, 6, .05, 1, {.7, .7, .7}, {.01, .01, .01}},
    {4, 11, 2, 18, 2, 4, .03, .8, {.9, .5, .8, .6}, {.01, .02, .1, 0}},
    {2, 16, 1, 16, 1, 2, .1, 1, {.3, .3}, {.05, .05}},
};

START_TEST(gradient_descent)
{
    enum { STEPS = 400, EVERY = 50 };
    const law *t = &LAWS[_i];
    uint64_t state = 61 + (uint64_t)_i;
    static network n;
    static double basis[SQUARE], frames[MOST_LAYERS + 1][SQUARE];
    double trace[(STEPS / EVERY + 1) * MOST_LAYERS], initial[MOST_LAYERS];
    n = (network){.depth = t->depth,
                  .width = t->width,
                  .outputs = t->outputs,
                  .samples = t->samples,
                  .rate = t->rate};
    memcpy(n.decays, t->decays, sizeof n.decays);
    memcpy(initial, t->scales, sizeof initial);
    if (t->outputs < t->width)
        initial[t->depth - 1] = 0;
    fill_network(&n, t->rank, t->gain, t->scales, &state);
    const int64_t dimension = find_subspace(&n, basis);
    ck_assert_int_eq(dimension, t->dimension);
    assert_orthonormal(basis, t->width);
    const int idle = t->width - t->dimension;
    carry(&n, basis + t->dimension * t->width, idle, frames);
    trace_of(t->depth, initial, t->decays, t->rate, t->gain, STEPS, EVERY, trace);
    for (int step = 0; step <= STEPS; step++) {
        if (step % EVERY == 0)
            check_pairs(&n, idle, frames, trace + step / EVERY * t->depth);
        take_step(&n);
    }
    ck_assert_double_gt(touched_change(&n, basis, t->dimension, t->scales[0]), 0.02);
}
END_TEST

/* Inputs that are not whitened break the law: the test above can fail. */
START_TEST(inputs_must_be_white)
{
    uint64_t state = 71;
    static network n;
    static double basis[SQUARE];
    double image[12], largest = 0;
    n = (network){.depth = 3, .width = 12, .outputs = 12, .samples = 20, .rate = .05};
    fill_network(&n, 2, 1, (const double[]){.7, .7, .7}, &state);
    for (int i = 0; i < 12 * 20; i++)
        n.inputs[i] *= 1 + 0.1 * (i / 20);
    const int64_t dimension = find_subspace(&n, basis);
    double rho[2 * 3];
    trace_of(3, (const double[]){.7, .7, .7}, (const double[]){0, 0, 0}, .05, 1, 100, 100, rho);
    for (int step = 0; step < 100; step++)
        take_step(&n);
    for (int64_t i = dimension; i < 12; i++) {
        product(12, 1, 12, n.weights[0], 0, basis + i * 12, 0, image);
        largest = fmax(largest, fabs(sqrt(brute_dot(image, image, 12)) - rho[3]));
    }
    ck_assert_double_gt(largest, 1e-3);
}
END_TEST

/* ---- the same with the library's own trainer ---- */

static libnc_model *model_on_white_inputs(libnc_dataset **dataset, uint64_t *state)
{
    enum { D = 12, N = 24 };
    const int64_t widths[] = {D, D, D};
    double columns[D * N], inputs[N * D];
    int32_t labels[N];
    libnc_model *model;
    fill_orthogonal(columns, D, N, state);
    for (int i = 0; i < N; i++) {
        labels[i] = i < 12 ? 0 : i < 20 ? 1 : 2;
        for (int a = 0; a < D; a++)
            inputs[i * D + a] = sqrt(N) * columns[a * N + i];
    }
    ck_assert_int_eq(
        libnc_dataset_from_memory(dataset, context, LIBNC_FLOAT64, inputs, labels, N, D), LIBNC_OK);
    model = model_on(backbone_of(D, 0, NULL, NULL), LIBNC_FLOAT64, 3, 3, widths, 0);
    ck_assert_int_eq(libnc_model_initialise(model, LIBNC_INITIALISE_ORTHOGONAL, 0.6, 7), LIBNC_OK);
    return model;
}

/* d - 2K singular values of W_1 and W_2 are rho(t) = 0.6 (1 - eta lambda)^t, the six others are
 * not; W_3 is 3 x 12. */
static void check_spectrum(libnc_model *model, int layer, double rho)
{
    double weights[144], values[12];
    int32_t index;
    int idle = 0;
    char name[32];
    snprintf(name, sizeof name, "head.%d.weight", layer);
    ck_assert_int_eq(libnc_model_parameter_index(model, name, &index), LIBNC_OK);
    ck_assert_int_eq(libnc_model_get_parameter(model, index, weights, 144), LIBNC_OK);
    ck_assert_int_eq(nc__svd(context, weights, 12, 12, values, NULL, NULL), LIBNC_OK);
    for (int i = 0; i < 12; i++)
        idle += fabs(values[i] - rho) <= 1e-12;
    ck_assert_int_eq(idle, 6);
}

START_TEST(trainer)
{
    enum { STEPS = 300 };
    const double rate = 0.1, decay = 0.02;
    uint64_t state = 81;
    libnc_dataset *dataset;
    libnc_loss *loss;
    libnc_penalty *penalty;
    libnc_optimizer *optimizer;
    libnc_trainer *made;
    double trace[6];
    libnc_model *model = model_on_white_inputs(&dataset, &state);
    ck_assert_int_eq(libnc_loss_create(&loss, context, LIBNC_LOSS_MSE), LIBNC_OK);
    ck_assert_int_eq(libnc_penalty_create(&penalty, model), LIBNC_OK);
    ck_assert_int_eq(libnc_penalty_set_weight_decay(penalty, &decay, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_optimizer_create(&optimizer, context, LIBNC_OPTIMIZER_GRADIENT_DESCENT),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_options_set_double(libnc_optimizer_options(optimizer),
                                              LIBNC_OPTIMIZER_OPTION_LEARNING_RATE, rate),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_trainer_create(&made, model, loss, penalty, optimizer, dataset),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_trainer_step(made, STEPS, NULL), LIBNC_OK);
    trace_of(3, (const double[]){.6, .6, 0}, (const double[]){decay, decay, decay}, rate, 1, STEPS,
             STEPS, trace);
    check_spectrum(model, 1, trace[3]);
    check_spectrum(model, 2, trace[4]);
    libnc_trainer_destroy(made);
    libnc_optimizer_destroy(optimizer);
    libnc_penalty_destroy(penalty);
    libnc_loss_destroy(loss);
    libnc_model_destroy(model);
    libnc_dataset_destroy(dataset);
}
END_TEST

/* ---- closed cases ---- */

/* rho_M = 0: decay alone. */
START_TEST(decay_alone)
{
    double trace[11 * 3];
    trace_of(3, (const double[]){.5, .25, 0}, (const double[]){.1, 0, .3}, .2, 5, 10, 1, trace);
    for (int t = 0; t <= 10; t++) {
        assert_relative(trace[3 * t], .5 * pow(1 - .02, t), 1e-14);
        ck_assert(trace[3 * t + 1] == .25 && trace[3 * t + 2] == 0);
    }
}
END_TEST

/* Two layers from 1, rate 1/10, no decay: 1, .9, .9 (1 - .081) = .8271, .. */
START_TEST(by_hand)
{
    double trace[8];
    trace_of(2, (const double[]){1, 1}, (const double[]){0, 0}, .1, 1, 3, 1, trace);
    const double rho[] = {1, .9, .8271, .8271 * (1 - .1 * .8271 * .8271)};
    for (int i = 0; i < 8; i++)
        assert_relative(trace[i], rho[i / 2], 1e-15);
}
END_TEST

/* The table of doc/parsimony.md, written down from another program. */
START_TEST(known_table)
{
    double trace[9];
    const double decays[] = {.005, .005, .005};
    trace_of(3, (const double[]){.1, .1, .1}, decays, .1, 1, 1000, 500, trace);
    assert_relative(trace[3], .077630660760, 1e-11);
    assert_relative(trace[8], .060385745062, 1e-11);
    trace_of(3, (const double[]){1, 1, 1}, decays, .1, 1, 1000, 500, trace);
    assert_relative(trace[4], .231203299933, 1e-11);
    assert_relative(trace[7], .166669575717, 1e-11);
    trace_of(2, (const double[]){1, .5}, (const double[]){0, .01}, .1, 1, 100, 100, trace);
    assert_relative(trace[2], .861991256646, 1e-11);
    assert_relative(trace[3], .000168754044, 3e-9);
}
END_TEST

/* Equal scales fall for ever; with the gradient flow
 * rho' = -rho^{2M-1} the fall is known: rho^{-2(M-1)} grows by 2 (M-1) per unit of time. */
START_TEST(flow)
{
    enum { STEPS = 100000 };
    double trace[2 * 3];
    trace_of(3, (const double[]){1, 1, 1}, (const double[]){0, 0, 0}, 1e-4, 1, STEPS, STEPS, trace);
    assert_relative(trace[3], pow(1 + 4 * 1e-4 * STEPS, -0.25), 1e-4);
}
END_TEST

/* A thousand layers, and rows at multiples of `every` only. */
START_TEST(deep_and_sparse)
{
    enum { M = 1000 };
    double initial[M], decays[M];
    static double trace[4 * M], dense[11 * M];
    for (int l = 0; l < M; l++) {
        initial[l] = 1 + 1e-3 * (l % 7 - 3);
        decays[l] = 1e-3 * (l % 3);
    }
    trace_of(M, initial, decays, .01, 1, 10, 3, trace);
    trace_of(M, initial, decays, .01, 1, 10, 1, dense);
    for (int row = 0; row < 4; row++)
        ck_assert_int_eq(memcmp(trace + row * M, dense + 3 * row * M, M * sizeof *trace), 0);
    /* one step, the product taken the long way */
    for (int l = 0; l < M; l += 111) {
        double others = 1;
        for (int j = 0; j < M; j++)
            others *= j == l ? 1 : initial[j] * initial[j];
        assert_relative(dense[M + l], initial[l] * (1 - .01 * decays[l] - .01 * others), 1e-13);
    }
    trace_of(M, initial, decays, .01, 1, 0, 5, trace);
    ck_assert_int_eq(memcmp(trace, initial, sizeof initial), 0);
}
END_TEST

/* Products beyond a double do not matter to a layer that they meet with a factor 0. */
START_TEST(products_beyond_range)
{
    enum { M = 1000 };
    static double initial[M], decays[M], trace[2 * M];
    for (int l = 0; l < M; l++) {
        initial[l] = l < M - 1 ? 2 : 0; /* 4^998 */
        decays[l] = .5;
    }
    trace_of(M, initial, decays, .5, 1, 1, 1, trace);
    for (int l = 0; l < M; l++)
        ck_assert(trace[M + l] == .75 * initial[l]);
    trace_of(3, (const double[]){1e200, 1e200, .5}, (const double[]){.5, .5, .5}, .5, 0, 1, 1,
             trace);
    ck_assert(trace[3] == .75 * 1e200 && trace[5] == .375);
}
END_TEST

/* A failure leaves the handle where it was, from where it can go on. */
START_TEST(divergence)
{
    const double decays[] = {0, 0}, initial[] = {10, 10}, largest[] = {DBL_MAX, DBL_MAX};
    double before[2], after[2];
    libnc_parsimony *p;
    ck_assert_int_eq(libnc_parsimony_create(&p, context, 2, initial, decays, 10, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_parsimony_step(p, 2), LIBNC_OK);
    ck_assert_int_eq(libnc_parsimony_multiples(p, before, 2), LIBNC_OK);
    ck_assert_int_eq(libnc_parsimony_step(p, 100), LIBNC_ERROR_NOT_FINITE);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "rate = 10"));
    ck_assert_int_eq(libnc_parsimony_multiples(p, after, 2), LIBNC_OK);
    ck_assert(before[0] == after[0] && before[1] == after[1]);
    ck_assert_int_eq(libnc_parsimony_steps(p), 2);
    ck_assert_int_eq(libnc_parsimony_step(p, 1), LIBNC_OK);
    libnc_parsimony_destroy(p);
    ck_assert_int_eq(libnc_parsimony_create(&p, context, 2, largest, decays, 1, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_parsimony_step(p, 1), LIBNC_ERROR_NOT_FINITE);
    libnc_parsimony_destroy(p);
}
END_TEST

/* ---- the subspace by itself ---- */

START_TEST(subspace_by_hand)
{
    /* Phi sees axis 0 and maps it to axis 0; P sends axis 1 there: both are touched. */
    const double target[] = {3, 0, 0, 0, 0, 0, 0, 0, 0}, map[] = {0, .1, 0, .1, 0, 0, 0, 0, .1};
    const double zero[9] = {0};
    double basis[9];
    int64_t dimension;
    ck_assert_int_eq(libnc_parsimony_subspace(context, target, map, 3, 3, 1e-10, basis, &dimension),
                     LIBNC_OK);
    ck_assert_int_eq(dimension, 2);
    for (int a = 0; a < 3; a++)
        ck_assert_double_eq_tol(fabs(basis[6 + a]), a == 2, 1e-15);
    /* P keeps axis 0: only one */
    ck_assert_int_eq(
        libnc_parsimony_subspace(context, target, target, 3, 3, 1e-10, basis, &dimension),
        LIBNC_OK);
    ck_assert_int_eq(dimension, 1);
    /* no product, no target */
    ck_assert_int_eq(libnc_parsimony_subspace(context, target, zero, 3, 3, 0, basis, &dimension),
                     LIBNC_OK);
    ck_assert_int_eq(dimension, 1);
    ck_assert_int_eq(libnc_parsimony_subspace(context, zero, map, 3, 3, 0, basis, &dimension),
                     LIBNC_OK);
    ck_assert_int_eq(dimension, 0);
    assert_orthonormal(basis, 3);
    ck_assert_int_eq(libnc_parsimony_subspace(context, target, map, 1, 1, 0, basis, &dimension),
                     LIBNC_OK);
    ck_assert_int_eq(dimension, 1);
}
END_TEST

/* Phi = e_1 e_1^T and an orthogonal P that maps axis 2 there: axes 1 and 2 at any scale of either,
 * where squares vanish and where they overflow. */
START_TEST(subspace_at_any_scale)
{
    static const double scales[] = {5e-324, 1e-300, 1e-170, 1, 1e170, DBL_MAX};
    for (int i = 0; i < 36; i++) {
        const double t = scales[i / 6], p = scales[i % 6];
        const double target[] = {t, 0, 0, 0, 0, 0, 0, 0, 0}, map[] = {0, p, 0, 0, 0, p, p, 0, 0};
        double basis[9];
        int64_t dimension;
        ck_assert_int_eq(
            libnc_parsimony_subspace(context, target, map, 3, 3, 1e-10, basis, &dimension),
            LIBNC_OK);
        ck_assert_int_eq(dimension, 2);
        for (int a = 0; a < 3; a++)
            ck_assert_double_eq_tol(fabs(basis[6 + a]), a == 2, 1e-15);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("parsimony");
    TCase *tests = add_case(suite, "parsimony", 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, gradient_descent, 0, (int)(sizeof LAWS / sizeof *LAWS));
    tcase_add_test(tests, inputs_must_be_white);
    tcase_add_test(tests, trainer);
    tcase_add_test(tests, decay_alone);
    tcase_add_test(tests, by_hand);
    tcase_add_test(tests, known_table);
    tcase_add_test(tests, flow);
    tcase_add_test(tests, deep_and_sparse);
    tcase_add_test(tests, products_beyond_range);
    tcase_add_test(tests, divergence);
    tcase_add_test(tests, subspace_by_hand);
    tcase_add_test(tests, subspace_at_any_scale);
    return run_suite(suite);
}
