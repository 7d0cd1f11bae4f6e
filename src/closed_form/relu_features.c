/* SPDX-License-Identifier: MIT
 *
 * relu_features.c: cross-entropy on non-negative features (UFM+), any counts, one layer, no bias.
 *
 * Dang, Tran, Nguyen, Ho, ICML 2024; doc/relu_features.md has the proof. Class k alone minimises
 *
 *     n_k/N [log(1 + (K-1) e^{-m}) + q_k m] over m >= 0,   q_k = N/n_k sqrt(lw lh n_k (K-1)/K),
 *
 * at e^m = (K-1)(1/q_k - 1), or, with v_k = q_k K/(K-1), e^m = 1 + K (1 - v_k)/v_k if v_k < 1.
 */
#include "closed_form/argument_checks.h"
#include "data/classes_internal.h"
#include "data/dataset_internal.h"
#include "geometry/planted.h"
#include "geometry/proof.h"

#include <libnc/relu_features.h>

#include <math.h>
#include <string.h>

struct libnc_relu_features {
    libnc_context *context;
    double classes, samples; /* K, N */
    double root_w, root_h;   /* sqrt(lw), sqrt(lh): the product of decays may be beyond a double */
    double loss;
    double *counts, *scales; /* K: n_k, M_k */
};

static int64_t count_of(const libnc_relu_features *f)
{
    return (int64_t)f->classes;
}

/* v of a class of n samples; infinite for K = 1 */
static double share_of(const libnc_relu_features *f, double n)
{
    return f->root_w * f->root_h * (f->samples / sqrt((1 - 1 / f->classes) * n));
}

/* M; where v is small, K/v may be beyond a double. */
static double scale_of(const libnc_relu_features *f, double n)
{
    const double v = share_of(f, n);
    if (!(v < 1))
        return 0;
    return nc__planted(NC__PLANTED_RELU_SCALE,
                       v < 0.5 ? log(f->classes) - log(v) + log1p(-(1 - 1 / f->classes) * v)
                               : log1p(f->classes * (1 - v) / v));
}

/* Class k's part of the loss; K >= 2. */
static nc__logistic logistic_of(const libnc_relu_features *f, double n)
{
    return (nc__logistic){f->classes, log(n / f->samples),
                          log1p(-1 / f->classes) + log(share_of(f, n)), 8};
}

/* ||h||^2 = M sqrt((K-1) lw/(K lh n)), below 1e307 for the decays that are allowed */
static double length_of(const libnc_relu_features *f, double n, double scale)
{
    return scale > 0 ? scale * sqrt((1 - 1 / f->classes) / n) * (f->root_w / f->root_h) : 0;
}

/* g = M sqrt(K lh n/((K-1) lw)) */
static double gain_of(const libnc_relu_features *f, double n, double scale)
{
    return scale > 0 ? scale * sqrt(n / (1 - 1 / f->classes)) * (f->root_h / f->root_w) : 0;
}

/* ---- the handle ---- */

void libnc_relu_features_destroy(libnc_relu_features *features)
{
    if (!features)
        return;
    libnc_context *context = features->context;
    nc__free(context, features->scales);
    nc__free(context, features->counts);
    nc__free(context, features);
}

static libnc_status describe(libnc_relu_features **out, const libnc_classes *classes,
                             double weight_decay, double feature_decay)
{
    libnc_context *context = classes->context;
    const size_t count = (size_t)classes->count;
    libnc_relu_features *f = nc__alloc(context, 1, sizeof *f);
    if (!f)
        return LIBNC_ERROR_MEMORY;
    *f = (libnc_relu_features){.context = context,
                               .classes = (double)classes->count,
                               .samples = (double)classes->samples,
                               .root_w = sqrt(weight_decay),
                               .root_h = sqrt(feature_decay)};
    *out = f;
    f->counts = nc__alloc(context, count, sizeof *f->counts);
    f->scales = nc__alloc(context, count, sizeof *f->scales);
    if (!f->counts || !f->scales)
        return LIBNC_ERROR_MEMORY;
    for (size_t k = 0; k < count; k++) {
        f->counts[k] = (double)classes->counts[k];
        f->scales[k] = scale_of(f, f->counts[k]);
    }
    return LIBNC_OK;
}

static libnc_status check_width(const libnc_relu_features *f, int64_t width)
{
    int64_t kept = 0;
    for (int64_t k = 0; k < count_of(f); k++)
        kept += f->scales[k] > 0;
    if (width > 0 && width < kept)
        return nc__fail(f->context, LIBNC_ERROR_UNSUPPORTED,
                        "width = %lld: must be at least the number of classes kept, %lld",
                        (long long)width, (long long)kept);
    return LIBNC_OK;
}

/* Sums each class's minimum and checks it; the loss of one class is 0. */
static libnc_status add_losses(libnc_relu_features *f)
{
    libnc_status status = LIBNC_OK;
    nc__sum sum = {0, 0};
    for (int64_t k = 0; k < count_of(f) && f->classes > 1 && status == LIBNC_OK; k++) {
        const nc__logistic logistic = logistic_of(f, f->counts[k]);
        const double value = nc__logistic_value(&logistic, f->scales[k]);
        nc__sum_add(&sum, value);
        status = nc__check_logistic(f->context, &logistic, f->scales[k], value);
    }
    f->loss = nc__sum_of(&sum);
    return status;
}

