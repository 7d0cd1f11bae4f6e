/* SPDX-License-Identifier: MIT
 *
 * accumulator_spectrum.c: the eigenvalues of Sigma_W = S_W/N (doc/metrics.md, "Statistics").
 */
#include "accumulator/accumulator_internal.h"

#include <math.h>

static libnc_status check_values(const libnc_accumulator *a, const double *values, size_t size)
{
    if (!a)
        return LIBNC_ERROR_ARGUMENT;
    if (!values)
        return nc__fail(a->context, LIBNC_ERROR_ARGUMENT, "values = NULL: must be given");
    if (size != (size_t)a->width)
        return nc__fail(a->context, LIBNC_ERROR_DIMENSION, "size = %zu: must be the width %lld",
                        size, (long long)a->width);
    return LIBNC_OK;
}

/* Rounding may leave an eigenvalue of a positive semidefinite matrix below 0. */
static void write_descending(const double *ascending, int64_t width, double samples, double *values)
{
    for (int64_t i = 0; i < width; i++) {
        const double value = ascending[width - 1 - i] / samples;
        values[i] = value > 0 ? value : 0;
    }
}

libnc_status libnc_accumulator_spectrum(const libnc_accumulator *a, double *values, size_t size)
{
    libnc_status status = check_values(a, values, size);
    if (status != LIBNC_OK)
        return status;
    nc__arena arena = {.context = a->context};
    double *scatter = nc__arena_alloc(&arena, size, size * sizeof *scatter);
    double *ascending = nc__arena_alloc(&arena, size, sizeof *ascending);
    status = nc__arena_status(&arena);
    if (status == LIBNC_OK)
        status = libnc_accumulator_scatter(a, scatter, size * size);
    if (status == LIBNC_OK)
        status = nc__symmetric_eigenvalues(a->context, scatter, a->width, ascending);
    if (status == LIBNC_OK && !isfinite(ascending[a->width - 1]))
        status = nc__fail(a->context, LIBNC_ERROR_NOT_FINITE,
                          "values: features are so large that they overflow");
    if (status == LIBNC_OK)
        write_descending(ascending, a->width, (double)libnc_accumulator_samples(a), values);
    nc__arena_release(&arena);
    return status;
}
