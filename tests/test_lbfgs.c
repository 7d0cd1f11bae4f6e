/* SPDX-License-Identifier: MIT
 *
 * test_lbfgs.c: limited-memory BFGS and its line search: known minimisers (quadratics, Rosenbrock,
 * a regularised matrix factorisation with its closed form), the strong Wolfe conditions at accepted
 * steps, the end of precision, failures of the objective and of the allocator.
 */
#include "linalg/linalg.h"
#include "minimise/lbfgs.h"
#include "minimise/wolfe.h"
#include "support/context_fixture.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 2000 };

/* An objective on up to two tensors of either scalar type, in double inside. */
typedef struct problem {
    int32_t scalar, count;
    int64_t sizes[2];
    nc__tensor x[2], g[2];
    double memory_x[LARGEST], memory_g[LARGEST];
    double (*function)(int64_t n, const double *x, double *g);
    int64_t evaluations;
    int64_t fail_at;      /* evaluation that returns an error; 0 for none */
    double infinite_from; /* |x|_max from which the value is not finite */
} problem;

static void problem_set(problem *p, int32_t scalar, int64_t first, int64_t second,
                        double (*function)(int64_t, const double *, double *))
{
    memset(p, 0, sizeof *p);
    p->scalar = scalar;
    p->count = second ? 2 : 1;
    p->sizes[0] = first;
    p->sizes[1] = second;
    p->function = function;
    p->infinite_from = INFINITY;
    char *x = (char *)p->memory_x, *g = (char *)p->memory_g;
    for (int32_t i = 0; i < p->count; i++) {
        p->x[i] = nc__tensor_of(x, scalar, 1, p->sizes[i]);
        p->g[i] = nc__tensor_of(g, scalar, 1, p->sizes[i]);
        x += 8 * p->sizes[i];
        g += 8 * p->sizes[i];
    }
}

static void problem_read(const problem *p, double *x)
{
    for (int32_t i = 0; i < p->count; x += p->sizes[i++])
        nc__to_double(&p->x[i], x);
}

static void problem_write(problem *p, const double *x)
{
    for (int32_t i = 0; i < p->count; x += p->sizes[i++])
        nc__from_double(x, &p->x[i]);
}

static libnc_status evaluate(void *user, double *value)
{
    problem *p = user;
    double x[LARGEST], g[LARGEST];
    if (++p->evaluations == p->fail_at)
        return LIBNC_ERROR_INTERNAL;
    problem_read(p, x);
    const int64_t n = p->sizes[0] + p->sizes[1];
    *value = p->function(n, x, g);
    for (int64_t i = 0; i < n; i++)
        if (!(fabs(x[i]) < p->infinite_from))
            *value = NAN;
    const double *from = g;
    for (int32_t i = 0; i < p->count; from += p->sizes[i++])
        nc__from_double(from, &p->g[i]);
    return LIBNC_OK;
}

static problem P;

/* Steps until it stops or the norm is at or below tolerance; returns the last status. */
static libnc_status minimise(nc__lbfgs *lb, int32_t limit, double tolerance, double *value,
                             double *norm, int32_t *steps)
{
    libnc_status status = LIBNC_OK;
    *norm = INFINITY;
    for (*steps = 0; *steps < limit && !status && *norm > tolerance; ++*steps)
        status = nc__lbfgs_step(lb, evaluate, &P, value, norm);
    return status;
}

/* 1/2 sum c_i (x_i - 1)^2 + 1, c from 1 to 1e6 */
static double quadratic(int64_t n, const double *x, double *g)
{
    double sum = 1;
    for (int64_t i = 0; i < n; i++) {
        double c = pow(1e6, n > 1 ? (double)i / (double)(n - 1) : 0), e = x[i] - 1;
        sum += c * e * e / 2;
        g[i] = c * e;
    }
    return sum;
}

static double rosenbrock(int64_t n, const double *x, double *g)
{
    double sum = 0;
    memset(g, 0, (size_t)n * sizeof *g);
    for (int64_t i = 0; i + 1 < n; i++) {
        double a = 1 - x[i], b = x[i + 1] - x[i] * x[i];
        sum += a * a + 100 * b * b;
        g[i] += -2 * a - 400 * b * x[i];
        g[i + 1] += 200 * b;
    }
    return sum;
}

