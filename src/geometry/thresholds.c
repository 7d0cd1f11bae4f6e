/* SPDX-License-Identifier: MIT
 *
 * thresholds.c: critical decays, counts, ratios and energies of minority collapse, total collapse,
 * and the side on which a problem lies (doc/minority_collapse.md).
 *
 * Notation of imbalance.h. With S = -G D^{-1}, G the gradient by Z: a direction that tells classes
 * of group g apart is a singular vector of S with value a_g/d_g ((1 - delta) - (p_own - p_other)),
 * which at p_own = p_other is the group's slope. So the classes merge iff slope <= price, the price
 * being sqrt(lw lh) or the multiplier of the energies.
 */
#include "geometry/imbalance.h"

#include <libnc/threshold.h>

#include <float.h>
#include <math.h>

/* Rounding of a slope over a price: a logarithm, an exponential and a few products. */
#define MARGIN_ROUNDING (64 * DBL_EPSILON)

/* ---- merge, decay form ---- */

/* An imbalance of the wanted form and the group of a class, for a result called `name`. */
static libnc_status begin(nc__imbalance **imbalance, int64_t *target,
                          const libnc_geometry *geometry, bool energy, const char *class_name,
                          int64_t class_index, const char *name, const void *result)
{
    if (!geometry)
        return LIBNC_ERROR_ARGUMENT;
    if (!result)
        return nc__fail(geometry->context, LIBNC_ERROR_ARGUMENT, "%s = NULL: must be given", name);
    nc__imbalance *created = NULL;
    libnc_status status = nc__imbalance_create(&created, geometry, NULL, 0);
    if (status == LIBNC_OK && created->energy != energy)
        status = nc__fail(geometry->context, LIBNC_ERROR_UNSUPPORTED,
                          "form: must be %s for this threshold", energy ? "energy" : "decay");
    if (status == LIBNC_OK)
        status = nc__imbalance_target(created, class_name, class_index, target);
    if (status != LIBNC_OK) {
        nc__imbalance_destroy(created);
        return status;
    }
    *imbalance = created;
    return LIBNC_OK;
}

libnc_status nc__threshold_merge_decay(const libnc_geometry *geometry, const char *class_name,
                                       int64_t class_index, double *decay)
{
    nc__imbalance *imbalance = NULL;
    int64_t target = 0;
    const libnc_status status =
        begin(&imbalance, &target, geometry, false, class_name, class_index, "decay", decay);
    if (status == LIBNC_OK) {
        const int64_t weakest = nc__imbalance_weakest(imbalance, target, NC__IMBALANCE_ANY);
        *decay = weakest < 0 ? INFINITY : nc__imbalance_slope(imbalance, weakest);
    }
    nc__imbalance_destroy(imbalance);
    return status;
}

libnc_status libnc_threshold_merge_decay(const libnc_geometry *geometry, int64_t class_index,
                                         double *decay)
{
    return nc__threshold_merge_decay(geometry, "class_index", class_index, decay);
}

/* ---- total collapse: ||(I - p 1^T) diag(a/d)||_2 ---- */

/* p at zero logits and the best bias; returns |p|^2 */
static double fill_shares(const nc__imbalance *imbalance, double *shares)
{
    double sum = 0, square = 0;
    for (int64_t g = 0; g < imbalance->count; g++)
        sum += imbalance->multiplicity[g] * imbalance->loss[g];
    for (int64_t g = 0; g < imbalance->count; g++) {
        shares[g] = imbalance->bias ? imbalance->loss[g] / sum : 1 / (double)imbalance->classes;
        square += imbalance->multiplicity[g] * shares[g] * shares[g];
    }
    return square;
}

/* Whether A = T (I - 1 p^T)(I - p 1^T) T, T = diag(t), has an eigenvalue above x. A is T^2 + F C
 * F^T with F = T [1 p], C = [|p|^2 -1; -1 0], and by Haynsworth's inertia formula the number of its
 * eigenvalues above x is
 *     #{t^2 > x} + (positive eigenvalues of -C^{-1} - F^T (T^2 - x)^{-1} F) - 1. */
typedef struct total {
    const nc__imbalance *imbalance;
    const double *share; /* p_g */
    double square;       /* |p|^2 */
} total;

