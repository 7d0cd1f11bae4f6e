/* SPDX-License-Identifier: MIT
 *
 * test_idx.c: IDX files: every element type, plain and gzip, and files that lie.
 *
 * The files are written here, into a directory of their own. MNIST is read where the directory in
 * the environment variable LIBNC_DATA (default: ../shared/data) has it.
 */
#include "support/context_fixture.h"

#include <libnc/dataset.h>
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static char folder[64], inputs_path[96], labels_path[96];

static void setup_folder(void)
{
    setup();
    strcpy(folder, "/tmp/libnc_idx_XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(inputs_path, sizeof inputs_path, "%s/inputs", folder);
    snprintf(labels_path, sizeof labels_path, "%s/labels", folder);
}

static void teardown_folder(void)
{
    teardown();
    remove(inputs_path);
    remove(labels_path);
    ck_assert_int_eq(remove(folder), 0);
}

/* ---- writing ---- */

enum { MOST = 1 << 20 };

typedef struct bytes {
    unsigned char data[MOST];
    size_t size;
} bytes;

static bytes inputs, labels, packed;

static void put(bytes *b, uint64_t value, size_t size)
{
    ck_assert_uint_le(b->size + size, MOST);
    for (size_t i = 0; i < size; i++)
        b->data[b->size++] = (unsigned char)(value >> 8 * (size - 1 - i));
}

static void put_header(bytes *b, int type, int dimensions, const uint32_t *sizes)
{
    b->size = 0;
    put(b, (uint64_t)type << 8 | (uint64_t)dimensions, 4);
    for (int i = 0; i < dimensions; i++)
        put(b, sizes[i], 4);
}

static void write_file(const char *path, const bytes *b)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(b->data, 1, b->size, file), b->size);
    ck_assert_int_eq(fclose(file), 0);
}

/* Appends the gzip form of content to `out`. */
static void pack(bytes *out, const unsigned char *content, size_t size)
{
    z_stream z = {0};
    ck_assert_int_eq(
        deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)content;
    z.avail_in = (uInt)size;
    z.next_out = out->data + out->size;
    z.avail_out = (uInt)(MOST - out->size);
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->size += z.total_out;
    ck_assert_int_eq(deflateEnd(&z), Z_OK);
}

/* 4 samples of 2 x 3 unsigned bytes, 2 classes. */
static void make_small(void)
{
    const unsigned char small_labels[4] = {1, 0, 0, 1};
    put_header(&inputs, 0x08, 3, (const uint32_t[]){4, 2, 3});
    for (int i = 0; i < 24; i++)
        put(&inputs, (uint64_t)(i * 11 % 256), 1);
    put_header(&labels, 0x08, 1, (const uint32_t[]){4});
    for (int i = 0; i < 4; i++)
        put(&labels, small_labels[i], 1);
}

static void write_both(void)
{
    write_file(inputs_path, &inputs);
    write_file(labels_path, &labels);
}

/* ---- reading ---- */

static libnc_status load(libnc_dataset **dataset, int32_t scalar)
{
    return libnc_dataset_from_idx(dataset, context, scalar, inputs_path, labels_path);
}

static void check_small(const libnc_dataset *d)
{
    const int32_t expected[4] = {1, 0, 0, 1};
    ck_assert_int_eq(libnc_dataset_count(d), 4);
    ck_assert_int_eq(libnc_dataset_width(d), 6);
    int64_t channels, height, width;
    must(libnc_dataset_shape(d, &channels, &height, &width));
    ck_assert(channels == 1 && height * width == 6 && height > 1);
    ck_assert_mem_eq(libnc_dataset_labels(d), expected, sizeof expected);
    ck_assert_int_eq(libnc_classes_count(libnc_dataset_classes(d)), 2);
    for (int i = 0; i < 24; i++) {
        if (libnc_dataset_scalar(d) == LIBNC_FLOAT64)
            ck_assert_double_eq(((const double *)libnc_dataset_inputs(d))[i], i * 11 % 256 / 255.0);
        else
            ck_assert_float_eq(((const float *)libnc_dataset_inputs(d))[i],
                               (float)(i * 11 % 256 / 255.0));
    }
}

