/* SPDX-License-Identifier: MIT
 *
 * loss.c: what the functions of libnc/loss.h refuse.
 */
#include "arguments/tables.h"

static void loss_create(void)
{
    static const int32_t wrong[] = {0, 4, -1, INT32_MIN, INT32_MAX};
    NO_CONTEXT("context", libnc_loss_create(&out.loss, NULL, LIBNC_LOSS_MSE));
    WRONG("loss", libnc_loss_create(NULL, w->context, LIBNC_LOSS_MSE));
    EACH(i, wrong)
    WRONG("kind", libnc_loss_create(&out.loss, w->context, wrong[i]));
}

static void loss_set_class_weights(void)
{
    static const double weights[2] = {1, 2};
    NO_CONTEXT("loss", libnc_loss_set_class_weights(NULL, weights, 2));
    WRONG("weights", libnc_loss_set_class_weights(w->loss, NULL, 2));
    EACH(i, not_decay)
    WRONG("weights", libnc_loss_set_class_weights(w->loss, (double[]){1, not_decay[i]}, 2));
    EACH(i, not_size)
    WRONG("class_count", libnc_loss_set_class_weights(w->loss, weights, not_size[i]));
    WRONG("class_count", libnc_loss_set_class_weights(w->loss, NULL, -1));
}

static void loss_class_weights(void)
{
    static const int64_t misfits[] = {1, 3, INT32_MAX};
    double values[2];
    NO_CONTEXT("loss", libnc_loss_class_weights(NULL, out.values, 2));
    WRONG("weights", libnc_loss_class_weights(w->loss, NULL, 2));
    EACH(i, not_size)
    WRONG("class_count", libnc_loss_class_weights(w->loss, out.values, not_size[i]));
    must(libnc_loss_set_class_weights(w->loss, (double[]){1, 2}, 2));
    EACH(i, misfits)
    MISFIT("class_count", libnc_loss_class_weights(w->loss, out.values, misfits[i]));
    ACCEPTED("weights", libnc_loss_class_weights(w->loss, values, 2));
    must(libnc_loss_set_class_weights(w->loss, NULL, 0));
}

static void loss_evaluate(void)
{
    static const double z[4] = {1, 2, 3, 4}, weights[3] = {1, 2, 3};
    static const int32_t y[2] = {0, 1}, wrong[] = {-1, 2, INT32_MIN, INT32_MAX};
    double value;
    double *v = out.values, *g = out.values + 1;
    NO_CONTEXT("loss", libnc_loss_evaluate(NULL, z, y, 2, 2, v, g));
    WRONG("logits", libnc_loss_evaluate(w->loss, NULL, y, 2, 2, v, g));
    WRONG("labels", libnc_loss_evaluate(w->loss, z, NULL, 2, 2, v, g));
    EACH(i, not_positive)
    WRONG("count", libnc_loss_evaluate(w->loss, z, y, not_positive[i], 2, v, g));
    WRONG("count", libnc_loss_evaluate(w->loss, z, y, INT64_MAX, 2, v, g));
    WRONG("count", libnc_loss_evaluate(w->loss, z, y, (int64_t)1 << 59, 2, v, g));
    EACH(i, not_size)
    WRONG("class_count", libnc_loss_evaluate(w->loss, z, y, 2, not_size[i], v, g));
    EACH(i, wrong)
    WRONG("labels", libnc_loss_evaluate(w->loss, z, (int32_t[]){0, wrong[i]}, 2, 2, v, g));
    EACH(i, not_finite)
    REFUSED(LIBNC_ERROR_NOT_FINITE, "logits",
            libnc_loss_evaluate(w->loss, (double[]){1, 2, 3, not_finite[i]}, y, 2, 2, v, g));
    ACCEPTED("value", libnc_loss_evaluate(w->loss, z, y, 2, 2, NULL, NULL));
    ACCEPTED("gradient", libnc_loss_evaluate(w->loss, z, y, 2, 2, &value, NULL));
    must(libnc_loss_set_class_weights(w->loss, weights, 3));
    MISFIT("class_count", libnc_loss_evaluate(w->loss, z, y, 2, 2, v, g));
}

static void without_status(void)
{
    DONE(libnc_loss_destroy(NULL));
    NONE(libnc_loss_options(NULL));
    ZERO(libnc_loss_kind(NULL));
}

static const argument_check checks[] = {
    CHECKS(loss_create),
    CHECKS(loss_set_class_weights),
    CHECKS(loss_class_weights),
    CHECKS(loss_evaluate),
};

const argument_table loss_arguments = ARGUMENT_TABLE("loss", checks, without_status);
