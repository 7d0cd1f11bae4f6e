/* SPDX-License-Identifier: MIT
 *
 * convex_preconditioner.h: an approximate inverse of the Hessian over the factors.
 */
#ifndef NC__CONVEX_PRECONDITIONER_H
#define NC__CONVEX_PRECONDITIONER_H

#include "convex/convex_internal.h"

/* What it needs at the last gradient. */
void nc__convex_prepare(nc__convex *s);
/* scaled = D^{-1} residual, both steps of convex_factors.c. */
void nc__convex_precondition(nc__convex *s, const double *residual, double *scaled);

#endif
