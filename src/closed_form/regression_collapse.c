/* SPDX-License-Identifier: MIT
 *
 * regression_collapse.c: neural regression collapse of measured features (Andriopoulos et al.,
 * NeurIPS 2024): NRC1, NRC2, NRC3.
 *
 * Features h_i (rows of H, N x d), targets y_i (N x n), classifier W (n x d).
 */
#include "linalg/norm.h"
#include "linalg/rank.h"
#include "metrics/metric_formulas.h"
#include "metrics/row_triangle.h"

#include <libnc/regression.h>

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

typedef struct regression {
    libnc_context *context;
    const double *features, *targets, *classifier;
    int64_t samples, width, outputs; /* N, d, n */
    double *mean;                    /* max(d, n) */
    double *singular, *basis;        /* d and d x d, or n and n x d */
    double *gram, *target;           /* n x n */
    double *eigenvalues, *vectors;   /* n, n x n: of the covariance; vectors are rows */
} regression;

static void column_means(const double *rows, int64_t count, int64_t width, double *mean)
{
    memset(mean, 0, (size_t)width * sizeof *mean);
    for (int64_t i = 0; i < count; i++)
        for (int64_t c = 0; c < width; c++)
            mean[c] += (rows[i * width + c] - mean[c]) / (double)(i + 1);
}

/* Singular values and right singular vectors of the rows less their mean. */
static libnc_status principal_axes(const regression *r, const double *rows, int64_t width,
                                   double *singular, double *basis)
{
    nc__arena arena = {.context = r->context};
    nc__stack stack;
    libnc_status status = nc__stack_init(&stack, &arena, r->samples, width);
    column_means(rows, r->samples, width, r->mean);
    for (int64_t i = 0; i < r->samples && status == LIBNC_OK; i++) {
        double *row;
        if ((status = nc__stack_next(&stack, &row)) == LIBNC_OK)
            for (int64_t c = 0; c < width; c++)
                row[c] = rows[i * width + c] - r->mean[c];
    }
    if (status == LIBNC_OK)
        status = nc__stack_finish(&stack);
    if (status == LIBNC_OK)
        status = nc__svd(r->context, stack.rows, stack.count, width, singular, NULL, basis);
    nc__arena_release(&arena);
    return status;
}

static double dot(const double *a, const double *b, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Mean of ||u_i - V^T V u_i||^2 for unit features and `rank` orthonormal rows V, from the
 * differences themselves. */
static libnc_status mean_distance(const regression *r, int64_t rank, double *distance)
{
    const int64_t d = r->width;
    double *rest = nc__alloc(r->context, (size_t)d, sizeof *rest);
    if (!rest)
        return LIBNC_ERROR_MEMORY;
    *distance = 0;
    for (int64_t i = 0; i < r->samples; i++) {
        const double *h = r->features + i * d;
        const double length = sqrt(dot(h, h, d));
        for (int64_t c = 0; c < d; c++)
            rest[c] = h[c] / length;
        for (int64_t j = 0; j < rank; j++) {
            const double *axis = r->basis + j * d;
            const double along = dot(rest, axis, d);
            for (int64_t c = 0; c < d; c++)
                rest[c] -= along * axis[c];
        }
        *distance += dot(rest, rest, d) / (double)r->samples;
    }
    nc__free(r->context, rest);
    return LIBNC_OK;
}

/* ---- the three numbers ---- */

static libnc_status find_nrc1(const regression *r, double *nrc1)
{
    libnc_status status = principal_axes(r, r->features, r->width, r->singular, r->basis);
    const int64_t least = r->samples < r->width ? r->samples : r->width;
    const int64_t rank = r->outputs < least ? r->outputs : least;
    return status == LIBNC_OK ? mean_distance(r, rank, nrc1) : status;
}

static libnc_status find_nrc2(const regression *r, double *nrc2)
{
    libnc_status status =
        nc__svd(r->context, r->classifier, r->outputs, r->width, r->singular, NULL, r->basis);
    if (status != LIBNC_OK)
        return status;
    const double noise =
        nc__rank_threshold(DBL_EPSILON, nc__frobenius(r->classifier, r->outputs * r->width));
    return mean_distance(r, nc__rank_within(r->singular, r->outputs, r->width, r->outputs, noise),
                         nrc2);
}

/* ||nz(W W^T) - nz(C^{1/2} - root I)||_F^2, root = sqrt(c). */
static double distance_at(const regression *r, double root)
{
    const int64_t n = r->outputs;
    memset(r->target, 0, (size_t)(n * n) * sizeof *r->target);
    for (int64_t e = 0; e < n; e++)
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < n; j++)
                r->target[i * n + j] +=
                    (r->eigenvalues[e] - root) * r->vectors[e * n + i] * r->vectors[e * n + j];
    const double distance = nc__metric_distance(r->gram, r->target, n * n);
    return distance * distance;
}

/* The best root in [0, largest) by golden section: see fit_decay.c. */
static double best_root(const regression *r, double largest)
{
    enum { STEPS = 80 }; /* 0.618^80 = 2e-17 */
    const double ratio = (sqrt(5) - 1) / 2;
    double low = 0, high = largest;
    for (int i = 0; i < STEPS; i++) {
        const double left = high - ratio * (high - low), right = low + ratio * (high - low);
        if (distance_at(r, left) <= distance_at(r, right))
            high = right;
        else
            low = left;
    }
    return (low + high) / 2;
}

