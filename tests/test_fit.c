/* SPDX-License-Identifier: MIT
 *
 * test_fit.c: the best fitting decay product, and comparisons without K x K matrices. Oracles:
 * planted minimisers, whose decays are known; dense matrices; closed forms.
 */
#include "metrics/metric_formulas.h"
#include "report/comparison.h"
#include "report/diagonal.h"
#include "support/report_fixture.h"

enum { K = 4, D = 6 };
static const int64_t unequal[K] = {200, 100, 50, 50}, equal[K] = {40, 40, 40, 40};

static libnc_geometry *problem(const int64_t *counts, int32_t depth, double weight_decay,
                               double feature_decay, int32_t loss, int32_t bias)
{
    libnc_classes *classes;
    libnc_geometry *geometry;
    must(libnc_classes_from_counts(&classes, context, counts, K));
    must(libnc_geometry_create(&geometry, classes, depth));
    must(libnc_geometry_set_weight_decay(geometry, &weight_decay, 1));
    libnc_options *options = libnc_geometry_options(geometry);
    must(libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, feature_decay));
    must(libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_LOSS, loss));
    must(libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_BIAS, bias));
    must(libnc_geometry_solve(geometry));
    libnc_classes_destroy(classes);
    return geometry;
}

/* A square root of the Gram matrix of 2 K vectors, the rows of P and the class means: Gram matrices
 * and logits are those of the prediction. */
static void factor(const libnc_geometry *geometry, double *p, double *means)
{
    double w[K * K], h[K * K], z[K * K], joint[4 * K * K], values[2 * K];
    must(libnc_geometry_classifier_gram(geometry, 1, w, K * K));
    must(libnc_geometry_feature_gram(geometry, 1, h, K * K));
    must(libnc_geometry_logits(geometry, z, K * K));
    for (int i = 0; i < 2 * K; i++)
        for (int j = 0; j < 2 * K; j++)
            joint[i * 2 * K + j] = i < K && j < K     ? w[i * K + j]
                                   : i >= K && j >= K ? h[(i - K) * K + j - K]
                                   : i < K            ? z[i * K + j - K]
                                                      : z[j * K + i - K];
    must(nc__symmetric_eigen(context, joint, 2 * K, values));
    for (int i = 0; i < 2 * K; i++) /* the largest D directions hold everything: rank <= K */
        for (int c = 0; c < D; c++) {
            const int e = 2 * K - 1 - c;
            double entry = sqrt(fmax(values[e], 0)) * joint[e * 2 * K + i];
            (i < K ? p : means)[i % K * D + c] = entry;
        }
}

/* A report on the minimiser with features of this scale, and layers: more than one repeat the
 * first, which the fit reads. */
static libnc_report *planted(const libnc_geometry *geometry, const int64_t *counts, int32_t depth,
                             double scale)
{
    double p[K * D], means[K * D];
    factor(geometry, p, means);
    for (int i = 0; i < K * D; i++)
        means[i] *= scale;
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, context, K, D));
    for (int32_t k = 0; k < K; k++)
        for (int64_t n = 0; n < counts[k]; n++)
            must(libnc_accumulator_update(a, means + k * D, LIBNC_FLOAT64, 1, D, &k,
                                          LIBNC_LABEL_INT32));
    const libnc_accumulator *accumulators[3] = {a, a, a};
    const double *classifiers[3] = {p, p, p};
    libnc_report *report;
    must(libnc_report_create(&report, context));
    must(libnc_report_measure_features(report, accumulators, classifiers, NULL, depth));
    libnc_accumulator_destroy(a);
    return report;
}

static const struct {
    const int64_t *counts;
    int32_t depth, loss, bias;
    double weight_decay, feature_decay;
} plants[] = {{unequal, 1, LIBNC_LOSS_MSE, 0, 5e-4, 5e-4},
              {unequal, 3, LIBNC_LOSS_MSE, 0, 5e-4, 5e-4},
              {unequal, 1, LIBNC_LOSS_MSE, 0, 3e-3, 1e-5},
              {unequal, 1, LIBNC_LOSS_MSE, 1, 5e-4, 5e-4},
              {unequal, 2, LIBNC_LOSS_MSE, 1, 1e-3, 1e-4},
              {equal, 1, LIBNC_LOSS_MSE, 0, 5e-4, 5e-4},
              {equal, 3, LIBNC_LOSS_MSE, 1, 1e-3, 1e-3},
              {equal, 1, LIBNC_LOSS_CROSS_ENTROPY, 1, 1e-3, 1e-4},
              {unequal, 1, LIBNC_LOSS_CROSS_ENTROPY, 0, 1e-3, 1e-3},
              {unequal, 1, LIBNC_LOSS_CROSS_ENTROPY, 1, 1e-3, 1e-4}};

