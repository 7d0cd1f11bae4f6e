/* SPDX-License-Identifier: MIT
 *
 * row_triangle.c: a triangle from rows that come one after the other (Golub and Van Loan,
 * section 5.2).
 */
#include "metrics/row_triangle.h"

/* Rows that are joined at a time, as a multiple of the columns: the triangle of those before is
 * factored again each time. */
enum { MULTIPLE = 4 };

libnc_status nc__stack_init(nc__stack *stack, nc__arena *arena, int64_t expected, int64_t cols)
{
    stack->context = arena->context;
    stack->cols = cols;
    stack->capacity = expected < MULTIPLE * cols ? expected : MULTIPLE * cols;
    stack->count = 0;
    stack->rows =
        nc__arena_alloc(arena, (size_t)stack->capacity, (size_t)cols * sizeof *stack->rows);
    return nc__arena_status(arena);
}

static libnc_status fold(nc__stack *stack)
{
    libnc_status status = nc__triangularise(stack->context, stack->rows, stack->count, stack->cols);
    stack->count = stack->cols;
    return status;
}

libnc_status nc__stack_next(nc__stack *stack, double **row)
{
    if (stack->count == stack->capacity) {
        libnc_status status = fold(stack);
        if (status != LIBNC_OK)
            return status;
    }
    *row = stack->rows + stack->count++ * stack->cols;
    return LIBNC_OK;
}

libnc_status nc__stack_finish(nc__stack *stack)
{
    return stack->count > stack->cols ? fold(stack) : LIBNC_OK;
}
