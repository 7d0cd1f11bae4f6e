/* SPDX-License-Identifier: MIT
 *
 * test_report_compare.c: reports against predictions. Oracles: planted minimisers, first-order
 * perturbations, known answers of the theory (doc/theory.md).
 */
#include "support/report_fixture.h"

enum { K_GOF = 4, D_GOF = 5 };
static const int64_t gof_counts[K_GOF] = {200, 100, 50, 50};

/* A global minimiser without bias from the predicted lengths: class k lives on coordinate k + 1 in
 * every layer. W is wrong by 1 + error in class 0. */
static libnc_model *planted_gof(const libnc_geometry *geometry, double error)
{
    int32_t M = libnc_geometry_depth(geometry);
    int64_t widths[8];
    double length[K_GOF], next[K_GOF], weight[D_GOF * D_GOF], means[K_GOF * D_GOF] = {0};
    for (int32_t j = 0; j < M; j++)
        widths[j] = D_GOF;
    libnc_model *model = free_model(LIBNC_FLOAT64, gof_counts, K_GOF, M, widths, 0);
    ck_assert_int_eq(libnc_geometry_lengths(geometry, 1, NULL, length, K_GOF), LIBNC_OK);
    for (int k = 0; k < K_GOF; k++)
        means[k * D_GOF + k + 1] = sqrt(length[k]);
    set_features(model, means, 0, 1);
    for (int32_t j = 1; j <= M; j++) {
        char name[32];
        snprintf(name, sizeof name, "head.%d.weight", j);
        memset(weight, 0, sizeof weight);
        if (j == M)
            ck_assert_int_eq(libnc_geometry_lengths(geometry, M, next, NULL, K_GOF), LIBNC_OK);
        else
            ck_assert_int_eq(libnc_geometry_lengths(geometry, j + 1, NULL, next, K_GOF), LIBNC_OK);
        for (int k = 0; k < K_GOF; k++)
            weight[(k + (j < M)) * D_GOF + k + 1] = sqrt(j == M ? next[k] : next[k] / length[k]);
        weight[(j < M) * D_GOF + 1] *= j == M ? 1 + error : 1;
        memcpy(length, next, sizeof length);
        set(model, name, weight);
    }
    return model;
}

START_TEST(planted_general_orthogonal_frame)
{
    for (int32_t M = 1; M <= 3; M += 2) {
        libnc_geometry *geometry = solved(gof_counts, K_GOF, M, 5e-4, 0);
        libnc_model *model = planted_gof(geometry, 0);
        libnc_report *report = measured(model, NULL);
        double loss, logits[K_GOF];
        ck_assert_int_eq(libnc_geometry_loss(geometry, &loss, NULL), LIBNC_OK);
        ck_assert_int_eq(libnc_report_compare(report, geometry, loss * (1 + 1e-3)), LIBNC_OK);
        for (int32_t j = 1; j <= M; j++) {
            for (int32_t m = LIBNC_METRIC_NC2_PREDICTED_FEATURES;
                 m <= LIBNC_METRIC_SINGULAR_VALUES_ERROR; m++)
                assert_near(value(report, m, j), 0, 1e-13, libnc_metric_name(m));
            assert_near(value(report, LIBNC_METRIC_LOSS_GAP, j), 1e-3, 1e-12, "loss_gap");
            /* no OF: the lengths differ */
            ck_assert_double_gt(value(report, LIBNC_METRIC_NC2_OF_FEATURES, j), 0.1);
        }
        /* known answers of the theory for logits p_k . h_k */
        ck_assert_int_eq(libnc_report_vector(report, LIBNC_CLASS_LOGIT, 1, logits, K_GOF),
                         LIBNC_OK);
        static const double expected[2][4] = {
            {0.9858578644, 0.98, 0.9717157288, 0.9717157288},
            {0.9962322924, 0.9936552849, 0.9893060745, 0.9893060745}};
        for (int k = 0; k < K_GOF; k++)
            ck_assert_double_eq_tol(logits[k], expected[M / 2][k], 1e-9);
        libnc_report_destroy(report);
        libnc_model_destroy(model);
        libnc_geometry_destroy(geometry);
    }
}
END_TEST

