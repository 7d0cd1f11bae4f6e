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

static void regression_create(void)
{
    const double *c = covariance_of_two;
    libnc_regression **made = &out.regression;
    NO_CONTEXT("context", libnc_regression_create(made, NULL, c, 2, 1, 1, 0));
    WRONG("regression", libnc_regression_create(NULL, w->context, c, 2, 1, 1, 0));
    WRONG("covariance", libnc_regression_create(made, w->context, NULL, 2, 1, 1, 0));
    WRONG("covariance",
          libnc_regression_create(made, w->context, (double[]){2, 1, 1.1, 2}, 2, 1, 1, 0));
    WRONG("covariance",
          libnc_regression_create(made, w->context, (double[]){1, 2, 2, 1}, 2, 1, 1, 0));
    EACH(i, not_finite)
    {
        const double wrong[] = {1, 0, 0, not_finite[i]};
        REFUSED(LIBNC_ERROR_NOT_FINITE, "covariance",
                libnc_regression_create(made, w->context, wrong, 2, 1, 1, 0));
    }
    EACH(i, not_size)
    WRONG("outputs", libnc_regression_create(made, w->context, c, not_size[i], 1, 1, 0));
    EACH(i, not_positive_decay)
    {
        const double wrong = not_positive_decay[i];
        WRONG("weight_decay", libnc_regression_create(made, w->context, c, 2, wrong, 1, 0));
        WRONG("feature_decay", libnc_regression_create(made, w->context, c, 2, 1, wrong, 0));
    }
    EACH(i, not_width)
    WRONG("width", libnc_regression_create(made, w->context, c, 2, 1, 1, not_width[i]));
}

static libnc_regression *made_regression(void)
{
    libnc_regression *regression;
    must(libnc_regression_create(&regression, w->context, covariance_of_two, 2, 1, 1, INT64_MAX));
    return regression;
}

static void regression_loss(void)
{
    libnc_regression *regression = made_regression();
    NO_CONTEXT("regression", libnc_regression_loss(NULL, out.values));
    WRONG("loss", libnc_regression_loss(regression, NULL));
    libnc_regression_destroy(regression);
}

static void regression_singular_values(void)
{
    static const size_t misfits[] = {0, 1, 3, SIZE_MAX};
    libnc_regression *regression = made_regression();
    NO_CONTEXT("regression", libnc_regression_singular_values(NULL, out.values, 2));
    WRONG("values", libnc_regression_singular_values(regression, NULL, 2));
    EACH(i, misfits)
    MISFIT("size", libnc_regression_singular_values(regression, out.values, misfits[i]));
    libnc_regression_destroy(regression);
}

static void regression_matrix(void)
{
    static const int32_t not_matrix[] = {0, 5, -1, INT32_MIN, INT32_MAX};
    static const size_t misfits[] = {0, 3, 5, SIZE_MAX};
    libnc_regression *regression = made_regression();
    NO_CONTEXT("regression", libnc_regression_matrix(NULL, 1, out.values, 4));
    EACH(i, not_matrix)
    WRONG("matrix", libnc_regression_matrix(regression, not_matrix[i], out.values, 4));
    WRONG("values", libnc_regression_matrix(regression, 1, NULL, 4));
    EACH(i, misfits)
    MISFIT("size", libnc_regression_matrix(regression, 4, out.values, misfits[i]));
    libnc_regression_destroy(regression);
}

