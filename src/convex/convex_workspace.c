/* SPDX-License-Identifier: MIT
 *
 * convex_workspace.c: the memory of the convex solver, allocated once and used for any number of
 * problems.
 */
#include "convex/convex_workspace.h"

#include "convex/convex_internal.h"

#include <stddef.h>
#include <stdint.h>

static void point_destroy(libnc_context *context, nc__convex_point *point)
{
    nc__free(context, point->beta);
    nc__free(context, point->within);
    nc__free(context, point->right);
    nc__free(context, point->left);
    nc__free(context, point->values);
}

/* Allocates `count` doubles at each address. */
static bool allocate_all(libnc_context *context, double **const *targets, size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++)
        if (!(*targets[i] = nc__alloc(context, size, sizeof(double))))
            return false;
    return true;
}

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static bool allocate(nc__convex *s, size_t groups)
{
    size_t square;
    if (!nc__multiply(groups, groups, &square) || square > SIZE_MAX / (8 * sizeof(double)))
        return nc__alloc(s->context, groups, SIZE_MAX) != NULL; /* fails, and says so */
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
    double **const longer[] = {&s->share};
    double **const variables[] = {&s->variables};
    const size_t size = 2 * square + 2 * groups;
    return allocate_all(s->context, vectors, COUNT_OF(vectors), groups) &&
           allocate_all(s->context, matrices, COUNT_OF(matrices), square) &&
           allocate_all(s->context, longer, COUNT_OF(longer), 2 * groups) &&
           allocate_all(s->context, variables, COUNT_OF(variables), size) &&
           nc__trust_region_create(&s->region, s->context, (int64_t)size) == LIBNC_OK;
}

libnc_status nc__convex_create(nc__convex **solver, libnc_context *context, int64_t groups)
{
    nc__convex *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = context;
    created->capacity = groups;
    if (!allocate(created, (size_t)groups)) {
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
    libnc_context *context = s->context;
    double *const blocks[] = {s->multiplicity,
                              s->root,
                              s->weight,
                              s->scale,
                              s->constant,
                              s->within,
                              s->logits.own,
                              s->normaliser,
                              s->missed,
                              s->probability.own,
                              s->miss,
                              s->moved.own,
                              s->within_gradient,
                              s->singular,
                              s->moved_within,
                              s->dual_within,
                              s->shift.own,
                              s->effective,
                              s->logits.other,
                              s->exponential,
                              s->probability.other,
                              s->gradient,
                              s->change,
                              s->moved.other,
                              s->left,
                              s->right_t,
                              s->dual,
                              s->shift.other,
                              s->share,
                              s->variables};
    nc__trust_region_destroy(s->region);
    point_destroy(context, &s->best);
    point_destroy(context, &s->now);
    for (size_t i = COUNT_OF(blocks); i-- > 0;)
        nc__free(context, blocks[i]);
    nc__free(context, s);
}
