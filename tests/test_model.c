/* SPDX-License-Identifier: MIT
 *
 * test_model.c: models: shapes and names, parameters in and out, the forward pass against plain
 * loops, and every way in which a call can be wrong. Initialisation is in test_initialise.c.
 */
#include "support/training_fixture.h"

static const int64_t counts[3] = {5, 2, 4}, widths[3] = {6, 7, 5};

static libnc_classes *classes_of(const int64_t *n, int64_t K)
{
    libnc_classes *classes;
    must(libnc_classes_from_counts(&classes, context, n, K));
    return classes;
}

static int32_t type_of(int index)
{
    return index % 2 ? LIBNC_FLOAT32 : LIBNC_FLOAT64;
}

/* Backbone 4 -> 8 -> 6 (ReLU, identity), head 6 -> 7 -> 5 -> 3. */
static const int64_t layer_widths[2] = {8, 6};
static const int32_t activations[2] = {LIBNC_ACTIVATION_RELU, LIBNC_ACTIVATION_IDENTITY};

static libnc_model *backbone_model(int32_t scalar, int32_t bias)
{
    return model_on(backbone_of(4, 2, layer_widths, activations), scalar, 3, 3, widths, bias);
}

/* ---- shapes and names ---- */

static void check_parameter(libnc_model *model, int32_t index, const char *name, int64_t rows,
                            int64_t cols)
{
    const char *found;
    int64_t r, c;
    must(libnc_model_parameter_info(model, index, &found, &r, &c));
    ck_assert_str_eq(found, name);
    ck_assert_int_eq(r, rows);
    ck_assert_int_eq(c, cols);
    ck_assert_int_eq(index_of(model, name), index);
    double *values = parameter(model, index);
    for (int64_t i = 0; i < rows * cols; i++)
        ck_assert_double_eq(values[i], 0);
    free(values);
}

START_TEST(free_features)
{
    libnc_model *model = free_model(type_of(_i), counts, 3, 3, widths, 1);
    ck_assert_int_eq(libnc_model_parameter_count(model), 5);
    check_parameter(model, 0, "features", 11, 6);
    check_parameter(model, 1, "head.1.weight", 7, 6);
    check_parameter(model, 2, "head.2.weight", 5, 7);
    check_parameter(model, 3, "head.3.weight", 3, 5);
    check_parameter(model, 4, "head.bias", 1, 3);
    ck_assert_int_eq(libnc_model_classes(model), 3);
    ck_assert_int_eq(libnc_model_depth(model), 3);
    ck_assert_int_eq(libnc_model_samples(model), 11);
    ck_assert_int_eq(libnc_model_inputs(model), 0);
    ck_assert_int_eq(libnc_model_has_bias(model), 1);
    ck_assert_int_eq(libnc_model_scalar(model), type_of(_i));
    static const int64_t all[6] = {0, 6, 7, 5, 3, 0};
    for (int32_t j = 0; j <= 5; j++)
        ck_assert_int_eq(libnc_model_width(model, j), all[j]);
    static const int32_t labels[11] = {0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 2};
    ck_assert_mem_eq(libnc_model_labels(model), labels, sizeof labels);
    must(libnc_model_parameter_info(model, 1, NULL, NULL, NULL));
    libnc_model_destroy(model);
}
END_TEST

START_TEST(backbone)
{
    libnc_model *model = backbone_model(type_of(_i), 0);
    ck_assert_int_eq(libnc_model_parameter_count(model), 7);
    check_parameter(model, 0, "backbone.1.weight", 8, 4);
    check_parameter(model, 1, "backbone.1.bias", 1, 8);
    check_parameter(model, 2, "backbone.2.weight", 6, 8);
    check_parameter(model, 3, "backbone.2.bias", 1, 6);
    check_parameter(model, 4, "head.1.weight", 7, 6);
    check_parameter(model, 6, "head.3.weight", 3, 5);
    ck_assert_int_eq(libnc_model_samples(model), 0);
    ck_assert_int_eq(libnc_model_inputs(model), 4);
    ck_assert_int_eq(libnc_model_has_bias(model), 0);
    ck_assert_ptr_null(libnc_model_labels(model));
    libnc_model_destroy(model);
}
END_TEST

