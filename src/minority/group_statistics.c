/* SPDX-License-Identifier: MIT
 *
 * group_statistics.c: angles, lengths, states and numbers of different vectors, by group.
 *
 * A pair of blocks stands for all pairs of their classes, with that weight. Squared distances come
 * from Gram matrices, ||x - y||^2 = x.x + y.y - 2 x.y, which rounding spoils below 1e-8 of the
 * lengths: hence the least tolerance of libnc/minority.h.
 */
#include "minority/group_statistics.h"

#include <math.h>
#include <string.h>

enum {
    MEAN = LIBNC_MINORITY_STATISTIC_MEAN - 1,
    MINIMUM = LIBNC_MINORITY_STATISTIC_MINIMUM - 1,
    MAXIMUM = LIBNC_MINORITY_STATISTIC_MAXIMUM - 1,
    DEVIATION = LIBNC_MINORITY_STATISTIC_DEVIATION - 1,
    ROWS = LIBNC_MINORITY_VECTORS_ROWS - 1,
    STATISTICS = NC__DESCRIPTION_STATISTICS
};

typedef struct worker {
    nc__arena arena;
    const nc__class_blocks *blocks;
    nc__description *out;
    double tolerance, vanishing;
    double *weight;   /* G x G: pairs, or classes */
    double *vanished; /* C: 1 or 0, of the present family */
    double *logits;   /* C x C: row = column of the logits */
    double *column;   /* C: squared length of a column of the logits */
    int64_t *leaders; /* C */
} worker;

void nc__description_destroy(nc__description *d)
{
    if (!d)
        return;
    nc__arena_release(&d->arena);
    nc__free(d->context, d);
}

static libnc_status allocate(nc__description **out, const nc__class_blocks *blocks)
{
    nc__description *d = nc__alloc(blocks->arena->context, 1, sizeof *d);
    if (!d)
        return LIBNC_ERROR_MEMORY;
    nc__arena *arena = &d->arena;
    const size_t groups = (size_t)blocks->groups, families = NC__CELLS_FAMILIES;
    d->context = arena->context = blocks->arena->context;
    d->classes = blocks->classes;
    d->groups = blocks->groups;
    d->group_of = nc__arena_alloc(arena, (size_t)blocks->classes, sizeof(int64_t));
    d->size = nc__arena_alloc(arena, groups, sizeof(int64_t));
    d->samples = nc__arena_alloc(arena, groups, sizeof(int64_t));
    d->first = nc__arena_alloc(arena, groups, sizeof(int64_t));
    d->state = nc__arena_alloc(arena, groups, families * sizeof(int32_t));
    d->cosine = nc__arena_alloc(arena, groups * groups, families * STATISTICS * sizeof(double));
    d->norm = nc__arena_alloc(arena, groups, families * STATISTICS * sizeof(double));
    d->predictions = nc__arena_alloc(arena, groups + 1, sizeof(int64_t));
    d->rows = nc__arena_alloc(arena, groups + 1, sizeof(int64_t));
    if (arena->failed) {
        nc__description_destroy(d);
        return LIBNC_ERROR_MEMORY;
    }
    *out = d;
    return LIBNC_OK;
}

static void count_groups(const nc__class_blocks *blocks, nc__description *d)
{
    d->has_classifier = blocks->has_classifier;
    memcpy(d->group_of, blocks->group_of, (size_t)blocks->classes * sizeof *d->group_of);
    for (int64_t g = 0; g < d->groups; g++)
        d->first[g] = -1;
    for (int64_t c = 0; c < blocks->count; c++) {
        const int64_t g = blocks->group[c], classes = (int64_t)blocks->multiplicity[c];
        d->size[g] += classes;
        d->samples[g] += classes * (int64_t)blocks->size[c];
        if (d->first[g] < 0 || blocks->first[c] < d->first[g])
            d->first[g] = blocks->first[c];
    }
}

