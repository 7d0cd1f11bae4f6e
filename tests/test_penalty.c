/* SPDX-License-Identifier: MIT
 *
 * test_penalty.c: decays by layer, by name and of the features, for free features and for a
 * backbone; energies; error codes.
 */
#include "support/backbones.h"
#include "train/penalty_internal.h"

#include <check.h>
#include <libnc/penalty.h>
#include <math.h>
#include <string.h>

enum { DEPTH = 3 };

static libnc_model *free_model, *backbone_model;

static libnc_status make_free(libnc_context *owner, libnc_model **model)
{
    static const int64_t counts[] = {2, 1, 3}, widths[] = {4, 5, 6};
    libnc_classes *classes = NULL;
    libnc_status status = libnc_classes_from_counts(&classes, owner, counts, 3);
    if (!status)
        status = libnc_model_create_free(model, owner, LIBNC_FLOAT64, classes, DEPTH, widths, 1);
    libnc_classes_destroy(classes);
    return status;
}

static void setup_models(void)
{
    static const int64_t layers[] = {7, 4}, widths[] = {4, 5, 6};
    static const int32_t activations[] = {LIBNC_ACTIVATION_RELU, LIBNC_ACTIVATION_RELU};
    setup();
    ck_assert_int_eq(make_free(context, &free_model), LIBNC_OK);
    backbone_model =
        model_on(backbone_of(9, 2, layers, activations), LIBNC_FLOAT32, 3, DEPTH, widths, 0);
}

static void teardown_models(void)
{
    libnc_model_destroy(backbone_model);
    libnc_model_destroy(free_model);
    teardown();
}

static libnc_penalty *make(const libnc_model *model)
{
    libnc_penalty *penalty = NULL;
    ck_assert_int_eq(libnc_penalty_create(&penalty, model), LIBNC_OK);
    return penalty;
}

static double decay_of(const libnc_penalty *penalty, const char *name)
{
    double decay = NAN;
    ck_assert_int_eq(libnc_penalty_get_decay(penalty, name, &decay), LIBNC_OK);
    return decay;
}

/* Every parameter of the model is known by its name and shape, with decay 0. */
START_TEST(test_starts_at_zero)
{
    const libnc_model *models[] = {free_model, backbone_model};
    for (int m = 0; m < 2; m++) {
        libnc_penalty *penalty = make(models[m]);
        ck_assert_int_eq(penalty->count, libnc_model_parameter_count(models[m]));
        for (int32_t i = 0; i < penalty->count; i++) {
            const char *name;
            int64_t rows, cols;
            ck_assert_int_eq(libnc_model_parameter_info(models[m], i, &name, &rows, &cols),
                             LIBNC_OK);
            ck_assert_double_eq(decay_of(penalty, name), 0);
            ck_assert_int_eq(penalty->rows[i], rows);
            ck_assert_int_eq(penalty->cols[i], cols);
        }
        ck_assert_double_eq(decay_of(penalty, "features"), 0);
        libnc_penalty_destroy(penalty);
    }
}
END_TEST

START_TEST(test_weight_decay)
{
    const double each[DEPTH] = {0.1, 0.2, 0.3}, one = 0.5;
    const libnc_model *models[] = {free_model, backbone_model};
    for (int m = 0; m < 2; m++) {
        libnc_penalty *penalty = make(models[m]);
        ck_assert_int_eq(libnc_penalty_set_weight_decay(penalty, each, DEPTH), LIBNC_OK);
        ck_assert_double_eq(decay_of(penalty, "head.1.weight"), 0.1);
        ck_assert_double_eq(decay_of(penalty, "head.2.weight"), 0.2);
        ck_assert_double_eq(decay_of(penalty, "head.3.weight"), 0.3);
        ck_assert_int_eq(libnc_penalty_set_weight_decay(penalty, &one, 1), LIBNC_OK);
        double sum = 0; /* nothing but the three weights has a decay: no bias, no backbone */
        for (int32_t i = 0; i < penalty->count; i++)
            sum += penalty->decay[i];
        ck_assert_double_eq(sum, 1.5);
        ck_assert_double_eq(decay_of(penalty, "head.3.weight"), 0.5);
        ck_assert_double_eq(nc__penalty_feature_decay(penalty), 0);
        libnc_penalty_destroy(penalty);
    }
}
END_TEST

