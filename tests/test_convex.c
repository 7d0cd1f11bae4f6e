/* SPDX-License-Identifier: MIT
 *
 * test_convex.c: cross-entropy with one layer and decays, any counts: known answers, the conditions
 * of optimality taken from the getters alone, getters against each other, thresholds, invariances,
 * scale, and what is refused. Random problems are in test_convex_random.c, energies in
 * test_convex_peeled.c.
 */
#include "convex/convex.h"
#include "linalg/linalg.h"
#include "support/geometry_fixture.h"

#include <string.h>

enum { MOST = 12 };

static const int64_t paper[4] = {200, 100, 50, 50};
static const int64_t many[7] = {500, 3, 80, 80, 1, 3, 80};

/* Solved with and without a bias, class by class and group by group. */
static const struct {
    int64_t bias, by_groups;
} ways[] = {{0, 0}, {1, 0}, {0, 1}, {1, 1}};
enum { WAYS = sizeof ways / sizeof *ways };

static fixture prepared(const int64_t *counts, int64_t classes, double decay, int64_t bias)
{
    const setting plain = {.counts = counts,
                           .classes = classes,
                           .depth = 1,
                           .loss = CE,
                           .bias = bias,
                           .decay = decay,
                           .feature_decay = decay};
    return prepare(&plain);
}

static void solve_again(const fixture *f)
{
    ck_assert_msg(libnc_geometry_solve(f->geometry) == LIBNC_OK, "%s",
                  libnc_context_error(f->context));
}

/* Loss, proven to 1e-10 of it. */
static double proven_loss(const fixture *f)
{
    double loss, gap;
    ck_assert_int_eq(libnc_geometry_loss(f->geometry, &loss, &gap), LIBNC_OK);
    ck_assert_double_ge(gap, 0);
    ck_assert_double_le(gap, 1e-10 * loss);
    ck_assert_int_eq(libnc_geometry_status(f->geometry), LIBNC_GEOMETRY_PROVEN);
    return loss;
}

static int64_t rank_of(const fixture *f)
{
    int64_t rank;
    ck_assert_int_eq(libnc_geometry_rank(f->geometry, &rank), LIBNC_OK);
    return rank;
}

START_TEST(known_answers)
{
    fixture f = prepared(paper, 4, 5e-4, 0);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_SYMMETRY, _i);
    solve_again(&f);
    ck_assert_double_le(fabs(proven_loss(&f) - .0912404589), 5e-11);
    release(&f);
    const int64_t ten[4] = {10, 10, 10, 10};
    const double decay = 5e-3;
    f = prepared(ten, 4, 5e-4, 0);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_SYMMETRY, _i);
    ck_assert_int_eq(libnc_geometry_set_weight_decay(f.geometry, &decay, 1), LIBNC_OK);
    static const struct {
        double smoothing, scale, loss;
    } known[2] = {{0, 5.283203729, .094361693741}, {.1, 3.412247218, .401412929078}};
    for (int i = 0; i < 2; i++) {
        double own[4];
        set_number(f.geometry, LIBNC_GEOMETRY_OPTION_LABEL_SMOOTHING, known[i].smoothing);
        solve_again(&f);
        ck_assert_double_le(fabs(proven_loss(&f) - known[i].loss), 1e-12);
        ck_assert_int_eq(libnc_geometry_class_logits(f.geometry, own, 4), LIBNC_OK);
        for (int k = 0; k < 4; k++)
            ck_assert_double_le(fabs(own[k] - 0.75 * known[i].scale), 1e-9);
    }
    release(&f);
}
END_TEST

/* ---- conditions of optimality, from Z and b alone ---- */

/* G D^{-1} (K x K) for Z and b, column by column; unit weights. */
static void gradient_of(const int64_t *counts, int K, const double *logits, const double *bias,
                        double smoothing, double *gradient)
{
    double samples = 0;
    for (int k = 0; k < K; k++)
        samples += (double)counts[k];
    for (int k = 0; k < K; k++) {
        double sum = 0, largest = -INFINITY;
        for (int j = 0; j < K; j++)
            largest = fmax(largest, logits[j * K + k] + bias[j]);
        for (int j = 0; j < K; j++)
            sum += exp(logits[j * K + k] + bias[j] - largest);
        for (int j = 0; j < K; j++) {
            const double target = (1 - smoothing) * (j == k) + smoothing / K;
            const double p = exp(logits[j * K + k] + bias[j] - largest) / sum;
            gradient[j * K + k] = sqrt((double)counts[k]) / samples * (p - target);
        }
    }
}

