/* SPDX-License-Identifier: MIT
 *
 * regression.c: what the functions of libnc/regression.h refuse.
 */
#include "arguments/tables.h"

static void regression_moments(void)
{
    const double targets[4] = {1, 2, 3, 5};
    double mean[2], covariance[4];
    NO_CONTEXT("context", libnc_regression_moments(NULL, targets, 2, 2, out.values, NULL));
    WRONG("targets", libnc_regression_moments(w->context, NULL, 2, 2, out.values, NULL));
    EACH(i, not_finite)
    REFUSED(
        LIBNC_ERROR_NOT_FINITE, "targets",
        libnc_regression_moments(w->context, (double[]){1, not_finite[i]}, 1, 2, out.values, NULL));
    EACH(i, not_positive)
    WRONG("samples",
          libnc_regression_moments(w->context, targets, not_positive[i], 2, out.values, NULL));
    WRONG("samples", libnc_regression_moments(w->context, targets, INT64_MAX, 2, out.values, NULL));
    EACH(i, not_size)
    WRONG("outputs",
          libnc_regression_moments(w->context, targets, 2, not_size[i], out.values, NULL));
    WRONG("mean", libnc_regression_moments(w->context, targets, 2, 2, NULL, NULL));
    WRONG("covariance", libnc_regression_moments(w->context, targets, 2, 2, NULL, NULL));
    ACCEPTED("mean", libnc_regression_moments(w->context, targets, 2, 2, NULL, covariance));
    ACCEPTED("covariance", libnc_regression_moments(w->context, targets, 2, 2, mean, NULL));
}

static const double covariance_of_two[4] = {2, 1, 1, 2};

static void regression_solve(void)
{
    const double *c = covariance_of_two;
    double values[2];
    int64_t rank;
    int32_t unique;
    NO_CONTEXT("context",
               libnc_regression_solve(NULL, c, 2, 1, 1, 0, out.values, NULL, NULL, NULL));
    WRONG("covariance",
          libnc_regression_solve(w->context, NULL, 2, 1, 1, 0, out.values, NULL, NULL, NULL));
    WRONG("covariance", libnc_regression_solve(w->context, (double[]){2, 1, 1.1, 2}, 2, 1, 1, 0,
                                               out.values, NULL, NULL, NULL));
    WRONG("covariance", libnc_regression_solve(w->context, (double[]){1, 2, 2, 1}, 2, 1, 1, 0,
                                               out.values, NULL, NULL, NULL));
    EACH(i, not_finite)
    REFUSED(LIBNC_ERROR_NOT_FINITE, "covariance",
            libnc_regression_solve(w->context, (double[]){1, 0, 0, not_finite[i]}, 2, 1, 1, 0,
                                   out.values, NULL, NULL, NULL));
    EACH(i, not_size)
    WRONG("outputs", libnc_regression_solve(w->context, c, not_size[i], 1, 1, 0, out.values, NULL,
                                            NULL, NULL));
    EACH(i, not_positive_decay)
    {
        WRONG("weight_decay", libnc_regression_solve(w->context, c, 2, not_positive_decay[i], 1, 0,
                                                     out.values, NULL, NULL, NULL));
        WRONG("feature_decay", libnc_regression_solve(w->context, c, 2, 1, not_positive_decay[i], 0,
                                                      out.values, NULL, NULL, NULL));
    }
    EACH(i, not_width)
    WRONG("width", libnc_regression_solve(w->context, c, 2, 1, 1, not_width[i], out.values, NULL,
                                          NULL, NULL));
    ACCEPTED("loss", libnc_regression_solve(w->context, c, 2, 1, 1, INT64_MAX, NULL, values, &rank,
                                            &unique));
    ACCEPTED("values",
             libnc_regression_solve(w->context, c, 2, 1, 1, 0, values, NULL, &rank, &unique));
    ACCEPTED("rank",
             libnc_regression_solve(w->context, c, 2, 1, 1, 0, NULL, values, NULL, &unique));
    ACCEPTED("unique",
             libnc_regression_solve(w->context, c, 2, 1, 1, 0, NULL, values, &rank, NULL));
}