/* Loading fails with this code, a text that has these parts, and nothing kept. */
static void assert_refused(libnc_status code, const char *path, const char *part)
{
    libnc_dataset *d = NULL;
    libnc_status status = load(&d, LIBNC_FLOAT64);
    const char *text = libnc_context_error(context);
    ck_assert_msg(status == code, "%d instead of %d: %s", status, code, text);
    ck_assert_msg(strstr(text, path) && strstr(text, part), "\"%s\" lacks \"%s\" or \"%s\"", text,
                  path, part);
    ck_assert_ptr_null(d);
    ck_assert_int_eq(memory.live, 1);
}

START_TEST(plain_and_gzip)
{
    make_small();
    for (int form = 0; form < 4; form++) {
        write_both();
        if (form & 1) {
            packed.size = 0;
            pack(&packed, inputs.data, inputs.size);
            write_file(inputs_path, &packed);
        }
        if (form & 2) {
            packed.size = 0;
            pack(&packed, labels.data, labels.size);
            write_file(labels_path, &packed);
        }
        for (int32_t scalar = LIBNC_FLOAT64; scalar <= LIBNC_FLOAT32; scalar++) {
            libnc_dataset *d = NULL;
            ck_assert_int_eq(load(&d, scalar), LIBNC_OK);
            ck_assert_int_eq(libnc_dataset_scalar(d), scalar);
            check_small(d);
            libnc_dataset_destroy(d);
        }
    }
}
END_TEST

/* gzip files may be joined, each with its own header; an empty one too. */
START_TEST(gzip_members)
{
    make_small();
    write_both();
    for (size_t cut = 0; cut <= inputs.size; cut++) {
        libnc_dataset *d = NULL;
        packed.size = 0;
        pack(&packed, inputs.data, cut);
        pack(&packed, inputs.data + cut, inputs.size - cut);
        write_file(inputs_path, &packed);
        ck_assert_int_eq(load(&d, LIBNC_FLOAT64), LIBNC_OK);
        check_small(d);
        libnc_dataset_destroy(d);
    }
    put(&packed, 0, 1);
    write_file(inputs_path, &packed);
    assert_refused(LIBNC_ERROR_FORMAT, inputs_path, "compressed offset");
}
END_TEST

