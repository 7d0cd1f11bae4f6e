/* SPDX-License-Identifier: MIT
 *
 * pool.c: the context's threads: a fixed team that runs one piece of work at a time.
 *
 * The caller is part 0. A thread that waits polls first, since the pieces of one training step
 * follow each other closely, and then sleeps. How long it polls follows from what came of it: waits
 * that end while polling lengthen the next, waits that have to sleep shorten it, so that a thread
 * whose partner has lost its processor to another process gives its own free.
 *
 * fork() copies a pool but none of its threads, and its locks as they stood at that moment. The
 * copy is noticed when it is next used: then it starts threads of its own, or does all parts itself
 * where none can be started; parts never wait for each other.
 */
#include "base/pool.h"

#include "base/context_internal.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/process.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

/* Polls of a wait, some 50 ns each: at most a millisecond, at least less than a wake-up costs. */
enum { MOST_POLLS = 20000, LEAST_POLLS = 300 };

/* How long one thread polls next time. */
typedef struct patience {
    int polls;
} patience;

static void lengthen(patience *p)
{
    p->polls = p->polls < MOST_POLLS / 2 ? 2 * p->polls : MOST_POLLS;
}

static void shorten(patience *p)
{
    p->polls = p->polls > 4 * LEAST_POLLS ? p->polls / 4 : LEAST_POLLS;
}

typedef struct worker {
    nc__pool *pool;
    int32_t part;
    pthread_t thread;
    patience patience;
} worker;

struct nc__pool {
    int32_t threads;
    bool is_alone;       /* no worker runs: the caller does all parts */
    nc__process process; /* that the workers belong to */
    pthread_mutex_t mutex;
    pthread_cond_t start, finish;
    atomic_int_fast64_t round; /* grows with every piece of work */
    atomic_int_fast32_t running;
    int32_t sleepers; /* workers asleep on start; under the mutex */
    bool caller_sleeps;
    bool quit;
    patience patience; /* of the caller */
    nc__work_fn work;
    void *argument;
    worker workers[];
};

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

/* Waits for a round after `seen`. */
static int64_t await_round(nc__pool *pool, patience *p, int64_t seen)
{
    for (int poll = 0; poll < p->polls; poll++) {
        int64_t round = atomic_load_explicit(&pool->round, memory_order_acquire);
        if (round != seen) {
            lengthen(p);
            return round;
        }
        relax();
    }
    shorten(p);
    pthread_mutex_lock(&pool->mutex);
    pool->sleepers++;
    while (atomic_load(&pool->round) == seen)
        pthread_cond_wait(&pool->start, &pool->mutex);
    pool->sleepers--;
    int64_t round = atomic_load(&pool->round);
    pthread_mutex_unlock(&pool->mutex);
    return round;
}

static void *worker_main(void *argument)
{
    worker *self = argument;
    nc__pool *pool = self->pool;
    int64_t seen = 0;
    for (;;) {
        seen = await_round(pool, &self->patience, seen);
        if (pool->quit)
            return NULL;
        pool->work(pool->argument, self->part, pool->threads);
        if (atomic_fetch_sub_explicit(&pool->running, 1, memory_order_acq_rel) == 1) {
            pthread_mutex_lock(&pool->mutex);
            if (pool->caller_sleeps)
                pthread_cond_signal(&pool->finish);
            pthread_mutex_unlock(&pool->mutex);
        }
    }
}

static void begin_round(nc__pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add_explicit(&pool->round, 1, memory_order_release);
    if (pool->sleepers > 0)
        pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->mutex);
}

static void await_workers(nc__pool *pool)
{
    for (int poll = 0; poll < pool->patience.polls; poll++) {
        if (atomic_load_explicit(&pool->running, memory_order_acquire) == 0) {
            lengthen(&pool->patience);
            return;
        }
        relax();
    }
    shorten(&pool->patience);
    pthread_mutex_lock(&pool->mutex);
    pool->caller_sleeps = true;
    while (atomic_load(&pool->running) != 0)
        pthread_cond_wait(&pool->finish, &pool->mutex);
    pool->caller_sleeps = false;
    pthread_mutex_unlock(&pool->mutex);
}

