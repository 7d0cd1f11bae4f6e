/* SPDX-License-Identifier: MIT */
/**
 * @file classes.h
 * @brief Class distributions: how many classes K, and how many samples n_k of each.
 *
 * Classes are numbered from 0. A class distribution never changes after it was created.
 */
#ifndef LIBNC_CLASSES_H
#define LIBNC_CLASSES_H

#include <libnc/context.h>

LIBNC_BEGIN

/** @brief K and n_1 .. n_K. @since 0.1 */
typedef struct libnc_classes libnc_classes;

/**
 * @brief From counts.
 * @param[out] classes the new handle; the caller destroys it.
 * @param[in] context the context.
 * @param[in] counts K numbers >= 1, copied.
 * @param[in] class_count K, 1 .. 2^31 - 1.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (NULL, K out of range, a count < 1, or a sum over 2^53);
 *         LIBNC_ERROR_MEMORY.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_classes_from_counts(libnc_classes **classes,
                                                     libnc_context *context, const int64_t *counts,
                                                     int64_t class_count);

/**
 * @brief From a label array: K = 1 + the largest label.
 * @param[out] classes the new handle.
 * @param[in] context the context.
 * @param[in] labels @p count labels >= 0; every class up to the largest must occur.
 * @param[in] count N >= 1.
 * @return as libnc_classes_from_counts(); the error text names the class that is empty.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_classes_from_labels(libnc_classes **classes,
                                                     libnc_context *context, const int32_t *labels,
                                                     int64_t count);

/** @brief K classes of n samples each. @since 0.1 */
LIBNC_CHECKED libnc_status libnc_classes_balanced(libnc_classes **classes, libnc_context *context,
                                                  int64_t class_count, int64_t n);

/**
 * @brief Step imbalance (Fang et al. 2021): the first K_A classes have n_A samples, the rest n_B.
 * @param[out] classes the new handle.
 * @param[in] context the context.
 * @param[in] class_count K.
 * @param[in] majority_classes K_A, 0 .. K.
 * @param[in] majority_count n_A >= 1.
 * @param[in] minority_count n_B >= 1.
 * @return as libnc_classes_from_counts().
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_classes_step(libnc_classes **classes, libnc_context *context,
                                              int64_t class_count, int64_t majority_classes,
                                              int64_t majority_count, int64_t minority_count);

/**
 * @brief Long-tailed: n_k = n_max ratio^(-k/(K-1)), k = 0 .. K-1, rounded down, at least 1.
 * @param[out] classes the new handle.
 * @param[in] context the context.
 * @param[in] class_count K.
 * @param[in] largest n_max >= 1.
 * @param[in] ratio n_max over the smallest count, >= 1, finite.
 * @return as libnc_classes_from_counts().
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_classes_long_tailed(libnc_classes **classes,
                                                     libnc_context *context, int64_t class_count,
                                                     int64_t largest, double ratio);

/** @brief Destroys a class distribution; NULL is fine. @since 0.1 */
LIBNC_API void libnc_classes_destroy(libnc_classes *classes);

/** @brief K; 0 for NULL. @since 0.1 */
LIBNC_API int64_t libnc_classes_count(const libnc_classes *classes);

/** @brief N = sum of n_k; 0 for NULL. @since 0.1 */
LIBNC_API int64_t libnc_classes_samples(const libnc_classes *classes);

/** @brief The K counts, owned by the handle; NULL for NULL. @since 0.1 */
LIBNC_API const int64_t *libnc_classes_counts(const libnc_classes *classes);

/** @brief 1 if all counts are equal, else 0; 0 for NULL. @since 0.1 */
LIBNC_API int32_t libnc_classes_is_balanced(const libnc_classes *classes);

/**
 * @brief Writes the labels of N samples in class order: n_0 times 0, n_1 times 1, ...
 * @param[in] classes the class distribution.
 * @param[out] labels @p size values.
 * @param[in] size must be N.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION (size is not N).
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_classes_labels(const libnc_classes *classes, int32_t *labels,
                                                size_t size);

LIBNC_END

#endif
