/* SPDX-License-Identifier: MIT
 *
 * test_linalg.c: tensors, matrix products, thin operations above and below the limit of the
 * register kernels, conversions, the float64 factorisations, and the BLAS provider's controls. The
 * kernels themselves are in test_kernels.c.
 */
#include "base/base.h"
#include "support/context_fixture.h"
#include "support/grid.h"
#include "support/update_rules.h"

#include <lapacke.h>
#include <libnc/blas.h>
#include <math.h>

/* In the place of LAPACKE's: divide and conquer, which fails on some matrices, fails when told. */
static bool fails_to_divide;

lapack_int LAPACKE_dgesdd_work(int layout, char job, lapack_int m, lapack_int n, double *a,
                               lapack_int lda, double *s, double *u, lapack_int ldu, double *vt,
                               lapack_int ldvt, double *work, lapack_int lwork, lapack_int *iwork)
{
    lapack_int info = 0;
    ck_assert_int_eq(layout, LAPACK_COL_MAJOR);
    LAPACK_dgesdd(&job, &m, &n, a, &lda, s, u, &ldu, vt, &ldvt, work, &lwork, iwork, &info);
    if (fails_to_divide && lwork != -1) {
        a[0] = s[0] = NAN;
        info = 1;
    }
    return info;
}

static uint64_t seed;

static void setup_linalg(void)
{
    seed = 3;
    setup();
}

static void teardown_linalg(void)
{
    fails_to_divide = false;
    teardown();
}

static int32_t type_of(int index)
{
    return index % 2 ? LIBNC_FLOAT32 : LIBNC_FLOAT64;
}

static void check_near(double got, long double wanted, double tolerance)
{
    if (!(fabsl((long double)got - wanted) <= (long double)tolerance))
        ck_abort_msg("%.17g: wanted %.17Lg within %g", got, wanted, tolerance);
}

/* ---- dense ---- */

static double element(const grid *g, bool transposed, int64_t i, int64_t j)
{
    return transposed ? grid_at(g, j, i) : grid_at(g, i, j);
}

/* C = alpha op(A) op(B) + beta C against a plain loop. */
static void check_gemm(int32_t scalar, int64_t m, int64_t n, int64_t k, int which, double beta)
{
    const bool ta = which & 1, tb = which & 2;
    grid a = ta ? grid_make(scalar, k, m, 2, &seed) : grid_make(scalar, m, k, 0, &seed);
    grid b = tb ? grid_make(scalar, n, k, 0, &seed) : grid_make(scalar, k, n, 3, &seed);
    grid c = grid_make(scalar, m, n, 1, &seed);
    nc__tensor at = grid_tensor(&a), bt = grid_tensor(&b), ct = grid_tensor(&c);
    nc__gemm(context, ta, tb, -0.5, &at, &bt, beta, &ct);
    grid_check_unchanged(&a);
    grid_check_unchanged(&b);
    grid_check_guards(&c);
    const double tolerance = 2 * sqrt((double)k + 4) * 4 * grid_epsilon(scalar);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            long double sum = 0;
            for (int64_t l = 0; l < k; l++)
                sum += (long double)element(&a, ta, i, l) * element(&b, tb, l, j);
            check_near(grid_at(&c, i, j), -0.5L * sum + (long double)beta * grid_was(&c, i, j),
                       tolerance);
        }
    grid_free(&a);
    grid_free(&b);
    grid_free(&c);
}

START_TEST(gemm_small)
{
    for (int64_t m = 1; m <= 6; m++)
        for (int64_t n = 1; n <= 6; n++)
            for (int64_t k = 1; k <= 6; k++)
                for (int which = 0; which < 4; which++)
                    check_gemm(type_of(_i), m, n, k, which, k % 2 ? 0 : 0.25);
}
END_TEST

/* Sizes above the one from which threads share the work, tall and wide, parts of unequal size. */
START_TEST(gemm_shared_among_threads)
{
    static const int64_t sizes[4][3] = {
        {301, 97, 61}, {53, 499, 83}, {40, 40, 900}, {1, 1100, 950}};
    for (int32_t threads = 1; threads <= 3; threads += 2) {
        ck_assert_int_eq(libnc_context_set_threads(context, threads), LIBNC_OK);
        for (int i = 0; i < 4; i++)
            for (int which = 0; which < 4; which++)
                check_gemm(type_of(_i), sizes[i][0], sizes[i][1], sizes[i][2], which, which / 2);
    }
}
END_TEST

/* beta = 0 overwrites what was there, NaN included. */
START_TEST(gemm_overwrites)
{
    grid a = grid_make(type_of(_i), 5, 3, 0, &seed), c = grid_make(type_of(_i), 5, 5, 0, &seed);
    nc__tensor at = grid_tensor(&a), ct = grid_tensor(&c);
    nc__fill(&ct, NAN);
    nc__gemm(context, false, true, 1, &at, &at, 0, &ct);
    ck_assert(nc__all_finite(&ct));
    nc__tensor none = nc__tensor_rows(&at, 2, 0), empty = nc__tensor_rows(&ct, 1, 0);
    nc__gemm(context, false, true, 1, &none, &at, 0, &empty); /* no rows: nothing to do */
    grid_free(&a);
    grid_free(&c);
}
END_TEST

