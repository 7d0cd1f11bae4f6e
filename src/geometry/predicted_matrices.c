/* SPDX-License-Identifier: MIT
 *
 * predicted_matrices.c: a solution as values, lengths and K x K matrices.
 *
 * With kept directions u_i, v_i (K entries each) the three matrices are
 *     classifier  sum_i a_i u_i u_i^T,    a_i = sigma_i(W_M ... W_j)^2
 *     features    D^{-1} (sum_i f_i v_i v_i^T) D^{-1},    f_i = sigma_i(W_{j-1} ... W_1 H)^2
 *     logits      (sum_i s_i u_i v_i^T) D^{-1}
 * with D = I in the energy form. Coupled directions are constant on groups and give each pair of
 * groups one number. Within a group
 * of which r directions are kept, their sum of projectors is the identity on the first r classes,
 * or, if centred, I - J/(r+1) on the first r + 1.
 */
#include "geometry/predicted_matrices.h"

#include "geometry/geometry_internal.h"
#include "geometry/output_checks.h"
#include "geometry/partial_products.h"

#include <math.h>

/* ---- one family ---- */

static double gain_of(const libnc_geometry *geometry, const nc__family *family, int32_t matrix,
                      int32_t layer)
{
    double classifier, features;
    if (family->kept == 0)
        return 0;
    if (matrix == NC__GEOMETRY_LOGITS)
        return family->value;
    nc__log_partial_products(geometry->solution->problem, family, layer, &classifier, &features);
    return exp(matrix == NC__GEOMETRY_CLASSIFIER ? classifier : features);
}

/* The power of n_k that D^{-1} brings into a group's own block. */
static double block_weight(const libnc_geometry *geometry, int32_t matrix, int64_t group)
{
    const double scale = geometry->solution->problem->scale[group];
    if (matrix == NC__GEOMETRY_CLASSIFIER)
        return 1;
    return matrix == NC__GEOMETRY_FEATURES ? 1 / (scale * scale) : 1 / scale;
}

/* A class entry of coupled direction i as it stands on the left and right of a matrix. */
static double left_entry(const libnc_geometry *geometry, int64_t i, int32_t matrix, int64_t group)
{
    const nc__solution *solution = geometry->solution;
    if (matrix == NC__GEOMETRY_FEATURES)
        return nc__coupled_right(solution, i, group) / solution->problem->scale[group];
    return nc__coupled_left(solution, i, group);
}

static double right_entry(const libnc_geometry *geometry, int64_t i, int32_t matrix, int64_t group)
{
    const nc__solution *solution = geometry->solution;
    if (matrix == NC__GEOMETRY_CLASSIFIER)
        return nc__coupled_left(solution, i, group);
    return nc__coupled_right(solution, i, group) / solution->problem->scale[group];
}

static int64_t coupled_count(const libnc_geometry *geometry)
{
    return geometry->solution->coupled_count;
}

/* ---- whole matrices; `skipped` is a family that is left out, or NULL ---- */

/* Writes the coupled part to the entries of each pair of groups' first classes; `blocks` has room
 * for G + G G numbers. */
static void add_coupled(const libnc_geometry *geometry, int32_t matrix, int32_t layer,
                        const nc__family *skipped, double *blocks, double *values)
{
    const nc__groups *groups = geometry->solution->groups;
    const int64_t count = groups->count, classes = groups->classes;
    double *right = blocks, *sum = blocks + count;
    for (int64_t i = 0; i < coupled_count(geometry); i++) {
        const nc__family *family = &geometry->solution->coupled[i];
        if (family->kept == 0 || family == skipped)
            continue;
        const double gain = gain_of(geometry, family, matrix, layer);
        for (int64_t h = 0; h < count; h++)
            right[h] = right_entry(geometry, i, matrix, h);
        for (int64_t g = 0; g < count; g++) {
            const double left = gain * left_entry(geometry, i, matrix, g);
            for (int64_t h = 0; h < count; h++)
                sum[g * count + h] += left * right[h];
        }
    }
    for (int64_t g = 0; g < count; g++)
        for (int64_t h = 0; h < count; h++)
            values[groups->order[groups->start[g]] * classes + groups->order[groups->start[h]]] =
                sum[g * count + h];
}

/* Copies the first entry of a pair of groups to all its entries. */
static void spread_pair(const nc__groups *groups, int64_t g, int64_t h, double *values)
{
    const int64_t classes = groups->classes;
    const int64_t *rows = groups->order + groups->start[g];
    const int64_t *cols = groups->order + groups->start[h];
    const int64_t row_count = groups->start[g + 1] - groups->start[g];
    const int64_t col_count = groups->start[h + 1] - groups->start[h];
    const double value = values[rows[0] * classes + cols[0]];
    for (int64_t p = 0; p < row_count; p++)
        for (int64_t q = 0; q < col_count; q++)
            values[rows[p] * classes + cols[q]] = value;
}