static bool has_larger(const total *problem, double x)
{
    const nc__imbalance *imbalance = problem->imbalance;
    double above = 0, ones = 0, mixed = 0, shares = 0;
    for (int64_t g = 0; g < imbalance->count; g++) {
        const double t = imbalance->loss[g] / imbalance->scale[g], p = problem->share[g];
        /* x on a pole: as just below it */
        const double rest = t * t != x ? t * t - x : DBL_EPSILON * x;
        const double part = imbalance->multiplicity[g] * t * t / rest;
        above += rest > 0 ? imbalance->multiplicity[g] : 0;
        ones += part;
        mixed += part * p;
        shares += part * p * p;
    }
    /* [-ones, 1 - mixed; 1 - mixed, |p|^2 - shares] */
    const double trace = problem->square - shares - ones;
    const double determinant = -ones * (problem->square - shares) - (1 - mixed) * (1 - mixed);
    const int positive = determinant < 0 ? 1 : trace > 0 ? 2 : 0;
    return above + positive - 1 > 0;
}

/* ||(I - p 1^T) T||_2 <= ||I - p 1^T||_2 max t = sqrt(K) |p| max t */
static double total_norm(const total *problem)
{
    const nc__imbalance *imbalance = problem->imbalance;
    double largest = 0;
    for (int64_t g = 0; g < imbalance->count; g++)
        largest = fmax(largest, imbalance->loss[g] / imbalance->scale[g]);
    double low = 0, high = largest * sqrt((double)imbalance->classes * problem->square) *
                           (1 + MARGIN_ROUNDING);
    while (high - low > DBL_EPSILON * high) {
        const double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            break;
        if (has_larger(problem, middle * middle))
            low = middle;
        else
            high = middle;
    }
    return high;
}

static libnc_status total_slope(const nc__imbalance *imbalance, double *slope)
{
    if (imbalance->classes == 1) {
        *slope = 0;
        return LIBNC_OK;
    }
    double *shares = nc__alloc(imbalance->context, (size_t)imbalance->count, sizeof *shares);
    if (!shares)
        return LIBNC_ERROR_MEMORY;
    const total problem = {imbalance, shares, fill_shares(imbalance, shares)};
    *slope = (1 - imbalance->smoothing) * total_norm(&problem);
    nc__free(imbalance->context, shares);
    return LIBNC_OK;
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
        *width = fmax(fmax(high - found, found - low), MARGIN_ROUNDING * found);
    return LIBNC_OK;
}

/* A group whose slope is the price of total collapse is apart at any energy. Two sizes without bias
 * and smoothing depend on their ratio only, R = R_0. */
static libnc_status critical_by_formula(const nc__imbalance *imbalance, int64_t group, double *norm,
                                        bool *known)
{
    double price = 0;
    const libnc_status status = total_slope(imbalance, &price);
    *known = true;
    *norm = 0;
    if (status != LIBNC_OK ||
        price <= nc__imbalance_slope(imbalance, group) * (1 + MARGIN_ROUNDING))
        return status;
    *known = imbalance->count == 2 && !imbalance->bias && imbalance->smoothing == 0;
    if (*known)
        *norm = nc__peeled_critical_norm(imbalance->multiplicity[1 - group],
                                         imbalance->multiplicity[group],
                                         imbalance->loss[1 - group] / imbalance->loss[group]);
    return LIBNC_OK;
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
        *method = known ? LIBNC_THRESHOLD_FORMULA : LIBNC_THRESHOLD_CERTIFICATE;
    if (!known)
        return critical_by_solution(imbalance, solver, nc__imbalance_slope(imbalance, group), norm,
                                    width);
    *norm = found;
    if (width)
        *width = MARGIN_ROUNDING * found;
    return LIBNC_OK;
}

/* Of the first group to merge; 0 by formula if there is none. */
static libnc_status weakest_critical(const nc__imbalance *imbalance, int64_t target, double *norm,
                                     double *width, int32_t *method)
{
    const int64_t weakest = nc__imbalance_weakest(imbalance, target, NC__IMBALANCE_ANY);
    *norm = *width = 0;
    *method = LIBNC_THRESHOLD_FORMULA;
    if (weakest < 0)
        return LIBNC_OK;
    nc__convex *solver = NULL;
    libnc_status status = nc__convex_create(&solver, imbalance->context, imbalance->count);
    if (status == LIBNC_OK)
        status = nc__imbalance_critical(imbalance, solver, weakest, norm, width, method);
    nc__convex_destroy(solver);
    return status;
}

