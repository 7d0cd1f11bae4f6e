/* SPDX-License-Identifier: MIT
 *
 * test_convention.c: each convention gives what its toolkit computes. The numbers come from the
 * toolkits' formulas in numpy (tests/peers/conventions.py), on the same three data sets, and from
 * three toolkits themselves, on two more (tests/peers/toolkits_table.h).
 */
#include "support/report_fixture.h"

#include "peers/toolkits_table.h"
#include "support/conventions_table.h"

#include <stdbool.h>

enum { SETS = 3 };

/* As SETS of conventions.py has them. */
static const struct {
    int64_t classes, counts[5], width;
    double spread;
    uint64_t seed;
} sets[SETS] = {
    {4, {5, 5, 5, 5}, 6, 0.9, 11}, {5, {9, 7, 5, 3, 2}, 8, 0.6, 22}, {3, {12, 6, 3}, 12, 1e-3, 33}};

static const double decay = 1e-3;

static void show(libnc_accumulator *a, const double *rows, const int32_t *labels, int64_t count,
                 int64_t width)
{
    must(libnc_accumulator_update(a, rows, LIBNC_FLOAT64, count, width, labels, LIBNC_LABEL_INT32));
}

/* Both passes over labelled features, and a report on them. "nc1_balanced" takes a projected
 * scatter, "nc1_corrected" a full one. */
static libnc_report *report_of(const double *rows, const int32_t *labels, int64_t N, int64_t d,
                               const double *w, const double *b, int64_t K, const char *scatter)
{
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, context, K, d));
    must(libnc_options_set_text(libnc_accumulator_options(a), "scatter", scatter));
    show(a, rows, labels, N, d);
    must(libnc_accumulator_begin_second_pass(a, w, b, LIBNC_FLOAT64));
    show(a, rows, labels, N, d);
    libnc_report *report;
    const libnc_accumulator *accumulators[1] = {a};
    const double *classifiers[1] = {w};
    must(libnc_report_create(&report, context));
    must(libnc_report_measure_features(report, accumulators, classifiers, b, 1));
    libnc_accumulator_destroy(a);
    return report;
}

/* The report on one data set, with its comparison. */
static libnc_report *report_of_set(int number, const char *scatter)
{
    const int64_t K = sets[number].classes, d = sets[number].width;
    const uint64_t seed = sets[number].seed;
    int64_t N = 0;
    for (int64_t k = 0; k < K; k++)
        N += sets[number].counts[k];
    double *centres = random_values(K * d, 1, seed), *rows = random_values(N * d, 1, seed + 1);
    double *w = random_values(K * d, 1, seed + 2), *b = random_values(K, 1, seed + 3);
    int32_t *labels = malloc((size_t)N * sizeof *labels);
    int64_t i = 0;
    for (int64_t k = 0; k < K; k++) {
        b[k] *= 0.5;
        for (int64_t n = 0; n < sets[number].counts[k]; n++)
            labels[i++] = (int32_t)k;
    }
    for (i = 0; i < N * d; i++)
        rows[i] = 0.25 + centres[labels[i / d] * d + i % d] + sets[number].spread * rows[i];
    for (i = 0; i < K * d; i++)
        w[i] += 0.7 * centres[i];
    libnc_report *report = report_of(rows, labels, N, d, w, b, K, scatter);
    libnc_geometry *geometry = solved(sets[number].counts, K, 1, decay, 0);
    must(libnc_report_compare(report, geometry, NAN));
    libnc_geometry_destroy(geometry);
    free(labels);
    free(b);
    free(w);
    free(rows);
    free(centres);
    return report;
}

static int32_t metric_of(const char *name)
{
    for (int32_t metric = 1; metric <= libnc_metric_count(); metric++)
        if (strcmp(libnc_metric_name(metric), name) == 0)
            return metric;
    ck_abort_msg("no metric %s", name);
    return 0;
}

/* numpy inverts Sigma_B itself, which loses digits: 1e-9. The metrics of the default's own
 * definitions are among them. */
