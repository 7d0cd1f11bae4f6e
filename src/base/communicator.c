/* SPDX-License-Identifier: MIT
 *
 * communicator.c: the ranks of a job: exchanges by the callbacks of a transport, and errors that
 * all ranks share (communicator_internal.h has the protocol).
 */
#include "base/communicator_internal.h"

#include "base/error.h"
#include "base/memory.h"

#include <string.h>

enum { MOST_RANKS = 1 << 24 };

/* ---- creation ---- */

static libnc_status create(libnc_communicator **communicator, libnc_context *context,
                           const libnc_communicator *content)
{
    libnc_communicator *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    *created = *content;
    *communicator = created;
    return LIBNC_OK;
}

static libnc_status check_transport(const libnc_communicator *c)
{
    const struct {
        const char *name;
        bool is_given;
    } callbacks[] = {{"all_reduce", c->all_reduce != NULL},
                     {"broadcast", c->broadcast != NULL},
                     {"gather", c->gather != NULL},
                     {"barrier", c->barrier != NULL}};
    for (size_t i = 0; i < sizeof callbacks / sizeof *callbacks; i++)
        if (!callbacks[i].is_given)
            return nc__fail(c->context, LIBNC_ERROR_ARGUMENT, "%s = NULL: must be given",
                            callbacks[i].name);
    return LIBNC_OK;
}

libnc_status libnc_communicator_create(libnc_communicator **communicator, libnc_context *context,
                                       int32_t rank, int32_t size, libnc_all_reduce_fn all_reduce,
                                       libnc_broadcast_fn broadcast, libnc_gather_fn gather,
                                       libnc_barrier_fn barrier, libnc_disconnect_fn disconnect,
                                       void *user)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    const libnc_communicator content = {.context = context,
                                        .rank = rank,
                                        .size = size,
                                        .all_reduce = all_reduce,
                                        .broadcast = broadcast,
                                        .gather = gather,
                                        .barrier = barrier,
                                        .disconnect = disconnect,
                                        .user = user};
    libnc_status status = nc__check_given(context, "communicator", communicator);
    if (status == LIBNC_OK)
        status = nc__check_bounds(context, "size", size, 1, MOST_RANKS);
    if (status == LIBNC_OK)
        status = nc__check_bounds(context, "rank", rank, 0, size - 1);
    if (status == LIBNC_OK)
        status = check_transport(&content);
    return status == LIBNC_OK ? create(communicator, context, &content) : status;
}

libnc_status libnc_communicator_create_serial(libnc_communicator **communicator,
                                              libnc_context *context)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    const libnc_communicator content = {.context = context, .size = 1};
    const libnc_status status = nc__check_given(context, "communicator", communicator);
    return status == LIBNC_OK ? create(communicator, context, &content) : status;
}

void libnc_communicator_destroy(libnc_communicator *communicator)
{
    if (!communicator)
        return;
    if (communicator->disconnect)
        communicator->disconnect(communicator->user);
    nc__free(communicator->context, communicator);
}

int32_t libnc_communicator_rank(const libnc_communicator *communicator)
{
    return communicator ? communicator->rank : 0;
}

int32_t libnc_communicator_size(const libnc_communicator *communicator)
{
    return communicator ? communicator->size : 0;
}

libnc_status nc__check_communicator(libnc_context *context, const libnc_communicator *communicator)
{
    libnc_status status = nc__check_given(context, "communicator", communicator);
    if (status == LIBNC_OK && communicator->context != context)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "communicator: belongs to another context");
    return status;
}

bool nc__has_ranks(const libnc_communicator *communicator)
{
    return communicator && communicator->size > 1;
}

bool nc__is_own(const libnc_communicator *communicator, int64_t item)
{
    return !communicator || item % communicator->size == communicator->rank;
}

/* ---- exchanges ---- */

