/* SPDX-License-Identifier: MIT
 *
 * state_stream.c: 64-bit words through a buffer, with a checksum of all that have passed.
 */
#include "base/state_stream.h"

#include "base/byte_order.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER_WORDS = 8192 };

/* ---- checksum ---- */

/* One word after the other: for a given word the map of the state is one to one, and for a given
 * state that of the word, so that a change within one word never goes unseen; any other goes unseen
 * once in 2^64. The multipliers are odd, from the fractions of sqrt(2) and sqrt(3). */
#define MULTIPLIER_WORD  UINT64_C(0x6a09e667f3bcc909)
#define MULTIPLIER_STATE UINT64_C(0xbb67ae8584caa73b)

uint64_t nc__checksum_add(uint64_t checksum, uint64_t word)
{
    checksum ^= word * MULTIPLIER_WORD;
    return (checksum << 29 | checksum >> 35) * MULTIPLIER_STATE;
}

/* ---- errors ---- */

libnc_status nc__state_fail(const nc__state_stream *s, int64_t offset, const char *expected)
{
    return nc__fail(s->context, LIBNC_ERROR_FORMAT,
                    "path = \"%s\": offset %" PRId64 ": expected %s", s->path, offset, expected);
}

/* ---- words through a buffer ---- */

static libnc_status begin(nc__state_stream *s, libnc_context *context, const char *path)
{
    *s = (nc__state_stream){
        .context = context, .path = path, .file = -1, .checksum = NC__CHECKSUM_START};
    s->buffer = nc__alloc(context, BUFFER_WORDS, NC__WORD);
    return s->buffer ? LIBNC_OK : LIBNC_ERROR_MEMORY;
}

static libnc_status flush(nc__state_stream *s)
{
    const size_t count = s->used * NC__WORD;
    s->used = 0;
    return nc__output_put(s->output, s->offset - (int64_t)count, s->buffer, count);
}

/* Whole words: bytes at the end that are none tell of another file, or a longer one, which the
 * words before them say more about. */
static libnc_status read_buffer(nc__state_stream *s)
{
    size_t have = 0;
    while (have == 0 || have % NC__WORD != 0) {
        ssize_t count = read(s->file, s->buffer + have, (size_t)BUFFER_WORDS * NC__WORD - have);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return nc__fail_file(s->context, "path", s->path, "cannot be read", errno);
        if (count == 0 && have < NC__WORD)
            return nc__state_fail(s, s->offset + (int64_t)have, "more bytes: the file ends");
        if (count == 0)
            break;
        have += (size_t)count;
    }
    s->used = 0;
    s->filled = have / NC__WORD;
    return LIBNC_OK;
}

static libnc_status make_room(nc__state_stream *s)
{
    if (s->is_reading)
        return s->used == s->filled ? read_buffer(s) : LIBNC_OK;
    return s->used == BUFFER_WORDS ? flush(s) : LIBNC_OK;
}

libnc_status nc__state_transfer(nc__state_stream *s, uint64_t *word)
{
    if (s->is_reading || s->output) {
        libnc_status status = make_room(s);
        if (status != LIBNC_OK)
            return status;
        unsigned char *bytes = s->buffer + NC__WORD * s->used++;
        if (s->is_reading)
            *word = nc__little_endian(bytes, NC__WORD);
        else
            nc__put_little_endian(bytes, *word, NC__WORD);
        s->checksum = nc__checksum_add(s->checksum, *word);
    }
    s->offset += NC__WORD;
    return LIBNC_OK;
}

libnc_status nc__state_transfer_checksum(nc__state_stream *s)
{
    uint64_t expected = s->checksum, word = expected;
    const int64_t offset = s->offset;
    libnc_status status = nc__state_transfer(s, &word);
    if (status == LIBNC_OK && word != expected)
        status = nc__state_fail(s, offset, "another checksum: the file is damaged");
    return status;
}

int64_t nc__state_words_left(const nc__state_stream *s)
{
    return (s->bytes - s->offset) / NC__WORD;
}

libnc_status nc__state_wholes(nc__state_stream *s, int64_t *values, int64_t count, int64_t least,
                              int64_t most, const char *what)
{
    for (int64_t i = 0; i < count; i++) {
        uint64_t word = (uint64_t)values[i];
        libnc_status status = nc__state_transfer(s, &word);
        if (status != LIBNC_OK)
            return status;
        values[i] = (int64_t)(word & INT64_MAX);
        if (word > INT64_MAX || values[i] < least || values[i] > most)
            return nc__state_fail(s, s->offset - NC__WORD, what);
    }
    return LIBNC_OK;
}

