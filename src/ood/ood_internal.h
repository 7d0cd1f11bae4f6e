/* SPDX-License-Identifier: MIT
 *
 * ood_internal.h: what training features say about others, as the files of this module see it.
 */
#ifndef NC__OOD_INTERNAL_H
#define NC__OOD_INTERNAL_H

#include "linalg/linalg.h"
#include "ood/ood_score_table.h"

/* Eigenvalues of a scatter (d, ascending) and its eigenvectors as rows (d x d), in one block that
 * begins with the vectors; found when a score first needs them. Those of Sigma_W that count are
 * divided by the roots of its eigenvalues, and come with the centred class means along them
 * (present x rank). */
typedef struct nc__axes {
    double *vectors, *values, *means;
} nc__axes;

struct libnc_ood {
    libnc_context *context;
    struct libnc_options options;
    nc__arena arena;
    int64_t classes, present, width; /* K, those that have samples, d */
    double samples;                  /* N */
    double spacing;                  /* relative rounding of the scatter */
    double *counts;                  /* present: n_k */
    double *means, *centred;         /* present x d: h_k, h_k - h_G */
    double *mean;                    /* d: h_G */
    double *scatter;                 /* d x d: S_W, or NULL */
    double *classifier, *bias;       /* K x d, or NULL; K */
    nc__axes axes[NC__OOD_AXES];
    double *deviation; /* d: standard deviations, 1 in place of 0; of the standardised axes */
    double *shift;     /* d: W^+ b; of the shifted axes */
    int64_t rank;      /* of Sigma_W, once its axes are known */
};

#endif
