/* SPDX-License-Identifier: MIT
 *
 * error.h: error text and log lines. A check reads `if (bad) return nc__fail(context, code, "name
 * = %d: must ...", x);`.
 */
#ifndef NC__ERROR_H
#define NC__ERROR_H

#include "base/context_internal.h"
#include "base/text.h"

/* Records the text, logs it as an error and returns code. A NULL context only returns code. */
libnc_status nc__fail(libnc_context *context, libnc_status code, const char *format, ...)
    NC__PRINTF(3, 4);

/* LIBNC_ERROR_ARGUMENT for NULL; unless least <= value <= most; unless 0 < value < infinity. */
libnc_status nc__check_given(libnc_context *context, const char *name, const void *pointer);
libnc_status nc__check_bounds(libnc_context *context, const char *name, int64_t value,
                              int64_t least, int64_t most);
libnc_status nc__check_positive(libnc_context *context, const char *name, double value);

/* LIBNC_ERROR_DIMENSION unless an array of `size` values has as many as are wanted. */
libnc_status nc__check_size(libnc_context *context, size_t size, int64_t wanted);

/* LIBNC_ERROR_FILE with `name = "path": what: reason`, the reason of an errno. */
libnc_status nc__fail_file(libnc_context *context, const char *name, const char *path,
                           const char *what, int number);

/* Passes a line to the log callback if its level is wanted. */
void nc__log(libnc_context *context, int32_t level, const char *format, ...) NC__PRINTF(3, 4);

#endif