libnc_status nc__state_numbers(nc__state_stream *s, double *values, int64_t count, double least,
                               double most, const char *what)
{
    for (int64_t i = 0; i < count; i++) {
        uint64_t word;
        memcpy(&word, &values[i], NC__WORD);
        libnc_status status = nc__state_transfer(s, &word);
        if (status != LIBNC_OK)
            return status;
        memcpy(&values[i], &word, NC__WORD);
        if (isfinite(values[i]) && values[i] >= least && values[i] <= most)
            continue;
        if (s->is_reading)
            return nc__state_fail(s, s->offset - NC__WORD, what);
        return nc__fail(s->context, LIBNC_ERROR_NOT_FINITE, "%s: not %s", s->unfit, what);
    }
    return LIBNC_OK;
}

/* ---- headers ---- */

libnc_status nc__state_header(nc__state_stream *s, uint64_t *header, int words,
                              const unsigned char signature[NC__WORD], const char *expected)
{
    libnc_status status = LIBNC_OK;
    for (int i = 0; i < words && status == LIBNC_OK; i++) {
        status = nc__state_transfer(s, &header[i]);
        if (i == 0 && status == LIBNC_OK && header[i] != nc__little_endian(signature, NC__WORD))
            status = nc__state_fail(s, 0, expected);
    }
    return status == LIBNC_OK ? nc__state_transfer_checksum(s) : status;
}

libnc_status nc__state_check_header(const nc__state_stream *s, const uint64_t *header, int version,
                                    const nc__state_limit *limits, size_t count)
{
    if (header[1] != (uint64_t)version)
        return nc__fail(s->context, LIBNC_ERROR_UNSUPPORTED,
                        "path = \"%s\": has version %" PRIu64 ": this libnc reads version %d",
                        s->path, header[1], version);
    for (size_t i = 0; i < count; i++)
        if (header[limits[i].word] < limits[i].least || header[limits[i].word] > limits[i].most)
            return nc__state_fail(s, (int64_t)limits[i].word * NC__WORD, limits[i].expected);
    return LIBNC_OK;
}

/* ---- whole files ---- */

static libnc_status write_counted(nc__state_stream *s, nc__state_walk_fn walk, void *what)
{
    nc__output output;
    libnc_status status = nc__output_open(&output, s->context, s->path);
    if (status != LIBNC_OK)
        return status;
    s->output = &output;
    status = walk(s, what);
    if (status == LIBNC_OK)
        status = flush(s);
    assert(status != LIBNC_OK || s->offset == s->bytes);
    if (status == LIBNC_OK)
        status = nc__output_finish(&output);
    nc__output_close(&output);
    return status;
}

libnc_status nc__state_write(libnc_context *context, const char *path, const char *unfit,
                             nc__state_walk_fn walk, void *what)
{
    nc__state_stream s;
    libnc_status status = begin(&s, context, path);
    if (status != LIBNC_OK)
        return status;
    s.unfit = unfit;
    status = walk(&s, what);
    s.bytes = s.offset;
    s.offset = 0;
    if (status == LIBNC_OK)
        status = write_counted(&s, walk, what);
    nc__free(context, s.buffer);
    return status;
}

static libnc_status open_to_read(nc__state_stream *s)
{
    struct stat information;
    s->is_reading = true;
    s->file = nc__file_open(AT_FDCWD, s->path, O_RDONLY | O_NONBLOCK, 0);
    if (s->file < 0 || fstat(s->file, &information) != 0)
        return nc__fail_file(s->context, "path", s->path, "cannot be opened", errno);
    if (!S_ISREG(information.st_mode))
        return nc__fail(s->context, LIBNC_ERROR_FILE, "path = \"%s\": is not a regular file",
                        s->path);
    s->bytes = (int64_t)information.st_size;
    return LIBNC_OK;
}

libnc_status nc__state_read(libnc_context *context, const char *path, nc__state_walk_fn walk,
                            void *what)
{
    nc__state_stream s;
    libnc_status status = begin(&s, context, path);
    if (status == LIBNC_OK)
        status = open_to_read(&s);
    if (status == LIBNC_OK)
        status = walk(&s, what);
    if (s.file >= 0)
        close(s.file);
    nc__free(context, s.buffer);
    return status;
}
