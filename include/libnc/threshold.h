/* SPDX-License-Identifier: MIT */
/**
 * @file threshold.h
 * @brief Where minority collapse begins: critical decays, counts, imbalance ratios and energies of
 * cross-entropy with one linear layer, and on which side of them a problem lies; and where each
 * class falls, for squared errors too. Experimental: may change before 1.0.
 *
 * A group is the classes that share count n and weight w, m of them. With free features and a
 * nuclear-norm price (doc/minority_collapse.md) a group with m >= 2 predicts one and the same
 * vector for all its classes, or m different ones; nothing between. Notation: N samples, a = n w /
 * divisor the group's loss coefficient (divisor N, or sum n w with "normalise_weights"), delta the
 * label smoothing, c = sqrt(lw lh) the product of the decays, rho = sqrt(E_W E_H) that of the
 * energies. "Merged" includes the threshold itself: to be out is an open condition.
 *
 * The problem is the convex one, which is that of a network whose width is at least the rank of the
 * solution (K - 1 always is enough). Every value that means "never" is +infinity. Closed forms are
 * checked before they are given: where one fails the call returns LIBNC_ERROR_INTERNAL (a defect of
 * libnc).
 */
#ifndef LIBNC_THRESHOLD_H
#define LIBNC_THRESHOLD_H

#include <libnc/geometry.h>

LIBNC_BEGIN

/** @brief In place of a class: every group of two or more classes. @since 0.2 */
enum libnc_threshold_target {
    LIBNC_THRESHOLD_ALL_GROUPS = -1 /**< The strictest of all groups. */
};

/** @brief What may happen to a problem. Append-only. @since 0.2 */
enum libnc_threshold_kind {
    LIBNC_THRESHOLD_KIND_MERGED = 1, /**< The classes of a group predict one vector. */
    LIBNC_THRESHOLD_KIND_LOST = 2, /**< The classifier rows and class means of a group are zero. */
    LIBNC_THRESHOLD_KIND_ALL_LOST = 3 /**< All logits, rows and class means are zero. */
};

/** @brief Sides of a threshold. Append-only. @since 0.2 */
enum libnc_threshold_side {
    LIBNC_THRESHOLD_SIDE_BEFORE = 1, /**< Strictly before it: it does not happen. */
    LIBNC_THRESHOLD_SIDE_BEYOND = 2, /**< At or beyond it: it happens. */
    LIBNC_THRESHOLD_SIDE_UNKNOWN = 3 /**< Nearer to it than the stated width. */
};

/** @brief How a side was decided. Append-only. @since 0.2 */
enum libnc_threshold_method {
    LIBNC_THRESHOLD_METHOD_FORMULA = 1, /**< By a formula, to rounding. */
    LIBNC_THRESHOLD_METHOD_CERTIFICATE =
        2 /**< By solutions with proven gaps, to the stated width. */
};

