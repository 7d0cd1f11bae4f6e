/* SPDX-License-Identifier: MIT
 *
 * test_accumulator.c: accumulators on samples in memory: both scalar types, any batches, merging,
 * the second pass, states. Oracles: two passes in long double, brute force, invariances.
 */
#include "support/accumulator_fixture.h"

enum { K_FEW = 5, D_FEW = 9 };

static const int64_t few[K_FEW] = {700, 1, 0, 413, 60};

/* Random means about 2, spread relative to that. */
static sample clusters(int64_t classes, int64_t width, const int64_t *counts, double spread,
                       uint64_t seed)
{
    sample s = sample_create(classes, width, counts);
    double *centres = random_values(classes * width, 1, seed);
    for (int64_t i = 0; i < classes * width; i++)
        centres[i] += 2;
    fill_clusters(&s, centres, spread, seed + 1);
    shuffle(&s, seed + 2);
    free(centres);
    return s;
}

/* ---- first pass ---- */

START_TEST(float64_in_batches)
{
    sample s = clusters(K_FEW, D_FEW, few, 1e-6, 1);
    static const int64_t batches[] = {1, 7, 1000, 1024, 5000};
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        libnc_accumulator *a = fed(&s, batches[i]);
        assert_holds(a, &s, 1e-12, 1e-12);
        libnc_accumulator_destroy(a);
    }
    sample_clear(&s);
}
END_TEST

/* Values of float32 are data: the reference works on the rounded ones too. Energies are sums in
 * float64; products in float32 are right to its spacing. */
START_TEST(float32_in_batches)
{
    sample s = clusters(K_FEW, D_FEW, few, 1e-4, 2);
    round_to_float32(&s);
    static const int64_t batches[] = {1, 9, 2000};
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        libnc_accumulator *a = accumulator_of(&s, NULL, NULL);
        feed_float32(a, &s, batches[i]);
        assert_holds(a, &s, 1e-11, 1e-6);
        libnc_accumulator_destroy(a);
        a = accumulator_of(&s, NULL, "float64");
        feed_float32(a, &s, batches[i]);
        assert_holds(a, &s, 1e-11, 1e-11);
        libnc_accumulator_destroy(a);
    }
    sample_clear(&s);
}
END_TEST

/* A wrong one keeps rows of one type in the block when those of the other come. */
START_TEST(types_in_turn)
{
    sample s = clusters(K_FEW, D_FEW, few, 0.5, 3);
    round_to_float32(&s);
    libnc_accumulator *a = accumulator_of(&s, NULL, NULL);
    for (int64_t begin = 0, i = 0; begin < s.count; begin += 50, i++) {
        int64_t count = s.count - begin < 50 ? s.count - begin : 50;
        sample part = {K_FEW, D_FEW, count, s.rows + begin * D_FEW, s.labels + begin};
        if (i % 2)
            feed(a, &part, 0, count, count);
        else
            feed_float32(a, &part, count);
    }
    assert_holds(a, &s, 1e-12, 1e-6);
    libnc_accumulator_destroy(a);
    sample_clear(&s);
}
END_TEST

static bool same_bits(const libnc_accumulator *a, const libnc_accumulator *b)
{
    const nc__statistics *s = nc__accumulator_statistics(a), *t = nc__accumulator_statistics(b);
    const size_t K = (size_t)s->classes, d = (size_t)s->width, value = sizeof(double);
    return memcmp(s->references, t->references, K * d * value) == 0 &&
           memcmp(s->offsets, t->offsets, K * d * value) == 0 &&
           memcmp(s->squares, t->squares, K * value) == 0 &&
           memcmp(nc__accumulator_scatter(a), nc__accumulator_scatter(b), d * d * value) == 0;
}

/* The same samples in the same order: not one bit depends on the batches, with one thread or two.
 */
START_TEST(batches_do_not_matter)
{
    static const int64_t counts[3] = {1500, 900, 300}, batches[] = {1, 33, 1024, 1025};
    for (int32_t threads = 1; threads <= 2; threads++)
        for (int type = 0; type < 2; type++) {
            sample s = clusters(3, 40, counts, 1e-3, 4);
            must(libnc_context_set_threads(context, threads));
            libnc_accumulator *whole = accumulator_of(&s, NULL, NULL);
            type ? feed_float32(whole, &s, s.count) : feed(whole, &s, 0, s.count, s.count);
            for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
                libnc_accumulator *a = accumulator_of(&s, NULL, NULL);
                type ? feed_float32(a, &s, batches[i]) : feed(a, &s, 0, s.count, batches[i]);
                ck_assert_msg(same_bits(a, whole), "threads %d, type %d, batch %d", threads, type,
                              (int)batches[i]);
                libnc_accumulator_destroy(a);
            }
            libnc_accumulator_destroy(whole);
            sample_clear(&s);
        }
}
END_TEST

