/* SPDX-License-Identifier: MIT
 *
 * test_random.c: the random generator: published vectors, distributions, splitting, permutations.
 *
 * Statistics are of fixed seeds, so a bound of about one in a thousand either holds for ever or
 * never. The quantile is checked against the C library's long double erfc.
 */
#include "base/stream.h"
#include "support/context_fixture.h"

#include <libnc/random.h>
#include <math.h>

#define SEED UINT64_C(20230717)

static libnc_random *make(uint64_t seed)
{
    libnc_random *random = NULL;
    ck_assert_int_eq(libnc_random_create(&random, context, seed), LIBNC_OK);
    return random;
}

/* ---- the published algorithm and this library's own vectors ---- */

/* Philox4x32-10 in the known-answer file that comes with Salmon et al.'s Random123. */
START_TEST(known_answers_of_philox)
{
    static const uint32_t cases[3][10] = {
        {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
        {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, 0x408f276d,
         0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
        {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09,
         0x94fdcceb, 0x5001e420, 0x24126ea1},
    };
    for (int i = 0; i < 3; i++) {
        uint32_t block[4];
        nc__philox(cases[i], cases[i] + 4, block);
        for (int j = 0; j < 4; j++)
            ck_assert_uint_eq(block[j], cases[i][6 + j]);
    }
}
END_TEST

START_TEST(words_are_philox_blocks)
{
    const uint64_t seed = UINT64_C(0x299f31d0a4093822), number = UINT64_C(0x0370734413198a2e);
    nc__stream stream = {seed, number, 2 * (UINT64_C(1) << 33) + 1};
    uint64_t words[100];
    nc__stream_words(&stream, words, 100);
    for (uint64_t i = 0; i < 100; i++) {
        uint64_t position = 2 * (UINT64_C(1) << 33) + 1 + i, b = position / 2;
        const uint32_t counter[4] = {(uint32_t)b, (uint32_t)(b >> 32), (uint32_t)number,
                                     (uint32_t)(number >> 32)};
        const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
        uint32_t block[4];
        nc__philox(counter, key, block);
        const uint32_t *half = block + 2 * (position % 2);
        ck_assert_uint_eq(words[i], (uint64_t)half[1] << 32 | half[0]);
    }
}
END_TEST

/* Of seed 42, as in doc/random.md; the words, the child and the order were found by another
 * program, and so were the normals, with AS 241 and another logarithm. */
START_TEST(vectors_of_version_1)
{
    static const uint64_t words[4] = {UINT64_C(0x77f5493b9ceaf053), UINT64_C(0x5742b3d712bf50ad),
                                      UINT64_C(0x53ba6cfdfcdb2127), UINT64_C(0x744e06fb838f5a6e)};
    static const double uniforms[4] = {0x1.dfd524ee73abep-2, 0x1.5d0acf5c4afd6p-2,
                                       0x1.4ee9b3f7f36cap-2, 0x1.d1381bee0e3d6p-2};
    static const double normals[4] = {-0x1.42dc65ce0ff81p-4, -0x1.a3f4a5b3e5026p-2,
                                      -0x1.caca1d20ed483p-2, -0x1.d61412d6e26acp-4};
    static const uint64_t tail_positions[3] = {120, 953, 2601};
    static const double tail_normals[3] = {-0x1.751d30dc1cebap+1, 0x1.bae0b6ccd89a0p+1,
                                           0x1.eb25b72a24253p+1};
    static const uint64_t child_words[2] = {UINT64_C(0x95dd7a586309d934),
                                            UINT64_C(0xf03f2faac31558be)};
    static const int64_t order[8] = {0, 5, 7, 4, 6, 1, 2, 3};
    uint64_t drawn[4];
    double values[4];
    int64_t drawn_order[8];
    ck_assert_int_eq(LIBNC_RANDOM_VERSION, 1);
    nc__stream start = nc__stream_of(42), stream = start;
    nc__stream_words(&stream, drawn, 4);
    ck_assert_mem_eq(drawn, words, sizeof words);
    stream = start;
    nc__stream_uniform(&stream, values, 4);
    ck_assert_mem_eq(values, uniforms, sizeof uniforms);
    stream = start;
    nc__stream_normal(&stream, values, 4);
    ck_assert_mem_eq(values, normals, sizeof normals);
    for (int i = 0; i < 3; i++) {
        stream.position = tail_positions[i];
        nc__stream_normal(&stream, values, 1);
        ck_assert_double_eq(values[0], tail_normals[i]);
    }
    stream = start;
    nc__stream_permutation(&stream, drawn_order, 8);
    ck_assert_mem_eq(drawn_order, order, sizeof order);
    stream = nc__stream_child(start, 7);
    nc__stream_words(&stream, drawn, 2);
    ck_assert_mem_eq(drawn, child_words, sizeof child_words);
}
END_TEST

/* ---- distributions ---- */

enum { MANY = 400000 };
static double sample[MANY];
static double other[MANY];

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* sqrt(n) times the largest difference of the empirical and the given distribution function. */
static double kolmogorov(double *values, int count, double (*distribution)(double))
{
    qsort(values, (size_t)count, sizeof *values, compare);
    double largest = 0;
    for (int i = 0; i < count; i++) {
        double f = distribution(values[i]);
        largest = fmax(largest, fmax(f - (double)i / count, (double)(i + 1) / count - f));
    }
    return largest * sqrt(count);
}

static double uniform_distribution(double x)
{
    return x;
}

static double normal_distribution(double x)
{
    return 0.5 * erfc(-x / sqrt(2));
}

START_TEST(uniforms_are_uniform)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        libnc_random *random = make(seed);
        ck_assert_int_eq(libnc_random_uniform(random, sample, MANY), LIBNC_OK);
        int inside = 0;
        for (int i = 0; i < MANY; i++)
            inside += sample[i] > 0 && sample[i] < 1;
        ck_assert_int_eq(inside, MANY);
        ck_assert_double_lt(kolmogorov(sample, MANY, uniform_distribution), 1.95);
        libnc_random_destroy(random);
    }
}
END_TEST

