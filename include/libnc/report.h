/* SPDX-License-Identifier: MIT */
/**
 * @file report.h
 * @brief Collapse metrics of a model or of anybody's features, layer by layer, their conventions,
 * and the distance from a predicted geometry.
 *
 * Layer j = 1 .. M of a head: features H_j = W_{j-1} ... W_1 H with class means h_k, classifier
 * P_j = W_M ... W_j. The defaults are those of doc/metrics.md: Sigma_W = S_W / N; Sigma_B = 1/K
 * sum_k (h_k - h_G)(h_k - h_G)^T with h_G the sample mean; nz(A) = A / ||A||_F. "Centred" means are
 * c_k = h_k - h_G.
 *
 * Classes without a sample are left out: K below is then the number of classes that occur, and the
 * metrics are those of the problem without the others. libnc_report_diagnostics() says so.
 * Memory is O(K d) per layer; no K x K matrix is kept.
 */
#ifndef LIBNC_REPORT_H
#define LIBNC_REPORT_H

#include <libnc/accumulator.h>
#include <libnc/dataset.h>
#include <libnc/geometry.h>
#include <libnc/model.h>

LIBNC_BEGIN

/** @brief Metrics of one model, or of one set of features, at one time. @since 0.1 */
typedef struct libnc_report libnc_report;

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
    LIBNC_METRIC_EQUINORM_FEATURES_SIGNED =
        67 /**< "nc2_equinorm_features_signed": mean over i < j of log(||c_i||/||c_j||). It depends
              on the order of classes and can be 0 for any lengths. */
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
    LIBNC_CLASS_AGREEMENT = 10        /**< Share of class k on which both decisions agree.
                                         @since 0.2 */
};

/** @brief Matrices of K x K values. Append-only. @since 0.1 */
enum libnc_class_matrix {
    LIBNC_GRAM_CLASSIFIER = 1, /**< P_j P_j^T. */
    LIBNC_GRAM_FEATURES = 2,   /**< Gram matrix of the class means, not centred. */
    LIBNC_GRAM_CENTRED = 3,    /**< Gram matrix of the centred class means. */
    LIBNC_GRAM_PRODUCT = 4     /**< P_j Hbar: row = logit, column = class mean. */
};

/** @brief Option keys of a report. Append-only. @since 0.2 */
enum libnc_report_option {
    LIBNC_REPORT_OPTION_RIESZ_EXPONENT =
        1, /**< "riesz_exponent": s of the Riesz energy, > 0; 0 (default):
       max(d - 2, 1), Liu et al. 2023. Read when measuring. */
    LIBNC_REPORT_OPTION_LAYER_RANKS = 2 /**< "layer_ranks": the ranks of W_j are taken where the
                                    smaller of its sides is at most this; default 512. They cost
                                    O(d^3). Read when measuring. */
};

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

/** @brief What makes a number doubtful: bits. Append-only. @since 0.2 */
enum libnc_diagnostic {
    LIBNC_DIAGNOSTIC_EMPTY_CLASSES = 0x1,       /**< Classes without a sample were left out. */
    LIBNC_DIAGNOSTIC_SINGLE_SAMPLES = 0x2,      /**< Classes with n_k = 1: no variability. */
    LIBNC_DIAGNOSTIC_TWO_CLASSES = 0x4,         /**< K = 2: equiangularity is vacuous. */
    LIBNC_DIAGNOSTIC_MORE_CLASSES = 0x8,        /**< K - 1 > d: no simplex ETF fits. */
    LIBNC_DIAGNOSTIC_RANK = 0x10,               /**< rank_features < min(K - 1, d). */
    LIBNC_DIAGNOSTIC_CONDITION = 0x20,          /**< condition_features > 1e6: NC1 is decided by
                                                   directions that barely separate classes. */
    LIBNC_DIAGNOSTIC_ZERO_MEANS = 0x40,         /**< Centred means that vanish to rounding. */
    LIBNC_DIAGNOSTIC_EQUAL_MEANS = 0x80,        /**< Pairs of class means that coincide. */
    LIBNC_DIAGNOSTIC_ZERO_ROWS = 0x100,         /**< Classifier rows that vanish to rounding. */
    LIBNC_DIAGNOSTIC_FEW_SAMPLES = 0x200,       /**< N - K < d: Sigma_W is singular. */
    LIBNC_DIAGNOSTIC_IMBALANCED = 0x400,        /**< Counts differ: conventions disagree. */
    LIBNC_DIAGNOSTIC_PROJECTED_SCATTER = 0x800, /**< Sigma_W was taken in a subspace. */
    LIBNC_DIAGNOSTIC_NO_SCATTER = 0x1000,       /**< No Sigma_W: NC1 is not available. */
    LIBNC_DIAGNOSTIC_NO_CLASSIFIER = 0x2000,    /**< No classifier was given. */
    LIBNC_DIAGNOSTIC_NO_DECISIONS = 0x4000,     /**< No logits or no second pass: NC4 or accuracies
                                                   are not available. */
    LIBNC_DIAGNOSTIC_SCATTER_ROUNDING = 0x8000  /**< Sigma_W inside the span of the means is within
                                                   rounding of Sigma_W as a whole: NC1 has few
                                                   digits. A projected scatter has them. */
};

