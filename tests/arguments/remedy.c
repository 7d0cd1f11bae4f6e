/* SPDX-License-Identifier: MIT
 *
 * remedy.c: what the functions of libnc/remedy.h refuse.
 */
#include "arguments/imbalanced.h"
#include "arguments/tables.h"

static const double not_margin[] = {-DBL_MIN, -1, NAN, INFINITY};

static void remedy_weight(void)
{
    static const int64_t two[] = {1, 2}, twice[] = {1, 1}, beyond[] = {1, K}, below[] = {-1, 2};
    static const int64_t not_many[] = {0, -1, K + 1, INT64_MIN, INT64_MAX};
    libnc_geometry *g = imbalanced(0);
    double *x = out.values, *y = out.values + 1, value;
    int64_t *n = out.whole + 2, number;
    NO_CONTEXT("problem", libnc_remedy_weight(NULL, two, 2, 1, 0, x, y, n));
    WRONG("classes", libnc_remedy_weight(g, NULL, 2, 1, 0, x, y, n));
    WRONG("classes", libnc_remedy_weight(g, twice, 2, 1, 0, x, y, n));
    WRONG("classes", libnc_remedy_weight(g, beyond, 2, 1, 0, x, y, n));
    WRONG("classes", libnc_remedy_weight(g, below, 2, 1, 0, x, y, n));
    EACH(i, not_many)
    WRONG("count", libnc_remedy_weight(g, two, not_many[i], 1, 0, x, y, n));
    EACH(i, not_merging)
    WRONG("class_index", libnc_remedy_weight(g, two, 2, not_merging[i], 0, x, y, n));
    EACH(i, not_margin)
    WRONG("margin", libnc_remedy_weight(g, two, 2, 1, not_margin[i], x, y, n));
    WRONG("weight", libnc_remedy_weight(g, two, 2, 1, 0, NULL, y, n));
    ACCEPTED("limit", libnc_remedy_weight(g, two, 2, 1, 0, &value, NULL, &number));
    ACCEPTED("repeats", libnc_remedy_weight(g, two, 2, 1, 0, &value, &value, NULL));
    libnc_geometry_destroy(g);
}

static void remedy_decay(void)
{
    libnc_geometry *geometry = imbalanced(0);
    NO_CONTEXT("problem", libnc_remedy_decay(NULL, 1, 0, out.values));
    EACH(i, not_merging)
    REFUSED_AS(LIBNC_ERROR_ARGUMENT, "class_index", "class_index",
               libnc_remedy_decay(geometry, not_merging[i], 0, out.values));
    EACH(i, not_margin)
    WRONG("margin", libnc_remedy_decay(geometry, 1, not_margin[i], out.values));
    WRONG("decay", libnc_remedy_decay(geometry, 1, 0, NULL));
    libnc_geometry_destroy(geometry);
}

static void remedy_energy(void)
{
    libnc_geometry *geometry = imbalanced(1);
    NO_CONTEXT("problem", libnc_remedy_energy(NULL, 1, 0, out.values));
    EACH(i, not_merging)
    WRONG("class_index", libnc_remedy_energy(geometry, not_merging[i], 0, out.values));
    EACH(i, not_margin)
    WRONG("margin", libnc_remedy_energy(geometry, 1, not_margin[i], out.values));
    WRONG("energy", libnc_remedy_energy(geometry, 1, 0, NULL));
    libnc_geometry_destroy(geometry);
}

