/* SPDX-License-Identifier: MIT
 *
 * array.c: opening files of numbers, telling their formats, and choosing members.
 */
#include "files/array_internal.h"

#include "files/cifar.h"
#include "files/foreign.h"
#include "files/idx.h"
#include "files/npy.h"
#include "files/safetensors.h"
#include "files/zip.h"

#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LISTED = 240 }; /* characters of names in an error text */

typedef struct file_format {
    libnc_status (*open)(libnc_array *array);
    libnc_status (*select)(const libnc_array *array, nc__selection *selection);
} file_format;

static const file_format formats[] = {
    [LIBNC_ARRAY_NPY] = {nc__npy_open, nc__npy_select},
    [LIBNC_ARRAY_NPZ] = {nc__zip_open, nc__zip_select},
    [LIBNC_ARRAY_SAFETENSORS] = {nc__safetensors_open, nc__safetensors_select},
    [LIBNC_ARRAY_IDX] = {nc__idx_open, nc__idx_select},
    [LIBNC_ARRAY_CIFAR] = {nc__cifar_open, nc__cifar_select},
};

/* ---- which format ---- */

enum { PEEK = 4 + 4 * 255 }; /* the longest IDX header */

/* Records of CIFAR have no magic: whether the size would do. */
static bool is_like_cifar(int64_t size)
{
    return size > 0 && (size % 3073 == 0 || size % 3074 == 0);
}

static libnc_status tell_format(libnc_array *array)
{
    unsigned char bytes[PEEK] = {0};
    const int64_t size = array->source.size, seen = size < PEEK ? size : PEEK;
    libnc_status status = nc__source_read(&array->source, 0, bytes, (size_t)seen);
    if (status)
        return status;
    const int64_t idx = nc__idx_size(bytes, seen);
    const char *foreign = nc__foreign_kind(bytes, (size_t)seen);
    if (seen >= 6 && memcmp(bytes, "\x93NUMPY", 6) == 0)
        array->format = LIBNC_ARRAY_NPY;
    else if (seen >= 4 && (memcmp(bytes, "PK\3\4", 4) == 0 || memcmp(bytes, "PK\5\6", 4) == 0))
        array->format = LIBNC_ARRAY_NPZ;
    else if (seen >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b)
        array->format = LIBNC_ARRAY_IDX;
    else if (idx >= 0 && (idx == size || !is_like_cifar(size)))
        array->format = LIBNC_ARRAY_IDX;
    else if (seen >= 10 && bytes[8] == '{' && !(is_like_cifar(size) && bytes[7] != 0))
        array->format = LIBNC_ARRAY_SAFETENSORS;
    else if (foreign)
        return nc__source_fail(&array->source, LIBNC_ERROR_FORMAT, 0, "%s", foreign);
    else if (is_like_cifar(size))
        array->format = LIBNC_ARRAY_CIFAR;
    else
        return nc__source_fail(&array->source, LIBNC_ERROR_FORMAT, 0,
                               "%02x%02x%02x%02x and %" PRId64
                               " bytes in all: no npy, npz, safetensors, IDX or CIFAR file",
                               bytes[0], bytes[1], bytes[2], bytes[3], size);
    return LIBNC_OK;
}

/* ---- selections ---- */

static void destroy_selection(libnc_context *context, nc__selection *selection)
{
    if (!selection)
        return;
    nc__content_close(&selection->content);
    nc__source_close(&selection->spool);
    if (selection->map)
        munmap(selection->map, selection->map_size);
    nc__free(context, selection);
}

/* As many names as have room. */
static void list_names(const libnc_array *array, char names[LISTED])
{
    char next[LISTED / 2];
    size_t used = 0;
    *names = '\0';
    for (int64_t i = 0; i < array->count; i++) {
        nc__print(next, sizeof next, "%s%s", i > 0 ? ", " : "", array->members[i].name);
        const size_t length = strlen(next);
        if (length + sizeof ", ..." > LISTED - used) {
            strcpy(names + used, i > 0 ? ", ..." : "...");
            return;
        }
        strcpy(names + used, next);
        used += length;
    }
}

