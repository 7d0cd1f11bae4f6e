/* SPDX-License-Identifier: MIT
 *
 * convex_start.c: where the convex solver starts, and which directions it takes up later.
 *
 * The rule is that of a balanced problem, applied to every singular direction of the gradient at
 * Z = 0 by itself: exact for balanced classes, and within a few Newton steps of the minimiser for
 * others.
 */
#include "convex/convex_start.h"

#include "convex/convex_internal.h"
#include "convex/convex_points.h"

#include <math.h>

/* Excess of the gradient over the multiplier that is worth a new direction. */
#define NOTICED_EXCESS 1e-10
/* A new direction begins with this share of what the starting rule would give it. */
#define FIRST_SHARE 0.3
/* e^-x of more is zero: the rule would give infinity at level 0. */
#define LARGEST_LOGIT 745.0

/* ---- Z = 0 ---- */

/* There p = pi, the mean of the targets, with a bias; 1/K without. */
void nc__convex_place_zero(nc__convex *s, nc__convex_point *point)
{
    const int64_t G = s->groups;
    point->rank = 0;
    for (int64_t g = 0; g < G; g++) {
        point->within[g] = 0;
        const double share = (1 - s->smoothing) * s->weight[g] + s->smoothing / s->classes;
        point->beta[g] = s->bias ? s->root[g] * log(share * s->classes) : 0;
    }
    nc__convex_centre_bias(s, point);
}

/* ---- the starting rule: a balanced problem in every direction ---- */

/* A direction whose gradient at Z = 0 is `slope` gets logits of log(1 + K (1/v - 1)) at level c,
 * v = (1 - delta) c/slope + delta: exact for balanced classes. */
static double start_length(const nc__convex *s, double slope, double level)
{
    if (!(slope > level))
        return 0;
    const double v = (1 - s->smoothing) * level / slope + s->smoothing;
    return fmin(log1p(s->classes * (1 / v - 1)), LARGEST_LOGIT);
}

/* sqrt of the mean of d^2 over direction i of the gradient, which turns logits into Z D */
static double direction_scale(const nc__convex *s, int64_t i)
{
    double sum = 0;
    for (int64_t h = 0; h < s->groups; h++) {
        const double entry = s->right_t[i * s->groups + h] * s->scale[h];
        sum += entry * entry;
    }
    return sqrt(sum);
}

/* Nuclear norm of the start at a level. */
static double start_nuclear(const nc__convex *s, double level)
{
    double sum = 0;
    for (int64_t i = 0; i < s->groups; i++)
        sum += start_length(s, s->singular[i], level) * direction_scale(s, i);
    for (int64_t g = 0; g < s->groups; g++)
        sum +=
            (s->multiplicity[g] - 1) * s->scale[g] * start_length(s, -s->within_gradient[g], level);
    return sum;
}

double nc__convex_largest_slope(const nc__convex *s)
{
    double largest = s->singular[0];
    for (int64_t g = 0; g < s->groups; g++)
        if (s->multiplicity[g] > 1)
            largest = fmax(largest, -s->within_gradient[g]);
    return largest;
}

/* The level at which the start has the nuclear norm tau, roughly. */
static double start_level(const nc__convex *s)
{
    double high = log(nc__convex_largest_slope(s)), low = high - 1;
    while (start_nuclear(s, exp(low)) < s->bound && low > high - 600)
        low -= high - low;
    for (int i = 0; i < 40; i++) {
        const double middle = 0.5 * (low + high);
        if (start_nuclear(s, exp(middle)) < s->bound)
            high = middle;
        else
            low = middle;
    }
    return exp(low);
}

/* Appends direction i of the gradient, downhill. */
static void add_direction(const nc__convex *s, nc__convex_point *point, int64_t i, double length)
{
    const int64_t G = s->groups, r = point->rank++;
    point->values[r] = length;
    for (int64_t g = 0; g < G; g++) {
        point->left[r * G + g] = -s->left[g * G + i];
        point->right[r * G + g] = s->right_t[i * G + g];
    }
}

/* ---- energy form with label smoothing: Z = alpha (I - J/K) meets every target ---- */

/* From this share of the energy that meets the targets on, they are where to start. */
#define NEAR_TARGETS 0.7

