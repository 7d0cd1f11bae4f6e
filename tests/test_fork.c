/* SPDX-License-Identifier: MIT
 *
 * test_fork.c: contexts with threads in the children of fork(), and the signals of their threads.
 *
 * A child that hangs ends by SIGALRM; what a child finds wrong is its exit status.
 */
#define _GNU_SOURCE /* pthread_setattr_default_np */

#include "base/base.h"
#include "base/process.h"
#include "support/suite.h"

#include <check.h>
#include <libnc/libnc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The thread sanitizer does not know that the threads of the parent are gone: a new one with the
 * address of an old one ends the process, as does any new one if it is not told otherwise. */
#ifdef __SANITIZE_THREAD__
enum { CAN_START_THREADS = 0 };
#else
enum { CAN_START_THREADS = 1 };
#endif
/* The address sanitizer's allocator is not made anew in a child: where another thread held one of
 * its locks at the fork, as a thread that begins does, the child waits for ever. The C library's
 * allocator is. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { CAN_FORK_AMID_WORK = 0 };
#else
enum { CAN_FORK_AMID_WORK = 1 };
#endif

enum { PATIENCE = 60 /* seconds for a child on a loaded machine */, RIGHT = 17 };

/* The child goes on with its part; the parent gets false when it has ended well. */
static bool in_child(void)
{
    int how;
    fflush(NULL);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        alarm(PATIENCE);
        return true;
    }
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    ck_assert_msg(!WIFSIGNALED(how), "the child was ended by signal %d", WTERMSIG(how));
    ck_assert_int_eq(WEXITSTATUS(how), RIGHT);
    return false;
}

static void child_ends(bool right)
{
    _exit(right ? RIGHT : 1);
}

static libnc_context *context_of(int32_t threads)
{
    libnc_context *context = NULL;
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    ck_assert_int_eq(libnc_context_set_threads(context, threads), LIBNC_OK);
    return context;
}

/* ---- parts ---- */

enum { MOST_PARTS = 8 };

typedef struct record {
    atomic_int done[MOST_PARTS];
    pthread_t who[MOST_PARTS];
    sigset_t masks[MOST_PARTS];
} record;

static void note_part(void *argument, int32_t part, int32_t parts)
{
    record *r = argument;
    (void)parts;
    r->who[part] = pthread_self();
    pthread_sigmask(SIG_SETMASK, NULL, &r->masks[part]);
    atomic_fetch_add(&r->done[part], 1);
}

/* Whether each part is done once a round; `others` counts those of other threads. */
static bool runs(libnc_context *context, int rounds, int32_t parts, int *others)
{
    static record r;
    memset(&r, 0, sizeof r);
    for (int i = 0; i < rounds; i++)
        nc__parallel(context, note_part, &r);
    *others = 0;
    for (int32_t part = 0; part < parts; part++) {
        *others += !pthread_equal(r.who[part], pthread_self());
        if (atomic_load(&r.done[part]) != rounds)
            return false;
    }
    return parts == MOST_PARTS || atomic_load(&r.done[parts]) == 0;
}

static void nap(long microseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000 * microseconds}, NULL);
}

START_TEST(children_have_threads_of_their_own)
{
    int others;
    for (int32_t threads = 1; threads <= MOST_PARTS; threads *= 2) {
        libnc_context *context = context_of(threads);
        for (int turn = 0; turn < 10; turn++) {
            if (turn > 0)
                ck_assert(runs(context, turn % 3, threads, &others));
            else if (!CAN_FORK_AMID_WORK)
                ck_assert(runs(context, 1, threads, &others));
            nap(turn % 2 ? 0 : 2000); /* workers that poll, and that sleep */
            if (in_child()) {
                bool right = runs(context, 50, threads, &others) && others == threads - 1 &&
                             libnc_context_threads(context) == threads;
                if (turn % 2)
                    libnc_context_destroy(context);
                child_ends(right);
            }
            ck_assert(runs(context, 3, threads, &others));
            ck_assert_int_eq(others, threads - 1);
        }
        libnc_context_destroy(context);
    }
}
END_TEST

/* Destroyed without having been used, and with another number of threads. */
START_TEST(children_that_do_something_else)
{
    int others;
    libnc_context *context = context_of(4);
    ck_assert(runs(context, 3, 4, &others));
    if (in_child()) {
        libnc_context_destroy(context);
        child_ends(true);
    }
    const int32_t counts[] = {1, 2, 8};
    for (int i = 0; i < 3; i++) {
        if (!in_child())
            continue;
        bool right = libnc_context_set_threads(context, counts[i]) == LIBNC_OK &&
                     runs(context, 20, counts[i], &others) && others == counts[i] - 1;
        libnc_context_destroy(context);
        child_ends(right);
    }
    ck_assert(runs(context, 3, 4, &others));
    libnc_context_destroy(context);
}
END_TEST

