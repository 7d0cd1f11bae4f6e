/* SPDX-License-Identifier: MIT
 *
 * test_deep.c: cross-entropy with two and more layers through the public interface: values, the
 * getters against the full training problem (brute.h), shapes, and the second-order check.
 */
#include "support/brute.h"
#include "support/geometry_fixture.h"

#include <stdbool.h>
#include <string.h>

enum { MOST_CLASSES = 10, MOST_WIDTH = 11, MOST_PARAMETERS = 2000 };

static const int64_t ONE[MOST_CLASSES] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
static const int64_t FIVE[MOST_CLASSES] = {5, 5, 5, 5, 5, 5, 5, 5, 5, 5};
static const int64_t SPREAD[] = {6, 3, 2, 1};

static fixture solve_search(const setting *s, int64_t starts)
{
    fixture f = prepare(s);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_STARTS, starts);
    ck_assert_msg(libnc_geometry_solve(f.geometry) == LIBNC_OK, "%s",
                  libnc_context_error(f.context));
    return f;
}

static setting equal_decays(const int64_t *counts, int64_t classes, int32_t depth, double decay)
{
    return (setting){.counts = counts,
                     .classes = classes,
                     .depth = depth,
                     .loss = CE,
                     .feature_decay = decay,
                     .decay = decay};
}

static int32_t kind_of(const fixture *f)
{
    int32_t kind;
    ck_assert_int_eq(libnc_geometry_structure(f->geometry, &kind), LIBNC_OK);
    return kind;
}

/* ---- values ---- */

typedef struct known {
    const int64_t *counts;
    int64_t classes;
    int32_t depth;
    double decay, etf, found;
    int64_t rank;
    int32_t kind;
} known;

/* doc/deep_cross_entropy.md. */
static const known KNOWN[] = {
    {ONE, 4, 3, 5e-3, .080769163, .074161023, 2, LIBNC_GEOMETRY_KIND_ORTHOPLEX},
    {ONE, 6, 2, 5e-3, .136042758, .127274468, 3, LIBNC_GEOMETRY_KIND_ORTHOPLEX},
    {FIVE, 10, 2, 0x1p-10, .090662183, .080012659, 5, LIBNC_GEOMETRY_KIND_ORTHOPLEX},
    {ONE, 5, 2, 2e-3, .047510958, .047126363, 3, LIBNC_GEOMETRY_KIND_BLOCKS},
    {ONE, 4, 2, 5e-3, .081648855, .081648855, 3, LIBNC_GEOMETRY_KIND_SIMPLEX},
    {ONE, 3, 2, 5e-3, .054440278, .054440278, 2, LIBNC_GEOMETRY_KIND_SIMPLEX},
};
enum { KNOWN_COUNT = sizeof KNOWN / sizeof *KNOWN };

START_TEST(known_values)
{
    const known *k = &KNOWN[_i];
    const setting s = equal_decays(k->counts, k->classes, k->depth, k->decay);
    fixture f = solve_search(&s, 10);
    double loss, gap, etf, scale;
    int64_t rank, starts, hits;
    ck_assert_int_eq(libnc_geometry_status(f.geometry), LIBNC_GEOMETRY_BEST_KNOWN);
    ck_assert_int_eq(libnc_geometry_loss(f.geometry, &loss, &gap), LIBNC_OK);
    ck_assert(isnan(gap));
    ck_assert_double_le(loss, k->found + 5e-10);
    ck_assert_double_ge(loss, k->found - 1e-9);
    ck_assert_int_eq(libnc_geometry_etf(f.geometry, &etf, &scale), LIBNC_OK);
    ck_assert_double_eq_tol(etf, k->etf, 1e-9);
    ck_assert_double_le(loss, etf * (1 + 1e-13));
    ck_assert_int_eq(libnc_geometry_rank(f.geometry, &rank), LIBNC_OK);
    ck_assert_int_eq(rank, k->rank);
    ck_assert_int_eq(libnc_geometry_search(f.geometry, &starts, &hits), LIBNC_OK);
    ck_assert(starts > 10 && hits >= 1 && hits <= starts);
    ck_assert_int_eq(is_unique(&f), k->kind == LIBNC_GEOMETRY_KIND_SIMPLEX);
    ck_assert_str_eq(libnc_geometry_kind_name(kind_of(&f)), libnc_geometry_kind_name(k->kind));
    /* without a search the ETF itself, with the same value */
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_STARTS, 0);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_status(f.geometry), LIBNC_GEOMETRY_CRITICAL_POINT);
    ck_assert_double_eq(loss_of(&f), etf);
    ck_assert_int_eq(kind_of(&f), LIBNC_GEOMETRY_KIND_SIMPLEX);
    ck_assert_int_eq(libnc_geometry_search(f.geometry, &starts, NULL), LIBNC_OK);
    ck_assert_int_eq(starts, 0);
    release(&f);
}
END_TEST

