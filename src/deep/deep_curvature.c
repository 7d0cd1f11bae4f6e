/* SPDX-License-Identifier: MIT
 *
 * deep_curvature.c: the smallest Hessian eigenvalue modulo rotations (deep_curvature.h).
 *
 * With Q the projector off the directions without change, the matrix is Q H Q + t (I - Q), t = 4 c.
 * (Its smallest eigenvalue is that of H off those directions: scaling two factors against each
 * other has the eigenvalue 2 c at every critical point but zero.) Few variables: LAPACK. More: the
 * Lanczos process with Hessian products, orthogonalised in full.
 */
#include "deep/deep_curvature.h"
#include "linalg/linalg.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum {
    DENSE_SIZE = 600,     /* variables up to which all eigenvalues cost less than a second */
    LANCZOS_STEPS = 1200, /* most Hessian products */
    FIRST_CHECK = 40      /* steps until the first look at convergence; then half as many more */
};

#define SHIFT 4.0 /* t / c */

/* A negative eigenvalue counts beyond this share of c and this one of the largest eigenvalue. */
#define SADDLE_SHARE    1e-7
#define SADDLE_ROUNDING (1e4 * DBL_EPSILON)

/* The Lanczos process ends when the residual is below this share of c. */
#define LANCZOS_TOLERANCE 1e-8

typedef struct work {
    libnc_context *context;
    const nc__deep_problem *problem;
    const nc__deep_point *point;
    nc__deep *deep;
    int64_t rank, size;
    double *sigma;         /* s_i^{1/(M+1)} */
    double *outer, *inner; /* U^T dA_M and dA_0 V, r x r */
    double *pair, *solved; /* M + 1 pairs of entries; the tridiagonal system */
    double *projected, *image;
} work;

/* ---- directions without change ---- */

/* Entries (a, b) and (b, a) of factor j in the singular vectors' coordinates. */
static double *entry(const work *w, double *v, int32_t j, int64_t a, int64_t b)
{
    if (j == w->problem->depth)
        return &w->outer[a * w->rank + b];
    if (j == 0)
        return &w->inner[a * w->rank + b];
    return v + nc__deep_offset(w->problem, w->rank, j) + a * w->rank + b;
}

/* Rotation by Omega = e_a e_b^T - e_b e_a^T between A_j and A_{j-1}: (a, b) and (b, a) change by
 * sigma_a, -sigma_b in A_j = Sigma, and by -sigma_b, sigma_a in A_{j-1}. */
static double rotation_product(const work *w, int32_t j, int64_t a, int64_t b)
{
    const double sa = w->sigma[a], sb = w->sigma[b], *upper = w->pair + 2 * j, *lower = upper - 2;
    return sa * upper[0] - sb * upper[1] - sb * lower[0] + sa * lower[1];
}

/* The M rotations of a pair have the Gram matrix tridiag(-2 sa sb, 2 (sa^2 + sb^2), -2 sa sb);
 * solves it in place of the right sides `y` (Thomas's elimination). */
static void solve_rotations(const work *w, double sa, double sb, double *y)
{
    const int32_t depth = w->problem->depth;
    const double diagonal = 2 * (sa * sa + sb * sb), side = -2 * sa * sb;
    double *ratio = w->solved + depth;
    double pivot = diagonal;
    y[0] /= pivot;
    for (int32_t j = 1; j < depth; j++) {
        ratio[j] = side / pivot;
        pivot = diagonal - side * ratio[j];
        y[j] = (y[j] - side * y[j - 1]) / pivot;
    }
    for (int32_t j = depth - 2; j >= 0; j--)
        y[j] -= ratio[j + 1] * y[j + 1];
}

/* Takes the rotations of directions a and b out of w->pair. */
static void project_pair(const work *w, int64_t a, int64_t b)
{
    const int32_t depth = w->problem->depth;
    const double sa = w->sigma[a], sb = w->sigma[b];
    double *y = w->solved;
    for (int32_t j = 1; j <= depth; j++)
        y[j - 1] = rotation_product(w, j, a, b);
    solve_rotations(w, sa, sb, y);
    for (int32_t j = 1; j <= depth; j++) {
        double *upper = w->pair + 2 * j, *lower = upper - 2;
        upper[0] -= sa * y[j - 1];
        upper[1] += sb * y[j - 1];
        lower[0] += sb * y[j - 1];
        lower[1] -= sa * y[j - 1];
    }
}

