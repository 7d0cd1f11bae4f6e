/* SPDX-License-Identifier: MIT
 *
 * regression.c: the allocations of the functions of libnc/regression.h.
 */
#include "faults/tables.h"

static const double regression_targets[6] = {1, 2, 4, 3, 0, 1};

static const double covariance_of_two[4] = {2, 1, 1, 2};

static libnc_status call_moments(world *w)
{
    return libnc_regression_moments(w->context, regression_targets, 3, 2, made.values,
                                    made.values + 2);
}

static libnc_status call_regression(world *w)
{
    return libnc_regression_create(&made.regression, w->context, covariance_of_two, 2, 0.1, 0.2, 0);
}

static void follow_regression(world *w, record *r)
{
    double values[4];
    (void)w;
    ck_assert_int_eq(libnc_regression_singular_values(made.regression, values, 2), LIBNC_OK);
    record_bytes(r, values, 2 * sizeof *values);
}

static void prepare_regression(world *w)
{
    libnc_regression *made_before;
    must(libnc_regression_create(&made_before, w->context, covariance_of_two, 2, 0.1, 0.2, 0));
    w->scratch = made_before;
}

static libnc_status call_regression_matrix(world *w)
{
    return libnc_regression_matrix(w->scratch, LIBNC_REGRESSION_MATRIX_FIT, made.values, 4);
}

static void forget_regression(world *w, record *r)
{
    (void)r;
    libnc_regression_destroy(w->scratch);
}

static libnc_status create_collapse(world *w, libnc_regression_collapse **collapse)
{
    const double h[15] = {1, 2, 0.5, -1, 0.3, 2, 1, 1, -2, 0.7, 0.1, 3, -1, 2, 0.2};
    const double y[10] = {1, 0, -1, 2, 0.5, 0.5, 1, -1, 2, 1}, v[6] = {1, 0, 2, 0, 1, -1};
    return libnc_regression_collapse_create(collapse, w->context, h, y, v, 5, 3, 2);
}

static libnc_status call_collapse(world *w)
{
    return create_collapse(w, &made.collapse);
}

static void follow_collapse(world *w, record *r)
{
    double values[3];
    (void)w;
    ck_assert_int_eq(libnc_regression_collapse_nrc1(made.collapse, values), LIBNC_OK);
    ck_assert_int_eq(libnc_regression_collapse_nrc2(made.collapse, values + 1), LIBNC_OK);
    ck_assert_int_eq(libnc_regression_collapse_nrc3(made.collapse, 0, values + 2, NULL), LIBNC_OK);
    record_bytes(r, values, sizeof values);
}

static void prepare_collapse(world *w)
{
    libnc_regression_collapse *made_before;
    must(create_collapse(w, &made_before));
    w->scratch = made_before;
}

static libnc_status call_nrc3(world *w)
{
    return libnc_regression_collapse_nrc3(w->scratch, NAN, made.values, made.values + 1);
}

static void forget_collapse(world *w, record *r)
{
    (void)r;
    libnc_regression_collapse_destroy(w->scratch);
}

static const fault_case cases[] = {
    {"libnc_regression_moments", .call = call_moments},
    {"libnc_regression_create", .call = call_regression, .follow = follow_regression},
    {"libnc_regression_matrix", .call = call_regression_matrix, .prepare = prepare_regression,
     .follow = forget_regression},
    {"libnc_regression_collapse_create", .call = call_collapse, .follow = follow_collapse},
    {"libnc_regression_collapse_nrc3", .call = call_nrc3, .prepare = prepare_collapse,
     .follow = forget_collapse},
};

static libnc_regression *regression;
static libnc_regression_collapse *collapse;

static void before_steady(world *w)
{
    must(libnc_regression_create(&regression, w->context, covariance_of_two, 2, 0.1, 0.2, 0));
    must(create_collapse(w, &collapse));
}

static void after_steady(world *w)
{
    (void)w;
    libnc_regression_collapse_destroy(collapse);
    libnc_regression_destroy(regression);
}

static void steady(world *w)
{
    double values[2];
    GETTER(libnc_regression_outputs(regression));
    GETTER(libnc_regression_rank(regression));
    GETTER(libnc_regression_is_unique(regression));
    STEADY(libnc_regression_loss(regression, values));
    STEADY(libnc_regression_singular_values(regression, values, 2));
    STEADY(libnc_regression_collapse_nrc1(collapse, values));
    STEADY(libnc_regression_collapse_nrc2(collapse, values));
}

const fault_table regression_faults = {"regression",
                                       .cases = cases,
                                       .count = FAULT_CASES(cases),
                                       .steady = steady,
                                       .before_steady = before_steady,
                                       .after_steady = after_steady};
