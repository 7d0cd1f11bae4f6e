/* SPDX-License-Identifier: MIT
 *
 * test_trust_region.c: the trust-region Newton method against minimisers that are known: the
 * Rosenbrock chain, a saddle that must be left, the smallest eigenvalue on a sphere, and what it
 * says when it must stop early.
 */
#include "linalg/linalg.h"
#include "minimise/trust_region.h"
#include "support/context_fixture.h"

#include <math.h>

enum { SIZE = 40 };

static nc__trust_region *region;

static void setup_region(void)
{
    setup();
    ck_assert_int_eq(nc__trust_region_create(&region, context, SIZE), LIBNC_OK);
}

static void teardown_region(void)
{
    nc__trust_region_destroy(region);
    teardown();
}

static double uniform(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(*seed >> 11) * 0x1p-52 - 1;
}

/* A function with the point that its Hessian is for. */
typedef struct example {
    nc__trust_problem problem;
    double point[SIZE];
    double matrix[SIZE * SIZE];
    double limit; /* values beyond this |x_0| are not finite */
    int64_t values;
} example;

static nc__trust_run quick(double tolerance)
{
    return (nc__trust_run){.tolerance = tolerance, .iterations = 1000};
}

/* ---- sum 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2 ---- */

static double rosenbrock_value(void *user, const double *x)
{
    example *e = user;
    double sum = 0;
    e->values++;
    memcpy(e->point, x, sizeof(double) * (size_t)e->problem.size);
    if (fabs(x[0]) > e->limit)
        return INFINITY;
    for (int64_t i = 0; i + 1 < e->problem.size; i++)
        sum += 100 * pow(x[i + 1] - x[i] * x[i], 2) + pow(1 - x[i], 2);
    return sum;
}

static void rosenbrock_gradient(void *user, const double *x, double *gradient)
{
    example *e = user;
    ck_assert_mem_eq(x, e->point, sizeof(double) * (size_t)e->problem.size);
    memset(gradient, 0, sizeof(double) * (size_t)e->problem.size);
    for (int64_t i = 0; i + 1 < e->problem.size; i++) {
        const double bend = x[i + 1] - x[i] * x[i];
        gradient[i] += -400 * x[i] * bend - 2 * (1 - x[i]);
        gradient[i + 1] += 200 * bend;
    }
    memcpy(e->matrix, x, sizeof(double) * (size_t)e->problem.size);
}

static void rosenbrock_hessian(void *user, const double *v, double *product)
{
    const example *e = user;
    const double *x = e->matrix;
    memset(product, 0, sizeof(double) * (size_t)e->problem.size);
    for (int64_t i = 0; i + 1 < e->problem.size; i++) {
        product[i] += (1200 * x[i] * x[i] - 400 * x[i + 1] + 2) * v[i] - 400 * x[i] * v[i + 1];
        product[i + 1] += 200 * v[i + 1] - 400 * x[i] * v[i];
    }
}

static example rosenbrock(int64_t size)
{
    return (example){.problem = {.size = size,
                                 .value = rosenbrock_value,
                                 .gradient = rosenbrock_gradient,
                                 .hessian = rosenbrock_hessian},
                     .limit = INFINITY};
}

START_TEST(rosenbrock_chain)
{
    static const int64_t sizes[4] = {2, 3, 10, SIZE};
    example e = rosenbrock(sizes[_i]);
    e.problem.user = &e;
    double x[SIZE];
    for (int64_t i = 0; i < e.problem.size; i++)
        x[i] = i % 2 ? 1 : -1.2;
    nc__trust_run run = quick(1e-12);
    const int32_t end = nc__trust_region_minimise(region, &e.problem, &run, x);
    ck_assert(end == NC__TRUST_CONVERGED || end == NC__TRUST_PRECISION);
    ck_assert_double_le(run.gradient_norm, 1e-9);
    ck_assert_int_eq(e.values, run.iterations_used + 1 + (end == NC__TRUST_PRECISION));
    if (sizes[_i] > 3) /* chains of 4 or more have a second local minimum near x_0 = -1 */
        return;
    for (int64_t i = 0; i < e.problem.size; i++)
        ck_assert_double_le(fabs(x[i] - 1), 1e-9);
    ck_assert_double_le(run.value, 1e-18);
    ck_assert_double_eq(run.multiplier, 0);
}
END_TEST

/* A value that overflows shortens the step: x_0 may not go beyond -0.3 .. at once. */
START_TEST(values_that_are_not_finite)
{
    example e = rosenbrock(2);
    e.problem.user = &e;
    e.limit = 1.3;
    double x[2] = {-1.2, 1};
    nc__trust_run run = quick(1e-10);
    run.radius = 1e6;
    ck_assert_int_eq(nc__trust_region_minimise(region, &e.problem, &run, x), NC__TRUST_CONVERGED);
    ck_assert_double_le(fabs(x[0] - 1), 1e-8);
    x[0] = 5; /* the start itself */
    ck_assert_int_eq(nc__trust_region_minimise(region, &e.problem, &run, x), NC__TRUST_NOT_FINITE);
    ck_assert_double_eq(x[0], 5);
}
END_TEST

