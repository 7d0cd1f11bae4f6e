/* SPDX-License-Identifier: MIT
 *
 * accumulator.c: what the functions of libnc/accumulator.h refuse.
 */
#include "arguments/tables.h"

static const int64_t not_batch[] = {-1, INT64_MIN};
static void accumulator_create(void)
{
    NO_CONTEXT("context", libnc_accumulator_create(&out.accumulator, NULL, 2, 3));
    WRONG("accumulator", libnc_accumulator_create(NULL, w->context, 2, 3));
    EACH(i, not_size)
    {
        WRONG("classes", libnc_accumulator_create(&out.accumulator, w->context, not_size[i], 3));
        WRONG("width", libnc_accumulator_create(&out.accumulator, w->context, 2, not_size[i]));
    }
}

/* Rows of the world's dataset, with values and labels that are wrong in one place. */
static void accumulator_update(void)
{
    enum { D = WORLD_INPUTS };
    libnc_accumulator *a = w->accumulator;
    const double *x = features_of_world();
    const int32_t *y = libnc_dataset_labels(w->dataset);
    static const int32_t bad[][2] = {{0, -1}, {0, K}, {INT32_MIN, 0}, {0, INT32_MAX}};
    static const int64_t wide[][2] = {{0, -1}, {0, K}, {INT64_MIN, 0}, {0, (int64_t)1 << 32}};
    static const int64_t not_stride[] = {0,        -1, D - 1, INT64_MIN, (int64_t)INT32_MAX + 1,
                                         INT64_MAX};
    NO_CONTEXT("accumulator", libnc_accumulator_update(NULL, x, LIBNC_FLOAT64, 2, D, y, 1));
    WRONG("features", libnc_accumulator_update(a, NULL, LIBNC_FLOAT64, 2, D, y, 1));
    WRONG("features", libnc_accumulator_update(a, (const char *)x + 1, LIBNC_FLOAT64, 2, D, y, 1));
    EACH(i, not_scalar)
    WRONG("scalar", libnc_accumulator_update(a, x, not_scalar[i], 2, D, y, 1));
    EACH(i, not_batch)
    WRONG("count", libnc_accumulator_update(a, x, LIBNC_FLOAT64, not_batch[i], D, y, 1));
    EACH(i, not_stride)
    WRONG("stride", libnc_accumulator_update(a, x, LIBNC_FLOAT64, 2, not_stride[i], y, 1));
    WRONG("labels", libnc_accumulator_update(a, x, LIBNC_FLOAT64, 2, D, NULL, 1));
    WRONG("labels", libnc_accumulator_update(a, x, LIBNC_FLOAT64, 2, D, (const char *)y + 1, 1));
    EACH(i, bad)
    WRONG("labels", libnc_accumulator_update(a, x, LIBNC_FLOAT64, 2, D, bad[i], 1));
    EACH(i, wide)
    WRONG("labels", libnc_accumulator_update(a, x, LIBNC_FLOAT64, 2, D, wide[i], 2));
    EACH(i, not_scalar)
    WRONG("label_type", libnc_accumulator_update(a, x, LIBNC_FLOAT64, 2, D, y, not_scalar[i]));
    EACH(i, not_finite)
    {
        double rows[2 * D] = {0};
        float floats[2 * D] = {0};
        rows[D] = not_finite[i];
        floats[2 * D - 1] = (float)not_finite[i];
        REFUSED(LIBNC_ERROR_NOT_FINITE, "features",
                libnc_accumulator_update(a, rows, LIBNC_FLOAT64, 2, D, y, 1));
        REFUSED_AS(LIBNC_ERROR_NOT_FINITE, "features", "1",
                   libnc_accumulator_update(a, floats, LIBNC_FLOAT32, 2, D, y, 1));
    }
    ACCEPTED("count", libnc_accumulator_update(a, NULL, LIBNC_FLOAT32, 0, D, NULL, 2));
}

