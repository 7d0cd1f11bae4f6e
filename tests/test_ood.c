/* SPDX-License-Identifier: MIT
 *
 * test_ood.c: out-of-distribution scores: known answers, plain formulas, invariances, and pairs
 * counted one by one. tests/python/test_ood.py has all scores in NumPy, on random sets.
 */
#include "support/context_fixture.h"
#include "support/random_values.h"
#include "support/suite.h"

#include <libnc/libnc.h>

#include <math.h>
#include <string.h>

enum { SCORES = LIBNC_OOD_SCORE_VIM_RESIDUAL };

/* ---- six samples whose scores are known ---- */

static const double six[6][3] = {{1, .2, -.3}, {.8, .5, .1},   {1.3, -.4, .6},
                                 {-.5, 1, .4}, {-.2, .7, -.9}, {.1, -1.2, .3}};
static const int32_t six_labels[6] = {0, 0, 0, 1, 1, 2};
static const double six_classifier[3][3] = {{1, -.2, .1}, {-.4, .9, 0}, {-.3, -.8, .5}};
static const double six_bias[3] = {.1, -.2, .05};
static const double two[2][3] = {{.3, .3, 2}, {-.1, .2, .1}};

static libnc_accumulator *accumulate(const void *rows, int32_t scalar, const int32_t *labels,
                                     int64_t count, int64_t classes, int64_t width)
{
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, context, classes, width));
    must(libnc_accumulator_update(a, rows, scalar, count, width, labels, LIBNC_LABEL_INT32));
    return a;
}

static libnc_ood *of_six(void)
{
    libnc_ood *ood;
    libnc_accumulator *a = accumulate(six, LIBNC_FLOAT64, six_labels, 6, 3, 3);
    must(libnc_ood_create(&ood, a, six_classifier[0], six_bias));
    libnc_accumulator_destroy(a);
    return ood;
}

static void expect(libnc_ood *ood, int32_t score, const double *rows, int64_t count,
                   const double *known)
{
    double values[6];
    must(libnc_ood_scores(ood, score, rows, LIBNC_FLOAT64, count, 3, values));
    for (int64_t i = 0; i < count; i++)
        ck_assert_double_eq_tol(values[i], known[i], 1e-12);
}

START_TEST(known_answers)
{
    static const double nci[] = {.794880020764, .592305702069, .889104670809,
                                 .872846272169, .603405515274, .927566981133};
    static const double nci_out[] = {.447611439591, .507744652780};
    static const double ratios[] = {.872495576076, .952583985512, .971064570843,
                                    .841519548438, .864056011638, .990462097005};
    static const double ratios_out[] = {.268337555379, .972507968070};
    static const double uncentred_out[] = {.322069946291, .719452447004};
    static const int32_t labels_of_two[2] = {0, 0};
    double nc5;
    libnc_ood *ood = of_six();
    must(libnc_options_set_int64(libnc_ood_options(ood), LIBNC_OOD_OPTION_NECO_DIRECTIONS, 2));
    expect(ood, LIBNC_OOD_SCORE_NCI, six[0], 6, nci);
    expect(ood, LIBNC_OOD_SCORE_NCI, two[0], 2, nci_out);
    expect(ood, LIBNC_OOD_SCORE_NECO_RATIO, six[0], 6, ratios);
    expect(ood, LIBNC_OOD_SCORE_NECO_RATIO, two[0], 2, ratios_out);
    expect(ood, LIBNC_OOD_SCORE_NECO_UNCENTRED_RATIO, two[0], 2, uncentred_out);
    libnc_accumulator *outside = accumulate(two, LIBNC_FLOAT64, labels_of_two, 2, 1, 3);
    must(libnc_ood_orthogonality(ood, outside, &nc5));
    ck_assert_double_eq_tol(nc5, .112467827711, 1e-12);
    libnc_accumulator_destroy(outside);
    libnc_ood_destroy(ood);
}
END_TEST

