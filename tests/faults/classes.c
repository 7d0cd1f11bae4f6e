/* SPDX-License-Identifier: MIT
 *
 * classes.c: the allocations of the functions of libnc/classes.h.
 */
#include "faults/tables.h"

static libnc_status call_from_counts(world *w)
{
    return libnc_classes_from_counts(&made.classes, w->context, world_counts, WORLD_CLASSES);
}

static libnc_status call_from_labels(world *w)
{
    const int32_t labels[4] = {1, 0, 2, 1};
    return libnc_classes_from_labels(&made.classes, w->context, labels, 4);
}

static libnc_status call_balanced(world *w)
{
    return libnc_classes_balanced(&made.classes, w->context, 4, 5);
}

static libnc_status call_classes_step(world *w)
{
    return libnc_classes_step(&made.classes, w->context, 4, 2, 10, 1);
}

static libnc_status call_long_tailed(world *w)
{
    return libnc_classes_long_tailed(&made.classes, w->context, 4, 100, 10);
}

static const fault_case cases[] = {
    {"libnc_classes_from_counts", .call = call_from_counts},
    {"libnc_classes_from_labels", .call = call_from_labels},
    {"libnc_classes_balanced", .call = call_balanced},
    {"libnc_classes_step", .call = call_classes_step},
    {"libnc_classes_long_tailed", .call = call_long_tailed},
};

static void steady(world *w)
{
    int32_t labels[WORLD_SAMPLES];
    STEADY(libnc_classes_labels(w->classes, labels, WORLD_SAMPLES));
    GETTER(libnc_classes_count(w->classes));
    GETTER(libnc_classes_samples(w->classes));
    GETTER(libnc_classes_counts(w->classes));
    GETTER(libnc_classes_is_balanced(w->classes));
}

const fault_table classes_faults = {"classes", .cases = cases, .count = FAULT_CASES(cases),
                                    .steady = steady};