/* The extreme words give (0 + 1/2) 2^-52 and (2^52 - 1/2) 2^-52, neither 0 nor 1. */
START_TEST(uniforms_of_the_words)
{
    libnc_random *a = make(SEED), *b = make(SEED);
    uint64_t words[1000];
    double values[1000];
    ck_assert_int_eq(libnc_random_words(a, words, 1000), LIBNC_OK);
    ck_assert_int_eq(libnc_random_uniform(b, values, 1000), LIBNC_OK);
    for (int i = 0; i < 1000; i++) {
        double expected = ldexp((double)(words[i] >> 12), -52) + ldexp(1, -53);
        ck_assert_double_eq(values[i], expected);
        ck_assert_double_eq(1 - (1 - values[i]), values[i]); /* the complement is exact */
    }
    libnc_random_destroy(a);
    libnc_random_destroy(b);
}
END_TEST

/* Bounds: five standard errors. */
START_TEST(moments_of_normals)
{
    libnc_random *random = make(SEED);
    ck_assert_int_eq(libnc_random_normal(random, sample, MANY), LIBNC_OK);
    double sums[5] = {0};
    for (int i = 0; i < MANY; i++)
        for (int power = 1; power <= 4; power++)
            sums[power] += pow(sample[i], power) / MANY;
    double error = 5 / sqrt(MANY);
    ck_assert_double_lt(fabs(sums[1]), error);
    ck_assert_double_lt(fabs(sums[2] - 1), error * sqrt(2));
    ck_assert_double_lt(fabs(sums[3]), error * sqrt(15));
    ck_assert_double_lt(fabs(sums[4] - 3), error * sqrt(96));
    ck_assert_double_lt(kolmogorov(sample, MANY, normal_distribution), 1.95);
    ck_assert_double_lt(sample[0], -4.2); /* both tails are there: P(|z| > 4.2) N is about 11 */
    ck_assert_double_gt(sample[MANY - 1], 4.2);
    libnc_random_destroy(random);
}
END_TEST

/* Newton's method in long double on P(Z < x) = p, from the nearer side. */
static long double reference_quantile(double p)
{
    const long double root_half = 0.707106781186547524400844362104849039L;
    const long double density_0 = 0.398942280401432677939946059934381868L;
    long double x = nc__normal_quantile(p);
    for (int i = 0; i < 3; i++) {
        long double excess;
        if (fabs(p - 0.5) < 0.25)
            excess = 0.5L * erfl(x * root_half) - ((long double)p - 0.5L);
        else if (p < 0.5)
            excess = 0.5L * erfcl(-x * root_half) - p;
        else
            excess = (1 - (long double)p) - 0.5L * erfcl(x * root_half);
        x -= excess / (density_0 * expl(-x * x / 2));
    }
    return x;
}

