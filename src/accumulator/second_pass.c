/* SPDX-License-Identifier: MIT
 *
 * second_pass.c: nearest class means, decisions, and projected scatter (doc/metrics.md, "Second
 * pass").
 *
 * For r directions V of unit length the projections V^T (h - h_k) are squared and summed: V^T S_W V
 * without d x d numbers, and with its digits even where S_W is much larger outside the span of V.
 */
#include "accumulator/second_pass.h"

#include "accumulator/class_losses.h"

#include <assert.h>
#include <string.h>

enum { ROW_GRAIN = 4, COLUMN_GRAIN = 8 };

/* ---- creation ---- */

static void allocate_counts(nc__second_pass *pass)
{
    const int64_t K = pass->statistics->classes;
    const size_t rows = (size_t)pass->block.capacity;
    int64_t *counts = nc__arena_alloc(&pass->arena, (size_t)K, NC__TALLIES * sizeof *counts);
    pass->counts = counts;
    pass->arriving = nc__arena_alloc(&pass->arena, (size_t)K, sizeof(int64_t));
    pass->nearest = nc__arena_alloc(&pass->arena, rows, sizeof(int32_t));
    pass->decision = nc__arena_alloc(&pass->arena, rows, sizeof(int32_t));
    if (counts)
        pass->tally = (nc__tally){.nearest_known = counts,
                                  .nearest_is_own = counts + K,
                                  .decided = counts + 2 * K,
                                  .right = counts + 3 * K,
                                  .agreed = counts + 4 * K};
}

static libnc_status keep_span(nc__second_pass *pass, int64_t rank, const double *singular,
                              const double *basis)
{
    const int64_t d = pass->statistics->width;
    if (rank == 0)
        return LIBNC_OK;
    nc__arena *arena = &pass->arena;
    pass->rank = rank;
    pass->singular = nc__arena_alloc(arena, (size_t)rank, sizeof(double));
    pass->basis = nc__arena_alloc(arena, (size_t)rank, (size_t)d * sizeof(double));
    pass->balanced = nc__arena_alloc(arena, (size_t)rank, sizeof(double));
    pass->directions = nc__arena_tensor(arena, pass->scalar, rank, d);
    pass->inside = nc__arena_tensor(arena, pass->scalar, pass->block.capacity, rank);
    libnc_status status = nc__arena_status(arena);
    if (status != LIBNC_OK)
        return status;
    memcpy(pass->singular, singular, (size_t)rank * sizeof(double));
    memcpy(pass->basis, basis, (size_t)(rank * d) * sizeof(double));
    nc__from_double(basis, &pass->directions);
    status = nc__scatter_create(&pass->scatter, pass->context, rank);
    return status == LIBNC_OK ? nc__scatter_prepare(pass->scatter, pass->scalar) : status;
}

libnc_status nc__second_pass_create(nc__second_pass **pass, libnc_context *context,
                                    const nc__statistics *statistics, int32_t scalar,
                                    const double *weights, int64_t rank, const double *singular,
                                    const double *basis)
{
    nc__second_pass *p = nc__alloc(context, 1, sizeof *p);
    if (!p)
        return LIBNC_ERROR_MEMORY;
    p->context = p->arena.context = context;
    p->statistics = statistics;
    p->scalar = scalar;
    libnc_status status = nc__sample_block_create(&p->block, &p->arena, statistics, scalar);
    if (status == LIBNC_OK)
        status = nc__nearest_create(&p->search, &p->arena, &p->block);
    if (status == LIBNC_OK && weights)
        status = nc__linear_decisions_create(&p->linear, &p->arena, &p->block, weights);
    if (status == LIBNC_OK)
        allocate_counts(p);
    if (status == LIBNC_OK)
        status = keep_span(p, rank, singular, basis);
    if (status == LIBNC_OK)
        status = nc__arena_status(&p->arena);
    if (status != LIBNC_OK) {
        nc__second_pass_destroy(p);
        return status;
    }
    *pass = p;
    return LIBNC_OK;
}

void nc__second_pass_destroy(nc__second_pass *pass)
{
    if (!pass)
        return;
    nc__scatter_destroy(pass->scatter);
    nc__arena_release(&pass->arena);
    nc__free(pass->context, pass);
}

libnc_status nc__second_pass_want_losses(nc__second_pass *pass)
{
    const size_t size = nc__class_losses_size(pass->statistics->classes, pass->block.capacity);
    pass->losses = nc__arena_alloc(&pass->arena, size, sizeof *pass->losses);
    return nc__arena_status(&pass->arena);
}

/* ---- decisions ---- */

typedef struct largest {
    const nc__tensor *logits;
    int32_t *decision;
} largest;

static void largest_part(void *argument, int32_t part, int32_t parts)
{
    const largest *l = argument;
    int64_t begin, end;
    nc__share(l->logits->rows, ROW_GRAIN, part, parts, &begin, &end);
    for (int64_t i = begin; i < end; i++) {
        nc__tensor row = nc__tensor_rows(l->logits, i, 1);
        l->decision[i] = (int32_t)nc__largest(&row);
    }
}

/* `decisions` may be NULL. */
static void count_decisions(nc__second_pass *pass, const int32_t *labels, const int32_t *decisions,
                            int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        const int32_t k = labels[i];
        pass->tally.nearest_known[k]++;
        pass->tally.nearest_is_own[k] += pass->nearest[i] == k;
        if (!decisions)
            continue;
        pass->tally.decided[k]++;
        pass->tally.right[k] += decisions[i] == k;
        pass->tally.agreed[k] += decisions[i] == pass->nearest[i];
    }
}

