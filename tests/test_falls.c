/* SPDX-License-Identifier: MIT
 *
 * test_falls.c: the decays, energies, counts and depths at which classes fall (libnc/threshold.h).
 *
 * Compared with minimisers that know nothing of libnc (brute.h, brute_convex.h) on both sides, with
 * closed forms, and with solutions of the problem at what is said.
 */
#include "support/brute_convex.h"
#include "support/minority_fixture.h"

/* ---- cross-entropy: margins of an independent minimiser ---- */

/* The problem at a product of decays or energies, split 2 to 1/2. Counts may be real numbers. */
static brute_convex pose_brute(const imbalance *p, const double *counts, double product)
{
    brute_convex q = {.classes = (int)p->classes,
                      .width = (int)p->classes,
                      .bias = p->bias != 0,
                      .energy = p->energy != 0,
                      .smoothing = p->smoothing,
                      .classifier = 2 * product,
                      .features = product / 2};
    double samples = 0, weighted = 0;
    for (int k = 0; k < q.classes; k++) {
        q.count[k] = counts ? counts[k] : (double)p->counts[k];
        q.weight[k] = q.count[k] * (p->weights[0] > 0 ? p->weights[k] : 1);
        samples += q.count[k];
        weighted += q.weight[k];
    }
    for (int k = 0; k < q.classes; k++)
        q.weight[k] /= p->normalised ? weighted : samples;
    return q;
}

static double read_margin(const brute_convex *p, const double *x, int k)
{
    const int K = p->classes, d = p->width, n = K * d;
    double w[BRUTE_CLASSES * BRUTE_CLASSES], h[BRUTE_CLASSES * BRUTE_CLASSES];
    double margin = INFINITY, own = 0;
    memcpy(w, x, sizeof(double) * (size_t)n);
    memcpy(h, x + n, sizeof(double) * (size_t)n);
    if (p->energy) {
        brute_normalised(x, n, K * p->classifier, w);
        brute_normalised(x + n, n, K * p->features, h);
    }
    for (int turn = 0; turn < 2; turn++)
        for (int j = 0; j < K; j++) {
            const double z =
                brute_dot(w + j * d, h + k * d, d) / (p->energy ? 1 : sqrt(p->count[k])) +
                (p->bias ? x[2 * n + j] : 0);
            if (turn == 0 && j == k)
                own = z;
            if (turn == 1 && j != k)
                margin = fmin(margin, own - z);
        }
    return margin;
}

/* Of class k at the minimum, from one random start: the problem is convex in the logits. */
static double brute_margin(const imbalance *p, const double *counts, double product, int k)
{
    const brute_convex q = pose_brute(p, counts, product);
    const int n = brute_convex_size(&q);
    uint64_t state = 7;
    double *x = calloc((size_t)n, sizeof *x);
    for (int i = 0; i < n; i++)
        x[i] = .5 * brute_normal(&state);
    brute_convex_descend(&q, x, 20000, 1e-13);
    const double margin = read_margin(&q, x, k);
    free(x);
    return margin;
}

static void take_falls(const imbalance *p, double *values, double *widths)
{
    fixture f = pose(p);
    ck_assert_msg(
        (p->energy ? libnc_threshold_fall_energies(f.geometry, values, widths, (size_t)p->classes)
                   : libnc_threshold_fall_decays(f.geometry, values, widths, (size_t)p->classes)) ==
            LIBNC_OK,
        "%s", libnc_context_error(f.context));
    release(&f);
}

/* `distinct` counts, one or two classes of each. */
static imbalance random_problem(uint64_t *state, int64_t distinct)
{
    imbalance p = {.energy = whole(state, 0, 1), .price = 1};
    int64_t count = whole(state, 1, 4);
    const bool weighs = whole(state, 0, 3) == 0;
    for (int64_t g = 0; g < distinct; g++, count += whole(state, 1, 1 + count)) {
        const double weight = weighs ? .5 + 2 * uniform(state) : 1;
        for (int64_t i = whole(state, 0, 3) == 0; i >= 0; i--) {
            p.counts[p.classes] = count;
            p.weights[p.classes++] = weight;
        }
    }
    p.bias = whole(state, 0, 1);
    p.normalised = whole(state, 0, 1);
    p.smoothing = whole(state, 0, 1) ? .2 * uniform(state) : 0;
    return p;
}

