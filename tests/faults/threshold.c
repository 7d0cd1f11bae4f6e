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

static libnc_status call_fall_decay(world *w)
{
    return libnc_threshold_fall_decay(w->geometry, 1, made.values, made.values + 1);
}

static libnc_status call_fall_decays(world *w)
{
    return libnc_threshold_fall_decays(w->geometry, made.values, made.values + WORLD_CLASSES,
                                       WORLD_CLASSES);
}

static libnc_status call_fall_energy(world *w)
{
    return libnc_threshold_fall_energy(w->geometry, 1, made.values, made.values + 1);
}

static libnc_status call_fall_energies(world *w)
{
    return libnc_threshold_fall_energies(w->geometry, made.values, made.values + WORLD_CLASSES,
                                         WORLD_CLASSES);
}

static libnc_status call_fall_count(world *w)
{
    return libnc_threshold_fall_count(w->geometry, 1, made.values);
}

static libnc_status call_fall_depths(world *w)
{
    int32_t depths[WORLD_CLASSES] = {0};
    const libnc_status status = libnc_threshold_fall_depths(w->geometry, depths, WORLD_CLASSES);
    for (int k = 0; k < WORLD_CLASSES; k++)
        made.values[k] = depths[k];
    return status;
}

static const fault_case cases[] = {
    {"libnc_threshold_merge_decay", .call = call_merge_decay, .prepare = prepare_imbalanced},
    {"libnc_threshold_total_decay", .call = call_total_decay, .prepare = prepare_imbalanced},
    {"libnc_threshold_merge_energy", .call = call_merge_energy,
     .prepare = prepare_imbalanced_energy},
    {"libnc_threshold_locate", "decay", .call = call_side, .prepare = prepare_imbalanced},
    {"libnc_threshold_locate", "energy", .call = call_side, .prepare = prepare_imbalanced_energy},
    {"libnc_threshold_fall_decay", "ce", .call = call_fall_decay, .prepare = prepare_imbalanced},
    {"libnc_threshold_fall_decay", "bias", .call = call_fall_decay, .prepare = prepare_bias},
    {"libnc_threshold_fall_decays", "ce", .call = call_fall_decays, .prepare = prepare_imbalanced},
    {"libnc_threshold_fall_decays", "bias", .call = call_fall_decays, .prepare = prepare_bias},
    {"libnc_threshold_fall_energy", .call = call_fall_energy, .prepare = prepare_imbalanced_energy},
    {"libnc_threshold_fall_energies", .call = call_fall_energies,
     .prepare = prepare_imbalanced_energy},
    {"libnc_threshold_fall_count", "ce", .call = call_fall_count, .prepare = prepare_imbalanced},
    {"libnc_threshold_fall_count", "bias", .call = call_fall_count, .prepare = prepare_bias},
    {"libnc_threshold_fall_depths", .call = call_fall_depths, .prepare = prepare_bias},
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
