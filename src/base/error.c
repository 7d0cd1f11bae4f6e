/* SPDX-License-Identifier: MIT
 *
 * error.c: the one line of detail of a context, and its log.
 */
#include "base/error.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

libnc_status nc__fail(libnc_context *context, libnc_status code, const char *format, ...)
{
    if (!context)
        return code;
    char text[NC__ERROR_LENGTH]; /* the arguments may quote the error text before */
    va_list arguments;
    va_start(arguments, format);
    nc__print_list(text, sizeof text, format, arguments);
    va_end(arguments);
    memcpy(context->error, text, sizeof text);
    nc__log(context, LIBNC_LOG_ERROR, "%s", context->error);
    return code;
}

libnc_status nc__check_given(libnc_context *context, const char *name, const void *pointer)
{
    if (!pointer)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = NULL: must be given", name);
    return LIBNC_OK;
}

libnc_status nc__check_bounds(libnc_context *context, const char *name, int64_t value,
                              int64_t least, int64_t most)
{
    if (value < least || value > most)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = %lld: must be from %lld to %lld", name,
                        (long long)value, (long long)least, (long long)most);
    return LIBNC_OK;
}

libnc_status nc__check_positive(libnc_context *context, const char *name, double value)
{
    if (!(value > 0 && isfinite(value)))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = %g: must be positive and finite", name,
                        value);
    return LIBNC_OK;
}

libnc_status nc__check_size(libnc_context *context, size_t size, int64_t wanted)
{
    if (size != (size_t)wanted)
        return nc__fail(context, LIBNC_ERROR_DIMENSION, "size = %zu: must be %lld", size,
                        (long long)wanted);
    return LIBNC_OK;
}

libnc_status nc__fail_file(libnc_context *context, const char *name, const char *path,
                           const char *what, int number)
{
    char reason[128];
    if (strerror_r(number, reason, sizeof reason) != 0)
        snprintf(reason, sizeof reason, "error %d", number);
    return nc__fail(context, LIBNC_ERROR_FILE, "%s = \"%s\": %s: %s", name, path, what, reason);
}

void nc__log(libnc_context *context, int32_t level, const char *format, ...)
{
    if (!context->log || level > context->log_level)
        return;
    char text[NC__ERROR_LENGTH];
    va_list arguments;
    va_start(arguments, format);
    nc__print_list(text, sizeof text, format, arguments);
    va_end(arguments);
    context->log(level, text, context->log_user);
}