/* The upper triangle of alpha A^T A + beta C; nothing below the diagonal is written. */
static void check_syrk(int32_t scalar, int64_t n, int64_t k, double beta)
{
    grid a = grid_make(scalar, k, n, 2, &seed), c = grid_make(scalar, n, n, 1, &seed);
    nc__tensor at = grid_tensor(&a), ct = grid_tensor(&c);
    nc__syrk(context, -0.5, &at, beta, &ct);
    grid_check_unchanged(&a);
    grid_check_guards(&c);
    /* A sum of k terms in any order is within k eps of it, relative to the sum of their sizes. */
    const double rounding = ((double)k + 8) * grid_epsilon(scalar);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            long double sum = 0, size = 1;
            for (int64_t l = 0; l < k && j >= i; l++) {
                const long double term = (long double)grid_at(&a, l, i) * grid_at(&a, l, j);
                sum += term;
                size += fabsl(term);
            }
            if (j >= i)
                check_near(grid_at(&c, i, j), -0.5L * sum + (long double)beta * grid_was(&c, i, j),
                           rounding * (double)size);
            else if (grid_at(&c, i, j) != grid_was(&c, i, j))
                ck_abort_msg("below the diagonal (%d, %d) was written", (int)i, (int)j);
        }
    grid_free(&a);
    grid_free(&c);
}

START_TEST(syrk)
{
    for (int64_t n = 1; n <= 9; n++)
        for (int64_t k = 1; k <= 9; k++)
            check_syrk(type_of(_i), n, k, n % 2 ? 0 : 0.25);
    static const int64_t sizes[][2] = {{48, 1000}, {60, 800}, {300, 40}, {411, 30}};
    for (int32_t threads = 1; threads <= 5; threads += 2) {
        ck_assert_int_eq(libnc_context_set_threads(context, threads), LIBNC_OK);
        for (size_t i = 0; i < 4; i++)
            check_syrk(type_of(_i), sizes[i][0], sizes[i][1], (double)(i % 2));
    }
}
END_TEST

/* Sums of triangles, shared or not, and the lower triangle from the upper one. */
START_TEST(triangles)
{
    static const int64_t sizes[] = {1, 5, 32, 33, 97, 1100};
    for (int32_t threads = 1; threads <= 3; threads++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            const int64_t n = sizes[s];
            ck_assert_int_eq(libnc_context_set_threads(context, threads), LIBNC_OK);
            grid x = grid_make(type_of(_i), n, n, 2, &seed);
            grid sum = grid_make(LIBNC_FLOAT64, n, n, 0, &seed);
            nc__tensor xt = grid_tensor(&x);
            nc__add_triangle(context, &xt, sum.data);
            grid_check_unchanged(&x);
            grid_check_guards(&sum);
            for (int64_t i = 0; i < n; i++)
                for (int64_t j = 0; j < n; j++) {
                    double wanted = grid_was(&sum, i, j) + (j >= i ? grid_at(&x, i, j) : 0);
                    if (grid_at(&sum, i, j) != wanted)
                        ck_abort_msg("n = %d: (%d, %d)", (int)n, (int)i, (int)j);
                }
            nc__mirror(sum.data, n);
            grid_check_guards(&sum);
            for (int64_t i = 0; i < n; i++)
                for (int64_t j = 0; j < i; j++)
                    if (grid_at(&sum, i, j) != grid_at(&sum, j, i))
                        ck_abort_msg("n = %d: (%d, %d) is not symmetric", (int)n, (int)i, (int)j);
            grid_free(&x);
            grid_free(&sum);
        }
}
END_TEST

/* ---- tensors ---- */

START_TEST(views_and_copies)
{
    const int32_t scalar = type_of(_i);
    grid a = grid_make(scalar, 7, 9, 2, &seed), b = grid_make(scalar, 3, 4, 1, &seed);
    nc__tensor at = grid_tensor(&a), bt = grid_tensor(&b);
    nc__tensor rows = nc__tensor_rows(&at, 2, 3), part = nc__tensor_cols(&rows, 5, 4);
    nc__copy(&part, &bt);
    grid_check_unchanged(&a);
    grid_check_guards(&b);
    double values[12];
    nc__to_double(&bt, values);
    for (int64_t i = 0; i < 3; i++)
        for (int64_t j = 0; j < 4; j++) {
            ck_assert_double_eq(grid_at(&b, i, j), grid_at(&a, i + 2, j + 5));
            ck_assert_double_eq(values[i * 4 + j], grid_at(&a, i + 2, j + 5));
            values[i * 4 + j] = -values[i * 4 + j];
        }
    nc__from_double(values, &part);
    grid_check_guards(&a);
    nc__axpy(1, &bt, &part);
    ck_assert_double_eq(nc__sum_squares(&part), 0);
    nc__scale(&bt, 2);
    nc__fill(&part, 3);
    double sum = 0;
    for (int i = 0; i < 12; i++)
        sum -= 6 * values[i];
    ck_assert_double_eq_tol(nc__dot(&part, &bt), sum, 1e-12);
    for (int64_t i = 0; i < 7; i++)
        for (int64_t j = 0; j < 9; j++)
            if (i < 2 || i > 4 || j < 5)
                ck_assert_double_eq(grid_at(&a, i, j), grid_was(&a, i, j));
    ck_assert_uint_eq(nc__scalar_size(scalar), grid_size(scalar));
    grid_free(&a);
    grid_free(&b);
}
END_TEST

