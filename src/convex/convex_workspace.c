/* SPDX-License-Identifier: MIT
 *
 * convex_workspace.c: the memory of the convex solver, allocated once and used for any number of
 * problems.
 */
#include "convex/convex_workspace.h"

#include "convex/convex_internal.h"

#include <stdint.h>

static void allocate_all(nc__arena *arena, double **const *targets, size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++)
        *targets[i] = nc__arena_alloc(arena, size, sizeof(double));
}

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static libnc_status allocate(nc__convex *s, size_t groups)
{
    nc__arena *arena = &s->arena;
    size_t square;
    if (!nc__multiply(groups, groups, &square) || square > SIZE_MAX / (8 * sizeof(double)))
        square = SIZE_MAX / 4; /* nc__alloc() fails, and says so */
    double **const vectors[] = {
        &s->multiplicity, &s->root,        &s->weight,          &s->scale,      &s->constant,
        &s->within,       &s->logits.own,  &s->normaliser,      &s->missed,     &s->probability.own,
        &s->miss,         &s->moved.own,   &s->within_gradient, &s->singular,   &s->moved_within,
        &s->dual_within,  &s->shift.own,   &s->now.values,      &s->now.within, &s->now.beta,
        &s->best.values,  &s->best.within, &s->best.beta};
    double **const matrices[] = {
        &s->effective,   &s->logits.other, &s->exponential, &s->probability.other, &s->gradient,
        &s->change,      &s->moved.other,  &s->left,        &s->right_t,           &s->dual,
        &s->shift.other, &s->now.left,     &s->now.right,   &s->best.left,         &s->best.right};
    const size_t size = 2 * square + 2 * groups;
    allocate_all(arena, matrices, COUNT_OF(matrices), square);
    allocate_all(arena, vectors, COUNT_OF(vectors), groups);
    s->share = nc__arena_alloc(arena, 2 * groups, sizeof(double));
    s->variables = nc__arena_alloc(arena, size, sizeof(double));
    return arena->failed ? LIBNC_ERROR_MEMORY
                         : nc__trust_region_create(&s->region, arena->context, (int64_t)size);
}

libnc_status nc__convex_create(nc__convex **solver, libnc_context *context, int64_t groups)
{
    nc__convex *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = created->arena.context = context;
    created->capacity = groups;
    if (allocate(created, (size_t)groups) != LIBNC_OK) {
        nc__convex_destroy(created);
        return LIBNC_ERROR_MEMORY;
    }
    *solver = created;
    return LIBNC_OK;
}

void nc__convex_destroy(nc__convex *s)
{
    if (!s)
        return;
    nc__trust_region_destroy(s->region);
    nc__arena_release(&s->arena);
    nc__free(s->context, s);
}