/* Row 0 of W longer by e: ||G - T|| = 2 e P_0^2 to first order, over ||T|| = sqrt(sum P_k^4). */
START_TEST(planted_error_of_first_order)
{
    libnc_geometry *geometry = solved(gof_counts, K_GOF, 1, 5e-4, 0);
    const double e = 1e-6, gram[4] = {13.94213562, 9.8, 6.871067812, 6.871067812};
    libnc_model *model = planted_gof(geometry, e);
    libnc_report *report = measured(model, NULL);
    ck_assert_int_eq(libnc_report_compare(report, geometry, NAN), LIBNC_OK);
    double square = 0, rest = 0;
    for (int k = 0; k < 4; k++) {
        square += gram[k] * gram[k];
        rest += k > 0 ? gram[k] * gram[k] : 0;
    }
    double expected = 2 * e * gram[0] / sqrt(square);
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_CLASSIFIER_ERROR, 1), expected, 1e-5 * e);
    /* normalised: the part of the change across T: times sqrt(rest/square) */
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_NC2_PREDICTED_CLASSIFIER, 1),
                            expected * sqrt(rest / square), 1e-5 * e);
    assert_near(value(report, LIBNC_METRIC_NC2_PREDICTED_FEATURES, 1), 0, 1e-13, "features");
    /* the singular values of Z D are sqrt(n_k) times the logits: only the first changes */
    const double s[4] = {sqrt(200) * 0.9858578644, 9.8, sqrt(50) * 0.9717157288,
                         sqrt(50) * 0.9717157288};
    double norm = sqrt(s[0] * s[0] + s[1] * s[1] + s[2] * s[2] + s[3] * s[3]);
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_SINGULAR_VALUES_ERROR, 1), e * s[0] / norm,
                            1e-5 * e);
    assert_near(value(report, LIBNC_METRIC_LOSS_GAP, 1), NAN, 0, "loss_gap");
    libnc_report_destroy(report);
    libnc_model_destroy(model);
    libnc_geometry_destroy(geometry);
}
END_TEST

/* d = 1: Z = w h^T, so that Z D has the one singular value ||w|| sqrt(sum n_k h_k^2). A wrong one
 * that weights rows in place of columns gives sqrt(sum n_k w_k^2) ||h||. */
START_TEST(singular_values_of_a_full_product)
{
    const double w[4] = {1, -2, 0.5, 3}, h[4] = {0.3, 0.1, -0.7, 0.2};
    const int64_t width[1] = {1};
    libnc_geometry *geometry = solved(gof_counts, K_GOF, 1, 5e-4, 0);
    libnc_model *model = free_model(LIBNC_FLOAT64, gof_counts, K_GOF, 1, width, 0);
    set(model, "head.1.weight", w);
    set_features(model, h, 0, 1);
    libnc_report *report = measured(model, NULL);
    ck_assert_int_eq(libnc_report_compare(report, geometry, NAN), LIBNC_OK);
    const double s[4] = {sqrt(200) * 0.9858578644, 9.8, sqrt(50) * 0.9717157288,
                         sqrt(50) * 0.9717157288};
    double measured_s = 0, norm = 0, difference = 0;
    for (int k = 0; k < 4; k++)
        measured_s += 14.25 * (double)gof_counts[k] * h[k] * h[k];
    for (int k = 0; k < 4; k++) {
        norm += s[k] * s[k];
        difference += pow((k == 0 ? sqrt(measured_s) : 0) - s[k], 2);
    }
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_SINGULAR_VALUES_ERROR, 1),
                            sqrt(difference / norm), 1e-9);
    libnc_report_destroy(report);
    libnc_model_destroy(model);
    libnc_geometry_destroy(geometry);
}
END_TEST

