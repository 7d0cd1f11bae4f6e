/* SPDX-License-Identifier: MIT
 *
 * test_geometry.c: known answers of the predicted geometry.
 *
 * The tables are those of doc/theory.md; where they print fewer than nine digits the tolerance is
 * half a unit of the last one. Notation as in libnc/geometry.h.
 */
#include "support/geometry_fixture.h"

static const int64_t BALANCED[] = {100, 100, 100, 100};
static const int64_t IMBALANCED[] = {200, 100, 50, 50};
static const int64_t SMALL_BALANCED[] = {4, 4, 4};
static const int64_t SMALL[] = {8, 4, 2};

/* ---- known answers, mean squared error ---- */

typedef struct known_losses {
    setting s;
    double loss, tolerance;
} known_losses;

static const double UNEQUAL[] = {0.01, 0.03};

static const known_losses LOSSES[] = {
    {{.counts = BALANCED, .classes = 4, .depth = 1}, 0.0198, 1e-12},
    {{.counts = BALANCED, .classes = 4, .depth = 3}, 0.0126290469918, 1e-11},
    {{.counts = BALANCED, .classes = 4, .depth = 6}, 0.0135074082496, 1e-11},
    {{.counts = BALANCED, .classes = 4, .depth = 9}, 0.0158438953555, 1e-11},
    {{.counts = BALANCED, .classes = 4, .depth = 1, .bias = 1}, 0.75 * 0.0198, 1e-12},
    {{.counts = BALANCED, .classes = 4, .depth = 3, .bias = 1}, 0.75 * 0.0126290469918, 1e-11},
    {{.counts = BALANCED, .classes = 4, .depth = 6, .bias = 1}, 0.75 * 0.0135074082496, 1e-11},
    {{.counts = BALANCED, .classes = 4, .depth = 9, .bias = 1}, 0.75 * 0.0158438953555, 1e-11},
    {{.counts = IMBALANCED, .classes = 4, .depth = 1}, 0.0189421356237, 1e-11},
    {{.counts = IMBALANCED, .classes = 4, .depth = 3}, 0.012218400372, 1e-10},
    {{.counts = IMBALANCED, .classes = 4, .depth = 6}, 0.013220353373, 1e-10},
    {{.counts = SMALL_BALANCED, .classes = 3, .depth = 1, .decay = .01, .feature_decay = .01},
     .0582,
     1e-12},
    {{.counts = SMALL_BALANCED, .classes = 3, .depth = 2, .decay = .01, .feature_decay = .01},
     .0702804163,
     1e-9},
    {{.counts = SMALL_BALANCED,
      .classes = 3,
      .depth = 3,
      .decay = .01,
      .feature_decay = .01,
      .bias = 1},
     .0559552424,
     1e-9},
    {{.counts = SMALL, .classes = 3, .depth = 1, .decay = .02, .feature_decay = .01},
     .0840842712,
     1e-9},
    {{.counts = SMALL, .classes = 3, .depth = 2, .decay = .02, .feature_decay = .01},
     .1119006014,
     1e-9},
    {{.counts = SMALL, .classes = 3, .depth = 2, .decay = .05, .feature_decay = .02, .width = 2},
     .2582147890,
     1e-9},
    {{.counts = SMALL, .classes = 3, .depth = 2, .decay = .01, .feature_decay = .005, .bias = 1},
     .0365780511,
     1.5e-9},
    {{.counts = SMALL, .classes = 3, .depth = 1, .decay = .03, .feature_decay = .02, .bias = 1},
     .0877453924,
     1e-9},
    {{.counts = SMALL, .classes = 3, .depth = 2, .decays = UNEQUAL, .feature_decay = .005},
     .0814216028,
     1e-9},
    {{.counts = (const int64_t[]){12, 4},
      .classes = 2,
      .depth = 2,
      .decay = .09,
      .feature_decay = .04},
     .34298673045,
     1e-10},
};

START_TEST(known_loss)
{
    const known_losses *known = &LOSSES[_i];
    fixture f = solve(&known->s);
    double loss, gap;
    ck_assert_int_eq(libnc_geometry_loss(f.geometry, &loss, &gap), LIBNC_OK);
    assert_relative(loss, known->loss, known->tolerance);
    ck_assert(gap > 0 && gap <= 1e-12 * loss);
    ck_assert_int_eq(libnc_geometry_status(f.geometry), LIBNC_GEOMETRY_PROVEN);
    ck_assert_int_eq(is_unique(&f), 1);
    release(&f);
}
END_TEST

