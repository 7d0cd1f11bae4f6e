/* SPDX-License-Identifier: MIT
 *
 * test_cifar.c: CIFAR-10 and CIFAR-100 binaries, and IDX files opened as arrays: the formats that
 * tell little of themselves.
 */
#include "support/array_fixture.h"

enum { PIXELS = 3072 };

static bytes file;

/* Records of one label, or two; pixel j of record i is (i + j) mod 256. */
static void make(int records, int labels)
{
    file.size = 0;
    for (int i = 0; i < records; i++) {
        if (labels == 2)
            put_number(&file, (uint64_t)(i % 20), 1);
        put_number(&file, (uint64_t)(labels == 2 ? (99 - i) % 100 : i % 10), 1);
        for (int j = 0; j < PIXELS; j++)
            put_number(&file, (uint64_t)((i + j) % 256), 1);
    }
}

static void check_labels(const char *member, int records, int first, int step, int limit)
{
    int32_t labels[20];
    libnc_array *array = NULL;
    must(nc__array_open_memory(&array, context, file.data, (int64_t)file.size, member));
    ck_assert_int_eq(libnc_array_rows(array), records);
    ck_assert_int_eq(libnc_array_cols(array), 1);
    must(
        libnc_array_read_integers(array, 0, records, LIBNC_ELEMENT_INT32, labels, (size_t)records));
    for (int i = 0; i < records; i++)
        ck_assert_int_eq(labels[i], (first + step * i) % limit);
    ck_assert_ptr_null(libnc_array_view(array));
    libnc_array_destroy(array);
}

static void check_pixels(int records)
{
    static float pixels[20 * PIXELS];
    libnc_array *array = NULL;
    must(nc__array_open_memory(&array, context, file.data, (int64_t)file.size, "data"));
    ck_assert_int_eq(libnc_array_rows(array), records);
    ck_assert_int_eq(libnc_array_cols(array), PIXELS);
    ck_assert_int_eq(libnc_array_dimensions(array), 4);
    ck_assert_int_eq(libnc_array_dimension(array, 1), 3);
    ck_assert_int_eq(libnc_array_dimension(array, 3), 32);
    ck_assert_int_eq(libnc_array_format(array), LIBNC_ARRAY_CIFAR);
    for (int begin = 0; begin < records; begin += 3) {
        const int count = records - begin;
        must(libnc_array_read(array, begin, count, LIBNC_FLOAT32, pixels, (size_t)count * PIXELS));
        for (int i = 0; i < count; i++)
            for (int j = 0; j < PIXELS; j++)
                if (pixels[i * PIXELS + j] != (float)((begin + i + j) % 256))
                    ck_abort_msg("record %d, pixel %d", begin + i, j);
    }
    libnc_array_destroy(array);
}

START_TEST(both_data_sets)
{
    make(20, 1);
    check_labels("labels", 20, 0, 1, 10);
    check_pixels(20);
    make(20, 2);
    check_labels("coarse_labels", 20, 0, 1, 20);
    check_labels("fine_labels", 20, 99, -1, 100);
    check_pixels(20);
}
END_TEST

/* Images keep their shape. */
START_TEST(a_dataset_of_images)
{
    libnc_array *inputs = NULL, *labels = NULL;
    libnc_dataset *dataset;
    int64_t channels, height, width;
    make(20, 1);
    must(nc__array_open_memory(&inputs, context, file.data, (int64_t)file.size, "data"));
    must(nc__array_open_memory(&labels, context, file.data, (int64_t)file.size, "labels"));
    must(libnc_dataset_from_arrays(&dataset, context, LIBNC_FLOAT32, inputs, labels));
    must(libnc_dataset_shape(dataset, &channels, &height, &width));
    ck_assert(channels == 3 && height == 32 && width == 32);
    libnc_dataset_destroy(dataset);
    libnc_array_destroy(labels);
    libnc_array_destroy(inputs);
}
END_TEST

START_TEST(wrong_records)
{
    make(2, 1);
    file.data[3073] = 10;
    assert_refused(
        &file, "labels", LIBNC_ERROR_FORMAT,
        "offset 3073: labels 10 of record 1: records of 3073 bytes have labels below 10");
    make(2, 2);
    file.data[3074] = 20;
    assert_refused(&file, "data", LIBNC_ERROR_FORMAT, "offset 3074: coarse_labels 20 of record 1");
    make(2, 2);
    file.data[3075] = 100;
    assert_refused(&file, "data", LIBNC_ERROR_FORMAT, "offset 3075: fine_labels 100 of record 1");
    make(1, 1);
    assert_no_prefix(&file, "data");
    make(1, 1);
    put_number(&file, 0, 1); /* a record of CIFAR-100, then, whose coarse label is 0 */
    double values[PIXELS];
    must(read_all(&file, "data", values, PIXELS));
    put_number(&file, 0, 1);
    assert_refused(&file, "data", LIBNC_ERROR_FORMAT, "3075 bytes in all: no npy");
    make(1, 1);
    ck_assert_int_eq(read_all(&file, "fine_labels", values, 1), LIBNC_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "has 2: data, labels"));
}
END_TEST

