/* SPDX-License-Identifier: MIT
 *
 * memory.c: every block of the library, from the context's allocator.
 *
 * A block is over-allocated, aligned to a cache line, and the address that the allocator returned
 * is kept in the word before it.
 */
#include "base/memory.h"

#include "base/context_internal.h"
#include "base/error.h"

#include <string.h>

bool nc__multiply(size_t a, size_t b, size_t *product)
{
    if (b != 0 && a > SIZE_MAX / b)
        return false;
    *product = a * b;
    return true;
}

void *nc__alloc(libnc_context *context, size_t count, size_t size)
{
    const size_t extra = NC__ALIGNMENT + sizeof(void *);
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
    uintptr_t address = (uintptr_t)raw + sizeof(void *);
    size_t shift = (NC__ALIGNMENT - address % NC__ALIGNMENT) % NC__ALIGNMENT;
    char *block = raw + sizeof(void *) + shift;
    memcpy(block - sizeof(void *), &raw, sizeof raw);
    if (!context->allocates_zeros)
        memset(block, 0, bytes);
    return block;
}

void nc__free(libnc_context *context, void *block)
{
    if (!block)
        return;
    void *raw;
    memcpy(&raw, (char *)block - sizeof(void *), sizeof raw);
    context->release(raw, context->allocator_user);
}
