/* SPDX-License-Identifier: MIT
 *
 * context.c: what the functions of libnc/context.h, blas.h, version.h and status.h refuse.
 */
#include "arguments/tables.h"

static void blas_set_threads(void)
{
    NO_CONTEXT("context", libnc_blas_set_threads(NULL, 1));
    EACH(i, not_threads)
    WRONG("threads", libnc_blas_set_threads(w->context, not_threads[i]));
}

static void context_create(void)
{
    NO_CONTEXT("context", libnc_context_create(NULL));
}

static void *plain_allocate(size_t size, void *user)
{
    ck_assert_ptr_null(user);
    return malloc(size);
}

static void plain_release(void *block, void *user)
{
    ck_assert_ptr_null(user);
    free(block);
}

static void context_create_with_allocator(void)
{
    libnc_context *made;
    NO_CONTEXT("context", libnc_context_create_with_allocator(NULL, world_allocate, faults_release,
                                                              &w->memory));
    NO_CONTEXT("allocate",
               libnc_context_create_with_allocator(&out.context, NULL, faults_release, &w->memory));
    NO_CONTEXT("release",
               libnc_context_create_with_allocator(&out.context, world_allocate, NULL, &w->memory));
    ACCEPTED("user",
             libnc_context_create_with_allocator(&made, plain_allocate, plain_release, NULL));
    libnc_context_destroy(made);
}

static void listen(int32_t level, const char *text, void *user)
{
    (void)level;
    (void)text;
    (void)user;
}

static void context_set_log(void)
{
    static const int32_t wrong[] = {0, -1, 4, INT32_MIN, INT32_MAX};
    NO_CONTEXT("context", libnc_context_set_log(NULL, listen, NULL, LIBNC_LOG_ERROR));
    EACH(i, wrong)
    WRONG("level", libnc_context_set_log(w->context, listen, NULL, wrong[i]));
    ACCEPTED("user", libnc_context_set_log(w->context, listen, NULL, LIBNC_LOG_ERROR));
    ACCEPTED("log", libnc_context_set_log(w->context, NULL, NULL, LIBNC_LOG_ERROR));
}

static void context_set_threads(void)
{
    NO_CONTEXT("context", libnc_context_set_threads(NULL, 1));
    EACH(i, not_threads)
    WRONG("threads", libnc_context_set_threads(w->context, not_threads[i]));
}

static void context_fail(void)
{
    NO_CONTEXT("context", libnc_context_fail(NULL, LIBNC_ERROR_STATE, "text"));
    WRONG("status", libnc_context_fail(w->context, LIBNC_OK, "text"));
    WRONG("text", libnc_context_fail(w->context, LIBNC_ERROR_STATE, NULL));
}

static void without_status(void)
{
    DONE(libnc_context_destroy(NULL));
    ZERO(libnc_context_threads(NULL));
    ck_assert_str_eq(libnc_context_error(NULL), "");
    note_argument("libnc_context_error(", "");
    EACH(i, not_there)
    if (not_there[i] != 0)
        ck_assert_str_eq(libnc_status_name(not_there[i] == -1 ? -1000 : not_there[i]), "UNKNOWN");
    note_argument("libnc_status_name(", "");
    const char *const texts[] = {libnc_version(), libnc_blas_provider(), libnc_blas_kernels()};
    EACH(i, texts)
    ck_assert_msg(texts[i] && *texts[i], "a text is empty");
    ck_assert_ptr_nonnull(libnc_blas_core());
    ck_assert_int_gt(libnc_version_number(), 0);
    DONE(libnc_version());
    DONE(libnc_version_number());
    DONE(libnc_blas_provider());
    DONE(libnc_blas_kernels());
    DONE(libnc_blas_core());
}

static const argument_check checks[] = {
    CHECKS(blas_set_threads), CHECKS(context_create),      CHECKS(context_create_with_allocator),
    CHECKS(context_set_log),  CHECKS(context_set_threads), CHECKS(context_fail),
};

const argument_table context_arguments = ARGUMENT_TABLE("context", checks, without_status);