/* Logits of the six, and what is made of them. */
START_TEST(logits)
{
    double largest[6], energies[6], product[6], ratios[6], norms[6], plain[6];
    libnc_ood *ood = of_six();
    must(libnc_ood_scores(ood, LIBNC_OOD_SCORE_MAX_LOGIT, six, LIBNC_FLOAT64, 6, 3, largest));
    must(libnc_ood_scores(ood, LIBNC_OOD_SCORE_ENERGY, six, LIBNC_FLOAT64, 6, 3, energies));
    must(libnc_ood_scores(ood, LIBNC_OOD_SCORE_NECO, six, LIBNC_FLOAT64, 6, 3, product));
    must(libnc_ood_scores(ood, LIBNC_OOD_SCORE_NECO_RATIO, six, LIBNC_FLOAT64, 6, 3, ratios));
    must(libnc_ood_scores(ood, LIBNC_OOD_SCORE_NCI, six, LIBNC_FLOAT64, 6, 3, plain));
    must(libnc_options_set_double(libnc_ood_options(ood), LIBNC_OOD_OPTION_NCI_NORM, 0.5));
    must(libnc_ood_scores(ood, LIBNC_OOD_SCORE_NCI, six, LIBNC_FLOAT64, 6, 3, norms));
    for (int i = 0; i < 6; i++) {
        double most = -INFINITY, sum = 0, norm = 0;
        for (int k = 0; k < 3; k++) {
            double z = six_bias[k];
            for (int c = 0; c < 3; c++)
                z += six_classifier[k][c] * six[i][c];
            most = fmax(most, z);
            sum += exp(z);
            norm += fabs(six[i][k]);
        }
        ck_assert_double_eq_tol(largest[i], most, 1e-15);
        ck_assert_double_eq_tol(energies[i], log(sum), 1e-14);
        ck_assert_double_eq_tol(product[i], ratios[i] * most, 1e-15);
        ck_assert_double_eq_tol(norms[i], plain[i] + norm / 2, 1e-14);
    }
    libnc_ood_destroy(ood);
}
END_TEST

/* ---- random data ---- */

typedef struct scene {
    int64_t classes, width, samples, others;
    double *rows, *outside, *classifier, *bias;
    int32_t *labels;
    libnc_ood *ood;
} scene;

static scene make_scene(int64_t classes, int64_t width, int64_t samples)
{
    scene s = {.classes = classes, .width = width, .samples = samples, .others = 37};
    double *means = random_values(classes * width, 2, 5);
    s.rows = random_values(samples * width, 0.5, 6);
    s.outside = random_values(s.others * width, 3, 7);
    s.classifier = random_values(classes * width, 1, 8);
    s.bias = random_values(classes, 1, 9);
    s.labels = malloc((size_t)samples * sizeof *s.labels);
    for (int64_t i = 0; i < samples; i++) {
        s.labels[i] = (int32_t)(i % 5 == 4 ? 0 : i % classes);
        for (int64_t c = 0; c < width; c++)
            s.rows[i * width + c] += means[s.labels[i] * width + c];
    }
    free(means);
    return s;
}

static void open_scene(scene *s)
{
    libnc_accumulator *a =
        accumulate(s->rows, LIBNC_FLOAT64, s->labels, s->samples, s->classes, s->width);
    must(libnc_ood_create(&s->ood, a, s->classifier, s->bias));
    libnc_accumulator_destroy(a);
}

static void close_scene(scene *s)
{
    libnc_ood_destroy(s->ood);
    free(s->rows), free(s->outside), free(s->classifier), free(s->bias), free(s->labels);
}

static double *scores_of(const scene *s, int32_t score)
{
    double *values = random_values(s->others, 1, 1);
    must(libnc_ood_scores(s->ood, score, s->outside, LIBNC_FLOAT64, s->others, s->width, values));
    return values;
}

/* x = A^-1 x by elimination with pivots; A (n x n) is lost. */
static void eliminate(double *a, double *x, int64_t n)
{
    for (int64_t p = 0; p < n; p++) {
        int64_t best = p;
        for (int64_t i = p; i < n; i++)
            best = fabs(a[i * n + p]) > fabs(a[best * n + p]) ? i : best;
        for (int64_t c = 0; c < n; c++) {
            const double t = a[p * n + c];
            a[p * n + c] = a[best * n + c];
            a[best * n + c] = t;
        }
        const double t = x[p];
        x[p] = x[best];
        x[best] = t;
        for (int64_t i = 0; i < n; i++) {
            const double factor = i == p ? 0 : a[i * n + p] / a[p * n + p];
            for (int64_t c = p; c < n && factor != 0; c++)
                a[i * n + c] -= factor * a[p * n + c];
            x[i] -= factor * x[p];
        }
    }
    for (int64_t i = 0; i < n; i++)
        x[i] /= a[i * n + i];
}

