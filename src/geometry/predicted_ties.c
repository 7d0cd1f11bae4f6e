/* SPDX-License-Identifier: MIT
 *
 * predicted_ties.c: the block in which the minimisers of a tie differ.
 */
#include "geometry/predicted_ties.h"

#include "geometry/geometry_internal.h"
#include "geometry/partial_products.h"

#include <math.h>

void nc__geometry_tie(const libnc_geometry *geometry, nc__tie *tie)
{
    *tie = geometry->solution->tie;
}

void nc__geometry_tie_gains(const libnc_geometry *geometry, int32_t layer, double *classifier,
                            double *features)
{
    const nc__family *family = geometry->solution->tied;
    *classifier = *features = 0;
    if (!family || family->kept == 0)
        return;
    nc__log_partial_products(geometry->solution->problem, family, layer, classifier, features);
    *classifier = exp(*classifier);
    *features = exp(*features);
}

double nc__geometry_basis(const nc__solution *solution, int64_t position, int64_t j)
{
    if (!solution->centred)
        return position == j;
    const double length = sqrt((double)(j + 1) * (double)(j + 2));
    if (position <= j)
        return 1 / length;
    return position == j + 1 ? -(double)(j + 1) / length : 0;
}

void nc__geometry_tie_basis(const libnc_geometry *geometry, double *left, double *right)
{
    const nc__solution *solution = geometry->solution;
    const nc__groups *groups = geometry->solution->groups;
    const int64_t size = solution->tie.size;
    for (int64_t g = 0; g < groups->count && size > 0; g++)
        for (int64_t p = groups->start[g]; p < groups->start[g + 1]; p++) {
            double *left_row = left + groups->order[p] * size;
            double *right_row = right + groups->order[p] * size;
            const bool own = solution->tied == &solution->within[g];
            for (int64_t j = 0; j < size; j++)
                left_row[j] = right_row[j] =
                    own ? nc__geometry_basis(solution, p - groups->start[g], j) : 0;
            for (int64_t i = 0; i < solution->coupled_count; i++)
                if (solution->tied == &solution->coupled[i]) {
                    left_row[0] = nc__coupled_left(solution, i, g);
                    right_row[0] = nc__coupled_right(solution, i, g);
                }
        }
}
