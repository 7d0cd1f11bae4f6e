/* SPDX-License-Identifier: MIT
 *
 * threshold.c: the allocations of the functions of libnc/threshold.h.
 */
#include "faults/scenes.h"
#include "faults/tables.h"

static libnc_status call_merge_decay(world *w)
{
    return libnc_threshold_merge_decay(w->geometry, 1, made.values);
}

static libnc_status call_total_decay(world *w)
{
    return libnc_threshold_total_decay(w->geometry, made.values);
}

static libnc_status call_merge_energy(world *w)
{
    return libnc_threshold_merge_energy(w->geometry, 1, made.values, made.values + 1);
}

static libnc_status call_side(world *w)
{
    int32_t side = 0, method = 0;
    const libnc_status status = libnc_threshold_locate(
        w->geometry, LIBNC_THRESHOLD_KIND_MERGED, 1, &side, made.values, made.values + 1, &method);
    made.values[2] = side;
    made.values[3] = method;
    return status;
}

static const fault_case cases[] = {
    {"libnc_threshold_merge_decay", .call = call_merge_decay, .prepare = prepare_imbalanced},
    {"libnc_threshold_total_decay", .call = call_total_decay, .prepare = prepare_imbalanced},
    {"libnc_threshold_merge_energy", .call = call_merge_energy,
     .prepare = prepare_imbalanced_energy},
    {"libnc_threshold_locate", "decay", .call = call_side, .prepare = prepare_imbalanced},
    {"libnc_threshold_locate", "energy", .call = call_side, .prepare = prepare_imbalanced_energy},
};

static void steady(world *w)
{
    double low, high;
    STEADY(libnc_threshold_merge_counts(w->context, 2, 5, 1e-3, 0, &low, &high));
    STEADY(libnc_threshold_merge_ratios(w->context, 10, 5, 5, 1e-3, 0, &low, &high));
    STEADY(libnc_threshold_peeled_merged(w->context, 10, 3, 1, 5, &low));
    STEADY(libnc_threshold_peeled_lost(w->context, 10, 3, 1, 5, &low));
}

const fault_table threshold_faults = {"threshold", .cases = cases, .count = FAULT_CASES(cases),
                                      .steady = steady};
