/* SPDX-License-Identifier: MIT
 *
 * classes.c: what the functions of libnc/classes.h refuse.
 */
#include "arguments/tables.h"

static void classes_from_counts(void)
{
    NO_CONTEXT("context", libnc_classes_from_counts(&out.classes, NULL, world_counts, 3));
    WRONG("classes", libnc_classes_from_counts(NULL, w->context, world_counts, 3));
    WRONG("counts", libnc_classes_from_counts(&out.classes, w->context, NULL, 3));
    EACH(i, not_size)
    WRONG("class_count",
          libnc_classes_from_counts(&out.classes, w->context, world_counts, not_size[i]));
    EACH(i, not_count)
    WRONG("counts",
          libnc_classes_from_counts(&out.classes, w->context, (int64_t[]){1, not_count[i]}, 2));
    WRONG("counts",
          libnc_classes_from_counts(&out.classes, w->context, (int64_t[]){1, 1LL << 53}, 2));
}

static void classes_from_labels(void)
{
    static const int32_t labels[3] = {0, 1, 0}, wrong[] = {-1, INT32_MIN, 3, INT32_MAX};
    NO_CONTEXT("context", libnc_classes_from_labels(&out.classes, NULL, labels, 3));
    WRONG("classes", libnc_classes_from_labels(NULL, w->context, labels, 3));
    WRONG("labels", libnc_classes_from_labels(&out.classes, w->context, NULL, 3));
    EACH(i, not_count)
    WRONG("count", libnc_classes_from_labels(&out.classes, w->context, labels, not_count[i]));
    EACH(i, wrong)
    WRONG("labels",
          libnc_classes_from_labels(&out.classes, w->context, (int32_t[]){0, wrong[i], 1}, 3));
}

static void classes_balanced(void)
{
    NO_CONTEXT("context", libnc_classes_balanced(&out.classes, NULL, 2, 1));
    WRONG("classes", libnc_classes_balanced(NULL, w->context, 2, 1));
    EACH(i, not_size)
    WRONG("class_count", libnc_classes_balanced(&out.classes, w->context, not_size[i], 1));
    WRONG("class_count", libnc_classes_balanced(&out.classes, w->context, 2, 1LL << 53));
    EACH(i, not_count)
    WRONG("n", libnc_classes_balanced(&out.classes, w->context, 2, not_count[i]));
    REFUSED(LIBNC_ERROR_MEMORY, "memory",
            libnc_classes_balanced(&out.classes, w->context, INT32_MAX, 1));
}

static void classes_step(void)
{
    static const int64_t wrong[] = {-1, 5, INT64_MIN, INT64_MAX};
    NO_CONTEXT("context", libnc_classes_step(&out.classes, NULL, 4, 2, 3, 1));
    WRONG("classes", libnc_classes_step(NULL, w->context, 4, 2, 3, 1));
    EACH(i, not_size)
    WRONG("class_count", libnc_classes_step(&out.classes, w->context, not_size[i], 0, 3, 1));
    EACH(i, wrong)
    WRONG("majority_classes", libnc_classes_step(&out.classes, w->context, 4, wrong[i], 3, 1));
    EACH(i, not_count)
    {
        WRONG("majority_count",
              libnc_classes_step(&out.classes, w->context, 4, 2, not_count[i], 1));
        WRONG("minority_count",
              libnc_classes_step(&out.classes, w->context, 4, 2, 3, not_count[i]));
    }
    WRONG("class_count", libnc_classes_step(&out.classes, w->context, 4, 2, 1LL << 53, 1LL << 53));
}

static void classes_long_tailed(void)
{
    static const double wrong[] = {0.5, 0, -1, NAN, INFINITY, -INFINITY};
    NO_CONTEXT("context", libnc_classes_long_tailed(&out.classes, NULL, 4, 100, 10));
    WRONG("classes", libnc_classes_long_tailed(NULL, w->context, 4, 100, 10));
    EACH(i, not_size)
    WRONG("class_count", libnc_classes_long_tailed(&out.classes, w->context, not_size[i], 100, 10));
    EACH(i, not_count)
    WRONG("largest", libnc_classes_long_tailed(&out.classes, w->context, 4, not_count[i], 10));
    EACH(i, wrong)
    WRONG("ratio", libnc_classes_long_tailed(&out.classes, w->context, 4, 100, wrong[i]));
    WRONG("counts", libnc_classes_long_tailed(&out.classes, w->context, 4, 1LL << 53, 1));
}

static void classes_labels(void)
{
    NO_CONTEXT("classes", libnc_classes_labels(NULL, out.small, WORLD_SAMPLES));
    WRONG("labels", libnc_classes_labels(w->classes, NULL, WORLD_SAMPLES));
    EACH(i, not_samples)
    MISFIT("size", libnc_classes_labels(w->classes, out.small, not_samples[i]));
}

static void without_status(void)
{
    DONE(libnc_classes_destroy(NULL));
    ZERO(libnc_classes_count(NULL));
    ZERO(libnc_classes_samples(NULL));
    NONE(libnc_classes_counts(NULL));
    ZERO(libnc_classes_is_balanced(NULL));
}

static const argument_check checks[] = {
    CHECKS(classes_from_counts), CHECKS(classes_from_labels), CHECKS(classes_balanced),
    CHECKS(classes_step),        CHECKS(classes_long_tailed), CHECKS(classes_labels),
};

const argument_table classes_arguments = ARGUMENT_TABLE("classes", checks, without_status);
