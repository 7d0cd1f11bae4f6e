/* SPDX-License-Identifier: MIT
 *
 * curvature.c: the handle of a second-order check (libnc/curvature.h).
 *
 * W_j = sqrt(c/lw_j) A_j and X_0 = Hbar D = sqrt(c/lh) A_0 (deep_objective.h).
 */
#include "deep/deep_curvature.h"
#include "deep/deep_point.h"
#include "geometry/geometry_internal.h"
#include "geometry/solve_balanced.h"
#include "geometry/solve_search.h"
#include "linalg/tensor.h"

#include <libnc/curvature.h>

#include <math.h>
#include <string.h>

struct libnc_curvature {
    libnc_context *context;
    nc__deep_setting setting;
    nc__deep_curvature found;
    double *scale;           /* M + 1: sqrt(c/lh), sqrt(c/lw_j) */
    double *logits, *change; /* K x K: Z and dZ */
};

/* ---- the point ---- */

/* P = Z D and b of the solution. */
static libnc_status read_solution(const libnc_geometry *geometry, const nc__deep_problem *problem,
                                  double *product, double *bias)
{
    const size_t classes = (size_t)problem->classes;
    libnc_status status = libnc_geometry_logits(geometry, product, classes * classes);
    if (status == LIBNC_OK)
        status = libnc_geometry_bias(geometry, bias, classes);
    for (size_t i = 0; i < classes * classes && status == LIBNC_OK; i++)
        product[i] *= problem->root[i % classes];
    return status;
}

/* P = a sqrt(n) (I - J/K), b = 0. */
static libnc_status make_simplex(const nc__problem *settings, const nc__deep_problem *problem,
                                 double *product, double *bias)
{
    const int64_t classes = problem->classes;
    double loss, scale;
    const libnc_status status = nc__balanced_simplex(settings, &loss, &scale);
    if (status != LIBNC_OK)
        return status;
    for (int64_t i = 0; i < classes; i++)
        for (int64_t k = 0; k < classes; k++)
            product[i * classes + k] = scale * problem->root[k] * ((i == k) - 1 / (double)classes);
    memset(bias, 0, (size_t)classes * sizeof *bias);
    return LIBNC_OK;
}

static libnc_status take_point(libnc_curvature *curvature, const libnc_geometry *geometry,
                               const nc__problem *settings, int32_t which, nc__deep_point *point)
{
    const nc__deep_problem *problem = &curvature->setting.problem;
    const int64_t most = nc__deep_most(settings);
    nc__deep_solver solver;
    libnc_status status = nc__deep_solver_create(&solver, curvature->context, problem, most);
    if (status != LIBNC_OK)
        return status;
    double *product = curvature->logits; /* as scratch */
    status = which == LIBNC_CURVATURE_ETF ? make_simplex(settings, problem, product, point->bias)
                                          : read_solution(geometry, problem, product, point->bias);
    if (status == LIBNC_OK)
        status = nc__deep_solver_decompose(&solver, product, point);
    nc__deep_solver_destroy(&solver);
    return status;
}

/* ---- the answers ---- */

static void fill_scales(libnc_curvature *curvature, const nc__problem *settings)
{
    const double log_cost = log(settings->bound);
    for (int32_t j = 0; j <= settings->depth; j++)
        curvature->scale[j] = exp(0.5 * (log_cost - settings->log_decay[j]));
}

/* Z and dZ of P and dP. */
static libnc_status fill_logits(libnc_curvature *curvature)
{
    const nc__deep_problem *problem = &curvature->setting.problem;
    const int64_t classes = problem->classes;
    const nc__deep_curvature *found = &curvature->found;
    nc__deep *deep;
    double *scratch = nc__alloc(curvature->context, (size_t)found->size, sizeof *scratch);
    libnc_status status = scratch ? LIBNC_OK : LIBNC_ERROR_MEMORY;
    if (status == LIBNC_OK)
        status = nc__deep_create(&deep, curvature->context, problem, found->rank);
    if (status == LIBNC_OK) {
        nc__deep_evaluate(deep, found->factors, scratch);
        nc__deep_curve(deep, found->direction, scratch);
        for (int64_t i = 0; i < classes * classes; i++) {
            curvature->logits[i] = nc__deep_product(deep)[i] / problem->root[i % classes];
            curvature->change[i] = nc__deep_change(deep)[i] / problem->root[i % classes];
        }
        nc__deep_destroy(deep);
    }
    nc__free(curvature->context, scratch);
    return status;
}

