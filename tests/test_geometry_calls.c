/* SPDX-License-Identifier: MIT
 *
 * test_geometry_calls.c: arguments, states and cost of the geometry's calls.
 */
#include "support/faults.h"
#include "support/geometry_fixture.h"

#include "geometry/geometry_internal.h"

#include <float.h>
#include <string.h>

static const int64_t COUNTS[] = {5, 3, 3, 1};
static const setting PLAIN = {.counts = COUNTS, .classes = 4, .depth = 2, .bias = 1};

static void assert_error(const fixture *f, libnc_status status, libnc_status expected,
                         const char *text)
{
    ck_assert_int_eq(status, expected);
    ck_assert_msg(strstr(libnc_context_error(f->context), text) != NULL, "\"%s\" lacks \"%s\"",
                  libnc_context_error(f->context), text);
}

START_TEST(create_arguments)
{
    fixture f = prepare(&PLAIN);
    libnc_geometry *geometry = f.geometry;
    ck_assert_int_eq(libnc_geometry_create(&geometry, NULL, 1), LIBNC_ERROR_ARGUMENT);
    assert_error(&f, libnc_geometry_create(NULL, f.classes, 1), LIBNC_ERROR_ARGUMENT, "geometry");
    const int32_t depths[] = {0, -1, 1001, INT32_MAX, INT32_MIN};
    for (int i = 0; i < 5; i++)
        assert_error(&f, libnc_geometry_create(&geometry, f.classes, depths[i]),
                     LIBNC_ERROR_ARGUMENT, "depth = ");
    ck_assert_ptr_eq(geometry, f.geometry);
    ck_assert_int_eq(libnc_geometry_depth(f.geometry), 2);
    ck_assert_int_eq(libnc_geometry_depth(NULL), 0);
    ck_assert_ptr_null(libnc_geometry_options(NULL));
    ck_assert_ptr_null(libnc_geometry_classes(NULL));
    ck_assert_int_eq(libnc_geometry_status(NULL), 0);
    const libnc_classes *classes = libnc_geometry_classes(f.geometry);
    ck_assert_ptr_ne(classes, f.classes);
    ck_assert_int_eq(libnc_classes_count(classes), 4);
    ck_assert_mem_eq(libnc_classes_counts(classes), COUNTS, sizeof COUNTS);
    libnc_geometry_destroy(NULL);
    release(&f);
}
END_TEST

