/* SPDX-License-Identifier: MIT
 *
 * test_optimizer.c: optimizer handles: settings and their bounds, schedules against their formulas,
 * the numbers of a step, error codes.
 */
#include "optimizer/optimizer_internal.h"
#include "support/context_fixture.h"

#include <check.h>
#include <float.h>
#include <libnc/optimizer.h>
#include <math.h>
#include <string.h>

enum { FIRST = LIBNC_OPTIMIZER_GRADIENT_DESCENT, END = LIBNC_OPTIMIZER_LBFGS + 1 };

static libnc_optimizer *make(int32_t kind)
{
    libnc_optimizer *optimizer = NULL;
    ck_assert_int_eq(libnc_optimizer_create(&optimizer, context, kind), LIBNC_OK);
    ck_assert_int_eq(libnc_optimizer_kind(optimizer), kind);
    return optimizer;
}

static void set(libnc_optimizer *optimizer, int32_t key, double value)
{
    ck_assert_int_eq(libnc_options_set_double(libnc_optimizer_options(optimizer), key, value),
                     LIBNC_OK);
}

static void set_whole(libnc_optimizer *optimizer, int32_t key, int64_t value)
{
    ck_assert_int_eq(libnc_options_set_int64(libnc_optimizer_options(optimizer), key, value),
                     LIBNC_OK);
}

static double rate_at(const libnc_optimizer *optimizer, int64_t step)
{
    double rate = NAN;
    ck_assert_int_eq(libnc_optimizer_rate(optimizer, step, &rate), LIBNC_OK);
    return rate;
}

START_TEST(test_create)
{
    libnc_optimizer *optimizer = NULL;
    const libnc_status argument = LIBNC_ERROR_ARGUMENT;
    ck_assert_int_eq(libnc_optimizer_create(NULL, context, FIRST), argument);
    ck_assert_int_eq(libnc_optimizer_create(&optimizer, NULL, FIRST), argument);
    static const int32_t wrong[] = {0, END, -1, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_int_eq(libnc_optimizer_create(&optimizer, context, wrong[i]), argument);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "kind = -2147483648"));
    ck_assert_ptr_null(optimizer);
    ck_assert_ptr_null(libnc_optimizer_options(NULL));
    ck_assert_int_eq(libnc_optimizer_kind(NULL), 0);
    libnc_optimizer_destroy(NULL);
}
END_TEST

/* The defaults that the header states. */
START_TEST(test_defaults)
{
    for (int32_t kind = FIRST; kind < END; kind++) {
        libnc_optimizer *optimizer = make(kind);
        libnc_options *options = libnc_optimizer_options(optimizer);
        const bool adam = kind == LIBNC_OPTIMIZER_ADAM || kind == LIBNC_OPTIMIZER_ADAMW;
        const double reals[][2] = {{LIBNC_OPTIMIZER_OPTION_LEARNING_RATE, adam ? 0.001 : 0.1},
                                   {LIBNC_OPTIMIZER_OPTION_MOMENTUM, 0.9},
                                   {LIBNC_OPTIMIZER_OPTION_BETA1, 0.9},
                                   {LIBNC_OPTIMIZER_OPTION_BETA2, 0.999},
                                   {LIBNC_OPTIMIZER_OPTION_EPSILON, 1e-8},
                                   {LIBNC_OPTIMIZER_OPTION_FACTOR, 0.1}};
        const int64_t wholes[][2] = {{LIBNC_OPTIMIZER_OPTION_HISTORY, 20},
                                     {LIBNC_OPTIMIZER_OPTION_SCHEDULE, LIBNC_SCHEDULE_CONSTANT},
                                     {LIBNC_OPTIMIZER_OPTION_PERIOD, 10000}};
        for (int i = 0; i < 6; i++) {
            double value;
            ck_assert_int_eq(libnc_options_get_double(options, (int32_t)reals[i][0], &value),
                             LIBNC_OK);
            ck_assert_double_eq(value, reals[i][1]);
        }
        for (int i = 0; i < 3; i++) {
            int64_t value;
            ck_assert_int_eq(libnc_options_get_int64(options, (int32_t)wholes[i][0], &value),
                             LIBNC_OK);
            ck_assert_int_eq(value, wholes[i][1]);
        }
        ck_assert_int_eq(libnc_options_count(options), 10);
        double initial;
        ck_assert_int_eq(libnc_options_bounds(options, LIBNC_OPTIMIZER_OPTION_LEARNING_RATE, NULL,
                                              NULL, &initial),
                         LIBNC_OK);
        ck_assert_double_eq(initial, adam ? 0.001 : 0.1); /* of this kind, not of the table */
        libnc_optimizer_destroy(optimizer);
    }
}
END_TEST

