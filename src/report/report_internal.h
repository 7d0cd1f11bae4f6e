/* SPDX-License-Identifier: MIT
 *
 * report_internal.h: what other files of this module ask of a report besides its public getters.
 */
#ifndef NC__REPORT_INTERNAL_H
#define NC__REPORT_INTERNAL_H

#include <libnc/report.h>

#include <stdbool.h>

libnc_context *nc__report_context(const libnc_report *report);

/* Of a measured report: whether layer 1 .. M has a classifier. */
bool nc__report_has_classifier(const libnc_report *report, int32_t layer);

#endif
