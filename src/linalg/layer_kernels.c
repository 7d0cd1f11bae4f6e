/* SPDX-License-Identifier: MIT
 *
 * layer_kernels.c: the operations on images of one scalar type on one instruction set (variant.h).
 *
 * A correlation holds a tile of pixels times one or two vectors of channels in registers while it
 * runs over segments; a product is one value of the input for all lanes times a vector of weights.
 * For the weights' gradient the tile is of values of a segment times vectors of channels, and runs
 * over pixels.
 */
#include "linalg/layer_kernels.h"

#include "linalg/vectors.h"

#include <math.h>
#include <string.h>

/* ---- vectors of which the last channels fill a part ---- */

#if defined(__GNUC__)
typedef real half __attribute__((vector_size(VECTOR_BYTES / 2)));
typedef real half_at
    __attribute__((vector_size(VECTOR_BYTES / 2), aligned(sizeof(real)), may_alias));
#define LANE_COUNT (VECTOR_BYTES * 8 / NC__REAL_BITS)
#if LANE_COUNT == 16
#define TWICE(h) __builtin_shufflevector(h, h, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7)
#define LOWER(v) __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7)
#define HAVE_HALVES
#elif LANE_COUNT == 8
#define TWICE(h) __builtin_shufflevector(h, h, 0, 1, 2, 3, 0, 1, 2, 3)
#define LOWER(v) __builtin_shufflevector(v, v, 0, 1, 2, 3)
#define HAVE_HALVES
#endif
#endif

/* The first `count` lanes; the others are never stored. */
INLINE vec load_part(const real *p, int64_t count)
{
    if (count >= LANES)
        return load(p);
#ifdef HAVE_HALVES
    if (count == LANES / 2) {
        half h = *(const half_at *)p;
        return TWICE(h);
    }
#endif
    real lanes[LANES] = {0};
    for (int i = 0; i < LANES && i < count; i++)
        lanes[i] = p[i];
    return load(lanes);
}

INLINE void store_part(real *p, vec v, int64_t count)
{
    if (count >= LANES) {
        store(p, v);
        return;
    }
#ifdef HAVE_HALVES
    if (count == LANES / 2) {
        *(half_at *)p = LOWER(v);
        return;
    }
#endif
    for (int i = 0; i < LANES && i < count; i++)
        p[i] = LANE(v, i);
}

/* ---- tiles ---- */

/* One of the sizes that a count of `most` at a time is shared into, as equal as can be. */
INLINE int next_size(int64_t left, int64_t most)
{
    const int64_t tiles = (left + most - 1) / most;
    return (int)((left + tiles - 1) / tiles);
}

/* Calls a tile with its size as a constant. */
#define TILE_CASE(n, tile, ...)                                                                    \
    case n:                                                                                        \
        tile(n, __VA_ARGS__);                                                                      \
        break;
#define TO_4(tile, ...)                                                                            \
    TILE_CASE(1, tile, __VA_ARGS__)                                                                \
    TILE_CASE(2, tile, __VA_ARGS__)                                                                \
    TILE_CASE(3, tile, __VA_ARGS__)                                                                \
    TILE_CASE(4, tile, __VA_ARGS__)
#define TO_6(tile, ...)                                                                            \
    TO_4(tile, __VA_ARGS__)                                                                        \
    TILE_CASE(5, tile, __VA_ARGS__)                                                                \
    TILE_CASE(6, tile, __VA_ARGS__)
#define TO_8(tile, ...)                                                                            \
    TO_6(tile, __VA_ARGS__)                                                                        \
    TILE_CASE(7, tile, __VA_ARGS__)                                                                \
    TILE_CASE(8, tile, __VA_ARGS__)
#define TO_12(tile, ...)                                                                           \
    TO_8(tile, __VA_ARGS__)                                                                        \
    TILE_CASE(9, tile, __VA_ARGS__)                                                                \
    TILE_CASE(10, tile, __VA_ARGS__)                                                               \
    TILE_CASE(11, tile, __VA_ARGS__)                                                               \
    TILE_CASE(12, tile, __VA_ARGS__)
#define TO_14(tile, ...)                                                                           \
    TO_12(tile, __VA_ARGS__)                                                                       \
    TILE_CASE(13, tile, __VA_ARGS__)                                                               \
    TILE_CASE(14, tile, __VA_ARGS__)

