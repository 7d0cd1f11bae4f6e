/* SPDX-License-Identifier: MIT
 *
 * ood.c: the handle of out-of-distribution scores: what it copies from an accumulator, and its
 * getters. Scores are in ood_scores.c.
 */
#include "ood/ood_axes.h"

#include "accumulator/accumulator_internal.h"
#include "linalg/finite.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const nc__option_spec SPECS[] = {
    {LIBNC_OOD_OPTION_NECO_DIRECTIONS, LIBNC_OPTION_INT64, "neco_directions", 0, INT32_MAX, 0, NULL,
     "directions of NECO; 0: the smaller of K - 1 and d"},
    {LIBNC_OOD_OPTION_VIM_DIRECTIONS, LIBNC_OPTION_INT64, "vim_directions", 0, INT32_MAX, 0, NULL,
     "directions that ViM leaves out; 0: 1000, 512 or d/2, by d"},
    {LIBNC_OOD_OPTION_NCI_NORM, LIBNC_OPTION_DOUBLE, "nci_norm", 0, DBL_MAX, 0, NULL,
     "alpha of ||h||_1 in NCI"},
    {LIBNC_OOD_OPTION_PSEUDO_INVERSE, LIBNC_OPTION_INT64, "pseudo_inverse", 0, 1, 0, NULL,
     "1: Mahalanobis distances where Sigma_W is not singular; 0: an error where it is"},
};
NC__OPTIONS_FIT(SPECS);

/* ---- creation ---- */

static libnc_status check_rows(libnc_context *context, const char *name, const double *values,
                               int64_t rows, int64_t cols)
{
    const nc__tensor matrix = nc__tensor_f64(values, rows, cols);
    return values ? nc__check_rows_finite(context, name, &matrix) : LIBNC_OK;
}

static libnc_status check_arguments(libnc_ood **ood, const libnc_accumulator *a,
                                    const double *classifier, const double *bias)
{
    libnc_context *context = a->context;
    libnc_status status = nc__check_given(context, "ood", ood);
    if (status != LIBNC_OK)
        return status;
    if (bias && !classifier)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "bias: needs a classifier");
    if (libnc_accumulator_samples(a) == 0)
        return nc__fail(context, LIBNC_ERROR_STATE, "accumulator: holds no sample");
    status = check_rows(context, "classifier", classifier, a->classes, a->width);
    return status == LIBNC_OK ? check_rows(context, "bias", bias, a->classes, 1) : status;
}

static libnc_status allocate(libnc_ood *ood, bool has_scatter, bool has_classifier)
{
    const size_t K = (size_t)ood->classes, d = (size_t)ood->width;
    nc__arena *arena = &ood->arena;
    ood->counts = nc__arena_alloc(arena, K, sizeof *ood->counts);
    ood->means = nc__arena_alloc(arena, K, d * sizeof *ood->means);
    ood->centred = nc__arena_alloc(arena, K, d * sizeof *ood->centred);
    ood->mean = nc__arena_alloc(arena, d, sizeof *ood->mean);
    ood->deviation = nc__arena_alloc(arena, d, sizeof *ood->deviation);
    ood->shift = nc__arena_alloc(arena, d, sizeof *ood->shift);
    if (has_scatter)
        ood->scatter = nc__arena_alloc(arena, d, d * sizeof *ood->scatter);
    if (has_classifier) {
        ood->classifier = nc__arena_alloc(arena, K, d * sizeof *ood->classifier);
        ood->bias = nc__arena_alloc(arena, K, sizeof *ood->bias);
    }
    return nc__arena_status(arena);
}

/* Keeps the rows of classes that have samples, in place. */
static void keep_present(libnc_ood *ood, const int64_t *counts)
{
    const int64_t d = ood->width;
    const size_t bytes = (size_t)d * sizeof(double);
    for (int64_t k = 0; k < ood->classes; k++) {
        if (counts[k] == 0)
            continue;
        memmove(ood->means + ood->present * d, ood->means + k * d, bytes);
        memmove(ood->centred + ood->present * d, ood->centred + k * d, bytes);
        ood->counts[ood->present++] = (double)counts[k];
    }
    for (int64_t c = 0; c < d; c++)
        ood->mean[c] = ood->means[c] - ood->centred[c];
}

static libnc_status take_means(libnc_ood *ood, const libnc_accumulator *a)
{
    const size_t size = (size_t)(ood->classes * ood->width);
    libnc_status status = libnc_accumulator_means(a, ood->means, size);
    if (status == LIBNC_OK)
        status = libnc_accumulator_centred_means(a, ood->centred, size);
    if (status == LIBNC_OK)
        keep_present(ood, nc__accumulator_statistics(a)->counts);
    return status;
}

static void take_classifier(libnc_ood *ood, const double *classifier, const double *bias)
{
    if (!classifier)
        return;
    memcpy(ood->classifier, classifier, (size_t)(ood->classes * ood->width) * sizeof *classifier);
    if (bias)
        memcpy(ood->bias, bias, (size_t)ood->classes * sizeof *bias);
}

static double sum_squares(const double *values, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; values && i < count; i++)
        sum += values[i] * values[i];
    return sum;
}

/* Scores are made of squares of these. */
static libnc_status check_squares(const libnc_ood *ood)
{
    const int64_t K = ood->classes, d = ood->width;
    double squares = sum_squares(ood->means, ood->present * d) +
                     sum_squares(ood->centred, ood->present * d) +
                     sum_squares(ood->classifier, K * d) + sum_squares(ood->bias, K);
    for (int64_t i = 0; ood->scatter && i < d; i++)
        squares += ood->scatter[i * d + i];
    return isfinite(squares * ood->samples)
               ? LIBNC_OK
               : nc__fail(ood->context, LIBNC_ERROR_NOT_FINITE,
                          "accumulator: features or weights are so large that squares overflow");
}

