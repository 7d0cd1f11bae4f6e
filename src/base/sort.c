/* SPDX-License-Identifier: MIT
 *
 * sort.c: sorting without recursion, memory or global state.
 */
#include "base/sort.h"

/* Heap sort: no recursion, no memory, O(n log n) whatever the file says. */
static void sift_down(int64_t *order, int64_t at, int64_t count,
                      int (*compare)(const void *, int64_t, int64_t), const void *user)
{
    for (int64_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && compare(user, order[child], order[child + 1]) < 0)
            child++;
        if (compare(user, order[at], order[child]) >= 0)
            return;
        int64_t kept = order[at];
        order[at] = order[child];
        order[child] = kept;
    }
}

void nc__sort_indices(int64_t *order, int64_t count, int (*compare)(const void *, int64_t, int64_t),
                      const void *user)
{
    for (int64_t at = count / 2; at-- > 0;)
        sift_down(order, at, count, compare, user);
    for (int64_t last = count - 1; last > 0; last--) {
        int64_t kept = order[0];
        order[0] = order[last];
        order[last] = kept;
        sift_down(order, 0, last, compare, user);
    }
}
