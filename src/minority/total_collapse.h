/* SPDX-License-Identifier: MIT
 *
 * total_collapse.h: the price above which all logits are zero, in the notation of merging.h.
 */
#ifndef NC__TOTAL_COLLAPSE_H
#define NC__TOTAL_COLLAPSE_H

#include "minority/merging.h"

/* (1 - delta) ||(I - p 1^T) diag(a/d)||_2 with p the shares at zero logits and the best bias; 0 for
 * one class. */
libnc_status nc__total_slope(const nc__imbalance *imbalance, double *slope);

#endif
