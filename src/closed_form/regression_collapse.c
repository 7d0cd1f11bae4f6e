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

struct libnc_regression_collapse {
    libnc_context *context;
    int64_t outputs;         /* n */
    double nrc1, nrc2;       /* NaN without a classifier */
    double *gram;            /* n x n: W W^T; NULL without a classifier */
    double *roots, *vectors; /* n, n x n: C^{1/2} = sum_e roots_e v_e v_e^T, vectors in rows */
};

/* What is measured, and the room for it. */
typedef struct measured {
    libnc_context *context;
    const double *features, *targets, *classifier;
    int64_t samples, width, outputs; /* N, d, n */
    double *mean;                    /* d, of which targets take n */
    double *singular, *basis;        /* d, d x d */
} measured;

static void column_means(const double *rows, int64_t count, int64_t width, double *mean)
{
    memset(mean, 0, (size_t)width * sizeof *mean);
    for (int64_t i = 0; i < count; i++)
        for (int64_t c = 0; c < width; c++)
            mean[c] += (rows[i * width + c] - mean[c]) / (double)(i + 1);
}

/* Singular values and right singular vectors of the rows less their mean. */
static libnc_status principal_axes(const measured *m, const double *rows, int64_t width,
                                   double *singular, double *basis)
{
    nc__arena arena = {.context = m->context};
    nc__row_triangle triangle;
    libnc_status status = nc__row_triangle_init(&triangle, &arena, m->samples, width);
    column_means(rows, m->samples, width, m->mean);
    for (int64_t i = 0; i < m->samples && status == LIBNC_OK; i++) {
        double *row;
        if ((status = nc__row_triangle_next(&triangle, &row)) == LIBNC_OK)
            for (int64_t c = 0; c < width; c++)
                row[c] = rows[i * width + c] - m->mean[c];
    }
    if (status == LIBNC_OK)
        status = nc__row_triangle_finish(&triangle);
    if (status == LIBNC_OK)
        status = nc__svd(m->context, triangle.rows, triangle.count, width, singular, NULL, basis);
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
static libnc_status mean_distance(const measured *m, int64_t rank, double *distance)
{
    const int64_t d = m->width;
    double *rest = nc__alloc(m->context, (size_t)d, sizeof *rest);
    if (!rest)
        return LIBNC_ERROR_MEMORY;
    *distance = 0;
    for (int64_t i = 0; i < m->samples; i++) {
        const double *h = m->features + i * d;
        const double length = sqrt(dot(h, h, d));
        for (int64_t c = 0; c < d; c++)
            rest[c] = h[c] / length;
        for (int64_t j = 0; j < rank; j++) {
            const double *axis = m->basis + j * d;
            const double along = dot(rest, axis, d);
            for (int64_t c = 0; c < d; c++)
                rest[c] -= along * axis[c];
        }
        *distance += dot(rest, rest, d) / (double)m->samples;
    }
    nc__free(m->context, rest);
    return LIBNC_OK;
}

/* ---- the three numbers ---- */

static libnc_status find_nrc1(const measured *m, double *nrc1)
{
    const libnc_status status = principal_axes(m, m->features, m->width, m->singular, m->basis);
    const int64_t least = m->samples < m->width ? m->samples : m->width;
    const int64_t rank = m->outputs < least ? m->outputs : least;
    return status == LIBNC_OK ? mean_distance(m, rank, nrc1) : status;
}

static libnc_status find_nrc2(const measured *m, double *nrc2)
{
    const libnc_status status =
        nc__svd(m->context, m->classifier, m->outputs, m->width, m->singular, NULL, m->basis);
    if (status != LIBNC_OK)
        return status;
    const double noise =
        nc__rank_threshold(DBL_EPSILON, nc__frobenius(m->classifier, m->outputs * m->width));
    const int64_t rank = nc__rank_within(m->singular, m->outputs, m->width, m->outputs, noise);
    return mean_distance(m, rank, nrc2);
}

/* W W^T, and C^{1/2} by the singular values of the centred targets. */
static libnc_status find_matrices(const measured *m, libnc_regression_collapse *c)
{
    const int64_t n = m->outputs, least = m->samples < n ? m->samples : n;
    const nc__tensor w = nc__tensor_f64(m->classifier, n, m->width);
    nc__tensor gram = nc__tensor_f64(c->gram, n, n);
    nc__gemm(m->context, false, true, 1, &w, &w, 0, &gram);
    const libnc_status status = principal_axes(m, m->targets, n, c->roots, c->vectors);
    for (int64_t e = 0; e < least; e++)
        c->roots[e] /= sqrt((double)m->samples);
    for (int64_t e = least; e < n; e++)
        c->roots[e] = 0;
    return status;
}

/* ||nz(W W^T) - nz(C^{1/2} - root I)||_F^2, root = sqrt(c). target: n x n. */
static double distance_at(const libnc_regression_collapse *c, double root, double *target)
{
    const int64_t n = c->outputs;
    memset(target, 0, (size_t)(n * n) * sizeof *target);
    for (int64_t e = 0; e < n; e++)
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < n; j++)
                target[i * n + j] +=
                    (c->roots[e] - root) * c->vectors[e * n + i] * c->vectors[e * n + j];
    const double distance = nc__metric_distance(c->gram, target, n * n);
    return distance * distance;
}

