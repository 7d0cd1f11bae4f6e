/* SPDX-License-Identifier: MIT
 *
 * accumulator_file.c: accumulators written to and read from files (doc/formats.md, "State of an
 * accumulator").
 *
 * A state is a sequence of little-endian 64-bit words: a header of HEADER_WORDS with a checksum of
 * its own, the statistics, and a checksum of all words before it. Writing and reading walk over the
 * same sections with the same code. The reader believes nothing: memory is allocated when the
 * header's checksum is right and the file has exactly the size that the header implies, so no more
 * than a few times as much as the file holds.
 */
#include "accumulator/accumulator_internal.h"
#include "base/byte_order.h"
#include "base/state_stream.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* 0x89 N C S, then line ends that a transfer as text would change (as PNG's signature has). */
static const unsigned char magic[8] = {0x89, 'N', 'C', 'S', '\r', '\n', 0x1a, '\n'};

#define SIGNATURE "the signature of a state file"
#define LOSSES    "a sum of cross-entropies >= 0"

/* Files without groups are of version 1, which libnc has read since 0.2. */
enum { VERSION_PLAIN = 1, VERSION = 2 };

enum header_word {
    WORD_MAGIC,
    WORD_VERSION,
    WORD_FLAGS,
    WORD_CLASSES,
    WORD_WIDTH,
    WORD_SAMPLES,
    WORD_KIND,
    WORD_PRECISION,
    WORD_DIRECTIONS,
    WORD_SECOND_SAMPLES,
    WORD_RANK,
    WORD_BYTES,
    WORD_CHECKSUM,
    HEADER_WORDS
};

/* Of a unit vector, with room for rounding. */
static const double LONGEST = 1.01;

enum flag {
    FLAG_FLOAT32 = 1,
    FLAG_FLOAT64 = 2,
    FLAG_SECOND = 4,
    FLAG_CLASSIFIER = 8,
    FLAG_LOSSES = 16,
    FLAGS = 31
};

/* In the word of the flags, above them: the number of groups. */
enum { GROUPS_SHIFT = 32 };

/* ---- sections ---- */

/* The upper triangle of a symmetric n x n matrix, row by row. */
static libnc_status pass_triangle(nc__state_stream *s, double *values, int64_t n)
{
    libnc_status status = LIBNC_OK;
    for (int64_t i = 0; i < n && status == LIBNC_OK; i++)
        status = nc__state_numbers(s, values + i * n + i, n - i, -INFINITY, INFINITY,
                                   "a finite scatter");
    return status;
}

/* Means and squares of classes, and the scatter where it is kept. */
static libnc_status pass_statistics(nc__state_stream *s, nc__statistics *statistics)
{
    const int64_t K = statistics->classes, d = statistics->width;
    libnc_status status =
        nc__state_numbers(s, statistics->references, K * d, -INFINITY, INFINITY, "a finite mean");
    if (status == LIBNC_OK)
        status =
            nc__state_numbers(s, statistics->offsets, K * d, -INFINITY, INFINITY, "a finite mean");
    if (status == LIBNC_OK)
        status = nc__state_numbers(s, statistics->squares, K, 0, INFINITY, "a sum of squares >= 0");
    if (status == LIBNC_OK && statistics->scatter)
        status = pass_triangle(s, statistics->scatter->sum, d);
    return status;
}

static libnc_status pass_first(nc__state_stream *s, libnc_accumulator *a)
{
    const int64_t K = a->classes;
    libnc_status status =
        nc__state_wholes(s, a->statistics->counts, K, 0, INT64_MAX, "a count of a class");
    if (status == LIBNC_OK)
        status = nc__state_wholes(s, a->decided, K, 0, INT64_MAX, "a count of decisions");
    if (status == LIBNC_OK)
        status = nc__state_wholes(s, a->right, K, 0, INT64_MAX, "a count of right decisions");
    if (status == LIBNC_OK && a->losses)
        status = nc__state_numbers(s, a->losses, K, 0, INFINITY, LOSSES);
    return status == LIBNC_OK ? pass_statistics(s, a->statistics) : status;
}

static libnc_status pass_groups(nc__state_stream *s, const libnc_accumulator *a)
{
    libnc_status status = LIBNC_OK;
    for (int32_t g = 0; a->groups && g < a->groups->count && status == LIBNC_OK; g++) {
        nc__statistics *part = a->groups->parts[g];
        status = nc__state_wholes(s, part->counts, a->classes, 0, INT64_MAX,
                                  "a count of a class in a group");
        if (status == LIBNC_OK)
            status = pass_statistics(s, part);
    }
    return status;
}

