/* SPDX-License-Identifier: MIT
 *
 * test_convex_peeled.c: the layer-peeled model against Figure 3 of Fang et al. (PNAS 2021), all
 * points, as groups and in general; its thresholds; what energies do; and how long it takes.
 *
 * R is no ratio of small integers, so classes have one sample each and the majority the weight R,
 * which is the same problem: in the energy form a sample's features are its class mean.
 */
#include "support/geometry_fixture.h"
#include "support/peeled_model.h"

static const int64_t ones[PEELED_CLASSES] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

static void set_ratio(const fixture *f, int majority, double ratio)
{
    double weights[PEELED_CLASSES];
    for (int k = 0; k < PEELED_CLASSES; k++)
        weights[k] = k < majority ? ratio : 1;
    ck_assert_int_eq(libnc_geometry_set_class_weights(f->geometry, weights, PEELED_CLASSES),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_solve(f->geometry), LIBNC_OK);
}

static fixture peeled(int64_t symmetry)
{
    const setting plain = {.counts = ones, .classes = PEELED_CLASSES, .depth = 1, .loss = CE};
    fixture f = prepare(&plain);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_FORM, LIBNC_GEOMETRY_FORM_ENERGY);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_SYMMETRY, symmetry);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_NORMALISE_WEIGHTS, 1);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_FEATURE_ENERGY, 5);
    return f;
}

static double ratio_of(const peeled_point *point)
{
    return pow(10, 0.1 * point->step);
}

/* Cosine of classifiers a and b. */
static double cosine(const double *gram, int a, int b)
{
    const int K = PEELED_CLASSES;
    return gram[a * K + b] / sqrt(gram[a * K + a] * gram[b * K + b]);
}

static void check_angles(const fixture *f, const peeled_point *point)
{
    const int K = PEELED_CLASSES;
    double gram[PEELED_CLASSES * PEELED_CLASSES];
    int32_t lost[PEELED_CLASSES];
    ck_assert_int_eq(libnc_geometry_classifier_gram(f->geometry, 1, gram, (size_t)(K * K)),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_lost_classes(f->geometry, lost, (size_t)K), LIBNC_OK);
    ck_assert_double_le(fabs(cosine(gram, 0, 1) - point->majority_cosine), 1e-6);
    ck_assert_double_le(fabs(sqrt(gram[0]) - point->majority_length), 1e-6);
    ck_assert_double_le(fabs(sqrt(gram[K * K - 1]) - point->minority_length), 1e-6);
    ck_assert_int_eq(lost[0], 0);
    ck_assert_int_eq(lost[K - 1], isnan(point->minority_cosine) != 0);
    if (!isnan(point->minority_cosine))
        ck_assert_double_le(fabs(cosine(gram, K - 2, K - 1) - point->minority_cosine), 1e-6);
}

START_TEST(figure_3)
{
    fixture f = peeled(_i);
    for (int i = 0; i < PEELED_POINTS; i++) {
        const peeled_point *point = &peeled_points[i];
        double loss, gap;
        set_ratio(&f, point->majority, ratio_of(point));
        ck_assert_int_eq(libnc_geometry_loss(f.geometry, &loss, &gap), LIBNC_OK);
        assert_relative(loss, point->loss, 1e-8);
        ck_assert_double_le(gap, 1e-10 * loss);
        check_angles(&f, point);
    }
    release(&f);
}
END_TEST

/* R_0 of [B], where minority classifiers begin to coincide, and R_1, where they vanish; both sides
 * of each by 1e-6 and within 1e-9. */
START_TEST(thresholds)
{
    static const struct {
        int majority;
        double ratio;
        int vanish;
    } known[] = {{3, 245.496912, 0}, {5, 12.192447, 0}, {7, 4.000467, 0}, {7, 5.7053302, 1}};
    fixture f = peeled(_i % 2);
    for (int side = -1; side <= 1; side += 2) {
        double gram[PEELED_CLASSES * PEELED_CLASSES], gap, loss;
        int32_t lost[PEELED_CLASSES];
        const double ratio = known[_i / 2].ratio * (1 + 1e-6 * side);
        set_ratio(&f, known[_i / 2].majority, ratio);
        ck_assert_int_eq(libnc_geometry_classifier_gram(f.geometry, 1, gram, 100), LIBNC_OK);
        ck_assert_int_eq(libnc_geometry_lost_classes(f.geometry, lost, PEELED_CLASSES), LIBNC_OK);
        const double difference = 2 * (gram[99] - gram[98]) / gram[0];
        if (known[_i / 2].vanish)
            ck_assert_int_eq(lost[9], side > 0);
        else if (side > 0)
            ck_assert_double_le(fabs(difference), 1e-12);
        else
            ck_assert_double_gt(difference, 1e-8);
        set_ratio(&f, known[_i / 2].majority, known[_i / 2].ratio * (1 + 1e-9 * side));
        ck_assert_int_eq(libnc_geometry_loss(f.geometry, &loss, &gap), LIBNC_OK);
        ck_assert_double_le(gap, 1e-10 * loss);
    }
    release(&f);
}
END_TEST

