/* SPDX-License-Identifier: MIT
 *
 * test_npz.c: npz archives, built byte by byte here, and each way in which a zip file can be wrong.
 */
#include "support/array_fixture.h"

static const char header_text[] = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3)}\n";
static const unsigned char elements[6] = {9, 8, 7, 6, 5, 4};

/* One member of an archive in the making, and where its parts are. */
typedef struct member {
    const char *name;
    int method, flags;
    bool zip64, descriptor_signature;
    const bytes *content;
    uint32_t crc;
    size_t local, data, packed; /* offsets, and the packed size */
} member;

static bytes npy, file;
static size_t central, end; /* offsets in `file` */

static void make_npy(void)
{
    npy.size = 0;
    put_npy(&npy, 1, header_text, elements, 6);
}

enum { DESCRIPTOR = 1 << 3 };

static void put_local(member *m)
{
    static bytes packed;
    packed.size = 0;
    m->crc = (uint32_t)crc32(0, m->content->data, (uInt)m->content->size);
    if (m->method == 8)
        put_deflated(&packed, m->content->data, m->content->size);
    else
        put_bytes(&packed, m->content->data, m->content->size);
    m->packed = packed.size;
    m->local = file.size;
    const bool later = m->flags & DESCRIPTOR;
    put_text(&file, "PK\3\4");
    put_number(&file, 20, 2);
    put_number(&file, (uint64_t)m->flags, 2);
    put_number(&file, (uint64_t)m->method, 2);
    put_number(&file, 0, 4);
    put_number(&file, later ? 0 : m->crc, 4);
    put_number(&file, later ? 0 : m->zip64 ? UINT32_MAX : m->packed, 4);
    put_number(&file, later ? 0 : m->zip64 ? UINT32_MAX : m->content->size, 4);
    put_number(&file, strlen(m->name), 2);
    put_number(&file, m->zip64 ? 20 : 0, 2);
    put_text(&file, m->name);
    if (m->zip64) {
        put_number(&file, 1, 2);
        put_number(&file, 16, 2);
        put_number(&file, m->content->size, 8);
        put_number(&file, m->packed, 8);
    }
    m->data = file.size;
    put_bytes(&file, packed.data, packed.size);
    if (later) {
        if (m->descriptor_signature)
            put_text(&file, "PK\7\10");
        put_number(&file, m->crc, 4);
        put_number(&file, m->packed, m->zip64 ? 8 : 4);
        put_number(&file, m->content->size, m->zip64 ? 8 : 4);
    }
}

static void put_central(const member *m)
{
    put_text(&file, "PK\1\2");
    put_number(&file, 20, 2);
    put_number(&file, 20, 2);
    put_number(&file, (uint64_t)m->flags, 2);
    put_number(&file, (uint64_t)m->method, 2);
    put_number(&file, 0, 4);
    put_number(&file, m->crc, 4);
    put_number(&file, m->zip64 ? UINT32_MAX : m->packed, 4);
    put_number(&file, m->zip64 ? UINT32_MAX : m->content->size, 4);
    put_number(&file, strlen(m->name), 2);
    put_number(&file, m->zip64 ? 28 : 0, 2);
    put_number(&file, 0, 2 + 2 + 2);
    put_number(&file, 0, 4);
    put_number(&file, m->zip64 ? UINT32_MAX : m->local, 4);
    put_text(&file, m->name);
    if (m->zip64) {
        put_number(&file, 1, 2);
        put_number(&file, 24, 2);
        put_number(&file, m->content->size, 8);
        put_number(&file, m->packed, 8);
        put_number(&file, m->local, 8);
    }
}

static void put_end(size_t count, bool zip64)
{
    const size_t size = file.size - central;
    if (zip64) {
        const size_t at = file.size;
        put_text(&file, "PK\6\6");
        put_number(&file, 44, 8);
        put_number(&file, 45 << 16 | 45, 4);
        put_number(&file, 0, 8);
        put_number(&file, count, 8);
        put_number(&file, count, 8);
        put_number(&file, size, 8);
        put_number(&file, central, 8);
        put_text(&file, "PK\6\7");
        put_number(&file, 0, 4);
        put_number(&file, at, 8);
        put_number(&file, 1, 4);
    }
    end = file.size;
    put_text(&file, "PK\5\6");
    put_number(&file, 0, 4);
    put_number(&file, zip64 ? 0xffff : count, 2);
    put_number(&file, zip64 ? 0xffff : count, 2);
    put_number(&file, zip64 ? UINT32_MAX : size, 4);
    put_number(&file, zip64 ? UINT32_MAX : central, 4);
    put_number(&file, 0, 2);
}