/**
 * @brief Creates an empty report.
 * @param[out] report the new report; the caller destroys it.
 * @param[in] context the context.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_report_create(libnc_report **report, libnc_context *context);

/** @brief Destroys a report; NULL is fine. @since 0.1 */
LIBNC_API void libnc_report_destroy(libnc_report *report);

/**
 * @brief Measures a model on its samples, every head layer, in float64. Replaces what the report
 * held.
 * @param[in] report the report.
 * @param[in] model the model.
 * @param[in] dataset the data of a backbone; must be NULL for free features.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_DIMENSION (the dataset's width or number of
 *         classes is not the model's); LIBNC_ERROR_NOT_FINITE (a feature or weight is not finite:
 *         the text names the layer and row; or so large that its square overflows);
 *         LIBNC_ERROR_NUMERICAL; LIBNC_ERROR_MEMORY. After an error the old content stays.
 * @note O(N d_j d_{j+1} + K N d_j + K^2 d_j) for layer j; two arrays of N x max d_j.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_report_measure(libnc_report *report, libnc_model *model,
                                                const libnc_dataset *dataset);

/** @brief The settings, @ref libnc_report_option, owned by it; NULL for NULL. @since 0.2 */
LIBNC_API libnc_options *libnc_report_options(libnc_report *report);

/**
 * @brief Measures features that accumulators hold, one per layer. Replaces what the report held.
 *
 * For one set of features give one accumulator and its classifier. For a head, layer j has the
 * accumulator of the features before W_j and, as its classifier, the product W_M ... W_j.
 * The accumulators are read, not changed, and not needed later; classifiers are copied.
 * @param[in] report the report.
 * @param[in] accumulators @p layers accumulators with the same K and the same counts, none empty.
 * @param[in] classifiers @p layers arrays of K x d_j, row-major, each NULL where unknown; NULL if
 *            none is known. Metrics that need a classifier are NaN without one.
 * @param[in] bias K values, or NULL for no bias; needs a classifier.
 * @param[in] layers M, 1 .. 1000.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_STATE (an accumulator holds no sample);
 *         LIBNC_ERROR_DIMENSION (K or counts differ); LIBNC_ERROR_NOT_FINITE (a classifier, the
 *         text names layer and row; or squares that overflow); LIBNC_ERROR_NUMERICAL;
 *         LIBNC_ERROR_MEMORY. After an error the old content stays.
 * @note O(K^2 d + K d^2 + d^3) time and O(K d + d^2) memory for each layer.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status
libnc_report_measure_features(libnc_report *report, const libnc_accumulator *const *accumulators,
                              const double *const *classifiers, const double *bias, int32_t layers);

/**
 * @brief Chooses the convention of libnc_report_value(), for what is measured now and later.
 * @param[in] report the report.
 * @param[in] convention @ref libnc_convention.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_NUMERICAL, LIBNC_ERROR_MEMORY. After an error
 *         the old convention stays.
 * @note O(1), but as much as measuring the class means again where the convention centres on the
 *       mean of class means and the counts differ.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_report_set_convention(libnc_report *report, int32_t convention);

/** @brief The convention in use, @ref libnc_convention; 0 for NULL. @since 0.2 */
LIBNC_API int32_t libnc_report_convention(const libnc_report *report);

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
 * @return the text; NULL where the convention leaves the metric as the default has it.
 * @since 0.2
 */
LIBNC_API const char *libnc_convention_formula(int32_t convention, int32_t metric);

