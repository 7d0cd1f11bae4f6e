/* SPDX-License-Identifier: MIT
 *
 * relu_features.c: what the functions of libnc/relu_features.h refuse.
 */
#include "arguments/tables.h"

static void relu_features_solve(void)
{
    double values[K];
    int32_t lost[K];
    NO_CONTEXT("classes", libnc_relu_features_solve(NULL, 1, 1, 0, out.values, out.values + 1,
                                                    out.values + 5, NULL, K));
    EACH(i, not_positive_decay)
    {
        WRONG("weight_decay", libnc_relu_features_solve(w->classes, not_positive_decay[i], 1, 0,
                                                        out.values, NULL, NULL, NULL, K));
        WRONG("feature_decay", libnc_relu_features_solve(w->classes, 1, not_positive_decay[i], 0,
                                                         out.values, NULL, NULL, NULL, K));
    }
    EACH(i, not_width)
    WRONG("width", libnc_relu_features_solve(w->classes, 1e-3, 1e-3, not_width[i], out.values, NULL,
                                             NULL, NULL, K));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "width",
            libnc_relu_features_solve(w->classes, 1e-3, 1e-3, 2, out.values, NULL, NULL, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_relu_features_solve(w->classes, 1e-3, 1e-3, 0, out.values, out.values,
                                             out.values, out.small, not_classes[i]));
    ACCEPTED("loss", libnc_relu_features_solve(w->classes, 1e-3, 1e-3, INT64_MAX, NULL, values,
                                               values, lost, K));
    ACCEPTED("scales",
             libnc_relu_features_solve(w->classes, 1, 1, 0, values, NULL, values, lost, K));
    ACCEPTED("lengths",
             libnc_relu_features_solve(w->classes, 1, 1, 0, values, values, NULL, lost, K));
    ACCEPTED("lost",
             libnc_relu_features_solve(w->classes, 1, 1, 0, values, values, values, NULL, K));
}

static void relu_features_classifier_gram(void)
{
    NO_CONTEXT("classes", libnc_relu_features_classifier_gram(NULL, 1, 1, out.values, SQUARE));
    EACH(i, not_positive_decay)
    {
        WRONG("weight_decay", libnc_relu_features_classifier_gram(w->classes, not_positive_decay[i],
                                                                  1, out.values, SQUARE));
        WRONG("feature_decay", libnc_relu_features_classifier_gram(
                                   w->classes, 1, not_positive_decay[i], out.values, SQUARE));
    }
    WRONG("gram", libnc_relu_features_classifier_gram(w->classes, 1, 1, NULL, SQUARE));
    EACH(i, not_square)
    MISFIT("size",
           libnc_relu_features_classifier_gram(w->classes, 1, 1, out.values, not_square[i]));
}

static void relu_features_threshold(void)
{
    NO_CONTEXT("classes", libnc_relu_features_threshold(NULL, 1, 1, out.values));
    EACH(i, not_positive_decay)
    {
        WRONG("weight_decay",
              libnc_relu_features_threshold(w->classes, not_positive_decay[i], 1, out.values));
        WRONG("feature_decay",
              libnc_relu_features_threshold(w->classes, 1, not_positive_decay[i], out.values));
    }
    WRONG("count", libnc_relu_features_threshold(w->classes, 1, 1, NULL));
}

static const argument_check checks[] = {
    CHECKS(relu_features_solve),
    CHECKS(relu_features_classifier_gram),
    CHECKS(relu_features_threshold),
};

const argument_table relu_features_arguments = ARGUMENT_TABLE("relu_features", checks, NULL);
