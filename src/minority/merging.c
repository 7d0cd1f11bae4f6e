/* SPDX-License-Identifier: MIT
 *
 * merging.c: groups, slopes and prices of a cross-entropy problem (merging.h).
 */
#include "minority/merging.h"

#include "geometry/geometry_internal.h"

#include <libnc/threshold.h>

#include <math.h>

/* Relative gap asked of the convex solver: a few units of rounding. It stops where it can get no
 * nearer, and what it reached is used. */
#define WANTED_GAP 1e-14

enum { MOST_ITERATIONS = 100000 };

void nc__imbalance_destroy(nc__imbalance *imbalance)
{
    if (!imbalance)
        return;
    libnc_context *context = imbalance->arena.context;
    nc__problem_destroy(imbalance->problem);
    nc__arena_release(&imbalance->arena);
    nc__free(context, imbalance);
}

libnc_status nc__imbalance_mark(libnc_context *context, const char *name, int64_t total,
                                const int64_t *classes, int64_t chosen, int64_t *marks)
{
    const int64_t last = total - 1;
    for (int64_t i = 0; i < chosen; i++) {
        const int64_t k = classes[i];
        if (k < 0 || k > last)
            return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                            "%s[%lld] = %lld: must be from 0 to %lld", name, (long long)i,
                            (long long)k, (long long)last);
        if (marks[k] != 0)
            return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s[%lld] = %lld: is given twice", name,
                            (long long)i, (long long)k);
        marks[k] = 1;
    }
    return LIBNC_OK;
}

/* Turns marks into groups: of each group of the geometry the classes not chosen, then those that
 * are. */
static void split_groups(nc__imbalance *imbalance, const nc__groups *groups)
{
    for (int64_t g = 0; g < groups->count; g++) {
        int64_t index[2] = {-1, -1};
        for (int64_t p = groups->start[g]; p < groups->start[g + 1]; p++) {
            const int64_t k = groups->order[p], mark = imbalance->group[k];
            if (index[mark] < 0) {
                index[mark] = imbalance->count++;
                imbalance->size[index[mark]] = groups->size[g];
                imbalance->weight[index[mark]] = groups->weight[g];
                imbalance->chosen[index[mark]] = (double)mark;
                imbalance->scale[index[mark]] =
                    imbalance->problem->energy ? 1 : sqrt(groups->size[g]);
            }
            imbalance->multiplicity[index[mark]] += 1;
            imbalance->group[k] = index[mark];
        }
    }
}

static libnc_status check_problem(const nc__problem *problem)
{
    if (problem->loss != LIBNC_LOSS_CROSS_ENTROPY)
        return nc__fail(problem->context, LIBNC_ERROR_UNSUPPORTED,
                        "loss: minority collapse is known for ce only");
    if (problem->depth != 1)
        return nc__fail(problem->context, LIBNC_ERROR_UNSUPPORTED,
                        "depth = %d: minority collapse is known for depth 1 only", problem->depth);
    return LIBNC_OK;
}

static libnc_status allocate(nc__imbalance *imbalance, size_t classes, size_t groups)
{
    nc__arena *arena = &imbalance->arena;
    imbalance->group = nc__arena_alloc(arena, classes, sizeof *imbalance->group);
    imbalance->multiplicity = nc__arena_alloc(arena, groups, sizeof(double));
    imbalance->size = nc__arena_alloc(arena, groups, sizeof(double));
    imbalance->weight = nc__arena_alloc(arena, groups, sizeof(double));
    imbalance->chosen = nc__arena_alloc(arena, groups, sizeof(double));
    imbalance->loss = nc__arena_alloc(arena, groups, sizeof(double));
    imbalance->scale = nc__arena_alloc(arena, groups, sizeof(double));
    return nc__arena_status(arena);
}

static libnc_status read_groups(nc__imbalance *imbalance, const int64_t *classes, int64_t chosen)
{
    const nc__groups *groups = imbalance->problem->groups;
    const size_t most = (size_t)(classes ? 2 * groups->count : groups->count);
    libnc_status status = check_problem(imbalance->problem);
    if (status == LIBNC_OK)
        status = allocate(imbalance, (size_t)groups->classes, most);
    if (status == LIBNC_OK)
        status = nc__imbalance_mark(imbalance->problem->context, "classes", groups->classes,
                                    classes, classes ? chosen : 0, imbalance->group);
    if (status != LIBNC_OK)
        return status;
    imbalance->samples = groups->samples;
    split_groups(imbalance, groups);
    nc__imbalance_weigh(imbalance, 1);
    return LIBNC_OK;
}