/* ---- getters against the full problem ---- */

static const double LAYERS[] = {0.02, 0.004, 0.01};

/* Bias, smoothing, unequal decays and counts, a bottleneck, and all at once. */
static const setting PROBLEMS[] = {
    {.counts = ONE, .classes = 4, .depth = 3, .loss = CE, .feature_decay = 5e-3, .decay = 5e-3},
    {.counts = SPREAD, .classes = 4, .depth = 2, .loss = CE, .feature_decay = 2e-3, .decay = 8e-3},
    {.counts = ONE,
     .classes = 5,
     .depth = 3,
     .loss = CE,
     .bias = 1,
     .smoothing = 0.05,
     .feature_decay = 3e-3,
     .decays = LAYERS},
    {.counts = SPREAD,
     .classes = 4,
     .depth = 3,
     .loss = CE,
     .bias = 1,
     .width = 2,
     .feature_decay = 1e-3,
     .decays = LAYERS},
    {.counts = ONE, .classes = 3, .depth = 1, .loss = CE, .feature_decay = 4e-2, .decay = 1e-2},
};
enum { PROBLEM_COUNT = sizeof PROBLEMS / sizeof *PROBLEMS };

static brute brute_of(const setting *s, int width)
{
    brute p = {.classes = (int)s->classes,
               .width = width,
               .depth = s->depth,
               .bias = (int)s->bias,
               .loss = BRUTE_CE,
               .counts = s->counts,
               .smoothing = s->smoothing,
               .gamma = 2,
               .feature_decay = s->feature_decay};
    for (int j = 0; j < s->depth; j++)
        p.decays[j] = s->decays ? s->decays[j] : s->decay;
    return p;
}

/* Parameters of the full problem: values + t change of the curvature's layers. */
static void unfold(const brute *p, const libnc_curvature *curvature, double t, double *x)
{
    static double values[MOST_PARAMETERS], change[MOST_PARAMETERS];
    const int d = p->width, samples = brute_samples(p);
    for (int j = 1; j <= p->depth; j++) {
        const int rows = brute_rows(p, j);
        ck_assert_int_eq(libnc_curvature_layer(curvature, j, rows, d, values, change), LIBNC_OK);
        for (int i = 0; i < rows * d; i++)
            x[brute_offset(p, j - 1) + i] = values[i] + t * change[i];
    }
    ck_assert_int_eq(libnc_curvature_layer(curvature, 0, p->classes, d, values, change), LIBNC_OK);
    for (int i = 0; i < d; i++)
        for (int n = 0; n < samples; n++) {
            const int at = brute_label(p, n) * d + i;
            x[brute_offset(p, p->depth) + i * samples + n] = values[at] + t * change[at];
        }
    ck_assert_int_eq(libnc_curvature_bias(curvature, values, change, (size_t)p->classes), LIBNC_OK);
    for (int k = 0; k < p->classes && p->bias; k++)
        x[brute_offset(p, p->depth + 1) + k] = values[k] + t * change[k];
}

/* The parameters at a wider width give the value, are stationary, and have the eigenvalue as second
 * difference along the direction. */