static void make_archive(member *members, size_t count, bool zip64)
{
    file.size = 0;
    for (size_t i = 0; i < count; i++)
        put_local(&members[i]);
    central = file.size;
    for (size_t i = 0; i < count; i++)
        put_central(&members[i]);
    put_end(count, zip64);
}

static member one;

static void make_one(int method)
{
    make_npy();
    one = (member){.name = "a.npy", .method = method, .content = &npy};
    make_archive(&one, 1, false);
}

static void check_elements(const char *name)
{
    double values[6] = {0};
    must(read_all(&file, name, values, 6));
    for (int i = 0; i < 6; i++)
        ck_assert_double_eq(values[i], elements[i]);
}

/* ---- what is read ---- */

START_TEST(every_form)
{
    make_npy();
    for (int form = 0; form < 32; form++) {
        member two[2];
        for (int i = 0; i < 2; i++)
            two[i] = (member){.name = i ? "bb.npy" : "c",
                              .method = form & 1 ? 8 : 0,
                              .flags = form & 2 ? DESCRIPTOR : 0,
                              .zip64 = form & 4,
                              .descriptor_signature = form & 8,
                              .content = &npy};
        make_archive(two, 2, form & 16);
        check_elements("bb");
        check_elements("bb.npy");
        check_elements("c");
        libnc_array *array = NULL;
        must(nc__array_open_memory(&array, context, file.data, (int64_t)file.size, NULL));
        ck_assert_int_eq(libnc_array_member_count(array), 2);
        ck_assert_str_eq(libnc_array_member_name(array, 0), "c");
        ck_assert_str_eq(libnc_array_member_name(array, 1), "bb");
        ck_assert_ptr_null(libnc_array_name(array));
        must(libnc_array_select(array, "bb"));
        ck_assert_str_eq(libnc_array_name(array), "bb");
        libnc_array_destroy(array);
    }
}
END_TEST

START_TEST(comments_and_empty_archives)
{
    libnc_array *array = NULL;
    make_one(8);
    put_text(&file, "PK\5\6 a comment that looks like an end record");
    nc__put_little_endian(file.data + end + 20, file.size - end - 22, 2);
    check_elements("a");
    make_archive(NULL, 0, false);
    must(nc__array_open_memory(&array, context, file.data, (int64_t)file.size, NULL));
    ck_assert_int_eq(libnc_array_member_count(array), 0);
    ck_assert_int_eq(libnc_array_select(array, NULL), LIBNC_ERROR_ARGUMENT);
    libnc_array_destroy(array);
}
END_TEST

/* Any order of reading gives the same, through the inflater too. */
START_TEST(rows_in_any_order)
{
    enum { ROWS = 5000, COLS = 3 };
    static bytes large;
    static unsigned char data[ROWS * COLS];
    for (int i = 0; i < ROWS * COLS; i++)
        data[i] = (unsigned char)(i * 7 + i / 256);
    for (int form = 0; form < 4; form++) {
        libnc_array *array = NULL;
        char header[128];
        snprintf(header, sizeof header,
                 "{'descr': '|u1', 'fortran_order': %s, 'shape': (%d, %d)}\n",
                 form & 2 ? "True" : "False", ROWS, COLS);
        large.size = 0;
        put_npy(&large, 1, header, data, sizeof data);
        member m = {.name = "a.npy", .method = form & 1 ? 8 : 0, .content = &large};
        make_archive(&m, 1, false);
        must(nc__array_open_memory(&array, context, file.data, (int64_t)file.size, NULL));
        for (int turn = 0; turn < 40; turn++) {
            const int64_t begin = turn * 1237 % ROWS, count = turn * 571 % (ROWS - begin);
            static float values[ROWS * COLS];
            must(libnc_array_read(array, begin, count, LIBNC_FLOAT32, values,
                                  (size_t)(count * COLS)));
            for (int64_t i = 0; i < count * COLS; i++) {
                const int64_t row = begin + i / COLS, col = i % COLS;
                ck_assert_float_eq(values[i], data[form & 2 ? col * ROWS + row : row * COLS + col]);
            }
        }
        libnc_array_destroy(array);
    }
}
END_TEST

/* ---- what is refused ---- */

START_TEST(truncated_anywhere)
{
    for (int method = 0; method <= 8; method += 8) {
        make_one(method);
        assert_no_prefix(&file, "a");
    }
}
END_TEST

