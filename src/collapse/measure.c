/* SPDX-License-Identifier: MIT
 *
 * measure.c: measures every head layer of a model (Dang et al., ICML 2023, section 5;
 * doc/metrics.md).
 *
 * Layer j has the features H_j = H_{j-1} W_{j-1}^T (N x d_j, rows are samples) and the classifier
 * P_j (K x d_j). The features of the next layer are formed in full, in float64 for either scalar
 * type. Class means and S_W could be carried through W_j instead, but NC4 needs the samples in
 * every layer, and W S_W W^T has an error of eps ||W||^2 ||S_W||, which hides within-class scatter
 * that a layer maps to (almost) zero; that of the mapped features is eps^2 ||W||^2 ||H||^2.
 *
 * Each layer takes two passes over the samples: means and energies first, then, with the span of
 * the centred means known, the scatter inside that span (all that NC1 asks for) and the nearest
 * means.
 */
#include "collapse/classifiers.h"
#include "collapse/measurement.h"
#include "collapse/metrics.h"
#include "collapse/nearest.h"
#include "collapse/statistics.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Rows per block of logits. */
enum { ROWS = 256 };

/* What outlives a layer. */
typedef struct measuring {
    libnc_context *context;
    nc__classifiers *head;
    nc__measurement *out;
    const int32_t *labels;
    int64_t samples, classes; /* N, K */
    double spacing;           /* relative spacing of the model's scalar type */
    double *features, *next;  /* N x d_j, N x d_{j+1} */
    int32_t *predicted, *nearest;
    double *logits; /* ROWS x K */
} measuring;

/* One layer. */
typedef struct layer {
    int32_t index;
    int64_t width, rank;      /* d_j, and r, the rank of C */
    nc__statistics *all;      /* counts, means, energies */
    nc__scatter *in_span;     /* scatter in the span of the centred means; NULL for r = 0 */
    nc__nearest *search;      /* nearest class means, and deviations from one's own */
    double *means, *centred;  /* K x d_j: Hbar^T and C */
    double *singular, *basis; /* C = U diag(s) V^T: min(K, d), and V^T */
    double *inside;           /* rows of a search x r */
} layer;

static void layer_clear(const measuring *m, layer *l)
{
    nc__free(m->context, l->inside);
    nc__free(m->context, l->basis);
    nc__free(m->context, l->singular);
    nc__free(m->context, l->centred);
    nc__free(m->context, l->means);
    nc__nearest_destroy(l->search);
    nc__scatter_destroy(l->in_span);
    nc__statistics_destroy(l->all);
}

static libnc_status layer_init(const measuring *m, layer *l)
{
    size_t K = (size_t)m->classes, d = (size_t)l->width, least = K < d ? K : d;
    libnc_status status = nc__statistics_create(&l->all, m->context, m->classes, l->width, false);
    if (status != LIBNC_OK)
        return status;
    l->means = nc__alloc(m->context, K, d * sizeof(double));
    l->centred = nc__alloc(m->context, K, d * sizeof(double));
    l->singular = nc__alloc(m->context, least, sizeof(double));
    l->basis = nc__alloc(m->context, least, d * sizeof(double));
    if (!l->means || !l->centred || !l->singular || !l->basis)
        return LIBNC_ERROR_MEMORY;
    return LIBNC_OK;
}

/* ---- samples ---- */

static libnc_status check_features(const measuring *m, int32_t j)
{
    int64_t width = m->head->widths[j - 1];
    for (int64_t i = 0; i < m->samples; i++) {
        nc__tensor row = nc__tensor_f64(m->features + i * width, 1, width);
        if (!nc__all_finite(&row))
            return nc__fail(m->context, LIBNC_ERROR_NOT_FINITE,
                            "features of layer %d, row %lld: a value is not finite", j,
                            (long long)i);
    }
    return LIBNC_OK;
}

/* predicted = argmax(P_1 h + b): the decisions of the whole model. */
static void predict(const measuring *m)
{
    nc__tensor classifier = nc__classifiers_product(m->head, 1);
    for (int64_t begin = 0; begin < m->samples; begin += ROWS) {
        int64_t count = m->samples - begin < ROWS ? m->samples - begin : ROWS;
        nc__tensor rows =
            nc__tensor_f64(m->features + begin * classifier.cols, count, classifier.cols);
        nc__tensor logits = nc__tensor_f64(m->logits, count, m->classes);
        nc__gemm(m->context, false, true, 1, &rows, &classifier, 0, &logits);
        nc__largest_logit(m->logits, m->head->bias, count, m->classes, m->predicted + begin);
    }
}

