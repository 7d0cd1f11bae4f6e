/* SPDX-License-Identifier: MIT
 *
 * nc1_bias.c: NC1 less its bias at small n_k (doc/metrics.md, "Few samples").
 *
 * Samples are mu_k + e with e of covariance Sigma. Then S_W/(N - K) is Sigma without bias, and the
 * centred means C = C_0 + E have noise E with E[E Y E^T] = tr(Y Sigma) R, R = diag(1/n_k) - 1
 * 1^T/N. Of f(C) = tr(Sigma (C^T C)^+) the second derivative along E remains, averaged by the pair
 * rules of a normal distribution: with C = U diag(s) V^T of full rank, a sum of traces of r x r
 * matrices, H = diag(1/s^2), U^T R U, V^T Sigma V and V^T Sigma^2 V.
 */
#include "metrics/nc1_bias.h"

#include <math.h>
#include <string.h>

/* A correction beyond this part of NC1 says that the expansion does not hold. */
static const double LARGEST_PART = 0.5;

/* Rows of C that are rotated at a time. */
enum { BLOCK_ROWS = 256 };

typedef struct expansion {
    const nc__layer *layer;
    nc__arena arena;
    int64_t rank;       /* r */
    double *singular;   /* r: s over the largest */
    double *inverse;    /* r: diagonal of H */
    double *noise;      /* r x r: U^T R U */
    double noise_trace; /* tr R */
    double *within;     /* r x r: V^T Sigma V, over the largest s^2 */
    double *squared;    /* r x r: V^T Sigma^2 V, over its square */
    double trace;       /* tr Sigma */
    double square;      /* tr Sigma^2 */
    double *gram;       /* r x r: U^T C Sigma C^T U, or U^T R U with the lengths of C */
    double *x;          /* r x r: H gram H */
    double *product;    /* r x r */
} expansion;

static libnc_status allocate(expansion *e)
{
    const size_t r = (size_t)e->rank;
    double **const matrices[] = {&e->noise, &e->within, &e->squared, &e->gram, &e->x, &e->product};
    e->singular = nc__arena_alloc(&e->arena, r, sizeof(double));
    e->inverse = nc__arena_alloc(&e->arena, r, sizeof(double));
    for (size_t i = 0; i < sizeof matrices / sizeof *matrices; i++)
        *matrices[i] = nc__arena_alloc(&e->arena, r, r * sizeof(double));
    return nc__arena_status(&e->arena);
}

/* ---- the noise of the means ---- */

/* Adds what rows begin .. of U give: noise += sum u u^T/n_k, total += sum u. */
static void add_rows(const expansion *e, int64_t begin, int64_t count, double *u, double *total)
{
    const nc__layer *l = e->layer;
    const int64_t r = e->rank;
    nc__tensor rows = nc__tensor_f64(l->centred + begin * l->width, count, l->width);
    nc__tensor basis = nc__tensor_f64(l->basis, r, l->width);
    nc__tensor part = nc__tensor_f64(u, count, r), noise = nc__tensor_f64(e->noise, r, r);
    nc__gemm(l->context, false, true, 1, &rows, &basis, 0, &part);
    for (int64_t i = 0; i < count; i++)
        for (int64_t j = 0; j < r; j++) {
            u[i * r + j] /= l->singular[j];
            total[j] += u[i * r + j];
            u[i * r + j] /= sqrt(l->counts[begin + i]);
        }
    nc__gemm(l->context, true, false, 1, &part, &part, 1, &noise);
}

/* U^T R U, and tr R. */
static libnc_status find_noise(expansion *e)
{
    const nc__layer *l = e->layer;
    const int64_t r = e->rank, K = l->present;
    double *u = nc__arena_alloc(&e->arena, BLOCK_ROWS, (size_t)r * sizeof *u);
    double *total = nc__arena_alloc(&e->arena, (size_t)r, sizeof *total);
    if (e->arena.failed)
        return LIBNC_ERROR_MEMORY;
    for (int64_t begin = 0; begin < K; begin += BLOCK_ROWS)
        add_rows(e, begin, K - begin < BLOCK_ROWS ? K - begin : BLOCK_ROWS, u, total);
    for (int64_t i = 0; i < r * r; i++)
        e->noise[i] -= total[i / r] * total[i % r] / (double)l->samples;
    for (int64_t k = 0; k < K; k++)
        e->noise_trace += 1 / l->counts[k] - 1 / (double)l->samples;
    return LIBNC_OK;
}

/* ---- the scatter ---- */

/* Sigma, and Sigma^2 without bias: with m = N - K and S the estimate of Sigma,
 * E[S^2 - tr(S) S/m] = (m + 2)(m - 1)/m^2 Sigma^2. */
