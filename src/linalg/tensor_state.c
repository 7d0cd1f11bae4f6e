/* SPDX-License-Identifier: MIT
 *
 * tensor_state.c: tensors in files of words.
 */
#include "linalg/tensor_state.h"

#include <float.h>
#include <string.h>

enum { BLOCK = 256 }; /* values at a time */

/* Part of a row. */
static libnc_status pass_part(nc__state_stream *s, nc__tensor *part)
{
    double values[BLOCK], stored[BLOCK];
    const double most = part->scalar == LIBNC_FLOAT32 ? (double)FLT_MAX : DBL_MAX;
    if (!s->is_reading)
        nc__to_double(part, values);
    libnc_status status = nc__state_numbers(s, values, part->cols, -most, most, "a finite value");
    if (status != LIBNC_OK || !s->is_reading)
        return status;
    nc__from_double(values, part);
    nc__to_double(part, stored);
    return memcmp(values, stored, (size_t)part->cols * sizeof *values) == 0
               ? LIBNC_OK
               : nc__state_fail(s, s->offset - NC__WORD * part->cols, "numbers of float32");
}

libnc_status nc__tensor_pass(nc__state_stream *s, const nc__tensor *tensor)
{
    libnc_status status = LIBNC_OK;
    for (int64_t i = 0; i < tensor->rows; i++) {
        const nc__tensor row = nc__tensor_rows(tensor, i, 1);
        for (int64_t j = 0; j < tensor->cols && status == LIBNC_OK; j += BLOCK) {
            const int64_t count = tensor->cols - j < BLOCK ? tensor->cols - j : BLOCK;
            nc__tensor part = nc__tensor_cols(&row, j, count);
            status = pass_part(s, &part);
        }
    }
    return status;
}