/* Pixels, or values of a segment, in a tile of one vector and of two: 28 of 32 registers, or 12 of
 * 16, hold sums. */
#if defined(__AVX512F__)
enum { MOST_SINGLE = 14, MOST_DOUBLE = 14 };
#define SINGLE_CASES TO_14
#define DOUBLE_CASES TO_14
#elif defined(__AVX__)
enum { MOST_SINGLE = 12, MOST_DOUBLE = 6 };
#define SINGLE_CASES TO_12
#define DOUBLE_CASES TO_6
#else
enum { MOST_SINGLE = 8, MOST_DOUBLE = 4 };
#define SINGLE_CASES TO_8
#define DOUBLE_CASES TO_4
#endif
enum { MOST_SUMS = MOST_SINGLE > 2 * MOST_DOUBLE ? MOST_SINGLE : 2 * MOST_DOUBLE };

/* Sums of a tile: `pixels` and `vectors` are constants. */
INLINE void correlate_tile(int pixels, int vectors, const nc__correlation *c, const real *in,
                           const real *weights, vec *sums)
{
    const int64_t in_step = c->in_step[2], stride = c->stride;
    vec sum[MOST_SUMS];
#pragma GCC unroll 28
    for (int p = 0; p < pixels * vectors; p++)
        sum[p] = (vec){0};
    for (int64_t s = 0; s < c->segments; s++) {
        const real *at = in + c->offsets[s],
                   *from[4] = {at, at + 4 * in_step, at + 8 * in_step, at + 12 * in_step};
        for (int64_t i = 0; i < c->length; i++, weights += stride) {
            const vec first = load(weights), second = vectors == 2 ? load(weights + LANES) : first;
#pragma GCC unroll 14
            for (int p = 0; p < pixels; p++) {
                const real value = from[p / 4][p % 4 * in_step + i];
                sum[p * vectors] += value * first;
                if (vectors == 2)
                    sum[p * vectors + 1] += value * second;
            }
        }
    }
#pragma GCC unroll 28
    for (int p = 0; p < pixels * vectors; p++)
        sums[p] = sum[p];
}

/* Where the sums of a tile go; lanes: the channels from these on. */
typedef struct target {
    const real *bias;
    bool add;
    int64_t step, lanes;
} target;

static void put_sums(int pixels, int vectors, const vec *sums, const target *t, real *out)
{
    for (int p = 0; p < pixels; p++, out += t->step)
        for (int v = 0; v < vectors; v++) {
            const int64_t count = t->lanes - v * LANES;
            vec total = *sums++;
            if (t->bias)
                total += load(t->bias + v * LANES);
            if (t->add)
                total += load_part(out + v * LANES, count);
            store_part(out + v * LANES, total, count);
        }
}

static void correlate_row(const nc__correlation *c, int vectors, const real *in,
                          const real *weights, const target *t, real *out)
{
    vec sums[MOST_SUMS];
    for (int64_t x = 0; x < c->count[2];) {
        const int size = next_size(c->count[2] - x, vectors == 2 ? MOST_DOUBLE : MOST_SINGLE);
        const real *from = in + x * c->in_step[2];
        if (vectors == 2)
            switch (size) {
                DOUBLE_CASES(correlate_tile, 2, c, from, weights, sums)
            }
        else
            switch (size) {
                SINGLE_CASES(correlate_tile, 1, c, from, weights, sums)
            }
        put_sums(size, vectors, sums, t, out + x * t->step);
        x += size;
    }
}

static void correlate(const nc__correlation *c, const void *in, const void *weights,
                      const void *bias, bool add, void *out)
{
    for (int64_t o = 0; o < c->channels;) {
        const int vectors = c->channels - o > LANES ? 2 : 1;
        const target t = {bias ? (const real *)bias + o : NULL, add, c->out_step[2],
                          c->channels - o};
        for (int64_t i = 0; i < c->count[0]; i++)
            for (int64_t j = 0; j < c->count[1]; j++)
                correlate_row(c, vectors, (const real *)in + i * c->in_step[0] + j * c->in_step[1],
                              (const real *)weights + o, &t,
                              (real *)out + i * c->out_step[0] + j * c->out_step[1] + o);
        o += vectors * LANES;
    }
}