/* Whether the fall is where the group merges or all collapses: beyond it margins are 0, which a
 * minimiser reaches slowly. */
static bool is_closed(const imbalance *p, int64_t k, double value)
{
    double merge = NAN, total = NAN;
    fixture f = pose(p);
    const bool merges =
        (p->energy ? libnc_threshold_merge_energy(f.geometry, k, &merge, NULL)
                   : libnc_threshold_merge_decay(f.geometry, k, &merge)) == LIBNC_OK;
    if (!p->energy)
        ck_assert_int_eq(libnc_threshold_total_decay(f.geometry, &total), LIBNC_OK);
    release(&f);
    return (merges && fabs(value - merge) <= 1e-8 * merge) || fabs(value - total) <= 1e-8 * total;
}

/* Predicted on one side, to 1e-6 and at some points of a grid, and not on the other. */
static void expect_fall(const imbalance *p, int k, double value)
{
    const bool closed = is_closed(p, k, value);
    const double near = closed ? 1e-3 : 1e-6, sign = p->energy ? 1 : -1;
    const double before = brute_margin(p, NULL, value * (1 + sign * near), k);
    const double beyond = brute_margin(p, NULL, value * (1 - sign * near), k);
    ck_assert_msg(before > (closed ? 1e-4 : 0), "class %d of %lld at %.12g: %g", k,
                  (long long)p->classes, value, before);
    ck_assert_msg(beyond < (closed ? 2e-5 : 0), "class %d of %lld at %.12g: %g", k,
                  (long long)p->classes, value, beyond);
    for (double far = .05; far < .4; far *= 2)
        ck_assert(brute_margin(p, NULL, value * exp(sign * far), k) > 0);
}

START_TEST(falls_agree_with_a_minimiser)
{
    uint64_t state = (uint64_t)_i + 17;
    double values[BRUTE_CLASSES];
    const imbalance p = random_problem(&state, 2 + _i % 5);
    take_falls(&p, values, NULL);
    const int k = (int)whole(&state, 0, p.classes - 1);
    if (isfinite(values[k]) && values[k] > 0)
        expect_fall(&p, k, values[k]);
    else
        ck_assert(brute_margin(&p, NULL, p.energy ? .05 : 2, k) > 0);
}
END_TEST

/* The counts of the documentation. */
START_TEST(known_falls)
{
    const imbalance p = {.classes = 3, .counts = {500, 200, 30}, .price = 1};
    double values[3];
    take_falls(&p, values, NULL);
    assert_relative(values[2], .0119811206, 1e-8);
    assert_relative(values[1], .0267291748, 1e-8);
    ck_assert(values[0] == values[1]);
    expect_fall(&p, 1, values[1]);
    expect_fall(&p, 2, values[2]);
}
END_TEST

/* Of 12 classes from 500 down to 5: falls in the order of counts. */
START_TEST(long_tailed_falls)
{
    imbalance p = {.classes = 12, .price = 1};
    double values[12];
    for (int k = 0; k < 12; k++)
        p.counts[k] = (int64_t)(500 * pow(.01, k / 11.));
    take_falls(&p, values, NULL);
    for (int k = 1; k < 12; k++)
        ck_assert(values[k] <= values[k - 1]);
    for (int k = 2; k < 12; k += 4)
        expect_fall(&p, k, values[k]);
}
END_TEST

/* One call for each class, and one for all; where a class vanishes the solver sees no nearer than
 * 1e-7. */
START_TEST(one_class_as_all)
{
    uint64_t state = (uint64_t)_i + 41;
    double values[BRUTE_CLASSES], widths[BRUTE_CLASSES], value, width;
    const imbalance p = random_problem(&state, 4);
    take_falls(&p, values, widths);
    fixture f = pose(&p);
    for (int64_t k = 0; k < p.classes; k++) {
        ck_assert_int_eq(p.energy ? libnc_threshold_fall_energy(f.geometry, k, &value, &width)
                                  : libnc_threshold_fall_decay(f.geometry, k, &value, &width),
                         LIBNC_OK);
        ck_assert_msg(value == values[k] ||
                          fabs(value - values[k]) <= (p.energy ? 2e-7 : 4e-9) * values[k],
                      "class %lld: %.15g, not %.15g", (long long)k, value, values[k]);
        ck_assert(isinf(width) == isinf(widths[k]));
    }
    release(&f);
}
END_TEST

