/* SPDX-License-Identifier: MIT
 *
 * scatter.c: sums of y y^T, half a matrix product per block of rows (doc/metrics.md, "Statistics").
 */
#include "accumulator/scatter.h"

#include <assert.h>

/* Rows whose products are summed in float32 before they go to float64. Every panel of rows that a
 * BLAS adds to an entry costs a rounding: about 2^-24 sqrt(rows) of it, or 5e-6, even in a BLAS
 * that adds row by row. Reading and writing n^2 numbers once in so many rows costs 2 %. */
enum { MERGE_ROWS = 8192, WIDE_ROWS = 16 };

/* Mean squares of float32 rows whose products keep their digits: a million times away from the
 * smallest normal number, and sums of MERGE_ROWS of them as far from the largest. */
static const double LEAST_SQUARE = 1e-31, MOST_SQUARE = 1e28;

libnc_status nc__scatter_create(nc__scatter **scatter, libnc_context *context, int64_t width)
{
    nc__scatter *s = nc__alloc(context, 1, sizeof *s);
    if (!s)
        return LIBNC_ERROR_MEMORY;
    s->context = context;
    s->width = width;
    s->sum = nc__alloc(context, (size_t)width, (size_t)width * sizeof(double));
    if (!s->sum) {
        nc__free(context, s);
        return LIBNC_ERROR_MEMORY;
    }
    *scatter = s;
    return LIBNC_OK;
}

void nc__scatter_destroy(nc__scatter *s)
{
    if (!s)
        return;
    nc__free(s->context, s->wide.data);
    nc__free(s->context, s->products.data);
    nc__free(s->context, s->sum);
    nc__free(s->context, s);
}

libnc_status nc__scatter_prepare(nc__scatter *s, int32_t scalar)
{
    if (scalar == LIBNC_FLOAT64 || s->products.data)
        return LIBNC_OK;
    nc__tensor products = nc__tensor_alloc(s->context, scalar, s->width, s->width);
    nc__tensor wide = nc__tensor_alloc(s->context, LIBNC_FLOAT64, WIDE_ROWS, s->width);
    if (!products.data || !wide.data) {
        nc__free(s->context, wide.data);
        nc__free(s->context, products.data);
        return LIBNC_ERROR_MEMORY;
    }
    s->products = products;
    s->wide = wide;
    return LIBNC_OK;
}

static void merge_products(nc__scatter *s)
{
    if (s->unmerged > 0)
        nc__add_triangle(s->context, &s->products, s->sum);
    s->unmerged = 0;
}

static void add_float64(nc__scatter *s, const nc__tensor *y)
{
    nc__tensor sum = nc__tensor_f64(s->sum, s->width, s->width);
    nc__syrk(s->context, 1, y, 1, &sum);
}

static void add_widened(nc__scatter *s, const nc__tensor *y)
{
    for (int64_t begin = 0, count; begin < y->rows; begin += count) {
        count = y->rows - begin < WIDE_ROWS ? y->rows - begin : WIDE_ROWS;
        nc__tensor from = nc__tensor_rows(y, begin, count);
        nc__tensor to = nc__tensor_rows(&s->wide, 0, count);
        nc__convert(&from, &to);
        add_float64(s, &to);
    }
}

static void add_float32(nc__scatter *s, const nc__tensor *y)
{
    nc__syrk(s->context, 1, y, s->unmerged > 0 ? 1 : 0, &s->products);
    s->unmerged += y->rows;
    if (s->unmerged >= MERGE_ROWS)
        merge_products(s);
}

void nc__scatter_add(nc__scatter *s, const nc__tensor *y, double squares)
{
    assert(y->cols == s->width && (y->scalar == LIBNC_FLOAT64 || s->products.data));
    if (y->rows == 0 || squares == 0)
        return;
    const double square = squares / (double)y->rows / (double)y->cols;
    if (y->scalar == LIBNC_FLOAT64)
        add_float64(s, y);
    else if (square > LEAST_SQUARE && square < MOST_SQUARE)
        add_float32(s, y);
    else
        add_widened(s, y);
}

void nc__scatter_merge(nc__scatter *s, const double *sum)
{
    nc__tensor more = nc__tensor_f64(sum, s->width, s->width);
    nc__add_triangle(s->context, &more, s->sum);
}

double *nc__scatter_values(nc__scatter *s)
{
    merge_products(s);
    nc__mirror(s->sum, s->width);
    return s->sum;
}
