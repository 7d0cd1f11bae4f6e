/* SPDX-License-Identifier: MIT
 *
 * array.c: what the functions of libnc/array.h and file.h refuse.
 */
#include "arguments/array_files.h"
#include "arguments/option_tables.h"
#include "arguments/tables.h"

static void array_open(void)
{
    libnc_array *array = array_of_two("a"), *made;
    NO_CONTEXT("context", libnc_array_open(&out.array, NULL, array_path, "a"));
    WRONG("array", libnc_array_open(NULL, w->context, array_path, "a"));
    WRONG("path", libnc_array_open(&out.array, w->context, NULL, "a"));
    REFUSED(LIBNC_ERROR_FILE, "path",
            libnc_array_open(&out.array, w->context, "/nonexistent/file", NULL));
    REFUSED(LIBNC_ERROR_FILE, "path", libnc_array_open(&out.array, w->context, "/tmp", NULL));
    WRONG("member", libnc_array_open(&out.array, w->context, array_path, "c"));
    WRONG("member", libnc_array_open(&out.array, w->context, array_path, ""));
    ACCEPTED("member", libnc_array_open(&made, w->context, array_path, NULL));
    libnc_array_destroy(made);
    array_close(array);
}

static void array_select(void)
{
    libnc_array *array = array_of_two("b");
    NO_CONTEXT("array", libnc_array_select(NULL, "a"));
    WRONG("member", libnc_array_select(array, NULL));
    WRONG("member", libnc_array_select(array, "c"));
    ck_assert_str_eq(libnc_array_name(array), "b");
    ACCEPTED("member", libnc_array_select(array, "a.npy"));
    array_close(array);
}

static void array_set_element(void)
{
    static const int32_t wrong[] = {0, -1, 16, INT32_MIN, INT32_MAX, LIBNC_ELEMENT_FLOAT32};
    libnc_array *array = array_of_two(NULL);
    NO_CONTEXT("array", libnc_array_set_element(NULL, LIBNC_ELEMENT_INT64));
    REFUSED(LIBNC_ERROR_STATE, "array", libnc_array_set_element(array, LIBNC_ELEMENT_INT64));
    must(libnc_array_select(array, "a"));
    EACH(i, wrong)
    WRONG("element", libnc_array_set_element(array, wrong[i]));
    array_close(array);
}

static const int64_t not_rows[] = {-1, 3, INT64_MIN, INT64_MAX};
static const int64_t not_begin[] = {-1, 4, INT64_MIN, INT64_MAX};
static const size_t not_elements[] = {0, 3, 5, SIZE_MAX};

static void array_read(void)
{
    libnc_array *array = array_of_two(NULL);
    NO_CONTEXT("array", libnc_array_read(NULL, 0, 2, LIBNC_FLOAT64, out.values, 4));
    REFUSED(LIBNC_ERROR_STATE, "array",
            libnc_array_read(array, 0, 2, LIBNC_FLOAT64, out.values, 4));
    must(libnc_array_select(array, "a"));
    EACH(i, not_begin)
    WRONG("begin", libnc_array_read(array, not_begin[i], 0, LIBNC_FLOAT64, out.values, 0));
    EACH(i, not_rows)
    WRONG("count", libnc_array_read(array, 1, not_rows[i], LIBNC_FLOAT64, out.values, 6));
    EACH(i, not_scalar)
    WRONG("scalar", libnc_array_read(array, 0, 2, not_scalar[i], out.values, 4));
    WRONG("values", libnc_array_read(array, 0, 2, LIBNC_FLOAT64, NULL, 4));
    EACH(i, not_elements)
    MISFIT("size", libnc_array_read(array, 0, 2, LIBNC_FLOAT64, out.values, not_elements[i]));
    REFUSED_AS(LIBNC_ERROR_NOT_FINITE, "values", "row",
               libnc_array_read(array, 0, 1, LIBNC_FLOAT32, out.values, 2));
    array_close(array);
}

static void array_read_integers(void)
{
    static const int32_t wrong[] = {0,         -1,       LIBNC_ELEMENT_INT16, LIBNC_ELEMENT_FLOAT64,
                                    INT32_MIN, INT32_MAX};
    const int32_t type = LIBNC_ELEMENT_INT64;
    libnc_array *array = array_of_two(NULL);
    NO_CONTEXT("array", libnc_array_read_integers(NULL, 0, 2, type, out.whole, 4));
    REFUSED(LIBNC_ERROR_STATE, "array", libnc_array_read_integers(array, 0, 2, type, out.whole, 4));
    must(libnc_array_select(array, "b"));
    EACH(i, not_begin)
    WRONG("begin", libnc_array_read_integers(array, not_begin[i], 0, type, out.whole, 0));
    EACH(i, not_rows)
    WRONG("count", libnc_array_read_integers(array, 1, not_rows[i], type, out.whole, 6));
    EACH(i, wrong)
    WRONG("element", libnc_array_read_integers(array, 0, 2, wrong[i], out.whole, 4));
    WRONG("values", libnc_array_read_integers(array, 0, 2, type, NULL, 4));
    EACH(i, not_elements)
    MISFIT("size", libnc_array_read_integers(array, 0, 2, type, out.whole, not_elements[i]));
    REFUSED_AS(LIBNC_ERROR_FORMAT, "values", "row",
               libnc_array_read_integers(array, 0, 1, type, out.whole, 2));
    array_close(array);
}