START_TEST(planted_decays_are_found)
{
    const int32_t depth = plants[_i].depth;
    libnc_geometry *geometry = problem(plants[_i].counts, depth, plants[_i].weight_decay,
                                       plants[_i].feature_decay, plants[_i].loss, plants[_i].bias);
    libnc_report *report = planted(geometry, plants[_i].counts, depth, 1);
    const double expected = plants[_i].feature_decay * pow(plants[_i].weight_decay, depth);
    double product = 0, distance = -1;
    /* the decays of the geometry that is given do not matter; it ends solved, with those found */
    libnc_geometry *other =
        problem(plants[_i].counts, depth, 1e-7, 1e-2, plants[_i].loss, plants[_i].bias);
    must(libnc_report_fit_decay(report, other, &product, &distance));
    ck_assert_msg(fabs(product - expected) <= 1e-6 * expected, "plant %d: %g, not %g", _i, product,
                  expected);
    ck_assert_double_le(distance, 1e-7);
    must(libnc_report_compare(report, other, NAN));
    for (int32_t metric = LIBNC_METRIC_NC2_PREDICTED_FEATURES; metric <= LIBNC_METRIC_NC3_PREDICTED;
         metric++)
        ck_assert_double_le(value(report, metric, 1), 1e-7);
    libnc_geometry_destroy(other);
    libnc_report_destroy(report);
    libnc_geometry_destroy(geometry);
}
END_TEST

/* Features of another scale, so that shapes alone know the decays, in a report of one layer. */
START_TEST(shapes_alone_know_the_decays)
{
    const int32_t depth = plants[_i].depth;
    if (plants[_i].counts == equal)
        return;
    libnc_geometry *geometry = problem(plants[_i].counts, depth, plants[_i].weight_decay,
                                       plants[_i].feature_decay, plants[_i].loss, plants[_i].bias);
    libnc_report *report = planted(geometry, plants[_i].counts, 1, 3);
    const double expected = plants[_i].feature_decay * pow(plants[_i].weight_decay, depth);
    double product = 0, distance = -1;
    must(libnc_report_fit_decay(report, geometry, &product, &distance));
    ck_assert_msg(fabs(product - expected) <= 1e-6 * expected, "plant %d: %g, not %g", _i, product,
                  expected);
    ck_assert_double_le(distance, 1e-7);
    libnc_report_destroy(report);
    libnc_geometry_destroy(geometry);
}
END_TEST

/* The bottleneck goes through the two classes of 50: any direction of their plane will do, here
 * those that the getters do not give. */
START_TEST(one_of_many_minimisers)
{
    libnc_geometry *geometry = problem(unequal, 1, 5e-4, 5e-4, LIBNC_LOSS_MSE, 0);
    must(libnc_options_set_int64(libnc_geometry_options(geometry), LIBNC_GEOMETRY_OPTION_WIDTH, 3));
    must(libnc_geometry_solve(geometry));
    double p[K * D], means[K * D];
    factor(geometry, p, means);
    for (int c = 0; c < D; c++) { /* class 2 has a direction, class 3 none: share it */
        const double cosine = 0.6, sine = 0.8;
        p[3 * D + c] = sine * p[2 * D + c], p[2 * D + c] *= cosine;
        means[3 * D + c] = sine * means[2 * D + c], means[2 * D + c] *= cosine;
    }
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, context, K, D));
    for (int32_t k = 0; k < K; k++)
        for (int64_t n = 0; n < unequal[k]; n++)
            must(libnc_accumulator_update(a, means + k * D, LIBNC_FLOAT64, 1, D, &k,
                                          LIBNC_LABEL_INT32));
    const libnc_accumulator *accumulators[1] = {a};
    const double *classifiers[1] = {p};
    libnc_report *report;
    must(libnc_report_create(&report, context));
    must(libnc_report_measure_features(report, accumulators, classifiers, NULL, 1));
    double product = 0, distance = -1;
    must(libnc_report_fit_decay(report, geometry, &product, &distance));
    ck_assert_double_eq_tol(product, 25e-8, 25e-14);
    ck_assert_double_le(distance, 1e-7);
    libnc_report_destroy(report);
    libnc_accumulator_destroy(a);
    libnc_geometry_destroy(geometry);
}
END_TEST

