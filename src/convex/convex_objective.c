/* SPDX-License-Identifier: MIT
 *
 * convex_objective.c: value, gradient and Hessian products of the cross-entropy of groups
 * (convex.h), first over (B, x), then over the variables that the trust region moves:
 *
 *     B = P Q^T,    x_g = t_g^2 / (2 (m_g - 1)),    so that min (|P|^2 + |Q|^2 + |t|^2)/2
 *
 * over all such factors is ||B||_* + sum_g (m_g - 1) x_g. The decay form adds c times that half sum
 * of squares; the energy form keeps the sum of squares at 2 tau.
 *
 * Logits of a class of group h: u_gh = B_gh / (sqrt(m_g m_h) d_h) of a class of group g; its own
 * has x_h (1 - 1/m_h)/d_h more, others of its group x_h/(m_h d_h) less. Everything is relative to
 * the own logit, w = u - u_own, so that small losses and misses keep all their digits.
 */
#include "convex/convex_objective.h"

#include "convex/convex_internal.h"
#include "linalg/linalg.h"

#include <float.h>
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
static void differentiate(nc__convex *s, double *gradient, double *within)
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

/* ---- variables ---- */

static int64_t count_variables(const nc__convex *s, int64_t width, int64_t *sphere)
{
    const int64_t G = s->groups, decayed = 2 * G * width + G;
    *sphere = s->ball ? decayed : 0;
    return decayed + (s->bias ? G : 0);
}

static double *part_t(const nc__convex *s, const double *x)
{
    return (double *)x + 2 * s->groups * s->width;
}

/* B' += beta e^T */
static void add_bias(const nc__convex *s, const double *beta, double *b)
{
    const int64_t G = s->groups;
    for (int64_t g = 0; g < G; g++)
        for (int64_t h = 0; h < G; h++)
            b[g * G + h] += beta[g] * s->constant[h];
}

static void unpack(nc__convex *s, const double *x)
{
    const int64_t G = s->groups, r = s->width;
    const double *t = part_t(s, x);
    nc__convex_multiply(s, false, true, G, G, r, x, x + G * r, 0, s->effective);
    for (int64_t g = 0; g < G; g++)
        s->within[g] = s->multiplicity[g] > 1 ? t[g] * t[g] / (2 * (s->multiplicity[g] - 1)) : 0;
    if (s->bias)
        add_bias(s, t + G, s->effective);
}

static double decayed_square(const nc__convex *s, const double *x)
{
    const int64_t n = 2 * s->groups * s->width + s->groups;
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sum;
}

static double value(void *user, const double *x)
{
    nc__convex *s = user;
    unpack(s, x);
    s->value = nc__convex_loss(s);
    if (!s->ball)
        s->value += 0.5 * s->bound * decayed_square(s, x);
    return s->value;
}

static double cost(const nc__convex *s)
{
    return s->ball ? 0 : s->bound;
}

/* dP = (dB) Q + c P, dQ = (dB)^T P + c Q, dt = gamma t + c t, dbeta = (dB) e */
static void gradient(void *user, const double *x, double *out)
{
    nc__convex *s = user;
    const int64_t G = s->groups, r = s->width;
    const double c = cost(s), *t = part_t(s, x);
    double *out_t = part_t(s, out);
    nc__convex_gradient(s);
    s->point_variables = x;
    memcpy(out, x, (size_t)(2 * G * r) * sizeof *out);
    nc__convex_multiply(s, false, false, G, r, G, s->gradient, x + G * r, c, out);
    nc__convex_multiply(s, true, false, G, r, G, s->gradient, x, c, out + G * r);
    for (int64_t g = 0; g < G; g++)
        out_t[g] = s->multiplicity[g] > 1 ? (s->within_gradient[g] + c) * t[g] : 0;
    if (s->bias)
        nc__convex_multiply(s, false, false, G, 1, G, s->gradient, s->constant, 0, out_t + G);
    s->multiplier = c;
    if (s->ball) {
        double inner = 0;
        for (int64_t i = 0; i < 2 * G * r + G; i++)
            inner += x[i] * out[i];
        s->multiplier = -inner / decayed_square(s, x);
    }
    nc__log(s->context, LIBNC_LOG_INFO, "cross-entropy: at most %lld directions, loss %.12g",
            (long long)r, s->value * s->unit_weight);
}

static void hessian(void *user, const double *v, double *out)
{
    nc__convex *s = user;
    const int64_t G = s->groups, r = s->width;
    const double *x = s->point_variables, *t = part_t(s, x), *v_t = part_t(s, v), c = cost(s);
    double *out_t = part_t(s, out), *moved_within = s->share + G;
    nc__convex_multiply(s, false, true, G, G, r, v, x + G * r, 0, s->change);
    nc__convex_multiply(s, false, true, G, G, r, x, v + G * r, 1, s->change);
    for (int64_t g = 0; g < G; g++)
        s->moved_within[g] = s->multiplicity[g] > 1 ? t[g] * v_t[g] / (s->multiplicity[g] - 1) : 0;
    if (s->bias)
        add_bias(s, v_t + G, s->change);
    differentiate(s, s->change, moved_within);
    memcpy(out, v, (size_t)(2 * G * r) * sizeof *out);
    nc__convex_multiply(s, false, false, G, r, G, s->gradient, v + G * r, c, out);
    nc__convex_multiply(s, false, false, G, r, G, s->change, x + G * r, 1, out);
    nc__convex_multiply(s, true, false, G, r, G, s->gradient, v, c, out + G * r);
    nc__convex_multiply(s, true, false, G, r, G, s->change, x, 1, out + G * r);
    for (int64_t g = 0; g < G; g++)
        out_t[g] = s->multiplicity[g] > 1
                       ? moved_within[g] * t[g] + (s->within_gradient[g] + c) * v_t[g]
                       : 0;
    if (s->bias)
        nc__convex_multiply(s, false, false, G, 1, G, s->change, s->constant, 0, out_t + G);
}

