/* SPDX-License-Identifier: MIT
 *
 * count_search.h: the smallest number of samples at which something holds.
 */
#ifndef NC__COUNT_SEARCH_H
#define NC__COUNT_SEARCH_H

#include "minimise/shared_roots.h"

/* evaluate: of one function, positive where it does not hold, of the logarithm of the count. The
 * search begins at the present count; 0 where it holds for next to none, +infinity where it never
 * does. */
libnc_status nc__count_search(libnc_context *context, nc__evaluate_fn evaluate, void *user,
                              double present, double *count);

#endif
