/* SPDX-License-Identifier: MIT
 *
 * dataset.c: what the functions of libnc/dataset.h refuse.
 */
#include "arguments/array_files.h"
#include "arguments/tables.h"

static void dataset_from_memory(void)
{
    static const double x[4] = {1, 2, 3, 4};
    static const int32_t labels[2] = {0, 1}, wrong[] = {-1, INT32_MIN, 2, INT32_MAX};
    NO_CONTEXT("context",
               libnc_dataset_from_memory(&out.dataset, NULL, LIBNC_FLOAT64, x, labels, 2, 2));
    WRONG("dataset", libnc_dataset_from_memory(NULL, w->context, LIBNC_FLOAT64, x, labels, 2, 2));
    EACH(i, not_scalar)
    WRONG("scalar",
          libnc_dataset_from_memory(&out.dataset, w->context, not_scalar[i], x, labels, 2, 2));
    WRONG("inputs",
          libnc_dataset_from_memory(&out.dataset, w->context, LIBNC_FLOAT64, NULL, labels, 2, 2));
    WRONG("labels",
          libnc_dataset_from_memory(&out.dataset, w->context, LIBNC_FLOAT64, x, NULL, 2, 2));
    EACH(i, not_size)
    {
        WRONG("count", libnc_dataset_from_memory(&out.dataset, w->context, LIBNC_FLOAT64, x, labels,
                                                 not_size[i], 2));
        WRONG("width", libnc_dataset_from_memory(&out.dataset, w->context, LIBNC_FLOAT64, x, labels,
                                                 2, not_size[i]));
    }
    EACH(i, not_finite)
    REFUSED(LIBNC_ERROR_NOT_FINITE, "inputs",
            libnc_dataset_from_memory(&out.dataset, w->context, LIBNC_FLOAT64,
                                      (double[]){1, 2, 3, not_finite[i]}, labels, 2, 2));
    EACH(i, wrong)
    WRONG("labels", libnc_dataset_from_memory(&out.dataset, w->context, LIBNC_FLOAT64, x,
                                              (int32_t[]){0, wrong[i]}, 2, 2));
}

static void dataset_from_idx(void)
{
    static const char none[] = "/nonexistent/file";
    NO_CONTEXT("context", libnc_dataset_from_idx(&out.dataset, NULL, LIBNC_FLOAT64, none, none));
    WRONG("dataset", libnc_dataset_from_idx(NULL, w->context, LIBNC_FLOAT64, none, none));
    EACH(i, not_scalar)
    WRONG("scalar", libnc_dataset_from_idx(&out.dataset, w->context, not_scalar[i], none, none));
    WRONG("inputs_path",
          libnc_dataset_from_idx(&out.dataset, w->context, LIBNC_FLOAT64, NULL, none));
    WRONG("labels_path",
          libnc_dataset_from_idx(&out.dataset, w->context, LIBNC_FLOAT64, none, NULL));
    REFUSED(LIBNC_ERROR_FILE, "inputs_path",
            libnc_dataset_from_idx(&out.dataset, w->context, LIBNC_FLOAT64, none, none));
    REFUSED(LIBNC_ERROR_FILE, "inputs_path",
            libnc_dataset_from_idx(&out.dataset, w->context, LIBNC_FLOAT64, "", ""));
}

static void dataset_gaussian(void)
{
    static const double wrong[] = {-1, -DBL_MIN, NAN, INFINITY, -INFINITY};
    libnc_dataset **to = &out.dataset, *made;
    libnc_classes *many;
    NO_CONTEXT("classes", libnc_dataset_gaussian(to, NULL, LIBNC_FLOAT64, 2, 1, 1, 0));
    WRONG("dataset", libnc_dataset_gaussian(NULL, w->classes, LIBNC_FLOAT64, 2, 1, 1, 0));
    EACH(i, not_scalar)
    WRONG("scalar", libnc_dataset_gaussian(to, w->classes, not_scalar[i], 2, 1, 1, 0));
    EACH(i, not_size)
    WRONG("width", libnc_dataset_gaussian(to, w->classes, LIBNC_FLOAT64, not_size[i], 1, 1, 0));
    EACH(i, wrong)
    {
        WRONG("separation",
              libnc_dataset_gaussian(to, w->classes, LIBNC_FLOAT64, 2, wrong[i], 1, 0));
        WRONG("noise", libnc_dataset_gaussian(to, w->classes, LIBNC_FLOAT64, 2, 1, wrong[i], 0));
    }
    WRONG("separation", libnc_dataset_gaussian(to, w->classes, LIBNC_FLOAT32, 2, 1e39, 0, 0));
    WRONG("noise", libnc_dataset_gaussian(to, w->classes, LIBNC_FLOAT64, 2, 0, DBL_MAX, 0));
    must(libnc_classes_balanced(&many, w->context, 2, (int64_t)1 << 40));
    WRONG("classes", libnc_dataset_gaussian(to, many, LIBNC_FLOAT64, 2, 1, 1, 0));
    libnc_classes_destroy(many);
    REFUSED(LIBNC_ERROR_MEMORY, "memory",
            libnc_dataset_gaussian(to, w->classes, LIBNC_FLOAT64, INT32_MAX, 1, 1, 0));
    ACCEPTED("seed", libnc_dataset_gaussian(&made, w->classes, LIBNC_FLOAT64, 2, 1, 1, UINT64_MAX));
    libnc_dataset_destroy(made);
}

