/* SPDX-License-Identifier: MIT
 *
 * class_statistics.c: one-pass, mergeable class means, squares and within-class scatter
 * (doc/metrics.md, "Statistics").
 *
 * Each row joins its class by the update of Welford (Technometrics 4, 1962): with n samples of the
 * class before and y = x - mean,
 *   mean += y/(n+1),   S_W += n/(n+1) y y^T,
 * so that S_W is a sum of squares, one row each, and nothing cancels for any order of the data. x
 * is shifted by the class's reference first, which is exact near collapse (Sterbenz 1974), then by
 * the offset. The rows sqrt(n/(n+1)) y wait in a block, in order of arrival, until there are
 * enough for the BLAS to run at speed. Two statistics merge by the update of Chan, Golub and
 * LeVeque (1979): with n and c samples and the means delta apart,
 *   mean += c/(n+c) delta,   S_W += S_W' + n c/(n+c) delta delta^T.
 */
#include "accumulator/class_statistics.h"

#include "linalg/finite.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    MOST_ROWS = 1024, /* of a block: the BLAS reaches its speed with fewer */
    LEAST_ROWS = 16,  /* where rows are so long that they need not be many */
    BLOCK_BYTES = 1 << 24,
    GRAIN = 16, /* columns that threads share: no cache line has two writers */
    REBASE = 8  /* a mean takes a new reference when its count is a power of this */
};

static int64_t block_rows(int64_t width, int64_t most)
{
    int64_t rows = BLOCK_BYTES / (int64_t)sizeof(double) / width;
    return rows > most ? most : rows < LEAST_ROWS ? LEAST_ROWS : rows;
}

static libnc_status allocate(nc__statistics *s)
{
    nc__arena *arena = &s->arena;
    const size_t K = (size_t)s->classes, d = (size_t)s->width, rows = (size_t)s->capacity;
    s->counts = nc__arena_alloc(arena, K, sizeof(int64_t));
    s->references = nc__arena_alloc(arena, K, d * sizeof(double));
    s->offsets = nc__arena_alloc(arena, K, d * sizeof(double));
    s->squares = nc__arena_alloc(arena, K, sizeof(double));
    s->order = nc__arena_alloc(arena, rows, sizeof(int64_t));
    s->slot_count = nc__arena_alloc(arena, rows, sizeof(int64_t));
    s->slot_class = nc__arena_alloc(arena, rows, sizeof(int64_t));
    s->class_slot = nc__arena_alloc(arena, K, sizeof(int32_t));
    s->block = nc__arena_alloc(arena, rows, d * sizeof(double));
    return nc__arena_status(arena);
}

libnc_status nc__statistics_create_for(nc__statistics **statistics, libnc_context *context,
                                       int64_t classes, int64_t width, bool with_scatter,
                                       int64_t rows)
{
    assert(classes >= 1 && width >= 1);
    nc__statistics *s = nc__alloc(context, 1, sizeof *s);
    if (!s)
        return LIBNC_ERROR_MEMORY;
    s->context = s->arena.context = context;
    s->classes = classes;
    s->width = width;
    s->capacity = block_rows(width, rows);
    s->scalar = LIBNC_FLOAT64;
    libnc_status status = allocate(s);
    if (status == LIBNC_OK && with_scatter)
        status = nc__scatter_create(&s->scatter, context, width);
    if (status == LIBNC_OK)
        status = nc__statistics_prepare(s, LIBNC_FLOAT64);
    if (status != LIBNC_OK) {
        nc__statistics_destroy(s);
        return status;
    }
    *statistics = s;
    return LIBNC_OK;
}

libnc_status nc__statistics_create(nc__statistics **statistics, libnc_context *context,
                                   int64_t classes, int64_t width, bool with_scatter)
{
    return nc__statistics_create_for(statistics, context, classes, width, with_scatter, MOST_ROWS);
}

void nc__statistics_destroy(nc__statistics *s)
{
    if (!s)
        return;
    nc__free(s->context, s->row_squares);
    nc__scatter_destroy(s->scatter);
    nc__arena_release(&s->arena);
    nc__free(s->context, s);
}

