/* SPDX-License-Identifier: MIT
 *
 * table.h: aligned tables on stdout. What is wider than the terminal is printed in parts, each with
 * the first column and as many others as fit.
 */
#ifndef PROGRAMS_TABLE_H
#define PROGRAMS_TABLE_H

#include <stdbool.h>
#include <stdint.h>

enum { TABLE_COLUMNS = 16, TABLE_KEPT = 32 };

typedef struct text_table {
    const char *const *names;
    int columns;
    bool fits; /* rows are printed at once, otherwise kept until there are many, or the end */
    int kept;
    int64_t first[TABLE_KEPT]; /* of a row; of rows that are left out their number, negative */
    double values[TABLE_KEPT][TABLE_COLUMNS];
} text_table;

/* Prints the header. The names must outlive the table. */
text_table table_begin(const char *const *names, int columns);

/* One row: a whole number under the first name, then columns - 1 values; NaN is a dash. */
void table_row(text_table *t, int64_t first, const double *values);

/* Whether row k of `count` classes is printed: the middle of a long table is left out, and the
 * first row of it says so. */
bool table_shows(text_table *t, int64_t k, int64_t count);

void table_end(text_table *t);

/* A matrix without names. */
void table_matrix(const double *values, int64_t rows, int64_t columns);

#endif