typedef struct optimality_case {
    const char *name;
    const int64_t *counts;
    int classes;
    int64_t bias;
    double smoothing;
} optimality_case;

static const optimality_case optimality_cases[] = {
    {"paper", paper, 4, 0, 0},
    {"many", many, 7, 0, 0},
    {"paper, bias", paper, 4, 1, 0},
    {"many, bias", many, 7, 1, 0},
    {"paper, smoothing", paper, 4, 0, 0.05},
    {"many, smoothing", many, 7, 0, 0.05},
    {"paper, bias, smoothing", paper, 4, 1, 0.05},
    {"many, bias, smoothing", many, 7, 1, 0.05},
};
enum { OPTIMALITY_CASES = sizeof optimality_cases / sizeof *optimality_cases };

static void check_optimality(const fixture *f, const optimality_case *o, double c)
{
    const int64_t *counts = o->counts;
    const int K = o->classes;
    double logits[MOST * MOST], scaled[MOST * MOST], gradient[MOST * MOST], bias[MOST];
    double norms[MOST], values[MOST], predicted[MOST], inner = 0, nuclear = 0;
    ck_assert_int_eq(libnc_geometry_logits(f->geometry, logits, (size_t)(K * K)), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_bias(f->geometry, bias, (size_t)K), LIBNC_OK);
    gradient_of(counts, K, logits, bias, o->smoothing, gradient);
    for (int i = 0; i < K * K; i++) {
        scaled[i] = logits[i] * sqrt((double)counts[i % K]);
        inner += scaled[i] * gradient[i];
    }
    ck_assert_int_eq(nc__svd(f->context, gradient, K, K, norms, NULL, NULL), LIBNC_OK);
    ck_assert_int_eq(nc__svd(f->context, scaled, K, K, values, NULL, NULL), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_singular_values(f->geometry, predicted, (size_t)K), LIBNC_OK);
    for (int k = 0; k < K; k++) {
        nuclear += values[k];
        ck_assert_double_le(fabs(values[k] - predicted[k]), 1e-12 * values[0]);
        double row = 0, column = 0;
        for (int j = 0; j < K; j++) {
            row += gradient[k * K + j] * sqrt((double)counts[j]);
            column += logits[j * K + k];
        }
        ck_assert_double_le(fabs(column), 1e-12 * (1 + values[0]));
        if (o->bias)
            ck_assert_double_le(fabs(row), 1e-9 * c * sqrt((double)counts[0]));
        else
            ck_assert(bias[k] == 0);
    }
    ck_assert_msg(norms[0] <= c * (1 + 1e-8), "%s: ||G||_2 is c (1 + %g)", o->name,
                  norms[0] / c - 1);
    ck_assert_msg(fabs(inner + c * nuclear) <= 1e-9 * c * nuclear, "%s: <G, Z> is off by %g",
                  o->name, inner + c * nuclear);
}

START_TEST(optimality)
{
    const optimality_case *o = &optimality_cases[_i];
    for (int general = 0; general < 2; general++) {
        fixture f = prepared(o->counts, o->classes, 1e-3, o->bias);
        double multiplier;
        set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_SYMMETRY, !general);
        set_number(f.geometry, LIBNC_GEOMETRY_OPTION_LABEL_SMOOTHING, o->smoothing);
        solve_again(&f);
        proven_loss(&f);
        check_optimality(&f, o, 1e-3);
        ck_assert_int_eq(libnc_geometry_multiplier(f.geometry, &multiplier), LIBNC_OK);
        assert_relative(multiplier, 1e-3, 1e-15);
        ck_assert_int_eq(is_unique(&f), 1);
        release(&f);
    }
}
END_TEST

/* ---- getters against each other ---- */

