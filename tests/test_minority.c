/* SPDX-License-Identifier: MIT
 *
 * test_minority.c: the minority-collapse report (libnc/minority.h).
 *
 * The oracle works on the vectors themselves, pair by pair, in plain loops: those of a model that
 * was measured, or the factors of a geometry that was solved; the library sees Gram matrices, or
 * groups.
 */
#include "support/faults.h"
#include "support/minority_fixture.h"

enum { MOST_WIDTH = 64, FAMILIES = 3, STATISTICS = 4 };

/* ---- the oracle ---- */

typedef struct vectors {
    int64_t classes, width, groups;
    double rows[MOST_CLASSES][MOST_WIDTH], means[MOST_CLASSES][MOST_WIDTH];
    double centred[MOST_CLASSES][MOST_WIDTH], logits[MOST_CLASSES][MOST_WIDTH];
    int64_t counts[MOST_CLASSES], group[MOST_CLASSES];
    double tolerance, vanishing;
} vectors;

static const double (*family_of(const vectors *v, int family))[MOST_WIDTH]
{
    return family == 1 ? v->rows : family == 2 ? v->means : v->centred;
}

static double dot(const double *x, const double *y, int64_t size)
{
    double sum = 0;
    for (int64_t i = 0; i < size; i++)
        sum += x[i] * y[i];
    return sum;
}

static double length(const double *x, int64_t size)
{
    return sqrt(dot(x, x, size));
}

static bool alike(const double *x, const double *y, int64_t size, double tolerance)
{
    double square = 0;
    for (int64_t i = 0; i < size; i++)
        square += (x[i] - y[i]) * (x[i] - y[i]);
    return sqrt(square) <= tolerance * fmax(length(x, size), length(y, size));
}

/* Centred means, and logits by column, from rows, means and counts. */
static void complete(vectors *v)
{
    double middle[MOST_WIDTH] = {0}, samples = 0;
    for (int64_t k = 0; k < v->classes; k++) {
        samples += (double)v->counts[k];
        for (int64_t i = 0; i < v->width; i++)
            middle[i] += (double)v->counts[k] * v->means[k][i];
    }
    for (int64_t k = 0; k < v->classes; k++) {
        for (int64_t i = 0; i < v->width; i++)
            v->centred[k][i] = v->means[k][i] - middle[i] / samples;
        for (int64_t l = 0; l < v->classes; l++)
            v->logits[k][l] = dot(v->rows[l], v->means[k], v->width);
    }
}

static double longest(const vectors *v, int family)
{
    double most = 0;
    for (int64_t k = 0; k < v->classes; k++)
        most = fmax(most, length(family_of(v, family)[k], v->width));
    return most;
}

/* What centring leaves of equal means is rounding. */
static bool has_vanished(const vectors *v, int family, int64_t k)
{
    if (family == 3 && length(v->centred[k], v->width) <= 1e-13 * longest(v, 2))
        return true;
    return length(family_of(v, family)[k], v->width) <= v->vanishing * longest(v, family);
}

/* Mean, smallest, largest, deviation. */
static void summarise(const double *values, int64_t count, double out[STATISTICS])
{
    double sum = 0, square = 0;
    out[1] = INFINITY;
    out[2] = -INFINITY;
    for (int64_t i = 0; i < count; i++) {
        sum += values[i];
        out[1] = fmin(out[1], values[i]);
        out[2] = fmax(out[2], values[i]);
    }
    out[0] = sum / (double)count;
    for (int64_t i = 0; i < count; i++)
        square += (values[i] - out[0]) * (values[i] - out[0]);
    out[3] = sqrt(square / (double)count);
    for (int i = 0; i < STATISTICS && count == 0; i++)
        out[i] = NAN;
}

static void naive_cosines(const vectors *v, int family, int64_t g, int64_t h,
                          double out[STATISTICS])
{
    static double values[MOST_CLASSES * MOST_CLASSES];
    int64_t count = 0;
    for (int64_t k = 0; k < v->classes; k++)
        for (int64_t l = 0; l < v->classes; l++) {
            if (v->group[k] != g || v->group[l] != h || k == l || (g == h && k > l) ||
                has_vanished(v, family, k) || has_vanished(v, family, l))
                continue;
            const double *x = family_of(v, family)[k], *y = family_of(v, family)[l];
            values[count++] = dot(x, y, v->width) / (length(x, v->width) * length(y, v->width));
        }
    summarise(values, count, out);
}

