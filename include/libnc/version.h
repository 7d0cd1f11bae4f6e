/* SPDX-License-Identifier: MIT */
/**
 * @file version.h
 * @brief The version of the headers and of the library that is running.
 */
#ifndef LIBNC_VERSION_H
#define LIBNC_VERSION_H

#include <libnc/export.h>
#include <stdint.h>

LIBNC_BEGIN

#define LIBNC_VERSION_MAJOR 0 /**< @brief Major version of these headers. */
#define LIBNC_VERSION_MINOR 3 /**< @brief Minor version of these headers. */
#define LIBNC_VERSION_PATCH 0 /**< @brief Patch version of these headers. */

/**
 * @brief The running library's version as text, for example "0.3.0".
 * @return a static string.
 * @note O(1); any thread.
 * @since 0.1
 */
LIBNC_API const char *libnc_version(void);

/**
 * @brief The running library's version as 10000 major + 100 minor + patch.
 * @note O(1); any thread.
 * @since 0.1
 */
LIBNC_API int32_t libnc_version_number(void);

LIBNC_END

#endif
