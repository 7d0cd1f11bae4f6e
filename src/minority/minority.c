/* SPDX-License-Identifier: MIT
 *
 * minority.c: the handle of a minority-collapse report: checks of arguments and states, and the
 * getters. The work is done in class_blocks.c and group_statistics.c.
 */
#include "geometry/geometry_internal.h"
#include "minority/group_statistics.h"
#include "report/report_internal.h"

#include <string.h>

/* Squared distances from Gram matrices are known to some 1e-15: see group_statistics.c. */
#define LEAST_TOLERANCE   1e-7
#define INITIAL_TOLERANCE 1e-6
#define LARGEST_TOLERANCE 0.99

static const nc__option_spec SPECS[] = {
    {LIBNC_MINORITY_OPTION_TOLERANCE, LIBNC_OPTION_DOUBLE, "tolerance", LEAST_TOLERANCE,
     LARGEST_TOLERANCE, INITIAL_TOLERANCE, NULL,
     "vectors this near, relative to the longer one, coincide"},
    {LIBNC_MINORITY_OPTION_VANISHING, LIBNC_OPTION_DOUBLE, "vanishing", LEAST_TOLERANCE,
     LARGEST_TOLERANCE, INITIAL_TOLERANCE, NULL,
     "vectors this short, relative to the longest one, vanish"},
};
NC__OPTIONS_FIT(SPECS);

struct libnc_minority {
    libnc_context *context;
    struct libnc_options options;
    int64_t *chosen;              /* the group of each class, or NULL for equal counts */
    int64_t chosen_classes;       /* K */
    int64_t chosen_groups;        /* G */
    nc__description *description; /* NULL before one is made */
    double *margins;              /* K margins, then K probabilities, of the description */
};

libnc_status libnc_minority_create(libnc_minority **minority, libnc_context *context)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (!minority)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "minority = NULL: must be given");
    libnc_minority *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = context;
    nc__options_init(&created->options, context, SPECS, (int32_t)(sizeof SPECS / sizeof *SPECS));
    *minority = created;
    return LIBNC_OK;
}

void libnc_minority_destroy(libnc_minority *minority)
{
    if (!minority)
        return;
    nc__description_destroy(minority->description);
    nc__free(minority->context, minority->margins);
    nc__free(minority->context, minority->chosen);
    nc__free(minority->context, minority);
}

libnc_options *libnc_minority_options(libnc_minority *minority)
{
    return minority ? &minority->options : NULL;
}

/* ---- groups of the caller ---- */

/* seen: K zeros. Every group 0 .. G-1 must occur; returns G, or -1 with the error set. */
static int64_t check_groups(libnc_context *context, const int64_t *groups, int64_t classes,
                            int64_t *seen)
{
    int64_t largest = -1;
    for (int64_t k = 0; k < classes; k++) {
        if (groups[k] < 0 || groups[k] >= classes) {
            (void)nc__fail(context, LIBNC_ERROR_ARGUMENT,
                           "groups[%lld] = %lld: must be from 0 to %lld", (long long)k,
                           (long long)groups[k], (long long)classes - 1);
            return -1;
        }
        seen[groups[k]] = 1;
        largest = groups[k] > largest ? groups[k] : largest;
    }
    for (int64_t g = 0; g <= largest; g++)
        if (!seen[g]) {
            (void)nc__fail(context, LIBNC_ERROR_ARGUMENT,
                           "groups: no class is in group %lld of %lld", (long long)g,
                           (long long)largest + 1);
            return -1;
        }
    return largest + 1;
}

static libnc_status copy_groups(libnc_minority *minority, const int64_t *groups, int64_t classes)
{
    libnc_context *context = minority->context;
    int64_t *copy = nc__alloc(context, (size_t)classes, sizeof *copy);
    if (!copy)
        return LIBNC_ERROR_MEMORY;
    const int64_t count = check_groups(context, groups, classes, copy);
    if (count < 0) {
        nc__free(context, copy);
        return LIBNC_ERROR_ARGUMENT;
    }
    memcpy(copy, groups, (size_t)classes * sizeof *copy);
    nc__free(context, minority->chosen);
    minority->chosen = copy;
    minority->chosen_classes = classes;
    minority->chosen_groups = count;
    return LIBNC_OK;
}

