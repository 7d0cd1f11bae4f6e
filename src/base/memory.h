/* SPDX-License-Identifier: MIT
 *
 * memory.h: every block comes from the context's allocator, zeroed, aligned to 64 bytes, its size
 * checked for overflow.
 */
#ifndef NC__MEMORY_H
#define NC__MEMORY_H

#include "base/context_internal.h"

/* count x size zeroed bytes, 64-byte aligned; NULL with the error text set on failure or overflow.
 * Zero bytes give a valid block. */
void *nc__alloc(libnc_context *context, size_t count, size_t size);
void nc__free(libnc_context *context, void *block);

/* Blocks of one lifetime, that of a handle or of a call, released together. Once an allocation has
 * failed all further ones do, so that one check after the last is enough. */
typedef struct nc__arena {
    libnc_context *context;
    void *newest;
    bool failed;
} nc__arena;

void *nc__arena_alloc(nc__arena *arena, size_t count, size_t size); /* as nc__alloc() */
libnc_status nc__arena_status(const nc__arena *arena); /* LIBNC_ERROR_MEMORY if failed */
void nc__arena_release(nc__arena *arena);              /* it may be used again */

/* *product = a b; false if it overflows. */
bool nc__multiply(size_t a, size_t b, size_t *product);

#endif