/* Orthogonal frames of equal lengths are the limit of vanishing decays with unequal counts, too far
 * from there for any. */
START_TEST(the_end_of_the_range_is_no_fit)
{
    libnc_geometry *frame = problem(equal, 1, 5e-4, 5e-4, LIBNC_LOSS_MSE, 0);
    libnc_geometry *geometry = problem(unequal, 1, 5e-4, 5e-4, LIBNC_LOSS_MSE, 0);
    libnc_report *report = planted(frame, unequal, 1, 1);
    double product = 0, distance = -1, before[K], after[K];
    must(libnc_geometry_singular_values(geometry, before, K));
    must(libnc_report_fit_decay(report, geometry, &product, &distance));
    ck_assert_double_nan(product);
    ck_assert_double_ge(distance, 1e-3);
    /* there is nothing to leave it solved for: it stays */
    must(libnc_geometry_singular_values(geometry, after, K));
    ck_assert_mem_eq(before, after, sizeof before);
    libnc_report_destroy(report);
    libnc_geometry_destroy(geometry);
    libnc_geometry_destroy(frame);
}
END_TEST

START_TEST(what_can_not_be_fitted)
{
    libnc_geometry *geometry = problem(equal, 1, 5e-4, 5e-4, LIBNC_LOSS_MSE, 0);
    libnc_report *report = planted(geometry, equal, 1, 1);
    double product = 7, distance = 7;
    libnc_options *options = libnc_geometry_options(geometry);
    /* energies have no decays */
    must(libnc_options_set_text(options, "loss", "ce"));
    must(libnc_options_set_text(options, "form", "energy"));
    ck_assert_int_eq(libnc_report_fit_decay(report, geometry, &product, &distance),
                     LIBNC_ERROR_UNSUPPORTED);
    ck_assert_double_eq(product, 7);
    ck_assert_double_eq(distance, 7);
    libnc_report_destroy(report);
    libnc_geometry_destroy(geometry);
}
END_TEST

/* Under energies the predicted singular values are those of Z itself: D = I. A wrong one that
 * weighs columns by their counts is off by O(1). */
START_TEST(energies_are_compared_without_weights)
{
    libnc_geometry *geometry = problem(unequal, 1, 5e-4, 5e-4, LIBNC_LOSS_MSE, 0);
    libnc_options *options = libnc_geometry_options(geometry);
    must(libnc_options_set_text(options, "loss", "ce"));
    must(libnc_options_set_text(options, "form", "energy"));
    must(libnc_geometry_solve(geometry));
    libnc_report *report = planted(geometry, unequal, 1, 1);
    must(libnc_report_compare(report, geometry, NAN));
    for (int32_t metric = LIBNC_METRIC_NC2_PREDICTED_FEATURES;
         metric <= LIBNC_METRIC_SINGULAR_VALUES_ERROR; metric++)
        ck_assert_double_le(value(report, metric, 1), 1e-7);
    libnc_report_destroy(report);
    libnc_geometry_destroy(geometry);
}
END_TEST

/* ---- diagonals and squares off them in place of K x K matrices ---- */

static libnc_report *random_report(int64_t classes, int64_t width, uint64_t seed)
{
    double *rows = random_values(classes * width, 1, seed);
    double *p = random_values(classes * width, 1, seed + 1);
    int32_t *labels = malloc((size_t)classes * sizeof *labels);
    for (int64_t k = 0; k < classes; k++)
        labels[k] = (int32_t)k;
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, context, classes, width));
    must(libnc_accumulator_update(a, rows, LIBNC_FLOAT64, classes, width, labels,
                                  LIBNC_LABEL_INT32));
    libnc_report *report;
    const libnc_accumulator *accumulators[1] = {a};
    const double *classifiers[1] = {p};
    must(libnc_report_create(&report, context));
    must(libnc_report_measure_features(report, accumulators, classifiers, NULL, 1));
    libnc_accumulator_destroy(a);
    free(labels);
    free(p);
    free(rows);
    return report;
}