START_TEST(weight_decay_arguments)
{
    const double good[] = {0.1, 0.2, 0.3}, wrong[] = {0, -1, (double)NAN, (double)INFINITY, 1e301};
    fixture f = solve(&PLAIN);
    const double loss = loss_of(&f);
    ck_assert_int_eq(libnc_geometry_set_weight_decay(NULL, good, 1), LIBNC_ERROR_ARGUMENT);
    assert_error(&f, libnc_geometry_set_weight_decay(f.geometry, NULL, 1), LIBNC_ERROR_ARGUMENT,
                 "decays");
    const int32_t counts[] = {0, -1, 3, INT32_MAX};
    for (int i = 0; i < 4; i++)
        assert_error(&f, libnc_geometry_set_weight_decay(f.geometry, good, counts[i]),
                     LIBNC_ERROR_DIMENSION, "count = ");
    for (int i = 0; i < 5; i++) {
        const double decays[] = {0.1, wrong[i]};
        assert_error(&f, libnc_geometry_set_weight_decay(f.geometry, decays, 2),
                     LIBNC_ERROR_ARGUMENT, "decays[1] = ");
    }
    ck_assert(loss_of(&f) == loss); /* still solved: nothing was changed */
    ck_assert_int_eq(libnc_geometry_set_weight_decay(f.geometry, good, 2), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    ck_assert_double_gt(loss_of(&f), loss);
    release(&f);
}
END_TEST

START_TEST(getters_give_what_is_set)
{
    const double weights[] = {1, 2, 3, 0.5}, set[] = {0.1, 0.2}, one = 0.25;
    double decays[2], found[4];
    fixture f = prepare(&PLAIN);
    ck_assert_int_eq(libnc_geometry_class_weights(f.geometry, found, 4), LIBNC_OK);
    for (int k = 0; k < 4; k++)
        ck_assert(found[k] == 1);
    ck_assert_int_eq(libnc_geometry_set_class_weights(f.geometry, weights, 4), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_class_weights(f.geometry, found, 4), LIBNC_OK);
    ck_assert_mem_eq(found, weights, sizeof weights);
    ck_assert_int_eq(libnc_geometry_set_weight_decay(f.geometry, set, 2), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_weight_decays(f.geometry, decays, 2), LIBNC_OK);
    ck_assert_mem_eq(decays, set, sizeof set);
    ck_assert_int_eq(libnc_geometry_set_weight_decay(f.geometry, &one, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_weight_decays(f.geometry, decays, 2), LIBNC_OK);
    ck_assert(decays[0] == one && decays[1] == one);
    release(&f);
}
END_TEST

START_TEST(option_bounds)
{
    fixture f = prepare(&PLAIN);
    libnc_options *options = libnc_geometry_options(f.geometry);
    const struct {
        const char *name, *good, *wrong;
    } texts[] = {{"loss", "focal", "hinge"},
                 {"bias", "0", "2"},
                 {"width", "3", "-1"},
                 {"feature_decay", "1e-3", "0"},
                 {"feature_decay", "2", "nan"},
                 {"label_smoothing", "0.1", "1"},
                 {"focal_gamma", "0", "101"},
                 {"focal_gamma", "100", "-0.5"},
                 {"feature_decay", "1e-300", "inf"},
                 {"form", "energy", "energies"},
                 {"classifier_energy", "5", "-1"},
                 {"classifier_energy", "1e-100", "nan"},
                 {"feature_energy", "1e100", "0"},
                 {"feature_energy", "1", "inf"},
                 {"symmetry", "0", "2"},
                 {"tolerance", "0", "1"},
                 {"tolerance", "1e-6", "-1e-9"},
                 {"normalise_weights", "1", "-1"},
                 {"max_iterations", "1", "0"},
                 {"starts", "10", "-1"},
                 {"seed", "7", "-1"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ck_assert_int_eq(libnc_options_set_text(options, texts[i].name, texts[i].good), LIBNC_OK);
        ck_assert_int_eq(libnc_options_set_text(options, texts[i].name, texts[i].wrong),
                         LIBNC_ERROR_ARGUMENT);
    }
    ck_assert_int_eq(libnc_options_count(options), 15);
    release(&f);
}
END_TEST

START_TEST(solve_refusals)
{
    ck_assert_int_eq(libnc_geometry_solve(NULL), LIBNC_ERROR_ARGUMENT);
    fixture f = prepare(&PLAIN);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_LOSS, CE);
    assert_error(&f, libnc_geometry_solve(f.geometry), LIBNC_ERROR_UNSUPPORTED, "counts");
    release(&f);
    const int64_t equal[] = {2, 2, 2, 2};
    const setting balanced = {.counts = equal, .classes = 4, .depth = 2};
    f = solve(&balanced);
    const double loss = loss_of(&f);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_LABEL_SMOOTHING, 0.1);
    assert_error(&f, libnc_geometry_solve(f.geometry), LIBNC_ERROR_ARGUMENT, "label_smoothing");
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_LOSS, CE);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_WIDTH, 2);
    assert_error(&f, libnc_geometry_solve(f.geometry), LIBNC_ERROR_UNSUPPORTED, "width = 2");
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_WIDTH, 3);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_LABEL_SMOOTHING, 0);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_LOSS, FOCAL);
    assert_error(&f, libnc_geometry_solve(f.geometry), LIBNC_ERROR_UNSUPPORTED, "depth = 2");
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_LOSS, MSE);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_WIDTH, 0);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    ck_assert(loss_of(&f) == loss);
    const double large[] = {1e300, 1e300};
    ck_assert_int_eq(libnc_geometry_set_weight_decay(f.geometry, large, 2), LIBNC_OK);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, DBL_MIN);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK); /* all lost: nothing overflows */
    const double apart[] = {DBL_MIN, 1e300}; /* sigma(W_1 H)^2 = e^2/(lh lw_1), e = 1e-105 */
    ck_assert_int_eq(libnc_geometry_set_weight_decay(f.geometry, apart, 2), LIBNC_OK);
    assert_error(&f, libnc_geometry_solve(f.geometry), LIBNC_ERROR_NUMERICAL, "overflow");
    release(&f);
}
END_TEST

