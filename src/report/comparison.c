/* SPDX-License-Identifier: MIT
 *
 * comparison.c: distance of a measured model from a predicted geometry (doc/metrics.md,
 * "Predictions"; Dang et al., ICML 2023).
 *
 * A predicted matrix is T = F + g A Q B^T, with Q any t x t orthogonal projector of a rank in a
 * given range: Q is there only where a tie leaves a choice (geometry_internal.h). A tied block lies
 * within classes of equal size, so that A, B are orthogonal up to one scale and ||T||_F depends on
 * the rank of Q alone. The minimiser of a given rank nearest to a measured matrix X is then the one
 * that maximises <X, A Q B^T> = tr(Q A^T X B): Q projects on the leading eigenvectors of the
 * symmetric part of A^T X B.
 *
 * For many classes no K x K matrix is formed. A prediction without a bias is diagonal, so that the
 * diagonal of X and the squares off it say everything.
 */
#include "report/comparison.h"

#include "geometry/predicted_matrices.h"
#include "geometry/predicted_ties.h"
#include "linalg/linalg.h"
#include "metrics/class_pairs.h"
#include "metrics/metric_formulas.h"
#include "metrics/metric_table.h"
#include "report/diagonal.h"
#include "report/measurement.h"

#include <math.h>
#include <string.h>

typedef struct comparing {
    nc__arena arena;
    const nc__measurement *out;
    const libnc_geometry *geometry;
    int64_t classes; /* K: those that occur */
    bool is_dense;   /* K x K matrices are formed */
    nc__tie tie;
    double *target;                 /* K x K: T; or its diagonal */
    double *measured;               /* K x K: X; or its diagonal */
    double *left, *right;           /* K x t: L and R of the tied block */
    double *scaled;                 /* K x t: D^{-1} R */
    double *applied, *small;        /* K x t: X B; t x t: A^T X B, then its eigenvectors as rows */
    double *values;                 /* K: eigenvalues of the block, or singular values */
    double *left_one, *right_one;   /* K: A q, B q for one eigenvector q */
    double *predicted;              /* K: singular values of Z D */
    double (*results)[NC__METRICS]; /* M: kept aside until everything has succeeded */
} comparing;

/* Distances of the two kinds from a measured X to the nearest tied minimiser. */
typedef struct distances {
    double normalised, relative;
} distances;

static void take_nearer(distances *nearest, const double *x, const double *target, int64_t size)
{
    /* fmin passes over NaN */
    nearest->normalised = fmin(nearest->normalised, nc__metric_distance(x, target, size));
    nearest->relative = fmin(nearest->relative, nc__metric_relative_error(x, target, size));
}

/* Eigenvectors of the symmetric part of A^T X B as rows of `small`, eigenvalues ascending. */
static libnc_status rank_directions(const comparing *c, const double *x, const double *a,
                                    const double *b)
{
    int64_t K = c->classes, t = c->tie.size;
    nc__tensor measured = nc__tensor_f64(x, K, K);
    nc__tensor left = nc__tensor_f64(a, K, t), right = nc__tensor_f64(b, K, t);
    nc__tensor applied = nc__tensor_f64(c->applied, K, t);
    nc__tensor small = nc__tensor_f64(c->small, t, t);
    nc__gemm(c->arena.context, false, false, 1, &measured, &right, 0, &applied);
    nc__gemm(c->arena.context, true, false, 1, &left, &applied, 0, &small);
    for (int64_t i = 0; i < t; i++)
        for (int64_t j = 0; j < i; j++)
            c->small[i * t + j] = c->small[j * t + i] =
                0.5 * (c->small[i * t + j] + c->small[j * t + i]);
    return nc__symmetric_eigen(c->arena.context, c->small, t, c->values);
}

/* T += g (A q)(B q)^T for eigenvector `index`. */
static void add_direction(const comparing *c, double gain, const double *a, const double *b,
                          int64_t index)
{
    int64_t K = c->classes, t = c->tie.size;
    const double *q = c->small + index * t;
    for (int64_t k = 0; k < K; k++) {
        c->left_one[k] = c->right_one[k] = 0;
        for (int64_t i = 0; i < t; i++) {
            c->left_one[k] += a[k * t + i] * q[i];
            c->right_one[k] += b[k * t + i] * q[i];
        }
    }
    for (int64_t i = 0; i < K; i++)
        for (int64_t j = 0; j < K; j++)
            c->target[i * K + j] += gain * c->left_one[i] * c->right_one[j];
}