START_TEST(diagonals_against_dense_matrices)
{
    enum { MANY = 30 };
    double dense[MANY * MANY], target[MANY * MANY] = {0}, diagonal[MANY];
    for (int32_t matrix = LIBNC_GRAM_CLASSIFIER; matrix <= LIBNC_GRAM_PRODUCT; matrix++) {
        double x[MANY * MANY], squares = 0;
        double *values = random_values(MANY * MANY, 1, 3000 + (uint64_t)matrix);
        memcpy(x, values, sizeof x);
        for (int i = 0; i < MANY; i++) {
            diagonal[i] = x[i * MANY + i];
            target[i * MANY + i] = 1 + i % 3;
        }
        double small[MANY];
        for (int i = 0; i < MANY * MANY; i++) {
            squares += i / MANY == i % MANY ? 0 : x[i] * x[i];
            dense[i] = x[i];
        }
        for (int i = 0; i < MANY; i++)
            small[i] = target[i * MANY + i];
        ck_assert_double_eq_tol(nc__diagonal_distance(diagonal, squares, small, MANY),
                                nc__metric_distance(dense, target, MANY * MANY), 1e-14);
        ck_assert_double_eq_tol(nc__diagonal_error(diagonal, squares, small, MANY),
                                nc__metric_relative_error(dense, target, MANY * MANY), 1e-13);
        free(values);
    }
    const double zero[2] = {0, 0}, one[2] = {1, 1};
    ck_assert_double_nan(nc__diagonal_distance(zero, 0, one, 2));
    ck_assert_double_nan(nc__diagonal_distance(one, 0, zero, 2));
    ck_assert_double_nan(nc__diagonal_error(one, 0, zero, 2));
}
END_TEST

/* More classes than dense comparisons take, in the plane: ||G||_F is that of a 2 x 2 matrix. */
START_TEST(many_classes_are_compared_without_matrices)
{
    enum { MANY = NC__DENSE_CLASSES + 5 };
    libnc_report *report = random_report(MANY, 2, 3100);
    int64_t *counts = malloc(MANY * sizeof *counts);
    double *lengths = malloc(MANY * sizeof *lengths), *norms = malloc(MANY * sizeof *norms);
    double *logits = malloc(MANY * sizeof *logits), *target = malloc(MANY * sizeof *target);
    libnc_classes *classes;
    libnc_geometry *geometry;
    for (int i = 0; i < MANY; i++)
        counts[i] = 1;
    must(libnc_classes_from_counts(&classes, context, counts, MANY));
    must(libnc_geometry_create(&geometry, classes, 1));
    const double decay = 1e-6;
    must(libnc_geometry_set_weight_decay(geometry, &decay, 1));
    must(libnc_options_set_double(libnc_geometry_options(geometry),
                                  LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, decay));
    must(libnc_geometry_solve(geometry));
    must(libnc_report_compare(report, geometry, NAN));
    /* equal counts: T = I, so that the OF distances say the same */
    assert_near(value(report, LIBNC_METRIC_NC2_PREDICTED_FEATURES, 1),
                value(report, LIBNC_METRIC_NC2_OF_FEATURES, 1), 1e-12, "features");
    assert_near(value(report, LIBNC_METRIC_NC2_PREDICTED_CLASSIFIER, 1),
                value(report, LIBNC_METRIC_NC2_OF_CLASSIFIER, 1), 1e-12, "classifier");
    assert_near(value(report, LIBNC_METRIC_NC3_PREDICTED, 1), value(report, LIBNC_METRIC_NC3_OF, 1),
                1e-12, "product");
    ck_assert(isfinite(value(report, LIBNC_METRIC_SINGULAR_VALUES_ERROR, 1)));
    double product, distance;
    must(libnc_report_fit_decay(report, geometry, &product, &distance));
    ck_assert_double_eq_tol(distance,
                            hypot(value(report, LIBNC_METRIC_NC2_OF_FEATURES, 1),
                                  value(report, LIBNC_METRIC_NC2_OF_CLASSIFIER, 1)),
                            1e-12);
    /* a bias makes the prediction full */
    must(libnc_options_set_int64(libnc_geometry_options(geometry), LIBNC_GEOMETRY_OPTION_BIAS, 1));
    must(libnc_geometry_solve(geometry));
    ck_assert_int_eq(libnc_report_compare(report, geometry, NAN), LIBNC_ERROR_UNSUPPORTED);
    ck_assert_int_eq(libnc_report_fit_decay(report, geometry, &product, NULL),
                     LIBNC_ERROR_UNSUPPORTED);
    libnc_geometry_destroy(geometry);
    libnc_classes_destroy(classes);
    free(target);
    free(logits);
    free(norms);
    free(lengths);
    free(counts);
    libnc_report_destroy(report);
}
END_TEST

