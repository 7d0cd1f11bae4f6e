/* SPDX-License-Identifier: MIT
 *
 * proof.c: checks of closed forms, and sums whose rounding is bounded (proof.h).
 */
#include "geometry/proof.h"

#include <float.h>
#include <math.h>

double nc__relative_error(double a, double b)
{
    return a == b ? 0 : fabs(a - b) / fabs(b);
}

libnc_status nc__check_error(libnc_context *context, const char *what, double error, double limit)
{
    if (error <= limit)
        return LIBNC_OK;
    return nc__fail(context, LIBNC_ERROR_INTERNAL,
                    "self-check: %s: off by %.3g, rounding explains %.3g; please report this "
                    "problem",
                    what, error, limit);
}

void nc__sum_add(nc__sum *sum, double term)
{
    const double next = sum->value + term;
    sum->lost +=
        fabs(sum->value) >= fabs(term) ? (sum->value - next) + term : (term - next) + sum->value;
    sum->value = next;
}

double nc__sum_of(const nc__sum *sum)
{
    return sum->value + sum->lost;
}

double nc__rounding(double count, double size)
{
    return count * (DBL_EPSILON * size + DBL_MIN * DBL_EPSILON);
}

/* ---- the logistic problem ---- */

/* Below this log(1 + x) is x, and x itself may be below the range of a double. */
#define LOG_TINY (-600.0)

/* log((K-1)/(e^m + K - 1)) */
static double log_miss(double classes, double m)
{
    return log(classes - 1) - m - log1p((classes - 1) * exp(-m));
}

double nc__logistic_value(const nc__logistic *problem, double m)
{
    const double log_others = log(problem->classes - 1) - m;
    const double loss = log_others < LOG_TINY
                            ? exp(problem->log_total + log_others)
                            : exp(problem->log_total) * log1p((problem->classes - 1) * exp(-m));
    return m > 0 ? loss + exp(problem->log_total + problem->log_price) * m : loss;
}

/* In epsilons. */
static double roundings_of(const nc__logistic *problem, double m)
{
    const double price = isfinite(problem->log_price) ? fabs(problem->log_price) : 0;
    return problem->roundings + fabs(problem->log_total) + price + log(problem->classes) + m + 8;
}

double nc__logistic_rounding(const nc__logistic *problem, double m, double value)
{
    return nc__rounding(roundings_of(problem, m), value);
}

/* The value is the entropy of the distribution with miss q, whose others are equal: all terms are
 * positive. */
static double dual_value(const nc__logistic *problem)
{
    const double q = exp(problem->log_price), total = exp(problem->log_total);
    const double price = exp(problem->log_total + problem->log_price);
    if (problem->log_price >= log1p(-1 / problem->classes))
        return total * log(problem->classes);
    const double own = problem->log_price < LOG_TINY ? price : -total * (1 - q) * log1p(-q);
    return own + price * (log(problem->classes - 1) - problem->log_price);
}

libnc_status nc__check_logistic(libnc_context *context, const nc__logistic *problem, double m,
                                double value)
{
    const double unit = roundings_of(problem, m) * DBL_EPSILON, dual = dual_value(problem);
    const double slope =
        (m > 0 ? log_miss(problem->classes, m) : log1p(-1 / problem->classes)) - problem->log_price;
    const bool same = fabs(value - dual) <= nc__rounding(8, 0);
    const double error =
        nc__worse(same ? 0 : nc__relative_error(value, dual), m > 0 ? fabs(slope) : fmax(0, slope));
    return nc__check_error(context, "cross-entropy's scale and value", error, 2 * unit);
}

/* Below this the series of (1 + u) log(1 + u) - u = u^2/2 - u^3/6 + ... is as good, and has no
 * cancellation. */
#define SMALL_CHANGE 1e-5

/* q log(q/p) - q + p for q = p + change */
static double divergence(double p, double change)
{
    const double u = change / p;
    if (!(p > 0))
        return change;
    if (fabs(u) < SMALL_CHANGE)
        return p * (u * u) * (0.5 - u / 6);
    return p * ((1 + u) * log1p(u) - u);
}

double nc__logistic_gap(const nc__logistic *problem, double m)
{
    const double q = fmin(exp(problem->log_price), 1 - 1 / problem->classes);
    const double p = exp(log_miss(problem->classes, m));
    return exp(problem->log_total) * (divergence(p, q - p) + divergence(1 - p, p - q));
}
