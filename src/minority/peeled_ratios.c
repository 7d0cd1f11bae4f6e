/* SPDX-License-Identifier: MIT
 *
 * peeled_ratios.c: R_0 and R_1, the imbalance ratios of the layer-peeled model at which minority
 * classifiers coincide and vanish (Fang, He, Long, Su, PNAS 2021; doc/minority_collapse.md).
 *
 * Notation: K_A majority and K_B minority classes, r = K sqrt(E_W E_H) the bound on the nuclear
 * norm of the logits Z. Where the minority predicts one vector, Z is a (I - J/K_A) on the majority
 * plus s u v^T with u and v constant on each of the two; (K_A - 1) a + s = r.
 */
#include "minority/peeled_ratios.h"

#include "geometry/planted.h"
#include "geometry/proof.h"
#include "minimise/scalar_root.h"

#include <libnc/threshold.h>

#include <float.h>
#include <math.h>

/* s(740) exceeds every bound on the nuclear norm that is a double: it may be infinite. */
#define LARGEST_LOGIT 740.0
/* Of a bound, relative, that rounding must not take for the root itself. */
#define WIDER (8 * DBL_EPSILON)
/* Below this norm R_0 is 1: its logarithm is of the norm's size. */
#define NO_NORM 1e-100
/* Of a condition, in epsilons times the sizes of what it is made of. */
#define ROUNDINGS 64.0
/* Of log R_0 at a norm that was found for it: it is continuous, and grows by less than the norm. */
#define NORM_TOLERANCE 1e-12

typedef struct peeled {
    double classes, majority, minority; /* K, K_A, K_B */
    double norm;                        /* r */
} peeled;

/* log(e^x + e^y) */
static double log_add(double x, double y)
{
    const double high = fmax(x, y);
    return high + log1p(exp(fmin(x, y) - high));
}

/* ---- R_0: the minority's slope equals the multiplier ----
 *
 * A minority column of Z has logits 0 on the minority and -y on the majority. With the multiplier
 * as unit of loss the conditions of optimality become explicit in y (the page, "The ratio R_0"):
 *
 *     s = y K_B (K_A + K_B e^y) / K,   v_A^2 = 1 - K K_A / (K_A + K_B e^y)^2,
 *     x = s v_A sqrt(K/K_B) / K_A      (majority mean over minority, in a majority column)
 *     D = e^{x - a/K_A} (e^a + K_A - 1) + K_B,   R = v_A D / sqrt(K K_B)
 *
 * and what is left is v_A (K_A e^{x - a/K_A} + K_B) = sqrt(K K_B), whose left side grows with y.
 */

static double coupled_value(const peeled *problem, double y)
{
    const double spread = problem->majority + problem->minority * exp(y);
    return y * problem->minority * spread / problem->classes;
}

static double norm_excess(double y, const void *argument)
{
    const peeled *problem = argument;
    return coupled_value(problem, y) - problem->norm;
}

/* v_A; without cancellation, v_A^2 = K_B (K_A (2q - q^2) + K_B) / (K_A q + K_B)^2, q = e^{-y}. */
static double majority_share(const peeled *problem, double y)
{
    const double q = exp(-y), spread = problem->majority * q + problem->minority;
    const double square = problem->majority * q * (2 - q) + problem->minority;
    return sqrt(problem->minority * square) / spread;
}

static double within_value(const peeled *problem, double y)
{
    if (problem->majority == 1)
        return 0;
    return (problem->norm - coupled_value(problem, y)) / (problem->majority - 1);
}

/* x - a/K_A: the other majority classes over the minority, in a majority column. */
static double others_logit(const peeled *problem, double y)
{
    const double mean = coupled_value(problem, y) * majority_share(problem, y) *
                        sqrt(problem->classes / problem->minority);
    return (mean - within_value(problem, y)) / problem->majority;
}

/* log of the left side over the right. Where y is small, with f = K_A/K and 1 - e^{-y} for d,
 * 1/2 log(1 - f d^2) - log(1 - f d) + log(1 + f (e^o - 1)): nothing cancels. */
static double merge_excess(double y, const void *argument)
{
    const peeled *problem = argument;
    const double logit = others_logit(problem, y), part = problem->majority / problem->classes;
    if (y < 1 && logit < 1) {
        const double change = -expm1(-y);
        return 0.5 * log1p(-part * change * change) - log1p(-part * change) +
               log1p(part * expm1(logit));
    }
    const double total = log_add(log(problem->majority) + logit, log(problem->minority));
    return log(majority_share(problem, y)) + total -
           0.5 * log(problem->classes * problem->minority);
}

