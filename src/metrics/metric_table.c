/* SPDX-License-Identifier: MIT
 *
 * metric_table.c: the metrics by name: one row for each with its formula (doc/metrics.md,
 * "Definitions").
 *
 * In the formulas W is the classifier P_j of the layer with rows w_k, C has the centred means c_k
 * as rows, Hbar the means h_k as columns, Z = W Hbar; v_k = 1/n_k sum ||h - h_k||^2.
 */
#include "metrics/metric_table.h"

#include <string.h>

/* ROW(enumerator, name, exists only after a comparison, formula): the name is the enumerator in
 * lower case. */
#define METRICS                                                                                    \
    ROW(NC1, "nc1", false, "tr(Sigma_W Sigma_B^+)/K, Sigma_B = 1/K sum_k c_k c_k^T")               \
    ROW(NC2_EQUINORM_FEATURES, "nc2_equinorm_features", false,                                     \
        "std/mean of ||c_k||, std with divisor K")                                                 \
    ROW(NC2_EQUINORM_CLASSIFIER, "nc2_equinorm_classifier", false,                                 \
        "std/mean of ||w_k||, std with divisor K")                                                 \
    ROW(NC2_EQUIANGULAR_FEATURES, "nc2_equiangular_features", false,                               \
        "mean over i != j of |cos(c_i, c_j) + 1/(K-1)|")                                           \
    ROW(NC2_EQUIANGULAR_CLASSIFIER, "nc2_equiangular_classifier", false,                           \
        "mean over i != j of |cos(w_i, w_j) + 1/(K-1)|")                                           \
    ROW(NC2_ETF_FEATURES, "nc2_etf_features", false, "||nz(C C^T) - nz(I - J/K)||_F")              \
    ROW(NC2_ETF_CLASSIFIER, "nc2_etf_classifier", false, "||nz(W W^T) - nz(I - J/K)||_F")          \
    ROW(NC3_ETF, "nc3_etf", false, "||nz(W C^T) - nz(I - J/K)||_F")                                \
    ROW(NC2_OF_FEATURES, "nc2_of_features", false, "||nz(Hbar^T Hbar) - nz(I)||_F")                \
    ROW(NC2_OF_CLASSIFIER, "nc2_of_classifier", false, "||nz(W W^T) - nz(I)||_F")                  \
    ROW(NC3_OF, "nc3_of", false, "||nz(W Hbar) - nz(I)||_F")                                       \
    ROW(NC3_DUALITY, "nc3_duality", false, "||nz(W) - nz(C)||_F")                                  \
    ROW(NC4, "nc4", false, "share of samples with argmax(W h + b) = nearest class mean")           \
    ROW(ACCURACY, "accuracy", false, "share of samples with argmax(W h + b) = label")              \
    ROW(NC2_PREDICTED_FEATURES, "nc2_predicted_features", true,                                    \
        "||nz(Hbar^T Hbar) - nz(T)||_F, T the prediction")                                         \
    ROW(NC2_PREDICTED_CLASSIFIER, "nc2_predicted_classifier", true,                                \
        "||nz(W W^T) - nz(T)||_F, T the prediction")                                               \
    ROW(NC3_PREDICTED, "nc3_predicted", true, "||nz(W Hbar) - nz(T)||_F, T the prediction")        \
    ROW(FEATURES_ERROR, "features_error", true,                                                    \
        "||Hbar^T Hbar - T||_F / ||T||_F, T the prediction")                                       \
    ROW(CLASSIFIER_ERROR, "classifier_error", true, "||W W^T - T||_F / ||T||_F, T the prediction") \
    ROW(SINGULAR_VALUES_ERROR, "singular_values_error", true,                                      \
        "||s - s*|| / ||s*||, s of Z D, D = diag(sqrt(n_k)), s* the prediction")                   \
    ROW(LOSS_GAP, "loss_gap", true, "(objective - predicted) / predicted")                         \
    ROW(RANK_FEATURES, "rank_features", false, "numerical rank of C")                              \
    ROW(TR_SIGMA_W, "tr_sigma_w", false, "tr Sigma_W")                                             \
    ROW(TR_SIGMA_B, "tr_sigma_b", false, "tr Sigma_B, Sigma_B = 1/K sum_k c_k c_k^T")              \
    ROW(CDNV, "cdnv", false, "mean over i != j of (v_i + v_j)/(2 ||h_i - h_j||^2)")                \
    ROW(NC1_UNDIVIDED, "nc1_undivided", false, "tr(Sigma_W Sigma_B^+), not divided by K")          \
    ROW(NC1_WEIGHTED, "nc1_weighted", false,                                                       \
        "tr(Sigma_W Sigma_B^+)/K, Sigma_B = sum_k n_k/N c_k c_k^T")                                \
    ROW(NC1_BALANCED, "nc1_balanced", false,                                                       \
        "tr(Sigma_W Sigma_B^+)/K, Sigma_W = 1/K sum_k S_k/n_k")                                    \
    ROW(NC1_QUOTIENT, "nc1_quotient", false, "tr Sigma_W / tr Sigma_B")                            \
    ROW(NC1_NORMALISED, "nc1_normalised", false,                                                   \
        "tr Sigma_W / tr Sigma_T, Sigma_T the covariance of all samples")                          \
    ROW(NC1_QUOTIENT_BALANCED, "nc1_quotient_balanced", false, "mean of v_k / tr Sigma_B")         \
    ROW(NC2_EQUINORM_FEATURES_UNBIASED, "nc2_equinorm_features_unbiased", false,                   \
        "std/mean of ||c_k||, std with divisor K - 1")                                             \
    ROW(NC2_EQUINORM_CLASSIFIER_UNBIASED, "nc2_equinorm_classifier_unbiased", false,               \
        "std/mean of ||w_k||, std with divisor K - 1")                                             \
    ROW(NC2_EQUIANGULAR_FEATURES_MAX, "nc2_equiangular_features_max", false,                       \
        "max over i != j of |cos(c_i, c_j) + 1/(K-1)|")                                            \
    ROW(NC2_EQUIANGULAR_CLASSIFIER_MAX, "nc2_equiangular_classifier_max", false,                   \
        "max over i != j of |cos(w_i, w_j) + 1/(K-1)|")                                            \
    ROW(COSINE_FEATURES_MEAN, "cosine_features_mean", false, "mean over i != j of cos(c_i, c_j)")  \
    ROW(COSINE_CLASSIFIER_MEAN, "cosine_classifier_mean", false,                                   \
        "mean over i != j of cos(w_i, w_j)")                                                       \
    ROW(COSINE_FEATURES_STD, "cosine_features_std", false, "std over i != j of cos(c_i, c_j)")     \
    ROW(COSINE_CLASSIFIER_STD, "cosine_classifier_std", false, "std over i != j of cos(w_i, w_j)") \
    ROW(COHERENCE_FEATURES, "coherence_features", false, "max over i != j of |cos(c_i, c_j)|")     \
    ROW(COHERENCE_CLASSIFIER, "coherence_classifier", false, "max over i != j of |cos(w_i, w_j)|") \
    ROW(UNIFORMITY_FEATURES, "uniformity_features", false,                                         \
        "mean over i < j of log(1/||u_i - u_j||), u = c/||c||")                                    \
    ROW(UNIFORMITY_CLASSIFIER, "uniformity_classifier", false,                                     \
        "mean over i < j of log(1/||u_i - u_j||), u = w/||w||")                                    \
    ROW(UNIFORMITY_FEATURES_VARIANCE, "uniformity_features_variance", false,                       \
        "variance over i < j of log(1/||u_i - u_j||), u = c/||c||")                                \
    ROW(UNIFORMITY_CLASSIFIER_VARIANCE, "uniformity_classifier_variance", false,                   \
        "variance over i < j of log(1/||u_i - u_j||), u = w/||w||")                                \
    ROW(RIESZ_FEATURES, "riesz_features", false,                                                   \
        "log of the mean over i < j of ||u_i - u_j||^-s, u = c/||c||")                             \
    ROW(RIESZ_CLASSIFIER, "riesz_classifier", false,                                               \
        "log of the mean over i < j of ||u_i - u_j||^-s, u = w/||w||")                             \
    ROW(NC3_DUALITY_SQUARED, "nc3_duality_squared", false, "||nz(W) - nz(C)||_F^2")                \
    ROW(NC3_DUALITY_COSINE, "nc3_duality_cosine", false, "mean of 1 - cos(w_k, c_k)")              \
    ROW(NC3_DUALITY_COSINE_STD, "nc3_duality_cosine_std", false,                                   \
        "std of cos(w_k, c_k), divisor K")                                                         \
    ROW(NC4_MISMATCH, "nc4_mismatch", false,                                                       \
        "share of samples with argmax(W h + b) != nearest class mean")                             \
    ROW(NEAREST_ACCURACY, "nearest_accuracy", false,                                               \
        "share of samples with nearest class mean = label")                                        \
    ROW(NC4_BIAS, "nc4_bias", false, "||W h_G + b||")                                              \
    ROW(STABLE_RANK_FEATURES, "stable_rank_features", false, "||C||_F^2 / ||C||_2^2")              \
    ROW(CONDITION_FEATURES, "condition_features", false,                                           \
        "s_1/s_r, singular values of C, r its numerical rank")                                     \
    ROW(RANK_MEANS, "rank_means", false, "numerical rank of Hbar")                                 \
    ROW(STABLE_RANK_MEANS, "stable_rank_means", false, "||Hbar||_F^2 / ||Hbar||_2^2")              \
    ROW(RANK_CLASSIFIER, "rank_classifier", false, "numerical rank of W")                          \
    ROW(STABLE_RANK_CLASSIFIER, "stable_rank_classifier", false, "||W||_F^2 / ||W||_2^2")          \
    ROW(RANK_LAYER, "rank_layer", false, "numerical rank of W_j")                                  \
    ROW(STABLE_RANK_LAYER, "stable_rank_layer", false, "||W_j||_F^2 / ||W_j||_2^2")                \
    ROW(NC2_ETF_CLASSIFIER_CENTRED, "nc2_etf_classifier_centred", false,                           \
        "||nz(W W^T) - nz(I - J/K)||_F, rows of W less their mean")                                \
    ROW(NC3_ETF_CENTRED, "nc3_etf_centred", false,                                                 \
        "||nz(W C^T) - nz(I - J/K)||_F, rows of W less their mean")                                \
    ROW(TR_SIGMA_B_WEIGHTED, "tr_sigma_b_weighted", false, "sum_k n_k/N ||c_k||^2")                \
    ROW(GLOBAL_MEAN_NORM, "global_mean_norm", false, "||h_G||")                                    \
    ROW(CDNV_UNBIASED, "cdnv_unbiased", false,                                                     \
        "mean over i != j of (v_i + v_j)/(2 ||h_i - h_j||^2), v_k with divisor n_k - 1")           \
    ROW(NC2_EQUINORM_FEATURES_SIGNED, "nc2_equinorm_features_signed", false,                       \
        "mean over i < j of log(||c_i||/||c_j||)")                                                 \
    ROW(NC1_CORRECTED, "nc1_corrected", false,                                                     \
        "nc1 with Sigma_W = S_W/(N - K), less the bias of the means to first order in 1/n_k")

