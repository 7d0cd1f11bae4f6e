/* SPDX-License-Identifier: MIT
 *
 * array_reading.h: bytes of the chosen member, wherever they are, and their checksum.
 */
#ifndef NC__ARRAY_READING_H
#define NC__ARRAY_READING_H

#include "files/array_internal.h"

/* Bytes of elements at an offset among all elements, wherever they are; array_reading.c. */
libnc_status nc__selection_fetch(const libnc_array *array, nc__selection *selection, int64_t at,
                                 void *bytes, size_t count);
/* Adds bytes at an offset of the member to its checksum, and compares at the end. */
libnc_status nc__selection_check(const libnc_array *array, nc__selection *selection, int64_t at,
                                 const void *bytes, int64_t count);

#endif
