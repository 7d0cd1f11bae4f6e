/* SPDX-License-Identifier: MIT
 *
 * test_regression.c: multivariate regression on free features: answers by hand, 60 random problems
 * against the lowest value that L-BFGS finds (brute.h), one-hot targets against the MSE geometry of
 * libnc/geometry.h, invariances, and targets of every awkward shape.
 */
#include "support/brute.h"
#include "support/context_fixture.h"
#include "support/geometry_fixture.h"

#include <float.h>

enum { MOST = 8, PROBLEMS = 60, STARTS = 6 };

typedef struct solution {
    double loss, values[MOST], classifier[MOST * MOST], features[MOST * MOST], fit[MOST * MOST];
    double directions[MOST * MOST];
    int64_t rank;
    int32_t unique;
} solution;

static void fill_matrix(const libnc_regression *r, int32_t matrix, double *values)
{
    const int64_t n = libnc_regression_outputs(r);
    ck_assert_int_eq(libnc_regression_matrix(r, matrix, values, (size_t)(n * n)), LIBNC_OK);
}

static solution solve_covariance(const double *covariance, int64_t n, double weight_decay,
                                 double feature_decay, int64_t width)
{
    solution s;
    libnc_regression *r;
    ck_assert_int_eq(
        libnc_regression_create(&r, context, covariance, n, weight_decay, feature_decay, width),
        LIBNC_OK);
    ck_assert_int_eq(libnc_regression_outputs(r), n);
    ck_assert_int_eq(libnc_regression_loss(r, &s.loss), LIBNC_OK);
    ck_assert_int_eq(libnc_regression_singular_values(r, s.values, (size_t)n), LIBNC_OK);
    fill_matrix(r, LIBNC_REGRESSION_MATRIX_CLASSIFIER, s.classifier);
    fill_matrix(r, LIBNC_REGRESSION_MATRIX_FEATURES, s.features);
    fill_matrix(r, LIBNC_REGRESSION_MATRIX_FIT, s.fit);
    fill_matrix(r, LIBNC_REGRESSION_MATRIX_DIRECTIONS, s.directions);
    s.rank = libnc_regression_rank(r);
    s.unique = libnc_regression_is_unique(r);
    libnc_regression_destroy(r);
    return s;
}

/* What the creation of a handle returns; a failure leaves the pointer alone. */
static libnc_status try_covariance(const double *covariance, int64_t n, double decay)
{
    libnc_regression *r = NULL;
    const libnc_status status =
        libnc_regression_create(&r, context, covariance, n, decay, decay, 0);
    ck_assert((status == LIBNC_OK) == (r != NULL));
    libnc_regression_destroy(r);
    return status;
}

static void assert_matrix(const double *found, const double *expected, int64_t n, double tolerance)
{
    double largest = 0;
    for (int64_t i = 0; i < n * n; i++)
        largest = fmax(largest, fabs(expected[i]));
    for (int64_t i = 0; i < n * n; i++)
        ck_assert_msg(fabs(found[i] - expected[i]) <= tolerance * largest,
                      "entry %d: %.15g, expected %.15g", (int)i, found[i], expected[i]);
}

/* ---- answers by hand ---- */

/* Variances 4, 1, .01; sqrt(c) = .2 loses the last. */
START_TEST(diagonal)
{
    const double covariance[] = {4, 0, 0, 0, .01, 0, 0, 0, 1};
    const solution s = solve_covariance(covariance, 3, .4, .1, 0);
    assert_relative(s.loss, .2 * (2 - .1) + .2 * (1 - .1) + .01 / 2, 1e-14);
    ck_assert_double_eq_tol(s.values[0], 1.8, 1e-14);
    ck_assert_double_eq_tol(s.values[1], .8, 1e-14);
    ck_assert(s.values[2] == 0);
    ck_assert_int_eq(s.rank, 2);
    ck_assert_int_eq(s.unique, 1);
    assert_matrix(s.classifier, (const double[]){.9, 0, 0, 0, 0, 0, 0, 0, .4}, 3, 1e-14);
    assert_matrix(s.features, (const double[]){.9, 0, 0, 0, 0, 0, 0, 0, 1.6}, 3, 1e-14);
    assert_matrix(s.fit, (const double[]){.9, 0, 0, 0, 0, 0, 0, 0, .8}, 3, 1e-14);
    for (int i = 0; i < 9; i++)
        ck_assert_double_eq_tol(fabs(s.directions[i]), i == 0 || i == 5 || i == 7, 1e-14);
}
END_TEST