/* Scatter in the span of the centred means, and nearest class means. */
static void second_pass(const measuring *m, layer *l)
{
    nc__tensor basis = nc__tensor_f64(l->basis, l->rank, l->width);
    for (int64_t begin = 0, count; begin < m->samples; begin += count) {
        const int64_t left = m->samples - begin;
        count = left < l->search->capacity ? left : l->search->capacity;
        nc__tensor rows = nc__tensor_f64(m->features + begin * l->width, count, l->width);
        nc__nearest_find(l->search, &rows, m->labels + begin, m->nearest + begin);
        if (l->rank == 0)
            continue;
        nc__tensor deviations = nc__tensor_rows(&l->search->deviations, 0, count);
        nc__tensor inside = nc__tensor_f64(l->inside, count, l->rank);
        nc__gemm(m->context, false, true, 1, &deviations, &basis, 0, &inside);
        nc__scatter_add(l->in_span, &inside);
    }
}

/* ---- classes ---- */

/* out = A B^T for K x d arrays. */
static void multiply_rows(const measuring *m, int64_t width, const double *a, const double *b,
                          double *out)
{
    nc__tensor left = nc__tensor_f64(a, m->classes, width);
    nc__tensor right = nc__tensor_f64(b, m->classes, width);
    nc__tensor product = nc__tensor_f64(out, m->classes, m->classes);
    nc__gemm(m->context, false, true, 1, &left, &right, 0, &product);
}

/* out = A A^T, symmetric to the last bit. */
static void gram_of(const measuring *m, int64_t width, const double *a, double *out)
{
    int64_t K = m->classes;
    multiply_rows(m, width, a, a, out);
    for (int64_t i = 0; i < K; i++)
        for (int64_t j = 0; j < i; j++)
            out[j * K + i] = out[i * K + j];
}

/* The matrices but for the product, which nc3_etf uses for the centred means first. */
static libnc_status fill_grams(const measuring *m, const layer *l)
{
    int32_t j = l->index;
    const double *classifier = nc__classifiers_product(m->head, j).data;
    gram_of(m, l->width, classifier, nc__measurement_matrix(m->out, LIBNC_GRAM_CLASSIFIER, j));
    gram_of(m, l->width, l->means, nc__measurement_matrix(m->out, LIBNC_GRAM_FEATURES, j));
    gram_of(m, l->width, l->centred, nc__measurement_matrix(m->out, LIBNC_GRAM_CENTRED, j));
    double *product = nc__measurement_matrix(m->out, LIBNC_GRAM_PRODUCT, j);
    multiply_rows(m, l->width, classifier, l->centred, product);
    *nc__measurement_metric(m->out, LIBNC_METRIC_ETF_PRODUCT, j) =
        nc__metric_etf_distance(product, m->classes);
    multiply_rows(m, l->width, classifier, l->means, product);
    nc__tensor all = nc__tensor_f64(nc__measurement_matrix(m->out, LIBNC_GRAM_CLASSIFIER, j),
                                    NC__CLASS_MATRICES * m->classes, m->classes);
    nc__tensor energies = nc__tensor_f64(l->all->energies, 1, m->classes);
    if (!nc__all_finite(&all) || !nc__all_finite(&energies))
        return nc__fail(m->context, LIBNC_ERROR_NOT_FINITE,
                        "layer %d: features or weights are so large that their squares overflow",
                        j);
    return LIBNC_OK;
}

static void square_roots(const measuring *m, const layer *l, int32_t gram, int32_t vector)
{
    const double *matrix = nc__measurement_matrix(m->out, gram, l->index);
    double *lengths = nc__measurement_vector(m->out, vector, l->index);
    for (int64_t k = 0; k < m->classes; k++)
        lengths[k] = sqrt(matrix[k * m->classes + k]);
}

static void fill_vectors(const measuring *m, const layer *l)
{
    square_roots(m, l, LIBNC_GRAM_FEATURES, LIBNC_CLASS_MEAN_NORM);
    square_roots(m, l, LIBNC_GRAM_CENTRED, LIBNC_CLASS_CENTRED_NORM);
    square_roots(m, l, LIBNC_GRAM_CLASSIFIER, LIBNC_CLASS_CLASSIFIER_NORM);
    const double *product = nc__measurement_matrix(m->out, LIBNC_GRAM_PRODUCT, l->index);
    double *counts = nc__measurement_vector(m->out, LIBNC_CLASS_COUNT, l->index);
    double *logits = nc__measurement_vector(m->out, LIBNC_CLASS_LOGIT, l->index);
    double *variability = nc__measurement_vector(m->out, LIBNC_CLASS_VARIABILITY, l->index);
    for (int64_t k = 0; k < m->classes; k++) {
        counts[k] = (double)l->all->counts[k];
        logits[k] = product[k * m->classes + k];
        variability[k] = l->all->energies[k] / counts[k];
    }
}

static double length_of(const double *values, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += values[i] * values[i];
    return sqrt(sum);
}

