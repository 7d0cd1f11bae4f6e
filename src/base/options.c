/* SPDX-License-Identifier: MIT
 *
 * options.c: the settings of a handle: one table of specifications, one array of values.
 *
 * A table is static and belongs to the handle's kind; values are doubles, which hold every whole
 * number up to 2^53. Numbers in text are read in the C locale's notation whatever the process's
 * locale is, and without setting it.
 */
#include "base/options_internal.h"

#include "base/context_internal.h"
#include "base/error.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LONGEST_NUMBER = 128, /* characters of a number in text */
    LONGEST_LIST = 256    /* characters of the choices in an error text */
};

/* ---- the table ---- */

static const nc__option_spec *find_key(const libnc_options *options, int32_t key)
{
    for (int32_t i = 0; i < options->count; i++)
        if (options->specs[i].key == key)
            return &options->specs[i];
    return NULL;
}

static const char *choice_of(const nc__option_spec *spec, int64_t value)
{
    return spec->choices[value - (int64_t)spec->minimum];
}

static double *value_of(libnc_options *options, const nc__option_spec *spec)
{
    return &options->values[spec - options->specs];
}

void nc__options_init(libnc_options *options, libnc_context *context, const nc__option_spec *specs,
                      int32_t count)
{
    assert(count >= 0 && count <= NC__MAX_OPTIONS);
    *options = (libnc_options){.context = context, .specs = specs, .count = count};
    for (int32_t i = 0; i < count; i++) {
        assert(specs[i].type == LIBNC_OPTION_DOUBLE ||
               (fabs(specs[i].minimum) <= (double)NC__LARGEST_EXACT &&
                fabs(specs[i].maximum) <= (double)NC__LARGEST_EXACT));
        options->values[i] = options->initials[i] = specs[i].initial;
    }
}

double nc__option(const libnc_options *options, int32_t key)
{
    const nc__option_spec *spec = find_key(options, key);
    assert(spec);
    return options->values[spec - options->specs];
}

int64_t nc__option_int(const libnc_options *options, int32_t key)
{
    return (int64_t)nc__option(options, key);
}

void nc__option_preset(libnc_options *options, int32_t key, double value)
{
    const nc__option_spec *spec = find_key(options, key);
    assert(spec && value >= spec->minimum && value <= spec->maximum);
    *value_of(options, spec) = value;
    options->initials[spec - options->specs] = value;
}

/* ---- setting by key ---- */

static libnc_status fail_range(libnc_options *options, const nc__option_spec *spec,
                               const char *value)
{
    if (spec->type == LIBNC_OPTION_DOUBLE) {
        /* The largest double below 1 reads "below 1". */
        char maximum[LONGEST_NUMBER];
        snprintf(maximum, sizeof maximum, "%g", spec->maximum);
        const bool open = strtod(maximum, NULL) > spec->maximum;
        return nc__fail(options->context, LIBNC_ERROR_ARGUMENT, "%s = %s: must be from %g to %s%s",
                        spec->name, value, spec->minimum, open ? "below " : "", maximum);
    }
    return nc__fail(options->context, LIBNC_ERROR_ARGUMENT,
                    "%s = %s: must be from %" PRId64 " to %" PRId64, spec->name, value,
                    (int64_t)spec->minimum, (int64_t)spec->maximum);
}

/* Fifteen digits show what a person wrote; seventeen where those would hide a difference. */
static void print_double(char text[LONGEST_NUMBER], double value)
{
    snprintf(text, LONGEST_NUMBER, "%.15g", value);
    if (strtod(text, NULL) != value)
        snprintf(text, LONGEST_NUMBER, "%.17g", value);
}

static libnc_status set_whole(libnc_options *options, const nc__option_spec *spec, int64_t value)
{
    if (value < -NC__LARGEST_EXACT || value > NC__LARGEST_EXACT || (double)value < spec->minimum ||
        (double)value > spec->maximum) {
        char text[LONGEST_NUMBER];
        snprintf(text, sizeof text, "%" PRId64, value);
        return fail_range(options, spec, text);
    }
    *value_of(options, spec) = (double)value;
    options->revision++;
    return LIBNC_OK;
}

static libnc_status set_real(libnc_options *options, const nc__option_spec *spec, double value)
{
    if (!(value >= spec->minimum && value <= spec->maximum)) {
        char text[LONGEST_NUMBER];
        print_double(text, value);
        return fail_range(options, spec, text);
    }
    *value_of(options, spec) = value;
    options->revision++;
    return LIBNC_OK;
}

/* The specification of a key; NULL with the error text set. */
static const nc__option_spec *find_given(const libnc_options *options, int32_t key)
{
    const nc__option_spec *spec = find_key(options, key);
    if (!spec)
        nc__fail(options->context, LIBNC_ERROR_ARGUMENT,
                 "key = %" PRId32 ": must be a key of this handle's table", key);
    return spec;
}

