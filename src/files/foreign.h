/* SPDX-License-Identifier: MIT
 *
 * foreign.h: files that people have and that are not read: what they are and what to do.
 */
#ifndef NC__FOREIGN_H
#define NC__FOREIGN_H

#include <stddef.h>

enum { NC__FOREIGN_BYTES = 512 }; /* that are looked at */

/* What a file that begins like this is, and what to do, in words; NULL if that is not known. None
 * of them begins with a byte below 20, as every CIFAR record does. */
const char *nc__foreign_kind(const unsigned char *bytes, size_t size);

/* The same for a zip archive, by the name of its first member. */
const char *nc__foreign_archive(const char *name, size_t size);

#endif
