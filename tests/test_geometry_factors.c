/* SPDX-License-Identifier: MIT
 *
 * test_geometry_factors.c: predictions turned into explicit layers and features.
 *
 * From the predicted logits Z D = U diag(s) V^T (an SVD of this file's own) the factors
 * W_M = U diag, W_j = diag, H = diag V^T D^{-1} are built; the full objective must have the
 * predicted value there and no gradient, and every partial product the predicted Gram matrices.
 * Ties must describe minimisers that do the same.
 */
#include "support/brute.h"
#include "support/geometry_fixture.h"

#include "geometry/geometry_internal.h"
#include "geometry/predicted_matrices.h"
#include "geometry/predicted_ties.h"

enum { MAX_K = 8, MAX_M = BRUTE_MAX_DEPTH };

/* One-sided Jacobi: A (n x n) becomes U diag(s) V^T, s descending; A is overwritten. */
static void jacobi_svd(int n, double *a, double *u, double *s, double *v)
{
    for (int i = 0; i < n * n; i++)
        v[i] = i % (n + 1) == 0;
    for (int sweep = 0; sweep < 60; sweep++)
        for (int p = 0; p < n; p++)
            for (int q = p + 1; q < n; q++) {
                double pp = 0, qq = 0, pq = 0;
                for (int i = 0; i < n; i++) {
                    pp += a[i * n + p] * a[i * n + p];
                    qq += a[i * n + q] * a[i * n + q];
                    pq += a[i * n + p] * a[i * n + q];
                }
                if (pq == 0 || fabs(pq) < 1e-300)
                    continue;
                const double zeta = (qq - pp) / (2 * pq);
                const double t = (zeta < 0 ? -1 : 1) / (fabs(zeta) + sqrt(1 + zeta * zeta));
                const double c = 1 / sqrt(1 + t * t);
                for (int i = 0; i < 2 * n; i++) {
                    double *row = i < n ? a + i * n : v + (i - n) * n;
                    const double x = row[p], y = row[q];
                    row[p] = c * (x - t * y);
                    row[q] = c * (y + t * x);
                }
            }
    for (int j = 0; j < n; j++) {
        s[j] = 0;
        for (int i = 0; i < n; i++)
            s[j] += a[i * n + j] * a[i * n + j];
        s[j] = sqrt(s[j]);
    }
    for (int j = 0; j < n; j++) {
        int best = j;
        for (int k = j + 1; k < n; k++)
            best = s[k] > s[best] ? k : best;
        const double value = s[best];
        s[best] = s[j];
        s[j] = value;
        for (int i = 0; i < n; i++) {
            const double x = a[i * n + best], y = v[i * n + best];
            a[i * n + best] = a[i * n + j];
            v[i * n + best] = v[i * n + j];
            a[i * n + j] = x;
            v[i * n + j] = y;
            u[i * n + j] = value > 1e-12 ? x / value : 0;
        }
    }
}

static brute brute_of(const setting *s)
{
    brute p = {.classes = (int)s->classes,
               .width = (int)s->classes,
               .depth = s->depth,
               .bias = (int)s->bias,
               .loss = s->loss ? (int)s->loss : BRUTE_MSE,
               .counts = s->counts,
               .smoothing = s->smoothing,
               .gamma = s->gamma > 0 ? s->gamma : 2,
               .feature_decay = s->feature_decay};
    for (int j = 0; j < s->depth; j++)
        p.decays[j] = s->decays ? s->decays[j] : s->decay;
    return p;
}

