/* SPDX-License-Identifier: MIT
 *
 * suite.h: what every main() does around the names of its tests.
 */
#ifndef SUITE_H
#define SUITE_H

#include <check.h>

/* A new case of the suite, whose tests may take that many seconds each. */
static inline TCase *add_case(Suite *suite, const char *name, double seconds)
{
    TCase *tests = tcase_create(name);
    tcase_set_timeout(tests, seconds);
    suite_add_tcase(suite, tests);
    return tests;
}

/* The same for tests of seconds each, which `make quick` leaves to `make check`. */
static inline TCase *add_slow_case(Suite *suite, const char *name, double seconds)
{
    TCase *tests = add_case(suite, name, seconds);
    tcase_set_tags(tests, "slow");
    return tests;
}

/* The same for tests of numbers alone: what they run, smaller tests run under sanitizers. */
static inline TCase *add_numeric_case(Suite *suite, const char *name, double seconds)
{
    TCase *tests = add_case(suite, name, seconds);
    tcase_set_tags(tests, "slow numeric");
    return tests;
}

/* Runs and frees the suite; what main() returns. */
static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failures = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failures != 0;
}

#endif
