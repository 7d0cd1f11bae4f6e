/* SPDX-License-Identifier: MIT
 *
 * network_figures.h: figures of a network's training: metrics of every head layer over passes
 * through the data, and the accuracy of each class over its samples.
 */
#ifndef PROGRAMS_NETWORK_FIGURES_H
#define PROGRAMS_NETWORK_FIGURES_H

#include "accuracy.h"
#include "counts.h"

#include <stdio.h>

/* What figures know of a training. */
typedef struct training_run {
    int32_t depth;
    int64_t epoch_steps; /* 0: no figure over epochs */
    double predicted;    /* objective, or NaN */
    const class_counts *counts;
    const accuracies *trained, *tested; /* NULL: not a network's */
} training_run;

/* accuracy.tsv */
void write_accuracy(const program *self, const training_run *run);

/* The fragments of the script; nothing where the run has no such figure. */
void script_epochs(FILE *file, const training_run *run);
void script_accuracy(FILE *file, const training_run *run);

#endif