/* The same of a key whose type is DOUBLE, or is not, as wanted. */
static const nc__option_spec *find_typed(const libnc_options *options, int32_t key, bool is_real)
{
    const nc__option_spec *spec = find_given(options, key);
    if (spec && (spec->type == LIBNC_OPTION_DOUBLE) != is_real) {
        nc__fail(options->context, LIBNC_ERROR_ARGUMENT,
                 "key = %" PRId32 " (%s): must be a key of type %s", key, spec->name,
                 is_real ? "DOUBLE" : "INT64 or CHOICE");
        return NULL;
    }
    return spec;
}

libnc_status libnc_options_set_int64(libnc_options *options, int32_t key, int64_t value)
{
    if (!options)
        return LIBNC_ERROR_ARGUMENT;
    const nc__option_spec *spec = find_typed(options, key, false);
    return spec ? set_whole(options, spec, value) : LIBNC_ERROR_ARGUMENT;
}

libnc_status libnc_options_set_double(libnc_options *options, int32_t key, double value)
{
    if (!options)
        return LIBNC_ERROR_ARGUMENT;
    const nc__option_spec *spec = find_typed(options, key, true);
    return spec ? set_real(options, spec, value) : LIBNC_ERROR_ARGUMENT;
}

/* ---- setting from text ---- */

