/* SPDX-License-Identifier: MIT
 *
 * test_array.c: files of numbers written and read back through every format, in place, in pieces,
 * as labels and as datasets; what is not finished leaves no file.
 */
#include "files/array_internal.h"
#include "files/array_writing.h"
#include "support/array_fixture.h"

#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

enum { ROWS = 37, COLS = 6, VALUES = ROWS * COLS };

static double values[VALUES], got[VALUES];

/* Whole numbers 0 .. 120: every type holds them but bool; float8 those that are 8 bits wide. */
static double value_for(int32_t element, int i)
{
    return element == LIBNC_ELEMENT_BOOL     ? i % 2
           : element < LIBNC_ELEMENT_FLOAT16 ? i % 8
                                             : i % 121;
}

static void fill(int32_t element)
{
    for (int i = 0; i < VALUES; i++)
        values[i] = value_for(element, i);
}

typedef struct form {
    int32_t format;
    int64_t order, byte_order, compression;
} form;

static libnc_array_writer *start(const form *f)
{
    libnc_array_writer *writer = NULL;
    must(libnc_array_writer_create(&writer, context, path, f->format));
    libnc_options *options = libnc_array_writer_options(writer);
    must(libnc_options_set_int64(options, LIBNC_ARRAY_WRITER_OPTION_ORDER, f->order));
    must(libnc_options_set_text(options, "byte_order", f->byte_order ? "big" : "little"));
    must(libnc_options_set_int64(options, LIBNC_ARRAY_WRITER_OPTION_COMPRESSION, f->compression));
    return writer;
}

static bool is_named(const form *f)
{
    return f->format == LIBNC_ARRAY_NPZ || f->format == LIBNC_ARRAY_SAFETENSORS;
}

/* ROWS x 2 x 3, in `pieces` calls. */
static void append_all(libnc_array_writer *writer, int pieces)
{
    int64_t done = 0;
    for (int i = 0; i < pieces; i++) {
        const int64_t n = i == pieces - 1 ? ROWS - done : ROWS / pieces;
        must(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, values + done * COLS, n,
                                       (size_t)(n * COLS)));
        done += n;
    }
}

static void write_cube(const form *f, int32_t element, bool open, int pieces)
{
    const int64_t shape[3] = {open ? -1 : ROWS, 2, 3};
    libnc_array_writer *writer = start(f);
    must(libnc_array_writer_begin(writer, is_named(f) ? "cube" : NULL, element, 3, shape));
    append_all(writer, pieces);
    must(libnc_array_writer_finish(writer));
    libnc_array_writer_destroy(writer);
}

static void check_cube(int32_t element)
{
    libnc_array *array = NULL;
    float single[VALUES];
    int64_t whole[VALUES];
    must(libnc_array_open(&array, context, path, NULL));
    ck_assert_int_eq(libnc_array_element(array), element);
    ck_assert_int_eq(libnc_array_rows(array), ROWS);
    ck_assert_int_eq(libnc_array_cols(array), COLS);
    ck_assert_int_eq(libnc_array_dimensions(array), 3);
    ck_assert_int_eq(libnc_array_dimension(array, 1), 2);
    ck_assert_int_eq(libnc_array_dimension(array, 2), 3);
    ck_assert_int_eq(libnc_array_dimension(array, 3), 0);
    ck_assert_int_eq(libnc_array_dimension(array, -1), 0);
    must(libnc_array_read(array, 0, ROWS, LIBNC_FLOAT64, got, VALUES));
    ck_assert_mem_eq(got, values, sizeof values);
    must(libnc_array_read(array, 3, 5, LIBNC_FLOAT32, single, 5 * COLS));
    must(libnc_array_read_integers(array, 1, 7, LIBNC_ELEMENT_INT64, whole, 7 * COLS));
    for (int i = 0; i < 5 * COLS; i++)
        ck_assert_float_eq(single[i], (float)values[3 * COLS + i]);
    for (int i = 0; i < 7 * COLS; i++)
        ck_assert_int_eq(whole[i], (int64_t)values[COLS + i]);
    libnc_array_destroy(array);
}

/* ---- files of others ---- */