START_TEST(parameters_solve_the_full_problem)
{
    const setting *s = &PROBLEMS[_i];
    static double x[MOST_PARAMETERS], gradient[MOST_PARAMETERS];
    fixture f = solve_search(s, 10);
    const brute p = brute_of(s, (int)s->classes + 1);
    const int size = brute_size(&p);
    libnc_curvature *curvature;
    double eigenvalue, residual;
    int32_t saddle;
    ck_assert_int_le(size, MOST_PARAMETERS);
    ck_assert_int_eq(libnc_curvature_create(&curvature, f.geometry, LIBNC_CURVATURE_SOLUTION),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_curvature_eigenvalue(curvature, &eigenvalue, &residual, &saddle),
                     LIBNC_OK);
    unfold(&p, curvature, 0, x);
    const double value = brute_objective(&p, x, gradient);
    ck_assert_double_eq_tol(value, loss_of(&f), 1e-12);
    for (int i = 0; i < size; i++)
        ck_assert_double_eq_tol(gradient[i], 0, 1e-9);
    const double t = 1e-2;
    unfold(&p, curvature, t, x);
    const double above = brute_objective(&p, x, gradient);
    unfold(&p, curvature, -t, x);
    const double below = brute_objective(&p, x, gradient);
    ck_assert_double_eq_tol((above + below - 2 * value) / (t * t), eigenvalue,
                            0.02 * fabs(eigenvalue) + 1e-7);
    ck_assert_int_eq(saddle, 0); /* a search does not end on one */
    ck_assert_double_gt(eigenvalue, 0);
    libnc_curvature_destroy(curvature);
    release(&f);
}
END_TEST

/* Logits, Gram matrices, lengths, layers and factors tell of one and the same point. */
START_TEST(getters_agree)
{
    const setting *s = &PROBLEMS[_i];
    fixture f = solve_search(s, 5);
    const size_t k = (size_t)s->classes;
    double gram[25], other[25], left[25], right[25], lengths[5], values[5], layer[5], logits[25];
    int64_t rank;
    ck_assert_int_eq(libnc_geometry_rank(f.geometry, &rank), LIBNC_OK);
    if (s->width > 0)
        ck_assert_int_le(rank, s->width);
    ck_assert_int_eq(libnc_geometry_factors(f.geometry, s->classes, left, right, k * k), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_classifier_gram(f.geometry, 1, gram, k * k), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_feature_gram(f.geometry, 1, other, k * k), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_logits(f.geometry, logits, k * k), LIBNC_OK);
    for (size_t a = 0; a < k; a++)
        for (size_t b = 0; b < k; b++) {
            double rows = 0, means = 0, product = 0;
            for (size_t i = 0; i < k; i++) {
                rows += left[a * k + i] * left[b * k + i];
                means += right[a * k + i] * right[b * k + i];
                product += left[a * k + i] * right[b * k + i];
            }
            ck_assert_double_eq_tol(rows, gram[a * k + b], 1e-10);
            ck_assert_double_eq_tol(means, other[a * k + b], 1e-10);
            ck_assert_double_eq_tol(product, logits[a * k + b], 1e-10);
        }
    ck_assert_int_eq(libnc_geometry_lengths(f.geometry, 1, NULL, lengths, k), LIBNC_OK);
    for (size_t a = 0; a < k; a++)
        ck_assert_double_eq_tol(lengths[a], other[a * k + a], 1e-10);
    ck_assert_int_eq(libnc_geometry_singular_values(f.geometry, values, k), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_layer_singular_values(f.geometry, 0, layer, k), LIBNC_OK);
    double cost;
    ck_assert_int_eq(libnc_geometry_multiplier(f.geometry, &cost), LIBNC_OK);
    for (size_t i = 0; i < k; i++) /* lh sigma(H)^2 = c s^{2/(M+1)} */
        assert_relative(s->feature_decay * layer[i] * layer[i],
                        cost * pow(values[i], 2 / (s->depth + 1.0)), 1e-10);
    release(&f);
}
END_TEST

/* ---- shapes ---- */

typedef struct shaped {
    setting problem;
    int32_t kind;
    const char *name;
} shaped;

static const int64_t PAIRED[] = {20, 20, 2, 2};

