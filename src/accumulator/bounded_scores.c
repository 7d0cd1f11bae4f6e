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

libnc_status nc__bounded_scores_create(nc__bounded_scores **list, libnc_context *context,
                                       int32_t scalar, const double *rows, const double *addends,
                                       int64_t count, int64_t width)
{
    nc__bounded_scores *l = nc__alloc(context, 1, sizeof *l);
    if (!l)
        return LIBNC_ERROR_MEMORY;
    l->context = context;
    l->rows = nc__tensor_alloc(context, scalar, count, width);
    l->low = nc__tensor_alloc(context, scalar, 1, count);
    l->high = nc__tensor_alloc(context, scalar, 1, count);
    l->slope = nc__tensor_alloc(context, scalar, 1, count);
    if (!l->rows.data || !l->low.data || !l->high.data || !l->slope.data) {
        nc__bounded_scores_destroy(l);
        return LIBNC_ERROR_MEMORY;
    }
    fill(l, rows, addends);
    *list = l;
    return LIBNC_OK;
}

void nc__bounded_scores_destroy(nc__bounded_scores *list)
{
    if (!list)
        return;
    nc__free(list->context, list->slope.data);
    nc__free(list->context, list->high.data);
    nc__free(list->context, list->low.data);
    nc__free(list->context, list->rows.data);
    nc__free(list->context, list);
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
