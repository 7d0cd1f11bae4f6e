/* SPDX-License-Identifier: MIT
 *
 * test_options.c: option tables: by key, by name from text, bounds, descriptions.
 */
#include "base/base.h"
#include "support/context_fixture.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>

enum { RATE = 1, STEPS = 2, SHAPE = 3, LIMIT = 4, WIDE = 7 };

static const char *const shapes[] = {"constant", "two_steps", "cosine"};

static const nc__option_spec table[] = {
    {RATE, LIBNC_OPTION_DOUBLE, "learning_rate", 0, 1e300, 0.1, NULL, "the step size"},
    {STEPS, LIBNC_OPTION_INT64, "steps", 1, 1000, 10, NULL, "how many"},
    {SHAPE, LIBNC_OPTION_CHOICE, "shape", 0, 2, 1, shapes, "which"},
    {LIMIT, LIBNC_OPTION_DOUBLE, "limit", -1, INFINITY, INFINITY, NULL, "when to stop"},
    {WIDE, LIBNC_OPTION_INT64, "wide", -0x1p53, 0x1p53, 0, NULL, "any whole number"},
};
enum { COUNT = sizeof table / sizeof table[0] };

static libnc_options options;

static void setup_options(void)
{
    setup();
    nc__options_init(&options, context, table, COUNT);
}

static void teardown_options(void)
{
    ck_assert_int_eq(memory.calls, 1); /* tables allocate nothing */
    teardown();
}

/* The last call failed with this text and changed nothing. */
static void assert_refused(libnc_status status, const char *text)
{
    ck_assert_int_eq(status, LIBNC_ERROR_ARGUMENT);
    ck_assert_str_eq(libnc_context_error(context), text);
    ck_assert_int_eq(options.revision, 0);
    for (int i = 0; i < COUNT; i++)
        ck_assert_double_eq(options.values[i], table[i].initial);
}

START_TEST(initial_values)
{
    double real = 0;
    int64_t whole = 0;
    ck_assert_int_eq(libnc_options_count(&options), COUNT);
    ck_assert_int_eq(libnc_options_get_double(&options, RATE, &real), LIBNC_OK);
    ck_assert_double_eq(real, 0.1);
    ck_assert_int_eq(libnc_options_get_double(&options, LIMIT, &real), LIBNC_OK);
    ck_assert_double_infinite(real);
    ck_assert_int_eq(libnc_options_get_int64(&options, STEPS, &whole), LIBNC_OK);
    ck_assert_int_eq(whole, 10);
    ck_assert_int_eq(libnc_options_get_int64(&options, SHAPE, &whole), LIBNC_OK);
    ck_assert_int_eq(whole, 1);
    nc__option_preset(&options, RATE, 0.5);
    ck_assert_double_eq(nc__option(&options, RATE), 0.5);
    ck_assert_int_eq(nc__option_int(&options, STEPS), 10);
    ck_assert_int_eq(options.revision, 0);
}
END_TEST

START_TEST(set_and_get)
{
    double real = 0;
    int64_t whole = 0;
    ck_assert_int_eq(libnc_options_set_double(&options, RATE, 1e300), LIBNC_OK);
    ck_assert_int_eq(libnc_options_get_double(&options, RATE, &real), LIBNC_OK);
    ck_assert_double_eq(real, 1e300);
    ck_assert_int_eq(libnc_options_set_double(&options, RATE, 0), LIBNC_OK);
    ck_assert_int_eq(libnc_options_set_int64(&options, STEPS, 1000), LIBNC_OK);
    ck_assert_int_eq(libnc_options_get_int64(&options, STEPS, &whole), LIBNC_OK);
    ck_assert_int_eq(whole, 1000);
    ck_assert_int_eq(libnc_options_set_int64(&options, SHAPE, 2), LIBNC_OK);
    ck_assert_int_eq(options.revision, 4);
    ck_assert_double_eq(nc__option(&options, LIMIT), INFINITY);
}
END_TEST

START_TEST(out_of_bounds)
{
    assert_refused(libnc_options_set_double(&options, RATE, -1),
                   "learning_rate = -1: must be from 0 to 1e+300");
    assert_refused(libnc_options_set_double(&options, RATE, -DBL_MIN),
                   "learning_rate = -2.2250738585072014e-308: must be from 0 to 1e+300");
    assert_refused(libnc_options_set_double(&options, RATE, INFINITY),
                   "learning_rate = inf: must be from 0 to 1e+300");
    ck_assert_int_eq(libnc_options_set_double(&options, RATE, NAN), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_options_set_double(&options, LIMIT, NAN), LIBNC_ERROR_ARGUMENT);
    assert_refused(libnc_options_set_double(&options, LIMIT, -INFINITY),
                   "limit = -inf: must be from -1 to inf");
    assert_refused(libnc_options_set_int64(&options, STEPS, 0),
                   "steps = 0: must be from 1 to 1000");
    assert_refused(libnc_options_set_int64(&options, STEPS, INT64_MAX),
                   "steps = 9223372036854775807: must be from 1 to 1000");
    assert_refused(libnc_options_set_int64(&options, SHAPE, 3), "shape = 3: must be from 0 to 2");
    assert_refused(libnc_options_set_int64(&options, SHAPE, -1), "shape = -1: must be from 0 to 2");
}
END_TEST

