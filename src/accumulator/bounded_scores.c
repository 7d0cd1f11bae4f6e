/* SPDX-License-Identifier: MIT
 *
 * bounded_scores.c: scores with a bound on their rounding errors.
 *
 * With unit roundoff u, a dot product of d values in any order of summation is in error by at most
 * gamma_d ||v|| ||a||, gamma_d = d u/(1 - d u) (Higham, Accuracy and Stability of Numerical
 * Algorithms, section 3.1). EXTRA more roundings stand for those of v and a to the scalar type, of
 * the sum with t, and of the bounds themselves. Below the smallest normal number errors are
 * absolute.
 */
#include "accumulator/bounded_scores.h"

#include <float.h>
#include <math.h>

enum { EXTRA = 16 };

static double gamma_of(int32_t scalar, int64_t width)
{
    double u = (scalar == LIBNC_FLOAT32 ? FLT_EPSILON : DBL_EPSILON) / 2;
    double sum = (double)(width + EXTRA) * u;
    return sum < 1 ? sum / (1 - sum) : INFINITY;
}

static double length_of(const double *row, int64_t width)
{
    nc__tensor values = nc__tensor_f64(row, 1, width);
    return sqrt(nc__sum_squares(&values));
}

static void fill(nc__bounded_scores *list, const double *rows, const double *addends)
{
    const int64_t width = list->rows.cols;
    const int32_t scalar = list->rows.scalar;
    const double gamma = gamma_of(scalar, width);
    const double least = (double)(width + EXTRA) * (scalar == LIBNC_FLOAT32 ? FLT_MIN : DBL_MIN);
    nc__from_double(rows, &list->rows);
    for (int64_t k = 0; k < list->rows.rows; k++) {
        double length = length_of(rows + k * width, width), t = addends[k];
        double error = isinf(t) ? 0 : gamma * fabs(t) + least;
        nc__tensor low = nc__tensor_cols(&list->low, k, 1);
        nc__tensor high = nc__tensor_cols(&list->high, k, 1);
        nc__tensor slope = nc__tensor_cols(&list->slope, k, 1);
        nc__fill(&low, t - error);
        nc__fill(&high, t + error);
        nc__fill(&slope, gamma * length);
        list->longest = fmax(list->longest, length);
    }
}

libnc_status nc__bounded_scores_create(nc__bounded_scores *list, nc__arena *arena, int32_t scalar,
                                       const double *rows, const double *addends, int64_t count,
                                       int64_t width)
{
    list->rows = nc__arena_tensor(arena, scalar, count, width);
    list->low = nc__arena_tensor(arena, scalar, 1, count);
    list->high = nc__arena_tensor(arena, scalar, 1, count);
    list->slope = nc__arena_tensor(arena, scalar, 1, count);
    const libnc_status status = nc__arena_status(arena);
    if (status == LIBNC_OK)
        fill(list, rows, addends);
    return status;
}

double nc__bounded_scores_bound(const nc__bounded_scores *list, const nc__tensor *products,
                                double length)
{
    return nc__best_lower(products, &list->low, &list->slope, length);
}

double nc__bounded_scores_ceiling(const nc__bounded_scores *list, const nc__tensor *products,
                                  double length)
{
    return nc__best_lower(products, &list->high, &list->slope, -length);
}

int64_t nc__bounded_scores_next(const nc__bounded_scores *list, int64_t begin,
                                const nc__tensor *products, double length, double bound)
{
    return nc__next_candidate(begin, products, &list->high, &list->slope, length, bound);
}

bool nc__bounded_scores_is_safe(const nc__bounded_scores *list, double length)
{
    static const double ROOM = 1e-3; /* for sums of a few such products and their bounds */
    double largest = list->rows.scalar == LIBNC_FLOAT32 ? FLT_MAX : DBL_MAX;
    double reach = fmax(length, list->longest);
    return reach < sqrt(ROOM * largest);
}
