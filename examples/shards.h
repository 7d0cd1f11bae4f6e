/* SPDX-License-Identifier: MIT
 *
 * shards.h: rows of numbers that are spread over files.
 *
 * A source is named by FILE, FILE:MEMBER for .npz, safetensors and CIFAR files, or a pattern of
 * either ('part*.npy'), whose files are taken in the order of their names, one after the other.
 */
#ifndef EXAMPLES_SHARDS_H
#define EXAMPLES_SHARDS_H

#include "program.h"

#include <glob.h>

typedef struct shards {
    const char *name; /* as it was given */
    char **paths;
    libnc_array **arrays;
    int64_t count;
    int64_t rows, cols;
} shards;

static inline char *copy_text(const program *self, const char *text)
{
    const size_t size = strlen(text) + 1;
    return memcpy(allocate(self, size, 1), text, size);
}

static inline libnc_array *shard_open(const program *self, const char *option, const char *path,
                                      const char *member)
{
    libnc_array *array = NULL;
    if (libnc_array_open(&array, self->context, path, member) < 0)
        stop(self, EXIT_FAILURE, "--%s: %s", option, libnc_context_error(self->context));
    if (libnc_array_name(array) == NULL)
        stop(self, EXIT_FAILURE, "--%s = %s: holds %lld arrays: choose one with FILE:MEMBER",
             option, path, (long long)libnc_array_member_count(array));
    return array;
}

/* Splits FILE:MEMBER unless there is a file of the whole name; the member or NULL. */
static inline char *split_member(char *text)
{
    char *colon = strrchr(text, ':');
    if (access(text, F_OK) == 0 || colon == NULL || colon == text || strpbrk(colon, "/*?["))
        return NULL;
    *colon = '\0';
    return colon + 1;
}

/* The files of a name that exists, or of a pattern. */
static inline void shards_list(const program *self, const char *option, const char *pattern,
                               shards *s)
{
    glob_t found = {0};
    const bool is_file = access(pattern, F_OK) == 0;
    const int failed = is_file ? 0 : glob(pattern, 0, NULL, &found);
    if (failed != 0)
        stop(self, EXIT_FAILURE, "--%s = %s: %s", option, pattern,
             failed == GLOB_NOMATCH ? "no such file" : "can not be listed");
    s->count = is_file ? 1 : (int64_t)found.gl_pathc;
    s->paths = allocate(self, (size_t)s->count, sizeof(char *));
    for (int64_t i = 0; i < s->count; i++)
        s->paths[i] = copy_text(self, is_file ? pattern : found.gl_pathv[i]);
    if (!is_file)
        globfree(&found);
}

static inline shards shards_open(const program *self, const char *option, const char *name)
{
    shards s = {.name = name};
    char *pattern = copy_text(self, name);
    const char *member = split_member(pattern);
    shards_list(self, option, pattern, &s);
    s.arrays = allocate(self, (size_t)s.count, sizeof(libnc_array *));
    for (int64_t i = 0; i < s.count; i++) {
        s.arrays[i] = shard_open(self, option, s.paths[i], member);
        const int64_t cols = libnc_array_cols(s.arrays[i]);
        if (i > 0 && cols != s.cols)
            stop(self, EXIT_FAILURE, "--%s: %s has %lld columns, %s has %lld", option, s.paths[i],
                 (long long)cols, s.paths[0], (long long)s.cols);
        s.cols = cols;
        s.rows += libnc_array_rows(s.arrays[i]);
    }
    free(pattern);
    return s;
}

static inline void shards_close(shards *s)
{
    for (int64_t i = 0; i < s->count; i++) {
        libnc_array_destroy(s->arrays[i]);
        free(s->paths[i]);
    }
    free(s->arrays);
    free(s->paths);
}

/* Which file holds row `row`, which becomes the row within it. */
static inline int64_t shard_of(const shards *s, int64_t *row)
{
    int64_t i = 0;
    while (i + 1 < s->count && *row >= libnc_array_rows(s->arrays[i]))
        *row -= libnc_array_rows(s->arrays[i++]);
    return i;
}

/* LIBNC_FLOAT32 if that is what the files hold, or less; integers are float64, whose products are
 * exact to more digits. */
static inline int32_t shards_scalar(const shards *s)
{
    for (int64_t i = 0; i < s->count; i++) {
        const int32_t element = libnc_array_element(s->arrays[i]);
        if (element < LIBNC_ELEMENT_FLOAT8_E4M3 || element > LIBNC_ELEMENT_FLOAT32)
            return LIBNC_FLOAT64;
    }
    return LIBNC_FLOAT32;
}

static inline size_t scalar_size(int32_t scalar)
{
    return scalar == LIBNC_FLOAT32 ? sizeof(float) : sizeof(double);
}

/* Rows begin .. begin + count - 1, of any files: as float32 or float64, or, with scalar = 0, as
 * int64. */
static inline void shards_read(const program *self, const shards *s, int64_t begin, int64_t count,
                               int32_t scalar, void *values)
{
    const size_t row_size = (size_t)s->cols * (scalar == 0 ? sizeof(int64_t) : scalar_size(scalar));
    for (int64_t done = 0; done < count;) {
        int64_t row = begin + done;
        libnc_array *array = s->arrays[shard_of(s, &row)];
        int64_t part = libnc_array_rows(array) - row;
        part = part < count - done ? part : count - done;
        char *to = (char *)values + (size_t)done * row_size;
        const size_t size = (size_t)(part * s->cols);
        require(self, scalar == 0 ? libnc_array_read_integers(array, row, part, LIBNC_ELEMENT_INT64,
                                                              to, size)
                                  : libnc_array_read(array, row, part, scalar, to, size));
        done += part;
    }
}

#endif
