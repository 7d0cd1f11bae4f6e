/* SPDX-License-Identifier: MIT
 *
 * counts.h: samples of each class, from where they are: a list, a rule, a file of counts, or labels
 * that are counted.
 *
 * A file is an array that libnc reads (shards.h), or text: whole numbers apart by spaces, commas or
 * lines, and comments from # to the end of a line.
 */
#ifndef PROGRAMS_COUNTS_H
#define PROGRAMS_COUNTS_H

#include "options.h"

enum { KEY_COUNTS = 120, KEY_COUNTS_FILE, KEY_LONG_TAILED, KEY_STEP, KEY_COUNT_LABELS };

/* clang-format off */
#define COUNT_OPTIONS                                                                             \
    {KEY_COUNTS, "counts", "n1,..,nK", "samples of each class; 7*50: seven of 50"},                                  \
    {KEY_COUNTS_FILE, "counts-file", "FILE", "the same from text, npy, npz:NAME or IDX"},         \
    {KEY_LONG_TAILED, "long-tailed", "K,n,R", "n R^(-k/(K-1)) samples of class k, rounded down"}, \
    {KEY_STEP, "step", "K_A,n_A,K_B,n_B", "K_A classes of n_A samples, then K_B of n_B"}
#define LABEL_OPTION                                                                              \
    {KEY_COUNT_LABELS, "labels", "FILE", "a label for each sample, counted"}
/* clang-format on */

#define LARGEST_COUNT ((int64_t)1 << 53)

typedef struct class_counts {
    int64_t *values; /* K of them, allocated */
    int64_t size;    /* K */
    int key;         /* the option that gave them, or 0 */
    int64_t step[4]; /* --step; --long-tailed: K, n */
    double ratio;    /* of the largest count to the smallest; --long-tailed and --step */
} class_counts;

/* Handles an option of the counts; false if it is none. The context is needed. */
bool counts_option(const program *self, const option_spec *option, class_counts *counts);

/* Counts the labels of the option's argument: class k is the k-th label that occurs. */
void counts_of_labels(const program *self, const option_spec *option, class_counts *counts);

/* Whether there is a ratio to change: --long-tailed or --step was given. */
bool counts_have_ratio(const class_counts *counts);

/* The same rule at another ratio; --step: n_A/R samples, rounded, in the rare classes. */
void counts_set_ratio(const program *self, class_counts *counts, double ratio);

#endif
