/* SPDX-License-Identifier: MIT
 *
 * threshold.c: what the functions of libnc/threshold.h refuse.
 */
#include "arguments/imbalanced.h"
#include "arguments/tables.h"

static void threshold_merge_decay(void)
{
    libnc_geometry *geometry = imbalanced(0);
    NO_CONTEXT("geometry", libnc_threshold_merge_decay(NULL, 1, out.values));
    EACH(i, not_merging)
    WRONG("class_index", libnc_threshold_merge_decay(geometry, not_merging[i], out.values));
    WRONG("decay", libnc_threshold_merge_decay(geometry, 1, NULL));
    REFUSED_AS(LIBNC_ERROR_UNSUPPORTED, "geometry", "loss",
               libnc_threshold_merge_decay(w->geometry, 1, out.values));
    libnc_geometry_destroy(geometry);
}

static void threshold_total_decay(void)
{
    libnc_geometry *geometry = imbalanced(1);
    NO_CONTEXT("geometry", libnc_threshold_total_decay(NULL, out.values));
    REFUSED_AS(LIBNC_ERROR_UNSUPPORTED, "geometry", "form",
               libnc_threshold_total_decay(geometry, out.values));
    WRONG("decay", libnc_threshold_total_decay(geometry, NULL));
    libnc_geometry_destroy(geometry);
}

static void threshold_merge_energy(void)
{
    libnc_geometry *geometry = imbalanced(1);
    double energy;
    NO_CONTEXT("geometry", libnc_threshold_merge_energy(NULL, 1, out.values, out.values + 1));
    EACH(i, not_merging)
    WRONG("class_index",
          libnc_threshold_merge_energy(geometry, not_merging[i], out.values, out.values + 1));
    WRONG("energy", libnc_threshold_merge_energy(geometry, 1, NULL, out.values));
    ACCEPTED("width", libnc_threshold_merge_energy(geometry, 1, &energy, NULL));
    libnc_geometry_destroy(geometry);
}

static void threshold_merge_counts(void)
{
    static const int64_t wrong[] = {1, 0, -1, INT64_MIN, INT64_MAX};
    static const double not_rest[] = {-DBL_MIN, NAN, INFINITY}, not_smoothing[] = {-1, 1, NAN};
    libnc_context *c = w->context;
    double *low = out.values, *high = out.values + 1, value;
    NO_CONTEXT("context", libnc_threshold_merge_counts(NULL, 2, 5, 1, 0, low, high));
    EACH(i, wrong)
    WRONG("multiplicity", libnc_threshold_merge_counts(c, wrong[i], 5, 1, 0, low, high));
    EACH(i, not_rest)
    WRONG("rest", libnc_threshold_merge_counts(c, 2, not_rest[i], 1, 0, low, high));
    EACH(i, not_positive_double)
    WRONG("decay", libnc_threshold_merge_counts(c, 2, 5, not_positive_double[i], 0, low, high));
    EACH(i, not_smoothing)
    WRONG("smoothing", libnc_threshold_merge_counts(c, 2, 5, 1, not_smoothing[i], low, high));
    ACCEPTED("lower", libnc_threshold_merge_counts(c, 2, 5, 1, 0, NULL, &value));
    ACCEPTED("upper", libnc_threshold_merge_counts(c, 2, 5, 1, 0, &value, NULL));
}

