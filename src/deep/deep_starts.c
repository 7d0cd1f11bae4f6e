/* SPDX-License-Identifier: MIT
 *
 * deep_starts.c: structured and random codes (deep_starts.h).
 *
 * Garrod and Keating (arXiv 2410.23169) show that codes of lower rank beat the simplex; orthogonal
 * antipodal pairs have half its rank. Which blocks win depends on K, M and the decays, so that all
 * kinds are tried.
 */
#include "deep/deep_starts.h"

#include <math.h>
#include <string.h>

/* Up to here every number of blocks of a size is tried, beyond only the largest. */
enum { FEW_CLASSES = 16 };

/* ---- recipes ---- */

typedef struct list {
    nc__deep_recipe *recipes; /* NULL: only count */
    int64_t count;
} list;

static void add(list *to, int32_t shape, int32_t rest, int64_t blocks, int64_t size,
                int64_t centred)
{
    const nc__deep_recipe recipe = {shape, rest, NC__DEEP_ORDER_LARGEST, blocks, size, centred};
    if (to->recipes)
        to->recipes[to->count] = recipe;
    to->count++;
}

/* q blocks of m classes and a simplex of the rest; B blocks of as equal sizes as possible. */
static void add_blocks(list *to, int64_t classes, int64_t centred)
{
    for (int64_t size = 2; size <= classes; size++) {
        const int64_t most = classes / size, fewest = classes <= FEW_CLASSES ? 1 : most;
        for (int64_t blocks = fewest; blocks <= most; blocks++) {
            add(to, NC__DEEP_SIMPLEX, NC__DEEP_REST_SIMPLEX, blocks, size, centred);
            if (size >= 5)
                add(to, NC__DEEP_POLYGON, NC__DEEP_REST_SIMPLEX, blocks, size, centred);
        }
    }
    for (int64_t blocks = 2; blocks <= classes / 2; blocks++) {
        if (classes % blocks == 0)
            continue;
        add(to, NC__DEEP_SIMPLEX, NC__DEEP_REST_SIMPLEX, blocks, 0, centred);
        if (classes / blocks >= 5)
            add(to, NC__DEEP_POLYGON, NC__DEEP_REST_SIMPLEX, blocks, 0, centred);
    }
}

/* Codes in which the smaller classes are given up or share one vertex. */
static void add_minority(list *to, int64_t classes)
{
    const int64_t stride = classes <= FEW_CLASSES ? 1 : classes / FEW_CLASSES;
    for (int64_t size = 1; size < classes; size += stride) {
        add(to, NC__DEEP_SIMPLEX, NC__DEEP_REST_MERGED, 1, size, 0);
        if (size > 1)
            add(to, NC__DEEP_SIMPLEX, NC__DEEP_REST_LOST, 1, size, 0);
    }
}

/* The same recipes in the other order. */
static void add_interleaved(list *to)
{
    const int64_t count = to->count;
    for (int64_t i = 0; i < count && to->recipes; i++) {
        to->recipes[count + i] = to->recipes[i];
        to->recipes[count + i].order = NC__DEEP_ORDER_INTERLEAVED;
    }
    to->count += count;
}

int64_t nc__deep_recipes(int64_t classes, bool bias, bool uneven, nc__deep_recipe *recipes)
{
    list to = {recipes, 0};
    add(&to, NC__DEEP_SIMPLEX, NC__DEEP_REST_SIMPLEX, 1, classes, 0);
    add_blocks(&to, classes, 0);
    if (bias) {
        add(&to, NC__DEEP_LINE, NC__DEEP_REST_SIMPLEX, 1, classes, 0);
        add_blocks(&to, classes - 1, 1);
    }
    if (uneven)
        add_minority(&to, classes);
    if (uneven)
        add_interleaved(&to);
    return to.count;
}

/* ---- codes ---- */

/* Unit vectors with equal angles, in the coordinates of Helmert's contrasts: contrast j is
 * (1, .., 1, -(j+1), 0, ..)/sqrt((j+1)(j+2)), and row p of all of them has length sqrt(1 - 1/m). */
static int64_t place_simplex(int64_t classes, int64_t size, double *rows)
{
    if (size == 1) {
        rows[0] = 1;
        return 1;
    }
    const double length = sqrt((double)size / (double)(size - 1));
    for (int64_t p = 0; p < size; p++)
        for (int64_t j = p > 0 ? p - 1 : 0; j < size - 1; j++) {
            const double norm = length / sqrt((double)(j + 1) * (double)(j + 2));
            rows[p * classes + j] = p <= j ? norm : -(double)(j + 1) * norm;
        }
    return size - 1;
}

static int64_t place_polygon(int64_t classes, int64_t size, double *rows)
{
    const double turn = 2 * acos(-1) / (double)size;
    for (int64_t p = 0; p < size; p++) {
        rows[p * classes] = cos(turn * (double)p);
        rows[p * classes + 1] = sin(turn * (double)p);
    }
    return 2;
}

/* Equally spaced from -1 to 1. */
static int64_t place_line(int64_t classes, int64_t size, double *rows)
{
    for (int64_t p = 0; p < size; p++)
        rows[p * classes] = size > 1 ? 2 * (double)p / (double)(size - 1) - 1 : 0;
    return 1;
}

static int64_t place(int32_t shape, int64_t classes, int64_t size, double *rows)
{
    if (shape == NC__DEEP_LINE)
        return place_line(classes, size, rows);
    if (shape == NC__DEEP_POLYGON && size >= 3)
        return place_polygon(classes, size, rows);
    return place_simplex(classes, size, rows);
}

/* The simplex of size + 1 vertices, the last one for all the rest. */
static int64_t place_merged(int64_t classes, int64_t size, double *code)
{
    const int64_t dimensions = place_simplex(classes, size + 1, code);
    for (int64_t k = size + 1; k < classes; k++)
        memcpy(code + k * classes, code + size * classes, (size_t)classes * sizeof *code);
    return dimensions;
}

int64_t nc__deep_recipe_code(const nc__deep_recipe *recipe, int64_t classes, double *code)
{
    const int64_t used = classes - recipe->centred; /* the last class is the one at the origin */
    int64_t next = 0, dimensions = 0;
    memset(code, 0, (size_t)(classes * classes) * sizeof *code);
    if (recipe->rest == NC__DEEP_REST_MERGED)
        return place_merged(classes, recipe->size, code);
    for (int64_t b = 0; b < recipe->blocks; b++) {
        int64_t size = recipe->size;
        if (size == 0)
            size = used / recipe->blocks + (b < used % recipe->blocks);
        dimensions += place(recipe->shape, classes, size, code + next * classes + dimensions);
        next += size;
    }
    if (next < used && recipe->rest == NC__DEEP_REST_SIMPLEX)
        dimensions += place_simplex(classes, used - next, code + next * classes + dimensions);
    return dimensions;
}

void nc__deep_sphere_code(nc__stream *stream, int64_t classes, int64_t dimensions, double *code)
{
    memset(code, 0, (size_t)(classes * classes) * sizeof *code);
    for (int64_t k = 0; k < classes; k++) {
        double *row = code + k * classes, squares = 0;
        nc__stream_normal(stream, row, (size_t)dimensions);
        for (int64_t i = 0; i < dimensions; i++)
            squares += row[i] * row[i];
        for (int64_t i = 0; i < dimensions; i++)
            row[i] /= sqrt(squares);
    }
}
