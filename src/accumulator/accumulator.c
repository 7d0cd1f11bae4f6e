/* SPDX-License-Identifier: MIT
 *
 * accumulator.c: the accumulator handle: its settings, the start of the second pass, and what it
 * holds. Batches are in accumulator_batch.c, merging in accumulator_merge.c.
 */
#include "accumulator/accumulator_internal.h"

#include "accumulator/class_losses.h"
#include "linalg/finite.h"
#include "linalg/rank.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { OPTION_COUNT = 5 };

static const char *const scatter_names[] = {"none", "full", "projected"};
static const char *const precision_names[] = {"input", "float64"};

static const nc__option_spec specs[OPTION_COUNT] = {
    {LIBNC_ACCUMULATOR_OPTION_SCATTER, LIBNC_OPTION_CHOICE, "scatter", LIBNC_SCATTER_NONE,
     LIBNC_SCATTER_PROJECTED, LIBNC_SCATTER_FULL, scatter_names,
     "what is kept of the within-class scatter"},
    {LIBNC_ACCUMULATOR_OPTION_PRECISION, LIBNC_OPTION_CHOICE, "precision", LIBNC_PRECISION_INPUT,
     LIBNC_PRECISION_FLOAT64, LIBNC_PRECISION_INPUT, precision_names,
     "how products of float32 features are formed"},
    {LIBNC_ACCUMULATOR_OPTION_DIRECTIONS, LIBNC_OPTION_INT64, "directions", 1, INT32_MAX, INT32_MAX,
     NULL, "most directions of a projected scatter"},
    {LIBNC_ACCUMULATOR_OPTION_CROSS_ENTROPY, LIBNC_OPTION_INT64, "cross_entropy", 0, 1, 0, NULL,
     "1: cross-entropy of the samples by class"},
    {LIBNC_ACCUMULATOR_OPTION_GROUPS, LIBNC_OPTION_INT64, "groups", 0, NC__MOST_GROUPS, 0, NULL,
     "groups of samples for standard errors"},
};
NC__OPTIONS_FIT(specs);

const char *nc__scatter_name(int32_t kind)
{
    return scatter_names[kind];
}

const char *nc__precision_name(int32_t precision)
{
    return precision_names[precision];
}

/* ---- creation ---- */

libnc_status libnc_accumulator_create(libnc_accumulator **accumulator, libnc_context *context,
                                      int64_t classes, int64_t width)
{
    libnc_status status;
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (!accumulator)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "accumulator = NULL: must be given");
    if ((status = nc__check_bounds(context, "classes", classes, 1, INT32_MAX)) != LIBNC_OK ||
        (status = nc__check_bounds(context, "width", width, 1, INT32_MAX)) != LIBNC_OK)
        return status;
    libnc_accumulator *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = context;
    created->classes = classes;
    created->width = width;
    nc__options_init(&created->options, context, specs, OPTION_COUNT);
    *accumulator = created;
    return LIBNC_OK;
}

void libnc_accumulator_clear(libnc_accumulator *a)
{
    if (!a)
        return;
    nc__second_pass_destroy(a->second);
    nc__free(a->context, a->wide.data);
    nc__free(a->context, a->labels);
    nc__free(a->context, a->losses);
    nc__free(a->context, a->right);
    nc__free(a->context, a->decided);
    nc__sample_groups_destroy(a->groups);
    nc__statistics_destroy(a->statistics);
    a->second = NULL;
    a->groups = NULL;
    a->wide.data = NULL;
    a->labels = NULL;
    a->losses = NULL;
    a->right = a->decided = NULL;
    a->statistics = NULL;
    a->has_float32 = a->has_float64 = false;
    a->is_shared[0] = a->is_shared[1] = false;
}

void libnc_accumulator_destroy(libnc_accumulator *accumulator)
{
    if (!accumulator)
        return;
    libnc_accumulator_clear(accumulator);
    nc__free(accumulator->context, accumulator);
}

libnc_options *libnc_accumulator_options(libnc_accumulator *accumulator)
{
    return accumulator ? &accumulator->options : NULL;
}

/* As the option "groups" says: 0, or at least two. */
static libnc_status begin_groups(libnc_accumulator *a)
{
    const int64_t groups = nc__option_int(&a->options, LIBNC_ACCUMULATOR_OPTION_GROUPS);
    if (groups == 0)
        return LIBNC_OK;
    if (groups < NC__FEWEST_GROUPS)
        return nc__fail(a->context, LIBNC_ERROR_ARGUMENT, "groups = %lld: must be 0 or %d to %d",
                        (long long)groups, NC__FEWEST_GROUPS, NC__MOST_GROUPS);
    return nc__sample_groups_create(&a->groups, a->context, (int32_t)groups, a->classes, a->width,
                                    a->kind == LIBNC_SCATTER_FULL);
}

