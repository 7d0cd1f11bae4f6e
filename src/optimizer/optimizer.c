/* SPDX-License-Identifier: MIT
 *
 * optimizer.c: the optimizer handle: kind, settings, schedules and the numbers of one step. The
 * formulas stand in include/libnc/optimizer.h and linalg/update.h.
 */
#include "optimizer/optimizer_internal.h"

#include <assert.h>
#include <float.h>
#include <math.h>

#define LARGEST_BELOW_ONE (1 - DBL_EPSILON / 2)
#define PI                3.14159265358979323846

enum { OPTION_COUNT = 10, LONGEST_HISTORY = 1000 };

static const double ADAM_RATE = 0.001; /* Kingma and Ba 2015, algorithm 1 */

static const char *const schedule_names[] = {"constant", "step", "cosine"};

static const nc__option_spec specs[OPTION_COUNT] = {
    {LIBNC_OPTIMIZER_OPTION_LEARNING_RATE, LIBNC_OPTION_DOUBLE, "learning_rate", DBL_MIN, 1e300,
     0.1, NULL, "learning rate"},
    {LIBNC_OPTIMIZER_OPTION_MOMENTUM, LIBNC_OPTION_DOUBLE, "momentum", 0, LARGEST_BELOW_ONE, 0.9,
     NULL, "momentum factor"},
    {LIBNC_OPTIMIZER_OPTION_BETA1, LIBNC_OPTION_DOUBLE, "beta1", 0, LARGEST_BELOW_ONE, 0.9, NULL,
     "memory of Adam's first moment"},
    {LIBNC_OPTIMIZER_OPTION_BETA2, LIBNC_OPTION_DOUBLE, "beta2", 0, LARGEST_BELOW_ONE, 0.999, NULL,
     "memory of Adam's second moment"},
    {LIBNC_OPTIMIZER_OPTION_EPSILON, LIBNC_OPTION_DOUBLE, "epsilon", DBL_MIN, 1e300, 1e-8, NULL,
     "smallest divisor of Adam"},
    {LIBNC_OPTIMIZER_OPTION_HISTORY, LIBNC_OPTION_INT64, "history", 1, LONGEST_HISTORY, 20, NULL,
     "pairs that L-BFGS keeps"},
    {LIBNC_OPTIMIZER_OPTION_SCHEDULE, LIBNC_OPTION_CHOICE, "schedule", LIBNC_SCHEDULE_CONSTANT,
     LIBNC_SCHEDULE_COSINE, LIBNC_SCHEDULE_CONSTANT, schedule_names,
     "how the learning rate changes"},
    {LIBNC_OPTIMIZER_OPTION_PERIOD, LIBNC_OPTION_INT64, "period", 1, (double)NC__LARGEST_EXACT,
     10000, NULL, "period of the schedule in steps"},
    {LIBNC_OPTIMIZER_OPTION_FACTOR, LIBNC_OPTION_DOUBLE, "factor", 0, 1, 0.1, NULL,
     "factor of the schedule"},
    {LIBNC_OPTIMIZER_OPTION_WARM_UP, LIBNC_OPTION_INT64, "warm_up", 0, (double)NC__LARGEST_EXACT, 0,
     NULL, "steps over which the learning rate rises"},
};
NC__OPTIONS_FIT(specs);

static bool is_adam(int32_t kind)
{
    return kind == LIBNC_OPTIMIZER_ADAM || kind == LIBNC_OPTIMIZER_ADAMW;
}

libnc_status libnc_optimizer_create(libnc_optimizer **optimizer, libnc_context *context,
                                    int32_t kind)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (!optimizer)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "optimizer = NULL: must be given");
    if (kind < LIBNC_OPTIMIZER_GRADIENT_DESCENT || kind > LIBNC_OPTIMIZER_LBFGS)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "kind = %d: must be from %d to %d", kind,
                        LIBNC_OPTIMIZER_GRADIENT_DESCENT, LIBNC_OPTIMIZER_LBFGS);
    libnc_optimizer *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = context;
    created->kind = kind;
    nc__options_init(&created->options, context, specs, OPTION_COUNT);
    if (is_adam(kind))
        nc__option_preset(&created->options, LIBNC_OPTIMIZER_OPTION_LEARNING_RATE, ADAM_RATE);
    *optimizer = created;
    return LIBNC_OK;
}

