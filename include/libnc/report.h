/* SPDX-License-Identifier: MIT */
/**
 * @file report.h
 * @brief Collapse metrics of a model, layer by layer, and its distance from a predicted geometry.
 *
 * Layer j = 1 .. M of a head: features H_j = W_{j-1} ... W_1 H with class means h_k, classifier
 * P_j = W_M ... W_j. The defaults are those of doc/metrics.md: Sigma_W = S_W / N; Sigma_B = 1/K
 * sum_k (h_k - h_G)(h_k - h_G)^T with h_G the sample mean; nz(A) = A / ||A||_F. "Centred" means are
 * h_k - h_G.
 */
#ifndef LIBNC_REPORT_H
#define LIBNC_REPORT_H

#include <libnc/dataset.h>
#include <libnc/geometry.h>
#include <libnc/model.h>

LIBNC_BEGIN

/** @brief Metrics of one model at one time. @since 0.1 */
typedef struct libnc_report libnc_report;

/**
 * @brief Metrics. ETF = I - J/K, OF = I. A metric that is undefined (a zero norm, K = 1) is NaN.
 * Append-only.
 * @since 0.1
 */
enum libnc_metric {
    LIBNC_METRIC_NC1 = 1, /**< "nc1": tr(Sigma_W Sigma_B^+) / K. */
    LIBNC_METRIC_EQUINORM_FEATURES =
        2, /**< "nc2_equinorm_features": std/mean of ||h_k - h_G||, divisor K. */
    LIBNC_METRIC_EQUINORM_CLASSIFIER =
        3, /**< "nc2_equinorm_classifier": the same of the rows of P_j. */
    LIBNC_METRIC_EQUIANGULAR_FEATURES =
        4, /**< "nc2_equiangular_features": mean over i != j of |cos + 1/(K-1)|, centred means. */
    LIBNC_METRIC_EQUIANGULAR_CLASSIFIER =
        5, /**< "nc2_equiangular_classifier": the same of the rows of P_j. */
    LIBNC_METRIC_ETF_FEATURES =
        6, /**< "nc2_etf_features": ||nz(G) - nz(ETF)||_F, G the Gram matrix of centred means. */
    LIBNC_METRIC_ETF_CLASSIFIER = 7, /**< "nc2_etf_classifier": the same with G = P_j P_j^T. */
    LIBNC_METRIC_ETF_PRODUCT = 8,    /**< "nc3_etf": ||nz(P_j Hbar) - nz(ETF)||_F, centred means. */
    LIBNC_METRIC_OF_FEATURES = 9, /**< "nc2_of_features": Gram of means (not centred) against OF. */
    LIBNC_METRIC_OF_CLASSIFIER = 10, /**< "nc2_of_classifier": P_j P_j^T against OF. */
    LIBNC_METRIC_OF_PRODUCT = 11,    /**< "nc3_of": P_j Hbar (not centred) against OF. */
    LIBNC_METRIC_DUALITY = 12, /**< "nc3_duality": ||nz(P_j) - nz(Hbar^T)||_F, centred means. */
    LIBNC_METRIC_NC4 = 13, /**< "nc4": share of samples whose prediction is the nearest mean's. */
    LIBNC_METRIC_ACCURACY = 14, /**< "accuracy": share of samples predicted right. */
    LIBNC_METRIC_PREDICTED_FEATURES =
        15, /**< "nc2_predicted_features": Gram of means (not centred) against the prediction,
               both normalised. Needs libnc_report_compare(). */
    LIBNC_METRIC_PREDICTED_CLASSIFIER =
        16, /**< "nc2_predicted_classifier": P_j P_j^T against the prediction, normalised. */
    LIBNC_METRIC_PREDICTED_PRODUCT = 17, /**< "nc3_predicted": P_j Hbar (not centred) against the
                                            predicted logits, normalised. */
    LIBNC_METRIC_FEATURES_ERROR = 18,    /**< "features_error": ||G - T||_F / ||T||_F, the Gram of
                                            means against the prediction, lengths included. */
    LIBNC_METRIC_CLASSIFIER_ERROR = 19,  /**< "classifier_error": the same of P_j P_j^T. */
    LIBNC_METRIC_SINGULAR_VALUES =
        20, /**< "singular_values_error": ||s - s*|| / ||s*||, singular values of Z D. */
    LIBNC_METRIC_LOSS_GAP = 21, /**< "loss_gap": (objective - predicted) / predicted. */
    LIBNC_METRIC_RANK_FEATURES =
        22, /**< "rank_features": numerical rank of the centred class means. */
    LIBNC_METRIC_SCATTER_WITHIN = 23,  /**< "tr_sigma_w": tr Sigma_W. */
    LIBNC_METRIC_SCATTER_BETWEEN = 24, /**< "tr_sigma_b": tr Sigma_B. */
    LIBNC_METRIC_CDNV = 25 /**< "cdnv": mean over i != j of (v_i + v_j) / (2 ||h_i - h_j||^2), v_k =
                              1/n_k sum ||h - h_k||^2. */
};

/** @brief Vectors of K values by class. Append-only. @since 0.1 */
enum libnc_class_vector {
    LIBNC_CLASS_COUNT = 1,           /**< n_k. */
    LIBNC_CLASS_MEAN_NORM = 2,       /**< ||h_k||, not centred. */
    LIBNC_CLASS_CENTRED_NORM = 3,    /**< ||h_k - h_G||. */
    LIBNC_CLASS_CLASSIFIER_NORM = 4, /**< ||row k of P_j||. */
    LIBNC_CLASS_LOGIT = 5,           /**< Row k of P_j times h_k, bias excluded. */
    LIBNC_CLASS_VARIABILITY = 6      /**< 1/n_k sum ||h - h_k||^2. */
};

/** @brief Matrices of K x K values. Append-only. @since 0.1 */
enum libnc_class_matrix {
    LIBNC_GRAM_CLASSIFIER = 1, /**< P_j P_j^T. */
    LIBNC_GRAM_FEATURES = 2,   /**< Gram matrix of the class means, not centred. */
    LIBNC_GRAM_CENTRED = 3,    /**< Gram matrix of the centred class means. */
    LIBNC_GRAM_PRODUCT = 4     /**< P_j Hbar: row = logit, column = class mean. */
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

/**
 * @brief Adds the distances from a predicted geometry to a measured report.
 *
 * Where the prediction is not unique, each distance is to the nearest of the tied minimisers.
 * @param[in] report a measured report.
 * @param[in] geometry a solved problem with the same counts and depth.
 * @param[in] objective the trained objective (libnc_trainer_evaluate()) for the loss gap, or NaN;
 *            not infinite.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_STATE (not measured or not solved),
 *         LIBNC_ERROR_DIMENSION (counts or depth differ), LIBNC_ERROR_NUMERICAL,
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
 * @param[out] value the metric, NaN where it is undefined.
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
 * @brief A value per class.
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
 * @brief A K x K matrix.
 * @param[in] report a measured report.
 * @param[in] matrix @ref libnc_class_matrix.
 * @param[in] layer j = 1 .. M.
 * @param[out] values @p size values, row-major.
 * @param[in] size must be K K.
 * @return as libnc_report_vector().
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_report_matrix(const libnc_report *report, int32_t matrix,
                                               int32_t layer, double *values, size_t size);

LIBNC_END

#endif