/* ---- proofs ---- */

/* The margin of a class in probability less what the gap leaves open; positive: it is predicted,
 * for the other sign the reverse. */
static double proven_lead(const imbalance *p, double product, int64_t k, double sign)
{
    imbalance q = *p;
    double margins[MOST_CLASSES], shares[MOST_CLASSES], loss, gap, divisor = 0;
    q.price = product;
    fixture f = solve_imbalance(&q);
    ck_assert_int_eq(libnc_geometry_margins(f.geometry, margins, (size_t)p->classes), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_probabilities(f.geometry, shares, (size_t)p->classes),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_loss(f.geometry, &loss, &gap), LIBNC_OK);
    release(&f);
    for (int64_t j = 0; j < p->classes; j++)
        divisor += (double)p->counts[j] * (p->normalised ? p->weights[j] : 1);
    double coefficient = 0;
    for (int64_t j = 0; j < p->classes; j++)
        if (p->counts[j] == p->counts[k])
            coefficient += (double)p->counts[j] * p->weights[j] / divisor;
    return sign * shares[k] * (1 - exp(-margins[k])) - sqrt(2 * gap / coefficient);
}

/* At two widths from a fall its side follows from a solution that was made here. */
START_TEST(widths_are_proven)
{
    uint64_t state = (uint64_t)_i + 61;
    double values[BRUTE_CLASSES], widths[BRUTE_CLASSES];
    const imbalance p = random_problem(&state, 3);
    const double sign = p.energy ? 1 : -1;
    take_falls(&p, values, widths);
    for (int64_t k = 0; k < p.classes; k++) {
        if (isinf(widths[k]) || values[k] == 0)
            continue;
        const bool alone = (k == 0 || p.counts[k] != p.counts[k - 1]) &&
                           (k + 1 == p.classes || p.counts[k] != p.counts[k + 1]);
        ck_assert_msg(widths[k] < 1e-2 * values[k], "class %lld: %g of %g", (long long)k, widths[k],
                      values[k]);
        if (!alone)
            continue;
        ck_assert(proven_lead(&p, values[k] + 2 * sign * widths[k], k, 1) > 0);
        ck_assert(proven_lead(&p, values[k] - 2 * sign * widths[k], k, -1) > 0 ||
                  widths[k] <= 1e-5 * values[k]);
    }
}
END_TEST

/* ---- what is known of falls ---- */

START_TEST(groups_fall_when_they_merge_or_before)
{
    uint64_t state = (uint64_t)_i + 81;
    double values[BRUTE_CLASSES], merge;
    imbalance p = random_problem(&state, 3);
    p.energy = 0;
    take_falls(&p, values, NULL);
    fixture f = pose(&p);
    for (int64_t k = 1; k < p.classes; k++)
        if (p.counts[k] == p.counts[k - 1]) {
            ck_assert_int_eq(libnc_threshold_merge_decay(f.geometry, k, &merge), LIBNC_OK);
            ck_assert(values[k] <= merge && values[k] == values[k - 1]);
            if (values[k] < merge)
                expect_fall(&p, (int)k, values[k]);
        }
    release(&f);
}
END_TEST

/* Without a bias nobody is predicted from total collapse on; with one a strict majority always is.
 */
START_TEST(the_majority_may_never_fall)
{
    imbalance p = {.classes = 3, .counts = {50, 20, 3}, .price = 1};
    double values[3], total;
    take_falls(&p, values, NULL);
    fixture f = pose(&p);
    ck_assert_int_eq(libnc_threshold_total_decay(f.geometry, &total), LIBNC_OK);
    release(&f);
    assert_relative(values[0], total, 1e-12);
    p.bias = 1;
    take_falls(&p, values, NULL);
    ck_assert(isinf(values[0]) && isfinite(values[1]));
    p.energy = 1;
    take_falls(&p, values, NULL);
    ck_assert(values[0] == 0 && values[1] > 0);
    p = (imbalance){.classes = 1, .counts = {5}, .price = 1};
    take_falls(&p, values, NULL);
    ck_assert(isinf(values[0]));
}
END_TEST

