/* SPDX-License-Identifier: MIT
 *
 * test_remedy.c: the least change that takes groups of equal classes out of minority collapse
 * (libnc/remedy.h).
 *
 * What a remedy promises is checked on solutions of the changed problem: apart beyond it, merged
 * before it. In decay form also against a search of factors one by one.
 */
#include "support/minority_fixture.h"

typedef struct cure {
    double weight, limit;
    int64_t repeats;
} cure;

static cure weigh(const imbalance *p, int64_t first, int64_t count, int64_t target, double margin)
{
    cure c = {-1, -1, -1};
    int64_t classes[MOST_CLASSES];
    fixture f = pose(p);
    for (int64_t i = 0; i < count; i++)
        classes[i] = first + count - 1 - i;
    ck_assert_int_eq(libnc_remedy_weight(f.geometry, classes, count, target, margin, &c.weight,
                                         &c.limit, &c.repeats),
                     LIBNC_OK);
    release(&f);
    return c;
}

/* The problem with the weights of classes first .. first + count - 1 multiplied. */
static imbalance weighted(const imbalance *p, int64_t first, int64_t count, double factor)
{
    imbalance q = *p;
    for (int64_t k = 0; k < p->classes; k++) {
        q.weights[k] = p->weights[0] > 0 ? p->weights[k] : 1;
        if (k >= first && k < first + count)
            q.weights[k] *= factor;
    }
    return q;
}

/* Distance of the last two classes. */
static double last_distance(const imbalance *p)
{
    fixture f = solve_imbalance(p);
    const double distance = row_distance(f.geometry, p->classes - 1, p->classes - 2);
    release(&f);
    return distance;
}

/* K_A classes of n_A samples, then K_B of n_B. */
static imbalance step(int64_t majority, int64_t n_majority, int64_t minority, int64_t n_minority,
                      int64_t energy, double price)
{
    imbalance p = {.classes = majority + minority, .energy = energy, .price = price};
    for (int64_t k = 0; k < p.classes; k++)
        p.counts[k] = k < majority ? n_majority : n_minority;
    return p;
}

/* ---- decay form ---- */

START_TEST(class_weights_have_a_formula)
{
    imbalance p = step(3, 100, 2, 4, 0, .02);
    const double expected = .02 * 308 / sqrt(4);
    for (double margin = 0; margin < 1; margin += .25) {
        const cure c = weigh(&p, 3, 2, 4, margin);
        assert_relative(c.weight, (1 + margin) * expected, 1e-14);
        ck_assert(c.limit == INFINITY);
        ck_assert_int_eq(c.repeats, (int64_t)floor((1 + margin) * expected) + 1);
    }
    imbalance q = weighted(&p, 3, 2, expected * (1 - 1e-6));
    ck_assert(last_distance(&q) < 1e-7);
    q = weighted(&p, 3, 2, expected * (1 + 1e-4));
    ck_assert(last_distance(&q) > 1e-6);
}
END_TEST

START_TEST(oversampling_has_a_formula)
{
    imbalance p = step(3, 100, 2, 4, 0, .02);
    p.normalised = 1;
    const double slope = sqrt(4), rest = 300, own = 8;
    const double expected = .02 * rest / (slope - .02 * own);
    const cure c = weigh(&p, 3, 2, 4, 0);
    assert_relative(c.weight, expected, 1e-14);
    ck_assert(c.limit == INFINITY);
    ck_assert_int_eq(c.repeats, (int64_t)floor(expected) + 1);
    imbalance q = weighted(&p, 3, 2, expected * (1 - 1e-6));
    ck_assert(last_distance(&q) < 1e-7);
    q = weighted(&p, 3, 2, expected * (1 + 1e-4));
    ck_assert(last_distance(&q) > 1e-6);
    q = weighted(&p, 3, 2, (double)c.repeats);
    ck_assert(last_distance(&q) > 1e-6);
}
END_TEST

