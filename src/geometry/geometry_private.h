/* SPDX-License-Identifier: MIT
 *
 * geometry_private.h: what the files of src/geometry share.
 *
 * Classes of equal count form groups g = 0 .. G-1, largest count n_g first, of m_g classes each.
 * The target's singular directions come in families:
 *  - within a group: vectors that live on one group, y^2 = n_g. Without a bias all m_g of them
 *    (e_k for each class), with a bias the m_g - 1 whose entries sum to zero;
 *  - coupled (bias only): G - 1 single directions that are constant on each group; root i lies
 *    strictly between the squares n_{i+1} and n_i.
 * So the families are sorted, y descending, as: within 0, coupled 0, within 1, coupled 1, ...
 */
#ifndef NC__GEOMETRY_PRIVATE_H
#define NC__GEOMETRY_PRIVATE_H

#include "data/classes_internal.h"
#include "data/dataset_internal.h"
#include "geometry/geometry_internal.h"
#include "geometry/proof.h"

/* Values of the options "loss" and "form". */
enum { NC__GEOMETRY_MSE = 0, NC__GEOMETRY_CE = 1, NC__GEOMETRY_FOCAL = 2 };
enum { NC__GEOMETRY_DECAY = 0, NC__GEOMETRY_ENERGY = 1 };

typedef struct nc__groups {
    int64_t classes;      /* K */
    int64_t count;        /* G */
    double samples;       /* N */
    double *size;         /* n_g, descending */
    double *multiplicity; /* m_g */
    double *weight;       /* w_g, the class weight; 1 without weights */
    int64_t *start;       /* G + 1 */
    int64_t *order;       /* classes of group g: order[start[g]] .. order[start[g + 1] - 1] */
} nc__groups;

/* `count` directions that share a target value; the first `kept` of them are in the minimiser. */
typedef struct nc__family {
    int64_t count, kept;
    double square;     /* y^2 */
    double value;      /* s > 0 of a kept direction; 0 if none is */
    double log_energy; /* log e, e = lw_j sigma(W_j)^2 = lh sigma(H)^2 of a kept direction */
} nc__family;

/* Coupled direction i: y^2 = n_pole + offset; class entries, with d_g = n_g - y^2 formed without
 * cancellation: right sqrt(n_g) scale / d_g, left n_g scale / (y d_g). */
typedef struct nc__root {
    int64_t pole;
    double offset;
    double scale;
} nc__root;

typedef struct nc__solution {
    int32_t status;
    bool centred; /* within-group families leave the group's mean out; coupled ones exist */
    double loss, gap, multiplier;
    const nc__groups *groups; /* the geometry's, or `regrouped` */
    nc__groups regrouped;
    nc__family *within; /* G */
    int64_t coupled_count;
    nc__family *coupled;
    int64_t starts, hits; /* of a search; 0 without one */
    nc__tie tie;
    const nc__family *tied; /* the family of the tie; NULL if there is none */
    /* MSE: directions by formula */
    nc__root *roots; /* G - 1 if centred */
    /* cross-entropy solved numerically: directions as vectors, NULL otherwise */
    double *left, *right; /* coupled_count x G: entry of each class of a group */
    double *bias;         /* G: of each class of a group */
    int64_t *sorted;      /* G + coupled_count families, largest value first: g, or G + i */
    bool slack;           /* other logits do as well: an energy constraint does not bind, or
                             alike classes may be exchanged in what a search found */
} nc__solution;

struct libnc_geometry {
    libnc_context *context;
    libnc_classes *classes;
    int32_t depth;
    nc__groups groups;
    struct libnc_options options;
    double *log_decay;      /* log lw_j, M values */
    double *weights;        /* K class weights; NULL for 1 */
    int64_t decay_changes;  /* grows with every change of the decays or weights */
    nc__solution *solution; /* NULL before solve */
    int64_t solved_revision, solved_decays;
    bool is_warm;              /* solutions start from the last one (nc__geometry_warm) */
    struct nc__convex *convex; /* kept for that; NULL before the first */
};

/* ---- groups.c ---- */

