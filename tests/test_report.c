/* SPDX-License-Identifier: MIT
 *
 * test_report.c: metrics of models through the public interface. Oracles: planted frames, values
 * by hand, definitions written out, invariances, and one head measured in two ways.
 */
#include "support/report_fixture.h"

/* ---- planted frames ---- */

/* h_{k,i} = 2 e_k, rows of W 3 e_k. */
START_TEST(orthogonal_frame)
{
    enum { K = 4, D = 6 };
    const int64_t counts[K] = {3, 3, 3, 3}, widths[1] = {D};
    double means[K * D] = {0}, weight[K * D] = {0}, vector[K], matrix[K * K];
    for (int k = 0; k < K; k++) {
        means[k * D + k] = 2;
        weight[k * D + k] = 3;
    }
    libnc_model *model = free_model(LIBNC_FLOAT64, counts, K, 1, widths, 0);
    set(model, "head.1.weight", weight);
    set_features(model, means, 0, 1);
    libnc_report *report = measured(model, NULL);
    ck_assert_int_eq(libnc_report_depth(report), 1);
    ck_assert_int_eq(libnc_report_classes(report), K);
    static const int32_t zeros[] = {LIBNC_METRIC_NC1,
                                    LIBNC_METRIC_NC2_OF_FEATURES,
                                    LIBNC_METRIC_NC2_OF_CLASSIFIER,
                                    LIBNC_METRIC_NC3_OF,
                                    LIBNC_METRIC_NC2_ETF_FEATURES,
                                    LIBNC_METRIC_NC2_EQUINORM_FEATURES,
                                    LIBNC_METRIC_CDNV,
                                    LIBNC_METRIC_TR_SIGMA_W,
                                    LIBNC_METRIC_NC2_EQUINORM_CLASSIFIER,
                                    LIBNC_METRIC_NC2_EQUIANGULAR_FEATURES};
    for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++)
        assert_near(value(report, zeros[i], 1), 0, 1e-15, libnc_metric_name(zeros[i]));
    ck_assert_double_eq(value(report, LIBNC_METRIC_NC4, 1), 1);
    ck_assert_double_eq(value(report, LIBNC_METRIC_ACCURACY, 1), 1);
    ck_assert_double_eq(value(report, LIBNC_METRIC_RANK_FEATURES, 1), 3);
    /* ||h_k - h_G||^2 = 4 (1 - 1/4) */
    assert_near(value(report, LIBNC_METRIC_TR_SIGMA_B, 1), 3, 1e-15, "tr_sigma_b");
    /* rows of W are orthogonal: |cos + 1/3| = 1/3 */
    assert_near(value(report, LIBNC_METRIC_NC2_EQUIANGULAR_CLASSIFIER, 1), 1.0 / 3, 1e-15, "cos");
    static const double lengths[7] = {0, 3, 2, 0, 3, 6, 0};
    for (int32_t v = LIBNC_CLASS_COUNT; v <= LIBNC_CLASS_VARIABILITY; v++) {
        double expected = v == LIBNC_CLASS_CENTRED_NORM ? sqrt(3) : lengths[v];
        ck_assert_int_eq(libnc_report_vector(report, v, 1, vector, K), LIBNC_OK);
        for (int k = 0; k < K; k++)
            assert_near(vector[k], expected, 1e-15, "vector");
    }
    static const double diagonals[5] = {0, 9, 4, 3, 6};
    for (int32_t m = LIBNC_GRAM_CLASSIFIER; m <= LIBNC_GRAM_PRODUCT; m++) {
        ck_assert_int_eq(libnc_report_matrix(report, m, 1, matrix, K * K), LIBNC_OK);
        for (int i = 0; i < K * K; i++)
            assert_near(matrix[i],
                        i / K == i % K            ? diagonals[m]
                        : m == LIBNC_GRAM_CENTRED ? -1
                                                  : 0,
                        1e-15, "matrix");
    }
    libnc_report_destroy(report);
    libnc_model_destroy(model);
}
END_TEST

/* A balanced ETF about a common offset. Everything that is centred sees it; a wrong one with
 * means that are not centred does not. The OF metrics use means that are not centred and must see
 * the offset. */
