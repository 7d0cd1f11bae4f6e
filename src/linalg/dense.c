/* SPDX-License-Identifier: MIT
 *
 * dense.c: matrix products on tensors, shared among the context's threads where that pays.
 */
#include "linalg/dense.h"

#include "linalg/kernels.h"
#include "linalg/tables.h"
#include "linalg/tensor.h"

#include <assert.h>
#include <limits.h>
#include <math.h>

/* Below this many multiply-adds waking a second thread costs more than it saves (about 20
 * microseconds of one core's work). */
static const double PARALLEL_WORK = 1e6;

/* Edges of a share: whole register tiles of the usual BLAS kernels. */
enum { GRAIN = 48 };

typedef struct product {
    const nc__kernels *kernels;
    bool transpose_a, transpose_b;
    double alpha, beta;
    const nc__tensor *a, *b;
    nc__tensor *c;
    int64_t k;
    bool by_rows;
} product;

static const void *at(const nc__tensor *tensor, int64_t row, int64_t col)
{
    return (const char *)tensor->data +
           (size_t)(row * tensor->stride + col) * nc__scalar_size(tensor->scalar);
}

static void multiply_block(const product *p, int64_t row, int64_t rows, int64_t col, int64_t cols)
{
    if (rows == 0 || cols == 0)
        return;
    const void *a = p->transpose_a ? at(p->a, 0, row) : at(p->a, row, 0);
    const void *b = p->transpose_b ? at(p->b, col, 0) : at(p->b, 0, col);
    p->kernels->gemm(p->transpose_a, p->transpose_b, rows, cols, p->k, p->alpha, a, p->a->stride, b,
                     p->b->stride, p->beta, (void *)at(p->c, row, col), p->c->stride);
}

static void multiply_part(void *argument, int32_t part, int32_t parts)
{
    const product *p = argument;
    int64_t begin, end;
    nc__share(p->by_rows ? p->c->rows : p->c->cols, GRAIN, part, parts, &begin, &end);
    if (p->by_rows)
        multiply_block(p, begin, end - begin, 0, p->c->cols);
    else
        multiply_block(p, 0, p->c->rows, begin, end - begin);
}

void nc__gemm(libnc_context *context, bool transpose_a, bool transpose_b, double alpha,
              const nc__tensor *a, const nc__tensor *b, double beta, nc__tensor *c)
{
    product p = {
        nc__kernels_of(c->scalar), transpose_a, transpose_b, alpha, beta, a, b, c, 0, false};
    p.k = transpose_a ? a->rows : a->cols;
    assert(a->scalar == c->scalar && b->scalar == c->scalar);
    assert((transpose_a ? a->cols : a->rows) == c->rows);
    assert((transpose_b ? b->rows : b->cols) == c->cols);
    assert((transpose_b ? b->cols : b->rows) == p.k);
    assert(c->rows <= INT_MAX && c->cols <= INT_MAX && p.k <= INT_MAX);
    double work = (double)c->rows * (double)c->cols * (double)p.k;
    if (context->threads == 1 || work < PARALLEL_WORK) {
        multiply_block(&p, 0, c->rows, 0, c->cols);
        return;
    }
    p.by_rows = c->rows >= c->cols;
    nc__parallel(context, multiply_part, &p);
}

/* ---- triangles ---- */

/* Rows of the upper triangle of an n x n matrix for one part of the work: the first b of n rows
 * hold 1 - (1 - b/n)^2 of it. */
static void share_triangle(int64_t n, int32_t part, int32_t parts, int64_t *begin, int64_t *end)
{
    int64_t *bound[2] = {begin, end};
    for (int32_t i = 0; i < 2; i++) {
        double rest = (double)(parts - part - i) / (double)parts;
        int64_t row = (int64_t)((double)n * (1 - sqrt(rest)) / GRAIN + 0.5) * GRAIN;
        *bound[i] = part + i == parts || row > n ? n : row;
    }
}

void nc__symmetric_product(libnc_context *context, const nc__tensor *a, const nc__tensor *b,
                           nc__tensor *c)
{
    enum { BLOCK = 128 };
    const int64_t n = c->rows;
    assert(a->rows == n && b->rows == n && c->cols == n);
    for (int64_t begin = 0, count; begin < n; begin += count) {
        count = n - begin < BLOCK ? n - begin : BLOCK;
        const nc__tensor left = nc__tensor_rows(a, begin, count);
        const nc__tensor right = nc__tensor_rows(b, begin, n - begin);
        const nc__tensor rows = nc__tensor_rows(c, begin, count);
        nc__tensor out = nc__tensor_cols(&rows, begin, n - begin);
        nc__gemm(context, false, true, 1, &left, &right, 0, &out);
    }
}

typedef struct triangle {
    const nc__kernels *kernels;
    double alpha, beta;
    const nc__tensor *a;
    nc__tensor *c;
    double *sum; /* of nc__add_triangle */
} triangle;

/* Rows begin .. end - 1: a triangle on the diagonal and a rectangle beside it. */
static void square_part(void *argument, int32_t part, int32_t parts)
{
    const triangle *t = argument;
    const int64_t n = t->c->rows, k = t->a->rows;
    int64_t begin, end;
    share_triangle(n, part, parts, &begin, &end);
    if (begin == end)
        return;
    t->kernels->syrk(end - begin, k, t->alpha, at(t->a, 0, begin), t->a->stride, t->beta,
                     (void *)at(t->c, begin, begin), t->c->stride);
    if (end < n)
        t->kernels->gemm(true, false, end - begin, n - end, k, t->alpha, at(t->a, 0, begin),
                         t->a->stride, at(t->a, 0, end), t->a->stride, t->beta,
                         (void *)at(t->c, begin, end), t->c->stride);
}

void nc__syrk(libnc_context *context, double alpha, const nc__tensor *a, double beta, nc__tensor *c)
{
    triangle t = {nc__kernels_of(c->scalar), alpha, beta, a, c, NULL};
    assert(a->scalar == c->scalar && a->cols == c->rows && c->rows == c->cols);
    assert(a->rows <= INT_MAX && a->cols <= INT_MAX);
    double work = (double)c->rows * (double)c->rows * (double)a->rows / 2;
    if (context->threads == 1 || work < PARALLEL_WORK)
        square_part(&t, 0, 1);
    else
        nc__parallel(context, square_part, &t);
}

static void add_part(void *argument, int32_t part, int32_t parts)
{
    const triangle *t = argument;
    const int64_t n = t->a->rows;
    int64_t begin, end;
    share_triangle(n, part, parts, &begin, &end);
    for (int64_t i = begin; i < end; i++)
        t->kernels->add_to_double(n - i, at(t->a, i, i), t->sum + i * n + i);
}

void nc__add_triangle(libnc_context *context, const nc__tensor *x, double *sum)
{
    triangle t = {nc__kernels_of(x->scalar), 1, 1, x, NULL, sum};
    assert(x->rows == x->cols);
    if (context->threads == 1 || (double)x->rows * (double)x->rows < PARALLEL_WORK)
        add_part(&t, 0, 1);
    else
        nc__parallel(context, add_part, &t);
}

void nc__mirror(double *a, int64_t n)
{
    enum { TILE = 32 }; /* rows and columns whose cache lines stay */
    for (int64_t top = 0; top < n; top += TILE)
        for (int64_t left = 0; left <= top; left += TILE)
            for (int64_t i = top; i < top + TILE && i < n; i++)
                for (int64_t j = left; j < left + TILE && j < i; j++)
                    a[i * n + j] = a[j * n + i];
}
