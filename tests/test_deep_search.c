/* SPDX-License-Identifier: MIT
 *
 * test_deep_search.c: the search for low values of deep cross-entropy, and the second-order check,
 * from inside: known values (doc/deep_cross_entropy.md), the convex solution for one layer, plain
 * eigenvalues of the whole Hessian.
 */
#include "support/context_fixture.h"

#include "convex/convex.h"
#include "deep/deep_curvature.h"
#include "deep/deep_search.h"
#include "deep/deep_starts.h"
#include "linalg/linalg.h"

#include <libnc/libnc.h>

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CLASSES = 20 };

static double weight[MOST_CLASSES], root[MOST_CLASSES];

static nc__deep_problem problem_of(int64_t classes, int32_t depth, const int *counts, double cost)
{
    double samples = 0;
    for (int64_t k = 0; k < classes; k++)
        samples += counts[k];
    for (int64_t k = 0; k < classes; k++) {
        weight[k] = counts[k] / samples;
        root[k] = sqrt(counts[k]);
    }
    return (nc__deep_problem){classes, depth, false, cost, 0, weight, root};
}

static nc__deep_problem balanced(int64_t classes, int32_t depth, int n, double cost)
{
    int counts[MOST_CLASSES];
    for (int64_t k = 0; k < classes; k++)
        counts[k] = n;
    return problem_of(classes, depth, counts, cost);
}

static nc__deep_point point_of(int64_t classes)
{
    nc__deep_point point;
    ck_assert_int_eq(nc__deep_point_create(&point, context, classes), LIBNC_OK);
    return point;
}

static nc__deep_search searched(const nc__deep_problem *problem, int64_t width, int64_t starts,
                                uint64_t seed, nc__deep_point *best)
{
    nc__deep_search search = {width, starts, seed, 0, 0};
    ck_assert_int_eq(nc__deep_search_run(&search, context, problem, best), LIBNC_OK);
    ck_assert_int_le(search.hits, search.started);
    return search;
}

/* ---- values ---- */

typedef struct known {
    int64_t classes;
    int32_t depth;
    int n;
    double cost, value;
    int64_t rank;
    bool bias;
} known;

/* doc/deep_cross_entropy.md, rounded up. */
static const known KNOWN[] = {
    {3, 2, 1, 5e-3, .0544402776001, 2, false},     {4, 2, 1, 5e-3, .0816488545999, 3, false},
    {4, 3, 1, 5e-3, .0741610225251, 2, false},     {6, 2, 1, 5e-3, .127274467552, 3, false},
    {10, 2, 5, 0x1p-10, .0800126592452, 5, false}, {5, 2, 1, 2e-3, .0471263625212, 3, false},
    {10, 3, 1, 1e-3, .0407023599321, 3, false},    {7, 3, 1, 1e-3, .0299656104049, 3, false},
    {3, 3, 1, 1e-3, .0116915600464, 1, true},      {4, 2, 1, 5e-3, .0816270555139, 2, true},
    {5, 2, 1, 2e-3, .0461877957868, 3, true}};
enum { KNOWN_COUNT = sizeof KNOWN / sizeof *KNOWN };

START_TEST(known_values)
{
    const known *k = &KNOWN[_i];
    nc__deep_problem problem = balanced(k->classes, k->depth, k->n, k->cost);
    nc__deep_point best = point_of(k->classes);
    problem.bias = k->bias;
    const nc__deep_search search = searched(&problem, 0, 10, 0, &best);
    ck_assert_double_le(best.value, k->value);
    ck_assert_double_ge(best.value, k->value - 1e-11);
    ck_assert_int_eq(best.rank, k->rank);
    ck_assert_int_ge(search.hits, 1);
    ck_assert_double_le(best.residual, 1e-9 * k->cost);
    nc__deep_point_destroy(&best);
}
END_TEST

