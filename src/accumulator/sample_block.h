/* SPDX-License-Identifier: MIT
 *
 * sample_block.h: a block of samples on its way through a second pass, and the workspace in which
 * the searches decide its rows, one after the other.
 */
#ifndef NC__SAMPLE_BLOCK_H
#define NC__SAMPLE_BLOCK_H

#include "accumulator/class_statistics.h"

typedef struct nc__sample_block {
    const nc__statistics *statistics;
    int64_t capacity;      /* rows */
    nc__tensor rows;       /* those of the last call: at most capacity x d */
    const int32_t *labels; /* theirs */
    nc__tensor deviations; /* capacity x d: h - h_o, o the class of the sample */
    double *squares;       /* capacity: ||h - h_o||^2 */
    /* rows that the bounds of a search leave open */
    int64_t pending;     /* how many */
    int64_t *index;      /* capacity: which */
    nc__tensor vectors;  /* capacity x d */
    double *lengths;     /* capacity: of the vectors */
    nc__tensor products; /* capacity x K */
} nc__sample_block;

/* For rows of this scalar type. 2 capacity d + capacity K memory. */
libnc_status nc__sample_block_create(nc__sample_block *block, nc__arena *arena,
                                     const nc__statistics *statistics, int32_t scalar);

/* Takes rows (finite) with labels of classes that have samples, and measures their deviations. */
void nc__sample_block_fill(nc__sample_block *block, const nc__tensor *rows, const int32_t *labels);

#endif