/* Between any two types; rows longer than one piece of the conversion. */
START_TEST(convert)
{
    const int32_t from = type_of(_i), to = type_of(_i / 2);
    for (int64_t cols = 1; cols <= 600; cols += 85) {
        grid a = grid_make(from, 3, cols, 2, &seed), b = grid_make(to, 3, cols, 5, &seed);
        nc__tensor at = grid_tensor(&a), bt = grid_tensor(&b);
        nc__convert(&at, &bt);
        grid_check_unchanged(&a);
        grid_check_guards(&b);
        for (int64_t i = 0; i < 3; i++)
            for (int64_t j = 0; j < cols; j++) {
                double value = grid_at(&a, i, j);
                ck_assert(grid_at(&b, i, j) ==
                          (to == LIBNC_FLOAT32 ? (double)(float)value : value));
            }
        grid_free(&a);
        grid_free(&b);
    }
}
END_TEST

START_TEST(all_finite)
{
    grid a = grid_make(type_of(_i), 5, 13, 4, &seed);
    nc__tensor t = grid_tensor(&a);
    for (int64_t i = 0; i < 5; i++)
        for (int64_t j = 13; j < 17; j++)
            grid_set(&a, i, j, NAN); /* between rows: not looked at */
    ck_assert(nc__all_finite(&t));
    for (int64_t i = 0; i < 5; i++)
        for (int64_t j = 0; j < 13; j++) {
            double kept = grid_at(&a, i, j);
            grid_set(&a, i, j, (i + j) % 2 ? NAN : -INFINITY);
            ck_assert(!nc__all_finite(&t));
            grid_set(&a, i, j, kept);
        }
    grid_free(&a);
}
END_TEST

/* ---- layers ---- */

START_TEST(layers)
{
    const int32_t scalar = type_of(_i);
    const double tolerance = 32 * grid_epsilon(scalar), weights[6] = {0.5, -1, 2, 0, 3, 0.25};
    grid x = grid_make(scalar, 6, 11, 2, &seed), bias = grid_make(scalar, 1, 11, 0, &seed);
    grid sums = grid_make(scalar, 1, 11, 0, &seed);
    nc__tensor xt = grid_tensor(&x), bt = grid_tensor(&bias), st = grid_tensor(&sums);
    nc__add_column_sums(&xt, weights, &st);
    grid_check_guards(&sums);
    for (int64_t j = 0; j < 11; j++) {
        long double sum = grid_was(&sums, 0, j);
        for (int64_t i = 0; i < 6; i++)
            sum += (long double)weights[i] * grid_at(&x, i, j);
        check_near(grid_at(&sums, 0, j), sum, tolerance);
    }
    nc__fill(&st, 0);
    nc__add_column_sums(&xt, NULL, &st);
    for (int64_t j = 0; j < 11; j++) {
        long double sum = 0;
        for (int64_t i = 0; i < 6; i++)
            sum += grid_at(&x, i, j);
        check_near(grid_at(&sums, 0, j), sum, tolerance);
    }
    nc__add_weighted_bias(&bt, weights, &xt);
    grid_check_guards(&x);
    for (int64_t i = 0; i < 6; i++)
        for (int64_t j = 0; j < 11; j++)
            check_near(grid_at(&x, i, j),
                       grid_was(&x, i, j) + (long double)weights[i] * grid_at(&bias, 0, j),
                       tolerance);
    const nc__tensor none = nc__tensor_of(NULL, scalar, 1, 11);
    grid_remember(&x);
    nc__add_bias(&none, false, &xt);
    grid_check_unchanged(&x);
    nc__add_bias(&bt, true, &xt);
    grid_check_guards(&x);
    for (int64_t i = 0; i < 6; i++)
        for (int64_t j = 0; j < 11; j++)
            check_near(grid_at(&x, i, j), fmax(0, grid_was(&x, i, j) + grid_at(&bias, 0, j)),
                       tolerance);
    grid g = grid_make(scalar, 6, 11, 3, &seed);
    nc__tensor gt = grid_tensor(&g);
    nc__relu_backward(&xt, &gt);
    grid_check_guards(&g);
    for (int64_t i = 0; i < 6; i++)
        for (int64_t j = 0; j < 11; j++)
            ck_assert(grid_at(&g, i, j) == (grid_at(&x, i, j) > 0 ? grid_was(&g, i, j) : 0));
    grid_free(&x);
    grid_free(&g);
    grid_free(&bias);
    grid_free(&sums);
}
END_TEST

/* ---- thin operations on tensors, on both sides of the limit ---- */

typedef struct thin_case {
    bool transposed;
    grid t, b, c;
    nc__tensor tt, bt, ct;
} thin_case;

static thin_case make_thin(int32_t scalar, int64_t rows, int64_t cols, int64_t k, bool transposed)
{
    thin_case x = {.transposed = transposed};
    x.t = grid_make(scalar, rows, cols, 3, &seed);
    x.b = grid_make(scalar, k, cols, 1, &seed);
    x.c = transposed ? grid_make(scalar, k, rows, 2, &seed) : grid_make(scalar, rows, k, 2, &seed);
    x.tt = grid_tensor(&x.t);
    x.bt = grid_tensor(&x.b);
    x.ct = grid_tensor(&x.c);
    return x;
}

