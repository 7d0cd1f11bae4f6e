/* SPDX-License-Identifier: MIT
 *
 * peeled_ratios.c: R_0 and R_1, the imbalance ratios of the layer-peeled model at which minority
 * classifiers coincide and vanish (Fang, He, Long, Su, PNAS 2021; doc/minority_collapse.md).
 *
 * Notation: K_A majority and K_B minority classes, r = K sqrt(E_W E_H) the bound on the nuclear
 * norm of the logits Z. Where the minority predicts one vector, Z is a (I - J/K_A) on the majority
 * plus s u v^T with u and v constant on each of the two; (K_A - 1) a + s = r.
 */
#include "geometry/imbalance.h"
#include "geometry/scalar_minimum.h"

#include <libnc/threshold.h>

#include <float.h>
#include <math.h>

/* e^700 is a double, and s(700) exceeds every bound on the nuclear norm that is one. */
#define LARGEST_LOGIT 700.0

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

/* log of the left side over the right. */
static double merge_excess(double y, const void *argument)
{
    const peeled *problem = argument;
    const double total =
        log_add(log(problem->majority) + others_logit(problem, y), log(problem->minority));
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

static double find_merge(const peeled *problem)
{
    if (problem->norm == 0)
        return 0;
    const double bound = fmin(problem->norm / problem->minority, LARGEST_LOGIT);
    const double largest = nc__find_root(norm_excess, problem, 0, bound);
    if (problem->majority == 1 || merge_excess(largest, problem) <= 0)
        return merge_log_ratio(problem, largest);
    return merge_log_ratio(problem, nc__find_root(merge_excess, problem, 0, largest));
}

/* ---- R_1: the minority's rows and columns of Z are zero, s = 0 ---- */

static double find_vanish(const peeled *problem)
{
    if (problem->majority == 1)
        return INFINITY;
    const double a = problem->norm / (problem->majority - 1), q = exp(-a / problem->majority);
    const double root = sqrt(problem->classes), part = sqrt(problem->minority);
    /* T - sqrt(K K_B) = K_A (q - sqrt(K_B)/(sqrt(K) + sqrt(K_B))), T = K_A q + K_B */
    const double excess = problem->majority * (q - part / (root + part));
    if (!(excess > 0))
        return INFINITY;
    const double own = a - a / problem->majority + log1p((problem->majority - 1) * exp(-a));
    const double total = log_add(own, log(problem->minority));
    const double square = excess * (excess + 2 * root * part);
    return total + 0.5 * (log(problem->majority / problem->classes) - log(square));
}

/* ---- the norm at which R_0 is a given ratio; R_0 grows with the norm, from 1 at 0 ---- */

typedef struct inversion {
    peeled problem;
    double log_ratio;
} inversion;

static double ratio_excess(double norm, const void *argument)
{
    const inversion *wanted = argument;
    peeled problem = wanted->problem;
    problem.norm = norm;
    return find_merge(&problem) - wanted->log_ratio;
}

double nc__peeled_critical_norm(double majority, double minority, double ratio)
{
    const inversion wanted = {{majority + minority, majority, minority, 0}, log(ratio)};
    if (!(ratio > 1))
        return 0;
    double high = wanted.problem.classes;
    while (ratio_excess(high, &wanted) < 0)
        high *= 2;
    return nc__find_root(ratio_excess, &wanted, 0, high);
}

/* ---- arguments ---- */

static libnc_status check_energy(libnc_context *context, const char *name, double energy)
{
    if (!(energy > 0 && isfinite(energy)))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "%s = %g: must be positive and finite", name,
                        energy);
    return LIBNC_OK;
}

static libnc_status describe(peeled *problem, libnc_context *context, const double *ratio,
                             int64_t class_count, int64_t majority_classes, int64_t least_minority,
                             double classifier_energy, double feature_energy)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (!ratio)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "ratio = NULL: must be given");
    if (class_count <= least_minority || class_count > INT32_MAX)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "class_count = %lld: must be from %lld to %d", (long long)class_count,
                        (long long)least_minority + 1, INT32_MAX);
    if (majority_classes < 1 || majority_classes > class_count - least_minority)
        return nc__fail(
            context, LIBNC_ERROR_ARGUMENT, "majority_classes = %lld: must be from 1 to %lld%s",
            (long long)majority_classes, (long long)(class_count - least_minority),
            least_minority > 1 ? ", a minority of one class can not merge with itself" : "");
    libnc_status status = check_energy(context, "classifier_energy", classifier_energy);
    if (status == LIBNC_OK)
        status = check_energy(context, "feature_energy", feature_energy);
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

libnc_status libnc_threshold_peeled_merge(double *ratio, libnc_context *context,
                                          int64_t class_count, int64_t majority_classes,
                                          double classifier_energy, double feature_energy)
{
    peeled problem;
    const libnc_status status = describe(&problem, context, ratio, class_count, majority_classes, 2,
                                         classifier_energy, feature_energy);
    return status == LIBNC_OK ? give(context, "R_0", find_merge(&problem), ratio) : status;
}

libnc_status libnc_threshold_peeled_vanish(double *ratio, libnc_context *context,
                                           int64_t class_count, int64_t majority_classes,
                                           double classifier_energy, double feature_energy)
{
    peeled problem;
    const libnc_status status = describe(&problem, context, ratio, class_count, majority_classes, 1,
                                         classifier_energy, feature_energy);
    return status == LIBNC_OK ? give(context, "R_1", find_vanish(&problem), ratio) : status;
}