enum { FACTOR_ROWS = 6, FACTOR_RANK = 4, FACTOR_COLS = 9 };
static const double FACTOR_DECAY = 0.3;

static double factor_target(int64_t i, int64_t j)
{
    return i == j ? 5 - 0.7 * (double)i : 0; /* singular values 5, 4.3, 3.6, 2.9, 2.2, 1.5 */
}

/* 1/2 ||A B - T||^2 + decay/2 (||A||^2 + ||B||^2), A 6 x 4, B 4 x 9 */
static double factorisation(int64_t n, const double *x, double *g)
{
    const double *a = x, *b = x + FACTOR_ROWS * FACTOR_RANK;
    double *ga = g, *gb = g + FACTOR_ROWS * FACTOR_RANK, sum = 0;
    for (int64_t i = 0; i < n; i++) {
        sum += FACTOR_DECAY / 2 * x[i] * x[i];
        g[i] = FACTOR_DECAY * x[i];
    }
    for (int i = 0; i < FACTOR_ROWS; i++)
        for (int j = 0; j < FACTOR_COLS; j++) {
            double e = -factor_target(i, j);
            for (int k = 0; k < FACTOR_RANK; k++)
                e += a[i * FACTOR_RANK + k] * b[k * FACTOR_COLS + j];
            sum += e * e / 2;
            for (int k = 0; k < FACTOR_RANK; k++) {
                ga[i * FACTOR_RANK + k] += e * b[k * FACTOR_COLS + j];
                gb[k * FACTOR_COLS + j] += e * a[i * FACTOR_RANK + k];
            }
        }
    return sum;
}

/* Soft-thresholding of the singular values: sum of (s - y)^2/2 + decay s over the kept ones. */
static double factorisation_minimum(void)
{
    double sum = 0;
    for (int i = 0; i < FACTOR_ROWS; i++) {
        double y = factor_target(i, i), s = i < FACTOR_RANK ? y - FACTOR_DECAY : 0;
        sum += (s - y) * (s - y) / 2 + FACTOR_DECAY * s;
    }
    return sum;
}

static void start_at_random(int64_t n, double size)
{
    double x[LARGEST];
    uint64_t state = 12345;
    for (int64_t i = 0; i < n; i++) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        x[i] = size * ((double)(state >> 11) * 0x1p-52 - 1);
    }
    problem_write(&P, x);
}

START_TEST(test_quadratic)
{
    static const int64_t sizes[] = {1, 2, 10, 200};
    const int64_t n = sizes[_i];
    problem_set(&P, LIBNC_FLOAT64, n, 0, quadratic);
    start_at_random(n, 3);
    nc__lbfgs *lb;
    ck_assert_int_eq(nc__lbfgs_create(&lb, context, P.x, P.g, 1, 20), LIBNC_OK);
    double value, norm, x[LARGEST];
    int32_t steps;
    minimise(lb, 20000, 1e-10, &value, &norm, &steps);
    ck_assert_double_le(norm, 1e-10);
    ck_assert_double_le(fabs(value - 1), 4 * DBL_EPSILON);
    problem_read(&P, x);
    for (int64_t i = 0; i < n; i++)
        ck_assert_double_le(fabs(x[i] - 1), 1e-9);
    nc__lbfgs_destroy(lb);
}
END_TEST

START_TEST(test_rosenbrock)
{
    static const int64_t sizes[] = {2, 10, 100};
    const int64_t n = sizes[_i];
    problem_set(&P, LIBNC_FLOAT64, 1, n - 1, rosenbrock);
    double x[LARGEST], value, norm;
    for (int64_t i = 0; i < n; i++)
        x[i] = i % 2 ? 1 : -1.2;
    problem_write(&P, x);
    nc__lbfgs *lb;
    ck_assert_int_eq(nc__lbfgs_create(&lb, context, P.x, P.g, 2, 10), LIBNC_OK);
    int32_t steps;
    minimise(lb, 2000, 1e-10, &value, &norm, &steps);
    ck_assert_double_le(norm, 1e-10);
    ck_assert_int_le(P.evaluations, 2 * steps + 20);
    nc__lbfgs_destroy(lb);
}
END_TEST

