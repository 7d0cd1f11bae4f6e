/* SPDX-License-Identifier: MIT
 *
 * seli.c: the geometry of simplex-encoded labels, Zhat = (I - J/K) Y = C D (D^{-1} Y).
 *
 * Thrampoulidis, Kini, Vakilian, Behnia, NeurIPS 2022; doc/seli.md. The rows of D^{-1} Y are
 * orthonormal, so the singular values of Zhat are those of the K x K matrix C D, C = I - J/K, and
 * with its left singular vectors u_i and values s_i
 *
 *     W W^T = sum_i s_i u_i u_i^T = (C D^2 C)^{1/2},
 *     Hbar^T Hbar = sum_i 1/s_i u_i u_i^T, the pseudo-inverse of the former.
 *
 * Contrasts within a group of m_g classes have s^2 = n_g; the G - 1 others are constant on groups,
 * u_k = scale/(n_k - s^2), and found by secular_roots.c.
 */
#include "closed_form/argument_checks.h"
#include "data/classes_internal.h"
#include "geometry/secular_roots.h"
#include "linalg/linalg.h"

#include <libnc/seli.h>

#include <math.h>

/* The two Gram matrices weigh the directions by s or 1/s. */
enum { CLASSIFIER = 0, FEATURES = 1 };

typedef struct directions {
    nc__groups groups;
    nc__root *roots; /* G - 1 */
} directions;

static double gain_of(int32_t matrix, double square)
{
    return matrix == CLASSIFIER ? sqrt(square) : 1 / sqrt(square);
}

static double entry_of(const directions *d, int64_t i, int64_t group)
{
    return d->roots[i].scale / nc__root_distance(&d->groups, &d->roots[i], group);
}

static void directions_destroy(directions *d, libnc_context *context)
{
    nc__free(context, d->roots);
    nc__groups_destroy(&d->groups);
}

static libnc_status directions_create(directions *d, const libnc_classes *classes)
{
    libnc_context *context = classes->context;
    libnc_status status = nc__groups_create(&d->groups, context, classes, NULL, false);
    if (status != LIBNC_OK)
        return status;
    d->roots = nc__alloc(context, (size_t)d->groups.count - 1, sizeof *d->roots);
    status = d->roots ? nc__coupled_roots(context, &d->groups, NC__WEIGHT_CLASSES, d->roots)
                      : LIBNC_ERROR_MEMORY;
    if (status != LIBNC_OK)
        directions_destroy(d, context);
    return status;
}

/* ---- singular values and lengths ---- */

libnc_status libnc_seli_singular_values(const libnc_classes *classes, double *values, size_t size)
{
    directions d;
    if (!classes)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = nc__check_given(classes->context, "values", values);
    if (status == LIBNC_OK)
        status = nc__check_shape(classes->context, size, classes->count, 1);
    if (status == LIBNC_OK)
        status = directions_create(&d, classes);
    if (status != LIBNC_OK)
        return status;
    for (int64_t g = 0; g < d.groups.count; g++) {
        for (int64_t p = d.groups.start[g] + 1; p < d.groups.start[g + 1]; p++)
            *values++ = sqrt(d.groups.size[g]);
        if (g + 1 < d.groups.count)
            *values++ = sqrt(nc__root_square(&d.groups, &d.roots[g]));
    }
    *values = 0;
    directions_destroy(&d, classes->context);
    return LIBNC_OK;
}

static double length_of(const directions *d, int32_t matrix, int64_t group)
{
    const nc__groups *groups = &d->groups;
    double sum = gain_of(matrix, groups->size[group]) * (1 - 1 / groups->multiplicity[group]);
    for (int64_t i = 0; i + 1 < groups->count; i++) {
        const double entry = entry_of(d, i, group);
        sum += gain_of(matrix, nc__root_square(groups, &d->roots[i])) * entry * entry;
    }
    return sum;
}

static void fill_lengths(const directions *d, int32_t matrix, double *lengths)
{
    const nc__groups *groups = &d->groups;
    for (int64_t g = 0; lengths && g < groups->count; g++) {
        const double length = length_of(d, matrix, g);
        for (int64_t p = groups->start[g]; p < groups->start[g + 1]; p++)
            lengths[groups->order[p]] = length;
    }
}

/* Checks classes, that an output is given, and its size. */
static libnc_status check_pair(const libnc_classes *classes, const double *classifier,
                               const double *features, size_t size, int64_t cols)
{
    if (!classes)
        return LIBNC_ERROR_ARGUMENT;
    const libnc_status status = nc__check_given(classes->context, "classifier, features",
                                                classifier ? classifier : features);
    return status == LIBNC_OK ? nc__check_shape(classes->context, size, classes->count, cols)
                              : status;
}