void libnc_optimizer_destroy(libnc_optimizer *optimizer)
{
    if (optimizer)
        nc__free(optimizer->context, optimizer);
}

libnc_options *libnc_optimizer_options(libnc_optimizer *optimizer)
{
    return optimizer ? &optimizer->options : NULL;
}

int32_t libnc_optimizer_kind(const libnc_optimizer *optimizer)
{
    return optimizer ? optimizer->kind : 0;
}

/* The learning rate that the schedule has after `step` steps. */
static double scheduled_rate(const libnc_optimizer *optimizer, int64_t step)
{
    const libnc_options *options = &optimizer->options;
    const double rate = nc__option(options, LIBNC_OPTIMIZER_OPTION_LEARNING_RATE);
    const double factor = nc__option(options, LIBNC_OPTIMIZER_OPTION_FACTOR);
    const int64_t period = nc__option_int(options, LIBNC_OPTIMIZER_OPTION_PERIOD);
    switch (nc__option_int(options, LIBNC_OPTIMIZER_OPTION_SCHEDULE)) {
    case LIBNC_SCHEDULE_STEP: return rate * pow(factor, (double)(step / period));
    case LIBNC_SCHEDULE_COSINE:
        if (step >= period)
            return rate * factor;
        return rate * (factor + (1 - factor) * (1 + cos(PI * (double)step / (double)period)) / 2);
    default: return rate;
    }
}

static double optimizer_rate(const libnc_optimizer *optimizer, int64_t step)
{
    const int64_t rise = nc__option_int(&optimizer->options, LIBNC_OPTIMIZER_OPTION_WARM_UP);
    const double rate = scheduled_rate(optimizer, step);
    return step < rise ? rate * (double)(step + 1) / (double)rise : rate;
}

libnc_status libnc_optimizer_rate(const libnc_optimizer *optimizer, int64_t step, double *rate)
{
    if (!optimizer)
        return LIBNC_ERROR_ARGUMENT;
    if (step < 0)
        return nc__fail(optimizer->context, LIBNC_ERROR_ARGUMENT, "step = %lld: must be >= 0",
                        (long long)step);
    if (!rate)
        return nc__fail(optimizer->context, LIBNC_ERROR_ARGUMENT, "rate = NULL: must be given");
    *rate = optimizer_rate(optimizer, step);
    return LIBNC_OK;
}

static int32_t update_kind(int32_t kind)
{
    switch (kind) {
    case LIBNC_OPTIMIZER_MOMENTUM: return NC__UPDATE_MOMENTUM;
    case LIBNC_OPTIMIZER_NESTEROV: return NC__UPDATE_NESTEROV;
    case LIBNC_OPTIMIZER_ADAM: return NC__UPDATE_ADAM;
    case LIBNC_OPTIMIZER_ADAMW: return NC__UPDATE_ADAMW;
    default: return NC__UPDATE_DESCENT;
    }
}

/* 1/(1 - beta^t); beta^t is close to 1 for the first steps, so it is not subtracted. */
static double bias_correction(double beta, double t)
{
    return -1 / expm1(t * log(beta));
}

void nc__optimizer_rule(const libnc_optimizer *optimizer, int64_t step, double decay,
                        nc__update *rule)
{
    assert(optimizer->kind != LIBNC_OPTIMIZER_LBFGS);
    const libnc_options *options = &optimizer->options;
    *rule = (nc__update){
        .kind = update_kind(optimizer->kind),
        .rate = optimizer_rate(optimizer, step),
        .decay = decay,
        .momentum = nc__option(options, LIBNC_OPTIMIZER_OPTION_MOMENTUM),
        .beta1 = nc__option(options, LIBNC_OPTIMIZER_OPTION_BETA1),
        .beta2 = nc__option(options, LIBNC_OPTIMIZER_OPTION_BETA2),
        .epsilon = nc__option(options, LIBNC_OPTIMIZER_OPTION_EPSILON),
    };
    rule->c1 = bias_correction(rule->beta1, (double)step + 1);
    rule->c2 = bias_correction(rule->beta2, (double)step + 1);
}
