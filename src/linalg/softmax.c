/* SPDX-License-Identifier: MIT
 *
 * softmax.c: the losses on a block of logits, value and gradient in one pass; compiled once per
 * scalar type and instruction set (variant.h).
 *
 * Notation: z the logits of a row, y its label, w = w_y its weight, m = max_k z_k,
 * e_k = exp(z_k - m), O = sum_{k != y} e_k, S = e_y + O, p = e/S, q = 1 - p_y.
 *
 * Near collapse p_y tends to 1 and everything of interest is in O, so nothing may be computed as a
 * difference from 1: q = O/S, and -log p_y = (m - z_y) + log1p(O + (e_y - 1)), where e_y - 1 is
 * exactly 0 if z_y is the maximum. Both then keep full relative accuracy.
 *
 * Up to SMALL classes the vector lanes are rows (a tile of rows is transposed), above that the
 * classes of one row.
 */
#include "linalg/softmax.h"

#include "linalg/variant.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#if defined(__GNUC__)
#define INLINE static inline __attribute__((__always_inline__))
#else
#define INLINE static inline
#endif

enum {
    SMALL = 64,                     /* classes up to which a tile of rows pays */
    LANES = 128 / sizeof(NC__REAL), /* rows of a tile: two of the widest registers */
    SLICE = 4096                    /* values per partial sum of squares */
};

#if NC__REAL_BITS == 64
typedef uint64_t bits;
enum { MANTISSA = 52, BIAS = 1023 };
#define LOWEST     (-708.0)              /* exp(LOWEST) is still a normal number */
#define ROUNDER    0x1.8p52              /* adding it rounds to a whole number */
#define LN2_HIGH   0x1.62e42fee00000p-1  /* 32 bits: exact times any exponent */
#define LN2_LOW    0x1.a39ef35793c76p-33 /* ln 2 - LN2_HIGH */
#define SQRT_HALF  0x3fe6a09e667f3bcdULL /* bits of sqrt(1/2) */
#define TWO_TO_52  0x4330000000000000ULL /* bits of 2^52, the place of a whole number */
#define WHOLE_BIAS (0x1p52 + BIAS)
#else
typedef uint32_t bits;
enum { MANTISSA = 23, BIAS = 127 };
#define LOWEST     (-87.0F)
#define ROUNDER    0x1.8p23F
#define LN2_HIGH   0x1.63p-1F /* 9 bits */
#define LN2_LOW    -0x1.bd0106p-13F
#define SQRT_HALF  0x3f3504f3U
#define TWO_TO_52  0x4b000000U /* here 2^23 */
#define WHOLE_BIAS (0x1p23F + BIAS)
#endif
#define REAL(x) ((NC__REAL)(x))

INLINE bits bits_of(NC__REAL x)
{
    bits b;
    memcpy(&b, &x, sizeof b);
    return b;
}

INLINE NC__REAL real_of(bits b)
{
    NC__REAL x;
    memcpy(&x, &b, sizeof x);
    return x;
}

/* (exp(r) - 1 - r)/r^2 for |r| <= ln(2)/2 by its Taylor series: the first term left out is below
 * 1/20 of a rounding error. */
INLINE NC__REAL exp_series(NC__REAL r)
{
#if NC__REAL_BITS == 64
    double high = 1.0 / 479001600 + r * (1.0 / 6227020800);
    high = 1.0 / 3628800 + r * (1.0 / 39916800 + r * high);
    high = 1.0 / 40320 + r * (1.0 / 362880 + r * high);
    high = 1.0 / 720 + r * (1.0 / 5040 + r * high);
    return 0.5 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120 + r * high)));
#else
    float high = 1.0F / 120 + r * (1.0F / 720 + r * (1.0F / 5040));
    return 0.5F + r * (1.0F / 6 + r * (1.0F / 24 + r * high));
#endif
}

/* exp(x), x <= 0: x = n ln 2 + r (Cody and Waite 1980), exp(x) = 2^n exp(r). exp(0) is exactly 1;
 * results that would not be normal numbers are 0; NaN stays NaN. */
INLINE NC__REAL exp_negative(NC__REAL x)
{
    NC__REAL bounded = x < LOWEST ? LOWEST : x;
    NC__REAL rounded = bounded * REAL(1.44269504088896340736) + ROUNDER; /* x / ln 2 */
    NC__REAL n = rounded - ROUNDER;
    NC__REAL r = (bounded - n * LN2_HIGH) - n * LN2_LOW;
    NC__REAL value = 1 + (r + r * r * exp_series(r));
    NC__REAL power = real_of((bits_of(rounded) + BIAS) << MANTISSA); /* low bits hold n */
    return x < LOWEST ? 0 : value * power;
}

