/* SPDX-License-Identifier: MIT
 *
 * test_report_calls.c: reports: arguments, states, input that is not finite.
 */
#include "support/report_fixture.h"

#include <ctype.h>
#include <stdbool.h>

START_TEST(getters_check_their_arguments)
{
    libnc_report *report = NULL;
    double values[9] = {7};
    ck_assert_int_eq(libnc_report_create(NULL, context), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_report_create(&report, NULL), LIBNC_ERROR_ARGUMENT);
    ck_assert_ptr_null(report);
    ck_assert_int_eq(libnc_report_create(&report, context), LIBNC_OK);
    ck_assert_int_eq(libnc_report_depth(report), 0);
    ck_assert_int_eq(libnc_report_classes(report), 0);
    ck_assert_int_eq(libnc_report_depth(NULL), 0);
    ck_assert_int_eq(libnc_report_classes(NULL), 0);
    ck_assert_int_eq(libnc_report_value(report, LIBNC_METRIC_NC1, 1, values), LIBNC_ERROR_STATE);
    ck_assert_int_eq(libnc_report_vector(report, LIBNC_CLASS_COUNT, 1, values, 3),
                     LIBNC_ERROR_STATE);
    ck_assert_int_eq(libnc_report_matrix(report, LIBNC_GRAM_CENTRED, 1, values, 9),
                     LIBNC_ERROR_STATE);
    libnc_model *model = free_model(LIBNC_FLOAT64, deep_counts, 3, 3, deep_widths, 1);
    randomise(model, 1, 80);
    ck_assert_int_eq(libnc_report_measure(report, model, NULL), LIBNC_OK);
    static const int32_t bad_layers[] = {0, -1, 4, INT32_MAX, INT32_MIN};
    const int32_t bad_items[] = {0, -1, libnc_metric_count() + 1, INT32_MAX, INT32_MIN};
    for (int i = 0; i < 5; i++) {
        int32_t item = bad_items[i], layer = bad_layers[i];
        ck_assert_int_eq(libnc_report_value(report, 1, layer, values), LIBNC_ERROR_ARGUMENT);
        ck_assert_int_eq(libnc_report_vector(report, 1, layer, values, 3), LIBNC_ERROR_ARGUMENT);
        ck_assert_int_eq(libnc_report_matrix(report, 1, layer, values, 9), LIBNC_ERROR_ARGUMENT);
        ck_assert_int_eq(libnc_report_value(report, item, 1, values), LIBNC_ERROR_ARGUMENT);
        ck_assert_int_eq(libnc_report_vector(report, item, 1, values, 3), LIBNC_ERROR_ARGUMENT);
        ck_assert_int_eq(libnc_report_matrix(report, item, 1, values, 9), LIBNC_ERROR_ARGUMENT);
    }
    ck_assert_int_eq(libnc_report_vector(report, LIBNC_CLASS_CROSS_ENTROPY + 1, 1, values, 3),
                     LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_report_matrix(report, LIBNC_GRAM_PRODUCT + 1, 1, values, 9),
                     LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_report_value(NULL, 1, 1, values), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_report_vector(NULL, 1, 1, values, 3), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_report_matrix(NULL, 1, 1, values, 9), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_report_value(report, 1, 1, NULL), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_report_vector(report, 1, 1, NULL, 3), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_report_matrix(report, 1, 1, NULL, 9), LIBNC_ERROR_ARGUMENT);
    static const size_t bad_sizes[] = {0, 2, 4, SIZE_MAX};
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(libnc_report_vector(report, 1, 1, values, bad_sizes[i]),
                         LIBNC_ERROR_DIMENSION);
        ck_assert_int_eq(libnc_report_matrix(report, 1, 1, values, bad_sizes[i]),
                         LIBNC_ERROR_DIMENSION);
    }
    ck_assert_double_eq(values[0], 7);
    libnc_model_destroy(model);
    libnc_report_destroy(report);
    libnc_report_destroy(NULL);
}
END_TEST

START_TEST(names_are_unique)
{
    ck_assert_ptr_null(libnc_metric_name(0));
    ck_assert_ptr_null(libnc_metric_name(-1));
    ck_assert_ptr_null(libnc_metric_name(libnc_metric_count() + 1));
    ck_assert_str_eq(libnc_metric_name(LIBNC_METRIC_NC1), "nc1");
    ck_assert_str_eq(libnc_metric_name(LIBNC_METRIC_NC3_DUALITY), "nc3_duality");
    ck_assert_str_eq(libnc_metric_name(LIBNC_METRIC_LOSS_GAP), "loss_gap");
    ck_assert_str_eq(libnc_metric_name(LIBNC_METRIC_TR_SIGMA_B), "tr_sigma_b");
    for (int32_t i = 1; i <= libnc_metric_count(); i++) {
        for (int32_t j = 1; j < i; j++)
            ck_assert_str_ne(libnc_metric_name(i), libnc_metric_name(j));
        ck_assert_int_eq(libnc_metric_index(libnc_metric_name(i)), i);
        ck_assert_int_gt(strlen(libnc_metric_formula(i)), 4);
    }
    ck_assert_int_eq(libnc_metric_index(NULL), 0);
    ck_assert_int_eq(libnc_metric_index(""), 0);
    ck_assert_int_eq(libnc_metric_index("nc"), 0);
    ck_assert_int_eq(libnc_metric_index("NC1"), 0);
    ck_assert_ptr_null(libnc_metric_formula(0));
    ck_assert_ptr_null(libnc_metric_formula(libnc_metric_count() + 1));
}
END_TEST