static void accumulator_update_logits(void)
{
    enum { D = WORLD_INPUTS };
    libnc_accumulator *a = w->accumulator;
    const double *x = features_of_world();
    const int32_t *y = libnc_dataset_labels(w->dataset);
    static const int64_t not_stride[] = {0,        -1, K - 1, INT64_MIN, (int64_t)INT32_MAX + 1,
                                         INT64_MAX};
    double z[2 * K] = {0};
    NO_CONTEXT("accumulator", libnc_accumulator_update_logits(NULL, x, 1, 2, D, y, 1, z, 1, K));
    WRONG("features", libnc_accumulator_update_logits(a, NULL, 1, 2, D, y, 1, z, 1, K));
    WRONG("scalar", libnc_accumulator_update_logits(a, x, 0, 2, D, y, 1, z, 1, K));
    WRONG("count", libnc_accumulator_update_logits(a, x, 1, -1, D, y, 1, z, 1, K));
    WRONG("stride", libnc_accumulator_update_logits(a, x, 1, 2, D - 1, y, 1, z, 1, K));
    WRONG("labels", libnc_accumulator_update_logits(a, x, 1, 2, D, NULL, 1, z, 1, K));
    WRONG("label_type", libnc_accumulator_update_logits(a, x, 1, 2, D, y, 3, z, 1, K));
    WRONG("logits",
          libnc_accumulator_update_logits(a, x, 1, 2, D, y, 1, (const char *)z + 1, 1, K));
    EACH(i, not_scalar)
    WRONG("logits_scalar",
          libnc_accumulator_update_logits(a, x, 1, 2, D, y, 1, z, not_scalar[i], K));
    EACH(i, not_stride)
    WRONG("logits_stride",
          libnc_accumulator_update_logits(a, x, 1, 2, D, y, 1, z, 1, not_stride[i]));
    EACH(i, not_finite)
    {
        for (int k = K; k < 2 * K; k++) /* one of -infinity alone is a class that is left out */
            z[k] = not_finite[i];
        REFUSED(LIBNC_ERROR_NOT_FINITE, "logits",
                libnc_accumulator_update_logits(a, x, 1, 2, D, y, 1, z, 1, K));
    }
    ACCEPTED("logits",
             libnc_accumulator_update_logits(a, x, LIBNC_FLOAT64, 2, D, y, 1, NULL, 7, -1));
}

static void accumulator_begin_second_pass(void)
{
    libnc_accumulator *empty;
    double weights[K * WORLD_INPUTS] = {0}, bias[K] = {0};
    must(libnc_accumulator_create(&empty, w->context, K, WORLD_INPUTS));
    NO_CONTEXT("accumulator", libnc_accumulator_begin_second_pass(NULL, weights, bias, 1));
    REFUSED(LIBNC_ERROR_STATE, "accumulator",
            libnc_accumulator_begin_second_pass(empty, weights, bias, 1));
    libnc_accumulator_destroy(empty);
    WRONG("bias", libnc_accumulator_begin_second_pass(w->accumulator, NULL, bias, 1));
    EACH(i, not_scalar)
    WRONG("scalar",
          libnc_accumulator_begin_second_pass(w->accumulator, weights, bias, not_scalar[i]));
    EACH(i, not_finite)
    {
        bias[K - 1] = not_finite[i];
        REFUSED(LIBNC_ERROR_NOT_FINITE, "bias",
                libnc_accumulator_begin_second_pass(w->accumulator, weights, bias, 1));
        weights[0] = not_finite[i];
        REFUSED(LIBNC_ERROR_NOT_FINITE, "classifier",
                libnc_accumulator_begin_second_pass(w->accumulator, weights, NULL, 1));
        weights[0] = bias[K - 1] = 0;
    }
    ACCEPTED("bias", libnc_accumulator_begin_second_pass(w->accumulator, weights, NULL, 1));
    ACCEPTED("classifier", libnc_accumulator_begin_second_pass(w->accumulator, NULL, NULL, -5));
    const int32_t labels[K] = {0, 1, 2};
    REFUSED_AS(LIBNC_ERROR_STATE, "", "count",
               libnc_accumulator_update(w->accumulator, features_of_world(), 1, WORLD_SAMPLES + 1,
                                        WORLD_INPUTS, labels, 1));
}