typedef struct known_lengths {
    const int64_t *counts;
    int32_t depth;
    double classifier[3], features[3], logit[3]; /* of classes 0, 1, 2; class 3 as class 2 */
} known_lengths;

static const known_lengths LENGTHS[] = {
    {BALANCED, 1, {9.8, 9.8, 9.8}, {.098, .098, .098}, {.98, .98, .98}},
    {BALANCED,
     3,
     {31.32229822, 31.32229822, 31.32229822},
     {.03152229822, .03152229822, .03152229822},
     {.9936552849, .9936552849, .9936552849}},
    {BALANCED,
     6,
     {51.45141385, 51.45141385, 51.45141385},
     {.01928558804, .01928558804, .01928558804},
     {.9961278891, .9961278891, .9961278891}},
    {BALANCED,
     9,
     {62.73527547, 62.73527547, 62.73527547},
     {.01583884593, .01583884593, .01583884593},
     {.996822132, .996822132, .996822132}},
    {IMBALANCED,
     1,
     {13.94213562, 9.8, 6.871067812},
     {.06971067812, .098, .1374213562},
     {.9858578644, .98, .9717157288}},
    {IMBALANCED,
     3,
     {52.8826755, 31.32229822, 18.50220621},
     {.01876755991, .03152229822, .05289782733},
     {.9962322924, .9936552849, .9893060745}},
    {IMBALANCED,
     6,
     {93.48033664, 51.45141385, 28.24929492},
     {.01065180929, .01928558804, .03490314792},
     {.9978650803, .9961278891, .9929699488}},
};

START_TEST(known_length)
{
    const known_lengths *known = &LENGTHS[_i];
    const setting s = {.counts = known->counts, .classes = 4, .depth = known->depth};
    fixture f = solve(&s);
    double classifier[4], features[4], logits[4];
    ck_assert_int_eq(libnc_geometry_lengths(f.geometry, 1, classifier, features, 4), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_class_logits(f.geometry, logits, 4), LIBNC_OK);
    for (int k = 0; k < 4; k++) {
        const int row = k < 3 ? k : 2;
        assert_relative(classifier[k], known->classifier[row], 1.5e-9);
        assert_relative(features[k], known->features[row], 1e-9);
        assert_relative(logits[k], known->logit[row], 1e-9);
        /* P_k^2 + N lh relates the three lengths exactly */
        const double scale = classifier[k] + 400 * 5e-4;
        assert_relative(features[k] * scale * scale, classifier[k], 1e-12);
        assert_relative(logits[k] * scale, classifier[k], 1e-12);
    }
    release(&f);
}
END_TEST

/* M = 1: s = y - N c, P_k^2 = sqrt(lh/lw) s, ||h_k||^2 = sqrt(lw/lh) s/n_k in closed form. */
START_TEST(one_layer_closed_form)
{
    const int64_t counts[] = {7, 19, 3, 7, 1};
    const double lw = 3e-3, lh = 2e-4, cost = 37 * sqrt(lw * lh);
    const setting s = {
        .counts = counts, .classes = 5, .depth = 1, .decay = lw, .feature_decay = lh};
    fixture f = solve(&s);
    double classifier[5], features[5], logits[5], loss = 0;
    ck_assert_int_eq(libnc_geometry_lengths(f.geometry, 1, classifier, features, 5), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_class_logits(f.geometry, logits, 5), LIBNC_OK);
    for (int k = 0; k < 5; k++) {
        const double y = sqrt((double)counts[k]), value = y - cost;
        assert_relative(classifier[k], sqrt(lh / lw) * value, 1e-12);
        assert_relative(features[k], sqrt(lw / lh) * value / (double)counts[k], 1e-12);
        assert_relative(logits[k], value / y, 1e-12);
        loss += cost * cost / 74 + sqrt(lw * lh) * value;
    }
    assert_relative(loss_of(&f), loss, 1e-12);
    release(&f);
}
END_TEST

/* With a bias, M = 1: y = s + N c gives the target's singular values back. */
START_TEST(squared_singular_values_of_the_target)
{
    const setting s = {.counts = IMBALANCED, .classes = 4, .depth = 1, .bias = 1};
    const double expected[] = {142.1535165, 70.3464835, 50};
    fixture f = solve(&s);
    double values[4], bias[4];
    ck_assert_int_eq(libnc_geometry_singular_values(f.geometry, values, 4), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_bias(f.geometry, bias, 4), LIBNC_OK);
    for (int i = 0; i < 3; i++)
        assert_relative((values[i] + 0.2) * (values[i] + 0.2), expected[i], 1e-9);
    ck_assert(values[3] == 0);
    for (int k = 0; k < 4; k++)
        assert_relative(bias[k], (double)IMBALANCED[k] / 400, 1e-15);
    release(&f);
}
END_TEST

