/* SPDX-License-Identifier: MIT
 *
 * communicator_internal.h: a communicator as collective functions use it.
 *
 * Such a function is a row of steps that may fail, each ended by nc__agree(), and of exchanges that
 * do not fail but with the transport. A rank that fails in a step goes to the next agreement, which
 * is one message of the same form wherever it stands; there the others learn of it, and leave:
 *
 *     nc__agree_begin(communicator);
 *     status = nc__agree(communicator, allocate(...));
 *     if (status == LIBNC_OK)
 *         status = nc__exchange_sum(communicator, values, count);
 *     ...
 *     return nc__agree(communicator, status);
 *
 * Once a call has failed, all further agreements in it return its failure and send nothing, so that
 * functions with agreements of their own may call each other. A NULL communicator is that of one
 * rank.
 */
#ifndef NC__COMMUNICATOR_INTERNAL_H
#define NC__COMMUNICATOR_INTERNAL_H

#include "base/context_internal.h"

#include <libnc/communicator.h>

struct libnc_communicator {
    libnc_context *context;
    int32_t rank, size;
    libnc_all_reduce_fn all_reduce; /* NULL for one rank, as the others */
    libnc_broadcast_fn broadcast;
    libnc_gather_fn gather;
    libnc_barrier_fn barrier;
    libnc_disconnect_fn disconnect;
    void *user;
    bool is_broken;       /* the transport failed */
    libnc_status settled; /* what the present call failed with on all ranks, or LIBNC_OK */
};

/* The communicator is given and of this context. */
libnc_status nc__check_communicator(libnc_context *context, const libnc_communicator *communicator);

bool nc__has_ranks(const libnc_communicator *communicator); /* more than one */

/* Starts a collective call. */
void nc__agree_begin(libnc_communicator *communicator);
/* The failure of the first rank that has one, or LIBNC_OK. */
libnc_status nc__agree(libnc_communicator *communicator, libnc_status status);

/* Exchanges of values that all ranks are ready for: LIBNC_OK or LIBNC_ERROR_COMMUNICATION. */
libnc_status nc__exchange_sum(libnc_communicator *communicator, double *values, int64_t count);
libnc_status nc__exchange_sum_int64(libnc_communicator *communicator, int64_t *values,
                                    int64_t count);
libnc_status nc__exchange_maximum_int64(libnc_communicator *communicator, int64_t *values,
                                        int64_t count);
libnc_status nc__exchange_broadcast(libnc_communicator *communicator, void *bytes, int64_t size,
                                    int32_t root);

/* Whether item `item` of many is this rank's to compute, where they are dealt in turn. */
bool nc__is_own(const libnc_communicator *communicator, int64_t item);

#endif