/* outer = U^T dA_M, inner = dA_0 V. */
static void to_coordinates(const work *w, const double *v)
{
    const int64_t classes = w->problem->classes, rank = w->rank;
    const double *last = v + nc__deep_offset(w->problem, rank, w->problem->depth);
    const double *first = v + nc__deep_offset(w->problem, rank, 0);
    for (int64_t a = 0; a < rank; a++)
        for (int64_t b = 0; b < rank; b++) {
            double left = 0, right = 0;
            for (int64_t k = 0; k < classes; k++) {
                left += w->point->left[a * classes + k] * last[k * rank + b];
                right += first[a * classes + k] * w->point->right[b * classes + k];
            }
            w->outer[a * rank + b] = left;
            w->inner[a * rank + b] = right;
        }
}

/* dA_M += U outer, dA_0 += inner V^T: the parts taken out and put back. */
static void from_coordinates(const work *w, double factor, double *v)
{
    const int64_t classes = w->problem->classes, rank = w->rank;
    double *last = v + nc__deep_offset(w->problem, rank, w->problem->depth);
    double *first = v + nc__deep_offset(w->problem, rank, 0);
    for (int64_t a = 0; a < rank; a++)
        for (int64_t b = 0; b < rank; b++)
            for (int64_t k = 0; k < classes; k++) {
                last[k * rank + b] +=
                    factor * w->outer[a * rank + b] * w->point->left[a * classes + k];
                first[a * classes + k] +=
                    factor * w->inner[a * rank + b] * w->point->right[b * classes + k];
            }
}

static void project_bias(const work *w, double *v)
{
    const int64_t classes = w->problem->classes;
    double *b = v + nc__deep_offset(w->problem, w->rank, -1), mean = 0;
    for (int64_t k = 0; k < classes; k++)
        mean += b[k] / (double)classes;
    for (int64_t k = 0; k < classes; k++)
        b[k] -= mean;
}

/* v = Q v */
static void project(const work *w, double *v)
{
    const int32_t depth = w->problem->depth;
    to_coordinates(w, v);
    from_coordinates(w, -1, v);
    for (int64_t a = 0; a < w->rank; a++)
        for (int64_t b = a + 1; b < w->rank && w->sigma[a] > 0; b++) {
            for (int32_t j = 0; j <= depth; j++) {
                w->pair[2 * j] = *entry(w, v, j, a, b);
                w->pair[2 * j + 1] = *entry(w, v, j, b, a);
            }
            project_pair(w, a, b);
            for (int32_t j = 0; j <= depth; j++) {
                *entry(w, v, j, a, b) = w->pair[2 * j];
                *entry(w, v, j, b, a) = w->pair[2 * j + 1];
            }
        }
    from_coordinates(w, 1, v);
    if (w->problem->bias)
        project_bias(w, v);
}

/* image = (Q H Q + t (I - Q)) v */
static void apply(const work *w, const double *v, double *image)
{
    const double shift = SHIFT * w->problem->cost;
    memcpy(w->projected, v, (size_t)w->size * sizeof *v);
    project(w, w->projected);
    nc__deep_curve(w->deep, w->projected, image);
    project(w, image);
    for (int64_t i = 0; i < w->size; i++)
        image[i] += shift * (v[i] - w->projected[i]);
}

/* ---- eigenvalues ---- */

static libnc_status dense_smallest(const work *w, nc__deep_curvature *result)
{
    const int64_t n = w->size;
    double *matrix = nc__alloc(w->context, (size_t)(n + 1), (size_t)n * sizeof *matrix);
    if (!matrix)
        return LIBNC_ERROR_MEMORY;
    double *values = matrix + n * n;
    for (int64_t i = 0; i < n; i++) {
        memset(result->direction, 0, (size_t)n * sizeof(double));
        result->direction[i] = 1;
        apply(w, result->direction, matrix + i * n);
    }
    const libnc_status status = nc__symmetric_eigen(w->context, matrix, n, values);
    if (status == LIBNC_OK) {
        result->eigenvalue = values[0];
        result->largest = values[n - 1];
        memcpy(result->direction, matrix, (size_t)n * sizeof(double));
    }
    nc__free(w->context, matrix);
    return status;
}

typedef struct lanczos {
    nc__tensor basis;             /* one row per step */
    double *alpha, *beta;         /* the tridiagonal matrix */
    double *small, *values, *row; /* m x m, m, m */
} lanczos;

