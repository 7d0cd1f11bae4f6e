/* SPDX-License-Identifier: MIT
 *
 * solution.h: a minimiser by its singular directions.
 *
 * The target's singular directions come in families:
 *  - within a group: vectors that live on one group, y^2 = n_g. Without a bias all m_g of them
 *    (e_k for each class), with a bias the m_g - 1 whose entries sum to zero;
 *  - coupled (bias only): G - 1 single directions that are constant on each group; root i lies
 *    strictly between the squares n_{i+1} and n_i.
 * So the families are sorted, y descending, as: within 0, coupled 0, within 1, coupled 1, ...
 *
 * The minimisers of a tie differ in one block only. Let D = diag(sqrt(n_k)), L and R (K x t, with
 * orthonormal columns) span the block's left and right directions. Every minimiser is
 *
 *     Z D                      = fixed + s L Q R^T
 *     classifier Gram, layer j = fixed + a_j L Q L^T
 *     feature Gram, layer j    = fixed + f_j D^{-1} R Q R^T D^{-1}
 *
 * with one and the same t x t orthogonal projector Q of any rank from rank_minimum to rank_maximum,
 * and every such Q is a minimiser. The getters of libnc/geometry.h give one of them, of rank
 * `rank`: Q keeps the first `rank` columns of L and R. A bottleneck that cuts through equal gains
 * has rank_minimum = rank_maximum; a block exactly at its threshold (M >= 2) has rank_minimum = 0.
 */
#ifndef NC__SOLUTION_H
#define NC__SOLUTION_H

#include "geometry/problem.h"
#include "geometry/secular_roots.h"

typedef struct nc__tie {
    int64_t size; /* t; 0 when the prediction is unique: the other members are then 0 */
    int64_t rank_minimum, rank_maximum;
    int64_t rank;          /* of the minimiser that the getters give */
    double singular_value; /* s */
} nc__tie;

/* `count` directions that share a target value; the first `kept` of them are in the minimiser. */
typedef struct nc__family {
    int64_t count, kept;
    double square;     /* y^2 */
    double value;      /* s > 0 of a kept direction; 0 if none is */
    double log_energy; /* log e, e = lw_j sigma(W_j)^2 = lh sigma(H)^2 of a kept direction */
} nc__family;

/* How the coupled directions are given. */
enum nc__directions {
    NC__DIRECTIONS_FORMULAS = 0, /* by `roots`: MSE */
    NC__DIRECTIONS_VECTORS = 1   /* by `left` and `right`: numerical solutions of cross-entropy */
};

typedef struct nc__solution {
    nc__arena arena;
    nc__problem *problem;     /* of which it is a solution; owned once it is complete */
    const nc__groups *groups; /* the problem's */
    int32_t status;
    bool centred; /* within-group families leave the group's mean out; coupled ones exist */
    bool unique;  /* false: other logits do as well. An energy constraint does not bind, alike
                     classes may be exchanged in what a search found, or there is a tie */
    double loss, gap, multiplier;
    nc__family *within; /* G */
    int64_t coupled_count;
    nc__family *coupled;
    int64_t starts, hits; /* of a search; 0 without one */
    nc__tie tie;
    const nc__family *tied; /* the family of the tie; NULL if there is none */
    int32_t directions;     /* nc__directions */
    nc__root *roots;        /* formulas: G - 1 if centred */
    double *left, *right;   /* vectors: coupled_count x G: entry of each class of a group */
    double *bias;           /* vectors: G: of each class of a group */
    int64_t *sorted;        /* vectors: G + coupled_count families, largest value first: g, G + i */
} nc__solution;

/* Of the problem, which is not taken over yet, at zero and unique, directions by formula. */
nc__solution *nc__solution_create(nc__problem *problem, bool centred, int64_t coupled);
void nc__solution_destroy(nc__solution *solution); /* NULL is fine; leaves the problem */

/* Makes room for directions by vectors. LIBNC_OK or LIBNC_ERROR_MEMORY. */
libnc_status nc__solution_add_vectors(nc__solution *solution);

/* Families 0 .. G + coupled_count - 1 in the order of their values, largest first: which one, g or
 * G + i, and itself. */
int64_t nc__solution_order(const nc__solution *solution, int64_t index);
const nc__family *nc__solution_family(const nc__solution *solution, int64_t index);
int64_t nc__solution_rank(const nc__solution *solution);

/* How many leading classes of a group its kept directions live on. */
int64_t nc__solution_support(const nc__solution *solution, int64_t group);

/* Class entries of coupled direction i. */
double nc__coupled_left(const nc__solution *solution, int64_t i, int64_t group);
double nc__coupled_right(const nc__solution *solution, int64_t i, int64_t group);

#endif
