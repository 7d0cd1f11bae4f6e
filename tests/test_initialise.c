/* SPDX-License-Identifier: MIT
 *
 * test_initialise.c: random parameters: the moments of Gaussians, orthonormal rows or columns and
 * their uniformity, Kaiming's gains, and what the values do not depend on.
 */
#include "support/training_fixture.h"

static const int64_t counts[3] = {5, 2, 4}, widths[3] = {6, 7, 5};
static const int32_t activations[2] = {LIBNC_ACTIVATION_RELU, LIBNC_ACTIVATION_IDENTITY};

static int32_t type_of(int index)
{
    return index % 2 ? LIBNC_FLOAT32 : LIBNC_FLOAT64;
}

/* Mean and variance of a sample of Gaussians: five standard errors. */
static void check_gaussian(libnc_model *model, int32_t index, double deviation)
{
    const size_t size = parameter_size(model, index);
    double *values = parameter(model, index), sum = 0, squares = 0, fourth = 0;
    for (size_t i = 0; i < size; i++) {
        double x = values[i] / deviation;
        sum += x;
        squares += x * x;
        fourth += x * x * x * x;
    }
    const double n = (double)size;
    ck_assert_double_lt(fabs(sum / n), 5 / sqrt(n));
    ck_assert_double_lt(fabs(squares / n - 1), 5 * sqrt(2 / n));
    ck_assert_double_lt(fabs(fourth / n - 3), 5 * sqrt(96 / n));
    free(values);
}

static void check_zero(libnc_model *model, int32_t index)
{
    double *values = parameter(model, index);
    for (size_t i = 0; i < parameter_size(model, index); i++)
        ck_assert(values[i] == 0);
    free(values);
}

static const int64_t big_counts[2] = {150, 250}, big_widths[2] = {80, 120};

START_TEST(gaussian)
{
    libnc_model *model = free_model(type_of(_i), big_counts, 2, 2, big_widths, 1);
    randomise(model, 1, 1);
    must(libnc_model_initialise(model, LIBNC_INITIALISE_GAUSSIAN, 0.1, 5));
    for (int32_t i = 0; i < 3; i++)
        check_gaussian(model, i, 0.1);
    check_zero(model, 3);
    libnc_model_destroy(model);
}
END_TEST

START_TEST(kaiming)
{
    const int64_t outputs[2] = {200, 80};
    libnc_model *model =
        model_on(backbone_of(50, 2, outputs, activations), type_of(_i), 40, 2, big_widths, 1);
    must(libnc_model_initialise(model, LIBNC_INITIALISE_KAIMING, 3, 6));
    check_gaussian(model, 0, 3 * sqrt(2.0 / 50)); /* a ReLU follows */
    check_gaussian(model, 2, 3 * sqrt(1.0 / 200));
    check_gaussian(model, 4, 3 * sqrt(1.0 / 80));
    check_gaussian(model, 5, 3 * sqrt(1.0 / 120));
    check_zero(model, 1);
    check_zero(model, 3);
    check_zero(model, 6);
    libnc_model_destroy(model);
    model = free_model(type_of(_i), big_counts, 2, 2, big_widths, 0);
    must(libnc_model_initialise(model, LIBNC_INITIALISE_KAIMING, 3, 6));
    check_gaussian(model, 0, 3); /* free features have no inputs */
    libnc_model_destroy(model);
}
END_TEST

/* The shorter sides are orthonormal up to the scale. */
static void check_orthogonal(libnc_model *model, int32_t index, double scale)
{
    int64_t rows, cols;
    must(libnc_model_parameter_info(model, index, NULL, &rows, &cols));
    double *values = parameter(model, index);
    const double tolerance = libnc_model_scalar(model) == LIBNC_FLOAT32 ? 1e-6 : 1e-12;
    const int64_t vectors = rows < cols ? rows : cols, length = rows < cols ? cols : rows;
    const int64_t by_vector = rows < cols ? cols : 1, by_value = rows < cols ? 1 : cols;
    for (int64_t i = 0; i < vectors; i++)
        for (int64_t j = 0; j <= i; j++) {
            double sum = 0;
            for (int64_t l = 0; l < length; l++)
                sum += values[i * by_vector + l * by_value] * values[j * by_vector + l * by_value];
            if (!(fabs(sum / (scale * scale) - (i == j)) <= tolerance))
                ck_abort_msg("parameter %d: vectors %d, %d: %g", index, (int)i, (int)j, sum);
        }
    free(values);
}

