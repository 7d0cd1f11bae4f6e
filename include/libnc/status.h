/* SPDX-License-Identifier: MIT */
/**
 * @file status.h
 * @brief Result codes: 0 is success, negative an error; no status is positive.
 *
 * Every function that can fail returns a libnc_status. On an error its outputs are untouched, the
 * handles it was given are as they were, and libnc_context_error() holds one line that names the
 * argument and the value that was wrong.
 */
#ifndef LIBNC_STATUS_H
#define LIBNC_STATUS_H

#include <libnc/export.h>
#include <stdint.h>

LIBNC_BEGIN

/** @brief A result code, one of @ref libnc_status_code. @since 0.1 */
typedef int32_t libnc_status;

/** @brief The values of libnc_status. Append-only. @since 0.1 */
enum libnc_status_code {
    LIBNC_OK = 0,                    /**< Done. */
    LIBNC_ERROR_ARGUMENT = -1,       /**< An argument is NULL or outside its range. */
    LIBNC_ERROR_MEMORY = -2,         /**< The allocator returned NULL, or a size overflows. */
    LIBNC_ERROR_DIMENSION = -3,      /**< Shapes of two arguments do not fit together. */
    LIBNC_ERROR_NOT_FINITE = -4,     /**< NaN or infinity in the input, or training diverged. */
    LIBNC_ERROR_FILE = -5,           /**< A file cannot be opened or read. */
    LIBNC_ERROR_FORMAT = -6,         /**< A file's content is not what its format says. */
    LIBNC_ERROR_STATE = -7,          /**< A call came before the one that it needs. */
    LIBNC_ERROR_UNSUPPORTED = -8,    /**< A valid request that this version cannot serve. */
    LIBNC_ERROR_NUMERICAL = -9,      /**< A LAPACK routine or an iteration did not converge. */
    LIBNC_ERROR_INTERNAL = -10,      /**< A defect of libnc, for example an answer that failed its
                                          check: please report it. */
    LIBNC_ERROR_COMMUNICATION = -11, /**< Ranks of a job do not reach each other. Since 0.3. */
};

/**
 * @brief A short name of a status, for example "ERROR_ARGUMENT".
 * @param status any value.
 * @return a static string, never NULL; "UNKNOWN" for a value that is no status.
 * @note O(1); any thread.
 * @since 0.1
 */
LIBNC_API const char *libnc_status_name(libnc_status status);

LIBNC_END

#endif
