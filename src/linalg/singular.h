/* SPDX-License-Identifier: MIT
 *
 * singular.h: singular values and right singular vectors from the smaller Gram matrix, where that
 * keeps their digits.
 */
#ifndef NC__SINGULAR_H
#define NC__SINGULAR_H

#include "linalg/tensor.h"

/* The s and vt of nc__svd() for a matrix whose rank is `most` at most, from the eigenvalues of its
 * smaller Gram matrix where these keep the digits (singular.c), which is several times as fast.
 * Rows of vt from `most` on hold no result. */
libnc_status nc__singular_basis(libnc_context *context, const double *a, int64_t rows, int64_t cols,
                                int64_t most, double *s, double *vt);
/* Values that decide a rank and a stable rank: the small ones may have few digits. */
libnc_status nc__singular_values(libnc_context *context, const double *a, int64_t rows,
                                 int64_t cols, double *s);

#endif
