/* SPDX-License-Identifier: MIT
 *
 * optimizer_internal.h: an optimizer as the trainer uses it: the numbers of one step.
 */
#ifndef NC__OPTIMIZER_INTERNAL_H
#define NC__OPTIMIZER_INTERNAL_H

#include "base/base.h"
#include "linalg/update.h"

#include <libnc/optimizer.h>

struct libnc_optimizer {
    libnc_context *context;
    int32_t kind;
    libnc_options options;
};

/* The update of a parameter with decay `decay` after `step` steps. Not for L-BFGS. */
void nc__optimizer_rule(const libnc_optimizer *optimizer, int64_t step, double decay,
                        nc__update *rule);

#endif