/* The nearest of F + g A Q B^T over all ranks of Q, with F in c->target. */
static libnc_status nearest_tied(const comparing *c, const double *x, double gain, const double *a,
                                 const double *b, distances *nearest)
{
    int64_t size = c->classes * c->classes, t = c->tie.size;
    libnc_status status = rank_directions(c, x, a, b);
    if (status != LIBNC_OK)
        return status;
    for (int64_t rank = 0; rank <= c->tie.rank_maximum; rank++) {
        if (rank > 0)
            add_direction(c, gain, a, b, t - rank);
        if (rank >= c->tie.rank_minimum)
            take_nearer(nearest, x, c->target, size);
    }
    return LIBNC_OK;
}

/* ---- the three matrices ---- */

static libnc_status predict(const comparing *c, int32_t matrix, int32_t layer)
{
    size_t size = (size_t)(c->classes * c->classes);
    if (c->tie.size > 0)
        return nc__geometry_fixed(c->geometry, matrix, layer, c->target);
    switch (matrix) {
    case NC__GEOMETRY_CLASSIFIER:
        return libnc_geometry_classifier_gram(c->geometry, layer, c->target, size);
    case NC__GEOMETRY_FEATURES:
        return libnc_geometry_feature_gram(c->geometry, layer, c->target, size);
    default: return libnc_geometry_logits(c->geometry, c->target, size);
    }
}

/* The diagonal of T for a prediction that is diagonal. */
static libnc_status predict_diagonal(const comparing *c, int32_t matrix, int32_t layer)
{
    const size_t K = (size_t)c->classes;
    switch (matrix) {
    case NC__GEOMETRY_CLASSIFIER:
        return libnc_geometry_lengths(c->geometry, layer, c->target, NULL, K);
    case NC__GEOMETRY_FEATURES:
        return libnc_geometry_lengths(c->geometry, layer, NULL, c->target, K);
    default: return libnc_geometry_class_logits(c->geometry, c->target, K);
    }
}

static const int32_t measured_matrices[] = {[NC__GEOMETRY_CLASSIFIER] = LIBNC_GRAM_CLASSIFIER,
                                            [NC__GEOMETRY_FEATURES] = LIBNC_GRAM_FEATURES,
                                            [NC__GEOMETRY_LOGITS] = LIBNC_GRAM_PRODUCT};

static libnc_status compare_sparse(const comparing *c, int32_t matrix, int32_t layer,
                                   distances *nearest)
{
    double squares;
    libnc_status status = nc__diagonal_of(nc__measurement_layer(c->out, layer),
                                          measured_matrices[matrix], c->measured, &squares);
    if (status == LIBNC_OK)
        status = predict_diagonal(c, matrix, layer);
    if (status != LIBNC_OK)
        return status;
    nearest->normalised = nc__diagonal_distance(c->measured, squares, c->target, c->classes);
    nearest->relative = nc__diagonal_error(c->measured, squares, c->target, c->classes);
    return LIBNC_OK;
}

static libnc_status compare_dense(const comparing *c, int32_t matrix, int32_t layer,
                                  distances *nearest)
{
    const double *x = c->measured;
    libnc_status status = nc__layer_compact_matrix(nc__measurement_layer(c->out, layer),
                                                   measured_matrices[matrix], c->measured);
    if (status == LIBNC_OK)
        status = predict(c, matrix, layer);
    if (status != LIBNC_OK)
        return status;
    if (c->tie.size == 0) {
        take_nearer(nearest, x, c->target, c->classes * c->classes);
        return LIBNC_OK;
    }
    double classifier, features;
    nc__geometry_tie_gains(c->geometry, layer, &classifier, &features);
    switch (matrix) {
    case NC__GEOMETRY_CLASSIFIER: return nearest_tied(c, x, classifier, c->left, c->left, nearest);
    case NC__GEOMETRY_FEATURES: return nearest_tied(c, x, features, c->scaled, c->scaled, nearest);
    default: return nearest_tied(c, x, c->tie.singular_value, c->left, c->scaled, nearest);
    }
}