/* What a second pass is begun with: when reading, these are arrays for it to copy. */
typedef struct beginning {
    double *weights, *singular, *basis;
    int64_t rank;
} beginning;

static libnc_status pass_beginning(nc__state_stream *s, const libnc_accumulator *a,
                                   const beginning *b)
{
    const int64_t K = a->classes, d = a->width;
    libnc_status status = LIBNC_OK;
    if (b->weights)
        status =
            nc__state_numbers(s, b->weights, K * d + K, -INFINITY, INFINITY, "a finite weight");
    if (status == LIBNC_OK && b->rank > 0)
        status = nc__state_numbers(s, b->singular, b->rank, 0, INFINITY, "a singular value >= 0");
    if (status == LIBNC_OK && b->rank > 0)
        status = nc__state_numbers(s, b->basis, b->rank * d, -LONGEST, LONGEST,
                                   "a component of a unit vector");
    return status;
}

static libnc_status pass_second(nc__state_stream *s, nc__second_pass *second)
{
    libnc_status status =
        nc__state_wholes(s, second->counts, NC__TALLIES * second->statistics->classes, 0, INT64_MAX,
                         "a count of decisions");
    if (status == LIBNC_OK && second->losses)
        status =
            nc__state_numbers(s, second->losses, second->statistics->classes, 0, INFINITY, LOSSES);
    if (status == LIBNC_OK && second->rank > 0)
        status =
            nc__state_numbers(s, second->balanced, second->rank, 0, INFINITY, "a sum of squares");
    if (status == LIBNC_OK && second->rank > 0)
        status = pass_triangle(s, second->scatter->sum, second->rank);
    return status;
}

/* ---- header ---- */

/* words += a b, or as many as there can be. */
static void add_words(uint64_t *words, uint64_t a, uint64_t b)
{
    const uint64_t most = INT64_MAX / NC__WORD;
    if (b != 0 && a > most / b)
        *words = most;
    else
        *words = *words + a * b < most ? *words + a * b : most;
}

static uint64_t triangle(uint64_t n)
{
    return n % 2 == 0 ? n / 2 * (n + 1) : (n + 1) / 2 * n;
}

/* The bytes of the whole file. */
static uint64_t implied_bytes(const uint64_t *header)
{
    const uint64_t K = header[WORD_CLASSES], d = header[WORD_WIDTH], r = header[WORD_RANK];
    uint64_t words = HEADER_WORDS + 1; /* and the checksum at the end */
    add_words(&words, K, 4);           /* counts, decisions, right ones, squares */
    add_words(&words, 2 * K, d);       /* means */
    if (header[WORD_KIND] == LIBNC_SCATTER_FULL)
        add_words(&words, 1, triangle(d));
    if (header[WORD_FLAGS] & FLAG_CLASSIFIER)
        add_words(&words, K, d + 1);
    if (header[WORD_FLAGS] & FLAG_SECOND)
        add_words(&words, K, NC__TALLIES);
    if (header[WORD_FLAGS] & FLAG_LOSSES)
        add_words(&words, K, header[WORD_FLAGS] & FLAG_SECOND ? 2 : 1);
    add_words(&words, r, d + 2); /* singular values, directions, balanced squares */
    add_words(&words, 1, triangle(r));
    const uint64_t groups = header[WORD_FLAGS] >> GROUPS_SHIFT;
    add_words(&words, groups * 2, K); /* counts, squares */
    add_words(&words, groups * 2 * K, d);
    if (header[WORD_KIND] == LIBNC_SCATTER_FULL)
        add_words(&words, groups, triangle(d));
    return words * NC__WORD;
}

static void fill_header(const libnc_accumulator *a, uint64_t *header)
{
    const nc__second_pass *second = a->second;
    header[WORD_MAGIC] = nc__little_endian(magic, NC__WORD);
    header[WORD_VERSION] = a->groups ? VERSION : VERSION_PLAIN;
    header[WORD_FLAGS] = (a->has_float32 ? FLAG_FLOAT32 : 0u) |
                         (a->has_float64 ? FLAG_FLOAT64 : 0u) | (second ? FLAG_SECOND : 0u) |
                         (second && second->linear.weights ? FLAG_CLASSIFIER : 0u) |
                         (a->losses ? FLAG_LOSSES : 0u) |
                         (a->groups ? (uint64_t)a->groups->count << GROUPS_SHIFT : 0u);
    header[WORD_CLASSES] = (uint64_t)a->classes;
    header[WORD_WIDTH] = (uint64_t)a->width;
    header[WORD_SAMPLES] = (uint64_t)a->statistics->samples;
    header[WORD_KIND] = (uint64_t)a->kind;
    header[WORD_PRECISION] = (uint64_t)a->precision;
    header[WORD_DIRECTIONS] = (uint64_t)a->directions;
    header[WORD_SECOND_SAMPLES] = second ? (uint64_t)second->samples : 0;
    header[WORD_RANK] = second ? (uint64_t)second->rank : 0;
    header[WORD_BYTES] = implied_bytes(header);
}