/* ---- statistics of weighted values: start, add all, finish the mean, deviate all, finish ---- */

static void start(double *statistics)
{
    statistics[MEAN] = statistics[DEVIATION] = 0;
    statistics[MINIMUM] = INFINITY;
    statistics[MAXIMUM] = -INFINITY;
}

static void add(double *statistics, double *weight, double value, double count)
{
    *weight += count;
    statistics[MEAN] += count / *weight * (value - statistics[MEAN]);
    statistics[MINIMUM] = fmin(statistics[MINIMUM], value);
    statistics[MAXIMUM] = fmax(statistics[MAXIMUM], value);
}

static void deviate(double *statistics, double value, double count)
{
    const double difference = value - statistics[MEAN];
    statistics[DEVIATION] += count * difference * difference;
}

static void finish(double *statistics, double weight)
{
    if (weight > 0)
        statistics[DEVIATION] = sqrt(statistics[DEVIATION] / weight);
    for (int i = 0; i < STATISTICS && !(weight > 0); i++)
        statistics[i] = NAN;
}

/* ---- one family ---- */

static void mark_vanished(worker *w, int32_t family)
{
    const double *own = w->blocks->matrices[family].own;
    double largest = 0;
    for (int64_t c = 0; c < w->blocks->count; c++)
        largest = fmax(largest, own[c]);
    const double least = w->vanishing * w->vanishing * largest;
    for (int64_t c = 0; c < w->blocks->count; c++)
        w->vanished[c] = own[c] > least ? 0 : 1;
}

static double length_of(const worker *w, int32_t family, int64_t block)
{
    return w->vanished[block] != 0 ? 0 : sqrt(w->blocks->matrices[family].own[block]);
}

static double cosine_of(const worker *w, int32_t family, int64_t a, int64_t b)
{
    const double value = nc__block_value(w->blocks, family, a, b) /
                         (length_of(w, family, a) * length_of(w, family, b));
    return fmax(fmin(value, 1), -1);
}

/* Of two different classes. */
static bool coincide(const worker *w, int32_t family, int64_t a, int64_t b)
{
    const double *own = w->blocks->matrices[family].own;
    const double square = own[a] + own[b] - 2 * nc__block_value(w->blocks, family, a, b);
    return square <= w->tolerance * w->tolerance * fmax(own[a], own[b]);
}

/* Pairs of different classes. */
static double pairs_of(const nc__class_blocks *blocks, int64_t a, int64_t b)
{
    const double m = blocks->multiplicity[a];
    return a == b ? m * (m - 1) / 2 : m * blocks->multiplicity[b];
}

static void describe_norms(worker *w, int32_t family)
{
    const nc__class_blocks *blocks = w->blocks;
    double *norms = w->out->norm + family * w->out->groups * STATISTICS;
    for (int64_t g = 0; g < w->out->groups; g++) {
        start(norms + g * STATISTICS);
        w->weight[g] = 0;
    }
    for (int64_t c = 0; c < blocks->count; c++) {
        const int64_t g = blocks->group[c];
        add(norms + g * STATISTICS, &w->weight[g], length_of(w, family, c),
            blocks->multiplicity[c]);
    }
    for (int64_t c = 0; c < blocks->count; c++)
        deviate(norms + blocks->group[c] * STATISTICS, length_of(w, family, c),
                blocks->multiplicity[c]);
    for (int64_t g = 0; g < w->out->groups; g++)
        finish(norms + g * STATISTICS, w->weight[g]);
}

/* One pass over all pairs of blocks whose cosine is defined: the mean and ends, or the deviations.
 * The groups of a pair are taken in ascending order. */
