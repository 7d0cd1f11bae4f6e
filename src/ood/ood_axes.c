/* SPDX-License-Identifier: MIT
 *
 * ood_axes.c: eigenvectors of the scatters of training features (libnc/ood.h).
 *
 * Each is S_W plus a part of the class means, so that nothing is subtracted: with c_k = h_k - h_G
 *   about h_G:  S_W + sum_k n_k c_k c_k^T,   about -o:  S_W + sum_k n_k (h_k + o)(h_k + o)^T.
 */
#include "ood/ood_axes.h"

#include "linalg/rank.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* ---- scatters ---- */

/* sum (d x d) += sum_k n_k (row_k + shift)(row_k + shift)^T, of which the upper triangle is taken;
 * a NULL shift is zero. */
static libnc_status add_means(const libnc_ood *ood, const double *rows, const double *shift,
                              double *sum)
{
    const int64_t d = ood->width;
    double *weighted = nc__alloc(ood->context, (size_t)ood->present, (size_t)d * sizeof *weighted);
    if (!weighted)
        return LIBNC_ERROR_MEMORY;
    for (int64_t i = 0; i < ood->present * d; i++)
        weighted[i] = sqrt(ood->counts[i / d]) * (rows[i] + (shift ? shift[i % d] : 0));
    const nc__tensor means = nc__tensor_f64(weighted, ood->present, d);
    nc__tensor scatter = nc__tensor_f64(sum, d, d);
    nc__syrk(ood->context, 1, &means, 1, &scatter);
    nc__mirror(sum, d);
    nc__free(ood->context, weighted);
    return LIBNC_OK;
}

/* S_T becomes the correlations, where a feature that never changes has none. */
static void standardise(libnc_ood *ood, double *scatter)
{
    const int64_t d = ood->width;
    for (int64_t i = 0; i < d; i++) {
        const double deviation = sqrt(scatter[i * d + i] / ood->samples);
        ood->deviation[i] = deviation > 0 ? deviation : 1;
    }
    for (int64_t i = 0; i < d * d; i++)
        scatter[i] /= ood->deviation[i / d] * ood->deviation[i % d];
}

/* out (d) = W^+ b = V diag(1/s) U^T b over the singular values that rounding does not make. */
static void apply_pseudo_inverse(const libnc_ood *ood, const double *s, const double *u,
                                 const double *vt, double *out)
{
    const int64_t K = ood->classes, d = ood->width, least = K < d ? K : d;
    const double cut = (double)(K > d ? K : d) * DBL_EPSILON * s[0];
    for (int64_t j = 0; j < least && s[j] > cut; j++) {
        double along = 0;
        for (int64_t k = 0; k < K; k++)
            along += u[k * least + j] * ood->bias[k];
        for (int64_t c = 0; c < d; c++)
            out[c] += along / s[j] * vt[j * d + c];
    }
}

static libnc_status find_shift(libnc_ood *ood)
{
    const size_t K = (size_t)ood->classes, d = (size_t)ood->width, least = K < d ? K : d;
    nc__arena arena = {.context = ood->context};
    double *s = nc__arena_alloc(&arena, least, sizeof *s);
    double *u = nc__arena_alloc(&arena, K, least * sizeof *u);
    double *vt = nc__arena_alloc(&arena, least, d * sizeof *vt);
    libnc_status status = nc__arena_status(&arena);
    if (status == LIBNC_OK)
        status = nc__svd(ood->context, ood->classifier, ood->classes, ood->width, s, u, vt);
    memset(ood->shift, 0, d * sizeof *ood->shift);
    if (status == LIBNC_OK)
        apply_pseudo_inverse(ood, s, u, vt, ood->shift);
    nc__arena_release(&arena);
    return status;
}

static libnc_status form_scatter(libnc_ood *ood, int32_t kind, double *scatter)
{
    libnc_status status;
    memcpy(scatter, ood->scatter, (size_t)(ood->width * ood->width) * sizeof *scatter);
    switch (kind) {
    case NC__OOD_AXES_CENTRED: return add_means(ood, ood->centred, NULL, scatter);
    case NC__OOD_AXES_UNCENTRED: return add_means(ood, ood->means, NULL, scatter);
    case NC__OOD_AXES_STANDARDISED:
        status = add_means(ood, ood->centred, NULL, scatter);
        if (status == LIBNC_OK)
            standardise(ood, scatter);
        return status;
    case NC__OOD_AXES_SHIFTED:
        status = find_shift(ood);
        return status == LIBNC_OK ? add_means(ood, ood->means, ood->shift, scatter) : status;
    default: return LIBNC_OK;
    }
}

/* ---- eigenvectors ---- */

/* What rounding may leave where S_W has nothing. */
static int64_t count_rank(const libnc_ood *ood, const double *values)
{
    const int64_t d = ood->width;
    const double cut =
        nc__rank_threshold(ood->spacing, values[d - 1]) + (double)d * DBL_EPSILON * values[d - 1];
    int64_t rank = 0;
    while (rank < d && values[d - 1 - rank] > cut)
        rank++;
    return rank;
}

/* Divides the axes that count by the roots of Sigma_W's eigenvalues, and takes the means along
 * them. */
static void whiten(libnc_ood *ood, nc__axes *axes)
{
    const int64_t d = ood->width, rank = count_rank(ood, axes->values), first = d - rank;
    double *rows = axes->vectors + first * d;
    for (int64_t i = 0; i < rank * d; i++)
        rows[i] /= sqrt(axes->values[first + i / d] / ood->samples);
    const nc__tensor whitening = nc__tensor_f64(rows, rank, d);
    const nc__tensor centred = nc__tensor_f64(ood->centred, ood->present, d);
    nc__tensor out = nc__tensor_f64(axes->means, ood->present, rank);
    if (rank > 0)
        nc__gemm(ood->context, false, true, 1, &centred, &whitening, 0, &out);
    ood->rank = rank;
}

libnc_status nc__ood_find_axes(libnc_ood *ood, int32_t kind)
{
    const size_t d = (size_t)ood->width;
    const size_t rows = d + 1 + (kind == NC__OOD_AXES_WITHIN ? (size_t)ood->present : 0);
    if (ood->axes[kind].vectors)
        return LIBNC_OK;
    double *block = nc__alloc(ood->context, rows, d * sizeof *block);
    if (!block)
        return LIBNC_ERROR_MEMORY;
    nc__axes axes = {.vectors = block, .values = block + d * d, .means = block + d * d + d};
    libnc_status status = form_scatter(ood, kind, axes.vectors);
    if (status == LIBNC_OK)
        status = nc__symmetric_eigen(ood->context, axes.vectors, ood->width, axes.values);
    if (status != LIBNC_OK) {
        nc__free(ood->context, block);
        return status;
    }
    if (kind == NC__OOD_AXES_WITHIN)
        whiten(ood, &axes);
    ood->axes[kind] = axes;
    return LIBNC_OK;
}
