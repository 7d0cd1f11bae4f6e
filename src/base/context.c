/* SPDX-License-Identifier: MIT
 *
 * context.c: the context, its error text and log, and the status names.
 */
#include "base/context_internal.h"

#include "base/error.h"
#include "base/pool.h"

#include <libnc/version.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TEXT_OF(x)                        #x
#define VERSION_TEXT(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

const char *libnc_version(void)
{
    return VERSION_TEXT(LIBNC_VERSION_MAJOR, LIBNC_VERSION_MINOR, LIBNC_VERSION_PATCH);
}

int32_t libnc_version_number(void)
{
    return 10000 * LIBNC_VERSION_MAJOR + 100 * LIBNC_VERSION_MINOR + LIBNC_VERSION_PATCH;
}

const char *libnc_status_name(libnc_status status)
{
    switch (status) {
    case LIBNC_OK: return "OK";
    case LIBNC_ERROR_ARGUMENT: return "ERROR_ARGUMENT";
    case LIBNC_ERROR_MEMORY: return "ERROR_MEMORY";
    case LIBNC_ERROR_DIMENSION: return "ERROR_DIMENSION";
    case LIBNC_ERROR_NOT_FINITE: return "ERROR_NOT_FINITE";
    case LIBNC_ERROR_FILE: return "ERROR_FILE";
    case LIBNC_ERROR_FORMAT: return "ERROR_FORMAT";
    case LIBNC_ERROR_STATE: return "ERROR_STATE";
    case LIBNC_ERROR_UNSUPPORTED: return "ERROR_UNSUPPORTED";
    case LIBNC_ERROR_NUMERICAL: return "ERROR_NUMERICAL";
    case LIBNC_ERROR_INTERNAL: return "ERROR_INTERNAL";
    case LIBNC_ERROR_COMMUNICATION: return "ERROR_COMMUNICATION";
    default: return "UNKNOWN";
    }
}

/* Zeros that the system gives: pages that nobody touches take no memory. */
static void *default_allocate(size_t size, void *user)
{
    (void)user;
    return calloc(1, size);
}

static void default_release(void *block, void *user)
{
    (void)user;
    free(block);
}

libnc_status libnc_context_create(libnc_context **context)
{
    libnc_status status =
        libnc_context_create_with_allocator(context, default_allocate, default_release, NULL);
    if (status == LIBNC_OK)
        (*context)->allocates_zeros = true;
    return status;
}

libnc_status libnc_context_create_with_allocator(libnc_context **context,
                                                 libnc_allocate_fn allocate,
                                                 libnc_release_fn release, void *user)
{
    if (!context || !allocate || !release)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *created = allocate(sizeof *created, user);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    memset(created, 0, sizeof *created);
    created->allocate = allocate;
    created->release = release;
    created->allocator_user = user;
    created->threads = 1;
    *context = created;
    return LIBNC_OK;
}

void libnc_context_destroy(libnc_context *context)
{
    if (!context)
        return;
    nc__pool_destroy(context, context->pool);
    context->release(context, context->allocator_user);
}

const char *libnc_context_error(const libnc_context *context)
{
    return context ? context->error : "";
}

libnc_status libnc_context_fail(libnc_context *context, libnc_status status, const char *text)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (status >= 0)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "status = %d: must be negative", status);
    if (!text)
        return nc__check_given(context, "text", text);
    return nc__fail(context, status, "%s", text);
}

libnc_status libnc_context_set_log(libnc_context *context, libnc_log_fn log, void *user,
                                   int32_t level)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (level < LIBNC_LOG_ERROR || level > LIBNC_LOG_INFO)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "level = %d: must be from %d to %d", level,
                        LIBNC_LOG_ERROR, LIBNC_LOG_INFO);
    context->log = log;
    context->log_user = user;
    context->log_level = level;
    return LIBNC_OK;
}

libnc_status libnc_context_set_threads(libnc_context *context, int32_t threads)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (threads < 1 || threads > NC__MAX_THREADS)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "threads = %d: must be from 1 to %d",
                        threads, NC__MAX_THREADS);
    if (threads == context->threads)
        return LIBNC_OK;
    nc__pool *pool = NULL;
    if (threads > 1) {
        pool = nc__pool_create(context, threads);
        if (!pool)
            return LIBNC_ERROR_MEMORY;
    }
    nc__pool_destroy(context, context->pool);
    context->pool = pool;
    context->threads = threads;
    return LIBNC_OK;
}

int32_t libnc_context_threads(const libnc_context *context)
{
    return context ? context->threads : 0;
}
