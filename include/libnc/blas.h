/* SPDX-License-Identifier: MIT */
/**
 * @file blas.h
 * @brief The BLAS that the process was linked or preloaded with: who it is, how many threads.
 *
 * libnc calls CBLAS and LAPACKE and never names a provider. These functions look for the
 * provider's own controls at run time; they touch the provider's process-wide setting, which is why
 * nothing else in libnc calls them.
 */
#ifndef LIBNC_BLAS_H
#define LIBNC_BLAS_H

#include <libnc/context.h>

LIBNC_BEGIN

/**
 * @brief The provider's name: "openblas", "blis", "mkl", or "reference" for any other.
 * @return a static string.
 * @note O(1); any thread.
 * @since 0.1
 */
LIBNC_API const char *libnc_blas_provider(void);

/**
 * @brief The processor that the provider's kernels were chosen for, where it can tell: for OpenBLAS
 * such as "SkylakeX" or "Haswell"; else "".
 *
 * An OpenBLAS older than the processor may not know it and fall back to "Prescott", several times
 * slower; the environment variable OPENBLAS_CORETYPE=SkylakeX (AVX-512) or Haswell (AVX2), set
 * before the process starts, chooses for it.
 * @return a string of the provider's.
 * @note O(1); any thread.
 * @since 0.1
 */
LIBNC_API const char *libnc_blas_core(void);

/**
 * @brief The vector instructions of libnc's own kernels on this machine: "avx512", "avx2" or
 * "baseline".
 * @return a static string.
 * @note O(1); any thread.
 * @since 0.1
 */
LIBNC_API const char *libnc_blas_kernels(void);

/**
 * @brief Sets the provider's thread count for the whole process.
 * @param[in] context receives the error text.
 * @param[in] threads 1 .. 256.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_UNSUPPORTED when the provider has no such
 *         control and @p threads > 1 (the reference BLAS always uses one).
 * @note Not to be called while another thread is inside the BLAS.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_blas_set_threads(libnc_context *context, int32_t threads);

LIBNC_END

#endif
