/* SPDX-License-Identifier: MIT
 *
 * label_set.h: the labels that occur, in ascending order: what labels with gaps are numbered by.
 */
#ifndef PROGRAMS_LABEL_SET_H
#define PROGRAMS_LABEL_SET_H

#include "program.h"

typedef struct label_set {
    int64_t *values; /* ascending, each once */
    int64_t count;
} label_set;

/* The place of a label in the set; -1 if it is not there. */
int64_t label_set_find(const label_set *set, int64_t label);

/* O(log K) for a label that is known; memory for K labels and `count` more. */
void label_set_add(const program *self, label_set *set, const int64_t *labels, int64_t count);

#endif
