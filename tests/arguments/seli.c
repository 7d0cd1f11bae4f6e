/* SPDX-License-Identifier: MIT
 *
 * seli.c: what the functions of libnc/seli.h refuse.
 */
#include "arguments/tables.h"

static void seli_singular_values(void)
{
    NO_CONTEXT("classes", libnc_seli_singular_values(NULL, out.values, K));
    WRONG("values", libnc_seli_singular_values(w->classes, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_seli_singular_values(w->classes, out.values, not_classes[i]));
}

static void seli_lengths(void)
{
    double values[K];
    NO_CONTEXT("classes", libnc_seli_lengths(NULL, out.values, out.values + K, K));
    WRONG("classifier", libnc_seli_lengths(w->classes, NULL, NULL, K));
    WRONG("features", libnc_seli_lengths(w->classes, NULL, NULL, K));
    EACH(i, not_classes)
    {
        MISFIT("size", libnc_seli_lengths(w->classes, out.values, NULL, not_classes[i]));
        MISFIT("size", libnc_seli_lengths(w->classes, NULL, out.values, not_classes[i]));
    }
    ACCEPTED("classifier", libnc_seli_lengths(w->classes, NULL, values, K));
    ACCEPTED("features", libnc_seli_lengths(w->classes, values, NULL, K));
}

static void seli_grams(void)
{
    double values[SQUARE];
    static const int32_t not_flag[] = {-1, 2, INT32_MIN, INT32_MAX};
    NO_CONTEXT("classes", libnc_seli_grams(NULL, 0, out.values, NULL, SQUARE));
    EACH(i, not_flag)
    WRONG("cosines", libnc_seli_grams(w->classes, not_flag[i], out.values, NULL, SQUARE));
    WRONG("classifier", libnc_seli_grams(w->classes, 0, NULL, NULL, SQUARE));
    WRONG("features", libnc_seli_grams(w->classes, 0, NULL, NULL, SQUARE));
    EACH(i, not_square)
    MISFIT("size", libnc_seli_grams(w->classes, 1, out.values, NULL, not_square[i]));
    ACCEPTED("classifier", libnc_seli_grams(w->classes, 0, NULL, values, SQUARE));
    ACCEPTED("features", libnc_seli_grams(w->classes, 0, values, NULL, SQUARE));
}

static void seli_logits(void)
{
    NO_CONTEXT("classes", libnc_seli_logits(NULL, out.values, SQUARE));
    WRONG("logits", libnc_seli_logits(w->classes, NULL, SQUARE));
    EACH(i, not_square)
    MISFIT("size", libnc_seli_logits(w->classes, out.values, not_square[i]));
}

static const argument_check checks[] = {
    CHECKS(seli_singular_values),
    CHECKS(seli_lengths),
    CHECKS(seli_grams),
    CHECKS(seli_logits),
};

const argument_table seli_arguments = ARGUMENT_TABLE("seli", checks, NULL);
