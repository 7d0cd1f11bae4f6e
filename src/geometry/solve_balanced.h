/* SPDX-License-Identifier: MIT
 *
 * solve_balanced.h: balanced classes under cross-entropy with M >= 2, label smoothing or the focal
 * loss.
 */
#ifndef NC__SOLVE_BALANCED_H
#define NC__SOLVE_BALANCED_H

#include "geometry/solution.h"

/* LIBNC_ERROR_UNSUPPORTED unless counts are equal and the width is enough; LIBNC_ERROR_INTERNAL if
 * the solution's check fails. *solution may be set after a failure too. */
libnc_status nc__solve_balanced(nc__problem *problem, nc__solution **solution);
/* The ETF alone: its value and scale a (libnc_geometry_etf). */
libnc_status nc__balanced_simplex(const nc__problem *problem, double *loss, double *scale);

#endif
