/* SPDX-License-Identifier: MIT
 *
 * matrix_argument.c: a matrix that a caller passes in.
 */
#include "data/matrix_argument.h"

libnc_status nc__check_matrix(libnc_context *context, const char *name, const char *type_name,
                              const char *stride_name, const nc__tensor *matrix)
{
    if (!matrix->data && matrix->rows > 0)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = NULL: must be given", name);
    if (matrix->scalar != LIBNC_FLOAT64 && matrix->scalar != LIBNC_FLOAT32)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = %d: must be %d or %d", type_name,
                        matrix->scalar, LIBNC_FLOAT64, LIBNC_FLOAT32);
    if (matrix->stride < matrix->cols || matrix->stride > INT32_MAX)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = %lld: must be from %lld to %d",
                        stride_name, (long long)matrix->stride, (long long)matrix->cols, INT32_MAX);
    if ((uintptr_t)matrix->data % nc__scalar_size(matrix->scalar) != 0)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = %p: not aligned for its type", name,
                        matrix->data);
    return LIBNC_OK;
}
