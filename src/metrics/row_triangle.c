/* SPDX-License-Identifier: MIT
 *
 * row_triangle.c: a triangle from rows that come one after the other (Golub and Van Loan,
 * section 5.2).
 */
#include "metrics/row_triangle.h"

/* Rows that are joined at a time, as a multiple of the columns: the triangle of those before is
 * factored again each time. */
enum { MULTIPLE = 4 };

libnc_status nc__row_triangle_init(nc__row_triangle *triangle, nc__arena *arena, int64_t expected,
                                   int64_t cols)
{
    triangle->context = arena->context;
    triangle->cols = cols;
    triangle->capacity = expected < MULTIPLE * cols ? expected : MULTIPLE * cols;
    triangle->count = 0;
    triangle->rows =
        nc__arena_alloc(arena, (size_t)triangle->capacity, (size_t)cols * sizeof *triangle->rows);
    return nc__arena_status(arena);
}

static libnc_status fold(nc__row_triangle *triangle)
{
    libnc_status status =
        nc__triangularise(triangle->context, triangle->rows, triangle->count, triangle->cols);
    triangle->count = triangle->cols;
    return status;
}

libnc_status nc__row_triangle_next(nc__row_triangle *triangle, double **row)
{
    if (triangle->count == triangle->capacity) {
        libnc_status status = fold(triangle);
        if (status != LIBNC_OK)
            return status;
    }
    *row = triangle->rows + triangle->count++ * triangle->cols;
    return LIBNC_OK;
}

libnc_status nc__row_triangle_finish(nc__row_triangle *triangle)
{
    return triangle->count > triangle->cols ? fold(triangle) : LIBNC_OK;
}
