/* SPDX-License-Identifier: MIT
 *
 * singular.c: singular values from the smaller Gram matrix, where that keeps their digits.
 *
 * The eigenvalues l_i of A A^T or A^T A (n x n, n the smaller side) are right to about
 * sqrt(n) eps l_1 (Golub and Van Loan, section 8.6.1), whatever their own size: they cost a fifth
 * of a singular value decomposition, and are as good where all that count lie close to l_1. The
 * rule is tested on the result; where it fails, the decomposition of A itself is taken:
 * - with vectors, l_r >= BASIS_SHARE l_1. With eigenvectors U^T of A A^T the rows of U^T A are
 *   s_i v_i^T. Their lengths give s_i with an error that is of second order, and v_i . v_j is
 *   at most about sqrt(n) eps l_1/(s_i s_j): below 1e-11 for n = 2000.
 * - values alone, which decide a rank and a stable rank: l_n >= VALUES_SHARE l_1. The least value
 *   is then right to 1e-3 and the sum of l_i/l_1 to rounding.
 */
#include "linalg/singular.h"

#include "linalg/dense.h"
#include "linalg/lapack.h"
#include "linalg/tensor.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const double BASIS_SHARE = 1e-3, VALUES_SHARE = 1e-9;

/* Below this smaller side a decomposition is a matter of milliseconds. */
enum { LEAST_SIDE = 64 };

/* A largest eigenvalue from which products a million million times smaller do not underflow. */
static const double LEAST_SQUARE = DBL_MIN * 1e40;

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The upper triangle of A A^T or of A^T A. */
static void square(libnc_context *context, const nc__tensor *a, nc__tensor *gram)
{
    if (a->rows <= a->cols)
        nc__symmetric_product(context, a, a, gram);
    else
        nc__syrk(context, 1, a, 0, gram);
}

/* Whether the `most` largest of n ascending eigenvalues are apart from rounding. */
static bool is_apart(const double *values, int64_t n, int64_t most, double share)
{
    const double largest = values[n - 1];
    return isfinite(largest) && largest > LEAST_SQUARE && most >= 1 &&
           values[n - most] >= share * largest;
}

/* The last row first. */
static void reverse_rows(double *a, int64_t rows, int64_t cols)
{
    for (int64_t i = 0, j = rows - 1; i < j; i++, j--)
        for (int64_t c = 0; c < cols; c++) {
            const double value = a[i * cols + c];
            a[i * cols + c] = a[j * cols + c];
            a[j * cols + c] = value;
        }
}

/* s_i = |row i|, descending: equal ones may differ by a rounding. */
static void measure_rows(const double *rows, int64_t count, int64_t cols, double *s)
{
    for (int64_t i = 0; i < count; i++) {
        nc__tensor row = nc__tensor_f64(rows + i * cols, 1, cols);
        const double length = sqrt(nc__sum_squares(&row));
        s[i] = i > 0 && length > s[i - 1] ? s[i - 1] : length;
    }
}

/* vt = diag(1/s) U^T A, with zeros for the rows beyond `most`. */
static void rotate_wide(libnc_context *context, const nc__tensor *a, const double *rotation,
                        int64_t most, double *s, double *vt)
{
    nc__tensor u = nc__tensor_f64(rotation, a->rows, a->rows);
    nc__tensor v = nc__tensor_f64(vt, a->rows, a->cols);
    nc__gemm(context, false, false, 1, &u, a, 0, &v);
    measure_rows(vt, a->rows, a->cols, s);
    for (int64_t i = 0; i < a->rows; i++)
        for (int64_t c = 0; c < a->cols; c++)
            vt[i * a->cols + c] = i < most ? vt[i * a->cols + c] / s[i] : 0;
}

/* Eigenvalues, ascending, of the smaller of A A^T and A^T A; what `solve` leaves in `squares`. */
static libnc_status decompose_square(nc__arena *arena, const nc__tensor *a,
                                     libnc_status (*solve)(libnc_context *, double *, int64_t,
                                                           double *),
                                     double **squares, double **values)
{
    const int64_t n = smaller(a->rows, a->cols);
    *squares = nc__arena_alloc(arena, (size_t)n, (size_t)n * sizeof(double));
    *values = nc__arena_alloc(arena, (size_t)n, sizeof(double));
    if (arena->failed)
        return LIBNC_ERROR_MEMORY;
    nc__tensor gram = nc__tensor_f64(*squares, n, n);
    square(arena->context, a, &gram);
    return solve(arena->context, *squares, n, *values);
}

/* vt = the eigenvectors, s the lengths of the rows of V^T A^T. */
static libnc_status rotate_tall(libnc_context *context, const nc__tensor *a, const double *rotation,
                                double *s, double *vt)
{
    const int64_t rows = a->rows, cols = a->cols;
    double *turned = nc__alloc(context, (size_t)cols, (size_t)rows * sizeof *turned);
    if (!turned)
        return LIBNC_ERROR_MEMORY;
    memcpy(vt, rotation, (size_t)(cols * cols) * sizeof *vt);
    nc__tensor v = nc__tensor_f64(vt, cols, cols), t = nc__tensor_f64(turned, cols, rows);
    nc__gemm(context, false, true, 1, &v, a, 0, &t);
    measure_rows(turned, cols, rows, s);
    nc__free(context, turned);
    return LIBNC_OK;
}

libnc_status nc__singular_basis(libnc_context *context, const double *a, int64_t rows, int64_t cols,
                                int64_t most, double *s, double *vt)
{
    const int64_t n = smaller(rows, cols);
    if (n < LEAST_SIDE)
        return nc__svd(context, a, rows, cols, s, NULL, vt);
    const nc__tensor matrix = nc__tensor_f64(a, rows, cols);
    nc__arena arena = {.context = context};
    double *rotation = NULL, *values = NULL;
    most = smaller(most, n);
    libnc_status status =
        decompose_square(&arena, &matrix, nc__symmetric_eigen, &rotation, &values);
    const bool apart = status == LIBNC_OK && is_apart(values, n, most, BASIS_SHARE);
    if (apart)
        reverse_rows(rotation, n, n);
    if (apart && rows <= cols)
        rotate_wide(context, &matrix, rotation, most, s, vt);
    else if (apart)
        status = rotate_tall(context, &matrix, rotation, s, vt);
    nc__arena_release(&arena); /* before more is allocated */
    return apart || status != LIBNC_OK ? status : nc__svd(context, a, rows, cols, s, NULL, vt);
}

libnc_status nc__singular_values(libnc_context *context, const double *a, int64_t rows,
                                 int64_t cols, double *s)
{
    const int64_t n = smaller(rows, cols);
    if (n < LEAST_SIDE)
        return nc__svd(context, a, rows, cols, s, NULL, NULL);
    const nc__tensor matrix = nc__tensor_f64(a, rows, cols);
    nc__arena arena = {.context = context};
    double *squares = NULL, *values = NULL;
    const libnc_status status =
        decompose_square(&arena, &matrix, nc__symmetric_eigenvalues, &squares, &values);
    const bool apart = status == LIBNC_OK && is_apart(values, n, n, VALUES_SHARE);
    for (int64_t i = 0; i < n && apart; i++)
        s[i] = sqrt(values[n - 1 - i]);
    nc__arena_release(&arena);
    return apart || status != LIBNC_OK ? status : nc__svd(context, a, rows, cols, s, NULL, NULL);
}
