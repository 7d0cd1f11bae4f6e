/* SPDX-License-Identifier: MIT
 *
 * dataset_internal.h: class distributions and datasets as the rooms above see them.
 *
 * Neither changes after it was created.
 */
#ifndef NC__DATASET_INTERNAL_H
#define NC__DATASET_INTERNAL_H

#include "base/base.h"
#include "linalg/linalg.h"

#include <libnc/classes.h>
#include <libnc/dataset.h>

struct libnc_classes {
    libnc_context *context;
    int64_t count;    /* K */
    int64_t samples;  /* N */
    int64_t counts[]; /* n_k */
};

struct libnc_dataset {
    libnc_context *context;
    int32_t scalar;         /* libnc_scalar */
    int64_t count, width;   /* N and p, both within BLAS's int */
    void *inputs;           /* N x p */
    int32_t *labels;        /* N */
    libnc_classes *classes; /* of the labels */
};

/* From a label array, as libnc_classes_from_labels(): a label that is wrong gives the status `code`
 * and a text that begins with `what`. */
libnc_status nc__classes_from_labels(libnc_classes **classes, libnc_context *context,
                                     const char *what, libnc_status code, const int32_t *labels,
                                     int64_t count);

/* Checks a scalar type argument. */
libnc_status nc__check_scalar(libnc_context *context, int32_t scalar);

/* An empty dataset of this shape, inputs and labels to be filled in; NULL with the error text set.
 * libnc_dataset_destroy() accepts it at any time. */
libnc_dataset *nc__dataset_alloc(libnc_context *context, int32_t scalar, int64_t count,
                                 int64_t width);

/* libnc_dataset_order() for any number of samples. */
void nc__sample_order(uint64_t seed, uint64_t epoch, int64_t *order, size_t count);

/* The sum of n_k repeats[k] over the labels' classes; -1, with the error text set, if a repeat is
 * below 1 or the sum above 2^53. */
int64_t nc__repeated_count(libnc_context *context, const int32_t *labels, int64_t samples,
                           const int64_t *repeats, int64_t classes);
/* libnc_dataset_order_repeated() for any labels; count is nc__repeated_count(). */
void nc__sample_order_repeated(uint64_t seed, uint64_t epoch, const int32_t *labels,
                               const int64_t *repeats, int64_t *order, size_t count);

/* The first of `count` values that is not finite, or -1. */
int64_t nc__first_not_finite(const void *values, int32_t scalar, int64_t count);

#endif
