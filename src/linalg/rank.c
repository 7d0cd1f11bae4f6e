/* SPDX-License-Identifier: MIT
 *
 * rank.c: ranks of matrices from their singular values.
 */
#include "linalg/rank.h"

#include <float.h>
#include <math.h>

/* One rounding moves a value by at most spacing/2 of its size, hence a matrix by less than spacing
 * times its Frobenius norm; the factor leaves room for values that took a few roundings. */
#define ROUNDINGS 8

double nc__rank_threshold(double spacing, double size)
{
    return ROUNDINGS * spacing * size;
}

int64_t nc__rank_within(const double *singular, int64_t classes, int64_t width, int64_t most,
                        double noise)
{
    double larger = (double)(classes > width ? classes : width);
    /* The second term is the error of the singular value decomposition itself. */
    double cut = noise + larger * DBL_EPSILON * singular[0];
    int64_t rank = 0, end = most < width ? most : width;
    while (rank < end && singular[rank] > cut)
        rank++;
    return rank;
}

int64_t nc__rank_of_values(const double *singular, int64_t classes, int64_t width, double noise)
{
    return nc__rank_within(singular, classes, width, classes - 1, noise);
}

double nc__stable_rank(const double *singular, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (singular[i] / singular[0]) * (singular[i] / singular[0]);
    return count > 0 && singular[0] > 0 ? sum : NAN;
}
