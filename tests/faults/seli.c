/* SPDX-License-Identifier: MIT
 *
 * seli.c: the allocations of the functions of libnc/seli.h.
 */
#include "faults/tables.h"

enum { SQUARE = WORLD_CLASSES * WORLD_CLASSES };

static libnc_status call_seli_values(world *w)
{
    return libnc_seli_singular_values(w->classes, made.values, WORLD_CLASSES);
}

static libnc_status call_seli_lengths(world *w)
{
    return libnc_seli_lengths(w->classes, made.values, made.values + WORLD_CLASSES, WORLD_CLASSES);
}

static libnc_status call_seli_grams(world *w)
{
    return libnc_seli_grams(w->classes, 1, made.values, made.values + SQUARE, SQUARE);
}

static const fault_case cases[] = {
    {"libnc_seli_singular_values", .call = call_seli_values},
    {"libnc_seli_lengths", .call = call_seli_lengths},
    {"libnc_seli_grams", .call = call_seli_grams},
};

static void steady(world *w)
{
    double values[SQUARE];
    STEADY(libnc_seli_logits(w->classes, values, SQUARE));
}

const fault_table seli_faults = {"seli", .cases = cases, .count = FAULT_CASES(cases),
                                 .steady = steady};