START_TEST(test_factorisation_reaches_its_closed_form)
{
    const int64_t first = FACTOR_ROWS * FACTOR_RANK, second = FACTOR_RANK * FACTOR_COLS;
    problem_set(&P, LIBNC_FLOAT64, first, second, factorisation);
    start_at_random(first + second, 1);
    nc__lbfgs *lb;
    ck_assert_int_eq(nc__lbfgs_create(&lb, context, P.x, P.g, 2, 20), LIBNC_OK);
    double value, norm;
    int32_t steps;
    minimise(lb, 3000, 1e-12, &value, &norm, &steps);
    ck_assert_double_le(norm, 1e-12);
    ck_assert_double_le(fabs(value / factorisation_minimum() - 1), 1e-14);
    nc__lbfgs_destroy(lb);
}
END_TEST

START_TEST(test_float32)
{
    const int64_t first = FACTOR_ROWS * FACTOR_RANK, second = FACTOR_RANK * FACTOR_COLS;
    problem_set(&P, LIBNC_FLOAT32, first, second, factorisation);
    start_at_random(first + second, 1);
    nc__lbfgs *lb;
    ck_assert_int_eq(nc__lbfgs_create(&lb, context, P.x, P.g, 2, 20), LIBNC_OK);
    double value, norm;
    int32_t steps;
    ck_assert_int_eq(minimise(lb, 3000, 0, &value, &norm, &steps), NC__LBFGS_STUCK);
    ck_assert_double_le(fabs(value / factorisation_minimum() - 1), 8 * FLT_EPSILON);
    ck_assert_double_le(norm, 1e-5);
    nc__lbfgs_destroy(lb);
}
END_TEST

/* s = x_{k+1} - x_k stands for step times direction: the conditions do not see their sizes. */
START_TEST(test_accepted_steps_satisfy_strong_wolfe)
{
    const int64_t n = 20;
    problem_set(&P, LIBNC_FLOAT64, n, 0, _i ? rosenbrock : quadratic);
    start_at_random(n, 2);
    nc__lbfgs *lb;
    ck_assert_int_eq(nc__lbfgs_create(&lb, context, P.x, P.g, 1, 5), LIBNC_OK);
    double x0[LARGEST], x1[LARGEST], g0[LARGEST], g1[LARGEST], value, norm;
    for (int step = 0; step < 40; step++) {
        problem_read(&P, x0);
        ck_assert_int_eq(nc__lbfgs_step(lb, evaluate, &P, &value, &norm), LIBNC_OK);
        problem_read(&P, x1);
        double f0 = P.function(n, x0, g0), f1 = P.function(n, x1, g1), slope0 = 0, slope1 = 0,
               gg = 0;
        for (int64_t i = 0; i < n; i++) {
            slope0 += g0[i] * (x1[i] - x0[i]);
            slope1 += g1[i] * (x1[i] - x0[i]);
            gg += g1[i] * g1[i];
        }
        ck_assert_double_lt(slope0, 0);
        ck_assert_double_le(f1, f0 + 1e-4 * slope0 + 1e-13 * fabs(f0));
        ck_assert_double_le(fabs(slope1), 0.9 * fabs(slope0) * (1 + 1e-6));
        ck_assert_double_eq(value, f1);
        ck_assert_double_le(fabs(norm - sqrt(gg)), 1e-14 * norm);
    }
    nc__lbfgs_destroy(lb);
}
END_TEST

START_TEST(test_stops_at_a_minimiser)
{
    problem_set(&P, LIBNC_FLOAT64, 10, 0, quadratic);
    double ones[10], value = -1, norm = -1, x[LARGEST];
    for (int i = 0; i < 10; i++)
        ones[i] = 1;
    problem_write(&P, ones);
    nc__lbfgs *lb;
    ck_assert_int_eq(nc__lbfgs_create(&lb, context, P.x, P.g, 1, 3), LIBNC_OK);
    ck_assert_int_eq(nc__lbfgs_step(lb, evaluate, &P, &value, &norm), NC__LBFGS_STUCK);
    ck_assert_double_eq(value, 1);
    ck_assert_double_eq(norm, 0);
    problem_read(&P, x);
    ck_assert_mem_eq(x, ones, sizeof ones);
    nc__lbfgs_destroy(lb);
}
END_TEST

