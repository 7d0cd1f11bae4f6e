/* SPDX-License-Identifier: MIT
 *
 * solve_one_layer.h: cross-entropy with M = 1, in closed form or through the convex solver.
 */
#ifndef NC__SOLVE_ONE_LAYER_H
#define NC__SOLVE_ONE_LAYER_H

#include "convex/convex.h"
#include "geometry/solution.h"

/* kept: where the convex solver stays for the next solution, which starts from this one; NULL if it
 * does not. *solution may be set after a failure too. */
libnc_status nc__solve_one_layer(nc__problem *problem, nc__convex **kept, nc__solution **solution);

/* Balanced classes: the alpha at which e^alpha + K - 1 = K/v, v = price + smoothing; 0 for v >= 1.
 */
double nc__one_layer_scale(double classes, double log_price, double smoothing);

#endif
