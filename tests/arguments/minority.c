/* SPDX-License-Identifier: MIT
 *
 * minority.c: what the functions of libnc/minority.h refuse.
 */
#include "arguments/tables.h"

static const int64_t not_group[] = {-1, K, INT64_MIN, INT64_MAX};
static const int32_t not_family[] = {0, 4, -1, INT32_MIN, INT32_MAX};
static const int32_t not_statistic[] = {0, 5, -1, INT32_MIN, INT32_MAX};

static void minority_create(void)
{
    WRONG("minority", libnc_minority_create(NULL, w->context));
    NO_CONTEXT("context", libnc_minority_create(&out.minority, NULL));
}

static void minority_set_groups(void)
{
    static const int64_t groups[] = {0, 1, 0}, gap[] = {0, 2, 2}, below[] = {0, -1, 1};
    NO_CONTEXT("minority", libnc_minority_set_groups(NULL, groups, K));
    WRONG("groups", libnc_minority_set_groups(w->minority, gap, K));
    WRONG("groups", libnc_minority_set_groups(w->minority, below, K));
    WRONG("groups", libnc_minority_set_groups(w->minority, NULL, K));
    EACH(i, not_size)
    WRONG("class_count", libnc_minority_set_groups(w->minority, groups, not_size[i]));
}

static void minority_from_geometry(void)
{
    static const int32_t wrong[] = {0, -1, WORLD_DEPTH + 1, INT32_MIN, INT32_MAX};
    NO_CONTEXT("minority", libnc_minority_from_geometry(NULL, w->geometry, 1));
    WRONG("geometry", libnc_minority_from_geometry(w->minority, NULL, 1));
    WRONG("geometry", libnc_minority_from_geometry(w->minority, abroad.geometry, 1));
    EACH(i, wrong)
    WRONG("layer", libnc_minority_from_geometry(w->minority, w->geometry, wrong[i]));
    must(libnc_minority_set_groups(w->minority, (int64_t[]){0, 1, 2, 3}, K + 1));
    REFUSED_AS(LIBNC_ERROR_DIMENSION, "minority", "libnc_minority_set_groups",
               libnc_minority_from_geometry(w->minority, w->geometry, 1));
}

static void minority_from_report(void)
{
    static const int32_t wrong[] = {0, -1, WORLD_DEPTH + 1, INT32_MIN, INT32_MAX};
    libnc_report *nothing;
    NO_CONTEXT("minority", libnc_minority_from_report(NULL, w->report, 1));
    WRONG("report", libnc_minority_from_report(w->minority, NULL, 1));
    WRONG("report", libnc_minority_from_report(w->minority, abroad.report, 1));
    EACH(i, wrong)
    WRONG("layer", libnc_minority_from_report(w->minority, w->report, wrong[i]));
    must(libnc_report_create(&nothing, w->context));
    REFUSED(LIBNC_ERROR_STATE, "report", libnc_minority_from_report(w->minority, nothing, 1));
    libnc_report_destroy(nothing);
}

static void minority_group(void)
{
    int64_t found[2];
    NO_CONTEXT("minority", libnc_minority_group(NULL, 0, out.whole, out.whole + 1, out.whole + 2));
    EACH(i, not_group)
    WRONG("group",
          libnc_minority_group(w->minority, not_group[i], out.whole, out.whole + 1, out.whole + 2));
    ACCEPTED("classes", libnc_minority_group(w->minority, 0, NULL, found, found + 1));
    ACCEPTED("samples", libnc_minority_group(w->minority, 0, found, NULL, found + 1));
    ACCEPTED("first", libnc_minority_group(w->minority, 0, found, found + 1, NULL));
}

