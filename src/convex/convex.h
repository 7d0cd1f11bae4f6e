/* SPDX-License-Identifier: MIT
 *
 * convex.h: solves a convex problem to a certified gap. Nothing here knows of handles: thresholds
 * are searched with it directly.
 */
#ifndef NC__CONVEX_H
#define NC__CONVEX_H

#include "convex/convex_workspace.h"

/* LIBNC_OK whatever the gap; LIBNC_ERROR_MEMORY or LIBNC_ERROR_NUMERICAL from a factorisation. */
libnc_status nc__convex_solve(nc__convex *solver, const nc__convex_problem *problem,
                              nc__convex_result *result);

#endif
