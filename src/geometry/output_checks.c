/* SPDX-License-Identifier: MIT
 *
 * output_checks.c: checks of the arguments that getters of a prediction share.
 */
#include "geometry/output_checks.h"

#include "geometry/geometry_internal.h"

libnc_status nc__check_output(const libnc_geometry *geometry, const char *name, const void *output)
{
    const libnc_status status = nc__geometry_check(geometry);
    return status == LIBNC_OK ? nc__check_given(geometry->context, name, output) : status;
}

static libnc_status check_array(const libnc_geometry *geometry, const char *name,
                                const void *values, size_t size, size_t wanted)
{
    const libnc_status status = nc__check_output(geometry, name, values);
    return status == LIBNC_OK ? nc__check_size(geometry->context, size, (int64_t)wanted) : status;
}

libnc_status nc__check_vector_output(const libnc_geometry *geometry, const char *name,
                                     const void *values, size_t size)
{
    return check_array(geometry, name, values, size,
                       geometry ? (size_t)geometry->groups.classes : 0);
}

libnc_status nc__check_matrix_output(const libnc_geometry *geometry, const char *name,
                                     const void *values, size_t size)
{
    const size_t classes = geometry ? (size_t)geometry->groups.classes : 0;
    size_t wanted;
    if (!nc__multiply(classes, classes, &wanted) || wanted > SIZE_MAX / sizeof(double))
        return nc__fail(geometry->context, LIBNC_ERROR_MEMORY, "K = %zu: K K values overflow",
                        classes);
    return check_array(geometry, name, values, size, wanted);
}
