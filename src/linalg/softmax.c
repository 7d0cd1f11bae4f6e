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
    SMALL = 16,                     /* classes up to which a tile of rows pays */
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
    bits kept = (bits)(x < LOWEST) - 1;
    return real_of(bits_of(value * power) & kept);
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

/* ---- cross-entropy, lanes are rows ----
 * t = (1 - delta) e_y + delta/K 1, loss -sum_k t_k log p_k
 *   = (1 - delta) (m - z_y) + delta/K sum_k (m - z_k) + log S, gradient p - t. */

typedef struct tile {
    _Alignas(64) NC__REAL z[SMALL][LANES]; /* logits, then e with 0 at the label, then gradients */
    _Alignas(64) NC__REAL own[LANES];      /* z_y, then the gradient at the label */
    _Alignas(64) NC__REAL top[LANES];      /* m */
    _Alignas(64) NC__REAL others[LANES];   /* O */
    _Alignas(64) NC__REAL spread[LANES];   /* sum_k (m - z_k) */
    _Alignas(64) NC__REAL weight[LANES];
    _Alignas(64) NC__REAL loss[LANES];
} tile;

/* Rows past the last repeat it with weight 0. */
INLINE void tile_load(tile *t, const nc__loss_block *block, int64_t begin, int64_t count,
                      int64_t classes)
{
    for (int64_t r = 0; r < LANES; r++) {
        const int64_t row = begin + (r < count ? r : count - 1);
        const NC__REAL *z = row_of(block, row);
        for (int64_t k = 0; k < classes; k++)
            t->z[k][r] = z[k];
        t->own[r] = z[block->labels[row]];
        t->weight[r] = r < count ? weight_of(block, block->labels[row]) : 0;
    }
}

INLINE void tile_find_top(tile *t, int64_t classes)
{
    memcpy(t->top, t->z[0], sizeof t->top);
    for (int64_t k = 1; k < classes; k++)
#pragma omp simd
        for (int64_t r = 0; r < LANES; r++)
            t->top[r] = t->z[k][r] > t->top[r] ? t->z[k][r] : t->top[r];
}

INLINE void tile_find_spread(tile *t, int64_t classes)
{
    memset(t->spread, 0, sizeof t->spread);
    for (int64_t k = 0; k < classes; k++)
#pragma omp simd
        for (int64_t r = 0; r < LANES; r++)
            t->spread[r] += t->top[r] - t->z[k][r];
}

/* e_k and O; the label's own entry is made to vanish. */
INLINE void tile_exponentiate(tile *t, const int32_t *labels, int64_t count, int64_t classes)
{
    for (int64_t r = 0; r < count; r++)
        t->z[labels[r]][r] = REAL(-INFINITY);
    memset(t->others, 0, sizeof t->others);
    for (int64_t k = 0; k < classes; k++)
#pragma omp simd
        for (int64_t r = 0; r < LANES; r++) {
            NC__REAL e = exp_negative(t->z[k][r] - t->top[r]);
            t->z[k][r] = e;
            t->others[r] += e;
        }
}

INLINE void tile_finish(tile *t, int64_t classes, NC__REAL scale, NC__REAL smoothing)
{
    const NC__REAL uniform = smoothing / REAL(classes);
#pragma omp simd
    for (int64_t r = 0; r < LANES; r++) {
        NC__REAL depth = t->top[r] - t->own[r];
        NC__REAL others = t->others[r];
        NC__REAL own = exp_negative(-depth);
        NC__REAL factor = scale * t->weight[r];
        t->loss[r] = t->weight[r] * ((1 - smoothing) * depth + uniform * t->spread[r] +
                                     log_one_plus(others + (own - 1)));
        t->others[r] = factor / (own + others);
        t->own[r] = factor * (smoothing - uniform) - t->others[r] * others;
        t->spread[r] = factor * uniform;
    }
    for (int64_t k = 0; k < classes; k++)
#pragma omp simd
        for (int64_t r = 0; r < LANES; r++)
            t->z[k][r] = t->z[k][r] * t->others[r] - t->spread[r];
}

INLINE double tile_store(const tile *t, const nc__loss_block *block, int64_t begin, int64_t count,
                         int64_t classes)
{
    double sum = 0;
    for (int64_t r = 0; r < count; r++) {
        NC__REAL *z = row_of(block, begin + r);
        for (int64_t k = 0; k < classes; k++)
            z[k] = t->z[k][r];
        z[block->labels[begin + r]] = t->own[r];
        sum += (double)t->loss[r];
    }
    return sum;
}

