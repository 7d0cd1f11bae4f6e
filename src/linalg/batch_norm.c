/* SPDX-License-Identifier: MIT
 *
 * batch_norm.c: batch norm of the channels of images (batch_norm.h).
 *
 * A few images at a time, which stay in the first-level cache, have their sums taken in the scalar
 * type and folded into double; these parts do not depend on the threads and are joined in order
 * (means and squares by Chan, Golub and LeVeque 1983).
 */
#include "linalg/batch_norm.h"

#include "linalg/images.h"
#include "linalg/layer_kernels.h"
#include "linalg/tables.h"

#include <math.h>
#include <string.h>

enum { PART_VALUES = 1 << 13 }; /* of images taken at a time */

static const double EPSILON = 1e-5; /* PyTorch's */

enum pattern { MEAN, SLOPE, SHIFT, A, B, C, SUM, PRODUCT, PATTERNS };

struct nc__batch_norm {
    libnc_context *context;
    const nc__layer_kernels *kernels;
    int64_t pixels, channels, period;
    int64_t part;              /* images at a time */
    bool moves;                /* m and v are the batch's */
    nc__tensor patterns;       /* PATTERNS rows of `period` values: one block for each thread */
    double *mean, *variance;   /* m and v */
    double *sums, *products;   /* of each part, `channels` values each */
    double *row;               /* channels */
    double *d_weight, *d_bias; /* channels */
};

nc__batch_norm *nc__batch_norm_create(nc__arena *arena, int64_t rows, int64_t pixels,
                                      int64_t channels, int32_t scalar)
{
    nc__batch_norm *b = nc__arena_alloc(arena, 1, sizeof *b);
    if (!b)
        return NULL;
    const int64_t part = PART_VALUES / (pixels * channels);
    b->context = arena->context;
    b->kernels = nc__layer_kernels_of(scalar);
    b->pixels = pixels;
    b->channels = channels;
    b->period = nc__images_period(channels);
    b->part = part < 1 ? 1 : part;
    const size_t parts = (size_t)((rows + b->part - 1) / b->part), width = (size_t)channels;
    b->patterns =
        nc__arena_tensor(arena, scalar, (int64_t)PATTERNS * b->context->threads, b->period);
    b->sums = nc__arena_alloc(arena, parts * width, 2 * sizeof *b->sums);
    b->mean = nc__arena_alloc(arena, 5 * width, sizeof *b->mean);
    if (arena->failed)
        return NULL;
    b->products = b->sums + parts * width;
    b->variance = b->mean + width;
    b->row = b->variance + width;
    b->d_weight = b->row + width;
    b->d_bias = b->d_weight + width;
    return b;
}

/* ---- patterns ---- */

static nc__tensor pattern_of(const nc__batch_norm *b, int32_t thread, enum pattern which)
{
    return nc__tensor_rows(&b->patterns, (int64_t)PATTERNS * thread + which, 1);
}

static void *data_of(const nc__batch_norm *b, int32_t thread, enum pattern which)
{
    return pattern_of(b, thread, which).data;
}

static void clear_pattern(const nc__batch_norm *b, int32_t thread, enum pattern which)
{
    nc__tensor pattern = pattern_of(b, thread, which);
    nc__fill(&pattern, 0);
}

/* One value for each channel, again and again. */
static void fill_pattern(const nc__batch_norm *b, int32_t thread, enum pattern which,
                         const double *values)
{
    nc__tensor pattern = pattern_of(b, thread, which);
    nc__tensor first = nc__tensor_cols(&pattern, 0, b->channels);
    const size_t bytes = (size_t)b->channels * nc__scalar_size(pattern.scalar);
    nc__from_double(values, &first);
    for (int64_t i = 1; i < b->period / b->channels; i++)
        memcpy((char *)pattern.data + (size_t)i * bytes, pattern.data, bytes);
}

/* ---- parts ---- */

typedef struct work {
    nc__batch_norm *b;
    const nc__tensor *x, *dy;
    nc__tensor *out;
    bool flag; /* relu, or add */
} work;

static int64_t parts_of(const nc__batch_norm *b, const nc__tensor *x)
{
    return (x->rows + b->part - 1) / b->part;
}

static nc__tensor images_of(const nc__batch_norm *b, const nc__tensor *x, int64_t part)
{
    const int64_t begin = part * b->part, left = x->rows - begin;
    return nc__tensor_rows(x, begin, left < b->part ? left : b->part);
}

/* ---- statistics ---- */