/* Content in gzip. */
static void put_gzip(bytes *b, const void *data, size_t size)
{
    put_bytes(b, "\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
    put_deflated(b, data, size);
    put_number(b, crc32(0, data, (uInt)size), 4);
    put_number(b, size, 4);
}

static const struct {
    const char *begin;
    size_t size; /* 0: as a text, and nothing follows */
    const char *words;
} foreign_files[] = {
    {"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 14, "a PyTorch file"},
    {"\x80\x04\x95", 3, "a pickle of Python"},
    {"\x80\x05\x95", 3, "a pickle of Python"},
    {"\x89HDF\r\n\x1a\n", 8, "an HDF5 file: read it with h5py and save"},
    {"MATLAB 5.0 MAT-file", 19, "scipy.io.loadmat"},
    {"PAR1\x15", 5, "a Parquet file"},
    {"\xfd"
     "7zXZ\0",
     6, "an xz file"},
    {"1.5,2.5,-3e-4\n1,2,3\n", 0, "text, such as CSV: read it with numpy.loadtxt"},
    {"# M\xc3\xbcnchen\r\n1\t2\r\n", 0, "text, such as CSV"},
    {"{\"weight_map\": {}}", 0, "text in JSON"},
    {"version https://git-lfs.github.com/spec/v1\noid sha256:", 0, "git lfs pull"},
    {"<!DOCTYPE html><html>", 0, "an HTML page"},
};
enum { FOREIGN_FILES = sizeof foreign_files / sizeof *foreign_files };

/* Each is named with what to do, packed with gzip too; also where its size is one of CIFAR. */
START_TEST(files_of_others)
{
    static bytes b, packed;
    for (int i = 0; i < FOREIGN_FILES; i++)
        for (size_t size = 3072; size < 3076; size++) {
            const bool is_text = foreign_files[i].size == 0;
            b.size = 0;
            put_bytes(&b, foreign_files[i].begin,
                      is_text ? strlen(foreign_files[i].begin) : foreign_files[i].size);
            while (b.size < size)
                put_bytes(&b, is_text ? " " : "\3", 1);
            assert_refused(&b, NULL, LIBNC_ERROR_FORMAT, foreign_files[i].words);
            packed.size = 0;
            put_gzip(&packed, b.data, b.size);
            assert_refused(&packed, NULL, LIBNC_ERROR_FORMAT, "gzip of ");
            assert_refused(&packed, NULL, LIBNC_ERROR_FORMAT, foreign_files[i].words);
        }
    b.size = packed.size = 0;
    put_npy(&b, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }\n", "12345678", 8);
    put_gzip(&packed, b.data, b.size);
    assert_refused(&packed, NULL, LIBNC_ERROR_FORMAT,
                   "gzip of an npy file: must be IDX; unpack it");
    b.size = packed.size = 0;
    put_number(&b, 2, 8);
    put_text(&b, "{}");
    put_gzip(&packed, b.data, b.size);
    assert_refused(&packed, NULL, LIBNC_ERROR_FORMAT, "gzip of a safetensors file");
    packed.size = 0;
    put_gzip(&packed, "\1\2\3\4\5", 5);
    assert_refused(&packed, NULL, LIBNC_ERROR_FORMAT, "gzip of something that is no IDX");
}
END_TEST

/* ---- round trips ---- */

START_TEST(every_form)
{
    static const form forms[] = {{LIBNC_ARRAY_NPY, 0, 0, 0},         {LIBNC_ARRAY_NPY, 1, 0, 0},
                                 {LIBNC_ARRAY_NPY, 0, 1, 0},         {LIBNC_ARRAY_NPY, 1, 1, 0},
                                 {LIBNC_ARRAY_NPZ, 0, 0, 0},         {LIBNC_ARRAY_NPZ, 1, 1, 0},
                                 {LIBNC_ARRAY_NPZ, 0, 0, 9},         {LIBNC_ARRAY_NPZ, 1, 0, 1},
                                 {LIBNC_ARRAY_SAFETENSORS, 0, 0, 0}, {LIBNC_ARRAY_IDX, 0, 0, 0}};
    const form *f = &forms[_i];
    for (int32_t element = LIBNC_ELEMENT_BOOL; element <= LIBNC_ELEMENT_FLOAT64; element++) {
        libnc_array_writer *probe = start(f);
        libnc_status fits =
            libnc_array_writer_begin(probe, is_named(f) ? "x" : NULL, element, 1, (int64_t[]){1});
        libnc_array_writer_destroy(probe);
        const bool small = element == LIBNC_ELEMENT_FLOAT8_E4M3 ||
                           element == LIBNC_ELEMENT_FLOAT8_E5M2 ||
                           element == LIBNC_ELEMENT_BFLOAT16;
        if (f->format == LIBNC_ARRAY_SAFETENSORS || (f->format != LIBNC_ARRAY_IDX && !small))
            ck_assert_int_eq(fits, LIBNC_OK);
        if (fits)
            continue;
        fill(element);
        write_cube(f, element, false, f->order ? 1 : 3);
        check_cube(element);
        write_cube(f, element, true, 1);
        check_cube(element);
    }
}
END_TEST

/* Values at the ends of every type, from every type in memory. */
START_TEST(ends_of_types)
{
    static const struct {
        int32_t element;
        double fits[3], not [3];
    } cases[] = {
        {LIBNC_ELEMENT_BOOL, {0, 1, 1}, {2, -1, 0.5}},
        {LIBNC_ELEMENT_INT8, {-128, 127, 0}, {-129, 128, 0.5}},
        {LIBNC_ELEMENT_UINT8, {0, 255, 1}, {-1, 256, (double)NAN}},
        {LIBNC_ELEMENT_INT16, {-32768, 32767, 0}, {-32769, 32768, 0.25}},
        {LIBNC_ELEMENT_UINT16, {0, 65535, 1}, {-1, 65536, (double)INFINITY}},
        {LIBNC_ELEMENT_INT32, {-0x1p31, 0x1p31 - 1, 0}, {-0x1p31 - 1, 0x1p31, 1e-300}},
        {LIBNC_ELEMENT_UINT32, {0, 0x1p32 - 1, 1}, {-1, 0x1p32, -0.5}},
        {LIBNC_ELEMENT_INT64, {-0x1p63, 0x1p62, 0}, {-0x1.8p63, 0x1p63, 0.5}},
        {LIBNC_ELEMENT_UINT64, {0, 0x1p63, 1}, {-1, 0x1p64, (double)NAN}},
        {LIBNC_ELEMENT_FLOAT8_E4M3, {448, -448, 0x1p-9}, {480, -1e9, (double)INFINITY}},
        {LIBNC_ELEMENT_FLOAT8_E5M2, {57344, (double)INFINITY, 0x1p-16}, {65536, -1e9, 1e300}},
        {LIBNC_ELEMENT_FLOAT16, {65504, (double)-INFINITY, 0x1p-24}, {65520, -1e9, 1e300}},
        {LIBNC_ELEMENT_BFLOAT16,
         {0x1.fep127, (double)INFINITY, 0x1p-133},
         {0x1.ffp127, -1e39, 1e300}},
        {LIBNC_ELEMENT_FLOAT32, {0x1.fffffep127, 0x1p-149, -0.0}, {0x1.ffffffp127, -1e39, 1e300}},
    };
    const form f = {.format = LIBNC_ARRAY_SAFETENSORS};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        libnc_array_writer *writer = start(&f);
        must(libnc_array_writer_begin(writer, "x", cases[c].element, 1, (int64_t[]){-1}));
        for (int i = 0; i < 3; i++) {
            const double pair[2] = {1, cases[c].not [i]};
            char part[128];
            snprintf(part, sizeof part, "values: row 1, column 0 = %.17g: does not fit %s",
                     cases[c].not [i], libnc_element_name(cases[c].element));
            ck_assert_int_eq(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, pair, 2, 2),
                             LIBNC_ERROR_ARGUMENT);
            ck_assert_str_eq(libnc_context_error(context), part);
        }
        must(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, cases[c].fits, 3, 3));
        must(libnc_array_writer_finish(writer));
        libnc_array_writer_destroy(writer);
        libnc_array *array = NULL;
        must(libnc_array_open(&array, context, path, "x"));
        must(libnc_array_read(array, 0, 3, LIBNC_FLOAT64, got, 3));
        ck_assert_mem_eq(got, cases[c].fits, 3 * sizeof *got);
        libnc_array_destroy(array);
    }
}
END_TEST

