/* SPDX-License-Identifier: MIT
 *
 * geometry_internal.h: what a comparison needs of a prediction that is not unique.
 *
 * The minimisers of a tie differ in one block only. Let D = diag(sqrt(n_k)), L and R (K x t, with
 * orthonormal columns) span the block's left and right directions. Every minimiser is
 *
 *     Z D                      = fixed + s L Q R^T
 *     classifier Gram, layer j = fixed + a_j L Q L^T
 *     feature Gram, layer j    = fixed + f_j D^{-1} R Q R^T D^{-1}
 *
 * with one and the same t x t orthogonal projector Q of any rank from rank_minimum to rank_maximum,
 * and every such Q is a minimiser. The getters of libnc/geometry.h give one of them, of rank
 * `rank`: Q keeps the first `rank` columns of L and R. A bottleneck that cuts through equal gains
 * has rank_minimum = rank_maximum; a block exactly at its threshold (M >= 2) has rank_minimum = 0.
 *
 * All functions need a solved geometry (nc__geometry_check) and allocate nothing, unless they
 * return a status.
 */
#ifndef NC__GEOMETRY_INTERNAL_H
#define NC__GEOMETRY_INTERNAL_H

#include "base/base.h"

#include <libnc/geometry.h>

typedef struct nc__tie {
    int64_t size; /* t; 0 when the prediction is unique: the other members are then 0 */
    int64_t rank_minimum, rank_maximum;
    int64_t rank;          /* of the minimiser that the getters give */
    double singular_value; /* s */
} nc__tie;

/* The three K x K matrices of the public getters. */
enum nc__geometry_matrix {
    NC__GEOMETRY_CLASSIFIER = 0,
    NC__GEOMETRY_FEATURES = 1,
    NC__GEOMETRY_LOGITS = 2 /* Z, not Z D; any layer */
};

/* LIBNC_OK if solved as it is set now; LIBNC_ERROR_ARGUMENT for NULL, else LIBNC_ERROR_STATE. */
libnc_status nc__geometry_check(const libnc_geometry *geometry);

/* Another handle with the same counts and settings, decays included; not solved. */
libnc_status nc__geometry_copy(libnc_geometry **copy, const libnc_geometry *geometry);

/* A copy in which neighbouring counts within `ratio` > 1 of each other are replaced by their mean:
 * fewer groups, a quick approximation. */
libnc_status nc__geometry_coarsen(libnc_geometry **coarse, const libnc_geometry *geometry,
                                  double ratio);

/* From now on a numerical solution starts from the last one. The symmetry and weights must stay. */
void nc__geometry_warm(libnc_geometry *geometry);

/* Gives the settings and the solution of a copy, which is solved, to the geometry. */
void nc__geometry_adopt(libnc_geometry *geometry, libnc_geometry *trial);

/* How many different counts there are. */
int64_t nc__geometry_groups(const libnc_geometry *geometry);

/* Whether it has class weights. */
bool nc__geometry_has_weights(const libnc_geometry *geometry);

/* Whether it is cross-entropy with M = 1, which has a solver of its own. */
bool nc__geometry_is_shallow(const libnc_geometry *geometry);

/* Whether D = diag(sqrt(n_k)); else, under energies, D = I. */
bool nc__geometry_weighs_columns(const libnc_geometry *geometry);

/* Whether the three matrices are diagonal: MSE without a bias, where nothing ties. */
bool nc__geometry_is_diagonal(const libnc_geometry *geometry);

libnc_context *nc__geometry_context(const libnc_geometry *geometry);

void nc__geometry_tie(const libnc_geometry *geometry, nc__tie *tie);

/* L and R, K x t row-major, in class order. */
void nc__geometry_tie_basis(const libnc_geometry *geometry, double *left, double *right);

/* a_j and f_j of layer j = 1 .. M. */
void nc__geometry_tie_gains(const libnc_geometry *geometry, int32_t layer, double *classifier,
                            double *features);

/* The `fixed` part, K x K row-major; LIBNC_OK or LIBNC_ERROR_MEMORY. For the logits it is that of
 * Z: the tied part is then s L Q R^T D^{-1}. */
libnc_status nc__geometry_fixed(const libnc_geometry *geometry, int32_t matrix, int32_t layer,
                                double *values);

/* ---- a solution by groups of classes that it treats alike ---- */

/* How many groups there are; the classes of group g are order[start[g]] .. order[start[g + 1] - 1].
 * Both belong to the geometry. */
int64_t nc__geometry_parts(const libnc_geometry *geometry, const int64_t **start,
                           const int64_t **order);

/* Whether all classes of each group have the same lengths, angles and logits: not so where only
 * some of a group's directions are kept. */
bool nc__geometry_is_constant(const libnc_geometry *geometry);

/* A matrix that is constant on groups: for each group the entry of a class with itself and with
 * another class of the group, for each pair of groups (row by column, the diagonal as within) one
 * entry. G, G and G G values. */
void nc__geometry_blocks(const libnc_geometry *geometry, int32_t matrix, int32_t layer, double *own,
                         double *within, double *between);

#endif