static libnc_status compare_matrix(const comparing *c, int32_t matrix, int32_t layer,
                                   distances *nearest)
{
    *nearest = (distances){NAN, NAN};
    if (!nc__measurement_layer(c->out, layer)->classifier && matrix != NC__GEOMETRY_FEATURES)
        return LIBNC_OK;
    return c->is_dense ? compare_dense(c, matrix, layer, nearest)
                       : compare_sparse(c, matrix, layer, nearest);
}

static libnc_status compare_layer(const comparing *c, int32_t layer)
{
    double *results = c->results[layer - 1];
    distances nearest;
    libnc_status status = compare_matrix(c, NC__GEOMETRY_CLASSIFIER, layer, &nearest);
    if (status != LIBNC_OK)
        return status;
    results[LIBNC_METRIC_NC2_PREDICTED_CLASSIFIER - 1] = nearest.normalised;
    results[LIBNC_METRIC_CLASSIFIER_ERROR - 1] = nearest.relative;
    if ((status = compare_matrix(c, NC__GEOMETRY_FEATURES, layer, &nearest)) != LIBNC_OK)
        return status;
    results[LIBNC_METRIC_NC2_PREDICTED_FEATURES - 1] = nearest.normalised;
    results[LIBNC_METRIC_FEATURES_ERROR - 1] = nearest.relative;
    if ((status = compare_matrix(c, NC__GEOMETRY_LOGITS, layer, &nearest)) != LIBNC_OK)
        return status;
    results[LIBNC_METRIC_NC3_PREDICTED - 1] = nearest.normalised;
    return LIBNC_OK;
}

/* ---- the whole model ---- */

/* Equal singular values come out equal to a few roundings; those of other classes differ by more.
 */
#define SAME_VALUE 1e-12

/* How many of the predicted values are larger than those of the tied block: it starts there. */
static int64_t tied_begin(const comparing *c)
{
    int64_t begin = 0;
    double largest = c->tie.singular_value * (1 + SAME_VALUE);
    while (begin < c->classes && c->predicted[begin] > largest)
        begin++;
    return begin;
}

/* ||s - s*|| / ||s*||, s the singular values of Z D, over all ranks of a tied block. */
static libnc_status compare_singular_values(const comparing *c, double *error)
{
    int64_t K = c->classes;
    *error = NAN;
    if (!nc__measurement_layer(c->out, 1)->classifier)
        return LIBNC_OK;
    libnc_status status = nc__logit_singular_values(
        nc__measurement_layer(c->out, 1), nc__geometry_weighs_columns(c->geometry), c->values);
    if (status == LIBNC_OK)
        status = libnc_geometry_singular_values(c->geometry, c->predicted, (size_t)K);
    if (status != LIBNC_OK)
        return status;
    *error = nc__metric_relative_error(c->values, c->predicted, K);
    const int64_t begin = tied_begin(c);
    for (int64_t rank = c->tie.rank; rank > c->tie.rank_minimum; rank--) {
        /* one tied value less, a zero more */
        memmove(c->predicted + begin, c->predicted + begin + 1,
                (size_t)(K - begin - 1) * sizeof(double));
        c->predicted[K - 1] = 0;
        *error = fmin(*error, nc__metric_relative_error(c->values, c->predicted, K));
    }
    return LIBNC_OK;
}

static libnc_status compare_all(const comparing *c, double objective)
{
    double singular, loss;
    libnc_status status = compare_singular_values(c, &singular);
    if (status == LIBNC_OK)
        status = libnc_geometry_loss(c->geometry, &loss, NULL);
    for (int32_t j = 1; j <= c->out->depth && status == LIBNC_OK; j++) {
        c->results[j - 1][LIBNC_METRIC_SINGULAR_VALUES_ERROR - 1] = singular;
        c->results[j - 1][LIBNC_METRIC_LOSS_GAP - 1] = loss > 0 ? (objective - loss) / loss : NAN;
        status = compare_layer(c, j);
    }
    return status;
}