START_TEST(integers_in_memory)
{
    const int64_t large[2] = {INT64_MAX, INT64_MIN}, wide[2] = {1, 300};
    const int32_t labels[3] = {5, -7, INT32_MAX};
    int64_t whole[3];
    libnc_array *array = NULL;
    must(libnc_array_write_npy(context, path, LIBNC_ELEMENT_INT64, large, 1, 2));
    must(libnc_array_open(&array, context, path, NULL));
    must(libnc_array_read_integers(array, 0, 1, LIBNC_ELEMENT_INT64, whole, 2));
    ck_assert_mem_eq(whole, large, sizeof large);
    ck_assert_int_eq(libnc_array_read_integers(array, 0, 1, LIBNC_ELEMENT_INT32, whole, 2),
                     LIBNC_ERROR_FORMAT);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "row 0, column 0"));
    libnc_array_destroy(array);
    must(libnc_array_write_npy(context, path, LIBNC_ELEMENT_INT32, labels, 3, 1));
    must(libnc_array_open(&array, context, path, NULL));
    int32_t again[3];
    must(libnc_array_read_integers(array, 0, 3, LIBNC_ELEMENT_INT32, again, 3));
    ck_assert_mem_eq(again, labels, sizeof labels);
    libnc_array_destroy(array);
    libnc_array_writer *writer = start(&(form){.format = LIBNC_ARRAY_NPY});
    must(libnc_array_writer_begin(writer, NULL, LIBNC_ELEMENT_UINT8, 1, (int64_t[]){-1}));
    ck_assert_int_eq(libnc_array_writer_append(writer, LIBNC_ELEMENT_INT64, wide, 2, 2),
                     LIBNC_ERROR_ARGUMENT);
    ck_assert_str_eq(libnc_context_error(context),
                     "values: row 1, column 0 = 300: does not fit uint8");
    libnc_array_writer_destroy(writer);
}
END_TEST