/* Means in `sums`, squares of deviations from them in `products`. */
static void measure_images(nc__batch_norm *b, int32_t thread, int64_t part, const nc__tensor *x)
{
    const int64_t n = x->rows * x->cols;
    const double count = (double)(x->rows * b->pixels);
    double *mean = b->sums + part * b->channels, *square = b->products + part * b->channels;
    clear_pattern(b, thread, SUM);
    b->kernels->add_pattern(n, b->period, x->data, data_of(b, thread, SUM));
    memset(mean, 0, (size_t)b->channels * sizeof *mean);
    b->kernels->fold_pattern(b->period, b->channels, data_of(b, thread, SUM), mean);
    for (int64_t k = 0; k < b->channels; k++)
        mean[k] /= count;
    fill_pattern(b, thread, MEAN, mean);
    clear_pattern(b, thread, SUM);
    b->kernels->add_squares_pattern(n, b->period, x->data, data_of(b, thread, MEAN),
                                    data_of(b, thread, SUM));
    memset(square, 0, (size_t)b->channels * sizeof *square);
    b->kernels->fold_pattern(b->period, b->channels, data_of(b, thread, SUM), square);
}

static void measure_part(void *argument, int32_t thread, int32_t threads)
{
    const work *w = argument;
    int64_t begin, end;
    nc__share(parts_of(w->b, w->x), 1, thread, threads, &begin, &end);
    for (int64_t i = begin; i < end; i++) {
        const nc__tensor x = images_of(w->b, w->x, i);
        measure_images(w->b, thread, i, &x);
    }
}

/* Joins one part's n values to the `seen` before. */
static void join_part(nc__batch_norm *b, int64_t part, double seen, double n)
{
    const double *mean = b->sums + part * b->channels, *square = b->products + part * b->channels;
    for (int64_t k = 0; k < b->channels; k++) {
        const double apart = mean[k] - b->mean[k];
        b->mean[k] += apart * n / (seen + n);
        b->variance[k] += square[k] + apart * apart * seen * n / (seen + n);
    }
}

void nc__batch_norm_measure(nc__batch_norm *b, const nc__tensor *x)
{
    work w = {.b = b, .x = x};
    double seen = 0;
    nc__parallel(b->context, measure_part, &w);
    memset(b->mean, 0, 2 * (size_t)b->channels * sizeof *b->mean);
    for (int64_t i = 0; i < parts_of(b, x); i++) {
        const double n = (double)(images_of(b, x, i).rows * b->pixels);
        join_part(b, i, seen, n);
        seen += n;
    }
    for (int64_t k = 0; k < b->channels; k++)
        b->variance[k] /= seen;
    b->moves = true;
}

void nc__batch_norm_set(nc__batch_norm *b, const nc__tensor *mean, const nc__tensor *variance)
{
    nc__to_double(mean, b->mean);
    nc__to_double(variance, b->variance);
    b->moves = false;
}

static void average(double *row, const double *values, int64_t count, double factor, double share,
                    nc__tensor *running)
{
    nc__to_double(running, row);
    for (int64_t k = 0; k < count; k++)
        row[k] += share * (factor * values[k] - row[k]);
    nc__from_double(row, running);
}

void nc__batch_norm_average(const nc__batch_norm *b, int64_t rows, double share, nc__tensor *mean,
                            nc__tensor *variance)
{
    const double n = (double)(rows * b->pixels);
    average(b->row, b->mean, b->channels, 1, share, mean);
    average(b->row, b->variance, b->channels, n / (n - 1), share, variance);
}

/* ---- forward ---- */

static double inverse_deviation(const nc__batch_norm *b, int64_t k)
{
    return 1 / sqrt(b->variance[k] + EPSILON);
}

static void forward_part(void *argument, int32_t thread, int32_t threads)
{
    const work *w = argument;
    const nc__batch_norm *b = w->b;
    int64_t begin, end;
    nc__share(w->x->rows, 1, thread, threads, &begin, &end);
    const nc__tensor x = nc__tensor_rows(w->x, begin, end - begin);
    const nc__tensor y = nc__tensor_rows(w->out, begin, end - begin);
    b->kernels->scale_pattern(x.rows * x.cols, b->period, x.data, data_of(b, 0, SLOPE),
                              data_of(b, 0, SHIFT), w->flag, y.data);
}

/* y = slope x + shift */
void nc__batch_norm_forward(nc__batch_norm *b, const nc__tensor *weight, const nc__tensor *bias,
                            const nc__tensor *x, bool relu, nc__tensor *y)
{
    double *slope = b->d_weight, *shift = b->d_bias; /* not in use before backward */
    nc__to_double(weight, slope);
    nc__to_double(bias, shift);
    for (int64_t k = 0; k < b->channels; k++) {
        slope[k] *= inverse_deviation(b, k);
        shift[k] -= slope[k] * b->mean[k];
    }
    fill_pattern(b, 0, SLOPE, slope);
    fill_pattern(b, 0, SHIFT, shift);
    work w = {.b = b, .x = x, .out = y, .flag = relu};
    nc__parallel(b->context, forward_part, &w);
}

