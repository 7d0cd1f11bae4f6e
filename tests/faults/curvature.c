/* SPDX-License-Identifier: MIT
 *
 * curvature.c: the allocations of the functions of libnc/curvature.h.
 */
#include "faults/scenes.h"
#include "faults/tables.h"

static libnc_status call_curvature_create(world *w)
{
    return libnc_curvature_create(&made.curvature, w->geometry, LIBNC_CURVATURE_SOLUTION);
}

static const fault_case cases[] = {
    {"libnc_curvature_create", .call = call_curvature_create, .prepare = prepare_searched},
};

/* The world's classes are not balanced, as the ETF needs them. */
static libnc_classes *balanced;
static libnc_curvature *curvature;

static void before_steady(world *w)
{
    libnc_geometry *geometry;
    must(libnc_classes_balanced(&balanced, w->context, 3, 2));
    must(libnc_geometry_create(&geometry, balanced, 2));
    must(libnc_options_set_int64(libnc_geometry_options(geometry), LIBNC_GEOMETRY_OPTION_LOSS,
                                 LIBNC_LOSS_CROSS_ENTROPY));
    must(libnc_curvature_create(&curvature, geometry, LIBNC_CURVATURE_ETF));
    libnc_geometry_destroy(geometry);
}

static void after_steady(world *w)
{
    (void)w;
    libnc_curvature_destroy(curvature);
    libnc_classes_destroy(balanced);
}

static void steady(world *w)
{
    double values[WORLD_CLASSES * WORLD_CLASSES];
    STEADY(libnc_curvature_eigenvalue(curvature, values, NULL, NULL));
    STEADY(libnc_curvature_logits(curvature, values, NULL, WORLD_CLASSES * WORLD_CLASSES));
    STEADY(libnc_curvature_layer(curvature, 1, WORLD_CLASSES, WORLD_CLASSES, values, NULL));
    STEADY(libnc_curvature_bias(curvature, values, NULL, WORLD_CLASSES));
    GETTER(libnc_curvature_rank(curvature));
}

const fault_table curvature_faults = {"curvature",
                                      .cases = cases,
                                      .count = FAULT_CASES(cases),
                                      .steady = steady,
                                      .before_steady = before_steady,
                                      .after_steady = after_steady};
