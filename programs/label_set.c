/* SPDX-License-Identifier: MIT */
#include "label_set.h"

#include <stdlib.h>
#include <string.h>

static int label_order(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

int64_t label_set_find(const label_set *set, int64_t label)
{
    int64_t begin = 0, end = set->count;
    while (begin < end) {
        const int64_t middle = begin + (end - begin) / 2;
        if (set->values[middle] < label)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin < set->count && set->values[begin] == label ? begin : -1;
}

/* Appends those of the labels that the set lacks, in any order, some more than once. */
static int64_t label_set_append(const program *self, label_set *set, const int64_t *labels,
                                int64_t count)
{
    int64_t fresh = 0;
    int64_t *values = NULL;
    for (int64_t i = 0; i < count; i++) {
        if (label_set_find(set, labels[i]) >= 0)
            continue;
        if (values == NULL)
            values = allocate(self, (size_t)(set->count + count), sizeof *values);
        values[set->count + fresh++] = labels[i];
    }
    if (values == NULL)
        return 0;
    if (set->count > 0)
        memcpy(values, set->values, (size_t)set->count * sizeof *values);
    free(set->values);
    set->values = values;
    return fresh;
}

void label_set_add(const program *self, label_set *set, const int64_t *labels, int64_t count)
{
    const int64_t fresh = label_set_append(self, set, labels, count), all = set->count + fresh;
    if (fresh == 0)
        return;
    qsort(set->values, (size_t)all, sizeof *set->values, label_order);
    set->count = 0;
    for (int64_t i = 0; i < all; i++)
        if (i == 0 || set->values[i] != set->values[set->count - 1])
            set->values[set->count++] = set->values[i];
}
