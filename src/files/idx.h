/* SPDX-License-Identifier: MIT
 *
 * idx.h: IDX files, read and written.
 */
#ifndef NC__IDX_H
#define NC__IDX_H

#include "files/array_internal.h"
#include "files/array_writing.h"

libnc_status nc__idx_open(libnc_array *array);
libnc_status nc__idx_select(const libnc_array *array, nc__selection *selection);
/* The size of an uncompressed IDX file by its header, or -1 if it has none. */
int64_t nc__idx_size(const unsigned char *bytes, int64_t count);

bool nc__idx_has(int32_t element);
libnc_status nc__idx_put_header(libnc_array_writer *writer, nc__written *array);

#endif