/**
 * @brief What makes the numbers of a layer doubtful.
 * @param[in] report a measured report.
 * @param[in] layer j = 1 .. M.
 * @param[out] flags bits of @ref libnc_diagnostic.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_STATE.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_report_diagnostics(const libnc_report *report, int32_t layer,
                                                    int64_t *flags);

/**
 * @brief One diagnostic of a layer in words, with its numbers; an empty text if it does not apply.
 * @param[in] report a measured report.
 * @param[in] layer j = 1 .. M.
 * @param[in] diagnostic one bit of @ref libnc_diagnostic.
 * @param[out] text at most @p size bytes, terminator included.
 * @param[in] size at least 1; 256 is always enough.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_STATE.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_report_diagnostic_text(const libnc_report *report, int32_t layer,
                                                        int64_t diagnostic, char *text,
                                                        size_t size);

/**
 * @brief Histogram of the cosines of all pairs of classes i < j.
 * @param[in] report a measured report.
 * @param[in] of_classifier 1: rows of P_j; 0: centred means c_k.
 * @param[in] layer j = 1 .. M.
 * @param[out] counts @p bins numbers of pairs, equal bins from -1 to 1; all 0 where a vector
 *             vanishes.
 * @param[in] bins 1 .. 2^31 - 1.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_STATE (not measured, or no classifier);
 *         LIBNC_ERROR_MEMORY.
 * @note O(K^2 d) time, O(bins) memory for each thread.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_report_cosine_histogram(const libnc_report *report,
                                                         int32_t of_classifier, int32_t layer,
                                                         int64_t *counts, size_t bins);

/**
 * @brief Eigenvalues of Sigma_B, largest first.
 * @param[in] report a measured report.
 * @param[in] layer j = 1 .. M.
 * @param[out] values @p size values; zeros beyond min(K, d_j).
 * @param[in] size at least 1.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_STATE.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_report_spectrum(const libnc_report *report, int32_t layer,
                                                 double *values, size_t size);

/** @brief d_j of a measured layer; 0 for NULL, before measuring or for no layer. @since 0.2 */
LIBNC_API int64_t libnc_report_width(const libnc_report *report, int32_t layer);

/**
 * @brief The decay product lh lw_1 ... lw_M whose prediction is nearest to what was measured.
 *
 * Minimises d_W^2 + d_H^2, the normalised distances of P_1 P_1^T and Hbar^T Hbar from the
 * prediction (nc2_predicted_classifier, nc2_predicted_features; to the nearest minimiser where it
 * is not unique, libnc_geometry_unique()), over the product L from 1e-10^(M+1) to 100. Where every
 * L predicts the same shape (equal counts) the scale of the logits decides: the relative distance
 * of the traces of P_1 Hbar is minimised instead, which has the answer at 0. Where the prediction
 * for the L at which measured logits are stationary has no distance, this is the answer.
 *
 * Cross-entropy with more than 128 different counts is fitted with counts within 10 % of each other
 * taken together; the distance, and a prediction without one, are those of the whole problem.
 * @param[in] report a measured report with a classifier; every class of the report occurs.
 * @param[in,out] geometry the problem but for its decays: counts, depth M, loss, bias and width are
 *            taken from it; it need not be solved. The depth is that of the report, or any if the
 *            report has one layer, whose classifier is then W_M ... W_1. Where L is not NaN all its
 *            decays become L^{1/(M+1)} and it is solved; else, or after an error, it stays.
 * @param[out] product the best L; NaN if no L fits: the best is the end of the range, or of the L
 *            whose prediction is known (a width below the rank with cross-entropy), or many are as
 *            good.
 * @param[out] distance sqrt(d_W^2 + d_H^2) at the best L, or at that end; NaN if no L leaves a
 *            class; may be NULL.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_STATE (not measured, or no classifier);
 *         LIBNC_ERROR_DIMENSION; LIBNC_ERROR_UNSUPPORTED (as libnc_geometry_solve() and
 *         libnc_report_compare()); LIBNC_ERROR_NUMERICAL; LIBNC_ERROR_MEMORY; LIBNC_ERROR_INTERNAL (as
 *         libnc_geometry_solve()).
 * @note 1 to 120 solutions and comparisons of O(K), or O(K^2) where the prediction is not diagonal.
 * @since 0.2; since 0.3 the geometry is left solved, and a best L at an end is NaN.
 */
LIBNC_CHECKED libnc_status libnc_report_fit_decay(const libnc_report *report,
                                                  libnc_geometry *geometry, double *product,
                                                  double *distance);

