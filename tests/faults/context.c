/* SPDX-License-Identifier: MIT
 *
 * context.c: the allocations of the functions of libnc/context.h, blas.h, version.h and status.h.
 */
#include "faults/scenes.h"
#include "faults/tables.h"

static libnc_status call_threads(world *w)
{
    return libnc_context_set_threads(w->context, 3);
}

static const fault_case cases[] = {
    {"libnc_context_set_threads", "the first pool", .call = call_threads},
    {"libnc_context_set_threads", "another pool", .call = call_threads,
     .prepare = prepare_two_threads},
};

static void steady(world *w)
{
    GETTER(libnc_version());
    GETTER(libnc_version_number());
    GETTER(libnc_status_name(LIBNC_OK));
    GETTER(libnc_blas_provider());
    GETTER(libnc_blas_core());
    GETTER(libnc_blas_kernels());
    STEADY(libnc_blas_set_threads(w->context, 1));
    GETTER(libnc_context_error(w->context));
    GETTER(libnc_context_fail(w->context, LIBNC_ERROR_STATE, "as told") < 0);
    GETTER(libnc_context_threads(w->context));
    STEADY(libnc_context_set_log(w->context, NULL, NULL, LIBNC_LOG_INFO));
}

const fault_table context_faults = {"context", .cases = cases, .count = FAULT_CASES(cases),
                                    .steady = steady};