/* ---- diagonal of the Hessian, roughly: the curvature of each B_gh alone, and the multiplier ----
 */

/* A floor where a class is never predicted. */
#define SMALLEST_CURVATURE 1e-12

static void find_curvatures(nc__convex *s, double *curvature)
{
    const int64_t G = s->groups;
    const double *p = s->probability.other;
    for (int64_t h = 0; h < G; h++) {
        const double factor = s->weight[h] / (s->scale[h] * s->scale[h]);
        for (int64_t g = 0; g < G; g++) {
            const double share = s->multiplicity[g] * p[g * G + h];
            curvature[g * G + h] = factor * p[g * G + h] * fmax(0, 1 - share);
        }
        const double m = s->multiplicity[h];
        const double share = s->probability.own[h] + (m - 1) * p[h * G + h];
        curvature[h * G + h] = factor / m * share * fmax(0, 1 - share);
    }
}

static void diagonal(void *user, double *out)
{
    nc__convex *s = user;
    const int64_t G = s->groups, r = s->width;
    const double *x = s->point_variables, *t = part_t(s, x);
    double *out_t = part_t(s, out);
    const double base = fmax(s->multiplier, 0);
    find_curvatures(s, s->change);
    for (int64_t i = 0; i < G * r; i++)
        s->dual[i] = x[G * r + i] * x[G * r + i];
    nc__convex_multiply(s, false, false, G, r, G, s->change, s->dual, 0, out);
    for (int64_t i = 0; i < G * r; i++)
        s->dual[i] = x[i] * x[i];
    nc__convex_multiply(s, true, false, G, r, G, s->change, s->dual, 0, out + G * r);
    for (int64_t g = 0; g < G; g++) {
        const double m = s->multiplicity[g], p = s->probability.own[g];
        const double factor = s->weight[g] / (s->scale[g] * s->scale[g]);
        out_t[g] = m > 1 ? t[g] * t[g] / ((m - 1) * (m - 1)) * m * factor * p * s->miss[g] : 1;
        if (!s->bias)
            continue;
        out_t[G + g] = 0;
        for (int64_t h = 0; h < G; h++)
            out_t[G + g] += s->change[g * G + h] * s->constant[h] * s->constant[h];
    }
    double largest = 0;
    const int64_t n = 2 * G * r + G + (s->bias ? G : 0);
    for (int64_t i = 0; i < n; i++) {
        out[i] += i < 2 * G * r + G ? base : 0;
        largest = fmax(largest, out[i]);
    }
    for (int64_t i = 0; i < n; i++)
        out[i] = fmax(out[i], fmax(SMALLEST_CURVATURE * largest, DBL_MIN));
}

/* ---- what no minimiser has ---- */

/* A (G x r) -= u (u^T A) / u.u */
static void remove_direction(const nc__convex *s, const double *u, double *a)
{
    const int64_t G = s->groups, r = s->width;
    double square = 0;
    for (int64_t g = 0; g < G; g++)
        square += u[g] * u[g];
    for (int64_t i = 0; i < r; i++)
        s->share[i] = 0;
    for (int64_t g = 0; g < G; g++)
        for (int64_t i = 0; i < r; i++)
            s->share[i] += u[g] / square * a[g * r + i];
    for (int64_t g = 0; g < G; g++)
        for (int64_t i = 0; i < r; i++)
            a[g * r + i] -= u[g] * s->share[i];
}

/* Logits may move by a constant per class, and with a bias by one vector for all classes, at no
 * change of the first term: a minimiser has 1^T Z = 0, and with a bias Z D d = 0. Where the
 * multiplier is small little else would say so. */
void nc__convex_project(nc__convex *s, double *v)
{
    remove_direction(s, s->root, v);
    if (s->bias)
        remove_direction(s, s->constant, v + s->groups * s->width);
}

static void project(void *user, double *v)
{
    nc__convex_project(user, v);
}

void nc__convex_describe(nc__convex *s, nc__trust_problem *problem)
{
    *problem = (nc__trust_problem){.user = s,
                                   .value = value,
                                   .gradient = gradient,
                                   .hessian = hessian,
                                   .diagonal = diagonal,
                                   .project = project,
                                   .has_flat_curves = true};
    problem->size = count_variables(s, s->width, &problem->sphere);
}

/* ---- points ---- */

void nc__convex_place(nc__convex *s, const nc__convex_point *point)
{
    const int64_t G = s->groups;
    for (int64_t i = 0; i < point->rank; i++)
        for (int64_t g = 0; g < G; g++)
            s->dual[i * G + g] = point->values[i] * point->left[i * G + g];
    nc__convex_multiply(s, true, false, G, G, point->rank, s->dual, point->right, 0, s->effective);
    memcpy(s->within, point->within, (size_t)G * sizeof *s->within);
    if (s->bias)
        add_bias(s, point->beta, s->effective);
}
