/* SPDX-License-Identifier: MIT
 *
 * convex_factors.c: the convex problem over factors of B,
 *
 *     B = P Q^T,    x_g = t_g^2 / (2 (m_g - 1)),    so that min (|P|^2 + |Q|^2 + |t|^2)/2
 *
 * over all such factors is ||B||_* + sum_g (m_g - 1) x_g. The decay form adds c times that half sum
 * of squares; the energy form keeps it at tau.
 *
 * Factors that can be rotated into each other are one point, so a point is kept as the singular
 * value decomposition B = U S V^T with the bases made whole, and stands for P = U S^{1/2}, Q = V
 * S^{1/2}, which have the least squares. A step (a, c, t', beta'), a and c of G rows, moves P by
 * U a and Q by V c; then the product is decomposed anew. In these bases, with Gamma = U^T (df/dB) V
 * and M = a S^{1/2} + S^{1/2} c^T,
 *
 *     gradient by a:       (Gamma + mu I) S^{1/2},     by c its transpose,
 *     Hessian by a:        (U^T f''[U M V^T] V) S^{1/2} + mu a + Gamma c,    by c its transpose.
 */
#include "convex/convex_factors.h"

#include "convex/convex_objective.h"
#include "convex/convex_points.h"
#include "convex/convex_preconditioner.h"
#include "linalg/linalg.h"

#include <math.h>
#include <string.h>

/* Directions below this share of the largest are what is left of those that vanish. */
#define VANISHED 1e-13

/* sum s_i + |t|^2/2 */
static double half_square(const nc__convex *s, const nc__convex_frame *frame)
{
    double sum = 0;
    for (int64_t g = 0; g < s->groups; g++)
        sum += frame->values[g] + 0.5 * frame->t[g] * frame->t[g];
    return sum;
}

/* In the energy form the factors keep their length. */
static void scale_to_ball(const nc__convex *s, nc__convex_frame *frame)
{
    const double sum = half_square(s, frame), factor = s->ball && sum > 0 ? s->bound / sum : 1;
    for (int64_t g = 0; g < s->groups; g++) {
        frame->values[g] *= factor;
        frame->t[g] *= sqrt(factor);
    }
}

/* ---- what no minimiser has, and what the ball does not allow ---- */

/* A (rows x cols) -= u (u^T A) / u.u */
static void remove_direction(int64_t rows, int64_t cols, const double *u, double *a,
                             double *scratch)
{
    double square = 0;
    for (int64_t g = 0; g < rows; g++)
        square += u[g] * u[g];
    memset(scratch, 0, (size_t)cols * sizeof *scratch);
    for (int64_t g = 0; g < rows; g++)
        for (int64_t i = 0; i < cols; i++)
            scratch[i] += u[g] / square * a[g * cols + i];
    for (int64_t g = 0; g < rows; g++)
        for (int64_t i = 0; i < cols; i++)
            a[g * cols + i] -= u[g] * scratch[i];
}

/* Removes the component along the factors themselves. */
static void make_tangent(const nc__convex *s, double *v)
{
    const int64_t G = s->groups, r = s->width;
    const nc__convex_frame x = nc__convex_frame_of(s, s->point_variables);
    double *a = v, *c = v + G * r, *t = c + G * r, along = 0;
    for (int64_t i = 0; i < r; i++)
        along += sqrt(x.values[i]) * (a[i * r + i] + c[i * r + i]);
    for (int64_t g = 0; g < G; g++)
        along += x.t[g] * t[g];
    const double share = along / (2 * s->bound);
    for (int64_t i = 0; i < r; i++) {
        a[i * r + i] -= share * sqrt(x.values[i]);
        c[i * r + i] -= share * sqrt(x.values[i]);
    }
    for (int64_t g = 0; g < G; g++)
        t[g] -= share * x.t[g];
}

/* Logits may move by a constant per class, and with a bias by one vector for all classes, at no
 * change of the first term: a minimiser has 1^T Z = 0, and with a bias Z D d = 0. Where the
 * multiplier is small little else would say so. */
static void project(nc__convex *s, double *v)
{
    const int64_t G = s->groups, r = s->width;
    const nc__convex_frame x = nc__convex_frame_of(s, s->point_variables);
    double *u = s->share;
    nc__convex_multiply(s, false, false, G, 1, G, x.left, s->root, 0, u);
    remove_direction(G, r, u, v, s->share + G);
    if (s->bias) {
        nc__convex_multiply(s, false, false, G, 1, G, x.right, s->constant, 0, u);
        remove_direction(G, r, u, v + G * r, s->share + G);
    }
    if (s->ball)
        make_tangent(s, v);
}