static libnc_status check_limits(const nc__state_stream *s, const uint64_t *header)
{
    const uint64_t least =
        header[WORD_CLASSES] < header[WORD_WIDTH] ? header[WORD_CLASSES] : header[WORD_WIDTH];
    const bool is_second = header[WORD_FLAGS] & FLAG_SECOND;
    const bool has_span = is_second && header[WORD_KIND] == LIBNC_SCATTER_PROJECTED;
    const bool is_plain = header[WORD_VERSION] == VERSION_PLAIN;
    const uint64_t most_flags = FLAGS | (is_plain ? 0 : (uint64_t)NC__MOST_GROUPS << GROUPS_SHIFT);
    const nc__state_limit limits[] = {
        {WORD_FLAGS, 1, most_flags, "flags of this version"},
        {WORD_CLASSES, 1, INT32_MAX, "1 to 2^31 - 1 classes"},
        {WORD_WIDTH, 1, INT32_MAX, "1 to 2^31 - 1 features"},
        {WORD_SAMPLES, 1, NC__MOST_SAMPLES, "1 to 2^53 samples"},
        {WORD_KIND, 0, LIBNC_SCATTER_PROJECTED, "a kind of scatter from 0 to 2"},
        {WORD_PRECISION, 0, LIBNC_PRECISION_FLOAT64, "a precision from 0 to 1"},
        {WORD_DIRECTIONS, 1, INT32_MAX, "1 to 2^31 - 1 directions"},
        {WORD_SECOND_SAMPLES, 0, is_second ? header[WORD_SAMPLES] : 0,
         "no more samples in the second pass than in the first"},
        {WORD_RANK, 0, has_span ? least : 0, "no more directions than classes and features"},
    };
    const libnc_status status = nc__state_check_header(
        s, header, is_plain ? VERSION_PLAIN : VERSION, limits, sizeof limits / sizeof *limits);
    if (status != LIBNC_OK)
        return status;
    const uint64_t groups = header[WORD_FLAGS] >> GROUPS_SHIFT;
    const uint64_t flags = header[WORD_FLAGS] - (groups << GROUPS_SHIFT);
    if (flags > FLAGS || (groups < NC__FEWEST_GROUPS && !is_plain) ||
        (header[WORD_FLAGS] & (FLAG_FLOAT32 | FLAG_FLOAT64)) == 0 ||
        (header[WORD_FLAGS] & (FLAG_SECOND | FLAG_CLASSIFIER)) == FLAG_CLASSIFIER)
        return nc__state_fail(s, (int64_t)WORD_FLAGS * NC__WORD, "flags that fit together");
    return LIBNC_OK;
}

static libnc_status check_header(const nc__state_stream *s, const uint64_t *header, uint64_t bytes)
{
    libnc_status status = check_limits(s, header);
    if (status != LIBNC_OK)
        return status;
    if (header[WORD_BYTES] != implied_bytes(header))
        return nc__state_fail(s, (int64_t)WORD_BYTES * NC__WORD,
                              "the size that the other words imply");
    if (bytes != header[WORD_BYTES])
        return nc__fail(s->context, LIBNC_ERROR_FORMAT,
                        "path = \"%s\": offset %" PRIu64 ": expected the end at %" PRIu64, s->path,
                        bytes, header[WORD_BYTES]);
    return LIBNC_OK;
}

/* ---- writing ---- */

