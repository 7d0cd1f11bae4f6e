/* SPDX-License-Identifier: MIT
 *
 * class_margins.c: margins and probabilities at the class means of a measured layer.
 *
 * z_j = p_j . h_k + b_j over the classes that occur, h_k = c_k + h_G. No K x K matrix is formed.
 */
#include "metrics/class_margins.h"

#include <libnc/metric.h>

#include <math.h>

static double logit(const nc__layer *l, int64_t row, int64_t mean)
{
    const int64_t d = l->width;
    const double *p = l->classifier + row * d, *c = l->centred + mean * d;
    double sum = l->bias ? l->bias[row] : 0;
    for (int64_t i = 0; i < d; i++)
        sum += p[i] * (c[i] + l->mean[i]);
    return sum;
}

static double entry(const nc__layer *l, int32_t vector, int64_t k)
{
    const double own = logit(l, k, k);
    double margin = INFINITY, sum = 1;
    for (int64_t j = 0; j < l->present; j++)
        if (j != k) {
            const double lead = own - logit(l, j, k);
            margin = fmin(margin, lead);
            sum += exp(-lead);
        }
    return vector == LIBNC_CLASS_MARGIN ? margin : 1 / sum;
}

void nc__class_margins(const nc__layer *l, int32_t vector, double *values)
{
    for (int64_t k = 0; k < l->classes; k++)
        values[k] = NAN;
    for (int64_t i = 0; i < l->present && l->classifier; i++)
        values[l->index[i]] = entry(l, vector, i);
}
