/* SPDX-License-Identifier: MIT */
#include "shards.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "words.h"

static char *copy_text(const program *self, const char *text)
{
    const size_t size = strlen(text) + 1;
    return memcpy(allocate(self, size, 1), text, size);
}

/* ---- members ---- */

/* The names of all arrays in a file; the caller frees them. */
static char *member_names(const program *self, const libnc_array *array)
{
    enum { MOST = 2000 }; /* characters, or near */
    size_t used = 0;
    const int64_t count = libnc_array_member_count(array);
    char *names = allocate(self, MOST + 16, 1);
    for (int64_t i = 0; i < count; i++) {
        const char *name = libnc_array_member_name(array, i);
        if (used + strlen(name) + 2 > MOST) {
            strcpy(names + used, i > 0 ? ", ..." : "...");
            break;
        }
        used += (size_t)sprintf(names + used, "%s%s", i > 0 ? ", " : "", name);
    }
    return names;
}

/* Chooses a member by its name, as it is or as messages show it. */
static libnc_status member_select(const program *self, const char *option, const char *path,
                                  libnc_array *array, const char *member)
{
    libnc_status status = libnc_array_select(array, member);
    if (status != LIBNC_ERROR_ARGUMENT)
        return status;
    for (int64_t i = 0; i < libnc_array_member_count(array); i++) {
        char *plain = plain_text(libnc_array_member_name(array, i));
        const bool found = plain != NULL && strcmp(plain, member) == 0;
        free(plain);
        if (found)
            return libnc_array_select(array, libnc_array_member_name(array, i));
    }
    char *names = member_names(self, array);
    if (*names == '\0')
        stop(self, EXIT_FAILURE, "--%s = %s: is one array without a name: leave out \"%s\"", option,
             path, member);
    stop(self, EXIT_FAILURE, "--%s = %s: has no array \"%s\"; it has %s", option, path, member,
         names);
}

static libnc_array *shard_open(const program *self, const char *option, const char *path,
                               const char *member)
{
    libnc_array *array = NULL;
    libnc_status status = libnc_array_open(&array, self->context, path, NULL);
    if (status >= 0 && member != NULL)
        status = member_select(self, option, path, array, member);
    if (status < 0)
        stop(self, EXIT_FAILURE, "--%s: %s", option, libnc_context_error(self->context));
    if (libnc_array_name(array) == NULL)
        stop(self, EXIT_FAILURE, "--%s = %s: holds %lld arrays: choose one with FILE:MEMBER: %s",
             option, path, (long long)libnc_array_member_count(array), member_names(self, array));
    return array;
}

/* ---- files ---- */

static bool names_files(const char *pattern)
{
    glob_t found = {0};
    if (*pattern == '\0')
        return false;
    if (access(pattern, F_OK) == 0)
        return true;
    const bool any = glob(pattern, 0, NULL, &found) == 0;
    globfree(&found);
    return any;
}

/* Cuts the text at the first separator that stands after a name of files; what follows it, or NULL
 * with the text as it was. */
static char *cut_member(char *text, const char *separator)
{
    for (char *at = strstr(text, separator); at != NULL; at = strstr(at + 1, separator)) {
        const char kept = *at;
        *at = '\0';
        if (names_files(text))
            return at + strlen(separator);
        *at = kept;
    }
    return NULL;
}

/* Splits FILE::MEMBER or FILE:MEMBER, unless there is a file of the whole name; the member, which
 * may have any characters, or NULL. */
static char *split_member(char *text)
{
    if (access(text, F_OK) == 0)
        return NULL;
    char *member = cut_member(text, "::");
    return member != NULL ? member : cut_member(text, ":");
}

bool names_source(const program *self, const char *text)
{
    char *copy = copy_text(self, text);
    const bool named = split_member(copy) != NULL || names_files(copy);
    free(copy);
    return named;
}

/* Numbers in names count as numbers: f2 stands before f10. */
static int natural_order(const void *left, const void *right)
{
    const char *a = *(char *const *)left, *b = *(char *const *)right;
    const char *x = a, *y = b;
    while (*x != '\0' && *y != '\0') {
        if (skip_digits(x) == x || skip_digits(y) == y) {
            if (*x != *y)
                return (unsigned char)*x < (unsigned char)*y ? -1 : 1;
            x++, y++;
            continue;
        }
        x += strspn(x, "0");
        y += strspn(y, "0");
        const size_t size = (size_t)(skip_digits(x) - x), other = (size_t)(skip_digits(y) - y);
        const int order = size != other ? (size < other ? -1 : 1) : memcmp(x, y, size);
        if (order != 0)
            return order;
        x += size;
        y += size;
    }
    return *x != '\0' ? 1 : *y != '\0' ? -1 : strcmp(a, b);
}

/* Whether two names that follow each other differ in one number of as many digits, so that nobody
 * puts them in another order. */
static bool order_is_plain(const char *a, const char *b)
{
    size_t same = 0;
    while (a[same] != '\0' && a[same] == b[same])
        same++;
    while (same > 0 && skip_digits(a + same - 1) > a + same - 1)
        same--;
    const char *after = skip_digits(a + same), *other = skip_digits(b + same);
    return after > a + same && after - a == other - b && strcmp(after, other) == 0;
}

