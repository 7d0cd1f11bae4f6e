/* SPDX-License-Identifier: MIT
 *
 * dataset.c: the allocations of the functions of libnc/dataset.h.
 */
#include "faults/files.h"
#include "faults/tables.h"

static libnc_status call_from_memory(world *w)
{
    return libnc_dataset_from_memory(&made.first, w->context, LIBNC_FLOAT64,
                                     libnc_dataset_inputs(w->dataset),
                                     libnc_dataset_labels(w->dataset), WORLD_SAMPLES, WORLD_INPUTS);
}

static libnc_status call_gaussian(world *w)
{
    return libnc_dataset_gaussian(&made.first, w->classes, LIBNC_FLOAT32, 6, 1, 0.1, 9);
}

static libnc_status call_select(world *w)
{
    return libnc_dataset_select(&made.first, w->dataset, w->scratch, 4);
}

static void prepare_fewer(world *w)
{
    libnc_classes *fewer;
    must(libnc_classes_balanced(&fewer, w->context, WORLD_CLASSES, 2));
    w->scratch = fewer;
}

static void follow_fewer(world *w, record *r)
{
    (void)r;
    libnc_classes_destroy(w->scratch);
}

static libnc_status call_split(world *w)
{
    return libnc_dataset_split(&made.first, &made.second, w->dataset, 0.4, 4);
}

static void prepare_idx(world *w)
{
    (void)w;
    write_idx("wbT"); /* without compression or header */
}

static void prepare_idx_gzip(world *w)
{
    (void)w;
    write_idx("wb9");
}

static libnc_status call_from_idx(world *w)
{
    return libnc_dataset_from_idx(&made.first, w->context, LIBNC_FLOAT32, idx_paths[0],
                                  idx_paths[1]);
}

static void follow_idx(world *w, record *r)
{
    (void)w;
    (void)r;
    ck_assert_int_eq(remove(idx_paths[0]), 0);
    ck_assert_int_eq(remove(idx_paths[1]), 0);
}

static libnc_status call_from_arrays(world *w)
{
    return libnc_dataset_from_arrays(&made.first, w->context, LIBNC_FLOAT64, opened[0], opened[1]);
}

static const fault_case cases[] = {
    {"libnc_dataset_from_memory", .call = call_from_memory},
    {"libnc_dataset_gaussian", .call = call_gaussian},
    {"libnc_dataset_select", .call = call_select, .prepare = prepare_fewer, .follow = follow_fewer},
    {"libnc_dataset_split", .call = call_split},
    {"libnc_dataset_from_idx", "plain", .call = call_from_idx, .prepare = prepare_idx,
     .follow = follow_idx},
    {"libnc_dataset_from_idx", "gzip", .call = call_from_idx, .prepare = prepare_idx_gzip,
     .follow = follow_idx},
    {"libnc_dataset_from_arrays", .call = call_from_arrays, .prepare = prepare_opened,
     .follow = follow_array},
};

static void steady(world *w)
{
    const int64_t repeats[WORLD_CLASSES] = {1, 2, 3};
    int64_t order[WORLD_SAMPLES], entries[24];
    STEADY(libnc_dataset_order(w->dataset, 1, 2, order, WORLD_SAMPLES));
    STEADY(libnc_dataset_order_repeated(w->dataset, repeats, WORLD_CLASSES, 1, 2, entries, 24));
    GETTER(libnc_dataset_count(w->dataset));
    GETTER(libnc_dataset_width(w->dataset));
    GETTER(libnc_dataset_scalar(w->dataset));
    GETTER(libnc_dataset_inputs(w->dataset));
    GETTER(libnc_dataset_labels(w->dataset));
    GETTER(libnc_dataset_classes(w->dataset));
    STEADY(libnc_dataset_shape(w->dataset, NULL, NULL, NULL));
    STEADY(libnc_dataset_set_shape(w->dataset, 1, 1, WORLD_INPUTS));
}

const fault_table dataset_faults = {"dataset", .cases = cases, .count = FAULT_CASES(cases),
                                    .steady = steady};
