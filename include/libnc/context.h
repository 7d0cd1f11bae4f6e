/* SPDX-License-Identifier: MIT */
/**
 * @file context.h
 * @brief The context: allocator, log, threads and the text of the last error.
 *
 * Every handle is made from a context and must be destroyed before it. There is no global state:
 * handles of different contexts share nothing and may be used from different threads at the same
 * time. One context and everything made from it belong to one thread at a time. Handles of two
 * contexts cannot be combined: that is LIBNC_ERROR_ARGUMENT.
 *
 * In the child of fork() a context that no other thread was using goes on, with threads of its own;
 * one that another thread was using can only be destroyed, after what was made from it.
 * doc/processes.md says more, of signals, floating-point traps and stacks too.
 */
#ifndef LIBNC_CONTEXT_H
#define LIBNC_CONTEXT_H

#include <libnc/status.h>
#include <stddef.h>

LIBNC_BEGIN

/** @brief Allocator, log, threads and error text; see context.h. @since 0.1 */
typedef struct libnc_context libnc_context;

/**
 * @brief Allocates @p size bytes (> 0), aligned as malloc does; returns NULL on failure.
 * @since 0.1
 */
typedef void *(*libnc_allocate_fn)(size_t size, void *user);

/** @brief Releases a block that the matching libnc_allocate_fn returned. @since 0.1 */
typedef void (*libnc_release_fn)(void *block, void *user);

/** @brief Receives one line of log text, without a newline, valid during the call. @since 0.1 */
typedef void (*libnc_log_fn)(int32_t level, const char *text, void *user);

/** @brief Log levels. Append-only. @since 0.1 */
enum libnc_log_level {
    LIBNC_LOG_ERROR = 1,   /**< A call failed: its error text. */
    LIBNC_LOG_WARNING = 2, /**< A result is doubtful. */
    LIBNC_LOG_INFO = 3     /**< A choice made by the library, such as the exact reduction. */
};

/**
 * @brief Creates a context that allocates with malloc, logs nothing and uses one thread.
 * @param[out] context the new context; the caller destroys it.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT (NULL), LIBNC_ERROR_MEMORY.
 * @note O(1); any thread.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_context_create(libnc_context **context);

/**
 * @brief Creates a context with an allocator of the caller's.
 *
 * The library aligns blocks to 64 bytes itself and asks for that much more.
 * @param[out] context the new context; the caller destroys it.
 * @param[in] allocate called for every block, this context included; not NULL.
 * @param[in] release called for every block; not NULL.
 * @param[in] user passed to both; may be NULL.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY.
 * @note What the BLAS allocates for itself does not pass through this allocator. LAPACKE allocates
 *       nothing: libnc calls only its _work functions, in column-major order.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_context_create_with_allocator(libnc_context **context,
                                                               libnc_allocate_fn allocate,
                                                               libnc_release_fn release,
                                                               void *user);

/**
 * @brief Destroys a context; every handle made from it must be destroyed already.
 * @param[in] context may be NULL.
 * @since 0.1
 */
LIBNC_API void libnc_context_destroy(libnc_context *context);

/**
 * @brief One line about the last call that failed on this context.
 *
 * It names the argument and the value that was wrong and stays until the next failure. Since 0.3 it
 * is one line of UTF-8 of at most 511 bytes, without control characters, whatever names in files
 * hold: those are written \\x1b and bytes that are no UTF-8 \\xff, and long names lose their
 * middle.
 * @param[in] context may be NULL.
 * @return a string owned by the context, "" if nothing failed yet or @p context is NULL.
 * @since 0.1
 */
LIBNC_API const char *libnc_context_error(const libnc_context *context);

/**
 * @brief Leaves a line about a failure of the caller's own, as libnc's calls do: for libraries that
 * stand on this one, and callbacks. Experimental: may change before 1.0.
 * @param[in] context the context.
 * @param[in] status what @p text is about, negative.
 * @param[in] text one line, which is copied; what is no printable UTF-8 is escaped.
 * @return @p status; LIBNC_ERROR_ARGUMENT if it is not negative or an argument is NULL.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_context_fail(libnc_context *context, libnc_status status,
                                              const char *text);

/**
 * @brief Sets who is told about errors, warnings and choices.
 * @param[in] context the context.
 * @param[in] log called with each line at or below @p level; NULL for nobody.
 * @param[in] user passed to @p log.
 * @param[in] level the highest level that is passed on, @ref libnc_log_level.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_context_set_log(libnc_context *context, libnc_log_fn log,
                                                 void *user, int32_t level);

/**
 * @brief Sets how many threads libnc's own loops and matrix products use in this context.
 *
 * Work is shared only where it is large enough to gain. Products call the BLAS once per thread, so
 * set the BLAS itself to one thread (libnc_blas_set_threads()) when @p threads > 1. Same build,
 * machine, seed and thread count give the same bits.
 *
 * The threads block all signals but those of faults (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP,
 * SIGSYS). In the child of fork() they are started anew when there is work for them; where that
 * fails, the calling thread does all of it, with a warning in the log.
 * @param[in] context the context.
 * @param[in] threads 1 .. 256; the default is 1.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY (the old count then stays).
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_context_set_threads(libnc_context *context, int32_t threads);

/** @brief The thread count of a context; 0 for NULL. @since 0.1 */
LIBNC_API int32_t libnc_context_threads(const libnc_context *context);

LIBNC_END

#endif