START_TEST(simplex_etf_about_an_offset)
{
    enum { K = 5 };
    const int64_t counts[K] = {4, 4, 4, 4, 4}, widths[1] = {K};
    const double offset[K] = {5, -3, 1, 2, 0.5};
    double means[K * K], weight[K * K];
    for (int i = 0; i < K * K; i++) {
        weight[i] = 2 * ((i / K == i % K) - 1.0 / K);
        means[i] = weight[i] + offset[i % K];
    }
    libnc_model *model = free_model(LIBNC_FLOAT64, counts, K, 1, widths, 1);
    set(model, "head.1.weight", weight);
    set_features(model, means, 0, 1);
    libnc_report *report = measured(model, NULL);
    static const int32_t zeros[] = {LIBNC_METRIC_NC2_ETF_FEATURES,
                                    LIBNC_METRIC_NC2_ETF_CLASSIFIER,
                                    LIBNC_METRIC_NC3_ETF,
                                    LIBNC_METRIC_NC3_DUALITY,
                                    LIBNC_METRIC_NC2_EQUINORM_FEATURES,
                                    LIBNC_METRIC_NC2_EQUINORM_CLASSIFIER,
                                    LIBNC_METRIC_NC2_EQUIANGULAR_FEATURES,
                                    LIBNC_METRIC_NC2_EQUIANGULAR_CLASSIFIER};
    for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++)
        assert_near(value(report, zeros[i], 1), 0, 1e-14, libnc_metric_name(zeros[i]));
    ck_assert_double_gt(value(report, LIBNC_METRIC_NC2_OF_FEATURES, 1), 0.5);
    ck_assert_double_eq(value(report, LIBNC_METRIC_RANK_FEATURES, 1), K - 1);
    libnc_report_destroy(report);
    libnc_model_destroy(model);
}
END_TEST

/* One feature of one of n samples moved by e along a free direction: S_W = e^2 (1 - 1/n), so that
 * tr Sigma_W is that over N; NC1 of first order in e^2 sees only the span of the means. */
START_TEST(within_class_scatter_by_hand)
{
    enum { K = 2, D = 3, N = 8 };
    const int64_t counts[K] = {4, 4}, widths[1] = {D};
    const double means[K * D] = {1, 0, 0, -1, 0, 0};
    libnc_model *model = free_model(LIBNC_FLOAT64, counts, K, 1, widths, 0);
    set_features(model, means, 0, 1);
    double *features = get(model, "features");
    features[0] += 0.4;         /* along the means: S_W = 0.16 (3/4) = 0.12 */
    features[5 * D + 2] = 1e-3; /* across: 1e-6 (3/4) */
    set(model, "features", features);
    libnc_report *report = measured(model, NULL);
    assert_near(value(report, LIBNC_METRIC_TR_SIGMA_W, 1), (0.12 + 0.75e-6) / N, 1e-15, "S_W");
    /* C = +-(1.05, 0, -1e-3/8): s^2 = 2 (1.05^2 + 1e-6/64) = 2 q; v = C/|C| */
    double q = 1.05 * 1.05 + 1e-6 / 64;
    double inside = (0.12 * 1.05 * 1.05 + 0.75e-6 * 1e-6 / 64) / q;
    assert_near(value(report, LIBNC_METRIC_NC1, 1), inside / N / (2 * q), 1e-15, "nc1");
    /* v = 0.12/4, 0.75e-6/4; ||h_1 - h_2||^2 = 4 q */
    assert_near(value(report, LIBNC_METRIC_CDNV, 1), (0.03 + 0.1875e-6) / (8 * q), 1e-15, "cdnv");
    libnc_report_destroy(report);
    free(features);
    libnc_model_destroy(model);
}
END_TEST

/* ---- decisions ---- */

/* Means at -1, 0, 1 on a line, W = (-1, 0, 1): without a bias the middle class is never predicted.
 * b = (0, 1/2, 0) makes both decisions agree; a wrong NC4 without the bias stays at 2/3. */
START_TEST(nc4_respects_the_bias)
{
    const int64_t counts[3] = {5, 5, 5}, widths[1] = {1};
    const double means[3] = {-1, 0, 1}, weight[3] = {-1, 0, 1}, bias[3] = {0, 0.5, 0};
    libnc_model *model = free_model(LIBNC_FLOAT64, counts, 3, 1, widths, 1);
    set(model, "head.1.weight", weight);
    set_features(model, means, 0.1, 4);
    libnc_report *report = measured(model, NULL);
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_NC4, 1), 2.0 / 3, 1e-15);
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_ACCURACY, 1), 2.0 / 3, 1e-15);
    set(model, "head.bias", bias);
    ck_assert_int_eq(libnc_report_measure(report, model, NULL), LIBNC_OK);
    ck_assert_double_eq(value(report, LIBNC_METRIC_NC4, 1), 1);
    ck_assert_double_eq(value(report, LIBNC_METRIC_ACCURACY, 1), 1);
    libnc_report_destroy(report);
    libnc_model_destroy(model);
}
END_TEST