START_TEST(conventions_give_their_toolkits_numbers)
{
    libnc_report *projected = report_of_set(_i, "projected"), *full = report_of_set(_i, "full");
    int tried = 0;
    for (size_t i = 0; i < sizeof conventions_table / sizeof *conventions_table; i++) {
        if (conventions_table[i].data != _i)
            continue;
        const char *name = conventions_table[i].convention;
        const double expected = conventions_table[i].value;
        const int32_t metric = metric_of(conventions_table[i].metric);
        libnc_report *report = metric == LIBNC_METRIC_NC1_CORRECTED ? full : projected;
        must(libnc_report_set_convention(report, libnc_convention_index(name)));
        double actual = value(report, metric, 1);
        ck_assert_msg(isnan(expected)
                          ? isnan(actual)
                          : fabs(actual - expected) <= 1e-9 * fmax(fabs(expected), 1e-3),
                      "set %d, %s: %s = %.17g, not %.17g", _i, name, conventions_table[i].metric,
                      actual, expected);
        tried++;
    }
    ck_assert_int_gt(tried, 30);
    libnc_report_destroy(full);
    libnc_report_destroy(projected);
}
END_TEST

/* ---- the toolkits' own numbers ---- */

/* A data set of tests/peers: N x d features, labels, K x d classifier, bias. */
typedef struct stored {
    int64_t N, d, K;
    double *features, *labels, *classifier, *bias;
    int32_t *classes; /* the labels as integers */
} stored;

static double *read_member(const char *name, const char *member, int64_t *rows, int64_t *cols)
{
    char path[64];
    libnc_array *array;
    snprintf(path, sizeof path, "tests/peers/%s.npz", name);
    must(libnc_array_open(&array, context, path, member));
    *rows = libnc_array_rows(array);
    *cols = libnc_array_cols(array);
    const size_t size = (size_t)(*rows * *cols);
    double *values = malloc(size * sizeof *values);
    must(libnc_array_read(array, 0, *rows, LIBNC_FLOAT64, values, size));
    libnc_array_destroy(array);
    return values;
}

static stored stored_read(const char *name)
{
    stored s = {0};
    int64_t rows, cols;
    s.labels = read_member(name, "labels", &rows, &cols);
    s.features = read_member(name, "features", &s.N, &s.d);
    ck_assert_int_eq(rows, s.N);
    s.classifier = read_member(name, "classifier", &s.K, &cols);
    ck_assert_int_eq(cols, s.d);
    s.bias = read_member(name, "bias", &rows, &cols);
    s.classes = malloc((size_t)s.N * sizeof *s.classes);
    for (int64_t i = 0; i < s.N; i++)
        s.classes[i] = (int32_t)s.labels[i];
    return s;
}

static libnc_report *stored_report(const stored *s, bool with_bias)
{
    return report_of(s->features, s->classes, s->N, s->d, s->classifier, with_bias ? s->bias : NULL,
                     s->K, "projected");
}

static void stored_free(stored *s)
{
    free(s->features);
    free(s->labels);
    free(s->classifier);
    free(s->bias);
    free(s->classes);
}

static void assert_toolkit(const char *data, bool with_bias)
{
    stored s = stored_read(data);
    libnc_report *report = stored_report(&s, with_bias);
    int tried = 0;
    for (size_t i = 0; i < sizeof toolkits_table / sizeof *toolkits_table; i++) {
        const char *name = toolkits_table[i].convention;
        if (strcmp(toolkits_table[i].data, data) != 0 || (strcmp(name, "wu2024") == 0) == with_bias)
            continue;
        const double expected = toolkits_table[i].value;
        must(libnc_report_set_convention(report, libnc_convention_index(name)));
        const double actual = value(report, metric_of(toolkits_table[i].metric), 1);
        ck_assert_msg(fabs(actual - expected) <=
                          toolkits_table[i].tolerance * fmax(fabs(expected), 1e-3),
                      "%s, %s: %s = %.17g, not %.17g", data, name, toolkits_table[i].metric, actual,
                      expected);
        tried++;
    }
    ck_assert_int_eq(tried, with_bias ? 12 : 6);
    libnc_report_destroy(report);
    stored_free(&s);
}

/* neural-collapse leaves the bias out of decisions: its numbers are those without one. */
START_TEST(conventions_give_what_toolkits_print)
{
    for (int with_bias = 0; with_bias < 2; with_bias++) {
        assert_toolkit("balanced", with_bias);
        assert_toolkit("unbalanced", with_bias);
    }
}
END_TEST

