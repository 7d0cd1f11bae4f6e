/* SPDX-License-Identifier: MIT
 *
 * ranks_mpi.c: the ranks of libnc-measure-mpi. A rank that stops ends the whole job: the program
 * may do what the library never does.
 */
#include "../programs/ranks.h"

#include <libnc/mpi.h>
#include <stdio.h>
#include <stdlib.h>

/* On exit without the end of ranks_end(): the others must not wait for this one. */
static void abort_job(void)
{
    int is_over = 0;
    fflush(NULL);
    MPI_Finalized(&is_over);
    if (!is_over)
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
}

void ranks_begin(job *j)
{
    int level, rank;
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level);
    atexit(abort_job);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    require(&j->self, libnc_mpi_communicator_create(&j->ranks, j->self.context, MPI_COMM_WORLD));
    if (rank > 0 && freopen("/dev/null", "w", stdout) == NULL)
        stop(&j->self, EXIT_FAILURE, "cannot open /dev/null");
    j->self.quiet = j->self.quiet || rank > 0;
}

void ranks_end(job *j)
{
    libnc_communicator_destroy(j->ranks);
    j->ranks = NULL;
    MPI_Finalize();
}

int64_t ranks_per_machine(const job *j)
{
    MPI_Comm machine;
    int count = 1;
    (void)j;
    if (MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine) ==
        MPI_SUCCESS) {
        MPI_Comm_size(machine, &count);
        MPI_Comm_free(&machine);
    }
    return count;
}
