/* SPDX-License-Identifier: MIT
 *
 * lapack.c: the float64 factorisations, through LAPACKE's _work functions on column-major views.
 *
 * A row-major matrix is the column-major matrix of its transpose, so nothing is copied to change
 * the order: the SVD A = U S V^T is computed as A^T = V S U^T, and orthonormal columns of A as
 * orthonormal rows of A^T (an LQ factorisation). Workspaces come from the context's allocator.
 */
#include "linalg/lapack.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include <lapacke.h>

/* info < 0 is a defect of ours, info > 0 says that the data did not converge. */
static libnc_status check_info(libnc_context *context, const char *routine, lapack_int info)
{
    if (info == 0)
        return LIBNC_OK;
    if (info < 0)
        return nc__fail(context, LIBNC_ERROR_INTERNAL, "%s: argument %d is illegal", routine,
                        (int)-info);
    return nc__fail(context, LIBNC_ERROR_NUMERICAL, "%s did not converge (info = %d)", routine,
                    (int)info);
}

/* The size that a workspace query returned. */
static libnc_status read_query(libnc_context *context, const char *routine, double query,
                               lapack_int *size)
{
    if (!(query <= INT_MAX))
        return nc__fail(context, LIBNC_ERROR_MEMORY,
                        "%s: a workspace of %g numbers is beyond LAPACK's integers", routine,
                        query);
    *size = (lapack_int)query;
    return LIBNC_OK;
}

static inline bool fits_lapack(int64_t n)
{
    return n >= 0 && n <= INT_MAX;
}

/* Column-major: left vectors of A^T are V (cols x r), its right ones U^T (r x rows). */
typedef struct svd_call {
    lapack_int m, n, r; /* of A^T */
    char job;
    double *copy, *s, *v, *ut;
} svd_call;

/* One call, or with lwork = -1 the question for the size of `work`. Divide and conquer is fast and
 * fails on some finite matrices; QR iteration does not. */
static lapack_int call_svd(const svd_call *c, bool is_fast, double *work, lapack_int lwork,
                           lapack_int *iwork)
{
    if (is_fast)
        return LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, c->job, c->m, c->n, c->copy, c->m, c->s, c->v,
                                   c->m, c->ut, c->r, work, lwork, iwork);
    return LAPACKE_dgesvd_work(LAPACK_COL_MAJOR, c->job, c->job, c->m, c->n, c->copy, c->m, c->s,
                               c->v, c->m, c->ut, c->r, work, lwork);
}

/* A is written to the copy first. *info is above 0 where it does not converge, which is no error
 * yet. */
static libnc_status run_svd(libnc_context *context, const svd_call *c, const double *a,
                            bool is_fast, lapack_int *info)
{
    const char *const routine = is_fast ? "dgesdd" : "dgesvd";
    nc__arena arena = {.context = context};
    double query = 0, *work = NULL;
    lapack_int lwork = 0, *iwork = nc__arena_alloc(&arena, 8 * (size_t)c->r, sizeof *iwork);
    if (!iwork)
        return LIBNC_ERROR_MEMORY;
    memcpy(c->copy, a, (size_t)c->m * (size_t)c->n * sizeof *a);
    *info = call_svd(c, is_fast, &query, -1, iwork);
    libnc_status status = check_info(context, routine, *info);
    if (status == LIBNC_OK)
        status = read_query(context, routine, query, &lwork);
    if (status == LIBNC_OK && !(work = nc__arena_alloc(&arena, (size_t)lwork, sizeof *work)))
        status = LIBNC_ERROR_MEMORY;
    if (status == LIBNC_OK)
        *info = call_svd(c, is_fast, work, lwork, iwork);
    if (status == LIBNC_OK && (*info < 0 || !is_fast))
        status = check_info(context, routine, *info);
    nc__arena_release(&arena);
    return status;
}

libnc_status nc__svd(libnc_context *context, const double *a, int64_t rows, int64_t cols, double *s,
                     double *u, double *vt)
{
    assert(fits_lapack(rows) && fits_lapack(cols));
    if (rows == 0 || cols == 0)
        return LIBNC_OK;
    const int64_t rank = rows < cols ? rows : cols;
    const bool vectors = u || vt;
    nc__arena arena = {.context = context};
    svd_call call = {.m = (lapack_int)cols,
                     .n = (lapack_int)rows,
                     .r = (lapack_int)rank,
                     .job = vectors ? 'S' : 'N',
                     .s = s,
                     .v = vt,
                     .ut = u};
    lapack_int info = 0;
    call.copy = nc__arena_alloc(&arena, (size_t)rows * (size_t)cols, sizeof *call.copy);
    if (vectors && !u)
        call.ut = nc__arena_alloc(&arena, (size_t)(rows * rank), sizeof *call.ut);
    if (vectors && !vt)
        call.v = nc__arena_alloc(&arena, (size_t)(rank * cols), sizeof *call.v);
    libnc_status status = nc__arena_status(&arena);
    if (status == LIBNC_OK)
        status = run_svd(context, &call, a, true, &info);
    if (status == LIBNC_OK && info > 0)
        status = run_svd(context, &call, a, false, &info);
    nc__arena_release(&arena);
    return status;
}