/* ---- the gradient of the weights ---- */

/* The tiles of one segment: values of it times channels, which are taken two vectors at a time
 * while they last. */
static int64_t channel_tiles(const nc__correlation *c)
{
    const int64_t pairs = c->channels / (2 * LANES), left = c->channels % (2 * LANES);
    return pairs + (left + LANES - 1) / LANES;
}

static int64_t value_tiles(const nc__correlation *c)
{
    const int64_t most = c->channels >= 2 * LANES ? MOST_DOUBLE : MOST_SINGLE;
    return (c->length + most - 1) / most;
}

static int64_t weight_tiles(const nc__correlation *c)
{
    return c->segments * value_tiles(c) * channel_tiles(c);
}

/* `values` and `vectors` are constants; lanes are the channels from these on, and at least two
 * vectors where there are two. */
INLINE void weights_tile(int values, int vectors, const nc__correlation *c, const real *in,
                         const real *gradient, int64_t lanes, real *weights)
{
    const int64_t in_step = c->in_step[2], g_step = c->out_step[2], stride = c->stride;
    vec sum[MOST_SUMS];
#pragma GCC unroll 14
    for (int i = 0; i < values; i++)
#pragma GCC unroll 2
        for (int v = 0; v < vectors; v++)
            sum[i * vectors + v] = load(weights + i * stride + v * LANES);
    for (int64_t y = 0; y < c->count[0]; y++)
        for (int64_t z = 0; z < c->count[1]; z++) {
            const real *x = in + y * c->in_step[0] + z * c->in_step[1];
            const real *g = gradient + y * c->out_step[0] + z * c->out_step[1];
            for (int64_t p = 0; p < c->count[2]; p++, x += in_step, g += g_step) {
                const vec first = load_part(g, lanes),
                          second = vectors == 2 ? load(g + LANES) : first;
#pragma GCC unroll 14
                for (int i = 0; i < values; i++) {
                    sum[i * vectors] += x[i] * first;
                    if (vectors == 2)
                        sum[i * vectors + 1] += x[i] * second;
                }
            }
        }
#pragma GCC unroll 14
    for (int i = 0; i < values; i++)
#pragma GCC unroll 2
        for (int v = 0; v < vectors; v++)
            store(weights + i * stride + v * LANES, sum[i * vectors + v]);
}

static void correlate_weights(const nc__correlation *c, int64_t begin, int64_t end, const void *in,
                              const void *gradient, void *weights)
{
    const int64_t across = channel_tiles(c), along = value_tiles(c),
                  pairs = c->channels / (2 * LANES);
    for (int64_t t = begin; t < end; t++) {
        const int64_t column = t % across, part = t / across % along, s = t / across / along;
        const int64_t o = (column + (column < pairs ? column : pairs)) * LANES;
        const int64_t first = c->length * part / along, last = c->length * (part + 1) / along;
        const int64_t lanes = c->channels - o;
        const real *x = (const real *)in + c->offsets[s] + first, *g = (const real *)gradient + o;
        real *w = (real *)weights + (s * c->length + first) * c->stride + o;
        if (column < pairs)
            switch (last - first) {
                DOUBLE_CASES(weights_tile, 2, c, x, g, 2 * LANES, w)
            }
        else
            switch (last - first) {
                SINGLE_CASES(weights_tile, 1, c, x, g, lanes, w)
            }
    }
}

static void copy(const nc__walk *walk, bool add, const void *in, void *out)
{
    for (int64_t i = 0; i < walk->count[0]; i++)
        for (int64_t j = 0; j < walk->count[1]; j++) {
            const real *x = (const real *)in + i * walk->in_step[0] + j * walk->in_step[1];
            real *y = (real *)out + i * walk->out_step[0] + j * walk->out_step[1];
            const int64_t n = walk->count[2], x_step = walk->in_step[2], y_step = walk->out_step[2];
            if (add)
                for (int64_t k = 0; k < n; k++)
                    y[k * y_step] += x[k * x_step];
            else
                for (int64_t k = 0; k < n; k++)
                    y[k * y_step] = x[k * x_step];
        }
}

/* ---- channels by patterns ---- */