START_TEST(test_feature_decay_of_free_features_is_one_value)
{
    libnc_penalty *penalty = make(free_model);
    int32_t index;
    ck_assert_int_eq(libnc_model_parameter_index(free_model, "features", &index), LIBNC_OK);
    ck_assert_int_eq(penalty->features, index);
    ck_assert_int_eq(libnc_penalty_set_feature_decay(penalty, 0.25), LIBNC_OK);
    ck_assert_double_eq(decay_of(penalty, "features"), 0.25);
    ck_assert_double_eq(penalty->decay[index], 0.25);
    ck_assert_int_eq(libnc_penalty_set_decay(penalty, "features", 0.75), LIBNC_OK);
    ck_assert_double_eq(nc__penalty_feature_decay(penalty), 0.75);
    ck_assert_double_eq(penalty->feature_decay, 0);
    libnc_penalty_destroy(penalty);
}
END_TEST

START_TEST(test_feature_decay_of_a_backbone)
{
    libnc_penalty *penalty = make(backbone_model);
    ck_assert_int_eq(penalty->features, -1);
    ck_assert_int_eq(libnc_penalty_set_feature_decay(penalty, 0.25), LIBNC_OK);
    ck_assert_double_eq(decay_of(penalty, "features"), 0.25);
    ck_assert_double_eq(nc__penalty_feature_decay(penalty), 0.25);
    for (int32_t i = 0; i < penalty->count; i++)
        ck_assert_double_eq(penalty->decay[i], 0);
    ck_assert_int_eq(libnc_penalty_set_decay(penalty, "backbone.1.weight", 0.5), LIBNC_OK);
    ck_assert_int_eq(libnc_penalty_set_decay(penalty, "backbone.2.bias", 0.125), LIBNC_OK);
    ck_assert_double_eq(decay_of(penalty, "backbone.1.weight"), 0.5);
    ck_assert_double_eq(decay_of(penalty, "backbone.2.bias"), 0.125);
    ck_assert_double_eq(decay_of(penalty, "backbone.2.weight"), 0);
    libnc_penalty_destroy(penalty);
}
END_TEST

/* The model is not kept: the names are the penalty's own. */
START_TEST(test_outlives_the_model)
{
    libnc_model *model = NULL;
    ck_assert_int_eq(make_free(context, &model), LIBNC_OK);
    libnc_penalty *penalty = make(model);
    libnc_model_destroy(model);
    ck_assert_int_eq(libnc_penalty_set_decay(penalty, "head.bias", 1), LIBNC_OK);
    ck_assert_double_eq(decay_of(penalty, "head.bias"), 1);
    libnc_penalty_destroy(penalty);
}
END_TEST

