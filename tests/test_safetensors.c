/* SPDX-License-Identifier: MIT
 *
 * test_safetensors.c: safetensors files, and each way in which header and offsets can be wrong.
 */
#include "support/array_fixture.h"

static bytes file;

static void make(const char *header, const void *data, size_t size)
{
    file.size = 0;
    put_number(&file, strlen(header), 8);
    put_text(&file, header);
    put_bytes(&file, data, size);
}

static const unsigned char data[8] = {0x80, 0x3f, 0x20, 0xc0, 7, 0, 0, 0};

/* ---- what is read ---- */

START_TEST(two_tensors)
{
    double values[2];
    make("{\"b\":{\"dtype\":\"I32\",\"shape\":[1,1,1],\"data_offsets\":[4,8]}, \"__metadata__\" : {"
         "\"k\":\"\\u00e9 \\ud83d\\ude00 \\n\"} ,\n\"a\":{\"data_offsets\" : [ 0 , 4 ] , "
         "\"shape\" : [ 2 ] , \"dtype\" : \"BF16\" } }   ",
         data, 8);
    must(read_all(&file, "a", values, 2));
    ck_assert_double_eq(values[0], 1);
    ck_assert_double_eq(values[1], -2.5);
    must(read_all(&file, "b", values, 1));
    ck_assert_double_eq(values[0], 7);
    assert_no_prefix(&file, "a");
    libnc_array *array = NULL;
    must(nc__array_open_memory(&array, context, file.data, (int64_t)file.size, NULL));
    ck_assert_int_eq(libnc_array_format(array), LIBNC_ARRAY_SAFETENSORS);
    ck_assert_int_eq(libnc_array_member_count(array), 2);
    ck_assert_str_eq(libnc_array_member_name(array, 0), "b");
    ck_assert_str_eq(libnc_array_member_name(array, 1), "a");
    libnc_array_destroy(array);
}
END_TEST

START_TEST(escapes_in_names)
{
    libnc_array *array = NULL;
    make("{\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20ac\\ud83d\\ude00\":{\"dtype\":\"U8\","
         "\"shape\":[1],\"data_offsets\":[0,1]}}",
         data, 1);
    must(nc__array_open_memory(&array, context, file.data, (int64_t)file.size, NULL));
    ck_assert_str_eq(libnc_array_name(array), "\"\\/\b\f\n\r\tA\u00e9\u20ac\xf0\x9f\x98\x80");
    libnc_array_destroy(array);
}
END_TEST

/* A tensor of a type that is not read does not keep the others from being read. */
START_TEST(foreign_types)
{
    double value;
    make("{\"c\":{\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[0,8]},"
         "\"x\":{\"dtype\":\"I8\",\"shape\":[],\"data_offsets\":[8,9]}}",
         "12345678\376", 9);
    must(read_all(&file, "x", &value, 1));
    ck_assert_double_eq(value, -2);
    assert_refused(&file, "c", LIBNC_ERROR_UNSUPPORTED, "dtype \"C64\": must be BOOL, U8");
}
END_TEST

/* ---- what is refused ---- */

#define TENSOR(dtype, shape, begin, end)                                                           \
    "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" begin "," end "]}"

