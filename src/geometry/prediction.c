/* SPDX-License-Identifier: MIT
 *
 * prediction.c: what a prediction says in single numbers and by class: status, loss, rank, groups.
 */
#include "geometry/geometry_internal.h"
#include "geometry/output_checks.h"
#include "geometry/solve_balanced.h"

#include <math.h>

int32_t libnc_geometry_status(const libnc_geometry *geometry)
{
    return geometry && nc__geometry_is_solved(geometry) ? geometry->solution->status : 0;
}

libnc_status libnc_geometry_loss(const libnc_geometry *geometry, double *loss, double *gap)
{
    const libnc_status status = nc__check_output(geometry, "loss", loss);
    if (status != LIBNC_OK)
        return status;
    *loss = geometry->solution->loss;
    if (gap)
        *gap = geometry->solution->gap;
    return LIBNC_OK;
}

libnc_status libnc_geometry_unique(const libnc_geometry *geometry, int32_t *unique)
{
    const libnc_status status = nc__check_output(geometry, "unique", unique);
    if (status == LIBNC_OK)
        *unique = geometry->solution->unique;
    return status;
}

libnc_status libnc_geometry_multiplier(const libnc_geometry *geometry, double *multiplier)
{
    const libnc_status status = nc__check_output(geometry, "multiplier", multiplier);
    if (status == LIBNC_OK)
        *multiplier = geometry->solution->multiplier;
    return status;
}

libnc_status libnc_geometry_rank(const libnc_geometry *geometry, int64_t *rank)
{
    const libnc_status status = nc__check_output(geometry, "rank", rank);
    if (status == LIBNC_OK)
        *rank = nc__solution_rank(geometry->solution);
    return status;
}

libnc_status libnc_geometry_groups(const libnc_geometry *geometry, int64_t *count, int32_t *groups,
                                   size_t size)
{
    const libnc_status status =
        nc__check_output(geometry, "count, groups", count ? (void *)count : (void *)groups);
    if (status != LIBNC_OK)
        return status;
    const nc__groups *own = geometry->solution->groups;
    if (groups && size != (size_t)own->classes)
        return nc__fail(geometry->context, LIBNC_ERROR_DIMENSION, "size = %zu: must be %lld", size,
                        (long long)own->classes);
    for (int64_t g = 0; g < own->count && groups; g++)
        for (int64_t p = own->start[g]; p < own->start[g + 1]; p++)
            groups[own->order[p]] = (int32_t)g;
    if (count)
        *count = own->count;
    return LIBNC_OK;
}

libnc_status libnc_geometry_search(const libnc_geometry *geometry, int64_t *starts, int64_t *hits)
{
    const libnc_status status = nc__geometry_check(geometry);
    if (status != LIBNC_OK)
        return status;
    if (!starts && !hits)
        return nc__fail(geometry->context, LIBNC_ERROR_ARGUMENT,
                        "starts, hits = NULL: one must be given");
    if (starts)
        *starts = geometry->solution->starts;
    if (hits)
        *hits = geometry->solution->hits;
    return LIBNC_OK;
}

/* Lengths below this share of the longest are what a numerical solution leaves of zero: its logits
 * are good to about the square root of the gap. */
#define LOST_LENGTH 1e-7

/* Squared lengths of row and mean of a class of a group, in units that are the same for all. */
static double hold_on(const nc__solution *solution, int64_t g)
{
    double sum = solution->within[g].kept > 0 ? solution->within[g].value : 0;
    for (int64_t i = 0; i < solution->coupled_count; i++) {
        const double left = nc__coupled_left(solution, i, g);
        const double right = nc__coupled_right(solution, i, g);
        sum += solution->coupled[i].value * (left * left + right * right);
    }
    return sum;
}

static void find_lost(const nc__solution *solution, int32_t *lost)
{
    const nc__groups *groups = solution->groups;
    double largest = 0;
    for (int64_t g = 0; g < groups->count; g++)
        largest = fmax(largest, hold_on(solution, g));
    for (int64_t g = 0; g < groups->count; g++) {
        const bool held = hold_on(solution, g) > LOST_LENGTH * LOST_LENGTH * largest;
        for (int64_t p = groups->start[g]; p < groups->start[g + 1]; p++)
            lost[groups->order[p]] = !held;
    }
}

/* Coupled directions by formula have no zero entry: one that is kept keeps every class. */
libnc_status libnc_geometry_lost_classes(const libnc_geometry *geometry, int32_t *lost, size_t size)
{
    const libnc_status status = nc__check_vector_output(geometry, "lost", lost, size);
    if (status != LIBNC_OK)
        return status;
    if (geometry->solution->directions == NC__DIRECTIONS_VECTORS) {
        find_lost(geometry->solution, lost);
        return LIBNC_OK;
    }
    const nc__groups *groups = geometry->solution->groups;
    bool coupled = false;
    for (int64_t i = 0; i < geometry->solution->coupled_count; i++)
        coupled = coupled || geometry->solution->coupled[i].kept > 0;
    for (int64_t g = 0; g < groups->count; g++) {
        const int64_t support = nc__solution_support(geometry->solution, g);
        for (int64_t p = groups->start[g]; p < groups->start[g + 1]; p++)
            lost[groups->order[p]] = !coupled && p - groups->start[g] >= support;
    }
    return LIBNC_OK;
}

libnc_status libnc_geometry_etf(const libnc_geometry *geometry, double *loss, double *scale)
{
    double found_loss, found_scale;
    nc__problem *problem = NULL;
    if (!geometry)
        return LIBNC_ERROR_ARGUMENT;
    if (!loss && !scale)
        return nc__fail(geometry->context, LIBNC_ERROR_ARGUMENT,
                        "loss, scale = NULL: one must be given");
    libnc_status status = nc__problem_create(&problem, geometry, NC__GROUPING_COUNTS);
    if (status == LIBNC_OK)
        status = nc__balanced_simplex(problem, &found_loss, &found_scale);
    nc__problem_destroy(problem);
    if (status != LIBNC_OK)
        return status;
    if (loss)
        *loss = found_loss;
    if (scale)
        *scale = found_scale;
    return LIBNC_OK;
}
