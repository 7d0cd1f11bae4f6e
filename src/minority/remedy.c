/* SPDX-License-Identifier: MIT
 *
 * remedy.c: the least change of weights, decays or energies that takes groups of equal classes out
 * of minority collapse (doc/minority_collapse.md, "Remedies").
 *
 * Notation of merging.h. A group is out with margin m iff slope >= (1 + m) sqrt(lw lh), or
 * sqrt(E_W E_H) >= (1 + m) times its critical energy (> at m = 0). A factor f on the chosen classes
 * raises the slopes of their groups and lowers the others', so that the requested groups are out
 * for f between two numbers: from the chosen ones the lower, from the others the upper.
 */
#include "geometry/geometry_internal.h"
#include "minimise/scalar_root.h"
#include "minority/merging.h"
#include "minority/thresholds.h"

#include <libnc/remedy.h>
#include <libnc/threshold.h>

#include <math.h>

/* Weights beyond serve nobody: the others' terms are gone. */
#define LARGEST_FACTOR 1e12

/* A whole number this near to the limit is taken to be the limit, which is not out. */
#define LIMIT_ROUNDING 1e-9

/* Logarithms of a quotient are cut here: beyond, either side is zero. */
#define LARGEST_LOG 1000.0

typedef struct range {
    double low, high; /* out strictly between; empty if low >= high */
} range;

/* ---- decay form: linear inequalities in f ----
 *
 * With s = (1 - delta) n w/d, p = (1 + m) c and the divisor A + B f (A = N, B = 0 if it is N) a
 * chosen group is out for s f > p (A + B f), another one for s > p (A + B f). */

static void divisor(const nc__imbalance *imbalance, double *constant, double *linear)
{
    *constant = imbalance->problem->normalised ? 0 : imbalance->problem->groups->samples;
    *linear = 0;
    for (int64_t g = 0; g < imbalance->count && imbalance->problem->normalised; g++) {
        const double term = imbalance->multiplicity[g] * imbalance->size[g] * imbalance->weight[g];
        *(imbalance->chosen[g] != 0 ? linear : constant) += term;
    }
}

static range decay_range(const nc__imbalance *imbalance, int64_t target, double price)
{
    double constant, linear;
    divisor(imbalance, &constant, &linear);
    range r = {0, INFINITY};
    for (int64_t g = 0; g < imbalance->count; g++) {
        if (!nc__imbalance_is_target(imbalance, g, target))
            continue;
        const double slope = (1 - imbalance->problem->smoothing) * imbalance->size[g] *
                             imbalance->weight[g] / imbalance->scale[g];
        if (imbalance->chosen[g] != 0) {
            const double gain = slope - price * linear;
            r.low = fmax(r.low, gain > 0 ? price * constant / gain : INFINITY);
        } else {
            const double rest = slope - price * constant;
            r.high = fmin(r.high, linear > 0 ? rest / (price * linear) : rest > 0 ? INFINITY : 0);
        }
    }
    return r;
}

/* ---- energy form: the critical energy is a function of f ---- */

typedef struct search {
    nc__imbalance *imbalance;
    nc__convex *solver;
    int64_t target;
    int32_t which;        /* chosen groups, or the others */
    double log_bound;     /* log of K sqrt(E_W E_H) / (1 + m) */
    libnc_status *status; /* the first error */
} search;

/* log(bound / critical norm) at factor e^x of the first group to merge; LARGEST_LOG if there is
 * none, or it never merges. */
static double energy_margin(double x, const void *argument)
{
    const search *s = argument;
    nc__imbalance_weigh(s->imbalance, exp(x));
    const int64_t weakest = nc__imbalance_weakest(s->imbalance, s->target, s->which);
    double norm = 0;
    if (*s->status != LIBNC_OK || weakest < 0)
        return LARGEST_LOG;
    *s->status = nc__imbalance_critical(s->imbalance, s->solver, weakest, &norm, NULL, NULL);
    if (*s->status != LIBNC_OK || !(norm > 0))
        return LARGEST_LOG;
    return fmax(fmin(s->log_bound - log(norm), LARGEST_LOG), -LARGEST_LOG);
}