libnc_status nc__threshold_merge_energy(const libnc_geometry *geometry, const char *class_name,
                                        int64_t class_index, double *energy, double *width)
{
    nc__imbalance *imbalance = NULL;
    int64_t target = 0;
    int32_t method;
    double norm, error;
    libnc_status status =
        begin(&imbalance, &target, geometry, true, class_name, class_index, "energy", energy);
    if (status != LIBNC_OK)
        return status;
    status = weakest_critical(imbalance, target, &norm, &error, &method);
    if (status == LIBNC_OK) {
        *energy = norm / (double)imbalance->classes;
        if (width)
            *width = error / (double)imbalance->classes;
    }
    nc__imbalance_destroy(imbalance);
    return status;
}

libnc_status libnc_threshold_merge_energy(const libnc_geometry *geometry, int64_t class_index,
                                          double *energy, double *width)
{
    return nc__threshold_merge_energy(geometry, "class_index", class_index, energy, width);
}

/* ---- total collapse, decay form ---- */

libnc_status libnc_threshold_total_decay(const libnc_geometry *geometry, double *decay)
{
    nc__imbalance *imbalance = NULL;
    int64_t target = 0;
    libnc_status status =
        begin(&imbalance, &target, geometry, false, "", LIBNC_THRESHOLD_ALL_GROUPS, "decay", decay);
    if (status == LIBNC_OK)
        status = total_slope(imbalance, decay);
    nc__imbalance_destroy(imbalance);
    return status;
}

/* ---- counts and ratios, decay form: a quadratic in sqrt(n), in 1/sqrt(R) ---- */

static libnc_status check_quadratic(libnc_context *context, double decay, double smoothing)
{
    if (!(decay > 0 && isfinite(decay)))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "decay = %g: must be positive and finite",
                        decay);
    if (!(smoothing >= 0 && smoothing < 1))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "smoothing = %g: must be from 0 to below 1",
                        smoothing);
    return LIBNC_OK;
}

/* q x^2 - u x + r < 0 strictly between two positive roots, without cancellation; false if nowhere.
 */
static bool quadratic_roots(double q, double u, double r, double *low, double *high)
{
    const double ratio = 4 * (q / u) * (r / u);
    if (!(ratio < 1))
        return false;
    const double larger = (1 + sqrt(1 - ratio)) / 2 * (u / q);
    *low = r / (q * larger);
    *high = larger;
    return true;
}

libnc_status libnc_threshold_merge_counts(double *lower, double *upper, libnc_context *context,
                                          int64_t multiplicity, double rest, double decay,
                                          double smoothing)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (multiplicity < 2 || multiplicity > INT32_MAX)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "multiplicity = %lld: must be from 2 to %d, one class can not merge with "
                        "itself",
                        (long long)multiplicity, INT32_MAX);
    if (!(rest >= 0 && isfinite(rest)))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "rest = %g: must not be negative and finite",
                        rest);
    const libnc_status status = check_quadratic(context, decay, smoothing);
    if (status != LIBNC_OK)
        return status;
    double low = INFINITY, high = 0;
    /* c m x^2 - (1 - delta) x + c rest, x = sqrt(n) */
    (void)quadratic_roots(decay * (double)multiplicity, 1 - smoothing, decay * rest, &low, &high);
    if (lower)
        *lower = low * low;
    if (upper)
        *upper = high * high;
    return LIBNC_OK;
}

static libnc_status check_step(libnc_context *context, int64_t class_count,
                               int64_t majority_classes, double majority_count)
{
    if (class_count < 3 || class_count > INT32_MAX)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "class_count = %lld: must be from 3 to %d",
                        (long long)class_count, INT32_MAX);
    if (majority_classes < 1 || majority_classes > class_count - 2)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "majority_classes = %lld: must be from 1 to %lld, a minority of one class "
                        "can not merge with itself",
                        (long long)majority_classes, (long long)class_count - 2);
    if (!(majority_count > 0 && isfinite(majority_count)))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "majority_count = %g: must be positive and finite", majority_count);
    return LIBNC_OK;
}

