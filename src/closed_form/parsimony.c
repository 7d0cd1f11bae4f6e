/* SPDX-License-Identifier: MIT
 *
 * parsimony.c: what gradient descent on a deep linear network does outside a small subspace.
 *
 * Yaras, Wang, Hu, Zhu, Balzano, Qu 2023 (arXiv 2306.01154); doc/parsimony.md. The gradient of W_l
 * is (W_M .. W_{l+1})^T (xi P - Phi) (W_{l-1} .. W_1)^T, P = W_M .. W_1. On v with Phi v = 0 and
 * Phi^T P v = 0 the second term drops out on either side, and what is left is a product of
 * multiples of isometries:
 *
 *     rho_l <- rho_l (1 - eta lambda_l - eta xi prod_{j != l} rho_j^2).
 */
#include "closed_form/argument_checks.h"
#include "data/dataset_internal.h"
#include "geometry/planted.h"
#include "geometry/proof.h"
#include "linalg/finite.h"
#include "linalg/linalg.h"

#include <libnc/parsimony.h>

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { MAX_DEPTH = 1000 };

/* Of orthonormal vectors from LAPACK and products with them, for each row. */
#define ROUNDINGS 16.0

/* ---- the recursion ---- */

typedef struct recursion {
    int32_t depth;
    const double *initial, *decays;
    double rate, gain;
    int64_t steps, every;
    double *rho;  /* M */
    double *tail; /* M + 1: tail[l] = prod_{j >= l} rho_j^2 */
} recursion;

/* a b, where 0 times a product that left the range of a double is 0. */
static double times(double a, double b)
{
    return a == 0 || b == 0 ? 0 : a * b;
}

static void take_step(const recursion *r)
{
    double head = 1; /* prod_{j < l} rho_j^2, old values */
    r->tail[r->depth] = 1;
    for (int32_t l = r->depth; l-- > 0;)
        r->tail[l] = times(r->tail[l + 1], r->rho[l] * r->rho[l]);
    for (int32_t l = 0; l < r->depth; l++) {
        const double old = r->rho[l];
        const double pull = r->decays[l] + times(r->gain, times(head, r->tail[l + 1]));
        r->rho[l] = times(old, 1 - r->rate * pull);
        head = times(head, old * old);
    }
}

static bool is_finite(const double *values, int64_t count)
{
    return nc__first_not_finite(values, LIBNC_FLOAT64, count) < 0;
}

/* Writes every row unless trace is NULL. Returns the step that left the range of a double, or -1.
 */
static int64_t run(const recursion *r, double *trace)
{
    const size_t row = (size_t)r->depth * sizeof *trace;
    memcpy(r->rho, r->initial, row);
    for (int64_t t = 0;; t++) {
        if (!is_finite(r->rho, r->depth))
            return t;
        if (trace && t % r->every == 0)
            memcpy(trace + t / r->every * r->depth, r->rho, row);
        if (t == r->steps)
            return -1;
        take_step(r);
    }
}

static libnc_status check_rates(libnc_context *context, const char *name, const double *values,
                                int32_t count)
{
    const libnc_status status = nc__check_given(context, name, values);
    for (int32_t l = 0; status == LIBNC_OK && l < count; l++)
        if (!(values[l] >= 0 && isfinite(values[l])))
            return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                            "%s[%d] = %g: must be at least 0 and finite", name, l, values[l]);
    return status;
}

static libnc_status check_recursion(libnc_context *context, const recursion *r)
{
    if (r->depth < 2 || r->depth > MAX_DEPTH)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "depth = %d: must be from 2 to %d", r->depth,
                        MAX_DEPTH);
    libnc_status status = check_rates(context, "initial", r->initial, r->depth);
    if (status == LIBNC_OK)
        status = check_rates(context, "decays", r->decays, r->depth);
    if (status != LIBNC_OK)
        return status;
    if (!(r->rate > 0 && isfinite(r->rate)))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "rate = %g: must be positive and finite",
                        r->rate);
    if (!(r->gain >= 0 && isfinite(r->gain)))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "gain = %g: must be at least 0 and finite",
                        r->gain);
    if (r->steps < 0 || r->steps == INT64_MAX)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "steps = %" PRId64 ": must be from 0 to 2^63 - 2", r->steps);
    if (r->every < 1)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "every = %" PRId64 ": must be at least 1",
                        r->every);
    return LIBNC_OK;
}

