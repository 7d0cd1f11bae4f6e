/* SPDX-License-Identifier: MIT
 *
 * measure_model.c: measures every head layer of a model (Dang et al., ICML 2023, section 5;
 * doc/metrics.md).
 *
 * Layer j has the features H_j = H_{j-1} W_{j-1}^T (N x d_j, rows are samples) and the classifier
 * P_j (K x d_j). The features of the next layer are formed in full, in float64 for either scalar
 * type. Class means and S_W could be carried through W_j instead, but NC4 needs the samples in
 * every layer, and W S_W W^T has an error of eps ||W||^2 ||S_W||, which hides within-class scatter
 * that a layer maps to (almost) zero; that of the mapped features is eps^2 ||W||^2 ||H||^2.
 *
 * Each layer takes two passes over the samples: means and squares first, then, with the span of
 * the centred means known, the scatter inside that span (all that NC1 asks for) and the nearest
 * means.
 */
#include "report/measure_model.h"

#include "accumulator/second_pass.h"
#include "linalg/finite.h"
#include "linalg/norm.h"
#include "linalg/rank.h"
#include "report/head_products.h"
#include "report/measurement.h"

#include <float.h>

/* Rows per block of logits. */
enum { ROWS = 256 };

/* What outlives a layer. */
typedef struct measuring {
    nc__arena arena;
    nc__classifiers head;
    nc__measurement *out;
    const int32_t *labels;
    int64_t samples, classes; /* N, K */
    double spacing;           /* relative spacing of the model's scalar type */
    double *features, *next;  /* N x d_j, N x d_{j+1} */
    int32_t *predicted;       /* N */
    double *logits;           /* ROWS x K */
    int64_t rank_limit;       /* smaller side of W_j up to which its ranks are taken */
} measuring;

/* ---- samples ---- */

static libnc_status check_features(const measuring *m, int32_t j)
{
    const nc__tensor rows = nc__tensor_f64(m->features, m->samples, m->head.widths[j - 1]);
    const int64_t bad = nc__find_row(m->arena.context, &rows, nc__all_finite);
    return bad < 0 ? LIBNC_OK
                   : nc__fail(m->arena.context, LIBNC_ERROR_NOT_FINITE,
                              "features of layer %d, row %lld: a value is not finite", j,
                              (long long)bad);
}

/* predicted = argmax(P_1 h + b): the decisions of the whole model. */
static void predict(const measuring *m)
{
    nc__tensor classifier = nc__classifiers_product(&m->head, 1);
    for (int64_t begin = 0; begin < m->samples; begin += ROWS) {
        int64_t count = m->samples - begin < ROWS ? m->samples - begin : ROWS;
        nc__tensor rows =
            nc__tensor_f64(m->features + begin * classifier.cols, count, classifier.cols);
        nc__tensor logits = nc__tensor_f64(m->logits, count, m->classes);
        nc__gemm(m->arena.context, false, true, 1, &rows, &classifier, 0, &logits);
        nc__largest_logit(m->logits, m->head.bias, count, m->classes, m->predicted + begin);
    }
}

/* ---- first pass ---- */

/* Rank of W_j, and its stable rank. */
static libnc_status measure_weight(const measuring *m, int32_t j, nc__layer *layer)
{
    nc__tensor weight = nc__classifiers_weight(&m->head, j);
    const int64_t least = weight.rows < weight.cols ? weight.rows : weight.cols;
    if (least > m->rank_limit)
        return LIBNC_OK;
    double *singular = nc__alloc(m->arena.context, (size_t)least, sizeof *singular);
    if (!singular)
        return LIBNC_ERROR_MEMORY;
    libnc_status status =
        nc__svd(m->arena.context, weight.data, weight.rows, weight.cols, singular, NULL, NULL);
    if (status == LIBNC_OK) {
        const double noise =
            nc__rank_threshold(m->spacing, nc__frobenius(weight.data, weight.rows * weight.cols));
        layer->layer_rank =
            (double)nc__rank_within(singular, weight.rows, weight.cols, weight.rows, noise);
        layer->layer_stable_rank = nc__stable_rank(singular, least);
    }
    nc__free(m->arena.context, singular);
    return status;
}

static libnc_status first_pass(const measuring *m, int32_t j, nc__statistics **all)
{
    const int64_t width = m->head.widths[j - 1];
    nc__layer *layer = nc__measurement_layer(m->out, j);
    libnc_status status = nc__statistics_create(all, m->arena.context, m->classes, width, false);
    if (status == LIBNC_OK)
        status = nc__statistics_update(*all, m->features, m->samples, m->labels);
    if (status == LIBNC_OK)
        status = nc__layer_create(layer, &m->out->arena, *all, m->spacing,
                                  nc__classifiers_product(&m->head, j).data, m->head.bias, j);
    return status == LIBNC_OK ? measure_weight(m, j, layer) : status;
}

