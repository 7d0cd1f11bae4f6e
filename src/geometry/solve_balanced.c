/* SPDX-License-Identifier: MIT
 *
 * solve_balanced.c: balanced classes under cross-entropy with M >= 2, label smoothing or the focal
 * loss. Cross-entropy with M = 1 is in solve_one_layer.c.
 *
 * The prediction is Z = a (I - J/K), p = e^a/(e^a + K - 1) the probability of the right class. Per
 * direction, divided by K - 1, the scale a >= 0 minimises
 *
 *     loss(a)/(K-1) + (M+1)/2 c (a sqrt n)^{2/(M+1)},   c^{M+1} = lh prod_j lw_j.
 *
 * M = 1: proven. Cross-entropy is convex in Z (doc/theory.md, "Cross-entropy"); for the focal loss
 * see Zhou et al. 2022 and doc/label_smoothing_focal.md, whose argument needs c sqrt(n) (K-1) < 1.
 * M >= 2: the simplex ETF is a critical point only (Garrod and Keating 2025).
 */
#include "geometry/solve_balanced.h"

#include "geometry/planted.h"
#include "geometry/proof.h"
#include "geometry/solve_one_layer.h"
#include "minimise/scalar_root.h"

#include <float.h>
#include <math.h>

typedef struct balanced {
    double classes;   /* K, at least 2 */
    double smoothing; /* delta */
    double gamma;     /* of the focal loss */
    bool focal;       /* else cross-entropy with M >= 2 or smoothing */
    double exponent;  /* 2/(M+1) */
    double log_cost;  /* log (c n^{1/(M+1)}): M = 1: log of c sqrt(n) */
} balanced;

/* log(e^a + K - 1) */
static double log_sum(const balanced *problem, double a)
{
    return a + log1p((problem->classes - 1) * exp(-a));
}

/* -log p = log(1 + (K-1) e^{-a}) */
static double log_loss(const balanced *problem, double a)
{
    return log1p((problem->classes - 1) * exp(-a));
}

/* 1 - p */
static double miss(const balanced *problem, double a)
{
    const double others = (problem->classes - 1) * exp(-a);
    return others / (1 + others);
}

/* ---- cross-entropy: loss(a) = log(1 + (K-1) e^{-a}) + delta (K-1)/K a ---- */

static double smoothed_value(const balanced *problem, double a)
{
    const double slope = problem->smoothing / problem->classes;
    double penalty = slope * a;
    if (a > 0)
        penalty += exp(problem->log_cost + problem->exponent * log(a)) / problem->exponent;
    return log_loss(problem, a) + (problem->classes - 1) * penalty;
}

/* Of the sign of the derivative of log g, g(a) = a^{1-rho} (1/(e^a + K - 1) - delta/K), which is
 * concave where it exists: positive left of its peak, negative right of it. */
static double peak_function(double a, const void *argument)
{
    const balanced *problem = argument;
    const double ratio = exp(log_sum(problem, a)) / problem->classes;
    return (1 - problem->exponent) * (1 - problem->smoothing * ratio) - a * (1 - miss(problem, a));
}

/* M >= 2: the derivative vanishes where 1/(e^a + K - 1) = delta/K + c n^{1/(M+1)} a^{rho-1}; this
 * is the logarithm of the right side over the left. */
static double scale_function(double a, const void *argument)
{
    const balanced *problem = argument;
    const double cost = problem->log_cost + (problem->exponent - 1) * log(a);
    const double slope = log(problem->smoothing / problem->classes); /* -inf without smoothing */
    const double high = fmax(cost, slope), low = fmin(cost, slope);
    return log_sum(problem, a) + high + log1p(exp(low - high));
}

/* M >= 2: the local minimum is the larger root; it and the smaller one enclose the peak of g. */
static bool smoothed_scale_deep(const balanced *problem, double *scale)
{
    const double beyond = 2 + log(problem->classes); /* there a p > 1 */
    double peak, a, high = 2 * beyond;
    *scale = 0;
    if (!nc__find_root(&peak, peak_function, problem, 0, beyond))
        return false;
    if (!(scale_function(peak, problem) < 0))
        return true;
    while (scale_function(high, problem) < 0)
        high *= 2;
    if (!nc__find_root(&a, scale_function, problem, peak, high))
        return false;
    a = nc__planted(NC__PLANTED_ETF_SCALE, a);
    *scale = smoothed_value(problem, a) <= smoothed_value(problem, 0) ? a : 0;
    return true;
}

/* ---- focal, M = 1: loss(a) = (1-p)^gamma (-log p) ---- */

static double focal_value(const balanced *problem, double a)
{
    const double loss = pow(miss(problem, a), problem->gamma) * log_loss(problem, a);
    return a > 0 ? loss + (problem->classes - 1) * exp(problem->log_cost) * a : loss;
}

/* -loss'(a) = (1-p)^gamma (1 - p - gamma p log p), from 1 at a = -inf up to its peak, down to 0. */
static double focal_descent(const balanced *problem, double a)
{
    const double q = miss(problem, a);
    return pow(q, problem->gamma) * (q + problem->gamma * (1 - q) * log_loss(problem, a));
}

