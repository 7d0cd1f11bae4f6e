/* SPDX-License-Identifier: MIT
 *
 * optimizer.c: the allocations of the functions of libnc/optimizer.h.
 */
#include "faults/tables.h"

static libnc_status call_optimizer_create(world *w)
{
    return libnc_optimizer_create(&made.optimizer, w->context, LIBNC_OPTIMIZER_ADAMW);
}

static const fault_case cases[] = {
    {"libnc_optimizer_create", .call = call_optimizer_create},
};

static void steady(world *w)
{
    double value;
    GETTER(libnc_optimizer_kind(w->optimizer));
    STEADY(libnc_optimizer_rate(w->optimizer, 3, &value));
    GETTER(libnc_optimizer_options(w->optimizer));
}

const fault_table optimizer_faults = {"optimizer", .cases = cases, .count = FAULT_CASES(cases),
                                      .steady = steady};
