/* SPDX-License-Identifier: MIT
 *
 * solve_search.h: cross-entropy with M >= 2, by search.
 */
#ifndef NC__SOLVE_SEARCH_H
#define NC__SOLVE_SEARCH_H

#include "deep/deep_objective.h"
#include "geometry/solution.h"

typedef struct nc__deep_setting {
    nc__deep_problem problem;
    double *arrays; /* 2 K: the problem's */
} nc__deep_setting;

/* Cross-entropy with decays only, K >= 2; LIBNC_ERROR_UNSUPPORTED or LIBNC_ERROR_MEMORY. */
libnc_status nc__deep_setting_create(nc__deep_setting *setting, const nc__problem *problem);
void nc__deep_setting_destroy(nc__deep_setting *setting, libnc_context *context);

/* The highest rank that widths and K allow a stationary point. */
int64_t nc__deep_most(const nc__problem *problem);

/* The groups of the problem are single classes. *solution may be set after a failure too. */
libnc_status nc__solve_search(nc__problem *problem, nc__solution **solution);

#endif
