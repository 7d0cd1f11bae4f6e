/* SPDX-License-Identifier: MIT
 *
 * metrics.c: the collapse metrics on arrays (doc/metrics.md, "Definitions"; Papyan, Han and Donoho,
 * PNAS 2020; Dang et al., ICML 2023, section 5; Galanti et al., ICLR 2022 for CDNV).
 */
#include "collapse/metrics.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/* One rounding moves a value by at most spacing/2 of its size, hence a matrix by less than spacing
 * times its Frobenius norm; the factor leaves room for values that took a few roundings. */
#define ROUNDINGS 8

double nc__metric_noise(double spacing, double size)
{
    return ROUNDINGS * spacing * size;
}

int64_t nc__metric_rank(const double *singular, int64_t classes, int64_t width, double noise)
{
    int64_t most = classes - 1 < width ? classes - 1 : width;
    double larger = (double)(classes > width ? classes : width);
    /* The second term is the error of the singular value decomposition itself. */
    double cut = noise + larger * DBL_EPSILON * singular[0];
    int64_t rank = 0;
    while (rank < most && singular[rank] > cut)
        rank++;
    return rank;
}

double nc__metric_nc1(const double *scatter, const double *singular, int64_t rank, int64_t samples)
{
    if (rank == 0)
        return NAN;
    double sum = 0;
    for (int64_t i = 0; i < rank; i++)
        sum += scatter[i * rank + i] / singular[i] / singular[i];
    return sum / (double)samples;
}

double nc__metric_equinorm(const double *gram, int64_t classes)
{
    double mean = 0, variance = 0;
    for (int64_t k = 0; k < classes; k++)
        mean += sqrt(gram[k * classes + k]) / (double)classes;
    for (int64_t k = 0; k < classes; k++) {
        double difference = sqrt(gram[k * classes + k]) - mean;
        variance += difference * difference / (double)classes;
    }
    return mean > 0 ? sqrt(variance) / mean : NAN;
}

double nc__metric_equiangular(const double *gram, int64_t classes, double noise)
{
    double sum = 0;
    if (classes < 2)
        return NAN;
    for (int64_t i = 0; i < classes; i++) {
        double length = sqrt(gram[i * classes + i]);
        if (length <= noise)
            return NAN;
        for (int64_t j = 0; j < i; j++) {
            double cosine = gram[i * classes + j] / length / sqrt(gram[j * classes + j]);
            sum += fabs(cosine + 1.0 / (double)(classes - 1));
        }
    }
    return 2 * sum / ((double)classes * (double)(classes - 1));
}

/* A power of two near the largest |a - b|, so that dividing by it rounds nothing and the squares
 * stay within a double: a Gram matrix may hold anything up to its end. b may be NULL for 0. */
static double unit_of(const double *a, const double *b, int64_t size)
{
    double largest = 0;
    int exponent;
    for (int64_t i = 0; i < size; i++)
        largest = fmax(largest, fabs(b ? a[i] - b[i] : a[i]));
    if (!(largest > 0) || isinf(largest))
        return 1;
    frexp(largest, &exponent);
    return ldexp(1, exponent - 1);
}

/* ||A - B||_F */
static double frobenius_difference(const double *a, const double *b, int64_t size)
{
    double unit = unit_of(a, b, size), sum = 0;
    for (int64_t i = 0; i < size; i++) {
        double scaled = (b ? a[i] - b[i] : a[i]) / unit;
        sum += scaled * scaled;
    }
    return unit * sqrt(sum);
}

static double frobenius(const double *a, int64_t size)
{
    return frobenius_difference(a, NULL, size);
}

/* A norm that a matrix can be divided by. */
static bool is_usable(double norm)
{
    return norm > 0 && isfinite(norm);
}

/* ||A/||A|| - T||_F for a target of unit norm with two values. */
static double distance_to_frame(const double *a, int64_t classes, double diagonal,
                                double off_diagonal)
{
    double norm = frobenius(a, classes * classes), sum = 0;
    if (!is_usable(norm))
        return NAN;
    for (int64_t i = 0; i < classes; i++)
        for (int64_t j = 0; j < classes; j++) {
            double target = i == j ? diagonal : off_diagonal;
            double difference = a[i * classes + j] / norm - target;
            sum += difference * difference;
        }
    return sqrt(sum);
}

double nc__metric_etf_distance(const double *a, int64_t classes)
{
    if (classes < 2)
        return NAN;
    double K = (double)classes, norm = sqrt(K - 1); /* ||I - J/K||_F */
    return distance_to_frame(a, classes, (1 - 1 / K) / norm, -1 / K / norm);
}

double nc__metric_of_distance(const double *a, int64_t classes)
{
    return distance_to_frame(a, classes, 1 / sqrt((double)classes), 0);
}

double nc__metric_distance(const double *a, const double *target, int64_t size)
{
    double norm = frobenius(a, size), target_norm = frobenius(target, size), sum = 0;
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
    double norm = frobenius(target, size);
    return is_usable(norm) ? frobenius_difference(a, target, size) / norm : NAN;
}

double nc__metric_duality(const double *classifier, const double *centred, int64_t classes,
                          int64_t width)
{
    return nc__metric_distance(classifier, centred, classes * width);
}

double nc__metric_cdnv(const double *variability, const double *centred, int64_t classes,
                       int64_t width)
{
    double sum = 0;
    if (classes < 2)
        return NAN;
    for (int64_t i = 0; i < classes; i++)
        for (int64_t j = 0; j < i; j++) {
            double square = 0;
            for (int64_t c = 0; c < width; c++) {
                double difference = centred[i * width + c] - centred[j * width + c];
                square += difference * difference;
            }
            if (!(square > 0))
                return NAN;
            sum += (variability[i] + variability[j]) / (2 * square);
        }
    return 2 * sum / ((double)classes * (double)(classes - 1));
}

double nc__metric_agreement(const int32_t *a, const int32_t *b, int64_t samples)
{
    int64_t same = 0;
    for (int64_t i = 0; i < samples; i++)
        same += a[i] == b[i];
    return (double)same / (double)samples;
}
