/* SPDX-License-Identifier: MIT
 *
 * ood_score_table.c: names and formulas of out-of-distribution scores.
 */
#include "ood/ood_score_table.h"

#include <string.h>

#define WITH_CLASSIFIER true
#define FEATURES_ALONE  false

static const nc__ood_score SCORES[] = {
    [LIBNC_OOD_SCORE_NCI - 1] = {"nci",
                                 "w_c . (h - h_G)/||h - h_G|| + alpha ||h||_1, c the prediction",
                                 WITH_CLASSIFIER, NC__OOD_AXES},
    [LIBNC_OOD_SCORE_NECO - 1] = {"neco", "max_k z_k ||P_r (h - h_G)||/||h - h_G||",
                                  WITH_CLASSIFIER, NC__OOD_AXES_CENTRED},
    [LIBNC_OOD_SCORE_NECO_RATIO - 1] = {"neco_ratio", "||P_r (h - h_G)||/||h - h_G||",
                                        FEATURES_ALONE, NC__OOD_AXES_CENTRED},
    [LIBNC_OOD_SCORE_NECO_STANDARDISED - 1] = {"neco_standardised",
                                               "max_k z_k ||P_r u||/||u||, u standardised h",
                                               WITH_CLASSIFIER, NC__OOD_AXES_STANDARDISED},
    [LIBNC_OOD_SCORE_NECO_STANDARDISED_RATIO - 1] = {"neco_standardised_ratio",
                                                     "||P_r u||/||u||, u standardised h",
                                                     FEATURES_ALONE, NC__OOD_AXES_STANDARDISED},
    [LIBNC_OOD_SCORE_NECO_UNCENTRED_RATIO - 1] = {"neco_uncentred_ratio", "||P_r h||/||h||",
                                                  FEATURES_ALONE, NC__OOD_AXES_UNCENTRED},
    [LIBNC_OOD_SCORE_MAX_LOGIT - 1] = {"max_logit", "max_k z_k", WITH_CLASSIFIER, NC__OOD_AXES},
    [LIBNC_OOD_SCORE_ENERGY - 1] = {"energy", "log sum_k exp z_k", WITH_CLASSIFIER, NC__OOD_AXES},
    [LIBNC_OOD_SCORE_MAHALANOBIS - 1] = {"mahalanobis", "-min_k (h - h_k)^T Sigma_W^-1 (h - h_k)",
                                         FEATURES_ALONE, NC__OOD_AXES_WITHIN},
    [LIBNC_OOD_SCORE_NEAREST_MEAN - 1] = {"nearest_mean", "-min_k ||h - h_k||", FEATURES_ALONE,
                                          NC__OOD_AXES},
    [LIBNC_OOD_SCORE_VIM_RESIDUAL - 1] = {"vim_residual", "-||(I - P_r)(h + W^+ b)||",
                                          WITH_CLASSIFIER, NC__OOD_AXES_SHIFTED},
};

_Static_assert(sizeof SCORES / sizeof *SCORES == NC__OOD_SCORES, "the last score is another one");

const nc__ood_score *nc__ood_score_of(int32_t score)
{
    return &SCORES[score - 1];
}

int32_t libnc_ood_score_count(void)
{
    return NC__OOD_SCORES;
}

const char *libnc_ood_score_name(int32_t score)
{
    return score >= 1 && score <= NC__OOD_SCORES ? SCORES[score - 1].name : NULL;
}

int32_t libnc_ood_score_index(const char *name)
{
    for (int32_t i = 0; name && i < NC__OOD_SCORES; i++)
        if (strcmp(SCORES[i].name, name) == 0)
            return i + 1;
    return 0;
}

const char *libnc_ood_score_formula(int32_t score)
{
    return score >= 1 && score <= NC__OOD_SCORES ? SCORES[score - 1].formula : NULL;
}
