/* SPDX-License-Identifier: MIT
 *
 * ood_separation.c: area under the ROC curve, and false positives at 95 % true positives. The area
 * is that of Mann and Whitney (1947): over pairs of one score from inside and one from outside, the
 * share with the larger one inside, ties counted half.
 */
#include "base/sort.h"
#include "ood/ood_internal.h"

#include <math.h>

#define MOST_SCORES (INT64_C(1) << 53)

static libnc_status check_scores(libnc_context *context, const char *name, const double *scores,
                                 int64_t count)
{
    libnc_status status = nc__check_given(context, name, scores);
    for (int64_t i = 0; status == LIBNC_OK && i < count; i++)
        if (isnan(scores[i]))
            status = nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s: score %lld is NaN", name,
                              (long long)i);
    return status;
}

static int compare(const void *user, int64_t a, int64_t b)
{
    const double x = ((const double *)user)[a], y = ((const double *)user)[b];
    return (x > y) - (x < y);
}

/* Indices of scores, ascending. */
static void sort(const double *scores, int64_t count, int64_t *order)
{
    for (int64_t i = 0; i < count; i++)
        order[i] = i;
    nc__sort_indices(order, count, compare, scores);
}

typedef struct sorted {
    const double *scores;
    int64_t count;
    int64_t *order;
} sorted;

/* Scores below a value, or below and equal to it, from position `from` on that is known to be
 * below. */
static int64_t count_below(const sorted *s, int64_t from, double value, bool or_equal)
{
    while (from < s->count &&
           (s->scores[s->order[from]] < value || (or_equal && s->scores[s->order[from]] == value)))
        from++;
    return from;
}

static double area(const sorted *inside, const sorted *outside)
{
    double sum = 0;
    int64_t below = 0;
    for (int64_t i = 0, end; i < inside->count; i = end) {
        const double value = inside->scores[inside->order[i]];
        end = count_below(inside, i, value, true);
        below = count_below(outside, below, value, false);
        const int64_t to_equal = count_below(outside, below, value, true);
        sum += (double)(end - i) * ((double)below + (double)(to_equal - below) / 2);
    }
    return sum / (double)inside->count / (double)outside->count;
}

/* The threshold is the score that ceil(19 n/20) of the n from inside reach. */
static double false_positives(const sorted *inside, const sorted *outside)
{
    const int64_t reaching = (19 * inside->count + 19) / 20;
    const double threshold = inside->scores[inside->order[inside->count - reaching]];
    return (double)(outside->count - count_below(outside, 0, threshold, false)) /
           (double)outside->count;
}

libnc_status libnc_ood_separation(libnc_context *context, const double *inside,
                                  int64_t inside_count, const double *outside,
                                  int64_t outside_count, double *auroc, double *fpr95)
{
    libnc_status status;
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if ((status = nc__check_bounds(context, "inside_count", inside_count, 1, MOST_SCORES)) ||
        (status = nc__check_bounds(context, "outside_count", outside_count, 1, MOST_SCORES)) ||
        (status = check_scores(context, "inside", inside, inside_count)) ||
        (status = check_scores(context, "outside", outside, outside_count)) ||
        (status = nc__check_given(context, "auroc", auroc)) ||
        (status = nc__check_given(context, "fpr95", fpr95)))
        return status;
    nc__arena arena = {.context = context};
    const sorted in = {inside, inside_count,
                       nc__arena_alloc(&arena, (size_t)inside_count, sizeof(int64_t))};
    const sorted out = {outside, outside_count,
                        nc__arena_alloc(&arena, (size_t)outside_count, sizeof(int64_t))};
    if ((status = nc__arena_status(&arena)) == LIBNC_OK) {
        sort(inside, inside_count, in.order);
        sort(outside, outside_count, out.order);
        *auroc = area(&in, &out);
        *fpr95 = false_positives(&in, &out);
    }
    nc__arena_release(&arena);
    return status;
}