static void remedy_apply_weight(void)
{
    static const int64_t two[] = {1, 2}, twice[] = {1, 1}, beyond[] = {1, K};
    static const int64_t not_many[] = {0, -1, K + 1, INT64_MIN, INT64_MAX};
    libnc_geometry *g = imbalanced(0);
    NO_CONTEXT("problem", libnc_remedy_apply_weight(&out.geometry, NULL, two, 2, 3));
    WRONG("geometry", libnc_remedy_apply_weight(NULL, g, two, 2, 3));
    WRONG("classes", libnc_remedy_apply_weight(&out.geometry, g, NULL, 2, 3));
    WRONG("classes", libnc_remedy_apply_weight(&out.geometry, g, twice, 2, 3));
    WRONG("classes", libnc_remedy_apply_weight(&out.geometry, g, beyond, 2, 3));
    EACH(i, not_many)
    WRONG("count", libnc_remedy_apply_weight(&out.geometry, g, two, not_many[i], 3));
    EACH(i, not_positive_double)
    WRONG("weight", libnc_remedy_apply_weight(&out.geometry, g, two, 2, not_positive_double[i]));
    libnc_geometry_destroy(g);
}

static void remedy_margin_decay(void)
{
    static const int64_t two[] = {1, 2}, twice[] = {1, 1}, beyond[] = {1, K};
    static const int64_t not_many[] = {0, -1, K + 1, INT64_MIN, INT64_MAX};
    libnc_geometry *g = imbalanced(0);
    double *x = out.values, *y = out.values + 1, value;
    NO_CONTEXT("problem", libnc_remedy_margin_decay(NULL, two, 2, 0, x, y));
    WRONG("required", libnc_remedy_margin_decay(g, NULL, 2, 0, x, y));
    ACCEPTED("required", libnc_remedy_margin_decay(g, NULL, 0, 0, &value, NULL));
    WRONG("required", libnc_remedy_margin_decay(g, twice, 2, 0, x, y));
    WRONG("required", libnc_remedy_margin_decay(g, beyond, 2, 0, x, y));
    EACH(i, not_many)
    WRONG("required_count", libnc_remedy_margin_decay(g, two, not_many[i], 0, x, y));
    EACH(i, not_margin)
    WRONG("margin", libnc_remedy_margin_decay(g, two, 2, not_margin[i], x, y));
    WRONG("decay", libnc_remedy_margin_decay(g, two, 2, 0, NULL, y));
    ACCEPTED("cost", libnc_remedy_margin_decay(g, two, 2, 0, &value, NULL));
    libnc_geometry_destroy(g);
}

static void remedy_margin_energy(void)
{
    static const int64_t two[] = {1, 2}, twice[] = {1, 1}, beyond[] = {1, K};
    static const int64_t not_many[] = {0, -1, K + 1, INT64_MIN, INT64_MAX};
    libnc_geometry *g = imbalanced(1);
    double *x = out.values, *y = out.values + 1, value;
    NO_CONTEXT("problem", libnc_remedy_margin_energy(NULL, two, 2, 0, x, y));
    WRONG("required", libnc_remedy_margin_energy(g, NULL, 2, 0, x, y));
    ACCEPTED("required", libnc_remedy_margin_energy(g, NULL, 0, 0, &value, NULL));
    WRONG("required", libnc_remedy_margin_energy(g, twice, 2, 0, x, y));
    WRONG("required", libnc_remedy_margin_energy(g, beyond, 2, 0, x, y));
    EACH(i, not_many)
    WRONG("required_count", libnc_remedy_margin_energy(g, two, not_many[i], 0, x, y));
    EACH(i, not_margin)
    WRONG("margin", libnc_remedy_margin_energy(g, two, 2, not_margin[i], x, y));
    WRONG("energy", libnc_remedy_margin_energy(g, two, 2, 0, NULL, y));
    ACCEPTED("cost", libnc_remedy_margin_energy(g, two, 2, 0, &value, NULL));
    libnc_geometry_destroy(g);
}

