/* SPDX-License-Identifier: MIT
 *
 * partial_products.h: what a kept direction weighs in every partial product of the layers.
 */
#ifndef NC__PARTIAL_PRODUCTS_H
#define NC__PARTIAL_PRODUCTS_H

#include "geometry/solution.h"

/* log of the squared singular value of a kept direction in W_M ... W_j and in W_{j-1} ... W_1 H */
void nc__log_partial_products(const nc__problem *problem, const nc__family *family, int32_t layer,
                              double *classifier, double *features);
/* LIBNC_ERROR_NUMERICAL if a gain of some layer is beyond the range of a double. */
libnc_status nc__check_range(const nc__solution *solution);

#endif
