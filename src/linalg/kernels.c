/* SPDX-License-Identifier: MIT
 *
 * kernels.c: the operations of one scalar type on one instruction set (variant.h).
 *
 * The thin kernels hold a register tile of rows times classes, or of classes times columns, so that
 * each value of the tall matrix is loaded once for four classes. Updates are in update_kernels.c.
 */
#include "linalg/kernels.h"

#include "linalg/update_kernels.h"
#include "linalg/vectors.h"

#include <math.h>
#include <stddef.h>

#include <cblas.h>

#if defined(__AVX512F__)
enum { PROJECT_ROWS = 4 }; /* 16 of 32 registers hold sums */
#else
enum { PROJECT_ROWS = 2 }; /* 8 of 16 */
#endif

/* Sums of the lanes of TILE vectors, in a fixed order. */
#if VECTOR_BYTES == 64 && defined(__GNUC__) && NC__REAL_BITS == 64
#define HALVES(v)                                                                                  \
    (__builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7))
#define HAVE_SUM4
#elif VECTOR_BYTES == 64 && defined(__GNUC__)
#define QUARTERS(v)                                                                                \
    (__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +                                       \
     __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15))
#define HALVES(v)                                                                                  \
    (__builtin_shufflevector(QUARTERS(v), QUARTERS(v), 0, 1, 2, 3) +                               \
     __builtin_shufflevector(QUARTERS(v), QUARTERS(v), 4, 5, 6, 7))
#define HAVE_SUM4
#elif VECTOR_BYTES == 32 && defined(__GNUC__) && NC__REAL_BITS == 64
#define HALVES(v) (v)
#define HAVE_SUM4
#elif VECTOR_BYTES == 32 && defined(__GNUC__)
#define HALVES(v)                                                                                  \
    (__builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7))
#define HAVE_SUM4
#endif

#ifdef HAVE_SUM4
typedef real vec4 __attribute__((vector_size(4 * sizeof(real))));

INLINE void sum_lanes(const vec *a, real *sums)
{
    vec4 a0 = HALVES(a[0]), a1 = HALVES(a[1]), a2 = HALVES(a[2]), a3 = HALVES(a[3]);
    vec4 even01 = __builtin_shufflevector(a0, a1, 0, 4, 2, 6);
    vec4 odd01 = __builtin_shufflevector(a0, a1, 1, 5, 3, 7);
    vec4 even23 = __builtin_shufflevector(a2, a3, 0, 4, 2, 6);
    vec4 odd23 = __builtin_shufflevector(a2, a3, 1, 5, 3, 7);
    vec4 s01 = even01 + odd01, s23 = even23 + odd23;
    vec4 low = __builtin_shufflevector(s01, s23, 0, 1, 4, 5);
    vec4 high = __builtin_shufflevector(s01, s23, 2, 3, 6, 7);
    vec4 total = low + high;
    for (int k = 0; k < TILE; k++)
        sums[k] = total[k];
}
#endif

INLINE real sum_of(vec v)
{
    real sum = 0;
    for (int i = 0; i < LANES; i++)
        sum += LANE(v, i);
    return sum;
}

/* ---- element-wise ---- */

static void to_double(int64_t n, const void *x, double *out)
{
    const real *in = x;
    for (int64_t i = 0; i < n; i++)
        out[i] = (double)in[i];
}

static void from_double(int64_t n, const double *x, void *out)
{
    real *o = out;
    for (int64_t i = 0; i < n; i++)
        o[i] = (real)x[i];
}

static void fill(int64_t n, double value, void *x)
{
    real *o = x;
    for (int64_t i = 0; i < n; i++)
        o[i] = (real)value;
}

static void scale(int64_t n, double factor, void *x)
{
    real *o = x;
    const real f = (real)factor;
    for (int64_t i = 0; i < n; i++)
        o[i] *= f;
}

static void axpy(int64_t n, double factor, const void *x, void *y)
{
    const real *in = x, f = (real)factor;
    real *o = y;
    for (int64_t i = 0; i < n; i++)
        o[i] += f * in[i];
}