static void visit_cosines(worker *w, int32_t family, double *cosines, bool second)
{
    const nc__class_blocks *blocks = w->blocks;
    const int64_t groups = w->out->groups;
    for (int64_t a = 0; a < blocks->count; a++) {
        for (int64_t b = a; b < blocks->count; b++) {
            const double pairs = pairs_of(blocks, a, b);
            if (w->vanished[a] != 0 || w->vanished[b] != 0 || pairs == 0)
                continue;
            const int64_t g = blocks->group[a], h = blocks->group[b];
            const int64_t at = g < h ? g * groups + h : h * groups + g;
            const double value = cosine_of(w, family, a, b);
            if (second)
                deviate(cosines + at * STATISTICS, value, pairs);
            else
                add(cosines + at * STATISTICS, &w->weight[at], value, pairs);
        }
    }
}

static void describe_cosines(worker *w, int32_t family)
{
    const int64_t groups = w->out->groups;
    double *cosines = w->out->cosine + family * groups * groups * STATISTICS;
    for (int64_t i = 0; i < groups * groups; i++) {
        start(cosines + i * STATISTICS);
        w->weight[i] = 0;
    }
    visit_cosines(w, family, cosines, false);
    visit_cosines(w, family, cosines, true);
    for (int64_t g = 0; g < groups; g++)
        for (int64_t h = g; h < groups; h++) {
            double *own = cosines + (g * groups + h) * STATISTICS;
            finish(own, w->weight[g * groups + h]);
            if (h != g)
                memcpy(cosines + (h * groups + g) * STATISTICS, own, STATISTICS * sizeof *own);
        }
}

/* Until shown otherwise a group has vanished, and one of two or more classes is collapsed. */
static void describe_states(worker *w, int32_t family)
{
    const nc__class_blocks *blocks = w->blocks;
    int32_t *state = w->out->state + family * w->out->groups;
    for (int64_t g = 0; g < w->out->groups; g++)
        state[g] = LIBNC_MINORITY_STATE_LOST;
    for (int64_t c = 0; c < blocks->count; c++)
        if (w->vanished[c] == 0)
            state[blocks->group[c]] = w->out->size[blocks->group[c]] > 1
                                          ? LIBNC_MINORITY_STATE_MERGED
                                          : LIBNC_MINORITY_STATE_SEPARATE;
    for (int64_t a = 0; a < blocks->count; a++)
        for (int64_t b = a; b < blocks->count; b++)
            if (blocks->group[a] == blocks->group[b] && pairs_of(blocks, a, b) > 0 &&
                state[blocks->group[a]] == LIBNC_MINORITY_STATE_MERGED &&
                !coincide(w, family, a, b))
                state[blocks->group[a]] = LIBNC_MINORITY_STATE_SEPARATE;
}

/* ---- different vectors ---- */

/* w->logits: row b holds what the classes of each block give to one of block b. */
static void transpose_logits(worker *w)
{
    const int64_t count = w->blocks->count;
    const double *logits = w->blocks->matrices[NC__CELLS_LOGITS].between;
    for (int64_t a = 0; a < count; a++)
        for (int64_t b = 0; b < count; b++)
            w->logits[b * count + a] = logits[a * count + b];
}

static double squared(double x)
{
    return x * x;
}

/* Squared lengths of the columns: of a class of each block. */
static void measure_columns(worker *w)
{
    const nc__class_blocks *blocks = w->blocks;
    const nc__block_matrix *z = &blocks->matrices[NC__CELLS_LOGITS];
    for (int64_t a = 0; a < blocks->count; a++) {
        const double *column = w->logits + a * blocks->count;
        double sum = squared(z->own[a]) + (blocks->multiplicity[a] - 1) * squared(z->within[a]);
        for (int64_t c = 0; c < blocks->count; c++)
            if (c != a)
                sum += blocks->multiplicity[c] * squared(column[c]);
        w->column[a] = sum;
    }
}

/* In the rows of block a: columns of one of its classes and of a class of another block, whose
 * entry there is `other`. */
static double own_distance(const worker *w, int64_t a, double other)
{
    const nc__block_matrix *z = &w->blocks->matrices[NC__CELLS_LOGITS];
    return squared(z->own[a] - other) +
           (w->blocks->multiplicity[a] - 1) * squared(z->within[a] - other);
}