START_TEST(orthogonal)
{
    libnc_model *model = free_model(type_of(_i), big_counts, 2, 2, big_widths, 1);
    must(libnc_model_initialise(model, LIBNC_INITIALISE_ORTHOGONAL, 0.3, 7));
    for (int32_t i = 0; i < 3; i++)
        check_orthogonal(model, i, 0.3);
    check_zero(model, 3);
    libnc_model_destroy(model);
}
END_TEST

/* Uniform over orthogonal matrices: without the signs of R, QR would give 1 x 1 a fixed sign, and
 * the first entry of 2 x 2 a mean that is not 0. */
START_TEST(orthogonal_is_uniform)
{
    const int64_t one = 1, two[2] = {1, 1};
    libnc_model *model = free_model(LIBNC_FLOAT64, two, 2, 1, &one, 0); /* W is 2 x 1 */
    double value[2], sum = 0, squares = 0;
    const int trials = 4000;
    for (int i = 0; i < trials; i++) {
        must(libnc_model_initialise(model, LIBNC_INITIALISE_ORTHOGONAL, 1, (uint64_t)i));
        must(libnc_model_get_parameter(model, 1, value, 2));
        sum += value[0];
        squares += value[0] * value[0];
    }
    ck_assert_double_lt(fabs(sum / trials), 5 * sqrt(0.5 / trials));
    ck_assert_double_lt(fabs(squares / trials - 0.5), 5 * sqrt(0.125 / trials));
    libnc_model_destroy(model);
}
END_TEST

/* Parameter i is a function of (scheme, scale, seed, i, its own shape). */
START_TEST(initialisation_does_not_depend_on_the_rest)
{
    static const int64_t wider[3] = {6, 7, 9}, other_counts[3] = {9, 9, 9};
    libnc_model *wide = free_model(LIBNC_FLOAT64, counts, 3, 3, widths, 1);
    libnc_model *narrow = free_model(LIBNC_FLOAT32, counts, 3, 3, widths, 1);
    libnc_model *other = free_model(LIBNC_FLOAT64, other_counts, 3, 3, wider, 0);
    for (int32_t scheme = 1; scheme <= 3; scheme++) {
        must(libnc_model_initialise(wide, scheme, 0.7, 11));
        must(libnc_model_initialise(narrow, scheme, 0.7, 11));
        must(libnc_model_initialise(other, scheme, 0.7, 11));
        ck_assert_double_lt(model_distance(wide, narrow), 1e-6);
        ck_assert(parameter_distance(wide, other, 1) == 0); /* 7 x 6 in both */
        must(libnc_model_initialise(other, scheme, 0.7, 12));
        ck_assert_double_gt(parameter_distance(wide, other, 1), 0.1);
        libnc_model *again = free_model(LIBNC_FLOAT64, counts, 3, 3, widths, 1);
        must(libnc_model_initialise(again, scheme, 0.7, 11));
        ck_assert(model_distance(wide, again) == 0);
        libnc_model_destroy(again);
    }
    libnc_model_destroy(wide);
    libnc_model_destroy(narrow);
    libnc_model_destroy(other);
}
END_TEST

START_TEST(initialise_refuses)
{
    libnc_model *model = free_model(LIBNC_FLOAT32, counts, 3, 3, widths, 1);
    libnc_model *kept = free_model(LIBNC_FLOAT32, counts, 3, 3, widths, 1);
    randomise(model, 1, 4);
    copy_parameters(model, kept);
    static const int32_t schemes[4] = {0, 4, -1, INT32_MAX};
    static const double scales[5] = {0, -1, NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 4; i++)
        FAILS(libnc_model_initialise(model, schemes[i], 1, 0), LIBNC_ERROR_ARGUMENT, "scheme = ");
    for (int i = 0; i < 5; i++)
        FAILS(libnc_model_initialise(model, 1, scales[i], 0), LIBNC_ERROR_ARGUMENT, "scale = ");
    for (int32_t scheme = 1; scheme <= 3; scheme++) /* more than a float holds */
        FAILS(libnc_model_initialise(model, scheme, 1e60, 0), LIBNC_ERROR_ARGUMENT, "scale = ");
    ck_assert(model_distance(model, kept) == 0);
    libnc_model_destroy(model);
    libnc_model_destroy(kept);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("initialise");
    TCase *tests = add_case(suite, "initialise", 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, gaussian, 0, 2);
    tcase_add_loop_test(tests, kaiming, 0, 2);
    tcase_add_loop_test(tests, orthogonal, 0, 2);
    tcase_add_test(tests, orthogonal_is_uniform);
    tcase_add_test(tests, initialisation_does_not_depend_on_the_rest);
    tcase_add_test(tests, initialise_refuses);
    return run_suite(suite);
}