/* ---- regression ---- */

/* NRC1, NRC2, NRC3 and the c used. */
static void measure_regression(const double *h, const double *y, const double *v, int64_t samples,
                               int64_t width, int64_t outputs, double shift, double values[4])
{
    libnc_regression_collapse *c;
    must(libnc_regression_collapse_create(&c, context, h, y, v, samples, width, outputs));
    must(libnc_regression_collapse_nrc1(c, &values[0]));
    must(libnc_regression_collapse_nrc2(c, &values[1]));
    must(libnc_regression_collapse_nrc3(c, shift, &values[2], &values[3]));
    libnc_regression_collapse_destroy(c);
}

/* Features in the span of two axes, W spanning the same, W W^T = C^{1/2} - I/2: all three vanish.
 */
START_TEST(planted_regression_collapse)
{
    enum { N = 40, WIDTH = 5, OUT = 2 };
    double h[N * WIDTH] = {0}, y[N * OUT], v[OUT * WIDTH] = {0}, values[4];
    double *noise = random_values(N * WIDTH, 1, 3200);
    for (int i = 0; i < N; i++) { /* targets with covariance diag(4, 1) */
        y[2 * i] = i % 2 ? 2 : -2;
        y[2 * i + 1] = i / 2 % 2 ? 1 : -1;
        h[WIDTH * i + 1] = 3 * y[2 * i];
        h[WIDTH * i + 3] = 5 * y[2 * i + 1];
    }
    v[1] = sqrt(1.5), v[WIDTH + 3] = -sqrt(0.5);
    measure_regression(h, y, v, N, WIDTH, OUT, 0.25, values);
    for (int i = 0; i < 3; i++)
        ck_assert_double_le(values[i], 1e-28);
    ck_assert_double_eq(values[3], 0.25);
    measure_regression(h, y, v, N, WIDTH, OUT, NAN, values);
    ck_assert_double_le(values[2], 1e-15);
    ck_assert_double_eq_tol(values[3], 0.25, 1e-6);
    /* another c: nz(diag(2, 1)) against nz(diag(1.5, .5)) */
    measure_regression(h, y, v, N, WIDTH, OUT, 0, values);
    double expected = pow(2 / sqrt(5) - 3 / sqrt(10), 2) + pow(1 / sqrt(5) - 1 / sqrt(10), 2);
    ck_assert_double_eq_tol(values[2], expected, 1e-15);
    /* W turned out of the span by an angle: sin^2 of it for what lies along that axis */
    const double angle = 1e-5;
    v[1] = sqrt(1.5) * cos(angle), v[0] = sqrt(1.5) * sin(angle);
    measure_regression(h, y, v, N, WIDTH, OUT, 0.25, values);
    double share = 36.0 / (36 + 25); /* of unit features along axis 1 */
    ck_assert_double_eq_tol(values[1], share * pow(sin(angle), 2), 1e-20);
    ck_assert_double_le(values[0], 1e-28);
    /* without a classifier, and with noise against its definition */
    for (int i = 0; i < N * WIDTH; i++)
        h[i] += 0.01 * noise[i];
    measure_regression(h, y, NULL, N, WIDTH, OUT, NAN, values);
    ck_assert_double_gt(values[0], 1e-8);
    ck_assert_double_lt(values[0], 1e-3);
    for (int i = 1; i < 4; i++)
        ck_assert_double_nan(values[i]);
    free(noise);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_can_not_be_fitted,           one_of_many_minimisers,
        the_end_of_the_range_is_no_fit,   energies_are_compared_without_weights,
        diagonals_against_dense_matrices, many_classes_are_compared_without_matrices,
        planted_regression_collapse};
    Suite *suite = suite_create("fit");
    add_tests(suite, "fit", tests, sizeof tests / sizeof *tests);
    TCase *plant = add_case(suite, "plants", 60);
    tcase_add_checked_fixture(plant, setup, teardown);
    tcase_add_loop_test(plant, planted_decays_are_found, 0, sizeof plants / sizeof *plants);
    tcase_add_loop_test(plant, shapes_alone_know_the_decays, 0, sizeof plants / sizeof *plants);
    return run_suite(suite);
}
