/* SPDX-License-Identifier: MIT
 *
 * test_report.c: reports through the public interface. Oracles: planted frames, first-order
 * perturbations, known answers of the theory, invariances, and one head measured in two ways.
 */
#include <libnc/libnc.h>

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static libnc_context *context;

/* An allocator that can be told to fail, and knows what is out. */
static int64_t blocks_out, allocations, fail_at = -1;
static int fails_for_ever;

static void *allocate(size_t size, void *user)
{
    (void)user;
    int64_t index = allocations++;
    if (fail_at >= 0 && (index == fail_at || (fails_for_ever && index > fail_at)))
        return NULL;
    blocks_out++;
    return malloc(size);
}

static void release(void *block, void *user)
{
    (void)user;
    blocks_out -= block != NULL;
    free(block);
}

static void setup(void)
{
    fail_at = -1;
    ck_assert_int_eq(libnc_context_create_with_allocator(&context, allocate, release, NULL),
                     LIBNC_OK);
}

static void teardown(void)
{
    libnc_context_destroy(context);
    ck_assert_int_eq(blocks_out, 0);
}

/* SplitMix64, uniform on (-1, 1). */
static double uniform(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return ((double)(z >> 11) + 0.5) * 0x1p-52 - 1;
}

static double *random_values(int64_t count, double scale, uint64_t seed)
{
    double *values = malloc((size_t)count * sizeof *values);
    for (int64_t i = 0; i < count; i++)
        values[i] = scale * uniform(&seed);
    return values;
}

static libnc_model *free_model(int32_t scalar, const int64_t *counts, int64_t K, int32_t depth,
                               const int64_t *widths, int32_t bias)
{
    libnc_classes *classes;
    libnc_model *model;
    ck_assert_int_eq(libnc_classes_from_counts(&classes, context, counts, K), LIBNC_OK);
    ck_assert_int_eq(libnc_model_create_free(&model, context, scalar, classes, depth, widths, bias),
                     LIBNC_OK);
    libnc_classes_destroy(classes);
    return model;
}

static size_t parameter_size(const libnc_model *model, const char *name, int32_t *index)
{
    int64_t rows, cols;
    ck_assert_int_eq(libnc_model_parameter_index(model, name, index), LIBNC_OK);
    ck_assert_int_eq(libnc_model_parameter_info(model, *index, NULL, &rows, &cols), LIBNC_OK);
    return (size_t)(rows * cols);
}

static void set(libnc_model *model, const char *name, const double *values)
{
    int32_t index;
    size_t size = parameter_size(model, name, &index);
    ck_assert_int_eq(libnc_model_set_parameter(model, index, values, size), LIBNC_OK);
}

static double *get(libnc_model *model, const char *name)
{
    int32_t index;
    size_t size = parameter_size(model, name, &index);
    double *values = malloc(size * sizeof *values);
    ck_assert_int_eq(libnc_model_get_parameter(model, index, values, size), LIBNC_OK);
    return values;
}

/* features[i] = means[label i] + spread * noise */
static void set_features(libnc_model *model, const double *means, double spread, uint64_t seed)
{
    int64_t N = libnc_model_samples(model), d = libnc_model_width(model, 1);
    const int32_t *labels = libnc_model_labels(model);
    double *features = malloc((size_t)(N * d) * sizeof *features);
    for (int64_t i = 0; i < N * d; i++)
        features[i] = means[labels[i / d] * d + i % d] + spread * uniform(&seed);
    set(model, "features", features);
    free(features);
}

static void set_random(libnc_model *model, uint64_t seed)
{
    for (int32_t i = 0; i < libnc_model_parameter_count(model); i++) {
        int64_t rows, cols;
        const char *name;
        ck_assert_int_eq(libnc_model_parameter_info(model, i, &name, &rows, &cols), LIBNC_OK);
        double *values = random_values(rows * cols, 1, seed + (uint64_t)i);
        set(model, name, values);
        free(values);
    }
}

static libnc_report *measured(libnc_model *model, const libnc_dataset *dataset)
{
    libnc_report *report;
    ck_assert_int_eq(libnc_report_create(&report, context), LIBNC_OK);
    ck_assert_msg(libnc_report_measure(report, model, dataset) == LIBNC_OK, "%s",
                  libnc_context_error(context));
    return report;
}