/* m sqrt(n) c >= 1 - delta: alone the group would be merged. */
START_TEST(some_groups_can_not_be_cured)
{
    imbalance p = step(3, 100, 2, 4, 0, 1 / (2 * sqrt(4)));
    p.normalised = 1;
    cure c = weigh(&p, 3, 2, 4, 0);
    ck_assert(c.weight == INFINITY && c.repeats == 0);
    p.price *= 1 - 1e-3;
    c = weigh(&p, 3, 2, 4, 0);
    ck_assert(isfinite(c.weight) && c.repeats > 1000);
    p.normalised = 0;
    p.price = 10;
    c = weigh(&p, 3, 2, 4, 0);
    ck_assert(isfinite(c.weight));
}
END_TEST

/* The majority merges before the minority is out: no weight serves both. */
START_TEST(the_others_set_a_limit)
{
    imbalance p = step(2, 9, 2, 4, 0, .15);
    p.normalised = 1;
    const cure own = weigh(&p, 2, 2, 3, 0), both = weigh(&p, 2, 2, LIBNC_THRESHOLD_ALL_GROUPS, 0);
    /* minority: 2 w > .15 (18 + 8 w); majority: 3 > .15 (18 + 8 w) */
    assert_relative(own.weight, 2.7 / .8, 1e-13);
    ck_assert(own.limit == INFINITY && own.repeats == 4);
    ck_assert(both.weight == INFINITY && both.repeats == 0);
    assert_relative(both.limit, (3 / .15 - 18) / 8, 1e-12);
    p.price = .1;
    /* minority: w > 1.5; majority: w < 1.5 */
    ck_assert(weigh(&p, 2, 2, LIBNC_THRESHOLD_ALL_GROUPS, 1e-9).weight == INFINITY);
    p.price = .08;
    const cure out = weigh(&p, 2, 2, LIBNC_THRESHOLD_ALL_GROUPS, 0);
    assert_relative(out.weight, 1.44 / 1.36, 1e-13);
    assert_relative(out.limit, (3 / .08 - 18) / 8, 1e-13);
    ck_assert_int_eq(out.repeats, 2);
}
END_TEST

/* Merged at exactly the limit: 8 samples, c = 1/4, w = 2 exactly. */
START_TEST(the_limit_itself_is_not_out)
{
    imbalance p = step(1, 6, 2, 1, 0, .25);
    const cure at = weigh(&p, 1, 2, 2, 0);
    assert_relative(at.weight, 2, 1e-13);
    ck_assert_int_eq(at.repeats, 3);
    const cure margin = weigh(&p, 1, 2, 2, .5);
    assert_relative(margin.weight, 3, 1e-13);
    ck_assert_int_eq(margin.repeats, 3);
    imbalance q = weighted(&p, 1, 2, 2);
    ck_assert(last_distance(&q) < 1e-6);
    q = weighted(&p, 1, 2, 3);
    ck_assert(last_distance(&q) > 1e-6);
}
END_TEST

static imbalance random_problem(uint64_t *state, int64_t energy)
{
    imbalance p = {.energy = energy, .price = 1};
    for (int64_t g = 0; g < 3; g++) {
        const int64_t count = whole(state, 1, 30), classes = whole(state, 2, 3);
        const double weight = .5 + 2 * uniform(state);
        for (int64_t i = 0; i < classes; i++) {
            p.counts[p.classes] = count;
            p.weights[p.classes++] = weight;
        }
    }
    p.bias = whole(state, 0, 1);
    p.normalised = whole(state, 0, 1);
    p.smoothing = whole(state, 0, 1) ? .2 * uniform(state) : 0;
    return p;
}

/* Whether all groups asked for are out at a factor, from the definition. */
static bool is_out(const imbalance *p, int64_t first, int64_t count, int64_t target, double factor)
{
    double sum = 0, samples = 0;
    const imbalance q = weighted(p, first, count, factor);
    for (int64_t k = 0; k < q.classes; k++) {
        sum += (double)q.counts[k] * q.weights[k];
        samples += (double)q.counts[k];
    }
    bool out = true;
    for (int64_t k = 0; k < q.classes; k++) {
        const double slope = (1 - q.smoothing) * sqrt((double)q.counts[k]) * q.weights[k] /
                             (q.normalised ? sum : samples);
        const bool asked =
            target < 0 || (q.counts[k] == q.counts[target] && q.weights[k] == q.weights[target]);
        out = out && (!asked || slope > q.price);
    }
    return out;
}

