/* SPDX-License-Identifier: MIT
 *
 * state_stream.h: a file as a sequence of little-endian 64-bit words, written and read by the same
 * calls (doc/formats.md, "State of an accumulator").
 */
#ifndef NC__STATE_STREAM_H
#define NC__STATE_STREAM_H

#include "base/file.h"

enum { NC__WORD = 8 }; /* bytes */

typedef struct nc__state_stream {
    libnc_context *context;
    const char *path;
    bool is_reading;
    int file;            /* to read; the owner opens and closes it */
    nc__output *output;  /* to write; the owner's */
    int64_t offset;      /* bytes of the words that have passed */
    uint64_t checksum;   /* of these */
    size_t used, filled; /* words of the buffer that have passed, that are there */
    unsigned char *buffer;
} nc__state_stream;

/* LIBNC_ERROR_FORMAT with an offset. */
libnc_status nc__state_fail(const nc__state_stream *s, int64_t offset, const char *expected);

/* Writes to the output; reads if it is NULL, without a file yet. The owner frees the buffer. */
libnc_status nc__state_stream_init(nc__state_stream *s, libnc_context *context, const char *path,
                                   nc__output *output);

/* Writes what waits in the buffer. */
libnc_status nc__state_flush(nc__state_stream *s);

/* One word from or to the file. */
libnc_status nc__state_transfer(nc__state_stream *s, uint64_t *word);

/* The checksum of all words so far, which does not count itself until it has passed. */
libnc_status nc__state_transfer_checksum(nc__state_stream *s);

#endif