static uint64_t bits_of_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint64_t bits_of_double(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

START_TEST(element_types)
{
    const struct {
        int type;
        size_t size;
        uint64_t bits[4];
        double values[4];
    } cases[] = {
        {0x08, 1, {0, 1, 128, 255}, {0, 1 / 255.0, 128 / 255.0, 1}},
        {0x09, 1, {0, 127, 128, 255}, {0, 127, -128, -1}},
        {0x0B, 2, {1, 0x7fff, 0x8000, 0xfffe}, {1, 32767, -32768, -2}},
        {0x0C, 4, {1, 0x7fffffff, 0x80000000, 0xfffffffd}, {1, 2147483647.0, -2147483648.0, -3}},
        {0x0D,
         4,
         {bits_of_float(0.1f), bits_of_float(-3e38f), bits_of_float(1e-40f), 0},
         {0.1f, -3e38f, 1e-40f, 0}},
        {0x0E,
         8,
         {bits_of_double(0.1), bits_of_double(-1e308), bits_of_double(5e-324), 0},
         {0.1, -1e308, 5e-324, 0}},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        libnc_dataset *d = NULL;
        put_header(&inputs, cases[c].type, 1, (const uint32_t[]){4});
        for (int i = 0; i < 4; i++)
            put(&inputs, cases[c].bits[i], cases[c].size);
        put_header(&labels, 0x0C, 1, (const uint32_t[]){4});
        for (uint64_t i = 0; i < 4; i++)
            put(&labels, i, 4);
        write_both();
        ck_assert_int_eq(load(&d, LIBNC_FLOAT64), LIBNC_OK);
        ck_assert_int_eq(libnc_dataset_count(d), 4);
        ck_assert_int_eq(libnc_dataset_width(d), 1); /* one dimension */
        ck_assert_mem_eq(libnc_dataset_inputs(d), cases[c].values, sizeof cases[c].values);
        ck_assert_int_eq(libnc_dataset_labels(d)[3], 3);
        libnc_dataset_destroy(d);
    }
}
END_TEST

/* Bytes that do not compress. */
static unsigned scramble(uint32_t i)
{
    i = (i ^ i >> 16) * UINT32_C(0x7feb352d);
    i = (i ^ i >> 15) * UINT32_C(0x846ca68b);
    return (i ^ i >> 16) & 255;
}

/* Longer than every buffer, with rows that straddle them. */
START_TEST(larger_than_the_buffers)
{
    enum { ROWS = 301, WIDTH = 3001 };
    libnc_dataset *d = NULL;
    put_header(&inputs, 0x08, 2, (const uint32_t[]){ROWS, WIDTH});
    for (uint32_t i = 0; i < ROWS * WIDTH; i++)
        put(&inputs, scramble(i), 1);
    put_header(&labels, 0x08, 1, (const uint32_t[]){ROWS});
    for (int i = 0; i < ROWS; i++)
        put(&labels, (uint64_t)(i % 7), 1);
    for (int form = 0; form < 2; form++) {
        write_both();
        if (form == 1) {
            packed.size = 0;
            pack(&packed, inputs.data, inputs.size);
            ck_assert_uint_gt(packed.size, 1 << 17);
            write_file(inputs_path, &packed);
        }
        ck_assert_int_eq(load(&d, LIBNC_FLOAT32), LIBNC_OK);
        const float *values = libnc_dataset_inputs(d);
        for (uint32_t i = 0; i < ROWS * WIDTH; i++)
            if (values[i] != (float)(scramble(i) / 255.0))
                ck_abort_msg("value %u", i);
        libnc_dataset_destroy(d);
    }
}
END_TEST

/* ---- files that are too short, too long or damaged ---- */

START_TEST(truncated_at_every_byte)
{
    make_small();
    for (int form = 0; form < 2; form++) {
        for (int which = 0; which < 2; which++) {
            bytes *whole = which == 0 ? &inputs : &labels;
            const char *path = which == 0 ? inputs_path : labels_path;
            packed.size = 0;
            if (form == 1)
                pack(&packed, whole->data, whole->size);
            else
                packed = *whole;
            size_t full = packed.size;
            write_both();
            for (size_t size = 0; size < full; size++) {
                packed.size = size;
                write_file(path, &packed);
                assert_refused(LIBNC_ERROR_FORMAT, path, "offset");
            }
        }
    }
}
END_TEST

START_TEST(texts_of_short_and_long_files)
{
    make_small();
    inputs.size = 16 + 10;
    write_both();
    assert_refused(LIBNC_ERROR_FORMAT, inputs_path,
                   "offset 26: the content ends too early: the header announces 4 x 6 elements of "
                   "1 bytes");
    inputs.size = 9;
    write_both();
    assert_refused(LIBNC_ERROR_FORMAT, inputs_path, "offset 9: the content ends within the dim");
    inputs.size = 0;
    write_both();
    assert_refused(LIBNC_ERROR_FORMAT, inputs_path, "offset 0: the content ends within the magic");
    make_small();
    put(&labels, 0, 1);
    write_both();
    assert_refused(LIBNC_ERROR_FORMAT, labels_path, "offset 12: more content follows");
    packed.size = 0;
    make_small();
    put(&inputs, 0, 1);
    pack(&packed, inputs.data, inputs.size);
    write_both();
    write_file(inputs_path, &packed);
    make_small();
    write_file(labels_path, &labels);
    assert_refused(LIBNC_ERROR_FORMAT, inputs_path, "offset 40: more content follows");
}
END_TEST

/* A flipped bit is found, or changes nothing: gzip does not protect a member's time, flags and
 * system (7 bytes), nor the padding after the last code (7 bits). */
START_TEST(flipped_bits_in_gzip)
{
    make_small();
    write_both();
    packed.size = 0;
    pack(&packed, inputs.data, inputs.size);
    int found = 0, harmless = 0;
    for (size_t bit = 0; bit < 8 * packed.size; bit++) {
        libnc_dataset *d = NULL;
        packed.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        write_file(inputs_path, &packed);
        packed.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        libnc_status status = load(&d, LIBNC_FLOAT64);
        if (status == LIBNC_OK) {
            check_small(d);
            libnc_dataset_destroy(d);
            harmless++;
        } else {
            ck_assert_int_eq(status, LIBNC_ERROR_FORMAT);
            ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "offset"));
            found++;
        }
    }
    ck_assert_int_gt(found, 200);
    ck_assert_int_le(harmless, 8 * 7 + 7);
}
END_TEST

/* ---- headers that lie ---- */