static double value(const libnc_report *report, int32_t metric, int32_t layer)
{
    double result = -12345;
    ck_assert_int_eq(libnc_report_value(report, metric, layer, &result), LIBNC_OK);
    return result;
}

static int is_comparison(int32_t metric)
{
    return metric >= LIBNC_METRIC_PREDICTED_FEATURES && metric <= LIBNC_METRIC_LOSS_GAP;
}

static void assert_near(double actual, double expected, double tolerance, const char *what)
{
    if (isnan(expected))
        ck_assert_msg(isnan(actual), "%s = %g, not NaN", what, actual);
    else
        ck_assert_msg(fabs(actual - expected) <= tolerance * fmax(1, fabs(expected)),
                      "%s = %.17g, not %.17g", what, actual, expected);
}

/* Every metric of one layer equals that of another report. */
static void assert_same(const libnc_report *a, int32_t layer_a, const libnc_report *b,
                        int32_t layer_b, double tolerance)
{
    for (int32_t metric = 1; metric <= libnc_metric_count(); metric++)
        if (!is_comparison(metric) && metric != LIBNC_METRIC_SCATTER_WITHIN &&
            metric != LIBNC_METRIC_SCATTER_BETWEEN)
            assert_near(value(a, metric, layer_a), value(b, metric, layer_b), tolerance,
                        libnc_metric_name(metric));
}

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
                                    LIBNC_METRIC_OF_FEATURES,
                                    LIBNC_METRIC_OF_CLASSIFIER,
                                    LIBNC_METRIC_OF_PRODUCT,
                                    LIBNC_METRIC_ETF_FEATURES,
                                    LIBNC_METRIC_EQUINORM_FEATURES,
                                    LIBNC_METRIC_CDNV,
                                    LIBNC_METRIC_SCATTER_WITHIN,
                                    LIBNC_METRIC_EQUINORM_CLASSIFIER,
                                    LIBNC_METRIC_EQUIANGULAR_FEATURES};
    for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++)
        assert_near(value(report, zeros[i], 1), 0, 1e-15, libnc_metric_name(zeros[i]));
    ck_assert_double_eq(value(report, LIBNC_METRIC_NC4, 1), 1);
    ck_assert_double_eq(value(report, LIBNC_METRIC_ACCURACY, 1), 1);
    ck_assert_double_eq(value(report, LIBNC_METRIC_RANK_FEATURES, 1), 3);
    /* ||h_k - h_G||^2 = 4 (1 - 1/4) */
    assert_near(value(report, LIBNC_METRIC_SCATTER_BETWEEN, 1), 3, 1e-15, "tr_sigma_b");
    /* rows of W are orthogonal: |cos + 1/3| = 1/3 */
    assert_near(value(report, LIBNC_METRIC_EQUIANGULAR_CLASSIFIER, 1), 1.0 / 3, 1e-15, "cos");
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

/* A balanced ETF about a common offset of 5. Everything that is centred sees it; a wrong one with
 * means that are not centred does not. The OF metrics use means that are not centred and must see
 * the offset. */
START_TEST(simplex_etf_about_an_offset)
{
    enum { K = 5 };
    const int64_t counts[K] = {4, 4, 4, 4, 4}, widths[1] = {K};
    double means[K * K], weight[K * K];
    for (int i = 0; i < K * K; i++) {
        weight[i] = 2 * ((i / K == i % K) - 1.0 / K);
        means[i] = weight[i] + 5;
    }
    libnc_model *model = free_model(LIBNC_FLOAT64, counts, K, 1, widths, 1);
    set(model, "head.1.weight", weight);
    set_features(model, means, 0, 1);
    libnc_report *report = measured(model, NULL);
    static const int32_t zeros[] = {
        LIBNC_METRIC_ETF_FEATURES,         LIBNC_METRIC_ETF_CLASSIFIER,
        LIBNC_METRIC_ETF_PRODUCT,          LIBNC_METRIC_DUALITY,
        LIBNC_METRIC_EQUINORM_FEATURES,    LIBNC_METRIC_EQUINORM_CLASSIFIER,
        LIBNC_METRIC_EQUIANGULAR_FEATURES, LIBNC_METRIC_EQUIANGULAR_CLASSIFIER};
    for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++)
        assert_near(value(report, zeros[i], 1), 0, 1e-14, libnc_metric_name(zeros[i]));
    ck_assert_double_gt(value(report, LIBNC_METRIC_OF_FEATURES, 1), 0.5);
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
    assert_near(value(report, LIBNC_METRIC_SCATTER_WITHIN, 1), (0.12 + 0.75e-6) / N, 1e-15, "S_W");
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

