/* SPDX-License-Identifier: MIT
 *
 * parsimony.c: the allocations of the functions of libnc/parsimony.h.
 */
#include "faults/tables.h"

static const double regression_targets[6] = {1, 2, 4, 3, 0, 1};

static libnc_status call_parsimony(world *w)
{
    const double ones[2] = {1, 1};
    return libnc_parsimony_run(w->context, 2, ones, ones, 0.1, 1, 4, 2, made.values, 6);
}

static libnc_status call_parsimony_subspace(world *w)
{
    int64_t dimension;
    return libnc_parsimony_subspace(w->context, regression_targets, regression_targets, 2, 3, 1e-10,
                                    made.values, 9, &dimension);
}

static const fault_case cases[] = {
    {"libnc_parsimony_run", .call = call_parsimony},
    {"libnc_parsimony_subspace", .call = call_parsimony_subspace},
};

const fault_table parsimony_faults = {"parsimony", .cases = cases, .count = FAULT_CASES(cases)};
