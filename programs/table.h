/* SPDX-License-Identifier: MIT
 *
 * table.h: aligned tables on stdout.
 */
#ifndef PROGRAMS_TABLE_H
#define PROGRAMS_TABLE_H

#include <stdint.h>

void table_header(const char *const *names, int count);

/* One row: a whole number under the first name, then count - 1 values; NaN is a dash. */
void table_row(const char *const *names, int count, int64_t first, const double *values);

#endif
