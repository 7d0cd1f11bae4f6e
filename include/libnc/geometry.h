/* SPDX-License-Identifier: MIT */
/**
 * @file geometry.h
 * @brief Predicted geometry: the global minimisers of the training problem.
 *
 * The problem is that of trainer.h with free features: class counts n_k, M linear layers with
 * decays lw_1 .. lw_M, feature decay lh, with or without a last bias, MSE or cross-entropy. For MSE
 * every case is solved in closed form (Dang et al. 2023; doc/theory.md): any counts, depth, decays
 * and widths. Cross-entropy with M = 1 is solved for any counts and class weights, *proven* within
 * a gap; with M >= 2 balanced classes have the ETF as
 * a *critical point*, and a search gives the lowest value it finds for any classes as *best known*
 * (option "starts"; doc/deep_cross_entropy.md).
 *
 * The *energy form* is the layer-peeled model (Fang et al. 2021), cross-entropy with M = 1 again:
 *
 *     min 1/N sum_k n_k w_k CE(W h_k + b, k)
 *     subject to 1/K sum_k ||w_k||^2 <= E_W, 1/K sum_k ||h_k||^2 <= E_H
 *
 * for class means h_k. There D below is the identity, and parameters are W and Hbar.
 *
 * Notation: Z = W_M ... W_1 Hbar (K x K) are the logits of the class means without bias, column =
 * class mean; D = diag(sqrt(n_k)); Z D = U diag(s) V^T. Width R = min(K, all widths) directions at
 * most are used. Vectors and matrices are given in class order, row-major.
 *
 * Values and lengths cost O(K) for few distinct counts; K x K matrices are formed only when asked
 * for. Classes of equal count and weight form one of G groups.
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
enum libnc_geometry_proof {
    LIBNC_GEOMETRY_PROVEN = 1,         /**< A global minimiser, within the stated gap, which is at
                                          most "tolerance" or 1e-9 of the loss. */
    LIBNC_GEOMETRY_CRITICAL_POINT = 2, /**< Stationary; lower values are known to exist or are
                                          not excluded. */
    LIBNC_GEOMETRY_BEST_KNOWN = 3,     /**< The lowest value that a stated search found. */
    LIBNC_GEOMETRY_STALLED = 4         /**< Proven within the stated gap, but that is above both
                                          "tolerance" and 1e-9 of the loss: iterations or digits ran
                                          out. @since 0.3 */
};

/** @brief What holds lengths down. Append-only. @since 0.3 */
enum libnc_geometry_form {
    LIBNC_GEOMETRY_FORM_DECAY = 0, /**< Penalties. */
    LIBNC_GEOMETRY_FORM_ENERGY = 1 /**< Bounds: the layer-peeled model, which has no decays. */
};

