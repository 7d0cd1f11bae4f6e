/* SPDX-License-Identifier: MIT
 *
 * held_out.c: the allocations of the functions of libnc/held_out.h.
 */
#include "faults/tables.h"

enum { D = WORLD_INPUTS };

static libnc_status call_create(world *w)
{
    static const double weights[WORLD_CLASSES * D] = {1, 2, 3};
    return libnc_held_out_create(&made.held_out, w->accumulator, weights, NULL, LIBNC_FLOAT64);
}

static void prepare_held_out(world *w)
{
    libnc_held_out *h;
    must(libnc_held_out_create(&h, w->accumulator, NULL, NULL, 0));
    w->scratch = h;
}

static libnc_status call_update(world *w)
{
    static const float rows[2 * D] = {1, 2, 3};
    return libnc_held_out_update(w->scratch, rows, LIBNC_FLOAT32, 2, D,
                                 libnc_dataset_labels(w->dataset), LIBNC_LABEL_INT32);
}

static void follow_held_out(world *w, record *r)
{
    record_double(r, (double)libnc_held_out_samples(w->scratch));
    libnc_held_out_destroy(w->scratch);
}

static const fault_case cases[] = {
    {"libnc_held_out_create", .call = call_create},
    {"libnc_held_out_update", "float32", .call = call_update, .prepare = prepare_held_out,
     .follow = follow_held_out},
};

static void steady(world *w)
{
    GETTER(libnc_held_out_samples(NULL));
}

const fault_table held_out_faults = {"held_out", .cases = cases, .count = FAULT_CASES(cases),
                                     .steady = steady};
