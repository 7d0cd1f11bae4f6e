/* SPDX-License-Identifier: MIT
 *
 * array_writing.h: a file of numbers in the making, inside.
 *
 * Bytes are written in the order in which rows come; what is known only at the end (row counts,
 * sizes, checksums, directories) has its place kept, or follows.
 */
#ifndef NC__ARRAY_WRITING_H
#define NC__ARRAY_WRITING_H

#include "base/file.h"
#include "files/array_internal.h"

enum { NC__LONGEST_NAME = 1000 }; /* bytes of a member's name */

/* An array that was written, or is. */
typedef struct nc__written {
    char *name;
    nc__layout layout;   /* rows and shape[0] grow */
    bool big;            /* byte order in the file */
    int64_t rows_wanted; /* -1: as many as come */
    int64_t place;       /* of what precedes it in the file: local header, npy or IDX header */
    int64_t begin;       /* of the first byte of elements, or of compressed data */
    int64_t end;
    int64_t header; /* bytes of its npy header */
    int32_t level;  /* of deflate; 0 for none */
    uint32_t crc;   /* of the elements; with the header once the array has ended */
} nc__written;

struct libnc_array_writer {
    libnc_context *context;
    libnc_options options;
    int32_t format;
    nc__output output;
    int64_t at; /* where the next byte goes */
    bool open;  /* rows may be appended to the last array */
    bool broken, finished;
    nc__written *arrays;
    int64_t count, capacity;
    bool deflates; /* the deflater is initialised */
    z_stream deflater;
    double *work; /* NC__ARRAY_CHUNK values, as many encoded, and as many bytes of deflate */
};

#endif