/* Falls, comes back at 25 % more decay, and falls for good: the first one is given. */
START_TEST(a_margin_may_come_back)
{
    const imbalance p = {
        .classes = 3, .counts = {37, 11, 4}, .weights = {.375, 1.63, 1.27}, .price = 1};
    double values[3];
    take_falls(&p, values, NULL);
    expect_fall(&p, 2, values[2]);
    assert_relative(values[2], .0463, 1e-3);
    ck_assert(brute_margin(&p, NULL, values[2] * 1.05, 2) < -1e-4);
    ck_assert(brute_margin(&p, NULL, .0570, 2) < -1e-5);
    ck_assert(brute_margin(&p, NULL, .0572, 2) > 1e-5);
    ck_assert(brute_margin(&p, NULL, values[2] * 1.3, 2) > 1e-4);
}
END_TEST

/* ---- counts ---- */

START_TEST(counts_agree_with_a_minimiser)
{
    uint64_t state = (uint64_t)_i + 101;
    imbalance p = random_problem(&state, 2 + _i % 3);
    double count, counts[BRUTE_CLASSES];
    p.price = p.energy ? .3 + uniform(&state) : pow(10, -2.3 + uniform(&state));
    const int64_t k = whole(&state, 0, p.classes - 1);
    fixture f = pose(&p);
    ck_assert_int_eq(libnc_threshold_fall_count(f.geometry, k, &count), LIBNC_OK);
    release(&f);
    for (int64_t j = 0; j < p.classes; j++)
        counts[j] = (double)p.counts[j];
    if (count == 0 || isinf(count))
        return;
    counts[k] = count * (1 + 1e-5);
    ck_assert(brute_margin(&p, counts, p.price, (int)k) > 0);
    counts[k] = count * (1 - 1e-5);
    ck_assert(brute_margin(&p, counts, p.price, (int)k) < 1e-9);
}
END_TEST

/* So strong a decay that no number of samples helps. */
START_TEST(some_counts_do_not_exist)
{
    imbalance p = {.classes = 3, .counts = {50, 20, 3}, .price = .5};
    double count;
    fixture f = pose(&p);
    ck_assert_int_eq(libnc_threshold_fall_count(f.geometry, 2, &count), LIBNC_OK);
    ck_assert(isinf(count));
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_BIAS, 1);
    ck_assert_int_eq(libnc_threshold_fall_count(f.geometry, 2, &count), LIBNC_OK);
    ck_assert(count > 49 && count < 51);
    release(&f);
}
END_TEST

/* ---- mean squared error ---- */

enum { SQUARES = 4 };

typedef struct square {
    int classes, depth, bias;
    int64_t counts[SQUARES];
} square;

static square random_square(uint64_t *state, int index)
{
    square s = {
        .classes = 2 + (int)(uniform(state) * 3), .depth = 1 + index % 3, .bias = index / 3 % 2};
    for (int k = 0; k < s.classes; k++)
        s.counts[k] = whole(state, 1, 6);
    return s;
}

static fixture pose_square(const square *s, double decay)
{
    const setting posed = {.counts = s->counts,
                           .classes = s->classes,
                           .depth = s->depth,
                           .bias = s->bias,
                           .decay = decay,
                           .feature_decay = decay};
    return prepare(&posed);
}

/* Mean logits of class k, M layers applied to the mean of its features. */
static double read_square(const brute *p, const double *x, int k)
{
    const int d = p->width, n = brute_samples(p);
    double a[SQUARES] = {0}, z[SQUARES], margin = INFINITY;
    for (int i = 0, count = 0; i < n; i++)
        if (brute_label(p, i) == k) {
            count++;
            for (int r = 0; r < d; r++)
                a[r] += (x[brute_offset(p, p->depth) + r * n + i] - a[r]) / count;
        }
    for (int j = 1; j <= p->depth; j++) {
        for (int r = 0; r < brute_rows(p, j); r++)
            z[r] = brute_dot(x + brute_offset(p, j - 1) + r * d, a, d);
        memcpy(a, z, sizeof a);
    }
    for (int j = 0; j < p->classes && p->bias; j++)
        z[j] += x[brute_offset(p, p->depth + 1) + j];
    for (int j = 0; j < p->classes; j++)
        if (j != k)
            margin = fmin(margin, z[k] - z[j]);
    return margin;
}

