/* SPDX-License-Identifier: MIT
 *
 * optimizer.c: what the functions of libnc/optimizer.h refuse.
 */
#include "arguments/tables.h"

static void optimizer_create(void)
{
    static const int32_t wrong[] = {0, 7, -1, INT32_MIN, INT32_MAX};
    NO_CONTEXT("context", libnc_optimizer_create(&out.optimizer, NULL, 1));
    WRONG("optimizer", libnc_optimizer_create(NULL, w->context, 1));
    EACH(i, wrong)
    WRONG("kind", libnc_optimizer_create(&out.optimizer, w->context, wrong[i]));
}

static void optimizer_rate(void)
{
    NO_CONTEXT("optimizer", libnc_optimizer_rate(NULL, 0, out.values));
    WRONG("step", libnc_optimizer_rate(w->optimizer, -1, out.values));
    WRONG("step", libnc_optimizer_rate(w->optimizer, INT64_MIN, out.values));
    WRONG("rate", libnc_optimizer_rate(w->optimizer, 0, NULL));
    libnc_options *options = libnc_optimizer_options(w->optimizer);
    for (int64_t schedule = 0; schedule <= 2; schedule++) { /* the end of the type is a step */
        double rate = -1;
        must(libnc_options_set_int64(options, LIBNC_OPTIMIZER_OPTION_SCHEDULE, schedule));
        ACCEPTED("step", libnc_optimizer_rate(w->optimizer, INT64_MAX, &rate));
        ck_assert(rate >= 0 && isfinite(rate));
    }
}

static void without_status(void)
{
    DONE(libnc_optimizer_destroy(NULL));
    NONE(libnc_optimizer_options(NULL));
    ZERO(libnc_optimizer_kind(NULL));
}

static const argument_check checks[] = {
    CHECKS(optimizer_create),
    CHECKS(optimizer_rate),
};

const argument_table optimizer_arguments = ARGUMENT_TABLE("optimizer", checks, without_status);