/* uint64 above 2^63 - 1, floats that are not whole. */
START_TEST(labels_that_are_none)
{
    const double cases[] = {0.5, (double)NAN, (double)INFINITY, 0x1p63, -0x1p64};
    int64_t label;
    libnc_array *array = NULL;
    for (int i = 0; i < 5; i++) {
        const double pair[2] = {1, cases[i]};
        must(libnc_array_write_npy(context, path, LIBNC_ELEMENT_FLOAT64, pair, 2, 1));
        must(libnc_array_open(&array, context, path, NULL));
        must(libnc_array_read_integers(array, 0, 1, LIBNC_ELEMENT_INT64, &label, 1));
        ck_assert_int_eq(libnc_array_read_integers(array, 1, 1, LIBNC_ELEMENT_INT64, &label, 1),
                         LIBNC_ERROR_FORMAT);
        ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "row 1, column 0: float64"));
        libnc_array_destroy(array);
    }
}
END_TEST

/* ---- in place ---- */

START_TEST(views)
{
    const form plain = {.format = LIBNC_ARRAY_NPY}, tensors = {.format = LIBNC_ARRAY_SAFETENSORS},
               stored = {.format = LIBNC_ARRAY_NPZ};
    const form *const forms[3] = {&plain, &tensors, &stored};
    fill(LIBNC_ELEMENT_FLOAT64);
    for (int i = 0; i < 3; i++) {
        libnc_array *array = NULL;
        write_cube(forms[i], LIBNC_ELEMENT_FLOAT64, false, 1);
        must(libnc_array_open(&array, context, path, NULL));
        const double *view = libnc_array_view(array);
        if (i < 2) /* in archives the place depends on the name */
            ck_assert_ptr_nonnull(view);
        if (view)
            ck_assert_mem_eq(view, values, sizeof values);
        ck_assert_ptr_eq(libnc_array_view(array), view);
        libnc_array_destroy(array);
    }
    const form others[] = {
        {LIBNC_ARRAY_NPY, 1, 0, 0}, {LIBNC_ARRAY_NPY, 0, 1, 0}, {LIBNC_ARRAY_NPZ, 0, 0, 1}};
    for (int i = 0; i < 3; i++) {
        libnc_array *array = NULL;
        write_cube(&others[i], LIBNC_ELEMENT_FLOAT64, false, 1);
        must(libnc_array_open(&array, context, path, NULL));
        ck_assert_ptr_null(libnc_array_view(array));
        libnc_array_destroy(array);
    }
}
END_TEST

