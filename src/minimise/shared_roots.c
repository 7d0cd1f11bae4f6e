/* SPDX-License-Identifier: MIT
 *
 * shared_roots.c: brackets narrowed by inverse interpolation through up to four samples about them
 * (Neville's scheme), and by halves where that does not shrink them.
 */
#include "minimise/shared_roots.h"

#include <math.h>
#include <string.h>

enum { FIRST_CAPACITY = 64, NEIGHBOURS = 4 };

/* A bracket that two steps have not shrunk to this share of its width is halved by the third. */
#define SHRUNK 0.25

libnc_status nc__samples_create(nc__samples *samples, libnc_context *context, int64_t functions,
                                nc__evaluate_fn evaluate, void *user)
{
    *samples = (nc__samples){.context = context,
                             .functions = functions,
                             .evaluate = evaluate,
                             .user = user,
                             .capacity = FIRST_CAPACITY};
    samples->x = nc__alloc(context, FIRST_CAPACITY, sizeof(double));
    samples->values = nc__alloc(context, FIRST_CAPACITY, (size_t)functions * sizeof(double));
    if (samples->x && samples->values)
        return LIBNC_OK;
    nc__samples_destroy(samples);
    return LIBNC_ERROR_MEMORY;
}

void nc__samples_destroy(nc__samples *samples)
{
    nc__free(samples->context, samples->values);
    nc__free(samples->context, samples->x);
    samples->values = samples->x = NULL;
}

static libnc_status grow(nc__samples *samples)
{
    const size_t row = (size_t)samples->functions * sizeof(double), count = (size_t)samples->count;
    double *x = nc__alloc(samples->context, 2 * (size_t)samples->capacity, sizeof *x);
    double *values = nc__alloc(samples->context, 2 * (size_t)samples->capacity, row);
    if (!x || !values) {
        nc__free(samples->context, values);
        nc__free(samples->context, x);
        return LIBNC_ERROR_MEMORY;
    }
    memcpy(x, samples->x, count * sizeof *x);
    memcpy(values, samples->values, count * row);
    nc__samples_destroy(samples);
    samples->x = x;
    samples->values = values;
    samples->capacity *= 2;
    return LIBNC_OK;
}

static double *row_of(const nc__samples *samples, int64_t i)
{
    return samples->values + i * samples->functions;
}

/* Moves samples i .. up by one. */
static void make_room(nc__samples *samples, int64_t i)
{
    const size_t later = (size_t)(samples->count - i);
    const size_t row = (size_t)samples->functions * sizeof(double);
    memmove(samples->x + i + 1, samples->x + i, later * sizeof(double));
    memmove(row_of(samples, i + 1), row_of(samples, i), later * row);
}

libnc_status nc__samples_add(nc__samples *samples, double x)
{
    int64_t i = samples->count;
    while (i > 0 && samples->x[i - 1] >= x)
        i--;
    if (i < samples->count && samples->x[i] == x)
        return LIBNC_OK;
    libnc_status status = samples->count < samples->capacity ? LIBNC_OK : grow(samples);
    if (status != LIBNC_OK)
        return status;
    make_room(samples, i);
    status = samples->evaluate(samples->user, x, row_of(samples, i));
    if (status != LIBNC_OK)
        return status; /* the samples are of no use any more */
    samples->x[i] = x;
    samples->count++;
    return LIBNC_OK;
}

int64_t nc__samples_fall(const nc__samples *samples, int64_t function)
{
    for (int64_t i = 0; i + 1 < samples->count; i++)
        if (row_of(samples, i)[function] > 0 && !(row_of(samples, i + 1)[function] > 0))
            return i;
    return -1;
}

/* x at value 0 of the polynomial in the value through the samples from `first` on. */
static double interpolate(const nc__samples *samples, int64_t function, int64_t first,
                          int64_t count)
{
    double x[NEIGHBOURS], value[NEIGHBOURS];
    for (int64_t j = 0; j < count; j++) {
        x[j] = samples->x[first + j];
        value[j] = row_of(samples, first + j)[function];
    }
    for (int64_t level = 1; level < count; level++)
        for (int64_t j = 0; j + level < count; j++)
            x[j] = (value[j + level] * x[j] - value[j] * x[j + 1]) / (value[j + level] - value[j]);
    return x[0];
}

/* How the next point of a bracket is chosen. */
enum { INTERPOLATE = 0, OVERSHOOT = 1, HALVE = 2, RULES = 3 };

/* Interpolation comes to a root from one side: so every other point is put as far beyond it as it
 * is from the nearer end, which brings the other end near. */
static double overshoot(double low, double high, double x)
{
    const double end = x - low < high - x ? low : high;
    return end + 2 * (x - end);
}

/* Where in the bracket after sample i to look next, at least `tolerance` from its ends. */
static double next_point(const nc__samples *samples, int64_t function, int64_t i, int rule,
                         double tolerance)
{
    const double low = samples->x[i], high = samples->x[i + 1], middle = low + (high - low) / 2;
    const int64_t first = i > 0 ? i - 1 : i;
    const int64_t last = i + 2 < samples->count ? i + 2 : i + 1;
    double x = rule == HALVE ? middle : interpolate(samples, function, first, last - first + 1);
    if (!(x > low && x < high))
        x = interpolate(samples, function, i, 2);
    if (!(x > low && x < high))
        x = middle;
    if (rule == OVERSHOOT)
        x = overshoot(low, high, x);
    return fmin(fmax(x, low + tolerance), high - tolerance);
}

libnc_status nc__samples_refine(nc__samples *samples, int64_t function, double tolerance,
                                double *root)
{
    double before = INFINITY; /* the width three steps ago */
    for (int step = 0;; step++) {
        const int64_t i = nc__samples_fall(samples, function);
        const double low = samples->x[i], width = samples->x[i + 1] - low;
        int rule = step % RULES;
        *root = low + width / 2;
        if (width <= 2 * tolerance || *root <= low || *root >= low + width)
            return LIBNC_OK;
        if (rule == INTERPOLATE)
            before = width;
        if (rule == HALVE && width < SHRUNK * before)
            rule = INTERPOLATE;
        const libnc_status status =
            nc__samples_add(samples, next_point(samples, function, i, rule, tolerance));
        if (status != LIBNC_OK)
            return status;
    }
}
