/* SPDX-License-Identifier: MIT
 *
 * source.h: where bytes come from: a file read at any offset, and its content read forward,
 * inflated where it is compressed. Every file format is read through these.
 */
#ifndef NC__SOURCE_H
#define NC__SOURCE_H

#include "base/base.h"

#include <zlib.h>

/* A file, or a block of memory that stands for one. */
typedef struct nc__source {
    libnc_context *context;
    const char *name, *path; /* argument name and its value, for error texts */
    const char *member;      /* of a container, for error texts; NULL for none */
    int file;                /* -1 for memory */
    const unsigned char *memory;
    int64_t size;
} nc__source;

/* Closed, so that nc__source_close() is always allowed. */
#define NC__SOURCE_CLOSED                                                                          \
    (nc__source)                                                                                   \
    {                                                                                              \
        .file = -1                                                                                 \
    }

/* Fails at once on pipes, devices and folders. */
libnc_status nc__source_open(nc__source *source, libnc_context *context, const char *name,
                             const char *path);
void nc__source_of_memory(nc__source *source, libnc_context *context, const void *memory,
                          int64_t size);
void nc__source_close(nc__source *source);

/* Records `name = "path": member "member": offset N: text` and returns code. */
libnc_status nc__source_fail(const nc__source *source, libnc_status code, int64_t offset,
                             const char *format, ...) NC__PRINTF(4, 5);

/* LIBNC_ERROR_FILE with the text of an errno. */
libnc_status nc__source_fail_file(const nc__source *source, const char *what, int number);

/* Exactly `count` bytes at an offset; a file that ends before them has become shorter. */
libnc_status nc__source_read(const nc__source *source, int64_t offset, void *bytes, size_t count);

/* ---- content ---- */

enum nc__content_form {
    NC__CONTENT_PLAIN,
    NC__CONTENT_GZIP,
    NC__CONTENT_DEFLATE, /* without a wrapper */
    NC__CONTENT_ANY      /* gzip if it begins so, else plain */
};

/* Must not move in memory while it is open: zlib keeps its address. */
typedef struct nc__content {
    const nc__source *source;
    int32_t form;
    int64_t begin, end; /* its bytes in the file; end = -1: to the end of the file */
    int64_t next;       /* the next byte to take from the file */
    int64_t offset;     /* bytes of content handed out */
    bool ends;          /* at the end of a compressed member */
    bool inflates;      /* the inflater is initialised */
    z_stream inflater;
    size_t capacity; /* bytes of input at a time */
    unsigned char *input;
} nc__content;

libnc_status nc__content_open(nc__content *content, const nc__source *source, int32_t form,
                              int64_t begin, int64_t end);
void nc__content_close(nc__content *content);

/* Back to the first byte. */
void nc__content_rewind(nc__content *content);

/* Up to `wanted` bytes; fewer only at the end of the content. */
libnc_status nc__content_read(nc__content *content, void *bytes, size_t wanted, size_t *got);

/* Fails unless the content ends here, and its compressed form with it. `what` tells what was
 * complete. */
libnc_status nc__content_finish(nc__content *content, const char *what);

#endif
