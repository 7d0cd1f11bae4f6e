/* SPDX-License-Identifier: MIT
 *
 * array_files.h: a file of two arrays in /tmp, for the functions that read and write arrays.
 */
#ifndef ARRAY_FILES_H
#define ARRAY_FILES_H

#include "arguments/option_tables.h"

static char array_path[64], other_path[80];

static inline void array_paths(void)
{
    strcpy(array_path, "/tmp/libnc_arguments_XXXXXX");
    int file = mkstemp(array_path);
    ck_assert_int_ge(file, 0);
    close(file);
    snprintf(other_path, sizeof other_path, "%s.other", array_path);
}

static inline void array_remove(void)
{
    remove(array_path);
    remove(other_path);
}

/* Two arrays of 3 x 2, "a" and "b", with b[0] = 0.5 and a[0] = 1e300. */
static inline libnc_array *array_of_two(const char *member)
{
    const double values[6] = {1e300, 1, 2, 3, 4, 5}, halves[6] = {0.5, 1, 2, 3, 4, 5};
    const int64_t shape[2] = {3, 2};
    libnc_array_writer *writer;
    libnc_array *array;
    array_paths();
    must(libnc_array_writer_create(&writer, w->context, array_path, LIBNC_ARRAY_NPZ));
    choices_have_enumerators(libnc_array_writer_options(writer));
    must(libnc_array_writer_begin(writer, "a", LIBNC_ELEMENT_FLOAT64, 2, shape));
    must(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, values, 3, 6));
    must(libnc_array_writer_begin(writer, "b", LIBNC_ELEMENT_FLOAT64, 2, shape));
    must(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, halves, 3, 6));
    must(libnc_array_writer_finish(writer));
    libnc_array_writer_destroy(writer);
    must(libnc_array_open(&array, w->context, array_path, member));
    return array;
}

static inline void array_close(libnc_array *array)
{
    libnc_array_destroy(array);
    array_remove();
}

#endif
