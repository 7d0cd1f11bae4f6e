/* SPDX-License-Identifier: MIT
 *
 * diagonal.c: measured matrices against diagonal predictions, and singular values of logits, in
 * O(K d) memory.
 */
#include "report/diagonal.h"

#include "linalg/norm.h"
#include "metrics/class_pairs.h"

#include <math.h>
#include <string.h>

/* rows (K' x d) = scale_k h_k, scale sqrt(n_k) or 1. */
static double *mean_rows(nc__arena *arena, const nc__layer *l, bool weighted)
{
    const int64_t d = l->width;
    double *rows = nc__arena_alloc(arena, (size_t)l->present, (size_t)d * sizeof *rows);
    for (int64_t i = 0; rows && i < l->present; i++) {
        const double scale = weighted ? sqrt(l->counts[i]) : 1;
        for (int64_t c = 0; c < d; c++)
            rows[i * d + c] = scale * (l->centred[i * d + c] + l->mean[c]);
    }
    return rows;
}

libnc_status nc__diagonal_of(const nc__layer *l, int32_t matrix, double *diagonal, double *squares)
{
    const int64_t d = l->width;
    nc__arena arena = {.context = l->context};
    double *means = matrix == LIBNC_GRAM_CLASSIFIER ? NULL : mean_rows(&arena, l, false);
    if (matrix != LIBNC_GRAM_CLASSIFIER && !means)
        return LIBNC_ERROR_MEMORY;
    const double *left = matrix == LIBNC_GRAM_FEATURES ? means : l->classifier;
    const double *right = matrix == LIBNC_GRAM_CLASSIFIER ? l->classifier : means;
    for (int64_t i = 0; i < l->present; i++) {
        diagonal[i] = 0;
        for (int64_t c = i * d; c < (i + 1) * d; c++)
            diagonal[i] += left[c] * right[c];
    }
    libnc_status status = nc__off_diagonal_squares(squares, l->context, left, right, l->present, d);
    nc__arena_release(&arena);
    return status;
}

double nc__diagonal_distance(const double *diagonal, double squares, const double *target,
                             int64_t count)
{
    const double target_norm = nc__frobenius(target, count);
    const double norm = hypot(nc__frobenius(diagonal, count), sqrt(squares));
    double sum = squares / norm / norm;
    if (!(norm > 0) || !(target_norm > 0) || !isfinite(norm) || !isfinite(target_norm))
        return NAN;
    for (int64_t i = 0; i < count; i++)
        sum += pow(diagonal[i] / norm - target[i] / target_norm, 2);
    return sqrt(sum);
}

double nc__diagonal_error(const double *diagonal, double squares, const double *target,
                          int64_t count)
{
    const double target_norm = nc__frobenius(target, count);
    double sum = squares;
    for (int64_t i = 0; i < count; i++)
        sum += pow(diagonal[i] - target[i], 2);
    return target_norm > 0 ? sqrt(sum) / target_norm : NAN;
}

/* With P = Q_1 R_1 and D Hbar^T = Q_2 R_2 the singular values are those of R_1 R_2^T, and zeros. */
libnc_status nc__logit_singular_values(const nc__layer *l, bool weighted, double *values)
{
    const int64_t K = l->present, d = l->width, m = K < d ? K : d;
    nc__arena arena = {.context = l->context};
    double *right = mean_rows(&arena, l, weighted);
    double *left = nc__arena_alloc(&arena, (size_t)K, (size_t)d * sizeof *left);
    double *product = nc__arena_alloc(&arena, (size_t)m, (size_t)m * sizeof *product);
    libnc_status status = nc__arena_status(&arena);
    if (status != LIBNC_OK)
        goto out;
    memcpy(left, l->classifier, (size_t)(K * d) * sizeof *left);
    if (K > d && ((status = nc__triangularise(l->context, left, K, d)) != LIBNC_OK ||
                  (status = nc__triangularise(l->context, right, K, d)) != LIBNC_OK))
        goto out;
    nc__tensor a = nc__tensor_f64(left, m, d), b = nc__tensor_f64(right, m, d);
    nc__tensor c = nc__tensor_f64(product, m, m);
    nc__gemm(l->context, false, true, 1, &a, &b, 0, &c);
    for (int64_t i = m; i < K; i++)
        values[i] = 0;
    status = nc__svd(l->context, product, m, m, values, NULL, NULL);
out:
    nc__arena_release(&arena);
    return status;
}
