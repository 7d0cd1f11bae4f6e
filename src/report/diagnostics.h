/* SPDX-License-Identifier: MIT
 *
 * diagnostics.h: what makes the numbers of a layer doubtful.
 */
#ifndef NC__DIAGNOSTICS_H
#define NC__DIAGNOSTICS_H

#include "report/measurement.h"

/* Bits of enum libnc_diagnostic, and one of them in words (diagnostics.c). */
int64_t nc__diagnose(const nc__measurement *measurement, int32_t layer);
void nc__diagnose_text(const nc__measurement *measurement, int32_t layer, int64_t diagnostic,
                       char *text, size_t size);

#endif
