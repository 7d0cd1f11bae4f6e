/* SPDX-License-Identifier: MIT
 *
 * test_margin_remedy.c: the least change with which classes are predicted with a margin
 * (libnc/remedy.h).
 *
 * What a remedy promises is checked on solutions of the changed problem, just beyond it and just
 * before it.
 */
#include "support/minority_fixture.h"

static imbalance long_tailed(int64_t classes, double largest, double ratio, double price)
{
    imbalance p = {.classes = classes, .price = price};
    for (int64_t k = 0; k < classes; k++)
        p.counts[k] = (int64_t)(largest * pow(ratio, (double)k / (double)(classes - 1)));
    return p;
}

static imbalance random_problem(uint64_t *state, int64_t energy)
{
    imbalance p = {.classes = whole(state, 2, 7), .energy = energy, .price = 1};
    for (int64_t k = 0; k < p.classes; k++)
        p.counts[k] = whole(state, 1, 5) * whole(state, 1, 8);
    p.bias = whole(state, 0, 1);
    p.normalised = whole(state, 0, 1);
    p.smoothing = whole(state, 0, 1) ? .1 * uniform(state) : 0;
    return p;
}

/* The least margin of some classes, or of all. */
static double least_margin(const libnc_geometry *geometry, const int64_t *required, int64_t count)
{
    const int64_t K = libnc_classes_count(libnc_geometry_classes(geometry));
    double margins[MOST_CLASSES], least = INFINITY;
    ck_assert_int_eq(libnc_geometry_margins(geometry, margins, (size_t)K), LIBNC_OK);
    for (int64_t i = 0; i < (required ? count : K); i++)
        least = fmin(least, margins[required ? required[i] : i]);
    return least;
}

static double solved_margin(const imbalance *p, const int64_t *required, int64_t count)
{
    fixture f = solve_imbalance(p);
    const double margin = least_margin(f.geometry, required, count);
    release(&f);
    return margin;
}

/* The first term of the objective, from the logits and the bias of a solution. */
static double loss_from_logits(const libnc_geometry *geometry, const imbalance *p)
{
    const int64_t K = p->classes;
    double z[MOST_CLASSES * MOST_CLASSES], bias[MOST_CLASSES], sum = 0, divisor = 0;
    ck_assert_int_eq(libnc_geometry_logits(geometry, z, (size_t)(K * K)), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_bias(geometry, bias, (size_t)K), LIBNC_OK);
    for (int64_t k = 0; k < K; k++) {
        const double weight = p->weights[0] > 0 ? p->weights[k] : 1;
        double normaliser = 0, target = 0;
        for (int64_t j = 0; j < K; j++) {
            const double logit = z[j * K + k] + bias[j];
            normaliser += exp(logit);
            target += logit * ((1 - p->smoothing) * (j == k) + p->smoothing / (double)K);
        }
        sum += (double)p->counts[k] * weight * (log(normaliser) - target);
        divisor += (double)p->counts[k] * (p->normalised ? weight : 1);
    }
    return sum / divisor;
}

/* ---- decays and energies ---- */

START_TEST(products_bring_the_margin)
{
    uint64_t state = (uint64_t)_i + 3;
    imbalance p = random_problem(&state, _i % 2);
    const double margin = _i % 4 < 2 ? 0 : 2 * uniform(&state);
    const int64_t required[] = {p.classes - 1, 0}, count = whole(&state, 0, 2);
    const int64_t *asked = count ? required : NULL;
    double product, cost, before = p.price;
    p.price = p.energy ? 1 : .02;
    fixture f = solve_imbalance(&p);
    before = loss_from_logits(f.geometry, &p);
    ck_assert_int_eq(
        p.energy ? libnc_remedy_margin_energy(f.geometry, asked, count, margin, &product, &cost)
                 : libnc_remedy_margin_decay(f.geometry, asked, count, margin, &product, &cost),
        LIBNC_OK);
    release(&f);
    if (isinf(product) || product == 0) {
        ck_assert(isnan(cost));
        return;
    }
    const double sign = p.energy ? 1 : -1;
    p.price = product;
    f = solve_imbalance(&p);
    ck_assert(fabs(loss_from_logits(f.geometry, &p) - before - cost) < 1e-8);
    release(&f);
    p.price = product * (1 + 1e-5 * sign);
    ck_assert(solved_margin(&p, asked, count) > margin);
    p.price = product * (1 - 1e-5 * sign);
    ck_assert(solved_margin(&p, asked, count) < margin + 1e-8);
}
END_TEST