libnc_status nc__accumulator_begin(libnc_accumulator *a)
{
    if (a->statistics)
        return LIBNC_OK;
    a->kind = (int32_t)nc__option_int(&a->options, LIBNC_ACCUMULATOR_OPTION_SCATTER);
    a->precision = (int32_t)nc__option_int(&a->options, LIBNC_ACCUMULATOR_OPTION_PRECISION);
    a->directions = nc__option_int(&a->options, LIBNC_ACCUMULATOR_OPTION_DIRECTIONS);
    libnc_status status = nc__statistics_create(&a->statistics, a->context, a->classes, a->width,
                                                a->kind == LIBNC_SCATTER_FULL);
    if (status != LIBNC_OK)
        return status;
    a->capacity = a->statistics->capacity;
    a->labels = nc__alloc(a->context, (size_t)a->capacity, sizeof(int32_t));
    a->decided = nc__alloc(a->context, (size_t)a->classes, sizeof(int64_t));
    a->right = nc__alloc(a->context, (size_t)a->classes, sizeof(int64_t));
    const bool has_losses =
        nc__option_int(&a->options, LIBNC_ACCUMULATOR_OPTION_CROSS_ENTROPY) == 1;
    if (has_losses)
        a->losses = nc__alloc(a->context, nc__class_losses_size(a->classes, a->capacity),
                              sizeof *a->losses);
    const bool whole = a->labels && a->decided && a->right && (!has_losses || a->losses);
    status = whole ? begin_groups(a) : LIBNC_ERROR_MEMORY;
    if (status != LIBNC_OK)
        libnc_accumulator_clear(a);
    return status;
}

/* ---- second pass ---- */

int32_t nc__accumulator_product_type(const libnc_accumulator *a)
{
    return a->has_float64 || a->precision == LIBNC_PRECISION_FLOAT64 ? LIBNC_FLOAT64
                                                                     : LIBNC_FLOAT32;
}

double nc__accumulator_epsilon(const libnc_accumulator *a)
{
    return a->has_float32 ? FLT_EPSILON : DBL_EPSILON;
}

/* ||Hbar||_F, what rounding of the features is relative to. */
static double size_of_means(const nc__statistics *s)
{
    double sum = 0;
    for (int64_t i = 0; i < s->classes * s->width; i++) {
        double mean = s->references[i] + s->offsets[i];
        sum += mean * mean;
    }
    return sqrt(sum);
}

/* What spans the centred means; for the other kinds of scatter, nothing. */
typedef struct span {
    int64_t rank;
    double *singular, *basis;
} span;

static libnc_status find_span(const libnc_accumulator *a, nc__arena *arena, span *v)
{
    const size_t K = (size_t)a->classes, d = (size_t)a->width, least = K < d ? K : d;
    if (a->kind != LIBNC_SCATTER_PROJECTED)
        return LIBNC_OK;
    double *centred = nc__arena_alloc(arena, K, d * sizeof(double));
    v->singular = nc__arena_alloc(arena, least, sizeof(double));
    v->basis = nc__arena_alloc(arena, least, d * sizeof(double));
    if (arena->failed)
        return LIBNC_ERROR_MEMORY;
    nc__statistics_centred_means(a->statistics, centred);
    const libnc_status status =
        nc__svd(a->context, centred, a->classes, a->width, v->singular, NULL, v->basis);
    if (status != LIBNC_OK)
        return status;
    v->rank = nc__rank_of_values(
        v->singular, a->classes, a->width,
        nc__rank_threshold(nc__accumulator_epsilon(a), size_of_means(a->statistics)));
    if (v->rank > a->directions)
        v->rank = a->directions;
    return LIBNC_OK;
}

/* The classifier and its bias in float64, K d + K numbers. */
static libnc_status read_classifier(const libnc_accumulator *a, const void *classifier,
                                    const void *bias, int32_t scalar, nc__arena *arena,
                                    double **out)
{
    const int64_t K = a->classes, d = a->width;
    if (!classifier)
        return LIBNC_OK;
    nc__tensor rows = nc__tensor_of((void *)classifier, scalar, K, d);
    nc__tensor column = nc__tensor_of((void *)bias, scalar, K, 1);
    libnc_status status = nc__check_rows_finite(a->context, "classifier", &rows);
    if (status == LIBNC_OK)
        status = nc__check_rows_finite(a->context, "bias", &column);
    if (status != LIBNC_OK)
        return status;
    double *weights = nc__arena_alloc(arena, (size_t)K, ((size_t)d + 1) * sizeof(double));
    if (!weights)
        return LIBNC_ERROR_MEMORY;
    nc__to_double(&rows, weights);
    if (bias)
        nc__to_double(&column, weights + K * d);
    *out = weights;
    return LIBNC_OK;
}