static void dataset_select(void)
{
    libnc_dataset *made;
    libnc_classes *more, *classes;
    must(libnc_classes_balanced(&more, w->context, 3, 4));
    must(libnc_classes_balanced(&classes, w->context, 4, 1));
    NO_CONTEXT("dataset", libnc_dataset_select(&out.dataset, NULL, w->classes, 0));
    WRONG("selection", libnc_dataset_select(NULL, w->dataset, w->classes, 0));
    WRONG("counts", libnc_dataset_select(&out.dataset, w->dataset, NULL, 0));
    WRONG("counts", libnc_dataset_select(&out.dataset, w->dataset, abroad.classes, 0));
    WRONG("counts", libnc_dataset_select(&out.dataset, w->dataset, more, 0));
    WRONG("counts", libnc_dataset_select(&out.dataset, w->dataset, classes, 0));
    ACCEPTED("seed", libnc_dataset_select(&made, w->dataset, w->classes, UINT64_MAX));
    libnc_dataset_destroy(made);
    libnc_classes_destroy(more);
    libnc_classes_destroy(classes);
}

static void dataset_split(void)
{
    static const double wrong[] = {0, 1, -1, 2, NAN, INFINITY, -INFINITY};
    libnc_dataset *train, *test, *single;
    libnc_dataset **to = out.datasets;
    libnc_classes *one_each;
    must(libnc_classes_balanced(&one_each, w->context, 2, 1));
    must(libnc_dataset_gaussian(&single, one_each, LIBNC_FLOAT64, 2, 1, 1, 0));
    NO_CONTEXT("dataset", libnc_dataset_split(&to[0], &to[1], NULL, 0.5, 0));
    WRONG("train", libnc_dataset_split(NULL, &to[1], w->dataset, 0.5, 0));
    WRONG("test", libnc_dataset_split(&to[0], NULL, w->dataset, 0.5, 0));
    WRONG("test", libnc_dataset_split(&to[0], &to[0], w->dataset, 0.5, 0));
    WRONG("dataset", libnc_dataset_split(&to[0], &to[1], single, 0.5, 0));
    EACH(i, wrong)
    WRONG("test_share", libnc_dataset_split(&to[0], &to[1], w->dataset, wrong[i], 0));
    ACCEPTED("seed", libnc_dataset_split(&train, &test, w->dataset, 0.5, UINT64_MAX));
    libnc_dataset_destroy(train);
    libnc_dataset_destroy(test);
    libnc_dataset_destroy(single);
    libnc_classes_destroy(one_each);
}

static void dataset_order(void)
{
    int64_t order[WORLD_SAMPLES];
    NO_CONTEXT("dataset", libnc_dataset_order(NULL, 0, 0, out.whole, WORLD_SAMPLES));
    WRONG("order", libnc_dataset_order(w->dataset, 0, 0, NULL, WORLD_SAMPLES));
    EACH(i, not_samples)
    MISFIT("size", libnc_dataset_order(w->dataset, 0, 0, out.whole, not_samples[i]));
    ACCEPTED("seed", libnc_dataset_order(w->dataset, UINT64_MAX, 0, order, WORLD_SAMPLES));
    ACCEPTED("epoch", libnc_dataset_order(w->dataset, 0, UINT64_MAX, order, WORLD_SAMPLES));
}

enum { WORLD_ENTRIES = 7 + 2 * 4 + 3 * 3 };

static void dataset_order_repeated(void)
{
    const int64_t *r = three_repeats;
    const size_t size = WORLD_ENTRIES;
    static const size_t not_entries[] = {0, WORLD_SAMPLES, WORLD_ENTRIES + 1, SIZE_MAX};
    int64_t order[WORLD_ENTRIES];
    libnc_dataset *d = w->dataset;
    NO_CONTEXT("dataset", libnc_dataset_order_repeated(NULL, r, 3, 0, 0, out.whole, size));
    WRONG("repeats", libnc_dataset_order_repeated(d, NULL, 3, 0, 0, out.whole, size));
    EACH(i, not_repeats)
    {
        const int64_t wrong[WORLD_CLASSES] = {1, not_repeats[i], 1};
        WRONG("repeats", libnc_dataset_order_repeated(d, wrong, 3, 0, 0, out.whole, size));
    }
    EACH(i, not_classes64)
    MISFIT("class_count",
           libnc_dataset_order_repeated(d, r, not_classes64[i], 0, 0, out.whole, size));
    WRONG("order", libnc_dataset_order_repeated(d, r, 3, 0, 0, NULL, size));
    EACH(i, not_entries)
    MISFIT("size", libnc_dataset_order_repeated(d, r, 3, 0, 0, out.whole, not_entries[i]));
    ACCEPTED("seed", libnc_dataset_order_repeated(d, r, 3, UINT64_MAX, 0, order, size));
    ACCEPTED("epoch", libnc_dataset_order_repeated(d, r, 3, 0, UINT64_MAX, order, size));
}

