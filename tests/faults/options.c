/* SPDX-License-Identifier: MIT
 *
 * options.c: the allocations of the functions of libnc/options.h.
 */
#include "faults/tables.h"

static void steady(world *w)
{
    libnc_options *options = libnc_optimizer_options(w->optimizer);
    double value;
    int64_t whole;
    STEADY(libnc_options_set_int64(options, LIBNC_OPTIMIZER_OPTION_HISTORY, 3));
    STEADY(libnc_options_set_double(options, LIBNC_OPTIMIZER_OPTION_LEARNING_RATE, 0.2));
    STEADY(libnc_options_set_text(options, "schedule", "cosine"));
    STEADY(libnc_options_get_int64(options, LIBNC_OPTIMIZER_OPTION_HISTORY, &whole));
    STEADY(libnc_options_get_double(options, LIBNC_OPTIMIZER_OPTION_LEARNING_RATE, &value));
    STEADY(libnc_options_describe(options, 0, NULL, NULL, NULL, NULL));
    STEADY(libnc_options_bounds(options, LIBNC_OPTIMIZER_OPTION_LEARNING_RATE, NULL, NULL, NULL));
    GETTER(libnc_options_count(options));
    GETTER(libnc_options_choice(options, LIBNC_OPTIMIZER_OPTION_SCHEDULE, 1));
}

const fault_table options_faults = {"options", .steady = steady};
