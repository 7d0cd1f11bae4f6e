/* SPDX-License-Identifier: MIT
 *
 * nc1.h: NC1 = tr(Sigma_W Sigma_B^+)/K of one layer.
 */
#ifndef NC__NC1_H
#define NC__NC1_H

#include "metrics/measured_layer.h"

/* The class means of a layer about a centre: C = U diag(singular) basis. */
typedef struct nc__centred {
    const nc__layer *layer;
    const double *rows;     /* K' x d: C */
    const double *singular; /* rank that count */
    const double *basis;    /* rank x d; the layer's own about h_G */
    int64_t rank;
    double *values; /* rank numbers of scratch */
} nc__centred;

/* NaN where S_W is not known. */
typedef struct nc__nc1 {
    double unweighted; /* Sigma_W = S_W/N, Sigma_B = 1/K sum_k c_k c_k^T */
    double weighted;   /* ... Sigma_B = sum_k n_k/N c_k c_k^T */
    double balanced;   /* Sigma_W = 1/K sum_k S_k/n_k; about h_G, or for equal counts */
} nc__nc1;

libnc_status nc__nc1_measure(nc__nc1 *nc1, const nc__centred *of);

#endif
