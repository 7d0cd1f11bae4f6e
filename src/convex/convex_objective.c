/* SPDX-License-Identifier: MIT
 *
 * convex_objective.c: value, gradient and Hessian products of the cross-entropy of groups
 * (convex.h) over (B, x).
 *
 * Logits of a class of group h: u_gh = B_gh / (sqrt(m_g m_h) d_h) of a class of group g; its own
 * has x_h (1 - 1/m_h)/d_h more, others of its group x_h/(m_h d_h) less. Everything is relative to
 * the own logit, w = u - u_own, so that small losses and misses keep all their digits.
 */
#include "convex/convex_objective.h"

#include "convex/convex_internal.h"
#include "linalg/linalg.h"

#include <math.h>
#include <string.h>

/* Below this many multiply-adds calling the BLAS costs more than a plain loop. */
enum { SMALL_PRODUCT = 2048 };

static double at(const double *a, bool transposed, int64_t rows, int64_t cols, int64_t i, int64_t j)
{
    return transposed ? a[j * rows + i] : a[i * cols + j];
}

static void multiply_small(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const double *a,
                           const double *b, double beta, double *c)
{
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            double sum = 0;
            for (int64_t l = 0; l < k; l++)
                sum += at(a, ta, m, k, i, l) * at(b, tb, k, n, l, j);
            c[i * n + j] = sum + (beta != 0 ? beta * c[i * n + j] : 0);
        }
}

void nc__convex_multiply(nc__convex *s, bool transpose_a, bool transpose_b, int64_t m, int64_t n,
                         int64_t k, const double *a, const double *b, double beta, double *c)
{
    if (m * n * k <= SMALL_PRODUCT) {
        multiply_small(transpose_a, transpose_b, m, n, k, a, b, beta, c);
        return;
    }
    const nc__tensor left = nc__tensor_f64(a, transpose_a ? k : m, transpose_a ? m : k);
    const nc__tensor right = nc__tensor_f64(b, transpose_b ? n : k, transpose_b ? k : n);
    nc__tensor out = nc__tensor_f64(c, m, n);
    nc__gemm(s->context, transpose_a, transpose_b, 1, &left, &right, beta, &out);
}

/* ---- value ---- */

/* Writes w = u - u_own of all pairs, from B + beta e^T and x; `within` is linear too. */
static void spread(const nc__convex *s, const double *b, const double *x, double *w)
{
    const int64_t G = s->groups;
    double *own = s->share;
    for (int64_t h = 0; h < G; h++) {
        const double m = s->multiplicity[h];
        own[h] = (b[h * G + h] / m + x[h] * (1 - 1 / m)) / s->scale[h];
    }
    for (int64_t g = 0; g < G; g++) {
        const double row = 1 / s->root[g];
        for (int64_t h = 0; h < G; h++)
            w[g * G + h] = b[g * G + h] * row / (s->root[h] * s->scale[h]) - own[h];
        w[g * G + g] = -x[g] / s->scale[g];
    }
}

/* M_h = max(0, largest w of column h) */
static void find_shifts(nc__convex *s)
{
    const int64_t G = s->groups;
    const double *w = s->logits.other;
    double *shift = s->logits.own;
    for (int64_t h = 0; h < G; h++)
        shift[h] = 0;
    for (int64_t g = 0; g < G; g++)
        for (int64_t h = 0; h < G; h++)
            if (w[g * G + h] > shift[h])
                shift[h] = w[g * G + h];
}

/* CE of column h with S = sum e^{w - M}: log(1 + S) if M = 0, else M + log(e^{-M} + S); smoothing
 * adds delta/K sum (u_own - u). */
double nc__convex_loss(nc__convex *s)
{
    const int64_t G = s->groups;
    double *slack = s->share + G;
    spread(s, s->effective, s->within, s->logits.other);
    find_shifts(s);
    memset(s->missed, 0, (size_t)G * sizeof *s->missed);
    memset(slack, 0, (size_t)G * sizeof *slack);
    for (int64_t g = 0; g < G; g++)
        for (int64_t h = 0; h < G; h++) {
            const double w = s->logits.other[g * G + h], m = nc__convex_copies(s, g, h);
            const double e = exp(w - s->logits.own[h]);
            s->exponential[g * G + h] = e;
            s->missed[h] += m * e;
            slack[h] -= m * w;
        }
    double sum = 0;
    for (int64_t h = 0; h < G; h++) {
        const double shift = s->logits.own[h];
        s->normaliser[h] = exp(-shift) + s->missed[h];
        double value = shift > 0 ? shift + log(s->normaliser[h]) : log1p(s->missed[h]);
        if (s->smoothing > 0)
            value += s->smoothing / s->classes * slack[h];
        sum += s->multiplicity[h] * s->weight[h] * value;
    }
    return sum;
}