static void multiply(const double *a, const double *b, int K, int d, double *product)
{
    for (int i = 0; i < K; i++)
        for (int j = 0; j < K; j++) {
            product[i * K + j] = 0;
            for (int k = 0; k < d; k++)
                product[i * K + j] += a[i * d + k] * b[j * d + k];
        }
}

static void assert_same(const double *a, const double *b, int size, double tolerance)
{
    double largest = 0;
    for (int i = 0; i < size; i++)
        largest = fmax(largest, fabs(b[i]));
    for (int i = 0; i < size; i++)
        ck_assert_msg(fabs(a[i] - b[i]) <= tolerance * largest, "[%d]: %.17g and %.17g", i, a[i],
                      b[i]);
}

static void check_factors(const fixture *f, int K, int width)
{
    double w[MOST * MOST], h[MOST * MOST], product[MOST * MOST], wanted[MOST * MOST], lengths[MOST];
    const size_t size = (size_t)(K * width), square = (size_t)(K * K);
    ck_assert_int_eq(libnc_geometry_factors(f->geometry, width, w, h, size), LIBNC_OK);
    multiply(w, w, K, width, product);
    ck_assert_int_eq(libnc_geometry_classifier_gram(f->geometry, 1, wanted, square), LIBNC_OK);
    assert_same(product, wanted, K * K, 1e-13);
    ck_assert_int_eq(libnc_geometry_lengths(f->geometry, 1, lengths, NULL, (size_t)K), LIBNC_OK);
    for (int k = 0; k < K; k++)
        ck_assert_double_le(fabs(lengths[k] - wanted[k * K + k]), 1e-13 * wanted[0]);
    multiply(h, h, K, width, product);
    ck_assert_int_eq(libnc_geometry_feature_gram(f->geometry, 1, wanted, square), LIBNC_OK);
    assert_same(product, wanted, K * K, 1e-13);
    multiply(w, h, K, width, product);
    ck_assert_int_eq(libnc_geometry_logits(f->geometry, wanted, square), LIBNC_OK);
    assert_same(product, wanted, K * K, 1e-13);
    ck_assert_int_eq(libnc_geometry_class_logits(f->geometry, lengths, (size_t)K), LIBNC_OK);
    for (int k = 0; k < K; k++)
        ck_assert_double_le(fabs(lengths[k] - wanted[k * K + k]), 1e-13 * wanted[0]);
}

START_TEST(factors)
{
    static const int64_t counts[6] = {9, 40, 9, 9, 40, 2};
    const double decay = 4e-3;
    fixture f = prepared(counts, 6, 1e-3, ways[_i].bias);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_SYMMETRY, ways[_i].by_groups);
    ck_assert_int_eq(libnc_geometry_set_weight_decay(f.geometry, &decay, 1), LIBNC_OK);
    solve_again(&f);
    const int rank = (int)rank_of(&f);
    ck_assert_int_le(rank, 5);
    ck_assert_int_ge(rank, 2);
    check_factors(&f, 6, rank);
    check_factors(&f, 6, 9);
    double values[6], layer[6], unused[54];
    ck_assert_int_eq(libnc_geometry_singular_values(f.geometry, values, 6), LIBNC_OK);
    for (int j = 0; j < 2; j++) {
        ck_assert_int_eq(libnc_geometry_layer_singular_values(f.geometry, j, layer, 6), LIBNC_OK);
        for (int k = 0; k < 6; k++)
            ck_assert_double_le(fabs(layer[k] * layer[k] - values[k] * (j ? 0.5 : 2)), 1e-12);
    }
    ck_assert_int_eq(
        libnc_geometry_factors(f.geometry, rank - 1, unused, NULL, (size_t)(6 * (rank - 1))),
        LIBNC_ERROR_DIMENSION);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(f.context), "rank"));
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_WIDTH, rank - 1);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_ERROR_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(f.context), "width"));
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_WIDTH, rank);
    solve_again(&f);
    release(&f);
}
END_TEST