static libnc_status examine(libnc_curvature *curvature, const libnc_geometry *geometry,
                            const nc__problem *settings, int32_t which)
{
    libnc_context *context = curvature->context;
    const nc__deep_problem *problem = &curvature->setting.problem;
    nc__deep_point point;
    libnc_status status = nc__deep_point_create(&point, context, problem->classes);
    if (status != LIBNC_OK)
        return status;
    status = take_point(curvature, geometry, settings, which, &point);
    if (status == LIBNC_OK)
        status = nc__deep_curvature_create(&curvature->found, context, problem, &point,
                                           nc__deep_most(settings));
    if (status == LIBNC_OK)
        status = fill_logits(curvature);
    nc__deep_point_destroy(&point);
    return status;
}

/* ---- create and destroy ---- */

void libnc_curvature_destroy(libnc_curvature *curvature)
{
    if (!curvature)
        return;
    libnc_context *context = curvature->context;
    nc__free(context, curvature->logits);
    nc__free(context, curvature->scale);
    nc__deep_curvature_destroy(&curvature->found, context);
    nc__deep_setting_destroy(&curvature->setting, context);
    nc__free(context, curvature);
}

/* Decays near the ends of a double's range overflow. */
static libnc_status check_finite(const libnc_curvature *curvature)
{
    const nc__deep_curvature *found = &curvature->found;
    const int64_t square = curvature->setting.problem.classes * curvature->setting.problem.classes;
    const nc__tensor logits = nc__tensor_f64(curvature->logits, 2, square); /* and their change */
    if (isfinite(found->eigenvalue) && isfinite(found->residual) && nc__all_finite(&logits))
        return LIBNC_OK;
    return nc__fail(curvature->context, LIBNC_ERROR_NUMERICAL,
                    "eigenvalue = %g, residual = %g: the curvature is beyond a double",
                    found->eigenvalue, found->residual);
}

static libnc_status fill(libnc_curvature *curvature, const libnc_geometry *geometry,
                         const nc__problem *settings, int32_t which)
{
    libnc_context *context = curvature->context;
    size_t square, both;
    const libnc_status status = nc__deep_setting_create(&curvature->setting, settings);
    if (status != LIBNC_OK)
        return status;
    const size_t classes = (size_t)settings->groups->classes;
    if (!nc__multiply(classes, classes, &square) || !nc__multiply(square, 2, &both))
        both = SIZE_MAX; /* which the allocation refuses */
    curvature->scale = nc__alloc(context, (size_t)settings->depth + 1, sizeof *curvature->scale);
    curvature->logits = nc__alloc(context, both, sizeof *curvature->logits);
    if (!curvature->scale || !curvature->logits)
        return LIBNC_ERROR_MEMORY;
    curvature->change = curvature->logits + square;
    fill_scales(curvature, settings);
    const libnc_status examined = examine(curvature, geometry, settings, which);
    return examined != LIBNC_OK ? examined : check_finite(curvature);
}

libnc_status libnc_curvature_create(libnc_curvature **curvature, const libnc_geometry *geometry,
                                    int32_t point)
{
    if (!geometry)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = geometry->context;
    if (!curvature)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "curvature = NULL: must be given");
    if (point != LIBNC_CURVATURE_SOLUTION && point != LIBNC_CURVATURE_ETF)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "point = %d: must be 0 (solution) or 1 (ETF)", point);
    libnc_status status = LIBNC_OK;
    if (point == LIBNC_CURVATURE_SOLUTION && (status = nc__geometry_check(geometry)) != LIBNC_OK)
        return status;
    libnc_curvature *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = context;
    nc__problem *settings = NULL;
    status = nc__problem_create(&settings, geometry, NC__GROUPING_WEIGHTS);
    if (status == LIBNC_OK)
        status = fill(created, geometry, settings, point);
    nc__problem_destroy(settings);
    if (status != LIBNC_OK) {
        libnc_curvature_destroy(created);
        return status;
    }
    *curvature = created;
    return LIBNC_OK;
}

/* ---- getters ---- */

libnc_status libnc_curvature_eigenvalue(const libnc_curvature *curvature, double *eigenvalue,
                                        double *residual, int32_t *saddle)
{
    if (!curvature)
        return LIBNC_ERROR_ARGUMENT;
    if (!eigenvalue && !residual && !saddle)
        return nc__fail(curvature->context, LIBNC_ERROR_ARGUMENT,
                        "eigenvalue, residual, saddle = NULL: one must be given");
    if (eigenvalue)
        *eigenvalue = curvature->found.eigenvalue;
    if (residual)
        *residual = curvature->found.residual;
    if (saddle)
        *saddle = curvature->found.saddle;
    return LIBNC_OK;
}

