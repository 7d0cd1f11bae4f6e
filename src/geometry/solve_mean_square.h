/* SPDX-License-Identifier: MIT
 *
 * solve_mean_square.h: mean squared error: any counts, depth, decays and widths, in closed form.
 */
#ifndef NC__SOLVE_MEAN_SQUARE_H
#define NC__SOLVE_MEAN_SQUARE_H

#include "geometry/solution.h"

/* Checked: LIBNC_ERROR_INTERNAL if the check fails. *solution may be set after a failure too. */
libnc_status nc__solve_mean_square(nc__problem *problem, nc__solution **solution);

#endif
