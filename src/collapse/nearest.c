/* SPDX-License-Identifier: MIT
 *
 * nearest.c: decisions by largest logit and by nearest class mean (doc/metrics.md, NC4).
 *
 * For h = h_o + y, with o the sample's own class,
 *   ||h - h_k||^2 - ||y||^2 = ||c_k - c_o||^2 - 2 y . (c_k - c_o) = q_k,
 * which takes one matrix product for all samples and classes. The products cancel where class means
 * are close to one another, so that every class whose q_k is within the rounding error of the
 * smallest is decided again by the plain sum of squares of y - (c_k - c_o).
 */
#include "collapse/nearest.h"

#include <float.h>
#include <math.h>

void nc__largest_logit(const double *logits, const double *bias, int64_t count, int64_t classes,
                       int32_t *decision)
{
    for (int64_t i = 0; i < count; i++) {
        const double *z = logits + i * classes;
        double best = -INFINITY;
        decision[i] = 0;
        for (int64_t k = 0; k < classes; k++) {
            double value = z[k] + (bias ? bias[k] : 0);
            if (value > best) {
                best = value;
                decision[i] = (int32_t)k;
            }
        }
    }
}

/* q_k above, and what rounding may have moved it by: each of the six terms is a product of d
 * values, in error by less than d eps times the lengths of its factors. */
static double quick_distance(const nc__nearest *search, const double *products, double length,
                             int64_t own, int64_t k, double *error)
{
    int64_t K = search->classes;
    const double *gram = search->gram;
    double reach = search->lengths[own] + search->lengths[k];
    *error = (double)(search->width + 4) * DBL_EPSILON * reach * (reach + 2 * length);
    return gram[k * K + k] - 2 * gram[k * K + own] + gram[own * K + own] -
           2 * (products[k] - products[own]);
}

static double exact_distance(const nc__nearest *search, const double *y, int64_t own, int64_t k)
{
    const double *mean = search->centred + k * search->width;
    const double *own_mean = search->centred + own * search->width;
    double sum = 0;
    for (int64_t c = 0; c < search->width; c++) {
        double difference = y[c] - (mean[c] - own_mean[c]);
        sum += difference * difference;
    }
    return sum;
}

static int32_t nearest_of(const nc__nearest *search, const double *y, const double *products,
                          int64_t own)
{
    double length = 0, bound = INFINITY, best = INFINITY, error;
    int32_t nearest = 0;
    for (int64_t c = 0; c < search->width; c++)
        length += y[c] * y[c];
    length = sqrt(length);
    for (int64_t k = 0; k < search->classes; k++) {
        double q = quick_distance(search, products, length, own, k, &error);
        bound = fmin(bound, q + error);
    }
    for (int64_t k = 0; k < search->classes; k++) {
        if (quick_distance(search, products, length, own, k, &error) - error > bound)
            continue;
        double distance = exact_distance(search, y, own, k);
        if (distance < best) {
            best = distance;
            nearest = (int32_t)k;
        }
    }
    return nearest;
}

void nc__nearest_mean(const nc__nearest *search, const double *deviations, const double *products,
                      const int32_t *labels, int64_t count, int32_t *decision)
{
    for (int64_t i = 0; i < count; i++)
        decision[i] = nearest_of(search, deviations + i * search->width,
                                 products + i * search->classes, labels[i]);
}
