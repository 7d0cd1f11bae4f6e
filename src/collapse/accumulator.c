/* SPDX-License-Identifier: MIT
 *
 * accumulator.c: the accumulator handle: checks whole batches, then feeds the statistics
 * (statistics.c) in the first pass and second_pass.c in the second.
 */
#include "collapse/accumulator_internal.h"
#include "collapse/metrics.h"

#include <assert.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <string.h>

enum {
    OPTION_COUNT = 3,
    PARALLEL_VALUES = 1 << 15 /* below this a second thread does not pay, as in statistics.c */
};

static const char *const scatter_names[] = {"none", "full", "projected"};
static const char *const precision_names[] = {"input", "float64"};

static const nc__option_spec specs[OPTION_COUNT] = {
    {LIBNC_ACCUMULATOR_SCATTER, LIBNC_OPTION_CHOICE, "scatter", LIBNC_SCATTER_NONE,
     LIBNC_SCATTER_PROJECTED, LIBNC_SCATTER_FULL, scatter_names,
     "what is kept of the within-class scatter"},
    {LIBNC_ACCUMULATOR_PRECISION, LIBNC_OPTION_CHOICE, "precision", LIBNC_PRECISION_INPUT,
     LIBNC_PRECISION_FLOAT64, LIBNC_PRECISION_INPUT, precision_names,
     "how products of float32 features are formed"},
    {LIBNC_ACCUMULATOR_DIRECTIONS, LIBNC_OPTION_INT64, "directions", 1, INT32_MAX, INT32_MAX, NULL,
     "most directions of a projected scatter"},
};

/* ---- creation ---- */

static libnc_status check_size(libnc_context *context, const char *name, int64_t size)
{
    if (size < 1 || size > INT32_MAX)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = %lld: must be from 1 to %d", name,
                        (long long)size, INT32_MAX);
    return LIBNC_OK;
}

libnc_status libnc_accumulator_create(libnc_accumulator **accumulator, libnc_context *context,
                                      int64_t classes, int64_t width)
{
    libnc_status status;
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (!accumulator)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "accumulator = NULL: must not be NULL");
    if ((status = check_size(context, "classes", classes)) != LIBNC_OK ||
        (status = check_size(context, "width", width)) != LIBNC_OK)
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
    nc__free(a->context, a->right);
    nc__free(a->context, a->decided);
    nc__statistics_destroy(a->statistics);
    a->second = NULL;
    a->wide.data = NULL;
    a->labels = NULL;
    a->right = a->decided = NULL;
    a->statistics = NULL;
    a->has_float32 = a->has_float64 = false;
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

libnc_status nc__accumulator_begin(libnc_accumulator *a)
{
    if (a->statistics)
        return LIBNC_OK;
    a->kind = (int32_t)nc__option_int(&a->options, LIBNC_ACCUMULATOR_SCATTER);
    a->precision = (int32_t)nc__option_int(&a->options, LIBNC_ACCUMULATOR_PRECISION);
    a->directions = nc__option_int(&a->options, LIBNC_ACCUMULATOR_DIRECTIONS);
    libnc_status status = nc__statistics_create(&a->statistics, a->context, a->classes, a->width,
                                                a->kind == LIBNC_SCATTER_FULL);
    if (status != LIBNC_OK)
        return status;
    a->capacity = a->statistics->capacity;
    a->labels = nc__alloc(a->context, (size_t)a->capacity, sizeof(int32_t));
    a->decided = nc__alloc(a->context, (size_t)a->classes, sizeof(int64_t));
    a->right = nc__alloc(a->context, (size_t)a->classes, sizeof(int64_t));
    if (!a->labels || !a->decided || !a->right) {
        libnc_accumulator_clear(a);
        return LIBNC_ERROR_MEMORY;
    }
    return LIBNC_OK;
}

/* ---- a batch ---- */

typedef struct batch {
    nc__tensor features, logits; /* logits: NULL data for none */
    const void *labels;
    int32_t label_type;
} batch;

static int64_t label_of(const batch *b, int64_t i)
{
    return b->label_type == LIBNC_LABEL_INT32 ? ((const int32_t *)b->labels)[i]
                                              : ((const int64_t *)b->labels)[i];
}