static void minority_group_of(void)
{
    NO_CONTEXT("minority", libnc_minority_group_of(NULL, out.whole, K));
    WRONG("groups", libnc_minority_group_of(w->minority, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_minority_group_of(w->minority, out.whole, not_classes[i]));
}

static void minority_margins(void)
{
    double value[K];
    NO_CONTEXT("minority", libnc_minority_margins(NULL, out.values, out.values, K));
    WRONG("margins", libnc_minority_margins(w->minority, NULL, NULL, K));
    ACCEPTED("margins", libnc_minority_margins(w->minority, NULL, value, K));
    ACCEPTED("probabilities", libnc_minority_margins(w->minority, value, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_minority_margins(w->minority, out.values, out.values, not_classes[i]));
}

static void minority_state(void)
{
    libnc_minority *nothing;
    NO_CONTEXT("minority", libnc_minority_state(NULL, 1, 0, out.small));
    EACH(i, not_family)
    WRONG("vectors", libnc_minority_state(w->minority, not_family[i], 0, out.small));
    EACH(i, not_group)
    WRONG("group", libnc_minority_state(w->minority, 1, not_group[i], out.small));
    WRONG("state", libnc_minority_state(w->minority, 1, 0, NULL));
    must(libnc_minority_create(&nothing, w->context));
    REFUSED(LIBNC_ERROR_STATE, "minority", libnc_minority_state(nothing, 1, 0, out.small));
    libnc_minority_destroy(nothing);
}

static void minority_cosine(void)
{
    NO_CONTEXT("minority", libnc_minority_cosine(NULL, 1, 0, 0, 1, out.values));
    EACH(i, not_family)
    WRONG("vectors", libnc_minority_cosine(w->minority, not_family[i], 0, 0, 1, out.values));
    EACH(i, not_group)
    {
        WRONG("group", libnc_minority_cosine(w->minority, 1, not_group[i], 0, 1, out.values));
        WRONG("other", libnc_minority_cosine(w->minority, 1, 0, not_group[i], 1, out.values));
    }
    EACH(i, not_statistic)
    WRONG("statistic", libnc_minority_cosine(w->minority, 1, 0, 0, not_statistic[i], out.values));
    WRONG("cosine", libnc_minority_cosine(w->minority, 1, 0, 0, 1, NULL));
}

static void minority_norm(void)
{
    NO_CONTEXT("minority", libnc_minority_norm(NULL, 1, 0, 1, out.values));
    EACH(i, not_family)
    WRONG("vectors", libnc_minority_norm(w->minority, not_family[i], 0, 1, out.values));
    EACH(i, not_group)
    WRONG("group", libnc_minority_norm(w->minority, 1, not_group[i], 1, out.values));
    EACH(i, not_statistic)
    WRONG("statistic", libnc_minority_norm(w->minority, 1, 0, not_statistic[i], out.values));
    WRONG("norm", libnc_minority_norm(w->minority, 1, 0, 1, NULL));
}

static void minority_distinct(void)
{
    static const int64_t wrong[] = {-2, K, INT64_MIN, INT64_MAX};
    int64_t found;
    NO_CONTEXT("minority", libnc_minority_distinct(NULL, -1, out.whole, out.whole + 1));
    EACH(i, wrong)
    WRONG("group", libnc_minority_distinct(w->minority, wrong[i], out.whole, out.whole + 1));
    ACCEPTED("predictions", libnc_minority_distinct(w->minority, -1, NULL, &found));
    ACCEPTED("rows", libnc_minority_distinct(w->minority, 0, &found, NULL));
}

static void without_status(void)
{
    DONE(libnc_minority_destroy(NULL));
    NONE(libnc_minority_options(NULL));
    ZERO(libnc_minority_groups(NULL));
    ZERO(libnc_minority_classes(NULL));
}

static const argument_check checks[] = {
    CHECKS(minority_create),      CHECKS(minority_set_groups), CHECKS(minority_from_geometry),
    CHECKS(minority_from_report), CHECKS(minority_group),      CHECKS(minority_group_of),
    CHECKS(minority_margins),     CHECKS(minority_state),      CHECKS(minority_cosine),
    CHECKS(minority_norm),        CHECKS(minority_distinct),
};

const argument_table minority_arguments = ARGUMENT_TABLE("minority", checks, without_status);
