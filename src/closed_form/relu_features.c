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

typedef struct problem {
    double classes, samples; /* K, N */
    double root_w, root_h;   /* sqrt(lw), sqrt(lh): the product of decays may be beyond a double */
} problem;

static problem describe(const libnc_classes *classes, double weight_decay, double feature_decay)
{
    const problem p = {.classes = (double)classes->count,
                       .samples = (double)classes->samples,
                       .root_w = sqrt(weight_decay),
                       .root_h = sqrt(feature_decay)};
    return p;
}

/* v of a class of n samples; infinite for K = 1 */
static double share_of(const problem *p, double n)
{
    return p->root_w * p->root_h * (p->samples / sqrt((1 - 1 / p->classes) * n));
}

/* M; where v is small, K/v may be beyond a double. */
static double scale_of(const problem *p, double n)
{
    const double v = share_of(p, n);
    if (!(v < 1))
        return 0;
    return nc__planted(NC__PLANTED_RELU_SCALE,
                       v < 0.5 ? log(p->classes) - log(v) + log1p(-(1 - 1 / p->classes) * v)
                               : log1p(p->classes * (1 - v) / v));
}

/* Class k's part of the loss; K >= 2. */
static nc__logistic logistic_of(const problem *p, double n)
{
    return (nc__logistic){p->classes, log(n / p->samples),
                          log1p(-1 / p->classes) + log(share_of(p, n)), 8};
}

/* Adds a class's minimum to the loss once it is checked. */
static libnc_status add_loss(const libnc_classes *classes, const problem *p, double n, double scale,
                             nc__sum *sum)
{
    if (classes->count == 1) /* the loss is 0 at zero */
        return LIBNC_OK;
    const nc__logistic logistic = logistic_of(p, n);
    const double value = nc__logistic_value(&logistic, scale);
    nc__sum_add(sum, value);
    return nc__check_logistic(classes->context, &logistic, scale, value);
}

/* ||h||^2 = M sqrt((K-1) lw/(K lh n)), below 1e307 for the decays that are allowed */
static double length_of(const problem *p, double n, double scale)
{
    return scale > 0 ? scale * sqrt((1 - 1 / p->classes) / n) * (p->root_w / p->root_h) : 0;
}

/* g = M sqrt(K lh n/((K-1) lw)) */
static double gain_of(const problem *p, double n, double scale)
{
    return scale > 0 ? scale * sqrt(n / (1 - 1 / p->classes)) * (p->root_h / p->root_w) : 0;
}

static libnc_status check_problem(const libnc_classes *classes, double weight_decay,
                                  double feature_decay)
{
    if (!classes)
        return LIBNC_ERROR_ARGUMENT;
    const libnc_status status = nc__check_decay(classes->context, "weight_decay", weight_decay);
    if (status != LIBNC_OK)
        return status;
    return nc__check_decay(classes->context, "feature_decay", feature_decay);
}

/* Checks the scales too. LIBNC_ERROR_NUMERICAL if a row's length, or a sum on the way to it, is
 * beyond a double. */
static libnc_status check_range(const libnc_classes *classes, const problem *p)
{
    nc__sum sum = {0, 0};
    for (int64_t k = 0; k < classes->count; k++) {
        const double n = (double)classes->counts[k], scale = scale_of(p, n);
        const libnc_status status = add_loss(classes, p, n, scale, &sum);
        if (status != LIBNC_OK)
            return status;
        if (!isfinite(4 * gain_of(p, n, scale)))
            return nc__fail(classes->context, LIBNC_ERROR_NUMERICAL,
                            "weight_decay, feature_decay: so far apart that the row of class %lld "
                            "is beyond a double",
                            (long long)k);
    }
    return LIBNC_OK;
}