static void array_writer_create(void)
{
    static const int32_t wrong[] = {0, -1, LIBNC_ARRAY_CIFAR, 6, INT32_MIN, INT32_MAX};
    NO_CONTEXT("context", libnc_array_writer_create(&out.writer, NULL, "/tmp/x", LIBNC_ARRAY_NPY));
    WRONG("writer", libnc_array_writer_create(NULL, w->context, "/tmp/x", LIBNC_ARRAY_NPY));
    WRONG("path", libnc_array_writer_create(&out.writer, w->context, NULL, LIBNC_ARRAY_NPY));
    WRONG("path", libnc_array_writer_create(&out.writer, w->context, "", LIBNC_ARRAY_NPY));
    REFUSED(LIBNC_ERROR_FILE, "path",
            libnc_array_writer_create(&out.writer, w->context, "/nonexistent/x", LIBNC_ARRAY_NPY));
    EACH(i, wrong)
    WRONG("format", libnc_array_writer_create(&out.writer, w->context, "/tmp/x", wrong[i]));
}

static void array_writer_begin(void)
{
    static const int32_t wrong_type[] = {0, -1, 16, INT32_MIN, INT32_MAX, LIBNC_ELEMENT_BFLOAT16};
    static const int32_t wrong_rank[] = {0, -1, 65, INT32_MIN, INT32_MAX};
    static const int64_t shape[2] = {1, 2}, huge[2] = {INT64_MAX, INT64_MAX}, bad[2] = {1, -1},
                         worse[2] = {-2, 1};
    char long_name[1002];
    memset(long_name, 'x', 1001);
    long_name[1001] = '\0';
    const char *const wrong_name[] = {NULL, "", long_name, "\xff", "taken"};
    const int32_t type = LIBNC_ELEMENT_FLOAT32;
    libnc_array_writer *writer, *single;
    array_paths();
    must(libnc_array_writer_create(&writer, w->context, array_path, LIBNC_ARRAY_NPZ));
    must(libnc_array_writer_create(&single, w->context, other_path, LIBNC_ARRAY_NPY));
    must(libnc_array_writer_begin(writer, "taken", type, 2, (int64_t[]){-1, 2}));
    must(libnc_array_writer_begin(single, NULL, type, 2, shape));
    NO_CONTEXT("writer", libnc_array_writer_begin(NULL, "x", type, 2, shape));
    REFUSED(LIBNC_ERROR_STATE, "writer", libnc_array_writer_begin(single, NULL, type, 2, shape));
    WRONG("name", libnc_array_writer_begin(single, "x", type, 2, shape));
    EACH(i, wrong_name)
    WRONG("name", libnc_array_writer_begin(writer, wrong_name[i], type, 2, shape));
    EACH(i, wrong_type)
    WRONG("element", libnc_array_writer_begin(writer, "x", wrong_type[i], 2, shape));
    EACH(i, wrong_rank)
    WRONG("dimensions", libnc_array_writer_begin(writer, "x", type, wrong_rank[i], shape));
    WRONG("shape", libnc_array_writer_begin(writer, "x", type, 2, NULL));
    WRONG("shape", libnc_array_writer_begin(writer, "x", type, 2, huge));
    WRONG("shape", libnc_array_writer_begin(writer, "x", type, 2, bad));
    WRONG("shape", libnc_array_writer_begin(writer, "x", type, 2, worse));
    beyond_bounds(libnc_array_writer_options(writer));
    libnc_array_writer_destroy(single);
    libnc_array_writer_destroy(writer);
    array_remove();
}

static void array_writer_append(void)
{
    static const int32_t wrong_type[] = {0,         -1,        LIBNC_ELEMENT_INT16,
                                         INT32_MIN, INT32_MAX, LIBNC_ELEMENT_UINT64};
    static const int64_t wrong_count[] = {-1, INT64_MIN};
    const double x[4] = {1, 2, 3, 4}, bad[4] = {1, 2, 3, 256};
    libnc_array_writer *writer;
    array_paths();
    must(libnc_array_writer_create(&writer, w->context, array_path, LIBNC_ARRAY_NPY));
    REFUSED(LIBNC_ERROR_STATE, "writer", libnc_array_writer_append(writer, 15, x, 2, 4));
    must(libnc_array_writer_begin(writer, NULL, LIBNC_ELEMENT_UINT8, 2, (int64_t[]){2, 2}));
    NO_CONTEXT("writer", libnc_array_writer_append(NULL, 15, x, 2, 4));
    EACH(i, wrong_type)
    WRONG("element", libnc_array_writer_append(writer, wrong_type[i], x, 2, 4));
    WRONG("values", libnc_array_writer_append(writer, 15, NULL, 2, 4));
    WRONG("values", libnc_array_writer_append(writer, 15, bad, 2, 4));
    EACH(i, wrong_count)
    WRONG("count", libnc_array_writer_append(writer, 15, x, wrong_count[i], 4));
    MISFIT("count", libnc_array_writer_append(writer, 15, x, 3, 6));
    MISFIT("count", libnc_array_writer_append(writer, 15, x, INT64_MAX, 4));
    EACH(i, not_elements)
    MISFIT("size", libnc_array_writer_append(writer, 15, x, 2, not_elements[i]));
    libnc_array_writer_destroy(writer);
    array_remove();
}