/* The same with nothing lost: sqrt(c) = .02, and sqrt(lh/lw) = 1/2. */
START_TEST(nothing_lost)
{
    const double covariance[] = {4, 0, 0, 0, .01, 0, 0, 0, 1};
    const solution s = solve_covariance(covariance, 3, .04, .01, 0);
    assert_relative(s.loss, .0614, 1e-14);
    assert_matrix(s.classifier, (const double[]){.99, 0, 0, 0, .04, 0, 0, 0, .49}, 3, 1e-14);
    ck_assert_int_eq(s.rank, 3);
}
END_TEST

/* C = [[2, 1], [1, 2]] has C^{1/2} = 1/2 [[sqrt 3 + 1, sqrt 3 - 1], [.., ..]], and nothing is lost
 * at c = 1/4: W W^T = C^{1/2} - 1/2. */
START_TEST(square_root)
{
    const double covariance[] = {2, 1, 1, 2}, root = sqrt(3) / 2;
    const solution s = solve_covariance(covariance, 2, .5, .5, 0);
    assert_relative(s.loss, 1.1160254037844386, 1e-15);
    assert_matrix(s.classifier, (const double[]){root, root - .5, root - .5, root}, 2, 1e-15);
    ck_assert_int_eq(s.rank, 2);
}
END_TEST

/* One target: a scalar. */
START_TEST(univariate)
{
    const double targets[] = {1, 5, 3, 3};
    double mean, covariance;
    ck_assert_int_eq(libnc_regression_moments(context, targets, 4, 1, &mean, &covariance),
                     LIBNC_OK);
    ck_assert(mean == 3 && covariance == 2);
    const solution s = solve_covariance(&covariance, 1, .02, .04, 0);
    const double cost = sqrt(.0008);
    assert_relative(s.values[0], sqrt(2) - cost, 1e-15);
    assert_relative(s.classifier[0], sqrt(2) * (sqrt(2) - cost), 1e-15);
    assert_relative(s.features[0], (sqrt(2) - cost) / sqrt(2) / 2, 1e-15);
    assert_relative(s.loss, cost * (sqrt(2) - cost / 2), 1e-15);
}
END_TEST

/* ---- brute force ---- */

typedef struct tally {
    int lost, narrow, few_samples;
} tally;

static void center(const double *targets, int n, int samples, double *rows, double *mean)
{
    for (int j = 0; j < n; j++) {
        mean[j] = 0;
        for (int i = 0; i < samples; i++)
            mean[j] += targets[j * samples + i] / samples;
    }
    for (int i = 0; i < samples; i++)
        for (int j = 0; j < n; j++)
            rows[i * n + j] = targets[j * samples + i];
}

/* The point that was found: W W^T, H^T H, the fit and the bias. */
static void check_point(const brute *p, const double *x, const double *rows, const double *mean,
                        const solution *s)
{
    const int n = p->classes, d = p->width, samples = brute_samples(p);
    const double *h = x + brute_offset(p, 1), *b = x + brute_offset(p, 2);
    const double tolerance = 2e-4;
    for (int i = 0; i < n; i++) {
        ck_assert_double_eq_tol(b[i], mean[i], tolerance);
        for (int j = 0; j < n; j++)
            ck_assert_double_eq_tol(brute_dot(x + i * d, x + j * d, d), s->classifier[i * n + j],
                                    tolerance);
    }
    for (int i = 0; i < samples; i++)
        for (int j = 0; j < samples; j++) {
            double found = 0, expected = 0;
            for (int a = 0; a < d; a++)
                found += h[a * samples + i] * h[a * samples + j];
            for (int a = 0; a < n; a++)
                for (int c = 0; c < n; c++)
                    expected += (rows[i * n + a] - mean[a]) * s->features[a * n + c] *
                                (rows[j * n + c] - mean[c]);
            ck_assert_double_eq_tol(found, expected, tolerance);
        }
    for (int i = 0; i < samples; i++)
        for (int k = 0; k < n; k++) {
            double found = b[k], expected = mean[k];
            for (int a = 0; a < d; a++)
                found += x[k * d + a] * h[a * samples + i];
            for (int c = 0; c < n; c++)
                expected += s->fit[k * n + c] * (rows[i * n + c] - mean[c]);
            ck_assert_double_eq_tol(found, expected, tolerance);
        }
}