/* Values of a pattern that are left of n at `at`. */
INLINE int64_t period_at(int64_t n, int64_t period, int64_t at)
{
    return n - at < period ? n - at : period;
}

static void add_pattern(int64_t n, int64_t period, const void *x, void *acc)
{
    real *sum = acc;
    for (int64_t at = 0; at < n; at += period) {
        const real *from = (const real *)x + at;
        const int64_t count = period_at(n, period, at);
        for (int64_t j = 0; j < count; j++)
            sum[j] += from[j];
    }
}

static void add_squares_pattern(int64_t n, int64_t period, const void *x, const void *m, void *acc)
{
    const real *mean = m;
    real *sum = acc;
    for (int64_t at = 0; at < n; at += period) {
        const real *from = (const real *)x + at;
        const int64_t count = period_at(n, period, at);
#pragma omp simd
        for (int64_t j = 0; j < count; j++) {
            const real deviation = from[j] - mean[j];
            sum[j] += deviation * deviation;
        }
    }
}

static void scale_pattern(int64_t n, int64_t period, const void *x, const void *a, const void *b,
                          bool relu, void *y)
{
    const real *slope = a, *shift = b;
    for (int64_t at = 0; at < n; at += period) {
        const real *from = (const real *)x + at;
        real *to = (real *)y + at;
        const int64_t count = period_at(n, period, at);
        if (relu)
#pragma omp simd
            for (int64_t j = 0; j < count; j++) {
                const real value = from[j] * slope[j] + shift[j];
                to[j] = value < 0 ? 0 : value; /* NaN stays NaN */
            }
        else
#pragma omp simd
            for (int64_t j = 0; j < count; j++)
                to[j] = from[j] * slope[j] + shift[j];
    }
}

static void add_products_pattern(int64_t n, int64_t period, const void *g, const void *x,
                                 const void *m, void *acc, void *products)
{
    const real *mean = m;
    real *sum = acc, *product = products;
    for (int64_t at = 0; at < n; at += period) {
        const real *gradient = (const real *)g + at, *from = (const real *)x + at;
        const int64_t count = period_at(n, period, at);
#pragma omp simd
        for (int64_t j = 0; j < count; j++) {
            sum[j] += gradient[j];
            product[j] += gradient[j] * (from[j] - mean[j]);
        }
    }
}

static void combine_pattern(int64_t n, int64_t period, const void *g, const void *x, const void *m,
                            const void *const abc[3], bool add, void *d)
{
    const real *mean = m, *a = abc[0], *b = abc[1], *c = abc[2];
    for (int64_t at = 0; at < n; at += period) {
        const real *gradient = (const real *)g + at, *from = (const real *)x + at;
        real *to = (real *)d + at;
        const int64_t count = period_at(n, period, at);
        if (add)
#pragma omp simd
            for (int64_t j = 0; j < count; j++)
                to[j] += gradient[j] * a[j] + (from[j] - mean[j]) * b[j] + c[j];
        else
#pragma omp simd
            for (int64_t j = 0; j < count; j++)
                to[j] = gradient[j] * a[j] + (from[j] - mean[j]) * b[j] + c[j];
    }
}

static void fold_pattern(int64_t period, int64_t channels, const void *acc, double *sums)
{
    const real *from = acc;
    for (int64_t j = 0; j < period; j += channels)
        for (int64_t k = 0; k < channels; k++)
            sums[k] += (double)from[j + k];
}

static void add(int64_t n, const void *x, const void *y, bool relu, void *z)
{
    const real *a = x, *b = y;
    real *sum = z;
    if (relu)
        for (int64_t i = 0; i < n; i++) {
            const real value = a[i] + b[i];
            sum[i] = value < 0 ? 0 : value; /* NaN stays NaN */
        }
    else
        for (int64_t i = 0; i < n; i++)
            sum[i] = a[i] + b[i];
}

/* ---- windows ---- */

/* Pixels of the image in a window: top .. bottom - 1, left .. right - 1. */
typedef struct window {
    int64_t top, bottom, left, right;
} window;

INLINE int64_t at_least_0(int64_t value)
{
    return value < 0 ? 0 : value;
}

INLINE int64_t at_most(int64_t value, int64_t most)
{
    return value > most ? most : value;
}

