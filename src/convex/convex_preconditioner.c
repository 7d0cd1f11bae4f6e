/* SPDX-License-Identifier: MIT
 *
 * convex_preconditioner.c: an approximate inverse of the Hessian over the factors
 * (convex_factors.c).
 *
 * Of a step (a, c) the product sees M = a S^{1/2} + S^{1/2} c^T alone, and the squares add what a
 * and c differ by. With rho_ij = sqrt(s_i + s_j) and M = rho Y, entry by entry, a pair of
 * directions i, j < r has four coordinates: the symmetric and the antisymmetric part of Y, a
 * rotation of P and Q against each other, of which nothing depends and which no step takes, and one
 * more that only the squares see, with curvature 2 mu. In Y the squares and Gamma have the
 * curvature
 *
 *     mu |Y|^2 - sum_ij gamma_ij Y_ij Y_ji,
 *
 * gamma_ij = mu between directions of B, and the smaller level where B has nothing. What the first
 * term adds is of two kinds. Its second derivatives by the entries of B are p_gh a_h/d_h^2 off the
 * diagonal, nearly the same for all g: in the bases U, V their diagonal D_ij = sum U_gi^2 F_gh
 * V_hj^2 says nearly all. But by the diagonal of B, the own logits, they are about K times as
 * large, and diagonal among the entries themselves. So
 *
 *     D^{-1} = E T E^T + (the inverse on the own logits),
 *
 * E the projector on what leaves the diagonal of B as it is, and T the inverse in the bases, 2 x 2
 * for each pair. The own logits of a group also depend on x_g: 2 x 2 for each group.
 */
#include "convex/convex_preconditioner.h"

#include "convex/convex_objective.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Curvatures are at least this share of the largest of their kind, and so beyond their rounding. */
#define SMALLEST_CURVATURE 1e-12
/* The projector divides by rho: singular values below this share of the largest count as that. */
#define SMALLEST_VALUE 1e-3

/* rho_ij^2, of singular values that are at least `least` */
static double square_of(const nc__convex_frame *x, double least, int64_t i, int64_t j)
{
    const double a = x->values[i], b = x->values[j];
    return (a > least ? a : least) + (b > least ? b : least);
}

/* ---- at a gradient ---- */

/* s->curvature = D, from squares of the bases. */
static void find_curvatures(nc__convex *s, const nc__convex_frame *x)
{
    const int64_t G = s->groups;
    for (int64_t g = 0; g < G; g++)
        for (int64_t h = 0; h < G; h++) {
            const double factor = s->weight[h] / (s->scale[h] * s->scale[h]);
            s->change[g * G + h] = g == h ? 0 : s->probability.other[g * G + h] * factor;
        }
    for (int64_t i = 0; i < G * G; i++)
        s->dual[i] = x->left[i] * x->left[i];
    nc__convex_multiply(s, false, false, G, G, G, s->dual, s->change, 0, s->left);
    for (int64_t i = 0; i < G * G; i++)
        s->dual[i] = x->right[i] * x->right[i];
    nc__convex_multiply(s, false, true, G, G, G, s->left, s->dual, 0, s->curvature);
    double largest = s->multiplier;
    for (int64_t i = 0; i < G; i++)
        for (int64_t j = 0; j < G; j++)
            largest = fmax(largest, s->curvature[i * G + j] * (x->values[i] + x->values[j]));
    s->least_curvature = fmax(SMALLEST_CURVATURE * largest, DBL_MIN);
}

/* By beta, roughly: each by itself. */
static void find_bias_curvatures(nc__convex *s)
{
    const int64_t G = s->groups;
    double largest = 0;
    for (int64_t g = 0; g < G; g++) {
        s->bias_curvature[g] = 0;
        for (int64_t h = 0; h < G; h++) {
            const double m = s->multiplicity[g], p = s->probability.other[g * G + h];
            const double share = g == h ? s->probability.own[h] + (m - 1) * p : m * p;
            const double square = share * fmax(0, 1 - share) * s->multiplicity[h] / m;
            s->bias_curvature[g] += s->weight[h] * square;
        }
        largest = fmax(largest, s->bias_curvature[g]);
    }
    for (int64_t g = 0; g < G; g++)
        s->bias_curvature[g] =
            fmax(s->bias_curvature[g], fmax(SMALLEST_CURVATURE * largest, DBL_MIN));
}

