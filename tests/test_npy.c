/* SPDX-License-Identifier: MIT
 *
 * test_npy.c: npy files: every type, both orders, and each way in which a header can be wrong.
 */
#include "support/array_fixture.h"

static bytes file;

static void make(int version, const char *header, const void *data, size_t size)
{
    file.size = 0;
    put_npy(&file, version, header, data, size);
}

/* ---- what is read ---- */

START_TEST(every_type)
{
    static const struct {
        const char *code;
        unsigned char bytes[16];
        size_t size;
        int32_t element;
        double values[2];
    } cases[] = {
        {"|b1", {1, 0}, 2, LIBNC_ELEMENT_BOOL, {1, 0}},
        {"|i1", {0x80, 0x7f}, 2, LIBNC_ELEMENT_INT8, {-128, 127}},
        {"|u1", {0x80, 0xff}, 2, LIBNC_ELEMENT_UINT8, {128, 255}},
        {"<i2", {0xfe, 0xff, 0, 0x80}, 4, LIBNC_ELEMENT_INT16, {-2, -32768}},
        {">i2", {0xff, 0xfe, 0x80, 0}, 4, LIBNC_ELEMENT_INT16, {-2, -32768}},
        {"<u2", {1, 2, 0xff, 0xff}, 4, LIBNC_ELEMENT_UINT16, {513, 65535}},
        {"<i4", {0xfd, 0xff, 0xff, 0xff, 4}, 8, LIBNC_ELEMENT_INT32, {-3, 4}},
        {">u4", {0xff, 0xff, 0xff, 0xff, 0, 0, 1, 0}, 8, LIBNC_ELEMENT_UINT32, {4294967295.0, 256}},
        {"<i8",
         {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 7},
         16,
         LIBNC_ELEMENT_INT64,
         {-1, 7}},
        {"<u8",
         {0, 0, 0, 0, 0, 0, 0, 0x80, 9},
         16,
         LIBNC_ELEMENT_UINT64,
         {9223372036854775808.0, 9}},
        {"<f2", {0, 0x3c, 1, 0}, 4, LIBNC_ELEMENT_FLOAT16, {1, 0x1p-24}},
        {">f2", {0xfb, 0xff, 0x7c, 0}, 4, LIBNC_ELEMENT_FLOAT16, {-65504, (double)INFINITY}},
        {"<f4", {0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0}, 8, LIBNC_ELEMENT_FLOAT32, {1, -2.5}},
        {">f4", {0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0}, 8, LIBNC_ELEMENT_FLOAT32, {1, -2.5}},
        {"<f8", {0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 1}, 16, LIBNC_ELEMENT_FLOAT64, {1, 0x1p-1074}},
        {">f8", {0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xbf, 0xe0}, 16, LIBNC_ELEMENT_FLOAT64, {1, -0.5}},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (int version = 1; version <= 3; version++) {
            char header[128];
            double values[2];
            libnc_array *array = NULL;
            snprintf(header, sizeof header,
                     "{'descr': '%s', 'fortran_order': False, 'shape': (2,), }   \n",
                     cases[c].code);
            make(version, header, cases[c].bytes, cases[c].size);
            must(nc__array_open_memory(&array, context, file.data, (int64_t)file.size, NULL));
            ck_assert_int_eq(libnc_array_element(array), cases[c].element);
            ck_assert_int_eq(libnc_array_format(array), LIBNC_ARRAY_NPY);
            ck_assert_int_eq(libnc_array_rows(array), 2);
            ck_assert_int_eq(libnc_array_cols(array), 1);
            must(libnc_array_read(array, 0, 2, LIBNC_FLOAT64, values, 2));
            ck_assert_mem_eq(values, cases[c].values, sizeof values);
            libnc_array_destroy(array);
            assert_no_prefix(&file, NULL);
        }
}
END_TEST

/* Keys in any order, either quotes, sizes as Python 2 wrote them, any spaces. */
START_TEST(ways_to_write_a_header)
{
    static const char *const headers[] = {
        "{'shape':(2,3),'fortran_order':False,'descr':'|u1'}\n",
        "{\"descr\": \"|u1\", \"fortran_order\": False, \"shape\": (2L, 3L), }\n",
        "  { 'shape' : ( 2 , 3 , ) , 'descr' : '=u1' , 'fortran_order' : False }  \n",
        "{'descr': '<u1', 'fortran_order': False, 'shape': (2, 3)}\n",
    };
    const unsigned char data[6] = {1, 2, 3, 4, 5, 6};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        double values[6];
        make(1 + (int)i % 3, headers[i], data, 6);
        must(read_all(&file, NULL, values, 6));
        for (int j = 0; j < 6; j++)
            ck_assert_double_eq(values[j], j + 1);
    }
}
END_TEST

