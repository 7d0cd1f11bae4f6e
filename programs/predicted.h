/* SPDX-License-Identifier: MIT
 *
 * predicted.h: what libnc-predict says of a solved problem, as text and as JSON.
 */
#ifndef PROGRAMS_PREDICTED_H
#define PROGRAMS_PREDICTED_H

#include "falls.h"
#include "remedies.h"

/* The prediction's numbers, one allocation each. */
typedef struct prediction {
    double loss, gap, multiplier;
    double etf_loss; /* of the simplex ETF beside a search; NaN without one */
    int32_t status, unique;
    int64_t rank, group_count, starts, hits;
    const char *shape; /* of the class means; NULL for many classes */
    int32_t *groups;   /* of each class */
    double *merge;     /* sqrt(lw lh), or sqrt(E_W E_H), at which a group's classes merge, or NaN */
    double total;      /* sqrt(lw lh) at which everything vanishes, or NaN */
    falls fall;        /* empty but with --thresholds */
    remedy remedy;     /* none but with --remedy */
    double *singular_values, *bias, *class_logits, *classifier, *features;
    double *margin, *probability;
    int32_t *lost, *predicted;
    double *logits, *classifier_gram, *feature_gram; /* NULL for many classes */
} prediction;

prediction prediction_fetch(const program *self, const problem *task,
                            const libnc_geometry *geometry);

void prediction_release(prediction *p);

void prediction_json(const program *self, const problem *task, const prediction *p);

void prediction_print(const problem *task, const prediction *p);

#endif
