/* SPDX-License-Identifier: MIT
 *
 * penalty.c: what the functions of libnc/penalty.h refuse.
 */
#include "arguments/tables.h"

static void penalty_create(void)
{
    NO_CONTEXT("model", libnc_penalty_create(&out.penalty, NULL));
    WRONG("penalty", libnc_penalty_create(NULL, w->model));
}

static void penalty_set_weight_decay(void)
{
    static const double decays[WORLD_DEPTH] = {1, 2};
    static const int64_t misfits[] = {WORLD_DEPTH + 1, 1 + (INT64_C(1) << 32)};
    NO_CONTEXT("penalty", libnc_penalty_set_weight_decay(NULL, decays, 1));
    WRONG("decays", libnc_penalty_set_weight_decay(w->penalty, NULL, 1));
    EACH(i, not_decay)
    {
        WRONG("decays", libnc_penalty_set_weight_decay(w->penalty, &not_decay[i], 1));
        WRONG("decays", libnc_penalty_set_weight_decay(w->penalty, (double[]){1, not_decay[i]}, 2));
    }
    EACH(i, not_positive32)
    WRONG("count", libnc_penalty_set_weight_decay(w->penalty, decays, not_positive32[i]));
    EACH(i, misfits)
    MISFIT("count", libnc_penalty_set_weight_decay(w->penalty, decays, misfits[i]));
}

static void penalty_set_feature_decay(void)
{
    NO_CONTEXT("penalty", libnc_penalty_set_feature_decay(NULL, 1));
    EACH(i, not_decay)
    WRONG("decay", libnc_penalty_set_feature_decay(w->penalty, not_decay[i]));
}

static const char *const not_names[] = {NULL, "", "head", "head.0.weight", "head.3.weight"};

static void penalty_set_decay(void)
{
    NO_CONTEXT("penalty", libnc_penalty_set_decay(NULL, "head.bias", 1));
    EACH(i, not_names)
    WRONG("parameter", libnc_penalty_set_decay(w->penalty, not_names[i], 1));
    EACH(i, not_decay)
    WRONG("decay", libnc_penalty_set_decay(w->penalty, "head.bias", not_decay[i]));
}

static void penalty_get_decay(void)
{
    NO_CONTEXT("penalty", libnc_penalty_get_decay(NULL, "head.bias", out.values));
    EACH(i, not_names)
    WRONG("parameter", libnc_penalty_get_decay(w->penalty, not_names[i], out.values));
    WRONG("decay", libnc_penalty_get_decay(w->penalty, "head.bias", NULL));
}

static void penalty_set_energies(void)
{
    NO_CONTEXT("penalty", libnc_penalty_set_energies(NULL, 1, 1));
    EACH(i, not_decay)
    {
        WRONG("classifier_energy", libnc_penalty_set_energies(w->penalty, not_decay[i], 1));
        WRONG("feature_energy", libnc_penalty_set_energies(w->penalty, 1, not_decay[i]));
    }
    WRONG("classifier_energy", libnc_penalty_set_energies(w->penalty, 0, 1));
    WRONG("feature_energy", libnc_penalty_set_energies(w->penalty, 1, 0));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "penalty", libnc_penalty_set_energies(w->penalty, 1, 1));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "penalty",
            libnc_penalty_set_energies(w->backbone_penalty, 1, 1));
}

static void penalty_get_energies(void)
{
    double energies[2] = {-1, -1};
    NO_CONTEXT("penalty", libnc_penalty_get_energies(NULL, out.values, out.values + 1));
    ACCEPTED("classifier_energy", libnc_penalty_get_energies(w->penalty, NULL, &energies[1]));
    ACCEPTED("feature_energy", libnc_penalty_get_energies(w->penalty, &energies[0], NULL));
    ck_assert(energies[0] == 0 && energies[1] == 0);
}

static void without_status(void)
{
    DONE(libnc_penalty_destroy(NULL));
}

static const argument_check checks[] = {
    CHECKS(penalty_set_energies),     CHECKS(penalty_get_energies),      CHECKS(penalty_create),
    CHECKS(penalty_set_weight_decay), CHECKS(penalty_set_feature_decay), CHECKS(penalty_set_decay),
    CHECKS(penalty_get_decay),
};

const argument_table penalty_arguments = ARGUMENT_TABLE("penalty", checks, without_status);