static libnc_status fail_member(const libnc_array *array, const char *member)
{
    char names[LISTED];
    list_names(array, names);
    return nc__fail(array->context, LIBNC_ERROR_ARGUMENT,
                    "member = %s%s%s: \"%s\" has %" PRId64 ": %s", member ? "\"" : "",
                    member ? member : "NULL", member ? "\"" : "", array->path, array->count, names);
}

static bool is_named(const char *name, const char *member)
{
    const size_t size = strlen(name);
    return strncmp(name, member, size) == 0 &&
           (member[size] == '\0' || strcmp(member + size, ".npy") == 0);
}

static const nc__member *find_member(const libnc_array *array, const char *member)
{
    if (!member)
        return array->count == 1 ? &array->members[0] : NULL;
    for (int64_t i = 0; i < array->count; i++)
        if (strcmp(array->members[i].name, member) == 0)
            return &array->members[i];
    for (int64_t i = 0; i < array->count && array->format == LIBNC_ARRAY_NPZ; i++)
        if (is_named(array->members[i].name, member))
            return &array->members[i];
    return NULL;
}

libnc_status libnc_array_select(libnc_array *array, const char *member)
{
    if (!array)
        return LIBNC_ERROR_ARGUMENT;
    const nc__member *found = find_member(array, member);
    if (!found)
        return fail_member(array, member);
    nc__selection *selection = nc__alloc(array->context, 1, sizeof *selection);
    if (!selection)
        return LIBNC_ERROR_MEMORY;
    selection->spool = NC__SOURCE_CLOSED;
    selection->member = found;
    const char *before = array->source.member;
    array->source.member = *found->name ? found->name : NULL;
    libnc_status status = formats[array->format].select(array, selection);
    if (status) {
        array->source.member = before;
        destroy_selection(array->context, selection);
        return status;
    }
    const nc__layout *layout = &selection->layout;
    if (selection->stride == 0)
        selection->stride = layout->cols > 0 ? layout->cols * layout->size : 1;
    destroy_selection(array->context, array->chosen);
    array->chosen = selection;
    return LIBNC_OK;
}

/* ---- create and destroy ---- */

void libnc_array_destroy(libnc_array *array)
{
    if (!array)
        return;
    destroy_selection(array->context, array->chosen);
    nc__source_close(&array->source);
    nc__free(array->context, array->work);
    nc__free(array->context, array->members);
    nc__free(array->context, array->text);
    nc__free(array->context, array->path);
    nc__free(array->context, array);
}

static libnc_array *allocate(libnc_context *context, const char *path)
{
    libnc_array *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return NULL;
    created->context = context;
    created->source = NC__SOURCE_CLOSED;
    created->path = nc__alloc(context, strlen(path) + 1, 1);
    if (!created->path) {
        libnc_array_destroy(created);
        return NULL;
    }
    strcpy(created->path, path);
    return created;
}

/* No more than a small file can fill. A row of CIFAR, which must fit, is no longer than its file.
 */
static libnc_status allocate_work(libnc_array *array)
{
    enum { LEAST = 64 };
    const int64_t size = array->source.size;
    array->chunk = size < LEAST ? LEAST : size < NC__ARRAY_CHUNK ? size : NC__ARRAY_CHUNK;
    array->work = nc__alloc(array->context, 2 * (size_t)array->chunk, sizeof *array->work);
    return array->work ? LIBNC_OK : LIBNC_ERROR_MEMORY;
}

/* The source is open; a format that is given is not looked for. */
static libnc_status open_members(libnc_array *array, int32_t format, const char *member)
{
    libnc_status status = allocate_work(array);
    array->format = format;
    if (!status && format == 0)
        status = tell_format(array);
    if (!status)
        status = formats[array->format].open(array);
    if (!status && (member || array->count == 1))
        status = libnc_array_select(array, member);
    return status;
}

static libnc_status hand_over(libnc_array **array, libnc_array *created, libnc_status status)
{
    if (status)
        libnc_array_destroy(created);
    else
        *array = created;
    return status;
}