static double dot(int64_t n, const void *x, const void *y)
{
    const real *a = x, *b = y;
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* x 0 is 0 for a finite x and NaN otherwise, and NaN stays in a sum. */
static bool is_finite(int64_t n, const void *x)
{
    const real *a = x;
    real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++)
        sum += a[i] * (real)0;
    return sum == 0;
}

/* ---- dense ---- */

static void gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, double alpha,
                 const void *a, int64_t lda, const void *b, int64_t ldb, double beta, void *c,
                 int64_t ldc)
{
#if NC__REAL_BITS == 64
    cblas_dgemm(
#else
    cblas_sgemm(
#endif
        CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
        transpose_b ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)k, (real)alpha, a, (int)lda,
        b, (int)ldb, (real)beta, c, (int)ldc);
}

static void syrk(int64_t n, int64_t k, double alpha, const void *a, int64_t lda, double beta,
                 void *c, int64_t ldc)
{
#if NC__REAL_BITS == 64
    cblas_dsyrk(
#else
    cblas_ssyrk(
#endif
        CblasRowMajor, CblasUpper, CblasTrans, (int)n, (int)k, (real)alpha, a, (int)lda, (real)beta,
        c, (int)ldc);
}

/* ---- class statistics ---- */

static void add_to_double(int64_t n, const void *x, double *out)
{
    const real *in = x;
    for (int64_t i = 0; i < n; i++)
        out[i] += (double)in[i];
}

static void add_squares(int64_t n, double weight, const void *x, double *sums)
{
    const real *in = x;
    for (int64_t i = 0; i < n; i++)
        sums[i] += weight * ((double)in[i] * (double)in[i]);
}

static double join(int64_t n, const void *x, const double *reference, double *offset, double share,
                   double weight, void *y)
{
    const real *in = x;
    real *out = y;
    double square = 0;
#pragma omp simd reduction(+ : square)
    for (int64_t i = 0; i < n; i++) {
        double deviation = ((double)in[i] - reference[i]) - offset[i];
        offset[i] += share * deviation;
        deviation *= weight;
        out[i] = (real)deviation;
        square += deviation * deviation;
    }
    return square;
}

static double deviate(int64_t n, const void *x, const double *reference, const double *offset,
                      void *y)
{
    const real *in = x;
    real *out = y;
    double square = 0;
#pragma omp simd reduction(+ : square)
    for (int64_t i = 0; i < n; i++) {
        double deviation = ((double)in[i] - reference[i]) - offset[i];
        out[i] = (real)deviation;
        square += deviation * deviation;
    }
    return square;
}

static double shift(int64_t n, const void *x, const double *centre, void *z)
{
    const real *in = x;
    real *out = z;
    double square = 0;
#pragma omp simd reduction(+ : square)
    for (int64_t i = 0; i < n; i++) {
        double sum = (double)in[i] + centre[i];
        out[i] = (real)sum;
        square += sum * sum;
    }
    return square;
}

/* ---- decisions ---- */

static double best_lower(int64_t n, const void *p, const void *low, const void *slope,
                         double length)
{
    const real *products = p, *base = low, *rise = slope, a = (real)length;
    real best = -(real)INFINITY;
#pragma omp simd reduction(max : best)
    for (int64_t k = 0; k < n; k++) {
        real lower = products[k] + base[k] - a * rise[k];
        best = lower > best ? lower : best;
    }
    return (double)best;
}

static int64_t next_candidate(int64_t begin, int64_t n, const void *p, const void *high,
                              const void *slope, double length, double bound)
{
    enum { STEP = 64 };
    const real *products = p, *base = high, *rise = slope, a = (real)length, least = (real)bound;
    int64_t k = begin;
    for (; k + STEP <= n; k += STEP) {
        int out = 0; /* how many are surely not the best; NaN is not sure */
#pragma omp simd reduction(+ : out)
        for (int64_t i = 0; i < STEP; i++)
            out += products[k + i] + base[k + i] + a * rise[k + i] < least;
        if (out < STEP)
            break;
    }
    while (k < n && products[k] + base[k] + a * rise[k] < least)
        k++;
    return k;
}

static int64_t largest(int64_t n, const void *x)
{
    const real *values = x;
    real best = values[0];
#pragma omp simd reduction(max : best)
    for (int64_t i = 0; i < n; i++)
        best = values[i] > best ? values[i] : best;
    int64_t index = 0;
    while (index < n - 1 && values[index] != best)
        index++;
    return index;
}

/* ---- thin ---- */

/* Sums of products of `rows` rows of T with `classes` rows of B, both constants. */
INLINE void project_tile(int rows, int classes, int64_t cols, const real *t, int64_t ldt,
                         const real *b, int64_t ldb, real *c, int64_t by_row, int64_t by_class)
{
    vec sum[PROJECT_ROWS * TILE] = {{0}};
    int64_t j = 0;
    for (; j + LANES <= cols; j += LANES)
#pragma GCC unroll 4
        for (int k = 0; k < classes; k++) {
            vec bk = load(b + k * ldb + j);
#pragma GCC unroll 4
            for (int r = 0; r < rows; r++)
                sum[r * TILE + k] += load(t + r * ldt + j) * bk;
        }
#pragma GCC unroll 4
    for (int r = 0; r < rows; r++) {
        real sums[TILE];
#ifdef HAVE_SUM4
        sum_lanes(sum + r * TILE, sums);
#else
        for (int k = 0; k < classes; k++)
            sums[k] = sum_of(sum[r * TILE + k]);
#endif
        for (int64_t i = j; i < cols; i++)
            for (int k = 0; k < classes; k++)
                sums[k] += t[r * ldt + i] * b[k * ldb + i];
#pragma GCC unroll 4
        for (int k = 0; k < classes; k++)
            c[r * by_row + k * by_class] = sums[k];
    }
}

INLINE void project_classes(int classes, int64_t rows, int64_t cols, const real *t, int64_t ldt,
                            const real *b, int64_t ldb, real *c, int64_t by_row, int64_t by_class)
{
    int64_t i = 0;
    for (; i + PROJECT_ROWS <= rows; i += PROJECT_ROWS)
        project_tile(PROJECT_ROWS, classes, cols, t + i * ldt, ldt, b, ldb, c + i * by_row, by_row,
                     by_class);
    for (; i < rows; i++)
        project_tile(1, classes, cols, t + i * ldt, ldt, b, ldb, c + i * by_row, by_row, by_class);
}

/* C = T B^T */
static void project(int64_t rows, int64_t cols, int64_t k, const void *t, int64_t ldt,
                    const void *b, int64_t ldb, const nc__coefficients *c)
{
    for (int64_t first = 0; first < k; first += TILE) {
        const real *part = (const real *)b + first * ldb;
        real *out = (real *)c->data + first * c->by_class;
        switch (k - first) {
        case 1:
            project_classes(1, rows, cols, t, ldt, part, ldb, out, c->by_row, c->by_class);
            break;
        case 2:
            project_classes(2, rows, cols, t, ldt, part, ldb, out, c->by_row, c->by_class);
            break;
        case 3:
            project_classes(3, rows, cols, t, ldt, part, ldb, out, c->by_row, c->by_class);
            break;
        default:
            project_classes(TILE, rows, cols, t, ldt, part, ldb, out, c->by_row, c->by_class);
            break;
        }
    }
}

/* Adds sum over rows of C[i,k] T[i,j] to B[k,j] for `classes` classes and `vectors` vectors. */
INLINE void collect_tile(int classes, int vectors, int64_t rows, const real *c, int64_t by_row,
                         int64_t by_class, const real *t, int64_t ldt, real *b, int64_t ldb)
{
    vec sum[TILE * TILE];
#pragma GCC unroll 4
    for (int k = 0; k < classes; k++)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++)
            sum[k * TILE + v] = load(b + k * ldb + v * LANES);
    for (int64_t i = 0; i < rows; i++)
#pragma GCC unroll 4
        for (int k = 0; k < classes; k++) {
            const real coefficient = c[i * by_row + k * by_class];
#pragma GCC unroll 4
            for (int v = 0; v < vectors; v++)
                sum[k * TILE + v] += coefficient * load(t + i * ldt + v * LANES);
        }
#pragma GCC unroll 4
    for (int k = 0; k < classes; k++)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++)
            store(b + k * ldb + v * LANES, sum[k * TILE + v]);
}