START_TEST(limits)
{
    example e = rosenbrock(2);
    e.problem.user = &e;
    double x[2] = {-1.2, 1};
    nc__trust_run run = {.tolerance = 0, .iterations = 3};
    ck_assert_int_eq(nc__trust_region_minimise(region, &e.problem, &run, x), NC__TRUST_ITERATIONS);
    ck_assert_int_eq(run.iterations_used, 3);
    run = (nc__trust_run){.tolerance = 0, .iterations = 1000, .products = 5};
    ck_assert_int_eq(nc__trust_region_minimise(region, &e.problem, &run, x), NC__TRUST_ITERATIONS);
    ck_assert_int_le(run.products_used, 5);
    run = (nc__trust_run){.tolerance = INFINITY, .iterations = 1000};
    ck_assert_int_eq(nc__trust_region_minimise(region, &e.problem, &run, x), NC__TRUST_CONVERGED);
    ck_assert_int_eq(run.iterations_used, 0);
    run = (nc__trust_run){.tolerance = 0, .iterations = 1000};
    const int32_t end = nc__trust_region_minimise(region, &e.problem, &run, x);
    ck_assert(end == NC__TRUST_PRECISION || run.gradient_norm == 0);
    ck_assert_double_le(fabs(x[1] - 1), 1e-12);
}
END_TEST

/* ---- (x^2 - 1)^2/4 + y^2/2: a saddle at 0, minima at (-1, 0) and (1, 0) ---- */

static double well_value(void *user, const double *x)
{
    (void)user;
    return 0.25 * pow(x[0] * x[0] - 1, 2) + 0.5 * x[1] * x[1];
}

static void well_gradient(void *user, const double *x, double *gradient)
{
    ((example *)user)->point[0] = x[0];
    gradient[0] = x[0] * (x[0] * x[0] - 1);
    gradient[1] = x[1];
}

static void well_hessian(void *user, const double *v, double *product)
{
    const double x = ((example *)user)->point[0];
    product[0] = (3 * x * x - 1) * v[0];
    product[1] = v[1];
}

static void well_diagonal(void *user, double *diagonal)
{
    (void)user;
    diagonal[0] = 2;
    diagonal[1] = 1;
}

START_TEST(leaves_a_saddle)
{
    example e = {.problem = {.size = 2,
                             .value = well_value,
                             .gradient = well_gradient,
                             .hessian = well_hessian,
                             .diagonal = _i % 2 ? well_diagonal : NULL}};
    e.problem.user = &e;
    double x[2] = {_i / 2 ? 1e-9 : -1e-9, 1};
    nc__trust_run run = quick(1e-12);
    ck_assert_int_eq(nc__trust_region_minimise(region, &e.problem, &run, x), NC__TRUST_CONVERGED);
    ck_assert_double_le(fabs(x[0] - (_i / 2 ? 1 : -1)), 1e-10);
    ck_assert_double_le(fabs(x[1]), 1e-10);
}
END_TEST

/* ---- x^T A x/2 on a sphere of radius 3, plus free variables (y - x_0)^2/2 ---- */

static double sphere_value(void *user, const double *x)
{
    const example *e = user;
    const int64_t n = e->problem.sphere;
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            sum += 0.5 * x[i] * e->matrix[i * n + j] * x[j];
    for (int64_t i = n; i < e->problem.size; i++)
        sum += 0.5 * (x[i] - x[0]) * (x[i] - x[0]);
    return sum;
}

static void sphere_hessian(void *user, const double *v, double *product)
{
    const example *e = user;
    const int64_t n = e->problem.sphere;
    for (int64_t i = 0; i < n; i++) {
        product[i] = 0;
        for (int64_t j = 0; j < n; j++)
            product[i] += e->matrix[i * n + j] * v[j];
    }
    for (int64_t i = n; i < e->problem.size; i++) {
        product[i] = v[i] - v[0];
        product[0] += v[0] - v[i];
    }
}

static void sphere_gradient(void *user, const double *x, double *gradient)
{
    sphere_hessian(user, x, gradient);
}

static void sphere_diagonal(void *user, double *diagonal)
{
    const example *e = user;
    for (int64_t i = 0; i < e->problem.size; i++)
        diagonal[i] = 1 + (double)(i % 3);
}