START_TEST(distances)
{
    scene s = make_scene(6, 5, 80);
    const int64_t K = s.classes, d = s.width;
    double means[6 * 5], scatter[25], copy[25], delta[5], solved[5];
    open_scene(&s);
    libnc_accumulator *a = accumulate(s.rows, LIBNC_FLOAT64, s.labels, s.samples, K, d);
    must(libnc_accumulator_means(a, means, 30));
    must(libnc_accumulator_scatter(a, scatter, 25));
    double *nearest = scores_of(&s, LIBNC_OOD_SCORE_NEAREST_MEAN);
    double *mahalanobis = scores_of(&s, LIBNC_OOD_SCORE_MAHALANOBIS);
    for (int64_t i = 0; i < s.others; i++) {
        double least = INFINITY, least_form = INFINITY;
        for (int64_t k = 0; k < K; k++) {
            double square = 0, form = 0;
            for (int64_t c = 0; c < d; c++) {
                delta[c] = solved[c] = s.outside[i * d + c] - means[k * d + c];
                square += delta[c] * delta[c];
            }
            for (int64_t c = 0; c < d * d; c++)
                copy[c] = scatter[c] / (double)s.samples;
            eliminate(copy, solved, d);
            for (int64_t c = 0; c < d; c++)
                form += delta[c] * solved[c];
            least = fmin(least, sqrt(square));
            least_form = fmin(least_form, form);
        }
        ck_assert_double_eq_tol(nearest[i], -least, 1e-13);
        ck_assert_double_eq_tol(mahalanobis[i], -least_form, 1e-11 * least_form);
    }
    free(nearest), free(mahalanobis);
    libnc_accumulator_destroy(a);
    close_scene(&s);
}
END_TEST

/* Every row becomes its mirror image, h - 2 (v . h) v / v . v. */
static void mirror(double *rows, int64_t count, int64_t width)
{
    double *v = random_values(width, 1, 99), length = 0;
    for (int64_t c = 0; c < width; c++)
        length += v[c] * v[c];
    for (int64_t i = 0; i < count; i++) {
        double along = 0;
        for (int64_t c = 0; c < width; c++)
            along += v[c] * rows[i * width + c];
        for (int64_t c = 0; c < width; c++)
            rows[i * width + c] -= 2 * along / length * v[c];
    }
    free(v);
}

static void check_same(const scene *a, const scene *b, int32_t score, double tolerance)
{
    double *x = scores_of(a, score), *y = scores_of(b, score);
    for (int64_t i = 0; i < a->others; i++)
        ck_assert_double_eq_tol(x[i], y[i], tolerance * (1 + fabs(x[i])));
    free(x), free(y);
}

/* No axis is special, but where features are standardised one by one. */
START_TEST(rotated)
{
    scene a = make_scene(7, 12, 200), b = make_scene(7, 12, 200);
    mirror(b.rows, b.samples, b.width);
    mirror(b.outside, b.others, b.width);
    mirror(b.classifier, b.classes, b.width);
    open_scene(&a);
    open_scene(&b);
    for (int32_t score = 1; score <= SCORES; score++)
        if (score != LIBNC_OOD_SCORE_NECO_STANDARDISED &&
            score != LIBNC_OOD_SCORE_NECO_STANDARDISED_RATIO)
            check_same(&a, &b, score, 1e-11);
    close_scene(&a);
    close_scene(&b);
}
END_TEST

/* Units do not matter to standardised features; classes can be numbered in any order. */
START_TEST(rescaled_and_renumbered)
{
    scene a = make_scene(7, 12, 200), b = make_scene(7, 12, 200);
    for (int64_t i = 0; i < b.samples * b.width; i++)
        b.rows[i] *= (double)(1 + i % b.width);
    for (int64_t i = 0; i < b.others * b.width; i++)
        b.outside[i] *= (double)(1 + i % b.width);
    open_scene(&a);
    open_scene(&b);
    check_same(&a, &b, LIBNC_OOD_SCORE_NECO_STANDARDISED_RATIO, 1e-11);
    check_same(&a, &b, LIBNC_OOD_SCORE_MAHALANOBIS, 1e-11);
    close_scene(&b);
    b = make_scene(7, 12, 200);
    for (int64_t i = 0; i < b.samples; i++)
        b.labels[i] = (b.labels[i] + 3) % 7;
    for (int64_t i = 0; i < 7 * 12; i++)
        b.classifier[(i + 36) % 84] = a.classifier[i];
    for (int64_t k = 0; k < 7; k++)
        b.bias[(k + 3) % 7] = a.bias[k];
    open_scene(&b);
    for (int32_t score = 1; score <= SCORES; score++)
        check_same(&a, &b, score, 1e-11);
    close_scene(&a);
    close_scene(&b);
}
END_TEST

