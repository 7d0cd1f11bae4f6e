/* SPDX-License-Identifier: MIT
 *
 * norm.c: Frobenius norms that neither overflow nor underflow.
 */
#include "linalg/norm.h"

#include <math.h>

/* A power of two near the largest |a - b|, so that dividing by it rounds nothing and the squares
 * stay within a double: a Gram matrix may hold anything up to its end. b may be NULL for 0. */
static double unit_of(const double *a, const double *b, int64_t size)
{
    double largest = 0;
    int exponent;
    for (int64_t i = 0; i < size; i++) {
        const double value = fabs(b ? a[i] - b[i] : a[i]);
        largest = value > largest ? value : largest;
    }
    if (!(largest > 0) || isinf(largest))
        return 1;
    frexp(largest, &exponent);
    return ldexp(1, exponent - 1);
}

/* ||A - B||_F */
double nc__frobenius_difference(const double *a, const double *b, int64_t size)
{
    double unit = unit_of(a, b, size), sum = 0;
    for (int64_t i = 0; i < size; i++) {
        double scaled = (b ? a[i] - b[i] : a[i]) / unit;
        sum += scaled * scaled;
    }
    return unit * sqrt(sum);
}

double nc__frobenius(const double *a, int64_t size)
{
    return nc__frobenius_difference(a, NULL, size);
}
