/* SPDX-License-Identifier: MIT
 *
 * tensor.c: views, and the element-wise operations that dispatch by scalar type.
 */
#include "linalg/tensor.h"
#include "linalg/kernels.h"
#include "linalg/tables.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

libnc_status nc__check_dimension(libnc_context *context, const char *name, int64_t value)
{
    if (value < 1)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = %lld: must be at least 1", name,
                        (long long)value);
    if (value > INT_MAX)
        return nc__fail(context, LIBNC_ERROR_MEMORY, "%s = %lld: must be at most %d", name,
                        (long long)value, INT_MAX);
    return LIBNC_OK;
}

size_t nc__scalar_size(int32_t scalar)
{
    assert(scalar == LIBNC_FLOAT64 || scalar == LIBNC_FLOAT32);
    return scalar == LIBNC_FLOAT64 ? sizeof(double) : sizeof(float);
}

nc__tensor nc__tensor_of(void *data, int32_t scalar, int64_t rows, int64_t cols)
{
    return (nc__tensor){data, scalar, rows, cols, cols};
}

nc__tensor nc__tensor_alloc(libnc_context *context, int32_t scalar, int64_t rows, int64_t cols)
{
    nc__arena alone = {.context = context};
    return nc__arena_tensor(&alone, scalar, rows, cols);
}

nc__tensor nc__arena_tensor(nc__arena *arena, int32_t scalar, int64_t rows, int64_t cols)
{
    size_t count = 0;
    void *data = NULL;
    if (nc__multiply((size_t)rows, (size_t)cols, &count))
        data = nc__arena_alloc(arena, count, nc__scalar_size(scalar));
    else
        nc__fail(arena->context, LIBNC_ERROR_MEMORY, "out of memory: a matrix of %lld x %lld",
                 (long long)rows, (long long)cols);
    arena->failed = !data;
    return nc__tensor_of(data, scalar, rows, cols);
}

nc__tensor nc__tensor_rows(const nc__tensor *tensor, int64_t begin, int64_t count)
{
    assert(begin >= 0 && count >= 0 && begin + count <= tensor->rows);
    nc__tensor part = *tensor;
    part.data = (char *)tensor->data +
                (size_t)begin * (size_t)tensor->stride * nc__scalar_size(tensor->scalar);
    part.rows = count;
    return part;
}

nc__tensor nc__tensor_cols(const nc__tensor *tensor, int64_t begin, int64_t count)
{
    assert(begin >= 0 && count >= 0 && begin + count <= tensor->cols);
    nc__tensor part = *tensor;
    part.data = (char *)tensor->data + (size_t)begin * nc__scalar_size(tensor->scalar);
    part.cols = count;
    return part;
}

static void *row_of(const nc__tensor *tensor, int64_t row)
{
    return (char *)tensor->data +
           (size_t)row * (size_t)tensor->stride * nc__scalar_size(tensor->scalar);
}

static inline bool is_same_shape(const nc__tensor *a, const nc__tensor *b)
{
    return a->rows == b->rows && a->cols == b->cols;
}

void nc__copy(const nc__tensor *from, nc__tensor *to)
{
    assert(from->scalar == to->scalar && is_same_shape(from, to));
    for (int64_t i = 0; i < from->rows; i++)
        memcpy(row_of(to, i), row_of(from, i), (size_t)from->cols * nc__scalar_size(from->scalar));
}

void nc__to_double(const nc__tensor *from, double *to)
{
    for (int64_t i = 0; i < from->rows; i++, to += from->cols)
        nc__kernels_of(from->scalar)->to_double(from->cols, row_of(from, i), to);
}

void nc__from_double(const double *from, nc__tensor *to)
{
    for (int64_t i = 0; i < to->rows; i++, from += to->cols)
        nc__kernels_of(to->scalar)->from_double(to->cols, from, row_of(to, i));
}

void nc__convert(const nc__tensor *from, nc__tensor *to)
{
    enum { PIECE = 256 };
    double piece[PIECE];
    assert(is_same_shape(from, to));
    if (from->scalar == to->scalar) {
        nc__copy(from, to);
        return;
    }
    for (int64_t i = 0; i < from->rows; i++)
        for (int64_t j = 0; j < from->cols; j += PIECE) {
            int64_t n = from->cols - j < PIECE ? from->cols - j : PIECE;
            const char *source = row_of(from, i);
            char *target = row_of(to, i);
            nc__kernels_of(from->scalar)
                ->to_double(n, source + (size_t)j * nc__scalar_size(from->scalar), piece);
            nc__kernels_of(to->scalar)
                ->from_double(n, piece, target + (size_t)j * nc__scalar_size(to->scalar));
        }
}

