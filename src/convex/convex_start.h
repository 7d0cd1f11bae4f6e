/* SPDX-License-Identifier: MIT
 *
 * convex_start.h: where the convex solver starts, and which directions it adds later.
 */
#ifndef NC__CONVEX_START_H
#define NC__CONVEX_START_H

#include "convex/convex_internal.h"

/* Z = 0 and the best bias. */
void nc__convex_place_zero(nc__convex *s, nc__convex_point *point);
/* The largest singular value of the gradient last certified, where that can be used. */
double nc__convex_largest_slope(const nc__convex *s);
/* The start, from the certificate of Z = 0; the multiplier is an estimate. */
void nc__convex_start(nc__convex *s, nc__convex_point *point);
/* Energy form with label smoothing: whether tau is at least `share` of what meets all targets, the
 * alpha of Z = alpha (I - J/K) that does, and that point. */
bool nc__convex_is_near_targets(const nc__convex *s, double share);
double nc__convex_target_scale(const nc__convex *s);
void nc__convex_place_targets(const nc__convex *s, double alpha, nc__convex_point *point);
/* Directions in which the gradient at s->now, just certified, exceeds the multiplier and of which
 * the point has nothing: how many, and to give it some. */
int64_t nc__convex_count_missing(const nc__convex *s);
void nc__convex_add_missing(nc__convex *s);

#endif
