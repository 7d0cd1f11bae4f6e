/* SPDX-License-Identifier: MIT
 *
 * secular_roots.h: singular directions that are constant on groups.
 */
#ifndef NC__SECULAR_ROOTS_H
#define NC__SECULAR_ROOTS_H

#include "geometry/groups.h"

/* Coupled direction i: y^2 = n_pole + offset; class entries, with d_g = n_g - y^2 formed without
 * cancellation: right sqrt(n_g) scale / d_g, left n_g scale / (y d_g). */
typedef struct nc__root {
    int64_t pole;
    double offset;
    double scale;
} nc__root;

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

#endif
