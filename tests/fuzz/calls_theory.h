/* SPDX-License-Identifier: MIT
 *
 * calls_theory.h: calls of geometry.h, curvature.h, relu_features.h, seli.h, regression.h,
 * parsimony.h, threshold.h and remedy.h.
 */
#ifndef CALLS_THEORY_H
#define CALLS_THEORY_H

#include "calls_train.h"

/* ---- geometry.h ---- */

DESTROY(GEOMETRY, geometry_destroy)
OPTIONS(GEOMETRY, geometry_options)
GETTER(GEOMETRY, geometry_classes)
GETTER(GEOMETRY, geometry_depth)
GETTER(GEOMETRY, geometry_status)
NAME_OF(geometry_kind_name, 0, 8)

CALL(geometry_create)
{
    libnc_geometry **out = pointer_out();
    const libnc_classes *classes = a_handle(CLASSES);
    const int32_t depth = choose(2) ? 1 : a_key(1, 4);
    if (STATUS(classes, libnc_geometry_create(out, classes, depth)))
        keep(GEOMETRY, out);
}

CALL(geometry_set_weight_decay)
{
    libnc_geometry *g = a_handle(GEOMETRY);
    const int32_t count = choose(2) ? 1 : a_key(1, 3);
    const double *decays = positive_in(MOST_DEPTH);
    STATUS(g, libnc_geometry_set_weight_decay(g, decays, count));
}

static size_t classes_of(const libnc_geometry *g)
{
    return size_of(libnc_classes_count(libnc_geometry_classes(g)), 1);
}

CALL(geometry_set_class_weights)
{
    libnc_geometry *g = a_handle(GEOMETRY);
    const size_t K = classes_of(g);
    const double *weights = rarely(4) ? NULL : positive_in(K);
    const int64_t count = (int64_t)a_size(weights ? K : 0);
    STATUS(g, libnc_geometry_set_class_weights(g, weights, count));
}

/* Searches take long: one start, and few classes and layers. */
static void limit_search(libnc_geometry *g)
{
    libnc_options *options = libnc_geometry_options(g);
    int64_t starts = 0;
    if (!g || libnc_options_get_int64(options, LIBNC_GEOMETRY_OPTION_STARTS, &starts) ||
        starts == 0)
        return;
    starts = classes_of(g) <= 4 && libnc_geometry_depth(g) <= 3;
    if (libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_STARTS, starts))
        abort();
}

CALL(geometry_solve)
{
    libnc_geometry *g = a_handle(GEOMETRY);
    limit_search(g);
    STATUS(g, libnc_geometry_solve(g));
}

/* Setting and solving in one, or few sequences would see more than the squared loss. */
CALL(solve_a_setting)
{
    libnc_geometry *g = a_handle(GEOMETRY);
    libnc_options *options = libnc_geometry_options(g);
    const int64_t loss = LIBNC_LOSS_MSE + choose(3), bias = choose(2), form = rarely(4),
                  width = choose(8);
    const double decay = a_real(-6, 0);
    if (!g)
        return;
    (void)!libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_LOSS, loss);
    (void)!libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_BIAS, bias);
    (void)!libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_FORM, form);
    (void)!libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_WIDTH, width < 6 ? 0 : width - 4);
    (void)!libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_STARTS, rarely(8));
    (void)!libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, decay);
    (void)!libnc_geometry_set_weight_decay(g, &decay, 1);
    limit_search(g);
    say(" loss %d bias %d form %d", (int)loss, (int)bias, (int)form);
    STATUS(g, libnc_geometry_solve(g));
}

/* A problem with cross-entropy, of one layer if there is one, and of few classes: what is certified
 * solves it many times. */
static libnc_geometry *a_cross_entropy(void)
{
    libnc_geometry *g = a_handle(GEOMETRY);
    for (int i = 0; i < ROOM && !rarely(4); i++)
        if (libnc_geometry_depth(all.pools[GEOMETRY][i].handle) == 1)
            g = all.pools[GEOMETRY][i].handle;
    libnc_options *options = libnc_geometry_options(g);
    const int form = (int)choose(2);
    if (classes_of(g) > 6)
        return NULL;
    if (!g || rarely(8))
        return g;
    (void)!libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_LOSS, LIBNC_LOSS_CROSS_ENTROPY);
    (void)!libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_FORM, form);
    say(", now depth %d, cross-entropy, form %d", (int)libnc_geometry_depth(g), form);
    note_handle(GEOMETRY, g);
    return g;
}