void nc__fill(nc__tensor *tensor, double value)
{
    for (int64_t i = 0; i < tensor->rows; i++)
        nc__kernels_of(tensor->scalar)->fill(tensor->cols, value, row_of(tensor, i));
}

void nc__scale(nc__tensor *tensor, double factor)
{
    for (int64_t i = 0; i < tensor->rows; i++)
        nc__kernels_of(tensor->scalar)->scale(tensor->cols, factor, row_of(tensor, i));
}

void nc__axpy(double factor, const nc__tensor *x, nc__tensor *y)
{
    assert(x->scalar == y->scalar && is_same_shape(x, y));
    for (int64_t i = 0; i < x->rows; i++)
        nc__kernels_of(x->scalar)->axpy(x->cols, factor, row_of(x, i), row_of(y, i));
}

double nc__dot(const nc__tensor *x, const nc__tensor *y)
{
    assert(x->scalar == y->scalar && is_same_shape(x, y));
    double sum = 0;
    for (int64_t i = 0; i < x->rows; i++)
        sum += nc__kernels_of(x->scalar)->dot(x->cols, row_of(x, i), row_of(y, i));
    return sum;
}

double nc__sum_squares(const nc__tensor *x)
{
    return nc__dot(x, x);
}

bool nc__all_finite(const nc__tensor *tensor)
{
    for (int64_t i = 0; i < tensor->rows; i++)
        if (!nc__kernels_of(tensor->scalar)->is_finite(tensor->cols, row_of(tensor, i)))
            return false;
    return true;
}

void nc__add_bias(const nc__tensor *bias, bool relu, nc__tensor *x)
{
    const nc__kernels *kernels = nc__kernels_of(x->scalar);
    for (int64_t i = 0; i < x->rows; i++)
        if (relu)
            kernels->relu(x->cols, bias->data, row_of(x, i));
        else if (bias->data)
            kernels->add_bias(x->cols, bias->data, 1, row_of(x, i));
}

void nc__add_weighted_bias(const nc__tensor *bias, const double *weights, nc__tensor *x)
{
    for (int64_t i = 0; i < x->rows; i++)
        nc__kernels_of(x->scalar)->add_bias(x->cols, bias->data, weights[i], row_of(x, i));
}

void nc__relu_backward(const nc__tensor *output, nc__tensor *gradient)
{
    assert(is_same_shape(output, gradient));
    for (int64_t i = 0; i < output->rows; i++)
        nc__kernels_of(output->scalar)
            ->relu_backward(output->cols, row_of(output, i), row_of(gradient, i));
}

void nc__add_column_sums(const nc__tensor *x, const double *weights, nc__tensor *sums)
{
    for (int64_t i = 0; i < x->rows; i++)
        nc__kernels_of(x->scalar)->add_bias(x->cols, row_of(x, i), weights ? weights[i] : 1,
                                            sums->data);
}

double nc__join_row(const nc__tensor *x, const double *reference, double *offset, double share,
                    double weight, nc__tensor *y)
{
    assert(x->scalar == y->scalar && is_same_shape(x, y));
    return nc__kernels_of(x->scalar)->join(x->cols, x->data, reference, offset, share, weight,
                                           y->data);
}

double nc__deviate_row(const nc__tensor *x, const double *reference, const double *offset,
                       nc__tensor *y)
{
    assert(x->scalar == y->scalar && is_same_shape(x, y));
    return nc__kernels_of(x->scalar)->deviate(x->cols, x->data, reference, offset, y->data);
}

double nc__shift_row(const nc__tensor *y, const double *centre, nc__tensor *z)
{
    assert(y->scalar == z->scalar && is_same_shape(y, z));
    return nc__kernels_of(y->scalar)->shift(y->cols, y->data, centre, z->data);
}

void nc__add_row_squares(double weight, const nc__tensor *x, double *sums)
{
    nc__kernels_of(x->scalar)->add_squares(x->cols, weight, x->data, sums);
}

double nc__best_lower(const nc__tensor *p, const nc__tensor *low, const nc__tensor *slope,
                      double length)
{
    return nc__kernels_of(p->scalar)->best_lower(p->cols, p->data, low->data, slope->data, length);
}

int64_t nc__next_candidate(int64_t begin, const nc__tensor *p, const nc__tensor *high,
                           const nc__tensor *slope, double length, double bound)
{
    return nc__kernels_of(p->scalar)->next_candidate(begin, p->cols, p->data, high->data,
                                                     slope->data, length, bound);
}

int64_t nc__largest(const nc__tensor *row)
{
    return nc__kernels_of(row->scalar)->largest(row->cols, row->data);
}
