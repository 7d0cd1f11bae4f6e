/* SPDX-License-Identifier: MIT
 *
 * context_fixture.h: a context for each test, whose allocator counts and fails on demand; after the
 * test nothing may be left of it.
 */
#ifndef CONTEXT_FIXTURE_H
#define CONTEXT_FIXTURE_H

#include "support/faults.h"
#include "support/suite.h"

static libnc_context *context;
static faults memory;

static inline void setup(void)
{
    memory = (faults){0};
    ck_assert_int_eq(
        libnc_context_create_with_allocator(&context, faults_allocate, faults_release, &memory),
        LIBNC_OK);
}

static inline void teardown(void)
{
    libnc_context_destroy(context);
    ck_assert_int_eq(memory.live, 0);
    ck_assert_int_eq(memory.live_bytes, 0);
}

/* The call succeeds, or its error text is shown. */
#define must(call)                                                                                 \
    do {                                                                                           \
        const libnc_status must_status = (call);                                                   \
        if (must_status != LIBNC_OK)                                                               \
            ck_abort_msg("%s: %s (%s)", #call, libnc_status_name(must_status),                     \
                         libnc_context_error(context));                                            \
    } while (0)

/* A case of the suite with the fixture around every test. */
static inline void add_tests(Suite *suite, const char *name, const TTest *const *tests,
                             size_t count)
{
    TCase *with_context = add_case(suite, name, 60);
    tcase_add_checked_fixture(with_context, setup, teardown);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(with_context, tests[i]);
}

#endif
