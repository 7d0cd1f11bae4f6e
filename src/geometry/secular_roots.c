/* SPDX-License-Identifier: MIT
 *
 * secular_roots.c: the singular directions that couple the groups of a centred problem.
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
 * with them the vectors, are accurate relative to their size (Gu and Eisenstat 1995). The terms of
 * f may cancel to 1e-15 of their size, as where far groups of many classes balance: on which side
 * of the middle a root lies, and its last digits, come from sums of twice the digits of a double.
 *
 * The roots are checked by an identity that f has no part in: the weights w_g that they came from
 * are, with W = sum_g w_g, products over all roots,
 *
 *     w_g/W = prod_{i<g} (mu_i - n_g)/(n_i - n_g) prod_{i>=g} (n_g - mu_i)/(n_g - n_{i+1}),
 *
 * of factors in (0, 1) if the roots interlace. They determine the roots, and an error of one root's
 * distance from its pole is as large an error of that pole's weight.
 */
#include "geometry/secular_roots.h"

#include "geometry/planted.h"
#include "geometry/proof.h"
#include "minimise/scalar_root.h"

#include <float.h>
#include <math.h>

/* Newton's steps double the digits: after one of this size, relative, there are none to gain. */
#define LAST_STEP 1e-9
/* Roundings of a factor of the identity: two of each difference, the root's own, a division and a
 * product; and of the sum of the weights. */
#define ROUNDINGS_PER_ROOT 8.0

enum { MOST_STEPS = 200 }; /* one is used; halvings of an interval if Newton's steps leave it */

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

/* ---- numbers of twice the digits: the unevaluated sum of two doubles (Dekker 1971) ---- */

typedef struct twofold {
    double high, low;
} twofold;

/* a + b exactly */
static twofold exact_sum(double a, double b)
{
    const double sum = a + b, part = sum - a;
    return (twofold){sum, (a - (sum - part)) + (b - part)};
}

static twofold twofold_sum(twofold a, twofold b)
{
    const twofold high = exact_sum(a.high, b.high), low = exact_sum(a.low, b.low);
    const twofold sum = exact_sum(high.high, high.low + low.high);
    return exact_sum(sum.high, sum.low + low.low);
}

static twofold twofold_quotient(double a, twofold b)
{
    const double quotient = a / b.high;
    const double rest = fma(-quotient, b.high, a) - quotient * b.low;
    return exact_sum(quotient, rest / b.high);
}

/* ---- the secular equation ---- */

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

/* f(n_pole + offset) and f', which has no cancellation. Differences of counts are exact. */
static double precise_value(const secular *s, double offset, double *slope)
{
    const nc__groups *groups = s->groups;
    twofold sum = {0, 0};
    *slope = 0;
    for (int64_t g = 0; g < groups->count; g++) {
        const twofold distance = exact_sum(groups->size[g] - groups->size[s->pole], -offset);
        const twofold term = twofold_quotient(weight_of(groups, s->weight, g), distance);
        sum = twofold_sum(sum, term);
        *slope += term.high / distance.high;
    }
    return sum.high;
}

double nc__root_distance(const nc__groups *groups, const nc__root *root, int64_t group)
{
    return groups->size[group] - groups->size[root->pole] - root->offset;
}

/* Newton's iterates from *offset in between the pole and `end`, which f's signs narrow down. */
static bool polish(const secular *s, double end, double *offset)
{
    double inner = 0, outer = end, x = *offset;
    for (int i = 0; i < MOST_STEPS; i++) {
        double slope;
        const double value = precise_value(s, x, &slope), next = x - value / slope;
        if (fabs(next - x) <= LAST_STEP * fabs(x)) {
            *offset = end > 0 ? fmin(next, end) : fmax(next, end);
            return true;
        }
        if (x * value < 0)
            inner = x;
        else
            outer = x;
        x = (next - inner) * (next - outer) < 0 ? next : inner + (outer - inner) / 2;
    }
    return false;
}