static const shaped SHAPED[] = {
    {{.counts = ONE, .classes = 4, .depth = 3, .loss = CE, .feature_decay = 1, .decay = 1},
     LIBNC_GEOMETRY_KIND_ZERO,
     "zero"},
    {{.counts = ONE, .classes = 5, .depth = 1, .loss = CE, .feature_decay = .01, .decay = .01},
     LIBNC_GEOMETRY_KIND_SIMPLEX,
     "simplex"},
    {{.counts = ONE, .classes = 8, .depth = 2, .loss = CE, .feature_decay = 1e-3, .decay = 1e-3},
     LIBNC_GEOMETRY_KIND_ORTHOPLEX,
     "orthoplex"},
    {{.counts = PAIRED, .classes = 4, .depth = 2, .loss = CE, .feature_decay = 5e-3, .decay = 5e-3},
     LIBNC_GEOMETRY_KIND_PAIRS,
     "antipodal pairs"},
    {{.counts = ONE,
      .classes = 5,
      .depth = 2,
      .loss = CE,
      .width = 2,
      .feature_decay = 1e-3,
      .decay = 1e-3},
     LIBNC_GEOMETRY_KIND_PENTAGON,
     "pentagon"},
    {{.counts = ONE,
      .classes = 6,
      .depth = 2,
      .loss = CE,
      .width = 2,
      .feature_decay = 1e-3,
      .decay = 1e-3},
     LIBNC_GEOMETRY_KIND_POLYGON,
     "polygon"},
    {{.counts = SPREAD, .classes = 4, .depth = 2, .loss = MSE, .feature_decay = .01, .decay = .01},
     LIBNC_GEOMETRY_KIND_FRAME,
     "orthogonal frame"},
    {{.counts = ONE, .classes = 7, .depth = 2, .loss = CE, .feature_decay = 1e-3, .decay = 1e-3},
     LIBNC_GEOMETRY_KIND_BLOCKS,
     "blocks"},
    {{.counts = ONE, .classes = 10, .depth = 3, .loss = CE, .feature_decay = 1e-3, .decay = 1e-3},
     LIBNC_GEOMETRY_KIND_OTHER,
     "other"},
};
enum { SHAPED_COUNT = sizeof SHAPED / sizeof *SHAPED };

START_TEST(shapes_have_names)
{
    const shaped *s = &SHAPED[_i];
    fixture f = solve_search(&s->problem, 10);
    ck_assert_str_eq(libnc_geometry_kind_name(kind_of(&f)), s->name);
    ck_assert_str_eq(libnc_geometry_kind_name(s->kind), s->name);
    release(&f);
}
END_TEST

START_TEST(unknown_kinds_are_other)
{
    ck_assert_str_eq(libnc_geometry_kind_name(-1), "other");
    ck_assert_str_eq(libnc_geometry_kind_name(100), "other");
}
END_TEST

/* K = 5, M = 2: two pairs, which lean away from the fifth class, so that none is antipodal. */
START_TEST(sets_of_classes)
{
    const setting s = equal_decays(ONE, 5, 2, 2e-3);
    fixture f = solve_search(&s, 10);
    int32_t sets[5], same[5], opposite[5];
    int64_t multiplicities[5];
    int members[3] = {0, 0, 0}, sizes[3] = {0, 0, 0};
    ck_assert_int_eq(libnc_geometry_class_sets(f.geometry, sets, same, opposite, 5), LIBNC_OK);
    for (int k = 0; k < 5; k++) {
        ck_assert(sets[k] >= 0 && sets[k] < 3);
        members[sets[k]]++;
        ck_assert_int_eq(same[k], k);
        ck_assert_int_eq(opposite[k], -1);
    }
    ck_assert_int_eq(sets[0], 0);
    for (int i = 0; i < 3; i++)
        sizes[members[i]]++;
    ck_assert(sizes[1] == 1 && sizes[2] == 2);
    ck_assert_int_eq(libnc_geometry_multiplicities(f.geometry, multiplicities, 5), LIBNC_OK);
    const int64_t expected[5] = {2, 2, 1, 0, 0};
    ck_assert_mem_eq(multiplicities, expected, sizeof expected);
    release(&f);
}
END_TEST

