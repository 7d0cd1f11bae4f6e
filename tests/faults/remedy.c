/* SPDX-License-Identifier: MIT
 *
 * remedy.c: the allocations of the functions of libnc/remedy.h.
 */
#include "faults/scenes.h"
#include "faults/tables.h"

static const int64_t minority_classes[] = {1, 2};

static libnc_status call_remedy_weight(world *w)
{
    int64_t repeats = 0;
    const libnc_status status =
        libnc_remedy_weight(w->geometry, minority_classes, 2, LIBNC_THRESHOLD_ALL_GROUPS, 0,
                            made.values, made.values + 1, &repeats);
    made.values[2] = (double)repeats;
    return status;
}

static libnc_status call_remedy_decay(world *w)
{
    return libnc_remedy_decay(w->geometry, 1, 0.5, made.values);
}

static libnc_status call_remedy_energy(world *w)
{
    return libnc_remedy_energy(w->geometry, 1, 0.5, made.values);
}

static libnc_status call_remedy_apply_weight(world *w)
{
    return libnc_remedy_apply_weight(&made.geometry, w->geometry, minority_classes, 2, 3);
}

static libnc_status call_margin_decay(world *w)
{
    return libnc_remedy_margin_decay(w->geometry, minority_classes, 2, 0.5, made.values,
                                     made.values + 1);
}

static libnc_status call_margin_energy(world *w)
{
    return libnc_remedy_margin_energy(w->geometry, minority_classes, 2, 0.5, made.values,
                                      made.values + 1);
}

static libnc_status call_margin_weight(world *w)
{
    int64_t repeats = 0;
    const libnc_status status =
        libnc_remedy_margin_weight(w->geometry, minority_classes, 2, minority_classes, 2, 0,
                                   made.values, &repeats, made.values + 1);
    made.values[2] = (double)repeats;
    return status;
}

static libnc_status call_margin_exponent(world *w)
{
    int64_t repeats[WORLD_CLASSES] = {0};
    const libnc_status status = libnc_remedy_margin_exponent(
        w->geometry, minority_classes, 2, 0, made.values, repeats, WORLD_CLASSES, made.values + 1);
    for (int k = 0; k < WORLD_CLASSES; k++)
        made.values[2 + k] = (double)repeats[k];
    return status;
}

static const fault_case cases[] = {
    {"libnc_remedy_weight", "decay", .call = call_remedy_weight, .prepare = prepare_imbalanced},
    {"libnc_remedy_weight", "energy", .call = call_remedy_weight,
     .prepare = prepare_imbalanced_energy},
    {"libnc_remedy_decay", .call = call_remedy_decay, .prepare = prepare_imbalanced},
    {"libnc_remedy_energy", .call = call_remedy_energy, .prepare = prepare_imbalanced_energy},
    {"libnc_remedy_margin_decay", .call = call_margin_decay, .prepare = prepare_imbalanced},
    {"libnc_remedy_margin_energy", .call = call_margin_energy,
     .prepare = prepare_imbalanced_energy},
    {"libnc_remedy_margin_weight", .call = call_margin_weight, .prepare = prepare_imbalanced},
    {"libnc_remedy_margin_exponent", .call = call_margin_exponent, .prepare = prepare_imbalanced},
    {"libnc_remedy_apply_weight", .call = call_remedy_apply_weight, .prepare = prepare_imbalanced},
};

const fault_table remedy_faults = {"remedy", .cases = cases, .count = FAULT_CASES(cases)};
