/* SPDX-License-Identifier: MIT
 *
 * convention.h: metrics as published work defines them.
 */
#ifndef NC__CONVENTION_H
#define NC__CONVENTION_H

#include "report/measurement.h"

/* A metric in a convention, from what is measured (convention.c); the centre that it needs. */
double nc__convention_value(const nc__measurement *measurement, int32_t convention, int32_t metric,
                            int32_t layer);
/* Its standard error; NaN where it is not known. */
double nc__convention_error(const nc__measurement *measurement, int32_t convention, int32_t metric,
                            int32_t layer);
int32_t nc__convention_centre(int32_t convention);

#endif