/* Five generations, each of which works before and after it has a child. */
START_TEST(children_of_children)
{
    int others;
    const pid_t first = getpid();
    libnc_context *context = context_of(3);
    for (int generation = 0; generation < 5 && runs(context, 5, 3, &others) && in_child();)
        generation++;
    bool right = runs(context, 5, 3, &others) && others == 2;
    libnc_context_destroy(context);
    if (getpid() != first)
        child_ends(right);
    ck_assert(right);
}
END_TEST

/* ---- a fork in one thread while another works ---- */

static atomic_bool enough;

static void *work_on(void *argument)
{
    int others;
    while (!atomic_load(&enough))
        if (!runs(argument, 20, 3, &others))
            return NULL;
    return argument;
}

/* The other thread's context can be destroyed in the child, whatever its pool was doing; that of
 * the thread that forks can be used. */
START_TEST(forked_while_others_work)
{
    libnc_context *theirs = context_of(3), *mine = context_of(2);
    pthread_t thread;
    void *result;
    atomic_store(&enough, false);
    ck_assert_int_eq(pthread_create(&thread, NULL, work_on, theirs), 0);
    for (int turn = 0; turn < 60; turn++) {
        if (in_child()) {
            static record r; /* the other thread's may be half written */
            memset(&r, 0, sizeof r);
            libnc_context_destroy(theirs);
            for (int i = 0; i < 20; i++)
                nc__parallel(mine, note_part, &r);
            libnc_context_destroy(mine);
            child_ends(atomic_load(&r.done[0]) == 20 && atomic_load(&r.done[1]) == 20);
        }
        nap(turn % 7 * 100);
    }
    atomic_store(&enough, true);
    ck_assert_int_eq(pthread_join(thread, &result), 0);
    ck_assert_ptr_eq(result, theirs);
    libnc_context_destroy(theirs);
    libnc_context_destroy(mine);
}
END_TEST

/* ---- where no thread can be started ---- */

#ifdef __GLIBC__
static int warnings;

static void hear(int32_t level, const char *text, void *user)
{
    (void)user;
    warnings += level == LIBNC_LOG_WARNING && strstr(text, "threads = 4: only 1") != NULL;
}

START_TEST(children_without_threads)
{
    int others;
    libnc_context *context = context_of(4);
    ck_assert(runs(context, 1, 4, &others));
    if (in_child()) {
        pthread_attr_t huge;
        bool right = pthread_attr_init(&huge) == 0 &&
                     pthread_attr_setstacksize(&huge, (size_t)1 << 46) == 0 &&
                     pthread_setattr_default_np(&huge) == 0 &&
                     libnc_context_set_log(context, hear, NULL, LIBNC_LOG_WARNING) == LIBNC_OK;
        right = right && runs(context, 10, 4, &others) && others == 0 && warnings == 1;
        libnc_context_destroy(context);
        child_ends(right);
    }
    ck_assert(runs(context, 1, 4, &others));
    ck_assert_int_eq(others, 3);
    libnc_context_destroy(context);
}
END_TEST
#endif

/* ---- results ---- */

enum { K = 6, D = 96, N = 3000 };

/* A first pass, a second and the metric that needs both. */
static double measure(libnc_context *context)
{
    static float features[N * D];
    static int32_t labels[N];
    libnc_accumulator *a;
    libnc_report *report;
    double value = -1;
    for (int i = 0; i < N; i++) {
        labels[i] = i % K;
        for (int j = 0; j < D; j++)
            features[i * D + j] = (float)((i * 31 + j * 17 + labels[i] * j) % 101) / 50;
    }
    libnc_status status = libnc_accumulator_create(&a, context, K, D);
    for (int pass = 0; pass < 2 && status == LIBNC_OK; pass++) {
        if (pass == 1)
            status = libnc_accumulator_begin_second_pass(a, NULL, NULL, LIBNC_FLOAT64);
        if (status == LIBNC_OK)
            status = libnc_accumulator_update(a, features, LIBNC_FLOAT32, N, D, labels,
                                              LIBNC_LABEL_INT32);
    }
    if (status == LIBNC_OK)
        status = libnc_report_create(&report, context);
    if (status == LIBNC_OK) {
        const libnc_accumulator *layers[1] = {a};
        status = libnc_report_measure_features(report, layers, NULL, NULL, 1);
        if (status >= 0)
            status = libnc_report_value(report, LIBNC_METRIC_NC1, 1, &value);
        libnc_report_destroy(report);
    }
    libnc_accumulator_destroy(a);
    return status < 0 ? -1 : value;
}

