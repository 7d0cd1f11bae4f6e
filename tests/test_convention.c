/* SPDX-License-Identifier: MIT
 *
 * test_convention.c: each convention gives what its toolkit computes. The numbers come from the
 * toolkits' formulas in numpy (tests/peers/conventions.py), on the same three data sets.
 */
#include "report_fixture.h"

#include "conventions_table.h"

#define must(call) ck_assert_msg((call) == LIBNC_OK, "%s: %s", #call, libnc_context_error(context))

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

/* The report on one data set, with its comparison. */
static libnc_report *report_of_set(int number)
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
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, context, K, d));
    must(libnc_options_set_text(libnc_accumulator_options(a), "scatter", "projected"));
    show(a, rows, labels, N, d);
    must(libnc_accumulator_begin_second_pass(a, w, b, LIBNC_FLOAT64));
    show(a, rows, labels, N, d);
    libnc_report *report;
    const libnc_accumulator *accumulators[1] = {a};
    const double *classifiers[1] = {w};
    must(libnc_report_create(&report, context));
    must(libnc_report_measure_features(report, accumulators, classifiers, b, 1));
    libnc_geometry *geometry = solved(sets[number].counts, K, 1, decay, 0);
    must(libnc_report_compare(report, geometry, NAN));
    libnc_geometry_destroy(geometry);
    libnc_accumulator_destroy(a);
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
    libnc_report *report = report_of_set(_i);
    int tried = 0;
    for (size_t i = 0; i < sizeof conventions_table / sizeof *conventions_table; i++) {
        if (conventions_table[i].data != _i)
            continue;
        const char *name = conventions_table[i].convention;
        const double expected = conventions_table[i].value;
        must(libnc_report_set_convention(report, libnc_convention_index(name)));
        double actual = value(report, metric_of(conventions_table[i].metric), 1);
        ck_assert_msg(fabs(actual - expected) <= 1e-9 * fmax(fabs(expected), 1e-3),
                      "set %d, %s: %s = %.17g, not %.17g", _i, name, conventions_table[i].metric,
                      actual, expected);
        tried++;
    }
    ck_assert_int_gt(tried, 30);
    libnc_report_destroy(report);
}
END_TEST

/* Every metric that a convention says it defines is in the table, and the other way round. */
START_TEST(every_rule_is_in_the_table)
{
    for (int32_t c = 1; c <= libnc_convention_count(); c++)
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
    ck_assert_int_eq(libnc_convention_count(), LIBNC_CONVENTION_GALANTI2022);
    for (int32_t c = 1; c <= libnc_convention_count(); c++) {
        ck_assert_int_eq(libnc_convention_index(libnc_convention_name(c)), c);
        ck_assert_int_gt(strlen(libnc_convention_source(c)), 10);
        int rules = 0;
        for (int32_t metric = 1; metric <= libnc_metric_count(); metric++)
            rules += libnc_convention_formula(c, metric) != NULL;
        ck_assert_int_eq(rules == 0, c == LIBNC_CONVENTION_DEFAULT);
    }
    ck_assert_int_eq(libnc_convention_index("papyan2020"), LIBNC_CONVENTION_PAPYAN2020);
    ck_assert_int_eq(libnc_convention_index("galanti2022"), LIBNC_CONVENTION_GALANTI2022);
    ck_assert_int_eq(libnc_convention_index("nobody1999"), 0);
}
END_TEST

