/* SPDX-License-Identifier: MIT
 *
 * geometry.c: what the functions of libnc/geometry.h refuse.
 */
#include "arguments/tables.h"

static void geometry_create(void)
{
    NO_CONTEXT("classes", libnc_geometry_create(&out.geometry, NULL, 1));
    WRONG("geometry", libnc_geometry_create(NULL, w->classes, 1));
    EACH(i, not_depth)
    WRONG("depth", libnc_geometry_create(&out.geometry, w->classes, not_depth[i]));
}

static void geometry_set_weight_decay(void)
{
    static const double decays[WORLD_DEPTH] = {1, 2};
    static const double wrong[] = {0, -1, DBL_MIN / 2, DBL_MAX, NAN, INFINITY, -INFINITY};
    static const int64_t misfits[] = {0, -1, WORLD_DEPTH + 1, INT64_MIN, 1 + (INT64_C(1) << 32)};
    NO_CONTEXT("geometry", libnc_geometry_set_weight_decay(NULL, decays, 1));
    WRONG("decays", libnc_geometry_set_weight_decay(w->geometry, NULL, 1));
    EACH(i, wrong)
    WRONG("decays", libnc_geometry_set_weight_decay(w->geometry, (double[]){1, wrong[i]}, 2));
    EACH(i, misfits)
    MISFIT("count", libnc_geometry_set_weight_decay(w->geometry, decays, misfits[i]));
}

static void geometry_weight_decays(void)
{
    static const size_t misfits[] = {0, 1, WORLD_DEPTH + 1, SIZE_MAX};
    NO_CONTEXT("geometry", libnc_geometry_weight_decays(NULL, out.values, WORLD_DEPTH));
    WRONG("decays", libnc_geometry_weight_decays(w->geometry, NULL, WORLD_DEPTH));
    EACH(i, misfits)
    MISFIT("size", libnc_geometry_weight_decays(w->geometry, out.values, misfits[i]));
}

static void geometry_class_weights(void)
{
    NO_CONTEXT("geometry", libnc_geometry_class_weights(NULL, out.values, K));
    WRONG("weights", libnc_geometry_class_weights(w->geometry, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_geometry_class_weights(w->geometry, out.values, not_classes[i]));
}

static void geometry_solve(void)
{
    libnc_options *options = libnc_geometry_options(w->geometry);
    NO_CONTEXT("geometry", libnc_geometry_solve(NULL));
    must(libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_LABEL_SMOOTHING, 0.1));
    WRONG("label_smoothing", libnc_geometry_solve(w->geometry));
    must(libnc_options_set_text(options, "loss", "ce"));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "counts", libnc_geometry_solve(w->geometry));
    must(libnc_options_set_text(options, "form", "energy"));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "depth", libnc_geometry_solve(w->geometry));
    must(libnc_options_set_text(options, "loss", "mse"));
    must(libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_LABEL_SMOOTHING, 0));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "loss", libnc_geometry_solve(w->geometry));
    must(libnc_options_set_text(options, "form", "decay"));
    must(libnc_geometry_set_class_weights(w->geometry, (double[]){1, 2, 3}, K));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "loss", libnc_geometry_solve(w->geometry));
}

static void geometry_set_class_weights(void)
{
    static const double wrong[] = {0, -1, NAN, INFINITY, -INFINITY, 1e-101, 1e101};
    static const int64_t misfits[] = {0, -1, K - 1, K + 1, K + (INT64_C(1) << 32)};
    const double weights[] = {1, 2, 3};
    NO_CONTEXT("geometry", libnc_geometry_set_class_weights(NULL, weights, K));
    WRONG("weights", libnc_geometry_set_class_weights(w->geometry, NULL, K));
    EACH(i, wrong)
    WRONG("weights", libnc_geometry_set_class_weights(w->geometry, (double[]){1, 1, wrong[i]}, K));
    EACH(i, misfits)
    MISFIT("count", libnc_geometry_set_class_weights(w->geometry, weights, misfits[i]));
    ACCEPTED("weights", libnc_geometry_set_class_weights(w->geometry, NULL, 0));
}

static void geometry_multiplier(void)
{
    NO_CONTEXT("geometry", libnc_geometry_multiplier(NULL, out.values));
    WRONG("multiplier", libnc_geometry_multiplier(w->geometry, NULL));
}