/* At the lowest of many minima, with every number of hidden units (brute.h). */
static double square_margin(const square *s, double decay, int k)
{
    uint64_t state = 5;
    double best = INFINITY, margin = NAN;
    for (int width = 1; width <= s->classes; width++)
        for (int start = 0; start < (s->depth == 1 ? 2 : s->depth == 2 ? 40 : 160); start++) {
            const brute p = {.classes = s->classes,
                             .width = width,
                             .depth = s->depth,
                             .bias = s->bias,
                             .loss = BRUTE_MSE,
                             .counts = s->counts,
                             .feature_decay = decay,
                             .decays = {decay, decay, decay}};
            const int n = brute_size(&p);
            double *x = calloc((size_t)n, sizeof *x);
            for (int i = 0; i < n && (width > 1 || start > 0); i++)
                x[i] = (.3 + .3 * (start % 6)) * brute_normal(&state);
            const double value = brute_descend(&p, x, 3000, 1e-10);
            if (value < best) {
                best = value;
                margin = read_square(&p, x, k);
            }
            free(x);
        }
    return margin;
}

START_TEST(squares_agree_with_a_minimiser)
{
    uint64_t state = (uint64_t)_i + 201;
    const square s = random_square(&state, _i);
    double decays[SQUARES], widths[SQUARES];
    const int k = (int)whole(&state, 0, s.classes - 1);
    fixture f = pose_square(&s, 1);
    ck_assert_int_eq(libnc_threshold_fall_decays(f.geometry, decays, widths, (size_t)s.classes),
                     LIBNC_OK);
    release(&f);
    if (s.bias)
        ck_assert(isinf(widths[k]));
    else
        ck_assert(decays[k] == 0 ? widths[k] == 0 : widths[k] > 0 && widths[k] < 1e-12 * decays[k]);
    if (isinf(decays[k])) {
        ck_assert(square_margin(&s, 1, k) > 1e-3);
        return;
    }
    ck_assert_msg(square_margin(&s, decays[k] * (1 - 3e-3), k) > 1e-5, "%d", _i);
    ck_assert_msg(square_margin(&s, decays[k] * (1 + 3e-3), k) < 1e-5, "%d", _i);
}
END_TEST

/* The closed form in extended precision. */
START_TEST(squares_are_right_to_their_width)
{
    static const int64_t counts[] = {((int64_t)1 << 50) - 7, 987654321, 200, 3, 1};
    static const int32_t depths[] = {1, 2, 3, 10, 100, 1000};
    const long double m = depths[_i];
    const long double limit = powl(m - 1, (m - 1) / m) / m; /* beta*_M */
    const setting s = {.counts = counts, .classes = 5, .depth = depths[_i], .decay = 1e-9};
    long double samples = 0;
    double decays[5], widths[5], one = 0, width = 0;
    for (int k = 0; k < 5; k++)
        samples += (long double)counts[k];
    fixture f = prepare(&s);
    ck_assert_int_eq(libnc_threshold_fall_decays(f.geometry, decays, widths, 5), LIBNC_OK);
    for (int k = 0; k < 5; k++) {
        const long double base = (long double)counts[k] * limit / (m * samples);
        const long double exact = expl((m * logl(base) - logl(samples)) / (m + 1));
        ck_assert(fabsl(decays[k] - exact) <= widths[k]);
        ck_assert_double_gt(widths[k], 0);
        ck_assert_double_le(widths[k], 1e-12 * decays[k]);
        ck_assert_int_eq(libnc_threshold_fall_decay(f.geometry, k, &one, &width), LIBNC_OK);
        ck_assert(one == decays[k] && width == widths[k]);
    }
    release(&f);
}
END_TEST

static int32_t is_predicted(const int64_t *counts, int64_t classes, int32_t depth, int64_t bias,
                            double decay, int64_t k)
{
    int32_t predicted[8];
    const setting s = {.counts = counts,
                       .classes = classes,
                       .depth = depth,
                       .bias = bias,
                       .decay = decay,
                       .feature_decay = decay};
    fixture f = solve(&s);
    ck_assert_int_eq(libnc_geometry_predicted(f.geometry, predicted, (size_t)classes), LIBNC_OK);
    release(&f);
    return predicted[k];
}

