/* SPDX-License-Identifier: MIT */
/**
 * @file report.h
 * @brief Collapse metrics of a model or of features from any source, layer by layer, and the
 * distance from a predicted geometry. The metrics and conventions themselves: libnc/metric.h.
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
#include <libnc/held_out.h>
#include <libnc/metric.h>
#include <libnc/model.h>

LIBNC_BEGIN

/** @brief Metrics of one model, or of one set of features, at one time. @since 0.1 */
typedef struct libnc_report libnc_report;

/** @brief Option keys of a report. Append-only. @since 0.2 */
enum libnc_report_option {
    LIBNC_REPORT_OPTION_RIESZ_EXPONENT =
        1, /**< "riesz_exponent": s of the Riesz energy, > 0; 0 (default):
       max(d - 2, 1), Liu et al. 2023. Read when measuring. */
    LIBNC_REPORT_OPTION_LAYER_RANKS = 2 /**< "layer_ranks": the ranks of W_j are taken where the
                                    smaller of its sides is at most this; default 512. They cost
                                    O(d^3). Read when measuring. */
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
 * @brief Lets ranks measure together: libnc_report_measure_features() is then collective
 * (libnc/communicator.h), with accumulators that hold the same on all ranks, as after
 * libnc_accumulator_all_reduce(). Experimental: may change before 1.0.
 *
 * Pairs of classes, O(K^2 d), are dealt to the ranks in rows of tiles, and metrics have the same
 * bits for any number of them. The rest, O(K d^2 + d^3), every rank does; getters, comparisons and
 * other conventions are each rank's own and send nothing.
 * @param[in,out] report the report.
 * @param[in] communicator of the same context, which must outlive its use here; NULL: no ranks.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT.
 * @note O(1). Measuring sends 13 numbers for every 256 classes.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_report_set_communicator(libnc_report *report,
                                                         libnc_communicator *communicator);

/**
 * @brief Measures features that accumulators hold, one per layer. Replaces what the report held.
 *
 * For one set of features give one accumulator and its classifier. For a head, layer j has the
 * accumulator of the features before W_j and, as its classifier, the product W_M ... W_j.
 * The accumulators are read, not changed, and not needed later; classifiers are copied.
 * @param[in] report the report.
 * @param[in] accumulators @p layers accumulators with the same K and the same counts, none empty.
 * @param[in] classifiers @p layers arrays of K x d_j, row-major; NULL, for one or for all: the one
 *            that the accumulator's second pass began with (since 0.3), or none. Metrics that need
 *            a classifier are NaN without one.
 * @param[in] bias K values; NULL: that of the second pass, or none; needs a classifier.
 * @param[in] layers M, 1 .. 1000.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (also a classifier or bias that is not, to the rounding of
 *         float32, what decided in the second pass); LIBNC_ERROR_STATE (an accumulator holds no
 *         sample);
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
 * @brief Measures features in one array, with their labels and, where there is one, the linear
 * classifier above them. Replaces what the report held.
 *
 * Every metric but those of a comparison and of single layers, in one call: what an accumulator
 * with the scatter "projected" gives when its second pass gets all rows at once, bit for bit.
 * @param[in] report the report.
 * @param[in] features N x d values, row-major, finite, aligned for their type.
 * @param[in] labels N labels 0 .. K - 1, aligned for their type.
 * @param[in] label_type type of @p labels, @ref libnc_label.
 * @param[in] count N, 1 .. 2^53.
 * @param[in] width d, 1 .. 2^31 - 1.
 * @param[in] classes K, 1 .. 2^31 - 1; 0 for the largest label + 1.
 * @param[in] scalar type of @p features, @p classifier and @p bias, @ref libnc_scalar.
 * @param[in] classifier W, K x d, row-major, finite; NULL for none: metrics that need one are NaN.
 * @param[in] bias b, K values, finite; NULL for none, and without a classifier.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (the text names the row of a bad label);
 *         LIBNC_ERROR_NOT_FINITE (the text names the row; or squares overflow);
 *         LIBNC_ERROR_NUMERICAL; LIBNC_ERROR_MEMORY. After an error the old content stays.
 * @note Time and memory of the two passes of an accumulator (libnc/accumulator.h) and of
 *       libnc_report_measure_features(): O(N d K) at most, far less near collapse. The features
 *       are read in place, never copied as a whole.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_report_measure_arrays(libnc_report *report, const void *features,
                                                       const void *labels, int32_t label_type,
                                                       int64_t count, int64_t width,
                                                       int64_t classes, int32_t scalar,
                                                       const void *classifier, const void *bias);

/**
 * @brief Measures held-out samples about the class means of the training set. Replaces what the
 * report held.
 *
 * Counts, variabilities, Sigma_W, accuracies and nearest means are those of the held-out samples,
 * all else that of the training means: for example "nc1" is tr(Sigma_W Sigma_B^+)/K with the
 * held-out Sigma_W about training means and the Sigma_B of these. Classes without a held-out sample
 * are left out. "nc1_balanced" is NaN where counts of held-out samples differ.
 * @param[in] report the report.
 * @param[in] held_out samples of the report's context; read, not changed, and not needed later.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_STATE (no sample); LIBNC_ERROR_NOT_FINITE
 *         (squares overflow); LIBNC_ERROR_NUMERICAL; LIBNC_ERROR_MEMORY. After an error the old
 *         content stays.
 * @note As libnc_report_measure_features() with a projected scatter.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_report_measure_held_out(libnc_report *report,
                                                         const libnc_held_out *held_out);

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
 * Experimental: may change before 1.0.
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
 *         libnc_report_compare()); LIBNC_ERROR_NUMERICAL; LIBNC_ERROR_MEMORY; LIBNC_ERROR_INTERNAL
 * (as libnc_geometry_solve()).
 * @note 1 to 120 solutions and comparisons of O(K), or O(K^2) where the prediction is not diagonal.
 * @since 0.2; since 0.3 the geometry is left solved, and a best L at an end is NaN.
 */
LIBNC_CHECKED libnc_status libnc_report_fit_decay(const libnc_report *report,
                                                  libnc_geometry *geometry, double *product,
                                                  double *distance);

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
 *            where it is undefined or does not exist: without a classifier, or a comparison before
 *            libnc_report_compare() (since 0.3; LIBNC_ERROR_STATE before).
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_STATE (not measured).
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_report_value(const libnc_report *report, int32_t metric,
                                              int32_t layer, double *value);

/**
 * @brief The standard error of a metric: how far it would scatter over other samples of the same
 * classes and counts, from a jackknife over the groups of an accumulator
 * (@ref LIBNC_ACCUMULATOR_OPTION_GROUPS; doc/metrics.md, "Standard errors").
 *
 * With G groups and the 97.5 % quantile t of Student's distribution for G - 1 degrees of freedom,
 * [x exp(-t e/x), x exp(t e/x)] covers the mean of a positive metric x in about 95 % of cases, and
 * x +- t e that of another.
 * @param[in] report a measured report.
 * @param[in] metric @ref libnc_metric, in the report's convention.
 * @param[in] layer j = 1 .. M.
 * @param[out] value the error, >= 0; 0 for what the samples do not move, such as the angles of the
 *            classifier. NaN without groups, and for metrics of decisions but accuracy, of a
 *            comparison, of S_W where it is not kept in full, or that are NaN without one group.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_STATE (not measured).
 * @note O(1). With groups measuring takes 2 G + 1 times as long.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_report_error(const libnc_report *report, int32_t metric,
                                              int32_t layer, double *value);

/** @brief M of the measured model; 0 for NULL or before measuring. @since 0.1 */
LIBNC_API int32_t libnc_report_depth(const libnc_report *report);

/** @brief K of the measured model; 0 for NULL or before measuring. @since 0.1 */
LIBNC_API int64_t libnc_report_classes(const libnc_report *report);

/**
 * @brief A value per class, empty classes included; NaN where it does not exist. Those that need
 * logits or pairs of classes, LIBNC_CLASS_MARGIN to LIBNC_CLASS_NEAREST_COSINE, are formed now:
 * O(K^2 d), O(K + d) memory beside the means (since 0.3).
 * @param[in] report a measured report.
 * @param[in] vector @ref libnc_class_vector.
 * @param[in] layer j = 1 .. M.
 * @param[out] values @p size values.
 * @param[in] size must be K.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION, LIBNC_ERROR_STATE,
 * LIBNC_ERROR_MEMORY.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_report_vector(const libnc_report *report, int32_t vector,
                                               int32_t layer, double *values, size_t size);

/**
 * @brief How a value by class depends on the number of samples: its correlation with log n_k.
 *
 * Over the classes that occur and have a finite value. Frequent classes with larger values give a
 * positive one. Values by class against counts are what imbalanced data and language models are
 * looked at for (Wu and Papyan 2024).
 * @param[in] report a measured report.
 * @param[in] vector @ref libnc_class_vector.
 * @param[in] layer j = 1 .. M.
 * @param[out] pearson of the values and log n_k.
 * @param[out] spearman of the ranks of both, equal ones ranked by their average.
 * @return as libnc_report_vector(). Both are NaN where counts or values are all equal, or fewer
 * than three.
 * @note The cost of libnc_report_vector(), and O(K log K).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_report_frequency(const libnc_report *report, int32_t vector,
                                                  int32_t layer, double *pearson, double *spearman);

/**
 * @brief A K x K matrix, formed now: O(K^2 d). Rows and columns of empty classes are NaN,
 * and all of a matrix that needs a classifier where there is none (since 0.3).
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
