/* SPDX-License-Identifier: MIT
 *
 * rank_sums.c: statistics of all ranks (doc/beyond_one_machine.md, "Sums over ranks").
 *
 * Rank r has n_kr samples of class k with mean reference_kr + offset_kr. With the reference of the
 * first rank that has the class, and the exact differences
 *   delta_kr = (reference_kr - reference_k) + offset_kr,
 * the mean of all ranks is reference_k + offset_k, offset_k = sum_r n_kr/n_k delta_kr, and
 *   S_W = sum_r (S_W,r + sum_k n_kr (delta_kr - offset_k)(delta_kr - offset_k)^T).
 * This is the update of Chan, Golub and LeVeque (1979) for many parts at once: sums alone, and the
 * second one of squares, in which nothing cancels.
 */
#include "accumulator/rank_sums.h"

#include <math.h>
#include <string.h>

enum { PIECE_BYTES = 1 << 24 };

libnc_status nc__rank_sums_create(nc__rank_sums *sums, nc__arena *arena,
                                  libnc_communicator *communicator, int64_t classes, int64_t width)
{
    const int64_t most = PIECE_BYTES / (int64_t)sizeof(double) / width;
    const int64_t rows = most < 1 ? 1 : most < classes ? most : classes;
    const size_t K = (size_t)classes, values = (size_t)(rows * width);
    *sums = (nc__rank_sums){.communicator = communicator,
                            .rows = rows,
                            .width = width,
                            .piece = nc__arena_alloc(arena, values, sizeof(double)),
                            .deviations = nc__arena_alloc(arena, values, sizeof(double)),
                            .counts = nc__arena_alloc(arena, K, sizeof(int64_t)),
                            .own = nc__arena_alloc(arena, K, sizeof(int64_t)),
                            .order = nc__arena_alloc(arena, K, sizeof(int64_t))};
    return nc__arena_status(arena);
}

/* ---- counts ---- */

static libnc_status sum_counts(nc__rank_sums *sums, nc__statistics *s)
{
    const libnc_communicator *c = sums->communicator;
    for (int64_t k = 0; k < s->classes; k++) {
        sums->own[k] = sums->counts[k] = s->counts[k];
        sums->order[k] = s->counts[k] > 0 ? c->size - c->rank : 0;
    }
    libnc_status status = nc__exchange_maximum_int64(sums->communicator, sums->order, s->classes);
    if (status == LIBNC_OK)
        status = nc__exchange_sum_int64(sums->communicator, sums->counts, s->classes);
    return status;
}

static void take_counts(const nc__rank_sums *sums, nc__statistics *s)
{
    s->samples = 0;
    for (int64_t k = 0; k < s->classes; k++)
        s->samples += s->counts[k] = sums->counts[k];
}

/* ---- means ---- */

/* The piece = the rows of `values` that this rank is the first to have, or zeros. */
static void fill_references(nc__rank_sums *sums, const nc__statistics *s, int64_t begin,
                            int64_t count)
{
    const libnc_communicator *c = sums->communicator;
    const size_t row = (size_t)s->width * sizeof(double);
    memset(sums->piece, 0, (size_t)count * row);
    for (int64_t i = 0; i < count; i++)
        if (sums->own[begin + i] > 0 && sums->order[begin + i] == c->size - c->rank)
            memcpy(sums->piece + i * s->width, s->references + (begin + i) * s->width, row);
}

/* delta_kr of the classes, zeros where the rank has none; the piece = n_kr/n_k delta_kr. */
static void fill_shares(nc__rank_sums *sums, nc__statistics *s, int64_t begin, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        const int64_t k = begin + i, at = k * s->width;
        const double share = sums->own[k] > 0 ? (double)sums->own[k] / (double)sums->counts[k] : 0;
        double *reference = sums->piece + i * s->width, *delta = sums->deviations + i * s->width;
        for (int64_t j = 0; j < s->width; j++) {
            const double own =
                share > 0 ? (s->references[at + j] - reference[j]) + s->offsets[at + j] : 0;
            s->references[at + j] = reference[j];
            delta[j] = own;
            reference[j] = share * own;
        }
    }
}

/* The offsets of all ranks, from the piece; what is left in it of the deviations is
 * sqrt(n_kr) (delta_kr - offset_k), of the classes that the rank has. How many these are. */
static int64_t take_offsets(nc__rank_sums *sums, nc__statistics *s, int64_t begin, int64_t count,
                            double *squares)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++) {
        const int64_t k = begin + i;
        const double *offset = sums->piece + i * s->width;
        double *delta = sums->deviations + i * s->width, square = 0;
        double *row = sums->deviations + kept * s->width;
        memcpy(s->offsets + k * s->width, offset, (size_t)s->width * sizeof *offset);
        nc__statistics_rebase(s, k);
        if (sums->own[k] == 0 || sums->own[k] == sums->counts[k])
            continue;
        const double weight = sqrt((double)sums->own[k]);
        for (int64_t j = 0; j < s->width; j++) {
            row[j] = weight * (delta[j] - offset[j]);
            square += row[j] * row[j];
        }
        s->squares[k] += square;
        *squares += square;
        kept++;
    }
    return kept;
}

static libnc_status sum_means(nc__rank_sums *sums, nc__statistics *s, int64_t begin, int64_t count)
{
    const int64_t values = count * s->width;
    double squares = 0;
    fill_references(sums, s, begin, count);
    libnc_status status = nc__exchange_sum(sums->communicator, sums->piece, values);
    if (status != LIBNC_OK)
        return status;
    fill_shares(sums, s, begin, count);
    status = nc__exchange_sum(sums->communicator, sums->piece, values);
    if (status != LIBNC_OK)
        return status;
    const int64_t kept = take_offsets(sums, s, begin, count, &squares);
    const nc__tensor rows = nc__tensor_f64(sums->deviations, kept, s->width);
    if (s->scatter)
        nc__scatter_add(s->scatter, &rows, squares);
    return LIBNC_OK;
}

/* ---- all ---- */

libnc_status nc__rank_sums_triangle(nc__rank_sums *sums, double *values, int64_t n)
{
    const int64_t room = sums->rows * sums->width;
    libnc_status status = LIBNC_OK;
    for (int64_t begin = 0, end = 0; begin < n && status == LIBNC_OK; begin = end) {
        int64_t used = 0;
        for (; end < n && used + n - end <= room; used += n - end, end++)
            memcpy(sums->piece + used, values + end * n + end, (size_t)(n - end) * sizeof(double));
        status = nc__exchange_sum(sums->communicator, sums->piece, used);
        used = 0;
        for (int64_t i = begin; i < end && status == LIBNC_OK; used += n - i, i++)
            memcpy(values + i * n + i, sums->piece + used, (size_t)(n - i) * sizeof(double));
    }
    return status;
}

libnc_status nc__rank_sums_statistics(nc__rank_sums *sums, nc__statistics *s)
{
    nc__statistics_scatter(s); /* rows that wait join the sums */
    libnc_status status = sum_counts(sums, s);
    for (int64_t begin = 0; begin < s->classes && status == LIBNC_OK; begin += sums->rows) {
        const int64_t left = s->classes - begin;
        status = sum_means(sums, s, begin, left < sums->rows ? left : sums->rows);
    }
    if (status == LIBNC_OK)
        status = nc__exchange_sum(sums->communicator, s->squares, s->classes);
    if (status == LIBNC_OK && s->scatter)
        status = nc__rank_sums_triangle(sums, nc__scatter_values(s->scatter), s->width);
    take_counts(sums, s);
    return status;
}
