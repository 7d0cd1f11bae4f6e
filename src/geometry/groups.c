/* SPDX-License-Identifier: MIT
 *
 * groups.c: classes of equal count and weight as groups, largest count first.
 *
 * Within a group classes keep their order, so that "the first r classes of a group" means what a
 * reader expects.
 */
#include "geometry/geometry_private.h"

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

/* true if class a comes after class b: smaller count, then smaller weight, then larger number. */
static bool comes_after(const keys *k, int64_t a, int64_t b)
{
    if (k->counts[a] != k->counts[b])
        return k->counts[a] < k->counts[b];
    if (weight_of(k, a) != weight_of(k, b))
        return weight_of(k, a) < weight_of(k, b);
    return a > b;
}

static void sift_down(const keys *k, int64_t *heap, int64_t root, int64_t size)
{
    const int64_t moving = heap[root];
    for (int64_t child; (child = 2 * root + 1) < size; root = child) {
        if (child + 1 < size && comes_after(k, heap[child + 1], heap[child]))
            child++;
        if (!comes_after(k, heap[child], moving))
            break;
        heap[root] = heap[child];
    }
    heap[root] = moving;
}

/* Heap sort: in place, and no callback into a library that may allocate. */
static void sort_classes(const keys *k, int64_t *order, int64_t size)
{
    for (int64_t i = 0; i < size; i++)
        order[i] = i;
    for (int64_t root = size / 2; root-- > 0;)
        sift_down(k, order, root, size);
    for (int64_t last = size - 1; last > 0; last--) {
        const int64_t top = order[0];
        order[0] = order[last];
        order[last] = top;
        sift_down(k, order, 0, last);
    }
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
    nc__groups created = {.classes = libnc_classes_count(classes),
                          .samples = (double)libnc_classes_samples(classes)};
    created.order = nc__alloc(context, (size_t)created.classes, sizeof *created.order);
    if (!created.order)
        return LIBNC_ERROR_MEMORY;
    sort_classes(&k, created.order, created.classes);
    created.count = count_groups(&k, created.order, created.classes);
    const size_t count = (size_t)created.count;
    created.start = nc__alloc(context, count + 1, sizeof *created.start);
    created.size = nc__alloc(context, count, sizeof *created.size);
    created.multiplicity = nc__alloc(context, count, sizeof *created.multiplicity);
    created.weight = nc__alloc(context, count, sizeof *created.weight);
    if (!created.start || !created.size || !created.weight || !created.multiplicity) {
        nc__groups_destroy(&created, context);
        return LIBNC_ERROR_MEMORY;
    }
    fill_groups(&created, &k);
    *groups = created;
    return LIBNC_OK;
}

void nc__groups_destroy(nc__groups *groups, libnc_context *context)
{
    nc__free(context, groups->weight);
    nc__free(context, groups->multiplicity);
    nc__free(context, groups->size);
    nc__free(context, groups->start);
    nc__free(context, groups->order);
    memset(groups, 0, sizeof *groups);
}