static void dataset_from_arrays(void)
{
    libnc_array *x = array_of_two("a"), *y, *none;
    must(libnc_array_write_npy(w->context, other_path, LIBNC_ELEMENT_INT32, (int32_t[]){0, 1, 0}, 3,
                               1));
    must(libnc_array_open(&y, w->context, other_path, NULL));
    must(libnc_array_open(&none, w->context, array_path, NULL));
    NO_CONTEXT("context", libnc_dataset_from_arrays(&out.dataset, NULL, LIBNC_FLOAT64, x, y));
    WRONG("dataset", libnc_dataset_from_arrays(NULL, w->context, LIBNC_FLOAT64, x, y));
    EACH(i, not_scalar)
    WRONG("scalar", libnc_dataset_from_arrays(&out.dataset, w->context, not_scalar[i], x, y));
    WRONG("inputs", libnc_dataset_from_arrays(&out.dataset, w->context, LIBNC_FLOAT64, NULL, y));
    WRONG("labels", libnc_dataset_from_arrays(&out.dataset, w->context, LIBNC_FLOAT64, x, NULL));
    WRONG("labels", libnc_dataset_from_arrays(&out.dataset, w->context, LIBNC_FLOAT64, y, y));
    MISFIT("labels", libnc_dataset_from_arrays(&out.dataset, w->context, LIBNC_FLOAT64, y, x));
    REFUSED(LIBNC_ERROR_STATE, "inputs",
            libnc_dataset_from_arrays(&out.dataset, w->context, LIBNC_FLOAT64, none, y));
    REFUSED(LIBNC_ERROR_STATE, "labels",
            libnc_dataset_from_arrays(&out.dataset, w->context, LIBNC_FLOAT64, x, none));
    ck_assert_int_eq(libnc_dataset_from_arrays(&out.dataset, abroad.context, LIBNC_FLOAT64, x, y),
                     LIBNC_ERROR_ARGUMENT);
    ck_assert(has_word(libnc_context_error(abroad.context), "inputs"));
    libnc_array_destroy(none);
    libnc_array_destroy(y);
    array_close(x);
}

static void dataset_shape(void)
{
    NO_CONTEXT("dataset", libnc_dataset_shape(NULL, &out.whole[0], &out.whole[1], &out.whole[2]));
    ACCEPTED("channels", libnc_dataset_shape(w->dataset, NULL, NULL, NULL));
    ACCEPTED("height", libnc_dataset_shape(w->dataset, NULL, NULL, NULL));
    ACCEPTED("width", libnc_dataset_shape(w->dataset, NULL, NULL, NULL));
}

static void dataset_set_shape(void)
{
    NO_CONTEXT("dataset", libnc_dataset_set_shape(NULL, 1, 1, WORLD_INPUTS));
    EACH(i, not_size)
    {
        const int64_t bad = not_size[i];
        WRONG("channels", libnc_dataset_set_shape(w->dataset, bad, 1, WORLD_INPUTS));
        WRONG("height", libnc_dataset_set_shape(w->dataset, 1, bad, WORLD_INPUTS));
        WRONG("width", libnc_dataset_set_shape(w->dataset, 1, WORLD_INPUTS, bad));
    }
    MISFIT("width", libnc_dataset_set_shape(w->dataset, 1, 2, WORLD_INPUTS));
    MISFIT("channels", libnc_dataset_set_shape(w->dataset, INT32_MAX, INT32_MAX, INT32_MAX));
}

static void without_status(void)
{
    DONE(libnc_dataset_destroy(NULL));
    ZERO(libnc_dataset_count(NULL));
    ZERO(libnc_dataset_width(NULL));
    ZERO(libnc_dataset_scalar(NULL));
    NONE(libnc_dataset_inputs(NULL));
    NONE(libnc_dataset_labels(NULL));
    NONE(libnc_dataset_classes(NULL));
}

static const argument_check checks[] = {
    CHECKS(dataset_from_memory),    CHECKS(dataset_from_idx),    CHECKS(dataset_gaussian),
    CHECKS(dataset_select),         CHECKS(dataset_split),       CHECKS(dataset_order),
    CHECKS(dataset_order_repeated), CHECKS(dataset_from_arrays), CHECKS(dataset_shape),
    CHECKS(dataset_set_shape),
};

const argument_table dataset_arguments = ARGUMENT_TABLE("dataset", checks, without_status);
