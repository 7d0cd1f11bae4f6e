/* SPDX-License-Identifier: MIT
 *
 * words.h: a file as a sequence of little-endian 64-bit words, written and read by the same calls
 * (doc/formats.md, "State of an accumulator").
 */
#ifndef NC__WORDS_H
#define NC__WORDS_H

#include "base/base.h"

enum { NC__WORD = 8 }; /* bytes */

typedef struct nc__words {
    libnc_context *context;
    const char *path;
    int file; /* the owner opens and closes it */
    bool is_reading;
    int64_t offset;      /* bytes of the words that have passed */
    uint64_t checksum;   /* of these */
    size_t used, filled; /* words of the buffer that have passed, that are there */
    unsigned char *buffer;
} nc__words;

/* LIBNC_ERROR_FILE with the text of an errno; LIBNC_ERROR_FORMAT with an offset. */
libnc_status nc__words_fail_file(const nc__words *s, const char *what, int number);
libnc_status nc__words_fail(const nc__words *s, int64_t offset, const char *expected);

/* Without a file yet. The owner frees the buffer. */
libnc_status nc__words_init(nc__words *s, libnc_context *context, const char *path,
                            bool is_reading);

/* Writes what waits in the buffer. */
libnc_status nc__words_flush(nc__words *s);

/* One word from or to the file. */
libnc_status nc__words_pass(nc__words *s, uint64_t *word);

/* The checksum of all words so far, which does not count itself until it has passed. */
libnc_status nc__words_pass_checksum(nc__words *s);

#endif
