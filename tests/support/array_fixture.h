/* SPDX-License-Identifier: MIT
 *
 * array_fixture.h: files of numbers in memory and on disk, for the suites of their readers.
 */
#ifndef ARRAY_FIXTURE_H
#define ARRAY_FIXTURE_H

#include "files/array_internal.h"
#include "support/context_fixture.h"

#include <libnc/libnc.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>
#include <zlib.h>

enum { MOST_BYTES = 1 << 16 };

typedef struct bytes {
    unsigned char data[MOST_BYTES];
    size_t size;
} bytes;

static char folder[64], path[96];

static inline void setup_folder(void)
{
    setup();
    strcpy(folder, "/tmp/libnc_array_XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/file", folder);
}

/* Nothing leaked, and no temporary file is left. */
static inline void teardown_folder(void)
{
    remove(path);
    ck_assert_int_eq(remove(folder), 0);
    teardown();
}

/* ---- bytes ---- */

static inline void put_bytes(bytes *b, const void *data, size_t size)
{
    ck_assert_uint_le(b->size + size, MOST_BYTES);
    memcpy(b->data + b->size, data, size);
    b->size += size;
}

static inline void put_text(bytes *b, const char *text)
{
    put_bytes(b, text, strlen(text));
}

static inline void put_number(bytes *b, uint64_t value, size_t size)
{
    unsigned char number[8];
    nc__put_little_endian(number, value, size);
    put_bytes(b, number, size);
}

static inline void write_bytes(const bytes *b)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(b->data, 1, b->size, file), b->size);
    ck_assert_int_eq(fclose(file), 0);
}

/* The content in raw deflate. */
static inline void put_deflated(bytes *b, const void *data, size_t size)
{
    z_stream z = {0};
    ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)data;
    z.avail_in = (uInt)size;
    z.next_out = b->data + b->size;
    z.avail_out = (uInt)(MOST_BYTES - b->size);
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    b->size += z.total_out;
    deflateEnd(&z);
}

/* ---- npy ---- */

/* An npy file with this header text; data follow. */
static inline void put_npy(bytes *b, int version, const char *header, const void *data, size_t size)
{
    put_bytes(b, "\x93NUMPY", 6);
    put_number(b, (uint64_t)version, 1);
    put_number(b, 0, 1);
    put_number(b, strlen(header), version == 1 ? 2 : 4);
    put_text(b, header);
    put_bytes(b, data, size);
}

/* ---- opening ---- */

/* Opens the bytes and reads all of a member. */
static inline libnc_status read_all(const bytes *b, const char *member, double *values, size_t most)
{
    libnc_array *array = NULL;
    libnc_status status = nc__array_open_memory(&array, context, b->data, (int64_t)b->size, member);
    if (!status) {
        const int64_t rows = libnc_array_rows(array), cols = libnc_array_cols(array);
        ck_assert_uint_le((size_t)(rows * cols), most);
        status = libnc_array_read(array, 0, rows, LIBNC_FLOAT64, values, (size_t)(rows * cols));
    }
    libnc_array_destroy(array);
    return status;
}

/* Opening or reading fails with this code and a text that has this part; nothing is kept, and no
 * large block was asked for. */
static inline void assert_refused(const bytes *b, const char *member, libnc_status code,
                                  const char *part)
{
    static double values[MOST_BYTES];
    memory.largest = 0;
    libnc_status status = read_all(b, member, values, MOST_BYTES);
    const char *text = libnc_context_error(context);
    ck_assert_msg(status == code, "%d instead of %d, wanted \"%s\": %s", status, code, part, text);
    ck_assert_msg(strstr(text, part) != NULL, "\"%s\" lacks \"%s\"", text, part);
    ck_assert_int_eq(memory.live, 1);
    ck_assert_int_lt(memory.largest, 1 << 20);
}

/* Every proper beginning of the file is refused, as a file or as a format. */
static inline void assert_no_prefix(const bytes *b, const char *member)
{
    static bytes cut;
    static double values[MOST_BYTES];
    for (size_t size = 0; size < b->size; size++) {
        cut.size = 0;
        put_bytes(&cut, b->data, size);
        libnc_status status = read_all(&cut, member, values, MOST_BYTES);
        ck_assert_msg(status == LIBNC_ERROR_FORMAT, "%zu bytes: status %d: %s", size, status,
                      libnc_context_error(context));
        ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "offset"));
        ck_assert_int_eq(memory.live, 1);
    }
}

/* A suite of one case, to which `add` adds the tests. */
static inline int run_array_suite(const char *name, void (*add)(TCase *tests))
{
    Suite *suite = suite_create(name);
    TCase *tests = add_case(suite, name, 60);
    tcase_add_checked_fixture(tests, setup_folder, teardown_folder);
    add(tests);
    return run_suite(suite);
}

#endif