static libnc_status check_pair(const libnc_curvature *curvature, const char *names,
                               const double *first, const double *second, size_t size,
                               int64_t wanted)
{
    if (!first && !second)
        return nc__fail(curvature->context, LIBNC_ERROR_ARGUMENT, "%s = NULL: one must be given",
                        names);
    if (size != (size_t)wanted)
        return nc__fail(curvature->context, LIBNC_ERROR_DIMENSION, "size = %zu: must be %lld", size,
                        (long long)wanted);
    return LIBNC_OK;
}

libnc_status libnc_curvature_logits(const libnc_curvature *curvature, double *logits,
                                    double *change, size_t size)
{
    if (!curvature)
        return LIBNC_ERROR_ARGUMENT;
    const int64_t classes = curvature->setting.problem.classes;
    const libnc_status status =
        check_pair(curvature, "logits, change", logits, change, size, classes * classes);
    if (status != LIBNC_OK)
        return status;
    if (logits)
        memcpy(logits, curvature->logits, size * sizeof *logits);
    if (change)
        memcpy(change, curvature->change, size * sizeof *change);
    return LIBNC_OK;
}

/* Factor j of the variables x into the corner of a zero matrix. */
static void copy_layer(const libnc_curvature *curvature, const double *x, int32_t j, int64_t rows,
                       int64_t cols, double *values)
{
    const nc__deep_problem *problem = &curvature->setting.problem;
    const int64_t rank = curvature->found.rank, inner = nc__deep_cols(problem, rank, j);
    const double *from = x + nc__deep_offset(problem, rank, j), scale = curvature->scale[j];
    memset(values, 0, (size_t)(rows * cols) * sizeof *values);
    if (j == 0) { /* rank x K: row k of the class means is column k of Hbar */
        for (int64_t i = 0; i < rank; i++)
            for (int64_t k = 0; k < rows; k++)
                values[k * cols + i] = scale * from[i * inner + k] / problem->root[k];
        return;
    }
    for (int64_t i = 0; i < nc__deep_rows(problem, rank, j); i++)
        for (int64_t k = 0; k < inner; k++)
            values[i * cols + k] = scale * from[i * inner + k];
}

libnc_status libnc_curvature_layer(const libnc_curvature *curvature, int32_t layer, int64_t rows,
                                   int64_t cols, double *values, double *change)
{
    if (!curvature)
        return LIBNC_ERROR_ARGUMENT;
    const nc__deep_problem *problem = &curvature->setting.problem;
    libnc_context *context = curvature->context;
    const bool outer = layer == 0 || layer == problem->depth;
    const int64_t rank = curvature->found.rank;
    if (layer < 0 || layer > problem->depth)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "layer = %d: must be from 0 to %d", layer,
                        problem->depth);
    if (outer ? rows != problem->classes : rows < rank || rows > INT32_MAX)
        return nc__fail(context, LIBNC_ERROR_DIMENSION, "rows = %lld: must be %s%lld",
                        (long long)rows, outer ? "" : "at least ",
                        (long long)(outer ? problem->classes : rank));
    if (cols < rank || cols > INT32_MAX)
        return nc__fail(context, LIBNC_ERROR_DIMENSION, "cols = %lld: must be at least %lld",
                        (long long)cols, (long long)rank);
    if (!values && !change)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "values, change = NULL: one must be given");
    if (values)
        copy_layer(curvature, curvature->found.factors, layer, rows, cols, values);
    if (change)
        copy_layer(curvature, curvature->found.direction, layer, rows, cols, change);
    return LIBNC_OK;
}

static void copy_bias(const libnc_curvature *curvature, const double *x, double *values)
{
    const nc__deep_problem *problem = &curvature->setting.problem;
    const size_t size = (size_t)problem->classes * sizeof *values;
    if (problem->bias)
        memcpy(values, x + nc__deep_offset(problem, curvature->found.rank, -1), size);
    else
        memset(values, 0, size);
}

libnc_status libnc_curvature_bias(const libnc_curvature *curvature, double *values, double *change,
                                  size_t size)
{
    if (!curvature)
        return LIBNC_ERROR_ARGUMENT;
    const libnc_status status = check_pair(curvature, "values, change", values, change, size,
                                           curvature->setting.problem.classes);
    if (status != LIBNC_OK)
        return status;
    if (values)
        copy_bias(curvature, curvature->found.factors, values);
    if (change)
        copy_bias(curvature, curvature->found.direction, change);
    return LIBNC_OK;
}

int64_t libnc_curvature_rank(const libnc_curvature *curvature)
{
    return curvature ? curvature->found.rank : 0;
}