/* The factor from 1 to LARGEST_FACTOR at which the margin of the chosen groups becomes positive, or
 * that of the others negative: 0 if it is so at 1, +infinity if it never does. */
static double energy_crossing(const search *s)
{
    const double sign = s->which == NC__IMBALANCE_CHOSEN ? 1 : -1, last = log(LARGEST_FACTOR);
    if (sign * energy_margin(0, s) > 0)
        return 0;
    double low = 0, high = log(2);
    while (sign * energy_margin(high, s) <= 0) {
        if (high >= last)
            return INFINITY;
        low = high;
        high = fmin(2 * high, last);
    }
    double crossing = 0;
    if (!nc__find_root(&crossing, energy_margin, s, low, high) && *s->status == LIBNC_OK)
        *s->status = nc__fail(s->imbalance->problem->context, LIBNC_ERROR_INTERNAL,
                              "self-check: the margin by the weight has no change of sign; please "
                              "report this problem");
    return exp(crossing);
}

static libnc_status energy_range(nc__imbalance *imbalance, int64_t target, double margin, range *r)
{
    libnc_status first = LIBNC_OK;
    search s = {.imbalance = imbalance,
                .target = target,
                .which = NC__IMBALANCE_CHOSEN,
                .log_bound = log(imbalance->problem->bound) - log1p(margin),
                .status = &first};
    const libnc_status status =
        nc__convex_create(&s.solver, imbalance->problem->context, imbalance->count);
    if (status != LIBNC_OK)
        return status;
    r->low = energy_crossing(&s);
    s.which = NC__IMBALANCE_UNCHOSEN;
    r->high = energy_crossing(&s);
    nc__convex_destroy(s.solver);
    return first;
}

/* ---- weights ---- */

static libnc_status check_margin(libnc_context *context, double margin)
{
    if (!(margin >= 0 && isfinite(margin)))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "margin = %g: must not be negative and finite", margin);
    return LIBNC_OK;
}

static libnc_status check_classes(libnc_context *context, const int64_t *classes, int64_t count,
                                  int64_t class_count)
{
    const libnc_status status = nc__check_given(context, "classes", classes);
    return status == LIBNC_OK ? nc__check_bounds(context, "count", count, 1, class_count) : status;
}

/* The smallest whole number strictly inside the range; with a margin its lower end is inside. */
static int64_t whole_factor(const range *r, bool closed)
{
    const double least =
        closed ? ceil(r->low * (1 - LIMIT_ROUNDING)) : floor(r->low * (1 + LIMIT_ROUNDING)) + 1;
    const double factor = fmax(least, 1);
    return factor < r->high * (1 - LIMIT_ROUNDING) && factor <= LARGEST_FACTOR ? (int64_t)factor
                                                                               : 0;
}

static libnc_status find_range(nc__imbalance *imbalance, int64_t target, double margin, range *r)
{
    if (imbalance->problem->energy)
        return energy_range(imbalance, target, margin, r);
    *r = decay_range(imbalance, target, (1 + margin) * imbalance->problem->bound);
    return LIBNC_OK;
}

