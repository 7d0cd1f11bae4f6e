/* SPDX-License-Identifier: MIT
 *
 * options_internal.h: tables of typed settings, embedded in the handles that own them.
 */
#ifndef NC__OPTIONS_INTERNAL_H
#define NC__OPTIONS_INTERNAL_H

#include "base/context_internal.h"
#include <libnc/options.h>

typedef struct nc__option_spec {
    int32_t key;
    int32_t type; /* libnc_option_type */
    const char *name;
    double minimum, maximum, initial;
    const char *const *choices; /* CHOICE: names of minimum .. maximum */
    const char *help;
} nc__option_spec;

/* Embedded in the handle that owns it. Whole numbers above 2^53 are out of every table's bounds, so
 * a double holds both types. */
struct libnc_options {
    libnc_context *context;
    const nc__option_spec *specs;
    int32_t count;
    int64_t revision; /* grows with every successful set */
    double values[NC__MAX_OPTIONS];
    double initials[NC__MAX_OPTIONS];
};

/* Stands behind every table of options: a handle has memory for them all. */
#define NC__OPTIONS_FIT(table)                                                                     \
    _Static_assert(sizeof(table) / sizeof *(table) <= NC__MAX_OPTIONS,                             \
                   "more options than NC__MAX_OPTIONS")

void nc__options_init(libnc_options *options, libnc_context *context, const nc__option_spec *specs,
                      int32_t count);
/* For keys of the handle's own table: no checks but an assertion. */
double nc__option(const libnc_options *options, int32_t key);
int64_t nc__option_int(const libnc_options *options, int32_t key);
/* Replaces an initial value, where it depends on the handle's kind. */
void nc__option_preset(libnc_options *options, int32_t key, double value);

#endif
