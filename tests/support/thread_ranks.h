/* SPDX-License-Identifier: MIT
 *
 * thread_ranks.h: jobs whose ranks are threads of the test, each with a context of its own, so that
 * every suite can run on 1 .. 8 ranks where there is no MPI. With RANKS_BY_MPI they are those of
 * mpirun (mpi_ranks.h).
 *
 *     static void body(rank_thread *r) { ... libnc_communicator_sum(r->communicator, ...); }
 *     job_threads job = {.size = 3};
 *     run_ranks(&job, body);
 *
 * Ranks that call different exchanges, or one that waits for another for too long, fail the test.
 * An exchange fails on all ranks with .fail_at, allocations of a rank with its faults. Bodies
 * assert with check's macros: the suites run their tests in processes of their own.
 */
#ifndef THREAD_RANKS_H
#define THREAD_RANKS_H

#ifdef RANKS_BY_MPI
#include "support/mpi_ranks.h"
#else

#include "support/faults.h"

#include <libnc/communicator.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

enum { MOST_THREAD_RANKS = 8, RANK_PATIENCE = 60 /* seconds */, FAILED_EXCHANGE = 7 };

/* What a rank takes part in, for all to compare. */
typedef struct exchange {
    char kind; /* 'r' reduce, 'b' broadcast, 'g' gather, 'w' wait */
    int64_t size;
    int32_t element, reduction, root;
} exchange;

typedef struct job_threads {
    int32_t size;
    void *argument;    /* for the bodies */
    int64_t fail_at;   /* the exchange, counted from 1, that fails on all ranks; 0: none */
    int64_t exchanges; /* after the run: of rank 0 */
    /* inside */
    pthread_mutex_t mutex;
    pthread_cond_t change;
    int32_t arrived;
    int64_t round;
    exchange posted[MOST_THREAD_RANKS];
    void *blocks[MOST_THREAD_RANKS];
    void *result;
} job_threads;

typedef struct rank_thread {
    job_threads *job;
    int32_t rank;
    int64_t exchanges;
    faults memory;
    libnc_context *context;
    libnc_communicator *communicator;
    void (*body)(struct rank_thread *r);
} rank_thread;

/* Waits until all ranks are here. */
static inline void rank_meet(job_threads *job)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += RANK_PATIENCE;
    pthread_mutex_lock(&job->mutex);
    const int64_t round = job->round;
    if (++job->arrived == job->size) {
        job->arrived = 0;
        job->round++;
        pthread_cond_broadcast(&job->change);
    }
    while (job->round == round)
        if (pthread_cond_timedwait(&job->change, &job->mutex, &end) != 0)
            ck_abort_msg("a rank waits for another that does not come");
    pthread_mutex_unlock(&job->mutex);
}

/* All ranks are in the same exchange; false if it is to fail. */
static inline bool rank_post(rank_thread *r, exchange e, const void *block)
{
    job_threads *job = r->job;
    if (++r->exchanges == job->fail_at)
        return false;
    job->posted[r->rank] = e;
    job->blocks[r->rank] = (void *)block;
    rank_meet(job);
    for (int32_t i = 0; i < job->size; i++) {
        const exchange *o = &job->posted[i];
        ck_assert_msg(o->kind == e.kind && o->size == e.size && o->element == e.element &&
                          o->reduction == e.reduction && o->root == e.root,
                      "rank %d exchanges %c of %lld, rank %d %c of %lld", r->rank, e.kind,
                      (long long)e.size, i, o->kind, (long long)o->size);
    }
    return true;
}

static inline void rank_reduce_values(job_threads *job, const exchange *e, void *result)
{
    double *values = result;
    int64_t *wholes = result;
    memcpy(result, job->blocks[0], (size_t)e->size * 8);
    for (int32_t r = 1; r < job->size; r++)
        for (int64_t i = 0; i < e->size; i++) {
            const double v = ((double *)job->blocks[r])[i];
            const int64_t n = ((int64_t *)job->blocks[r])[i];
            if (e->element == LIBNC_ELEMENT_FLOAT64)
                values[i] = e->reduction == LIBNC_REDUCTION_SUM ? values[i] + v
                            : v > values[i]                     ? v
                                                                : values[i];
            else
                wholes[i] = e->reduction == LIBNC_REDUCTION_SUM ? wholes[i] + n
                            : n > wholes[i]                     ? n
                                                                : wholes[i];
        }
}

static inline int32_t rank_all_reduce(void *values, int64_t count, int32_t element,
                                      int32_t reduction, void *user)
{
    rank_thread *r = user;
    const exchange e = {'r', count, element, reduction, 0};
    if (!rank_post(r, e, values))
        return FAILED_EXCHANGE;
    if (r->rank == 0) {
        r->job->result = malloc((size_t)count * 8);
        rank_reduce_values(r->job, &e, r->job->result);
    }
    rank_meet(r->job);
    memcpy(values, r->job->result, (size_t)count * 8);
    rank_meet(r->job);
    if (r->rank == 0)
        free(r->job->result);
    return 0;
}

static inline int32_t rank_broadcast(void *bytes, int64_t size, int32_t root, void *user)
{
    rank_thread *r = user;
    if (!rank_post(r, (exchange){'b', size, 0, 0, root}, bytes))
        return FAILED_EXCHANGE;
    if (r->rank != root)
        memcpy(bytes, r->job->blocks[root], (size_t)size);
    rank_meet(r->job);
    return 0;
}

static inline int32_t rank_gather(const void *bytes, int64_t size, void *all, int32_t root,
                                  void *user)
{
    rank_thread *r = user;
    if (!rank_post(r, (exchange){'g', size, 0, 0, root}, bytes))
        return FAILED_EXCHANGE;
    for (int32_t i = 0; r->rank == root && i < r->job->size; i++)
        memcpy((char *)all + i * size, r->job->blocks[i], (size_t)size);
    rank_meet(r->job);
    return 0;
}

static inline int32_t rank_barrier(void *user)
{
    return rank_post(user, (exchange){'w', 0, 0, 0, 0}, NULL) ? 0 : FAILED_EXCHANGE;
}

static inline void *rank_main(void *argument)
{
    rank_thread *r = argument;
    ck_assert_int_eq(libnc_context_create_with_allocator(&r->context, faults_allocate,
                                                         faults_release, &r->memory),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_communicator_create(&r->communicator, r->context, r->rank, r->job->size,
                                               rank_all_reduce, rank_broadcast, rank_gather,
                                               rank_barrier, NULL, r),
                     LIBNC_OK);
    r->body(r);
    libnc_communicator_destroy(r->communicator);
    libnc_context_destroy(r->context);
    ck_assert_int_eq(r->memory.live, 0);
    return NULL;
}

static inline void run_ranks(job_threads *job, void (*body)(rank_thread *r))
{
    rank_thread ranks[MOST_THREAD_RANKS] = {{0}};
    pthread_t threads[MOST_THREAD_RANKS];
    ck_assert_int_le(job->size, MOST_THREAD_RANKS);
    pthread_mutex_init(&job->mutex, NULL);
    pthread_cond_init(&job->change, NULL);
    for (int32_t i = 0; i < job->size; i++) {
        ranks[i] = (rank_thread){.job = job, .rank = i, .body = body};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, rank_main, &ranks[i]), 0);
    }
    for (int32_t i = 0; i < job->size; i++)
        pthread_join(threads[i], NULL);
    job->exchanges = ranks[0].exchanges;
    pthread_cond_destroy(&job->change);
    pthread_mutex_destroy(&job->mutex);
}

#endif
#endif
