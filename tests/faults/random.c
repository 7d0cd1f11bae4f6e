/* SPDX-License-Identifier: MIT
 *
 * random.c: the allocations of the functions of libnc/random.h.
 */
#include "faults/tables.h"

static libnc_status call_random_create(world *w)
{
    return libnc_random_create(&made.random, w->context, 5);
}

static libnc_status call_random_split(world *w)
{
    return libnc_random_split(&made.random, w->random, 5);
}

/* The numbers of the child, and of a parent that did not move. */
static void follow_random(world *w, record *r)
{
    uint64_t words[4];
    must(libnc_random_words(made.random, words, 4));
    record_bytes(r, words, sizeof words);
    must(libnc_random_words(w->random, words, 4));
    record_bytes(r, words, sizeof words);
}

static const fault_case cases[] = {
    {"libnc_random_create", .call = call_random_create, .follow = follow_random},
    {"libnc_random_split", .call = call_random_split, .follow = follow_random},
};

static void steady(world *w)
{
    uint64_t words[8];
    double values[64];
    int64_t order[WORLD_SAMPLES];
    STEADY(libnc_random_words(w->random, words, 8));
    STEADY(libnc_random_uniform(w->random, values, 64));
    STEADY(libnc_random_normal(w->random, values, 64));
    STEADY(libnc_random_permutation(w->random, order, WORLD_SAMPLES));
}

const fault_table random_faults = {"random", .cases = cases, .count = FAULT_CASES(cases),
                                   .steady = steady};