static libnc_status check_matrix(libnc_context *context, const char *name, const char *type_name,
                                 const char *stride_name, const nc__tensor *matrix)
{
    if (!matrix->data && matrix->rows > 0)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = NULL: must not be NULL", name);
    if (matrix->scalar != LIBNC_FLOAT64 && matrix->scalar != LIBNC_FLOAT32)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = %d: must be %d or %d", type_name,
                        matrix->scalar, LIBNC_FLOAT64, LIBNC_FLOAT32);
    if (matrix->stride < matrix->cols || matrix->stride > INT32_MAX)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = %lld: must be from %lld to %d",
                        stride_name, (long long)matrix->stride, (long long)matrix->cols, INT32_MAX);
    if ((uintptr_t)matrix->data % nc__scalar_size(matrix->scalar) != 0)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = %p: not aligned for its type", name,
                        matrix->data);
    return LIBNC_OK;
}

static libnc_status check_arguments(libnc_context *context, const batch *b)
{
    const int64_t count = b->features.rows;
    libnc_status status;
    if (count < 0)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "count = %lld: must be >= 0",
                        (long long)count);
    if ((status = check_matrix(context, "features", "scalar", "stride", &b->features)) != LIBNC_OK)
        return status;
    if (!b->labels && count > 0)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "labels = NULL: must not be NULL");
    if (b->label_type != LIBNC_LABEL_INT32 && b->label_type != LIBNC_LABEL_INT64)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "label_type = %d: must be %d or %d",
                        b->label_type, LIBNC_LABEL_INT32, LIBNC_LABEL_INT64);
    if ((uintptr_t)b->labels % (b->label_type == LIBNC_LABEL_INT32 ? 4 : 8) != 0)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "labels = %p: not aligned for their type",
                        b->labels);
    return b->logits.data
               ? check_matrix(context, "logits", "logits_scalar", "logits_stride", &b->logits)
               : LIBNC_OK;
}

static libnc_status check_labels(const libnc_accumulator *a, const batch *b)
{
    for (int64_t i = 0; i < b->features.rows; i++) {
        const int64_t label = label_of(b, i);
        if (label < 0 || label >= a->classes)
            return nc__fail(a->context, LIBNC_ERROR_ARGUMENT,
                            "labels: row %lld has %lld: must be from 0 to %lld", (long long)i,
                            (long long)label, (long long)a->classes - 1);
        if (a->second && a->statistics->counts[label] == 0)
            return nc__fail(a->context, LIBNC_ERROR_ARGUMENT,
                            "labels: row %lld has %lld: the first pass had no sample of that class",
                            (long long)i, (long long)label);
    }
    return LIBNC_OK;
}

/* The second pass sees no class more often than the first: other labels, or a shard that comes
 * twice. The tally of the pass counts the batch, and forgets it again. */
static libnc_status check_classes(const libnc_accumulator *a, const batch *b)
{
    if (!a->second)
        return LIBNC_OK;
    int64_t *seen = a->second->tally.searched, i = 0;
    const int64_t *counts = a->statistics->counts;
    while (i < b->features.rows && seen[label_of(b, i)] < counts[label_of(b, i)])
        seen[label_of(b, i++)]++;
    const int64_t bad = i;
    while (i > 0)
        seen[label_of(b, --i)]--;
    if (bad == b->features.rows)
        return LIBNC_OK;
    return nc__fail(a->context, LIBNC_ERROR_STATE,
                    "labels: row %lld has %lld: the first pass had %lld samples of that class, the "
                    "second has more",
                    (long long)bad, (long long)label_of(b, bad),
                    (long long)counts[label_of(b, bad)]);
}

/* The first row of each part that is not finite. */
typedef struct finite_search {
    const nc__tensor *matrix;
    int64_t bad[NC__MAX_THREADS];
} finite_search;

static void search_part(void *argument, int32_t part, int32_t parts)
{
    finite_search *f = argument;
    int64_t begin, end;
    nc__share(f->matrix->rows, 1, part, parts, &begin, &end);
    for (; begin < end; begin++) {
        nc__tensor row = nc__tensor_rows(f->matrix, begin, 1);
        if (!nc__all_finite(&row))
            break;
    }
    f->bad[part] = begin < end ? begin : -1;
}