/* Every name is its enumerator in lower case: LIBNC_METRIC_NC1 = 1 is "nc1". */
START_TEST(names_are_enumerators)
{
    FILE *header = fopen("include/libnc/metric.h", "r");
    char text[200], name[100], number[10];
    int32_t found = 0;
    ck_assert_ptr_nonnull(header);
    while (fgets(text, sizeof text, header)) {
        char *at = strstr(text, "    LIBNC_METRIC_");
        if (at != text)
            continue;
        ck_assert_int_ge(sscanf(text, " LIBNC_METRIC_%99[A-Z0-9_] =%9[ 0-9]", name, number), 1);
        for (char *c = name; *c; c++)
            *c = (char)tolower((unsigned char)*c);
        ck_assert_str_eq(libnc_metric_name(++found), name);
    }
    fclose(header);
    ck_assert_int_eq(found, libnc_metric_count());
}
END_TEST

/* What needs a classifier, a comparison or the layer itself. */
static bool needs_more_than_means(const char *name)
{
    static const char *const parts[] = {"classifier", "nc3",   "nc4", "accuracy",
                                        "predicted",  "error", "gap", "layer"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strstr(name, parts[i]))
            return true;
    return false;
}

/* Features alone, and a comparison that was not made: NaN, never an error. */
START_TEST(what_does_not_exist_is_nan)
{
    enum { CLASSES = 3, PER_CLASS = 4, WIDTH = 3, ROWS = CLASSES * PER_CLASS };
    double rows[ROWS * WIDTH], values[CLASSES * CLASSES];
    int32_t labels[ROWS];
    for (int32_t i = 0; i < ROWS; i++) {
        labels[i] = i % CLASSES;
        for (int32_t c = 0; c < WIDTH; c++)
            rows[i * WIDTH + c] = (c == labels[i]) + 0.1 * sin(1 + i * WIDTH + c);
    }
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, context, CLASSES, WIDTH));
    must(libnc_accumulator_update(a, rows, LIBNC_FLOAT64, ROWS, WIDTH, labels, LIBNC_LABEL_INT32));
    const libnc_accumulator *both[2] = {a, a};
    libnc_report *report;
    must(libnc_report_create(&report, context));
    must(libnc_report_measure_features(report, both, NULL, NULL, 2));
    for (int32_t c = 1; c <= libnc_convention_count(); c++) {
        must(libnc_report_set_convention(report, c));
        for (int32_t metric = 1; metric <= libnc_metric_count(); metric++)
            for (int32_t layer = 1; layer <= 2; layer++) {
                double found = 7;
                must(libnc_report_value(report, metric, layer, &found));
                if (c == LIBNC_CONVENTION_DEFAULT)
                    ck_assert_msg(isnan(found) == needs_more_than_means(libnc_metric_name(metric)),
                                  "%s is %g", libnc_metric_name(metric), found);
            }
    }
    for (int32_t v = LIBNC_CLASS_COUNT; v <= LIBNC_CLASS_CROSS_ENTROPY; v++) {
        must(libnc_report_vector(report, v, 1, values, CLASSES));
        ck_assert(isnan(values[1]) == (v == LIBNC_CLASS_CLASSIFIER_NORM || v == LIBNC_CLASS_LOGIT ||
                                       v == LIBNC_CLASS_CROSS_ENTROPY ||
                                       (v >= LIBNC_CLASS_COSINE && v < LIBNC_CLASS_CDNV)));
    }
    for (int32_t m = LIBNC_GRAM_CLASSIFIER; m <= LIBNC_GRAM_PRODUCT; m++) {
        must(libnc_report_matrix(report, m, 2, values, CLASSES * CLASSES));
        for (int32_t i = 0; i < CLASSES * CLASSES; i++)
            ck_assert(isnan(values[i]) == (m == LIBNC_GRAM_CLASSIFIER || m == LIBNC_GRAM_PRODUCT));
    }
    libnc_report_destroy(report);
    libnc_accumulator_destroy(a);
}
END_TEST