/* The first run only looks whether it stays finite: a failure must leave the trace untouched. */
libnc_status libnc_parsimony_run(libnc_context *context, int32_t depth, const double *initial,
                                 const double *decays, double rate, double gain, int64_t steps,
                                 int64_t every, double *trace, size_t size)
{
    recursion r = {.depth = depth,
                   .initial = initial,
                   .decays = decays,
                   .rate = rate,
                   .gain = gain,
                   .steps = steps,
                   .every = every};
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = check_recursion(context, &r);
    if (status == LIBNC_OK)
        status = nc__check_given(context, "trace", trace);
    if (status == LIBNC_OK)
        status = nc__check_shape(context, size, 1 + steps / every, depth);
    if (status != LIBNC_OK)
        return status;
    r.rho = nc__alloc(context, 2 * (size_t)depth + 1, sizeof *r.rho);
    if (!r.rho)
        return LIBNC_ERROR_MEMORY;
    r.tail = r.rho + depth;
    const int64_t diverged = run(&r, NULL);
    if (diverged < 0)
        run(&r, trace);
    nc__free(context, r.rho);
    if (diverged >= 0)
        return nc__fail(context, LIBNC_ERROR_NOT_FINITE,
                        "rate = %g: the recursion left the range of a double at step %" PRId64,
                        rate, diverged);
    return LIBNC_OK;
}

/* ---- the subspace ---- */

typedef struct span {
    int64_t rows, cols; /* K, d */
    double tolerance;
    double *scaled;        /* K x d: Phi, then P, over their largest entries */
    double *left, *values; /* of Phi: K x K, K */
    double *stack;         /* max(2 K, d) x d: a basis of the rows of Phi, then of Phi^T P */
    double *stack_values;  /* d */
    double *vectors;       /* d x d */
} span;

static int64_t stack_rows(int64_t rows, int64_t cols)
{
    return 2 * rows > cols ? 2 * rows : cols;
}

static void span_destroy(span *s, libnc_context *context)
{
    nc__free(context, s->vectors);
    nc__free(context, s->stack_values);
    nc__free(context, s->stack);
    nc__free(context, s->values);
    nc__free(context, s->left);
    nc__free(context, s->scaled);
}

static libnc_status span_create(span *s, libnc_context *context, int64_t rows, int64_t cols,
                                double tolerance)
{
    const size_t k = (size_t)rows, d = (size_t)cols;
    *s = (span){.rows = rows, .cols = cols, .tolerance = tolerance};
    s->scaled = nc__alloc(context, k, d * sizeof *s->scaled);
    s->left = nc__alloc(context, k, k * sizeof *s->left);
    s->values = nc__alloc(context, k, sizeof *s->values);
    s->stack = nc__alloc(context, (size_t)stack_rows(rows, cols), d * sizeof *s->stack);
    s->stack_values = nc__alloc(context, d, sizeof *s->stack_values);
    s->vectors = nc__alloc(context, d, d * sizeof *s->vectors);
    if (s->scaled && s->left && s->values && s->stack && s->stack_values && s->vectors)
        return LIBNC_OK;
    span_destroy(s, context);
    return LIBNC_ERROR_MEMORY;
}

static int64_t count_above(const double *values, int64_t count, double tolerance)
{
    int64_t above = 0;
    while (above < count && values[above] > tolerance * values[0])
        above++;
    return above;
}

/* Only directions matter. Products of many layers are far from 1: so that no square overflows or
 * vanishes. */
static void fill_scaled(const span *s, const double *matrix)
{
    const int64_t count = s->rows * s->cols;
    double largest = 0;
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(matrix[i]));
    for (int64_t i = 0; i < count; i++)
        s->scaled[i] = largest > 0 ? matrix[i] / largest : 0;
}

/* Rows u_i^T P of the r kept left vectors; in the law's setting they are orthogonal and of one
 * length, from 1 to sqrt(d). */
static void add_product(libnc_context *context, const span *s, const double *product, int64_t rank)
{
    double *block = s->stack + rank * s->cols;
    nc__tensor left = nc__tensor_f64(s->left, s->rows, s->rows),
               kept = nc__tensor_cols(&left, 0, rank);
    const nc__tensor p = nc__tensor_f64(s->scaled, s->rows, s->cols);
    nc__tensor result = nc__tensor_f64(block, rank, s->cols);
    if (rank == 0)
        return;
    fill_scaled(s, product);
    nc__gemm(context, true, false, 1, &kept, &p, 0, &result);
}

