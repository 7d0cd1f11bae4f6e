/* SPDX-License-Identifier: MIT */
#include "epochs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "output.h"
#include "words.h"

/* Where the name of the file ends, and that of its member may begin. */
static const char *file_end(const char *pattern)
{
    static const char *const archives[] = {".npz:", ".safetensors:"};
    for (size_t i = 0; i < sizeof archives / sizeof *archives; i++) {
        const char *at = strstr(pattern, archives[i]);
        if (at != NULL)
            return at + strlen(archives[i]) - 1;
    }
    return pattern + strlen(pattern);
}

/* What '*' stands for in a file's name, allocated; NULL where the pattern does not fit. */
static char *match(const program *self, const char *pattern, const char *name)
{
    const char *star = strchr(pattern, '*'), *end = file_end(pattern);
    const size_t before = (size_t)(star - pattern), after = (size_t)(end - star - 1);
    const size_t length = strlen(name);
    if (length < before + after || strncmp(name, pattern, before) != 0 ||
        strncmp(name + length - after, star + 1, after) != 0)
        return NULL;
    char *text = allocate(self, length - before - after + 1, 1);
    memcpy(text, name + before, length - before - after);
    return text;
}

/* The last number of a text; false if there is none. */
static bool last_number(const char *text, int64_t *number)
{
    size_t end = strlen(text);
    while (end > 0 && !isdigit((unsigned char)text[end - 1]))
        end--;
    size_t begin = end;
    while (begin > 0 && isdigit((unsigned char)text[begin - 1]))
        begin--;
    const char *stop;
    char digits[20];
    if (begin == end || end - begin >= sizeof digits)
        return false;
    memcpy(digits, text + begin, end - begin);
    digits[end - begin] = '\0';
    return read_whole(digits, &stop, number);
}

static int compare(const void *a, const void *b)
{
    const int64_t x = ((const epoch *)a)->number, y = ((const epoch *)b)->number;
    return (x > y) - (x < y);
}

static void add(const program *self, epoch_list *list, const epoch *e)
{
    epoch *items = realloc(list->items, (size_t)(list->count + 1) * sizeof *items);
    if (items == NULL)
        stop(self, EXIT_FAILURE, "out of memory: %lld epochs", (long long)list->count + 1);
    items[list->count++] = *e;
    list->items = items;
}

/* The first of several files that have one number stays. */
static void sort_epochs(epoch_list *list)
{
    int64_t kept = 0;
    if (list->count > 0)
        qsort(list->items, (size_t)list->count, sizeof *list->items, compare);
    for (int64_t i = 0; i < list->count; i++) {
        if (kept > 0 && list->items[kept - 1].number == list->items[i].number)
            free(list->items[i].text);
        else
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

epoch_list epochs_find(const program *self, const char *folder, const char *pattern)
{
    epoch_list list = {0};
    DIR *directory = opendir(folder);
    if (directory == NULL)
        stop(self, EXIT_FAILURE, "%s: cannot be read: %s", folder, strerror(errno));
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        struct stat info;
        epoch e = {.text = match(self, pattern, entry->d_name)};
        char *path = path_in(self, folder, entry->d_name);
        if (e.text != NULL && last_number(e.text, &e.number) && stat(path, &info) == 0) {
            e.size = (int64_t)info.st_size;
            e.moved = (int64_t)info.st_mtime;
            add(self, &list, &e);
        } else {
            free(e.text);
        }
        free(path);
    }
    closedir(directory);
    sort_epochs(&list);
    return list;
}

void epochs_free(epoch_list *list)
{
    for (int64_t i = 0; i < list->count; i++)
        free(list->items[i].text);
    free(list->items);
    *list = (epoch_list){0};
}

char *epoch_name(const program *self, const char *folder, const char *pattern, const epoch *e)
{
    const char *star = strchr(pattern, '*');
    const size_t size = strlen(pattern) + strlen(e->text) + 1;
    char *name = allocate(self, size, 1);
    if (star != NULL)
        snprintf(name, size, "%.*s%s%s", (int)(star - pattern), pattern, e->text, star + 1);
    else
        memcpy(name, pattern, strlen(pattern) + 1);
    if (*pattern == '/')
        return name;
    char *path = path_in(self, folder, name);
    free(name);
    return path;
}