static void free_thin(thin_case *x)
{
    grid_free(&x->t);
    grid_free(&x->b);
    grid_free(&x->c);
}

static void check_project_and_collect(thin_case *x, double tolerance)
{
    nc__thin_project(&x->tt, &x->bt, &x->ct, x->transposed);
    grid_check_guards(&x->c);
    for (int64_t i = 0; i < x->t.rows; i++)
        for (int64_t k = 0; k < x->b.rows; k++) {
            long double sum = 0;
            for (int64_t j = 0; j < x->t.cols; j++)
                sum += (long double)grid_at(&x->t, i, j) * grid_at(&x->b, k, j);
            check_near(element(&x->c, x->transposed, i, k), sum, tolerance);
        }
    for (int64_t i = 0; i < x->c.rows; i++)
        for (int64_t j = 0; j < x->c.cols; j++)
            grid_set(&x->c, i, j, uniform(&seed));
    grid_remember(&x->c);
    nc__thin_collect(&x->ct, x->transposed, &x->tt, &x->bt);
    grid_check_guards(&x->b);
    for (int64_t k = 0; k < x->b.rows; k++)
        for (int64_t j = 0; j < x->t.cols; j++) {
            long double sum = grid_was(&x->b, k, j);
            for (int64_t i = 0; i < x->t.rows; i++)
                sum += (long double)element(&x->c, x->transposed, i, k) * grid_at(&x->t, i, j);
            check_near(grid_at(&x->b, k, j), sum, tolerance);
        }
    grid_check_unchanged(&x->t);
    grid_check_unchanged(&x->c);
}

START_TEST(thin_products)
{
    const int32_t scalar = type_of(_i);
    static const int64_t ks[4] = {1, NC__THIN_LIMIT, NC__THIN_LIMIT + 1, 40};
    for (int i = 0; i < 4; i++)
        for (int64_t rows = 0; rows <= 140; rows += 35)
            for (int transposed = 0; transposed <= 1; transposed++) {
                thin_case x = make_thin(scalar, rows, 29, ks[i], transposed);
                check_project_and_collect(&x, 256 * grid_epsilon(scalar));
                free_thin(&x);
            }
}
END_TEST

static void check_thin_update(thin_case *x, int32_t kind, bool dense)
{
    const int32_t scalar = x->t.scalar;
    const int64_t rows = x->t.rows, cols = x->t.cols, k = x->b.rows;
    const nc__update rule = rule_of(kind, 0.1, 0.25, 2);
    grid m = grid_make(scalar, rows, cols, 0, &seed), v = grid_make(scalar, rows, cols, 0, &seed);
    grid g = grid_make(scalar, rows, cols, 1, &seed);
    grid scratch = grid_make(scalar, NC__THIN_CHUNK, cols, 0, &seed);
    nc__tensor mt = grid_tensor(&m), vt = grid_tensor(&v), gt = grid_tensor(&g);
    nc__tensor st = grid_tensor(&scratch);
    nc__fill(&vt, 0.5);
    grid_remember(&v);
    if (kind == NC__UPDATE_DESCENT)
        mt.data = NULL;
    if (kind < NC__UPDATE_ADAM)
        vt.data = NULL;
    if (dense)
        nc__dense_update(&rule, &gt, &x->tt, &mt, &vt);
    else
        nc__thin_update(&rule, &x->ct, x->transposed, &x->bt, &x->tt, &mt, &vt, &st);
    grid_check_guards(&x->t);
    grid_check_guards(&m);
    grid_check_guards(&v);
    grid_check_guards(&scratch);
    grid_check_unchanged(&x->b);
    grid_check_unchanged(&x->c);
    const double tolerance = 64 * ((double)k + 4) * grid_epsilon(scalar);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++) {
            long double slope = dense ? grid_at(&g, i, j) : 0, value = grid_was(&x->t, i, j);
            long double first = grid_was(&m, i, j), second = grid_was(&v, i, j);
            for (int64_t a = 0; a < k && !dense; a++)
                slope += (long double)element(&x->c, x->transposed, i, a) * grid_at(&x->b, a, j);
            naive_update(&rule, slope, &value, &first, &second);
            check_near(grid_at(&x->t, i, j), value, tolerance);
            check_near(grid_at(&m, i, j), mt.data ? first : grid_was(&m, i, j), tolerance);
            check_near(grid_at(&v, i, j), vt.data ? second : grid_was(&v, i, j), tolerance);
        }
    grid_free(&m);
    grid_free(&v);
    grid_free(&g);
    grid_free(&scratch);
}

/* Rows below, at and beyond one chunk of scratch. */
START_TEST(updates)
{
    static const int64_t ks[3] = {3, NC__THIN_LIMIT + 1, 40}, heights[4] = {0, 5, 64, 150};
    for (int i = 0; i < 3; i++)
        for (int r = 0; r < 4; r++)
            for (int32_t kind = NC__UPDATE_DESCENT; kind <= NC__UPDATE_ADAMW; kind++)
                for (int which = 0; which < 3; which++) {
                    thin_case x = make_thin(type_of(_i), heights[r], 19, ks[i], which == 1);
                    check_thin_update(&x, kind, which == 2);
                    free_thin(&x);
                }
}
END_TEST

/* ---- factorisations ---- */