/* ||Hbar||_F or ||P_j||_F, as the size that values were rounded at. */
static double noise_of(const measuring *m, const layer *l, int32_t vector)
{
    const double *lengths = nc__measurement_vector(m->out, vector, l->index);
    return nc__metric_noise(m->spacing, length_of(lengths, m->classes));
}

/* The span of the centred means, and what the second pass needs. */
static libnc_status find_span(const measuring *m, layer *l)
{
    libnc_status status =
        nc__svd(m->context, l->centred, m->classes, l->width, l->singular, NULL, l->basis);
    if (status != LIBNC_OK)
        return status;
    l->rank =
        nc__metric_rank(l->singular, m->classes, l->width, noise_of(m, l, LIBNC_CLASS_MEAN_NORM));
    status = nc__nearest_create(&l->search, m->context, l->all, LIBNC_FLOAT64);
    if (status != LIBNC_OK || l->rank == 0)
        return status;
    l->inside =
        nc__alloc(m->context, (size_t)l->search->capacity, (size_t)l->rank * sizeof(double));
    if (!l->inside)
        return LIBNC_ERROR_MEMORY;
    return nc__scatter_create(&l->in_span, m->context, l->rank);
}

/* ---- metrics ---- */

static void fill_scatter_metrics(const measuring *m, const layer *l)
{
    int32_t j = l->index;
    const double *lengths = nc__measurement_vector(m->out, LIBNC_CLASS_CENTRED_NORM, j);
    double within = 0, between = 0;
    for (int64_t k = 0; k < m->classes; k++) {
        within += l->all->energies[k] / (double)m->samples;
        between += lengths[k] * lengths[k] / (double)m->classes;
    }
    *nc__measurement_metric(m->out, LIBNC_METRIC_SCATTER_WITHIN, j) = within;
    *nc__measurement_metric(m->out, LIBNC_METRIC_SCATTER_BETWEEN, j) = between;
    *nc__measurement_metric(m->out, LIBNC_METRIC_RANK_FEATURES, j) = (double)l->rank;
    *nc__measurement_metric(m->out, LIBNC_METRIC_NC1, j) = nc__metric_nc1(
        l->in_span ? nc__scatter_values(l->in_span) : NULL, l->singular, l->rank, m->samples);
    *nc__measurement_metric(m->out, LIBNC_METRIC_CDNV, j) =
        nc__metric_cdnv(nc__measurement_vector(m->out, LIBNC_CLASS_VARIABILITY, j), l->centred,
                        m->classes, l->width);
}

static void fill_frame_metrics(const measuring *m, const layer *l)
{
    int32_t j = l->index;
    int64_t K = m->classes;
    nc__measurement *out = m->out;
    const double *classifier = nc__measurement_matrix(out, LIBNC_GRAM_CLASSIFIER, j);
    const double *features = nc__measurement_matrix(out, LIBNC_GRAM_FEATURES, j);
    const double *centred = nc__measurement_matrix(out, LIBNC_GRAM_CENTRED, j);
    const double *product = nc__measurement_matrix(out, LIBNC_GRAM_PRODUCT, j);
    *nc__measurement_metric(out, LIBNC_METRIC_EQUINORM_FEATURES, j) =
        nc__metric_equinorm(centred, K);
    *nc__measurement_metric(out, LIBNC_METRIC_EQUINORM_CLASSIFIER, j) =
        nc__metric_equinorm(classifier, K);
    *nc__measurement_metric(out, LIBNC_METRIC_EQUIANGULAR_FEATURES, j) =
        nc__metric_equiangular(centred, K, noise_of(m, l, LIBNC_CLASS_MEAN_NORM));
    *nc__measurement_metric(out, LIBNC_METRIC_EQUIANGULAR_CLASSIFIER, j) =
        nc__metric_equiangular(classifier, K, noise_of(m, l, LIBNC_CLASS_CLASSIFIER_NORM));
    *nc__measurement_metric(out, LIBNC_METRIC_ETF_FEATURES, j) =
        nc__metric_etf_distance(centred, K);
    *nc__measurement_metric(out, LIBNC_METRIC_ETF_CLASSIFIER, j) =
        nc__metric_etf_distance(classifier, K);
    *nc__measurement_metric(out, LIBNC_METRIC_OF_FEATURES, j) = nc__metric_of_distance(features, K);
    *nc__measurement_metric(out, LIBNC_METRIC_OF_CLASSIFIER, j) =
        nc__metric_of_distance(classifier, K);
    *nc__measurement_metric(out, LIBNC_METRIC_OF_PRODUCT, j) = nc__metric_of_distance(product, K);
    *nc__measurement_metric(out, LIBNC_METRIC_DUALITY, j) =
        nc__metric_duality(nc__classifiers_product(m->head, j).data, l->centred, K, l->width);
    *nc__measurement_metric(out, LIBNC_METRIC_NC4, j) =
        nc__metric_agreement(m->predicted, m->nearest, m->samples);
    *nc__measurement_metric(out, LIBNC_METRIC_ACCURACY, j) =
        nc__metric_agreement(m->predicted, m->labels, m->samples);
}

