/* SPDX-License-Identifier: MIT
 *
 * options.c: what the functions of libnc/options.h refuse.
 */
#include "arguments/option_tables.h"
#include "arguments/tables.h"

static const int32_t not_keys[] = {0, -1, 100, INT32_MIN, INT32_MAX};

static void options_set_int64(void)
{
    libnc_options *options = libnc_trainer_options(w->trainer);
    static const int64_t wrong[] = {-1, INT64_MIN, (int64_t)INT32_MAX + 1, INT64_MAX};
    NO_CONTEXT("options", libnc_options_set_int64(NULL, LIBNC_TRAINER_OPTION_BATCH_SIZE, 1));
    EACH(i, not_keys)
    WRONG("key", libnc_options_set_int64(options, not_keys[i], 1));
    WRONG("key", libnc_options_set_int64(options, LIBNC_TRAINER_OPTION_TIME_LIMIT, 1));
    EACH(i, wrong)
    REFUSED_AS(LIBNC_ERROR_ARGUMENT, "value", "batch_size",
               libnc_options_set_int64(options, LIBNC_TRAINER_OPTION_BATCH_SIZE, wrong[i]));
}

static void options_set_double(void)
{
    libnc_options *options = libnc_optimizer_options(w->optimizer);
    static const double wrong[] = {-1, NAN, INFINITY, -INFINITY, DBL_MAX};
    NO_CONTEXT("options", libnc_options_set_double(NULL, LIBNC_OPTIMIZER_OPTION_LEARNING_RATE, 1));
    EACH(i, not_keys)
    WRONG("key", libnc_options_set_double(options, not_keys[i], 1));
    WRONG("key", libnc_options_set_double(options, LIBNC_OPTIMIZER_OPTION_HISTORY, 1));
    EACH(i, wrong)
    REFUSED_AS(LIBNC_ERROR_ARGUMENT, "value", "learning_rate",
               libnc_options_set_double(options, LIBNC_OPTIMIZER_OPTION_LEARNING_RATE, wrong[i]));
}

static void options_set_text(void)
{
    libnc_options *options = libnc_optimizer_options(w->optimizer);
    static const char *const wrong[] = {"",      " ",   "nan", "inf", "1x",
                                        "1e999", "0x1", "-1",  "1 ",  "--1"};
    static char endless[10000];
    memset(endless, 'x', sizeof endless - 1);
    NO_CONTEXT("options", libnc_options_set_text(NULL, "schedule", "step"));
    WRONG("name", libnc_options_set_text(options, NULL, "step"));
    WRONG("name", libnc_options_set_text(options, "", "step"));
    WRONG("name", libnc_options_set_text(options, endless, "step"));
    WRONG("text", libnc_options_set_text(options, "schedule", NULL));
    EACH(i, wrong)
    {
        REFUSED_AS(LIBNC_ERROR_ARGUMENT, "text", "learning_rate",
                   libnc_options_set_text(options, "learning_rate", wrong[i]));
        REFUSED_AS(LIBNC_ERROR_ARGUMENT, "text", "period",
                   libnc_options_set_text(options, "period", wrong[i]));
        REFUSED_AS(LIBNC_ERROR_ARGUMENT, "text", "schedule",
                   libnc_options_set_text(options, "schedule", wrong[i]));
    }
    REFUSED_AS(LIBNC_ERROR_ARGUMENT, "text", "period",
               libnc_options_set_text(options, "period", endless));
    REFUSED_AS(LIBNC_ERROR_ARGUMENT, "text", "schedule",
               libnc_options_set_text(options, "schedule", endless));
    libnc_loss *losses[2];
    must(libnc_loss_create(&losses[0], w->context, LIBNC_LOSS_FOCAL));
    must(libnc_loss_create(&losses[1], w->context, LIBNC_LOSS_CROSS_ENTROPY));
    beyond_bounds(libnc_loss_options(losses[0]));
    beyond_bounds(libnc_loss_options(losses[1]));
    beyond_bounds(options);
    beyond_bounds(libnc_trainer_options(w->trainer));
    beyond_bounds(libnc_geometry_options(w->geometry));
    beyond_bounds(libnc_minority_options(w->minority));
    beyond_bounds(libnc_accumulator_options(w->accumulator));
    libnc_loss_destroy(losses[0]);
    libnc_loss_destroy(losses[1]);
    choices_have_enumerators(libnc_geometry_options(w->geometry));
    choices_have_enumerators(libnc_trainer_options(w->trainer));
    choices_have_enumerators(options);
    choices_have_enumerators(libnc_accumulator_options(w->accumulator));
    choices_have_enumerators(libnc_minority_options(w->minority));
    choices_have_enumerators(libnc_report_options(w->report));
}