static void find_covariance(expansion *e)
{
    const nc__layer *l = e->layer;
    const double m = (double)(l->samples - l->present), unbiased = m * m / ((m + 2) * (m - 1));
    const double size = l->singular[0] * l->singular[0] * m;
    e->trace = l->scatter_size / size;
    e->square = (l->scatter_square / size / size - e->trace * e->trace / m) * unbiased;
    for (int64_t i = 0; i < e->rank * e->rank; i++) {
        e->within[i] = l->within[i] / size;
        if (l->squared)
            e->squared[i] = (l->squared[i] / size / size - e->trace * e->within[i] / m) * unbiased;
    }
    for (int64_t i = 0; i < e->rank; i++) {
        e->singular[i] = l->singular[i] / l->singular[0];
        e->inverse[i] = 1 / (e->singular[i] * e->singular[i]);
    }
}

/* out = diag(factors) a diag(factors) */
static void scale(const expansion *e, const double *factors, const double *a, double *out)
{
    const int64_t r = e->rank;
    for (int64_t i = 0; i < r; i++)
        for (int64_t j = 0; j < r; j++)
            out[i * r + j] = factors[i] * a[i * r + j] * factors[j];
}

/* product = x a */
static void multiply(const expansion *e, const double *a)
{
    const int64_t r = e->rank;
    nc__tensor x = nc__tensor_f64(e->x, r, r), right = nc__tensor_f64(a, r, r);
    nc__tensor product = nc__tensor_f64(e->product, r, r);
    nc__gemm(e->layer->context, false, false, 1, &x, &right, 0, &product);
}

static double power(double h, int exponent)
{
    return exponent == 0 ? 1 : exponent == 1 ? h : h * h;
}

/* tr(H^p a H^q b^T) */
static double pair(const expansion *e, const double *a, const double *b, int p, int q)
{
    const int64_t r = e->rank;
    double sum = 0;
    for (int64_t i = 0; i < r; i++)
        for (int64_t j = 0; j < r; j++)
            sum += power(e->inverse[i], p) * a[i * r + j] * power(e->inverse[j], q) * b[i * r + j];
    return sum;
}

/* tr(H^p a) */
static double trace(const expansion *e, const double *a, int p)
{
    double sum = 0;
    for (int64_t i = 0; i < e->rank; i++)
        sum += power(e->inverse[i], p) * a[i * e->rank + i];
    return sum;
}

/* ---- the bias ----
 *
 * R stands for U^T R U here, W for V^T Sigma V, W2 for V^T Sigma^2 V. */

/* What dB and dG give in f = tr(G^-1 B G^-1), G = C C^T and B = C Sigma C^T, r = K - 1: the noise
 * has all directions of the features, and turns the span of the means. */
static double bias_of_wide(const expansion *e)
{
    const double *R = e->noise, *B = e->gram, *X = e->x, *B2 = e->squared;
    scale(e, e->singular, e->within, e->gram);
    scale(e, e->singular, e->squared, e->squared);
    scale(e, e->inverse, e->gram, e->x);
    const double means = e->square * trace(e, R, 2) - 2 * e->trace * pair(e, R, X, 1, 0);
    const double mixed = -2 * (2 * pair(e, B2, R, 2, 1) + trace(e, R, 1) * trace(e, B2, 2) +
                               trace(e, B2, 1) * trace(e, R, 2));
    multiply(e, X);
    double twice = 2 * (pair(e, e->product, R, 0, 0) + trace(e, R, 1) * pair(e, B, X, 1, 0) +
                        trace(e, B, 1) * pair(e, R, X, 1, 0));
    multiply(e, B);
    twice += 4 * pair(e, R, e->product, 0, 2) + pair(e, X, R, 0, 0) * trace(e, B, 2) +
             pair(e, X, B, 0, 0) * trace(e, R, 2);
    return means + mixed + twice;
}

/* The same of f = tr(Sigma (C^T C)^-1), r = d: the means span all features. */
static double bias_of_tall(const expansion *e)
{
    const double *W = e->within, *X = e->x, *P = e->gram;
    scale(e, e->singular, e->noise, e->gram);
    scale(e, e->inverse, W, e->x);
    multiply(e, W);
    return 2 * pair(e, e->product, P, 0, 1) + trace(e, W, 1) * pair(e, X, P, 0, 0) +
           (trace(e, P, 1) - e->noise_trace) * pair(e, X, W, 0, 0);
}

static double correct(expansion *e, bool is_tall)
{
    find_covariance(e);
    const double found = trace(e, e->within, 1);
    const double bias = is_tall ? bias_of_tall(e) : bias_of_wide(e);
    return fabs(bias) <= LARGEST_PART * found ? found - bias : (double)NAN;
}

libnc_status nc__nc1_correct(double *corrected, const nc__layer *l)
{
    const bool is_tall = l->rank == l->width, is_wide = l->rank == l->present - 1;
    *corrected = NAN;
    if (l->is_held_out || !l->within || l->rank == 0 || l->scatter_rank < l->rank ||
        l->samples - l->present < 2 || !(is_tall || (is_wide && l->squared)))
        return LIBNC_OK;
    expansion e = {.layer = l, .arena = {.context = l->context}, .rank = l->rank};
    libnc_status status = allocate(&e);
    if (status == LIBNC_OK)
        status = find_noise(&e);
    if (status == LIBNC_OK)
        *corrected = correct(&e, is_tall);
    nc__arena_release(&e.arena);
    return status;
}
