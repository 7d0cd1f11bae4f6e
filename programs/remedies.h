/* SPDX-License-Identifier: MIT
 *
 * remedies.h: the least change with which classes are predicted with a margin
 * (doc/minority_collapse.md, "Remedies"): --remedy of libnc-predict.
 */
#ifndef PROGRAMS_REMEDIES_H
#define PROGRAMS_REMEDIES_H

#include "problem.h"

enum { REMEDY_NONE = 0, REMEDY_DECAY, REMEDY_WEIGHTS, REMEDY_OVERSAMPLING };

typedef struct remedy {
    int kind;         /* none: the rest is not set */
    double margin;    /* in logits */
    double limit;     /* sqrt(lw lh) or sqrt(E_W E_H), a factor, or gamma */
    double cost;      /* change of the loss at the limit */
    int64_t *repeats; /* K; NULL: there are none */
    int64_t missed;   /* classes that are not predicted with these repeats */
} remedy;

/* What task->remedy asks for, of the classes asked for or, if none are, of all. With --class these
 * get one common factor, without it weights (n_max/n_k)^gamma. */
remedy remedy_find(const program *self, const problem *task, const libnc_classes *classes);

void remedy_release(remedy *r);

/* The key remedy, if there is one. */
void remedy_json(const problem *task, const remedy *r, json_writer *json);

void remedy_print(const problem *task, const remedy *r);

/* remedy.tsv: the repeats, where there are any. */
void remedy_write(const program *self, const problem *task, const remedy *r);

#endif