/* Rows that wait in blocks join the sums first, as they would when these are read. */
static libnc_status write_words(nc__state_stream *s, void *accumulator)
{
    libnc_accumulator *a = accumulator;
    uint64_t header[HEADER_WORDS];
    nc__accumulator_scatter(a);
    for (int32_t g = 0; a->groups && g < a->groups->count; g++)
        nc__statistics_scatter(a->groups->parts[g]);
    if (a->second && a->second->scatter)
        nc__scatter_values(a->second->scatter);
    fill_header(a, header);
    libnc_status status = nc__state_header(s, header, WORD_CHECKSUM, magic, SIGNATURE);
    if (status == LIBNC_OK)
        status = pass_first(s, a);
    if (status == LIBNC_OK && a->second) {
        const beginning b = {a->second->linear.weights, a->second->singular, a->second->basis,
                             a->second->rank};
        status = pass_beginning(s, a, &b);
    }
    if (status == LIBNC_OK && a->second)
        status = pass_second(s, a->second);
    if (status == LIBNC_OK)
        status = pass_groups(s, a);
    if (status == LIBNC_OK)
        status = nc__state_transfer_checksum(s);
    assert(status != LIBNC_OK || (uint64_t)s->offset == header[WORD_BYTES]);
    return status;
}

libnc_status libnc_accumulator_save(const libnc_accumulator *a, const char *path)
{
    if (!a)
        return LIBNC_ERROR_ARGUMENT;
    if (!path)
        return nc__fail(a->context, LIBNC_ERROR_ARGUMENT, "path = NULL: must be given");
    if (!a->statistics)
        return nc__fail(a->context, LIBNC_ERROR_STATE, "accumulator: has no sample");
    return nc__state_write(a->context, path,
                           "accumulator: features so large that their squares overflow",
                           write_words, (libnc_accumulator *)a);
}

/* ---- reading ---- */

static bool is_within(const int64_t *part, const int64_t *whole, int64_t count)
{
    for (int64_t k = 0; k < count; k++)
        if (part[k] > whole[k])
            return false;
    return true;
}

/* Whether counts sum up to this, without overflow. */
static bool sums_to(const int64_t *counts, int64_t count, int64_t sum)
{
    for (int64_t k = 0; k < count; k++) {
        if (counts[k] > sum)
            return false;
        sum -= counts[k];
    }
    return sum == 0;
}

static libnc_status check_first(const nc__state_stream *s, const libnc_accumulator *a,
                                int64_t samples)
{
    const int64_t *counts = a->statistics->counts;
    if (!sums_to(counts, a->classes, samples))
        return nc__state_fail(s, HEADER_WORDS * NC__WORD, "counts that sum up to the samples");
    if (!is_within(a->decided, counts, a->classes) || !is_within(a->right, a->decided, a->classes))
        return nc__state_fail(s, (HEADER_WORDS + a->classes) * NC__WORD,
                              "no more decisions than samples, and right ones than decisions");
    a->statistics->samples = samples;
    return LIBNC_OK;
}

/* The groups have the samples of each class between them. */
static libnc_status check_groups(const nc__state_stream *s, libnc_accumulator *a, int64_t offset)
{
    const int64_t *counts = a->statistics->counts;
    for (int64_t k = 0; k < a->classes; k++) {
        int64_t left = counts[k];
        for (int32_t g = 0; g < a->groups->count && left >= 0; g++)
            left =
                a->groups->parts[g]->counts[k] <= left ? left - a->groups->parts[g]->counts[k] : -1;
        if (left != 0)
            return nc__state_fail(s, offset, "groups that have the samples of each class");
    }
    for (int32_t g = 0; g < a->groups->count; g++)
        for (int64_t k = 0; k < a->classes; k++)
            a->groups->parts[g]->samples += a->groups->parts[g]->counts[k];
    nc__sample_groups_follow(a->groups, counts);
    return LIBNC_OK;
}

static libnc_status read_groups(nc__state_stream *s, libnc_accumulator *a)
{
    const int64_t offset = s->offset;
    libnc_status status = pass_groups(s, a);
    return status == LIBNC_OK && a->groups ? check_groups(s, a, offset) : status;
}

static libnc_status check_second(const nc__state_stream *s, nc__second_pass *second, int64_t offset,
                                 int64_t samples)
{
    const nc__tally *t = &second->tally;
    const int64_t K = second->statistics->classes;
    if (!sums_to(t->nearest_known, K, samples) ||
        !is_within(t->nearest_known, second->statistics->counts, K) ||
        !is_within(t->nearest_is_own, t->nearest_known, K) ||
        !is_within(t->decided, t->nearest_known, K) || !is_within(t->right, t->decided, K) ||
        !is_within(t->agreed, t->decided, K))
        return nc__state_fail(s, offset, "counts of the second pass that fit together");
    second->samples = samples;
    return LIBNC_OK;
}