START_TEST(weights_agree_with_a_search)
{
    uint64_t state = (uint64_t)_i + 11;
    int finite = 0;
    for (int i = 0; i < 20; i++) {
        imbalance p = random_problem(&state, 0);
        p.price = pow(10, -2.2 + 1.4 * uniform(&state));
        const int64_t first = 2 + whole(&state, 0, 1), count = p.classes - first;
        const int64_t target = whole(&state, 0, 1) ? -1 : p.classes - 1;
        if (target < 0 && p.counts[first] == p.counts[first - 1])
            continue; /* first cuts a group into one class and others: nothing to merge with */
        const cure c = weigh(&p, first, count, target, 0);
        for (double factor = 1; factor < 1e6; factor *= 1.03) {
            const bool out = is_out(&p, first, count, target, factor);
            ck_assert(out == (factor > c.weight && factor < c.limit) ||
                      (factor == 1 && c.weight == 1));
        }
        for (int64_t w = 1; w < 2000; w++)
            if (is_out(&p, first, count, target, (double)w)) {
                ck_assert_int_eq(c.repeats, w);
                finite++;
                break;
            }
    }
    ck_assert_int_gt(finite, 0);
}
END_TEST

START_TEST(decay_remedy)
{
    uint64_t state = (uint64_t)_i + 31;
    imbalance p = random_problem(&state, 0);
    fixture f = pose(&p);
    double critical, decay;
    ck_assert_int_eq(libnc_threshold_merge_decay(f.geometry, LIBNC_THRESHOLD_ALL_GROUPS, &critical),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_remedy_decay(f.geometry, LIBNC_THRESHOLD_ALL_GROUPS, .25, &decay),
                     LIBNC_OK);
    assert_relative(decay, critical / 1.25, 1e-15);
    release(&f);
    p.price = decay;
    f = pose(&p);
    int32_t side;
    double margin;
    ck_assert_int_eq(libnc_threshold_locate(f.geometry, LIBNC_THRESHOLD_KIND_MERGED,
                                            LIBNC_THRESHOLD_ALL_GROUPS, &side, &margin, NULL, NULL),
                     LIBNC_OK);
    ck_assert_int_eq(side, LIBNC_THRESHOLD_SIDE_BEFORE);
    assert_relative(margin, .25, 1e-12);
    release(&f);
}
END_TEST

/* ---- energy form ---- */

/* Two sizes: w = R / R_0, and the majority merges at w = R R_0'. */
START_TEST(energy_weights_of_two_sizes)
{
    static const int64_t majorities[] = {2, 3, 5, 7, 8};
    const int64_t majority = majorities[_i];
    const double rho = sqrt(5), ratio = 1000;
    double own, other;
    libnc_context *context;
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    ck_assert_int_eq(libnc_threshold_peeled_merged(context, 10, majority, 1, 5, &own), LIBNC_OK);
    ck_assert_int_eq(libnc_threshold_peeled_merged(context, 10, 10 - majority, 1, 5, &other),
                     LIBNC_OK);
    libnc_context_destroy(context);
    for (int64_t normalised = 0; normalised <= 1; normalised++) {
        imbalance p = step(majority, 1000, 10 - majority, 1, 1, rho);
        p.normalised = normalised;
        const cure c = weigh(&p, majority, 10 - majority, LIBNC_THRESHOLD_ALL_GROUPS, 0);
        assert_relative(c.weight, fmax(ratio / own, 1), 1e-9);
        assert_relative(c.limit, ratio * other, 1e-9);
        ck_assert_int_eq(c.repeats, own > ratio ? 1 : (int64_t)floor(ratio / own) + 1);
        if (own > ratio)
            continue;
        imbalance q = weighted(&p, majority, 10 - majority, (double)c.repeats);
        ck_assert(last_distance(&q) > 1e-4);
        q = weighted(&p, majority, 10 - majority, ratio / own * (1 - 1e-6));
        ck_assert(last_distance(&q) < 1e-7);
    }
}
END_TEST