/* Two classes of wide spread: NC4 compares two decisions, not decisions with labels. */
START_TEST(nc4_is_not_accuracy)
{
    const int64_t counts[2] = {3, 3}, widths[1] = {1};
    /* means -1 and 1; one sample of class 0 lies at 2, and W decides by the sign */
    const double features[6] = {-2.5, -2.5, 2, 1, 1, 1}, weight[2] = {-1, 1};
    libnc_model *model = free_model(LIBNC_FLOAT64, counts, 2, 1, widths, 0);
    set(model, "head.1.weight", weight);
    set(model, "features", features);
    libnc_report *report = measured(model, NULL);
    ck_assert_double_eq(value(report, LIBNC_METRIC_NC4, 1), 1);
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_ACCURACY, 1), 5.0 / 6, 1e-15);
    libnc_report_destroy(report);
    libnc_model_destroy(model);
}
END_TEST

/* ---- deep heads, backbones, scalar types ---- */

/* Layer j of a deep head is layer 1 of the model whose features are those before layer j. */
START_TEST(every_layer_of_a_deep_head)
{
    libnc_model *model = free_model(LIBNC_FLOAT64, deep_counts, 3, 3, deep_widths, 1);
    randomise(model, 1, 10);
    libnc_report *deep = measured(model, NULL);
    ck_assert_int_eq(libnc_report_depth(deep), 3);
    double *bias = get(model, "head.bias");
    for (int32_t j = 2; j <= 3; j++) {
        libnc_model *rest =
            free_model(LIBNC_FLOAT64, deep_counts, 3, 4 - j, deep_widths + j - 1, 1);
        double *features = malloc((size_t)(20 * deep_widths[j - 1]) * sizeof *features);
        ck_assert_int_eq(
            libnc_model_evaluate(model, NULL, j, features, (size_t)(20 * deep_widths[j - 1])),
            LIBNC_OK);
        set(rest, "features", features);
        for (int32_t i = j; i <= 3; i++) {
            char from[32], to[32];
            snprintf(from, sizeof from, "head.%d.weight", i);
            snprintf(to, sizeof to, "head.%d.weight", i - j + 1);
            double *weight = get(model, from);
            set(rest, to, weight);
            free(weight);
        }
        set(rest, "head.bias", bias);
        libnc_report *shallow = measured(rest, NULL);
        for (int32_t i = j; i <= 3; i++)
            assert_same(deep, i, shallow, i - j + 1, 1e-11);
        libnc_report_destroy(shallow);
        free(features);
        libnc_model_destroy(rest);
    }
    free(bias);
    libnc_report_destroy(deep);
    libnc_model_destroy(model);
}
END_TEST

/* The same features as free variables and as data without a backbone; in another order too. */
START_TEST(free_features_and_data_agree)
{
    libnc_model *model = free_model(LIBNC_FLOAT64, deep_counts, 3, 3, deep_widths, 1), *other;
    randomise(model, 1, 20);
    double *features = get(model, "features"), turned[20 * 7];
    int32_t labels[20];
    for (int i = 0; i < 20; i++) {
        memcpy(turned + 7 * i, features + 7 * (19 - i), 7 * sizeof(double));
        labels[i] = libnc_model_labels(model)[19 - i];
    }
    libnc_dataset *dataset;
    ck_assert_int_eq(
        libnc_dataset_from_memory(&dataset, context, LIBNC_FLOAT64, turned, labels, 20, 7),
        LIBNC_OK);
    other = model_on(backbone_of(7, 0, NULL, NULL), LIBNC_FLOAT64, 3, 3, deep_widths, 1);
    static const char *const names[] = {"head.1.weight", "head.2.weight", "head.3.weight",
                                        "head.bias"};
    for (int i = 0; i < 4; i++) {
        double *values = get(model, names[i]);
        set(other, names[i], values);
        free(values);
    }
    libnc_report *a = measured(model, NULL), *b = measured(other, dataset);
    for (int32_t j = 1; j <= 3; j++)
        assert_same(a, j, b, j, 1e-12);
    libnc_report_destroy(a);
    libnc_report_destroy(b);
    libnc_dataset_destroy(dataset);
    libnc_model_destroy(other);
    libnc_model_destroy(model);
    free(features);
}
END_TEST

