/* SPDX-License-Identifier: MIT
 *
 * peeled_ratios.h: the imbalance ratios of the layer-peeled model.
 */
#ifndef NC__PEELED_RATIOS_H
#define NC__PEELED_RATIOS_H

#include "base/base.h"

/* The nuclear norm at which R_0 is the ratio; 0 if that is not above 1. K_A >= 1, K_B >= 2. */
libnc_status nc__peeled_critical_norm(libnc_context *context, double majority, double minority,
                                      double ratio, double *norm);

#endif
