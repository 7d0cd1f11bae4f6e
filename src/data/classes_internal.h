/* SPDX-License-Identifier: MIT
 *
 * classes_internal.h: class distributions as the modules above see them. They never change.
 */
#ifndef NC__CLASSES_INTERNAL_H
#define NC__CLASSES_INTERNAL_H

#include "base/base.h"
#include <libnc/classes.h>

struct libnc_classes {
    libnc_context *context;
    int64_t count;    /* K */
    int64_t samples;  /* N */
    int64_t counts[]; /* n_k */
};

/* From a label array, as libnc_classes_from_labels(): a label that is wrong gives the status `code`
 * and a text that begins with `what`. */
libnc_status nc__classes_from_labels(libnc_classes **classes, libnc_context *context,
                                     const char *what, libnc_status code, const int32_t *labels,
                                     int64_t count);

#endif