static libnc_status check_finite(libnc_context *context, const char *name, const nc__tensor *matrix)
{
    finite_search f = {.matrix = matrix};
    int32_t parts = 1;
    if (!matrix->data)
        return LIBNC_OK;
    if (matrix->rows * matrix->cols < PARALLEL_VALUES) {
        search_part(&f, 0, 1);
    } else {
        parts = context->threads;
        nc__parallel(context, search_part, &f);
    }
    for (int32_t part = 0; part < parts; part++)
        if (f.bad[part] >= 0)
            return nc__fail(context, LIBNC_ERROR_NOT_FINITE, "%s: row %lld: a value is not finite",
                            name, (long long)f.bad[part]);
    return LIBNC_OK;
}

/* That the counts stay exact in the first pass, and within it in the second. */
static libnc_status check_pass(const libnc_accumulator *a, const batch *b)
{
    if (!a->second && b->features.rows > NC__MOST_SAMPLES - libnc_accumulator_samples(a))
        return nc__fail(a->context, LIBNC_ERROR_ARGUMENT,
                        "count = %lld: with the %lld samples so far, must be at most 2^53",
                        (long long)b->features.rows, (long long)libnc_accumulator_samples(a));
    if (!a->second)
        return LIBNC_OK;
    if (b->features.rows > a->statistics->samples - a->second->samples)
        return nc__fail(a->context, LIBNC_ERROR_STATE,
                        "count = %lld: the first pass had %lld samples, the second already %lld",
                        (long long)b->features.rows, (long long)a->statistics->samples,
                        (long long)a->second->samples);
    if (b->features.scalar == LIBNC_FLOAT64 && a->second->scalar == LIBNC_FLOAT32)
        return nc__fail(a->context, LIBNC_ERROR_STATE,
                        "scalar = %d: the features of the first pass were all float32",
                        b->features.scalar);
    return LIBNC_OK;
}

static libnc_status check_batch(const libnc_accumulator *a, const batch *b)
{
    libnc_status status = check_arguments(a->context, b);
    if (status != LIBNC_OK || b->features.rows == 0)
        return status;
    if ((status = check_pass(a, b)) != LIBNC_OK || (status = check_labels(a, b)) != LIBNC_OK ||
        (status = check_classes(a, b)) != LIBNC_OK ||
        (status = check_finite(a->context, "features", &b->features)) != LIBNC_OK)
        return status;
    return check_finite(a->context, "logits", &b->logits);
}

/* ---- updates ---- */

static bool must_widen(const libnc_accumulator *a, int32_t scalar)
{
    if (scalar == LIBNC_FLOAT64)
        return false;
    return a->second ? a->second->scalar == LIBNC_FLOAT64 : a->precision == LIBNC_PRECISION_FLOAT64;
}

static libnc_status prepare_wide(libnc_accumulator *a, bool widen)
{
    if (!widen || a->wide.data)
        return LIBNC_OK;
    nc__tensor wide = nc__tensor_alloc(a->context, LIBNC_FLOAT64, a->capacity, a->width);
    if (!wide.data)
        return LIBNC_ERROR_MEMORY;
    a->wide = wide;
    return LIBNC_OK;
}

/* What a batch of this type needs and does not have yet. */
static libnc_status prepare(libnc_accumulator *a, int32_t scalar)
{
    const bool was_empty = !a->statistics;
    libnc_status status = nc__accumulator_begin(a);
    if (status != LIBNC_OK)
        return status;
    const bool widen = must_widen(a, scalar);
    status = prepare_wide(a, widen);
    if (status == LIBNC_OK && !a->second)
        status = nc__statistics_prepare(a->statistics, widen ? LIBNC_FLOAT64 : scalar);
    if (status != LIBNC_OK && was_empty)
        libnc_accumulator_clear(a);
    return status;
}

static void count_right(libnc_accumulator *a, const nc__tensor *logits)
{
    for (int64_t i = 0; logits->data && i < logits->rows; i++) {
        nc__tensor row = nc__tensor_rows(logits, i, 1);
        a->decided[a->labels[i]]++;
        a->right[a->labels[i]] += nc__largest(&row) == a->labels[i];
    }
}

static void add_block(libnc_accumulator *a, const nc__tensor *features, const nc__tensor *logits)
{
    nc__tensor rows = *features;
    if (must_widen(a, features->scalar)) {
        rows = nc__tensor_rows(&a->wide, 0, features->rows);
        nc__convert(features, &rows);
    }
    if (a->second) {
        nc__second_pass_add(a->second, &rows, a->labels, logits);
        return;
    }
    nc__statistics_add(a->statistics, &rows, a->labels);
    count_right(a, logits);
}

