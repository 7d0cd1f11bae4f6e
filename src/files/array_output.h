/* SPDX-License-Identifier: MIT
 *
 * array_output.h: bytes of a file of numbers in the making.
 */
#ifndef NC__ARRAY_OUTPUT_H
#define NC__ARRAY_OUTPUT_H

#include "files/array_writing.h"

libnc_status nc__writer_put(libnc_array_writer *writer, int64_t offset, const void *bytes,
                            size_t count);

#endif