/* 2^53 + 1 would silently become 2^53 as a double. */
START_TEST(largest_whole_numbers)
{
    int64_t whole, edge = (int64_t)1 << 53;
    assert_refused(libnc_options_set_int64(&options, WIDE, edge + 1),
                   "wide = 9007199254740993: must be from -9007199254740992 to 9007199254740992");
    assert_refused(libnc_options_set_text(&options, "wide", "-9007199254740993"),
                   "wide = -9007199254740993: must be from -9007199254740992 to 9007199254740992");
    assert_refused(libnc_options_set_text(&options, "wide", "9007199254740993.0"),
                   "wide = \"9007199254740993.0\": must be a whole number within 2^53");
    assert_refused(libnc_options_set_text(&options, "wide", "99999999999999999999"),
                   "wide = \"99999999999999999999\": must be a whole number within 2^53");
    ck_assert_int_eq(libnc_options_set_int64(&options, WIDE, INT64_MIN), LIBNC_ERROR_ARGUMENT);
    for (int64_t value = -edge; value <= edge; value += edge) {
        ck_assert_int_eq(libnc_options_set_int64(&options, WIDE, value), LIBNC_OK);
        ck_assert_int_eq(libnc_options_get_int64(&options, WIDE, &whole), LIBNC_OK);
        ck_assert_int_eq(whole, value);
    }
    ck_assert_int_eq(libnc_options_set_text(&options, "wide", "-9007199254740991"), LIBNC_OK);
    ck_assert_int_eq(nc__option_int(&options, WIDE), 1 - edge);
}
END_TEST

START_TEST(wrong_key_or_type)
{
    double real = 7;
    int64_t whole = 7;
    assert_refused(libnc_options_set_double(&options, 99, 1),
                   "key = 99: must be a key of this handle's table");
    assert_refused(libnc_options_set_int64(&options, 0, 1),
                   "key = 0: must be a key of this handle's table");
    assert_refused(libnc_options_set_double(&options, STEPS, 1),
                   "key = 2 (steps): must be a key of type DOUBLE");
    assert_refused(libnc_options_set_int64(&options, RATE, 1),
                   "key = 1 (learning_rate): must be a key of type INT64 or CHOICE");
    assert_refused(libnc_options_set_double(&options, SHAPE, 1),
                   "key = 3 (shape): must be a key of type DOUBLE");
    ck_assert_int_eq(libnc_options_get_double(&options, 99, &real), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_options_get_double(&options, SHAPE, &real), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_options_get_int64(&options, -1, &whole), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_options_get_int64(&options, RATE, &whole), LIBNC_ERROR_ARGUMENT);
    ck_assert_double_eq(real, 7);
    ck_assert_int_eq(whole, 7);
}
END_TEST

START_TEST(null_arguments)
{
    double real = 7;
    int64_t whole = 7;
    ck_assert_int_eq(libnc_options_set_double(NULL, RATE, 1), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_options_set_int64(NULL, STEPS, 1), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_options_set_text(NULL, "steps", "1"), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_options_get_double(NULL, RATE, &real), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_options_get_int64(NULL, STEPS, &whole), LIBNC_ERROR_ARGUMENT);
    assert_refused(libnc_options_set_text(&options, NULL, "1"), "name = NULL: must be a string");
    assert_refused(libnc_options_set_text(&options, "steps", NULL),
                   "text = NULL: must be a string");
    assert_refused(libnc_options_get_double(&options, RATE, NULL), "value = NULL: must be given");
    assert_refused(libnc_options_get_int64(&options, STEPS, NULL), "value = NULL: must be given");
    ck_assert_int_eq(libnc_options_count(NULL), 0);
    ck_assert_ptr_null(libnc_options_choice(NULL, SHAPE, 0));
    ck_assert_int_eq(libnc_options_describe(NULL, 0, NULL, NULL, NULL, NULL), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_options_bounds(NULL, STEPS, NULL, NULL, NULL), LIBNC_ERROR_ARGUMENT);
}
END_TEST