static void add_batch(libnc_accumulator *a, const batch *b)
{
    int64_t most = a->capacity;
    if (a->second && a->second->search->capacity < most)
        most = a->second->search->capacity;
    for (int64_t begin = 0, count; begin < b->features.rows; begin += count) {
        const int64_t left = b->features.rows - begin;
        count = left < most ? left : most;
        for (int64_t i = 0; i < count; i++)
            a->labels[i] = (int32_t)label_of(b, begin + i);
        nc__tensor features = nc__tensor_rows(&b->features, begin, count), logits = b->logits;
        if (logits.data)
            logits = nc__tensor_rows(&b->logits, begin, count);
        add_block(a, &features, &logits);
    }
}

static libnc_status update(libnc_accumulator *a, const batch *b)
{
    libnc_status status = check_batch(a, b);
    if (status != LIBNC_OK || b->features.rows == 0)
        return status;
    if ((status = prepare(a, b->features.scalar)) != LIBNC_OK)
        return status;
    if (!a->second) {
        a->has_float32 |= b->features.scalar == LIBNC_FLOAT32;
        a->has_float64 |= b->features.scalar == LIBNC_FLOAT64;
    }
    add_batch(a, b);
    return LIBNC_OK;
}

libnc_status libnc_accumulator_update(libnc_accumulator *accumulator, const void *features,
                                      int32_t scalar, int64_t count, int64_t stride,
                                      const void *labels, int32_t label_type)
{
    return libnc_accumulator_update_logits(accumulator, features, scalar, count, stride, labels,
                                           label_type, NULL, 0, 0);
}

libnc_status libnc_accumulator_update_logits(libnc_accumulator *accumulator, const void *features,
                                             int32_t scalar, int64_t count, int64_t stride,
                                             const void *labels, int32_t label_type,
                                             const void *logits, int32_t logits_scalar,
                                             int64_t logits_stride)
{
    if (!accumulator)
        return LIBNC_ERROR_ARGUMENT;
    const batch b = {{(void *)features, scalar, count, accumulator->width, stride},
                     {(void *)logits, logits_scalar, count, accumulator->classes, logits_stride},
                     labels,
                     label_type};
    return update(accumulator, &b);
}

/* ---- second pass ---- */

int32_t nc__accumulator_product_type(const libnc_accumulator *a)
{
    return a->has_float64 || a->precision == LIBNC_PRECISION_FLOAT64 ? LIBNC_FLOAT64
                                                                     : LIBNC_FLOAT32;
}

double nc__accumulator_spacing(const libnc_accumulator *a)
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
    double *centred, *singular, *basis;
} span;

static void span_clear(const libnc_accumulator *a, span *v)
{
    nc__free(a->context, v->basis);
    nc__free(a->context, v->singular);
    nc__free(a->context, v->centred);
}

static libnc_status find_span(const libnc_accumulator *a, span *v)
{
    const size_t K = (size_t)a->classes, d = (size_t)a->width, least = K < d ? K : d;
    if (a->kind != LIBNC_SCATTER_PROJECTED)
        return LIBNC_OK;
    v->centred = nc__alloc(a->context, K, d * sizeof(double));
    v->singular = nc__alloc(a->context, least, sizeof(double));
    v->basis = nc__alloc(a->context, least, d * sizeof(double));
    if (!v->centred || !v->singular || !v->basis)
        return LIBNC_ERROR_MEMORY;
    nc__statistics_centred_means(a->statistics, v->centred);
    libnc_status status =
        nc__svd(a->context, v->centred, a->classes, a->width, v->singular, NULL, v->basis);
    if (status != LIBNC_OK)
        return status;
    v->rank =
        nc__metric_rank(v->singular, a->classes, a->width,
                        nc__metric_noise(nc__accumulator_spacing(a), size_of_means(a->statistics)));
    if (v->rank > a->directions)
        v->rank = a->directions;
    return LIBNC_OK;
}

