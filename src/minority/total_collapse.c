/* SPDX-License-Identifier: MIT
 *
 * total_collapse.c: the price of total collapse, ||(I - p 1^T) diag(a/d)||_2 (total_collapse.h,
 * doc/minority_collapse.md), by a count of eigenvalues, checked by the power method.
 */
#include "minority/total_collapse.h"

#include "geometry/planted.h"
#include "geometry/proof.h"
#include "linalg/linalg.h"

#include <float.h>
#include <math.h>

/* Of the norm: where eigenvalues nearly meet their number is uncertain. */
#define NORM_TOLERANCE 1e-9

enum { POWER_STEPS = 8 };

/* p at zero logits and the best bias; returns |p|^2 */
static double fill_shares(const nc__imbalance *imbalance, double *shares)
{
    double sum = 0, square = 0;
    for (int64_t g = 0; g < imbalance->count; g++)
        sum += imbalance->multiplicity[g] * imbalance->loss[g];
    for (int64_t g = 0; g < imbalance->count; g++) {
        shares[g] = imbalance->problem->bias ? imbalance->loss[g] / sum
                                             : 1 / (double)imbalance->problem->groups->classes;
        square += imbalance->multiplicity[g] * shares[g] * shares[g];
    }
    return square;
}

/* (I - p 1^T) T, T = diag(t) */
typedef struct linear_map {
    const nc__imbalance *imbalance;
    const double *share; /* p_g */
    const double *rest;  /* 1 - m_g p_g */
    const double *slope; /* t_g, in units of the largest */
    double square;       /* |p|^2 */
} linear_map;

/* t_g^2 - x; x on a pole: as just below it */
static double distance_of(const linear_map *map, int64_t group, double x)
{
    const double t = map->slope[group];
    return t * t != x ? t * t - x : DBL_EPSILON * x;
}

/* Whether A = T (I - 1 p^T)(I - p 1^T) T has an eigenvalue above x. A is T^2 + F C F^T with F = T
 * [1 p], C = [|p|^2 -1; -1 0], and by Haynsworth's inertia formula the number of its eigenvalues
 * above x is
 *     #{t^2 > x} + (positive eigenvalues of -C^{-1} - F^T (T^2 - x)^{-1} F) - 1.
 * The determinant, with s_g = m t^2/(t^2 - x), is a difference of products that cancel where one
 * group's pole is near. Measured from that group's share, p_g = p + q_g, it is
 *     (sum s) (2 p - |p|^2 + sum s q^2) - (1 - sum s q)^2. */
static bool has_larger(const linear_map *map, double x)
{
    const nc__imbalance *imbalance = map->imbalance;
    int64_t nearest = 0;
    for (int64_t g = 1; g < imbalance->count; g++)
        if (fabs(distance_of(map, g, x)) < fabs(distance_of(map, nearest, x)))
            nearest = g;
    const double p = map->share[nearest];
    double above = 0, ones = 0, mixed = 0, squares = 0;
    for (int64_t g = 0; g < imbalance->count; g++) {
        const double t = map->slope[g], rest = distance_of(map, g, x);
        const double part = imbalance->multiplicity[g] * t * t / rest;
        const double shift = map->share[g] - p;
        above += rest > 0 ? imbalance->multiplicity[g] : 0;
        ones += part;
        mixed += part * shift;
        squares += part * shift * shift;
    }
    const double trace = map->square - (1 + p * p) * ones - 2 * p * mixed - squares;
    const double determinant = ones * (2 * p - map->square + squares) - (1 - mixed) * (1 - mixed);
    const int positive = determinant < 0 ? 1 : trace > 0 ? 2 : 0;
    return above + positive - 1 > 0;
}

