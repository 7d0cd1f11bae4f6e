/* SPDX-License-Identifier: MIT
 *
 * zip.h: zip archives of npy members, read and written.
 */
#ifndef NC__ZIP_H
#define NC__ZIP_H

#include "files/array_internal.h"
#include "files/array_writing.h"

libnc_status nc__zip_open(libnc_array *array);
libnc_status nc__zip_select(const libnc_array *array, nc__selection *selection);

libnc_status nc__zip_begin(libnc_array_writer *writer, nc__written *array);
libnc_status nc__zip_end(libnc_array_writer *writer, nc__written *array);
libnc_status nc__zip_finish(libnc_array_writer *writer);

#endif