/* Four equal classes through a bottleneck of 2: every orthogonal projector of rank 2 in place of
 * the frame is a minimiser. A wrong one that compares with one of them is off by O(1). */
START_TEST(ties_take_the_nearest_minimiser)
{
    const int64_t counts[4] = {10, 10, 10, 10}, widths[1] = {2};
    libnc_geometry *geometry = solved(counts, 4, 1, 1e-3, 2);
    int32_t unique;
    ck_assert_int_eq(libnc_geometry_unique(geometry, &unique), LIBNC_OK);
    ck_assert_int_eq(unique, 0);
    double classifier[4], features[4], u[8];
    ck_assert_int_eq(libnc_geometry_lengths(geometry, 1, classifier, features, 4), LIBNC_OK);
    double gain_w = 0, gain_h = 0; /* traces: rank times gain */
    for (int k = 0; k < 4; k++) {
        gain_w += classifier[k] / 2;
        gain_h += features[k] / 2;
    }
    libnc_model *model = free_model(LIBNC_FLOAT64, counts, 4, 1, widths, 0);
    libnc_report *report = NULL;
    static const double angles[] = {0, 0.3, 0.7, 1.9};
    for (int i = 0; i < 4; i++) {
        double means[8], weight[8], a = angles[i], b = 2 * angles[i] + 1;
        /* two orthonormal columns in 4 dimensions */
        const double column[2][4] = {
            {cos(a) * cos(b), sin(a) * cos(b), sin(b), 0},
            {-cos(a) * sin(b) * 0.6, -sin(a) * sin(b) * 0.6, cos(b) * 0.6, 0.8}};
        for (int k = 0; k < 4; k++)
            for (int c = 0; c < 2; c++) {
                u[2 * k + c] = column[c][k];
                means[2 * k + c] = sqrt(gain_h) * u[2 * k + c];
                weight[2 * k + c] = sqrt(gain_w) * u[2 * k + c];
            }
        set_features(model, means, 0, 1);
        set(model, "head.1.weight", weight);
        libnc_report_destroy(report);
        report = measured(model, NULL);
        ck_assert_int_eq(libnc_report_compare(report, geometry, NAN), LIBNC_OK);
        for (int32_t m = LIBNC_METRIC_NC2_PREDICTED_FEATURES;
             m <= LIBNC_METRIC_SINGULAR_VALUES_ERROR; m++)
            assert_near(value(report, m, 1), 0, 1e-13, libnc_metric_name(m));
        /* one column longer by e: in their basis G - T = gain diag(2e, 0) and ||T|| = gain sqrt 2:
         * relative error e sqrt 2; normalised, what is left across T is diag(e, -e): e */
        for (int k = 0; k < 4; k++)
            weight[2 * k] *= 1 + 1e-7;
        set(model, "head.1.weight", weight);
        ck_assert_int_eq(libnc_report_measure(report, model, NULL), LIBNC_OK);
        ck_assert_int_eq(libnc_report_compare(report, geometry, NAN), LIBNC_OK);
        ck_assert_double_eq_tol(value(report, LIBNC_METRIC_CLASSIFIER_ERROR, 1), sqrt(2) * 1e-7,
                                1e-13);
        ck_assert_double_eq_tol(value(report, LIBNC_METRIC_NC2_PREDICTED_CLASSIFIER, 1), 1e-7,
                                1e-13);
    }
    libnc_report_destroy(report);
    libnc_model_destroy(model);
    libnc_geometry_destroy(geometry);
}
END_TEST

/* n = (1, 1), M = 2, lh = 1/8, lw = 1/4: beta = 2 N sqrt(N lh lw^2) = 4 sqrt(1/64) = 1/2 = beta*
 * exactly: each class, and each direction of their plane, may be lost or kept (at x = 1). */
