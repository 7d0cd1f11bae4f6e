/* SPDX-License-Identifier: MIT
 *
 * planted.h: wrong values planted in closed forms, so that a suite can see the self-checks at work.
 *
 * Only the archive that the suites link is compiled with NC__PLANTED_ERRORS; elsewhere
 * nc__planted() is its argument.
 */
#ifndef NC__PLANTED_H
#define NC__PLANTED_H

#include <stdint.h>

/* Where a value can be planted: one place for each closed form. */
enum nc__planted_site {
    NC__PLANTED_NOWHERE = 0,
    NC__PLANTED_SECULAR_ROOT = 1,
    NC__PLANTED_SINGULAR_VALUE = 2, /* MSE */
    NC__PLANTED_LOSS = 3,           /* any geometry */
    NC__PLANTED_BALANCED_SCALE = 4, /* cross-entropy, M = 1 */
    NC__PLANTED_ETF_SCALE = 5,      /* cross-entropy, M >= 2 */
    NC__PLANTED_FOCAL_SCALE = 6,
    NC__PLANTED_RELU_SCALE = 7,
    NC__PLANTED_VARIANCE = 8, /* regression */
    NC__PLANTED_DIRECTION = 9,
    NC__PLANTED_FITTED_VALUE = 10,
    NC__PLANTED_QUADRATIC_ROOT = 11, /* thresholds */
    NC__PLANTED_TOTAL_SLOPE = 12,
    NC__PLANTED_MERGE_RATIO = 13,
    NC__PLANTED_VANISH_RATIO = 14,
    NC__PLANTED_IDLE_DIRECTION = 15, /* parsimony */
    NC__PLANTED_CRITICAL_NORM = 16
};

#ifdef NC__PLANTED_ERRORS
extern int32_t nc__planted_site;
extern double nc__planted_error; /* relative */
double nc__planted(int32_t site, double value);
#else
static inline double nc__planted(int32_t site, double value)
{
    (void)site;
    return value;
}
#endif

#endif