static double *random_matrix(int64_t rows, int64_t cols)
{
    double *a = malloc((size_t)(rows * cols) * sizeof *a);
    for (int64_t i = 0; i < rows * cols; i++)
        a[i] = uniform(&seed);
    return a;
}

/* Largest deviation of X^T X from 1, columns of X given as rows of stride `stride`. */
static void check_orthonormal(const double *x, int64_t vectors, int64_t length, int64_t by_vector,
                              int64_t by_value)
{
    for (int64_t i = 0; i < vectors; i++)
        for (int64_t j = 0; j <= i; j++) {
            long double sum = 0;
            for (int64_t l = 0; l < length; l++)
                sum +=
                    (long double)x[i * by_vector + l * by_value] * x[j * by_vector + l * by_value];
            check_near((double)sum, i == j, 1e-13);
        }
}

static void check_svd(const double *a, int64_t rows, int64_t cols)
{
    const int64_t r = rows < cols ? rows : cols;
    double *s = random_matrix(1, r), *u = random_matrix(rows, r), *vt = random_matrix(r, cols);
    double *alone = random_matrix(1, r), *other = random_matrix(rows + cols, r);
    ck_assert_int_eq(nc__svd(context, a, rows, cols, s, u, vt), LIBNC_OK);
    for (int64_t k = 0; k < r; k++)
        ck_assert(s[k] >= 0 && (k == 0 || s[k] <= s[k - 1]));
    check_orthonormal(u, r, rows, 1, r);
    check_orthonormal(vt, r, cols, cols, 1);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++) {
            long double sum = 0;
            for (int64_t k = 0; k < r; k++)
                sum += (long double)u[i * r + k] * s[k] * vt[k * cols + j];
            check_near(a[i * cols + j], sum, 1e-13 * (1 + s[0]));
        }
    for (int which = 0; which < 3; which++) { /* any of the vectors may be left out */
        ck_assert_int_eq(nc__svd(context, a, rows, cols, alone, which == 1 ? other : NULL,
                                 which == 2 ? other : NULL),
                         LIBNC_OK);
        for (int64_t k = 0; k < r; k++)
            check_near(alone[k], s[k], 1e-13 * (1 + s[0]));
    }
    free(s);
    free(u);
    free(vt);
    free(alone);
    free(other);
}

START_TEST(svd)
{
    fails_to_divide = _i == 1;
    static const int64_t shapes[7][2] = {{1, 1},  {1, 8},  {8, 1},  {5, 5},
                                         {4, 30}, {30, 4}, {64, 65}};
    for (int i = 0; i < 7; i++) {
        const int64_t rows = shapes[i][0], cols = shapes[i][1];
        double *a = random_matrix(rows, cols);
        check_svd(a, rows, cols);
        for (int64_t l = 0; l < rows * cols; l++) /* rank 1, then 0 */
            a[l] = (double)(l / cols + 1) * (double)(l % cols - 2);
        check_svd(a, rows, cols);
        memset(a, 0, (size_t)(rows * cols) * sizeof *a);
        check_svd(a, rows, cols);
        free(a);
    }
    const double known[4] = {3, 0, 4, 5}; /* singular values sqrt(45), sqrt(5) */
    double s[2];
    ck_assert_int_eq(nc__svd(context, known, 2, 2, s, NULL, NULL), LIBNC_OK);
    check_near(s[0], sqrtl(45), 1e-14);
    check_near(s[1], sqrtl(5), 1e-14);
    ck_assert_int_eq(nc__svd(context, known, 0, 2, s, NULL, NULL), LIBNC_OK);
}
END_TEST

START_TEST(symmetric_eigen)
{
    for (int64_t n = 1; n <= 40; n += 13) {
        double *a = random_matrix(n, n), *kept = random_matrix(n, n), *values = random_matrix(1, n);
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < n; j++)
                kept[i * n + j] = a[i * n + j] = i < j ? a[i * n + j] : a[j * n + i];
        ck_assert_int_eq(nc__symmetric_eigen(context, a, n, values), LIBNC_OK);
        check_orthonormal(a, n, n, n, 1);
        for (int64_t k = 0; k < n; k++) {
            ck_assert(k == 0 || values[k] >= values[k - 1]);
            for (int64_t i = 0; i < n; i++) { /* A v = lambda v */
                long double sum = 0;
                for (int64_t j = 0; j < n; j++)
                    sum += (long double)kept[i * n + j] * a[k * n + j];
                check_near(a[k * n + i] * values[k], sum, 1e-12);
            }
        }
        free(a);
        free(kept);
        free(values);
    }
    double known[4] = {2, 1, 1, 2}, values[2];
    ck_assert_int_eq(nc__symmetric_eigen(context, known, 2, values), LIBNC_OK);
    check_near(values[0], 1, 1e-15);
    check_near(values[1], 3, 1e-15);
    ck_assert_int_eq(nc__symmetric_eigen(context, known, 0, values), LIBNC_OK);
}
END_TEST

