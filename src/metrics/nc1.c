/* SPDX-License-Identifier: MIT
 *
 * nc1.c: NC1 of one layer, with each Sigma_W and Sigma_B in use (doc/metrics.md, "NC1 and the rank
 * of Sigma_B"). S_W is known in the span of the centred means, which is all that NC1 asks for.
 */
#include "metrics/nc1.h"

#include "metrics/metric_formulas.h"
#include "metrics/row_triangle.h"

#include <math.h>

/* ---- Sigma_B = 1/K sum_k c_k c_k^T ---- */

/* values = diagonal of B S B^T, S = V^T S_W V (r x r) in the layer's basis V^T and B the one of the
 * rows; the leading `rank` entries. */
static libnc_status rotated_diagonal(const nc__centred *of, int64_t rank)
{
    const nc__layer *l = of->layer;
    const int64_t r = l->rank;
    nc__tensor left = nc__tensor_f64(of->basis, rank, l->width);
    nc__tensor right = nc__tensor_f64(l->basis, r, l->width);
    nc__tensor s = nc__tensor_f64(l->within, r, r);
    double *rotation = nc__alloc(l->context, 2 * (size_t)rank, (size_t)r * sizeof *rotation);
    if (!rotation)
        return LIBNC_ERROR_MEMORY;
    double *half = rotation + rank * r;
    nc__tensor t = nc__tensor_f64(rotation, rank, r), h = nc__tensor_f64(half, rank, r);
    nc__gemm(l->context, false, true, 1, &left, &right, 0, &t);
    nc__gemm(l->context, false, false, 1, &t, &s, 0, &h);
    for (int64_t i = 0; i < rank; i++) {
        double sum = 0;
        for (int64_t j = 0; j < r; j++)
            sum += half[i * r + j] * rotation[i * r + j];
        of->values[i] = fmax(sum, 0); /* a rounding below zero where S is positive semidefinite */
    }
    nc__free(l->context, rotation);
    return LIBNC_OK;
}

/* tr(S_W (C^T C)^+)/N with C = U diag(singular) basis; NaN where S_W is not known. */
static libnc_status unweighted_nc1(const nc__centred *of, double *nc1)
{
    const nc__layer *l = of->layer;
    const int64_t known = of->rank < l->scatter_rank ? of->rank : l->scatter_rank;
    *nc1 = NAN;
    if (!l->within || known == 0)
        return LIBNC_OK;
    if (of->basis == l->basis) {
        for (int64_t i = 0; i < known; i++)
            of->values[i] = fmax(l->within[i * l->rank + i], 0);
    } else {
        libnc_status status = rotated_diagonal(of, known);
        if (status != LIBNC_OK)
            return status;
    }
    *nc1 = nc__metric_nc1(of->values, of->singular, known, l->samples);
    return LIBNC_OK;
}

static bool is_balanced(const nc__layer *l)
{
    for (int64_t i = 1; i < l->present; i++)
        if (l->counts[i] != l->counts[0])
            return false;
    return true;
}

/* ---- Sigma_B = sum_k n_k/N c_k c_k^T ---- */

/* Rows that are rotated into the basis V at a time. */
enum { ROTATED_ROWS = 256 };

/* R of the rows sqrt(n_k/N) V^T c_k: Sigma_B = V R^T R V^T. `rotated` has ROTATED_ROWS x r. */
static libnc_status weigh_rows(const nc__centred *of, double *rotated, nc__row_triangle *triangle)
{
    const nc__layer *l = of->layer;
    const int64_t d = l->width, r = l->rank;
    nc__tensor basis = nc__tensor_f64(l->basis, r, d);
    for (int64_t begin = 0; begin < l->present; begin += ROTATED_ROWS) {
        const int64_t left = l->present - begin, count = left < ROTATED_ROWS ? left : ROTATED_ROWS;
        nc__tensor rows = nc__tensor_f64(of->rows + begin * d, count, d);
        nc__tensor inside = nc__tensor_f64(rotated, count, r);
        nc__gemm(l->context, false, true, 1, &rows, &basis, 0, &inside);
        for (int64_t i = 0; i < count; i++) {
            const double weight = sqrt(l->counts[begin + i] / (double)l->samples);
            double *row;
            libnc_status status = nc__row_triangle_next(triangle, &row);
            if (status != LIBNC_OK)
                return status;
            for (int64_t c = 0; c < r; c++)
                row[c] = weight * rotated[i * r + c];
        }
    }
    return nc__row_triangle_finish(triangle);
}

/* inverse = the upper triangle, zeros below; whether it can be inverted. */
static bool keep_triangle(const double *triangle, int64_t r, double *inverse)
{
    for (int64_t i = 0; i < r; i++) {
        if (triangle[i * r + i] == 0)
            return false;
        for (int64_t j = 0; j < r; j++)
            inverse[i * r + j] = j < i ? 0 : triangle[i * r + j];
    }
    return true;
}

/* tr(S_W Sigma_B^+)/(N K') with M = R^-1 = tr(M^T (V^T S_W V) M)/(N K'). `product` has r x r. */
static double weighted_trace(const nc__centred *of, const double *inverse, double *product)
{
    const nc__layer *l = of->layer;
    const int64_t r = l->rank;
    nc__tensor within = nc__tensor_f64(l->within, r, r), m = nc__tensor_f64(inverse, r, r);
    nc__tensor out = nc__tensor_f64(product, r, r);
    nc__gemm(l->context, false, false, 1, &within, &m, 0, &out);
    double sum = 0;
    for (int64_t i = 0; i < r * r; i++)
        sum += inverse[i] * product[i];
    return sum / (double)l->samples / (double)l->present;
}

static libnc_status weighted_nc1(const nc__centred *of, double *nc1)
{
    const nc__layer *l = of->layer;
    const size_t r = (size_t)l->rank;
    *nc1 = NAN;
    if (!l->within || l->rank == 0 || l->scatter_rank < l->rank)
        return LIBNC_OK;
    nc__arena arena = {.context = l->context};
    nc__row_triangle triangle;
    double *rotated = nc__arena_alloc(&arena, ROTATED_ROWS, r * sizeof *rotated);
    double *inverse = nc__arena_alloc(&arena, r, r * sizeof *inverse);
    double *product = nc__arena_alloc(&arena, r, r * sizeof *product);
    libnc_status status = nc__row_triangle_init(&triangle, &arena, l->present, l->rank);
    if (status == LIBNC_OK)
        status = weigh_rows(of, rotated, &triangle);
    if (status == LIBNC_OK && keep_triangle(triangle.rows, l->rank, inverse)) {
        status = nc__invert_triangle(l->context, inverse, l->rank);
        *nc1 = weighted_trace(of, inverse, product);
    }
    nc__arena_release(&arena);
    return status;
}

/* ---- Sigma_W = 1/K sum_k S_k/n_k ---- */

/* About h_G alone: S_k was projected on the singular vectors of the means centred there. */
static double balanced_nc1(const nc__layer *l)
{
    if (!l->balanced)
        return NAN;
    return nc__metric_nc1(l->balanced, l->singular, l->scatter_rank, l->present);
}

libnc_status nc__nc1_measure(nc__nc1 *nc1, const nc__centred *of)
{
    const nc__layer *l = of->layer;
    const bool has_equal_counts = is_balanced(l);
    libnc_status status = unweighted_nc1(of, &nc1->unweighted);
    nc1->weighted = nc1->balanced = nc1->unweighted;
    if (has_equal_counts || status != LIBNC_OK)
        return status;
    nc1->balanced = balanced_nc1(l);
    return weighted_nc1(of, &nc1->weighted);
}