static libnc_status check_width(const libnc_classes *classes, const problem *p, int64_t width)
{
    int64_t kept = 0;
    if (width < 0)
        return nc__fail(classes->context, LIBNC_ERROR_ARGUMENT,
                        "width = %lld: must be positive, or 0 for enough", (long long)width);
    for (int64_t k = 0; k < classes->count; k++)
        kept += scale_of(p, (double)classes->counts[k]) > 0;
    if (width > 0 && width < kept)
        return nc__fail(classes->context, LIBNC_ERROR_UNSUPPORTED,
                        "width = %lld: must be at least the number of classes kept, %lld",
                        (long long)width, (long long)kept);
    return LIBNC_OK;
}

libnc_status libnc_relu_features_solve(const libnc_classes *classes, double weight_decay,
                                       double feature_decay, int64_t width, double *loss,
                                       double *scales, double *lengths, int32_t *lost, size_t size)
{
    libnc_status status = check_problem(classes, weight_decay, feature_decay);
    if (status == LIBNC_OK)
        status = nc__check_shape(classes->context, size, classes->count, 1);
    if (status != LIBNC_OK)
        return status;
    const problem p = describe(classes, weight_decay, feature_decay);
    if ((status = check_width(classes, &p, width)) != LIBNC_OK)
        return status;
    nc__sum sum = {0, 0};
    for (int64_t k = 0; k < classes->count && status == LIBNC_OK; k++) {
        const double n = (double)classes->counts[k];
        status = add_loss(classes, &p, n, scale_of(&p, n), &sum);
    }
    if (status != LIBNC_OK)
        return status;
    for (int64_t k = 0; k < classes->count; k++) {
        const double n = (double)classes->counts[k], scale = scale_of(&p, n);
        if (scales)
            scales[k] = scale;
        if (lengths)
            lengths[k] = length_of(&p, n, scale);
        if (lost)
            lost[k] = scale == 0;
    }
    if (loss)
        *loss = nc__sum_of(&sum);
    return LIBNC_OK;
}

/* Entry (i, j) is g_i [i = j] - (g_i + g_j)/K + sum g/K^2. The diagonal holds g meanwhile. */
libnc_status libnc_relu_features_classifier_gram(const libnc_classes *classes, double weight_decay,
                                                 double feature_decay, double *gram, size_t size)
{
    libnc_status status = check_problem(classes, weight_decay, feature_decay);
    if (status == LIBNC_OK)
        status = nc__check_given(classes->context, "gram", gram);
    if (status == LIBNC_OK)
        status = nc__check_shape(classes->context, size, classes->count, classes->count);
    if (status != LIBNC_OK)
        return status;
    const problem p = describe(classes, weight_decay, feature_decay);
    if ((status = check_range(classes, &p)) != LIBNC_OK)
        return status;
    const int64_t count = classes->count;
    double mean = 0;
    for (int64_t k = 0; k < count; k++) {
        const double n = (double)classes->counts[k];
        gram[k * count + k] = gain_of(&p, n, scale_of(&p, n));
        mean += gram[k * count + k] / p.classes;
    }
    for (int64_t i = 0; i < count; i++)
        for (int64_t j = 0; j < count; j++)
            if (i != j)
                gram[i * count + j] =
                    (mean - gram[i * count + i] - gram[j * count + j]) / p.classes;
    for (int64_t k = 0; k < count; k++) {
        double *entry = &gram[k * count + k];
        *entry = (1 - 2 / p.classes) * *entry + mean / p.classes;
    }
    return LIBNC_OK;
}

libnc_status libnc_relu_features_threshold(const libnc_classes *classes, double weight_decay,
                                           double feature_decay, double *count)
{
    libnc_status status = check_problem(classes, weight_decay, feature_decay);
    if (status == LIBNC_OK)
        status = nc__check_given(classes->context, "count", count);
    if (status != LIBNC_OK)
        return status;
    const problem p = describe(classes, weight_decay, feature_decay);
    const double root = p.samples * p.root_w * p.root_h;
    *count = p.classes > 1 ? root * root / (1 - 1 / p.classes) : INFINITY; /* not 0/0 */
    return LIBNC_OK;
}
