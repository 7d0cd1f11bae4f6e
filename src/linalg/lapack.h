/* SPDX-License-Identifier: MIT
 *
 * lapack.h: factorisations in float64; row-major; inputs must be finite.
 */
#ifndef NC__LAPACK_H
#define NC__LAPACK_H

#include "linalg/tensor.h"

/* A = U diag(s) V^T, s descending, r = min(rows, cols); u rows x r and vt r x cols may be NULL. A
 * is kept. LIBNC_ERROR_NUMERICAL if LAPACK does not converge. */
libnc_status nc__svd(libnc_context *context, const double *a, int64_t rows, int64_t cols, double *s,
                     double *u, double *vt);

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
