/* SPDX-License-Identifier: MIT
 *
 * grid.h: matrices for tests of kernels: either scalar type, any stride, with guard values around
 * every row, so that a write outside is seen.
 *
 *     grid g = grid_make(LIBNC_FLOAT32, rows, cols, rows between, &seed);
 *     ... an operation that may write to rows x cols of g.data ...
 *     grid_check_guards(&g);      // nothing else was touched
 *     grid_free(&g);
 *
 * Checks call Check only where they fail: it writes to a file at every assertion, which would take
 * most of the time of a suite that looks at millions of values.
 */
#ifndef GRID_H
#define GRID_H

#include "linalg/linalg.h"
#include "support/random_values.h"

#include <check.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

enum { GRID_GUARD = 16 }; /* values before the first and after the last row */

typedef struct grid {
    int32_t scalar;
    int64_t rows, cols, stride;
    size_t count; /* values with guards */
    char *memory, *before;
    void *data;
} grid;

static inline size_t grid_size(int32_t scalar)
{
    return scalar == LIBNC_FLOAT64 ? sizeof(double) : sizeof(float);
}

static inline double grid_epsilon(int32_t scalar)
{
    return scalar == LIBNC_FLOAT64 ? DBL_EPSILON : FLT_EPSILON;
}

static inline void grid_put(void *block, int32_t scalar, size_t i, double value)
{
    if (scalar == LIBNC_FLOAT64)
        ((double *)block)[i] = value;
    else
        ((float *)block)[i] = (float)value;
}

static inline double grid_at(const grid *g, int64_t i, int64_t j)
{
    const size_t at = (size_t)(i * g->stride + j);
    return g->scalar == LIBNC_FLOAT64 ? ((const double *)g->data)[at]
                                      : (double)((const float *)g->data)[at];
}

static inline void grid_set(grid *g, int64_t i, int64_t j, double value)
{
    grid_put(g->data, g->scalar, (size_t)(i * g->stride + j), value);
}

/* Takes what the matrix holds now as what it held before. */
static inline void grid_remember(grid *g)
{
    memcpy(g->before, g->memory, g->count * grid_size(g->scalar));
}

/* Random values, guards included; `between` values between rows. */
static inline grid grid_make(int32_t scalar, int64_t rows, int64_t cols, int64_t between,
                             uint64_t *seed)
{
    grid g = {scalar, rows, cols, cols + between, 0, NULL, NULL, NULL};
    g.count = (size_t)(rows * g.stride + 2 * GRID_GUARD);
    g.memory = malloc(g.count * grid_size(scalar));
    g.before = malloc(g.count * grid_size(scalar));
    g.data = g.memory + GRID_GUARD * grid_size(scalar);
    for (size_t i = 0; i < g.count; i++)
        grid_put(g.memory, scalar, i, uniform(seed));
    grid_remember(&g);
    return g;
}

/* What the matrix held when it was made or remembered. */
static inline double grid_was(const grid *g, int64_t i, int64_t j)
{
    const size_t at = (size_t)(GRID_GUARD + i * g->stride + j);
    return g->scalar == LIBNC_FLOAT64 ? ((const double *)(const void *)g->before)[at]
                                      : (double)((const float *)(const void *)g->before)[at];
}

static inline nc__tensor grid_tensor(const grid *g)
{
    return (nc__tensor){g->data, g->scalar, g->rows, g->cols, g->stride};
}

static inline void grid_check_guards(const grid *g)
{
    const size_t size = grid_size(g->scalar);
    size_t free_from = 0; /* values up to here were looked at */
    for (int64_t i = 0; i <= g->rows; i++) {
        size_t row = i < g->rows ? (size_t)(GRID_GUARD + i * g->stride) : g->count;
        if (memcmp(g->memory + free_from * size, g->before + free_from * size,
                   (row - free_from) * size) != 0)
            ck_abort_msg("%lld x %lld: a value before row %lld was written to", (long long)g->rows,
                         (long long)g->cols, (long long)i);
        free_from = row + (size_t)g->cols;
    }
}

static inline void grid_check_unchanged(const grid *g)
{
    if (memcmp(g->memory, g->before, g->count * grid_size(g->scalar)) != 0)
        ck_abort_msg("%lld x %lld: was changed", (long long)g->rows, (long long)g->cols);
}

static inline void grid_free(grid *g)
{
    free(g->memory);
    free(g->before);
    g->memory = g->before = NULL;
}

#endif