libnc_status libnc_minority_set_groups(libnc_minority *minority, const int64_t *groups,
                                       int64_t class_count)
{
    if (!minority)
        return LIBNC_ERROR_ARGUMENT;
    const int64_t least = groups ? 1 : 0, most = groups ? INT32_MAX : 0;
    if (class_count < least || class_count > most)
        return nc__fail(minority->context, LIBNC_ERROR_ARGUMENT,
                        "class_count = %lld: must be from %lld to %lld%s", (long long)class_count,
                        (long long)least, (long long)most, groups ? "" : " when groups = NULL");
    if (groups)
        return copy_groups(minority, groups, class_count);
    nc__free(minority->context, minority->chosen);
    minority->chosen = NULL;
    minority->chosen_classes = minority->chosen_groups = 0;
    return LIBNC_OK;
}

/* ---- descriptions ---- */

static libnc_status check_source(const libnc_minority *minority, int32_t layer, int32_t depth,
                                 int64_t classes)
{
    if (minority->chosen && minority->chosen_classes != classes)
        return nc__fail(minority->context, LIBNC_ERROR_DIMENSION,
                        "%lld classes, but libnc_minority_set_groups was given %lld",
                        (long long)classes, (long long)minority->chosen_classes);
    return nc__check_bounds(minority->context, "layer", layer, 1, depth);
}

/* Describes the blocks and takes the margins, unless the status says that there are none. */
static libnc_status replace(libnc_minority *minority, libnc_status status,
                            const nc__class_blocks *blocks, double *margins)
{
    nc__description *fresh = NULL;
    if (status == LIBNC_OK)
        status = nc__describe(&fresh, blocks,
                              nc__option(&minority->options, LIBNC_MINORITY_OPTION_TOLERANCE),
                              nc__option(&minority->options, LIBNC_MINORITY_OPTION_VANISHING));
    if (status != LIBNC_OK) {
        nc__free(minority->context, margins);
        return status;
    }
    nc__description_destroy(minority->description);
    nc__free(minority->context, minority->margins);
    minority->description = fresh;
    minority->margins = margins;
    return LIBNC_OK;
}

static libnc_status describe_geometry(libnc_minority *minority, const libnc_geometry *geometry,
                                      int32_t layer)
{
    const size_t K = (size_t)libnc_classes_count(libnc_geometry_classes(geometry));
    nc__arena arena = {.context = minority->context};
    nc__class_blocks blocks;
    double *margins = nc__alloc(minority->context, K, 2 * sizeof *margins);
    libnc_status status =
        margins ? libnc_geometry_margins(geometry, margins, K) : LIBNC_ERROR_MEMORY;
    if (status == LIBNC_OK)
        status = libnc_geometry_probabilities(geometry, margins + K, K);
    if (status == LIBNC_OK)
        status = nc__class_blocks_from_geometry(&blocks, &arena, geometry, layer, minority->chosen,
                                                minority->chosen_groups);
    status = replace(minority, status, &blocks, margins);
    nc__arena_release(&arena);
    return status;
}

static libnc_status describe_report(libnc_minority *minority, const libnc_report *report,
                                    int32_t layer)
{
    const size_t K = (size_t)libnc_report_classes(report);
    nc__arena arena = {.context = minority->context};
    nc__class_blocks blocks;
    double *margins = nc__alloc(minority->context, K, 2 * sizeof *margins);
    libnc_status status = margins
                              ? libnc_report_vector(report, LIBNC_CLASS_MARGIN, layer, margins, K)
                              : LIBNC_ERROR_MEMORY;
    if (status == LIBNC_OK)
        status = libnc_report_vector(report, LIBNC_CLASS_PROBABILITY, layer, margins + K, K);
    if (status == LIBNC_OK)
        status = nc__class_blocks_from_report(&blocks, &arena, report, layer, minority->chosen,
                                              minority->chosen_groups);
    status = replace(minority, status, &blocks, margins);
    nc__arena_release(&arena);
    return status;
}

