/* SPDX-License-Identifier: MIT
 *
 * backbone.c: the allocations of the functions of libnc/backbone.h.
 */
#include "faults/tables.h"

static libnc_status call_backbone_create(world *w)
{
    return libnc_backbone_create(&made.backbone, w->context, 7);
}

static const fault_case cases[] = {
    {"libnc_backbone_create", .call = call_backbone_create},
};

static libnc_backbone *backbone;

static void before_steady(world *w)
{
    must(libnc_backbone_create(&backbone, w->context, 7));
}

static void after_steady(world *w)
{
    (void)w;
    libnc_backbone_destroy(backbone);
}

static void steady(world *w)
{
    STEADY(libnc_backbone_add_affine(backbone, 4, LIBNC_ACTIVATION_RELU));
    GETTER(libnc_backbone_layers(backbone));
    GETTER(libnc_backbone_outputs(backbone));
}

const fault_table backbone_faults = {"backbone",
                                     .cases = cases,
                                     .count = FAULT_CASES(cases),
                                     .steady = steady,
                                     .before_steady = before_steady,
                                     .after_steady = after_steady};