/**
 * @brief The critical product of decays of a group: its classes merge iff sqrt(lw lh) >= this.
 *
 *     c* = n w (1 - delta) / (divisor sqrt(n)),  for unit weights sqrt(n) (1 - delta) / N
 *
 * with or without bias, whatever the other groups.
 * @param[in] geometry a problem with loss "ce", depth 1 and form "decay"; it need not be solved,
 *            and its decays play no part.
 * @param[in] class_index a class of the group, 0 .. K-1, or LIBNC_THRESHOLD_ALL_GROUPS: the
 *            smallest over all groups of two or more classes (+infinity if there are none).
 * @param[out] decay c*, compared with sqrt(lw lh).
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (NULL, no such class, or a class without an equal: it can
 *         not merge with itself); LIBNC_ERROR_UNSUPPORTED (another loss, depth or form).
 * @note O(K log K): the classes are grouped.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_threshold_merge_decay(const libnc_geometry *geometry,
                                                       int64_t class_index, double *decay);

/**
 * @brief The critical product of decays of total collapse: all is zero iff sqrt(lw lh) >= this.
 *
 *     c* = (1 - delta) || (I - p 1^T) diag(a_k / sqrt(n_k)) ||_2,
 *
 * p_k = a_k / sum a with a bias, 1/K without; I - p 1^T is 0 for K = 1, and so is c*.
 * @param[in] geometry as for libnc_threshold_merge_decay().
 * @param[out] decay c*.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_UNSUPPORTED (another loss, depth or form).
 * @note O(K log K), and O(G) for each of some 60 steps of a bisection whose every step counts
 *       eigenvalues; O(G^3) under weights so far apart that the count is not certain.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_threshold_total_decay(const libnc_geometry *geometry,
                                                       double *decay);

/**
 * @brief Between which counts a group stays apart, decay form, unit weights.
 *
 * m classes of n samples beside `rest` other samples merge iff sqrt(n) (1 - delta) <= c (rest + m
 * n). They are apart strictly between two counts, the squares of
 *
 *     x = ((1 - delta) -+ sqrt((1 - delta)^2 - 4 c^2 m rest)) / (2 c m):
 *
 * below the lower they are outnumbered, above the upper all decays are too strong for so many
 * samples. Where the root is not real they merge at every count: lower = +infinity, upper = 0.
 * @param[in] context for the error text.
 * @param[in] multiplicity m >= 2.
 * @param[in] rest samples of all other classes, >= 0, finite.
 * @param[in] decay c = sqrt(lw lh) > 0, finite.
 * @param[in] smoothing delta in [0, 1).
 * @param[out] lower,upper the counts, real numbers; each may be NULL.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_NUMERICAL if the upper one is beyond a
 *         double (a lower one below its range is 0).
 * @note O(1).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_threshold_merge_counts(libnc_context *context,
                                                        int64_t multiplicity, double rest,
                                                        double decay, double smoothing,
                                                        double *lower, double *upper);

/**
 * @brief Between which imbalance ratios a minority stays apart, decay form, unit weights.
 *
 * K_A classes of n_A samples and K - K_A of n_A / R merge the latter iff sqrt(n_A/R) (1 - delta) <=
 * c n_A (K_A + (K - K_A)/R). They are apart strictly between two ratios R = 1/y^2,
 *
 *     y = ((1 - delta) +- sqrt((1 - delta)^2 - 4 c^2 n_A K_A (K - K_A))) / (2 c sqrt(n_A) (K -
 * K_A))
 *
 * (the lower one is below 1 unless the balanced problem is collapsed). Where the root is not real
 * they merge at every ratio: lower = +infinity, upper = 0.
 * @param[in] context for the error text.
 * @param[in] class_count K.
 * @param[in] majority_classes K_A, 1 .. K - 2: a minority of one class cannot merge with itself.
 * @param[in] majority_count n_A > 0, finite.
 * @param[in] decay c = sqrt(lw lh) > 0, finite.
 * @param[in] smoothing delta in [0, 1).
 * @param[out] lower,upper the ratios; each may be NULL.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_NUMERICAL if the upper one is beyond a
 *         double (a lower one below its range is 0).
 * @note O(1).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_threshold_merge_ratios(libnc_context *context, int64_t class_count,
                                                        int64_t majority_classes,
                                                        double majority_count, double decay,
                                                        double smoothing, double *lower,
                                                        double *upper);

/**
 * @brief The critical product of energies of a group: its classes merge iff sqrt(E_W E_H) <= this.
 *
 * The nuclear norm over K of the solution that pays a (1 - delta), the group's own slope, for each
 * unit of nuclear norm; always finite.
 * @param[in] geometry a problem with loss "ce", depth 1 and form "energy"; it need not be solved,
 *            and its energies play no part.
 * @param[in] class_index as for libnc_threshold_merge_decay(); for all groups the largest (0 if
 *            there are none).
 * @param[out] energy rho*, compared with sqrt(E_W E_H).
 * @param[out] width rho* is known to be within this of the true one; may be NULL.
 * @return as libnc_threshold_merge_decay(); LIBNC_ERROR_NUMERICAL; LIBNC_ERROR_MEMORY.
 * @note Seven solutions of the convex problem, one without @p width; O(K log K) by formula.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_threshold_merge_energy(const libnc_geometry *geometry,
                                                        int64_t class_index, double *energy,
                                                        double *width);

/**
 * @brief R_0 of the layer-peeled model: the minority classifiers coincide iff n_A / n_B >= R_0.
 *
 * K_A classes of n_A samples, K_B = K - K_A of n_B; cross-entropy, no bias, energies E_W, E_H (Fang
 * et al. 2021). R_0 is the only root of a monotone scalar equation (doc/minority_collapse.md); it
 * is above 1 and finite for all energies.
 * @param[in] context for the error text.
 * @param[in] class_count K.
 * @param[in] majority_classes K_A, 1 .. K - 2: a minority of one class cannot merge with itself.
 * @param[in] classifier_energy,feature_energy E_W, E_H > 0, finite.
 * @param[out] ratio R_0.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_NUMERICAL (R_0 is beyond a double).
 * @note O(1): some 60 evaluations.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_threshold_peeled_merged(libnc_context *context,
                                                         int64_t class_count,
                                                         int64_t majority_classes,
                                                         double classifier_energy,
                                                         double feature_energy, double *ratio);

/**
 * @brief R_1 of the layer-peeled model: the minority classifiers vanish iff n_A / n_B >= R_1.
 *
 * With s = K sqrt(E_W E_H)/(K_A - 1), D = e^{s - s/K_A} + (K_A - 1) e^{-s/K_A} + K_B and T = K_A
 * e^{-s/K_A} + K_B,
 *
 *     R_1 = sqrt((K_A/K) D^2 / (T^2 - K K_B)) if T^2 > K K_B, else +infinity: never.
 *
 * Never for K_A = 1. R_1 > R_0 always.
 * @param[in] context for the error text.
 * @param[in] class_count K >= 2.
 * @param[in] majority_classes K_A, 1 .. K - 1.
 * @param[in] classifier_energy,feature_energy E_W, E_H > 0, finite.
 * @param[out] ratio R_1 or +infinity.
 * @return as libnc_threshold_peeled_merged().
 * @note O(1).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_threshold_peeled_lost(libnc_context *context, int64_t class_count,
                                                       int64_t majority_classes,
                                                       double classifier_energy,
                                                       double feature_energy, double *ratio);

/**
 * @brief On which side of a threshold a problem lies, by what margin, and how that is known.
 *
 * The margin is relative and positive outside:
 *  - merge, decay form: c* / sqrt(lw lh) - 1, by formula;
 *  - merge, energy form: sqrt(E_W E_H) / rho* - 1 (+infinity for rho* = 0), by formula for two
 * groups without bias and smoothing, otherwise by certificate;
 *  - vanish: R_1 / R - 1 (+infinity for never), by formula: energy form, two groups, no bias, no
 *    smoothing, R the ratio of their coefficients a; the group of the smaller a;
 *  - total, decay form: c* / sqrt(lw lh) - 1, by formula; energy form: +infinity (K > 1).
 * @param[in] geometry a problem with loss "ce" and depth 1; it need not be solved.
 * @param[in] kind @ref libnc_threshold_kind.
 * @param[in] class_index a class of the group, or LIBNC_THRESHOLD_ALL_GROUPS: the smallest
 *            margin; not used for the total.
 * @param[out] side @ref libnc_threshold_side.
 * @param[out] margin may be NULL.
 * @param[out] width the margin is known to within this; may be NULL.
 * @param[out] method @ref libnc_threshold_method; may be NULL.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_UNSUPPORTED (another loss or depth, or a
 *         vanishing that has no formula: see libnc_minority); LIBNC_ERROR_NUMERICAL;
 *         LIBNC_ERROR_MEMORY.
 * @note Seven solutions of the convex problem where there is no formula, else O(K log K).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_threshold_locate(const libnc_geometry *geometry, int32_t kind,
                                                  int64_t class_index, int32_t *side,
                                                  double *margin, double *width, int32_t *method);

/**
 * @brief The product of decays at which a class falls: where its margin at its own mean goes down
 * to 0 and it is no longer predicted (libnc_geometry_margins()). For any counts.
 *
 * Cross-entropy, M = 1: the smallest sqrt(lw lh), found on solutions of the convex problem with
 * proven gaps and narrowed to 1e-9, or 1e-7 where the class vanishes there. A group of two or more
 * classes falls at its merge (libnc_threshold_merge_decay()) at the latest, without bias every
 * class at total collapse. Below (1 - delta) a / (sqrt(2) sqrt(n_k)) it is proven to be predicted.
 * Where a margin comes back at larger decays the first fall is given, as far as a grid of prices 10
 * % apart shows.
 *
 * MSE, any depth: the geometric mean c = (lh lw_1 ... lw_M)^(1/(M+1)). Without a bias in closed
 * form, where the class is lost:
 *
 *     c^(M+1) = (n_k beta*_M / (M N))^M / N;
 *
 * with one, the first root of the margin of the closed-form solution, as a grid shows.
 * @param[in] geometry a problem with loss "mse", or with loss "ce" and depth 1, in form "decay"; it
 *            need not be solved, and its decays play no part.
 * @param[in] class_index 0 .. K-1.
 * @param[out] decay the product; +infinity where the class is predicted whatever the decays, as a
 *             strict majority under a bias is; 0 where it never is, as beyond the width (MSE).
 * @param[out] width the product is proven to be within this: a gap proves that the class is
 *             predicted at decay - width and not at decay + width; for MSE without a bias its
 *             rounding; +infinity where it is known numerically only, as for MSE with a bias; may
 *             be NULL.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_UNSUPPORTED (another loss, depth or form);
 *         LIBNC_ERROR_NUMERICAL; LIBNC_ERROR_MEMORY.
 * @note Some 20 to 50 solutions of the convex problem, each started from the last one and logged
 *       (LIBNC_LOG_INFO); up to 5 more for @p width. MSE: O(K log K), with a bias some 100
 *       solutions in closed form.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_threshold_fall_decay(const libnc_geometry *geometry,
                                                      int64_t class_index, double *decay,
                                                      double *width);

/**
 * @brief libnc_threshold_fall_decay() of every class; solutions are shared between them.
 * @param[in] geometry as for libnc_threshold_fall_decay().
 * @param[out] decays K values.
 * @param[out] widths K values; may be NULL.
 * @param[in] size K.
 * @return as libnc_threshold_fall_decay(); LIBNC_ERROR_DIMENSION.
 * @note Cross-entropy: some 30 solutions and up to ten more for each group of classes, one where it
 *       falls at its merge; four more each for @p widths.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_threshold_fall_decays(const libnc_geometry *geometry,
                                                       double *decays, double *widths, size_t size);

/**
 * @brief The product of energies below which a class falls: the largest sqrt(E_W E_H) at which its
 * margin is 0.
 * @param[in] geometry a problem with loss "ce", depth 1 and form "energy"; it need not be solved,
 *            and its energies play no part.
 * @param[in] class_index 0 .. K-1.
 * @param[out] energy the product; 0 where the class is predicted at all energies.
 * @param[out] width as for libnc_threshold_fall_decay(); may be NULL.
 * @return as libnc_threshold_fall_decay().
 * @note as libnc_threshold_fall_decay().
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_threshold_fall_energy(const libnc_geometry *geometry,
                                                       int64_t class_index, double *energy,
                                                       double *width);

/**
 * @brief libnc_threshold_fall_energy() of every class; solutions are shared between them.
 * @param[in] geometry as for libnc_threshold_fall_energy().
 * @param[out] energies K values.
 * @param[out] widths K values; may be NULL.
 * @param[in] size K.
 * @return as libnc_threshold_fall_decay(); LIBNC_ERROR_DIMENSION.
 * @note as libnc_threshold_fall_decays().
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_threshold_fall_energies(const libnc_geometry *geometry,
                                                         double *energies, double *widths,
                                                         size_t size);

/**
 * @brief The count that a class would need: the smallest real number of samples of this class at
 * which it is predicted, the other counts and the decays or energies held. N changes with it.
 *
 * MSE without a bias in closed form: the smaller root of (N - n_k + n)^((M+1)/M) = n beta*_M /
 * (M Lam^(1/M)), Lam the product of all decays. Otherwise from the present count upwards or
 * downwards to where the margin is 0, as far as a grid of counts 28 % apart shows.
 * @param[in] geometry a problem with loss "mse", or with loss "ce" and depth 1; it need not be
 *            solved.
 * @param[in] class_index 0 .. K-1.
 * @param[out] count n; 0 where the class is predicted however few its samples, +infinity where it
 *             never is: when it has the samples the decays are too strong for so many.
 * @return as libnc_threshold_fall_decay().
 * @note Cross-entropy: some 10 to 100 solutions of the convex problem, each from the last one.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_threshold_fall_count(const libnc_geometry *geometry,
                                                      int64_t class_index, double *count);

/**
 * @brief The critical depth of every class under MSE: the largest number of linear layers with
 * which it is predicted, all decays equal to the geometric mean c of those that are set.
 *
 * Without a bias the largest M with M N (N c)^(1/M) c <= n_k beta*_M.
 * @param[in] geometry a problem with loss "mse"; it need not be solved.
 * @param[out] depths K values from 0, for classes that are lost at every depth, to 1000, the
 *             greatest depth of a geometry.
 * @param[in] size K.
 * @return as libnc_threshold_fall_decays().
 * @note Some 20 solutions in closed form, and with a bias up to 10 for each group of classes.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_threshold_fall_depths(const libnc_geometry *geometry,
                                                       int32_t *depths, size_t size);

LIBNC_END

#endif