static void array_writer_finish(void)
{
    const double x[2] = {1, 2};
    libnc_array_writer *writer;
    array_paths();
    must(libnc_array_writer_create(&writer, w->context, array_path, LIBNC_ARRAY_NPY));
    NO_CONTEXT("writer", libnc_array_writer_finish(NULL));
    REFUSED(LIBNC_ERROR_STATE, "writer", libnc_array_writer_finish(writer));
    must(libnc_array_writer_begin(writer, NULL, LIBNC_ELEMENT_FLOAT64, 1, (int64_t[]){2}));
    MISFIT("shape", libnc_array_writer_finish(writer));
    must(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, x, 2, 2));
    must(libnc_array_writer_finish(writer));
    REFUSED(LIBNC_ERROR_STATE, "writer", libnc_array_writer_finish(writer));
    libnc_array_writer_destroy(writer);
    array_remove();
}

static void array_write_npy(void)
{
    static const int32_t wrong_type[] = {0, -1, LIBNC_ELEMENT_INT16, INT32_MIN, INT32_MAX};
    static const int64_t wrong_size[] = {-1, INT64_MIN};
    const double x[1] = {1};
    libnc_context *c = w->context;
    NO_CONTEXT("context", libnc_array_write_npy(NULL, "/tmp/x", 15, x, 1, 1));
    WRONG("path", libnc_array_write_npy(c, NULL, 15, x, 1, 1));
    REFUSED(LIBNC_ERROR_FILE, "path", libnc_array_write_npy(c, "/nonexistent/x", 15, x, 1, 1));
    EACH(i, wrong_type)
    WRONG("element", libnc_array_write_npy(c, "/tmp/x", wrong_type[i], x, 1, 1));
    WRONG("values", libnc_array_write_npy(c, "/tmp/x", 15, NULL, 1, 1));
    EACH(i, wrong_size)
    {
        WRONG("rows", libnc_array_write_npy(c, "/tmp/x", 15, x, wrong_size[i], 1));
        WRONG("cols", libnc_array_write_npy(c, "/tmp/x", 15, x, 1, wrong_size[i]));
    }
}

static void file_write(void)
{
    libnc_context *c = w->context;
    NO_CONTEXT("context", libnc_file_write(NULL, "/tmp/x", "", 0));
    WRONG("path", libnc_file_write(c, NULL, "", 0));
    WRONG("path", libnc_file_write(c, "", "", 0));
    REFUSED(LIBNC_ERROR_FILE, "path", libnc_file_write(c, "/nonexistent/x", "", 0));
    WRONG("bytes", libnc_file_write(c, "/tmp/x", NULL, 1));
    array_paths();
    ACCEPTED("bytes", libnc_file_write(c, other_path, NULL, 0));
    ACCEPTED("size", libnc_file_write(c, other_path, "x", 1));
    array_remove();
}

static void without_status(void)
{
    DONE(libnc_array_destroy(NULL));
    DONE(libnc_array_writer_destroy(NULL));
    ZERO(libnc_array_member_count(NULL));
    NONE(libnc_array_member_name(NULL, 0));
    ZERO(libnc_array_format(NULL));
    NONE(libnc_array_name(NULL));
    ZERO(libnc_array_rows(NULL));
    ZERO(libnc_array_cols(NULL));
    ZERO(libnc_array_dimensions(NULL));
    ZERO(libnc_array_dimension(NULL, 0));
    ZERO(libnc_array_element(NULL));
    NONE(libnc_array_view(NULL));
    NONE(libnc_array_writer_options(NULL));
    EACH(i, not_there)
    {
        NONE(libnc_element_name(not_there[i]));
        ZERO(libnc_element_size(not_there[i]));
    }
}

static const argument_check checks[] = {
    CHECKS(array_open),         CHECKS(array_select),        CHECKS(array_set_element),
    CHECKS(array_read),         CHECKS(array_read_integers), CHECKS(array_writer_create),
    CHECKS(array_writer_begin), CHECKS(array_writer_append), CHECKS(array_writer_finish),
    CHECKS(array_write_npy),    CHECKS(file_write),
};

const argument_table array_arguments = ARGUMENT_TABLE("array", checks, without_status);