static void accumulator_merge(void)
{
    libnc_accumulator *other, *wider, *more;
    must(libnc_accumulator_create(&other, w->context, K, WORLD_INPUTS));
    must(libnc_accumulator_create(&wider, w->context, K, WORLD_INPUTS + 1));
    must(libnc_accumulator_create(&more, w->context, K + 1, WORLD_INPUTS));
    NO_CONTEXT("into", libnc_accumulator_merge(NULL, w->accumulator));
    WRONG("other", libnc_accumulator_merge(w->accumulator, NULL));
    WRONG("other", libnc_accumulator_merge(w->accumulator, w->accumulator));
    WRONG("other", libnc_accumulator_merge(w->accumulator, abroad.accumulator));
    MISFIT("other", libnc_accumulator_merge(w->accumulator, wider));
    MISFIT("other", libnc_accumulator_merge(w->accumulator, more));
    must(libnc_options_set_text(libnc_accumulator_options(other), "scatter", "none"));
    WRONG("other", libnc_accumulator_merge(other, w->accumulator));
    ck_assert_int_eq(libnc_accumulator_samples(other), 0);
    libnc_accumulator_destroy(more);
    libnc_accumulator_destroy(wider);
    libnc_accumulator_destroy(other);
}

static void accumulator_save(void)
{
    libnc_accumulator *empty;
    must(libnc_accumulator_create(&empty, w->context, K, WORLD_INPUTS));
    NO_CONTEXT("accumulator", libnc_accumulator_save(NULL, "/tmp/libnc_never"));
    WRONG("path", libnc_accumulator_save(w->accumulator, NULL));
    REFUSED(LIBNC_ERROR_STATE, "accumulator", libnc_accumulator_save(empty, "/tmp/libnc_never"));
    REFUSED(LIBNC_ERROR_FILE, "path", libnc_accumulator_save(w->accumulator, ""));
    REFUSED(LIBNC_ERROR_FILE, "path",
            libnc_accumulator_save(w->accumulator, "/nonexistent/folder/state.ncs"));
    libnc_accumulator_destroy(empty);
}

static void accumulator_load(void)
{
    NO_CONTEXT("context", libnc_accumulator_load(&out.accumulator, NULL, "/nonexistent"));
    WRONG("accumulator", libnc_accumulator_load(NULL, w->context, "/nonexistent"));
    WRONG("path", libnc_accumulator_load(&out.accumulator, w->context, NULL));
    REFUSED(LIBNC_ERROR_FILE, "path",
            libnc_accumulator_load(&out.accumulator, w->context, "/nonexistent"));
    REFUSED(LIBNC_ERROR_FILE, "path", libnc_accumulator_load(&out.accumulator, w->context, ""));
    REFUSED(LIBNC_ERROR_FILE, "path", libnc_accumulator_load(&out.accumulator, w->context, "/tmp"));
    REFUSED(LIBNC_ERROR_FORMAT, "path",
            libnc_accumulator_load(&out.accumulator, w->context, "Makefile"));
}