libnc_status nc__groups_create(nc__groups *groups, libnc_context *context,
                               const libnc_classes *classes, const double *weights, bool apart);
void nc__groups_destroy(nc__groups *groups, libnc_context *context);

/* ---- solution.c ---- */

/* Solutions of MSE have a family within each group and, if centred, G - 1 coupled ones. */
nc__solution *nc__solution_create(libnc_context *context, const nc__groups *groups, bool centred,
                                  int64_t coupled);
void nc__solution_destroy(libnc_context *context, nc__solution *solution);
/* Families 0 .. G + coupled_count - 1 in the order of their values, largest first: which one, g or
 * G + i, and itself. */
int64_t nc__solution_order(const nc__solution *solution, int64_t index);
const nc__family *nc__solution_family(const nc__solution *solution, int64_t index);
/* sqrt(n_g) in the decay form, 1 in the energy form: Z D is what has the singular values */
double nc__column_scale(const libnc_geometry *geometry, const nc__groups *groups, int64_t group);
/* Class entries of coupled direction i. */
double nc__coupled_left(const nc__solution *solution, int64_t i, int64_t group);
double nc__coupled_right(const nc__solution *solution, int64_t i, int64_t group);
/* Entry of the class at `position` of a group in the group's direction j (predicted_matrices.c). */
double nc__geometry_basis(const nc__solution *solution, int64_t position, int64_t j);

/* ---- solve_mean_square.c, solve_balanced.c: fill a zeroed solution whose arrays exist, and check
 * it: LIBNC_ERROR_INTERNAL if it fails ---- */

libnc_status nc__solve_mean_square(const libnc_geometry *geometry, nc__solution *solution);
libnc_status nc__solve_balanced(const libnc_geometry *geometry, nc__solution *solution);
/* The ETF alone: its value and scale a (libnc_geometry_etf). */
libnc_status nc__balanced_simplex(const libnc_geometry *geometry, double *loss, double *scale);

/* ---- solve_one_layer.c: cross-entropy with M = 1, in closed form or through the convex solver
 * ---- */

libnc_status nc__solve_shallow(libnc_geometry *geometry, nc__solution **solution);

/* ---- solve_search.c: cross-entropy with M >= 2, by search ---- */

libnc_status nc__solve_deep(const libnc_geometry *geometry, nc__solution **solution);

/* sum of log lw_j + log lh */
double nc__log_decay_product(const libnc_geometry *geometry);

/* ---- secular_roots.c: singular directions that are constant on groups ---- */

/* What a group weighs in the secular equation. */
enum nc__secular_weight {
    NC__WEIGHT_CLASSES = 0, /* m_g: simplex-encoded labels */
    NC__WEIGHT_SAMPLES = 1  /* m_g n_g: MSE with a bias, of which nc__root_left and _right are */
};

/* G - 1 roots, checked: LIBNC_ERROR_INTERNAL if they are not those of the weights. O(G^2). */
libnc_status nc__coupled_roots(libnc_context *context, const nc__groups *groups, int32_t weight,
                               nc__root *roots);
/* n_g - y^2, without cancellation */
double nc__root_distance(const nc__groups *groups, const nc__root *root, int64_t group);
double nc__root_square(const nc__groups *groups, const nc__root *root);
double nc__root_left(const nc__groups *groups, const nc__root *root, int64_t group);
double nc__root_right(const nc__groups *groups, const nc__root *root, int64_t group);

/* ---- partial_products.c ---- */

/* log of the decay of W_layer, or of the features for layer 0; in the energy form, of what gives
 * the same factors, sqrt(E_H/E_W) for W and its inverse for the features, with e = s. */
double nc__log_layer_decay(const libnc_geometry *geometry, int32_t layer);
/* log of the squared singular value of a kept direction in W_M ... W_j and in W_{j-1} ... W_1 H */
void nc__log_gains(const libnc_geometry *geometry, const nc__family *family, int32_t layer,
                   double *classifier, double *features);
/* LIBNC_ERROR_NUMERICAL if a gain of some layer is beyond the range of a double. */
libnc_status nc__check_range(const libnc_geometry *geometry, const nc__solution *solution);

#endif