libnc_status nc__statistics_prepare(nc__statistics *s, int32_t scalar)
{
    if (s->context->threads > s->parts) {
        double *scratch = nc__alloc(s->context, (size_t)s->context->threads,
                                    (size_t)s->capacity * sizeof(double));
        if (!scratch)
            return LIBNC_ERROR_MEMORY;
        nc__free(s->context, s->row_squares);
        s->row_squares = scratch;
        s->parts = s->context->threads;
    }
    return s->scatter ? nc__scatter_prepare(s->scatter, scalar) : LIBNC_OK;
}

/* ---- S_W ---- */

static nc__tensor block_of(const nc__statistics *s, int64_t rows)
{
    return nc__tensor_of(s->block, s->scalar, rows, s->width);
}

/* S_W += Y^T Y for the rows Y that wait in the block. */
static void add_products(nc__statistics *s)
{
    nc__tensor y = block_of(s, s->waiting);
    if (s->scatter)
        nc__scatter_add(s->scatter, &y, s->waiting_squares);
    s->waiting = 0;
    s->waiting_squares = 0;
}

const double *nc__statistics_scatter(nc__statistics *s)
{
    add_products(s);
    return s->scatter ? nc__scatter_values(s->scatter) : NULL;
}

/* ---- rows ---- */

/* order = the rows sorted by class; slot_count = rows of each class that occurs. */
static int64_t sort_rows(nc__statistics *s, int64_t count, const int32_t *labels)
{
    int64_t slots = 0, begin = 0;
    for (int64_t i = 0; i < count; i++) {
        int32_t *slot = &s->class_slot[labels[i]];
        if (*slot == 0) {
            s->slot_class[slots] = labels[i];
            s->slot_count[slots++] = 0;
            *slot = (int32_t)slots;
        }
        s->slot_count[*slot - 1]++;
    }
    for (int64_t slot = 0; slot < slots; slot++) {
        begin += s->slot_count[slot];
        s->slot_count[slot] = begin; /* the end of its rows, for now */
    }
    for (int64_t i = count - 1; i >= 0; i--)
        s->order[--s->slot_count[s->class_slot[labels[i]] - 1]] = i;
    for (int64_t slot = 0; slot < slots; slot++) {
        int64_t end = slot + 1 < slots ? s->slot_count[slot + 1] : count;
        s->slot_count[slot] = end - s->slot_count[slot];
        s->class_slot[s->slot_class[slot]] = 0;
    }
    return slots;
}

/* reference + offset stays as it is to all digits of both (Knuth's two-sum), and the offset falls
 * to the rounding error of the reference: so far as a first sample was from the mean, later offsets
 * do not round at that distance. */
static void rebase(double *reference, double *offset, int64_t width)
{
    for (int64_t c = 0; c < width; c++) {
        double r = reference[c], o = offset[c], sum = r + o, part = sum - r;
        reference[c] = sum;
        offset[c] = (r - (sum - part)) + (o - part);
    }
}

void nc__statistics_rebase(nc__statistics *s, int64_t k)
{
    rebase(s->references + k * s->width, s->offsets + k * s->width, s->width);
}

static bool is_power(int64_t n)
{
    while (n > 1 && n % REBASE == 0)
        n /= REBASE;
    return n == 1;
}

/* One call of add: rows of the block, sorted. */
typedef struct joining {
    nc__statistics *s;
    const nc__tensor *rows;
    nc__tensor block;
    int64_t slots;
} joining;

/* Columns begin .. end - 1 of the rows of one class. */
static void join_class(const joining *j, int64_t slot, int64_t first, int64_t begin, int64_t end,
                       double *squares)
{
    nc__statistics *s = j->s;
    const int64_t k = s->slot_class[slot], width = end - begin;
    double *reference = s->references + k * s->width + begin;
    double *offset = s->offsets + k * s->width + begin;
    int64_t n = s->counts[k];
    for (int64_t i = first; i < first + s->slot_count[slot]; i++, n++) {
        nc__tensor row = nc__tensor_rows(j->rows, s->order[i], 1);
        nc__tensor y = nc__tensor_rows(&j->block, s->order[i], 1);
        nc__tensor x = nc__tensor_cols(&row, begin, width);
        y = nc__tensor_cols(&y, begin, width);
        if (n == 0)
            nc__to_double(&x, reference);
        double share = 1 / (double)(n + 1);
        squares[s->order[i]] =
            nc__join_row(&x, reference, offset, share, sqrt((double)n * share), &y);
        if (is_power(n + 1))
            rebase(reference, offset, width);
    }
}

