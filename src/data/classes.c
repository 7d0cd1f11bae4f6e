/* SPDX-License-Identifier: MIT
 *
 * classes.c: class distributions: K, and n_k of each class.
 *
 * Step imbalance as in Fang et al. (PNAS 2021), long tails as in Cui et al. (CVPR 2019).
 */
#include "data/classes_internal.h"

#include "data/dataset_internal.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define MOST_CLASSES ((int64_t)INT32_MAX)

/* A count that is whole but for the rounding of pow() counts as whole: pow is good to a few units
 * of 2^-53, and no count of interest is this close to a whole number by chance. */
#define WHOLE_TOLERANCE 1e-12

static libnc_status check_count(libnc_context *context, const char *name, int64_t value)
{
    if (value < 1 || value > NC__LARGEST_EXACT)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = %" PRId64 ": must be from 1 to 2^53",
                        name, value);
    return LIBNC_OK;
}

/* What every public constructor checks. */
static libnc_status check_outer(libnc_classes **classes, libnc_context *context,
                                int64_t class_count)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (!classes)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "classes = NULL: must be given");
    return nc__check_bounds(context, "class_count", class_count, 1, MOST_CLASSES);
}

static libnc_classes *allocate(libnc_context *context, int64_t class_count)
{
    libnc_classes *classes =
        nc__alloc(context, 1, sizeof *classes + (size_t)class_count * sizeof classes->counts[0]);
    if (!classes)
        return NULL;
    classes->context = context;
    classes->count = class_count;
    return classes;
}

/* Sums valid counts that were filled in, and hands the handle over, or releases it. */
static libnc_status finish(libnc_classes **classes, libnc_classes *created)
{
    for (int64_t k = 0; k < created->count; k++) {
        created->samples += created->counts[k];
        if (created->samples > NC__LARGEST_EXACT) {
            nc__fail(created->context, LIBNC_ERROR_ARGUMENT,
                     "counts: the sum over classes 0 to %" PRId64 " is %" PRId64
                     ": must be at most 2^53",
                     k, created->samples);
            nc__free(created->context, created);
            return LIBNC_ERROR_ARGUMENT;
        }
    }
    *classes = created;
    return LIBNC_OK;
}

libnc_status libnc_classes_from_counts(libnc_classes **classes, libnc_context *context,
                                       const int64_t *counts, int64_t class_count)
{
    libnc_status status = check_outer(classes, context, class_count);
    if (status)
        return status;
    if (!counts)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "counts = NULL: must be an array of %" PRId64 " values", class_count);
    for (int64_t k = 0; k < class_count; k++)
        if (counts[k] < 1 || counts[k] > NC__LARGEST_EXACT)
            return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                            "counts[%" PRId64 "] = %" PRId64 ": must be from 1 to 2^53", k,
                            counts[k]);
    libnc_classes *created = allocate(context, class_count);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    memcpy(created->counts, counts, (size_t)class_count * sizeof *counts);
    return finish(classes, created);
}

/* The largest label; -1 with the error text set if one is wrong. */
static int64_t largest_label(libnc_context *context, const char *what, libnc_status code,
                             const int32_t *labels, int64_t count)
{
    int32_t largest = 0;
    for (int64_t i = 0; i < count; i++) {
        if (labels[i] < 0 || labels[i] == INT32_MAX) {
            nc__fail(context, code, "%s[%" PRId64 "] = %" PRId32 ": must be from 0 to %" PRId64,
                     what, i, labels[i], MOST_CLASSES - 1);
            return -1;
        }
        if (labels[i] > largest)
            largest = labels[i];
    }
    return largest;
}

libnc_status nc__classes_from_labels(libnc_classes **classes, libnc_context *context,
                                     const char *what, libnc_status code, const int32_t *labels,
                                     int64_t count)
{
    int64_t largest = largest_label(context, what, code, labels, count);
    if (largest < 0)
        return code;
    /* Of N labels, one of the classes 0 .. N is empty: larger labels need no memory. */
    int64_t bins = largest < count ? largest + 1 : count + 1;
    libnc_classes *created = allocate(context, bins);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    for (int64_t i = 0; i < count; i++)
        if (labels[i] < bins)
            created->counts[labels[i]]++;
    for (int64_t k = 0; k < bins; k++) {
        if (created->counts[k] == 0) {
            nc__free(context, created);
            return nc__fail(context, code,
                            "%s: class %" PRId64 " has no sample: every class up to the largest "
                            "label, %" PRId64 ", must occur; number labels with gaps anew",
                            what, k, largest);
        }
    }
    return finish(classes, created);
}

libnc_status libnc_classes_from_labels(libnc_classes **classes, libnc_context *context,
                                       const int32_t *labels, int64_t count)
{
    libnc_status status = check_outer(classes, context, 1);
    if (!status)
        status = check_count(context, "count", count);
    if (status)
        return status;
    if (!labels)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "labels = NULL: must be an array of %" PRId64 " values", count);
    return nc__classes_from_labels(classes, context, "labels", LIBNC_ERROR_ARGUMENT, labels, count);
}

