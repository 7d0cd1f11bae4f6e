/* SPDX-License-Identifier: MIT
 *
 * update_rules.h: the optimizer steps of include/libnc/optimizer.h once more, one value at a time
 * and in long double: what the fused updates must equal.
 */
#ifndef UPDATE_RULES_H
#define UPDATE_RULES_H

#include "linalg/update.h"

#include <math.h>

/* One step of x with loss gradient g; m and v are the state. */
static inline void naive_update(const nc__update *rule, long double g, long double *x,
                                long double *m, long double *v)
{
    const long double rate = rule->rate, decay = rule->decay, mu = rule->momentum;
    const long double whole = g + decay * *x;
    switch (rule->kind) {
    case NC__UPDATE_DESCENT: *x -= rate * whole; return;
    case NC__UPDATE_MOMENTUM:
        *m = mu * *m + whole;
        *x -= rate * *m;
        return;
    case NC__UPDATE_NESTEROV:
        *m = mu * *m + whole;
        *x -= rate * (whole + mu * *m);
        return;
    default: break;
    }
    if (rule->kind == NC__UPDATE_ADAM)
        g = whole;
    else
        *x -= rate * decay * *x;
    const long double b1 = rule->beta1, b2 = rule->beta2;
    *m = b1 * *m + (1 - b1) * g;
    *v = b2 * *v + (1 - b2) * g * g;
    *x -= rate * (rule->c1 * *m) / (sqrtl(rule->c2 * *v) + rule->epsilon);
}

/* The rule of step t = 1, 2, ... with the bias corrections of Kingma and Ba. */
static inline nc__update rule_of(int32_t kind, double rate, double decay, int t)
{
    nc__update rule = {.kind = kind,
                       .rate = rate,
                       .decay = decay,
                       .momentum = 0.9,
                       .beta1 = 0.9,
                       .beta2 = 0.999,
                       .epsilon = 1e-8};
    rule.c1 = 1 / (1 - pow(rule.beta1, t));
    rule.c2 = 1 / (1 - pow(rule.beta2, t));
    return rule;
}

#endif
