/* SPDX-License-Identifier: MIT
 *
 * finite.h: the first value of a matrix that is not finite.
 */
#ifndef NC__FINITE_H
#define NC__FINITE_H

#include "linalg/tensor.h"

/* The first row that is not good, searched by all threads; -1 for none. */
int64_t nc__find_row(libnc_context *context, const nc__tensor *matrix,
                     bool (*is_good)(const nc__tensor *row));

/* NOT_FINITE names the matrix and its first row with a value that is not; NULL data are fine. */
libnc_status nc__check_rows_finite(libnc_context *context, const char *name,
                                   const nc__tensor *matrix);

/* The first of `count` values that is not finite, or -1. */
int64_t nc__first_not_finite(const void *values, int32_t scalar, int64_t count);

#endif
