/* SPDX-License-Identifier: MIT
 *
 * naive_training.h: training once more, in plain loops and double: backpropagation through every
 * layer, and the optimizers' formulas value by value.
 *
 * A naive run follows a libnc run from the same parameters. Its own model is only storage.
 */
#ifndef NAIVE_TRAINING_H
#define NAIVE_TRAINING_H

#include "support/naive_objective.h"
#include "support/update_rules.h"

enum { NAIVE_LAYERS = 12, NAIVE_PARAMETERS = 24 };

typedef struct naive_run {
    run *like;
    libnc_model *model; /* float64, the shapes of like->model */
    naive_loss loss;
    int32_t layers; /* of the backbone */
    int32_t activations[4];
    long double *m[NAIVE_PARAMETERS], *v[NAIVE_PARAMETERS];
    int steps;
    const int64_t *repeats; /* per class, or NULL: the rows of a step are entries */
} naive_run;

static inline naive_run naive_begin(run *like, libnc_model *model, const naive_loss *loss,
                                    int32_t layers, const int32_t *activations)
{
    naive_run n = {.like = like, .model = model, .loss = *loss, .layers = layers};
    memcpy(n.activations, activations, (size_t)layers * sizeof *activations);
    copy_parameters(like->model, model);
    for (int32_t i = 0; i < libnc_model_parameter_count(model); i++) {
        n.m[i] = calloc(parameter_size(model, i), sizeof *n.m[i]);
        n.v[i] = calloc(parameter_size(model, i), sizeof *n.v[i]);
    }
    return n;
}

static inline void naive_end(naive_run *n)
{
    for (int32_t i = 0; i < libnc_model_parameter_count(n->model); i++) {
        free(n->m[i]);
        free(n->v[i]);
    }
    libnc_model_destroy(n->model);
}

/* d(sample loss)/dz, times scale */
static inline void naive_loss_slope(const naive_loss *loss, const double *z, int64_t K, int32_t y,
                                    double scale, double *e)
{
    const long double p = expl(naive_log_probability(z, K, y)), q = 1 - p;
    for (int64_t k = 0; k < K; k++) {
        const long double pk = expl(naive_log_probability(z, K, k)), own = k == y;
        long double slope;
        if (loss->kind == LIBNC_LOSS_MSE)
            slope = z[k] - own;
        else if (loss->kind == LIBNC_LOSS_CROSS_ENTROPY)
            slope = pk - (1 - loss->smoothing) * own - loss->smoothing / (double)K;
        else
            slope = (loss->gamma * powl(q, loss->gamma - 1) * logl(p) * p - powl(q, loss->gamma)) *
                    (own - pk);
        e[k] = (double)(slope * scale * (loss->weights ? loss->weights[y] : 1));
    }
}

/* One layer backwards: adds to dW (and db unless NULL) and returns G W; g is freed. */
static inline double *naive_layer_back(double *g, int64_t n, const double *in, int64_t ins,
                                       int64_t outs, const double *w, double *dw, double *db)
{
    double *below = calloc((size_t)(n * ins), sizeof *below);
    for (int64_t i = 0; i < n; i++)
        for (int64_t o = 0; o < outs; o++) {
            const double slope = g[i * outs + o];
            if (db)
                db[o] += slope;
            for (int64_t j = 0; j < ins; j++) {
                dw[o * ins + j] += slope * in[i * ins + j];
                below[i * ins + j] += slope * w[o * ins + j];
            }
        }
    free(g);
    return below;
}

/* Parameter index of the weight and bias of layer l = 1 .. layers + M; -1 for no bias. */
static inline int32_t naive_weight(const naive_run *n, int32_t l, int32_t *bias)
{
    const int32_t depth = libnc_model_depth(n->model), j = l - n->layers;
    const int32_t first = index_of(n->model, "head.1.weight");
    *bias = l <= n->layers                                 ? 2 * l - 1
            : j == depth && libnc_model_has_bias(n->model) ? first + depth
                                                           : -1;
    return l <= n->layers ? 2 * (l - 1) : first + j - 1;
}

static inline bool naive_has_relu(const naive_run *n, int32_t l)
{
    return l <= n->layers && n->activations[l - 1] == LIBNC_ACTIVATION_RELU;
}

/* Gradients of mean loss + (N'/B) feature decay/2 sum over the batch of ||h||^2/repeats of a
 * backbone, N' the number of entries. */