/* ---- value ---- */

static double value(void *user, const double *x)
{
    nc__convex *s = user;
    const int64_t G = s->groups, r = s->width;
    const nc__convex_frame frame = nc__convex_frame_of(s, x);
    for (int64_t i = 0; i < r; i++)
        for (int64_t g = 0; g < G; g++)
            s->change[i * G + g] = frame.values[i] * frame.left[i * G + g];
    nc__convex_multiply(s, true, false, G, G, r, s->change, frame.right, 0, s->effective);
    for (int64_t g = 0; g < G; g++) {
        const double m = s->multiplicity[g], t = frame.t[g];
        s->within[g] = m > 1 ? t * t / (2 * (m - 1)) : 0;
    }
    if (s->bias)
        nc__convex_add_bias(s, frame.beta, s->effective);
    if (isnan(frame.t[0]) || s->failure != LIBNC_OK)
        return NAN;
    s->value = nc__convex_loss(s) + (s->ball ? 0 : s->bound * half_square(s, &frame));
    return s->value;
}

/* ---- gradient ---- */

/* Gamma = U^T A V into `out`; A is kept. */
static void into_frame(nc__convex *s, const nc__convex_frame *x, const double *a, double *out)
{
    const int64_t G = s->groups;
    nc__convex_multiply(s, false, false, G, G, G, x->left, a, 0, s->dual);
    nc__convex_multiply(s, false, true, G, G, G, s->dual, x->right, 0, out);
}

/* -<Gamma, B> over the half square: the multiplier in the energy form. */
static double find_multiplier(const nc__convex *s, const nc__convex_frame *x)
{
    double along = 0;
    for (int64_t i = 0; i < s->width; i++)
        along -= s->inner[i * s->groups + i] * x->values[i];
    for (int64_t g = 0; g < s->groups; g++)
        along -= 0.5 * s->within_gradient[g] * x->t[g] * x->t[g];
    return along / s->bound;
}

/* basis (p x G) = `rows` (p x p) basis, of the sign given. */
static void turn_basis(nc__convex *s, bool transposed, int64_t p, const double *rows, double sign,
                       double *basis)
{
    const int64_t G = s->groups;
    nc__convex_multiply(s, transposed, false, p, G, p, rows, basis, 0, s->dual);
    for (int64_t i = 0; i < p * G; i++)
        basis[i] = sign * s->dual[i];
}

/* Where B has nothing the bases are free: they are turned so that Gamma is diagonal there,
 * -s->level at most the multiplier. */
static void align_rest(nc__convex *s, nc__convex_frame *x)
{
    const int64_t G = s->groups, r = s->width, p = G - r;
    for (int64_t i = 0; i < G; i++)
        s->level[i] = i < r ? s->multiplier : 0;
    if (p == 0 || s->failure != LIBNC_OK)
        return;
    for (int64_t i = 0; i < p; i++)
        memcpy(s->change + i * p, s->inner + (r + i) * G + r, (size_t)p * sizeof *s->change);
    s->failure = nc__svd(s->context, s->change, p, p, s->level + r, s->left, s->right_t);
    if (s->failure != LIBNC_OK)
        return;
    turn_basis(s, true, p, s->left, -1, x->left + r * G);
    turn_basis(s, false, p, s->right_t, 1, x->right + r * G);
    into_frame(s, x, s->gradient, s->inner);
    for (int64_t i = r; i < G; i++)
        s->level[i] = fmin(s->level[i], s->multiplier);
}

static void gradient(void *user, double *x, double *out)
{
    nc__convex *s = user;
    const int64_t G = s->groups, r = s->width;
    nc__convex_frame frame = nc__convex_frame_of(s, x);
    double *a = out, *c = a + G * r, *t = c + G * r, *beta = t + G;
    s->point_variables = x;
    nc__convex_gradient(s);
    into_frame(s, &frame, s->gradient, s->inner);
    s->multiplier = s->ball ? fmax(0, find_multiplier(s, &frame)) : s->bound;
    align_rest(s, &frame);
    for (int64_t i = 0; i < G; i++)
        for (int64_t j = 0; j < r; j++) {
            const double root = sqrt(frame.values[j]), own = i == j ? s->multiplier : 0;
            a[i * r + j] = (s->inner[i * G + j] + own) * root;
            c[i * r + j] = (s->inner[j * G + i] + own) * root;
        }
    for (int64_t g = 0; g < G; g++)
        t[g] = s->multiplicity[g] > 1 ? (s->within_gradient[g] + s->multiplier) * frame.t[g] : 0;
    memset(beta, 0, (size_t)G * sizeof *beta);
    if (s->bias)
        nc__convex_multiply(s, false, false, G, 1, G, s->gradient, s->constant, 0, beta);
    project(s, out);
    nc__convex_prepare(s);
    nc__log(s->context, LIBNC_LOG_INFO, "cross-entropy: at most %lld directions, loss %.12g",
            (long long)r, s->value * s->unit_weight);
}

