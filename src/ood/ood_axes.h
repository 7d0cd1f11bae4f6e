/* SPDX-License-Identifier: MIT
 *
 * ood_axes.h: the eigenvectors that out-of-distribution scores project on.
 */
#ifndef NC__OOD_AXES_H
#define NC__OOD_AXES_H

#include "ood/ood_internal.h"

/* Finds axes of a kind, unless they are known: with the shifted ones also their shift, with those
 * of Sigma_W its rank. The scatter must be there, and a classifier for the shifted ones. */
libnc_status nc__ood_find_axes(libnc_ood *ood, int32_t kind);

#endif