/* Q is orthonormal, Q^T A is upper triangular with R's diagonal, and A = Q Q^T A. */
static void check_orthonormalise(const double *a, int64_t rows, int64_t cols)
{
    double *q = random_matrix(rows, cols), *diagonal = random_matrix(1, cols);
    memcpy(q, a, (size_t)(rows * cols) * sizeof *q);
    ck_assert_int_eq(nc__orthonormalise(context, q, rows, cols, diagonal), LIBNC_OK);
    check_orthonormal(q, cols, rows, 1, cols);
    for (int64_t j = 0; j < cols; j++) {
        double *rest = malloc((size_t)rows * sizeof *rest);
        for (int64_t i = 0; i < rows; i++)
            rest[i] = a[i * cols + j];
        for (int64_t k = 0; k < cols; k++) {
            long double r = 0;
            for (int64_t i = 0; i < rows; i++)
                r += (long double)q[i * cols + k] * a[i * cols + j];
            if (k == j)
                check_near(diagonal[j], r, 1e-13 * (double)rows);
            if (k > j)
                check_near((double)r, 0, 1e-13 * (double)rows);
            for (int64_t i = 0; i < rows; i++)
                rest[i] -= (double)r * q[i * cols + k];
        }
        for (int64_t i = 0; i < rows; i++)
            check_near(rest[i], 0, 1e-13 * (double)rows);
        free(rest);
    }
    memcpy(q, a, (size_t)(rows * cols) * sizeof *q);
    ck_assert_int_eq(nc__orthonormalise(context, q, rows, cols, NULL), LIBNC_OK);
    check_orthonormal(q, cols, rows, 1, cols);
    free(q);
    free(diagonal);
}

START_TEST(orthonormalise)
{
    static const int64_t shapes[6][2] = {{1, 1}, {7, 1}, {6, 6}, {40, 5}, {65, 64}, {300, 30}};
    for (int i = 0; i < 6; i++) {
        const int64_t rows = shapes[i][0], cols = shapes[i][1];
        double *a = random_matrix(rows, cols);
        check_orthonormalise(a, rows, cols);
        for (int64_t r = 0; r < rows; r++) /* the last column nearly, then exactly, the first */
            a[r * cols + cols - 1] = a[r * cols] + 1e-14 * a[r * cols + cols - 1];
        check_orthonormalise(a, rows, cols);
        for (int64_t r = 0; r < rows; r++)
            a[r * cols + cols - 1] = a[r * cols];
        check_orthonormalise(a, rows, cols);
        memset(a, 0, (size_t)(rows * cols) * sizeof *a);
        check_orthonormalise(a, rows, cols);
        free(a);
    }
    ck_assert_int_eq(nc__orthonormalise(context, NULL, 4, 0, NULL), LIBNC_OK);
}
END_TEST

/* R^T R = A^T A, column by column right to that column's own length, zeros below. */
static void check_triangle(const double *a, int64_t rows, int64_t cols)
{
    double *r = malloc((size_t)(rows * cols) * sizeof *r);
    memcpy(r, a, (size_t)(rows * cols) * sizeof *r);
    ck_assert_int_eq(nc__triangularise(context, r, rows, cols), LIBNC_OK);
    for (int64_t i = 0; i < cols; i++)
        for (int64_t j = 0; j < cols; j++) {
            long double expected = 0, actual = 0, left = 0, right = 0;
            for (int64_t k = 0; k < rows; k++) {
                expected += (long double)a[k * cols + i] * a[k * cols + j];
                left += (long double)a[k * cols + i] * a[k * cols + i];
                right += (long double)a[k * cols + j] * a[k * cols + j];
            }
            for (int64_t k = 0; k < cols; k++)
                actual += (long double)r[k * cols + i] * r[k * cols + j];
            ck_assert_double_le((double)fabsl(actual - expected),
                                1e-14 * (double)sqrtl(left * right));
            if (j < i)
                ck_assert_double_eq(r[i * cols + j], 0);
        }
    free(r);
}

START_TEST(triangularise)
{
    static const int64_t shapes[5][2] = {{1, 1}, {7, 1}, {6, 6}, {40, 5}, {120, 30}};
    for (int i = 0; i < 5; i++) {
        const int64_t rows = shapes[i][0], cols = shapes[i][1];
        double *a = random_matrix(rows, cols);
        for (int64_t r = 0; r < rows; r++) /* columns of very different lengths */
            a[r * cols] *= 1e-12;
        check_triangle(a, rows, cols);
        memset(a, 0, (size_t)(rows * cols) * sizeof *a);
        check_triangle(a, rows, cols);
        free(a);
    }
    ck_assert_int_eq(nc__triangularise(context, NULL, 4, 0), LIBNC_OK);
}
END_TEST

/* ---- singular values from Gram matrices ---- */

/* Rows that sum to zero. */
static void centre_columns(double *a, int64_t rows, int64_t cols)
{
    for (int64_t c = 0; c < cols; c++) {
        double mean = 0;
        for (int64_t r = 0; r < rows; r++)
            mean += a[r * cols + c] / (double)rows;
        for (int64_t r = 0; r < rows; r++)
            a[r * cols + c] -= mean;
    }
}

