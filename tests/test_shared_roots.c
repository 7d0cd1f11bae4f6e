/* SPDX-License-Identifier: MIT
 *
 * test_shared_roots.c: sign changes of functions that are evaluated together.
 */
#include "minimise/shared_roots.h"
#include "support/suite.h"

#include <libnc/context.h>

#include <math.h>

enum { FUNCTIONS = 4 };

typedef struct counter {
    int evaluations, fail_after;
} counter;

/* Smooth; with a corner at its root; with a jump; and one that comes back. */
static const double roots[FUNCTIONS] = {0.73, 0.23, 0.501, 0.11};

static libnc_status evaluate(void *user, double x, double *values)
{
    counter *c = user;
    if (++c->evaluations > c->fail_after)
        return LIBNC_ERROR_NUMERICAL;
    values[0] = exp(-x) - exp(-roots[0]);
    values[1] = x < roots[1] ? 5 * (roots[1] - x) : 0.01 * (roots[1] - x);
    values[2] = x < roots[2] ? 3 : -1e-3;
    values[3] = (roots[3] - x) * (0.3 - x) * (0.4 - x);
    return LIBNC_OK;
}

static nc__samples sampled(libnc_context *context, counter *c, double step)
{
    nc__samples s;
    ck_assert_int_eq(nc__samples_create(&s, context, FUNCTIONS, evaluate, c), LIBNC_OK);
    for (double x = 1; x > -step / 2; x -= step)
        ck_assert_int_eq(nc__samples_add(&s, x), LIBNC_OK);
    return s;
}

START_TEST(roots_are_found)
{
    static const double tolerances[] = {1e-3, 1e-8, 1e-13};
    libnc_context *context;
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    counter c = {0, 1 << 20};
    nc__samples s = sampled(context, &c, 0.1);
    for (int64_t f = FUNCTIONS - 1; f >= 0; f--) {
        double root = NAN;
        ck_assert_int_eq(nc__samples_refine(&s, f, tolerances[_i], &root), LIBNC_OK);
        ck_assert(fabs(root - roots[f]) <= tolerances[_i]);
    }
    ck_assert_int_lt(c.evaluations, 150); /* most of them at the jump */
    for (int64_t i = 1; i < s.count; i++)
        ck_assert(s.x[i - 1] < s.x[i]);
    nc__samples_destroy(&s);
    libnc_context_destroy(context);
}
END_TEST

/* More than are there at first. */
START_TEST(many_samples)
{
    libnc_context *context;
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    counter c = {0, 1 << 20};
    nc__samples s = sampled(context, &c, 0.001);
    const int before = c.evaluations;
    ck_assert_int_eq(nc__samples_add(&s, 1), LIBNC_OK);
    ck_assert_int_eq(c.evaluations, before);
    ck_assert(s.x[nc__samples_fall(&s, 0)] < roots[0] &&
              s.x[nc__samples_fall(&s, 0) + 1] >= roots[0]);
    nc__samples_destroy(&s);
    libnc_context_destroy(context);
}
END_TEST

START_TEST(errors_end_the_search)
{
    libnc_context *context;
    double root = 17;
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    counter c = {0, 13};
    nc__samples s = sampled(context, &c, 0.1);
    ck_assert_int_eq(nc__samples_refine(&s, 0, 1e-12, &root), LIBNC_ERROR_NUMERICAL);
    nc__samples_destroy(&s);
    libnc_context_destroy(context);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shared_roots");
    TCase *tests = add_case(suite, "shared_roots", 60);
    tcase_add_loop_test(tests, roots_are_found, 0, 3);
    tcase_add_test(tests, many_samples);
    tcase_add_test(tests, errors_end_the_search);
    return run_suite(suite);
}