/* One number of a good archive changed. */
static void change(int method, bool in_central, size_t at, uint64_t value, size_t size,
                   libnc_status status, const char *part)
{
    make_one(method);
    nc__put_little_endian(file.data + (in_central ? central : 0) + at, value, size);
    assert_refused(&file, "a", status, part);
}

START_TEST(wrong_headers)
{
    const libnc_status format = LIBNC_ERROR_FORMAT, unsupported = LIBNC_ERROR_UNSUPPORTED;
    change(0, true, 0, 0, 4, format, "no central header, 504b0102");
    change(0, true, 8, 1, 2, unsupported, "the member is encrypted");
    change(0, true, 8, 1 << 6, 2, unsupported, "the member is encrypted");
    change(0, true, 10, 12, 2, unsupported, "compression method 12: must be 0, stored, or 8");
    change(0, true, 16, 5, 4, format, "checksum or sizes differ from the central directory's");
    change(0, true, 20, 5, 4, format, "a stored member of 74 bytes takes 5");
    change(8, true, 24, 100000000, 4, format, "and deflate packs at most 1032 to 1");
    change(8, true, 24, 77, 4, format, "checksum or sizes differ");
    change(0, true, 24, UINT32_MAX, 4, format, "no zip64 field for a size or offset of all ones");
    change(0, true, 28, 0, 2, format, "name is empty");
    change(0, true, 28, 60000, 2, format, "are longer than the directory");
    change(0, true, 30, 1, 2, format, "are longer than the directory");
    change(0, true, 34, 1, 2, format, "the member begins on another disk");
    change(0, true, 42, 1, 4, format, "no local header, 504b0304");
    change(0, true, 42, 5000, 4, format, "it must be before the central directory");
    change(0, true, 46, 0, 1, format, "has a zero byte");
    change(0, true, 46, 'b', 1, format, "member \"b.npy\": offset 0: name");
    change(0, false, 6, 1 << 11, 2, format, "name, flags or method differ");
    change(0, false, 8, 8, 2, format, "name, flags or method differ");
    change(0, false, 14, 1, 4, format, "checksum or sizes differ");
    change(0, false, 18, 1, 4, format, "checksum or sizes differ");
    change(0, false, 22, 1, 4, format, "checksum or sizes differ");
    change(0, false, 22, UINT32_MAX, 4, format, "no zip64 field");
    change(0, false, 26, 60000, 2, format, "bytes overlap what begins at");
    change(0, false, 28, 1, 2, format, "overlap what begins at");
    change(0, false, 30, 'b', 1, format, "name, flags or method differ");
}
END_TEST

START_TEST(wrong_end_records)
{
    const libnc_status format = LIBNC_ERROR_FORMAT;
    static const struct {
        size_t at;
        uint64_t value;
        size_t size;
        const char *part;
    } cases[] = {
        {0, 0, 4, "no end record of a zip archive, 504b0506"},
        {4, 1, 2, "the archive has several disks"},
        {6, 1, 2, "the archive has several disks"},
        {8, 2, 2, "the archive has several disks"},
        {10, 2, 2, "the archive has several disks"},
        {8, 2 | 2 << 16, 4, "no central header, 504b0102"},
        {8, 0, 4, "51 bytes follow the last of 0 entries in the central directory"},
        {8, 0xffffffff, 4, "no zip64 locator"},
        {12, 50, 4, "does not end where the end records begin"},
        {12, UINT32_MAX, 4, "no zip64 locator"},
        {16, 0, 4, "does not end where the end records begin"},
        {20, 1, 2, "no end record"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_one(0);
        nc__put_little_endian(file.data + end + cases[i].at, cases[i].value, cases[i].size);
        assert_refused(&file, "a", format, cases[i].part);
    }
    make_one(0);
    put_number(&file, 0, 1);
    assert_refused(&file, "a", format, "no end record");
    make_archive(NULL, 0, false);
    nc__put_little_endian(file.data + 12, UINT32_MAX, 4);
    assert_refused(&file, "a", format, "no room for the zip64 records");
}
END_TEST

START_TEST(wrong_zip64_records)
{
    const struct {
        size_t at; /* from the zip64 end record on */
        uint64_t value;
        size_t size;
        const char *part;
    } cases[] = {
        {0, 0, 4, "no zip64 end record, 504b0606, of 56 bytes"},
        {4, 45, 8, "no zip64 end record"},
        {16, 1, 4, "the zip64 end record tells of several disks"},
        {20, 1, 4, "the zip64 end record tells of several disks"},
        {24, 2, 8, "the zip64 end record tells of several disks"},
        {32, 2, 8, "the zip64 end record tells of several disks"},
        {40, UINT64_MAX, 8, "tells of a directory of 1 entries and 18446744073709551615 bytes"},
        {48, UINT64_MAX, 8, "tells of a directory"},
        {48, 3, 8, "does not end where the end records begin"},
        {56, 0, 4, "no zip64 locator, 504b0607, of one disk"},
        {60, 1, 4, "no zip64 locator"},
        {64, 0, 8, "no zip64 end record"},
        {72, 2, 4, "no zip64 locator"},
    };
    make_npy();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        member m = {.name = "a.npy", .zip64 = true, .content = &npy};
        make_archive(&m, 1, true);
        nc__put_little_endian(file.data + end - 76 + cases[i].at, cases[i].value, cases[i].size);
        assert_refused(&file, "a", LIBNC_ERROR_FORMAT, cases[i].part);
    }
    for (int i = 0; i < 3; i++) { /* the extra fields: too short, too long, of another kind */
        const uint64_t lengths[3] = {16, 25, 24};
        member m = {.name = "a.npy", .zip64 = true, .content = &npy};
        make_archive(&m, 1, true);
        nc__put_little_endian(file.data + central + 46 + 5 + (i == 2 ? 0 : 2),
                              i == 2 ? 2 : lengths[i], 2);
        assert_refused(&file, "a", LIBNC_ERROR_FORMAT,
                       i == 0   ? "the zip64 field lacks a value"
                       : i == 1 ? "an extra field is longer than what is left"
                                : "no zip64 field for a size");
    }
}
END_TEST