/**
 * @brief Neural regression collapse (Andriopoulos et al., NeurIPS 2024): NRC1, NRC2, NRC3.
 *
 * With unit features u_i = h_i/||h_i||: NRC1 is the mean of ||u_i - P u_i||^2, P the projector on
 * the top n principal directions of the centred features; NRC2 the same for the row space of W;
 * NRC3 = ||nz(W W^T) - nz(C^{1/2} - sqrt(c) I)||_F^2, C the covariance of the targets.
 * @param[in] context the context.
 * @param[in] features N x d, row-major; no row zero.
 * @param[in] targets N x n.
 * @param[in] classifier W, n x d; may be NULL: NRC2 and NRC3 are then NaN.
 * @param[in] samples N >= 2.
 * @param[in] width d >= n.
 * @param[in] target_width n >= 1.
 * @param[in] shift c >= 0; NaN: the c in [0, smallest eigenvalue of C) with the smallest NRC3.
 * @param[out] values 4 numbers: NRC1, NRC2, NRC3 and the c used. NRC3 and c are NaN where they are
 *             not defined: W or C^{1/2} - sqrt(c) I is zero.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_NOT_FINITE (names array and row),
 *         LIBNC_ERROR_NUMERICAL, LIBNC_ERROR_MEMORY.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_regression_collapse(libnc_context *context, const double *features,
                                                     const double *targets,
                                                     const double *classifier, int64_t samples,
                                                     int64_t width, int64_t target_width,
                                                     double shift, double *values);

/**
 * @brief Adds the distances from a predicted geometry to a measured report.
 *
 * Where the prediction is not unique, each distance is to the nearest of the tied minimisers.
 * @param[in] report a measured report.
 * @param[in] geometry a solved problem with the same counts, those of classes that occur, and the
 *            same depth; any depth for a report of one layer, whose classifier is then P_1.
 * @param[in] objective the trained objective (libnc_trainer_evaluate()) for the loss gap, or NaN;
 *            not infinite.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_STATE (not measured or not solved),
 *         LIBNC_ERROR_DIMENSION (counts or depth differ), LIBNC_ERROR_UNSUPPORTED (more than 4096
 *         classes and a prediction that is not diagonal), LIBNC_ERROR_NUMERICAL,
 *         LIBNC_ERROR_MEMORY.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_report_compare(libnc_report *report,
                                                const libnc_geometry *geometry, double objective);

/**
 * @brief One metric.
 * @param[in] report a measured report.
 * @param[in] metric @ref libnc_metric.
 * @param[in] layer j = 1 .. M; the metrics of the whole model (accuracy, singular values, loss gap)
 *            are the same for every layer.
 * @param[out] value the metric in the report's convention (libnc_report_set_convention()), NaN
 * where it is undefined or not available.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_STATE (not measured, or a comparison before
 *         libnc_report_compare()).
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_report_value(const libnc_report *report, int32_t metric,
                                              int32_t layer, double *value);

/** @brief A metric's name, for example "nc1"; NULL for no metric. @since 0.1 */
LIBNC_API const char *libnc_metric_name(int32_t metric);

/** @brief The number of metrics: they are 1 .. this. @since 0.1 */
LIBNC_API int32_t libnc_metric_count(void);

/** @brief M of the measured model; 0 for NULL or before measuring. @since 0.1 */
LIBNC_API int32_t libnc_report_depth(const libnc_report *report);

/** @brief K of the measured model; 0 for NULL or before measuring. @since 0.1 */
LIBNC_API int64_t libnc_report_classes(const libnc_report *report);

/**
 * @brief A value per class, empty classes included; NaN where it does not exist.
 * @param[in] report a measured report.
 * @param[in] vector @ref libnc_class_vector.
 * @param[in] layer j = 1 .. M.
 * @param[out] values @p size values.
 * @param[in] size must be K.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION, LIBNC_ERROR_STATE.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_report_vector(const libnc_report *report, int32_t vector,
                                               int32_t layer, double *values, size_t size);

/**
 * @brief A K x K matrix, formed now: O(K^2 d). Rows and columns of empty classes are NaN.
 * @param[in] report a measured report.
 * @param[in] matrix @ref libnc_class_matrix.
 * @param[in] layer j = 1 .. M.
 * @param[out] values @p size values, row-major.
 * @param[in] size must be K K.
 * @return as libnc_report_vector(); LIBNC_ERROR_STATE also where the layer has no classifier;
 *         LIBNC_ERROR_MEMORY.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_report_matrix(const libnc_report *report, int32_t matrix,
                                               int32_t layer, double *values, size_t size);

LIBNC_END

#endif
