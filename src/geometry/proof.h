/* SPDX-License-Identifier: MIT
 *
 * proof.h: what is recomputed from a closed form's answer before it is given, and the bounds on
 * rounding that its gap is made of (doc/theory.md, "What is checked").
 *
 * A check compares two routes to the same number. It fails where they differ by more than rounding
 * explains, or where one of them is NaN; the answer is then an internal error, never a number.
 */
#ifndef NC__PROOF_H
#define NC__PROOF_H

#include "base/base.h"

/* The larger of two errors, NaN if one is. */
static inline double nc__worse(double a, double b)
{
    return a >= b || a != a ? a : b;
}

/* |a/b - 1|, 0 for equal numbers of any kind but NaN */
double nc__relative_error(double a, double b);

/* LIBNC_OK if error <= limit, else LIBNC_ERROR_INTERNAL with a text: "self-check: <what> is off by
 * ...". */
libnc_status nc__check_error(libnc_context *context, const char *what, double error, double limit);

/* A sum that rounds once, as if in twice the digits (Neumaier 1974). */
typedef struct nc__sum {
    double value, lost;
} nc__sum;

void nc__sum_add(nc__sum *sum, double term);
double nc__sum_of(const nc__sum *sum);

/* What `count` roundings of numbers up to `size`, each also near the smallest double, may add. */
double nc__rounding(double count, double size);

/* ---- A min over m >= 0 of  log(1 + (K-1) e^{-m}) + q m,  q > 0: one class of balanced or ReLU
 * cross-entropy. The minimiser has (K-1)/(e^m + K - 1) = q, or is 0 if q >= (K-1)/K. ---- */

typedef struct nc__logistic {
    double classes;   /* K >= 2 */
    double log_total; /* log A */
    double log_price; /* log q */
    double roundings; /* of the two logarithms, in epsilons */
} nc__logistic;

/* q alone or A q may be below the range of a double, but not both. */
double nc__logistic_value(const nc__logistic *problem, double m);
/* A bound on its rounding. */
double nc__logistic_rounding(const nc__logistic *problem, double m, double value);
/* Checks a minimiser, and its value against that of the dual problem. */
libnc_status nc__check_logistic(libnc_context *context, const nc__logistic *problem, double m,
                                double value);

/* How far m is from the minimum at most, by duality: A KL(q || p), p = (K-1)/(e^m + K - 1). */
double nc__logistic_gap(const nc__logistic *problem, double m);

#endif
