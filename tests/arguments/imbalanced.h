/* SPDX-License-Identifier: MIT
 *
 * imbalanced.h: a problem with a majority, for thresholds and remedies.
 */
#ifndef IMBALANCED_H
#define IMBALANCED_H

#include "support/refusals.h"

/* Cross-entropy with one layer, counts 7, 2, 2; not solved. */
static inline libnc_geometry *imbalanced(int64_t form)
{
    libnc_classes *classes;
    libnc_geometry *geometry;
    must(libnc_classes_from_counts(&classes, w->context, (int64_t[]){7, 2, 2}, K));
    must(libnc_geometry_create(&geometry, classes, 1));
    libnc_classes_destroy(classes);
    must(libnc_options_set_int64(libnc_geometry_options(geometry), LIBNC_GEOMETRY_OPTION_LOSS,
                                 LIBNC_LOSS_CROSS_ENTROPY));
    must(libnc_options_set_int64(libnc_geometry_options(geometry), LIBNC_GEOMETRY_OPTION_FORM,
                                 form));
    return geometry;
}

/* 0 is a class, but alone in its group. */
static const int64_t not_merging[] = {0, -2, K, INT64_MIN, INT64_MAX};
static const double not_positive_double[] = {0, -1, NAN, INFINITY, -INFINITY};

#endif