/* s and V^T of rank `most` against nc__svd(): A V has orthogonal columns of length s. */
static void check_singular(const double *a, int64_t rows, int64_t cols, int64_t most,
                           double tolerance)
{
    const int64_t n = rows < cols ? rows : cols;
    double *wanted = random_matrix(1, n), *s = random_matrix(1, n), *vt = random_matrix(n, cols);
    double *left = random_matrix(rows, most);
    ck_assert_int_eq(nc__svd(context, a, rows, cols, wanted, NULL, NULL), LIBNC_OK);
    ck_assert_int_eq(nc__singular_basis(context, a, rows, cols, most, s, vt), LIBNC_OK);
    for (int64_t i = 0; i < most; i++) {
        ck_assert(i == 0 || s[i] <= s[i - 1]);
        check_near(s[i] / wanted[i], 1, tolerance);
        for (int64_t r = 0; r < rows; r++) {
            long double sum = 0;
            for (int64_t c = 0; c < cols; c++)
                sum += (long double)a[r * cols + c] * vt[i * cols + c];
            left[r * most + i] = (double)(sum / s[i]);
        }
    }
    check_orthonormal(vt, most, cols, cols, 1);
    check_orthonormal(left, most, rows, 1, most);
    ck_assert_int_eq(nc__singular_values(context, a, rows, cols, s), LIBNC_OK);
    for (int64_t i = 0; i < n; i++)
        check_near(s[i], wanted[i], i < most ? 1e-7 * wanted[i] : 1e-12 * wanted[0]);
    free(wanted);
    free(s);
    free(vt);
    free(left);
}

/* Below and above the size that Gram matrices serve, wide and tall, of full rank and centred. */
START_TEST(singular_basis)
{
    static const int64_t shapes[6][2] = {{20, 70},  {63, 200}, {64, 300},
                                         {80, 240}, {240, 80}, {330, 66}};
    for (int32_t threads = 1; threads <= 3; threads += 2) {
        ck_assert_int_eq(libnc_context_set_threads(context, threads), LIBNC_OK);
        for (int i = 0; i < 6; i++) {
            const int64_t rows = shapes[i][0], cols = shapes[i][1];
            const int64_t n = rows < cols ? rows : cols;
            double *a = random_matrix(rows, cols);
            check_singular(a, rows, cols, n, 1e-12);
            centre_columns(a, rows, cols);
            check_singular(a, rows, cols, rows - 1 < n ? rows - 1 : n, 1e-12);
            for (int64_t l = 0; l < rows * cols; l++)
                a[l] *= 1e-130; /* squares are small, but far from the smallest */
            check_singular(a, rows, cols, rows - 1 < n ? rows - 1 : n, 1e-12);
            free(a);
        }
    }
}
END_TEST

/* Where eigenvalues of the Gram matrix would lose digits, the result is that of nc__svd() to the
 * last bit: lengths from 1 to 1e-6, a rank below `most`, squares that underflow, zero. */
START_TEST(singular_basis_keeps_small_values)
{
    enum { ROWS = 70, COLS = 90 };
    for (int which = 0; which < 4; which++) {
        double *a = random_matrix(ROWS, COLS);
        double *wanted = random_matrix(1, ROWS), *s = random_matrix(1, ROWS);
        double *basis = random_matrix(ROWS, COLS), *vt = random_matrix(ROWS, COLS);
        for (int64_t l = 0; l < ROWS * COLS; l++) {
            const double power = -6.0 * (double)(l / COLS) / (ROWS - 1);
            if (which == 0)
                a[l] *= pow(10, power);
            if (which == 1 && l / COLS == ROWS - 1)
                a[l] = a[l - COLS];
            if (which >= 2)
                a[l] *= which == 2 ? 1e-170 : 0;
        }
        ck_assert_int_eq(nc__svd(context, a, ROWS, COLS, wanted, NULL, basis), LIBNC_OK);
        ck_assert_int_eq(nc__singular_basis(context, a, ROWS, COLS, ROWS, s, vt), LIBNC_OK);
        ck_assert_mem_eq(s, wanted, ROWS * sizeof *s);
        ck_assert_mem_eq(vt, basis, ROWS * COLS * sizeof *vt);
        ck_assert_int_eq(nc__singular_values(context, a, ROWS, COLS, s), LIBNC_OK);
        for (int64_t i = 0; i < ROWS; i++)
            check_near(s[i], wanted[i], 1e-14 * wanted[0]);
        free(a);
        free(wanted);
        free(s);
        free(basis);
        free(vt);
    }
}
END_TEST

/* The upper triangle of (A S) A^T for a symmetric S, in blocks. */
START_TEST(symmetric_product)
{
    static const int64_t sizes[4][2] = {{1, 3}, {127, 5}, {128, 40}, {301, 70}};
    for (int i = 0; i < 4; i++) {
        const int64_t n = sizes[i][0], k = sizes[i][1];
        double *a = random_matrix(n, k), *b = random_matrix(n, k), *c = random_matrix(n, n);
        for (int64_t l = 0; l < n * k; l++)
            b[l] = a[l] * (double)(1 + l % k); /* S = diag(1, 2, ...) */
        nc__tensor left = nc__tensor_f64(b, n, k), right = nc__tensor_f64(a, n, k);
        nc__tensor product = nc__tensor_f64(c, n, n);
        ck_assert_int_eq(libnc_context_set_threads(context, 1 + i), LIBNC_OK);
        nc__symmetric_product(context, &left, &right, &product);
        for (int64_t r = 0; r < n; r++)
            for (int64_t j = r; j < n; j++) {
                long double sum = 0;
                for (int64_t l = 0; l < k; l++)
                    sum += (long double)b[r * k + l] * a[j * k + l];
                check_near(c[r * n + j], sum, 1e-12);
            }
        free(a);
        free(b);
        free(c);
    }
}
END_TEST