START_TEST(test_bounds)
{
    libnc_optimizer *optimizer = make(LIBNC_OPTIMIZER_MOMENTUM);
    libnc_options *options = libnc_optimizer_options(optimizer);
    ck_assert_int_eq(libnc_options_set_double(options, LIBNC_OPTIMIZER_OPTION_MOMENTUM, 1),
                     LIBNC_ERROR_ARGUMENT);
    ck_assert_str_eq(libnc_context_error(context), "momentum = 1: must be from 0 to below 1");
    static const struct {
        int32_t key;
        double refused[3];
    } reals[] = {
        {LIBNC_OPTIMIZER_OPTION_LEARNING_RATE, {0, -1, INFINITY}},
        {LIBNC_OPTIMIZER_OPTION_MOMENTUM, {-0.1, 1, NAN}},
        {LIBNC_OPTIMIZER_OPTION_BETA1, {-0.1, 1, NAN}},
        {LIBNC_OPTIMIZER_OPTION_BETA2, {-0.1, 1, INFINITY}},
        {LIBNC_OPTIMIZER_OPTION_EPSILON, {0, -1e-8, NAN}},
        {LIBNC_OPTIMIZER_OPTION_FACTOR, {-0.1, 1.1, NAN}},
    };
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 3; j++) {
            double before, after;
            ck_assert_int_eq(libnc_options_get_double(options, reals[i].key, &before), LIBNC_OK);
            ck_assert_int_eq(libnc_options_set_double(options, reals[i].key, reals[i].refused[j]),
                             LIBNC_ERROR_ARGUMENT);
            ck_assert_int_eq(libnc_options_get_double(options, reals[i].key, &after), LIBNC_OK);
            ck_assert_double_eq(before, after);
        }
    static const int64_t wholes[][2] = {
        {LIBNC_OPTIMIZER_OPTION_HISTORY, 0},   {LIBNC_OPTIMIZER_OPTION_HISTORY, 1001},
        {LIBNC_OPTIMIZER_OPTION_SCHEDULE, -1}, {LIBNC_OPTIMIZER_OPTION_SCHEDULE, 3},
        {LIBNC_OPTIMIZER_OPTION_PERIOD, 0},    {LIBNC_OPTIMIZER_OPTION_PERIOD, INT64_MAX},
        {LIBNC_OPTIMIZER_OPTION_WARM_UP, -1},  {LIBNC_OPTIMIZER_OPTION_WARM_UP, INT64_MAX}};
    for (int i = 0; i < 8; i++)
        ck_assert_int_eq(libnc_options_set_int64(options, (int32_t)wholes[i][0], wholes[i][1]),
                         LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_options_set_text(options, "schedule", "cosine"), LIBNC_OK);
    ck_assert_str_eq(libnc_options_choice(options, LIBNC_OPTIMIZER_OPTION_SCHEDULE, 1), "step");
    ck_assert_int_eq(libnc_options_set_text(options, "learning-rate", "0.5"), LIBNC_OK);
    ck_assert_int_eq(nc__option_int(options, LIBNC_OPTIMIZER_OPTION_SCHEDULE),
                     LIBNC_SCHEDULE_COSINE);
    libnc_optimizer_destroy(optimizer);
}
END_TEST

START_TEST(test_rate_refuses)
{
    libnc_optimizer *optimizer = make(LIBNC_OPTIMIZER_MOMENTUM);
    double rate = 7;
    ck_assert_int_eq(libnc_optimizer_rate(NULL, 0, &rate), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_optimizer_rate(optimizer, -1, &rate), LIBNC_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "step = -1"));
    ck_assert_int_eq(libnc_optimizer_rate(optimizer, 0, NULL), LIBNC_ERROR_ARGUMENT);
    ck_assert_double_eq(rate, 7);
    libnc_optimizer_destroy(optimizer);
}
END_TEST