static void naive_norms(const vectors *v, int family, int64_t g, double out[STATISTICS])
{
    double values[MOST_CLASSES];
    int64_t count = 0;
    for (int64_t k = 0; k < v->classes; k++)
        if (v->group[k] == g)
            values[count++] =
                has_vanished(v, family, k) ? 0 : length(family_of(v, family)[k], v->width);
    summarise(values, count, out);
}

static int32_t naive_state(const vectors *v, int family, int64_t g)
{
    bool all_vanish = true, all_alike = true;
    int64_t classes = 0;
    for (int64_t k = 0; k < v->classes; k++) {
        if (v->group[k] != g)
            continue;
        classes++;
        all_vanish = all_vanish && has_vanished(v, family, k);
        for (int64_t l = 0; l < v->classes; l++)
            if (v->group[l] == g &&
                !alike(family_of(v, family)[k], family_of(v, family)[l], v->width, v->tolerance))
                all_alike = false;
    }
    if (all_vanish)
        return LIBNC_MINORITY_STATE_LOST;
    return classes > 1 && all_alike ? LIBNC_MINORITY_STATE_MERGED : LIBNC_MINORITY_STATE_SEPARATE;
}

static int64_t naive_distinct(const vectors *v, const double (*x)[MOST_WIDTH], int64_t size,
                              int64_t g)
{
    int64_t leaders[MOST_CLASSES], count = 0;
    for (int64_t k = 0; k < v->classes; k++) {
        bool known = g >= 0 && v->group[k] != g;
        for (int64_t i = 0; i < count && !known; i++)
            known = alike(x[leaders[i]], x[k], size, v->tolerance);
        if (!known)
            leaders[count++] = k;
    }
    return count;
}

/* ---- comparison ---- */

static void assert_near(double value, double expected, double tolerance, const char *what)
{
    ck_assert_msg(isnan(value) == isnan(expected), "%s = %g, expected %g", what, value, expected);
    ck_assert_msg(isnan(value) || fabs(value - expected) <= tolerance, "%s = %.12g, expected %.12g",
                  what, value, expected);
}

static void compare_family(const libnc_minority *m, const vectors *v, int family, double tolerance)
{
    double expected[STATISTICS], value;
    int32_t state = 0;
    const double scale = fmax(longest(v, family), 1e-300);
    for (int64_t g = 0; g < v->groups; g++) {
        ck_assert_int_eq(libnc_minority_state(m, family, g, &state), LIBNC_OK);
        ck_assert_int_eq(state, naive_state(v, family, g));
        naive_norms(v, family, g, expected);
        for (int32_t s = 1; s <= STATISTICS; s++) {
            ck_assert_int_eq(libnc_minority_norm(m, family, g, s, &value), LIBNC_OK);
            assert_near(value / scale, expected[s - 1] / scale, tolerance, "norm");
        }
        for (int64_t h = 0; h < v->groups; h++) {
            naive_cosines(v, family, g, h, expected);
            for (int32_t s = 1; s <= STATISTICS; s++) {
                ck_assert_int_eq(libnc_minority_cosine(m, family, g, h, s, &value), LIBNC_OK);
                /* a deviation is a root of rounding */
                assert_near(value, expected[s - 1], s == 4 ? sqrt(tolerance) : tolerance, "cosine");
            }
        }
    }
}

static void compare_groups(const libnc_minority *m, const vectors *v)
{
    int64_t group[MOST_CLASSES], classes, samples, first, predictions, rows;
    ck_assert_int_eq(libnc_minority_groups(m), v->groups);
    ck_assert_int_eq(libnc_minority_classes(m), v->classes);
    ck_assert_int_eq(libnc_minority_group_of(m, group, (size_t)v->classes), LIBNC_OK);
    for (int64_t k = 0; k < v->classes; k++)
        ck_assert_int_eq(group[k], v->group[k]);
    for (int64_t g = -1; g < v->groups; g++) {
        ck_assert_int_eq(libnc_minority_distinct(m, g, &predictions, &rows), LIBNC_OK);
        ck_assert_int_eq(predictions, naive_distinct(v, v->logits, v->classes, g));
        ck_assert_int_eq(rows, naive_distinct(v, v->rows, v->width, g));
        if (g < 0)
            continue;
        int64_t own = 0, total = 0, least = -1;
        for (int64_t k = v->classes; k-- > 0;)
            if (v->group[k] == g) {
                own++;
                total += v->counts[k];
                least = k;
            }
        ck_assert_int_eq(libnc_minority_group(m, g, &classes, &samples, &first), LIBNC_OK);
        ck_assert(classes == own && samples == total && first == least);
    }
}

static void compare(const libnc_minority *m, const vectors *v, double tolerance)
{
    compare_groups(m, v);
    for (int family = 1; family <= FAMILIES; family++)
        compare_family(m, v, family, tolerance);
}