/* The orthoplex: pairs of opposites. The ETF: one set. */
START_TEST(pairs_and_simplex)
{
    setting s = equal_decays(ONE, 6, 2, 5e-3);
    fixture f = solve_search(&s, 5);
    int32_t sets[6], opposite[6];
    ck_assert_int_eq(libnc_geometry_class_sets(f.geometry, sets, NULL, opposite, 6), LIBNC_OK);
    for (int k = 0; k < 6; k++) {
        ck_assert(opposite[k] >= 0 && opposite[k] != k && opposite[opposite[k]] == k);
        ck_assert_int_eq(sets[opposite[k]], sets[k]);
        ck_assert(sets[k] < 3);
    }
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_STARTS, 0);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_class_sets(f.geometry, sets, NULL, opposite, 6), LIBNC_OK);
    for (int k = 0; k < 6; k++)
        ck_assert(sets[k] == 0 && opposite[k] == -1);
    release(&f);
}
END_TEST

/* Minority collapse (M = 1): the small classes share one mean. */
START_TEST(same_means)
{
    const int64_t counts[] = {100, 100, 1, 1};
    const setting s = equal_decays(counts, 4, 1, 1e-2);
    fixture f = solve_search(&s, 0);
    int32_t same[4], sets[4];
    ck_assert_int_eq(libnc_geometry_class_sets(f.geometry, sets, same, NULL, 4), LIBNC_OK);
    const int32_t expected[] = {0, 1, 2, 2}, expected_sets[] = {0, 0, 1, 1};
    ck_assert_mem_eq(same, expected, sizeof expected);
    ck_assert_mem_eq(sets, expected_sets, sizeof expected_sets);
    release(&f);
}
END_TEST

/* All means zero: no sets, all the same. */
START_TEST(sets_of_nothing)
{
    const setting s = equal_decays(ONE, 3, 2, 1);
    fixture f = solve_search(&s, 2);
    int32_t sets[3], same[3], opposite[3], lost[3];
    ck_assert_int_eq(libnc_geometry_class_sets(f.geometry, sets, same, opposite, 3), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_lost_classes(f.geometry, lost, 3), LIBNC_OK);
    for (int k = 0; k < 3; k++)
        ck_assert(sets[k] == -1 && same[k] == 0 && opposite[k] == -1 && lost[k] == 1);
    release(&f);
}
END_TEST

/* ---- settings ---- */

START_TEST(one_layer_needs_no_search)
{
    setting s = equal_decays(SPREAD, 4, 1, 1e-2);
    fixture f = solve_search(&s, 5);
    int64_t starts;
    ck_assert_int_eq(libnc_geometry_status(f.geometry), LIBNC_GEOMETRY_PROVEN);
    ck_assert_int_eq(libnc_geometry_search(f.geometry, &starts, NULL), LIBNC_OK);
    ck_assert_int_eq(starts, 0);
    release(&f);
}
END_TEST

static void assert_unsupported(fixture *f, const char *word)
{
    ck_assert_int_eq(libnc_geometry_solve(f->geometry), LIBNC_ERROR_UNSUPPORTED);
    ck_assert_msg(strstr(libnc_context_error(f->context), word), "%s",
                  libnc_context_error(f->context));
}

/* Without a search unequal counts, narrow widths and class weights are refused, with the advice. */
START_TEST(unsupported_without_a_search)
{
    const double weights[] = {1, 2, 3, 4}, twos[] = {2, 2, 2, 2};
    setting s = equal_decays(SPREAD, 4, 2, 1e-3);
    fixture f = prepare(&s);
    double loss;
    assert_unsupported(&f, "starts");
    ck_assert_int_eq(libnc_geometry_etf(f.geometry, &loss, NULL), LIBNC_ERROR_UNSUPPORTED);
    release(&f);
    s.counts = ONE;
    s.width = 2;
    f = prepare(&s);
    assert_unsupported(&f, "starts");
    release(&f);
    s.width = 0;
    f = prepare(&s);
    ck_assert_int_eq(libnc_geometry_set_class_weights(f.geometry, weights, 4), LIBNC_OK);
    assert_unsupported(&f, "starts");
    ck_assert_int_eq(libnc_geometry_etf(f.geometry, &loss, NULL), LIBNC_ERROR_UNSUPPORTED);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_STARTS, 4);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    /* equal weights, normalised, are none */
    ck_assert_int_eq(libnc_geometry_set_class_weights(f.geometry, twos, 4), LIBNC_OK);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_NORMALISE_WEIGHTS, 1);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    const double weighted = loss_of(&f);
    ck_assert_int_eq(libnc_geometry_set_class_weights(f.geometry, NULL, 0), LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    assert_relative(weighted, loss_of(&f), 1e-12);
    release(&f);
}
END_TEST

