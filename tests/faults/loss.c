/* SPDX-License-Identifier: MIT
 *
 * loss.c: the allocations of the functions of libnc/loss.h.
 */
#include "faults/tables.h"

static const double class_weights[WORLD_CLASSES] = {1, 2, 0.5};

static libnc_status call_loss_create(world *w)
{
    return libnc_loss_create(&made.loss, w->context, LIBNC_LOSS_FOCAL);
}

static libnc_status call_weights(world *w)
{
    return libnc_loss_set_class_weights(w->loss, class_weights, WORLD_CLASSES);
}

static void prepare_other_weights(world *w)
{
    const double other[2] = {3, 4};
    must(libnc_loss_set_class_weights(w->loss, other, 2));
}

static const double logits[6] = {0.5, -1, 2, 0, 1, 0.25};

static const int32_t two_labels[2] = {2, 0};

/* The weights that a loss has show in its values. */
static void follow_weights(world *w, record *r)
{
    double value = 0, gradient[6] = {0};
    record_double(r, libnc_loss_evaluate(w->loss, logits, two_labels, 2, 3, &value, gradient));
    record_double(r, value);
    record_bytes(r, gradient, sizeof gradient);
}

static libnc_status call_loss_value(world *w)
{
    return libnc_loss_evaluate(w->loss, logits, two_labels, 2, 3, made.values, NULL);
}

static const fault_case cases[] = {
    {"libnc_loss_create", .call = call_loss_create},
    {"libnc_loss_set_class_weights", "first", .call = call_weights, .follow = follow_weights},
    {"libnc_loss_set_class_weights", "other", .call = call_weights,
     .prepare = prepare_other_weights, .follow = follow_weights, .loss = LIBNC_LOSS_CROSS_ENTROPY},
    {"libnc_loss_evaluate", "value alone", .call = call_loss_value, .loss = LIBNC_LOSS_FOCAL},
};

static void steady(world *w)
{
    double values[WORLD_CLASSES];
    GETTER(libnc_loss_options(w->loss));
    GETTER(libnc_loss_kind(w->loss));
    STEADY(libnc_loss_class_weights(w->loss, values, WORLD_CLASSES));
}

const fault_table loss_faults = {"loss", .cases = cases, .count = FAULT_CASES(cases),
                                 .steady = steady};
