/* SPDX-License-Identifier: MIT
 *
 * second_pass.c: nearest class means, decisions, and projected scatter (doc/metrics.md, "Second
 * pass").
 *
 * For r directions V of unit length the projections V^T (h - h_k) are squared and summed: V^T S_W V
 * without d x d numbers, and with its digits even where S_W is much larger outside the span of V.
 */
#include "accumulator/second_pass.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { ROW_GRAIN = 4, COLUMN_GRAIN = 8 };

/* ---- creation ---- */

static bool allocate_counts(nc__second_pass *pass)
{
    const size_t K = (size_t)pass->statistics->classes;
    pass->counts = nc__alloc(pass->context, K, NC__TALLIES * sizeof(int64_t));
    pass->arriving = nc__alloc(pass->context, K, sizeof(int64_t));
    if (!pass->counts || !pass->arriving)
        return false;
    int64_t **fields[NC__TALLIES] = {&pass->tally.nearest_known, &pass->tally.nearest_is_own,
                                     &pass->tally.decided, &pass->tally.right, &pass->tally.agreed};
    for (size_t i = 0; i < NC__TALLIES; i++)
        *fields[i] = pass->counts + i * K;
    pass->nearest = nc__alloc(pass->context, (size_t)pass->search->capacity, sizeof(int32_t));
    pass->decision = nc__alloc(pass->context, (size_t)pass->search->capacity, sizeof(int32_t));
    return pass->nearest && pass->decision;
}

static libnc_status keep_span(nc__second_pass *pass, int64_t rank, const double *singular,
                              const double *basis)
{
    const int64_t d = pass->statistics->width;
    if (rank == 0)
        return LIBNC_OK;
    pass->rank = rank;
    pass->singular = nc__alloc(pass->context, (size_t)rank, sizeof(double));
    pass->basis = nc__alloc(pass->context, (size_t)rank, (size_t)d * sizeof(double));
    pass->balanced = nc__alloc(pass->context, (size_t)rank, sizeof(double));
    pass->directions = nc__tensor_alloc(pass->context, pass->scalar, rank, d);
    pass->inside = nc__tensor_alloc(pass->context, pass->scalar, pass->search->capacity, rank);
    if (!pass->singular || !pass->basis || !pass->balanced || !pass->directions.data ||
        !pass->inside.data)
        return LIBNC_ERROR_MEMORY;
    memcpy(pass->singular, singular, (size_t)rank * sizeof(double));
    memcpy(pass->basis, basis, (size_t)(rank * d) * sizeof(double));
    nc__from_double(basis, &pass->directions);
    libnc_status status = nc__scatter_create(&pass->scatter, pass->context, rank);
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
    p->context = context;
    p->statistics = statistics;
    p->scalar = scalar;
    libnc_status status = nc__nearest_create(&p->search, context, statistics, scalar);
    if (status == LIBNC_OK && !allocate_counts(p))
        status = LIBNC_ERROR_MEMORY;
    if (status == LIBNC_OK && weights)
        status = nc__linear_decisions_create(&p->linear, p->search, scalar, weights);
    if (status == LIBNC_OK)
        status = keep_span(p, rank, singular, basis);
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
    nc__free(pass->context, pass->inside.data);
    nc__free(pass->context, pass->directions.data);
    nc__free(pass->context, pass->balanced);
    nc__free(pass->context, pass->basis);
    nc__free(pass->context, pass->singular);
    nc__linear_decisions_destroy(pass->linear);
    nc__free(pass->context, pass->decision);
    nc__free(pass->context, pass->nearest);
    nc__free(pass->context, pass->arriving);
    nc__free(pass->context, pass->counts);
    nc__nearest_destroy(pass->search);
    nc__free(pass->context, pass);
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
    nc__tensor deviations = nc__tensor_rows(&pass->search->deviations, 0, count);
    nc__tensor inside = nc__tensor_rows(&pass->inside, 0, count);
    nc__gemm(pass->context, false, true, 1, &deviations, &pass->directions, 0, &inside);
    double energy = 0; /* within a factor: of the deviations, of which these are a part */
    for (int64_t i = 0; i < count; i++)
        energy += pass->search->squares[i];
    nc__scatter_add(pass->scatter, &inside, energy);
    balancing b = {pass, &inside, labels};
    nc__parallel(pass->context, balance_part, &b);
}

void nc__second_pass_add(nc__second_pass *pass, const nc__tensor *rows, const int32_t *labels,
                         const int32_t *decisions)
{
    assert(rows->scalar == pass->scalar && rows->rows <= pass->search->capacity);
    nc__nearest_find(pass->search, rows, labels, pass->nearest);
    project(pass, rows->rows, labels);
    if (pass->linear) {
        nc__linear_decisions_find(pass->linear, pass->search, rows, labels, pass->decision);
        decisions = pass->decision;
    }
    count_decisions(pass, labels, decisions, rows->rows);
    pass->samples += rows->rows;
}

void nc__second_pass_add_logits(nc__second_pass *pass, const nc__tensor *rows,
                                const int32_t *labels, const nc__tensor *logits)
{
    largest l = {.logits = logits, .decision = pass->decision};
    const bool decides = !pass->linear && logits->data;
    if (decides)
        nc__parallel(pass->context, largest_part, &l);
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
    for (int64_t i = 0; i < into->rank; i++)
        into->balanced[i] += other->balanced[i];
    if (into->rank > 0)
        nc__scatter_merge(into->scatter, nc__scatter_values(other->scatter));
    into->samples += other->samples;
}
