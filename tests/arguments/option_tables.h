/* SPDX-License-Identifier: MIT
 *
 * option_tables.h: the options of any handle: what lies beyond their bounds is refused, and every
 * choice has its enumerator.
 */
#ifndef OPTION_TABLES_H
#define OPTION_TABLES_H

#include "support/refusals.h"

/* Every option of every kind of handle, by key and by text, one step beyond its bounds. */
static inline void beyond_bounds(libnc_options *options)
{
    for (int32_t i = 0; i < libnc_options_count(options); i++) {
        int32_t key, type;
        const char *name;
        double bounds[2];
        must(libnc_options_describe(options, i, &key, &name, &type, NULL));
        must(libnc_options_bounds(options, key, &bounds[0], &bounds[1], NULL));
        EACH(j, not_finite)
        if (type == LIBNC_OPTION_DOUBLE && !(not_finite[j] == bounds[1]))
            REFUSED_AS(LIBNC_ERROR_ARGUMENT, "value", name,
                       libnc_options_set_double(options, key, not_finite[j]));
        for (int j = 0; j < 2; j++) {
            char text[64];
            if (type != LIBNC_OPTION_DOUBLE)
                REFUSED_AS(
                    LIBNC_ERROR_ARGUMENT, "value", name,
                    libnc_options_set_int64(options, key, (int64_t)bounds[j] + (j ? 1 : -1)));
            if (isinf(bounds[j]))
                continue;
            snprintf(text, sizeof text, "%.17g", nextafter(bounds[j], j ? INFINITY : -INFINITY));
            REFUSED_AS(LIBNC_ERROR_ARGUMENT, "text", name,
                       libnc_options_set_text(options, name, text));
        }
    }
}

/* Every choice of every option has a public enumerator of the value that the option takes. */
static const struct {
    const char *option, *choice;
    int64_t value;
} enumerators[] = {
    {"loss", "mse", LIBNC_LOSS_MSE},
    {"loss", "ce", LIBNC_LOSS_CROSS_ENTROPY},
    {"loss", "focal", LIBNC_LOSS_FOCAL},
    {"form", "decay", LIBNC_GEOMETRY_FORM_DECAY},
    {"form", "energy", LIBNC_GEOMETRY_FORM_ENERGY},
    {"order", "c", LIBNC_ARRAY_ORDER_C},
    {"order", "fortran", LIBNC_ARRAY_ORDER_FORTRAN},
    {"byte_order", "little", LIBNC_ARRAY_BYTE_ORDER_LITTLE},
    {"byte_order", "big", LIBNC_ARRAY_BYTE_ORDER_BIG},
    {"reduction", "off", LIBNC_TRAINER_REDUCTION_OFF},
    {"reduction", "auto", LIBNC_TRAINER_REDUCTION_AUTO},
    {"repeat_decay", "sample", LIBNC_REPEAT_DECAY_SAMPLE},
    {"repeat_decay", "visit", LIBNC_REPEAT_DECAY_VISIT},
    {"schedule", "constant", LIBNC_SCHEDULE_CONSTANT},
    {"schedule", "step", LIBNC_SCHEDULE_STEP},
    {"schedule", "cosine", LIBNC_SCHEDULE_COSINE},
    {"scatter", "none", LIBNC_SCATTER_NONE},
    {"scatter", "full", LIBNC_SCATTER_FULL},
    {"scatter", "projected", LIBNC_SCATTER_PROJECTED},
    {"precision", "input", LIBNC_PRECISION_INPUT},
    {"precision", "float64", LIBNC_PRECISION_FLOAT64},
};

static inline bool has_enumerator(const char *option, const char *choice, int64_t value)
{
    EACH(i, enumerators)
    if (strcmp(enumerators[i].option, option) == 0 && strcmp(enumerators[i].choice, choice) == 0)
        return enumerators[i].value == value;
    return false;
}

static inline void choices_have_enumerators(const libnc_options *options)
{
    for (int32_t i = 0; i < libnc_options_count(options); i++) {
        int32_t key, type;
        const char *name;
        double low, high;
        must(libnc_options_describe(options, i, &key, &name, &type, NULL));
        must(libnc_options_bounds(options, key, &low, &high, NULL));
        for (int64_t value = (int64_t)low; type == LIBNC_OPTION_CHOICE && value <= (int64_t)high;
             value++) {
            const char *choice = libnc_options_choice(options, key, value);
            ck_assert_msg(has_enumerator(name, choice, value), "%s = %s: no enumerator of %d", name,
                          choice, (int)value);
        }
        ck_assert(type != LIBNC_OPTION_CHOICE ||
                  !libnc_options_choice(options, key, (int64_t)low - 1));
    }
}

#endif
