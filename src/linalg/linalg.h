/* SPDX-License-Identifier: MIT
 *
 * linalg.h: the numeric seam. Only src/linalg names float or double storage of tensors, BLAS or
 * LAPACK; everything above works on tensors and runs in either scalar type.
 *
 * A tensor is a row-major matrix view: element (i, j) is data[i stride + j]. Callers validate:
 * shapes that do not fit are our own defects and are asserted. Dimensions fit an int (BLAS).
 *
 * "Thin" operations have a tall matrix T (rows x cols), a thin matrix B (K x cols) with few rows,
 * and coefficients C (rows x K, any strides). They carry the chain order of a linear head
 * (doc/theory.md): every gradient there is C B with K rows.
 */
#ifndef NC__LINALG_H
#define NC__LINALG_H

#include "base/base.h"

#include <libnc/scalar.h>

typedef struct nc__tensor {
    void *data;
    int32_t scalar; /* libnc_scalar */
    int64_t rows, cols, stride;
} nc__tensor;

size_t nc__scalar_size(int32_t scalar);
nc__tensor nc__tensor_of(void *data, int32_t scalar, int64_t rows, int64_t cols);
/* A tensor of zeros from nc__alloc; data is NULL on failure. */
nc__tensor nc__tensor_alloc(libnc_context *context, int32_t scalar, int64_t rows, int64_t cols);
/* Rows begin .. begin + count - 1 of a tensor. */
nc__tensor nc__tensor_rows(const nc__tensor *tensor, int64_t begin, int64_t count);
static inline nc__tensor nc__tensor_f64(const double *data, int64_t rows, int64_t cols)
{
    return nc__tensor_of((void *)data, LIBNC_FLOAT64, rows, cols);
}

/* ---- dense, any scalar type ---- */

/* C = alpha op(A) op(B) + beta C, op = transpose where the flag is set. Uses the context's threads
 * where that pays. */
void nc__gemm(libnc_context *context, bool transpose_a, bool transpose_b, double alpha,
              const nc__tensor *a, const nc__tensor *b, double beta, nc__tensor *c);

/* Upper triangle of C (n x n) = alpha A^T A + beta C; what is below the diagonal stays. Half the
 * work of nc__gemm(). Uses the context's threads where that pays. */
void nc__syrk(libnc_context *context, double alpha, const nc__tensor *a, double beta,
              nc__tensor *c);
/* Upper triangle of C (n x n) = A B^T that is symmetric in exact arithmetic, A and B n x k; what is
 * below stays, but for blocks on the diagonal. Little more than half the work of nc__gemm(). */
void nc__symmetric_product(libnc_context *context, const nc__tensor *a, const nc__tensor *b,
                           nc__tensor *c);
/* Upper triangle of `sum` (n x n doubles) += that of x (n x n). Shared as nc__syrk(). */
void nc__add_triangle(libnc_context *context, const nc__tensor *x, double *sum);
/* The lower triangle of a (n x n doubles) from its upper one. */
void nc__mirror(double *a, int64_t n);

void nc__copy(const nc__tensor *from, nc__tensor *to); /* same type */
void nc__to_double(const nc__tensor *from, double *to);
void nc__from_double(const double *from, nc__tensor *to);
void nc__fill(nc__tensor *tensor, double value);
void nc__scale(nc__tensor *tensor, double factor);
void nc__axpy(double factor, const nc__tensor *x, nc__tensor *y); /* y += factor x */
double nc__dot(const nc__tensor *x, const nc__tensor *y);         /* sum of products, in double */
double nc__sum_squares(const nc__tensor *x);                      /* in double */
bool nc__all_finite(const nc__tensor *tensor);

/* ---- rows of class statistics; x, y, z are single rows of one scalar type, sums are doubles ----
 *
 * A mean is reference + offset. Each function returns the sum of squares of what it wrote, before
 * that was rounded to the scalar type. */

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

/* ---- decisions: the largest of scores that are known up to an error ----
 *
 * The score of k is p_k + base_k, in error by at most bound_k + length slope_k. Rows of n values of
 * one scalar type: low = base - bound, high = base + bound. */

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

/* ---- thin operations; serial, so that callers can share rows or columns among threads ---- */

enum { NC__THIN_LIMIT = 16 }; /* classes up to which the register kernels beat the BLAS */
enum { NC__THIN_CHUNK = 64 }; /* rows of scratch that nc__thin_update needs above the limit */