/* The same seed gives the same bits. */
START_TEST(deterministic)
{
    const nc__deep_problem problem = balanced(6, 3, 2, 1e-3);
    nc__deep_point first = point_of(6), second = point_of(6);
    const nc__deep_search one = searched(&problem, 0, 12, 7, &first);
    const nc__deep_search two = searched(&problem, 0, 12, 7, &second);
    ck_assert_int_eq(one.started, two.started);
    ck_assert_int_eq(one.hits, two.hits);
    ck_assert_mem_eq(first.left, second.left, sizeof(double) * (6 * 6 * 2 + 12));
    nc__deep_point_destroy(&second);
    nc__deep_point_destroy(&first);
}
END_TEST

/* Decays so large that nothing is left: zero, and with a bias the class frequencies. */
START_TEST(zero_wins)
{
    const int counts[] = {6, 3, 1};
    nc__deep_problem problem = problem_of(3, 2, counts, 1);
    nc__deep_point best = point_of(3);
    searched(&problem, 0, 6, 0, &best);
    ck_assert_int_eq(best.rank, 0);
    ck_assert_double_eq_tol(best.value, log(3), 1e-14);
    problem.bias = true;
    searched(&problem, 0, 6, 0, &best);
    ck_assert_int_eq(best.rank, 0);
    ck_assert_double_eq_tol(best.value, -.6 * log(.6) - .3 * log(.3) - .1 * log(.1), 1e-12);
    ck_assert_double_eq_tol(best.bias[0] - best.bias[2], log(6), 1e-9);
    nc__deep_point_destroy(&best);
}
END_TEST

/* A bottleneck holds; the best at rank 2 is worse than that at any rank, and not below it. */
START_TEST(bottleneck)
{
    const nc__deep_problem problem = balanced(6, 2, 1, 5e-3);
    nc__deep_point best = point_of(6), narrow = point_of(6);
    searched(&problem, 0, 8, 0, &best);
    searched(&problem, 2, 8, 0, &narrow);
    ck_assert_int_eq(best.rank, 3);
    ck_assert_int_eq(narrow.rank, 2);
    ck_assert_double_gt(narrow.value, best.value + 1e-4);
    nc__deep_point_destroy(&narrow);
    nc__deep_point_destroy(&best);
}
END_TEST

/* ---- one layer: the convex solution ---- */

static const int COUNTS[][5] = {
    {5, 5, 5, 5, 5}, {50, 20, 5, 2, 1}, {30, 30, 2, 2, 2}, {9, 1, 1, 1, 1}};

/* M = 1: the search must end where a duality gap proves the minimum. */
START_TEST(one_layer_is_convex)
{
    const int set = _i / 4;
    nc__deep_problem problem = problem_of(5, 1, COUNTS[set], 4e-3 + 8e-3 * (_i % 3));
    problem.bias = _i % 2;
    problem.smoothing = _i % 4 >= 2 ? 0.1 : 0;
    static const double one[5] = {1, 1, 1, 1, 1};
    const nc__convex_problem convex = {.groups = 5,
                                       .multiplicity = one,
                                       .weight = weight,
                                       .scale = root,
                                       .smoothing = problem.smoothing,
                                       .bias = problem.bias,
                                       .bound = problem.cost,
                                       .tolerance = 1e-10,
                                       .iterations = 2000};
    nc__convex *solver;
    nc__convex_result proven;
    ck_assert_int_eq(nc__convex_create(&solver, context, 5), LIBNC_OK);
    ck_assert_int_eq(nc__convex_solve(solver, &convex, &proven), LIBNC_OK);
    ck_assert_double_le(proven.gap, 1e-9 * proven.value);
    nc__deep_point best = point_of(5);
    searched(&problem, 0, 4, 0, &best);
    ck_assert_double_ge(best.value, proven.value - proven.gap - 1e-14);
    ck_assert_double_eq_tol(best.value, proven.value, 1e-9 * proven.value);
    nc__deep_point_destroy(&best);
    nc__convex_destroy(solver);
}
END_TEST

/* ---- starts ---- */