static const int64_t deep_counts[3] = {11, 6, 3}, deep_widths[3] = {7, 5, 4};

/* Layer j of a deep head is layer 1 of the model whose features are those before layer j. */
START_TEST(every_layer_of_a_deep_head)
{
    libnc_model *model = free_model(LIBNC_FLOAT64, deep_counts, 3, 3, deep_widths, 1);
    set_random(model, 10);
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
    set_random(model, 20);
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
    ck_assert_int_eq(libnc_model_create_backbone(&other, context, LIBNC_FLOAT64, 7, 0, NULL, NULL,
                                                 3, 3, deep_widths, 1),
                     LIBNC_OK);
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
    set_random(a, 31);
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
    set_random(model, 41);
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
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_SCATTER_WITHIN, 1), energy, 1e-12);
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
    set_random(model, 50);
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
    set_random(model, 60);
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
    for (int32_t j = 1; j <= 3; j++)
        assert_same(a, j, b, j, 1e-11);
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

/* ---- degenerate ---- */

START_TEST(degenerate_models)
{
    /* one class */
    const int64_t one[1] = {3}, width[1] = {2}, single[3] = {1, 1, 1};
    libnc_model *model = free_model(LIBNC_FLOAT64, one, 1, 1, width, 0);
    set_random(model, 70);
    libnc_report *report = measured(model, NULL);
    static const int32_t undefined[] = {
        LIBNC_METRIC_NC1,          LIBNC_METRIC_EQUIANGULAR_FEATURES,
        LIBNC_METRIC_ETF_FEATURES, LIBNC_METRIC_EQUIANGULAR_CLASSIFIER,
        LIBNC_METRIC_DUALITY,      LIBNC_METRIC_EQUINORM_FEATURES,
        LIBNC_METRIC_ETF_PRODUCT,  LIBNC_METRIC_ETF_CLASSIFIER,
        LIBNC_METRIC_CDNV};
    for (size_t i = 0; i < sizeof undefined / sizeof *undefined; i++)
        assert_near(value(report, undefined[i], 1), NAN, 0, libnc_metric_name(undefined[i]));
    ck_assert_double_eq(value(report, LIBNC_METRIC_ACCURACY, 1), 1);
    libnc_model_destroy(model);
    /* all zero: nothing but counts is defined */
    model = free_model(LIBNC_FLOAT64, deep_counts, 3, 3, deep_widths, 1);
    ck_assert_int_eq(libnc_report_measure(report, model, NULL), LIBNC_OK);
    for (int32_t metric = LIBNC_METRIC_NC1; metric <= LIBNC_METRIC_DUALITY; metric++)
        assert_near(value(report, metric, 2), NAN, 0, libnc_metric_name(metric));
    ck_assert_double_eq(value(report, LIBNC_METRIC_RANK_FEATURES, 3), 0);
    ck_assert_double_eq(value(report, LIBNC_METRIC_SCATTER_BETWEEN, 3), 0);
    libnc_model_destroy(model);
    /* one sample per class, and more classes than d + 1 */
    model = free_model(LIBNC_FLOAT64, single, 3, 1, (const int64_t[]){1}, 0);
    set_random(model, 71);
    ck_assert_int_eq(libnc_report_measure(report, model, NULL), LIBNC_OK);
    ck_assert_double_eq(value(report, LIBNC_METRIC_NC1, 1), 0);
    ck_assert_double_eq(value(report, LIBNC_METRIC_RANK_FEATURES, 1), 1);
    ck_assert_double_gt(value(report, LIBNC_METRIC_ETF_FEATURES, 1), 0.1);
    libnc_model_destroy(model);
    /* two classes: the angle is vacuous */
    model = free_model(LIBNC_FLOAT64, deep_counts, 2, 1, deep_widths, 0);
    set_random(model, 72);
    ck_assert_int_eq(libnc_report_measure(report, model, NULL), LIBNC_OK);
    assert_near(value(report, LIBNC_METRIC_EQUIANGULAR_FEATURES, 1), 0, 1e-14, "cos");
    libnc_model_destroy(model);
    libnc_report_destroy(report);
}
END_TEST