/* Second derivatives of group h by its own entry of B and by t_h. With the own logit raised by y
 * against other groups and by z against the rest of its own, of probabilities `others` and `mates`,
 * the second derivative is the variance of the change. */
static void find_own_curvature(nc__convex *s, const nc__convex_frame *x, int64_t h, nc__own *own)
{
    const int64_t G = s->groups;
    const double m = s->multiplicity[h], mates = (m - 1) * s->probability.other[h * G + h];
    double others = 0;
    for (int64_t g = 0; g < G; g++)
        others += g == h ? 0 : s->multiplicity[g] * s->probability.other[g * G + h];
    const double factor = m * s->weight[h] / (s->scale[h] * s->scale[h]);
    const double z = m > 1 ? x->t[h] / (m - 1) : 0, by_entry = 1 / m, by_t = z * (1 - 1 / m);
    const double yy = others * fmax(0, 1 - others), yz = -others * mates;
    own->entry += factor * yy * by_entry * by_entry;
    own->cross = factor * by_entry * (yy * by_t + yz * z);
    own->t = factor * (yy * by_t * by_t + 2 * yz * by_t * z + mates * fmax(0, 1 - mates) * z * z);
    own->t += m > 1 ? fmax(0, s->within_gradient[h] + s->multiplier) : 0;
}

/* own[h].entry += sign sum_ij A_ih w_ij C_jh, A and C products of basis entries, and w_ij the level
 * of the pair, or the multiplier, over rho^2. */
static void add_own(nc__convex *s, const nc__convex_frame *x, bool mixed)
{
    const int64_t G = s->groups, r = s->width;
    const double least = SMALLEST_VALUE * x->values[0];
    const double *first = mixed ? x->right : x->left, *second = mixed ? x->left : x->right;
    for (int64_t i = 0; i < G; i++)
        for (int64_t j = 0; j < G; j++) {
            const double level = mixed ? fmin(s->level[i], s->level[j]) : s->multiplier;
            s->change[i * G + j] = i >= r && j >= r ? 0 : level / square_of(x, least, i, j);
        }
    for (int64_t i = 0; i < G * G; i++)
        s->dual[i] = x->right[i] * second[i];
    nc__convex_multiply(s, false, false, G, G, G, s->change, s->dual, 0, s->left);
    for (int64_t i = 0; i < G; i++)
        for (int64_t h = 0; h < G; h++)
            s->own[h].entry +=
                (mixed ? -1 : 1) * x->left[i * G + h] * first[i * G + h] * s->left[i * G + h];
}

/* What the squares and Gamma add to the own entries. */
static void add_squares(nc__convex *s, const nc__convex_frame *x)
{
    for (int64_t h = 0; h < s->groups; h++)
        s->own[h].entry = 0;
    add_own(s, x, false);
    add_own(s, x, true);
    for (int64_t h = 0; h < s->groups; h++)
        s->own[h].entry = fmax(0, s->own[h].entry);
}

void nc__convex_prepare(nc__convex *s)
{
    const nc__convex_frame x = nc__convex_frame_of(s, s->point_variables);
    double largest = 0;
    find_curvatures(s, &x);
    if (s->bias)
        find_bias_curvatures(s);
    add_squares(s, &x);
    for (int64_t h = 0; h < s->groups; h++) {
        find_own_curvature(s, &x, h, &s->own[h]);
        largest = fmax(largest, fmax(s->own[h].entry, s->own[h].t));
    }
    const double floor = fmax(SMALLEST_CURVATURE * largest, DBL_MIN);
    for (int64_t h = 0; h < s->groups; h++) {
        s->own[h].entry += floor;
        s->own[h].t += floor;
    }
}

/* ---- the inverse in the bases ---- */