static void threshold_merge_ratios(void)
{
    static const int64_t not_majority[] = {0, -1, 9, 10, INT64_MIN, INT64_MAX};
    static const double not_smoothing[] = {-1, 1, NAN};
    libnc_context *c = w->context;
    double *low = out.values, *high = out.values + 1, value;
    NO_CONTEXT("context", libnc_threshold_merge_ratios(NULL, 10, 5, 5, 1, 0, low, high));
    EACH(i, not_size)
    WRONG("class_count", libnc_threshold_merge_ratios(c, not_size[i], 5, 5, 1, 0, low, high));
    EACH(i, not_majority)
    WRONG("majority_classes",
          libnc_threshold_merge_ratios(c, 10, not_majority[i], 5, 1, 0, low, high));
    EACH(i, not_positive_double)
    {
        const double wrong = not_positive_double[i];
        WRONG("majority_count", libnc_threshold_merge_ratios(c, 10, 5, wrong, 1, 0, low, high));
        WRONG("decay", libnc_threshold_merge_ratios(c, 10, 5, 5, wrong, 0, low, high));
    }
    EACH(i, not_smoothing)
    WRONG("smoothing", libnc_threshold_merge_ratios(c, 10, 5, 5, 1, not_smoothing[i], low, high));
    ACCEPTED("lower", libnc_threshold_merge_ratios(c, 10, 5, 5, 1, 0, NULL, &value));
    ACCEPTED("upper", libnc_threshold_merge_ratios(c, 10, 5, 5, 1, 0, &value, NULL));
}

static void threshold_peeled_merged(void)
{
    static const int64_t not_majority[] = {0, -1, 9, 10, INT64_MIN, INT64_MAX};
    libnc_context *c = w->context;
    NO_CONTEXT("context", libnc_threshold_peeled_merged(NULL, 10, 3, 1, 5, out.values));
    WRONG("ratio", libnc_threshold_peeled_merged(c, 10, 3, 1, 5, NULL));
    EACH(i, not_size)
    WRONG("class_count", libnc_threshold_peeled_merged(c, not_size[i], 3, 1, 5, out.values));
    EACH(i, not_majority)
    WRONG("majority_classes",
          libnc_threshold_peeled_merged(c, 10, not_majority[i], 1, 5, out.values));
    EACH(i, not_positive_double)
    {
        const double wrong = not_positive_double[i];
        WRONG("classifier_energy", libnc_threshold_peeled_merged(c, 10, 3, wrong, 5, out.values));
        WRONG("feature_energy", libnc_threshold_peeled_merged(c, 10, 3, 1, wrong, out.values));
    }
}

static void threshold_peeled_lost(void)
{
    static const int64_t not_majority[] = {0, -1, 10, INT64_MIN, INT64_MAX};
    libnc_context *c = w->context;
    NO_CONTEXT("context", libnc_threshold_peeled_lost(NULL, 10, 3, 1, 5, out.values));
    WRONG("ratio", libnc_threshold_peeled_lost(c, 10, 3, 1, 5, NULL));
    EACH(i, not_size)
    WRONG("class_count", libnc_threshold_peeled_lost(c, not_size[i], 3, 1, 5, out.values));
    EACH(i, not_majority)
    WRONG("majority_classes",
          libnc_threshold_peeled_lost(c, 10, not_majority[i], 1, 5, out.values));
    EACH(i, not_positive_double)
    {
        const double wrong = not_positive_double[i];
        WRONG("classifier_energy", libnc_threshold_peeled_lost(c, 10, 3, wrong, 5, out.values));
        WRONG("feature_energy", libnc_threshold_peeled_lost(c, 10, 3, 1, wrong, out.values));
    }
}

static void threshold_locate(void)
{
    static const int32_t not_kind[] = {0, 4, -1, INT32_MIN, INT32_MAX};
    libnc_geometry *geometry = imbalanced(0);
    int32_t *side = out.small, *method = out.small + 1, found;
    double *margin = out.values + 8, *width = out.values + 9, value;
    NO_CONTEXT("geometry", libnc_threshold_locate(NULL, 1, 1, side, margin, width, method));
    EACH(i, not_kind)
    WRONG("kind", libnc_threshold_locate(geometry, not_kind[i], 1, side, margin, width, method));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "kind",
            libnc_threshold_locate(geometry, 2, 1, side, margin, width, method));
    EACH(i, not_merging)
    WRONG("class_index",
          libnc_threshold_locate(geometry, 1, not_merging[i], side, margin, width, method));
    WRONG("side", libnc_threshold_locate(geometry, 1, 1, NULL, margin, width, method));
    ACCEPTED("margin", libnc_threshold_locate(geometry, 1, 1, &found, NULL, &value, &found));
    ACCEPTED("width", libnc_threshold_locate(geometry, 1, 1, &found, &value, NULL, &found));
    ACCEPTED("method", libnc_threshold_locate(geometry, 1, 1, &found, &value, &value, NULL));
    libnc_geometry_destroy(geometry);
}