/* ---- comparison ---- */

static libnc_geometry *solved(const int64_t *counts, int64_t K, int32_t depth, double decay,
                              int64_t width)
{
    libnc_classes *classes;
    libnc_geometry *geometry;
    ck_assert_int_eq(libnc_classes_from_counts(&classes, context, counts, K), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_create(&geometry, classes, depth), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_set_weight_decay(geometry, &decay, 1), LIBNC_OK);
    libnc_options *options = libnc_geometry_options(geometry);
    ck_assert_int_eq(libnc_options_set_double(options, LIBNC_GEOMETRY_FEATURE_DECAY, decay),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_options_set_int64(options, LIBNC_GEOMETRY_WIDTH, width), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_solve(geometry), LIBNC_OK);
    libnc_classes_destroy(classes);
    return geometry;
}

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
            for (int32_t m = LIBNC_METRIC_PREDICTED_FEATURES; m <= LIBNC_METRIC_SINGULAR_VALUES;
                 m++)
                assert_near(value(report, m, j), 0, 1e-13, libnc_metric_name(m));
            assert_near(value(report, LIBNC_METRIC_LOSS_GAP, j), 1e-3, 1e-12, "loss_gap");
            /* no OF: the lengths differ */
            ck_assert_double_gt(value(report, LIBNC_METRIC_OF_FEATURES, j), 0.1);
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
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_PREDICTED_CLASSIFIER, 1),
                            expected * sqrt(rest / square), 1e-5 * e);
    assert_near(value(report, LIBNC_METRIC_PREDICTED_FEATURES, 1), 0, 1e-13, "features");
    /* the singular values of Z D are sqrt(n_k) times the logits: only the first changes */
    const double s[4] = {sqrt(200) * 0.9858578644, 9.8, sqrt(50) * 0.9717157288,
                         sqrt(50) * 0.9717157288};
    double norm = sqrt(s[0] * s[0] + s[1] * s[1] + s[2] * s[2] + s[3] * s[3]);
    ck_assert_double_eq_tol(value(report, LIBNC_METRIC_SINGULAR_VALUES, 1), e * s[0] / norm,
                            1e-5 * e);
    assert_near(value(report, LIBNC_METRIC_LOSS_GAP, 1), NAN, 0, "loss_gap");
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
        for (int32_t m = LIBNC_METRIC_PREDICTED_FEATURES; m <= LIBNC_METRIC_SINGULAR_VALUES; m++)
            assert_near(value(report, m, 1), 0, 1e-13, libnc_metric_name(m));
        /* columns of unequal length e: G - T = gain diag(2e, 0) in their basis, rank 2 of norm
         * sqrt(2): relative error 2e/sqrt(2), normalised e/sqrt(1) ... (2e, 0) minus its part
         * along (1, 1)/sqrt(2) is (e, -e), of norm e sqrt(2), over sqrt(2) */
        for (int k = 0; k < 4; k++)
            weight[2 * k] *= 1 + 1e-7;
        set(model, "head.1.weight", weight);
        ck_assert_int_eq(libnc_report_measure(report, model, NULL), LIBNC_OK);
        ck_assert_int_eq(libnc_report_compare(report, geometry, NAN), LIBNC_OK);
        ck_assert_double_eq_tol(value(report, LIBNC_METRIC_CLASSIFIER_ERROR, 1), sqrt(2) * 1e-7,
                                1e-13);
        ck_assert_double_eq_tol(value(report, LIBNC_METRIC_PREDICTED_CLASSIFIER, 1), 1e-7, 1e-13);
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
                                              LIBNC_GEOMETRY_FEATURE_DECAY, 0.125),
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
            for (int32_t m = LIBNC_METRIC_PREDICTED_FEATURES; m <= LIBNC_METRIC_SINGULAR_VALUES;
                 m++)
                assert_near(value(report, m, j), 0, 1e-13, libnc_metric_name(m));
    }
    libnc_report_destroy(report);
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
    double result = 5;
    for (int32_t m = LIBNC_METRIC_PREDICTED_FEATURES; m <= LIBNC_METRIC_LOSS_GAP; m++)
        ck_assert_int_eq(libnc_report_value(report, m, 1, &result), LIBNC_ERROR_STATE);
    ck_assert_double_eq(result, 5);
    static const int64_t other_counts[K_GOF] = {200, 100, 50, 51};
    libnc_geometry *wrong[3] = {solved(gof_counts, K_GOF, 2, 5e-4, 0),
                                solved(gof_counts, 3, 1, 5e-4, 0),
                                solved(other_counts, K_GOF, 1, 5e-4, 0)};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(libnc_report_compare(report, wrong[i], 1), LIBNC_ERROR_DIMENSION);
        libnc_geometry_destroy(wrong[i]);
    }
    libnc_classes *classes;
    libnc_geometry *unsolved;
    ck_assert_int_eq(libnc_classes_from_counts(&classes, context, gof_counts, K_GOF), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_create(&unsolved, classes, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_report_compare(report, unsolved, 1), LIBNC_ERROR_STATE);
    libnc_geometry_destroy(unsolved);
    libnc_classes_destroy(classes);
    /* a new measurement forgets the comparison */
    ck_assert_int_eq(libnc_report_compare(report, geometry, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_report_value(report, LIBNC_METRIC_LOSS_GAP, 1, &result), LIBNC_OK);
    ck_assert_int_eq(libnc_report_measure(report, model, NULL), LIBNC_OK);
    ck_assert_int_eq(libnc_report_value(report, LIBNC_METRIC_LOSS_GAP, 1, &result),
                     LIBNC_ERROR_STATE);
    libnc_report_destroy(report);
    libnc_model_destroy(model);
    libnc_geometry_destroy(geometry);
}
END_TEST

/* ---- arguments, states, faults ---- */

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
    set_random(model, 80);
    ck_assert_int_eq(libnc_report_measure(report, model, NULL), LIBNC_OK);
    static const int32_t bad_layers[] = {0, -1, 4, INT32_MAX, INT32_MIN};
    static const int32_t bad_items[] = {0, -1, 26, INT32_MAX, INT32_MIN};
    for (int i = 0; i < 5; i++) {
        int32_t item = bad_items[i], layer = bad_layers[i];
        ck_assert_int_eq(libnc_report_value(report, 1, layer, values), LIBNC_ERROR_ARGUMENT);
        ck_assert_int_eq(libnc_report_vector(report, 1, layer, values, 3), LIBNC_ERROR_ARGUMENT);
        ck_assert_int_eq(libnc_report_matrix(report, 1, layer, values, 9), LIBNC_ERROR_ARGUMENT);
        ck_assert_int_eq(libnc_report_value(report, item, 1, values), LIBNC_ERROR_ARGUMENT);
        ck_assert_int_eq(libnc_report_vector(report, item, 1, values, 3), LIBNC_ERROR_ARGUMENT);
        ck_assert_int_eq(libnc_report_matrix(report, item, 1, values, 9), LIBNC_ERROR_ARGUMENT);
    }
    ck_assert_int_eq(libnc_report_vector(report, 7, 1, values, 3), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_report_matrix(report, 5, 1, values, 9), LIBNC_ERROR_ARGUMENT);
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
    ck_assert_int_eq(libnc_metric_count(), LIBNC_METRIC_CDNV);
    ck_assert_ptr_null(libnc_metric_name(0));
    ck_assert_ptr_null(libnc_metric_name(-1));
    ck_assert_ptr_null(libnc_metric_name(libnc_metric_count() + 1));
    ck_assert_str_eq(libnc_metric_name(LIBNC_METRIC_NC1), "nc1");
    ck_assert_str_eq(libnc_metric_name(LIBNC_METRIC_DUALITY), "nc3_duality");
    ck_assert_str_eq(libnc_metric_name(LIBNC_METRIC_LOSS_GAP), "loss_gap");
    ck_assert_str_eq(libnc_metric_name(LIBNC_METRIC_SCATTER_BETWEEN), "tr_sigma_b");
    for (int32_t i = 1; i <= libnc_metric_count(); i++)
        for (int32_t j = 1; j < i; j++)
            ck_assert_str_ne(libnc_metric_name(i), libnc_metric_name(j));
}
END_TEST