static inline void naive_gradients(const naive_run *n, const double *inputs, const int32_t *labels,
                                   int64_t entries, int64_t count, double **gradients)
{
    const int64_t K = libnc_model_classes(n->model);
    const int32_t last = n->layers + libnc_model_depth(n->model);
    double *values[NAIVE_LAYERS], decay = 0;
    int64_t width[NAIVE_LAYERS];
    int32_t bias;
    must(libnc_model_parameter_info(n->model, naive_weight(n, 1, &bias), NULL, NULL, &width[0]));
    values[0] = malloc((size_t)(count * width[0]) * sizeof(double));
    memcpy(values[0], inputs, (size_t)(count * width[0]) * sizeof(double));
    for (int32_t l = 1; l <= last; l++) {
        const int32_t weight = naive_weight(n, l, &bias);
        double *in = malloc((size_t)(count * width[l - 1]) * sizeof *in);
        memcpy(in, values[l - 1], (size_t)(count * width[l - 1]) * sizeof *in);
        must(libnc_model_parameter_info(n->model, weight, NULL, &width[l], NULL));
        values[l] = naive_layer(n->model, in, count, weight, bias, naive_has_relu(n, l));
    }
    double *g = malloc((size_t)(count * K) * sizeof *g);
    for (int64_t i = 0; i < count; i++)
        naive_loss_slope(&n->loss, values[last] + i * K, K, labels[i], 1 / (double)count,
                         g + i * K);
    if (n->like->dataset)
        must(libnc_penalty_get_decay(n->like->penalty, "features", &decay));
    for (int32_t l = last; l >= 1; l--) {
        const int32_t weight = naive_weight(n, l, &bias);
        double *w = parameter(n->model, weight);
        for (int64_t i = 0; i < count * width[l]; i++) {
            const int32_t y = labels[i / width[l]];
            if (l == n->layers)
                g[i] += decay * (double)entries / (double)count * values[l][i] /
                        (double)(n->repeats ? n->repeats[y] : 1);
            if (naive_has_relu(n, l) && values[l][i] <= 0)
                g[i] = 0;
        }
        g = naive_layer_back(g, count, values[l - 1], width[l - 1], width[l], w, gradients[weight],
                             bias < 0 ? NULL : gradients[bias]);
        free(w);
    }
    if (!n->like->dataset)
        memcpy(gradients[0], g, (size_t)(count * width[0]) * sizeof *g);
    free(g);
    for (int32_t l = 0; l <= last; l++)
        free(values[l]);
}

/* The rows of a batch of inputs (or free features), gathered. */
static inline double *naive_rows(const double *all, int64_t width, const int64_t *rows,
                                 int64_t count)
{
    double *some = malloc((size_t)(count * width) * sizeof *some);
    for (int64_t i = 0; i < count; i++)
        memcpy(some + i * width, all + rows[i] * width, (size_t)width * sizeof *some);
    return some;
}

/* Gradients of one batch, rows of free features scattered; the caller frees each. */
static inline void naive_batch(const naive_run *n, const int64_t *rows, int64_t count,
                               double **gradients)
{
    const libnc_dataset *dataset = n->like->dataset;
    const int64_t samples = dataset ? libnc_dataset_count(dataset) : libnc_model_samples(n->model);
    const int64_t width = dataset ? libnc_dataset_width(dataset) : libnc_model_width(n->model, 1);
    const int32_t *all = dataset ? libnc_dataset_labels(dataset) : libnc_model_labels(n->model);
    double *every = dataset ? inputs_of(dataset) : parameter(n->model, 0);
    double *inputs = naive_rows(every, width, rows, count);
    int32_t *labels = malloc((size_t)count * sizeof *labels);
    for (int64_t i = 0; i < count; i++)
        labels[i] = all[rows[i]];
    for (int32_t i = 0; i < libnc_model_parameter_count(n->model); i++)
        gradients[i] = calloc(parameter_size(n->model, i), sizeof *gradients[i]);
    int64_t entries = 0;
    for (int64_t i = 0; i < samples; i++)
        entries += n->repeats ? n->repeats[all[i]] : 1;
    double *features = gradients[0], *of_batch = calloc((size_t)(count * width), sizeof *of_batch);
    if (!dataset)
        gradients[0] = of_batch;
    naive_gradients(n, inputs, labels, entries, count, gradients);
    gradients[0] = features;
    for (int64_t i = 0; i < count * width && !dataset; i++)
        features[rows[i / width] * width + i % width] += of_batch[i];
    free(of_batch);
    free(labels);
    free(inputs);
    free(every);
}

/* One step with the gradient of those samples; `kind` of update.h. */
static inline void naive_step(naive_run *n, int32_t kind, double rate, const int64_t *rows,
                              int64_t count)
{
    double *gradients[NAIVE_PARAMETERS];
    naive_batch(n, rows, count, gradients);
    n->steps++;
    for (int32_t i = 0; i < libnc_model_parameter_count(n->model); i++) {
        const size_t size = parameter_size(n->model, i);
        const char *name;
        double decay, *values = parameter(n->model, i);
        must(libnc_model_parameter_info(n->model, i, &name, NULL, NULL));
        must(libnc_penalty_get_decay(n->like->penalty, name, &decay));
        const nc__update rule = rule_of(kind, rate, decay, n->steps);
        for (size_t a = 0; a < size; a++) {
            long double x = values[a];
            naive_update(&rule, gradients[i][a], &x, &n->m[i][a], &n->v[i][a]);
            values[a] = (double)x;
        }
        must(libnc_model_set_parameter(n->model, i, values, size));
        free(values);
        free(gradients[i]);
    }
}

#endif