/* ||z_k - z_l|| <= tolerance max(||z_k||, ||z_l||) for different classes k of block a and l of
 * block b. The rows of the two blocks come first: they end most comparisons. */
static bool predict_alike(const worker *w, int64_t a, int64_t b)
{
    const nc__class_blocks *blocks = w->blocks;
    const nc__block_matrix *z = &blocks->matrices[NC__CELLS_LOGITS];
    const double *left = w->logits + a * blocks->count, *right = w->logits + b * blocks->count;
    const double limit = squared(w->tolerance) * fmax(w->column[a], w->column[b]);
    if (a == b)
        return 2 * squared(z->own[a] - z->within[a]) <= limit;
    double sum = own_distance(w, a, right[a]) + own_distance(w, b, left[b]);
    for (int64_t c = 0; c < blocks->count && sum <= limit; c++)
        if (c != a && c != b)
            sum += blocks->multiplicity[c] * squared(left[c] - right[c]);
    return sum <= limit;
}

static bool rows_alike(const worker *w, int64_t a, int64_t b)
{
    return coincide(w, ROWS, a, b);
}

/* How many different vectors there are in a group, or, -1, in all. */
static int64_t count_different(worker *w, int64_t group,
                               bool (*alike)(const worker *, int64_t, int64_t))
{
    const nc__class_blocks *blocks = w->blocks;
    int64_t leaders = 0, different = 0;
    for (int64_t c = 0; c < blocks->count; c++) {
        if (group >= 0 && blocks->group[c] != group)
            continue;
        bool known = false;
        for (int64_t i = 0; i < leaders && !known; i++)
            known = alike(w, w->leaders[i], c);
        if (known)
            continue;
        const double m = blocks->multiplicity[c];
        w->leaders[leaders++] = c;
        different += m > 1 && !alike(w, c, c) ? (int64_t)m : 1;
    }
    return different;
}

static void count_all(worker *w)
{
    nc__description *d = w->out;
    transpose_logits(w);
    measure_columns(w);
    for (int64_t g = 0; g <= d->groups; g++) {
        const int64_t group = g < d->groups ? g : -1;
        d->rows[g] = count_different(w, group, rows_alike);
        d->predictions[g] = count_different(w, group, predict_alike);
    }
}

/* ---- all ---- */

static libnc_status work(worker *w)
{
    nc__arena *arena = &w->arena;
    const size_t count = (size_t)w->blocks->count, groups = (size_t)w->blocks->groups;
    w->weight = nc__arena_alloc(arena, groups, groups * sizeof(double));
    w->vanished = nc__arena_alloc(arena, count, sizeof(double));
    w->logits = nc__arena_alloc(arena, count, count * sizeof(double));
    w->column = nc__arena_alloc(arena, count, sizeof(double));
    w->leaders = nc__arena_alloc(arena, count, sizeof(int64_t));
    if (arena->failed)
        return LIBNC_ERROR_MEMORY;
    for (int32_t family = 0; family < NC__CELLS_FAMILIES; family++) {
        mark_vanished(w, family);
        describe_norms(w, family);
        describe_cosines(w, family);
        describe_states(w, family);
    }
    count_all(w);
    return LIBNC_OK;
}

libnc_status nc__describe(nc__description **description, const nc__class_blocks *blocks,
                          double tolerance, double vanishing)
{
    nc__description *d = NULL;
    libnc_status status = allocate(&d, blocks);
    if (status != LIBNC_OK)
        return status;
    count_groups(blocks, d);
    worker w = {.arena = {.context = blocks->arena->context},
                .blocks = blocks,
                .out = d,
                .tolerance = tolerance,
                .vanishing = vanishing};
    status = work(&w);
    nc__arena_release(&w.arena);
    if (status != LIBNC_OK) {
        nc__description_destroy(d);
        return status;
    }
    *description = d;
    return LIBNC_OK;
}