static double search(const brute *p, double *best_x, uint64_t *state)
{
    const int size = brute_size(p);
    double best = INFINITY, *x = calloc((size_t)size, sizeof *x);
    for (int start = 0; start < STARTS; start++) {
        for (int i = 0; i < size; i++)
            x[i] = brute_normal(state);
        const double value = brute_descend(p, x, 3000, 1e-11);
        if (value < best) {
            best = value;
            memcpy(best_x, x, (size_t)size * sizeof *x);
        }
    }
    free(x);
    return best;
}

static void check_random(int index, uint64_t *state, tally *seen)
{
    double targets[MOST * 16], rows[16 * MOST], plain_mean[MOST], mean[MOST],
        covariance[MOST * MOST];
    int64_t counts[MOST] = {0};
    brute p = {.depth = 1, .loss = BRUTE_MSE, .counts = counts, .targets = targets, .bias = 1};
    p.classes = 1 + (int)(4 * brute_uniform(state));
    const int samples = index % 4 == 0 ? 1 + (int)(p.classes * brute_uniform(state))
                                       : 2 + (int)(9 * brute_uniform(state));
    counts[0] = samples;
    for (int j = 0; j < p.classes; j++)
        for (int i = 0; i < samples; i++)
            targets[j * samples + i] = j + exp(-j) * brute_normal(state);
    const int narrow = index % 3 == 0 && p.classes > 1;
    p.width = narrow ? 1 + (int)((p.classes - 1) * brute_uniform(state)) : p.classes + 1;
    const double cost = 0.01 * pow(100, brute_uniform(state)),
                 ratio = exp(2 * brute_uniform(state) - 1);
    p.decays[0] = cost * ratio;
    p.feature_decay = cost / ratio / samples; /* lh/N on the matrix H */
    center(targets, p.classes, samples, rows, plain_mean);
    ck_assert_int_eq(libnc_regression_moments(context, rows, samples, p.classes, mean, covariance),
                     LIBNC_OK);
    const solution s =
        solve_covariance(covariance, p.classes, p.decays[0], cost / ratio, narrow ? p.width : 0);
    double *x = calloc((size_t)brute_size(&p), sizeof *x);
    const double found = search(&p, x, state);
    ck_assert_msg(fabs(s.loss - found) <= 1e-9 * found + 1e-15,
                  "%d: n %d N %d d %d: predicted %.15g, found %.15g", index, p.classes, samples,
                  p.width, s.loss, found);
    if (s.unique)
        check_point(&p, x, rows, plain_mean, &s);
    free(x);
    seen->lost += s.rank < p.classes;
    seen->narrow += narrow && s.rank == p.width;
    seen->few_samples += samples <= p.classes;
}

START_TEST(random_problems)
{
    uint64_t state = 51 + (uint64_t)_i;
    tally seen = {0};
    for (int index = 0; index < PROBLEMS / 2; index++)
        check_random(index, &state, &seen);
    ck_assert_int_ge(seen.lost, 4);
    ck_assert_int_ge(seen.narrow, 3);
    ck_assert_int_ge(seen.few_samples, 3);
}
END_TEST

/* ---- one-hot targets are a classification problem ---- */

START_TEST(one_hot)
{
    const int64_t counts[] = {8, 4, 2};
    const double lw = .03, lh = .02; /* of the matrix H: .02 is 14 times that per sample */
    double rows[14 * 3] = {0}, mean[3], covariance[9], bias[3], gram[9], logits[9];
    const setting problem = {
        .counts = counts, .classes = 3, .depth = 1, .bias = 1, .decay = lw, .feature_decay = lh};
    fixture f = solve(&problem);
    for (int i = 0; i < 14; i++)
        rows[i * 3 + (i < 8 ? 0 : i < 12 ? 1 : 2)] = 1;
    ck_assert_int_eq(libnc_regression_moments(context, rows, 14, 3, mean, covariance), LIBNC_OK);
    const solution s = solve_covariance(covariance, 3, lw, 14 * lh, 0);
    assert_relative(s.loss, loss_of(&f), 1e-13);
    ck_assert_double_eq_tol(s.loss, .0877453924, 5e-11);
    ck_assert_int_eq(libnc_geometry_bias(f.geometry, bias, 3), LIBNC_OK);
    for (int k = 0; k < 3; k++)
        assert_relative(mean[k], bias[k], 1e-15);
    ck_assert_int_eq(libnc_geometry_classifier_gram(f.geometry, 1, gram, 9), LIBNC_OK);
    assert_matrix(s.classifier, gram, 3, 1e-12);
    /* P (e_k - mean) is the logit vector of class k */
    ck_assert_int_eq(libnc_geometry_logits(f.geometry, logits, 9), LIBNC_OK);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) {
            double sum = 0;
            for (int j = 0; j < 3; j++)
                sum += s.fit[i * 3 + j] * ((j == k) - mean[j]);
            ck_assert_double_eq_tol(logits[i * 3 + k], sum, 1e-13);
        }
    release(&f);
}
END_TEST

