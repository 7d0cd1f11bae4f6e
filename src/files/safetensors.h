/* SPDX-License-Identifier: MIT
 *
 * safetensors.h: the safetensors format, read and written.
 */
#ifndef NC__SAFETENSORS_H
#define NC__SAFETENSORS_H

#include "files/array_internal.h"
#include "files/array_writing.h"

libnc_status nc__safetensors_open(libnc_array *array);
libnc_status nc__safetensors_select(const libnc_array *array, nc__selection *selection);

enum { NC__SAFETENSORS_ROOM = 4096 }; /* kept before the first tensor for the header */
libnc_status nc__safetensors_finish(libnc_array_writer *writer);

#endif