static void accumulator_counts(void)
{
    NO_CONTEXT("accumulator", libnc_accumulator_counts(NULL, out.whole, K));
    WRONG("counts", libnc_accumulator_counts(w->accumulator, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_accumulator_counts(w->accumulator, out.whole, not_classes[i]));
}

static const size_t not_means[] = {0, K *WORLD_INPUTS - 1, K *WORLD_INPUTS + 1, K, SIZE_MAX};

static void accumulator_means(void)
{
    NO_CONTEXT("accumulator", libnc_accumulator_means(NULL, out.values, K * WORLD_INPUTS));
    WRONG("means", libnc_accumulator_means(w->accumulator, NULL, K * WORLD_INPUTS));
    EACH(i, not_means)
    MISFIT("size", libnc_accumulator_means(w->accumulator, out.values, not_means[i]));
}

static void accumulator_centred_means(void)
{
    NO_CONTEXT("accumulator", libnc_accumulator_centred_means(NULL, out.values, K * WORLD_INPUTS));
    WRONG("means", libnc_accumulator_centred_means(w->accumulator, NULL, K * WORLD_INPUTS));
    EACH(i, not_means)
    MISFIT("size", libnc_accumulator_centred_means(w->accumulator, out.values, not_means[i]));
}

static void accumulator_within_squares(void)
{
    NO_CONTEXT("accumulator", libnc_accumulator_within_squares(NULL, out.values, K));
    WRONG("squares", libnc_accumulator_within_squares(w->accumulator, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_accumulator_within_squares(w->accumulator, out.values, not_classes[i]));
}

static void accumulator_scatter(void)
{
    enum { DD = WORLD_INPUTS * WORLD_INPUTS };
    static const size_t wrong[] = {0, DD - 1, DD + 1, WORLD_INPUTS, SIZE_MAX};
    libnc_accumulator *empty;
    must(libnc_accumulator_create(&empty, w->context, K, WORLD_INPUTS));
    NO_CONTEXT("accumulator", libnc_accumulator_scatter(NULL, out.values, DD));
    WRONG("scatter", libnc_accumulator_scatter(w->accumulator, NULL, DD));
    EACH(i, wrong)
    MISFIT("size", libnc_accumulator_scatter(w->accumulator, out.values, wrong[i]));
    REFUSED(LIBNC_ERROR_STATE, "accumulator", libnc_accumulator_scatter(empty, out.values, DD));
    libnc_accumulator_destroy(empty);
}

static void accumulator_spectrum(void)
{
    static const size_t wrong[] = {0, WORLD_INPUTS - 1, WORLD_INPUTS + 1, SIZE_MAX};
    libnc_accumulator *empty;
    must(libnc_accumulator_create(&empty, w->context, K, WORLD_INPUTS));
    NO_CONTEXT("accumulator", libnc_accumulator_spectrum(NULL, out.values, WORLD_INPUTS));
    WRONG("values", libnc_accumulator_spectrum(w->accumulator, NULL, WORLD_INPUTS));
    EACH(i, wrong)
    MISFIT("size", libnc_accumulator_spectrum(w->accumulator, out.values, wrong[i]));
    REFUSED(LIBNC_ERROR_STATE, "accumulator",
            libnc_accumulator_spectrum(empty, out.values, WORLD_INPUTS));
    libnc_accumulator_destroy(empty);
}

static libnc_accumulator *grouped(void)
{
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, w->context, 2, 3));
    must(libnc_options_set_int64(libnc_accumulator_options(a), LIBNC_ACCUMULATOR_OPTION_GROUPS, 4));
    return a;
}

static void accumulator_all_reduce(void)
{
    libnc_communicator *c, *other;
    must(libnc_communicator_create_serial(&c, w->context));
    must(libnc_communicator_create_serial(&other, abroad.context));
    WRONG("accumulator", libnc_accumulator_all_reduce(NULL, c));
    WRONG("communicator", libnc_accumulator_all_reduce(w->accumulator, NULL));
    libnc_accumulator *a = grouped();
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "groups", libnc_accumulator_all_reduce(a, c));
    libnc_accumulator_destroy(a);
    before_refusal();
    ck_assert_int_eq(libnc_accumulator_all_reduce(w->accumulator, other), LIBNC_ERROR_ARGUMENT);
    libnc_communicator_destroy(other);
    libnc_communicator_destroy(c);
}

static void without_status(void)
{
    DONE(libnc_accumulator_destroy(NULL));
    DONE(libnc_accumulator_clear(NULL));
    NONE(libnc_accumulator_options(NULL));
    ZERO(libnc_accumulator_classes(NULL));
    ZERO(libnc_accumulator_width(NULL));
    ZERO(libnc_accumulator_samples(NULL));
    ZERO(libnc_accumulator_second_samples(NULL));
    ZERO(libnc_accumulator_pass(NULL));
}

static const argument_check checks[] = {
    CHECKS(accumulator_create),         CHECKS(accumulator_update),
    CHECKS(accumulator_update_logits),  CHECKS(accumulator_begin_second_pass),
    CHECKS(accumulator_merge),          CHECKS(accumulator_save),
    CHECKS(accumulator_load),           CHECKS(accumulator_counts),
    CHECKS(accumulator_means),          CHECKS(accumulator_centred_means),
    CHECKS(accumulator_within_squares), CHECKS(accumulator_scatter),
    CHECKS(accumulator_spectrum),       CHECKS(accumulator_all_reduce),
};

const argument_table accumulator_arguments = ARGUMENT_TABLE("accumulator", checks, without_status);