/* Parts that lack classes, an empty part, a part of one sample. */
START_TEST(merging_is_seeing_all)
{
    sample s = clusters(K_FEW, D_FEW, few, 1e-6, 5);
    const int64_t ends[] = {0, 0, 1, 400, 402, 900, s.count};
    libnc_accumulator *all = accumulator_of(&s, NULL, NULL);
    for (int i = 0; i < 6; i++) {
        libnc_accumulator *part = accumulator_of(&s, NULL, NULL);
        feed(part, &s, ends[i], ends[i + 1], 100);
        must(libnc_accumulator_merge(all, part));
        libnc_accumulator_destroy(part);
    }
    assert_holds(all, &s, 1e-11, 1e-11);
    feed(all, &s, 0, 0, 1);
    libnc_accumulator_destroy(all);
    sample_clear(&s);
}
END_TEST

/* A part is as it was, and both go on afterwards. */
START_TEST(merging_keeps_the_other)
{
    sample s = clusters(K_FEW, D_FEW, few, 0.1, 6);
    libnc_accumulator *a = accumulator_of(&s, NULL, NULL), *b = accumulator_of(&s, NULL, NULL);
    feed(a, &s, 0, 500, 100);
    feed(b, &s, 500, 600, 100);
    must(libnc_accumulator_merge(a, b));
    sample part = {K_FEW, D_FEW, 100, s.rows + 500 * D_FEW, s.labels + 500};
    assert_holds(b, &part, 1e-12, 1e-12);
    feed(a, &s, 600, s.count, 100);
    assert_holds(a, &s, 1e-12, 1e-12);
    libnc_accumulator_destroy(b);
    libnc_accumulator_destroy(a);
    sample_clear(&s);
}
END_TEST

/* A wrong one that adds a scatter of floats: merged with its twin 30 times the sum doubles each
 * time, exactly. */
START_TEST(merging_doubles)
{
    sample s = clusters(K_FEW, D_FEW, few, 1e-6, 7);
    libnc_accumulator *a = fed(&s, 100);
    const int64_t n = s.count;
    for (int i = 0; i < 30; i++) {
        libnc_accumulator *twin = accumulator_of(&s, NULL, NULL);
        must(libnc_accumulator_merge(twin, a));
        must(libnc_accumulator_merge(a, twin));
        libnc_accumulator_destroy(twin);
    }
    reference r = reference_of(&s);
    const double *scatter = nc__accumulator_scatter(a);
    ck_assert_int_eq(libnc_accumulator_samples(a), n << 30);
    for (int64_t c = 0; c < D_FEW; c++)
        ck_assert_double_le(fabsl(scatter[c * D_FEW + c] - 0x1p30L * r.scatter[c * D_FEW + c]),
                            1e-11 * (double)r.scatter[c * D_FEW + c] * 0x1p30);
    reference_clear(&r);
    libnc_accumulator_destroy(a);
    sample_clear(&s);
}
END_TEST

START_TEST(smallest_sizes)
{
    const double row = 3;
    const int32_t label = 0;
    double mean, scatter, energy;
    int64_t count;
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, context, 1, 1));
    must(libnc_accumulator_counts(a, &count, 1));
    must(libnc_accumulator_means(a, &mean, 1));
    ck_assert_int_eq(count, 0);
    ck_assert_double_eq(mean, 0);
    for (int i = 0; i < 3; i++)
        must(libnc_accumulator_update(a, &row, LIBNC_FLOAT64, 1, 1, &label, LIBNC_LABEL_INT32));
    must(libnc_accumulator_counts(a, &count, 1));
    must(libnc_accumulator_means(a, &mean, 1));
    must(libnc_accumulator_scatter(a, &scatter, 1));
    must(libnc_accumulator_within_squares(a, &energy, 1));
    ck_assert_int_eq(count, 3);
    ck_assert_double_eq(mean, 3);
    ck_assert_double_eq(scatter, 0);
    ck_assert_double_eq(energy, 0);
    must(libnc_accumulator_centred_means(a, &mean, 1));
    ck_assert_double_eq(mean, 0);
    must(libnc_accumulator_begin_second_pass(a, NULL, NULL, 0));
    must(libnc_accumulator_update(a, &row, LIBNC_FLOAT64, 1, 1, &label, LIBNC_LABEL_INT32));
    ck_assert_int_eq(nc__accumulator_tally(a).nearest_is_own[0], 1);
    libnc_accumulator_destroy(a);
}
END_TEST

