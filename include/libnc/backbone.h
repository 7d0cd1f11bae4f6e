/* SPDX-License-Identifier: MIT */
/**
 * @file backbone.h
 * @brief The shape of a backbone: the layers between inputs and features. A model is made from it
 * (libnc_model_create_backbone()), as many models as wanted, and has the parameters.
 *
 * Layer l = 1, 2, ... maps A_{l-1} (rows x in) to A_l = act(A_{l-1} W_l^T + 1 b_l^T), W_l
 * (out x in), A_0 the inputs; the last A_l are the features. A backbone without layers makes the
 * inputs themselves the features.
 */
#ifndef LIBNC_BACKBONE_H
#define LIBNC_BACKBONE_H

#include <libnc/context.h>

LIBNC_BEGIN

/** @brief The layers between inputs and features. @since 0.3 */
typedef struct libnc_backbone libnc_backbone;

/** @brief What follows a backbone layer. Append-only. @since 0.1 */
enum libnc_activation {
    LIBNC_ACTIVATION_IDENTITY = 0, /**< Nothing: an affine layer. */
    LIBNC_ACTIVATION_RELU = 1      /**< max(0, x). */
};

/**
 * @brief Creates a backbone without layers.
 * @param[out] backbone the new handle; the caller destroys it.
 * @param[in] context the context.
 * @param[in] inputs p, values per input, 1 .. 2^31 - 1.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_MEMORY (2^31 inputs and more included).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_backbone_create(libnc_backbone **backbone, libnc_context *context,
                                                 int64_t inputs);

/** @brief Destroys a backbone, not the models made from it; NULL is fine. @since 0.3 */
LIBNC_API void libnc_backbone_destroy(libnc_backbone *backbone);

/**
 * @brief Adds an affine layer behind the others.
 * @param[in] backbone the handle.
 * @param[in] outputs values that the layer gives, 1 .. 2^31 - 1.
 * @param[in] activation @ref libnc_activation.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_MEMORY (2^31 outputs and more);
 *         LIBNC_ERROR_UNSUPPORTED (more than 1000 layers).
 * @note O(1).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_backbone_add_affine(libnc_backbone *backbone, int64_t outputs,
                                                     int32_t activation);

/** @brief The number of layers; 0 for NULL. @since 0.3 */
LIBNC_API int32_t libnc_backbone_layers(const libnc_backbone *backbone);

/** @brief Values per feature: of the last layer, or p without one; 0 for NULL. @since 0.3 */
LIBNC_API int64_t libnc_backbone_outputs(const libnc_backbone *backbone);

LIBNC_END

#endif
