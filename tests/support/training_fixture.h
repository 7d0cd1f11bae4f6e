/* SPDX-License-Identifier: MIT
 *
 * training_fixture.h: models, problems and trainers in one call, for the suites of models and of
 * training; and a forward pass of plain loops.
 */
#ifndef TRAINING_FIXTURE_H
#define TRAINING_FIXTURE_H

#include "support/models.h"

#include <libnc/libnc.h>

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sums of a BLAS of several threads may change with their number. */
static inline void setup_alone(void)
{
    setup();
    must(libnc_blas_set_threads(context, 1));
}

/* Why a run, or steps, ended; they must not fail. */
static inline int32_t stop_of_run(libnc_trainer *trainer)
{
    int32_t reason = -1;
    must(libnc_trainer_run(trainer, &reason));
    return reason;
}

static inline int32_t stop_of_step(libnc_trainer *trainer, int64_t count)
{
    int32_t reason = -1;
    must(libnc_trainer_step(trainer, count, &reason));
    return reason;
}

/* The call fails with the code, and the text names what was wrong. */
#define FAILS(call, code, text)                                                                    \
    do {                                                                                           \
        ck_assert_int_eq((call), (code));                                                          \
        ck_assert_msg(strstr(libnc_context_error(context), (text)), "\"%s\" does not say \"%s\"",  \
                      libnc_context_error(context), (text));                                       \
    } while (0)

/* ---- models ---- */

static inline void copy_parameters(libnc_model *from, libnc_model *to)
{
    for (int32_t i = 0; i < libnc_model_parameter_count(from); i++) {
        double *values = parameter(from, i);
        must(libnc_model_set_parameter(to, i, values, parameter_size(to, i)));
        free(values);
    }
}

/* Largest |a - b| over largest |a| of one parameter. */
static inline double parameter_distance(libnc_model *a, libnc_model *b, int32_t index)
{
    double *x = parameter(a, index), *y = parameter(b, index), largest = 0, distance = 0;
    for (size_t i = 0; i < parameter_size(a, index); i++) {
        largest = fmax(largest, fabs(x[i]));
        distance = fmax(distance, fabs(x[i] - y[i]));
        if (isnan(x[i]) || isnan(y[i]))
            distance = INFINITY;
    }
    free(x);
    free(y);
    return largest > 0 ? distance / largest : distance;
}

/* The same over all parameters. */
static inline double model_distance(libnc_model *a, libnc_model *b)
{
    double distance = 0;
    for (int32_t i = 0; i < libnc_model_parameter_count(a); i++)
        distance = fmax(distance, parameter_distance(a, b, i));
    return distance;
}

/* ---- a forward pass of plain loops ---- */

/* out (n x outs) = act(in W^T + bias); NULL for no bias. */
static inline double *affine(const double *in, int64_t n, int64_t ins, const double *w,
                             int64_t outs, const double *bias, int relu)
{
    double *out = malloc((size_t)(n * outs) * sizeof *out);
    for (int64_t i = 0; i < n; i++)
        for (int64_t o = 0; o < outs; o++) {
            long double sum = bias ? bias[o] : 0;
            for (int64_t j = 0; j < ins; j++)
                sum += (long double)in[i * ins + j] * w[o * ins + j];
            out[i * outs + o] = relu && sum < 0 ? 0 : (double)sum;
        }
    return out;
}

/* Applies parameter `weight` of the model to n rows, which are freed. */
static inline double *naive_layer(libnc_model *model, double *in, int64_t n, int32_t weight,
                                  int32_t bias, int relu)
{
    int64_t outs, ins;
    must(libnc_model_parameter_info(model, weight, NULL, &outs, &ins));
    double *w = parameter(model, weight), *b = bias < 0 ? NULL : parameter(model, bias);
    double *out = affine(in, n, ins, w, outs, b, relu);
    free(w);
    free(b);
    free(in);
    return out;
}

/* Features before head layer `layer` (M + 1: logits), from n rows of inputs (the free features, or
 * data), through a backbone of `layers` layers with those activations. */
