/* SPDX-License-Identifier: MIT
 *
 * measured_layer.h: what is kept of one measured layer: enough for every metric, convention and
 * matrix, in O(K d) memory.
 *
 * Only classes that occur are here: K' rows, in class order. C (K' x d) holds the centred means
 * c_k = h_k - h_G, P (K' x d) the classifier; C = U diag(s) V^T of rank r, and S_W is kept in the
 * basis V alone (r x r): no metric asks for more.
 *
 * Sums over K that have a closed form are taken in a basis of m <= 2 d + 1 directions,
 *     [e, P, C] = Q [ones, P~, C~],   Q^T Q = I,   e = 1/sqrt(K'),
 * so that P C^T = Q P~ C~^T Q^T, for instance, is known from m x m numbers however many classes
 * there are. For few classes Q = I.
 */
#ifndef NC__MEASURED_LAYER_H
#define NC__MEASURED_LAYER_H

#include "accumulator/second_pass.h"
#include "base/communicator_internal.h"

typedef struct nc__reduced {
    int64_t rows;       /* m */
    double *ones;       /* m */
    double *classifier; /* m x d: P~, or NULL */
    double *centred;    /* m x d: C~ */
    bool is_identity;   /* Q = I: the matrices are those of the layer */
} nc__reduced;

typedef struct nc__layer {
    libnc_context *context;
    libnc_communicator *communicator; /* ranks that measure pairs of classes together, or NULL */
    nc__arena *arena;                 /* of its owner */
    int64_t classes, present, width;  /* K, K', d */
    int64_t samples;                  /* N */
    double spacing;                   /* relative spacing of the numbers that features came in */
    int64_t *index;                   /* K': the class of each row */
    double *counts, *variability;     /* K': n_k, v_k */
    double *unbiased;                 /* K': n_k v_k/(n_k - 1), NaN for n_k = 1 */
    double *lengths;                  /* K': ||h_k||, not centred */
    double *mean;                     /* d: h_G */
    double *centred;                  /* K' x d: C */
    double *classifier;               /* K' x d: P, or NULL */
    double *bias;                     /* K', or NULL */
    bool is_held_out;                 /* variability is that of other samples than the means' */
    bool has_bias;                    /* decisions were made with a bias that is not zero */
    nc__reduced reduced;
    int64_t rank;          /* r */
    double *singular;      /* min(m, d): s */
    double *basis;         /* min(m, d) x d: V^T, of which r rows count */
    int64_t scatter_rank;  /* leading directions in which S_W is known */
    double *within;        /* r x r: V^T S_W V, or NULL */
    double *squared;       /* r x r: V^T S_W^2 V; NULL unless S_W was known as d x d */
    double scatter_square; /* ||S_W||_F^2, where there is `squared` */
    double *balanced;      /* r: diagonal of V^T (sum_k S_k/n_k) V; NULL where unknown */
    double scatter_size;   /* tr S_W of the whole; what `within` was cut out of */
    bool is_projected;     /* S_W was formed in the basis, not cut out of d x d numbers */
    double *shares;        /* 3 x K: accuracy, nearest accuracy, agreement, NaN where unknown */
    double totals[3];      /* the same of all samples */
    double *losses;        /* K: mean cross-entropy, NaN where unknown; NULL: of none */
    double layer_rank, layer_stable_rank; /* of W_j, or NaN */
} nc__layer;

enum { NC__SHARE_ACCURACY = 0, NC__SHARE_NEAREST = 1, NC__SHARE_AGREEMENT = 2, NC__SHARES = 3 };

/* Means, variabilities and counts of statistics with at least one sample; a classifier (K x d) and
 * a bias (K) or NULL, of which the rows of classes that occur are kept. The scatter and the
 * decisions are unknown. LIBNC_ERROR_NOT_FINITE names layer `number` if squares overflow. */
libnc_status nc__layer_create(nc__layer *layer, nc__arena *arena, const nc__statistics *statistics,
                              double spacing, const double *classifier, const double *bias,
                              int32_t number);

/* Other samples about the same means: counts and sums of squares (K each), of at least one sample
 * of each class that is here. Their means are known, so that no variability is biased. */
libnc_status nc__layer_set_samples(nc__layer *layer, const int64_t *counts, const double *squares);

/* S_W as d x d numbers; as r x r numbers that were formed in the layer's own basis; in another
 * basis of singular vectors of C, of `rank` rows. `balanced`: the diagonal of sum_k S_k/n_k there,
 * or NULL. */
libnc_status nc__layer_set_scatter(nc__layer *layer, const double *scatter);
libnc_status nc__layer_set_within(nc__layer *layer, const double *within, const double *balanced);
libnc_status nc__layer_set_projected(nc__layer *layer, int64_t rank, const double *basis,
                                     const double *scatter, const double *balanced);
void nc__layer_set_decisions(nc__layer *layer, const nc__tally *tally); /* NULL: unknown */

/* Sums of the cross-entropy of decided samples by class, or NULL: unknown. */
libnc_status nc__layer_set_losses(nc__layer *layer, const double *sums, const int64_t *decided);

/* What rounding the features leaves of C, and rounding its rows of P. */
double nc__layer_noise(const nc__layer *layer);
double nc__layer_classifier_noise(const nc__layer *layer);

/* One of enum libnc_class_vector: K values. */
void nc__layer_vector(const nc__layer *layer, int32_t vector, double *values);

/* One of enum libnc_class_matrix for classes that occur, K' x K', and for all, K x K. Needs a
 * classifier where it is made of one. */
libnc_status nc__layer_compact_matrix(const nc__layer *layer, int32_t matrix, double *values);
libnc_status nc__layer_matrix(const nc__layer *layer, int32_t matrix, double *values);

/* out (m x d) = C~ + ones sqrt(K') shift^T: the rows c_k + shift, in the reduced basis. */
void nc__layer_shift_reduced(const nc__layer *layer, const double *shift, double *out);

/* out (K') = lengths of the rows of an array of K' x d. */
void nc__layer_row_lengths(const nc__layer *layer, const double *rows, double *out);

#endif
