/* SPDX-License-Identifier: MIT
 *
 * naive_objective.h: the training objective of include/libnc/loss.h and penalty.h once more, in
 * plain loops and long double.
 */
#ifndef NAIVE_OBJECTIVE_H
#define NAIVE_OBJECTIVE_H

#include "support/training_fixture.h"

typedef struct naive_loss {
    int32_t kind;
    double smoothing, gamma;
    const double *weights; /* one per class, or NULL */
} naive_loss;

/* log p_k of a softmax over K logits */
static inline long double naive_log_probability(const double *z, int64_t K, int64_t k)
{
    long double largest = z[0], sum = 0;
    for (int64_t c = 1; c < K; c++)
        largest = fmaxl(largest, z[c]);
    for (int64_t c = 0; c < K; c++)
        sum += expl(z[c] - largest);
    return z[k] - largest - logl(sum);
}

static inline long double naive_sample_loss(const naive_loss *loss, const double *z, int64_t K,
                                            int32_t y)
{
    long double value = 0;
    if (loss->kind == LIBNC_LOSS_MSE) {
        for (int64_t k = 0; k < K; k++)
            value += ((long double)z[k] - (k == y)) * ((long double)z[k] - (k == y)) / 2;
    } else if (loss->kind == LIBNC_LOSS_CROSS_ENTROPY) {
        for (int64_t k = 0; k < K; k++)
            value -= ((1 - loss->smoothing) * (k == y) + loss->smoothing / (double)K) *
                     naive_log_probability(z, K, k);
    } else {
        const long double log_p = naive_log_probability(z, K, y);
        value = -powl(-expm1l(log_p), loss->gamma) * log_p;
    }
    return value * (loss->weights ? loss->weights[y] : 1);
}

static inline void apply_naive_loss(const naive_loss *naive, int64_t K, libnc_loss *loss)
{
    libnc_options *options = libnc_loss_options(loss);
    if (naive->kind == LIBNC_LOSS_CROSS_ENTROPY)
        must(
            libnc_options_set_double(options, LIBNC_LOSS_OPTION_LABEL_SMOOTHING, naive->smoothing));
    if (naive->kind == LIBNC_LOSS_FOCAL)
        must(libnc_options_set_double(options, LIBNC_LOSS_OPTION_FOCAL_GAMMA, naive->gamma));
    must(libnc_loss_set_class_weights(loss, naive->weights, naive->weights ? K : 0));
}

static inline long double naive_squares(const double *values, size_t size)
{
    long double sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += (long double)values[i] * values[i];
    return sum;
}

/* sum of decay/2 ||parameter||^2, and of a backbone's features (n x d) */
static inline long double naive_penalty(run *r, const double *features, int64_t n)
{
    long double sum = 0;
    double decay;
    for (int32_t i = 0; i < libnc_model_parameter_count(r->model); i++) {
        const char *name;
        must(libnc_model_parameter_info(r->model, i, &name, NULL, NULL));
        must(libnc_penalty_get_decay(r->penalty, name, &decay));
        double *values = parameter(r->model, i);
        sum += decay / 2 * naive_squares(values, parameter_size(r->model, i));
        free(values);
    }
    if (!r->dataset)
        return sum;
    must(libnc_penalty_get_decay(r->penalty, "features", &decay));
    return sum + decay / 2 * naive_squares(features, (size_t)(n * libnc_model_width(r->model, 1)));
}

/* The objective of a run at its model's parameters; *mean_loss gets the loss alone. */
static inline double naive_objective(run *r, const naive_loss *loss, int32_t layers,
                                     const int32_t *activations, double *mean_loss)
{
    const int64_t K = libnc_model_classes(r->model);
    const int64_t n = r->dataset ? libnc_dataset_count(r->dataset) : libnc_model_samples(r->model);
    const int32_t *labels =
        r->dataset ? libnc_dataset_labels(r->dataset) : libnc_model_labels(r->model);
    double *inputs = r->dataset ? inputs_of(r->dataset) : parameter(r->model, 0);
    double *features = naive_forward(r->model, inputs, n, layers, activations, 1);
    double *z =
        naive_forward(r->model, inputs, n, layers, activations, libnc_model_depth(r->model) + 1);
    long double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += naive_sample_loss(loss, z + i * K, K, labels[i]);
    *mean_loss = (double)(sum / n);
    const long double penalty = naive_penalty(r, features, n);
    free(inputs);
    free(features);
    free(z);
    return (double)(sum / n + penalty);
}

#endif