INLINE window window_at(const nc__windows *w, int64_t y, int64_t x)
{
    const int64_t top = y * w->stride - w->padding, left = x * w->stride - w->padding;
    return (window){at_least_0(top), at_most(top + w->rows, w->height), at_least_0(left),
                    at_most(left + w->cols, w->width)};
}

static void largest_of_windows(const nc__windows *w, const void *in, void *out)
{
    const int64_t n = w->channels;
    real *to = out;
    for (int64_t y = 0; y < w->out_height; y++)
        for (int64_t x = 0; x < w->out_width; x++, to += n) {
            const window at = window_at(w, y, x);
            memcpy(to, (const real *)in + (at.top * w->width + at.left) * n,
                   (size_t)n * sizeof *to);
            for (int64_t i = at.top; i < at.bottom; i++)
                for (int64_t j = at.left; j < at.right; j++) {
                    const real *from = (const real *)in + (i * w->width + j) * n;
#pragma omp simd
                    for (int64_t k = 0; k < n; k++) /* NaN stays NaN */
                        to[k] = from[k] > to[k] || from[k] != from[k] ? from[k] : to[k];
                }
        }
}

static void largest_backward(const nc__windows *w, const void *in, const void *out, const void *g,
                             void *rest, void *d_in)
{
    const int64_t n = w->channels;
    const real *best = out, *gradient = g;
    real *left = rest;
    for (int64_t y = 0; y < w->out_height; y++)
        for (int64_t x = 0; x < w->out_width; x++, best += n, gradient += n) {
            const window at = window_at(w, y, x);
            memcpy(left, gradient, (size_t)n * sizeof *left);
            for (int64_t i = at.top; i < at.bottom; i++)
                for (int64_t j = at.left; j < at.right; j++) {
                    const real *from = (const real *)in + (i * w->width + j) * n;
                    real *to = (real *)d_in + (i * w->width + j) * n;
#pragma omp simd
                    for (int64_t k = 0; k < n; k++) {
                        const real share = from[k] == best[k] ? left[k] : 0;
                        to[k] += share;
                        left[k] -= share;
                    }
                }
        }
}

static void mean_of_windows(const nc__windows *w, const void *in, void *out)
{
    const int64_t n = w->channels;
    const real share = 1 / (real)(w->rows * w->cols);
    real *to = out;
    for (int64_t y = 0; y < w->out_height; y++)
        for (int64_t x = 0; x < w->out_width; x++, to += n) {
            const window at = window_at(w, y, x);
            memset(to, 0, (size_t)n * sizeof *to);
            for (int64_t i = at.top; i < at.bottom; i++)
                for (int64_t j = at.left; j < at.right; j++) {
                    const real *from = (const real *)in + (i * w->width + j) * n;
#pragma omp simd
                    for (int64_t k = 0; k < n; k++)
                        to[k] += share * from[k];
                }
        }
}

static void mean_backward(const nc__windows *w, const void *g, void *d_in)
{
    const int64_t n = w->channels;
    const real share = 1 / (real)(w->rows * w->cols);
    const real *gradient = g;
    for (int64_t y = 0; y < w->out_height; y++)
        for (int64_t x = 0; x < w->out_width; x++, gradient += n) {
            const window at = window_at(w, y, x);
            for (int64_t i = at.top; i < at.bottom; i++)
                for (int64_t j = at.left; j < at.right; j++) {
                    real *to = (real *)d_in + (i * w->width + j) * n;
#pragma omp simd
                    for (int64_t k = 0; k < n; k++)
                        to[k] += share * gradient[k];
                }
        }
}

extern const nc__layer_kernels NC__NAME(layer_kernels);
const nc__layer_kernels NC__NAME(layer_kernels) = {
    .correlate = correlate,
    .weight_tiles = weight_tiles,
    .correlate_weights = correlate_weights,
    .copy = copy,
    .add_pattern = add_pattern,
    .add_squares_pattern = add_squares_pattern,
    .scale_pattern = scale_pattern,
    .add_products_pattern = add_products_pattern,
    .combine_pattern = combine_pattern,
    .fold_pattern = fold_pattern,
    .add = add,
    .largest_of_windows = largest_of_windows,
    .mean_of_windows = mean_of_windows,
    .largest_backward = largest_backward,
    .mean_backward = mean_backward,
};