/* Every recipe places unit (or zero) vectors in as many dimensions as it says. */
START_TEST(recipes_are_codes)
{
    static nc__deep_recipe recipes[2000];
    static double code[MOST_CLASSES * MOST_CLASSES];
    for (int64_t classes = 2; classes <= MOST_CLASSES; classes += classes < 9 ? 1 : 11) {
        const int64_t count = nc__deep_recipes(classes, _i % 2, _i / 2, NULL);
        ck_assert_int_le(count, 2000);
        ck_assert_int_eq(nc__deep_recipes(classes, _i % 2, _i / 2, recipes), count);
        for (int64_t i = 0; i < count; i++) {
            const int64_t dimensions = nc__deep_recipe_code(&recipes[i], classes, code);
            ck_assert_int_ge(dimensions, 1);
            ck_assert_int_le(dimensions, classes);
            for (int64_t k = 0; k < classes; k++) {
                double squares = 0;
                for (int64_t j = 0; j < classes; j++) {
                    squares += code[k * classes + j] * code[k * classes + j];
                    ck_assert(j < dimensions || code[k * classes + j] == 0);
                }
                ck_assert(squares < 1 + 1e-14);
                ck_assert(recipes[i].shape == NC__DEEP_LINE || squares == 0 || squares > 1 - 1e-14);
            }
        }
    }
}
END_TEST

/* ---- curvature ---- */

/* The ETF, its scale by Newton's method from above on q(a) = (K-1) c a^{rho-1} n^{rho/2}, q the
 * share of wrong classes and rho = 2/(M+1). */
static nc__deep_point simplex_point(const nc__deep_problem *problem)
{
    static double product[MOST_CLASSES * MOST_CLASSES];
    const int64_t classes = problem->classes;
    const double others = (double)classes - 1, power = 2 / (problem->depth + 1.0);
    const double price = others * problem->cost * pow(problem->root[0], power);
    double a = 30;
    for (int i = 0; i < 200; i++) {
        const double q = others * exp(-a) / (1 + others * exp(-a)), p = price * pow(a, power - 1);
        a -= log(q / p) / (q - 1 - (power - 1) / a);
    }
    for (int64_t i = 0; i < classes * classes; i++)
        product[i] = a * problem->root[0] * ((i % (classes + 1) == 0) - 1 / (double)classes);
    nc__deep_solver solver;
    nc__deep_point point = point_of(classes);
    ck_assert_int_eq(nc__deep_solver_create(&solver, context, problem, classes - 1), LIBNC_OK);
    ck_assert_int_eq(nc__deep_solver_decompose(&solver, product, &point), LIBNC_OK);
    nc__deep_solver_destroy(&solver);
    return point;
}

/* All eigenvalues of the whole Hessian: as many zeros as there are rotations (and a constant bias),
 * and the smallest of the others. */
static double plain_smallest(const nc__deep_problem *problem, const nc__deep_curvature *found)
{
    const int64_t n = found->size, r = found->rank;
    const int64_t wanted = problem->depth * r * (r - 1) / 2 + (problem->bias ? 1 : 0);
    double *h = calloc((size_t)(n * n), sizeof *h), *values = calloc((size_t)n, sizeof *values);
    double *unit = calloc((size_t)n, sizeof *unit);
    nc__deep *deep;
    ck_assert_int_eq(nc__deep_create(&deep, context, problem, r), LIBNC_OK);
    nc__deep_evaluate(deep, found->factors, unit);
    for (int64_t i = 0; i < n; i++) {
        memset(unit, 0, (size_t)n * sizeof *unit);
        unit[i] = 1;
        nc__deep_curve(deep, unit, h + i * n);
    }
    ck_assert_int_eq(nc__symmetric_eigen(context, h, n, values), LIBNC_OK);
    int64_t zeros = 0;
    double smallest = INFINITY;
    for (int64_t i = 0; i < n; i++)
        if (fabs(values[i]) < 1e-9 * problem->cost)
            zeros++;
        else
            smallest = fmin(smallest, values[i]);
    ck_assert_int_eq(zeros, wanted);
    nc__deep_destroy(deep);
    free(unit);
    free(values);
    free(h);
    return smallest;
}

typedef struct examined {
    int64_t classes;
    int32_t depth;
    int n;
    double cost;
    bool bias, saddle;
} examined;

/* The ETF: a local minimum where the decays are moderate, a strict saddle where they are large. The
 * last two have more variables than are done by LAPACK. */