/* The best root in [0, smallest) by golden section: see fit_decay.c. */
static double best_root(const libnc_regression_collapse *c, double *target)
{
    enum { STEPS = 80 }; /* 0.618^80 = 2e-17 */
    const double ratio = (sqrt(5) - 1) / 2;
    double low = 0, high = c->roots[c->outputs - 1];
    for (int i = 0; i < STEPS; i++) {
        const double left = high - ratio * (high - low), right = low + ratio * (high - low);
        if (distance_at(c, left, target) <= distance_at(c, right, target))
            high = right;
        else
            low = left;
    }
    return (low + high) / 2;
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
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "outputs = %lld: must be from 1 to 2^31 - 1",
                        (long long)outputs);
    if (width < outputs || width > INT32_MAX)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "width = %lld: must be from outputs = %lld to 2^31 - 1", (long long)width,
                        (long long)outputs);
    return LIBNC_OK;
}

static libnc_status check_arrays(const measured *m)
{
    libnc_context *context = m->context;
    libnc_status status = check_array(context, m->features, m->samples, m->width, "features");
    if (status == LIBNC_OK)
        status = check_array(context, m->targets, m->samples, m->outputs, "targets");
    if (status == LIBNC_OK && m->classifier)
        status = check_array(context, m->classifier, m->outputs, m->width, "classifier");
    for (int64_t i = 0; i < m->samples && status == LIBNC_OK; i++) {
        const double *h = m->features + i * m->width;
        if (!(dot(h, h, m->width) > 0))
            status = nc__fail(context, LIBNC_ERROR_ARGUMENT, "features, row %lld: must not be zero",
                              (long long)i);
    }
    return status;
}

static libnc_status check_arguments(const measured *m)
{
    libnc_status status = nc__check_given(m->context, "features", m->features);
    if (status == LIBNC_OK)
        status = nc__check_given(m->context, "targets", m->targets);
    if (status == LIBNC_OK)
        status = check_sizes(m->context, m->samples, m->width, m->outputs);
    return status == LIBNC_OK ? check_arrays(m) : status;
}

/* ---- the handle ---- */

void libnc_regression_collapse_destroy(libnc_regression_collapse *collapse)
{
    if (!collapse)
        return;
    libnc_context *context = collapse->context;
    nc__free(context, collapse->vectors);
    nc__free(context, collapse->roots);
    nc__free(context, collapse->gram);
    nc__free(context, collapse);
}

static libnc_status collapse_create(libnc_regression_collapse **out, const measured *m)
{
    const size_t n = (size_t)m->outputs;
    libnc_regression_collapse *c = nc__alloc(m->context, 1, sizeof *c);
    if (!c)
        return LIBNC_ERROR_MEMORY;
    *c = (libnc_regression_collapse){
        .context = m->context, .outputs = m->outputs, .nrc1 = NAN, .nrc2 = NAN};
    *out = c;
    if (m->classifier && (!(c->gram = nc__alloc(m->context, n, n * sizeof *c->gram)) ||
                          !(c->roots = nc__alloc(m->context, n, sizeof *c->roots)) ||
                          !(c->vectors = nc__alloc(m->context, n, n * sizeof *c->vectors))))
        return LIBNC_ERROR_MEMORY;
    return LIBNC_OK;
}

