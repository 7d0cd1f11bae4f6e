/* SPDX-License-Identifier: MIT */
/**
 * @file penalty.h
 * @brief Penalties: a decay lambda/2 ||.||_F^2 per parameter and on the features, or energies.
 *
 * The training objective is loss + sum over parameters of decay/2 ||parameter||_F^2
 * + feature_decay/2 ||H||_F^2, with H all N features. For free features H is the parameter
 * "features". For a backbone H is its output; a minibatch of B samples then adds
 * (N/B) feature_decay/2 ||H_batch||_F^2, an unbiased estimate that does not depend on B on average.
 * Biases have decay 0 unless it is set by name.
 *
 * The layer-peeled model has energies in place of decays: two constraints under which the loss
 * alone is minimised, libnc_penalty_set_energies().
 */
#ifndef LIBNC_PENALTY_H
#define LIBNC_PENALTY_H

#include <libnc/model.h>

LIBNC_BEGIN

/** @brief Decays of one model's parameters and features. @since 0.1 */
typedef struct libnc_penalty libnc_penalty;

/**
 * @brief Creates a penalty for a model, with every decay 0.
 * @param[out] penalty the new penalty; the caller destroys it.
 * @param[in] model gives the parameters; it is not kept.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_penalty_create(libnc_penalty **penalty, const libnc_model *model);

/** @brief Destroys a penalty; NULL is fine. @since 0.1 */
LIBNC_API void libnc_penalty_destroy(libnc_penalty *penalty);

/**
 * @brief Sets the decay of the head's weight matrices W_1 .. W_M.
 * @param[in] penalty the penalty.
 * @param[in] decays finite numbers >= 0: one for all, or one per layer.
 * @param[in] count 1 or M.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_DIMENSION; LIBNC_ERROR_STATE (above 0 while
 *         there are energies).
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_penalty_set_weight_decay(libnc_penalty *penalty,
                                                          const double *decays, int64_t count);

/**
 * @brief Sets the decay of the features, free or a backbone's output.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (NULL, negative or not finite); LIBNC_ERROR_STATE (above 0
 *         while there are energies).
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_penalty_set_feature_decay(libnc_penalty *penalty, double decay);

/**
 * @brief Sets the decay of one parameter of the model by name, for example "backbone.1.weight".
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (NULL, no such parameter, negative or not finite);
 *         LIBNC_ERROR_STATE (above 0 while there are energies).
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_penalty_set_decay(libnc_penalty *penalty, const char *parameter,
                                                   double decay);

/**
 * @brief The decay of one parameter by name; "features" gives the feature decay of any model.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_penalty_get_decay(const libnc_penalty *penalty,
                                                   const char *parameter, double *decay);

/**
 * @brief Energies in place of decays: the layer-peeled model (Fang et al. 2021) of free features h
 * under one layer W.
 *
 *     minimise loss  subject to  1/K sum_k ||w_k||^2 <= E_W,
 *                                1/K sum_k 1/n_k sum_i ||h_{k,i}||^2 <= E_H
 *
 * w_k are the rows of W, h_{k,i} the features of class k. A bias is free. How a trainer keeps to
 * the constraints is in trainer.h.
 * @param[in] penalty the penalty.
 * @param[in] classifier_energy,feature_energy E_W and E_H from 1e-100 to 1e100, of which a trainer
 *            in float32 takes 1e-60 to 1e60; both 0 for no constraints, which is the default.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_UNSUPPORTED (a backbone, or a head of more
 *         than one layer); LIBNC_ERROR_STATE (a decay is above 0: set it to 0 first).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_penalty_set_energies(libnc_penalty *penalty,
                                                      double classifier_energy,
                                                      double feature_energy);

/**
 * @brief The energies E_W and E_H; 0 where there are none. Any output may be NULL.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_penalty_get_energies(const libnc_penalty *penalty,
                                                      double *classifier_energy,
                                                      double *feature_energy);

LIBNC_END

#endif
