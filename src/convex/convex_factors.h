/* SPDX-License-Identifier: MIT
 *
 * convex_factors.h: the convex problem over factors of Z D, as the trust region sees it.
 */
#ifndef NC__CONVEX_FACTORS_H
#define NC__CONVEX_FACTORS_H

#include "convex/convex_internal.h"

/* s->variables from a point and back, with what failed in between. */
libnc_status nc__convex_pack(nc__convex *s, const nc__convex_point *point);
libnc_status nc__convex_unpack(const nc__convex *s, nc__convex_point *point);
/* The problem; the functions of trust_region.h. */
void nc__convex_describe(nc__convex *s, nc__trust_problem *problem);

#endif