/* Balanced: log(1/(sqrt(n) c) - K + 1) = m. */
START_TEST(balanced_classes_have_a_formula)
{
    imbalance p = {.classes = 5, .counts = {7, 7, 7, 7, 7}, .price = .01};
    double decay;
    fixture f = pose(&p);
    for (double margin = 0; margin < 9; margin += 1.5) {
        ck_assert_int_eq(libnc_remedy_margin_decay(f.geometry, NULL, 0, margin, &decay, NULL),
                         LIBNC_OK);
        assert_relative(decay, 1 / (sqrt(7) * 5) / ((exp(margin) + 4) / 5), 1e-8);
    }
    release(&f);
}
END_TEST

/* delta keeps margins below log(1 + K (1 - delta)/delta). */
START_TEST(smoothing_limits_margins)
{
    imbalance p = {.classes = 3, .counts = {20, 7, 3}, .price = .01, .smoothing = .1};
    const double most = log1p(3 * .9 / .1);
    double decay;
    fixture f = pose(&p);
    ck_assert_int_eq(libnc_remedy_margin_decay(f.geometry, NULL, 0, most * 1.001, &decay, NULL),
                     LIBNC_OK);
    ck_assert(decay == 0);
    ck_assert_int_eq(libnc_remedy_margin_decay(f.geometry, NULL, 0, most * .95, &decay, NULL),
                     LIBNC_OK);
    ck_assert(decay > 0);
    release(&f);
}
END_TEST

/* ---- weights ---- */

static libnc_geometry *weighted(const libnc_geometry *problem, const int64_t *classes,
                                int64_t count, double factor)
{
    libnc_geometry *cured = NULL;
    ck_assert_int_eq(libnc_remedy_apply_weight(&cured, problem, classes, count, factor), LIBNC_OK);
    return cured;
}

static double weighted_margin(const libnc_geometry *problem, const int64_t *classes, int64_t count,
                              double factor)
{
    libnc_geometry *cured = weighted(problem, classes, count, factor);
    const double margin = least_margin(cured, NULL, 0);
    libnc_geometry_destroy(cured);
    return margin;
}

static int64_t find_lost(const libnc_geometry *geometry, int64_t classes, int64_t *lost)
{
    int32_t predicted[MOST_CLASSES];
    int64_t count = 0;
    ck_assert_int_eq(libnc_geometry_predicted(geometry, predicted, (size_t)classes), LIBNC_OK);
    for (int64_t k = 0; k < classes; k++)
        if (!predicted[k])
            lost[count++] = k;
    return count;
}

/* The minority gets a weight: with it, and with whole repeats, every class is predicted. */
START_TEST(weights_bring_every_class_back)
{
    static const struct {
        int64_t energy, bias;
        double price;
    } cases[] = {{0, 0, 1e-2}, {0, 1, 9e-3}, {1, 0, 1}, {1, 1, 1}};
    imbalance p = {.classes = 6,
                   .counts = {500, 400, 20, 18, 17, 16},
                   .energy = cases[_i].energy,
                   .bias = cases[_i].bias,
                   .price = cases[_i].price};
    static const int64_t minority[] = {2, 3, 4, 5};
    int64_t lost[MOST_CLASSES], repeats;
    double weight, cost;
    for (p.normalised = 0; p.normalised < 2; p.normalised++) {
        fixture f = solve_imbalance(&p);
        ck_assert_int_gt(find_lost(f.geometry, p.classes, lost), 1);
        ck_assert_msg(libnc_remedy_margin_weight(f.geometry, minority, 4, NULL, 0, 0, &weight,
                                                 &repeats, &cost) == LIBNC_OK,
                      "%s", libnc_context_error(f.context));
        ck_assert_msg(weight > 1 && isfinite(weight), "case %d: weight %g", _i, weight);
        ck_assert((double)repeats > weight && (double)repeats - weight <= 1);
        ck_assert(weighted_margin(f.geometry, minority, 4, weight * (1 + 1e-5)) > 0);
        ck_assert(weighted_margin(f.geometry, minority, 4, weight * (1 - 1e-5)) <= 1e-8);
        libnc_geometry *cured = weighted(f.geometry, minority, 4, (double)repeats);
        ck_assert_int_eq(find_lost(cured, p.classes, lost), 0);
        libnc_geometry_destroy(cured);
        cured = weighted(f.geometry, minority, 4, weight);
        assert_relative(cost, loss_from_logits(cured, &p) - loss_from_logits(f.geometry, &p), 1e-6);
        libnc_geometry_destroy(cured);
        release(&f);
    }
}
END_TEST