bool shards_order_is_plain(const shards *s)
{
    for (int64_t i = 1; i < s->count; i++)
        if (!order_is_plain(s->paths[i - 1], s->paths[i]))
            return false;
    return true;
}

/* The files of a name that exists, or of a pattern. */
static void shards_list(const program *self, const char *option, const char *pattern, shards *s)
{
    glob_t found = {0};
    const bool is_file = access(pattern, F_OK) == 0;
    const int failed = is_file ? 0 : glob(pattern, 0, NULL, &found);
    if (failed != 0)
        stop(self, EXIT_FAILURE, "--%s = %s: %s", option, pattern,
             failed == GLOB_NOMATCH ? "no such file" : "cannot be listed");
    s->count = is_file ? 1 : (int64_t)found.gl_pathc;
    s->paths = allocate(self, (size_t)s->count, sizeof(char *));
    for (int64_t i = 0; i < s->count; i++)
        s->paths[i] = copy_text(self, is_file ? pattern : found.gl_pathv[i]);
    if (!is_file)
        globfree(&found);
    qsort(s->paths, (size_t)s->count, sizeof *s->paths, natural_order);
}

shards shards_open(const program *self, const char *option, const char *name)
{
    shards s = {.name = name, .places = 1};
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

void shards_pool(const program *self, const char *option, shards *s, bool channels_last)
{
    int64_t channels = 0;
    for (int64_t i = 0; i < s->count; i++) {
        const int32_t last = channels_last ? libnc_array_dimensions(s->arrays[i]) - 1 : 1;
        const int64_t size = libnc_array_dimension(s->arrays[i], last);
        if (i > 0 && size != channels)
            stop(self, EXIT_FAILURE, "--%s: %s has %lld channels, %s has %lld", option, s->paths[i],
                 (long long)size, s->paths[0], (long long)channels);
        channels = size;
    }
    if (channels == 0 || s->cols == 0)
        return;
    s->places = s->cols / channels;
    s->cols = channels;
    s->channels_last = channels_last;
}

void shards_close(shards *s)
{
    for (int64_t i = 0; i < s->count; i++) {
        libnc_array_destroy(s->arrays[i]);
        free(s->paths[i]);
    }
    free(s->arrays);
    free(s->paths);
}

int64_t shard_of(const shards *s, int64_t *row)
{
    int64_t i = 0;
    while (i + 1 < s->count && *row >= libnc_array_rows(s->arrays[i]))
        *row -= libnc_array_rows(s->arrays[i++]);
    return i;
}

int32_t shards_scalar(const shards *s)
{
    for (int64_t i = 0; i < s->count; i++) {
        const int32_t element = libnc_array_element(s->arrays[i]);
        if (s->places > 1) /* means, of any type */
            return LIBNC_FLOAT64;
        if (element < LIBNC_ELEMENT_FLOAT8_E4M3 || element > LIBNC_ELEMENT_FLOAT32)
            return LIBNC_FLOAT64;
    }
    return LIBNC_FLOAT32;
}

size_t scalar_size(int32_t scalar)
{
    return scalar == LIBNC_FLOAT32 ? sizeof(float) : sizeof(double);
}

/* Means over the places of each channel, of rows of one file. */
static void shard_read_means(const program *self, const shards *s, libnc_array *array,
                             int64_t begin, int64_t count, double *means)
{
    enum { PIECE_BYTES = 1 << 22 };
    const int64_t channels = s->cols, places = s->places, width = channels * places;
    int64_t most = PIECE_BYTES / (width * (int64_t)sizeof(double));
    most = most < 1 ? 1 : most < count ? most : count;
    double *maps = allocate(self, (size_t)(most * width), sizeof *maps);
    const int64_t step = s->channels_last ? channels : 1, from = s->channels_last ? 1 : places;
    for (int64_t done = 0, part; done < count; done += part) {
        part = count - done < most ? count - done : most;
        require(self, libnc_array_read(array, begin + done, part, LIBNC_FLOAT64, maps,
                                       (size_t)(part * width)));
        for (int64_t i = 0; i < part * channels; i++) {
            const double *first = maps + i / channels * width + i % channels * from;
            double sum = 0;
            for (int64_t place = 0; place < places; place++)
                sum += first[place * step];
            means[done * channels + i] = sum / (double)places;
        }
    }
    free(maps);
}

void shards_read(const program *self, const shards *s, int64_t begin, int64_t count, int32_t scalar,
                 void *values)
{
    const size_t row_size = (size_t)s->cols * (scalar == 0 ? sizeof(int64_t) : scalar_size(scalar));
    for (int64_t done = 0; done < count;) {
        int64_t row = begin + done;
        libnc_array *array = s->arrays[shard_of(s, &row)];
        int64_t part = libnc_array_rows(array) - row;
        part = part < count - done ? part : count - done;
        char *to = (char *)values + (size_t)done * row_size;
        const size_t size = (size_t)(part * s->cols);
        if (s->places > 1)
            shard_read_means(self, s, array, row, part, (double *)to);
        else if (scalar == 0)
            require(self,
                    libnc_array_read_integers(array, row, part, LIBNC_ELEMENT_INT64, to, size));
        else
            require(self, libnc_array_read(array, row, part, scalar, to, size));
        done += part;
    }
}
