/* SPDX-License-Identifier: MIT */
/**
 * @file metric.h
 * @brief The numbers of a measured layer by name: metrics, their formulas, and the conventions of
 * published work. A report (libnc/report.h) gives their values.
 *
 * K classes with means h_k and global mean h_G; centred means c_k = h_k - h_G as the rows of C;
 * class means h_k as the columns of Hbar; P_j the classifier of layer j, W_j its weight;
 * nz(A) = A / ||A||_F. ETF = I - J/K, OF = I. The defaults are those of doc/metrics.md.
 */
#ifndef LIBNC_METRIC_H
#define LIBNC_METRIC_H

#include <libnc/export.h>

#include <stdint.h>

LIBNC_BEGIN

/**
 * @brief Metrics. ETF = I - J/K, OF = I. A metric that is undefined (a zero norm, K = 1), or beyond
 * a double, is NaN; uniformity and Riesz energy are infinite where two directions coincide.
 * Append-only.
 * @since 0.1
 */
enum libnc_metric {
    LIBNC_METRIC_NC1 = 1, /**< "nc1": tr(Sigma_W Sigma_B^+) / K. */
    LIBNC_METRIC_NC2_EQUINORM_FEATURES =
        2, /**< "nc2_equinorm_features": std/mean of ||h_k - h_G||, divisor K. */
    LIBNC_METRIC_NC2_EQUINORM_CLASSIFIER =
        3, /**< "nc2_equinorm_classifier": the same of the rows of P_j. */
    LIBNC_METRIC_NC2_EQUIANGULAR_FEATURES =
        4, /**< "nc2_equiangular_features": mean over i != j of |cos + 1/(K-1)|, centred means. */
    LIBNC_METRIC_NC2_EQUIANGULAR_CLASSIFIER =
        5, /**< "nc2_equiangular_classifier": the same of the rows of P_j. */
    LIBNC_METRIC_NC2_ETF_FEATURES =
        6, /**< "nc2_etf_features": ||nz(G) - nz(ETF)||_F, G the Gram matrix of centred means. */
    LIBNC_METRIC_NC2_ETF_CLASSIFIER = 7, /**< "nc2_etf_classifier": the same with G = P_j P_j^T. */
    LIBNC_METRIC_NC3_ETF = 8, /**< "nc3_etf": ||nz(P_j Hbar) - nz(ETF)||_F, centred means. */
    LIBNC_METRIC_NC2_OF_FEATURES =
        9, /**< "nc2_of_features": Gram of means (not centred) against OF. */
    LIBNC_METRIC_NC2_OF_CLASSIFIER = 10, /**< "nc2_of_classifier": P_j P_j^T against OF. */
    LIBNC_METRIC_NC3_OF = 11,            /**< "nc3_of": P_j Hbar (not centred) against OF. */
    LIBNC_METRIC_NC3_DUALITY = 12, /**< "nc3_duality": ||nz(P_j) - nz(Hbar^T)||_F, centred means. */
    LIBNC_METRIC_NC4 = 13, /**< "nc4": share of samples whose prediction is the nearest mean's. */
    LIBNC_METRIC_ACCURACY = 14, /**< "accuracy": share of samples predicted right. */
    LIBNC_METRIC_NC2_PREDICTED_FEATURES =
        15, /**< "nc2_predicted_features": Gram of means (not centred) against the prediction,
               both normalised. Needs libnc_report_compare(). */
    LIBNC_METRIC_NC2_PREDICTED_CLASSIFIER =
        16, /**< "nc2_predicted_classifier": P_j P_j^T against the prediction, normalised. */
    LIBNC_METRIC_NC3_PREDICTED = 17,    /**< "nc3_predicted": P_j Hbar (not centred) against the
                                               predicted logits, normalised. */
    LIBNC_METRIC_FEATURES_ERROR = 18,   /**< "features_error": ||G - T||_F / ||T||_F, the Gram of
                                           means against the prediction, lengths included. */
    LIBNC_METRIC_CLASSIFIER_ERROR = 19, /**< "classifier_error": the same of P_j P_j^T. */
    LIBNC_METRIC_SINGULAR_VALUES_ERROR =
        20, /**< "singular_values_error": ||s - s*|| / ||s*||, singular values of Z D. */
    LIBNC_METRIC_LOSS_GAP = 21, /**< "loss_gap": (objective - predicted) / predicted. */
    LIBNC_METRIC_RANK_FEATURES =
        22, /**< "rank_features": numerical rank of the centred class means. */
    LIBNC_METRIC_TR_SIGMA_W = 23, /**< "tr_sigma_w": tr Sigma_W. */
    LIBNC_METRIC_TR_SIGMA_B = 24, /**< "tr_sigma_b": tr Sigma_B. */
    LIBNC_METRIC_CDNV = 25, /**< "cdnv": mean over i != j of (v_i + v_j) / (2 ||h_i - h_j||^2),
                               v_k = 1/n_k sum ||h - h_k||^2. */
    /* the metrics below: since 0.2 */
    LIBNC_METRIC_NC1_UNDIVIDED = 26,  /**< "nc1_undivided": tr(Sigma_W Sigma_B^+). */
    LIBNC_METRIC_NC1_WEIGHTED = 27,   /**< "nc1_weighted": tr(Sigma_W Sigma_B^+)/K, Sigma_B =
                                         sum_k n_k/N c_k c_k^T. */
    LIBNC_METRIC_NC1_BALANCED = 28,   /**< "nc1_balanced": tr(Sigma_W Sigma_B^+)/K, Sigma_W the
                                         mean over classes of the class's covariance. */
    LIBNC_METRIC_NC1_QUOTIENT = 29,   /**< "nc1_quotient": tr Sigma_W / tr Sigma_B. */
    LIBNC_METRIC_NC1_NORMALISED = 30, /**< "nc1_normalised": tr Sigma_W / tr Sigma_T, Sigma_T the
                                         covariance of all samples. */
    LIBNC_METRIC_NC1_QUOTIENT_BALANCED = 31, /**< "nc1_quotient_balanced": mean of v_k over
                                            tr Sigma_B. */
    LIBNC_METRIC_NC2_EQUINORM_FEATURES_UNBIASED =
        32, /**< "nc2_equinorm_features_unbiased": std with divisor K - 1. */
    LIBNC_METRIC_NC2_EQUINORM_CLASSIFIER_UNBIASED = 33, /**< "nc2_equinorm_classifier_unbiased". */
    LIBNC_METRIC_NC2_EQUIANGULAR_FEATURES_MAX =
        34, /**< "nc2_equiangular_features_max": max over i != j of |cos + 1/(K-1)|. */
    LIBNC_METRIC_NC2_EQUIANGULAR_CLASSIFIER_MAX = 35, /**< "nc2_equiangular_classifier_max". */
    LIBNC_METRIC_COSINE_FEATURES_MEAN = 36,   /**< "cosine_features_mean": mean over i != j. */
    LIBNC_METRIC_COSINE_CLASSIFIER_MEAN = 37, /**< "cosine_classifier_mean". */
    LIBNC_METRIC_COSINE_FEATURES_STD =
        38, /**< "cosine_features_std": std over i != j, divisor the number of pairs. */
    LIBNC_METRIC_COSINE_CLASSIFIER_STD = 39, /**< "cosine_classifier_std". */
    LIBNC_METRIC_COHERENCE_FEATURES = 40,    /**< "coherence_features": max over i != j of |cos|. */
    LIBNC_METRIC_COHERENCE_CLASSIFIER = 41,  /**< "coherence_classifier". */
    LIBNC_METRIC_UNIFORMITY_FEATURES =
        42, /**< "uniformity_features": mean over i < j of log(1/||u_i - u_j||), u = c/||c||. */
    LIBNC_METRIC_UNIFORMITY_CLASSIFIER = 43, /**< "uniformity_classifier". */
    LIBNC_METRIC_UNIFORMITY_FEATURES_VARIANCE =
        44, /**< "uniformity_features_variance": the variance of the same. */
    LIBNC_METRIC_UNIFORMITY_CLASSIFIER_VARIANCE = 45, /**< "uniformity_classifier_variance". */
    LIBNC_METRIC_RIESZ_FEATURES =
        46, /**< "riesz_features": log of the mean over i < j of ||u_i - u_j||^-s,
               @ref LIBNC_REPORT_OPTION_RIESZ_EXPONENT. */
    LIBNC_METRIC_RIESZ_CLASSIFIER = 47, /**< "riesz_classifier". */
    LIBNC_METRIC_NC3_DUALITY_SQUARED =
        48, /**< "nc3_duality_squared": the square of "nc3_duality". */
    LIBNC_METRIC_NC3_DUALITY_COSINE = 49, /**< "nc3_duality_cosine": mean of 1 - cos(p_k, c_k). */
    LIBNC_METRIC_NC3_DUALITY_COSINE_STD =
        50,                         /**< "nc3_duality_cosine_std": std of cos(p_k, c_k). */
    LIBNC_METRIC_NC4_MISMATCH = 51, /**< "nc4_mismatch": 1 - "nc4". */
    LIBNC_METRIC_NEAREST_ACCURACY =
        52, /**< "nearest_accuracy": share of samples whose nearest mean is their own class's. */
    LIBNC_METRIC_NC4_BIAS = 53, /**< "nc4_bias": ||P_j h_G + b||, b = 0 without a bias. */
    LIBNC_METRIC_STABLE_RANK_FEATURES =
        54, /**< "stable_rank_features": ||C||_F^2/||C||_2^2, C the centred means. */
    LIBNC_METRIC_CONDITION_FEATURES =
        55, /**< "condition_features": largest over smallest singular value of C that counts. */
    LIBNC_METRIC_RANK_MEANS = 56,             /**< "rank_means": of the means, not centred. */
    LIBNC_METRIC_STABLE_RANK_MEANS = 57,      /**< "stable_rank_means". */
    LIBNC_METRIC_RANK_CLASSIFIER = 58,        /**< "rank_classifier": of P_j. */
    LIBNC_METRIC_STABLE_RANK_CLASSIFIER = 59, /**< "stable_rank_classifier". */
    LIBNC_METRIC_RANK_LAYER = 60, /**< "rank_layer": of W_j; NaN where only P_j is known, or W_j is
                                     large, @ref LIBNC_REPORT_OPTION_LAYER_RANKS. */
    LIBNC_METRIC_STABLE_RANK_LAYER = 61, /**< "stable_rank_layer". */
    LIBNC_METRIC_NC2_ETF_CLASSIFIER_CENTRED =
        62, /**< "nc2_etf_classifier_centred": "nc2_etf_classifier" of the rows of P_j minus their
               mean. */
    LIBNC_METRIC_NC3_ETF_CENTRED =
        63, /**< "nc3_etf_centred": "nc3_etf" with the rows of P_j minus their mean. */
    LIBNC_METRIC_TR_SIGMA_B_WEIGHTED = 64, /**< "tr_sigma_b_weighted": sum_k n_k/N ||c_k||^2. */
    LIBNC_METRIC_GLOBAL_MEAN_NORM = 65,    /**< "global_mean_norm": ||h_G||. */
    /* the metrics below: since 0.3 */
    LIBNC_METRIC_CDNV_UNBIASED = 66, /**< "cdnv_unbiased": "cdnv" with v_k = 1/(n_k - 1)
                                        sum ||h - h_k||^2; NaN where a class has one sample. */
    LIBNC_METRIC_NC2_EQUINORM_FEATURES_SIGNED =
        67, /**< "nc2_equinorm_features_signed": mean over i < j of log(||c_i||/||c_j||). It depends
               on the order of classes and can be 0 for any lengths. */
    LIBNC_METRIC_NC1_CORRECTED =
        68 /**< "nc1_corrected": NC1 of the distribution that the samples came from, without the
              bias of few samples to first order in 1/n_k (doc/metrics.md, "Few samples"). NaN
              where it is more than half the number, and where d > K - 1 without the full
              scatter. */
};

