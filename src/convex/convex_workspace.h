/* SPDX-License-Identifier: MIT
 *
 * convex_workspace.h: the memory of the convex solver, allocated once and used for any number of
 * problems.
 */
#ifndef NC__CONVEX_WORKSPACE_H
#define NC__CONVEX_WORKSPACE_H

#include "convex/convex_problem.h"

/* Room for up to `groups` groups. LIBNC_OK or LIBNC_ERROR_MEMORY. */
libnc_status nc__convex_create(nc__convex **solver, libnc_context *context, int64_t groups);
void nc__convex_destroy(nc__convex *solver);

#endif
