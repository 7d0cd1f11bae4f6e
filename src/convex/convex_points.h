/* SPDX-License-Identifier: MIT
 *
 * convex_points.h: points of the convex problem: storage, scaling, and the variables that the
 * trust region moves.
 */
#ifndef NC__CONVEX_POINTS_H
#define NC__CONVEX_POINTS_H

#include "convex/convex_internal.h"

/* ||Z D||_* of a point */
double nc__convex_nuclear(const nc__convex *s, const nc__convex_point *point);
/* b moves freely along 1: sums to zero over classes. */
void nc__convex_centre_bias(const nc__convex *s, nc__convex_point *point);
void nc__convex_scale(const nc__convex *s, nc__convex_point *point, double factor);
void nc__convex_copy(const nc__convex *s, const nc__convex_point *from, nc__convex_point *to);
/* s->variables from a point, in the energy form on the sphere. Returns the sum of squares of what
 * is decayed. */
double nc__convex_pack(nc__convex *s, const nc__convex_point *point);
/* A point from s->variables, without what vanished. */
libnc_status nc__convex_unpack(nc__convex *s, nc__convex_point *point);

#endif
