/* SPDX-License-Identifier: MIT
 *
 * held_out.c: what the functions of libnc/held_out.h refuse.
 */
#include "arguments/tables.h"

enum { D = WORLD_INPUTS };

static void held_out_create(void)
{
    libnc_accumulator *empty;
    libnc_held_out *h = NULL;
    double weights[K * D] = {1}, bias[K] = {0};
    must(libnc_accumulator_create(&empty, w->context, K, D));
    NO_CONTEXT("training", libnc_held_out_create(&h, NULL, weights, bias, 1));
    REFUSED(LIBNC_ERROR_STATE, "training", libnc_held_out_create(&h, empty, weights, bias, 1));
    libnc_accumulator_destroy(empty);
    WRONG("held_out", libnc_held_out_create(NULL, w->accumulator, weights, bias, 1));
    WRONG("bias", libnc_held_out_create(&h, w->accumulator, NULL, bias, 1));
    EACH(i, not_scalar)
    WRONG("scalar", libnc_held_out_create(&h, w->accumulator, weights, bias, not_scalar[i]));
    EACH(i, not_finite)
    {
        bias[K - 1] = not_finite[i];
        REFUSED(LIBNC_ERROR_NOT_FINITE, "bias",
                libnc_held_out_create(&h, w->accumulator, weights, bias, 1));
        weights[D] = not_finite[i];
        REFUSED(LIBNC_ERROR_NOT_FINITE, "classifier",
                libnc_held_out_create(&h, w->accumulator, weights, NULL, 1));
        weights[D] = 0;
    }
    ck_assert_ptr_null(h);
    ACCEPTED("classifier", libnc_held_out_create(&h, w->accumulator, NULL, NULL, 7));
    libnc_held_out_destroy(h);
}

static void held_out_update(void)
{
    static const int64_t not_stride[] = {0, -1, D - 1, INT64_MIN, (int64_t)INT32_MAX + 1};
    static const int32_t bad[][2] = {{0, -1}, {0, K}, {INT32_MIN, 0}};
    const double *x = features_of_world();
    const int32_t *y = libnc_dataset_labels(w->dataset);
    double rows[2 * D] = {0};
    libnc_held_out *h;
    must(libnc_held_out_create(&h, w->accumulator, NULL, NULL, 0));
    NO_CONTEXT("held_out", libnc_held_out_update(NULL, x, LIBNC_FLOAT64, 2, D, y, 1));
    WRONG("features", libnc_held_out_update(h, NULL, LIBNC_FLOAT64, 2, D, y, 1));
    EACH(i, not_scalar)
    WRONG("scalar", libnc_held_out_update(h, x, not_scalar[i], 2, D, y, 1));
    WRONG("count", libnc_held_out_update(h, x, LIBNC_FLOAT64, -1, D, y, 1));
    EACH(i, not_stride)
    WRONG("stride", libnc_held_out_update(h, x, LIBNC_FLOAT64, 2, not_stride[i], y, 1));
    WRONG("labels", libnc_held_out_update(h, x, LIBNC_FLOAT64, 2, D, NULL, 1));
    EACH(i, bad)
    WRONG("labels", libnc_held_out_update(h, x, LIBNC_FLOAT64, 2, D, bad[i], 1));
    EACH(i, not_scalar)
    WRONG("label_type", libnc_held_out_update(h, x, LIBNC_FLOAT64, 2, D, y, not_scalar[i]));
    EACH(i, not_finite)
    {
        rows[D] = not_finite[i];
        REFUSED_AS(LIBNC_ERROR_NOT_FINITE, "features", "1",
                   libnc_held_out_update(h, rows, LIBNC_FLOAT64, 2, D, y, 1));
    }
    ck_assert_int_eq(libnc_held_out_samples(h), 0);
    ACCEPTED("count", libnc_held_out_update(h, NULL, LIBNC_FLOAT32, 0, D, NULL, 2));
    libnc_held_out_destroy(h);
}

static void without_status(void)
{
    DONE(libnc_held_out_destroy(NULL));
    ZERO(libnc_held_out_samples(NULL));
}

static const argument_check checks[] = {
    CHECKS(held_out_create),
    CHECKS(held_out_update),
};

const argument_table held_out_arguments = ARGUMENT_TABLE("held_out", checks, without_status);
