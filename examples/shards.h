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
    libnc_array **arrays;
    int64_t count;
    int64_t rows, cols;
} shards;

/* FILE:MEMBER unless there is a file of the whole name. */
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

/* Splits text at its last ':' where that is no part of a file's name; the member or NULL. */
static inline char *split_member(char *text)
{
    char *colon = strrchr(text, ':');
    if (access(text, F_OK) == 0 || colon == NULL || colon == text || strchr(colon, '/') != NULL)
        return NULL;
    *colon = '\0';
    return colon + 1;
}

static inline shards shards_open(const program *self, const char *option, const char *name)
{
    shards s = {.name = name};
    const size_t size = strlen(name) + 1;
    char *pattern = allocate(self, size, 1);
    memcpy(pattern, name, size);
    const char *member = split_member(pattern);
    glob_t found;
    const int failed = glob(pattern, 0, NULL, &found);
    if (failed != 0)
        stop(self, EXIT_FAILURE, "--%s = %s: %s", option, pattern,
             failed == GLOB_NOMATCH ? "no such file" : "can not be listed");
    s.count = (int64_t)found.gl_pathc;
    s.arrays = allocate(self, found.gl_pathc, sizeof(libnc_array *));
    for (int64_t i = 0; i < s.count; i++) {
        s.arrays[i] = shard_open(self, option, found.gl_pathv[i], member);
        const int64_t cols = libnc_array_cols(s.arrays[i]);
        if (i > 0 && cols != s.cols)
            stop(self, EXIT_FAILURE, "--%s: %s has %lld columns, %s has %lld", option,
                 found.gl_pathv[i], (long long)cols, found.gl_pathv[0], (long long)s.cols);
        s.cols = cols;
        s.rows += libnc_array_rows(s.arrays[i]);
    }
    globfree(&found);
    free(pattern);
    return s;
}

static inline void shards_close(shards *s)
{
    for (int64_t i = 0; i < s->count; i++)
        libnc_array_destroy(s->arrays[i]);
    free(s->arrays);
}

/* The file that holds row `row`, which becomes the row within it. */
static inline libnc_array *shard_of(const shards *s, int64_t *row)
{
    int64_t i = 0;
    while (i + 1 < s->count && *row >= libnc_array_rows(s->arrays[i]))
        *row -= libnc_array_rows(s->arrays[i++]);
    return s->arrays[i];
}

/* LIBNC_FLOAT32 if that holds every value of every file exactly, else LIBNC_FLOAT64. */
static inline int32_t shards_scalar(const shards *s)
{
    for (int64_t i = 0; i < s->count; i++) {
        const int32_t element = libnc_array_element(s->arrays[i]);
        if (element == LIBNC_ELEMENT_FLOAT64 || element == LIBNC_ELEMENT_INT32 ||
            element == LIBNC_ELEMENT_INT64 || element == LIBNC_ELEMENT_UINT32 ||
            element == LIBNC_ELEMENT_UINT64)
            return LIBNC_FLOAT64;
    }
    return LIBNC_FLOAT32;
}

/* Rows begin .. begin + count - 1, of any files, as float32 or float64. */
static inline void shards_read(const program *self, const shards *s, int64_t begin, int64_t count,
                               int32_t scalar, void *values)
{
    const size_t row_size =
        (size_t)s->cols * (scalar == LIBNC_FLOAT32 ? sizeof(float) : sizeof(double));
    for (int64_t done = 0; done < count;) {
        int64_t row = begin + done;
        libnc_array *array = shard_of(s, &row);
        int64_t part = libnc_array_rows(array) - row;
        part = part < count - done ? part : count - done;
        require(self,
                libnc_array_read(array, row, part, scalar, (char *)values + (size_t)done * row_size,
                                 (size_t)(part * s->cols)));
        done += part;
    }
}

/* The same as int64. */
static inline void shards_read_integers(const program *self, const shards *s, int64_t begin,
                                        int64_t count, int64_t *values)
{
    for (int64_t done = 0; done < count;) {
        int64_t row = begin + done;
        libnc_array *array = shard_of(s, &row);
        int64_t part = libnc_array_rows(array) - row;
        part = part < count - done ? part : count - done;
        require(self, libnc_array_read_integers(array, row, part, LIBNC_ELEMENT_INT64,
                                                values + done * s->cols, (size_t)(part * s->cols)));
        done += part;
    }
}

#endif
