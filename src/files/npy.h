/* SPDX-License-Identifier: MIT
 *
 * npy.h: the NumPy format, read and written.
 */
#ifndef NC__NPY_H
#define NC__NPY_H

#include "files/array_internal.h"

libnc_status nc__npy_open(libnc_array *array);
libnc_status nc__npy_select(const libnc_array *array, nc__selection *selection);

/* An npy header, read from content that stands at its start and then at the first element. */
libnc_status nc__npy_read_header(nc__content *content, nc__layout *layout);

/* Each format: what stands before the first element, with what is known then; the same again with
 * what is known at the end; and the end of the file. */
bool nc__npy_has(int32_t element);
int64_t nc__npy_header_size(const nc__layout *layout);
void nc__npy_header(const nc__layout *layout, bool big, char *header, int64_t size);

#endif
