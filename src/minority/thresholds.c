/* SPDX-License-Identifier: MIT
 *
 * thresholds.c: critical decays, counts, ratios and energies of minority collapse, total collapse,
 * and the side on which a problem lies (doc/minority_collapse.md).
 *
 * Notation of merging.h. With S = -G D^{-1}, G the gradient by Z: a direction that tells classes
 * of group g apart is a singular vector of S with value a_g/d_g ((1 - delta) - (p_own - p_other)),
 * which at p_own = p_other is the group's slope. So the classes merge iff slope <= price, the price
 * being sqrt(lw lh) or the multiplier of the energies.
 */
#include "minority/thresholds.h"

#include "geometry/geometry_internal.h"
#include "geometry/planted.h"
#include "geometry/proof.h"
#include "minority/merging.h"
#include "minority/peeled_ratios.h"
#include "minority/total_collapse.h"

#include <libnc/threshold.h>

#include <float.h>
#include <math.h>

/* ---- merge, decay form ---- */

/* An imbalance of the wanted form and the group of a class, for a result called `name`. */
static libnc_status begin(nc__imbalance **imbalance, int64_t *target,
                          const libnc_geometry *geometry, bool energy, int64_t class_index,
                          const char *name, const void *result)
{
    if (!geometry)
        return LIBNC_ERROR_ARGUMENT;
    if (!result)
        return nc__fail(geometry->context, LIBNC_ERROR_ARGUMENT, "%s = NULL: must be given", name);
    nc__imbalance *created = NULL;
    libnc_status status = nc__imbalance_create(&created, geometry, NULL, 0);
    if (status == LIBNC_OK && created->problem->energy != energy)
        status = nc__fail(geometry->context, LIBNC_ERROR_UNSUPPORTED,
                          "form: must be %s for this threshold", energy ? "energy" : "decay");
    if (status == LIBNC_OK)
        status = nc__imbalance_target(created, class_index, target);
    if (status != LIBNC_OK) {
        nc__imbalance_destroy(created);
        return status;
    }
    *imbalance = created;
    return LIBNC_OK;
}

libnc_status libnc_threshold_merge_decay(const libnc_geometry *geometry, int64_t class_index,
                                         double *decay)
{
    nc__imbalance *imbalance = NULL;
    int64_t target = 0;
    const libnc_status status =
        begin(&imbalance, &target, geometry, false, class_index, "decay", decay);
    if (status == LIBNC_OK) {
        const int64_t weakest = nc__imbalance_weakest(imbalance, target, NC__IMBALANCE_ANY);
        *decay = weakest < 0 ? INFINITY : nc__imbalance_slope(imbalance, weakest);
    }
    nc__imbalance_destroy(imbalance);
    return status;
}

/* ---- merge, energy form ----
 *
 * P(c) = min loss + c ||Z||_* is concave with derivative N(c), the nuclear norm of its solution,
 * and a group is merged by the energies iff K sqrt(E_W E_H) <= N(slope). */

/* For c- < c < c+: (P(c+) - P(c))/(c+ - c) <= N(c) <= (P(c) - P(c-))/(c - c-), and a solution of
 * value v and gap e has P in [v - e, v]. Narrows [low, high] by steps of several lengths: curvature
 * spoils the long ones, the gap the short ones. */
static libnc_status enclose_nuclear(const nc__imbalance *imbalance, nc__convex *solver,
                                    const nc__convex_problem *problem, double value, double *low,
                                    double *high)
{
    static const double steps[] = {1e-5, 1e-6, 1e-7};
    const double c = problem->bound;
    nc__convex_problem side = *problem;
    nc__convex_result result;
    libnc_status status = LIBNC_OK;
    for (size_t i = 0; i < 2 * (sizeof steps / sizeof *steps) && status == LIBNC_OK; i++) {
        side.bound = c * (1 + (i % 2 == 0 ? steps[i / 2] : -steps[i / 2]));
        status = nc__imbalance_solve(imbalance, solver, &side, &result);
        const double slope = (result.value - result.gap - value) / (side.bound - c);
        if (i % 2 == 0)
            *low = fmax(*low, slope);
        else
            *high = fmin(*high, slope);
    }
    return status;
}