/* Rows so long that a block holds few of them; more rows than a block in one batch. */
START_TEST(very_long_rows)
{
    enum { D = 150000 };
    static const int64_t counts[2] = {21, 20};
    sample s = sample_create(2, D, counts);
    double centres[2] = {1, 2};
    uint64_t seed = 80;
    for (int64_t i = 0; i < s.count; i++)
        for (int64_t c = 0; c < D; c++)
            s.rows[i * D + c] = centres[s.labels[i]] + 1e-3 * uniform(&seed);
    libnc_accumulator *a = accumulator_of(&s, "projected", NULL);
    feed(a, &s, 0, s.count, s.count);
    must(libnc_accumulator_begin_second_pass(a, NULL, NULL, 0));
    feed(a, &s, 0, s.count, s.count);
    double variability = nc__accumulator_statistics(a)->squares[0] / 21 / D;
    ck_assert_double_eq_tol(variability, 1e-6 / 3 * 20 / 21, 1e-9); /* of a uniform number */
    ck_assert_int_eq(nc__accumulator_tally(a).nearest_is_own[1], 20);
    ck_assert_int_lt(a->capacity, s.count);
    libnc_accumulator_destroy(a);
    sample_clear(&s);
}
END_TEST

/* Options are read with the first sample, and again after clearing. */
START_TEST(options_are_read_at_the_start)
{
    sample s = clusters(K_FEW, D_FEW, few, 0.1, 8);
    double scatter[D_FEW * D_FEW];
    libnc_accumulator *a = fed(&s, 100);
    must(libnc_options_set_text(libnc_accumulator_options(a), "scatter", "none"));
    feed(a, &s, 0, 10, 10);
    must(libnc_accumulator_scatter(a, scatter, D_FEW * D_FEW));
    libnc_accumulator_clear(a);
    ck_assert_int_eq(libnc_accumulator_samples(a), 0);
    ck_assert_int_eq(libnc_accumulator_scatter(a, scatter, D_FEW * D_FEW), LIBNC_ERROR_STATE);
    feed(a, &s, 0, s.count, 100);
    ck_assert_int_eq(libnc_accumulator_scatter(a, scatter, D_FEW * D_FEW), LIBNC_ERROR_STATE);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "scatter = none"));
    assert_holds(a, &s, 1e-12, 0);
    libnc_accumulator_destroy(a);
    sample_clear(&s);
}
END_TEST

/* ---- decisions ---- */

/* Logits of either type; the first of equals decides. */
START_TEST(logits_give_accuracy)
{
    const double rows[4] = {1, 2, 3, 4};
    const int32_t labels[4] = {0, 1, 1, 0};
    const double logits[4][3] = {{2, 1, 9}, {0, 0, 9}, {-5, -4, 9}, {7, 7, 9}};
    const float floats[4][2] = {{2, 1}, {0, 0}, {-5, -4}, {7, 7}};
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, context, 2, 1));
    ck_assert_ptr_null(nc__accumulator_tally(a).decided);
    must(libnc_accumulator_update_logits(a, rows, LIBNC_FLOAT64, 4, 1, labels, LIBNC_LABEL_INT32,
                                         logits, LIBNC_FLOAT64, 3));
    must(libnc_accumulator_update_logits(a, rows, LIBNC_FLOAT64, 4, 1, labels, LIBNC_LABEL_INT32,
                                         floats, LIBNC_FLOAT32, 2));
    nc__tally tally = nc__accumulator_tally(a);
    ck_assert_int_eq(tally.decided[0], 4);
    ck_assert_int_eq(tally.decided[1], 4);
    ck_assert_int_eq(tally.right[0], 4);
    ck_assert_int_eq(tally.right[1], 2);
    ck_assert_ptr_null(tally.agreed);
    ck_assert_ptr_null(tally.nearest_known);
    libnc_accumulator_destroy(a);
}
END_TEST

/* Classes that are left out have logits of -inf, in both passes and both types; what has no largest
 * value is refused with its row. */
