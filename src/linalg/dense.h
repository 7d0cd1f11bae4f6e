/* SPDX-License-Identifier: MIT
 *
 * dense.h: matrix products, shared among the context's threads where that pays.
 */
#ifndef NC__DENSE_H
#define NC__DENSE_H

#include "linalg/tensor.h"

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

#endif