static libnc_status lanczos_open(lanczos *l, libnc_context *context, int64_t steps, int64_t size)
{
    const size_t m = (size_t)steps;
    l->basis = nc__tensor_alloc(context, LIBNC_FLOAT64, steps + 1, size);
    l->alpha = nc__alloc(context, 4 * m + m * m, sizeof *l->alpha);
    if (!l->basis.data || !l->alpha)
        return LIBNC_ERROR_MEMORY;
    l->beta = l->alpha + m;
    l->values = l->beta + m;
    l->row = l->values + m;
    l->small = l->row + m;
    return LIBNC_OK;
}

static void lanczos_close(lanczos *l, libnc_context *context)
{
    nc__free(context, l->alpha);
    nc__free(context, l->basis.data);
}

/* v -= B^T B v over the first `count` rows B, twice, which is enough (Parlett, The Symmetric
 * Eigenvalue Problem, section 6.9). */
static void orthogonalise(const work *w, lanczos *l, int64_t count, nc__tensor *v)
{
    nc__tensor rows = nc__tensor_rows(&l->basis, 0, count);
    nc__tensor products = nc__tensor_f64(l->row, 1, count);
    for (int pass = 0; pass < 2; pass++) {
        nc__gemm(w->context, false, true, 1, v, &rows, 0, &products);
        nc__gemm(w->context, false, false, -1, &products, &rows, 1, v);
    }
}

/* One step: a new row of the basis; false if it is zero: the space is invariant. */
static bool lanczos_step(const work *w, lanczos *l, int64_t step)
{
    const nc__tensor now = nc__tensor_rows(&l->basis, step, 1);
    nc__tensor next = nc__tensor_rows(&l->basis, step + 1, 1);
    apply(w, now.data, next.data);
    l->alpha[step] = nc__dot(&now, &next);
    orthogonalise(w, l, step + 1, &next);
    l->beta[step] = sqrt(nc__sum_squares(&next));
    if (l->beta[step] <= DBL_EPSILON * fabs(l->alpha[step]))
        return false;
    nc__scale(&next, 1 / l->beta[step]);
    return true;
}

/* The smallest Ritz pair of m steps: value, residual, and its vector's coordinates in `small`. */
static libnc_status ritz(const work *w, lanczos *l, int64_t m, nc__deep_curvature *result)
{
    memset(l->small, 0, (size_t)(m * m) * sizeof *l->small);
    for (int64_t i = 0; i < m; i++) {
        l->small[i * m + i] = l->alpha[i];
        if (i + 1 < m)
            l->small[i * m + i + 1] = l->small[(i + 1) * m + i] = l->beta[i];
    }
    const libnc_status status = nc__symmetric_eigen(w->context, l->small, m, l->values);
    if (status == LIBNC_OK) {
        result->eigenvalue = l->values[0];
        result->largest = l->values[m - 1];
        result->residual = fabs(l->beta[m - 1] * l->small[m - 1]);
    }
    return status;
}

static libnc_status lanczos_smallest(const work *w, nc__deep_curvature *result)
{
    const int64_t most = w->size - 1 < LANCZOS_STEPS ? w->size - 1 : LANCZOS_STEPS;
    nc__stream stream = nc__stream_of(0);
    lanczos l = {.alpha = NULL};
    libnc_status status = lanczos_open(&l, w->context, most, w->size);
    int64_t step = 0, check = FIRST_CHECK;
    bool more = true;
    if (status == LIBNC_OK) {
        nc__tensor first = nc__tensor_rows(&l.basis, 0, 1);
        nc__stream_normal(&stream, first.data, (size_t)w->size);
        project(w, first.data);
        nc__scale(&first, 1 / sqrt(nc__sum_squares(&first)));
    }
    while (status == LIBNC_OK && more) {
        more = lanczos_step(w, &l, step++) && step < most;
        if (more && step < check)
            continue;
        status = ritz(w, &l, step, result);
        more = more && result->residual > LANCZOS_TOLERANCE * w->problem->cost;
        check += check / 2;
    }
    if (status == LIBNC_OK) {
        const nc__tensor rows = nc__tensor_rows(&l.basis, 0, step);
        const nc__tensor weights = nc__tensor_f64(l.small, 1, step);
        nc__tensor direction = nc__tensor_f64(result->direction, 1, w->size);
        nc__gemm(w->context, false, false, 1, &weights, &rows, 0, &direction);
    }
    lanczos_close(&l, w->context);
    return status;
}

