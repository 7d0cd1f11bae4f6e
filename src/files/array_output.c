/* SPDX-License-Identifier: MIT
 *
 * array_output.c: bytes of a file of numbers in the making.
 */
#include "files/array_output.h"

#include <unistd.h>

libnc_status nc__writer_put(libnc_array_writer *writer, int64_t offset, const void *bytes,
                            size_t count)
{
    libnc_status status = nc__output_put(&writer->output, offset, bytes, count);
    writer->broken = writer->broken || status;
    return status;
}