START_TEST(test_refuses)
{
    const libnc_status argument = LIBNC_ERROR_ARGUMENT;
    libnc_penalty *penalty = NULL;
    ck_assert_int_eq(libnc_penalty_create(NULL, free_model), argument);
    ck_assert_int_eq(libnc_penalty_create(&penalty, NULL), argument);
    ck_assert_ptr_null(penalty);
    libnc_penalty_destroy(NULL);
    penalty = make(free_model);
    const double good[DEPTH] = {0.1, 0.2, 0.3};
    double decay = 7;
    ck_assert_int_eq(libnc_penalty_set_weight_decay(penalty, good, DEPTH), LIBNC_OK);
    ck_assert_int_eq(libnc_penalty_set_weight_decay(NULL, good, 1), argument);
    ck_assert_int_eq(libnc_penalty_set_weight_decay(penalty, NULL, 1), argument);
    ck_assert_int_eq(libnc_penalty_set_weight_decay(penalty, good, 0), argument);
    ck_assert_int_eq(libnc_penalty_set_weight_decay(penalty, good, INT32_MIN), argument);
    ck_assert_int_eq(libnc_penalty_set_weight_decay(penalty, good, 2), LIBNC_ERROR_DIMENSION);
    static const double wrong[] = {-1e-300, NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 4; i++) {
        const double last[DEPTH] = {1, 1, wrong[i]};
        ck_assert_int_eq(libnc_penalty_set_weight_decay(penalty, last, DEPTH), argument);
        ck_assert_int_eq(libnc_penalty_set_feature_decay(penalty, wrong[i]), argument);
        ck_assert_int_eq(libnc_penalty_set_decay(penalty, "head.bias", wrong[i]), argument);
    }
    ck_assert_double_eq(decay_of(penalty, "head.1.weight"), 0.1);
    ck_assert_int_eq(libnc_penalty_set_feature_decay(NULL, 1), argument);
    ck_assert_int_eq(libnc_penalty_set_decay(NULL, "features", 1), argument);
    ck_assert_int_eq(libnc_penalty_set_decay(penalty, NULL, 1), argument);
    ck_assert_int_eq(libnc_penalty_set_decay(penalty, "head.4.weight", 1), argument);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "head.4.weight"));
    ck_assert_int_eq(libnc_penalty_set_decay(penalty, "", 1), argument);
    ck_assert_int_eq(libnc_penalty_get_decay(NULL, "features", &decay), argument);
    ck_assert_int_eq(libnc_penalty_get_decay(penalty, NULL, &decay), argument);
    ck_assert_int_eq(libnc_penalty_get_decay(penalty, "nothing", &decay), argument);
    ck_assert_int_eq(libnc_penalty_get_decay(penalty, "features", NULL), argument);
    ck_assert_double_eq(decay, 7);
    libnc_penalty_destroy(penalty);
}
END_TEST

/* A model that energies are for: free features and one layer. */
static libnc_penalty *make_peeled(void)
{
    static const int64_t counts[] = {2, 1, 3}, width = 4;
    libnc_classes *classes = NULL;
    libnc_model *model = NULL;
    ck_assert_int_eq(libnc_classes_from_counts(&classes, context, counts, 3), LIBNC_OK);
    ck_assert_int_eq(libnc_model_create_free(&model, context, LIBNC_FLOAT64, classes, 1, &width, 0),
                     LIBNC_OK);
    libnc_penalty *penalty = make(model);
    libnc_model_destroy(model);
    libnc_classes_destroy(classes);
    return penalty;
}

static void check_energies(const libnc_penalty *penalty, double weight, double feature)
{
    double energies[2] = {NAN, NAN};
    ck_assert_int_eq(libnc_penalty_get_energies(penalty, &energies[0], &energies[1]), LIBNC_OK);
    ck_assert_double_eq(energies[0], weight);
    ck_assert_double_eq(energies[1], feature);
    ck_assert_int_eq(libnc_penalty_get_energies(penalty, NULL, NULL), LIBNC_OK);
}

START_TEST(test_energies)
{
    libnc_penalty *penalty = make_peeled();
    check_energies(penalty, 0, 0);
    ck_assert_int_eq(libnc_penalty_set_energies(penalty, 1, 5), LIBNC_OK);
    check_energies(penalty, 1, 5);
    ck_assert_int_eq(libnc_penalty_set_energies(penalty, 2, 0.5), LIBNC_OK);
    check_energies(penalty, 2, 0.5);
    ck_assert_int_eq(libnc_penalty_set_energies(penalty, 0, 0), LIBNC_OK);
    check_energies(penalty, 0, 0);
    libnc_penalty_destroy(penalty);
}
END_TEST