START_TEST(energies_are_not_searched)
{
    const setting s = equal_decays(ONE, 4, 2, 1e-3);
    fixture f = prepare(&s);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_STARTS, 4);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_FORM, LIBNC_GEOMETRY_FORM_ENERGY);
    assert_unsupported(&f, "form");
    release(&f);
}
END_TEST

/* One class: zero is the minimum, whatever is asked. */
START_TEST(one_class)
{
    const setting s = equal_decays(ONE, 1, 3, 1e-3);
    fixture f = solve_search(&s, 4);
    libnc_curvature *curvature;
    ck_assert_int_eq(libnc_geometry_status(f.geometry), LIBNC_GEOMETRY_PROVEN);
    ck_assert_int_eq(libnc_curvature_create(&curvature, f.geometry, LIBNC_CURVATURE_SOLUTION),
                     LIBNC_ERROR_UNSUPPORTED);
    release(&f);
}
END_TEST

static void count_lines(int32_t level, const char *text, void *user)
{
    *(int *)user += level == LIBNC_LOG_INFO && strncmp(text, "deep search: ", 13) == 0;
}

/* Progress is told; the seed matters to nothing but the way. */
START_TEST(progress_and_seed)
{
    const setting s = equal_decays(FIVE, 6, 3, 1e-3);
    fixture f = prepare(&s);
    int lines = 0;
    ck_assert_int_eq(libnc_context_set_log(f.context, count_lines, &lines, LIBNC_LOG_INFO),
                     LIBNC_OK);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_STARTS, 8);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    ck_assert_int_ge(lines, 1);
    const double loss = loss_of(&f);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_SEED, 12345);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    assert_relative(loss_of(&f), loss, 1e-12);
    release(&f);
}
END_TEST

/* Decays so small that the loss is far below rounding of 1: K = 4, M = 2 still has the ETF. */
START_TEST(tiny_decays)
{
    const setting s = equal_decays(ONE, 4, 2, 1e-20);
    fixture f = solve_search(&s, 3);
    double etf;
    ck_assert_int_eq(libnc_geometry_etf(f.geometry, &etf, NULL), LIBNC_OK);
    assert_relative(loss_of(&f), etf, 1e-12);
    release(&f);
}
END_TEST

/* ---- models ---- */

static void set_parameter(libnc_model *model, const char *name, const double *values, size_t size)
{
    int32_t index;
    ck_assert_int_eq(libnc_model_parameter_index(model, name, &index), LIBNC_OK);
    ck_assert_int_eq(libnc_model_set_parameter(model, index, values, size), LIBNC_OK);
}