static inline double *naive_forward(libnc_model *model, const double *inputs, int64_t n,
                                    int32_t layers, const int32_t *activations, int32_t layer)
{
    const int32_t depth = libnc_model_depth(model), first = index_of(model, "head.1.weight");
    const int64_t width =
        libnc_model_inputs(model) ? libnc_model_inputs(model) : libnc_model_width(model, 1);
    double *values = malloc((size_t)(n * width) * sizeof *values);
    memcpy(values, inputs, (size_t)(n * width) * sizeof *values);
    for (int32_t l = 0; l < layers; l++)
        values = naive_layer(model, values, n, 2 * l, 2 * l + 1,
                             activations[l] == LIBNC_ACTIVATION_RELU);
    for (int32_t j = 1; j < layer; j++)
        values = naive_layer(model, values, n, first + j - 1,
                             j == depth && libnc_model_has_bias(model) ? first + depth : -1, 0);
    return values;
}

/* ---- training problems ---- */

/* A problem with everything that it is made of. */
typedef struct run {
    libnc_model *model;
    libnc_loss *loss;
    libnc_penalty *penalty;
    libnc_optimizer *optimizer;
    libnc_dataset *dataset; /* NULL for free features */
    libnc_trainer *trainer;
} run;

/* Takes the model (and the dataset) over. No decay, default settings. */
static inline run make_run(libnc_model *model, int32_t loss, int32_t optimizer,
                           libnc_dataset *dataset)
{
    run r = {.model = model, .dataset = dataset};
    must(libnc_loss_create(&r.loss, context, loss));
    must(libnc_penalty_create(&r.penalty, model));
    must(libnc_optimizer_create(&r.optimizer, context, optimizer));
    must(libnc_trainer_create(&r.trainer, model, r.loss, r.penalty, r.optimizer, dataset));
    return r;
}

static inline void end_run(run *r)
{
    libnc_trainer_destroy(r->trainer);
    libnc_optimizer_destroy(r->optimizer);
    libnc_penalty_destroy(r->penalty);
    libnc_loss_destroy(r->loss);
    libnc_model_destroy(r->model);
    libnc_dataset_destroy(r->dataset);
}

/* Decays that differ from layer to layer, and on the features. */
static inline void set_decays(run *r, double size)
{
    double decays[1000];
    for (int32_t j = 0; j < libnc_model_depth(r->model); j++)
        decays[j] = size * (1 + 0.5 * j);
    must(libnc_penalty_set_weight_decay(r->penalty, decays, libnc_model_depth(r->model)));
    must(libnc_penalty_set_feature_decay(r->penalty, 0.6 * size));
}

static inline void set_integer(run *r, int32_t key, int64_t value)
{
    must(libnc_options_set_int64(libnc_trainer_options(r->trainer), key, value));
}

static inline void set_rate(run *r, double rate)
{
    must(libnc_options_set_double(libnc_optimizer_options(r->optimizer),
                                  LIBNC_OPTIMIZER_OPTION_LEARNING_RATE, rate));
}

static inline double objective_of(run *r)
{
    double objective;
    must(libnc_trainer_evaluate(r->trainer, &objective, NULL, NULL));
    return objective;
}

/* n samples of p uniform inputs, labels 0, 1, .. K - 1, 0, 1, .. */
static inline libnc_dataset *random_dataset(int32_t scalar, int64_t n, int64_t p, int64_t K,
                                            uint64_t seed)
{
    libnc_dataset *dataset;
    double *inputs = random_values(n * p, 1, seed);
    float *narrow = malloc((size_t)(n * p) * sizeof *narrow);
    int32_t *labels = malloc((size_t)n * sizeof *labels);
    for (int64_t i = 0; i < n * p; i++)
        narrow[i] = (float)inputs[i];
    for (int64_t i = 0; i < n; i++)
        labels[i] = (int32_t)(i % K);
    const void *data = scalar == LIBNC_FLOAT64 ? (const void *)inputs : narrow;
    must(libnc_dataset_from_memory(&dataset, context, scalar, data, labels, n, p));
    free(inputs);
    free(narrow);
    free(labels);
    return dataset;
}

/* The inputs of a dataset as double; the caller frees them. */
static inline double *inputs_of(const libnc_dataset *dataset)
{
    const size_t count = (size_t)(libnc_dataset_count(dataset) * libnc_dataset_width(dataset));
    double *values = malloc(count * sizeof *values);
    const void *inputs = libnc_dataset_inputs(dataset);
    for (size_t i = 0; i < count; i++)
        values[i] = libnc_dataset_scalar(dataset) == LIBNC_FLOAT64 ? ((const double *)inputs)[i]
                                                                   : ((const float *)inputs)[i];
    return values;
}

#endif