static libnc_status critical_by_solution(const nc__imbalance *imbalance, nc__convex *solver,
                                         double price, double *norm, double *width)
{
    nc__convex_problem problem = nc__imbalance_problem(imbalance);
    nc__convex_result result;
    problem.ball = false;
    problem.bound = price;
    libnc_status status = nc__imbalance_solve(imbalance, solver, &problem, &result);
    const double found = result.nuclear;
    double low = 0, high = INFINITY;
    if (status == LIBNC_OK && width)
        status = enclose_nuclear(imbalance, solver, &problem, result.value, &low, &high);
    if (status != LIBNC_OK)
        return status;
    *norm = found;
    if (width)
        *width = fmax(fmax(high - found, found - low), NC__SLOPE_ROUNDING * found);
    return LIBNC_OK;
}

/* A group whose slope is the price of total collapse is apart at any energy. Two sizes without bias
 * and smoothing depend on their ratio only, R = R_0. */
static libnc_status critical_by_formula(const nc__imbalance *imbalance, int64_t group, double *norm,
                                        bool *known)
{
    double price = 0;
    const libnc_status status = nc__total_slope(imbalance, &price);
    *known = true;
    *norm = 0;
    if (status != LIBNC_OK ||
        price <= nc__imbalance_slope(imbalance, group) * (1 + NC__SLOPE_ROUNDING))
        return status;
    *known =
        imbalance->count == 2 && !imbalance->problem->bias && imbalance->problem->smoothing == 0;
    if (!*known)
        return LIBNC_OK;
    return nc__peeled_critical_norm(imbalance->problem->context, imbalance->multiplicity[1 - group],
                                    imbalance->multiplicity[group],
                                    imbalance->loss[1 - group] / imbalance->loss[group], norm);
}

libnc_status nc__imbalance_critical(const nc__imbalance *imbalance, nc__convex *solver,
                                    int64_t group, double *norm, double *width, int32_t *method)
{
    bool known = false;
    double found = 0;
    const libnc_status status = critical_by_formula(imbalance, group, &found, &known);
    if (status != LIBNC_OK)
        return status;
    if (method)
        *method = known ? LIBNC_THRESHOLD_METHOD_FORMULA : LIBNC_THRESHOLD_METHOD_CERTIFICATE;
    if (!known)
        return critical_by_solution(imbalance, solver, nc__imbalance_slope(imbalance, group), norm,
                                    width);
    *norm = found;
    if (width)
        *width = NC__SLOPE_ROUNDING * found;
    return LIBNC_OK;
}

/* Of the first group to merge; 0 by formula if there is none. */
static libnc_status weakest_critical(const nc__imbalance *imbalance, int64_t target, double *norm,
                                     double *width, int32_t *method)
{
    const int64_t weakest = nc__imbalance_weakest(imbalance, target, NC__IMBALANCE_ANY);
    *norm = *width = 0;
    *method = LIBNC_THRESHOLD_METHOD_FORMULA;
    if (weakest < 0)
        return LIBNC_OK;
    nc__convex *solver = NULL;
    libnc_status status = nc__convex_create(&solver, imbalance->problem->context, imbalance->count);
    if (status == LIBNC_OK)
        status = nc__imbalance_critical(imbalance, solver, weakest, norm, width, method);
    nc__convex_destroy(solver);
    return status;
}

libnc_status libnc_threshold_merge_energy(const libnc_geometry *geometry, int64_t class_index,
                                          double *energy, double *width)
{
    nc__imbalance *imbalance = NULL;
    int64_t target = 0;
    int32_t method;
    double norm, error;
    libnc_status status = begin(&imbalance, &target, geometry, true, class_index, "energy", energy);
    if (status != LIBNC_OK)
        return status;
    status = weakest_critical(imbalance, target, &norm, &error, &method);
    if (status == LIBNC_OK) {
        *energy = norm / (double)imbalance->problem->groups->classes;
        if (width)
            *width = error / (double)imbalance->problem->groups->classes;
    }
    nc__imbalance_destroy(imbalance);
    return status;
}