static libnc_status allocate(comparing *c)
{
    size_t K = (size_t)c->classes, t = (size_t)c->tie.size, side = c->is_dense ? K : 1;
    c->target = nc__arena_alloc(&c->arena, K, side * sizeof(double));
    c->measured = nc__arena_alloc(&c->arena, K, side * sizeof(double));
    c->left = nc__arena_alloc(&c->arena, K, t * sizeof(double));
    c->right = nc__arena_alloc(&c->arena, K, t * sizeof(double));
    c->scaled = nc__arena_alloc(&c->arena, K, t * sizeof(double));
    c->applied = nc__arena_alloc(&c->arena, K, t * sizeof(double));
    c->small = nc__arena_alloc(&c->arena, t, t * sizeof(double));
    c->values = nc__arena_alloc(&c->arena, K, sizeof(double));
    c->left_one = nc__arena_alloc(&c->arena, K, sizeof(double));
    c->right_one = nc__arena_alloc(&c->arena, K, sizeof(double));
    c->predicted = nc__arena_alloc(&c->arena, K, sizeof(double));
    c->results = nc__arena_alloc(&c->arena, (size_t)c->out->depth, sizeof *c->results);
    return nc__arena_status(&c->arena);
}

static void read_tie(const comparing *c)
{
    if (c->tie.size == 0)
        return;
    nc__geometry_tie_basis(c->geometry, c->left, c->right);
    for (int64_t k = 0; k < c->classes; k++)
        for (int64_t i = 0; i < c->tie.size; i++)
            c->scaled[k * c->tie.size + i] =
                c->right[k * c->tie.size + i] /
                (nc__geometry_weighs_columns(c->geometry)
                     ? sqrt(nc__measurement_layer(c->out, 1)->counts[k])
                     : 1);
}

static void store_results(const comparing *c, nc__measurement *out)
{
    for (int32_t j = 1; j <= c->out->depth; j++)
        for (int32_t metric = 1; metric <= NC__METRICS; metric++)
            if (nc__metric_is_comparison(metric))
                *nc__measurement_metric(out, NC__CENTRE_SAMPLES, metric, j) =
                    c->results[j - 1][metric - 1];
}

libnc_status nc__compare_shapes(const nc__measurement *measurement, const libnc_geometry *geometry,
                                double *classifier, double *features)
{
    comparing c = {
        .arena = {.context = measurement->context}, .out = measurement, .geometry = geometry};
    distances nearest;
    c.classes = nc__measurement_layer(measurement, 1)->present;
    c.is_dense = true;
    nc__geometry_tie(geometry, &c.tie);
    libnc_status status = allocate(&c);
    if (status == LIBNC_OK) {
        read_tie(&c);
        status = compare_matrix(&c, NC__GEOMETRY_CLASSIFIER, 1, &nearest);
        *classifier = nearest.normalised;
    }
    if (status == LIBNC_OK) {
        status = compare_matrix(&c, NC__GEOMETRY_FEATURES, 1, &nearest);
        *features = nearest.normalised;
    }
    nc__arena_release(&c.arena);
    return status;
}

libnc_status nc__compare(nc__measurement *measurement, const libnc_geometry *geometry,
                         double objective)
{
    comparing c = {
        .arena = {.context = measurement->context}, .out = measurement, .geometry = geometry};
    c.classes = nc__measurement_layer(measurement, 1)->present;
    c.is_dense = c.classes <= NC__DENSE_CLASSES;
    nc__geometry_tie(geometry, &c.tie);
    if (!c.is_dense && !nc__geometry_is_diagonal(geometry))
        return nc__fail(c.arena.context, LIBNC_ERROR_UNSUPPORTED,
                        "geometry: %lld classes, and a prediction that is not diagonal: at most %d",
                        (long long)c.classes, NC__DENSE_CLASSES);
    libnc_status status = allocate(&c);
    if (status == LIBNC_OK) {
        read_tie(&c);
        status = compare_all(&c, objective);
    }
    if (status == LIBNC_OK)
        store_results(&c, measurement);
    nc__arena_release(&c.arena);
    return status;
}