/* ---- Hessian ---- */

/* s->change = U M V^T + beta' e^T, s->moved_within = x'. */
static void change_of(nc__convex *s, const nc__convex_frame *x, const double *v)
{
    const int64_t G = s->groups, r = s->width;
    const double *a = v, *c = v + G * r, *t = c + G * r;
    memset(s->change, 0, (size_t)(G * G) * sizeof *s->change);
    for (int64_t j = 0; j < r; j++) {
        const double root = sqrt(x->values[j]);
        for (int64_t i = 0; i < G; i++) {
            s->change[i * G + j] += a[i * r + j] * root;
            s->change[j * G + i] += c[i * r + j] * root;
        }
    }
    nc__convex_multiply(s, true, false, G, G, G, x->left, s->change, 0, s->dual);
    nc__convex_multiply(s, false, false, G, G, G, s->dual, x->right, 0, s->change);
    for (int64_t g = 0; g < G; g++) {
        const double m = s->multiplicity[g];
        s->moved_within[g] = m > 1 ? x->t[g] * t[g] / (m - 1) : 0;
    }
    if (s->bias)
        nc__convex_add_bias(s, t + G, s->change);
}

static void hessian(void *user, const double *v, double *out)
{
    nc__convex *s = user;
    const int64_t G = s->groups, r = s->width;
    const nc__convex_frame x = nc__convex_frame_of(s, s->point_variables);
    const double mu = s->multiplier, *v_t = v + 2 * G * r;
    double *a = out, *c = a + G * r, *t = c + G * r, *moved = s->share + G;
    change_of(s, &x, v);
    nc__convex_differentiate(s, s->change, moved);
    memcpy(out, v, (size_t)(2 * G * r) * sizeof *out);
    nc__convex_multiply(s, false, false, G, r, G, s->inner, v + G * r, mu, a);
    nc__convex_multiply(s, true, false, G, r, G, s->inner, v, mu, c);
    for (int64_t g = 0; g < G; g++)
        t[g] =
            s->multiplicity[g] > 1 ? moved[g] * x.t[g] + (s->within_gradient[g] + mu) * v_t[g] : 0;
    memset(t + G, 0, (size_t)G * sizeof *t);
    if (s->bias)
        nc__convex_multiply(s, false, false, G, 1, G, s->change, s->constant, 0, t + G);
    into_frame(s, &x, s->change, s->change);
    for (int64_t j = 0; j < r; j++) {
        const double root = sqrt(x.values[j]);
        for (int64_t i = 0; i < G; i++) {
            a[i * r + j] += s->change[i * G + j] * root;
            c[i * r + j] += s->change[j * G + i] * root;
        }
    }
    project(s, out);
}

static void precondition(void *user, const double *residual, double *scaled)
{
    nc__convex_precondition(user, residual, scaled);
    project(user, scaled);
}

/* ---- steps ---- */

/* Singular values of `product`, in the bases of `from`, and the bases turned to its own. */
static void decompose(nc__convex *s, const double *product, const nc__convex_frame *from,
                      nc__convex_frame *to)
{
    const int64_t G = s->groups, r = s->width;
    s->failure = nc__svd(s->context, product, G, G, to->values, s->left, s->right_t);
    if (s->failure != LIBNC_OK)
        return;
    nc__convex_multiply(s, true, false, G, G, G, s->left, from->left, 0, to->left);
    nc__convex_multiply(s, false, false, G, G, G, s->right_t, from->right, 0, to->right);
    for (int64_t i = 0; i < G; i++)
        if (i >= r || to->values[i] <= VANISHED * to->values[0])
            to->values[i] = 0;
    scale_to_ball(s, to);
}