START_TEST(invert_triangle)
{
    for (int64_t n = 1; n <= 90; n += 29) {
        double *r = random_matrix(n, n), *inverse = random_matrix(n, n);
        for (int64_t i = 0; i < n; i++) {
            r[i * n + i] += (double)n;
            for (int64_t j = 0; j < i; j++)
                r[i * n + j] = 0;
        }
        memcpy(inverse, r, (size_t)(n * n) * sizeof *r);
        ck_assert_int_eq(nc__invert_triangle(context, inverse, n), LIBNC_OK);
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < n; j++) {
                long double sum = 0;
                for (int64_t l = 0; l < n; l++)
                    sum += (long double)r[i * n + l] * inverse[l * n + j];
                check_near((double)sum, i == j, 1e-13);
            }
        free(r);
        free(inverse);
    }
    double singular[4] = {1, 2, 0, 0};
    ck_assert_int_eq(nc__invert_triangle(context, singular, 2), LIBNC_ERROR_NUMERICAL);
    ck_assert_int_eq(nc__invert_triangle(context, NULL, 0), LIBNC_OK);
}
END_TEST

static libnc_status factorise(libnc_context *own, void *argument)
{
    double a[12] = {4, 1, 0, 1, 3, 1, 0, 1, 2, 5, 6, 7}, s[3], u[12], vt[9];
    libnc_status status = LIBNC_OK;
    for (int which = 0; which < 4 && !status; which++)
        status = nc__svd(own, a, 4, 3, s, which & 1 ? u : NULL, which & 2 ? vt : NULL);
    if (!status)
        status = nc__symmetric_eigen(own, a, 3, s);
    if (!status)
        status = nc__orthonormalise(own, a, 4, 3, argument);
    if (!status)
        status = nc__triangularise(own, a, 4, 3);
    return status;
}

/* Wide, tall, and one whose decomposition is taken of itself. */
static libnc_status find_values(libnc_context *own, void *argument)
{
    enum { MOST = 64 * 80 };
    static double a[MOST], s[64], vt[MOST];
    libnc_status status = LIBNC_OK;
    (void)argument;
    for (int which = 0; which < 3 && !status; which++) {
        const int64_t rows = which == 1 ? 80 : 64, cols = which == 1 ? 64 : 80;
        for (int64_t l = 0; l < MOST; l++)
            a[l] = l % cols == l / cols ? 1 + (double)(l % 7) : 0;
        if (which == 2)
            a[0] = 1e-7;
        status = nc__singular_basis(own, a, rows, cols, 64, s, vt);
        if (!status)
            status = nc__singular_values(own, a, rows, cols, s);
    }
    return status;
}

START_TEST(factorisations_survive_failed_allocations)
{
    ck_assert_int_gt(faults_try_all(find_values, NULL), 20);
    double diagonal[3];
    ck_assert_int_gt(faults_try_all(factorise, diagonal), 10);
}
END_TEST

/* ---- the provider ---- */

START_TEST(provider)
{
    const char *name = libnc_blas_provider();
    ck_assert(!strcmp(name, "openblas") || !strcmp(name, "blis") || !strcmp(name, "mkl") ||
              !strcmp(name, "reference"));
    ck_assert_int_eq(libnc_blas_set_threads(context, 1), LIBNC_OK);
    const libnc_status two = libnc_blas_set_threads(context, 2);
    ck_assert_int_eq(two, strcmp(name, "reference") ? LIBNC_OK : LIBNC_ERROR_UNSUPPORTED);
    ck_assert_int_eq(libnc_blas_set_threads(context, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_blas_set_threads(NULL, 1), LIBNC_ERROR_ARGUMENT);
    static const int32_t bad[4] = {0, -1, 257, INT32_MAX};
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(libnc_blas_set_threads(context, bad[i]), LIBNC_ERROR_ARGUMENT);
        ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "threads = "));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("linalg");
    TCase *tests = add_case(suite, "linalg", 60);
    tcase_add_checked_fixture(tests, setup_linalg, teardown_linalg);
    tcase_add_loop_test(tests, gemm_small, 0, 2);
    tcase_add_loop_test(tests, gemm_shared_among_threads, 0, 2);
    tcase_add_loop_test(tests, gemm_overwrites, 0, 2);
    tcase_add_loop_test(tests, syrk, 0, 2);
    tcase_add_loop_test(tests, triangles, 0, 2);
    tcase_add_loop_test(tests, views_and_copies, 0, 2);
    tcase_add_loop_test(tests, convert, 0, 4);
    tcase_add_loop_test(tests, all_finite, 0, 2);
    tcase_add_loop_test(tests, layers, 0, 2);
    tcase_add_loop_test(tests, thin_products, 0, 2);
    tcase_add_loop_test(tests, updates, 0, 2);
    tcase_add_loop_test(tests, svd, 0, 2);
    tcase_add_test(tests, symmetric_eigen);
    tcase_add_test(tests, orthonormalise);
    tcase_add_test(tests, triangularise);
    tcase_add_test(tests, singular_basis);
    tcase_add_test(tests, singular_basis_keeps_small_values);
    tcase_add_test(tests, symmetric_product);
    tcase_add_test(tests, invert_triangle);
    tcase_add_test(tests, factorisations_survive_failed_allocations);
    tcase_add_test(tests, provider);
    return run_suite(suite);
}