START_TEST(measure_checks_its_arguments)
{
    libnc_model *model = free_model(LIBNC_FLOAT64, deep_counts, 3, 3, deep_widths, 1), *backbone;
    set_random(model, 90);
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
    ck_assert_int_eq(libnc_model_create_backbone(&backbone, context, LIBNC_FLOAT64, 2, 0, NULL,
                                                 NULL, 3, 1, width, 0),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_report_measure(NULL, model, NULL), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_report_measure(report, NULL, NULL), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_report_measure(report, model, dataset), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_report_measure(report, backbone, NULL), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_report_measure(report, backbone, wide), LIBNC_ERROR_DIMENSION);
    ck_assert_int_eq(libnc_report_measure(report, backbone, few), LIBNC_ERROR_DIMENSION);
    libnc_context *other_context;
    libnc_report *other;
    ck_assert_int_eq(libnc_context_create(&other_context), LIBNC_OK);
    ck_assert_int_eq(libnc_report_create(&other, other_context), LIBNC_OK);
    ck_assert_int_eq(libnc_report_measure(other, model, NULL), LIBNC_ERROR_ARGUMENT);
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
    set_random(model, 100);
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
        int32_t index;
        void *view;
        (void)parameter_size(model, cases[i].parameter, &index);
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

/* Every allocation of measure and compare failed in turn, once and for ever. */
START_TEST(every_allocation_fails_cleanly)
{
    const int64_t counts[4] = {10, 10, 10, 10}, widths[2] = {2, 3};
    libnc_geometry *geometry = solved(counts, 4, 2, 1e-3, 2); /* with a tie */
    libnc_model *model = free_model(LIBNC_FLOAT64, counts, 4, 2, widths, 1);
    set_random(model, 110);
    libnc_report *report = measured(model, NULL);
    double before = value(report, LIBNC_METRIC_NC1, 2), result;
    set_random(model, 120);
    for (int phase = 0; phase < 4; phase++) {
        libnc_status status = LIBNC_ERROR_MEMORY;
        fails_for_ever = phase % 2;
        int64_t tried = 0;
        for (; status == LIBNC_ERROR_MEMORY; tried++) {
            int64_t out = blocks_out;
            fail_at = allocations + tried;
            status = phase < 2 ? libnc_report_measure(report, model, NULL)
                               : libnc_report_compare(report, geometry, 1);
            fail_at = -1;
            if (status != LIBNC_ERROR_MEMORY)
                break;
            ck_assert_int_eq(blocks_out, out);
            if (phase == 0)
                ck_assert_double_eq(value(report, LIBNC_METRIC_NC1, 2), before);
            if (phase == 2)
                ck_assert_int_eq(libnc_report_value(report, LIBNC_METRIC_LOSS_GAP, 1, &result),
                                 LIBNC_ERROR_STATE);
        }
        ck_assert_int_eq(status, LIBNC_OK);
        ck_assert_int_gt(tried, 10);
    }
    libnc_report_destroy(report);
    report = NULL;
    fail_at = allocations;
    ck_assert_int_eq(libnc_report_create(&report, context), LIBNC_ERROR_MEMORY);
    ck_assert_ptr_null(report);
    libnc_model_destroy(model);
    libnc_geometry_destroy(geometry);
}
END_TEST

static void add(Suite *suite, const char *name, const TTest *const *tests, size_t count)
{
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    const TTest *const metrics[] = {orthogonal_frame,
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
                                    degenerate_models};
    const TTest *const comparison[] = {
        planted_general_orthogonal_frame, planted_error_of_first_order,
        ties_take_the_nearest_minimiser, ties_at_the_threshold_take_the_nearest_rank,
        comparison_errors};
    const TTest *const conduct[] = {
        getters_check_their_arguments, names_are_unique, measure_checks_its_arguments,
        not_finite_is_named_and_changes_nothing, every_allocation_fails_cleanly};
    Suite *suite = suite_create("report");
    add(suite, "metrics", metrics, sizeof metrics / sizeof *metrics);
    add(suite, "comparison", comparison, sizeof comparison / sizeof *comparison);
    add(suite, "conduct", conduct, sizeof conduct / sizeof *conduct);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failures = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failures != 0;
}