/* C is rows x K, or K x rows where `transposed`. */
void nc__thin_project(const nc__tensor *t, const nc__tensor *b, nc__tensor *c,
                      bool transposed); /* C = T B^T */
void nc__thin_collect(const nc__tensor *c, bool transposed, const nc__tensor *t,
                      nc__tensor *b); /* B += C^T T */
struct nc__update;
/* One optimizer step (update.h) of T with gradient C B. m and v have T's shape or NULL data;
 * scratch has NC__THIN_CHUNK x cols values, used where K > NC__THIN_LIMIT. */
void nc__thin_update(const struct nc__update *rule, const nc__tensor *c, bool transposed,
                     const nc__tensor *b, nc__tensor *t, nc__tensor *m, nc__tensor *v,
                     nc__tensor *scratch);
/* One optimizer step of x with gradient g; m and v as above. */
void nc__dense_update(const struct nc__update *rule, const nc__tensor *g, nc__tensor *x,
                      nc__tensor *m, nc__tensor *v);

/* Columns begin .. begin + count - 1 of a tensor. */
nc__tensor nc__tensor_cols(const nc__tensor *tensor, int64_t begin, int64_t count);
/* The same matrix in another scalar type. */
void nc__convert(const nc__tensor *from, nc__tensor *to);

/* ---- layers ---- */

/* Every row of x += bias (1 x cols), then max(0, x) if relu. A bias of NULL data is zero. */
void nc__add_bias(const nc__tensor *bias, bool relu, nc__tensor *x);
/* gradient = 0 where output <= 0 */
void nc__relu_backward(const nc__tensor *output, nc__tensor *gradient);
/* sums (1 x cols) += weights^T x; weights has one double per row, or NULL for 1 */
void nc__add_column_sums(const nc__tensor *x, const double *weights, nc__tensor *sums);
/* x += weights bias, weights a column of one double per row */
void nc__add_weighted_bias(const nc__tensor *bias, const double *weights, nc__tensor *x);

/* ---- float64 factorisations; row-major; inputs must be finite ---- */

/* A = U diag(s) V^T, s descending, r = min(rows, cols); u rows x r and vt r x cols may be NULL. A
 * is kept. LIBNC_ERROR_NUMERICAL if LAPACK does not converge. */
libnc_status nc__svd(libnc_context *context, const double *a, int64_t rows, int64_t cols, double *s,
                     double *u, double *vt);

/* The s and vt of nc__svd() for a matrix whose rank is `most` at most, from the eigenvalues of its
 * smaller Gram matrix where these keep the digits (singular.c), which is several times as fast.
 * Rows of vt from `most` on hold no result. */
libnc_status nc__singular_basis(libnc_context *context, const double *a, int64_t rows, int64_t cols,
                                int64_t most, double *s, double *vt);
/* Values that decide a rank and a stable rank: the small ones may have few digits. */
libnc_status nc__singular_values(libnc_context *context, const double *a, int64_t rows,
                                 int64_t cols, double *s);

/* Symmetric A (n x n): eigenvalues ascending; row i of A becomes the eigenvector of values[i]. */
libnc_status nc__symmetric_eigen(libnc_context *context, double *a, int64_t n, double *values);
/* The values alone, ascending; A is destroyed. */
libnc_status nc__symmetric_eigenvalues(libnc_context *context, double *a, int64_t n,
                                       double *values);

/* Replaces an upper triangular R (n x n) by its inverse; what is below the diagonal is kept.
 * LIBNC_ERROR_NUMERICAL if a value of the diagonal is zero. */
libnc_status nc__invert_triangle(libnc_context *context, double *r, int64_t n);

/* A = Q R with Q of orthonormal columns, rows >= cols: the first cols rows of A become the upper
 * triangular R, the rest holds no result. Householder: each column of A is in error by a few eps of
 * its own length. */
libnc_status nc__triangularise(libnc_context *context, double *a, int64_t rows, int64_t cols);

/* Replaces A (rows x cols, rows >= cols) by orthonormal columns Q of A = Q R; the diagonal of R
 * (cols values, sign included) goes to r_diagonal unless NULL. */
libnc_status nc__orthonormalise(libnc_context *context, double *a, int64_t rows, int64_t cols,
                                double *r_diagonal);

#endif
