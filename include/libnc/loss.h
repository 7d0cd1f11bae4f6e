/* SPDX-License-Identifier: MIT */
/**
 * @file loss.h
 * @brief Losses: mean squared error, cross-entropy with label smoothing, focal; class weights.
 *
 * With N samples, logits z_i, labels y_i and class weights w_k (1 unless set):
 *  - MSE: 1/(2N) sum_i w_{y_i} ||z_i - e_{y_i}||^2. Averaged over N, not over N K.
 *  - cross-entropy: 1/N sum_i w_{y_i} sum_k -t_ik log p_ik, p_i = softmax(z_i),
 *    t_i = (1 - delta) e_{y_i} + (delta/K) 1 with label smoothing delta.
 *  - focal (Lin et al. 2017): 1/N sum_i w_{y_i} -(1 - p_{i,y_i})^gamma log p_{i,y_i}.
 *
 * The divisor is always the number of samples, never the sum of their weights.
 */
#ifndef LIBNC_LOSS_H
#define LIBNC_LOSS_H

#include <libnc/options.h>

LIBNC_BEGIN

/** @brief A loss with its settings. @since 0.1 */
typedef struct libnc_loss libnc_loss;

/** @brief Kinds of loss. Append-only. @since 0.1 */
enum libnc_loss_function {
    LIBNC_LOSS_MSE = 1,           /**< Mean squared error on one-hot targets. */
    LIBNC_LOSS_CROSS_ENTROPY = 2, /**< Softmax cross-entropy. */
    LIBNC_LOSS_FOCAL = 3          /**< Focal loss. */
};

/** @brief Option keys of a loss. Append-only. @since 0.1 */
enum libnc_loss_option {
    LIBNC_LOSS_OPTION_LABEL_SMOOTHING =
        1, /**< "label_smoothing": delta in [0, 1); cross-entropy only. */
    LIBNC_LOSS_OPTION_FOCAL_GAMMA =
        2 /**< "focal_gamma": gamma in [0, 100]; focal only; default 2. */
};

/**
 * @brief Creates a loss.
 * @param[out] loss the new loss; the caller destroys it.
 * @param[in] context the context.
 * @param[in] kind @ref libnc_loss_function.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_loss_create(libnc_loss **loss, libnc_context *context,
                                             int32_t kind);

/** @brief Destroys a loss; NULL is fine. @since 0.1 */
LIBNC_API void libnc_loss_destroy(libnc_loss *loss);

/** @brief The settings, @ref libnc_loss_option, owned by the loss; NULL for NULL. @since 0.1 */
LIBNC_API libnc_options *libnc_loss_options(libnc_loss *loss);

/** @brief @ref libnc_loss_function; 0 for NULL. @since 0.1 */
LIBNC_API int32_t libnc_loss_kind(const libnc_loss *loss);

/**
 * @brief Sets one weight per class.
 * @param[in] loss the loss.
 * @param[in] weights @p class_count finite numbers >= 0, copied; NULL with 0 for all equal to 1.
 * @param[in] class_count K; a later use with another K is LIBNC_ERROR_DIMENSION.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_loss_set_class_weights(libnc_loss *loss, const double *weights,
                                                        int64_t class_count);

/**
 * @brief The class weights that are set, 1 where none are.
 * @param[in] loss the loss.
 * @param[out] weights one for each class.
 * @param[in] class_count the number of weights that are set; any from 1 where none are.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_loss_class_weights(const libnc_loss *loss, double *weights,
                                                    int64_t class_count);

/**
 * @brief Value and gradient for given logits.
 * @param[in] loss the loss.
 * @param[in] logits N x K, row-major, finite.
 * @param[in] labels N labels in 0 .. K-1.
 * @param[in] count N >= 1.
 * @param[in] class_count K >= 1.
 * @param[out] value the loss; may be NULL.
 * @param[out] gradient N x K, d value / d logits; may be NULL.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION, LIBNC_ERROR_NOT_FINITE (a logit,
 *         or a loss that overflows), LIBNC_ERROR_MEMORY.
 * @note O(N K).
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_loss_evaluate(const libnc_loss *loss, const double *logits,
                                               const int32_t *labels, int64_t count,
                                               int64_t class_count, double *value,
                                               double *gradient);

LIBNC_END

#endif