/* ---- backward ---- */

static void sum_images(nc__batch_norm *b, int32_t thread, int64_t part, const nc__tensor *x,
                       const nc__tensor *dy)
{
    double *sum = b->sums + part * b->channels, *product = b->products + part * b->channels;
    void *acc = data_of(b, thread, SUM), *products = data_of(b, thread, PRODUCT);
    clear_pattern(b, thread, SUM);
    clear_pattern(b, thread, PRODUCT);
    b->kernels->add_products_pattern(x->rows * x->cols, b->period, dy->data, x->data,
                                     data_of(b, 0, MEAN), acc, products);
    memset(sum, 0, (size_t)b->channels * sizeof *sum);
    memset(product, 0, (size_t)b->channels * sizeof *product);
    b->kernels->fold_pattern(b->period, b->channels, acc, sum);
    b->kernels->fold_pattern(b->period, b->channels, products, product);
}

static void sum_part(void *argument, int32_t thread, int32_t threads)
{
    const work *w = argument;
    int64_t begin, end;
    nc__share(parts_of(w->b, w->x), 1, thread, threads, &begin, &end);
    for (int64_t i = begin; i < end; i++) {
        const nc__tensor x = images_of(w->b, w->x, i), dy = images_of(w->b, w->dy, i);
        sum_images(w->b, thread, i, &x, &dy);
    }
}

/* d_bias, and d_weight of s = 1. */
static void join_sums(nc__batch_norm *b, int64_t parts)
{
    memset(b->d_weight, 0, 2 * (size_t)b->channels * sizeof *b->d_weight);
    for (int64_t i = 0; i < parts; i++)
        for (int64_t k = 0; k < b->channels; k++) {
            b->d_bias[k] += b->sums[i * b->channels + k];
            b->d_weight[k] += b->products[i * b->channels + k];
        }
}

/* dx = a dy + b (x - m) + c */
static void fill_coefficients(nc__batch_norm *b, const nc__tensor *weight, double n)
{
    double *second = b->sums, *third = b->products; /* joined already */
    nc__to_double(weight, b->row);
    for (int64_t k = 0; k < b->channels; k++) {
        const double s = inverse_deviation(b, k);
        b->row[k] *= s;
        second[k] = b->moves ? -b->row[k] * s * b->d_weight[k] / n : 0;
        third[k] = b->moves ? -b->row[k] * b->d_bias[k] / n : 0;
    }
    fill_pattern(b, 0, A, b->row);
    fill_pattern(b, 0, B, second);
    fill_pattern(b, 0, C, third);
}

static void backward_part(void *argument, int32_t thread, int32_t threads)
{
    const work *w = argument;
    const nc__batch_norm *b = w->b;
    const void *const abc[3] = {data_of(b, 0, A), data_of(b, 0, B), data_of(b, 0, C)};
    int64_t begin, end;
    nc__share(w->x->rows, 1, thread, threads, &begin, &end);
    const nc__tensor x = nc__tensor_rows(w->x, begin, end - begin);
    const nc__tensor dy = nc__tensor_rows(w->dy, begin, end - begin);
    const nc__tensor dx = nc__tensor_rows(w->out, begin, end - begin);
    b->kernels->combine_pattern(x.rows * x.cols, b->period, dy.data, x.data, data_of(b, 0, MEAN),
                                abc, w->flag, dx.data);
}

static void put_sums(double *row, const double *values, int64_t count, bool add, nc__tensor *sums)
{
    memset(row, 0, (size_t)count * sizeof *row);
    if (add)
        nc__to_double(sums, row);
    for (int64_t k = 0; k < count; k++)
        row[k] += values[k];
    nc__from_double(row, sums);
}

void nc__batch_norm_backward(nc__batch_norm *b, const nc__tensor *weight, const nc__tensor *x,
                             const nc__tensor *dy, bool adds_weights, nc__tensor *d_weight,
                             nc__tensor *d_bias, bool adds_dx, nc__tensor *dx)
{
    work w = {.b = b, .x = x, .dy = dy, .out = dx, .flag = adds_dx};
    fill_pattern(b, 0, MEAN, b->mean);
    nc__parallel(b->context, sum_part, &w);
    join_sums(b, parts_of(b, x));
    for (int64_t k = 0; k < b->channels; k++)
        b->d_weight[k] *= inverse_deviation(b, k);
    fill_coefficients(b, weight, (double)(x->rows * b->pixels));
    put_sums(b->row, b->d_weight, b->channels, adds_weights, d_weight);
    put_sums(b->row, b->d_bias, b->channels, adds_weights, d_bias);
    if (dx)
        nc__parallel(b->context, backward_part, &w);
}