START_TEST(smallest_eigenvalue_on_a_sphere)
{
    enum { N = 12 };
    uint64_t seed = 17 + (uint64_t)_i;
    example e = {.problem = {.size = N + (_i / 2) * 3,
                             .sphere = N,
                             .value = sphere_value,
                             .gradient = sphere_gradient,
                             .hessian = sphere_hessian,
                             .diagonal = _i % 2 ? sphere_diagonal : NULL}};
    e.problem.user = &e;
    double x[N + 3] = {0}, values[N], copy[N * N], length = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j <= i; j++)
            e.matrix[i * N + j] = e.matrix[j * N + i] = uniform(&seed);
    for (int i = 0; i < N + 3; i++)
        x[i] = uniform(&seed);
    for (int i = 0; i < N; i++)
        length += x[i] * x[i];
    for (int i = 0; i < N; i++)
        x[i] *= 3 / sqrt(length);
    memcpy(copy, e.matrix, sizeof copy);
    ck_assert_int_eq(nc__symmetric_eigen(context, copy, N, values), LIBNC_OK);
    nc__trust_run run = quick(1e-11);
    ck_assert_int_eq(nc__trust_region_minimise(region, &e.problem, &run, x), NC__TRUST_CONVERGED);
    ck_assert_double_le(fabs(run.value - 4.5 * values[0]), 1e-12);
    ck_assert_double_le(fabs(run.multiplier + values[0]), 1e-12);
    length = 0;
    for (int i = 0; i < N; i++)
        length += x[i] * x[i];
    ck_assert_double_le(fabs(length - 9), 1e-12);
    for (int64_t i = N; i < e.problem.size; i++)
        ck_assert_double_le(fabs(x[i] - x[0]), 1e-10);
}
END_TEST

/* ---- the same, among x with x_0 + x_1 = 0 ---- */

static void project_sphere(void *user, double *v)
{
    (void)user;
    v[0] = 0.5 * (v[0] - v[1]);
    v[1] = -v[0];
}

START_TEST(steps_in_a_subspace)
{
    enum { N = 6, M = N - 1 };
    uint64_t seed = 5 + (uint64_t)_i;
    example e = {.problem = {.size = N,
                             .sphere = N,
                             .value = sphere_value,
                             .gradient = sphere_gradient,
                             .hessian = sphere_hessian,
                             .diagonal = _i % 2 ? sphere_diagonal : NULL,
                             .project = project_sphere}};
    e.problem.user = &e;
    double x[N], reduced[M * M], values[M], length = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j <= i; j++)
            e.matrix[i * N + j] = e.matrix[j * N + i] = uniform(&seed);
    /* Q^T A Q, Q = [(e_0 - e_1)/sqrt 2, e_2, ..] */
    for (int i = 0; i < M; i++)
        for (int j = 0; j < M; j++) {
            const double *a = e.matrix;
            double v = a[(i + 1) * N + j + 1];
            if (i == 0 && j == 0)
                v = 0.5 * (a[0] - 2 * a[1] + a[N + 1]);
            else if (i == 0 || j == 0)
                v = (a[i + j + 1] - a[N + i + j + 1]) / sqrt(2);
            reduced[i * M + j] = v;
        }
    for (int i = 0; i < N; i++)
        x[i] = uniform(&seed);
    x[1] = -x[0];
    for (int i = 0; i < N; i++)
        length += x[i] * x[i];
    ck_assert_int_eq(nc__symmetric_eigen(context, reduced, M, values), LIBNC_OK);
    nc__trust_run run = quick(1e-11);
    ck_assert_int_eq(nc__trust_region_minimise(region, &e.problem, &run, x), NC__TRUST_CONVERGED);
    ck_assert_double_le(fabs(run.value - 0.5 * length * values[0]), 1e-11);
    ck_assert_double_le(fabs(x[0] + x[1]), 1e-14);
}
END_TEST

static libnc_status create_and_destroy(void)
{
    nc__trust_region *other = NULL;
    const libnc_status status = nc__trust_region_create(&other, context, 10);
    if (status != LIBNC_OK)
        ck_assert_ptr_null(other);
    nc__trust_region_destroy(other);
    return status;
}

START_TEST(failed_allocations)
{
    for (int64_t k = 1; k < 100; k++) {
        memory.fail_at = memory.calls + k;
        const int64_t live = memory.live;
        const libnc_status status = create_and_destroy();
        ck_assert_int_eq(memory.live, live);
        if (status == LIBNC_OK) {
            ck_assert_int_gt(k, 8);
            return;
        }
        ck_assert_int_eq(status, LIBNC_ERROR_MEMORY);
    }
    ck_abort_msg("never succeeded");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trust_region");
    TCase *tests = add_case(suite, "trust_region", 4);
    tcase_add_checked_fixture(tests, setup_region, teardown_region);
    tcase_add_loop_test(tests, rosenbrock_chain, 0, 4);
    tcase_add_test(tests, values_that_are_not_finite);
    tcase_add_test(tests, limits);
    tcase_add_loop_test(tests, leaves_a_saddle, 0, 4);
    tcase_add_loop_test(tests, smallest_eigenvalue_on_a_sphere, 0, 4);
    tcase_add_loop_test(tests, steps_in_a_subspace, 0, 4);
    tcase_add_test(tests, failed_allocations);
    return run_suite(suite);
}
