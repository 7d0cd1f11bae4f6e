/* SPDX-License-Identifier: MIT
 *
 * factors.c: a minimiser itself, P and Hbar with one singular direction per column.
 *
 *     P = U diag(sqrt(a_i)),    Hbar^T = D^{-1} V diag(sqrt(f_i)),    sqrt(a_i f_i) = s_i
 */
#include "geometry/geometry_internal.h"
#include "geometry/partial_products.h"
#include "geometry/predicted_ties.h"

#include <math.h>
#include <string.h>

/* Columns `column` .. of one family; `left` for P, else for the class means. */
static void fill_within(const libnc_geometry *geometry, int64_t g, double length, int64_t column,
                        int64_t width, double *values)
{
    const nc__groups *groups = geometry->solution->groups;
    const nc__family *family = &geometry->solution->within[g];
    for (int64_t p = groups->start[g]; p < groups->start[g + 1]; p++)
        for (int64_t j = 0; j < family->kept; j++)
            values[groups->order[p] * width + column + j] =
                length * nc__geometry_basis(geometry->solution, p - groups->start[g], j);
}

static void fill_coupled(const libnc_geometry *geometry, int64_t i, bool left, double length,
                         int64_t column, int64_t width, double *values)
{
    const nc__solution *solution = geometry->solution;
    const nc__groups *groups = solution->groups;
    for (int64_t g = 0; g < groups->count; g++) {
        const double entry = left ? nc__coupled_left(solution, i, g)
                                  : nc__coupled_right(solution, i, g) / solution->problem->scale[g];
        for (int64_t p = groups->start[g]; p < groups->start[g + 1]; p++)
            values[groups->order[p] * width + column] = length * entry;
    }
}

static double length_of(const libnc_geometry *geometry, const nc__family *family, bool left)
{
    double classifier, features;
    nc__log_partial_products(geometry->solution->problem, family, 1, &classifier, &features);
    return exp(0.5 * (left ? classifier : features));
}

static void fill_factor(const libnc_geometry *geometry, bool left, int64_t width, double *values)
{
    const nc__solution *solution = geometry->solution;
    const nc__groups *groups = solution->groups;
    memset(values, 0, (size_t)(groups->classes * width) * sizeof *values);
    int64_t column = 0;
    for (int64_t f = 0; f < groups->count + solution->coupled_count; f++) {
        const nc__family *family = nc__solution_family(solution, f);
        if (family->kept == 0)
            continue;
        const double length = length_of(geometry, family, left);
        const int64_t number = nc__solution_order(solution, f), i = number - groups->count;
        if (i >= 0)
            fill_coupled(geometry, i, left, length, column, width, values);
        else
            fill_within(geometry, number, left ? length : length / solution->problem->scale[number],
                        column, width, values);
        column += family->kept;
    }
}

static libnc_status check_factors(const libnc_geometry *geometry, int64_t width, size_t size)
{
    const int64_t rank = nc__solution_rank(geometry->solution);
    const size_t classes = (size_t)geometry->groups.classes;
    size_t wanted;
    if (width < rank)
        return nc__fail(geometry->context, LIBNC_ERROR_DIMENSION,
                        "width = %lld: must be at least the rank %lld", (long long)width,
                        (long long)rank);
    if (!nc__multiply(classes, (size_t)width, &wanted) || wanted > SIZE_MAX / sizeof(double))
        return nc__fail(geometry->context, LIBNC_ERROR_DIMENSION,
                        "width = %lld: %zu times it overflows", (long long)width, classes);
    if (size != wanted)
        return nc__fail(geometry->context, LIBNC_ERROR_DIMENSION, "size = %zu: must be %zu", size,
                        wanted);
    return LIBNC_OK;
}

libnc_status libnc_geometry_factors(const libnc_geometry *geometry, int64_t width,
                                    double *classifier, double *features, size_t size)
{
    libnc_status status = nc__geometry_check(geometry);
    if (status == LIBNC_OK && !classifier && !features)
        return nc__fail(geometry->context, LIBNC_ERROR_ARGUMENT,
                        "classifier, features = NULL: must be given");
    if (status == LIBNC_OK && width < 0)
        return nc__fail(geometry->context, LIBNC_ERROR_ARGUMENT,
                        "width = %lld: must not be negative", (long long)width);
    if (status == LIBNC_OK)
        status = check_factors(geometry, width, size);
    if (status != LIBNC_OK)
        return status;
    if (classifier)
        fill_factor(geometry, true, width, classifier);
    if (features)
        fill_factor(geometry, false, width, features);
    return LIBNC_OK;
}
