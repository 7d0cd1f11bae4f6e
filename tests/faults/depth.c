/* SPDX-License-Identifier: MIT
 *
 * depth.c: allocations refused to libnc/depth.h.
 */
#include "faults/tables.h"

static libnc_status call_kernel(world *w)
{
    static const double x[] = {1, 2, 3, 5, 4, 3};
    static const int32_t labels[] = {0, 1, 1};
    return libnc_kernel_collapse(w->context, LIBNC_KERNEL_NTK, 2, 2, .1, x, labels, 3, 2, 2,
                                 &made.values[0], &made.values[1]);
}

static const fault_case cases[] = {
    {"libnc_kernel_collapse", .call = call_kernel},
};

static void steady(world *w)
{
    static const double separation[] = {3, 2, 1};
    double rho, correlation;
    STEADY(libnc_separation_law(w->context, separation, 3, &rho, &correlation));
}

const fault_table depth_faults = {"depth", .cases = cases, .count = FAULT_CASES(cases),
                                  .steady = steady};