/* Weights n^-gamma. */
static imbalance tempered(const imbalance *p, double power)
{
    imbalance q = *p;
    for (int64_t k = 0; k < p->classes; k++)
        q.weights[k] = pow((double)p->counts[0] / (double)p->counts[k], power);
    return q;
}

/* Long-tailed counts, which no common factor helps: with the exponent, and with its weights rounded
 * up, every class is predicted; with a smaller one some is not. */
START_TEST(exponents_bring_every_class_back)
{
    static const struct {
        int64_t classes, energy, bias;
        double price;
    } cases[] = {{10, 0, 0, 4e-3}, {10, 0, 1, 3e-3}, {10, 1, 1, 2}, {30, 0, 0, 1.2e-3}};
    imbalance p = long_tailed(cases[_i].classes, 500, .01, cases[_i].price);
    p.energy = cases[_i].energy;
    p.bias = cases[_i].bias;
    p.normalised = 1;
    int64_t lost[MOST_CLASSES], repeats[MOST_CLASSES];
    double exponent, cost;
    fixture f = solve_imbalance(&p);
    ck_assert_int_gt(find_lost(f.geometry, p.classes, lost), 0);
    ck_assert_msg(libnc_remedy_margin_exponent(f.geometry, NULL, 0, 0, &exponent, repeats,
                                               (size_t)p.classes, &cost) == LIBNC_OK,
                  "%s", libnc_context_error(f.context));
    ck_assert_msg(exponent > 0 && exponent < 1.5, "%g", exponent);
    imbalance q = tempered(&p, exponent * (1 + 1e-5));
    ck_assert(solved_margin(&q, NULL, 0) > 0);
    q = tempered(&p, exponent * (1 - 1e-5));
    ck_assert(solved_margin(&q, NULL, 0) <= 1e-8);
    fixture cured = solve_imbalance(&q);
    assert_relative(cost, loss_from_logits(cured.geometry, &p) - loss_from_logits(f.geometry, &p),
                    1e-3);
    release(&cured);
    for (int64_t k = 0; k < p.classes; k++) {
        ck_assert((double)repeats[k] >= (double)(int64_t)tempered(&p, exponent).weights[k]);
        q.weights[k] = (double)repeats[k];
    }
    ck_assert(solved_margin(&q, NULL, 0) > 0);
    ck_assert_int_eq(repeats[0], 1);
    release(&f);
}
END_TEST

/* Some problems cannot be cured by one factor: the classes without it pay too much. */
START_TEST(weights_with_a_margin)
{
    uint64_t state = (uint64_t)_i + 71;
    imbalance p = random_problem(&state, _i % 2);
    p.price = p.energy ? .5 + uniform(&state) : pow(10, -2 + uniform(&state));
    const double margin = uniform(&state);
    int64_t least = 0;
    for (int64_t k = 1; k < p.classes; k++)
        least = p.counts[k] < p.counts[least] ? k : least;
    double weight, cost;
    int64_t repeats;
    fixture f = solve_imbalance(&p);
    ck_assert_int_eq(libnc_remedy_margin_weight(f.geometry, &least, 1, &least, 1, margin, &weight,
                                                &repeats, &cost),
                     LIBNC_OK);
    for (int side = 0; side < 2 && isfinite(weight) && weight > 1; side++) {
        libnc_geometry *cured =
            weighted(f.geometry, &least, 1, weight * (1 + (side ? 1e-5 : -1e-5)));
        ck_assert_int_eq(least_margin(cured, &least, 1) > margin, side);
        libnc_geometry_destroy(cured);
    }
    if (weight == 1)
        ck_assert(least_margin(f.geometry, &least, 1) >= margin && repeats == 1 && cost == 0);
    if (isinf(weight))
        ck_assert(repeats == 0 && isnan(cost));
    release(&f);
}
END_TEST