/* After a failure nobody knows what the others wait for. */
static libnc_status sent(libnc_communicator *c, const char *callback, int32_t result)
{
    if (result == 0)
        return LIBNC_OK;
    c->is_broken = true;
    return nc__fail(c->context, LIBNC_ERROR_COMMUNICATION,
                    "communicator: rank %d of %d: %s returned %d", c->rank, c->size, callback,
                    result);
}

static libnc_status check_transport_works(const libnc_communicator *c)
{
    if (c->is_broken)
        return nc__fail(c->context, LIBNC_ERROR_COMMUNICATION,
                        "communicator: its transport failed before");
    return LIBNC_OK;
}

static libnc_status reduce(libnc_communicator *c, void *values, int64_t count, int32_t element,
                           int32_t reduction)
{
    if (!nc__has_ranks(c) || count == 0)
        return LIBNC_OK;
    const libnc_status status = check_transport_works(c);
    if (status != LIBNC_OK)
        return status;
    return sent(c, "all_reduce", c->all_reduce(values, count, element, reduction, c->user));
}

libnc_status nc__exchange_sum(libnc_communicator *c, double *values, int64_t count)
{
    return reduce(c, values, count, LIBNC_ELEMENT_FLOAT64, LIBNC_REDUCTION_SUM);
}

libnc_status nc__exchange_sum_int64(libnc_communicator *c, int64_t *values, int64_t count)
{
    return reduce(c, values, count, LIBNC_ELEMENT_INT64, LIBNC_REDUCTION_SUM);
}

libnc_status nc__exchange_maximum_int64(libnc_communicator *c, int64_t *values, int64_t count)
{
    return reduce(c, values, count, LIBNC_ELEMENT_INT64, LIBNC_REDUCTION_MAXIMUM);
}

static libnc_status exchange_maximum(libnc_communicator *c, double *values, int64_t count)
{
    return reduce(c, values, count, LIBNC_ELEMENT_FLOAT64, LIBNC_REDUCTION_MAXIMUM);
}

libnc_status nc__exchange_broadcast(libnc_communicator *c, void *bytes, int64_t size, int32_t root)
{
    if (!nc__has_ranks(c) || size == 0)
        return LIBNC_OK;
    const libnc_status status = check_transport_works(c);
    return status == LIBNC_OK ? sent(c, "broadcast", c->broadcast(bytes, size, root, c->user))
                              : status;
}

static libnc_status exchange_gather(libnc_communicator *c, const void *bytes, int64_t size,
                                    void *all, int32_t root)
{
    const libnc_status status = check_transport_works(c);
    if (status != LIBNC_OK || size == 0)
        return status;
    if (c->size == 1) {
        memmove(all, bytes, (size_t)size);
        return LIBNC_OK;
    }
    return sent(c, "gather", c->gather(bytes, size, all, root, c->user));
}

static libnc_status exchange_barrier(libnc_communicator *c)
{
    const libnc_status status = check_transport_works(c);
    if (status != LIBNC_OK || c->size == 1)
        return status;
    return sent(c, "barrier", c->barrier(c->user));
}

/* ---- agreement ---- */

/* What a rank that failed tells the others. */
typedef struct failure {
    int32_t status;
    char text[NC__ERROR_LENGTH];
} failure;

/* Rank `first` failed: its failure becomes everyone's. */
static libnc_status share_failure(libnc_communicator *c, int32_t first, libnc_status status)
{
    failure told = {.status = status};
    memcpy(told.text, c->context->error, sizeof told.text);
    const libnc_status sent_status = nc__exchange_broadcast(c, &told, sizeof told, first);
    if (sent_status != LIBNC_OK)
        return sent_status;
    told.text[sizeof told.text - 1] = '\0';
    if (strncmp(told.text, "rank ", strlen("rank ")) == 0) /* agreed on before */
        return nc__fail(c->context, told.status, "%s", told.text);
    return nc__fail(c->context, told.status, "rank %d: %s", first, told.text);
}

void nc__agree_begin(libnc_communicator *c)
{
    if (c)
        c->settled = LIBNC_OK;
}