START_TEST(logits_of_classes_left_out)
{
    const double rows[2] = {0, 10};
    const int32_t labels[2] = {0, 1};
    const double logits[2][3] = {{-3, -INFINITY, -INFINITY}, {-INFINITY, -2, -7}};
    const float floats[2][3] = {{-3, -INFINITY, -INFINITY}, {-INFINITY, -2, -7}};
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, context, 3, 1));
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1)
            must(libnc_accumulator_begin_second_pass(a, NULL, NULL, 0));
        must(libnc_accumulator_update_logits(a, rows, LIBNC_FLOAT64, 2, 1, labels,
                                             LIBNC_LABEL_INT32, logits, LIBNC_FLOAT64, 3));
        if (pass == 0)
            must(libnc_accumulator_update_logits(a, rows, LIBNC_FLOAT64, 2, 1, labels,
                                                 LIBNC_LABEL_INT32, floats, LIBNC_FLOAT32, 3));
        nc__tally tally = nc__accumulator_tally(a);
        for (int k = 0; k < 2; k++) {
            ck_assert_int_eq(tally.right[k], pass == 0 ? 2 : 1);
            ck_assert_int_eq(tally.decided[k], pass == 0 ? 2 : 1);
        }
        const double bad[4][3] = {{-INFINITY, -INFINITY, -INFINITY},
                                  {0, NAN, 1},
                                  {0, INFINITY, 1},
                                  {-INFINITY, NAN, -INFINITY}};
        for (int i = 0; i < 4; i++) {
            double with[2][3] = {{0, 1, 2}};
            memcpy(with[1], bad[i], sizeof bad[i]);
            ck_assert_int_eq(libnc_accumulator_update_logits(a, rows, LIBNC_FLOAT64, 2, 1, labels,
                                                             LIBNC_LABEL_INT32, with, LIBNC_FLOAT64,
                                                             3),
                             LIBNC_ERROR_NOT_FINITE);
            ck_assert_str_eq(libnc_context_error(context),
                             "logits: row 1: must have a finite largest value, and no NaN");
        }
    }
    libnc_accumulator_destroy(a);
}
END_TEST

typedef struct oracle {
    int64_t right, nearest_is_own, agreed;
} oracle;

/* In long double, from rows that are what they are in the scalar type. */
static oracle brute_force(const sample *s, const double *weights, const double *bias)
{
    reference r = reference_of(s);
    const int64_t K = s->classes, d = s->width;
    oracle o = {0};
    for (int64_t i = 0; i < s->count; i++) {
        long double best = -INFINITY, nearest = INFINITY;
        int64_t decision = 0, home = 0;
        for (int64_t k = 0; k < K; k++) {
            long double logit = bias ? bias[k] : 0, distance = 0;
            for (int64_t c = 0; c < d; c++) {
                long double x = s->rows[i * d + c], y = x - r.means[k * d + c];
                logit += weights ? x * weights[k * d + c] : 0;
                distance += y * y;
            }
            if (logit > best)
                best = logit, decision = k;
            if (distance < nearest && r.counts[k] > 0)
                nearest = distance, home = k;
        }
        o.right += decision == s->labels[i];
        o.nearest_is_own += home == s->labels[i];
        o.agreed += decision == home;
    }
    reference_clear(&r);
    return o;
}

static int64_t total(const int64_t *counts, int64_t classes)
{
    int64_t sum = 0;
    for (int64_t k = 0; k < classes; k++)
        sum += counts[k];
    return sum;
}

static void assert_tally(const libnc_accumulator *a, const sample *s, const oracle *o)
{
    nc__tally tally = nc__accumulator_tally(a);
    ck_assert_int_eq(libnc_accumulator_second_samples(a), s->count);
    ck_assert_int_eq(total(tally.nearest_known, s->classes), s->count);
    ck_assert_int_eq(total(tally.decided, s->classes), s->count);
    ck_assert_int_eq(total(tally.right, s->classes), o->right);
    ck_assert_int_eq(total(tally.nearest_is_own, s->classes), o->nearest_is_own);
    ck_assert_int_eq(total(tally.agreed, s->classes), o->agreed);
}

/* Spreads from nearly collapsed, where the triangle inequality decides, to classes that overlap. An
 * empty class is nobody's nearest. A tiny W makes near ties of the logits. */
START_TEST(second_pass_against_brute_force)
{
    static const double spreads[] = {1e-7, 0.3, 1, 4};
    for (size_t i = 0; i < 4; i++)
        for (int type = 0; type < 2; type++) {
            sample s = clusters(K_FEW, D_FEW, few, spreads[i], 10 + i);
            if (type)
                round_to_float32(&s);
            double *weights = random_values(K_FEW * D_FEW, 1, 20 + i),
                   *bias = random_values(K_FEW, 1, i);
            oracle o = brute_force(&s, weights, bias);
            libnc_accumulator *a = accumulator_of(&s, "none", NULL);
            type ? feed_float32(a, &s, 100) : feed(a, &s, 0, s.count, 100);
            ck_assert_int_eq(libnc_accumulator_pass(a), 1);
            must(libnc_accumulator_begin_second_pass(a, weights, bias, LIBNC_FLOAT64));
            ck_assert_int_eq(libnc_accumulator_pass(a), 2);
            type ? feed_float32(a, &s, 77) : feed(a, &s, 0, s.count, 77);
            assert_tally(a, &s, &o);
            /* and once more, from the start */
            must(libnc_accumulator_begin_second_pass(a, weights, NULL, LIBNC_FLOAT64));
            type ? feed_float32(a, &s, 1000) : feed(a, &s, 0, s.count, 2000);
            o = brute_force(&s, weights, NULL);
            assert_tally(a, &s, &o);
            libnc_accumulator_destroy(a);
            free(bias);
            free(weights);
            sample_clear(&s);
        }
}
END_TEST

