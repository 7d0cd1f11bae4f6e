/* SPDX-License-Identifier: MIT
 *
 * source.c: files read at any offset, and their content read forward through zlib.
 *
 * Files are read with pread, never mapped, so that a file that shrinks is an error and no signal.
 */
#include "files/source.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Read from the file at a time, at most; fuzzing takes less, to meet the ends of buffers often. */
#ifndef NC__INPUT_BYTES
#define NC__INPUT_BYTES (1 << 16)
#endif

enum {
    MOST_BYTES = 1 << 30,  /* of one call: what every system and zlib take */
    GZIP_WINDOW = 15 + 16, /* zlib: largest window, gzip wrapper only */
    DEFLATE_WINDOW = -15   /* zlib: largest window, no wrapper */
};

libnc_status nc__source_fail(const nc__source *source, libnc_status code, int64_t offset,
                             const char *format, ...)
{
    char text[NC__ERROR_LENGTH];
    va_list arguments;
    va_start(arguments, format);
    nc__print_list(text, sizeof text, format, arguments);
    va_end(arguments);
    if (source->member)
        return nc__fail(source->context, code, "%s = \"%s\": member \"%s\": offset %" PRId64 ": %s",
                        source->name, source->path, source->member, offset, text);
    return nc__fail(source->context, code, "%s = \"%s\": offset %" PRId64 ": %s", source->name,
                    source->path, offset, text);
}

libnc_status nc__source_fail_file(const nc__source *source, const char *what, int number)
{
    return nc__fail_file(source->context, source->name, source->path, what, number);
}

libnc_status nc__source_open(nc__source *source, libnc_context *context, const char *name,
                             const char *path)
{
    struct stat status;
    *source = (nc__source){.context = context, .name = name, .path = path, .file = -1};
    /* or else opening a pipe that nobody writes to would wait for ever */
    source->file = nc__file_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0);
    if (source->file < 0)
        return nc__source_fail_file(source, "cannot be opened", errno);
    if (fstat(source->file, &status) != 0 || !S_ISREG(status.st_mode))
        return nc__fail(context, LIBNC_ERROR_FILE, "%s = \"%s\": must be a regular file", name,
                        path);
    source->size = status.st_size;
    return LIBNC_OK;
}

void nc__source_of_memory(nc__source *source, libnc_context *context, const void *memory,
                          int64_t size)
{
    *source = (nc__source){.context = context,
                           .name = "memory",
                           .path = "",
                           .file = -1,
                           .memory = memory,
                           .size = size};
}

void nc__source_close(nc__source *source)
{
    if (source->file >= 0)
        close(source->file);
    source->file = -1;
}

/* As many bytes as one call gives; 0 at the end. */
static libnc_status read_some(const nc__source *source, int64_t offset, void *bytes, size_t count,
                              size_t *got)
{
    if (source->file < 0) {
        int64_t left = offset < source->size ? source->size - offset : 0;
        *got = (int64_t)count < left ? count : (size_t)left;
        if (*got > 0)
            memcpy(bytes, source->memory + offset, *got);
        return LIBNC_OK;
    }
    ssize_t n;
    count = count < MOST_BYTES ? count : MOST_BYTES;
    do
        n = pread(source->file, bytes, count, offset);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return nc__source_fail_file(source, "cannot be read", errno);
    *got = (size_t)n;
    return LIBNC_OK;
}

libnc_status nc__source_read(const nc__source *source, int64_t offset, void *bytes, size_t count)
{
    for (size_t done = 0, got; done < count; done += got) {
        libnc_status status =
            read_some(source, offset + (int64_t)done, (char *)bytes + done, count - done, &got);
        if (status)
            return status;
        if (got == 0)
            return nc__source_fail(
                source, LIBNC_ERROR_FILE, offset + (int64_t)done,
                "the file ends here: it had %" PRId64 " bytes when it was opened", source->size);
    }
    return LIBNC_OK;
}

/* ---- content ---- */

static voidpf inflater_allocate(voidpf user, uInt items, uInt size)
{
    return nc__alloc(((nc__content *)user)->source->context, items, size);
}

static void inflater_release(voidpf user, voidpf block)
{
    nc__free(((nc__content *)user)->source->context, block);
}

/* Up to `wanted` bytes from the file; none at the end. */
static libnc_status take(nc__content *content, void *bytes, size_t wanted, size_t *got)
{
    *got = 0;
    if (content->end >= 0 && (int64_t)wanted > content->end - content->next)
        wanted = (size_t)(content->end - content->next);
    while (*got < wanted) {
        size_t n;
        libnc_status status =
            read_some(content->source, content->next, (char *)bytes + *got, wanted - *got, &n);
        if (status)
            return status;
        if (n == 0)
            break;
        *got += n;
        content->next += (int64_t)n;
    }
    return LIBNC_OK;
}

/* Refills the inflater's input; none left is not an error here. */
static libnc_status refill(nc__content *content)
{
    size_t got;
    libnc_status status = take(content, content->input, content->capacity, &got);
    content->inflater.next_in = content->input;
    content->inflater.avail_in = status ? 0 : (uInt)got;
    return status;
}

static libnc_status start_inflater(nc__content *content)
{
    content->inflater.zalloc = inflater_allocate;
    content->inflater.zfree = inflater_release;
    content->inflater.opaque = content;
    int result = inflateInit2(&content->inflater,
                              content->form == NC__CONTENT_GZIP ? GZIP_WINDOW : DEFLATE_WINDOW);
    if (result == Z_MEM_ERROR)
        return LIBNC_ERROR_MEMORY; /* the allocator wrote the text */
    if (result != Z_OK)
        return nc__source_fail(content->source, LIBNC_ERROR_UNSUPPORTED, content->begin,
                               "this zlib cannot inflate: inflateInit2 gives %d", result);
    content->inflates = true;
    return LIBNC_OK;
}