START_TEST(lying_headers)
{
    static const struct {
        int dimensions;
        uint32_t sizes[4];
        const char *part;
    } cases[] = {
        {1,
         {UINT32_C(1) << 31},
         "offset 4: dimension 0 = 2147483648: must be from 1 to 2147483647"},
        {2, {UINT32_MAX, 1}, "offset 4: dimension 0 = 4294967295"},
        {1, {0}, "offset 4: dimension 0 = 0: must be from 1 to 2147483647"},
        {2, {4, 0}, "offset 8: dimension 1 = 0"},
        {3, {4, 2, 0}, "offset 12: dimension 2 = 0"},
        {3,
         {4, 65536, 32768},
         "offset 12: dimensions 1 to 2 have the product 2147483648: must be at most 2147483647"},
        {4,
         {4, 2147483647, 2147483647, 4},
         "dimensions 1 to 2 have the product 4611686014132420609"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        make_small();
        put_header(&inputs, 0x08, cases[c].dimensions, cases[c].sizes);
        for (int i = 0; i < 10; i++)
            put(&inputs, 7, 1);
        write_both();
        memory.largest = 0;
        assert_refused(LIBNC_ERROR_FORMAT, inputs_path, cases[c].part);
        ck_assert_int_lt(memory.largest, 1 << 18);
    }
}
END_TEST

/* Valid headers that announce far more than there is: memory follows the content. */
START_TEST(large_announcements)
{
    for (int form = 0; form < 4; form++) {
        const int packs = form & 1;
        bytes *liar = form & 2 ? &inputs : &labels;
        const char *path = form & 2 ? inputs_path : labels_path;
        make_small();
        put_header(liar, 0x08, 1, (const uint32_t[]){INT32_MAX});
        for (int i = 0; i < 10; i++)
            put(liar, 0, 1);
        write_both();
        if (packs) {
            packed.size = 0;
            pack(&packed, liar->data, liar->size);
            write_file(path, &packed);
        }
        memory.largest = memory.peak_bytes = 0;
        /* what a gzip file of this size cannot hold shows behind the header */
        assert_refused(LIBNC_ERROR_FORMAT, path,
                       packs ? "offset 8: the content ends too early"
                             : "offset 18: the content ends too early");
        ck_assert_int_lt(memory.largest, 1 << 18);
        ck_assert_int_lt(memory.peak_bytes, 1 << 20);
    }
    make_small();
    put_header(&inputs, 0x08, 2, (const uint32_t[]){4, 5000});
    for (int i = 0; i < 1000; i++)
        put(&inputs, 0, 1);
    write_both();
    packed.size = 0;
    pack(&packed, inputs.data, inputs.size);
    write_file(inputs_path, &packed);
    assert_refused(LIBNC_ERROR_FORMAT, inputs_path, "offset 1012: the content ends too early");
    make_small();
    put_header(&inputs, 0x0E, 2, (const uint32_t[]){4, INT32_MAX});
    for (int i = 0; i < 100000; i++)
        put(&inputs, 0, 8);
    write_both();
    memory.peak_bytes = 0;
    assert_refused(LIBNC_ERROR_FORMAT, inputs_path, "offset 800012: the content ends too early");
    ck_assert_int_lt(memory.peak_bytes, 4 * 800012);
}
END_TEST

START_TEST(bad_magic_numbers)
{
    static const unsigned char magics[][4] = {{1, 0, 8, 3}, {0, 1, 8, 3},      {0, 0, 0x0A, 3},
                                              {0, 0, 0, 3}, {0, 0, 0x0F, 3},   {0, 0, 8, 0},
                                              {0, 0, 7, 3}, {0x1f, 0x8c, 8, 3}};
    make_small();
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        char part[64];
        memcpy(inputs.data, magics[i], 4);
        write_both();
        snprintf(part, sizeof part, "offset 0: magic number %02x%02x%02x%02x: must be",
                 magics[i][0], magics[i][1], magics[i][2], magics[i][3]);
        assert_refused(LIBNC_ERROR_FORMAT, inputs_path, part);
    }
    memcpy(inputs.data, "PK\3\4", 4);
    write_both();
    assert_refused(LIBNC_ERROR_FORMAT, inputs_path, "offset 0: a zip archive: must be IDX");
}
END_TEST