/* A float32 model near collapse (spread 1e-4 of the mean) against a float64 model that holds the
 * same rounded values. A wrong one that runs the head in float32 adds scatter of 1e-7 per layer. */
START_TEST(float32_is_measured_in_float64)
{
    libnc_model *a = free_model(LIBNC_FLOAT32, deep_counts, 3, 3, deep_widths, 1);
    libnc_model *b = free_model(LIBNC_FLOAT64, deep_counts, 3, 3, deep_widths, 1);
    double *means = random_values(21, 1, 30);
    randomise(a, 1, 31);
    set_features(a, means, 1e-4, 32);
    for (int32_t i = 0; i < libnc_model_parameter_count(a); i++) {
        const char *name;
        ck_assert_int_eq(libnc_model_parameter_info(a, i, &name, NULL, NULL), LIBNC_OK);
        double *values = get(a, name);
        set(b, name, values);
        free(values);
    }
    libnc_report *low = measured(a, NULL), *high = measured(b, NULL);
    for (int32_t j = 1; j <= 3; j++) {
        assert_same(low, j, high, j, 1e-12);
        double nc1 = value(low, LIBNC_METRIC_NC1, j);
        ck_assert_double_gt(nc1, 0);
        ck_assert_double_eq_tol(nc1, value(high, LIBNC_METRIC_NC1, j), 1e-6 * nc1);
    }
    libnc_report_destroy(low);
    libnc_report_destroy(high);
    libnc_model_destroy(a);
    libnc_model_destroy(b);
    free(means);
}
END_TEST

/* Enough samples, classes and widths for several blocks of rows, against one-line definitions. */
START_TEST(many_rows_against_definitions)
{
    const int64_t counts[3] = {700, 301, 2}, widths[1] = {4};
    libnc_model *model = free_model(LIBNC_FLOAT64, counts, 3, 1, widths, 0);
    double *means = random_values(12, 1, 40);
    randomise(model, 1, 41);
    set_features(model, means, 0.8, 42);
    double *h = get(model, "features"), *w = get(model, "head.1.weight");
    const int32_t *labels = libnc_model_labels(model);
    libnc_report *report = measured(model, NULL);
    double mean[12] = {0}, energy = 0;
    int64_t agree = 0, right = 0;
    for (int i = 0; i < 1003 * 4; i++)
        mean[labels[i / 4] * 4 + i % 4] += h[i] / (double)counts[labels[i / 4]];
    for (int i = 0; i < 1003; i++) {
        double logit = -INFINITY, distance = INFINITY;
        int predicted = -1, nearest = -1;
        for (int k = 0; k < 3; k++) {
            double z = 0, square = 0;
            for (int c = 0; c < 4; c++) {
                z += w[4 * k + c] * h[4 * i + c];
                square += pow(h[4 * i + c] - mean[4 * k + c], 2);
            }
            if (z > logit)
                logit = z, predicted = k;
            if (square < distance)
                distance = square, nearest = k;
            energy += k == labels[i] ? square / 1003 : 0;
        }
        agree += predicted == nearest;
        right += predicted == labels[i];
    }
    ck_assert_int_lt(agree, 1000);
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_NC4, 1), (double)agree / 1003, 1e-12);
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_ACCURACY, 1), (double)right / 1003, 1e-12);
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_TR_SIGMA_W, 1), energy, 1e-12);
    libnc_report_destroy(report);
    free(means);
    free(h);
    free(w);
    libnc_model_destroy(model);
}
END_TEST

/* ---- invariances ---- */

