/* SPDX-License-Identifier: MIT
 *
 * head_products.h: the linear head of a model as doubles: W_1 .. W_M, the classifiers P_j = W_M ...
 * W_j of each layer, and the bias.
 */
#ifndef NC__HEAD_PRODUCTS_H
#define NC__HEAD_PRODUCTS_H

#include "linalg/linalg.h"

#include <libnc/model.h>

typedef struct nc__classifiers {
    int32_t depth;    /* M */
    int64_t *widths;  /* M + 1: d_1 .. d_M, K */
    double *weights;  /* all W_j, one after the other */
    double *products; /* all P_j */
    double *bias;     /* K, or NULL */
} nc__classifiers;

/* LIBNC_ERROR_NOT_FINITE names the layer and row of the weight that is not. */
libnc_status nc__classifiers_create(nc__classifiers *head, nc__arena *arena, libnc_model *model);

/* W_j (d_{j+1} x d_j) and P_j (K x d_j), j = 1 .. M. */
nc__tensor nc__classifiers_weight(const nc__classifiers *head, int32_t layer);
nc__tensor nc__classifiers_product(const nc__classifiers *head, int32_t layer);

#endif
