/* SPDX-License-Identifier: MIT */
/**
 * @file parsimony.h
 * @brief The law of parsimony: gradient descent on a deep linear network from orthogonal weights
 * moves in few directions only, and how the rest behaves is a recursion of M numbers.
 * Experimental: may change before 1.0.
 *
 * Weights W_1 .. W_M are trained by gradient descent of rate eta,
 *
 *     min 1/(2N) ||W_M ... W_1 X - Y||^2 + sum_l lambda_l/2 ||W_l||^2,   X X^T = N xi I,
 *
 * with M >= 2 and W_1 .. W_{M-1} square, d x d, at first a multiple rho_l(0) of an orthogonal
 * matrix. W_M is d x d as well, or K x d with K < d and orthogonal rows. Let Phi = Y X^T/N, of rank
 * r. On a subspace of at least d - 2r dimensions, which the layers before carry along, every W_l
 * stays a multiple rho_l(t) of an isometry:
 *
 *     rho_l(t+1) = rho_l(t) (1 - eta lambda_l - eta xi prod_{j != l} rho_j(t)^2),
 *
 * with rho_M = 0 where W_M is K x d: then there is only decay. All that is learned is in the other
 * 2r dimensions at most. Source: Yaras, Wang, Hu, Zhu, Balzano, Qu (2023), arXiv 2306.01154;
 * derivation and conditions are in doc/parsimony.md. Exact in exact arithmetic (*proven*), for
 * gradient descent and this loss only. The basis of the idle directions is checked before it is
 * given, else libnc_parsimony_subspace() returns LIBNC_ERROR_INTERNAL.
 */
#ifndef LIBNC_PARSIMONY_H
#define LIBNC_PARSIMONY_H

#include <libnc/context.h>

LIBNC_BEGIN

/** @brief The recursion at some step t. @since 0.3 */
typedef struct libnc_parsimony libnc_parsimony;

/**
 * @brief Starts the recursion at t = 0. The arrays are read now.
 * @param[out] parsimony the new handle; the caller destroys it.
 * @param[in] context for memory and the error text.
 * @param[in] depth M, 2 .. 1000.
 * @param[in] initial rho_1(0) .. rho_M(0), M values >= 0, finite.
 * @param[in] decays lambda_1 .. lambda_M, M values >= 0, finite.
 * @param[in] rate eta > 0, finite.
 * @param[in] gain xi >= 0, finite: 1 for whitened inputs (X X^T = N I) with the loss above.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_parsimony_create(libnc_parsimony **parsimony,
                                                  libnc_context *context, int32_t depth,
                                                  const double *initial, const double *decays,
                                                  double rate, double gain);

/** @brief Destroys a recursion; NULL is fine. @since 0.3 */
LIBNC_API void libnc_parsimony_destroy(libnc_parsimony *parsimony);

/** @brief M; 0 for NULL. @since 0.3 */
LIBNC_API int32_t libnc_parsimony_depth(const libnc_parsimony *parsimony);

/** @brief t, the steps taken; 0 for NULL. @since 0.3 */
LIBNC_API int64_t libnc_parsimony_steps(const libnc_parsimony *parsimony);

/**
 * @brief Takes steps. After an error the handle is as before.
 * @param[in] parsimony the handle.
 * @param[in] count >= 0; t + count is at most 2^63 - 1.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_NOT_FINITE (the rate is too large: a value
 *         left the range of a double).
 * @note O(M count); allocates nothing.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_parsimony_step(libnc_parsimony *parsimony, int64_t count);

/**
 * @brief The multiples rho_1(t) .. rho_M(t).
 * @param[in] parsimony the handle.
 * @param[out] multiples @p size values.
 * @param[in] size must be M.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_parsimony_multiples(const libnc_parsimony *parsimony,
                                                     double *multiples, size_t size);

/**
 * @brief The directions of the input space that training touches, and those that it leaves alone.
 *
 * Idle are the v with Phi v = 0 and Phi^T P v = 0, P = W_M ... W_1 at the start. In the input space
 * of W_l the directions are those of W_{l-1} ... W_1 v.
 * @param[in] context for memory and the error text.
 * @param[in] target Phi = Y X^T/N, K x d, K = d where W_M is square; finite.
 * @param[in] product P at the start, K x d; finite.
 * @param[in] rows K, 1 .. d. Where K < d the target must have rank K for the law to hold.
 * @param[in] cols d, 1 .. 2^31 - 1.
 * @param[in] tolerance singular values up to this share of the largest count as zero, in [0, 1);
 *            1e-10, say.
 * @param[out] basis d x d: an orthonormal basis of R^d as rows, first @p dimension directions that
 *             are touched, then idle ones.
 * @param[out] dimension at most 2 K, and at most d.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_NOT_FINITE, LIBNC_ERROR_MEMORY,
 *         LIBNC_ERROR_NUMERICAL (LAPACK did not converge).
 * @note O(d^3).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_parsimony_subspace(libnc_context *context, const double *target,
                                                    const double *product, int64_t rows,
                                                    int64_t cols, double tolerance, double *basis,
                                                    int64_t *dimension);

LIBNC_END

#endif