START_TEST(wrong_members)
{
    make_one(0);
    file.data[one.data + npy.size - 1] ^= 1;
    assert_refused(&file, "a", LIBNC_ERROR_FORMAT, "offset 74: the content has the checksum");
    make_one(8);
    file.data[central + 16] ^= 1;
    file.data[one.local + 14] ^= 1;
    assert_refused(&file, "a", LIBNC_ERROR_FORMAT, "the content has the checksum");
    make_one(8);
    file.data[one.data] = 7; /* no type of block */
    assert_refused(&file, "a", LIBNC_ERROR_FORMAT, "compressed offset");
    /* compressed data that are longer than what they say */
    make_npy();
    static bytes padded;
    one = (member){.name = "a.npy", .method = 8, .flags = DESCRIPTOR, .content = &npy};
    make_archive(&one, 1, false);
    padded = file;
    file.size = one.data + one.packed;
    put_number(&file, 0, 1);
    put_number(&file, one.crc, 4);
    put_number(&file, one.packed + 1, 4);
    put_number(&file, npy.size, 4);
    central = file.size;
    one.packed++;
    put_central(&one);
    put_end(1, false);
    assert_refused(&file, "a", LIBNC_ERROR_FORMAT, "more bytes follow the end of the compressed");
    file = padded;
    file.data[one.data + one.packed - 1] ^= 1; /* the descriptor's checksum */
    assert_refused(&file, "a", LIBNC_ERROR_FORMAT, "the data descriptor does not agree");
}
END_TEST

/* Sizes that fit the archive but not the array. */
START_TEST(sizes_and_shapes)
{
    for (int method = 0; method <= 8; method += 8)
        for (int extra = 5; extra <= 7; extra += 2) {
            npy.size = 0;
            put_npy(&npy, 1, header_text, "1234567", (size_t)extra);
            one = (member){.name = "a.npy", .method = method, .content = &npy};
            make_archive(&one, 1, false);
            assert_refused(&file, "a", LIBNC_ERROR_FORMAT, "bytes follow the header: 2 x 3");
            /* a header that agrees with the sizes, and data that do not */
            if (method == 8) {
                nc__put_little_endian(file.data + central + 24, npy.size + 6 - (size_t)extra, 4);
                nc__put_little_endian(file.data + 22, npy.size + 6 - (size_t)extra, 4);
                assert_refused(&file, "a", LIBNC_ERROR_FORMAT,
                               extra < 6 ? "the content ends too early" : "the checksum");
            }
        }
    npy.size = 0;
    put_text(&npy, "no array");
    one = (member){.name = "a.txt", .content = &npy};
    make_archive(&one, 1, false);
    assert_refused(&file, "a.txt", LIBNC_ERROR_FORMAT, "must be the magic number of npy");
}
END_TEST

