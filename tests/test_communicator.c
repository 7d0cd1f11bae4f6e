/* SPDX-License-Identifier: MIT
 *
 * test_communicator.c: exchanges between ranks, and errors that all of them share.
 */
#include "support/suite.h"
#include "support/thread_ranks.h"

#include <stdio.h>

#define fine(call)                                                                                 \
    ck_assert_msg((call) == LIBNC_OK, "%s: %s", #call, libnc_context_error(r->context))

/* ---- exchanges ---- */

/* Rank r holds r + 1, r + 2, ...: sums and largest values have closed forms. */
static void exchange_values(rank_thread *r)
{
    enum { COUNT = 5 };
    const int32_t size = r->job->size;
    double sum[COUNT], largest[COUNT];
    int64_t wholes[COUNT];
    for (int32_t i = 0; i < COUNT; i++) {
        sum[i] = largest[i] = r->rank + 1 + i;
        wholes[i] = r->rank + 1 + i;
    }
    fine(libnc_communicator_sum(r->communicator, sum, COUNT));
    fine(libnc_communicator_sum_int64(r->communicator, wholes, COUNT));
    fine(libnc_communicator_maximum(r->communicator, largest, COUNT));
    for (int32_t i = 0; i < COUNT; i++) {
        ck_assert_double_eq(sum[i], size * (size + 1) / 2 + size * i);
        ck_assert_int_eq(wholes[i], size * (size + 1) / 2 + size * i);
        ck_assert_double_eq(largest[i], size + i);
    }
    fine(libnc_communicator_barrier(r->communicator));
}

static void exchange_bytes(rank_thread *r)
{
    const int32_t size = r->job->size, root = size - 1;
    char own[3] = {'a', (char)('0' + r->rank), 'c'}, all[MOST_THREAD_RANKS * 3] = {0};
    fine(libnc_communicator_gather(r->communicator, own, sizeof own, r->rank == root ? all : NULL,
                                   root));
    for (int32_t i = 0; r->rank == root && i < size; i++) {
        ck_assert_int_eq(all[3 * i], 'a');
        ck_assert_int_eq(all[3 * i + 1], '0' + i);
        ck_assert_int_eq(all[3 * i + 2], 'c');
    }
    fine(libnc_communicator_broadcast(r->communicator, own, sizeof own, root));
    ck_assert_int_eq(own[1], '0' + root);
    fine(libnc_communicator_sum(r->communicator, NULL, 0));
    fine(libnc_communicator_broadcast(r->communicator, NULL, 0, 0));
    fine(libnc_communicator_gather(r->communicator, NULL, 0, NULL, 0));
}

START_TEST(ranks_exchange_values_and_bytes)
{
    job_threads job = {.size = _i};
    run_ranks(&job, exchange_values);
    run_ranks(&job, exchange_bytes);
}
END_TEST

START_TEST(serial_ranks_keep_their_values)
{
    libnc_context *context;
    libnc_communicator *alone;
    double value = 3, all = 0;
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    ck_assert_int_eq(libnc_communicator_create_serial(&alone, context), LIBNC_OK);
    ck_assert_int_eq(libnc_communicator_rank(alone), 0);
    ck_assert_int_eq(libnc_communicator_size(alone), 1);
    ck_assert_int_eq(libnc_communicator_sum(alone, &value, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_communicator_gather(alone, &value, 8, &all, 0), LIBNC_OK);
    ck_assert_double_eq(all, 3);
    ck_assert_int_eq(libnc_communicator_barrier(alone), LIBNC_OK);
    ck_assert_int_eq(libnc_communicator_agree(alone, LIBNC_ERROR_STATE), LIBNC_ERROR_STATE);
    libnc_communicator_destroy(alone);
    libnc_context_destroy(context);
}
END_TEST

/* ---- shared errors ---- */

/* An error of the ranks in the set of bits `argument`. */
static void fail_on_some(rank_thread *r)
{
    const int set = *(int *)r->job->argument;
    libnc_status status = LIBNC_OK;
    int32_t first = 0;
    char expected[64];
    if (set >> r->rank & 1)
        status = libnc_context_set_threads(r->context, -r->rank - 1);
    status = libnc_communicator_agree(r->communicator, status);
    while (first < r->job->size && !(set >> first & 1))
        first++;
    if (first == r->job->size) {
        ck_assert_int_eq(status, LIBNC_OK);
        return;
    }
    const char *prefix = r->job->size > 1 ? "rank %d: threads = %d:" : "%.0dthreads = %d:";
    snprintf(expected, sizeof expected, prefix, r->job->size > 1 ? first : 0, -first - 1);
    ck_assert_int_eq(status, LIBNC_ERROR_ARGUMENT);
    ck_assert_msg(strncmp(libnc_context_error(r->context), expected, strlen(expected)) == 0, "%s",
                  libnc_context_error(r->context));
    /* what is agreed on already is told as it is */
    ck_assert_int_eq(libnc_communicator_agree(r->communicator, status), LIBNC_ERROR_ARGUMENT);
    ck_assert_msg(strncmp(libnc_context_error(r->context), expected, strlen(expected)) == 0, "%s",
                  libnc_context_error(r->context));
}

START_TEST(an_error_of_one_rank_is_that_of_all)
{
    for (int32_t size = 1; size <= 4; size++)
        for (int set = 0; set < 1 << size; set++) {
            job_threads job = {.size = size, .argument = &set};
            run_ranks(&job, fail_on_some);
        }
}
END_TEST

/* The last rank gets an argument wrong: all calls return, and the next one works. */
static void err_on_last(rank_thread *r)
{
    const bool is_last = r->rank == r->job->size - 1;
    double values[2] = {1, 2}, kept[2] = {1, 2};
    libnc_communicator *c = r->communicator;
    const libnc_status failed[] = {
        libnc_communicator_sum(c, is_last ? NULL : values, 2),
        libnc_communicator_maximum(c, values, is_last ? -1 : 2),
        libnc_communicator_broadcast(c, values, 16, is_last ? r->job->size : 0),
        libnc_communicator_gather(c, is_last ? NULL : values, 16, values, 0),
    };
    for (size_t i = 0; i < sizeof failed / sizeof *failed; i++)
        ck_assert_int_eq(failed[i], LIBNC_ERROR_ARGUMENT);
    ck_assert_mem_eq(values, kept, sizeof kept);
    fine(libnc_communicator_sum(c, values, 2));
}

START_TEST(a_bad_argument_of_one_rank_hangs_nobody)
{
    job_threads job = {.size = _i};
    run_ranks(&job, err_on_last);
}
END_TEST

static void lose_transport(rank_thread *r)
{
    double value = 1;
    libnc_status status = libnc_communicator_sum(r->communicator, &value, 1);
    if (status == LIBNC_OK)
        status = libnc_communicator_agree(r->communicator, r->rank == 1 ? LIBNC_ERROR_STATE : 0);
    if (r->exchanges < r->job->fail_at) {
        ck_assert_int_eq(status, LIBNC_ERROR_STATE);
        return;
    }
    ck_assert_int_eq(status, LIBNC_ERROR_COMMUNICATION);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(r->context), "communicator: rank "));
    ck_assert_int_eq(libnc_communicator_agree(r->communicator, 0), LIBNC_ERROR_COMMUNICATION);
    ck_assert_int_eq(libnc_communicator_barrier(r->communicator), LIBNC_ERROR_COMMUNICATION);
}

START_TEST(a_lost_transport_is_an_error_on_all_ranks)
{
    for (int64_t at = 1; at <= 5; at++) {
        job_threads job = {.size = 3, .fail_at = at};
        run_ranks(&job, lose_transport);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("communicator");
    TCase *tests = add_case(suite, "communicator", 60);
    tcase_add_loop_test(tests, ranks_exchange_values_and_bytes, 1, 5);
    tcase_add_test(tests, serial_ranks_keep_their_values);
    tcase_add_test(tests, an_error_of_one_rank_is_that_of_all);
    tcase_add_loop_test(tests, a_bad_argument_of_one_rank_hangs_nobody, 1, 5);
    tcase_add_test(tests, a_lost_transport_is_an_error_on_all_ranks);
    return run_suite(suite);
}