/* Energies are in place of decays: the second of the two that is set is refused. */
START_TEST(test_energies_exclude_decays)
{
    static const char *const names[] = {"features", "head.1.weight"};
    const double zero = 0, one = 1;
    libnc_penalty *penalty = make_peeled();
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(libnc_penalty_set_decay(penalty, names[i], 0.1), LIBNC_OK);
        ck_assert_int_eq(libnc_penalty_set_energies(penalty, 1, 5), LIBNC_ERROR_STATE);
        check_energies(penalty, 0, 0);
        ck_assert_int_eq(libnc_penalty_set_energies(penalty, 0, 0), LIBNC_OK);
        ck_assert_int_eq(libnc_penalty_set_decay(penalty, names[i], 0), LIBNC_OK);
    }
    ck_assert_int_eq(libnc_penalty_set_energies(penalty, 1, 5), LIBNC_OK);
    ck_assert_int_eq(libnc_penalty_set_decay(penalty, "features", 1), LIBNC_ERROR_STATE);
    ck_assert_int_eq(libnc_penalty_set_feature_decay(penalty, 1), LIBNC_ERROR_STATE);
    ck_assert_int_eq(libnc_penalty_set_weight_decay(penalty, &one, 1), LIBNC_ERROR_STATE);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "energies"));
    ck_assert_double_eq(decay_of(penalty, "features"), 0);
    ck_assert_double_eq(decay_of(penalty, "head.1.weight"), 0);
    ck_assert_int_eq(libnc_penalty_set_weight_decay(penalty, &zero, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_penalty_set_feature_decay(penalty, 0), LIBNC_OK);
    libnc_penalty_destroy(penalty);
}
END_TEST

START_TEST(test_energies_refuse)
{
    static const double wrong[] = {-1e-300, NAN, INFINITY, -INFINITY, 9.9e-101, 1.01e100};
    libnc_penalty *penalty = make_peeled();
    ck_assert_int_eq(libnc_penalty_set_energies(NULL, 1, 1), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_penalty_get_energies(NULL, NULL, NULL), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_penalty_set_energies(penalty, 1, 5), LIBNC_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert_int_eq(libnc_penalty_set_energies(penalty, wrong[i], 1), LIBNC_ERROR_ARGUMENT);
        ck_assert_int_eq(libnc_penalty_set_energies(penalty, 1, wrong[i]), LIBNC_ERROR_ARGUMENT);
    }
    ck_assert_int_eq(libnc_penalty_set_energies(penalty, 0, 1), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_penalty_set_energies(penalty, 1, 0), LIBNC_ERROR_ARGUMENT);
    check_energies(penalty, 1, 5);
    libnc_penalty_destroy(penalty);
    const libnc_model *models[] = {free_model, backbone_model};
    static const char *const reasons[] = {"several layers", "a backbone"};
    for (int m = 0; m < 2; m++) {
        penalty = make(models[m]);
        ck_assert_int_eq(libnc_penalty_set_energies(penalty, 1, 5), LIBNC_ERROR_UNSUPPORTED);
        ck_assert_ptr_nonnull(strstr(libnc_context_error(context), reasons[m]));
        ck_assert_int_eq(libnc_penalty_set_energies(penalty, 0, 0), LIBNC_OK);
        libnc_penalty_destroy(penalty);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("penalty");
    TCase *tests = add_case(suite, "penalty", 30);
    tcase_add_checked_fixture(tests, setup_models, teardown_models);
    tcase_add_test(tests, test_starts_at_zero);
    tcase_add_test(tests, test_weight_decay);
    tcase_add_test(tests, test_feature_decay_of_free_features_is_one_value);
    tcase_add_test(tests, test_feature_decay_of_a_backbone);
    tcase_add_test(tests, test_outlives_the_model);
    tcase_add_test(tests, test_refuses);
    tcase_add_test(tests, test_energies);
    tcase_add_test(tests, test_energies_exclude_decays);
    tcase_add_test(tests, test_energies_refuse);
    return run_suite(suite);
}