static libnc_status check_problem(libnc_relu_features **features, const libnc_classes *classes,
                                  double weight_decay, double feature_decay, int64_t width)
{
    libnc_context *context = classes->context;
    libnc_status status = nc__check_given(context, "features", features);
    if (status == LIBNC_OK)
        status = nc__check_decay(context, "weight_decay", weight_decay);
    if (status == LIBNC_OK)
        status = nc__check_decay(context, "feature_decay", feature_decay);
    if (status == LIBNC_OK && width < 0)
        status = nc__fail(context, LIBNC_ERROR_ARGUMENT,
                          "width = %lld: must be positive, or 0 for enough", (long long)width);
    return status;
}

libnc_status libnc_relu_features_create(libnc_relu_features **features,
                                        const libnc_classes *classes, double weight_decay,
                                        double feature_decay, int64_t width)
{
    if (!classes)
        return LIBNC_ERROR_ARGUMENT;
    libnc_relu_features *created = NULL;
    libnc_status status = check_problem(features, classes, weight_decay, feature_decay, width);
    if (status == LIBNC_OK)
        status = describe(&created, classes, weight_decay, feature_decay);
    if (status == LIBNC_OK)
        status = check_width(created, width);
    if (status == LIBNC_OK)
        status = add_losses(created);
    if (status == LIBNC_OK)
        *features = created;
    else
        libnc_relu_features_destroy(created);
    return status;
}

/* ---- getters ---- */

int64_t libnc_relu_features_classes(const libnc_relu_features *features)
{
    return features ? count_of(features) : 0;
}

/* An output of rows x cols values. */
static libnc_status check_output(const libnc_relu_features *f, const char *name, const void *values,
                                 size_t size, int64_t rows, int64_t cols)
{
    if (!f)
        return LIBNC_ERROR_ARGUMENT;
    const libnc_status status = nc__check_given(f->context, name, values);
    return status == LIBNC_OK ? nc__check_shape(f->context, size, rows, cols) : status;
}

libnc_status libnc_relu_features_loss(const libnc_relu_features *features, double *loss)
{
    const libnc_status status = check_output(features, "loss", loss, 1, 1, 1);
    if (status == LIBNC_OK)
        *loss = features->loss;
    return status;
}

libnc_status libnc_relu_features_scales(const libnc_relu_features *features, double *scales,
                                        size_t size)
{
    const int64_t count = libnc_relu_features_classes(features);
    const libnc_status status = check_output(features, "scales", scales, size, count, 1);
    if (status == LIBNC_OK)
        memcpy(scales, features->scales, size * sizeof *scales);
    return status;
}

libnc_status libnc_relu_features_lengths(const libnc_relu_features *features, double *lengths,
                                         size_t size)
{
    const int64_t count = libnc_relu_features_classes(features);
    const libnc_status status = check_output(features, "lengths", lengths, size, count, 1);
    for (int64_t k = 0; status == LIBNC_OK && k < count; k++)
        lengths[k] = length_of(features, features->counts[k], features->scales[k]);
    return status;
}

libnc_status libnc_relu_features_lost_classes(const libnc_relu_features *features, int32_t *lost,
                                              size_t size)
{
    const int64_t count = libnc_relu_features_classes(features);
    const libnc_status status = check_output(features, "lost", lost, size, count, 1);
    for (int64_t k = 0; status == LIBNC_OK && k < count; k++)
        lost[k] = features->scales[k] == 0;
    return status;
}

/* LIBNC_ERROR_NUMERICAL if a row's length, or a sum on the way to it, is beyond a double. */
static libnc_status check_range(const libnc_relu_features *f)
{
    for (int64_t k = 0; k < count_of(f); k++)
        if (!isfinite(4 * gain_of(f, f->counts[k], f->scales[k])))
            return nc__fail(f->context, LIBNC_ERROR_NUMERICAL,
                            "weight_decay, feature_decay: so far apart that the row of class %lld "
                            "is beyond a double",
                            (long long)k);
    return LIBNC_OK;
}

/* Entry (i, j) is g_i [i = j] - (g_i + g_j)/K + sum g/K^2. The diagonal holds g meanwhile. */
static void fill_gram(const libnc_relu_features *f, double *gram)
{
    const int64_t count = count_of(f);
    double mean = 0;
    for (int64_t k = 0; k < count; k++) {
        gram[k * count + k] = gain_of(f, f->counts[k], f->scales[k]);
        mean += gram[k * count + k] / f->classes;
    }
    for (int64_t i = 0; i < count; i++)
        for (int64_t j = 0; j < count; j++)
            if (i != j)
                gram[i * count + j] =
                    (mean - gram[i * count + i] - gram[j * count + j]) / f->classes;
    for (int64_t k = 0; k < count; k++) {
        double *entry = &gram[k * count + k];
        *entry = (1 - 2 / f->classes) * *entry + mean / f->classes;
    }
}

libnc_status libnc_relu_features_classifier_gram(const libnc_relu_features *features, double *gram,
                                                 size_t size)
{
    const int64_t count = libnc_relu_features_classes(features);
    libnc_status status = check_output(features, "gram", gram, size, count, count);
    if (status == LIBNC_OK)
        status = check_range(features);
    if (status == LIBNC_OK)
        fill_gram(features, gram);
    return status;
}

libnc_status libnc_relu_features_threshold(const libnc_relu_features *features, double *count)
{
    const libnc_status status = check_output(features, "count", count, 1, 1, 1);
    if (status != LIBNC_OK)
        return status;
    const double root = features->samples * features->root_w * features->root_h;
    const double share = 1 - 1 / features->classes;
    *count = share > 0 ? root * root / share : INFINITY; /* not 0/0 */
    return LIBNC_OK;
}