/* log R */
static double merge_log_ratio(const peeled *problem, double y)
{
    const double a = within_value(problem, y);
    const double own = a + log1p((problem->majority - 1) * exp(-a));
    const double total = log_add(others_logit(problem, y) + own, log(problem->minority));
    return log(majority_share(problem, y)) + total -
           0.5 * log(problem->classes * problem->minority);
}

/* The conditions of optimality from y and log R: with r the right vector of the gradient's coupled
 * part and D as above, log(R sqrt(K K_B)/D) = log r_A, r_A^2 + r_B^2 = 1, and the slope within the
 * majority, R (K_A e^{x - a/K_A} + K_B)/D, is the multiplier 1, or at most that where a = 0. */
static libnc_status check_merge(libnc_context *context, const peeled *problem, double y,
                                double log_ratio)
{
    const double K = problem->classes, A = problem->majority, B = problem->minority;
    const double a = fmax(0, within_value(problem, y)), x = others_logit(problem, y);
    const double spread = A * exp(-y) + B, r_b = sqrt(K * A) * exp(-y) / spread;
    /* 1 - r_B, as sqrt K - sqrt K_A = K_B/(sqrt K + sqrt K_A) */
    const double rest = B * (-expm1(-y) + sqrt(K) * exp(-y) / (sqrt(K) + sqrt(A))) / spread;
    const double log_r_a = 0.5 * (log(rest) + log1p(r_b));
    const double log_d = log_add(x + log_add(a, log(fmax(A - 1, DBL_MIN))), log(B));
    const double slope = log_ratio + log_add(log(A) + x, log(B)) - log_d;
    double error = fabs(log_ratio + 0.5 * log(K * B) - log_d - log_r_a);
    if (A > 1)
        error = nc__worse(error, a > 0 ? fabs(slope) : fmax(0, slope));
    const double mean = coupled_value(problem, y) * sqrt(K / B) / A;
    const double size = (1 + y) * (8 + mean + a + fabs(log_ratio) + log(K));
    return nc__check_error(context, "the ratio R_0 from its conditions of optimality", error,
                           ROUNDINGS * DBL_EPSILON * size);
}

static libnc_status no_sign_change(libnc_context *context)
{
    return nc__fail(context, LIBNC_ERROR_INTERNAL,
                    "self-check: the condition for R_0 has no change of sign; please report this "
                    "problem");
}

static libnc_status find_merge(libnc_context *context, const peeled *problem, double *log_ratio)
{
    *log_ratio = 0;
    if (problem->norm < NO_NORM)
        return LIBNC_OK;
    const double bound = fmin(problem->norm / problem->minority * (1 + WIDER), LARGEST_LOGIT);
    double y;
    if (!nc__find_root(&y, norm_excess, problem, 0, bound))
        return no_sign_change(context);
    if (problem->majority > 1 && merge_excess(y, problem) > 0 &&
        !nc__find_root(&y, merge_excess, problem, 0, y))
        return no_sign_change(context);
    *log_ratio = merge_log_ratio(problem, y) + log1p(nc__planted(NC__PLANTED_MERGE_RATIO, 1) - 1);
    return check_merge(context, problem, y, *log_ratio);
}

/* ---- R_1: the minority's rows and columns of Z are zero, s = 0 ---- */

/* The gradient's coupled singular value, sqrt(R^2 K K_B/D^2 + K_A/K), is that within the majority,
 * R T/D. */
static libnc_status check_vanish(libnc_context *context, const peeled *problem, double log_ratio)
{
    const double K = problem->classes, A = problem->majority, B = problem->minority;
    const double a = problem->norm / (A - 1), o = -a / A;
    const double log_d = log_add(o + log_add(a, log(A - 1)), log(B));
    const double within = log_ratio + log(A * exp(o) + B) - log_d;
    const double coupled = 0.5 * log_add(2 * (log_ratio - log_d) + log(K * B), log(A) - log(K));
    return nc__check_error(context, "the ratio R_1 from its conditions of optimality",
                           fabs(within - coupled),
                           ROUNDINGS * DBL_EPSILON * (8 + a + fabs(log_ratio) + log(K)));
}

static libnc_status find_vanish(libnc_context *context, const peeled *problem, double *log_ratio)
{
    *log_ratio = INFINITY;
    if (problem->majority == 1)
        return LIBNC_OK;
    const double a = problem->norm / (problem->majority - 1), q = exp(-a / problem->majority);
    const double root = sqrt(problem->classes), part = sqrt(problem->minority);
    /* T - sqrt(K K_B) = K_A (q - sqrt(K_B)/(sqrt(K) + sqrt(K_B))), T = K_A q + K_B */
    const double excess = problem->majority * (q - part / (root + part));
    if (!(excess > 0))
        return LIBNC_OK;
    const double own = a - a / problem->majority + log1p((problem->majority - 1) * exp(-a));
    const double total = log_add(own, log(problem->minority));
    const double square = excess * (excess + 2 * root * part);
    *log_ratio = total + 0.5 * (log(problem->majority / problem->classes) - log(square)) +
                 log1p(nc__planted(NC__PLANTED_VANISH_RATIO, 1) - 1);
    return check_vanish(context, problem, *log_ratio);
}

