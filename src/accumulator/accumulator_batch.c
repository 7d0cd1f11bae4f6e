/* SPDX-License-Identifier: MIT
 *
 * accumulator_batch.c: batches of an accumulator: checked whole, then fed to the statistics
 * (class_statistics.c) in the first pass and to second_pass.c in the second.
 */
#include "accumulator/accumulator_internal.h"
#include "accumulator/class_losses.h"
#include "data/labels.h"
#include "data/matrix_argument.h"
#include "linalg/finite.h"

#include <math.h>

typedef struct batch {
    nc__tensor features, logits; /* logits: NULL data for none */
    nc__labels labels;
} batch;

static libnc_status check_arguments(libnc_context *context, const batch *b)
{
    const int64_t count = b->features.rows;
    libnc_status status;
    if (count < 0)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "count = %lld: must be >= 0",
                        (long long)count);
    if ((status = nc__check_matrix(context, "features", "scalar", "stride", &b->features)) !=
        LIBNC_OK)
        return status;
    if ((status = nc__labels_check(&b->labels, context)) != LIBNC_OK)
        return status;
    return b->logits.data
               ? nc__check_matrix(context, "logits", "logits_scalar", "logits_stride", &b->logits)
               : LIBNC_OK;
}

static libnc_status check_labels(const libnc_accumulator *a, const batch *b)
{
    for (int64_t i = 0; i < b->features.rows; i++) {
        const int64_t label = nc__label(&b->labels, i);
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
 * twice. */
static libnc_status check_classes(const libnc_accumulator *a, const batch *b)
{
    if (!a->second || a->takes_others)
        return LIBNC_OK;
    const int64_t bad = nc__second_pass_find_excess(a->second, &b->labels);
    const int64_t *counts = a->statistics->counts;
    if (bad < 0)
        return LIBNC_OK;
    return nc__fail(a->context, LIBNC_ERROR_STATE,
                    "labels: row %lld has %lld: the first pass had %lld samples of that class, the "
                    "second has more",
                    (long long)bad, (long long)nc__label(&b->labels, bad),
                    (long long)counts[nc__label(&b->labels, bad)]);
}

/* Logits have a largest one: classes that are left out, of -inf, do not change it. */
static bool has_largest(const nc__tensor *row)
{
    if (nc__all_finite(row))
        return true;
    double value = 0, largest = -INFINITY;
    for (int64_t k = 0; k < row->cols; k++) {
        nc__tensor one = *row, wide = nc__tensor_f64(&value, 1, 1);
        one.data = (char *)row->data + (size_t)k * nc__scalar_size(row->scalar);
        one.cols = one.stride = 1;
        nc__convert(&one, &wide);
        if (isnan(value))
            return false;
        largest = value > largest ? value : largest;
    }
    return isfinite(largest);
}

static libnc_status check_logits(libnc_context *context, const nc__tensor *logits)
{
    const int64_t bad = nc__find_row(context, logits, has_largest);
    return bad < 0 ? LIBNC_OK
                   : nc__fail(context, LIBNC_ERROR_NOT_FINITE,
                              "logits: row %lld: must have a finite largest value, and no NaN",
                              (long long)bad);
}

/* That the counts stay exact in the first pass, and within it in the second. */
static libnc_status check_pass(const libnc_accumulator *a, const batch *b)
{
    const bool has_limit = a->second && !a->takes_others;
    const int64_t before =
        a->takes_others ? libnc_accumulator_second_samples(a) : libnc_accumulator_samples(a);
    if (!has_limit && b->features.rows > NC__MOST_SAMPLES - before)
        return nc__fail(a->context, LIBNC_ERROR_ARGUMENT,
                        "count = %lld: with the %lld samples so far, must be at most 2^53",
                        (long long)b->features.rows, (long long)before);
    if (!has_limit)
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
        (status = nc__check_rows_finite(a->context, "features", &b->features)) != LIBNC_OK)
        return status;
    return check_logits(a->context, &b->logits);
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
    if (status == LIBNC_OK && !a->second)
        status = nc__sample_groups_prepare(a->groups, widen ? LIBNC_FLOAT64 : scalar);
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
        nc__second_pass_add_logits(a->second, &rows, a->labels, logits);
        return;
    }
    nc__statistics_add(a->statistics, &rows, a->labels);
    if (a->losses && logits->data)
        nc__class_losses_add(a->context, logits, NULL, a->labels, a->losses);
    if (a->groups)
        nc__sample_groups_add(a->groups, &rows, a->labels);
    count_right(a, logits);
}

static void add_batch(libnc_accumulator *a, const batch *b)
{
    int64_t most = a->capacity;
    if (a->second && a->second->block.capacity < most)
        most = a->second->block.capacity;
    for (int64_t begin = 0, count; begin < b->features.rows; begin += count) {
        const int64_t left = b->features.rows - begin;
        count = left < most ? left : most;
        for (int64_t i = 0; i < count; i++)
            a->labels[i] = (int32_t)nc__label(&b->labels, begin + i);
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
    const batch b = {.features = {.data = (void *)features,
                                  .scalar = scalar,
                                  .rows = count,
                                  .cols = accumulator->width,
                                  .stride = stride},
                     .logits = {.data = (void *)logits,
                                .scalar = logits_scalar,
                                .rows = count,
                                .cols = accumulator->classes,
                                .stride = logits_stride},
                     .labels = {.data = labels, .type = label_type, .count = count}};
    return update(accumulator, &b);
}