/* ---- moments ---- */

/* A mean that is large beside the spread: two passes keep what one loses. */
START_TEST(moments_far_from_zero)
{
    enum { N = 1000 };
    static double targets[N * 2];
    double mean[2], covariance[4];
    for (int i = 0; i < N; i++) {
        targets[2 * i] = 1e8 + (i % 2 ? 1 : -1);
        targets[2 * i + 1] = -3e8 + (i % 4 < 2 ? 2 : -2);
    }
    ck_assert_int_eq(libnc_regression_moments(context, targets, N, 2, mean, covariance), LIBNC_OK);
    ck_assert(mean[0] == 1e8 && mean[1] == -3e8);
    ck_assert_double_eq_tol(covariance[0], 1, 1e-13);
    ck_assert_double_eq_tol(covariance[3], 4, 1e-13);
    ck_assert_double_eq_tol(covariance[1], 0, 1e-13);
    ck_assert(covariance[1] == covariance[2]);
}
END_TEST

START_TEST(moments_alone)
{
    const double targets[] = {1, 2, 3, 6};
    double mean[2], covariance[4];
    ck_assert_int_eq(libnc_regression_moments(context, targets, 2, 2, mean, NULL), LIBNC_OK);
    ck_assert_int_eq(libnc_regression_moments(context, targets, 2, 2, NULL, covariance), LIBNC_OK);
    ck_assert(mean[0] == 2 && mean[1] == 4);
    ck_assert(covariance[0] == 1 && covariance[1] == 2 && covariance[3] == 4);
}
END_TEST

START_TEST(moments_beyond_range)
{
    const double far_apart[] = {DBL_MAX, -DBL_MAX}, wide[] = {1e200, -1e200};
    const double wrong[] = {1, 2, 3, NAN};
    double mean[2] = {7, 7}, covariance[4] = {7};
    ck_assert_int_eq(libnc_regression_moments(context, far_apart, 2, 1, mean, covariance),
                     LIBNC_ERROR_NOT_FINITE);
    ck_assert_int_eq(libnc_regression_moments(context, wide, 2, 1, mean, covariance),
                     LIBNC_ERROR_NOT_FINITE);
    ck_assert_int_eq(libnc_regression_moments(context, wrong, 2, 2, mean, covariance),
                     LIBNC_ERROR_NOT_FINITE);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "value 1 of sample 1"));
    ck_assert(mean[0] == 7 && covariance[0] == 7);
}
END_TEST

/* ---- invariances ---- */

/* Rotated targets give the rotated answer. */
START_TEST(rotation)
{
    const double c = cos(.7), t = sin(.7), covariance[] = {3, .4, .4, 1};
    const double q[] = {c, -t, t, c};
    double turned[4], expected[4];
    for (int i = 0; i < 4; i++)
        turned[i] = expected[i] = 0;
    const solution a = solve_covariance(covariance, 2, .1, .3, 0);
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++)
            for (int k = 0; k < 2; k++)
                for (int l = 0; l < 2; l++) {
                    turned[i * 2 + j] += q[i * 2 + k] * covariance[k * 2 + l] * q[j * 2 + l];
                    expected[i * 2 + j] += q[i * 2 + k] * a.classifier[k * 2 + l] * q[j * 2 + l];
                }
    turned[1] = turned[2];
    const solution b = solve_covariance(turned, 2, .1, .3, 0);
    assert_relative(a.loss, b.loss, 1e-14);
    assert_matrix(b.classifier, expected, 2, 1e-14);
}
END_TEST

