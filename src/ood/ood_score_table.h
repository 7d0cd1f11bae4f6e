/* SPDX-License-Identifier: MIT
 *
 * ood_score_table.h: what each out-of-distribution score is made of.
 */
#ifndef NC__OOD_SCORE_TABLE_H
#define NC__OOD_SCORE_TABLE_H

#include <libnc/ood.h>

#include <stdbool.h>

/* Eigenvectors that scores project on, by the matrix that they belong to. */
enum nc__ood_axes {
    NC__OOD_AXES_CENTRED,      /* Sigma_T */
    NC__OOD_AXES_STANDARDISED, /* the correlations of Sigma_T */
    NC__OOD_AXES_UNCENTRED,    /* second moments of h */
    NC__OOD_AXES_SHIFTED,      /* second moments of h + W^+ b */
    NC__OOD_AXES_WITHIN,       /* Sigma_W */
    NC__OOD_AXES,              /* how many there are; none of them */
};

typedef struct nc__ood_score {
    const char *name, *formula;
    bool needs_logits;
    int32_t axes; /* nc__ood_axes */
} nc__ood_score;

enum { NC__OOD_SCORES = LIBNC_OOD_SCORE_VIM_RESIDUAL };

/* Score 1 .. NC__OOD_SCORES. */
const nc__ood_score *nc__ood_score_of(int32_t score);

#endif