/* Factors of the solutions that have formulas: MSE, and balanced cross-entropy. */
START_TEST(factors_of_closed_forms)
{
    fixture f = prepared(paper, 4, 5e-4, _i);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_LOSS, MSE);
    solve_again(&f);
    check_factors(&f, 4, 4);
    ck_assert_int_eq(rank_of(&f), _i ? 3 : 4);
    release(&f);
    static const int64_t equal[5] = {7, 7, 7, 7, 7};
    f = prepared(equal, 5, 1e-3, _i);
    solve_again(&f);
    check_factors(&f, 5, 4);
    ck_assert_int_eq(rank_of(&f), 4);
    release(&f);
}
END_TEST

/* ---- thresholds ---- */

/* A group of two or more classes of size n predicts one vector iff sqrt(n)/N <= c. */
START_TEST(minority_collapse)
{
    const double threshold = sqrt(50) / 400;
    fixture f = prepared(paper, 4, 5e-4, ways[_i].bias);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_SYMMETRY, ways[_i].by_groups);
    for (int side = -1; side <= 1; side += 2) {
        const double decay = threshold * (1 + side * 1e-6);
        double gram[16];
        int32_t groups[4];
        int64_t count;
        ck_assert_int_eq(libnc_geometry_set_weight_decay(f.geometry, &decay, 1), LIBNC_OK);
        set_number(f.geometry, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, decay);
        solve_again(&f);
        proven_loss(&f);
        ck_assert_int_eq(libnc_geometry_classifier_gram(f.geometry, 1, gram, 16), LIBNC_OK);
        const double difference = (gram[10] + gram[15] - 2 * gram[11]) / gram[0];
        if (side > 0)
            ck_assert_double_le(fabs(difference), 1e-13);
        else
            ck_assert_double_gt(difference, 1e-8);
        ck_assert_int_eq(libnc_geometry_groups(f.geometry, &count, groups, 4), LIBNC_OK);
        ck_assert_int_eq(count, ways[_i].by_groups ? 3 : 4);
        ck_assert_int_eq(groups[0], 0);
        ck_assert_int_eq(groups[3], ways[_i].by_groups ? 2 : 3);
    }
    release(&f);
}
END_TEST

/* Z = 0 iff ||(I - p 1^T) D||_2/N <= c; without a bias p = 1/K. */
START_TEST(total_collapse)
{
    const int64_t has_bias = ways[_i].bias;
    double matrix[16], values[4];
    for (int j = 0; j < 4; j++)
        for (int k = 0; k < 4; k++)
            matrix[j * 4 + k] = sqrt((double)paper[k]) / 400 *
                                ((j == k) - (has_bias ? (double)paper[j] / 400 : 0.25));
    fixture f = prepared(paper, 4, 5e-4, has_bias);
    ck_assert_int_eq(nc__svd(f.context, matrix, 4, 4, values, NULL, NULL), LIBNC_OK);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_SYMMETRY, ways[_i].by_groups);
    for (int side = -1; side <= 1; side += 2) {
        const double decay = values[0] * (1 + side * 1e-9);
        int32_t lost[4];
        double bias[4], entropy = 0, sum = 0;
        ck_assert_int_eq(libnc_geometry_set_weight_decay(f.geometry, &decay, 1), LIBNC_OK);
        set_number(f.geometry, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, decay);
        solve_again(&f);
        ck_assert_int_eq(rank_of(&f), side < 0);
        ck_assert_int_eq(libnc_geometry_lost_classes(f.geometry, lost, 4), LIBNC_OK);
        ck_assert_int_eq(libnc_geometry_bias(f.geometry, bias, 4), LIBNC_OK);
        for (int k = 0; k < 4; k++) {
            const double p = (double)paper[k] / 400;
            ck_assert_int_eq(lost[k], side > 0);
            ck_assert_double_le(fabs(bias[k] - bias[0] - (has_bias ? log(p * 2) : 0)), 1e-8);
            entropy -= p * log(has_bias ? p : 0.25);
            sum += bias[k];
        }
        ck_assert_double_le(fabs(sum), 1e-14);
        assert_relative(proven_loss(&f), entropy, 1e-12);
    }
    release(&f);
}
END_TEST

/* ---- invariances ---- */