/* A gradient that points uphill: nothing can be gained, and the variables must stay. */
static double inconsistent(int64_t n, const double *x, double *g)
{
    double value = quadratic(n, x, g);
    for (int64_t i = 0; i < n; i++)
        g[i] = -g[i];
    return value;
}

START_TEST(test_stops_where_no_step_helps)
{
    problem_set(&P, LIBNC_FLOAT64, 10, 0, inconsistent);
    start_at_random(10, 3);
    double before[LARGEST], after[LARGEST], value, norm;
    problem_read(&P, before);
    nc__lbfgs *lb;
    ck_assert_int_eq(nc__lbfgs_create(&lb, context, P.x, P.g, 1, 3), LIBNC_OK);
    ck_assert_int_eq(nc__lbfgs_step(lb, evaluate, &P, &value, &norm), NC__LBFGS_STUCK);
    problem_read(&P, after);
    ck_assert_mem_eq(before, after, 10 * sizeof *before);
    nc__lbfgs_destroy(lb);
}
END_TEST

/* At the end of precision it must say so, not go on for ever, and not have drifted upwards. */
START_TEST(test_ends_by_itself)
{
    const int64_t first = FACTOR_ROWS * FACTOR_RANK, second = FACTOR_RANK * FACTOR_COLS;
    problem_set(&P, LIBNC_FLOAT64, first, second, factorisation);
    start_at_random(first + second, 1);
    nc__lbfgs *lb;
    ck_assert_int_eq(nc__lbfgs_create(&lb, context, P.x, P.g, 2, 20), LIBNC_OK);
    double value, norm;
    int32_t steps;
    ck_assert_int_eq(minimise(lb, 3000, 0, &value, &norm, &steps), NC__LBFGS_STUCK);
    ck_assert_double_le(norm, 1e-13 * 40);
    ck_assert_double_le(fabs(value / factorisation_minimum() - 1), 1e-14);
    nc__lbfgs_destroy(lb);
}
END_TEST

START_TEST(test_values_that_are_not_finite_shorten_the_step)
{
    problem_set(&P, LIBNC_FLOAT64, 4, 0, quadratic);
    start_at_random(4, 1.4);
    P.infinite_from = 1.5; /* the first step along the steepest descent has length 1 */
    nc__lbfgs *lb;
    ck_assert_int_eq(nc__lbfgs_create(&lb, context, P.x, P.g, 1, 10), LIBNC_OK);
    double value, norm;
    int32_t steps;
    minimise(lb, 500, 1e-9, &value, &norm, &steps);
    ck_assert_double_le(norm, 1e-9);
    nc__lbfgs_destroy(lb);
}
END_TEST

START_TEST(test_a_start_that_is_not_finite_is_an_error)
{
    problem_set(&P, LIBNC_FLOAT64, 4, 0, quadratic);
    P.infinite_from = 0;
    nc__lbfgs *lb;
    ck_assert_int_eq(nc__lbfgs_create(&lb, context, P.x, P.g, 1, 10), LIBNC_OK);
    double value = 7, norm = 7;
    ck_assert_int_eq(nc__lbfgs_step(lb, evaluate, &P, &value, &norm), LIBNC_ERROR_NOT_FINITE);
    ck_assert_double_eq(value, 7);
    ck_assert_double_eq(norm, 7);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "objective"));
    P.infinite_from = INFINITY;
    ck_assert_int_eq(nc__lbfgs_step(lb, evaluate, &P, &value, &norm), LIBNC_OK);
    nc__lbfgs_destroy(lb);
}
END_TEST

