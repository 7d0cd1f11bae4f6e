/* SPDX-License-Identifier: MIT
 *
 * mpi_ranks.h: the jobs of thread_ranks.h with the ranks of mpirun. A job of as many ranks as there
 * are runs; others are left to other runs. Check must not fork (CK_FORK=no); a rank whose test
 * fails leaves the others waiting, for the time limit to end.
 */
#ifndef MPI_RANKS_H
#define MPI_RANKS_H

#include "support/faults.h"

#include <libnc/mpi.h>
#include <stdbool.h>
#include <stdlib.h>

enum { MOST_THREAD_RANKS = 8 };

typedef struct job_threads {
    int32_t size;
    void *argument;
    int64_t fail_at;   /* no exchange of MPI fails on demand: such jobs are left out */
    int64_t exchanges; /* not counted */
} job_threads;

typedef struct rank_thread {
    job_threads *job;
    int32_t rank;
    int64_t exchanges;
    faults memory;
    libnc_context *context;
    libnc_communicator *communicator;
} rank_thread;

static inline void mpi_end(void)
{
    MPI_Finalize();
}

/* The ranks that there are, and which of them this is. */
static inline void mpi_begin(int *rank, int *size)
{
    int is_begun = 0, level = 0;
    MPI_Initialized(&is_begun);
    if (!is_begun) {
        MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level);
        atexit(mpi_end);
    }
    MPI_Comm_rank(MPI_COMM_WORLD, rank);
    MPI_Comm_size(MPI_COMM_WORLD, size);
}

static inline void run_ranks(job_threads *job, void (*body)(rank_thread *r))
{
    const char *threads = getenv("RANK_THREADS");
    rank_thread r = {.job = job};
    int size;
    mpi_begin(&r.rank, &size);
    if (size != job->size || job->fail_at > 0)
        return;
    ck_assert_int_eq(
        libnc_context_create_with_allocator(&r.context, faults_allocate, faults_release, &r.memory),
        LIBNC_OK);
    if (threads)
        ck_assert_int_eq(libnc_context_set_threads(r.context, atoi(threads)), LIBNC_OK);
    ck_assert_int_eq(libnc_mpi_communicator_create(&r.communicator, r.context, MPI_COMM_WORLD),
                     LIBNC_OK);
    body(&r);
    libnc_communicator_destroy(r.communicator);
    libnc_context_destroy(r.context);
    ck_assert_int_eq(r.memory.live, 0);
}

#endif