/* Distances and decisions of the second pass need squares that do not overflow, as reports do. */
static libnc_status check_squares(const libnc_accumulator *a, const double *weights)
{
    const nc__statistics *s = a->statistics;
    const int64_t count = a->classes * a->width + a->classes;
    double squares = 0;
    for (int64_t i = 0; i < s->classes * s->width; i++) {
        const double mean = s->references[i] + s->offsets[i];
        squares += mean * mean;
    }
    for (int64_t k = 0; k < s->classes; k++)
        squares += s->squares[k];
    for (int64_t i = 0; weights && i < count; i++)
        squares += weights[i] * weights[i];
    if (!isfinite(squares))
        return nc__fail(a->context, LIBNC_ERROR_NOT_FINITE,
                        "accumulator: features or weights are so large that squares overflow");
    return LIBNC_OK;
}

static libnc_status check_classifier(libnc_context *context, const void *classifier,
                                     const void *bias, int32_t scalar)
{
    if (!classifier && bias)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "bias: needs a classifier");
    if (classifier && scalar != LIBNC_FLOAT64 && scalar != LIBNC_FLOAT32)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "scalar = %d: must be %d or %d", scalar,
                        LIBNC_FLOAT64, LIBNC_FLOAT32);
    return LIBNC_OK;
}

libnc_status libnc_accumulator_begin_second_pass(libnc_accumulator *a, const void *classifier,
                                                 const void *bias, int32_t scalar)
{
    if (!a)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = check_classifier(a->context, classifier, bias, scalar);
    if (status != LIBNC_OK)
        return status;
    if (!a->statistics)
        return nc__fail(a->context, LIBNC_ERROR_STATE,
                        "accumulator: has no sample: the first pass comes before the second");
    nc__arena arena = {.context = a->context};
    span v = {0};
    double *weights = NULL;
    nc__second_pass *second = NULL;
    status = read_classifier(a, classifier, bias, scalar, &arena, &weights);
    if (status == LIBNC_OK)
        status = check_squares(a, weights);
    if (status == LIBNC_OK)
        status = find_span(a, &arena, &v);
    if (status == LIBNC_OK)
        status = nc__second_pass_create(&second, a->context, a->statistics,
                                        nc__accumulator_product_type(a), weights, v.rank,
                                        v.singular, v.basis);
    nc__arena_release(&arena);
    if (status == LIBNC_OK && a->losses)
        status = nc__second_pass_want_losses(second);
    if (status != LIBNC_OK) {
        nc__second_pass_destroy(second);
        return status;
    }
    nc__second_pass_destroy(a->second);
    a->second = second;
    a->is_shared[1] = false;
    return LIBNC_OK;
}

/* ---- what it holds ---- */

int64_t libnc_accumulator_classes(const libnc_accumulator *accumulator)
{
    return accumulator ? accumulator->classes : 0;
}

int64_t libnc_accumulator_width(const libnc_accumulator *accumulator)
{
    return accumulator ? accumulator->width : 0;
}

int64_t libnc_accumulator_samples(const libnc_accumulator *accumulator)
{
    return accumulator && accumulator->statistics ? accumulator->statistics->samples : 0;
}

int32_t libnc_accumulator_pass(const libnc_accumulator *accumulator)
{
    return !accumulator ? 0 : accumulator->second ? 2 : 1;
}

int64_t libnc_accumulator_second_samples(const libnc_accumulator *accumulator)
{
    return accumulator && accumulator->second ? accumulator->second->samples : 0;
}

static libnc_status check_output(const libnc_accumulator *a, const char *name, const void *out,
                                 int64_t rows, int64_t cols, size_t size)
{
    if (!a)
        return LIBNC_ERROR_ARGUMENT;
    if (!out)
        return nc__fail(a->context, LIBNC_ERROR_ARGUMENT, "%s = NULL: must be given", name);
    if (size % (size_t)cols != 0 || size / (size_t)cols != (size_t)rows)
        return nc__fail(a->context, LIBNC_ERROR_DIMENSION, "size = %zu: must be %lld x %lld", size,
                        (long long)rows, (long long)cols);
    return LIBNC_OK;
}

libnc_status libnc_accumulator_counts(const libnc_accumulator *a, int64_t *counts, size_t size)
{
    libnc_status status = check_output(a, "counts", counts, a ? a->classes : 0, 1, size);
    for (int64_t k = 0; status == LIBNC_OK && k < a->classes; k++)
        counts[k] = a->statistics ? a->statistics->counts[k] : 0;
    return status;
}

static libnc_status overflow(const libnc_accumulator *a, const char *name)
{
    return nc__fail(a->context, LIBNC_ERROR_NOT_FINITE,
                    "%s: features are so large that they overflow", name);
}

/* Beyond this the mean of means, or its distance from one, may overflow. */
#define LARGEST_MEAN (DBL_MAX / 8)