static void join_part(void *argument, int32_t part, int32_t parts)
{
    const joining *j = argument;
    nc__statistics *s = j->s;
    int64_t begin, end, first = 0;
    nc__share(s->width, GRAIN, part, parts, &begin, &end);
    double *squares = s->row_squares + part * s->capacity;
    if (begin == end) {
        memset(squares, 0, (size_t)j->rows->rows * sizeof(double));
        return;
    }
    for (int64_t slot = 0; slot < j->slots; first += s->slot_count[slot++])
        join_class(j, slot, first, begin, end, squares);
}

/* Rows that the block has room for. */
static void add_some(nc__statistics *s, const nc__tensor *rows, const int32_t *labels)
{
    const int64_t count = rows->rows;
    nc__tensor block = block_of(s, s->capacity);
    joining j = {s, rows, nc__tensor_rows(&block, s->waiting, count), sort_rows(s, count, labels)};
    const int32_t parts = s->context->threads;
    /* The same parts either way, so that the sums of squares have the same bits. */
    if (parts > 1 && count * s->width >= NC__SHARED_VALUES)
        nc__parallel(s->context, join_part, &j);
    else
        for (int32_t part = 0; part < parts; part++)
            join_part(&j, part, parts);
    for (int64_t i = 0; i < count; i++) {
        double square = 0;
        for (int32_t part = 0; part < parts; part++)
            square += s->row_squares[part * s->capacity + i];
        s->squares[labels[i]] += square;
        s->waiting_squares += square;
        s->counts[labels[i]]++;
    }
    s->samples += count;
    s->waiting += count;
    if (s->waiting == s->capacity)
        add_products(s);
}

/* The block holds rows of one type at a time. */
static void change_type(nc__statistics *s, int32_t scalar)
{
    if (s->scalar != scalar)
        add_products(s);
    s->scalar = scalar;
}

void nc__statistics_add(nc__statistics *s, const nc__tensor *rows, const int32_t *labels)
{
    assert(rows->cols == s->width && s->parts >= s->context->threads);
    change_type(s, rows->scalar);
    for (int64_t begin = 0, count; begin < rows->rows; begin += count) {
        const int64_t scratch = s->capacity - s->waiting, left = rows->rows - begin;
        count = left < scratch ? left : scratch;
        nc__tensor some = nc__tensor_rows(rows, begin, count);
        add_some(s, &some, labels + begin);
    }
}

static libnc_status check_rows(const nc__statistics *s, const nc__tensor *rows,
                               const int32_t *labels)
{
    for (int64_t i = 0; i < rows->rows; i++)
        if (labels[i] < 0 || labels[i] >= s->classes)
            return nc__fail(s->context, LIBNC_ERROR_ARGUMENT,
                            "label of row %lld = %d: must be from 0 to %lld", (long long)i,
                            labels[i], (long long)s->classes - 1);
    return nc__check_rows_finite(s->context, "features", rows);
}

libnc_status nc__statistics_update(nc__statistics *s, const double *rows, int64_t count,
                                   const int32_t *labels)
{
    nc__tensor all = nc__tensor_f64(rows, count, s->width);
    libnc_status status = check_rows(s, &all, labels);
    if (status == LIBNC_OK)
        status = nc__statistics_prepare(s, LIBNC_FLOAT64);
    if (status == LIBNC_OK)
        nc__statistics_add(s, &all, labels);
    return status;
}

/* ---- merging ---- */

/* Moves the mean of class k by c/(n+c) delta, where delta (d values) is how far the mean of `added`
 * further samples is from it, and leaves sqrt(n c/(n+c)) delta in its place. */
static void move_mean(nc__statistics *s, int64_t k, int64_t added, double *delta)
{
    double n = (double)s->counts[k], c = (double)added;
    double share = c / (n + c), weight = sqrt(n * share), square = 0;
    double *offset = s->offsets + k * s->width;
    for (int64_t j = 0; j < s->width; j++) {
        offset[j] += share * delta[j];
        delta[j] *= weight;
        square += delta[j] * delta[j];
    }
    s->squares[k] += square;
    s->waiting_squares += square;
    s->counts[k] += added;
    s->samples += added;
    nc__statistics_rebase(s, k);
}

