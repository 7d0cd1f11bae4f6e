/* SPDX-License-Identifier: MIT
 *
 * nearest_mean.c: decisions by largest logit and by nearest class mean (doc/metrics.md, NC4).
 *
 * Let y = h - h_o be the deviation of a sample from the mean of its own class o. If 2 ||y|| is less
 * than the distance from h_o to every other mean, o is nearest by the triangle inequality. Near
 * collapse that decides every sample. For others, with z = h - h_G and c_k = h_k - h_G,
 *   ||h - h_k||^2 = ||z||^2 - 2 (z . c_k - ||c_k||^2/2),
 * so that the nearest mean has the largest score z . c_k - ||c_k||^2/2: one matrix product for many
 * samples and all classes. It cancels where means are close to one another; therefore every class
 * whose score is within the rounding error of the best is decided by the plain sum of squares of
 * h - h_k in float64, the mean subtracted in its two parts.
 */
#include "accumulator/nearest_mean.h"

#include <math.h>

enum { GRAIN = 4 };

/* The distances of means among each other are worth K^2 products where they may save N K. */
enum { SAMPLES_PER_CLASS = 4 };

/* Room for the rounding of ||y||^2. */
static const double CLOSER = 1 + 1e-9;

void nc__largest_logit(const double *logits, const double *bias, int64_t count, int64_t classes,
                       int32_t *decision)
{
    for (int64_t i = 0; i < count; i++) {
        const double *z = logits + i * classes;
        double best = -INFINITY;
        decision[i] = 0;
        for (int64_t k = 0; k < classes; k++) {
            double value = z[k] + (bias ? bias[k] : 0);
            if (value > best) {
                best = value;
                decision[i] = (int32_t)k;
            }
        }
    }
}

/* ---- preparation ---- */

static libnc_status create_list(nc__nearest *search, nc__arena *arena, int32_t scalar)
{
    const nc__statistics *s = search->statistics;
    double *halves = nc__arena_alloc(arena, (size_t)s->classes, sizeof(double));
    if (!halves)
        return LIBNC_ERROR_MEMORY;
    nc__statistics_centred_means(s, search->centred);
    for (int64_t k = 0; k < s->classes; k++) {
        nc__tensor row = nc__tensor_f64(search->centred + k * s->width, 1, s->width);
        halves[k] = s->counts[k] > 0 ? -nc__sum_squares(&row) / 2 : -INFINITY;
    }
    return nc__bounded_scores_create(&search->list, arena, scalar, search->centred, halves,
                                     s->classes, s->width);
}

/* min over j != k of ||c_j - c_k||^2 >= ||c_k||^2 - 2 max_j (c_j . c_k - ||c_j||^2/2) */
static void measure_reach(nc__nearest *search, nc__sample_block *block, int64_t begin,
                          int64_t count)
{
    const nc__bounded_scores *list = &search->list;
    const int64_t d = list->rows.cols;
    nc__tensor means = nc__tensor_rows(&list->rows, begin, count);
    nc__tensor products = nc__tensor_rows(&block->products, 0, count);
    nc__gemm(search->statistics->context, false, true, 1, &means, &list->rows, 0, &products);
    for (int64_t i = 0; i < count; i++) {
        nc__tensor mean = nc__tensor_f64(search->centred + (begin + i) * d, 1, d);
        nc__tensor row = nc__tensor_rows(&products, i, 1);
        nc__tensor own = nc__tensor_cols(&row, begin + i, 1);
        nc__fill(&own, -INFINITY);
        double square = nc__sum_squares(&mean);
        double ceiling = nc__bounded_scores_ceiling(list, &row, sqrt(square));
        search->reach[begin + i] = fmax(0, square / CLOSER - 2 * ceiling);
    }
}

static void measure_reaches(nc__nearest *search, nc__sample_block *block)
{
    const nc__statistics *s = search->statistics;
    if (s->samples / SAMPLES_PER_CLASS < s->classes ||
        !nc__bounded_scores_is_safe(&search->list, 0))
        return;
    for (int64_t begin = 0; begin < s->classes; begin += block->capacity) {
        int64_t left = s->classes - begin;
        measure_reach(search, block, begin, left < block->capacity ? left : block->capacity);
    }
}

