/* SPDX-License-Identifier: MIT
 *
 * test_backbone.c: the shape of a backbone: layers one by one up to the last that fits, what it
 * refuses, and models that are made from it, which keep nothing of it. What a backbone computes is
 * in test_model.c and test_gradient.c.
 */
#include "support/backbones.h"

#include <string.h>

enum { MOST = 1000 };

/* The text names argument and value. */
static void assert_refused(libnc_status status, libnc_status code, const char *text)
{
    ck_assert_int_eq(status, code);
    ck_assert_msg(strstr(libnc_context_error(context), text) != NULL, "\"%s\" lacks \"%s\"",
                  libnc_context_error(context), text);
}

START_TEST(layer_by_layer)
{
    libnc_backbone *backbone = backbone_of(4, 0, NULL, NULL);
    ck_assert_int_eq(libnc_backbone_layers(backbone), 0);
    ck_assert_int_eq(libnc_backbone_outputs(backbone), 4);
    for (int32_t l = 1; l <= MOST; l++) {
        ck_assert_int_eq(libnc_backbone_add_affine(backbone, l, LIBNC_ACTIVATION_RELU), LIBNC_OK);
        ck_assert_int_eq(libnc_backbone_layers(backbone), l);
        ck_assert_int_eq(libnc_backbone_outputs(backbone), l);
    }
    assert_refused(libnc_backbone_add_affine(backbone, 7, LIBNC_ACTIVATION_RELU),
                   LIBNC_ERROR_UNSUPPORTED, "1000 layers");
    ck_assert_int_eq(libnc_backbone_layers(backbone), MOST);
    ck_assert_int_eq(libnc_backbone_outputs(backbone), MOST);
    libnc_backbone_destroy(backbone);
}
END_TEST

START_TEST(refuses)
{
    const int64_t huge = (int64_t)1 << 31;
    libnc_backbone *backbone = NULL;
    ck_assert_int_eq(libnc_backbone_create(&backbone, NULL, 4), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_backbone_add_affine(NULL, 4, 0), LIBNC_ERROR_ARGUMENT);
    assert_refused(libnc_backbone_create(NULL, context, 4), LIBNC_ERROR_ARGUMENT, "backbone");
    assert_refused(libnc_backbone_create(&backbone, context, 0), LIBNC_ERROR_ARGUMENT,
                   "inputs = 0");
    assert_refused(libnc_backbone_create(&backbone, context, -4), LIBNC_ERROR_ARGUMENT,
                   "inputs = -4");
    assert_refused(libnc_backbone_create(&backbone, context, huge), LIBNC_ERROR_MEMORY,
                   "inputs = 2147483648");
    ck_assert_ptr_null(backbone);
    backbone = backbone_of(4, 0, NULL, NULL);
    assert_refused(libnc_backbone_add_affine(backbone, 0, 0), LIBNC_ERROR_ARGUMENT, "outputs = 0");
    assert_refused(libnc_backbone_add_affine(backbone, huge, 0), LIBNC_ERROR_MEMORY,
                   "outputs = 2147483648");
    assert_refused(libnc_backbone_add_affine(backbone, 4, 2), LIBNC_ERROR_ARGUMENT,
                   "activation = 2");
    ck_assert_int_eq(libnc_backbone_layers(backbone), 0);
    libnc_backbone_destroy(backbone);
}
END_TEST

static void assert_shape(const libnc_model *model, int32_t index, const char *name, int64_t rows,
                         int64_t cols)
{
    const char *found;
    int64_t r, c;
    ck_assert_int_eq(libnc_model_parameter_info(model, index, &found, &r, &c), LIBNC_OK);
    ck_assert_str_eq(found, name);
    ck_assert(r == rows && c == cols);
}

/* Two models of one backbone, to which a layer is added between them, and which goes first. */
START_TEST(models_keep_nothing_of_it)
{
    const int64_t outputs[] = {8, 6};
    const int32_t activations[] = {LIBNC_ACTIVATION_RELU, LIBNC_ACTIVATION_IDENTITY};
    libnc_backbone *backbone = backbone_of(4, 1, outputs, activations);
    libnc_model *one, *two;
    ck_assert_int_eq(
        libnc_model_create_backbone(&one, backbone, LIBNC_FLOAT64, 3, 1, &outputs[0], 0), LIBNC_OK);
    ck_assert_int_eq(libnc_backbone_add_affine(backbone, outputs[1], activations[1]), LIBNC_OK);
    ck_assert_int_eq(
        libnc_model_create_backbone(&two, backbone, LIBNC_FLOAT32, 3, 1, &outputs[1], 0), LIBNC_OK);
    libnc_backbone_destroy(backbone);
    ck_assert_int_eq(libnc_model_parameter_count(one), 3);
    ck_assert_int_eq(libnc_model_parameter_count(two), 5);
    assert_shape(one, 0, "backbone.1.weight", 8, 4);
    assert_shape(one, 2, "head.1.weight", 3, 8);
    assert_shape(two, 2, "backbone.2.weight", 6, 8);
    assert_shape(two, 4, "head.1.weight", 3, 6);
    libnc_model_destroy(two);
    libnc_model_destroy(one);
}
END_TEST

START_TEST(nothing)
{
    libnc_backbone_destroy(NULL);
    ck_assert_int_eq(libnc_backbone_layers(NULL), 0);
    ck_assert_int_eq(libnc_backbone_outputs(NULL), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("backbone");
    const TTest *const tests[] = {layer_by_layer, refuses, models_keep_nothing_of_it, nothing};
    add_tests(suite, "backbone", tests, sizeof tests / sizeof *tests);
    return run_suite(suite);
}