/* Whichever evaluation fails, the variables are at the last accepted point, and going on works. */
START_TEST(test_an_error_of_the_objective_restores)
{
    problem_set(&P, LIBNC_FLOAT64, 6, 0, rosenbrock);
    start_at_random(6, 2);
    P.fail_at = _i + 1;
    nc__lbfgs *lb;
    ck_assert_int_eq(nc__lbfgs_create(&lb, context, P.x, P.g, 1, 4), LIBNC_OK);
    double before[LARGEST], after[LARGEST], g[LARGEST], value = 0, norm = 0;
    libnc_status status = LIBNC_OK;
    while (!status) {
        problem_read(&P, before);
        status = nc__lbfgs_step(lb, evaluate, &P, &value, &norm);
    }
    ck_assert_int_eq(status, LIBNC_ERROR_INTERNAL);
    problem_read(&P, after);
    ck_assert_mem_eq(before, after, 6 * sizeof *before);
    if (_i > 0) {
        rosenbrock(6, after, g);
        ck_assert_mem_eq(g, P.memory_g, 6 * sizeof *g);
    }
    int32_t steps;
    minimise(lb, 500, 1e-9, &value, &norm, &steps);
    ck_assert_double_le(norm, 1e-9);
    nc__lbfgs_destroy(lb);
}
END_TEST

START_TEST(test_one_evaluation_per_step_and_invalidate)
{
    problem_set(&P, LIBNC_FLOAT64, 10, 0, quadratic);
    start_at_random(10, 3);
    nc__lbfgs *lb;
    ck_assert_int_eq(nc__lbfgs_create(&lb, context, P.x, P.g, 1, 10), LIBNC_OK);
    double value, norm, g[LARGEST], x[LARGEST];
    int32_t steps;
    minimise(lb, 30, 0, &value, &norm, &steps);
    ck_assert_int_eq(steps, 30);
    ck_assert_int_le(P.evaluations, 60);
    start_at_random(10, 5);
    nc__lbfgs_invalidate(lb);
    problem_read(&P, x);
    const double fresh = quadratic(10, x, g);
    ck_assert_int_eq(nc__lbfgs_step(lb, evaluate, &P, &value, &norm), LIBNC_OK);
    ck_assert_double_lt(value, fresh);
    start_at_random(10, 3);
    nc__lbfgs_reset(lb);
    minimise(lb, 2000, 1e-9, &value, &norm, &steps);
    ck_assert_double_le(norm, 1e-9);
    nc__lbfgs_destroy(lb);
}
END_TEST

/* Reset must leave nothing behind: the same start gives the same bits. */
START_TEST(test_reset_forgets_everything)
{
    problem_set(&P, LIBNC_FLOAT64, 10, 0, rosenbrock);
    nc__lbfgs *lb;
    ck_assert_int_eq(nc__lbfgs_create(&lb, context, P.x, P.g, 1, 4), LIBNC_OK);
    double first[LARGEST], second[LARGEST], value, norm;
    int32_t steps;
    for (int round = 0; round < 2; round++) {
        start_at_random(10, 2);
        nc__lbfgs_reset(lb);
        minimise(lb, 25, 0, &value, &norm, &steps);
        problem_read(&P, round ? second : first);
    }
    ck_assert_mem_eq(first, second, 10 * sizeof *first);
    nc__lbfgs_destroy(lb);
}
END_TEST

/* ---- the line search alone, on functions of one variable ---- */

static double line_kink(double a, double *slope) /* long flat descent, then a steep wall */
{
    *slope = -1 / ((1 + a) * (1 + a)) + (a > 50 ? 4 * pow(a - 50, 3) : 0);
    return 1 / (1 + a) + (a > 50 ? pow(a - 50, 4) : 0);
}

static double line_more_thuente(double a, double *slope) /* their (5.1), beta = 2 */
{
    double b = a * a + 2;
    *slope = (a * a - 2) / (b * b);
    return -a / b;
}

static double line_exponential(double a, double *slope)
{
    *slope = exp(a) - 2;
    return exp(a) - 2 * a;
}