/* Batches, threads and strides change no bit, nor does a second pass that has the classifier;
 * float32 features are those of their values. */
START_TEST(batches_and_types)
{
    scene s = make_scene(4, 9, 90);
    float *floats = malloc((size_t)(s.others * 10) * sizeof *floats);
    double *wide = malloc((size_t)(s.others * 10) * sizeof *wide);
    double *parts = random_values(s.others, 1, 1), *narrow = random_values(s.others, 1, 1);
    for (int64_t i = 0; i < s.others; i++)
        for (int64_t c = 0; c < 9; c++)
            wide[i * 10 + c] = s.outside[i * 9 + c] = floats[i * 10 + c] =
                (float)s.outside[i * 9 + c];
    open_scene(&s);
    for (int32_t score = 1; score <= SCORES; score++) {
        must(libnc_context_set_threads(context, 1));
        double *all = scores_of(&s, score);
        must(libnc_context_set_threads(context, 2));
        must(libnc_ood_scores(s.ood, score, floats, LIBNC_FLOAT32, s.others, 10, narrow));
        must(libnc_ood_scores(s.ood, score, wide, LIBNC_FLOAT64, 20, 10, parts));
        must(libnc_ood_scores(s.ood, score, wide + 200, LIBNC_FLOAT64, s.others - 20, 10,
                              parts + 20));
        for (int64_t i = 0; i < s.others; i++) {
            ck_assert_double_eq_tol(parts[i], all[i], 1e-13 * (1 + fabs(all[i])));
            ck_assert(narrow[i] == all[i]);
        }
        free(all);
    }
    free(floats), free(wide), free(parts), free(narrow);
    close_scene(&s);
}
END_TEST

START_TEST(classifier_of_the_second_pass)
{
    scene s = make_scene(4, 9, 90);
    libnc_ood *own;
    open_scene(&s);
    libnc_accumulator *a = accumulate(s.rows, LIBNC_FLOAT64, s.labels, s.samples, 4, 9);
    must(libnc_accumulator_begin_second_pass(a, s.classifier, s.bias, LIBNC_FLOAT64));
    must(libnc_ood_create(&own, a, NULL, NULL));
    scene other = s;
    other.ood = own;
    for (int32_t score = 1; score <= SCORES; score++)
        check_same(&s, &other, score, 1e-18);
    libnc_ood_destroy(own);
    libnc_accumulator_destroy(a);
    close_scene(&s);
}
END_TEST

/* A feature that is always 0 makes Sigma_W singular: without it the distances are the same. */
START_TEST(singular_covariance)
{
    scene a = make_scene(4, 6, 60), b = make_scene(4, 6, 60);
    double *rows = calloc(60 * 7, sizeof *rows), *outside = calloc(37 * 7, sizeof *outside);
    double value[1] = {7};
    int64_t rank;
    for (int64_t i = 0; i < 60 * 6; i++)
        rows[i / 6 * 7 + i % 6] = a.rows[i];
    for (int64_t i = 0; i < 37 * 6; i++)
        outside[i / 6 * 7 + i % 6] = a.outside[i];
    free(b.rows), free(b.outside);
    b.rows = rows, b.outside = outside, b.width = 7;
    libnc_accumulator *wider = accumulate(rows, LIBNC_FLOAT64, b.labels, 60, 4, 7);
    must(libnc_ood_create(&b.ood, wider, NULL, NULL));
    libnc_accumulator_destroy(wider);
    open_scene(&a);
    must(libnc_ood_covariance_rank(a.ood, &rank));
    ck_assert_int_eq(rank, 6);
    must(libnc_ood_covariance_rank(b.ood, &rank));
    ck_assert_int_eq(rank, 6);
    ck_assert_int_eq(
        libnc_ood_scores(b.ood, LIBNC_OOD_SCORE_MAHALANOBIS, outside, LIBNC_FLOAT64, 1, 7, value),
        LIBNC_ERROR_NUMERICAL);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "rank 6 of 7"));
    ck_assert(value[0] == 7);
    must(libnc_options_set_text(libnc_ood_options(b.ood), "pseudo_inverse", "1"));
    check_same(&a, &b, LIBNC_OOD_SCORE_MAHALANOBIS, 1e-11);
    close_scene(&a);
    close_scene(&b);
}
END_TEST

