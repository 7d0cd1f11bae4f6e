/* SPDX-License-Identifier: MIT */
/**
 * @file seli.h
 * @brief Simplex-encoded-labels interpolation (SELI): the geometry of cross-entropy with vanishing
 * decay, for any imbalance.
 * Experimental: may change before 1.0.
 *
 * As the decays of W (K x d) and of free features H (d x N) go to zero, the minimisers of the
 * cross-entropy problem grow without bound in the direction of those of the max-margin problem
 *
 *     min 1/2 ||W||^2 + 1/2 ||H||^2   subject to  (w_y - w_j)^T h_i >= 1  for every i, j != y_i.
 *
 * Its logits are the simplex-encoded labels: W H = Zhat = (I - J/K) Y, 1 - 1/K on the label and
 * -1/K elsewhere, whatever the counts. With the thin decomposition Zhat = V diag(s) U^T
 *
 *     W W^T = V diag(s) V^T,   H^T H = U diag(s) U^T,   value sum_k s_k,
 *
 * and all samples of a class coincide. The status is *proven*, and unique, for d >= K - 1; source:
 * Thrampoulidis, Kini, Vakilian, Behnia (NeurIPS 2022); a proof is in doc/seli.md. Given here is
 * the scale of the max-margin problem; with lw != lh multiply W W^T by sqrt(lh/lw) and the
 * features' Gram matrix by sqrt(lw/lh).
 *
 * Nothing depends on N but through the counts: with G distinct counts there are G - 1 directions to
 * be found, by a secular equation, and K - G known ones. The roots are checked before anything is
 * given; calls return LIBNC_ERROR_INTERNAL where they fail (a defect of libnc).
 */
#ifndef LIBNC_SELI_H
#define LIBNC_SELI_H

#include <libnc/classes.h>

LIBNC_BEGIN

/**
 * @brief The K singular values of Zhat, largest first; the last is 0. Their sum is the value.
 * @param[in] classes the counts.
 * @param[out] values @p size values.
 * @param[in] size must be K.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION, LIBNC_ERROR_MEMORY.
 * @note O(K log K + G^2).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_seli_singular_values(const libnc_classes *classes, double *values,
                                                      size_t size);

/**
 * @brief Squared lengths by class: the diagonals of the two Gram matrices.
 * @param[in] classes the counts.
 * @param[out] classifier ||w_k||^2, @p size values; may be NULL.
 * @param[out] features ||h_k||^2, @p size values; may be NULL if the other is not.
 * @param[in] size must be K.
 * @return as libnc_seli_singular_values().
 * @note O(K log K + G^2).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_seli_lengths(const libnc_classes *classes, double *classifier,
                                              double *features, size_t size);

/**
 * @brief Gram matrices of the classifier's rows and of the class means, K x K.
 * @param[in] classes the counts.
 * @param[in] cosines 0 for W W^T and Hbar^T Hbar; 1 for both scaled to unit diagonal: cosines of
 *            angles between rows, and between means. With K = 1 all vectors vanish: cosine NaN.
 * @param[out] classifier @p size values; may be NULL.
 * @param[out] features @p size values; may be NULL if the other is not.
 * @param[in] size must be K K.
 * @return as libnc_seli_singular_values().
 * @note O(K^2 + G^3).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_seli_grams(const libnc_classes *classes, int32_t cosines,
                                            double *classifier, double *features, size_t size);

/**
 * @brief The logits of the class means, W Hbar = I - J/K, K x K: row = logit, column = class mean.
 * @param[in] classes the counts, of which K matters.
 * @param[out] logits @p size values.
 * @param[in] size must be K K.
 * @return as libnc_seli_singular_values().
 * @note O(K^2).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_seli_logits(const libnc_classes *classes, double *logits,
                                             size_t size);

LIBNC_END

#endif
