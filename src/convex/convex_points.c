/* SPDX-License-Identifier: MIT
 *
 * convex_points.c: points of the convex problem.
 */
#include "convex/convex_points.h"

#include "convex/convex_internal.h"

#include <math.h>
#include <string.h>

/* b moves freely along 1: sums to zero over classes. */
void nc__convex_centre_bias(const nc__convex *s, nc__convex_point *point)
{
    double sum = 0;
    for (int64_t g = 0; g < s->groups; g++)
        sum += s->root[g] * point->beta[g];
    for (int64_t g = 0; g < s->groups; g++)
        point->beta[g] -= s->root[g] * sum / s->classes;
}

bool nc__convex_drop(const nc__convex *s, nc__convex_point *point, double share)
{
    double largest = point->rank > 0 ? point->values[0] : 0;
    bool dropped = false;
    for (int64_t g = 0; g < s->groups; g++)
        largest = fmax(largest, point->within[g]);
    for (; point->rank > 0 && point->values[point->rank - 1] <= share * largest; dropped = true)
        point->rank--;
    for (int64_t g = 0; g < s->groups; g++)
        if (point->within[g] > 0 && point->within[g] <= share * largest) {
            point->within[g] = 0;
            dropped = true;
        }
    return dropped;
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
