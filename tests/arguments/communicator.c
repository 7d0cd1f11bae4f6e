/* SPDX-License-Identifier: MIT
 *
 * communicator.c: what the functions of libnc/communicator.h refuse.
 */
#include "arguments/tables.h"

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

static void communicator_create(void)
{
    static const int32_t not_ranks[] = {0, -1, (1 << 24) + 1, INT32_MIN, INT32_MAX};
    static const int32_t not_rank[] = {-1, 2, INT32_MIN, INT32_MAX};
    libnc_communicator **made = &out.communicator, *two;
    NO_CONTEXT("context", libnc_communicator_create(made, NULL, 0, 2, reduce, broadcast, collect,
                                                    barrier, NULL, NULL));
    WRONG("communicator", libnc_communicator_create(NULL, w->context, 0, 2, reduce, broadcast,
                                                    collect, barrier, NULL, NULL));
    EACH(i, not_rank)
    WRONG("rank", libnc_communicator_create(made, w->context, not_rank[i], 2, reduce, broadcast,
                                            collect, barrier, NULL, NULL));
    EACH(i, not_ranks)
    WRONG("size", libnc_communicator_create(made, w->context, 0, not_ranks[i], reduce, broadcast,
                                            collect, barrier, NULL, NULL));
    WRONG("all_reduce", libnc_communicator_create(made, w->context, 0, 2, NULL, broadcast, collect,
                                                  barrier, NULL, NULL));
    WRONG("broadcast", libnc_communicator_create(made, w->context, 0, 2, reduce, NULL, collect,
                                                 barrier, NULL, NULL));
    WRONG("gather", libnc_communicator_create(made, w->context, 0, 2, reduce, broadcast, NULL,
                                              barrier, NULL, NULL));
    WRONG("barrier", libnc_communicator_create(made, w->context, 0, 2, reduce, broadcast, collect,
                                               NULL, NULL, NULL));
    ACCEPTED("disconnect", libnc_communicator_create(&two, w->context, 0, 2, reduce, broadcast,
                                                     collect, barrier, NULL, NULL));
    libnc_communicator_destroy(two);
    ACCEPTED("user", libnc_communicator_create(&two, w->context, 0, 2, reduce, broadcast, collect,
                                               barrier, NULL, w));
    libnc_communicator_destroy(two);
}

static void communicator_create_serial(void)
{
    NO_CONTEXT("context", libnc_communicator_create_serial(&out.communicator, NULL));
    WRONG("communicator", libnc_communicator_create_serial(NULL, w->context));
}

static libnc_communicator *alone(void)
{
    libnc_communicator *communicator;
    must(libnc_communicator_create_serial(&communicator, w->context));
    return communicator;
}

static const int64_t not_length[] = {-1, INT64_MIN};
static const int32_t not_root[] = {-1, 1, INT32_MIN, INT32_MAX};

static void communicator_sum(void)
{
    libnc_communicator *c = alone();
    NO_CONTEXT("communicator", libnc_communicator_sum(NULL, out.values, 1));
    WRONG("values", libnc_communicator_sum(c, NULL, 1));
    EACH(i, not_length)
    WRONG("count", libnc_communicator_sum(c, out.values, not_length[i]));
    libnc_communicator_destroy(c);
}

static void communicator_sum_int64(void)
{
    libnc_communicator *c = alone();
    NO_CONTEXT("communicator", libnc_communicator_sum_int64(NULL, out.whole, 1));
    WRONG("values", libnc_communicator_sum_int64(c, NULL, 1));
    EACH(i, not_length)
    WRONG("count", libnc_communicator_sum_int64(c, out.whole, not_length[i]));
    libnc_communicator_destroy(c);
}

static void communicator_maximum(void)
{
    libnc_communicator *c = alone();
    NO_CONTEXT("communicator", libnc_communicator_maximum(NULL, out.values, 1));
    WRONG("values", libnc_communicator_maximum(c, NULL, 1));
    EACH(i, not_length)
    WRONG("count", libnc_communicator_maximum(c, out.values, not_length[i]));
    libnc_communicator_destroy(c);
}

static void communicator_broadcast(void)
{
    libnc_communicator *c = alone();
    NO_CONTEXT("communicator", libnc_communicator_broadcast(NULL, out.bytes, 1, 0));
    WRONG("bytes", libnc_communicator_broadcast(c, NULL, 1, 0));
    EACH(i, not_length)
    WRONG("size", libnc_communicator_broadcast(c, out.bytes, not_length[i], 0));
    EACH(i, not_root)
    WRONG("root", libnc_communicator_broadcast(c, out.bytes, 1, not_root[i]));
    libnc_communicator_destroy(c);
}

static void communicator_gather(void)
{
    libnc_communicator *c = alone();
    NO_CONTEXT("communicator", libnc_communicator_gather(NULL, "x", 1, out.bytes, 0));
    WRONG("bytes", libnc_communicator_gather(c, NULL, 1, out.bytes, 0));
    WRONG("all", libnc_communicator_gather(c, "x", 1, NULL, 0));
    EACH(i, not_length)
    WRONG("size", libnc_communicator_gather(c, "x", not_length[i], out.bytes, 0));
    EACH(i, not_root)
    WRONG("root", libnc_communicator_gather(c, "x", 1, out.bytes, not_root[i]));
    libnc_communicator_destroy(c);
}

static void communicator_barrier(void)
{
    NO_CONTEXT("communicator", libnc_communicator_barrier(NULL));
}

static void communicator_agree(void)
{
    libnc_communicator *c = alone();
    NO_CONTEXT("communicator", libnc_communicator_agree(NULL, LIBNC_OK));
    ACCEPTED("status", libnc_communicator_agree(c, LIBNC_OK));
    libnc_communicator_destroy(c);
}

static void without_status(void)
{
    DONE(libnc_communicator_destroy(NULL));
    ZERO(libnc_communicator_rank(NULL));
    ZERO(libnc_communicator_size(NULL));
}

static const argument_check checks[] = {
    CHECKS(communicator_create),  CHECKS(communicator_create_serial),
    CHECKS(communicator_sum),     CHECKS(communicator_sum_int64),
    CHECKS(communicator_maximum), CHECKS(communicator_broadcast),
    CHECKS(communicator_gather),  CHECKS(communicator_barrier),
    CHECKS(communicator_agree),
};

const argument_table communicator_arguments =
    ARGUMENT_TABLE("communicator", checks, without_status);
