/* SPDX-License-Identifier: MIT
 *
 * relu_features.c: the allocations of the functions of libnc/relu_features.h.
 */
#include "faults/tables.h"

static void steady(world *w)
{
    double values[WORLD_CLASSES * WORLD_CLASSES];
    STEADY(libnc_relu_features_solve(w->classes, 1e-3, 1e-3, 0, values, NULL, NULL, NULL,
                                     WORLD_CLASSES));
    STEADY(libnc_relu_features_classifier_gram(w->classes, 1e-3, 1e-3, values,
                                               WORLD_CLASSES * WORLD_CLASSES));
    STEADY(libnc_relu_features_threshold(w->classes, 1e-3, 1e-3, values));
}

const fault_table relu_features_faults = {"relu_features", .steady = steady};