/* Parameters in the layout of brute.h from logits; `sigma` has M + 1 rows of K: H, W_1 .. W_M. */
static double *build_factors(const brute *p, const double *logits, const double *bias,
                             double sigma[][MAX_K])
{
    const int n = p->classes, m = p->depth, samples = brute_samples(p);
    double a[MAX_K * MAX_K], u[MAX_K * MAX_K], s[MAX_K], v[MAX_K * MAX_K];
    for (int i = 0; i < n * n; i++)
        a[i] = logits[i] * sqrt((double)p->counts[i % n]);
    jacobi_svd(n, a, u, s, v);
    double *x = calloc((size_t)brute_size(p), sizeof *x);
    for (int j = 0; j < m - 1; j++)
        for (int i = 0; i < n; i++)
            x[brute_offset(p, j) + i * n + i] = sigma[j + 1][i];
    for (int i = 0; i < n * n; i++)
        x[brute_offset(p, m - 1) + i] = u[i] * sigma[m][i % n];
    for (int i = 0; i < n; i++)
        for (int l = 0; l < samples; l++) {
            const int k = brute_label(p, l);
            x[brute_offset(p, m) + i * samples + l] =
                sigma[0][i] * v[k * n + i] / sqrt((double)p->counts[k]);
        }
    for (int k = 0; k < n && p->bias; k++)
        x[brute_offset(p, m + 1) + k] = bias[k];
    return x;
}

static void check_stationary(const brute *p, const double *x, double loss)
{
    double *gradient = calloc((size_t)brute_size(p), sizeof *gradient);
    assert_relative(brute_objective(p, x, gradient), loss, 1e-11);
    for (int i = 0; i < brute_size(p); i++)
        ck_assert_double_eq_tol(gradient[i], 0, 1e-12);
    free(gradient);
}

/* classifier = W_M .. W_layer (K x K); means = W_{layer-1} .. W_1 Hbar (K x K, columns). */
static void partial_products(const brute *p, const double *x, int layer, double *classifier,
                             double *means)
{
    const int n = p->classes, samples = brute_samples(p);
    double next[MAX_K * MAX_K];
    int first = 0;
    for (int k = 0; k < n; first += (int)p->counts[k++])
        for (int i = 0; i < n; i++)
            means[i * n + k] = x[brute_offset(p, p->depth) + i * samples + first];
    for (int j = 0; j < layer - 1; j++) {
        memset(next, 0, sizeof next);
        brute_product(n, n, n, x + brute_offset(p, j), n, 1, means, n, 1, next);
        memcpy(means, next, sizeof(double) * (size_t)(n * n));
    }
    memcpy(classifier, x + brute_offset(p, p->depth - 1), sizeof(double) * (size_t)(n * n));
    for (int j = p->depth - 2; j >= layer - 1; j--) {
        memset(next, 0, sizeof next);
        brute_product(n, n, n, classifier, n, 1, x + brute_offset(p, j), n, 1, next);
        memcpy(classifier, next, sizeof(double) * (size_t)(n * n));
    }
}

static void assert_matrices(int size, const double *a, const double *b)
{
    double scale = 0;
    for (int i = 0; i < size; i++)
        scale = fmax(scale, fabs(b[i]));
    for (int i = 0; i < size; i++)
        ck_assert_msg(fabs(a[i] - b[i]) <= 2e-12 * scale, "[%d] %.15g, %.15g", i, a[i], b[i]);
}

/* Gram matrices of explicit factors at one layer, and their logits. */
static void explicit_matrices(const brute *p, const double *x, int layer, double *classifier,
                              double *features, double *logits)
{
    const int n = p->classes;
    double rows[MAX_K * MAX_K], means[MAX_K * MAX_K];
    partial_products(p, x, layer, rows, means);
    for (int i = 0; i < n * n; i++)
        classifier[i] = features[i] = logits[i] = 0;
    brute_product(n, n, n, rows, n, 1, rows, 1, n, classifier);
    brute_product(n, n, n, means, 1, n, means, n, 1, features);
    brute_product(n, n, n, rows, n, 1, means, n, 1, logits);
}

