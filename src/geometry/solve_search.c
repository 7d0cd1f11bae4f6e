/* SPDX-License-Identifier: MIT
 *
 * solve_search.c: cross-entropy with two and more layers, by search.
 *
 * doc/deep_cross_entropy.md. A solution found here has the status best known, never more.
 */
#include "geometry/solve_search.h"

#include "deep/deep_point.h"
#include "deep/deep_search.h"

#include <math.h>

/* K x K factorisations are repeated for every start: beyond this a search would take days. */
enum { MOST_CLASSES = 1000 };

/* Entries of Z D that differ by less than this share of its norm are the same. */
#define SAME_ENTRY 1e-6

void nc__deep_setting_destroy(nc__deep_setting *setting, libnc_context *context)
{
    nc__free(context, setting->arrays);
    setting->arrays = NULL;
}

static libnc_status check_setting(const nc__problem *problem)
{
    const int64_t classes = problem->groups->classes;
    libnc_context *context = problem->context;
    if (problem->loss != LIBNC_LOSS_CROSS_ENTROPY)
        return nc__fail(context, LIBNC_ERROR_UNSUPPORTED, "geometry: the loss must be ce");
    if (problem->energy)
        return nc__fail(context, LIBNC_ERROR_UNSUPPORTED, "geometry: the form must be decay");
    if (classes < 2 || classes > MOST_CLASSES)
        return nc__fail(context, LIBNC_ERROR_UNSUPPORTED,
                        "geometry: K = %lld: must be from 2 to %d", (long long)classes,
                        MOST_CLASSES);
    return LIBNC_OK;
}

libnc_status nc__deep_setting_create(nc__deep_setting *setting, const nc__problem *problem)
{
    const nc__groups *groups = problem->groups;
    const int64_t classes = groups->classes;
    const libnc_status status = check_setting(problem);
    if (status != LIBNC_OK)
        return status;
    double *arrays = nc__alloc(problem->context, 2 * (size_t)classes, sizeof *arrays);
    if (!arrays)
        return LIBNC_ERROR_MEMORY;
    for (int64_t g = 0; g < groups->count; g++)
        for (int64_t p = groups->start[g]; p < groups->start[g + 1]; p++) {
            arrays[groups->order[p]] = problem->weight[g];
            arrays[classes + groups->order[p]] = problem->scale[g];
        }
    setting->arrays = arrays;
    setting->problem = (nc__deep_problem){.classes = classes,
                                          .depth = problem->depth,
                                          .bias = problem->bias,
                                          .cost = problem->bound,
                                          .smoothing = problem->smoothing,
                                          .weight = arrays,
                                          .root = arrays + classes};
    return LIBNC_OK;
}

/* The rows of Z sum to zero: no rank above K - 1. */
int64_t nc__deep_most(const nc__problem *problem)
{
    const int64_t most = problem->groups->classes - 1;
    return problem->width < most ? problem->width : most;
}

/* ---- the search as a solution ---- */

/* Every class is its own group g, class order[g]; all directions are coupled ones. The energy of a
 * direction is c s^{2/(M+1)} in every layer. */
static void fill_directions(const nc__deep_problem *problem, const nc__deep_point *point,
                            nc__solution *solution)
{
    const nc__groups *groups = solution->groups;
    const int64_t classes = groups->classes, rank = point->rank;
    for (int64_t i = 0; i < rank; i++) {
        nc__family *family = &solution->coupled[i];
        family->count = family->kept = 1;
        family->value = point->values[i];
        family->log_energy =
            log(problem->cost) + 2 / (problem->depth + 1.0) * log(point->values[i]);
        solution->sorted[i] = classes + i;
        for (int64_t g = 0; g < classes; g++) {
            solution->left[i * classes + g] = point->left[i * classes + groups->order[g]];
            solution->right[i * classes + g] = point->right[i * classes + groups->order[g]];
        }
    }
    for (int64_t g = 0; g < classes; g++) {
        solution->sorted[rank + g] = g;
        solution->bias[g] = point->bias[groups->order[g]];
    }
}

/* Whether exchanging classes k and l leaves P as it is. */
static bool exchangeable(const double *product, int64_t classes, int64_t k, int64_t l,
                         double tolerance)
{
    for (int64_t i = 0; i < classes; i++) {
        const int64_t j = i == k ? l : i == l ? k : i;
        if (fabs(product[i * classes + k] - product[j * classes + l]) > tolerance ||
            fabs(product[k * classes + i] - product[l * classes + j]) > tolerance)
            return false;
    }
    return true;
}

/* Classes of equal count and weight that may not be exchanged in P give other points as low.
 * Exchanges of neighbours among them generate all. */
static libnc_status find_choice(libnc_context *context, const nc__deep_problem *problem,
                                const nc__deep_point *point, bool *unique)
{
    const int64_t classes = problem->classes;
    double *product = nc__alloc(context, (size_t)(classes * classes), sizeof *product);
    if (!product)
        return LIBNC_ERROR_MEMORY;
    nc__deep_point_product(point, product);
    const double tolerance = SAME_ENTRY * point->values[0];
    *unique = true;
    for (int64_t k = 0; k < classes && *unique; k++) {
        int64_t l = k + 1;
        while (l < classes &&
               (problem->weight[l] != problem->weight[k] || problem->root[l] != problem->root[k]))
            l++;
        *unique = l == classes || exchangeable(product, classes, k, l, tolerance);
    }
    nc__free(context, product);
    return LIBNC_OK;
}

static libnc_status store(const nc__deep_problem *deep, const nc__deep_search *search,
                          const nc__deep_point *point, nc__solution *solution)
{
    const libnc_status status = nc__solution_add_vectors(solution);
    if (status != LIBNC_OK)
        return status;
    solution->status = LIBNC_GEOMETRY_BEST_KNOWN;
    solution->loss = point->value;
    solution->gap = (double)NAN;
    solution->multiplier = deep->cost;
    solution->starts = search->started;
    solution->hits = search->hits;
    fill_directions(deep, point, solution);
    return find_choice(solution->problem->context, deep, point, &solution->unique);
}

libnc_status nc__solve_search(nc__problem *problem, nc__solution **solution)
{
    libnc_context *context = problem->context;
    nc__deep_search search = {
        .width = nc__deep_most(problem), .starts = problem->starts, .seed = problem->seed};
    nc__deep_setting setting = {.arrays = NULL};
    nc__deep_point best;
    libnc_status status = nc__deep_setting_create(&setting, problem);
    if (status != LIBNC_OK)
        return status;
    status = nc__deep_point_create(&best, context, setting.problem.classes);
    if (status == LIBNC_OK) {
        status = nc__deep_search_run(&search, context, &setting.problem, &best);
        if (status == LIBNC_OK) {
            *solution = nc__solution_create(problem, true, best.rank);
            status =
                *solution ? store(&setting.problem, &search, &best, *solution) : LIBNC_ERROR_MEMORY;
        }
        nc__deep_point_destroy(&best);
    }
    nc__deep_setting_destroy(&setting, context);
    return status;
}