libnc_status nc__nearest_create(nc__nearest *search, nc__arena *arena, nc__sample_block *block)
{
    const size_t K = (size_t)block->statistics->classes, d = (size_t)block->statistics->width;
    search->statistics = block->statistics;
    search->reach = nc__arena_alloc(arena, K, sizeof(double));
    search->centred = nc__arena_alloc(arena, K, d * sizeof(double));
    const libnc_status status = create_list(search, arena, block->products.scalar);
    if (status == LIBNC_OK)
        measure_reaches(search, block);
    return status;
}

/* ---- search ---- */

typedef struct finding {
    const nc__nearest *search;
    nc__sample_block *block;
    int32_t *decision;
} finding;

/* The rows that the triangle inequality leaves open. */
static void list_pending(const finding *f)
{
    nc__sample_block *block = f->block;
    block->pending = 0;
    for (int64_t i = 0; i < block->rows.rows; i++) {
        f->decision[i] = block->labels[i];
        if (!(4 * CLOSER * block->squares[i] < f->search->reach[block->labels[i]]))
            block->index[block->pending++] = i;
    }
}

/* z = y + c_o */
static void shift_part(void *argument, int32_t part, int32_t parts)
{
    const finding *f = argument;
    nc__sample_block *block = f->block;
    int64_t begin, end;
    nc__share(block->pending, GRAIN, part, parts, &begin, &end);
    for (int64_t i = begin; i < end; i++) {
        const int64_t row = block->index[i];
        const double *own = f->search->centred + block->labels[row] * block->vectors.cols;
        nc__tensor y = nc__tensor_rows(&block->deviations, row, 1);
        nc__tensor z = nc__tensor_rows(&block->vectors, i, 1);
        block->lengths[i] = sqrt(nc__shift_row(&y, own, &z));
    }
}

/* ||y - (h_k - h_o)||^2, all from the sample itself and the two parts of the means. */
static double exact_distance(const finding *f, int64_t row, int64_t k)
{
    enum { PIECE = 64 };
    const nc__statistics *s = f->search->statistics;
    const int64_t d = s->width;
    const double *reference = s->references + k * d, *offset = s->offsets + k * d;
    const nc__tensor x = nc__tensor_rows(&f->block->rows, row, 1);
    double values[PIECE], sum = 0;
    for (int64_t begin = 0; begin < d; begin += PIECE) {
        int64_t count = d - begin < PIECE ? d - begin : PIECE;
        nc__tensor piece = nc__tensor_cols(&x, begin, count);
        nc__to_double(&piece, values);
        for (int64_t c = begin; c < begin + count; c++) {
            double difference = (values[c - begin] - reference[c]) - offset[c];
            sum += difference * difference;
        }
    }
    return sum;
}

static int32_t decide(const finding *f, int64_t i)
{
    const nc__bounded_scores *list = &f->search->list;
    const int64_t K = list->rows.rows, row = f->block->index[i];
    const double length = f->block->lengths[i];
    nc__tensor products = nc__tensor_rows(&f->block->products, i, 1);
    double bound = nc__bounded_scores_bound(list, &products, length), best = INFINITY;
    int64_t nearest = f->block->labels[row];
    int64_t k = nc__bounded_scores_next(list, 0, &products, length, bound), next;
    for (bool is_only = true; k < K; k = next, is_only = false) {
        next = nc__bounded_scores_next(list, k + 1, &products, length, bound);
        if (f->search->statistics->counts[k] == 0)
            continue;
        if (is_only && next == K)
            return (int32_t)k;
        double distance = exact_distance(f, row, k);
        if (distance < best) {
            best = distance;
            nearest = k;
        }
    }
    return (int32_t)nearest;
}

static void decide_part(void *argument, int32_t part, int32_t parts)
{
    const finding *f = argument;
    int64_t begin, end;
    nc__share(f->block->pending, GRAIN, part, parts, &begin, &end);
    for (int64_t i = begin; i < end; i++)
        f->decision[f->block->index[i]] = decide(f, i);
}

void nc__nearest_find(const nc__nearest *search, nc__sample_block *block, int32_t *decision)
{
    libnc_context *context = search->statistics->context;
    finding f = {search, block, decision};
    list_pending(&f);
    if (block->pending == 0)
        return;
    nc__parallel(context, shift_part, &f);
    nc__tensor z = nc__tensor_rows(&block->vectors, 0, block->pending);
    nc__tensor products = nc__tensor_rows(&block->products, 0, block->pending);
    nc__gemm(context, false, true, 1, &z, &search->list.rows, 0, &products);
    nc__parallel(context, decide_part, &f);
}
