/* SPDX-License-Identifier: MIT
 *
 * test_deep_objective.c: the factored deep cross-entropy problem against a plain formula, its
 * gradient and Hessian products against central differences.
 */
#include "support/context_fixture.h"

#include "deep/deep_objective.h"

#include <libnc/libnc.h>

#include "base/stream.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { K = 5, MOST = 400 };

typedef struct shape {
    int32_t depth;
    int64_t rank;
    bool bias;
    double smoothing;
} shape;

static const shape SHAPES[] = {{1, 5, false, 0},   {1, 2, true, 0.1},  {2, 1, false, 0},
                               {2, 3, true, 0},    {3, 4, false, 0.2}, {4, 2, true, 0.05},
                               {6, 5, false, 0.01}};
enum { SHAPE_COUNT = sizeof SHAPES / sizeof *SHAPES };

static const double weight[K] = {0.4, 0.25, 0.2, 0.1, 0.05};
static const double root[K] = {2.8, 2.2, 2, 1.4, 1};

static nc__deep_problem problem_of(const shape *s)
{
    return (nc__deep_problem){K, s->depth, s->bias, 0.03, s->smoothing, weight, root};
}

/* The value by its definition, without libnc's products. */
static double plain_value(const nc__deep_problem *p, int64_t rank, const double *x)
{
    static double current[K * K], next[K * K];
    double value = 0, squares = 0;
    const int64_t decayed = nc__deep_offset(p, rank, -1);
    for (int64_t i = 0; i < decayed; i++)
        squares += x[i] * x[i];
    memcpy(current, x + nc__deep_offset(p, rank, 0), sizeof(double) * (size_t)(rank * K));
    for (int32_t j = 1; j <= p->depth; j++) {
        const double *a = x + nc__deep_offset(p, rank, j);
        const int64_t rows = j == p->depth ? K : rank;
        for (int64_t i = 0; i < rows; i++)
            for (int64_t k = 0; k < K; k++) {
                next[i * K + k] = 0;
                for (int64_t l = 0; l < rank; l++)
                    next[i * K + k] += a[i * rank + l] * current[l * K + k];
            }
        memcpy(current, next, sizeof current);
    }
    for (int64_t k = 0; k < K; k++) {
        double sum = 0;
        for (int64_t i = 0; i < K; i++)
            sum += exp(current[i * K + k] / root[k] + (p->bias ? x[decayed + i] : 0));
        for (int64_t i = 0; i < K; i++) {
            const double z = current[i * K + k] / root[k] + (p->bias ? x[decayed + i] : 0);
            const double t = (i == k ? 1 - p->smoothing : 0) + p->smoothing / K;
            value += weight[k] * t * (log(sum) - z);
        }
    }
    return value + p->cost / 2 * squares;
}

START_TEST(value_and_derivatives)
{
    const shape *s = &SHAPES[_i];
    const nc__deep_problem problem = problem_of(s);
    const int64_t size = nc__deep_size(&problem, s->rank);
    static double x[MOST], d[MOST], g[MOST], up[MOST], down[MOST], product[MOST];
    nc__stream stream = nc__stream_of((uint64_t)_i + 5);
    nc__deep *deep;
    ck_assert_int_le(size, MOST);
    ck_assert_int_eq(nc__deep_create(&deep, context, &problem, s->rank), LIBNC_OK);
    nc__stream_normal(&stream, x, (size_t)size);
    nc__stream_normal(&stream, d, (size_t)size);
    const double value = nc__deep_evaluate(deep, x, g);
    ck_assert_double_eq_tol(value, plain_value(&problem, s->rank, x), 1e-12 * value);
    ck_assert_double_eq_tol(value, nc__deep_value(deep, x), 1e-14 * value);
    for (int64_t i = 0; i < size; i++) { /* gradient: central differences of the plain value */
        const double kept = x[i], h = 1e-5;
        x[i] = kept + h;
        const double above = plain_value(&problem, s->rank, x);
        x[i] = kept - h;
        const double below = plain_value(&problem, s->rank, x);
        x[i] = kept;
        ck_assert_double_eq_tol(g[i], (above - below) / (2 * h), 1e-7 * (1 + fabs(g[i])));
    }
    x[0] += 1; /* a value elsewhere must not disturb products at the point */
    nc__deep_value(deep, x);
    x[0] -= 1;
    nc__deep_curve(deep, d, product);
    const double h = 1e-5;
    double scale = 0;
    for (int64_t i = 0; i < size; i++)
        x[i] += h * d[i];
    nc__deep_evaluate(deep, x, up);
    for (int64_t i = 0; i < size; i++)
        x[i] -= 2 * h * d[i];
    nc__deep_evaluate(deep, x, down);
    for (int64_t i = 0; i < size; i++)
        scale = fmax(scale, fabs(product[i]));
    for (int64_t i = 0; i < size; i++)
        ck_assert_double_eq_tol(product[i], (up[i] - down[i]) / (2 * h), 1e-7 * (1 + scale));
    nc__deep_destroy(deep);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("deep objective");
    TCase *tests = add_case(suite, "objective", 4);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, value_and_derivatives, 0, SHAPE_COUNT);
    return run_suite(suite);
}
