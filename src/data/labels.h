/* SPDX-License-Identifier: MIT
 *
 * labels.h: labels of either type that a caller passes in.
 */
#ifndef NC__LABELS_H
#define NC__LABELS_H

#include "base/base.h"

#include <libnc/scalar.h>

typedef struct nc__labels {
    const void *data;
    int32_t type; /* libnc_label */
    int64_t count;
} nc__labels;

static inline int64_t nc__label(const nc__labels *labels, int64_t i)
{
    return labels->type == LIBNC_LABEL_INT32 ? ((const int32_t *)labels->data)[i]
                                             : ((const int64_t *)labels->data)[i];
}

/* That there are some (NULL for none), of a type that exists, aligned for it. */
libnc_status nc__labels_check(const nc__labels *labels, libnc_context *context);

/* The largest label; -1 for none. */
int64_t nc__labels_largest(const nc__labels *labels);

#endif
