/* SPDX-License-Identifier: MIT
 *
 * thresholds.h: critical decays and energies of minority collapse.
 */
#ifndef NC__THRESHOLDS_H
#define NC__THRESHOLDS_H

#include "minority/merging.h"

/* Energy form: K times the critical energy of a group, the nuclear norm of the solution at the
 * price of its slope, with a bound on its error (NULL: not wanted) and how it was found,
 * libnc_threshold_method (NULL: not wanted). */
libnc_status nc__imbalance_critical(const nc__imbalance *imbalance, nc__convex *solver,
                                    int64_t group, double *norm, double *width, int32_t *method);

#endif