START_TEST(order_of_classes_is_irrelevant)
{
    static const int64_t counts[6] = {5, 90, 5, 30, 90, 5};
    static const int order[6] = {3, 0, 5, 1, 4, 2};
    const double weights[6] = {1, 1, 1, 3, 1, 2};
    int64_t moved_counts[6];
    double moved_weights[6], a[36], b[36];
    for (int k = 0; k < 6; k++) {
        moved_counts[k] = counts[order[k]];
        moved_weights[k] = weights[order[k]];
    }
    fixture f = prepared(counts, 6, 2e-3, 1), g = prepared(moved_counts, 6, 2e-3, 1);
    ck_assert_int_eq(libnc_geometry_set_class_weights(f.geometry, weights, 6), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_set_class_weights(g.geometry, moved_weights, 6), LIBNC_OK);
    set_integer(g.geometry, LIBNC_GEOMETRY_OPTION_SYMMETRY, _i);
    solve_again(&f);
    solve_again(&g);
    assert_relative(proven_loss(&f), proven_loss(&g), 1e-10);
    ck_assert_int_eq(libnc_geometry_logits(f.geometry, a, 36), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_logits(g.geometry, b, 36), LIBNC_OK);
    for (int j = 0; j < 6; j++)
        for (int k = 0; k < 6; k++)
            ck_assert_double_le(fabs(b[j * 6 + k] - a[order[j] * 6 + order[k]]), 1e-7);
    release(&g);
    release(&f);
}
END_TEST

/* All weights times 3 with the divisor N: three times the loss at a third of the decays; with the
 * divisor sum n_k w_k: nothing changes. Resetting them is having none. */
START_TEST(weights_and_divisors)
{
    const double threes[4] = {3, 3, 3, 3}, decay = 1.5e-3;
    fixture f = prepared(paper, 4, 5e-4, 1);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_SYMMETRY, _i);
    solve_again(&f);
    const double loss = proven_loss(&f);
    ck_assert_int_eq(libnc_geometry_set_class_weights(f.geometry, threes, 4), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_status(f.geometry), 0);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_NORMALISE_WEIGHTS, 1);
    solve_again(&f);
    assert_relative(proven_loss(&f), loss, 1e-12);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_NORMALISE_WEIGHTS, 0);
    ck_assert_int_eq(libnc_geometry_set_weight_decay(f.geometry, &decay, 1), LIBNC_OK);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, decay);
    solve_again(&f);
    assert_relative(proven_loss(&f), 3 * loss, 1e-12);
    ck_assert_int_eq(libnc_geometry_set_class_weights(f.geometry, NULL, 0), LIBNC_OK);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, 5e-4 * 5e-4 / decay);
    solve_again(&f);
    assert_relative(proven_loss(&f), loss, 1e-12);
    release(&f);
}
END_TEST

/* ---- scale ---- */

START_TEST(a_hundred_thousand_classes)
{
    enum { K = 100000 };
    int64_t *counts = malloc(K * sizeof *counts);
    for (int k = 0; k < K; k++)
        counts[k] = k % 3 == 0 ? 1000 : k % 3 == 1 ? 100 : 10;
    fixture f = prepared(counts, K, 1e-7, 1);
    solve_again(&f);
    ck_assert_double_gt(proven_loss(&f), 0);
    ck_assert_int_gt(rank_of(&f), 2 * (K / 3) - 2);
    release(&f);
    free(counts);
}
END_TEST

/* All counts different: no symmetry to use. */
START_TEST(many_different_counts)
{
    int64_t counts[60];
    for (int k = 0; k < 60; k++)
        counts[k] = 1 + k * k / 4 + k;
    fixture f = prepared(counts, 60, 1e-5, _i);
    solve_again(&f);
    proven_loss(&f);
    release(&f);
}
END_TEST

/* ---- the solver without a handle ---- */