libnc_status nc__imbalance_create(nc__imbalance **imbalance, const libnc_geometry *geometry,
                                  const int64_t *classes, int64_t chosen)
{
    libnc_context *context = nc__geometry_context(geometry);
    nc__imbalance *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->arena.context = context;
    libnc_status status = nc__problem_create(&created->problem, geometry, NC__GROUPING_WEIGHTS);
    if (status == LIBNC_OK)
        status = read_groups(created, classes, chosen);
    if (status != LIBNC_OK) {
        nc__imbalance_destroy(created);
        return status;
    }
    *imbalance = created;
    return LIBNC_OK;
}

void nc__imbalance_weigh(nc__imbalance *imbalance, double factor)
{
    double sum = 0;
    for (int64_t g = 0; g < imbalance->count; g++) {
        const double own = pow(factor, imbalance->chosen[g]);
        imbalance->loss[g] = imbalance->size[g] * imbalance->weight[g] * own;
        sum += imbalance->multiplicity[g] * imbalance->loss[g];
    }
    const double divisor = imbalance->problem->normalised ? sum : imbalance->samples;
    for (int64_t g = 0; g < imbalance->count; g++)
        imbalance->loss[g] /= divisor;
}

double nc__imbalance_slope(const nc__imbalance *imbalance, int64_t group)
{
    return (1 - imbalance->problem->smoothing) * imbalance->loss[group] / imbalance->scale[group];
}

libnc_status nc__imbalance_class(const nc__imbalance *imbalance, int64_t class_index)
{
    if (class_index != LIBNC_THRESHOLD_ALL_GROUPS &&
        (class_index < 0 || class_index >= imbalance->problem->groups->classes))
        return nc__fail(imbalance->problem->context, LIBNC_ERROR_ARGUMENT,
                        "class_index = %lld: must be from 0 to %lld, or %d for all groups",
                        (long long)class_index, (long long)imbalance->problem->groups->classes - 1,
                        LIBNC_THRESHOLD_ALL_GROUPS);
    return LIBNC_OK;
}

libnc_status nc__imbalance_target(const nc__imbalance *imbalance, int64_t class_index,
                                  int64_t *group)
{
    const libnc_status status = nc__imbalance_class(imbalance, class_index);
    if (status != LIBNC_OK)
        return status;
    const int64_t found = class_index == LIBNC_THRESHOLD_ALL_GROUPS ? LIBNC_THRESHOLD_ALL_GROUPS
                                                                    : imbalance->group[class_index];
    if (found >= 0 && imbalance->multiplicity[found] < 2)
        return nc__fail(imbalance->problem->context, LIBNC_ERROR_ARGUMENT,
                        "class_index = %lld: no other class has its count and weight, and a group "
                        "of one class cannot merge with itself",
                        (long long)class_index);
    *group = found;
    return LIBNC_OK;
}

bool nc__imbalance_is_target(const nc__imbalance *imbalance, int64_t group, int64_t target)
{
    return target == group ||
           (target == LIBNC_THRESHOLD_ALL_GROUPS && imbalance->multiplicity[group] >= 2);
}

int64_t nc__imbalance_weakest(const nc__imbalance *imbalance, int64_t target, int32_t which)
{
    int64_t weakest = -1;
    for (int64_t g = 0; g < imbalance->count; g++) {
        const bool looked_at =
            which == NC__IMBALANCE_ANY || (imbalance->chosen[g] != 0) == (which != 0);
        if (looked_at && nc__imbalance_is_target(imbalance, g, target) &&
            (weakest < 0 ||
             nc__imbalance_slope(imbalance, g) < nc__imbalance_slope(imbalance, weakest)))
            weakest = g;
    }
    return weakest;
}

nc__convex_problem nc__imbalance_problem(const nc__imbalance *imbalance)
{
    return (nc__convex_problem){
        .groups = imbalance->count,
        .multiplicity = imbalance->multiplicity,
        .weight = imbalance->loss,
        .scale = imbalance->scale,
        .smoothing = imbalance->problem->smoothing,
        .bias = imbalance->problem->bias,
        .ball = imbalance->problem->energy,
        .bound = imbalance->problem->bound,
        .tolerance = WANTED_GAP,
        .iterations = MOST_ITERATIONS,
    };
}

libnc_status nc__imbalance_solve(const nc__imbalance *imbalance, nc__convex *solver,
                                 const nc__convex_problem *problem, nc__convex_result *result)
{
    const libnc_status status = nc__convex_solve(solver, problem, result);
    if (status == LIBNC_OK && result->vanished)
        return nc__fail(imbalance->problem->context, LIBNC_ERROR_NUMERICAL,
                        "the loss of %g is too small for its derivatives", result->value);
    return status;
}
