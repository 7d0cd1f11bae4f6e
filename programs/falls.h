/* SPDX-License-Identifier: MIT
 *
 * falls.h: at which decay, energy, count or depth each class is no longer predicted
 * (doc/minority_collapse.md): --thresholds of libnc-predict, and unasked what costs nothing.
 */
#ifndef PROGRAMS_FALLS_H
#define PROGRAMS_FALLS_H

#include "problem.h"

typedef struct falls {
    int64_t size;     /* rows; 0: not fetched. Pointers are NULL where there is no such theory */
    int64_t *classes; /* of the rows */
    double *decay;    /* sqrt(lw lh), with more layers the geometric mean; infinite: never falls */
    double *width;    /* the decay is proven within this; infinite: numerical. Few classes only */
    double *energy;   /* sqrt(E_W E_H); with energies in place of the decay */
    double *count;    /* the samples that the class needs; infinite: never predicted. Few, or MSE */
    int32_t *depth;   /* MSE: the most layers with which it is */
} falls;

/* With --thresholds all that is known, or it stops; without, the decays where they have a closed
 * form: MSE without a bias. The geometry need not be solved. */
falls falls_fetch(const program *self, const problem *task, const libnc_geometry *geometry);

void falls_release(falls *f);

/* The keys fall_classes if some were asked for, fall_decay or fall_energy, fall_width, fall_count,
 * fall_depth. */
void falls_json(const problem *task, const falls *f, json_writer *json);

void falls_print(const problem *task, const falls *f);

/* thresholds.tsv */
void falls_write(const program *self, const problem *task, const falls *f);

#endif