/* A file that becomes shorter is an error, not a signal. */
START_TEST(a_file_that_shrinks)
{
    libnc_array *array = NULL;
    fill(LIBNC_ELEMENT_FLOAT64);
    write_cube(&(form){.format = LIBNC_ARRAY_NPY}, LIBNC_ELEMENT_FLOAT32, false, 1);
    must(libnc_array_open(&array, context, path, NULL));
    ck_assert_int_eq(truncate(path, 300), 0);
    ck_assert_int_eq(libnc_array_read(array, 0, ROWS, LIBNC_FLOAT64, got, VALUES),
                     LIBNC_ERROR_FILE);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "the file ends here: it had"));
    libnc_array_destroy(array);
}
END_TEST

/* Pipes, even those without a writer, devices and folders are refused at once. */
START_TEST(what_is_no_regular_file)
{
    libnc_array *array = NULL;
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    const char *const names[] = {path, "/dev/zero", "/tmp"};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(libnc_array_open(&array, context, names[i], NULL), LIBNC_ERROR_FILE);
        ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "must be a regular file"));
        ck_assert_ptr_null(array);
    }
    unlink(path);
}
END_TEST

/* A pass in small pieces over a compressed array inflates every byte once: it takes about as long
 * as one call, where starting again each time would take a thousand times as long. */
START_TEST(compressed_in_pieces)
{
    enum { N = 40000, D = 16, PIECES = 1000 };
    static float rows[N * D], piece[N / PIECES * D];
    for (int i = 0; i < N * D; i++)
        rows[i] = (float)((uint32_t)i * 2654435761u >> 8);
    libnc_array_writer *writer = start(&(form){LIBNC_ARRAY_NPZ, 0, 0, 1});
    must(libnc_array_writer_begin(writer, "x", LIBNC_ELEMENT_FLOAT32, 2, (int64_t[]){N, D}));
    must(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT32, rows, N, N * D));
    must(libnc_array_writer_finish(writer));
    libnc_array_writer_destroy(writer);
    libnc_array *array = NULL;
    must(libnc_array_open(&array, context, path, NULL));
    memory.peak_bytes = memory.live_bytes;
    const double begin = nc__seconds();
    static float all[N * D];
    must(libnc_array_read(array, 0, N, LIBNC_FLOAT32, all, N * D));
    const double whole = nc__seconds() - begin;
    ck_assert_mem_eq(all, rows, sizeof rows);
    for (int i = 0; i < PIECES; i++) {
        must(libnc_array_read(array, i * (N / PIECES), N / PIECES, LIBNC_FLOAT32, piece,
                              N / PIECES * D));
        ck_assert_mem_eq(piece, rows + i * (N / PIECES) * D, sizeof piece);
    }
    const double pieces = nc__seconds() - begin - whole;
    ck_assert_msg(pieces < 50 * whole + 0.5, "%g s in pieces, %g s at once", pieces, whole);
    ck_assert_int_lt(memory.peak_bytes, 1 << 19); /* of 2.5 MB */
    libnc_array_destroy(array);
}
END_TEST

/* The last bytes of compressed zeros give thousands of rows, one call after the other. */
START_TEST(compressed_zeros_row_by_row)
{
    enum { N = 20000 };
    static int32_t zeros[N];
    libnc_array_writer *writer = start(&(form){LIBNC_ARRAY_NPZ, 0, 0, 9});
    must(libnc_array_writer_begin(writer, "x", LIBNC_ELEMENT_INT32, 1, (int64_t[]){N}));
    must(libnc_array_writer_append(writer, LIBNC_ELEMENT_INT32, zeros, N, N));
    must(libnc_array_writer_finish(writer));
    libnc_array_writer_destroy(writer);
    libnc_array *array = NULL;
    must(libnc_array_open(&array, context, path, NULL));
    for (int i = 0; i < N; i++) {
        int32_t value = 1;
        must(libnc_array_read_integers(array, i, 1, LIBNC_ELEMENT_INT32, &value, 1));
        ck_assert(value == 0);
    }
    libnc_array_destroy(array);
}
END_TEST