static libnc_status fill(libnc_ood *ood, const libnc_accumulator *a, const double *classifier,
                         const double *bias)
{
    const size_t d = (size_t)a->width;
    ood->classes = a->classes;
    ood->width = a->width;
    ood->samples = (double)libnc_accumulator_samples(a);
    ood->spacing =
        nc__accumulator_product_type(a) == LIBNC_FLOAT32 ? (double)FLT_EPSILON : DBL_EPSILON;
    if (!classifier)
        classifier = nc__accumulator_classifier(a, &bias);
    libnc_status status = allocate(ood, a->kind == LIBNC_SCATTER_FULL, classifier != NULL);
    if (status == LIBNC_OK)
        status = take_means(ood, a);
    if (status == LIBNC_OK && ood->scatter)
        status = libnc_accumulator_scatter(a, ood->scatter, d * d);
    if (status != LIBNC_OK)
        return status;
    take_classifier(ood, classifier, bias);
    return check_squares(ood);
}

libnc_status libnc_ood_create(libnc_ood **ood, const libnc_accumulator *accumulator,
                              const double *classifier, const double *bias)
{
    if (!accumulator)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = accumulator->context;
    libnc_status status = check_arguments(ood, accumulator, classifier, bias);
    if (status != LIBNC_OK)
        return status;
    libnc_ood *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = created->arena.context = context;
    nc__options_init(&created->options, context, SPECS, (int32_t)(sizeof SPECS / sizeof *SPECS));
    status = fill(created, accumulator, classifier, bias);
    if (status != LIBNC_OK) {
        libnc_ood_destroy(created);
        return status;
    }
    *ood = created;
    return LIBNC_OK;
}

void libnc_ood_destroy(libnc_ood *ood)
{
    if (!ood)
        return;
    for (int kind = 0; kind < NC__OOD_AXES; kind++)
        nc__free(ood->context, ood->axes[kind].vectors);
    nc__arena_release(&ood->arena);
    nc__free(ood->context, ood);
}

libnc_options *libnc_ood_options(libnc_ood *ood)
{
    return ood ? &ood->options : NULL;
}

/* ---- what it knows ---- */

libnc_status libnc_ood_covariance_rank(libnc_ood *ood, int64_t *rank)
{
    if (!ood)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = nc__check_given(ood->context, "rank", rank);
    if (status == LIBNC_OK && !ood->scatter)
        return nc__fail(ood->context, LIBNC_ERROR_STATE,
                        "ood: its accumulator kept no full scatter");
    if (status == LIBNC_OK)
        status = nc__ood_find_axes(ood, NC__OOD_AXES_WITHIN);
    if (status == LIBNC_OK)
        *rank = ood->rank;
    return status;
}

static libnc_status check_outside(const libnc_ood *ood, const libnc_accumulator *outside)
{
    libnc_context *context = ood->context;
    libnc_status status = nc__check_given(context, "outside", outside);
    if (status != LIBNC_OK)
        return status;
    if (outside->context != context)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "outside: belongs to another context");
    if (outside->width != ood->width)
        return nc__fail(context, LIBNC_ERROR_DIMENSION,
                        "outside: width %lld, but the training features have %lld",
                        (long long)outside->width, (long long)ood->width);
    if (libnc_accumulator_samples(outside) == 0)
        return nc__fail(context, LIBNC_ERROR_STATE, "outside: holds no sample");
    return LIBNC_OK;
}

/* mean (d) of all samples, whatever their classes */
static void add_up(const libnc_accumulator *a, const double *means, double *mean)
{
    const nc__statistics *s = nc__accumulator_statistics(a);
    for (int64_t i = 0; i < s->classes * s->width; i++)
        mean[i % s->width] += (double)s->counts[i / s->width] / (double)s->samples * means[i];
}

static double mean_cosine(const libnc_ood *ood, const double *mean)
{
    const nc__tensor o = nc__tensor_f64(mean, 1, ood->width);
    const double length = sqrt(nc__sum_squares(&o));
    double sum = 0;
    for (int64_t k = 0; k < ood->present; k++) {
        const nc__tensor h = nc__tensor_f64(ood->means + k * ood->width, 1, ood->width);
        sum += fabs(nc__dot(&h, &o)) / sqrt(nc__sum_squares(&h)) / length;
    }
    const double mean_of_all = sum / (double)ood->present;
    return mean_of_all > 1 ? 1 : mean_of_all; /* rounding; NaN stays */
}

libnc_status libnc_ood_orthogonality(const libnc_ood *ood, const libnc_accumulator *outside,
                                     double *nc5)
{
    if (!ood)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = check_outside(ood, outside);
    if (status == LIBNC_OK)
        status = nc__check_given(ood->context, "nc5", nc5);
    if (status != LIBNC_OK)
        return status;
    const size_t K = (size_t)outside->classes, d = (size_t)outside->width;
    nc__arena arena = {.context = ood->context};
    double *means = nc__arena_alloc(&arena, K, d * sizeof *means);
    double *mean = nc__arena_alloc(&arena, d, sizeof *mean);
    if ((status = nc__arena_status(&arena)) == LIBNC_OK)
        status = libnc_accumulator_means(outside, means, K * d);
    if (status == LIBNC_OK) {
        add_up(outside, means, mean);
        *nc5 = mean_cosine(ood, mean);
    }
    nc__arena_release(&arena);
    return status;
}
