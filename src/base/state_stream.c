/* SPDX-License-Identifier: MIT
 *
 * state_stream.c: 64-bit words through a buffer, with a checksum of all that have passed.
 */
#include "base/state_stream.h"

#include "base/byte_order.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

enum { BUFFER_WORDS = 8192 };

/* ---- checksum ---- */

/* One word after the other: for a given word the map of the state is one to one, and for a given
 * state that of the word, so that a change within one word never goes unseen; any other goes unseen
 * once in 2^64. The multipliers are odd, from the fractions of sqrt(2) and sqrt(3). */
#define MULTIPLIER_WORD  UINT64_C(0x6a09e667f3bcc909)
#define MULTIPLIER_STATE UINT64_C(0xbb67ae8584caa73b)
#define INITIAL_STATE    UINT64_C(0x3c6ef372fe94f82b) /* sqrt(5) */

static uint64_t mix(uint64_t state, uint64_t word)
{
    state ^= word * MULTIPLIER_WORD;
    return (state << 29 | state >> 35) * MULTIPLIER_STATE;
}

/* ---- errors ---- */

libnc_status nc__state_fail(const nc__state_stream *s, int64_t offset, const char *expected)
{
    return nc__fail(s->context, LIBNC_ERROR_FORMAT,
                    "path = \"%s\": offset %" PRId64 ": expected %s", s->path, offset, expected);
}

/* ---- words through a buffer ---- */

libnc_status nc__state_stream_init(nc__state_stream *s, libnc_context *context, const char *path,
                                   nc__output *output)
{
    *s = (nc__state_stream){.context = context,
                            .path = path,
                            .file = -1,
                            .is_reading = !output,
                            .output = output,
                            .checksum = INITIAL_STATE};
    s->buffer = nc__alloc(context, BUFFER_WORDS, NC__WORD);
    return s->buffer ? LIBNC_OK : LIBNC_ERROR_MEMORY;
}

libnc_status nc__state_flush(nc__state_stream *s)
{
    const size_t count = s->used * NC__WORD;
    s->used = 0;
    return nc__output_put(s->output, s->offset - (int64_t)count, s->buffer, count);
}

/* Whole words; the file was found long enough when it was opened. */
static libnc_status read_buffer(nc__state_stream *s)
{
    size_t have = 0;
    while (have == 0 || have % NC__WORD != 0) {
        ssize_t count = read(s->file, s->buffer + have, (size_t)BUFFER_WORDS * NC__WORD - have);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return nc__fail_file(s->context, "path", s->path, "cannot be read", errno);
        if (count == 0)
            return nc__state_fail(s, s->offset + (int64_t)have, "more bytes: the file ends");
        have += (size_t)count;
    }
    s->used = 0;
    s->filled = have / NC__WORD;
    return LIBNC_OK;
}

/* One word from or to the file. */
libnc_status nc__state_transfer(nc__state_stream *s, uint64_t *word)
{
    libnc_status status = LIBNC_OK;
    if (s->is_reading && s->used == s->filled)
        status = read_buffer(s);
    else if (!s->is_reading && s->used == BUFFER_WORDS)
        status = nc__state_flush(s);
    if (status != LIBNC_OK)
        return status;
    unsigned char *bytes = s->buffer + NC__WORD * s->used++;
    if (s->is_reading)
        *word = nc__little_endian(bytes, NC__WORD);
    else
        nc__put_little_endian(bytes, *word, NC__WORD);
    s->checksum = mix(s->checksum, *word);
    s->offset += NC__WORD;
    return LIBNC_OK;
}

/* The checksum of all words so far, which does not count itself until it has passed. */
libnc_status nc__state_transfer_checksum(nc__state_stream *s)
{
    uint64_t expected = s->checksum, word = expected;
    const int64_t offset = s->offset;
    libnc_status status = nc__state_transfer(s, &word);
    if (status == LIBNC_OK && word != expected)
        status = nc__state_fail(s, offset, "another checksum: the file is damaged");
    return status;
}
