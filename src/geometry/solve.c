/* SPDX-License-Identifier: MIT
 *
 * solve.c: from settings to a solution: what goes together, and the solver that the problem needs.
 */
#include "geometry/geometry_internal.h"
#include "geometry/partial_products.h"
#include "geometry/solve_balanced.h"
#include "geometry/solve_mean_square.h"
#include "geometry/solve_one_layer.h"
#include "geometry/solve_search.h"

#include <math.h>

/* What a combination of settings rules out, beyond the bounds of each. */
static libnc_status check_settings(const nc__problem *problem, const char *loss)
{
    libnc_context *context = problem->context;
    if (problem->loss != LIBNC_LOSS_CROSS_ENTROPY && problem->smoothing != 0)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "label_smoothing = %g: must be 0 unless the loss is ce",
                        problem->smoothing);
    if (!problem->energy && !problem->has_weights)
        return LIBNC_OK;
    const char *what = problem->energy ? "form = energy" : "class weights";
    if (problem->loss != LIBNC_LOSS_CROSS_ENTROPY)
        return nc__fail(context, LIBNC_ERROR_UNSUPPORTED, "%s: the loss must be ce, not %s", what,
                        loss);
    if (problem->depth > 1 && (problem->energy || problem->method != NC__METHOD_SEARCH))
        return nc__fail(context, LIBNC_ERROR_UNSUPPORTED, "%s: the depth must be 1, not %d%s", what,
                        problem->depth, problem->energy ? "" : ", unless starts > 0");
    return LIBNC_OK;
}

/* Nothing but a finite number is a value, and nothing is proven without a bound. */
static libnc_status check_finite(const nc__solution *solution)
{
    const bool bounded =
        solution->status == LIBNC_GEOMETRY_PROVEN || solution->status == LIBNC_GEOMETRY_STALLED;
    if (isfinite(solution->loss) && isfinite(solution->multiplier) &&
        !(bounded && !(solution->gap >= 0 && isfinite(solution->gap))))
        return LIBNC_OK;
    return nc__fail(solution->problem->context, LIBNC_ERROR_NUMERICAL,
                    "the loss %g, its gap %g or the price %g is beyond a double", solution->loss,
                    solution->gap, solution->multiplier);
}

static libnc_status solve(nc__problem *problem, nc__convex **kept, nc__solution **solution)
{
    switch (problem->method) {
    case NC__METHOD_MEAN_SQUARE: return nc__solve_mean_square(problem, solution);
    case NC__METHOD_BALANCED: return nc__solve_balanced(problem, solution);
    case NC__METHOD_ONE_LAYER: return nc__solve_one_layer(problem, kept, solution);
    default: return nc__solve_search(problem, solution);
    }
}

libnc_status libnc_geometry_solve(libnc_geometry *geometry)
{
    if (!geometry)
        return LIBNC_ERROR_ARGUMENT;
    nc__problem *problem = NULL;
    nc__solution *solution = NULL;
    libnc_status status = nc__problem_create(&problem, geometry, nc__problem_grouping(geometry));
    if (status == LIBNC_OK)
        status = check_settings(
            problem,
            libnc_options_choice(&geometry->options, LIBNC_GEOMETRY_OPTION_LOSS, problem->loss));
    if (status == LIBNC_OK)
        status = solve(problem, geometry->is_warm ? &geometry->convex : NULL, &solution);
    if (status == LIBNC_OK)
        status = check_finite(solution);
    if (status == LIBNC_OK)
        status = nc__check_range(solution);
    if (status == LIBNC_OK) {
        nc__geometry_store(geometry, solution);
        return LIBNC_OK;
    }
    nc__solution_destroy(solution);
    nc__problem_destroy(problem);
    return status;
}
