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

struct libnc_parsimony {
    libnc_context *context;
    int32_t depth; /* M */
    double rate, gain;
    int64_t steps;
    double *decays;    /* M */
    double *multiples; /* M: rho(t) */
    double *next;      /* M: where steps are tried */
    double *tail;      /* M + 1: tail[l] = prod_{j >= l} rho_j^2 */
};

/* a b, where 0 times a product that left the range of a double is 0. */
static double times(double a, double b)
{
    return a == 0 || b == 0 ? 0 : a * b;
}

static void take_step(const libnc_parsimony *p, double *rho)
{
    double head = 1; /* prod_{j < l} rho_j^2, old values */
    p->tail[p->depth] = 1;
    for (int32_t l = p->depth; l-- > 0;)
        p->tail[l] = times(p->tail[l + 1], rho[l] * rho[l]);
    for (int32_t l = 0; l < p->depth; l++) {
        const double old = rho[l];
        const double pull = p->decays[l] + times(p->gain, times(head, p->tail[l + 1]));
        rho[l] = times(old, 1 - p->rate * pull);
        head = times(head, old * old);
    }
}

static bool is_finite(const double *values, int64_t count)
{
    return nc__first_not_finite(values, LIBNC_FLOAT64, count) < 0;
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

static libnc_status check_start(libnc_context *context, int32_t depth, const double *initial,
                                const double *decays, double rate, double gain)
{
    libnc_status status = nc__check_bounds(context, "depth", depth, 2, MAX_DEPTH);
    if (status == LIBNC_OK)
        status = check_rates(context, "initial", initial, depth);
    if (status == LIBNC_OK)
        status = check_rates(context, "decays", decays, depth);
    if (status == LIBNC_OK)
        status = nc__check_positive(context, "rate", rate);
    if (status != LIBNC_OK)
        return status;
    if (!(gain >= 0 && isfinite(gain)))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "gain = %g: must be at least 0 and finite",
                        gain);
    return LIBNC_OK;
}

void libnc_parsimony_destroy(libnc_parsimony *parsimony)
{
    if (!parsimony)
        return;
    libnc_context *context = parsimony->context;
    nc__free(context, parsimony->decays); /* and the other arrays, in one block */
    nc__free(context, parsimony);
}

libnc_status libnc_parsimony_create(libnc_parsimony **parsimony, libnc_context *context,
                                    int32_t depth, const double *initial, const double *decays,
                                    double rate, double gain)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = nc__check_given(context, "parsimony", parsimony);
    if (status == LIBNC_OK)
        status = check_start(context, depth, initial, decays, rate, gain);
    if (status != LIBNC_OK)
        return status;
    const size_t layers = (size_t)depth;
    libnc_parsimony *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    *created = (libnc_parsimony){.context = context, .depth = depth, .rate = rate, .gain = gain};
    created->decays = nc__alloc(context, 4 * layers + 1, sizeof *created->decays);
    if (!created->decays) {
        libnc_parsimony_destroy(created);
        return LIBNC_ERROR_MEMORY;
    }
    created->multiples = created->decays + layers;
    created->next = created->multiples + layers;
    created->tail = created->next + layers;
    memcpy(created->decays, decays, layers * sizeof *decays);
    memcpy(created->multiples, initial, layers * sizeof *initial);
    *parsimony = created;
    return LIBNC_OK;
}

int32_t libnc_parsimony_depth(const libnc_parsimony *parsimony)
{
    return parsimony ? parsimony->depth : 0;
}

int64_t libnc_parsimony_steps(const libnc_parsimony *parsimony)
{
    return parsimony ? parsimony->steps : 0;
}

/* Tried beside the multiples: a failure must leave them. */
libnc_status libnc_parsimony_step(libnc_parsimony *parsimony, int64_t count)
{
    libnc_parsimony *p = parsimony;
    if (!p)
        return LIBNC_ERROR_ARGUMENT;
    const libnc_status status =
        nc__check_bounds(p->context, "count", count, 0, INT64_MAX - p->steps);
    if (status != LIBNC_OK)
        return status;
    const size_t size = (size_t)p->depth * sizeof *p->next;
    memcpy(p->next, p->multiples, size);
    for (int64_t i = 1; i <= count; i++) {
        take_step(p, p->next);
        if (!is_finite(p->next, p->depth))
            return nc__fail(p->context, LIBNC_ERROR_NOT_FINITE,
                            "rate = %g: the recursion left the range of a double at step %" PRId64,
                            p->rate, p->steps + i);
    }
    memcpy(p->multiples, p->next, size);
    p->steps += count;
    return LIBNC_OK;
}

libnc_status libnc_parsimony_multiples(const libnc_parsimony *parsimony, double *multiples,
                                       size_t size)
{
    if (!parsimony)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = nc__check_given(parsimony->context, "multiples", multiples);
    if (status == LIBNC_OK)
        status = nc__check_shape(parsimony->context, size, parsimony->depth, 1);
    if (status == LIBNC_OK)
        memcpy(multiples, parsimony->multiples, size * sizeof *multiples);
    return status;
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
                                      double tolerance, double *basis, int64_t *dimension)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = check_input(context, target, product, rows, cols, tolerance);
    if (status == LIBNC_OK)
        status = nc__check_given(context, "basis", basis);
    if (status == LIBNC_OK)
        status = nc__check_given(context, "dimension", dimension);
    if (status != LIBNC_OK)
        return status;
    span s;
    if ((status = span_create(&s, context, rows, cols, tolerance)) != LIBNC_OK)
        return status;
    int64_t found = 0;
    status = find_span(context, &s, target, product, &found);
    if (status == LIBNC_OK) {
        double *last = s.vectors + (cols * cols - 1);
        *last = nc__planted(NC__PLANTED_IDLE_DIRECTION, *last);
        status = check_span(context, &s, target, found, s.stack);
    }
    if (status == LIBNC_OK) {
        memcpy(basis, s.vectors, (size_t)(cols * cols) * sizeof *basis);
        *dimension = found;
    }
    span_destroy(&s, context);
    return status;
}