static void options_get_int64(void)
{
    const libnc_options *options = libnc_trainer_options(w->trainer);
    NO_CONTEXT("options", libnc_options_get_int64(NULL, LIBNC_TRAINER_OPTION_SEED, out.whole));
    EACH(i, not_keys)
    WRONG("key", libnc_options_get_int64(options, not_keys[i], out.whole));
    WRONG("key", libnc_options_get_int64(options, LIBNC_TRAINER_OPTION_TIME_LIMIT, out.whole));
    WRONG("value", libnc_options_get_int64(options, LIBNC_TRAINER_OPTION_SEED, NULL));
}

static void options_get_double(void)
{
    const libnc_options *options = libnc_trainer_options(w->trainer);
    NO_CONTEXT("options",
               libnc_options_get_double(NULL, LIBNC_TRAINER_OPTION_TIME_LIMIT, out.values));
    EACH(i, not_keys)
    WRONG("key", libnc_options_get_double(options, not_keys[i], out.values));
    WRONG("key", libnc_options_get_double(options, LIBNC_TRAINER_OPTION_SEED, out.values));
    WRONG("value", libnc_options_get_double(options, LIBNC_TRAINER_OPTION_TIME_LIMIT, NULL));
}

static void options_describe(void)
{
    const libnc_options *options = libnc_trainer_options(w->trainer);
    static const int32_t wrong[] = {-1, 13, INT32_MIN, INT32_MAX};
    static const char *const outputs[] = {"key", "name", "type", "help"};
    NO_CONTEXT("options", libnc_options_describe(NULL, 0, out.small, NULL, NULL, &out.name));
    ck_assert_int_eq(libnc_options_count(options), 13);
    EACH(i, wrong)
    WRONG("index", libnc_options_describe(options, wrong[i], out.small, NULL, NULL, &out.name));
    EACH(i, outputs)
    ACCEPTED(outputs[i], libnc_options_describe(options, 0, NULL, NULL, NULL, NULL));
}

static void options_bounds(void)
{
    const libnc_options *options = libnc_trainer_options(w->trainer);
    const int32_t seed = LIBNC_TRAINER_OPTION_SEED;
    static const char *const outputs[] = {"minimum", "maximum", "initial"};
    NO_CONTEXT("options", libnc_options_bounds(NULL, seed, out.values, out.values, out.values));
    EACH(i, not_keys)
    WRONG("key", libnc_options_bounds(options, not_keys[i], out.values, out.values, out.values));
    EACH(i, outputs)
    ACCEPTED(outputs[i], libnc_options_bounds(options, seed, NULL, NULL, NULL));
}

static void without_status(void)
{
    ZERO(libnc_options_count(NULL));
    const libnc_options *options = libnc_optimizer_options(w->optimizer);
    const int32_t schedule = LIBNC_OPTIMIZER_OPTION_SCHEDULE;
    NONE(libnc_options_choice(NULL, 1, 0));
    EACH(i, not_there)
    {
        NONE(libnc_options_choice(options, not_there[i], 0));
        if (not_there[i] != 0)
            NONE(libnc_options_choice(options, schedule, not_there[i]));
    }
    NONE(libnc_options_choice(options, schedule, INT64_MIN));
    NONE(libnc_options_choice(options, schedule, INT64_MAX));
    NONE(libnc_options_choice(options, LIBNC_OPTIMIZER_OPTION_LEARNING_RATE, 0));
}

static const argument_check checks[] = {
    CHECKS(options_set_int64), CHECKS(options_set_double), CHECKS(options_set_text),
    CHECKS(options_get_int64), CHECKS(options_get_double), CHECKS(options_describe),
    CHECKS(options_bounds),
};

const argument_table options_arguments = ARGUMENT_TABLE("options", checks, without_status);