static void check_getters(const fixture *f, const brute *p, const double *x)
{
    const int n = p->classes;
    const size_t size = (size_t)(n * n);
    double classifier[MAX_K * MAX_K], features[MAX_K * MAX_K], logits[MAX_K * MAX_K];
    double predicted[MAX_K * MAX_K], rows[MAX_K], means[MAX_K], own[MAX_K];
    int32_t lost[MAX_K];
    ck_assert_int_eq(libnc_geometry_lost_classes(f->geometry, lost, (size_t)n), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_class_logits(f->geometry, own, (size_t)n), LIBNC_OK);
    for (int layer = 1; layer <= p->depth; layer++) {
        explicit_matrices(p, x, layer, classifier, features, logits);
        ck_assert_int_eq(libnc_geometry_classifier_gram(f->geometry, layer, predicted, size),
                         LIBNC_OK);
        assert_matrices(n * n, classifier, predicted);
        ck_assert_int_eq(libnc_geometry_feature_gram(f->geometry, layer, predicted, size),
                         LIBNC_OK);
        assert_matrices(n * n, features, predicted);
        ck_assert_int_eq(libnc_geometry_logits(f->geometry, predicted, size), LIBNC_OK);
        assert_matrices(n * n, logits, predicted);
        ck_assert_int_eq(libnc_geometry_lengths(f->geometry, layer, rows, means, (size_t)n),
                         LIBNC_OK);
        for (int k = 0; k < n; k++) {
            ck_assert_double_eq_tol(rows[k], classifier[k * n + k], 1e-12 * (1 + rows[k]));
            ck_assert_double_eq_tol(means[k], features[k * n + k], 1e-12 * (1 + means[k]));
            ck_assert_double_eq_tol(own[k], logits[k * n + k], 1e-12);
            ck_assert_int_eq(lost[k], rows[k] == 0 && means[k] == 0);
        }
    }
}

static void check_setting(const setting *s)
{
    const brute p = brute_of(s);
    const size_t n = (size_t)s->classes;
    fixture f = solve(s);
    double logits[MAX_K * MAX_K], bias[MAX_K], sigma[MAX_M + 1][MAX_K];
    ck_assert_int_eq(libnc_geometry_logits(f.geometry, logits, n * n), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_bias(f.geometry, bias, n), LIBNC_OK);
    for (int32_t layer = 0; layer <= s->depth; layer++)
        ck_assert_int_eq(libnc_geometry_layer_singular_values(f.geometry, layer, sigma[layer], n),
                         LIBNC_OK);
    double *x = build_factors(&p, logits, bias, sigma);
    check_stationary(&p, x, loss_of(&f));
    check_getters(&f, &p, x);
    free(x);
    release(&f);
}

static const int64_t MIXED[] = {3, 7, 3, 1, 7, 3};
static const int64_t DISTINCT[] = {2, 9, 5, 14, 1};
static const int64_t EQUAL[] = {2, 2, 2, 2};
static const double UNEVEN[] = {0.002, 0.01, 0.004, 0.03};

static const setting SETTINGS[] = {
    {.counts = MIXED, .classes = 6, .depth = 1, .decay = .01, .feature_decay = .003},
    {.counts = MIXED, .classes = 6, .depth = 3, .decays = UNEVEN, .feature_decay = .006},
    {.counts = MIXED, .classes = 6, .depth = 4, .decays = UNEVEN, .feature_decay = .001, .bias = 1},
    {.counts = MIXED, .classes = 6, .depth = 2, .decays = UNEVEN, .feature_decay = .01, .bias = 1},
    {.counts = MIXED,
     .classes = 6,
     .depth = 2,
     .decays = UNEVEN,
     .feature_decay = .01,
     .bias = 1,
     .width = 3},
    {.counts = MIXED, .classes = 6, .depth = 3, .decays = UNEVEN, .feature_decay = .01, .width = 1},
    {.counts = MIXED, .classes = 6, .depth = 3, .decays = UNEVEN, .feature_decay = .01, .width = 4},
    {.counts = MIXED,
     .classes = 6,
     .depth = 1,
     .decay = .01,
     .feature_decay = .01,
     .bias = 1,
     .width = 1},
    {.counts = DISTINCT, .classes = 5, .depth = 1, .decay = .02, .feature_decay = .003, .bias = 1},
    {.counts = DISTINCT,
     .classes = 5,
     .depth = 2,
     .decay = .01,
     .feature_decay = .003,
     .bias = 1,
     .width = 2},
    {.counts = DISTINCT, .classes = 5, .depth = 3, .decay = .012, .feature_decay = .01},
    {.counts = DISTINCT, .classes = 5, .depth = 2, .decay = 9, .feature_decay = 1, .bias = 1},
    {.counts = EQUAL, .classes = 4, .depth = 2, .decay = .01, .feature_decay = .02, .bias = 1},
    {.counts = EQUAL,
     .classes = 4,
     .depth = 2,
     .decay = .01,
     .feature_decay = .02,
     .bias = 1,
     .width = 2},
    {.counts = EQUAL, .classes = 4, .depth = 1, .decay = .01, .feature_decay = .02, .loss = CE},
    {.counts = EQUAL,
     .classes = 4,
     .depth = 1,
     .decay = .01,
     .feature_decay = .02,
     .loss = CE,
     .bias = 1,
     .smoothing = .1,
     .width = 3},
    {.counts = EQUAL,
     .classes = 4,
     .depth = 3,
     .decays = UNEVEN,
     .feature_decay = .001,
     .loss = CE},
    {.counts = EQUAL,
     .classes = 4,
     .depth = 2,
     .decays = UNEVEN,
     .feature_decay = .002,
     .loss = CE,
     .smoothing = .2,
     .bias = 1},
    {.counts = EQUAL,
     .classes = 4,
     .depth = 1,
     .decay = .02,
     .feature_decay = .01,
     .loss = FOCAL,
     .gamma = 2.5},
    {.counts = EQUAL,
     .classes = 4,
     .depth = 1,
     .decay = .02,
     .feature_decay = .01,
     .loss = FOCAL,
     .gamma = 1,
     .bias = 1},
};