/* Targets scaled by 2, decays by 2 each: everything scales. */
START_TEST(scaling)
{
    const double a[] = {3, .4, .4, 1}, b[] = {12, 1.6, 1.6, 4};
    const solution small = solve_covariance(a, 2, .1, .3, 0),
                   large = solve_covariance(b, 2, .2, .6, 0);
    assert_relative(large.loss, 4 * small.loss, 1e-14);
    for (int i = 0; i < 4; i++) {
        ck_assert_double_eq_tol(large.classifier[i], 2 * small.classifier[i], 1e-14);
        ck_assert_double_eq_tol(large.fit[i], small.fit[i], 1e-14);
    }
}
END_TEST

/* ---- edges ---- */

START_TEST(all_lost)
{
    const double covariance[] = {1, 0, 0, 2};
    const solution s = solve_covariance(covariance, 2, 2, 1, 0); /* l_2 = c exactly */
    ck_assert_int_eq(s.rank, 0);
    assert_relative(s.loss, 1.5, 1e-15);
    for (int i = 0; i < 4; i++)
        ck_assert(s.classifier[i] == 0 && s.features[i] == 0 && s.fit[i] == 0);
}
END_TEST

/* Entries in range, the eigenvalue 5e308 not: an error, not "everything is lost". */
START_TEST(eigenvalue_beyond_range)
{
    double covariance[9];
    for (int i = 0; i < 9; i++)
        covariance[i] = 1.7e308;
    ck_assert_int_eq(try_covariance(covariance, 3, 1), LIBNC_ERROR_NUMERICAL);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "eigenvalue"));
}
END_TEST

/* The mean of many outputs does not need room for their covariance, 9 TB here. */
START_TEST(mean_of_many_outputs)
{
    enum { OUTPUTS = 1 << 20 };
    static double targets[2 * OUTPUTS], mean[OUTPUTS];
    for (int j = 0; j < OUTPUTS; j++) {
        targets[j] = j;
        targets[OUTPUTS + j] = 2 - j;
    }
    ck_assert_int_eq(libnc_regression_moments(context, targets, 2, OUTPUTS, mean, NULL), LIBNC_OK);
    for (int j = 0; j < OUTPUTS; j++)
        ck_assert(mean[j] == 1);
}
END_TEST

/* One sample, or constant targets: nothing to fit. */
START_TEST(no_variance)
{
    const double targets[] = {1, 2, 3};
    double mean[3], covariance[9];
    ck_assert_int_eq(libnc_regression_moments(context, targets, 1, 3, mean, covariance), LIBNC_OK);
    const solution s = solve_covariance(covariance, 3, DBL_MIN, DBL_MIN, 0);
    ck_assert(s.loss == 0 && s.rank == 0 && s.unique == 1);
}
END_TEST

/* n = 5 > N = 3: rank N - 1, even where c is far below the rounding of the eigenvalues. */
START_TEST(fewer_samples_than_outputs)
{
    double targets[15], mean[5], covariance[25];
    uint64_t state = 5;
    for (int i = 0; i < 15; i++)
        targets[i] = brute_normal(&state);
    ck_assert_int_eq(libnc_regression_moments(context, targets, 3, 5, mean, covariance), LIBNC_OK);
    for (int i = 0; i < 2; i++) {
        const double decay = i ? 1e-100 : 1e-3;
        const solution s = solve_covariance(covariance, 5, decay, decay, 0);
        ck_assert_int_eq(s.rank, 2);
        ck_assert(s.values[2] == 0);
    }
}
END_TEST

START_TEST(bottleneck)
{
    const double covariance[] = {1, 0, 0, 0, 1, 0, 0, 0, .25};
    const solution cut = solve_covariance(covariance, 3, .1, .1, 1);
    const solution two = solve_covariance(covariance, 3, .1, .1, 2);
    const solution wide = solve_covariance(covariance, 3, .1, .1, 5);
    ck_assert(cut.rank == 1 && two.rank == 2 && wide.rank == 3);
    ck_assert(cut.unique == 0 && two.unique == 1 && wide.unique == 1);
    assert_relative(cut.loss, .1 * .95 + .5 + .125, 1e-14);
    assert_relative(two.loss, .1 * 1.9 + .125, 1e-14);
    assert_relative(wide.loss, .1 * 1.9 + .1 * .45, 1e-14);
    assert_matrix(two.classifier, (const double[]){.9, 0, 0, 0, .9, 0, 0, 0, 0}, 3, 1e-14);
}
END_TEST