static libnc_status measure_passes(const measuring *m, layer *l)
{
    libnc_status status = layer_init(m, l);
    if (status == LIBNC_OK)
        status = nc__statistics_update(l->all, m->features, m->samples, m->labels);
    if (status != LIBNC_OK)
        return status;
    nc__statistics_means(l->all, l->means);
    nc__statistics_centred_means(l->all, l->centred);
    if ((status = fill_grams(m, l)) != LIBNC_OK)
        return status;
    fill_vectors(m, l);
    if ((status = find_span(m, l)) != LIBNC_OK)
        return status;
    second_pass(m, l);
    memcpy(m->out->counts, l->all->counts, (size_t)m->classes * sizeof(int64_t));
    fill_scatter_metrics(m, l);
    fill_frame_metrics(m, l);
    return LIBNC_OK;
}

static libnc_status measure_layer(const measuring *m, int32_t j)
{
    layer l = {.index = j, .width = m->head->widths[j - 1]};
    libnc_status status = measure_passes(m, &l);
    layer_clear(m, &l);
    return status;
}

/* features = features W_j^T */
static void advance(measuring *m, int32_t j)
{
    nc__tensor weight = nc__classifiers_weight(m->head, j);
    nc__tensor from = nc__tensor_f64(m->features, m->samples, weight.cols);
    nc__tensor to = nc__tensor_f64(m->next, m->samples, weight.rows);
    nc__gemm(m->context, false, true, 1, &from, &weight, 0, &to);
    double *features = m->next;
    m->next = m->features;
    m->features = features;
}

static libnc_status allocate(measuring *m, libnc_model *model)
{
    size_t N = (size_t)m->samples, widest = 0;
    for (int32_t j = 1; j <= m->head->depth; j++)
        if ((size_t)m->head->widths[j - 1] > widest)
            widest = (size_t)m->head->widths[j - 1];
    m->features = nc__alloc(m->context, N, widest * sizeof(double));
    m->next = m->head->depth > 1 ? nc__alloc(m->context, N, widest * sizeof(double)) : NULL;
    m->predicted = nc__alloc(m->context, N, sizeof(int32_t));
    m->nearest = nc__alloc(m->context, N, sizeof(int32_t));
    m->logits = nc__alloc(m->context, ROWS, (size_t)m->classes * sizeof(double));
    if (!m->features || (m->head->depth > 1 && !m->next) || !m->predicted || !m->nearest ||
        !m->logits)
        return LIBNC_ERROR_MEMORY;
    m->spacing = libnc_model_scalar(model) == LIBNC_FLOAT32 ? FLT_EPSILON : DBL_EPSILON;
    return LIBNC_OK;
}

static libnc_status measure_layers(measuring *m, libnc_model *model, const libnc_dataset *dataset)
{
    libnc_status status = allocate(m, model);
    if (status != LIBNC_OK)
        return status;
    size_t size = (size_t)m->samples * (size_t)m->head->widths[0];
    status = libnc_model_evaluate(model, dataset, 1, m->features, size);
    if (status == LIBNC_OK)
        status = check_features(m, 1);
    if (status != LIBNC_OK)
        return status;
    predict(m);
    status = measure_layer(m, 1);
    for (int32_t j = 2; j <= m->head->depth && status == LIBNC_OK; j++) {
        advance(m, j - 1);
        status = check_features(m, j);
        if (status == LIBNC_OK)
            status = measure_layer(m, j);
    }
    return status;
}

libnc_status nc__measure(nc__measurement **measurement, libnc_context *context, libnc_model *model,
                         const libnc_dataset *dataset, const int32_t *labels, int64_t samples)
{
    measuring m = {.context = context,
                   .labels = labels,
                   .samples = samples,
                   .classes = libnc_model_classes(model)};
    libnc_status status =
        nc__measurement_create(&m.out, context, libnc_model_depth(model), m.classes);
    if (status == LIBNC_OK)
        status = nc__classifiers_create(&m.head, context, model);
    if (status == LIBNC_OK)
        status = measure_layers(&m, model, dataset);
    nc__free(context, m.logits);
    nc__free(context, m.nearest);
    nc__free(context, m.predicted);
    nc__free(context, m.next);
    nc__free(context, m.features);
    nc__classifiers_destroy(m.head);
    if (status != LIBNC_OK) {
        nc__measurement_destroy(m.out);
        return status;
    }
    *measurement = m.out;
    return LIBNC_OK;
}