/* log((1 + s)/(1 - s))/s - 2 = 2 s^2/3 + 2 s^4/5 + ..., z = s^2 <= (3 - sqrt 8)^2. */
INLINE NC__REAL log_series(NC__REAL z)
{
#if NC__REAL_BITS == 64
    double high = 2.0 / 17 + z * (2.0 / 19 + z * (2.0 / 21));
    high = 2.0 / 11 + z * (2.0 / 13 + z * (2.0 / 15 + z * high));
    return z * (2.0 / 3 + z * (2.0 / 5 + z * (2.0 / 7 + z * (2.0 / 9 + z * high))));
#else
    return z * (2.0F / 3 + z * (2.0F / 5 + z * (2.0F / 7 + z * (2.0F / 9))));
#endif
}

/* log(1 + t), t >= 0. u = 1 + t rounded is 2^n (1 + f), sqrt(1/2) <= 1 + f < sqrt 2; with
 * s = f/(2 + f), log(1 + f) = 2 s + s series = f - s (f - series). What rounding took from u is
 * given back to first order. */
INLINE NC__REAL log_one_plus(NC__REAL t)
{
    NC__REAL u = 1 + t;
    NC__REAL lost = (t - (u - 1)) / u;
    bits moved = bits_of(u) + (((bits)BIAS << MANTISSA) - SQRT_HALF);
    NC__REAL n = real_of((moved >> MANTISSA) | TWO_TO_52) - WHOLE_BIAS;
    NC__REAL f = real_of((moved & (((bits)1 << MANTISSA) - 1)) + SQRT_HALF) - 1;
    NC__REAL s = f / (2 + f);
    return n * LN2_HIGH + (f - (s * (f - log_series(s * s)) - (n * LN2_LOW + lost)));
}

INLINE NC__REAL weight_of(const nc__loss_block *block, int32_t label)
{
    return block->weights ? REAL(block->weights[label]) : 1;
}

INLINE NC__REAL *row_of(const nc__loss_block *block, int64_t row)
{
    return (NC__REAL *)block->logits + row * block->stride;
}

/* ---- mean squared error: w/2 ||z - s e_y||^2, gradient w (z - s e_y) ---- */

/* x = factor x; returns the sum of squares before. */
static double scale_and_square(int64_t n, NC__REAL factor, NC__REAL *x)
{
    double total = 0;
    for (int64_t begin = 0; begin < n; begin += SLICE) {
        int64_t end = begin + SLICE < n ? begin + SLICE : n;
        double sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int64_t i = begin; i < end; i++) {
            sum += (double)x[i] * (double)x[i];
            x[i] *= factor;
        }
        total += sum;
    }
    return total;
}

static double mse(const nc__loss_block *block)
{
    for (int64_t n = 0; n < block->rows; n++)
        row_of(block, n)[block->labels[n]] -=
            block->sample_scale ? REAL(block->sample_scale[n]) : 1;
    if (!block->weights && block->stride == block->classes)
        return scale_and_square(block->rows * block->classes, REAL(block->scale), block->logits) /
               2;
    double sum = 0;
    for (int64_t n = 0; n < block->rows; n++) {
        double weight = block->weights ? block->weights[block->labels[n]] : 1;
        sum += weight *
               scale_and_square(block->classes, REAL(block->scale * weight), row_of(block, n));
    }
    return sum / 2;
}

/* ---- up to SMALL classes: lanes are rows ---- */

typedef struct tile {
    _Alignas(64) NC__REAL z[SMALL][LANES]; /* logits, then e with 0 at the label, then gradients */
    _Alignas(64) NC__REAL label[LANES];
    _Alignas(64) NC__REAL weight[LANES];
    _Alignas(64) NC__REAL top[LANES];    /* m */
    _Alignas(64) NC__REAL depth[LANES];  /* m - z_y */
    _Alignas(64) NC__REAL spread[LANES]; /* sum_k (m - z_k) */
    _Alignas(64) NC__REAL others[LANES]; /* O */
    _Alignas(64) NC__REAL loss[LANES];
    /* the gradient is z ratio - shift, and own at the label */
    _Alignas(64) NC__REAL ratio[LANES], shift[LANES], own[LANES];
} tile;

INLINE void tile_transpose(tile *t, const NC__REAL *z, int64_t stride, int64_t count,
                           int64_t classes)
{
    for (int64_t r = 0; r < count; r++)
        for (int64_t k = 0; k < classes; k++)
            t->z[k][r] = z[r * stride + k];
}

/* The lanes past the last row hold zeros, with weight 0. */
INLINE void tile_load(tile *t, const nc__loss_block *block, int64_t begin, int64_t count,
                      int64_t classes)
{
    const NC__REAL *z = row_of(block, begin);
    const int32_t *labels = block->labels + begin;
    if (count < LANES) {
        memset(t->z, 0, (size_t)classes * sizeof t->z[0]);
        memset(t->weight, 0, sizeof t->weight);
    }
    if (count == LANES && block->stride == classes) /* strides that the compiler knows */
        tile_transpose(t, z, classes, LANES, classes);
    else
        tile_transpose(t, z, block->stride, count, classes);
    for (int64_t r = 0; r < count; r++)
        t->label[r] = REAL(labels[r]);
    for (int64_t r = 0; r < count; r++)
        t->weight[r] = weight_of(block, labels[r]);
}