libnc_status nc__content_open(nc__content *content, const nc__source *source, int32_t form,
                              int64_t begin, int64_t end)
{
    *content =
        (nc__content){.source = source, .form = form, .begin = begin, .end = end, .next = begin};
    content->capacity = NC__INPUT_BYTES;
    if (source->size >= 0 && source->size < NC__INPUT_BYTES)
        content->capacity = source->size > 0 ? (size_t)source->size : 1;
    content->input = nc__alloc(source->context, content->capacity, 1);
    if (!content->input)
        return LIBNC_ERROR_MEMORY;
    libnc_status status = refill(content);
    if (status)
        return status;
    if (form == NC__CONTENT_ANY) {
        const unsigned char *in = content->input;
        bool gzip = content->inflater.avail_in >= 2 && in[0] == 0x1f && in[1] == 0x8b;
        content->form = gzip ? NC__CONTENT_GZIP : NC__CONTENT_PLAIN;
    }
    return content->form == NC__CONTENT_PLAIN ? LIBNC_OK : start_inflater(content);
}

void nc__content_close(nc__content *content)
{
    if (content->inflates)
        inflateEnd(&content->inflater);
    if (content->source)
        nc__free(content->source->context, content->input);
    *content = (nc__content){.source = NULL};
}

void nc__content_rewind(nc__content *content)
{
    content->next = content->begin;
    content->offset = 0;
    content->ends = false;
    content->inflater.avail_in = 0;
    if (content->inflates)
        inflateReset(&content->inflater);
}

static libnc_status fail_compressed(const nc__content *content, const char *what)
{
    const nc__source *source = content->source;
    return nc__fail(source->context, LIBNC_ERROR_FORMAT,
                    "%s = \"%s\": %s%s%scompressed offset %" PRId64 ": %s", source->name,
                    source->path, source->member ? "member \"" : "",
                    source->member ? source->member : "", source->member ? "\": " : "",
                    content->next - (int64_t)content->inflater.avail_in, what);
}

/* One call of inflate. A gzip file may have several members, one after the other. */
static libnc_status inflate_some(nc__content *content, unsigned char *bytes, size_t wanted,
                                 size_t *got)
{
    z_stream *z = &content->inflater;
    if (content->ends) {
        inflateReset(z);
        content->ends = false;
    }
    wanted = wanted < MOST_BYTES ? wanted : MOST_BYTES;
    z->next_out = bytes;
    z->avail_out = (uInt)wanted;
    int result = inflate(z, Z_NO_FLUSH);
    *got = wanted - z->avail_out;
    if (result == Z_STREAM_END)
        content->ends = true;
    else if (result == Z_MEM_ERROR)
        return LIBNC_ERROR_MEMORY; /* the allocator wrote the text */
    else if (result != Z_OK && result != Z_BUF_ERROR)
        return fail_compressed(content, z->msg ? z->msg : "corrupt compressed data");
    return LIBNC_OK;
}

static libnc_status read_compressed(nc__content *content, unsigned char *bytes, size_t wanted,
                                    size_t *done)
{
    bool gzip = content->form == NC__CONTENT_GZIP;
    while (*done < wanted && (gzip || !content->ends)) {
        if (content->inflater.avail_in == 0) {
            libnc_status status = refill(content);
            if (status)
                return status;
            if (content->inflater.avail_in == 0 && content->ends)
                break;
        }
        /* without input too: the inflater may hold output that there was no room for */
        const bool is_last = content->inflater.avail_in == 0;
        size_t got;
        libnc_status status = inflate_some(content, bytes + *done, wanted - *done, &got);
        if (status)
            return status;
        if (is_last && got == 0 && !content->ends)
            return fail_compressed(content, gzip ? "the gzip data end too early"
                                                 : "the compressed data end too early");
        *done += got;
    }
    return LIBNC_OK;
}

static libnc_status read_plain(nc__content *content, unsigned char *bytes, size_t wanted,
                               size_t *done)
{
    z_stream *buffer = &content->inflater;
    while (*done < wanted) {
        size_t left = wanted - *done, n;
        if (buffer->avail_in == 0 && left >= content->capacity) { /* needs no copy */
            libnc_status status = take(content, bytes + *done, left, &n);
            *done += n;
            return status;
        }
        if (buffer->avail_in == 0) {
            libnc_status status = refill(content);
            if (status || buffer->avail_in == 0)
                return status;
        }
        n = left < buffer->avail_in ? left : buffer->avail_in;
        memcpy(bytes + *done, buffer->next_in, n);
        buffer->next_in += n;
        buffer->avail_in -= (uInt)n;
        *done += n;
    }
    return LIBNC_OK;
}

libnc_status nc__content_read(nc__content *content, void *bytes, size_t wanted, size_t *got)
{
    size_t done = 0;
    libnc_status status = content->form == NC__CONTENT_PLAIN
                              ? read_plain(content, bytes, wanted, &done)
                              : read_compressed(content, bytes, wanted, &done);
    if (status)
        return status;
    content->offset += (int64_t)done;
    *got = done;
    return LIBNC_OK;
}

libnc_status nc__content_finish(nc__content *content, const char *what)
{
    unsigned char byte;
    size_t got;
    libnc_status status = nc__content_read(content, &byte, 1, &got);
    if (!status && got > 0) {
        content->offset--;
        status = nc__source_fail(content->source, LIBNC_ERROR_FORMAT, content->offset,
                                 "more content follows: %s", what);
    }
    if (!status && content->form == NC__CONTENT_DEFLATE &&
        (content->inflater.avail_in > 0 || content->next < content->end))
        status = fail_compressed(content, "more bytes follow the end of the compressed data");
    return status;
}