/* Balanced: alpha = K rho/(K-1); in closed form, in general, and by repeating what is rare. */
START_TEST(balanced)
{
    const double expected = 0.559781524, alpha = 10 * sqrt(5) / 9;
    fixture f = peeled(_i);
    set_ratio(&f, 3, 1);
    double logits[100], loss, gap, multiplier;
    ck_assert_int_eq(libnc_geometry_loss(f.geometry, &loss, &gap), LIBNC_OK);
    ck_assert_double_le(fabs(loss - expected), 1e-9);
    ck_assert_double_le(gap, 1e-12);
    assert_relative(loss, log1p(9 * exp(-alpha)), 1e-14);
    ck_assert_int_eq(libnc_geometry_logits(f.geometry, logits, 100), LIBNC_OK);
    for (int i = 0; i < 100; i++)
        ck_assert_double_le(fabs(logits[i] - alpha * ((i % 11 == 0) - 0.1)), 1e-9);
    ck_assert_int_eq(libnc_geometry_multiplier(f.geometry, &multiplier), LIBNC_OK);
    assert_relative(multiplier, 1 / (exp(alpha) + 9), 1e-9);
    release(&f);
}
END_TEST

/* Minority samples repeated R times: the balanced problem again, whatever the counts. */
START_TEST(oversampling_restores_the_simplex)
{
    const int64_t counts[4] = {60, 60, 12, 12};
    const double weights[4] = {1, 1, 5, 5};
    const setting plain = {.counts = counts, .classes = 4, .depth = 1, .loss = CE};
    fixture f = prepare(&plain);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_FORM, LIBNC_GEOMETRY_FORM_ENERGY);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_NORMALISE_WEIGHTS, 1);
    ck_assert_int_eq(libnc_geometry_set_class_weights(f.geometry, weights, 4), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    const double alpha = 4. / 3;
    double logits[16];
    assert_relative(loss_of(&f), log1p(3 * exp(-alpha)), 1e-10);
    ck_assert_int_eq(libnc_geometry_logits(f.geometry, logits, 16), LIBNC_OK);
    for (int i = 0; i < 16; i++)
        ck_assert_double_le(fabs(logits[i] - alpha * ((i % 5 == 0) - 0.25)), 1e-8);
    release(&f);
}
END_TEST

/* mu = -dL/dtau, tau = K sqrt(E_W E_H), by central differences. */
START_TEST(multiplier_is_the_slope)
{
    fixture f = peeled(1);
    double multiplier, loss[2];
    set_ratio(&f, 4, 20);
    ck_assert_int_eq(libnc_geometry_multiplier(f.geometry, &multiplier), LIBNC_OK);
    const double tau = 10 * sqrt(5), step = 1e-4;
    for (int i = 0; i < 2; i++) {
        const double rho = (tau + (i ? step : -step)) / 10;
        set_number(f.geometry, LIBNC_GEOMETRY_OPTION_FEATURE_ENERGY, rho * rho);
        ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
        loss[i] = loss_of(&f);
    }
    ck_assert_double_le(fabs((loss[0] - loss[1]) / (2 * step) / multiplier - 1), 1e-6);
    release(&f);
}
END_TEST

/* Only E_W E_H matters for angles and logits; the energies themselves are met. */
START_TEST(energies_scale_the_factors)
{
    fixture f = peeled(1), g = peeled(1);
    set_number(g.geometry, LIBNC_GEOMETRY_OPTION_FEATURE_ENERGY, 0.5);
    set_number(g.geometry, LIBNC_GEOMETRY_OPTION_CLASSIFIER_ENERGY, 10);
    set_ratio(&f, 4, 20);
    set_ratio(&g, 4, 20);
    ck_assert_double_eq_tol(loss_of(&f), loss_of(&g), 1e-13);
    double w[2][100], h[2][100], values[2][10], trace[2][2] = {{0}}, sum = 0;
    const fixture *both[2] = {&f, &g};
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(libnc_geometry_classifier_gram(both[i]->geometry, 1, w[i], 100), LIBNC_OK);
        ck_assert_int_eq(libnc_geometry_feature_gram(both[i]->geometry, 1, h[i], 100), LIBNC_OK);
        for (int k = 0; k < 10; k++) {
            trace[i][0] += w[i][11 * k];
            trace[i][1] += h[i][11 * k];
        }
    }
    assert_relative(trace[0][0], 10, 1e-12);
    assert_relative(trace[0][1], 50, 1e-12);
    assert_relative(trace[1][0], 100, 1e-12);
    assert_relative(trace[1][1], 5, 1e-12);
    for (int i = 0; i < 100; i++) {
        ck_assert_double_le(fabs(w[1][i] - 10 * w[0][i]), 1e-8);
        ck_assert_double_le(fabs(h[1][i] - 0.1 * h[0][i]), 1e-8);
    }
    ck_assert_int_eq(libnc_geometry_singular_values(f.geometry, values[0], 10), LIBNC_OK);
    for (int k = 0; k < 10; k++)
        sum += values[0][k];
    assert_relative(sum, 10 * sqrt(5), 1e-12);
    for (int layer = 0; layer < 2; layer++) { /* s_i sqrt(E_W/E_H) of W, its inverse of H */
        ck_assert_int_eq(libnc_geometry_layer_singular_values(f.geometry, layer, values[1], 10),
                         LIBNC_OK);
        for (int k = 0; k < 10; k++)
            ck_assert_double_le(
                fabs(values[1][k] * values[1][k] - values[0][k] * (layer ? 1 / sqrt(5) : sqrt(5))),
                1e-12);
    }
    release(&g);
    release(&f);
}
END_TEST

