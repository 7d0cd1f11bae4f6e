/* SPDX-License-Identifier: MIT */
/**
 * @file ood.h
 * @brief Out-of-distribution scores: how much a sample's features look like those that a network
 * was trained on, judged by the geometry of the training features.
 *
 * Training features have K class means h_k, the sample mean h_G, the within-class covariance
 * Sigma_W = S_W/N, pooled over classes, and the covariance Sigma_T of all samples about h_G; the
 * classifier above them has logits z = W h + b. An accumulator over the training set holds all of
 * that in O(d^2 + K d) memory; the samples to be scored come in batches, as many as there are.
 *
 * Every score is larger for samples that look like training data: distances are negated. A score
 * judges one sample; how well it tells two sets apart is libnc_ood_separation(). Experimental: may
 * change before 1.0.
 */
#ifndef LIBNC_OOD_H
#define LIBNC_OOD_H

#include <libnc/accumulator.h>

LIBNC_BEGIN

/** @brief What training features say about others. @since 0.3 */
typedef struct libnc_ood libnc_ood;

/**
 * @brief Scores of a sample with features h. P_r projects on the r leading eigenvectors of the
 * matrix that is named. A quotient whose denominator vanishes is 0. Append-only.
 * @since 0.3
 */
enum libnc_ood_score {
    LIBNC_OOD_SCORE_NCI = 1,  /**< "nci": w_c . (h - h_G)/||h - h_G|| + alpha ||h||_1, c the class
                                 that is predicted, alpha @ref LIBNC_OOD_OPTION_NCI_NORM. Liu and
                                 Qin, arXiv 2311.01479, 2023. */
    LIBNC_OOD_SCORE_NECO = 2, /**< "neco": "neco_ratio" times the largest logit. Ben Ammar et al.,
                                 "NECO", ICLR 2024, section 5. */
    LIBNC_OOD_SCORE_NECO_RATIO = 3, /**< "neco_ratio": ||P_r (h - h_G)||/||h - h_G||, of Sigma_T;
                                       r is @ref LIBNC_OOD_OPTION_NECO_DIRECTIONS. */
    LIBNC_OOD_SCORE_NECO_STANDARDISED = 4, /**< "neco_standardised": as the authors' code has it:
                                              "neco_standardised_ratio" times the largest logit. */
    LIBNC_OOD_SCORE_NECO_STANDARDISED_RATIO =
        5, /**< "neco_standardised_ratio": "neco_ratio" of features that are divided by their
              standard deviations, where these are not 0, and P_r of their correlations: the
              authors' code for ResNets. */
    LIBNC_OOD_SCORE_NECO_UNCENTRED_RATIO = 6, /**< "neco_uncentred_ratio": ||P_r h||/||h||, P_r of
                                                 the second moments of the features: equation 6 of
                                                 the paper to the letter. */
    LIBNC_OOD_SCORE_MAX_LOGIT = 7, /**< "max_logit": the largest logit. Hendrycks et al. 2022. */
    LIBNC_OOD_SCORE_ENERGY = 8, /**< "energy": log sum_k exp z_k, the negative energy of Liu et al.,
                                   NeurIPS 2020, at temperature 1. */
    LIBNC_OOD_SCORE_MAHALANOBIS = 9,   /**< "mahalanobis": -min over k of (h - h_k)^T Sigma_W^-1
                                          (h - h_k). Lee et al., NeurIPS 2018. */
    LIBNC_OOD_SCORE_NEAREST_MEAN = 10, /**< "nearest_mean": -min over k of ||h - h_k||. */
    LIBNC_OOD_SCORE_VIM_RESIDUAL = 11  /**< "vim_residual": -||(I - P_r)(h + W^+ b)||, P_r of the
                                          second moments of h + W^+ b; r is @ref
                                          LIBNC_OOD_OPTION_VIM_DIRECTIONS. Wang et al., "ViM", CVPR
                                          2022. */
};

/** @brief Option keys. They are read by every call. Append-only. @since 0.3 */
enum libnc_ood_option {
    LIBNC_OOD_OPTION_NECO_DIRECTIONS = 1, /**< "neco_directions": r of NECO, up to d; 0 (default):
                                             the smaller of K - 1 and d, but at least 1, the
                                             dimensions of collapsed means. */
    LIBNC_OOD_OPTION_VIM_DIRECTIONS = 2, /**< "vim_directions": r of ViM, below d; 0 (default): 1000
                                            for d > 1500 and else 512, as its authors have it, but
                                            d/2 for d <= 512. */
    LIBNC_OOD_OPTION_NCI_NORM = 3,       /**< "nci_norm": alpha, >= 0; default 0. */
    LIBNC_OOD_OPTION_PSEUDO_INVERSE = 4  /**< "pseudo_inverse": 1: where Sigma_W is singular,
                                            Mahalanobis distances are taken where it is not; 0
                                            (default): they are refused. */
};

/** @brief The number of scores: they are 1 .. this. @since 0.3 */
LIBNC_API int32_t libnc_ood_score_count(void);

/** @brief A score's name, for example "energy"; NULL for none. @since 0.3 */
LIBNC_API const char *libnc_ood_score_name(int32_t score);

/** @brief A score's number by its name; 0 for no such name. @since 0.3 */
LIBNC_API int32_t libnc_ood_score_index(const char *name);

