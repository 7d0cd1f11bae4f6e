/* SPDX-License-Identifier: MIT */
/**
 * @file file.h
 * @brief Files that are written whole or not at all.
 *
 * Everything that libnc writes (accumulators, models, trainings, arrays, and what
 * libnc_file_write() is given) goes the same way: to a file without a name or with a temporary one
 * in the same folder, to the disk, and only then in the place of the old file. Whoever stops the
 * process at any moment, or saves to the same name from other threads, processes or machines at the
 * same time, leaves one whole file. doc/formats.md, "Files that are written", says what is kept of
 * the old file, and what a process that was killed may leave behind.
 */
#ifndef LIBNC_FILE_H
#define LIBNC_FILE_H

#include <libnc/context.h>

LIBNC_BEGIN

/**
 * @brief Writes bytes as a file, in the place of the old one if there is one.
 * @param[in] context the context.
 * @param[in] path file name, not empty. What is there must be a regular file or a symbolic link to
 *            one, which stays a link; permissions, owner and group are kept as far as the process
 *            may. The folder must allow new files.
 * @param[in] bytes the content, of any kind; NULL only if @p size is 0.
 * @param[in] size bytes.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_FILE (a folder, device or pipe; or the text
 *         has the system's reason); LIBNC_ERROR_MEMORY. After an error the old file is there, but
 *         for one case, which the text tells: the new one is, and its name could not be brought to
 *         the disk.
 * @note O(size), and it waits for the disk.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_file_write(libnc_context *context, const char *path,
                                            const void *bytes, size_t size);

LIBNC_END

#endif