START_TEST(numbers_in_text)
{
    static const struct {
        const char *text;
        double value;
    } good[] = {{"0.1", 0.1},
                {"+2", 2},
                {".5", 0.5},
                {"5.", 5},
                {"1e-3", 1e-3},
                {"1E+2", 100},
                {"2.5e2", 250},
                {"0", 0},
                {"1e-400", 0},
                {"0.30000000000000004", 0.1 + 0.2},
                {"1.7976931348623157e299", 1.7976931348623157e299}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        ck_assert_int_eq(libnc_options_set_text(&options, "learning_rate", good[i].text), LIBNC_OK);
        ck_assert_double_eq(nc__option(&options, RATE), good[i].value);
        ck_assert_int_eq(libnc_options_set_text(&options, "learning-rate", "1"), LIBNC_OK);
        ck_assert_double_eq(nc__option(&options, RATE), 1);
    }
    static const struct {
        const char *text;
        int64_t value;
    } whole[] = {{"7", 7}, {"+07", 7}, {"1e3", 1000}, {"12.0", 12}, {"1.5e1", 15}};
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        ck_assert_int_eq(libnc_options_set_text(&options, "steps", whole[i].text), LIBNC_OK);
        ck_assert_int_eq(nc__option_int(&options, STEPS), whole[i].value);
    }
}
END_TEST

START_TEST(text_that_is_no_number)
{
    static const char *const bad[] = {
        "",  " 1", "1 ", "1x",  "x",   "0x10", "1,5",   "--1",   "1e",    "1e+",     "e5",
        ".", "+",  "-.", "nan", "NAN", "1.5.", "1e5.5", "1e999", "0.1\n", "infinit", "+-inf"};
    char expected[128];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        nc__print(expected, sizeof expected, "learning_rate = \"%s\": must be a finite number",
                  bad[i]); /* a newline is escaped */
        assert_refused(libnc_options_set_text(&options, "learning_rate", bad[i]), expected);
        nc__print(expected, sizeof expected, "steps = \"%s\": must be a whole number within 2^53",
                  bad[i]);
        assert_refused(libnc_options_set_text(&options, "steps", bad[i]), expected);
    }
    assert_refused(libnc_options_set_text(&options, "steps", "1.5"),
                   "steps = \"1.5\": must be a whole number within 2^53");
    assert_refused(libnc_options_set_text(&options, "steps", "inf"),
                   "steps = \"inf\": must be a whole number within 2^53");
    assert_refused(libnc_options_set_text(&options, "learning_rate", "-0.5"),
                   "learning_rate = -0.5: must be from 0 to 1e+300");
    assert_refused(libnc_options_set_text(&options, "speed", "1"),
                   "name = \"speed\": must be the name of an option of this handle");
    assert_refused(libnc_options_set_text(&options, "step", "1"),
                   "name = \"step\": must be the name of an option of this handle");
    char digits[1000];
    memset(digits, '1', sizeof digits - 1);
    digits[sizeof digits - 1] = '\0';
    ck_assert_int_eq(libnc_options_set_text(&options, "learning_rate", digits),
                     LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_options_set_text(&options, digits, digits), LIBNC_ERROR_ARGUMENT);
}
END_TEST

START_TEST(infinity_in_text)
{
    ck_assert_int_eq(libnc_options_set_text(&options, "limit", "3"), LIBNC_OK);
    const char *const infinities[] = {"inf", "+inf", "infinity"};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(libnc_options_set_double(&options, LIMIT, 1), LIBNC_OK);
        ck_assert_int_eq(libnc_options_set_text(&options, "limit", infinities[i]), LIBNC_OK);
        ck_assert_double_eq(nc__option(&options, LIMIT), INFINITY);
    }
    ck_assert_int_eq(libnc_options_set_text(&options, "limit", "-inf"), LIBNC_ERROR_ARGUMENT);
    ck_assert_str_eq(libnc_context_error(context), "limit = -inf: must be from -1 to inf");
    ck_assert_int_eq(libnc_options_set_text(&options, "learning_rate", "inf"),
                     LIBNC_ERROR_ARGUMENT);
}
END_TEST

START_TEST(choices_in_text)
{
    for (int64_t i = 0; i < 3; i++) {
        ck_assert_int_eq(libnc_options_set_text(&options, "shape", shapes[i]), LIBNC_OK);
        ck_assert_int_eq(nc__option_int(&options, SHAPE), i);
        ck_assert_str_eq(libnc_options_choice(&options, SHAPE, i), shapes[i]);
    }
    ck_assert_int_eq(libnc_options_set_text(&options, "shape", "two-steps"), LIBNC_OK);
    ck_assert_int_eq(nc__option_int(&options, SHAPE), 1);
    ck_assert_int_eq(libnc_options_set_text(&options, "shape", "cos"), LIBNC_ERROR_ARGUMENT);
    ck_assert_str_eq(libnc_context_error(context),
                     "shape = \"cos\": must be one of constant, two_steps, cosine");
    ck_assert_ptr_null(libnc_options_choice(&options, SHAPE, 3));
    ck_assert_ptr_null(libnc_options_choice(&options, SHAPE, -1));
    ck_assert_ptr_null(libnc_options_choice(&options, STEPS, 1));
    ck_assert_ptr_null(libnc_options_choice(&options, 99, 0));
}
END_TEST