static libnc_status find_span(libnc_context *context, const span *s, const double *target,
                              const double *product, int64_t *dimension)
{
    fill_scaled(s, target);
    libnc_status status =
        nc__svd(context, s->scaled, s->rows, s->cols, s->values, s->left, s->stack);
    if (status != LIBNC_OK)
        return status;
    const int64_t rank = count_above(s->values, s->rows, s->tolerance);
    memset(s->stack + rank * s->cols, 0, (size_t)((s->rows - rank) * s->cols) * sizeof *s->stack);
    add_product(context, s, product, rank);
    status = nc__svd(context, s->stack, stack_rows(s->rows, s->cols), s->cols, s->stack_values,
                     NULL, s->vectors);
    if (status == LIBNC_OK)
        *dimension = count_above(s->stack_values, s->cols, s->tolerance);
    return status;
}

/* Directions with weights that no two share. */
static double probe(int64_t i)
{
    return 1 + 0.5 * sin(1.0 + 7.0 * (double)i);
}

/* The basis is orthonormal, and Phi has nothing in a mixture of its idle directions: in their
 * largest entries, relative. O(d^2). work: 2 d. */
static libnc_status check_span(libnc_context *context, const span *s, const double *target,
                               int64_t dimension, double *work)
{
    const int64_t d = s->cols;
    double *copy = work, *idle = work + d, error = 0, touched = 0;
    memset(work, 0, 2 * (size_t)d * sizeof *work);
    for (int64_t i = 0; i < d; i++) {
        const double *v = s->vectors + i * d;
        double inner = 0;
        for (int64_t j = 0; j < d; j++)
            inner += v[j] * probe(j);
        for (int64_t j = 0; j < d; j++) {
            copy[j] += inner * v[j];
            idle[j] += i >= dimension ? probe(i) * v[j] : 0;
        }
    }
    for (int64_t j = 0; j < d; j++)
        error = nc__worse(error, fabs(copy[j] - probe(j)));
    fill_scaled(s, target);
    for (int64_t k = 0; k < s->rows; k++) {
        double sum = 0;
        for (int64_t j = 0; j < d; j++)
            sum += s->scaled[k * d + j] * idle[j];
        touched = nc__worse(touched, fabs(sum));
    }
    const double size = (double)(s->rows + d), limit = ROUNDINGS * size * DBL_EPSILON;
    const libnc_status status =
        nc__check_error(context, "the basis of the input space", error, limit);
    return status == LIBNC_OK ? nc__check_error(context, "the idle directions", touched,
                                                size * size * (limit + 4 * s->tolerance))
                              : status;
}

static libnc_status check_matrix(libnc_context *context, const char *name, const double *values,
                                 int64_t count)
{
    const libnc_status status = nc__check_given(context, name, values);
    if (status != LIBNC_OK)
        return status;
    const int64_t wrong = nc__first_not_finite(values, LIBNC_FLOAT64, count);
    if (wrong >= 0)
        return nc__fail(context, LIBNC_ERROR_NOT_FINITE, "%s[%" PRId64 "] is not finite", name,
                        wrong);
    return LIBNC_OK;
}

static libnc_status check_input(libnc_context *context, const double *target, const double *product,
                                int64_t rows, int64_t cols, double tolerance)
{
    if (cols < 1 || cols > INT32_MAX)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "cols = %" PRId64 ": must be from 1 to %d",
                        cols, INT32_MAX);
    if (rows < 1 || rows > cols)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "rows = %" PRId64 ": must be from 1 to cols = %" PRId64, rows, cols);
    if (!(tolerance >= 0 && tolerance < 1))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "tolerance = %g: must be in [0, 1)",
                        tolerance);
    const libnc_status status = check_matrix(context, "target", target, rows * cols);
    return status == LIBNC_OK ? check_matrix(context, "product", product, rows * cols) : status;
}

libnc_status libnc_parsimony_subspace(libnc_context *context, const double *target,
                                      const double *product, int64_t rows, int64_t cols,
                                      double tolerance, double *basis, size_t size,
                                      int64_t *dimension)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = check_input(context, target, product, rows, cols, tolerance);
    if (status == LIBNC_OK)
        status = nc__check_given(context, "basis", basis);
    if (status == LIBNC_OK)
        status = nc__check_given(context, "dimension", dimension);
    if (status == LIBNC_OK)
        status = nc__check_shape(context, size, cols, cols);
    if (status != LIBNC_OK)
        return status;
    span s;
    if ((status = span_create(&s, context, rows, cols, tolerance)) != LIBNC_OK)
        return status;
    int64_t found = 0;
    status = find_span(context, &s, target, product, &found);
    if (status == LIBNC_OK) {
        double *last = s.vectors + (size - 1);
        *last = nc__planted(NC__PLANTED_IDLE_DIRECTION, *last);
        status = check_span(context, &s, target, found, s.stack);
    }
    if (status == LIBNC_OK) {
        memcpy(basis, s.vectors, size * sizeof *basis);
        *dimension = found;
    }
    span_destroy(&s, context);
    return status;
}