/* Many classes that overlap: thousands of near ties in float32. */
START_TEST(second_pass_of_many_classes)
{
    enum { K = 700, D = 3 };
    int64_t counts[K];
    for (int k = 0; k < K; k++)
        counts[k] = 1 + k % 9;
    sample s = clusters(K, D, counts, 0.2, 30);
    round_to_float32(&s);
    double *weights = random_values(K * D, 1, 31);
    for (int i = 0; i < K * D; i++)
        weights[i] = (float)weights[i];
    oracle o = brute_force(&s, weights, NULL);
    libnc_accumulator *a = accumulator_of(&s, "none", NULL);
    feed_float32(a, &s, 512);
    must(libnc_accumulator_begin_second_pass(a, weights, NULL, LIBNC_FLOAT64));
    feed_float32(a, &s, 512);
    assert_tally(a, &s, &o);
    ck_assert_int_lt(o.nearest_is_own, s.count / 2);
    libnc_accumulator_destroy(a);
    free(weights);
    sample_clear(&s);
}
END_TEST

/* Logits of the second pass serve where no classifier was given, and win over those of the first.
 */
START_TEST(second_pass_with_logits)
{
    const double rows[4] = {0, 1, 10, 4}, logits[8] = {1, 0, 1, 0, 0, 1, 0, 1};
    const double wrong[8] = {0, 1, 0, 1, 1, 0, 1, 0};
    const int32_t labels[4] = {0, 0, 1, 0};
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, context, 2, 1));
    must(libnc_accumulator_update_logits(a, rows, LIBNC_FLOAT64, 4, 1, labels, LIBNC_LABEL_INT32,
                                         wrong, LIBNC_FLOAT64, 2));
    must(libnc_accumulator_begin_second_pass(a, NULL, NULL, 0));
    nc__tally tally = nc__accumulator_tally(a);
    ck_assert_int_eq(tally.right[0], 1);
    ck_assert_ptr_null(tally.agreed);
    must(libnc_accumulator_update_logits(a, rows, LIBNC_FLOAT64, 4, 1, labels, LIBNC_LABEL_INT32,
                                         logits, LIBNC_FLOAT64, 2));
    tally = nc__accumulator_tally(a); /* means 5/3 and 10: all are at home */
    ck_assert_int_eq(tally.right[0], 2);
    ck_assert_int_eq(tally.right[1], 1);
    ck_assert_int_eq(tally.nearest_is_own[0], 3);
    ck_assert_int_eq(tally.agreed[0], 2);
    ck_assert_int_eq(tally.agreed[1], 1);
    libnc_accumulator_destroy(a);
}
END_TEST

/* ---- projected scatter ---- */

/* V^T S_W V from the long double reference. */
static void assert_projected(const libnc_accumulator *a, const sample *s, int64_t rank,
                             double tolerance)
{
    reference r = reference_of(s);
    const int64_t d = s->width;
    int64_t found;
    const double *singular, *basis, *balanced;
    const double *inside = nc__accumulator_projected(a, &found, &singular, &basis, &balanced);
    ck_assert_ptr_nonnull(inside);
    ck_assert_int_eq(found, rank);
    long double largest = 0;
    for (int64_t i = 0; i < rank; i++)
        for (int64_t j = 0; j < rank; j++) {
            long double sum = 0;
            for (int64_t p = 0; p < d; p++)
                for (int64_t q = 0; q < d; q++)
                    sum += basis[i * d + p] * r.scatter[p * d + q] * basis[j * d + q];
            largest = fmaxl(largest, fabsl(sum));
            ck_assert_double_le(fabsl(inside[i * rank + j] - sum), tolerance * (double)largest);
        }
    for (int64_t i = 0; i < rank; i++) {
        long double sum = 0;
        for (int64_t n = 0; n < s->count; n++) {
            long double along = 0;
            for (int64_t c = 0; c < d; c++)
                along += basis[i * d + c] * (s->rows[n * d + c] - r.means[s->labels[n] * d + c]);
            sum += along * along / r.counts[s->labels[n]];
        }
        ck_assert_double_le(fabsl(balanced[i] - sum), 4 * tolerance * (double)sum);
        ck_assert(i == 0 || singular[i] <= singular[i - 1]);
    }
    reference_clear(&r);
}