/* A scan over the bound, through total collapse, from the last solution and from nothing. */
START_TEST(warm_starts)
{
    static const struct {
        bool bias, ball;
        double bound;
    } scans[4] = {{false, false, 0.06}, {true, false, 0.06}, {false, true, 60}, {true, true, 60}};
    const double multiplicity[3] = {2, 3, 4}, weight[3] = {.2, .1, .075}, scale[3] = {5, 3, 2};
    libnc_context *context;
    nc__convex *warm, *cold;
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    ck_assert_int_eq(nc__convex_create(&warm, context, 3), LIBNC_OK);
    ck_assert_int_eq(nc__convex_create(&cold, context, 5), LIBNC_OK);
    for (int i = 0; i < 30; i++) {
        nc__convex_problem p = {.groups = 3,
                                .multiplicity = multiplicity,
                                .weight = weight,
                                .scale = scale,
                                .bias = scans[_i].bias,
                                .ball = scans[_i].ball,
                                .bound = scans[_i].bound * pow(0.8, i),
                                .tolerance = 1e-10,
                                .iterations = 1000};
        nc__convex_result a, b;
        ck_assert_int_eq(nc__convex_solve(cold, &p, &a), LIBNC_OK);
        p.warm = true;
        ck_assert_int_eq(nc__convex_solve(warm, &p, &b), LIBNC_OK);
        ck_assert_double_le(a.gap, 1e-10 * a.value);
        ck_assert_double_le(b.gap, 1e-10 * b.value);
        assert_relative(b.value, a.value, 2e-10);
        ck_assert_int_eq(a.rank, b.rank);
        for (int g = 0; g < 3; g++) {
            ck_assert_double_le(fabs(a.within[g] - b.within[g]), 1e-6);
            ck_assert_double_le(fabs(a.within_gradient[g]), a.multiplier * (1 + 1e-8));
        }
    }
    nc__convex_destroy(cold);
    nc__convex_destroy(warm);
    libnc_context_destroy(context);
}
END_TEST

/* ---- refusals and limits ---- */

START_TEST(iteration_limit)
{
    fixture f = prepared(paper, 4, 5e-4, _i);
    solve_again(&f);
    const double exact = proven_loss(&f);
    double loss, gap;
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_MAX_ITERATIONS, 1);
    solve_again(&f);
    ck_assert_int_eq(libnc_geometry_loss(f.geometry, &loss, &gap), LIBNC_OK);
    ck_assert_double_gt(gap, 1e-9 * loss); /* given up, and said so */
    ck_assert_int_eq(libnc_geometry_status(f.geometry), LIBNC_GEOMETRY_STALLED);
    ck_assert_double_ge(loss, exact * (1 - 1e-12));
    ck_assert_double_le(loss - gap, exact);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_MAX_ITERATIONS, 1000);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_TOLERANCE, 0); /* as good as it gets */
    solve_again(&f);
    ck_assert_int_eq(libnc_geometry_loss(f.geometry, &loss, &gap), LIBNC_OK);
    ck_assert_double_le(gap, 1e-12 * loss);
    ck_assert_int_eq(libnc_geometry_status(f.geometry), LIBNC_GEOMETRY_PROVEN);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_MAX_ITERATIONS, 1);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_TOLERANCE,
               0.99); /* what was asked for is no stall */
    solve_again(&f);
    ck_assert_int_eq(libnc_geometry_status(f.geometry), LIBNC_GEOMETRY_PROVEN);
    release(&f);
}
END_TEST

START_TEST(refusals)
{
    const double weights[4] = {1, 1, 2, 2};
    fixture f = prepared(paper, 4, 5e-4, 0);
    ck_assert_int_eq(libnc_geometry_set_class_weights(f.geometry, weights, 4), LIBNC_OK);
    static const int losses[2] = {MSE, FOCAL};
    for (int i = 0; i < 2; i++) {
        set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_LOSS, losses[i]);
        ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_ERROR_UNSUPPORTED);
        ck_assert_ptr_nonnull(strstr(libnc_context_error(f.context), "class weights"));
    }
    release(&f);
    const setting deep = {.counts = paper, .classes = 4, .depth = 2, .loss = CE};
    f = prepare(&deep);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_ERROR_UNSUPPORTED);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_FORM, LIBNC_GEOMETRY_FORM_ENERGY);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_ERROR_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(f.context), "depth"));
    release(&f);
}
END_TEST