/* The general search, where no formula helps: a bias, smoothing, three sizes. */
START_TEST(energy_weights_agree_with_solutions)
{
    uint64_t state = 51;
    int cured = 0;
    for (int i = 0; i < 60; i++) {
        imbalance p = random_problem(&state, 1);
        p.price = .2 + uniform(&state);
        const int64_t last = p.classes - 1, first = last - 1;
        const bool pair = p.counts[first - 1] != p.counts[last];
        const int64_t from = pair ? first : first - 1;
        const cure c = weigh(&p, from, p.classes - from, last, 0);
        if (c.weight == 1 || isinf(c.weight))
            continue;
        imbalance q = weighted(&p, from, p.classes - from, c.weight * (1 + 1e-4));
        ck_assert(last_distance(&q) > 1e-6);
        q = weighted(&p, from, p.classes - from, c.weight * (1 - 1e-6));
        ck_assert(last_distance(&q) < 1e-7);
        q = weighted(&p, from, p.classes - from, (double)c.repeats);
        ck_assert(last_distance(&q) > 1e-6);
        cured++;
    }
    ck_assert_int_gt(cured, 8);
}
END_TEST

START_TEST(energy_remedy)
{
    uint64_t state = (uint64_t)_i + 71;
    imbalance p = random_problem(&state, 1);
    fixture f = pose(&p);
    double critical, energy;
    ck_assert_int_eq(
        libnc_threshold_merge_energy(f.geometry, LIBNC_THRESHOLD_ALL_GROUPS, &critical, NULL),
        LIBNC_OK);
    ck_assert_int_eq(libnc_remedy_energy(f.geometry, LIBNC_THRESHOLD_ALL_GROUPS, .1, &energy),
                     LIBNC_OK);
    assert_relative(energy, 1.1 * critical, 1e-14);
    release(&f);
    if (energy < 1e-6)
        return;
    p.price = energy;
    f = pose(&p);
    int32_t side;
    ck_assert_int_eq(libnc_threshold_locate(f.geometry, LIBNC_THRESHOLD_KIND_MERGED,
                                            LIBNC_THRESHOLD_ALL_GROUPS, &side, NULL, NULL, NULL),
                     LIBNC_OK);
    ck_assert_int_eq(side, LIBNC_THRESHOLD_SIDE_BEFORE);
    release(&f);
}
END_TEST

/* ---- the geometry that a weight leads to ---- */

static void expect_etf(const double *gram, int64_t classes)
{
    for (int64_t i = 0; i < classes; i++)
        for (int64_t j = 0; j < classes; j++) {
            const double cosine =
                gram[i * classes + j] / sqrt(gram[i * classes + i] * gram[j * classes + j]);
            ck_assert(fabs(cosine - (i == j ? 1 : -1 / ((double)classes - 1))) < 1e-9);
        }
}

/* w = n_A / n_B: the balanced problem. */
START_TEST(balancing_weights_restore_the_etf)
{
    for (int64_t normalised = 0; normalised <= 1; normalised++) {
        imbalance p = step(3, 700, 4, 7, 1, 1.5);
        p.normalised = normalised;
        fixture f = pose(&p);
        libnc_geometry *cured = NULL;
        static const int64_t classes[] = {3, 4, 5, 6};
        double rows[49], means[49], loss, balanced;
        int32_t status_before = libnc_geometry_status(f.geometry);
        ck_assert_int_eq(libnc_remedy_apply_weight(&cured, f.geometry, classes, 4, 100), LIBNC_OK);
        ck_assert_int_eq(libnc_geometry_status(f.geometry), status_before);
        ck_assert_int_eq(libnc_geometry_classifier_gram(cured, 1, rows, 49), LIBNC_OK);
        ck_assert_int_eq(libnc_geometry_feature_gram(cured, 1, means, 49), LIBNC_OK);
        expect_etf(rows, 7);
        expect_etf(means, 7);
        ck_assert_int_eq(libnc_geometry_loss(cured, &loss, NULL), LIBNC_OK);
        balanced = log1p(6 * exp(-7 * 1.5 / 6));
        assert_relative(loss, balanced * (normalised ? 1 : 4900. / 2128), 1e-9);
        libnc_geometry_destroy(cured);
        release(&f);
    }
}
END_TEST