/* job: 'V' with vectors in A, 'N' without; A is destroyed. */
static libnc_status symmetric_eigen(libnc_context *context, char job, double *a, int64_t n,
                                    double *values)
{
    assert(fits_lapack(n));
    if (n == 0)
        return LIBNC_OK;
    const lapack_int order = (lapack_int)n;
    double query = 0;
    lapack_int lwork = 0, liwork = 0;
    lapack_int info = LAPACKE_dsyevd_work(LAPACK_COL_MAJOR, job, 'L', order, a, order, values,
                                          &query, -1, &liwork, -1);
    libnc_status status = check_info(context, "dsyevd", info);
    if (status == LIBNC_OK)
        status = read_query(context, "dsyevd", query, &lwork);
    if (status != LIBNC_OK)
        return status;
    nc__arena arena = {.context = context};
    double *work = nc__arena_alloc(&arena, (size_t)lwork, sizeof *work);
    lapack_int *iwork = nc__arena_alloc(&arena, (size_t)liwork, sizeof *iwork);
    status = nc__arena_status(&arena);
    if (status == LIBNC_OK) {
        info = LAPACKE_dsyevd_work(LAPACK_COL_MAJOR, job, 'L', order, a, order, values, work, lwork,
                                   iwork, liwork);
        status = check_info(context, "dsyevd", info);
    }
    nc__arena_release(&arena);
    return status;
}

libnc_status nc__symmetric_eigen(libnc_context *context, double *a, int64_t n, double *values)
{
    return symmetric_eigen(context, 'V', a, n, values);
}

libnc_status nc__symmetric_eigenvalues(libnc_context *context, double *a, int64_t n, double *values)
{
    return symmetric_eigen(context, 'N', a, n, values);
}

libnc_status nc__invert_triangle(libnc_context *context, double *r, int64_t n)
{
    assert(fits_lapack(n));
    if (n == 0)
        return LIBNC_OK;
    const lapack_int order = (lapack_int)n;
    /* Column-major R^T is lower triangular. */
    lapack_int info = LAPACKE_dtrtri_work(LAPACK_COL_MAJOR, 'L', 'N', order, r, order);
    if (info > 0)
        return nc__fail(context, LIBNC_ERROR_NUMERICAL, "dtrtri: value %d of the diagonal is zero",
                        (int)info);
    return check_info(context, "dtrtri", info);
}

/* Column-major, A^T is m x n with m = cols <= n = rows, and A^T = L Q^T with L = R^T. A becomes R
 * and its reflectors; r_diagonal, unless NULL, the diagonal of R; with `form`, A then becomes Q. */
static libnc_status factor(libnc_context *context, double *a, int64_t rows, int64_t cols, bool form,
                           double *r_diagonal)
{
    assert(fits_lapack(rows) && fits_lapack(cols) && rows >= cols);
    if (cols == 0)
        return LIBNC_OK;
    const lapack_int m = (lapack_int)cols, n = (lapack_int)rows;
    nc__arena arena = {.context = context};
    double query = 0, query_form = 0, *tau = nc__arena_alloc(&arena, (size_t)cols, sizeof *tau);
    if (!tau)
        return LIBNC_ERROR_MEMORY;
    lapack_int lwork = 0, info = 0;
    LAPACKE_dgelqf_work(LAPACK_COL_MAJOR, m, n, a, m, tau, &query, -1);
    if (form)
        LAPACKE_dorglq_work(LAPACK_COL_MAJOR, m, n, m, a, m, tau, &query_form, -1);
    libnc_status status = read_query(context, "dgelqf", fmax(query, query_form), &lwork);
    if (status != LIBNC_OK)
        goto out;
    double *work = nc__arena_alloc(&arena, (size_t)lwork, sizeof *work);
    if ((status = nc__arena_status(&arena)) != LIBNC_OK)
        goto out;
    info = LAPACKE_dgelqf_work(LAPACK_COL_MAJOR, m, n, a, m, tau, work, lwork);
    if ((status = check_info(context, "dgelqf", info)) != LIBNC_OK)
        goto out;
    for (int64_t i = 0; r_diagonal && i < cols; i++)
        r_diagonal[i] = a[i * cols + i];
    if (form) {
        info = LAPACKE_dorglq_work(LAPACK_COL_MAJOR, m, n, m, a, m, tau, work, lwork);
        status = check_info(context, "dorglq", info);
    }
out:
    nc__arena_release(&arena);
    return status;
}

libnc_status nc__triangularise(libnc_context *context, double *a, int64_t rows, int64_t cols)
{
    const libnc_status status = factor(context, a, rows, cols, false, NULL);
    for (int64_t i = 1; i < cols && status == LIBNC_OK; i++)
        memset(a + i * cols, 0, (size_t)i * sizeof *a);
    return status;
}

libnc_status nc__orthonormalise(libnc_context *context, double *a, int64_t rows, int64_t cols,
                                double *r_diagonal)
{
    return factor(context, a, rows, cols, true, r_diagonal);
}