START_TEST(test_line_search)
{
    static double (*const lines[])(double, double *) = {line_kink, line_more_thuente,
                                                        line_exponential};
    static const double firsts[] = {1e-6, 1e-3, 0.1, 1, 10, 1e3, 1e6};
    double (*line)(double, double *) = lines[_i];
    double slope0, value0 = line(0, &slope0);
    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++) {
        nc__wolfe search;
        nc__wolfe_begin(&search, value0, slope0, firsts[i], value0, 1e-15);
        double value, slope;
        int32_t answer;
        do {
            value = line(search.trial, &slope);
            answer = nc__wolfe_tell(&search, value, slope);
        } while (answer == NC__WOLFE_EVALUATE);
        ck_assert_int_eq(answer, NC__WOLFE_ACCEPT);
        ck_assert_int_le(search.evaluations, 25);
        ck_assert_double_le(value, value0 + 1e-4 * search.trial * slope0 + 2e-15);
        ck_assert_double_le(fabs(slope), 0.9 * fabs(slope0));
    }
}
END_TEST

START_TEST(test_line_search_falls_back_on_an_endless_descent)
{
    nc__wolfe search;
    nc__wolfe_begin(&search, 0, -1, 1, 0, 1e-15);
    int32_t answer;
    do
        answer = nc__wolfe_tell(&search, -search.trial, -1);
    while (answer == NC__WOLFE_EVALUATE);
    ck_assert_int_eq(answer, NC__WOLFE_FALL_BACK);
    ck_assert_double_lt(search.low.value, 0);
}
END_TEST

/* ---- allocations ---- */

static libnc_status create_alone(libnc_context *limited, void *unused)
{
    (void)unused;
    nc__lbfgs *lb = NULL;
    libnc_status status = nc__lbfgs_create(&lb, limited, P.x, P.g, 2, 3);
    ck_assert((lb != NULL) == (status == LIBNC_OK));
    nc__lbfgs_destroy(lb);
    return status;
}

START_TEST(test_create_survives_every_failed_allocation)
{
    problem_set(&P, LIBNC_FLOAT64, 4, 3, quadratic);
    ck_assert_int_ge(faults_try_all(create_alone, NULL), 5);
    nc__lbfgs_destroy(NULL);
}
END_TEST

START_TEST(test_steps_allocate_nothing)
{
    faults f = {0};
    libnc_context *counting;
    ck_assert_int_eq(
        libnc_context_create_with_allocator(&counting, faults_allocate, faults_release, &f),
        LIBNC_OK);
    problem_set(&P, LIBNC_FLOAT64, 10, 0, rosenbrock);
    start_at_random(10, 2);
    nc__lbfgs *lb;
    ck_assert_int_eq(nc__lbfgs_create(&lb, counting, P.x, P.g, 1, 3), LIBNC_OK);
    const int64_t calls = f.calls;
    double value, norm;
    int32_t steps;
    ck_assert_int_ge(minimise(lb, 50, 0, &value, &norm, &steps), LIBNC_OK);
    ck_assert_int_eq(f.calls, calls);
    nc__lbfgs_destroy(lb);
    libnc_context_destroy(counting);
    ck_assert_int_eq(f.live, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lbfgs");
    TCase *tests = add_case(suite, "lbfgs", 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, test_quadratic, 0, 4);
    tcase_add_loop_test(tests, test_rosenbrock, 0, 3);
    tcase_add_test(tests, test_factorisation_reaches_its_closed_form);
    tcase_add_test(tests, test_float32);
    tcase_add_loop_test(tests, test_accepted_steps_satisfy_strong_wolfe, 0, 2);
    tcase_add_test(tests, test_stops_at_a_minimiser);
    tcase_add_test(tests, test_stops_where_no_step_helps);
    tcase_add_test(tests, test_ends_by_itself);
    tcase_add_test(tests, test_values_that_are_not_finite_shorten_the_step);
    tcase_add_test(tests, test_a_start_that_is_not_finite_is_an_error);
    tcase_add_loop_test(tests, test_an_error_of_the_objective_restores, 0, 12);
    tcase_add_test(tests, test_one_evaluation_per_step_and_invalidate);
    tcase_add_test(tests, test_reset_forgets_everything);
    tcase_add_loop_test(tests, test_line_search, 0, 3);
    tcase_add_test(tests, test_line_search_falls_back_on_an_endless_descent);
    tcase_add_test(tests, test_create_survives_every_failed_allocation);
    tcase_add_test(tests, test_steps_allocate_nothing);
    return run_suite(suite);
}
