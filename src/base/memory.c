/* SPDX-License-Identifier: MIT
 *
 * memory.c: every block of the library, from the context's allocator.
 *
 * A block is over-allocated, aligned to a cache line, and preceded by a header.
 */
#include "base/memory.h"

#include "base/context_internal.h"
#include "base/error.h"

#include <string.h>

typedef struct header {
    void *raw;    /* what the allocator returned */
    void *before; /* the arena's next older block, or NULL */
} header;

static header *header_of(void *block)
{
    return (header *)block - 1;
}

bool nc__multiply(size_t a, size_t b, size_t *product)
{
    if (b != 0 && a > SIZE_MAX / b)
        return false;
    *product = a * b;
    return true;
}

void *nc__alloc(libnc_context *context, size_t count, size_t size)
{
    const size_t extra = NC__ALIGNMENT + sizeof(header);
    size_t bytes;
    if (!nc__multiply(count, size, &bytes) || bytes > SIZE_MAX - extra) {
        nc__fail(context, LIBNC_ERROR_MEMORY, "out of memory: %zu x %zu bytes overflow", count,
                 size);
        return NULL;
    }
    char *raw = context->allocate(bytes + extra, context->allocator_user);
    if (!raw) {
        nc__fail(context, LIBNC_ERROR_MEMORY, "out of memory: %zu bytes", bytes + extra);
        return NULL;
    }
    const uintptr_t address = (uintptr_t)raw + sizeof(header);
    void *block = raw + sizeof(header) + (NC__ALIGNMENT - address % NC__ALIGNMENT) % NC__ALIGNMENT;
    *header_of(block) = (header){raw, NULL};
    if (!context->allocates_zeros)
        memset(block, 0, bytes);
    return block;
}

void nc__free(libnc_context *context, void *block)
{
    if (block)
        context->release(header_of(block)->raw, context->allocator_user);
}

void *nc__arena_alloc(nc__arena *arena, size_t count, size_t size)
{
    void *block = arena->failed ? NULL : nc__alloc(arena->context, count, size);
    arena->failed = !block;
    if (!block)
        return NULL;
    header_of(block)->before = arena->newest;
    return arena->newest = block;
}

libnc_status nc__arena_status(const nc__arena *arena)
{
    return arena->failed ? LIBNC_ERROR_MEMORY : LIBNC_OK;
}

void nc__arena_release(nc__arena *arena)
{
    while (arena->newest) {
        void *block = arena->newest;
        arena->newest = header_of(block)->before;
        nc__free(arena->context, block);
    }
    arena->failed = false;
}