/** @brief Option keys of a geometry. Append-only. @since 0.1 */
enum libnc_geometry_option {
    LIBNC_GEOMETRY_OPTION_LOSS = 1,  /**< "loss": @ref libnc_loss_function, "mse"
                                        (default), "ce" or "focal". */
    LIBNC_GEOMETRY_OPTION_BIAS = 2,  /**< "bias": 0 (default) or 1: a last bias, not decayed. */
    LIBNC_GEOMETRY_OPTION_WIDTH = 3, /**< "width": smallest of d_1 .. d_M; 0 (default): at least
                                 K. */
    LIBNC_GEOMETRY_OPTION_FEATURE_DECAY = 4, /**< "feature_decay": lh > 0, default 5e-4. */
    LIBNC_GEOMETRY_OPTION_LABEL_SMOOTHING =
        5,                                 /**< "label_smoothing" in [0, 1); cross-entropy only. */
    LIBNC_GEOMETRY_OPTION_FOCAL_GAMMA = 6, /**< "focal_gamma" in [0, 100]; focal only; default 2. */
    LIBNC_GEOMETRY_OPTION_FORM = 7,        /**< "form": @ref libnc_geometry_form, "decay" (default)
                                       or "energy". @since 0.2 */
    LIBNC_GEOMETRY_OPTION_CLASSIFIER_ENERGY =
        8, /**< "classifier_energy": E_W from 1e-100 to 1e100, default
              1. @since 0.2 */
    LIBNC_GEOMETRY_OPTION_FEATURE_ENERGY =
        9,                               /**< "feature_energy": E_H from 1e-100 to 1e100, default 1.
                                     @since 0.2 */
    LIBNC_GEOMETRY_OPTION_SYMMETRY = 10, /**< "symmetry": 1 (default): classes of equal count and
                                     weight are solved as one group; 0: every class for itself, by
                                     the general method and never in closed form (M = 1
                                     cross-entropy), which must give the same. @since 0.2 */
    LIBNC_GEOMETRY_OPTION_TOLERANCE =
        11, /**< "tolerance" in [0, 1): wanted gap relative to the loss where
        an iteration is needed, default 1e-10. @since 0.2 */
    LIBNC_GEOMETRY_OPTION_NORMALISE_WEIGHTS = 12, /**< "normalise_weights": 1 divides the weighted
                                              loss by sum n_k w_k, as training on repeated samples
                                              does; 0 (default) by N, as the loss of loss.h does.
                                              @since 0.2 */
    LIBNC_GEOMETRY_OPTION_MAX_ITERATIONS = 13, /**< "max_iterations", 1 .. 1e6, default 1000: Newton
                                           steps at most where an iteration is needed. @since
                                           0.2 */
    LIBNC_GEOMETRY_OPTION_STARTS = 14, /**< "starts": cross-entropy, M >= 2. 0 (default): the ETF
                                   as a critical point. n > 0: the lowest value that
                                   structured and n random starts find. @since 0.2 */
    LIBNC_GEOMETRY_OPTION_SEED =
        15 /**< "seed" of the random starts, from 0 (default). @since 0.2 */
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
                                                           const double *decays, int64_t count);

/**
 * @brief Sets class weights: the loss of samples of class k counts w_k times.
 *
 * Cross-entropy with M = 1, or searched with M > 1. A weight is not the same as more samples: these
 * have features, and feature decays, of their own.
 * @param[in] geometry the problem.
 * @param[in] weights w_k from 1e-100 to 1e100, copied; NULL, with count 0, for none.
 * @param[in] count K, or 0.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION, LIBNC_ERROR_MEMORY.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_geometry_set_class_weights(libnc_geometry *geometry,
                                                            const double *weights, int64_t count);

/**
 * @brief The decays that are set: lw_1 .. lw_M.
 * @param[in] geometry the problem.
 * @param[out] decays M values.
 * @param[in] size M.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_geometry_weight_decays(const libnc_geometry *geometry,
                                                        double *decays, size_t size);

/**
 * @brief The class weights that are set: w_1 .. w_K, 1 where none are.
 * @param[in] geometry the problem.
 * @param[out] weights K values.
 * @param[in] size K.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_geometry_class_weights(const libnc_geometry *geometry,
                                                        double *weights, size_t size);

/**
 * @brief Solves the problem as it is set now. The getters below need it, after every change.
 *
 * Closed forms are checked before they are given: stationarity and value are recomputed from the
 * answer by other formulas, the secular roots from the counts they belong to (doc/theory.md, "What
 * is checked"). Cross-entropy with M = 1 has no closed form for unequal counts or weights: it is
 * solved by Newton's method on a convex problem until a dual point proves the wanted relative gap
 * (option "tolerance"). Where "max_iterations" or rounding ends it earlier the solution is given
 * all the same, proven to the gap that libnc_geometry_loss() states, with the status
 * LIBNC_GEOMETRY_STALLED if that is above 1e-9 of the loss too.
 * @param[in] geometry the problem.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (NULL, or label smoothing with another loss than "ce");
 *         LIBNC_ERROR_UNSUPPORTED: cross-entropy with M > 1 and "starts" 0, or focal, with unequal
 *         counts or a width < K - 1; a search ("starts" > 0) with more than 1000 classes; focal
 *         with M > 1; class weights, or the energy form, with another loss than cross-entropy or M
 *         > 1 (but a search takes weights); a width below the rank of the minimiser, or below K - 1
 * where that is balanced; LIBNC_ERROR_NUMERICAL (decays so far apart that a predicted length is
 * beyond a double, or energies so large that the loss is too small for one); LIBNC_ERROR_MEMORY;
 *         LIBNC_ERROR_INTERNAL: the solution failed its own check, a defect of libnc.
 * After an error the old solution stays.
 * @note With G distinct counts: O(M G) for MSE without bias, O(M G + G^2) with; memory O(G).
 *       Unbalanced cross-entropy: some 10 to 50 Newton steps of O(G^3) each times their inner
 *       iterations, memory some 45 G^2 numbers. Create sorts the counts, O(K log K).
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_geometry_solve(libnc_geometry *geometry);

/** @brief The class distribution, owned by the geometry; NULL for NULL. @since 0.1 */
LIBNC_API const libnc_classes *libnc_geometry_classes(const libnc_geometry *geometry);