/** @brief Vectors of K values by class. Append-only. @since 0.1 */
enum libnc_class_vector {
    LIBNC_CLASS_COUNT = 1,            /**< n_k. */
    LIBNC_CLASS_MEAN_NORM = 2,        /**< ||h_k||, not centred. */
    LIBNC_CLASS_CENTRED_NORM = 3,     /**< ||h_k - h_G||. */
    LIBNC_CLASS_CLASSIFIER_NORM = 4,  /**< ||row k of P_j||. */
    LIBNC_CLASS_LOGIT = 5,            /**< Row k of P_j times h_k, bias excluded. */
    LIBNC_CLASS_VARIABILITY = 6,      /**< 1/n_k sum ||h - h_k||^2. */
    LIBNC_CLASS_COSINE = 7,           /**< cos(p_k, c_k). @since 0.2 */
    LIBNC_CLASS_ACCURACY = 8,         /**< Share of class k predicted right. @since 0.2 */
    LIBNC_CLASS_NEAREST_ACCURACY = 9, /**< Share of class k whose nearest mean is its own.
                                         @since 0.2 */
    LIBNC_CLASS_AGREEMENT = 10,       /**< Share of class k on which both decisions agree.
                                         @since 0.2 */
    LIBNC_CLASS_MARGIN = 11,      /**< At h_k, own logit less the best other one of the classes that
                                     occur, bias included; +infinity for one class. @since 0.3 */
    LIBNC_CLASS_PROBABILITY = 12, /**< At h_k, softmax over the classes that occur, own entry, bias
                                     included. @since 0.3 */
    LIBNC_CLASS_CDNV = 13,    /**< Mean over j != k of (v_k + v_j)/(2 ||h_k - h_j||^2), whose mean
                                 over classes is "cdnv"; NaN where another mean is the same.
                                 @since 0.3 */
    LIBNC_CLASS_NEAREST = 14, /**< The class j != k, from 0, whose centred mean has the largest
                                 cosine with c_k; the first of equal ones. @since 0.3 */
    LIBNC_CLASS_NEAREST_COSINE = 15, /**< That cosine. @since 0.3 */
    LIBNC_CLASS_CROSS_ENTROPY = 16   /**< Mean over samples of class k of log sum_j exp z_j - z_k, z
                                        their logits, bias included; to the rounding of float32
                                        where features are of that type. NaN unless the accumulator
                                        was told to, @ref LIBNC_ACCUMULATOR_OPTION_CROSS_ENTROPY.
                                        @since 0.3 */
};