static void add_block(const libnc_geometry *geometry, int64_t g, double gain, double *values)
{
    const nc__groups *groups = geometry->solution->groups;
    const int64_t *order = groups->order + groups->start[g];
    const int64_t support = nc__solution_support(geometry->solution, g);
    for (int64_t p = 0; p < support; p++)
        values[order[p] * groups->classes + order[p]] += gain;
    if (!geometry->solution->centred)
        return;
    for (int64_t p = 0; p < support; p++)
        for (int64_t q = 0; q < support; q++)
            values[order[p] * groups->classes + order[q]] -= gain / (double)support;
}

static libnc_status fill_matrix(const libnc_geometry *geometry, int32_t matrix, int32_t layer,
                                const nc__family *skipped, double *values)
{
    const nc__groups *groups = geometry->solution->groups;
    const size_t count = coupled_count(geometry) > 0 ? (size_t)groups->count : 0;
    double *blocks = nc__alloc(geometry->context, count + 1, count * sizeof *blocks);
    if (!blocks)
        return LIBNC_ERROR_MEMORY;
    for (int64_t i = 0; i < groups->classes * groups->classes; i++)
        values[i] = 0;
    if (count > 0)
        add_coupled(geometry, matrix, layer, skipped, blocks, values);
    nc__free(geometry->context, blocks);
    for (int64_t g = 0; g < groups->count && coupled_count(geometry) > 0; g++)
        for (int64_t h = 0; h < groups->count; h++)
            spread_pair(groups, g, h, values);
    for (int64_t g = 0; g < groups->count; g++) {
        const nc__family *family = &geometry->solution->within[g];
        if (family->kept > 0 && family != skipped)
            add_block(geometry, g,
                      block_weight(geometry, matrix, g) * gain_of(geometry, family, matrix, layer),
                      values);
    }
    return LIBNC_OK;
}

/* ---- diagonals ---- */

/* Writes the coupled part of each group's first class. */
static void coupled_diagonal(const libnc_geometry *geometry, int32_t matrix, int32_t layer,
                             double *values)
{
    const nc__groups *groups = geometry->solution->groups;
    for (int64_t g = 0; g < groups->count; g++)
        values[groups->order[groups->start[g]]] = 0;
    for (int64_t i = 0; i < coupled_count(geometry); i++) {
        const nc__family *family = &geometry->solution->coupled[i];
        if (family->kept == 0)
            continue;
        const double gain = gain_of(geometry, family, matrix, layer);
        for (int64_t g = 0; g < groups->count; g++)
            values[groups->order[groups->start[g]]] +=
                gain * left_entry(geometry, i, matrix, g) * right_entry(geometry, i, matrix, g);
    }
}

static void fill_diagonal(const libnc_geometry *geometry, int32_t matrix, int32_t layer,
                          double *values)
{
    const nc__groups *groups = geometry->solution->groups;
    coupled_diagonal(geometry, matrix, layer, values);
    for (int64_t g = 0; g < groups->count; g++) {
        const double coupled = values[groups->order[groups->start[g]]];
        const int64_t support = nc__solution_support(geometry->solution, g);
        double block = block_weight(geometry, matrix, g) *
                       gain_of(geometry, &geometry->solution->within[g], matrix, layer);
        if (geometry->solution->centred && support > 0)
            block *= 1 - 1 / (double)support;
        for (int64_t p = groups->start[g]; p < groups->start[g + 1]; p++)
            values[groups->order[p]] = coupled + (p - groups->start[g] < support ? block : 0);
    }
}

/* ---- public getters ---- */

libnc_status libnc_geometry_lengths(const libnc_geometry *geometry, int32_t layer,
                                    double *classifier, double *features, size_t size)
{
    libnc_status status = nc__check_vector_output(geometry, "classifier, features",
                                                  classifier ? classifier : features, size);
    if (status == LIBNC_OK)
        status = nc__check_bounds(geometry->context, "layer", layer, 1, geometry->depth);
    if (status != LIBNC_OK)
        return status;
    if (classifier)
        fill_diagonal(geometry, NC__GEOMETRY_CLASSIFIER, layer, classifier);
    if (features)
        fill_diagonal(geometry, NC__GEOMETRY_FEATURES, layer, features);
    return LIBNC_OK;
}

static libnc_status get_matrix(const libnc_geometry *geometry, int32_t matrix, int32_t layer,
                               double *values, size_t size)
{
    libnc_status status = nc__check_matrix_output(
        geometry, matrix == NC__GEOMETRY_LOGITS ? "logits" : "gram", values, size);
    if (status == LIBNC_OK)
        status = nc__check_bounds(geometry->context, "layer", layer, 1, geometry->depth);
    return status == LIBNC_OK ? fill_matrix(geometry, matrix, layer, NULL, values) : status;
}

