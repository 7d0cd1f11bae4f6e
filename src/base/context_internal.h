/* SPDX-License-Identifier: MIT
 *
 * context_internal.h: the parts of a context, and bounds that every module shares.
 */
#ifndef NC__CONTEXT_INTERNAL_H
#define NC__CONTEXT_INTERNAL_H

#include <libnc/context.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NC__ALIGNMENT = 64,    /* bytes: a cache line, and the widest vector register */
    NC__MAX_THREADS = 256, /* bound of libnc_context_set_threads */
    NC__MAX_OPTIONS = 16,  /* settings of one handle */
    NC__ERROR_LENGTH = 512 /* bytes of error text, terminator included */
};

/* Numbers above this lose whole units in a double. */
#define NC__LARGEST_EXACT ((int64_t)1 << 53)

typedef struct nc__pool nc__pool;

struct libnc_context {
    libnc_allocate_fn allocate;
    bool allocates_zeros; /* what `allocate` returns is zero */
    libnc_release_fn release;
    void *allocator_user;
    libnc_log_fn log;
    void *log_user;
    int32_t log_level;
    int32_t threads;
    nc__pool *pool; /* NULL while threads == 1 */
    char error[NC__ERROR_LENGTH];
};

#endif
