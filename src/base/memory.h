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

/* *product = a b; false if it overflows. */
bool nc__multiply(size_t a, size_t b, size_t *product);

#endif