/* The older definition is d/K times the newer; a bias leaves no agreement to give. */
START_TEST(wu2024_by_date)
{
    stored s = stored_read("unbalanced");
    libnc_report *with = stored_report(&s, true), *without = stored_report(&s, false);
    static const int32_t divided[] = {LIBNC_METRIC_NC1, LIBNC_METRIC_NC1_QUOTIENT};
    double now[2];
    must(libnc_report_set_convention(with, LIBNC_CONVENTION_WU2024));
    must(libnc_report_set_convention(without, LIBNC_CONVENTION_WU2024));
    ck_assert_double_nan(value(with, LIBNC_METRIC_NC4, 1));
    ck_assert(!isnan(value(without, LIBNC_METRIC_NC4, 1)));
    for (int i = 0; i < 2; i++)
        now[i] = value(with, divided[i], 1);
    must(libnc_report_set_convention(with, LIBNC_CONVENTION_WU2024_BEFORE_2024_11));
    for (int i = 0; i < 2; i++)
        assert_near(value(with, divided[i], 1), now[i] * (double)s.d / (double)s.K, 1e-15, "d/K");
    ck_assert_double_nan(value(with, LIBNC_METRIC_NC4, 1));
    libnc_report_destroy(with);
    libnc_report_destroy(without);
    stored_free(&s);
}
END_TEST

/* Numbers of nc-toolbox that cannot fail, as the page says: means +-e_1, +-e_2, +-e_3, with angles
 * of 90 and 180 degrees, have a signed equiangularity of 0; lengths 1, 2, 2, 1 a signed
 * equinormness of 0. */
START_TEST(signed_numbers_cannot_fail)
{
    static const double cross[6][3] = {{1, 0, 0},  {-1, 0, 0}, {0, 1, 0},
                                       {0, -1, 0}, {0, 0, 1},  {0, 0, -1}};
    static const double lengths[4][2] = {{1, 0}, {0, 2}, {0, -2}, {-1, 0}};
    double w[18] = {1};
    int32_t labels[6] = {0, 1, 2, 3, 4, 5};
    libnc_report *angles = report_of(&cross[0][0], labels, 6, 3, w, NULL, 6, "projected");
    libnc_report *norms = report_of(&lengths[0][0], labels, 4, 2, w, NULL, 4, "projected");
    assert_near(value(angles, LIBNC_METRIC_NC2_EQUIANGULAR_FEATURES, 1), 0.32, 1e-15, "absolute");
    assert_near(value(norms, LIBNC_METRIC_NC2_EQUINORM_FEATURES, 1), 1.0 / 3, 1e-15, "std/mean");
    must(libnc_report_set_convention(angles, LIBNC_CONVENTION_NC_TOOLBOX));
    must(libnc_report_set_convention(norms, LIBNC_CONVENTION_NC_TOOLBOX));
    assert_near(value(angles, LIBNC_METRIC_NC2_EQUIANGULAR_FEATURES, 1), 0, 1e-15, "signed");
    assert_near(value(norms, LIBNC_METRIC_NC2_EQUINORM_FEATURES, 1), 0, 1e-15, "signed");
    /* one sample each: no unbiased variance */
    ck_assert_double_nan(value(angles, LIBNC_METRIC_CDNV, 1));
    ck_assert_double_eq(value(angles, LIBNC_METRIC_NC1_NORMALISED, 1), 0);
    libnc_report_destroy(angles);
    libnc_report_destroy(norms);
}
END_TEST

/* Every metric that a convention says it defines is in the table, and the other way round. */
START_TEST(every_rule_is_in_the_table)
{
    for (int32_t c = LIBNC_CONVENTION_DEFAULT + 1; c <= libnc_convention_count(); c++)
        for (int32_t metric = 1; metric <= libnc_metric_count(); metric++) {
            if (!libnc_convention_formula(c, metric))
                continue;
            int found = 0;
            for (size_t i = 0; i < sizeof conventions_table / sizeof *conventions_table; i++)
                found += strcmp(conventions_table[i].convention, libnc_convention_name(c)) == 0 &&
                         strcmp(conventions_table[i].metric, libnc_metric_name(metric)) == 0;
            ck_assert_msg(found == SETS, "%s: %s is tried %d times", libnc_convention_name(c),
                          libnc_metric_name(metric), found);
        }
}
END_TEST