/** @brief M; 0 for NULL. @since 0.1 */
LIBNC_API int32_t libnc_geometry_depth(const libnc_geometry *geometry);

/** @brief @ref libnc_geometry_proof of the solution; 0 before solve. @since 0.1 */
LIBNC_API int32_t libnc_geometry_status(const libnc_geometry *geometry);

/**
 * @brief The optimal value of the objective (loss + penalty) and a bound on its error.
 *
 * The true minimum is in [loss - gap, loss + rounding]. The loss is that of a point that exists: it
 * exceeds the minimum by the gap at most, and is below it by no more than the rounding of its own
 * evaluation, which the gap includes: rounding <= gap. In closed forms the gap is nothing else,
 * some epsilon times the logarithms of counts and decays: below 1e-11 of the loss, and 0 only for a
 * loss that is 0 by definition (one class). The gap of a numerical solution is that of a dual
 * point, with its rounding.
 * @param[in] geometry a solved problem.
 * @param[out] loss the value.
 * @param[out] gap as above; NaN where nothing is proven; may be NULL.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_STATE (not solved).
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_geometry_loss(const libnc_geometry *geometry, double *loss,
                                               double *gap);

/**
 * @brief 1 if the Gram matrices and logits of the minimiser are unique, 0 if there is a choice.
 *
 * Ties come from a bottleneck that cuts through equal gains (any orthogonal projector of the right
 * rank will do), or, M >= 2, from a direction at its threshold to 1e-12 relative (zero or positive
 * will do). The getters give one minimiser: at a threshold the positive one; where only r
 * directions of a group of classes of equal count fit, the first r classes, or, with a bias, a
 * simplex on the first r + 1. For a critical point only the scale of the ETF could tie; the
 * positive one is then given, as unique. In the energy form with label smoothing energies beyond
 * what meets the targets are not used: logits may then move by a constant per class, and the
 * minimiser given is that of least norm, with columns that sum to zero. What a search found is not
 * unique if exchanging two classes of equal count and weight changes it; else it is called unique,
 * as far as the search knows.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_STATE.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_geometry_unique(const libnc_geometry *geometry, int32_t *unique);

/**
 * @brief The K singular values of Z D, largest first, zeros included; D = I in the energy form.
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
 * @param[in] layer 0 for the features H (d x N, not the class means; in the energy form Hbar, the
 *            class means), j for W_j.
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
 * @note O(K); with a bias, or unbalanced cross-entropy, O(K + G^2) for G groups.
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
 * @note O(K^2) without a bias, O(K^2 + G^3) with or for unbalanced cross-entropy; G numbers of
 *       memory.
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
 * @brief The margin of every class: its own logit at its own class mean less the best other one.
 *
 *     margin_k = z_kk + b_k - max_{j != k} (z_jk + b_j),
 *
 * positive where the class is predicted at its own mean. Classes of one group that have one and the
 * same column of logits have margin 0 at most, exactly.
 * @param[in] geometry a solved problem.
 * @param[out] margins @p size values, in logits; +infinity for one class alone.
 * @param[in] size must be K.
 * @return as libnc_geometry_singular_values(); LIBNC_ERROR_MEMORY.
 * @note O(K + G^2) for MSE without a bias, else O(K + r G^2) for r directions that are constant on
 *       groups, r <= G; G^2 numbers of memory.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_geometry_margins(const libnc_geometry *geometry, double *margins,
                                                  size_t size);

/**
 * @brief The probability of every class at its own class mean: softmax of the logits and the bias
 * there, own entry. For MSE too, whose logits are no log-probabilities.
 * @param[in] geometry a solved problem.
 * @param[out] probabilities @p size values in [0, 1].
 * @param[in] size must be K.
 * @return as libnc_geometry_margins().
 * @note as libnc_geometry_margins().
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_geometry_probabilities(const libnc_geometry *geometry,
                                                        double *probabilities, size_t size);

/**
 * @brief Which classes are predicted at their own mean: 1 where the margin is above 1e-7 of the
 * largest logit of a numerical solution, or 1e-12 of that of a closed form, else 0.
 * @param[in] geometry a solved problem.
 * @param[out] predicted @p size values.
 * @param[in] size must be K.
 * @return as libnc_geometry_margins().
 * @note as libnc_geometry_margins().
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_geometry_predicted(const libnc_geometry *geometry,
                                                    int32_t *predicted, size_t size);

/**
 * @brief The last bias b (K values); zeros without a bias. For cross-entropy it sums to zero.
 * @return as libnc_geometry_singular_values().
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_geometry_bias(const libnc_geometry *geometry, double *bias,
                                               size_t size);

/**
 * @brief Which classes are lost: 1 where the row and the class mean are both zero, else 0. Where
 * the solution is numerical, zero means below 1e-7 of the longest.
 * @return as libnc_geometry_singular_values().
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_geometry_lost_classes(const libnc_geometry *geometry,
                                                       int32_t *lost, size_t size);

/**
 * @brief The price of the norm: c = (lh prod_j lw_j)^(1/(M+1)) in the decay form, in the energy
 * form the multiplier mu >= 0.
 *
 * M = 1: the objective is loss + c ||Z D||_*, or loss subject to ||Z||_* <= tau with mu the rate at
 * which the minimum falls with tau = K sqrt(E_W E_H); mu = 0 where the constraint does not bind. In
 * both forms ||G D^-1||_2 <= c (or mu) at the minimiser, G the gradient of the loss by Z.
 * @param[in] geometry a solved problem.
 * @param[out] multiplier the price.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_STATE.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_geometry_multiplier(const libnc_geometry *geometry,
                                                     double *multiplier);

/**
 * @brief The rank of Z: how many singular values are not zero, and the width that is needed.
 *
 * In numerical solutions directions below 1e-13 of the largest count as zero.
 * @param[in] geometry a solved problem.
 * @param[out] rank 0 .. K.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_STATE.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_geometry_rank(const libnc_geometry *geometry, int64_t *rank);

/**
 * @brief The groups that the solution treats as one: classes of equal count and weight, or every
 * class for itself with "symmetry" 0 (cross-entropy with M = 1).
 * @param[in] geometry a solved problem.
 * @param[out] count G; may be NULL.
 * @param[out] groups number 0 .. G - 1 of each class's group, larger counts and weights first; may
 *             be NULL unless count is.
 * @param[in] size K; not looked at if @p groups is NULL.
 * @return as libnc_geometry_singular_values().
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_geometry_groups(const libnc_geometry *geometry, int64_t *count,
                                                 int32_t *groups, size_t size);

/**
 * @brief A minimiser itself: the classifier P = W_M ... W_1 and the class means at a wanted width.
 *
 * Factors are unique up to a rotation of their columns; these have one singular direction per
 * column, then columns of zeros.
 * @param[in] geometry a solved problem.
 * @param[in] width d >= the rank of the solution.
 * @param[out] classifier P, K x d, row-major; may be NULL.
 * @param[out] features K x d: row k is the class mean h_k; may be NULL unless @p classifier is.
 * @param[in] size must be K d.
 * @return as libnc_geometry_singular_values(); LIBNC_ERROR_DIMENSION for a width below the rank
 * too.
 * @note O(K d).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_geometry_factors(const libnc_geometry *geometry, int64_t width,
                                                  double *classifier, double *features,
                                                  size_t size);

/**
 * @brief The simplex ETF of balanced classes as a stationary point: its value and scale.
 *
 * Z = a (I - J/K). For cross-entropy and M >= 2 it is a *critical point*, often a local minimum,
 * and lower values are known from K = 4, M = 3 and K = 6, M = 2 on (doc/deep_cross_entropy.md);
 * this is its value whatever a search found. For M = 1 it is the global minimum.
 * @param[in] geometry balanced classes, "ce" or "focal"; need not be solved.
 * @param[out] loss the value of the objective; may be NULL.
 * @param[out] scale a >= 0; 0 if the decays leave nothing; may be NULL, but not both.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_UNSUPPORTED (counts that differ, MSE, focal
 *         with M > 1, or a width < K - 1), LIBNC_ERROR_MEMORY, LIBNC_ERROR_INTERNAL (a failed
 *         check).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_geometry_etf(const libnc_geometry *geometry, double *loss,
                                              double *scale);

/**
 * @brief The search behind a solution of status best known.
 * @param[in] geometry a solved problem.
 * @param[out] starts how many local minimisations were made, structured and random; 0 where there
 *             was no search; may be NULL.
 * @param[out] hits how many of them ended within 1e-9, relative, of the lowest value; may be NULL,
 *             but not both.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_STATE.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_geometry_search(const libnc_geometry *geometry, int64_t *starts,
                                                 int64_t *hits);

/**
 * @brief Shapes of the class means. Append-only; names by libnc_geometry_kind_name().
 *
 * Lengths and angles are compared to 1e-5.
 * @since 0.2
 */