/* A model that is given the solution is measured to be there, in every layer. */
START_TEST(report_finds_the_solution)
{
    static const int32_t metrics[] = {
        LIBNC_METRIC_NC2_PREDICTED_FEATURES, LIBNC_METRIC_NC2_PREDICTED_CLASSIFIER,
        LIBNC_METRIC_NC3_PREDICTED,          LIBNC_METRIC_FEATURES_ERROR,
        LIBNC_METRIC_CLASSIFIER_ERROR,       LIBNC_METRIC_SINGULAR_VALUES_ERROR};
    const setting *s = &PROBLEMS[1]; /* unequal counts, two layers, no bias */
    const int64_t widths[] = {5, 5};
    fixture f = solve_search(s, 5);
    libnc_curvature *curvature;
    libnc_model *model;
    libnc_report *report;
    double layer[25], features[12 * 5];
    ck_assert_int_eq(libnc_curvature_create(&curvature, f.geometry, LIBNC_CURVATURE_SOLUTION),
                     LIBNC_OK);
    ck_assert_int_eq(
        libnc_model_create_free(&model, f.context, LIBNC_FLOAT64, f.classes, 2, widths, 0),
        LIBNC_OK);
    ck_assert_int_eq(libnc_curvature_layer(curvature, 1, 5, 5, layer, NULL), LIBNC_OK);
    set_parameter(model, "head.1.weight", layer, 25);
    ck_assert_int_eq(libnc_curvature_layer(curvature, 2, 4, 5, layer, NULL), LIBNC_OK);
    set_parameter(model, "head.2.weight", layer, 20);
    ck_assert_int_eq(libnc_curvature_layer(curvature, 0, 4, 5, layer, NULL), LIBNC_OK);
    for (int k = 0, row = 0; k < 4; k++)
        for (int64_t n = 0; n < SPREAD[k]; n++, row++)
            memcpy(features + 5 * row, layer + 5 * k, 5 * sizeof *layer);
    set_parameter(model, "features", features, 60);
    ck_assert_int_eq(libnc_report_create(&report, f.context), LIBNC_OK);
    ck_assert_int_eq(libnc_report_measure(report, model, NULL), LIBNC_OK);
    ck_assert_int_eq(libnc_report_compare(report, f.geometry, loss_of(&f)), LIBNC_OK);
    for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++)
        for (int32_t j = 1; j <= 2; j++) {
            double value = NAN;
            ck_assert_int_eq(libnc_report_value(report, metrics[m], j, &value), LIBNC_OK);
            ck_assert_msg(value < 1e-7, "metric %d of layer %d: %g", metrics[m], j, value);
        }
    libnc_report_destroy(report);
    libnc_model_destroy(model);
    libnc_curvature_destroy(curvature);
    release(&f);
}
END_TEST

/* ---- the second-order check of the ETF ---- */

static double etf_eigenvalue(const setting *s, int32_t *saddle, double *logits, double *change)
{
    fixture f = prepare(s); /* not solved: it need not be */
    const size_t square = (size_t)(s->classes * s->classes);
    libnc_curvature *curvature;
    double eigenvalue;
    ck_assert_int_eq(libnc_curvature_create(&curvature, f.geometry, LIBNC_CURVATURE_ETF), LIBNC_OK);
    ck_assert_int_eq(libnc_curvature_eigenvalue(curvature, &eigenvalue, NULL, saddle), LIBNC_OK);
    ck_assert_int_eq(libnc_curvature_logits(curvature, logits, change, square), LIBNC_OK);
    ck_assert_int_eq(libnc_curvature_rank(curvature), s->classes - 1);
    libnc_curvature_destroy(curvature);
    release(&f);
    return eigenvalue;
}

/* Not the lowest point, yet a local minimum: all cases of KNOWN. */
START_TEST(etf_is_a_local_minimum)
{
    const known *k = &KNOWN[_i];
    const setting s = equal_decays(k->counts, k->classes, k->depth, k->decay);
    double logits[MOST_CLASSES * MOST_CLASSES], change[MOST_CLASSES * MOST_CLASSES];
    int32_t saddle;
    ck_assert_double_gt(etf_eigenvalue(&s, &saddle, logits, change), 1e-3 * k->decay);
    ck_assert_int_eq(saddle, 0);
    for (int i = 0; i < k->classes; i++)
        ck_assert_double_eq_tol(logits[i],
                                i == 0 ? logits[0] : -logits[0] / (double)(k->classes - 1), 1e-10);
}
END_TEST

/* Where decays are large the ETF is a strict saddle, and moving the logits along the direction with
 * the layers of libnc_curvature_layer() leads down. */
