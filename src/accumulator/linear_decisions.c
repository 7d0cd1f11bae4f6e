/* SPDX-License-Identifier: MIT
 *
 * linear_decisions.c: decisions of a linear classifier (doc/metrics.md, "Second pass").
 *
 * Let the mean of class o be decided for j. It lies at the distance
 *   rho_o = min over k != j of ((w_j - w_k) . h_o + b_j - b_k) / ||w_j - w_k||
 * from the nearest boundary of that decision, so that a sample with ||h - h_o|| < rho_o has the
 * same one: near collapse that is every sample. For others one matrix product gives the logits in
 * the type of the features, and every class within their rounding errors of the largest is computed
 * again in float64. No decision depends on how the samples were split into batches.
 */
#include "accumulator/linear_decisions.h"

#include <math.h>
#include <string.h>

/* As in nearest_mean.c: when 2 K^2 products may save N K, and room for the rounding of ||h - h_o||.
 */
enum { SAMPLES_PER_CLASS = 8, GRAIN = 4 };
static const double CLOSER = 1 + 1e-9;

/* ---- distances of the means from the boundaries ---- */

/* The list in float64, and scratch rows of K or d numbers for each thread. */
typedef struct measuring {
    nc__linear_decisions *linear;
    nc__sample_block *block;
    double *low, *high, *slope;  /* K */
    double *squares;             /* K: ||w_k||^2 */
    double *scratch;             /* threads x 2 K */
    double *mean;                /* d */
    int64_t begin, count;        /* the means at work */
    nc__tensor left;             /* count x d: the means, then w_j of their decisions */
    nc__tensor logits, products; /* count x K: w_k . h_o, w_k . w_j */
} measuring;

/* How far, at least, a vector of this length with these logits is from where j is no longer the
 * decision; 0 where rounding leaves that open. products_k = w_k . w_j. */
static double radius_of(const measuring *m, const double *logits, const double *products, int64_t j,
                        double length)
{
    const double least = logits[j] + m->low[j] - length * m->slope[j];
    const double norm = sqrt(m->squares[j]);
    double radius = INFINITY;
    for (int64_t k = 0; k < m->linear->statistics->classes; k++) {
        const double gap = least - (logits[k] + m->high[k] + length * m->slope[k]);
        /* slope_k is gamma ||w_k||: the error of w_k . w_j is no more than slope_k ||w_j|| */
        const double square =
            m->squares[j] + m->squares[k] - 2 * (products[k] - norm * m->slope[k]);
        if (k == j)
            continue;
        if (!(gap > 0 && square > 0)) /* NaN too */
            return 0;
        radius = fmin(radius, gap / sqrt(square));
    }
    return radius / CLOSER;
}

static void radius_part(void *argument, int32_t part, int32_t parts)
{
    const measuring *m = argument;
    const int64_t K = m->linear->statistics->classes;
    double *logits = m->scratch + 2 * part * K, *products = logits + K;
    int64_t begin, end;
    nc__share(m->count, 1, part, parts, &begin, &end);
    for (int64_t i = begin; i < end; i++) {
        nc__tensor first = nc__tensor_rows(&m->logits, i, 1);
        nc__tensor second = nc__tensor_rows(&m->products, i, 1);
        nc__to_double(&first, logits);
        nc__to_double(&second, products);
        m->linear->radius[m->begin + i] =
            radius_of(m, logits, products, m->linear->at_mean[m->begin + i], m->block->lengths[i]);
    }
}

/* left = the means; lengths = theirs */
static void gather_means(measuring *m)
{
    const nc__statistics *s = m->linear->statistics;
    for (int64_t i = 0; i < m->count; i++) {
        nc__tensor row = nc__tensor_rows(&m->left, i, 1);
        for (int64_t c = 0, at = (m->begin + i) * s->width; c < s->width; c++)
            m->mean[c] = s->references[at + c] + s->offsets[at + c];
        nc__from_double(m->mean, &row);
        nc__tensor mean = nc__tensor_f64(m->mean, 1, s->width);
        m->block->lengths[i] = sqrt(nc__sum_squares(&mean));
    }
}