/* ---- second pass ---- */

static void show_rows(const measuring *m, const nc__layer *l, nc__second_pass *pass)
{
    const int64_t most = pass->block.capacity < ROWS ? pass->block.capacity : ROWS;
    for (int64_t begin = 0; begin < m->samples; begin += most) {
        int64_t count = m->samples - begin < most ? m->samples - begin : most;
        nc__tensor rows = nc__tensor_f64(m->features + begin * l->width, count, l->width);
        nc__second_pass_add(pass, &rows, m->labels + begin, m->predicted + begin);
    }
}

/* Scatter in the span of the centred means, and nearest class means. */
static libnc_status second_pass(const measuring *m, int32_t j, const nc__statistics *all)
{
    nc__layer *l = nc__measurement_layer(m->out, j);
    nc__second_pass *pass;
    libnc_status status = nc__second_pass_create(&pass, m->arena.context, all, LIBNC_FLOAT64, NULL,
                                                 l->rank, l->singular, l->basis);
    if (status != LIBNC_OK)
        return status;
    show_rows(m, l, pass);
    nc__layer_set_decisions(l, &pass->tally);
    if (l->rank > 0)
        status = nc__layer_set_within(l, nc__scatter_values(pass->scatter), pass->balanced);
    nc__second_pass_destroy(pass);
    return status;
}

static libnc_status measure_layer(const measuring *m, int32_t j)
{
    nc__statistics *all = NULL;
    libnc_status status = first_pass(m, j, &all);
    if (status == LIBNC_OK)
        status = second_pass(m, j, all);
    nc__statistics_destroy(all);
    return status;
}

/* features = features W_j^T */
static void advance(measuring *m, int32_t j)
{
    nc__tensor weight = nc__classifiers_weight(&m->head, j);
    nc__tensor from = nc__tensor_f64(m->features, m->samples, weight.cols);
    nc__tensor to = nc__tensor_f64(m->next, m->samples, weight.rows);
    nc__gemm(m->arena.context, false, true, 1, &from, &weight, 0, &to);
    double *features = m->next;
    m->next = m->features;
    m->features = features;
}

static libnc_status allocate(measuring *m, libnc_model *model)
{
    size_t N = (size_t)m->samples, widest = 0;
    for (int32_t j = 1; j <= m->head.depth; j++)
        if ((size_t)m->head.widths[j - 1] > widest)
            widest = (size_t)m->head.widths[j - 1];
    m->features = nc__arena_alloc(&m->arena, N, widest * sizeof(double));
    if (m->head.depth > 1)
        m->next = nc__arena_alloc(&m->arena, N, widest * sizeof(double));
    m->predicted = nc__arena_alloc(&m->arena, N, sizeof(int32_t));
    m->logits = nc__arena_alloc(&m->arena, ROWS, (size_t)m->classes * sizeof(double));
    m->spacing = libnc_model_scalar(model) == LIBNC_FLOAT32 ? FLT_EPSILON : DBL_EPSILON;
    return nc__arena_status(&m->arena);
}

static libnc_status measure_layers(measuring *m, libnc_model *model, const libnc_dataset *dataset)
{
    libnc_status status = allocate(m, model);
    if (status != LIBNC_OK)
        return status;
    size_t size = (size_t)m->samples * (size_t)m->head.widths[0];
    status = libnc_model_evaluate(model, dataset, 1, m->features, size);
    if (status == LIBNC_OK)
        status = check_features(m, 1);
    if (status != LIBNC_OK)
        return status;
    predict(m);
    status = measure_layer(m, 1);
    for (int32_t j = 2; j <= m->head.depth && status == LIBNC_OK; j++) {
        advance(m, j - 1);
        status = check_features(m, j);
        if (status == LIBNC_OK)
            status = measure_layer(m, j);
    }
    return status;
}

libnc_status nc__measure(nc__measurement **measurement, libnc_context *context, libnc_model *model,
                         const libnc_dataset *dataset, const int32_t *labels, int64_t samples,
                         double riesz, int64_t rank_limit)
{
    measuring m = {.arena = {.context = context},
                   .labels = labels,
                   .samples = samples,
                   .classes = libnc_model_classes(model),
                   .rank_limit = rank_limit};
    libnc_status status =
        nc__measurement_create(&m.out, context, libnc_model_depth(model), m.classes, riesz);
    if (status == LIBNC_OK)
        status = nc__classifiers_create(&m.head, &m.arena, model);
    if (status == LIBNC_OK)
        status = measure_layers(&m, model, dataset);
    if (status == LIBNC_OK)
        status = nc__measurement_evaluate(m.out, NC__CENTRE_SAMPLES);
    nc__arena_release(&m.arena);
    if (status != LIBNC_OK) {
        nc__measurement_destroy(m.out);
        return status;
    }
    *measurement = m.out;
    return LIBNC_OK;
}