/* The classifier and its bias in float64, K d + K numbers. */
static libnc_status read_classifier(const libnc_accumulator *a, const void *classifier,
                                    const void *bias, int32_t scalar, double **out)
{
    const int64_t K = a->classes, d = a->width;
    if (!classifier)
        return LIBNC_OK;
    nc__tensor rows = nc__tensor_of((void *)classifier, scalar, K, d);
    nc__tensor column = nc__tensor_of((void *)bias, scalar, K, 1);
    libnc_status status = check_finite(a->context, "classifier", &rows);
    if (status == LIBNC_OK)
        status = check_finite(a->context, "bias", &column);
    if (status != LIBNC_OK)
        return status;
    double *weights = nc__alloc(a->context, (size_t)K, ((size_t)d + 1) * sizeof(double));
    if (!weights)
        return LIBNC_ERROR_MEMORY;
    nc__to_double(&rows, weights);
    if (bias)
        nc__to_double(&column, weights + K * d);
    *out = weights;
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
    span v = {0};
    double *weights = NULL;
    nc__second_pass *second = NULL;
    status = read_classifier(a, classifier, bias, scalar, &weights);
    if (status == LIBNC_OK)
        status = find_span(a, &v);
    if (status == LIBNC_OK)
        status = nc__second_pass_create(&second, a->context, a->statistics,
                                        nc__accumulator_product_type(a), weights, v.rank,
                                        v.singular, v.basis);
    nc__free(a->context, weights);
    span_clear(a, &v);
    if (status != LIBNC_OK)
        return status;
    nc__second_pass_destroy(a->second);
    a->second = second;
    return LIBNC_OK;
}

/* ---- merging ---- */

static libnc_status check_merge(const libnc_accumulator *into, const libnc_accumulator *other)
{
    libnc_context *context = into->context;
    if (!other)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "other = NULL: must not be NULL");
    if (other == into)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "other: is the accumulator itself");
    if (other->context != context)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "other: belongs to another context");
    if (other->classes != into->classes || other->width != into->width)
        return nc__fail(context, LIBNC_ERROR_DIMENSION,
                        "other: has %lld classes of %lld features, not %lld of %lld",
                        (long long)other->classes, (long long)other->width,
                        (long long)into->classes, (long long)into->width);
    return LIBNC_OK;
}

static libnc_status check_options(const libnc_accumulator *into, const libnc_accumulator *other)
{
    if (into->kind != other->kind)
        return nc__fail(into->context, LIBNC_ERROR_ARGUMENT, "other: has scatter = %s, not %s",
                        scatter_names[other->kind], scatter_names[into->kind]);
    if (into->precision != other->precision)
        return nc__fail(into->context, LIBNC_ERROR_ARGUMENT, "other: has precision = %s, not %s",
                        precision_names[other->precision], precision_names[into->precision]);
    if (into->directions != other->directions)
        return nc__fail(into->context, LIBNC_ERROR_ARGUMENT,
                        "other: has directions = %lld, not %lld", (long long)other->directions,
                        (long long)into->directions);
    return LIBNC_OK;
}

static bool is_same(const void *a, const void *b, int64_t count, size_t size)
{
    return memcmp(a, b, (size_t)count * size) == 0;
}

/* Whether two second passes look for the same. */
static bool has_same_means(const nc__statistics *a, const nc__statistics *b)
{
    const int64_t values = a->classes * a->width;
    return a->samples == b->samples && is_same(a->counts, b->counts, a->classes, sizeof(int64_t)) &&
           is_same(a->references, b->references, values, sizeof(double)) &&
           is_same(a->offsets, b->offsets, values, sizeof(double));
}

static bool has_same_search(const nc__second_pass *a, const nc__second_pass *b)
{
    const int64_t K = a->statistics->classes, d = a->statistics->width;
    if (a->rank != b->rank || a->scalar != b->scalar || !a->decider != !b->decider)
        return false;
    if (a->decider && !is_same(a->decider->weights, b->decider->weights, K * d + K, sizeof(double)))
        return false;
    return a->rank == 0 || is_same(a->basis, b->basis, a->rank * d, sizeof(double));
}