INLINE void tile_measure(tile *t, int64_t classes)
{
    memcpy(t->top, t->z[0], sizeof t->top);
    memcpy(t->own, t->z[0], sizeof t->own);
    for (int64_t k = 1; k < classes; k++)
#pragma omp simd
        for (int64_t r = 0; r < LANES; r++) {
            t->top[r] = t->z[k][r] > t->top[r] ? t->z[k][r] : t->top[r];
            t->own[r] = t->label[r] == REAL(k) ? t->z[k][r] : t->own[r];
        }
#pragma omp simd
    for (int64_t r = 0; r < LANES; r++)
        t->depth[r] = t->top[r] - t->own[r];
}

INLINE void tile_spread(tile *t, int64_t classes)
{
    memset(t->spread, 0, sizeof t->spread);
    for (int64_t k = 0; k < classes; k++)
#pragma omp simd
        for (int64_t r = 0; r < LANES; r++)
            t->spread[r] += t->top[r] - t->z[k][r];
}

INLINE void tile_exponentiate(tile *t, int64_t classes)
{
    memset(t->others, 0, sizeof t->others);
    for (int64_t k = 0; k < classes; k++)
#pragma omp simd
        for (int64_t r = 0; r < LANES; r++) {
            NC__REAL e = exp_negative(t->z[k][r] - t->top[r]);
            t->z[k][r] = e;
            t->others[r] += t->label[r] == REAL(k) ? 0 : e;
        }
}

/* z becomes the gradient. */
INLINE void tile_differentiate(tile *t, int64_t classes)
{
    for (int64_t k = 0; k < classes; k++)
#pragma omp simd
        for (int64_t r = 0; r < LANES; r++)
            t->z[k][r] =
                t->label[r] == REAL(k) ? t->own[r] : t->z[k][r] * t->ratio[r] - t->shift[r];
}

INLINE double tile_store(const tile *t, NC__REAL *z, int64_t stride, int64_t count, int64_t classes)
{
    for (int64_t r = 0; r < count; r++)
        for (int64_t k = 0; k < classes; k++)
            z[r * stride + k] = t->z[k][r];
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t r = 0; r < count; r++)
        sum += (double)t->loss[r];
    return sum;
}

/* ---- more classes: lanes are classes ---- */

typedef struct row {
    NC__REAL depth;  /* m - z_y */
    NC__REAL spread; /* sum_k (m - z_k) */
    NC__REAL others; /* O */
} row;

/* z becomes e, with 0 at the label. */
static row row_exponentiate(int64_t classes, int32_t label, bool with_spread, NC__REAL *z)
{
    const NC__REAL own = z[label];
    NC__REAL top = own, others = 0, spread = 0;
#pragma omp simd reduction(max : top)
    for (int64_t k = 0; k < classes; k++)
        top = z[k] > top ? z[k] : top;
    if (with_spread) {
#pragma omp simd reduction(+ : spread)
        for (int64_t k = 0; k < classes; k++)
            spread += top - z[k];
    }
    z[label] = REAL(-INFINITY);
#pragma omp simd reduction(+ : others)
    for (int64_t k = 0; k < classes; k++) {
        NC__REAL e = exp_negative(z[k] - top);
        z[k] = e;
        others += e;
    }
    return (row){top - own, spread, others};
}

static void row_differentiate(int64_t classes, int32_t label, NC__REAL ratio, NC__REAL shift,
                              NC__REAL own, NC__REAL *z)
{
#pragma omp simd
    for (int64_t k = 0; k < classes; k++)
        z[k] = z[k] * ratio - shift;
    z[label] = own;
}

/* ---- cross-entropy ----
 * t = (1 - delta) e_y + delta/K 1, loss -sum_k t_k log p_k
 *   = (1 - delta) (m - z_y) + delta/K sum_k (m - z_k) + log S, gradient p - t. */

typedef struct answer {
    NC__REAL loss, ratio, shift, own; /* the gradient is e ratio - shift, and own at the label */
} answer;

INLINE answer cross_entropy_of(row r, NC__REAL weight, NC__REAL scale, NC__REAL smoothing,
                               NC__REAL uniform)
{
    const NC__REAL e = exp_negative(-r.depth), factor = scale * weight;
    const NC__REAL ratio = factor / (e + r.others);
    return (answer){
        .loss = weight *
                ((1 - smoothing) * r.depth + uniform * r.spread + log_one_plus(r.others + (e - 1))),
        .ratio = ratio,
        .shift = factor * uniform,
        .own = factor * (smoothing - uniform) - ratio * r.others,
    };
}