/* Every metric but comparisons, and what needs the layers themselves, has a number from numpy. */
START_TEST(every_metric_is_in_the_table)
{
    for (int32_t metric = 1; metric <= libnc_metric_count(); metric++) {
        int found = is_comparison(metric) || metric == LIBNC_METRIC_RANK_LAYER ||
                    metric == LIBNC_METRIC_STABLE_RANK_LAYER;
        for (size_t i = 0; i < sizeof conventions_table / sizeof *conventions_table; i++)
            found += strcmp(conventions_table[i].convention, "default") == 0 &&
                     strcmp(conventions_table[i].metric, libnc_metric_name(metric)) == 0;
        ck_assert_msg(found > 0, "%s is not tried", libnc_metric_name(metric));
    }
}
END_TEST

START_TEST(conventions_have_names)
{
    ck_assert_int_eq(libnc_convention_count(), LIBNC_CONVENTION_NC_TOOLBOX);
    for (int32_t c = 1; c <= libnc_convention_count(); c++) {
        ck_assert_int_eq(libnc_convention_index(libnc_convention_name(c)), c);
        ck_assert_int_gt(strlen(libnc_convention_source(c)), 10);
        int rules = 0;
        for (int32_t metric = 1; metric <= libnc_metric_count(); metric++)
            rules += libnc_convention_formula(c, metric) != NULL;
        ck_assert_int_gt(rules, 0);
        ck_assert_int_eq(rules == libnc_metric_count(), c == LIBNC_CONVENTION_DEFAULT);
    }
    for (int32_t metric = 0; metric <= libnc_metric_count() + 1; metric++)
        ck_assert_ptr_eq(libnc_convention_formula(LIBNC_CONVENTION_DEFAULT, metric),
                         libnc_metric_formula(metric));
    ck_assert_int_eq(libnc_convention_index("papyan2020"), LIBNC_CONVENTION_PAPYAN2020);
    ck_assert_int_eq(libnc_convention_index("galanti2022"), LIBNC_CONVENTION_GALANTI2022);
    ck_assert_int_eq(libnc_convention_index("wu2024_before_2024_11"),
                     LIBNC_CONVENTION_WU2024_BEFORE_2024_11);
    ck_assert_int_eq(libnc_convention_index("nc_toolbox"), LIBNC_CONVENTION_NC_TOOLBOX);
    ck_assert_int_eq(libnc_convention_index("nobody1999"), 0);
}
END_TEST

/* A convention can be chosen before measuring and after; the default comes back as it was. */
START_TEST(convention_is_a_view)
{
    libnc_model *model = free_model(LIBNC_FLOAT64, deep_counts, 3, 3, deep_widths, 1);
    randomise(model, 1, 2000);
    libnc_report *after = measured(model, NULL), *before;
    must(libnc_report_create(&before, context));
    ck_assert_int_eq(libnc_report_convention(before), LIBNC_CONVENTION_DEFAULT);
    must(libnc_report_set_convention(before, LIBNC_CONVENTION_PAPYAN2020));
    must(libnc_report_measure(before, model, NULL));
    enum { METRICS = LIBNC_METRIC_NC1_CORRECTED };
    double kept[METRICS * 3];
    ck_assert_int_eq(libnc_metric_count(), METRICS);
    for (int32_t i = 0; i < METRICS * 3; i++)
        if (!is_comparison(i % METRICS + 1))
            kept[i] = value(after, i % METRICS + 1, i / METRICS + 1);
    must(libnc_report_set_convention(after, LIBNC_CONVENTION_PAPYAN2020));
    for (int32_t j = 1; j <= 3; j++)
        for (int32_t metric = 1; metric <= libnc_metric_count(); metric++)
            if (!is_comparison(metric))
                assert_near(value(after, metric, j), value(before, metric, j), 0,
                            libnc_metric_name(metric));
    must(libnc_report_set_convention(after, LIBNC_CONVENTION_DEFAULT));
    for (int32_t i = 0; i < METRICS * 3; i++)
        if (!is_comparison(i % METRICS + 1))
            assert_near(value(after, i % METRICS + 1, i / METRICS + 1), kept[i], 0, "default");
    libnc_report_destroy(before);
    libnc_report_destroy(after);
    libnc_model_destroy(model);
}
END_TEST