START_TEST(projected_scatter)
{
    for (int type = 0; type < 2; type++) {
        sample s = clusters(K_FEW, D_FEW, few, 1e-4, 40);
        if (type)
            round_to_float32(&s);
        libnc_accumulator *a = accumulator_of(&s, "projected", NULL);
        type ? feed_float32(a, &s, 100) : feed(a, &s, 0, s.count, 100);
        must(libnc_accumulator_begin_second_pass(a, NULL, NULL, 0));
        type ? feed_float32(a, &s, 55) : feed(a, &s, 0, s.count, 55);
        assert_projected(a, &s, 3, type ? 1e-5 : 1e-10);
        ck_assert_ptr_null(nc__accumulator_scatter(a));
        libnc_accumulator_destroy(a);
        a = accumulator_of(&s, "projected", "float64");
        must(libnc_options_set_int64(libnc_accumulator_options(a),
                                     LIBNC_ACCUMULATOR_OPTION_DIRECTIONS, 2));
        type ? feed_float32(a, &s, 100) : feed(a, &s, 0, s.count, 100);
        must(libnc_accumulator_begin_second_pass(a, NULL, NULL, 0));
        type ? feed_float32(a, &s, 55) : feed(a, &s, 0, s.count, 55);
        assert_projected(a, &s, 2, 1e-10);
        libnc_accumulator_destroy(a);
        sample_clear(&s);
    }
}
END_TEST

/* Squares of float32 features at the ends of their range leave float32. A wrong one gives a scatter
 * of zeros, or of infinities. */
START_TEST(float32_at_the_ends)
{
    static const double sizes[] = {1e-30, 1e-18, 1e18, 1e36};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        sample s = clusters(K_FEW, D_FEW, few, 0.1, 2);
        for (int64_t c = 0; c < s.count * D_FEW; c++)
            s.rows[c] *= sizes[i];
        round_to_float32(&s);
        libnc_accumulator *a = accumulator_of(&s, NULL, NULL);
        feed_float32(a, &s, 100);
        assert_holds(a, &s, 1e-11, 1e-5);
        libnc_accumulator_destroy(a);
        a = accumulator_of(&s, "projected", NULL);
        feed_float32(a, &s, 100);
        must(libnc_accumulator_begin_second_pass(a, NULL, NULL, 0));
        feed_float32(a, &s, 100);
        oracle o = brute_force(&s, NULL, NULL);
        assert_projected(a, &s, 3, 1e-5);
        ck_assert_int_eq(total(nc__accumulator_tally(a).nearest_is_own, K_FEW), o.nearest_is_own);
        libnc_accumulator_destroy(a);
        sample_clear(&s);
    }
}
END_TEST

/* Means that all coincide span nothing. */
START_TEST(projected_scatter_of_nothing)
{
    const double rows[4] = {1, 1, 1, 1};
    const int32_t labels[2] = {0, 1};
    libnc_accumulator *a;
    int64_t rank = 7;
    const double *singular, *basis, *balanced;
    must(libnc_accumulator_create(&a, context, 2, 2));
    must(libnc_options_set_text(libnc_accumulator_options(a), "scatter", "projected"));
    must(libnc_accumulator_update(a, rows, LIBNC_FLOAT64, 2, 2, labels, LIBNC_LABEL_INT32));
    ck_assert_ptr_null(nc__accumulator_projected(a, &rank, &singular, &basis, &balanced));
    must(libnc_accumulator_begin_second_pass(a, NULL, NULL, 0));
    must(libnc_accumulator_update(a, rows, LIBNC_FLOAT64, 2, 2, labels, LIBNC_LABEL_INT32));
    ck_assert_ptr_null(nc__accumulator_projected(a, &rank, &singular, &basis, &balanced));
    ck_assert_int_eq(total(nc__accumulator_tally(a).nearest_known, 2), 2);
    ck_assert_int_eq(total(nc__accumulator_tally(a).nearest_is_own, 2), 1); /* a tie: class 0 */
    libnc_accumulator_destroy(a);
}
END_TEST

/* ---- second passes in parts ---- */