static libnc_status allocate_beginning(nc__arena *arena, const uint64_t *header, beginning *b)
{
    const size_t K = (size_t)header[WORD_CLASSES], d = (size_t)header[WORD_WIDTH];
    const size_t r = (size_t)header[WORD_RANK];
    b->rank = (int64_t)r;
    if (header[WORD_FLAGS] & FLAG_CLASSIFIER)
        b->weights = nc__arena_alloc(arena, K, (d + 1) * sizeof(double));
    b->singular = nc__arena_alloc(arena, r, sizeof(double));
    b->basis = nc__arena_alloc(arena, r, d * sizeof(double));
    return nc__arena_status(arena);
}

static libnc_status read_second(nc__state_stream *s, libnc_accumulator *a, const uint64_t *header)
{
    nc__arena arena = {.context = a->context};
    beginning b = {0};
    libnc_status status = allocate_beginning(&arena, header, &b);
    if (status == LIBNC_OK)
        status = pass_beginning(s, a, &b);
    if (status == LIBNC_OK)
        status = nc__second_pass_create(&a->second, a->context, a->statistics,
                                        nc__accumulator_product_type(a), b.weights, b.rank,
                                        b.singular, b.basis);
    if (status == LIBNC_OK && a->losses)
        status = nc__second_pass_want_losses(a->second);
    const int64_t offset = s->offset;
    if (status == LIBNC_OK)
        status = pass_second(s, a->second);
    if (status == LIBNC_OK)
        status = check_second(s, a->second, offset, (int64_t)header[WORD_SECOND_SAMPLES]);
    nc__arena_release(&arena);
    return status;
}

/* An empty accumulator with the header's settings. */
static libnc_status create_from(libnc_accumulator **accumulator, libnc_context *context,
                                const uint64_t *header)
{
    static const int32_t keys[] = {LIBNC_ACCUMULATOR_OPTION_SCATTER,
                                   LIBNC_ACCUMULATOR_OPTION_PRECISION,
                                   LIBNC_ACCUMULATOR_OPTION_DIRECTIONS};
    libnc_accumulator *a;
    libnc_status status = libnc_accumulator_create(&a, context, (int64_t)header[WORD_CLASSES],
                                                   (int64_t)header[WORD_WIDTH]);
    if (status != LIBNC_OK)
        return status;
    for (int i = 0; i < 3 && status == LIBNC_OK; i++)
        status = libnc_options_set_int64(&a->options, keys[i], (int64_t)header[WORD_KIND + i]);
    if (status == LIBNC_OK)
        status = libnc_options_set_int64(&a->options, LIBNC_ACCUMULATOR_OPTION_CROSS_ENTROPY,
                                         header[WORD_FLAGS] & FLAG_LOSSES ? 1 : 0);
    if (status == LIBNC_OK)
        status = libnc_options_set_int64(&a->options, LIBNC_ACCUMULATOR_OPTION_GROUPS,
                                         (int64_t)(header[WORD_FLAGS] >> GROUPS_SHIFT));
    if (status == LIBNC_OK)
        status = nc__accumulator_begin(a);
    if (status != LIBNC_OK) {
        libnc_accumulator_destroy(a);
        return status;
    }
    a->has_float32 = header[WORD_FLAGS] & FLAG_FLOAT32;
    a->has_float64 = header[WORD_FLAGS] & FLAG_FLOAT64;
    *accumulator = a;
    return LIBNC_OK;
}

static libnc_status read_words(nc__state_stream *s, void *accumulator)
{
    uint64_t header[HEADER_WORDS];
    libnc_accumulator *a = NULL;
    libnc_status status = nc__state_header(s, header, WORD_CHECKSUM, magic, SIGNATURE);
    if (status == LIBNC_OK)
        status = check_header(s, header, (uint64_t)s->bytes);
    if (status == LIBNC_OK)
        status = create_from(&a, s->context, header);
    if (status == LIBNC_OK)
        status = pass_first(s, a);
    if (status == LIBNC_OK)
        status = check_first(s, a, (int64_t)header[WORD_SAMPLES]);
    if (status == LIBNC_OK && header[WORD_FLAGS] & FLAG_SECOND)
        status = read_second(s, a, header);
    if (status == LIBNC_OK)
        status = read_groups(s, a);
    if (status == LIBNC_OK)
        status = nc__state_transfer_checksum(s);
    if (status != LIBNC_OK) {
        libnc_accumulator_destroy(a);
        return status;
    }
    *(libnc_accumulator **)accumulator = a;
    return LIBNC_OK;
}

libnc_status libnc_accumulator_load(libnc_accumulator **accumulator, libnc_context *context,
                                    const char *path)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (!accumulator)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "accumulator = NULL: must be given");
    if (!path)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "path = NULL: must be given");
    return nc__state_read(context, path, read_words, accumulator);
}
