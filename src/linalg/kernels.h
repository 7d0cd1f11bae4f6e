/* SPDX-License-Identifier: MIT
 *
 * kernels.h: one table of operations per scalar type. kernels.c and update_kernels.c are compiled
 * once per scalar type and instruction set; tables.c picks the best set that the processor has.
 *
 * Pointers are to the table's own scalar type. "Thin" operations as in linalg.h: T rows x cols with
 * row stride ldt, B K x cols with row stride ldb, coefficient (i, k) at c[i ci + k ck].
 */
#ifndef NC__KERNELS_H
#define NC__KERNELS_H

#include <stdbool.h>
#include <stdint.h>

#include "linalg/update.h"

typedef struct nc__kernels {
    /* element-wise over n values */
    void (*to_double)(int64_t n, const void *x, double *out);
    void (*from_double)(int64_t n, const double *x, void *out);
    void (*fill)(int64_t n, double value, void *x);
    void (*scale)(int64_t n, double factor, void *x);
    void (*axpy)(int64_t n, double factor, const void *x, void *y);
    double (*dot)(int64_t n, const void *x, const void *y);
    bool (*is_finite)(int64_t n, const void *x);

    /* C = alpha op(A) op(B) + beta C through CBLAS */
    void (*gemm)(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, double alpha,
                 const void *a, int64_t lda, const void *b, int64_t ldb, double beta, void *c,
                 int64_t ldc);

    /* upper triangle of C (n x n) = alpha A^T A + beta C, A k x n, through CBLAS */
    void (*syrk)(int64_t n, int64_t k, double alpha, const void *a, int64_t lda, double beta,
                 void *c, int64_t ldc);

    /* class statistics, one row of n values: see linalg.h */
    void (*add_to_double)(int64_t n, const void *x, double *out); /* out += x */
    void (*add_squares)(int64_t n, double weight, const void *x, double *sums);
    double (*join)(int64_t n, const void *x, const double *reference, double *offset, double share,
                   double weight, void *y);
    double (*deviate)(int64_t n, const void *x, const double *reference, const double *offset,
                      void *y);
    double (*shift)(int64_t n, const void *x, const double *centre, void *z);

    /* decisions, one row of n scores: see linalg.h */
    double (*best_lower)(int64_t n, const void *p, const void *low, const void *slope,
                         double length);
    int64_t (*next_candidate)(int64_t begin, int64_t n, const void *p, const void *high,
                              const void *slope, double length, double bound);
    int64_t (*largest)(int64_t n, const void *x);

    /* thin operations */
    void (*project)(int64_t rows, int64_t cols, int64_t k, const void *t, int64_t ldt,
                    const void *b, int64_t ldb, const nc__coefficients *c); /* C = T B^T */
    void (*collect)(int64_t rows, int64_t cols, int64_t k, const nc__coefficients *c, const void *t,
                    int64_t ldt, void *b, int64_t ldb); /* B += C^T T */

    /* layers: one row of n values */
    void (*add_bias)(int64_t n, const void *bias, double weight, void *x); /* x += weight bias */
    void (*relu)(int64_t n, const void *bias, void *x); /* x = max(0, x + bias); bias may be NULL */
    void (*relu_backward)(int64_t n, const void *output, void *gradient);

    /* One update of n values x with state m, v and gradient g (update.h). */
    void (*update)(const nc__update *rule, int64_t n, const void *g, void *x, void *m, void *v);
    /* The same for rows of T with gradient C B: row i is updated with sum_k C[i,k] B[k,:]. */
    void (*update_thin)(const nc__update *rule, int64_t rows, int64_t cols, int64_t k,
                        const nc__coefficients *c, const void *b, int64_t ldb, void *t, int64_t ldt,
                        void *m, void *v, int64_t lds);
} nc__kernels;

#endif
