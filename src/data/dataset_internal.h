/* SPDX-License-Identifier: MIT
 *
 * dataset_internal.h: class distributions and datasets as the modules above see them.
 *
 * Neither changes after it was created, but for the shape of a dataset's images.
 */
#ifndef NC__DATASET_INTERNAL_H
#define NC__DATASET_INTERNAL_H

#include "data/classes_internal.h"
#include "linalg/linalg.h"

#include <libnc/classes.h>
#include <libnc/dataset.h>

struct libnc_dataset {
    libnc_context *context;
    int32_t scalar;         /* libnc_scalar */
    int64_t count, width;   /* N and p, both within BLAS's int */
    int64_t shape[3];       /* channels, height and width of an image: their product is p */
    void *inputs;           /* N x p */
    int32_t *labels;        /* N */
    libnc_classes *classes; /* of the labels */
};

/* Checks a scalar type argument. */
libnc_status nc__check_scalar(libnc_context *context, int32_t scalar);

/* libnc_dataset_order() for any number of samples. */
void nc__sample_order(uint64_t seed, uint64_t epoch, int64_t *order, size_t count);

/* sum_k counts[k] repeats[k]; -1, with the error text set, if a repeat is below 1 or the sum above
 * 2^53. */
int64_t nc__repeated_count(libnc_context *context, const int64_t *counts, const int64_t *repeats,
                           int64_t classes);
/* libnc_dataset_order_repeated() for any labels; count is nc__repeated_count(). */
void nc__sample_order_repeated(uint64_t seed, uint64_t epoch, const int32_t *labels,
                               const int64_t *repeats, int64_t *order, size_t count);

#endif