/* Groups of equal counts, largest first. */
static void group_by_count(vectors *v)
{
    int64_t above = INT64_MAX;
    v->groups = 0;
    for (;;) {
        int64_t next = 0;
        for (int64_t k = 0; k < v->classes; k++)
            if (v->counts[k] < above && v->counts[k] > next)
                next = v->counts[k];
        if (next == 0)
            return;
        for (int64_t k = 0; k < v->classes; k++)
            if (v->counts[k] == next)
                v->group[k] = v->groups;
        above = next;
        v->groups++;
    }
}

/* Groups that have nothing to do with the counts; each occurs. */
static void group_freely(vectors *v, uint64_t *state)
{
    v->groups = 1 + whole(state, 1, 3);
    for (int64_t k = 0; k < v->classes; k++)
        v->group[k] = k < v->groups ? v->groups - 1 - k : whole(state, 0, v->groups - 1);
}

static libnc_minority *empty(libnc_context *context, const vectors *v)
{
    libnc_minority *m = NULL;
    ck_assert_int_eq(libnc_minority_create(&m, context), LIBNC_OK);
    ck_assert_int_eq(libnc_options_set_double(libnc_minority_options(m),
                                              LIBNC_MINORITY_OPTION_TOLERANCE, v->tolerance),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_options_set_double(libnc_minority_options(m),
                                              LIBNC_MINORITY_OPTION_VANISHING, v->vanishing),
                     LIBNC_OK);
    return m;
}

/* ---- measured models ---- */

static void set_parameter(libnc_model *model, const char *name, const double *values, size_t size)
{
    int32_t index;
    ck_assert_int_eq(libnc_model_parameter_index(model, name, &index), LIBNC_OK);
    ck_assert_int_eq(libnc_model_set_parameter(model, index, values, size), LIBNC_OK);
}

/* A one-layer model whose classifier and class means are the vectors, measured. */
static libnc_report *measure(libnc_context *context, const vectors *v, libnc_model **model)
{
    libnc_classes *classes;
    libnc_report *report;
    double rows[MOST_CLASSES * MOST_WIDTH];
    ck_assert_int_eq(libnc_classes_from_counts(&classes, context, v->counts, v->classes), LIBNC_OK);
    const int64_t samples = libnc_classes_samples(classes);
    ck_assert_int_eq(
        libnc_model_create_free(model, context, LIBNC_FLOAT64, classes, 1, &v->width, 0), LIBNC_OK);
    libnc_classes_destroy(classes);
    for (int64_t k = 0; k < v->classes; k++)
        memcpy(rows + k * v->width, v->rows[k], (size_t)v->width * sizeof *rows);
    set_parameter(*model, "head.1.weight", rows, (size_t)(v->classes * v->width));
    double *features = calloc((size_t)(samples * v->width), sizeof *features);
    for (int64_t i = 0; i < samples; i++)
        memcpy(features + i * v->width, v->means[libnc_model_labels(*model)[i]],
               (size_t)v->width * sizeof *features);
    set_parameter(*model, "features", features, (size_t)(samples * v->width));
    free(features);
    ck_assert_int_eq(libnc_report_create(&report, context), LIBNC_OK);
    ck_assert_int_eq(libnc_report_measure(report, *model, NULL), LIBNC_OK);
    return report;
}

/* Random vectors; some coincide, some are nothing. */
static vectors random_vectors(uint64_t *state)
{
    static vectors v;
    memset(&v, 0, sizeof v);
    v.classes = whole(state, 2, 9);
    v.width = whole(state, 2, 6);
    v.tolerance = 1e-6;
    v.vanishing = 1e-5;
    for (int64_t k = 0; k < v.classes; k++) {
        v.counts[k] = whole(state, 1, 3);
        const int64_t like = k > 0 && whole(state, 0, 1) ? whole(state, 0, k - 1) : k;
        const bool none = whole(state, 0, 4) == 0;
        for (int64_t i = 0; i < v.width; i++) {
            v.rows[k][i] = like == k ? uniform(state) - .5 : v.rows[like][i];
            v.means[k][i] = like == k ? uniform(state) - .3 : v.means[like][i];
            if (none)
                v.rows[k][i] *= 1e-9;
        }
    }
    complete(&v);
    return v;
}

