/* SPDX-License-Identifier: MIT
 *
 * array_members.c: the directory of an opened file and the layout of its elements, for the
 * formats.
 */
#include "files/array_members.h"

#include "base/sort.h"

#include <assert.h>
#include <string.h>

enum { FIRST_MEMBERS = 8 }; /* capacity at first; it doubles */

nc__member *nc__array_add_member(libnc_array *array)
{
    if (array->count == array->capacity) {
        int64_t capacity = array->capacity ? 2 * array->capacity : FIRST_MEMBERS;
        nc__member *members = nc__alloc(array->context, (size_t)capacity, sizeof *members);
        if (!members)
            return NULL;
        if (array->count > 0)
            memcpy(members, array->members, (size_t)array->count * sizeof *members);
        nc__free(array->context, array->members);
        array->members = members;
        array->capacity = capacity;
    }
    return &array->members[array->count++];
}

libnc_status nc__array_read_text(libnc_array *array, int64_t offset, int64_t size)
{
    assert(offset >= 0 && size <= array->source.size - offset);
    array->text = nc__alloc(array->context, (size_t)size, 1);
    if (!array->text)
        return LIBNC_ERROR_MEMORY;
    array->text_size = size;
    return nc__source_read(&array->source, offset, array->text, (size_t)size);
}

static int compare_names(const void *user, int64_t a, int64_t b)
{
    const nc__member *members = user;
    return strcmp(members[a].name, members[b].name);
}

libnc_status nc__array_check_names(const libnc_array *array)
{
    int64_t *order = nc__alloc(array->context, (size_t)array->count, sizeof *order);
    if (!order)
        return LIBNC_ERROR_MEMORY;
    for (int64_t i = 0; i < array->count; i++)
        order[i] = i;
    nc__sort_indices(order, array->count, compare_names, array->members);
    libnc_status status = LIBNC_OK;
    for (int64_t i = 1; i < array->count && !status; i++)
        if (compare_names(array->members, order[i - 1], order[i]) == 0)
            status =
                nc__source_fail(&array->source, LIBNC_ERROR_FORMAT, array->members[order[i]].header,
                                "the name \"%.64s\" occurs twice", array->members[order[i]].name);
    nc__free(array->context, order);
    return status;
}

/* *product *= factor; false above 2^63 - 1. */
static bool multiply(int64_t *product, int64_t factor)
{
    if (factor > 0 && *product > INT64_MAX / factor)
        return false;
    *product *= factor;
    return true;
}

libnc_status nc__layout_measure(nc__layout *layout, const nc__source *source, int64_t offset)
{
    bool fits = true;
    int64_t bytes = layout->size; /* with sizes of 0 left out, so that no product overflows */
    layout->rows = layout->dimensions > 0 ? layout->shape[0] : 1;
    layout->cols = 1;
    for (int32_t i = 0; i < layout->dimensions && fits; i++) {
        fits = multiply(&bytes, layout->shape[i] > 0 ? layout->shape[i] : 1);
        if (i > 0 && fits)
            layout->cols *= layout->shape[i];
    }
    if (!fits)
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, offset,
                               "the sizes of the shape have a product above 2^63 - 1 bytes");
    layout->bytes = layout->rows > 0 && layout->cols > 0 ? bytes : 0;
    int32_t extended = 0;
    for (int32_t i = 0; i < layout->dimensions; i++)
        extended += layout->shape[i] > 1;
    if (extended < 2)
        layout->fortran = false; /* both orders are one */
    return LIBNC_OK;
}

int64_t nc__layout_column(const nc__layout *layout, int64_t place)
{
    int64_t column = 0, step = layout->cols; /* from the first of the other dimensions on */
    for (int32_t i = 1; i < layout->dimensions; i++) {
        step /= layout->shape[i];
        column += place % layout->shape[i] * step;
        place /= layout->shape[i];
    }
    return column;
}