static void regression_matrices(void)
{
    const double *c = covariance_of_two;
    double values[4];
    NO_CONTEXT("context",
               libnc_regression_matrices(NULL, c, 2, 1, 1, 0, out.values, NULL, NULL, NULL));
    WRONG("covariance",
          libnc_regression_matrices(w->context, NULL, 2, 1, 1, 0, out.values, NULL, NULL, NULL));
    EACH(i, not_size)
    WRONG("outputs", libnc_regression_matrices(w->context, c, not_size[i], 1, 1, 0, out.values,
                                               NULL, NULL, NULL));
    EACH(i, not_positive_decay)
    {
        WRONG("weight_decay", libnc_regression_matrices(w->context, c, 2, not_positive_decay[i], 1,
                                                        0, out.values, NULL, NULL, NULL));
        WRONG("feature_decay", libnc_regression_matrices(w->context, c, 2, 1, not_positive_decay[i],
                                                         0, out.values, NULL, NULL, NULL));
    }
    EACH(i, not_width)
    WRONG("width", libnc_regression_matrices(w->context, c, 2, 1, 1, not_width[i], out.values, NULL,
                                             NULL, NULL));
    ACCEPTED("classifier",
             libnc_regression_matrices(w->context, c, 2, 1, 1, 0, NULL, values, NULL, NULL));
    ACCEPTED("features",
             libnc_regression_matrices(w->context, c, 2, 1, 1, 0, NULL, NULL, values, NULL));
    ACCEPTED("fit", libnc_regression_matrices(w->context, c, 2, 1, 1, 0, NULL, NULL, NULL, values));
    ACCEPTED("directions",
             libnc_regression_matrices(w->context, c, 2, 1, 1, 0, values, NULL, NULL, NULL));
}

static void regression_collapse(void)
{
    const double h[6] = {1, 2, 3, 4, 5, 7}, zero[6] = {1, 2, 0, 0, 5, 7}, y[3] = {1, 2, 4};
    const double bad[6] = {1, 2, NAN, 4, 5, 6}, line[2] = {1, 1};
    static const double not_shift[] = {-1, INFINITY, -INFINITY};
    static const int64_t few[] = {1, 0, -1, INT64_MIN, INT64_MAX};
    static const int64_t narrow[] = {0, -1, INT64_MIN, INT64_MAX};
    double *values = out.values;
    NO_CONTEXT("context", libnc_regression_collapse(NULL, h, y, line, 3, 2, 1, 0, values));
    WRONG("features", libnc_regression_collapse(w->context, NULL, y, line, 3, 2, 1, 0, values));
    WRONG("features", libnc_regression_collapse(w->context, zero, y, line, 3, 2, 1, 0, values));
    WRONG("targets", libnc_regression_collapse(w->context, h, NULL, line, 3, 2, 1, 0, values));
    WRONG("values", libnc_regression_collapse(w->context, h, y, line, 3, 2, 1, 0, NULL));
    EACH(i, few)
    WRONG("samples", libnc_regression_collapse(w->context, h, y, line, few[i], 2, 1, 0, values));
    EACH(i, narrow)
    {
        WRONG("width",
              libnc_regression_collapse(w->context, h, y, line, 3, narrow[i], 1, 0, values));
        WRONG("target_width",
              libnc_regression_collapse(w->context, h, y, line, 3, 2, narrow[i], 0, values));
    }
    WRONG("width", libnc_regression_collapse(w->context, h, y, line, 3, 2, 3, 0, values));
    EACH(i, not_shift)
    WRONG("shift",
          libnc_regression_collapse(w->context, h, y, line, 3, 2, 1, not_shift[i], values));
    REFUSED(LIBNC_ERROR_NOT_FINITE, "features",
            libnc_regression_collapse(w->context, bad, y, line, 3, 2, 1, 0, values));
    REFUSED(LIBNC_ERROR_NOT_FINITE, "targets",
            libnc_regression_collapse(w->context, h, bad, line, 3, 2, 1, 0, values));
    REFUSED(LIBNC_ERROR_NOT_FINITE, "classifier",
            libnc_regression_collapse(w->context, h, y, bad + 1, 3, 2, 1, 0, values));
}

static const argument_check checks[] = {
    CHECKS(regression_moments),
    CHECKS(regression_solve),
    CHECKS(regression_matrices),
    CHECKS(regression_collapse),
};

const argument_table regression_arguments = ARGUMENT_TABLE("regression", checks, NULL);
