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
 * *proven*; the decomposition, the values and the loss are checked before there is a handle, else
 * libnc_regression_create() returns LIBNC_ERROR_INTERNAL.
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

/** @brief The solved regression on free features. @since 0.3 */
typedef struct libnc_regression libnc_regression;

/** @brief The minimiser as n x n matrices; sums run over the directions kept. Append-only.
 * @since 0.3 */
enum libnc_regression_matrix_kind {
    /** W W^T = sqrt(lh/lw) sum_i s_i u_i u_i^T. */
    LIBNC_REGRESSION_MATRIX_CLASSIFIER = 1,
    /** F = sqrt(lw/lh) sum_i s_i/l_i u_i u_i^T: features of samples have the inner products
     * h_i . h_j = (y_i - ybar)^T F (y_j - ybar), so that 1/N H H^T has the eigenvalues
     * sqrt(lw/lh) s_i. */
    LIBNC_REGRESSION_MATRIX_FEATURES = 2,
    /** P = sum_i s_i/sqrt(l_i) u_i u_i^T: the prediction is ybar + P (y_i - ybar). */
    LIBNC_REGRESSION_MATRIX_FIT = 3,
    /** U^T: row i is u_i, largest variance first. */
    LIBNC_REGRESSION_MATRIX_DIRECTIONS = 4
};

/**
 * @brief Solves the problem; N is not needed.
 *
 * Eigenvalues of C below n 2.2e-16 of the largest count as zero.
 * @param[out] regression the new handle; the caller destroys it.
 * @param[in] context for memory and the error text.
 * @param[in] covariance C, n x n, symmetric to 1e-12 of its largest entry, and positive
 *            semidefinite to n 2.2e-16 of its largest eigenvalue (or 1e-12, if that is more);
 *            read now.
 * @param[in] outputs n, 1 .. 2^31 - 1.
 * @param[in] weight_decay lw, 2.2e-308 .. 1e300.
 * @param[in] feature_decay lh, 2.2e-308 .. 1e300.
 * @param[in] width d, or 0 for "enough". The d directions of largest variance are kept at most.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT (also a covariance that is none), LIBNC_ERROR_NOT_FINITE,
 *         LIBNC_ERROR_MEMORY, LIBNC_ERROR_NUMERICAL (LAPACK did not converge, or the loss or an
 *         eigenvalue is beyond a double).
 * @note O(n^3).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_regression_create(libnc_regression **regression,
                                                   libnc_context *context, const double *covariance,
                                                   int64_t outputs, double weight_decay,
                                                   double feature_decay, int64_t width);

/** @brief Destroys a regression; NULL is fine. @since 0.3 */
LIBNC_API void libnc_regression_destroy(libnc_regression *regression);

/** @brief n; 0 for NULL. @since 0.3 */
LIBNC_API int64_t libnc_regression_outputs(const libnc_regression *regression);

/** @brief How many s_i are positive, the directions kept; 0 for NULL. @since 0.3 */
LIBNC_API int64_t libnc_regression_rank(const libnc_regression *regression);

/**
 * @brief 1 if the matrices are unique; 0 if the width cuts through variances that are equal to
 * 1e-12 relative, and for NULL. The loss is unique in any case.
 * @since 0.3
 */
LIBNC_API int32_t libnc_regression_is_unique(const libnc_regression *regression);

/**
 * @brief The value of the objective.
 * @param[in] regression the handle.
 * @param[out] loss 1/2 sum over the kept of (2 sqrt(c l_i) - c) + 1/2 sum over the lost of l_i.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT (NULL).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_regression_loss(const libnc_regression *regression, double *loss);

/**
 * @brief The singular values s_i of W H/sqrt(N), largest first; 0 for a direction that is lost.
 *
 * Those of W are sqrt(s sqrt(lh/lw)), those of H/sqrt(N) sqrt(s sqrt(lw/lh)).
 * @param[in] regression the handle.
 * @param[out] values @p size values.
 * @param[in] size must be n.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT (NULL), LIBNC_ERROR_DIMENSION.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_regression_singular_values(const libnc_regression *regression,
                                                            double *values, size_t size);

/**
 * @brief One matrix of the minimiser; together they say everything but the choice of axes in R^d.
 * @param[in] regression the handle.
 * @param[in] matrix @ref libnc_regression_matrix_kind.
 * @param[out] values n x n, row-major.
 * @param[in] size must be n n.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION, LIBNC_ERROR_MEMORY;
 *         LIBNC_ERROR_NUMERICAL (W W^T is beyond a double).
 * @note O(n^3).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_regression_matrix(const libnc_regression *regression,
                                                   int32_t matrix, double *values, size_t size);

/**
 * @brief Neural regression collapse of measured features: NRC1, NRC2, NRC3 (Andriopoulos et al.,
 * NeurIPS 2024). @since 0.3
 */
typedef struct libnc_regression_collapse libnc_regression_collapse;

/**
 * @brief Measures features; the arrays are read now.
 * @param[out] collapse the new handle; the caller destroys it.
 * @param[in] context for memory and the error text.
 * @param[in] features N x d, row-major; no row zero.
 * @param[in] targets N x n.
 * @param[in] classifier W, n x d; may be NULL: NRC2 and NRC3 are then NaN.
 * @param[in] samples N, 2 .. 2^31 - 1.
 * @param[in] width d >= n, at most 2^31 - 1.
 * @param[in] outputs n >= 1.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_NOT_FINITE (names array and row),
 *         LIBNC_ERROR_NUMERICAL, LIBNC_ERROR_MEMORY.
 * @note O(N d^2).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_regression_collapse_create(
    libnc_regression_collapse **collapse, libnc_context *context, const double *features,
    const double *targets, const double *classifier, int64_t samples, int64_t width,
    int64_t outputs);

/** @brief Destroys what was measured; NULL is fine. @since 0.3 */
LIBNC_API void libnc_regression_collapse_destroy(libnc_regression_collapse *collapse);

/**
 * @brief NRC1, the mean of ||u_i - P u_i||^2 over the unit features u_i = h_i/||h_i||, P the
 * projector on the top n principal directions of the centred features.
 * @param[in] collapse the handle.
 * @param[out] nrc1 one number, 0 .. 1.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT (NULL).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_regression_collapse_nrc1(const libnc_regression_collapse *collapse,
                                                          double *nrc1);

/**
 * @brief NRC2, the same with the projector on the row space of W; NaN without a classifier.
 * @param[in] collapse the handle.
 * @param[out] nrc2 one number, 0 .. 1.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT (NULL).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_regression_collapse_nrc2(const libnc_regression_collapse *collapse,
                                                          double *nrc2);

/**
 * @brief NRC3 = ||nz(W W^T) - nz(C^{1/2} - sqrt(c) I)||_F^2, nz(A) = A/||A||_F, C the covariance of
 * the targets.
 * @param[in] collapse the handle.
 * @param[in] shift c >= 0; NaN: the c in [0, smallest eigenvalue of C) with the smallest NRC3.
 * @param[out] nrc3 one number; NaN where it is not defined: no classifier, or W or
 *             C^{1/2} - sqrt(c) I is zero.
 * @param[out] used the c used, NaN without a classifier; may be NULL.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY.
 * @note O(n^3), 160 times for the best c.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_regression_collapse_nrc3(const libnc_regression_collapse *collapse,
                                                          double shift, double *nrc3, double *used);

LIBNC_END

#endif