START_TEST(test_constant_and_step)
{
    libnc_optimizer *optimizer = make(LIBNC_OPTIMIZER_NESTEROV);
    set(optimizer, LIBNC_OPTIMIZER_OPTION_LEARNING_RATE, 0.75);
    ck_assert_double_eq(rate_at(optimizer, 0), 0.75);
    ck_assert_double_eq(rate_at(optimizer, INT64_MAX), 0.75);
    set_whole(optimizer, LIBNC_OPTIMIZER_OPTION_SCHEDULE, LIBNC_SCHEDULE_STEP);
    set_whole(optimizer, LIBNC_OPTIMIZER_OPTION_PERIOD, 6000);
    ck_assert_double_eq(rate_at(optimizer, 0), 0.75);
    ck_assert_double_eq(rate_at(optimizer, 5999), 0.75);
    ck_assert_double_eq(rate_at(optimizer, 6000), 0.75 * 0.1);
    ck_assert_double_eq(rate_at(optimizer, 11999), 0.75 * 0.1);
    set(optimizer, LIBNC_OPTIMIZER_OPTION_FACTOR, 0.5); /* powers of two are exact */
    for (int64_t t = 0; t < 100000; t += 500)
        ck_assert_double_eq(rate_at(optimizer, t), ldexp(0.75, -(int)(t / 6000)));
    set(optimizer, LIBNC_OPTIMIZER_OPTION_FACTOR, 0);
    ck_assert_double_eq(rate_at(optimizer, 5999), 0.75);
    ck_assert_double_eq(rate_at(optimizer, 6000), 0);
    set(optimizer, LIBNC_OPTIMIZER_OPTION_FACTOR, 1);
    ck_assert_double_eq(rate_at(optimizer, INT64_MAX), 0.75);
    libnc_optimizer_destroy(optimizer);
}
END_TEST

START_TEST(test_cosine)
{
    libnc_optimizer *optimizer = make(LIBNC_OPTIMIZER_ADAM);
    set(optimizer, LIBNC_OPTIMIZER_OPTION_LEARNING_RATE, 2);
    set(optimizer, LIBNC_OPTIMIZER_OPTION_FACTOR, 0.25);
    set_whole(optimizer, LIBNC_OPTIMIZER_OPTION_SCHEDULE, LIBNC_SCHEDULE_COSINE);
    set_whole(optimizer, LIBNC_OPTIMIZER_OPTION_PERIOD, 1200);
    ck_assert_double_eq(rate_at(optimizer, 0), 2);
    /* thirds of the half turn: cos 60 and cos 120 degrees are 1/2 and -1/2 */
    ck_assert_double_le(fabs(rate_at(optimizer, 400) - 2 * (0.25 + 0.75 * 0.75)), 4e-16);
    ck_assert_double_le(fabs(rate_at(optimizer, 600) - 2 * (0.25 + 0.75 * 0.5)), 4e-16);
    ck_assert_double_le(fabs(rate_at(optimizer, 800) - 2 * (0.25 + 0.75 * 0.25)), 4e-16);
    ck_assert_double_eq(rate_at(optimizer, 1200), 0.5);
    ck_assert_double_eq(rate_at(optimizer, 1201), 0.5);
    ck_assert_double_eq(rate_at(optimizer, INT64_MAX), 0.5);
    for (int64_t t = 0; t < 1300; t++)
        ck_assert_double_le(rate_at(optimizer, t + 1), rate_at(optimizer, t));
    libnc_optimizer_destroy(optimizer);
}
END_TEST

START_TEST(test_warm_up)
{
    static const int32_t schedules[] = {LIBNC_SCHEDULE_CONSTANT, LIBNC_SCHEDULE_STEP,
                                        LIBNC_SCHEDULE_COSINE};
    libnc_optimizer *optimizer = make(LIBNC_OPTIMIZER_ADAM);
    set_whole(optimizer, LIBNC_OPTIMIZER_OPTION_PERIOD, 6);
    for (int i = 0; i < 3; i++) {
        set_whole(optimizer, LIBNC_OPTIMIZER_OPTION_SCHEDULE, schedules[i]);
        for (int64_t t = 0; t < 16; t++) {
            set_whole(optimizer, LIBNC_OPTIMIZER_OPTION_WARM_UP, 0);
            const double plain = rate_at(optimizer, t);
            set_whole(optimizer, LIBNC_OPTIMIZER_OPTION_WARM_UP, 8);
            ck_assert_double_eq(rate_at(optimizer, t), t < 8 ? plain * ((double)t + 1) / 8 : plain);
        }
    }
    set_whole(optimizer, LIBNC_OPTIMIZER_OPTION_WARM_UP, NC__LARGEST_EXACT);
    ck_assert_double_gt(rate_at(optimizer, 0), 0);
    ck_assert_double_eq(rate_at(optimizer, INT64_MAX), rate_at(optimizer, NC__LARGEST_EXACT));
    libnc_optimizer_destroy(optimizer);
}
END_TEST