START_TEST(measure_checks_its_arguments)
{
    libnc_model *model = free_model(LIBNC_FLOAT64, deep_counts, 3, 3, deep_widths, 1), *backbone;
    randomise(model, 1, 90);
    libnc_report *report = measured(model, NULL);
    double before = value(report, LIBNC_METRIC_NC1, 2), inputs[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const int32_t labels[4] = {0, 1, 2, 0};
    const int64_t width[1] = {2};
    libnc_dataset *dataset, *wide, *few;
    ck_assert_int_eq(
        libnc_dataset_from_memory(&dataset, context, LIBNC_FLOAT64, inputs, labels, 4, 2),
        LIBNC_OK);
    ck_assert_int_eq(libnc_dataset_from_memory(&wide, context, LIBNC_FLOAT64, inputs, labels, 3, 1),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_dataset_from_memory(&few, context, LIBNC_FLOAT64, inputs, labels, 2, 2),
                     LIBNC_OK);
    backbone = model_on(backbone_of(2, 0, NULL, NULL), LIBNC_FLOAT64, 3, 1, width, 0);
    ck_assert_int_eq(libnc_report_measure(NULL, model, NULL), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_report_measure(report, NULL, NULL), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_report_measure(report, model, dataset), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_report_measure(report, backbone, NULL), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_report_measure(report, backbone, wide), LIBNC_ERROR_DIMENSION);
    ck_assert_int_eq(libnc_report_measure(report, backbone, few), LIBNC_ERROR_DIMENSION);
    libnc_context *other_context;
    libnc_report *other;
    libnc_dataset *foreign;
    ck_assert_int_eq(libnc_context_create(&other_context), LIBNC_OK);
    ck_assert_int_eq(libnc_report_create(&other, other_context), LIBNC_OK);
    ck_assert_int_eq(libnc_report_measure(other, model, NULL), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(
        libnc_dataset_from_memory(&foreign, other_context, LIBNC_FLOAT64, inputs, labels, 4, 2),
        LIBNC_OK);
    ck_assert_int_eq(libnc_report_measure(report, backbone, foreign), LIBNC_ERROR_ARGUMENT);
    libnc_dataset_destroy(foreign);
    libnc_geometry *prediction;
    libnc_classes *classes;
    ck_assert_int_eq(libnc_classes_from_counts(&classes, other_context, deep_counts, 3), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_create(&prediction, classes, 3), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_solve(prediction), LIBNC_OK);
    ck_assert_int_eq(libnc_report_compare(report, prediction, 1), LIBNC_ERROR_ARGUMENT);
    libnc_geometry_destroy(prediction);
    libnc_classes_destroy(classes);
    libnc_report_destroy(other);
    libnc_context_destroy(other_context);
    ck_assert_double_eq(value(report, LIBNC_METRIC_NC1, 2), before);
    ck_assert_int_eq(libnc_report_measure(report, backbone, dataset), LIBNC_OK);
    ck_assert_int_eq(libnc_report_depth(report), 1);
    libnc_dataset_destroy(dataset);
    libnc_dataset_destroy(wide);
    libnc_dataset_destroy(few);
    libnc_model_destroy(backbone);
    libnc_model_destroy(model);
    libnc_report_destroy(report);
}
END_TEST

/* NaN and infinity come in through the view, which cannot be checked. */
START_TEST(not_finite_is_named_and_changes_nothing)
{
    libnc_model *model = free_model(LIBNC_FLOAT64, deep_counts, 3, 3, deep_widths, 1);
    randomise(model, 1, 100);
    libnc_report *report = measured(model, NULL);
    double before = value(report, LIBNC_METRIC_NC1, 3);
    static const struct {
        const char *parameter;
        int64_t position;
        double bad;
        const char *text[2];
    } cases[] = {{"features", 7 * 13 + 2, NAN, {"layer 1", "row 13"}},
                 {"features", 0, INFINITY, {"layer 1", "row 0"}},
                 {"head.2.weight", 5 * 3, -INFINITY, {"head.2.weight", "row 3"}},
                 {"head.bias", 1, NAN, {"head.bias", "finite"}},
                 {"features", 3, 1e200, {"layer 1", "overflow"}},
                 {"head.1.weight", 3, 1e307, {"layer", ""}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int32_t index = index_of(model, cases[i].parameter);
        void *view;
        ck_assert_int_eq(libnc_model_parameter_view(model, index, &view), LIBNC_OK);
        double kept = ((double *)view)[cases[i].position];
        ((double *)view)[cases[i].position] = cases[i].bad;
        ck_assert_int_eq(libnc_report_measure(report, model, NULL), LIBNC_ERROR_NOT_FINITE);
        for (int t = 0; t < 2; t++)
            ck_assert_msg(strstr(libnc_context_error(context), cases[i].text[t]) != NULL,
                          "\"%s\" does not name %s", libnc_context_error(context),
                          cases[i].text[t]);
        ck_assert_double_eq(value(report, LIBNC_METRIC_NC1, 3), before);
        ck_assert_int_eq(libnc_model_parameter_view(model, index, &view), LIBNC_OK);
        ((double *)view)[cases[i].position] = kept;
    }
    ck_assert_int_eq(libnc_report_measure(report, model, NULL), LIBNC_OK);
    libnc_report_destroy(report);
    libnc_model_destroy(model);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        getters_check_their_arguments, names_are_unique,
        names_are_enumerators,         what_does_not_exist_is_nan,
        measure_checks_its_arguments,  not_finite_is_named_and_changes_nothing};
    Suite *suite = suite_create("report_calls");
    add_tests(suite, "report_calls", tests, sizeof tests / sizeof *tests);
    return run_suite(suite);
}
