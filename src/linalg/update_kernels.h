/* SPDX-License-Identifier: MIT
 *
 * update_kernels.h: the updates of one variant, for its table in kernels.h, which describes them.
 */
#ifndef NC__UPDATE_KERNELS_H
#define NC__UPDATE_KERNELS_H

#include "linalg/update.h"
#include "linalg/variant.h"

void NC__NAME(update)(const nc__update *rule, int64_t n, const void *g, void *x, void *m, void *v);
void NC__NAME(update_thin)(const nc__update *rule, int64_t rows, int64_t cols, int64_t k,
                           const nc__coefficients *c, const void *b, int64_t ldb, void *t,
                           int64_t ldt, void *m, void *v, int64_t lds);

#endif