START_TEST(results_are_the_parents)
{
    for (int32_t threads = 1; threads <= 3; threads++) {
        libnc_context *context = context_of(threads);
        const double value = measure(context);
        ck_assert_double_gt(value, 0);
        if (in_child()) {
            bool right = measure(context) == value;
            libnc_context_destroy(context);
            child_ends(right);
        }
        ck_assert(measure(context) == value);
        libnc_context_destroy(context);
    }
}
END_TEST

/* ---- notes of processes ---- */

START_TEST(copies_are_told_from_their_parents)
{
    nc__process here;
    nc__process_note(&here);
    ck_assert(nc__process_is_this(&here));
    if (in_child()) {
        bool right = !nc__process_is_this(&here);
        if (here.mark) {
            here.id = getpid(); /* as in another namespace of numbers */
            right = right && !nc__process_is_this(&here);
        }
        nc__process_renew(&here);
        right = right && nc__process_is_this(&here);
        nc__process_forget(&here);
        child_ends(right);
    }
    ck_assert(nc__process_is_this(&here));
    nc__process_forget(&here);
    nc__process_forget(&here);
}
END_TEST

/* ---- signals ---- */

static void check_masks(const record *r, int32_t threads)
{
    for (int32_t part = 1; part < threads; part++)
        for (int number = 1; number <= 31; number++) {
            const bool fault = number == SIGSEGV || number == SIGBUS || number == SIGFPE ||
                               number == SIGILL || number == SIGTRAP || number == SIGSYS;
            const bool never = number == SIGKILL || number == SIGSTOP;
            if (!never)
                ck_assert_msg(sigismember(&r->masks[part], number) == !fault,
                              "worker %d, signal %d", (int)part, number);
        }
}

/* Workers leave the application's signals to its threads; its own mask is as it was. */
START_TEST(workers_block_signals)
{
    static record r;
    sigset_t before, after;
    sigemptyset(&before);
    sigaddset(&before, SIGUSR2);
    ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
    libnc_context *context = context_of(4);
    nc__parallel(context, note_part, &r);
    check_masks(&r, 4);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (int number = 1; number <= 31; number++)
        ck_assert_int_eq(sigismember(&after, number), sigismember(&before, number));
    libnc_context_destroy(context);
}
END_TEST

static volatile sig_atomic_t handled, elsewhere;
static pthread_t application;

static void handle(int number)
{
    (void)number;
    handled++;
    elsewhere += !pthread_equal(pthread_self(), application);
}

/* Signals of the process that its only thread blocks wait for it, though workers are there; and
 * work goes on through those that it takes. */
START_TEST(signals_while_working)
{
    struct sigaction action = {.sa_handler = handle};
    sigset_t mask, none;
    int others;
    application = pthread_self();
    ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
    libnc_context *context = context_of(4);
    sigemptyset(&none);
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, &mask, NULL), 0);
    for (int i = 0; i < 20; i++) {
        kill(getpid(), SIGUSR1);
        ck_assert(runs(context, 5, 4, &others));
        nap(500);
    }
    ck_assert_int_eq(handled, 0);
    ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &none, NULL), 0);
    ck_assert_int_eq(handled, 1);
    for (int i = 0; i < 200; i++) {
        kill(getpid(), SIGUSR1);
        ck_assert(runs(context, 5, 4, &others));
    }
    ck_assert_int_eq(handled, 201);
    ck_assert_int_eq(elsewhere, 0);
    libnc_context_destroy(context);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fork");
    TCase *tests = add_case(suite, "fork", 4 * PATIENCE);
    if (CAN_START_THREADS) {
        tcase_add_test(tests, children_have_threads_of_their_own);
        tcase_add_test(tests, children_that_do_something_else);
        tcase_add_test(tests, children_of_children);
        if (CAN_FORK_AMID_WORK)
            tcase_add_test(tests, forked_while_others_work);
        tcase_add_test(tests, results_are_the_parents);
#ifdef __GLIBC__
        tcase_add_test(tests, children_without_threads);
#endif
    }
    tcase_add_test(tests, copies_are_told_from_their_parents);
    tcase_add_test(tests, workers_block_signals);
    tcase_add_test(tests, signals_while_working);
    return run_suite(suite);
}