/* ---- create and destroy ---- */

void nc__deep_curvature_destroy(nc__deep_curvature *curvature, libnc_context *context)
{
    nc__free(context, curvature->direction);
    nc__free(context, curvature->factors);
    memset(curvature, 0, sizeof *curvature);
}

static void work_close(work *w)
{
    nc__free(w->context, w->image);
    nc__free(w->context, w->sigma);
    nc__deep_destroy(w->deep);
}

static libnc_status work_open(work *w)
{
    const size_t rank = (size_t)w->rank, depth = (size_t)w->problem->depth;
    const libnc_status status = nc__deep_create(&w->deep, w->context, w->problem, w->rank);
    if (status != LIBNC_OK)
        return status;
    w->sigma = nc__alloc(w->context, rank + 2 * rank * rank + 4 * (depth + 1), sizeof *w->sigma);
    w->image = nc__alloc(w->context, 2 * (size_t)w->size, sizeof *w->image);
    if (!w->sigma || !w->image)
        return LIBNC_ERROR_MEMORY;
    w->outer = w->sigma + rank;
    w->inner = w->outer + rank * rank;
    w->pair = w->inner + rank * rank;
    w->solved = w->pair + 2 * (depth + 1);
    w->projected = w->image + w->size;
    for (int64_t i = 0; i < w->point->rank; i++)
        w->sigma[i] = pow(w->point->values[i], 1 / (w->problem->depth + 1.0));
    return LIBNC_OK;
}

/* ||H v - eigenvalue v||, and a definite sign: the entry of largest size is positive. */
static void finish(const work *w, nc__deep_curvature *result)
{
    double squares = 0, largest = 0;
    apply(w, result->direction, w->image);
    for (int64_t i = 0; i < w->size; i++) {
        squares += pow(w->image[i] - result->eigenvalue * result->direction[i], 2);
        if (fabs(result->direction[i]) > fabs(largest) * (1 + sqrt(DBL_EPSILON)))
            largest = result->direction[i];
    }
    for (int64_t i = 0; i < w->size && largest < 0; i++)
        result->direction[i] = -result->direction[i];
    result->residual = sqrt(squares);
    const double rounding =
        fmax(SADDLE_SHARE * w->problem->cost, SADDLE_ROUNDING * result->largest);
    result->saddle = result->eigenvalue < -rounding;
}

static libnc_status create_arrays(nc__deep_curvature *result, libnc_context *context)
{
    result->factors = nc__alloc(context, (size_t)result->size, sizeof *result->factors);
    result->direction = nc__alloc(context, (size_t)result->size, sizeof *result->direction);
    return result->factors && result->direction ? LIBNC_OK : LIBNC_ERROR_MEMORY;
}

/* The point's factors at rank `rank` >= its own: the rest is zero. */
static void pad_factors(const nc__deep_problem *problem, const nc__deep_point *point, int64_t rank,
                        double *x)
{
    nc__deep_point wide = *point;
    wide.rank = rank; /* values beyond the rank are zero */
    nc__deep_point_factors(problem, &wide, x);
}

libnc_status nc__deep_curvature_create(nc__deep_curvature *curvature, libnc_context *context,
                                       const nc__deep_problem *problem, const nc__deep_point *point,
                                       int64_t width)
{
    nc__deep_curvature result = {.rank = problem->depth > 1 ? point->rank : width};
    result.rank = result.rank > 0 ? result.rank : 1;
    result.size = nc__deep_size(problem, result.rank);
    work w = {.context = context, .problem = problem, .point = point, .rank = result.rank};
    w.size = result.size;
    libnc_status status = create_arrays(&result, context);
    if (status == LIBNC_OK)
        status = work_open(&w);
    if (status == LIBNC_OK) {
        pad_factors(problem, point, result.rank, result.factors);
        nc__deep_evaluate(w.deep, result.factors, w.image);
        status = w.size <= DENSE_SIZE ? dense_smallest(&w, &result) : lanczos_smallest(&w, &result);
    }
    if (status == LIBNC_OK)
        finish(&w, &result);
    work_close(&w);
    if (status != LIBNC_OK) {
        nc__deep_curvature_destroy(&result, context);
        return status;
    }
    *curvature = result;
    return LIBNC_OK;
}