/* ---- projected scatter ---- */

typedef struct balancing {
    nc__second_pass *pass;
    const nc__tensor *inside;
    const int32_t *labels;
} balancing;

static void balance_part(void *argument, int32_t part, int32_t parts)
{
    const balancing *b = argument;
    int64_t begin, end;
    nc__share(b->inside->cols, COLUMN_GRAIN, part, parts, &begin, &end);
    nc__tensor columns = nc__tensor_cols(b->inside, begin, end - begin);
    for (int64_t i = 0; i < columns.rows; i++) {
        nc__tensor row = nc__tensor_rows(&columns, i, 1);
        nc__add_row_squares(1 / (double)b->pass->statistics->counts[b->labels[i]], &row,
                            b->pass->balanced + begin);
    }
}

static void project(nc__second_pass *pass, int64_t count, const int32_t *labels)
{
    if (pass->rank == 0)
        return;
    nc__tensor deviations = nc__tensor_rows(&pass->block.deviations, 0, count);
    nc__tensor inside = nc__tensor_rows(&pass->inside, 0, count);
    nc__gemm(pass->context, false, true, 1, &deviations, &pass->directions, 0, &inside);
    double squares = 0; /* within a factor: of the deviations, of which these are a part */
    for (int64_t i = 0; i < count; i++)
        squares += pass->block.squares[i];
    nc__scatter_add(pass->scatter, &inside, squares);
    balancing b = {pass, &inside, labels};
    nc__parallel(pass->context, balance_part, &b);
}

static void add_squares(nc__second_pass *pass, int64_t count, const int32_t *labels)
{
    for (int64_t i = 0; pass->squares && i < count; i++)
        pass->squares[labels[i]] += pass->block.squares[i];
}

/* Of the classifier's logits, all of which only this asks for. */
static void add_losses(nc__second_pass *pass, const nc__tensor *rows, const int32_t *labels)
{
    const nc__statistics *s = pass->statistics;
    nc__tensor logits = nc__tensor_rows(&pass->block.products, 0, rows->rows);
    if (!pass->losses)
        return;
    nc__gemm(pass->context, false, true, 1, rows, &pass->linear.list.rows, 0, &logits);
    nc__class_losses_add(pass->context, &logits, pass->linear.weights + s->classes * s->width,
                         labels, pass->losses);
}

void nc__second_pass_add(nc__second_pass *pass, const nc__tensor *rows, const int32_t *labels,
                         const int32_t *decisions)
{
    assert(rows->scalar == pass->scalar && rows->rows <= pass->block.capacity);
    nc__sample_block_fill(&pass->block, rows, labels);
    nc__nearest_find(&pass->search, &pass->block, pass->nearest);
    project(pass, rows->rows, labels);
    add_squares(pass, rows->rows, labels);
    if (pass->linear.weights) {
        nc__linear_decisions_find(&pass->linear, &pass->block, pass->decision);
        decisions = pass->decision;
        add_losses(pass, rows, labels);
    }
    count_decisions(pass, labels, decisions, rows->rows);
    pass->samples += rows->rows;
}

void nc__second_pass_add_logits(nc__second_pass *pass, const nc__tensor *rows,
                                const int32_t *labels, const nc__tensor *logits)
{
    largest l = {.logits = logits, .decision = pass->decision};
    const bool decides = !pass->linear.weights && logits->data;
    if (decides)
        nc__parallel(pass->context, largest_part, &l);
    if (decides && pass->losses)
        nc__class_losses_add(pass->context, logits, NULL, labels, pass->losses);
    nc__second_pass_add(pass, rows, labels, decides ? pass->decision : NULL);
}

int64_t nc__second_pass_find_excess(nc__second_pass *pass, const nc__labels *labels)
{
    int64_t i = 0;
    for (; i < labels->count; i++) {
        const int64_t k = nc__label(labels, i);
        if (pass->tally.nearest_known[k] + pass->arriving[k] >= pass->statistics->counts[k])
            break;
        pass->arriving[k]++;
    }
    const int64_t found = i < labels->count ? i : -1;
    while (i > 0)
        pass->arriving[nc__label(labels, --i)] = 0;
    return found;
}

int64_t nc__second_pass_excess(const nc__second_pass *pass, const nc__second_pass *other)
{
    const nc__statistics *s = pass->statistics;
    for (int64_t k = 0; k < s->classes; k++)
        if (other->tally.nearest_known[k] > s->counts[k] - pass->tally.nearest_known[k])
            return k;
    return -1;
}

void nc__second_pass_merge(nc__second_pass *into, nc__second_pass *other)
{
    assert(into->rank == other->rank);
    for (int64_t i = 0; i < NC__TALLIES * into->statistics->classes; i++)
        into->counts[i] += other->counts[i];
    for (int64_t k = 0; into->losses && k < into->statistics->classes; k++)
        into->losses[k] += other->losses[k];
    for (int64_t i = 0; i < into->rank; i++)
        into->balanced[i] += other->balanced[i];
    if (into->rank > 0)
        nc__scatter_merge(into->scatter, nc__scatter_values(other->scatter));
    into->samples += other->samples;
}
