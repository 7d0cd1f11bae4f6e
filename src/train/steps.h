/* SPDX-License-Identifier: MIT
 *
 * steps.h: one step of a plan.
 */
#ifndef NC__STEPS_H
#define NC__STEPS_H

#include "train/trainer_internal.h"

/* One step of the plan. */
libnc_status nc__trainer_take_step(libnc_trainer *trainer);

#endif