/* Solutions that know no thresholds, as near as 1e-9, for all depths. */
START_TEST(squares_are_sharp)
{
    static const int64_t counts[] = {500, 200, 30, 30, 2};
    const int32_t depth = 1 + _i / 2;
    const int64_t bias = _i % 2;
    double decays[5];
    const setting s = {.counts = counts, .classes = 5, .depth = depth, .bias = bias, .decay = 1e-3};
    fixture f = prepare(&s);
    ck_assert_int_eq(libnc_threshold_fall_decays(f.geometry, decays, NULL, 5), LIBNC_OK);
    release(&f);
    for (int64_t k = bias; k < 5; k++) {
        ck_assert(is_predicted(counts, 5, depth, bias, decays[k] * (1 - 1e-9), k) == 1);
        ck_assert(is_predicted(counts, 5, depth, bias, decays[k] * (1 + 1e-9), k) == 0);
    }
    ck_assert(!bias || isinf(decays[0]));
}
END_TEST

/* The law of the theory page, written out for M = 1 and 2. */
START_TEST(squares_without_bias_have_a_formula)
{
    static const int64_t counts[] = {9, 4, 1};
    double decays[3];
    setting s = {.counts = counts, .classes = 3, .depth = 1, .decay = 1e-3};
    for (s.depth = 1; s.depth <= 2; s.depth++) {
        fixture f = prepare(&s);
        ck_assert_int_eq(libnc_threshold_fall_decays(f.geometry, decays, NULL, 3), LIBNC_OK);
        for (int k = 0; k < 3; k++)
            assert_relative(decays[k],
                            s.depth == 1 ? sqrt((double)counts[k]) / 14
                                         : cbrt(pow((double)counts[k] / (4 * 14), 2) / 14),
                            1e-14);
        release(&f);
    }
    s.depth = 2;
    s.width = 2;
    fixture f = prepare(&s);
    ck_assert_int_eq(libnc_threshold_fall_decays(f.geometry, decays, NULL, 3), LIBNC_OK);
    ck_assert(decays[1] > 0 && decays[2] == 0);
    release(&f);
}
END_TEST

/* The count of one class, real, through whole counts a thousand times as large. */
START_TEST(square_counts_are_sharp)
{
    static const int64_t counts[] = {500, 200, 30, 30, 2};
    const int32_t depth = 1 + _i / 2;
    const int64_t bias = _i % 2;
    const double decay = 2e-3;
    double count;
    const setting s = {.counts = counts,
                       .classes = 5,
                       .depth = depth,
                       .bias = bias,
                       .decay = decay,
                       .feature_decay = decay};
    fixture f = prepare(&s);
    for (int64_t k = 0; k < 5; k++) {
        ck_assert_int_eq(libnc_threshold_fall_count(f.geometry, k, &count), LIBNC_OK);
        ck_assert(isfinite(count) && count > 0);
        int64_t scaled[5];
        for (int side = 0; side < 2; side++) {
            for (int64_t j = 0; j < 5; j++)
                scaled[j] = counts[j] * 1000000;
            scaled[k] = (int64_t)(count * 1e6) + 2 * side - (side == 0);
            ck_assert_int_eq(
                is_predicted(scaled, 5, depth, bias, decay * pow(1e-6, 1. / (depth + 1)), k), side);
        }
    }
    release(&f);
}
END_TEST

START_TEST(critical_depths)
{
    static const int64_t counts[] = {500, 200, 30, 30, 2};
    int32_t depths[5];
    const setting s = {.counts = counts,
                       .classes = 5,
                       .depth = 3,
                       .bias = _i,
                       .decay = 1e-3,
                       .feature_decay = 1e-3};
    fixture f = prepare(&s);
    ck_assert_int_eq(libnc_threshold_fall_depths(f.geometry, depths, 5), LIBNC_OK);
    release(&f);
    for (int64_t k = 0; k < 5; k++) {
        if (depths[k] > 0)
            ck_assert_int_eq(is_predicted(counts, 5, depths[k], _i, 1e-3, k), 1);
        for (int32_t m = depths[k] + 1; m <= 1000 && m < 2 * depths[k] + 9; m++)
            ck_assert_int_eq(is_predicted(counts, 5, m, _i, 1e-3, k), 0);
    }
    ck_assert_int_eq(depths[0] == 1000, _i);
}
END_TEST