enum libnc_geometry_kind {
    LIBNC_GEOMETRY_KIND_OTHER = 0,     /**< "other": none of those below. */
    LIBNC_GEOMETRY_KIND_ZERO = 1,      /**< "zero": all means are zero. */
    LIBNC_GEOMETRY_KIND_SIMPLEX = 2,   /**< "simplex": equal lengths, all cosines -1/(K-1). */
    LIBNC_GEOMETRY_KIND_ORTHOPLEX = 3, /**< "orthoplex": K/2 antipodal pairs on orthogonal axes,
                                          equal lengths. */
    LIBNC_GEOMETRY_KIND_PAIRS = 4,     /**< "antipodal pairs": every class has one opposite. */
    LIBNC_GEOMETRY_KIND_PENTAGON = 5,  /**< "pentagon": regular, in two dimensions. */
    LIBNC_GEOMETRY_KIND_POLYGON = 6,   /**< "polygon": regular, in two dimensions, K >= 6. */
    LIBNC_GEOMETRY_KIND_FRAME = 7,     /**< "orthogonal frame": all means orthogonal. */
    LIBNC_GEOMETRY_KIND_BLOCKS = 8     /**< "blocks": fewer sets of interchangeable classes than
                                             classes, and more than one; libnc_geometry_class_sets(). */
};