/* H -> a H Q, W -> W Q / a with Q orthogonal: same logits, same metrics. */
START_TEST(invariant_under_rotation_and_scale)
{
    libnc_model *model = free_model(LIBNC_FLOAT64, deep_counts, 3, 3, deep_widths, 1);
    randomise(model, 1, 50);
    libnc_report *before = measured(model, NULL);
    double *h = get(model, "features"), *w = get(model, "head.1.weight");
    double *v = random_values(7, 1, 51), square = 0;
    for (int c = 0; c < 7; c++)
        square += v[c] * v[c];
    for (int i = 0; i < 20; i++) { /* the reflection I - 2 v v^T / |v|^2 */
        double product = 0;
        for (int c = 0; c < 7; c++)
            product += 2 * h[7 * i + c] * v[c] / square;
        for (int c = 0; c < 7; c++)
            h[7 * i + c] = 3 * (h[7 * i + c] - product * v[c]);
    }
    for (int i = 0; i < 5; i++) {
        double product = 0;
        for (int c = 0; c < 7; c++)
            product += 2 * w[7 * i + c] * v[c] / square;
        for (int c = 0; c < 7; c++)
            w[7 * i + c] = (w[7 * i + c] - product * v[c]) / 3;
    }
    set(model, "features", h);
    set(model, "head.1.weight", w);
    libnc_report *after = measured(model, NULL);
    for (int32_t j = 1; j <= 3; j++)
        assert_same(before, j, after, j, 1e-11);
    libnc_report_destroy(before);
    libnc_report_destroy(after);
    free(h);
    free(w);
    free(v);
    libnc_model_destroy(model);
}
END_TEST

/* Classes in the order 2, 0, 1, every sample twice. */
START_TEST(invariant_under_class_order_and_duplication)
{
    static const int64_t counts[3] = {6, 22, 12}, begins[3] = {17, 0, 11};
    libnc_model *model = free_model(LIBNC_FLOAT64, deep_counts, 3, 3, deep_widths, 1);
    libnc_model *other = free_model(LIBNC_FLOAT64, counts, 3, 3, deep_widths, 1);
    randomise(model, 1, 60);
    double *h = get(model, "features"), *bias = get(model, "head.bias");
    double *w[3] = {get(model, "head.1.weight"), get(model, "head.2.weight"),
                    get(model, "head.3.weight")};
    double doubled[40 * 7], last[3 * 4], new_bias[3];
    int row = 0;
    for (int k = 0; k < 3; k++) {
        for (int64_t i = 0; i < counts[k]; i++)
            memcpy(doubled + 7 * row++, h + 7 * (begins[k] + i / 2), 7 * sizeof(double));
        memcpy(last + 4 * k, w[2] + 4 * ((k + 2) % 3), 4 * sizeof(double));
        new_bias[k] = bias[(k + 2) % 3];
    }
    set(other, "features", doubled);
    set(other, "head.1.weight", w[0]);
    set(other, "head.2.weight", w[1]);
    set(other, "head.3.weight", last);
    set(other, "head.bias", new_bias);
    libnc_report *a = measured(model, NULL), *b = measured(other, NULL);
    for (int32_t metric = 1; metric <= libnc_metric_count(); metric++)
        for (int32_t j = 1; j <= 3; j++)
            if (!is_comparison(metric) && !is_of_order_or_number(metric))
                assert_near(value(a, metric, j), value(b, metric, j), 1e-11,
                            libnc_metric_name(metric));
    libnc_report_destroy(a);
    libnc_report_destroy(b);
    for (int i = 0; i < 3; i++)
        free(w[i]);
    free(h);
    free(bias);
    libnc_model_destroy(model);
    libnc_model_destroy(other);
}
END_TEST

/* W_1 = I with one row zero, W_2 of rank 1: ranks are counted, and left out beyond the limit. */
START_TEST(ranks_of_linear_layers)
{
    const int64_t counts[3] = {2, 2, 2}, widths[2] = {4, 4};
    double first[16] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2}, second[12];
    for (int i = 0; i < 12; i++)
        second[i] = (1 + i / 4) * (i % 4 - 1.5);
    libnc_model *model = free_model(LIBNC_FLOAT64, counts, 3, 2, widths, 0);
    randomise(model, 1, 65);
    set(model, "head.1.weight", first);
    set(model, "head.2.weight", second);
    libnc_report *report = measured(model, NULL);
    assert_near(value(report, LIBNC_METRIC_RANK_LAYER, 1), 3, 0, "rank");
    assert_near(value(report, LIBNC_METRIC_STABLE_RANK_LAYER, 1), 6.0 / 4, 1e-14, "stable rank");
    assert_near(value(report, LIBNC_METRIC_RANK_LAYER, 2), 1, 0, "rank");
    assert_near(value(report, LIBNC_METRIC_STABLE_RANK_LAYER, 2), 1, 1e-14, "stable rank");
    assert_near(value(report, LIBNC_METRIC_RANK_CLASSIFIER, 1), 1, 0, "rank");
    ck_assert_int_eq(
        libnc_options_set_int64(libnc_report_options(report), LIBNC_REPORT_OPTION_LAYER_RANKS, 3),
        LIBNC_OK);
    ck_assert_int_eq(libnc_report_measure(report, model, NULL), LIBNC_OK);
    assert_near(value(report, LIBNC_METRIC_RANK_LAYER, 1), NAN, 0, "rank");
    assert_near(value(report, LIBNC_METRIC_RANK_LAYER, 2), 1, 0, "rank");
    libnc_report_destroy(report);
    libnc_model_destroy(model);
}
END_TEST

