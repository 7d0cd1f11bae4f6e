/* SPDX-License-Identifier: MIT
 *
 * pool.h: work shared among the threads of a context.
 */
#ifndef NC__POOL_H
#define NC__POOL_H

#include "base/context_internal.h"

/* Work on part `part` of `parts`. */
typedef void (*nc__work_fn)(void *argument, int32_t part, int32_t parts);

enum { NC__SHARED_VALUES = 1 << 15 }; /* values of a matrix from which a second thread gains */

/* Runs work for every part 0 .. threads - 1 of the context, one per thread, and waits. */
void nc__parallel(libnc_context *context, nc__work_fn work, void *argument);

/* The half-open range of `count` items that belongs to `part`, in multiples of `grain`. */
void nc__share(int64_t count, int64_t grain, int32_t part, int32_t parts, int64_t *begin,
               int64_t *end);

nc__pool *nc__pool_create(libnc_context *context, int32_t threads);
void nc__pool_destroy(libnc_context *context, nc__pool *pool);

#endif