/* ---- the norm at which R_0 is a given ratio; R_0 grows with the norm, from 1 at 0 ---- */

typedef struct inversion {
    libnc_context *context;
    peeled problem;
    double log_ratio;
} inversion;

/* NaN, where no root is found, if R_0 fails. */
static double ratio_excess(double norm, const void *argument)
{
    const inversion *wanted = argument;
    peeled problem = wanted->problem;
    double log_ratio;
    problem.norm = norm;
    return find_merge(wanted->context, &problem, &log_ratio) == LIBNC_OK
               ? log_ratio - wanted->log_ratio
               : (double)NAN;
}

libnc_status nc__peeled_critical_norm(libnc_context *context, double majority, double minority,
                                      double ratio, double *norm)
{
    const inversion wanted = {context, {majority + minority, majority, minority, 0}, log(ratio)};
    *norm = 0;
    if (!(ratio > 1))
        return LIBNC_OK;
    double high = wanted.problem.classes;
    while (ratio_excess(high, &wanted) < 0)
        high *= 2;
    if (!nc__find_root(norm, ratio_excess, &wanted, 0, high))
        return no_sign_change(context);
    *norm = nc__planted(NC__PLANTED_CRITICAL_NORM, *norm);
    return nc__check_error(context, "the norm at which R_0 is the ratio",
                           fabs(ratio_excess(*norm, &wanted)),
                           NORM_TOLERANCE * (1 + *norm) * (1 + fabs(wanted.log_ratio)));
}

/* ---- arguments ---- */

static libnc_status describe(peeled *problem, libnc_context *context, const double *ratio,
                             int64_t class_count, int64_t majority_classes, int64_t least_minority,
                             double classifier_energy, double feature_energy)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = nc__check_given(context, "ratio", ratio);
    if (status == LIBNC_OK)
        status =
            nc__check_bounds(context, "class_count", class_count, least_minority + 1, INT32_MAX);
    if (status != LIBNC_OK)
        return status;
    if (majority_classes < 1 || majority_classes > class_count - least_minority)
        return nc__fail(
            context, LIBNC_ERROR_ARGUMENT, "majority_classes = %lld: must be from 1 to %lld%s",
            (long long)majority_classes, (long long)(class_count - least_minority),
            least_minority > 1 ? ", a minority of one class cannot merge with itself" : "");
    status = nc__check_positive(context, "classifier_energy", classifier_energy);
    if (status == LIBNC_OK)
        status = nc__check_positive(context, "feature_energy", feature_energy);
    if (status != LIBNC_OK)
        return status;
    problem->classes = (double)class_count;
    problem->majority = (double)majority_classes;
    problem->minority = (double)(class_count - majority_classes);
    problem->norm =
        fmin(problem->classes * (sqrt(classifier_energy) * sqrt(feature_energy)), DBL_MAX / 4);
    return LIBNC_OK;
}

static libnc_status give(libnc_context *context, const char *name, double log_ratio, double *ratio)
{
    const double value = exp(log_ratio);
    if (!(value <= DBL_MAX) && log_ratio != INFINITY)
        return nc__fail(context, LIBNC_ERROR_NUMERICAL, "%s = 10^%g: beyond a double", name,
                        log_ratio / log(10));
    *ratio = value;
    return LIBNC_OK;
}

libnc_status libnc_threshold_peeled_merged(libnc_context *context, int64_t class_count,
                                           int64_t majority_classes, double classifier_energy,
                                           double feature_energy, double *ratio)
{
    peeled problem;
    double log_ratio = 0;
    libnc_status status = describe(&problem, context, ratio, class_count, majority_classes, 2,
                                   classifier_energy, feature_energy);
    if (status == LIBNC_OK)
        status = find_merge(context, &problem, &log_ratio);
    return status == LIBNC_OK ? give(context, "R_0", log_ratio, ratio) : status;
}

libnc_status libnc_threshold_peeled_lost(libnc_context *context, int64_t class_count,
                                         int64_t majority_classes, double classifier_energy,
                                         double feature_energy, double *ratio)
{
    peeled problem;
    double log_ratio = 0;
    libnc_status status = describe(&problem, context, ratio, class_count, majority_classes, 1,
                                   classifier_energy, feature_energy);
    if (status == LIBNC_OK)
        status = find_vanish(context, &problem, &log_ratio);
    return status == LIBNC_OK ? give(context, "R_1", log_ratio, ratio) : status;
}