INLINE double cross_entropy_by_tiles(const nc__loss_block *block, int64_t classes)
{
    tile t;
    double sum = 0;
    memset(t.spread, 0, sizeof t.spread);
    for (int64_t begin = 0; begin < block->rows; begin += LANES) {
        int64_t count = block->rows - begin < LANES ? block->rows - begin : LANES;
        tile_load(&t, block, begin, count, classes);
        tile_find_top(&t, classes);
        if (block->smoothing > 0)
            tile_find_spread(&t, classes);
        tile_exponentiate(&t, block->labels + begin, count, classes);
        tile_finish(&t, classes, REAL(block->scale), REAL(block->smoothing));
        sum += tile_store(&t, block, begin, count, classes);
    }
    return sum;
}

/* ---- lanes are classes ---- */

typedef struct row {
    NC__REAL depth;  /* m - z_y */
    NC__REAL own;    /* e_y */
    NC__REAL others; /* O */
    NC__REAL spread; /* sum_k (m - z_k) */
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
    return (row){top - own, exp_negative(own - top), others, spread};
}

static double cross_entropy_by_rows(const nc__loss_block *block)
{
    const NC__REAL smoothing = REAL(block->smoothing);
    const NC__REAL uniform = smoothing / REAL(block->classes);
    double sum = 0;
    for (int64_t n = 0; n < block->rows; n++) {
        NC__REAL *z = row_of(block, n);
        const int32_t label = block->labels[n];
        const NC__REAL weight = weight_of(block, label), factor = REAL(block->scale) * weight;
        row r = row_exponentiate(block->classes, label, smoothing > 0, z);
        sum += (double)weight * (double)((1 - smoothing) * r.depth + uniform * r.spread +
                                         log_one_plus(r.others + (r.own - 1)));
        const NC__REAL ratio = factor / (r.own + r.others);
#pragma omp simd
        for (int64_t k = 0; k < block->classes; k++)
            z[k] = z[k] * ratio - factor * uniform;
        z[label] = factor * (smoothing - uniform) - ratio * r.others;
    }
    return sum;
}

/* The commonest numbers of classes with their loops unrolled. */
static double cross_entropy(const nc__loss_block *block)
{
    switch (block->classes) {
    case 2: return cross_entropy_by_tiles(block, 2);
    case 3: return cross_entropy_by_tiles(block, 3);
    case 4: return cross_entropy_by_tiles(block, 4);
    case 10: return cross_entropy_by_tiles(block, 10);
    default: break;
    }
    if (block->classes <= SMALL)
        return cross_entropy_by_tiles(block, block->classes);
    return cross_entropy_by_rows(block);
}

/* ---- focal: L = -log p_y, loss w q^gamma L ----
 * With a = q^gamma (1 + gamma p_y L/q), the gradient is w a p_k for k != y and -w a q for y;
 * L/q tends to 1 as q to 0. */

static double focal(const nc__loss_block *block)
{
    double sum = 0;
    for (int64_t n = 0; n < block->rows; n++) {
        NC__REAL *z = row_of(block, n);
        const int32_t label = block->labels[n];
        const double weight = block->weights ? block->weights[label] : 1;
        row r = row_exponentiate(block->classes, label, false, z);
        const double total = (double)r.own + (double)r.others;
        const double p = (double)r.own / total, q = (double)r.others / total;
        const double entropy = (double)(r.depth + log_one_plus(r.others + (r.own - 1)));
        const double modulation = pow(q, block->gamma);
        const double share = q > 0 && p > 0 ? p * (entropy / q) : p;
        const double factor = block->scale * weight * modulation * (1 + block->gamma * share);
        const NC__REAL ratio = REAL(factor / total);
#pragma omp simd
        for (int64_t k = 0; k < block->classes; k++)
            z[k] *= ratio;
        z[label] = REAL(-factor * q);
        sum += weight * modulation * entropy;
    }
    return sum;
}

extern const nc__loss_kernels NC__NAME(loss_kernels);
const nc__loss_kernels NC__NAME(loss_kernels) = {mse, cross_entropy, focal};