typedef struct row {
    const char *name, *formula;
} row;

#define ROW(METRIC, NAME, IS_COMPARISON, FORMULA) [LIBNC_METRIC_##METRIC - 1] = {NAME, FORMULA},
static const row ROWS[] = {METRICS};
#undef ROW

_Static_assert(sizeof ROWS / sizeof *ROWS == NC__METRICS, "NC__METRICS is the last metric");

int32_t libnc_metric_count(void)
{
    return NC__METRICS;
}

const char *libnc_metric_name(int32_t metric)
{
    return metric >= 1 && metric <= NC__METRICS ? ROWS[metric - 1].name : NULL;
}

int32_t libnc_metric_index(const char *name)
{
    for (int32_t i = 0; name && i < NC__METRICS; i++)
        if (strcmp(ROWS[i].name, name) == 0)
            return i + 1;
    return 0;
}

const char *libnc_metric_formula(int32_t metric)
{
    return metric >= 1 && metric <= NC__METRICS ? ROWS[metric - 1].formula : NULL;
}

/* A metric without a row, or with two, does not compile. */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wswitch"
#define ROW(METRIC, NAME, IS_COMPARISON, FORMULA)                                                  \
    case LIBNC_METRIC_##METRIC: return IS_COMPARISON;
bool nc__metric_is_comparison(int32_t metric)
{
    switch ((enum libnc_metric)metric) {
        METRICS
    }
    return false;
}
#undef ROW
#pragma GCC diagnostic pop
