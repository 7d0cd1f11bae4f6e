/* SPDX-License-Identifier: MIT
 *
 * sort.h: sorting without recursion, memory or global state.
 */
#ifndef NC__SORT_H
#define NC__SORT_H

#include <stdint.h>

/* Puts `order`, a permutation of 0 .. count - 1, in the order of compare(user, item, item), which
 * is negative, zero or positive as in qsort(). Heap sort: O(n log n) whatever the input. */
void nc__sort_indices(int64_t *order, int64_t count, int (*compare)(const void *, int64_t, int64_t),
                      const void *user);

#endif