START_TEST(test_rule)
{
    static const int32_t kinds[][2] = {{LIBNC_OPTIMIZER_GRADIENT_DESCENT, NC__UPDATE_DESCENT},
                                       {LIBNC_OPTIMIZER_MOMENTUM, NC__UPDATE_MOMENTUM},
                                       {LIBNC_OPTIMIZER_NESTEROV, NC__UPDATE_NESTEROV},
                                       {LIBNC_OPTIMIZER_ADAM, NC__UPDATE_ADAM},
                                       {LIBNC_OPTIMIZER_ADAMW, NC__UPDATE_ADAMW}};
    for (int i = 0; i < 5; i++) {
        libnc_optimizer *optimizer = make(kinds[i][0]);
        set(optimizer, LIBNC_OPTIMIZER_OPTION_LEARNING_RATE, 0.5);
        set(optimizer, LIBNC_OPTIMIZER_OPTION_MOMENTUM, 0.75);
        set(optimizer, LIBNC_OPTIMIZER_OPTION_EPSILON, 1e-5);
        set_whole(optimizer, LIBNC_OPTIMIZER_OPTION_SCHEDULE, LIBNC_SCHEDULE_STEP);
        set_whole(optimizer, LIBNC_OPTIMIZER_OPTION_PERIOD, 10);
        nc__update rule;
        nc__optimizer_rule(optimizer, 12, 0.03, &rule);
        ck_assert_int_eq(rule.kind, kinds[i][1]);
        ck_assert_double_eq(rule.rate, 0.05);
        ck_assert_double_eq(rule.decay, 0.03);
        ck_assert_double_eq(rule.momentum, 0.75);
        ck_assert_double_eq(rule.beta1, 0.9);
        ck_assert_double_eq(rule.beta2, 0.999);
        ck_assert_double_eq(rule.epsilon, 1e-5);
        libnc_optimizer_destroy(optimizer);
    }
}
END_TEST

/* c = 1/(1 - beta^t) with t = 1 at the first step. */
START_TEST(test_bias_correction)
{
    libnc_optimizer *optimizer = make(LIBNC_OPTIMIZER_ADAM);
    static const double betas[] = {0, 0.5, 0.9, 0.999, 1 - 1e-12};
    for (int i = 0; i < 5; i++) {
        set(optimizer, LIBNC_OPTIMIZER_OPTION_BETA1, betas[i]);
        set(optimizer, LIBNC_OPTIMIZER_OPTION_BETA2, betas[4 - i]);
        nc__update first, tenth, late;
        nc__optimizer_rule(optimizer, 0, 0, &first);
        nc__optimizer_rule(optimizer, 9, 0, &tenth);
        nc__optimizer_rule(optimizer, (int64_t)1 << 60, 0, &late);
        ck_assert_double_le(fabs(first.c1 * (1 - betas[i]) - 1), 1e-15);
        ck_assert_double_le(fabs(first.c2 * (1 - betas[4 - i]) - 1), 1e-15);
        long double sum = 0; /* 1 - beta^10 = (1 - beta)(1 + beta + ... + beta^9) */
        for (int j = 0; j < 10; j++)
            sum += powl(betas[i], j);
        ck_assert_double_le(fabs((double)(tenth.c1 * (1 - (long double)betas[i]) * sum) - 1),
                            1e-15);
        ck_assert_double_eq(late.c1, 1);
        ck_assert_double_eq(late.c2, 1);
    }
    libnc_optimizer_destroy(optimizer);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("optimizer");
    TCase *tests = add_case(suite, "optimizer", 30);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_create);
    tcase_add_test(tests, test_defaults);
    tcase_add_test(tests, test_bounds);
    tcase_add_test(tests, test_rate_refuses);
    tcase_add_test(tests, test_constant_and_step);
    tcase_add_test(tests, test_cosine);
    tcase_add_test(tests, test_warm_up);
    tcase_add_test(tests, test_rule);
    tcase_add_test(tests, test_bias_correction);
    return run_suite(suite);
}