/* One class, and nothing but zeros: undefined in every convention, never an error. */
START_TEST(conventions_of_degenerate_models)
{
    const int64_t one[1] = {3}, widths[1] = {2};
    libnc_model *models[2] = {free_model(LIBNC_FLOAT64, one, 1, 1, widths, 0),
                              free_model(LIBNC_FLOAT64, deep_counts, 3, 3, deep_widths, 1)};
    randomise(models[0], 1, 2100);
    for (int i = 0; i < 2; i++) {
        libnc_report *report = measured(models[i], NULL);
        for (int32_t c = 1; c <= libnc_convention_count(); c++) {
            must(libnc_report_set_convention(report, c));
            ck_assert_double_nan(value(report, LIBNC_METRIC_NC1, 1));
            ck_assert_double_nan(value(report, LIBNC_METRIC_NC2_EQUIANGULAR_FEATURES, 1));
            ck_assert_double_eq(value(report, LIBNC_METRIC_RANK_FEATURES, 1), 0);
        }
        libnc_report_destroy(report);
        libnc_model_destroy(models[i]);
    }
}
END_TEST

/* The conversions of doc/metrics.md. */
START_TEST(conversions_hold)
{
    libnc_report *report = report_of_set(0, "projected"),
                 *imbalanced = report_of_set(1, "projected");
    for (int i = 0; i < 2; i++) {
        const libnc_report *r = i == 0 ? report : imbalanced;
        const double K = i == 0 ? 4 : 5, nc1 = value(r, LIBNC_METRIC_NC1, 1);
        const double within = value(r, LIBNC_METRIC_TR_SIGMA_W, 1);
        const double duality = value(r, LIBNC_METRIC_NC3_DUALITY, 1);
        assert_near(value(r, LIBNC_METRIC_NC1_UNDIVIDED, 1), K * nc1, 1e-14, "undivided");
        assert_near(value(r, LIBNC_METRIC_NC1_QUOTIENT, 1),
                    within / value(r, LIBNC_METRIC_TR_SIGMA_B, 1), 1e-14, "quotient");
        assert_near(value(r, LIBNC_METRIC_NC1_NORMALISED, 1),
                    within / (within + value(r, LIBNC_METRIC_TR_SIGMA_B_WEIGHTED, 1)), 1e-14,
                    "normalised");
        assert_near(value(r, LIBNC_METRIC_NC2_EQUINORM_FEATURES_UNBIASED, 1),
                    sqrt(K / (K - 1)) * value(r, LIBNC_METRIC_NC2_EQUINORM_FEATURES, 1), 1e-14,
                    "equinorm");
        assert_near(value(r, LIBNC_METRIC_NC3_DUALITY_SQUARED, 1), duality * duality, 1e-14,
                    "squared");
        assert_near(value(r, LIBNC_METRIC_NC4_MISMATCH, 1), 1 - value(r, LIBNC_METRIC_NC4, 1),
                    1e-15, "mismatch");
    }
    /* balanced only */
    const double nc1 = value(report, LIBNC_METRIC_NC1, 1);
    assert_near(value(report, LIBNC_METRIC_NC1_WEIGHTED, 1), nc1, 0, "weighted");
    assert_near(value(report, LIBNC_METRIC_NC1_BALANCED, 1), nc1, 0, "balanced");
    assert_near(value(report, LIBNC_METRIC_NC1_QUOTIENT_BALANCED, 1),
                value(report, LIBNC_METRIC_NC1_QUOTIENT, 1), 1e-14, "quotient");
    ck_assert_double_gt(fabs(value(imbalanced, LIBNC_METRIC_NC1_WEIGHTED, 1) -
                             value(imbalanced, LIBNC_METRIC_NC1, 1)),
                        1e-3);
    libnc_report_destroy(imbalanced);
    libnc_report_destroy(report);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("convention");
    const TTest *const tests[] = {
        every_rule_is_in_the_table,
        every_metric_is_in_the_table,
        conventions_have_names,
        convention_is_a_view,
        conventions_of_degenerate_models,
        conversions_hold,
        conventions_give_what_toolkits_print,
        wu2024_by_date,
        signed_numbers_cannot_fail,
    };
    add_tests(suite, "convention", tests, sizeof tests / sizeof *tests);
    TCase *table = add_case(suite, "table", 4);
    tcase_add_checked_fixture(table, setup, teardown);
    tcase_add_loop_test(table, conventions_give_their_toolkits_numbers, 0, SETS);
    return run_suite(suite);
}
