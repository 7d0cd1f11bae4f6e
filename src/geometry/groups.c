/* SPDX-License-Identifier: MIT
 *
 * groups.c: classes of equal count and weight as groups, largest count first.
 *
 * Within a group classes keep their order, so that "the first r classes of a group" means what a
 * reader expects.
 */
#include "geometry/groups.h"

#include "base/sort.h"
#include "data/classes_internal.h"

#include <string.h>

/* What makes classes equal. */
typedef struct keys {
    const int64_t *counts;
    const double *weights; /* NULL for 1 */
    bool apart;            /* every class is its own group */
} keys;

static double weight_of(const keys *k, int64_t class)
{
    return k->weights ? k->weights[class] : 1;
}

static bool are_equal(const keys *k, int64_t a, int64_t b)
{
    return !k->apart && k->counts[a] == k->counts[b] && weight_of(k, a) == weight_of(k, b);
}

/* Larger count first, then larger weight, then smaller number. */
static int compare(const void *user, int64_t a, int64_t b)
{
    const keys *k = user;
    if (k->counts[a] != k->counts[b])
        return k->counts[a] > k->counts[b] ? -1 : 1;
    if (weight_of(k, a) != weight_of(k, b))
        return weight_of(k, a) > weight_of(k, b) ? -1 : 1;
    return a < b ? -1 : a > b;
}

static int64_t count_groups(const keys *k, const int64_t *order, int64_t size)
{
    int64_t groups = 1;
    for (int64_t p = 1; p < size; p++)
        groups += !are_equal(k, order[p], order[p - 1]);
    return groups;
}

static void fill_groups(nc__groups *groups, const keys *k)
{
    int64_t g = -1;
    for (int64_t p = 0; p < groups->classes; p++) {
        const int64_t class = groups->order[p];
        if (p == 0 || !are_equal(k, class, groups->order[p - 1])) {
            groups->start[++g] = p;
            groups->size[g] = (double)k->counts[class];
            groups->weight[g] = weight_of(k, class);
        }
        groups->multiplicity[g] += 1;
    }
    groups->start[groups->count] = groups->classes;
}

libnc_status nc__groups_create(nc__groups *groups, libnc_context *context,
                               const libnc_classes *classes, const double *weights, bool apart)
{
    const keys k = {libnc_classes_counts(classes), weights, apart};
    nc__groups created = {.arena = {.context = context},
                          .classes = libnc_classes_count(classes),
                          .samples = (double)libnc_classes_samples(classes)};
    created.order = nc__arena_alloc(&created.arena, (size_t)created.classes, sizeof *created.order);
    if (!created.order)
        return LIBNC_ERROR_MEMORY;
    for (int64_t c = 0; c < created.classes; c++)
        created.order[c] = c;
    nc__sort_indices(created.order, created.classes, compare, &k);
    created.count = count_groups(&k, created.order, created.classes);
    const size_t count = (size_t)created.count;
    created.start = nc__arena_alloc(&created.arena, count + 1, sizeof *created.start);
    created.size = nc__arena_alloc(&created.arena, count, sizeof *created.size);
    created.multiplicity = nc__arena_alloc(&created.arena, count, sizeof *created.multiplicity);
    created.weight = nc__arena_alloc(&created.arena, count, sizeof *created.weight);
    if (created.arena.failed) {
        nc__groups_destroy(&created);
        return LIBNC_ERROR_MEMORY;
    }
    fill_groups(&created, &k);
    *groups = created;
    return LIBNC_OK;
}

void nc__groups_destroy(nc__groups *groups)
{
    nc__arena_release(&groups->arena);
}