/* left = w_j for the decision j at each mean */
static void gather_decisions(measuring *m)
{
    const int64_t K = m->linear->statistics->classes;
    for (int64_t i = 0; i < m->count; i++) {
        nc__tensor logits = nc__tensor_rows(&m->logits, i, 1);
        nc__to_double(&logits, m->scratch);
        int64_t j = 0;
        for (int64_t k = 1; k < K; k++)
            if (m->scratch[k] + m->low[k] > m->scratch[j] + m->low[j])
                j = k;
        m->linear->at_mean[m->begin + i] = (int32_t)j;
        nc__tensor from = nc__tensor_rows(&m->linear->list.rows, j, 1);
        nc__tensor to = nc__tensor_rows(&m->left, i, 1);
        nc__copy(&from, &to);
    }
}

static void measure_block(measuring *m, int64_t begin, int64_t count)
{
    libnc_context *context = m->linear->statistics->context;
    const nc__tensor *weights = &m->linear->list.rows;
    m->begin = begin;
    m->count = count;
    m->left = nc__tensor_rows(&m->block->vectors, 0, count);
    m->logits = nc__tensor_rows(&m->block->products, 0, count);
    m->products = nc__tensor_rows(&m->block->products, count, count);
    gather_means(m);
    nc__gemm(context, false, true, 1, &m->left, weights, 0, &m->logits);
    gather_decisions(m);
    nc__gemm(context, false, true, 1, &m->left, weights, 0, &m->products);
    nc__parallel(context, radius_part, m);
}

static libnc_status allocate_measuring(measuring *m, nc__arena *arena)
{
    const nc__statistics *s = m->linear->statistics;
    const size_t K = (size_t)s->classes, threads = (size_t)arena->context->threads;
    m->low = nc__arena_alloc(arena, K, sizeof(double));
    m->high = nc__arena_alloc(arena, K, sizeof(double));
    m->slope = nc__arena_alloc(arena, K, sizeof(double));
    m->squares = nc__arena_alloc(arena, K, sizeof(double));
    m->scratch = nc__arena_alloc(arena, threads, 2 * K * sizeof(double));
    m->mean = nc__arena_alloc(arena, (size_t)s->width, sizeof(double));
    return nc__arena_status(arena);
}

static void measure_all(measuring *m)
{
    const nc__bounded_scores *list = &m->linear->list;
    const nc__statistics *s = m->linear->statistics;
    const int64_t K = s->classes, d = s->width, rows = m->block->capacity / 2;
    nc__to_double(&list->low, m->low);
    nc__to_double(&list->high, m->high);
    nc__to_double(&list->slope, m->slope);
    for (int64_t k = 0; k < K; k++) {
        nc__tensor row = nc__tensor_f64(m->linear->weights + k * d, 1, d);
        m->squares[k] = nc__sum_squares(&row);
    }
    for (int64_t begin = 0; begin < K; begin += rows)
        measure_block(m, begin, K - begin < rows ? K - begin : rows);
}

/* Leaves the radii at 0 where there are few samples, or products might overflow. */
static libnc_status measure_radii(nc__linear_decisions *linear, nc__sample_block *block)
{
    const nc__statistics *s = linear->statistics;
    nc__arena arena = {.context = s->context};
    measuring m = {.linear = linear, .block = block};
    if (s->samples / SAMPLES_PER_CLASS < s->classes ||
        !nc__bounded_scores_is_safe(&linear->list, nc__statistics_longest(s)))
        return LIBNC_OK;
    const libnc_status status = allocate_measuring(&m, &arena);
    if (status == LIBNC_OK)
        measure_all(&m);
    nc__arena_release(&arena);
    return status;
}

/* ---- creation ---- */

libnc_status nc__linear_decisions_create(nc__linear_decisions *linear, nc__arena *arena,
                                         nc__sample_block *block, const double *weights)
{
    const nc__statistics *s = linear->statistics = block->statistics;
    const size_t K = (size_t)s->classes, width = (size_t)s->width;
    linear->weights = nc__arena_alloc(arena, K, (width + 1) * sizeof(double));
    linear->at_mean = nc__arena_alloc(arena, K, sizeof(int32_t));
    linear->radius = nc__arena_alloc(arena, K, sizeof(double));
    const libnc_status status =
        nc__bounded_scores_create(&linear->list, arena, block->products.scalar, weights,
                                  weights + K * width, s->classes, s->width);
    if (status != LIBNC_OK)
        return status;
    memcpy(linear->weights, weights, K * (width + 1) * sizeof(double));
    return measure_radii(linear, block);
}