START_TEST(quantile_is_accurate)
{
    double worst = 0;
    nc__stream stream = nc__stream_of(SEED);
    nc__stream_uniform(&stream, sample, 20000);
    for (int i = 0; i < 20000; i++) {
        double p = sample[i];
        if (i % 4 == 1)
            p = ldexp(1, -(int)(53 * sample[i])) * sample[i + 1]; /* deep in the lower tail */
        else if (i % 4 == 2)
            p = 1 - ldexp(1, -(int)(52 * sample[i])) * sample[i + 1]; /* and the upper */
        else if (i % 4 == 3)
            p = 0.5 + ldexp(sample[i - 1] - 0.5, -(int)(50 * sample[i])); /* near the median */
        if (p < 0x1p-53 || p > 1 - 0x1p-53 || p == 0.5)
            continue;
        long double expected = reference_quantile(p);
        worst = fmax(worst, (double)fabsl((nc__normal_quantile(p) - expected) / expected));
    }
    ck_assert_double_lt(worst, 1e-15);
    ck_assert_double_gt(worst, 0);
    ck_assert_double_eq(nc__normal_quantile(0.5), 0);
}
END_TEST

START_TEST(quantile_is_odd_and_increasing)
{
    double previous = nc__normal_quantile(0x1p-53);
    ck_assert_double_eq_tol(previous, -8.2095361516013856, 1e-14); /* 2^-53 */
    for (int i = 1; i < 100000; i++) {
        double p = i / 100000.0, x = nc__normal_quantile(p);
        if (!(x > previous))
            ck_abort_msg("at p = %g", p);
        previous = x;
    }
    for (int e = 1; e <= 52; e++) {
        double p = ldexp(1, -e) - ldexp(1, -53);
        ck_assert_double_eq(nc__normal_quantile(1 - p), -nc__normal_quantile(p));
    }
}
END_TEST

/* ---- position ---- */

START_TEST(pieces_equal_one_go)
{
    static const size_t sizes[] = {1, 2, 3, 0, 5, 16, 31, 1, 255, 256, 257, 513, 15, 17};
    static double whole[1400];
    static uint64_t words[1400];
    libnc_random *random = make(SEED);
    ck_assert_int_eq(libnc_random_normal(random, whole, 1400), LIBNC_OK);
    libnc_random_destroy(random);
    random = make(SEED);
    ck_assert_int_eq(libnc_random_words(random, words, 1400), LIBNC_OK);
    libnc_random_destroy(random);
    random = make(SEED);
    libnc_random *again = make(SEED);
    size_t at = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        double piece[600];
        uint64_t word_piece[600];
        ck_assert_int_eq(libnc_random_normal(random, piece, sizes[i]), LIBNC_OK);
        ck_assert_int_eq(libnc_random_words(again, word_piece, sizes[i]), LIBNC_OK);
        if (sizes[i] > 0) {
            ck_assert_mem_eq(piece, whole + at, sizes[i] * sizeof *piece);
            ck_assert_mem_eq(word_piece, words + at, sizes[i] * sizeof *words);
        }
        at += sizes[i];
    }
    for (; at < 1400; at++) {
        double one;
        ck_assert_int_eq(libnc_random_normal(random, &one, 1), LIBNC_OK);
        ck_assert_double_eq(one, whole[at]);
        ck_assert_double_eq(
            one, nc__normal_quantile(ldexp((double)(words[at] >> 12), -52) + ldexp(1, -53)));
    }
    libnc_random_destroy(random);
    libnc_random_destroy(again);
}
END_TEST

/* ---- splitting ---- */

/* |correlation| of two samples of unit variates below four standard errors. */
static void assert_uncorrelated(nc__stream a, nc__stream b)
{
    enum { N = 20000 };
    nc__stream_normal(&a, sample, N);
    nc__stream_normal(&b, other, N);
    double same = 0, shifted = 0, squares = 0;
    for (int i = 0; i < N; i++) {
        same += sample[i] * other[i];
        shifted += sample[i] * other[(i + 1) % N];
        squares += (sample[i] * sample[i] - 1) * (other[i] * other[i] - 1) / 2;
    }
    ck_assert_double_lt(fabs(same), 4 * sqrt(N));
    ck_assert_double_lt(fabs(shifted), 4 * sqrt(N));
    ck_assert_double_lt(fabs(squares), 4 * sqrt(N) * 1.5);
}