CALL(geometry_class_weights)
{
    const libnc_geometry *g = a_handle(GEOMETRY);
    const size_t size = size_of(classes_of(g), 1);
    STATUS(g, libnc_geometry_class_weights(g, reals_out(size), size));
}

CALL(geometry_weight_decays)
{
    const libnc_geometry *g = a_handle(GEOMETRY);
    const size_t size = size_of(libnc_geometry_depth(g), 1);
    STATUS(g, libnc_geometry_weight_decays(g, reals_out(size), size));
}

CALL(geometry_loss)
{
    const libnc_geometry *g = a_handle(GEOMETRY);
    double *loss = reals_out(1), *gap = reals_out(1);
    if (STATUS_WITH(ANY_REAL, g, libnc_geometry_loss(g, loss, gap))) {
        const bool is_proven = libnc_geometry_status(g) == LIBNC_GEOMETRY_PROVEN;
        if (!isfinite(*loss))
            fail_call("the loss is %g", *loss);
        if (gap && is_proven && !(*gap >= 0 && isfinite(*gap)))
            fail_call("proven with a gap of %g", *gap);
    }
}

CALL(geometry_unique)
{
    const libnc_geometry *g = a_handle(GEOMETRY);
    int32_t *unique = shorts_out(1);
    STATUS(g, libnc_geometry_unique(g, unique));
}