libnc_status libnc_threshold_merge_ratios(double *lower, double *upper, libnc_context *context,
                                          int64_t class_count, int64_t majority_classes,
                                          double majority_count, double decay, double smoothing)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = check_step(context, class_count, majority_classes, majority_count);
    if (status == LIBNC_OK)
        status = check_quadratic(context, decay, smoothing);
    if (status != LIBNC_OK)
        return status;
    const double c = decay * sqrt(majority_count),
                 minority = (double)(class_count - majority_classes);
    double low = 0, high = INFINITY;
    /* c K_B y^2 - (1 - delta) y + c K_A, y = 1/sqrt(R) */
    (void)quadratic_roots(c * minority, 1 - smoothing, c * (double)majority_classes, &low, &high);
    const bool never = low == 0 && isinf(high);
    if (lower)
        *lower = never ? INFINITY : 1 / (high * high);
    if (upper)
        *upper = never ? 0 : 1 / (low * low);
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
    const double rounding = isinf(margin) ? 0 : MARGIN_ROUNDING * (1 + fabs(margin));
    return (verdict){margin, margin - rounding, margin + rounding, LIBNC_THRESHOLD_FORMULA};
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
    if (imbalance->energy) {
        const libnc_status status = weakest_critical(imbalance, target, &norm, &width, &method);
        *v = by_norm(imbalance->bound, norm, width, method);
        return status;
    }
    const int64_t weakest = nc__imbalance_weakest(imbalance, target, NC__IMBALANCE_ANY);
    *v = by_formula(weakest < 0 ? INFINITY : nc__imbalance_slope(imbalance, weakest),
                    imbalance->bound);
    return LIBNC_OK;
}

/* The ratio at which group g of two vanishes, over its own. */
static libnc_status vanish_margin(const nc__imbalance *imbalance, int64_t g, double *quotient)
{
    const double k = (double)imbalance->classes;
    const double product = imbalance->bound / k;
    double ratio = 0;
    const libnc_status status =
        libnc_threshold_peeled_vanish(&ratio, imbalance->context, imbalance->classes,
                                      (int64_t)imbalance->multiplicity[1 - g], product, product);
    if (status == LIBNC_OK)
        *quotient = ratio * (imbalance->loss[g] / imbalance->loss[1 - g]);
    return status;
}

static libnc_status decide_vanish(const nc__imbalance *imbalance, int64_t class_index, verdict *v)
{
    if (!imbalance->energy || imbalance->bias || imbalance->smoothing != 0 || imbalance->count > 2)
        return nc__fail(
            imbalance->context, LIBNC_ERROR_UNSUPPORTED,
            "kind: a vanishing group has a threshold in energy form with two groups, no "
            "bias and no label smoothing only; solve and describe (libnc_minority)");
    const bool any = class_index == LIBNC_THRESHOLD_ALL_GROUPS;
    libnc_status status = nc__imbalance_class(imbalance, "class_index", class_index);
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
    const libnc_status status = total_slope(imbalance, &slope);
    if (imbalance->energy && imbalance->classes > 1)
        slope = INFINITY;
    *v = by_formula(slope, imbalance->bound);
    return status;
}

static libnc_status decide(const nc__imbalance *imbalance, int32_t kind, int64_t class_index,
                           verdict *v)
{
    if (kind == LIBNC_THRESHOLD_TOTAL)
        return decide_total(imbalance, v);
    if (kind == LIBNC_THRESHOLD_VANISH)
        return decide_vanish(imbalance, class_index, v);
    int64_t target = 0;
    const libnc_status status =
        nc__imbalance_target(imbalance, "class_index", class_index, &target);
    return status == LIBNC_OK ? decide_merge(imbalance, target, v) : status;
}

/* Where a formula decides, rounding is not taken for doubt. */
static int32_t position(const verdict *v)
{
    if (v->method == LIBNC_THRESHOLD_FORMULA)
        return v->margin > 0 ? LIBNC_THRESHOLD_OUT : LIBNC_THRESHOLD_IN;
    if (v->low > 0)
        return LIBNC_THRESHOLD_OUT;
    return v->high <= 0 ? LIBNC_THRESHOLD_IN : LIBNC_THRESHOLD_UNKNOWN;
}

libnc_status libnc_threshold_side(const libnc_geometry *geometry, int32_t kind, int64_t class_index,
                                  int32_t *side, double *margin, double *width, int32_t *method)
{
    if (!geometry)
        return LIBNC_ERROR_ARGUMENT;
    if (kind < LIBNC_THRESHOLD_MERGE || kind > LIBNC_THRESHOLD_TOTAL)
        return nc__fail(geometry->context, LIBNC_ERROR_ARGUMENT, "kind = %d: must be from %d to %d",
                        kind, LIBNC_THRESHOLD_MERGE, LIBNC_THRESHOLD_TOTAL);
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
