/* SPDX-License-Identifier: MIT
 *
 * merging.c: groups, slopes and prices of a cross-entropy problem (merging.h).
 */
#include "minority/merging.h"

#include "geometry/problem.h"

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
    libnc_context *context = imbalance->context;
    nc__free(context, imbalance->scale);
    nc__free(context, imbalance->loss);
    nc__free(context, imbalance->chosen);
    nc__free(context, imbalance->weight);
    nc__free(context, imbalance->size);
    nc__free(context, imbalance->multiplicity);
    nc__free(context, imbalance->group);
    nc__free(context, imbalance);
}

static libnc_status allocate(nc__imbalance **out, libnc_context *context, int64_t classes,
                             int64_t groups)
{
    nc__imbalance *imbalance = nc__alloc(context, 1, sizeof *imbalance);
    if (!imbalance)
        return LIBNC_ERROR_MEMORY;
    const size_t count = (size_t)groups;
    imbalance->context = context;
    imbalance->group = nc__alloc(context, (size_t)classes, sizeof *imbalance->group);
    imbalance->multiplicity = nc__alloc(context, count, sizeof(double));
    imbalance->size = nc__alloc(context, count, sizeof(double));
    imbalance->weight = nc__alloc(context, count, sizeof(double));
    imbalance->chosen = nc__alloc(context, count, sizeof(double));
    imbalance->loss = nc__alloc(context, count, sizeof(double));
    imbalance->scale = nc__alloc(context, count, sizeof(double));
    if (!imbalance->group || !imbalance->multiplicity || !imbalance->size || !imbalance->weight ||
        !imbalance->chosen || !imbalance->loss || !imbalance->scale) {
        nc__imbalance_destroy(imbalance);
        return LIBNC_ERROR_MEMORY;
    }
    *out = imbalance;
    return LIBNC_OK;
}

libnc_status nc__imbalance_mark(libnc_context *context, int64_t total, const int64_t *classes,
                                int64_t chosen, int64_t *marks)
{
    const int64_t last = total - 1;
    for (int64_t i = 0; i < chosen; i++) {
        const int64_t k = classes[i];
        if (k < 0 || k > last)
            return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                            "classes[%lld] = %lld: must be from 0 to %lld", (long long)i,
                            (long long)k, (long long)last);
        if (marks[k] != 0)
            return nc__fail(context, LIBNC_ERROR_ARGUMENT, "classes[%lld] = %lld: is given twice",
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
                imbalance->scale[index[mark]] = imbalance->energy ? 1 : sqrt(groups->size[g]);
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

static void read_problem(nc__imbalance *imbalance, const nc__problem *problem)
{
    imbalance->classes = problem->groups->classes;
    imbalance->samples = problem->groups->samples;
    imbalance->energy = problem->energy;
    imbalance->bias = problem->bias;
    imbalance->normalised = problem->normalised;
    imbalance->smoothing = problem->smoothing;
    imbalance->bound = problem->bound;
}

static libnc_status create(nc__imbalance **imbalance, const nc__problem *problem,
                           const int64_t *classes, int64_t chosen)
{
    const nc__groups *groups = problem->groups;
    nc__imbalance *created = NULL;
    libnc_status status = check_problem(problem);
    if (status == LIBNC_OK)
        status = allocate(&created, problem->context, groups->classes,
                          classes ? 2 * groups->count : groups->count);
    if (status != LIBNC_OK)
        return status;
    read_problem(created, problem);
    status = nc__imbalance_mark(problem->context, created->classes, classes, classes ? chosen : 0,
                                created->group);
    if (status != LIBNC_OK) {
        nc__imbalance_destroy(created);
        return status;
    }
    split_groups(created, groups);
    nc__imbalance_weigh(created, 1);
    *imbalance = created;
    return LIBNC_OK;
}

libnc_status nc__imbalance_create(nc__imbalance **imbalance, const libnc_geometry *geometry,
                                  const int64_t *classes, int64_t chosen)
{
    nc__problem *problem = NULL;
    libnc_status status = nc__problem_create(&problem, geometry, NC__GROUPING_WEIGHTS);
    if (status == LIBNC_OK)
        status = create(imbalance, problem, classes, chosen);
    nc__problem_destroy(problem);
    return status;
}

void nc__imbalance_weigh(nc__imbalance *imbalance, double factor)
{
    double sum = 0;
    for (int64_t g = 0; g < imbalance->count; g++) {
        const double own = imbalance->chosen[g] != 0 ? factor : 1;
        imbalance->loss[g] = imbalance->size[g] * imbalance->weight[g] * own;
        sum += imbalance->multiplicity[g] * imbalance->loss[g];
    }
    const double divisor = imbalance->normalised ? sum : imbalance->samples;
    for (int64_t g = 0; g < imbalance->count; g++)
        imbalance->loss[g] /= divisor;
}

double nc__imbalance_slope(const nc__imbalance *imbalance, int64_t group)
{
    return (1 - imbalance->smoothing) * imbalance->loss[group] / imbalance->scale[group];
}

libnc_status nc__imbalance_class(const nc__imbalance *imbalance, int64_t class_index)
{
    if (class_index != LIBNC_THRESHOLD_ALL_GROUPS &&
        (class_index < 0 || class_index >= imbalance->classes))
        return nc__fail(imbalance->context, LIBNC_ERROR_ARGUMENT,
                        "class_index = %lld: must be from 0 to %lld, or %d for all groups",
                        (long long)class_index, (long long)imbalance->classes - 1,
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
        return nc__fail(imbalance->context, LIBNC_ERROR_ARGUMENT,
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
        .smoothing = imbalance->smoothing,
        .bias = imbalance->bias,
        .ball = imbalance->energy,
        .bound = imbalance->bound,
        .tolerance = WANTED_GAP,
        .iterations = MOST_ITERATIONS,
    };
}

libnc_status nc__imbalance_solve(const nc__imbalance *imbalance, nc__convex *solver,
                                 const nc__convex_problem *problem, nc__convex_result *result)
{
    const libnc_status status = nc__convex_solve(solver, problem, result);
    if (status == LIBNC_OK && result->vanished)
        return nc__fail(imbalance->context, LIBNC_ERROR_NUMERICAL,
                        "the loss at these energies is too small for a double");
    return status;
}