/* What is kept for an opened file is no larger than a small file can use. */
START_TEST(small_files_take_little)
{
    static const int32_t formats[] = {LIBNC_ARRAY_NPY, LIBNC_ARRAY_NPZ, LIBNC_ARRAY_SAFETENSORS,
                                      LIBNC_ARRAY_IDX};
    const double x[4] = {1, 2, 3, 4};
    for (int i = 0; i < 4; i++) {
        const bool is_named =
            formats[i] == LIBNC_ARRAY_NPZ || formats[i] == LIBNC_ARRAY_SAFETENSORS;
        libnc_array_writer *writer = start(&(form){formats[i], 0, 0, 0});
        must(libnc_array_writer_begin(writer, is_named ? "x" : NULL, LIBNC_ELEMENT_FLOAT64, 2,
                                      (int64_t[]){2, 2}));
        must(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, x, 2, 4));
        must(libnc_array_writer_finish(writer));
        libnc_array_writer_destroy(writer);
        struct stat status;
        ck_assert_int_eq(stat(path, &status), 0);
        memory.peak_bytes = memory.live_bytes;
        const int64_t live = memory.live_bytes;
        libnc_array *array = NULL;
        double back[4];
        must(libnc_array_open(&array, context, path, NULL));
        must(libnc_array_read(array, 0, 2, LIBNC_FLOAT64, back, 4));
        ck_assert_mem_eq(back, x, sizeof x);
        /* handle and members, and two buffers of 8 bytes for each byte of the file */
        ck_assert_int_lt(memory.peak_bytes - live, 8192 + 20 * (int64_t)status.st_size);
        libnc_array_destroy(array);
    }
}
END_TEST

/* ---- datasets ---- */

START_TEST(datasets)
{
    const double x[6] = {1, 2, 3, 4, 5, 6}, bad[6] = {1, 2, 3, 4, 5, (double)NAN};
    const int32_t y[3] = {1, 0, 1}, gap[3] = {2, 0, 2};
    for (int turn = 0; turn < 3; turn++) {
        libnc_array_writer *writer = start(&(form){LIBNC_ARRAY_NPZ, 0, 0, turn});
        must(libnc_array_writer_begin(writer, "x", LIBNC_ELEMENT_FLOAT16, 2, (int64_t[]){3, 2}));
        must(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, turn == 1 ? bad : x, 3, 6));
        must(libnc_array_writer_begin(writer, "y", LIBNC_ELEMENT_UINT8, 1, (int64_t[]){-1}));
        must(libnc_array_writer_append(writer, LIBNC_ELEMENT_INT32, turn == 2 ? gap : y, 3, 3));
        must(libnc_array_writer_finish(writer));
        libnc_array_writer_destroy(writer);
        libnc_array *inputs = NULL, *labels = NULL;
        libnc_dataset *dataset = NULL;
        must(libnc_array_open(&inputs, context, path, "x"));
        must(libnc_array_open(&labels, context, path, "y"));
        libnc_status status =
            libnc_dataset_from_arrays(&dataset, context, LIBNC_FLOAT64, inputs, labels);
        if (turn == 0) {
            ck_assert_int_eq(status, LIBNC_OK);
            ck_assert_mem_eq(libnc_dataset_inputs(dataset), x, sizeof x);
            ck_assert_mem_eq(libnc_dataset_labels(dataset), y, sizeof y);
            ck_assert_int_eq(libnc_dataset_count(dataset), 3);
            ck_assert_int_eq(libnc_dataset_width(dataset), 2);
        } else {
            ck_assert_int_eq(status, turn == 1 ? LIBNC_ERROR_NOT_FINITE : LIBNC_ERROR_FORMAT);
            ck_assert_ptr_nonnull(strstr(libnc_context_error(context),
                                         turn == 1 ? "row 2, column 1" : "class 1 has no sample"));
        }
        libnc_array *one_hot = NULL;
        must(libnc_array_open(&one_hot, context, path, "x"));
        ck_assert_int_eq(
            libnc_dataset_from_arrays(&dataset, context, LIBNC_FLOAT64, inputs, one_hot),
            LIBNC_ERROR_DIMENSION);
        ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "one-hot labels"));
        libnc_array_destroy(one_hot);
        libnc_dataset_destroy(dataset);
        libnc_array_destroy(labels);
        libnc_array_destroy(inputs);
    }
}
END_TEST

/* ---- the final name ---- */

static size_t files_in_folder(void)
{
    char pattern[96];
    glob_t files;
    snprintf(pattern, sizeof pattern, "%s/*", folder);
    int result = glob(pattern, 0, NULL, &files);
    const size_t count = result == 0 ? files.gl_pathc : 0;
    globfree(&files);
    return count;
}