/* The first class falls before the last is up. */
START_TEST(one_factor_may_not_serve_all)
{
    imbalance p = {.classes = 3, .counts = {30, 9, 2}, .price = .13, .normalised = 1};
    const int64_t last = 2;
    double weight = 0, cost;
    int64_t repeats;
    fixture f = solve_imbalance(&p);
    ck_assert_int_eq(
        libnc_remedy_margin_weight(f.geometry, &last, 1, NULL, 0, 0, &weight, &repeats, &cost),
        LIBNC_OK);
    for (double factor = 1; factor < 1e4; factor *= 1.1)
        ck_assert(weighted_margin(f.geometry, &last, 1, factor) < 1e-8);
    ck_assert(isinf(weight) && repeats == 0 && isnan(cost));
    release(&f);
}
END_TEST

/* All is lost as it is. A weight on the second class brings both back, the first one later. */
START_TEST(a_factor_may_serve_the_others_last)
{
    imbalance p = {.classes = 2, .counts = {48, 11}, .price = .1068};
    const int64_t last = 1;
    const double margin = .5;
    double weight = 0, exponent = 0;
    int64_t repeats;
    fixture f = solve_imbalance(&p);
    ck_assert_int_eq(
        libnc_remedy_margin_weight(f.geometry, &last, 1, NULL, 0, margin, &weight, &repeats, NULL),
        LIBNC_OK);
    ck_assert_int_eq(
        libnc_remedy_margin_exponent(f.geometry, NULL, 0, margin, &exponent, NULL, 0, NULL),
        LIBNC_OK);
    ck_assert(weighted_margin(f.geometry, &last, 1, weight * (1 + 1e-5)) > margin);
    ck_assert(weighted_margin(f.geometry, &last, 1, weight * (1 - 1e-5)) < margin);
    ck_assert_int_eq(repeats, (int64_t)ceil(weight));
    assert_relative(pow(48. / 11, exponent), weight, 1e-8);
    release(&f);
}
END_TEST

/* No number has the price of a margin of 10^15: it is told in the end. */
START_TEST(a_margin_out_of_reach)
{
    imbalance p = {.classes = 3, .counts = {5, 3, 1}, .price = 1, .energy = true};
    double product = 0, cost = 0;
    fixture f = pose(&p);
    ck_assert_int_eq(libnc_remedy_margin_energy(f.geometry, NULL, 0, 1e15, &product, &cost),
                     LIBNC_OK);
    ck_assert(isinf(product) && isnan(cost));
    release(&f);
}
END_TEST

/* ---- errors ---- */

START_TEST(clear_errors)
{
    imbalance p = {.classes = 3, .counts = {5, 4, 2}, .price = .1};
    const int64_t twice[] = {1, 1}, beyond[] = {0, 3};
    double value = 17;
    fixture f = pose(&p);
    libnc_context *c = f.context;
    expect(c, libnc_remedy_margin_decay(f.geometry, twice, 2, 0, &value, NULL),
           LIBNC_ERROR_ARGUMENT, "required[1] = 1: is given twice");
    expect(c, libnc_remedy_margin_decay(f.geometry, beyond, 2, 0, &value, NULL),
           LIBNC_ERROR_ARGUMENT, "required[1] = 3");
    expect(c, libnc_remedy_margin_energy(f.geometry, NULL, 0, 0, &value, NULL),
           LIBNC_ERROR_UNSUPPORTED, "form");
    expect(c, libnc_remedy_margin_weight(f.geometry, beyond, 2, NULL, 0, 0, &value, NULL, NULL),
           LIBNC_ERROR_ARGUMENT, "classes[1] = 3");
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_LOSS, MSE);
    expect(c, libnc_remedy_margin_decay(f.geometry, NULL, 0, 0, &value, NULL),
           LIBNC_ERROR_UNSUPPORTED, "ce only");
    ck_assert(value == 17);
    release(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("margin_remedy");
    TCase *tests = add_case(suite, "margin_remedy", 120);
    tcase_add_loop_test(tests, products_bring_the_margin, 0, 24);
    tcase_add_test(tests, balanced_classes_have_a_formula);
    tcase_add_test(tests, smoothing_limits_margins);
    tcase_add_loop_test(tests, weights_bring_every_class_back, 0, 4);
    tcase_add_loop_test(tests, exponents_bring_every_class_back, 0, 4);
    tcase_add_loop_test(tests, weights_with_a_margin, 0, 24);
    tcase_add_test(tests, one_factor_may_not_serve_all);
    tcase_add_test(tests, a_factor_may_serve_the_others_last);
    tcase_add_test(tests, a_margin_out_of_reach);
    tcase_add_test(tests, clear_errors);
    return run_suite(suite);
}