libnc_status libnc_minority_from_geometry(libnc_minority *minority, const libnc_geometry *geometry,
                                          int32_t layer)
{
    if (!minority)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = minority->context;
    if (!geometry)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "geometry = NULL: must be given");
    if (nc__geometry_context(geometry) != context)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "geometry: belongs to another context");
    libnc_status status = nc__geometry_check(geometry);
    if (status == LIBNC_OK)
        status = check_source(minority, layer, libnc_geometry_depth(geometry),
                              libnc_classes_count(libnc_geometry_classes(geometry)));
    return status == LIBNC_OK ? describe_geometry(minority, geometry, layer) : status;
}

libnc_status libnc_minority_from_report(libnc_minority *minority, const libnc_report *report,
                                        int32_t layer)
{
    if (!minority)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = minority->context;
    if (!report)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "report = NULL: must be given");
    if (nc__report_context(report) != context)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "report: belongs to another context");
    if (libnc_report_classes(report) == 0)
        return nc__fail(context, LIBNC_ERROR_STATE,
                        "report: nothing was measured yet (libnc_report_measure)");
    libnc_status status =
        check_source(minority, layer, libnc_report_depth(report), libnc_report_classes(report));
    return status == LIBNC_OK ? describe_report(minority, report, layer) : status;
}

/* ---- results ---- */

int64_t libnc_minority_groups(const libnc_minority *minority)
{
    return minority && minority->description ? minority->description->groups : 0;
}

int64_t libnc_minority_classes(const libnc_minority *minority)
{
    return minority && minority->description ? minority->description->classes : 0;
}

static libnc_status check_described(const libnc_minority *minority)
{
    if (!minority)
        return LIBNC_ERROR_ARGUMENT;
    if (!minority->description)
        return nc__fail(minority->context, LIBNC_ERROR_STATE,
                        "minority: nothing was described yet (libnc_minority_from_geometry)");
    return LIBNC_OK;
}

static libnc_status check_group(const libnc_minority *minority, const char *name, int64_t group,
                                int64_t least)
{
    const libnc_status status = check_described(minority);
    return status == LIBNC_OK ? nc__check_bounds(minority->context, name, group, least,
                                                 minority->description->groups - 1)
                              : status;
}

static libnc_status check_classifier(const libnc_minority *minority)
{
    if (!minority->description->has_classifier)
        return nc__fail(minority->context, LIBNC_ERROR_STATE,
                        "the layer that was described has no classifier");
    return LIBNC_OK;
}

static libnc_status check_vectors(const libnc_minority *minority, int32_t vectors, int64_t group)
{
    libnc_status status = check_group(minority, "group", group, 0);
    if (status == LIBNC_OK)
        status = nc__check_bounds(minority->context, "vectors", vectors, 1, NC__CELLS_FAMILIES);
    if (status == LIBNC_OK && vectors == LIBNC_MINORITY_VECTORS_ROWS)
        status = check_classifier(minority);
    return status;
}

libnc_status libnc_minority_group(const libnc_minority *minority, int64_t group, int64_t *classes,
                                  int64_t *samples, int64_t *first)
{
    const libnc_status status = check_group(minority, "group", group, 0);
    if (status != LIBNC_OK)
        return status;
    if (classes)
        *classes = minority->description->size[group];
    if (samples)
        *samples = minority->description->samples[group];
    if (first)
        *first = minority->description->first[group];
    return LIBNC_OK;
}