/* (Y_ij, Y_ji) by the inverse of their curvature, times `weight` */
static void invert_pair(const nc__convex *s, const nc__convex_frame *x, int64_t i, int64_t j,
                        double weight, double *y)
{
    const int64_t G = s->groups;
    const double extra = s->multiplier + s->least_curvature, square = x->values[i] + x->values[j];
    const double first = s->curvature[i * G + j] * square + extra;
    const double second = s->curvature[j * G + i] * square + extra;
    const double gamma = s->level[i] < s->level[j] ? s->level[i] : s->level[j];
    const double a = y[i * G + j], b = y[j * G + i];
    const double factor = weight / (first * second - gamma * gamma);
    y[i * G + j] = factor * (second * a + gamma * b);
    y[j * G + i] = factor * (first * b + gamma * a);
}

/* rho T rho; directions that vanish have a Gamma_ii of their own. */
static void invert_in_bases(const nc__convex *s, const nc__convex_frame *x, double *y)
{
    const int64_t G = s->groups, r = s->width;
    const double least = SMALLEST_VALUE * x->values[0];
    for (int64_t i = 0; i < r; i++) {
        const double excess = fmax(0, s->multiplier + s->inner[i * G + i]);
        const double curvature = s->curvature[i * G + i] * 2 * x->values[i] + s->least_curvature;
        y[i * G + i] *= square_of(x, least, i, i) / (curvature + fmin(excess, 2 * s->multiplier));
        for (int64_t j = i + 1; j < G; j++)
            invert_pair(s, x, i, j, square_of(x, least, i, j), y);
    }
}

/* ---- own logits ---- */

/* s->share[h] = entry h of the diagonal of U A V^T */
static void find_diagonal(nc__convex *s, const nc__convex_frame *x, const double *a)
{
    const int64_t G = s->groups;
    nc__convex_multiply(s, false, false, G, G, G, a, x->right, 0, s->dual);
    memset(s->share, 0, (size_t)G * sizeof *s->share);
    for (int64_t i = 0; i < G; i++)
        for (int64_t h = 0; h < G; h++)
            s->share[h] += x->left[i * G + h] * s->dual[i * G + h];
}

/* A += U^T diag(s->share) V */
static void add_diagonal(nc__convex *s, const nc__convex_frame *x, double *a)
{
    const int64_t G = s->groups;
    for (int64_t i = 0; i < G; i++)
        for (int64_t h = 0; h < G; h++)
            s->dual[i * G + h] = x->left[i * G + h] * s->share[h];
    nc__convex_multiply(s, false, true, G, G, G, s->dual, x->right, 1, a);
}

/* Y / rho, and zero where B has nothing on both sides. */
static void divide(const nc__convex *s, const nc__convex_frame *x, double *y)
{
    const int64_t G = s->groups, r = s->width;
    const double least = SMALLEST_VALUE * x->values[0];
    for (int64_t i = 0; i < G; i++)
        for (int64_t j = 0; j < G; j++)
            y[i * G + j] = i >= r && j >= r ? 0 : y[i * G + j] / sqrt(square_of(x, least, i, j));
}

static void clear_rest(const nc__convex *s, double *y)
{
    const int64_t G = s->groups, r = s->width;
    for (int64_t i = r; i < G; i++)
        memset(y + i * G + r, 0, (size_t)(G - r) * sizeof *y);
}

/* The inverse on Y, in place, and on t. */
static void invert(nc__convex *s, const nc__convex_frame *x, double *y, const double *residual_t,
                   double *t)
{
    const int64_t G = s->groups;
    double *wanted = s->share + G;
    divide(s, x, y);
    find_diagonal(s, x, y);
    for (int64_t h = 0; h < G; h++) {
        const nc__own *own = &s->own[h];
        const double det = own->entry * own->t - own->cross * own->cross, along = s->share[h];
        wanted[h] = (own->t * along - own->cross * residual_t[h]) / det;
        t[h] = (own->entry * residual_t[h] - own->cross * along) / det;
        s->share[h] = -along;
    }
    add_diagonal(s, x, y);
    clear_rest(s, y);
    invert_in_bases(s, x, y);
    find_diagonal(s, x, y);
    for (int64_t h = 0; h < G; h++)
        s->share[h] = wanted[h] - s->share[h];
    add_diagonal(s, x, y);
    divide(s, x, y);
}