static void regression_collapse_create(void)
{
    const double h[6] = {1, 2, 3, 4, 5, 7}, zero[6] = {1, 2, 0, 0, 5, 7}, y[3] = {1, 2, 4};
    const double bad[6] = {1, 2, NAN, 4, 5, 6}, v[2] = {1, 1};
    static const int64_t few[] = {1, 0, -1, INT64_MIN, INT64_MAX};
    static const int64_t narrow[] = {0, -1, INT64_MIN, INT64_MAX};
    libnc_context *c = w->context;
    libnc_regression_collapse **made = &out.collapse;
    NO_CONTEXT("context", libnc_regression_collapse_create(made, NULL, h, y, v, 3, 2, 1));
    WRONG("collapse", libnc_regression_collapse_create(NULL, c, h, y, v, 3, 2, 1));
    WRONG("features", libnc_regression_collapse_create(made, c, NULL, y, v, 3, 2, 1));
    WRONG("features", libnc_regression_collapse_create(made, c, zero, y, v, 3, 2, 1));
    WRONG("targets", libnc_regression_collapse_create(made, c, h, NULL, v, 3, 2, 1));
    EACH(i, few)
    WRONG("samples", libnc_regression_collapse_create(made, c, h, y, v, few[i], 2, 1));
    EACH(i, narrow)
    {
        WRONG("width", libnc_regression_collapse_create(made, c, h, y, v, 3, narrow[i], 1));
        WRONG("outputs", libnc_regression_collapse_create(made, c, h, y, v, 3, 2, narrow[i]));
    }
    WRONG("width", libnc_regression_collapse_create(made, c, h, y, v, 3, 2, 3));
    REFUSED(LIBNC_ERROR_NOT_FINITE, "features",
            libnc_regression_collapse_create(made, c, bad, y, v, 3, 2, 1));
    REFUSED(LIBNC_ERROR_NOT_FINITE, "targets",
            libnc_regression_collapse_create(made, c, h, bad, v, 3, 2, 1));
    REFUSED(LIBNC_ERROR_NOT_FINITE, "classifier",
            libnc_regression_collapse_create(made, c, h, y, bad + 1, 3, 2, 1));
}

static libnc_regression_collapse *made_collapse(void)
{
    const double h[6] = {1, 2, 3, 4, 5, 7}, y[3] = {1, 2, 4}, v[2] = {1, 1};
    libnc_regression_collapse *collapse;
    must(libnc_regression_collapse_create(&collapse, w->context, h, y, v, 3, 2, 1));
    return collapse;
}

static void regression_collapse_nrc1(void)
{
    libnc_regression_collapse *collapse = made_collapse();
    NO_CONTEXT("collapse", libnc_regression_collapse_nrc1(NULL, out.values));
    WRONG("nrc1", libnc_regression_collapse_nrc1(collapse, NULL));
    libnc_regression_collapse_destroy(collapse);
}

static void regression_collapse_nrc2(void)
{
    libnc_regression_collapse *collapse = made_collapse();
    NO_CONTEXT("collapse", libnc_regression_collapse_nrc2(NULL, out.values));
    WRONG("nrc2", libnc_regression_collapse_nrc2(collapse, NULL));
    libnc_regression_collapse_destroy(collapse);
}

static void regression_collapse_nrc3(void)
{
    static const double not_shift[] = {-1, INFINITY, -INFINITY};
    libnc_regression_collapse *collapse = made_collapse();
    double nrc3;
    NO_CONTEXT("collapse", libnc_regression_collapse_nrc3(NULL, 0, out.values, out.values));
    EACH(i, not_shift)
    WRONG("shift", libnc_regression_collapse_nrc3(collapse, not_shift[i], out.values, out.values));
    WRONG("nrc3", libnc_regression_collapse_nrc3(collapse, 0, NULL, out.values));
    ACCEPTED("used", libnc_regression_collapse_nrc3(collapse, NAN, &nrc3, NULL));
    libnc_regression_collapse_destroy(collapse);
}

static void without_status(void)
{
    DONE(libnc_regression_destroy(NULL));
    ZERO(libnc_regression_outputs(NULL));
    ZERO(libnc_regression_rank(NULL));
    ZERO(libnc_regression_is_unique(NULL));
    DONE(libnc_regression_collapse_destroy(NULL));
}

static const argument_check checks[] = {
    CHECKS(regression_moments),       CHECKS(regression_create),
    CHECKS(regression_loss),          CHECKS(regression_singular_values),
    CHECKS(regression_matrix),        CHECKS(regression_collapse_create),
    CHECKS(regression_collapse_nrc1), CHECKS(regression_collapse_nrc2),
    CHECKS(regression_collapse_nrc3),
};

const argument_table regression_arguments = ARGUMENT_TABLE("regression", checks, without_status);