/* Every getter through one shape: K values, or K K. */
static libnc_status get(int which, const libnc_geometry *geometry, double *values, size_t size)
{
    switch (which) {
    case 0: return libnc_geometry_singular_values(geometry, values, size);
    case 1: return libnc_geometry_layer_singular_values(geometry, 1, values, size);
    case 2: return libnc_geometry_lengths(geometry, 1, values, NULL, size);
    case 3: return libnc_geometry_lengths(geometry, 1, NULL, values, size);
    case 4: return libnc_geometry_class_logits(geometry, values, size);
    case 5: return libnc_geometry_bias(geometry, values, size);
    case 6: return libnc_geometry_lost_classes(geometry, (int32_t *)values, size);
    case 7: return libnc_geometry_classifier_gram(geometry, 1, values, size);
    case 8: return libnc_geometry_feature_gram(geometry, 1, values, size);
    default: return libnc_geometry_logits(geometry, values, size);
    }
}

enum { GETTERS = 10, FIRST_MATRIX = 7 };

START_TEST(getter_arguments)
{
    fixture f = prepare(&PLAIN);
    double values[17];
    const size_t right = _i < FIRST_MATRIX ? 4 : 16;
    for (int i = 0; i < 17; i++)
        values[i] = -7;
    ck_assert_int_eq(get(_i, NULL, values, right), LIBNC_ERROR_ARGUMENT);
    assert_error(&f, get(_i, f.geometry, values, right), LIBNC_ERROR_STATE, "not solved");
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    const size_t sizes[] = {0, 1, 17, SIZE_MAX};
    for (int i = 0; i < 4; i++)
        assert_error(&f, get(_i, f.geometry, values, sizes[i]), LIBNC_ERROR_DIMENSION, "size = ");
    assert_error(&f, get(_i, f.geometry, NULL, right), LIBNC_ERROR_ARGUMENT, "NULL");
    for (int i = 0; i < 17; i++)
        ck_assert(values[i] == -7);
    ck_assert_int_eq(get(_i, f.geometry, values, right), LIBNC_OK);
    ck_assert(values[right] == -7);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_BIAS, 0);
    assert_error(&f, get(_i, f.geometry, values, right), LIBNC_ERROR_STATE, "changed");
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    const double decay = 0.01;
    ck_assert_int_eq(libnc_geometry_set_weight_decay(f.geometry, &decay, 1), LIBNC_OK);
    assert_error(&f, get(_i, f.geometry, values, right), LIBNC_ERROR_STATE, "changed");
    ck_assert_int_eq(libnc_geometry_status(f.geometry), 0);
    release(&f);
}
END_TEST

START_TEST(layer_arguments)
{
    fixture f = solve(&PLAIN);
    double values[16];
    const int32_t layers[] = {-1, 3, INT32_MAX, INT32_MIN, 0};
    for (int i = 0; i < 5; i++) {
        const int32_t layer = layers[i];
        if (layer != 0)
            assert_error(&f, libnc_geometry_layer_singular_values(f.geometry, layer, values, 4),
                         LIBNC_ERROR_ARGUMENT, "layer = ");
        assert_error(&f, libnc_geometry_lengths(f.geometry, layer, values, values, 4),
                     LIBNC_ERROR_ARGUMENT, "layer = ");
        assert_error(&f, libnc_geometry_classifier_gram(f.geometry, layer, values, 16),
                     LIBNC_ERROR_ARGUMENT, "layer = ");
        assert_error(&f, libnc_geometry_feature_gram(f.geometry, layer, values, 16),
                     LIBNC_ERROR_ARGUMENT, "layer = ");
    }
    ck_assert_int_eq(libnc_geometry_layer_singular_values(f.geometry, 0, values, 4), LIBNC_OK);
    release(&f);
}
END_TEST

