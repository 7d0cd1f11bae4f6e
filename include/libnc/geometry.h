/* SPDX-License-Identifier: MIT */
/**
 * @file geometry.h
 * @brief Predicted geometry: the global minimisers of the training problem, in closed form.
 *
 * The problem is that of trainer.h with free features: class counts n_k, M linear layers with
 * decays lw_1 .. lw_M, feature decay lh, with or without a last bias, MSE or cross-entropy. For MSE
 * every case is solved (Dang et al. 2023; doc/theory.md): any counts, depth, decays and widths. For
 * cross-entropy balanced classes are solved: M = 1 *proven*, M >= 2 the ETF as a *critical point*.
 *
 * Notation: Z = W_M ... W_1 Hbar (K x K) are the logits of the class means without bias, column =
 * class mean; D = diag(sqrt(n_k)); Z D = U diag(s) V^T. Width R = min(K, all widths) directions at
 * most are used. Vectors and matrices are given in class order, row-major.
 *
 * Values and lengths cost O(K) for few distinct counts; K x K matrices are formed only when asked
 * for.
 */
#ifndef LIBNC_GEOMETRY_H
#define LIBNC_GEOMETRY_H

#include <libnc/classes.h>
#include <libnc/loss.h>
#include <libnc/options.h>

LIBNC_BEGIN

/** @brief A training problem and its predicted minimiser. @since 0.1 */
typedef struct libnc_geometry libnc_geometry;

/** @brief How much is known of a prediction. Append-only. @since 0.1 */
enum libnc_geometry_status {
    LIBNC_GEOMETRY_PROVEN = 1,         /**< A global minimiser, within the stated gap. */
    LIBNC_GEOMETRY_CRITICAL_POINT = 2, /**< Stationary; lower values are known to exist or are
                                          not excluded. */
    LIBNC_GEOMETRY_BEST_KNOWN = 3      /**< The lowest value that a stated search found. */
};

/** @brief Option keys of a geometry. Append-only. @since 0.1 */
enum libnc_geometry_option {
    LIBNC_GEOMETRY_LOSS = 1,            /**< "loss": "mse" (0), "ce" (1) or "focal" (2). */
    LIBNC_GEOMETRY_BIAS = 2,            /**< "bias": 0 (default) or 1: a last bias, not decayed. */
    LIBNC_GEOMETRY_WIDTH = 3,           /**< "width": smallest of d_1 .. d_M; 0 (default): at least
                                           K. */
    LIBNC_GEOMETRY_FEATURE_DECAY = 4,   /**< "feature_decay": lh > 0, default 5e-4. */
    LIBNC_GEOMETRY_LABEL_SMOOTHING = 5, /**< "label_smoothing" in [0, 1); cross-entropy only. */
    LIBNC_GEOMETRY_FOCAL_GAMMA = 6      /**< "focal_gamma" in [0, 100]; focal only; default 2. */
};

/**
 * @brief Creates a problem: MSE, no bias, no bottleneck, all decays 5e-4.
 * @param[out] geometry the new handle; the caller destroys it.
 * @param[in] classes counts; copied.
 * @param[in] depth M, 1 .. 1000.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_geometry_create(libnc_geometry **geometry,
                                                 const libnc_classes *classes, int32_t depth);

/** @brief Destroys a geometry; NULL is fine. @since 0.1 */
LIBNC_API void libnc_geometry_destroy(libnc_geometry *geometry);

/** @brief The settings, @ref libnc_geometry_option, owned by it; NULL for NULL. @since 0.1 */
LIBNC_API libnc_options *libnc_geometry_options(libnc_geometry *geometry);

/**
 * @brief Sets the decays of W_1 .. W_M.
 * @param[in] geometry the problem.
 * @param[in] decays from 2.2e-308 to 1e300: one for all, or one per layer.
 * @param[in] count 1 or M.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_geometry_set_weight_decay(libnc_geometry *geometry,
                                                           const double *decays, int32_t count);

/**
 * @brief Solves the problem as it is set now. The getters below need it, after every change.
 * @param[in] geometry the problem.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (NULL, or label smoothing with another loss than "ce");
 *         LIBNC_ERROR_UNSUPPORTED (cross-entropy or focal with unequal counts, focal with M > 1, or
 *         a bottleneck width < K - 1 with either); LIBNC_ERROR_NUMERICAL (decays so far apart that
 *         a predicted length is beyond a double); LIBNC_ERROR_MEMORY. After an error the old
 *         solution stays.
 * @note With G distinct counts: O(M G) for MSE without bias, O(M G + G^2) with; memory O(G). Create
 *       sorts the counts, O(K log K).
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_geometry_solve(libnc_geometry *geometry);

/** @brief The class distribution, owned by the geometry; NULL for NULL. @since 0.1 */
LIBNC_API const libnc_classes *libnc_geometry_classes(const libnc_geometry *geometry);

/** @brief M; 0 for NULL. @since 0.1 */
LIBNC_API int32_t libnc_geometry_depth(const libnc_geometry *geometry);

/** @brief @ref libnc_geometry_status of the solution; 0 before solve. @since 0.1 */
LIBNC_API int32_t libnc_geometry_get_status(const libnc_geometry *geometry);