/* ---- total collapse, decay form ---- */

libnc_status libnc_threshold_total_decay(const libnc_geometry *geometry, double *decay)
{
    nc__imbalance *imbalance = NULL;
    int64_t target = 0;
    libnc_status status =
        begin(&imbalance, &target, geometry, false, LIBNC_THRESHOLD_ALL_GROUPS, "decay", decay);
    if (status == LIBNC_OK)
        status = nc__total_slope(imbalance, decay);
    nc__imbalance_destroy(imbalance);
    return status;
}

/* ---- counts and ratios, decay form: a quadratic in sqrt(n), in 1/sqrt(R) ---- */

static libnc_status check_quadratic(libnc_context *context, double decay, double smoothing)
{
    const libnc_status status = nc__check_positive(context, "decay", decay);
    if (status == LIBNC_OK && !(smoothing >= 0 && smoothing < 1))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "smoothing = %g: must be from 0 to below 1",
                        smoothing);
    return status;
}

/* q x^2 - u x + r < 0 strictly between two positive roots: their squares, in logarithms, without
 * cancellation or overflow; *any is false if nowhere. From log q, log u, log r (-inf for r = 0).
 * The sum of the roots is u/q and their product r/q; which is what is checked. */
static libnc_status quadratic_roots(libnc_context *context, double log_q, double log_u,
                                    double log_r, double *log_low, double *log_high, bool *any)
{
    const double log_ratio = log(4) + log_q + log_r - 2 * log_u;
    *any = log_ratio < 0;
    if (!*any)
        return LIBNC_OK;
    const double root = sqrt(-expm1(log_ratio));
    const double larger =
        nc__planted(NC__PLANTED_QUADRATIC_ROOT, log1p(root) - log(2)) + (log_u - log_q);
    const double smaller = log_r - log_q - larger;
    *log_high = 2 * larger;
    *log_low = 2 * smaller;
    /* q x + r/x = u at each, in units of u */
    const double at_larger = exp(log_q + larger - log_u) + exp(log_r - larger - log_u);
    const double at_smaller =
        isinf(smaller) ? 1 : exp(log_q + smaller - log_u) + exp(log_r - smaller - log_u);
    const double size = 8 + fabs(log_q) + fabs(log_u) + (isinf(log_r) ? 0 : fabs(log_r));
    return nc__check_error(context, "the roots of the threshold's quadratic",
                           nc__worse(fabs(at_larger - 1), fabs(at_smaller - 1)),
                           16 * DBL_EPSILON * size);
}

static libnc_status check_in_range(libnc_context *context, const char *name, double log_value)
{
    if (log_value <= log(DBL_MAX))
        return LIBNC_OK;
    return nc__fail(context, LIBNC_ERROR_NUMERICAL, "%s = 10^%g: beyond a double", name,
                    log_value / log(10));
}

libnc_status libnc_threshold_merge_counts(libnc_context *context, int64_t multiplicity, double rest,
                                          double decay, double smoothing, double *lower,
                                          double *upper)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (multiplicity < 2 || multiplicity > INT32_MAX)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "multiplicity = %lld: must be from 2 to %d, one class cannot merge with "
                        "itself",
                        (long long)multiplicity, INT32_MAX);
    if (!(rest >= 0 && isfinite(rest)))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "rest = %g: must not be negative and finite",
                        rest);
    libnc_status status = check_quadratic(context, decay, smoothing);
    if (status != LIBNC_OK)
        return status;
    double low = INFINITY, high = -INFINITY;
    bool any;
    /* c m x^2 - (1 - delta) x + c rest, x = sqrt(n) */
    status = quadratic_roots(context, log(decay) + log((double)multiplicity), log1p(-smoothing),
                             log(decay) + log(rest), &low, &high, &any);
    if (status == LIBNC_OK)
        status = check_in_range(context, "upper", high);
    if (status != LIBNC_OK)
        return status;
    if (lower)
        *lower = exp(low);
    if (upper)
        *upper = exp(high);
    return LIBNC_OK;
}