START_TEST(measured_models)
{
    uint64_t state = (uint64_t)_i + 1;
    libnc_context *context;
    libnc_model *model;
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    vectors v = random_vectors(&state);
    libnc_report *report = measure(context, &v, &model);
    libnc_minority *m = empty(context, &v);
    group_by_count(&v);
    ck_assert_int_eq(libnc_minority_from_report(m, report, 1), LIBNC_OK);
    compare(m, &v, 1e-9);
    group_freely(&v, &state);
    if (v.groups <= v.classes) {
        ck_assert_int_eq(libnc_minority_set_groups(m, v.group, v.classes), LIBNC_OK);
        ck_assert_int_eq(libnc_minority_from_report(m, report, 1), LIBNC_OK);
        compare(m, &v, 1e-9);
    }
    group_by_count(&v);
    ck_assert_int_eq(libnc_minority_set_groups(m, NULL, 0), LIBNC_OK);
    ck_assert_int_eq(libnc_minority_from_report(m, report, 1), LIBNC_OK);
    compare(m, &v, 1e-9);
    libnc_minority_destroy(m);
    libnc_report_destroy(report);
    libnc_model_destroy(model);
    libnc_context_destroy(context);
}
END_TEST

/* Features from elsewhere: class 1 has no sample, and no classifier is known. */
START_TEST(features_without_classifier)
{
    static const double rows[] = {1, 0, 1, 0, 0, 2, 0, 2, -1, 1};
    static const int32_t labels[] = {0, 0, 2, 3, 4};
    libnc_context *context;
    libnc_accumulator *accumulator;
    libnc_report *report;
    libnc_minority *m;
    double value;
    int32_t state;
    int64_t number, group[5];
    ck_assert_int_eq(libnc_context_create(&context), LIBNC_OK);
    ck_assert_int_eq(libnc_accumulator_create(&accumulator, context, 5, 2), LIBNC_OK);
    ck_assert_int_eq(
        libnc_accumulator_update(accumulator, rows, LIBNC_FLOAT64, 5, 2, labels, LIBNC_LABEL_INT32),
        LIBNC_OK);
    ck_assert_int_eq(libnc_report_create(&report, context), LIBNC_OK);
    ck_assert_int_eq(libnc_report_measure_features(
                         report, (const libnc_accumulator *const[]){accumulator}, NULL, NULL, 1),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_minority_create(&m, context), LIBNC_OK);
    ck_assert_int_eq(libnc_minority_from_report(m, report, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_minority_groups(m), 2);
    ck_assert_int_eq(libnc_minority_group_of(m, group, 5), LIBNC_OK);
    ck_assert(group[0] == 0 && group[1] == -1 && group[2] == 1 && group[3] == 1 && group[4] == 1);
    ck_assert_int_eq(libnc_minority_cosine(m, LIBNC_MINORITY_VECTORS_MEANS, 1, 1,
                                           LIBNC_MINORITY_STATISTIC_MAXIMUM, &value),
                     LIBNC_OK);
    assert_relative(value, 1, 1e-15);
    ck_assert_int_eq(libnc_minority_cosine(m, LIBNC_MINORITY_VECTORS_MEANS, 0, 1,
                                           LIBNC_MINORITY_STATISTIC_MEAN, &value),
                     LIBNC_OK);
    assert_relative(value, -sqrt(.5) / 3, 1e-14);
    ck_assert_int_eq(libnc_minority_state(m, LIBNC_MINORITY_VECTORS_ROWS, 0, &state),
                     LIBNC_ERROR_STATE);
    ck_assert_int_eq(libnc_minority_distinct(m, -1, &number, NULL), LIBNC_ERROR_STATE);
    ck_assert_int_eq(libnc_minority_set_groups(m, (int64_t[]){0, 1, 0, 0, 0}, 5), LIBNC_OK);
    ck_assert_int_eq(libnc_minority_from_report(m, report, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_minority_group(m, 1, &number, NULL, &group[0]), LIBNC_OK);
    ck_assert(number == 0 && group[0] == -1);
    ck_assert_int_eq(libnc_minority_state(m, LIBNC_MINORITY_VECTORS_MEANS, 1, &state), LIBNC_OK);
    ck_assert_int_eq(state, LIBNC_MINORITY_STATE_LOST);
    ck_assert_int_eq(libnc_minority_norm(m, LIBNC_MINORITY_VECTORS_MEANS, 1, 1, &value), LIBNC_OK);
    ck_assert(isnan(value));
    libnc_minority_destroy(m);
    libnc_report_destroy(report);
    libnc_accumulator_destroy(accumulator);
    libnc_context_destroy(context);
}
END_TEST

/* ---- geometries ---- */

static void take_factors(const libnc_geometry *geometry, vectors *v)
{
    static double rows[MOST_CLASSES * MOST_WIDTH], means[MOST_CLASSES * MOST_WIDTH];
    const int64_t *counts = libnc_classes_counts(libnc_geometry_classes(geometry));
    v->width = v->classes;
    const size_t size = (size_t)(v->classes * v->width);
    ck_assert_int_eq(libnc_geometry_factors(geometry, v->width, rows, means, size), LIBNC_OK);
    for (int64_t k = 0; k < v->classes; k++) {
        v->counts[k] = counts[k];
        memcpy(v->rows[k], rows + k * v->width, (size_t)v->width * sizeof *rows);
        memcpy(v->means[k], means + k * v->width, (size_t)v->width * sizeof *means);
    }
    complete(v);
}

/* The geometry's own groups as oracle's groups. */
static void take_groups(const libnc_geometry *geometry, vectors *v)
{
    int32_t groups[MOST_CLASSES];
    ck_assert_int_eq(libnc_geometry_groups(geometry, &v->groups, groups, (size_t)v->classes),
                     LIBNC_OK);
    for (int64_t k = 0; k < v->classes; k++)
        v->group[k] = groups[k];
}

static void check_geometry(const fixture *f, uint64_t *state)
{
    static vectors v;
    memset(&v, 0, sizeof v);
    v.classes = libnc_classes_count(f->classes);
    v.tolerance = v.vanishing = 1e-6;
    libnc_minority *m = empty(f->context, &v);
    take_factors(f->geometry, &v);
    take_groups(f->geometry, &v);
    ck_assert_int_eq(libnc_minority_from_geometry(m, f->geometry, 1), LIBNC_OK);
    compare(m, &v, 1e-9);
    group_freely(&v, state);
    ck_assert_int_eq(libnc_minority_set_groups(m, v.group, v.classes), LIBNC_OK);
    ck_assert_int_eq(libnc_minority_from_geometry(m, f->geometry, 1), LIBNC_OK);
    compare(m, &v, 1e-9);
    libnc_minority_destroy(m);
}

/* Three sizes in any order, at prices from apart to zero, with and without symmetry. */
START_TEST(cross_entropy_geometries)
{
    uint64_t state = (uint64_t)_i + 100;
    imbalance p = {.classes = whole(&state, 5, 12), .energy = _i % 2};
    static const int64_t sizes[] = {40, 9, 2};
    for (int64_t k = 0; k < p.classes; k++) {
        p.counts[k] = sizes[whole(&state, 0, 2)];
        p.weights[k] = 1;
    }
    if (whole(&state, 0, 3) == 0)
        p.weights[p.classes - 1] = 2;
    p.bias = whole(&state, 0, 1);
    p.price = p.energy ? .2 + uniform(&state) : pow(10, -1 - 2 * uniform(&state));
    fixture f = pose(&p);
    for (int64_t symmetry = 0; symmetry <= 1; symmetry++) {
        set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_SYMMETRY, symmetry);
        ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
        check_geometry(&f, &state);
    }
    release(&f);
}
END_TEST

/* Lost classes, ties (only some directions of a group are kept), a bias. */
START_TEST(mean_square_geometries)
{
    uint64_t state = (uint64_t)_i + 200;
    static const int64_t counts[] = {8, 4, 4, 8, 4, 2, 2};
    const setting s = {.counts = counts,
                       .classes = 7,
                       .depth = 1,
                       .bias = _i % 2,
                       .width = _i < 6 ? 0 : 2 + _i % 4,
                       .decay = pow(10, -4 + .25 * _i),
                       .feature_decay = .02};
    fixture f = solve(&s);
    check_geometry(&f, &state);
    release(&f);
}
END_TEST

/* Of a deep head, layer by layer: W_1 .. W_M share the singular directions. */
START_TEST(layers_of_a_deep_head)
{
    static const int64_t counts[] = {8, 4, 4, 8};
    const setting s = {.counts = counts, .classes = 4, .depth = 3, .decay = .001};
    fixture f = solve(&s);
    libnc_minority *m = NULL;
    ck_assert_int_eq(libnc_minority_create(&m, f.context), LIBNC_OK);
    for (int32_t layer = 1; layer <= 3; layer++) {
        double classifier[4], features[4], value;
        ck_assert_int_eq(libnc_geometry_lengths(f.geometry, layer, classifier, features, 4),
                         LIBNC_OK);
        ck_assert_int_eq(libnc_minority_from_geometry(m, f.geometry, layer), LIBNC_OK);
        ck_assert_int_eq(libnc_minority_norm(m, LIBNC_MINORITY_VECTORS_ROWS, 1,
                                             LIBNC_MINORITY_STATISTIC_MEAN, &value),
                         LIBNC_OK);
        assert_relative(value, sqrt(classifier[1]), 1e-14);
        ck_assert_int_eq(libnc_minority_norm(m, LIBNC_MINORITY_VECTORS_MEANS, 0,
                                             LIBNC_MINORITY_STATISTIC_MAXIMUM, &value),
                         LIBNC_OK);
        assert_relative(value, sqrt(features[0]), 1e-14);
        ck_assert_int_eq(libnc_minority_cosine(m, LIBNC_MINORITY_VECTORS_ROWS, 0, 1,
                                               LIBNC_MINORITY_STATISTIC_MAXIMUM, &value),
                         LIBNC_OK);
        ck_assert(value == 0);
    }
    libnc_minority_destroy(m);
    release(&f);
}
END_TEST

/* A geometry and a model that has its factors are described alike. */
START_TEST(geometry_and_model_agree)
{
    imbalance p = {.classes = 8, .counts = {30, 2, 2, 30, 7, 7, 2, 30}, .price = .02};
    fixture f = solve_imbalance(&p);
    static vectors v;
    libnc_model *model;
    memset(&v, 0, sizeof v);
    v.classes = 8;
    v.tolerance = v.vanishing = 1e-6;
    take_factors(f.geometry, &v);
    group_by_count(&v);
    libnc_report *report = measure(f.context, &v, &model);
    libnc_minority *m = empty(f.context, &v);
    ck_assert_int_eq(libnc_minority_from_report(m, report, 1), LIBNC_OK);
    compare(m, &v, 1e-9);
    ck_assert_int_eq(libnc_minority_from_geometry(m, f.geometry, 1), LIBNC_OK);
    compare(m, &v, 1e-9);
    libnc_minority_destroy(m);
    libnc_report_destroy(report);
    libnc_model_destroy(model);
    release(&f);
}
END_TEST

/* ---- Fang et al., Figure 3: K = 10, E_W = 1, E_H = 5, R = 10^(0.1 i), to the digits known ---- */

typedef struct point {
    int64_t majority;
    int i;
    double minority_cosine, majority_cosine, majority_norm, minority_norm;
    int32_t state;
    int64_t predictions;
} point;

static const point FIGURE[] = {
    {3, 10, -.02023185946, -.1707686193, 1.380352822, .7822931706, LIBNC_MINORITY_STATE_SEPARATE,
     10},
    {3, 23, .7247706231, -.186434107, 1.727284927, .3871984746, LIBNC_MINORITY_STATE_SEPARATE, 10},
    {3, 24, 1, -.1880528106, 1.749443637, .341914935, LIBNC_MINORITY_STATE_MERGED, 4},
    {5, 10, .5174962395, -.1674901062, 1.343823081, .4406126838, LIBNC_MINORITY_STATE_SEPARATE, 10},
    {5, 11, 1, -.1718569456, 1.371979354, .343034467, LIBNC_MINORITY_STATE_MERGED, 6},
    {7, 6, .9583251339, -.1474126058, 1.172238698, .356368268, LIBNC_MINORITY_STATE_SEPARATE, 10},
    {7, 7, 1, -.1600724166, 1.187424086, .2083012636, LIBNC_MINORITY_STATE_MERGED, 8},
    {7, 8, NAN, -.1666666667, 1.19522861, 0, LIBNC_MINORITY_STATE_LOST, 8},
    {7, 40, NAN, -.1666666667, 1.19522861, 0, LIBNC_MINORITY_STATE_LOST, 8},
};

START_TEST(figure_of_fang_et_al)
{
    const point *known = &FIGURE[_i];
    imbalance p = peeled_problem(10, known->majority, pow(10, .1 * known->i), sqrt(5));
    fixture f = pose(&p);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_CLASSIFIER_ENERGY, 1);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_FEATURE_ENERGY, 5);
    libnc_minority *m = NULL;
    double value;
    int32_t state;
    int64_t predictions, rows;
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    ck_assert_int_eq(libnc_minority_create(&m, f.context), LIBNC_OK);
    ck_assert_int_eq(libnc_minority_from_geometry(m, f.geometry, 1), LIBNC_OK);
    for (int32_t s = LIBNC_MINORITY_STATISTIC_MEAN; s <= LIBNC_MINORITY_STATISTIC_MAXIMUM; s++) {
        ck_assert_int_eq(libnc_minority_cosine(m, LIBNC_MINORITY_VECTORS_ROWS, 1, 1, s, &value),
                         LIBNC_OK);
        assert_near(value, known->minority_cosine, 1e-6, "minority cosine");
        ck_assert_int_eq(libnc_minority_cosine(m, LIBNC_MINORITY_VECTORS_ROWS, 0, 0, s, &value),
                         LIBNC_OK);
        assert_near(value, known->majority_cosine, 1e-6, "majority cosine");
        ck_assert_int_eq(libnc_minority_norm(m, LIBNC_MINORITY_VECTORS_ROWS, 0, s, &value),
                         LIBNC_OK);
        assert_near(value, known->majority_norm, 1e-6, "majority norm");
        ck_assert_int_eq(libnc_minority_norm(m, LIBNC_MINORITY_VECTORS_ROWS, 1, s, &value),
                         LIBNC_OK);
        assert_near(value, known->minority_norm, 1e-6, "minority norm");
    }
    for (int32_t family = LIBNC_MINORITY_VECTORS_ROWS; family <= LIBNC_MINORITY_VECTORS_MEANS;
         family++) {
        ck_assert_int_eq(libnc_minority_state(m, family, 1, &state), LIBNC_OK);
        ck_assert_int_eq(state, known->state);
        ck_assert_int_eq(libnc_minority_state(m, family, 0, &state), LIBNC_OK);
        ck_assert_int_eq(state, LIBNC_MINORITY_STATE_SEPARATE);
    }
    ck_assert_int_eq(libnc_minority_distinct(m, -1, &predictions, &rows), LIBNC_OK);
    ck_assert_int_eq(predictions, known->predictions);
    ck_assert_int_eq(rows, known->predictions);
    libnc_minority_destroy(m);
    release(&f);
}
END_TEST