START_TEST(etf_is_a_strict_saddle)
{
    const setting s = equal_decays(ONE, 8, 3, 5e-2);
    const brute p = brute_of(&s, 9);
    static double x[MOST_PARAMETERS], gradient[MOST_PARAMETERS];
    fixture f = prepare(&s);
    libnc_curvature *curvature;
    double eigenvalue, etf;
    int32_t saddle;
    ck_assert_int_eq(libnc_curvature_create(&curvature, f.geometry, LIBNC_CURVATURE_ETF), LIBNC_OK);
    ck_assert_int_eq(libnc_curvature_eigenvalue(curvature, &eigenvalue, NULL, &saddle), LIBNC_OK);
    ck_assert_int_eq(saddle, 1);
    ck_assert_double_lt(eigenvalue, -1e-3);
    ck_assert_int_eq(libnc_geometry_etf(f.geometry, &etf, NULL), LIBNC_OK);
    unfold(&p, curvature, 0, x);
    ck_assert_double_eq_tol(brute_objective(&p, x, gradient), etf, 1e-12);
    for (int sign = -1; sign <= 1; sign += 2) {
        unfold(&p, curvature, 0.05 * sign, x);
        const double value = brute_objective(&p, x, gradient);
        ck_assert_double_eq_tol((value - etf) / (0.5 * 0.05 * 0.05), eigenvalue,
                                0.2 * fabs(eigenvalue));
    }
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_STARTS, 5);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    ck_assert_double_lt(loss_of(&f), etf - 1e-3);
    libnc_curvature_destroy(curvature);
    release(&f);
}
END_TEST

START_TEST(curvature_refuses)
{
    setting s = equal_decays(SPREAD, 4, 2, 1e-3);
    fixture f = prepare(&s);
    libnc_curvature *curvature = NULL;
    ck_assert_int_eq(libnc_curvature_create(&curvature, f.geometry, LIBNC_CURVATURE_SOLUTION),
                     LIBNC_ERROR_STATE);
    ck_assert_int_eq(libnc_curvature_create(&curvature, f.geometry, LIBNC_CURVATURE_ETF),
                     LIBNC_ERROR_UNSUPPORTED);
    release(&f);
    s.loss = MSE;
    f = solve(&s);
    ck_assert_int_eq(libnc_curvature_create(&curvature, f.geometry, LIBNC_CURVATURE_SOLUTION),
                     LIBNC_ERROR_UNSUPPORTED);
    release(&f);
    /* ||H v|| may be beyond a double, which depends on the BLAS: refused, or finite */
    s = equal_decays((const int64_t[]){1, 2}, 2, 1, 1e300);
    f = solve(&s);
    double eigenvalue = NAN, residual = NAN;
    int32_t saddle;
    const libnc_status status =
        libnc_curvature_create(&curvature, f.geometry, LIBNC_CURVATURE_SOLUTION);
    if (status == LIBNC_OK) {
        ck_assert_int_eq(libnc_curvature_eigenvalue(curvature, &eigenvalue, &residual, &saddle),
                         LIBNC_OK);
        ck_assert(isfinite(eigenvalue) && isfinite(residual));
        libnc_curvature_destroy(curvature);
    } else {
        ck_assert_int_eq(status, LIBNC_ERROR_NUMERICAL);
        ck_assert_ptr_null(curvature);
    }
    release(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("deep cross-entropy");
    TCase *tests = add_case(suite, "deep", 60);
    tcase_add_loop_test(tests, known_values, 0, KNOWN_COUNT);
    tcase_add_loop_test(tests, parameters_solve_the_full_problem, 0, PROBLEM_COUNT);
    tcase_add_loop_test(tests, getters_agree, 0, PROBLEM_COUNT);
    tcase_add_loop_test(tests, shapes_have_names, 0, SHAPED_COUNT);
    tcase_add_test(tests, unknown_kinds_are_other);
    tcase_add_test(tests, sets_of_classes);
    tcase_add_test(tests, pairs_and_simplex);
    tcase_add_test(tests, same_means);
    tcase_add_test(tests, sets_of_nothing);
    tcase_add_test(tests, one_layer_needs_no_search);
    tcase_add_test(tests, unsupported_without_a_search);
    tcase_add_test(tests, energies_are_not_searched);
    tcase_add_test(tests, one_class);
    tcase_add_test(tests, progress_and_seed);
    tcase_add_test(tests, tiny_decays);
    tcase_add_test(tests, report_finds_the_solution);
    tcase_add_loop_test(tests, etf_is_a_local_minimum, 0, KNOWN_COUNT);
    tcase_add_test(tests, etf_is_a_strict_saddle);
    tcase_add_test(tests, curvature_refuses);
    return run_suite(suite);
}