/* Fortran order of 2 x 3 x 4: the first dimension fastest; rows flatten the others as C does. */
START_TEST(fortran_order)
{
    unsigned char data[24];
    double values[24];
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < 4; k++)
                data[i + 2 * (j + 3 * k)] = (unsigned char)(100 * i + 10 * j + k);
    make(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 4)}\n", data, 24);
    must(read_all(&file, NULL, values, 24));
    for (int i = 0; i < 24; i++)
        ck_assert_double_eq(values[i], 100 * (i / 12) + 10 * (i / 4 % 3) + i % 4);
}
END_TEST

START_TEST(shapes)
{
    static const struct {
        const char *shape;
        int32_t dimensions;
        int64_t rows, cols;
    } cases[] = {{"()", 0, 1, 1},
                 {"(1,)", 1, 1, 1},
                 {"(0,)", 1, 0, 1},
                 {"(0, 7)", 2, 0, 7},
                 {"(7, 0)", 2, 7, 0},
                 {"(1, 1, 1, 1)", 4, 1, 1},
                 {"(0, 9223372036854775807)", 2, 0, INT64_MAX}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char header[128];
        libnc_array *array = NULL;
        snprintf(header, sizeof header, "{'descr': '|u1', 'fortran_order': True, 'shape': %s}\n",
                 cases[i].shape);
        make(1, header, "x", cases[i].rows * (cases[i].rows ? cases[i].cols : 0) > 0);
        must(nc__array_open_memory(&array, context, file.data, (int64_t)file.size, NULL));
        ck_assert_int_eq(libnc_array_dimensions(array), cases[i].dimensions);
        ck_assert_int_eq(libnc_array_rows(array), cases[i].rows);
        ck_assert_int_eq(libnc_array_cols(array), cases[i].cols);
        must(libnc_array_read(array, 0, 0, LIBNC_FLOAT64, &(double){0}, 0));
        libnc_array_destroy(array);
    }
}
END_TEST

/* bfloat16 under the names that NumPy has for it. */
START_TEST(meaning_of_bytes)
{
    static const char *const codes[] = {"<u2", "|V2", "<V2"};
    const unsigned char data[4] = {0x80, 0x3f, 0x20, 0xc0};
    for (int i = 0; i < 3; i++) {
        char header[128];
        double values[2];
        libnc_array *array = NULL;
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (2,)}\n",
                 codes[i]);
        make(1, header, data, 4);
        must(nc__array_open_memory(&array, context, file.data, (int64_t)file.size, NULL));
        if (i > 0) {
            ck_assert_int_eq(libnc_array_element(array), 0);
            ck_assert_int_eq(libnc_array_read(array, 0, 2, LIBNC_FLOAT64, values, 2),
                             LIBNC_ERROR_STATE);
        }
        must(libnc_array_set_element(array, LIBNC_ELEMENT_BFLOAT16));
        must(libnc_array_read(array, 0, 2, LIBNC_FLOAT64, values, 2));
        ck_assert_double_eq(values[0], 1);
        ck_assert_double_eq(values[1], -2.5);
        libnc_array_destroy(array);
    }
}
END_TEST

/* ---- what is refused ---- */