libnc_status libnc_array_open(libnc_array **array, libnc_context *context, const char *path,
                              const char *member)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (!array)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "array = NULL: must be given");
    return nc__array_open(array, context, "path", path, 0, member);
}

libnc_status nc__array_open(libnc_array **array, libnc_context *context, const char *name,
                            const char *path, int32_t format, const char *member)
{
    if (!path)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = NULL: must be a file name", name);
    libnc_array *created = allocate(context, path);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    libnc_status status = nc__source_open(&created->source, context, name, created->path);
    if (!status)
        status = open_members(created, format, member);
    return hand_over(array, created, status);
}

libnc_status nc__array_open_memory(libnc_array **array, libnc_context *context, const void *memory,
                                   int64_t size, const char *member)
{
    libnc_array *created = allocate(context, "");
    if (!created)
        return LIBNC_ERROR_MEMORY;
    nc__source_of_memory(&created->source, context, memory, size);
    return hand_over(array, created, open_members(created, 0, member));
}

/* ---- getters ---- */

int64_t libnc_array_member_count(const libnc_array *array)
{
    return array ? array->count : 0;
}

const char *libnc_array_member_name(const libnc_array *array, int64_t index)
{
    return array && index >= 0 && index < array->count ? array->members[index].name : NULL;
}

int32_t libnc_array_format(const libnc_array *array)
{
    return array ? array->format : 0;
}

const char *libnc_array_name(const libnc_array *array)
{
    return array && array->chosen ? array->chosen->member->name : NULL;
}

int64_t libnc_array_rows(const libnc_array *array)
{
    return array && array->chosen ? array->chosen->layout.rows : 0;
}

int64_t libnc_array_cols(const libnc_array *array)
{
    return array && array->chosen ? array->chosen->layout.cols : 0;
}

int32_t libnc_array_dimensions(const libnc_array *array)
{
    return array && array->chosen ? array->chosen->layout.dimensions : 0;
}

int64_t libnc_array_dimension(const libnc_array *array, int32_t index)
{
    return index >= 0 && index < libnc_array_dimensions(array) ? array->chosen->layout.shape[index]
                                                               : 0;
}

int32_t libnc_array_element(const libnc_array *array)
{
    return array && array->chosen ? array->chosen->layout.element : 0;
}

libnc_status libnc_array_set_element(libnc_array *array, int32_t element)
{
    if (!array)
        return LIBNC_ERROR_ARGUMENT;
    if (!array->chosen)
        return nc__fail(array->context, LIBNC_ERROR_STATE,
                        "array: no member of \"%s\" is chosen: call libnc_array_select()",
                        array->path);
    const int32_t size = array->chosen->layout.size;
    if (libnc_element_size(element) != size)
        return nc__fail(array->context, LIBNC_ERROR_ARGUMENT,
                        "element = %" PRId32 ": must be an element type of %" PRId32 " bytes",
                        element, size);
    array->chosen->layout.element = element;
    return LIBNC_OK;
}

/* ---- in place ---- */

/* The page in which the elements begin, and what follows. */
static bool map_elements(const libnc_array *array, nc__selection *selection)
{
    const int64_t page = sysconf(_SC_PAGESIZE), within = selection->begin % page;
    if (array->source.file < 0) {
        selection->first = array->source.memory + selection->begin;
        return true;
    }
    const size_t size = (size_t)(selection->layout.bytes + within);
    void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, array->source.file,
                     (off_t)(selection->begin - within));
    if (map == MAP_FAILED)
        return false;
    selection->map = map;
    selection->map_size = size;
    selection->first = (const char *)map + within;
    return true;
}

const void *libnc_array_view(libnc_array *array)
{
    nc__selection *s = array ? array->chosen : NULL;
    if (!s)
        return NULL;
    const nc__layout *layout = &s->layout;
    if (layout->element == 0 || layout->swap || layout->fortran || layout->bytes == 0 ||
        s->streams || s->stride != layout->cols * layout->size)
        return NULL;
    if (!s->first && !map_elements(array, s))
        return NULL;
    return (uintptr_t)s->first % (uintptr_t)layout->size == 0 ? s->first : NULL;
}