START_TEST(streams_are_independent)
{
    nc__stream root = nc__stream_of(SEED), next = root;
    next.position = 1;
    assert_uncorrelated(root, next); /* successive numbers of one stream */
    assert_uncorrelated(root, nc__stream_of(SEED + 1));
    assert_uncorrelated(root, nc__stream_of(SEED ^ UINT64_C(1) << 63));
    for (uint64_t i = 0; i < 5; i++) {
        nc__stream child = nc__stream_child(root, i);
        assert_uncorrelated(root, child);
        assert_uncorrelated(child, nc__stream_child(root, i + 1));
        assert_uncorrelated(child, nc__stream_child(child, i));
        assert_uncorrelated(child, nc__stream_child(nc__stream_of(SEED + 1), i));
    }
}
END_TEST

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* A family of three generations: no two streams are the same. */
START_TEST(children_differ)
{
    enum { WIDE = 200, FAMILY = 1 + WIDE + WIDE * WIDE };
    static uint64_t numbers[FAMILY];
    nc__stream root = nc__stream_of(SEED);
    size_t count = 0;
    numbers[count++] = root.stream;
    for (uint64_t i = 0; i < WIDE; i++) {
        nc__stream child = nc__stream_child(root, i);
        numbers[count++] = child.stream;
        for (uint64_t j = 0; j < WIDE; j++)
            numbers[count++] = nc__stream_child(child, j).stream;
    }
    qsort(numbers, count, sizeof *numbers, compare_numbers);
    for (size_t i = 1; i < count; i++)
        ck_assert_uint_ne(numbers[i - 1], numbers[i]);
}
END_TEST

START_TEST(split_ignores_position)
{
    libnc_random *parent = make(SEED), *early = NULL, *late = NULL;
    double first[10], a[100], b[100];
    ck_assert_int_eq(libnc_random_split(&early, parent, UINT64_MAX), LIBNC_OK);
    ck_assert_int_eq(libnc_random_normal(parent, first, 10), LIBNC_OK);
    ck_assert_int_eq(libnc_random_split(&late, parent, UINT64_MAX), LIBNC_OK);
    ck_assert_int_eq(libnc_random_normal(early, a, 100), LIBNC_OK);
    ck_assert_int_eq(libnc_random_normal(late, b, 100), LIBNC_OK);
    ck_assert_mem_eq(a, b, sizeof a);
    ck_assert_mem_ne(a, first, sizeof first);
    /* and the parent goes on where it was */
    libnc_random *fresh = make(SEED);
    ck_assert_int_eq(libnc_random_normal(fresh, a, 11), LIBNC_OK);
    ck_assert_int_eq(libnc_random_normal(parent, b, 1), LIBNC_OK);
    ck_assert_double_eq(a[10], b[0]);
    libnc_random_destroy(parent); /* children outlive their parent */
    ck_assert_int_eq(libnc_random_normal(early, a, 1), LIBNC_OK);
    libnc_random_destroy(early);
    libnc_random_destroy(late);
    libnc_random_destroy(fresh);
}
END_TEST

/* ---- permutations ---- */

static double chi_square(const int *observed, int cells, double expected)
{
    double sum = 0;
    for (int i = 0; i < cells; i++)
        sum += (observed[i] - expected) * (observed[i] - expected) / expected;
    return sum;
}

START_TEST(permutations_are_uniform)
{
    enum { DRAWS = 48000, LONG = 10 };
    libnc_random *random = make(SEED);
    int seen[256] = {0}, places[LONG * LONG] = {0}, orders = 0, cells[24];
    for (int draw = 0; draw < DRAWS; draw++) {
        int64_t order[LONG];
        ck_assert_int_eq(libnc_random_permutation(random, order, 4), LIBNC_OK);
        seen[order[0] + 4 * order[1] + 16 * order[2] + 64 * order[3]]++;
        ck_assert_int_eq(libnc_random_permutation(random, order, LONG), LIBNC_OK);
        for (int i = 0; i < LONG; i++)
            places[LONG * i + (int)order[i]]++;
    }
    for (int i = 0; i < 256; i++)
        if (seen[i] > 0 && orders < 24)
            cells[orders++] = seen[i];
    ck_assert_int_eq(orders, 24);
    ck_assert_double_lt(chi_square(cells, 24, DRAWS / 24.0), 49.7);    /* 23 degrees, 0.1 % */
    ck_assert_double_lt(chi_square(places, 100, DRAWS / 10.0), 126.1); /* 81 degrees, 0.1 % */
    libnc_random_destroy(random);
}
END_TEST

/* Fisher-Yates from the same words, the upper half of word x bound found with long division's
 * halves. */
