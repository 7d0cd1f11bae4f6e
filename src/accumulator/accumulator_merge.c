/* SPDX-License-Identifier: MIT
 *
 * accumulator_merge.c: two accumulators into one: first passes over other samples, or second passes
 * over parts of what one first pass has seen.
 */
#include "accumulator/accumulator_internal.h"

#include <string.h>

static libnc_status check_merge(const libnc_accumulator *into, const libnc_accumulator *other)
{
    libnc_context *context = into->context;
    if (!other)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "other = NULL: must be given");
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
                        nc__scatter_name(other->kind), nc__scatter_name(into->kind));
    if (into->precision != other->precision)
        return nc__fail(into->context, LIBNC_ERROR_ARGUMENT, "other: has precision = %s, not %s",
                        nc__precision_name(other->precision), nc__precision_name(into->precision));
    if (into->directions != other->directions)
        return nc__fail(into->context, LIBNC_ERROR_ARGUMENT,
                        "other: has directions = %lld, not %lld", (long long)other->directions,
                        (long long)into->directions);
    if (!into->losses != !other->losses)
        return nc__fail(into->context, LIBNC_ERROR_ARGUMENT,
                        "other: has cross_entropy = %d, not %d", other->losses != NULL,
                        into->losses != NULL);
    const int32_t own = into->groups ? into->groups->count : 0;
    const int32_t others = other->groups ? other->groups->count : 0;
    if (own != others)
        return nc__fail(into->context, LIBNC_ERROR_ARGUMENT, "other: has groups = %d, not %d",
                        others, own);
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
    if (a->rank != b->rank || a->scalar != b->scalar || !a->linear.weights != !b->linear.weights)
        return false;
    if (a->linear.weights &&
        !is_same(a->linear.weights, b->linear.weights, K * d + K, sizeof(double)))
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
    if (into->groups) {
        nc__sample_groups_merge(into->groups, other->groups);
        nc__sample_groups_follow(into->groups, into->statistics->counts);
    }
    for (int64_t k = 0; k < into->classes; k++) {
        into->decided[k] += other->decided[k];
        into->right[k] += other->right[k];
        if (into->losses)
            into->losses[k] += other->losses[k];
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