/* Everything zero: all vanish, one prediction is left, no cosine is defined. */
START_TEST(total_collapse)
{
    imbalance p = {.classes = 5, .counts = {9, 9, 4, 4, 4}, .price = 10};
    fixture f = solve_imbalance(&p);
    libnc_minority *m = NULL;
    double value;
    int32_t state;
    int64_t predictions, rows;
    ck_assert_int_eq(libnc_minority_create(&m, f.context), LIBNC_OK);
    ck_assert_int_eq(libnc_minority_from_geometry(m, f.geometry, 1), LIBNC_OK);
    for (int32_t family = 1; family <= FAMILIES; family++)
        for (int64_t g = 0; g < 2; g++) {
            ck_assert_int_eq(libnc_minority_state(m, family, g, &state), LIBNC_OK);
            ck_assert_int_eq(state, LIBNC_MINORITY_STATE_LOST);
            ck_assert_int_eq(libnc_minority_cosine(m, family, g, 0, 1, &value), LIBNC_OK);
            ck_assert(isnan(value));
            ck_assert_int_eq(libnc_minority_norm(m, family, g, 3, &value), LIBNC_OK);
            ck_assert(value == 0);
        }
    ck_assert_int_eq(libnc_minority_distinct(m, -1, &predictions, &rows), LIBNC_OK);
    ck_assert(predictions == 1 && rows == 1);
    libnc_minority_destroy(m);
    release(&f);
}
END_TEST