/* Strong decays of many samples: too few layers fail as too many do, and no power of two serves. */
START_TEST(few_depths_may_serve)
{
    static const int64_t counts[] = {1000000, 1};
    int32_t depths[2], last = 0;
    const double decay = 0.02629;
    const setting s = {.counts = counts,
                       .classes = 2,
                       .depth = 1,
                       .bias = _i,
                       .decay = decay,
                       .feature_decay = decay};
    fixture f = prepare(&s);
    ck_assert_int_eq(libnc_threshold_fall_depths(f.geometry, depths, 2), LIBNC_OK);
    release(&f);
    for (int32_t m = 1; m <= 100; m++)
        last = is_predicted(counts, 2, m, 0, decay, 0) ? m : last;
    ck_assert_int_eq(last, 15);
    ck_assert_int_eq(depths[0], _i == 0 ? last : 1000);
    ck_assert_int_eq(depths[1], 0);
}
END_TEST

/* ---- errors ---- */

START_TEST(clear_errors)
{
    const imbalance p = {.classes = 3, .counts = {5, 4, 2}, .price = .1};
    double value = 17;
    int32_t depths[3];
    fixture f = pose(&p);
    libnc_context *c = f.context;
    expect(c, libnc_threshold_fall_energy(f.geometry, 0, &value, NULL), LIBNC_ERROR_UNSUPPORTED,
           "form");
    expect(c, libnc_threshold_fall_depths(f.geometry, depths, 3), LIBNC_ERROR_UNSUPPORTED, "mse");
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_FORM, LIBNC_GEOMETRY_FORM_ENERGY);
    expect(c, libnc_threshold_fall_decay(f.geometry, 0, &value, NULL), LIBNC_ERROR_UNSUPPORTED,
           "form");
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_LOSS, MSE);
    expect(c, libnc_threshold_fall_decay(f.geometry, 0, &value, NULL), LIBNC_ERROR_UNSUPPORTED,
           "energy");
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_LOSS, FOCAL);
    expect(c, libnc_threshold_fall_decay(f.geometry, 0, &value, NULL), LIBNC_ERROR_UNSUPPORTED,
           "loss");
    ck_assert(value == 17);
    release(&f);
    const imbalance far = {
        .classes = 3, .counts = {500, 200, 30}, .price = .1, .weights = {1e-100, 1, 1e100}};
    double decays[3], widths[3];
    f = pose(&far);
    expect(f.context, libnc_threshold_fall_decays(f.geometry, decays, widths, 3),
           LIBNC_ERROR_NUMERICAL, "the loss of");
    release(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("falls");
    TCase *tests = add_case(suite, "falls", 120);
    tcase_add_loop_test(tests, falls_agree_with_a_minimiser, 0, 60);
    tcase_add_test(tests, known_falls);
    tcase_add_test(tests, long_tailed_falls);
    tcase_add_loop_test(tests, one_class_as_all, 0, 8);
    tcase_add_loop_test(tests, widths_are_proven, 0, 12);
    tcase_add_loop_test(tests, groups_fall_when_they_merge_or_before, 0, 12);
    tcase_add_test(tests, the_majority_may_never_fall);
    tcase_add_test(tests, a_margin_may_come_back);
    tcase_add_loop_test(tests, counts_agree_with_a_minimiser, 0, 20);
    tcase_add_test(tests, some_counts_do_not_exist);
    tcase_add_loop_test(tests, squares_agree_with_a_minimiser, 0, 40);
    tcase_add_loop_test(tests, squares_are_right_to_their_width, 0, 6);
    tcase_add_loop_test(tests, squares_are_sharp, 0, 8);
    tcase_add_test(tests, squares_without_bias_have_a_formula);
    tcase_add_loop_test(tests, square_counts_are_sharp, 0, 8);
    tcase_add_loop_test(tests, critical_depths, 0, 2);
    tcase_add_loop_test(tests, few_depths_may_serve, 0, 2);
    tcase_add_test(tests, clear_errors);
    return run_suite(suite);
}
