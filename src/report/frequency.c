/* SPDX-License-Identifier: MIT
 *
 * frequency.c: correlations of values by class with the logarithm of the class's count.
 */
#include "base/error.h"
#include "base/memory.h"
#include "base/sort.h"
#include "report/report_internal.h"

#include <math.h>
#include <string.h>

enum { FEWEST = 3 };

static int compare(const void *values, int64_t a, int64_t b)
{
    const double x = ((const double *)values)[a], y = ((const double *)values)[b];
    return (x > y) - (x < y);
}

/* Ranks from 0, equal values sharing the average of theirs, in place of the values. */
static void rank(double *values, int64_t count, int64_t *order, double *ranks)
{
    for (int64_t i = 0; i < count; i++)
        order[i] = i;
    nc__sort_indices(order, count, compare, values);
    for (int64_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && values[order[end]] == values[order[i]]; end++)
            ;
        for (int64_t j = i; j < end; j++)
            ranks[order[j]] = (double)(i + end - 1) / 2;
    }
    memcpy(values, ranks, (size_t)count * sizeof *values);
}

static double mean_of(const double *values, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}

static bool is_constant(const double *values, int64_t count)
{
    for (int64_t i = 1; i < count; i++)
        if (values[i] != values[0])
            return false;
    return true;
}

/* NaN where one of them is constant. */
static double correlation(const double *x, const double *y, int64_t count)
{
    if (count < FEWEST || is_constant(x, count) || is_constant(y, count))
        return NAN;
    const double mean_x = mean_of(x, count), mean_y = mean_of(y, count);
    double xx = 0, yy = 0, xy = 0;
    for (int64_t i = 0; i < count; i++) {
        const double a = x[i] - mean_x, b = y[i] - mean_y;
        xx += a * a;
        yy += b * b;
        xy += a * b;
    }
    return fmin(fmax(xy / sqrt(xx) / sqrt(yy), -1), 1);
}

/* Logarithms of counts beside finite values, from the front; how many. */
static int64_t keep_finite(double *counts, double *values, int64_t classes)
{
    int64_t kept = 0;
    for (int64_t k = 0; k < classes; k++)
        if (counts[k] > 0 && isfinite(values[k])) {
            counts[kept] = log(counts[k]);
            values[kept++] = values[k];
        }
    return kept;
}

libnc_status libnc_report_frequency(const libnc_report *report, int32_t vector, int32_t layer,
                                    double *pearson, double *spearman)
{
    if (!report)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = nc__report_context(report);
    libnc_status status;
    if ((status = nc__check_given(context, "pearson", pearson)) != LIBNC_OK ||
        (status = nc__check_given(context, "spearman", spearman)) != LIBNC_OK)
        return status;
    const size_t K = (size_t)libnc_report_classes(report);
    nc__arena arena = {.context = context};
    double *counts = nc__arena_alloc(&arena, K, sizeof *counts);
    double *values = nc__arena_alloc(&arena, K, sizeof *values);
    double *ranks = nc__arena_alloc(&arena, K, sizeof *ranks);
    int64_t *order = nc__arena_alloc(&arena, K, sizeof *order);
    if ((status = nc__arena_status(&arena)) == LIBNC_OK)
        status = libnc_report_vector(report, vector, layer, values, K);
    if (status == LIBNC_OK)
        status = libnc_report_vector(report, LIBNC_CLASS_COUNT, layer, counts, K);
    if (status == LIBNC_OK) {
        const int64_t kept = keep_finite(counts, values, (int64_t)K);
        *pearson = correlation(counts, values, kept);
        rank(counts, kept, order, ranks);
        rank(values, kept, order, ranks);
        *spearman = correlation(counts, values, kept);
    }
    nc__arena_release(&arena);
    return status;
}
