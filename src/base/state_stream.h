/* SPDX-License-Identifier: MIT
 *
 * state_stream.h: a file as a sequence of little-endian 64-bit words, written and read by the same
 * calls (doc/formats.md, "State of an accumulator", "Models and checkpoints").
 *
 * What a file holds is one walk over it: a function that passes every word of a handle through the
 * stream, out of the handle or into it. Before anything is written the words are counted by the
 * same walk, so that a file can tell its size, and what cannot be written is known.
 */
#ifndef NC__STATE_STREAM_H
#define NC__STATE_STREAM_H

#include "base/file.h"

enum { NC__WORD = 8 }; /* bytes */

typedef struct nc__state_stream {
    libnc_context *context;
    const char *path;
    const char *unfit; /* what it means that a number cannot be written */
    bool is_reading;
    int file;            /* to read */
    nc__output *output;  /* to write; NULL while words are counted */
    int64_t bytes;       /* of the whole file; 0 while words are counted */
    int64_t offset;      /* bytes of the words that have passed */
    uint64_t checksum;   /* of these */
    size_t used, filled; /* words of the buffer that have passed, that are there */
    unsigned char *buffer;
} nc__state_stream;

typedef libnc_status (*nc__state_walk_fn)(nc__state_stream *s, void *what);

/* Writes a file whole or not at all. Numbers out of range are LIBNC_ERROR_NOT_FINITE, with the text
 * `unfit`. */
libnc_status nc__state_write(libnc_context *context, const char *path, const char *unfit,
                             nc__state_walk_fn walk, void *what);
/* Reads a regular file; it is for the walk to end where the file does. */
libnc_status nc__state_read(libnc_context *context, const char *path, nc__state_walk_fn walk,
                            void *what);

/* LIBNC_ERROR_FORMAT with an offset. */
libnc_status nc__state_fail(const nc__state_stream *s, int64_t offset, const char *expected);

/* What is still to come of a file that is read: the most that its content may ask memory for. */
int64_t nc__state_words_left(const nc__state_stream *s);

/* One word. */
libnc_status nc__state_transfer(nc__state_stream *s, uint64_t *word);
/* The checksum of all words so far, which does not count itself until it has passed. */
libnc_status nc__state_transfer_checksum(nc__state_stream *s);
/* Whole numbers from the least to the most, of which `what` tells a reader. */
libnc_status nc__state_wholes(nc__state_stream *s, int64_t *values, int64_t count, int64_t least,
                              int64_t most, const char *what);
/* Finite numbers from the least to the most. */
libnc_status nc__state_numbers(nc__state_stream *s, double *values, int64_t count, double least,
                               double most, const char *what);

/* The first `words` words of a file, of which the first is the file's signature and the second its
 * version, and their checksum. */
libnc_status nc__state_header(nc__state_stream *s, uint64_t *header, int words,
                              const unsigned char signature[NC__WORD], const char *expected);

/* What a word of a header may be, and what it is then. */
typedef struct nc__state_limit {
    int word;
    uint64_t least, most;
    const char *expected;
} nc__state_limit;

/* Another version is LIBNC_ERROR_UNSUPPORTED. */
libnc_status nc__state_check_header(const nc__state_stream *s, const uint64_t *header, int version,
                                    const nc__state_limit *limits, size_t count);

/* The checksum of no word, and of one more. */
#define NC__CHECKSUM_START UINT64_C(0x3c6ef372fe94f82b) /* from the fraction of sqrt(5) */
uint64_t nc__checksum_add(uint64_t checksum, uint64_t word);

#endif
