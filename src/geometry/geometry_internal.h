/* SPDX-License-Identifier: MIT
 *
 * geometry_internal.h: the handle of a predicted geometry.
 */
#ifndef NC__GEOMETRY_INTERNAL_H
#define NC__GEOMETRY_INTERNAL_H

#include "base/options_internal.h"
#include "geometry/groups.h"

#include <libnc/geometry.h>

struct libnc_geometry {
    libnc_context *context;
    libnc_classes *classes;
    int32_t depth;
    nc__groups groups; /* by counts */
    struct libnc_options options;
    double *decays;                /* lw_j, M values */
    double *weights;               /* K class weights; NULL for 1 */
    int64_t decay_changes;         /* grows with every change of the decays or weights */
    struct nc__solution *solution; /* NULL before solve */
    int64_t solved_revision, solved_decays;
    bool is_warm;              /* solutions start from the last one (nc__geometry_warm) */
    struct nc__convex *convex; /* kept for that; NULL before the first */
};

/* LIBNC_OK if solved as it is set now; LIBNC_ERROR_ARGUMENT for NULL, else LIBNC_ERROR_STATE. */
libnc_status nc__geometry_check(const libnc_geometry *geometry);

bool nc__geometry_is_solved(const libnc_geometry *geometry);

/* Takes a solution of the present settings, with its problem, in place of the last one. */
void nc__geometry_store(libnc_geometry *geometry, struct nc__solution *solution);

/* Another handle with the same counts and settings, decays included; not solved. */
libnc_status nc__geometry_copy(libnc_geometry **copy, const libnc_geometry *geometry);

/* The same options and class weights on other counts of as many classes, at another depth; the
 * decays of the layers are not set. */
libnc_status nc__geometry_copy_to(libnc_geometry **copy, const libnc_geometry *geometry,
                                  const libnc_classes *classes, int32_t depth);

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

libnc_context *nc__geometry_context(const libnc_geometry *geometry);

#endif