static void remedy_margin_weight(void)
{
    static const int64_t two[] = {1, 2}, twice[] = {1, 1}, beyond[] = {1, K};
    static const int64_t not_many[] = {0, -1, K + 1, INT64_MIN, INT64_MAX};
    libnc_geometry *g = imbalanced(0);
    double *x = out.values, *y = out.values + 1, value;
    int64_t *n = out.whole + 2, number;
    NO_CONTEXT("problem", libnc_remedy_margin_weight(NULL, two, 2, two, 2, 0, x, n, y));
    WRONG("classes", libnc_remedy_margin_weight(g, NULL, 2, two, 2, 0, x, n, y));
    WRONG("classes", libnc_remedy_margin_weight(g, twice, 2, two, 2, 0, x, n, y));
    WRONG("classes", libnc_remedy_margin_weight(g, beyond, 2, two, 2, 0, x, n, y));
    EACH(i, not_many)
    WRONG("count", libnc_remedy_margin_weight(g, two, not_many[i], two, 2, 0, x, n, y));
    WRONG("required", libnc_remedy_margin_weight(g, two, 2, NULL, 2, 0, x, n, y));
    ACCEPTED("required", libnc_remedy_margin_weight(g, two, 2, NULL, 0, 0, &value, NULL, NULL));
    WRONG("required", libnc_remedy_margin_weight(g, two, 2, twice, 2, 0, x, n, y));
    EACH(i, not_many)
    WRONG("required_count", libnc_remedy_margin_weight(g, two, 2, two, not_many[i], 0, x, n, y));
    EACH(i, not_margin)
    WRONG("margin", libnc_remedy_margin_weight(g, two, 2, two, 2, not_margin[i], x, n, y));
    WRONG("weight", libnc_remedy_margin_weight(g, two, 2, two, 2, 0, NULL, n, y));
    ACCEPTED("repeats", libnc_remedy_margin_weight(g, two, 2, two, 2, 0, &value, NULL, &value));
    ACCEPTED("cost", libnc_remedy_margin_weight(g, two, 2, two, 2, 0, &value, &number, NULL));
    libnc_geometry_destroy(g);
}

static void remedy_margin_exponent(void)
{
    static const int64_t two[] = {1, 2}, twice[] = {1, 1}, beyond[] = {1, K};
    static const int64_t not_many[] = {0, -1, K + 1, INT64_MIN, INT64_MAX};
    libnc_geometry *g = imbalanced(0);
    double *x = out.values, *y = out.values + 1, value;
    int64_t *n = out.whole + 2, numbers[K];
    NO_CONTEXT("problem", libnc_remedy_margin_exponent(NULL, two, 2, 0, x, n, K, y));
    WRONG("required", libnc_remedy_margin_exponent(g, NULL, 2, 0, x, n, K, y));
    ACCEPTED("required", libnc_remedy_margin_exponent(g, NULL, 0, 0, &value, NULL, 0, NULL));
    WRONG("required", libnc_remedy_margin_exponent(g, twice, 2, 0, x, n, K, y));
    WRONG("required", libnc_remedy_margin_exponent(g, beyond, 2, 0, x, n, K, y));
    EACH(i, not_many)
    WRONG("required_count", libnc_remedy_margin_exponent(g, two, not_many[i], 0, x, n, K, y));
    EACH(i, not_margin)
    WRONG("margin", libnc_remedy_margin_exponent(g, two, 2, not_margin[i], x, n, K, y));
    WRONG("exponent", libnc_remedy_margin_exponent(g, two, 2, 0, NULL, n, K, y));
    ACCEPTED("repeats", libnc_remedy_margin_exponent(g, two, 2, 0, &value, NULL, K, &value));
    EACH(i, not_classes)
    MISFIT("size", libnc_remedy_margin_exponent(g, two, 2, 0, x, n, not_classes[i], y));
    ACCEPTED("cost", libnc_remedy_margin_exponent(g, two, 2, 0, &value, numbers, K, NULL));
    libnc_geometry_destroy(g);
}

static const argument_check checks[] = {
    CHECKS(remedy_weight),        CHECKS(remedy_decay),           CHECKS(remedy_energy),
    CHECKS(remedy_apply_weight),  CHECKS(remedy_margin_decay),    CHECKS(remedy_margin_energy),
    CHECKS(remedy_margin_weight), CHECKS(remedy_margin_exponent),
};

const argument_table remedy_arguments = ARGUMENT_TABLE("remedy", checks, NULL);