#if defined(__AVX512F__)
enum { COLLECT_VECTORS = 4 };
#else
enum { COLLECT_VECTORS = 2 };
#endif

INLINE void collect_classes(int classes, int64_t rows, int64_t cols, const real *c, int64_t by_row,
                            int64_t by_class, const real *t, int64_t ldt, real *b, int64_t ldb)
{
    int64_t j = 0;
    for (; j + COLLECT_VECTORS * LANES <= cols; j += COLLECT_VECTORS * LANES)
        collect_tile(classes, COLLECT_VECTORS, rows, c, by_row, by_class, t + j, ldt, b + j, ldb);
    for (; j + LANES <= cols; j += LANES)
        collect_tile(classes, 1, rows, c, by_row, by_class, t + j, ldt, b + j, ldb);
    for (; j < cols; j++)
        for (int k = 0; k < classes; k++)
            for (int64_t i = 0; i < rows; i++)
                b[k * ldb + j] += c[i * by_row + k * by_class] * t[i * ldt + j];
}

static void collect_rows(int64_t rows, int64_t cols, int64_t k, const real *c, int64_t by_row,
                         int64_t by_class, const real *t, int64_t ldt, real *b, int64_t ldb)
{
    for (int64_t first = 0; first < k; first += TILE) {
        const real *part = c + first * by_class;
        real *out = b + first * ldb;
        switch (k - first) {
        case 1: collect_classes(1, rows, cols, part, by_row, by_class, t, ldt, out, ldb); break;
        case 2: collect_classes(2, rows, cols, part, by_row, by_class, t, ldt, out, ldb); break;
        case 3: collect_classes(3, rows, cols, part, by_row, by_class, t, ldt, out, ldb); break;
        default: collect_classes(TILE, rows, cols, part, by_row, by_class, t, ldt, out, ldb); break;
        }
    }
}

