/* SPDX-License-Identifier: MIT
 *
 * figures.h: the tables and figures of a predicted geometry, a measured one, or both.
 */
#ifndef PROGRAMS_FIGURES_H
#define PROGRAMS_FIGURES_H

#include "network_figures.h"
#include "problem.h"

#include <stdio.h>

/* Which figures a run has, and what the script must know about them. */
typedef struct figure_set {
    const char *title;
    int64_t class_count;
    const training_run *run;   /* history.tsv, and what a network has beside it; or NULL */
    bool predicted;            /* predicted Gram matrices, and columns of classes.tsv */
    bool measured;             /* measured ones */
    bool curve;                /* curve.tsv */
    bool centred;              /* the features' Gram matrix is that of centred means */
    bool no_rows;              /* no Gram matrix of a classifier */
    int64_t smallest, largest; /* class counts */
} figure_set;

/* Heat maps of more classes than this are not readable; points on a theory curve. */
enum { MAX_GRAM_CLASSES = 200, CURVE_POINTS = 240 };

/* The axis of figures over class counts, and the size of a class's mark there. */
void script_counts(FILE *file, int64_t smallest, int64_t largest);
double script_mark_size(int64_t class_count);

void script_grams(FILE *file, const figure_set *set);

/* Everything of --out but history.tsv and layers.tsv; run: NULL without these. */
void write_files(const program *self, const problem *task, const libnc_geometry *geometry,
                 const libnc_report *report, const training_run *run);

#endif
