/* SPDX-License-Identifier: MIT
 *
 * tables.c: picks the kernels for the processor that runs. The choice depends on the machine alone.
 */
#include "linalg/tables.h"

#include "linalg/kernels.h"
#include "linalg/layer_kernels.h"
#include "linalg/softmax.h"

#include <libnc/blas.h>
#include <libnc/scalar.h>

#include <assert.h>
#include <stddef.h>

typedef struct variant {
    const char *name;
    const nc__kernels *f64, *f32;
    const nc__loss_kernels *loss_f64, *loss_f32;
    const nc__layer_kernels *layer_f64, *layer_f32;
} variant;

#define DECLARE(isa)                                                                               \
    extern const nc__kernels nc__kernels_f64_##isa, nc__kernels_f32_##isa;                         \
    extern const nc__loss_kernels nc__loss_kernels_f64_##isa, nc__loss_kernels_f32_##isa;          \
    extern const nc__layer_kernels nc__layer_kernels_f64_##isa, nc__layer_kernels_f32_##isa
#define VARIANT(isa)                                                                               \
    {                                                                                              \
#isa, &nc__kernels_f64_##isa, &nc__kernels_f32_##isa, &nc__loss_kernels_f64_##isa,         \
            &nc__loss_kernels_f32_##isa, &nc__layer_kernels_f64_##isa,                             \
            &nc__layer_kernels_f32_##isa                                                           \
    }

DECLARE(baseline);
#ifdef NC__HAVE_X86_KERNELS
DECLARE(avx2);
DECLARE(avx512);
#endif

/* Worst first. */
static const variant variants[] = {
    VARIANT(baseline),
#ifdef NC__HAVE_X86_KERNELS
    VARIANT(avx2),
    VARIANT(avx512),
#endif
};

enum { VARIANT_COUNT = sizeof variants / sizeof variants[0] };

static int32_t usable_variants(void)
{
#ifdef NC__HAVE_X86_KERNELS
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return 1;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512dq") ||
        !__builtin_cpu_supports("avx512vl"))
        return 2;
#endif
    return VARIANT_COUNT;
}

static const variant *best_variant(void)
{
    return &variants[usable_variants() - 1];
}

const char *libnc_blas_kernels(void)
{
    return best_variant()->name;
}

const nc__kernels *nc__kernels_of(int32_t scalar)
{
    assert(scalar == LIBNC_FLOAT64 || scalar == LIBNC_FLOAT32);
    return scalar == LIBNC_FLOAT64 ? best_variant()->f64 : best_variant()->f32;
}

const nc__loss_kernels *nc__loss_kernels_of(int32_t scalar)
{
    assert(scalar == LIBNC_FLOAT64 || scalar == LIBNC_FLOAT32);
    return scalar == LIBNC_FLOAT64 ? best_variant()->loss_f64 : best_variant()->loss_f32;
}

const nc__kernels *nc__kernels_variant(int32_t scalar, int32_t index, const char **name)
{
    if (index < 0 || index >= usable_variants())
        return NULL;
    if (name)
        *name = variants[index].name;
    return scalar == LIBNC_FLOAT64 ? variants[index].f64 : variants[index].f32;
}

const nc__loss_kernels *nc__loss_kernels_variant(int32_t scalar, int32_t index, const char **name)
{
    if (index < 0 || index >= usable_variants())
        return NULL;
    if (name)
        *name = variants[index].name;
    return scalar == LIBNC_FLOAT64 ? variants[index].loss_f64 : variants[index].loss_f32;
}

const nc__layer_kernels *nc__layer_kernels_of(int32_t scalar)
{
    assert(scalar == LIBNC_FLOAT64 || scalar == LIBNC_FLOAT32);
    return scalar == LIBNC_FLOAT64 ? best_variant()->layer_f64 : best_variant()->layer_f32;
}

const nc__layer_kernels *nc__layer_kernels_variant(int32_t scalar, int32_t index, const char **name)
{
    if (index < 0 || index >= usable_variants())
        return NULL;
    if (name)
        *name = variants[index].name;
    return scalar == LIBNC_FLOAT64 ? variants[index].layer_f64 : variants[index].layer_f32;
}
