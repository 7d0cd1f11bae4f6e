/* SPDX-License-Identifier: MIT
 *
 * row_triangle.h: the triangle R of A = Q R for a matrix that comes row by row, in O(cols^2)
 * memory: R^T R = A^T A, with the digits that A^T A itself would lose.
 */
#ifndef NC__ROW_TRIANGLE_H
#define NC__ROW_TRIANGLE_H

#include "linalg/linalg.h"

typedef struct nc__row_triangle {
    libnc_context *context;
    int64_t cols, capacity;
    int64_t count; /* rows now: of A itself as long as they fit, else R and rows that follow */
    double *rows;  /* capacity x cols */
} nc__row_triangle;

/* For `expected` rows, in the arena. */
libnc_status nc__row_triangle_init(nc__row_triangle *triangle, nc__arena *arena, int64_t expected,
                                   int64_t cols);

/* A place for the next row, to be filled before the next call. */
libnc_status nc__row_triangle_next(nc__row_triangle *triangle, double **row);

/* Leaves R, cols x cols, if there are more rows than that. */
libnc_status nc__row_triangle_finish(nc__row_triangle *triangle);

#endif