/* loss''(a) has the sign of this: negative, then positive, once
 * (doc/label_smoothing_focal.md). */
static double focal_curvature(double a, const void *argument)
{
    const balanced *problem = argument;
    const double q = miss(problem, a), gamma = problem->gamma;
    return q * (1 + 2 * gamma) - gamma * (1 - (1 + gamma) * (1 - q)) * log_loss(problem, a);
}

static double focal_slope(double a, const void *argument)
{
    const balanced *problem = argument;
    return (problem->classes - 1) * exp(problem->log_cost) - focal_descent(problem, a);
}

/* The a where convexity begins, or 0 if that is negative. */
static bool focal_inflection(const balanced *problem, double *start)
{
    double high = 1;
    *start = 0;
    if (focal_curvature(0, problem) >= 0)
        return true;
    while (focal_curvature(high, problem) < 0)
        high *= 2;
    return nc__find_root(start, focal_curvature, problem, 0, high);
}

static bool focal_scale(const balanced *problem, double *scale)
{
    double start, a;
    *scale = 0;
    if (!focal_inflection(problem, &start))
        return false;
    if (focal_slope(start, problem) >= 0)
        return true;
    double high = start + 1;
    while (focal_slope(high, problem) < 0)
        high += high;
    if (!nc__find_root(&a, focal_slope, problem, start, high))
        return false;
    a = nc__planted(NC__PLANTED_FOCAL_SCALE, a);
    *scale = focal_value(problem, a) <= focal_value(problem, 0) ? a : 0;
    return true;
}

/* The tangent of the loss at the minimiser supports it from below over all real a: always if its
 * slope is below that of the left asymptote, 1, and the loss is convex there. */
static bool focal_is_proven(const balanced *problem, double a)
{
    const double cost = (problem->classes - 1) * exp(problem->log_cost);
    if (cost < 1)
        return true;
    return a == 0 && focal_curvature(0, problem) >= 0 && focal_descent(problem, 0) < 1;
}

static double value_at(const balanced *problem, double a)
{
    return problem->focal ? focal_value(problem, a) : smoothed_value(problem, a);
}

/* ---- the problem ---- */

static balanced describe(const nc__problem *problem)
{
    const double m = problem->depth;
    return (balanced){
        .classes = (double)problem->groups->classes,
        .smoothing = problem->smoothing,
        .gamma = problem->gamma,
        .focal = problem->loss == LIBNC_LOSS_FOCAL,
        .exponent = 2 / (m + 1),
        .log_cost = (problem->log_product + log(problem->groups->size[0])) / (m + 1),
    };
}

static libnc_status check_problem(const nc__problem *problem)
{
    const int64_t classes = problem->groups->classes;
    libnc_context *context = problem->context;
    const bool focal = problem->loss == LIBNC_LOSS_FOCAL;
    const char *advice = focal ? "" : "; set starts to search for low values";
    if (problem->loss == LIBNC_LOSS_MSE)
        return nc__fail(context, LIBNC_ERROR_UNSUPPORTED, "geometry: the loss must be ce or focal");
    if (problem->groups->count > 1)
        return nc__fail(context, LIBNC_ERROR_UNSUPPORTED,
                        "counts differ: only MSE, and cross-entropy with depth 1, are known then%s",
                        advice);
    if (focal && problem->depth > 1)
        return nc__fail(context, LIBNC_ERROR_UNSUPPORTED,
                        "depth = %d: must be 1 with the focal loss", problem->depth);
    if (problem->width < classes - 1)
        return nc__fail(context, LIBNC_ERROR_UNSUPPORTED,
                        "width = %lld: must be at least K - 1 = %lld with this loss%s",
                        (long long)problem->width, (long long)(classes - 1), advice);
    return LIBNC_OK;
}

/* ---- the check of a scale and its value ---- */

/* Of a value or slope, in epsilons: what the logarithm of the cost brings, and of the scale. */
static double roundings_of(const nc__problem *problem, const balanced *b, double a)
{
    const double m = problem->depth;
    return 32 + 2 * (problem->log_sizes + log(problem->groups->size[0])) / (m + 1) +
           fabs(b->log_cost) + (1 + b->gamma) * (a + log(b->classes));
}

/* log(e^x + e^y) */
static double log_add(double x, double y)
{
    const double high = fmax(x, y);
    return isinf(high) ? high : high + log1p(exp(fmin(x, y) - high));
}

/* How far the logarithm of what the loss falls by along one direction is from that of the slope of
 * the penalty, e/a, from the probabilities alone: smoothed targets have a share of it. */
static double slope_error(const balanced *problem, double a, double log_energy)
{
    const double others = problem->classes - 1, slope = log_energy - log(a);
    const double log_p = -log1p(others * exp(-a)), log_q = log(others) - a + log_p;
    if (!problem->focal)
        return fabs(log_q - log(others) -
                    log_add(slope, log(problem->smoothing) - log(problem->classes)));
    const double q = exp(log_q), p = exp(log_p);
    return fabs(problem->gamma * log_q + log(q + problem->gamma * p * -log_p) - log(others) -
                slope);
}