START_TEST(wrong_labels)
{
    make_small();
    put_header(&labels, 0x08, 2, (const uint32_t[]){4, 1});
    put(&labels, 0, 4);
    write_both();
    assert_refused(LIBNC_ERROR_FORMAT, labels_path,
                   "offset 2: uint8 in 2 dimensions: labels must be uint8 or int32 in 1");
    const struct {
        int type;
        size_t size;
        const char *part;
    } wrong[] = {{0x09, 1, "offset 2: int8 in 1 dimension"},
                 {0x0B, 2, "offset 2: int16 in 1 dimension"},
                 {0x0D, 4, "offset 2: float32 in 1 dimension"},
                 {0x0E, 8, "offset 2: float64 in 1 dimension"}};
    for (int i = 0; i < 4; i++) {
        put_header(&labels, wrong[i].type, 1, (const uint32_t[]){4});
        for (int j = 0; j < 4; j++)
            put(&labels, 0, wrong[i].size);
        write_both();
        assert_refused(LIBNC_ERROR_FORMAT, labels_path, wrong[i].part);
    }
    put_header(&labels, 0x0C, 1, (const uint32_t[]){4});
    put(&labels, 1, 4);
    put(&labels, 0, 4);
    put(&labels, (uint32_t)-5, 4);
    put(&labels, 0, 4);
    write_both();
    assert_refused(LIBNC_ERROR_FORMAT, labels_path, "[2] = -5: must be from 0");
    make_small();
    labels.data[8] = 3;
    write_both();
    assert_refused(LIBNC_ERROR_FORMAT, labels_path, "class 2 has no sample");
    put_header(&labels, 0x0C, 1, (const uint32_t[]){4});
    for (int i = 0; i < 4; i++)
        put(&labels, INT32_MAX, 4);
    write_both();
    memory.largest = 0;
    assert_refused(LIBNC_ERROR_FORMAT, labels_path, "must be from 0 to 2147483646");
    ck_assert_int_lt(memory.largest, 1 << 18);
    put_header(&labels, 0x08, 1, (const uint32_t[]){3});
    put(&labels, 1, 3);
    write_both();
    assert_refused(LIBNC_ERROR_FORMAT, labels_path,
                   "offset 4: 3 labels: the inputs file has 4 samples");
}
END_TEST

START_TEST(values_that_do_not_fit)
{
    const double bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        make_small();
        put_header(&inputs, 0x0E, 2, (const uint32_t[]){4, 2});
        for (int j = 0; j < 8; j++)
            put(&inputs, bits_of_double(j == 5 ? bad[i] : j), 8);
        write_both();
        assert_refused(LIBNC_ERROR_NOT_FINITE, inputs_path, "inputs: row 2, column 1 of");
    }
    libnc_dataset *d = NULL;
    put_header(&inputs, 0x0E, 2, (const uint32_t[]){4, 2});
    for (int j = 0; j < 8; j++)
        put(&inputs, bits_of_double(1e300), 8);
    write_both();
    ck_assert_int_eq(load(&d, LIBNC_FLOAT32), LIBNC_ERROR_NOT_FINITE);
    ck_assert_int_eq(load(&d, LIBNC_FLOAT64), LIBNC_OK);
    libnc_dataset_destroy(d);
}
END_TEST

/* ---- paths and arguments ---- */

START_TEST(paths)
{
    make_small();
    write_file(labels_path, &labels);
    assert_refused(LIBNC_ERROR_FILE, inputs_path, "cannot be opened: No such file");
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "inputs_path = "));
    ck_assert_int_eq(mkdir(inputs_path, 0700), 0);
    assert_refused(LIBNC_ERROR_FILE, inputs_path, "must be a regular file");
    ck_assert_int_eq(rmdir(inputs_path), 0);
    ck_assert_int_eq(mkfifo(inputs_path, 0600), 0); /* no writer is waited for */
    assert_refused(LIBNC_ERROR_FILE, inputs_path, "must be a regular file");
    ck_assert_int_eq(remove(inputs_path), 0);
    write_file(inputs_path, &inputs);
    ck_assert_int_eq(remove(labels_path), 0);
    assert_refused(LIBNC_ERROR_FILE, labels_path, "cannot be opened");
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "labels_path = "));
}
END_TEST

