/* SPDX-License-Identifier: MIT
 *
 * interface.h: the public functions as the headers declare them and lib/libnc.map exports them, for
 * tests that must cover every one. Paths are relative to the root of the source tree, where the
 * suites run.
 */
#ifndef INTERFACE_H
#define INTERFACE_H

#include <check.h>
#include <ctype.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FUNCTIONS = 512, MOST_PARAMETERS = 12, LONGEST_NAME = 64 };

typedef struct function {
    char name[LONGEST_NAME];
    bool returns_status;
    int parameter_count;
    char parameters[MOST_PARAMETERS][LONGEST_NAME]; /* their names */
} function;

static function functions[MOST_FUNCTIONS];
static int function_count;

static inline char *interface_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s cannot be opened: run from the root of the tree", path);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    ck_assert_int_gt(size, 0);
    rewind(file);
    char *text = malloc((size_t)size + 1);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(fread(text, 1, (size_t)size, file), (size_t)size);
    text[size] = '\0';
    fclose(file);
    return text;
}

/* Comments and preprocessor lines become blanks. */
static inline void interface_blank(char *text)
{
    for (char *at = text; (at = strstr(at, "/*")) != NULL;) {
        char *end = strstr(at, "*/");
        ck_assert_ptr_nonnull(end);
        memset(at, ' ', (size_t)(end + 2 - at));
    }
    for (char *line = text; line;) {
        char *end = strchr(line, '\n');
        size_t length = end ? (size_t)(end - line) : strlen(line);
        if (*line == '#')
            memset(line, ' ', length);
        line = end ? end + 1 : NULL;
    }
}

/* The identifier that ends at or before `end`. */
static inline void interface_name(char name[LONGEST_NAME], const char *begin, const char *end)
{
    while (end > begin && !(isalnum((unsigned char)end[-1]) || end[-1] == '_'))
        end--;
    const char *start = end;
    while (start > begin && (isalnum((unsigned char)start[-1]) || start[-1] == '_'))
        start--;
    ck_assert_int_lt(end - start, LONGEST_NAME);
    memcpy(name, start, (size_t)(end - start));
    name[end - start] = '\0';
}

static inline void interface_add(const char *begin, const char *end)
{
    ck_assert_int_lt(function_count, MOST_FUNCTIONS);
    function *f = &functions[function_count++];
    const char *open = memchr(begin, '(', (size_t)(end - begin));
    ck_assert_ptr_nonnull(open);
    interface_name(f->name, begin, open);
    const char *type = strstr(begin, "libnc_status");
    f->returns_status = type && type < open && strncmp(type, f->name, strlen(f->name)) != 0;
    for (const char *at = open + 1; at < end; at++) {
        const char *stop = at;
        while (stop < end && *stop != ',' && *stop != ')')
            stop++;
        ck_assert_int_lt(f->parameter_count, MOST_PARAMETERS);
        interface_name(f->parameters[f->parameter_count], at, stop);
        if (strcmp(f->parameters[f->parameter_count], "void") != 0)
            f->parameter_count++;
        if (*stop == ')')
            return;
        at = stop;
    }
}

/* Every declaration that is marked LIBNC_API or LIBNC_CHECKED. */
static inline void interface_header(const char *path)
{
    char *text = interface_file(path);
    interface_blank(text);
    for (char *at = text; (at = strstr(at, "LIBNC_")) != NULL;) {
        size_t length = strcspn(at, " \n");
        bool marks = (length == 9 && strncmp(at, "LIBNC_API", 9) == 0) ||
                     (length == 13 && strncmp(at, "LIBNC_CHECKED", 13) == 0);
        at += length;
        if (!marks)
            continue;
        char *end = strchr(at, ';');
        ck_assert_ptr_nonnull(end);
        interface_add(at, end);
        at = end;
    }
    free(text);
}

static inline const function *interface_find(const char *name)
{
    for (int i = 0; i < function_count; i++)
        if (strcmp(functions[i].name, name) == 0)
            return &functions[i];
    return NULL;
}

/* Fills `functions`; what the headers declare is what the library exports. */
static inline void interface_read(void)
{
    glob_t headers;
    if (function_count > 0)
        return;
    ck_assert_int_eq(glob("include/libnc/*.h", 0, NULL, &headers), 0);
    for (size_t i = 0; i < headers.gl_pathc; i++)
        interface_header(headers.gl_pathv[i]);
    globfree(&headers);
    char *map = interface_file("lib/libnc.map"), name[LONGEST_NAME];
    int exported = 0;
    interface_blank(map);
    for (char *at = map; (at = strstr(at, "libnc_")) != NULL; exported++) {
        char *end = strchr(at, ';');
        ck_assert_ptr_nonnull(end);
        interface_name(name, at, end);
        ck_assert_msg(interface_find(name) != NULL, "%s is exported and in no header", name);
        at = end;
    }
    ck_assert_int_eq(exported, function_count);
    free(map);
}

#endif