START_TEST(factors_are_stationary)
{
    check_setting(&SETTINGS[_i]);
}
END_TEST

/* ---- ties ---- */

/* A random t x t orthogonal projector of rank r: Gram-Schmidt on Gaussian columns. */
static void random_projector(int t, int r, uint64_t *state, double *q)
{
    double columns[MAX_K][MAX_K];
    memset(q, 0, sizeof(double) * (size_t)(t * t));
    for (int j = 0; j < r; j++) {
        for (int i = 0; i < t; i++)
            columns[j][i] = brute_normal(state);
        for (int pass = 0; pass < 2; pass++)
            for (int k = 0; k < j; k++) {
                const double overlap = brute_dot(columns[j], columns[k], t);
                for (int i = 0; i < t; i++)
                    columns[j][i] -= overlap * columns[k][i];
            }
        const double length = sqrt(brute_dot(columns[j], columns[j], t));
        for (int i = 0; i < t; i++)
            columns[j][i] /= length;
        for (int i = 0; i < t * t; i++)
            q[i] += columns[j][i / t] * columns[j][i % t];
    }
}

typedef struct tie_parts {
    nc__tie tie;
    double left[MAX_K * MAX_K], right[MAX_K * MAX_K];
} tie_parts;

/* fixed + gain A Q B^T, where A, B are the tie's bases, divided by sqrt(n) as the matrix wants. */
static void member(const fixture *f, const brute *p, const tie_parts *parts, int32_t matrix,
                   int32_t layer, const double *q, double *values)
{
    const int n = p->classes, t = (int)parts->tie.size;
    double classifier, features, gain;
    nc__geometry_tie_gains(f->geometry, layer, &classifier, &features);
    gain = matrix == NC__GEOMETRY_CLASSIFIER ? classifier
           : matrix == NC__GEOMETRY_FEATURES ? features
                                             : parts->tie.singular_value;
    ck_assert_int_eq(nc__geometry_fixed(f->geometry, matrix, layer, values), LIBNC_OK);
    const double *a = matrix == NC__GEOMETRY_FEATURES ? parts->right : parts->left;
    const double *b = matrix == NC__GEOMETRY_CLASSIFIER ? parts->left : parts->right;
    for (int k = 0; k < n; k++)
        for (int l = 0; l < n; l++) {
            double sum = 0;
            for (int i = 0; i < t * t; i++)
                sum += a[k * t + i / t] * q[i] * b[l * t + i % t];
            if (matrix == NC__GEOMETRY_FEATURES)
                sum /= sqrt((double)p->counts[k]);
            if (matrix != NC__GEOMETRY_CLASSIFIER)
                sum /= sqrt((double)p->counts[l]);
            values[k * n + l] += gain * sum;
        }
}