static void geometry_rank(void)
{
    int64_t rank;
    NO_CONTEXT("geometry", libnc_geometry_rank(NULL, &rank));
    WRONG("rank", libnc_geometry_rank(w->geometry, NULL));
}

static void geometry_groups(void)
{
    int64_t count;
    int32_t groups[K];
    NO_CONTEXT("geometry", libnc_geometry_groups(NULL, &count, out.small, K));
    WRONG("count", libnc_geometry_groups(w->geometry, NULL, NULL, K));
    WRONG("groups", libnc_geometry_groups(w->geometry, NULL, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_geometry_groups(w->geometry, &count, out.small, not_classes[i]));
    ACCEPTED("count", libnc_geometry_groups(w->geometry, NULL, groups, K));
    ACCEPTED("groups", libnc_geometry_groups(w->geometry, &count, NULL, K));
}

static void geometry_factors(void)
{
    static const int64_t narrow[] = {0, 1, 2};
    static const int64_t wide[] = {INT64_MAX, INT64_MAX / 8};
    double values[SQUARE];
    NO_CONTEXT("geometry", libnc_geometry_factors(NULL, K, out.values, out.values, SQUARE));
    WRONG("classifier", libnc_geometry_factors(w->geometry, K, NULL, NULL, SQUARE));
    WRONG("features", libnc_geometry_factors(w->geometry, K, NULL, NULL, SQUARE));
    WRONG("width", libnc_geometry_factors(w->geometry, -1, out.values, NULL, SQUARE));
    EACH(i, narrow)
    MISFIT("width", libnc_geometry_factors(w->geometry, narrow[i], out.values, NULL, SQUARE));
    EACH(i, wide)
    MISFIT("width", libnc_geometry_factors(w->geometry, wide[i], NULL, out.values, SQUARE));
    EACH(i, not_square)
    MISFIT("size", libnc_geometry_factors(w->geometry, K, out.values, NULL, not_square[i]));
    ACCEPTED("classifier", libnc_geometry_factors(w->geometry, K, NULL, values, SQUARE));
    ACCEPTED("features", libnc_geometry_factors(w->geometry, K, values, NULL, SQUARE));
}

static void geometry_loss(void)
{
    double loss;
    NO_CONTEXT("geometry", libnc_geometry_loss(NULL, out.values, out.values + 1));
    WRONG("loss", libnc_geometry_loss(w->geometry, NULL, out.values));
    ACCEPTED("gap", libnc_geometry_loss(w->geometry, &loss, NULL));
}

static void geometry_unique(void)
{
    NO_CONTEXT("geometry", libnc_geometry_unique(NULL, out.small));
    WRONG("unique", libnc_geometry_unique(w->geometry, NULL));
}

static void geometry_singular_values(void)
{
    NO_CONTEXT("geometry", libnc_geometry_singular_values(NULL, out.values, K));
    WRONG("values", libnc_geometry_singular_values(w->geometry, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_geometry_singular_values(w->geometry, out.values, not_classes[i]));
}

static void geometry_layer_singular_values(void)
{
    NO_CONTEXT("geometry", libnc_geometry_layer_singular_values(NULL, 1, out.values, K));
    for (size_t i = 1; i < COUNT(not_layer); i++) /* 0 stands for the features */
        WRONG("layer",
              libnc_geometry_layer_singular_values(w->geometry, not_layer[i], out.values, K));
    WRONG("values", libnc_geometry_layer_singular_values(w->geometry, 1, NULL, K));
    EACH(i, not_classes)
    MISFIT("size",
           libnc_geometry_layer_singular_values(w->geometry, 1, out.values, not_classes[i]));
}

static void geometry_lengths(void)
{
    double values[K];
    NO_CONTEXT("geometry", libnc_geometry_lengths(NULL, 1, out.values, out.values + K, K));
    EACH(i, not_layer)
    WRONG("layer",
          libnc_geometry_lengths(w->geometry, not_layer[i], out.values, out.values + K, K));
    WRONG("classifier", libnc_geometry_lengths(w->geometry, 1, NULL, NULL, K));
    WRONG("features", libnc_geometry_lengths(w->geometry, 1, NULL, NULL, K));
    EACH(i, not_classes)
    {
        MISFIT("size", libnc_geometry_lengths(w->geometry, 1, out.values, NULL, not_classes[i]));
        MISFIT("size", libnc_geometry_lengths(w->geometry, 1, NULL, out.values, not_classes[i]));
    }
    ACCEPTED("classifier", libnc_geometry_lengths(w->geometry, 1, NULL, values, K));
    ACCEPTED("features", libnc_geometry_lengths(w->geometry, 1, values, NULL, K));
}

static void geometry_classifier_gram(void)
{
    NO_CONTEXT("geometry", libnc_geometry_classifier_gram(NULL, 1, out.values, SQUARE));
    EACH(i, not_layer)
    WRONG("layer", libnc_geometry_classifier_gram(w->geometry, not_layer[i], out.values, SQUARE));
    WRONG("gram", libnc_geometry_classifier_gram(w->geometry, 1, NULL, SQUARE));
    EACH(i, not_square)
    MISFIT("size", libnc_geometry_classifier_gram(w->geometry, 1, out.values, not_square[i]));
}

static void geometry_feature_gram(void)
{
    NO_CONTEXT("geometry", libnc_geometry_feature_gram(NULL, 1, out.values, SQUARE));
    EACH(i, not_layer)
    WRONG("layer", libnc_geometry_feature_gram(w->geometry, not_layer[i], out.values, SQUARE));
    WRONG("gram", libnc_geometry_feature_gram(w->geometry, 1, NULL, SQUARE));
    EACH(i, not_square)
    MISFIT("size", libnc_geometry_feature_gram(w->geometry, 1, out.values, not_square[i]));
}

static void geometry_logits(void)
{
    NO_CONTEXT("geometry", libnc_geometry_logits(NULL, out.values, SQUARE));
    WRONG("logits", libnc_geometry_logits(w->geometry, NULL, SQUARE));
    EACH(i, not_square)
    MISFIT("size", libnc_geometry_logits(w->geometry, out.values, not_square[i]));
}

static void geometry_class_logits(void)
{
    NO_CONTEXT("geometry", libnc_geometry_class_logits(NULL, out.values, K));
    WRONG("values", libnc_geometry_class_logits(w->geometry, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_geometry_class_logits(w->geometry, out.values, not_classes[i]));
}

static void geometry_bias(void)
{
    NO_CONTEXT("geometry", libnc_geometry_bias(NULL, out.values, K));
    WRONG("bias", libnc_geometry_bias(w->geometry, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_geometry_bias(w->geometry, out.values, not_classes[i]));
}

static void geometry_lost_classes(void)
{
    NO_CONTEXT("geometry", libnc_geometry_lost_classes(NULL, out.small, K));
    WRONG("lost", libnc_geometry_lost_classes(w->geometry, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_geometry_lost_classes(w->geometry, out.small, not_classes[i]));
}

static void geometry_etf(void)
{
    libnc_geometry *balanced;
    libnc_classes *classes;
    double value;
    NO_CONTEXT("geometry", libnc_geometry_etf(NULL, out.values, out.values));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "geometry",
            libnc_geometry_etf(w->geometry, out.values, out.values));
    WRONG("loss", libnc_geometry_etf(w->geometry, NULL, NULL));
    WRONG("scale", libnc_geometry_etf(w->geometry, NULL, NULL));
    must(libnc_classes_balanced(&classes, w->context, 3, 2));
    must(libnc_geometry_create(&balanced, classes, 2));
    must(libnc_options_set_int64(libnc_geometry_options(balanced), LIBNC_GEOMETRY_OPTION_LOSS,
                                 LIBNC_LOSS_CROSS_ENTROPY));
    ACCEPTED("loss", libnc_geometry_etf(balanced, NULL, &value));
    ACCEPTED("scale", libnc_geometry_etf(balanced, &value, NULL));
    libnc_geometry_destroy(balanced);
    libnc_classes_destroy(classes);
}

static void geometry_search(void)
{
    int64_t count;
    NO_CONTEXT("geometry", libnc_geometry_search(NULL, out.whole, out.whole));
    WRONG("starts", libnc_geometry_search(w->geometry, NULL, NULL));
    WRONG("hits", libnc_geometry_search(w->geometry, NULL, NULL));
    ACCEPTED("starts", libnc_geometry_search(w->geometry, NULL, &count));
    ACCEPTED("hits", libnc_geometry_search(w->geometry, &count, NULL));
}

static void geometry_structure(void)
{
    NO_CONTEXT("geometry", libnc_geometry_structure(NULL, out.small));
    WRONG("kind", libnc_geometry_structure(w->geometry, NULL));
}

static void geometry_class_sets(void)
{
    int32_t values[K];
    NO_CONTEXT("geometry", libnc_geometry_class_sets(NULL, out.small, out.small, out.small, K));
    WRONG("sets", libnc_geometry_class_sets(w->geometry, NULL, NULL, NULL, K));
    WRONG("same", libnc_geometry_class_sets(w->geometry, NULL, NULL, NULL, K));
    WRONG("opposite", libnc_geometry_class_sets(w->geometry, NULL, NULL, NULL, K));
    EACH(i, not_classes)
    MISFIT("size",
           libnc_geometry_class_sets(w->geometry, out.small, out.small, NULL, not_classes[i]));
    ACCEPTED("sets", libnc_geometry_class_sets(w->geometry, NULL, values, NULL, K));
    ACCEPTED("same", libnc_geometry_class_sets(w->geometry, NULL, NULL, values, K));
    ACCEPTED("opposite", libnc_geometry_class_sets(w->geometry, values, NULL, NULL, K));
}

static void geometry_multiplicities(void)
{
    NO_CONTEXT("geometry", libnc_geometry_multiplicities(NULL, out.whole, K));
    WRONG("multiplicities", libnc_geometry_multiplicities(w->geometry, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_geometry_multiplicities(w->geometry, out.whole, not_classes[i]));
}

static void geometry_margins(void)
{
    NO_CONTEXT("geometry", libnc_geometry_margins(NULL, out.values, K));
    WRONG("margins", libnc_geometry_margins(w->geometry, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_geometry_margins(w->geometry, out.values, not_classes[i]));
}

static void geometry_probabilities(void)
{
    NO_CONTEXT("geometry", libnc_geometry_probabilities(NULL, out.values, K));
    WRONG("probabilities", libnc_geometry_probabilities(w->geometry, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_geometry_probabilities(w->geometry, out.values, not_classes[i]));
}

static void geometry_predicted(void)
{
    NO_CONTEXT("geometry", libnc_geometry_predicted(NULL, out.small, K));
    WRONG("predicted", libnc_geometry_predicted(w->geometry, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_geometry_predicted(w->geometry, out.small, not_classes[i]));
}

static void geometry_thresholds(void)
{
    double value;
    EACH(i, not_positive32)
    NO_CONTEXT("depth", libnc_geometry_thresholds(not_positive32[i], out.values, out.values + 1));
    ACCEPTED("threshold", libnc_geometry_thresholds(2, NULL, &value));
    ACCEPTED("existence", libnc_geometry_thresholds(2, &value, NULL));
    ACCEPTED("depth", libnc_geometry_thresholds(INT32_MAX, &value, NULL));
    ck_assert(isfinite(value));
}

static void without_status(void)
{
    DONE(libnc_geometry_destroy(NULL));
    NONE(libnc_geometry_options(NULL));
    NONE(libnc_geometry_classes(NULL));
    ZERO(libnc_geometry_depth(NULL));
    ZERO(libnc_geometry_status(NULL));
    DONE(libnc_geometry_kind_name(INT32_MIN));
}

static const argument_check checks[] = {
    CHECKS(geometry_create),
    CHECKS(geometry_set_weight_decay),
    CHECKS(geometry_weight_decays),
    CHECKS(geometry_class_weights),
    CHECKS(geometry_solve),
    CHECKS(geometry_loss),
    CHECKS(geometry_unique),
    CHECKS(geometry_singular_values),
    CHECKS(geometry_layer_singular_values),
    CHECKS(geometry_lengths),
    CHECKS(geometry_classifier_gram),
    CHECKS(geometry_feature_gram),
    CHECKS(geometry_logits),
    CHECKS(geometry_class_logits),
    CHECKS(geometry_bias),
    CHECKS(geometry_lost_classes),
    CHECKS(geometry_margins),
    CHECKS(geometry_probabilities),
    CHECKS(geometry_predicted),
    CHECKS(geometry_thresholds),
    CHECKS(geometry_etf),
    CHECKS(geometry_search),
    CHECKS(geometry_structure),
    CHECKS(geometry_class_sets),
    CHECKS(geometry_multiplicities),
    CHECKS(geometry_set_class_weights),
    CHECKS(geometry_multiplier),
    CHECKS(geometry_rank),
    CHECKS(geometry_groups),
    CHECKS(geometry_factors),
};

const argument_table geometry_arguments = ARGUMENT_TABLE("geometry", checks, without_status);
