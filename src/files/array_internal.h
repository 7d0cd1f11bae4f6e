/* SPDX-License-Identifier: MIT
 *
 * array_internal.h: an opened file of numbers inside, and what each format supplies.
 *
 * A format's open function fills in the directory: members with the bytes that they take in the
 * file. Choosing a member makes a selection: its layout, and the way to its bytes.
 */
#ifndef NC__ARRAY_INTERNAL_H
#define NC__ARRAY_INTERNAL_H

#include "files/element.h"
#include "files/source.h"

#include <libnc/array.h>

enum {
    NC__ARRAY_CHUNK = 1 << 13 /* elements decoded or encoded at a time, at most */
};

/* What the elements are and how they stand. */
typedef struct nc__layout {
    int32_t element; /* libnc_element; 0 if unknown */
    int32_t size;    /* bytes of an element */
    bool swap;       /* not in this machine's byte order */
    bool fortran;    /* first dimension fastest */
    int32_t dimensions;
    int64_t shape[LIBNC_ARRAY_DIMENSIONS];
    int64_t rows, cols, bytes; /* bytes = rows cols size */
} nc__layout;

typedef struct nc__member {
    const char *name;
    int64_t begin, end; /* its bytes in the file */
    int64_t header;     /* zip: offset of the local header; safetensors: of its JSON object */
    int64_t size;       /* zip: bytes when unpacked */
    int32_t method;     /* zip: 0 stored, 8 deflate */
    uint32_t crc;       /* zip */
} nc__member;

typedef struct nc__selection {
    const nc__member *member;
    nc__layout layout;
    int64_t begin;  /* of the first element: in the file, or in the content if `streams` */
    int64_t stride; /* bytes from row to row in C order; more than a row's in CIFAR files */
    bool streams;   /* through `content` */
    nc__content content;
    bool finished;     /* the content's end was seen */
    bool checks;       /* the bytes from member->begin have a checksum */
    uint32_t crc;      /* of the first `checked` bytes of the member, header included */
    int64_t checked;   /* they were seen in order */
    int64_t header;    /* bytes of the member before its elements */
    nc__source spool;  /* compressed Fortran order, unpacked; closed if there is none */
    void *map;         /* NULL until libnc_array_view() */
    size_t map_size;   /* from the page in which the elements begin */
    const void *first; /* the first element in the map */
} nc__selection;

struct libnc_array {
    libnc_context *context;
    int32_t format; /* libnc_array_file */
    char *path;
    nc__source source;
    unsigned char *text; /* the directory as the file has it; names point into it */
    int64_t text_size;
    nc__member *members;
    int64_t count, capacity;
    nc__selection *chosen; /* NULL for none */
    int64_t chunk;         /* elements read at a time */
    double *work;          /* `chunk` decoded elements, then as many raw ones */
};

/* libnc_array_open() with the argument's name for error texts, and the format if it is known. */
libnc_status nc__array_open(libnc_array **array, libnc_context *context, const char *name,
                            const char *path, int32_t format, const char *member);

/* libnc_array_open() on a block of memory, which stays the caller's; for tests. */
libnc_status nc__array_open_memory(libnc_array **array, libnc_context *context, const void *memory,
                                   int64_t size, const char *member);

#endif