static const examined EXAMINED[] = {
    {4, 3, 1, 5e-3, false, false},  {6, 2, 1, 5e-3, true, false},   {5, 2, 1, 2e-3, true, false},
    {3, 1, 1, 2e-2, false, false},  {3, 4, 2, 1e-3, true, false},   {8, 3, 1, 5e-2, false, true},
    {16, 2, 1, 2e-3, false, false}, {13, 3, 1, 2.5e-2, false, true}};
enum { EXAMINED_COUNT = sizeof EXAMINED / sizeof *EXAMINED };

START_TEST(curvature_against_plain_eigenvalues)
{
    const examined *e = &EXAMINED[_i];
    nc__deep_problem problem = balanced(e->classes, e->depth, e->n, e->cost);
    problem.bias = e->bias;
    nc__deep_point point = simplex_point(&problem);
    nc__deep_curvature found;
    ck_assert_int_eq(nc__deep_curvature_create(&found, context, &problem, &point, e->classes - 1),
                     LIBNC_OK);
    ck_assert_int_eq(found.rank, e->classes - 1);
    ck_assert_double_eq_tol(found.eigenvalue, plain_smallest(&problem, &found), 1e-8 * e->cost);
    ck_assert_double_lt(found.residual, 1e-7 * e->cost);
    ck_assert_msg(found.saddle == e->saddle, "eigenvalue %g c", found.eigenvalue / e->cost);
    nc__deep_curvature_destroy(&found, context);
    nc__deep_point_destroy(&point);
}
END_TEST

/* Second differences of the value along the direction give the eigenvalue; off a saddle it falls
 * to both sides, and a descent from there ends below. */
START_TEST(curvature_by_differences)
{
    const examined *e = &EXAMINED[_i];
    nc__deep_problem problem = balanced(e->classes, e->depth, e->n, e->cost);
    problem.bias = e->bias;
    nc__deep_point point = simplex_point(&problem);
    nc__deep_curvature found;
    nc__deep *deep;
    ck_assert_int_eq(nc__deep_curvature_create(&found, context, &problem, &point, e->classes - 1),
                     LIBNC_OK);
    ck_assert_int_eq(nc__deep_create(&deep, context, &problem, found.rank), LIBNC_OK);
    double *x = calloc((size_t)found.size, sizeof *x);
    const double t = 2e-3, middle = nc__deep_value(deep, found.factors);
    double side[2];
    for (int s = 0; s < 2; s++) {
        for (int64_t i = 0; i < found.size; i++)
            x[i] = found.factors[i] + (s ? t : -t) * found.direction[i];
        side[s] = nc__deep_value(deep, x);
    }
    const double second = (side[0] + side[1] - 2 * middle) / (t * t);
    ck_assert_double_eq_tol(second, found.eigenvalue, 1e-3 * e->cost + 1e-9);
    ck_assert_double_eq_tol(side[1] - side[0], 0, 0.02 * t * t * e->cost + 1e-15);
    if (e->saddle) {
        nc__deep_solver solver;
        ck_assert(side[0] < middle && side[1] < middle);
        ck_assert_int_eq(nc__deep_solver_create(&solver, context, &problem, e->classes - 1),
                         LIBNC_OK);
        ck_assert_int_eq(nc__deep_solver_descend(&solver, found.rank, x, 1e-6, &point), LIBNC_OK);
        ck_assert_double_lt(point.value, middle - 1e-3 * middle);
        nc__deep_solver_destroy(&solver);
    }
    free(x);
    nc__deep_destroy(deep);
    nc__deep_curvature_destroy(&found, context);
    nc__deep_point_destroy(&point);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("deep search");
    TCase *tests = add_case(suite, "search", 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, known_values, 0, KNOWN_COUNT);
    tcase_add_test(tests, deterministic);
    tcase_add_test(tests, zero_wins);
    tcase_add_test(tests, bottleneck);
    tcase_add_loop_test(tests, one_layer_is_convex, 0, 16);
    tcase_add_loop_test(tests, recipes_are_codes, 0, 4);
    tcase_add_loop_test(tests, curvature_against_plain_eigenvalues, 0, EXAMINED_COUNT);
    tcase_add_loop_test(tests, curvature_by_differences, 0, EXAMINED_COUNT);
    return run_suite(suite);
}
