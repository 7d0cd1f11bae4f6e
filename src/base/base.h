/* SPDX-License-Identifier: MIT
 *
 * base.h: what every room stands on: the context, memory, error text, threads and option tables.
 *
 * Memory: every block comes from the context's allocator, zeroed, aligned to 64 bytes, its size
 * checked for overflow. Errors: nc__fail() writes the context's one line of detail and returns the
 * code, so that a check reads `if (bad) return nc__fail(context, code, "name = %d: must ...", x);`.
 */
#ifndef NC__BASE_H
#define NC__BASE_H

#include "base/arithmetic.h"

#include <libnc/context.h>
#include <libnc/options.h>
#include <stdarg.h>
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

#if defined(__GNUC__)
#define NC__PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#else
#define NC__PRINTF(text, first)
#endif

/* ---- text ---- */

/* As snprintf(), for d, i, u, x, c, g, e, f, p and s: one line, whatever the strings hold. What is
 * no printable UTF-8 is escaped; where the room is short, the longest strings lose their middle. */
void nc__print(char *text, size_t size, const char *format, ...) NC__PRINTF(3, 4);
void nc__print_list(char *text, size_t size, const char *format, va_list arguments);

/* Bytes of the UTF-8 character that a text of size > 0 begins with, in shortest form and no
 * surrogate; 0 if it begins with none. */
size_t nc__utf8_character(const unsigned char *text, size_t size, uint32_t *character);

/* Records the text, logs it as an error and returns code. A NULL context only returns code. */
libnc_status nc__fail(libnc_context *context, libnc_status code, const char *format, ...)
    NC__PRINTF(3, 4);

/* LIBNC_ERROR_FILE with `name = "path": what: reason`, the reason of an errno. */
libnc_status nc__fail_file(libnc_context *context, const char *name, const char *path,
                           const char *what, int number);

/* Passes a line to the log callback if its level is wanted. */
void nc__log(libnc_context *context, int32_t level, const char *format, ...) NC__PRINTF(3, 4);

/* count x size zeroed bytes, 64-byte aligned; NULL with the error text set on failure or overflow.
 * Zero bytes give a valid block. */
void *nc__alloc(libnc_context *context, size_t count, size_t size);
void nc__free(libnc_context *context, void *block);

/* *product = a b; false if it overflows. */
bool nc__multiply(size_t a, size_t b, size_t *product);

/* Seconds of a monotonic clock. */
double nc__seconds(void);

/* ---- threads ---- */

/* Work on part `part` of `parts`. */
typedef void (*nc__work_fn)(void *argument, int32_t part, int32_t parts);

/* Runs work for every part 0 .. threads - 1 of the context, one per thread, and waits. */
void nc__parallel(libnc_context *context, nc__work_fn work, void *argument);

/* The half-open range of `count` items that belongs to `part`, in multiples of `grain`. */
void nc__share(int64_t count, int64_t grain, int32_t part, int32_t parts, int64_t *begin,
               int64_t *end);

nc__pool *nc__pool_create(libnc_context *context, int32_t threads);
void nc__pool_destroy(libnc_context *context, nc__pool *pool);

/* ---- options ---- */

typedef struct nc__option_spec {
    int32_t key;
    int32_t type; /* libnc_option_type */
    const char *name;
    double minimum, maximum, initial;
    const char *const *choices; /* CHOICE: names of 0 .. maximum */
    const char *help;
} nc__option_spec;

/* Embedded in the handle that owns it. Whole numbers above 2^53 are out of every table's bounds, so
 * a double holds both types. */
struct libnc_options {
    libnc_context *context;
    const nc__option_spec *specs;
    int32_t count;
    int64_t revision; /* grows with every successful set */
    double values[NC__MAX_OPTIONS];
    double initials[NC__MAX_OPTIONS];
};

void nc__options_init(libnc_options *options, libnc_context *context, const nc__option_spec *specs,
                      int32_t count);
/* For keys of the handle's own table: no checks but an assertion. */
double nc__option(const libnc_options *options, int32_t key);
int64_t nc__option_int(const libnc_options *options, int32_t key);
/* Replaces an initial value, where it depends on the handle's kind. */
void nc__option_preset(libnc_options *options, int32_t key, double value);

#endif
