/* SPDX-License-Identifier: MIT
 *
 * random.c: the handle of a random stream (libnc/random.h).
 */
#include "base/base.h"

#include "base/stream.h"

#include <libnc/random.h>

struct libnc_random {
    libnc_context *context;
    nc__stream stream;
};

static libnc_status create(libnc_random **random, libnc_context *context, nc__stream stream)
{
    libnc_random *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = context;
    created->stream = stream;
    *random = created;
    return LIBNC_OK;
}

libnc_status libnc_random_create(libnc_random **random, libnc_context *context, uint64_t seed)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (!random)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "random = NULL: must be given");
    return create(random, context, nc__stream_of(seed));
}

libnc_status libnc_random_split(libnc_random **child, const libnc_random *parent, uint64_t index)
{
    if (!parent)
        return LIBNC_ERROR_ARGUMENT;
    if (!child)
        return nc__fail(parent->context, LIBNC_ERROR_ARGUMENT, "child = NULL: must be given");
    return create(child, parent->context, nc__stream_child(parent->stream, index));
}

void libnc_random_destroy(libnc_random *random)
{
    if (random)
        nc__free(random->context, random);
}

static libnc_status check_fill(libnc_random *random, const char *name, const void *values,
                               size_t count)
{
    if (!random)
        return LIBNC_ERROR_ARGUMENT;
    if (!values && count > 0)
        return nc__fail(random->context, LIBNC_ERROR_ARGUMENT,
                        "%s = NULL: must be an array of %zu values", name, count);
    if (count > PTRDIFF_MAX / sizeof(double))
        return nc__fail(random->context, LIBNC_ERROR_ARGUMENT,
                        "count = %zu: must be at most %zu, the largest array", count,
                        (size_t)PTRDIFF_MAX / sizeof(double));
    return LIBNC_OK;
}

libnc_status libnc_random_words(libnc_random *random, uint64_t *words, size_t count)
{
    libnc_status status = check_fill(random, "words", words, count);
    if (status == LIBNC_OK)
        nc__stream_words(&random->stream, words, count);
    return status;
}

libnc_status libnc_random_uniform(libnc_random *random, double *values, size_t count)
{
    libnc_status status = check_fill(random, "values", values, count);
    if (status == LIBNC_OK)
        nc__stream_uniform(&random->stream, values, count);
    return status;
}

libnc_status libnc_random_normal(libnc_random *random, double *values, size_t count)
{
    libnc_status status = check_fill(random, "values", values, count);
    if (status == LIBNC_OK)
        nc__stream_normal(&random->stream, values, count);
    return status;
}

libnc_status libnc_random_permutation(libnc_random *random, int64_t *order, size_t count)
{
    libnc_status status = check_fill(random, "order", order, count);
    if (status == LIBNC_OK)
        nc__stream_permutation(&random->stream, order, count);
    return status;
}