/* ---- decisions ---- */

typedef struct deciding {
    const nc__linear_decisions *linear;
    nc__sample_block *block;
    int32_t *decision;
} deciding;

/* The rows that are too far from their means. */
static void list_pending(const deciding *d)
{
    nc__sample_block *block = d->block;
    block->pending = 0;
    for (int64_t i = 0; i < block->rows.rows; i++) {
        const int32_t own = block->labels[i];
        const double radius = d->linear->radius[own];
        d->decision[i] = d->linear->at_mean[own];
        if (!(block->squares[i] < radius * radius))
            block->index[block->pending++] = i;
    }
}

static void gather_part(void *argument, int32_t part, int32_t parts)
{
    const deciding *d = argument;
    int64_t begin, end;
    nc__share(d->block->pending, GRAIN, part, parts, &begin, &end);
    for (int64_t i = begin; i < end; i++) {
        nc__tensor from = nc__tensor_rows(&d->block->rows, d->block->index[i], 1);
        nc__tensor to = nc__tensor_rows(&d->block->vectors, i, 1);
        nc__copy(&from, &to);
        d->block->lengths[i] = sqrt(nc__sum_squares(&from));
    }
}

/* w_k . h + b_k */
static double exact_logit(const nc__linear_decisions *linear, const nc__tensor *row, int64_t k)
{
    enum { PIECE = 64 };
    const int64_t K = linear->statistics->classes, d = row->cols;
    const double *weights = linear->weights + k * d;
    double values[PIECE], sum = 0;
    for (int64_t begin = 0; begin < d; begin += PIECE) {
        int64_t count = d - begin < PIECE ? d - begin : PIECE;
        nc__tensor piece = nc__tensor_cols(row, begin, count);
        nc__to_double(&piece, values);
        for (int64_t c = 0; c < count; c++)
            sum += values[c] * weights[begin + c];
    }
    return sum + linear->weights[K * d + k];
}

static int32_t decide(const deciding *d, int64_t i)
{
    const nc__bounded_scores *list = &d->linear->list;
    const int64_t K = list->rows.rows;
    nc__tensor row = nc__tensor_rows(&d->block->vectors, i, 1);
    nc__tensor products = nc__tensor_rows(&d->block->products, i, 1);
    const double length = d->block->lengths[i];
    const double bound = nc__bounded_scores_bound(list, &products, length);
    int64_t winner = nc__bounded_scores_next(list, 0, &products, length, bound);
    int64_t k = nc__bounded_scores_next(list, winner + 1, &products, length, bound);
    if (k >= K)
        return (int32_t)winner;
    double best = exact_logit(d->linear, &row, winner);
    for (; k < K; k = nc__bounded_scores_next(list, k + 1, &products, length, bound)) {
        double value = exact_logit(d->linear, &row, k);
        if (value > best) {
            best = value;
            winner = k;
        }
    }
    return (int32_t)winner;
}

static void decide_part(void *argument, int32_t part, int32_t parts)
{
    const deciding *d = argument;
    int64_t begin, end;
    nc__share(d->block->pending, GRAIN, part, parts, &begin, &end);
    for (int64_t i = begin; i < end; i++)
        d->decision[d->block->index[i]] = decide(d, i);
}

void nc__linear_decisions_find(const nc__linear_decisions *linear, nc__sample_block *block,
                               int32_t *decision)
{
    libnc_context *context = linear->statistics->context;
    deciding d = {linear, block, decision};
    list_pending(&d);
    if (block->pending == 0)
        return;
    nc__parallel(context, gather_part, &d);
    nc__tensor left = nc__tensor_rows(&block->vectors, 0, block->pending);
    nc__tensor products = nc__tensor_rows(&block->products, 0, block->pending);
    nc__gemm(context, false, true, 1, &left, &linear->list.rows, 0, &products);
    nc__parallel(context, decide_part, &d);
}