START_TEST(wrong_headers)
{
    const libnc_status format = LIBNC_ERROR_FORMAT, unsupported = LIBNC_ERROR_UNSUPPORTED;
    static char deep[512] = "{'descr': '|u1', 'fortran_order': False, 'shape': (";
    while (strlen(deep) < 300)
        strcat(deep, "1, ");
    strcat(deep, ")}\n");
    const struct {
        const char *header;
        libnc_status status;
        const char *part;
    } cases[] = {
        {"", format, "offset 10: the header ends: expected '{'"},
        {"[]\n", format, "offset 10: '[': expected '{'"},
        {"{", format, "the header ends: expected a key, or '}'"},
        {"{}\n", format, "the header has no descr"},
        {"{'descr': '|u1'}\n", format, "the header has no fortran_order"},
        {"{'descr': '|u1', 'fortran_order': False}\n", format, "the header has no shape"},
        {"{'descr': '|u1', 'descr': '|u1'}\n", format, "offset 27: the key 'descr' occurs twice"},
        {"{'color': 1}\n", format, "offset 11: the key 'color': must be descr, fortran_order or"},
        {"{descr: '|u1'}\n", format, "'d': expected a key, or '}'"},
        {"{'descr' '|u1'}\n", format, "offset 19: ''': expected ':' after the key"},
        {"{'descr': '|u1' 'shape': ()}\n", format, "offset 26: ''': expected ',' or '}'"},
        {"{'descr: 1}\n", format, "a string of ASCII characters without escapes"},
        {"{'de\\x41': 1}\n", format, "'\\': expected a string of ASCII characters"},
        {"{'d\xc3\xa9s': 1}\n", format, "byte 0xc3: expected a string of ASCII characters"},
        {"{'descr': 3}\n", format, "'3': expected descr, a string"},
        {"{'descr': ''}\n", format, "descr '': must begin with a byte order"},
        {"{'descr': 'f4'}\n", format, "descr 'f4': must begin with a byte order"},
        {"{'descr': '<f3'}\n", unsupported, "descr '<f3': must be b1, i1"},
        {"{'descr': '<q9'}\n", format, "descr '<q9': must be b1, i1"},
        {"{'descr': '<'}\n", format, "descr '<': must be b1, i1"},
        {"{'descr': '<c16'}\n", unsupported, "descr '<c16': must be b1, i1"},
        {"{'descr': '<U5'}\n", unsupported, "descr '<U5': must be b1, i1"},
        {"{'descr': '|O'}\n", unsupported, "descr '|O': Python objects are not read"},
        {"{'descr': [('a', '<f4')]}\n", unsupported, "offset 20: descr: structured types"},
        {"{'descr': '|f4'}\n", format, "descr '|f4': elements of 4 bytes have a byte order"},
        {"{'fortran_order': 1}\n", format, "'1': expected fortran_order, True or False"},
        {"{'fortran_order': false}\n", format, "'f': expected fortran_order"},
        {"{'shape': 3}\n", format, "'3': expected the shape, a tuple"},
        {"{'shape': [3]}\n", format, "'[': expected the shape, a tuple"},
        {"{'shape': (3)}\n", format, "')': expected ',' after the first size"},
        {"{'shape': (3 4)}\n", format, "'4': expected ',' after the first size"},
        {"{'shape': (3, 4 5)}\n", format, "'5': expected ',' or ')'"},
        {"{'shape': (-3,)}\n", format, "offset 21: '-': expected a size of the shape"},
        {"{'shape': (3.0,)}\n", format, "'.': expected ',' after"},
        {"{'shape': (03,)}\n", format, "offset 21: a size of the shape begins with 0"},
        {"{'shape': (,)}\n", format, "',': expected a size"},
        {"{'shape': (9223372036854775808,)}\n", format, "a size of the shape is above 2^63 - 1"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (1152921504606846976,)}\n", format,
         "the sizes of the shape have a product above 2^63 - 1 bytes"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296)}\n", format,
         "a product above 2^63 - 1 bytes"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (3,)}", format,
         "the header ends: expected spaces and a newline"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (3,)} x\n", format,
         "'x': expected spaces and a newline"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (3,)}\n\n", format,
         "byte 0x0a: expected spaces and a newline"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (4,)}\n", format,
         "3 bytes follow the header: 4 x 1 elements of 1 bytes take 4"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (2,)}\n", format,
         "3 bytes follow the header: 2 x 1 elements of 1 bytes take 2"},
        {"{'descr': '|b1', 'fortran_order': False, 'shape': (3,)}\n", format,
         "row 1, column 0: bool value 2: must be 0 or 1"},
        {deep, unsupported, "the shape has more than 64 dimensions"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make(1, cases[i].header, "\1\2\3", 3);
        assert_refused(&file, NULL, cases[i].status, cases[i].part);
    }
}
END_TEST

START_TEST(wrong_prefixes)
{
    const char *const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1,)}\n";
    make(1, header, "x", 1);
    file.data[6] = 4;
    assert_refused(&file, NULL, LIBNC_ERROR_FORMAT, "offset 6: version 4.0: must be 1.0, 2.0 or");
    file.data[6] = 0;
    assert_refused(&file, NULL, LIBNC_ERROR_FORMAT, "offset 6: version 0.0");
    make(1, header, "x", 1);
    file.data[7] = 1;
    assert_refused(&file, NULL, LIBNC_ERROR_FORMAT, "offset 6: version 1.1");
    make(1, header, "x", 1);
    file.data[0] = 'x';
    assert_refused(&file, NULL, LIBNC_ERROR_FORMAT, "no npy, npz, safetensors, IDX or CIFAR file");
    make(1, header, "x", 1);
    file.data[9] = 255;
    assert_refused(&file, NULL, LIBNC_ERROR_FORMAT, "the content ends within the header");
    make(2, header, "x", 1);
    file.data[11] = 255;
    assert_refused(&file, NULL, LIBNC_ERROR_FORMAT, "bytes: must be at most 65536");
    file.size = 0;
    assert_refused(&file, NULL, LIBNC_ERROR_FORMAT, "00000000 and 0 bytes in all");
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, every_type);
    tcase_add_test(tests, ways_to_write_a_header);
    tcase_add_test(tests, fortran_order);
    tcase_add_test(tests, shapes);
    tcase_add_test(tests, meaning_of_bytes);
    tcase_add_test(tests, wrong_headers);
    tcase_add_test(tests, wrong_prefixes);
}

int main(void)
{
    return run_array_suite("npy", add);
}