/**
 * @brief The optimal value of the objective (loss + penalty) and a bound on its error.
 * @param[in] geometry a solved problem.
 * @param[out] loss the value.
 * @param[out] gap the true minimum is in [loss - gap, loss]: 0 for closed forms, NaN where nothing
 *             is proven; may be NULL.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_STATE (not solved).
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_geometry_loss(const libnc_geometry *geometry, double *loss,
                                               double *gap);

/**
 * @brief 1 if the Gram matrices and logits of the minimiser are unique, 0 if a tie leaves a choice.
 *
 * Ties come from a bottleneck that cuts through equal gains (any orthogonal projector of the right
 * rank will do), or, M >= 2, from a direction at its threshold to 1e-12 relative (zero or positive
 * will do). The getters give one minimiser: at a threshold the positive one; where only r
 * directions of a group of classes of equal count fit, the first r classes, or, with a bias, a
 * simplex on the first r + 1. For a critical point only the scale of the ETF could tie; the
 * positive one is then given, as unique.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_STATE.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_geometry_unique(const libnc_geometry *geometry, int32_t *unique);

/**
 * @brief The K singular values of Z D, largest first, zeros included.
 * @param[in] geometry a solved problem.
 * @param[out] values @p size values.
 * @param[in] size must be K.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION, LIBNC_ERROR_STATE.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_geometry_singular_values(const libnc_geometry *geometry,
                                                          double *values, size_t size);

/**
 * @brief The K singular values of one parameter, in the order of libnc_geometry_singular_values().
 * @param[in] geometry a solved problem.
 * @param[in] layer 0 for the features H (d x N, not the class means), j for W_j.
 * @param[out] values @p size values.
 * @param[in] size must be K.
 * @return as libnc_geometry_singular_values().
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_geometry_layer_singular_values(const libnc_geometry *geometry,
                                                                int32_t layer, double *values,
                                                                size_t size);

/**
 * @brief Squared lengths by class: the diagonals of the two Gram matrices below.
 * @param[in] geometry a solved problem.
 * @param[in] layer j = 1 .. M.
 * @param[out] classifier ||row k of W_M ... W_j||^2; may be NULL.
 * @param[out] features ||W_{j-1} ... W_1 h_k||^2; may be NULL.
 * @param[in] size must be K.
 * @return as libnc_geometry_singular_values().
 * @note O(K); with a bias O(K + G^2) for G distinct counts.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_geometry_lengths(const libnc_geometry *geometry, int32_t layer,
                                                  double *classifier, double *features,
                                                  size_t size);

/**
 * @brief Gram matrix of the classifier at head layer j: (W_M ... W_j) (W_M ... W_j)^T, K x K.
 * @param[in] geometry a solved problem.
 * @param[in] layer j = 1 .. M; 1 gives P P^T.
 * @param[out] gram @p size values.
 * @param[in] size must be K K.
 * @return as libnc_geometry_singular_values(); LIBNC_ERROR_MEMORY.
 * @note O(K^2) without a bias, O(K^2 + G^3) with; G numbers of memory.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_geometry_classifier_gram(const libnc_geometry *geometry,
                                                          int32_t layer, double *gram, size_t size);

/**
 * @brief Gram matrix of the class means (not centred) before head layer j, K x K: 1 gives
 * Hbar^T Hbar.
 * @return as libnc_geometry_classifier_gram().
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_geometry_feature_gram(const libnc_geometry *geometry,
                                                       int32_t layer, double *gram, size_t size);

/**
 * @brief The logits Z of the class means, K x K: row = logit, column = class mean, bias excluded.
 * @return as libnc_geometry_classifier_gram().
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_geometry_logits(const libnc_geometry *geometry, double *logits,
                                                 size_t size);

/**
 * @brief The diagonal of Z: the logit of each class at its own mean; cost as of the lengths.
 * @return as libnc_geometry_singular_values().
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_geometry_class_logits(const libnc_geometry *geometry,
                                                       double *values, size_t size);

/**
 * @brief The last bias b (K values); zeros without a bias, or for cross-entropy.
 * @return as libnc_geometry_singular_values().
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_geometry_bias(const libnc_geometry *geometry, double *bias,
                                               size_t size);

/**
 * @brief Which classes are lost: 1 where the row and the class mean are both zero, else 0.
 * @return as libnc_geometry_singular_values().
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_geometry_lost_classes(const libnc_geometry *geometry,
                                                       int32_t *lost, size_t size);

/**
 * @brief The threshold beta*_M = (M-1)^((M-1)/M) / M beyond which a direction is lost (1 for M =
 * 1), and beta_ex up to which a positive stationary point exists.
 *
 * beta = M N (N lh prod lw_j)^(1/M) / y^2 for a target's singular value y (sqrt(n_k) without bias).
 * Between the two the positive point is only a local minimum (M >= 2).
 * @param[in] depth M >= 1.
 * @param[out] threshold beta*_M; may be NULL.
 * @param[out] existence beta_ex; may be NULL.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_geometry_thresholds(int32_t depth, double *threshold,
                                                     double *existence);

LIBNC_END

#endif
