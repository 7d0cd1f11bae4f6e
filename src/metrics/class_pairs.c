/* SPDX-License-Identifier: MIT
 *
 * class_pairs.c: statistics over all pairs of K vectors, tile by tile.
 *
 * A tile of inner products x_i . x_j is one matrix product; its rows are then reduced, shared among
 * the context's threads. Squared distances come from the products,
 *     ||x_i - x_j||^2 = ||x_i||^2 + ||x_j||^2 - 2 x_i . x_j,   ||u_i - u_j||^2 = 2 - 2 cos_ij,
 * where that does not cancel, and from the differences themselves where it does. Each row has sums
 * of its own, and so has each row of tiles, which are joined in their order: neither threads nor
 * ranks show in the result.
 */
#include "metrics/class_pairs.h"

#include <assert.h>
#include <float.h>
#include <math.h>

/* A tile of 1 MB stays in the second-level cache between its product and its reduction. */
enum { TILE_ROWS = 256, TILE_COLS = 512 };

/* Squared distances are right to this: a product of d terms is in error by at most d eps of the
 * lengths, and a distance that this spoils is computed again. Ten times below what metrics are
 * asked to be right to (1e-10). */
#define DISTANCE_ERROR 1e-11

/* Values seen so far: how many, their mean, the sum of squares about it. */
typedef struct moments {
    double count, mean, squares;
} moments;

/* log of a sum of exponentials, as largest + log(sum). */
typedef struct log_sum {
    double largest, sum;
} log_sum;

/* Sums over some pairs, doubles all of them, for ranks to exchange. */
typedef struct sums {
    double angle, angle_maximum, coherence, cdnv, cdnv_unbiased;
    moments cosine, distance;
    log_sum riesz;
    double equal; /* how many: exact */
} sums;

enum { SUMS_VALUES = sizeof(sums) / sizeof(double) };

typedef struct tiles {
    const nc__pairs_of *of;
    bool with_angles;
    double offset;          /* 1/(K-1) */
    double recheck;         /* share of the squared lengths below which a distance cancels */
    double *tile;           /* at most TILE_ROWS x TILE_COLS: products, then cosines, logarithms */
    sums *rows;             /* sums over each row of the tile */
    sums *bands;            /* sums over each row of tiles; NULL for a histogram */
    int64_t *bins;          /* histogram: threads x bin_count */
    int64_t bin_count;      /* 0: statistics */
    int64_t row, row_count; /* rows of the tile */
    int64_t col, col_count; /* its columns */
} tiles;

/* ---- sums ---- */

/* Pairwise update of Chan, Golub and LeVeque (1979). */
static void join_moments(moments *into, const moments *other)
{
    if (other->count == 0)
        return;
    double count = into->count + other->count, delta = other->mean - into->mean;
    into->squares += other->squares + delta * delta * into->count * other->count / count;
    into->mean += delta * other->count / count;
    into->count = count;
}

static moments moments_of(const double *values, int64_t count)
{
    moments m = {(double)count, 0, 0};
    for (int64_t i = 0; i < count; i++)
        m.mean += values[i];
    m.mean /= (double)count;
    for (int64_t i = 0; i < count; i++)
        m.squares += (values[i] - m.mean) * (values[i] - m.mean);
    return m;
}

static void join_log_sum(log_sum *into, const log_sum *other)
{
    if (other->sum == 0)
        return;
    double largest = fmax(into->largest, other->largest);
    if (isinf(largest) && largest > 0) {
        *into = (log_sum){largest, 1};
        return;
    }
    into->sum =
        into->sum * exp(into->largest - largest) + other->sum * exp(other->largest - largest);
    into->largest = largest;
}

/* log sum exp(s values) */
static log_sum log_sum_of(const double *values, int64_t count, double s)
{
    log_sum total = {-INFINITY, 0};
    for (int64_t i = 0; i < count; i++)
        total.largest = fmax(total.largest, s * values[i]);
    if (isinf(total.largest)) {
        total.sum = 1;
        return total;
    }
    for (int64_t i = 0; i < count; i++)
        total.sum += exp(s * values[i] - total.largest);
    return total;
}

static void clear_sums(sums *s)
{
    *s = (sums){.riesz = {-INFINITY, 0}};
}

static void join_sums(sums *into, const sums *other)
{
    into->angle += other->angle;
    into->angle_maximum = fmax(into->angle_maximum, other->angle_maximum);
    into->coherence = fmax(into->coherence, other->coherence);
    into->cdnv += other->cdnv;
    into->cdnv_unbiased += other->cdnv_unbiased;
    into->equal += other->equal;
    join_moments(&into->cosine, &other->cosine);
    join_moments(&into->distance, &other->distance);
    join_log_sum(&into->riesz, &other->riesz);
}

