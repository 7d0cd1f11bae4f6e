/* SPDX-License-Identifier: MIT
 *
 * deep_objective.h: the cross-entropy problem of M linear layers on its class means, in factors.
 *
 * With the decays scaled away (c^{M+1} = lh lw_1 ... lw_M) and X_0 = Hbar D, D = diag(sqrt n_k),
 *
 *     f(P, b) + c/2 sum_j ||A_j||^2,   P = Z D = A_M ... A_0,
 *     f = sum_k w_k CE(z_k + b, t_k),  z_k = column k of P / sqrt(n_k),
 *
 * A_M: K x r, A_{M-1} .. A_1: r x r, A_0: r x K; W_j = sqrt(c/lw_j) A_j, X_0 = sqrt(c/lh) A_0. Its
 * minimum over the factors of one P of rank <= r is f + (M+1)/2 c sum_i s_i^{2/(M+1)}: Schatten
 * quasi-norm (doc/deep_cross_entropy.md). Targets are t_k = (1 - delta) e_k + delta/K.
 *
 * Variables are one array: A_M, A_{M-1}, .., A_0, row-major, then b if there is one.
 */
#ifndef NC__DEEP_OBJECTIVE_H
#define NC__DEEP_OBJECTIVE_H

#include "base/base.h"

/* Arrays belong to the caller and outlive what is made of it. */
typedef struct nc__deep_problem {
    int64_t classes; /* K >= 2 */
    int32_t depth;   /* M */
    bool bias;
    double cost;          /* c */
    double smoothing;     /* delta */
    const double *weight; /* w_k: n_k/N, times a class weight */
    const double *root;   /* sqrt(n_k) */
} nc__deep_problem;

/* The work space of one problem at one rank, and what the last evaluation left there. */
typedef struct nc__deep nc__deep;

libnc_status nc__deep_create(nc__deep **deep, libnc_context *context,
                             const nc__deep_problem *problem, int64_t rank);
void nc__deep_destroy(nc__deep *deep);

int64_t nc__deep_size(const nc__deep_problem *problem, int64_t rank);
/* Where factor j = 0 .. M begins; j = -1: the bias. And its shape. */
int64_t nc__deep_offset(const nc__deep_problem *problem, int64_t rank, int32_t j);
int64_t nc__deep_rows(const nc__deep_problem *problem, int64_t rank, int32_t j);
int64_t nc__deep_cols(const nc__deep_problem *problem, int64_t rank, int32_t j);

double nc__deep_value(nc__deep *deep, const double *x);
/* The value and its gradient. */
double nc__deep_evaluate(nc__deep *deep, const double *x, double *gradient);
/* product = Hessian direction, at the x of the last nc__deep_evaluate(). O(M) products of K x r
 * and r x r matrices. */
void nc__deep_curve(nc__deep *deep, const double *direction, double *product);
/* P (K x K, row = logit) at the x of the last nc__deep_evaluate(). */
const double *nc__deep_product(const nc__deep *deep);
/* The change of P along the direction of the last nc__deep_curve(), until the next call. */
const double *nc__deep_change(const nc__deep *deep);

/* f at a given P (K x K) and b (K, or NULL), by itself. `work` has K numbers. */
double nc__deep_loss(const nc__deep_problem *problem, const double *p, const double *b,
                     double *work);

#endif
