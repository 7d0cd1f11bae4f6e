/* SPDX-License-Identifier: MIT */
/**
 * @file regression.h
 * @brief Neural regression collapse: the global minimiser of multivariate regression on free
 * features, in closed form; and how far measured features are from it. Experimental: may change
 * before 1.0.
 *
 * The problem, over W (n x d), H (d x N) and b (n), for N targets y_i with n values each, the
 * columns of Y:
 *
 *     min 1/(2N) ||W H + b 1^T - Y||^2 + lh/(2N) ||H||^2 + lw/2 ||W||^2.
 *
 * (The feature decay is divided by N here, unlike elsewhere in libnc: a decay lh' of the feature
 * matrix as in trainer.h is lh = N lh'.) It depends on the targets through their mean and
 * covariance C = 1/N sum_i (y_i - ybar)(y_i - ybar)^T alone. With c = lw lh and C = U diag(l) U^T,
 * l descending,
 *
 *     b = ybar,   s_i = max(0, sqrt(l_i) - sqrt(c)),   W W^T = sqrt(lh/lw) U diag(s) U^T,
 *
 * a direction being lost iff l_i <= c. Source: Andriopoulos, Dong, Guo, Zhao, Ross (NeurIPS 2024);
 * with the proof, which needs no condition on c, N, n or d, in doc/regression.md. The status is
 * *proven*; the decomposition, the values and the loss are checked before they are given, else the
 * calls return LIBNC_ERROR_INTERNAL.
 */
#ifndef LIBNC_REGRESSION_H
#define LIBNC_REGRESSION_H

#include <libnc/context.h>

LIBNC_BEGIN

/**
 * @brief Mean and covariance (divisor N) of targets.
 * @param[in] context for memory and the error text.
 * @param[in] targets N x n, one row for each sample, row-major; finite.
 * @param[in] samples N >= 1; may be less than n.
 * @param[in] outputs n, 1 .. 2^31 - 1.
 * @param[out] mean ybar, n values, which is also the optimal bias b; may be NULL.
 * @param[out] covariance C, n x n; may be NULL.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_NOT_FINITE (a target, or a moment that
 *         overflows), LIBNC_ERROR_MEMORY.
 * @note O(N n^2): two passes, the second about the mean. O(N n) for the mean alone.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_regression_moments(libnc_context *context, const double *targets,
                                                    int64_t samples, int64_t outputs, double *mean,
                                                    double *covariance);

/**
 * @brief The optimal value and the singular values.
 *
 * Eigenvalues of C below n 2.2e-16 of the largest count as zero. The value needs no N.
 * @param[in] context for memory and the error text.
 * @param[in] covariance C, n x n, symmetric to 1e-12 of its largest entry, and positive
 *            semidefinite to n 2.2e-16 of its largest eigenvalue (or 1e-12, if that is more).
 * @param[in] outputs n.
 * @param[in] weight_decay lw, 2.2e-308 .. 1e300.
 * @param[in] feature_decay lh, 2.2e-308 .. 1e300.
 * @param[in] width d, or 0 for "enough". The d directions of largest variance are kept at most.
 * @param[out] loss the value of the objective; may be NULL.
 * @param[out] values s, n values, largest first: the singular values of W H/sqrt(N); 0 for a
 *             direction that is lost. Those of W are sqrt(s sqrt(lh/lw)), those of H/sqrt(N)
 *             sqrt(s sqrt(lw/lh)). May be NULL.
 * @param[out] rank how many s_i are positive; may be NULL.
 * @param[out] unique 1 if W W^T and the other matrices of libnc_regression_matrices() are unique; 0
 *             if the width cuts through variances that are equal to 1e-12 relative; may be NULL.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT (also a covariance that is none), LIBNC_ERROR_NOT_FINITE,
 *         LIBNC_ERROR_MEMORY, LIBNC_ERROR_NUMERICAL (LAPACK did not converge, or the loss or an
 *         eigenvalue is beyond a double).
 * @note O(n^3).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_regression_solve(libnc_context *context, const double *covariance,
                                                  int64_t outputs, double weight_decay,
                                                  double feature_decay, int64_t width, double *loss,
                                                  double *values, int64_t *rank, int32_t *unique);

/**
 * @brief The minimiser as n x n matrices, which say everything but the choice of axes in R^d.
 *
 * Sums run over the directions that are kept.
 * @param[in] context for memory and the error text.
 * @param[in] covariance as in libnc_regression_solve().
 * @param[in] outputs n.
 * @param[in] weight_decay lw.
 * @param[in] feature_decay lh.
 * @param[in] width d, or 0.
 * @param[out] classifier W W^T = sqrt(lh/lw) sum_i s_i u_i u_i^T; may be NULL.
 * @param[out] features F = sqrt(lw/lh) sum_i s_i/l_i u_i u_i^T; features of samples have the inner
 *             products h_i . h_j = (y_i - ybar)^T F (y_j - ybar), so that 1/N H H^T has the
 *             eigenvalues sqrt(lw/lh) s_i; may be NULL.
 * @param[out] fit P = sum_i s_i/sqrt(l_i) u_i u_i^T: the prediction is ybar + P (y_i - ybar); may
 * be NULL.
 * @param[out] directions the rows u_i of U^T, largest variance first, n x n; may be NULL.
 * @return as libnc_regression_solve(); LIBNC_ERROR_NUMERICAL if W W^T is wanted and beyond a
 * double.
 * @note O(n^3).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_regression_matrices(libnc_context *context,
                                                     const double *covariance, int64_t outputs,
                                                     double weight_decay, double feature_decay,
                                                     int64_t width, double *classifier,
                                                     double *features, double *fit,
                                                     double *directions);

/**
 * @brief Neural regression collapse of measured features: NRC1, NRC2, NRC3 (Andriopoulos et al.,
 * NeurIPS 2024).
 *
 * With unit features u_i = h_i/||h_i||: NRC1 is the mean of ||u_i - P u_i||^2, P the projector on
 * the top n principal directions of the centred features; NRC2 the same for the row space of W;
 * NRC3 = ||nz(W W^T) - nz(C^{1/2} - sqrt(c) I)||_F^2, C the covariance of the targets.
 * @param[in] context the context.
 * @param[in] features N x d, row-major; no row zero.
 * @param[in] targets N x n.
 * @param[in] classifier W, n x d; may be NULL: NRC2 and NRC3 are then NaN.
 * @param[in] samples N >= 2.
 * @param[in] width d >= n.
 * @param[in] target_width n >= 1.
 * @param[in] shift c >= 0; NaN: the c in [0, smallest eigenvalue of C) with the smallest NRC3.
 * @param[out] values 4 numbers: NRC1, NRC2, NRC3 and the c used. NRC3 and c are NaN where they are
 *             not defined: W or C^{1/2} - sqrt(c) I is zero.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_NOT_FINITE (names array and row),
 *         LIBNC_ERROR_NUMERICAL, LIBNC_ERROR_MEMORY.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_regression_collapse(libnc_context *context, const double *features,
                                                     const double *targets,
                                                     const double *classifier, int64_t samples,
                                                     int64_t width, int64_t target_width,
                                                     double shift, double *values);

LIBNC_END

#endif