/* As processes on shards do it: each has the whole first pass, and sees its own part again. */
START_TEST(second_passes_merge)
{
    sample s = clusters(K_FEW, D_FEW, few, 0.5, 50);
    double *weights = random_values(K_FEW * D_FEW, 1, 51);
    oracle o = brute_force(&s, weights, NULL);
    libnc_accumulator *parts[2];
    for (int i = 0; i < 2; i++) {
        parts[i] = accumulator_of(&s, "projected", NULL);
        feed(parts[i], &s, 0, s.count, 100);
        must(libnc_accumulator_begin_second_pass(parts[i], weights, NULL, LIBNC_FLOAT64));
    }
    feed(parts[0], &s, 0, 450, 100);
    feed(parts[1], &s, 450, s.count, 100);
    must(libnc_accumulator_merge(parts[0], parts[1]));
    assert_tally(parts[0], &s, &o);
    assert_projected(parts[0], &s, 3, 1e-10);
    ck_assert_int_eq(libnc_accumulator_merge(parts[0], parts[1]), LIBNC_ERROR_STATE);
    assert_tally(parts[0], &s, &o);
    for (int i = 0; i < 2; i++)
        libnc_accumulator_destroy(parts[i]);
    free(weights);
    sample_clear(&s);
}
END_TEST

START_TEST(states_that_do_not_fit)
{
    sample s = clusters(K_FEW, D_FEW, few, 0.5, 60);
    double *weights = random_values(K_FEW * D_FEW, 1, 61);
    libnc_accumulator *a = fed(&s, 100), *b = fed(&s, 100), *c = fed(&s, 100);
    must(libnc_accumulator_begin_second_pass(a, weights, NULL, LIBNC_FLOAT64));
    ck_assert_int_eq(libnc_accumulator_merge(a, b), LIBNC_ERROR_STATE); /* passes 2 and 1 */
    ck_assert_int_eq(libnc_accumulator_merge(b, a), LIBNC_ERROR_STATE);
    must(libnc_accumulator_begin_second_pass(b, NULL, NULL, 0));
    ck_assert_int_eq(libnc_accumulator_merge(a, b), LIBNC_ERROR_STATE); /* one classifier */
    weights[0] += 1;
    must(libnc_accumulator_begin_second_pass(b, weights, NULL, LIBNC_FLOAT64));
    ck_assert_int_eq(libnc_accumulator_merge(a, b), LIBNC_ERROR_STATE); /* another classifier */
    weights[0] -= 1;
    feed(c, &s, 0, 1, 1);
    must(libnc_accumulator_begin_second_pass(c, weights, NULL, LIBNC_FLOAT64));
    ck_assert_int_eq(libnc_accumulator_merge(a, c), LIBNC_ERROR_STATE); /* another first pass */
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "another first pass"));
    /* a class that the first pass did not see, and too many samples */
    const double row[D_FEW] = {0};
    const int32_t unseen = 2, seen = 0;
    ck_assert_int_eq(
        libnc_accumulator_update(a, row, LIBNC_FLOAT64, 1, D_FEW, &unseen, LIBNC_LABEL_INT32),
        LIBNC_ERROR_ARGUMENT);
    feed(a, &s, 0, s.count, 100);
    ck_assert_int_eq(
        libnc_accumulator_update(a, row, LIBNC_FLOAT64, 1, D_FEW, &seen, LIBNC_LABEL_INT32),
        LIBNC_ERROR_STATE);
    libnc_accumulator_destroy(c);
    /* float64 after a first pass in float32 alone */
    c = accumulator_of(&s, NULL, NULL);
    feed_float32(c, &s, 100);
    ck_assert_double_eq(nc__accumulator_epsilon(c), FLT_EPSILON);
    must(libnc_accumulator_begin_second_pass(c, NULL, NULL, 0));
    ck_assert_int_eq(
        libnc_accumulator_update(c, row, LIBNC_FLOAT64, 1, D_FEW, &seen, LIBNC_LABEL_INT32),
        LIBNC_ERROR_STATE);
    libnc_accumulator_clear(c);
    ck_assert_int_eq(libnc_accumulator_pass(c), 1);
    feed(c, &s, 0, s.count, 100);
    ck_assert_double_eq(nc__accumulator_epsilon(c), DBL_EPSILON);
    libnc_accumulator_destroy(c);
    libnc_accumulator_destroy(b);
    libnc_accumulator_destroy(a);
    free(weights);
    sample_clear(&s);
}
END_TEST

/* Two rows of the classifier that are equal and 1e10 long: the logits differ by the bias alone, by
 * less than the rounding of a product may be, so that they are computed again. Without the bias the
 * first of equals would win. */
