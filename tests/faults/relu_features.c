/* SPDX-License-Identifier: MIT
 *
 * relu_features.c: the allocations of the functions of libnc/relu_features.h.
 */
#include "faults/tables.h"

enum { SQUARE = WORLD_CLASSES * WORLD_CLASSES };

static libnc_status call_relu_features(world *w)
{
    return libnc_relu_features_create(&made.features, w->classes, 1e-3, 1e-3, 0);
}

static void follow_relu_features(world *w, record *r)
{
    double values[SQUARE];
    (void)w;
    must(libnc_relu_features_classifier_gram(made.features, values, SQUARE));
    record_bytes(r, values, sizeof values);
}

static const fault_case cases[] = {
    {"libnc_relu_features_create", .call = call_relu_features, .follow = follow_relu_features},
};

static libnc_relu_features *features;

static void before_steady(world *w)
{
    must(libnc_relu_features_create(&features, w->classes, 1e-3, 1e-3, 0));
}

static void after_steady(world *w)
{
    (void)w;
    libnc_relu_features_destroy(features);
}

static void steady(world *w)
{
    double values[SQUARE];
    int32_t lost[WORLD_CLASSES];
    GETTER(libnc_relu_features_classes(features));
    STEADY(libnc_relu_features_loss(features, values));
    STEADY(libnc_relu_features_scales(features, values, WORLD_CLASSES));
    STEADY(libnc_relu_features_lengths(features, values, WORLD_CLASSES));
    STEADY(libnc_relu_features_lost_classes(features, lost, WORLD_CLASSES));
    STEADY(libnc_relu_features_classifier_gram(features, values, SQUARE));
    STEADY(libnc_relu_features_threshold(features, values));
}

const fault_table relu_features_faults = {"relu_features",
                                          .cases = cases,
                                          .count = FAULT_CASES(cases),
                                          .steady = steady,
                                          .before_steady = before_steady,
                                          .after_steady = after_steady};