/* That K values can be given: something was described, the output `name` is there and fits. */
static libnc_status check_vector(const libnc_minority *minority, const char *name, const void *out,
                                 size_t size)
{
    libnc_status status = check_described(minority);
    if (status == LIBNC_OK)
        status = nc__check_given(minority->context, name, out);
    return status == LIBNC_OK
               ? nc__check_size(minority->context, size, minority->description->classes)
               : status;
}

libnc_status libnc_minority_group_of(const libnc_minority *minority, int64_t *groups, size_t size)
{
    const libnc_status status = check_vector(minority, "groups", groups, size);
    if (status == LIBNC_OK)
        memcpy(groups, minority->description->group_of, size * sizeof *groups);
    return status;
}

libnc_status libnc_minority_state(const libnc_minority *minority, int32_t vectors, int64_t group,
                                  int32_t *state)
{
    libnc_status status = check_vectors(minority, vectors, group);
    if (status == LIBNC_OK)
        status = nc__check_given(minority->context, "state", state);
    if (status == LIBNC_OK)
        *state =
            minority->description->state[(vectors - 1) * minority->description->groups + group];
    return status;
}

libnc_status libnc_minority_cosine(const libnc_minority *minority, int32_t vectors, int64_t group,
                                   int64_t other, int32_t statistic, double *cosine)
{
    libnc_status status = check_vectors(minority, vectors, group);
    if (status == LIBNC_OK)
        status = check_group(minority, "other", other, 0);
    if (status == LIBNC_OK)
        status = nc__check_bounds(minority->context, "statistic", statistic, 1,
                                  NC__DESCRIPTION_STATISTICS);
    if (status == LIBNC_OK)
        status = nc__check_given(minority->context, "cosine", cosine);
    if (status != LIBNC_OK)
        return status;
    const nc__description *d = minority->description;
    const int64_t pair = ((vectors - 1) * d->groups + group) * d->groups + other;
    *cosine = d->cosine[pair * NC__DESCRIPTION_STATISTICS + statistic - 1];
    return LIBNC_OK;
}

libnc_status libnc_minority_norm(const libnc_minority *minority, int32_t vectors, int64_t group,
                                 int32_t statistic, double *norm)
{
    libnc_status status = check_vectors(minority, vectors, group);
    if (status == LIBNC_OK)
        status = nc__check_bounds(minority->context, "statistic", statistic, 1,
                                  NC__DESCRIPTION_STATISTICS);
    if (status == LIBNC_OK)
        status = nc__check_given(minority->context, "norm", norm);
    if (status != LIBNC_OK)
        return status;
    const nc__description *d = minority->description;
    const int64_t at = (vectors - 1) * d->groups + group;
    *norm = d->norm[at * NC__DESCRIPTION_STATISTICS + statistic - 1];
    return LIBNC_OK;
}

libnc_status libnc_minority_distinct(const libnc_minority *minority, int64_t group,
                                     int64_t *predictions, int64_t *rows)
{
    libnc_status status = check_group(minority, "group", group, -1);
    if (status == LIBNC_OK)
        status = check_classifier(minority);
    if (status != LIBNC_OK)
        return status;
    const nc__description *d = minority->description;
    const int64_t at = group < 0 ? d->groups : group;
    if (predictions)
        *predictions = d->predictions[at];
    if (rows)
        *rows = d->rows[at];
    return LIBNC_OK;
}

libnc_status libnc_minority_margins(const libnc_minority *minority, double *margins,
                                    double *probabilities, size_t size)
{
    libnc_status status =
        check_vector(minority, "margins, probabilities", margins ? margins : probabilities, size);
    if (status == LIBNC_OK)
        status = check_classifier(minority);
    if (status != LIBNC_OK)
        return status;
    if (margins)
        memcpy(margins, minority->margins, size * sizeof *margins);
    if (probabilities)
        memcpy(probabilities, minority->margins + size, size * sizeof *probabilities);
    return LIBNC_OK;
}