START_TEST(near_ties_respect_the_bias)
{
    const double row[2] = {1, 0}, weights[4] = {1e10, 0, 1e10, 0}, bias[2] = {0, 4e-6};
    const int32_t label = 1;
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, context, 2, 2));
    must(libnc_accumulator_update(a, row, LIBNC_FLOAT64, 1, 2, &label, LIBNC_LABEL_INT32));
    must(libnc_accumulator_begin_second_pass(a, weights, bias, LIBNC_FLOAT64));
    must(libnc_accumulator_update(a, row, LIBNC_FLOAT64, 1, 2, &label, LIBNC_LABEL_INT32));
    ck_assert_int_eq(total(nc__accumulator_tally(a).right, 2), 1);
    libnc_accumulator_destroy(a);
}
END_TEST

/* A second pass over other labels, or over one shard twice, is refused, with nothing added: else
 * it would end with as many samples as the first, and numbers of other data. */
START_TEST(second_pass_sees_the_same_classes)
{
    const double rows[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const int64_t labels[4] = {0, 0, 1, 1}, others[4] = {0, 1, 1, 1};
    libnc_accumulator *parts[2];
    for (int i = 0; i < 2; i++) {
        must(libnc_accumulator_create(&parts[i], context, 2, 2));
        must(libnc_accumulator_update(parts[i], rows, LIBNC_FLOAT64, 4, 2, labels,
                                      LIBNC_LABEL_INT64));
        must(libnc_accumulator_begin_second_pass(parts[i], NULL, NULL, 0));
        ck_assert_int_eq(libnc_accumulator_update(parts[i], rows, LIBNC_FLOAT64, 4, 2, others,
                                                  LIBNC_LABEL_INT64),
                         LIBNC_ERROR_STATE);
        ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "labels: row 3 has 1: the first "
                                                                   "pass had 2 samples"));
        ck_assert_int_eq(total(nc__accumulator_tally(parts[i]).nearest_known, 2), 0);
        must(libnc_accumulator_update(parts[i], rows, LIBNC_FLOAT64, 2, 2, labels,
                                      LIBNC_LABEL_INT64));
    }
    ck_assert_int_eq(libnc_accumulator_merge(parts[0], parts[1]), LIBNC_ERROR_STATE);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "more samples of class 0"));
    ck_assert_int_eq(libnc_accumulator_second_samples(parts[0]), 2);
    must(libnc_accumulator_update(parts[0], rows + 4, LIBNC_FLOAT64, 2, 2, labels + 2,
                                  LIBNC_LABEL_INT64));
    ck_assert_int_eq(total(nc__accumulator_tally(parts[0]).nearest_is_own, 2), 4);
    for (int i = 0; i < 2; i++)
        libnc_accumulator_destroy(parts[i]);
}
END_TEST

/* Accumulators with other settings do not merge. */
START_TEST(options_must_fit)
{
    sample s = clusters(K_FEW, D_FEW, few, 0.5, 70);
    libnc_accumulator *a = fed(&s, 100), *none = accumulator_of(&s, "none", NULL),
                      *wide = accumulator_of(&s, NULL, "float64"),
                      *thin = accumulator_of(&s, NULL, NULL);
    must(libnc_options_set_int64(libnc_accumulator_options(thin),
                                 LIBNC_ACCUMULATOR_OPTION_DIRECTIONS, 1));
    libnc_accumulator *others[] = {none, wide, thin};
    for (int i = 0; i < 3; i++) {
        feed(others[i], &s, 0, 10, 10);
        ck_assert_int_eq(libnc_accumulator_merge(a, others[i]), LIBNC_ERROR_ARGUMENT);
        libnc_accumulator_destroy(others[i]);
    }
    assert_holds(a, &s, 1e-12, 1e-12);
    libnc_accumulator_destroy(a);
    sample_clear(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("accumulator");
    const TTest *const first[] = {float64_in_batches,    float32_in_batches,
                                  types_in_turn,         batches_do_not_matter,
                                  merging_is_seeing_all, merging_keeps_the_other,
                                  merging_doubles,       smallest_sizes,
                                  options_must_fit,      options_are_read_at_the_start,
                                  very_long_rows};
    const TTest *const second[] = {logits_give_accuracy,
                                   logits_of_classes_left_out,
                                   second_pass_against_brute_force,
                                   second_pass_of_many_classes,
                                   second_pass_with_logits,
                                   projected_scatter,
                                   projected_scatter_of_nothing,
                                   second_passes_merge,
                                   states_that_do_not_fit,
                                   float32_at_the_ends,
                                   second_pass_sees_the_same_classes,
                                   near_ties_respect_the_bias};
    add_tests(suite, "first pass", first, sizeof first / sizeof *first);
    add_tests(suite, "second pass", second, sizeof second / sizeof *second);
    return run_suite(suite);
}
