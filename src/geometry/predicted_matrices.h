/* SPDX-License-Identifier: MIT
 *
 * predicted_matrices.h: a solution as K x K matrices, and by groups of classes that it treats
 * alike.
 *
 * All functions need a solved geometry (nc__geometry_check) and allocate nothing, unless they
 * return a status.
 */
#ifndef NC__PREDICTED_MATRICES_H
#define NC__PREDICTED_MATRICES_H

#include "geometry/solution.h"

/* The three K x K matrices of the public getters. */
enum nc__geometry_matrix {
    NC__GEOMETRY_CLASSIFIER = 0,
    NC__GEOMETRY_FEATURES = 1,
    NC__GEOMETRY_LOGITS = 2 /* Z, not Z D; any layer */
};

/* The part that all minimisers of a tie share (solution.h), K x K row-major; LIBNC_OK or
 * LIBNC_ERROR_MEMORY. For the logits it is that of Z: the tied part is then s L Q R^T D^{-1}. */
libnc_status nc__geometry_fixed(const libnc_geometry *geometry, int32_t matrix, int32_t layer,
                                double *values);

/* How many groups there are; the classes of group g are order[start[g]] .. order[start[g + 1] - 1].
 * Both belong to the geometry. */
int64_t nc__geometry_parts(const libnc_geometry *geometry, const int64_t **start,
                           const int64_t **order);

/* Whether all classes of each group have the same lengths, angles and logits: not so where only
 * some of a group's directions are kept. */
bool nc__geometry_is_constant(const libnc_geometry *geometry);

/* Whether D = diag(sqrt(n_k)); else, under energies, D = I. */
bool nc__geometry_weighs_columns(const libnc_geometry *geometry);

/* Whether the three matrices are diagonal: MSE without a bias, where nothing ties. */
bool nc__geometry_is_diagonal(const libnc_geometry *geometry);

/* A matrix that is constant on groups: for each group the entry of a class with itself and with
 * another class of the group, for each pair of groups (row by column, the diagonal as within) one
 * entry. G, G and G G values. */
void nc__geometry_blocks(const libnc_geometry *geometry, int32_t matrix, int32_t layer, double *own,
                         double *within, double *between);

#endif
