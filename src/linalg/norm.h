/* SPDX-License-Identifier: MIT
 *
 * norm.h: Frobenius norms that neither overflow nor underflow on the way.
 */
#ifndef NC__NORM_H
#define NC__NORM_H

#include <stddef.h>
#include <stdint.h>

/* ||a||_F of `size` values. */
double nc__frobenius(const double *a, int64_t size);

/* ||a - b||_F of `size` values; NULL stands for b = 0. */
double nc__frobenius_difference(const double *a, const double *b, int64_t size);

#endif
