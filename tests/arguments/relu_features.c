/* SPDX-License-Identifier: MIT
 *
 * relu_features.c: what the functions of libnc/relu_features.h refuse.
 */
#include "arguments/tables.h"

static void relu_features_create(void)
{
    libnc_relu_features **made = &out.features;
    NO_CONTEXT("classes", libnc_relu_features_create(made, NULL, 1, 1, 0));
    WRONG("features", libnc_relu_features_create(NULL, w->classes, 1, 1, 0));
    EACH(i, not_positive_decay)
    {
        const double wrong = not_positive_decay[i];
        WRONG("weight_decay", libnc_relu_features_create(made, w->classes, wrong, 1, 0));
        WRONG("feature_decay", libnc_relu_features_create(made, w->classes, 1, wrong, 0));
    }
    EACH(i, not_width)
    WRONG("width", libnc_relu_features_create(made, w->classes, 1e-3, 1e-3, not_width[i]));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "width",
            libnc_relu_features_create(made, w->classes, 1e-3, 1e-3, 2));
}

static libnc_relu_features *made_features(void)
{
    libnc_relu_features *features;
    must(libnc_relu_features_create(&features, w->classes, 1, 1, INT64_MAX));
    return features;
}

static void relu_features_loss(void)
{
    libnc_relu_features *features = made_features();
    NO_CONTEXT("features", libnc_relu_features_loss(NULL, out.values));
    WRONG("loss", libnc_relu_features_loss(features, NULL));
    libnc_relu_features_destroy(features);
}

static void relu_features_scales(void)
{
    libnc_relu_features *features = made_features();
    NO_CONTEXT("features", libnc_relu_features_scales(NULL, out.values, K));
    WRONG("scales", libnc_relu_features_scales(features, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_relu_features_scales(features, out.values, not_classes[i]));
    libnc_relu_features_destroy(features);
}

static void relu_features_lengths(void)
{
    libnc_relu_features *features = made_features();
    NO_CONTEXT("features", libnc_relu_features_lengths(NULL, out.values, K));
    WRONG("lengths", libnc_relu_features_lengths(features, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_relu_features_lengths(features, out.values, not_classes[i]));
    libnc_relu_features_destroy(features);
}

static void relu_features_lost_classes(void)
{
    libnc_relu_features *features = made_features();
    NO_CONTEXT("features", libnc_relu_features_lost_classes(NULL, out.small, K));
    WRONG("lost", libnc_relu_features_lost_classes(features, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_relu_features_lost_classes(features, out.small, not_classes[i]));
    libnc_relu_features_destroy(features);
}

static void relu_features_classifier_gram(void)
{
    libnc_relu_features *features = made_features();
    NO_CONTEXT("features", libnc_relu_features_classifier_gram(NULL, out.values, SQUARE));
    WRONG("gram", libnc_relu_features_classifier_gram(features, NULL, SQUARE));
    EACH(i, not_square)
    MISFIT("size", libnc_relu_features_classifier_gram(features, out.values, not_square[i]));
    libnc_relu_features_destroy(features);
}

static void relu_features_threshold(void)
{
    libnc_relu_features *features = made_features();
    NO_CONTEXT("features", libnc_relu_features_threshold(NULL, out.values));
    WRONG("count", libnc_relu_features_threshold(features, NULL));
    libnc_relu_features_destroy(features);
}

static void without_status(void)
{
    DONE(libnc_relu_features_destroy(NULL));
    ZERO(libnc_relu_features_classes(NULL));
}

static const argument_check checks[] = {
    CHECKS(relu_features_create),       CHECKS(relu_features_loss),
    CHECKS(relu_features_scales),       CHECKS(relu_features_lengths),
    CHECKS(relu_features_lost_classes), CHECKS(relu_features_classifier_gram),
    CHECKS(relu_features_threshold),
};

const argument_table relu_features_arguments =
    ARGUMENT_TABLE("relu_features", checks, without_status);
