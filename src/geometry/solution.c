/* SPDX-License-Identifier: MIT
 *
 * solution.c: a solution's room, its families in order, and the entries of its coupled directions,
 * which are formulas for MSE and vectors where the solution is numerical.
 */
#include "geometry/geometry_private.h"

#include <math.h>

nc__solution *nc__solution_create(libnc_context *context, const nc__groups *groups, bool centred,
                                  int64_t coupled)
{
    nc__solution *solution = nc__alloc(context, 1, sizeof *solution);
    if (!solution)
        return NULL;
    solution->groups = groups;
    solution->centred = centred;
    solution->coupled_count = coupled;
    solution->within = nc__alloc(context, (size_t)groups->count, sizeof *solution->within);
    solution->coupled = nc__alloc(context, (size_t)coupled, sizeof *solution->coupled);
    solution->roots = nc__alloc(context, (size_t)coupled, sizeof *solution->roots);
    if (!solution->within || !solution->coupled || !solution->roots) {
        nc__solution_destroy(context, solution);
        return NULL;
    }
    return solution;
}

void nc__solution_destroy(libnc_context *context, nc__solution *solution)
{
    if (!solution)
        return;
    nc__free(context, solution->sorted);
    nc__free(context, solution->bias);
    nc__free(context, solution->right);
    nc__free(context, solution->left);
    nc__free(context, solution->roots);
    nc__free(context, solution->coupled);
    nc__free(context, solution->within);
    nc__groups_destroy(&solution->regrouped, context);
    nc__free(context, solution);
}

/* By formula a coupled family lies between the groups before and after it. */
int64_t nc__solution_order(const nc__solution *solution, int64_t index)
{
    if (solution->sorted)
        return solution->sorted[index];
    if (solution->coupled_count == 0)
        return index;
    return index % 2 ? solution->groups->count + index / 2 : index / 2;
}

const nc__family *nc__solution_family(const nc__solution *solution, int64_t index)
{
    const int64_t family = nc__solution_order(solution, index), count = solution->groups->count;
    return family < count ? &solution->within[family] : &solution->coupled[family - count];
}

double nc__column_scale(const libnc_geometry *geometry, const nc__groups *groups, int64_t group)
{
    const bool energy =
        nc__option_int(&geometry->options, LIBNC_GEOMETRY_OPTION_FORM) == NC__GEOMETRY_ENERGY;
    return energy ? 1 : sqrt(groups->size[group]);
}

double nc__coupled_left(const nc__solution *solution, int64_t i, int64_t group)
{
    if (solution->left)
        return solution->left[i * solution->groups->count + group];
    return nc__root_left(solution->groups, &solution->roots[i], group);
}

double nc__coupled_right(const nc__solution *solution, int64_t i, int64_t group)
{
    if (solution->right)
        return solution->right[i * solution->groups->count + group];
    return nc__root_right(solution->groups, &solution->roots[i], group);
}