/* B += C^T T. Long rows are taken a few at a time so that each is a stream. */
static void collect(int64_t rows, int64_t cols, int64_t k, const nc__coefficients *c, const void *t,
                    int64_t ldt, void *b, int64_t ldb)
{
    const int64_t block = cols * (int64_t)sizeof(real) > LONG ? ROWS : rows;
    const real *tall = t, *coefficients = c->data;
    for (int64_t i = 0; i < rows; i += block) {
        int64_t count = rows - i < block ? rows - i : block;
        collect_rows(count, cols, k, coefficients + i * c->by_row, c->by_row, c->by_class,
                     tall + i * ldt, ldt, b, ldb);
    }
}

/* ---- layers ---- */

static void add_bias(int64_t n, const void *bias, double weight, void *x)
{
    const real *b = bias, w = (real)weight;
    real *row = x;
    for (int64_t j = 0; j < n; j++)
        row[j] += w * b[j];
}

static void relu(int64_t n, const void *bias, void *x)
{
    const real *b = bias;
    real *row = x;
    if (b)
        for (int64_t j = 0; j < n; j++)
            row[j] += b[j];
    /* written so that NaN stays NaN */
    for (int64_t j = 0; j < n; j++)
        row[j] = row[j] < 0 ? 0 : row[j];
}

static void relu_backward(int64_t n, const void *output, void *gradient)
{
    const real *o = output;
    real *g = gradient;
    for (int64_t j = 0; j < n; j++)
        g[j] = o[j] > 0 ? g[j] : 0;
}

extern const nc__kernels NC__NAME(kernels);
const nc__kernels NC__NAME(kernels) = {
    .to_double = to_double,
    .from_double = from_double,
    .fill = fill,
    .scale = scale,
    .axpy = axpy,
    .dot = dot,
    .is_finite = is_finite,
    .gemm = gemm,
    .syrk = syrk,
    .add_to_double = add_to_double,
    .add_squares = add_squares,
    .join = join,
    .deviate = deviate,
    .shift = shift,
    .best_lower = best_lower,
    .next_candidate = next_candidate,
    .largest = largest,
    .project = project,
    .collect = collect,
    .add_bias = add_bias,
    .relu = relu,
    .relu_backward = relu_backward,
    .update = NC__NAME(update),
    .update_thin = NC__NAME(update_thin),
};