static libnc_status merge_second(libnc_accumulator *into, const libnc_accumulator *other)
{
    libnc_context *context = into->context;
    if (!into->second || !other->second)
        return nc__fail(context, LIBNC_ERROR_STATE, "other: is in pass %d, not %d",
                        libnc_accumulator_pass(other), libnc_accumulator_pass(into));
    if (!has_same_means(into->statistics, other->statistics))
        return nc__fail(context, LIBNC_ERROR_STATE,
                        "other: its second pass follows another first pass");
    if (!has_same_search(into->second, other->second))
        return nc__fail(context, LIBNC_ERROR_STATE,
                        "other: its second pass began with another classifier or span");
    if (other->second->samples > into->statistics->samples - into->second->samples)
        return nc__fail(context, LIBNC_ERROR_STATE,
                        "other: the second passes have %lld and %lld samples, the first had %lld",
                        (long long)into->second->samples, (long long)other->second->samples,
                        (long long)into->statistics->samples);
    const int64_t class = nc__second_pass_excess(into->second, other->second);
    if (class >= 0)
        return nc__fail(context, LIBNC_ERROR_STATE,
                        "other: together the second passes have more samples of class %lld than "
                        "the first, %lld",
                        (long long)class, (long long)into->statistics->counts[class]);
    nc__second_pass_merge(into->second, other->second);
    return LIBNC_OK;
}

static libnc_status merge_first(libnc_accumulator *into, const libnc_accumulator *other)
{
    if (other->statistics->samples > NC__MOST_SAMPLES - into->statistics->samples)
        return nc__fail(into->context, LIBNC_ERROR_ARGUMENT,
                        "other: has %lld samples: with %lld more, must be at most 2^53",
                        (long long)other->statistics->samples,
                        (long long)into->statistics->samples);
    nc__statistics_merge(into->statistics, other->statistics);
    for (int64_t k = 0; k < into->classes; k++) {
        into->decided[k] += other->decided[k];
        into->right[k] += other->right[k];
    }
    into->has_float32 |= other->has_float32;
    into->has_float64 |= other->has_float64;
    return LIBNC_OK;
}

libnc_status libnc_accumulator_merge(libnc_accumulator *into, const libnc_accumulator *other)
{
    if (!into)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = check_merge(into, other);
    if (status != LIBNC_OK || !other->statistics)
        return status;
    const bool was_empty = !into->statistics;
    if ((status = nc__accumulator_begin(into)) != LIBNC_OK)
        return status;
    status = check_options(into, other);
    if (status == LIBNC_OK && (into->second || other->second))
        status = merge_second(into, other);
    else if (status == LIBNC_OK)
        status = merge_first(into, other);
    if (status != LIBNC_OK && was_empty)
        libnc_accumulator_clear(into);
    return status;
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
        return nc__fail(a->context, LIBNC_ERROR_ARGUMENT, "%s = NULL: must not be NULL", name);
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

libnc_status libnc_accumulator_means(const libnc_accumulator *a, double *means, size_t size)
{
    libnc_status status =
        check_output(a, "means", means, a ? a->classes : 0, a ? a->width : 1, size);
    if (status == LIBNC_OK && a->statistics)
        nc__statistics_means(a->statistics, means);
    else if (status == LIBNC_OK)
        memset(means, 0, size * sizeof *means);
    return status;
}

libnc_status libnc_accumulator_centred_means(const libnc_accumulator *a, double *means, size_t size)
{
    libnc_status status =
        check_output(a, "means", means, a ? a->classes : 0, a ? a->width : 1, size);
    if (status == LIBNC_OK && a->statistics)
        nc__statistics_centred_means(a->statistics, means);
    else if (status == LIBNC_OK)
        memset(means, 0, size * sizeof *means);
    return status;
}

libnc_status libnc_accumulator_energies(const libnc_accumulator *a, double *energies, size_t size)
{
    libnc_status status = check_output(a, "energies", energies, a ? a->classes : 0, 1, size);
    for (int64_t k = 0; status == LIBNC_OK && k < a->classes; k++)
        energies[k] = a->statistics ? a->statistics->energies[k] : 0;
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
    memcpy(scatter, values, size * sizeof *scatter);
    return LIBNC_OK;
}

const nc__statistics *nc__accumulator_statistics(const libnc_accumulator *accumulator)
{
    return accumulator->statistics;
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

void nc__accumulator_settle(const libnc_accumulator *accumulator)
{
    nc__accumulator_scatter(accumulator);
    if (accumulator->second && accumulator->second->scatter)
        nc__scatter_values(accumulator->second->scatter);
}

static bool has_any(const int64_t *counts, int64_t classes)
{
    for (int64_t k = 0; k < classes; k++)
        if (counts[k] > 0)
            return true;
    return false;
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
