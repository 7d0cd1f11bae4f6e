/* SPDX-License-Identifier: MIT
 *
 * faults.h: an allocator for tests that counts, fails on demand and shows leaks.
 *
 *     faults f = {0};                        // all zero: counts only
 *     libnc_context_create_with_allocator(&context, faults_allocate, faults_release, &f);
 *     f.fail_at = f.calls + 1;               // the next allocation fails, once
 *     f.from_then_on = 1;                    // and every one after it
 *     ...
 *     ck_assert_int_eq(f.live, 0);           // after everything was destroyed: nothing leaked
 *
 * New blocks hold 0xa5 and released ones 0xdd in every byte, so that code which relies on zeros
 * from the allocator or reads released memory goes wrong visibly.
 *
 * faults_try_all() runs a scenario with its first, second, third ... allocation failing.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include <check.h>
#include <libnc/context.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct faults {
    int64_t calls;      /* allocations asked for so far, failed ones included */
    int64_t live;       /* blocks allocated and not yet released */
    int64_t live_bytes; /* their size */
    int64_t peak_bytes; /* the most live_bytes ever was */
    int64_t largest;    /* the largest size ever asked for */
    int64_t fail_at;    /* the call, counted from 1, that fails; 0 for none */
    int from_then_on;   /* non-zero: every call after fail_at fails too */
    int64_t failed;     /* calls that failed on demand */
} faults;

/* Keeps the size before the block, at malloc's alignment. */
typedef union faults_head {
    size_t size;
    max_align_t align;
} faults_head;

static inline void *faults_allocate(size_t size, void *user)
{
    faults *f = user;
    f->calls++;
    if ((int64_t)size > f->largest)
        f->largest = (int64_t)size;
    if (f->fail_at > 0 && (f->calls == f->fail_at || (f->from_then_on && f->calls > f->fail_at))) {
        f->failed++;
        return NULL;
    }
    faults_head *head = malloc(sizeof *head + size);
    if (!head)
        return NULL;
    head->size = size;
    f->live++;
    f->live_bytes += (int64_t)size;
    if (f->live_bytes > f->peak_bytes)
        f->peak_bytes = f->live_bytes;
    return memset(head + 1, 0xa5, size);
}

static inline void faults_release(void *block, void *user)
{
    faults *f = user;
    faults_head *head = (faults_head *)block - 1;
    f->live--;
    f->live_bytes -= (int64_t)head->size;
    memset(block, 0xdd, head->size);
    free(head);
}

/* Makes things from the context, destroys them, and returns the first error that it met. */
typedef libnc_status (*faults_scenario)(libnc_context *context, void *argument);

/* Runs the scenario in a new context of one allocator; returns its status. */
static inline libnc_status faults_try(faults *f, faults_scenario scenario, void *argument)
{
    libnc_context *context = NULL;
    libnc_status status =
        libnc_context_create_with_allocator(&context, faults_allocate, faults_release, f);
    if (status)
        return status;
    status = scenario(context, argument);
    libnc_context_destroy(context);
    return status;
}

/* The scenario must pass when nothing fails; when its n-th allocation fails, once or from then on,
 * it must return LIBNC_ERROR_MEMORY; and nothing may leak. n = 1 is the context's own block.
 * Returns the number of allocations of an undisturbed run. */
static inline int64_t faults_try_all(faults_scenario scenario, void *argument)
{
    faults counted = {0};
    ck_assert_int_eq(faults_try(&counted, scenario, argument), LIBNC_OK);
    ck_assert_int_eq(counted.live, 0);
    for (int from_then_on = 0; from_then_on <= 1; from_then_on++) {
        for (int64_t n = 1; n <= counted.calls; n++) {
            faults f = {.fail_at = n, .from_then_on = from_then_on};
            libnc_status status = faults_try(&f, scenario, argument);
            ck_assert_msg(status == LIBNC_ERROR_MEMORY, "allocation %lld of %lld failed: status %d",
                          (long long)n, (long long)counted.calls, (int)status);
            ck_assert_msg(f.failed > 0, "allocation %lld was not reached", (long long)n);
            ck_assert_msg(f.live == 0, "allocation %lld failed: %lld blocks leaked", (long long)n,
                          (long long)f.live);
        }
    }
    return counted.calls;
}

#endif