/* ---- workers begin and end ---- */

/* The application's signals are for its own threads. Only those that a fault in the worker itself
 * raises stay open: the system ends a process without asking its handlers if they are blocked. */
static void block_signals(sigset_t *before)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
    sigset_t blocked;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&blocked, faults[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, before);
}

static void stop_workers(nc__pool *pool, int32_t started)
{
    pool->quit = true;
    begin_round(pool);
    for (int32_t i = 0; i < started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->finish);
    pthread_cond_destroy(&pool->start);
    pthread_mutex_destroy(&pool->mutex);
}

/* All workers, or none; the number that could be started. Workers inherit the mask of signals, so
 * that the caller has theirs for a moment: what arrives in it waits. */
static int32_t start_workers(nc__pool *pool)
{
    sigset_t before;
    int32_t started = 0;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->start, NULL);
    pthread_cond_init(&pool->finish, NULL);
    atomic_init(&pool->round, 0);
    atomic_init(&pool->running, 0);
    pool->sleepers = 0;
    pool->caller_sleeps = pool->quit = false;
    pool->patience.polls = MOST_POLLS;
    block_signals(&before);
    for (; started < pool->threads - 1; started++) {
        worker *w = &pool->workers[started];
        *w = (worker){.pool = pool, .part = started + 1, .patience = {MOST_POLLS}};
        if (pthread_create(&w->thread, NULL, worker_main, w) != 0)
            break;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pool->is_alone = started < pool->threads - 1;
    if (pool->is_alone)
        stop_workers(pool, started);
    return started;
}

/* In a copy by fork(): locks are made anew in the same place, since a worker that is not here may
 * hold the old ones, and to destroy those may wait for it. */
static void revive(libnc_context *context, nc__pool *pool)
{
    nc__process_renew(&pool->process);
    int32_t started = start_workers(pool);
    if (pool->is_alone)
        nc__log(context, LIBNC_LOG_WARNING,
                "threads = %d: only %d could be started after fork(): one does all the work",
                pool->threads, started + 1);
}

/* ---- work ---- */

void nc__parallel(libnc_context *context, nc__work_fn work, void *argument)
{
    nc__pool *pool = context->pool;
    if (!pool) {
        work(argument, 0, 1);
        return;
    }
    if (!nc__process_is_this(&pool->process))
        revive(context, pool);
    if (pool->is_alone) {
        for (int32_t part = 0; part < pool->threads; part++)
            work(argument, part, pool->threads);
        return;
    }
    pool->work = work;
    pool->argument = argument;
    atomic_store(&pool->running, pool->threads - 1);
    begin_round(pool);
    work(argument, 0, pool->threads);
    await_workers(pool);
}

void nc__share(int64_t count, int64_t grain, int32_t part, int32_t parts, int64_t *begin,
               int64_t *end)
{
    int64_t grains = (count + grain - 1) / grain;
    int64_t first = grains * part / parts * grain;
    int64_t last = grains * (part + 1) / parts * grain;
    *begin = first < count ? first : count;
    *end = last < count ? last : count;
}

nc__pool *nc__pool_create(libnc_context *context, int32_t threads)
{
    size_t size = sizeof(nc__pool) + (size_t)(threads - 1) * sizeof(worker);
    nc__pool *pool = nc__alloc(context, 1, size);
    if (!pool)
        return NULL;
    pool->threads = threads;
    nc__process_note(&pool->process);
    int32_t started = start_workers(pool);
    if (pool->is_alone) {
        nc__fail(context, LIBNC_ERROR_MEMORY, "threads = %d: only %d could be started", threads,
                 started + 1);
        nc__pool_destroy(context, pool);
        return NULL;
    }
    return pool;
}

/* Workers of another process are not here to be stopped. */
void nc__pool_destroy(libnc_context *context, nc__pool *pool)
{
    if (!pool)
        return;
    if (!pool->is_alone && nc__process_is_this(&pool->process))
        stop_workers(pool, pool->threads - 1);
    nc__process_forget(&pool->process);
    nc__free(context, pool);
}
