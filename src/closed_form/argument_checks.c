/* SPDX-License-Identifier: MIT
 *
 * argument_checks.c: argument checks that the closed forms share.
 */
#include "closed_form/argument_checks.h"

#include "geometry/problem.h"

#include <inttypes.h>

libnc_status nc__check_decay(libnc_context *context, const char *name, double value)
{
    if (!(value >= NC__SMALLEST_DECAY && value <= NC__LARGEST_DECAY))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = %g: must be from %g to %g", name,
                        value, NC__SMALLEST_DECAY, NC__LARGEST_DECAY);
    return LIBNC_OK;
}

libnc_status nc__check_shape(libnc_context *context, size_t size, int64_t rows, int64_t cols)
{
    size_t wanted;
    if (!nc__multiply((size_t)rows, (size_t)cols, &wanted) || wanted > SIZE_MAX / sizeof(double))
        return nc__fail(context, LIBNC_ERROR_MEMORY,
                        "out of memory: %" PRId64 " x %" PRId64 " values overflow", rows, cols);
    if (size != wanted)
        return nc__fail(context, LIBNC_ERROR_DIMENSION, "size = %zu: must be %zu", size, wanted);
    return LIBNC_OK;
}