/* The value through the probability of the right class. */
static double value_by_parts(const balanced *problem, double a, double energy)
{
    const double log_p = -log_loss(problem, a), others = problem->classes - 1;
    const double smoothed = problem->smoothing * others / problem->classes;
    const double log_q = log(others) - a + log_p;
    const double penalty = a > 0 ? others * energy / problem->exponent : 0;
    if (problem->focal)
        return exp(problem->gamma * log_q) * -log_p + penalty;
    return -(1 - smoothed) * log_p - smoothed * (log_p - a) + penalty;
}

/* Stationary: the descent of the loss is the slope of the penalty, e/a each direction; as good as
 * zero and as any scale near by. e = c s^{2/(M+1)} as the family has it. */
static libnc_status check_scale(libnc_context *context, const balanced *b, double roundings,
                                double a, double value, double log_energy)
{
    static const double tried[] = {0.25, 0.5, 0.9, 0.999, 1.001, 1.1, 2, 4};
    double error = nc__relative_error(value, value_by_parts(b, a, a > 0 ? exp(log_energy) : 0));
    if (a > 0)
        error = nc__worse(error, slope_error(b, a, log_energy));
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
        const double x = tried[i] * (a > 0 ? a : 1);
        if (a > 0 || b->focal)
            error = nc__worse(error, fmax(0, 1 - value_at(b, x) / value));
    }
    return nc__check_error(context, "the scale of the ETF and its value", error,
                           4 * roundings * DBL_EPSILON);
}

/* ---- the solution ---- */

typedef struct etf {
    double scale, value, log_energy; /* log e, e = c s^{2/(M+1)} */
} etf;

static void fill_frame(const etf *found, nc__solution *solution)
{
    nc__family *family = &solution->within[0];
    family->square = solution->groups->size[0];
    family->count = solution->groups->classes - 1;
    if (found->scale <= 0)
        return;
    family->kept = family->count;
    family->value = found->scale * sqrt(family->square);
    family->log_energy = found->log_energy;
}

static libnc_status find_etf(const nc__problem *problem, const balanced *b, etf *found)
{
    bool known = true;
    if (b->focal)
        known = focal_scale(b, &found->scale);
    else if (problem->depth > 1)
        known = smoothed_scale_deep(b, &found->scale);
    else
        found->scale = nc__one_layer_scale(b->classes, log(b->classes) + b->log_cost, b->smoothing);
    if (!known)
        return nc__fail(problem->context, LIBNC_ERROR_INTERNAL,
                        "self-check: the slope by the scale of the ETF has no change of sign; "
                        "please report this problem");
    const double a = found->scale;
    found->value = value_at(b, a);
    found->log_energy = a > 0 ? b->log_cost + b->exponent * log(a) : -INFINITY;
    return check_scale(problem->context, b, roundings_of(problem, b, a), a, found->value,
                       found->log_energy);
}

libnc_status nc__balanced_simplex(const nc__problem *problem, double *loss, double *scale)
{
    if (problem->has_weights || problem->energy)
        return nc__fail(problem->context, LIBNC_ERROR_UNSUPPORTED,
                        "geometry: the ETF's value is known for decays without class weights");
    libnc_status status = check_problem(problem);
    if (status != LIBNC_OK)
        return status;
    const balanced b = describe(problem);
    etf found = {0, 0, 0};
    if (problem->groups->classes > 1) /* else the loss is 0 at zero */
        status = find_etf(problem, &b, &found);
    if (status != LIBNC_OK)
        return status;
    *scale = found.scale;
    *loss = found.value;
    return LIBNC_OK;
}

libnc_status nc__solve_balanced(nc__problem *problem, nc__solution **out)
{
    libnc_status status = check_problem(problem);
    if (status != LIBNC_OK)
        return status;
    nc__solution *solution = nc__solution_create(problem, true, 0);
    if (!solution)
        return LIBNC_ERROR_MEMORY;
    *out = solution;
    solution->status = LIBNC_GEOMETRY_PROVEN;
    solution->multiplier = problem->bound;
    if (problem->groups->classes == 1) /* one class: the loss is 0 at zero */
        return LIBNC_OK;
    const balanced b = describe(problem);
    etf found;
    if ((status = find_etf(problem, &b, &found)) != LIBNC_OK)
        return status;
    const bool proven = b.focal && focal_is_proven(&b, found.scale);
    solution->status = proven ? LIBNC_GEOMETRY_PROVEN : LIBNC_GEOMETRY_CRITICAL_POINT;
    solution->loss = found.value;
    solution->gap =
        proven ? nc__rounding(roundings_of(problem, &b, found.scale), found.value) : (double)NAN;
    fill_frame(&found, solution);
    return LIBNC_OK;
}
