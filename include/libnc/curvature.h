/* SPDX-License-Identifier: MIT */
/**
 * @file curvature.h
 * @brief Second-order check of a predicted point: is it a strict saddle, and which way leads down?
 * Experimental: may change before 1.0.
 *
 * For cross-entropy with M layers a stationary point may be a local minimum that is not the lowest,
 * or a strict saddle (doc/deep_cross_entropy.md). This finds the smallest eigenvalue of the Hessian
 * of the whole objective in W_1 .. W_M, the class means and the bias. Left out are the directions
 * along which nothing ever changes: rotations between neighbouring layers, and one number added to
 * the whole bias. (Directions that scatter samples about their class mean only add to the
 * objective; they separate from the rest.)
 *
 * Unit of the eigenvalue: parameters are scaled so that all decays are equal to their geometric
 * mean c, c^(M+1) = lh lw_1 ... lw_M, and features count as sqrt(n_k) h_k. If all decays are equal,
 * that changes nothing: it is the eigenvalue of the Hessian in the parameters as they are. Its
 * sign never depends on the scaling.
 */
#ifndef LIBNC_CURVATURE_H
#define LIBNC_CURVATURE_H

#include <libnc/geometry.h>

LIBNC_BEGIN

/** @brief The smallest Hessian eigenvalue at a point, and its direction. @since 0.2 */
typedef struct libnc_curvature libnc_curvature;

/** @brief Which point of a geometry. Append-only. @since 0.2 */
enum libnc_curvature_point {
    LIBNC_CURVATURE_SOLUTION = 0, /**< What libnc_geometry_solve() found. */
    LIBNC_CURVATURE_ETF = 1       /**< The simplex ETF of libnc_geometry_etf(). */
};

/**
 * @brief Examines a point. Settings and solution are read now; the geometry may change later.
 * @param[out] curvature the new handle; the caller destroys it.
 * @param[in] geometry cross-entropy in the form with decays, K >= 2; solved, for its solution.
 * @param[in] point @ref libnc_curvature_point.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_STATE (not solved),
 *         LIBNC_ERROR_UNSUPPORTED (another loss, K = 1, or the ETF of unequal counts),
 *         LIBNC_ERROR_NUMERICAL, LIBNC_ERROR_MEMORY.
 * @note With r the rank of the point (the smaller of width and K - 1 for M = 1) and v = 2 K r +
 *       (M-1) r^2 variables: up to v = 600 all eigenvalues, O(v^3); beyond, the Lanczos process, at
 *       most 1200 steps of O(M K^2 r) each.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_curvature_create(libnc_curvature **curvature,
                                                  const libnc_geometry *geometry, int32_t point);

/** @brief Destroys a curvature; NULL is fine. @since 0.2 */
LIBNC_API void libnc_curvature_destroy(libnc_curvature *curvature);

/**
 * @brief The smallest eigenvalue and what follows from it.
 * @param[in] curvature the handle.
 * @param[out] eigenvalue the smallest eigenvalue, symmetry left out; may be NULL.
 * @param[out] residual ||H v - eigenvalue v||: some eigenvalue lies that close; may be NULL.
 * @param[out] saddle 1 for a strict saddle: the eigenvalue is below -1e-7 c and beyond rounding;
 *             else 0: a local minimum, if the eigenvalue is positive beyond rounding; may be NULL.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT (the handle, or all outputs NULL).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_curvature_eigenvalue(const libnc_curvature *curvature,
                                                      double *eigenvalue, double *residual,
                                                      int32_t *saddle);

/**
 * @brief The logits Z of the point, and how they change along the direction, to first order.
 * @param[in] curvature the handle.
 * @param[out] logits K x K, row = logit, column = class mean, bias excluded; may be NULL.
 * @param[out] change dZ, K x K; may be NULL, but not both.
 * @param[in] size must be K K.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_curvature_logits(const libnc_curvature *curvature, double *logits,
                                                  double *change, size_t size);

/**
 * @brief One parameter of the point and of the direction, at the widths wanted.
 *
 * The parameters of all layers fit together: the objective at values + t change, in all layers and
 * the bias, is the point's plus t^2/2 times the eigenvalue plus O(t^3). Rows and columns beyond the
 * rank are zero. A sample's features are its class mean.
 * @param[in] curvature the handle.
 * @param[in] layer 0 for the class means, j = 1 .. M for W_j.
 * @param[in] rows layer 0: K, row k = h_k; j: d_{j+1}, or K for the last layer.
 * @param[in] cols d_1 for layer 0, else d_j; widths at least the rank (libnc_curvature_rank()).
 * @param[out] values rows x cols, row-major; may be NULL.
 * @param[out] change the same of the direction; may be NULL, but not both.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_curvature_layer(const libnc_curvature *curvature, int32_t layer,
                                                 int64_t rows, int64_t cols, double *values,
                                                 double *change);

/**
 * @brief The last bias of the point and of the direction (K values); zeros without a bias.
 * @return as libnc_curvature_logits(); @p size must be K.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_curvature_bias(const libnc_curvature *curvature, double *values,
                                                double *change, size_t size);

/** @brief The smallest width that holds the point and its direction; 0 for NULL. @since 0.2 */
LIBNC_API int64_t libnc_curvature_rank(const libnc_curvature *curvature);

LIBNC_END

#endif