START_TEST(wrong_arguments)
{
    libnc_dataset *d = NULL;
    const libnc_status argument = LIBNC_ERROR_ARGUMENT;
    make_small();
    write_both();
    ck_assert_int_eq(libnc_dataset_from_idx(&d, NULL, LIBNC_FLOAT64, inputs_path, labels_path),
                     argument);
    ck_assert_int_eq(libnc_dataset_from_idx(NULL, context, LIBNC_FLOAT64, inputs_path, labels_path),
                     argument);
    ck_assert_str_eq(libnc_context_error(context), "dataset = NULL: must be given");
    ck_assert_int_eq(libnc_dataset_from_idx(&d, context, LIBNC_FLOAT64, NULL, labels_path),
                     argument);
    ck_assert_str_eq(libnc_context_error(context), "inputs_path = NULL: must be a file name");
    ck_assert_int_eq(libnc_dataset_from_idx(&d, context, LIBNC_FLOAT64, inputs_path, NULL),
                     argument);
    ck_assert_str_eq(libnc_context_error(context), "labels_path = NULL: must be a file name");
    ck_assert_int_eq(load(&d, 0), argument);
    ck_assert_ptr_null(d);
}
END_TEST

/* ---- faults ---- */

static libnc_status scenario(libnc_context *made, void *argument)
{
    libnc_dataset *d = NULL;
    libnc_status status = libnc_dataset_from_idx(&d, made, LIBNC_FLOAT32, inputs_path, labels_path);
    ck_assert_int_eq(!d, status != LIBNC_OK);
    libnc_dataset_destroy(d);
    (void)argument;
    return status;
}

START_TEST(every_allocation_fails)
{
    make_small();
    put_header(&inputs, 0x08, 2, (const uint32_t[]){4, 10000}); /* grows twice */
    for (int i = 0; i < 40000; i++)
        put(&inputs, (uint64_t)(i % 251), 1);
    write_both();
    int64_t plain = faults_try_all(scenario, NULL);
    packed.size = 0;
    pack(&packed, inputs.data, inputs.size);
    write_file(inputs_path, &packed);
    packed.size = 0;
    pack(&packed, labels.data, labels.size);
    write_file(labels_path, &packed);
    ck_assert_int_gt(faults_try_all(scenario, NULL), plain + 1); /* zlib's own are among them */
}
END_TEST

/* ---- real data ---- */

START_TEST(mnist)
{
    const int64_t digits[10] = {980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009};
    const char *data = getenv("LIBNC_DATA");
    char images[512], digit_labels[512];
    snprintf(images, sizeof images, "%s/mnist/t10k-images-idx3-ubyte.gz",
             data ? data : "../shared/data");
    snprintf(digit_labels, sizeof digit_labels, "%s/mnist/t10k-labels-idx1-ubyte.gz",
             data ? data : "../shared/data");
    if (access(images, R_OK) != 0 || access(digit_labels, R_OK) != 0) {
        printf("SKIP idx: mnist: data from outside: no MNIST in %s\n",
               data ? data : "../shared/data");
        return;
    }
    libnc_dataset *d = NULL;
    ck_assert_int_eq(libnc_dataset_from_idx(&d, context, LIBNC_FLOAT32, images, digit_labels),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_dataset_count(d), 10000);
    ck_assert_int_eq(libnc_dataset_width(d), 784);
    ck_assert_mem_eq(libnc_classes_counts(libnc_dataset_classes(d)), digits, sizeof digits);
    const float *values = libnc_dataset_inputs(d);
    float smallest = 1, largest = 0;
    for (int64_t i = 0; i < 7840000; i++) {
        smallest = values[i] < smallest ? values[i] : smallest;
        largest = values[i] > largest ? values[i] : largest;
    }
    ck_assert_float_eq(smallest, 0);
    ck_assert_float_eq(largest, 1);
    ck_assert_int_eq(libnc_dataset_labels(d)[0], 7);
    libnc_dataset_destroy(d);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("idx");
    TCase *tests = add_case(suite, "idx", 60);
    tcase_add_checked_fixture(tests, setup_folder, teardown_folder);
    tcase_add_test(tests, plain_and_gzip);
    tcase_add_test(tests, gzip_members);
    tcase_add_test(tests, element_types);
    tcase_add_test(tests, larger_than_the_buffers);
    tcase_add_test(tests, truncated_at_every_byte);
    tcase_add_test(tests, texts_of_short_and_long_files);
    tcase_add_test(tests, flipped_bits_in_gzip);
    tcase_add_test(tests, lying_headers);
    tcase_add_test(tests, large_announcements);
    tcase_add_test(tests, bad_magic_numbers);
    tcase_add_test(tests, wrong_labels);
    tcase_add_test(tests, values_that_do_not_fit);
    tcase_add_test(tests, paths);
    tcase_add_test(tests, wrong_arguments);
    tcase_add_test(tests, every_allocation_fails);
    tcase_add_test(tests, mnist);
    return run_suite(suite);
}
