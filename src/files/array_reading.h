/* SPDX-License-Identifier: MIT
 *
 * array_reading.h: the checksum of the chosen member.
 */
#ifndef NC__ARRAY_READING_H
#define NC__ARRAY_READING_H

#include "files/array_internal.h"

/* Adds bytes at an offset of the member to its checksum, and compares at the end. */
libnc_status nc__selection_check(const libnc_array *array, nc__selection *selection, int64_t at,
                                 const void *bytes, int64_t count);

#endif