START_TEST(smallest)
{
    const int64_t one = 1;
    libnc_model *model = free_model(type_of(_i), &one, 1, 1, &one, 0);
    ck_assert_int_eq(libnc_model_parameter_count(model), 2);
    double value = 3, logit;
    must(libnc_model_set_parameter(model, 0, &value, 1));
    must(libnc_model_set_parameter(model, 1, &value, 1));
    must(libnc_model_evaluate(model, NULL, 2, &logit, 1));
    ck_assert_double_eq(logit, 9);
    libnc_model_destroy(model);
    /* no backbone layers: the data are the features */
    model = model_on(backbone_of(1, 0, NULL, NULL), type_of(_i), 1, 1, &one, 0);
    ck_assert_int_eq(libnc_model_parameter_count(model), 1);
    libnc_model_destroy(model);
}
END_TEST

START_TEST(null_models)
{
    int32_t index = 7;
    double value = 7;
    void *data = &index;
    libnc_model_destroy(NULL);
    ck_assert_int_eq(libnc_model_classes(NULL), 0);
    ck_assert_int_eq(libnc_model_depth(NULL), 0);
    ck_assert_int_eq(libnc_model_width(NULL, 1), 0);
    ck_assert_int_eq(libnc_model_samples(NULL), 0);
    ck_assert_int_eq(libnc_model_inputs(NULL), 0);
    ck_assert_int_eq(libnc_model_has_bias(NULL), 0);
    ck_assert_int_eq(libnc_model_scalar(NULL), 0);
    ck_assert_ptr_null(libnc_model_labels(NULL));
    ck_assert_int_eq(libnc_model_parameter_count(NULL), 0);
    ck_assert_int_eq(libnc_model_parameter_info(NULL, 0, NULL, NULL, NULL), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_model_parameter_index(NULL, "features", &index), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_model_parameter_view(NULL, 0, &data), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_model_get_parameter(NULL, 0, &value, 1), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_model_set_parameter(NULL, 0, &value, 1), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_model_evaluate(NULL, NULL, 1, &value, 1), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_model_initialise(NULL, LIBNC_INITIALISE_GAUSSIAN, 1, 0),
                     LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(index, 7);
    ck_assert_double_eq(value, 7);
    ck_assert_ptr_eq(data, &index);
}
END_TEST

/* ---- create: wrong arguments ---- */

START_TEST(create_free_refuses)
{
    libnc_classes *classes = classes_of(counts, 3), *others;
    libnc_context *other;
    must(libnc_context_create(&other));
    must(libnc_classes_from_counts(&others, other, counts, 3));
    libnc_model *const untouched = (libnc_model *)&counts;
    libnc_model *model = untouched;
    int64_t wrong[3] = {6, 7, 5};
    const int64_t live = memory.live;
#define REFUSES(code, text, own, scalar, distribution, depth, d, bias)                             \
    FAILS(libnc_model_create_free(&model, own, scalar, distribution, depth, d, bias), code, text)
    ck_assert_int_eq(libnc_model_create_free(&model, NULL, 1, classes, 3, widths, 0),
                     LIBNC_ERROR_ARGUMENT);
    FAILS(libnc_model_create_free(NULL, context, 1, classes, 3, widths, 0), LIBNC_ERROR_ARGUMENT,
          "model = NULL");
    REFUSES(LIBNC_ERROR_ARGUMENT, "classes = NULL", context, 1, NULL, 3, widths, 0);
    REFUSES(LIBNC_ERROR_ARGUMENT, "another context", context, 1, others, 3, widths, 0);
    REFUSES(LIBNC_ERROR_ARGUMENT, "widths = NULL", context, 1, classes, 3, NULL, 0);
    REFUSES(LIBNC_ERROR_ARGUMENT, "scalar = 0", context, 0, classes, 3, widths, 0);
    REFUSES(LIBNC_ERROR_ARGUMENT, "scalar = 3", context, 3, classes, 3, widths, 0);
    REFUSES(LIBNC_ERROR_ARGUMENT, "depth = 0", context, 1, classes, 0, widths, 0);
    REFUSES(LIBNC_ERROR_ARGUMENT, "depth = -1", context, 1, classes, -1, widths, 0);
    REFUSES(LIBNC_ERROR_ARGUMENT, "depth = 1001", context, 1, classes, 1001, widths, 0);
    REFUSES(LIBNC_ERROR_ARGUMENT, "bias = 2", context, 1, classes, 3, widths, 2);
    REFUSES(LIBNC_ERROR_ARGUMENT, "bias = -1", context, 1, classes, 3, widths, -1);
    for (int j = 0; j < 3; j++) {
        static const int64_t bad[5] = {0, -1, INT64_MIN, (int64_t)1 << 31, INT64_MAX};
        char name[32];
        snprintf(name, sizeof name, "widths[%d] = ", j);
        for (int i = 0; i < 5; i++) {
            wrong[j] = bad[i];
            REFUSES(i < 3 ? LIBNC_ERROR_ARGUMENT : LIBNC_ERROR_MEMORY, name, context, 1, classes, 3,
                    wrong, 0);
        }
        wrong[j] = widths[j];
    }
    ck_assert_ptr_eq(model, untouched);
    ck_assert_int_eq(memory.live, live);
    libnc_classes_destroy(others);
    libnc_context_destroy(other);
    libnc_classes_destroy(classes);
}
END_TEST

/* Products that overflow are noticed before anything large is asked for. */
START_TEST(create_refuses_products_that_overflow)
{
    const int64_t huge = INT32_MAX, many[2] = {INT32_MAX - 1, 1}, too_many[2] = {INT32_MAX, 1};
    const int64_t both[2] = {INT32_MAX, INT32_MAX};
    libnc_classes *classes = classes_of(counts, 3), *samples = classes_of(many, 2);
    libnc_classes *beyond = classes_of(too_many, 2);
    libnc_backbone *square = backbone_of(huge, 1, &huge, activations);
    libnc_model *model = NULL;
    memory.largest = 0;
    FAILS(libnc_model_create_free(&model, context, LIBNC_FLOAT64, samples, 1, &huge, 0),
          LIBNC_ERROR_MEMORY, "features");
    FAILS(libnc_model_create_free(&model, context, LIBNC_FLOAT64, beyond, 1, widths, 0),
          LIBNC_ERROR_MEMORY, "samples of classes = 2147483648");
    FAILS(libnc_model_create_free(&model, context, LIBNC_FLOAT64, classes, 2, both, 0),
          LIBNC_ERROR_MEMORY, "head.1.weight");
    FAILS(libnc_model_create_backbone(&model, square, LIBNC_FLOAT64, 3, 1, &huge, 0),
          LIBNC_ERROR_MEMORY, "backbone.1.weight");
    ck_assert_int_lt(memory.largest, 10000);
    ck_assert_ptr_null(model);
    libnc_backbone_destroy(square);
    libnc_classes_destroy(beyond);
    libnc_classes_destroy(samples);
    libnc_classes_destroy(classes);
}
END_TEST

START_TEST(create_backbone_refuses)
{
    libnc_model *model = NULL;
    libnc_backbone *two = backbone_of(4, 2, layer_widths, activations);
    libnc_backbone *one = backbone_of(4, 1, layer_widths, activations);
    libnc_backbone *none = backbone_of(4, 0, NULL, NULL);
#undef REFUSES
#define REFUSES(code, text, ...)                                                                   \
    FAILS(libnc_model_create_backbone(&model, __VA_ARGS__, 0), code, text)
    ck_assert_int_eq(libnc_model_create_backbone(&model, NULL, LIBNC_FLOAT64, 3, 3, widths, 0),
                     LIBNC_ERROR_ARGUMENT);
    FAILS(libnc_model_create_backbone(NULL, two, LIBNC_FLOAT64, 3, 3, widths, 0),
          LIBNC_ERROR_ARGUMENT, "model = NULL");
    FAILS(libnc_model_create_backbone(&model, two, LIBNC_FLOAT64, 3, 3, widths, 5),
          LIBNC_ERROR_ARGUMENT, "bias = 5");
    REFUSES(LIBNC_ERROR_ARGUMENT, "scalar = 9", two, 9, 3, 3, widths);
    REFUSES(LIBNC_ERROR_ARGUMENT, "class_count = 0", two, LIBNC_FLOAT64, 0, 3, widths);
    REFUSES(LIBNC_ERROR_MEMORY, "class_count = ", two, LIBNC_FLOAT64, INT64_MAX, 3, widths);
    REFUSES(LIBNC_ERROR_ARGUMENT, "depth = 0", two, LIBNC_FLOAT64, 3, 0, widths);
    REFUSES(LIBNC_ERROR_ARGUMENT, "widths = NULL", two, LIBNC_FLOAT64, 3, 3, NULL);
    REFUSES(LIBNC_ERROR_DIMENSION, "widths[0] = 6", one, LIBNC_FLOAT64, 3, 3, widths);
    REFUSES(LIBNC_ERROR_DIMENSION, "widths[0] = 6", none, LIBNC_FLOAT64, 3, 3, widths);
    ck_assert_ptr_null(model);
    libnc_backbone_destroy(none);
    libnc_backbone_destroy(one);
    libnc_backbone_destroy(two);
}
END_TEST

/* ---- parameters ---- */

START_TEST(parameters_in_and_out)
{
    const int32_t scalar = type_of(_i);
    libnc_model *model = free_model(scalar, counts, 3, 3, widths, 1);
    for (int32_t i = 0; i < 5; i++) {
        const size_t size = parameter_size(model, i);
        double *set = random_values(size, 2, (uint64_t)i), *got;
        void *view, *again;
        must(libnc_model_parameter_view(model, i, &view));
        must(libnc_model_set_parameter(model, i, set, size));
        got = parameter(model, i);
        for (size_t j = 0; j < size; j++) {
            ck_assert(got[j] == (scalar == LIBNC_FLOAT32 ? (double)(float)set[j] : set[j]));
            ck_assert(got[j] ==
                      (scalar == LIBNC_FLOAT32 ? (double)((float *)view)[j] : ((double *)view)[j]));
        }
        if (scalar == LIBNC_FLOAT32)
            ((float *)view)[size - 1] = 5;
        else
            ((double *)view)[size - 1] = 5;
        must(libnc_model_get_parameter(model, i, set, size));
        ck_assert_double_eq(set[size - 1], 5);
        must(libnc_model_parameter_view(model, i, &again));
        ck_assert_ptr_eq(view, again);
        ck_assert_uint_eq((uintptr_t)view % 64, 0);
        free(set);
        free(got);
    }
    libnc_model_destroy(model);
}
END_TEST

START_TEST(values_that_are_not_finite_change_nothing)
{
    const int32_t scalar = type_of(_i);
    libnc_model *model = free_model(scalar, counts, 3, 3, widths, 1);
    randomise(model, 1, 3);
    static const double bad[4] = {NAN, INFINITY, -INFINITY, 1e39};
    const double largest = scalar == LIBNC_FLOAT32 ? (double)FLT_MAX : DBL_MAX;
    for (int32_t i = 0; i < 5; i++)
        for (int k = 0; k < (scalar == LIBNC_FLOAT32 ? 4 : 3); k++) {
            const size_t size = parameter_size(model, i);
            double *before = parameter(model, i), *values = random_values(size, 1, 9);
            values[size - 1] = bad[k];
            char name[32];
            snprintf(name, sizeof name, "values[%zu] = ", size - 1);
            FAILS(libnc_model_set_parameter(model, i, values, size), LIBNC_ERROR_NOT_FINITE, name);
            double *after = parameter(model, i);
            ck_assert_mem_eq(before, after, size * sizeof *before);
            values[size - 1] = -largest;
            must(libnc_model_set_parameter(model, i, values, size));
            free(before);
            free(after);
            free(values);
        }
    libnc_model_destroy(model);
}
END_TEST

START_TEST(parameter_calls_refuse)
{
    libnc_model *model = free_model(LIBNC_FLOAT64, counts, 3, 3, widths, 1);
    double values[66] = {1};
    void *data = values;
    int32_t index = 77;
    static const int32_t bad[4] = {-1, 5, INT32_MAX, INT32_MIN};
    for (int i = 0; i < 4; i++) {
        FAILS(libnc_model_parameter_info(model, bad[i], NULL, NULL, NULL), LIBNC_ERROR_ARGUMENT,
              "index = ");
        FAILS(libnc_model_parameter_view(model, bad[i], &data), LIBNC_ERROR_ARGUMENT, "index = ");
        FAILS(libnc_model_get_parameter(model, bad[i], values, 66), LIBNC_ERROR_ARGUMENT, "index");
        FAILS(libnc_model_set_parameter(model, bad[i], values, 66), LIBNC_ERROR_ARGUMENT, "index");
    }
    FAILS(libnc_model_parameter_view(model, 0, NULL), LIBNC_ERROR_ARGUMENT, "data = NULL");
    FAILS(libnc_model_get_parameter(model, 0, NULL, 66), LIBNC_ERROR_ARGUMENT, "values = NULL");
    FAILS(libnc_model_set_parameter(model, 0, NULL, 66), LIBNC_ERROR_ARGUMENT, "values = NULL");
    static const size_t sizes[4] = {0, 65, 67, SIZE_MAX};
    for (int i = 0; i < 4; i++) {
        FAILS(libnc_model_get_parameter(model, 0, values, sizes[i]), LIBNC_ERROR_DIMENSION,
              "must be 66");
        FAILS(libnc_model_set_parameter(model, 0, values, sizes[i]), LIBNC_ERROR_DIMENSION,
              "must be 66");
    }
    FAILS(libnc_model_parameter_index(model, NULL, &index), LIBNC_ERROR_ARGUMENT, "name = NULL");
    FAILS(libnc_model_parameter_index(model, "features", NULL), LIBNC_ERROR_ARGUMENT, "index");
    FAILS(libnc_model_parameter_index(model, "head.4.weight", &index), LIBNC_ERROR_ARGUMENT,
          "head.4.weight");
    FAILS(libnc_model_parameter_index(model, "", &index), LIBNC_ERROR_ARGUMENT, "name");
    ck_assert_int_eq(index, 77);
    ck_assert_double_eq(values[0], 1);
    ck_assert_ptr_eq(data, values);
    libnc_model_destroy(model);
}
END_TEST

/* ---- forward ---- */

static void check_forward(libnc_model *model, const libnc_dataset *dataset, const double *inputs,
                          int64_t n, int32_t layers)
{
    const double tolerance = libnc_model_scalar(model) == LIBNC_FLOAT32 ? 1e-5 : 1e-13;
    for (int32_t layer = 1; layer <= libnc_model_depth(model) + 1; layer++) {
        const size_t size = (size_t)(n * libnc_model_width(model, layer));
        double *out = random_values(size, 1, 1);
        double *wanted = naive_forward(model, inputs, n, layers, activations, layer);
        must(libnc_model_evaluate(model, dataset, layer, out, size));
        double largest = 1e-3;
        for (size_t i = 0; i < size; i++)
            largest = fmax(largest, fabs(wanted[i]));
        for (size_t i = 0; i < size; i++)
            if (!(fabs(out[i] - wanted[i]) <= tolerance * largest))
                ck_abort_msg("layer %d, value %zu: %g, not %g", layer, i, out[i], wanted[i]);
        free(out);
        free(wanted);
    }
}

/* Sizes around one block of rows, one thread and two. */
START_TEST(forward_of_free_features)
{
    static const int64_t sizes[4] = {1, 1023, 1024, 2500};
    must(libnc_context_set_threads(context, 1 + _i / 2));
    for (int i = 0; i < 4; i++)
        for (int32_t depth = 1; depth <= 3; depth++) {
            const int64_t n[2] = {sizes[i], 3};
            libnc_model *model = free_model(type_of(_i), n, 2, depth, widths, depth % 2);
            randomise(model, 1, 21);
            double *features = parameter(model, 0);
            check_forward(model, NULL, features, n[0] + n[1], 0);
            free(features);
            libnc_model_destroy(model);
        }
}
END_TEST

START_TEST(forward_of_a_backbone)
{
    must(libnc_context_set_threads(context, 1 + _i / 4));
    libnc_model *model = backbone_model(type_of(_i), 1);
    const int64_t four = 4;
    libnc_model *bare = model_on(backbone_of(4, 0, NULL, NULL), type_of(_i), 3, 1, &four, 1);
    randomise(model, 1, 22);
    randomise(bare, 1, 23);
    for (int64_t n = 3; n <= 2100; n += 1048) { /* data of either type */
        libnc_dataset *dataset = random_dataset(type_of(_i / 2), n, 4, 3, 24);
        double *inputs = inputs_of(dataset);
        check_forward(model, dataset, inputs, n, 2);
        check_forward(bare, dataset, inputs, n, 0);
        free(inputs);
        libnc_dataset_destroy(dataset);
    }
    libnc_model_destroy(model);
    libnc_model_destroy(bare);
}
END_TEST

START_TEST(evaluate_refuses)
{
    libnc_model *free_one = free_model(LIBNC_FLOAT64, counts, 3, 3, widths, 1);
    libnc_model *with_data = backbone_model(LIBNC_FLOAT64, 1);
    libnc_dataset *dataset = random_dataset(LIBNC_FLOAT64, 10, 4, 3, 1);
    libnc_dataset *wide = random_dataset(LIBNC_FLOAT64, 10, 5, 3, 1), *foreign;
    libnc_context *other, *own = context;
    must(libnc_context_create(&other));
    context = other;
    foreign = random_dataset(LIBNC_FLOAT64, 10, 4, 3, 1);
    context = own;
    double out[33];
    for (int i = 0; i < 33; i++)
        out[i] = 8;
    FAILS(libnc_model_evaluate(free_one, NULL, 0, out, 33), LIBNC_ERROR_ARGUMENT, "layer = 0");
    FAILS(libnc_model_evaluate(free_one, NULL, 5, out, 33), LIBNC_ERROR_ARGUMENT, "layer = 5");
    FAILS(libnc_model_evaluate(free_one, NULL, 4, NULL, 33), LIBNC_ERROR_ARGUMENT, "out = NULL");
    FAILS(libnc_model_evaluate(free_one, dataset, 4, out, 33), LIBNC_ERROR_ARGUMENT, "dataset");
    FAILS(libnc_model_evaluate(with_data, NULL, 4, out, 30), LIBNC_ERROR_ARGUMENT, "dataset");
    FAILS(libnc_model_evaluate(with_data, foreign, 4, out, 30), LIBNC_ERROR_ARGUMENT, "context");
    FAILS(libnc_model_evaluate(with_data, wide, 4, out, 30), LIBNC_ERROR_DIMENSION, "width");
    static const size_t sizes[5] = {0, 32, 34, 11, SIZE_MAX};
    for (int i = 0; i < 5; i++)
        FAILS(libnc_model_evaluate(free_one, NULL, 4, out, sizes[i]), LIBNC_ERROR_DIMENSION,
              "must be 11 x 3");
    FAILS(libnc_model_evaluate(with_data, dataset, 4, out, 33), LIBNC_ERROR_DIMENSION, "10 x 3");
    for (int i = 0; i < 33; i++)
        ck_assert_double_eq(out[i], 8);
    libnc_dataset_destroy(foreign);
    libnc_context_destroy(other);
    libnc_dataset_destroy(dataset);
    libnc_dataset_destroy(wide);
    libnc_model_destroy(free_one);
    libnc_model_destroy(with_data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model");
    TCase *tests = add_case(suite, "model", 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, free_features, 0, 2);
    tcase_add_loop_test(tests, backbone, 0, 2);
    tcase_add_loop_test(tests, smallest, 0, 2);
    tcase_add_test(tests, null_models);
    tcase_add_test(tests, create_free_refuses);
    tcase_add_test(tests, create_refuses_products_that_overflow);
    tcase_add_test(tests, create_backbone_refuses);
    tcase_add_loop_test(tests, parameters_in_and_out, 0, 2);
    tcase_add_loop_test(tests, values_that_are_not_finite_change_nothing, 0, 2);
    tcase_add_test(tests, parameter_calls_refuse);
    tcase_add_loop_test(tests, forward_of_free_features, 0, 4);
    tcase_add_loop_test(tests, forward_of_a_backbone, 0, 8);
    tcase_add_test(tests, evaluate_refuses);
    return run_suite(suite);
}