static libnc_status measure(measured *m, libnc_regression_collapse *c)
{
    const size_t d = (size_t)m->width;
    nc__arena arena = {.context = m->context};
    m->mean = nc__arena_alloc(&arena, d, sizeof *m->mean);
    m->singular = nc__arena_alloc(&arena, d, sizeof *m->singular);
    m->basis = nc__arena_alloc(&arena, d, d * sizeof *m->basis);
    libnc_status status = nc__arena_status(&arena);
    if (status == LIBNC_OK)
        status = find_nrc1(m, &c->nrc1);
    if (status == LIBNC_OK && m->classifier)
        status = find_nrc2(m, &c->nrc2);
    if (status == LIBNC_OK && m->classifier)
        status = find_matrices(m, c);
    nc__arena_release(&arena);
    return status;
}

libnc_status libnc_regression_collapse_create(libnc_regression_collapse **collapse,
                                              libnc_context *context, const double *features,
                                              const double *targets, const double *classifier,
                                              int64_t samples, int64_t width, int64_t outputs)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    measured m = {.context = context,
                  .features = features,
                  .targets = targets,
                  .classifier = classifier,
                  .samples = samples,
                  .width = width,
                  .outputs = outputs};
    libnc_regression_collapse *created = NULL;
    libnc_status status = nc__check_given(context, "collapse", collapse);
    if (status == LIBNC_OK)
        status = check_arguments(&m);
    if (status == LIBNC_OK)
        status = collapse_create(&created, &m);
    if (status == LIBNC_OK)
        status = measure(&m, created);
    if (status == LIBNC_OK)
        *collapse = created;
    else
        libnc_regression_collapse_destroy(created);
    return status;
}

/* ---- getters ---- */

libnc_status libnc_regression_collapse_nrc1(const libnc_regression_collapse *collapse, double *nrc1)
{
    if (!collapse)
        return LIBNC_ERROR_ARGUMENT;
    const libnc_status status = nc__check_given(collapse->context, "nrc1", nrc1);
    if (status == LIBNC_OK)
        *nrc1 = collapse->nrc1;
    return status;
}

libnc_status libnc_regression_collapse_nrc2(const libnc_regression_collapse *collapse, double *nrc2)
{
    if (!collapse)
        return LIBNC_ERROR_ARGUMENT;
    const libnc_status status = nc__check_given(collapse->context, "nrc2", nrc2);
    if (status == LIBNC_OK)
        *nrc2 = collapse->nrc2;
    return status;
}

/* Both NaN without a classifier. */
static libnc_status find_nrc3(const libnc_regression_collapse *c, double shift, double *nrc3,
                              double *used)
{
    const size_t n = (size_t)c->outputs;
    *nrc3 = *used = NAN;
    if (!c->gram)
        return LIBNC_OK;
    double *target = nc__alloc(c->context, n, n * sizeof *target);
    if (!target)
        return LIBNC_ERROR_MEMORY;
    const double root = isnan(shift) ? best_root(c, target) : sqrt(shift);
    *nrc3 = distance_at(c, root, target);
    *used = root * root;
    nc__free(c->context, target);
    return LIBNC_OK;
}

libnc_status libnc_regression_collapse_nrc3(const libnc_regression_collapse *collapse, double shift,
                                            double *nrc3, double *used)
{
    double found, shifted;
    if (!collapse)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = nc__check_given(collapse->context, "nrc3", nrc3);
    if (status == LIBNC_OK && !isnan(shift) && !(shift >= 0 && shift <= DBL_MAX))
        status = nc__fail(collapse->context, LIBNC_ERROR_ARGUMENT,
                          "shift = %g: must be 0 or more, or NaN", shift);
    if (status == LIBNC_OK)
        status = find_nrc3(collapse, shift, &found, &shifted);
    if (status != LIBNC_OK)
        return status;
    *nrc3 = found;
    if (used)
        *used = shifted;
    return LIBNC_OK;
}