static void check_member(const fixture *f, const brute *p, const tie_parts *parts, const double *q)
{
    const int n = p->classes, m = p->depth;
    double logits[MAX_K * MAX_K], bias[MAX_K], sigma[MAX_M + 1][MAX_K];
    double a[MAX_K * MAX_K], u[MAX_K * MAX_K], s[MAX_K], v[MAX_K * MAX_K];
    double product = p->feature_decay;
    for (int j = 0; j < m; j++)
        product *= p->decays[j];
    member(f, p, parts, NC__GEOMETRY_LOGITS, 1, q, logits);
    for (int i = 0; i < n * n; i++)
        a[i] = logits[i] * sqrt((double)p->counts[i % n]);
    jacobi_svd(n, a, u, s, v);
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= m; j++) {
            const double energy = pow(product * s[i] * s[i], 1.0 / (m + 1));
            sigma[j][i] =
                s[i] > 1e-12 ? sqrt(energy / (j == 0 ? p->feature_decay : p->decays[j - 1])) : 0;
        }
    ck_assert_int_eq(libnc_geometry_bias(f->geometry, bias, (size_t)n), LIBNC_OK);
    double *x = build_factors(p, logits, bias, sigma);
    check_stationary(p, x, loss_of(f));
    for (int layer = 1; layer <= m; layer++) {
        double rows[MAX_K * MAX_K], means[MAX_K * MAX_K], products[MAX_K * MAX_K];
        double expected[MAX_K * MAX_K];
        explicit_matrices(p, x, layer, rows, means, products);
        member(f, p, parts, NC__GEOMETRY_CLASSIFIER, layer, q, expected);
        assert_matrices(n * n, rows, expected);
        member(f, p, parts, NC__GEOMETRY_FEATURES, layer, q, expected);
        assert_matrices(n * n, means, expected);
        assert_matrices(n * n, products, logits);
    }
    free(x);
}

/* The getters give the member whose Q keeps the first `rank` basis vectors. */
static void check_getters_member(const fixture *f, const brute *p, const tie_parts *parts)
{
    const int n = p->classes, t = (int)parts->tie.size;
    const size_t size = (size_t)(n * n);
    double q[MAX_K * MAX_K] = {0}, expected[MAX_K * MAX_K], values[MAX_K * MAX_K];
    for (int i = 0; i < parts->tie.rank; i++)
        q[i * t + i] = 1;
    member(f, p, parts, NC__GEOMETRY_LOGITS, 1, q, expected);
    ck_assert_int_eq(libnc_geometry_logits(f->geometry, values, size), LIBNC_OK);
    assert_matrices(n * n, values, expected);
    member(f, p, parts, NC__GEOMETRY_FEATURES, p->depth, q, expected);
    ck_assert_int_eq(libnc_geometry_feature_gram(f->geometry, p->depth, values, size), LIBNC_OK);
    assert_matrices(n * n, values, expected);
    member(f, p, parts, NC__GEOMETRY_CLASSIFIER, 1, q, expected);
    ck_assert_int_eq(libnc_geometry_classifier_gram(f->geometry, 1, values, size), LIBNC_OK);
    assert_matrices(n * n, values, expected);
}

/* Every rank that the tie allows, with random projectors: same loss, no gradient. */
static void check_tie(const setting *s, int64_t size, int64_t minimum, int64_t maximum)
{
    const brute p = brute_of(s);
    uint64_t state = 5;
    double q[MAX_K * MAX_K];
    tie_parts parts;
    fixture f = solve(s);
    ck_assert_int_eq(is_unique(&f), 0);
    nc__geometry_tie(f.geometry, &parts.tie);
    ck_assert_int_eq(parts.tie.size, size);
    ck_assert_int_eq(parts.tie.rank_minimum, minimum);
    ck_assert_int_eq(parts.tie.rank_maximum, maximum);
    nc__geometry_tie_basis(f.geometry, parts.left, parts.right);
    check_getters_member(&f, &p, &parts);
    for (int64_t rank = minimum; rank <= maximum; rank++) {
        random_projector((int)size, (int)rank, &state, q);
        check_member(&f, &p, &parts, q);
    }
    release(&f);
}