/* eigenvalues = those of C^{1/2}, largest first, C the covariance of the targets. */
static libnc_status find_roots(const regression *r)
{
    const int64_t n = r->outputs, least = r->samples < n ? r->samples : n;
    libnc_status status = principal_axes(r, r->targets, n, r->eigenvalues, r->vectors);
    for (int64_t e = 0; e < least; e++)
        r->eigenvalues[e] /= sqrt((double)r->samples);
    for (int64_t e = least; e < n; e++)
        r->eigenvalues[e] = 0;
    return status;
}

static libnc_status find_nrc3(const regression *r, double shift, double *nrc3, double *used)
{
    const int64_t n = r->outputs;
    libnc_status status = find_roots(r);
    if (status != LIBNC_OK)
        return status;
    nc__tensor w = nc__tensor_f64(r->classifier, n, r->width);
    nc__tensor gram = nc__tensor_f64(r->gram, n, n);
    nc__gemm(r->context, false, true, 1, &w, &w, 0, &gram);
    const double root = isnan(shift) ? best_root(r, r->eigenvalues[n - 1]) : sqrt(shift);
    *nrc3 = distance_at(r, root);
    *used = root * root;
    return LIBNC_OK;
}

/* ---- arguments ---- */

static libnc_status check_array(libnc_context *context, const double *values, int64_t rows,
                                int64_t cols, const char *name)
{
    for (int64_t i = 0; i < rows; i++) {
        nc__tensor row = nc__tensor_f64(values + i * cols, 1, cols);
        if (!isfinite(nc__sum_squares(&row)))
            return nc__fail(context, LIBNC_ERROR_NOT_FINITE,
                            "%s, row %lld: a value is not finite, or its square overflows", name,
                            (long long)i);
    }
    return LIBNC_OK;
}

static libnc_status check_sizes(libnc_context *context, int64_t samples, int64_t width,
                                int64_t outputs)
{
    if (samples < 2 || samples > INT32_MAX)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "samples = %lld: must be from 2 to 2^31 - 1",
                        (long long)samples);
    if (outputs < 1 || outputs > INT32_MAX)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "target_width = %lld: must be from 1 to 2^31 - 1", (long long)outputs);
    if (width < outputs || width > INT32_MAX)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "width = %lld: must be from target_width = %lld to 2^31 - 1",
                        (long long)width, (long long)outputs);
    return LIBNC_OK;
}

static libnc_status check_arguments(const regression *r, double shift, const double *values)
{
    libnc_context *context = r->context;
    if (!r->features || !r->targets || !values)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = NULL: must be given",
                        !r->features  ? "features"
                        : !r->targets ? "targets"
                                      : "values");
    libnc_status status = check_sizes(context, r->samples, r->width, r->outputs);
    if (status != LIBNC_OK)
        return status;
    if (!isnan(shift) && !(shift >= 0 && shift <= DBL_MAX))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "shift = %g: must be 0 or more, or NaN",
                        shift);
    status = check_array(context, r->features, r->samples, r->width, "features");
    if (status == LIBNC_OK)
        status = check_array(context, r->targets, r->samples, r->outputs, "targets");
    if (status == LIBNC_OK && r->classifier)
        status = check_array(context, r->classifier, r->outputs, r->width, "classifier");
    for (int64_t i = 0; i < r->samples && status == LIBNC_OK; i++)
        if (!(dot(r->features + i * r->width, r->features + i * r->width, r->width) > 0))
            status = nc__fail(context, LIBNC_ERROR_ARGUMENT, "features, row %lld: must not be zero",
                              (long long)i);
    return status;
}

static libnc_status allocate(regression *r)
{
    size_t d = (size_t)r->width, n = (size_t)r->outputs;
    r->mean = nc__alloc(r->context, d, sizeof(double));
    r->singular = nc__alloc(r->context, d, sizeof(double));
    r->basis = nc__alloc(r->context, d, d * sizeof(double));
    r->gram = nc__alloc(r->context, n, n * sizeof(double));
    r->target = nc__alloc(r->context, n, n * sizeof(double));
    r->eigenvalues = nc__alloc(r->context, n, sizeof(double));
    r->vectors = nc__alloc(r->context, n, n * sizeof(double));
    if (!r->mean || !r->singular || !r->basis || !r->gram || !r->target || !r->eigenvalues ||
        !r->vectors)
        return LIBNC_ERROR_MEMORY;
    return LIBNC_OK;
}

libnc_status libnc_regression_collapse(libnc_context *context, const double *features,
                                       const double *targets, const double *classifier,
                                       int64_t samples, int64_t width, int64_t target_width,
                                       double shift, double *values)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    regression r = {.context = context,
                    .features = features,
                    .targets = targets,
                    .classifier = classifier,
                    .samples = samples,
                    .width = width,
                    .outputs = target_width};
    double nrc[4] = {NAN, NAN, NAN, NAN};
    libnc_status status = check_arguments(&r, shift, values);
    if (status != LIBNC_OK)
        return status;
    status = allocate(&r);
    if (status == LIBNC_OK)
        status = find_nrc1(&r, &nrc[0]);
    if (status == LIBNC_OK && classifier)
        status = find_nrc2(&r, &nrc[1]);
    if (status == LIBNC_OK && classifier)
        status = find_nrc3(&r, shift, &nrc[2], &nrc[3]);
    if (status == LIBNC_OK)
        memcpy(values, nrc, sizeof nrc);
    nc__free(context, r.vectors);
    nc__free(context, r.eigenvalues);
    nc__free(context, r.target);
    nc__free(context, r.gram);
    nc__free(context, r.basis);
    nc__free(context, r.singular);
    nc__free(context, r.mean);
    return status;
}