/* ---- known answers, cross-entropy and focal ---- */

typedef struct known_scale {
    int64_t loss;
    double smoothing, gamma, scale, value;
    int64_t large; /* 0: K = 4, n = 10, (5e-3, 5e-4); 1: K = 10, n = 100, (5e-4, 5e-4) */
} known_scale;

static const known_scale SCALES[] = {
    {CE, 0, 0, 5.283203729, .094361693741, 0},
    {CE, .1, 0, 3.412247218, .401412929078, 0},
    {FOCAL, 0, 1, 3.441951966758, .059659533372, 0},
    {FOCAL, 0, 3, 2.173894950744, .037441854351, 0},
    {CE, 0, 0, 5.252273428047, .282396242764, 1},
    {CE, .1, 0, 4.054679305830, .692407478337, 1},
    {FOCAL, 0, 2, 3.270399780, .166261960634, 1},
    {FOCAL, 0, 5, 2.348209731, .118775762000, 1},
};

START_TEST(known_entropy_scale)
{
    const known_scale *known = &SCALES[_i / 2];
    const int64_t few[] = {10, 10, 10, 10};
    const int64_t many[] = {100, 100, 100, 100, 100, 100, 100, 100, 100, 100};
    const int k = known->large ? 10 : 4;
    const setting s = {.counts = known->large ? many : few,
                       .classes = k,
                       .depth = 1,
                       .loss = known->loss,
                       .bias = _i % 2,
                       .smoothing = known->smoothing,
                       .gamma = known->gamma,
                       .decay = known->large ? 5e-4 : 5e-3,
                       .feature_decay = 5e-4};
    fixture f = solve(&s);
    double logits[100], gap, loss, bias[10];
    ck_assert_int_eq(libnc_geometry_logits(f.geometry, logits, (size_t)(k * k)), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_loss(f.geometry, &loss, &gap), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_bias(f.geometry, bias, (size_t)k), LIBNC_OK);
    for (int i = 0; i < k * k; i++)
        assert_relative(logits[i], known->scale * ((i % (k + 1) == 0) - 1.0 / k), 2e-9);
    for (int i = 0; i < k; i++)
        ck_assert(bias[i] == 0);
    assert_relative(loss, known->value, 1e-11);
    ck_assert(gap > 0 && gap <= 1e-12 * loss);
    ck_assert_int_eq(libnc_geometry_status(f.geometry), LIBNC_GEOMETRY_PROVEN);
    release(&f);
}
END_TEST

/* M = 1: alpha = log(K/(K c0 + delta) - K + 1), 0 from K c0 + delta = 1 on; c0 = sqrt(n lw lh). */
START_TEST(entropy_closed_form)
{
    const int64_t counts[] = {9, 9, 9};
    const double smoothing = 0.25;
    for (int i = 1; i <= 30; i++) {
        const double cost = 0.012 * i; /* per direction; 3 cost + 1/4 reaches 1 at 0.25 */
        const setting s = {.counts = counts,
                           .classes = 3,
                           .depth = 1,
                           .loss = CE,
                           .smoothing = smoothing,
                           .decay = cost / 3,
                           .feature_decay = cost / 3};
        const double v = 3 * cost + smoothing, alpha = v < 1 ? log(3 / v - 2) : 0;
        fixture f = solve(&s);
        double logit[3];
        int32_t lost[3];
        ck_assert_int_eq(libnc_geometry_class_logits(f.geometry, logit, 3), LIBNC_OK);
        ck_assert_int_eq(libnc_geometry_lost_classes(f.geometry, lost, 3), LIBNC_OK);
        ck_assert_double_eq_tol(logit[1], alpha * 2 / 3, 1e-12);
        ck_assert_int_eq(lost[1], v >= 1);
        assert_relative(loss_of(&f), log1p(2 * exp(-alpha)) + 2 * (cost + smoothing / 3) * alpha,
                        1e-12);
        release(&f);
    }
}
END_TEST

typedef struct known_deep {
    int64_t classes, n;
    int32_t depth;
    double decay, loss;
} known_deep;

static const known_deep DEEP[] = {
    {4, 1, 3, 5e-3, .080769163},
    {6, 1, 2, 5e-3, .136042758},
    {10, 5, 2, 0x1p-10, .090662183},
    {5, 1, 2, 2e-3, .047510958},
};