static bool has_large_mean(const nc__statistics *s)
{
    for (int64_t i = 0; i < s->classes * s->width; i++)
        if (!(fabs(s->references[i]) <= LARGEST_MEAN && fabs(s->offsets[i]) <= LARGEST_MEAN))
            return true;
    return false;
}

/* K x d numbers of the statistics; zeros before the first sample. */
static libnc_status get_rows(const libnc_accumulator *a, double *rows, size_t size,
                             void (*fill)(const nc__statistics *statistics, double *out))
{
    libnc_status status =
        check_output(a, "means", rows, a ? a->classes : 0, a ? a->width : 1, size);
    if (status != LIBNC_OK)
        return status;
    if (!a->statistics) {
        memset(rows, 0, size * sizeof *rows);
        return LIBNC_OK;
    }
    if (has_large_mean(a->statistics))
        return overflow(a, "means");
    fill(a->statistics, rows);
    return LIBNC_OK;
}

libnc_status libnc_accumulator_means(const libnc_accumulator *a, double *means, size_t size)
{
    return get_rows(a, means, size, nc__statistics_means);
}

libnc_status libnc_accumulator_centred_means(const libnc_accumulator *a, double *means, size_t size)
{
    return get_rows(a, means, size, nc__statistics_centred_means);
}

libnc_status libnc_accumulator_within_squares(const libnc_accumulator *a, double *squares,
                                              size_t size)
{
    libnc_status status = check_output(a, "squares", squares, a ? a->classes : 0, 1, size);
    for (int64_t k = 0; status == LIBNC_OK && a->statistics && k < a->classes; k++)
        if (!isfinite(a->statistics->squares[k]))
            status = overflow(a, "squares");
    for (int64_t k = 0; status == LIBNC_OK && k < a->classes; k++)
        squares[k] = a->statistics ? a->statistics->squares[k] : 0;
    return status;
}

libnc_status libnc_accumulator_scatter(const libnc_accumulator *a, double *scatter, size_t size)
{
    libnc_status status =
        check_output(a, "scatter", scatter, a ? a->width : 0, a ? a->width : 1, size);
    if (status != LIBNC_OK)
        return status;
    if (!a->statistics)
        return nc__fail(a->context, LIBNC_ERROR_STATE, "accumulator: has no sample");
    const double *values = nc__accumulator_scatter(a);
    if (!values)
        return nc__fail(a->context, LIBNC_ERROR_STATE,
                        "accumulator: scatter = %s: it is not kept in full",
                        scatter_names[a->kind]);
    const nc__tensor all = nc__tensor_f64(values, a->width, a->width);
    if (!nc__all_finite(&all))
        return overflow(a, "scatter");
    memcpy(scatter, values, size * sizeof *scatter);
    return LIBNC_OK;
}

const nc__statistics *nc__accumulator_statistics(const libnc_accumulator *accumulator)
{
    return accumulator->statistics;
}

const nc__sample_groups *nc__accumulator_groups(const libnc_accumulator *accumulator)
{
    return accumulator->groups;
}

const double *nc__accumulator_scatter(const libnc_accumulator *accumulator)
{
    return accumulator->statistics ? nc__statistics_scatter(accumulator->statistics) : NULL;
}

const double *nc__accumulator_projected(const libnc_accumulator *accumulator, int64_t *rank,
                                        const double **singular, const double **basis,
                                        const double **balanced)
{
    const nc__second_pass *second = accumulator->second;
    if (!second || second->rank == 0)
        return NULL;
    *rank = second->rank;
    *singular = second->singular;
    *basis = second->basis;
    *balanced = second->balanced;
    return nc__scatter_values(second->scatter);
}

const double *nc__accumulator_classifier(const libnc_accumulator *a, const double **bias)
{
    *bias = NULL;
    if (!a->second || !a->second->linear.weights)
        return NULL;
    const double *own = a->second->linear.weights + a->classes * a->width;
    for (int64_t k = 0; k < a->classes; k++)
        if (own[k] != 0)
            *bias = own;
    return a->second->linear.weights;
}

static bool has_any(const int64_t *counts, int64_t classes)
{
    for (int64_t k = 0; k < classes; k++)
        if (counts[k] > 0)
            return true;
    return false;
}

const double *nc__accumulator_losses(const libnc_accumulator *a)
{
    return a->second && has_any(a->second->tally.decided, a->classes) ? a->second->losses
                                                                      : a->losses;
}

nc__tally nc__accumulator_tally(const libnc_accumulator *a)
{
    nc__tally tally = {0};
    if (a->second)
        tally = a->second->tally;
    if (a->second && has_any(tally.decided, a->classes))
        return tally;
    tally.decided = a->decided;
    tally.right = a->right;
    tally.agreed = NULL;
    return tally;
}
