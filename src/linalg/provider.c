/* SPDX-License-Identifier: MIT
 *
 * provider.c: the BLAS provider's own thread control and choice of kernels, looked up at run time
 * so that libnc links against no provider by name.
 */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "base/base.h"

#include <libnc/blas.h>

#include <dlfcn.h>
#include <string.h>

typedef struct provider {
    const char *name;
    const char *set_threads; /* its C function */
    bool wide;               /* takes a 64-bit count (BLIS's dim_t) */
} provider;

static const provider providers[] = {
    {"openblas", "openblas_set_num_threads", false},
    {"blis", "bli_thread_set_num_threads", true},
    {"mkl", "MKL_Set_Num_Threads", false},
};

enum { PROVIDER_COUNT = sizeof providers / sizeof providers[0] };

static const provider *find_provider(void **control)
{
    for (int i = 0; i < PROVIDER_COUNT; i++) {
        *control = dlsym(RTLD_DEFAULT, providers[i].set_threads);
        if (*control)
            return &providers[i];
    }
    return NULL;
}

const char *libnc_blas_provider(void)
{
    void *control;
    const provider *found = find_provider(&control);
    return found ? found->name : "reference";
}

const char *libnc_blas_core(void)
{
    void *address = dlsym(RTLD_DEFAULT, "openblas_get_corename");
    char *(*core)(void);
    if (!address)
        return "";
    memcpy(&core, &address, sizeof core);
    return core();
}

libnc_status libnc_blas_set_threads(libnc_context *context, int32_t threads)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (threads < 1 || threads > NC__MAX_THREADS)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "threads = %d: must be from 1 to %d",
                        threads, NC__MAX_THREADS);
    void *control;
    const provider *found = find_provider(&control);
    if (!found && threads > 1)
        return nc__fail(context, LIBNC_ERROR_UNSUPPORTED,
                        "threads = %d: this BLAS has no known thread control", threads);
    if (!found)
        return LIBNC_OK;
    /* POSIX: a function's address survives the trip through void *. */
    if (found->wide) {
        void (*set)(int64_t);
        memcpy(&set, &control, sizeof set);
        set(threads);
    } else {
        void (*set)(int);
        memcpy(&set, &control, sizeof set);
        set(threads);
    }
    return LIBNC_OK;
}
