/* SPDX-License-Identifier: MIT
 *
 * matrix_argument.h: a matrix that a caller passes in, of either scalar type and with a stride.
 */
#ifndef NC__MATRIX_ARGUMENT_H
#define NC__MATRIX_ARGUMENT_H

#include "linalg/tensor.h"

/* That its data are given (NULL for no rows), of a type that exists, aligned for it, with rows that
 * do not overlap. The names are those of the arguments. */
libnc_status nc__check_matrix(libnc_context *context, const char *name, const char *type_name,
                              const char *stride_name, const nc__tensor *matrix);

#endif
