/* SPDX-License-Identifier: MIT
 *
 * convex_certificate.h: a rigorous bound on how far a point is from the minimum.
 */
#ifndef NC__CONVEX_CERTIFICATE_H
#define NC__CONVEX_CERTIFICATE_H

#include "convex/convex_internal.h"

/* Fills the point's value, gap, multiplier and nuclear; the gradient's singular vectors stay in
 * s->singular, s->left (columns) and s->right_t (rows). */
libnc_status nc__convex_certify(nc__convex *s, nc__convex_point *point);

#endif