/* Variances that rounding may have parted count as equal; others do not. */
START_TEST(nearly_equal_variances)
{
    const double same[] = {1, 0, 0, 1 - 1e-13}, other[] = {1, 0, 0, 1 - 1e-11};
    ck_assert_int_eq(solve_covariance(same, 2, .1, .1, 1).unique, 0);
    ck_assert_int_eq(solve_covariance(other, 2, .1, .1, 1).unique, 1);
}
END_TEST

START_TEST(extreme_decays)
{
    const double covariance[] = {1, 0, 0, 4};
    const solution tiny = solve_covariance(covariance, 2, DBL_MIN, DBL_MIN, 0);
    assert_matrix(tiny.fit, (const double[]){1, 0, 0, 1}, 2, 1e-15);
    assert_matrix(tiny.classifier, (const double[]){1, 0, 0, 2}, 2, 1e-15);
    assert_relative(tiny.loss, 3 * DBL_MIN, 1e-14);
    const solution huge = solve_covariance(covariance, 2, 1e300, 1e300, 0);
    ck_assert(huge.rank == 0 && huge.loss == 2.5);
    const solution lost = solve_covariance((const double[]){1e-12}, 1, 1e300, DBL_MIN, 0);
    ck_assert(lost.features[0] == 0); /* c = 2e-8 > 1e-12 */
    const double huge_variance[] = {1.7e308, 0, 0, 0, 1.7e308, 0, 0, 0, 1.7e308};
    ck_assert_int_eq(try_covariance(huge_variance, 3, 1e300), LIBNC_ERROR_NUMERICAL);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "the loss"));
}
END_TEST

/* sqrt(lh/lw) s is beyond a double, sqrt(lw/lh) s/l is not. */
START_TEST(classifier_beyond_range)
{
    const double variance = 1e12;
    double gram = 7;
    libnc_regression *r;
    ck_assert_int_eq(libnc_regression_create(&r, context, &variance, 1, DBL_MIN, 1e300, 0),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_regression_matrix(r, LIBNC_REGRESSION_MATRIX_CLASSIFIER, &gram, 1),
                     LIBNC_ERROR_NUMERICAL);
    ck_assert(gram == 7);
    fill_matrix(r, LIBNC_REGRESSION_MATRIX_FEATURES, &gram);
    ck_assert(gram >= 0 && gram < 1);
    libnc_regression_destroy(r);
}
END_TEST

START_TEST(not_a_covariance)
{
    const double asymmetric[] = {1, .5, .4, 1}, indefinite[] = {1, 2, 2, 1};
    const double infinite[] = {1, INFINITY, INFINITY, 1}, nearly[] = {1, 1, 1, 1 - 1e-14};
    const double negative[] = {1, 0, 0, -9e-13};
    ck_assert_int_eq(try_covariance(asymmetric, 2, .1), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(try_covariance(indefinite, 2, .1), LIBNC_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "eigenvalue -1"));
    ck_assert_int_eq(try_covariance(infinite, 2, .1), LIBNC_ERROR_NOT_FINITE);
    ck_assert_int_eq(try_covariance(nearly, 2, .1), LIBNC_OK);
    ck_assert_int_eq(try_covariance(negative, 2, .1), LIBNC_OK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("regression");
    TCase *tests = add_case(suite, "regression", 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, diagonal);
    tcase_add_test(tests, nothing_lost);
    tcase_add_test(tests, square_root);
    tcase_add_test(tests, univariate);
    tcase_add_loop_test(tests, random_problems, 0, 2);
    tcase_add_test(tests, one_hot);
    tcase_add_test(tests, moments_far_from_zero);
    tcase_add_test(tests, moments_alone);
    tcase_add_test(tests, moments_beyond_range);
    tcase_add_test(tests, rotation);
    tcase_add_test(tests, scaling);
    tcase_add_test(tests, all_lost);
    tcase_add_test(tests, eigenvalue_beyond_range);
    tcase_add_test(tests, mean_of_many_outputs);
    tcase_add_test(tests, no_variance);
    tcase_add_test(tests, fewer_samples_than_outputs);
    tcase_add_test(tests, bottleneck);
    tcase_add_test(tests, nearly_equal_variances);
    tcase_add_test(tests, extreme_decays);
    tcase_add_test(tests, classifier_beyond_range);
    tcase_add_test(tests, not_a_covariance);
    return run_suite(suite);
}
