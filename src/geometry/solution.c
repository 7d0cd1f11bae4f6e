/* SPDX-License-Identifier: MIT
 *
 * solution.c: a solution's memory, its families in order, and the entries of its coupled
 * directions, which are formulas for MSE and vectors where the solution is numerical.
 */
#include "geometry/solution.h"

nc__solution *nc__solution_create(nc__problem *problem, bool centred, int64_t coupled)
{
    libnc_context *context = problem->context;
    nc__solution *solution = nc__alloc(context, 1, sizeof *solution);
    if (!solution)
        return NULL;
    solution->arena.context = context;
    solution->problem = problem;
    solution->groups = problem->groups;
    solution->centred = centred;
    solution->unique = true;
    solution->coupled_count = coupled;
    solution->within =
        nc__arena_alloc(&solution->arena, (size_t)problem->groups->count, sizeof(nc__family));
    solution->coupled = nc__arena_alloc(&solution->arena, (size_t)coupled, sizeof(nc__family));
    solution->roots = nc__arena_alloc(&solution->arena, (size_t)coupled, sizeof *solution->roots);
    if (solution->arena.failed) {
        nc__solution_destroy(solution);
        return NULL;
    }
    return solution;
}

libnc_status nc__solution_add_vectors(nc__solution *solution)
{
    const size_t G = (size_t)solution->groups->count, r = (size_t)solution->coupled_count;
    solution->directions = NC__DIRECTIONS_VECTORS;
    solution->left = nc__arena_alloc(&solution->arena, r * G, sizeof(double));
    solution->right = nc__arena_alloc(&solution->arena, r * G, sizeof(double));
    solution->bias = nc__arena_alloc(&solution->arena, G, sizeof(double));
    solution->sorted = nc__arena_alloc(&solution->arena, G + r, sizeof *solution->sorted);
    return nc__arena_status(&solution->arena);
}

void nc__solution_destroy(nc__solution *solution)
{
    if (!solution)
        return;
    nc__arena_release(&solution->arena);
    nc__free(solution->arena.context, solution);
}

/* By formula a coupled family lies between the groups before and after it. */
int64_t nc__solution_order(const nc__solution *solution, int64_t index)
{
    if (solution->directions == NC__DIRECTIONS_VECTORS)
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

int64_t nc__solution_rank(const nc__solution *solution)
{
    int64_t rank = 0;
    for (int64_t f = 0; f < solution->groups->count + solution->coupled_count; f++)
        rank += nc__solution_family(solution, f)->kept;
    return rank;
}

double nc__coupled_left(const nc__solution *solution, int64_t i, int64_t group)
{
    if (solution->directions == NC__DIRECTIONS_VECTORS)
        return solution->left[i * solution->groups->count + group];
    return nc__root_left(solution->groups, &solution->roots[i], group);
}

double nc__coupled_right(const nc__solution *solution, int64_t i, int64_t group)
{
    if (solution->directions == NC__DIRECTIONS_VECTORS)
        return solution->right[i * solution->groups->count + group];
    return nc__root_right(solution->groups, &solution->roots[i], group);
}

int64_t nc__solution_support(const nc__solution *solution, int64_t group)
{
    const int64_t kept = solution->within[group].kept;
    return kept > 0 ? kept + solution->centred : 0;
}
