/* SPDX-License-Identifier: MIT
 *
 * fault_cases.h: the allocations of a call failed in turn, once and from then on.
 *
 * A failed call returns LIBNC_ERROR_MEMORY, leaks nothing, leaves its outputs untouched and every
 * handle as it was; the same call then succeeds and gives the bits that it gives in a twin world
 * that never saw a fault. What cannot allocate is called while nothing can be allocated.
 */
#ifndef FAULT_CASES_H
#define FAULT_CASES_H

#include "support/world.h"

#include <math.h>
#include <stdbool.h>
#include <unistd.h>

/* What calls make. */
typedef struct outputs {
    libnc_random *random;
    libnc_classes *classes;
    libnc_dataset *first, *second;
    libnc_backbone *backbone;
    libnc_network *network;
    libnc_model *model;
    libnc_loss *loss;
    libnc_penalty *penalty;
    libnc_optimizer *optimizer;
    libnc_trainer *trainer;
    libnc_geometry *geometry;
    libnc_curvature *curvature;
    libnc_relu_features *features;
    libnc_regression *regression;
    libnc_regression_collapse *collapse;
    libnc_parsimony *parsimony;
    libnc_report *report;
    libnc_minority *minority;
    libnc_accumulator *accumulator;
    libnc_held_out *held_out;
    libnc_ood *ood;
    libnc_array *array;
    libnc_array_writer *writer;
    libnc_communicator *communicator;
    libnc_block_tree *tree;
    double values[512];
} outputs;

extern outputs made;

typedef struct fault_case {
    const char *function, *variant; /* NULL for the only one */
    libnc_status (*call)(world *w);
    void (*prepare)(world *w);           /* what comes before the call; NULL for nothing */
    void (*follow)(world *w, record *r); /* what must go on working; NULL for nothing */
    int32_t scalar, loss, optimizer;     /* 0: float64, MSE, momentum */
    bool keeps; /* room for the history may stay, unseen, until the handle goes */
} fault_case;

#define FAULT_CASES(cases) ((int)(sizeof(cases) / sizeof *(cases)))

typedef struct fault_table {
    const char *header;
    const fault_case *cases; /* its functions that allocate */
    int count;
    /* Calls the others, while nothing can be allocated; with what they need before and after. */
    void (*steady)(world *w), (*before_steady)(world *w), (*after_steady)(world *w);
} fault_table;

void check_fault_case(const fault_case *c);

/* Notes that the function of this call was called without memory. */
void note_steady(const char *call);
bool was_steady(const char *function_name);

#define STEADY(call)                                                                               \
    do {                                                                                           \
        const int64_t calls = w->memory.calls;                                                     \
        libnc_status status = (call);                                                              \
        ck_assert_msg(status == LIBNC_OK, "%s: %d, %s", #call, (int)status,                        \
                      libnc_context_error(w->context));                                            \
        ck_assert_msg(w->memory.calls == calls, "%s allocates", #call);                            \
        note_steady(#call);                                                                        \
    } while (0)

#define GETTER(call)                                                                               \
    do {                                                                                           \
        const int64_t calls = w->memory.calls;                                                     \
        (void)(call);                                                                              \
        ck_assert_msg(w->memory.calls == calls, "%s allocates", #call);                            \
        note_steady(#call);                                                                        \
    } while (0)

#endif
