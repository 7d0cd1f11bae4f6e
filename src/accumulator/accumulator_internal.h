/* SPDX-License-Identifier: MIT
 *
 * accumulator_internal.h: an accumulator as the other files of this module see it.
 */
#ifndef NC__ACCUMULATOR_INTERNAL_H
#define NC__ACCUMULATOR_INTERNAL_H

#include "accumulator/sample_groups.h"
#include "accumulator/second_pass.h"

#include <libnc/accumulator.h>

/* Of the first pass: counts are exact in float64 up to here. */
#define NC__MOST_SAMPLES (INT64_C(1) << 53)

struct libnc_accumulator {
    libnc_context *context;
    libnc_options options;
    int64_t classes, width;     /* K, d */
    nc__statistics *statistics; /* NULL until the first sample comes; then the options are set: */
    int32_t kind, precision;    /* libnc_scatter, libnc_precision */
    int64_t directions;
    nc__sample_groups *groups;     /* NULL for none */
    bool has_float32, has_float64; /* types that features had */
    int64_t *decided, *right;      /* K: decisions of the first pass's logits */
    double *losses;                /* class_losses.h, of the first pass; NULL unless wanted */
    nc__second_pass *second;       /* NULL during the first pass */
    bool takes_others;             /* the second pass is over other samples (held_out.c) */
    bool is_shared[2];             /* the pass holds the samples of all ranks */
    /* one block of a batch */
    int64_t capacity; /* rows */
    int32_t *labels;  /* capacity */
    nc__tensor wide;  /* capacity x d: float32 rows in float64; NULL data until it is needed */
};

/* Counts, squares, means; NULL before the first sample. */
const nc__statistics *nc__accumulator_statistics(const libnc_accumulator *accumulator);

/* The same by groups of samples; NULL unless the option says so, or before the first sample. */
const nc__sample_groups *nc__accumulator_groups(const libnc_accumulator *accumulator);

/* S_W (d x d, both triangles); NULL unless the scatter is kept in full. */
const double *nc__accumulator_scatter(const libnc_accumulator *accumulator);

/* V^T S_W V (r x r, both triangles) of the samples that the second pass has seen, with C = U
 * diag(s) V^T, C the centred means (K x d): s (r, descending), V^T (r x d), and, of the diagonal,
 * what the sum of 1/n_k times each class's own scatter has there (r). NULL where there is none. */
const double *nc__accumulator_projected(const libnc_accumulator *accumulator, int64_t *rank,
                                        const double **singular, const double **basis,
                                        const double **balanced);

/* Counts by class. The decisions are those of the second pass if it knows any, else of the first,
 * which has no agreement (then the pointer is NULL). nearest_known and nearest_is_own are NULL
 * without a second pass. */
nc__tally nc__accumulator_tally(const libnc_accumulator *accumulator);

/* Sums of cross-entropy by class, of the samples that nc__accumulator_tally() has as decided; NULL
 * unless wanted. */
const double *nc__accumulator_losses(const libnc_accumulator *accumulator);

/* The classifier of the second pass (K x d) and its bias (K; NULL where it is zero); NULL without
 * one. */
const double *nc__accumulator_classifier(const libnc_accumulator *accumulator, const double **bias);

/* Relative spacing of the features' scalar type, the coarser one if both came. */
double nc__accumulator_epsilon(const libnc_accumulator *accumulator);

/* Settles the options and makes the statistics, empty. */
libnc_status nc__accumulator_begin(libnc_accumulator *accumulator);

/* Names of libnc_scatter and libnc_precision. */
const char *nc__scatter_name(int32_t kind);
const char *nc__precision_name(int32_t precision);

/* The scalar type of second-pass products. */
int32_t nc__accumulator_product_type(const libnc_accumulator *accumulator);

#endif