/* 100,000 classes of three sizes: no K x K matrix is made. */
START_TEST(many_classes)
{
    enum { K = 100000 };
    faults memory = {0};
    libnc_context *context;
    libnc_classes *classes;
    libnc_geometry *geometry;
    libnc_minority *m;
    int64_t *counts = calloc(K, sizeof *counts), predictions, samples;
    double cosine;
    for (int64_t k = 0; k < K; k++)
        counts[k] = k % 10 == 0 ? 100 : k % 10 < 4 ? 20 : 1;
    ck_assert_int_eq(
        libnc_context_create_with_allocator(&context, faults_allocate, faults_release, &memory),
        LIBNC_OK);
    ck_assert_int_eq(libnc_classes_from_counts(&classes, context, counts, K), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_create(&geometry, classes, 1), LIBNC_OK);
    set_integer(geometry, LIBNC_GEOMETRY_OPTION_LOSS, CE);
    /* sqrt(1)/N < c < sqrt(20)/N: only the rarest classes are merged */
    const double decay = 2. / (double)libnc_classes_samples(classes);
    set_number(geometry, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, decay);
    ck_assert_int_eq(libnc_geometry_set_weight_decay(geometry, &decay, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_solve(geometry), LIBNC_OK);
    ck_assert_int_eq(libnc_minority_create(&m, context), LIBNC_OK);
    ck_assert_int_eq(libnc_minority_from_geometry(m, geometry, 1), LIBNC_OK);
    ck_assert_int_lt(memory.peak_bytes, 32 << 20);
    ck_assert_int_eq(libnc_minority_groups(m), 3);
    ck_assert_int_eq(libnc_minority_group(m, 2, NULL, &samples, NULL), LIBNC_OK);
    ck_assert_int_eq(samples, 60000);
    ck_assert_int_eq(libnc_minority_distinct(m, -1, &predictions, NULL), LIBNC_OK);
    ck_assert_int_eq(predictions, 40001);
    ck_assert_int_eq(libnc_minority_cosine(m, LIBNC_MINORITY_VECTORS_MEANS, 2, 2,
                                           LIBNC_MINORITY_STATISTIC_MINIMUM, &cosine),
                     LIBNC_OK);
    ck_assert(isnan(cosine) || cosine > 1 - 1e-12);
    libnc_minority_destroy(m);
    libnc_geometry_destroy(geometry);
    libnc_classes_destroy(classes);
    libnc_context_destroy(context);
    ck_assert_int_eq(memory.live, 0);
    free(counts);
}
END_TEST

/* ---- errors ---- */

START_TEST(clear_errors)
{
    imbalance p = {.classes = 4, .counts = {9, 9, 4, 4}, .price = .01};
    fixture f = pose(&p);
    libnc_context *c = f.context;
    libnc_minority *m;
    libnc_report *report;
    int64_t number = 17, groups[4] = {0, 1, 2, 3};
    double value = 17;
    int32_t state = 17;
    ck_assert_int_eq(libnc_minority_create(&m, c), LIBNC_OK);
    ck_assert_int_eq(libnc_report_create(&report, c), LIBNC_OK);
    ck_assert_int_eq(libnc_minority_groups(m), 0);
    expect(c, libnc_minority_from_geometry(m, f.geometry, 1), LIBNC_ERROR_STATE, "not solved");
    expect(c, libnc_minority_from_report(m, report, 1), LIBNC_ERROR_STATE, "nothing was measured");
    expect(c, libnc_minority_norm(m, 1, 0, 1, &value), LIBNC_ERROR_STATE, "nothing was described");
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    expect(c, libnc_minority_from_geometry(m, f.geometry, 2), LIBNC_ERROR_ARGUMENT, "layer = 2");
    groups[2] = 1;
    expect(c, libnc_minority_set_groups(m, groups, 4), LIBNC_ERROR_ARGUMENT, "group 2");
    groups[2] = -1;
    expect(c, libnc_minority_set_groups(m, groups, 4), LIBNC_ERROR_ARGUMENT, "groups[2] = -1");
    groups[2] = 2;
    ck_assert_int_eq(libnc_minority_set_groups(m, groups, 3), LIBNC_OK);
    expect(c, libnc_minority_from_geometry(m, f.geometry, 1), LIBNC_ERROR_DIMENSION, "4 classes");
    ck_assert_int_eq(libnc_minority_set_groups(m, groups, 4), LIBNC_OK);
    ck_assert_int_eq(libnc_minority_from_geometry(m, f.geometry, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_minority_groups(m), 4);
    expect(c, libnc_minority_norm(m, 4, 0, 1, &value), LIBNC_ERROR_ARGUMENT, "vectors = 4");
    expect(c, libnc_minority_norm(m, 1, 4, 1, &value), LIBNC_ERROR_ARGUMENT, "group = 4");
    expect(c, libnc_minority_norm(m, 1, 0, 5, &value), LIBNC_ERROR_ARGUMENT, "statistic = 5");
    expect(c, libnc_minority_cosine(m, 1, 0, -1, 1, &value), LIBNC_ERROR_ARGUMENT, "other = -1");
    expect(c, libnc_minority_state(m, 0, 0, &state), LIBNC_ERROR_ARGUMENT, "vectors = 0");
    expect(c, libnc_minority_distinct(m, -2, &number, NULL), LIBNC_ERROR_ARGUMENT, "group = -2");
    expect(c, libnc_minority_group_of(m, groups, 3), LIBNC_ERROR_DIMENSION, "size = 3");
    ck_assert(number == 17 && value == 17 && state == 17);
    libnc_report_destroy(report);
    libnc_minority_destroy(m);
    release(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("minority");
    TCase *tests = add_case(suite, "minority", 60);
    tcase_add_loop_test(tests, measured_models, 0, 40);
    tcase_add_test(tests, features_without_classifier);
    tcase_add_loop_test(tests, cross_entropy_geometries, 0, 24);
    tcase_add_loop_test(tests, mean_square_geometries, 0, 14);
    tcase_add_test(tests, layers_of_a_deep_head);
    tcase_add_test(tests, geometry_and_model_agree);
    tcase_add_loop_test(tests, figure_of_fang_et_al, 0, (int)(sizeof FIGURE / sizeof *FIGURE));
    tcase_add_test(tests, total_collapse);
    tcase_add_test(tests, many_classes);
    tcase_add_test(tests, clear_errors);
    return run_suite(suite);
}