START_TEST(wrong_headers)
{
    const libnc_status format = LIBNC_ERROR_FORMAT;
    static const struct {
        const char *header, *part;
    } cases[] = {
        {"{ ", "the header ends: expected a tensor's name"},
        {"{,}", "offset 9: ',': expected a tensor's name"},
        {"{}x", "'x': expected nothing but spaces after the header"},
        {"{\"a\"}", "'}': expected ':' after the name"},
        {"{\"a\":3}", "'3': expected '{', the start of a tensor's description"},
        {"{\"a\":[[[[[[", "'[': expected '{'"},
        {"{\"a\":{}}", "member \"a\": offset 14: '}': expected a key, dtype"},
        {"{\"a\":null}", "'n': expected '{'"},
        {"{\"a\":{\"x\":1}}", "the key \"x\": must be dtype, shape or data_offsets"},
        {"{\"a\":{\"dtype\":1}}", "'1': expected a dtype, a string"},
        {"{\"a\":{\"dtype\" \"F32\"}}", "expected ':' after the key"},
        {"{\"a\":{\"shape\":3}}", "'3': expected '[', the start of the shape"},
        {"{\"a\":{\"shape\":[1,]}}", "']': expected a size of the shape"},
        {"{\"a\":{\"shape\":[-1]}}", "'-': expected a size of the shape"},
        {"{\"a\":{\"shape\":[1.5]}}", "'.': expected a whole number without fraction"},
        {"{\"a\":{\"shape\":[1e3]}}", "'e': expected a whole number without fraction"},
        {"{\"a\":{\"shape\":[01]}}", "a number begins with 0"},
        {"{\"a\":{\"shape\":[9223372036854775808]}}", "a number is above 2^63 - 1"},
        {"{\"a\":{\"shape\":[1 2]}}", "'2': expected ',' or ']' in the shape"},
        {"{\"a\":{\"data_offsets\":[1]}}", "']': expected data_offsets, [begin, end]"},
        {"{\"a\":{\"data_offsets\":[1,2,3]}}", "',': expected data_offsets, [begin, end]"},
        {"{\"a\":{\"data_offsets\":{}}}", "'{': expected data_offsets"},
        {"{\"a\":{\"data_offsets\":[\"1\",2]}}", "'\"': expected data_offsets"},
        {"{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}", "the key \"dtype\" occurs twice"},
        {"{\"a\":{\"dtype\":\"U8\"}}", "the tensor has no shape"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[]}}", "the tensor has no data_offsets"},
        {"{\"a\":{\"shape\":[],\"data_offsets\":[0,1]}}", "the tensor has no dtype"},
        {"{\"a\":{\"dtype\":\"U8\"\"shape\":[]}}", "expected ',' or '}' in a tensor's description"},
        {"{\"a\":" TENSOR("U8", "[8]", "8", "0") "}", "data_offsets [8, 0]: begin is above end"},
        {"{\"a\":" TENSOR("F32", "[1]", "0", "8") "}",
         "data_offsets [0, 8] hold 8 bytes: shape and dtype take 4"},
        {"{\"a\":" TENSOR("F64", "[2305843009213693952]", "0", "8") "}",
         "the sizes of the shape have a product above 2^63 - 1 bytes"},
        {"{\"a\":" TENSOR("U8", "[7]", "1", "8") "}", "data_offsets [1, 8]: a hole"},
        {"{\"a\":" TENSOR("U8", "[4]", "0", "4") ",\"b\":" TENSOR("U8", "[3]", "5", "8") "}",
         "tensor \"b\" has data_offsets [5, 8]: a hole: the tensors before it end at 4"},
        {"{\"a\":" TENSOR("U8", "[4]", "0", "4") ",\"b\":" TENSOR("U8", "[5]", "3", "8") "}",
         "tensor \"b\" has data_offsets [3, 8]: an overlap"},
        {"{\"a\":" TENSOR("U8", "[8]", "0", "8") ",\"b\":" TENSOR("U8", "[8]", "0", "8") "}",
         "an overlap"},
        {"{\"a\":" TENSOR("U8", "[7]", "0", "7") "}",
         "more bytes follow: the tensors take 7 bytes, and 8 follow the header"},
        {"{\"a\":" TENSOR("U8", "[9]", "0", "9") "}", "the file ends too early"},
        /* the largest offsets: nothing is added to them */
        {"{\"a\":" TENSOR("C64", "[]", "0", "9223372036854775807") "}",
         "the file ends too early: tensor \"a\" ends at 9223372036854775807, and 8 bytes follow"},
        {"{\"a\":" TENSOR("C64", "[]", "0", "9223372036854775807") ",\"b\":" TENSOR("U8", "[1]",
                                                                                    "0", "1") "}",
         "tensor \"a\" has data_offsets [0, 9223372036854775807]: an overlap"},
        {"{\"a\":" TENSOR("C64", "[]", "0", "8") ",\"b\":" TENSOR(
             "C64", "[]", "9223372036854775807", "9223372036854775807") "}",
         "tensor \"b\" has data_offsets [9223372036854775807, 9223372036854775807]: a hole"},
        {"{}", "more bytes follow: the tensors take 0 bytes"},
        {"{\"a\":" TENSOR("U8", "[4]", "0", "4") ",\"a\":" TENSOR("U8", "[4]", "4", "8") "}",
         "the name \"a\" occurs twice"},
        {"{\"a\":" TENSOR("U8", "[8]", "0", "8") ",}", "'}': expected a tensor's name"},
        {"{\"a\":" TENSOR("U8", "[8]", "0", "8") " \"b\"}", "expected ',' or '}' in the header"},
        {"{\"__metadata__\":3}", "'3': expected '{', the start of __metadata__"},
        {"{\"__metadata__\":{\"a\":3}}", "'3': expected a string: __metadata__ has nothing else"},
        {"{\"__metadata__\":{\"a\":{\"b\":\"c\"}}}", "'{': expected a string: __metadata__"},
        {"{\"__metadata__\":{3:\"a\"}}", "'3': expected a key of __metadata__"},
        {"{\"__metadata__\":{\"a\" \"b\"}}", "expected ':' after the key"},
        {"{\"__metadata__\":{\"a\":\"b\" \"c\"}}", "expected ',' or '}' in __metadata__"},
        {"{\"__metadata__\":{},\"__metadata__\":{}}", "__metadata__ occurs twice"},
        {"{\"a", "the header ends: expected the closing quote"},
        {"{\"\\x\":1}", "'x': expected an escape"},
        {"{\"\\", "the header ends: expected an escape"},
        {"{\"\\u12g4\":1}", "'g': expected a hexadecimal digit"},
        {"{\"\\u0000\":1}", "expected no character U+0000"},
        {"{\"\\ud800\":1}", "expected both halves of a surrogate pair"},
        {"{\"\\udc00\":1}", "expected both halves of a surrogate pair"},
        {"{\"\\ud800\\u0041\":1}", "expected both halves of a surrogate pair"},
        {"{\"a\nb\":1}", "byte 0x0a: expected no control character"},
        {"{\"\xff\":1}", "offset 10: this string is not UTF-8"},
        {"{\"\xc0\x80\":1}", "this string is not UTF-8"},
        {"{\"\xed\xa0\x80\":1}", "this string is not UTF-8"},
        {"{\"\xe2\x82\":1}", "this string is not UTF-8"},
        {"{\"\xf4\x90\x80\x80\":1}", "this string is not UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make(cases[i].header, data, 8);
        assert_refused(&file, "a", format, cases[i].part);
    }
    make("{\"a\":" TENSOR("BOOL", "[8]", "0", "8") "}", data, 8);
    assert_refused(&file, "a", format, "row 0, column 0: bool value 128: must be 0 or 1");
}
END_TEST