START_TEST(permutation_uses_the_words)
{
    enum { N = 5000 };
    static int64_t order[N], expected[N];
    static uint64_t words[N];
    libnc_random *a = make(SEED), *b = make(SEED);
    uint64_t next_a, next_b;
    ck_assert_int_eq(libnc_random_permutation(a, order, N), LIBNC_OK);
    ck_assert_int_eq(libnc_random_words(b, words, N - 1), LIBNC_OK);
    for (int64_t i = 0; i < N; i++)
        expected[i] = i;
    for (uint64_t i = N, t = 0; i > 1; i--, t++) {
        uint64_t j = ((words[t] >> 32) * i + ((words[t] & UINT32_MAX) * i >> 32)) >> 32;
        int64_t moved = expected[i - 1];
        expected[i - 1] = expected[j];
        expected[j] = moved;
    }
    ck_assert_mem_eq(order, expected, sizeof order);
    ck_assert_int_eq(libnc_random_words(a, &next_a, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_random_words(b, &next_b, 1), LIBNC_OK);
    ck_assert_uint_eq(next_a, next_b);
    libnc_random_destroy(a);
    libnc_random_destroy(b);
}
END_TEST

START_TEST(permutations_of_none_and_one)
{
    libnc_random *random = make(SEED), *fresh = make(SEED);
    int64_t order[2] = {-5, -5};
    uint64_t a, b;
    ck_assert_int_eq(libnc_random_permutation(random, NULL, 0), LIBNC_OK);
    ck_assert_int_eq(libnc_random_permutation(random, order, 1), LIBNC_OK);
    ck_assert_int_eq(order[0], 0);
    ck_assert_int_eq(order[1], -5);
    ck_assert_int_eq(libnc_random_words(random, &a, 1), LIBNC_OK);
    ck_assert_int_eq(libnc_random_words(fresh, &b, 1), LIBNC_OK);
    ck_assert_uint_eq(a, b); /* neither used a word */
    libnc_random_destroy(random);
    libnc_random_destroy(fresh);
}
END_TEST

/* ---- arguments ---- */

START_TEST(wrong_arguments)
{
    libnc_random *random = NULL, *child = NULL;
    ck_assert_int_eq(libnc_random_create(NULL, context, 1), LIBNC_ERROR_ARGUMENT);
    ck_assert_str_eq(libnc_context_error(context), "random = NULL: must be given");
    ck_assert_int_eq(libnc_random_create(&random, NULL, 1), LIBNC_ERROR_ARGUMENT);
    ck_assert_ptr_null(random);
    ck_assert_int_eq(libnc_random_split(&child, NULL, 1), LIBNC_ERROR_ARGUMENT);
    ck_assert_ptr_null(child);
    ck_assert_int_eq(libnc_random_words(NULL, NULL, 0), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_random_uniform(NULL, NULL, 0), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_random_normal(NULL, NULL, 0), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_random_permutation(NULL, NULL, 0), LIBNC_ERROR_ARGUMENT);
    libnc_random_destroy(NULL);
    random = make(SEED);
    ck_assert_int_eq(libnc_random_split(NULL, random, 1), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_random_words(random, NULL, 1), LIBNC_ERROR_ARGUMENT);
    ck_assert_str_eq(libnc_context_error(context), "words = NULL: must be an array of 1 values");
    ck_assert_int_eq(libnc_random_uniform(random, NULL, 2), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_random_normal(random, NULL, 3), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_random_permutation(random, NULL, 4), LIBNC_ERROR_ARGUMENT);
    ck_assert_str_eq(libnc_context_error(context), "order = NULL: must be an array of 4 values");
    double one = 7;
    ck_assert_int_eq(libnc_random_normal(random, &one, SIZE_MAX), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_random_uniform(random, &one, SIZE_MAX / 8), LIBNC_ERROR_ARGUMENT);
    ck_assert_double_eq(one, 7);
    ck_assert_int_eq(libnc_random_words(random, NULL, 0), LIBNC_OK);
    ck_assert_int_eq(libnc_random_uniform(random, NULL, 0), LIBNC_OK);
    ck_assert_int_eq(libnc_random_normal(random, NULL, 0), LIBNC_OK);
    libnc_random_destroy(random);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("random");
    TCase *tests = add_case(suite, "random", 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, known_answers_of_philox);
    tcase_add_test(tests, words_are_philox_blocks);
    tcase_add_test(tests, vectors_of_version_1);
    tcase_add_test(tests, uniforms_are_uniform);
    tcase_add_test(tests, uniforms_of_the_words);
    tcase_add_test(tests, moments_of_normals);
    tcase_add_test(tests, quantile_is_accurate);
    tcase_add_test(tests, quantile_is_odd_and_increasing);
    tcase_add_test(tests, pieces_equal_one_go);
    tcase_add_test(tests, streams_are_independent);
    tcase_add_test(tests, children_differ);
    tcase_add_test(tests, split_ignores_position);
    tcase_add_test(tests, permutations_are_uniform);
    tcase_add_test(tests, permutation_uses_the_words);
    tcase_add_test(tests, permutations_of_none_and_one);
    tcase_add_test(tests, wrong_arguments);
    return run_suite(suite);
}
