/* SPDX-License-Identifier: MIT
 *
 * files.h: arrays in files of /tmp, open or about to be written.
 */
#ifndef FAULTS_FILES_H
#define FAULTS_FILES_H

#include "support/fault_cases.h"

#include <unistd.h>
#include <zlib.h>

/* 3 samples of 2 unsigned bytes, 2 classes. */
static const unsigned char idx_inputs[] = {0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 2, 9, 8, 7, 6, 5, 4};
static const unsigned char idx_labels[] = {0, 0, 8, 1, 0, 0, 0, 3, 1, 0, 1};
static char idx_paths[2][64];

static inline void write_idx(const char *mode)
{
    const unsigned char *contents[2] = {idx_inputs, idx_labels};
    const unsigned sizes[2] = {sizeof idx_inputs, sizeof idx_labels};
    for (int i = 0; i < 2; i++) {
        strcpy(idx_paths[i], "/tmp/libnc_faults_XXXXXX");
        int file = mkstemp(idx_paths[i]);
        ck_assert_int_ge(file, 0);
        close(file);
        gzFile out = gzopen(idx_paths[i], mode);
        ck_assert_ptr_nonnull(out);
        ck_assert_int_eq(gzwrite(out, contents[i], sizes[i]), (int)sizes[i]);
        ck_assert_int_eq(gzclose(out), Z_OK);
    }
}

static char array_path[64];
static libnc_array *opened[2];
static libnc_array_writer *writer;

static inline void array_begin(world *w, int32_t format, int64_t compression, int64_t order)
{
    strcpy(array_path, "/tmp/libnc_faults_XXXXXX");
    int file = mkstemp(array_path);
    ck_assert_int_ge(file, 0);
    close(file);
    must(libnc_array_writer_create(&writer, w->context, array_path, format));
    libnc_options *options = libnc_array_writer_options(writer);
    must(libnc_options_set_int64(options, LIBNC_ARRAY_WRITER_OPTION_COMPRESSION, compression));
    must(libnc_options_set_int64(options, LIBNC_ARRAY_WRITER_OPTION_ORDER, order));
}

/* 9 arrays, or one; the first is 3 x 2, and labels otherwise. */
static inline void array_file(world *w, int32_t format, int64_t compression, int64_t order)
{
    const double values[6] = {1, 2, 3, 4, 5, 6};
    const int32_t labels[3] = {1, 0, 1};
    const bool named = format == LIBNC_ARRAY_NPZ || format == LIBNC_ARRAY_SAFETENSORS;
    char name[2] = "a";
    array_begin(w, format, compression, order);
    must(libnc_array_writer_begin(writer, named ? name : NULL, LIBNC_ELEMENT_FLOAT32, 2,
                                  (int64_t[]){3, 2}));
    must(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, values, 3, 6));
    for (name[0] = 'b'; named && name[0] < 'j'; name[0]++) {
        must(libnc_array_writer_begin(writer, name, LIBNC_ELEMENT_INT64, 1, (int64_t[]){3}));
        must(libnc_array_writer_append(writer, LIBNC_ELEMENT_INT32, labels, 3, 3));
    }
    must(libnc_array_writer_finish(writer));
    libnc_array_writer_destroy(writer);
    writer = NULL;
}

static inline void prepare_npz_file(world *w)
{
    array_file(w, LIBNC_ARRAY_NPZ, 9, 0);
}

/* What was opened can be read. */
static inline void follow_array(world *w, record *r)
{
    double values[64] = {0};
    int64_t count = libnc_array_rows(made.array) * libnc_array_cols(made.array);
    if (made.array && count > 0 && count <= 64)
        must(libnc_array_read(made.array, 0, libnc_array_rows(made.array), LIBNC_FLOAT64, values,
                              (size_t)count));
    record_bytes(r, values, sizeof values);
    for (int i = 0; i < 2; i++) {
        libnc_array_destroy(opened[i]);
        opened[i] = NULL;
    }
    libnc_array_writer_destroy(writer);
    writer = NULL;
    remove(array_path);
}

static inline void prepare_opened(world *w)
{
    prepare_npz_file(w);
    must(libnc_array_open(&opened[0], w->context, array_path, "a"));
    must(libnc_array_open(&opened[1], w->context, array_path, "b"));
}

#endif