/* ||(I - p 1^T) T||_2 <= ||I - p 1^T||_2 max t = sqrt(K) |p| max t; in units of max t. */
static double total_norm(const linear_map *map)
{
    const double classes = (double)map->imbalance->problem->groups->classes;
    double low = 0, high = sqrt(classes * map->square) * (1 + NC__SLOPE_ROUNDING);
    while (high - low > DBL_EPSILON * high) {
        const double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            break;
        if (has_larger(map, middle * middle))
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* sums[g] = sum over h != g of m_h a_h b_h, without a difference. */
static void sum_others(const nc__imbalance *imbalance, const double *a, const double *b,
                       double *sums)
{
    double before = 0, after = 0;
    for (int64_t g = 0; g < imbalance->count; g++) {
        sums[g] = before;
        before += imbalance->multiplicity[g] * a[g] * b[g];
    }
    for (int64_t g = imbalance->count; g-- > 0;) {
        sums[g] += after;
        after += imbalance->multiplicity[g] * a[g] * b[g];
    }
}

/* Where one share is nearly 1, what is left of the matrix is small beside T: sums without a group's
 * own part keep its entries accurate. y = (I - p 1^T) T x for x constant on groups. */
static void multiply(const linear_map *map, const double *x, double *y)
{
    sum_others(map->imbalance, map->slope, x, y);
    for (int64_t g = 0; g < map->imbalance->count; g++)
        y[g] = map->slope[g] * map->rest[g] * x[g] - map->share[g] * y[g];
}

/* x = T (I - 1 p^T) y */
static void multiply_transposed(const linear_map *map, const double *y, double *x)
{
    sum_others(map->imbalance, map->share, y, x);
    for (int64_t g = 0; g < map->imbalance->count; g++)
        x[g] = map->slope[g] * (map->rest[g] * y[g] - x[g]);
}

/* Scales to length 1 over the classes; returns the length. */
static double normalise(const linear_map *map, double *x)
{
    double largest = 0, square = 0;
    for (int64_t g = 0; g < map->imbalance->count; g++)
        largest = fmax(largest, fabs(x[g]));
    for (int64_t g = 0; g < map->imbalance->count && largest > 0; g++)
        square += map->imbalance->multiplicity[g] * (x[g] / largest) * (x[g] / largest);
    const double length = largest * sqrt(square);
    for (int64_t g = 0; g < map->imbalance->count && length > 0; g++)
        x[g] /= length;
    return length;
}

/* |(I - p 1^T) T x| for some x of length 1, at most the norm: a few steps of the power method, and
 * differences of two classes of a group. work: 2 G */
static double reached_norm(const linear_map *map, double *work)
{
    const nc__imbalance *imbalance = map->imbalance;
    double *x = work, *y = work + imbalance->count, reached = 0;
    for (int64_t g = 0; g < imbalance->count; g++) {
        x[g] = map->slope[g] * map->rest[g] * (g % 2 ? -1 : 1);
        if (imbalance->multiplicity[g] > 1)
            reached = fmax(reached, map->slope[g]);
    }
    for (int step = 0; step < POWER_STEPS && normalise(map, x) > 0; step++) {
        multiply(map, x, y);
        reached = nc__worse(reached, normalise(map, y));
        multiply_transposed(map, y, x);
    }
    return reached;
}

/* How far the norm is below what is reached, relative; NaN if there are eigenvalues above it or
 * none just below it, as far as their count can be trusted. */
static double norm_error(const linear_map *map, double norm, double reached)
{
    const double above = norm * (1 + NORM_TOLERANCE), below = norm * (1 - NORM_TOLERANCE);
    if (has_larger(map, above * above) || !has_larger(map, below * below))
        return NAN;
    return reached / norm - 1;
}

/* The same norm from all entries; O(G^3), where the count of eigenvalues fails. */
static libnc_status dense_norm(const linear_map *map, double *norm)
{
    const nc__imbalance *imbalance = map->imbalance;
    libnc_context *context = imbalance->problem->context;
    const int64_t G = imbalance->count;
    double largest = 0;
    double *matrix = nc__alloc(context, (size_t)G, (size_t)(G + 1) * sizeof *matrix);
    if (!matrix)
        return LIBNC_ERROR_MEMORY;
    for (int64_t g = 0; g < G; g++)
        for (int64_t h = 0; h < G; h++) {
            const double root = sqrt(imbalance->multiplicity[g] * imbalance->multiplicity[h]);
            matrix[g * G + h] =
                g == h ? map->slope[g] * map->rest[g] : -root * map->share[g] * map->slope[h];
            largest = fmax(largest, fabs(matrix[g * G + h]));
        }
    for (int64_t i = 0; i < G * G && largest > 0; i++)
        matrix[i] /= largest;
    const libnc_status status = nc__svd(context, matrix, G, G, matrix + G * G, NULL, NULL);
    *norm = largest * matrix[G * G];
    for (int64_t g = 0; g < G; g++)
        if (imbalance->multiplicity[g] > 1)
            *norm = fmax(*norm, map->slope[g]);
    nc__free(context, matrix);
    return status;
}

/* Two ways, the faster first, and a check that needs neither. */
static libnc_status find_norm(const linear_map *map, double *work, double *norm)
{
    libnc_context *context = map->imbalance->problem->context;
    const double reached = reached_norm(map, work);
    double found = total_norm(map);
    const bool counted = norm_error(map, found, reached) <= NORM_TOLERANCE;
    const libnc_status status = counted ? LIBNC_OK : dense_norm(map, &found);
    if (status != LIBNC_OK)
        return status;
    *norm = nc__planted(NC__PLANTED_TOTAL_SLOPE, found);
    return nc__check_error(context, "the price of total collapse",
                           counted ? norm_error(map, *norm, reached) : reached / *norm - 1,
                           NORM_TOLERANCE);
}

libnc_status nc__total_slope(const nc__imbalance *imbalance, double *slope)
{
    if (imbalance->problem->groups->classes == 1) {
        *slope = 0;
        return LIBNC_OK;
    }
    const size_t count = (size_t)imbalance->count;
    double *share = nc__alloc(imbalance->problem->context, 5 * count, sizeof *share);
    if (!share)
        return LIBNC_ERROR_MEMORY;
    double norm = 0, unit = 0, *rest = share + count, *slopes = rest + count;
    double *work = slopes + count;
    const linear_map map = {imbalance, share, rest, slopes, fill_shares(imbalance, share)};
    for (size_t g = 0; g < count; g++) {
        unit = fmax(unit, imbalance->loss[g] / imbalance->scale[g]);
        work[g] = 1;
    }
    for (size_t g = 0; g < count; g++)
        slopes[g] = imbalance->loss[g] / imbalance->scale[g] / unit;
    sum_others(imbalance, share, work, rest);
    const libnc_status status = find_norm(&map, work, &norm);
    if (status == LIBNC_OK)
        *slope = (1 - imbalance->problem->smoothing) * norm * unit;
    nc__free(imbalance->problem->context, share);
    return status;
}