double nc__convex_target_scale(const nc__convex *s)
{
    return log1p(s->classes * (1 - s->smoothing) / s->smoothing);
}

bool nc__convex_is_near_targets(const nc__convex *s, double share)
{
    if (!s->ball || !(s->smoothing > 0))
        return false;
    for (int64_t g = 0; g < s->groups; g++)
        if (s->scale[g] != 1)
            return false;
    return share * nc__convex_target_scale(s) * (s->classes - 1) <= s->bound;
}

/* Z of the given scale. B = alpha (I - r r^T/K), r_g = sqrt(m_g): all but the first column of
 * Householder's reflection of r are its singular vectors. */
void nc__convex_place_targets(const nc__convex *s, double alpha, nc__convex_point *point)
{
    const int64_t G = s->groups;
    const double length = sqrt(s->classes), divisor = length * (length + s->root[0]);
    point->rank = G - 1;
    for (int64_t i = 0; i + 1 < G; i++) {
        point->values[i] = alpha;
        for (int64_t g = 0; g < G; g++) {
            const double reflector = s->root[g] + (g == 0 ? length : 0);
            const double entry = (g == i + 1) - reflector * s->root[i + 1] / divisor;
            point->left[i * G + g] = point->right[i * G + g] = entry;
        }
    }
    for (int64_t g = 0; g < G; g++) {
        point->within[g] = s->multiplicity[g] > 1 ? alpha : 0;
        point->beta[g] = 0;
    }
}

void nc__convex_start(nc__convex *s, nc__convex_point *point)
{
    if (nc__convex_is_near_targets(s, NEAR_TARGETS)) {
        nc__convex_place_targets(s, s->bound / (s->classes - 1), point);
        return;
    }
    const double level = s->ball ? start_level(s) : s->bound;
    point->multiplier = level;
    for (int64_t i = 0; i < s->groups; i++) {
        const double length = start_length(s, s->singular[i], level);
        if (length > 0)
            add_direction(s, point, i, length * direction_scale(s, i));
    }
    for (int64_t g = 0; g < s->groups; g++)
        if (s->multiplicity[g] > 1)
            point->within[g] = s->scale[g] * start_length(s, -s->within_gradient[g], level);
}

/* ---- directions that are missing ---- */

/* Whether the gradient at s->now, which was just certified, exceeds the multiplier in its direction
 * i and the point has nothing there: what it has is for Newton's method to change. */
static bool is_missing(const nc__convex *s, int64_t i, int64_t rank)
{
    const nc__convex_point *point = &s->now;
    double present = 0;
    if (!(s->singular[i] > point->multiplier * (1 + NOTICED_EXCESS)))
        return false;
    for (int64_t j = 0; j < rank; j++) {
        double left = 0, right = 0;
        for (int64_t g = 0; g < s->groups; g++) {
            left += point->left[j * s->groups + g] * s->left[g * s->groups + i];
            right += point->right[j * s->groups + g] * s->right_t[i * s->groups + g];
        }
        present += left * left + right * right;
    }
    return present < 1;
}

static bool is_missing_within(const nc__convex *s, int64_t g)
{
    return s->multiplicity[g] > 1 && s->now.within[g] == 0 &&
           -s->within_gradient[g] > s->now.multiplier * (1 + NOTICED_EXCESS);
}

int64_t nc__convex_count_missing(const nc__convex *s)
{
    int64_t count = 0;
    for (int64_t i = 0; i < s->groups; i++)
        count += is_missing(s, i, s->now.rank) + is_missing_within(s, i);
    return count;
}

/* Gives s->now the directions that are missing. */
void nc__convex_add_missing(nc__convex *s)
{
    nc__convex_point *point = &s->now;
    const int64_t rank = point->rank;
    for (int64_t i = 0; i < s->groups && point->rank < s->groups; i++) {
        if (!is_missing(s, i, rank))
            continue;
        const double length = start_length(s, s->singular[i], point->multiplier);
        add_direction(s, point, i, FIRST_SHARE * length * direction_scale(s, i));
    }
    for (int64_t g = 0; g < s->groups; g++)
        if (is_missing_within(s, g))
            point->within[g] = FIRST_SHARE * s->scale[g] *
                               start_length(s, -s->within_gradient[g], point->multiplier);
}
