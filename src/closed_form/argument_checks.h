/* SPDX-License-Identifier: MIT
 *
 * argument_checks.h: what the closed forms check of their arguments.
 */
#ifndef NC__ARGUMENT_CHECKS_H
#define NC__ARGUMENT_CHECKS_H

#include "base/base.h"

/* LIBNC_ERROR_ARGUMENT unless a decay is in the range of those of libnc/geometry.h. */
libnc_status nc__check_decay(libnc_context *context, const char *name, double value);

/* LIBNC_ERROR_DIMENSION unless size = rows cols; LIBNC_ERROR_MEMORY if that many doubles overflow.
 */
libnc_status nc__check_shape(libnc_context *context, size_t size, int64_t rows, int64_t cols);

#endif
