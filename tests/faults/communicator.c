/* SPDX-License-Identifier: MIT
 *
 * communicator.c: the allocations of the functions of libnc/communicator.h.
 */
#include "faults/tables.h"

static int32_t reduce(void *values, int64_t count, int32_t element, int32_t reduction, void *user)
{
    (void)values, (void)count, (void)element, (void)reduction, (void)user;
    return 0;
}

static int32_t broadcast(void *bytes, int64_t size, int32_t root, void *user)
{
    (void)bytes, (void)size, (void)root, (void)user;
    return 0;
}

static int32_t collect(const void *bytes, int64_t size, void *all, int32_t root, void *user)
{
    (void)bytes, (void)size, (void)all, (void)root, (void)user;
    return 0;
}

static int32_t barrier(void *user)
{
    (void)user;
    return 0;
}

static libnc_status call_create(world *w)
{
    return libnc_communicator_create(&made.communicator, w->context, 0, 2, reduce, broadcast,
                                     collect, barrier, NULL, NULL);
}

static libnc_status call_create_serial(world *w)
{
    return libnc_communicator_create_serial(&made.communicator, w->context);
}

static const fault_case cases[] = {
    {"libnc_communicator_create", .call = call_create},
    {"libnc_communicator_create_serial", .call = call_create_serial},
};

static libnc_communicator *two; /* of the steady calls */

static void before_steady(world *w)
{
    must(libnc_communicator_create(&two, w->context, 0, 2, reduce, broadcast, collect, barrier,
                                   NULL, NULL));
}

static void steady(world *w)
{
    double values[2] = {1, 2}, all[4];
    int64_t wholes[2] = {1, 2};
    STEADY(libnc_communicator_sum(two, values, 2));
    STEADY(libnc_communicator_sum_int64(two, wholes, 2));
    STEADY(libnc_communicator_maximum(two, values, 2));
    STEADY(libnc_communicator_broadcast(two, values, sizeof values, 1));
    STEADY(libnc_communicator_gather(two, values, sizeof values, all, 0));
    STEADY(libnc_communicator_barrier(two));
    STEADY(libnc_communicator_agree(two, LIBNC_OK));
    GETTER(libnc_communicator_rank(two));
    GETTER(libnc_communicator_size(two));
}

static void after_steady(world *w)
{
    GETTER(libnc_communicator_destroy(two));
}

const fault_table communicator_faults = {"communicator",
                                         .cases = cases,
                                         .count = FAULT_CASES(cases),
                                         .steady = steady,
                                         .before_steady = before_steady,
                                         .after_steady = after_steady};
