/* SPDX-License-Identifier: MIT */
#include "ranks.h"

#include <stdlib.h>

bool is_first_rank(const job *j)
{
    return j->ranks == NULL || libnc_communicator_rank(j->ranks) == 0;
}

void own_rows(const job *j, int64_t *begin, int64_t *end)
{
    const int64_t size = j->ranks == NULL ? 1 : libnc_communicator_size(j->ranks);
    const int64_t rank = j->ranks == NULL ? 0 : libnc_communicator_rank(j->ranks);
    const int64_t share = j->samples / size, rest = j->samples % size;
    *begin = rank * share + (rank < rest ? rank : rest);
    *end = *begin + share + (rank < rest);
}

void add_up(const job *j, libnc_accumulator *accumulator)
{
    if (j->ranks == NULL)
        return;
    const libnc_status status = libnc_accumulator_all_reduce(accumulator, j->ranks);
    if (status >= 0)
        return;
    if (!is_first_rank(j)) /* which ends the job when it has told */
        (void)(libnc_communicator_barrier(j->ranks) < 0);
    stop(&j->self, EXIT_FAILURE, "%s", libnc_context_error(j->self.context));
}
