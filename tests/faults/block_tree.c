/* SPDX-License-Identifier: MIT
 *
 * block_tree.c: the allocations of the functions of libnc/block_tree.h.
 */
#include "faults/tables.h"

/* What a case needs beside the accumulator. */
typedef struct job {
    libnc_block_tree *tree;
    libnc_communicator *alone;
} job;

static libnc_status update(world *w)
{
    return libnc_accumulator_update(w->accumulator, libnc_dataset_inputs(w->dataset), LIBNC_FLOAT64,
                                    WORLD_SAMPLES, WORLD_INPUTS, libnc_dataset_labels(w->dataset),
                                    LIBNC_LABEL_INT32);
}

static void prepare_tree(world *w)
{
    job *j = malloc(sizeof *j);
    must(libnc_block_tree_create(&j->tree, w->context));
    must(libnc_communicator_create_serial(&j->alone, w->context));
    w->scratch = j;
}

static void prepare_blocks(world *w)
{
    prepare_tree(w);
    job *j = w->scratch;
    for (int64_t block = 0; block < 3; block++) {
        must(libnc_block_tree_end_block(j->tree, w->accumulator, block));
        must(update(w));
    }
    must(libnc_block_tree_end_block(j->tree, w->accumulator, 3));
    must(update(w));
    must(libnc_block_tree_end_block(j->tree, w->accumulator, 9));
}

static void prepare_second(world *w)
{
    libnc_accumulator_clear(w->accumulator);
    must(libnc_options_set_text(libnc_accumulator_options(w->accumulator), "scatter", "projected"));
    must(update(w));
    must(libnc_accumulator_begin_second_pass(w->accumulator, NULL, NULL, 0));
    must(update(w));
    prepare_tree(w);
}

static libnc_status call_create(world *w)
{
    return libnc_block_tree_create(&made.tree, w->context);
}

static libnc_status call_end_block(world *w)
{
    return libnc_block_tree_end_block(((job *)w->scratch)->tree, w->accumulator, 5);
}

static libnc_status call_all_reduce(world *w)
{
    const job *j = w->scratch;
    return libnc_block_tree_all_reduce(j->tree, w->accumulator, j->alone);
}

static void follow(world *w, record *r)
{
    job *j = w->scratch;
    record_accumulator(r, w->accumulator);
    must(libnc_block_tree_all_reduce(j->tree, w->accumulator, j->alone));
    record_accumulator(r, w->accumulator);
    libnc_communicator_destroy(j->alone);
    libnc_block_tree_destroy(j->tree);
    free(j);
}

static void follow_sum(world *w, record *r)
{
    job *j = w->scratch;
    record_accumulator(r, w->accumulator);
    libnc_communicator_destroy(j->alone);
    libnc_block_tree_destroy(j->tree);
    free(j);
}

static const fault_case cases[] = {
    {"libnc_block_tree_create", .call = call_create},
    {"libnc_block_tree_end_block", "first pass", .call = call_end_block, .prepare = prepare_tree,
     .follow = follow, .keeps = true},
    {"libnc_block_tree_end_block", "second pass", .call = call_end_block, .prepare = prepare_second,
     .follow = follow, .keeps = true},
    {"libnc_block_tree_all_reduce", .call = call_all_reduce, .prepare = prepare_blocks,
     .follow = follow_sum, .keeps = true},
};

static libnc_block_tree *steady_tree;

static void before_steady(world *w)
{
    must(libnc_block_tree_create(&steady_tree, w->context));
}

static void steady(world *w)
{
    GETTER(libnc_block_tree_destroy(steady_tree));
}

const fault_table block_tree_faults = {"block_tree", .cases = cases, .count = FAULT_CASES(cases),
                                       .steady = steady, .before_steady = before_steady};
