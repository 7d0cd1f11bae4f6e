/* SPDX-License-Identifier: MIT
 *
 * thin.c: products of a tall matrix with few rows of coefficients, and the optimizer step whose
 * gradient is such a product (linalg.h). Few classes go to the register kernels, many to the BLAS.
 */
#include "linalg/thin.h"

#include "linalg/kernels.h"
#include "linalg/tables.h"
#include "linalg/tensor.h"

#include <assert.h>
#include <limits.h>

static nc__coefficients coefficients_of(const nc__tensor *c, bool transposed)
{
    return (nc__coefficients){c->data, transposed ? 1 : c->stride, transposed ? c->stride : 1};
}

static void assert_shapes(const nc__tensor *t, const nc__tensor *b, const nc__tensor *c,
                          bool transposed)
{
    assert(t->cols == b->cols && t->cols <= INT_MAX && t->rows <= INT_MAX);
    assert((transposed ? c->cols : c->rows) == t->rows);
    assert((transposed ? c->rows : c->cols) == b->rows);
    assert(t->scalar == b->scalar && t->scalar == c->scalar);
    (void)t;
    (void)b;
    (void)c;
    (void)transposed;
}

void nc__thin_project(const nc__tensor *t, const nc__tensor *b, nc__tensor *c, bool transposed)
{
    assert_shapes(t, b, c, transposed);
    const nc__kernels *kernels = nc__kernels_of(t->scalar);
    const int64_t k = b->rows;
    if (t->rows == 0)
        return;
    if (k <= NC__THIN_LIMIT) {
        const nc__coefficients out = coefficients_of(c, transposed);
        kernels->project(t->rows, t->cols, k, t->data, t->stride, b->data, b->stride, &out);
    } else if (transposed) {
        kernels->gemm(false, true, k, t->rows, t->cols, 1, b->data, b->stride, t->data, t->stride,
                      0, c->data, c->stride);
    } else {
        kernels->gemm(false, true, t->rows, k, t->cols, 1, t->data, t->stride, b->data, b->stride,
                      0, c->data, c->stride);
    }
}

void nc__thin_collect(const nc__tensor *c, bool transposed, const nc__tensor *t, nc__tensor *b)
{
    assert_shapes(t, b, c, transposed);
    const nc__kernels *kernels = nc__kernels_of(t->scalar);
    if (t->rows == 0)
        return;
    if (b->rows <= NC__THIN_LIMIT) {
        const nc__coefficients in = coefficients_of(c, transposed);
        kernels->collect(t->rows, t->cols, b->rows, &in, t->data, t->stride, b->data, b->stride);
    } else {
        kernels->gemm(!transposed, false, b->rows, t->cols, t->rows, 1, c->data, c->stride, t->data,
                      t->stride, 1, b->data, b->stride);
    }
}

static nc__tensor rows_or_none(const nc__tensor *tensor, int64_t begin, int64_t count)
{
    return tensor->data ? nc__tensor_rows(tensor, begin, count) : *tensor;
}

void nc__dense_update(const nc__update *rule, const nc__tensor *g, nc__tensor *x, nc__tensor *m,
                      nc__tensor *v)
{
    const nc__kernels *kernels = nc__kernels_of(x->scalar);
    assert(g->rows == x->rows && g->cols == x->cols);
    for (int64_t i = 0; i < x->rows; i++) {
        nc__tensor gi = nc__tensor_rows(g, i, 1), xi = nc__tensor_rows(x, i, 1);
        nc__tensor mi = rows_or_none(m, i, 1), vi = rows_or_none(v, i, 1);
        kernels->update(rule, x->cols, gi.data, xi.data, mi.data, vi.data);
    }
}

void nc__thin_update(const nc__update *rule, const nc__tensor *c, bool transposed,
                     const nc__tensor *b, nc__tensor *t, nc__tensor *m, nc__tensor *v,
                     nc__tensor *scratch)
{
    assert_shapes(t, b, c, transposed);
    const nc__kernels *kernels = nc__kernels_of(t->scalar);
    if (b->rows <= NC__THIN_LIMIT) {
        const nc__coefficients in = coefficients_of(c, transposed);
        const int64_t state_stride = m->data ? m->stride : t->stride;
        kernels->update_thin(rule, t->rows, t->cols, b->rows, &in, b->data, b->stride, t->data,
                             t->stride, m->data, v->data, state_stride);
        return;
    }
    for (int64_t i = 0; i < t->rows; i += NC__THIN_CHUNK) {
        int64_t rows = t->rows - i < NC__THIN_CHUNK ? t->rows - i : NC__THIN_CHUNK;
        nc__tensor part = transposed ? nc__tensor_cols(c, i, rows) : nc__tensor_rows(c, i, rows);
        nc__tensor g = nc__tensor_rows(scratch, 0, rows), ti = nc__tensor_rows(t, i, rows);
        nc__tensor mi = rows_or_none(m, i, rows), vi = rows_or_none(v, i, rows);
        kernels->gemm(transposed, false, rows, t->cols, b->rows, 1, part.data, part.stride, b->data,
                      b->stride, 0, g.data, g.stride);
        nc__dense_update(rule, &g, &ti, &mi, &vi);
    }
}