/** @brief Matrices of K x K values. Append-only. @since 0.1 */
enum libnc_class_matrix {
    LIBNC_GRAM_CLASSIFIER = 1, /**< P_j P_j^T. */
    LIBNC_GRAM_FEATURES = 2,   /**< Gram matrix of the class means, not centred. */
    LIBNC_GRAM_CENTRED = 3,    /**< Gram matrix of the centred class means. */
    LIBNC_GRAM_PRODUCT = 4     /**< P_j Hbar: row = logit, column = class mean. */
};

/** @brief The number of metrics: they are 1 .. this. @since 0.1 */
LIBNC_API int32_t libnc_metric_count(void);

/** @brief A metric's name, for example "nc1"; NULL for none. @since 0.1 */
LIBNC_API const char *libnc_metric_name(int32_t metric);

/** @brief A metric's number by its name; 0 for no such name. @since 0.3 */
LIBNC_API int32_t libnc_metric_index(const char *name);

/**
 * @brief What a metric is by default, as a formula in the words of doc/metrics.md; NULL for none.
 * libnc_convention_formula() has what a convention takes for it.
 * @since 0.3
 */
LIBNC_API const char *libnc_metric_formula(int32_t metric);

/**
 * @brief Conventions of published work (doc/metrics.md, "Conventions"). A convention changes what
 * libnc_report_value() gives for the metrics that it defines, and the global mean about which class
 * means are centred. Append-only.
 * @since 0.2
 */
