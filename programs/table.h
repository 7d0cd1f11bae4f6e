/* SPDX-License-Identifier: MIT
 *
 * table.h: aligned tables on stdout.
 */
#ifndef PROGRAMS_TABLE_H
#define PROGRAMS_TABLE_H

#include <stdbool.h>
#include <stdint.h>

void table_header(const char *const *names, int count);

/* One row: a whole number under the first name, then count - 1 values; NaN is a dash. */
void table_row(const char *const *names, int count, int64_t first, const double *values);

/* Whether row k of `count` classes is printed: the middle of a long table is left out, and the
 * first row of it says so. */
bool table_shows(int64_t k, int64_t count);

#endif
