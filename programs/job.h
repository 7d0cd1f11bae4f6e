/* SPDX-License-Identifier: MIT
 *
 * job.h: what libnc-measure has to do, from its options, and what it has open.
 */
#ifndef PROGRAMS_JOB_H
#define PROGRAMS_JOB_H

#include "label_set.h"
#include "measured.h"
#include "shards.h"

enum { MAX_IGNORED = 16, MAX_OTHERS = 16 };

/* Features at one place of a network. */
typedef struct layer {
    const char *name;
    const char *classifier_name, *bias_name; /* NULL: none */
    shards features;
    double *classifier; /* K x d, or NULL */
    double *bias;       /* K: its own, beside the first layer's, or NULL */
    libnc_accumulator *accumulator;
    libnc_report *alone; /* what its own bias changes, or NULL */
    note_list notes;
} layer;

typedef struct job {
    program self;
    const char *features, *labels, *classifier, *bias, *logits;
    const char *test, *test_labels; /* of --test; NULL: none */
    const char *ood[MAX_OTHERS], *ood_scores;
    int ood_count;
    const char *save, *first_pass; /* first_pass: the file of --second-pass */
    layer layers[MAX_LAYERS];
    int32_t layer_count;
    shards label_source, logit_source;
    double *bias_values;          /* K, or NULL */
    int64_t class_count, samples; /* samples: rows of the label file */
    int64_t kept, largest;        /* of these, not ignored; their largest label */
    int64_t ignored[MAX_IGNORED];
    int ignored_count;
    label_set present; /* labels that occur, where they decide the classes */
    bool numbered;     /* class k is the label present.values[k]; else labels are classes */
    int32_t convention;
    int scatter, precision, theory, pool; /* -1: not given */
    bool one_pass, merging, bfloat16, by_frequency;
    int64_t retyped, pooled;   /* files and layers that --bfloat16 and --pool have changed */
    int64_t threads;           /* 0: all */
    int64_t groups;            /* of samples, for standard errors; 0: none */
    int64_t depth;             /* of the head, for --theory; 0: not given */
    char **states;             /* files of --merge */
    libnc_communicator *ranks; /* NULL: a process alone */
    int state_count;
} job;

#endif
