/* SPDX-License-Identifier: MIT
 *
 * parsimony.c: the allocations of the functions of libnc/parsimony.h.
 */
#include "faults/tables.h"

static const double regression_targets[6] = {1, 2, 4, 3, 0, 1};

static const double ones[2] = {1, 1};

static libnc_status call_parsimony(world *w)
{
    return libnc_parsimony_create(&made.parsimony, w->context, 2, ones, ones, 0.1, 1);
}

static void follow_parsimony(world *w, record *r)
{
    double values[2];
    (void)w;
    must(libnc_parsimony_step(made.parsimony, 4));
    must(libnc_parsimony_multiples(made.parsimony, values, 2));
    record_bytes(r, values, sizeof values);
}

static libnc_status call_parsimony_subspace(world *w)
{
    int64_t dimension;
    return libnc_parsimony_subspace(w->context, regression_targets, regression_targets, 2, 3, 1e-10,
                                    made.values, &dimension);
}

static const fault_case cases[] = {
    {"libnc_parsimony_create", .call = call_parsimony, .follow = follow_parsimony},
    {"libnc_parsimony_subspace", .call = call_parsimony_subspace},
};

static libnc_parsimony *parsimony;

static void before_steady(world *w)
{
    must(libnc_parsimony_create(&parsimony, w->context, 2, ones, ones, 0.1, 1));
}

static void after_steady(world *w)
{
    (void)w;
    libnc_parsimony_destroy(parsimony);
}

static void steady(world *w)
{
    double values[2];
    GETTER(libnc_parsimony_depth(parsimony));
    GETTER(libnc_parsimony_steps(parsimony));
    STEADY(libnc_parsimony_step(parsimony, 3));
    STEADY(libnc_parsimony_multiples(parsimony, values, 2));
}

const fault_table parsimony_faults = {"parsimony",
                                      .cases = cases,
                                      .count = FAULT_CASES(cases),
                                      .steady = steady,
                                      .before_steady = before_steady,
                                      .after_steady = after_steady};
