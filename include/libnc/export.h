/* SPDX-License-Identifier: MIT */
/**
 * @file export.h
 * @brief Marks of the public interface: what is exported, and which results must be looked at.
 *
 * Nothing here depends on how libnc was configured: every build of one version has the same
 * interface.
 */
#ifndef LIBNC_EXPORT_H
#define LIBNC_EXPORT_H

#if defined(__GNUC__)
#define LIBNC_API     __attribute__((visibility("default")))
#define LIBNC_CHECKED __attribute__((visibility("default"), warn_unused_result))
#else
#define LIBNC_API
#define LIBNC_CHECKED
#endif

#ifdef __cplusplus
#define LIBNC_BEGIN extern "C" {
#define LIBNC_END   }
#else
#define LIBNC_BEGIN
#define LIBNC_END
#endif

#endif