/* ---- IDX ---- */

static void make_idx(int type, int dimensions, const uint32_t *sizes)
{
    file.size = 0;
    put_number(&file, 0, 2);
    put_number(&file, (uint64_t)type, 1);
    put_number(&file, (uint64_t)dimensions, 1);
    for (int i = 0; i < dimensions; i++) {
        unsigned char word[4];
        nc__put_big_endian(word, sizes[i], 4);
        put_bytes(&file, word, 4);
    }
}

static bytes packed;

static void pack(void)
{
    z_stream z = {0};
    ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = file.data;
    z.avail_in = (uInt)file.size;
    z.next_out = packed.data;
    z.avail_out = MOST_BYTES;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    packed.size = z.total_out;
    deflateEnd(&z);
}

START_TEST(idx)
{
    const unsigned char values[12] = {0, 1, 0xff, 0xfe, 0x7f, 0xff, 0x80, 0, 0, 0, 1, 0};
    const double expected[6] = {1, -2, 32767, -32768, 0, 256};
    double got[6];
    make_idx(0x0B, 3, (const uint32_t[]){2, 3, 1});
    put_bytes(&file, values, 12);
    must(read_all(&file, NULL, got, 6));
    ck_assert_mem_eq(got, expected, sizeof got);
    assert_no_prefix(&file, NULL);
    pack();
    must(read_all(&packed, NULL, got, 6));
    ck_assert_mem_eq(got, expected, sizeof got);
    assert_no_prefix(&packed, NULL);
}
END_TEST

START_TEST(wrong_idx)
{
    make_idx(8, 2, (const uint32_t[]){2, 3});
    put_text(&file, "12345");
    assert_refused(&file, NULL, LIBNC_ERROR_FORMAT, "offset 17: the content ends too early");
    pack();
    assert_refused(&packed, NULL, LIBNC_ERROR_FORMAT, "offset 17: the content ends too early");
    put_text(&file, "67");
    assert_refused(&file, NULL, LIBNC_ERROR_FORMAT, "offset 18: more content follows");
    pack();
    assert_refused(&packed, NULL, LIBNC_ERROR_FORMAT, "offset 18: more content follows");
    packed.data[packed.size / 2] ^= 0x40;
    assert_refused(&packed, NULL, LIBNC_ERROR_FORMAT, "offset");
    make_idx(8, 2, (const uint32_t[]){2, 0});
    assert_refused(&file, NULL, LIBNC_ERROR_FORMAT, "dimension 1 = 0: must be from 1");
    make_idx(8, 3, (const uint32_t[]){2, 65536, 65536});
    assert_refused(&file, NULL, LIBNC_ERROR_FORMAT, "have the product 4294967296");
    static uint32_t ones[65];
    for (int i = 0; i < 65; i++)
        ones[i] = 1;
    make_idx(8, 65, ones);
    put_number(&file, 1, 1);
    assert_refused(&file, NULL, LIBNC_ERROR_UNSUPPORTED, "65 dimensions: at most 64 are read");
    make_idx(0x0D, 1, (const uint32_t[]){INT32_MAX});
    assert_refused(&file, NULL, LIBNC_ERROR_FORMAT, "the content ends too early");
}
END_TEST

/* A CIFAR-10 file whose first bytes could be those of IDX, and an IDX file of a CIFAR file's size.
 */
START_TEST(lookalikes)
{
    double values[PIXELS];
    make(1, 1);
    file.data[0] = file.data[1] = 0;
    file.data[2] = 8;
    file.data[3] = 1;
    must(read_all(&file, "data", values, PIXELS));
    make_idx(8, 1, (const uint32_t[]){PIXELS + 1 - 8});
    while (file.size < PIXELS + 1)
        put_number(&file, 77, 1);
    must(read_all(&file, NULL, values, PIXELS));
    ck_assert_double_eq(values[0], 77);
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, both_data_sets);
    tcase_add_test(tests, a_dataset_of_images);
    tcase_add_test(tests, wrong_records);
    tcase_add_test(tests, idx);
    tcase_add_test(tests, wrong_idx);
    tcase_add_test(tests, lookalikes);
}

int main(void)
{
    return run_array_suite("cifar", add);
}