/* ---- gradient ---- */

void nc__convex_gather(const nc__convex *s, const nc__columns *residual, double *gradient,
                       double *within)
{
    const int64_t G = s->groups;
    const double *r = residual->other;
    for (int64_t g = 0; g < G; g++)
        for (int64_t h = 0; h < G; h++)
            gradient[g * G + h] =
                r[g * G + h] * s->root[g] * (s->root[h] * s->weight[h] / s->scale[h]);
    for (int64_t h = 0; h < G; h++) {
        const double own = residual->own[h], other = r[h * G + h];
        const double factor = s->weight[h] / s->scale[h];
        gradient[h * G + h] = factor * (own + (s->multiplicity[h] - 1) * other);
        within[h] = factor * (own - other);
    }
}

void nc__convex_residual(const nc__convex *s, nc__columns *residual)
{
    const int64_t G = s->groups;
    const double spread_target = s->smoothing / s->classes;
    for (int64_t i = 0; i < G * G; i++)
        residual->other[i] = s->probability.other[i] - spread_target;
    for (int64_t h = 0; h < G; h++)
        residual->own[h] = s->smoothing * (1 - 1 / s->classes) - s->miss[h];
}

void nc__convex_gradient(nc__convex *s)
{
    const int64_t G = s->groups;
    for (int64_t g = 0; g < G; g++)
        for (int64_t h = 0; h < G; h++)
            s->probability.other[g * G + h] = s->exponential[g * G + h] / s->normaliser[h];
    for (int64_t h = 0; h < G; h++) {
        s->probability.own[h] = exp(-s->logits.own[h]) / s->normaliser[h];
        s->miss[h] = s->missed[h] / s->normaliser[h];
    }
    nc__convex_residual(s, &s->moved);
    nc__convex_gather(s, &s->moved, s->gradient, s->within_gradient);
}

/* r' = p (u' - mean u') for a change u' = (B', x'), into `moved`, then its derivatives. */
void nc__convex_differentiate(nc__convex *s, double *gradient, double *within)
{
    const int64_t G = s->groups;
    double *w = s->moved.other, *mean = s->moved.own;
    const double *p = s->probability.other;
    spread(s, s->change, s->moved_within, w);
    memset(mean, 0, (size_t)G * sizeof *mean);
    for (int64_t g = 0; g < G; g++) {
        for (int64_t h = 0; h < G; h++)
            mean[h] += s->multiplicity[g] * p[g * G + h] * w[g * G + h];
        mean[g] -= p[g * G + g] * w[g * G + g];
    }
    for (int64_t g = 0; g < G; g++)
        for (int64_t h = 0; h < G; h++)
            w[g * G + h] = p[g * G + h] * (w[g * G + h] - mean[h]);
    for (int64_t h = 0; h < G; h++)
        mean[h] *= -s->probability.own[h];
    nc__convex_gather(s, &s->moved, gradient, within);
}

/* ---- points ---- */

void nc__convex_add_bias(const nc__convex *s, const double *beta, double *b)
{
    const int64_t G = s->groups;
    for (int64_t g = 0; g < G; g++)
        for (int64_t h = 0; h < G; h++)
            b[g * G + h] += beta[g] * s->constant[h];
}

void nc__convex_place(nc__convex *s, const nc__convex_point *point)
{
    const int64_t G = s->groups;
    for (int64_t i = 0; i < point->rank; i++)
        for (int64_t g = 0; g < G; g++)
            s->dual[i * G + g] = point->values[i] * point->left[i * G + g];
    nc__convex_multiply(s, true, false, G, G, point->rank, s->dual, point->right, 0, s->effective);
    memcpy(s->within, point->within, (size_t)G * sizeof *s->within);
    if (s->bias)
        nc__convex_add_bias(s, point->beta, s->effective);
}
