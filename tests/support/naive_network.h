/* SPDX-License-Identifier: MIT
 *
 * naive_network.h: the forward pass of a network in double, image by image and value by value,
 * channel by channel as PyTorch has them: the formulas of libnc/network.h and nothing else.
 */
#ifndef NAIVE_NETWORK_H
#define NAIVE_NETWORK_H

#include "layers/network_internal.h"
#include "layers/node_kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct naive_network {
    const libnc_network *network;
    int64_t rows;
    double **values;                 /* of each node, rows x values */
    const double *const *parameters; /* of all nodes in order */
    const double *const *states;     /* NULL: statistics of the batch */
} naive_network;

static inline double naive_at(const double *image, const nc__image_shape *s, int64_t c, int64_t y,
                              int64_t x, double outside)
{
    const bool inside = y >= 0 && y < s->height && x >= 0 && x < s->width;
    return inside ? image[(c * s->height + y) * s->width + x] : outside;
}

static inline double naive_convolution(const nc__node *n, const nc__image_shape *in,
                                       const double *image, const double *const *p, int64_t o,
                                       int64_t y, int64_t x)
{
    double sum = n->option ? p[1][o] : 0;
    for (int64_t i = 0; i < in->channels; i++)
        for (int64_t r = 0; r < n->size; r++)
            for (int64_t s = 0; s < n->size; s++)
                sum += p[0][((o * in->channels + i) * n->size + r) * n->size + s] *
                       naive_at(image, in, i, n->stride * y + r - n->padding,
                                n->stride * x + s - n->padding, 0);
    return sum;
}

static inline double naive_pooling(const nc__node *n, const nc__image_shape *in,
                                   const double *image, int64_t c, int64_t y, int64_t x)
{
    const bool largest = n->option == LIBNC_POOLING_MAX;
    const int64_t rows = n->size ? n->size : in->height, cols = n->size ? n->size : in->width;
    double sum = 0, most = -INFINITY;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t s = 0; s < cols; s++) {
            const double value = naive_at(image, in, c, n->stride * y + r - n->padding,
                                          n->stride * x + s - n->padding, -INFINITY);
            sum += value;
            most = value > most ? value : most;
        }
    return largest ? most : sum / (double)(rows * cols);
}

static inline double naive_affine(const nc__image_shape *in, const double *image,
                                  const double *const *p, int64_t o)
{
    double sum = p[1][o];
    for (int64_t i = 0; i < nc__image_values(in); i++)
        sum += p[0][o * nc__image_values(in) + i] * image[i];
    return sum;
}

static inline double naive_value(const naive_network *naive, const nc__node *n,
                                 const double *const *p, int64_t row, int64_t c, int64_t y,
                                 int64_t x)
{
    const nc__image_shape *in = &naive->network->nodes[n->from].shape;
    const double *image = naive->values[n->from] + row * nc__image_values(in);
    switch (n->kind) {
    case NC__NODE_PADDING: return naive_at(image, in, c, y - n->padding, x - n->padding, 0);
    case NC__NODE_CONVOLUTION: return naive_convolution(n, in, image, p, c, y, x);
    case NC__NODE_ACTIVATION: return fmax(0, naive_at(image, in, c, y, x, 0));
    case NC__NODE_POOLING: return naive_pooling(n, in, image, c, y, x);
    case NC__NODE_AFFINE: return naive_affine(in, image, p, c);
    case NC__NODE_SUM:
        return naive_at(image, in, c, y, x, 0) +
               naive_at(naive->values[n->with] + row * nc__image_values(in), in, c, y, x, 0);
    default: return naive_at(image, in, c, y, x, 0);
    }
}

/* One channel of all images. */
static inline void naive_normalise(const naive_network *naive, int64_t node, int64_t c,
                                   const double *const *p, const double *const *states)
{
    const nc__image_shape *s = &naive->network->nodes[node].shape;
    const int64_t pixels = nc__image_pixels(s), width = nc__image_values(s);
    double *values = naive->values[node] + c * pixels, mean = 0, square = 0;
    const double count = (double)(naive->rows * pixels);
    for (int64_t i = 0; i < naive->rows; i++)
        for (int64_t j = 0; j < pixels; j++)
            mean += values[i * width + j] / count;
    for (int64_t i = 0; i < naive->rows; i++)
        for (int64_t j = 0; j < pixels; j++)
            square += pow(values[i * width + j] - mean, 2) / count;
    if (states) {
        mean = states[0][c];
        square = states[1][c];
    }
    for (int64_t i = 0; i < naive->rows; i++)
        for (int64_t j = 0; j < pixels; j++)
            values[i * width + j] =
                p[0][c] * (values[i * width + j] - mean) / sqrt(square + 1e-5) + p[1][c];
}

static inline void naive_node(const naive_network *naive, int64_t node, const double *const *p,
                              const double *const *states)
{
    const nc__node *n = &naive->network->nodes[node];
    double *to = naive->values[node];
    for (int64_t row = 0; row < naive->rows; row++)
        for (int64_t c = 0; c < n->shape.channels; c++)
            for (int64_t y = 0; y < n->shape.height; y++)
                for (int64_t x = 0; x < n->shape.width; x++)
                    *to++ = naive_value(naive, n, p, row, c, y, x);
    for (int64_t c = 0; c < n->shape.channels && n->kind == NC__NODE_NORMALISATION; c++)
        naive_normalise(naive, node, c, p, states);
}

/* Features of `rows` inputs; the caller frees them. states: NULL for statistics of the batch. */
static inline double *naive_forward(const libnc_network *network, const double *inputs,
                                    int64_t rows, const double *const *parameters,
                                    const double *const *states)
{
    naive_network naive = {.network = network, .rows = rows};
    const int64_t last = network->count - 1;
    naive.values = calloc((size_t)network->count, sizeof *naive.values);
    for (int64_t i = 0; i <= last; i++) {
        const size_t size = (size_t)(rows * nc__image_values(&network->nodes[i].shape));
        naive.values[i] = malloc(size * sizeof(double));
        if (i == 0) {
            memcpy(naive.values[0], inputs, size * sizeof(double));
            continue;
        }
        naive_node(&naive, i, parameters, states);
        parameters += nc__node_parameters(&network->nodes[i]);
        if (states && network->nodes[i].kind == NC__NODE_NORMALISATION)
            states += 2;
    }
    double *features = naive.values[last];
    for (int64_t i = 0; i < last; i++)
        free(naive.values[i]);
    free(naive.values);
    return features;
}

#endif
