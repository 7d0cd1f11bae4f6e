/* SPDX-License-Identifier: MIT
 *
 * regression.c: the allocations of the functions of libnc/regression.h.
 */
#include "faults/tables.h"

static const double regression_targets[6] = {1, 2, 4, 3, 0, 1};

static const double covariance_of_two[4] = {2, 1, 1, 2};

static libnc_status call_moments(world *w)
{
    return libnc_regression_moments(w->context, regression_targets, 3, 2, made.values,
                                    made.values + 2);
}

static libnc_status call_regression(world *w)
{
    return libnc_regression_solve(w->context, covariance_of_two, 2, 0.1, 0.2, 0, made.values,
                                  made.values + 1, NULL, NULL);
}

static libnc_status call_regression_matrices(world *w)
{
    return libnc_regression_matrices(w->context, covariance_of_two, 2, 0.1, 0.2, 0, made.values,
                                     made.values + 4, made.values + 8, made.values + 12);
}

static libnc_status call_regression_collapse(world *w)
{
    const double h[15] = {1, 2, 0.5, -1, 0.3, 2, 1, 1, -2, 0.7, 0.1, 3, -1, 2, 0.2};
    const double y[10] = {1, 0, -1, 2, 0.5, 0.5, 1, -1, 2, 1}, v[6] = {1, 0, 2, 0, 1, -1};
    return libnc_regression_collapse(w->context, h, y, v, 5, 3, 2, NAN, made.values);
}

static const fault_case cases[] = {
    {"libnc_regression_moments", .call = call_moments},
    {"libnc_regression_solve", .call = call_regression},
    {"libnc_regression_matrices", .call = call_regression_matrices},
    {"libnc_regression_collapse", .call = call_regression_collapse},
};

const fault_table regression_faults = {"regression", .cases = cases, .count = FAULT_CASES(cases)};
