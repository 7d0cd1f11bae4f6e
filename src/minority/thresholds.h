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

/* The public functions of threshold.h; `class_name` is the name of the argument class_index. */
libnc_status nc__threshold_merge_decay(const libnc_geometry *geometry, const char *class_name,
                                       int64_t class_index, double *decay);
libnc_status nc__threshold_merge_energy(const libnc_geometry *geometry, const char *class_name,
                                        int64_t class_index, double *energy, double *width);

#endif
