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
 * given, else the call returns LIBNC_ERROR_INTERNAL.
 */
#ifndef LIBNC_PARSIMONY_H
#define LIBNC_PARSIMONY_H

#include <libnc/context.h>

LIBNC_BEGIN

/**
 * @brief Runs the recursion and writes its trace.
 * @param[in] context for the error text.
 * @param[in] depth M, 2 .. 1000.
 * @param[in] initial rho_1(0) .. rho_M(0), M values >= 0, finite.
 * @param[in] decays lambda_1 .. lambda_M, M values >= 0, finite.
 * @param[in] rate eta > 0, finite.
 * @param[in] gain xi >= 0, finite: 1 for whitened inputs (X X^T = N I) with the loss above.
 * @param[in] steps T >= 0.
 * @param[in] every a row is written for t = 0, every, 2 every, ... <= T; at least 1.
 * @param[out] trace rows of M values rho_1(t) .. rho_M(t).
 * @param[in] size must be M (1 + T/every), the quotient rounded down.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION; LIBNC_ERROR_NOT_FINITE (the rate
 * is too large: a value left the range of a double; rows before it are not written either);
 *         LIBNC_ERROR_MEMORY.
 * @note O(M T).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_parsimony_run(libnc_context *context, int32_t depth,
                                               const double *initial, const double *decays,
                                               double rate, double gain, int64_t steps,
                                               int64_t every, double *trace, size_t size);

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
 * @param[in] size must be d d.
 * @param[out] dimension at most 2 K, and at most d.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION, LIBNC_ERROR_NOT_FINITE,
 *         LIBNC_ERROR_MEMORY, LIBNC_ERROR_NUMERICAL (LAPACK did not converge).
 * @note O(d^3).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_parsimony_subspace(libnc_context *context, const double *target,
                                                    const double *product, int64_t rows,
                                                    int64_t cols, double tolerance, double *basis,
                                                    size_t size, int64_t *dimension);

LIBNC_END

#endif
