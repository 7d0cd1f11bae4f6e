/* SPDX-License-Identifier: MIT
 *
 * plan.h: how a training run takes its steps: fused or dense, reduced or not, in which batches.
 */
#ifndef NC__PLAN_H
#define NC__PLAN_H

#include "train/trainer_internal.h"

/* Labels of the N samples; NULL where they come from outside. */
const int32_t *nc__trainer_labels(const libnc_trainer *trainer);
/* The feature decay counts visits. */
bool nc__trainer_decays_visits(const libnc_trainer *trainer);
/* Checks that the settings, which may have changed, go together, and makes the plan that fits them,
 * or keeps the one there is; with the dense gradient's workspace where it `evaluates`. On failure
 * the old plan stays. */
libnc_status nc__trainer_plan(libnc_trainer *trainer, bool evaluates);
/* After changes from outside: L-BFGS forgets what is no longer true, and parameters are brought
 * into their energies. */
void nc__trainer_refresh(libnc_trainer *trainer);
/* Frees the plan; the model's features are brought up to date. */
void nc__trainer_drop_plan(libnc_trainer *trainer);
/* Whether a reduction of so many columns beside the classes' could be this trainer's; 0: none. */
bool nc__trainer_can_reduce(const libnc_trainer *trainer, int64_t extra);
/* A plan for the present settings, of zeros for a checkpoint to fill, in a trainer without one. */
libnc_status nc__trainer_plan_blank(libnc_trainer *trainer, int64_t extra);
/* nc__model_sync_fn of the trainer's model. */
void nc__trainer_sync(void *trainer);

#endif