enum libnc_convention {
    LIBNC_CONVENTION_DEFAULT = 1,    /**< "default": as written at @ref libnc_metric. */
    LIBNC_CONVENTION_PAPYAN2020 = 2, /**< "papyan2020": Papyan, Han, Donoho, PNAS 2020. */
    LIBNC_CONVENTION_ZHU2021 = 3,    /**< "zhu2021": Zhu et al., NeurIPS 2021. */
    LIBNC_CONVENTION_ZHOU2022 = 4,   /**< "zhou2022": Zhou et al., NeurIPS 2022. */
    LIBNC_CONVENTION_TIRER2023 = 5,  /**< "tirer2023": Tirer, Huang, Niles-Weed, ICML 2023. */
    LIBNC_CONVENTION_DANG2023 = 6,   /**< "dang2023": Dang et al., ICML 2023. */
    LIBNC_CONVENTION_WU2024 = 7, /**< "wu2024": Wu and Papyan, NeurIPS 2024, as their package has it
                                    since 2024-11-01; before libnc 0.3 what is now 9. */
    LIBNC_CONVENTION_GALANTI2022 = 8,           /**< "galanti2022": Galanti et al., ICLR 2022. */
    LIBNC_CONVENTION_WU2024_BEFORE_2024_11 = 9, /**< "wu2024_before_2024_11": Wu and Papyan, as
                                                   their package had it until 2024-11-01.
                                                   @since 0.3 */
    LIBNC_CONVENTION_NC_TOOLBOX = 10            /**< "nc_toolbox": the package nc-toolbox.
                                                   @since 0.3 */
};

/** @brief The number of conventions: they are 1 .. this. @since 0.2 */
LIBNC_API int32_t libnc_convention_count(void);

/** @brief A convention's name, for example "papyan2020"; NULL for none. @since 0.2 */
LIBNC_API const char *libnc_convention_name(int32_t convention);

/** @brief A convention's number by its name; 0 for no such name. @since 0.2 */
LIBNC_API int32_t libnc_convention_index(const char *name);

/** @brief Authors, venue and year of a convention; NULL for none. @since 0.2 */
LIBNC_API const char *libnc_convention_source(int32_t convention);

/**
 * @brief What a convention takes for a metric, as a formula in words of @ref libnc_metric.
 * @param[in] convention @ref libnc_convention.
 * @param[in] metric @ref libnc_metric.
 * @return the text; NULL where a convention other than the default leaves the metric as
 * libnc_metric_formula() has it, and for no such convention or metric.
 * @since 0.2
 */
LIBNC_API const char *libnc_convention_formula(int32_t convention, int32_t metric);

LIBNC_END

#endif