/* Whether K_A n_A + K_B n_B is at most 2^53; none of the products overflows on the way. */
static bool is_sum_exact(int64_t a_classes, int64_t a_count, int64_t b_classes, int64_t b_count)
{
    if (a_classes > 0 && a_count > NC__LARGEST_EXACT / a_classes)
        return false;
    if (b_classes > 0 && b_count > NC__LARGEST_EXACT / b_classes)
        return false;
    return a_classes * a_count + b_classes * b_count <= NC__LARGEST_EXACT;
}

libnc_status libnc_classes_balanced(libnc_classes **classes, libnc_context *context,
                                    int64_t class_count, int64_t n)
{
    libnc_status status = check_outer(classes, context, class_count);
    if (!status)
        status = check_count(context, "n", n);
    if (status)
        return status;
    return libnc_classes_step(classes, context, class_count, class_count, n, n);
}

libnc_status libnc_classes_step(libnc_classes **classes, libnc_context *context,
                                int64_t class_count, int64_t majority_classes,
                                int64_t majority_count, int64_t minority_count)
{
    libnc_status status = check_outer(classes, context, class_count);
    if (!status && (majority_classes < 0 || majority_classes > class_count))
        status = nc__fail(context, LIBNC_ERROR_ARGUMENT,
                          "majority_classes = %" PRId64 ": must be from 0 to %" PRId64,
                          majority_classes, class_count);
    if (!status)
        status = check_count(context, "majority_count", majority_count);
    if (!status)
        status = check_count(context, "minority_count", minority_count);
    if (!status && !is_sum_exact(majority_classes, majority_count, class_count - majority_classes,
                                 minority_count))
        status = nc__fail(context, LIBNC_ERROR_ARGUMENT,
                          "class_count = %" PRId64 ": the sum of the counts must be at most 2^53",
                          class_count);
    if (status)
        return status;
    libnc_classes *created = allocate(context, class_count);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    for (int64_t k = 0; k < class_count; k++)
        created->counts[k] = k < majority_classes ? majority_count : minority_count;
    return finish(classes, created);
}

/* x rounded down, but for the rounding in x itself. */
static int64_t floor_of(double x)
{
    double nearest = floor(x + 0.5);
    return (int64_t)(fabs(x - nearest) <= WHOLE_TOLERANCE * x ? nearest : floor(x));
}

libnc_status libnc_classes_long_tailed(libnc_classes **classes, libnc_context *context,
                                       int64_t class_count, int64_t largest, double ratio)
{
    libnc_status status = check_outer(classes, context, class_count);
    if (!status)
        status = check_count(context, "largest", largest);
    if (!status && !(ratio >= 1 && isfinite(ratio)))
        status = nc__fail(context, LIBNC_ERROR_ARGUMENT,
                          "ratio = %g: must be at least 1 and finite", ratio);
    if (status)
        return status;
    libnc_classes *created = allocate(context, class_count);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    for (int64_t k = 0; k < class_count; k++) {
        double exponent = k > 0 ? (double)k / (double)(class_count - 1) : 0;
        int64_t n = floor_of((double)largest / pow(ratio, exponent));
        created->counts[k] = n > 1 ? n : 1;
    }
    return finish(classes, created);
}

void libnc_classes_destroy(libnc_classes *classes)
{
    if (classes)
        nc__free(classes->context, classes);
}

int64_t libnc_classes_count(const libnc_classes *classes)
{
    return classes ? classes->count : 0;
}

int64_t libnc_classes_samples(const libnc_classes *classes)
{
    return classes ? classes->samples : 0;
}

const int64_t *libnc_classes_counts(const libnc_classes *classes)
{
    return classes ? classes->counts : NULL;
}

int32_t libnc_classes_is_balanced(const libnc_classes *classes)
{
    if (!classes)
        return 0;
    for (int64_t k = 1; k < classes->count; k++)
        if (classes->counts[k] != classes->counts[0])
            return 0;
    return 1;
}

libnc_status libnc_classes_labels(const libnc_classes *classes, int32_t *labels, size_t size)
{
    if (!classes)
        return LIBNC_ERROR_ARGUMENT;
    if (!labels)
        return nc__fail(classes->context, LIBNC_ERROR_ARGUMENT,
                        "labels = NULL: must be an array of %" PRId64 " values", classes->samples);
    if (size != (size_t)classes->samples)
        return nc__fail(classes->context, LIBNC_ERROR_DIMENSION,
                        "size = %zu: must be the number of samples, %" PRId64, size,
                        classes->samples);
    for (int64_t k = 0; k < classes->count; k++)
        for (int64_t i = 0; i < classes->counts[k]; i++)
            *labels++ = (int32_t)k;
    return LIBNC_OK;
}