START_TEST(bottleneck_ties)
{
    setting s = {.counts = MIXED,
                 .classes = 6,
                 .depth = 3,
                 .decays = UNEVEN,
                 .feature_decay = .001,
                 .width = 1};
    check_tie(&s, 2, 1, 1);
    s.width = 4; /* two of 7, two of three of 3 */
    check_tie(&s, 3, 2, 2);
    s.bias = 1; /* contrast of 7, coupled, two contrasts of 3, coupled: a cut at 3 */
    s.width = 3;
    check_tie(&s, 2, 1, 1);
    s.counts = EQUAL;
    s.classes = 4;
    s.width = 2;
    check_tie(&s, 3, 2, 2);
    s.bias = 0;
    check_tie(&s, 4, 2, 2);
    s.depth = 1;
    check_tie(&s, 4, 2, 2);
}
END_TEST

/* lh so that y^2 is exactly at the threshold: beta*_M = M N (N lh lw^M)^{1/M} / y^2. */
static double threshold_decay(double square, double samples, int depth, double decay)
{
    double threshold;
    ck_assert_int_eq(libnc_geometry_thresholds(depth, &threshold, NULL), LIBNC_OK);
    return pow(threshold * square / (depth * samples), depth) / (samples * pow(decay, depth));
}

START_TEST(threshold_ties)
{
    for (int depth = 2; depth <= 4; depth++) {
        setting s = {.counts = MIXED, .classes = 6, .depth = depth, .decay = .05};
        s.feature_decay = threshold_decay(3, 24, depth, .05);
        check_tie(&s, 3, 0, 3);
        s.width = 4;
        check_tie(&s, 3, 0, 2);
        s.bias = 1;
        s.width = 0;
        check_tie(&s, 2, 0, 2);
        s.counts = EQUAL;
        s.classes = 4;
        s.feature_decay = threshold_decay(2, 8, depth, .05);
        check_tie(&s, 3, 0, 3);
    }
}
END_TEST

/* A coupled direction at its threshold; two classes have only that one, y^2 = 2 n_1 n_2/N. */
START_TEST(coupled_threshold_tie)
{
    const int64_t counts[] = {6, 2};
    setting s = {.counts = counts, .classes = 2, .depth = 2, .bias = 1, .decay = .05};
    s.feature_decay = threshold_decay(2.0 * 6 * 2 / 8, 8, 2, .05);
    check_tie(&s, 1, 0, 1);
}
END_TEST

START_TEST(unique_has_no_tie)
{
    const setting s = {.counts = MIXED,
                       .classes = 6,
                       .depth = 3,
                       .bias = 1,
                       .width = 4,
                       .decay = .005,
                       .feature_decay = .005};
    fixture f = solve(&s);
    nc__tie tie;
    double classifier, features, fixed[36], logits[36];
    ck_assert_int_eq(is_unique(&f), 1);
    nc__geometry_tie(f.geometry, &tie);
    nc__geometry_tie_gains(f.geometry, 1, &classifier, &features);
    ck_assert(tie.size == 0 && tie.rank == 0 && classifier == 0 && features == 0);
    ck_assert_int_eq(nc__geometry_fixed(f.geometry, NC__GEOMETRY_LOGITS, 1, fixed), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_logits(f.geometry, logits, 36), LIBNC_OK);
    assert_matrices(36, fixed, logits);
    ck_assert_ptr_eq(nc__geometry_context(f.geometry), f.context);
    release(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("geometry as factors");
    TCase *tests = add_case(suite, "factors", 30);
    tcase_add_loop_test(tests, factors_are_stationary, 0,
                        (int)(sizeof SETTINGS / sizeof *SETTINGS));
    tcase_add_test(tests, bottleneck_ties);
    tcase_add_test(tests, threshold_ties);
    tcase_add_test(tests, coupled_threshold_tie);
    tcase_add_test(tests, unique_has_no_tie);
    return run_suite(suite);
}
