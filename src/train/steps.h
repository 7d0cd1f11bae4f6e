/* SPDX-License-Identifier: MIT
 *
 * steps.h: one step of a plan.
 */
#ifndef NC__STEPS_H
#define NC__STEPS_H

#include "train/trainer_internal.h"

/* One step of the plan; *reason is LIBNC_STOP_PRECISION if there was none to take. */
libnc_status nc__trainer_take_step(libnc_trainer *trainer, int32_t *reason);

/* Gradient and first-order step on a batch; sets loss and feature penalty at the parameters before
 * it. LIBNC_ERROR_NOT_FINITE if they are not finite. */
libnc_status nc__trainer_dense_step(libnc_trainer *trainer, const nc__batch *batch, double *loss,
                                    double *feature_penalty);

/* Orders the entries of the plan's epoch by its seed. */
void nc__trainer_order_epoch(libnc_trainer *trainer);

#endif
