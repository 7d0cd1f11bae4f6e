/* SPDX-License-Identifier: MIT
 *
 * calls_ranks.h: calls of communicator.h, and of collective functions by jobs of one rank.
 */
#ifndef CALLS_RANKS_H
#define CALLS_RANKS_H

#include "calls_collapse.h"

/* A transport of one rank: nothing has to be sent. */
static int32_t reduce_alone(void *values, int64_t count, int32_t element, int32_t reduction,
                            void *user)
{
    (void)values, (void)count, (void)element, (void)reduction, (void)user;
    return 0;
}

static int32_t broadcast_alone(void *bytes, int64_t size, int32_t root, void *user)
{
    (void)bytes, (void)size, (void)root, (void)user;
    return 0;
}

static int32_t gather_alone(const void *bytes, int64_t size, void *gathered, int32_t root,
                            void *user)
{
    (void)root, (void)user;
    memcpy(gathered, bytes, (size_t)size);
    return 0;
}

static int32_t wait_alone(void *user)
{
    (void)user;
    return 0;
}

DESTROY(COMMUNICATOR, communicator_destroy)
GETTER(COMMUNICATOR, communicator_rank)
GETTER(COMMUNICATOR, communicator_size)

CALL(communicator_create)
{
    libnc_communicator **made = pointer_out();
    libnc_context *c = a_context();
    const int32_t rank = rarely(8) ? a_number(-1, 2) : 0;
    if (STATUS(c,
               libnc_communicator_create(made, c, rank, 1, reduce_alone, broadcast_alone,
                                         rarely(8) ? NULL : gather_alone, wait_alone, NULL, NULL)))
        keep(COMMUNICATOR, made);
}

CALL(communicator_create_serial)
{
    libnc_communicator **made = pointer_out();
    libnc_context *c = a_context();
    if (STATUS(c, libnc_communicator_create_serial(made, c)))
        keep(COMMUNICATOR, made);
}

/* Values that are also outputs: written before, so that they count as written. */
static double *some_values(int64_t count)
{
    double *values = reals_out(size_of(count, 1));
    for (int64_t i = 0; values && i < count; i++)
        values[i] = (double)i;
    return values;
}

CALL(communicator_sum)
{
    libnc_communicator *c = a_handle(COMMUNICATOR);
    const int64_t count = an_amount(0, 4);
    double *values = some_values(count);
    STATUS_WITH(MAY_WRITE, c, libnc_communicator_sum(c, values, count));
}

CALL(communicator_maximum)
{
    libnc_communicator *c = a_handle(COMMUNICATOR);
    const int64_t count = an_amount(0, 4);
    double *values = some_values(count);
    STATUS_WITH(MAY_WRITE, c, libnc_communicator_maximum(c, values, count));
}

CALL(communicator_sum_int64)
{
    libnc_communicator *c = a_handle(COMMUNICATOR);
    int64_t value = 7, *values = rarely(8) ? NULL : &value;
    const int64_t count = choose(3) > 0 ? 1 : -1;
    STATUS(c, libnc_communicator_sum_int64(c, values, count));
}

CALL(communicator_broadcast)
{
    libnc_communicator *c = a_handle(COMMUNICATOR);
    char text[4] = "abc";
    const int64_t size = choose(6) > 0 ? (int64_t)choose(5) : -1;
    const int32_t root = rarely(4) ? a_number(-1, 1) : 0;
    STATUS(c, libnc_communicator_broadcast(c, rarely(8) ? NULL : text, size, root));
}

CALL(communicator_gather)
{
    libnc_communicator *c = a_handle(COMMUNICATOR);
    char text[4] = "abc", gathered[4];
    const int64_t size = choose(6) > 0 ? (int64_t)choose(5) : -1;
    const int32_t root = rarely(4) ? a_number(-1, 1) : 0;
    STATUS(c, libnc_communicator_gather(c, text, size, rarely(8) ? NULL : gathered, root));
}

CALL(communicator_barrier)
{
    libnc_communicator *c = a_handle(COMMUNICATOR);
    STATUS(c, libnc_communicator_barrier(c));
}

CALL(communicator_agree)
{
    libnc_communicator *c = a_handle(COMMUNICATOR);
    STATUS(c, libnc_communicator_agree(c, LIBNC_OK));
}

/* ---- accumulator.h ---- */

CALL(accumulator_all_reduce)
{
    libnc_accumulator *a = a_handle(ACCUMULATOR);
    libnc_communicator *c = a_handle(COMMUNICATOR);
    STATUS(a || c ? (void *)1 : NULL, libnc_accumulator_all_reduce(a, c));
}

CALL(report_set_communicator)
{
    libnc_report *report = a_handle(REPORT);
    STATUS(report, libnc_report_set_communicator(report, NULL));
}

/* ---- block_tree.h ---- */

DESTROY(BLOCK_TREE, block_tree_destroy)

CALL(block_tree_create)
{
    libnc_block_tree **made = pointer_out();
    libnc_context *c = a_context();
    if (STATUS(c, libnc_block_tree_create(made, c)))
        keep(BLOCK_TREE, made);
}

CALL(block_tree_end_block)
{
    libnc_block_tree *t = a_handle(BLOCK_TREE);
    libnc_accumulator *a = a_handle(ACCUMULATOR);
    const int64_t block = a_number(0, 15);
    STATUS(t, libnc_block_tree_end_block(t, a, block));
}

CALL(block_tree_all_reduce)
{
    libnc_block_tree *t = a_handle(BLOCK_TREE);
    libnc_accumulator *a = a_handle(ACCUMULATOR);
    libnc_communicator *c = a_handle(COMMUNICATOR);
    STATUS(a || c ? (void *)1 : NULL, libnc_block_tree_all_reduce(t, a, c));
}

#endif