/* ---- degenerate ---- */

START_TEST(degenerate_models)
{
    /* one class */
    const int64_t one[1] = {3}, width[1] = {2}, single[3] = {1, 1, 1};
    libnc_model *model = free_model(LIBNC_FLOAT64, one, 1, 1, width, 0);
    randomise(model, 1, 70);
    libnc_report *report = measured(model, NULL);
    static const int32_t undefined[] = {LIBNC_METRIC_NC1,
                                        LIBNC_METRIC_NC2_EQUIANGULAR_FEATURES,
                                        LIBNC_METRIC_NC2_ETF_FEATURES,
                                        LIBNC_METRIC_NC2_EQUIANGULAR_CLASSIFIER,
                                        LIBNC_METRIC_NC3_DUALITY,
                                        LIBNC_METRIC_NC2_EQUINORM_FEATURES,
                                        LIBNC_METRIC_NC3_ETF,
                                        LIBNC_METRIC_NC2_ETF_CLASSIFIER,
                                        LIBNC_METRIC_CDNV};
    for (size_t i = 0; i < sizeof undefined / sizeof *undefined; i++)
        assert_near(value(report, undefined[i], 1), NAN, 0, libnc_metric_name(undefined[i]));
    ck_assert_double_eq(value(report, LIBNC_METRIC_ACCURACY, 1), 1);
    libnc_model_destroy(model);
    /* all zero: nothing but counts is defined */
    model = free_model(LIBNC_FLOAT64, deep_counts, 3, 3, deep_widths, 1);
    ck_assert_int_eq(libnc_report_measure(report, model, NULL), LIBNC_OK);
    for (int32_t metric = LIBNC_METRIC_NC1; metric <= LIBNC_METRIC_NC3_DUALITY; metric++)
        assert_near(value(report, metric, 2), NAN, 0, libnc_metric_name(metric));
    ck_assert_double_eq(value(report, LIBNC_METRIC_RANK_FEATURES, 3), 0);
    ck_assert_double_eq(value(report, LIBNC_METRIC_TR_SIGMA_B, 3), 0);
    libnc_model_destroy(model);
    /* one sample per class, and more classes than d + 1 */
    model = free_model(LIBNC_FLOAT64, single, 3, 1, (const int64_t[]){1}, 0);
    randomise(model, 1, 71);
    ck_assert_int_eq(libnc_report_measure(report, model, NULL), LIBNC_OK);
    ck_assert_double_eq(value(report, LIBNC_METRIC_NC1, 1), 0);
    ck_assert_double_eq(value(report, LIBNC_METRIC_RANK_FEATURES, 1), 1);
    ck_assert_double_gt(value(report, LIBNC_METRIC_NC2_ETF_FEATURES, 1), 0.1);
    libnc_model_destroy(model);
    /* two classes: the angle is vacuous */
    model = free_model(LIBNC_FLOAT64, deep_counts, 2, 1, deep_widths, 0);
    randomise(model, 1, 72);
    ck_assert_int_eq(libnc_report_measure(report, model, NULL), LIBNC_OK);
    assert_near(value(report, LIBNC_METRIC_NC2_EQUIANGULAR_FEATURES, 1), 0, 1e-14, "cos");
    libnc_model_destroy(model);
    libnc_report_destroy(report);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {orthogonal_frame,
                                  simplex_etf_about_an_offset,
                                  within_class_scatter_by_hand,
                                  nc4_respects_the_bias,
                                  nc4_is_not_accuracy,
                                  every_layer_of_a_deep_head,
                                  free_features_and_data_agree,
                                  float32_is_measured_in_float64,
                                  many_rows_against_definitions,
                                  invariant_under_rotation_and_scale,
                                  invariant_under_class_order_and_duplication,
                                  ranks_of_linear_layers,
                                  degenerate_models};
    Suite *suite = suite_create("report");
    add_tests(suite, "report", tests, sizeof tests / sizeof *tests);
    return run_suite(suite);
}