/**
 * @brief What the predicted class means Hbar look like. Experimental: may change before 1.0.
 * @param[in] geometry a solved problem.
 * @param[out] kind @ref libnc_geometry_kind, the first in the order zero, simplex, orthoplex,
 *             pentagon, polygon, antipodal pairs, orthogonal frame, blocks that fits.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_STATE, LIBNC_ERROR_MEMORY.
 * @note O(K^3).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_geometry_structure(const libnc_geometry *geometry, int32_t *kind);

/**
 * @brief The name of a kind; "other" for an unknown one. Experimental: may change before 1.0.
 * @since 0.2
 */
LIBNC_API const char *libnc_geometry_kind_name(int32_t kind);

/**
 * @brief Which class means belong together. Experimental: may change before 1.0.
 * @param[in] geometry a solved problem.
 * @param[out] sets number of each class's set of interchangeable classes, from 0 in the order of
 *             their first class: means of one length that all other means see alike. A set of two
 * is a pair, antipodal or nearly, a larger one a regular simplex, K classes of the ETF are one set;
 * -1 for a mean of zero; may be NULL.
 * @param[out] same the first class with the same mean, itself if there is none; may be NULL.
 * @param[out] opposite the first class whose mean has the opposite direction, or -1; may be NULL,
 *             but not all three.
 * @param[in] size must be K.
 * @return as libnc_geometry_singular_values(); LIBNC_ERROR_MEMORY.
 * @note Up to O(K^3).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_geometry_class_sets(const libnc_geometry *geometry, int32_t *sets,
                                                     int32_t *same, int32_t *opposite, size_t size);

/**
 * @brief How many singular values of Z D agree with each of them to 1e-6, relative; 0 for zeros.
 * @param[in] geometry a solved problem.
 * @param[out] multiplicities @p size values, in the order of libnc_geometry_singular_values().
 * @param[in] size must be K.
 * @return as libnc_geometry_singular_values(); LIBNC_ERROR_MEMORY.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_geometry_multiplicities(const libnc_geometry *geometry,
                                                         int64_t *multiplicities, size_t size);

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
