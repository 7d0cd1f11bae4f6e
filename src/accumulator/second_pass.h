/* SPDX-License-Identifier: MIT
 *
 * second_pass.h: what an accumulator learns when it sees the samples again with the means known:
 * nearest class means, their agreement with the decisions of a classifier, and S_W inside the span
 * of the centred means (doc/metrics.md, "Second pass").
 */
#ifndef NC__SECOND_PASS_H
#define NC__SECOND_PASS_H

#include "accumulator/linear_decisions.h"
#include "accumulator/nearest_mean.h"
#include "data/labels.h"

/* Samples of each class, K numbers each; NULL where unknown. */
typedef struct nc__tally {
    int64_t *nearest_known;  /* nearest class mean known */
    int64_t *nearest_is_own; /* ... and it is the mean of the sample's own class */
    int64_t *decided;        /* decision of a classifier known */
    int64_t *right;          /* ... and it is the label */
    int64_t *agreed;         /* ... and it is the class of the nearest mean */
} nc__tally;

enum { NC__TALLIES = sizeof(nc__tally) / sizeof(int64_t *) };

typedef struct nc__second_pass {
    libnc_context *context;
    nc__arena arena;
    const nc__statistics *statistics;
    int32_t scalar;  /* of the products */
    int64_t samples; /* seen so far */
    int64_t *counts; /* NC__TALLIES x K, what `tally` points into */
    nc__tally tally;
    int64_t *arriving; /* K: zeros, but while a batch is counted */
    nc__sample_block block;
    nc__nearest search;
    nc__linear_decisions linear; /* of the classifier; its weights are NULL without one */
    /* the span of the centred means C = U diag(s) V^T, r directions; nothing for r = 0 */
    int64_t rank;
    double *singular;      /* r */
    double *basis;         /* r x d: V^T */
    double *balanced;      /* r: sum_k 1/n_k sum_i (v_j . (h - h_k))^2 */
    nc__scatter *scatter;  /* V^T S_W V */
    double *losses;        /* class_losses.h; NULL unless wanted */
    double *squares;       /* K: sum_i ||h - h_k||^2; NULL where the first pass has it */
    nc__tensor directions; /* basis in the scalar type of the products */
    nc__tensor inside;     /* rows x r */
    /* decisions of one block */
    int32_t *nearest, *decision;
} nc__second_pass;

/* The statistics stay as they are as long as this lives. Takes over nothing. rank = 0 for no
 * projected scatter; weights (K x d and K) may be NULL. */
libnc_status nc__second_pass_create(nc__second_pass **pass, libnc_context *context,
                                    const nc__statistics *statistics, int32_t scalar,
                                    const double *weights, int64_t rank, const double *singular,
                                    const double *basis);
void nc__second_pass_destroy(nc__second_pass *pass); /* NULL is fine */

/* Sums of cross-entropy by class from now on, of samples with logits or a classifier. */
libnc_status nc__second_pass_want_losses(nc__second_pass *pass);

/* Rows (at most pass->block.capacity x d, the pass's type, finite) with labels of classes that
 * have samples. Where there is no classifier, `decisions` are known, or NULL, or logits (count x K,
 * either type, finite; NULL data for none) decide. Allocates nothing. */
void nc__second_pass_add(nc__second_pass *pass, const nc__tensor *rows, const int32_t *labels,
                         const int32_t *decisions);
void nc__second_pass_add_logits(nc__second_pass *pass, const nc__tensor *rows,
                                const int32_t *labels, const nc__tensor *logits);

/* The first of the labels, of classes that have samples, that would be one more of its class than
 * the first pass had; -1 for none. */
int64_t nc__second_pass_find_excess(nc__second_pass *pass, const nc__labels *labels);

/* A class of which the first pass had fewer samples than this pass would have seen with all that
 * `other`, over the same means, has seen; -1 for none. */
int64_t nc__second_pass_excess(const nc__second_pass *pass, const nc__second_pass *other);

/* Adds what another pass over the same means holds. */
void nc__second_pass_merge(nc__second_pass *into, nc__second_pass *other);

#endif