libnc_status libnc_seli_lengths(const libnc_classes *classes, double *classifier, double *features,
                                size_t size)
{
    directions d;
    libnc_status status = check_pair(classes, classifier, features, size, 1);
    if (status == LIBNC_OK)
        status = directions_create(&d, classes);
    if (status != LIBNC_OK)
        return status;
    fill_lengths(&d, CLASSIFIER, classifier);
    fill_lengths(&d, FEATURES, features);
    directions_destroy(&d, classes->context);
    return LIBNC_OK;
}

/* ---- matrices ---- */

/* block = sum_i gain_i u_i u_i^T over the coupled directions, G x G; rows is (G - 1) x G. */
static void fill_coupled(const directions *d, int32_t matrix, libnc_context *context, double *rows,
                         double *block)
{
    const int64_t count = d->groups.count;
    if (count == 1) {
        block[0] = 0;
        return;
    }
    for (int64_t i = 0; i + 1 < count; i++) {
        const double root = sqrt(gain_of(matrix, nc__root_square(&d->groups, &d->roots[i])));
        for (int64_t g = 0; g < count; g++)
            rows[i * count + g] = root * entry_of(d, i, g);
    }
    const nc__tensor left = nc__tensor_f64(rows, count - 1, count);
    nc__tensor product = nc__tensor_f64(block, count, count);
    nc__gemm(context, true, false, 1, &left, &left, 0, &product);
}

/* Entry (k, l) of classes in groups g and h: that of the block, and gain (I - J/m) where g = h. The
 * diagonal by itself: gain may be far above the block, and leaves nothing of it where m = 1. */
static void spread(const directions *d, int32_t matrix, const double *block, double *gram)
{
    const nc__groups *groups = &d->groups;
    for (int64_t g = 0; g < groups->count; g++)
        for (int64_t h = 0; h <= g; h++) {
            const double gain = gain_of(matrix, groups->size[g]), m = groups->multiplicity[g];
            const double coupled = block[g * groups->count + h];
            const double own = coupled + gain * (1 - 1 / m);
            const double other = coupled - (g == h ? gain / m : 0);
            for (int64_t p = groups->start[g]; p < groups->start[g + 1]; p++)
                for (int64_t q = groups->start[h]; q < groups->start[h + 1]; q++) {
                    const int64_t k = groups->order[p], l = groups->order[q];
                    gram[k * groups->classes + l] = gram[l * groups->classes + k] =
                        k == l ? own : other;
                }
        }
}

static void scale_to_cosines(int64_t classes, double *gram)
{
    for (int64_t k = 0; k < classes; k++)
        for (int64_t l = 0; l < classes; l++)
            if (k != l)
                gram[k * classes + l] /= sqrt(gram[k * classes + k]) * sqrt(gram[l * classes + l]);
    for (int64_t k = 0; k < classes; k++)
        gram[k * classes + k] /= gram[k * classes + k]; /* 1, or 0/0 */
}

static void fill_gram(const directions *d, int32_t matrix, int32_t cosines, libnc_context *context,
                      double *work, double *gram)
{
    const int64_t count = d->groups.count;
    if (!gram)
        return;
    fill_coupled(d, matrix, context, work + count * count, work);
    spread(d, matrix, work, gram);
    if (cosines)
        scale_to_cosines(d->groups.classes, gram);
}

libnc_status libnc_seli_grams(const libnc_classes *classes, int32_t cosines, double *classifier,
                              double *features, size_t size)
{
    directions d;
    if (!classes)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = classes->context;
    if (cosines != 0 && cosines != 1)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "cosines = %d: must be 0 or 1", cosines);
    libnc_status status = check_pair(classes, classifier, features, size, classes->count);
    if (status == LIBNC_OK)
        status = directions_create(&d, classes);
    if (status != LIBNC_OK)
        return status;
    const size_t count = (size_t)d.groups.count;
    double *work = nc__alloc(context, 2 * count - 1, count * sizeof *work);
    if (work) {
        fill_gram(&d, CLASSIFIER, cosines, context, work, classifier);
        fill_gram(&d, FEATURES, cosines, context, work, features);
    }
    nc__free(context, work);
    directions_destroy(&d, context);
    return work ? LIBNC_OK : LIBNC_ERROR_MEMORY;
}

libnc_status libnc_seli_logits(const libnc_classes *classes, double *logits, size_t size)
{
    if (!classes)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = nc__check_given(classes->context, "logits", logits);
    if (status == LIBNC_OK)
        status = nc__check_shape(classes->context, size, classes->count, classes->count);
    if (status != LIBNC_OK)
        return status;
    for (int64_t k = 0; k < classes->count; k++)
        for (int64_t l = 0; l < classes->count; l++)
            logits[k * classes->count + l] = (k == l) - 1 / (double)classes->count;
    return LIBNC_OK;
}