START_TEST(deep_entropy_is_a_critical_point)
{
    const known_deep *known = &DEEP[_i];
    int64_t counts[10];
    for (int k = 0; k < 10; k++)
        counts[k] = known->n;
    const setting s = {.counts = counts,
                       .classes = known->classes,
                       .depth = known->depth,
                       .loss = CE,
                       .decay = known->decay,
                       .feature_decay = known->decay};
    fixture f = solve(&s);
    double loss, gap;
    ck_assert_int_eq(libnc_geometry_loss(f.geometry, &loss, &gap), LIBNC_OK);
    ck_assert_double_eq_tol(loss, known->loss, 6e-10);
    ck_assert(isnan(gap));
    ck_assert_int_eq(libnc_geometry_status(f.geometry), LIBNC_GEOMETRY_CRITICAL_POINT);
    release(&f);
}
END_TEST

/* M >= 2: the scale against a dense scan, with zero as one of its points, and smoothing. */
START_TEST(deep_entropy_scale_is_the_best)
{
    const int64_t counts[] = {2, 2, 2};
    int zeros = 0, positive = 0;
    for (int i = 0; i < 60; i++) {
        const double decay = 0.02 * pow(1.06, i), smoothing = i % 3 * 0.1;
        const int32_t depth = 2 + i % 4;
        const setting s = {.counts = counts,
                           .classes = 3,
                           .depth = depth,
                           .loss = CE,
                           .smoothing = smoothing,
                           .decay = decay,
                           .feature_decay = decay};
        double best = log(3);
        for (double a = 1e-3; a < 12; a += 1e-3)
            best = fmin(best, log1p(2 * exp(-a)) + smoothing * 2 / 3 * a +
                                  (depth + 1) * decay * pow(2 * a * a, 1.0 / (depth + 1)));
        const double loss = solved_loss(&s);
        ck_assert_double_le(loss, best + 1e-14);
        ck_assert_double_ge(loss, best - 1e-6);
        zeros += loss > log(3) - 1e-15;
        positive += loss < log(3) - 1e-15;
    }
    ck_assert_int_ge(zeros, 5);
    ck_assert_int_ge(positive, 20);
}
END_TEST

/* The larger K, the more the focal loss is concave at zero; where the argument for a global
 * minimum fails the status says so. */
START_TEST(focal_status)
{
    int64_t counts[200];
    for (int k = 0; k < 200; k++)
        counts[k] = 4;
    setting s = {.counts = counts,
                 .classes = 200,
                 .depth = 1,
                 .loss = FOCAL,
                 .gamma = 2,
                 .decay = 1e-3,
                 .feature_decay = 1e-3}; /* (K-1) c0 = 0.398 */
    fixture f = solve(&s);
    ck_assert_int_eq(libnc_geometry_status(f.geometry), LIBNC_GEOMETRY_PROVEN);
    release(&f);
    s.decay = s.feature_decay = 4e-3; /* 1.592 */
    f = solve(&s);
    double gap, loss;
    ck_assert_int_eq(libnc_geometry_loss(f.geometry, &loss, &gap), LIBNC_OK);
    ck_assert(isnan(gap));
    ck_assert_int_eq(libnc_geometry_status(f.geometry), LIBNC_GEOMETRY_CRITICAL_POINT);
    release(&f);
    s.classes = 2; /* the loss is convex at zero, with slope -(1 + 2 log 2)/8: zero is proven */
    s.decay = s.feature_decay = 0.6;
    f = solve(&s);
    ck_assert_int_eq(libnc_geometry_loss(f.geometry, &loss, &gap), LIBNC_OK);
    assert_relative(loss, log(2) / 4, 1e-14);
    ck_assert_int_eq(libnc_geometry_status(f.geometry), LIBNC_GEOMETRY_PROVEN);
    release(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("geometry");
    TCase *known = add_case(suite, "known answers", 30);
    tcase_add_loop_test(known, known_loss, 0, (int)(sizeof LOSSES / sizeof *LOSSES));
    tcase_add_loop_test(known, known_length, 0, (int)(sizeof LENGTHS / sizeof *LENGTHS));
    tcase_add_test(known, one_layer_closed_form);
    tcase_add_test(known, squared_singular_values_of_the_target);
    tcase_add_loop_test(known, known_entropy_scale, 0, 2 * (int)(sizeof SCALES / sizeof *SCALES));
    tcase_add_test(known, entropy_closed_form);
    tcase_add_loop_test(known, deep_entropy_is_a_critical_point, 0,
                        (int)(sizeof DEEP / sizeof *DEEP));
    tcase_add_test(known, deep_entropy_scale_is_the_best);
    tcase_add_test(known, focal_status);
    return run_suite(suite);
}
