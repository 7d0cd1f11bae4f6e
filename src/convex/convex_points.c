/* SPDX-License-Identifier: MIT
 *
 * convex_points.c: the convex solver's memory, and points that are kept in it.
 */
#include "convex/convex_points.h"

#include "convex/convex_internal.h"
#include "convex/convex_objective.h"
#include "linalg/linalg.h"

#include <math.h>
#include <string.h>

/* Directions below this share of the largest are what is left of those that vanish. */
#define VANISHED 1e-13

/* ---- memory ---- */

/* ---- points and variables ---- */

/* Returns the sum of squares of what is decayed. */
double nc__convex_pack(nc__convex *s, const nc__convex_point *point)
{
    const int64_t G = s->groups, r = point->rank;
    double *x = s->variables, *t = x + 2 * G * r;
    s->width = r;
    for (int64_t i = 0; i < r; i++) {
        const double root = sqrt(point->values[i]);
        for (int64_t g = 0; g < G; g++) {
            x[g * r + i] = root * point->left[i * G + g];
            x[G * r + g * r + i] = root * point->right[i * G + g];
        }
    }
    double square = 0;
    for (int64_t g = 0; g < G; g++) {
        t[g] = sqrt(2 * (s->multiplicity[g] - 1) * point->within[g]);
        t[G + g] = s->bias ? point->beta[g] : 0;
    }
    nc__convex_project(s, x);
    for (int64_t i = 0; i < 2 * G * r + G; i++)
        square += x[i] * x[i];
    const double factor = s->ball && square > 0 ? sqrt(2 * s->bound / square) : 1;
    for (int64_t i = 0; i < 2 * G * r + G; i++)
        x[i] *= factor;
    return factor * factor * square;
}

/* b moves freely along 1: sums to zero over classes. */
void nc__convex_centre_bias(const nc__convex *s, nc__convex_point *point)
{
    double sum = 0;
    for (int64_t g = 0; g < s->groups; g++)
        sum += s->root[g] * point->beta[g];
    for (int64_t g = 0; g < s->groups; g++)
        point->beta[g] -= s->root[g] * sum / s->classes;
}

static void drop_vanished(const nc__convex *s, nc__convex_point *point)
{
    double largest = point->rank > 0 ? point->values[0] : 0;
    for (int64_t g = 0; g < s->groups; g++)
        largest = fmax(largest, point->within[g]);
    while (point->rank > 0 && point->values[point->rank - 1] <= VANISHED * largest)
        point->rank--;
    for (int64_t g = 0; g < s->groups; g++)
        if (point->within[g] <= VANISHED * largest)
            point->within[g] = 0;
}

double nc__convex_nuclear(const nc__convex *s, const nc__convex_point *point)
{
    double sum = 0;
    for (int64_t i = 0; i < point->rank; i++)
        sum += point->values[i];
    for (int64_t g = 0; g < s->groups; g++)
        sum += (s->multiplicity[g] - 1) * point->within[g];
    return sum;
}

void nc__convex_scale(const nc__convex *s, nc__convex_point *point, double factor)
{
    for (int64_t i = 0; i < point->rank; i++)
        point->values[i] *= factor;
    for (int64_t g = 0; g < s->groups; g++)
        point->within[g] *= factor;
}

/* Z D from the variables. */
libnc_status nc__convex_unpack(nc__convex *s, nc__convex_point *point)
{
    const int64_t G = s->groups, r = s->width;
    const double *x = s->variables, *t = x + 2 * G * r;
    nc__convex_multiply(s, false, true, G, G, r, x, x + G * r, 0, s->change);
    const libnc_status status =
        nc__svd(s->context, s->change, G, G, point->values, s->left, point->right);
    if (status != LIBNC_OK)
        return status;
    point->rank = r;
    for (int64_t i = 0; i < r; i++)
        for (int64_t g = 0; g < G; g++)
            point->left[i * G + g] = s->left[g * G + i];
    for (int64_t g = 0; g < G; g++) {
        const double m = s->multiplicity[g];
        point->within[g] = m > 1 ? t[g] * t[g] / (2 * (m - 1)) : 0;
        point->beta[g] = s->bias ? t[G + g] : 0;
    }
    drop_vanished(s, point);
    if (s->bias)
        nc__convex_centre_bias(s, point);
    /* Not beyond tau by rounding. Less is right where mu is nearly zero: the sphere is then filled
     * by factors that are not balanced. */
    if (s->ball)
        nc__convex_scale(s, point, fmin(1, s->bound / nc__convex_nuclear(s, point)));
    return LIBNC_OK;
}

void nc__convex_copy(const nc__convex *s, const nc__convex_point *from, nc__convex_point *to)
{
    const size_t G = (size_t)s->groups, r = (size_t)from->rank;
    double *const values = to->values, *const left = to->left, *const right = to->right;
    double *const within = to->within, *const beta = to->beta;
    memcpy(values, from->values, r * sizeof *values);
    memcpy(left, from->left, r * G * sizeof *left);
    memcpy(right, from->right, r * G * sizeof *right);
    memcpy(within, from->within, G * sizeof *within);
    memcpy(beta, from->beta, G * sizeof *beta);
    *to = *from;
    to->values = values, to->left = left, to->right = right;
    to->within = within, to->beta = beta;
}