START_TEST(scalar_getters)
{
    double loss = -7, gap = -7;
    int32_t unique = -7;
    fixture f = prepare(&PLAIN);
    ck_assert_int_eq(libnc_geometry_loss(NULL, &loss, &gap), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_geometry_unique(NULL, &unique), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(nc__geometry_check(NULL), LIBNC_ERROR_ARGUMENT);
    assert_error(&f, libnc_geometry_loss(f.geometry, &loss, &gap), LIBNC_ERROR_STATE, "solved");
    assert_error(&f, libnc_geometry_unique(f.geometry, &unique), LIBNC_ERROR_STATE, "solved");
    ck_assert(loss == -7 && gap == -7 && unique == -7);
    ck_assert_int_eq(libnc_geometry_status(f.geometry), 0);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    assert_error(&f, libnc_geometry_loss(f.geometry, NULL, &gap), LIBNC_ERROR_ARGUMENT, "loss");
    assert_error(&f, libnc_geometry_unique(f.geometry, NULL), LIBNC_ERROR_ARGUMENT, "unique");
    ck_assert_int_eq(libnc_geometry_loss(f.geometry, &loss, NULL), LIBNC_OK);
    ck_assert_double_gt(loss, 0);
    release(&f);
}
END_TEST

START_TEST(threshold_arguments)
{
    double value = -7;
    ck_assert_int_eq(libnc_geometry_thresholds(0, &value, &value), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_geometry_thresholds(INT32_MIN, &value, NULL), LIBNC_ERROR_ARGUMENT);
    ck_assert(value == -7);
    ck_assert_int_eq(libnc_geometry_thresholds(3, NULL, NULL), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_thresholds(INT32_MAX, &value, NULL), LIBNC_OK);
    ck_assert_double_eq_tol(value, 1, 1e-7);
}
END_TEST

/* ---- cost: 10,000 classes of 5 sizes, values and lengths, no K x K memory ---- */

enum { MANY = 10000 };

static void predict_many(libnc_context *context, const int64_t *counts, int64_t bias,
                         double *values, double *rows, double *means, double *logits)
{
    libnc_classes *classes;
    libnc_geometry *geometry;
    int32_t *lost = calloc(MANY, sizeof *lost);
    ck_assert_int_eq(libnc_classes_from_counts(&classes, context, counts, MANY), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_create(&geometry, classes, 3), LIBNC_OK);
    set_integer(geometry, LIBNC_GEOMETRY_OPTION_BIAS, bias);
    const double decay = 1e-9;
    ck_assert_int_eq(libnc_geometry_set_weight_decay(geometry, &decay, 1), LIBNC_OK);
    set_number(geometry, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, decay);
    ck_assert_int_eq(libnc_geometry_solve(geometry), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_singular_values(geometry, values, MANY), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_lengths(geometry, 1, rows, means, MANY), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_class_logits(geometry, logits, MANY), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_lost_classes(geometry, lost, MANY), LIBNC_OK);
    for (int k = 0; k < MANY; k++)
        ck_assert_int_eq(lost[k], 0);
    free(lost);
    libnc_geometry_destroy(geometry);
    libnc_classes_destroy(classes);
}

START_TEST(many_classes)
{
    faults allocator = {0};
    libnc_context *context;
    int64_t *counts = calloc(MANY, sizeof *counts);
    double *block = calloc(4 * MANY, sizeof *block);
    double *values = block, *rows = block + MANY, *means = rows + MANY, *logits = means + MANY;
    for (int k = 0; k < MANY; k++)
        counts[k] = 10 + 45 * (k * 7 % 5);
    ck_assert_int_eq(
        libnc_context_create_with_allocator(&context, faults_allocate, faults_release, &allocator),
        LIBNC_OK);
    predict_many(context, counts, _i, values, rows, means, logits);
    /* bytes: a few vectors of K, nothing near 8 K K = 8e8 */
    ck_assert_int_lt(allocator.peak_bytes, 64 * MANY);
    double squares = 0, lengths = 0;
    for (int k = 0; k < MANY; k++) {
        ck_assert(k == 0 || values[k] <= values[k - 1]);
        ck_assert(rows[k] > 0 && means[k] > 0 && logits[k] > 0.5 && logits[k] < 1);
        squares += values[k] * values[k];
        lengths += means[k] * (double)counts[k];
    }
    ck_assert_int_eq(values[MANY - 1] == 0, _i);
    /* M = 3: tr H^T H = sum e/lh, e = (c^4 s^2)^{1/4} with c^4 = 1e-36 */
    double energies = 0;
    for (int k = 0; k < MANY; k++)
        energies += pow(1e-36 * values[k] * values[k], 0.25);
    assert_relative(lengths * 1e-9, energies, 1e-10);
    ck_assert_double_gt(squares, 0);
    libnc_context_destroy(context);
    ck_assert_int_eq(allocator.live, 0);
    free(block);
    free(counts);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("geometry calls");
    TCase *calls = add_case(suite, "calls", 20), *cost = add_case(suite, "memory and cost", 60);
    tcase_add_test(calls, create_arguments);
    tcase_add_test(calls, weight_decay_arguments);
    tcase_add_test(calls, getters_give_what_is_set);
    tcase_add_test(calls, option_bounds);
    tcase_add_test(calls, solve_refusals);
    tcase_add_loop_test(calls, getter_arguments, 0, GETTERS);
    tcase_add_test(calls, layer_arguments);
    tcase_add_test(calls, scalar_getters);
    tcase_add_test(calls, threshold_arguments);
    tcase_add_loop_test(cost, many_classes, 0, 2);
    return run_suite(suite);
}
