/* SPDX-License-Identifier: MIT
 *
 * studies.h: the three studies of libnc-minority-collapse, solved: curves over the imbalance
 * ratio, the diagram over decay and ratio, and oversampling.
 */
#ifndef PROGRAMS_STUDIES_H
#define PROGRAMS_STUDIES_H

#include "program.h"

typedef struct study {
    int64_t class_count; /* K */
    int64_t *majorities; /* K_A of each curve */
    bool curves_chosen;  /* by --majority */
    int64_t curve_count;
    double energies[2]; /* E_W, E_H */
    double largest_ratio;
    int64_t points;
    int64_t samples;  /* n_A of the diagram */
    double decays[2]; /* its range of sqrt(lw lh) */
    double ratio;     /* R of the oversampling */
} study;

/* What is known of one solved problem; NaN where a cosine is undefined. */
enum {
    LOSS,
    GAP,
    COS_MINORITY,
    COS_MAJORITY,
    COS_BETWEEN,
    NORM_MAJORITY,
    NORM_MINORITY,
    PREDICTIONS,
    FACTS
};

extern const char *const fact_names[FACTS];

/* The layer-peeled model for any real ratio: one sample of each class, weighted, and the loss
 * divided by the sum of the weights, as if samples were repeated. */
libnc_geometry *peeled(const program *self, const study *s, int64_t majority,
                       double majority_weight, double minority_weight);

typedef struct curves {
    int64_t points; /* those of the study, and every R_0 and R_1 between its ends */
    double *ratios; /* points */
    double *facts;  /* curve_count x points x FACTS */
    double *merge;  /* R_0 of each curve, NaN for a minority of one class */
    double *vanish; /* R_1, infinite for never */
} curves;

double *curve_facts(const curves *c, int64_t curve, int64_t point);

curves solve_curves(const program *self, const study *s);

void release_curves(curves *c);

/* The middle one of the numbers of majority classes serves the other studies. */
int64_t middle_majority(const study *s);

typedef struct diagram {
    double *decays, *ratios; /* points each */
    double *facts;           /* points (decays) x points (ratios) x FACTS */
    double *merge_ratio;     /* the ratio beyond which the minority merges, by decay */
    double *merge_decay;     /* decays beyond which it merges and vanishes, by ratio */
    double *vanish_decay;
} diagram;

diagram solve_diagram(const program *self, const study *s);

void release_diagram(diagram *d);

typedef struct oversampling {
    int64_t points;  /* those of the study, and the weight that is needed */
    double *weights; /* points */
    double *facts;   /* points x FACTS */
    double needed;   /* weight from which on the minority is apart; NaN for a minority of one */
    int64_t repeats; /* smallest whole weight that is strictly out */
} oversampling;

oversampling solve_oversampling(const program *self, const study *s);

void release_oversampling(oversampling *o);

#endif