/** @brief What a score is, as a formula in the words of this header; NULL for none. @since 0.3 */
LIBNC_API const char *libnc_ood_score_formula(int32_t score);

/**
 * @brief Takes from an accumulator what scores need.
 * @param[out] ood the new handle; the caller destroys it.
 * @param[in] accumulator statistics of the training features; it is copied from, and not needed
 *            later. Without a scatter in full (@ref LIBNC_SCATTER_FULL) there are no "neco...",
 *            "mahalanobis" and "vim_residual". Classes without samples have no mean.
 * @param[in] classifier W, K x d, row-major, finite, copied; NULL: that of the accumulator's second
 *            pass, or none: then there are only "neco_..._ratio", "mahalanobis", "nearest_mean".
 * @param[in] bias b, K values, finite, copied; NULL for zeros, and without @p classifier.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_STATE (the accumulator holds no sample);
 *         LIBNC_ERROR_NOT_FINITE (the text names the row; or features so large that squares
 *         overflow); LIBNC_ERROR_MEMORY.
 * @note O(d^2 + K d) time and memory.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_ood_create(libnc_ood **ood, const libnc_accumulator *accumulator,
                                            const double *classifier, const double *bias);

/** @brief Destroys it; NULL is fine. @since 0.3 */
LIBNC_API void libnc_ood_destroy(libnc_ood *ood);

/** @brief The settings, @ref libnc_ood_option, owned by it; NULL for NULL. @since 0.3 */
LIBNC_API libnc_options *libnc_ood_options(libnc_ood *ood);

/**
 * @brief One score of each sample of a batch. In float64, whatever the type of the features.
 * @param[in,out] ood the handle: eigenvectors that the score needs are found with the first batch.
 * @param[in] score @ref libnc_ood_score.
 * @param[in] features count x d values, finite: row i starts at element i * stride. Aligned for
 *            its type.
 * @param[in] scalar type of @p features, @ref libnc_scalar.
 * @param[in] count rows, >= 0; features and scores may be NULL for 0.
 * @param[in] stride elements from one row to the next, d .. 2^31 - 1.
 * @param[out] scores @p count values; untouched after an error.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (also an option beyond d); LIBNC_ERROR_STATE (the score
 *         needs a classifier or a full scatter, and there is none); LIBNC_ERROR_NOT_FINITE (the
 *         text names the row); LIBNC_ERROR_NUMERICAL ("mahalanobis": Sigma_W is singular, and @ref
 *         LIBNC_OOD_OPTION_PSEUDO_INVERSE is not set; or an eigenvalue that does not converge);
 *         LIBNC_ERROR_MEMORY.
 * @note O(d) a sample, and O(K d) with logits or nearest means, O(r d) for NECO, O((d - r) d) for
 *       ViM, O(d^2) for Mahalanobis; the first batch O(d^3) more, and 8 d^2 bytes for each kind of
 *       eigenvectors. Best fed with 1,000 rows or more.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_ood_scores(libnc_ood *ood, int32_t score, const void *features,
                                            int32_t scalar, int64_t count, int64_t stride,
                                            double *scores);

/**
 * @brief The rank of Sigma_W to the rounding of the features; below d it is singular.
 * @param[in,out] ood the handle.
 * @param[out] rank 0 .. d.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_STATE (no full scatter);
 *         LIBNC_ERROR_NUMERICAL; LIBNC_ERROR_MEMORY.
 * @note O(d^3) once.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_ood_covariance_rank(libnc_ood *ood, int64_t *rank);

/**
 * @brief NC5: mean over classes of |cos(h_k, o)|, o the mean of out-of-distribution features: 0
 * where they are orthogonal to every class (Ben Ammar et al., ICLR 2024, "ID/OOD orthogonality").
 * @param[in] ood the handle.
 * @param[in] outside statistics of out-of-distribution features, of width d and the same context;
 *            its classes do not matter.
 * @param[out] nc5 0 .. 1; NaN where a mean vanishes.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_DIMENSION (another width); LIBNC_ERROR_STATE
 *         (@p outside holds no sample); LIBNC_ERROR_NOT_FINITE; LIBNC_ERROR_MEMORY.
 * @note O(K d).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_ood_orthogonality(const libnc_ood *ood,
                                                   const libnc_accumulator *outside, double *nc5);

/**
 * @brief How well a score tells two sets apart.
 *
 * Area under the ROC curve: the probability that a sample from inside has the larger score, equal
 * ones counted as half. False positive rate at 95 % true positives: with the largest threshold that
 * at least 95 % of the scores from inside reach, the share of those from outside that reach it too.
 * @param[in] context the context.
 * @param[in] inside scores of samples like the training data; not NaN.
 * @param[in] inside_count at least 1, at most 2^53.
 * @param[in] outside scores of the others; not NaN.
 * @param[in] outside_count at least 1, at most 2^53.
 * @param[out] auroc 0 .. 1.
 * @param[out] fpr95 0 .. 1.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (the text names the index of a NaN); LIBNC_ERROR_MEMORY.
 * @note O(n log n) time and O(n) memory for n scores.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_ood_separation(libnc_context *context, const double *inside,
                                                int64_t inside_count, const double *outside,
                                                int64_t outside_count, double *auroc,
                                                double *fpr95);

LIBNC_END

#endif