START_TEST(ties_at_the_threshold_take_the_nearest_rank)
{
    const int64_t counts[2] = {1, 1}, widths[2] = {2, 2};
    libnc_classes *classes;
    libnc_geometry *geometry;
    const double decay = 0.25;
    int32_t unique;
    ck_assert_int_eq(libnc_classes_from_counts(&classes, context, counts, 2), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_create(&geometry, classes, 2), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_set_weight_decay(geometry, &decay, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_options_set_double(libnc_geometry_options(geometry),
                                              LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, 0.125),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_solve(geometry), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_unique(geometry, &unique), LIBNC_OK);
    ck_assert_int_eq(unique, 0);
    /* s minimises (s - 1)^2/4 + 3/2 c s^(2/3), c = Lam^(1/3), Lam = 1/128: s = 1/2 at the tie;
     * ||W_j||^2 = c s^(2/3)/lw, ||H||^2 = c s^(2/3)/lh */
    double g = cbrt(1.0 / 128) * cbrt(0.25), w = sqrt(g / 0.25), h = sqrt(g / 0.125);
    ck_assert_double_eq_tol(w * w * h, 0.5, 1e-15);
    libnc_model *model = free_model(LIBNC_FLOAT64, counts, 2, 2, widths, 0);
    libnc_report *report = NULL;
    for (int rank = 1; rank <= 2; rank++) {
        /* rank 1: the direction (0.6, 0.8) of the two classes, coordinate 0 in every layer */
        const double c = 0.6, s = 0.8, other = rank == 2;
        const double first[4] = {w, 0, 0, w * other};
        const double last[4] = {w * c, -w * s * other, w * s, w * c * other};
        const double means[4] = {h * c, -h * s * other, h * s, h * c * other};
        set(model, "head.1.weight", first);
        set(model, "head.2.weight", last);
        set_features(model, means, 0, 1);
        libnc_report_destroy(report);
        report = measured(model, NULL);
        ck_assert_int_eq(libnc_report_compare(report, geometry, NAN), LIBNC_OK);
        for (int32_t j = 1; j <= 2; j++)
            for (int32_t m = LIBNC_METRIC_NC2_PREDICTED_FEATURES;
                 m <= LIBNC_METRIC_SINGULAR_VALUES_ERROR; m++)
                assert_near(value(report, m, j), 0, 1e-13, libnc_metric_name(m));
    }
    libnc_report_destroy(report);
    libnc_model_destroy(model);
    libnc_geometry_destroy(geometry);
    libnc_classes_destroy(classes);
}
END_TEST

/* n = (4, 1, 1), M = 2, N^3 lh lw^2 = 1/16: the two small classes are at their threshold, the large
 * one is kept: a model that keeps none, one or both of the small ones is a minimiser. */
START_TEST(a_tie_below_kept_classes_takes_the_nearest_rank)
{
    enum { K = 3 };
    const int64_t counts[K] = {4, 1, 1}, widths[2] = {K, K};
    const double decay = 0.125, features = 1.0 / 54;
    double w[K], h[K];
    libnc_classes *classes;
    libnc_geometry *geometry;
    ck_assert_int_eq(libnc_classes_from_counts(&classes, context, counts, K), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_create(&geometry, classes, 2), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_set_weight_decay(geometry, &decay, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_options_set_double(libnc_geometry_options(geometry),
                                              LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, features),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_solve(geometry), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_layer_singular_values(geometry, 1, w, K), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_layer_singular_values(geometry, 0, h, K), LIBNC_OK);
    ck_assert_double_gt(w[2], 0);
    libnc_model *model = free_model(LIBNC_FLOAT64, counts, K, 2, widths, 0);
    for (int kept = 1; kept <= K; kept++) {
        double weights[K * K] = {0}, means[K * K] = {0};
        for (int k = 0; k < kept; k++) {
            weights[k * K + k] = w[k];
            means[k * K + k] = h[k] / sqrt((double)counts[k]);
        }
        set(model, "head.1.weight", weights);
        set(model, "head.2.weight", weights);
        set_features(model, means, 0, 1);
        libnc_report *report = measured(model, NULL);
        ck_assert_int_eq(libnc_report_compare(report, geometry, NAN), LIBNC_OK);
        for (int32_t m = LIBNC_METRIC_NC2_PREDICTED_FEATURES;
             m <= LIBNC_METRIC_SINGULAR_VALUES_ERROR; m++)
            assert_near(value(report, m, 1), 0, 1e-12, libnc_metric_name(m));
        libnc_report_destroy(report);
    }
    libnc_model_destroy(model);
    libnc_geometry_destroy(geometry);
    libnc_classes_destroy(classes);
}
END_TEST

START_TEST(comparison_errors)
{
    libnc_geometry *geometry = solved(gof_counts, K_GOF, 1, 5e-4, 0);
    libnc_model *model = planted_gof(geometry, 0);
    libnc_report *report;
    ck_assert_int_eq(libnc_report_create(&report, context), LIBNC_OK);
    ck_assert_int_eq(libnc_report_compare(NULL, geometry, 0), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_report_compare(report, geometry, 0), LIBNC_ERROR_STATE);
    ck_assert_int_eq(libnc_report_measure(report, model, NULL), LIBNC_OK);
    ck_assert_int_eq(libnc_report_compare(report, NULL, 0), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_report_compare(report, geometry, INFINITY), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_report_compare(report, geometry, -INFINITY), LIBNC_ERROR_ARGUMENT);
    for (int32_t m = LIBNC_METRIC_NC2_PREDICTED_FEATURES; m <= LIBNC_METRIC_LOSS_GAP; m++)
        ck_assert_double_nan(value(report, m, 1));
    static const int64_t other_counts[K_GOF] = {200, 100, 50, 51};
    libnc_geometry *wrong[2] = {solved(gof_counts, 3, 1, 5e-4, 0),
                                solved(other_counts, K_GOF, 1, 5e-4, 0)};
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(libnc_report_compare(report, wrong[i], 1), LIBNC_ERROR_DIMENSION);
        libnc_geometry_destroy(wrong[i]);
    }
    /* a report of one layer may be of a head of any depth, one of three layers may not */
    libnc_geometry *deep = solved(gof_counts, K_GOF, 3, 5e-4, 0);
    ck_assert_int_eq(libnc_report_compare(report, deep, 1), LIBNC_OK);
    libnc_model *deep_model = planted_gof(deep, 0);
    libnc_report *deep_report = measured(deep_model, NULL);
    ck_assert_int_eq(libnc_report_compare(deep_report, geometry, 1), LIBNC_ERROR_DIMENSION);
    libnc_report_destroy(deep_report);
    libnc_model_destroy(deep_model);
    libnc_geometry_destroy(deep);
    libnc_classes *classes;
    libnc_geometry *unsolved;
    ck_assert_int_eq(libnc_classes_from_counts(&classes, context, gof_counts, K_GOF), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_create(&unsolved, classes, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_report_compare(report, unsolved, 1), LIBNC_ERROR_STATE);
    libnc_geometry_destroy(unsolved);
    libnc_classes_destroy(classes);
    /* a new measurement forgets the comparison */
    ck_assert_int_eq(libnc_report_compare(report, geometry, 1), LIBNC_OK);
    ck_assert(isfinite(value(report, LIBNC_METRIC_LOSS_GAP, 1)));
    ck_assert_int_eq(libnc_report_measure(report, model, NULL), LIBNC_OK);
    ck_assert_double_nan(value(report, LIBNC_METRIC_LOSS_GAP, 1));
    libnc_report_destroy(report);
    libnc_model_destroy(model);
    libnc_geometry_destroy(geometry);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {planted_general_orthogonal_frame,
                                  planted_error_of_first_order,
                                  singular_values_of_a_full_product,
                                  ties_take_the_nearest_minimiser,
                                  ties_at_the_threshold_take_the_nearest_rank,
                                  a_tie_below_kept_classes_takes_the_nearest_rank,
                                  comparison_errors};
    Suite *suite = suite_create("report_compare");
    add_tests(suite, "report_compare", tests, sizeof tests / sizeof *tests);
    return run_suite(suite);
}