libnc_status libnc_remedy_weight(const libnc_geometry *problem, const int64_t *classes,
                                 int64_t count, int64_t class_index, double margin, double *weight,
                                 double *limit, int64_t *repeats)
{
    if (!problem)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = problem->context;
    libnc_status status = check_classes(context, classes, count, problem->groups.classes);
    if (status == LIBNC_OK)
        status = check_margin(context, margin);
    if (status == LIBNC_OK)
        status = nc__check_given(context, "weight", weight);
    if (status != LIBNC_OK)
        return status;
    nc__imbalance *imbalance = NULL;
    range r = {0, INFINITY};
    int64_t group = 0;
    status = nc__imbalance_create(&imbalance, problem, classes, count);
    if (status == LIBNC_OK)
        status = nc__imbalance_target(imbalance, class_index, &group);
    if (status == LIBNC_OK)
        status = find_range(imbalance, group, margin, &r);
    nc__imbalance_destroy(imbalance);
    if (status != LIBNC_OK)
        return status;
    const double factor = fmax(r.low, 1);
    *weight = factor < r.high && factor <= LARGEST_FACTOR ? factor : INFINITY;
    if (limit)
        *limit = fmax(r.high, 0);
    if (repeats)
        *repeats = whole_factor(&r, margin > 0);
    return LIBNC_OK;
}

/* ---- decays and energies ---- */

libnc_status libnc_remedy_decay(const libnc_geometry *problem, int64_t class_index, double margin,
                                double *decay)
{
    if (!problem)
        return LIBNC_ERROR_ARGUMENT;
    double critical = 0;
    libnc_status status = check_margin(problem->context, margin);
    if (status == LIBNC_OK)
        status = nc__check_given(problem->context, "decay", decay);
    if (status == LIBNC_OK)
        status = libnc_threshold_merge_decay(problem, class_index, &critical);
    if (status == LIBNC_OK)
        *decay = critical / (1 + margin);
    return status;
}

libnc_status libnc_remedy_energy(const libnc_geometry *problem, int64_t class_index, double margin,
                                 double *energy)
{
    if (!problem)
        return LIBNC_ERROR_ARGUMENT;
    double critical = 0;
    libnc_status status = check_margin(problem->context, margin);
    if (status == LIBNC_OK)
        status = nc__check_given(problem->context, "energy", energy);
    if (status == LIBNC_OK)
        status = libnc_threshold_merge_energy(problem, class_index, &critical, NULL);
    if (status == LIBNC_OK)
        *energy = critical * (1 + margin);
    return status;
}

/* ---- the geometry that a weight leads to ---- */

static libnc_status multiply_weights(libnc_geometry *copy, const int64_t *classes, int64_t count,
                                     double factor)
{
    const size_t total = (size_t)copy->groups.classes;
    nc__arena arena = {.context = copy->context};
    int64_t *marks = nc__arena_alloc(&arena, total, sizeof *marks);
    double *weights = nc__arena_alloc(&arena, total, sizeof *weights);
    libnc_status status = nc__arena_status(&arena);
    if (status == LIBNC_OK)
        status = nc__imbalance_mark(copy->context, "classes", copy->groups.classes, classes, count,
                                    marks);
    for (size_t k = 0; k < total && status == LIBNC_OK; k++)
        weights[k] = (marks[k] != 0 ? factor : 1) * (copy->weights ? copy->weights[k] : 1);
    if (status == LIBNC_OK)
        status = libnc_geometry_set_class_weights(copy, weights, (int64_t)total);
    nc__arena_release(&arena);
    return status;
}

libnc_status libnc_remedy_apply_weight(libnc_geometry **geometry, const libnc_geometry *problem,
                                       const int64_t *classes, int64_t count, double weight)
{
    if (!problem)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = problem->context;
    if (!geometry)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "geometry = NULL: must be given");
    libnc_status status = check_classes(context, classes, count, problem->groups.classes);
    if (status == LIBNC_OK)
        status = nc__check_positive(context, "weight", weight);
    libnc_geometry *copy = NULL;
    if (status == LIBNC_OK)
        status = nc__geometry_copy(&copy, problem);
    if (status == LIBNC_OK)
        status = multiply_weights(copy, classes, count, weight);
    if (status == LIBNC_OK)
        status = libnc_geometry_solve(copy);
    if (status != LIBNC_OK) {
        libnc_geometry_destroy(copy);
        return status;
    }
    *geometry = copy;
    return LIBNC_OK;
}
