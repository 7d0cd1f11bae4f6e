/* SPDX-License-Identifier: MIT
 *
 * array_members.h: the directory of an opened file and the layout of its elements, for the
 * formats.
 */
#ifndef NC__ARRAY_MEMBERS_H
#define NC__ARRAY_MEMBERS_H

#include "files/array_internal.h"

/* Room for one more member: count grows. NULL without memory. */
nc__member *nc__array_add_member(libnc_array *array);

/* Reads the directory, `size` bytes at `offset` that the file has, into array->text. */
libnc_status nc__array_read_text(libnc_array *array, int64_t offset, int64_t size);

/* Fails if two members have one name. */
libnc_status nc__array_check_names(const libnc_array *array);

/* rows, cols and bytes from shape and size; `offset` is for the error text. */
libnc_status nc__layout_measure(nc__layout *layout, const nc__source *source, int64_t offset);

/* In Fortran order the columns of all rows stand one after the other, the first of the other
 * dimensions fastest: which column, the last dimension fastest, stands at this place. */
int64_t nc__layout_column(const nc__layout *layout, int64_t place);

#endif