/* f increases from -inf to +inf between two counts. */
static bool find_coupled_root(const nc__groups *groups, int32_t weight, int64_t i, nc__root *root)
{
    const double half = 0.5 * (groups->size[i] - groups->size[i + 1]);
    const secular upper = {groups, weight, i};
    double slope, sum = 0;
    const double middle = precise_value(&upper, -half, &slope);
    const bool root_below_middle = middle > 0;
    root->pole = root_below_middle ? i + 1 : i;
    const secular nearest = {groups, weight, root->pole};
    /* secular_value's rounding might change its sign at the middle */
    const nc__bracket bracket = {0, root_below_middle ? half : -half,
                                 weight_of(groups, weight, root->pole), -half * fabs(middle)};
    if (!nc__find_root_between(&root->offset, secular_value, &nearest, &bracket) ||
        !polish(&nearest, bracket.high, &root->offset))
        return false;
    root->offset = nc__planted(NC__PLANTED_SECULAR_ROOT, root->offset);
    for (int64_t g = 0; g < groups->count; g++) {
        const double distance = nc__root_distance(groups, root, g);
        sum += weight_of(groups, weight, g) / (distance * distance);
    }
    root->scale = 1 / sqrt(sum);
    return true;
}

/* ---- the check ---- */

/* Nearer to its pole than to the other end of its interval, and inside. */
static bool is_inside(const nc__groups *groups, const nc__root *root, int64_t i)
{
    const double half = 0.5 * (groups->size[i] - groups->size[i + 1]);
    const double inward = root->pole == i ? -root->offset : root->offset;
    return (root->pole == i || root->pole == i + 1) && inward > 0 && inward <= half;
}

/* w_g/W from the roots */
static double weight_from_roots(const nc__groups *groups, const nc__root *roots, int64_t g)
{
    double product = 1;
    for (int64_t i = 0; i + 1 < groups->count; i++) {
        const double count = groups->size[i < g ? i : i + 1];
        product *= nc__root_distance(groups, &roots[i], g) / (groups->size[g] - count);
    }
    return product;
}

/* sum_i mu_i = sum_g n_g - sum_g n_g w_g/W, the trace of the compressed matrix; in counts less the
 * smallest, all terms of one sign. */
static double trace_error(const nc__groups *groups, int32_t weight, double total,
                          const nc__root *roots)
{
    const double least = groups->size[groups->count - 1];
    double trace = 0, sum = 0;
    for (int64_t g = 0; g < groups->count; g++)
        trace += (groups->size[g] - least) * ((total - weight_of(groups, weight, g)) / total);
    for (int64_t i = 0; i + 1 < groups->count; i++)
        sum += groups->size[roots[i].pole] - least + roots[i].offset;
    return fabs(sum - trace) / trace;
}

static double largest_error(const nc__groups *groups, int32_t weight, const nc__root *roots)
{
    double total = 0;
    for (int64_t g = 0; g < groups->count; g++)
        total += weight_of(groups, weight, g);
    double error = trace_error(groups, weight, total, roots);
    for (int64_t g = 0; g < groups->count; g++) {
        const double own = weight_of(groups, weight, g) / total;
        error = nc__worse(error, fabs(weight_from_roots(groups, roots, g) / own - 1));
    }
    return error;
}

static libnc_status check_roots(libnc_context *context, const nc__groups *groups, int32_t weight,
                                const nc__root *roots)
{
    const double limit = ROUNDINGS_PER_ROOT * (double)(groups->count + 4) * DBL_EPSILON / 2;
    if (groups->count == 1)
        return LIBNC_OK;
    for (int64_t i = 0; i + 1 < groups->count; i++)
        if (!is_inside(groups, &roots[i], i))
            return nc__fail(context, LIBNC_ERROR_INTERNAL,
                            "self-check: a root of the secular equation left its interval from %g "
                            "to %g; please report this problem",
                            groups->size[i + 1], groups->size[i]);
    return nc__check_error(context, "the weights recomputed from the secular equation's roots",
                           largest_error(groups, weight, roots), limit);
}

libnc_status nc__coupled_roots(libnc_context *context, const nc__groups *groups, int32_t weight,
                               nc__root *roots)
{
    for (int64_t i = 0; i + 1 < groups->count; i++)
        if (!find_coupled_root(groups, weight, i, &roots[i]))
            return nc__fail(context, LIBNC_ERROR_INTERNAL,
                            "self-check: the secular equation has no change of sign from %g to %g; "
                            "please report this problem",
                            groups->size[i + 1], groups->size[i]);
    return check_roots(context, groups, weight, roots);
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