/* Getters of one array of n values. */
#define GEOMETRY_VALUES(name, n)                                                                   \
    CALL(geometry_##name)                                                                          \
    {                                                                                              \
        const libnc_geometry *g = a_handle(GEOMETRY);                                              \
        const size_t K = classes_of(g), wanted = (n);                                              \
        void *values = an_output(GEOMETRY_ELEMENT, wanted);                                        \
        const size_t size = a_size(at_most(wanted));                                               \
        STATUS(g, libnc_geometry_##name(g, values, size));                                         \
    }
#define GEOMETRY_VALUES_AT(name, n)                                                                \
    CALL(geometry_##name)                                                                          \
    {                                                                                              \
        const libnc_geometry *g = a_handle(GEOMETRY);                                              \
        const size_t K = classes_of(g), wanted = (n);                                              \
        const int32_t layer = a_key(0, libnc_geometry_depth(g));                                   \
        double *values = reals_out(wanted);                                                        \
        const size_t size = a_size(at_most(wanted));                                               \
        STATUS(g, libnc_geometry_##name(g, layer, values, size));                                  \
    }
#define GEOMETRY_ELEMENT REALS
GEOMETRY_VALUES(singular_values, K)
GEOMETRY_VALUES(logits, K *K)
GEOMETRY_VALUES(class_logits, K)
GEOMETRY_VALUES(bias, K)
GEOMETRY_VALUES(probabilities, K)
#undef GEOMETRY_ELEMENT
#define GEOMETRY_ELEMENT SHORTS
GEOMETRY_VALUES(lost_classes, K)
GEOMETRY_VALUES(predicted, K)
#undef GEOMETRY_ELEMENT
#define GEOMETRY_ELEMENT WHOLES
GEOMETRY_VALUES(multiplicities, K)
GEOMETRY_VALUES_AT(layer_singular_values, K)
GEOMETRY_VALUES_AT(classifier_gram, K *K)
GEOMETRY_VALUES_AT(feature_gram, K *K)

/* +infinity for one class */
CALL(geometry_margins)
{
    const libnc_geometry *g = a_handle(GEOMETRY);
    const size_t K = classes_of(g);
    double *margins = reals_out(K);
    const size_t size = a_size(K);
    STATUS_WITH(ANY_REAL, g, libnc_geometry_margins(g, margins, size));
}

CALL(geometry_lengths)
{
    const libnc_geometry *g = a_handle(GEOMETRY);
    const size_t K = classes_of(g);
    const int32_t layer = a_key(1, libnc_geometry_depth(g));
    double *classifier = reals_out(K), *features = reals_out(K);
    const size_t size = a_size(K);
    STATUS(g, libnc_geometry_lengths(g, layer, classifier, features, size));
}

CALL(geometry_multiplier)
{
    const libnc_geometry *g = a_handle(GEOMETRY);
    double *multiplier = reals_out(1);
    STATUS(g, libnc_geometry_multiplier(g, multiplier));
}

CALL(geometry_rank)
{
    const libnc_geometry *g = a_handle(GEOMETRY);
    int64_t *rank = wholes_out(1);
    STATUS(g, libnc_geometry_rank(g, rank));
}

CALL(geometry_groups)
{
    const libnc_geometry *g = a_handle(GEOMETRY);
    const size_t K = classes_of(g);
    int64_t *count = wholes_out(1);
    int32_t *groups = shorts_out(K);
    const size_t size = a_size(K);
    STATUS(g, libnc_geometry_groups(g, count, groups, size));
}

CALL(geometry_factors)
{
    const libnc_geometry *g = a_handle(GEOMETRY);
    const int64_t K = (int64_t)classes_of(g), width = an_amount(0, K + 2);
    double *classifier = reals_out(size_of(K, width)), *features = reals_out(size_of(K, width));
    const size_t size = a_size(size_of(K, width));
    STATUS(g, libnc_geometry_factors(g, width, classifier, features, size));
}

CALL(geometry_etf)
{
    const libnc_geometry *g = a_handle(GEOMETRY);
    double *loss = reals_out(1), *scale = reals_out(1);
    STATUS(g, libnc_geometry_etf(g, loss, scale));
}

CALL(geometry_search)
{
    const libnc_geometry *g = a_handle(GEOMETRY);
    int64_t *starts = wholes_out(1), *hits = wholes_out(1);
    STATUS(g, libnc_geometry_search(g, starts, hits));
}

CALL(geometry_structure)
{
    const libnc_geometry *g = a_handle(GEOMETRY);
    int32_t *kind_of = shorts_out(1);
    STATUS(g, libnc_geometry_structure(g, kind_of));
}

CALL(geometry_class_sets)
{
    const libnc_geometry *g = a_handle(GEOMETRY);
    const size_t K = classes_of(g);
    int32_t *sets = shorts_out(K), *same = shorts_out(K), *opposite = shorts_out(K);
    const size_t size = a_size(K);
    STATUS(g, libnc_geometry_class_sets(g, sets, same, opposite, size));
}

CALL(geometry_thresholds)
{
    const int32_t depth = a_key(1, 5);
    double *threshold = reals_out(1), *existence = reals_out(1);
    STATUS(NULL, libnc_geometry_thresholds(depth, threshold, existence));
}

/* ---- curvature.h ---- */

DESTROY(CURVATURE, curvature_destroy)
GETTER(CURVATURE, curvature_rank)

/* Not of many classes: up to 600 variables all eigenvalues are found. Solved mostly, and with
 * decays, which is asked for. */
CALL(curvature_create)
{
    libnc_curvature **out = pointer_out();
    libnc_geometry *g = a_cross_entropy();
    const int32_t point = a_key(LIBNC_CURVATURE_SOLUTION, LIBNC_CURVATURE_ETF);
    if (libnc_geometry_depth(g) > 4)
        g = NULL;
    if (g && !rarely(8))
        (void)!libnc_options_set_int64(libnc_geometry_options(g), LIBNC_GEOMETRY_OPTION_FORM,
                                       LIBNC_GEOMETRY_FORM_DECAY);
    limit_search(g);
    if (g && !rarely(8))
        (void)!libnc_geometry_solve(g);
    if (STATUS(g, libnc_curvature_create(out, g, point)))
        keep(CURVATURE, out)->classes = classes_of(g);
}

CALL(curvature_eigenvalue)
{
    const libnc_curvature *c = a_handle(CURVATURE);
    double *eigenvalue = reals_out(1), *residual = reals_out(1);
    int32_t *saddle = shorts_out(1);
    STATUS(c, libnc_curvature_eigenvalue(c, eigenvalue, residual, saddle));
}

static size_t classes_of_curvature(const libnc_curvature *c)
{
    for (int i = 0; i < ROOM; i++)
        if (c && all.pools[CURVATURE][i].handle == c)
            return all.pools[CURVATURE][i].classes;
    return 2;
}

CALL(curvature_logits)
{
    const libnc_curvature *c = a_handle(CURVATURE);
    const size_t K = classes_of_curvature(c);
    double *logits = reals_out(K * K), *change = reals_out(K * K);
    const size_t size = a_size(K * K);
    STATUS(c, libnc_curvature_logits(c, logits, change, size));
}

CALL(curvature_layer)
{
    const libnc_curvature *c = a_handle(CURVATURE);
    const int64_t K = (int64_t)classes_of_curvature(c);
    const int32_t layer = a_key(0, 3);
    const int64_t rows = rarely(4) ? an_amount(K, K + 1) : K, cols = an_amount(K, K + 1);
    double *values = reals_out(size_of(rows, cols)), *change = reals_out(size_of(rows, cols));
    STATUS(c, libnc_curvature_layer(c, layer, rows, cols, values, change));
}

CALL(curvature_bias)
{
    const libnc_curvature *c = a_handle(CURVATURE);
    const size_t K = classes_of_curvature(c);
    double *values = reals_out(K), *change = reals_out(K);
    const size_t size = a_size(K);
    STATUS(c, libnc_curvature_bias(c, values, change, size));
}

/* ---- relu_features.h, seli.h ---- */

static size_t count_of(const libnc_classes *classes)
{
    return size_of(libnc_classes_count(classes), 1);
}

DESTROY(RELU, relu_features_destroy)
GETTER(RELU, relu_features_classes)

CALL(relu_features_create)
{
    libnc_relu_features **out = pointer_out();
    const libnc_classes *classes = a_handle(CLASSES);
    const double w = a_real(-6, 0), h = a_real(-6, 0);
    const int64_t width = a_number(0, 6);
    if (STATUS(classes, libnc_relu_features_create(out, classes, w, h, width)))
        keep(RELU, out);
}

CALL(relu_features_loss)
{
    const libnc_relu_features *f = a_handle(RELU);
    double *loss = reals_out(1);
    STATUS(f, libnc_relu_features_loss(f, loss));
}

static size_t classes_of_relu(const libnc_relu_features *f)
{
    return size_of(libnc_relu_features_classes(f), 1);
}

CALL(relu_features_scales)
{
    const libnc_relu_features *f = a_handle(RELU);
    const size_t K = classes_of_relu(f);
    double *scales = reals_out(K);
    const size_t size = a_size(K);
    STATUS(f, libnc_relu_features_scales(f, scales, size));
}

CALL(relu_features_lengths)
{
    const libnc_relu_features *f = a_handle(RELU);
    const size_t K = classes_of_relu(f);
    double *lengths = reals_out(K);
    const size_t size = a_size(K);
    STATUS(f, libnc_relu_features_lengths(f, lengths, size));
}

CALL(relu_features_lost_classes)
{
    const libnc_relu_features *f = a_handle(RELU);
    const size_t K = classes_of_relu(f);
    int32_t *lost = shorts_out(K);
    const size_t size = a_size(K);
    STATUS(f, libnc_relu_features_lost_classes(f, lost, size));
}

CALL(relu_features_classifier_gram)
{
    const libnc_relu_features *f = a_handle(RELU);
    const size_t K = classes_of_relu(f);
    double *gram = reals_out(K * K);
    const size_t size = a_size(K * K);
    STATUS(f, libnc_relu_features_classifier_gram(f, gram, size));
}

CALL(relu_features_threshold)
{
    const libnc_relu_features *f = a_handle(RELU);
    double *count = reals_out(1);
    if (STATUS_WITH(ANY_REAL, f, libnc_relu_features_threshold(f, count)) && isnan(*count))
        fail_call("the threshold is NaN");
}

CALL(seli_singular_values)
{
    const libnc_classes *classes = a_handle(CLASSES);
    const size_t K = count_of(classes);
    double *values = reals_out(K);
    const size_t size = a_size(K);
    STATUS(classes, libnc_seli_singular_values(classes, values, size));
}

CALL(seli_lengths)
{
    const libnc_classes *classes = a_handle(CLASSES);
    const size_t K = count_of(classes);
    double *classifier = reals_out(K), *features = reals_out(K);
    const size_t size = a_size(K);
    STATUS(classes, libnc_seli_lengths(classes, classifier, features, size));
}

CALL(seli_grams)
{
    const libnc_classes *classes = a_handle(CLASSES);
    const size_t K = count_of(classes);
    const int32_t cosines = a_key(0, 1);
    double *classifier = reals_out(K * K), *features = reals_out(K * K);
    const size_t size = a_size(K * K);
    STATUS_WITH(K == 1 ? ANY_REAL : PLAIN, classes,
                libnc_seli_grams(classes, cosines, classifier, features, size));
}

CALL(seli_logits)
{
    const libnc_classes *classes = a_handle(CLASSES);
    const size_t K = count_of(classes);
    double *logits = reals_out(K * K);
    const size_t size = a_size(K * K);
    STATUS(classes, libnc_seli_logits(classes, logits, size));
}

/* ---- regression.h ---- */

CALL(regression_moments)
{
    libnc_context *c = a_context();
    const int64_t samples = an_amount(1, 10), outputs = an_amount(1, 5);
    const double *targets = reals_in(size_of(samples, outputs));
    double *mean = reals_out(size_of(outputs, 1));
    double *covariance = reals_out(size_of(outputs, outputs));
    STATUS(c, libnc_regression_moments(c, targets, samples, outputs, mean, covariance));
}

/* Symmetric and positive semidefinite: A A^T, mostly. */
static const double *a_covariance(int64_t n)
{
    const double *a = reals_in(size_of(n, n));
    if (!a || n <= 0 || rarely(16))
        return a;
    double *covariance = new_buffer(REALS, size_of(n, n), false);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            double sum = 0;
            for (int64_t k = 0; k < n; k++)
                sum += a[i * n + k] * a[j * n + k];
            covariance[i * n + j] = sum;
        }
    return covariance;
}

DESTROY(REGRESSION, regression_destroy)
GETTER(REGRESSION, regression_outputs)
GETTER(REGRESSION, regression_rank)
GETTER(REGRESSION, regression_is_unique)

CALL(regression_create)
{
    libnc_regression **out = pointer_out();
    libnc_context *c = a_context();
    const int64_t n = an_amount(1, 5);
    const double *covariance = a_covariance(n);
    const double w = a_real(-6, 0), h = a_real(-6, 0);
    const int64_t width = a_number(0, 6);
    if (STATUS(c, libnc_regression_create(out, c, covariance, n, w, h, width)))
        keep(REGRESSION, out);
}

CALL(regression_loss)
{
    const libnc_regression *r = a_handle(REGRESSION);
    double *loss = reals_out(1);
    STATUS(r, libnc_regression_loss(r, loss));
}

CALL(regression_singular_values)
{
    const libnc_regression *r = a_handle(REGRESSION);
    const size_t n = size_of(libnc_regression_outputs(r), 1);
    double *values = reals_out(n);
    const size_t size = a_size(n);
    STATUS(r, libnc_regression_singular_values(r, values, size));
}

CALL(regression_matrix)
{
    const libnc_regression *r = a_handle(REGRESSION);
    const size_t n = size_of(libnc_regression_outputs(r), 1);
    const int32_t matrix =
        a_key(LIBNC_REGRESSION_MATRIX_CLASSIFIER, LIBNC_REGRESSION_MATRIX_DIRECTIONS);
    double *values = reals_out(n * n);
    const size_t size = a_size(n * n);
    STATUS(r, libnc_regression_matrix(r, matrix, values, size));
}

DESTROY(COLLAPSE, regression_collapse_destroy)

CALL(regression_collapse_create)
{
    libnc_regression_collapse **out = pointer_out();
    libnc_context *c = a_context();
    const int64_t N = an_amount(2, 8), d = an_amount(2, 5), n = an_amount(1, 2);
    const double *features = reals_in(size_of(N, d)), *targets = reals_in(size_of(N, n));
    const double *classifier = choose(2) ? reals_in(size_of(n, d)) : NULL;
    if (STATUS(c, libnc_regression_collapse_create(out, c, features, targets, classifier, N, d, n)))
        keep(COLLAPSE, out);
}

CALL(regression_collapse_nrc1)
{
    const libnc_regression_collapse *c = a_handle(COLLAPSE);
    double *nrc1 = reals_out(1);
    STATUS(c, libnc_regression_collapse_nrc1(c, nrc1));
}

CALL(regression_collapse_nrc2)
{
    const libnc_regression_collapse *c = a_handle(COLLAPSE);
    double *nrc2 = reals_out(1);
    if (STATUS_WITH(ANY_REAL, c, libnc_regression_collapse_nrc2(c, nrc2)) && isinf(*nrc2))
        fail_call("NRC2 = %g", *nrc2);
}

CALL(regression_collapse_nrc3)
{
    const libnc_regression_collapse *c = a_handle(COLLAPSE);
    const double shift = choose(2) ? NAN : a_share();
    double *nrc3 = reals_out(1), *used = reals_out(1);
    if (STATUS_WITH(ANY_REAL, c, libnc_regression_collapse_nrc3(c, shift, nrc3, used)) &&
        (isinf(*nrc3) || (used && isinf(*used))))
        fail_call("NRC3 = %g", *nrc3);
}

/* ---- depth.h ---- */

CALL(kernel_collapse)
{
    libnc_context *c = a_context();
    const int64_t N = an_amount(1, 12), d = an_amount(1, 4), K = an_amount(4, 6);
    const int32_t kernel = a_key(1, 3), hidden = a_key(1, 4);
    const double weight = a_real(-1, 1), bias = choose(2) ? 0 : a_real(-1, 1);
    const double *features = reals_in(size_of(N, d));
    const int32_t *labels = shorts_in(size_of(N, 1), 0, 3);
    double *within = reals_out(1), *between = reals_out(1);
    STATUS(c, libnc_kernel_collapse(c, kernel, hidden, weight, bias, features, labels, N, d, K,
                                    within, between));
}

CALL(separation_law)
{
    libnc_context *c = a_context();
    const int64_t layers = an_amount(1, 6);
    const double *separation = reals_in(size_of(layers, 1));
    double *rho = reals_out(1), *correlation = reals_out(1);
    STATUS_WITH(ANY_REAL, c, libnc_separation_law(c, separation, layers, rho, correlation));
}

/* ---- parsimony.h ---- */

DESTROY(PARSIMONY, parsimony_destroy)
GETTER(PARSIMONY, parsimony_depth)
GETTER(PARSIMONY, parsimony_steps)

CALL(parsimony_create)
{
    libnc_parsimony **out = pointer_out();
    libnc_context *c = a_context();
    const int32_t depth = a_key(2, 4);
    const double *initial = positive_in(MOST_DEPTH), *decays = positive_in(MOST_DEPTH);
    const double rate = a_real(-4, 0), gain = a_real(-2, 1);
    if (STATUS(c, libnc_parsimony_create(out, c, depth, initial, decays, rate, gain)))
        keep(PARSIMONY, out);
}

CALL(parsimony_step)
{
    libnc_parsimony *parsimony = a_handle(PARSIMONY);
    const int64_t count = an_amount(0, 40);
    STATUS(parsimony, libnc_parsimony_step(parsimony, count));
}

CALL(parsimony_multiples)
{
    const libnc_parsimony *parsimony = a_handle(PARSIMONY);
    const size_t M = size_of(libnc_parsimony_depth(parsimony), 1);
    double *multiples = reals_out(M);
    const size_t size = a_size(M);
    STATUS(parsimony, libnc_parsimony_multiples(parsimony, multiples, size));
}

CALL(parsimony_subspace)
{
    libnc_context *c = a_context();
    const int64_t d = an_amount(1, 6), K = an_amount(1, d > 0 ? d : 1);
    const double *target = reals_in(size_of(K, d)), *product = reals_in(size_of(K, d));
    const double tolerance = choose(2) ? 1e-10 : a_share();
    double *basis = reals_out(size_of(d, d));
    int64_t *dimension = wholes_out(1);
    STATUS(c, libnc_parsimony_subspace(c, target, product, K, d, tolerance, basis, dimension));
}

/* ---- threshold.h ---- */

/* One of few; rarely every group, or none. */
static int64_t a_class(void)
{
    return choose(2) ? LIBNC_THRESHOLD_ALL_GROUPS : a_number(0, 3);
}

CALL(threshold_merge_decay)
{
    const libnc_geometry *g = a_cross_entropy();
    const int64_t k = a_class();
    double *decay = reals_out(1);
    STATUS_WITH(ANY_REAL, g, libnc_threshold_merge_decay(g, k, decay));
}

CALL(threshold_total_decay)
{
    const libnc_geometry *g = a_cross_entropy();
    double *decay = reals_out(1);
    STATUS(g, libnc_threshold_total_decay(g, decay));
}

CALL(threshold_merge_counts)
{
    double *lower = reals_out(1), *upper = reals_out(1);
    libnc_context *c = a_context();
    const int64_t m = a_number(2, 5);
    const double rest = a_real(0, 3), decay = a_real(-5, 0), smoothing = rarely(4) ? a_share() : 0;
    STATUS_WITH(ANY_REAL, c,
                libnc_threshold_merge_counts(c, m, rest, decay, smoothing, lower, upper));
}

CALL(threshold_merge_ratios)
{
    double *lower = reals_out(1), *upper = reals_out(1);
    libnc_context *c = a_context();
    const int64_t K = a_number(3, 8), majority = a_number(1, 3);
    const double count = a_real(0, 3), decay = a_real(-5, 0), smoothing = rarely(4) ? a_share() : 0;
    if (STATUS_WITH(
            ANY_REAL, c,
            libnc_threshold_merge_ratios(c, K, majority, count, decay, smoothing, lower, upper)) &&
        ((lower && isnan(*lower)) || (upper && isnan(*upper))))
        fail_call("a ratio is NaN");
}

CALL(threshold_merge_energy)
{
    const libnc_geometry *g = a_cross_entropy();
    const int64_t k = a_class();
    double *energy = reals_out(1), *width = reals_out(1);
    STATUS(g, libnc_threshold_merge_energy(g, k, energy, width));
}

#define PEELED(name)                                                                               \
    CALL(threshold_peeled_##name)                                                                  \
    {                                                                                              \
        double *ratio = reals_out(1);                                                              \
        libnc_context *c = a_context();                                                            \
        const int64_t K = a_number(3, 8), majority = a_number(1, 3);                               \
        const double w = a_real(-2, 2), h = a_real(-2, 2);                                         \
        if (STATUS_WITH(ANY_REAL, c,                                                               \
                        libnc_threshold_peeled_##name(c, K, majority, w, h, ratio)) &&             \
            isnan(*ratio))                                                                         \
            fail_call("the ratio is NaN");                                                         \
    }
PEELED(merged)
PEELED(lost)

CALL(threshold_locate)
{
    const libnc_geometry *g = a_cross_entropy();
    const int32_t kind_of = a_key(LIBNC_THRESHOLD_KIND_MERGED, LIBNC_THRESHOLD_KIND_ALL_LOST);
    const int64_t k = a_class();
    int32_t *side = shorts_out(1), *method = shorts_out(1);
    double *margin = reals_out(1), *width = reals_out(1);
    STATUS_WITH(ANY_REAL, g, libnc_threshold_locate(g, kind_of, k, side, margin, width, method));
}

/* Dozens of solutions. */
#define FALL(name)                                                                                 \
    CALL(threshold_fall_##name)                                                                    \
    {                                                                                              \
        const libnc_geometry *g = a_cross_entropy();                                               \
        const int64_t k = a_class();                                                               \
        double *value = reals_out(1), *width = reals_out(1);                                       \
        STATUS_WITH(ANY_REAL, g, libnc_threshold_fall_##name(g, k, value, width));                 \
    }
FALL(decay)
FALL(energy)

#define FALLS(name)                                                                                \
    CALL(threshold_fall_##name)                                                                    \
    {                                                                                              \
        const libnc_geometry *g = a_cross_entropy();                                               \
        const size_t K = classes_of(g);                                                            \
        double *values = reals_out(K), *widths = reals_out(K);                                     \
        const size_t size = a_size(K);                                                             \
        STATUS_WITH(ANY_REAL, g, libnc_threshold_fall_##name(g, values, widths, size));            \
    }
FALLS(decays)
FALLS(energies)

CALL(threshold_fall_count)
{
    const libnc_geometry *g = a_cross_entropy();
    const int64_t k = a_class();
    double *count = reals_out(1);
    STATUS_WITH(ANY_REAL, g, libnc_threshold_fall_count(g, k, count));
}

CALL(threshold_fall_depths)
{
    const libnc_geometry *g = a_handle(GEOMETRY);
    const size_t K = classes_of(g);
    int32_t *depths = shorts_out(K);
    const size_t size = a_size(K);
    STATUS(g, libnc_threshold_fall_depths(g, depths, size));
}

/* ---- remedy.h ---- */

static const int64_t *some_classes(const libnc_geometry *g, int64_t *count)
{
    const int64_t K = (int64_t)classes_of(g);
    *count = an_amount(1, K > 1 ? K - 1 : 1);
    return wholes_in(size_of(*count, 1), 0, K > 0 ? K - 1 : 0);
}

/* Dozens of solutions. */
#define MARGIN_REMEDY(name)                                                                        \
    CALL(remedy_margin_##name)                                                                     \
    {                                                                                              \
        int64_t count;                                                                             \
        const libnc_geometry *g = a_cross_entropy();                                               \
        const int64_t *required = some_classes(g, &count);                                         \
        const double margin = a_real(-2, 1);                                                       \
        double *value = reals_out(1), *cost = reals_out(1);                                        \
        STATUS_WITH(ANY_REAL, g,                                                                   \
                    libnc_remedy_margin_##name(g, required, count, margin, value, cost));          \
    }
MARGIN_REMEDY(decay)
MARGIN_REMEDY(energy)

CALL(remedy_margin_weight)
{
    int64_t count, required_count;
    const libnc_geometry *g = a_cross_entropy();
    const int64_t *classes = some_classes(g, &count);
    const int64_t *required = some_classes(g, &required_count);
    const double margin = a_real(-2, 1);
    double *weight = reals_out(1), *cost = reals_out(1);
    int64_t *repeats = wholes_out(1);
    STATUS_WITH(ANY_REAL, g,
                libnc_remedy_margin_weight(g, classes, count, required, required_count, margin,
                                           weight, repeats, cost));
}

CALL(remedy_margin_exponent)
{
    int64_t count;
    const libnc_geometry *g = a_cross_entropy();
    const int64_t *required = some_classes(g, &count);
    const size_t K = classes_of(g);
    const double margin = a_real(-2, 1);
    double *exponent = reals_out(1), *cost = reals_out(1);
    int64_t *repeats = wholes_out(K);
    const size_t size = a_size(K);
    STATUS_WITH(
        ANY_REAL, g,
        libnc_remedy_margin_exponent(g, required, count, margin, exponent, repeats, size, cost));
}

/* Fifty solutions of the convex problem. */
CALL(remedy_weight)
{
    int64_t count;
    const libnc_geometry *g = rarely(2) ? a_cross_entropy() : NULL;
    const int64_t *classes = some_classes(g, &count), target = a_class();
    const double margin = rarely(2) ? a_share() : 0;
    double *weight = reals_out(1), *limit = reals_out(1);
    int64_t *repeats = wholes_out(1);
    STATUS_WITH(ANY_REAL, g,
                libnc_remedy_weight(g, classes, count, target, margin, weight, limit, repeats));
}

CALL(remedy_decay)
{
    const libnc_geometry *g = a_cross_entropy();
    const int64_t target = a_class();
    const double margin = rarely(2) ? a_share() : 0;
    double *decay = reals_out(1);
    STATUS_WITH(ANY_REAL, g, libnc_remedy_decay(g, target, margin, decay));
}

CALL(remedy_energy)
{
    const libnc_geometry *g = a_cross_entropy();
    const int64_t target = a_class();
    const double margin = rarely(2) ? a_share() : 0;
    double *energy = reals_out(1);
    STATUS(g, libnc_remedy_energy(g, target, margin, energy));
}

CALL(remedy_apply_weight)
{
    int64_t count;
    libnc_geometry **out = pointer_out();
    libnc_geometry *g = a_cross_entropy();
    limit_search(g);
    const int64_t *classes = some_classes(g, &count);
    const double weight = a_real(-1, 2);
    if (STATUS(g, libnc_remedy_apply_weight(out, g, classes, count, weight)))
        keep(GEOMETRY, out);
}

#endif
