/* SPDX-License-Identifier: MIT
 *
 * penalty.c: the allocations of the functions of libnc/penalty.h.
 */
#include "faults/tables.h"

static libnc_status call_create_free(world *w)
{
    return libnc_penalty_create(&made.penalty, w->model);
}

static libnc_status call_create_backbone(world *w)
{
    return libnc_penalty_create(&made.penalty, w->backbone);
}

static const fault_case cases[] = {
    {"libnc_penalty_create", "free", .call = call_create_free},
    {"libnc_penalty_create", "backbone", .call = call_create_backbone},
};

static void steady(world *w)
{
    double value;
    STEADY(libnc_penalty_set_weight_decay(w->penalty, &(double){1e-3}, 1));
    STEADY(libnc_penalty_set_feature_decay(w->penalty, 1e-3));
    STEADY(libnc_penalty_set_decay(w->penalty, "head.bias", 1e-3));
    STEADY(libnc_penalty_get_decay(w->penalty, "head.bias", &value));
    STEADY(libnc_penalty_set_energies(w->penalty, 0, 0));
    STEADY(libnc_penalty_get_energies(w->penalty, &value, NULL));
}

const fault_table penalty_faults = {"penalty", .cases = cases, .count = FAULT_CASES(cases),
                                    .steady = steady};
