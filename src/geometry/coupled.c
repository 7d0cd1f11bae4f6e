/* SPDX-License-Identifier: MIT
 *
 * coupled.c: the singular directions that couple the groups of a centred problem.
 *
 * MSE with a bias. The target is Yhat = (I - n 1^T/N) D = D (I - v v^T), v = sqrt(n/N). Its right
 * singular vectors outside the groups' contrasts are constant on groups and orthogonal to v, so
 * they are those of D^2 compressed to the complement of v. Their y^2 are the roots of the secular
 * equation
 *
 *     f(mu) = sum_g m_g n_g / (n_g - mu) = 0,
 *
 * one strictly between each two neighbouring counts, and x_k = sqrt(n_k)/(n_k - mu) is the vector.
 *
 * Simplex-encoded labels (seli.c). The matrix is C D, C = I - J/K, whose left singular vectors are
 * those of D^2 compressed to the complement of 1: the same with weights m_g in place of m_g n_g,
 * and x_k = 1/(n_k - mu).
 *
 * Every root is kept as its distance from the nearer count, so that all differences n_g - mu, and
 * with them the vectors, are accurate relative to their size (Gu and Eisenstat 1995).
 */
#include "geometry/geometry_private.h"
#include "geometry/scalar_minimum.h"

#include <math.h>

typedef struct secular {
    const nc__groups *groups;
    int32_t weight; /* nc__secular_weight */
    int64_t pole;
} secular;

static double weight_of(const nc__groups *groups, int32_t weight, int64_t group)
{
    const double classes = groups->multiplicity[group];
    return weight == NC__WEIGHT_SAMPLES ? classes * groups->size[group] : classes;
}

/* -offset f(n_pole + offset): the pole multiplied out. */
static double secular_value(double offset, const void *argument)
{
    const secular *s = argument;
    const nc__groups *groups = s->groups;
    double sum = 0;
    for (int64_t g = 0; g < groups->count; g++) {
        if (g == s->pole)
            continue;
        const double distance = groups->size[g] - groups->size[s->pole] - offset;
        sum += weight_of(groups, s->weight, g) / distance;
    }
    return weight_of(groups, s->weight, s->pole) - offset * sum;
}

double nc__root_distance(const nc__groups *groups, const nc__root *root, int64_t group)
{
    return groups->size[group] - groups->size[root->pole] - root->offset;
}

static void find_coupled_root(const nc__groups *groups, int32_t weight, int64_t i, nc__root *root)
{
    const double half = 0.5 * (groups->size[i] - groups->size[i + 1]);
    /* f increases from -inf to +inf; measured from the upper pole the middle is at -half, where
     * secular_value has the sign of f. */
    const secular upper = {groups, weight, i};
    const bool root_below_middle = secular_value(-half, &upper) > 0;
    root->pole = root_below_middle ? i + 1 : i;
    const secular nearest = {groups, weight, root->pole};
    root->offset = root_below_middle ? nc__find_root(secular_value, &nearest, 0, half)
                                     : nc__find_root(secular_value, &nearest, -half, 0);
    double sum = 0;
    for (int64_t g = 0; g < groups->count; g++) {
        const double distance = nc__root_distance(groups, root, g);
        sum += weight_of(groups, weight, g) / (distance * distance);
    }
    root->scale = 1 / sqrt(sum);
}

void nc__coupled_roots(const nc__groups *groups, int32_t weight, nc__root *roots)
{
    for (int64_t i = 0; i + 1 < groups->count; i++)
        find_coupled_root(groups, weight, i, &roots[i]);
}

double nc__root_square(const nc__groups *groups, const nc__root *root)
{
    return groups->size[root->pole] + root->offset;
}

double nc__root_right(const nc__groups *groups, const nc__root *root, int64_t group)
{
    return sqrt(groups->size[group]) * root->scale / nc__root_distance(groups, root, group);
}

/* u = Yhat x / y = D x / y, as x is orthogonal to v. */
double nc__root_left(const nc__groups *groups, const nc__root *root, int64_t group)
{
    return nc__root_right(groups, root, group) *
           sqrt(groups->size[group] / nc__root_square(groups, root));
}
