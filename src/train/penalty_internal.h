/* SPDX-License-Identifier: MIT
 *
 * penalty_internal.h: the decays or energies of one model, as the trainer reads them.
 */
#ifndef NC__PENALTY_INTERNAL_H
#define NC__PENALTY_INTERNAL_H

#include "base/base.h"

#include <libnc/penalty.h>

struct libnc_penalty {
    libnc_context *context;
    nc__arena arena;
    int32_t count; /* parameters of the model */
    int32_t depth; /* M */
    char **names;  /* copied */
    int64_t *rows, *cols;
    double *decay;    /* per parameter */
    int32_t *heads;   /* parameter index of W_1 .. W_M */
    int32_t features; /* parameter index of free features; -1 for a backbone */
    double classifier_energy, feature_energy; /* E_W and E_H; 0 without */
    int64_t revision;                         /* grows with every change */
    double feature_decay; /* backbone only; for free features it is decay[features] and this is 0 */
};

bool nc__penalty_has_energies(const libnc_penalty *penalty);
/* The one feature decay of either kind of model. */
double nc__penalty_feature_decay(const libnc_penalty *penalty);

#endif