static libnc_status check_step(libnc_context *context, int64_t class_count,
                               int64_t majority_classes, double majority_count)
{
    const libnc_status status = nc__check_bounds(context, "class_count", class_count, 3, INT32_MAX);
    if (status != LIBNC_OK)
        return status;
    if (majority_classes < 1 || majority_classes > class_count - 2)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "majority_classes = %lld: must be from 1 to %lld, a minority of one class "
                        "cannot merge with itself",
                        (long long)majority_classes, (long long)class_count - 2);
    return nc__check_positive(context, "majority_count", majority_count);
}

libnc_status libnc_threshold_merge_ratios(libnc_context *context, int64_t class_count,
                                          int64_t majority_classes, double majority_count,
                                          double decay, double smoothing, double *lower,
                                          double *upper)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = check_step(context, class_count, majority_classes, majority_count);
    if (status == LIBNC_OK)
        status = check_quadratic(context, decay, smoothing);
    if (status != LIBNC_OK)
        return status;
    const double log_c = log(decay) + 0.5 * log(majority_count);
    const double minority = (double)(class_count - majority_classes);
    double low = INFINITY, high = -INFINITY; /* none: R from infinity to 0 */
    bool any;
    /* c K_B y^2 - (1 - delta) y + c K_A, y = 1/sqrt(R) */
    status = quadratic_roots(context, log_c + log(minority), log1p(-smoothing),
                             log_c + log((double)majority_classes), &low, &high, &any);
    if (status == LIBNC_OK && any)
        status = check_in_range(context, "upper", -low);
    if (status != LIBNC_OK)
        return status;
    if (lower)
        *lower = exp(-high);
    if (upper)
        *upper = exp(-low);
    return LIBNC_OK;
}

/* ---- on which side ---- */

typedef struct verdict {
    double margin, low, high; /* low <= true margin <= high */
    int32_t method;
} verdict;

/* slope / price - 1 for a price within rounding */
static verdict by_formula(double slope, double price)
{
    const double margin = slope / price - 1;
    const double rounding = isinf(margin) ? 0 : NC__SLOPE_ROUNDING * (1 + fabs(margin));
    return (verdict){margin, margin - rounding, margin + rounding, LIBNC_THRESHOLD_METHOD_FORMULA};
}

/* The bound over a critical norm known to within `width` - 1; no doubt where it is 0: +infinity. */
static verdict by_norm(double bound, double norm, double width, int32_t method)
{
    if (norm + width == 0)
        return by_formula(INFINITY, 1);
    const double least = fmax(norm - width, 0);
    verdict v = {bound / norm - 1, bound / (norm + width) - 1, bound / least - 1, method};
    if (norm == 0)
        v.margin = v.low;
    return v;
}

static libnc_status decide_merge(const nc__imbalance *imbalance, int64_t target, verdict *v)
{
    double norm, width;
    int32_t method;
    if (imbalance->problem->energy) {
        const libnc_status status = weakest_critical(imbalance, target, &norm, &width, &method);
        *v = by_norm(imbalance->problem->bound, norm, width, method);
        return status;
    }
    const int64_t weakest = nc__imbalance_weakest(imbalance, target, NC__IMBALANCE_ANY);
    *v = by_formula(weakest < 0 ? INFINITY : nc__imbalance_slope(imbalance, weakest),
                    imbalance->problem->bound);
    return LIBNC_OK;
}

/* The ratio at which group g of two vanishes, over its own. */
static libnc_status vanish_margin(const nc__imbalance *imbalance, int64_t g, double *quotient)
{
    const double k = (double)imbalance->problem->groups->classes;
    const double product = imbalance->problem->bound / k;
    double ratio = 0;
    const libnc_status status = libnc_threshold_peeled_lost(
        imbalance->problem->context, imbalance->problem->groups->classes,
        (int64_t)imbalance->multiplicity[1 - g], product, product, &ratio);
    if (status == LIBNC_OK)
        *quotient = ratio * (imbalance->loss[g] / imbalance->loss[1 - g]);
    return status;
}