libnc_status libnc_geometry_classifier_gram(const libnc_geometry *geometry, int32_t layer,
                                            double *gram, size_t size)
{
    return get_matrix(geometry, NC__GEOMETRY_CLASSIFIER, layer, gram, size);
}

libnc_status libnc_geometry_feature_gram(const libnc_geometry *geometry, int32_t layer,
                                         double *gram, size_t size)
{
    return get_matrix(geometry, NC__GEOMETRY_FEATURES, layer, gram, size);
}

libnc_status libnc_geometry_logits(const libnc_geometry *geometry, double *logits, size_t size)
{
    return get_matrix(geometry, NC__GEOMETRY_LOGITS, 1, logits, size);
}

libnc_status libnc_geometry_class_logits(const libnc_geometry *geometry, double *values,
                                         size_t size)
{
    const libnc_status status = nc__check_vector_output(geometry, "values", values, size);
    if (status == LIBNC_OK)
        fill_diagonal(geometry, NC__GEOMETRY_LOGITS, 1, values);
    return status;
}

/* MSE: b = n/N - Z n/N, and Z n = 0: right singular vectors are orthogonal to sqrt(n). */
libnc_status libnc_geometry_bias(const libnc_geometry *geometry, double *bias, size_t size)
{
    const libnc_status status = nc__check_vector_output(geometry, "bias", bias, size);
    if (status != LIBNC_OK)
        return status;
    const nc__solution *solution = geometry->solution;
    const nc__groups *groups = solution->groups;
    const bool fractions = solution->problem->loss == LIBNC_LOSS_MSE && solution->problem->bias;
    for (int64_t g = 0; g < groups->count; g++)
        for (int64_t p = groups->start[g]; p < groups->start[g + 1]; p++)
            bias[groups->order[p]] = fractions        ? groups->size[g] / groups->samples
                                     : solution->bias ? solution->bias[g]
                                                      : 0;
    return LIBNC_OK;
}

libnc_status nc__geometry_fixed(const libnc_geometry *geometry, int32_t matrix, int32_t layer,
                                double *values)
{
    return fill_matrix(geometry, matrix, layer, geometry->solution->tied, values);
}

/* ---- by groups ---- */

int64_t nc__geometry_parts(const libnc_geometry *geometry, const int64_t **start,
                           const int64_t **order)
{
    const nc__groups *groups = geometry->solution->groups;
    *start = groups->start;
    *order = groups->order;
    return groups->count;
}

bool nc__geometry_is_constant(const libnc_geometry *geometry)
{
    const nc__solution *solution = geometry->solution;
    for (int64_t g = 0; g < solution->groups->count; g++) {
        const int64_t support = nc__solution_support(solution, g);
        if (support > 0 && support < (int64_t)solution->groups->multiplicity[g])
            return false;
    }
    return true;
}

/* Sum of the kept coupled directions, G x G. */
static void coupled_blocks(const libnc_geometry *geometry, int32_t matrix, int32_t layer,
                           double *between)
{
    const int64_t count = geometry->solution->groups->count;
    for (int64_t i = 0; i < count * count; i++)
        between[i] = 0;
    for (int64_t i = 0; i < coupled_count(geometry); i++) {
        const double gain = gain_of(geometry, &geometry->solution->coupled[i], matrix, layer);
        for (int64_t g = 0; g < count && gain != 0; g++) {
            const double left = gain * left_entry(geometry, i, matrix, g);
            for (int64_t h = 0; h < count; h++)
                between[g * count + h] += left * right_entry(geometry, i, matrix, h);
        }
    }
}

void nc__geometry_blocks(const libnc_geometry *geometry, int32_t matrix, int32_t layer, double *own,
                         double *within, double *between)
{
    const nc__solution *solution = geometry->solution;
    const int64_t count = solution->groups->count;
    coupled_blocks(geometry, matrix, layer, between);
    for (int64_t g = 0; g < count; g++) {
        const int64_t support = nc__solution_support(solution, g);
        const double block = block_weight(geometry, matrix, g) *
                             gain_of(geometry, &solution->within[g], matrix, layer);
        const double shared = solution->centred && support > 0 ? block / (double)support : 0;
        within[g] = between[g * count + g] - shared;
        own[g] = within[g] + block;
        between[g * count + g] = within[g];
    }
}

/* ---- what kind of matrices they are ---- */

bool nc__geometry_weighs_columns(const libnc_geometry *geometry)
{
    return !geometry->solution->problem->energy;
}

bool nc__geometry_is_diagonal(const libnc_geometry *geometry)
{
    const nc__solution *solution = geometry->solution;
    return solution->problem->loss == LIBNC_LOSS_MSE && !solution->centred &&
           solution->tie.size == 0;
}
