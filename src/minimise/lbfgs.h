/* SPDX-License-Identifier: MIT
 *
 * lbfgs.h: limited-memory BFGS on a list of tensors that are updated in place.
 *
 * One evaluation per accepted step in the usual case: value and gradient at the current point are
 * kept from one step to the next.
 */
#ifndef NC__LBFGS_H
#define NC__LBFGS_H

#include "base/state_stream.h"
#include "linalg/linalg.h"

typedef struct nc__lbfgs nc__lbfgs;

/* Evaluates at what the variables hold now: the value, and the gradient into the gradient tensors.
 * A value that overflows is no failure: say so by a value that is not finite. */
typedef libnc_status (*nc__objective_fn)(void *user, double *value);

/* The tensors (not the arrays that list them) must live as long. history >= 1 pairs are kept. */
libnc_status nc__lbfgs_create(nc__lbfgs **lbfgs, libnc_context *context,
                              const nc__tensor *variables, const nc__tensor *gradients,
                              int32_t count, int32_t history);
void nc__lbfgs_destroy(nc__lbfgs *lbfgs);

enum { NC__LBFGS_STUCK = 1 };

/* One step. LIBNC_OK; NC__LBFGS_STUCK if no progress is possible at this precision;
 * LIBNC_ERROR_NOT_FINITE if the objective is not finite at the start; or what the objective
 * returned. Unless it is LIBNC_OK the variables are at the last accepted point, and with
 * NC__LBFGS_STUCK value and norm are those of that point. */
libnc_status nc__lbfgs_step(nc__lbfgs *lbfgs, nc__objective_fn objective, void *user, double *value,
                            double *gradient_norm);

/* The variables or the objective changed: forget value and gradient, keep the pairs. */
void nc__lbfgs_invalidate(nc__lbfgs *lbfgs);
/* Forget everything. */
void nc__lbfgs_reset(nc__lbfgs *lbfgs);

/* What the next steps depend on besides variables and objective. */
libnc_status nc__lbfgs_pass(nc__state_stream *s, nc__lbfgs *lbfgs);

#endif