/* Smoothed targets are met by alpha (I - J/K); energies beyond are left alone. */
START_TEST(energies_that_do_not_bind)
{
    const double delta = 0.1, alpha = log(1 + 10 * (1 - delta) / delta),
                 own = 1 - delta + delta / 10;
    fixture f = peeled(_i);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_LABEL_SMOOTHING, delta);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_FEATURE_ENERGY, 100);
    set_ratio(&f, 4, 20);
    double logits[100], multiplier, loss, gap;
    ck_assert_int_eq(libnc_geometry_loss(f.geometry, &loss, &gap), LIBNC_OK);
    assert_relative(loss, -own * log(own) - 9 * delta / 10 * log(delta / 10), 1e-14);
    ck_assert_double_le(gap, 1e-12);
    ck_assert_int_eq(is_unique(&f), 0);
    ck_assert_int_eq(libnc_geometry_multiplier(f.geometry, &multiplier), LIBNC_OK);
    ck_assert_double_le(multiplier, 1e-15);
    ck_assert_int_eq(libnc_geometry_logits(f.geometry, logits, 100), LIBNC_OK);
    for (int i = 0; i < 100; i++)
        ck_assert_double_le(fabs(logits[i] - alpha * ((i % 11 == 0) - 0.1)), 1e-12);
    set_ratio(&f, 4, 1); /* balanced: in closed form as groups */
    assert_relative(loss_of(&f), loss, 1e-13);
    ck_assert_int_eq(is_unique(&f), 0);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_FEATURE_ENERGY,
               1e60); /* as sure, whatever is left */
    set_ratio(&f, 4, 20);
    ck_assert_int_eq(libnc_geometry_loss(f.geometry, &loss, &gap), LIBNC_OK);
    ck_assert_double_le(gap, 1e-12);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_FEATURE_ENERGY, 1);
    set_ratio(&f, 4, 1);
    ck_assert_int_eq(is_unique(&f), 1);
    ck_assert_double_gt(loss_of(&f), loss);
    release(&f);
}
END_TEST

/* A loss below the range of a double is refused, not given wrongly; just above it is solved. */
START_TEST(extreme_energies)
{
    fixture f = peeled(1);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_FEATURE_ENERGY, 1e3);
    set_ratio(&f, 4, 20);
    double loss, gap;
    ck_assert_int_eq(libnc_geometry_loss(f.geometry, &loss, &gap), LIBNC_OK);
    ck_assert_double_gt(loss, 1e-16);
    ck_assert_double_lt(loss, 1e-14);
    ck_assert_double_le(gap, 1e-10 * loss);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_FEATURE_ENERGY, 1e100);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_ERROR_NUMERICAL);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_FEATURE_ENERGY, 1e-100); /* nothing is learned */
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    assert_relative(loss_of(&f), log(10), 1e-14);
    release(&f);
    /* two classes of weights so far apart that one is met exactly long before the other */
    const int64_t counts[2] = {755, 755};
    const double weights[2] = {.39, 2.5e36};
    const setting plain = {.counts = counts, .classes = 2, .depth = 1, .loss = CE};
    f = prepare(&plain);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_FORM, LIBNC_GEOMETRY_FORM_ENERGY);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_CLASSIFIER_ENERGY, 1e20);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_FEATURE_ENERGY, 1e40);
    ck_assert_int_eq(libnc_geometry_set_class_weights(f.geometry, weights, 2), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_ERROR_NUMERICAL);
    release(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("convex_peeled");
    TCase *tests = add_case(suite, "convex_peeled", 120);
    tcase_add_loop_test(tests, figure_3, 0, 2);
    tcase_add_loop_test(tests, thresholds, 0, 8);
    tcase_add_loop_test(tests, balanced, 0, 2);
    tcase_add_test(tests, oversampling_restores_the_simplex);
    tcase_add_test(tests, multiplier_is_the_slope);
    tcase_add_test(tests, energies_scale_the_factors);
    tcase_add_loop_test(tests, energies_that_do_not_bind, 0, 2);
    tcase_add_test(tests, extreme_energies);
    return run_suite(suite);
}