/* (S^{1/2} + a)(S^{1/2} + c)^T, decomposed. A t that is not a number refuses the step. */
static void retract(void *user, const double *x, const double *step, double *trial)
{
    nc__convex *s = user;
    const int64_t G = s->groups, r = s->width;
    const nc__convex_frame from = nc__convex_frame_of(s, x);
    nc__convex_frame to = nc__convex_frame_of(s, trial);
    const double *step_t = step + 2 * G * r;
    memcpy(s->change, step, (size_t)(G * r) * sizeof *s->change);
    memcpy(s->dual, step + G * r, (size_t)(G * r) * sizeof *s->dual);
    for (int64_t i = 0; i < r; i++) {
        s->change[i * r + i] += sqrt(from.values[i]);
        s->dual[i * r + i] += sqrt(from.values[i]);
    }
    nc__convex_multiply(s, false, true, G, G, r, s->change, s->dual, 0, s->effective);
    for (int64_t g = 0; g < G; g++) {
        to.t[g] = from.t[g] + step_t[g];
        to.beta[g] = from.beta[g] + step_t[G + g];
    }
    const nc__tensor product = nc__tensor_f64(s->effective, G, G);
    if (s->failure == LIBNC_OK && nc__all_finite(&product))
        decompose(s, s->effective, &from, &to);
    else
        to.t[0] = NAN;
}

void nc__convex_describe(nc__convex *s, nc__trust_problem *problem)
{
    const int64_t G = s->groups;
    *problem = (nc__trust_problem){.user = s,
                                   .size = 2 * G * s->width + 2 * G,
                                   .point_size = 2 * G * G + 3 * G,
                                   .value = value,
                                   .gradient = gradient,
                                   .hessian = hessian,
                                   .precondition = precondition,
                                   .retract = retract};
}

/* ---- points ---- */

/* The product of a point, without what no minimiser has, in s->effective. */
static void form_product(nc__convex *s, const nc__convex_point *point)
{
    const int64_t G = s->groups;
    const bool bias = s->bias;
    s->bias = false;
    nc__convex_place(s, point);
    s->bias = bias;
    remove_direction(G, G, s->root, s->effective, s->share);
    for (int64_t g = 0; g < G && bias; g++) {
        double *row = s->effective + g * G, along = 0, square = 0;
        for (int64_t h = 0; h < G; h++) {
            along += row[h] * s->constant[h];
            square += s->constant[h] * s->constant[h];
        }
        for (int64_t h = 0; h < G; h++)
            row[h] -= along / square * s->constant[h];
    }
}

libnc_status nc__convex_pack(nc__convex *s, const nc__convex_point *point)
{
    const int64_t G = s->groups;
    nc__convex_frame frame = nc__convex_frame_of(s, s->variables);
    s->width = point->rank;
    s->failure = LIBNC_OK;
    form_product(s, point);
    const libnc_status status =
        nc__svd(s->context, s->effective, G, G, frame.values, s->left, frame.right);
    for (int64_t i = 0; i < G; i++) {
        for (int64_t g = 0; g < G; g++)
            frame.left[i * G + g] = s->left[g * G + i];
        frame.values[i] = i < s->width ? frame.values[i] : 0;
    }
    for (int64_t g = 0; g < G; g++) {
        frame.t[g] = sqrt(2 * (s->multiplicity[g] - 1) * point->within[g]);
        frame.beta[g] = s->bias ? point->beta[g] : 0;
    }
    scale_to_ball(s, &frame);
    return status;
}

libnc_status nc__convex_unpack(const nc__convex *s, nc__convex_point *point)
{
    const int64_t G = s->groups, r = s->width;
    const nc__convex_frame frame = nc__convex_frame_of(s, s->variables);
    memcpy(point->values, frame.values, (size_t)r * sizeof *point->values);
    memcpy(point->left, frame.left, (size_t)(r * G) * sizeof *point->left);
    memcpy(point->right, frame.right, (size_t)(r * G) * sizeof *point->right);
    point->rank = r;
    for (int64_t g = 0; g < G; g++) {
        const double m = s->multiplicity[g];
        point->within[g] = m > 1 ? frame.t[g] * frame.t[g] / (2 * (m - 1)) : 0;
        point->beta[g] = s->bias ? frame.beta[g] : 0;
    }
    nc__convex_drop(s, point, VANISHED);
    if (s->bias)
        nc__convex_centre_bias(s, point);
    /* Not beyond tau by rounding. */
    if (s->ball)
        nc__convex_scale(s, point, fmin(1, s->bound / nc__convex_nuclear(s, point)));
    return s->failure;
}