START_TEST(descriptions)
{
    for (int32_t i = 0; i < COUNT; i++) {
        int32_t key, type;
        const char *name, *help;
        double minimum, maximum, initial;
        ck_assert_int_eq(libnc_options_describe(&options, i, &key, &name, &type, &help), LIBNC_OK);
        ck_assert_int_eq(libnc_options_bounds(&options, key, &minimum, &maximum, &initial),
                         LIBNC_OK);
        ck_assert_int_eq(key, table[i].key);
        ck_assert_str_eq(name, table[i].name);
        ck_assert_int_eq(type, table[i].type);
        ck_assert_double_eq(minimum, table[i].minimum);
        ck_assert_double_eq(maximum, table[i].maximum);
        ck_assert_double_eq(initial, table[i].initial);
        ck_assert_str_eq(help, table[i].help);
        ck_assert_int_eq(libnc_options_describe(&options, i, NULL, NULL, NULL, NULL), LIBNC_OK);
        ck_assert_int_eq(libnc_options_bounds(&options, key, NULL, NULL, NULL), LIBNC_OK);
    }
    int32_t key = 77;
    double minimum = 77;
    assert_refused(libnc_options_describe(&options, -1, &key, NULL, NULL, NULL),
                   "index = -1: must be from 0 to 4");
    assert_refused(libnc_options_describe(&options, COUNT, &key, NULL, NULL, NULL),
                   "index = 5: must be from 0 to 4");
    assert_refused(libnc_options_bounds(&options, 66, &minimum, NULL, NULL),
                   "key = 66: must be a key of this handle's table");
    ck_assert(key == 77 && minimum == 77);
}
END_TEST

/* Sets a locale with a decimal comma: an installed one, or one that is compiled into `folder`. */
static const char *set_comma_locale(const char *folder)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "nl_NL.UTF-8"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *found = setlocale(LC_ALL, names[i]);
        if (found)
            return found;
    }
    char command[256];
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >/dev/null 2>&1",
             folder);
    if (system(command) != 0)
        return NULL;
    setenv("LOCPATH", folder, 1);
    return setlocale(LC_ALL, "de_DE.UTF-8");
}

/* Text means the same in a locale with a decimal comma, and the locale stays as it is. */
START_TEST(other_locales)
{
    char folder[] = "/tmp/libnc_locale_XXXXXX", before[64], text[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    const char *found = set_comma_locale(folder);
    snprintf(before, sizeof before, "%s", found ? found : "");
    snprintf(text, sizeof text, "rm -r %s", folder);
    ck_assert_int_eq(system(text), 0);
    if (!found) {
        puts("SKIP options: other locales: none with a decimal comma, and no localedef");
        return;
    }
    snprintf(text, sizeof text, "%.1f", 0.5);
    ck_assert_str_eq(text, "0,5");
    ck_assert_int_eq(libnc_options_set_text(&options, "learning_rate", "0.25"), LIBNC_OK);
    ck_assert_double_eq(nc__option(&options, RATE), 0.25);
    ck_assert_int_eq(libnc_options_set_text(&options, "learning_rate", "+1.5e-3"), LIBNC_OK);
    ck_assert_double_eq(nc__option(&options, RATE), 0.0015);
    ck_assert_int_eq(libnc_options_set_text(&options, "steps", "12.0"), LIBNC_OK);
    ck_assert_int_eq(libnc_options_set_text(&options, "learning_rate", "0,5"),
                     LIBNC_ERROR_ARGUMENT);
    ck_assert_str_eq(setlocale(LC_ALL, NULL), before);
    setlocale(LC_ALL, "C");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("options");
    TCase *tests = add_case(suite, "options", 20);
    tcase_add_checked_fixture(tests, setup_options, teardown_options);
    tcase_add_test(tests, initial_values);
    tcase_add_test(tests, set_and_get);
    tcase_add_test(tests, out_of_bounds);
    tcase_add_test(tests, largest_whole_numbers);
    tcase_add_test(tests, wrong_key_or_type);
    tcase_add_test(tests, null_arguments);
    tcase_add_test(tests, numbers_in_text);
    tcase_add_test(tests, text_that_is_no_number);
    tcase_add_test(tests, infinity_in_text);
    tcase_add_test(tests, choices_in_text);
    tcase_add_test(tests, descriptions);
    tcase_add_test(tests, other_locales);
    return run_suite(suite);
}
