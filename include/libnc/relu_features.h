/* SPDX-License-Identifier: MIT */
/**
 * @file relu_features.h
 * @brief Cross-entropy with features that passed a ReLU: the global minimiser in closed form.
 * Experimental: may change before 1.0.
 *
 * The problem, over W (K x d) and H (d x N) with one column for each sample, no bias:
 *
 *     min 1/N sum_i CE(W h_i, y_i) + lw/2 ||W||^2 + lh/2 ||H||^2   subject to H >= 0.
 *
 * For any counts n_k the class means are orthogonal, each class decides alone, and with
 * v_k = N sqrt(lw lh K/((K-1) n_k))
 *
 *     W h_k = M_k (e_k - 1/K),   M_k = log(1 + K (1 - v_k)/v_k) if v_k < 1, else 0.
 *
 * Source: Dang, Tran, Nguyen, Ho (ICML 2024), whose name for the problem is UFM+; with the proof,
 * which needs no assumption but a width of one unit for each class that is kept, in
 * doc/relu_features.md. So every result here is *proven*, and the Gram matrices are unique; scales
 * and loss are checked by duality before there is a handle, else libnc_relu_features_create()
 * returns LIBNC_ERROR_INTERNAL.
 */
#ifndef LIBNC_RELU_FEATURES_H
#define LIBNC_RELU_FEATURES_H

#include <libnc/classes.h>

LIBNC_BEGIN

/** @brief The minimiser on non-negative features. @since 0.3 */
typedef struct libnc_relu_features libnc_relu_features;

/**
 * @brief Solves the problem. The counts are read now.
 * @param[out] features the new handle; the caller destroys it.
 * @param[in] classes the counts n_k. With one class everything is zero.
 * @param[in] weight_decay lw, 2.2e-308 .. 1e300.
 * @param[in] feature_decay lh, 2.2e-308 .. 1e300.
 * @param[in] width d, or 0 for "enough".
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY; LIBNC_ERROR_UNSUPPORTED (fewer units
 *         than classes that would be kept: no closed form).
 * @note O(K).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_relu_features_create(libnc_relu_features **features,
                                                      const libnc_classes *classes,
                                                      double weight_decay, double feature_decay,
                                                      int64_t width);

/** @brief Destroys the handle; NULL is fine. @since 0.3 */
LIBNC_API void libnc_relu_features_destroy(libnc_relu_features *features);

/** @brief K; 0 for NULL. @since 0.3 */
LIBNC_API int64_t libnc_relu_features_classes(const libnc_relu_features *features);

/**
 * @brief The value of the objective.
 * @param[in] features the handle.
 * @param[out] loss sum_k n_k/N log(1 + (K-1) e^{-M_k}) + M_k sqrt(lw lh n_k (K-1)/K).
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT (NULL).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_relu_features_loss(const libnc_relu_features *features,
                                                    double *loss);

/**
 * @brief The scale M_k of each class: the logits of its mean are M_k (e_k - 1/K).
 * @param[in] features the handle.
 * @param[out] scales M_k, @p size values; 0 for a class that is lost.
 * @param[in] size must be K.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_relu_features_scales(const libnc_relu_features *features,
                                                      double *scales, size_t size);

/**
 * @brief The squared lengths of the class means.
 *
 * Means of different classes are orthogonal and all samples of a class sit on their mean, so that
 * the Gram matrix of the means is diag(||h_k||^2), ||h_k||^2 = M_k sqrt((K-1) lw/(K lh n_k)).
 * @param[in] features the handle.
 * @param[out] lengths ||h_k||^2, @p size values.
 * @param[in] size must be K.
 * @return as libnc_relu_features_scales().
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_relu_features_lengths(const libnc_relu_features *features,
                                                       double *lengths, size_t size);

/**
 * @brief Which classes are lost: mean zero, and no row of their own.
 * @param[in] features the handle.
 * @param[out] lost 1 where M_k = 0, else 0, @p size values.
 * @param[in] size must be K.
 * @return as libnc_relu_features_scales().
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_relu_features_lost_classes(const libnc_relu_features *features,
                                                            int32_t *lost, size_t size);

/**
 * @brief Gram matrix of the classifier's rows, W W^T = sum_k g_k (e_k - 1/K)(e_k - 1/K)^T with
 * g_k = M_k sqrt(K lh n_k/((K-1) lw)).
 * @param[in] features the handle.
 * @param[out] gram @p size values, K x K.
 * @param[in] size must be K K.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION; LIBNC_ERROR_NUMERICAL (decays so
 *         far apart that a row's length is beyond a double); LIBNC_ERROR_MEMORY (K K values
 *         overflow).
 * @note O(K^2); allocates nothing.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_relu_features_classifier_gram(const libnc_relu_features *features,
                                                               double *gram, size_t size);

/**
 * @brief The count up to which a class is lost: n_k is kept iff n_k > N^2 lw lh K/(K-1).
 * @param[in] features the handle, of which K and N matter; K = 1 gives infinity.
 * @param[out] count the threshold; infinity where it is beyond a double.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT (NULL).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_relu_features_threshold(const libnc_relu_features *features,
                                                         double *count);

LIBNC_END

#endif
