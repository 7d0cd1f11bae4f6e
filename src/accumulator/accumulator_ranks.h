/* SPDX-License-Identifier: MIT
 *
 * accumulator_ranks.h: what accumulators of all ranks must have in common before they become one,
 * and the parts of them that are sums of whole numbers. All ranks call these together.
 */
#ifndef NC__ACCUMULATOR_RANKS_H
#define NC__ACCUMULATOR_RANKS_H

#include "accumulator/accumulator_internal.h"
#include "accumulator/rank_sums.h"

/* Starts the call of a public function: the arguments of all ranks are right. */
libnc_status nc__ranks_check_arguments(const libnc_accumulator *accumulator,
                                       libnc_communicator *communicator);

/* Same classes, width, options and pass, which was not added up before; then, in second passes, the
 * same means, classifier and span. */
libnc_status nc__ranks_check_kind(const libnc_accumulator *accumulator,
                                  libnc_communicator *communicator);
libnc_status nc__ranks_check_second(const libnc_accumulator *accumulator,
                                    libnc_communicator *communicator);

/* All ranks hold the same first pass. */
libnc_status nc__ranks_check_same(const libnc_accumulator *accumulator,
                                  libnc_communicator *communicator);

/* samples = those of all ranks: at most 2^53. */
libnc_status nc__ranks_sum_samples(libnc_communicator *communicator, int64_t *samples);

/* tallies (NC__TALLIES x K) = those of all second passes, no more than the first pass has samples;
 * the accumulator takes them. */
libnc_status nc__ranks_sum_tallies(libnc_accumulator *accumulator, libnc_communicator *communicator,
                                   int64_t *tallies);
void nc__ranks_take_tallies(libnc_accumulator *accumulator, const int64_t *tallies);

#endif