START_TEST(wrong_lengths)
{
    make("{}", "", 0);
    libnc_array *array = NULL;
    must(nc__array_open_memory(&array, context, file.data, (int64_t)file.size, NULL));
    ck_assert_int_eq(libnc_array_member_count(array), 0);
    libnc_array_destroy(array);
    nc__put_little_endian(file.data, 3, 8);
    assert_refused(&file, NULL, LIBNC_ERROR_FORMAT, "a header of 3 bytes: the file has 2 more");
    nc__put_little_endian(file.data, 1, 8);
    assert_refused(&file, NULL, LIBNC_ERROR_FORMAT, "the header ends: expected a tensor's name");
    nc__put_little_endian(file.data, 0, 8);
    assert_refused(&file, NULL, LIBNC_ERROR_FORMAT, "the header ends: expected '{'");
    nc__put_little_endian(file.data, 100000001, 8);
    assert_refused(&file, NULL, LIBNC_ERROR_FORMAT, "100000001 bytes: must be at most 100000000");
    nc__put_little_endian(file.data, UINT64_MAX, 8);
    assert_refused(&file, NULL, LIBNC_ERROR_FORMAT, "18446744073709551615 bytes: must be at most");
    file.data[8] = '[';
    assert_refused(&file, NULL, LIBNC_ERROR_FORMAT, "no npy, npz, safetensors, IDX or CIFAR file");
}
END_TEST

START_TEST(many_dimensions)
{
    char header[512] = "{\"a\":{\"dtype\":\"U8\",\"shape\":[1";
    for (int i = 1; i < 64; i++)
        strcat(header, ",1");
    char more[600];
    snprintf(more, sizeof more, "%s],\"data_offsets\":[0,1]}}", header);
    double value;
    make(more, "\5", 1);
    must(read_all(&file, "a", &value, 1));
    ck_assert_double_eq(value, 5);
    snprintf(more, sizeof more, "%s,1],\"data_offsets\":[0,1]}}", header);
    make(more, "\5", 1);
    assert_refused(&file, "a", LIBNC_ERROR_UNSUPPORTED, "the shape has more than 64 dimensions");
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, two_tensors);
    tcase_add_test(tests, escapes_in_names);
    tcase_add_test(tests, foreign_types);
    tcase_add_test(tests, wrong_headers);
    tcase_add_test(tests, wrong_lengths);
    tcase_add_test(tests, many_dimensions);
}

int main(void)
{
    return run_array_suite("safetensors", add);
}
