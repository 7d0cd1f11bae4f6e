/* SPDX-License-Identifier: MIT
 *
 * rank.h: ranks of matrices from their singular values.
 */
#ifndef NC__RANK_H
#define NC__RANK_H

#include <stdint.h>

/* What rounding alone may leave of a matrix A that is zero in exact arithmetic but was computed
 * from values of Frobenius norm `size` in a scalar type of this relative spacing. */
double nc__rank_threshold(double spacing, double size);

/* Numerical rank of a matrix (K x d) from its singular values, largest first: those above the
 * noise, and never more than `most`. Centred means C have rank K - 1 at most: sum_k n_k c_k = 0. */
int64_t nc__rank_within(const double *singular, int64_t classes, int64_t width, int64_t most,
                        double noise);
int64_t nc__rank_of_values(const double *singular, int64_t classes, int64_t width, double noise);

/* ||A||_F^2/||A||_2^2 from `count` singular values, largest first. */
double nc__stable_rank(const double *singular, int64_t count);

#endif