START_TEST(unfinished_files)
{
    fill(LIBNC_ELEMENT_FLOAT64);
    const form f = {.format = LIBNC_ARRAY_NPY};
    libnc_array_writer *writer = start(&f);
    ck_assert_int_ne(access(path, F_OK), 0);
    libnc_array_writer_destroy(writer);
    ck_assert_uint_eq(files_in_folder(), 0);
    write_cube(&f, LIBNC_ELEMENT_FLOAT64, false, 1);
    ck_assert_uint_eq(files_in_folder(), 1);
    writer = start(&f); /* a second one leaves the first file as it is, until it is finished */
    must(libnc_array_writer_begin(writer, NULL, LIBNC_ELEMENT_INT8, 1, (int64_t[]){2}));
    check_cube(LIBNC_ELEMENT_FLOAT64);
    ck_assert_int_eq(libnc_array_writer_finish(writer), LIBNC_ERROR_DIMENSION);
    libnc_array_writer_destroy(writer);
    check_cube(LIBNC_ELEMENT_FLOAT64);
    ck_assert_uint_eq(files_in_folder(), 1);
}
END_TEST

/* A process that is killed while it writes again and again leaves a whole file at any moment. */
START_TEST(killed_while_writing)
{
    fill(LIBNC_ELEMENT_FLOAT64);
    const form f = {LIBNC_ARRAY_NPZ, 0, 0, 1};
    write_cube(&f, LIBNC_ELEMENT_FLOAT32, false, 1);
    for (int turn = 0; turn < 15; turn++) {
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        for (int i = 0; child == 0; i++)
            write_cube(&f, i % 2 ? LIBNC_ELEMENT_FLOAT32 : LIBNC_ELEMENT_FLOAT64, i % 3, 2);
        nanosleep(&(struct timespec){.tv_nsec = 1000000 + 3137000 * turn}, NULL);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        libnc_array *array = NULL;
        must(libnc_array_open(&array, context, path, "cube"));
        must(libnc_array_read(array, 0, ROWS, LIBNC_FLOAT64, got, VALUES));
        ck_assert_mem_eq(got, values, sizeof values);
        libnc_array_destroy(array);
    }
    char pattern[96];
    glob_t files;
    snprintf(pattern, sizeof pattern, "%s/libnc-*.part", folder);
    if (glob(pattern, 0, NULL, &files) == 0) {
        for (size_t i = 0; i < files.gl_pathc; i++)
            remove(files.gl_pathv[i]);
        globfree(&files);
    }
}
END_TEST

START_TEST(a_full_disk)
{
    if (access("/dev/full", W_OK) != 0) {
        puts("SKIP array: a full disk: no /dev/full");
        return;
    }
    fill(LIBNC_ELEMENT_FLOAT64);
    libnc_array_writer *writer = start(&(form){.format = LIBNC_ARRAY_NPY});
    must(libnc_array_writer_begin(writer, NULL, LIBNC_ELEMENT_FLOAT64, 2, (int64_t[]){-1, COLS}));
    const int kept = writer->output.file;
    const int full = open("/dev/full", O_RDWR);
    ck_assert_int_ge(full, 0);
    ck_assert_int_eq(dup2(full, kept), kept);
    close(full);
    ck_assert_int_eq(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, values, ROWS, VALUES),
                     LIBNC_ERROR_FILE);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "cannot be written: No space"));
    ck_assert_int_eq(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, values, ROWS, VALUES),
                     LIBNC_ERROR_STATE);
    ck_assert_int_eq(libnc_array_writer_finish(writer), LIBNC_ERROR_STATE);
    libnc_array_writer_destroy(writer);
    ck_assert_uint_eq(files_in_folder(), 0);
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, files_of_others);
    tcase_add_loop_test(tests, every_form, 0, 10);
    tcase_add_test(tests, ends_of_types);
    tcase_add_test(tests, integers_in_memory);
    tcase_add_test(tests, labels_that_are_none);
    tcase_add_test(tests, views);
    tcase_add_test(tests, a_file_that_shrinks);
    tcase_add_test(tests, what_is_no_regular_file);
    tcase_add_test(tests, compressed_in_pieces);
    tcase_add_test(tests, compressed_zeros_row_by_row);
    tcase_add_test(tests, small_files_take_little);
    tcase_add_test(tests, datasets);
    tcase_add_test(tests, unfinished_files);
    tcase_add_test(tests, killed_while_writing);
    tcase_add_test(tests, a_full_disk);
}

int main(void)
{
    return run_array_suite("array", add);
}