/* ---- one row of a tile ---- */

/* Four sums run side by side. */
double nc__squared_distance(double a, const double *x, double b, const double *y, int64_t width)
{
    double sum[4] = {0};
    int64_t c = 0;
    for (; c + 4 <= width; c += 4)
        for (int i = 0; i < 4; i++) {
            double difference = a * x[c + i] - b * y[c + i];
            sum[i] += difference * difference;
        }
    for (; c < width; c++) {
        double difference = a * x[c] - b * y[c];
        sum[0] += difference * difference;
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static const double *row_at(const tiles *t, int64_t i)
{
    return t->of->rows + i * t->of->width;
}

/* Both CDNVs of row i against columns begin .. begin + count - 1, from products. */
static void reduce_distances(const tiles *t, int64_t i, int64_t begin, int64_t count,
                             const double *products, sums *s)
{
    const double *length = t->of->lengths, *v = t->of->variability;
    const double *u = t->of->unbiased ? t->of->unbiased : v;
    const double own = length[i] * length[i], noise = t->of->noise * t->of->noise;
    for (int64_t c = 0; c < count; c++) {
        const int64_t j = begin + c;
        const double lengths = own + length[j] * length[j];
        double square = lengths - 2 * products[c];
        if (!(square > t->recheck * lengths))
            square = nc__squared_distance(1, row_at(t, i), 1, row_at(t, j), t->of->width);
        s->equal += square <= noise;
        s->cdnv += square > 0 ? (v[i] + v[j]) / (2 * square) : NAN;
        s->cdnv_unbiased += square > 0 ? (u[i] + u[j]) / (2 * square) : NAN;
    }
}

/* Cosines in place of the products. */
static void reduce_cosines(const tiles *t, int64_t i, int64_t begin, int64_t count, double *values,
                           sums *s)
{
    const double *length = t->of->lengths, own = 1 / length[i];
    for (int64_t c = 0; c < count; c++) {
        const double cosine = values[c] * own / length[begin + c];
        const double angle = fabs(cosine + t->offset);
        s->angle += angle;
        s->angle_maximum = angle > s->angle_maximum ? angle : s->angle_maximum;
        s->coherence = fabs(cosine) > s->coherence ? fabs(cosine) : s->coherence;
        values[c] = cosine;
    }
    s->cosine = moments_of(values, count);
}

/* log(1/||u_i - u_j||) in place of the cosines. */
static void reduce_logarithms(const tiles *t, int64_t i, int64_t begin, int64_t count,
                              double *values, sums *s)
{
    const double *length = t->of->lengths;
    for (int64_t c = 0; c < count; c++) {
        double square = 2 - 2 * values[c];
        if (!(square > 2 * t->recheck))
            square = nc__squared_distance(1 / length[i], row_at(t, i), 1 / length[begin + c],
                                          row_at(t, begin + c), t->of->width);
        values[c] = -0.5 * log(square);
    }
    s->distance = moments_of(values, count);
    s->riesz = log_sum_of(values, count, t->of->riesz);
}

static void count_cosines(const tiles *t, int64_t i, int64_t begin, int64_t count,
                          const double *products, int64_t *bins)
{
    const double *length = t->of->lengths;
    for (int64_t c = 0; c < count; c++) {
        double cosine = products[c] / length[i] / length[begin + c];
        double position = floor((cosine + 1) / 2 * (double)t->bin_count);
        bins[(int64_t)fmin(fmax(position, 0), (double)t->bin_count - 1)]++;
    }
}

static void reduce_row(const tiles *t, int64_t r, int32_t part)
{
    const int64_t i = t->row + r, first = i + 1 > t->col ? i + 1 : t->col;
    const int64_t count = t->col + t->col_count - first;
    double *values = t->tile + r * t->col_count + (first - t->col);
    if (t->bin_count > 0) { /* there are no rows of sums then */
        count_cosines(t, i, first, count, values, t->bins + part * t->bin_count);
        return;
    }
    sums *s = &t->rows[r];
    clear_sums(s);
    if (count <= 0)
        return;
    if (t->of->variability)
        reduce_distances(t, i, first, count, values, s);
    if (t->with_angles) {
        reduce_cosines(t, i, first, count, values, s);
        reduce_logarithms(t, i, first, count, values, s);
    }
}

static void reduce_part(void *argument, int32_t part, int32_t parts)
{
    const tiles *t = argument;
    /* Rows of a tile on the diagonal shorten: each thread takes every parts-th. */
    for (int64_t r = part; r < t->row_count; r += parts)
        reduce_row(t, r, part);
}

/* ---- all tiles on and above the diagonal ---- */

static void reduce_tile(libnc_context *context, tiles *t, sums *band)
{
    nc__tensor left = nc__tensor_f64(row_at(t, t->row), t->row_count, t->of->width);
    nc__tensor right = nc__tensor_f64(row_at(t, t->col), t->col_count, t->of->width);
    nc__tensor products = nc__tensor_f64(t->tile, t->row_count, t->col_count);
    nc__gemm(context, false, true, 1, &left, &right, 0, &products);
    nc__parallel(context, reduce_part, t);
    for (int64_t r = 0; r < t->row_count && t->bin_count == 0; r++)
        join_sums(band, &t->rows[r]);
}

static int64_t count_bands(const nc__pairs_of *of)
{
    return (of->count + TILE_ROWS - 1) / TILE_ROWS;
}

/* The row of tiles from t->row on. */
static void reduce_band(libnc_context *context, tiles *t, sums *band)
{
    const int64_t K = t->of->count;
    t->row_count = K - t->row < TILE_ROWS ? K - t->row : TILE_ROWS;
    if (band)
        clear_sums(band);
    for (t->col = t->row; t->col < K; t->col += TILE_COLS) {
        t->col_count = K - t->col < TILE_COLS ? K - t->col : TILE_COLS;
        reduce_tile(context, t, band);
    }
}

/* Those of the rows of tiles that are this rank's: with each the tiles grow fewer, so that ranks
 * that take turns have as many. The sums of the others stay zero. */
static void reduce_all(libnc_context *context, tiles *t)
{
    for (int64_t b = 0; b < count_bands(t->of); b++) {
        t->row = b * TILE_ROWS;
        if (nc__is_own(t->of->communicator, b))
            reduce_band(context, t, t->bands ? &t->bands[b] : NULL);
    }
}

/* A sum of one rank's numbers and the zeros of the others is exact. */
static libnc_status join_bands(const tiles *t, sums *total)
{
    const int64_t bands = count_bands(t->of);
    const libnc_status status =
        nc__exchange_sum(t->of->communicator, (double *)t->bands, SUMS_VALUES * bands);
    clear_sums(total);
    for (int64_t b = 0; b < bands && status == LIBNC_OK; b++)
        join_sums(total, &t->bands[b]);
    return status;
}

static bool have_directions(const nc__pairs_of *of)
{
    for (int64_t i = 0; i < of->count; i++)
        if (!(of->lengths[i] > of->noise))
            return false;
    return true;
}

static void prepare(tiles *t, const nc__pairs_of *of)
{
    t->of = of;
    t->with_angles = have_directions(of);
    t->offset = of->count > 1 ? 1.0 / (double)(of->count - 1) : 0;
    t->recheck = (double)(of->width + 4) * DBL_EPSILON / DISTANCE_ERROR;
}

static void finish(const tiles *t, const sums *total, nc__pairs *pairs)
{
    const double K = (double)t->of->count, count = K * (K - 1) / 2;
    *pairs = (nc__pairs){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, (int64_t)total->equal};
    if (t->of->count < 2)
        return;
    if (t->of->variability) {
        pairs->cdnv = total->cdnv / count;
        pairs->cdnv_unbiased = t->of->unbiased ? total->cdnv_unbiased / count : (double)NAN;
    }
    if (!t->with_angles)
        return;
    pairs->angle_mean = total->angle / count;
    pairs->angle_maximum = total->angle_maximum;
    pairs->cosine_mean = total->cosine.mean;
    pairs->cosine_std = sqrt(total->cosine.squares / count);
    pairs->coherence = total->coherence;
    pairs->riesz = total->riesz.largest + log(total->riesz.sum / count);
    const bool coincide = isinf(total->riesz.largest) && total->riesz.largest > 0;
    pairs->log_mean = coincide ? INFINITY : total->distance.mean;
    pairs->log_variance = coincide ? NAN : total->distance.squares / count;
}

/* No larger than `count` vectors need. */
static double *allocate_tile(nc__arena *arena, int64_t count)
{
    const size_t rows = (size_t)(count < TILE_ROWS ? count : TILE_ROWS);
    const size_t cols = (size_t)(count < TILE_COLS ? count : TILE_COLS);
    return nc__arena_alloc(arena, rows, cols * sizeof(double));
}

libnc_status nc__pairs_measure(nc__pairs *pairs, libnc_context *context, const nc__pairs_of *of)
{
    assert(of->count >= 1 && of->width >= 1 && of->riesz > 0);
    nc__arena arena = {.context = context};
    tiles t = {.tile = allocate_tile(&arena, of->count),
               .rows = nc__arena_alloc(&arena, TILE_ROWS, sizeof *t.rows),
               .bands = nc__arena_alloc(&arena, (size_t)count_bands(of), sizeof *t.bands)};
    sums total;
    prepare(&t, of);
    libnc_status status = nc__agree(of->communicator, nc__arena_status(&arena));
    if (status == LIBNC_OK) {
        reduce_all(context, &t);
        status = join_bands(&t, &total);
    }
    if (status == LIBNC_OK)
        finish(&t, &total, pairs);
    nc__arena_release(&arena);
    return status;
}

libnc_status nc__pairs_histogram(int64_t *counts, int64_t bins, libnc_context *context,
                                 const nc__pairs_of *of)
{
    assert(of->count >= 1 && of->width >= 1 && bins >= 1);
    nc__arena arena = {.context = context};
    const size_t threads = (size_t)context->threads;
    tiles t = {.tile = allocate_tile(&arena, of->count),
               .bins = nc__arena_alloc(&arena, threads, (size_t)bins * sizeof *t.bins),
               .bin_count = bins};
    prepare(&t, of);
    const libnc_status status = nc__arena_status(&arena);
    if (status == LIBNC_OK && t.with_angles)
        reduce_all(context, &t);
    for (int64_t b = 0; b < bins && status == LIBNC_OK; b++)
        counts[b] = 0;
    for (int64_t i = 0; i < context->threads * bins && status == LIBNC_OK; i++)
        counts[i % bins] += t.bins[i];
    nc__arena_release(&arena);
    return status;
}

/* ---- squares of a product off its diagonal ---- */

typedef struct products {
    double *tile, *rows; /* at most TILE_ROWS x TILE_COLS; a sum for each row */
    int64_t row, row_count, col, col_count;
} products;

static void square_part(void *argument, int32_t part, int32_t parts)
{
    const products *p = argument;
    for (int64_t r = part; r < p->row_count; r += parts) {
        const double *values = p->tile + r * p->col_count;
        double sum = 0;
        for (int64_t c = 0; c < p->col_count; c++)
            sum += p->row + r == p->col + c ? 0 : values[c] * values[c];
        p->rows[r] = sum;
    }
}

static double square_tile(libnc_context *context, products *p, const nc__tensor *a,
                          const nc__tensor *b)
{
    nc__tensor left = nc__tensor_rows(a, p->row, p->row_count);
    nc__tensor right = nc__tensor_rows(b, p->col, p->col_count);
    nc__tensor tile = nc__tensor_f64(p->tile, p->row_count, p->col_count);
    nc__gemm(context, false, true, 1, &left, &right, 0, &tile);
    nc__parallel(context, square_part, p);
    double sum = 0;
    for (int64_t r = 0; r < p->row_count; r++)
        sum += p->rows[r];
    return sum;
}

libnc_status nc__off_diagonal_squares(double *squares, libnc_context *context, const double *a,
                                      const double *b, int64_t count, int64_t width)
{
    nc__arena arena = {.context = context};
    products p = {.tile = allocate_tile(&arena, count),
                  .rows = nc__arena_alloc(&arena, TILE_ROWS, sizeof *p.rows)};
    nc__tensor left = nc__tensor_f64(a, count, width), right = nc__tensor_f64(b, count, width);
    const libnc_status status = nc__arena_status(&arena);
    *squares = 0;
    for (p.row = 0; p.row < count && status == LIBNC_OK; p.row += TILE_ROWS) {
        p.row_count = count - p.row < TILE_ROWS ? count - p.row : TILE_ROWS;
        /* a symmetric product: tiles right of those on the diagonal count twice */
        for (p.col = a == b ? p.row : 0; p.col < count; p.col += p.col_count) {
            const int64_t most = a == b && p.col == p.row ? TILE_ROWS : TILE_COLS;
            p.col_count = count - p.col < most ? count - p.col : most;
            *squares += square_tile(context, &p, &left, &right) * (a == b && p.col > p.row ? 2 : 1);
        }
    }
    nc__arena_release(&arena);
    return status;
}