/* Equal, with '-' and '_' taken as the same. */
static bool is_same_name(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (*a != *b && !((*a == '-' || *a == '_') && (*b == '-' || *b == '_')))
            return false;
    return *a == *b;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_digits(const char *text)
{
    while (is_digit(*text))
        text++;
    return text;
}

/* Whether the text is [sign] digits [. digits] [e [sign] digits], with a digit in the first two
 * parts together; *point is the offset of the '.', or -1. */
static bool is_decimal(const char *text, ptrdiff_t *point)
{
    *point = -1;
    const char *at = text + (*text == '-' || *text == '+');
    const char *digits = at;
    at = skip_digits(at);
    ptrdiff_t count = at - digits;
    if (*at == '.') {
        *point = at - text;
        digits = at + 1;
        at = skip_digits(digits);
        count += at - digits;
    }
    if (count == 0)
        return false;
    if (*at == 'e' || *at == 'E') {
        at++;
        at += *at == '-' || *at == '+';
        if (!is_digit(*at))
            return false;
        at = skip_digits(at);
    }
    return *at == '\0';
}

/* strtod reads the decimal point of the process's locale, so the '.' is replaced by whatever
 * printf of the same locale writes between the digits of 0.5. */
static bool parse_real(const char *text, double *value)
{
    const char *digits = text + (*text == '-' || *text == '+');
    if (strcmp(digits, "inf") == 0 || strcmp(digits, "infinity") == 0) {
        *value = *text == '-' ? -INFINITY : INFINITY;
        return true;
    }
    ptrdiff_t point;
    size_t length = strlen(text);
    if (length >= LONGEST_NUMBER || !is_decimal(text, &point))
        return false;
    char half[32], local[LONGEST_NUMBER + sizeof half];
    if (point < 0) {
        memcpy(local, text, length + 1);
    } else {
        int printed = snprintf(half, sizeof half, "%.1f", 0.5);
        assert(printed >= 3 && printed < (int)sizeof half);
        snprintf(local, sizeof local, "%.*s%.*s%s", (int)point, text, printed - 2, half + 1,
                 text + point + 1);
    }
    char *end;
    double parsed = strtod(local, &end);
    if (*end != '\0' || !isfinite(parsed)) /* 1e999 is no way to write infinity */
        return false;
    *value = parsed;
    return true;
}

/* A whole number; "1e4" and "10.0" are whole too, up to where a double tells neighbours apart. */
static bool parse_whole(const char *text, int64_t *value)
{
    const char *digits = text + (*text == '-' || *text == '+');
    const char *end = skip_digits(digits);
    if (end > digits && *end == '\0' && end - digits <= 18) {
        *value = strtoll(text, NULL, 10);
        return true;
    }
    double real;
    if (!parse_real(text, &real) || real != floor(real) || fabs(real) >= (double)NC__LARGEST_EXACT)
        return false;
    *value = (int64_t)real;
    return true;
}

static libnc_status set_choice(libnc_options *options, const nc__option_spec *spec,
                               const char *text)
{
    char list[LONGEST_LIST] = "";
    size_t length = 0;
    for (int64_t value = (int64_t)spec->minimum; value <= (int64_t)spec->maximum; value++) {
        const char *choice = choice_of(spec, value);
        if (is_same_name(choice, text))
            return set_whole(options, spec, value);
        if (length < sizeof list)
            length += (size_t)snprintf(list + length, sizeof list - length, "%s%s",
                                       length > 0 ? ", " : "", choice);
    }
    return nc__fail(options->context, LIBNC_ERROR_ARGUMENT, "%s = \"%s\": must be one of %s",
                    spec->name, text, list);
}

static libnc_status set_number(libnc_options *options, const nc__option_spec *spec,
                               const char *text)
{
    int64_t whole;
    double real;
    if (spec->type == LIBNC_OPTION_INT64 && parse_whole(text, &whole))
        return set_whole(options, spec, whole);
    if (spec->type == LIBNC_OPTION_DOUBLE && parse_real(text, &real))
        return set_real(options, spec, real);
    char quoted[LONGEST_NUMBER + 2];
    snprintf(quoted, sizeof quoted, "\"%.*s\"", LONGEST_NUMBER - 1, text);
    return nc__fail(
        options->context, LIBNC_ERROR_ARGUMENT, "%s = %s: must be a %s", spec->name, quoted,
        spec->type == LIBNC_OPTION_INT64 ? "whole number within 2^53" : "finite number");
}

libnc_status libnc_options_set_text(libnc_options *options, const char *name, const char *text)
{
    if (!options)
        return LIBNC_ERROR_ARGUMENT;
    if (!name || !text)
        return nc__fail(options->context, LIBNC_ERROR_ARGUMENT, "%s = NULL: must be a string",
                        name ? "text" : "name");
    for (int32_t i = 0; i < options->count; i++) {
        const nc__option_spec *spec = &options->specs[i];
        if (is_same_name(spec->name, name))
            return spec->type == LIBNC_OPTION_CHOICE ? set_choice(options, spec, text)
                                                     : set_number(options, spec, text);
    }
    return nc__fail(options->context, LIBNC_ERROR_ARGUMENT,
                    "name = \"%s\": must be the name of an option of this handle", name);
}

/* ---- asking ---- */

libnc_status libnc_options_get_int64(const libnc_options *options, int32_t key, int64_t *value)
{
    if (!options)
        return LIBNC_ERROR_ARGUMENT;
    if (!value)
        return nc__fail(options->context, LIBNC_ERROR_ARGUMENT, "value = NULL: must be given");
    if (!find_typed(options, key, false))
        return LIBNC_ERROR_ARGUMENT;
    *value = nc__option_int(options, key);
    return LIBNC_OK;
}

libnc_status libnc_options_get_double(const libnc_options *options, int32_t key, double *value)
{
    if (!options)
        return LIBNC_ERROR_ARGUMENT;
    if (!value)
        return nc__fail(options->context, LIBNC_ERROR_ARGUMENT, "value = NULL: must be given");
    if (!find_typed(options, key, true))
        return LIBNC_ERROR_ARGUMENT;
    *value = nc__option(options, key);
    return LIBNC_OK;
}

int32_t libnc_options_count(const libnc_options *options)
{
    return options ? options->count : 0;
}

libnc_status libnc_options_describe(const libnc_options *options, int32_t index, int32_t *key,
                                    const char **name, int32_t *type, const char **help)
{
    if (!options)
        return LIBNC_ERROR_ARGUMENT;
    if (index < 0 || index >= options->count)
        return nc__fail(options->context, LIBNC_ERROR_ARGUMENT,
                        "index = %" PRId32 ": must be from 0 to %" PRId32, index,
                        options->count - 1);
    const nc__option_spec *spec = &options->specs[index];
    if (key)
        *key = spec->key;
    if (name)
        *name = spec->name;
    if (type)
        *type = spec->type;
    if (help)
        *help = spec->help;
    return LIBNC_OK;
}

libnc_status libnc_options_bounds(const libnc_options *options, int32_t key, double *minimum,
                                  double *maximum, double *initial)
{
    if (!options)
        return LIBNC_ERROR_ARGUMENT;
    const nc__option_spec *spec = find_given(options, key);
    if (!spec)
        return LIBNC_ERROR_ARGUMENT;
    if (minimum)
        *minimum = spec->minimum;
    if (maximum)
        *maximum = spec->maximum;
    if (initial)
        *initial = options->initials[spec - options->specs];
    return LIBNC_OK;
}

const char *libnc_options_choice(const libnc_options *options, int32_t key, int64_t value)
{
    if (!options)
        return NULL;
    const nc__option_spec *spec = find_key(options, key);
    if (!spec || spec->type != LIBNC_OPTION_CHOICE || value < (int64_t)spec->minimum ||
        value > (int64_t)spec->maximum)
        return NULL;
    return choice_of(spec, value);
}
