/* SPDX-License-Identifier: MIT
 *
 * bench.h: what the timing programs share: failing, arguments of the form key=value, the clock.
 */
#ifndef BENCH_H
#define BENCH_H

#include <libnc/libnc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static libnc_context *context;

static inline void must(libnc_status status, const char *what)
{
    if (status >= 0)
        return;
    fprintf(stderr, "%s: %s: %s\n", what, libnc_status_name(status), libnc_context_error(context));
    exit(1);
}

#define MUST(call) must(call, #call)

static inline const char *argument(int argc, char **argv, const char *key, const char *fallback)
{
    const size_t length = strlen(key);
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], key, length) == 0 && argv[i][length] == '=')
            return argv[i] + length + 1;
    return fallback;
}

static inline double number(int argc, char **argv, const char *key, double fallback)
{
    const char *text = argument(argc, argv, key, NULL);
    return text ? strtod(text, NULL) : fallback;
}

static inline double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#endif