/* Neither a class nor, here, all groups. */
static const int64_t not_class[] = {-1, K, INT64_MIN, INT64_MAX};

static void threshold_fall_decay(void)
{
    libnc_geometry *g = imbalanced(0);
    double decay;
    NO_CONTEXT("geometry", libnc_threshold_fall_decay(NULL, 1, out.values, out.values + 1));
    EACH(i, not_class)
    WRONG("class_index", libnc_threshold_fall_decay(g, not_class[i], out.values, out.values + 1));
    WRONG("decay", libnc_threshold_fall_decay(g, 1, NULL, out.values));
    ACCEPTED("width", libnc_threshold_fall_decay(g, 1, &decay, NULL));
    libnc_geometry_destroy(g);
}

static void threshold_fall_decays(void)
{
    libnc_geometry *g = imbalanced(0);
    double decays[K];
    NO_CONTEXT("geometry", libnc_threshold_fall_decays(NULL, out.values, out.values + K, K));
    WRONG("decays", libnc_threshold_fall_decays(g, NULL, out.values, K));
    ACCEPTED("widths", libnc_threshold_fall_decays(g, decays, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_threshold_fall_decays(g, out.values, out.values + K, not_classes[i]));
    libnc_geometry_destroy(g);
}

static void threshold_fall_energy(void)
{
    libnc_geometry *g = imbalanced(1);
    double energy;
    NO_CONTEXT("geometry", libnc_threshold_fall_energy(NULL, 1, out.values, out.values + 1));
    EACH(i, not_class)
    WRONG("class_index", libnc_threshold_fall_energy(g, not_class[i], out.values, out.values + 1));
    WRONG("energy", libnc_threshold_fall_energy(g, 1, NULL, out.values));
    ACCEPTED("width", libnc_threshold_fall_energy(g, 1, &energy, NULL));
    libnc_geometry_destroy(g);
}

static void threshold_fall_energies(void)
{
    libnc_geometry *g = imbalanced(1);
    double energies[K];
    NO_CONTEXT("geometry", libnc_threshold_fall_energies(NULL, out.values, out.values + K, K));
    WRONG("energies", libnc_threshold_fall_energies(g, NULL, out.values, K));
    ACCEPTED("widths", libnc_threshold_fall_energies(g, energies, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_threshold_fall_energies(g, out.values, out.values + K, not_classes[i]));
    libnc_geometry_destroy(g);
}

static void threshold_fall_count(void)
{
    libnc_geometry *g = imbalanced(0);
    NO_CONTEXT("geometry", libnc_threshold_fall_count(NULL, 1, out.values));
    EACH(i, not_class)
    WRONG("class_index", libnc_threshold_fall_count(g, not_class[i], out.values));
    WRONG("count", libnc_threshold_fall_count(g, 1, NULL));
    libnc_geometry_destroy(g);
}

static void threshold_fall_depths(void)
{
    NO_CONTEXT("geometry", libnc_threshold_fall_depths(NULL, out.small, K));
    WRONG("depths", libnc_threshold_fall_depths(w->geometry, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_threshold_fall_depths(w->geometry, out.small, not_classes[i]));
}

static const argument_check checks[] = {
    CHECKS(threshold_merge_decay),  CHECKS(threshold_total_decay),  CHECKS(threshold_merge_energy),
    CHECKS(threshold_merge_counts), CHECKS(threshold_merge_ratios), CHECKS(threshold_peeled_merged),
    CHECKS(threshold_peeled_lost),  CHECKS(threshold_locate),       CHECKS(threshold_fall_decay),
    CHECKS(threshold_fall_decays),  CHECKS(threshold_fall_energy),  CHECKS(threshold_fall_energies),
    CHECKS(threshold_fall_count),   CHECKS(threshold_fall_depths),
};

const argument_table threshold_arguments = ARGUMENT_TABLE("threshold", checks, NULL);
