/* SPDX-License-Identifier: MIT
 *
 * predicted_ties.h: what a comparison needs of a prediction that is not unique (solution.h).
 *
 * All functions need a solved geometry (nc__geometry_check) and allocate nothing.
 */
#ifndef NC__PREDICTED_TIES_H
#define NC__PREDICTED_TIES_H

#include "geometry/solution.h"

void nc__geometry_tie(const libnc_geometry *geometry, nc__tie *tie);

/* L and R, K x t row-major, in class order. */
void nc__geometry_tie_basis(const libnc_geometry *geometry, double *left, double *right);

/* a_j and f_j of layer j = 1 .. M. */
void nc__geometry_tie_gains(const libnc_geometry *geometry, int32_t layer, double *classifier,
                            double *features);

/* Entry of the class at `position` of a group in direction j of the group: e_j, or, centred,
 * (1, .., 1, -(j+1), 0, ..)/sqrt((j+1)(j+2)), so that the first r of them span what the getters
 * keep. */
double nc__geometry_basis(const nc__solution *solution, int64_t position, int64_t j);

#endif
