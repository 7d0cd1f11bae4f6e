/* SPDX-License-Identifier: MIT
 *
 * tensor.h: views of row-major matrices in either scalar type, and what is done element by element
 * or row by row. Callers validate: shapes that do not fit are our own defects and are asserted.
 * Dimensions fit an int (BLAS).
 */
#ifndef NC__TENSOR_H
#define NC__TENSOR_H

#include "base/base.h"
#include <libnc/scalar.h>

typedef struct nc__tensor {
    void *data;
    int32_t scalar; /* libnc_scalar */
    int64_t rows, cols, stride;
} nc__tensor;

/* LIBNC_ERROR_ARGUMENT below 1, LIBNC_ERROR_MEMORY where BLAS cannot count so far. */
libnc_status nc__check_dimension(libnc_context *context, const char *name, int64_t value);

size_t nc__scalar_size(int32_t scalar);
nc__tensor nc__tensor_of(void *data, int32_t scalar, int64_t rows, int64_t cols);
/* A tensor of zeros from nc__alloc; data is NULL on failure. */
nc__tensor nc__tensor_alloc(libnc_context *context, int32_t scalar, int64_t rows, int64_t cols);
nc__tensor nc__arena_tensor(nc__arena *arena, int32_t scalar, int64_t rows, int64_t cols);
/* Rows begin .. begin + count - 1 of a tensor. */
nc__tensor nc__tensor_rows(const nc__tensor *tensor, int64_t begin, int64_t count);
static inline nc__tensor nc__tensor_f64(const double *data, int64_t rows, int64_t cols)
{
    return nc__tensor_of((void *)data, LIBNC_FLOAT64, rows, cols);
}

void nc__copy(const nc__tensor *from, nc__tensor *to); /* same type */
void nc__to_double(const nc__tensor *from, double *to);
void nc__from_double(const double *from, nc__tensor *to);
void nc__fill(nc__tensor *tensor, double value);
void nc__scale(nc__tensor *tensor, double factor);
void nc__axpy(double factor, const nc__tensor *x, nc__tensor *y); /* y += factor x */
double nc__dot(const nc__tensor *x, const nc__tensor *y);         /* sum of products, in double */
double nc__sum_squares(const nc__tensor *x);                      /* in double */
bool nc__all_finite(const nc__tensor *tensor);

/* deviation = (x - reference) - offset; offset += share deviation; y = weight deviation. */
double nc__join_row(const nc__tensor *x, const double *reference, double *offset, double share,
                    double weight, nc__tensor *y);
/* y = (x - reference) - offset */
double nc__deviate_row(const nc__tensor *x, const double *reference, const double *offset,
                       nc__tensor *y);
/* z = y + centre */
double nc__shift_row(const nc__tensor *y, const double *centre, nc__tensor *z);
/* sums (one double per column) += weight x^2, element by element */
void nc__add_row_squares(double weight, const nc__tensor *x, double *sums);

/* max over k of p_k + low_k - length slope_k, a lower bound of the largest score; NaN is passed
 * over. */
double nc__best_lower(const nc__tensor *p, const nc__tensor *low, const nc__tensor *slope,
                      double length);
/* The first k >= begin whose score may reach `bound`: not p_k + high_k + length slope_k < bound; n
 * if there is none. NaN may reach anything. */
int64_t nc__next_candidate(int64_t begin, const nc__tensor *p, const nc__tensor *high,
                           const nc__tensor *slope, double length, double bound);
/* The first largest value of a row of finite values. */
int64_t nc__largest(const nc__tensor *row);

/* Columns begin .. begin + count - 1 of a tensor. */
nc__tensor nc__tensor_cols(const nc__tensor *tensor, int64_t begin, int64_t count);
/* The same matrix in another scalar type. */
void nc__convert(const nc__tensor *from, nc__tensor *to);

/* Every row of x += bias (1 x cols), then max(0, x) if relu. A bias of NULL data is zero. */
void nc__add_bias(const nc__tensor *bias, bool relu, nc__tensor *x);
/* gradient = 0 where output <= 0 */
void nc__relu_backward(const nc__tensor *output, nc__tensor *gradient);
/* sums (1 x cols) += weights^T x; weights has one double per row, or NULL for 1 */
void nc__add_column_sums(const nc__tensor *x, const double *weights, nc__tensor *sums);
/* x += weights bias, weights a column of one double per row */
void nc__add_weighted_bias(const nc__tensor *bias, const double *weights, nc__tensor *x);

#endif
