/* SPDX-License-Identifier: MIT
 *
 * scatter.c: sums of y y^T, half a matrix product per block of rows (doc/metrics.md, "Statistics").
 */
#include "collapse/scatter.h"

#include <assert.h>
#include <string.h>

/* Rows whose products are summed in float32 before they go to float64. Every panel of rows that a
 * BLAS adds to an entry costs a rounding: about 2^-24 sqrt(rows) of it, or 5e-6, even in a BLAS
 * that adds row by row. Reading and writing n^2 numbers once in so many rows costs 2 %. */
enum { MERGE_ROWS = 8192 };

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
    nc__free(s->context, s->products.data);
    nc__free(s->context, s->sum);
    nc__free(s->context, s);
}

void nc__scatter_clear(nc__scatter *s)
{
    memset(s->sum, 0, (size_t)s->width * (size_t)s->width * sizeof(double));
    s->unmerged = 0;
}

libnc_status nc__scatter_prepare(nc__scatter *s, int32_t scalar)
{
    if (scalar == LIBNC_FLOAT64 || s->products.data)
        return LIBNC_OK;
    nc__tensor products = nc__tensor_alloc(s->context, scalar, s->width, s->width);
    if (!products.data)
        return LIBNC_ERROR_MEMORY;
    s->products = products;
    return LIBNC_OK;
}

static void merge_products(nc__scatter *s)
{
    if (s->unmerged > 0)
        nc__add_triangle(s->context, &s->products, s->sum);
    s->unmerged = 0;
}

void nc__scatter_add(nc__scatter *s, const nc__tensor *y)
{
    assert(y->cols == s->width);
    if (y->rows == 0)
        return;
    if (y->scalar == LIBNC_FLOAT64) {
        nc__tensor sum = nc__tensor_f64(s->sum, s->width, s->width);
        nc__syrk(s->context, 1, y, 1, &sum);
        return;
    }
    assert(s->products.data);
    nc__syrk(s->context, 1, y, s->unmerged > 0 ? 1 : 0, &s->products);
    s->unmerged += y->rows;
    if (s->unmerged >= MERGE_ROWS)
        merge_products(s);
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