/* A convention can be chosen before measuring and after; the default comes back as it was. */
START_TEST(convention_is_a_view)
{
    libnc_model *model = free_model(LIBNC_FLOAT64, deep_counts, 3, 3, deep_widths, 1);
    set_random(model, 2000);
    libnc_report *after = measured(model, NULL), *before;
    must(libnc_report_create(&before, context));
    ck_assert_int_eq(libnc_report_convention(before), LIBNC_CONVENTION_DEFAULT);
    must(libnc_report_set_convention(before, LIBNC_CONVENTION_PAPYAN2020));
    must(libnc_report_measure(before, model, NULL));
    double kept[65 * 3];
    for (int32_t i = 0; i < 65 * 3; i++)
        if (!is_comparison(i % 65 + 1))
            kept[i] = value(after, i % 65 + 1, i / 65 + 1);
    must(libnc_report_set_convention(after, LIBNC_CONVENTION_PAPYAN2020));
    for (int32_t j = 1; j <= 3; j++)
        for (int32_t metric = 1; metric <= libnc_metric_count(); metric++)
            if (!is_comparison(metric))
                assert_near(value(after, metric, j), value(before, metric, j), 0,
                            libnc_metric_name(metric));
    must(libnc_report_set_convention(after, LIBNC_CONVENTION_DEFAULT));
    for (int32_t i = 0; i < 65 * 3; i++)
        if (!is_comparison(i % 65 + 1))
            assert_near(value(after, i % 65 + 1, i / 65 + 1), kept[i], 0, "default");
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
    set_random(models[0], 2100);
    for (int i = 0; i < 2; i++) {
        libnc_report *report = measured(models[i], NULL);
        for (int32_t c = 1; c <= libnc_convention_count(); c++) {
            must(libnc_report_set_convention(report, c));
            ck_assert_double_nan(value(report, LIBNC_METRIC_NC1, 1));
            ck_assert_double_nan(value(report, LIBNC_METRIC_EQUIANGULAR_FEATURES, 1));
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
    libnc_report *report = report_of_set(0), *imbalanced = report_of_set(1);
    for (int i = 0; i < 2; i++) {
        const libnc_report *r = i == 0 ? report : imbalanced;
        const double K = i == 0 ? 4 : 5, nc1 = value(r, LIBNC_METRIC_NC1, 1);
        const double within = value(r, LIBNC_METRIC_SCATTER_WITHIN, 1);
        const double duality = value(r, LIBNC_METRIC_DUALITY, 1);
        assert_near(value(r, LIBNC_METRIC_NC1_UNDIVIDED, 1), K * nc1, 1e-14, "undivided");
        assert_near(value(r, LIBNC_METRIC_NC1_QUOTIENT, 1),
                    within / value(r, LIBNC_METRIC_SCATTER_BETWEEN, 1), 1e-14, "quotient");
        assert_near(value(r, LIBNC_METRIC_NC1_NORMALISED, 1),
                    within / (within + value(r, LIBNC_METRIC_SCATTER_BETWEEN_WEIGHTED, 1)), 1e-14,
                    "normalised");
        assert_near(value(r, LIBNC_METRIC_EQUINORM_FEATURES_UNBIASED, 1),
                    sqrt(K / (K - 1)) * value(r, LIBNC_METRIC_EQUINORM_FEATURES, 1), 1e-14,
                    "equinorm");
        assert_near(value(r, LIBNC_METRIC_DUALITY_SQUARED, 1), duality * duality, 1e-14, "squared");
        assert_near(value(r, LIBNC_METRIC_NC4_MISMATCH, 1), 1 - value(r, LIBNC_METRIC_NC4, 1),
                    1e-15, "mismatch");
    }
    /* balanced only */
    const double nc1 = value(report, LIBNC_METRIC_NC1, 1);
    assert_near(value(report, LIBNC_METRIC_NC1_WEIGHTED, 1), nc1, 0, "weighted");
    assert_near(value(report, LIBNC_METRIC_NC1_BALANCED, 1), nc1, 0, "balanced");
    assert_near(value(report, LIBNC_METRIC_QUOTIENT_BALANCED, 1),
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
    const TTest *const tests[] = {every_rule_is_in_the_table,       every_metric_is_in_the_table,
                                  conventions_have_names,           convention_is_a_view,
                                  conventions_of_degenerate_models, conversions_hold};
    add_tests(suite, "convention", tests, sizeof tests / sizeof *tests);
    TCase *table = tcase_create("table");
    tcase_add_checked_fixture(table, setup, teardown);
    tcase_add_loop_test(table, conventions_give_their_toolkits_numbers, 0, SETS);
    suite_add_tcase(suite, table);
    return run_suite(suite);
}
