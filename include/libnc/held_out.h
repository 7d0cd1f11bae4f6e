/* SPDX-License-Identifier: MIT */
/**
 * @file held_out.h
 * @brief Held-out samples about the class means of a training set: how far collapse reaches beyond
 * the samples that were trained on.
 *
 * With training means h_k and their sample mean h_G, and n_k held-out samples h_{k,i} of the same
 * classes, N in all: v_k = 1/n_k sum_i ||h_{k,i} - h_k||^2, Sigma_W = 1/N sum_k sum_i (h_{k,i} -
 * h_k)(h_{k,i} - h_k)^T, and the nearest of the h_k for every sample. Sigma_B, angles and lengths
 * are those of the training means. A report of it (libnc_report_measure_held_out()) stands beside
 * one of the held-out samples about their own means, which any report of them is.
 *
 * Samples come in batches, any number of them, in one pass: O(K d) memory. Experimental: may change
 * before 1.0.
 */
#ifndef LIBNC_HELD_OUT_H
#define LIBNC_HELD_OUT_H

#include <libnc/accumulator.h>

LIBNC_BEGIN

/** @brief Held-out samples about training means. @since 0.3 */
typedef struct libnc_held_out libnc_held_out;

/**
 * @brief Takes the means of a training set from an accumulator.
 * @param[out] held_out the new handle; the caller destroys it.
 * @param[in] training the accumulator, in either pass; it is copied from, and not needed later.
 * @param[in] classifier W, K x d, row-major, finite, copied; NULL: that of the accumulator's second
 *            pass, or none: then there are no accuracies and no NC4.
 * @param[in] bias b, K values of the same type, finite, copied; NULL for none, and without
 *            @p classifier.
 * @param[in] scalar type of @p classifier and @p bias, @ref libnc_scalar; any value for NULL.
 * @return as libnc_accumulator_begin_second_pass().
 * @note A singular value decomposition of K x d, and the memory of a second pass.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_held_out_create(libnc_held_out **held_out,
                                                 const libnc_accumulator *training,
                                                 const void *classifier, const void *bias,
                                                 int32_t scalar);

/** @brief Destroys it; NULL is fine. @since 0.3 */
LIBNC_API void libnc_held_out_destroy(libnc_held_out *held_out);

/** @brief N, the held-out samples so far; 0 for NULL. @since 0.3 */
LIBNC_API int64_t libnc_held_out_samples(const libnc_held_out *held_out);

/**
 * @brief Adds a batch of held-out samples. All products are formed in float64.
 * @param[in,out] held_out the handle; after an error it is as it was.
 * @param[in] features,scalar,count,stride as in libnc_accumulator_update().
 * @param[in] labels @p count labels, of classes that had training samples.
 * @param[in] label_type type of @p labels, @ref libnc_label.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (the text names the row of a bad label);
 *         LIBNC_ERROR_NOT_FINITE (the text names the row); LIBNC_ERROR_MEMORY (first batch of
 *         float32 only).
 * @note As a second pass, O(count d K) at most.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_held_out_update(libnc_held_out *held_out, const void *features,
                                                 int32_t scalar, int64_t count, int64_t stride,
                                                 const void *labels, int32_t label_type);

LIBNC_END

#endif