/* Class k of `other` where `into` has none of it yet. */
static void take_class(nc__statistics *into, const nc__statistics *other, int64_t k)
{
    size_t begin = (size_t)(k * into->width), bytes = (size_t)into->width * sizeof(double);
    memcpy(into->references + begin, other->references + begin, bytes);
    memcpy(into->offsets + begin, other->offsets + begin, bytes);
    into->squares[k] = other->squares[k];
    into->counts[k] = other->counts[k];
    into->samples += other->counts[k];
}

void nc__statistics_merge(nc__statistics *into, nc__statistics *other)
{
    assert(into != other && into->classes == other->classes && into->width == other->width);
    assert(!into->scatter == !other->scatter);
    const int64_t d = into->width;
    const double *more = nc__statistics_scatter(other);
    nc__statistics_scatter(into);
    into->scalar = LIBNC_FLOAT64;
    for (int64_t k = 0; k < into->classes; k++) {
        if (other->counts[k] == 0)
            continue;
        if (into->counts[k] == 0) {
            take_class(into, other, k);
            continue;
        }
        double *delta = (double *)into->block + into->waiting * d;
        for (int64_t c = k * d; c < (k + 1) * d; c++)
            delta[c - k * d] = (other->references[c] - into->references[c]) +
                               (other->offsets[c] - into->offsets[c]);
        into->squares[k] += other->squares[k];
        move_mean(into, k, other->counts[k], delta);
        if (++into->waiting == into->capacity)
            add_products(into);
    }
    add_products(into);
    if (more)
        nc__scatter_merge(into->scatter, more);
}

void nc__statistics_means(const nc__statistics *s, double *out)
{
    for (int64_t i = 0; i < s->classes * s->width; i++)
        out[i] = s->references[i] + s->offsets[i];
}

double nc__statistics_longest(const nc__statistics *s)
{
    double longest = 0;
    for (int64_t k = 0; k < s->classes; k++) {
        double square = 0;
        for (int64_t c = k * s->width; c < (k + 1) * s->width; c++) {
            double mean = s->references[c] + s->offsets[c];
            square += mean * mean;
        }
        longest = square > longest ? square : longest;
    }
    return sqrt(longest);
}

/* out (d) = h_i - h_j, both classes with samples: right to the last digits of the means' own
 * distance, where centred means round at the distance from h_G. */
static void statistics_difference(const nc__statistics *s, int64_t i, int64_t j, double *out)
{
    const double *ri = s->references + i * s->width, *oi = s->offsets + i * s->width;
    const double *rj = s->references + j * s->width, *oj = s->offsets + j * s->width;
    for (int64_t c = 0; c < s->width; c++)
        out[c] = (ri[c] - rj[c]) + (oi[c] - oj[c]);
}

/* out -= by */
static void subtract(double *out, const double *by, int64_t width)
{
    for (int64_t c = 0; c < width; c++)
        out[c] -= by[c];
}

/* The means relative to that of the first class z that has samples, h_k - h_z = (r_k - r_z) + (o_k
 * - o_z), then relative to h_G, whose own distance from h_z gathers in row z, which is zero. */
void nc__statistics_centred_means(const nc__statistics *s, double *out)
{
    const int64_t d = s->width, K = s->classes;
    int64_t z = 0;
    while (z < K - 1 && s->counts[z] == 0)
        z++;
    double *centre = out + z * d;
    memset(out, 0, (size_t)(K * d) * sizeof *out);
    for (int64_t k = z + 1; k < K; k++) {
        const double share = (double)s->counts[k] / (double)(s->samples > 0 ? s->samples : 1);
        if (s->counts[k] == 0)
            continue;
        statistics_difference(s, k, z, out + k * d);
        for (int64_t c = 0; c < d; c++)
            centre[c] += share * out[k * d + c];
    }
    for (int64_t k = z + 1; k < K; k++)
        if (s->counts[k] > 0)
            subtract(out + k * d, centre, d);
    for (int64_t c = 0; c < d; c++)
        centre[c] = -centre[c];
}
