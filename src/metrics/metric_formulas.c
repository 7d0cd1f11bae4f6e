/* SPDX-License-Identifier: MIT
 *
 * metric_formulas.c: the collapse metrics on arrays (doc/metrics.md, "Definitions"; Papyan, Han and
 * Donoho, PNAS 2020; Dang et al., ICML 2023, section 5; Galanti et al., ICLR 2022 for CDNV).
 */
#include "metrics/metric_formulas.h"

#include "linalg/norm.h"

#include <math.h>
#include <stdbool.h>

double nc__metric_nc1(const double *diagonal, const double *singular, int64_t rank, int64_t samples)
{
    double sum = 0;
    for (int64_t i = 0; i < rank; i++)
        sum += diagonal[i] / singular[i] / singular[i];
    return rank > 0 ? sum / (double)samples : NAN;
}

double nc__metric_equinorm(const double *lengths, int64_t classes, int64_t correction)
{
    double mean = 0, variance = 0;
    if (classes <= correction)
        return NAN;
    for (int64_t k = 0; k < classes; k++)
        mean += lengths[k] / (double)classes;
    for (int64_t k = 0; k < classes; k++) {
        double difference = lengths[k] - mean;
        variance += difference * difference / (double)(classes - correction);
    }
    return mean > 0 ? sqrt(variance) / mean : NAN;
}

double nc__metric_equinorm_signed(const double *lengths, int64_t classes, double noise)
{
    const double K = (double)classes;
    double sum = 0;
    for (int64_t k = 0; k < classes; k++) {
        if (!(lengths[k] > noise))
            return NAN;
        sum += (K - 1 - 2 * (double)k) * log(lengths[k]); /* k is first of K - 1 - k pairs */
    }
    return classes > 1 ? sum / (K * (K - 1) / 2) : NAN;
}

/* A norm that a matrix can be divided by. */
static bool is_usable(double norm)
{
    return norm > 0 && isfinite(norm);
}

double nc__metric_frame_distance(const double *a, int64_t rows, const double *ones, int64_t classes,
                                 double share)
{
    const double K = (double)classes, target_norm = sqrt(K - share);
    const double norm = nc__frobenius(a, rows * rows);
    if (!is_usable(norm) || !is_usable(target_norm))
        return NAN;
    /* outside the basis A is zero and the target the identity */
    double sum = (double)(classes - rows) / (K - share);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < rows; j++) {
            double target = ((double)(i == j) - share * ones[i] * ones[j]) / target_norm;
            double difference = a[i * rows + j] / norm - target;
            sum += difference * difference;
        }
    return sqrt(sum);
}

double nc__metric_distance(const double *a, const double *target, int64_t size)
{
    double norm = nc__frobenius(a, size), target_norm = nc__frobenius(target, size), sum = 0;
    if (!is_usable(norm) || !is_usable(target_norm))
        return NAN;
    for (int64_t i = 0; i < size; i++) {
        double difference = a[i] / norm - target[i] / target_norm;
        sum += difference * difference;
    }
    return sqrt(sum);
}

double nc__metric_relative_error(const double *a, const double *target, int64_t size)
{
    double norm = nc__frobenius(target, size);
    return is_usable(norm) ? nc__frobenius_difference(a, target, size) / norm : NAN;
}

double nc__metric_duality(const double *classifier, const double *centred, int64_t classes,
                          int64_t width)
{
    return nc__metric_distance(classifier, centred, classes * width);
}
