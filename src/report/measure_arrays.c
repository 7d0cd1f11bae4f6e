/* SPDX-License-Identifier: MIT
 *
 * measure_arrays.c: measures features in one array: an accumulator that lives for one call, with
 * both its passes.
 */
#include "report/report_internal.h"

#include "data/labels.h"

static libnc_status find_classes(libnc_context *context, const nc__labels *labels, int64_t *classes)
{
    if (labels->count < 1)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "count = %lld: must be at least 1",
                        (long long)labels->count);
    libnc_status status = nc__labels_check(labels, context);
    if (status != LIBNC_OK || *classes != 0)
        return status;
    const int64_t largest = nc__labels_largest(labels);
    if (largest >= INT32_MAX)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "labels: one is %lld: must be below 2^31 - 1", (long long)largest);
    *classes = largest < 0 ? 1 : largest + 1; /* the first pass names the row of a negative one */
    return LIBNC_OK;
}

/* Both passes over the same rows. */
static libnc_status show_twice(libnc_accumulator *a, const nc__labels *labels, const void *features,
                               int32_t scalar, const void *classifier, const void *bias)
{
    const int64_t width = libnc_accumulator_width(a);
    libnc_status status = libnc_options_set_int64(
        libnc_accumulator_options(a), LIBNC_ACCUMULATOR_OPTION_SCATTER, LIBNC_SCATTER_PROJECTED);
    if (status == LIBNC_OK)
        status = libnc_accumulator_update(a, features, scalar, labels->count, width, labels->data,
                                          labels->type);
    if (status == LIBNC_OK)
        status = libnc_accumulator_begin_second_pass(a, classifier, bias, scalar);
    if (status == LIBNC_OK)
        status = libnc_accumulator_update(a, features, scalar, labels->count, width, labels->data,
                                          labels->type);
    return status;
}

libnc_status libnc_report_measure_arrays(libnc_report *report, const void *features,
                                         const void *labels, int32_t label_type, int64_t count,
                                         int64_t width, int64_t classes, int32_t scalar,
                                         const void *classifier, const void *bias)
{
    if (!report)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = nc__report_context(report);
    const nc__labels all = {.data = labels, .type = label_type, .count = count};
    libnc_accumulator *a = NULL;
    libnc_status status = find_classes(context, &all, &classes);
    if (status == LIBNC_OK)
        status = libnc_accumulator_create(&a, context, classes, width);
    if (status == LIBNC_OK)
        status = show_twice(a, &all, features, scalar, classifier, bias);
    if (status == LIBNC_OK)
        status = libnc_report_measure_features(report, (const libnc_accumulator *const *)&a, NULL,
                                               NULL, 1);
    libnc_accumulator_destroy(a);
    return status;
}
