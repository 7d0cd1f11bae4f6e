/* SPDX-License-Identifier: MIT
 *
 * problem.c: the one reader of a geometry's settings.
 */
#include "geometry/problem.h"

#include "geometry/geometry_internal.h"

#include <math.h>

int32_t nc__problem_method(const libnc_geometry *geometry)
{
    const libnc_options *options = &geometry->options;
    const int64_t loss = nc__option_int(options, LIBNC_GEOMETRY_OPTION_LOSS);
    if (loss == LIBNC_LOSS_MSE)
        return NC__METHOD_MEAN_SQUARE;
    if (loss == LIBNC_LOSS_FOCAL)
        return NC__METHOD_BALANCED;
    if (geometry->depth == 1)
        return NC__METHOD_ONE_LAYER;
    /* One class has nothing to search for. */
    return geometry->groups.classes > 1 && nc__option_int(options, LIBNC_GEOMETRY_OPTION_STARTS) > 0
               ? NC__METHOD_SEARCH
               : NC__METHOD_BALANCED;
}

int32_t nc__problem_grouping(const libnc_geometry *geometry)
{
    const int32_t method = nc__problem_method(geometry);
    if (method == NC__METHOD_SEARCH)
        return NC__GROUPING_APART;
    if (method != NC__METHOD_ONE_LAYER)
        return NC__GROUPING_COUNTS;
    return nc__option_int(&geometry->options, LIBNC_GEOMETRY_OPTION_SYMMETRY) == 0
               ? NC__GROUPING_APART
               : NC__GROUPING_WEIGHTS;
}

static void read_options(nc__problem *problem, const libnc_options *options)
{
    const int64_t width = nc__option_int(options, LIBNC_GEOMETRY_OPTION_WIDTH);
    const int64_t classes = problem->groups->classes;
    problem->loss = (int32_t)nc__option_int(options, LIBNC_GEOMETRY_OPTION_LOSS);
    problem->energy =
        nc__option_int(options, LIBNC_GEOMETRY_OPTION_FORM) == LIBNC_GEOMETRY_FORM_ENERGY;
    problem->bias = nc__option_int(options, LIBNC_GEOMETRY_OPTION_BIAS) != 0;
    problem->normalised = nc__option_int(options, LIBNC_GEOMETRY_OPTION_NORMALISE_WEIGHTS) != 0;
    problem->width = width > 0 && width < classes ? width : classes;
    problem->smoothing = nc__option(options, LIBNC_GEOMETRY_OPTION_LABEL_SMOOTHING);
    problem->gamma = nc__option(options, LIBNC_GEOMETRY_OPTION_FOCAL_GAMMA);
    problem->tolerance = nc__option(options, LIBNC_GEOMETRY_OPTION_TOLERANCE);
    problem->iterations = nc__option_int(options, LIBNC_GEOMETRY_OPTION_MAX_ITERATIONS);
    problem->starts = nc__option_int(options, LIBNC_GEOMETRY_OPTION_STARTS);
    problem->seed = (uint64_t)nc__option_int(options, LIBNC_GEOMETRY_OPTION_SEED);
}

/* Compensated: at M = 1000 a plain sum would lose three digits of c. */
static double sum_of(const double *values, int32_t count)
{
    double sum = values[0], lost = 0;
    for (int32_t j = 1; j < count; j++) {
        const double term = values[j] - lost;
        const double next = sum + term;
        lost = (next - sum) - term;
        sum = next;
    }
    return sum;
}

static void read_decays(nc__problem *problem, const libnc_geometry *geometry)
{
    double *log_decay = problem->log_decay;
    log_decay[0] = log(nc__option(&geometry->options, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY));
    for (int32_t j = 1; j <= problem->depth; j++)
        log_decay[j] = log(geometry->decays[j - 1]);
    for (int32_t j = 0; j <= problem->depth; j++)
        problem->log_sizes += fabs(log_decay[j]);
    problem->log_product = sum_of(log_decay, problem->depth + 1);
    problem->bound = exp(problem->log_product / (problem->depth + 1));
}

static void read_energies(nc__problem *problem, const libnc_options *options)
{
    const double classifier = nc__option(options, LIBNC_GEOMETRY_OPTION_CLASSIFIER_ENERGY);
    const double features = nc__option(options, LIBNC_GEOMETRY_OPTION_FEATURE_ENERGY);
    const double ratio = log(classifier) - log(features);
    problem->log_decay[0] = 0.5 * ratio;
    for (int32_t j = 1; j <= problem->depth; j++)
        problem->log_decay[j] = -0.5 * ratio;
    problem->bound = (double)problem->groups->classes * sqrt(classifier) * sqrt(features);
}

static void weigh_groups(nc__problem *problem)
{
    const nc__groups *groups = problem->groups;
    double sum = 0;
    for (int64_t g = 0; g < groups->count; g++)
        sum += groups->multiplicity[g] * groups->size[g] * groups->weight[g];
    problem->divisor = problem->normalised ? sum : groups->samples;
    for (int64_t g = 0; g < groups->count; g++) {
        problem->weight[g] = groups->size[g] * groups->weight[g] / problem->divisor;
        problem->scale[g] = problem->energy ? 1 : sqrt(groups->size[g]);
    }
}

static libnc_status read_groups(nc__problem *problem, const libnc_geometry *geometry,
                                int32_t grouping)
{
    const bool weighs = grouping != NC__GROUPING_COUNTS && geometry->weights;
    problem->groups = &geometry->groups;
    if (!weighs && grouping != NC__GROUPING_APART)
        return LIBNC_OK;
    problem->groups = &problem->own;
    return nc__groups_create(&problem->own, geometry->context, geometry->classes, geometry->weights,
                             grouping == NC__GROUPING_APART);
}

libnc_status nc__problem_create(nc__problem **problem, const libnc_geometry *geometry,
                                int32_t grouping)
{
    libnc_context *context = geometry->context;
    nc__problem *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = created->arena.context = context;
    created->depth = geometry->depth;
    created->method = nc__problem_method(geometry);
    created->has_weights = geometry->weights != NULL;
    libnc_status status = read_groups(created, geometry, grouping);
    if (status == LIBNC_OK) {
        const size_t count = (size_t)created->groups->count;
        nc__arena *arena = &created->arena;
        created->log_decay = nc__arena_alloc(arena, (size_t)created->depth + 1, sizeof(double));
        created->weight = nc__arena_alloc(arena, count, sizeof(double));
        created->scale = nc__arena_alloc(arena, count, sizeof(double));
        status = nc__arena_status(arena);
    }
    if (status != LIBNC_OK) {
        nc__problem_destroy(created);
        return status;
    }
    read_options(created, &geometry->options);
    if (created->energy)
        read_energies(created, &geometry->options);
    else
        read_decays(created, geometry);
    weigh_groups(created);
    *problem = created;
    return LIBNC_OK;
}

void nc__problem_destroy(nc__problem *problem)
{
    if (!problem)
        return;
    nc__groups_destroy(&problem->own);
    nc__arena_release(&problem->arena);
    nc__free(problem->context, problem);
}
