/* SPDX-License-Identifier: MIT
 *
 * scatter.h: a sum of y y^T over rows y of either scalar type, for within-class scatter in full or
 * in a projection. Products of float32 rows are formed in float32 and summed in float64.
 */
#ifndef NC__SCATTER_H
#define NC__SCATTER_H

#include "linalg/linalg.h"

typedef struct nc__scatter {
    libnc_context *context;
    int64_t width;       /* n */
    double *sum;         /* n x n; the upper triangle counts until nc__scatter_values() */
    nc__tensor products; /* n x n in float32; NULL data until float32 rows are prepared for */
    int64_t unmerged;    /* rows in `products` that are not yet in the sum */
    nc__tensor wide;     /* a few rows in float64, for float32 rows whose squares would not fit */
} nc__scatter;

libnc_status nc__scatter_create(nc__scatter **scatter, libnc_context *context, int64_t width);
void nc__scatter_destroy(nc__scatter *scatter); /* NULL is fine */

/* Makes what adding rows of this type needs beyond what create made. */
libnc_status nc__scatter_prepare(nc__scatter *scatter, int32_t scalar);

/* Adds the rows of y (m x n, prepared type), whose squares sum up to about `squares`. Allocates
 * nothing. */
void nc__scatter_add(nc__scatter *scatter, const nc__tensor *y, double squares);

/* Adds another sum: n x n, of which the upper triangle is read. */
void nc__scatter_merge(nc__scatter *scatter, const double *sum);

/* The sum of all rows so far, n x n, both triangles. */
double *nc__scatter_values(nc__scatter *scatter);

#endif