/* One class, and decays at the ends of their range. */
START_TEST(extremes)
{
    const int64_t one[1] = {5};
    fixture f = prepared(one, 1, 1e-3, 1);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_SYMMETRY, _i);
    solve_again(&f);
    ck_assert_double_eq(loss_of(&f), 0);
    ck_assert_int_eq(rank_of(&f), 0);
    release(&f);
    f = prepared(paper, 4, 1e300, 1);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_SYMMETRY, _i);
    solve_again(&f);
    ck_assert_int_eq(rank_of(&f), 0);
    release(&f);
    f = prepared(paper, 4, 1e-12, 1);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_SYMMETRY, _i);
    solve_again(&f);
    proven_loss(&f);
    ck_assert_int_eq(rank_of(&f), 3);
    release(&f);
}
END_TEST

/* Decays that hardly matter: probabilities of smoothed targets are then met, from wherever the
 * solver starts. */
START_TEST(small_decays_and_smoothing)
{
    static const double decays[] = {1e-10, 1e-15, 1e-20, 1e-44};
    const int64_t counts[2] = {7186, 476};
    for (int bias = 0; bias < 2; bias++) {
        fixture f = prepared(counts, 2, decays[_i], bias);
        set_number(f.geometry, LIBNC_GEOMETRY_OPTION_LABEL_SMOOTHING, .01);
        solve_again(&f);
        const double entropy = -.995 * log(.995) - .005 * log(.005);
        ck_assert_double_le(fabs(proven_loss(&f) - entropy), 1e4 * decays[_i] + 1e-15);
        release(&f);
    }
}
END_TEST

/* Logits of a class may move by a constant at no change of the loss: a minimiser's sum to zero,
 * however little the decays weigh. */
START_TEST(columns_sum_to_zero)
{
    static const struct {
        int64_t counts[6];
        int classes;
        double decay, smoothing;
    } cases[] = {{{198, 198, 198, 198, 198, 198}, 6, 1e-56, .01},
                 {{1, 213379, 1}, 3, 1e-20, 0},
                 {{20, 10, 10, 5, 5, 1}, 6, 1e-100, .1}};
    const int symmetry = _i % 2;
    const int64_t K = cases[_i / 2].classes;
    fixture f = prepared(cases[_i / 2].counts, K, cases[_i / 2].decay, 1);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_LABEL_SMOOTHING, cases[_i / 2].smoothing);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_SYMMETRY, symmetry);
    solve_again(&f);
    proven_loss(&f);
    ck_assert_int_le(rank_of(&f), K - 1);
    double logits[36];
    ck_assert_int_eq(libnc_geometry_logits(f.geometry, logits, (size_t)(K * K)), LIBNC_OK);
    for (int64_t h = 0; h < K; h++) {
        double sum = 0;
        for (int64_t g = 0; g < K; g++)
            sum += logits[g * K + h];
        ck_assert_double_le(fabs(sum), 1e-10);
    }
    release(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("convex");
    TCase *tests = add_case(suite, "convex", 120);
    tcase_add_loop_test(tests, known_answers, 0, 2);
    tcase_add_loop_test(tests, optimality, 0, OPTIMALITY_CASES);
    tcase_add_loop_test(tests, factors, 0, WAYS);
    tcase_add_loop_test(tests, factors_of_closed_forms, 0, 2);
    tcase_add_loop_test(tests, minority_collapse, 0, WAYS);
    tcase_add_loop_test(tests, total_collapse, 0, WAYS);
    tcase_add_loop_test(tests, order_of_classes_is_irrelevant, 0, 2);
    tcase_add_loop_test(tests, weights_and_divisors, 0, 2);
    tcase_add_test(tests, a_hundred_thousand_classes);
    tcase_add_loop_test(tests, many_different_counts, 0, 2);
    tcase_add_loop_test(tests, warm_starts, 0, 4);
    tcase_add_loop_test(tests, iteration_limit, 0, 2);
    tcase_add_test(tests, refusals);
    tcase_add_loop_test(tests, extremes, 0, 2);
    tcase_add_loop_test(tests, small_decays_and_smoothing, 0, 4);
    tcase_add_loop_test(tests, columns_sum_to_zero, 0, 6);
    return run_suite(suite);
}
