/* SPDX-License-Identifier: MIT
 *
 * minority.c: the allocations of the functions of libnc/minority.h.
 */
#include "faults/scenes.h"
#include "faults/tables.h"

static libnc_status call_minority_create(world *w)
{
    return libnc_minority_create(&made.minority, w->context);
}

static libnc_status call_set_groups(world *w)
{
    return libnc_minority_set_groups(w->minority, (int64_t[]){1, 0, 1}, 3);
}

static libnc_status call_minority_geometry(world *w)
{
    return libnc_minority_from_geometry(w->minority, w->geometry, 1);
}

static libnc_status call_minority_report(world *w)
{
    return libnc_minority_from_report(w->minority, w->report, 2);
}

/* Only some directions of the world's classes fit: through K x K matrices. */
static void prepare_narrow(world *w)
{
    prepare_bias(w);
    must(libnc_options_set_int64(libnc_geometry_options(w->geometry), LIBNC_GEOMETRY_OPTION_WIDTH,
                                 1));
    must(libnc_geometry_solve(w->geometry));
}

static void prepare_narrow_equal(world *w)
{
    libnc_classes *classes;
    libnc_geometry_destroy(w->geometry);
    must(libnc_classes_balanced(&classes, w->context, 3, 2));
    must(libnc_geometry_create(&w->geometry, classes, 1));
    libnc_classes_destroy(classes);
    prepare_narrow(w);
}

static const fault_case cases[] = {
    {"libnc_minority_create", .call = call_minority_create},
    {"libnc_minority_set_groups", .call = call_set_groups},
    {"libnc_minority_from_geometry", "groups", .call = call_minority_geometry},
    {"libnc_minority_from_geometry", "tie", .call = call_minority_geometry,
     .prepare = prepare_narrow_equal},
    {"libnc_minority_from_report", .call = call_minority_report},
};

static void steady(world *w)
{
    double low;
    int32_t state;
    int64_t numbers[WORLD_CLASSES];
    GETTER(libnc_minority_options(w->minority));
    GETTER(libnc_minority_groups(w->minority));
    GETTER(libnc_minority_classes(w->minority));
    STEADY(libnc_minority_group(w->minority, 0, numbers, numbers + 1, numbers + 2));
    STEADY(libnc_minority_group_of(w->minority, numbers, WORLD_CLASSES));
    STEADY(libnc_minority_margins(w->minority, made.values, NULL, WORLD_CLASSES));
    STEADY(libnc_minority_state(w->minority, 1, 0, &state));
    STEADY(libnc_minority_cosine(w->minority, 2, 0, 1, 1, &low));
    STEADY(libnc_minority_norm(w->minority, 3, 0, 1, &low));
    STEADY(libnc_minority_distinct(w->minority, -1, numbers, numbers + 1));
}

const fault_table minority_faults = {"minority", .cases = cases, .count = FAULT_CASES(cases),
                                     .steady = steady};
