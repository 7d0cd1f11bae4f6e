/* SPDX-License-Identifier: MIT
 *
 * sample_groups.c: samples dealt out to groups.
 */
#include "accumulator/sample_groups.h"

#include <string.h>

enum {
    PART_ROWS = 128,  /* that wait in the block of a group */
    BLOCK_ROWS = 1024 /* that are dealt out at a time */
};

static libnc_status allocate(nc__sample_groups *g, int64_t classes, int64_t width)
{
    const size_t rows = (size_t)g->capacity;
    g->parts = nc__alloc(g->context, (size_t)g->count, sizeof(nc__statistics *));
    g->next = nc__alloc(g->context, (size_t)classes, sizeof *g->next);
    g->group = nc__alloc(g->context, rows, sizeof *g->group);
    g->labels = nc__alloc(g->context, rows, sizeof *g->labels);
    g->rows = nc__alloc(g->context, rows, (size_t)width * sizeof(double));
    return g->parts && g->next && g->group && g->labels && g->rows ? LIBNC_OK : LIBNC_ERROR_MEMORY;
}

static libnc_status create_parts(nc__sample_groups *g, int64_t classes, int64_t width,
                                 bool with_scatter)
{
    libnc_status status = LIBNC_OK;
    for (int32_t i = 0; i < g->count && status == LIBNC_OK; i++)
        status = nc__statistics_create_for(&g->parts[i], g->context, classes, width, with_scatter,
                                           PART_ROWS);
    return status;
}

libnc_status nc__sample_groups_create(nc__sample_groups **groups, libnc_context *context,
                                      int32_t count, int64_t classes, int64_t width,
                                      bool with_scatter)
{
    nc__sample_groups *g = nc__alloc(context, 1, sizeof *g);
    if (!g)
        return LIBNC_ERROR_MEMORY;
    g->context = context;
    g->count = count;
    g->capacity = BLOCK_ROWS;
    libnc_status status = allocate(g, classes, width);
    if (status == LIBNC_OK)
        status = create_parts(g, classes, width, with_scatter);
    if (status != LIBNC_OK) {
        nc__sample_groups_destroy(g);
        return status;
    }
    const int64_t *none = g->parts[0]->counts;
    nc__sample_groups_follow(g, none);
    *groups = g;
    return LIBNC_OK;
}

void nc__sample_groups_destroy(nc__sample_groups *g)
{
    if (!g)
        return;
    for (int32_t i = 0; g->parts && i < g->count; i++)
        nc__statistics_destroy(g->parts[i]);
    nc__free(g->context, g->rows);
    nc__free(g->context, g->labels);
    nc__free(g->context, g->group);
    nc__free(g->context, g->next);
    nc__free(g->context, g->parts);
    nc__free(g->context, g);
}

libnc_status nc__sample_groups_prepare(nc__sample_groups *g, int32_t scalar)
{
    libnc_status status = LIBNC_OK;
    for (int32_t i = 0; g && i < g->count && status == LIBNC_OK; i++)
        status = nc__statistics_prepare(g->parts[i], scalar);
    return status;
}

/* The rows of one group, side by side. */
static void add_group(nc__sample_groups *g, int32_t group, const nc__tensor *rows,
                      const int32_t *labels)
{
    const size_t bytes = (size_t)rows->cols * nc__scalar_size(rows->scalar);
    int64_t count = 0;
    for (int64_t i = 0; i < rows->rows; i++) {
        if (g->group[i] != group)
            continue;
        const nc__tensor row = nc__tensor_rows(rows, i, 1);
        memcpy((char *)g->rows + (size_t)count * bytes, row.data, bytes);
        g->labels[count++] = labels[i];
    }
    const nc__tensor own = nc__tensor_of(g->rows, rows->scalar, count, rows->cols);
    if (count > 0)
        nc__statistics_add(g->parts[group], &own, g->labels);
}

void nc__sample_groups_add(nc__sample_groups *g, const nc__tensor *rows, const int32_t *labels)
{
    for (int64_t begin = 0, count; begin < rows->rows; begin += count) {
        const int64_t left = rows->rows - begin;
        count = left < g->capacity ? left : g->capacity;
        const nc__tensor some = nc__tensor_rows(rows, begin, count);
        for (int64_t i = 0; i < count; i++) {
            int32_t *next = &g->next[labels[begin + i]];
            g->group[i] = *next;
            *next = *next + 1 < g->count ? *next + 1 : 0;
        }
        for (int32_t i = 0; i < g->count; i++)
            add_group(g, i, &some, labels + begin);
    }
}

void nc__sample_groups_merge(nc__sample_groups *into, const nc__sample_groups *other)
{
    for (int32_t i = 0; i < into->count; i++)
        nc__statistics_merge(into->parts[i], other->parts[i]);
}

/* The first group of class k is the fractional part of k times the golden ratio, so that small
 * classes do not meet in the same groups. */
static int32_t first_group(const nc__sample_groups *g, int64_t k)
{
    static const double GOLDEN = 0.6180339887498949;
    const double turns = (double)k * GOLDEN;
    const int32_t group = (int32_t)((turns - (double)(int64_t)turns) * g->count);
    return group < g->count ? group : 0;
}

void nc__sample_groups_follow(nc__sample_groups *g, const int64_t *counts)
{
    for (int64_t k = 0; k < g->parts[0]->classes; k++)
        g->next[k] = (int32_t)((first_group(g, k) + counts[k]) % g->count);
}
