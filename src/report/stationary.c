/* SPDX-License-Identifier: MIT
 *
 * stationary.c: the decay product that measured logits themselves tell.
 *
 * At a stationary point of the training problem scaling H, or one W_j, changes nothing to first
 * order, so that with G = d loss / dZ for the class means and q = -<G, Z>
 *
 *     q = lh ||H||^2 = lw_j ||W_j||^2 = sum_i c s_i^{2/(M+1)},    c^{M+1} = lh lw_1 ... lw_M,
 *
 * s_i the singular values of Z D (doc/theory.md). Hence c = q / sum_i s_i^{2/(M+1)}: exact for
 * minimisers, a guess for what has not collapsed.
 */
#include "report/stationary.h"

#include "geometry/geometry_internal.h"
#include "report/diagonal.h"

#include <math.h>

/* Rows of logits at a time. */
enum { ROWS = 256 };

typedef struct settings {
    int64_t loss, form, bias;
    double smoothing;
} settings;

static libnc_status read_settings(const libnc_geometry *geometry, settings *s)
{
    libnc_options *options = libnc_geometry_options((libnc_geometry *)geometry);
    libnc_status status = libnc_options_get_int64(options, LIBNC_GEOMETRY_OPTION_LOSS, &s->loss);
    if (status == LIBNC_OK)
        status = libnc_options_get_int64(options, LIBNC_GEOMETRY_OPTION_FORM, &s->form);
    if (status == LIBNC_OK)
        status = libnc_options_get_int64(options, LIBNC_GEOMETRY_OPTION_BIAS, &s->bias);
    if (status == LIBNC_OK)
        status =
            libnc_options_get_double(options, LIBNC_GEOMETRY_OPTION_LABEL_SMOOTHING, &s->smoothing);
    return status;
}

/* sum_j z_j (e_k - z_j - b_j) */
static double push_of_squares(const double *z, const double *bias, int64_t k, int64_t classes)
{
    double sum = z[k];
    for (int64_t j = 0; j < classes; j++)
        sum -= z[j] * (z[j] + (bias ? bias[j] : 0));
    return sum;
}

/* sum_j z_j (t_j - p_j), p the softmax of z + b and t the smoothed target */
static double push_of_entropy(const double *z, const double *bias, double smoothing, int64_t k,
                              int64_t classes)
{
    double largest = -INFINITY, total = 0, mean = 0, inner = 0;
    for (int64_t j = 0; j < classes; j++)
        largest = fmax(largest, z[j] + (bias ? bias[j] : 0));
    for (int64_t j = 0; j < classes; j++)
        total += exp(z[j] + (bias ? bias[j] : 0) - largest);
    for (int64_t j = 0; j < classes; j++) {
        const double p = exp(z[j] + (bias ? bias[j] : 0) - largest) / total;
        inner += p * (z[k] - z[j]); /* small where the class is decided: no cancellation */
        mean += (z[j] - z[k]) / (double)classes;
    }
    return inner + smoothing * mean;
}

/* q; rows is a scratch of ROWS x K' logits, means of ROWS x d. */
static double push(const nc__layer *l, const settings *s, double *means, double *rows)
{
    const int64_t K = l->present, d = l->width;
    const double *bias = s->bias ? l->bias : NULL;
    double sum = 0;
    for (int64_t begin = 0; begin < K; begin += ROWS) {
        const int64_t count = K - begin < ROWS ? K - begin : ROWS;
        for (int64_t i = 0; i < count * d; i++)
            means[i] = l->centred[begin * d + i] + l->mean[i % d];
        const nc__tensor h = nc__tensor_f64(means, count, d);
        const nc__tensor p = nc__tensor_f64(l->classifier, K, d);
        nc__tensor z = nc__tensor_f64(rows, count, K);
        nc__gemm(l->context, false, true, 1, &h, &p, 0, &z);
        for (int64_t i = 0; i < count; i++) {
            const double *row = rows + i * K;
            sum += l->counts[begin + i] / (double)l->samples *
                   (s->loss == LIBNC_LOSS_MSE
                        ? push_of_squares(row, bias, begin + i, K)
                        : push_of_entropy(row, bias, s->smoothing, begin + i, K));
        }
    }
    return sum;
}

static libnc_status find_push(const nc__layer *l, const settings *s, double *q)
{
    const size_t rows = (size_t)(l->present < ROWS ? l->present : ROWS);
    nc__arena arena = {.context = l->context};
    double *means = nc__arena_alloc(&arena, rows, (size_t)l->width * sizeof *means);
    double *logits = nc__arena_alloc(&arena, rows, (size_t)l->present * sizeof *logits);
    const libnc_status status = nc__arena_status(&arena);
    if (status == LIBNC_OK)
        *q = push(l, s, means, logits);
    nc__arena_release(&arena);
    return status;
}

/* sum_i s_i^{2/(M+1)} without what rounding leaves of zero: it would weigh at large M. */
static libnc_status find_sum(const nc__layer *l, int32_t depth, double *sum)
{
    double *values = nc__alloc(l->context, (size_t)l->present, sizeof *values);
    if (!values)
        return LIBNC_ERROR_MEMORY;
    const libnc_status status = nc__logit_singular_values(l, true, values);
    *sum = 0;
    for (int64_t i = 0; i < l->present && status == LIBNC_OK; i++)
        if (values[i] > (double)l->present * l->spacing * values[0])
            *sum += pow(values[i], 2.0 / (depth + 1));
    nc__free(l->context, values);
    return status;
}

libnc_status nc__stationary_product(const nc__layer *layer, const libnc_geometry *geometry,
                                    double *product)
{
    settings s;
    double q, sum;
    *product = NAN;
    libnc_status status = read_settings(geometry, &s);
    if (status != LIBNC_OK || s.form != LIBNC_GEOMETRY_FORM_DECAY ||
        (s.loss != LIBNC_LOSS_MSE && s.loss != LIBNC_LOSS_CROSS_ENTROPY) ||
        nc__geometry_has_weights(geometry) || (s.bias && !layer->bias))
        return status;
    status = find_push(layer, &s, &q);
    if (status == LIBNC_OK)
        status = find_sum(layer, libnc_geometry_depth(geometry), &sum);
    if (status == LIBNC_OK && q > 0 && sum > 0)
        *product = pow(q / sum, libnc_geometry_depth(geometry) + 1);
    return status;
}
