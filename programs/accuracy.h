/* SPDX-License-Identifier: MIT
 *
 * accuracy.h: how many images a network predicts right, by class and in two groups: the minority is
 * the last k classes, as in Fang et al. (2021).
 */
#ifndef PROGRAMS_ACCURACY_H
#define PROGRAMS_ACCURACY_H

#include "program.h"

typedef struct accuracies {
    double all, majority, minority; /* NaN for no image */
    double *by_class;               /* allocated; NULL: not measured */
    int64_t class_count;
} accuracies;

/* Of a network of `depth` linear layers; replaces what there was. */
void measure_accuracies(const program *self, libnc_model *model, libnc_dataset *images,
                        int64_t minority, accuracies *a);

/* Mean cosine of the last k of K rows with these inner products; NaN where one has no length, or
 * where there is no pair. */
double minority_cosine(const double *gram, int64_t class_count, int64_t minority);

#endif