/* ---- steps as Y and the rest ---- */

/* sqrt(s_i)/rho and sqrt(s_j)/rho */
static void shares(const nc__convex_frame *x, int64_t i, int64_t j, double *of_i, double *of_j)
{
    const double sum = x->values[i] + x->values[j], inverse = sum > 0 ? 1 / sum : 1;
    *of_i = sum > 0 ? sqrt(x->values[i] * inverse) : sqrt(0.5);
    *of_j = sum > 0 ? sqrt(x->values[j] * inverse) : sqrt(0.5);
}

/* Of directions i, j < r: what M sees of (a, c), and the rest that the squares see, inverted, as
 * the start of `scaled`. */
static void take_pair(const nc__convex *s, const nc__convex_frame *x, const double *v, int64_t i,
                      int64_t j, double *y, double *scaled)
{
    const int64_t G = s->groups, r = s->width;
    const double *a = v, *c = v + G * r;
    double of_i, of_j;
    shares(x, i, j, &of_i, &of_j);
    const double sum_ij = a[i * r + j] + c[i * r + j], sum_ji = a[j * r + i] + c[j * r + i];
    const double gap_ij = a[i * r + j] - c[i * r + j], gap_ji = a[j * r + i] - c[j * r + i];
    const double even = 0.5 * (sum_ij * of_j + sum_ji * of_i);
    const double odd = 0.5 * (gap_ij * of_j - gap_ji * of_i);
    y[i * G + j] = even + odd;
    y[j * G + i] = even - odd;
    const double rest =
        0.25 * (gap_ij * of_i + gap_ji * of_j) / (s->multiplier + s->least_curvature);
    double *to_a = scaled, *to_c = scaled + G * r;
    to_a[j * r + i] = rest * of_j;
    to_c[j * r + i] = -rest * of_j;
    to_a[i * r + j] = rest * of_i;
    to_c[i * r + j] = -rest * of_i;
}

static void give_pair(const nc__convex *s, const nc__convex_frame *x, const double *y, int64_t i,
                      int64_t j, double *v)
{
    const int64_t G = s->groups, r = s->width;
    double *a = v, *c = v + G * r, of_i, of_j;
    shares(x, i, j, &of_i, &of_j);
    const double even = 0.5 * (y[i * G + j] + y[j * G + i]);
    const double odd = 0.5 * (y[i * G + j] - y[j * G + i]);
    a[i * r + j] += (even + odd) * of_j;
    c[i * r + j] += (even - odd) * of_j;
    if (i == j)
        return;
    a[j * r + i] += (even - odd) * of_i;
    c[j * r + i] += (even + odd) * of_i;
}

void nc__convex_precondition(nc__convex *s, const double *residual, double *scaled)
{
    const int64_t G = s->groups, r = s->width;
    const nc__convex_frame x = nc__convex_frame_of(s, s->point_variables);
    const double *a = residual, *c = a + G * r, *t = c + G * r;
    double *to_a = scaled, *to_c = to_a + G * r, *to_t = to_c + G * r, *y = s->change;
    memset(y, 0, (size_t)(G * G) * sizeof *y);
    for (int64_t j = 0; j < r; j++) {
        for (int64_t i = 0; i <= j; i++)
            take_pair(s, &x, residual, i, j, y, scaled);
        for (int64_t i = r; i < G; i++) {
            y[i * G + j] = a[i * r + j];
            y[j * G + i] = c[i * r + j];
        }
    }
    invert(s, &x, y, t, to_t);
    for (int64_t j = 0; j < r; j++) {
        for (int64_t i = 0; i <= j; i++)
            give_pair(s, &x, y, i, j, scaled);
        for (int64_t i = r; i < G; i++) {
            to_a[i * r + j] = y[i * G + j];
            to_c[i * r + j] = y[j * G + i];
        }
    }
    for (int64_t g = 0; g < G; g++)
        to_t[G + g] = s->bias ? t[G + g] / s->bias_curvature[g] : 0;
}