/* Weights multiply what is set, other settings are kept. */
START_TEST(weighing_keeps_the_problem)
{
    uint64_t state = 91;
    for (int64_t energy = 0; energy <= 1; energy++) {
        imbalance p = random_problem(&state, energy);
        p.price = energy ? 1 : .01;
        static const int64_t classes[] = {0, 2};
        imbalance q = p;
        q.weights[0] *= 3;
        q.weights[2] *= 3;
        fixture f = pose(&p), direct = solve_imbalance(&q);
        libnc_geometry *cured = NULL;
        double first, second;
        ck_assert_int_eq(libnc_remedy_apply_weight(&cured, f.geometry, classes, 2, 3), LIBNC_OK);
        ck_assert_int_eq(libnc_geometry_loss(cured, &first, NULL), LIBNC_OK);
        ck_assert_int_eq(libnc_geometry_loss(direct.geometry, &second, NULL), LIBNC_OK);
        assert_relative(first, second, 1e-13);
        libnc_geometry_destroy(cured);
        release(&direct);
        release(&f);
    }
}
END_TEST

/* ---- errors ---- */

START_TEST(clear_errors)
{
    imbalance p = step(2, 10, 2, 5, 0, 1);
    fixture f = pose(&p);
    libnc_context *c = f.context;
    libnc_geometry *cured = NULL;
    const int64_t twice[] = {2, 2}, beyond[] = {2, 4}, one[] = {3};
    double w = 17;
    expect(c, libnc_remedy_weight(f.geometry, twice, 2, -1, 0, &w, NULL, NULL),
           LIBNC_ERROR_ARGUMENT, "twice");
    expect(c, libnc_remedy_weight(f.geometry, beyond, 2, -1, 0, &w, NULL, NULL),
           LIBNC_ERROR_ARGUMENT, "classes[1] = 4");
    expect(c, libnc_remedy_weight(f.geometry, one, 1, 3, 0, &w, NULL, NULL), LIBNC_ERROR_ARGUMENT,
           "itself");
    expect(c, libnc_remedy_weight(f.geometry, one, 1, -1, NAN, &w, NULL, NULL),
           LIBNC_ERROR_ARGUMENT, "margin");
    expect(c, libnc_remedy_weight(f.geometry, one, 0, -1, 0, &w, NULL, NULL), LIBNC_ERROR_ARGUMENT,
           "count = 0");
    expect(c, libnc_remedy_energy(f.geometry, 3, 0, &w), LIBNC_ERROR_UNSUPPORTED, "form");
    expect(c, libnc_remedy_decay(f.geometry, 3, -1, &w), LIBNC_ERROR_ARGUMENT, "margin = -1");
    expect(c, libnc_remedy_apply_weight(&cured, f.geometry, one, 1, -2), LIBNC_ERROR_ARGUMENT,
           "weight = -2");
    expect(c, libnc_remedy_apply_weight(&cured, f.geometry, one, 1, 1e200), LIBNC_ERROR_ARGUMENT,
           "weights[3]");
    expect(c, libnc_remedy_apply_weight(&cured, f.geometry, twice, 2, 2), LIBNC_ERROR_ARGUMENT,
           "twice");
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_FORM, 1);
    expect(c, libnc_remedy_decay(f.geometry, 3, 0, &w), LIBNC_ERROR_UNSUPPORTED, "form");
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_LOSS, MSE);
    expect(c, libnc_remedy_weight(f.geometry, one, 1, -1, 0, &w, NULL, NULL),
           LIBNC_ERROR_UNSUPPORTED, "ce only");
    ck_assert(w == 17 && cured == NULL);
    release(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("remedy");
    TCase *tests = add_case(suite, "remedy", 60);
    tcase_add_test(tests, class_weights_have_a_formula);
    tcase_add_test(tests, oversampling_has_a_formula);
    tcase_add_test(tests, some_groups_can_not_be_cured);
    tcase_add_test(tests, the_others_set_a_limit);
    tcase_add_test(tests, the_limit_itself_is_not_out);
    tcase_add_loop_test(tests, weights_agree_with_a_search, 0, 10);
    tcase_add_loop_test(tests, decay_remedy, 0, 5);
    tcase_add_loop_test(tests, energy_weights_of_two_sizes, 0, 5);
    tcase_add_test(tests, energy_weights_agree_with_solutions);
    tcase_add_loop_test(tests, energy_remedy, 0, 6);
    tcase_add_test(tests, balancing_weights_restore_the_etf);
    tcase_add_test(tests, weighing_keeps_the_problem);
    tcase_add_test(tests, clear_errors);
    return run_suite(suite);
}
