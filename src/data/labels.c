/* SPDX-License-Identifier: MIT
 *
 * labels.c: labels of either type that a caller passes in.
 */
#include "data/labels.h"

libnc_status nc__labels_check(const nc__labels *labels, libnc_context *context)
{
    if (!labels->data && labels->count > 0)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "labels = NULL: must be given");
    if (labels->type != LIBNC_LABEL_INT32 && labels->type != LIBNC_LABEL_INT64)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "label_type = %d: must be %d or %d",
                        labels->type, LIBNC_LABEL_INT32, LIBNC_LABEL_INT64);
    if ((uintptr_t)labels->data % (labels->type == LIBNC_LABEL_INT32 ? 4 : 8) != 0)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "labels = %p: not aligned for their type",
                        labels->data);
    return LIBNC_OK;
}

int64_t nc__labels_largest(const nc__labels *labels)
{
    int64_t largest = -1;
    for (int64_t i = 0; i < labels->count; i++) {
        const int64_t label = nc__label(labels, i);
        largest = label > largest ? label : largest;
    }
    return largest;
}