INLINE void tile_cross_entropy(tile *t, NC__REAL scale, NC__REAL smoothing, NC__REAL uniform)
{
#pragma omp simd
    for (int64_t r = 0; r < LANES; r++) {
        answer a = cross_entropy_of((row){t->depth[r], t->spread[r], t->others[r]}, t->weight[r],
                                    scale, smoothing, uniform);
        t->loss[r] = a.loss;
        t->ratio[r] = a.ratio;
        t->shift[r] = a.shift;
        t->own[r] = a.own;
    }
}

/* ---- focal: L = -log p_y, loss w q^gamma L ----
 * With a = q^gamma (1 + gamma p_y L/q), the gradient is w a p_k for k != y and -w a q for y.
 * Where p_y or q vanish the term with L has no effect. */

static answer focal_of(row r, double weight, double scale, double gamma)
{
    const double e = (double)exp_negative(-r.depth), others = (double)r.others;
    const double p = e / (e + others), q = others / (e + others);
    const double entropy = (double)r.depth + (double)log_one_plus(r.others + (NC__REAL)(e - 1));
    const double modulation = pow(q, gamma);
    const double share = q > 0 && p > 0 ? p * (entropy / q) : 0;
    const double factor = scale * weight * modulation * (1 + gamma * share);
    return (answer){REAL(weight * modulation * entropy), REAL(factor / (e + others)), 0,
                    REAL(-factor * q)};
}

static void tile_focal(tile *t, NC__REAL scale, double gamma)
{
    for (int64_t r = 0; r < LANES; r++) {
        answer a = focal_of((row){t->depth[r], 0, t->others[r]}, (double)t->weight[r],
                            (double)scale, gamma);
        t->loss[r] = a.loss;
        t->ratio[r] = a.ratio;
        t->own[r] = a.own;
    }
}

/* ---- drivers ---- */

INLINE double by_tiles(const nc__loss_block *block, int64_t classes, bool is_focal)
{
    const NC__REAL scale = REAL(block->scale), smoothing = REAL(block->smoothing);
    tile t;
    memset(t.label, 0, sizeof t.label);
    memset(t.spread, 0, sizeof t.spread);
    memset(t.shift, 0, sizeof t.shift);
    double sum = 0;
    for (int64_t begin = 0; begin < block->rows; begin += LANES) {
        const int64_t count = block->rows - begin < LANES ? block->rows - begin : LANES;
        tile_load(&t, block, begin, count, classes);
        tile_measure(&t, classes);
        if (smoothing > 0)
            tile_spread(&t, classes);
        tile_exponentiate(&t, classes);
        if (is_focal)
            tile_focal(&t, scale, block->gamma);
        else
            tile_cross_entropy(&t, scale, smoothing, smoothing / REAL(classes));
        tile_differentiate(&t, classes);
        if (count == LANES && block->stride == classes)
            sum += tile_store(&t, row_of(block, begin), classes, LANES, classes);
        else
            sum += tile_store(&t, row_of(block, begin), block->stride, count, classes);
    }
    return sum;
}

static double by_rows(const nc__loss_block *block, bool is_focal)
{
    const NC__REAL scale = REAL(block->scale), smoothing = REAL(block->smoothing);
    const NC__REAL uniform = smoothing / REAL(block->classes);
    double sum = 0;
    for (int64_t n = 0; n < block->rows; n++) {
        const int32_t label = block->labels[n];
        NC__REAL *z = row_of(block, n);
        row r = row_exponentiate(block->classes, label, smoothing > 0, z);
        answer a = is_focal
                       ? focal_of(r, (double)weight_of(block, label), block->scale, block->gamma)
                       : cross_entropy_of(r, weight_of(block, label), scale, smoothing, uniform);
        row_differentiate(block->classes, label, a.ratio, a.shift, a.own, z);
        sum += (double)a.loss;
    }
    return sum;
}

static double cross_entropy(const nc__loss_block *block)
{
    switch (block->classes) {
    case 2: return by_tiles(block, 2, false); /* loops unrolled for common numbers of classes */
    case 3: return by_tiles(block, 3, false);
    case 4: return by_tiles(block, 4, false);
    case 10: return by_tiles(block, 10, false);
    default: break;
    }
    return block->classes <= SMALL ? by_tiles(block, block->classes, false) : by_rows(block, false);
}

static double focal(const nc__loss_block *block)
{
    return block->classes <= SMALL ? by_tiles(block, block->classes, true) : by_rows(block, true);
}

extern const nc__loss_kernels NC__NAME(loss_kernels);
const nc__loss_kernels NC__NAME(loss_kernels) = {mse, cross_entropy, focal};