static libnc_status decide_vanish(const nc__imbalance *imbalance, int64_t class_index, verdict *v)
{
    if (!imbalance->problem->energy || imbalance->problem->bias ||
        imbalance->problem->smoothing != 0 || imbalance->count > 2)
        return nc__fail(
            imbalance->problem->context, LIBNC_ERROR_UNSUPPORTED,
            "kind: a vanishing group has a threshold in energy form with two groups, no "
            "bias and no label smoothing only; solve and describe (libnc_minority)");
    const bool any = class_index == LIBNC_THRESHOLD_ALL_GROUPS;
    libnc_status status = nc__imbalance_class(imbalance, class_index);
    double quotient = INFINITY;
    for (int64_t g = 0; g < 2 && imbalance->count == 2 && status == LIBNC_OK; g++) {
        double own = INFINITY;
        if (any || imbalance->group[class_index] == g)
            status = vanish_margin(imbalance, g, &own);
        quotient = fmin(quotient, own);
    }
    if (status != LIBNC_OK)
        return status;
    *v = by_formula(quotient, 1);
    return LIBNC_OK;
}

static libnc_status decide_total(const nc__imbalance *imbalance, verdict *v)
{
    double slope = 0;
    const libnc_status status = nc__total_slope(imbalance, &slope);
    if (imbalance->problem->energy && imbalance->problem->groups->classes > 1)
        slope = INFINITY;
    *v = by_formula(slope, imbalance->problem->bound);
    return status;
}

static libnc_status decide(const nc__imbalance *imbalance, int32_t kind, int64_t class_index,
                           verdict *v)
{
    if (kind == LIBNC_THRESHOLD_KIND_ALL_LOST)
        return decide_total(imbalance, v);
    if (kind == LIBNC_THRESHOLD_KIND_LOST)
        return decide_vanish(imbalance, class_index, v);
    int64_t target = 0;
    const libnc_status status = nc__imbalance_target(imbalance, class_index, &target);
    return status == LIBNC_OK ? decide_merge(imbalance, target, v) : status;
}

/* Where a formula decides, rounding is not taken for doubt. */
static int32_t position(const verdict *v)
{
    if (v->method == LIBNC_THRESHOLD_METHOD_FORMULA)
        return v->margin > 0 ? LIBNC_THRESHOLD_SIDE_BEFORE : LIBNC_THRESHOLD_SIDE_BEYOND;
    if (v->low > 0)
        return LIBNC_THRESHOLD_SIDE_BEFORE;
    return v->high <= 0 ? LIBNC_THRESHOLD_SIDE_BEYOND : LIBNC_THRESHOLD_SIDE_UNKNOWN;
}

libnc_status libnc_threshold_locate(const libnc_geometry *geometry, int32_t kind,
                                    int64_t class_index, int32_t *side, double *margin,
                                    double *width, int32_t *method)
{
    if (!geometry)
        return LIBNC_ERROR_ARGUMENT;
    if (kind < LIBNC_THRESHOLD_KIND_MERGED || kind > LIBNC_THRESHOLD_KIND_ALL_LOST)
        return nc__fail(geometry->context, LIBNC_ERROR_ARGUMENT, "kind = %d: must be from %d to %d",
                        kind, LIBNC_THRESHOLD_KIND_MERGED, LIBNC_THRESHOLD_KIND_ALL_LOST);
    if (!side)
        return nc__fail(geometry->context, LIBNC_ERROR_ARGUMENT, "side = NULL: must be given");
    nc__imbalance *imbalance = NULL;
    verdict v = {0};
    libnc_status status = nc__imbalance_create(&imbalance, geometry, NULL, 0);
    if (status == LIBNC_OK)
        status = decide(imbalance, kind, class_index, &v);
    nc__imbalance_destroy(imbalance);
    if (status != LIBNC_OK)
        return status;
    *side = position(&v);
    if (margin)
        *margin = v.margin;
    if (width)
        *width = isinf(v.margin) ? 0 : fmax(v.high - v.margin, v.margin - v.low);
    if (method)
        *method = v.method;
    return LIBNC_OK;
}
