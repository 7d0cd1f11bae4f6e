/* SPDX-License-Identifier: MIT
 *
 * adversaries.h: samples that are hard to measure: tiny spreads, means far apart and close
 * together, empty classes and classes of one sample, more classes than features, strong imbalance.
 */
#ifndef ADVERSARIES_H
#define ADVERSARIES_H

#include "support/collapse_fixture.h"

enum { MOST_CLASSES = 12 };

/* Means = size (2 + separation u_k), u_k uniform on (-1, 1)^d; noise = size x spread. */
typedef struct adversary {
    const char *name;
    int64_t classes, width, counts[MOST_CLASSES];
    double size, separation, spread;
} adversary;

static const adversary adversaries[] = {
    {"spread 1e-3", 5, 9, {300, 1, 0, 213, 60}, 1, 1, 1e-3},
    {"spread 1e-6", 5, 9, {300, 1, 0, 213, 60}, 1, 1, 1e-6},
    {"spread 1e-9", 5, 9, {300, 1, 0, 213, 60}, 1, 1, 1e-9},
    {"means 1e6 apart", 4, 7, {90, 40, 2, 30}, 1e6, 1, 1e-6},
    {"means 1e-6 apart, at 1e-6", 4, 7, {90, 40, 2, 30}, 1e-6, 1, 1e-6},
    {"means 1e-6 apart, at 1", 4, 7, {90, 40, 2, 30}, 1, 1e-6, 1e-6},
    {"means 1e-6 apart, spread 1e-9", 4, 7, {90, 40, 2, 30}, 1, 1e-6, 1e-9},
    {"more classes than features", 12, 4, {9, 8, 7, 6, 5, 4, 3, 2, 1, 10, 11, 12}, 1, 1, 1e-6},
    {"K - 1 = d", 6, 5, {10, 20, 5, 40, 3, 8}, 1, 1, 1e-6},
    {"imbalance 1 : 10000", 3, 4, {10000, 1, 10}, 1, 1, 1e-6},
    {"one sample each but one", 4, 6, {1, 1, 1, 50}, 1, 1, 1e-6},
    {"two classes", 2, 3, {100, 90}, 1, 1, 1e-6},
    {"much noise", 5, 9, {300, 1, 0, 213, 60}, 1, 1, 1},
};

enum { ADVERSARIES = sizeof adversaries / sizeof *adversaries };

static inline sample sample_of(const adversary *a)
{
    sample s = sample_create(a->classes, a->width, a->counts);
    double *centres = random_values(a->classes * a->width, 1, 3);
    for (int64_t i = 0; i < a->classes * a->width; i++)
        centres[i] = a->size * (2 + a->separation * centres[i]);
    fill_clusters(&s, centres, a->size * a->spread, 5);
    free(centres);
    return s;
}

#endif