libnc_status nc__agree(libnc_communicator *c, libnc_status status)
{
    if (!nc__has_ranks(c) || c->settled != LIBNC_OK)
        return nc__has_ranks(c) ? c->settled : status;
    int64_t order = status < 0 ? c->size - c->rank : 0; /* the largest is of the first rank */
    libnc_status agreed = nc__exchange_maximum_int64(c, &order, 1);
    if (agreed == LIBNC_OK && order > 0)
        agreed = share_failure(c, c->size - (int32_t)order, status);
    c->settled = agreed;
    return agreed;
}

libnc_status libnc_communicator_agree(libnc_communicator *communicator, libnc_status status)
{
    if (!communicator)
        return LIBNC_ERROR_ARGUMENT;
    nc__agree_begin(communicator);
    return nc__agree(communicator, status < 0 ? status : LIBNC_OK);
}

/* ---- public exchanges: all ranks first agree that their arguments are right ---- */

static libnc_status check_block(libnc_communicator *c, const char *name, const void *block,
                                const char *size_name, int64_t size)
{
    const libnc_status status = nc__check_bounds(c->context, size_name, size, 0, INT64_MAX);
    return status == LIBNC_OK && size > 0 ? nc__check_given(c->context, name, block) : status;
}

static libnc_status agree_on_values(libnc_communicator *c, const void *values, int64_t count)
{
    nc__agree_begin(c);
    return nc__agree(c, check_block(c, "values", values, "count", count));
}

libnc_status libnc_communicator_sum(libnc_communicator *communicator, double *values, int64_t count)
{
    if (!communicator)
        return LIBNC_ERROR_ARGUMENT;
    const libnc_status status = agree_on_values(communicator, values, count);
    return status == LIBNC_OK ? nc__exchange_sum(communicator, values, count) : status;
}

libnc_status libnc_communicator_sum_int64(libnc_communicator *communicator, int64_t *values,
                                          int64_t count)
{
    if (!communicator)
        return LIBNC_ERROR_ARGUMENT;
    const libnc_status status = agree_on_values(communicator, values, count);
    return status == LIBNC_OK ? nc__exchange_sum_int64(communicator, values, count) : status;
}

libnc_status libnc_communicator_maximum(libnc_communicator *communicator, double *values,
                                        int64_t count)
{
    if (!communicator)
        return LIBNC_ERROR_ARGUMENT;
    const libnc_status status = agree_on_values(communicator, values, count);
    return status == LIBNC_OK ? exchange_maximum(communicator, values, count) : status;
}

libnc_status libnc_communicator_broadcast(libnc_communicator *communicator, void *bytes,
                                          int64_t size, int32_t root)
{
    if (!communicator)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = check_block(communicator, "bytes", bytes, "size", size);
    if (status == LIBNC_OK)
        status = nc__check_bounds(communicator->context, "root", root, 0, communicator->size - 1);
    nc__agree_begin(communicator);
    status = nc__agree(communicator, status);
    return status == LIBNC_OK ? nc__exchange_broadcast(communicator, bytes, size, root) : status;
}

libnc_status libnc_communicator_gather(libnc_communicator *communicator, const void *bytes,
                                       int64_t size, void *all, int32_t root)
{
    if (!communicator)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = communicator->context;
    libnc_status status = check_block(communicator, "bytes", bytes, "size", size);
    if (status == LIBNC_OK)
        status = nc__check_bounds(context, "root", root, 0, communicator->size - 1);
    if (status == LIBNC_OK && size > 0 && root == communicator->rank)
        status = nc__check_given(context, "all", all);
    nc__agree_begin(communicator);
    status = nc__agree(communicator, status);
    return status == LIBNC_OK ? exchange_gather(communicator, bytes, size, all, root) : status;
}

libnc_status libnc_communicator_barrier(libnc_communicator *communicator)
{
    return communicator ? exchange_barrier(communicator) : LIBNC_ERROR_ARGUMENT;
}