START_TEST(names_and_overlaps)
{
    make_npy();
    member two[2] = {{.name = "a.npy", .content = &npy}, {.name = "a.npy", .content = &npy}};
    make_archive(two, 2, false);
    assert_refused(&file, "a", LIBNC_ERROR_FORMAT, "the name \"a\" occurs twice");
    two[1].name = "b.npy";
    make_archive(two, 2, false);
    const size_t second = central + 46 + 5;
    nc__put_little_endian(file.data + second + 42, 0, 4); /* both at the first one's place */
    assert_refused(&file, "a", LIBNC_ERROR_FORMAT, "overlaps what begins at 0");
    make_archive(two, 2, false);
    nc__put_little_endian(file.data + second + 42, two[1].local - 5, 4);
    assert_refused(&file, "a", LIBNC_ERROR_FORMAT, "overlap what begins at");
}
END_TEST

/* Archives of PyTorch say so and what to do, also in the form of its own writer: zip64 records
 * beside an end record that does not need them. */
START_TEST(archives_of_others)
{
    static const char *const names[] = {"archive/data.pkl", "model/version", "x/constants.pkl"};
    make_npy();
    for (int i = 0; i < 6; i++) {
        member two[2] = {{.name = names[i / 2], .content = &npy},
                         {.name = "archive/data/0", .content = &npy}};
        make_archive(two, 2, i % 2);
        if (i % 2) {
            nc__put_little_endian(file.data + end + 8, 0x20002, 4);
            nc__put_little_endian(file.data + end + 12, end - 76 - central, 4);
            nc__put_little_endian(file.data + end + 16, central, 4);
        }
        assert_refused(&file, NULL, LIBNC_ERROR_UNSUPPORTED,
                       "a PyTorch file: save the tensor with "
                       "numpy.save");
        assert_refused(&file, NULL, LIBNC_ERROR_UNSUPPORTED, "safetensors");
    }
    member other = {.name = "metadata.json", .content = &npy};
    make_archive(&other, 1, false);
    assert_refused(&file, NULL, LIBNC_ERROR_UNSUPPORTED, "a Keras archive");
}
END_TEST

/* Names with escape codes, a newline and quotes: messages have them escaped, in one line; and a
 * list that is too long ends in dots, with no name in part. */
START_TEST(names_in_messages)
{
    make_npy();
    member two[2] = {{.name = "\033]0;owned\007\033[31mred\nline2\"quote.npy", .content = &npy},
                     {.name = "b%s%n.npy", .content = &npy}};
    make_archive(two, 2, false);
    check_elements("\033]0;owned\007\033[31mred\nline2\"quote");
    assert_refused(&file, "c", LIBNC_ERROR_ARGUMENT,
                   "has 2: \\x1b]0;owned\\x07\\x1b[31mred\\x0aline2\"quote, b%s%n");
    assert_refused(&file, "c\n", LIBNC_ERROR_ARGUMENT, "member = \"c\\x0a\": ");
    file.data[two[0].data] = 'x';
    assert_refused(&file, two[0].name, LIBNC_ERROR_FORMAT, "member \"\\x1b]0;owned\\x07");
    ck_assert_ptr_null(strpbrk(libnc_context_error(context), "\033\007\n"));
    member many[9];
    char long_names[9][80];
    for (int i = 0; i < 9; i++) {
        for (size_t j = 0; j + 2 < sizeof long_names[i]; j += 2)
            memcpy(long_names[i] + j, "\xc3\xbc", 2);
        snprintf(long_names[i] + 70, 8, "%d.npy", i);
        many[i] = (member){.name = long_names[i], .content = &npy};
    }
    make_archive(many, 9, false);
    assert_refused(&file, "none", LIBNC_ERROR_ARGUMENT,
                   "\xc3\xbc"
                   "1, \xc3\xbc");
    assert_refused(&file, "none", LIBNC_ERROR_ARGUMENT,
                   "\xc3\xbc"
                   "2, ...");
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, every_form);
    tcase_add_test(tests, comments_and_empty_archives);
    tcase_add_test(tests, rows_in_any_order);
    tcase_add_test(tests, truncated_anywhere);
    tcase_add_test(tests, wrong_headers);
    tcase_add_test(tests, wrong_end_records);
    tcase_add_test(tests, wrong_zip64_records);
    tcase_add_test(tests, wrong_members);
    tcase_add_test(tests, sizes_and_shapes);
    tcase_add_test(tests, names_and_overlaps);
    tcase_add_test(tests, archives_of_others);
    tcase_add_test(tests, names_in_messages);
}

int main(void)
{
    return run_array_suite("npz", add);
}