/* Two equal classes, one of them without samples, and all features the same. */
START_TEST(degenerate)
{
    static const double same[4][2] = {{1, 2}, {1, 2}, {1, 2}, {1, 2}};
    static const int32_t labels[4] = {0, 0, 2, 2};
    double value;
    libnc_ood *ood;
    libnc_accumulator *a = accumulate(same, LIBNC_FLOAT64, labels, 4, 3, 2);
    must(libnc_ood_create(&ood, a, NULL, NULL));
    must(libnc_ood_scores(ood, LIBNC_OOD_SCORE_NECO_RATIO, same, LIBNC_FLOAT64, 1, 2, &value));
    ck_assert(value == 0);
    must(libnc_ood_scores(ood, LIBNC_OOD_SCORE_NEAREST_MEAN, same, LIBNC_FLOAT64, 1, 2, &value));
    ck_assert(value == 0);
    must(libnc_options_set_text(libnc_ood_options(ood), "pseudo_inverse", "1"));
    must(libnc_ood_scores(ood, LIBNC_OOD_SCORE_MAHALANOBIS, same, LIBNC_FLOAT64, 1, 2, &value));
    ck_assert(value == 0);
    libnc_ood_destroy(ood);
    libnc_accumulator_destroy(a);
}
END_TEST

/* ---- separation ---- */

static double plain_area(const double *in, int64_t m, const double *out, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++)
            sum += in[i] > out[j] ? 1 : in[i] == out[j] ? 0.5 : 0;
    return sum / (double)m / (double)n;
}

static double share_from(const double *scores, int64_t count, double threshold)
{
    double reaching = 0;
    for (int64_t i = 0; i < count; i++)
        reaching += scores[i] >= threshold;
    return reaching / (double)count;
}

/* Every score is tried as the threshold. */
static double plain_false_positives(const double *in, int64_t m, const double *out, int64_t n)
{
    double threshold = -INFINITY;
    for (int64_t i = 0; i < m; i++)
        if (share_from(in, m, in[i]) >= 0.95)
            threshold = fmax(threshold, in[i]);
    return share_from(out, n, threshold);
}

START_TEST(pairs)
{
    static const int64_t sizes[][2] = {{1, 1}, {20, 20}, {19, 7}, {40, 3}, {101, 300}};
    const int64_t m = sizes[_i / 3][0], n = sizes[_i / 3][1];
    double *in = random_values(m, 2, (uint64_t)_i), *out = random_values(n, 3, 50 + (uint64_t)_i);
    double auroc, fpr95;
    for (int64_t i = 0; i < m && _i % 3 > 0; i++)
        in[i] = _i % 3 == 1 ? floor(in[i]) : INFINITY;
    for (int64_t i = 0; i < n && _i % 3 > 0; i++)
        out[i] = floor(out[i]);
    must(libnc_ood_separation(context, in, m, out, n, &auroc, &fpr95));
    ck_assert_double_eq_tol(auroc, plain_area(in, m, out, n), 1e-15);
    ck_assert(fpr95 == plain_false_positives(in, m, out, n));
    free(in), free(out);
}
END_TEST

START_TEST(names)
{
    ck_assert_int_eq(libnc_ood_score_count(), SCORES);
    for (int32_t score = 1; score <= SCORES; score++) {
        ck_assert_int_eq(libnc_ood_score_index(libnc_ood_score_name(score)), score);
        ck_assert_ptr_nonnull(libnc_ood_score_formula(score));
    }
    ck_assert_str_eq(libnc_ood_score_name(LIBNC_OOD_SCORE_VIM_RESIDUAL), "vim_residual");
    ck_assert_int_eq(libnc_ood_score_index("nothing"), 0);
    ck_assert_int_eq(libnc_ood_score_index(NULL), 0);
    ck_assert_ptr_null(libnc_ood_score_name(SCORES + 1));
    ck_assert_ptr_null(libnc_ood_score_formula(0));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ood");
    TCase *tests = add_case(suite, "scores", 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, known_answers);
    tcase_add_test(tests, logits);
    tcase_add_test(tests, distances);
    tcase_add_test(tests, rotated);
    tcase_add_test(tests, rescaled_and_renumbered);
    tcase_add_test(tests, batches_and_types);
    tcase_add_test(tests, classifier_of_the_second_pass);
    tcase_add_test(tests, singular_covariance);
    tcase_add_test(tests, degenerate);
    tcase_add_loop_test(tests, pairs, 0, 15);
    tcase_add_test(tests, names);
    return run_suite(suite);
}
